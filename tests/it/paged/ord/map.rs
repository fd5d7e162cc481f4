//! What std's own tests ask of `BTreeMap`, as far as its public interface goes.

use readmostly::paged::PagedOrdMap;
use readmostly::paged::ord_map::{
    Entry, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Range, RangeMut, Values, ValuesMut,
};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::FusedIterator;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Lengths of one leaf, of some, and of three levels.
const LENGTHS: [u32; 9] = [0, 1, 2, 255, 256, 257, 1_000, 16_385, 20_000];

fn squares(len: u32) -> PagedOrdMap<u32, u64> {
    (0..len).map(|n| (n, u64::from(n) * u64::from(n))).collect()
}

#[test]
fn a_new_map_is_empty() {
    const NONE: PagedOrdMap<u8, u8> = PagedOrdMap::new();
    let mut map: PagedOrdMap<u64, u64> = PagedOrdMap::new();
    assert_eq!((map.len(), map.is_empty(), map.page_count()), (0, true, 0));
    assert_eq!((map.get(&1), map.contains_key(&1)), (None, false));
    assert_eq!(map.get_mut(&1), None);
    assert_eq!(map.remove(&1), None);
    assert_eq!((map.first_key_value(), map.last_key_value()), (None, None));
    assert_eq!((map.pop_first(), map.pop_last()), (None, None));
    assert_eq!((map.get_lt(&1), map.get_le(&1), map.get_ge(&1), map.get_gt(&1)), (None, None, None, None));
    assert_eq!(
        (map.rank(&1), map.get_index(0), map.range(..).next(), map.range(1..).next_back()),
        (0, None, None, None)
    );
    assert_eq!(
        (map.iter().next(), map.iter().next_back(), map.keys().next(), map.values().next()),
        (None, None, None, None)
    );
    assert!(
        map.first_entry().is_none() && map.last_entry().is_none() && map.iter_mut().next_back().is_none()
    );
    assert_eq!((map.split_off(&0).len(), map.clone().into_iter().next()), (0, None));
    map.append(&mut PagedOrdMap::new());
    map.retain(|_, _| unreachable!());
    map.clear();
    assert_eq!((map.insert(1, 1), map.len(), map.contains_key(&1), map.page_count()), (None, 1, true, 1));
    assert_eq!(NONE, PagedOrdMap::default());
}

#[test]
fn each_entry_is_found_and_taken_in_any_order() {
    for len in LENGTHS {
        let mut map = PagedOrdMap::new();
        for n in 0..len {
            assert_eq!(map.insert(n, 10 * n), None);
        }
        assert_eq!((0..len).filter_map(|n| map.get(&n)).count(), map.len());
        for n in (0..len).rev() {
            assert_eq!(map.insert(n, 20 * n), Some(10 * n));
        }
        for n in (0..len).step_by(2).chain((0..len).skip(1).step_by(2).collect::<Vec<_>>().into_iter().rev())
        {
            assert_eq!(map.remove(&n), Some(20 * n));
            assert_eq!(map.get(&n), None);
        }
        assert_eq!((map.len(), map.page_count()), (0, 0));
    }
}

/// Shows that two walks are the same, from either end.
#[track_caller]
fn same<T: PartialEq + Debug>(
    mut ours: impl DoubleEndedIterator<Item = T> + ExactSizeIterator,
    mut std: impl DoubleEndedIterator<Item = T> + ExactSizeIterator,
) {
    for turn in 0.. {
        assert_eq!((ours.len(), ours.size_hint()), (std.len(), std.size_hint()));
        let (mine, theirs) =
            if turn % 3 == 0 { (ours.next_back(), std.next_back()) } else { (ours.next(), std.next()) };
        assert_eq!(mine, theirs);
        if mine.is_none() {
            break;
        }
    }
    assert_eq!((ours.next(), ours.next_back()), (None, None));
}

#[test]
fn a_walk_is_the_same_from_both_ends() {
    for len in LENGTHS {
        let mut map = squares(len);
        let std: BTreeMap<_, _> = map.iter().map(|(key, value)| (*key, *value)).collect();
        same(map.iter(), std.iter());
        same(map.keys(), std.keys());
        same(map.values(), std.values());
        same(map.clone().into_iter(), std.clone().into_iter());
        same(map.clone().into_keys(), std.clone().into_keys());
        same(map.clone().into_values(), std.clone().into_values());
        let mut copy = std.clone();
        same(map.clone().iter_mut(), copy.iter_mut());
        same(map.clone().values_mut(), copy.values_mut());
        for (mine, theirs) in (&mut map).into_iter().zip(&mut copy) {
            assert_eq!(mine, theirs);
        }
        assert_eq!(
            map.iter().fold(0, |n, (key, _)| n + u64::from(*key)),
            std.keys().map(|key| u64::from(*key)).sum::<u64>()
        );
        assert_eq!(map.iter().rfold(0, |n, _| n + 1), map.len());
        assert_eq!((map.iter().last(), map.iter().count()), (std.iter().next_back(), std.len()));
    }
}

