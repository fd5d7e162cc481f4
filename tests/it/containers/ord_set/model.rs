//! Random operations on a `CowOrdSet` and on a `BTreeSet`.

use crate::support::versions::Kept;
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::PagedOrdSet;
use readmostly::{CowOrdSet, Snapshot};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A change inside a draft.
#[derive(Clone, Debug)]
enum Edit {
    Insert(u16),
    Replace(u16),
    Remove(u16),
    Take(u16),
    PopLast,
    SplitOff(u16),
    Extend(Vec<u16>),
    Retain(u16),
    Clear,
}

#[derive(Clone, Debug)]
enum Op {
    Near(u16),
    Algebra(Vec<u16>),
    Insert(u16),
    ReplaceItem(u16),
    Remove(u16),
    Take(u16),
    PopFirst,
    PopLast,
    Extend(Vec<u16>),
    Append(u16, Vec<u16>),
    SplitOff(u16),
    Assign(Vec<u16>),
    Retain(u16),
    Clear,
    Update(Vec<Edit>),
    TryUpdate(Vec<Edit>, bool),
    Txn(Vec<Edit>, bool),
    Panic(Vec<Edit>),
    Fork(Vec<Edit>, bool),
    Replace(Vec<u16>),
    ReplaceIfCurrent(Vec<Edit>, bool),
}

fn keeps(part: u16) -> impl Fn(&u16) -> bool {
    move |value| value % 5 != part % 7
}

/// Does the same to both, and returns whether that should count as a change.
fn edit(draft: &mut PagedOrdSet<u16>, model: &mut BTreeSet<u16>, edit: &Edit) -> bool {
    let len = model.len();
    match edit {
        Edit::Insert(value) => {
            assert_eq!(draft.insert(*value), model.insert(*value));
        }
        Edit::Replace(value) => {
            assert_eq!(draft.replace(*value), model.replace(*value));
            return true;
        }
        Edit::Remove(value) => assert_eq!(draft.remove(value), model.remove(value)),
        Edit::Take(value) => assert_eq!(draft.take(value), model.take(value)),
        Edit::PopLast => assert_eq!(draft.pop_last(), model.pop_last()),
        Edit::SplitOff(value) => assert!(same(&draft.split_off(value), &model.split_off(value))),
        Edit::Extend(values) => {
            draft.extend(values);
            model.extend(values);
        }
        Edit::Retain(part) => {
            draft.retain(keeps(*part));
            model.retain(keeps(*part));
        }
        Edit::Clear => {
            draft.clear();
            model.clear();
        }
    }
    model.len() != len
}

fn edit_all(draft: &mut PagedOrdSet<u16>, model: &mut BTreeSet<u16>, edits: &[Edit]) -> bool {
    let was_empty = model.is_empty();
    let has_changed = edits.iter().fold(false, |changed, one| edit(draft, model, one) | changed);
    // An empty one has no pages. So it is what it was.
    has_changed && !(was_empty && model.is_empty())
}

fn same(ours: &PagedOrdSet<u16>, model: &BTreeSet<u16>) -> bool {
    ours.len() == model.len() && ours.iter().eq(model)
}

