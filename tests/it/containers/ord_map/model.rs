//! Random operations on a `CowOrdMap` and on a `BTreeMap`.

use crate::support::versions::Kept;
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::PagedOrdMap;
use readmostly::{CowOrdMap, Snapshot};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Model = BTreeMap<u16, u16>;

/// A change inside a draft.
#[derive(Clone, Debug)]
enum Edit {
    Insert(u16, u16),
    OrInsert(u16, u16),
    GetMut(u16, u16),
    Remove(u16),
    Extend(Vec<(u16, u16)>),
    Retain(u16),
    RangeMut(u16, u16),
    PopFirst,
    SplitOff(u16),
    ValuesMut,
    Clear,
}

#[derive(Clone, Debug)]
enum Op {
    Get(u16),
    Near(u16),
    Range(u16, u16),
    Insert(u16, u16),
    InsertIfAbsent(u16, u16),
    GetOrInsertWith(u16, u16),
    Modify(u16, u16),
    ModifyOrInsert(u16, u16),
    Compute(u16, Option<u16>),
    Remove(u16),
    RemoveIf(u16, u16),
    CompareReplace(u16, u16, u16),
    PopFirst,
    PopLast,
    Extend(Vec<(u16, u16)>),
    Append(u16, Vec<(u16, u16)>),
    SplitOff(u16),
    Assign(Vec<Edit>),
    Retain(u16),
    Clear,
    Update(Vec<Edit>),
    TryUpdate(Vec<Edit>, bool),
    Txn(Vec<Edit>, bool),
    Panic(Vec<Edit>),
    Fork(Vec<Edit>, bool),
    Replace(Vec<(u16, u16)>),
    ReplaceIfCurrent(Vec<Edit>, bool),
}

fn keeps(part: u16) -> impl Fn(&u16, &u16) -> bool {
    move |key, value| key % 5 != part % 7 || value % 3 == 0
}

/// Does the same to both, and returns whether that should count as a change.
fn edit(draft: &mut PagedOrdMap<u16, u16>, model: &mut Model, edit: &Edit) -> bool {
    let len = model.len();
    match edit {
        Edit::Insert(key, value) => {
            assert_eq!(draft.insert(*key, *value), model.insert(*key, *value));
            return true;
        }
        Edit::OrInsert(key, value) => {
            // A reference to write through is a write.
            *draft.entry(*key).or_insert(0) += value;
            *model.entry(*key).or_insert(0) += value;
            return true;
        }
        Edit::GetMut(key, value) => {
            let (ours, theirs) = (draft.get_mut(key), model.get_mut(key));
            assert_eq!(ours, theirs);
            let there = theirs.is_some();
            ours.into_iter().chain(theirs).for_each(|there| *there = *value);
            return there;
        }
        Edit::Remove(key) => assert_eq!(draft.remove(key), model.remove(key)),
        Edit::Extend(entries) => {
            draft.extend(entries.iter().copied());
            model.extend(entries.iter().copied());
            return !entries.is_empty();
        }
        Edit::Retain(part) => {
            draft.retain(keeps(*part));
            model.retain(|key, value| keeps(*part)(key, value));
        }
        Edit::RangeMut(from, many) => {
            let range = *from..from.saturating_add(*many);
            draft.range_mut(range.clone()).for_each(|(_, value)| *value = value.wrapping_add(1));
            let there = model.range_mut(range).map(|(_, value)| *value = value.wrapping_add(1));
            return there.count() > 0;
        }
        Edit::PopFirst => assert_eq!(draft.pop_first(), model.pop_first()),
        Edit::SplitOff(key) => assert!(same(&draft.split_off(key), &model.split_off(key))),
        Edit::ValuesMut => {
            draft.values_mut().for_each(|value| *value = value.wrapping_add(1));
            for value in model.values_mut() {
                *value = value.wrapping_add(1);
            }
            return len > 0;
        }
        Edit::Clear => {
            draft.clear();
            model.clear();
        }
    }
    model.len() != len
}

fn edit_all(draft: &mut PagedOrdMap<u16, u16>, model: &mut Model, edits: &[Edit]) -> bool {
    let was_empty = model.is_empty();
    let has_changed = edits.iter().fold(false, |changed, one| edit(draft, model, one) | changed);
    // An empty one has no pages. So it is what it was.
    has_changed && !(was_empty && model.is_empty())
}

