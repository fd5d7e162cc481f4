//! `PagedSet` against std's `HashSet`, and what it shares.
//!
//! A set is a map without values. So what `paged/map` shows of the pages is not shown twice.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    mem,
};

use proptest::{collection::vec, prelude::*, sample::select};
use readmostly::paged::PagedSet;

use crate::support::elements::{Elem, clones, hashes, live};
use crate::support::hashers::{By, Few, HighBits, Mixed};

type Hostile = PagedSet<Elem, By<Mixed>>;

// ---- the same operations on ours and on std's ------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Op {
    Insert(u16),
    Replace(u16),
    Remove(u16),
    Take(u16),
    Get(u16),
    Extend(Vec<u16>),
    InsertRange(u16, u16),
    RemoveRange(u16, u16),
    Retain(u16, u16),
    Or(Vec<u16>),
    And(Vec<u16>),
    Xor(Vec<u16>),
    Sub(Vec<u16>),
    Snapshot,
    ShrinkToFit,
    Drain,
    Clear,
}

fn ops(keys: u16) -> impl Strategy<Value = Vec<Op>> {
    let key = move || 0..keys;
    let some = move || vec(0..keys, 0..200);
    let run = move || (0..keys, 1..keys.max(2) / 2 + 1);
    vec(
        prop_oneof![
            20 => key().prop_map(Op::Insert),
            5 => key().prop_map(Op::Replace),
            20 => key().prop_map(Op::Remove),
            5 => key().prop_map(Op::Take),
            8 => key().prop_map(Op::Get),
            3 => some().prop_map(Op::Extend),
            4 => run().prop_map(|(from, len)| Op::InsertRange(from, len)),
            3 => run().prop_map(|(from, len)| Op::RemoveRange(from, len)),
            1 => (2..9_u16, 0..9_u16).prop_map(|(by, rest)| Op::Retain(by, rest)),
            2 => some().prop_map(Op::Or),
            1 => some().prop_map(Op::And),
            2 => some().prop_map(Op::Xor),
            2 => some().prop_map(Op::Sub),
            5 => Just(Op::Snapshot),
            1 => select(vec![Op::ShrinkToFit, Op::Drain, Op::Clear]),
        ],
        1..60,
    )
}

#[track_caller]
fn assert_same<S: BuildHasher>(ours: &PagedSet<u16, S>, std: &HashSet<u16>) {
    assert_eq!((ours.len(), ours.iter().len(), ours.iter().count()), (std.len(), std.len(), std.len()));
    assert!(std.iter().all(|element| ours.contains(element)));
    assert!(ours.iter().all(|element| std.contains(element)));
}

#[track_caller]
fn assert_algebra<S: BuildHasher + Default>(ours: &PagedSet<u16, S>, std: &HashSet<u16>, with: &[u16]) {
    fn sorted<'a>(elements: impl Iterator<Item = &'a u16>) -> Vec<u16> {
        let mut all: Vec<_> = elements.copied().collect();
        all.sort_unstable();
        all
    }
    let (our_other, std_other) =
        (with.iter().copied().collect::<PagedSet<_, S>>(), with.iter().copied().collect::<HashSet<_>>());
    assert_eq!(sorted(ours.union(&our_other)), sorted(std.union(&std_other)));
    assert_eq!(sorted(ours.intersection(&our_other)), sorted(std.intersection(&std_other)));
    assert_eq!(sorted(ours.difference(&our_other)), sorted(std.difference(&std_other)));
    assert_eq!(sorted(ours.symmetric_difference(&our_other)), sorted(std.symmetric_difference(&std_other)));
    assert_eq!(ours.is_subset(&our_other), std.is_subset(&std_other));
    assert_eq!(ours.is_superset(&our_other), std.is_superset(&std_other));
    assert_eq!(ours.is_disjoint(&our_other), std.is_disjoint(&std_other));
    assert_eq!(*ours == our_other, *std == std_other);
}

