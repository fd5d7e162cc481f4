//! The iterators of a set.

use super::PagedOrdSet;
use crate::paged::engine::tree::{self, Tree};
use std::borrow::Borrow;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeBounds;

/// An iterator over the elements of a set by reference, in order.
///
/// Returned by [`PagedOrdSet::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1]);
/// let mut elements = set.iter();
/// assert_eq!((elements.len(), elements.next()), (1, Some(&1)));
/// ```
pub struct Iter<'a, T> {
    inner: tree::Iter<'a, T, ()>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    iterator_methods!(|(element, ())| element);
    ascending_methods!();
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
        Self { inner: tree::Iter::default() }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the elements of a set by value.
///
/// Returned by [`PagedOrdSet::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1]);
/// assert!(set.into_iter().eq([1]));
/// ```
pub struct IntoIter<T> {
    inner: tree::IntoIter<T, ()>,
}

impl<T> IntoIter<T> {
    pub(super) fn new(tree: Tree<T, ()>) -> Self {
        Self { inner: tree.into_iter() }
    }
}

#[cfg(feature = "rayon")]
impl<T: Clone> IntoIter<T> {
    pub(crate) fn of_part(part: tree::OwnedPart<T, ()>) -> Self {
        Self { inner: part.into_iter() }
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    iterator_methods!(|(element, ())| element);
    ascending_methods!(owns);
}

impl<T: Clone> DoubleEndedIterator for IntoIter<T> {
    double_ended_methods!(|(element, ())| element);
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.inner.show(|element, ()| _ = list.entry(element));
        list.finish()
    }
}

impl<T> Default for IntoIter<T> {
    fn default() -> Self {
        Self { inner: tree::IntoIter::default() }
    }
}

/// An iterator over the elements of a set between two others.
///
/// Returned by [`PagedOrdSet::range`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1, 2, 3]);
/// assert!(set.range(2..).eq(&[2, 3]));
/// ```
pub struct Range<'a, T> {
    inner: tree::Iter<'a, T, ()>,
}

impl<'a, T> Iterator for Range<'a, T> {
    type Item = &'a T;

    iterator_methods!(|(element, ())| element);
    ascending_methods!();
}

impl<T> DoubleEndedIterator for Range<'_, T> {
    double_ended_methods!(|(element, ())| element);
}

impl<T> FusedIterator for Range<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Range<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T> Default for Range<'_, T> {
    fn default() -> Self {
        Self { inner: tree::Iter::default() }
    }
}

impl<T> Clone for Range<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> PagedOrdSet<T> {
    /// Returns an iterator over the elements, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert!(PagedOrdSet::from([2, 1]).iter().eq(&[1, 2]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { inner: self.map.tree.iter() }
    }
}

impl<T: Ord> PagedOrdSet<T> {
    /// Returns an iterator over the elements that are in `range`, in order.
    ///
    /// # Panics
    ///
    /// Panics if the start of the range is greater than its end, or if both are equal and excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([1, 2, 3]);
    /// assert!(set.range(..=2).eq(&[1, 2]));
    /// assert_eq!(set.range(..3).next_back(), Some(&2));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(log n + e)**, `e` being the number of elements in the range.
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> Range<'_, T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let (start, end) = self.map.tree.ranks(range.start_bound(), range.end_bound());
        Range { inner: self.map.tree.iter_ranks(start, end) }
    }
}
