//! What clones share, what a write copies, and clones of clones on many threads.

use super::{Hostile, elems};
use crate::support::elements::{Elem, clones};
use crate::support::{Random, join_all};
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use readmostly::{CowOrdMap, CowOrdSet};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread::{self, Scope};

#[test]
fn a_write_copies_one_way_from_the_root() {
    let map: PagedOrdMap<u64, u64> = (0..200_000).map(|n| (2 * n, n)).collect();
    for key in [0, 78, 100_000, 399_998] {
        let mut copy = map.clone();
        copy.insert(key, 7);
        assert_eq!(copy.shared_pages(&map), copy.page_count() - 3);
        let mut copy = map.clone();
        *copy.get_mut(&(key / 2 * 2)).unwrap() = 7;
        assert_eq!(copy.shared_pages(&map), copy.page_count() - 3);
        // A full leaf is split where it has to take one more, and so is a full node above it.
        let mut copy = map.clone();
        copy.insert(key + 1, 7);
        assert!(copy.shared_pages(&map) >= copy.page_count() - 5);
    }
}

#[test]
fn a_write_clones_one_leaf() {
    let map = elems((0..3_000).map(|id| 2 * id));
    for id in [0, 1_000, 3_334, 5_998] {
        let mut copy = map.clone();
        let (cloned, _) = clones(|| copy.insert(Elem::new(id), Elem::new(id)));
        assert!(cloned <= 2 * 16, "{cloned} elements");
        // The second time nothing is shared.
        let (cloned, _) = clones(|| copy.insert(Elem::new(id), Elem::new(id)));
        assert_eq!(cloned, 0);
        // A leaf and a node above it are full. So both are split, and the keys of two nodes are cloned.
        let mut copy = map.clone();
        let (cloned, _) = clones(|| copy.insert(Elem::new(id + 1), Elem::new(id)));
        assert!(cloned <= 2 * 16 + 2 * 32, "{cloned} elements");
    }
    assert_eq!(clones(|| map.clone()).0, 0);
}

#[test]
fn what_changes_nothing_copies_nothing() {
    let map: PagedOrdMap<u64, u64> = (0..10_000).map(|n| (2 * n, n)).collect();
    let mut copy = map.clone();
    assert_eq!(copy.get_mut(&7), None);
    assert_eq!((copy.remove(&7), copy.remove_entry(&99_999)), (None, None));
    assert_eq!((*copy.entry(8).key(), *copy.entry(7).key()), (8, 7));
    _ = copy.entry(7).and_modify(|_| unreachable!());
    drop(copy.iter_mut());
    assert!(copy.first_entry().is_some() && copy.last_entry().is_some());
    drop(copy.range_mut(5..500));
    copy.retain(|_, _| true);
    copy.append(&mut PagedOrdMap::new());
    assert_eq!(copy.assign((0..10_000).map(|n| (2 * n, n))), 0);
    assert_eq!(copy.split_off(&50_000).len(), 0);
    copy.extend(None::<(u64, u64)>);
    assert!(copy.ptr_eq(&map));
    let set: PagedOrdSet<u64> = (0..10_000).collect();
    let mut copy = set.clone();
    assert!(!copy.insert(7) && !copy.remove(&10_000));
    copy.extend(0..100);
    assert_eq!(copy.assign(0..10_000), 0);
    assert!(copy.ptr_eq(&set));
    assert!(PagedOrdMap::<u8, u8>::new().ptr_eq(&PagedOrdMap::new()));
}

#[test]
fn a_walk_copies_what_it_reaches() {
    let map: PagedOrdMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    let mut copy = map.clone();
    copy.range_mut(50_000..50_010).for_each(|(_, value)| *value = 0);
    assert!(copy.shared_pages(&map) >= copy.page_count() - 4);
    let mut copy = map.clone();
    let mut iter = copy.iter_mut();
    assert_eq!(
        (iter.next(), iter.next_back(), iter.nth(90_000)),
        (Some((&0, &mut 0)), Some((&99_999, &mut 99_999)), Some((&90_001, &mut 90_001)))
    );
    drop(iter);
    // Three leaves, and three nodes above them at most.
    assert!(copy.shared_pages(&map) >= copy.page_count() - 9);
}

#[test]
fn what_is_joined_and_cut_is_shared() {
    let (low, high): (PagedOrdMap<u64, u64>, PagedOrdMap<u64, u64>) =
        ((0..100_000).map(|n| (n, n)).collect(), (100_000..130_000).map(|n| (n, n)).collect());
    let mut joined = low.clone();
    joined.append(&mut high.clone());
    assert_eq!(joined.len(), 130_000);
    assert!(joined.shared_pages(&low) + joined.shared_pages(&high) >= joined.page_count() - 12);
    let mut other_way = high.clone();
    other_way.append(&mut low.clone());
    assert_eq!(other_way, joined);
    assert!(other_way.shared_pages(&low) + other_way.shared_pages(&high) >= other_way.page_count() - 12);
    let behind = joined.clone().split_off(&44_444);
    assert_eq!((behind.len(), behind.first_key_value()), (85_556, Some((&44_444, &44_444))));
    assert!(behind.shared_pages(&joined) >= behind.page_count() - 12);
    // One that lies across.
    let mut across = low.clone();
    across.append(&mut (99_990..130_000).map(|n| (n, 0)).collect());
    assert_eq!((across.len(), across[&99_989], across[&99_990]), (130_000, 99_989, 0));
    assert!(across.shared_pages(&low) >= low.page_count() - 12);
}

