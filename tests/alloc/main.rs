//! What is allocated.
//!
//! The counts are of the whole process, so this is a binary of its own without libtest's harness: one thread, and nothing
//! but the call that is looked at between two counts.

mod paged_map;
mod paged_vec;
mod serde;
mod versions;

use readmostly::paged::PagedOrdMap;
use readmostly::{CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowSet, CowVec};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The elements of a large collection.
const MANY: u64 = 1_000_000;

/// What a write allocates whatever it writes: the version, a directory, and what the backend notes down.
const PUBLISHING: usize = 4 << 10;

/// Runs `f`, and returns what it returned and what was allocated meanwhile.
fn allocated<R>(f: impl FnOnce() -> R) -> (R, Stats) {
    let region = Region::new(ALLOCATOR);
    let result = black_box(f());
    (result, region.change())
}

/// Runs `f`, which must allocate no more than `limit` bytes, and make nothing that it then has to grow.
#[track_caller]
fn at_most<R>(limit: usize, f: impl FnOnce() -> R) -> R {
    let (result, change) = allocated(f);
    assert!(change.bytes_allocated <= limit && change.reallocations == 0, "{change:?}, of {limit} bytes");
    result
}

/// Runs `f`, which must not allocate.
#[track_caller]
fn nothing<R>(f: impl FnOnce() -> R) -> R {
    at_most(0, f)
}

fn reads_allocate_nothing() {
    let map: CowMap<String, u64> = (0..5_000).map(|n| (n.to_string(), n)).collect();
    let set: CowSet<String> = map.load().keys().cloned().collect();
    let names: CowSet<Arc<str>> = set.load().iter().map(|name| Arc::from(&name[..])).collect();
    let list: CowVec<u64> = (0..5_000).collect();
    let sought = "4711";

    // A borrowed form is looked up as it is.
    assert_eq!(nothing(|| map.get(sought)), Some(4_711));
    assert_eq!(nothing(|| map.get_with(sought, |value| value + 1)), Some(4_712));
    assert!(nothing(|| map.contains_key(sought) && !map.contains_key("x")));
    assert_eq!(nothing(|| map.modify("x", |_| ())), None);
    // The owned key is made on a miss only.
    assert_eq!(nothing(|| map.get_or_insert_with_ref(sought, || unreachable!())), 4_711);
    assert_eq!(nothing(|| map.get_or_try_insert_with_ref(sought, || Err(()))), Ok(4_711));
    assert_eq!(nothing(|| names.get_or_insert_with(sought, |_| unreachable!())), sought.into());
    assert!(nothing(|| set.contains(sought) && !set.contains("x")));
    assert_eq!(nothing(|| (list.get(4_711), list.len(), list.index_of(&9))), (Some(4_711), 5_000, Some(9)));

    // Every way to look.
    let (guard, snapshot, mut reader) = nothing(|| (map.load(), map.snapshot(), map.reader()));
    assert_eq!(nothing(|| guard[sought] + snapshot[sought] + reader.load()[sought]), 3 * 4_711);
    drop(guard);
    map.insert("new".into(), 1);
    assert!(nothing(|| reader.load().contains_key("new")));
    assert_eq!(nothing(|| map.load().iter().count() + set.load().iter().count()), 10_001);
    assert_eq!(nothing(|| list.load().iter().sum::<u64>()), (0..5_000).sum());

    // A copy of a collection is a count; a container of its own is one more small block or two.
    drop(nothing(|| (map.load().clone(), set.load().clone(), list.load().clone())));
    drop(at_most(1 << 10, || (map.fork(), set.fork(), list.fork())));
}

