//! Orders that contradict themselves: everything ends, and each element is dropped once.

use crate::support::Random;
use crate::support::elements::{Elem, live};
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static RANDOM: RefCell<Random> = RefCell::new(Random::new(7));
}

/// Says anything, of itself as well.
#[derive(Clone)]
struct Liar(Elem);

impl PartialEq for Liar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Liar {}

impl PartialOrd for Liar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Liar {
    fn cmp(&self, other: &Self) -> Ordering {
        match RANDOM.with_borrow_mut(|random| random.below(8)) {
            0 => Ordering::Less,
            1 => Ordering::Greater,
            2 => Ordering::Equal,
            _ => self.0.id.cmp(&other.0.id),
        }
    }
}

fn liar(n: u64) -> Liar {
    Liar(Elem::new(n))
}

#[track_caller]
fn counts_right(map: &PagedOrdMap<Liar, Elem>) {
    assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
    assert_eq!(map.keys().fold(0, |n, _| n + 1), map.len());
    assert_eq!((0..=map.len()).filter_map(|index| map.get_index(index)).count(), map.len());
    map.iter().for_each(|(key, value)| _ = (key.0.pair(), value.pair()));
}

#[test]
fn a_map_whose_keys_lie_stays_whole() {
    let mut random = Random::new(1);
    let mut map = PagedOrdMap::new();
    let mut kept = Vec::new();
    for step in 0..20_000 {
        let key = liar(random.below(3_000));
        match random.below(if step < 8_000 { 9 } else { 12 }) {
            0..5 => drop(map.insert(key, Elem::new(1))),
            5 => map.entry(key).or_insert_with(|| Elem::new(2)).tag += 1,
            6 => {
                let near = [map.get_lt(&key), map.get_le(&key), map.get_ge(&key), map.get_gt(&key)];
                assert!(near.iter().flatten().count() <= 4 && map.rank(&key) <= map.len());
            }
            7 => map.range_mut(key..).take(3).for_each(|(_, value)| value.tag += 1),
            8 => assert!(map.range(..key).count() <= map.len()),
            9 => _ = map.pop_first().or_else(|| map.pop_last()),
            _ => drop(map.remove(&key)),
        }
        if step % 500 == 0 {
            counts_right(&map);
            kept.push(map.clone());
        }
    }
    for other in &kept {
        // The walk ends, whatever it shows.
        assert!(map.diff_by(other, |_, _| false).count() <= map.len() + other.len());
    }
    for mut other in kept {
        let len = map.len() + other.len();
        let behind = other.split_off(&liar(1_500));
        counts_right(&behind);
        map.append(&mut other);
        assert!(other.is_empty() && map.len() <= len);
        counts_right(&map);
        map.retain(|key, _| key.0.id % 3 != 0);
        counts_right(&map);
        _ = catch_unwind(AssertUnwindSafe(|| map.assign((0..500).map(|n| (liar(n), Elem::new(n))))));
        counts_right(&map);
    }
    drop(map);
    assert_eq!(live(), 0);
}

/// An operator on two sets.
type BothOf = fn(&PagedOrdSet<Liar>, &PagedOrdSet<Liar>) -> PagedOrdSet<Liar>;

#[test]
fn sets_whose_elements_lie_are_walked_to_the_end() {
    // A sort may notice the lies, and panics then.
    let make = |n: u64| catch_unwind(|| (0..n).map(liar).collect::<PagedOrdSet<_>>());
    for n in [10, 100, 1_000] {
        let mut set: PagedOrdSet<Liar> = PagedOrdSet::new();
        (0..n).for_each(|n| _ = set.insert(liar(n)));
        let mut other = set.clone();
        (n / 2..2 * n).for_each(|n| _ = other.insert(liar(n)));
        let most = set.len() + other.len();
        assert!(set.union(&other).count() <= most && set.intersection(&other).count() <= most);
        assert!(set.difference(&other).count() <= most && set.symmetric_difference(&other).count() <= most);
        _ = [set.is_subset(&other), set.is_superset(&other), set.is_disjoint(&other)];
        let all: [BothOf; 4] = [|a, b| a | b, |a, b| a & b, |a, b| a ^ b, |a, b| a - b];
        for both in all {
            if let Ok(both) = catch_unwind(AssertUnwindSafe(|| both(&set, &other))) {
                assert_eq!(both.iter().count(), both.len());
            }
        }
        if let Ok(made) = make(n) {
            assert_eq!(made.iter().count(), made.len());
        }
    }
    assert_eq!(live(), 0);
}
