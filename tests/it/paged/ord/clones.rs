//! Clones of clones, changed side by side from many threads, each compared with its model. After google/btree's
//! `TestCloneConcurrentOperations`.

use crate::support::{Random, rounds, watched};
use readmostly::CowOrdMap;
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

/// Numbers from 0 on in a random order.
fn shuffled(len: u64, random: &mut Random) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..len).collect();
    for at in (1..numbers.len()).rev() {
        numbers.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
    }
    numbers
}

/// Inserts the numbers from `start` on. Now and then a thread goes on with a clone of its own, which inserts the rest as well.
fn insert_and_clone<'scope, 'env>(
    scope: &'scope thread::Scope<'scope, 'env>,
    mut set: PagedOrdSet<u64>,
    start: usize,
    numbers: &'env [u64],
    sets: &'env Mutex<Vec<PagedOrdSet<u64>>>,
) {
    sets.lock().unwrap().push(set.clone());
    let each = numbers.len() / 5;
    for (at, number) in numbers.iter().enumerate().skip(start) {
        set.insert(*number);
        if (at + 1) % each == 0 {
            let clone = set.clone();
            scope.spawn(move || insert_and_clone(scope, clone, at + 1, numbers, sets));
        }
    }
    sets.lock().unwrap().push(set);
}

#[test]
fn clones_of_clones_grow_and_shrink_on_many_threads() {
    watched(|| {
        let len = rounds(10_000);
        let numbers = shuffled(len as u64, &mut Random::new(1));
        let sets = Mutex::new(Vec::new());
        thread::scope(|s| insert_and_clone(s, PagedOrdSet::new(), 0, &numbers, &sets));
        let sets = sets.into_inner().unwrap();
        // A thread for each fifth, of which each starts one for each fifth behind its own.
        assert_eq!(sets.len(), 2 << 5);
        for set in &sets {
            let model: BTreeSet<u64> = numbers[..set.len()].iter().copied().collect();
            assert!(set.iter().eq(&model));
        }
        // Each second one loses half, beside the others, which share its pages.
        let whole: Vec<_> = sets.iter().filter(|set| set.len() == len).cloned().collect();
        let (odd, even): (Vec<u64>, Vec<u64>) = numbers.iter().partition(|number| *number % 2 == 1);
        thread::scope(|s| {
            for (nth, set) in whole.iter().enumerate() {
                let mut half = set.clone();
                let gone = if nth % 2 == 0 { &odd } else { &even };
                s.spawn(move || {
                    for number in gone {
                        assert!(half.remove(number));
                    }
                    assert!(
                        half.iter()
                            .eq(set.iter().filter(|number| *number % 2 == u64::from(gone[0] % 2 == 0)))
                    );
                    half.append(&mut gone.iter().copied().collect());
                    assert_eq!(half, *set);
                });
            }
        });
        assert!(whole.iter().all(|set| set.iter().copied().eq(0..len as u64)));
    });
}

type Pair = (PagedOrdMap<u64, u64>, BTreeMap<u64, u64>);

/// Changes both alike: single entries, ranges, and whole ends.
fn change(map: &mut PagedOrdMap<u64, u64>, model: &mut BTreeMap<u64, u64>, random: &mut Random) {
    let key = random.below(3_000);
    match random.below(12) {
        0..5 => assert_eq!(map.insert(key, key), model.insert(key, key)),
        5..8 => assert_eq!(map.remove(&key), model.remove(&key)),
        8 => {
            map.range_mut(key..key + 100).for_each(|(_, value)| *value += 1);
            model.range_mut(key..key + 100).for_each(|(_, value)| *value += 1);
        }
        9 => {
            let (mut behind, mut of_model) = (map.split_off(&key), model.split_off(&key));
            behind.retain(|key, _| key % 3 > 0);
            of_model.retain(|key, _| key % 3 > 0);
            map.append(&mut behind);
            model.append(&mut of_model);
        }
        10 => assert_eq!(map.pop_first(), model.pop_first()),
        _ => {
            map.extend((key..key + 50).map(|key| (key, 0)));
            model.extend((key..key + 50).map(|key| (key, 0)));
        }
    }
}

/// A family tree of clones: each thread changes its own, hands clones on to children, and compares with its model all along.
fn descend<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    (mut map, mut model): Pair,
    seed: u64,
    depth: u32,
) {
    let mut random = Random::new(seed);
    let (kept, of_kept) = (map.clone(), model.clone());
    for step in 0..rounds(2_000) {
        change(&mut map, &mut model, &mut random);
        if step % (rounds(2_000) / 3) == 0 && depth > 0 {
            let pair = (map.clone(), model.clone());
            scope.spawn(move || descend(scope, pair, seed * 4 + step as u64, depth - 1));
        }
        if step % 50 == 0 {
            assert!(map.iter().eq(&model));
        }
    }
    assert!(map.iter().eq(&model) && map.iter().rev().eq(model.iter().rev()));
    // What its parent has made of it since does not show here.
    assert!(kept.iter().eq(&of_kept));
    let key = random.below(3_000);
    assert_eq!(map.get_le(&key), model.range(..=key).next_back());
    assert_eq!(map.rank(&key), model.range(..key).count());
}

#[test]
fn a_family_of_clones_goes_its_own_ways() {
    watched(|| {
        let map: PagedOrdMap<u64, u64> = (0..2_000).map(|key| (key, key)).collect();
        let model: BTreeMap<u64, u64> = (0..2_000).map(|key| (key, key)).collect();
        let kept = map.clone();
        thread::scope(|s| descend(s, (map, model), 1, 3));
        assert!(kept.iter().eq((0..2_000).map(|key| (key, key)).collect::<BTreeMap<_, _>>().iter()));
    });
}

/// The same with containers, whose versions are kept while they are written to.
#[test]
fn forks_of_forks_go_their_own_ways() {
    watched(|| {
        let map: CowOrdMap<u64, u64> = (0..2_000).map(|key| (key, key)).collect();
        thread::scope(|s| {
            for part in 0..4 {
                let map = &map;
                s.spawn(move || {
                    let mut random = Random::new(part);
                    let fork = map.fork();
                    let mut model = BTreeMap::from(fork.load().clone());
                    let mut kept = Vec::new();
                    for step in 0..rounds(1_000) {
                        fork.update(|draft| change(draft, &mut model, &mut random));
                        map.insert(10_000 + part, step as u64);
                        if step % 40 == 0 {
                            kept.push((fork.snapshot(), model.clone()));
                        }
                    }
                    kept.push((fork.snapshot(), model));
                    assert!(kept.iter().all(|(snapshot, model)| snapshot.iter().eq(model)));
                });
            }
        });
        assert!(
            map.load()
                .iter()
                .take(2_000)
                .eq((0..2_000).map(|key| (key, key)).collect::<BTreeMap<_, _>>().iter())
        );
        assert_eq!((map.len(), map.version()), (2_004, 4 * rounds(1_000) as u64));
    });
}
