//! The order of the entries.

use super::{IntoIter, PagedIndexMap, hasher_of};
use crate::paged::vec::out_of_bounds;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash};

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Moves the entry of `key` behind all others, and returns `true` if there is one.
    ///
    /// It changes nothing if the entry is the last one already.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// // The one that was used last is at the end.
    /// let mut recent = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert!(recent.move_to_back("a"));
    /// assert!(!recent.move_to_back("x"));
    /// assert!(recent.keys().eq(&["b", "c", "a"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn move_to_back<Q>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.is_empty() {
            return false;
        }
        let hash = self.hash(key);
        let Some(slot) = self.find_slot(hash, key) else { return false };
        self.index.move_to_back(slot, hash);
        true
    }

    /// Exchanges the entries at two indices.
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
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// map.swap_indices(0, 2);
    /// assert!(map.keys().eq(&["c", "b", "a"]));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages are
    /// shared.
    #[track_caller]
    pub fn swap_indices(&mut self, a: usize, b: usize) {
        let Some(first) = self.index.slot_of(a) else { out_of_bounds(self.len(), a) };
        let Some(second) = self.index.slot_of(b) else { out_of_bounds(self.len(), b) };
        self.index.swap(first, second, hasher_of(&self.hash_builder));
    }

    /// Sorts the entries by their keys. Equal ones, of which a key that is no `Eq` may have some, keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("c", 2), ("a", 3)]);
    /// map.sort_keys();
    /// assert!(map.iter().eq([(&"a", &3), (&"b", &1), (&"c", &2)]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_keys(&mut self)
    where
        K: Ord,
    {
        self.sort_by(|a, _, b, _| a.cmp(b));
    }

    /// Sorts the entries by `compare`. Equal ones keep their order.
    ///
    /// `compare` gets a key and its value, and another key and its value. It is called before the first entry moves. If it panics,
    /// nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 3), ("b", 1), ("c", 2)]);
    /// map.sort_by(|_, a, _, b| a.cmp(b));
    /// assert!(map.keys().eq(&["b", "c", "a"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&K, &V, &K, &V) -> Ordering) {
        self.arrange(|entries| entries.sort_by(|(_, a), (_, b)| compare(&a.0, &a.1, &b.0, &b.1)));
    }

    /// Sorts the entries by what `key` makes of each. Equal ones keep their order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("ccc", 1), ("a", 2), ("bb", 3)]);
    /// map.sort_by_key(|name, _| name.len());
    /// assert!(map.keys().eq(&["a", "bb", "ccc"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by_key<T: Ord>(&mut self, mut key: impl FnMut(&K, &V) -> T) {
        self.sort_by(|a, of_a, b, of_b| key(a, of_a).cmp(&key(b, of_b)));
    }

    /// Sorts the entries by their keys. Equal ones, of which a key that is no `Eq` may have some, come in any order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("c", 2), ("a", 3)]);
    /// map.sort_unstable_keys();
    /// assert!(map.keys().eq(&["a", "b", "c"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable_keys(&mut self)
    where
        K: Ord,
    {
        self.sort_unstable_by(|a, _, b, _| a.cmp(b));
    }

    /// Sorts the entries by `compare`. Equal ones come in any order.
    ///
    /// `compare` gets a key and its value, and another key and its value. It is called before the first entry moves. If it panics,
    /// nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 3), ("b", 1), ("c", 2)]);
    /// map.sort_unstable_by(|_, a, _, b| b.cmp(a));
    /// assert!(map.keys().eq(&["a", "c", "b"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable_by(&mut self, mut compare: impl FnMut(&K, &V, &K, &V) -> Ordering) {
        self.arrange(|entries| entries.sort_unstable_by(|(_, a), (_, b)| compare(&a.0, &a.1, &b.0, &b.1)));
    }

    /// Sorts the entries by what `key` makes of each. Equal ones come in any order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("ccc", 1), ("a", 2), ("bb", 3)]);
    /// map.sort_unstable_by_key(|name, _| name.len());
    /// assert!(map.keys().eq(&["a", "bb", "ccc"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable_by_key<T: Ord>(&mut self, mut key: impl FnMut(&K, &V) -> T) {
        self.sort_unstable_by(|a, of_a, b, of_b| key(a, of_a).cmp(&key(b, of_b)));
    }

    /// Sorts the entries by what `key` makes of each, and calls it once for each. Equal ones keep their order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("B", 1), ("c", 2), ("a", 3)]);
    /// map.sort_by_cached_key(|name, _| name.to_lowercase());
    /// assert!(map.keys().eq(&["a", "B", "c"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the entries are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by_cached_key<T: Ord>(&mut self, mut key: impl FnMut(&K, &V) -> T) {
        self.arrange(|entries| entries.sort_by_cached_key(|(_, entry)| key(&entry.0, &entry.1)));
    }

    /// Sorts the entries by `compare`, and returns them. Equal ones keep their order.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 3), ("b", 1), ("c", 2)]);
    /// assert!(map.sorted_by(|_, a, _, b| a.cmp(b)).map(|(key, _)| key).eq(["b", "c", "a"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time.
    pub fn sorted_by(mut self, compare: impl FnMut(&K, &V, &K, &V) -> Ordering) -> IntoIter<K, V> {
        self.sort_by(compare);
        self.into_iter()
    }

    /// Sorts the entries by `compare`, and returns them. Equal ones come in any order.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 3), ("b", 1), ("c", 2)]);
    /// assert!(map.sorted_unstable_by(|_, a, _, b| b.cmp(a)).map(|(key, _)| key).eq(["a", "c", "b"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time.
    pub fn sorted_unstable_by(mut self, compare: impl FnMut(&K, &V, &K, &V) -> Ordering) -> IntoIter<K, V> {
        self.sort_unstable_by(compare);
        self.into_iter()
    }

    /// Reverses the order of the entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// map.reverse();
    /// assert!(map.keys().eq(&["c", "b", "a"]));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn reverse(&mut self) {
        self.arrange(|entries| entries.reverse());
    }

    /// Brings the entries into the order that `arrange` brings them into. Each comes with its index.
    fn arrange(&mut self, arrange: impl FnOnce(&mut Vec<(usize, &(K, V))>)) {
        let mut entries: Vec<_> = self.index.iter().enumerate().collect();
        arrange(&mut entries);
        let order: Vec<_> = entries.into_iter().map(|(index, _)| index).collect();
        drop(self.index.rearrange(&order));
    }
}
