//! The writes of `CowOrdMap` and `CowOrdSet`. Those of the collections by themselves are in `paged/ord/drops.rs`.

use std::collections::BTreeMap;

use readmostly::paged::{Delta, PagedOrdMap, PagedOrdSet};
use readmostly::{CowOrdMap, CowOrdSet};

use super::containers::{Write, sweep, value};
use super::{Bomb, Subject, is_between};
use crate::support::{Call, alone};

type Map = PagedOrdMap<Bomb, Bomb>;
type Set = PagedOrdSet<Bomb>;

impl Subject for Map {
    type Content = BTreeMap<u64, u32>;
    const LEAKS: usize = 0;

    fn content(&self) -> BTreeMap<u64, u32> {
        assert!(self.keys().map(|key| key.id).is_sorted());
        let content: BTreeMap<_, _> = self
            .iter()
            .map(|(key, value)| {
                assert_eq!(key.pair().0, value.pair().0);
                value.pair()
            })
            .collect();
        assert_eq!((content.len(), self.iter().len()), (self.len(), self.len()));
        assert!(self.keys().all(|key| self.contains_key(key)));
        content
    }

    fn own_half(&mut self) {
        let half = self.len() / 2;
        self.iter_mut().take(half).for_each(drop);
    }

    fn own_all(&mut self) {
        self.iter_mut().for_each(drop);
    }

