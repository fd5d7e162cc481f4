//! The same random operations on a `PagedOrdMap` and on a `BTreeMap`, with clones kept on the way.

use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::PagedOrdMap;
use readmostly::paged::ord_map::Entry;
use std::collections::BTreeMap;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

/// Large, so that a leaf has 16 entries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wide([u64; 30]);

fn wide(n: u64) -> Wide {
    Wide([n; 30])
}

type Ours = PagedOrdMap<u16, Wide>;
type Std = BTreeMap<u16, Wide>;

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u64),
    Remove(u16),
    GetMut(u16, u64),
    OrInsert(u16, u64),
    EntryRemove(u16),
    Lookup(u16),
    Range(Bound<u16>, Bound<u16>),
    RangeMut(u16, u16),
    Ends,
    Pop(bool),
    EndEntry(bool, u64),
    Extend(Vec<(u16, u64)>),
    InsertRange(u16, u16),
    RemoveRange(u16, u16),
    Retain(u64, u64),
    SplitOff(u16, bool),
    Append(Vec<(u16, u64)>),
    AppendRange(u16, u16),
    Assign(u16),
    Snapshot,
    ValuesMut,
    Clear,
}

fn bound(keys: u16) -> impl Strategy<Value = Bound<u16>> {
    prop_oneof![(0..keys).prop_map(Included), (0..keys).prop_map(Excluded), Just(Unbounded)]
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
            8 => (bound(keys), bound(keys)).prop_map(|(a, b)| Op::Range(a, b)),
            4 => run().prop_map(|(from, len)| Op::RangeMut(from, len)),
            4 => Just(Op::Ends),
            4 => any::<bool>().prop_map(Op::Pop),
            3 => (any::<bool>(), any::<u64>()).prop_map(|(first, v)| Op::EndEntry(first, v)),
            3 => vec((key(), any::<u64>()), 0..40).prop_map(Op::Extend),
            3 => run().prop_map(|(from, len)| Op::InsertRange(from, len)),
            3 => run().prop_map(|(from, len)| Op::RemoveRange(from, len)),
            2 => (2..9_u64, 0..9_u64).prop_map(|(by, rest)| Op::Retain(by, rest)),
            3 => (key(), any::<bool>()).prop_map(|(k, keep)| Op::SplitOff(k, keep)),
            2 => vec((key(), any::<u64>()), 0..40).prop_map(Op::Append),
            2 => run().prop_map(|(from, len)| Op::AppendRange(from, len)),
            1 => key().prop_map(Op::Assign),
            6 => Just(Op::Snapshot),
            1 => Just(Op::ValuesMut),
            1 => Just(Op::Clear),
        ],
        1..60,
    )
}

#[track_caller]
fn assert_same(ours: &Ours, std: &Std) {
    assert!(ours.iter().eq(std));
    assert!(ours.iter().rev().eq(std.iter().rev()));
    assert_eq!((ours.len(), ours.iter().len(), ours.is_empty()), (std.len(), std.len(), std.is_empty()));
}

/// Whether std panics for a range.
fn is_refused(a: Bound<u16>, b: Bound<u16>) -> bool {
    match (a, b) {
        (Excluded(a), Excluded(b)) => a >= b,
        (Included(a) | Excluded(a), Included(b) | Excluded(b)) => a > b,
        _ => false,
    }
}