fn same(ours: &PagedOrdMap<u16, u16>, model: &Model) -> bool {
    ours.len() == model.len() && ours.iter().eq(model)
}

/// Does the same to both, and returns whether one version should have been published.
fn apply(map: &mut CowOrdMap<u16, u16>, model: &mut Model, op: &Op) -> bool {
    let len = model.len();
    match op {
        Op::Get(key) => {
            assert_eq!(map.get(key), model.get(key).copied());
            assert_eq!(map.contains_key(key), model.contains_key(key));
        }
        Op::Near(key) => assert_neighbours(map, model, *key),
        Op::Range(from, many) => {
            let range = *from..from.saturating_add(*many);
            map.range_with(range.clone(), |entries| assert!(entries.eq(model.range(range.clone()))));
            map.range_with(range.clone(), |entries| assert!(entries.rev().eq(model.range(range).rev())));
        }
        Op::Insert(key, value) => {
            assert_eq!(map.insert(*key, *value), model.insert(*key, *value));
            return true;
        }
        Op::InsertIfAbsent(key, value) => {
            assert_eq!(map.insert_if_absent(*key, *value), model.contains_key(key).then_some(*value));
            model.entry(*key).or_insert(*value);
        }
        Op::GetOrInsertWith(key, value) => {
            assert_eq!(map.get_or_insert_with(*key, || *value), *model.entry(*key).or_insert(*value));
        }
        Op::Modify(key, value) => {
            let old = model.get_mut(key).map(|there| std::mem::replace(there, *value));
            assert_eq!(map.modify(key, |there| std::mem::replace(there, *value)), old);
            return old.is_some();
        }
        Op::ModifyOrInsert(key, value) => {
            let old = model.insert(*key, *value);
            assert_eq!(map.modify_or_insert(*key, |there| std::mem::replace(there, *value), *value), old);
            return true;
        }
        Op::Compute(key, value) => {
            let old = model.remove(key);
            model.extend(value.map(|value| (*key, value)));
            let now = map.compute(*key, |there| {
                assert_eq!(there, old);
                *value
            });
            assert_eq!(now, *value);
            return old.is_some() || value.is_some();
        }
        Op::Remove(key) => assert_eq!(map.remove(key), model.remove(key)),
        Op::RemoveIf(key, value) => {
            let goes = model.get(key).is_some_and(|there| there > value);
            let gone = if goes { model.remove(key) } else { None };
            assert_eq!(map.remove_if(key, |_, there| there > value), gone);
        }
        Op::CompareReplace(key, old, new) => {
            let there = model.get_mut(key).filter(|there| **there == *old);
            let replaced = there.map(|there| *there = *new).is_some();
            assert_eq!(map.compare_replace(key, old, *new), replaced);
            return replaced;
        }
        Op::Extend(entries) => {
            map.extend(entries.iter().copied());
            model.extend(entries.iter().copied());
            return !entries.is_empty();
        }
        Op::PopFirst => assert_eq!(map.pop_first(), model.pop_first()),
        Op::PopLast => assert_eq!(map.pop_last(), model.pop_last()),
        // Before, between or behind what is there.
        Op::Append(from, entries) => {
            let theirs: PagedOrdMap<_, _> =
                entries.iter().map(|(key, value)| (key.saturating_add(*from), *value)).collect();
            map.append(&theirs);
            let theirs: Vec<_> = theirs.into_iter().collect();
            model.extend(theirs.iter().copied());
            return !theirs.is_empty();
        }
        Op::SplitOff(key) => assert!(same(&map.split_off(key), &model.split_off(key))),
        Op::Assign(edits) => {
            let mut next = model.clone();
            let mut draft: PagedOrdMap<_, _> = next.clone().into();
            edit_all(&mut draft, &mut next, edits);
            let added = next.keys().filter(|key| !model.contains_key(key)).count();
            let changed = model.iter().filter(|(key, value)| next.get(key) != Some(value)).count();
            assert_eq!(map.assign(next.clone()), added + changed);
            *model = next;
            return added + changed > 0;
        }
        Op::Retain(part) => {
            map.retain(keeps(*part));
            model.retain(|key, value| keeps(*part)(key, value));
        }
        Op::Clear => {
            map.clear();
            model.clear();
        }
        Op::Update(edits) => return map.update(|draft| edit_all(draft, model, edits)),
        op => return apply_whole(map, model, op),
    }
    model.len() != len
}

