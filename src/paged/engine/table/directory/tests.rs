use super::many::Many;
use super::{Directory, One, SECTION};
use crate::paged::engine::table::page::Page;
use crate::paged::engine::table::place::Mixed;
use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

impl<T> Directory<T> {
    /// Asserts the rule of this file, by addresses.
    pub(in crate::paged::engine::table) fn check(&self) {
        match self {
            Self::One(One { slot, owner }) => assert_eq!(*slot, owner.tags()),
            Self::Many(Many { slots, owners }) => {
                let (len, half) = (owners.len(), slots.len() / 2);
                assert_eq!(slots.len(), len.next_power_of_two());
                let owner_of = |slot| if slot < len { slot } else { slot - half };
                let tags = (0..slots.len()).map(|slot| owners.get(owner_of(slot)).unwrap().tags());
                assert!(tags.eq(slots.iter().copied()));
            }
            Self::Sections(sections) => sections.check(),
        }
    }
}

fn page<T>(entry: T) -> Page<T> {
    let mut page = Page::with_capacity(2);
    page.put(0, entry);
    page
}

/// The entry of a page, all of which have one at most, with the hash 0.
fn seen<T>(pages: &Directory<T>, page: usize) -> Option<&T> {
    let hash = Mixed { page, rest: 0 };
    match pages {
        Directory::One(one) => one.view().find(0, |_| true),
        Directory::Many(many) => many.view_of(hash).find(0, |_| true),
        Directory::Sections(sections) => sections.view_of(hash).find(0, |_| true),
    }
}

fn shows<T: PartialEq + Clone>(pages: &Directory<T>) -> Vec<T> {
    pages.check();
    let by_walk: Vec<T> = pages.pages(0..pages.len()).flatten().cloned().collect();
    let by_index = (0..pages.len()).filter_map(|index| pages.get(index)).flatten().cloned();
    assert!(by_index.eq(by_walk.iter().cloned()));
    // As a lookup reads it, by an address.
    let by_slot = (0..pages.len()).filter_map(|index| seen(pages, index)).cloned();
    assert!(by_slot.eq(by_walk.iter().cloned()));
    by_walk
}

/// Clones well so many times, and then panics once.
struct Fragile {
    number: usize,
    left: Arc<AtomicUsize>,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            resume_unwind(Box::new("a clone panics"));
        }
        Self { number: self.number, left: Arc::clone(&self.left) }
    }
}

/// A generator that a test begins with the same number each time.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn each_slot_shows_the_page_of_its_owner_after_each_step() {
    for count in [2, 4, 16, SECTION, 2 * SECTION, 4 * SECTION] {
        let mut pages: Directory<usize> = (0..count).map(page).collect::<Vec<_>>().into();
        let mut model: Vec<_> = (0..count).collect();
        let mut kept = VecDeque::new();
        let mut state = 1;
        for step in 0..if count > 100 { 300 } else { 1_000 } {
            let index = random(&mut state) % model.len();
            match random(&mut state) % 8 {
                0 => {
                    pages.push(page(step));
                    model.push(step);
                }
                1 if model.len() > 2 => {
                    assert!(pages.pop().is_some());
                    model.pop();
                }
                2 => {
                    let before = pages.replace(index, page(step));
                    assert_eq!(before.iter().next(), Some(&mem::replace(&mut model[index], step)));
                }
                3 => {
                    // A walk that ends half-way.
                    let mut walk = pages.pages_mut();
                    for element in &mut model[..index] {
                        walk.next().unwrap().for_each(|entry| *entry += 1);
                        *element += 1;
                    }
                    assert!(walk.pages().flatten().eq(&model[index..]));
                }
                4 => kept.push_back((pages.clone(), model.clone())),
                5 => drop(kept.pop_front()),
                6 => {
                    if !pages.is_shared(index) {
                        assert!(pages.take(index).into_iter().eq([model[index]]));
                        pages.check();
                        drop(pages.replace(index, page(step)));
                        model[index] = step;
                    }
                }
                _ => {
                    pages.page_mut(index).into_iter().for_each(|entry| *entry = step);
                    model[index] = step;
                    // It is copied once.
                    let at = pages.slot(index);
                    assert!(!pages.is_shared(index) && Some(pages.page_mut(index).tags()) == at);
                    assert!(pages.clone().is_shared(index));
                }
            }
            assert_eq!(shows(&pages), model);
        }
        for (kept, model) in &kept {
            assert_eq!(shows(kept), *model);
        }
    }
}

