//! Room for more entries.

use super::{PagedMap, hasher_of};
use crate::paged::engine::table::std_error;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> PagedMap<K, V, S> {
    /// Returns the number of entries that the map can hold before it grows as a whole.
    ///
    /// A single page may have to grow before that, since keys do not spread evenly.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// assert_eq!(PagedMap::<u8, u8>::new().capacity(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedMap<K, V, S> {
    /// Makes room for at least `additional` more entries.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// map.reserve(1_000);
    /// assert!(map.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn reserve(&mut self, additional: usize) {
        self.table.reserve(additional, hasher_of(&self.hash_builder));
    }

    /// Makes room for at least `additional` more entries, if there is memory for them.
    ///
    /// # Errors
    ///
    /// Returns an error if no allocation could be that large, or if the system refuses the memory. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// assert!(map.try_reserve(1_000).is_ok());
    /// assert!(map.try_reserve(usize::MAX).is_err());
    /// assert!(map.capacity() > 1_000);
    /// ```
    ///
    /// Computes in **O(n + additional)** time, or **O(1)** where there is room.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.table.try_reserve(additional, hasher_of(&self.hash_builder)).map_err(|error| std_error(&error))
    }

    /// Gives back memory that is not needed for the entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::with_capacity(1_000);
    /// map.insert("a", 1);
    /// map.shrink_to_fit();
    /// assert!(map.capacity() < 100);
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory that is not needed for the entries, nor for `min_capacity` of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map: PagedMap<&str, i32> = PagedMap::with_capacity(1_000);
    /// map.shrink_to(100);
    /// assert!((100..1_000).contains(&map.capacity()));
    /// ```
    ///
    /// Computes in **O(n)** time, or **O(pages)** where there is nothing to give back.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        self.table.shrink_to(min_capacity, hasher_of(&self.hash_builder));
    }
}
