//! Room for more elements.

use super::PagedIndexSet;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hash};

impl<T, S> PagedIndexSet<T, S> {
    /// Returns the number of elements for which the set's table has room.
    ///
    /// A single page may have to grow before that. The pages of the elements get their memory with the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert_eq!(PagedIndexSet::<u8>::new().capacity(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedIndexSet<T, S> {
    /// Makes room in the table for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([1]);
    /// set.reserve(1_000);
    /// assert!(set.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn reserve(&mut self, additional: usize) {
        self.map.reserve(additional);
    }

    /// Makes room in the table for at least `additional` more elements, if there is memory for it and for them.
    ///
    /// # Errors
    ///
    /// Returns an error if no allocation could be that large, or if the system refuses the memory. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([1]);
    /// assert!(set.try_reserve(1_000).is_ok());
    /// assert!(set.try_reserve(usize::MAX).is_err());
    /// assert!(set.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.map.try_reserve(additional)
    }

    /// Gives back memory that is not needed for the elements. It closes the [gaps](crate::paged::PagedIndexMap#removals).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::with_capacity(1_000);
    /// set.insert(1);
    /// set.shrink_to_fit();
    /// assert!(set.capacity() < 100);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory that is not needed for the elements, nor for `min_capacity` of them. It closes the
    /// [gaps](crate::paged::PagedIndexMap#removals).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set: PagedIndexSet<i32> = PagedIndexSet::with_capacity(1_000);
    /// set.shrink_to(100);
    /// assert!((100..1_000).contains(&set.capacity()));
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.map.shrink_to(min_capacity);
    }
}
