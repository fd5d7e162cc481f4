//! Readers and writers of one cell race: no reader sees half an update or goes back to an older version, and no update is
//! lost. Each test runs under the watchdog.

use super::Looker;
use crate::support::{Census, Counted, SetOnDrop, alone, join_all, rounds, watched};
use readmostly::{CowCell, Snapshot};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

/// Writes while `readers` threads look, in all ways, and check that no version is followed by an older one (G3).
///
/// `write(n)` is called by `writers` threads until it breaks, and then on until each reader has seen some changes: so
/// a run in which the threads never met does not count.
fn race<T: Send + Sync>(
    cell: &CowCell<T>,
    (writers, readers): (usize, usize),
    write: impl Fn(usize, u64) -> ControlFlow<()> + Sync,
    check: impl Fn(u64, &T) + Sync,
) {
    const CHANGES: usize = 5;
    let stop = AtomicBool::new(false);
    let seen: Vec<_> = (0..readers).map(|_| AtomicUsize::new(0)).collect();
    let start = Barrier::new(writers + readers);
    thread::scope(|s| {
        let looking: Vec<_> = (0..readers)
            .map(|id| {
                let (stop, seen, start, check) = (&stop, &seen[id], &start, &check);
                s.spawn(move || {
                    let _stop = SetOnDrop(stop);
                    let mut looker = Looker::new(cell, id);
                    let mut last = looker.look(|version, _| version);
                    start.wait();
                    while !stop.load(Ordering::Relaxed) {
                        // The number alone is a look too. Not each time: it takes time between two others.
                        let floor = if last % 2 == 0 { cell.version() } else { last };
                        assert!(floor >= last, "number {floor} after version {last}");
                        last = looker.look(|version, value| {
                            assert!(version >= floor, "version {version} after {floor}");
                            if version > last {
                                seen.fetch_add(1, Ordering::Relaxed);
                            }
                            check(version, value);
                            version
                        });
                    }
                })
            })
            .collect();
        let writing: Vec<_> = (0..writers)
            .map(|id| {
                let (stop, seen, start, write) = (&stop, &seen, &start, &write);
                s.spawn(move || {
                    start.wait();
                    let all_saw = || seen.iter().all(|changes| changes.load(Ordering::Relaxed) >= CHANGES);
                    for n in 0.. {
                        if write(id, n).is_break() && all_saw() || stop.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                })
            })
            .collect();
        join_all(writing);
        stop.store(true, Ordering::Relaxed);
        join_all(looking);
    });
}

fn at_least(rounds: usize, n: u64) -> ControlFlow<()> {
    if n + 1 < rounds as u64 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

#[test]
fn a_reader_never_sees_half_an_update() {
    watched(|| {
        let cell = CowCell::new(vec![0; 16]);
        race(
            &cell,
            (1, 3),
            |_, n| {
                cell.update(|v| v.iter_mut().for_each(|x| *x = n + 1));
                at_least(rounds(30_000), n)
            },
            |version, v| assert!(v.iter().all(|x| *x == version), "version {version} is {v:?}"),
        );
    });
}

#[test]
fn a_counter_never_decreases() {
    watched(|| {
        let commits = AtomicU32::new(0);
        let cell = CowCell::new(0);
        race(
            &cell,
            (3, 7),
            |_, _| {
                cell.update(|n| *n += 1);
                at_least(rounds(20_000), commits.fetch_add(1, Ordering::Relaxed).into())
            },
            |version, n| assert_eq!(*n, version),
        );
        assert_eq!(*cell.load(), u64::from(commits.into_inner()));
    });
}

#[test]
fn no_push_is_lost() {
    const WRITERS: usize = 4;
    watched(|| {
        let each = rounds(2_000);
        let cell = CowCell::new(Vec::new());
        thread::scope(|s| {
            for writer in 0..WRITERS {
                let cell = &cell;
                s.spawn(move || (0..each).for_each(|i| cell.update(|v| v.push((writer, i)))));
            }
        });
        assert_each_in_order(&cell.into_inner(), WRITERS, each);
    });
}

/// Each of `writers` is there `each` times, with its own numbers in order.
fn assert_each_in_order(tagged: &[(usize, usize)], writers: usize, each: usize) {
    assert_eq!(tagged.len(), writers * each);
    for writer in 0..writers {
        assert!(tagged.iter().filter(|(w, _)| *w == writer).map(|(_, i)| *i).eq(0..each));
    }
}

// The buffer is of relaxed atomics, since the crate's tests are safe code: on x86-64 only the compiler could reorder
// them. The loom models have a buffer that races.
#[test]
fn what_a_writer_did_before_is_seen_with_its_write() {
    const LEN: usize = 64;
    watched(|| {
        let buffers: Vec<Vec<AtomicU32>> =
            (0..rounds(20_000)).map(|_| (0..LEN).map(|_| AtomicU32::new(0)).collect()).collect();
        let cell = CowCell::new(());
        race(
            &cell,
            (1, 3),
            |_, n| {
                if let Some(buffer) = usize::try_from(n).ok().and_then(|n| buffers.get(n)) {
                    let version = u32::try_from(n + 1).expect("there are fewer buffers");
                    for x in buffer {
                        x.store(version, Ordering::Relaxed);
                    }
                }
                cell.replace(());
                at_least(buffers.len(), n)
            },
            |version, ()| {
                if let Some(buffer) =
                    version.checked_sub(1).and_then(|n| usize::try_from(n).ok()).and_then(|n| buffers.get(n))
                {
                    assert!(buffer.iter().all(|x| u64::from(x.load(Ordering::Relaxed)) == version));
                }
            },
        );
    });
}

#[test]
fn a_thread_sees_its_own_write_at_once() {
    watched(|| {
        let cell = CowCell::new([0; 4]);
        thread::scope(|s| {
            for id in 0..4 {
                let cell = &cell;
                s.spawn(move || {
                    let held: Vec<_> = (0..9).map(|_| cell.load()).collect();
                    let mut reader = cell.reader();
                    for n in 1..=rounds(10_000) {
                        let wrote = if n % 2 == 0 {
                            cell.update(|all| all[id] = n);
                            cell.version()
                        } else {
                            let mut txn = cell.write();
                            txn[id] = n;
                            Snapshot::version(&txn.commit())
                        };
                        assert_eq!(cell.load()[id], n);
                        assert_eq!(cell.snapshot()[id], n);
                        assert_eq!(reader.load()[id], n);
                        assert_eq!(cell.reader().peek()[id], n);
                        assert!(cell.version() >= wrote && reader.version() >= wrote);
                    }
                    drop(held);
                });
            }
        });
    });
}

#[test]
fn no_return_to_an_older_value_with_two_writers() {
    watched(|| {
        let cell = CowCell::new((9, 0));
        let held: Vec<_> = (0..8).map(|_| cell.load()).collect();
        let by_version = Mutex::new(std::collections::HashMap::new());
        race(
            &cell,
            (2, 2),
            |writer, n| {
                cell.replace((writer, n));
                at_least(rounds(200_000), n)
            },
            // One value for each version, whoever looks. `race` checks that the versions do not go back.
            |version, value| {
                let first = *by_version.lock().unwrap().entry(version).or_insert(*value);
                assert_eq!(first, *value, "version {version}");
            },
        );
        assert!(held.iter().all(|guard| **guard == (9, 0)));
    });
}

#[test]
fn neighbours_in_a_collection_of_looks_are_in_order() {
    alone("concurrency::races::neighbours_in_a_collection_of_looks_are_in_order", || {
        // Each version holds one count.
        let token = Arc::new(());
        let cell = CowCell::new((0_u64, Arc::clone(&token)));
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    s.spawn(|| {
                        let _stop = SetOnDrop(&stop);
                        for _ in 0..rounds(200) {
                            let guards: Vec<_> = (0..256).map(|_| cell.load()).collect();
                            assert!(guards.is_sorted_by_key(|guard| guard.0));
                            let snapshots: Vec<_> = (0..256).map(|_| cell.snapshot()).collect();
                            assert!(snapshots.is_sorted_by_key(|snapshot| snapshot.0));
                            assert!(guards[255].0 <= snapshots[0].0);
                        }
                    })
                })
                .collect();
            while !stop.load(Ordering::Relaxed) {
                cell.update(|(n, _)| *n += 1);
            }
            join_all(readers);
        });
        cell.update(|(n, _)| *n += 1);
        assert_eq!(Arc::strong_count(&token), 2, "the test's own, and the current version's");
    });
}

