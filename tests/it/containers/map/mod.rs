//! `CowMap`, method by method. `model.rs` holds it against `HashMap`, and `tests/alloc` counts what it allocates.
//!
//! Most of what a map does by itself is shown here through the container. `PagedMap` has tests of its own in `paged/map`.

mod model;

use crate::support::elements::{Elem, clones};
use crate::support::versions::{panics, published, unchanged};
use readmostly::paged::PagedMap;
use readmostly::{CowMap, Snapshot};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::borrow::Borrow;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::time::Duration;
use std::{mem, thread};

assert_impl_all!(CowMap<u8, u8>: Send, Sync);
assert_not_impl_any!(CowMap<u8, u8>: Clone);
assert_not_impl_any!(CowMap<u8, Rc<u8>>: Send, Sync);
assert_not_impl_any!(CowMap<Rc<u8>, u8>: Send, Sync);

/// `{a: 1, b: 2, c: 3}`, which most tests begin with.
fn abc() -> CowMap<&'static str, i32> {
    CowMap::from([("a", 1), ("b", 2), ("c", 3)])
}

/// What the current version holds, in order.
fn content<K: Clone + Ord, V: Clone + Ord, S>(map: &CowMap<K, V, S>) -> Vec<(K, V)> {
    let mut content: Vec<_> =
        map.snapshot().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    content.sort();
    content
}

/// A hasher that counts how often it is asked.
#[derive(Clone, Default)]
struct CountingState(RandomState, Arc<AtomicUsize>);

impl BuildHasher for CountingState {
    type Hasher = <RandomState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.1.fetch_add(1, Relaxed);
        self.0.build_hasher()
    }
}

/// How much `count` grows by `f`.
fn counted<R>(count: &AtomicUsize, f: impl FnOnce() -> R) -> usize {
    let before = count.load(Relaxed);
    f();
    count.load(Relaxed) - before
}

#[test]
fn a_new_map_is_empty() {
    let map = CowMap::<&str, i32>::new();
    assert_eq!((map.get("a"), map.contains_key("a"), map.len(), map.is_empty()), (None, false, 0, true));
    let snapshot = map.snapshot();
    assert_eq!((snapshot.keys().len(), snapshot.values().len(), snapshot.iter().next()), (0, 0, None));
    assert_eq!(map.version(), 0);
}

#[test]
fn three_entries_are_found() {
    let map = abc();
    let snapshot = map.snapshot();
    assert_eq!((map.len(), map.get("a"), map.get("b"), map.get("c")), (3, Some(1), Some(2), Some(3)));
    assert_eq!((snapshot.keys().count(), snapshot.values().count(), snapshot.iter().count()), (3, 3, 3));
}

#[test]
fn insert_returns_what_was_there() {
    let map = CowMap::new();
    assert_eq!(published(&map, || map.insert("a", 1)), None);
    assert_eq!((map.len(), map.contains_key("a")), (1, true));
    assert_eq!(published(&map, || map.insert("a", 2)), Some(1));
    assert_eq!((map.len(), map.get("a")), (1, Some(2)));
}

#[test]
fn a_fork_goes_its_own_way() {
    for len in 0..4 {
        let map: CowMap<u32, u32> = (0..len).map(|n| (n, n)).collect();
        let fork = map.fork();
        assert_eq!((fork.version(), &fork), (0, &map));
        unchanged(&map, || fork.insert(99, 1));
        assert!(!map.contains_key(&99) && fork.contains_key(&99));
        assert_eq!(map.len(), len as usize);
        unchanged(&map, || fork.clear());
        assert_eq!((map.len(), fork.len()), (len as usize, 0));
        unchanged(&fork, || map.insert(98, 1));
        assert!(fork.is_empty());
    }
}

#[test]
fn it_is_made_from_a_hash_map() {
    let mut std = HashMap::from([("a", 1)]);
    let map = CowMap::from(std.clone());
    std.insert("b", 2);
    assert_eq!((content(&map), map.version()), (vec![("a", 1)], 0));
}

#[test]
fn insert_if_absent_keeps_what_is_there() {
    let map = abc();
    assert_eq!(published(&map, || map.insert_if_absent("d", 4)), None);
    assert_eq!(unchanged(&map, || map.insert_if_absent("b", 3)), Some(3));
    assert_eq!((map.get("b"), map.get("d")), (Some(2), Some(4)));
}

