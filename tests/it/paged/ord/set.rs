//! `PagedOrdSet` against std's `BTreeSet`.

use super::delta::{Counted, comparisons};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use readmostly::paged::PagedOrdSet;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::catch_unwind;

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Shows that the algebra of two sets is that of std.
#[track_caller]
fn check(a: &PagedOrdSet<u32>, b: &PagedOrdSet<u32>) {
    let (x, y): (BTreeSet<u32>, BTreeSet<u32>) = (a.iter().copied().collect(), b.iter().copied().collect());
    assert!(a.union(b).eq(x.union(&y)) && a.intersection(b).eq(x.intersection(&y)));
    assert!(a.difference(b).eq(x.difference(&y)));
    assert!(a.symmetric_difference(b).eq(x.symmetric_difference(&y)));
    assert_eq!(
        (a.is_subset(b), a.is_superset(b), a.is_disjoint(b)),
        (x.is_subset(&y), x.is_superset(&y), x.is_disjoint(&y))
    );
    for (ours, std) in [(a | b, &x | &y), (a & b, &x & &y), (a ^ b, &x ^ &y), (a - b, &x - &y)] {
        assert!(ours.iter().eq(&std) && ours.len() == std.len());
    }
    for hint in [
        (a.union(b).size_hint(), x.union(&y).count()),
        (a.intersection(b).size_hint(), x.intersection(&y).count()),
        (a.difference(b).size_hint(), x.difference(&y).count()),
        (a.symmetric_difference(b).size_hint(), x.symmetric_difference(&y).count()),
    ] {
        assert!(hint.0.0 <= hint.1 && hint.0.1.is_none_or(|most| hint.1 <= most), "{hint:?}");
    }
    assert_eq!((a.cmp(b), a == b), (x.cmp(&y), x == y));
}

proptest! {
    #[test]
    fn the_algebra_of_any_two_sets_is_that_of_std(
        a in btree_set(0..2_000_u32, 0..1_500),
        b in prop_oneof![btree_set(0..2_000_u32, 0..1_500), btree_set(0..2_000_u32, 0..20)],
    ) {
        check(&a.clone().into(), &b.clone().into());
        check(&b.into(), &a.into());
    }

    #[test]
    fn the_algebra_of_two_clones_is_that_of_std(
        base in btree_set(0..3_000_u32, 0..3_000),
        edits in vec((0..3_000_u32, any::<bool>()), 0..60),
    ) {
        let old = PagedOrdSet::from(base);
        let mut new = old.clone();
        for (n, insert) in edits {
            assert!(if insert { new.insert(n) || new.contains(&n) } else { new.remove(&n) || !new.contains(&n) });
        }
        check(&old, &new);
        check(&new, &old);
        let mut behind = new.clone();
        let cut = behind.split_off(&1_500);
        check(&cut, &old);
        check(&behind, &new);
    }
}

#[test]
fn the_algebra_of_two_clones_costs_what_they_differ_by() {
    let old: PagedOrdSet<Counted> = (0..200_000).map(Counted).collect();
    let mut new = old.clone();
    new.remove(&Counted(50_000));
    new.insert(Counted(400_000));
    let most = 4 * 256 + 4 * 64;
    let (compared, found) = comparisons(|| old.difference(&new).count());
    assert!(found == 1 && compared < most, "{compared} comparisons");
    let (compared, found) = comparisons(|| old.symmetric_difference(&new).count());
    assert!(found == 2 && compared < most, "{compared} comparisons");
    let (compared, found) = comparisons(|| old.union(&new).count());
    assert!(found == 200_001 && compared < most, "{compared} comparisons");
    let (compared, found) = comparisons(|| old.intersection(&new).count());
    assert!(found == 199_999 && compared < most, "{compared} comparisons");
    let (compared, (sub, sup)) = comparisons(|| (old.is_subset(&new), old.is_superset(&new)));
    assert!(!sub && !sup && compared < 2 * most, "{compared} comparisons");
    let mut less = old.clone();
    less.remove(&Counted(7));
    let (compared, sub) = comparisons(|| less.is_subset(&old));
    assert!(sub && compared < most, "{compared} comparisons");
    assert_eq!(comparisons(|| old.is_subset(&old.clone())), (0, true));
    assert_eq!(comparisons(|| old.is_disjoint(&old.clone())), (0, false));
    // The result shares what it can.
    let both = &old & &new;
    assert!(both.shared_pages(&old) + 8 >= old.page_count());
    let either = &old | &new;
    assert!(either.shared_pages(&new) + 8 >= new.page_count());
}

#[test]
fn a_small_set_is_looked_up_in_a_large_one() {
    let large: PagedOrdSet<Counted> = (0..100_000).map(Counted).collect();
    let small: PagedOrdSet<Counted> = (0..10).map(|n| Counted(20_000 * n)).collect();
    let (compared, found) =
        comparisons(|| (small.intersection(&large).count(), small.difference(&large).count()));
    assert_eq!(found, (5, 5));
    assert!(compared < 2 * 10 * 30, "{compared} comparisons");
    assert!(
        !small.is_subset(&large)
            && !small.is_disjoint(&large)
            && large.is_superset(&(0..5).map(Counted).collect())
    );
}