#[test]
fn a_walk_may_be_continued_as_a_whole_from_the_middle() {
    let map = squares(20_000);
    for from in [0, 1, 255, 256, 300, 16_384, 19_999, 20_000] {
        let mut iter = map.iter();
        iter.by_ref().take(from).for_each(drop);
        iter.next_back();
        assert_eq!(iter.clone().fold(0, |n, _| n + 1), iter.len());
        assert_eq!(iter.map(|(key, _)| u64::from(*key)).sum::<u64>(), (from as u64..19_999).sum::<u64>());
        let mut iter = map.clone().into_iter();
        iter.by_ref().take(from).for_each(drop);
        iter.next_back();
        assert_eq!(iter.fold(0, |n, (key, _)| n + u64::from(key)), (from as u64..19_999).sum::<u64>());
    }
}

#[test]
fn ranges_are_those_of_std() {
    for len in [0, 1, 5, 300, 2_000] {
        let mut map: PagedOrdMap<u32, u32> = (0..len).map(|n| (2 * n, n)).collect();
        let mut std: BTreeMap<u32, u32> = (0..len).map(|n| (2 * n, n)).collect();
        let keys: Vec<u32> = (0..2 * len + 3).step_by(1 + len as usize / 12).chain([0, 2 * len]).collect();
        for &a in &keys {
            for &b in &keys {
                for (low, high) in [
                    (Included(a), Included(b)),
                    (Included(a), Excluded(b)),
                    (Excluded(a), Included(b)),
                    (Excluded(a), Excluded(b)),
                    (Unbounded, Excluded(b)),
                    (Excluded(a), Unbounded),
                ] {
                    let theirs =
                        catch_unwind(|| std.range((low, high)).map(|(key, _)| *key).collect::<Vec<_>>());
                    let mine =
                        catch_unwind(|| map.range((low, high)).map(|(key, _)| *key).collect::<Vec<_>>());
                    // An empty map of std's shows nothing where it should refuse.
                    assert!(
                        mine.as_ref().ok() == theirs.as_ref().ok() || (len == 0 && mine.is_err()),
                        "{low:?} {high:?}"
                    );
                    if mine.is_ok() {
                        assert!(map.range((low, high)).rev().eq(std.range((low, high)).rev()));
                        assert!(map.range_mut((low, high)).rev().eq(std.range_mut((low, high)).rev()));
                    } else {
                        assert!(
                            catch_unwind(AssertUnwindSafe(|| map.range_mut((low, high)).count())).is_err()
                        );
                    }
                }
            }
        }
    }
    let map = PagedOrdMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(map.range::<str, _>((Excluded("a"), Unbounded)).next(), Some((&"b".to_owned(), &2)));
}

#[test]
fn a_range_may_be_wide_on_one_side() {
    let mut map = squares(1_000);
    let mut range = map.range_mut(100..900);
    assert_eq!((range.next(), range.next_back()), (Some((&100, &mut 10_000)), Some((&899, &mut 808_201))));
    assert_eq!(
        (range.nth(400), range.nth_back(200)),
        (Some((&501, &mut 251_001)), Some((&698, &mut 487_204)))
    );
    assert_eq!(format!("{:?}", map.range_mut(3..5)), "[(3, 9), (4, 16)]");
    assert_eq!(
        format!("{:?} {:?}", map.range(3..5), map.range(997..)),
        "[(3, 9), (4, 16)] [(997, 994009), (998, 996004), (999, 998001)]"
    );
    map.range_mut(..).for_each(|(key, value)| *value = u64::from(*key));
    assert!(map.iter().all(|(key, value)| u64::from(*key) == *value));
}

