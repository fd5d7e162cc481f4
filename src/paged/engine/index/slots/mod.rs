//! Elements in numbered slots, in pages that are copied on write.
//!
//! The number of a slot says its page and its place there by a shift. What is removed leaves a gap: its page holds the other elements
//! side by side, and a bit for each slot. So a walk sees full slices, and a page without gaps needs no bits. New elements go to the end.
//!
//! The pages are in groups of [`GROUP`], behind an `Arc` each. So a write to a shared sequence copies a page, a group and one `Arc` for
//! each group, and not one for each page.

mod iter;
mod many;
#[cfg(feature = "rayon")]
mod parts;
mod search;
mod slotted;

pub(in crate::paged) use self::iter::{IntoIter, Iter, IterMut};
pub(in crate::paged) use self::slotted::Entries;

use self::slotted::Slotted;
use crate::paged::engine::list::page::{Page, page_len};
use std::array;
use std::mem;
use std::sync::Arc;

/// How many pages are in one group.
const GROUP: usize = 64;

pub(in crate::paged) struct Slots<T> {
    pages: Pages<T>,
    /// How many slots there are, with the gaps. The last one has an element.
    end: u32,
    len: u32,
}

enum Pages<T> {
    /// The first page alone. A read passes no directory.
    One(Slotted<T>),
    Many(Arc<[Arc<Group<T>>]>),
}

struct Group<T> {
    pages: [Slotted<T>; GROUP],
    /// How many elements are in them.
    len: usize,
}

/// What a removal of many elements took out.
pub(crate) struct Gone<T> {
    pub(in crate::paged) elements: Vec<T>,
    /// Pages that other sequences have, or had.
    pub(in crate::paged) pages: Vec<Page<T>>,
}

impl<T> Gone<T> {
    pub(crate) const fn new() -> Self {
        Self { elements: Vec::new(), pages: Vec::new() }
    }
}

impl<T> Group<T> {
    const EMPTY: Self = Self { pages: [const { Slotted::EMPTY }; GROUP], len: 0 };
}

impl<T> Slots<T> {
    /// How many slots a page has.
    pub(in crate::paged) const PAGE: usize = page_len(size_of::<T>(), mem::needs_drop::<T>());
    const SHIFT: u32 = Self::PAGE.ilog2();
    const MASK: usize = Self::PAGE - 1;

    pub(super) const fn new() -> Self {
        Self { pages: Pages::One(Slotted::EMPTY), end: 0, len: 0 }
    }

    /// Makes a sequence of pages, all of them full but the last.
    pub(super) fn from_pages(pages: Vec<Page<T>>) -> Self {
        let len: usize = pages.iter().map(|page| page.len()).sum();
        let end = u32::try_from(len).expect("there are fewer slots");
        let count = pages.len();
        let mut pages = pages.into_iter().map(Slotted::of);
        if count <= 1 {
            return Self { pages: Pages::One(pages.next().unwrap_or(Slotted::EMPTY)), end, len: end };
        }
        let groups = (0..count.div_ceil(GROUP)).map(|_| {
            let pages: [_; GROUP] = array::from_fn(|_| pages.next().unwrap_or(Slotted::EMPTY));
            let len = pages.iter().map(Slotted::len).sum();
            Arc::new(Group { pages, len })
        });
        Self { pages: Pages::Many(groups.collect()), end, len: end }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    /// The number of the next slot.
    #[inline]
    pub(in crate::paged) fn end(&self) -> usize {
        self.end as usize
    }

    pub(super) fn gaps(&self) -> usize {
        (self.end - self.len) as usize
    }

    pub(super) fn last_slot(&self) -> Option<usize> {
        self.end().checked_sub(1)
    }

    #[inline]
    fn page(&self, page: usize) -> Option<&Slotted<T>> {
        match &self.pages {
            Pages::One(only) => Some(only).filter(|_| page == 0),
            Pages::Many(groups) => Some(&groups.get(page / GROUP)?.pages[page % GROUP]),
        }
    }

    /// How many places there are for pages, some of them without elements.
    fn places(&self) -> usize {
        self.end().div_ceil(Self::PAGE)
    }

    #[inline]
    pub(super) fn get(&self, slot: usize) -> Option<&T> {
        match &self.pages {
            Pages::One(only) => only.get(slot),
            Pages::Many(groups) => {
                let page = slot >> Self::SHIFT;
                groups.get(page / GROUP)?.pages[page % GROUP].get(slot & Self::MASK)
            }
        }
    }

    /// The page of the `index`th element, which there must be, and its place among the elements there.
    fn locate(&self, index: usize) -> (usize, usize) {
        let Pages::Many(groups) = &self.pages else { return (0, index) };
        let mut left = index;
        for (group, at) in groups.iter().zip(0..) {
            if left >= group.len {
                left -= group.len;
                continue;
            }
            for (page, of_group) in group.pages.iter().zip(0..) {
                if left < page.len() {
                    return (at * GROUP + of_group, left);
                }
                left -= page.len();
            }
        }
        unreachable!("there are as many elements")
    }

    #[inline]
    pub(super) fn get_index(&self, index: usize) -> Option<&T> {
        if self.gaps() == 0 {
            return self.get(index);
        }
        if index >= self.len() {
            return None;
        }
        let (page, rank) = self.locate(index);
        self.page(page)?.elements().get(rank)
    }

    pub(super) fn slot_of(&self, index: usize) -> Option<usize> {
        if index >= self.len() {
            return None;
        }
        if self.gaps() == 0 {
            return Some(index);
        }
        let (page, rank) = self.locate(index);
        Some((page << Self::SHIFT) + self.page(page)?.select(rank))
    }

    /// How many elements are in front of the one in a slot.
    pub(super) fn index_of(&self, slot: usize) -> usize {
        if self.gaps() == 0 {
            return slot;
        }
        let number = slot >> Self::SHIFT;
        let rank = self.page(number).and_then(|page| page.rank(slot & Self::MASK));
        let rank = rank.expect("a slot holds an element");
        let Pages::Many(groups) = &self.pages else { return rank };
        let (group, page) = (number / GROUP, number % GROUP);
        groups[..group].iter().map(|group| group.len).sum::<usize>()
            + groups[group].pages[..page].iter().map(Slotted::len).sum::<usize>()
            + rank
    }

    /// The elements of a page, with their slots.
    pub(in crate::paged) fn entries_of(&self, page: usize) -> Entries<'_, T> {
        self.page(page).map_or_else(Entries::default, |slots| slots.entries(page << Self::SHIFT))
    }

