//! The pages of a vector, one by one.

use crate::paged::engine::list::List;
use crate::paged::engine::list::page::Place;
use crate::paged::engine::walk::PageSource;
use std::cmp::Ordering;
use std::fmt;
use std::iter::FusedIterator;
use std::slice;

/// An iterator over the pages of a vector or of a view, as slices.
///
/// Returned by [`PagedVec::pages`](crate::paged::PagedVec::pages) and [`Slice::pages`](crate::paged::vec::Slice::pages). No
/// page is empty.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert_eq!(vec.pages().map(<[i32]>::len).sum::<usize>(), 3);
/// ```
pub struct Pages<'a, T> {
    places: &'a [Place<T>],
    /// How many elements of the first page are left out, and of the last.
    before: usize,
    after: usize,
    /// The elements after those pages.
    tail: &'a [T],
    len: usize,
}

impl<'a, T> Pages<'a, T> {
    /// Makes an iterator over all pages. It looks up nothing, which is faster if there are few elements.
    #[inline]
    pub(in crate::paged::vec) fn all(list: &'a List<T>) -> Self {
        Self { places: list.dir().places(), before: 0, after: 0, tail: list.tail(), len: list.len() }
    }

    /// Makes an iterator over the pages of a range that lies inside the vector.
    pub(in crate::paged::vec) fn new(list: &'a List<T>, start: usize, end: usize) -> Self {
        let dir = list.dir();
        let mut pages = Self { len: end - start, ..Self::default() };
        if end > dir.len() {
            pages.tail = &list.tail()[start.saturating_sub(dir.len())..end - dir.len()];
        }
        let end = end.min(dir.len());
        if start < end {
            let (first, before) = dir.locate(start);
            let (final_page, offset) = dir.locate(end - 1);
            (pages.places, pages.before) = (&dir.places()[first..=final_page], before);
            pages.after = dir.page_len(final_page) - offset - 1;
        }
        pages
    }

    /// Searches in elements that are in order, as a slice's `binary_search_by` does.
    pub(in crate::paged::vec) fn search(
        mut self,
        mut compare: impl FnMut(&T) -> Ordering,
    ) -> Result<usize, usize> {
        let Self { places, before, len, .. } = self;
        // The first page that does not end below the element. The last one in the directory is not looked at: it may be cut.
        if let [first, .., _] = places {
            let skipped = places[..places.len() - 1]
                .partition_point(|place| place.as_slice().last().is_some_and(|last| compare(last).is_lt()));
            if skipped > 0 {
                self.places = &places[skipped..];
                self.len -= places[skipped - 1].end - (first.end - first.as_slice().len()) - before;
                self.before = 0;
            }
        }
        // The element is in that page, or in one of the two after it.
        let mut start = len - self.len;
        while let Some(page) = self.next() {
            if self.len == 0 || page.last().is_some_and(|last| !compare(last).is_lt()) {
                let found = page.binary_search_by(compare);
                return found.map(|offset| start + offset).map_err(|offset| start + offset);
            }
            start += page.len();
        }
        Err(start)
    }

    fn first_page(&self) -> Option<&'a [T]> {
        let places = self.places;
        let Some(first) = places.first() else { return (!self.tail.is_empty()).then_some(self.tail) };
        let page = first.as_slice();
        Some(&page[self.before..page.len() - if places.len() == 1 { self.after } else { 0 }])
    }

    fn last_page(&self) -> Option<&'a [T]> {
        if !self.tail.is_empty() {
            return Some(self.tail);
        }
        let places = self.places;
        let page = places.last()?.as_slice();
        Some(&page[if places.len() == 1 { self.before } else { 0 }..page.len() - self.after])
    }
}

impl<'a, T> Iterator for Pages<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        let page = self.first_page()?;
        match self.places {
            [_, rest @ ..] => self.places = rest,
            [] => self.tail = &[],
        }
        self.before = 0;
        self.len -= page.len();
        Some(page)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.places.len() + usize::from(!self.tail.is_empty());
        (left, Some(left))
    }
}

impl<'a, T> DoubleEndedIterator for Pages<'a, T> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a [T]> {
        let page = self.last_page()?;
        if !self.tail.is_empty() {
            self.tail = &[];
        } else if let [rest @ .., _] = self.places {
            self.places = rest;
            self.after = 0;
        }
        self.len -= page.len();
        Some(page)
    }
}

impl<T> ExactSizeIterator for Pages<'_, T> {}
impl<T> FusedIterator for Pages<'_, T> {}

impl<T> Default for Pages<'_, T> {
    /// Makes an iterator that is at its end.
    fn default() -> Self {
        Self { places: &[], before: 0, after: 0, tail: &[], len: 0 }
    }
}

impl<T> Clone for Pages<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T> PageSource for Pages<'a, T> {
    type Page = slice::Iter<'a, T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn take(&mut self) -> Option<Self::Page> {
        self.next().map(<[T]>::iter)
    }

    #[inline]
    fn take_back(&mut self) -> Option<Self::Page> {
        self.next_back().map(<[T]>::iter)
    }

    fn skip(&mut self, most: usize) -> Option<usize> {
        let len = self.first_page()?.len();
        (len <= most).then(|| self.next().map_or(0, <[T]>::len))
    }

    fn skip_back(&mut self, most: usize) -> Option<usize> {
        let len = self.last_page()?.len();
        (len <= most).then(|| self.next_back().map_or(0, <[T]>::len))
    }
}
