//! G13 of ordered maps and sets: what `diff` shows is exact and in order, and `apply` and `assign` go by it.

use crate::support::each_or;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use readmostly::paged::{Change, Conflict, Delta, Mismatch, PagedOrdMap, PagedOrdSet};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Map = PagedOrdMap<u64, u64>;

/// Shows that the delta from `old` to `new` is what std's maps say it is, in the order of the keys, and that it leads from one to the
/// other and back.
#[track_caller]
fn check(old: &Map, new: &Map) -> usize {
    let keys: BTreeSet<&u64> = old.keys().chain(new.keys()).collect();
    let expected = keys.into_iter().filter_map(|key| match (old.get(key), new.get(key)) {
        (None, Some(value)) => Some(Change::Added { key, value }),
        (Some(value), None) => Some(Change::Removed { key, value }),
        (Some(old), Some(new)) if old != new => Some(Change::Updated { key, old, new }),
        _ => None,
    });
    assert!(old.diff(new).eq(expected), "of {} and {} entries", old.len(), new.len());
    let delta: Delta<_, _> = old.diff(new).collect();
    let mut there = old.clone();
    assert_eq!(there.apply(&delta), Ok(()));
    assert!(there == *new);
    let mut back = new.clone();
    assert_eq!(back.apply(&delta.clone().inverse()), Ok(()));
    assert!(back == *old);
    // On the other side it does not fit, unless there is nothing to do.
    let mut other = new.clone();
    assert_eq!(other.apply(&delta).is_ok(), delta.is_empty());
    assert!(other.ptr_eq(new), "what was refused has changed nothing");
    let mut assigned = old.clone();
    assert_eq!(assigned.assign(new.clone()), delta.len());
    assert!(assigned == *new);
    delta.len()
}

