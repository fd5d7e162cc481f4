//! The iterators of a map.

mod owned;

pub use self::owned::{Drain, IntoIter, IntoKeys, IntoValues};

use super::PagedIndexMap;
use crate::paged::engine::index;
use std::fmt;
use std::iter::FusedIterator;

/// An iterator over the entries of a map by reference, in their order.
///
/// Returned by [`PagedIndexMap::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// let mut entries = map.iter();
/// assert_eq!(entries.len(), 1);
/// assert_eq!(entries.next(), Some((&"a", &1)));
/// ```
pub struct Iter<'a, K, V> {
    inner: index::Iter<'a, (K, V)>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    iterator_methods!(|(key, value)| (key, value));
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    double_ended_methods!(|(key, value)| (key, value));
}

#[cfg(feature = "rayon")]
impl<K, V> Iter<'_, K, V> {
    /// Cuts it in front of an entry.
    pub(crate) fn split_at(&self, index: usize) -> (Self, Self) {
        let (front, behind) = self.inner.split_at(index);
        (Self { inner: front }, Self { inner: behind })
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
impl<K, V> FusedIterator for Iter<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K, V> Default for Iter<'_, K, V> {
    fn default() -> Self {
        Self { inner: index::Iter::default() }
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the entries of a map, with mutable references to the values.
///
/// Returned by [`PagedIndexMap::iter_mut`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// map.iter_mut().for_each(|(_, value)| *value += 1);
/// assert_eq!(map["a"], 2);
/// ```
pub struct IterMut<'a, K, V> {
    inner: index::IterMut<'a, (K, V)>,
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    iterator_methods!(|(key, value)| (&*key, value));
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IterMut<'_, K, V> {
    double_ended_methods!(|(key, value)| (&*key, value));
}

impl<K: Clone, V: Clone> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IterMut<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K, V> Default for IterMut<'_, K, V> {
    fn default() -> Self {
        Self { inner: index::IterMut::default() }
    }
}

/// An iterator over the keys of a map.
///
/// Returned by [`PagedIndexMap::keys`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// assert!(map.keys().eq(&["a"]));
/// ```
pub struct Keys<'a, K, V> {
    inner: index::Iter<'a, (K, V)>,
}

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;

    iterator_methods!(|(key, _)| key);
}

impl<K, V> DoubleEndedIterator for Keys<'_, K, V> {
    double_ended_methods!(|(key, _)| key);
}

impl<K, V> ExactSizeIterator for Keys<'_, K, V> {}
impl<K, V> FusedIterator for Keys<'_, K, V> {}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(key, _)| key)).finish()
    }
}

impl<K, V> Default for Keys<'_, K, V> {
    fn default() -> Self {
        Self { inner: index::Iter::default() }
    }
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the values of a map.
///
/// Returned by [`PagedIndexMap::values`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.values().sum::<i32>(), 3);
/// ```
pub struct Values<'a, K, V> {
    inner: index::Iter<'a, (K, V)>,
}

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;

    iterator_methods!(|(_, value)| value);
}

impl<K, V> DoubleEndedIterator for Values<'_, K, V> {
    double_ended_methods!(|(_, value)| value);
}

impl<K, V> ExactSizeIterator for Values<'_, K, V> {}
impl<K, V> FusedIterator for Values<'_, K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(_, value)| value)).finish()
    }
}

impl<K, V> Default for Values<'_, K, V> {
    fn default() -> Self {
        Self { inner: index::Iter::default() }
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over mutable references to the values of a map.
///
/// Returned by [`PagedIndexMap::values_mut`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// map.values_mut().for_each(|value| *value = 7);
/// assert_eq!(map["a"], 7);
/// ```
pub struct ValuesMut<'a, K, V> {
    inner: index::IterMut<'a, (K, V)>,
}

impl<'a, K: Clone, V: Clone> Iterator for ValuesMut<'a, K, V> {
    type Item = &'a mut V;

    iterator_methods!(|(_, value)| value);
}

impl<K: Clone, V: Clone> DoubleEndedIterator for ValuesMut<'_, K, V> {
    double_ended_methods!(|(_, value)| value);
}

impl<K: Clone, V: Clone> ExactSizeIterator for ValuesMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for ValuesMut<'_, K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for ValuesMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(_, value)| value)).finish()
    }
}

impl<K, V> Default for ValuesMut<'_, K, V> {
    fn default() -> Self {
        Self { inner: index::IterMut::default() }
    }
}

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns an iterator over the entries, in their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert!(map.iter().rev().eq([(&"b", &2), (&"a", &1)]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { inner: self.index.iter() }
    }

    /// Returns an iterator over the keys, in their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("b", 1), ("a", 2)]);
    /// assert!(map.keys().eq(&["b", "a"]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys { inner: self.index.iter() }
    }

    /// Returns an iterator over the values, in their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.values().max(), Some(&2));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn values(&self) -> Values<'_, K, V> {
        Values { inner: self.index.iter() }
    }
}

impl<K: Clone, V: Clone, S> PagedIndexMap<K, V, S> {
    /// Returns an iterator over the entries with mutable references to the values, in their order.
    ///
    /// A shared page is copied when the iterator reaches it. An iterator that is dropped before its first step copies nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
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
        IterMut { inner: self.index.iter_mut() }
    }

    /// Returns an iterator over mutable references to the values, in their order.
    ///
    /// A shared page is copied when the iterator reaches it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// map.values_mut().for_each(|value| *value *= 10);
    /// assert_eq!(map["b"], 20);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut { inner: self.index.iter_mut() }
    }
}