#[test]
fn remove_returns_what_was_there() {
    let map = abc();
    assert_eq!(unchanged(&map, || map.remove_if("b", |_, value| *value == 3)), None);
    assert_eq!(published(&map, || map.remove_if("b", |key, value| *key == "b" && *value == 2)), Some(2));
    assert_eq!(unchanged(&map, || map.remove_if("b", |_, _| unreachable!("it is not there"))), None);
    assert_eq!(unchanged(&map, || map.remove("z")), None);
    assert_eq!(published(&map, || map.remove("a")), Some(1));
    assert_eq!(content(&map), [("c", 3)]);
}

#[test]
fn compare_replace_replaces_the_value_that_it_expects() {
    let map = abc();
    // Unconditionally, it is a `modify`.
    assert_eq!(published(&map, || map.modify("b", |value| mem::replace(value, 9))), Some(2));
    assert_eq!(unchanged(&map, || map.modify("z", |value| mem::replace(value, 9))), None);
    assert_eq!((map.get("b"), map.get("z")), (Some(9), None));

    let map = abc();
    assert!(!unchanged(&map, || map.compare_replace("b", &7, 9)));
    assert!(!unchanged(&map, || map.compare_replace("z", &2, 9)));
    assert!(published(&map, || map.compare_replace("b", &2, 9)));
    assert_eq!(content(&map), [("a", 1), ("b", 9), ("c", 3)]);
}

#[test]
fn extend_is_one_version() {
    let map = abc();
    published(&map, || map.extend([("b", 20), ("d", 4), ("d", 40)]));
    assert_eq!(content(&map), [("a", 1), ("b", 20), ("c", 3), ("d", 40)]);
    published(&map, || Extend::extend(&mut &map, [("e", 5)]));
    unchanged(&map, || map.extend([]));
    let empty = CowMap::<u8, u8>::new();
    unchanged(&empty, || empty.extend([]));
    published(&empty, || empty.extend([(1, 1), (1, 2)]));
    assert_eq!(content(&empty), [(1, 2)]);
}

#[test]
fn an_iterator_may_use_the_map_that_it_extends() {
    let map = abc();
    let guard = map.load();
    published(&map, || map.extend(guard.iter().map(|(key, value)| (*key, value + map.get("a").unwrap()))));
    drop(guard);
    assert_eq!(content(&map), [("a", 2), ("b", 3), ("c", 4)]);
    // One that writes: its writes come first.
    map.extend([("d", 4)].into_iter().inspect(|(key, _)| assert_eq!(map.insert(key, 40), None)));
    assert_eq!((map.get("d"), map.version()), (Some(4), 3));
    panics(&map, || map.extend((0..9).map(|n| if n < 5 { ("new", n) } else { panic!("half way") })));
    assert!(!map.contains_key("new"));
}

#[test]
fn extending_by_other_keys_keeps_every_value() {
    for (ours, theirs) in [(0, 0), (0, 127), (1, 1), (7, 100), (31, 0), (31, 127), (1_500, 3_000)] {
        let values: Vec<Arc<u32>> = (0..ours + theirs).map(Arc::new).collect();
        let entry = |n: u32| (n, Arc::clone(&values[n as usize]));
        let map: CowMap<u32, Arc<u32>> = (0..ours).map(entry).collect();
        map.extend((ours..ours + theirs).map(entry));
        assert_eq!(map.len(), values.len());
        for value in &values {
            assert!(map.get_with(&**value, |there| Arc::ptr_eq(there, value)).unwrap());
        }
    }
}

