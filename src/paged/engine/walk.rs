//! A walk over pages from both ends, whatever the pages are.

use super::list::page::Page;
use std::mem;
use std::sync::Arc;
use std::vec;

/// A row of pages. An iterator takes them one by one from either end.
pub(in crate::paged) trait PageSource {
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
pub(in crate::paged) struct Elements<S, P> {
    pub(in crate::paged) front: P,
    pub(in crate::paged) pages: S,
    pub(in crate::paged) back: P,
}

impl<S, P: Default> Elements<S, P> {
    pub(in crate::paged) fn new(pages: S) -> Self {
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
        let last = self.next_back();
        // While `last` is a local. A result that is made already is leaked if a destructor panics.
        drop(self);
        last
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

/// Pages that have left their directory. Other directories may have them.
#[derive(Clone)]
pub(in crate::paged) struct OwnedPages<T> {
    pub(in crate::paged) pages: vec::IntoIter<Page<T>>,
    len: usize,
}

impl<T> OwnedPages<T> {
    pub(in crate::paged) fn new(pages: Vec<Page<T>>) -> Self {
        let len = pages.iter().map(|page| page.len()).sum();
        Self { pages: pages.into_iter(), len }
    }
}

impl<T: Clone> PageSource for OwnedPages<T> {
    type Page = vec::IntoIter<T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn take(&mut self) -> Option<Self::Page> {
        let page = self.pages.next()?;
        // Before the `Clone`. If it panics, this page is lost and the rest is counted right.
        self.len -= page.len();
        Some(Arc::unwrap_or_clone(page).into_iter())
    }

    fn take_back(&mut self) -> Option<Self::Page> {
        let page = self.pages.next_back()?;
        self.len -= page.len();
        Some(Arc::unwrap_or_clone(page).into_iter())
    }

    fn skip(&mut self, most: usize) -> Option<usize> {
        let len = self.pages.as_slice().first()?.len();
        if len > most {
            return None;
        }
        // Before the page is dropped, for the same reason.
        self.len -= len;
        self.pages.next();
        Some(len)
    }

    fn skip_back(&mut self, most: usize) -> Option<usize> {
        let len = self.pages.as_slice().last()?.len();
        if len > most {
            return None;
        }
        self.len -= len;
        self.pages.next_back();
        Some(len)
    }
}