fn assert_neighbours(map: &CowOrdMap<u16, u16>, model: &Model, key: u16) {
    let own = |entry: Option<(&u16, &u16)>| entry.map(|(key, value)| (*key, *value));
    let behind = (Bound::Excluded(key), Bound::Unbounded);
    assert_eq!(map.first_key_value(), own(model.first_key_value()));
    assert_eq!(map.last_key_value(), own(model.last_key_value()));
    assert_eq!(map.get_lt(&key), own(model.range(..key).next_back()));
    assert_eq!(map.get_le(&key), own(model.range(..=key).next_back()));
    assert_eq!(map.get_ge(&key), own(model.range(key..).next()));
    assert_eq!(map.get_gt(&key), own(model.range(behind).next()));
    let rank = map.rank(&key);
    assert_eq!(rank, model.range(..key).count());
    assert_eq!(map.get_index(rank), map.get_ge(&key));
}

/// Those that change it as a whole.
fn apply_whole(map: &mut CowOrdMap<u16, u16>, model: &mut Model, op: &Op) -> bool {
    let mut next = model.clone();
    match op {
        Op::TryUpdate(edits, fail) => {
            let outcome = map.try_update(|draft| {
                let changed = edit_all(draft, &mut next, edits);
                if *fail { Err("as asked") } else { Ok(changed) }
            });
            assert_eq!(outcome.is_err(), *fail);
            if outcome.is_ok() {
                *model = next;
            }
            outcome.unwrap_or(false)
        }
        Op::Txn(edits, commit) => {
            let mut txn = map.write();
            let changed = !edits.is_empty() && edit_all(&mut txn, &mut next, edits);
            assert!(same(&txn, &next));
            if *commit {
                assert!(same(&txn.commit(), &next));
                *model = next;
            } else {
                txn.rollback();
            }
            *commit && changed
        }
        Op::Panic(edits) => {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                map.update(|draft| {
                    edit_all(draft, &mut next, edits);
                    // Without the hook, whose lines nobody wants to read.
                    resume_unwind(Box::new("as asked"));
                });
            }));
            assert!(outcome.is_err());
            false
        }
        Op::Fork(edits, follow) => {
            let fork = map.fork();
            assert_eq!(fork.version(), 0);
            fork.update(|draft| edit_all(draft, &mut next, edits));
            assert!(same(&fork.load(), &next));
            assert!(same(&map.load(), model));
            if *follow {
                (*map, *model) = (fork.fork(), next);
            }
            false
        }
        Op::Replace(entries) => {
            *model = entries.iter().copied().collect();
            let current = map.snapshot();
            assert!(Snapshot::ptr_eq(&current, &map.replace(model.clone().into_iter().collect())));
            true
        }
        Op::ReplaceIfCurrent(edits, current) => {
            let base = if *current { map.snapshot() } else { map.fork().snapshot() };
            let mut value = base.as_ref().clone();
            edit_all(&mut value, &mut next, edits);
            match map.replace_if_current(&base, value) {
                Ok(before) => {
                    assert!(*current && Snapshot::ptr_eq(&before, &base));
                    *model = next;
                }
                Err(stale) => assert!(!current && same(&stale.value, &next) && same(&stale.current, model)),
            }
            *current
        }
        _ => unreachable!("the others are not whole"),
    }
}

/// Values are few, so that a comparison is often true.
fn an_entry(keys: u16) -> impl Strategy<Value = (u16, u16)> + Clone {
    (0..keys, 0..4_u16)
}

