//! Iterators over views: runs of a fixed length, and runs between elements that divide.

use super::Slice;
use std::fmt;
use std::iter::FusedIterator;

/// Gives an iterator whose length is known what follows from `next`, `next_back`, `left` and `skip`, which passes over views.
macro_rules! exact {
    ($($name:ident)*) => {$(
        impl<'a, T> Iterator for $name<'a, T> {
            type Item = Slice<'a, T>;

            fn next(&mut self) -> Option<Slice<'a, T>> {
                self.front()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.left(), Some(self.left()))
            }

            fn count(self) -> usize {
                self.left()
            }

            fn nth(&mut self, n: usize) -> Option<Slice<'a, T>> {
                self.skip_front(n.min(self.left()));
                self.front()
            }

            fn last(mut self) -> Option<Slice<'a, T>> {
                self.back()
            }
        }

        impl<T> DoubleEndedIterator for $name<'_, T> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.back()
            }

            fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
                self.skip_back(n.min(self.left()));
                self.back()
            }
        }

        impl<T> ExactSizeIterator for $name<'_, T> {}
        impl<T> FusedIterator for $name<'_, T> {}

        impl<T> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                Self { ..*self }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

exact! { Windows Chunks ChunksExact RChunks RChunksExact }

/// Panics as std does where views would have no elements.
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

    fn left(&self) -> usize {
        (self.rest.len() + 1).saturating_sub(self.size)
    }

    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(n..);
    }

    fn skip_back(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len() - n);
    }

    fn front(&mut self) -> Option<Slice<'a, T>> {
        let (window, _) = self.rest.split_at_checked(self.size)?;
        self.skip_front(1);
        Some(window)
    }

    fn back(&mut self) -> Option<Slice<'a, T>> {
        let start = self.rest.len().checked_sub(self.size)?;
        let window = self.rest.range(start..);
        self.skip_back(1);
        Some(window)
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

    fn left(&self) -> usize {
        self.rest.len().div_ceil(self.size)
    }

    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(n.saturating_mul(self.size).min(self.rest.len())..);
    }

    fn skip_back(&mut self, n: usize) {
        let left = self.left() - n;
        self.rest = self.rest.range(..left.saturating_mul(self.size).min(self.rest.len()));
    }

    fn front(&mut self) -> Option<Slice<'a, T>> {
        let at = self.size.min(self.rest.len());
        let (chunk, rest) = self.rest.split_at(at);
        self.rest = rest;
        (at > 0).then_some(chunk)
    }

    fn back(&mut self) -> Option<Slice<'a, T>> {
        let last = self.rest.len().checked_sub(1)?;
        let (rest, chunk) = self.rest.split_at(last - last % self.size);
        self.rest = rest;
        Some(chunk)
    }
}

/// An iterator over views of a fixed number of elements, which leaves out what remains at the end.
///
/// Returned by [`PagedVec::chunks_exact`](crate::paged::PagedVec::chunks_exact) and [`Slice::chunks_exact`].
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
    rest: Slice<'a, T>,
    size: usize,
    remainder: Slice<'a, T>,
}

impl<'a, T> ChunksExact<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        let (rest, remainder) = whole.split_at(whole.len() - whole.len() % size);
        Self { rest, size, remainder }
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

    fn left(&self) -> usize {
        self.rest.len() / self.size
    }

    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(n * self.size..);
    }

    fn skip_back(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len() - n * self.size);
    }

    fn front(&mut self) -> Option<Slice<'a, T>> {
        let (chunk, rest) = self.rest.split_at_checked(self.size)?;
        self.rest = rest;
        Some(chunk)
    }

    fn back(&mut self) -> Option<Slice<'a, T>> {
        let (rest, chunk) = self.rest.split_at(self.rest.len().checked_sub(self.size)?);
        self.rest = rest;
        Some(chunk)
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

    fn left(&self) -> usize {
        self.rest.len().div_ceil(self.size)
    }

    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len().saturating_sub(n.saturating_mul(self.size)));
    }

    fn skip_back(&mut self, n: usize) {
        let left = self.left() - n;
        self.rest = self.rest.range(self.rest.len().saturating_sub(left.saturating_mul(self.size))..);
    }

    fn front(&mut self) -> Option<Slice<'a, T>> {
        let at = self.rest.len().saturating_sub(self.size);
        let (rest, chunk) = self.rest.split_at(at);
        self.rest = rest;
        (!chunk.is_empty()).then_some(chunk)
    }

    fn back(&mut self) -> Option<Slice<'a, T>> {
        let last = self.rest.len().checked_sub(1)?;
        let (chunk, rest) = self.rest.split_at(last % self.size + 1);
        self.rest = rest;
        Some(chunk)
    }
}

/// An iterator over views of a fixed number of elements, from the end on, which leaves out what remains at the beginning.
///
/// Returned by [`PagedVec::rchunks_exact`](crate::paged::PagedVec::rchunks_exact) and [`Slice::rchunks_exact`].
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
    rest: Slice<'a, T>,
    size: usize,
    remainder: Slice<'a, T>,
}

impl<'a, T> RChunksExact<'a, T> {
    #[track_caller]
    pub(in crate::paged::vec) fn new(whole: Slice<'a, T>, size: usize) -> Self {
        check_size(size, "chunk");
        let (remainder, rest) = whole.split_at(whole.len() % size);
        Self { rest, size, remainder }
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

    fn left(&self) -> usize {
        self.rest.len() / self.size
    }

    fn skip_front(&mut self, n: usize) {
        self.rest = self.rest.range(..self.rest.len() - n * self.size);
    }

    fn skip_back(&mut self, n: usize) {
        self.rest = self.rest.range(n * self.size..);
    }

    fn front(&mut self) -> Option<Slice<'a, T>> {
        let (rest, chunk) = self.rest.split_at(self.rest.len().checked_sub(self.size)?);
        self.rest = rest;
        Some(chunk)
    }

    fn back(&mut self) -> Option<Slice<'a, T>> {
        let (chunk, rest) = self.rest.split_at_checked(self.size)?;
        self.rest = rest;
        Some(chunk)
    }
}
