//! Iterators over views of a fixed number of elements.

use super::Slice;
use std::fmt;
use std::iter::FusedIterator;

/// Panics as std does if views would have no elements.
#[track_caller]
fn check_size(size: usize, of: &str) {
    assert!(size != 0, "{of} size must be non-zero");
}

/// An iterator over views of all runs of a fixed length.
///
/// Returned by [`PagedVec::windows`](crate::paged::PagedVec::windows) and [`Slice::windows`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.windows(2).eq([[1, 2], [2, 3]]));
/// ```
pub struct Windows<'a, T> {
    rest: Slice<'a, T>,
    size: usize,
}

impl<'a, T> Windows<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(rest: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "window");
        Self { rest, size }
    }

    /// Returns how many views are still to come.
    fn left(&self) -> usize {
        (self.rest.len() + 1).saturating_sub(self.size)
    }

    /// Passes over `n` views, which are not more than there are.
    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(n..);
    }

    fn skip_back(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len() - n);
    }
}

impl<'a, T> Iterator for Windows<'a, T> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        let (window, _) = self.rest.split_at_checked(self.size)?;
        self.skip_front(1);
        Some(window)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }

    fn count(self) -> usize {
        self.left()
    }

    fn last(mut self) -> Option<Slice<'a, T>> {
        self.next_back()
    }

    fn nth(&mut self, n: usize) -> Option<Slice<'a, T>> {
        self.skip_front(n.min(self.left()));
        self.next()
    }
}

impl<T> DoubleEndedIterator for Windows<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let start = self.rest.len().checked_sub(self.size)?;
        let window = self.rest.range(start..);
        self.skip_back(1);
        Some(window)
    }

    fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
        self.skip_back(n.min(self.left()));
        self.next_back()
    }
}

impl<T> ExactSizeIterator for Windows<'_, T> {}
impl<T> FusedIterator for Windows<'_, T> {}

impl<T> Clone for Windows<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Windows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over views of a fixed number of elements.
///
/// Returned by [`PagedVec::chunks`](crate::paged::PagedVec::chunks) and [`Slice::chunks`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// let lens: Vec<_> = vec.chunks(2).map(|chunk| chunk.len()).collect();
/// assert_eq!(lens, [2, 1]);
/// ```
pub struct Chunks<'a, T> {
    rest: Slice<'a, T>,
    size: usize,
}

impl<'a, T> Chunks<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(rest: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        Self { rest, size }
    }

    /// Returns how many views are still to come.
    fn left(&self) -> usize {
        self.rest.len().div_ceil(self.size)
    }

    /// Passes over `n` views, which are not more than there are.
    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(n.saturating_mul(self.size).min(self.rest.len())..);
    }

    fn skip_back(&mut self, n: usize) {
        let left = self.left() - n;
        self.rest = self.rest.range(..left.saturating_mul(self.size).min(self.rest.len()));
    }
}

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        let at = self.size.min(self.rest.len());
        let (chunk, rest) = self.rest.split_at(at);
        self.rest = rest;
        (at > 0).then_some(chunk)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }

    fn count(self) -> usize {
        self.left()
    }

    fn last(mut self) -> Option<Slice<'a, T>> {
        self.next_back()
    }

    fn nth(&mut self, n: usize) -> Option<Slice<'a, T>> {
        self.skip_front(n.min(self.left()));
        self.next()
    }
}

impl<T> DoubleEndedIterator for Chunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let last = self.rest.len().checked_sub(1)?;
        let (rest, chunk) = self.rest.split_at(last - last % self.size);
        self.rest = rest;
        Some(chunk)
    }

    fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
        self.skip_back(n.min(self.left()));
        self.next_back()
    }
}

impl<T> ExactSizeIterator for Chunks<'_, T> {}
impl<T> FusedIterator for Chunks<'_, T> {}

impl<T> Clone for Chunks<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over views of a fixed number of elements.
///
/// Returned by [`PagedVec::chunks_exact`](crate::paged::PagedVec::chunks_exact) and [`Slice::chunks_exact`]. It leaves out
/// what remains at the end.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.chunks_exact(2).eq([[1, 2]]));
/// ```
pub struct ChunksExact<'a, T> {
    /// The chunks of all elements but the remainder.
    inner: Chunks<'a, T>,
    remainder: Slice<'a, T>,
}

