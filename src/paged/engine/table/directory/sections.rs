//! Pages in sections, for a table that has more of them than one write should copy slots.
//!
//! Sections stand to their directory as pages do to theirs: an array says where the slots of each are, a tree owns them, and a
//! section of which no page has been split off yet stands in two places.

use super::super::owners::Owners;
use super::super::page::{Page, Tags, View};
use super::super::place::Mixed;
use super::many::Many;
use super::{SECTION, twin};
use crate::paged::engine::shared::is_shared;
use std::iter;
use std::ptr::NonNull;
use std::sync::Arc;

/// More pages than a section has. Cloning it is two `Arc` clones.
pub(in crate::paged::engine::table) struct Sections<T> {
    /// **Start `i` is where the slots of section `i` are**, of the one that `owners` has. See [`twin`] for one that it does not own yet.
    starts: Arc<[Start]>,
    /// Each has `SECTION` slots, and owns its share of the pages. So a slot of the last section may be that of a page which
    /// another section owns.
    owners: Owners<Arc<Many<T>>>,
    len: usize,
}

/// Where the slots of a section are.
#[derive(Clone, Copy, PartialEq)]
struct Start(NonNull<Tags>);

// SAFETY: it is an address, and the slots there are `Sync`. Who reads them says why they live.
unsafe impl Send for Start {}
// SAFETY: as above.
unsafe impl Sync for Start {}

impl Start {
    fn of<T>(section: &Many<T>) -> Self {
        assert_eq!(section.slots.len(), SECTION, "a section has its slots from the beginning");
        // Not of a reference to the slots, as which it could not be used any more after a write to one of them.
        let slots = NonNull::new(Arc::as_ptr(&section.slots).cast_mut()).expect("an `Arc` is somewhere");
        Self(slots.cast())
    }
}

impl<T> Sections<T> {
    /// Their number is a power of two, and more than a section has.
    pub(super) fn new(pages: Vec<Page<T>>) -> Self {
        let len = pages.len();
        let mut pages = pages.into_iter();
        let sections = (0..len / SECTION).map(|_| Arc::new(Many::new(&mut pages.by_ref().take(SECTION))));
        let sections: Owners<Arc<Many<T>>> = sections.collect();
        let starts: Arc<[_]> = sections.iter().map(|section| Start::of(section)).collect();
        assert!(starts.len().is_power_of_two(), "the pages of a new table are not in the midst of a round");
        Self { starts, owners: sections, len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many slots there are, with those of the sections that are still to come.
    fn places(&self) -> usize {
        self.starts.len() * SECTION
    }

    /// The page of a hash.
    #[inline]
    pub(in crate::paged::engine::table) fn view_of(&self, hash: Mixed) -> View<'_, T> {
        let index = hash.page;
        debug_assert!(self.starts.len().is_power_of_two());
        // SAFETY: the number of starts is a power of two, so the index is less.
        let start = unsafe { self.starts.get_unchecked((index / SECTION) & (self.starts.len() - 1)) };
        // SAFETY: a section has so many slots. It is in `self.owners`, which is borrowed for as long. To change its slots takes
        // `&mut self`, or that of another directory which owns the section as well. Then it is a copy that is changed. The slot is
        // that of a page which an owner in here owns. For the rest see `One::view`.
        unsafe { start.0.add(index % SECTION).as_ref().view() }
    }

    pub(super) fn owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        self.owners.get(index / SECTION)?.owner(index % SECTION)
    }

