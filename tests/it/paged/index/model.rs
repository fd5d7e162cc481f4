//! The same random operations on a `PagedIndexMap` and on an `IndexMap`, with clones kept on the way.

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::index_map::Entry;
use readmostly::paged::{Delta, PagedIndexMap};

/// Large, so that a page has 32 entries.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wide([u64; 30]);

fn wide(n: u64) -> Wide {
    Wide([n; 30])
}

type Ours = PagedIndexMap<u16, Wide>;
type Theirs = IndexMap<u16, Wide>;

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u64),
    ShiftRemove(u16),
    SwapRemove(u16),
    ShiftRemoveIndex(usize),
    SwapRemoveIndex(usize),
    GetMut(u16, u64),
    OrInsert(u16, u64),
    EntryRemove(u16, bool),
    Lookup(u16, usize),
    Pop,
    MoveToBack(u16),
    SwapIndices(usize, usize),
    Extend(Vec<(u16, u64)>),
    InsertRange(u16, u16),
    RemoveRange(u16, u16),
    Retain(u64, u64),
    Truncate(usize),
    Drain(usize, usize),
    Sort(bool),
    Reverse,
    Assign(u16),
    AssignReversed,
    Walk(usize),
    ValuesMut,
    Shrink,
    Snapshot,
    Clear,
}

fn ops(keys: u16) -> impl Strategy<Value = Vec<Op>> {
    let key = move || 0..keys;
    let run = move || (0..keys, 1..keys.max(2) / 2 + 1);
    let most = usize::from(keys);
    let index = move || 0..most;
    vec(
        prop_oneof![
            20 => (key(), any::<u64>()).prop_map(|(k, v)| Op::Insert(k, v)),
            15 => key().prop_map(Op::ShiftRemove),
            8 => key().prop_map(Op::SwapRemove),
            5 => index().prop_map(Op::ShiftRemoveIndex),
            5 => index().prop_map(Op::SwapRemoveIndex),
            6 => (key(), any::<u64>()).prop_map(|(k, v)| Op::GetMut(k, v)),
            6 => (key(), any::<u64>()).prop_map(|(k, v)| Op::OrInsert(k, v)),
            4 => (key(), any::<bool>()).prop_map(|(k, shift)| Op::EntryRemove(k, shift)),
            10 => (key(), index()).prop_map(|(k, i)| Op::Lookup(k, i)),
            4 => Just(Op::Pop),
            6 => key().prop_map(Op::MoveToBack),
            4 => (index(), index()).prop_map(|(a, b)| Op::SwapIndices(a, b)),
            3 => vec((key(), any::<u64>()), 0..40).prop_map(Op::Extend),
            4 => run().prop_map(|(from, len)| Op::InsertRange(from, len)),
            5 => run().prop_map(|(from, len)| Op::RemoveRange(from, len)),
            3 => (2..9_u64, 0..9_u64).prop_map(|(by, rest)| Op::Retain(by, rest)),
            2 => index().prop_map(Op::Truncate),
            3 => (index(), index()).prop_map(|(a, b)| Op::Drain(a, b)),
            1 => any::<bool>().prop_map(Op::Sort),
            1 => Just(Op::Reverse),
            1 => key().prop_map(Op::Assign),
            1 => Just(Op::AssignReversed),
            4 => index().prop_map(Op::Walk),
            2 => Just(Op::ValuesMut),
            1 => Just(Op::Shrink),
            6 => Just(Op::Snapshot),
            1 => Just(Op::Clear),
        ],
        1..60,
    )
}

#[track_caller]
fn assert_same(ours: &Ours, theirs: &Theirs) {
    assert!(ours.iter().eq(theirs));
    assert!(ours.iter().rev().eq(theirs.iter().rev()));
    assert_eq!(
        (ours.len(), ours.iter().len(), ours.is_empty()),
        (theirs.len(), theirs.len(), theirs.is_empty())
    );
    for (index, key) in theirs.keys().enumerate() {
        assert_eq!(ours.get_index_of(key), Some(index));
        assert_eq!(ours.get_index(index), theirs.get_index(index));
    }
    assert_eq!((ours.first(), ours.last()), (theirs.first(), theirs.last()));
}

