//! Iterators over entries that have left their map.

use crate::paged::PagedOrdMap;
use crate::paged::engine::tree::{self, Tree};
use crate::paged::{key_of, value_of};
use std::fmt;
use std::iter::FusedIterator;

/// An iterator over the entries of a map by value.
///
/// Returned by [`PagedOrdMap::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1)]);
/// assert_eq!(map.into_iter().next(), Some(("a", 1)));
/// ```
pub struct IntoIter<K, V> {
    inner: tree::IntoIter<K, V>,
}

impl<K, V> IntoIter<K, V> {
    pub(in crate::paged::ord_map) fn new(tree: Tree<K, V>) -> Self {
        Self { inner: tree.into_iter() }
    }
}

#[cfg(feature = "rayon")]
impl<K: Clone, V: Clone> IntoIter<K, V> {
    pub(crate) fn of_part(part: tree::OwnedPart<K, V>) -> Self {
        Self { inner: part.into_iter() }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    iterator_methods!();
    ascending_methods!(owns);
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoIter<K, V> {
    double_ended_methods!();
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.inner.show(|key, value| _ = list.entry(&(key, value)));
        list.finish()
    }
}

impl<K, V> Default for IntoIter<K, V> {
    fn default() -> Self {
        Self { inner: tree::IntoIter::default() }
    }
}

/// An iterator over the keys of a map by value.
///
/// Returned by [`PagedOrdMap::into_keys`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1)]);
/// assert!(map.into_keys().eq(["a"]));
/// ```
pub struct IntoKeys<K, V> {
    inner: tree::IntoIter<K, V>,
}

impl<K: Clone, V: Clone> Iterator for IntoKeys<K, V> {
    type Item = K;

    iterator_methods!(key_of);
    ascending_methods!(owns);
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoKeys<K, V> {
    double_ended_methods!(key_of);
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoKeys<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoKeys<K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for IntoKeys<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.inner.show(|key, _| _ = list.entry(key));
        list.finish()
    }
}

impl<K, V> Default for IntoKeys<K, V> {
    fn default() -> Self {
        Self { inner: tree::IntoIter::default() }
    }
}

/// An iterator over the values of a map by value.
///
/// Returned by [`PagedOrdMap::into_values`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1)]);
/// assert!(map.into_values().eq([1]));
/// ```
pub struct IntoValues<K, V> {
    inner: tree::IntoIter<K, V>,
}

impl<K: Clone, V: Clone> Iterator for IntoValues<K, V> {
    type Item = V;

    iterator_methods!(value_of);
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoValues<K, V> {
    double_ended_methods!(value_of);
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoValues<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoValues<K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for IntoValues<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.inner.show(|_, value| _ = list.entry(value));
        list.finish()
    }
}

impl<K, V> Default for IntoValues<K, V> {
    fn default() -> Self {
        Self { inner: tree::IntoIter::default() }
    }
}

impl<K: Clone, V: Clone> PagedOrdMap<K, V> {
    /// Returns an iterator over the keys by value, in the order of the keys.
    ///
    /// Keys are moved out of the leaves that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a", 1), ("b", 2)]);
    /// assert!(map.into_keys().eq(["a", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.tree.into_iter() }
    }

    /// Returns an iterator over the values by value, in the order of the keys.
    ///
    /// Values are moved out of the leaves that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a", 1), ("b", 2)]);
    /// assert!(map.into_values().eq([1, 2]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.tree.into_iter() }
    }
}
