//! Entries by their indices.

use super::{OccupiedEntry, PagedIndexMap};
use crate::paged::vec::out_of_bounds;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::ops::{Index, IndexMut};

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns the entry at an index, or `None` if there are not as many.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.get_index(1), Some((&"b", &2)));
    /// assert_eq!(map.get_index(2), None);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals).
    #[inline]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        match self.index.get_index(index) {
            Some((key, value)) => Some((key, value)),
            None => None,
        }
    }

    /// Returns the first entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert_eq!(PagedIndexMap::from([("b", 1), ("a", 2)]).first(), Some((&"b", &1)));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals).
    pub fn first(&self) -> Option<(&K, &V)> {
        self.get_index(0)
    }

    /// Returns the last entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert_eq!(PagedIndexMap::from([("b", 1), ("a", 2)]).last(), Some((&"a", &2)));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<(&K, &V)> {
        let (key, value) = self.index.get(self.index.last_slot()?)?;
        Some((key, value))
    }
}

impl<K: Clone, V: Clone, S> PagedIndexMap<K, V, S> {
    /// Returns the entry at an index, with a mutable reference to the value.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// if let Some((_, value)) = map.get_index_mut(1) {
    ///     *value = 20;
    /// }
    /// assert_eq!(map["b"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages are shared.
    pub fn get_index_mut(&mut self, index: usize) -> Option<(&K, &mut V)> {
        let slot = self.index.slot_of(index)?;
        let (key, value) = self.at_mut(slot);
        Some((key, value))
    }

    /// Returns the first entry, with a mutable reference to the value.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// *map.first_mut().unwrap().1 = 10;
    /// assert_eq!(map["b"], 10);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages are shared.
    pub fn first_mut(&mut self) -> Option<(&K, &mut V)> {
        self.get_index_mut(0)
    }

    /// Returns the last entry, with a mutable reference to the value.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// *map.last_mut().unwrap().1 = 20;
    /// assert_eq!(map["a"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn last_mut(&mut self) -> Option<(&K, &mut V)> {
        let (key, value) = self.index.get_mut(self.index.last_slot()?)?;
        Some((key, value))
    }
}

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns the entry at an index, for a change in place, or `None` if there are not as many.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// if let Some(entry) = map.get_index_entry(0) {
    ///     assert_eq!(entry.shift_remove_entry(), ("a", 1));
    /// }
    /// assert!(map.get_index_entry(1).is_none());
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals).
    pub fn get_index_entry(&mut self, index: usize) -> Option<OccupiedEntry<'_, K, V, S>> {
        let slot = self.index.slot_of(index)?;
        Some(OccupiedEntry::new(self, slot))
    }

    /// Returns the first entry, for a change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!(map.first_entry().map(|entry| entry.shift_remove()), Some(1));
    /// assert!(map.keys().eq(&["a"]));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](Self#removals).
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V, S>> {
        self.get_index_entry(0)
    }

    /// Returns the last entry, for a change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// if let Some(mut entry) = map.last_entry() {
    ///     entry.insert(20);
    /// }
    /// assert_eq!(map["a"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V, S>> {
        let slot = self.index.last_slot()?;
        Some(OccupiedEntry::new(self, slot))
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Replaces the key at an index, and returns the one before. The value and the place stay.
    ///
    /// The new key need not be equal to the one before.
    ///
    /// # Errors
    ///
    /// Returns the index of an equal key and the new one, if such a key is at another index. Nothing has changed then.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.replace_index(0, "c"), Ok("a"));
    /// assert_eq!(map.replace_index(0, "b"), Err((1, "b")));
    /// assert!(map.iter().eq([(&"c", &1), (&"b", &2)]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages
    /// are shared.
    #[track_caller]
    pub fn replace_index(&mut self, index: usize, key: K) -> Result<K, (usize, K)> {
        let Some(slot) = self.index.slot_of(index) else { out_of_bounds(self.len(), index) };
        let hash = self.hash(&key);
        let there = match self.find_slot(hash, &key) {
            Some(there) if there == slot => self.at_mut(slot),
            Some(there) => return Err((self.index.index_of(there), key)),
            None => {
                let before = self.hash(&self.at(slot).0);
                self.index.rehash(slot, before, hash)
            }
        };
        Ok(mem::replace(&mut there.0, key))
    }
}

impl<K, V, Q, S> Index<&Q> for PagedIndexMap<K, V, S>
where
    K: Eq + Hash + Borrow<Q>,
    Q: Eq + Hash + ?Sized,
    S: BuildHasher,
{
    type Output = V;

    /// Returns a reference to the value of `key`.
    ///
    /// # Panics
    ///
    /// Panics if the map has no entry for `key`.
    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

/// Nothing is inserted.
impl<K, V, Q, S> IndexMut<&Q> for PagedIndexMap<K, V, S>
where
    K: Eq + Hash + Borrow<Q> + Clone,
    V: Clone,
    Q: Eq + Hash + ?Sized,
    S: BuildHasher,
{
    /// Returns a mutable reference to the value of `key`.
    ///
    /// # Panics
    ///
    /// Panics if the map has no entry for `key`.
    fn index_mut(&mut self, key: &Q) -> &mut V {
        self.get_mut(key).expect("no entry found for key")
    }
}

impl<K, V, S> Index<usize> for PagedIndexMap<K, V, S> {
    type Output = V;

    /// Returns a reference to the value at an index.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many entries.
    #[inline]
    fn index(&self, index: usize) -> &V {
        let Some((_, value)) = self.get_index(index) else { out_of_bounds(self.len(), index) };
        value
    }
}

impl<K: Clone, V: Clone, S> IndexMut<usize> for PagedIndexMap<K, V, S> {
    /// Returns a mutable reference to the value at an index.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many entries.
    fn index_mut(&mut self, index: usize) -> &mut V {
        let len = self.len();
        let Some((_, value)) = self.get_index_mut(index) else { out_of_bounds(len, index) };
        value
    }
}
