//! Each element is dropped once, whatever panics: `Ord` and `Clone` in every call, and a destructor.

use super::{Hostile, elems, unshared};
use crate::support::elements::{Elem, comes_through_all_calls, live};
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Has every call of `Ord`, `Eq` and `Clone` in `write` panic in turn, in a map that shares its pages, in one that does not, and
/// in one that shares half of them. Only the entries in `touched` may be gone then, or new.
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
            in_order(&draft);
            let present = touched.iter().filter(|&&id| draft.contains_key(&Elem::new(id))).count();
            assert_eq!(draft.len(), before.len() + present);
            assert!(before.iter().all(|&id| draft.get(&Elem::new(id)).is_some_and(|value| value.id == id)));
            // It goes on working.
            write(&mut draft);
            in_order(&draft);
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

/// Its keys ascend, its values are theirs, and its length is that of its walks.
#[track_caller]
fn in_order(map: &Hostile) {
    let ids: Vec<_> = map.iter().map(|(key, value)| (key.pair().0, value.pair().0)).collect();
    assert!(ids.iter().all(|(key, value)| key == value));
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!((ids.len(), map.iter().rev().count()), (map.len(), map.len()));
}

fn insert(map: &mut Hostile, id: u64) {
    map.insert(Elem::new(id), Elem::new(id));
}

fn remove(map: &mut Hostile, id: u64) {
    map.remove(&Elem::new(id));
}

/// Does `step` with the `ids` until the number of pages changes by `pages`. Returns the map before that write, and its id.
#[track_caller]
fn before(
    make: impl Fn() -> Hostile,
    ids: Range<u64>,
    step: impl Fn(&mut Hostile, u64),
    pages: isize,
) -> (Hostile, u64) {
    let mut map = make();
    let is_found = |&id: &u64| {
        let pages_before = map.page_count();
        step(&mut map, id);
        pages_before.checked_add_signed(pages) == Some(map.page_count())
    };
    let id = ids.clone().find(is_found).expect("no such write");
    let mut map = make();
    (ids.start..id).for_each(|id| step(&mut map, id));
    (map, id)
}

#[test]
fn a_panic_in_a_split_loses_nothing() {
    // The only leaf, and with it the first root above it.
    let (map, id) = before(Hostile::default, 0..100, insert, 2);
    loses_nothing(&map, &[id], |map| insert(map, id));
    // One leaf of many.
    let (map, id) = before(|| elems(0..500), 500..700, insert, 1);
    loses_nothing(&map, &[id], |map| insert(map, id));
    loses_nothing(&map, &[id], |map| map.entry(Elem::new(id)).or_insert_with(|| Elem::new(id)).tag = 1);
    // A leaf and the root above it, which is full as well: three nodes more.
    let map = elems((0..32 * 16).map(|id| 2 * id));
    assert_eq!(map.page_count(), 33);
    for id in [1, 501, 1_023] {
        let mut copy = map.clone();
        insert(&mut copy, id);
        assert_eq!(copy.page_count(), 36);
        loses_nothing(&map, &[id], |map| insert(map, id));
    }
}

#[test]
fn a_panic_where_nodes_become_one_loses_nothing() {
    let make = || elems(0..5_000);
    let (map, id) = before(make, 0..5_000, remove, -1);
    loses_nothing(&map, &[id], |map| remove(map, id));
    // An inner node and a leaf, from either end, and the root.
    let (map, id) = before(make, 0..5_000, remove, -2);
    loses_nothing(&map, &[id], |map| remove(map, id));
    let (map, id) = before(make, 0..5_000, |map, id| remove(map, 4_999 - id), -2);
    loses_nothing(&map, &[4_999 - id], |map| remove(map, 4_999 - id));
    // Two leaves that become the root.
    let (map, id) = before(|| elems(0..60), 0..60, remove, -2);
    loses_nothing(&map, &[id], |map| remove(map, id));
    // Neighbours that share what they have.
    let map = {
        let mut map = elems(0..96);
        (32..56).for_each(|id| remove(&mut map, id));
        map
    };
    loses_nothing(&map, &[60], |map| remove(map, 60));
}

