//! The pages of a table: who owns them, and where they are.
//!
//! A reader wants the address of a page as fast as an array has it. A writer must not count every page to copy the
//! directory of a version that is shared. So the directory is two things. The *slots* are an array that says where each page's tags
//! are, and it is copied as bytes. The [`Owners`](super::owners::Owners) are a tree of the pages' `Arc`s, of which a write copies
//! one path.
//!
//! Slots in one array would still be too many to copy in a large table. So from [`SECTION`] pages on, the pages are in sections of
//! so many, each with slots and owners of its own, and the sections are owned and found as pages are (`sections.rs`).
//!
//! One rule makes it sound: **slot `i` is the [`Tags`] of the page that owner `i` of the same directory owns**, or if there is no
//! such owner yet, of the one that it will be split from. Both change together. No code of the user's runs between, and nothing is
//! allocated: what is shared is copied first. (An allocation that fails may panic, if the program has such a hook.) What is handed
//! out to write to, [`PageMut`], cannot be replaced by its holder.

#![expect(unsafe_code, reason = "a slot is where the tags of a page are, beside the owner of the page")]

mod many;
mod sections;
mod walk;

use self::many::Many;
use self::sections::Sections;
use super::page::{IterMut, Page, Tags, View};
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

pub(super) use self::walk::{Pages, PagesMut};

/// How many pages a directory has at most before they are in sections of so many.
///
/// Their slots are 4 KiB.
pub(super) const SECTION: usize = 256;

pub(super) enum Directory<T> {
    /// A table that is small enough to be copied as a whole. A read passes no directory.
    One(One<T>),
    /// From two pages to a section.
    Many(Many<T>),
    /// More.
    Sections(Sections<T>),
}