#[test]
fn it_does_what_std_does() {
    let mut ours = PagedOrdSet::from([3, 1, 2]);
    let mut std = BTreeSet::from([3, 1, 2]);
    assert_eq!(format!("{ours:?} {:?}", ours.iter()), format!("{std:?} [1, 2, 3]"));
    assert_eq!((ours.first(), ours.last(), ours.len()), (std.first(), std.last(), std.len()));
    assert_eq!((ours.insert(3), ours.insert(4)), (std.insert(3), std.insert(4)));
    assert_eq!((ours.remove(&9), ours.remove(&1)), (std.remove(&9), std.remove(&1)));
    assert_eq!((ours.take(&2), ours.take(&2)), (std.take(&2), std.take(&2)));
    assert_eq!((ours.get(&3), ours.get(&2)), (std.get(&3), std.get(&2)));
    assert_eq!((ours.replace(3), ours.replace(7)), (std.replace(3), std.replace(7)));
    ours.extend([10, 11, 12]);
    ours.extend(&[13]);
    std.extend([10, 11, 12, 13]);
    assert!(ours.range(4..12).eq(std.range(4..12)) && ours.range(4..12).rev().eq(std.range(4..12).rev()));
    assert!(ours.range(11..).eq(std.range(11..)) && ours.range(..=4).eq(std.range(..=4)));
    ours.retain(|n| n % 2 == 1);
    std.retain(|n| n % 2 == 1);
    assert_eq!((ours.pop_first(), ours.pop_last()), (std.pop_first(), std.pop_last()));
    assert!(ours.iter().eq(&std) && ours.iter().rev().eq(std.iter().rev()) && (&ours).into_iter().eq(&std));
    let (mut more, mut std_more) = (ours.split_off(&11), std.split_off(&11));
    assert!(more.iter().eq(&std_more));
    more.append(&mut ours);
    std_more.append(&mut std);
    assert!(ours.is_empty() && more.clone().into_iter().rev().eq(std_more.clone().into_iter().rev()));
    assert_eq!(BTreeSet::from(more.clone()), std_more);
    more.clear();
    assert_eq!((more.pop_first(), more.pop_last()), (None, None));
    assert_eq!((more.first(), more.last(), more.len()), (None, None, 0));
    assert_eq!(format!("{more:?}"), "{}");
}

#[test]
fn sets_compare_and_hash_as_their_elements_in_order() {
    let set = |n: u32| (0..n).collect::<PagedOrdSet<u32>>();
    assert_eq!(set(500).cmp(&set(499)), Ordering::Greater);
    assert_eq!(set(3).partial_cmp(&PagedOrdSet::from([0, 5])), Some(Ordering::Less));
    let mut grown = PagedOrdSet::new();
    (0..500).rev().for_each(|n| _ = grown.insert(n));
    assert_eq!((grown == set(500), hash_of(&grown)), (true, hash_of(&set(500))));
    assert_eq!(hash_of(&set(500)), hash_of(&(0..500).collect::<BTreeSet<u32>>()));
    assert_ne!(hash_of(&set(500)), hash_of(&set(501)));
}

#[test]
fn the_neighbours_and_the_rank_of_an_element() {
    let set: PagedOrdSet<u32> = (0..1_000).map(|n| 10 * n).collect();
    for n in [0, 10, 15, 2_560, 5_000, 9_989, 9_990] {
        assert_eq!(set.get_lt(&n).copied(), (0..n).rev().find(|n| n % 10 == 0));
        assert_eq!(set.get_le(&n).copied(), (0..=n).rev().find(|n| n % 10 == 0));
        assert_eq!(set.get_ge(&n).copied(), (n..=9_990).find(|n| n % 10 == 0));
        assert_eq!(set.get_gt(&n).copied(), (n + 1..=9_990).find(|n| n % 10 == 0));
        assert_eq!(set.rank(&n), usize::try_from(n.div_ceil(10)).unwrap());
        assert_eq!(set.get_index(set.rank(&n)), set.get_ge(&n));
    }
    assert_eq!((set.rank(&99_999), set.get_index(1_000)), (1_000, None));
}

#[test]
fn a_range_that_is_none_panics_as_in_std() {
    use std::ops::Bound::Excluded;
    let set = PagedOrdSet::from([1, 2, 3]);
    assert!(catch_unwind(|| set.range((Excluded(2), Excluded(2))).count()).is_err());
    #[expect(clippy::reversed_empty_ranges, reason = "that is what it refuses")]
    let is_refused = catch_unwind(|| set.range(3..2).count()).is_err();
    assert!(is_refused);
    assert_eq!((set.range(2..2).count(), set.range((Excluded(2), Excluded(3))).count()), (0, 0));
}
