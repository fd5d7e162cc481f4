//! Views of a part of a vector.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Bound, Index, Range, RangeBounds};

use super::body::Body;
use super::iter::{Iter, Pages};

/// A view of a part of a [`PagedVec`](super::PagedVec).
///
/// Returned by [`PagedVec::range`](super::PagedVec::range). It is to a paged vector what `&[T]` is to a `Vec`, and is
/// copied as freely.
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
    body: &'a Body<T>,
    start: usize,
    end: usize,
}

impl<'a, T> Slice<'a, T> {
    pub(super) fn new(body: &'a Body<T>, start: usize, end: usize) -> Self {
        Self { body, start, end }
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

    /// Returns whether there are no elements.
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
    /// Computes in **O(1)** time, **O(log n)** if the pages are irregular.
    pub fn get(&self, index: usize) -> Option<&'a T> {
        // The comparison comes first: the sum is then below `end` and does not wrap.
        if index < self.len() { self.body.get(self.start + index) } else { None }
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
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3, 4]);
    /// assert_eq!(vec.range(1..).range(1..2), [3]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the view's.
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Self {
        let Range { start, end } = resolve(&range, self.len());
        Self { body: self.body, start: self.start + start, end: self.start + end }
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
    /// Computes in **O(1)** time, **O(log n)** if the pages are irregular.
    pub fn iter(&self) -> Iter<'a, T> {
        Iter::new(self.body, self.start, self.end)
    }

    /// Returns an iterator over the pages of the view, as slices.
    ///
    /// The first and the last slice hold only what is in the view.
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
    /// Computes in **O(1)** time, **O(log n)** if the pages are irregular.
    pub fn pages(&self) -> Pages<'a, T> {
        Pages::new(self.body, self.start, self.end)
    }

    /// Returns an iterator over views of `size` elements each, the last one with what remains.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3, 4]);
    /// let firsts: Vec<_> = vec.range(1..).chunks(2).map(|chunk| chunk[0]).collect();
    /// assert_eq!(firsts, [2, 4]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `size` is zero.
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn chunks(&self, size: usize) -> Chunks<'a, T> {
        assert!(size != 0, "chunk size must be non-zero");
        Chunks { rest: *self, size }
    }

    /// Returns whether an element equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(!PagedVec::from([1, 2, 3]).range(1..).contains(&1));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.pages().any(|page| page.contains(value))
    }

    /// Returns the index, counted from the beginning of the view, of the first element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 1]);
    /// assert_eq!(vec.range(1..).index_of(&1), Some(1));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        let mut before = 0;
        for page in self.pages() {
            if let Some(offset) = page.iter().position(|element| element == value) {
                return Some(before + offset);
            }
            before += page.len();
        }
        None
    }

    /// Returns the index, counted from the beginning of the view, of the last element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 1]);
    /// assert_eq!(vec.range(..2).last_index_of(&1), Some(0));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn last_index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        let mut after = self.len();
        for page in self.pages().rev() {
            after -= page.len();
            if let Some(offset) = page.iter().rposition(|element| element == value) {
                return Some(after + offset);
            }
        }
        None
    }

    /// Copies the elements into a `Vec`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).range(1..).to_vec(), [2, 3]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn to_vec(&self) -> Vec<T>
    where
        T: Clone,
    {
        let mut elements = Vec::with_capacity(self.len());
        self.pages().for_each(|page| elements.extend_from_slice(page));
        elements
    }

    /// Copies the elements into a slice of the same length.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut buffer = [0; 2];
    /// PagedVec::from([1, 2, 3]).range(1..).copy_to_slice(&mut buffer);
    /// assert_eq!(buffer, [2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the lengths differ.
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn copy_to_slice(&self, target: &mut [T])
    where
        T: Clone,
    {
        assert!(target.len() == self.len(), "destination and source slices have different lengths");
        let mut rest = target;
        for page in self.pages() {
            let (part, after) = rest.split_at_mut(page.len());
            part.clone_from_slice(page);
            rest = after;
        }
    }
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
            None => panic!("index out of bounds: the len is {} but the index is {index}", self.len()),
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

/// An iterator over views of a fixed number of elements.
///
/// Returned by [`PagedVec::chunks`](super::PagedVec::chunks) and [`Slice::chunks`].
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

impl<'a, T> Iterator for Chunks<'a, T> {
    type Item = Slice<'a, T>;

    fn next(&mut self) -> Option<Slice<'a, T>> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.size.min(self.rest.len());
        let chunk = self.rest.range(..at);
        self.rest = self.rest.range(at..);
        Some(chunk)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len().div_ceil(self.size);
        (left, Some(left))
    }

    fn nth(&mut self, n: usize) -> Option<Slice<'a, T>> {
        let skipped = n.saturating_mul(self.size).min(self.rest.len());
        self.rest = self.rest.range(skipped..);
        self.next()
    }
}

impl<'a, T> DoubleEndedIterator for Chunks<'a, T> {
    fn next_back(&mut self) -> Option<Slice<'a, T>> {
        let last = self.rest.len().checked_sub(1)?;
        let at = last - last % self.size;
        let chunk = self.rest.range(at..);
        self.rest = self.rest.range(..at);
        Some(chunk)
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

/// The range that std's slices would make of `range`, with their panics.
#[track_caller]
pub(super) fn resolve(range: &impl RangeBounds<usize>, len: usize) -> Range<usize> {
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
        Bound::Unbounded => len,
    };
    assert!(start <= end, "slice index starts at {start} but ends at {end}");
    assert!(end <= len, "range end index {end} out of range for slice of length {len}");
    start..end
}
