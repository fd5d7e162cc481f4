//! The changes from one map to another are exact, and bring its order too.

use crate::support::Random;
use crate::support::elements::{Elem, hashes};
use readmostly::paged::{Change, Conflict, Delta, Mismatch, PagedIndexMap, PagedIndexSet};

type Map = PagedIndexMap<u64, u64>;

/// The changes from one to the other, which must lead there, in its order.
#[track_caller]
fn exact<'a>(old: &'a Map, new: &'a Map) -> Vec<Change<'a, u64, u64>> {
    let changes: Vec<_> = old.diff(new).collect();
    let delta: Delta<_, _> = changes.iter().copied().collect();
    let mut follower = old.clone();
    assert_eq!(follower.apply(&delta), Ok(()));
    assert!(follower.iter().eq(new));
    // One with other pages and another hasher.
    let mut other: Map = old.clone().into_iter().collect();
    assert_eq!(other.apply(&delta), Ok(()));
    assert!(other.iter().eq(new));
    // The way back, as far as equality goes.
    assert_eq!(other.apply(&delta.inverse()), Ok(()));
    assert_eq!(other, *old);
    changes
}

#[test]
fn each_kind_of_change_is_shown_once() {
    let old: Map = (0..5_000).map(|k| (k, k)).collect();
    let mut new = old.clone();
    new.insert(7, 70);
    new.shift_remove(&3_000);
    new.insert(9_000, 1);
    new.move_to_back(&100);
    let expected = [
        Change::Updated { key: &7, old: &7, new: &70 },
        Change::Removed { key: &100, value: &100 },
        Change::Removed { key: &3_000, value: &3_000 },
        Change::Added { key: &9_000, value: &1 },
        Change::Added { key: &100, value: &100 },
    ];
    assert_eq!(exact(&old, &new), expected);
    assert_eq!(exact(&old, &old.clone()), []);
    assert_eq!(format!("{:?}", old.diff(&new)), format!("{expected:?}"));
    assert!(old.diff(&new).clone().eq(expected));
}

#[test]
fn a_single_change_is_found_at_each_boundary() {
    let old: Map = (0..40_000).map(|k| (k, k)).collect();
    for k in (0..40_000).filter(|k| k % 512 < 2 || k % 512 == 511 || k % 32_768 < 3) {
        let mut new = old.clone();
        new.insert(k, 0);
        assert_eq!(old.diff(&new).count(), usize::from(k > 0));
        new.shift_remove(&k);
        assert!(old.diff(&new).eq([Change::Removed { key: &k, value: &k }]));
        assert!(new.diff(&old).count() >= 1);
        let mut moved = old.clone();
        moved.move_to_back(&k);
        assert_eq!(old.diff(&moved).count(), if k == 39_999 { 0 } else { 2 });
    }
}

#[test]
fn the_delta_of_any_two_maps_is_exact() {
    let mut random = Random::new(11);
    for len in [0, 1, 5, 40, 700, 3_000] {
        let mut maps = vec![Map::new(), (0..len).map(|k| (k, k)).collect()];
        let mut map = maps[1].clone();
        for step in 0..40 {
            for _ in 0..=random.below(len / 10 + 2) {
                let key = random.below(2 * len + 3);
                match random.below(8) {
                    0 => _ = map.shift_remove(&key),
                    1 => _ = map.swap_remove(&key),
                    2 => _ = map.move_to_back(&key),
                    3 => _ = map.pop(),
                    _ => _ = map.insert(key, step),
                }
            }
            match step % 13 {
                5 => map.sort_keys(),
                7 => map.reverse(),
                9 => map.shrink_to_fit(),
                11 => map.retain(|key, _| key % 3 > 0),
                _ => {}
            }
            if step % 4 == 0 {
                maps.push(map.clone());
            }
        }
        for old in &maps {
            for new in &maps {
                exact(old, new);
                let mut assigned = old.clone();
                let changes = assigned.assign(new.iter().map(|(&key, &value)| (key, value)));
                assert!(assigned.iter().eq(new));
                assert_eq!(changes, old.diff(new).count());
                assert_eq!(old.diff(&assigned).count(), changes);
            }
        }
    }
}

#[test]
fn a_key_in_between_takes_a_change_for_each_behind_it() {
    let old: Map = (0..100).map(|k| (k, k)).collect();
    let mut new = old.clone();
    new.swap_remove(&90);
    // 99 is where 90 was. What was behind it must come again.
    let changes = exact(&old, &new);
    assert!(changes.len() <= 2 * 10 + 1, "{changes:?}");
}

