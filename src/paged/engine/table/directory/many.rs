//! Pages whose slots are one array.

use super::super::owners::Owners;
use super::super::page::{Page, Tags, View};
use super::super::place::Mixed;
use super::twin;
use std::sync::Arc;

/// Pages that are shared as their directory is: all of them, or those of one section. Cloning it is two `Arc` clones.
pub(in crate::paged::engine::table) struct Many<T> {
    /// A power of two of them. See [`twin`].
    pub(super) slots: Arc<[Tags]>,
    pub(super) owners: Owners<Arc<Page<T>>>,
}

impl<T> Many<T> {
    pub(super) fn new(pages: &mut dyn Iterator<Item = Page<T>>) -> Self {
        let owners: Owners<_> = pages.map(Arc::new).collect();
        let slots: Arc<[_]> = owners.iter().map(|page| page.tags()).collect();
        assert!(slots.len().is_power_of_two(), "the pages of a new table are not in the midst of a round");
        Self { slots, owners }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The page of a hash, if the pages are all that there are.
    #[inline]
    pub(in crate::paged::engine::table) fn view_of(&self, hash: Mixed) -> View<'_, T> {
        let index = hash.page & (self.slots.len() - 1);
        debug_assert!(self.slots.len().is_power_of_two());
        // SAFETY: the number of slots is a power of two, so the index is less. The slot is that of a page whose owner is in
        // `self.owners`. For the rest see `One::view`.
        unsafe { self.slots.get_unchecked(index).view() }
    }

    pub(super) fn owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        self.owners.get(index)
    }

    pub(super) fn slot(&self, index: usize) -> Option<Tags> {
        if index < self.len() { Some(self.slots[index]) } else { None }
    }

    pub(super) fn ptr_eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slots, &other.slots)
    }

    pub(super) fn unshared_owner(&self, index: usize) -> Option<&Arc<Page<T>>> {
        self.owners.get_unshared(index)
    }

    pub(super) fn owner_mut(&mut self, index: usize) -> &mut Arc<Page<T>> {
        self.owners.make_mut(index)
    }

    pub(super) fn point(&mut self, index: usize, tags: Tags) {
        let twin = twin(index, self.len(), self.slots.len());
        let slots = Arc::make_mut(&mut self.slots);
        slots[index] = tags;
        if let Some(twin) = twin {
            slots[twin] = tags;
        }
    }

    pub(super) fn push(&mut self, page: Page<T>) {
        let index = self.len();
        if index == self.slots.len() {
            // A new round: each page is still to be split.
            self.slots = self.slots.iter().chain(&*self.slots).copied().collect();
        }
        Arc::make_mut(&mut self.slots);
        self.append(page.into());
    }

    /// Adds a page whose slot is there. The slots are not shared.
    pub(super) fn append(&mut self, page: Arc<Page<T>>) {
        let (index, tags) = (self.len(), page.tags());
        self.owners.push(page);
        Arc::get_mut(&mut self.slots).expect("slots that are not shared")[index] = tags;
    }

    pub(super) fn pop(&mut self) -> Option<Arc<Page<T>>> {
        // One page is another directory, which finds an entry otherwise.
        assert!(self.len() > 2, "two pages become one all at once");
        let last = self.len() - 1;
        let half = self.slots.len() / 2;
        if last == half {
            self.slots = self.slots[..half].into();
        } else {
            let slots = Arc::make_mut(&mut self.slots);
            slots[last] = slots[last - half];
        }
        // Its slot is another page's already, if what is above the owner must be copied now.
        self.owners.pop()
    }
}

impl<T> Clone for Many<T> {
    fn clone(&self) -> Self {
        Self { slots: Arc::clone(&self.slots), owners: self.owners.clone() }
    }
}
