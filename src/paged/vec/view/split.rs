//! Iterators over views that end where a predicate says so.

use super::Slice;
use std::fmt;
use std::iter::FusedIterator;

/// An iterator over views of the elements between those that a predicate picks.
///
/// Returned by [`PagedVec::split`](crate::paged::PagedVec::split) and [`Slice::split`]. If the predicate panics, the iterator is
/// where it was.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 0, 2, 3]);
/// assert!(vec.split(|&n| n == 0).eq([&[1][..], &[2, 3]]));
/// ```
#[derive(Clone)]
pub struct Split<'a, T, F> {
    /// `None` at the end. An empty rest is not the end, but one more view.
    rest: Option<Slice<'a, T>>,
    pred: F,
}

impl<'a, T, F> Split<'a, T, F> {
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, pred: F) -> Self {
        Self { rest: Some(whole), pred }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Iterator for Split<'a, T, F> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        let rest = self.rest?;
        let Some(at) = rest.iter().position(&mut self.pred) else { return self.rest.take() };
        self.rest = Some(rest.range(at + 1..));
        Some(rest.range(..at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.map_or((0, Some(0)), |rest| (1, rest.len().checked_add(1)))
    }
}

impl<T, F: FnMut(&T) -> bool> DoubleEndedIterator for Split<'_, T, F> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let Some(at) = rest.iter().rposition(&mut self.pred) else { return self.rest.take() };
        self.rest = Some(rest.range(..at));
        Some(rest.range(at + 1..))
    }
}

impl<T, F: FnMut(&T) -> bool> FusedIterator for Split<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for Split<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Split").field("rest", &self.rest).finish_non_exhaustive()
    }
}

/// An iterator over views that end with an element that a predicate picks.
///
/// Returned by [`PagedVec::split_inclusive`](crate::paged::PagedVec::split_inclusive) and [`Slice::split_inclusive`]. If the
/// predicate panics, the iterator is where it was.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 0, 2, 3]);
/// assert!(vec.split_inclusive(|&n| n == 0).eq([[1, 0], [2, 3]]));
/// ```
#[derive(Clone)]
pub struct SplitInclusive<'a, T, F> {
    rest: Slice<'a, T>,
    pred: F,
}

impl<'a, T, F> SplitInclusive<'a, T, F> {
    pub(in crate::paged::vec) fn new(rest: Slice<'a, T>, pred: F) -> Self {
        Self { rest, pred }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Iterator for SplitInclusive<'a, T, F> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.rest.iter().position(&mut self.pred).map_or(self.rest.len(), |at| at + 1);
        let (run, rest) = self.rest.split_at(at);
        self.rest = rest;
        Some(run)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(!self.rest.is_empty()), Some(self.rest.len()))
    }
}

impl<T, F: FnMut(&T) -> bool> DoubleEndedIterator for SplitInclusive<'_, T, F> {
    fn next_back(&mut self) -> Option<Self::Item> {
        // The last element ends its run, whether it is picked or not.
        let (_, before) = self.rest.split_last()?;
        let at = before.iter().rposition(&mut self.pred).map_or(0, |at| at + 1);
        let (rest, run) = self.rest.split_at(at);
        self.rest = rest;
        Some(run)
    }
}

impl<T, F: FnMut(&T) -> bool> FusedIterator for SplitInclusive<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for SplitInclusive<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SplitInclusive").field("rest", &self.rest).finish_non_exhaustive()
    }
}

/// An iterator over views of the elements between those that a predicate picks, from the end on.
///
/// Returned by [`PagedVec::rsplit`](crate::paged::PagedVec::rsplit) and [`Slice::rsplit`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 0, 2, 3]);
/// assert!(vec.rsplit(|&n| n == 0).eq([&[2, 3][..], &[1]]));
/// ```
#[derive(Clone)]
pub struct RSplit<'a, T, F> {
    inner: Split<'a, T, F>,
}

impl<'a, T, F> RSplit<'a, T, F> {
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, pred: F) -> Self {
        Self { inner: Split::new(whole, pred) }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Iterator for RSplit<'a, T, F> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        self.inner.next_back()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<T, F: FnMut(&T) -> bool> DoubleEndedIterator for RSplit<'_, T, F> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.inner.next()
    }
}

impl<T, F: FnMut(&T) -> bool> FusedIterator for RSplit<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for RSplit<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RSplit").field("rest", &self.inner.rest).finish_non_exhaustive()
    }
}

/// An iterator over views that has all elements that are left in one.
trait Finish: Iterator {
    /// Returns all elements that are left in one view, and ends.
    fn finish(&mut self) -> Option<Self::Item>;
}

impl<T, F: FnMut(&T) -> bool> Finish for Split<'_, T, F> {
    fn finish(&mut self) -> Option<Self::Item> {
        self.rest.take()
    }
}

