//! `PagedMap` against std's `HashMap`, and what it shares, copies, hashes and drops.

mod extract;
mod pages;
mod room;

use std::{
    cell::Cell,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    mem,
    ops::Range,
    panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    sync::Arc,
};

use proptest::{collection::vec, prelude::*, sample::select};
use readmostly::paged::{PagedMap, PagedSet, hash_map::Entry};
use static_assertions::{assert_impl_all, assert_not_impl_any};

use crate::support::elements::{
    By, Constant, Elem, Few, HighBits, Identity, Mapping, Mixed, Multiples, clones, hashes, live, with_fuse,
};

type Hostile = PagedMap<Elem, Elem, By<Mixed>>;

fn elems(ids: impl IntoIterator<Item = u64>) -> Hostile {
    ids.into_iter().map(|id| (Elem::new(id), Elem::new(id))).collect()
}

/// A copy with pages of its own, each entry in the bucket where it was.
fn unshared(map: &Hostile) -> Hostile {
    let mut copy = map.clone();
    copy.iter_mut().for_each(drop);
    assert_eq!(copy.shared_pages(map), 0);
    copy
}

// ---- the same operations on ours and on std's ------------------------------------------------------------------

/// Large, so that pages are small and a few hundred entries are many pages.
#[derive(Clone, Debug, PartialEq)]
struct Wide([u64; 16]);