fn reads_in_order_allocate_nothing() {
    let map: CowOrdMap<u64, u64> = (0..5_000).map(|n| (2 * n, n)).collect();
    assert_eq!(nothing(|| (map.get(&8), map.rank(&9), map.get_index(7))), (Some(4), 5, Some((14, 7))));
    assert_eq!(nothing(|| [map.get_le(&9), map.get_gt(&9)]), [Some((8, 4)), Some((10, 5))]);
    assert_eq!(
        nothing(|| (map.first_key_value(), map.last_key_value())),
        (Some((0, 0)), Some((9_998, 4_999)))
    );
    assert_eq!(
        nothing(|| map.range_with(1_000..2_000, |entries| entries.rev().map(|(_, n)| n).sum::<u64>())),
        374_750
    );
    assert_eq!(nothing(|| map.modify(&7, |_| ())), None);
    assert_eq!(nothing(|| map.load().iter().count()), 5_000);
    drop(nothing(|| map.load().clone()));
    // A leaf of 256 entries, and the nodes above it.
    assert_eq!(at_most(PUBLISHING + (8 << 10), || map.insert(8, 0)), Some(4));
}

fn reads_in_insertion_order_allocate_nothing() {
    let map: CowIndexMap<String, u64> = (0..5_000).map(|n| (n.to_string(), n)).collect();
    let set: CowIndexSet<u64> = (0..5_000).collect();
    // Without gaps and with some.
    for gone in 0..2 {
        assert_eq!(
            (nothing(|| map.get("4711")), nothing(|| map.get_index_of("4711"))),
            (Some(4_711), Some(4_711 - gone))
        );
        assert_eq!(
            nothing(|| (set.get_index(4_000), set.get_index_of(&9))),
            (Some(4_000 + gone as u64), Some(9 - gone))
        );
        assert_eq!(nothing(|| (set.last(), set.contains(&5_000))), (Some(4_999), false));
        assert_eq!(nothing(|| map.modify("x", |_| ())), None);
        assert!(!nothing(|| map.move_to_back("x")) && nothing(|| map.move_to_back("4999")));
        assert_eq!(nothing(|| map.get_or_insert_with_ref("4711", || unreachable!())), 4_711);
        assert_eq!(nothing(|| map.load().values().rev().sum::<u64>()), (gone as u64..5_000).sum());
        assert_eq!(nothing(|| set.load().iter().count()), 5_000 - gone);
        drop(nothing(|| (map.load().clone(), set.load().clone())));
        map.shift_remove("0");
        set.shift_remove(&0);
    }
    drop(at_most(1 << 10, || (map.fork(), set.fork())));
}

fn a_write_in_insertion_order_allocates_a_page_of_each() {
    let (map, built) = allocated(|| (0..MANY).map(|n| (n, n)).collect::<CowIndexMap<u64, u64>>());
    let whole = built.bytes_allocated - built.bytes_deallocated;
    assert!(whole > (16 + 8) * 1_000_000);
    let held = map.snapshot();
    for key in [MANY, 7, MANY / 2] {
        at_most(whole / 200, || map.insert(key, 1));
        at_most(whole / 200, || map.move_to_back(&key));
        at_most(whole / 200, || map.shift_remove(&(key + 1)));
        at_most(whole / 200, || map.swap_remove(&(key + 2)));
    }
    nothing(|| (map.shift_remove(&(2 * MANY)), map.swap_remove(&(2 * MANY))));
    drop(held);
    // What was large once is not copied at its old size.
    map.retain(|key, _| *key < 10);
    at_most(PUBLISHING, || map.insert(MANY, 1));
    at_most(PUBLISHING, || map.shift_remove(&3));
    at_most(PUBLISHING, || map.move_to_back(&4));
    assert_eq!(map.len(), 8);
}

fn a_write_to_a_list_allocates_its_page() {
    // A page of 1,024 is copied once, with room for what is pushed. A copy that then grows would be three times that.
    for len in [1_000, 1_023] {
        let list: CowVec<u64> = (0..len).collect();
        let held = list.snapshot();
        at_most((usize::try_from(len).unwrap() + 1) * 8 + PUBLISHING, || list.push(7));
        assert_eq!((list.len(), held.len()), (held.len() + 1, held.len()));
    }
    // A full page is not copied at all.
    let list: CowVec<u64> = (0..1_024).collect();
    let held = list.snapshot();
    at_most(PUBLISHING, || list.push(7));
    // A long one: a page and the directory.
    let long: CowVec<u64> = (0..MANY).collect();
    at_most(8 * 1_024 + 16 * 1_000 + PUBLISHING, || long.push(7));
    at_most(8 * 1_024 + 16 * 1_000 + PUBLISHING, || long.set(500_000, 7)).unwrap();
    drop(held);

    let bytes: CowVec<u8> = (0..MANY).map(|n| n.to_le_bytes()[0]).collect();
    // The page that is cut is copied as far as it stays; the pages that go are listed.
    let ((), cut) = allocated(|| bytes.truncate(3));
    assert!(cut.bytes_allocated <= 16 * 1_000 + PUBLISHING, "{cut:?}");
    at_most(PUBLISHING, || bytes.push(7));
    at_most(PUBLISHING, || bytes.set(0, 7)).unwrap();
    assert_eq!(bytes.snapshot().to_vec(), [7, 1, 2, 7]);
}

