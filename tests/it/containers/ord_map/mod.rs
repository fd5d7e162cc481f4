//! `CowOrdMap`: what it has beside the methods that all maps have, which are tested in `map`. `model.rs` holds all of it against `BTreeMap`.

mod model;

use crate::support::elements::{Elem, clones};
use crate::support::versions::{panics, published, unchanged};
use readmostly::CowOrdMap;
use readmostly::paged::{Change, PagedOrdMap};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::{mem, thread};

assert_impl_all!(CowOrdMap<u8, u8>: Send, Sync);
assert_not_impl_any!(CowOrdMap<u8, u8>: Clone);
assert_not_impl_any!(CowOrdMap<u8, Rc<u8>>: Send, Sync);
assert_not_impl_any!(CowOrdMap<Rc<u8>, u8>: Send, Sync);

/// `{a: 1, b: 2, c: 3}`, which most tests begin with.
fn abc() -> CowOrdMap<&'static str, i32> {
    CowOrdMap::from([("c", 3), ("a", 1), ("b", 2)])
}

/// What the current version holds.
fn content<K: Clone, V: Clone>(map: &CowOrdMap<K, V>) -> Vec<(K, V)> {
    map.snapshot().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn a_new_map_is_empty() {
    let map = CowOrdMap::<&str, i32>::new();
    assert_eq!((map.get("a"), map.contains_key("a"), map.len(), map.is_empty()), (None, false, 0, true));
    assert_eq!((map.first_key_value(), map.last_key_value(), map.get_index(0)), (None, None, None));
    assert_eq!((map.get_le("a"), map.get_ge("a"), map.rank("a")), (None, None, 0));
    assert_eq!(unchanged(&map, || (map.pop_first(), map.pop_last())), (None, None));
    assert_eq!(map, CowOrdMap::default());
}

#[test]
fn it_is_in_order_whatever_it_is_made_of() {
    let std: BTreeMap<u32, u32> = (0..3_000).map(|n| (n * 7 % 3_000, n)).collect();
    let map = CowOrdMap::from(std.clone());
    let other: CowOrdMap<u32, u32> = std.clone().into_iter().rev().collect();
    assert!(map.load().iter().eq(&std));
    assert_eq!(map, other);
    other.insert(7, 0);
    assert_ne!(map, other);
    assert_eq!(format!("{map:?}"), format!("{std:?}"));
    assert_eq!(BTreeMap::from(map.into_inner()), std);
}

#[test]
fn a_neighbour_is_found_by_a_borrowed_form() {
    let map: CowOrdMap<String, i32> =
        content(&abc()).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    let found = |key: &str, value| Some((key.to_owned(), value));
    assert_eq!((map.get_lt("b"), map.get_le("b")), (found("a", 1), found("b", 2)));
    assert_eq!((map.get_ge("bb"), map.get_gt("b")), (found("c", 3), found("c", 3)));
    assert_eq!((map.get_lt("a"), map.get_gt("c")), (None, None));
    assert_eq!((map.rank("bb"), map.get_index(2), map.get_index(3)), (2, found("c", 3), None));
    assert_eq!((map.first_key_value(), map.last_key_value()), (found("a", 1), found("c", 3)));
}

#[test]
fn a_range_is_of_one_version() {
    let map: CowOrdMap<u32, u32> = (0..2_000).map(|n| (n, 0)).collect();
    let sum = map.range_with(500..1_500, |entries| {
        thread::scope(|s| {
            s.spawn(|| map.update(|draft| draft.values_mut().for_each(|value| *value = 1))).join().unwrap();
        });
        entries.map(|(_, value)| value).sum::<u32>()
    });
    assert_eq!(sum, 0);
    assert_eq!(map.range_with(500..1_500, |entries| entries.map(|(_, value)| value).sum::<u32>()), 1_000);
    let names = CowOrdMap::from([("a".to_string(), 1), ("b".to_string(), 2)]);
    let behind = (Bound::Excluded("a"), Bound::Unbounded);
    assert_eq!(names.range_with::<str, _, _>(behind, |entries| entries.count()), 1);
}

#[test]
fn a_range_that_ends_before_it_begins_panics() {
    let map = abc();
    panics(&map, || map.range_with("b".."a", |entries| entries.count()));
    panics(&map, || {
        map.range_with::<str, _, _>((Bound::Excluded("a"), Bound::Excluded("a")), |entries| entries.count())
    });
}

#[test]
fn the_ends_are_taken_out() {
    let map = abc();
    assert_eq!(published(&map, || map.pop_first()), Some(("a", 1)));
    assert_eq!(published(&map, || map.pop_last()), Some(("c", 3)));
    assert_eq!(published(&map, || map.pop_last()), Some(("b", 2)));
    assert_eq!(unchanged(&map, || map.pop_first()), None);

    // As a queue that several threads take from, each entry goes to one.
    let map: CowOrdMap<u32, u32> = (0..1_000).map(|n| (n, n)).collect();
    let taken: Vec<Vec<u32>> = thread::scope(|s| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                s.spawn(|| std::iter::from_fn(|| map.pop_first()).map(|(key, _)| key).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(taken.iter().all(|keys| keys.is_sorted()));
    let mut all = taken.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..1_000));
    assert_eq!(map.version(), 1_000);
}

#[test]
fn extend_is_one_version() {
    let map = abc();
    published(&map, || map.extend([("d", 4), ("b", 20), ("d", 40)]));
    assert_eq!(content(&map), [("a", 1), ("b", 20), ("c", 3), ("d", 40)]);
    unchanged(&map, || map.extend([]));
    let map = CowOrdMap::new();
    unchanged(&map, || map.extend([]));
    published(&map, || map.extend([(2, 'b'), (1, 'a'), (2, 'c')]));
    assert_eq!(content(&map), [(1, 'a'), (2, 'c')]);
    published(&map, || Extend::extend(&mut &map, &BTreeMap::from([(3, 'd')])));
    assert_eq!(map.len(), 3);
    // The iterator may use the map.
    published(&map, || map.extend((4..6).map(|key| (key, map.get(&1).unwrap()))));
    assert_eq!(map.get(&5), Some('a'));
}

/// An empty map takes over what was built without the lock. One that somebody else has filled meanwhile takes the entries.
#[test]
fn two_threads_that_fill_an_empty_map_both_do() {
    for _ in 0..50 {
        let map: CowOrdMap<u32, u32> = CowOrdMap::new();
        let start = Barrier::new(2);
        thread::scope(|s| {
            for part in 0..2 {
                let (map, start) = (&map, &start);
                s.spawn(move || {
                    start.wait();
                    map.extend((0..500).map(|n| (2 * n + part, part)));
                });
            }
        });
        assert_eq!((map.len(), map.version()), (1_000, 2));
        assert!(map.load().iter().all(|(key, part)| key % 2 == *part));
    }
}

#[test]
fn what_is_appended_behind_stays_shared() {
    let map: CowOrdMap<u32, u32> = (0..20_000).map(|n| (n, n)).collect();
    let batch: PagedOrdMap<u32, u32> = (20_000..40_000).map(|n| (n, n)).collect();
    let before = map.snapshot();
    published(&map, || map.append(&batch));
    let now = map.snapshot();
    assert!(now.keys().copied().eq(0..40_000));
    assert!(now.shared_pages(&before) + 8 > before.page_count());
    assert!(now.shared_pages(&batch) + 8 > batch.page_count());
    // And so does what lies in front.
    let map = CowOrdMap::from(batch.clone());
    published(&map, || map.append(&before));
    assert_eq!(*map.load(), *now);
    assert!(map.load().shared_pages(&before) + 8 > before.page_count());
    unchanged(&map, || map.append(&PagedOrdMap::new()));
    // A key that is there gets the value.
    let map = abc();
    published(&map, || map.append(&PagedOrdMap::from([("b", 20), ("bb", 22)])));
    assert_eq!(content(&map), [("a", 1), ("b", 20), ("bb", 22), ("c", 3)]);
}

#[test]
fn what_is_split_off_stays_shared() {
    let map: CowOrdMap<u32, u32> = (0..40_000).map(|n| (n, n)).collect();
    let before = map.snapshot();
    let behind = published(&map, || map.split_off(&20_000));
    assert!(behind.keys().copied().eq(20_000..40_000));
    assert!(map.load().keys().copied().eq(0..20_000));
    assert!(behind.shared_pages(&before) + 8 > behind.page_count());
    assert!(map.load().shared_pages(&before) + 8 > map.load().page_count());
    assert!(unchanged(&map, || map.split_off(&20_000)).is_empty());
    let all = published(&map, || map.split_off(&0));
    assert_eq!((all.len(), map.len()), (20_000, 0));
    assert!(unchanged(&map, || map.split_off(&0)).is_empty());
}

#[test]
fn retain_asks_in_order() {
    let map: CowOrdMap<u32, u32> = (0..6_000).map(|n| (n, n % 7)).collect();
    let mut asked = Vec::new();
    published(&map, || {
        map.retain(|key, value| {
            asked.push(*key);
            key % 2 == 0 && *value != 3
        });
    });
    assert!(asked.into_iter().eq(0..6_000));
    assert!(map.load().iter().all(|(key, value)| key % 2 == 0 && *value != 3));
    unchanged(&map, || map.retain(|_, _| true));
    panics(&map, || map.retain(|key, _| if *key == 4 { panic!("at {key}") } else { false }));
}

#[test]
fn a_reload_copies_what_changes() {
    let map: CowOrdMap<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
    let before = map.snapshot();
    let reloaded = || (1..=100_000).map(|n| (n, if n == 7_777 { 0 } else { n }));
    assert_eq!(published(&map, || map.assign(reloaded())), 3);
    assert_eq!(unchanged(&map, || map.assign(reloaded())), 0);
    let now = map.snapshot();
    assert!(now.shared_pages(&before) + 12 > before.page_count());
    let changes: Vec<_> = before.diff(&now).collect();
    let expected = [
        Change::Removed { key: &0, value: &0 },
        Change::Updated { key: &7_777, old: &7_777, new: &0 },
        Change::Added { key: &100_000, value: &100_000 },
    ];
    assert_eq!(changes, expected);
    // It goes to another map by its delta.
    let follower = CowOrdMap::from(before.as_ref().clone());
    let delta = before.diff(&now).collect();
    assert_eq!(published(&follower, || follower.apply(&delta)), Ok(()));
    assert_eq!(*follower.load(), *now);
    assert!(unchanged(&follower, || follower.apply(&delta)).is_err());
}

#[test]
fn the_key_that_is_there_is_kept() {
    /// Equal by its number. The tag tells equal ones apart.
    #[derive(Clone, Debug)]
    struct Tagged(u32, char);
    impl PartialEq for Tagged {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Tagged {}
    impl PartialOrd for Tagged {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Tagged {
        fn cmp(&self, other: &Self) -> Ordering {
            self.0.cmp(&other.0)
        }
    }

    let map = CowOrdMap::from([(Tagged(1, 'a'), 1)]);
    assert_eq!(map.insert(Tagged(1, 'b'), 2), Some(1));
    map.extend([(Tagged(1, 'c'), 3)]);
    map.compute(Tagged(1, 'd'), |value| value.map(|value| value + 1));
    map.append(&PagedOrdMap::from([(Tagged(1, 'e'), 5)]));
    map.assign([(Tagged(1, 'f'), 6)]);
    let (key, value) = map.get_key_value(&Tagged(1, ' ')).unwrap();
    assert_eq!((key.1, value, map.len()), ('a', 6, 1));
}

#[test]
fn a_lookup_waits_for_no_write() {
    let map = abc();
    let (inside, over) = (Barrier::new(2), AtomicBool::new(false));
    thread::scope(|s| {
        s.spawn(|| {
            map.update(|draft| {
                draft.insert("b", 20);
                inside.wait();
                while !over.load(Relaxed) {
                    thread::yield_now();
                }
            });
        });
        inside.wait();
        assert_eq!((map.get_le("bb"), map.rank("c")), (Some(("b", 2)), 2));
        over.store(true, Relaxed);
    });
    assert_eq!(map.get("b"), Some(20));
}

#[test]
fn a_value_is_made_once() {
    for round in 0..50 {
        let map = CowOrdMap::<u32, usize>::new();
        let (calls, start) = (AtomicUsize::new(0), Barrier::new(2));
        let got = thread::scope(|s| {
            let thread = |id| {
                let (map, calls, start) = (&map, &calls, &start);
                s.spawn(move || {
                    start.wait();
                    map.get_or_insert_with(round, || {
                        calls.fetch_add(1, Relaxed);
                        id
                    })
                })
            };
            [thread(1), thread(2)].map(|thread| thread.join().unwrap())
        });
        assert_eq!((got[0], calls.into_inner(), map.version()), (got[1], 1, 1));
    }
}

#[test]
fn a_refused_entry_is_handed_back() {
    let map = abc();
    let refused = unchanged(&map, || map.try_insert("a", 9)).unwrap_err();
    assert_eq!((refused.key, refused.value), ("a", 9));
    assert_eq!(unchanged(&map, || map.get_or_try_insert_with("d", || Err("no"))), Err("no"));
    assert_eq!(published(&map, || map.modify_or_insert("a", |n| mem::replace(n, 7), 9)), Some(1));
    assert_eq!(published(&map, || map.remove_entry("a")), Some(("a", 7)));
    assert_eq!(unchanged(&map, || map.remove_if("b", |_, value| *value == 3)), None);
}

#[test]
fn a_map_is_walked_by_value() {
    let map = abc();
    let held = map.snapshot();
    let walk = map.into_iter();
    assert_eq!(walk.len(), 3);
    assert!(walk.rev().eq([("c", 3), ("b", 2), ("a", 1)]));
    assert_eq!(held.len(), 3);

    // Nobody else has the pages, so nothing is cloned.
    let map: CowOrdMap<u32, Elem> = (0..3_000).map(|n| (n, Elem::new(n.into()))).collect();
    assert_eq!(clones(|| map.into_iter().map(|(_, element)| element.id).max()), (0, Some(2_999)));
}

#[test]
fn a_write_clones_one_leaf() {
    let map: CowOrdMap<u32, Elem> = (0..3_000).map(|n| (n, Elem::new(n.into()))).collect();
    for key in [0, 1_500, 2_999] {
        let (cloned, _) = clones(|| map.modify(&key, |element| element.tag = 1));
        assert!(cloned <= 16, "{cloned} for a change");
        let (cloned, _) = clones(|| map.remove(&key));
        assert!(cloned <= 32, "{cloned} for a removal");
    }
    let sought = Arc::new(5);
    let shared = CowOrdMap::from([(1, Arc::clone(&sought))]);
    assert!(Arc::ptr_eq(&sought, &shared.get_le(&7).unwrap().1));
}