#[test]
fn a_write_clones_each_entry_of_its_page_once() {
    fn copies_in<R>(f: impl FnOnce() -> R) -> usize {
        clones(f).0
    }
    let value = || Elem::new(0);
    // 100 entries are one page.
    let map: CowMap<u32, Elem> = (0..100).map(|key| (key, value())).collect();
    assert_eq!(map.load().page_count(), 1);
    let held = map.snapshot();
    assert_eq!(copies_in(|| map.insert(100, value())), 100);
    assert_eq!(copies_in(|| map.insert(100, value())), 101);
    assert_eq!(copies_in(|| map.extend((101..104).map(|key| (key, value())))), 101);
    assert_eq!(copies_in(|| map.remove(&100)), 104);
    assert_eq!(copies_in(|| map.modify(&7, |_| ())), 103);
    assert_eq!(
        copies_in(|| {
            for _ in 0..100 {
                assert!(map.contains_key(&7) && map.get_with(&7, |_| ()).is_some());
                assert_eq!((map.len(), map.load().values().count()), (103, 103));
                map.snapshot();
                drop(map.fork());
            }
        }),
        0
    );
    assert_eq!(copies_in(|| map.get(&7)), 1, "the one that it hands out");
    assert_eq!(copies_in(|| unchanged(&map, || map.remove(&999))), 0);
    assert_eq!(copies_in(|| unchanged(&map, || map.retain(|_, _| true))), 0);
    assert_eq!(copies_in(|| unchanged(&map, || map.insert_if_absent(7, value()))), 0);
    assert_eq!(copies_in(|| unchanged(&map, || map.modify(&999, |_| ()))), 0);
    assert_eq!(copies_in(|| unchanged(&map, || map.remove_if(&7, |_, _| false))), 0);
    assert_eq!(copies_in(|| map.clear()), 0);
    assert_eq!((held.len(), map.len()), (100, 0));

    // Of many pages, a write clones one, and a `retain` those that lose an entry.
    let map: CowMap<u32, Elem> = (0..20_000).map(|key| (key, value())).collect();
    let held = map.snapshot();
    let pages = held.page_count();
    let copied = copies_in(|| map.insert(7, value()));
    assert!(copied > 0 && copied < 4 * 20_000 / pages, "{copied} clones, {pages} pages");
    assert_eq!(map.load().shared_pages(&held), pages - 1);
    let copied = copies_in(|| map.retain(|key, _| *key != 7));
    assert!(copied > 0 && copied < 4 * 20_000 / pages, "{copied} clones, {pages} pages");
    assert_eq!(map.load().shared_pages(&held), pages - 1);
}

#[test]
fn maps_are_equal_as_their_entries_are() {
    let std: HashMap<u32, u32> = (0..3_000).map(|n| (n, n * n)).collect();
    let map = CowMap::from(std.clone());
    assert!(std.iter().all(|(key, value)| map.get(key) == Some(*value)));
    assert!(map.load().iter().all(|(key, value)| std.get(key) == Some(value)));
    let other: CowMap<u32, u32> = (0..3_000).rev().map(|n| (n, n * n)).collect();
    assert_eq!(map, other);
    assert_eq!(map.snapshot(), other.snapshot());
    other.insert(7, 0);
    assert_ne!(map, other);
    other.remove(&7);
    assert_ne!(map, other);
    assert_ne!(other, map);
    let back: HashMap<u32, u32> = map.into_inner().into();
    assert_eq!(back, std);
}

#[test]
fn debug_is_that_of_hash_map() {
    for entries in [vec![], vec![("a", 1)]] {
        let ours: CowMap<&str, i32> = entries.iter().copied().collect();
        let stds: HashMap<&str, i32> = entries.into_iter().collect();
        assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
        assert_eq!(format!("{:?}", ours.snapshot()), format!("{stds:?}"));
    }
}

#[test]
fn views_are_of_one_version() {
    let map = CowMap::<&str, i32>::new();
    let empty = map.snapshot();
    map.insert("k", 1);
    assert_eq!((empty.keys().len(), empty.values().len(), empty.iter().len()), (0, 0, 0));
    let one = map.snapshot();
    assert_eq!((one.keys().len(), one.values().len(), one.iter().len()), (1, 1, 1));
    let (keys, values, mut entries) = (one.keys(), one.values(), one.iter());
    map.insert("l", 2);
    map.remove("k");
    assert!(keys.eq(&["k"]) && values.eq(&[1]));
    assert_eq!((entries.next(), entries.next(), entries.next()), (Some((&"k", &1)), None, None));
    assert!(map.snapshot().keys().eq(&["l"]));
}

#[test]
fn contains_value_finds_a_value() {
    let map = abc();
    assert!(map.contains_value(&2) && !map.contains_value(&9));
    assert!(map.load().iter().any(|(_, value)| *value == 3));
    assert!(!CowMap::<u8, u8>::new().contains_value(&0));
}