#[test]
fn entries_are_those_of_std() {
    let mut map = PagedOrdMap::from([(1, 10), (2, 20)]);
    match map.entry(1) {
        Entry::Vacant(_) => unreachable!(),
        Entry::Occupied(mut entry) => {
            assert_eq!((*entry.key(), *entry.get()), (1, 10));
            assert_eq!(entry.insert(100), 10);
            *entry.get_mut() += 1;
            assert_eq!(format!("{entry:?}"), "OccupiedEntry { key: 1, value: 101 }");
            *entry.into_mut() += 1;
        }
    }
    match map.entry(3) {
        Entry::Occupied(_) => unreachable!(),
        Entry::Vacant(entry) => {
            assert_eq!((*entry.key(), format!("{entry:?}")), (3, "VacantEntry(3)".into()));
            *entry.insert(30) += 1;
        }
    }
    assert_eq!(*map.entry(4).or_insert(40), 40);
    assert_eq!(*map.entry(5).or_insert_with_key(|key| key * 10), 50);
    assert_eq!(*map.entry(6).or_default(), 0);
    assert_eq!(*map.entry(6).and_modify(|value| *value = 60).or_insert(1), 60);
    assert_eq!(map.entry(7).insert_entry(7).remove_entry(), (7, 7));
    assert_eq!(map.entry(6).insert_entry(66).get(), &66);
    assert!(map.iter().eq([(&1, &102), (&2, &20), (&3, &31), (&4, &40), (&5, &50), (&6, &66)]));
    // A place in a leaf that is split while it is filled.
    let mut map = PagedOrdMap::new();
    for n in (0..20_000_u32).map(|n| n * 7_919 % 20_011) {
        let Entry::Vacant(entry) = map.entry(n) else { unreachable!() };
        let mut entry = entry.insert_entry(n);
        *entry.get_mut() += 1;
        assert_eq!((*entry.key(), *entry.get()), (n, n + 1));
    }
    assert!(map.len() == 20_000 && map.iter().all(|(key, value)| key + 1 == *value));
    while let Some(entry) = map.first_entry() {
        assert_eq!(*entry.key() + 1, entry.remove());
        let Some(entry) = map.last_entry() else { break };
        let (key, value) = entry.remove_entry();
        assert_eq!(key + 1, value);
    }
    assert!(map.is_empty());
}

