//! Changes of many slots at once, and of all pages.

use super::{GROUP, Gone, Pages, Slots, Slotted};
use crate::paged::engine::list::page::Page;
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::sync::Arc;

impl<T: Clone> Slots<T> {
    /// Takes the elements out of many slots, which ascend. If a `Clone` panics, nothing has changed.
    ///
    /// What is removed from a shared page stays there, and is not cloned. That page is returned.
    pub(in crate::paged::engine::index) fn take_many(&mut self, doomed: &[usize], gone: &mut Gone<T>) {
        let runs = || doomed.chunk_by(|a, b| a >> Self::SHIFT == b >> Self::SHIFT);
        let mut copies = Vec::new();
        for run in runs() {
            let number = run[0] >> Self::SHIFT;
            let place = self.place_mut(number);
            copies.push(place.is_shared().then(|| {
                let mut is_kept = not_in(run);
                let kept = place.entries(number << Self::SHIFT).filter(|(slot, _)| is_kept(slot));
                kept.map(|(_, element)| element.clone()).collect::<Vec<_>>()
            }));
        }
        // From here on nothing of the user's runs.
        for (run, copy) in runs().zip(copies) {
            let base = run[0] & !Self::MASK;
            let place = self.place_mut(base >> Self::SHIFT);
            let before = place.len();
            let slots: Vec<_> = place.entries(base).map(|(slot, _)| slot).collect();
            let is_kept: Vec<_> = slots.iter().map(not_in(run)).collect();
            let kept = slots.iter().zip(&is_kept).filter(|(_, is_kept)| **is_kept);
            let offsets: Vec<_> = kept.map(|(slot, _)| slot & Self::MASK).collect();
            let kept = copy.unwrap_or_else(|| {
                let mut kept = Vec::with_capacity(offsets.len());
                for (element, is_kept) in mem::take(place.elements_mut()).into_iter().zip(is_kept) {
                    if is_kept { &mut kept } else { &mut gone.elements }.push(element);
                }
                kept
            });
            gone.pages.extend(place.keep(kept, &offsets, Self::PAGE));
            let lost = before - place.len();
            if let Pages::Many(_) = self.pages {
                if let (_, Some(len)) = self.unshared(base >> Self::SHIFT) {
                    *len -= lost;
                }
            }
            self.len -= u32::try_from(lost).expect("there are fewer slots");
        }
        self.trim();
    }

    /// Makes the pages of a range of slots unshared.
    pub(in crate::paged::engine::index) fn unshare_all(&mut self, slots: &[usize]) {
        for run in slots.chunk_by(|a, b| a >> Self::SHIFT == b >> Self::SHIFT) {
            self.unshare(run[0]);
        }
    }

    /// Takes all elements, page by page. If a `Clone` panics, nothing has changed. Returns the pages of which they are clones as well.
    pub(in crate::paged::engine::index) fn take_elements(&mut self) -> (Vec<Vec<T>>, Vec<Page<T>>) {
        let copy = |(page, is_shared): (&Page<T>, bool)| is_shared.then(|| page.to_vec());
        let copies: Vec<_> = self.pages_and_sharing().map(copy).collect();
        // From here on nothing of the user's runs.
        let (mut elements, mut shared) = (Vec::with_capacity(copies.len()), Vec::new());
        for (page, copy) in mem::replace(self, Self::new()).into_pages().into_iter().zip(copies) {
            match copy {
                Some(copy) => {
                    elements.push(copy);
                    shared.push(page);
                }
                // It is not shared, so nothing is cloned.
                None => elements.push(Arc::unwrap_or_clone(page)),
            }
        }
        (elements, shared)
    }
}

/// Says of slots, which ascend, whether they are not in `slots`.
fn not_in(slots: &[usize]) -> impl FnMut(&usize) -> bool {
    let mut next = slots.iter().peekable();
    move |slot| next.next_if_eq(&slot).is_none()
}

impl<T> Slots<T> {
    /// The pages, and whether a write to each would copy it.
    fn pages_and_sharing(&self) -> impl Iterator<Item = (&Page<T>, bool)> {
        let is_root_shared = match &self.pages {
            Pages::One(_) => false,
            Pages::Many(groups) => is_shared(groups),
        };
        (0..self.places()).filter_map(move |number| {
            let is_group_shared = match &self.pages {
                Pages::One(_) => false,
                Pages::Many(groups) => is_shared(&groups[number / GROUP]),
            };
            let slots = self.page(number)?;
            Some((slots.page()?, is_root_shared || is_group_shared || slots.is_shared()))
        })
    }

    /// The pages by value. What is shared stays with the others as well.
    pub(in crate::paged::engine::index) fn into_pages(mut self) -> Vec<Page<T>> {
        let count = self.places();
        let groups = match &mut self.pages {
            Pages::One(only) => return only.take_page().into_iter().collect(),
            Pages::Many(groups) => groups,
        };
        let mut pages = Vec::with_capacity(count);
        if let Some(groups) = Arc::get_mut(groups) {
            for group in groups {
                match Arc::get_mut(group) {
                    Some(group) => pages.extend(group.pages.iter_mut().filter_map(Slotted::take_page)),
                    None => pages.extend(group.pages.iter().filter_map(Slotted::page).cloned()),
                }
            }
        } else {
            pages.extend(groups.iter().flat_map(|group| &group.pages).filter_map(Slotted::page).cloned());
        }
        pages
    }

    pub(in crate::paged::engine::index) fn shrink_pages(&mut self) {
        match &mut self.pages {
            Pages::One(only) => only.shrink(),
            Pages::Many(groups) => {
                let groups = Arc::get_mut(groups).into_iter().flatten().filter_map(Arc::get_mut);
                groups.flat_map(|group| &mut group.pages).for_each(Slotted::shrink);
            }
        }
    }
}