impl<'a, T> ChunksExact<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        let (rest, remainder) = whole.split_at(whole.len() - whole.len() % size);
        Self { inner: Chunks { rest, size }, remainder }
    }

    /// Returns a view of what remains at the end, and is in no chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).chunks_exact(2).remainder(), [3]);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn remainder(&self) -> Slice<'a, T> {
        self.remainder
    }
}

impl<'a, T> Iterator for ChunksExact<'a, T> {
    type Item = Slice<'a, T>;

    iterator_methods!();
}

impl<T> DoubleEndedIterator for ChunksExact<'_, T> {
    double_ended_methods!();
}

impl<T> ExactSizeIterator for ChunksExact<'_, T> {}
impl<T> FusedIterator for ChunksExact<'_, T> {}

impl<T> Clone for ChunksExact<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for ChunksExact<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over views of a fixed number of elements, from the end on.
///
/// Returned by [`PagedVec::rchunks`](crate::paged::PagedVec::rchunks) and [`Slice::rchunks`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.rchunks(2).eq([&[2, 3][..], &[1]]));
/// ```
pub struct RChunks<'a, T> {
    rest: Slice<'a, T>,
    size: usize,
}

impl<'a, T> RChunks<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(rest: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        Self { rest, size }
    }

    /// Returns how many views are still to come.
    fn left(&self) -> usize {
        self.rest.len().div_ceil(self.size)
    }

    /// Passes over `n` views, which are not more than there are.
    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len().saturating_sub(n.saturating_mul(self.size)));
    }

    fn skip_back(&mut self, n: usize) {
        let left = self.left() - n;
        self.rest = self.rest.range(self.rest.len().saturating_sub(left.saturating_mul(self.size))..);
    }
}

impl<'a, T> Iterator for RChunks<'a, T> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        let at = self.rest.len().saturating_sub(self.size);
        let (rest, chunk) = self.rest.split_at(at);
        self.rest = rest;
        (!chunk.is_empty()).then_some(chunk)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }

    fn count(self) -> usize {
        self.left()
    }

    fn last(mut self) -> Option<Slice<'a, T>> {
        self.next_back()
    }

    fn nth(&mut self, n: usize) -> Option<Slice<'a, T>> {
        self.skip_front(n.min(self.left()));
        self.next()
    }
}

impl<T> DoubleEndedIterator for RChunks<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let last = self.rest.len().checked_sub(1)?;
        let (chunk, rest) = self.rest.split_at(last % self.size + 1);
        self.rest = rest;
        Some(chunk)
    }

    fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
        self.skip_back(n.min(self.left()));
        self.next_back()
    }
}

impl<T> ExactSizeIterator for RChunks<'_, T> {}
impl<T> FusedIterator for RChunks<'_, T> {}

impl<T> Clone for RChunks<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for RChunks<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// An iterator over views of a fixed number of elements, from the end on.
///
/// Returned by [`PagedVec::rchunks_exact`](crate::paged::PagedVec::rchunks_exact) and [`Slice::rchunks_exact`]. It leaves out
/// what remains at the beginning.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.rchunks_exact(2).eq([[2, 3]]));
/// ```
pub struct RChunksExact<'a, T> {
    /// The chunks of all elements but the remainder.
    inner: RChunks<'a, T>,
    remainder: Slice<'a, T>,
}

impl<'a, T> RChunksExact<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        let (remainder, rest) = whole.split_at(whole.len() % size);
        Self { inner: RChunks { rest, size }, remainder }
    }

    /// Returns a view of what remains at the beginning, and is in no chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).rchunks_exact(2).remainder(), [1]);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn remainder(&self) -> Slice<'a, T> {
        self.remainder
    }
}

impl<'a, T> Iterator for RChunksExact<'a, T> {
    type Item = Slice<'a, T>;

    iterator_methods!();
}

impl<T> DoubleEndedIterator for RChunksExact<'_, T> {
    double_ended_methods!();
}

impl<T> ExactSizeIterator for RChunksExact<'_, T> {}
impl<T> FusedIterator for RChunksExact<'_, T> {}

impl<T> Clone for RChunksExact<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for RChunksExact<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
