//! `PagedIndexMap`: what its methods do at their edges.

use crate::support::hashers::{By, Constant, Few, HighBits, Identity, Multiples};
use crate::support::panic_of;
use indexmap::{IndexMap, IndexSet};
use readmostly::paged::index_map::{
    Drain, Entry, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Values, ValuesMut,
};
use readmostly::paged::{PagedIndexMap, PagedIndexSet};
use std::hash::{BuildHasher, RandomState};

type Map = PagedIndexMap<u64, u64>;

#[test]
fn it_keeps_the_order_of_insertion() {
    let keys = |n: u64| (0..n).map(|k| k * 7_919 % 10_007);
    let mut map: Map = keys(10_000).map(|k| (k, k)).collect();
    assert!(map.keys().copied().eq(keys(10_000)));
    // A key that is there keeps its place.
    keys(10_000).for_each(|k| assert_eq!(map.insert(k, k + 1), Some(k)));
    assert!(map.iter().map(|(&k, &v)| (k, v)).eq(keys(10_000).map(|k| (k, k + 1))));
    keys(10_000).enumerate().for_each(|(at, k)| assert_eq!(map.get_index_of(&k), Some(at)));
    // Of keys that come twice the first place and the last value count.
    let twice: Map = [(1, 1), (2, 2), (1, 3)].into_iter().collect();
    assert!(twice.iter().eq([(&1, &3), (&2, &2)]));
}

#[test]
fn bad_hashers_are_slow_and_nothing_else() {
    fn check<S: BuildHasher + Default + Clone>(n: u64) {
        let mut map: PagedIndexMap<u64, u64, S> = (0..n).map(|k| (k, k)).collect();
        (0..n).for_each(|k| assert_eq!(map.get(&k), Some(&k)));
        let before = map.clone();
        (0..n).step_by(2).for_each(|k| assert_eq!(map.shift_remove(&k), Some(k)));
        (n..n + n / 4).for_each(|k| assert_eq!(map.insert(k, k), None));
        let expected = (0..n).filter(|k| k % 2 == 1).chain(n..n + n / 4);
        assert!(map.keys().copied().eq(expected));
        assert!(map.keys().all(|k| map.get(k) == Some(k)));
        assert!(before.keys().copied().eq(0..n));
    }
    check::<By<Identity>>(20_000);
    check::<By<Multiples>>(20_000);
    check::<By<HighBits>>(20_000);
    check::<By<Few>>(1_000);
    check::<By<Constant>>(300);
}

#[test]
fn indices_out_of_bounds_are_said() {
    let mut map = Map::from([(1, 1), (2, 2)]);
    assert_eq!(panic_of(|| map[2]), "index out of bounds: the len is 2 but the index is 2");
    assert_eq!(panic_of(|| map.swap_indices(0, 2)), "index out of bounds: the len is 2 but the index is 2");
    assert_eq!(panic_of(|| map[&7]), "no entry found for key");
    assert_eq!(panic_of(|| map.drain(1..3).count()), "range end index 3 out of range for slice of length 2");
    #[expect(clippy::reversed_empty_ranges, reason = "it is refused")]
    let said = panic_of(|| map.drain(2..1).count());
    assert_eq!(said, "slice index starts at 2 but ends at 1");
    assert_eq!(
        (map.shift_remove_index(2), map.swap_remove_index(2), map.get_index_mut(2)),
        (None, None, None)
    );
    map[0] = 10;
    map[&2] += 1;
    assert!(map.iter().eq([(&1, &10), (&2, &3)]));
    assert!(panic_of(|| map.drain(..=usize::MAX).count()).contains("up to maximum usize"));
    assert_eq!(map.drain(2..).next(), None);
    map.drain(..=0).for_each(|entry| assert_eq!(entry, (1, 10)));
    assert_eq!((map.first(), map.last()), (Some((&2, &3)), Some((&2, &3))));
    *map.first_mut().unwrap().1 = 4;
    *map.last_mut().unwrap().1 += 1;
    assert_eq!(map.pop(), Some((2, 5)));
    assert_eq!((map.pop(), map.last_mut()), (None, None));
    assert_eq!((map.first(), map.last()), (None, None));
}