fn run<S: BuildHasher + Default + Clone>(start: u16, ops: Vec<Op>) {
    let of = |elements: Vec<u16>| (elements.iter().copied().collect(), elements.into_iter().collect());
    let (mut ours, mut std): (PagedSet<u16, S>, HashSet<u16>) = of((0..start).collect());
    let mut kept = vec![(ours.clone(), std.clone())];
    for op in ops {
        match op {
            Op::Insert(n) => assert_eq!(ours.insert(n), std.insert(n)),
            Op::Replace(n) => assert_eq!(ours.replace(n), std.replace(n)),
            Op::Remove(n) => assert_eq!(ours.remove(&n), std.remove(&n)),
            Op::Take(n) => assert_eq!(ours.take(&n), std.take(&n)),
            Op::Get(n) => {
                assert_eq!(ours.get(&n), std.get(&n));
                assert_eq!(ours.contains(&n), std.contains(&n));
            }
            Op::Extend(elements) => {
                ours.extend(&elements);
                std.extend(&elements);
            }
            Op::InsertRange(from, len) => {
                for n in from..from.saturating_add(len) {
                    assert_eq!(ours.insert(n), std.insert(n));
                }
            }
            Op::RemoveRange(from, len) => {
                for n in from..from.saturating_add(len) {
                    assert_eq!(ours.remove(&n), std.remove(&n));
                }
            }
            Op::Retain(by, rest) => {
                ours.retain(|n| n % by == rest);
                std.retain(|n| n % by == rest);
            }
            Op::Or(elements) => {
                assert_algebra(&ours, &std, &elements);
                let (our_other, std_other): (PagedSet<u16, S>, HashSet<u16>) = of(elements);
                ours = &ours | &our_other;
                std = &std | &std_other;
            }
            Op::And(elements) => {
                assert_algebra(&ours, &std, &elements);
                let (our_other, std_other): (PagedSet<u16, S>, HashSet<u16>) = of(elements);
                ours = &our_other & &ours;
                std = &std_other & &std;
            }
            Op::Xor(elements) => {
                let (our_other, std_other): (PagedSet<u16, S>, HashSet<u16>) = of(elements);
                ours = &ours ^ &our_other;
                std = &std ^ &std_other;
            }
            Op::Sub(elements) => {
                let (our_other, std_other): (PagedSet<u16, S>, HashSet<u16>) = of(elements);
                ours = &ours - &our_other;
                std = &std - &std_other;
            }
            Op::Snapshot => kept.push((ours.clone(), std.clone())),
            Op::ShrinkToFit => ours.shrink_to_fit(),
            Op::Drain => assert_eq!(ours.drain().collect::<HashSet<_>>(), mem::take(&mut std)),
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
        assert_eq!(ours.into_iter().collect::<HashSet<_>>(), std);
    }
}

proptest! {
    #[test]
    fn does_what_std_does_with_few_elements(ops in ops(40)) {
        run::<RandomState>(0, ops);
    }

    #[test]
    fn does_what_std_does_with_many_pages(start in 0..4_000_u16, ops in ops(6_000)) {
        run::<RandomState>(start, ops);
    }

    #[test]
    fn does_what_std_does_with_bad_hashers(start in 0..200_u16, ops in ops(300)) {
        run::<By<Few>>(start, ops.clone());
        run::<By<HighBits>>(start, ops);
    }
}

// ---- std's rules -------------------------------------------------------------------------------------------------

#[test]
fn a_new_set_is_empty() {
    let set: PagedSet<u64> = PagedSet::new();
    assert_eq!((set.len(), set.is_empty(), set.contains(&1), set.capacity()), (0, true, false, 0));
    let mut iter = set.iter();
    assert_eq!((iter.size_hint(), iter.next(), iter.next()), ((0, Some(0)), None, None));
    assert_eq!(set, PagedSet::with_capacity(5_000));
    assert_ne!(set, PagedSet::from([1]));
}

#[test]
fn a_set_has_the_pages_of_a_map() {
    let state = RandomState::new();
    assert_eq!(PagedSet::<u8, _>::with_hasher(state.clone()).hasher().hash_one(7), state.hash_one(7));
    assert_eq!(PagedSet::<u64>::with_capacity(3_000).capacity(), 4_096);
    let mut set = PagedSet::<u64, _>::with_capacity_and_hasher(3_000, state.clone());
    assert_eq!(set.hasher().hash_one(7), state.hash_one(7));
    assert_eq!((set.page_count(), set.capacity()), (8, 4_096));
    set.insert(1);
    let kept = set.clone();
    assert!(set.ptr_eq(&kept) && set.shared_pages(&kept) == 8);
    set.insert(2);
    assert!(!set.ptr_eq(&kept) && set.shared_pages(&kept) == 7);
    set.shrink_to_fit();
    assert_eq!((set.page_count(), set.capacity()), (1, 3));
    set.reserve(5_000);
    assert_eq!((set.page_count(), set.capacity(), set.len()), (16, 8_192, 2));
}

#[test]
fn collecting_keeps_every_value_once() {
    let values = [5_u64, 3, 5, 9, 3, 3, 1];
    let set: PagedSet<u64> = values.into_iter().collect();
    let mut all: Vec<_> = set.iter().copied().collect();
    assert!(set.iter().eq(&set));
    all.sort_unstable();
    assert_eq!((all, set), (vec![1, 3, 5, 9], PagedSet::from(values)));
}

// G12 of GUARANTEES.md: nothing for nothing.
#[test]
fn what_changes_nothing_copies_nothing() {
    for n in [10, 5_000] {
        let base: Hostile = (0..n).map(Elem::new).collect();
        let mut draft = base.clone();
        let (copied, ()) = clones(|| {
            assert!(!draft.insert(Elem::new(1)));
            draft.extend((0..n).map(Elem::new));
            assert!(!draft.remove(&Elem::new(n)));
            assert!(draft.take(&Elem::new(n)).is_none());
            draft.retain(|_| true);
        });
        assert_eq!(copied, 0);
        assert!(draft.ptr_eq(&base));
        draft.extend([3, n, n].map(Elem::new));
        assert_eq!((draft.len() as u64, base.len() as u64), (n + 1, n));
        assert!(
            draft.remove(&Elem::new(1)) && !draft.contains(&Elem::new(1)) && base.contains(&Elem::new(1))
        );
        draft.clear();
        let empty = draft.clone();
        draft.clear();
        assert!(draft.is_empty() && draft.ptr_eq(&empty));
    }
    assert_eq!(live(), 0);
}

#[test]
fn order_does_not_matter_to_equality() {
    let mut a: PagedSet<i64> = (0..5_000).collect();
    let mut b: PagedSet<i64> = (0..5_000).rev().collect();
    assert_eq!(a, b);
    a.insert(-1);
    assert_ne!(a, b);
    b.insert(-1);
    assert_eq!(a, b);
    a.remove(&17);
    assert_ne!(a, b);
    a.insert(17);
    assert_eq!(a, b);
}

#[test]
fn supersets_hold_what_they_should() {
    let set = PagedSet::from([0, 1, 2]);
    let cases =
        [(vec![0, 1, 2], true), (vec![], true), (vec![1], true), (vec![1, 2], true), (vec![1, 2, 6], false)];
    for (other, expected) in cases {
        let other: PagedSet<i32> = other.into_iter().collect();
        assert_eq!((set.is_superset(&other), other.is_subset(&set)), (expected, expected));
    }
    assert!(!PagedSet::new().is_superset(&set));
}

#[test]
fn debug_has_the_text_of_std() {
    let mut set = PagedSet::from([1]);
    assert_eq!(format!("{set:?} {:?}", PagedSet::<u8>::new()), "{1} {}");
    assert_eq!(format!("{set:#?}"), format!("{:#?}", HashSet::from([1])));
    assert_eq!(format!("{:?} {:?}", set.iter(), set.clone().into_iter()), "[1] [1]");
    let other = PagedSet::from([2]);
    assert_eq!(format!("{:?} {:?}", set.difference(&other), set.intersection(&set)), "[1] [1]");
    assert_eq!(format!("{:?} {:?}", set.union(&set), set.symmetric_difference(&set)), "[1] []");
    assert_eq!(format!("{:?}", set.drain()), "[1]");
}

#[test]
fn the_algebra_says_how_much_is_to_come() {
    #[track_caller]
    fn stays_true<'a>(mut elements: impl Iterator<Item = &'a u32>, count: usize) {
        for left in (0..=count).rev() {
            let (least, most) = elements.size_hint();
            assert!(least <= left && most.is_some_and(|most| left <= most), "{left} of {least} to {most:?}");
            assert_eq!(elements.next().is_some(), left > 0);
        }
    }

    let (large, small): (PagedSet<u32>, PagedSet<u32>) = ((0..5_000).collect(), (4_000..7_000).collect());
    for (a, b) in [(&large, &small), (&small, &large)] {
        assert_eq!(a.union(b).size_hint(), (5_000, Some(8_000)));
        assert_eq!(a.intersection(b).size_hint(), (0, Some(3_000)));
        assert_eq!(a.difference(b).size_hint(), (0, Some(a.len())));
        assert_eq!(a.symmetric_difference(b).size_hint(), (0, Some(8_000)));
        stays_true(a.union(b), 7_000);
        stays_true(a.intersection(b), 1_000);
        stays_true(a.difference(b), a.len() - 1_000);
        stays_true(a.symmetric_difference(b), 6_000);
    }
}

