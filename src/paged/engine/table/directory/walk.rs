//! The pages of a directory one after the other, to read and to write.

use super::super::page::{IterMut, Page};
use super::Directory;
use std::iter::FusedIterator;
use std::ops::Range;

/// Some pages of a directory, by reference.
pub(in crate::paged::engine::table) struct Pages<'a, T> {
    /// None for no pages.
    pages: Option<&'a Directory<T>>,
    range: Range<usize>,
}

impl<T> Directory<T> {
    pub(in crate::paged::engine::table) fn pages(&self, range: Range<usize>) -> Pages<'_, T> {
        Pages { pages: Some(self), range }
    }

    /// The pages, to write to.
    pub(in crate::paged::engine::table) fn pages_mut(&mut self) -> PagesMut<'_, T> {
        PagesMut { next: 0, pages: Some(self) }
    }
}

impl<T> Pages<'_, T> {
    /// The first half of them, and the rest.
    #[cfg(feature = "rayon")]
    pub(in crate::paged::engine::table) fn halves(&self) -> (Self, Self) {
        let Range { start, end } = self.range;
        let middle = start + (end - start) / 2;
        (Self { range: start..middle, ..*self }, Self { range: middle..end, ..*self })
    }
}

impl<'a, T> Iterator for Pages<'a, T> {
    type Item = &'a Page<T>;

    #[inline]
    fn next(&mut self) -> Option<&'a Page<T>> {
        self.pages?.get(self.range.next()?)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<T> ExactSizeIterator for Pages<'_, T> {}

impl<T> FusedIterator for Pages<'_, T> {}

impl<T> Clone for Pages<'_, T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages, range: self.range.clone() }
    }
}

impl<T> Default for Pages<'_, T> {
    fn default() -> Self {
        Self { pages: None, range: 0..0 }
    }
}

/// The pages of a directory, to write to. One that is shared is copied when the walk reaches it.
pub(in crate::paged::engine::table) struct PagesMut<'a, T> {
    pages: Option<&'a mut Directory<T>>,
    next: usize,
}

impl<T> PagesMut<'_, T> {
    /// Those that are still to come.
    pub(in crate::paged::engine::table) fn pages(&self) -> Pages<'_, T> {
        let pages = self.pages.as_deref();
        Pages { pages, range: pages.map_or(0..0, |pages| self.next..pages.len()) }
    }
}

impl<'a, T: Clone> PagesMut<'a, T> {
    /// Passes the empty pages, and returns the next one.
    pub(in crate::paged::engine::table) fn peek(&mut self) -> Option<&Page<T>> {
        while self.pages().next()?.is_empty() {
            self.next += 1;
        }
        self.pages().next()
    }

    /// Returns the entries of the next page. If a `Clone` panics, the page is passed.
    pub(in crate::paged::engine::table) fn next(&mut self) -> Option<IterMut<'a, T>> {
        let pages = self.pages.as_deref_mut()?;
        let index = self.next;
        if index == pages.len() {
            return None;
        }
        self.next += 1;
        let entries = pages.page_mut(index).into_iter();
        // SAFETY: each page comes once, and no two places have the same page. What this walk does to the others reads and writes
        // no entry of this one. The directory is borrowed for `'a`.
        Some(unsafe { entries.extend() })
    }
}

impl<T> Default for PagesMut<'_, T> {
    fn default() -> Self {
        Self { pages: None, next: 0 }
    }
}
