//! Iterators over elements that have left their vector.

use super::super::PagedVec;
use super::{Elements, Listed, PageSource, iterator};
use crate::paged::engine::list::page::Page;
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::sync::Arc;
use std::vec;

/// Pages that belong to nobody's directory, or to others' directories too.
#[derive(Clone)]
struct OwnedPages<T> {
    pages: vec::IntoIter<Page<T>>,
    len: usize,
}

impl<T: Clone> PageSource for OwnedPages<T> {
    type Page = vec::IntoIter<T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn take(&mut self) -> Option<Self::Page> {
        let page = self.pages.next()?;
        // Before the `Clone`: if it panics, this page is gone and the rest is counted right.
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

/// An iterator that moves the elements out of a vector.
///
/// Returned by [`PagedVec::into_iter`](IntoIterator::into_iter). The elements of a page that another version shares are
/// cloned, when the iterator reaches the page.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert!(vec.into_iter().rev().eq([3, 2, 1]));
/// ```
pub struct IntoIter<T>(Elements<OwnedPages<T>, vec::IntoIter<T>>);

impl<T: Clone> IntoIter<T> {
    pub(in crate::paged::vec) fn new(pages: Vec<Page<T>>) -> Self {
        let len = pages.iter().map(|page| page.len()).sum();
        Self(Elements::new(OwnedPages { pages: pages.into_iter(), len }))
    }
}

impl<T> IntoIter<T> {
    /// What is left, for showing it: no page is cloned for that.
    fn left(&self) -> Listed<impl Iterator<Item = &T> + Clone> {
        let Elements { front, pages, back } = &self.0;
        let between = pages.pages.as_slice().iter().flat_map(|page| page.iter());
        Listed(front.as_slice().iter().chain(between).chain(back.as_slice()))
    }
}

iterator!(impl[T: Clone] IntoIter<T>, T);

impl<T: Clone> Clone for IntoIter<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for IntoIter<T> {
    /// Makes an iterator that is at its end.
    fn default() -> Self {
        Self(Elements::new(OwnedPages { pages: vec::IntoIter::default(), len: 0 }))
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.left()).finish()
    }
}

/// An iterator over elements that have been removed from a vector.
///
/// Returned by [`PagedVec::drain`] and [`PagedVec::splice`]. Unlike std's, it has nothing left to do when it is dropped
/// or leaked: the elements left the vector before it was made.
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
// The lifetime alone, and not that of a `&mut PagedVec<T>`: it holds nothing of the vector, so it is covariant in `T` and
// no less safe across panics than the elements are, as std's is.
pub struct Drain<'a, T>(IntoIter<T>, PhantomData<&'a ()>);

impl<T: Clone> Drain<'_, T> {
    pub(in crate::paged::vec) fn new(pages: Vec<Page<T>>) -> Self {
        Self(IntoIter::new(pages), PhantomData)
    }
}

iterator!(impl[T: Clone] Drain<'_, T>, T);

impl<T: fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.0.left()).finish()
    }
}

impl<T: Clone> IntoIterator for PagedVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Consumes the vector. Its elements are moved out of the pages that no other version shares, and cloned otherwise.
    fn into_iter(mut self) -> IntoIter<T> {
        IntoIter::new(self.list.take_pages())
    }
}
