//! What clones share, what a write copies, and clones of clones on many threads.

use super::elems;
use crate::support::elements::{Elem, clones, hashes};
use crate::support::{Random, join_all};
use indexmap::IndexMap;
use readmostly::paged::PagedIndexMap;
use std::thread;

type Map = PagedIndexMap<u64, u64>;

#[test]
fn a_write_copies_a_page_of_entries_and_one_of_the_table() {
    let map: Map = (0..200_000).map(|k| (k, k)).collect();
    let copied = |write: &dyn Fn(&mut Map)| {
        let mut copy = map.clone();
        write(&mut copy);
        copy.page_count() - copy.shared_pages(&map)
    };
    for key in [0, 700, 100_000, 199_999] {
        assert_eq!(copied(&|map| *map.get_mut(&key).unwrap() = 7), 1);
        assert_eq!(copied(&|map| _ = map.insert(key, 7)), 1);
        assert_eq!(copied(&|map| _ = map.shift_remove(&key)), 2);
        assert!(copied(&|map| _ = map.swap_remove(&key)) <= 4);
        assert!(copied(&|map| _ = map.move_to_back(&key)) <= 3);
    }
    assert_eq!(copied(&|map| _ = map.pop()), 2);
    // The table may be splitting a page.
    assert!(copied(&|map| _ = map.insert(999_999, 7)) <= 4);
}

#[test]
fn a_write_clones_one_page() {
    // 32 entries, of two elements each.
    let map = elems(0..3_000);
    for id in [0, 1_000, 2_999] {
        let mut copy = map.clone();
        assert_eq!(clones(|| copy.insert(Elem::new(id), Elem::new(id))).0, if id < 2_976 { 64 } else { 48 });
        // The second time nothing is shared.
        assert_eq!(clones(|| copy.insert(Elem::new(id), Elem::new(id))).0, 0);
        let mut copy = map.clone();
        assert!(clones(|| drop(copy.shift_remove(&Elem::new(id)))).0 <= 64);
        let mut copy = map.clone();
        assert!(clones(|| drop(copy.swap_remove(&Elem::new(id)))).0 <= 128);
        let mut copy = map.clone();
        assert!(clones(|| drop(copy.insert(Elem::new(5_000 + id), Elem::new(id)))).0 <= 64);
    }
    assert_eq!(clones(|| map.clone()).0, 0);
}

#[test]
fn the_table_hashes_nothing_again() {
    let mut map = elems(0..10);
    // One hash for each, however often the table grows.
    assert_eq!(hashes(|| (10..5_000).for_each(|id| drop(map.insert(Elem::new(id), Elem::new(id))))).0, 4_990);
    assert_eq!(hashes(|| elems(0..5_000)).0, 5_000);
    assert_eq!(hashes(|| map.reserve(100_000)).0, 0);
    assert_eq!(hashes(|| map.reverse()).0, 0);
    assert_eq!(hashes(|| map.retain(|key, _| key.id % 3 != 0)).0, 0);
    assert_eq!(hashes(|| map.shrink_to_fit()).0, 0);
    assert_eq!(hashes(|| drop(map.shift_remove(&Elem::new(7)))).0, 2);
}

#[test]
fn what_changes_nothing_copies_nothing() {
    let map: Map = (0..10_000).map(|k| (2 * k, k)).collect();
    let mut copy = map.clone();
    assert_eq!(copy.get_mut(&7), None);
    assert_eq!((copy.shift_remove(&7), copy.swap_remove(&7)), (None, None));
    assert!(!copy.move_to_back(&7) && copy.move_to_back(&19_998));
    assert_eq!((copy.entry(8).index(), copy.entry(7).index()), (4, 10_000));
    _ = copy.entry(7).and_modify(|_| unreachable!());
    assert_eq!((copy.iter_mut().len(), copy.values_mut().len()), (10_000, 10_000));
    copy.retain(|_, _| true);
    copy.truncate(10_000);
    assert_eq!(copy.drain(5..5).count(), 0);
    copy.sort_keys();
    copy.sort_unstable_keys();
    copy.swap_indices(3, 3);
    copy.extend(Map::new());
    copy.shrink_to(20_000);
    assert_eq!(copy.assign((0..10_000).map(|k| (2 * k, k))), 0);
    assert_eq!(copy.apply(&map.diff(&copy).collect()), Ok(()));
    assert!(copy.ptr_eq(&map));
    let mut empty = Map::new();
    let other = empty.clone();
    empty.clear();
    empty.reverse();
    assert_eq!((empty.pop(), empty.drain(..).count()), (None, 0));
    assert!(empty.ptr_eq(&other));
}

#[test]
fn a_walk_that_writes_copies_what_it_reaches() {
    let map: Map = (0..100_000).map(|k| (k, k)).collect();
    let pages = |copy: &Map| copy.page_count() - copy.shared_pages(&map);
    let mut copy = map.clone();
    copy.values_mut().take(1_000).for_each(|value| *value += 1);
    assert_eq!(pages(&copy), 2);
    let mut copy = map.clone();
    *copy.values_mut().nth(50_000).unwrap() = 1;
    assert_eq!(pages(&copy), 1);
    *copy.values_mut().nth_back(7).unwrap() = 1;
    assert_eq!(pages(&copy), 2);
    assert!(map.values().copied().eq(0..100_000));
    // And a removal of many what loses something.
    let mut copy = map.clone();
    copy.retain(|k, _| !(512..1_024).contains(k));
    assert!(copy.shared_pages(&map) > 0 && map.len() == 100_000);
    drop(copy.drain(2_000..2_010));
    assert!(copy.get_index_of(&3_000).is_some_and(|at| at == 3_000 - 512 - 10));
}

#[test]
fn clones_of_clones_change_side_by_side() {
    let start: Map = (0..5_000).map(|k| (k, k)).collect();
    let change = |seed: u64, mut map: Map| {
        let mut random = Random::new(seed);
        let mut model: IndexMap<u64, u64> = map.clone().into_iter().collect();
        for _ in 0..2_000 {
            let key = random.below(8_000);
            match random.below(5) {
                0 => assert_eq!(map.shift_remove(&key), model.shift_remove(&key)),
                1 => assert_eq!(map.swap_remove(&key), model.swap_remove(&key)),
                2 => {
                    map.move_to_back(&key);
                    if let Some(at) = model.get_index_of(&key) {
                        model.move_index(at, model.len() - 1);
                    }
                }
                _ => assert_eq!(map.insert(key, seed), model.insert(key, seed)),
            }
        }
        assert!(map.iter().eq(&model));
        map
    };
    let change = &change;
    let first = thread::scope(|scope| {
        join_all(
            (0..4)
                .map(|seed| (seed, start.clone()))
                .map(|(seed, map)| scope.spawn(move || change(seed, map))),
        )
    });
    thread::scope(|scope| {
        let seconds = first
            .iter()
            .enumerate()
            .flat_map(|(at, map)| [10, 20].map(|more| (u64::try_from(at).unwrap() + more, map.clone())));
        join_all(seconds.map(|(seed, map)| scope.spawn(move || change(seed, map))).collect::<Vec<_>>());
    });
    assert!(start.keys().copied().eq(0..5_000));
}