/// Does the same to both, and returns whether one version should have been published.
fn apply(set: &mut CowOrdSet<u16>, model: &mut BTreeSet<u16>, op: &Op) -> bool {
    let len = model.len();
    match op {
        Op::Near(value) => assert_neighbours(set, model, *value),
        Op::Algebra(values) => assert_algebra(set, model, values),
        Op::Insert(value) => assert_eq!(set.insert(*value), model.insert(*value)),
        Op::ReplaceItem(value) => {
            assert_eq!(set.replace_item(*value), model.replace(*value));
            return true;
        }
        Op::Remove(value) => assert_eq!(set.remove(value), model.remove(value)),
        Op::Take(value) => assert_eq!(set.take(value), model.take(value)),
        Op::PopFirst => assert_eq!(set.pop_first(), model.pop_first()),
        Op::PopLast => assert_eq!(set.pop_last(), model.pop_last()),
        // Before, between or behind what is there.
        Op::Append(from, values) => {
            let theirs: PagedOrdSet<_> = values.iter().map(|value| value.saturating_add(*from)).collect();
            set.append(&theirs);
            model.extend(theirs);
        }
        Op::SplitOff(value) => assert!(same(&set.split_off(value), &model.split_off(value))),
        Op::Assign(values) => {
            let next: BTreeSet<_> = values.iter().copied().collect();
            let changes = next.symmetric_difference(model).count();
            assert_eq!(set.assign(values.iter().copied()), changes);
            *model = next;
            return changes > 0;
        }
        Op::Extend(values) => {
            set.extend(values.iter().copied());
            model.extend(values);
        }
        Op::Retain(part) => {
            set.retain(keeps(*part));
            model.retain(keeps(*part));
        }
        Op::Clear => {
            set.clear();
            model.clear();
        }
        Op::Update(edits) => return set.update(|draft| edit_all(draft, model, edits)),
        op => return apply_whole(set, model, op),
    }
    model.len() != len
}

fn assert_neighbours(set: &CowOrdSet<u16>, model: &BTreeSet<u16>, value: u16) {
    let behind = (Bound::Excluded(value), Bound::Unbounded);
    assert_eq!((set.first(), set.last()), (model.first().copied(), model.last().copied()));
    assert_eq!(set.get_lt(&value), model.range(..value).next_back().copied());
    assert_eq!(set.get_le(&value), model.range(..=value).next_back().copied());
    assert_eq!(set.get_ge(&value), model.range(value..).next().copied());
    assert_eq!(set.get_gt(&value), model.range(behind).next().copied());
    set.range_with(value.., |elements| assert!(elements.eq(model.range(value..))));
    let rank = set.rank(&value);
    assert_eq!(rank, model.range(..value).count());
    assert_eq!(set.get_index(rank), set.get_ge(&value));
}

fn assert_algebra(set: &CowOrdSet<u16>, model: &BTreeSet<u16>, values: &[u16]) {
    let other: CowOrdSet<u16> = values.iter().copied().collect();
    let theirs: BTreeSet<u16> = values.iter().copied().collect();
    assert!(same(&set.union(&other), &(model | &theirs)));
    assert!(same(&set.intersection(&other), &(model & &theirs)));
    assert!(same(&set.difference(&other), &(model - &theirs)));
    assert!(same(&set.symmetric_difference(&other), &(model ^ &theirs)));
    assert_eq!(set.is_subset(&other), model.is_subset(&theirs));
    assert_eq!(set.is_superset(&other), model.is_superset(&theirs));
    assert_eq!(set.is_disjoint(&other), model.is_disjoint(&theirs));
}