    /// All elements, with their slots.
    pub(in crate::paged) fn entries(&self) -> impl Iterator<Item = (usize, &T)> {
        (0..self.places()).flat_map(|page| self.entries_of(page))
    }

    /// The elements from a slot on, with their slots.
    pub(in crate::paged) fn entries_from(&self, slot: usize) -> impl Iterator<Item = (usize, &T)> {
        let pages = slot >> Self::SHIFT..self.places();
        pages.flat_map(|page| self.entries_of(page)).skip_while(move |(at, _)| *at < slot)
    }

    /// The first page from `page` on that has elements, with the slot behind it.
    pub(in crate::paged) fn next_page(&self, page: usize) -> Option<(usize, usize)> {
        let page =
            (page..self.places()).find(|&page| self.page(page).is_some_and(|slots| slots.len() > 0))?;
        Some((page, (page + 1) << Self::SHIFT))
    }

    /// Whether both have the same page there. It has the same elements in both then, in the same slots.
    pub(in crate::paged) fn shares_page(&self, other: &Self, page: usize) -> bool {
        match (self.page(page), other.page(page)) {
            (Some(ours), Some(theirs)) => ours.shares(theirs),
            _ => false,
        }
    }

    pub(super) fn page_count(&self) -> usize {
        (0..self.places()).filter_map(|page| self.page(page)?.page()).count()
    }

    pub(super) fn shared_pages(&self, other: &Self) -> usize {
        let has_page = |&page: &usize| self.page(page).is_some_and(|slots| slots.page().is_some());
        (0..self.places()).filter(has_page).filter(|&page| self.shares_page(other, page)).count()
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        match (&self.pages, &other.pages) {
            (Pages::One(only), Pages::One(of_other)) => only.shares(of_other),
            (Pages::Many(groups), Pages::Many(of_other)) => Arc::ptr_eq(groups, of_other),
            _ => false,
        }
    }

    /// Returns a page's place to write to. What is above it is copied if it is shared.
    fn place_mut(&mut self, page: usize) -> &mut Slotted<T> {
        if page > 0 {
            self.make_many();
        }
        match &mut self.pages {
            Pages::One(only) => only,
            Pages::Many(groups) => {
                let group = page / GROUP;
                if group >= groups.len() {
                    let more = (groups.len()..=group).map(|_| Arc::new(Group::EMPTY));
                    *groups = groups.iter().cloned().chain(more).collect();
                }
                &mut Arc::make_mut(&mut Arc::make_mut(groups)[group]).pages[page % GROUP]
            }
        }
    }

    fn make_many(&mut self) {
        if let Pages::One(only) = &mut self.pages {
            let mut group = Group::EMPTY;
            group.len = only.len();
            group.pages[0] = mem::replace(only, Slotted::EMPTY);
            self.pages = Pages::Many(Arc::new([Arc::new(group)]));
        }
    }