#[test]
fn of_equal_keys_the_last_entry_is_collected_and_the_first_key_stays() {
    /// A key that equals all keys of its number.
    #[derive(Clone, Debug)]
    struct Named(u32, &'static str);
    impl PartialEq for Named {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Named {}
    impl PartialOrd for Named {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Named {
        fn cmp(&self, other: &Self) -> Ordering {
            self.0.cmp(&other.0)
        }
    }
    let entries = || [(Named(2, "x"), 0), (Named(1, "a"), 1), (Named(1, "b"), 2), (Named(1, "c"), 3)];
    let (mut ours, mut std): (PagedOrdMap<_, _>, BTreeMap<_, _>) = (entries().into(), entries().into());
    assert_eq!(ours.first_key_value().unwrap().0.1, std.first_key_value().unwrap().0.1);
    assert_eq!((ours.len(), ours[&Named(1, "")]), (2, 3));
    assert_eq!((ours.insert(Named(1, "new"), 4), std.insert(Named(1, "new"), 4)), (Some(3), Some(3)));
    assert_eq!(ours.first_key_value().unwrap().0.1, std.first_key_value().unwrap().0.1);
    ours.extend([(Named(2, "y"), 9)]);
    assert_eq!(ours.last_key_value().map(|(key, value)| (key.1, *value)), Some(("x", 9)));
}

#[test]
fn maps_compare_and_hash_as_their_entries_in_order() {
    fn hash_of(value: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }
    for (a, b) in [(0, 0), (0, 1), (3, 3), (300, 299), (20_000, 20_000)] {
        let (x, y): (BTreeMap<_, _>, BTreeMap<_, _>) = (squares(a).into(), squares(b).into());
        let (a, b) = (squares(a), squares(b));
        assert_eq!((a.cmp(&b), a.partial_cmp(&b), a == b), (x.cmp(&y), x.partial_cmp(&y), x == y));
        assert_eq!((hash_of(&a), hash_of(&a) == hash_of(&b)), (hash_of(&x), a == b));
    }
    assert!(PagedOrdMap::from([(1, f64::NAN)]) != PagedOrdMap::from([(1, f64::NAN)]));
    let map = PagedOrdMap::from([(1, f64::NAN)]);
    assert!(map != map.clone() && map.partial_cmp(&map).is_none());
}

#[test]
fn it_is_shown_as_in_std() {
    let (mut ours, mut std) = (squares(4), BTreeMap::from(squares(4)));
    assert_eq!(format!("{ours:?}"), format!("{std:?}"));
    assert_eq!(format!("{ours:#?}"), format!("{std:#?}"));
    assert_eq!(
        format!("{:?} {:?} {:?}", ours.iter(), ours.keys(), ours.values()),
        format!("{:?} {:?} {:?}", std.iter(), std.keys(), std.values())
    );
    assert_eq!(format!("{:?}", ours.iter_mut()), format!("{:?}", std.iter()));
    assert_eq!(format!("{:?}", ours.values_mut()), format!("{:?}", std.values_mut()));
    assert_eq!(
        format!("{:?} {:?}", ours.clone().into_keys(), ours.clone().into_values()),
        format!("{:?} {:?}", std.clone().into_keys(), std.clone().into_values())
    );
    let mut iter = ours.into_iter();
    assert!(iter.next().is_some() && iter.next_back().is_some());
    assert_eq!(format!("{iter:?}"), "[(1, 1), (2, 4)]");
}

#[test]
fn a_key_is_borrowed_as_in_std() {
    let mut map: PagedOrdMap<String, u8> =
        [("b", 2), ("a", 1)].map(|(key, value)| (key.to_owned(), value)).into();
    assert_eq!((map["a"], map.get("b"), map.contains_key("c")), (1, Some(&2), false));
    assert_eq!((map.get_le("az"), map.rank("b")), (Some((&"a".to_owned(), &1)), 1));
    assert_eq!((map.remove("a"), map.remove_entry("b")), (Some(1), Some(("b".to_owned(), 2))));
    assert!(catch_unwind(|| map["a"]).is_err());
    let rc: PagedOrdMap<Rc<str>, u8> = PagedOrdMap::from([(Rc::from("a"), 1)]);
    assert_eq!(rc["a"], 1);
}

#[test]
fn keys_and_values_without_a_size_and_large_ones() {
    #[derive(Clone, Debug, PartialEq)]
    struct Large([u64; 1_000]);
    let mut unit = PagedOrdMap::from([((), ())]);
    assert_eq!((unit.insert((), ()), unit.len(), unit.remove(&()), unit.len()), (Some(()), 1, Some(()), 0));
    let mut map: PagedOrdMap<u8, Large> = (0..200).map(|n| (n, Large([n.into(); 1_000]))).collect();
    let before = map.clone();
    (0..200).step_by(2).for_each(|n| assert_eq!(map.remove(&n), Some(Large([n.into(); 1_000]))));
    assert!(map.len() == 100 && before.values().enumerate().all(|(n, value)| value.0[999] == n as u64));
}

#[test]
fn retain_shows_each_entry_once_and_in_order() {
    for len in [0, 1, 300, 5_000] {
        for divisor in [1, 2, 3, 500, 1_000_000] {
            let (mut map, mut seen) = (squares(len), Vec::new());
            map.retain(|key, value| {
                assert_eq!(u64::from(*key) * u64::from(*key), *value);
                seen.push(*key);
                key % divisor != 0
            });
            assert!(seen.into_iter().eq(0..len));
            assert!(map.keys().copied().eq((0..len).filter(|key| key % divisor != 0)));
        }
    }
    let mut map = squares(1_000);
    let before = map.clone();
    assert!(catch_unwind(AssertUnwindSafe(|| map.retain(|key, _| *key < 500 || panic!("no more")))).is_err());
    assert!(map.ptr_eq(&before));
}

#[test]
fn the_traits_are_those_of_std() {
    fn all<T: Clone + Default + Debug>() {}
    fn double_ended<T: DoubleEndedIterator + FusedIterator + Debug>() {}
    fn exact<T: ExactSizeIterator + Default>() {}
    all::<PagedOrdMap<u8, u8>>();
    all::<Iter<'_, u8, u8>>();
    all::<Keys<'_, u8, u8>>();
    all::<Values<'_, u8, u8>>();
    all::<Range<'_, u8, u8>>();
    double_ended::<Iter<'_, u8, u8>>();
    double_ended::<IterMut<'_, u8, u8>>();
    double_ended::<Keys<'_, u8, u8>>();
    double_ended::<Values<'_, u8, u8>>();
    double_ended::<ValuesMut<'_, u8, u8>>();
    double_ended::<Range<'_, u8, u8>>();
    double_ended::<RangeMut<'_, u8, u8>>();
    double_ended::<IntoIter<u8, u8>>();
    double_ended::<IntoKeys<u8, u8>>();
    double_ended::<IntoValues<u8, u8>>();
    exact::<Iter<'_, u8, u8>>();
    exact::<IterMut<'_, u8, u8>>();
    exact::<Keys<'_, u8, u8>>();
    exact::<Values<'_, u8, u8>>();
    exact::<ValuesMut<'_, u8, u8>>();
    exact::<IntoIter<u8, u8>>();
    exact::<IntoKeys<u8, u8>>();
    exact::<IntoValues<u8, u8>>();
    assert_eq!((Range::<u8, u8>::default().next(), RangeMut::<u8, u8>::default().next()), (None, None));
}