    fn write_again(&mut self) {
        self.insert(Bomb::new(1_000_000), Bomb::new(1_000_000));
        assert!(self.remove(&Bomb::new(1_000_000)).is_some());
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

impl Subject for Set {
    type Content = BTreeMap<u64, u32>;
    const LEAKS: usize = 0;

    fn content(&self) -> BTreeMap<u64, u32> {
        assert!(self.iter().map(|element| element.id).is_sorted());
        let content: BTreeMap<_, _> = self.iter().map(Bomb::pair).collect();
        assert_eq!((content.len(), self.iter().len()), (self.len(), self.len()));
        assert!(self.iter().all(|element| self.contains(element)));
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
        self.insert(Bomb::new(1_000_000));
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

fn entry(id: u64) -> (Bomb, Bomb) {
    (Bomb::new(id), value(id))
}

#[test]
fn in_a_write_of_an_ordered_map() {
    type Cow = CowOrdMap<Bomb, Bomb>;
    let writes: &'static [Write<Cow>] = &[
        ("insert, new", "CO", |map| drop(map.insert(Bomb::new(99), value(99)))),
        ("insert, there", "COD", |map| drop(map.insert(Bomb::new(7), value(7)))),
        // Into a full leaf, so that it is split.
        ("insert, between", "COD", |map| drop(map.insert(Bomb::new(31), value(31)))),
        ("insert_if_absent, there", "OD", |map| {
            assert!(map.insert_if_absent(Bomb::new(0), value(0)).is_some());
        }),
        ("get_or_insert_with", "COD", |map| drop(map.get_or_insert_with(Bomb::new(99), || value(99)))),
        ("get_or_insert_with, there", "COD", |map| drop(map.get_or_insert_with(Bomb::new(0), || value(0)))),
        ("get_or_try_insert_with, failed", "OD", |map| {
            drop(map.get_or_try_insert_with(Bomb::new(99), || Err(vec![value(99)])));
        }),
        ("modify", "COD", |map| _ = map.modify(&Bomb::new(8), |there| *there = value(8))),
        ("compute, new", "COD", |map| drop(map.compute(Bomb::new(99), |_| Some(value(99))))),
        ("compute, there", "COD", |map| {
            drop(map.compute(Bomb::new(8), |old| {
                // Or a result that is made already is leaked if this panics.
                drop(old);
                Some(value(8))
            }));
        }),
        ("compute, away", "COD", |map| drop(map.compute(Bomb::new(8), |_| None))),
        ("remove", "COD", |map| drop(map.remove(&Bomb::new(8)))),
        // The first of a leaf, which an inner node has a clone of.
        ("remove, first", "COD", |map| drop(map.remove(&Bomb::new(16)))),
        ("remove_if", "COD", |map| drop(map.remove_if(&Bomb::new(8), |_, _| true))),
        ("compare_replace", "CEOD", |map| {
            _ = map.compare_replace(&Bomb::new(8), &Bomb::new(8), value(8));
        }),
        ("pop_first", "CD", |map| drop(map.pop_first())),
        ("pop_last", "CD", |map| drop(map.pop_last())),
        ("extend", "COD", |map| map.extend([99, 8, 98, 8].map(entry))),
        ("extend by many", "COD", |map| map.extend((0..60).map(entry))),
        ("Extend", "COD", |mut map| Extend::extend(&mut map, [8, 99].map(entry))),
        ("append behind", "COD", |map| map.append(&(100..140).map(entry).collect())),
        ("append across", "COD", |map| map.append(&(30..70).map(entry).collect())),
        ("split_off", "COD", |map| drop(map.split_off(&Bomb::new(20)))),
        ("retain", "CD", |map| map.retain(|key, _| key.id % 5 != 0)),
        ("retain few", "CD", |map| map.retain(|key, _| key.id % 10 == 0)),
        ("assign", "CEOD", |map| _ = map.assign((10..50).map(entry))),
        ("apply", "COD", |map| {
            let before = map.snapshot();
            let mut next = before.as_ref().clone();
            drop(next.remove(&Bomb::new(8)));
            drop(next.insert(Bomb::new(99), value(99)));
            let delta: Delta<_, _> = before.diff(&next).collect();
            drop(map.apply(&delta));
        }),
        ("clear", "D", CowOrdMap::clear),
        ("update", "COD", |map| {
            map.update(|draft| {
                draft.remove(&Bomb::new(8));
                draft.values_mut().for_each(|there| there.tag = 1);
                drop(draft.split_off(&Bomb::new(20)));
            });
        }),
        ("write, rollback", "COD", |map| {
            let mut txn = map.write();
            txn.remove(&Bomb::new(8));
            txn.rollback();
        }),
        ("replace", "D", |map| drop(map.replace(Map::new()))),
    ];
    alone("panics::ordered::in_a_write_of_an_ordered_map", || {
        let base: Map = (0..40).map(|id| (Bomb::new(2 * id), Bomb::new(2 * id))).collect();
        assert!(base.page_count() > 4);
        sweep::<Map, Cow>(&base, writes);
    });
}

#[test]
fn in_a_write_of_an_ordered_set() {
    type Cow = CowOrdSet<Bomb>;
    let writes: &'static [Write<Cow>] = &[
        ("insert", "COD", |set| _ = set.insert(Bomb::new(99))),
        ("insert, there", "OD", |set| assert!(!set.insert(Bomb::tagged(0, 1)))),
        ("get_or_insert_with", "COD", |set| {
            drop(set.get_or_insert_with(&Bomb::new(99), |_| Bomb::new(99)));
        }),
        ("replace_item", "COD", |set| drop(set.replace_item(Bomb::tagged(8, 1)))),
        ("replace_item, first", "COD", |set| drop(set.replace_item(Bomb::tagged(16, 1)))),
        ("remove", "COD", |set| _ = set.remove(&Bomb::new(8))),
        ("take", "COD", |set| drop(set.take(&Bomb::new(16)))),
        ("pop_first", "CD", |set| drop(set.pop_first())),
        ("pop_last", "CD", |set| drop(set.pop_last())),
        ("extend", "COD", |set| set.extend([0, 99, 98].map(Bomb::new))),
        ("append", "COD", |set| set.append(&(30..100).map(Bomb::new).collect())),
        ("split_off", "COD", |set| drop(set.split_off(&Bomb::new(20)))),
        ("retain", "CD", |set| set.retain(|element| element.id % 5 != 0)),
        ("assign", "COD", |set| _ = set.assign((10..50).map(Bomb::new))),
        ("clear", "D", CowOrdSet::clear),
        ("update", "COD", |set| set.update(|draft| *draft = &*draft - &(0..9).map(Bomb::new).collect())),
        ("replace", "D", |set| drop(set.replace(Set::new()))),
    ];
    alone("panics::ordered::in_a_write_of_an_ordered_set", || {
        let base: Set = (0..40).map(|id| Bomb::new(2 * id)).collect();
        assert!(base.page_count() > 4);
        sweep::<Set, Cow>(&base, writes);
    });
}