    /// The place of a page that is unshared, with all that is above it.
    fn unshared(&mut self, page: usize) -> (&mut Slotted<T>, Option<&mut usize>) {
        match &mut self.pages {
            Pages::One(only) => (only, None),
            Pages::Many(groups) => {
                let group = Arc::get_mut(groups).and_then(|groups| Arc::get_mut(&mut groups[page / GROUP]));
                let group = group.expect("a group that is not shared");
                (&mut group.pages[page % GROUP], Some(&mut group.len))
            }
        }
    }

    /// Adds an element at the end, for which there is [room](Self::make_room).
    pub(super) fn push(&mut self, element: T) -> usize {
        let slot = self.end();
        let (page, len) = self.unshared(slot >> Self::SHIFT);
        page.push(slot & Self::MASK, Self::PAGE, element);
        if let Some(len) = len {
            *len += 1;
        }
        self.len += 1;
        self.end += 1;
        slot
    }

    /// Takes an element out of a slot that is [unshared](Self::unshare).
    pub(super) fn take(&mut self, slot: usize) -> Option<T> {
        let (page, len) = self.unshared(slot >> Self::SHIFT);
        let element = page.take(slot & Self::MASK, Self::PAGE)?;
        if let Some(len) = len {
            *len -= 1;
        }
        self.len -= 1;
        self.trim();
        Some(element)
    }

    /// Replaces the element in a slot that is unshared.
    pub(super) fn replace(&mut self, slot: usize, element: T) -> Option<T> {
        let (page, _) = self.unshared(slot >> Self::SHIFT);
        Some(mem::replace(page.get_unshared(slot & Self::MASK)?, element))
    }

    /// Exchanges the elements in two slots that are unshared.
    pub(super) fn swap(&mut self, a: usize, b: usize) {
        let ((page, at), other) = ((a >> Self::SHIFT, a & Self::MASK), b >> Self::SHIFT);
        if page == other {
            return self.unshared(page).0.swap(at, b & Self::MASK);
        }
        // One lies beside its page meanwhile.
        let Some((rank, one)) = self.unshared(page).0.lift(at) else { return };
        let other = self.replace(b, one).expect("a slot holds an element");
        self.unshared(page).0.put_back(rank, other);
    }

    /// Sets the end behind the last element, and lets go of the groups behind it.
    fn trim(&mut self) {
        if self.len == 0 {
            *self = Self::new();
            return;
        }
        let is_last = |slots: &Self| slots.get(slots.end() - 1).is_some();
        if is_last(self) {
            return;
        }
        let last =
            (0..self.places()).rev().find(|&page| self.page(page).is_some_and(|slots| slots.len() > 0));
        let last = last.expect("there is an element");
        let page = self.page(last).expect("it was found");
        let end = (last << Self::SHIFT) + page.select(page.len() - 1) + 1;
        self.end = u32::try_from(end).expect("there are fewer slots");
        let Pages::Many(groups) = &mut self.pages else { return };
        let needed = last / GROUP + 1;
        if last == 0 && end <= Self::PAGE / 2 {
            let only = groups[0].pages[0].clone();
            self.pages = Pages::One(only);
        } else if groups.len() > 2 * needed {
            *groups = groups[..needed].iter().cloned().collect();
        }
    }
}

impl<T: Clone> Slots<T> {
    /// Makes the page of a slot unshared.
    #[inline]
    pub(super) fn unshare(&mut self, slot: usize) {
        self.place_mut(slot >> Self::SHIFT).make_mut(0);
    }

    /// Makes the page of the next slot unshared, with room for one element.
    pub(super) fn make_room(&mut self) {
        self.place_mut(self.end() >> Self::SHIFT).make_mut(1);
    }

    /// Makes the page of a slot unshared, and that of the next slot as well, with room for one element.
    pub(super) fn make_room_and_unshare(&mut self, slot: usize) {
        // First the page that may have to be cloned. If that panics, no page was made for nothing.
        if slot >> Self::SHIFT != self.end() >> Self::SHIFT {
            self.unshare(slot);
        }
        self.make_room();
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        self.get(slot)?;
        let place = self.place_mut(slot >> Self::SHIFT);
        let rank = place.rank(slot & Self::MASK)?;
        place.make_mut(0).get_mut(rank)
    }
}

impl<T> Clone for Group<T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), len: self.len }
    }
}

impl<T> Clone for Pages<T> {
    fn clone(&self) -> Self {
        match self {
            Self::One(only) => Self::One(only.clone()),
            Self::Many(groups) => Self::Many(Arc::clone(groups)),
        }
    }
}

impl<T> Clone for Slots<T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), ..*self }
    }
}
