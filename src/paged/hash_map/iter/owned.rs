//! Iterators over entries that have left their map.

use crate::paged::PagedMap;
use crate::paged::engine::table::{self, Table};
use crate::paged::{key_of, value_of};
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

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

impl<K, V> IntoIter<K, V> {
    pub(in crate::paged::hash_map) fn new(table: Table<(K, V)>) -> Self {
        Self { inner: table.into_iter() }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    iterator_methods!();
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K, V> Default for IntoIter<K, V> {
    fn default() -> Self {
        Self { inner: table::IntoIter::default() }
    }
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

impl<K: Clone, V: Clone> Iterator for IntoKeys<K, V> {
    type Item = K;

    iterator_methods!(key_of);
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoKeys<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoKeys<K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for IntoKeys<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(key, _)| key)).finish()
    }
}

impl<K, V> Default for IntoKeys<K, V> {
    fn default() -> Self {
        Self { inner: table::IntoIter::default() }
    }
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

impl<K: Clone, V: Clone> Iterator for IntoValues<K, V> {
    type Item = V;

    iterator_methods!(value_of);
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoValues<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoValues<K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for IntoValues<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(_, value)| value)).finish()
    }
}

impl<K, V> Default for IntoValues<K, V> {
    fn default() -> Self {
        Self { inner: table::IntoIter::default() }
    }
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

impl<K: Clone, V: Clone> Iterator for Drain<'_, K, V> {
    type Item = (K, V);

    iterator_methods!();
}

impl<K: Clone, V: Clone> ExactSizeIterator for Drain<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for Drain<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K: Clone, V: Clone, S> PagedMap<K, V, S> {
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
    /// Computes in **O(1)** time, and the whole walk in **O(n + capacity)**.
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
    /// Computes in **O(1)** time, and the whole walk in **O(n + capacity)**.
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.table.into_iter() }
    }

    /// Empties the map and returns an iterator over the entries that were in it.
    ///
    /// The map is empty as soon as this returns, even if the iterator is leaked. Unlike in std, it keeps no capacity, unless it was empty. Entries
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
    /// Computes in **O(1)** time, and the whole walk in **O(n + capacity)**.
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain { inner: self.table.take_all().into_iter(), map: PhantomData }
    }
}
