//! The pages of a table: who owns them, and where they are.
//!
//! A reader wants the address of a page as fast as an array has it. A writer must not count every page to copy the
//! directory of a version that is shared. So the directory is two things. The *slots* are an array that says where each page's tags
//! are, and it is copied as bytes. The [`Owners`] are a tree of the pages' `Arc`s, of which a write copies one path.
//!
//! One rule makes it sound: **slot `i` is the [`Tags`] of the page that owner `i` of the same directory owns**, or if there is no
//! such owner yet, of the one that it will be split from. Both change in [`Place::set`] and in `push` and `pop`, and no code of the
//! user's runs between. What is handed out to write to, [`PageMut`], cannot be replaced by its holder.

#![expect(unsafe_code, reason = "a slot is where the tags of a page are, beside the owner of the page")]

use super::owners::Owners;
use super::page::{IterMut, Page, Tags, View};
use super::{page_of, spread};
use std::iter::FusedIterator;
use std::mem;
use std::ops::{Deref, Range};
use std::slice;
use std::sync::Arc;

pub(super) enum Directory<T> {
    /// A table that is small enough to be copied as a whole. A read passes no directory.
    One(One<T>),
    /// Two pages or more.
    Many(Many<T>),
}

/// One page.
pub(super) struct One<T> {
    slot: Tags,
    owner: Arc<Page<T>>,
}

/// Many pages, which are shared as the directory is. Cloning it is two `Arc` clones.
pub(super) struct Many<T> {
    /// Their number is a power of two. A page that is still to be split in this round stands in two of them: in its own, and in
    /// that of the page that will be split off. So a read finds its page by a mask.
    slots: Arc<[Tags]>,
    owners: Owners<Arc<Page<T>>>,
}

impl<T> One<T> {
    fn new(page: Page<T>) -> Self {
        Self { slot: page.tags(), owner: Arc::new(page) }
    }

    #[inline]
    pub(super) fn view(&self) -> View<'_, T> {
        // SAFETY: the slot is that of the page which `owner` owns, and that is borrowed for as long. To change the page takes
        // `&mut self`, or that of another directory which owns it as well. Then it is a copy that is changed.
        unsafe { self.slot.view() }
    }
}

impl<T> Many<T> {
    fn new(pages: impl Iterator<Item = Page<T>>) -> Self {
        let owners: Owners<_> = pages.map(Arc::new).collect();
        let slots: Arc<[_]> = owners.iter().map(|page| page.tags()).collect();
        assert!(slots.len().is_power_of_two(), "the pages of a new table are not in the midst of a round");
        Self { slots, owners }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The page of a hash.
    #[inline]
    pub(super) fn view_of(&self, hash: u64) -> View<'_, T> {
        let index = spread(hash) & (self.slots.len() - 1);
        debug_assert!(self.slots.len().is_power_of_two());
        // SAFETY: the number of slots is a power of two, so the index is less. The slot is that of a page whose owner is in
        // `self.owners`. For the rest see `One::view`.
        unsafe { self.slots.get_unchecked(index).view() }
    }

    #[inline]
    pub(super) fn index_of(&self, hash: u64) -> usize {
        page_of(hash, self.len(), self.slots.len() - 1)
    }
}

/// An owner and its slot, or its two slots.
struct Place<'a, T> {
    owner: &'a mut Arc<Page<T>>,
    slot: &'a mut Tags,
    split: Option<&'a mut Tags>,
}

impl<'a, T> Place<'a, T> {
    /// The place of a page of `count`.
    fn new(owner: &'a mut Arc<Page<T>>, slots: &'a mut [Tags], index: usize, count: usize) -> Self {
        let (low, high) = slots.split_at_mut(slots.len() / 2);
        if index >= low.len() {
            return Self { owner, slot: &mut high[index - low.len()], split: None };
        }
        let is_split = index + low.len() < count;
        Self { owner, slot: &mut low[index], split: if is_split { None } else { high.get_mut(index) } }
    }

