//! [`OccupiedEntry`]: the key is there.

use super::OccupiedEntry;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::mem;

impl<K, V, S> OccupiedEntry<'_, K, V, S> {
    /// Returns a reference to the key that is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &K {
        &self.map.at(self.slot).0
    }

    /// Returns a reference to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.get(), &1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn get(&self) -> &V {
        &self.map.at(self.slot).1
    }

    /// Returns the index of the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.index(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn index(&self) -> usize {
        self.map.index.index_of(self.slot)
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> OccupiedEntry<'a, K, V, S> {
    /// Returns a mutable reference to the value.
    ///
    /// This copies the page of the entry if it is shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// *entry.get_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.map.at_mut(self.slot).1
    }

    /// Converts the entry to a mutable reference to the value, with the lifetime of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// *entry.into_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn into_mut(self) -> &'a mut V {
        &mut self.map.at_mut(self.slot).1
    }

    /// Sets the value, and returns the previous one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert(2), 1);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry, and returns its value. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.shift_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn shift_remove(self) -> V {
        // `value` is a local while the key is dropped, as in `insert`.
        let (_, value) = self.shift_remove_entry();
        value
    }

    /// Removes the entry, and returns it. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.shift_remove_entry(), ("a", 1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn shift_remove_entry(self) -> (K, V) {
        let mut gone = None;
        self.map.shift_remove_at(self.slot, &mut gone);
        let Some(entry) = gone else { unreachable!("a slot holds an entry") };
        entry
    }

    /// Removes the entry, and returns its value. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.swap_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn swap_remove(self) -> V {
        // `value` is a local while the key is dropped, as in `insert`.
        let (_, value) = self.swap_remove_entry();
        value
    }

    /// Removes the entry, and returns it. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.swap_remove_entry(), ("a", 1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn swap_remove_entry(self) -> (K, V) {
        let mut gone = None;
        self.map.swap_remove_at(self.slot, &mut gone);
        let Some(entry) = gone else { unreachable!("a slot holds an entry") };
        entry
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for OccupiedEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OccupiedEntry");
        shown.field("key", self.key()).field("value", self.get()).finish_non_exhaustive()
    }
}