/// One page.
pub(super) struct One<T> {
    slot: Tags,
    owner: Arc<Page<T>>,
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

/// Returns the second place that has element `index`, if there is one.
///
/// The number of places is a power of two. An element that is still to be split in this round stands in two of them: in its own, and
/// in that of the element that will be split off. So a read finds its page by a mask.
fn twin(index: usize, count: usize, places: usize) -> Option<usize> {
    let twin = index + places / 2;
    (count..places).contains(&twin).then_some(twin)
}

impl<T> From<Vec<Page<T>>> for Directory<T> {
    /// The number of pages is a power of two.
    fn from(mut pages: Vec<Page<T>>) -> Self {
        match pages.len() {
            1 => Self::One(One::new(pages.remove(0))),
            2..=SECTION => Self::Many(Many::new(&mut pages.into_iter())),
            _ => Self::Sections(Sections::new(pages)),
        }
    }
}

impl<T> Directory<T> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(many) => many.len(),
            Self::Sections(sections) => sections.len(),
        }
    }

    fn owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        match self {
            Self::One(one) if index == 0 => Some(&one.owner),
            Self::One(_) => None,
            Self::Many(many) => many.owner(index),
            Self::Sections(sections) => sections.owner(index),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&Page<T>> {
        self.owner(index).map(|page| &**page)
    }

    /// Where a page is. Two directories share a page if both have the same there.
    fn slot(&self, index: usize) -> Option<Tags> {
        match self {
            Self::One(one) if index == 0 => Some(one.slot),
            Self::One(_) => None,
            Self::Many(many) => many.slot(index),
            Self::Sections(sections) => sections.slot(index),
        }
    }

    /// The index of the first page, from `index` on, that the other directory does not have there. Computes in **O(1)** time for
    /// each page that both have, and for each section.
    pub(super) fn not_in(&self, other: &Self, mut index: usize) -> Option<usize> {
        while index < self.len() {
            if index % SECTION == 0 && self.shares_section(other, index / SECTION) {
                index += SECTION;
            } else if other.slot(index) == self.slot(index) {
                index += 1;
            } else {
                return Some(index);
            }
        }
        None
    }

    fn shares_section(&self, other: &Self, section: usize) -> bool {
        match (self, other) {
            (Self::Sections(sections), Self::Sections(others)) => sections.shares(others, section),
            _ => false,
        }
    }

    /// The pages themselves.
    #[cfg(feature = "rayon")]
    pub(super) fn owners(&self) -> Vec<Arc<Page<T>>> {
        (0..self.len()).filter_map(|index| self.owner(index)).cloned().collect()
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::One(other)) => Arc::ptr_eq(&one.owner, &other.owner),
            (Self::Many(many), Self::Many(other)) => many.ptr_eq(other),
            (Self::Sections(sections), Self::Sections(other)) => sections.ptr_eq(other),
            _ => false,
        }
    }

    /// Returns the owner of a page that is not shared, neither by itself nor with what is above it. It reads the counts on one way
    /// down, where `Arc::get_mut` takes a locked operation for each.
    fn unshared_owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        let owner = match self {
            Self::One(one) => Some(&one.owner),
            Self::Many(many) => many.unshared_owner(index),
            Self::Sections(sections) => sections.unshared_owner(index),
        };
        owner.filter(|owner| !is_shared(owner))
    }

    /// Returns `true` if the page is shared, by itself or with what is above it. Another thread may let go of it at any moment, but
    /// what is not shared stays so.
    pub(super) fn is_shared(&self, index: usize) -> bool {
        self.unshared_owner(index).is_none()
    }

    /// Returns where a page is that is not shared. Until `self` is used for something else, nobody else has a way to it.
    fn unshared(&mut self, index: usize) -> Option<NonNull<Page<T>>> {
        if cfg!(readmostly_tsan) {
            // ThreadSanitizer knows no fences.
            return if self.is_shared(index) {
                None
            } else {
                Arc::get_mut(self.owner_mut(index)).map(NonNull::from)
            };
        }
        NonNull::new(Arc::as_ptr(self.unshared_owner(index)?).cast_mut())
    }

    /// Returns a page to write to, or `None` if it is shared.
    pub(super) fn unshared_mut(&mut self, index: usize) -> Option<PageMut<'_, T>> {
        let mut page = self.unshared(index)?;
        // SAFETY: all counts on the way from `self` to the page are one, and there is no `Weak`. Another way to it takes a clone of
        // `self`, or of what is in it, and `self` is borrowed mutably for as long.
        Some(PageMut(unsafe { page.as_mut() }))
    }

    /// The owner of a page, after copying what of the directory is above it and shared. Whoever replaces the page has to
    /// [`point`](Self::point) to it as well.
    fn owner_mut(&mut self, index: usize) -> &mut Arc<Page<T>> {
        match self {
            Self::One(one) => &mut one.owner,
            Self::Many(many) => many.owner_mut(index),
            Self::Sections(sections) => sections.owner_mut(index),
        }
    }

    /// Sets the slot of a page, and the second one if it is still to be split. The slots are copied first if they are shared.
    fn point(&mut self, index: usize, tags: Tags) {
        match self {
            Self::One(one) => one.slot = tags,
            Self::Many(many) => many.point(index, tags),
            Self::Sections(sections) => sections.point(index, tags),
        }
    }

    /// Replaces a page, and returns the one before.
    pub(super) fn replace(&mut self, index: usize, page: Page<T>) -> Arc<Page<T>> {
        let page = Arc::new(page);
        // What is above the owner is copied here, and not below.
        self.owner_mut(index);
        self.point(index, page.tags());
        mem::replace(self.owner_mut(index), page)
    }

    /// Takes a page out that is not shared, and leaves an empty one. Then nothing above it is shared, its slots neither.
    pub(super) fn take(&mut self, index: usize) -> Page<T> {
        let owner = self.owner_mut(index);
        let page = mem::take(Arc::get_mut(owner).expect("a page that is not shared"));
        let tags = owner.tags();
        self.point(index, tags);
        page
    }

    /// Adds a page to many.
    pub(super) fn push(&mut self, page: Page<T>) {
        if let Self::Many(many) = self {
            if many.len() < SECTION {
                return many.push(page);
            }
            *self = Self::Sections(many.clone().into());
        }
        let Self::Sections(sections) = self else { unreachable!("one page becomes many all at once") };
        sections.push(page);
    }

    /// Removes the last of many pages.
    pub(super) fn pop(&mut self) -> Option<Arc<Page<T>>> {
        match self {
            Self::One(_) => unreachable!("the only page stays"),
            Self::Many(many) => many.pop(),
            Self::Sections(sections) => {
                let last = sections.pop();
                if let Some(many) = sections.as_many() {
                    *self = Self::Many(many);
                }
                last
            }
        }
    }
}

impl<T: Clone> Directory<T> {
    /// Returns a page to write to, after copying it if it is shared.
    pub(super) fn page_mut(&mut self, index: usize) -> PageMut<'_, T> {
        let mut page = self.unshared(index).unwrap_or_else(|| {
            self.unshare(index);
            self.unshared(index).expect("a page that is not shared")
        });
        // SAFETY: as in `unshared_mut`.
        PageMut(unsafe { page.as_mut() })
    }

    /// Replaces a page by a copy of its own.
    #[cold]
    fn unshare(&mut self, index: usize) {
        // The user's `Clone` may panic. Nothing has changed then.
        let copy = self.get(index).expect("there is a page of this index").clone();
        // If the others have dropped theirs meanwhile, destructors of the user's run here. The copy is in its place by then.
        drop(self.replace(index, copy));
    }
}

impl<T> Clone for Directory<T> {
    fn clone(&self) -> Self {
        match self {
            Self::One(One { slot, owner }) => Self::One(One { slot: *slot, owner: Arc::clone(owner) }),
            Self::Many(many) => Self::Many(many.clone()),
            Self::Sections(sections) => Self::Sections(sections.clone()),
        }
    }
}

/// A page to write to. It stays the same page: there is no way to replace it.
pub(super) struct PageMut<'a, T>(&'a mut Page<T>);

impl<'a, T> PageMut<'a, T> {
    pub(super) fn put(self, hash: u64, entry: T) -> usize {
        self.0.put(hash, entry)
    }

    pub(super) fn take(&mut self, bucket: usize) -> Option<T> {
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

#[cfg(test)]
mod tests;
