//! Entries that are in some order.

use super::PagedIndexMap;
use std::cmp::Ordering;

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Searches for a key in a map that is sorted by its keys.
    ///
    /// Returns its index. In a map that is not sorted the result says nothing.
    /// [`get_index_of`](Self::get_index_of) finds a key in any map, and faster.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("c", 2)]);
    /// assert_eq!(map.binary_search_keys(&"c"), Ok(1));
    /// assert_eq!(map.binary_search_keys(&"b"), Err(1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](Self#removals).
    pub fn binary_search_keys(&self, key: &K) -> Result<usize, usize>
    where
        K: Ord,
    {
        self.binary_search_by(|there, _| there.cmp(key))
    }

    /// Searches a map that is sorted for an entry for which `compare` returns `Equal`.
    ///
    /// `compare` says how an entry stands to the one that is searched for. Returns the index of one such entry.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("x", 1), ("y", 3)]);
    /// assert_eq!(map.binary_search_by(|_, value| value.cmp(&3)), Ok(1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](Self#removals).
    pub fn binary_search_by<'a>(
        &'a self,
        mut compare: impl FnMut(&'a K, &'a V) -> Ordering,
    ) -> Result<usize, usize> {
        self.index.slots().binary_search_by(|(key, value)| compare(key, value))
    }

    /// Searches a map that is sorted by what `key` makes of each entry for one of which it makes `wanted`.
    ///
    /// Returns the index of one such entry.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("bb", 2), ("dddd", 3)]);
    /// assert_eq!(map.binary_search_by_key(&4, |name, _| name.len()), Ok(2));
    /// assert_eq!(map.binary_search_by_key(&3, |name, _| name.len()), Err(2));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](Self#removals).
    pub fn binary_search_by_key<'a, T: Ord>(
        &'a self,
        wanted: &T,
        mut key: impl FnMut(&'a K, &'a V) -> T,
    ) -> Result<usize, usize> {
        self.binary_search_by(|there, value| key(there, value).cmp(wanted))
    }

    /// Returns the index of the first entry for which `is_before` returns `false`, in a map whose first entries are those for which it
    /// returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let log = PagedIndexMap::from([("start", 10), ("read", 20), ("stop", 30)]);
    /// assert_eq!(log.partition_point(|_, time| *time < 20), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](Self#removals).
    pub fn partition_point(&self, mut is_before: impl FnMut(&K, &V) -> bool) -> usize {
        let compare = |key, value| if is_before(key, value) { Ordering::Less } else { Ordering::Greater };
        let (Ok(index) | Err(index)) = self.binary_search_by(compare);
        index
    }

    /// Returns `true` if the keys are in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert!(PagedIndexMap::from([("a", 2), ("b", 1)]).is_sorted());
    /// assert!(!PagedIndexMap::from([("b", 1), ("a", 2)]).is_sorted());
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted(&self) -> bool
    where
        K: PartialOrd,
    {
        self.keys().is_sorted()
    }

    /// Returns `true` if `is_in_order` returns `true` for each two entries that follow each other.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// assert!(map.is_sorted_by(|_, a, _, b| a <= b));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted_by(&self, mut is_in_order: impl FnMut(&K, &V, &K, &V) -> bool) -> bool {
        self.iter().is_sorted_by(|a, b| is_in_order(a.0, a.1, b.0, b.1))
    }

    /// Returns `true` if what `key` makes of each entry is in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("b", 1), ("aa", 2)]);
    /// assert!(map.is_sorted_by_key(|name, _| name.len()));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted_by_key<'a, T: PartialOrd>(&'a self, mut key: impl FnMut(&'a K, &'a V) -> T) -> bool {
        self.iter().is_sorted_by_key(|(there, value)| key(there, value))
    }
}