#[test]
fn what_panics_says_what_indexmap_says() {
    let (mut ours, mut theirs) = (Map::from([(1, 1), (2, 2)]), IndexMap::from([(1_u64, 1_u64), (2, 2)]));
    for (a, b) in [(0, 2), (2, 0), (3, 2), (2, 3), (4, 4)] {
        assert_eq!(panic_of(|| ours.swap_indices(a, b)), panic_of(|| theirs.swap_indices(a, b)));
    }
    assert_eq!(panic_of(|| _ = ours.split_off(3)), panic_of(|| _ = theirs.split_off(3)));
    let twice = panic_of(|| _ = ours.get_disjoint_mut([&1, &2, &1]));
    assert_eq!(twice, panic_of(|| _ = theirs.get_disjoint_mut([&1, &2, &1])));
    assert_eq!(panic_of(|| ours[2]), panic_of(|| theirs[2]));
    assert_eq!(panic_of(|| ours[&7]), panic_of(|| theirs[&7]));
    let set_theirs = IndexSet::from([1]);
    assert_eq!(panic_of(|| PagedIndexSet::from([1])[1]), panic_of(|| set_theirs[1]));
}

#[test]
fn equality_ignores_the_order() {
    let map: Map = (0..1_000).map(|k| (k, k)).collect();
    let mut other: Map = (0..1_000).rev().map(|k| (k, k)).collect();
    assert_eq!(map, other);
    other[0] = 7;
    assert_ne!(map, other);
    other.pop();
    assert_ne!(map, other);
}

