//! Who waits for whom: readers for nobody, writers for writers, and a write inside a write not at all. Each test runs under the
//! watchdog.

use super::Looker;
use crate::support::{Census, SetOnDrop, alone, join_all, panic_of, rounds, watched, watched_for};
use readmostly::{CowCell, Snapshot};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn readers_go_on_while_a_writer_blocks_in_its_closure() {
    watched(|| {
        let cell = CowCell::new(0);
        let (entered, is_in) = mpsc::channel();
        let (let_go, wait) = mpsc::channel();
        thread::scope(|s| {
            let cell = &cell;
            s.spawn(move || {
                cell.update(|n| {
                    *n = 1;
                    entered.send(()).unwrap();
                    wait.recv().unwrap();
                });
            });
            is_in.recv().unwrap();
            // The watchdog is the clock: were a read to wait for the writer, it would wait for ever.
            join_all((0..3).map(|id| {
                s.spawn(move || {
                    let mut looker = Looker::new(cell, id);
                    (0..10_000).for_each(|_| looker.look(|version, n| assert_eq!((version, *n), (0, 0))));
                })
            }));
            assert_eq!((cell.version(), *cell.reader().load()), (0, 0));
            assert!(cell.try_write().is_none());
            assert!(cell.try_write_for(Duration::from_millis(1)).is_none());
            let_go.send(()).unwrap();
        });
        assert_eq!((cell.version(), *cell.load()), (1, 1));
    });
}

#[test]
fn try_write_is_for_one_at_a_time() {
    watched(|| {
        let cell = CowCell::new(0);
        let is_free = || thread::scope(|s| s.spawn(|| cell.try_write().is_some()).join().unwrap());
        let txn = cell.write();
        assert!(!is_free() && cell.try_write().is_none());
        drop(txn);
        assert!(is_free() && cell.try_write().is_some());
        let txn = cell.try_write_for(Duration::from_secs(1)).unwrap();
        assert!(!is_free());
        txn.commit();
        assert!(is_free());
    });
}

#[test]
fn a_held_snapshot_delays_nobody_and_keeps_one_version() {
    alone("concurrency::waiting::a_held_snapshot_delays_nobody_and_keeps_one_version", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let held = cell.snapshot();
        let (let_go, wait) = mpsc::channel::<()>();
        thread::scope(|s| {
            let reader = s.spawn(move || {
                wait.recv().unwrap();
                assert_eq!(**held, 0);
            });
            for n in 1..=rounds(100_000) {
                cell.replace(census.count(n));
            }
            assert_eq!(census.alive(), 2, "the one that is held, and the current one");
            let_go.send(()).unwrap();
            join_all([reader]);
        });
        assert_eq!(census.alive(), 1);
        assert_eq!(census.peak(), 3, "and the next, until it took the place of the current one");
    });
}

/// Once a write to a cell of large values looked at each version that was held. The watchdog ends this where it still does.
#[test]
#[expect(clippy::large_stack_arrays, reason = "the value lies in its version")]
fn a_write_takes_no_longer_where_many_versions_are_held() {
    const LARGE: usize = 17 << 10;
    const TURNS: usize = 20;
    alone("concurrency::waiting::a_write_takes_no_longer_where_many_versions_are_held", || {
        let [none, many] = [(); 2].map(|()| CowCell::new([0_u8; LARGE]));
        let held: Vec<_> = (0..2_000).map(|_| many.replace([1; LARGE])).collect();
        let writes = |cell: &CowCell<_>| {
            let start = Instant::now();
            (0..50).for_each(|_| drop(cell.replace([2; LARGE])));
            start.elapsed()
        };
        // The least of all turns counts: others use the machine as well.
        let [mut beside_none, mut beside_many] = [Duration::MAX; 2];
        for turn in 0.. {
            beside_none = writes(&none).min(beside_none);
            beside_many = writes(&many).min(beside_many);
            if turn >= TURNS && beside_many < 3 * beside_none {
                break;
            }
        }
        drop(held);
    });
}