#[expect(clippy::too_many_lines, reason = "a line or two for each operation")]
fn step(ours: &mut Ours, theirs: &mut Theirs, op: Op) {
    match op {
        Op::Insert(k, v) => assert_eq!(ours.insert_full(k, wide(v)), theirs.insert_full(k, wide(v))),
        Op::ShiftRemove(k) => assert_eq!(ours.shift_remove_full(&k), theirs.shift_remove_full(&k)),
        Op::SwapRemove(k) => assert_eq!(ours.swap_remove_full(&k), theirs.swap_remove_full(&k)),
        Op::ShiftRemoveIndex(at) => assert_eq!(ours.shift_remove_index(at), theirs.shift_remove_index(at)),
        Op::SwapRemoveIndex(at) => assert_eq!(ours.swap_remove_index(at), theirs.swap_remove_index(at)),
        Op::GetMut(k, v) => {
            assert_eq!(ours.get_mut(&k), theirs.get_mut(&k));
            ours.entry(k).and_modify(|there| there.0[0] = v).or_insert_with(|| wide(v));
            theirs.entry(k).and_modify(|there| there.0[0] = v).or_insert_with(|| wide(v));
        }
        Op::OrInsert(k, v) => {
            assert_eq!(ours.entry(k).index(), theirs.entry(k).index());
            assert_eq!(ours.entry(k).or_insert(wide(v)), theirs.entry(k).or_insert(wide(v)));
        }
        Op::EntryRemove(k, shift) => {
            let removed = match ours.entry(k) {
                Entry::Occupied(entry) if shift => Some(entry.shift_remove_entry()),
                Entry::Occupied(entry) => Some(entry.swap_remove_entry()),
                Entry::Vacant(entry) => {
                    assert_eq!(entry.into_key(), k);
                    None
                }
            };
            let expected = if shift { theirs.shift_remove_entry(&k) } else { theirs.swap_remove_entry(&k) };
            assert_eq!(removed, expected);
        }
        Op::Lookup(k, at) => {
            assert_eq!(ours.get_full(&k), theirs.get_full(&k));
            assert_eq!(ours.get_key_value(&k), theirs.get_key_value(&k));
            assert_eq!(ours.contains_key(&k), theirs.contains_key(&k));
            assert_eq!(ours.get_index(at), theirs.get_index(at));
            if let (Some((key, mine)), Some((of_theirs, other))) =
                (ours.get_index_mut(at), theirs.get_index_mut(at))
            {
                assert_eq!(key, of_theirs);
                (mine.0[3], other.0[3]) = (at as u64, at as u64);
            }
        }
        Op::Pop => assert_eq!(ours.pop(), theirs.pop()),
        Op::MoveToBack(k) => {
            let at = theirs.get_index_of(&k);
            if let Some(at) = at {
                theirs.move_index(at, theirs.len() - 1);
            }
            assert_eq!(ours.move_to_back(&k), at.is_some());
        }
        Op::SwapIndices(a, b) => {
            if a.max(b) < theirs.len() {
                ours.swap_indices(a, b);
                theirs.swap_indices(a, b);
            }
        }
        Op::Extend(entries) => {
            ours.extend(entries.iter().map(|&(k, v)| (k, wide(v))));
            theirs.extend(entries.iter().map(|&(k, v)| (k, wide(v))));
        }
        Op::InsertRange(from, len) => {
            for k in from..from.saturating_add(len) {
                assert_eq!(ours.insert(k, wide(1)), theirs.insert(k, wide(1)));
            }
        }
        Op::RemoveRange(from, len) => {
            for k in from..from.saturating_add(len) {
                assert_eq!(ours.shift_remove(&k), theirs.shift_remove(&k));
            }
        }
        Op::Retain(by, rest) => {
            ours.retain(|&k, _| u64::from(k) % by == rest);
            theirs.retain(|&k, _| u64::from(k) % by == rest);
        }
        Op::Truncate(len) => {
            ours.truncate(len);
            theirs.truncate(len);
        }
        Op::Drain(a, b) => {
            let (from, to) = (a.min(b).min(theirs.len()), a.max(b).min(theirs.len()));
            let (mine, other) = (ours.drain(from..to), theirs.drain(from..to));
            assert_eq!(mine.len(), other.len());
            assert!(mine.eq(other));
        }
        Op::Sort(by_keys) => {
            if by_keys {
                ours.sort_keys();
                theirs.sort_keys();
            } else {
                ours.sort_by(|_, a, _, b| a.0.cmp(&b.0));
                theirs.sort_by(|_, a, _, b| a.0.cmp(&b.0));
            }
        }
        Op::Reverse => {
            ours.reverse();
            theirs.reverse();
        }
        Op::Assign(k) => {
            let entries: Theirs =
                theirs.iter().map(|(key, value)| (key ^ u16::from(*key == k), value.clone())).collect();
            let before = ours.clone();
            let changes = ours.assign(entries.clone());
            assert_eq!(before.diff(ours).count(), changes);
            *theirs = entries;
        }
        Op::AssignReversed => {
            let entries: Theirs = theirs.iter().rev().map(|(key, value)| (*key, value.clone())).collect();
            ours.assign(entries.clone());
            *theirs = entries;
        }
        Op::Walk(n) => {
            assert_eq!(ours.iter().nth(n), theirs.iter().nth(n));
            assert_eq!(ours.iter().nth_back(n), theirs.iter().nth_back(n));
            assert_eq!(ours.iter_mut().nth(n), theirs.iter_mut().nth(n));
            assert_eq!(ours.iter_mut().nth_back(n), theirs.iter_mut().nth_back(n));
            let (mut mine, mut other) = (ours.iter_mut(), theirs.iter_mut());
            for turn in 0..2 * n {
                let (a, b) = if turn % 3 == 0 {
                    (mine.next_back(), other.next_back())
                } else {
                    (mine.next(), other.next())
                };
                assert_eq!(a, b);
                assert_eq!(mine.len(), other.len());
            }
            let (mine, other) = (ours.clone().into_iter(), theirs.clone().into_iter());
            assert!(mine.skip(n).rev().eq(other.skip(n).rev()));
            assert_eq!(ours.keys().skip(n).step_by(3).count(), theirs.keys().skip(n).step_by(3).count());
        }
        Op::ValuesMut => ours.values_mut().chain(theirs.values_mut()).for_each(|value| value.0[1] += 1),
        Op::Shrink => ours.shrink_to_fit(),
        Op::Snapshot => {}
        Op::Clear => {
            ours.clear();
            theirs.clear();
        }
    }
}

