//! The same random operations on a `PagedMap` and on a `HashMap`, with clones kept on the way.

use crate::support::hashers::{By, Few, Identity};
use proptest::{collection::vec, prelude::*, sample::select};
use readmostly::paged::{PagedMap, hash_map::Entry};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    mem,
};

/// Large, so that pages are small and a few hundred entries are many pages.
#[derive(Clone, Debug, PartialEq)]
struct Wide([u64; 30]);

fn wide(n: u64) -> Wide {
    Wide([n; 30])
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u64),
    Remove(u16),
    GetMut(u16, u64),
    OrInsert(u16, u64),
    EntryRemove(u16),
    Lookup(u16),
    Extend(Vec<(u16, u64)>),
    InsertRange(u16, u16),
    RemoveRange(u16, u16),
    Retain(u64, u64),
    Snapshot,
    ValuesMut,
    Reserve(usize),
    ShrinkToFit,
    Drain,
    Clear,
}

fn ops(keys: u16) -> impl Strategy<Value = Vec<Op>> {
    let key = move || 0..keys;
    let run = move || (0..keys, 1..keys.max(2) / 2 + 1);
    vec(
        prop_oneof![
            20 => (key(), any::<u64>()).prop_map(|(k, v)| Op::Insert(k, v)),
            20 => key().prop_map(Op::Remove),
            6 => (key(), any::<u64>()).prop_map(|(k, v)| Op::GetMut(k, v)),
            6 => (key(), any::<u64>()).prop_map(|(k, v)| Op::OrInsert(k, v)),
            4 => key().prop_map(Op::EntryRemove),
            10 => key().prop_map(Op::Lookup),
            3 => vec((key(), any::<u64>()), 0..40).prop_map(Op::Extend),
            3 => run().prop_map(|(from, len)| Op::InsertRange(from, len)),
            3 => run().prop_map(|(from, len)| Op::RemoveRange(from, len)),
            1 => (2..9_u64, 0..9_u64).prop_map(|(by, rest)| Op::Retain(by, rest)),
            6 => Just(Op::Snapshot),
            1 => Just(Op::ValuesMut),
            1 => (0..4_000_usize).prop_map(Op::Reserve),
            1 => Just(Op::ShrinkToFit),
            1 => select(vec![Op::Drain, Op::Clear]),
        ],
        1..60,
    )
}

#[track_caller]
fn assert_same<S: BuildHasher>(ours: &PagedMap<u16, Wide, S>, std: &HashMap<u16, Wide>) {
    assert_eq!(ours.len(), std.len());
    assert_eq!(ours.iter().len(), std.len());
    assert_eq!(ours.iter().count(), std.len());
    assert!(std.iter().all(|(key, value)| ours.get(key) == Some(value)));
    assert!(ours.iter().all(|(key, value)| std.get(key) == Some(value)));
    assert!(ours.capacity() >= ours.len());
}

fn run<S: BuildHasher + Default + Clone>(start: u16, ops: Vec<Op>) {
    let mut ours: PagedMap<u16, Wide, S> = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut std: HashMap<u16, Wide> = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut kept = vec![(ours.clone(), std.clone())];
    for op in ops {
        match op {
            Op::Insert(k, v) => assert_eq!(ours.insert(k, wide(v)), std.insert(k, wide(v))),
            Op::Remove(k) => assert_eq!(ours.remove(&k), std.remove(&k)),
            Op::GetMut(k, v) => {
                assert_eq!(ours.get_mut(&k), std.get_mut(&k));
                ours.entry(k).and_modify(|there| there.0[0] = v).or_insert_with(|| wide(v));
                std.entry(k).and_modify(|there| there.0[0] = v).or_insert_with(|| wide(v));
            }
            Op::OrInsert(k, v) => {
                assert_eq!(ours.entry(k).or_insert(wide(v)), std.entry(k).or_insert(wide(v)));
            }
            Op::EntryRemove(k) => {
                let removed = match ours.entry(k) {
                    Entry::Occupied(entry) => Some(entry.remove_entry()),
                    Entry::Vacant(entry) => {
                        assert_eq!(entry.into_key(), k);
                        None
                    }
                };
                assert_eq!(removed, std.remove_entry(&k));
            }
            Op::Lookup(k) => {
                assert_eq!(ours.get_key_value(&k), std.get_key_value(&k));
                assert_eq!(ours.contains_key(&k), std.contains_key(&k));
            }
            Op::Extend(entries) => {
                ours.extend(entries.iter().map(|&(k, v)| (k, wide(v))));
                std.extend(entries.iter().map(|&(k, v)| (k, wide(v))));
            }
            Op::InsertRange(from, len) => {
                for k in from..from.saturating_add(len) {
                    assert_eq!(ours.insert(k, wide(1)), std.insert(k, wide(1)));
                }
            }
            Op::RemoveRange(from, len) => {
                for k in from..from.saturating_add(len) {
                    assert_eq!(ours.remove(&k), std.remove(&k));
                }
            }
            Op::Retain(by, rest) => {
                ours.retain(|&k, _| u64::from(k) % by == rest);
                std.retain(|&k, _| u64::from(k) % by == rest);
            }
            Op::Snapshot => kept.push((ours.clone(), std.clone())),
            Op::ValuesMut => {
                ours.values_mut().chain(std.values_mut()).for_each(|value| value.0[1] += 1);
            }
            Op::Reserve(n) => {
                ours.reserve(n);
                assert!(ours.capacity() >= ours.len() + n);
            }
            Op::ShrinkToFit => ours.shrink_to_fit(),
            Op::Drain => assert_eq!(ours.drain().collect::<HashMap<_, _>>(), mem::take(&mut std)),
            Op::Clear => {
                ours.clear();
                std.clear();
            }
        }
        assert_eq!(ours.len(), std.len());
    }
    assert_same(&ours, &std);
    for (ours, std) in kept {
        assert_same(&ours, &std);
        assert_eq!(ours.into_iter().collect::<HashMap<_, _>>(), std);
    }
}

proptest! {
    #[test]
    fn does_what_std_does_with_few_keys(ops in ops(40)) {
        run::<RandomState>(0, ops);
    }

    #[test]
    fn does_what_std_does_with_many_pages(start in 0..3_000_u16, ops in ops(4_000)) {
        run::<RandomState>(start, ops);
    }

    #[test]
    fn does_what_std_does_with_a_hasher_that_returns_the_key(start in 0..3_000_u16, ops in ops(4_000)) {
        run::<By<Identity>>(start, ops);
    }

    #[test]
    fn does_what_std_does_with_few_hashes(start in 0..300_u16, ops in ops(400)) {
        run::<By<Few>>(start, ops);
    }
}

proptest! {
    // Each takes as long as several of those above.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.div_ceil(8)))]

    // From 8,192 entries on the pages are in sections.
    #[test]
    fn does_what_std_does_where_sections_come_and_go(start in 7_900..8_500_u16, ops in ops(9_000)) {
        run::<RandomState>(start, ops);
    }
}
