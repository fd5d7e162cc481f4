//! The guarantees of the containers in insertion order, on real threads.

use super::in_order::in_order;
use crate::support::{Counted, Fused};
use readmostly::paged::PagedIndexMap;
use readmostly::paged::index_map::Entry;
use readmostly::{CowIndexMap, CowIndexSet};
use std::hash::Hash;

in_order!(CowIndexMap, CowIndexSet, PagedIndexMap, Entry, 128, "index");

type Map = CowIndexMap<u64, u64>;
type Draft = PagedIndexMap<u64, u64>;

fn place(table: &Draft, key: u64) -> usize {
    table.get_index_of(&key).expect("the key is there")
}

fn values(map: &Map) -> Vec<u64> {
    map.snapshot().values().copied().collect()
}

/// Removes what is before `first`, and adds 100 entries behind the others.
fn slide(draft: &mut Draft, first: u64) {
    let (before, end) = (place(draft, first), draft.last().map_or(0, |(key, _)| key + 1));
    drop(draft.drain(..before));
    draft.extend((end..end + 100).map(|key| (key, 0)));
}

fn take_some(map: &CowIndexMap<u32, String>, round: u32) {
    map.shift_remove(&(round + 2_000));
    map.swap_remove(&(round + 3_000));
    map.move_to_back(&(round + 1_000));
    map.pop();
}

fn change_whole_pages(map: &CowIndexMap<u32, String>) {
    map.update(|draft| drop(draft.drain(100..1_000)));
    map.update(PagedIndexMap::reverse);
    map.update(PagedIndexMap::shrink_to_fit);
    map.update(|draft| draft.truncate(2_000));
}

fn halve(draft: &mut Draft) {
    draft.truncate(500);
}

fn look_at_a_thousand_squares(map: &Map) {
    assert_eq!((map.get_index(700), map.get(&700)), (Some((700, 490_000)), Some(490_000)));
    assert_eq!((map.get_index_of(&700), map.last()), (Some(700), Some((999, 998_001))));
}

fn take_first(draft: &mut Draft) -> Option<(u64, u64)> {
    draft.shift_remove_index(0)
}

fn remove(map: &Map, key: u64) {
    map.shift_remove(&key);
}

fn fail_in_search(set: &CowIndexSet<Fused<u32>>, fuse: &Fuse, fails: &dyn Fn(Call, &dyn Fn())) {
    for call in [Call::Hash, Call::Eq] {
        fails(call, &|| _ = set.insert(fuse.on(50)));
        fails(call, &|| _ = set.shift_remove(&fuse.on(50)));
        fails(call, &|| _ = set.move_to_back(&fuse.on(50)));
        fails(call, &|| _ = set.assign((50..150).map(|key| fuse.on(key))));
    }
    fails(Call::Hash, &|| drop(set.pop()));
    fails(Call::Clone, &|| drop(set.pop()));
    fails(Call::Clone, &|| _ = set.shift_remove(&fuse.on(50)));
    fails(Call::Clone, &|| _ = set.swap_remove(&fuse.on(50)));
    fails(Call::Clone, &|| _ = set.move_to_back(&fuse.on(50)));
}

/// Nothing is cloned that is not shared.
fn move_a_half(map: &CowIndexMap<u32, Counted<u32>>, census: &Census) {
    for key in 0..1_500 {
        assert!(map.move_to_back(&key));
    }
    assert_eq!(census.alive(), 3_000);
    map.update(PagedIndexMap::reverse);
    assert_eq!(census.alive(), 3_000);
}

fn take_two<V: Clone, K: Eq + Hash + Clone>(map: &CowIndexMap<K, V>) {
    drop(map.pop());
    drop(map.pop());
}

fn other_writes(map: &Map) -> [Named<'_>; 4] {
    [
        ("shift_remove of nothing", Box::new(|| _ = map.shift_remove(&9))),
        ("swap_remove of nothing", Box::new(|| _ = map.swap_remove(&9))),
        ("pop", Box::new(|| _ = map.pop())),
        ("move_to_back of the last one", Box::new(|| _ = map.move_to_back(&1))),
    ]
}

fn change_nothing(map: &Map) {
    map.shift_remove(&9_999);
    map.swap_remove_entry(&9_999);
    map.shift_remove_if(&1, |_, _| false);
    map.swap_remove_if(&1, |_, _| false);
    assert!(!map.move_to_back(&9_999) && map.move_to_back(&4_999));
    map.update(|draft| drop(draft.drain(7..7)));
    map.update(|draft| draft.truncate(5_000));
    map.update(|draft| draft.swap_indices(7, 7));
    map.update(PagedIndexMap::sort_keys);
    map.update(PagedIndexMap::shrink_to_fit);
}

fn change_nothing_of(set: &CowIndexSet<u32>) {
    assert!(!set.shift_remove(&9_999) && !set.swap_remove(&9_999));
    assert!(set.shift_take(&9_999).is_none() && set.swap_take(&9_999).is_none());
    assert!(!set.move_to_back(&9_999) && set.move_to_back(&4_999));
}
