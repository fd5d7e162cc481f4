//! Two maps made one, and one made two.

use super::PagedIndexMap;
use std::hash::{BuildHasher, Hash};

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Moves all entries of `other` to this map, behind its own, in their order. `other` is empty then.
    ///
    /// If both have a key, this map keeps its key and its place, and gets the value of `other`.
    ///
    /// # Panics
    ///
    /// Panics if the map would have more than 2³² − 1 entries. A panic in `Hash`, `Eq` or `Clone` reaches the caller. This map has its
    /// entries then, and a part of those of `other`. The rest of those is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// let mut other = PagedIndexMap::from([("c", 3), ("b", 10)]);
    /// map.append(&mut other);
    /// assert!(map.iter().eq([(&"b", &10), (&"a", &2), (&"c", &3)]));
    /// assert!(other.is_empty());
    /// ```
    ///
    /// Computes in **O(m)** time (average), and that of copying each page that changes.
    pub fn append<S2>(&mut self, other: &mut PagedIndexMap<K, V, S2>) {
        self.extend(other.index.take_all().into_iter());
    }

    /// Moves the entries from index `at` on to a map of their own, and returns it.
    ///
    /// They are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer than `at` entries. A panic in `Hash`, `Eq` or `Clone` reaches the caller. Nothing is lost then but
    /// entries from `at` on.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("c", 1), ("a", 2), ("b", 3)]);
    /// let behind = map.split_off(1);
    /// assert!(map.keys().eq(&["c"]) && behind.keys().eq(&["a", "b"]));
    /// ```
    ///
    /// Computes in **O(n)** time, or in that of the removals and insertions where they are few.
    #[must_use = "it returns what it takes off; to drop that, use `truncate`"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        S: Clone,
    {
        let len = self.len();
        assert!(
            at <= len,
            "index out of bounds: the len is {len} but the index is {at}. Expected index <= len"
        );
        let hash_builder = self.hash_builder.clone();
        Self::build(self.drain(at..), hash_builder)
    }
}
