//! The methods that read one entry of the current version.

use super::CowMap;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<K, V, S> CowMap<K, V, S>
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
    /// let map = readmostly::CowMap::from([("a".to_string(), 1)]);
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
    /// let map = readmostly::CowMap::from([("a", vec![1, 2])]);
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
    /// let map = readmostly::CowMap::from([("a".to_string(), 1)]);
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
    /// let map = readmostly::CowMap::from([("a", 1)]);
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
    /// let map = readmostly::CowMap::from([("a", 1)]);
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
}
