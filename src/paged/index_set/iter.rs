//! The iterators of a set.

use super::PagedIndexSet;
use crate::paged::engine::index::{self, Index};
use crate::paged::index_map;
use std::fmt;
use std::iter::FusedIterator;

/// An iterator over the elements of a set by reference, in their order.
///
/// Returned by [`PagedIndexSet::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let set = PagedIndexSet::from([1]);
/// let mut elements = set.iter();
/// assert_eq!((elements.len(), elements.next()), (1, Some(&1)));
/// ```
pub struct Iter<'a, T> {
    inner: index::Iter<'a, (T, ())>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    iterator_methods!(|(element, ())| element);
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    double_ended_methods!(|(element, ())| element);
}

#[cfg(feature = "rayon")]
impl<T> Iter<'_, T> {
    /// Cuts it in front of an element.
    pub(crate) fn split_at(&self, index: usize) -> (Self, Self) {
        let (front, behind) = self.inner.split_at(index);
        (Self { inner: front }, Self { inner: behind })
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Self { inner: index::Iter::default() }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the elements of a set by value.
///
/// Returned by [`PagedIndexSet::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let set = PagedIndexSet::from([1]);
/// assert!(set.into_iter().eq([1]));
/// ```
pub struct IntoIter<T> {
    inner: index::IntoIter<(T, ())>,
}

impl<T> IntoIter<T> {
    pub(super) fn new(index: Index<(T, ())>) -> Self {
        Self { inner: index.into_iter() }
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    iterator_methods!(|(element, ())| element);
}

impl<T: Clone> DoubleEndedIterator for IntoIter<T> {
    double_ended_methods!(|(element, ())| element);
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T: Clone> Clone for IntoIter<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Default for IntoIter<T> {
    fn default() -> Self {
        Self { inner: index::IntoIter::default() }
    }
}

/// An iterator over the elements that were taken out of a set.
///
/// Returned by [`PagedIndexSet::drain`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let mut set = PagedIndexSet::from([1]);
/// assert!(set.drain(..).eq([1]));
/// assert!(set.is_empty());
/// ```
pub struct Drain<'a, T> {
    inner: index_map::Drain<'a, T, ()>,
}

impl<'a, T> Drain<'a, T> {
    pub(super) fn new(inner: index_map::Drain<'a, T, ()>) -> Self {
        Self { inner }
    }
}

impl<T: Clone> Iterator for Drain<'_, T> {
    type Item = T;

    iterator_methods!(|(element, ())| element);
}

impl<T: Clone> DoubleEndedIterator for Drain<'_, T> {
    double_ended_methods!(|(element, ())| element);
}

impl<T: Clone> ExactSizeIterator for Drain<'_, T> {}
impl<T: Clone> FusedIterator for Drain<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.left().map(|(element, ())| element)).finish()
    }
}

impl<T, S> PagedIndexSet<T, S> {
    /// Returns an iterator over the elements, in their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([2, 1]).iter().rev().eq(&[1, 2]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { inner: self.map.index.iter() }
    }
}
