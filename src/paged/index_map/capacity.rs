//! Room for more entries.

use super::PagedIndexMap;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns the number of entries for which the map's table has room.
    ///
    /// A single page may have to grow before that. The pages of the entries get their memory with the entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert_eq!(PagedIndexMap::<u8, u8>::new().capacity(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn capacity(&self) -> usize {
        self.index.capacity()
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Makes room in the table for at least `additional` more entries.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// map.reserve(1_000);
    /// assert!(map.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn reserve(&mut self, additional: usize) {
        self.index.reserve(additional);
    }

    /// Makes room in the table for at least `additional` more entries, if there is memory for it and for them.
    ///
    /// # Errors
    ///
    /// Returns an error if no allocation could be that large, or if the system refuses the memory. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// assert!(map.try_reserve(1_000).is_ok());
    /// assert!(map.try_reserve(usize::MAX).is_err());
    /// assert!(map.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.index.try_reserve(additional)
    }

    /// Gives back memory that is not needed for the entries. It closes the [gaps](Self#removals).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// map.shrink_to_fit();
    /// assert!(map.capacity() < 100);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory that is not needed for the entries, nor for `min_capacity` of them. It closes the
    /// [gaps](Self#removals).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::with_capacity(1_000);
    /// map.shrink_to(100);
    /// assert!((100..1_000).contains(&map.capacity()));
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.index.shrink_to(min_capacity);
    }
}
