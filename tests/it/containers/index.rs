//! `CowIndexMap` and `CowIndexSet`: random operations on each and on `indexmap`'s, and what publishes.

use crate::support::versions::{panics, published, unchanged};
use indexmap::{IndexMap, IndexSet};
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::{Delta, PagedIndexMap, PagedIndexSet};
use readmostly::{CowIndexMap, CowIndexSet};
use std::thread;

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u32),
    TryInsert(u16, u32),
    ShiftRemove(u16),
    SwapRemove(u16),
    Pop,
    MoveToBack(u16),
    Compute(u16, u32),
    OrInsert(u16, u32),
    Modify(u16, u32),
    Extend(Vec<(u16, u32)>),
    Retain(u16),
    Assign(u16),
    Clear,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = || 0..200_u16;
    vec(
        prop_oneof![
            8 => (key(), any::<u32>()).prop_map(|(k, v)| Op::Insert(k, v)),
            4 => (key(), any::<u32>()).prop_map(|(k, v)| Op::TryInsert(k, v)),
            6 => key().prop_map(Op::ShiftRemove),
            4 => key().prop_map(Op::SwapRemove),
            2 => Just(Op::Pop),
            4 => key().prop_map(Op::MoveToBack),
            4 => (key(), any::<u32>()).prop_map(|(k, v)| Op::Compute(k, v)),
            3 => (key(), any::<u32>()).prop_map(|(k, v)| Op::OrInsert(k, v)),
            3 => (key(), any::<u32>()).prop_map(|(k, v)| Op::Modify(k, v)),
            2 => vec((key(), any::<u32>()), 0..40).prop_map(Op::Extend),
            1 => (2..9_u16).prop_map(Op::Retain),
            1 => key().prop_map(Op::Assign),
            1 => Just(Op::Clear),
        ],
        1..80,
    )
}

fn move_to_back<V>(model: &mut IndexMap<u16, V>, key: u16) -> bool {
    let at = model.get_index_of(&key);
    if let Some(at) = at {
        model.move_index(at, model.len() - 1);
    }
    at.is_some()
}

fn step(map: &CowIndexMap<u16, u32>, model: &mut IndexMap<u16, u32>, op: Op) {
    match op {
        Op::Insert(k, v) => assert_eq!(map.insert(k, v), model.insert(k, v)),
        Op::TryInsert(k, v) => {
            assert_eq!(map.try_insert(k, v).is_err(), model.contains_key(&k));
            model.entry(k).or_insert(v);
        }
        Op::ShiftRemove(k) => assert_eq!(map.shift_remove_entry(&k), model.shift_remove_entry(&k)),
        Op::SwapRemove(k) => assert_eq!(map.swap_remove_entry(&k), model.swap_remove_entry(&k)),
        Op::Pop => assert_eq!(map.pop(), model.pop()),
        Op::MoveToBack(k) => assert_eq!(map.move_to_back(&k), move_to_back(model, k)),
        Op::Compute(k, v) => {
            let f = |there: Option<u32>| if v % 3 == 0 { None } else { Some(there.unwrap_or(0) ^ v) };
            let computed = f(model.get(&k).copied());
            assert_eq!(map.compute(k, f), computed);
            match computed {
                Some(value) => _ = model.insert(k, value),
                None => _ = model.shift_remove(&k),
            }
        }
        Op::OrInsert(k, v) => assert_eq!(map.get_or_insert_with(k, || v), *model.entry(k).or_insert(v)),
        Op::Modify(k, v) => {
            assert_eq!(map.modify(&k, |there| *there ^= v), model.get_mut(&k).map(|there| *there ^= v));
        }
        Op::Extend(entries) => {
            map.extend(entries.clone());
            model.extend(entries);
        }
        Op::Retain(by) => {
            map.retain(|k, _| k % by != 0);
            model.retain(|k, _| k % by != 0);
        }
        Op::Assign(from) => {
            let entries = || (from..from + 100).map(|k| (k % 200, u32::from(k)));
            let before = map.snapshot();
            assert_eq!(map.assign(entries()), before.diff(&map.load()).count());
            *model = entries().collect();
        }
        Op::Clear => {
            map.clear();
            model.clear();
        }
    }
}

proptest! {
    #[test]
    fn a_map_does_what_indexmap_does(start in 0..150_u16, ops in ops()) {
        let map: CowIndexMap<u16, u32> = (0..start).map(|k| (k, 0)).collect();
        let mut model: IndexMap<u16, u32> = (0..start).map(|k| (k, 0)).collect();
        let follower = map.fork();
        let mut seen = map.snapshot();
        for op in ops {
            let (before, version) = (model.clone(), map.version());
            step(&map, &mut model, op);
            assert!(map.load().iter().eq(&model));
            // A version holds a change, and a change is a version.
            if map.version() == version {
                assert!(before.iter().eq(&model));
            }
            assert_eq!((map.first(), map.last()), (model.first().map(own), model.last().map(own)));
            assert_eq!(map.get_index(7), model.get_index(7).map(own));
            assert_eq!(map.get_index_of(&7), model.get_index_of(&7));
            let now = map.snapshot();
            assert_eq!(follower.apply(&seen.diff(&now).collect::<Delta<_, _>>()), Ok(()));
            assert!(follower.load().iter().eq(&model));
            seen = now;
        }
        assert!(map.into_iter().eq(model));
    }
}

fn own((key, value): (&u16, &u32)) -> (u16, u32) {
    (*key, *value)
}

