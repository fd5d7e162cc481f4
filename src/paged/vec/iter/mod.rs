//! The iterators of a vector.
//!
//! They walk over pages from both ends. There are three forms: by reference, by mutable reference, and by value.

mod owned;
mod pages;

pub use self::owned::{Drain, IntoIter};
pub use self::pages::Pages;

use crate::paged::engine::list::List;
use crate::paged::engine::list::page::{Page, Place, make_page_mut};
use std::fmt;
use std::iter::FusedIterator;
use std::mem;
use std::ops::Range;
use std::slice;

/// A row of pages. An iterator takes them one by one from either end.
trait PageSource {
    /// An iterator over one page.
    type Page: ExactSizeIterator + DoubleEndedIterator + Default;

    /// Returns how many elements are in the pages that have not been taken.
    fn len(&self) -> usize;
    fn take(&mut self) -> Option<Self::Page>;
    fn take_back(&mut self) -> Option<Self::Page>;
    /// Passes over the next page if it has no more than `most` elements, and returns how many it had.
    fn skip(&mut self, most: usize) -> Option<usize>;
    fn skip_back(&mut self, most: usize) -> Option<usize>;
}

/// The elements of a `PageSource`: a page begun at the front, the pages between, a page begun at the back.
#[derive(Clone)]
struct Elements<S, P> {
    front: P,
    pages: S,
    back: P,
}

impl<S, P: Default> Elements<S, P> {
    fn new(pages: S) -> Self {
        Self { front: P::default(), pages, back: P::default() }
    }
}

// `P` is a parameter, since `S::Page` in the fields would make the iterators invariant.
impl<S: PageSource<Page = P>, P: ExactSizeIterator + DoubleEndedIterator + Default> Elements<S, P> {
    // Not inlined into the loop that calls `next`, and without a reference to `front`. So `front` is in registers, as that of a
    // slice is.
    #[cold]
    fn next_page(pages: &mut S, back: &mut P) -> P {
        pages.take().unwrap_or_else(|| mem::take(back))
    }

    #[cold]
    fn next_page_back(pages: &mut S, front: &mut P) -> P {
        pages.take_back().unwrap_or_else(|| mem::take(front))
    }
}

impl<S, P> Iterator for Elements<S, P>
where
    S: PageSource<Page = P>,
    P: ExactSizeIterator + DoubleEndedIterator + Default,
{
    type Item = P::Item;

    #[inline]
    fn next(&mut self) -> Option<P::Item> {
        match self.front.next() {
            None => {
                self.front = Self::next_page(&mut self.pages, &mut self.back);
                self.front.next()
            }
            element => element,
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.front.len() + self.pages.len() + self.back.len();
        (len, Some(len))
    }

    fn count(self) -> usize {
        self.size_hint().0
    }

    fn last(mut self) -> Option<P::Item> {
        self.next_back()
    }

    fn nth(&mut self, mut n: usize) -> Option<P::Item> {
        if n >= self.front.len() {
            n -= self.front.len();
            self.front = P::default();
            while let Some(skipped) = self.pages.skip(n) {
                n -= skipped;
            }
            self.front = self.pages.take().unwrap_or_else(|| mem::take(&mut self.back));
        }
        self.front.nth(n)
    }

    #[inline]
    fn fold<B, F: FnMut(B, P::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = self.front.fold(init, &mut f);
        while let Some(page) = self.pages.take() {
            acc = page.fold(acc, &mut f);
        }
        self.back.fold(acc, f)
    }
}

impl<S, P> DoubleEndedIterator for Elements<S, P>
where
    S: PageSource<Page = P>,
    P: ExactSizeIterator + DoubleEndedIterator + Default,
{
    #[inline]
    fn next_back(&mut self) -> Option<P::Item> {
        match self.back.next_back() {
            None => {
                self.back = Self::next_page_back(&mut self.pages, &mut self.front);
                self.back.next_back()
            }
            element => element,
        }
    }

    fn nth_back(&mut self, mut n: usize) -> Option<P::Item> {
        if n >= self.back.len() {
            n -= self.back.len();
            self.back = P::default();
            while let Some(skipped) = self.pages.skip_back(n) {
                n -= skipped;
            }
            self.back = self.pages.take_back().unwrap_or_else(|| mem::take(&mut self.front));
        }
        self.back.nth_back(n)
    }

    #[inline]
    fn rfold<B, F: FnMut(B, P::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = self.back.rfold(init, &mut f);
        while let Some(page) = self.pages.take_back() {
            acc = page.rfold(acc, &mut f);
        }
        self.front.rfold(acc, f)
    }
}

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
