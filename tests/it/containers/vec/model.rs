//! Random operations on a `CowVec` and on a `Vec`.

use crate::support::versions::Kept;
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::PagedVec;
use readmostly::{CowVec, Snapshot};
use std::mem;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A change inside a draft. A place is taken modulo the length. `an_index_out_of_range_is_reported` says which places are
/// refused.
#[derive(Clone, Debug)]
enum Edit {
    Push(u16),
    Pop,
    Insert(usize, u16),
    InsertAll(usize, Vec<u16>),
    Set(usize, u16),
    Remove(usize),
    SwapRemove(usize),
    Swap(usize, usize),
    Truncate(usize),
    Resize(usize, u16),
    SplitOff(usize),
    Drain(usize, usize),
    Splice(usize, usize, Vec<u16>),
    Rotate(usize),
    Dedup,
    Sort,
    Chunks(usize),
}

#[derive(Clone, Debug)]
enum Op {
    Push(u16),
    PushIfAbsent(u16),
    Extend(Vec<u16>),
    ExtendAbsent(Vec<u16>),
    Pop,
    PopIf(u16),
    Insert(usize, u16),
    InsertAll(usize, Vec<u16>),
    Set(usize, u16),
    Swap(usize, usize),
    SwapRemove(usize),
    Drain(usize, usize),
    ReplaceAll(u16),
    Remove(usize),
    RemoveItem(u16),
    Truncate(usize),
    Retain(u16),
    Sort,
    SortDown,
    Dedup,
    Reverse,
    Clear,
    Update(Vec<Edit>),
    TryUpdate(Vec<Edit>, bool),
    Txn(Vec<Edit>, bool),
    Panic(Vec<Edit>),
    Fork(Vec<Edit>, bool),
    Replace(Vec<u16>),
    ReplaceIfCurrent(Vec<Edit>, bool),
}

/// Boxes, so that pages are small and a copy is a clone.
type Item = Box<u16>;

fn boxes(values: &[u16]) -> Vec<Item> {
    values.iter().copied().map(Box::new).collect()
}

/// The range from one place to another.
fn range(a: usize, b: usize, len: usize) -> Range<usize> {
    let (a, b) = (a % (len + 1), b % (len + 1));
    a.min(b)..a.max(b)
}

/// Does the same to both, and returns whether that should count as a change.
fn edit(draft: &mut PagedVec<Item>, model: &mut Vec<Item>, edit: &Edit) -> bool {
    let len = model.len();
    let place = |at: usize| at % (len + 1);
    match edit {
        Edit::Push(value) => {
            draft.push(Box::new(*value));
            model.push(Box::new(*value));
            true
        }
        Edit::Pop => {
            assert_eq!(draft.pop(), model.pop());
            len > 0
        }
        Edit::Insert(at, value) => {
            draft.insert(place(*at), Box::new(*value));
            model.insert(place(*at), Box::new(*value));
            true
        }
        Edit::InsertAll(at, values) => {
            draft.insert_all(place(*at), boxes(values));
            model.splice(place(*at)..place(*at), boxes(values));
            !values.is_empty()
        }
        Edit::Truncate(to) => {
            draft.truncate(place(*to));
            model.truncate(place(*to));
            place(*to) < len
        }
        Edit::Resize(to, value) => {
            let to = to % (len + 40);
            draft.resize(to, Box::new(*value));
            model.resize(to, Box::new(*value));
            to != len
        }
        Edit::SplitOff(at) => {
            assert_eq!(draft.split_off(place(*at)), model.split_off(place(*at)));
            place(*at) < len
        }
        Edit::Drain(a, b) => {
            let range = range(*a, *b, len);
            assert!(draft.drain(range.clone()).eq(model.drain(range.clone())));
            !range.is_empty()
        }
        Edit::Splice(a, b, values) => {
            let range = range(*a, *b, len);
            assert!(
                draft.splice(range.clone(), boxes(values)).eq(model.splice(range.clone(), boxes(values)))
            );
            !range.is_empty() || !values.is_empty()
        }
        Edit::Rotate(mid) => {
            draft.rotate_left(place(*mid));
            model.rotate_left(place(*mid));
            place(*mid) % len.max(1) != 0
        }
        Edit::Dedup => {
            draft.dedup();
            model.dedup();
            model.len() < len
        }
        Edit::Sort => {
            let sorted = model.is_sorted();
            draft.sort();
            model.sort();
            !sorted
        }
        Edit::Chunks(size) => {
            let size = size % 300 + 1;
            assert!(draft.chunks(size).eq(model.chunks(size)));
            false
        }
        _ if len == 0 => false,
        Edit::Set(at, value) => {
            *draft[at % len] = *value;
            *model[at % len] = *value;
            true
        }
        Edit::Remove(at) => {
            assert_eq!(draft.remove(at % len), model.remove(at % len));
            true
        }
        Edit::SwapRemove(at) => {
            assert_eq!(draft.swap_remove(at % len), model.swap_remove(at % len));
            true
        }
        Edit::Swap(a, b) => {
            draft.swap(a % len, b % len);
            model.swap(a % len, b % len);
            a % len != b % len
        }
    }
}