fn an_edit(keys: u16) -> impl Strategy<Value = Edit> + Clone {
    prop_oneof![
        4 => an_entry(keys).prop_map(|(key, value)| Edit::Insert(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Edit::OrInsert(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Edit::GetMut(key, value)),
        3 => (0..keys).prop_map(Edit::Remove),
        2 => vec(an_entry(keys), 0..40).prop_map(Edit::Extend),
        1 => (0..keys).prop_map(Edit::Retain),
        1 => (0..keys, 0..60_u16).prop_map(|(from, many)| Edit::RangeMut(from, many)),
        1 => Just(Edit::PopFirst),
        1 => (0..keys).prop_map(Edit::SplitOff),
        1 => Just(Edit::ValuesMut),
        1 => Just(Edit::Clear),
    ]
}

/// The weights of reads, of single writes, and of `clear` are the caller's.
fn an_op(keys: u16, [reads, writes, clears]: [u32; 3]) -> impl Strategy<Value = Op> {
    let edits = vec(an_edit(keys), 0..6);
    let single = prop_oneof![
        6 => an_entry(keys).prop_map(|(key, value)| Op::Insert(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Op::InsertIfAbsent(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Op::GetOrInsertWith(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Op::Modify(key, value)),
        2 => an_entry(keys).prop_map(|(key, value)| Op::ModifyOrInsert(key, value)),
        2 => (0..keys, proptest::option::of(0..4_u16)).prop_map(|(key, value)| Op::Compute(key, value)),
        4 => (0..keys).prop_map(Op::Remove),
        1 => Just(Op::PopFirst),
        1 => Just(Op::PopLast),
        2 => an_entry(keys).prop_map(|(key, value)| Op::RemoveIf(key, value)),
        2 => (an_entry(keys), 0..4_u16).prop_map(|((key, old), new)| Op::CompareReplace(key, old, new)),
    ];
    let batch = prop_oneof![
        4 => vec(an_entry(keys), 0..100).prop_map(Op::Extend),
        2 => (prop_oneof![Just(0), 0..keys, Just(keys)], vec(an_entry(keys), 0..100)).prop_map(|(from, entries)| Op::Append(from, entries)),
        1 => (0..keys).prop_map(Op::SplitOff),
        1 => edits.clone().prop_map(Op::Assign),
        1 => (0..keys).prop_map(Op::Retain),
        4 => edits.clone().prop_map(Op::Update),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, fail)| Op::TryUpdate(edits, fail)),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, commit)| Op::Txn(edits, commit)),
        1 => edits.clone().prop_map(Op::Panic),
        1 => (edits.clone(), any::<bool>()).prop_map(|(edits, follow)| Op::Fork(edits, follow)),
        1 => vec(an_entry(keys), 0..40).prop_map(Op::Replace),
        1 => (edits, any::<bool>()).prop_map(|(edits, current)| Op::ReplaceIfCurrent(edits, current)),
    ];
    prop_oneof![
        reads => prop_oneof![
            (0..keys).prop_map(Op::Get),
            (0..keys).prop_map(Op::Near),
            (0..keys, 0..200_u16).prop_map(|(from, many)| Op::Range(from, many)),
        ],
        writes => single,
        10 => batch,
        clears => Just(Op::Clear),
    ]
}

/// Heavy on reads, on writes, or on `clear`; over few keys, or many.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![Just(8_u16), Just(8_000)]
        .prop_flat_map(|keys| {
            (Just(keys), prop_oneof![Just([30, 10, 1]), Just([5, 30, 1]), Just([5, 20, 10])])
        })
        .prop_flat_map(|(keys, weights)| vec(an_op(keys, weights), 1..200))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same operations on both; what is kept on the way stays as it was, and a version is published for each
    /// write that changed something and for no other.
    #[test]
    fn does_what_btree_map_does(start in prop_oneof![15 => 0..10_u16, 1 => 1_500..6_000_u16], ops in ops()) {
        let mut model: Model = (0..start).map(|key| (key, key % 4)).collect();
        let mut map: CowOrdMap<u16, u16> = model.clone().into_iter().collect();
        let mut kept = Kept::new();
        for (step, op) in ops.iter().enumerate() {
            let version = if matches!(op, Op::Fork(_, true)) { 0 } else { map.version() };
            let publishes = apply(&mut map, &mut model, op);
            prop_assert_eq!(map.version(), version + u64::from(publishes), "{:?}", op);
            prop_assert_eq!(map.len(), model.len(), "{:?}", op);
            if model.len() < 100 || step % 32 == 0 {
                prop_assert!(same(&map.load(), &model), "{:?}", op);
            }
            if step % 16 == 0 {
                kept.keep(map.snapshot(), model.clone());
            }
        }
        prop_assert!(same(&map.load(), &model));
        kept.check(same);
    }
}
