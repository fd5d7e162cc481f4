//! [`VacantEntry`]: the key is not there.

use super::{OccupiedEntry, VacantEntry};
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> VacantEntry<'_, K, V, S> {
    /// Returns a reference to the key that the entry will have.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Takes the key back.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.into_key(), "a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Returns the index of the entry that this will become: the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Vacant(entry) = map.entry("b") else { unreachable!() };
    /// assert_eq!(entry.index(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn index(&self) -> usize {
        self.map.len()
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> VacantEntry<'a, K, V, S> {
    /// Inserts the value behind all others, and returns a mutable reference to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// *entry.insert(1) += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// Inserts the value, and returns the entry that is there now.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert_entry(1).shift_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, S> {
        let slot = self.map.index.insert(self.hash, &mut Some((self.key, value)));
        OccupiedEntry { map: self.map, slot }
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