#[test]
fn entries_do_what_they_say() {
    let mut map = PagedIndexMap::from([("b", 1), ("a", 2), ("c", 3)]);
    assert_eq!(format!("{:?}", map.entry("a")), r#"Entry(OccupiedEntry { key: "a", value: 2, .. })"#);
    assert_eq!(format!("{:?}", map.entry("x")), r#"Entry(VacantEntry("x"))"#);
    let Entry::Occupied(mut entry) = map.entry("b") else { unreachable!() };
    assert_eq!((entry.index(), *entry.key(), entry.insert(10), *entry.get()), (0, "b", 1, 10));
    assert_eq!(entry.swap_remove_entry(), ("b", 10));
    assert!(map.keys().eq(&["c", "a"]));
    let Entry::Vacant(entry) = map.entry("d") else { unreachable!() };
    assert_eq!((entry.index(), *entry.key()), (2, "d"));
    assert_eq!(entry.insert_entry(4).index(), 2);
    assert_eq!(map.entry("c").insert_entry(30).shift_remove(), 30);
    *map.entry("e").or_default() += 1;
    assert!(map.iter().eq([(&"a", &2), (&"d", &4), (&"e", &1)]));
}

#[test]
fn room_is_made_and_given_back() {
    let mut map = Map::with_capacity(5_000);
    assert!(map.capacity() >= 5_000);
    map.shrink_to(100);
    assert!((100..5_000).contains(&map.capacity()));
    map.extend((0..10_000).map(|k| (k, k)));
    map.reserve(50_000);
    assert!(map.capacity() >= 60_000);
    assert!(map.try_reserve(usize::MAX).is_err() && map.try_reserve(usize::MAX / 8).is_err());
    assert!(map.try_reserve(10).is_ok());
    (0..9_900).for_each(|k| _ = map.shift_remove(&k));
    let pages = map.page_count();
    map.shrink_to_fit();
    assert!(map.capacity() < 1_000 && map.page_count() <= pages);
    assert!(map.keys().copied().eq(9_900..10_000));
    map.clear();
    assert_eq!((map.len(), map.page_count()), (0, Map::new().page_count()));
}

#[test]
fn iterators_are_shown_as_what_is_still_to_come() {
    let mut map = PagedIndexMap::from([("b", 1), ("a", 2), ("c", 3)]);
    let mut iter = map.iter();
    iter.next();
    assert_eq!(format!("{iter:?}"), r#"[("a", 2), ("c", 3)]"#);
    iter.next_back();
    assert_eq!(format!("{:?} {:?}", map.keys(), map.values()), r#"["b", "a", "c"] [1, 2, 3]"#);
    let mut values = map.values_mut();
    values.next_back();
    assert_eq!(format!("{values:?}"), "[1, 2]");
    assert_eq!(format!("{:?}", map.iter_mut()), r#"[("b", 1), ("a", 2), ("c", 3)]"#);
    let mut owned = map.clone().into_iter();
    owned.next();
    assert_eq!(format!("{owned:?}"), r#"[("a", 2), ("c", 3)]"#);
    assert!(owned.clone().eq(owned));
    assert_eq!(
        format!("{:?} {:?}", map.clone().into_keys(), map.clone().into_values()),
        r#"["b", "a", "c"] [1, 2, 3]"#
    );
    assert_eq!(format!("{map:?}"), r#"{"b": 1, "a": 2, "c": 3}"#);
    assert_eq!(format!("{:?}", map.drain(1..)), r#"[("a", 2), ("c", 3)]"#);
}

#[test]
fn iterators_without_a_map_are_empty() {
    assert_eq!(Iter::<u8, u8>::default().next(), None);
    assert_eq!(IterMut::<u8, u8>::default().next_back(), None);
    assert_eq!((Keys::<u8, u8>::default().len(), Values::<u8, u8>::default().len()), (0, 0));
    assert_eq!(ValuesMut::<u8, u8>::default().next(), None);
    assert_eq!(IntoIter::<u8, u8>::default().next(), None);
    let mut map = PagedIndexMap::<u8, u8>::new();
    let mut drain: Drain<'_, u8, u8> = map.drain(..);
    assert_eq!((drain.next(), drain.next_back()), (None, None));
    let (keys, values): (IntoKeys<u8, u8>, IntoValues<u8, u8>) = (map.clone().into_keys(), map.into_values());
    assert_eq!((keys.len(), values.len()), (0, 0));
}

#[test]
fn a_walk_over_many_pages_is_that_of_a_vector() {
    let mut map: Map = (0..100_000).map(|k| (k, k)).collect();
    // Whole pages are without an element, and others have gaps.
    map.retain(|k, _| k % 7 == 0 && !(20_000..60_000).contains(k) || *k > 30_000);
    (40_000..50_000).for_each(|k| _ = map.shift_remove(&k));
    let keys: Vec<_> = map.keys().copied().collect();
    assert!(keys.is_sorted() && keys.len() == map.len());
    for n in [0, 1, 511, 512, 5_000, 40_000, keys.len() - 1, keys.len()] {
        assert_eq!(map.keys().nth(n), keys.get(n));
        assert_eq!(map.keys().nth_back(n), keys.iter().nth_back(n));
        assert_eq!(map.iter_mut().nth(n).map(|(k, _)| k), keys.get(n));
        assert_eq!(map.iter_mut().nth_back(n).map(|(k, _)| k), keys.iter().nth_back(n));
        assert_eq!(map.clone().into_keys().nth(n).as_ref(), keys.get(n));
        assert_eq!(map.get_index(n).map(|(k, _)| k), keys.get(n));
    }
    assert!(map.keys().rev().eq(keys.iter().rev()));
    assert!(map.iter_mut().rev().map(|(k, _)| *k).eq(keys.iter().rev().copied()));
    let mut both = map.iter_mut();
    let mut seen = 0;
    while both.next().is_some() && both.next_back().is_some() {
        seen += 2;
        assert_eq!(both.len(), keys.len() - seen);
    }
    assert_eq!(map.iter().fold(0, |n, _| n + 1), keys.len());
    assert_eq!(map.iter().rfold(0, |n, _| n + 1), keys.len());
    assert_eq!(map.into_iter().fold(0, |n, _| n + 1), keys.len());
}

#[test]
fn elements_without_a_size_and_large_ones_have_their_place() {
    let mut units = PagedIndexMap::new();
    assert_eq!((units.insert((), ()), units.insert((), ()), units.len()), (None, Some(()), 1));
    let mut large: PagedIndexMap<u64, [u64; 2_000]> = (0..300).map(|k| (k, [k; 2_000])).collect();
    let before = large.clone();
    large.swap_remove(&7);
    assert_eq!((large[&299][0], before[&7][1]), (299, 7));
    let small: PagedIndexMap<u8, ()> = (0..=255).map(|k| (k, ())).collect();
    assert!(small.keys().copied().eq(0..=255));
    let hasher = RandomState::new();
    let mut with = PagedIndexMap::with_capacity_and_hasher(10, hasher.clone());
    with.insert(1, 1);
    assert_eq!(with.hasher().hash_one(1), hasher.hash_one(1));
    assert!(PagedIndexMap::<u8, u8, _>::with_hasher(hasher).is_empty());
}
