//! Removals.

use super::{Drain, PagedIndexMap, hasher_of};
use crate::paged::engine::index::Gone;
use crate::paged::vec::resolve;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::ops::{Range, RangeBounds};

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// The slots of a range of indices.
    fn slots_of(&self, range: Range<usize>) -> Vec<usize> {
        let Some(first) = self.index.slot_of(range.start) else { return Vec::new() };
        self.index.slots().entries_from(first).take(range.len()).map(|(slot, _)| slot).collect()
    }

    /// Removes the entry of `key`, and returns its value. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.shift_remove("a"), Some(1));
    /// assert_eq!(map.shift_remove("a"), None);
    /// assert!(map.keys().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn shift_remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (_, value) = self.shift_remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of `key`, and returns it. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.shift_remove_entry("a"), Some(("a", 1)));
    /// assert!(map.keys().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn shift_remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut gone = None;
        self.shift_remove_to(key, &mut gone);
        gone
    }

    /// Removes the entry of `key`, and returns the index that it had, with the entry. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.shift_remove_full("b"), Some((1, "b", 2)));
    /// assert!(map.keys().eq(&["a", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    /// **O(pages)** more where there are gaps.
    pub fn shift_remove_full<Q>(&mut self, key: &Q) -> Option<(usize, K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut gone = None;
        let slot = self.position_of(key)?;
        let index = self.index.index_of(slot);
        self.shift_remove_at(slot, &mut gone);
        gone.map(|(key, value)| (index, key, value))
    }

    /// Removes the entry at an index, and returns it, or `None` if there are not as many. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.shift_remove_index(0), Some(("a", 1)));
    /// assert!(map.keys().eq(&["b", "c"]));
    /// assert_eq!(map.shift_remove_index(2), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    /// **O(pages)** more where there are gaps.
    pub fn shift_remove_index(&mut self, index: usize) -> Option<(K, V)> {
        let mut gone = None;
        let slot = self.index.slot_of(index)?;
        self.shift_remove_at(slot, &mut gone);
        gone
    }

    /// Removes the entry of `key`, and returns its value. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.swap_remove("a"), Some(1));
    /// assert_eq!(map.swap_remove("a"), None);
    /// assert!(map.keys().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn swap_remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (_, value) = self.swap_remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of `key`, and returns it. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.swap_remove_entry("a"), Some(("a", 1)));
    /// assert!(map.keys().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn swap_remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut gone = None;
        self.swap_remove_to(key, &mut gone);
        gone
    }

    /// Removes the entry of `key`, and returns the index that it had, with the entry. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.swap_remove_full("b"), Some((1, "b", 2)));
    /// assert!(map.keys().eq(&["a", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    /// **O(pages)** more where there are gaps.
    pub fn swap_remove_full<Q>(&mut self, key: &Q) -> Option<(usize, K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut gone = None;
        let slot = self.position_of(key)?;
        let index = self.index.index_of(slot);
        self.swap_remove_at(slot, &mut gone);
        gone.map(|(key, value)| (index, key, value))
    }

    /// Removes the entry at an index, and returns it, or `None` if there are not as many. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert_eq!(map.swap_remove_index(0), Some(("a", 1)));
    /// assert!(map.keys().eq(&["c", "b"]));
    /// assert_eq!(map.swap_remove_index(2), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    /// **O(pages)** more where there are gaps.
    pub fn swap_remove_index(&mut self, index: usize) -> Option<(K, V)> {
        let mut gone = None;
        let slot = self.index.slot_of(index)?;
        self.swap_remove_at(slot, &mut gone);
        gone
    }

    /// Removes the last entry, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!(map.pop(), Some(("a", 2)));
    /// assert_eq!(map.pop(), Some(("b", 1)));
    /// assert_eq!(map.pop(), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn pop(&mut self) -> Option<(K, V)> {
        let mut gone = None;
        self.pop_to(&mut gone);
        gone
    }

    /// Removes the last entry if `is_wanted` returns `true` for it, and returns it.
    ///
    /// The page of the entry is copied if it is shared, even if it is then not removed. In an empty map `is_wanted` is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!(map.pop_if(|_, value| *value > 1), Some(("a", 2)));
    /// assert_eq!(map.pop_if(|_, value| *value > 1), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See [removals](Self#removals).
    pub fn pop_if(&mut self, is_wanted: impl FnOnce(&K, &mut V) -> bool) -> Option<(K, V)> {
        let (key, value) = self.last_mut()?;
        if is_wanted(key, value) { self.pop() } else { None }
    }

    /// Keeps the entries for which `keep` returns `true`, in their order, and removes the others.
    ///
    /// `keep` gets a `&V`, unlike in std and in `indexmap`. Pages that lose nothing stay shared. `keep` is called once for each entry, in their order,
    /// before the first one is removed. If it panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<u32, u32> = (0..10).map(|n| (n, n * n)).collect();
    /// map.retain(|_, square| square % 2 == 1);
    /// assert!(map.keys().eq(&[1, 3, 5, 7, 9]));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, keep: impl FnMut(&K, &V) -> bool) {
        let mut gone = Gone::new();
        self.retain_to(keep, &mut gone);
    }

    /// Removes the entries from index `len` on.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<u32, u32> = (0..10).map(|n| (n, n)).collect();
    /// map.truncate(3);
    /// assert!(map.keys().eq(&[0, 1, 2]));
    /// map.truncate(5);
    /// assert_eq!(map.len(), 3);
    /// ```
    ///
    /// Computes in **O(n)** time, or in that of the removals where they are few.
    pub fn truncate(&mut self, len: usize) {
        let mut gone = Gone::new();
        if len == 0 {
            self.clear();
        } else if len < self.len() {
            let doomed = self.slots_of(len..self.len());
            self.index.remove_many(&doomed, hasher_of(&self.hash_builder), &mut gone);
        }
    }

    /// Removes the entries in a range of indices, and returns an iterator over them. The others keep their order.
    ///
    /// The entries have left the map as soon as this returns, even if the iterator is leaked. They are moved out of the
    /// pages that no other map has, and cloned out of the others.
    ///
    /// # Panics
    ///
    /// Panics if the range ends beyond the length, or before it starts, as a slice does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2), ("c", 3)]);
    /// assert!(map.drain(..2).eq([("a", 1), ("b", 2)]));
    /// assert!(map.keys().eq(&["c"]));
    /// assert_eq!(map.drain(..).count(), 1);
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(pages)** time for all entries. For a part it computes in **O(n)** time, or in that of the removals where they are few.
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, K, V> {
        let doomed = self.slots_of(resolve(&range, self.len()));
        if doomed.len() == self.len() {
            return Drain::new(self.index.take_all().into_iter());
        }
        Drain::new(self.index.drain(&doomed, hasher_of(&self.hash_builder)))
    }
}
