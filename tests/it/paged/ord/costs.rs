//! What removals clone, and what joins and the algebra of sets compare.

use super::delta::{Counted, comparisons};
use super::elems;
use crate::support::elements::{Elem, clones};
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use readmostly::{CowOrdMap, CowOrdSet};
use std::collections::{BTreeMap, BTreeSet};

type Keep = fn(u64) -> bool;

const KEEPS: [Keep; 8] = [
    |n| n != 7,
    |n| n % 16 < 5,
    |n| n % 3 == 0,
    |n| n % 100 == 50,
    |n| n % 2_000 < 900,
    |n| n > 1_234,
    |n| n < 1_234,
    |n| n == 2_222,
];

#[test]
fn what_is_not_shared_is_removed_in_place() {
    for len in [10, 300, 3_000, 30_000] {
        for keep in KEEPS {
            let mut map: PagedOrdMap<u64, Elem> = (0..len).map(|n| (n, Elem::new(n))).collect();
            let (cloned, ()) = clones(|| map.retain(|key, _| keep(*key)));
            assert_eq!(cloned, 0);
            let expected: Vec<_> = (0..len).filter(|n| keep(*n)).collect();
            assert!(map.iter().map(|(key, value)| (*key, value.id)).eq(expected.iter().map(|n| (*n, *n))));
            assert!(expected.iter().enumerate().all(|(rank, key)| map.rank(key) == rank));
            // A leaf that loses its first element has another one in the nodes above. Nothing else is cloned.
            let mut set: PagedOrdSet<Elem> = (0..len).map(Elem::new).collect();
            let leaves = set.page_count();
            let (cloned, ()) = clones(|| set.retain(|element| keep(element.id)));
            assert!(cloned <= 2 * leaves, "{cloned} clones, {leaves} nodes");
            assert!(set.iter().map(|element| element.id).eq(expected));
        }
        let mut set: PagedOrdSet<Elem> = (0..len).map(Elem::new).collect();
        assert_eq!(clones(|| set.retain(|element| element.id % 16 < 5)).0, 0);
    }
}

#[test]
fn what_loses_nothing_stays_shared() {
    let map = elems(0..30_000);
    for (keep, leaves) in [(KEEPS[0], 1), (|n| n / 16 != 70, 1), (|n| !(3_200..3_260).contains(&n), 4)] {
        let mut copy = map.clone();
        let (cloned, ()) = clones(|| copy.retain(|key, _| keep(key.id)));
        assert!(copy.shared_pages(&map) + 4 + leaves >= map.page_count());
        // What stays of a leaf, and at most two neighbours; and the keys of two inner nodes.
        assert!(cloned <= (leaves + 2) * 32 + 2 * 32, "{cloned} clones");
    }
}

#[test]
fn a_map_that_loses_most_has_few_pages() {
    for keep in KEEPS {
        let mut map: PagedOrdMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
        map.retain(|key, _| keep(*key));
        // A quarter of 256 entries at least, and the inner nodes.
        assert!(map.page_count() <= map.len() / 64 + map.len() / 64 / 8 + 3, "{}", map.page_count());
    }
}

fn counted(keys: impl IntoIterator<Item = u64>) -> PagedOrdSet<Counted> {
    keys.into_iter().map(Counted).collect()
}

/// A set of many, one of some that lie among them or beside them, and how many comparisons their union may take.
fn pairs() -> Vec<(PagedOrdSet<Counted>, PagedOrdSet<Counted>, usize)> {
    let many = || 0..100_000;
    vec![
        // All over it.
        (counted(many()), counted((0..10).map(|n| 9_000 * n)), 1_500),
        // Behind it, and at its end.
        (counted(many()), counted(100_000..150_000), 200),
        (counted(many()), counted(99_990..150_000), 1_500),
        // In a gap.
        (counted((0..50_000).chain(200_000..250_000)), counted(60_000..160_000), 300),
        // Around it, but for a few that lie in it.
        (counted(many()), counted([5, 50_000].into_iter().chain(200_000..300_000)), 500),
    ]
}

#[test]
fn an_append_costs_what_the_smaller_one_has_in_common() {
    let union = |a: &PagedOrdSet<Counted>, b: &PagedOrdSet<Counted>| -> Vec<u64> {
        let both: BTreeSet<_> = a.iter().chain(b).map(|key| key.0).collect();
        both.into_iter().collect()
    };
    for (a, b, most) in
        pairs().into_iter().flat_map(|(a, b, most)| [(a.clone(), b.clone(), most), (b, a, most)])
    {
        let expected = union(&a, &b);
        let (mut joined, mut other) = (a.clone(), b.clone());
        let (compared, ()) = comparisons(|| joined.append(&mut other));
        assert!(compared <= most, "{compared} comparisons");
        assert!(joined.iter().map(|key| key.0).eq(expected.iter().copied()) && other.is_empty());
        let cow = CowOrdSet::from(a.clone());
        let (compared, ()) = comparisons(|| cow.append(&b));
        assert!(compared <= most, "{compared} comparisons");
        assert_eq!(cow.load().len(), expected.len());
        let map = |set: &PagedOrdSet<Counted>| -> PagedOrdMap<Counted, ()> {
            set.iter().map(|key| (Counted(key.0), ())).collect()
        };
        let (cow, b) = (CowOrdMap::from(map(&a)), map(&b));
        let (compared, ()) = comparisons(|| cow.append(&b));
        assert!(compared <= most, "{compared} comparisons");
        assert_eq!(cow.load().len(), expected.len());
    }
}