#[test]
fn compute_inserts_changes_and_removes() {
    let map = abc();
    let mut calls = Vec::new();
    let mut record = |old: Option<i32>, new| {
        calls.push(old);
        new
    };
    assert_eq!(published(&map, || map.compute("d", |old| record(old, Some(4)))), Some(4));
    assert_eq!(published(&map, || map.compute("b", |old| record(old, Some(20)))), Some(20));
    assert_eq!(published(&map, || map.compute("a", |old| record(old, None))), None);
    assert_eq!(unchanged(&map, || map.compute("z", |old| record(old, None))), None);
    assert_eq!(calls, [None, Some(2), Some(1), None]);
    assert_eq!(content(&map), [("b", 20), ("c", 3), ("d", 4)]);
    panics(&map, || map.compute("b", |_| panic!("inside")));

    // The entry interface is that of the draft. A look at an entry that is there changes nothing.
    let mut calls = 0;
    published(&map, || {
        map.update(|draft| {
            *draft.entry("e").or_insert_with(|| {
                calls += 1;
                5
            }) += 1;
            draft.entry("b").and_modify(|value| *value += 1).or_insert(0);
        });
    });
    assert_eq!((calls, map.get("e"), map.get("b")), (1, Some(6), Some(21)));
    unchanged(&map, || map.update(|draft| draft.entry("b").key().len()));
}

#[test]
fn get_or_insert_with_makes_what_is_not_there() {
    let map = abc();
    assert_eq!(unchanged(&map, || map.get_or_insert_with("b", || unreachable!("it is there"))), 2);
    let mut calls = 0;
    let four = || {
        calls += 1;
        4
    };
    assert_eq!(published(&map, || map.get_or_insert_with("d", four)), 4);
    assert_eq!((calls, map.get("d")), (1, Some(4)));
    panics(&map, || map.get_or_insert_with("z", || panic!("inside")));

    // Of two threads that both miss, one makes it, and both get that.
    for round in 0..50 {
        let map = CowMap::<u32, usize>::new();
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
        assert_eq!(map.get(&round), Some(got[0]));
    }
}

#[test]
fn modify_changes_only_what_is_there() {
    let map = abc();
    assert_eq!(unchanged(&map, || map.modify("z", |_| unreachable!("it is not there"))), None::<()>);
    let merge = |key, value: i32| map.compute(key, |old| Some(old.unwrap_or(0) + value));
    assert_eq!((merge("a", 10), merge("z", 10)), (Some(11), Some(10)));
    assert_eq!(content(&map), [("a", 11), ("b", 2), ("c", 3), ("z", 10)]);
}

#[test]
fn all_values_change_at_once_or_none() {
    for len in [3, 5_000] {
        let map: CowMap<u32, u32> = (0..len).map(|n| (n, n)).collect();
        let before = map.snapshot();
        published(&map, || map.update(|draft| draft.values_mut().for_each(|value| *value += 10)));
        assert!((0..len).all(|n| map.get(&n) == Some(n + 10) && before[&n] == n));
        let mut calls = 0;
        panics(&map, || {
            map.update(|draft| {
                draft.values_mut().for_each(|value| {
                    calls += 1;
                    assert!(calls < 2, "the second");
                    *value = 0;
                });
            });
        });
        assert!((0..len).all(|n| map.get(&n) == Some(n + 10)));
    }
}

#[test]
fn a_borrowed_form_finds_it() {
    let map = CowMap::from([("x".to_string(), 1)]);
    assert_eq!((map.get("x"), map.get("y"), map.contains_key("x")), (Some(1), None, true));
    assert_eq!(map.modify("x", |value| mem::replace(value, 2)), Some(1));
    assert!(map.compare_replace("x", &2, 3));
    assert_eq!(map.remove("x"), Some(3));
}

#[test]
fn what_was_read_outlives_its_removal() {
    let map = CowMap::from([("a", Arc::new(vec![1, 2]))]);
    let cloned = map.get("a").unwrap();
    let snapshot = map.snapshot();
    let guard = map.load();
    let seen = map.get_with("a", |value| {
        thread::scope(|s| s.spawn(|| map.remove("a")).join().unwrap());
        assert!(!map.contains_key("a"));
        value.len()
    });
    assert_eq!(seen, Some(2));
    assert_eq!([&cloned, &guard["a"], &snapshot["a"]], [&Arc::new(vec![1, 2]); 3]);
}

#[test]
fn two_keys_of_one_guard_are_of_one_version() {
    let map = CowMap::from([("a", 0), ("b", 0)]);
    thread::scope(|s| {
        s.spawn(|| {
            for n in 1..=500 {
                map.extend([("a", n), ("b", n)]);
            }
        });
        for _ in 0..500 {
            let guard = map.load();
            assert_eq!(guard["a"], guard["b"]);
        }
    });
}

