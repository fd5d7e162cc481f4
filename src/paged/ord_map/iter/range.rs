//! Walks over the entries between two keys.

use crate::paged::PagedOrdMap;
use crate::paged::engine::tree;
use std::borrow::Borrow;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeBounds;

/// An iterator over the entries of a map between two keys.
///
/// Returned by [`PagedOrdMap::range`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([(1, "a"), (2, "b"), (3, "c")]);
/// assert!(map.range(2..).eq([(&2, &"b"), (&3, &"c")]));
/// ```
pub struct Range<'a, K, V> {
    inner: tree::Iter<'a, K, V>,
}

impl<'a, K, V> Iterator for Range<'a, K, V> {
    type Item = (&'a K, &'a V);

    iterator_methods!();
    ascending_methods!();
}

impl<K, V> DoubleEndedIterator for Range<'_, K, V> {
    double_ended_methods!();
}

impl<K, V> FusedIterator for Range<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Range<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter()).finish()
    }
}

impl<K, V> Default for Range<'_, K, V> {
    fn default() -> Self {
        Self { inner: tree::Iter::default() }
    }
}

impl<K, V> Clone for Range<'_, K, V> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the entries of a map between two keys, with mutable references to the values.
///
/// Returned by [`PagedOrdMap::range_mut`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let mut map = PagedOrdMap::from([(1, 10), (2, 20), (3, 30)]);
/// map.range_mut(2..).for_each(|(_, value)| *value += 1);
/// assert!(map.values().eq(&[10, 21, 31]));
/// ```
pub struct RangeMut<'a, K, V> {
    inner: tree::IterMut<'a, K, V>,
}

impl<'a, K: Clone, V: Clone> Iterator for RangeMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    iterator_methods!();
    ascending_methods!();
}

impl<K: Clone, V: Clone> DoubleEndedIterator for RangeMut<'_, K, V> {
    double_ended_methods!();
}

impl<K: Clone, V: Clone> FusedIterator for RangeMut<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for RangeMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.inner.show(|key, value| _ = list.entry(&(key, value)));
        list.finish()
    }
}

impl<K, V> Default for RangeMut<'_, K, V> {
    fn default() -> Self {
        Self { inner: tree::IterMut::default() }
    }
}

impl<K: Ord, V> PagedOrdMap<K, V> {
    /// Returns an iterator over the entries whose keys are in `range`, in their order.
    ///
    /// # Panics
    ///
    /// Panics if the start of the range is greater than its end, or if both are equal and excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([(1, "a"), (2, "b"), (3, "c")]);
    /// assert!(map.range(..=2).eq([(&1, &"a"), (&2, &"b")]));
    /// assert_eq!(map.range(..3).next_back(), Some((&2, &"b")));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(log n + e)**, `e` being the number of entries in the range.
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> Range<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let (start, end) = self.tree.ranks(range.start_bound(), range.end_bound());
        Range { inner: self.tree.iter_ranks(start, end) }
    }
}

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Returns an iterator over the entries whose keys are in `range`, in their order, with mutable references to the values.
    ///
    /// A shared leaf is copied when the iterator reaches it.
    ///
    /// # Panics
    ///
    /// Panics if the start of the range is greater than its end, or if both are equal and excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([(1, 10), (2, 20), (3, 30)]);
    /// map.range_mut(1..3).for_each(|(_, value)| *value = 0);
    /// assert!(map.values().eq(&[0, 0, 30]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(log n + e)**, `e` being the number of entries in the range.
    #[track_caller]
    pub fn range_mut<Q, R>(&mut self, range: R) -> RangeMut<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let (start, end) = self.tree.ranks(range.start_bound(), range.end_bound());
        RangeMut { inner: self.tree.iter_ranks_mut(start, end) }
    }
}
