//! Searches, entries by their indices, exclusive references and new keys, against `indexmap`.

use super::elems;
use crate::support::elements::{Elem, clones};
use indexmap::{IndexMap, IndexSet};
use readmostly::paged::vec::GetDisjointMutError;
use readmostly::paged::{PagedIndexMap, PagedIndexSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Ours = PagedIndexMap<u64, u64>;
type Theirs = IndexMap<u64, u64>;

/// Maps of one page and of many, without gaps and with some, each beside that of `indexmap`, sorted by their keys.
fn maps() -> Vec<(Ours, Theirs)> {
    let mut all = Vec::new();
    for len in [0, 1, 2, 100, 600, 3_000] {
        for gaps in [0, 7, 700] {
            let (mut ours, mut theirs): (Ours, Theirs) =
                ((0..len).map(|n| (2 * n, n)).collect(), (0..len).map(|n| (2 * n, n)).collect());
            if gaps > 0 {
                let keep = |key: u64| key / 2 % 7 != 3 && !(200..200 + gaps).contains(&key);
                (0..len).map(|n| 2 * n).filter(|&key| !keep(key)).for_each(|key| _ = ours.shift_remove(&key));
                theirs.retain(|key, _| keep(*key));
            }
            all.push((ours, theirs));
        }
    }
    all
}

#[track_caller]
fn assert_same(ours: &Ours, theirs: &Theirs) {
    assert!(ours.iter().eq(theirs.iter()));
    assert!(theirs.keys().enumerate().all(|(index, key)| ours.get_index_of(key) == Some(index)));
}

#[test]
fn a_search_finds_what_that_of_indexmap_finds() {
    for (ours, theirs) in maps() {
        assert_same(&ours, &theirs);
        let set: PagedIndexSet<u64> = ours.keys().copied().collect();
        let of_theirs: IndexSet<u64> = theirs.keys().copied().collect();
        let most = 2 * theirs.len() as u64 + 800;
        for key in (0..most).step_by(1 + theirs.len() / 300) {
            assert_eq!(ours.binary_search_keys(&key), theirs.binary_search_keys(&key));
            assert_eq!(set.binary_search(&key), of_theirs.binary_search(&key));
            let by = |there: &u64, _: &u64| there.cmp(&key);
            assert_eq!(ours.binary_search_by(by), theirs.binary_search_by(by));
            assert_eq!(
                set.binary_search_by(|there| there.cmp(&key)),
                of_theirs.binary_search_by(|there| there.cmp(&key))
            );
            let value = |_: &u64, value: &u64| *value;
            assert_eq!(ours.binary_search_by_key(&key, value), theirs.binary_search_by_key(&key, value));
            assert_eq!(
                set.binary_search_by_key(&key, |n| n / 2),
                of_theirs.binary_search_by_key(&key, |n| n / 2)
            );
            let point = ours.partition_point(|there, _| *there < key);
            assert_eq!(point, theirs.partition_point(|there, _| *there < key));
            assert_eq!(point, set.partition_point(|there| *there < key));
        }
    }
}

#[test]
fn a_search_compares_few() {
    for (ours, _) in maps() {
        let (mut compared, len) = (0, ours.len());
        _ = ours.binary_search_by(|key, _| {
            compared += 1;
            key.cmp(&999)
        });
        assert!(compared <= len.next_power_of_two().trailing_zeros() + 4, "{compared} of {len}");
    }
}

#[test]
fn what_is_sorted_is_known() {
    for (mut ours, mut theirs) in maps() {
        for _ in 0..2 {
            let set: PagedIndexSet<u64> = ours.keys().copied().collect();
            assert_eq!(ours.is_sorted(), theirs.is_sorted());
            assert_eq!(set.is_sorted(), theirs.is_sorted());
            let down = |a: &u64, _: &u64, b: &u64, _: &u64| a >= b;
            assert_eq!(ours.is_sorted_by(down), theirs.is_sorted_by(down));
            assert_eq!(set.is_sorted_by(|a, b| a >= b), theirs.is_sorted_by(down));
            let by = |key: &u64, _: &u64| key % 100;
            assert_eq!(ours.is_sorted_by_key(by), theirs.is_sorted_by_key(by));
            assert_eq!(set.is_sorted_by_key(|key| key % 100), theirs.is_sorted_by_key(by));
            ours.reverse();
            theirs.reverse();
        }
        let by = |key: &u64, _: &u64| key * 7 % 11;
        let mut unstable = ours.clone();
        ours.sort_by_cached_key(by);
        theirs.sort_by_cached_key(by);
        assert_same(&ours, &theirs);
        unstable.sort_unstable_by_key(|key, _| (key * 7 % 11, *key));
        theirs.sort_unstable_by_key(|key, _| (key * 7 % 11, *key));
        assert_same(&unstable, &theirs);
        let down = |a: &u64, _: &u64, b: &u64, _: &u64| b.cmp(a);
        assert!(ours.clone().sorted_by(down).eq(theirs.clone().sorted_by(down)));
        assert!(ours.clone().sorted_unstable_by(down).eq(theirs.clone().sorted_unstable_by(down)));
        let mut set: PagedIndexSet<u64> = ours.keys().copied().collect();
        let mut of_theirs: IndexSet<u64> = ours.keys().copied().collect();
        assert!(set.clone().sorted_by(|a, b| b.cmp(a)).eq(of_theirs.clone().sorted_by(|a, b| b.cmp(a))));
        assert!(set.clone().sorted_unstable_by(Ord::cmp).eq(of_theirs.clone().sorted_unstable_by(Ord::cmp)));
        set.sort_by_cached_key(|n| n % 13);
        of_theirs.sort_by_cached_key(|n| n % 13);
        assert!(set.iter().eq(&of_theirs));
        set.sort_unstable_by_key(|n| (n % 7, *n));
        of_theirs.sort_unstable_by_key(|n| (n % 7, *n));
        assert!(set.iter().eq(&of_theirs));
    }
}

#[test]
fn a_key_is_replaced_where_it_is() {
    for (ours, theirs) in maps() {
        let kept = ours.clone();
        let (mut ours, mut theirs) = (ours, theirs);
        let len = theirs.len();
        for n in 0..len.min(200) {
            let index = n * 37 % len;
            // A new one, the same, and one that is at another place.
            let there = *theirs.get_index(n).unwrap().0;
            for key in [1_000_001 + 2 * n as u64, *theirs.get_index(index).unwrap().0, there] {
                assert_eq!(ours.replace_index(index, key), theirs.replace_index(index, key));
            }
        }
        assert_same(&ours, &theirs);
        assert!(kept.keys().all(|key| kept.contains_key(key)));
        let mut set: PagedIndexSet<u64> = theirs.keys().copied().collect();
        assert!(catch_unwind(AssertUnwindSafe(|| set.replace_index(len, 3))).is_err());
        if len > 1 {
            assert_eq!(set.replace_index(0, 3), Ok(*theirs.get_index(0).unwrap().0));
            assert_eq!(set.replace_index(1, 3), Err((0, 3)));
            assert_eq!((set.get_index_of(&3), set.len()), (Some(0), len));
        }
    }
}

#[test]
fn exclusive_references_are_those_of_the_keys() {
    for (mut ours, mut theirs) in maps() {
        let kept = ours.clone();
        for key in [0, 2, 6, 400, 1_198, 5_998, 7] {
            assert_eq!(ours.get_full_mut(&key), theirs.get_full_mut(&key));
            assert_eq!(ours.get_key_value_mut(&key), theirs.get_key_value_mut(&key));
        }
        let asked = [&5_998, &0, &7, &1_198, &4];
        let (found, expected) = (ours.get_disjoint_mut(asked), theirs.get_disjoint_mut(asked));
        assert_eq!(found, expected);
        found
            .into_iter()
            .flatten()
            .zip(expected.into_iter().flatten())
            .for_each(|(a, b)| (*a, *b) = (*a + 1, *b + 1));
        assert_same(&ours, &theirs);
        assert_eq!(ours.get_disjoint_mut::<u64, 0>([]), []);
        // Absent keys may come twice.
        assert_eq!(ours.get_disjoint_mut([&7, &7]), [None, None]);
        let len = ours.len();
        if len < 3 {
            assert_eq!(ours.get_disjoint_indices_mut([len]), Err(GetDisjointMutError::IndexOutOfBounds));
            continue;
        }
        assert!(catch_unwind(AssertUnwindSafe(|| _ = ours.get_disjoint_mut([&0, &7, &0]))).is_err());
        let indices = [len - 1, 0, len / 2];
        assert_eq!(
            ours.get_disjoint_indices_mut(indices).unwrap(),
            theirs.get_disjoint_indices_mut(indices).unwrap()
        );
        let twice = ours.get_disjoint_indices_mut([1, 0, 1]);
        assert_eq!(twice, Err(GetDisjointMutError::OverlappingIndices));
        assert!(kept.iter().filter(|(_, value)| **value == 0).count() <= 1);
    }
}

#[test]
fn a_look_at_several_copies_their_pages_and_no_others() {
    let map = elems(0..3_000);
    let mut copy = map.clone();
    let (cloned, ()) = clones(|| _ = copy.get_disjoint_indices_mut([5, 2_900, 6]));
    assert!(cloned == 2 * 2 * 32, "{cloned} clones");
    assert_eq!(copy.shared_pages(&map), copy.page_count() - 2);
    let mut copy = map.clone();
    assert!(copy.get_disjoint_indices_mut([5, 3_000]).is_err());
    assert_eq!(copy.get_disjoint_mut([&Elem::new(9_999)]), [None]);
    assert!(copy.get_full_mut(&Elem::new(9_999)).is_none() && copy.get_index_entry(3_000).is_none());
    assert!(copy.first_entry().is_some() && copy.last_entry().is_some());
    assert!(copy.replace_index(3, Elem::new(4)).is_err());
    assert!(copy.ptr_eq(&map));
}

#[test]
fn entries_are_found_by_their_indices() {
    for (mut ours, mut theirs) in maps() {
        let mut turn = 0;
        while !theirs.is_empty() && turn < 120 {
            let index = turn * 31 % theirs.len();
            let (mut entry, mut expected) =
                (ours.get_index_entry(index).unwrap(), theirs.get_index_entry(index).unwrap());
            assert_eq!((entry.index(), entry.key()), (expected.index(), expected.key()));
            assert_eq!(entry.insert(7), expected.insert(7));
            match turn % 3 {
                0 => assert_eq!(entry.shift_remove_entry(), expected.shift_remove_entry()),
                1 => assert_eq!(entry.swap_remove_entry(), expected.swap_remove_entry()),
                _ => {}
            }
            let key =
                |entry: Option<indexmap::map::IndexedEntry<'_, u64, u64>>| entry.map(|entry| *entry.key());
            assert_eq!(ours.first_entry().map(|entry| *entry.key()), key(theirs.first_entry()));
            assert_eq!(ours.last_entry().map(|entry| *entry.key()), key(theirs.last_entry()));
            turn += 1;
        }
        assert_same(&ours, &theirs);
        assert!(ours.get_index_entry(ours.len()).is_none());
    }
}

#[test]
fn a_map_is_cut_and_joined_as_that_of_indexmap() {
    for (ours, theirs) in maps() {
        let len = theirs.len();
        for at in [0, 1, len / 2, len.saturating_sub(1), len] {
            if at > len {
                continue;
            }
            let (mut front, mut of_theirs) = (ours.clone(), theirs.clone());
            let (mut behind, mut behind_theirs) = (front.split_off(at), of_theirs.split_off(at));
            assert_same(&front, &of_theirs);
            assert_same(&behind, &behind_theirs);
            // Some keys come twice.
            behind.extend(front.iter().take(3).map(|(key, value)| (*key, value + 1)).collect::<Vec<_>>());
            behind_theirs
                .extend(of_theirs.iter().take(3).map(|(key, value)| (*key, value + 1)).collect::<Vec<_>>());
            front.append(&mut behind);
            of_theirs.append(&mut behind_theirs);
            assert_same(&front, &of_theirs);
            assert!(behind.is_empty());
            let mut set: PagedIndexSet<u64> = ours.keys().copied().collect();
            let mut of_set = set.split_off(at);
            assert_eq!((set.len(), of_set.len()), (at, len - at));
            set.append(&mut of_set);
            assert!(set.iter().eq(ours.keys()) && of_set.is_empty());
        }
        let mut short = ours.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(short.split_off(len + 1)))).is_err());
        assert!(short.ptr_eq(&ours));
    }
}

#[test]
fn the_last_is_popped_if_it_is_wanted() {
    for (mut ours, mut theirs) in maps() {
        for n in 0..5 {
            let is_wanted = |key: &u64, value: &mut u64| {
                *value += 1;
                (key + n) % 4 != 2
            };
            assert_eq!(ours.pop_if(is_wanted), theirs.pop_if(is_wanted));
            assert_same(&ours, &theirs);
        }
    }
    let mut set = PagedIndexSet::from([1, 2]);
    assert_eq!((set.pop_if(|n| *n == 2), set.pop_if(|n| *n == 2), set.len()), (Some(2), None, 1));
}