#[test]
fn retain_looks_at_key_and_value() {
    for len in [10, 6_000] {
        let map: CowMap<u32, u32> = (0..len).map(|n| (n, n % 7)).collect();
        let mut std: HashMap<u32, u32> = map.load().iter().map(|(key, value)| (*key, *value)).collect();
        let mut calls = 0;
        published(&map, || {
            map.retain(|key, value| {
                calls += 1;
                key % 2 == 0 && *value != 3
            });
        });
        std.retain(|key, value| *key % 2 == 0 && *value != 3);
        assert_eq!((calls, content(&map)), (len, content(&std.into())));
        panics(&map, || map.retain(|key, _| if *key == 4 { panic!("at {key}") } else { false }));
    }
}

#[test]
fn taking_all_is_a_replace() {
    let map = abc();
    let current = map.snapshot();
    let taken = published(&map, || map.replace(PagedMap::new()));
    assert!(Snapshot::ptr_eq(&current, &taken));
    assert_eq!((taken.len(), map.len()), (3, 0));
    // Or by a drain, which is one version as well.
    let map = abc();
    let mut drained: Vec<_> = published(&map, || map.update(|draft| draft.drain().collect()));
    drained.sort_unstable();
    assert_eq!((drained, map.len()), (vec![("a", 1), ("b", 2), ("c", 3)], 0));
}

#[test]
fn a_write_hashes_its_key_and_a_copy_hashes_nothing() {
    let state = CountingState::default();
    let hashes = Arc::clone(&state.1);
    for len in [1_000, 10_000] {
        let map = CowMap::with_capacity_and_hasher(len * 2, state.clone());
        map.extend((0..len).map(|n| (n, n)));
        let held = map.snapshot();
        assert_eq!(counted(&hashes, || drop(map.fork())), 0);
        assert_eq!(counted(&hashes, || map.insert(7, 8)), 1);
        assert_eq!(counted(&hashes, || map.update(|draft| draft.insert(9, 10))), 1);
        assert_eq!(counted(&hashes, || map.get(&7)), 1);
        assert_eq!(counted(&hashes, || map.load().iter().count()), 0);
        assert_eq!((held[&7], map.get(&7)), (7, Some(8)));
    }
}

