//! The methods that read one entry of the current version.

use super::CowIndexMap;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
{
    /// Returns a clone of the value of `key`.
    ///
    /// [`get_with`](Self::get_with) and [`load`](Self::load) show it without a clone.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a".to_string(), 1)]);
    /// assert_eq!((map.get("a"), map.get("b")), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.get_with(key, V::clone)
    }

    /// Calls `f` with the value of `key`, and returns its result.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", vec![1, 2])]);
    /// assert_eq!(map.get_with("a", Vec::len), Some(2));
    /// ```
    ///
    /// Computes in **O(1)** time (average), plus that of `f`.
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.cell.look(|map| map.get(key).map(f))
    }

    /// Returns clones of the key that is in the map and of its value.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a".to_string(), 1)]);
    /// assert_eq!(map.get_key_value("a"), Some(("a".to_string(), 1)));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q> + Clone,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.cell.look(|map| map.get_key_value(key).map(|(key, value)| (key.clone(), value.clone())))
    }

    /// Returns `true` if the map holds `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert!(map.contains_key("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().contains_key(key)
    }

    /// Returns `true` if some key has `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert!(map.contains_value(&1));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn contains_value(&self, value: &V) -> bool
    where
        V: PartialEq,
    {
        self.load().values().any(|v| v == value)
    }

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
