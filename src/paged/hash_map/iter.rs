//! The iterators of a map.

use super::PagedMap;
use crate::paged::engine::table;
use std::marker::PhantomData;

/// An iterator over the entries of a map by reference, in no particular order.
///
/// Returned by [`PagedMap::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// let mut entries = map.iter();
/// assert_eq!(entries.len(), 1);
/// assert_eq!(entries.next(), Some((&"a", &1)));
/// ```
pub struct Iter<'a, K, V> {
    inner: table::Iter<'a, (K, V)>,
}

/// An iterator over the entries of a map, with mutable references to the values.
///
/// Returned by [`PagedMap::iter_mut`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let mut map = PagedMap::from([("a", 1)]);
/// map.iter_mut().for_each(|(_, value)| *value += 1);
/// assert_eq!(map["a"], 2);
/// ```
pub struct IterMut<'a, K, V> {
    inner: table::IterMut<'a, (K, V)>,
}

/// An iterator over the entries of a map by value.
///
/// Returned by [`PagedMap::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// assert_eq!(map.into_iter().next(), Some(("a", 1)));
/// ```
pub struct IntoIter<K, V> {
    inner: table::IntoIter<(K, V)>,
}

/// An iterator over the keys of a map.
///
/// Returned by [`PagedMap::keys`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// assert!(map.keys().eq(&["a"]));
/// ```
pub struct Keys<'a, K, V> {
    inner: table::Iter<'a, (K, V)>,
}

/// An iterator over the values of a map.
///
/// Returned by [`PagedMap::values`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.values().sum::<i32>(), 3);
/// ```
pub struct Values<'a, K, V> {
    inner: table::Iter<'a, (K, V)>,
}

/// An iterator over mutable references to the values of a map.
///
/// Returned by [`PagedMap::values_mut`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let mut map = PagedMap::from([("a", 1)]);
/// map.values_mut().for_each(|value| *value = 7);
/// assert_eq!(map["a"], 7);
/// ```
pub struct ValuesMut<'a, K, V> {
    inner: table::IterMut<'a, (K, V)>,
}

/// An iterator over the keys of a map by value.
///
/// Returned by [`PagedMap::into_keys`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// assert!(map.into_keys().eq(["a"]));
/// ```
pub struct IntoKeys<K, V> {
    inner: table::IntoIter<(K, V)>,
}

/// An iterator over the values of a map by value.
///
/// Returned by [`PagedMap::into_values`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// assert!(map.into_values().eq([1]));
/// ```
pub struct IntoValues<K, V> {
    inner: table::IntoIter<(K, V)>,
}

/// An iterator over the entries that were taken out of a map.
///
/// Returned by [`PagedMap::drain`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let mut map = PagedMap::from([("a", 1)]);
/// assert!(map.drain().eq([("a", 1)]));
/// assert!(map.is_empty());
/// ```
pub struct Drain<'a, K, V> {
    inner: table::IntoIter<(K, V)>,
    /// The map is empty already. It stays borrowed, as in std.
    map: PhantomData<&'a ()>,
}