    /// Puts a page into this place, and returns the one before.
    fn set(&mut self, page: Page<T>) -> Arc<Page<T>> {
        let page = Arc::new(page);
        self.point_to(page.tags());
        mem::replace(self.owner, page)
    }

    fn point_to(&mut self, tags: Tags) {
        *self.slot = tags;
        if let Some(slot) = &mut self.split {
            **slot = tags;
        }
    }
}

/// Whether others own the page as well. There are no weak counts.
fn is_shared<T>(owner: &Arc<Page<T>>) -> bool {
    Arc::strong_count(owner) > 1
}

impl<T> From<Vec<Page<T>>> for Directory<T> {
    fn from(mut pages: Vec<Page<T>>) -> Self {
        match pages.len() {
            1 => Self::One(One::new(pages.remove(0))),
            _ => Self::Many(Many::new(pages.into_iter())),
        }
    }
}

impl<T> Directory<T> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(many) => many.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Page<T>> {
        match self {
            Self::One(one) if index == 0 => Some(&one.owner),
            Self::One(_) => None,
            Self::Many(many) => many.owners.get(index).map(|page| &**page),
        }
    }

    /// Where the pages are, in their order. Two directories share a page if both have the same there.
    pub(super) fn slots(&self) -> &[Tags] {
        match self {
            Self::One(one) => slice::from_ref(&one.slot),
            Self::Many(many) => &many.slots[..many.len()],
        }
    }

    pub(super) fn pages(&self, range: Range<usize>) -> Pages<'_, T> {
        Pages { pages: Some(self), range }
    }

    /// The pages themselves.
    #[cfg(feature = "rayon")]
    pub(super) fn owners(&self) -> Vec<Arc<Page<T>>> {
        match self {
            Self::One(one) => vec![Arc::clone(&one.owner)],
            Self::Many(many) => many.owners.iter().cloned().collect(),
        }
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::One(other)) => Arc::ptr_eq(&one.owner, &other.owner),
            (Self::Many(many), Self::Many(other)) => Arc::ptr_eq(&many.slots, &other.slots),
            _ => false,
        }
    }

    /// The place of a page, after copying the directory if it is shared.
    fn place(&mut self, index: usize) -> Place<'_, T> {
        match self {
            Self::One(One { owner, slot }) => Place { owner, slot, split: None },
            Self::Many(Many { owners, slots }) => {
                let count = owners.len();
                Place::new(owners.make_mut(index), Arc::make_mut(slots), index, count)
            }
        }
    }

    /// Returns `true` if the page is shared, by itself or with its directory.
    pub(super) fn shares(&mut self, index: usize) -> bool {
        let owner = match self {
            Self::One(one) => Some(&mut one.owner),
            Self::Many(many) => many.owners.get_mut(index),
        };
        owner.is_none_or(|owner| Arc::get_mut(owner).is_none())
    }

    /// Replaces a page, and returns the one before.
    pub(super) fn replace(&mut self, index: usize, page: Page<T>) -> Arc<Page<T>> {
        self.place(index).set(page)
    }

    /// Takes a page out that is not shared, and leaves an empty one.
    pub(super) fn take(&mut self, index: usize) -> Page<T> {
        let mut place = self.place(index);
        let page = mem::take(Arc::get_mut(place.owner).expect("a page that is not shared"));
        place.point_to(place.owner.tags());
        page
    }

    /// The pages, to write to.
    pub(super) fn pages_mut(&mut self) -> PagesMut<'_, T> {
        PagesMut { next: 0, pages: Some(self) }
    }

    /// Adds a page to many.
    pub(super) fn push(&mut self, page: Page<T>) {
        let Self::Many(Many { slots, owners }) = self else {
            unreachable!("one page becomes many all at once")
        };
        let index = owners.len();
        if index == slots.len() {
            // A new round: each page is still to be split.
            *slots = slots.iter().chain(&**slots).copied().collect();
        }
        Arc::make_mut(slots)[index] = page.tags();
        owners.push(Arc::new(page));
    }

    /// Removes the last of many pages.
    pub(super) fn pop(&mut self) -> Option<Arc<Page<T>>> {
        let Self::Many(Many { slots, owners }) = self else { unreachable!("the only page stays") };
        let last = owners.len() - 1;
        let half = slots.len() / 2;
        if last == half {
            *slots = slots[..half].into();
        } else {
            let slots = Arc::make_mut(slots);
            slots[last] = slots[last - half];
        }
        owners.pop()
    }
}

