//! The elements in parts, for several threads to walk over.

use super::GROUP;
use super::iter::{Iter, PagesRef, SomePages};
use crate::paged::engine::index::Index;
use crate::paged::engine::list::page::Page;
use crate::paged::engine::walk::Elements;

impl<'a, T> PagesRef<'a, T> {
    /// Cuts them in front of an element, which there must be. Returns the pages before and after its page, and that page in two.
    fn cut(&self, index: usize) -> (Self, (&'a [T], &'a [T]), Self) {
        let SomePages { groups, only, from, to } = self.pages;
        let (mut at, mut left) = (from, index);
        let page = loop {
            // A group in front of the element is passed as a whole.
            let group = groups.get(at / GROUP).filter(|group| at % GROUP == 0 && left >= group.len);
            let page = self.pages.get(at);
            match group {
                Some(group) => (at, left) = (at + GROUP, left - group.len),
                None if left < page.len() => break page,
                None => (at, left) = (at + 1, left - page.len()),
            }
        };
        let before = Self { pages: SomePages { groups, only, from, to: at }, len: index - left };
        let len = self.len - before.len - page.len();
        let after = Self { pages: SomePages { groups, only, from: at + 1, to }, len };
        (before, page.split_at(left), after)
    }
}

impl<'a, T> Iter<'a, T> {
    /// Cuts it in front of an element.
    pub(in crate::paged) fn split_at(&self, index: usize) -> (Self, Self) {
        let part = |front: &'a [T], pages, back: &'a [T]| Self {
            inner: Elements { front: front.iter(), pages, back: back.iter() },
        };
        let Elements { front, pages, back } = &self.inner;
        let (front, back, none) = (front.as_slice(), back.as_slice(), PagesRef::default());
        let Some(behind_front) = index.checked_sub(front.len()) else {
            let (before, after) = front.split_at(index);
            return (part(before, none, &[]), part(after, pages.clone(), back));
        };
        let Some(behind_pages) = behind_front.checked_sub(pages.len) else {
            let (before, (end, begin), after) = pages.cut(behind_front);
            return (part(front, before, end), part(begin, after, back));
        };
        let (before, after) = back.split_at(behind_pages);
        (part(front, pages.clone(), before), part(after, none, &[]))
    }
}

impl<T> Index<T> {
    /// The elements without their table, in pages of which none is empty.
    pub(in crate::paged) fn into_pages(self) -> Vec<Page<T>> {
        self.slots.into_pages()
    }
}
