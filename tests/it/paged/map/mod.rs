//! `PagedMap` against std's `HashMap`, and what it shares, copies, hashes and drops.

mod drops;
mod extract;
mod hashers;
mod model;
mod pages;
mod room;
mod sharing;

use std::{
    cell::Cell,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    panic::{RefUnwindSafe, UnwindSafe},
    rc::Rc,
    sync::Arc,
};

use readmostly::paged::{PagedMap, PagedSet, hash_map::Entry};
use static_assertions::{assert_impl_all, assert_not_impl_any};

use crate::support::elements::Elem;
use crate::support::hashers::{By, Mixed};

type Hostile = PagedMap<Elem, Elem, By<Mixed>>;

fn elems(ids: impl IntoIterator<Item = u64>) -> Hostile {
    ids.into_iter().map(|id| (Elem::new(id), Elem::new(id))).collect()
}

/// A copy with pages of its own, each entry in the bucket where it was.
fn unshared(map: &Hostile) -> Hostile {
    let mut copy = map.clone();
    copy.iter_mut().for_each(drop);
    // An empty page is not copied.
    assert!(copy.keys().zip(map.keys()).all(|(key, of_map)| !std::ptr::eq(key, of_map)));
    copy
}

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
fn several_are_found_as_each_is() {
    for n in [0, 3, 448, 449, 12_000] {
        let map = elems((0..n).map(|id| id * 3));
        let set: PagedSet<Elem, By<Mixed>> = map.keys().cloned().collect();
        for start in (0..3 * n + 10).step_by(97) {
            let keys = [0, 1, 2, 3, 3, 0].map(|more| Elem::new(start + more));
            let found = map.get_many(keys.each_ref());
            assert_eq!(found, keys.each_ref().map(|key| map.get(key)));
            assert_eq!(set.get_many(keys.each_ref()), keys.each_ref().map(|key| set.get(key)));
        }
        assert_eq!(map.get_many::<Elem, 0>([]), []);
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
    assert_eq!(before.keys().copied().sum::<u64>(), (0..5_000).sum::<u64>());
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

#[test]
fn a_retain_that_rejects_nothing_copies_nothing_however_many_pages_there_are() {
    // So many pages that the table would be merged after a removal.
    let mut map: PagedMap<u64, u64> = PagedMap::with_capacity(100_000);
    for n in 0..10 {
        map.insert(n, n);
    }
    let before = map.clone();
    assert!(map.page_count() > 1);
    map.retain(|_, _| true);
    assert!(map.ptr_eq(&before));
    map.retain(|key, _| *key > 0);
    assert_eq!((map.len(), map.page_count()), (9, 1));
}
