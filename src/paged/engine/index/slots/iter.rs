//! Walks over the elements, from both ends.

use super::{GROUP, Group, Pages, Slots, Slotted};
use crate::paged::engine::walk::{Elements, OwnedPages, PageSource};
use std::iter::FusedIterator;
use std::mem;
use std::slice;
use std::sync::Arc;
use std::vec;

/// Pages of which none has been taken.
pub(super) struct SomePages<'a, T> {
    /// Empty if there is one page alone.
    pub(super) groups: &'a [Arc<Group<T>>],
    pub(super) only: Option<&'a Slotted<T>>,
    /// The numbers of the first page, and of the one after the last.
    pub(super) from: usize,
    pub(super) to: usize,
}

impl<'a, T> SomePages<'a, T> {
    pub(super) fn get(&self, page: usize) -> &'a [T] {
        match self.only {
            Some(only) => only.elements(),
            None => self.groups[page / GROUP].pages[page % GROUP].elements(),
        }
    }
}

/// The pages by reference.
pub(in crate::paged) struct PagesRef<'a, T> {
    pub(super) pages: SomePages<'a, T>,
    pub(super) len: usize,
}

impl<'a, T> PagesRef<'a, T> {
    fn new(slots: &'a Slots<T>) -> Self {
        let (groups, only) = match &slots.pages {
            Pages::One(only) => (&[][..], Some(only)),
            Pages::Many(groups) => (&groups[..], None),
        };
        Self { pages: SomePages { groups, only, from: 0, to: slots.places() }, len: slots.len() }
    }

    /// Passes the pages without elements.
    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        let pages = &mut self.pages;
        while pages.from < pages.to {
            let page = pages.get(pages.from);
            if !page.is_empty() {
                return Some(page);
            }
            pages.from += 1;
        }
        None
    }

    #[inline]
    fn next_back(&mut self) -> Option<&'a [T]> {
        let pages = &mut self.pages;
        while pages.from < pages.to {
            let page = pages.get(pages.to - 1);
            if !page.is_empty() {
                return Some(page);
            }
            pages.to -= 1;
        }
        None
    }

    fn pass(&mut self, page: &[T], back: bool) {
        self.len -= page.len();
        if back {
            self.pages.to -= 1;
        } else {
            self.pages.from += 1;
        }
    }
}

impl<T> Clone for PagesRef<'_, T> {
    fn clone(&self) -> Self {
        Self { pages: SomePages { ..self.pages }, len: self.len }
    }
}

impl<T> Default for PagesRef<'_, T> {
    fn default() -> Self {
        Self { pages: SomePages { groups: &[], only: None, from: 0, to: 0 }, len: 0 }
    }
}

impl<'a, T> PageSource for PagesRef<'a, T> {
    type Page = slice::Iter<'a, T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn take(&mut self) -> Option<Self::Page> {
        let page = self.next()?;
        self.pass(page, false);
        Some(page.iter())
    }

    #[inline]
    fn take_back(&mut self) -> Option<Self::Page> {
        let page = self.next_back()?;
        self.pass(page, true);
        Some(page.iter())
    }

    fn skip(&mut self, most: usize) -> Option<usize> {
        let page = self.next().filter(|page| page.len() <= most)?;
        self.pass(page, false);
        Some(page.len())
    }

    fn skip_back(&mut self, most: usize) -> Option<usize> {
        let page = self.next_back().filter(|page| page.len() <= most)?;
        self.pass(page, true);
        Some(page.len())
    }
}

/// The elements by reference.
pub(in crate::paged) struct Iter<'a, T> {
    pub(super) inner: Elements<PagesRef<'a, T>, slice::Iter<'a, T>>,
}

impl<T> Iter<'_, T> {
    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> Self {
        self.clone()
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

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Self { inner: Elements::new(PagesRef::default()) }
    }
}

/// The pages to write to. Each is made unshared when it is taken.
pub(in crate::paged) struct PagesMut<'a, T> {
    /// Until a page is taken. A walk that has not begun copies nothing.
    unopened: Option<&'a mut Slots<T>>,
    /// The pages before and after `groups`, of groups that were reached.
    front: slice::IterMut<'a, Slotted<T>>,
    groups: slice::IterMut<'a, Arc<Group<T>>>,
    back: slice::IterMut<'a, Slotted<T>>,
    /// How many elements are in the pages that have not been taken.
    len: usize,
}

impl<'a, T> PagesMut<'a, T> {
    fn new(slots: &'a mut Slots<T>) -> Self {
        Self { len: slots.len(), unopened: Some(slots), ..Self::default() }
    }

    fn open(&mut self) {
        if let Some(slots) = self.unopened.take() {
            match &mut slots.pages {
                Pages::One(only) => self.front = slice::from_mut(only).iter_mut(),
                Pages::Many(groups) => self.groups = Arc::make_mut(groups).iter_mut(),
            }
        }
    }