/// Once a write waited until `stats` had counted. The watchdog ends this where that is still so.
#[test]
fn writes_go_on_while_stats_counts() {
    alone("concurrency::waiting::writes_go_on_while_stats_counts", || {
        let cell = CowCell::new(0);
        let held: Vec<_> = (0..rounds(1_000_000)).map(|n| cell.replace(n)).collect();
        let (written, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let longest = Mutex::new(Duration::ZERO);
        thread::scope(|s| {
            s.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let start = Instant::now();
                    drop(cell.replace(0));
                    let took = start.elapsed();
                    let mut longest = longest.lock().unwrap();
                    *longest = took.max(*longest);
                    written.fetch_add(1, Ordering::SeqCst);
                }
            });
            let _over = SetOnDrop(&over);
            let wait_for = |writes: usize| {
                let before = written.load(Ordering::SeqCst);
                while written.load(Ordering::SeqCst) < before + writes {
                    thread::yield_now();
                }
            };
            // Three times in a row: who uses the machine as well may interrupt the writer, or let it pass.
            let mut in_a_row = 0;
            while in_a_row < 3 {
                wait_for(1);
                *longest.lock().unwrap() = Duration::ZERO;
                let start = Instant::now();
                assert!(cell.stats().living > held.len());
                let counting = start.elapsed();
                // The one that began meanwhile as well.
                wait_for(2);
                let is_shorter = *longest.lock().unwrap() < counting / 4;
                in_a_row = if is_shorter { in_a_row + 1 } else { 0 };
            }
        });
    });
}

/// Each way to write to `cell`, all of which must panic while this thread writes to it, and change nothing.
fn assert_writes_are_refused(cell: &CowCell<Vec<u32>>) {
    let base = cell.snapshot();
    let in_vain = |write: &dyn Fn()| {
        let said = panic_of(write);
        assert!(said.contains("a write inside a write") && said.contains("`try_write`"), "{said}");
    };
    in_vain(&|| cell.update(|_| unreachable!()));
    in_vain(&|| cell.try_update(|_| -> Result<(), ()> { unreachable!() }).unwrap());
    in_vain(&|| cell.write().rollback());
    in_vain(&|| drop(cell.replace(vec![])));
    in_vain(&|| drop(cell.replace_if_current(&base, vec![])));
    assert!(cell.try_write().is_none());
    // At once: a thread that waited for itself would wait that long.
    assert!(cell.try_write_for(Duration::MAX).is_none());
    assert!(Snapshot::ptr_eq(&base, &cell.snapshot()));
}

#[test]
fn a_write_inside_a_write_panics_and_says_why() {
    watched(|| {
        let cell = CowCell::new(vec![0, 1, 2]);
        cell.update(|v| {
            v.push(3);
            assert_writes_are_refused(&cell);
            v.push(4);
        });
        assert_eq!((&**cell.load(), cell.version()), (&[0, 1, 2, 3, 4][..], 1), "the outer write went on");

        let mut txn = cell.write();
        assert_writes_are_refused(&cell);
        txn.clear();
        assert_writes_are_refused(&cell);
        txn.commit();
        assert_eq!((cell.load().len(), cell.version()), (0, 2));

        // One that is not caught undoes the outer write, and the next one gets in.
        panic_of(|| {
            cell.update(|v| {
                v.push(5);
                cell.update(|v| v.push(6));
            });
        });
        assert_eq!((cell.load().len(), cell.version()), (0, 2));
        // Not a thread's own container: that is no write inside itself.
        let other = CowCell::new(0);
        cell.update(|v| v.push(other.update(|n| *n + 1)));
        assert_eq!(**cell.load(), [1]);
    });
}

#[test]
fn reads_inside_a_write_see_what_is_published() {
    watched(|| {
        let cell = CowCell::new(vec![1]);
        let mut reader = cell.reader();
        let mut look = |version, len| {
            assert_eq!((cell.load().len(), cell.snapshot().len(), reader.load().len()), (len, len, len));
            assert_eq!((cell.version(), reader.version()), (version, version));
            assert_eq!(cell.reader().peek().len(), len);
            assert!(format!("{cell:?}").contains("CowCell"));
        };
        cell.update(|v| {
            v.push(2);
            look(0, 1);
        });
        look(1, 2);
        let mut txn = cell.write();
        txn.push(3);
        look(1, 2);
        txn.commit();
        look(2, 3);
    });
}