#[test]
fn only_pages_that_differ_are_looked_at() {
    let old: PagedIndexMap<Elem, u64> = (0..20_000).map(|id| (Elem::new(id), id)).collect();
    let mut new = old.clone();
    *new.get_mut(&Elem::new(5_000)).unwrap() = 1;
    new.shift_remove(&Elem::new(9_000));
    new.insert(Elem::new(30_000), 1);
    // Two or three pages, on either side, of 64 entries.
    let (hashed, changes) = hashes(|| old.diff(&new).count());
    assert!(changes == 3 && hashed <= 6 * 64, "{hashed} hashes");
    assert_eq!(hashes(|| old.diff(&old.clone()).count()), (0, 0));
}

#[test]
fn what_does_not_fit_is_refused_as_a_whole() {
    let map = Map::from([(1, 1), (2, 2), (3, 3)]);
    let cases = [
        (Map::from([(9, 9)]), Map::from([(9, 9), (3, 3)]), 3, Mismatch::IsThere),
        (Map::from([(9, 9)]), Map::new(), 9, Mismatch::IsAbsent),
        (Map::from([(2, 7)]), Map::from([(2, 8)]), 2, Mismatch::OtherValue),
    ];
    for (old, new, key, mismatch) in cases {
        let delta = old.diff(&new).collect();
        let mut other = map.clone();
        assert_eq!(other.apply(&delta), Err(Conflict { key, mismatch }));
        assert!(other.ptr_eq(&map));
    }
}

#[test]
fn assign_brings_the_order_and_the_last_value_of_a_key() {
    let mut map = Map::from([(1, 1), (2, 2), (3, 3)]);
    assert_eq!(map.assign([(2, 0), (3, 3), (2, 2), (1, 1)]), 2);
    assert!(map.iter().eq([(&2, &2), (&3, &3), (&1, &1)]));
    assert_eq!(map.assign([]), 3);
    assert_eq!(map.assign([(5, 5), (4, 4)]), 2);
    assert!(map.keys().eq(&[5, 4]));
    // What is right already is not touched.
    let mut large: Map = (0..50_000).map(|k| (k, k)).collect();
    let before = large.clone();
    let reload =
        || (0..50_000).filter(|k| *k != 30_000).map(|k| (k, if k == 7 { 0 } else { k })).chain([(99_999, 1)]);
    assert_eq!(large.assign(reload()), 3);
    assert!(large.shared_pages(&before) + 5 >= large.page_count());
    assert!(large.iter().map(|(&k, &v)| (k, v)).eq(reload()));
}

#[test]
fn sets_have_deltas_too() {
    let old: PagedIndexSet<u64> = (0..5_000).collect();
    let mut new = old.clone();
    new.move_to_back(&7);
    new.insert(9_999);
    new.shift_remove(&8);
    let changes = [
        Change::Removed { key: &7, value: &() },
        Change::Removed { key: &8, value: &() },
        Change::Added { key: &7, value: &() },
        Change::Added { key: &9_999, value: &() },
    ];
    assert!(old.diff(&new).eq(changes));
    let mut follower = old.clone();
    assert_eq!(follower.apply(&old.diff(&new).collect()), Ok(()));
    assert!(follower.iter().eq(&new));
    let mut assigned = old.clone();
    assert_eq!(assigned.assign(new.clone()), 4);
    assert!(assigned.iter().eq(&new));
    assert_eq!(format!("{:?}", old.diff(&new)), format!("{changes:?}"));
}

#[test]
fn values_without_equality_are_compared_by_a_closure() {
    let old = PagedIndexMap::from([("a", 1.0), ("b", f64::NAN)]);
    let mut new = PagedIndexMap::from([("a", 1.0), ("b", f64::NAN)]);
    assert_eq!(
        (old.diff(&new).count(), old.diff_by(&new, |a, b| a.to_bits() == b.to_bits()).count()),
        (1, 0)
    );
    new.insert("c", 0.0);
    let mut diff = old.diff_by(&new, |a, b| a.to_bits() == b.to_bits());
    assert_eq!(format!("{diff:?}"), "DiffBy { .. }");
    assert!(matches!(diff.clone().next(), Some(Change::Added { key: &"c", .. })));
    assert_eq!((diff.by_ref().count(), diff.next().is_none()), (1, true));
}
