//! Each element is dropped once, whatever panics: `Hash`, `Eq` and `Clone` in every call, and a destructor.

use super::{Hostile, elems, unshared};
use crate::support::elements::{Elem, comes_through_all_calls, live};
use readmostly::paged::{Delta, PagedIndexMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

/// Has every call of `Hash`, `Eq`, `Ord` and `Clone` in `write` panic in turn, in a map that shares its pages, in one that does not, and
/// in one that shares half of them. Only the entries in `touched` may be gone then, or new. The others keep their order, unless
/// `reorders`.
#[track_caller]
fn loses_nothing(map: &Hostile, touched: &[u64], reorders: bool, write: impl Fn(&mut Hostile)) {
    let ids = |map: &Hostile| {
        let mut ids: Vec<_> = map.keys().map(|key| key.id).filter(|id| !touched.contains(id)).collect();
        if reorders {
            ids.sort_unstable();
        }
        ids
    };
    let before = ids(map);
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
            assert_eq!(ids(&draft), before);
            let present = touched.iter().filter(|&&id| draft.contains_key(&Elem::new(id))).count();
            assert_eq!(draft.len(), before.len() + present);
            // It goes on working.
            write(&mut draft);
            in_order(&draft);
            assert_eq!(ids(&draft), before);
            drop(draft);
            assert_eq!(live(), alive);
            if done {
                break;
            }
            // Each of the first ones, then wider and wider apart.
            k += 1 + k / 16;
        }
        in_order(map);
        assert_eq!(ids(map), before);
    }
}

/// Each key is found where the walk shows it, its value is its own, and the length is that of the walks.
#[track_caller]
fn in_order(map: &Hostile) {
    for (index, (key, value)) in map.iter().enumerate() {
        assert_eq!(key.pair().0, value.pair().0);
        assert_eq!(map.get_index_of(key), Some(index));
    }
    assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
}

fn insert(map: &mut Hostile, id: u64) {
    map.insert(Elem::new(id), Elem::new(id));
}

fn remove(map: &mut Hostile, id: u64) {
    map.shift_remove(&Elem::new(id));
}

/// A map with gaps of which one more removal numbers all anew.
fn loose(len: u64) -> Hostile {
    let mut map = elems(0..len);
    (1..len / 2).for_each(|n| remove(&mut map, 2 * n));
    map
}

#[test]
fn a_panic_in_an_insertion_loses_nothing() {
    for len in [0, 3, 31, 32, 447, 448, 449, 2_048] {
        let map = elems(0..len);
        loses_nothing(&map, &[len], false, |map| insert(map, len));
        loses_nothing(&map, &[len], false, |map| {
            map.entry(Elem::new(len)).or_insert_with(|| Elem::new(len)).tag = 1;
        });
        loses_nothing(&map, &[len / 2], false, |map| insert(map, len / 2));
    }
}

#[test]
fn a_panic_in_a_removal_loses_nothing() {
    for len in [2, 32, 33, 500, 2_100] {
        let map = elems(0..len);
        for id in [0, 1, len / 2, len - 1] {
            loses_nothing(&map, &[id], false, |map| remove(map, id));
            loses_nothing(&map, &[id], true, |map| drop(map.swap_remove(&Elem::new(id))));
        }
        loses_nothing(&map, &[len - 1, len - 2], false, |map| {
            if map.len() as u64 == len {
                map.pop();
            }
        });
    }
}

#[test]
fn a_panic_while_slots_are_numbered_anew_loses_nothing() {
    for len in [100, 1_000, 3_000] {
        let map = loose(len);
        for id in [0, 1, len - 1] {
            loses_nothing(&map, &[id], false, |map| remove(map, id));
        }
        loses_nothing(&map, &[], true, |map| _ = map.move_to_back(&Elem::new(1)));
        loses_nothing(&map, &[], false, Hostile::shrink_to_fit);
    }
}

// One was made for the new place before what is shared was cloned. A walk by value from the end took it for the end.
#[test]
fn a_move_that_panics_leaves_no_page_without_entries_behind() {
    for len in [32, 64, 2_048] {
        let map = elems(0..len);
        let comes_through = |k: usize| {
            let mut draft = map.clone();
            let done = comes_through_all_calls(k, || _ = draft.move_to_back(&Elem::new(len / 2)));
            // Step by step. A fold passes a page without entries.
            let (mut entries, mut walked) = (draft.into_iter(), 0);
            while entries.next_back().is_some() {
                walked += 1;
            }
            assert_eq!(walked, len);
            done
        };
        assert!((0..200).any(comes_through));
    }
}