/// Lengths at which a tree gets a leaf or a level, or loses one.
fn boundaries() -> Vec<u64> {
    let mut lengths = vec![0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 16_383, 16_384, 16_385, 16_640];
    let mut map = Map::new();
    let mut pages = 0;
    for key in 0..3_000 {
        map.insert(key, key);
        if map.page_count() != pages {
            lengths.extend([key.saturating_sub(1), key, key + 1]);
        }
        pages = map.page_count();
    }
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

#[test]
fn every_single_change_at_every_boundary_is_found() {
    for length in boundaries().into_iter().step_by(each_or(5)) {
        let built: Map = (0..length).map(|key| (2 * key, key)).collect();
        let mut grown = Map::new();
        (0..length).for_each(|key| _ = grown.insert(2 * key, key));
        for old in [built, grown] {
            // Each key where there are few; else those at the ends of leaves of any width, and a part of the others.
            let step = usize::try_from(length / 150).unwrap() + 1;
            let single = |old: &Map, key: u64| {
                let mut changed = old.clone();
                changed.insert(key, 1 << 40);
                assert!(old.diff(&changed).map(|change| *change.key()).eq([key]));
                assert!(changed.diff(old).map(|change| *change.key()).eq([key]));
                let mut removed = old.clone();
                let is_there = removed.remove(&key).is_some();
                assert!(old.diff(&removed).map(|change| *change.key()).eq(is_there.then_some(key)));
                assert!(removed.diff(old).map(|change| *change.key()).eq(is_there.then_some(key)));
            };
            (0..=2 * length).filter(|key| key % 128 < 3 || key % 192 < 3).for_each(|key| single(&old, key));
            (0..=2 * length).step_by(step).for_each(|key| single(&old, key));
        }
    }
}

#[test]
fn every_single_change_of_a_map_of_three_levels_is_found() {
    let old: Map = (0..20_000).map(|key| (2 * key, key)).collect();
    for key in (0..=40_000).step_by(each_or(20)) {
        let mut new = old.clone();
        let before = new.insert(key, 1 << 40);
        let mut diff = old.diff(&new);
        let change = diff.next();
        assert_eq!(change.map(|change| *change.key()), Some(key));
        assert_eq!(matches!(change, Some(Change::Updated { .. })), before.is_some());
        assert_eq!(diff.next(), None);
        if before.is_some() {
            let mut new = old.clone();
            new.remove(&key);
            assert!(old.diff(&new).eq([Change::Removed { key: &key, value: &(key / 2) }]));
        }
    }
}

#[test]
fn maps_that_have_grown_and_shrunk_are_compared_by_their_keys() {
    let mut versions = vec![Map::new()];
    let mut map = Map::new();
    for step in 0..10 {
        (0..700).for_each(|key| _ = map.insert(step * 500 + key, step));
        versions.push(map.clone());
    }
    for step in 0..10 {
        map.retain(|key, _| key % 10 != step && *key > step * 400);
        versions.push(map.clone());
    }
    let behind = versions[8].clone().split_off(&1_234);
    versions.push(behind);
    for old in versions.iter().step_by(each_or(6)) {
        for new in &versions {
            check(old, new);
        }
    }
}

proptest! {
    #[test]
    fn the_delta_of_any_two_maps_is_exact(
        base in btree_map(0..4_000_u64, 0..3_u64, 0..2_500),
        edits in vec((0..4_000_u64, prop::option::of(0..3_u64)), 0..600),
    ) {
        let old: Map = base.into_iter().collect();
        let mut new = old.clone();
        for (key, value) in edits {
            match value {
                Some(value) => drop(new.insert(key, value)),
                None => drop(new.remove(&key)),
            }
        }
        check(&old, &new);
        // One that shares nothing.
        let rebuilt: Map = new.iter().map(|(key, value)| (*key, *value)).collect();
        check(&old, &rebuilt);
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_value_counts(
        old in btree_map(0..50_u64, 0..3_u64, 0..40),
        entries in vec((0..50_u64, 0..3_u64), 0..120),
    ) {
        let expected: BTreeMap<u64, u64> = entries.iter().copied().collect();
        let mut map: Map = old.into_iter().collect();
        let changes = map.diff(&expected.clone().into()).count();
        prop_assert_eq!(map.assign(entries), changes);
        prop_assert_eq!(BTreeMap::from(map), expected);
    }

    #[test]
    fn the_delta_of_any_two_sets_is_exact(
        old in btree_set(0..3_000_u64, 0..2_500),
        new in btree_set(0..3_000_u64, 0..2_500),
    ) {
        let (ours, newer): (PagedOrdSet<_>, PagedOrdSet<_>) = (old.clone().into(), new.clone().into());
        let delta: Delta<_, _> = ours.diff(&newer).collect();
        prop_assert!(delta.iter().map(|change| *change.key()).eq(old.symmetric_difference(&new).copied()));
        let mut there = ours.clone();
        prop_assert_eq!(there.apply(&delta), Ok(()));
        prop_assert_eq!(&there, &newer);
        prop_assert_eq!(there.apply(&delta.clone().inverse()), Ok(()));
        prop_assert_eq!(&there, &ours);
        prop_assert_eq!(there.assign(newer.clone()), delta.len());
        prop_assert_eq!(&there, &newer);
    }
}

thread_local! {
    /// How often a key was compared, and at which comparison it panics.
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static PANICS_AT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Counts its comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted(pub(super) u64);

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        CALLS.set(CALLS.get() + 1);
        assert!(CALLS.get() != PANICS_AT.get(), "at the call that was chosen");
        self.0.cmp(&other.0)
    }
}

/// How many comparisons `f` makes.
pub(super) fn comparisons<R>(f: impl FnOnce() -> R) -> (usize, R) {
    CALLS.set(0);
    let result = f();
    (CALLS.get(), result)
}

#[test]
fn what_both_share_is_not_looked_into() {
    let old: PagedOrdMap<Counted, u64> = (0..200_000).map(|n| (Counted(n), n)).collect();
    let mut new = old.clone();
    assert_eq!(comparisons(|| old.diff(&new).count()), (0, 0));
    for n in [7, 100_000, 150_000] {
        new.insert(Counted(n), 0);
        new.insert(Counted(n + 200_000), 0);
    }
    let (compared, changes) = comparisons(|| old.diff(&new).count());
    assert_eq!(changes, 6);
    // The entries of four leaves, and the children of the nodes above them.
    assert!(compared < 4 * 256 + 4 * 64 + 50, "{compared} comparisons");
}

#[test]
fn a_conflict_says_which_key_and_why_and_changes_nothing() {
    let old = PagedOrdMap::from([("gone", 1), ("changed", 1)]);
    let new = PagedOrdMap::from([("changed", 2), ("new", 3)]);
    let delta: Delta<_, _> = old.diff(&new).collect();
    let cases: [(PagedOrdMap<&str, i32>, &str, Mismatch); 5] = [
        (PagedOrdMap::from([("changed", 1)]), "gone", Mismatch::IsAbsent),
        (PagedOrdMap::from([("gone", 9), ("changed", 1)]), "gone", Mismatch::OtherValue),
        (PagedOrdMap::from([("gone", 1)]), "changed", Mismatch::IsAbsent),
        (PagedOrdMap::from([("gone", 1), ("changed", 7)]), "changed", Mismatch::OtherValue),
        (PagedOrdMap::from([("gone", 1), ("changed", 1), ("new", 3)]), "new", Mismatch::IsThere),
    ];
    for (map, key, mismatch) in cases {
        let mut other = map.clone();
        assert_eq!(other.apply(&delta), Err(Conflict { key, mismatch }));
        assert!(other.ptr_eq(&map));
    }
}

#[test]
fn a_delta_of_a_hash_map_fits_an_ordered_one() {
    use readmostly::paged::PagedMap;
    let (old, new) = (PagedMap::from([(1, 1), (2, 2)]), PagedMap::from([(2, 20), (3, 3)]));
    let delta: Delta<_, _> = old.diff(&new).collect();
    let mut ordered = PagedOrdMap::from([(1, 1), (2, 2)]);
    assert_eq!(ordered.apply(&delta), Ok(()));
    assert_eq!(ordered, PagedOrdMap::from([(2, 20), (3, 3)]));
}

// The caller may catch the panic and go on.
#[test]
fn a_diff_goes_on_where_a_comparison_has_panicked() {
    let old: PagedOrdMap<Counted, u64> = (0..700).map(|n| (Counted(n), n)).collect();
    let new: PagedOrdMap<Counted, u64> = (5..720).map(|n| (Counted(n), n % 600)).collect();
    let all: Vec<_> = old.diff(&new).map(|change| change.key().0).collect();
    for nth in (1..1_500).step_by(37) {
        CALLS.set(0);
        PANICS_AT.set(nth);
        let mut diff = old.diff(&new);
        let (mut keys, mut panics) = (Vec::new(), 0);
        loop {
            match catch_unwind(AssertUnwindSafe(|| diff.next().map(|change| change.key().0))) {
                Ok(Some(key)) => keys.push(key),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        PANICS_AT.set(usize::MAX);
        assert_eq!((&keys, panics), (&all, usize::from(nth <= CALLS.get())));
    }
    // Of values as well.
    for nth in 0..9 {
        let calls = Cell::new(0);
        let mut diff = old.diff_by(&new, |a, b| {
            assert_ne!(calls.replace(calls.get() + 1), nth, "a comparison");
            a == b
        });
        let (mut keys, mut panics) = (Vec::new(), 0);
        loop {
            match catch_unwind(AssertUnwindSafe(|| diff.next().map(|change| change.key().0))) {
                Ok(Some(key)) => keys.push(key),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        assert_eq!((&keys, panics), (&all, 1));
    }
}

#[test]
fn what_is_right_already_stays_where_it_is() {
    use std::sync::Arc;
    let mut map: PagedOrdMap<u64, Arc<u64>> = (0..50_000).map(|n| (n, Arc::new(n))).collect();
    let before = map.clone();
    assert_eq!(map.assign((0..50_000).map(|n| (n, Arc::new(n)))), 0);
    assert!(map.ptr_eq(&before));
    assert_eq!(map.assign((1..50_001).map(|n| (n, Arc::new(if n == 9 { 0 } else { n })))), 3);
    assert_eq!((map.len(), *map[&9]), (50_000, 0));
    assert!(map.shared_pages(&before) + 8 >= before.page_count());
    assert!((10..50_000).all(|n| Arc::ptr_eq(&before[&n], &map[&n])));
    // An empty map takes all at once.
    let mut empty = PagedOrdMap::new();
    assert_eq!(empty.assign([(2, 'b'), (1, 'x'), (1, 'a')]), 2);
    assert_eq!(empty, PagedOrdMap::from([(1, 'a'), (2, 'b')]));
    assert_eq!((empty.assign([]), empty.len()), (2, 0));
}