/// A list that shares its tail with the version before.
struct Node {
    thread: usize,
    number: usize,
    next: Option<Arc<Node>>,
    _counted: Counted<()>,
}

type List = Option<Arc<Node>>;

fn nodes(list: &List) -> impl Iterator<Item = &Arc<Node>> {
    std::iter::successors(list.as_ref(), |node| node.next.as_ref())
}

const STORM_THREADS: usize = 4;
const STORM_EACH: usize = rounds(2_000);

/// Threads push nodes of their own, and look whether theirs are all there.
fn storm(cell: &CowCell<List>, census: &Census) {
    thread::scope(|s| {
        join_all((0..STORM_THREADS).map(|thread| {
            s.spawn(move || {
                for number in 0..STORM_EACH {
                    cell.update(|head| {
                        let node = Node { thread, number, next: head.take(), _counted: census.count(()) };
                        *head = Some(Arc::new(node));
                    });
                    let seen = cell.snapshot();
                    let own = nodes(&seen).filter(|node| node.thread == thread).map(|node| node.number);
                    if number % 16 == 0 {
                        assert!(own.eq((0..=number).rev()));
                    }
                }
            })
        }));
    });
}

#[test]
fn pushes_by_many_threads_link_each_node_once() {
    alone("concurrency::races::pushes_by_many_threads_link_each_node_once", || {
        let census = Census::new();
        let cell = CowCell::new(None);
        storm(&cell, &census);
        cell.update(|_| ());
        let list = cell.load();
        for thread in 0..STORM_THREADS {
            let own = nodes(&list).filter(|node| node.thread == thread).map(|node| node.number);
            assert!(own.eq((0..STORM_EACH).rev()));
        }
        // Older versions would count on nodes too: none is left.
        assert!(nodes(&list).all(|node| Arc::strong_count(node) == 1));
        assert_eq!((census.made(), census.dropped()), (STORM_THREADS * STORM_EACH, 0));
        drop(list);
        drop(cell);
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn pops_by_many_threads_get_each_node_once() {
    alone("concurrency::races::pops_by_many_threads_get_each_node_once", || {
        let census = Census::new();
        let cell = CowCell::new(None);
        storm(&cell, &census);
        let popped = thread::scope(|s| {
            join_all((0..STORM_THREADS).map(|_| {
                s.spawn(|| {
                    let pop = || {
                        cell.update(|head: &mut List| {
                            let node = head.take()?;
                            head.clone_from(&node.next);
                            Some((node.thread, node.number))
                        })
                    };
                    std::iter::from_fn(pop).collect::<Vec<_>>()
                })
            }))
        });
        let all: HashSet<_> = popped.iter().flatten().copied().collect();
        assert_eq!(popped.iter().map(Vec::len).sum::<usize>(), STORM_THREADS * STORM_EACH);
        assert_eq!(all.len(), STORM_THREADS * STORM_EACH);
        cell.update(|_| ());
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn two_increments_make_two() {
    watched(|| {
        for _ in 0..rounds(2_000) {
            let cell = CowCell::new(0);
            thread::scope(|s| {
                s.spawn(|| cell.update(|n| *n += 1));
                s.spawn(|| cell.update(|n| *n += 1));
            });
            assert_eq!((*cell.load(), cell.version()), (2, 2));
        }
    });
}