#[test]
fn the_key_that_is_there_is_kept() {
    /// Equal by its number; the tag tells equal ones apart.
    #[derive(Clone, Debug)]
    struct Tagged(u32, char);
    impl PartialEq for Tagged {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Tagged {}
    impl Hash for Tagged {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    let map = CowMap::from([(Tagged(1, 'a'), 1)]);
    assert_eq!(map.insert(Tagged(1, 'b'), 2), Some(1));
    map.extend([(Tagged(1, 'c'), 3)]);
    map.compute(Tagged(1, 'd'), |value| value.map(|value| value + 1));
    let table = map.load();
    let (key, value) = table.get_key_value(&Tagged(1, ' ')).unwrap();
    assert_eq!((key.1, value, table.len()), ('a', &4, 1));
}

#[test]
fn two_maps_iterate_in_two_orders() {
    let [one, other]: [CowMap<u32, u32>; 2] = [(); 2].map(|()| (0..100).map(|n| (n, n)).collect());
    assert_eq!(one, other);
    // By the keys of their hashers; that two orders of a hundred agree has no chance worth the name.
    assert!(!one.load().keys().eq(other.load().keys()));
}

#[test]
fn a_refused_entry_is_handed_back() {
    let map = abc();
    let refused = unchanged(&map, || map.try_insert("a", 9)).unwrap_err();
    assert_eq!((refused.key, refused.value), ("a", 9));
    assert_eq!(format!("{refused:?}: {refused}").split_once(':').unwrap().0, "Occupied { .. }");
    published(&map, || map.try_insert("d", 4)).unwrap();
    assert_eq!(content(&map), [("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
}

#[test]
fn a_value_is_changed_or_inserted() {
    let map = abc();
    assert_eq!(published(&map, || map.modify_or_insert("a", |n| mem::replace(n, 7), 9)), Some(1));
    assert_eq!(published(&map, || map.modify_or_insert("d", |n| *n, 9)), None);
    assert_eq!(content(&map), [("a", 7), ("b", 2), ("c", 3), ("d", 9)]);
}

#[test]
fn a_value_that_cannot_be_made_is_not_inserted() {
    let map = abc();
    assert_eq!(unchanged(&map, || map.get_or_try_insert_with("d", || Err("no"))), Err("no"));
    assert_eq!(unchanged(&map, || map.get_or_try_insert_with("a", || Err("no"))), Ok(1));
    assert_eq!(published(&map, || map.get_or_try_insert_with("d", || Ok::<_, ()>(4))), Ok(4));
    assert_eq!(map.get("d"), Some(4));
}

#[test]
fn a_key_is_made_of_a_borrowed_one_where_it_is_missing() {
    let map: CowMap<String, i32> = CowMap::from([("a".to_string(), 1)]);
    assert_eq!(unchanged(&map, || map.get_or_insert_with_ref("a", || unreachable!())), 1);
    assert_eq!(published(&map, || map.get_or_insert_with_ref("b", || 2)), 2);
    assert_eq!(map.get_key_value("b"), Some(("b".to_string(), 2)));
    assert_eq!(published(&map, || map.remove_entry("a")), Some(("a".to_string(), 1)));
    assert_eq!(unchanged(&map, || (map.remove_entry("a"), map.get_key_value("a"))), (None, None));
}

#[test]
fn a_key_is_made_for_a_miss_only() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Name(String);

    thread_local!(static MADE: Cell<usize> = const { Cell::new(0) });

    impl Borrow<str> for Name {
        fn borrow(&self) -> &str {
            &self.0
        }
    }

    impl From<&str> for Name {
        fn from(name: &str) -> Self {
            MADE.set(MADE.get() + 1);
            Self(name.into())
        }
    }

    let map: CowMap<Name, i32> = CowMap::new();
    assert_eq!(unchanged(&map, || map.get_or_try_insert_with_ref("a", || Err("no"))), Err("no"));
    assert_eq!(published(&map, || map.get_or_try_insert_with_ref("a", || Ok::<_, ()>(1))), Ok(1));
    assert_eq!(MADE.get(), 2);
    assert_eq!(unchanged(&map, || map.get_or_try_insert_with_ref("a", || Err("no"))), Ok(1));
    assert_eq!(unchanged(&map, || map.get_or_insert_with_ref("a", || unreachable!())), 1);
    assert_eq!(MADE.get(), 2);
    panics(&map, || map.get_or_try_insert_with_ref("b", || -> Result<_, ()> { panic!("on purpose") }));
    assert!(!map.contains_key("b"));
}

/// The one that came second gets what the first has made.
#[test]
fn a_value_that_came_meanwhile_is_returned() {
    let map: CowMap<String, i32> = CowMap::new();
    let txn = map.write();
    thread::scope(|s| {
        let waiting = s.spawn(|| map.get_or_try_insert_with_ref("a", || Err("it is there by then")));
        // It has looked, and waits for the lock, or will: either way it finds what is committed here.
        thread::sleep(Duration::from_millis(20));
        let mut txn = txn;
        txn.insert("a".into(), 1);
        txn.commit();
        assert_eq!(waiting.join().unwrap(), Ok(1));
    });
    assert_eq!(map.version(), 1);
}

#[test]
fn a_map_is_walked_by_value() {
    let map = abc();
    map.insert("d", 4);
    let held = map.snapshot();
    let walk = map.into_iter();
    assert_eq!(walk.len(), 4);
    let mut entries: Vec<_> = walk.collect();
    entries.sort_unstable();
    assert_eq!(entries, [("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    assert_eq!(held.len(), 4);

    // Nobody else has the pages, so nothing is cloned.
    let map: CowMap<u32, Elem> = (0..3_000).map(|n| (n, Elem::new(n.into()))).collect();
    assert_eq!(clones(|| map.into_iter().map(|(_, element)| element.id).max()), (0, Some(2_999)));
}

#[test]
fn a_guard_and_a_snapshot_are_walked_by_reference() {
    let map = abc();
    let mut sum = 0;
    for (_, value) in &map.load() {
        sum += value;
    }
    for (_, value) in &map.snapshot() {
        sum += 10 * value;
    }
    let list = readmostly::CowCell::new(vec![1, 2]);
    for n in &list.load() {
        sum += 100 * n;
    }
    assert_eq!(sum, 366);
}

#[test]
fn it_is_extended_by_references() {
    let map = CowMap::new();
    published(&map, || Extend::extend(&mut &map, &HashMap::from([(1, 'a'), (2, 'b')])));
    assert_eq!(content(&map), [(1, 'a'), (2, 'b')]);
}

/// What std asks `Extend` of.
#[test]
fn entries_are_parted_into_two_maps() {
    let (even, odd): (CowMap<_, _>, CowMap<_, _>) = (0..10).map(|n| (n, 'x')).partition(|(n, _)| n % 2 == 0);
    assert_eq!((even.len(), odd.len()), (5, 5));
    let mut both = even;
    Extend::extend(&mut both, &odd.load());
    Extend::extend(&mut both, odd);
    assert_eq!(both.len(), 10);
}