    /// Goes to the next page with elements, and returns their number.
    fn reach(&mut self, back: bool) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        self.open();
        loop {
            let pages = if back { &mut self.back } else { &mut self.front };
            let place = if back { pages.as_slice().last() } else { pages.as_slice().first() };
            match place.map(Slotted::len) {
                Some(0) => _ = self.next(back),
                Some(len) => return Some(len),
                None => {
                    let group = if back { self.groups.next_back() } else { self.groups.next() };
                    let pages = if back { &mut self.back } else { &mut self.front };
                    match group {
                        Some(group) => *pages = Arc::make_mut(group).pages.iter_mut(),
                        // What is left is at the other end.
                        None => mem::swap(&mut self.front, &mut self.back),
                    }
                }
            }
        }
    }

    fn next(&mut self, back: bool) -> Option<&'a mut Slotted<T>> {
        if back { self.back.next_back() } else { self.front.next() }
    }

    fn skip_from(&mut self, most: usize, back: bool) -> Option<usize> {
        let len = self.reach(back).filter(|&len| len <= most)?;
        self.next(back);
        self.len -= len;
        Some(len)
    }

    /// What is still to come, page by page.
    fn pages(&self) -> impl Iterator<Item = &[T]> + Clone {
        let (groups, only) = match self.unopened.as_deref().map(|slots| &slots.pages) {
            Some(Pages::Many(groups)) => (&groups[..], None),
            Some(Pages::One(only)) => (&[][..], Some(only)),
            None => (self.groups.as_slice(), None),
        };
        let between = groups.iter().flat_map(|group| &group.pages);
        let pages = self.front.as_slice().iter().chain(only).chain(between).chain(self.back.as_slice());
        pages.map(Slotted::elements)
    }
}

impl<T> Default for PagesMut<'_, T> {
    fn default() -> Self {
        let (front, back) = (slice::IterMut::default(), slice::IterMut::default());
        Self { unopened: None, front, groups: slice::IterMut::default(), back, len: 0 }
    }
}

impl<'a, T: Clone> PagesMut<'a, T> {
    fn take_from(&mut self, back: bool) -> Option<slice::IterMut<'a, T>> {
        // Before the `Clone`, which may panic. The page is passed then.
        self.len -= self.reach(back)?;
        Some(self.next(back)?.make_mut(0).iter_mut())
    }
}

impl<'a, T: Clone> PageSource for PagesMut<'a, T> {
    type Page = slice::IterMut<'a, T>;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    fn take(&mut self) -> Option<Self::Page> {
        self.take_from(false)
    }

    fn take_back(&mut self) -> Option<Self::Page> {
        self.take_from(true)
    }

    fn skip(&mut self, most: usize) -> Option<usize> {
        self.skip_from(most, false)
    }

    fn skip_back(&mut self, most: usize) -> Option<usize> {
        self.skip_from(most, true)
    }
}

/// The elements by mutable reference. A shared page is copied when a walk reaches it.
pub(in crate::paged) struct IterMut<'a, T> {
    inner: Elements<PagesMut<'a, T>, slice::IterMut<'a, T>>,
}

impl<T> IterMut<'_, T> {
    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        let Elements { front, pages, back } = &self.inner;
        front.as_slice().iter().chain(pages.pages().flatten()).chain(back.as_slice())
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
    fn default() -> Self {
        Self { inner: Elements::new(PagesMut::default()) }
    }
}

/// The elements by value. They are cloned out of the shared pages, and moved out of the others.
pub(in crate::paged) struct IntoIter<T> {
    inner: Elements<OwnedPages<T>, vec::IntoIter<T>>,
}

impl<T> IntoIter<T> {
    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        let Elements { front, pages, back } = &self.inner;
        let between = pages.pages.as_slice().iter().flat_map(|page| page.iter());
        front.as_slice().iter().chain(between).chain(back.as_slice())
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    iterator_methods!();
}

impl<T: Clone> DoubleEndedIterator for IntoIter<T> {
    double_ended_methods!();
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T: Clone> Clone for IntoIter<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Default for IntoIter<T> {
    fn default() -> Self {
        Slots::new().into_iter()
    }
}

impl<T> Slots<T> {
    pub(in crate::paged) fn iter(&self) -> Iter<'_, T> {
        Iter { inner: Elements::new(PagesRef::new(self)) }
    }

    pub(in crate::paged) fn into_iter(self) -> IntoIter<T> {
        IntoIter { inner: Elements::new(OwnedPages::new(self.into_pages())) }
    }
}

impl<T: Clone> Slots<T> {
    pub(in crate::paged) fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut { inner: Elements::new(PagesMut::new(self)) }
    }
}