impl<T, F: FnMut(&T) -> bool> Finish for RSplit<'_, T, F> {
    fn finish(&mut self) -> Option<Self::Item> {
        self.inner.finish()
    }
}

/// An iterator over at most `left` views of another one. The last has all elements that are left.
#[derive(Clone)]
struct AtMost<I> {
    views: I,
    left: usize,
}

impl<I: Finish> Iterator for AtMost<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let left = self.left.checked_sub(1)?;
        let view = if left == 0 { self.views.finish() } else { self.views.next() };
        self.left = left;
        view
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (low, high) = self.views.size_hint();
        (low.min(self.left), Some(high.map_or(self.left, |high| high.min(self.left))))
    }
}

/// An iterator over views of the elements between those that a predicate picks, in at most a given number of views.
///
/// Returned by [`PagedVec::splitn`](crate::paged::PagedVec::splitn) and [`Slice::splitn`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 0, 2, 0]);
/// assert!(vec.splitn(2, |&n| n == 0).eq([&[1][..], &[2, 0]]));
/// ```
#[derive(Clone)]
pub struct SplitN<'a, T, F> {
    inner: AtMost<Split<'a, T, F>>,
}

impl<'a, T, F> SplitN<'a, T, F> {
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, n: usize, pred: F) -> Self {
        Self { inner: AtMost { views: Split::new(whole, pred), left: n } }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Iterator for SplitN<'a, T, F> {
    type Item = Slice<'a, T>;

    iterator_methods!();
}

impl<T, F: FnMut(&T) -> bool> FusedIterator for SplitN<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for SplitN<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SplitN").field("rest", &self.inner.views.rest).finish_non_exhaustive()
    }
}

/// An iterator over views of the elements between those that a predicate picks, from the end on, in at most a
/// given number of views.
///
/// Returned by [`PagedVec::rsplitn`](crate::paged::PagedVec::rsplitn) and [`Slice::rsplitn`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([0, 1, 0, 2]);
/// assert!(vec.rsplitn(2, |&n| n == 0).eq([&[2][..], &[0, 1]]));
/// ```
#[derive(Clone)]
pub struct RSplitN<'a, T, F> {
    inner: AtMost<RSplit<'a, T, F>>,
}

impl<'a, T, F> RSplitN<'a, T, F> {
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, n: usize, pred: F) -> Self {
        Self { inner: AtMost { views: RSplit::new(whole, pred), left: n } }
    }
}

impl<'a, T, F: FnMut(&T) -> bool> Iterator for RSplitN<'a, T, F> {
    type Item = Slice<'a, T>;

    iterator_methods!();
}

impl<T, F: FnMut(&T) -> bool> FusedIterator for RSplitN<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for RSplitN<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RSplitN").field("rest", &self.inner.views.inner.rest).finish_non_exhaustive()
    }
}

/// An iterator over views of the longest runs in which a relation holds for each element and the next one.
///
/// Returned by [`PagedVec::chunk_by`](crate::paged::PagedVec::chunk_by) and [`Slice::chunk_by`]. If the relation panics, the
/// iterator is where it was.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 1, 2]);
/// assert!(vec.chunk_by(|a, b| a == b).eq([&[1, 1][..], &[2]]));
/// ```
#[derive(Clone)]
pub struct ChunkBy<'a, T, F> {
    rest: Slice<'a, T>,
    same: F,
}

impl<'a, T, F> ChunkBy<'a, T, F> {
    pub(in crate::paged::vec) fn new(rest: Slice<'a, T>, same: F) -> Self {
        Self { rest, same }
    }
}

impl<'a, T, F: FnMut(&T, &T) -> bool> Iterator for ChunkBy<'a, T, F> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        let (_, after) = self.rest.split_first()?;
        let Self { rest, same } = self;
        let last = rest.iter().zip(after).position(|(a, b)| !same(a, b));
        let (run, rest) = rest.split_at(last.map_or(rest.len(), |last| last + 1));
        self.rest = rest;
        Some(run)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(!self.rest.is_empty()), Some(self.rest.len()))
    }
}

impl<T, F: FnMut(&T, &T) -> bool> DoubleEndedIterator for ChunkBy<'_, T, F> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (_, before) = self.rest.split_last()?;
        let Self { rest, same } = self;
        let (_, after) = rest.split_first()?;
        let last = before.iter().zip(after).rposition(|(a, b)| !same(a, b));
        let (rest, run) = rest.split_at(last.map_or(0, |last| last + 1));
        self.rest = rest;
        Some(run)
    }
}

impl<T, F: FnMut(&T, &T) -> bool> FusedIterator for ChunkBy<'_, T, F> {}

impl<T: fmt::Debug, F> fmt::Debug for ChunkBy<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkBy").field("rest", &self.rest).finish_non_exhaustive()
    }
}