fn a_write_to_a_table_allocates_its_page() {
    let (map, built) = allocated(|| (0..MANY).map(|n| (n, n)).collect::<CowMap<u64, u64>>());
    let table = built.bytes_allocated - built.bytes_deallocated;
    assert!(table > 16 * 1_000_000);
    let held = map.snapshot();
    // One write to a table that is shared copies less than a two hundredth of it.
    for key in [MANY, 7, MANY / 2] {
        at_most(table / 200, || map.insert(key, 1));
        at_most(table / 200, || map.remove(&(key + 1)));
    }
    nothing(|| map.remove(&(2 * MANY)));
    drop(held);

    // What was large once is not copied at its old size: std's tables keep it, 35 MB for each clone.
    let fork = map.fork();
    map.retain(|key, _| *key < 10);
    at_most(PUBLISHING, || map.insert(MANY, 1));
    at_most(PUBLISHING, || map.remove(&3));
    fork.clear();
    at_most(PUBLISHING, || fork.insert(1, 1));
    assert_eq!((map.len(), fork.len()), (9, 1));

    let set: CowSet<u64> = (0..MANY).collect();
    set.retain(|n| *n < 10);
    at_most(PUBLISHING, || set.insert(MANY));
    at_most(PUBLISHING, || set.remove(&3));
    set.update(|draft| draft.extend(0..MANY));
    set.clear();
    at_most(PUBLISHING, || set.insert(1));
    assert_eq!(set.len(), 1);
}

/// It kept all of its memory until nine of ten entries were gone.
fn an_ordered_map_that_has_lost_most_gives_its_memory_back() {
    const LEN: u64 = 100_000;
    let held = |made: Stats| made.bytes_allocated - made.bytes_deallocated;
    let region = Region::new(ALLOCATOR);
    let mut map: PagedOrdMap<u64, u64> = (0..LEN).map(|n| (n, n)).collect();
    let full = held(region.change());
    for n in (0..LEN).filter(|n| n % 4 != 0) {
        map.remove(&n);
    }
    // A leaf has room for twice what is in it at most.
    let left = held(region.change());
    assert!(left < full / 5 * 3, "{left} of {full} bytes for a quarter");
    map.retain(|key, _| key % 100 == 0);
    let left = held(region.change());
    assert!(left < full / 100 * 2, "{left} of {full} bytes for a hundredth");
    assert_eq!(map.len() as u64, LEN / 100);
}

fn main() {
    // What the process allocates once, it has.
    CowVec::from([1]).push(2);
    let containers = [
        ("reads_allocate_nothing", reads_allocate_nothing as fn()),
        ("reads_in_order_allocate_nothing", reads_in_order_allocate_nothing),
        ("reads_in_insertion_order_allocate_nothing", reads_in_insertion_order_allocate_nothing),
        (
            "a_write_in_insertion_order_allocates_a_page_of_each",
            a_write_in_insertion_order_allocates_a_page_of_each,
        ),
        ("a_write_to_a_list_allocates_its_page", a_write_to_a_list_allocates_its_page),
        ("a_write_to_a_table_allocates_its_page", a_write_to_a_table_allocates_its_page),
        (
            "an_ordered_map_that_has_lost_most_gives_its_memory_back",
            an_ordered_map_that_has_lost_most_gives_its_memory_back,
        ),
    ];
    let all = containers.into_iter().chain(versions::ALL);
    for (name, test) in all.chain(paged_map::ALL).chain(paged_vec::ALL).chain(serde::ALL) {
        test();
        println!("test {name} ... ok");
    }
}