#[test]
fn what_retain_leaves_whole_stays_shared() {
    let map: PagedOrdMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    let mut copy = map.clone();
    copy.retain(|key, _| *key != 50_000);
    assert_eq!((copy.len(), copy.shared_pages(&map)), (99_999, copy.page_count() - 3));
    let mut copy = map.clone();
    copy.retain(|key, _| !(20_000..60_000).contains(key));
    assert_eq!(copy.len(), 60_000);
    // All leaves but two, and no inner node.
    assert!(copy.shared_pages(&map) * 256 >= 59_000, "{}", copy.shared_pages(&map));
}

#[test]
fn a_map_that_was_large_is_small_again() {
    let mut map: PagedOrdMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    for n in 0..99_900 {
        map.remove(&(n * 7_919 % 100_000));
    }
    assert_eq!(map.len(), 100);
    assert!(map.page_count() <= 4, "{} pages", map.page_count());
    let mut map = elems(0..5_000);
    map.retain(|key, _| key.id % 100 == 0);
    assert!(map.page_count() <= 7, "{} pages", map.page_count());
}

type Trees = Mutex<Vec<(PagedOrdMap<u64, u64>, BTreeMap<u64, u64>)>>;

/// Inserts numbers from `start` on. At each of five places a clone goes on with the rest on a thread of its own.
fn grow<'scope>(
    scope: &'scope Scope<'scope, '_>,
    mut map: PagedOrdMap<u64, u64>,
    order: &'scope [u64],
    start: usize,
    trees: &'scope Trees,
) {
    for (index, key) in order.iter().enumerate().skip(start) {
        if index % (order.len() / 5) == 0 {
            let copy = map.clone();
            trees
                .lock()
                .unwrap()
                .push((copy.clone(), copy.iter().map(|(key, value)| (*key, *value)).collect()));
            scope.spawn(move || grow(scope, copy, order, index + 1, trees));
        }
        map.insert(*key, *key);
    }
    let model = map.iter().map(|(key, value)| (*key, *value)).collect();
    trees.lock().unwrap().push((map, model));
}

#[test]
fn clones_of_clones_change_on_many_threads() {
    const SIZE: u64 = 2_000;
    let mut random = Random::new(3);
    let mut order: Vec<u64> = (0..SIZE).collect();
    for index in (1..order.len()).rev() {
        order.swap(index, usize::try_from(random.below(index as u64 + 1)).unwrap());
    }
    let trees = Trees::default();
    thread::scope(|scope| grow(scope, PagedOrdMap::new(), &order, 0, &trees));
    let mut trees = trees.into_inner().unwrap();
    assert!(trees.len() > 30);
    // What no thread has skipped.
    assert!(trees.iter().any(|(map, _)| map.len() as u64 == SIZE));
    for (map, model) in &trees {
        assert!(map.iter().eq(model));
    }
    // A half of them loses a half, each on a thread of its own.
    thread::scope(|scope| {
        let threads = trees.iter_mut().step_by(2).map(|(map, model)| {
            scope.spawn(move || {
                for key in SIZE / 2..SIZE {
                    assert_eq!(map.remove(&key), model.remove(&key));
                }
                assert!(map.iter().eq(model.iter()));
            })
        });
        join_all(threads.collect::<Vec<_>>());
    });
    for (map, model) in &trees {
        assert!(map.iter().eq(model), "a clone has changed another");
        assert_eq!(map.len(), model.len());
    }
}

#[test]
fn a_clone_is_dropped_on_another_thread() {
    let map: PagedOrdMap<u64, String> = (0..3_000).map(|n| (n, n.to_string())).collect();
    thread::scope(|scope| {
        for turn in 0..4 {
            let mut copy = map.clone();
            scope.spawn(move || {
                (0..500).for_each(|n| _ = copy.insert(7 * n + turn, String::new()));
                copy.retain(|key, _| key % 2 == 0);
            });
        }
    });
    assert!(map.iter().all(|(key, value)| key.to_string() == *value));
}

#[test]
fn a_map_may_be_in_itself() {
    #[derive(Clone, Default)]
    struct Nested(PagedOrdMap<u8, Nested>);
    let mut map = Nested::default();
    for n in 0..100 {
        let inner = map.clone();
        map.0.insert(n, inner);
    }
    assert_eq!(map.0[&99].0[&98].0.len(), 98);
    let _: Hostile = Hostile::default();
}

