//! Walks over a table, page by page.

use super::directory::{Directory, Pages, PagesMut};
use super::page::Page;
use super::{Table, page};
use std::mem;

/// The entries by reference.
pub(in crate::paged) struct Iter<'a, T> {
    page: page::Iter<'a, T>,
    pages: Pages<'a, T>,
    /// How many entries are in `pages`.
    left: usize,
}

impl<'a, T> Iter<'a, T> {
    pub(super) fn new(pages: Pages<'a, T>, left: usize) -> Self {
        Self { page: page::Iter::default(), pages, left }
    }

    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> Self {
        self.clone()
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(entry);
            }
            self.page = self.pages.next()?.iter();
            self.left -= self.page.len();
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.page.len() + self.left;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, mut f: F) -> B {
        let init = self.page.fold(init, &mut f);
        self.pages.fold(init, |acc, page| page.iter().fold(acc, &mut f))
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { page: self.page.clone(), pages: self.pages.clone(), left: self.left }
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Self::new(Pages::default(), 0)
    }
}

/// The entries by mutable reference. A shared page is copied when the walk reaches it.
pub(in crate::paged) struct IterMut<'a, T> {
    page: page::IterMut<'a, T>,
    pages: PagesMut<'a, T>,
    /// How many entries are in `pages`.
    left: usize,
}

impl<'a, T> IterMut<'a, T> {
    pub(super) fn new(pages: &'a mut Directory<T>, left: usize) -> Self {
        let pages = if left == 0 { PagesMut::default() } else { pages.pages_mut() };
        Self { page: page::IterMut::default(), pages, left }
    }

    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> Iter<'_, T> {
        let pages = self.pages.pages();
        Iter { page: self.page.iter(), pages, left: self.left }
    }
}

impl<T> Default for IterMut<'_, T> {
    fn default() -> Self {
        Self { page: page::IterMut::default(), pages: PagesMut::default(), left: 0 }
    }
}

impl<'a, T: Clone> IterMut<'a, T> {
    fn next_page(&mut self) -> Option<page::IterMut<'a, T>> {
        // Before it is copied. If a `Clone` panics then, the page is passed.
        self.left -= self.pages.peek()?.len();
        self.pages.next()
    }
}

impl<'a, T: Clone> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(entry);
            }
            self.page = self.next_page()?;
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.page.len() + self.left;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut T) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = mem::take(&mut self.page).fold(init, &mut f);
        while let Some(page) = self.next_page() {
            acc = page.fold(acc, &mut f);
        }
        acc
    }
}

/// The entries by value. They are cloned out of the shared pages, and moved out of the others.
pub(in crate::paged) struct IntoIter<T> {
    page: page::IntoIter<T>,
    /// The pages from `next` on. Its length is that of those.
    table: Table<T>,
    /// The index of the next page.
    next: usize,
}

impl<T> IntoIter<T> {
    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> Iter<'_, T> {
        Iter {
            page: self.page.iter(),
            pages: self.table.pages.pages(self.next..self.table.page_count()),
            left: self.table.len,
        }
    }
}

impl<T: Clone> IntoIter<T> {
    fn next_page(&mut self) -> Option<page::IntoIter<T>> {
        let index = self.next;
        if index == self.table.page_count() {
            return None;
        }
        let page = if self.table.page(index).is_empty() {
            Page::new()
        } else if !self.table.pages.is_shared(index) {
            self.table.pages.take(index)
        } else {
            self.table.page(index).clone()
        };
        self.next += 1;
        self.table.len -= page.len();
        Some(page.into_iter())
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        loop {
            if let Some(entry) = self.page.next() {
                return Some(entry);
            }
            self.page = self.next_page()?;
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.page.len() + self.table.len;
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, T) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = mem::take(&mut self.page).fold(init, &mut f);
        while let Some(page) = self.next_page() {
            acc = page.fold(acc, &mut f);
        }
        acc
    }
}

impl<T> Default for IntoIter<T> {
    fn default() -> Self {
        Table::default().into_iter()
    }
}

impl<T> Table<T> {
    pub(in crate::paged) fn into_iter(self) -> IntoIter<T> {
        IntoIter { page: page::IntoIter::default(), table: self, next: 0 }
    }
}
