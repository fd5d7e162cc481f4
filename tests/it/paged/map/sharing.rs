//! What clones share, what a write copies, and when a table shrinks.

use super::{Hostile, elems, unshared};
use crate::support::elements::{Elem, clones};
use readmostly::paged::{PagedMap, hash_map::Entry};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[test]
fn one_insert_copies_one_page() {
    let base: PagedMap<u64, u64> = (0..200_000).map(|n| (n, n)).collect();
    let mut splits = 0;
    for key in 200_000..200_100 {
        let mut draft = base.clone();
        assert!(draft.ptr_eq(&base));
        draft.insert(key, 0);
        assert!(!draft.ptr_eq(&base));
        // A page that is split gives way to two.
        splits += draft.page_count() - base.page_count();
        assert!(draft.shared_pages(&base) + 2 >= base.page_count());
        assert!(draft.page_count() <= base.page_count() + 1);
        let mut draft = base.clone();
        *draft.get_mut(&(key / 2)).unwrap() = 0;
        assert_eq!(draft.shared_pages(&base), base.page_count() - 1);
        let mut draft = base.clone();
        draft.remove(&(key / 2));
        assert_eq!(draft.shared_pages(&base), base.page_count() - 1);
    }
    assert!(splits == 0 || splits == 100, "a split comes with the length alone");
}

#[test]
fn a_split_copies_one_page_of_the_table() {
    let mut map = Hostile::default();
    let mut splits = 0;
    for id in 0..8_000 {
        let (before, pages) = (map.clone(), map.page_count());
        let (copied, ()) = clones(|| drop(map.insert(Elem::new(id), Elem::new(id))));
        if pages > 1 {
            // A key and a value each; twice the mean is a page that was not split yet in this round, and pages of some 30
            // entries differ much in size.
            assert!(copied <= 2 * 6 * (map.len() / pages), "{copied} at {id}");
            // The page that is split, and the page that is written to.
            assert!(map.shared_pages(&before) + 2 >= pages);
            splits += map.page_count() - pages;
        }
    }
    assert_eq!((splits, map.page_count()), (256 - 16, 256));
}

#[test]
fn a_batch_copies_each_page_once() {
    let base = elems(0..3_000);
    let mut draft = base.clone();
    let (copied, ()) = clones(|| {
        for round in 0..10 {
            for id in 0..3_000 {
                draft.insert(Elem::new(id), Elem::tagged(id, round));
            }
        }
    });
    assert_eq!(copied, 2 * 3_000);
    assert_eq!(clones(|| draft.values_mut().for_each(|value| value.tag = 0)).0, 0);
}

// G12 of GUARANTEES.md: nothing for nothing.
#[test]
fn what_changes_nothing_copies_nothing() {
    for n in [0, 100, 5_000] {
        let base = elems(0..n);
        let mut draft = base.clone();
        let (copied, ()) = clones(|| {
            assert!(draft.remove(&Elem::new(99_999)).is_none());
            assert!(draft.get_mut(&Elem::new(99_999)).is_none());
            for id in [0, 1, 99_999] {
                let entry = draft.entry(Elem::new(id));
                assert_eq!(entry.key().id, id);
            }
            if let Entry::Occupied(entry) = draft.entry(Elem::new(1)) {
                assert_eq!(entry.get().id, 1);
            }
            draft.retain(|_, _| true);
            draft.extend([]);
            draft.reserve(0);
            assert_eq!(draft.iter_mut().len(), draft.values_mut().len());
            assert_eq!(draft.entry(Elem::new(99_999)).and_modify(|_| unreachable!()).key().id, 99_999);
            if n == 0 {
                draft.clear();
                assert_eq!(draft.drain().count(), 0);
                draft.shrink_to_fit();
            }
        });
        assert_eq!(copied, 0);
        assert!(draft.ptr_eq(&base));
    }
}

#[test]
fn every_change_shows_in_ptr_eq_or_len() {
    type Map = PagedMap<u64, u64>;
    let writes: [fn(&mut Map); 9] = [
        |map| assert_ne!(map.insert(1, 5), Some(99)),
        |map| assert_ne!(map.insert(9_999, 5), Some(99)),
        |map| assert_ne!(map.remove(&1), Some(99)),
        |map| *map.get_mut(&1).unwrap() = 5,
        |map| map.entry(1).and_modify(|value| *value = 5).or_default().clone_from(&6),
        |map| map.retain(|key, _| *key != 1),
        |map| map.iter_mut().take(1).for_each(|(_, value)| *value = 5),
        |map| map.clear(),
        |map| assert!(map.drain().len() > 0),
    ];
    for n in [100, 5_000] {
        let base: Map = (0..n).map(|n| (n, n)).collect();
        for write in writes {
            let mut draft = base.clone();
            write(&mut draft);
            assert!(!draft.ptr_eq(&base));
        }
    }
}

#[test]
fn retain_copies_the_pages_that_lose_something() {
    let base: PagedMap<u64, u64> = (0..50_000).map(|n| (n, n)).collect();
    let mut draft = base.clone();
    draft.retain(|&key, _| key != 77);
    assert_eq!((draft.len(), draft.shared_pages(&base)), (49_999, base.page_count() - 1));
    let mut draft = base.clone();
    let mut calls = 0;
    draft.retain(|key, value| {
        assert_eq!(key, value);
        calls += 1;
        key % 2 == 0
    });
    assert_eq!((calls, draft.len()), (50_000, 25_000));
    assert!((0..50_000).all(|key| draft.contains_key(&key) == (key % 2 == 0)));
    assert_eq!(base.len(), 50_000);
}