    pub(super) fn slot(&self, index: usize) -> Option<Tags> {
        self.owners.get(index / SECTION)?.slot(index % SECTION)
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.starts, &other.starts)
    }

    /// Returns `true` if both have the same section there, with all of its pages.
    pub(super) fn shares(&self, other: &Self, section: usize) -> bool {
        match (self.owners.get(section), other.owners.get(section)) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs),
            _ => false,
        }
    }

    pub(super) fn unshared_owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        let section = self.owners.get_unshared(index / SECTION)?;
        if is_shared(section) { None } else { section.unshared_owner(index % SECTION) }
    }

    pub(super) fn owner_mut(&mut self, index: usize) -> &mut Arc<Page<T>> {
        // A copy of a section has the same slots, until one of them changes. So its start stays right.
        Arc::make_mut(self.owners.make_mut(index / SECTION)).owner_mut(index % SECTION)
    }

    /// Returns a section to write to, after copying it and its slots if they are shared. Whoever has it may not replace the slots.
    fn section_mut(&mut self, section: usize) -> &mut Many<T> {
        let twin = twin(section, self.owners.len(), self.starts.len());
        let starts = Arc::make_mut(&mut self.starts);
        let many = Arc::make_mut(self.owners.make_mut(section));
        Arc::make_mut(&mut many.slots);
        // They may be others now.
        let start = Start::of(many);
        starts[section] = start;
        if let Some(twin) = twin {
            starts[twin] = start;
        }
        many
    }

    pub(super) fn point(&mut self, index: usize, tags: Tags) {
        // A section that is still to come shows the slots of the one which it will be copied from.
        let twin = twin(index, self.len, self.places()).filter(|twin| twin / SECTION < self.owners.len());
        if let Some(twin) = twin {
            // Copied before either is set.
            self.section_mut(twin / SECTION);
        }
        for place in iter::once(index).chain(twin) {
            let slots = &mut self.section_mut(place / SECTION).slots;
            Arc::get_mut(slots).expect("slots that are not shared")[place % SECTION] = tags;
        }
    }

    pub(super) fn push(&mut self, page: Page<T>) {
        let index = self.len;
        if index == self.places() {
            // A new round: each section is still to be split.
            self.starts = self.starts.iter().chain(&*self.starts).copied().collect();
        }
        let section = index / SECTION;
        if section == self.owners.len() {
            let before =
                self.owners.get(section - self.starts.len() / 2).expect("each section comes from one");
            let slots = Arc::clone(&before.slots);
            self.owners.push(Arc::new(Many { slots, owners: Owners::default() }));
        }
        self.section_mut(section).append(page.into());
        self.len += 1;
    }

    pub(super) fn pop(&mut self) -> Option<Arc<Page<T>>> {
        let last = self.len.checked_sub(1)?;
        let half = self.starts.len() / 2;
        let section = last / SECTION;
        let before = self.slot(last - half * SECTION).expect("each page comes from one");
        let Many { slots, owners } = self.section_mut(section);
        Arc::get_mut(slots).expect("slots that are not shared")[last % SECTION] = before;
        let page = owners.pop();
        self.len = last;
        if last % SECTION == 0 {
            // Its section is empty, and so it has not been split off yet.
            if section == half {
                self.starts = self.starts[..half].into();
            } else {
                let starts = Arc::make_mut(&mut self.starts);
                starts[section] = starts[section - half];
            }
            self.owners.pop();
        }
        page
    }

    /// Returns the pages without sections, if they are no more than one has.
    pub(super) fn as_many(&self) -> Option<Many<T>> {
        if self.len > SECTION { None } else { self.owners.get(0).map(|section| Many::clone(section)) }
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        let places = self.places();
        assert!(self.starts.len().is_power_of_two() && places == self.len.next_power_of_two());
        assert_eq!(self.owners.len(), self.len.div_ceil(SECTION));
        let half = places / 2;
        for (section, start) in self.starts.iter().enumerate() {
            let shown = if section < self.owners.len() { section } else { section - self.starts.len() / 2 };
            assert_eq!(start.0, Start::of(self.owners.get(shown).unwrap()).0);
        }
        for place in 0..self.owners.len() * SECTION {
            let index = if place < self.len { place } else { place - half };
            let slot = self.owners.get(place / SECTION).unwrap().slots[place % SECTION];
            assert!(slot == self.owner(index).unwrap().tags(), "slot {place} of {}", self.len);
        }
        let owned = self.owners.iter().map(|section| section.len()).sum::<usize>();
        assert_eq!(owned, self.len);
    }
}

impl<T> From<Many<T>> for Sections<T> {
    /// It has as many pages as a section.
    fn from(many: Many<T>) -> Self {
        let starts = [Start::of(&many)].into();
        let len = many.len();
        Self { starts, owners: [Arc::new(many)].into_iter().collect(), len }
    }
}

impl<T> Clone for Sections<T> {
    fn clone(&self) -> Self {
        Self { starts: Arc::clone(&self.starts), owners: self.owners.clone(), len: self.len }
    }
}