#[test]
fn several_are_removed_at_once() {
    let mut set = PagedSet::from([0, 1, 2]);
    set.retain(|n| ![1, 2].contains(n));
    assert_eq!(set, PagedSet::from([0]));
    let mut set = PagedSet::from([3, 1, 2, 9]);
    set.retain(|n| [9, 3].contains(n));
    assert_eq!(set, PagedSet::from([3, 9]));
}

#[test]
fn an_iterator_goes_on_with_the_old_set() {
    let mut set: PagedSet<u64> = (0..4_000).collect();
    let before = set.clone();
    let mut iter = before.iter();
    let mut seen: Vec<_> = iter.by_ref().take(1_000).collect();
    set.clear();
    set.insert(9_999);
    seen.extend(iter);
    seen.sort_unstable();
    assert!(seen.into_iter().copied().eq(0..4_000));
}

#[test]
fn elements_are_found_by_what_they_borrow_as() {
    let mut set: PagedSet<String> = (0..3_000).map(|n| n.to_string()).collect();
    assert_eq!((set.contains("17"), set.contains("x"), set.get("17")), (true, false, Some(&"17".to_owned())));
    assert_eq!((set.take("17"), set.take("17")), (Some("17".to_owned()), None));
}

#[test]
fn insert_keeps_the_equal_element_and_replace_swaps_it() {
    let tag = |set: &Hostile| set.get(&Elem::new(1)).unwrap().tag;
    let mut set = Hostile::default();
    assert!(set.insert(Elem::tagged(1, 1)));
    assert!(!set.insert(Elem::tagged(1, 2)));
    set.extend([Elem::tagged(1, 3)]);
    assert_eq!(tag(&set), 1);
    let base = set.clone();
    assert_eq!(set.replace(Elem::tagged(1, 4)).map(|old| old.tag), Some(1));
    assert_eq!((tag(&set), tag(&base), set.len()), (4, 1, 1));
    assert!(!set.ptr_eq(&base));
    assert!(set.replace(Elem::new(2)).is_none());
    let collected: Hostile = (0..5).map(|tag| Elem::tagged(1, tag)).collect();
    assert_eq!((tag(&collected), collected.len()), (0, 1));
}

