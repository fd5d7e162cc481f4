//! The iterators of a vector.
//!
//! They walk over pages from both ends. There are three forms: by reference, by mutable reference, and by value.

mod owned;
mod pages;

pub use self::owned::{Drain, IntoIter};
pub use self::pages::Pages;

use crate::paged::engine::list::List;
use crate::paged::engine::list::page::{Page, Place, make_page_mut};
use crate::paged::engine::walk::{Elements, PageSource};
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;
use std::slice;

/// Shows the elements that are still to come as a list, as std's iterators do.
struct Listed<I>(I);

impl<I: Iterator<Item: fmt::Debug> + Clone> fmt::Debug for Listed<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.clone()).finish()
    }
}

/// An iterator over references to the elements of a vector or of a view.
///
/// Returned by [`PagedVec::iter`](crate::paged::PagedVec::iter) and [`Slice::iter`](super::Slice::iter). `fold` runs a plain
/// loop over each page, and so do `for_each` and `sum`.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// let mut elements = vec.iter();
/// assert_eq!((elements.next(), elements.next_back()), (Some(&1), Some(&3)));
/// assert_eq!(elements.len(), 1);
/// ```
pub struct Iter<'a, T> {
    inner: Elements<Pages<'a, T>, slice::Iter<'a, T>>,
}

impl<'a, T> Iter<'a, T> {
    #[inline]
    pub(super) fn all(list: &'a List<T>) -> Self {
        Self { inner: Elements::new(Pages::all(list)) }
    }

    pub(super) fn new(list: &'a List<T>, start: usize, end: usize) -> Self {
        Self { inner: Elements::new(Pages::new(list, start, end)) }
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    iterator_methods!();
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    double_ended_methods!();
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

impl<T> Default for Iter<'_, T> {
    /// Makes an iterator that is at its end.
    fn default() -> Self {
        Self { inner: Elements::new(Pages::default()) }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&Listed(self.clone())).finish()
    }
}

/// The pages of a list. Each is made unshared when it is taken.
struct PagesMut<'a, T> {
    /// The list and the numbers of the pages, until one is taken. A walk that has not begun copies no directory.
    unopened: Option<(&'a mut List<T>, Range<usize>)>,
    places: slice::IterMut<'a, Place<T>>,
    tail: Option<&'a mut Page<T>>,
    len: usize,
}

impl<'a, T> PagesMut<'a, T> {
    fn new(list: &'a mut List<T>) -> Self {
        let (len, pages) = (list.len(), 0..list.page_count());
        Self { unopened: Some((list, pages)), len, ..Self::default() }
    }

    fn open(&mut self) {
        if let Some((list, pages)) = self.unopened.take() {
            let (places, tail) = list.pages_mut(pages);
            (self.places, self.tail) = (places.iter_mut(), tail);
        }
    }

    /// The pages that have not been taken.
    fn pages(&self) -> impl DoubleEndedIterator<Item = &[T]> + Clone {
        let unopened =
            self.unopened.iter().flat_map(|(list, pages)| pages.clone().map(|page| list.page(page)));
        let tail = self.tail.iter().map(|tail| &tail[..]);
        unopened.chain(self.places.as_slice().iter().map(Place::as_slice)).chain(tail)
    }

    /// Counts a page that is passed over, unless it has more than `most` elements.
    fn count_skipped(&mut self, len: usize, most: usize) -> Option<usize> {
        if len > most {
            return None;
        }
        self.len -= len;
        Some(len)
    }
}

impl<T> Default for PagesMut<'_, T> {
    fn default() -> Self {
        Self { unopened: None, places: slice::IterMut::default(), tail: None, len: 0 }
    }
}

impl<'a, T: Clone> PageSource for PagesMut<'a, T> {
    type Page = slice::IterMut<'a, T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn take(&mut self) -> Option<Self::Page> {
        // No page is empty.
        if self.len == 0 {
            return None;
        }
        self.open();
        // Each page is counted before its `Clone`, which may panic.
        if let Some(place) = self.places.next() {
            self.len -= place.as_slice().len();
            return Some(place.make_mut(0).iter_mut());
        }
        let tail = self.tail.take()?;
        self.len -= tail.len();
        Some(make_page_mut(tail, 0).iter_mut())
    }

    fn take_back(&mut self) -> Option<Self::Page> {
        if self.len == 0 {
            return None;
        }
        self.open();
        if let Some(tail) = self.tail.take() {
            self.len -= tail.len();
            return Some(make_page_mut(tail, 0).iter_mut());
        }
        let place = self.places.next_back()?;
        self.len -= place.as_slice().len();
        Some(place.make_mut(0).iter_mut())
    }

    fn skip(&mut self, most: usize) -> Option<usize> {
        let len = self.pages().next()?.len();
        let skipped = self.count_skipped(len, most)?;
        match &mut self.unopened {
            Some((_, pages)) => _ = pages.next(),
            None if self.places.next().is_none() => self.tail = None,
            None => (),
        }
        Some(skipped)
    }

    fn skip_back(&mut self, most: usize) -> Option<usize> {
        let len = self.pages().next_back()?.len();
        let skipped = self.count_skipped(len, most)?;
        match &mut self.unopened {
            Some((_, pages)) => _ = pages.next_back(),
            None if self.tail.take().is_none() => _ = self.places.next_back(),
            None => (),
        }
        Some(skipped)
    }
}

/// An iterator over exclusive references to the elements of a vector.
///
/// Returned by [`PagedVec::iter_mut`](crate::paged::PagedVec::iter_mut). A shared page is copied when the iterator reaches it,
/// and not when it passes over it with `nth`. If a `Clone` panics there, the iterator continues after that page.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let mut vec = PagedVec::from([1, 2, 3]);
/// vec.iter_mut().for_each(|element| *element *= 2);
/// assert_eq!(vec, [2, 4, 6]);
/// ```
pub struct IterMut<'a, T> {
    inner: Elements<PagesMut<'a, T>, slice::IterMut<'a, T>>,
}

impl<'a, T: Clone> IterMut<'a, T> {
    pub(super) fn new(list: &'a mut List<T>) -> Self {
        Self { inner: Elements::new(PagesMut::new(list)) }
    }
}

impl<'a, T: Clone> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    iterator_methods!();
}

impl<T: Clone> DoubleEndedIterator for IterMut<'_, T> {
    double_ended_methods!();
}

impl<T: Clone> ExactSizeIterator for IterMut<'_, T> {}
impl<T: Clone> FusedIterator for IterMut<'_, T> {}

impl<T> Default for IterMut<'_, T> {
    /// Makes an iterator that is at its end.
    fn default() -> Self {
        Self { inner: Elements::new(PagesMut::default()) }
    }
}

impl<T: fmt::Debug> fmt::Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Elements { front, pages, back } = &self.inner;
        let between = pages.pages().flatten();
        let left = front.as_slice().iter().chain(between).chain(back.as_slice());
        f.debug_tuple("IterMut").field(&Listed(left)).finish()
    }
}