fn run(start: u16, ops: Vec<Op>) {
    let mut ours: Ours = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut theirs: Theirs = (0..start).map(|k| (k, wide(u64::from(k)))).collect();
    let mut kept = vec![(ours.clone(), theirs.clone())];
    for op in ops {
        if matches!(op, Op::Snapshot) {
            kept.push((ours.clone(), theirs.clone()));
        }
        step(&mut ours, &mut theirs, op);
        assert_eq!(ours.len(), theirs.len());
    }
    assert_same(&ours, &theirs);
    let newest = ours;
    for (ours, theirs) in kept {
        assert_same(&ours, &theirs);
        for (old, new) in [(&ours, &newest), (&newest, &ours)] {
            let delta: Delta<_, _> = old.diff(new).collect();
            let mut follower = old.clone();
            assert_eq!(follower.apply(&delta), Ok(()));
            assert!(follower.iter().eq(new));
        }
        assert!(ours.clone().into_iter().rev().eq(theirs.clone().into_iter().rev()));
        assert!(ours.into_iter().eq(theirs));
    }
}

proptest! {
    #[test]
    fn does_what_indexmap_does_with_few_keys(ops in ops(40)) {
        run(0, ops);
    }

    #[test]
    fn does_what_indexmap_does_with_many_pages(start in 0..3_000_u16, ops in ops(4_000)) {
        run(start, ops);
    }
}