#[test]
fn a_union_costs_what_the_smaller_one_has_or_nothing_where_they_are_apart() {
    for (a, b, most) in pairs() {
        // Of sets that overlap, and of which none is far smaller, all is compared.
        if !a.is_disjoint(&b) && 16 * b.len() >= a.len() {
            continue;
        }
        for (a, b) in [(&a, &b), (&b, &a)] {
            let (compared, union) = comparisons(|| a | b);
            assert!(compared <= most || b.len() == a.len(), "{compared} comparisons");
            assert_eq!(union.len(), a.len() + b.difference(a).count());
        }
    }
    let (low, high) = (counted(0..100_000), counted(200_000..300_000));
    for (a, b) in [(&low, &high), (&high, &low)] {
        let (compared, union) = comparisons(|| a | b);
        assert!(compared <= 200 && union.len() == 200_000, "{compared} comparisons");
        assert!(union.shared_pages(a) + union.shared_pages(b) + 8 >= union.page_count());
        let (compared, either) = comparisons(|| a ^ b);
        assert!(compared <= 200 && either.len() == 200_000, "{compared} comparisons");
    }
}

/// Half of a set and all of it, and one element and all: neither order costs more than two walks over both.
#[test]
fn set_operators_cost_as_much_in_either_order() {
    let all = counted(0..100_000);
    let (mut front, mut one) = (all.clone(), PagedOrdSet::new());
    let tail = front.split_off(&Counted(50_000));
    one.insert(Counted(77));
    for (a, b) in [(&all, &tail), (&tail, &all), (&all, &one), (&one, &all), (&front, &tail)] {
        let most = 2 * (a.len() + b.len());
        let (compared, union) = comparisons(|| a | b);
        assert!(compared <= most && union.len() == 100_000, "{compared} comparisons");
        let (compared, either) = comparisons(|| a ^ b);
        let differ = a.difference(b).count() + b.difference(a).count();
        assert!(compared <= most && either.len() == differ, "{compared} comparisons");
        let (compared, _) = comparisons(|| a - b);
        assert!(compared <= most, "{compared} comparisons");
        let (compared, _) = comparisons(|| a & b);
        assert!(compared <= most, "{compared} comparisons");
    }
}

#[test]
fn sets_that_are_apart_are_known_by_their_ends() {
    let (low, high, none) = (counted(0..100_000), counted(100_000..150_000), counted([]));
    for (a, b) in [(&low, &high), (&high, &low), (&low, &none), (&none, &low)] {
        assert!(comparisons(|| a.is_disjoint(b)).1);
        let compared = [
            comparisons(|| a.is_disjoint(b)).0,
            comparisons(|| a.intersection(b).count()).0,
            comparisons(|| a.difference(b).count()).0,
            comparisons(|| a - b).0,
            comparisons(|| a & b).0,
        ];
        assert!(compared.iter().all(|&compared| compared <= 2), "{compared:?}");
        assert!((a - b).ptr_eq(a) && (a & b).is_empty());
        assert_eq!((a.difference(b).count(), a.intersection(b).count()), (a.len(), 0));
        assert_eq!(a.difference(b).size_hint(), (a.len(), Some(a.len())));
    }
    // One element in common, at the ends.
    let high = counted(99_999..150_000);
    assert!(!low.is_disjoint(&high) && !high.is_disjoint(&low));
    assert_eq!((&low & &high).len(), 1);
}

/// Which of equal elements stays: the tag says whose it is.
#[test]
fn of_equal_elements_that_one_stays_which_stays_in_std() {
    let lens: [(u64, u64); 9] =
        [(0, 5), (1, 1), (5, 100), (100, 5), (90, 100), (100, 90), (3, 3_000), (3_000, 3), (40, 3_000)];
    for (left, right) in lens {
        for step in [1, 7] {
            let left: BTreeSet<Elem> = (0..left).map(|n| Elem::tagged(step * n, 1)).collect();
            let right: BTreeSet<Elem> = (0..right).map(|n| Elem::tagged(3 * n, 2)).collect();
            let (a, b): (PagedOrdSet<Elem>, PagedOrdSet<Elem>) =
                (left.iter().cloned().collect(), right.iter().cloned().collect());
            let pairs = |set: &PagedOrdSet<Elem>| set.iter().map(Elem::pair).collect::<Vec<_>>();
            for (ours, std) in [
                (&a | &b, &left | &right),
                (&a & &b, &left & &right),
                (&a - &b, &left - &right),
                (&a ^ &b, &left ^ &right),
            ] {
                assert_eq!(pairs(&ours), std.iter().map(Elem::pair).collect::<Vec<_>>());
            }
            // This set's, as an insertion of an equal one leaves it.
            let mut appended = a.clone();
            appended.append(&mut b.clone());
            assert_eq!(pairs(&appended), (&left | &right).iter().map(Elem::pair).collect::<Vec<_>>());
            let cow = CowOrdSet::from(a.clone());
            cow.append(&b);
            assert_eq!(pairs(&cow.load()), pairs(&appended));
            // A map keeps its key, and gets the value.
            let map = |set: &BTreeSet<Elem>| -> PagedOrdMap<Elem, u32> {
                set.iter().map(|key| (key.clone(), key.tag)).collect()
            };
            let mut expected: BTreeMap<u64, (u32, u32)> =
                left.iter().map(|key| (key.id, (key.tag, key.tag))).collect();
            for key in &right {
                expected.entry(key.id).or_insert((key.tag, 0)).1 = key.tag;
            }
            let (mut one, other) = (map(&left), map(&right));
            let cow = CowOrdMap::from(one.clone());
            cow.append(&other);
            one.append(&mut other.clone());
            for map in [&one, &*cow.load()] {
                assert!(map.iter().map(|(key, value)| (key.id, (key.tag, *value))).eq(expected.clone()));
            }
        }
    }
}