type Named<F> = (&'static str, F);

/// They went over all entries, and so copied the whole map.
#[test]
fn a_walk_passes_what_it_need_not_see() {
    let map = elems(0..3_000);
    let few = 4 * 16;
    let unshared = |copy: &Hostile| copy.page_count() - copy.shared_pages(&map);
    let walks: [Named<fn(&mut Hostile)>; 7] = [
        ("count", |map| assert_eq!(map.iter_mut().count(), 3_000)),
        ("last", |map| assert_eq!(map.iter_mut().last().unwrap().0.id, 2_999)),
        ("values, last", |map| assert!(map.values_mut().last().is_some())),
        ("range, last", |map| {
            assert_eq!(map.range_mut(Elem::new(7)..Elem::new(2_000)).last().unwrap().0.id, 1_999);
        }),
        ("range, count", |map| assert_eq!(map.range_mut(Elem::new(7)..).count(), 2_993)),
        ("nth", |map| assert_eq!(map.iter_mut().nth(1_000).unwrap().0.id, 1_000)),
        ("nth_back", |map| assert_eq!(map.iter_mut().nth_back(1_000).unwrap().0.id, 1_999)),
    ];
    for (name, walk) in walks {
        let mut copy = map.clone();
        let (cloned, ()) = clones(|| walk(&mut copy));
        assert!(cloned <= few && unshared(&copy) <= 4, "{name}: {cloned} clones, {} pages", unshared(&copy));
    }
    let owned: [Named<fn(Hostile)>; 5] = [
        ("count", |map| assert_eq!(map.into_iter().count(), 3_000)),
        ("last", |map| assert_eq!(map.into_iter().last().unwrap().0.id, 2_999)),
        ("keys, last", |map| assert_eq!(map.into_keys().last().unwrap().id, 2_999)),
        ("nth", |map| assert_eq!(map.into_iter().nth(1_000).unwrap().0.id, 1_000)),
        ("nth_back", |map| assert_eq!(map.into_iter().nth_back(1_000).unwrap().0.id, 1_999)),
    ];
    for (name, walk) in owned {
        let copy = map.clone();
        let (cloned, ()) = clones(|| walk(copy));
        assert!(cloned <= few, "{name}: {cloned} clones");
    }
}

/// What was passed at one end is passed for a fold as well.
#[test]
fn a_fold_takes_what_both_ends_have_left() {
    for len in [1, 20, 33, 1_000] {
        for (front, back) in [(0, 0), (3, 2), (0, 5), (17, 0), (1, 18)] {
            let mut entries = elems(0..len).into_iter();
            let mut model: Vec<_> = (0..len).collect();
            for (count, is_back) in [(front, false), (back, true)] {
                let passed = if is_back { entries.nth_back(count) } else { entries.nth(count) };
                let at = if is_back { model.len().checked_sub(count + 1) } else { Some(count) };
                let expected = at.and_then(|at| model.get(at).copied());
                assert_eq!(passed.map(|(key, _)| key.id), expected);
                let left = model.len().saturating_sub(count + 1);
                model = if is_back { model[..left].to_vec() } else { model[model.len() - left..].to_vec() };
            }
            let rest = entries.fold(Vec::new(), |mut all, (key, _)| {
                all.push(key.id);
                all
            });
            assert_eq!(rest, model, "{len}, {front}, {back}");
        }
    }
}

/// The last of equal keys stayed where the map was empty, and the first where it was not.
#[test]
fn an_extension_keeps_the_first_of_equal_keys() {
    #[derive(Clone, Debug)]
    struct Tagged(u32, u32);
    impl PartialEq for Tagged {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Tagged {}
    impl PartialOrd for Tagged {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Tagged {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }
    let twice = || [(Tagged(1, 10), "a"), (Tagged(0, 0), "b"), (Tagged(1, 11), "c")];
    for before in [None, Some(7)] {
        let mut std: BTreeMap<Tagged, &str> = before.map(|key| (Tagged(key, 0), "")).into_iter().collect();
        let mut map: PagedOrdMap<Tagged, &str> = std.clone().into_iter().collect();
        let shared = CowOrdMap::from(map.clone());
        let mut set: PagedOrdSet<Tagged> = std.keys().cloned().collect();
        let shared_set = CowOrdSet::from(set.clone());
        std.extend(twice());
        map.extend(twice());
        shared.extend(twice());
        set.extend(twice().map(|(key, _)| key));
        shared_set.extend(twice().map(|(key, _)| key));
        let tags = |key: &Tagged| (key.0, key.1);
        let expected: Vec<_> = std.iter().map(|(key, value)| (tags(key), *value)).collect();
        for map in [&map, &*shared.load()] {
            assert!(map.iter().map(|(key, value)| (tags(key), *value)).eq(expected.iter().copied()));
        }
        for set in [&set, &*shared_set.load()] {
            assert!(set.iter().map(tags).eq(expected.iter().map(|(key, _)| *key)));
        }
    }
    // A collection is built, as std's is.
    let (std, map): (BTreeMap<_, _>, PagedOrdMap<_, _>) = (twice().into(), twice().into());
    assert!(
        map.iter().map(|(key, value)| (key.1, *value)).eq(std.iter().map(|(key, value)| (key.1, *value)))
    );
}