#[test]
fn converts_from_and_to_std() {
    for n in [0_u64, 3, 1_793, 20_000] {
        let std: HashSet<u64> = (0..n).collect();
        let ours = PagedSet::from(std.clone());
        let kept = ours.clone();
        assert_eq!(ours.len() as u64, n);
        assert_eq!(HashSet::from(ours), std);
        assert_eq!(HashSet::from(kept), std);
    }
}

// ---- what is shared ------------------------------------------------------------------------------------------------

#[test]
fn the_operators_share_what_both_sides_have() {
    let base: PagedSet<u64> = (0..50_000).collect();
    let mut other = base.clone();
    other.remove(&7);
    let pages = base.page_count();
    assert!((&base | &other).ptr_eq(&base) && (&base & &other).ptr_eq(&other));
    let few = other.iter().copied().filter(|n| *n == 8).collect::<PagedSet<u64>>();
    assert_eq!((&base & &base).shared_pages(&base), pages);
    assert_eq!((&base - &few).shared_pages(&base), pages - 1);
    assert_eq!(&(&base ^ &other), &PagedSet::from([7]));
}

#[test]
fn a_set_that_was_large_once_is_small_again() {
    let mut set: PagedSet<u64> = (0..1_000_000).collect();
    set.retain(|n| *n < 10);
    assert_eq!((set.len(), set.page_count()), (10, 1));
    assert!(set.capacity() < 32);
}

#[test]
fn each_call_hashes_once() {
    let mut set: Hostile = (0..1_000).map(Elem::new).collect();
    assert_eq!(hashes(|| set.insert(Elem::new(1))).0, 1);
    assert_eq!(hashes(|| set.insert(Elem::new(5_000))).0, 1);
    assert_eq!(hashes(|| set.replace(Elem::new(5_000)).is_some()).0, 1);
    assert_eq!(hashes(|| set.contains(&Elem::new(5_000))).0, 1);
    assert_eq!(hashes(|| set.clone().len()).0, 0);
}

#[test]
fn elements_may_have_no_size() {
    let mut set = PagedSet::from([()]);
    let shared = set.clone();
    assert_eq!((set.insert(()), set.replace(()), set.take(&()), set.len()), (false, Some(()), Some(()), 0));
    assert_eq!((shared.len(), shared.into_iter().count()), (1, 1));
}
