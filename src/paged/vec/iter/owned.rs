//! Iterators over elements that have left their vector.

use super::Listed;
use crate::paged::engine::list::page::Page;
use crate::paged::engine::walk::{Elements, OwnedPages};
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::vec;

/// An iterator that moves the elements out of a vector.
///
/// Returned by [`PagedVec::into_iter`](IntoIterator::into_iter). The elements of a shared page are cloned when the iterator
/// reaches it.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.into_iter().rev().eq([3, 2, 1]));
/// ```
pub struct IntoIter<T> {
    inner: Elements<OwnedPages<T>, vec::IntoIter<T>>,
}

impl<T: Clone> IntoIter<T> {
    pub(in crate::paged::vec) fn new(pages: Vec<Page<T>>) -> Self {
        Self { inner: Elements::new(OwnedPages::new(pages)) }
    }
}

impl<T> IntoIter<T> {
    /// Returns what is still to come, to be shown. This clones no page.
    fn left(&self) -> Listed<impl Iterator<Item = &T> + Clone> {
        let Elements { front, pages, back } = &self.inner;
        let between = pages.pages.as_slice().iter().flat_map(|page| page.iter());
        Listed(front.as_slice().iter().chain(between).chain(back.as_slice()))
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    iterator_methods!();
}

impl<T: Clone> DoubleEndedIterator for IntoIter<T> {
    double_ended_methods!();
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T: Clone> Clone for IntoIter<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Default for IntoIter<T> {
    /// Makes an iterator that is at its end.
    fn default() -> Self {
        Self { inner: Elements::new(OwnedPages::new(Vec::new())) }
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.left()).finish()
    }
}

/// An iterator over elements that have been removed from a vector.
///
/// Returned by [`PagedVec::drain`](crate::paged::PagedVec::drain) and [`PagedVec::splice`](crate::paged::PagedVec::splice).
/// Unlike in std, the elements have left the vector before it is made. So a drop or a leak of it changes nothing.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let mut vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.drain(..2).eq([1, 2]));
/// assert_eq!(vec, [3]);
/// ```
pub struct Drain<'a, T> {
    inner: IntoIter<T>,
    /// The lifetime alone, since it holds nothing of the vector. So it is covariant in `T` and as safe across panics as the
    /// elements are, as in std.
    vec: PhantomData<&'a ()>,
}

impl<T: Clone> Drain<'_, T> {
    pub(in crate::paged::vec) fn new(pages: Vec<Page<T>>) -> Self {
        Self { inner: IntoIter::new(pages), vec: PhantomData }
    }
}

impl<T: Clone> Iterator for Drain<'_, T> {
    type Item = T;

    iterator_methods!();
}

impl<T: Clone> DoubleEndedIterator for Drain<'_, T> {
    double_ended_methods!();
}

impl<T: Clone> ExactSizeIterator for Drain<'_, T> {}
impl<T: Clone> FusedIterator for Drain<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.inner.left()).finish()
    }
}
