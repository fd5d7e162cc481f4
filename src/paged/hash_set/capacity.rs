//! Room for more elements.

use super::PagedSet;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hash};

impl<T, S> PagedSet<T, S> {
    /// Returns the number of elements that the set can hold before it grows as a whole.
    ///
    /// A single page may have to grow before that, since elements do not spread evenly.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert_eq!(PagedSet::<u8>::new().capacity(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedSet<T, S> {
    /// Makes room for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from([1]);
    /// set.reserve(1_000);
    /// assert!(set.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn reserve(&mut self, additional: usize) {
        self.map.reserve(additional);
    }

    /// Makes room for at least `additional` more elements, if there is memory for them.
    ///
    /// # Errors
    ///
    /// Returns an error if no allocation could be that large, or if the system refuses the memory. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from([1]);
    /// assert!(set.try_reserve(1_000).is_ok());
    /// assert!(set.try_reserve(usize::MAX).is_err());
    /// assert!(set.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.map.try_reserve(additional)
    }

    /// Gives back memory that is not needed for the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::with_capacity(1_000);
    /// set.insert(1);
    /// set.shrink_to_fit();
    /// assert!(set.capacity() < 100);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory that is not needed for the elements, nor for `min_capacity` of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set: PagedSet<i32> = PagedSet::with_capacity(1_000);
    /// set.shrink_to(100);
    /// assert!((100..1_000).contains(&set.capacity()));
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.map.shrink_to(min_capacity);
    }
}
