//! The methods that read by index.

use super::CowIndexMap;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
{
    /// Returns the index of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!((map.get_index_of("a"), map.get_index_of("c")), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn get_index_of<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().get_index_of(key)
    }
}

impl<K: Clone, V: Clone, S> CowIndexMap<K, V, S> {
    /// Returns a clone of the entry at an index, or `None` if there are not as many.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!((map.get_index(1), map.get_index(2)), (Some(("a", 2)), None));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn get_index(&self, index: usize) -> Option<(K, V)> {
        self.cell.look(|map| map.get_index(index).map(|(key, value)| (key.clone(), value.clone())))
    }

    /// Returns a clone of the first entry.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!(map.first(), Some(("b", 1)));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn first(&self) -> Option<(K, V)> {
        self.get_index(0)
    }

    /// Returns a clone of the last entry.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!(map.last(), Some(("a", 2)));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<(K, V)> {
        self.cell.look(|map| map.last().map(|(key, value)| (key.clone(), value.clone())))
    }
}