impl<T: Clone> Directory<T> {
    /// Returns a page to write to, after copying it if it is shared.
    pub(super) fn page_mut(&mut self, index: usize) -> PageMut<'_, T> {
        let owner = match self {
            Self::One(One { owner, slot }) => {
                if is_shared(owner) {
                    unshare(Place { owner, slot, split: None });
                }
                owner
            }
            Self::Many(Many { owners, slots }) => {
                let count = owners.len();
                let owner = owners.make_mut(index);
                if is_shared(owner) {
                    unshare(Place::new(owner, Arc::make_mut(slots), index, count));
                }
                owner
            }
        };
        PageMut(Arc::get_mut(owner).expect("a page that is not shared"))
    }
}

/// Replaces a page by a copy of its own.
#[cold]
fn unshare<T: Clone>(mut place: Place<'_, T>) {
    // The user's `Clone` may panic. Nothing has changed then.
    let copy = Page::clone(place.owner);
    // If the others have dropped theirs meanwhile, destructors of the user's run here. The copy is in its place by then.
    drop(place.set(copy));
}

impl<T> Clone for Directory<T> {
    fn clone(&self) -> Self {
        match self {
            Self::One(One { slot, owner }) => Self::One(One { slot: *slot, owner: Arc::clone(owner) }),
            Self::Many(Many { slots, owners }) => {
                Self::Many(Many { slots: Arc::clone(slots), owners: owners.clone() })
            }
        }
    }
}

/// A page to write to. It stays the same page: there is no way to replace it.
pub(super) struct PageMut<'a, T>(&'a mut Page<T>);

impl<'a, T> PageMut<'a, T> {
    pub(super) fn put(self, hash: u64, entry: T) -> usize {
        self.0.put(hash, entry)
    }

    pub(super) fn take(self, bucket: usize) -> Option<T> {
        self.0.take(bucket)
    }

    pub(super) fn get_mut(self, bucket: usize) -> Option<&'a mut T> {
        self.0.get_mut(bucket)
    }

    pub(super) fn into_iter(self) -> IterMut<'a, T> {
        self.0.iter_mut()
    }
}

impl<T> Deref for PageMut<'_, T> {
    type Target = Page<T>;

    fn deref(&self) -> &Page<T> {
        self.0
    }
}

/// Some pages of a directory, by reference.
pub(super) struct Pages<'a, T> {
    /// None for no pages.
    pages: Option<&'a Directory<T>>,
    range: Range<usize>,
}

impl<T> Pages<'_, T> {
    /// The first half of them, and the rest.
    #[cfg(feature = "rayon")]
    pub(super) fn halves(&self) -> (Self, Self) {
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
pub(super) struct PagesMut<'a, T> {
    pages: Option<&'a mut Directory<T>>,
    next: usize,
}

impl<T> PagesMut<'_, T> {
    /// Those that are still to come.
    pub(super) fn pages(&self) -> Pages<'_, T> {
        let pages = self.pages.as_deref();
        Pages { pages, range: pages.map_or(0..0, |pages| self.next..pages.len()) }
    }
}

impl<'a, T: Clone> PagesMut<'a, T> {
    /// Passes the empty pages, and returns the next one.
    pub(super) fn peek(&mut self) -> Option<&Page<T>> {
        while self.pages().next()?.is_empty() {
            self.next += 1;
        }
        self.pages().next()
    }

    /// Returns the entries of the next page. If a `Clone` panics, the page is passed.
    pub(super) fn next(&mut self) -> Option<IterMut<'a, T>> {
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

#[cfg(test)]
mod tests;