fn edit_all(draft: &mut PagedVec<Item>, model: &mut Vec<Item>, edits: &[Edit]) -> bool {
    edits.iter().fold(false, |changed, one| edit(draft, model, one) | changed)
}

/// The container, what it should hold, and what was kept on the way.
struct Twins {
    list: CowVec<Item>,
    model: Vec<Item>,
    kept: Kept<PagedVec<Item>, Vec<Item>>,
}

impl Twins {
    fn new(start: usize, values: u16) -> Self {
        let model: Vec<Item> =
            (0..start).map(|n| Box::new(u16::try_from(n * 31 % 9_973).unwrap() % values)).collect();
        Self { list: model.clone().into(), model, kept: Kept::new() }
    }

    /// Does the same to both, and returns whether one version should have been published.
    #[expect(clippy::too_many_lines, reason = "one arm an operation")]
    fn apply(&mut self, op: &Op) -> bool {
        let Self { list, model, .. } = self;
        let len = model.len();
        match op {
            Op::Push(value) => {
                list.push(Box::new(*value));
                model.push(Box::new(*value));
                true
            }
            Op::PushIfAbsent(value) => {
                let absent = !model.contains(&Box::new(*value));
                assert_eq!(list.push_if_absent(Box::new(*value)), absent);
                model.extend(absent.then(|| Box::new(*value)));
                absent
            }
            Op::Extend(values) => {
                list.extend(boxes(values));
                model.extend(boxes(values));
                !values.is_empty()
            }
            Op::ExtendAbsent(values) => {
                for value in boxes(values) {
                    if !model.contains(&value) {
                        model.push(value);
                    }
                }
                assert_eq!(list.extend_absent(boxes(values)), model.len() - len);
                model.len() > len
            }
            Op::Pop => {
                assert_eq!(list.pop(), model.pop());
                len > 0
            }
            Op::Insert(at, value) => {
                let at = at % (len + 3);
                let inserted = list.insert(at, Box::new(*value)).is_ok();
                assert_eq!(inserted, at <= len);
                if inserted {
                    model.insert(at, Box::new(*value));
                }
                inserted
            }
            Op::PopIf(part) => {
                let pred = |value: &Item| **value % 3 == part % 3;
                let goes = model.last().is_some_and(pred);
                assert_eq!(list.pop_if(pred), if goes { model.pop() } else { None });
                goes
            }
            Op::InsertAll(at, values) => {
                let at = at % (len + 3);
                match list.insert_all(at, boxes(values)) {
                    Ok(()) => drop(model.splice(at..at, boxes(values))),
                    Err(refused) => assert_eq!((refused.value, at > len), (boxes(values), true)),
                }
                at <= len && !values.is_empty()
            }
            Op::Swap(a, b) => {
                let (a, b) = (a % (len + 2), b % (len + 2));
                let there = a.max(b) < len;
                assert_eq!(list.swap(a, b).is_ok(), there);
                if there {
                    model.swap(a, b);
                }
                there && a != b
            }
            Op::SwapRemove(at) => {
                let at = at % (len + 2);
                assert_eq!(list.swap_remove(at), (at < len).then(|| model.swap_remove(at)));
                at < len
            }
            Op::Drain(a, b) => {
                let range = range(*a, *b, len + 2);
                let there = range.start.min(len)..range.end.min(len);
                assert_eq!(list.drain(range), model.drain(there.clone()).collect::<Vec<_>>());
                !there.is_empty()
            }
            Op::ReplaceAll(by) => {
                list.replace_all(|value| Box::new(**value ^ by));
                model.iter_mut().map(Box::as_mut).for_each(|value| *value ^= by);
                len > 0
            }
            Op::Set(at, value) => {
                let at = at % (len + 2);
                let there = model.get_mut(at);
                let set = there.is_some();
                let before = there.map(|there| mem::replace(there, Box::new(*value)));
                assert_eq!(list.set(at, Box::new(*value)).ok(), before);
                set
            }
            Op::Remove(at) => {
                let at = at % (len + 2);
                assert_eq!(list.remove(at), (at < len).then(|| model.remove(at)));
                at < len
            }
            Op::RemoveItem(value) => {
                let at = model.iter().position(|there| **there == *value);
                assert_eq!(list.remove_item(&Box::new(*value)), at.is_some());
                at.map(|at| model.remove(at)).is_some()
            }
            Op::Truncate(to) => {
                let to = to % (len + 3);
                list.truncate(to);
                model.truncate(to);
                to < len
            }
            Op::Retain(part) => {
                list.retain(|value| **value % 5 != part % 7);
                model.retain(|value| **value % 5 != part % 7);
                model.len() < len
            }
            Op::Sort => {
                let sorted = model.is_sorted();
                list.sort();
                model.sort();
                !sorted
            }
            Op::SortDown => {
                let sorted = model.iter().rev().is_sorted();
                list.sort_by(|a, b| b.cmp(a));
                model.sort_by(|a, b| b.cmp(a));
                !sorted
            }
            Op::Dedup => {
                list.dedup();
                model.dedup();
                model.len() < len
            }
            Op::Reverse => {
                list.reverse();
                model.reverse();
                len > 1
            }
            Op::Clear => {
                list.clear();
                model.clear();
                len > 0
            }
            op => self.apply_whole(op),
        }
    }

