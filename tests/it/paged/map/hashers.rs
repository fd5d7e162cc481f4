//! Bad hashers, and how often a hasher is called.

use super::elems;
use crate::support::elements::{Elem, clones, hashes, live};
use crate::support::hashers::{By, Constant, HighBits, Identity, Mapping, Mixed, Multiples};
use readmostly::paged::PagedMap;
use std::cell::Cell;

/// The most entries that one page has, as a write to a clone shows.
fn largest_page<F: Mapping>(map: &PagedMap<u64, Elem, By<F>>) -> usize {
    let copied = |key: &u64| clones(|| map.clone().get_mut(key).is_some()).0;
    map.keys().step_by(13).map(copied).max().unwrap_or(0)
}

#[test]
fn bad_hashers_spread_over_the_pages() {
    fn check<F: Mapping>(name: &str) {
        let map: PagedMap<u64, Elem, By<F>> = (0..20_000).map(|n| (n, Elem::new(n))).collect();
        let mean = map.len() / map.page_count();
        let largest = largest_page(&map);
        // A page that was not split yet in this round has twice the entries of the others.
        assert!(map.page_count() > 50 && largest <= 4 * mean, "{name}: {largest}, where the mean is {mean}");
    }
    check::<Mixed>("mixed");
    check::<Identity>("identity");
    check::<Multiples>("multiples of 2^20");
    check::<HighBits>("high bits only");
}

#[test]
fn keys_of_one_hash_are_found() {
    let mut map: PagedMap<u64, u64, By<Constant>> = (0..10_000).map(|n| (n, n)).collect();
    assert_eq!(map.len(), 10_000);
    assert!((0..10_000).step_by(100).all(|key| map[&key] == key));
    let shared = map.clone();
    for key in 0..100 {
        map.insert(key + 20_000, 0);
        assert_eq!(map.remove(&(key * 99)), Some(key * 99));
    }
    assert_eq!((map.len(), shared.len()), (10_000, 10_000));
    map.retain(|key, _| *key < 50);
    assert!((0..50).all(|key| map.contains_key(&key) == (key % 99 != 0)));
}

#[test]
fn a_clone_hashes_nothing_and_an_insert_once() {
    let base = elems(0..1_000);
    let (hashed, mut draft) = hashes(|| base.clone());
    assert_eq!(hashed, 0);
    let (hashed, _) = hashes(|| draft.insert(Elem::new(5), Elem::new(6)));
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| draft.insert(Elem::new(5_000), Elem::new(6)));
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| draft.entry(Elem::new(6_000)).or_insert(Elem::new(6)).id);
    assert_eq!(hashed, 1);
    let (hashed, _) = hashes(|| PagedMap::<Elem, Elem>::new().get(&Elem::new(1)).is_some());
    assert_eq!(hashed, 0);
}

#[test]
fn a_hash_that_changes_breaks_nothing_but_lookups() {
    #[derive(Clone, PartialEq, Eq)]
    struct Fickle(u64);
    impl std::hash::Hash for Fickle {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            thread_local!(static CALLS: Cell<u64> = const { Cell::new(0) });
            CALLS.set(CALLS.get() + 1);
            state.write_u64(CALLS.get() / 7 + self.0);
        }
    }
    let mut map: PagedMap<Fickle, Elem> = PagedMap::new();
    let mut kept = Vec::new();
    for n in 0..6_000 {
        map.insert(Fickle(n % 2_500), Elem::new(n));
        map.remove(&Fickle(n / 2));
        if n % 500 == 0 {
            kept.push(map.clone());
        }
    }
    map.shrink_to_fit();
    map.retain(|key, _| key.0 % 2 == 0);
    assert_eq!(map.iter().count(), map.len());
    drop((map, kept));
    assert_eq!(live(), 0);
}
