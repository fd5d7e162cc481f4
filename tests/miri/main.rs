//! Small enough for Miri, which tries another schedule and another age of each load with every seed; a binary of its own,
//! so that it can be run alone. Under `cargo test` it is a smoke test.

use readmostly::{CowCell, CowIndexMap, CowMap, Guard, Reader, Snapshot};
use std::sync::Arc;
use std::thread;

/// A value that is spread over memory, so that a torn or freed one is noticed.
fn version(n: u64) -> Vec<u64> {
    vec![n; 4]
}

#[track_caller]
fn whole(value: &[u64]) -> u64 {
    assert!(value.len() == 4 && value.iter().all(|n| *n == value[0]), "{value:?}");
    value[0]
}

#[test]
fn readers_beside_a_writer() {
    let cell = CowCell::new(version(0));
    thread::scope(|s| {
        s.spawn(|| (1..=6).for_each(|n| _ = cell.replace(version(n))));
        s.spawn(|| {
            let mut last = 0;
            for _ in 0..4 {
                let guard = cell.load();
                assert!(whole(&guard) >= last && Guard::version(&guard) == guard[0]);
                last = guard[0];
            }
        });
        s.spawn(|| {
            let (mut reader, mut last) = (cell.reader(), 0);
            for _ in 0..4 {
                let now = whole(reader.load());
                assert!(now >= last);
                let kept = reader.snapshot();
                last = whole(&cell.snapshot());
                assert!(last >= now && whole(&kept) == now);
            }
        });
    });
    assert_eq!((whole(&cell.load()), cell.version()), (6, 6));
}

#[test]
fn writers_beside_each_other() {
    let cell = CowCell::new(version(0));
    thread::scope(|s| {
        for _ in 0..2 {
            s.spawn(|| (0..3).for_each(|_| cell.update(|value| value.iter_mut().for_each(|n| *n += 1))));
        }
        s.spawn(|| whole(&cell.load()));
    });
    assert_eq!(whole(&cell.load()), 6);
}

#[test]
fn what_is_held_outlives_what_replaced_it() {
    let cell = CowCell::new(version(0));
    let (guard, snapshot, reader) = (cell.load(), cell.snapshot(), cell.reader());
    let other = thread::scope(|s| {
        s.spawn(|| (1..=4).for_each(|n| _ = cell.replace(version(n)))).join().unwrap();
        s.spawn(|| Guard::to_snapshot(&guard)).join().unwrap()
    });
    assert_eq!([whole(&guard), whole(&snapshot), whole(reader.peek()), whole(&other)], [0; 4]);
    drop((guard, reader));
    drop(cell);
    thread::spawn(move || assert_eq!(whole(&snapshot), 0)).join().unwrap();
    assert_eq!(Snapshot::into_inner(other), version(0));
}

#[test]
fn the_cell_goes_with_its_last_owner() {
    let cell = Arc::new(CowCell::new(version(0)));
    let threads: Vec<_> = (0..3)
        .map(|n| {
            let mut reader = Reader::new(Arc::clone(&cell));
            thread::spawn(move || {
                if n == 0 {
                    reader.snapshot();
                }
                whole(reader.load())
            })
        })
        .collect();
    cell.replace(version(1));
    drop(cell);
    for thread in threads {
        assert!(thread.join().unwrap() <= 1);
    }
}

#[test]
fn two_cells_are_never_mixed_up() {
    let (a, b) = (CowCell::new(version(0)), CowCell::new(version(1_000)));
    thread::scope(|s| {
        s.spawn(|| {
            for n in 1..=4 {
                a.replace(version(n));
                b.replace(version(1_000 + n));
            }
        });
        for _ in 0..4 {
            assert!(whole(&a.load()) < 1_000 && whole(&b.load()) >= 1_000);
        }
    });
}

#[test]
fn a_map_is_seen_whole() {
    let map: CowMap<u8, u64> = (0..4).map(|key| (key, 0)).collect();
    thread::scope(|s| {
        s.spawn(|| (1..=3).for_each(|n| map.update(|draft| draft.values_mut().for_each(|value| *value = n))));
        for _ in 0..3 {
            let now = map.load();
            assert!(now.values().all(|value| *value == now[&0]));
        }
    });
}

#[test]
fn a_map_in_insertion_order_is_seen_whole() {
    let map: CowIndexMap<u8, u64> = (0..4).map(|key| (key, 0)).collect();
    thread::scope(|s| {
        s.spawn(|| {
            for key in 0..3 {
                map.move_to_back(&key);
                map.update(|draft| draft.values_mut().for_each(|value| *value += 1));
                map.swap_remove(&key);
            }
        });
        for _ in 0..3 {
            let now = map.load();
            assert!(now.keys().enumerate().all(|(index, key)| now.get_index_of(key) == Some(index)));
            assert!(now.values().all(|value| Some(*value) == now.get(&3).copied()));
        }
    });
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [(3, 3)]);
}