    /// Those that change it as a whole.
    fn apply_whole(&mut self, op: &Op) -> bool {
        let Self { list, model, .. } = self;
        match op {
            Op::Update(edits) => list.update(|draft| edit_all(draft, model, edits)),
            Op::TryUpdate(edits, fail) => {
                let mut next = model.clone();
                let outcome = list.try_update(|draft| {
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
                let mut next = model.clone();
                let mut txn = list.write();
                let changed = !edits.is_empty() && edit_all(&mut txn, &mut next, edits);
                assert_eq!(*txn, next);
                if *commit {
                    assert_eq!(*txn.commit(), next);
                    *model = next;
                } else {
                    txn.rollback();
                }
                *commit && changed
            }
            Op::Panic(edits) => {
                let mut next = model.clone();
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    list.update(|draft| {
                        edit_all(draft, &mut next, edits);
                        // Without the hook, whose lines nobody wants to read.
                        resume_unwind(Box::new("as asked"));
                    });
                }));
                assert!(outcome.is_err());
                false
            }
            Op::Fork(edits, follow) => {
                let fork = list.fork();
                assert_eq!(fork.version(), 0);
                let mut next = model.clone();
                fork.update(|draft| edit_all(draft, &mut next, edits));
                assert_eq!(*fork.load(), next);
                assert_eq!(*list.load(), *model);
                if *follow {
                    // Two forks, and the first goes on alone: what it shares with others is not to be seen.
                    *list = list.fork();
                }
                false
            }
            Op::Replace(values) => {
                *model = boxes(values);
                let current = list.snapshot();
                assert!(Snapshot::ptr_eq(&current, &list.replace(model.clone().into())));
                true
            }
            Op::ReplaceIfCurrent(edits, current) => {
                let base = if *current { list.snapshot() } else { list.fork().snapshot() };
                let (mut value, mut next) = (base.as_ref().clone(), model.clone());
                edit_all(&mut value, &mut next, edits);
                match list.replace_if_current(&base, value) {
                    Ok(before) => {
                        assert!(*current && Snapshot::ptr_eq(&before, &base));
                        *model = next;
                    }
                    Err(stale) => {
                        assert!(!current);
                        assert_eq!((stale.value, &*stale.current), (next.into(), &*list.load()));
                    }
                }
                *current
            }
            _ => unreachable!("the others are not whole"),
        }
    }
}

fn an_edit(values: u16) -> impl Strategy<Value = Edit> + Clone {
    let (at, value) = (any::<u16>().prop_map(usize::from), 0..values);
    let few = vec(0..values, 0..20);
    prop_oneof![
        2 => value.clone().prop_map(Edit::Push),
        1 => Just(Edit::Pop),
        1 => (at.clone(), value.clone()).prop_map(|(at, value)| Edit::Insert(at, value)),
        1 => (at.clone(), few.clone()).prop_map(|(at, values)| Edit::InsertAll(at, values)),
        1 => (at.clone(), value.clone()).prop_map(|(at, value)| Edit::Set(at, value)),
        1 => at.clone().prop_map(Edit::Remove),
        1 => at.clone().prop_map(Edit::SwapRemove),
        1 => (at.clone(), at.clone()).prop_map(|(a, b)| Edit::Swap(a, b)),
        1 => at.clone().prop_map(Edit::Truncate),
        1 => (at.clone(), value).prop_map(|(to, value)| Edit::Resize(to, value)),
        1 => at.clone().prop_map(Edit::SplitOff),
        1 => (at.clone(), at.clone()).prop_map(|(a, b)| Edit::Drain(a, b)),
        2 => (at.clone(), at.clone(), few).prop_map(|(a, b, values)| Edit::Splice(a, b, values)),
        2 => at.clone().prop_map(Edit::Rotate),
        1 => Just(Edit::Dedup),
        1 => Just(Edit::Sort),
        1 => at.prop_map(Edit::Chunks),
    ]
}