#[test]
fn a_panic_in_other_writes_loses_nothing() {
    let map = elems(0..1_000);
    loses_nothing(&map, &[], false, |map| map.get_mut(&Elem::new(7)).unwrap().tag = 1);
    loses_nothing(&map, &[], true, |map| map.swap_indices(3, 700));
    loses_nothing(&map, &[], true, |map| _ = map.move_to_back(&Elem::new(500)));
    loses_nothing(&map, &[7], false, |map| map.retain(|key, _| key.id != 7));
    let third: Vec<_> = (0..1_000).filter(|id| id % 3 != 0).collect();
    loses_nothing(&map, &third, false, |map| map.retain(|key, _| key.id % 3 == 0));
    let run: Vec<_> = (500..900).collect();
    loses_nothing(&map, &run, false, |map| map.retain(|key, _| !(500..900).contains(&key.id)));
    loses_nothing(&map, &(990..1_000).collect::<Vec<_>>(), false, |map| map.truncate(990));
    loses_nothing(&map, &(100..130).collect::<Vec<_>>(), false, |map| {
        if map.len() == 1_000 {
            drop(map.drain(100..130));
        }
    });
    loses_nothing(&map, &[5_000, 5_001], false, |map| {
        map.extend([5_000, 5_001].map(|id| (Elem::new(id), Elem::new(id))));
    });
    loses_nothing(&map, &[], false, |map| map.iter_mut().rev().for_each(|(_, value)| value.tag += 1));
    loses_nothing(&map, &[5, 5_000], true, |map| {
        drop(map.replace_index(5, Elem::new(5_000)));
        map[5].id = 5_000;
    });
    loses_nothing(&map, &[], false, |map| _ = map.get_disjoint_indices_mut([5, 500, 40]));
    loses_nothing(&map, &(900..1_000).collect::<Vec<_>>(), false, |map| {
        if map.len() == 1_000 {
            drop(map.split_off(900));
        }
    });
    loses_nothing(&map, &[5_000, 5_001], false, |map| map.append(&mut elems([5_000, 7, 5_001])));
    let map = elems((0..300).map(|id| id * 37 % 301));
    loses_nothing(&map, &[], true, Hostile::sort_keys);
    loses_nothing(&map, &[], true, |map| map.sort_unstable_by(|a, _, b, _| b.cmp(a)));
    loses_nothing(&map, &[], true, Hostile::reverse);
}

#[test]
fn what_a_delta_changes_is_changed_whole_or_not_at_all() {
    let old = elems(0..500);
    let mut new = old.clone();
    (0..40).for_each(|id| remove(&mut new, 7 * id));
    (500..540).for_each(|id| insert(&mut new, id));
    new.get_mut(&Elem::new(400)).unwrap().id = 1;
    let delta: Delta<_, _> = old.diff(&new).collect();
    let acts: [&dyn Fn(&mut Hostile); 2] = [&|map| map.apply(&delta).unwrap(), &|map| {
        map.assign(new.iter().map(|(key, value)| (Elem::new(key.id), Elem::new(value.id))));
    }];
    for act in acts {
        let mut k = 0;
        loop {
            let alive = live();
            let mut map = old.clone();
            let done = comes_through_all_calls(k, || act(&mut map));
            assert!(if done { map.iter().eq(&new) } else { map.ptr_eq(&old) });
            drop(map);
            assert_eq!(live(), alive);
            if done {
                break;
            }
            k += 1 + k / 32;
        }
    }
}

#[test]
fn a_diff_looks_again_where_something_has_panicked() {
    let old = elems(0..200);
    let mut new = old.clone();
    (0..10).for_each(|id| remove(&mut new, 13 * id));
    new.move_to_back(&Elem::new(100));
    new.get_mut(&Elem::new(50)).unwrap().id = 1;
    let all: Vec<_> = old.diff(&new).map(|change| format!("{change:?}")).collect();
    assert_eq!(all.len(), 13);
    for k in 0.. {
        let mut diff = old.diff(&new);
        let mut seen = Vec::new();
        let mut look = || seen.extend(diff.by_ref().map(|change| format!("{change:?}")));
        let through = comes_through_all_calls(k, &mut look);
        look();
        assert_eq!(seen, all);
        if through {
            break;
        }
    }
}

#[test]
fn a_panic_while_a_map_is_collected_leaks_nothing() {
    let alive = live();
    let mut k = 0;
    while !comes_through_all_calls(k, || drop(elems((0..700).map(|id| id * 37 % 601)))) {
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
        for round in 0..4_000 {
            let id = round * 7 % 4_000;
            match round % 6 {
                0 | 3 => remove(&mut map, id),
                1 => drop(map.swap_remove(&Elem::new(id))),
                2 => _ = map.move_to_back(&Elem::new(id)),
                _ => insert(&mut map, id),
            }
            if round % 100 == 0 {
                kept.push(map.clone());
            }
        }
        let mut half = map.clone().into_iter();
        half.by_ref().take(500).for_each(drop);
        half.by_ref().rev().take(500).for_each(drop);
        drop(half);
        drop(map.drain(10..400).rev().take(50));
        map.sort_keys();
        kept.push(map);
        kept
    };
    assert!(live() >= 2 * 2_000);
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
    type Write = fn(&mut PagedIndexMap<u64, Bomb>);
    let counter = Arc::new(());
    let writes: [Write; 7] = [
        PagedIndexMap::clear,
        |map| map.retain(|key, _| key % 2 == 1),
        |map| map.retain(|key, _| *key != 42),
        |map| drop(map.shift_remove(&42)),
        |map| drop(map.swap_remove(&42)),
        |map| drop(map.drain(40..50)),
        |map| map.truncate(5),
    ];
    for write in writes {
        for n in [100, 3_000] {
            let bomb = |key| (key, Bomb(key == 42, Arc::clone(&counter)));
            let mut map: PagedIndexMap<u64, Bomb> = (0..n).map(bomb).collect();
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
    for (k, back) in [(3, false), (70, false), (3, true), (70, true)] {
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