#[test]
fn one_page_is_a_directory_too() {
    let mut pages: Directory<usize> = vec![page(7)].into();
    let kept = pages.clone();
    assert!(pages.is_shared(0) && pages.ptr_eq(&kept));
    assert_eq!((pages.len(), pages.not_in(&kept, 0)), (1, None));
    assert!(pages.get(1).is_none());
    pages.page_mut(0).into_iter().for_each(|entry| *entry = 8);
    assert!(!pages.is_shared(0) && !pages.ptr_eq(&kept));
    assert_eq!((pages.not_in(&kept, 0), pages.not_in(&kept, 1)), (Some(0), None));
    assert_eq!((shows(&pages), shows(&kept)), (vec![8], vec![7]));
    assert!(pages.take(0).into_iter().eq([8]));
    assert_eq!(shows(&pages), []);
    drop(pages.replace(0, page(9)));
    assert_eq!(shows(&pages), [9]);
    // Of many, the first that is not shared is found from each place on.
    let mut larger: Directory<usize> = (0..2 * SECTION).map(page).collect::<Vec<_>>().into();
    let before = larger.clone();
    for index in [SECTION - 1, SECTION, 2 * SECTION - 1] {
        larger = before.clone();
        drop(larger.replace(index, page(0)));
        for from in 0..2 * SECTION {
            assert_eq!(larger.not_in(&before, from), (from <= index).then_some(index), "{index} from {from}");
        }
    }
    assert_eq!(before.not_in(&larger, 0), Some(2 * SECTION - 1));
}

#[test]
fn sections_come_and_go_page_by_page() {
    let most = 4 * SECTION + 3;
    let mut pages: Directory<usize> = [page(0), page(1)].into_iter().collect::<Vec<_>>().into();
    let mut kept = Vec::new();
    for len in (2..most).chain((2..most).rev()) {
        if len % 97 == 0 {
            kept.push((pages.clone(), pages.len()));
        }
        if pages.len() <= len {
            pages.push(page(pages.len()));
        } else {
            assert!(pages.pop().unwrap().iter().eq([&len]));
        }
        pages.check();
        if len % 13 == 0 {
            // The page that is split next, one that has been split, and one that was split off.
            let half = pages.len().next_power_of_two() / 2;
            for index in [pages.len() - half, 0, pages.len() - 1] {
                let index = index.min(pages.len() - 1);
                pages.page_mut(index).into_iter().for_each(|entry| *entry += 1);
                pages.page_mut(index).into_iter().for_each(|entry| *entry -= 1);
                pages.check();
            }
        }
    }
    for (kept, len) in kept {
        kept.check();
        assert_eq!(kept.len(), len);
        assert!(kept.pages(0..len).flatten().copied().eq(0..len));
    }
}

#[test]
fn a_clone_that_panics_changes_nothing() {
    let left = Arc::new(AtomicUsize::new(usize::MAX));
    let fragile = |number| Fragile { number, left: Arc::clone(&left) };
    let mut pages: Directory<Fragile> =
        (0..64).map(|number| page(fragile(number))).collect::<Vec<_>>().into();
    let kept = pages.clone();
    let numbers = |pages: &Directory<Fragile>| -> Vec<_> {
        pages.check();
        pages.pages(0..pages.len()).flatten().map(|entry| entry.number).collect()
    };
    for index in 0..64 {
        left.store(0, Ordering::Relaxed);
        let copied = catch_unwind(AssertUnwindSafe(|| pages.page_mut(index).len()));
        assert!(copied.is_err());
        left.store(index, Ordering::Relaxed);
        let walked = catch_unwind(AssertUnwindSafe(|| {
            let mut walk = pages.pages_mut();
            while let Some(page) = walk.next() {
                page.for_each(|entry| entry.number += 1);
            }
        }));
        assert!(walked.is_err());
        let changed = |number| number + usize::from(number < index);
        assert!(numbers(&pages).into_iter().eq((0..64).map(changed)));
        pages = kept.clone();
    }
    assert!(numbers(&kept).into_iter().eq(0..64));
}
