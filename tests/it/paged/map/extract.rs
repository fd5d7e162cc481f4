//! `extract_if`, of maps and sets: lazy, and sparing with what is shared.

use readmostly::CowSet;
use readmostly::paged::{PagedMap, PagedSet};
use std::collections::{BTreeSet, HashMap};

fn squares(len: u64) -> PagedMap<u64, u64> {
    (0..len).map(|n| (n, n * n)).collect()
}

#[test]
fn it_removes_what_it_shows() {
    for len in [0, 1, 20, 3_000, 20_000] {
        for divisor in [1, 2, 3, 500, 1_000_000] {
            let mut ours = squares(len);
            let mut std: HashMap<_, _> = ours.iter().map(|(key, value)| (*key, *value)).collect();
            let beside = ours.clone();
            let mut gone: Vec<_> =
                ours.extract_if(|key, value| key % divisor == 0 && *value == key * key).collect();
            let mut expected: Vec<_> =
                (0..len).filter(|key| key % divisor == 0).map(|key| (key, key * key)).collect();
            std.retain(|key, _| key % divisor != 0);
            gone.sort_unstable();
            expected.sort_unstable();
            assert_eq!(gone, expected);
            assert!(ours.len() == std.len() && std.iter().all(|(key, value)| ours.get(key) == Some(value)));
            assert_eq!(beside, squares(len));
            // As after `retain`: what is left is not spread over as many pages as there were.
            let mut retained = beside.clone();
            retained.retain(|key, _| key % divisor != 0);
            assert_eq!(ours.page_count(), retained.page_count());
        }
    }
}

#[test]
fn it_shows_each_entry_to_the_predicate_once_and_in_order_of_the_walk() {
    let mut map = squares(5_000);
    let walk: Vec<u64> = map.keys().copied().collect();
    let mut seen = Vec::new();
    let mut walked = map.extract_if(|key, _| {
        seen.push(*key);
        key % 7 == 0
    });
    assert_eq!(walked.size_hint(), (0, Some(5_000)));
    assert_eq!(walked.by_ref().count(), 715);
    assert_eq!((walked.size_hint(), walked.next(), walked.next()), ((0, Some(0)), None, None));
    assert_eq!(format!("{walked:?}"), "ExtractIf { .. }");
    assert_eq!(seen, walk);
}

#[test]
fn what_it_has_not_come_to_stays() {
    let mut map = squares(5_000);
    let taken: BTreeSet<u64> = map.extract_if(|_, _| true).take(1_200).map(|(key, _)| key).collect();
    assert_eq!((taken.len(), map.len()), (1_200, 3_800));
    assert!((0..5_000).all(|key| map.contains_key(&key) != taken.contains(&key)));
    let (first, _) = map.extract_if(|_, _| true).next().unwrap();
    assert_eq!((map.len(), map.get(&first)), (3_799, None));
    assert_eq!(map.iter().count(), 3_799);
    map.insert(first, 0);
    assert_eq!(map.len(), 3_800);
    drop(map.extract_if(|_, _| unreachable!("it is lazy")));
}

#[test]
fn a_page_that_loses_nothing_stays_shared() {
    let mut map = squares(20_000);
    let beside = map.clone();
    assert_eq!(map.extract_if(|_, _| false).count(), 0);
    assert!(map.ptr_eq(&beside), "nothing was removed");
    assert_eq!(map.extract_if(|key, _| *key == 7).count(), 1);
    assert_eq!(map.shared_pages(&beside), map.page_count() - 1);

    let mut set: PagedSet<u64> = (0..20_000).collect();
    let beside = set.clone();
    assert_eq!(set.extract_if(|_| false).size_hint(), (0, Some(20_000)));
    assert_eq!(set.extract_if(|_| false).next(), None);
    assert!(set.ptr_eq(&beside));
    let gone: BTreeSet<u64> = set.extract_if(|n| n % 10_000 == 7).collect();
    assert_eq!((gone, set.len()), (BTreeSet::from([7, 10_007]), 19_998));
    assert!(set.shared_pages(&beside) >= set.page_count() - 2);
    assert_eq!(format!("{:?}", set.extract_if(|_| true)), "ExtractIf { .. }");
}

#[test]
fn a_walk_that_removes_nothing_leaves_the_room_that_there_is() {
    // It made one page of these, so that a container published a version for nothing.
    let mut map: PagedMap<u64, u64> = PagedMap::with_capacity(100_000);
    map.insert(1, 1);
    let beside = map.clone();
    assert_eq!(map.extract_if(|_, _| false).count(), 0);
    map.retain(|_, _| true);
    assert!(map.ptr_eq(&beside) && map.page_count() > 1);
    assert_eq!(map.extract_if(|_, _| true).count(), 1);
    assert_eq!(map.page_count(), 1);

    let set = CowSet::from(PagedSet::<u64>::with_capacity(100_000));
    set.update(|draft| draft.insert(1));
    set.update(|draft| assert_eq!(draft.extract_if(|_| false).count(), 0));
    assert_eq!(set.version(), 1);
}

#[test]
fn a_page_that_has_lost_most_gets_smaller() {
    let mut map = squares(1_500);
    assert_eq!(map.extract_if(|key, _| *key >= 10).count(), 1_490);
    assert!(map.capacity() < 20, "{}", map.capacity());
}