iterate! {
    ['a, K, V] Iter<'a, K, V>, where [],
    (key, value) => (&'a K, &'a V) { (key, value) },
    debug [K: std::fmt::Debug, V: std::fmt::Debug] entry => entry,
}

iterate! {
    ['a, K, V] IterMut<'a, K, V>, where [K: Clone, V: Clone],
    (key, value) => (&'a K, &'a mut V) { (&*key, value) },
    debug [K: std::fmt::Debug, V: std::fmt::Debug] entry => entry,
}

iterate! {
    [K, V] IntoIter<K, V>, where [K: Clone, V: Clone],
    entry => (K, V) { entry },
    debug [K: std::fmt::Debug, V: std::fmt::Debug] entry => entry,
}

iterate! {
    ['a, K, V] Keys<'a, K, V>, where [],
    (key, _) => &'a K { key },
    debug [K: std::fmt::Debug] (key, _) => key,
}

iterate! {
    ['a, K, V] Values<'a, K, V>, where [],
    (_, value) => &'a V { value },
    debug [V: std::fmt::Debug] (_, value) => value,
}

iterate! {
    ['a, K, V] ValuesMut<'a, K, V>, where [K: Clone, V: Clone],
    (_, value) => &'a mut V { value },
    debug [V: std::fmt::Debug] (_, value) => value,
}

iterate! {
    [K, V] IntoKeys<K, V>, where [K: Clone, V: Clone],
    (key, _) => K { key },
    debug [K: std::fmt::Debug] (key, _) => key,
}

iterate! {
    [K, V] IntoValues<K, V>, where [K: Clone, V: Clone],
    (_, value) => V { value },
    debug [V: std::fmt::Debug] (_, value) => value,
}

iterate! {
    ['a, K, V] Drain<'a, K, V>, where [K: Clone, V: Clone],
    entry => (K, V) { entry },
    debug [K: std::fmt::Debug, V: std::fmt::Debug] entry => entry,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

empty_by_default! {
    [K, V] Iter<'_, K, V>: Iter,
    [K, V] IterMut<'_, K, V>: IterMut,
    [K, V] IntoIter<K, V>: IntoIter,
    [K, V] Keys<'_, K, V>: Iter,
    [K, V] Values<'_, K, V>: Iter,
    [K, V] ValuesMut<'_, K, V>: IterMut,
    [K, V] IntoKeys<K, V>: IntoIter,
    [K, V] IntoValues<K, V>: IntoIter,
}

impl<K, V, S> PagedMap<K, V, S> {
    /// Returns an iterator over the entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.iter().map(|(_, value)| value).sum::<i32>(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { inner: self.table.iter() }
    }

    /// Returns an iterator over the keys, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1), ("b", 2)]);
    /// let mut keys: Vec<_> = map.keys().collect();
    /// keys.sort();
    /// assert_eq!(keys, [&"a", &"b"]);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { inner: self.table.iter() }
    }

    /// Returns an iterator over the values, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.values().max(), Some(&2));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn values(&self) -> Values<'_, K, V> {
        Values { inner: self.table.iter() }
    }
}

impl<K: Clone, V: Clone, S> PagedMap<K, V, S> {
    /// Returns an iterator over the entries with mutable references to the values, in no particular order.
    ///
    /// A shared page is copied when the iterator reaches it. An iterator that is dropped before its first step copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1), ("b", 2)]);
    /// for (key, value) in map.iter_mut() {
    ///     if *key == "b" {
    ///         *value = 20;
    ///     }
    /// }
    /// assert_eq!(map["b"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut { inner: self.table.iter_mut() }
    }

    /// Returns an iterator over mutable references to the values, in no particular order.
    ///
    /// A shared page is copied when the iterator reaches it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1), ("b", 2)]);
    /// map.values_mut().for_each(|value| *value *= 10);
    /// assert_eq!(map["b"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut { inner: self.table.iter_mut() }
    }

    /// Returns an iterator over the keys by value, in no particular order.
    ///
    /// Keys are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1), ("b", 2)]);
    /// let mut keys: Vec<_> = map.into_keys().collect();
    /// keys.sort();
    /// assert_eq!(keys, ["a", "b"]);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.table.into_iter() }
    }

    /// Returns an iterator over the values by value, in no particular order.
    ///
    /// Values are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.into_values().sum::<i32>(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.table.into_iter() }
    }

    /// Empties the map and returns an iterator over the entries that were in it.
    ///
    /// The map is empty as soon as this returns, even if the iterator is leaked. Unlike in std, it keeps no capacity. Entries
    /// are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.drain().count(), 2);
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain { inner: self.table.take_all().into_iter(), map: PhantomData }
    }
}

impl<'a, K, V, S> IntoIterator for &'a PagedMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Clone, V: Clone, S> IntoIterator for &'a mut PagedMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: Clone, V: Clone, S> IntoIterator for PagedMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// Consumes the map. Its entries are moved out of the pages that no other map has, and cloned out of the others.
    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter { inner: self.table.into_iter() }
    }
}
