//! `Hash` and `Eq` that contradict themselves: everything ends, and each element is dropped once.

use crate::support::Random;
use crate::support::elements::{Elem, live};
use readmostly::paged::{PagedIndexMap, PagedIndexSet};
use std::cell::RefCell;
use std::hash::{Hash, Hasher};

thread_local! {
    static RANDOM: RefCell<Random> = RefCell::new(Random::new(7));
}

/// Hashes anyhow, and is equal to anything, now and then.
#[derive(Clone)]
struct Liar(Elem);

fn lies() -> bool {
    RANDOM.with_borrow_mut(|random| random.below(5) == 0)
}

impl PartialEq for Liar {
    fn eq(&self, other: &Self) -> bool {
        lies() != (self.0.id == other.0.id)
    }
}

impl Eq for Liar {}

impl Hash for Liar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(if lies() { RANDOM.with_borrow_mut(|random| random.below(100)) } else { self.0.id });
    }
}

fn liar(n: u64) -> Liar {
    Liar(Elem::new(n))
}

#[track_caller]
fn counts_right(map: &PagedIndexMap<Liar, Elem>) {
    assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
    assert_eq!((0..=map.len()).filter_map(|index| map.get_index(index)).count(), map.len());
    assert!(map.iter().enumerate().all(|(at, (key, _))| std::ptr::eq(map.get_index(at).unwrap().0, key)));
    map.iter().for_each(|(key, value)| _ = (key.0.pair(), value.pair()));
}

#[test]
fn a_map_whose_keys_lie_stays_whole() {
    let mut random = Random::new(1);
    let mut map = PagedIndexMap::new();
    let mut kept = Vec::new();
    for step in 0..20_000 {
        let key = liar(random.below(1_000));
        let at = usize::try_from(random.below(1_000)).unwrap();
        match random.below(if step < 8_000 { 12 } else { 14 }) {
            0..5 => drop(map.insert(key, Elem::new(1))),
            5 => map.entry(key).or_insert_with(|| Elem::new(2)).tag += 1,
            6 => assert!(map.get_full(&key).is_none_or(|(at, ..)| at < map.len())),
            7 => _ = map.move_to_back(&key),
            8 => drop(map.swap_remove_index(at)),
            9 if map.len() > at => map.swap_indices(at, map.len() / 2),
            10 => drop(map.shift_remove_index(at)),
            11 => drop(map.pop()),
            12 => drop(map.swap_remove(&key)),
            _ => drop(map.shift_remove(&key)),
        }
        if step % 500 == 0 {
            counts_right(&map);
            kept.push(map.clone());
        }
    }
    for other in &kept {
        // The walk ends, whatever it shows.
        assert!(map.diff_by(other, |_, _| false).count() <= 2 * (map.len() + other.len()));
    }
    for other in kept {
        counts_right(&other);
        let delta = map.diff(&other).collect();
        _ = map.apply(&delta);
        counts_right(&map);
        map.retain(|key, _| key.0.id % 3 != 0);
        counts_right(&map);
        map.assign((0..500).map(|n| (liar(n), Elem::new(n))));
        counts_right(&map);
        map.reverse();
        drop(map.drain(..map.len() / 3));
        counts_right(&map);
    }
    drop(map);
    assert_eq!(live(), 0);
}

/// An operator on two sets.
type BothOf = fn(&PagedIndexSet<Liar>, &PagedIndexSet<Liar>) -> PagedIndexSet<Liar>;

#[test]
fn sets_whose_elements_lie_are_walked_to_the_end() {
    for n in [10, 100, 1_000] {
        let set: PagedIndexSet<Liar> = (0..n).map(liar).collect();
        let mut other = set.clone();
        (n / 2..2 * n).for_each(|n| _ = other.insert(liar(n)));
        let most = set.len() + other.len();
        assert!(set.union(&other).count() <= most && set.intersection(&other).count() <= most);
        assert!(set.difference(&other).count() <= most && set.symmetric_difference(&other).count() <= most);
        _ = [set.is_subset(&other), set.is_superset(&other), set.is_disjoint(&other)];
        let all: [BothOf; 4] = [|a, b| a | b, |a, b| a & b, |a, b| a ^ b, |a, b| a - b];
        for both in all {
            let both = both(&set, &other);
            assert_eq!(both.iter().count(), both.len());
        }
    }
    assert_eq!(live(), 0);
}