fn wide(n: u64) -> Wide {
    Wide([n; 16])
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

// ---- std's rules -------------------------------------------------------------------------------------------------

#[test]
fn a_new_map_is_empty() {
    let mut map: PagedMap<u64, u64> = PagedMap::new();
    assert_eq!((map.len(), map.is_empty(), map.page_count(), map.capacity()), (0, true, 1, 0));
    assert_eq!((map.get(&1), map.contains_key(&1)), (None, false));
    assert_eq!(map.get_mut(&1), None);
    assert_eq!(map.remove(&1), None);
    assert_eq!((map.keys().next(), map.values().next(), map.iter().next()), (None, None, None));
    assert_eq!(map.insert(1, 1), None);
    assert_eq!((map.len(), map.contains_key(&1)), (1, true));
    assert_eq!(
        (map.keys().next(), map.values().next(), map.iter().next()),
        (Some(&1), Some(&1), Some((&1, &1)))
    );
}

#[test]
fn writes_do_not_reach_a_clone() {
    let map = PagedMap::from([("a", 1), ("b", 2), ("c", 3)]);
    let mut copy = map.clone();
    assert_eq!(copy.insert("a", 2), Some(1));
    copy.extend([("b", 20), ("d", 40)]);
    copy.extend([(&"e", &50)]);
    assert_eq!(copy.len(), 5);
    copy.clear();
    assert_eq!((copy.len(), map.len()), (0, 3));
    assert_eq!((map.keys().len(), map.values().len(), map.iter().len()), (3, 3, 3));
    assert!(map.values().any(|&value| value == 2) && !map.values().any(|&value| value == 40));
    assert_eq!(map, PagedMap::from([("c", 3), ("b", 2), ("a", 1)]));
}

#[test]
fn extending_keeps_the_very_values() {
    let first: Vec<_> = (0..3_000).map(|n| (n, Arc::new(n))).collect();
    let second: Vec<_> = (3_000..7_000).map(|n| (n, Arc::new(n))).collect();
    let mut map: PagedMap<u32, Arc<u32>> = first.iter().cloned().collect();
    map.extend(second.iter().cloned());
    assert_eq!(map.len(), first.len() + second.len());
    assert!(first.iter().chain(&second).all(|(key, value)| Arc::ptr_eq(&map[key], value)));
}

#[test]
fn converts_from_and_to_std() {
    for n in [0_u64, 3, 1_792, 1_793, 20_000] {
        let std: HashMap<u64, u64> = (0..n).map(|n| (n, n * n)).collect();
        let ours = PagedMap::from(std.clone());
        assert_eq!(ours.len(), std.len());
        assert!(ours.iter().all(|(key, value)| std[key] == *value && ours[key] == *value));
        let kept = ours.clone();
        assert_eq!(HashMap::from(ours), std);
        assert_eq!(HashMap::from(kept), std);
    }
}

#[test]
fn equal_is_what_std_calls_equal() {
    let map: PagedMap<u64, f64> = (0..5_000).map(|n| (n, 0.5)).collect();
    let rebuilt: PagedMap<u64, f64> = (0..5_000).rev().map(|n| (n, 0.5)).collect();
    assert_eq!(map, rebuilt);
    let mut other = map.clone();
    assert_eq!(map, other);
    other.insert(7, 0.6);
    assert_ne!(map, other);
    other.insert(7, 0.5);
    assert_eq!(map, other);
    other.remove(&7);
    assert_ne!(map, other);
    other.insert(7, f64::NAN);
    // Not even with itself.
    assert_ne!(other, other.clone());
}

#[test]
fn debug_has_the_text_of_std() {
    assert_eq!(format!("{:?}", PagedMap::<u8, u8>::new()), "{}");
    assert_eq!(format!("{:?}", PagedMap::from([("a", 1)])), format!("{:?}", HashMap::from([("a", 1)])));
    assert_eq!(format!("{:#?}", PagedMap::from([("a", 1)])), format!("{:#?}", HashMap::from([("a", 1)])));
    let mut map = PagedMap::from([("a", 1)]);
    assert_eq!(format!("{:?} {:?} {:?}", map.iter(), map.keys(), map.values()), r#"[("a", 1)] ["a"] [1]"#);
    assert_eq!(format!("{:?}", map.iter_mut()), r#"[("a", 1)]"#);
    assert_eq!(format!("{:?}", map.values_mut()), "[1]");
    assert_eq!(format!("{:?}", map.entry("a")), r#"Entry(OccupiedEntry { key: "a", value: 1, .. })"#);
    assert_eq!(format!("{:?}", map.entry("b")), r#"Entry(VacantEntry("b"))"#);
    assert_eq!(format!("{:?} {:?}", map.clone().into_keys(), map.clone().into_values()), r#"["a"] [1]"#);
    assert_eq!(format!("{:?} {:?}", map.clone().into_iter(), map.drain()), r#"[("a", 1)] [("a", 1)]"#);
}

#[test]
fn kept_views_do_not_see_a_write() {
    let mut map: PagedMap<u64, u64> = (0..5_000).map(|n| (n, n)).collect();
    let before = map.clone();
    let mut iter = before.iter();
    let first = *iter.next().unwrap().0;
    map.insert(9_999, 0);
    map.remove(&1);
    let mut rest: Vec<_> = iter.map(|(key, _)| *key).collect();
    rest.push(first);
    rest.sort_unstable();
    assert!(rest.into_iter().eq(0..5_000));
    assert!(map.contains_key(&9_999) && !before.contains_key(&9_999));
    map.clear();
    assert_eq!(before.keys().copied().sum::<u64>(), (0..5_000).sum());
}

#[test]
fn every_way_to_walk_sees_the_same() {
    for n in [0_u64, 1, 1_792, 10_000] {
        let mut map: PagedMap<u64, u64> = (0..n).map(|n| (n, n + 1)).collect();
        let all: Vec<_> = map.iter().map(|(k, v)| (*k, *v)).collect();
        assert_eq!(all.len() as u64, n);
        let mut iter = map.iter();
        iter.by_ref().take(all.len() / 3).for_each(drop);
        assert_eq!(iter.len(), all.len() - all.len() / 3);
        assert!(iter.clone().map(|(k, _)| k).eq(all[all.len() / 3..].iter().map(|(k, _)| k)));
        let mut folded = Vec::new();
        iter.for_each(|(k, v)| folded.push((*k, *v)));
        assert_eq!(folded, all[all.len() / 3..]);
        assert!(map.keys().copied().eq(all.iter().map(|entry| entry.0)));
        assert!(map.values().copied().eq(all.iter().map(|entry| entry.1)));
        assert!((&map).into_iter().eq(all.iter().map(|(k, v)| (k, v))));
        assert!((&mut map).into_iter().map(|(k, v)| (*k, *v)).eq(all.iter().copied()));
        let (mut by_mut, mut owned, mut taken) = (map.iter_mut(), Vec::new(), 0);
        while let Some((k, v)) = by_mut.next() {
            owned.push((*k, *v));
            taken += 1;
            assert_eq!(by_mut.size_hint(), (all.len() - taken, Some(all.len() - taken)));
        }
        assert!(owned == all && by_mut.next().is_none());
        let mut owned = map.clone().into_iter();
        for taken in 1..=all.len() {
            assert_eq!((owned.next(), owned.len()), (Some(all[taken - 1]), all.len() - taken));
        }
        assert!(owned.next().is_none());
        let kept = map.clone();
        map.values_mut().for_each(|v| *v += 1);
        assert!(map.values().copied().eq(all.iter().map(|entry| entry.1 + 1)));
        map.values_mut().for_each(|v| *v -= 1);
        assert!(kept.values().copied().eq(map.values_mut().map(|v| *v)));
        // Once out of pages that are shared, once out of pages that are not.
        assert!(map.clone().into_iter().eq(all.iter().copied()));
        assert!(map.clone().into_keys().eq(all.iter().map(|entry| entry.0)));
        assert!(map.clone().into_values().eq(all.iter().map(|entry| entry.1)));
        let mut drained = map.drain();
        assert_eq!(drained.len(), all.len());
        assert!(drained.by_ref().eq(all.iter().copied()));
        assert_eq!((drained.next(), drained.next(), drained.len()), (None, None, 0));
        drop(drained);
        assert!(map.is_empty());
    }
}

#[test]
fn entries_behave_as_in_std() {
    let mut map = PagedMap::from([("a", 1)]);
    assert_eq!(*map.entry("a").or_insert_with(|| unreachable!()), 1);
    assert_eq!(*map.entry("abc").or_insert_with_key(|key| i32::try_from(key.len()).unwrap()), 3);
    assert_eq!(*map.entry("d").or_default(), 0);
    assert_eq!(*map.entry("a").and_modify(|value| *value += 1).or_insert(9), 2);
    assert_eq!(*map.entry("b").and_modify(|_| unreachable!()).or_insert(9), 9);
    assert_eq!(map.entry("b").insert_entry(10).insert(11), 10);
    assert_eq!(map.entry("c").insert_entry(12).key(), &"c");
    let Entry::Occupied(mut entry) = map.entry("c") else { unreachable!() };
    assert_eq!((*entry.get(), *entry.get_mut()), (12, 12));
    assert_eq!(entry.remove_entry(), ("c", 12));
    assert_eq!(map, PagedMap::from([("a", 2), ("abc", 3), ("d", 0), ("b", 11)]));
}

#[test]
fn keys_are_found_by_what_they_borrow_as() {
    let mut map: PagedMap<String, u32> = (0..3_000).map(|n| (n.to_string(), n)).collect();
    assert_eq!((map.get("17"), map["17"], map.contains_key("x")), (Some(&17), 17, false));
    *map.get_mut("17").unwrap() = 18;
    assert_eq!(map.remove_entry("17"), Some(("17".to_owned(), 18)));
    assert_eq!(map.get_key_value("18"), Some((&"18".to_owned(), &18)));
}

#[test]
#[should_panic(expected = "no entry found for key")]
fn indexing_by_an_absent_key_panics() {
    let _ = PagedMap::from([("a", 1)])["b"];
}

#[test]
fn inserting_over_a_key_keeps_the_key_that_is_there() {
    let mut map = Hostile::default();
    map.insert(Elem::tagged(1, 1), Elem::new(10));
    let old = map.insert(Elem::tagged(1, 2), Elem::new(20)).unwrap();
    assert_eq!((old.id, map.keys().next().unwrap().tag, map.values().next().unwrap().id), (10, 1, 20));
    map.extend([(Elem::tagged(1, 3), Elem::new(30))]);
    assert_eq!((map.keys().next().unwrap().tag, map.values().next().unwrap().id), (1, 30));
    let collected: Hostile = (0..5).map(|tag| (Elem::tagged(1, tag), Elem::new(tag.into()))).collect();
    assert_eq!((collected.keys().next().unwrap().tag, collected.values().next().unwrap().id), (0, 4));
}

// A page is shared between all that have a clone, so elements must be both.
#[test]
fn threads_may_have_what_their_elements_allow() {
    fn covariant<'a>(map: PagedMap<&'static str, &'static str>) -> PagedMap<&'a str, &'a str> {
        map
    }
    assert_impl_all!(PagedMap<String, Vec<u8>>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    assert_impl_all!(PagedSet<String>: Send, Sync, Unpin, UnwindSafe, RefUnwindSafe);
    assert_not_impl_any!(PagedMap<u64, Cell<u64>>: Send, Sync);
    assert_not_impl_any!(PagedMap<u64, Rc<u64>>: Send, Sync);
    assert_not_impl_any!(PagedSet<Rc<u64>>: Send, Sync);
    assert!(covariant(PagedMap::new()).is_empty());
}

#[test]
fn a_map_keeps_the_hasher_that_it_was_given() {
    let state = RandomState::new();
    let given: [PagedMap<u64, u64, _>; 2] =
        [PagedMap::with_hasher(state.clone()), PagedMap::with_capacity_and_hasher(100, state.clone())];
    for map in given {
        assert_eq!(map.hasher().hash_one(7), state.hash_one(7));
        assert_eq!(map.clone().hasher().hash_one(7), state.hash_one(7));
    }
}

#[test]
fn the_default_hasher_is_keyed() {
    let order = || (0..100).map(|n| (n, n)).collect::<PagedMap<u32, u32>>().into_keys().collect::<Vec<_>>();
    assert!((0..8).any(|_| order() != order()));
}

#[test]
fn nothing_asks_for_clone_that_does_not_copy() {
    struct NotClone(u64);
    let mut map: PagedMap<u64, NotClone> = (0..5_000).map(|n| (n, NotClone(n))).collect();
    let other = map.clone();
    assert_eq!(map.get(&7).unwrap().0, 7);
    assert_eq!(map.entry(7).key(), &7);
    map.clear();
    assert_eq!((map.len(), other.iter().map(|(_, value)| value.0).max()), (0, Some(4_999)));
}

// ---- what is shared, and what a write copies -----------------------------------------------------------------------

#[test]
fn one_insert_copies_one_page() {
    let base: PagedMap<u64, u64> = (0..200_000).map(|n| (n, n)).collect();
    let mut splits = 0;
    for key in 200_000..200_100 {
        let mut draft = base.clone();
        assert!(draft.ptr_eq(&base));
        draft.insert(key, 0);
        assert!(!draft.ptr_eq(&base));
        // A page that is split gives way to two.
        splits += draft.page_count() - base.page_count();
        assert!(draft.shared_pages(&base) + 2 >= base.page_count());
        assert!(draft.page_count() <= base.page_count() + 1);
        let mut draft = base.clone();
        *draft.get_mut(&(key / 2)).unwrap() = 0;
        assert_eq!(draft.shared_pages(&base), base.page_count() - 1);
        let mut draft = base.clone();
        draft.remove(&(key / 2));
        assert_eq!(draft.shared_pages(&base), base.page_count() - 1);
    }
    assert!(splits == 0 || splits == 100, "a split comes with the length alone");
}

#[test]
fn a_split_copies_one_page_of_the_table() {
    let mut map = Hostile::default();
    let mut splits = 0;
    for id in 0..8_000 {
        let (before, pages) = (map.clone(), map.page_count());
        let (copied, ()) = clones(|| drop(map.insert(Elem::new(id), Elem::new(id))));
        if pages > 1 {
            // A key and a value each; twice the mean is a page that was not split yet in this round.
            assert!(copied <= 2 * 4 * (map.len() / pages), "{copied} at {id}");
            // The page that is split, and the page that is written to.
            assert!(map.shared_pages(&before) + 2 >= pages);
            splits += map.page_count() - pages;
        }
    }
    assert_eq!((splits, map.page_count()), (64 - 16, 64));
}

#[test]
fn a_batch_copies_each_page_once() {
    let base = elems(0..3_000);
    let mut draft = base.clone();
    let (copied, ()) = clones(|| {
        for round in 0..10 {
            for id in 0..3_000 {
                draft.insert(Elem::new(id), Elem::tagged(id, round));
            }
        }
    });
    assert_eq!(copied, 2 * 3_000);
    assert_eq!(clones(|| draft.values_mut().for_each(|value| value.tag = 0)).0, 0);
}

// G12
#[test]
fn what_changes_nothing_copies_nothing() {
    for n in [0, 100, 5_000] {
        let base = elems(0..n);
        let mut draft = base.clone();
        let (copied, ()) = clones(|| {
            assert!(draft.remove(&Elem::new(99_999)).is_none());
            assert!(draft.get_mut(&Elem::new(99_999)).is_none());
            for id in [0, 1, 99_999] {
                let entry = draft.entry(Elem::new(id));
                assert_eq!(entry.key().id, id);
            }
            if let Entry::Occupied(entry) = draft.entry(Elem::new(1)) {
                assert_eq!(entry.get().id, 1);
            }
            draft.retain(|_, _| true);
            draft.extend([]);
            draft.reserve(0);
            assert_eq!(draft.iter_mut().len(), draft.values_mut().len());
            assert_eq!(draft.entry(Elem::new(99_999)).and_modify(|_| unreachable!()).key().id, 99_999);
            if n == 0 {
                draft.clear();
                assert_eq!(draft.drain().count(), 0);
                draft.shrink_to_fit();
            }
        });
        assert_eq!(copied, 0);
        assert!(draft.ptr_eq(&base));
    }
}

#[test]
fn every_change_shows_in_ptr_eq_or_len() {
    type Map = PagedMap<u64, u64>;
    let writes: [fn(&mut Map); 9] = [
        |map| assert_ne!(map.insert(1, 5), Some(99)),
        |map| assert_ne!(map.insert(9_999, 5), Some(99)),
        |map| assert_ne!(map.remove(&1), Some(99)),
        |map| *map.get_mut(&1).unwrap() = 5,
        |map| map.entry(1).and_modify(|value| *value = 5).or_default().clone_from(&6),
        |map| map.retain(|key, _| *key != 1),
        |map| map.iter_mut().take(1).for_each(|(_, value)| *value = 5),
        |map| map.clear(),
        |map| assert!(map.drain().len() > 0),
    ];
    for n in [100, 5_000] {
        let base: Map = (0..n).map(|n| (n, n)).collect();
        for write in writes {
            let mut draft = base.clone();
            write(&mut draft);
            assert!(!draft.ptr_eq(&base));
        }
    }
}

#[test]
fn retain_copies_the_pages_that_lose_something() {
    let base: PagedMap<u64, u64> = (0..50_000).map(|n| (n, n)).collect();
    let mut draft = base.clone();
    draft.retain(|&key, _| key != 77);
    assert_eq!((draft.len(), draft.shared_pages(&base)), (49_999, base.page_count() - 1));
    let mut draft = base.clone();
    let mut calls = 0;
    draft.retain(|key, value| {
        assert_eq!(key, value);
        calls += 1;
        key % 2 == 0
    });
    assert_eq!((calls, draft.len()), (50_000, 25_000));
    assert!((0..50_000).all(|key| draft.contains_key(&key) == (key % 2 == 0)));
    assert_eq!(base.len(), 50_000);
}

#[test]
fn retain_does_not_clone_what_most_of_goes() {
    let base = elems(0..5_000);
    let mut draft = base.clone();
    let (copied, ()) = clones(|| draft.retain(|key, _| key.id % 10 == 0));
    assert!(copied <= 2 * 2 * 500, "{copied}");
    assert!((0..500).all(|id| draft.contains_key(&Elem::new(id * 10))));
}

#[test]
fn a_panic_in_the_predicate_of_retain_changes_nothing() {
    let base = elems(0..5_000);
    for mut draft in [base.clone(), unshared(&base)] {
        let before = draft.clone();
        let mut calls = 0;
        let result = catch_unwind(AssertUnwindSafe(|| {
            draft.retain(|_, _| {
                calls += 1;
                if calls == 3_000 {
                    resume_unwind(Box::new(()));
                }
                false
            });
        }));
        assert!(result.is_err());
        assert!(draft.ptr_eq(&before));
        assert_eq!((draft.len(), draft.iter().count()), (5_000, 5_000));
    }
}

#[test]
fn a_table_that_was_large_once_is_small_again() {
    let full: PagedMap<u64, u64> = (0..1_000_000).map(|n| (n, n)).collect();
    assert!((900..1_100).contains(&full.page_count()));
    let mut retained = full.clone();
    retained.retain(|&key, _| key < 10);
    assert_eq!((retained.len(), retained.page_count()), (10, 1));
    assert!(retained.capacity() < 32);
    let mut cleared = full.clone();
    cleared.clear();
    assert_eq!((cleared.page_count(), cleared.capacity()), (1, 0));
    // One by one: merges, collapse, and tables that shrink.
    let mut removed: PagedMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    for key in 10..100_000 {
        assert_eq!(removed.remove(&key), Some(key));
    }
    assert_eq!((removed.len(), removed.page_count()), (10, 1));
    assert!(removed.capacity() < 128);
    assert!((0..10).all(|key| removed[&key] == key));
}

#[test]
fn a_page_that_was_emptied_shrinks_before_the_table_does() {
    let mut map: PagedMap<u64, u64> = (0..1_700).map(|n| (n, n)).collect();
    let before = map.capacity();
    for key in 20..1_700 {
        map.remove(&key);
    }
    assert_eq!(map.page_count(), 1);
    assert!(before >= 1_700 && map.capacity() < 256);
    map.shrink_to_fit();
    assert!((20..32).contains(&map.capacity()));
    let shared = map.clone();
    map.shrink_to_fit();
    assert!(map.ptr_eq(&shared));
}

#[test]
fn reserve_and_shrink_to_fit_keep_the_entries() {
    let mut map: PagedMap<u64, u64> = (0..100).map(|n| (n, n)).collect();
    for (additional, pages) in [(500, 1..=1), (100_000, 50..=200), (0, 50..=200)] {
        map.reserve(additional);
        assert!(map.capacity() >= 100 + additional && pages.contains(&map.page_count()));
        assert!((0..100).all(|key| map[&key] == key));
    }
    let pages = map.page_count();
    map.extend((0..100_000).map(|n| (n, n)));
    assert_eq!(map.page_count(), pages);
    map.shrink_to_fit();
    assert_eq!(map.page_count(), pages);
    map.retain(|key, _| key % 3 == 0);
    map.shrink_to_fit();
    assert!(map.page_count() < pages);
    assert!((0..100_000).all(|key| map.contains_key(&key) == (key % 3 == 0)));
}

#[test]
fn a_capacity_that_cannot_be_is_reported() {
    for capacity in [usize::MAX, usize::MAX / 2, usize::MAX / 16] {
        let result = catch_unwind(|| PagedMap::<u64, u64>::with_capacity(capacity));
        assert!(result.is_err());
        let mut map = PagedMap::from([(1, 1)]);
        assert!(catch_unwind(AssertUnwindSafe(|| map.reserve(capacity))).is_err());
        assert_eq!(map, PagedMap::from([(1, 1)]));
    }
    // Each has a byte of the table, if it has no other.
    assert!(catch_unwind(|| PagedMap::<(), ()>::with_capacity(usize::MAX)).is_err());
}

#[test]
fn size_hints_may_lie() {
    struct Lying(std::ops::Range<u64>, usize);
    impl Iterator for Lying {
        type Item = (u64, u64);
        fn next(&mut self) -> Option<(u64, u64)> {
            self.0.next().map(|n| (n, n))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, None)
        }
    }
    for hint in [0, 1, 1_793, usize::MAX >> 24, usize::MAX] {
        for n in [0, 3, 5_000] {
            let map: PagedMap<u64, u64> = Lying(0..n, hint).collect();
            assert_eq!(map.len() as u64, n);
            assert!((0..n).all(|key| map[&key] == key));
            assert!(map.page_count() <= 16);
            let mut map = PagedMap::from([(1_u64, 1_u64)]);
            map.extend(Lying(0..n, hint));
            assert_eq!(map.len() as u64, n.max(1));
        }
    }
}

// ---- hashers, and how often they are called ------------------------------------------------------------------------

/// The most entries that one page has, as a write to a clone shows.
fn largest_page<F: Mapping>(map: &PagedMap<u64, Elem, By<F>>) -> usize {
    let copied = |key: &u64| clones(|| map.clone().get_mut(key).is_some()).0;
    map.keys().step_by(13).map(copied).max().unwrap_or(0)
}

#[test]
fn bad_hashers_spread_over_the_pages() {
    fn check<F: Mapping>(name: &str) {
        let map: PagedMap<u64, Elem, By<F>> = (0..20_000).map(|n| (n, Elem::new(n))).collect();
        let mean = map.len() / map.page_count();
        let largest = largest_page(&map);
        // A page that was not split yet in this round has twice the entries of the others.
        assert!(map.page_count() > 50 && largest <= 4 * mean, "{name}: {largest}, where the mean is {mean}");
    }
    check::<Mixed>("mixed");
    check::<Identity>("identity");
    check::<Multiples>("multiples of 2^20");
    check::<HighBits>("high bits only");
}

#[test]
fn keys_of_one_hash_are_found() {
    let mut map: PagedMap<u64, u64, By<Constant>> = (0..10_000).map(|n| (n, n)).collect();
    assert_eq!(map.len(), 10_000);
    assert!((0..10_000).step_by(100).all(|key| map[&key] == key));
    let shared = map.clone();
    for key in 0..100 {
        map.insert(key + 20_000, 0);
        assert_eq!(map.remove(&(key * 99)), Some(key * 99));
    }
    assert_eq!((map.len(), shared.len()), (10_000, 10_000));
    map.retain(|key, _| *key < 50);
    assert!((0..50).all(|key| map.contains_key(&key) == (key % 99 != 0)));
}

#[test]
fn a_clone_hashes_nothing_and_an_insert_once() {
    let base = elems(0..1_000);
    let (hashed, mut draft) = hashes(|| base.clone());
    assert_eq!(hashed, 0);
    let (hashed, _) = hashes(|| draft.insert(Elem::new(5), Elem::new(6)));
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| draft.insert(Elem::new(5_000), Elem::new(6)));
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| draft.entry(Elem::new(6_000)).or_insert(Elem::new(6)).id);
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| PagedMap::<Elem, Elem>::new().get(&Elem::new(1)).is_some());
    assert_eq!(hashed, 0);
}

#[test]
fn a_hash_that_changes_breaks_nothing_but_lookups() {
    #[derive(Clone, PartialEq, Eq)]
    struct Fickle(u64);
    impl std::hash::Hash for Fickle {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            thread_local!(static CALLS: Cell<u64> = const { Cell::new(0) });
            CALLS.set(CALLS.get() + 1);
            state.write_u64(CALLS.get() / 7 + self.0);
        }
    }
    let mut map: PagedMap<Fickle, Elem> = PagedMap::new();
    let mut kept = Vec::new();
    for n in 0..6_000 {
        map.insert(Fickle(n % 2_500), Elem::new(n));
        map.remove(&Fickle(n / 2));
        if n % 500 == 0 {
            kept.push(map.clone());
        }
    }
    map.shrink_to_fit();
    map.retain(|key, _| key.0 % 2 == 0);
    assert_eq!(map.iter().count(), map.len());
    drop((map, kept));
    assert_eq!(live(), 0);
}

// ---- strange elements ----------------------------------------------------------------------------------------------

#[test]
fn elements_may_have_no_size() {
    let mut map: PagedMap<(), ()> = PagedMap::new();
    assert_eq!(map.insert((), ()), None);
    let shared = map.clone();
    assert_eq!(map.insert((), ()), Some(()));
    assert_eq!((map.len(), map.iter().count()), (1, 1));
    assert_eq!(map.remove(&()), Some(()));
    assert_eq!((map.len(), shared.len()), (0, 1));
    let map: PagedMap<u64, ()> = (0..10_000).map(|n| (n, ())).collect();
    assert_eq!((map.len(), map.into_iter().count()), (10_000, 10_000));
}

#[test]
fn elements_may_be_over_aligned() {
    // Less than a page of memory: rustc 1.95 miscompiles a local of that alignment where LLVM moves the prologue of a function
    // behind its first branch, as it does here without ThinLTO.
    #[repr(align(2048))]
    #[derive(Clone)]
    struct Aligned(u64);
    let mut map: PagedMap<u64, Aligned> = (0..300).map(|n| (n, Aligned(n))).collect();
    let shared = map.clone();
    map.extend((300..2_000).map(|n| (n, Aligned(n))));
    for map in [&map, &shared] {
        assert!(
            map.iter().all(|(key, value)| std::ptr::from_ref(value).addr() % 2048 == 0 && value.0 == *key)
        );
    }
}

#[test]
fn values_may_hold_a_clone_of_the_map_that_they_are_in() {
    #[derive(Clone)]
    struct Node(Option<PagedMap<u64, Node>>);
    let mut map: PagedMap<u64, Node> = PagedMap::new();
    for n in 0..100 {
        let before = map.clone();
        map.insert(n % 10, Node(Some(before)));
    }
    assert_eq!(map.len(), 10);
    assert_eq!(map[&9].0.as_ref().map(PagedMap::len), Some(10));
    map.insert(0, Node(None));
}

// ---- panics and drops --------------------------------------------------------------------------------------------------

/// Has every call of `Hash`, `Eq` and `Clone` in `write` panic in turn, in a map that shares its pages, in one that
/// does not, and in one that shares half of them. Only the entries in `touched` may be gone then, or new.
#[track_caller]
fn loses_nothing(map: &Hostile, touched: &[u64], write: impl Fn(&mut Hostile)) {
    let before: Vec<_> = map.keys().map(|key| key.id).filter(|id| !touched.contains(id)).collect();
    let half = |map: &Hostile| {
        let mut copy = map.clone();
        copy.iter_mut().take(map.len() / 2).for_each(drop);
        copy
    };
    for copy in [Hostile::clone, unshared, half] {
        let mut k = 0;
        loop {
            let alive = live();
            let mut draft = copy(map);
            let done = with_fuse(k, || write(&mut draft)).is_some();
            assert_eq!(draft.iter().count(), draft.len());
            let present = touched.iter().filter(|&&id| draft.contains_key(&Elem::new(id))).count();
            assert_eq!(draft.len(), before.len() + present);
            assert!(before.iter().all(|&id| draft.get(&Elem::new(id)).is_some_and(|value| value.id == id)));
            // It goes on working.
            write(&mut draft);
            drop(draft);
            assert_eq!(live(), alive);
            if done {
                break;
            }
            // Each of the first ones, then wider and wider apart.
            k += 1 + k / 16;
        }
        assert!(before.iter().all(|&id| map.get(&Elem::new(id)).is_some_and(|value| value.id == id)));
    }
}

/// What a write did.
struct Seen {
    len: usize,
    pages: usize,
    pages_after: usize,
    hashed: usize,
}

/// Makes a map, and does `step` with the `ids` until `found` says that the write was the one that is looked for. Returns the
/// map before that write, and its id.
fn before(
    make: impl Fn() -> Hostile,
    ids: Range<u64>,
    step: impl Fn(&mut Hostile, u64),
    found: impl Fn(Seen) -> bool,
) -> (Hostile, u64) {
    let mut map = make();
    let is_found = |&id: &u64| {
        let (len, pages) = (map.len(), map.page_count());
        let (hashed, ()) = hashes(|| step(&mut map, id));
        found(Seen { len, pages, pages_after: map.page_count(), hashed })
    };
    let id = ids.clone().find(is_found).expect("no such write");
    let mut map = make();
    (ids.start..id).for_each(|id| step(&mut map, id));
    (map, id)
}

fn insert(map: &mut Hostile, id: u64) {
    map.insert(Elem::new(id), Elem::new(id));
}

fn remove(map: &mut Hostile, id: u64) {
    map.remove(&Elem::new(id));
}

#[test]
fn a_panic_in_a_page_that_grows_loses_nothing() {
    let grows = |seen: Seen| seen.hashed > 1 && seen.pages == seen.pages_after;
    let (map, id) = before(Hostile::default, 0..2_000, insert, |seen| seen.len > 40 && grows(seen));
    assert_eq!(map.page_count(), 1);
    loses_nothing(&map, &[id], |map| insert(map, id));
    loses_nothing(&map, &[id], |map| map.entry(Elem::new(id)).or_insert_with(|| Elem::new(id)).tag = 1);
    let (map, id) = before(|| elems(0..2_500), 2_500..5_000, insert, grows);
    assert!(map.page_count() > 1);
    loses_nothing(&map, &[id], |map| insert(map, id));
}

#[test]
fn a_panic_in_a_split_loses_nothing() {
    let splits = |seen: Seen| seen.pages < seen.pages_after;
    let (map, id) = before(Hostile::default, 0..2_000, insert, splits);
    assert_eq!(map.page_count(), 1);
    loses_nothing(&map, &[id], |map| insert(map, id));
    let (map, id) = before(|| elems(0..2_500), 2_500..5_000, insert, splits);
    assert!(map.page_count() > 1);
    loses_nothing(&map, &[id], |map| insert(map, id));
}

#[test]
fn a_panic_in_a_merge_loses_nothing() {
    let make = || elems(0..5_000);
    let (map, id) = before(make, 0..5_000, remove, |seen| seen.pages_after + 1 == seen.pages);
    assert!(map.page_count() > 2);
    loses_nothing(&map, &[id], |map| remove(map, id));
    let (map, id) = before(make, 0..5_000, remove, |seen| seen.pages > 2 && seen.pages_after == 1);
    loses_nothing(&map, &[id], |map| remove(map, id));
    let shrinks = |seen: Seen| seen.hashed > 1 && seen.pages == seen.pages_after;
    let (map, id) = before(|| elems(0..1_500), 0..1_500, remove, shrinks);
    loses_nothing(&map, &[id], |map| remove(map, id));
}

#[test]
fn a_panic_in_other_writes_loses_nothing() {
    let map = elems(0..2_000);
    loses_nothing(&map, &[], |map| map.reserve(10_000));
    loses_nothing(&map, &[7], |map| map.retain(|key, _| key.id != 7));
    let third: Vec<_> = (0..2_000).filter(|id| id % 3 != 0).collect();
    loses_nothing(&map, &third, |map| map.retain(|key, _| key.id % 3 == 0));
    let most: Vec<_> = (0..2_000).filter(|id| id % 20 != 0).collect();
    loses_nothing(&map, &most, |map| map.retain(|key, _| key.id % 20 == 0));
    loses_nothing(&map, &[5_000, 5_001], |map| {
        map.extend([5_000, 5_001].map(|id| (Elem::new(id), Elem::new(id))));
    });
    loses_nothing(&map, &[], |map| map.entry(Elem::new(7)).or_insert_with(|| unreachable!()).tag += 1);
    let loose = {
        let mut map = elems(0..4_000);
        map.retain(|key, _| key.id % 2 == 0);
        map
    };
    loses_nothing(&loose, &[], |map| {
        map.shrink_to_fit();
        insert(map, 0);
    });
}

#[test]
fn every_element_is_dropped_once() {
    let kept = {
        let mut map = elems(0..3_000);
        let mut kept = Vec::new();
        for round in 0..2_000 {
            let id = round * 7 % 4_000;
            if round % 3 == 0 {
                remove(&mut map, id);
            } else {
                insert(&mut map, id);
            }
            if round % 100 == 0 {
                kept.push(map.clone());
            }
        }
        let mut half = map.clone().into_iter();
        half.by_ref().take(500).for_each(drop);
        drop(half);
        assert_eq!(map.drain().take(10).count(), 10);
        assert_eq!(map.len(), 0);
        kept
    };
    assert!(live() >= 2 * 3_000);
    drop(kept);
    assert_eq!(live(), 0);
}

#[test]
fn a_destructor_that_panics_is_run_once() {
    #[derive(Clone)]
    struct Bomb(bool, Arc<()>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 {
                resume_unwind(Box::new(()));
            }
        }
    }
    let counter = Arc::new(());
    for write in [PagedMap::clear, |map: &mut PagedMap<u64, Bomb>| map.retain(|key, _| key % 2 == 1)] {
        for n in [100, 3_000] {
            let bomb = |key| (key, Bomb(key == 42, Arc::clone(&counter)));
            let mut map: PagedMap<u64, Bomb> = (0..n).map(bomb).collect();
            assert!(catch_unwind(AssertUnwindSafe(|| write(&mut map))).is_err());
            assert!(!map.contains_key(&42));
            assert_eq!(map.iter().count(), map.len());
            // One dropped twice would be missing here.
            assert!(map.values().all(|value| Arc::strong_count(&value.1) > map.len()));
            map.insert(1, Bomb(false, Arc::clone(&counter)));
            drop(map);
        }
    }
}
