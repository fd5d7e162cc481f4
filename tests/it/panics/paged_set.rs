//! The writes of `PagedSet`.

use std::collections::{BTreeMap, HashSet};
use std::mem;

use readmostly::paged::PagedSet;

use super::{Bomb, Op, Subject, Which, is_between, sweep};
use crate::support::Call;
use crate::support::hashers::{By, Mixed};

pub(super) type Set = PagedSet<Bomb, By<Mixed>>;

impl Subject for Set {
    type Content = BTreeMap<u64, u32>;
    const LEAKS: usize = 64;

    fn content(&self) -> BTreeMap<u64, u32> {
        let content: BTreeMap<_, _> = self.iter().map(Bomb::pair).collect();
        assert_eq!((content.len(), self.iter().len()), (self.len(), self.len()));
        assert!(self.iter().step_by(1 + self.len() / 64).all(|element| self.contains(element)));
        content
    }

    fn own_half(&mut self) {
        // By putting an equal element in its place.
        let half: Vec<_> = self.iter().take(self.len() / 2).cloned().collect();
        for element in half {
            self.replace(element);
        }
    }

    fn own_all(&mut self) {
        let all: Vec<_> = self.iter().cloned().collect();
        for element in all {
            self.replace(element);
        }
    }

    fn write_again(&mut self) {
        self.extend([Bomb::new(1_000_000)]);
        assert!(self.remove(&Bomb::new(1_000_000)));
    }

    fn may_hold(
        _: Call,
        _: bool,
        actual: &Self::Content,
        before: &Self::Content,
        after: &Self::Content,
    ) -> bool {
        is_between(actual, before, after)
    }
}

pub(super) fn set(ids: impl IntoIterator<Item = u64>) -> Set {
    ids.into_iter().map(Bomb::new).collect()
}

fn other(ids: impl IntoIterator<Item = u64>) -> Set {
    ids.into_iter().map(|id| Bomb::tagged(id, 1)).collect()
}

/// What looks for one element; 7 is there, and 100,000 is not.
const SINGLE: &[Op<Set>] = &[
    ("insert, new", "CH", |set| _ = set.insert(Bomb::new(100_000))),
    ("insert, there", "HED", |set| assert!(!set.insert(Bomb::tagged(0, 1)))),
    ("replace, new", "CH", |set| drop(set.replace(Bomb::new(100_000)))),
    ("replace, there", "CHED", |set| drop(set.replace(Bomb::tagged(7, 1)))),
    ("remove", "CHED", |set| _ = set.remove(&Bomb::new(7))),
    ("take", "CHED", |set| drop(set.take(&Bomb::new(7)))),
    ("extend by a few", "CHED", |set| set.extend([6, 100_000, 8, 100_001].map(Bomb::new))),
    ("retain all but one", "CD", |set| set.retain(|element| element.id != 7)),
];

/// What goes over the whole set.
const WHOLE: &[Op<Set>] = &[
    ("extend by many", "CH", |set| set.extend((200_000..200_040).map(Bomb::new))),
    ("retain most", "CD", |set| set.retain(|element| element.id % 3 != 0)),
    ("retain few", "CHD", |set| set.retain(|element| element.id % 5 == 0)),
    ("extract_if", "CD", |set| set.extract_if(|element| element.id % 5 != 0).for_each(drop)),
    ("reserve", "CH", |set| set.reserve(10_000)),
    ("shrink_to_fit", "CH", |set| {
        set.reserve(3_000);
        set.shrink_to_fit();
    }),
    ("drain", "CD", |set| set.drain().for_each(drop)),
    ("drain, a few", "CD", |set| drop(set.drain().take(9).collect::<Vec<_>>())),
    ("into_iter", "CD", |set| drop(mem::take(set).into_iter().collect::<Vec<_>>())),
    ("clear", "D", |set| set.clear()),
    ("|", "CHED", |set| *set = &*set | &other((20..40).chain(100_000..100_020))),
    ("&", "HED", |set| *set = &*set & &other(0..20)),
    ("^", "CHED", |set| *set = &*set ^ &other((20..24).chain(100_000..100_010))),
    ("-", "CHED", |set| *set = &*set - &other(20..30)),
    ("into a HashSet", "CHD", |set| HashSet::from(mem::take(set)).into_iter().for_each(drop)),
    ("from a HashSet", "HD", |set| {
        let std: HashSet<_, By<Mixed>> = (0..30).map(Bomb::new).collect();
        *set = Set::from(std);
    }),
    ("collected anew", "CHD", |set| *set = set.clone().into_iter().collect()),
];

#[test]
fn in_a_set_of_one_page() {
    let small = set(0..28);
    assert_eq!(small.page_count(), 1);
    sweep(&small, Which::All, SINGLE);
    sweep(&small, Which::All, WHOLE);
}

#[test]
fn in_a_set_of_many_pages() {
    let mut large = set(0..1_800);
    large.retain(|element| element.id < 1_000);
    assert!(large.page_count() > 30, "{}", large.page_count());
    sweep(&large, Which::Fewer, SINGLE);
    sweep(&large, Which::Fewer, WHOLE);
}