#[test]
fn a_panic_in_a_removal_of_a_first_key_loses_nothing() {
    let map = elems(0..5_000);
    for id in [0, 32, 64, 31, 2_048, 4_999] {
        loses_nothing(&map, &[id], |map| remove(map, id));
    }
    loses_nothing(&map, &[0], |map| drop(map.pop_first()));
    loses_nothing(&map, &[4_999], |map| drop(map.pop_last()));
}

#[test]
fn a_panic_in_other_writes_loses_nothing() {
    let map = elems(0..2_000);
    loses_nothing(&map, &[], |map| map.get_mut(&Elem::new(7)).unwrap().tag = 1);
    loses_nothing(&map, &[7], |map| map.retain(|key, _| key.id != 7));
    let third: Vec<_> = (0..2_000).filter(|id| id % 3 != 0).collect();
    loses_nothing(&map, &third, |map| map.retain(|key, _| key.id % 3 == 0));
    let run: Vec<_> = (500..900).collect();
    loses_nothing(&map, &run, |map| map.retain(|key, _| !(500..900).contains(&key.id)));
    loses_nothing(&map, &[5_000, 5_001], |map| {
        map.extend([5_000, 5_001].map(|id| (Elem::new(id), Elem::new(id))));
    });
    loses_nothing(&map, &[], |map| {
        map.range_mut(Elem::new(100)..Elem::new(300)).for_each(|(_, value)| value.tag += 1);
    });
    loses_nothing(&map, &[], |map| map.iter_mut().rev().for_each(|(_, value)| value.tag += 1));
}

#[test]
fn a_panic_while_maps_are_joined_or_cut_loses_nothing() {
    for (len, other) in
        [(10, 10..20), (100, 100..105), (5, 100..3_000), (3_000, 3_000..3_010), (2_048, 2_048..4_096)]
    {
        let map = elems(0..len);
        let touched: Vec<_> = other.clone().collect();
        loses_nothing(&map, &touched, |map| map.append(&mut elems(other.clone())));
    }
    // In front, and across.
    let map = elems(1_000..1_500);
    loses_nothing(&map, &(0..900).collect::<Vec<_>>(), |map| map.append(&mut elems(0..900)));
    let touched: Vec<_> =
        (0..400).map(|id| 900 + 2 * id + 1).filter(|id| !(1_000..1_500).contains(id)).collect();
    loses_nothing(&map, &touched, |map| map.append(&mut elems((0..400).map(|id| 900 + 2 * id + 1))));
    let map = elems(0..3_000);
    for id in [0, 1, 32, 1_000, 2_999] {
        let touched: Vec<_> = (id..3_000).collect();
        loses_nothing(&map, &touched, |map| drop(map.split_off(&Elem::new(id))));
    }
}

#[test]
fn what_a_delta_changes_is_changed_whole_or_not_at_all() {
    let old = elems(0..500);
    let mut new = old.clone();
    (0..40).for_each(|id| remove(&mut new, 7 * id));
    (500..540).for_each(|id| insert(&mut new, id));
    let delta: readmostly::paged::Delta<_, _> = old.diff(&new).collect();
    let acts: [&dyn Fn(&mut Hostile); 2] = [&|map| map.apply(&delta).unwrap(), &|map| {
        map.assign(new.iter().map(|(key, value)| (Elem::new(key.id), Elem::new(value.id))));
    }];
    for act in acts {
        for k in (0..).map(|k| k * 7) {
            let alive = live();
            let mut map = old.clone();
            let done = comes_through_all_calls(k, || act(&mut map));
            assert!(if done { map.len() == new.len() } else { map.ptr_eq(&old) });
            drop(map);
            assert_eq!(live(), alive);
            if done {
                break;
            }
        }
    }
}

