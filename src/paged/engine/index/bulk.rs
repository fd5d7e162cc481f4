//! Changes of many elements at once.

use super::Index;
use super::link::{Hash, Link, spread};
use super::slots::{Gone, IntoIter, Slots};
use crate::paged::engine::list::page::{Page, cut_pages};
use crate::paged::engine::table;
use std::mem;
use std::sync::Arc;

impl<T: Clone> Index<T> {
    /// Removes the elements in many slots, which ascend, and hands them to `gone`. If a hash or a `Clone` panics, nothing has
    /// changed, or they are in `gone` already.
    pub(in crate::paged) fn remove_many(
        &mut self,
        doomed: &[usize],
        hash_of: impl Fn(&T) -> u64,
        gone: &mut Gone<T>,
    ) {
        if doomed.is_empty() {
            return;
        }
        // A few links are found by their hashes. Beyond that it takes less to look at all of them.
        let hash = |&slot: &usize| hash_of(self.slots.get(slot).expect("a slot holds an element"));
        let hashes: Option<Vec<_>> =
            (doomed.len() < self.len() / 8).then(|| doomed.iter().map(hash).collect());
        let end = self.slots.end();
        self.slots.take_many(doomed, gone);
        if let Some(hashes) = hashes {
            for (&slot, hash) in doomed.iter().zip(hashes) {
                let position = self.link_of(slot, hash);
                self.unlink(position);
            }
        } else {
            let mut is_doomed = vec![false; end];
            for &slot in doomed {
                is_doomed[slot] = true;
            }
            self.links.retain_at(|_, link| !is_doomed[link.slot()], drop, spread);
            self.links.merge_pages_if_few_entries(spread);
        }
        self.compact_if_loose();
    }

    /// Removes the elements in many slots, which ascend, and returns them.
    pub(in crate::paged) fn drain(&mut self, doomed: &[usize], hash_of: impl Fn(&T) -> u64) -> IntoIter<T> {
        self.slots.unshare_all(doomed);
        let mut gone = Gone::new();
        self.remove_many(doomed, hash_of, &mut gone);
        Slots::from_pages(cut_pages(gone.elements)).into_iter()
    }

    /// Brings the elements into another order: first the one that was the `order[0]`th, and so on. If a `Clone` panics, nothing has
    /// changed. Returns pages that other sequences have, or had.
    pub(in crate::paged) fn rearrange(&mut self, order: &[usize]) -> Vec<Page<T>> {
        debug_assert_eq!(order.len(), self.len(), "a place for each element");
        if order.iter().copied().eq(0..self.len()) {
            return Vec::new();
        }
        let slots: Vec<_> = self.slots.entries().map(|(slot, _)| slot).collect();
        let mut renumbered = vec![0; self.slots.end()];
        order.iter().zip(0..).for_each(|(&index, new)| renumbered[slots[index]] = new);
        let (elements, shared) = self.slots.take_elements();
        let mut elements: Vec<_> = elements.into_iter().flatten().map(Some).collect();
        let ordered = order.iter().filter_map(|&index| elements[index].take());
        self.slots = Slots::from_pages(cut_pages(ordered));
        self.renumber(&renumbered);
        shared
    }

    /// Numbers the slots anew if there are more gaps than elements.
    pub(super) fn compact_if_loose(&mut self) {
        const FEW: usize = 16;
        if self.slots.gaps() > self.len().max(FEW) {
            self.compact();
        }
    }

    /// Numbers the slots anew, so that there are no gaps. If a `Clone` panics, nothing has changed.
    #[cold]
    pub(super) fn compact(&mut self) {
        if self.slots.gaps() == 0 {
            return;
        }
        let mut renumbered = vec![0; self.slots.end()];
        self.slots.entries().zip(0..).for_each(|((slot, _), new)| renumbered[slot] = new);
        let (elements, shared) = self.slots.take_elements();
        self.slots = Slots::from_pages(cut_pages(elements.into_iter().flatten()));
        self.renumber(&renumbered);
        // If the others have dropped theirs meanwhile, destructors run here.
        drop(shared);
    }

    fn renumber(&mut self, slots: &[usize]) {
        self.links.iter_mut().for_each(|link| link.set_slot(slots[link.slot()]));
    }
}

/// An index that is not shared yet. An insertion passes no `Arc` and needs no `Clone`.
pub(crate) struct Builder<T> {
    links: table::Builder<Link>,
    pages: Vec<Vec<T>>,
    len: usize,
}

impl<T> Builder<T> {
    /// The hint is an iterator's, so it may be false. What is `reserved` is what the table had room for before.
    pub(in crate::paged) fn with_hint(hint: usize, reserved: usize) -> Self {
        Self { links: table::Builder::with_hint(hint, reserved), pages: Vec::new(), len: 0 }
    }

    /// Adds an element, or calls `merge` with the equal one that is there and the new one. An element that is not added stays with
    /// the caller, also if `eq` panics.
    pub(in crate::paged) fn insert(
        &mut self,
        hash: u64,
        element: &mut Option<T>,
        eq: impl Fn(&T, &T) -> bool,
        merge: impl FnOnce(&mut T, &mut T),
    ) {
        let Some(new) = element else { return };
        assert!(self.len < Link::SLOTS, "capacity overflow");
        let link = Link::new(hash, self.len);
        let (pages, mut place) = (&self.pages, None);
        let is_equal = |new_link: &Link, link: &Link| {
            let there = &pages[link.slot() / Slots::<T>::PAGE][link.slot() % Slots::<T>::PAGE];
            link.hash == new_link.hash && eq(new, there)
        };
        let found = |there: &mut Link, _: &mut Link| place = Some(there.slot());
        self.links.insert(Hash::of(hash).spread(), &mut Some(link), is_equal, spread, found);
        if let Some(slot) = place {
            return merge(&mut self.pages[slot / Slots::<T>::PAGE][slot % Slots::<T>::PAGE], new);
        }
        if self.len % Slots::<T>::PAGE == 0 {
            // The first page may stay small. What follows will be full.
            self.pages.push(if self.len == 0 { Vec::new() } else { Vec::with_capacity(Slots::<T>::PAGE) });
        }
        if let Some(page) = self.pages.last_mut() {
            page.extend(element.take());
        }
        self.len += 1;
    }

    /// Makes the index of the elements that were added.
    pub(in crate::paged) fn finish(&mut self) -> Index<T> {
        let links = self.links.finish(spread);
        self.len = 0;
        let mut pages = mem::take(&mut self.pages);
        if let Some(last) = pages.last_mut() {
            last.shrink_to_fit();
        }
        // Their headers are allocated last. So they are likely to lie side by side.
        Index { links, slots: Slots::from_pages(pages.into_iter().map(Arc::new).collect()) }
    }
}
