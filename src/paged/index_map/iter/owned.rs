//! Iterators over entries that have left their map.

use crate::paged::PagedIndexMap;
#[cfg(feature = "rayon")]
use crate::paged::PagedVec;
use crate::paged::engine::index::{self, Index};
use crate::paged::{key_of, value_of};
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

/// An iterator over the entries of a map by value.
///
/// Returned by [`PagedIndexMap::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// assert_eq!(map.into_iter().next(), Some(("a", 1)));
/// ```
pub struct IntoIter<K, V> {
    inner: index::IntoIter<(K, V)>,
}

impl<K, V> IntoIter<K, V> {
    pub(in crate::paged::index_map) fn new(index: Index<(K, V)>) -> Self {
        Self { inner: index.into_iter() }
    }
}

#[cfg(feature = "rayon")]
impl<K, V, S> PagedIndexMap<K, V, S> {
    /// The entries alone, in their order.
    pub(crate) fn into_list(self) -> PagedVec<(K, V)> {
        PagedVec::of_pages(self.index.into_pages())
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    iterator_methods!();
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoIter<K, V> {
    double_ended_methods!();
}

impl<K: Clone, V: Clone> ExactSizeIterator for IntoIter<K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IntoIter<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K: Clone, V: Clone> Clone for IntoIter<K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K, V> Default for IntoIter<K, V> {
    fn default() -> Self {
        Self { inner: index::IntoIter::default() }
    }
}

/// An iterator over the keys of a map by value.
///
/// Returned by [`PagedIndexMap::into_keys`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// assert!(map.into_keys().eq(["a"]));
/// ```
pub struct IntoKeys<K, V> {
    inner: index::IntoIter<(K, V)>,
}

impl<K: Clone, V: Clone> Iterator for IntoKeys<K, V> {
    type Item = K;

    iterator_methods!(key_of);
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoKeys<K, V> {
    double_ended_methods!(key_of);
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
        Self { inner: index::IntoIter::default() }
    }
}

/// An iterator over the values of a map by value.
///
/// Returned by [`PagedIndexMap::into_values`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// assert!(map.into_values().eq([1]));
/// ```
pub struct IntoValues<K, V> {
    inner: index::IntoIter<(K, V)>,
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
        f.debug_list().entries(self.inner.iter().map(|(_, value)| value)).finish()
    }
}

impl<K, V> Default for IntoValues<K, V> {
    fn default() -> Self {
        Self { inner: index::IntoIter::default() }
    }
}

/// An iterator over the entries that were taken out of a map.
///
/// Returned by [`PagedIndexMap::drain`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// assert!(map.drain(..).eq([("a", 1)]));
/// assert!(map.is_empty());
/// ```
pub struct Drain<'a, K, V> {
    inner: index::IntoIter<(K, V)>,
    /// The entries have left it already. It stays borrowed, as in std.
    map: PhantomData<&'a ()>,
}

impl<K, V> Drain<'_, K, V> {
    pub(in crate::paged::index_map) fn new(inner: index::IntoIter<(K, V)>) -> Self {
        Self { inner, map: PhantomData }
    }

    /// What is still to come.
    pub(in crate::paged) fn left(&self) -> impl Iterator<Item = &(K, V)> {
        self.inner.iter()
    }
}

impl<K: Clone, V: Clone> Iterator for Drain<'_, K, V> {
    type Item = (K, V);

    iterator_methods!();
}

impl<K: Clone, V: Clone> DoubleEndedIterator for Drain<'_, K, V> {
    double_ended_methods!();
}

impl<K: Clone, V: Clone> ExactSizeIterator for Drain<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for Drain<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K: Clone, V: Clone, S> PagedIndexMap<K, V, S> {
    /// Returns an iterator over the keys by value, in their order.
    ///
    /// Keys are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert!(map.into_keys().eq(["a", "b"]));
    /// ```
    ///
    /// Computes in **O(pages)** time, and the whole walk in **O(n)**.
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys { inner: self.index.into_iter() }
    }

    /// Returns an iterator over the values by value, in their order.
    ///
    /// Values are moved out of the pages that no other map has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.into_values().sum::<i32>(), 3);
    /// ```
    ///
    /// Computes in **O(pages)** time, and the whole walk in **O(n)**.
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues { inner: self.index.into_iter() }
    }
}
