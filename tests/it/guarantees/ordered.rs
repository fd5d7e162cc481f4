//! The guarantees of the ordered containers, on real threads.

use super::in_order::in_order;
use crate::support::{Counted, Fused};
use readmostly::paged::PagedOrdMap;
use readmostly::paged::ord_map::Entry;
use readmostly::{CowOrdMap, CowOrdSet};

in_order!(CowOrdMap, CowOrdSet, PagedOrdMap, Entry, 16, "ordered");

type Map = CowOrdMap<u64, u64>;
type Draft = PagedOrdMap<u64, u64>;

fn place(table: &Draft, key: u64) -> usize {
    table.rank(&key)
}

fn values(map: &Map) -> Vec<u64> {
    map.range_with(.., |entries| entries.map(|(_, value)| *value).collect())
}

/// Removes what is below `first`, and adds 100 entries behind the others.
fn slide(draft: &mut Draft, first: u64) {
    let end = draft.last_key_value().map_or(0, |(key, _)| key + 1);
    *draft = draft.split_off(&first);
    draft.append(&mut (end..end + 100).map(|key| (key, 0)).collect());
}

fn take_some(map: &CowOrdMap<u32, String>, round: u32) {
    map.remove(&(round + 2_000));
    map.pop_first();
    map.pop_last();
}

fn change_whole_pages(map: &CowOrdMap<u32, String>) {
    drop(map.split_off(&3_000));
    map.append(&(6_000..7_000).map(|key| (key, "appended".into())).collect());
}

fn halve(draft: &mut Draft) {
    drop(draft.split_off(&500));
}

fn look_at_a_thousand_squares(map: &Map) {
    assert_eq!(map.get_le(&700), Some((700, 490_000)));
    assert_eq!((map.rank(&700), map.range_with(600.., |rest| rest.count())), (700, 400));
}

fn take_first(draft: &mut Draft) -> Option<(u64, u64)> {
    draft.pop_first()
}

fn remove(map: &Map, key: u64) {
    map.remove(&key);
}

fn fail_in_search(set: &CowOrdSet<Fused<u32>>, fuse: &Fuse, fails: &dyn Fn(Call, &dyn Fn())) {
    fails(Call::Ord, &|| _ = set.insert(fuse.on(100)));
    fails(Call::Ord, &|| drop(set.split_off(&fuse.on(50))));
    fails(Call::Clone, &|| drop(set.pop_first()));
    fails(Call::Clone, &|| drop(set.split_off(&fuse.on(50))));
}

/// What is copied at the cut is what both parts have of it.
fn move_a_half(map: &CowOrdMap<u32, Counted<u32>>, census: &Census) {
    let behind = map.split_off(&1_500);
    assert_eq!(census.alive(), 3_000);
    map.append(&behind);
}

fn take_two<V: Clone, K: Ord + Clone>(map: &CowOrdMap<K, V>) {
    drop(map.pop_first());
    drop(map.pop_last());
}

fn other_writes(map: &Map) -> [Named<'_>; 4] {
    [
        ("remove of nothing", Box::new(|| _ = map.remove(&9))),
        ("pop_first", Box::new(|| _ = map.pop_first())),
        ("append of nothing", Box::new(|| map.append(&PagedOrdMap::new()))),
        ("split_off of nothing", Box::new(|| drop(map.split_off(&9)))),
    ]
}

fn change_nothing(map: &Map) {
    map.remove(&9_999);
    map.remove_if(&1, |_, _| false);
    map.append(&PagedOrdMap::new());
    assert!(map.split_off(&9_999).is_empty());
    map.update(|draft| drop(draft.range_mut(7..9)));
    map.update(|draft| assert!(draft.first_entry().is_some() && draft.last_entry().is_some()));
}

fn change_nothing_of(set: &CowOrdSet<u32>) {
    set.remove(&9_999);
    set.take(&9_999);
    set.append(&(100..200).collect());
    assert!(set.split_off(&9_999).is_empty());
}