fn an_op(values: u16) -> impl Strategy<Value = Op> {
    let (at, value) = (any::<u16>().prop_map(usize::from), 0..values);
    let few = vec(0..values, 0..20);
    let edits = vec(an_edit(values), 0..6);
    prop_oneof![
        6 => value.clone().prop_map(Op::Push),
        3 => value.clone().prop_map(Op::PushIfAbsent),
        3 => vec(0..values, 0..60).prop_map(Op::Extend),
        2 => few.clone().prop_map(Op::ExtendAbsent),
        3 => Just(Op::Pop),
        2 => value.clone().prop_map(Op::PopIf),
        2 => (at.clone(), few.clone()).prop_map(|(at, values)| Op::InsertAll(at, values)),
        2 => (at.clone(), at.clone()).prop_map(|(a, b)| Op::Swap(a, b)),
        2 => at.clone().prop_map(Op::SwapRemove),
        1 => (at.clone(), at.clone()).prop_map(|(a, b)| Op::Drain(a, b)),
        1 => value.clone().prop_map(Op::ReplaceAll),
        6 => (at.clone(), value.clone()).prop_map(|(at, value)| Op::Insert(at, value)),
        6 => (at.clone(), value.clone()).prop_map(|(at, value)| Op::Set(at, value)),
        6 => at.clone().prop_map(Op::Remove),
        3 => value.clone().prop_map(Op::RemoveItem),
        1 => at.prop_map(Op::Truncate),
        2 => value.prop_map(Op::Retain),
        1 => Just(Op::Sort),
        1 => Just(Op::SortDown),
        1 => Just(Op::Dedup),
        1 => Just(Op::Reverse),
        1 => Just(Op::Clear),
        4 => edits.clone().prop_map(Op::Update),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, fail)| Op::TryUpdate(edits, fail)),
        2 => (edits.clone(), any::<bool>()).prop_map(|(edits, commit)| Op::Txn(edits, commit)),
        1 => edits.clone().prop_map(Op::Panic),
        1 => (edits.clone(), any::<bool>()).prop_map(|(edits, follow)| Op::Fork(edits, follow)),
        1 => few.prop_map(Op::Replace),
        1 => (edits, any::<bool>()).prop_map(|(edits, current)| Op::ReplaceIfCurrent(edits, current)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The same operations on both; what is kept on the way stays as it was, and a version is published for each
    /// write that changed something and for no other.
    #[test]
    fn does_what_vec_does(
        start in prop_oneof![15 => 0..10_usize, 1 => 200..4_000_usize],
        (values, ops) in prop_oneof![Just(4_u16), Just(1_000)].prop_flat_map(|values| (Just(values), vec(an_op(values), 1..200))),
    ) {
        let mut twins = Twins::new(start, values);
        for (step, op) in ops.iter().enumerate() {
            let (version, before) = (twins.list.version(), twins.model.clone());
            let forked = matches!(op, Op::Fork(_, true));
            let publishes = twins.apply(op);
            let Twins { list, model, kept } = &mut twins;
            if forked {
                prop_assert_eq!(list.version(), 0);
            } else if before == *model && matches!(op, Op::Update(_) | Op::TryUpdate(..) | Op::Txn(..)) {
                // A batch that takes back what it did may leave each page as it was.
                prop_assert!(list.version() - version <= u64::from(publishes), "{:?}", op);
            } else {
                prop_assert_eq!(list.version() - version, u64::from(publishes), "{:?}", op);
            }
            prop_assert_eq!(list.len(), model.len(), "{:?}", op);
            if model.len() < 100 || step % 32 == 0 {
                prop_assert_eq!(&*list.load(), &*model, "{:?}", op);
            }
            if step % 16 == 0 {
                kept.keep(list.snapshot(), model.clone());
            }
        }
        prop_assert_eq!(&*twins.list.load(), &twins.model);
        twins.kept.check(|shown, model| shown == model);
    }
}