#[test]
fn retain_does_not_clone_what_most_of_goes() {
    let base = elems(0..5_000);
    let mut draft = base.clone();
    let (copied, ()) = clones(|| draft.retain(|key, _| key.id % 10 == 0));
    assert!(copied <= 2 * 2 * 500, "{copied}");
    assert!((0..500).all(|id| draft.contains_key(&Elem::new(id * 10))));
}

#[test]
fn a_panic_in_the_predicate_of_retain_changes_nothing() {
    let base = elems(0..5_000);
    for mut draft in [base.clone(), unshared(&base)] {
        let before = draft.clone();
        let mut calls = 0;
        let result = catch_unwind(AssertUnwindSafe(|| {
            draft.retain(|_, _| {
                calls += 1;
                if calls == 3_000 {
                    resume_unwind(Box::new(()));
                }
                false
            });
        }));
        assert!(result.is_err());
        assert!(draft.ptr_eq(&before));
        assert_eq!((draft.len(), draft.iter().count()), (5_000, 5_000));
    }
}

#[test]
fn a_table_that_was_large_once_is_small_again() {
    let full: PagedMap<u64, u64> = (0..1_000_000).map(|n| (n, n)).collect();
    assert_eq!(full.page_count(), 1_024);
    let mut retained = full.clone();
    retained.retain(|&key, _| key < 10);
    assert_eq!((retained.len(), retained.page_count()), (10, 1));
    assert!(retained.capacity() < 32);
    let mut cleared = full.clone();
    cleared.clear();
    assert_eq!((cleared.page_count(), cleared.capacity()), (1, 0));
    // One by one: merges, collapse, and tables that shrink.
    let mut removed: PagedMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    for key in 10..100_000 {
        assert_eq!(removed.remove(&key), Some(key));
    }
    assert_eq!((removed.len(), removed.page_count()), (10, 1));
    assert!(removed.capacity() < 128);
    assert!((0..10).all(|key| removed[&key] == key));
}

#[test]
fn a_page_that_was_emptied_shrinks_before_the_table_does() {
    let mut map: PagedMap<u64, u64> = (0..1_700).map(|n| (n, n)).collect();
    let before = map.capacity();
    for key in 20..1_700 {
        map.remove(&key);
    }
    assert_eq!(map.page_count(), 1);
    assert!(before >= 1_700 && map.capacity() < 256);
    map.shrink_to_fit();
    assert!((20..32).contains(&map.capacity()));
    let shared = map.clone();
    map.shrink_to_fit();
    assert!(map.ptr_eq(&shared));
}

#[test]
fn reserve_and_shrink_to_fit_keep_the_entries() {
    let mut map: PagedMap<u64, u64> = (0..100).map(|n| (n, n)).collect();
    for (additional, pages) in [(500, 1..=1), (100_000, 100..=300), (0, 100..=300)] {
        map.reserve(additional);
        assert!(map.capacity() >= 100 + additional && pages.contains(&map.page_count()));
        assert!((0..100).all(|key| map[&key] == key));
    }
    let pages = map.page_count();
    map.extend((0..100_000).map(|n| (n, n)));
    assert_eq!(map.page_count(), pages);
    map.shrink_to_fit();
    assert_eq!(map.page_count(), pages);
    map.retain(|key, _| key % 3 == 0);
    map.shrink_to_fit();
    assert!(map.page_count() < pages);
    assert!((0..100_000).all(|key| map.contains_key(&key) == (key % 3 == 0)));
}

#[test]
fn a_capacity_that_cannot_be_is_reported() {
    for capacity in [usize::MAX, usize::MAX / 2, usize::MAX / 16] {
        let result = catch_unwind(|| PagedMap::<u64, u64>::with_capacity(capacity));
        assert!(result.is_err());
        let mut map = PagedMap::from([(1, 1)]);
        assert!(catch_unwind(AssertUnwindSafe(|| map.reserve(capacity))).is_err());
        assert_eq!(map, PagedMap::from([(1, 1)]));
    }
    // Each has a byte of the table, if it has no other.
    assert!(catch_unwind(|| PagedMap::<(), ()>::with_capacity(usize::MAX)).is_err());
}

#[test]
fn size_hints_may_lie() {
    struct Lying(std::ops::Range<u64>, usize);
    impl Iterator for Lying {
        type Item = (u64, u64);
        fn next(&mut self) -> Option<(u64, u64)> {
            self.0.next().map(|n| (n, n))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, None)
        }
    }
    for hint in [0, 1, 1_793, usize::MAX >> 24, usize::MAX] {
        for n in [0, 3, 5_000] {
            let map: PagedMap<u64, u64> = Lying(0..n, hint).collect();
            assert_eq!(map.len() as u64, n);
            assert!((0..n).all(|key| map[&key] == key));
            assert!(map.page_count() <= 32);
            let mut map = PagedMap::from([(1_u64, 1_u64)]);
            map.extend(Lying(0..n, hint));
            assert_eq!(map.len() as u64, n.max(1));
        }
    }
}