/// Two threads, each of which writes to one cell inside a write to the other.
fn crosswise(inner: fn(&CowCell<u32>, outer: &Barrier)) -> Arc<[CowCell<u32>; 2]> {
    let cells = Arc::new([CowCell::new(0), CowCell::new(0)]);
    let both_in = Arc::new(Barrier::new(2));
    let threads = [0, 1].map(|first| {
        let (cells, both_in) = (Arc::clone(&cells), Arc::clone(&both_in));
        thread::spawn(move || {
            cells[first].update(|n| {
                *n += 1;
                both_in.wait();
                inner(&cells[1 - first], &both_in);
            });
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    cells
}

// Documented at `CowCell`, "Deadlocks". This one leaves two threads behind that wait for each other.
#[test]
#[should_panic(expected = "a deadlock?")]
fn the_watchdog_sees_two_writers_that_wait_for_each_other() {
    watched_for(Duration::from_secs(1), || drop(crosswise(|other, _| other.update(|n| *n += 10))));
}

#[test]
fn try_write_returns_where_two_writers_would_wait_for_each_other() {
    watched(|| {
        let cells = crosswise(|other, both_in| {
            assert!(other.try_write().is_none());
            assert!(other.try_write_for(Duration::from_millis(1)).is_none());
            both_in.wait();
        });
        assert!(cells.iter().all(|cell| *cell.load() == 1));
    });
}

#[test]
fn guards_held_crosswise_delay_no_writer() {
    watched(|| {
        let cells = [CowCell::new(0), CowCell::new(0)];
        thread::scope(|s| {
            for first in [0, 1] {
                let (held, other) = (&cells[first], &cells[1 - first]);
                s.spawn(move || {
                    for _ in 0..rounds(20_000) {
                        let guard = held.load();
                        let snapshot = held.snapshot();
                        let before = *guard;
                        other.update(|n| *n += 1);
                        held.update(|n| *n += 1);
                        assert!(*guard == before && *snapshot >= before);
                    }
                });
            }
        });
        assert!(cells.iter().all(|cell| *cell.load() == 2 * rounds(20_000)));
    });
}

#[test]
fn readers_are_made_while_writers_wait() {
    watched(|| {
        let cell = CowCell::new(0);
        let txn = cell.write();
        thread::scope(|s| {
            let waiting: Vec<_> = (0..3).map(|_| s.spawn(|| cell.update(|n| *n += 1))).collect();
            for _ in 0..rounds(10_000) {
                let reader = cell.reader();
                assert_eq!((*reader.peek(), *reader.clone().load(), *cell.load()), (0, 0, 0));
            }
            drop(txn);
            join_all(waiting);
        });
        assert_eq!(*cell.load(), 3);
    });
}

#[test]
fn a_panic_lets_the_queue_of_writers_through() {
    watched(|| {
        let cell = CowCell::new(0);
        thread::scope(|s| {
            let mut waiting = Vec::new();
            let said = panic_of(|| {
                cell.update(|n| {
                    *n = 100;
                    waiting.extend((0..3).map(|_| s.spawn(|| cell.update(|n| *n += 1))));
                    panic!("half way");
                });
            });
            assert_eq!(said, "half way");
            join_all(waiting);
        });
        assert_eq!((*cell.load(), cell.version()), (3, 3));
        cell.update(|n| *n += 1);
        assert_eq!(*cell.load(), 4);
    });
}

// Each writes until all have their share: a writer that starves keeps the others going, and the watchdog sees it.
#[test]
fn no_writer_starves() {
    watched(|| {
        let share = rounds(10_000);
        let wrote = [const { AtomicUsize::new(0) }; 4];
        let cell = CowCell::new(0);
        thread::scope(|s| {
            for mine in &wrote {
                let (cell, wrote) = (&cell, &wrote);
                s.spawn(move || {
                    while wrote.iter().any(|count| count.load(Ordering::Relaxed) < share) {
                        cell.update(|n| *n += 1);
                        mine.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(*cell.load(), wrote.into_iter().map(AtomicUsize::into_inner).sum::<usize>());
    });
}