#[test]
fn a_set_does_what_indexmap_does() {
    let set = CowIndexSet::new();
    let mut model = IndexSet::new();
    for n in (0..2_000_u64).map(|n| n * 7_919 % 501) {
        assert_eq!(set.insert(n), model.insert(n));
        match n % 6 {
            0 => assert_eq!(set.shift_remove(&(n / 2)), model.shift_remove(&(n / 2))),
            1 => assert_eq!(set.swap_take(&(n / 3)), model.swap_take(&(n / 3))),
            2 => assert_eq!(set.replace_item(n), model.replace(n)),
            3 => assert_eq!(set.shift_take(&(n / 2)), model.shift_take(&(n / 2))),
            4 => assert_eq!(set.pop(), model.pop()),
            _ => assert_eq!(set.swap_remove(&(n + 1)), model.swap_remove(&(n + 1))),
        }
        assert!(set.load().iter().eq(&model));
        assert_eq!((set.first(), set.last()), (model.first().copied(), model.last().copied()));
        assert_eq!(
            (set.get_index(3), set.get_index_of(&n)),
            (model.get_index(3).copied(), model.get_index_of(&n))
        );
    }
    let other: CowIndexSet<u64> = (100..900).rev().collect();
    let others: IndexSet<u64> = (100..900).rev().collect();
    assert!(set.union(&other).iter().eq(model.union(&others)));
    assert!(set.intersection(&other).iter().eq(model.intersection(&others)));
    assert!(set.difference(&other).iter().eq(model.difference(&others)));
    assert!(set.symmetric_difference(&other).iter().eq(model.symmetric_difference(&others)));
    let before = set.snapshot();
    assert_eq!(set.assign(others.clone()), before.diff(&set.load()).count());
    assert!(set.load().iter().eq(&others));
}

#[test]
fn what_changes_nothing_publishes_nothing() {
    let map = CowIndexMap::from([("a", 1), ("b", 2)]);
    unchanged(&map, || {
        assert_eq!((map.shift_remove("x"), map.swap_remove("x")), (None, None));
        assert!(!map.move_to_back("x") && map.move_to_back("b"));
        assert!(map.try_insert("a", 7).is_err());
        assert_eq!(map.shift_remove_if("a", |_, n| *n > 1), None);
        assert_eq!(map.swap_remove_if("a", |_, n| *n > 1), None);
        map.retain(|_, _| true);
        map.extend([]);
        assert_eq!(map.assign([("a", 1), ("b", 2)]), 0);
        assert_eq!(map.modify("x", |_| ()), None);
        assert_eq!(map.compute("x", |_| None), None);
        assert_eq!(map.apply(&Delta::new()), Ok(()));
        map.update(PagedIndexMap::sort_keys);
    });
    published(&map, || map.update(PagedIndexMap::reverse));
    assert_eq!(map.first(), Some(("b", 2)));
    // The same entries in another order are another version, though it is equal.
    assert_eq!(published(&map, || map.assign([("a", 1), ("b", 2)])), 2);
    assert_eq!(published(&map, || map.compute("a", |_| None)), None);
    let empty = CowIndexMap::<u8, u8>::new();
    unchanged(&empty, || {
        assert_eq!((empty.pop(), empty.first(), empty.last()), (None, None, None));
        empty.clear();
    });
    let set = CowIndexSet::from([1, 2]);
    unchanged(&set, || {
        assert!(!set.insert(1) && !set.shift_remove(&7) && !set.swap_remove(&7) && set.move_to_back(&2));
        assert_eq!(set.assign([1, 2]), 0);
    });
}

#[test]
fn a_panic_publishes_nothing() {
    let map: CowIndexMap<u64, u64> = (0..1_000).map(|k| (k, k)).collect();
    panics(&map, || map.retain(|key, _| if *key == 500 { panic!("on purpose") } else { false }));
    panics(&map, || {
        map.update(|draft| {
            draft.shift_remove(&7);
            panic!("on purpose")
        })
    });
    panics(&map, || map.extend((0..10).map(|key| if key == 5 { panic!("on purpose") } else { (key, 0) })));
}

#[test]
fn a_hasher_that_was_replaced_finds_what_is_assigned() {
    let map: CowIndexMap<u64, u64> = CowIndexMap::new();
    map.replace(PagedIndexMap::new());
    assert_eq!(map.assign((0..100).map(|k| (k, k))), 100);
    map.replace((0..50).map(|k| (k, k)).collect());
    assert_eq!(map.assign((0..100).map(|k| (k, k))), 50);
    assert!(
        (0..100).all(|k| map.get(&k) == Some(k) && map.get_index_of(&k) == Some(usize::try_from(k).unwrap()))
    );
    let set: CowIndexSet<u64> = CowIndexSet::new();
    set.replace(PagedIndexSet::from([9]));
    assert_eq!(set.assign([3, 9]), 3);
}

#[test]
fn threads_write_side_by_side() {
    let map = CowIndexMap::new();
    thread::scope(|scope| {
        for writer in 0..4_u64 {
            let map = &map;
            scope.spawn(move || {
                for n in 0..200 {
                    map.insert((writer, n), n);
                    if n % 2 == 1 {
                        assert_eq!(map.shift_remove(&(writer, n - 1)), Some(n - 1));
                    }
                }
            });
        }
        let mut reader = map.reader();
        while reader.load().len() < 400 || map.version() < 1_200 {
            // Each writer's entries are in the order in which it wrote them.
            let seen = reader.load();
            for writer in 0..4 {
                assert!(seen.keys().filter(|key| key.0 == writer).is_sorted());
            }
        }
    });
    assert_eq!((map.len(), map.version()), (400, 1_200));
}