/// Those that change it as a whole.
fn apply_whole(set: &mut CowOrdSet<u16>, model: &mut BTreeSet<u16>, op: &Op) -> bool {
    let mut next = model.clone();
    match op {
        Op::TryUpdate(edits, fail) => {
            let outcome = set.try_update(|draft| {
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
            let mut txn = set.write();
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
                set.update(|draft| {
                    edit_all(draft, &mut next, edits);
                    // Without the hook, whose lines nobody wants to read.
                    resume_unwind(Box::new("as asked"));
                });
            }));
            assert!(outcome.is_err());
            false
        }
        Op::Fork(edits, follow) => {
            let fork = set.fork();
            assert_eq!(fork.version(), 0);
            fork.update(|draft| edit_all(draft, &mut next, edits));
            assert!(same(&fork.load(), &next));
            assert!(same(&set.load(), model));
            if *follow {
                (*set, *model) = (fork.fork(), next);
            }
            false
        }
        Op::Replace(values) => {
            *model = values.iter().copied().collect();
            let current = set.snapshot();
            assert!(Snapshot::ptr_eq(&current, &set.replace(model.clone().into_iter().collect())));
            true
        }
        Op::ReplaceIfCurrent(edits, current) => {
            let base = if *current { set.snapshot() } else { set.fork().snapshot() };
            let mut value = base.as_ref().clone();
            edit_all(&mut value, &mut next, edits);
            match set.replace_if_current(&base, value) {
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

fn an_edit(values: u16) -> impl Strategy<Value = Edit> + Clone {
    let value = 0..values;
    prop_oneof![
        4 => value.clone().prop_map(Edit::Insert),
        1 => value.clone().prop_map(Edit::Replace),
        3 => value.clone().prop_map(Edit::Remove),
        1 => value.clone().prop_map(Edit::Take),
        1 => Just(Edit::PopLast),
        1 => value.clone().prop_map(Edit::SplitOff),
        2 => vec(0..values, 0..40).prop_map(Edit::Extend),
        1 => value.prop_map(Edit::Retain),
        1 => Just(Edit::Clear),
    ]
}

fn an_op(values: u16) -> impl Strategy<Value = Op> {
    let value = 0..values;
    let edits = vec(an_edit(values), 0..6);
    prop_oneof![
        10 => value.clone().prop_map(Op::Insert),
        2 => value.clone().prop_map(Op::ReplaceItem),
        8 => value.clone().prop_map(Op::Remove),
        2 => value.clone().prop_map(Op::Take),
        3 => value.clone().prop_map(Op::Near),
        1 => vec(0..values, 0..100).prop_map(Op::Algebra),
        1 => Just(Op::PopFirst),
        1 => Just(Op::PopLast),
        2 => (prop_oneof![Just(0), 0..values, Just(values)], vec(0..values, 0..100))
            .prop_map(|(from, values)| Op::Append(from, values)),
        1 => value.clone().prop_map(Op::SplitOff),
        1 => vec(0..values, 0..100).prop_map(Op::Assign),
        4 => vec(0..values, 0..100).prop_map(Op::Extend),
        1 => value.prop_map(Op::Retain),
        1 => Just(Op::Clear),
        4 => edits.clone().prop_map(Op::Update),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, fail)| Op::TryUpdate(edits, fail)),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, commit)| Op::Txn(edits, commit)),
        1 => edits.clone().prop_map(Op::Panic),
        1 => (edits.clone(), any::<bool>()).prop_map(|(edits, follow)| Op::Fork(edits, follow)),
        1 => vec(0..values, 0..40).prop_map(Op::Replace),
        1 => (edits, any::<bool>()).prop_map(|(edits, current)| Op::ReplaceIfCurrent(edits, current)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same operations on both; what is kept on the way stays as it was, and a version is published for each
    /// write that changed something and for no other.
    #[test]
    fn does_what_btree_set_does(
        start in prop_oneof![15 => 0..10_u16, 1 => 1_500..6_000_u16],
        ops in prop_oneof![vec(an_op(8), 1..200), vec(an_op(8_000), 1..200)],
    ) {
        let mut model: BTreeSet<u16> = (0..start).collect();
        let mut set: CowOrdSet<u16> = (0..start).collect();
        let mut kept = Kept::new();
        for (step, op) in ops.iter().enumerate() {
            let version = if matches!(op, Op::Fork(_, true)) { 0 } else { set.version() };
            let publishes = apply(&mut set, &mut model, op);
            prop_assert_eq!(set.version(), version + u64::from(publishes), "{:?}", op);
            prop_assert_eq!(set.len(), model.len(), "{:?}", op);
            if model.len() < 100 || step % 32 == 0 {
                prop_assert!(same(&set.load(), &model), "{:?}", op);
            }
            if step % 16 == 0 {
                kept.keep(set.snapshot(), model.clone());
            }
        }
        prop_assert!(same(&set.load(), &model));
        kept.check(same);
    }
}
