//! The ends of a map, the neighbours of a key, and ranks.

use super::{OccupiedEntry, PagedOrdMap};
use std::borrow::Borrow;

impl<K: Ord, V> PagedOrdMap<K, V> {
    /// Returns the entry with the least key.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(2, "b"), (1, "a")]);
    /// assert_eq!(map.first_key_value(), Some((&1, &"a")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.tree.first()
    }

    /// Returns the entry with the greatest key.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(2, "b"), (1, "a")]);
    /// assert_eq!(map.last_key_value(), Some((&2, &"b")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.tree.last()
    }

    /// Returns the entry with the greatest key that is less than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.get_lt(&20), Some((&10, &"a")));
    /// assert_eq!(map.get_lt(&10), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_lt<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.before(key, false)
    }

    /// Returns the entry with the greatest key that is not greater than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.get_le(&20), Some((&20, &"b")));
    /// assert_eq!(map.get_le(&19), Some((&10, &"a")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_le<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.before(key, true)
    }

    /// Returns the entry with the least key that is not less than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.get_ge(&11), Some((&20, &"b")));
    /// assert_eq!(map.get_ge(&10), Some((&10, &"a")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_ge<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.after(key, true)
    }

    /// Returns the entry with the least key that is greater than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.get_gt(&10), Some((&20, &"b")));
    /// assert_eq!(map.get_gt(&20), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_gt<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.after(key, false)
    }

    /// Returns how many keys are less than `key`.
    ///
    /// If the map has the key, this is the index at which [`get_index`](Self::get_index) finds it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.rank(&10), map.rank(&15), map.rank(&99)), (0, 1, 2));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn rank<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.rank(key, false)
    }

    /// Returns the entry before which there are `index` others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.get_index(1), Some((&20, &"b")));
    /// assert_eq!(map.get_index(2), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        self.tree.at(&self.tree.path_of(index)?)
    }
}

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Returns the entry with the least key, for a change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b")]);
    /// if let Some(mut entry) = map.first_entry() {
    ///     entry.insert("first");
    /// }
    /// assert_eq!(map[&1], "first");
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        let path = self.tree.path_of(0)?;
        Some(OccupiedEntry { map: self, path })
    }

    /// Returns the entry with the greatest key, for a change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b")]);
    /// assert_eq!(map.last_entry().map(|entry| entry.remove()), Some("b"));
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V>> {
        let path = self.tree.path_of(self.len().checked_sub(1)?)?;
        Some(OccupiedEntry { map: self, path })
    }

    /// Removes the entry with the least key, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b")]);
    /// assert_eq!(map.pop_first(), Some((1, "a")));
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(page + log n)** time.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.first_entry().map(OccupiedEntry::remove_entry)
    }

    /// Removes the entry with the greatest key, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, "a"), (2, "b")]);
    /// assert_eq!(map.pop_last(), Some((2, "b")));
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.last_entry().map(OccupiedEntry::remove_entry)
    }
}