#[test]
fn a_panic_while_a_map_is_collected_leaks_nothing() {
    let alive = live();
    let mut k = 0;
    while !comes_through_all_calls(k, || drop(elems((0..700).map(|id| id * 37 % 701)))) {
        assert_eq!(live(), alive);
        k += 1 + k / 16;
    }
    assert_eq!(live(), alive);
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
        half.by_ref().rev().take(500).for_each(drop);
        drop(half);
        kept.push(map.split_off(&Elem::new(1_700)));
        kept
    };
    assert!(live() >= 2 * 3_000);
    drop(kept);
    assert_eq!(live(), 0);
}

#[test]
fn a_removed_key_is_nowhere_in_the_tree() {
    // An inner node has a clone of the first key of each leaf.
    let set: PagedOrdSet<Arc<u32>> = (0..3_000).map(Arc::new).collect();
    let keys: Vec<_> = set.iter().map(Arc::clone).collect();
    let mut emptied = set.clone();
    drop(set);
    for key in &keys {
        assert!(emptied.remove(key));
        assert_eq!(Arc::strong_count(key), 1, "{key} is still there");
    }
    // One that is replaced neither.
    let (old, new) = (Arc::new(5), Arc::new(5));
    let mut set: PagedOrdSet<Arc<u32>> = (0..3_000).map(Arc::new).collect();
    for n in [5, 32, 64, 2_048] {
        let (old, new) = if n == 5 { (old.clone(), new.clone()) } else { (Arc::new(n), Arc::new(n)) };
        drop(set.replace(old.clone()));
        assert!(set.replace(new.clone()).is_some_and(|replaced| Arc::ptr_eq(&replaced, &old)));
        assert!(Arc::ptr_eq(set.get(&n).unwrap(), &new));
        assert!(Arc::strong_count(&old) <= 2 && Arc::strong_count(&new) > 1);
    }
    assert_eq!(Arc::strong_count(&old), 1);
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
    type Write = fn(&mut PagedOrdMap<u64, Bomb>);
    let counter = Arc::new(());
    let writes: [Write; 4] = [
        PagedOrdMap::clear,
        |map| map.retain(|key, _| key % 2 == 1),
        |map| map.retain(|key, _| *key != 42),
        |map| drop(map.remove(&42)),
    ];
    for write in writes {
        for n in [100, 3_000] {
            let bomb = |key| (key, Bomb(key == 42, Arc::clone(&counter)));
            let mut map: PagedOrdMap<u64, Bomb> = (0..n).map(bomb).collect();
            assert!(catch_unwind(AssertUnwindSafe(|| write(&mut map))).is_err());
            assert!(!map.contains_key(&42));
            assert_eq!(map.iter().count(), map.len());
            // One dropped twice would be missing here.
            assert!(map.values().all(|value| Arc::strong_count(&value.1) > map.len()));
            map.insert(1, Bomb(false, Arc::clone(&counter)));
            drop(map);
            assert_eq!(Arc::strong_count(&counter), 1, "leaked");
        }
    }
}

#[test]
fn a_walk_counts_right_after_a_clone_that_panics() {
    let original = elems(0..1_800);
    for (k, back) in [(3, false), (40, false), (3, true), (70, true)] {
        let mut copy = original.clone();
        let mut iter = copy.iter_mut();
        let through = comes_through_all_calls(k, || {
            while (if back { iter.next_back() } else { iter.next() }).is_some() {}
        });
        assert!(!through);
        let (left, shown) = (iter.len(), format!("{iter:?}").matches("): ").count());
        assert!(left < 1_800 && shown <= left);
        assert_eq!((iter.by_ref().count(), iter.len()), (left, 0));
        in_order(&copy);
        assert_eq!(copy.len(), 1_800);
    }
}
