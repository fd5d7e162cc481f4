//! Each element is dropped once, whatever panics: `Hash`, `Eq` and `Clone` in every call, and a destructor.

use super::{Hostile, elems, unshared};
use crate::support::elements::{Elem, comes_through_all_calls, hashes, live};
use readmostly::paged::PagedMap;
use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

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
            let done = comes_through_all_calls(k, || write(&mut draft));
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

// A directory of 256 pages has one array of slots, and one of 257 has two.
#[test]
fn a_panic_where_a_section_comes_or_goes_loses_nothing() {
    let make = || elems(0..10_700);
    let comes = |seen: Seen| seen.pages == 256 && seen.pages_after == 257;
    let (map, id) = before(make, 10_700..11_200, insert, comes);
    loses_nothing(&map, &[id], |map| insert(map, id));
    let make = || elems(0..10_800);
    assert_eq!(make().page_count(), 512);
    let goes = |seen: Seen| seen.pages == 257 && seen.pages_after == 256;
    let (map, id) = before(make, 0..10_800, remove, goes);
    loses_nothing(&map, &[id], |map| remove(map, id));
    // A page in the second of two sections, and one that is shown in both.
    let map = elems(0..12_000);
    loses_nothing(&map, &[7], |map| remove(map, 7));
    loses_nothing(&map, &[20_000], |map| insert(map, 20_000));
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
