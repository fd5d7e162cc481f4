//! Views of a part of a vector.

mod chunks;
mod parts;
mod read;
mod split;

pub use self::chunks::{Chunks, ChunksExact, RChunks, RChunksExact, Windows};
pub(super) use self::parts::parts;
pub(super) use self::read::reads;
pub use self::split::{ChunkBy, RSplit, RSplitN, Split, SplitInclusive, SplitN};

use super::iter::{Iter, Pages};
use crate::paged::engine::list::List;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, Range, RangeBounds};

/// A view of a part of a [`PagedVec`](super::PagedVec).
///
/// Returned by [`PagedVec::range`](super::PagedVec::range). It is for a paged vector what `&[T]` is for a `Vec`, and it is
/// `Copy`.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from(["a", "b", "c", "d"]);
/// let tail = vec.range(1..);
/// assert_eq!(tail[0], "b");
/// assert_eq!(tail.range(..2), ["b", "c"]);
/// ```
pub struct Slice<'a, T> {
    list: &'a List<T>,
    start: usize,
    end: usize,
}

impl<'a, T> Slice<'a, T> {
    pub(super) fn new(list: &'a List<T>, start: usize, end: usize) -> Self {
        Self { list, start, end }
    }

    /// Returns all elements of the vector, and the indices of those in the view.
    pub(super) fn whole(&self) -> (&'a List<T>, Range<usize>) {
        (self.list, self.start..self.end)
    }

    /// Returns the number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).range(1..).len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns `true` if there are no elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::from([1, 2, 3]).range(3..).is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Returns a reference to the element at `index` of the view, or `None` if it is out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.range(1..).get(1), Some(&3));
    /// assert_eq!(vec.range(..1).get(1), None);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular.
    pub fn get(&self, index: usize) -> Option<&'a T> {
        // The comparison comes first. So the sum is below `end` and does not wrap.
        if index < self.len() { self.list.get(self.start + index) } else { None }
    }

    /// Returns a reference to the first element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).range(1..).first(), Some(&2));
    /// ```
    ///
    /// Computes as [`get`](Self::get).
    pub fn first(&self) -> Option<&'a T> {
        self.get(0)
    }

    /// Returns a reference to the last element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).range(..2).last(), Some(&2));
    /// ```
    ///
    /// Computes as [`get`](Self::get).
    pub fn last(&self) -> Option<&'a T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// Returns a view of a part of this view.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the view's.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3, 4]);
    /// assert_eq!(vec.range(1..).range(1..2), [3]);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Self {
        let Range { start, end } = resolve(&range, self.len());
        Self { list: self.list, start: self.start + start, end: self.start + end }
    }

    /// Returns an iterator over references to the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).range(1..).iter().sum::<i32>(), 5);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'a, T> {
        Iter::new(self.list, self.start, self.end)
    }

    /// Returns an iterator over the pages of the view, as slices.
    ///
    /// The first and the last slice have only those elements that are in the view.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec: PagedVec<u64> = (0..3_000).collect();
    /// let lens: Vec<usize> = vec.range(1_000..2_048).pages().map(<[u64]>::len).collect();
    /// assert_eq!(lens, [24, 1024]);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular, and the whole walk in **O(pages)**.
    pub fn pages(&self) -> Pages<'a, T> {
        Pages::new(self.list, self.start, self.end)
    }
}

impl<'a, T> Slice<'a, T> {
    parts!('a, "let vec = readmostly::paged::PagedVec::from([0, 1, 2, 3, 4, 5]);\nlet it = vec.range(1..);");
    reads!("let vec = readmostly::paged::PagedVec::from([0, 1, 2, 3, 4, 5]);\nlet it = vec.range(1..);");
}

impl<T> Clone for Slice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Slice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T> Index<usize> for Slice<'_, T> {
    type Output = T;

    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(element) => element,
            None => out_of_bounds(self.len(), index),
        }
    }
}

impl<'a, T> IntoIterator for Slice<'a, T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &Slice<'a, T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// Returns the range that std's slices make of `range`, and panics as they do.
#[track_caller]
pub(crate) fn resolve(range: &impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&before) => {
            before.checked_add(1).expect("attempted to index slice from after maximum usize")
        }
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&last) => last.checked_add(1).expect("attempted to index slice up to maximum usize"),
        Bound::Excluded(&end) => end,
        Bound::Unbounded => {
            assert!(start <= len, "range start index {start} out of range for slice of length {len}");
            len
        }
    };
    assert!(start <= end, "slice index starts at {start} but ends at {end}");
    assert!(end <= len, "range end index {end} out of range for slice of length {len}");
    start..end
}

/// Panics as an index into one of std's slices does.
#[cold]
#[track_caller]
pub(in crate::paged) fn out_of_bounds(len: usize, index: usize) -> ! {
    panic!("index out of bounds: the len is {len} but the index is {index}")
}