#[expect(clippy::too_many_lines, reason = "a line or two for each operation")]
fn step(ours: &mut Ours, std: &mut Std, op: Op) {
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
            assert_eq!(ours.get_lt(&k), std.range(..k).next_back());
            assert_eq!(ours.get_le(&k), std.range(..=k).next_back());
            assert_eq!(ours.get_ge(&k), std.range(k..).next());
            assert_eq!(ours.get_gt(&k), std.range((Excluded(k), Unbounded)).next());
            assert_eq!(ours.rank(&k), std.range(..k).count());
            assert_eq!(ours.get_index(ours.rank(&k)), ours.get_ge(&k));
        }
        Op::Range(a, b) => {
            if !is_refused(a, b) {
                let (mine, theirs) = (ours.range((a, b)), std.range((a, b)));
                assert!(mine.clone().eq(theirs.clone()) && mine.clone().rev().eq(theirs.clone().rev()));
                assert_eq!(mine.clone().nth(7), theirs.clone().nth(7));
                assert_eq!(
                    (mine.clone().min(), mine.last()),
                    (theirs.clone().next(), theirs.clone().next_back())
                );
            }
        }
        Op::RangeMut(from, len) => {
            let to = from.saturating_add(len);
            for (at, (mine, theirs)) in ours.range_mut(from..to).zip(std.range_mut(from..to)).enumerate() {
                assert_eq!(mine, theirs);
                mine.1.0[2] = at as u64;
                theirs.1.0[2] = at as u64;
            }
            assert_eq!(ours.range_mut(from..to).rev().count(), std.range(from..to).count());
        }
        Op::Ends => {
            assert_eq!(ours.first_key_value(), std.first_key_value());
            assert_eq!(ours.last_key_value(), std.last_key_value());
            assert_eq!((ours.keys().min(), ours.keys().max()), (std.keys().next(), std.keys().next_back()));
        }
        Op::Pop(true) => assert_eq!(ours.pop_first(), std.pop_first()),
        Op::Pop(false) => assert_eq!(ours.pop_last(), std.pop_last()),
        Op::EndEntry(first, v) => {
            let mine = if first { ours.first_entry() } else { ours.last_entry() };
            let theirs = if first { std.first_entry() } else { std.last_entry() };
            assert_eq!(
                mine.map(|mut entry| entry.insert(wide(v))),
                theirs.map(|mut entry| entry.insert(wide(v)))
            );
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
        Op::SplitOff(k, keep) => {
            let (mut behind, mut std_behind) = (ours.split_off(&k), std.split_off(&k));
            assert_same(&behind, &std_behind);
            if keep {
                ours.append(&mut behind);
                std.append(&mut std_behind);
                assert!(behind.is_empty());
            }
        }
        Op::Append(entries) => {
            ours.append(&mut entries.iter().map(|&(k, v)| (k, wide(v))).collect());
            std.append(&mut entries.iter().map(|&(k, v)| (k, wide(v))).collect());
        }
        Op::AppendRange(from, len) => {
            let entries = || (from..from.saturating_add(len)).map(|k| (k, wide(3)));
            ours.append(&mut entries().collect());
            std.append(&mut entries().collect());
        }
        Op::Assign(k) => {
            let entries: Std =
                std.iter().map(|(key, value)| (key ^ u16::from(*key == k), value.clone())).collect();
            let before = ours.clone();
            let changes = ours.assign(entries.clone());
            assert_eq!(before.diff(ours).count(), changes);
            *std = entries;
        }
        Op::Snapshot => {}
        Op::ValuesMut => {
            ours.values_mut().chain(std.values_mut()).for_each(|value| value.0[1] += 1);
        }
        Op::Clear => {
            ours.clear();
            std.clear();
        }
    }
}

fn run(start: u16, ops: Vec<Op>) {
    let mut ours: Ours = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut std: Std = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut kept = vec![(ours.clone(), std.clone())];
    for op in ops {
        if matches!(op, Op::Snapshot) {
            kept.push((ours.clone(), std.clone()));
        }
        step(&mut ours, &mut std, op);
        assert_eq!(ours.len(), std.len());
    }
    assert_same(&ours, &std);
    for (ours, std) in kept {
        assert_same(&ours, &std);
        assert!(ours.clone().into_iter().rev().eq(std.clone().into_iter().rev()));
        assert_eq!(ours.into_iter().collect::<Std>(), std);
    }
}

proptest! {
    #[test]
    fn does_what_std_does_with_few_keys(ops in ops(40)) {
        run(0, ops);
    }

    #[test]
    fn does_what_std_does_with_many_pages(start in 0..3_000_u16, ops in ops(4_000)) {
        run(start, ops);
    }
}
