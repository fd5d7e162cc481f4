//! Many threads at one cell, each test under the watchdog.

use crate::support::{Census, Counted, SetOnDrop, alone, join_all, panic_of, rounds, watched, watched_for};
use readmostly::{CowCell, Guard, Reader, Snapshot};
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// Reads a cell in one way after the other: what a thread sees in one of them it must see in the next.
struct Looker<'a, T> {
    cell: &'a CowCell<T>,
    reader: Reader<&'a CowCell<T>>,
    looks: usize,
}

impl<'a, T> Looker<'a, T> {
    /// Threads with different numbers begin with different ways.
    fn new(cell: &'a CowCell<T>, thread: usize) -> Self {
        Self { cell, reader: cell.reader(), looks: thread }
    }

    /// Shows `f` the version's number and value.
    fn look<R>(&mut self, f: impl FnOnce(u64, &T) -> R) -> R {
        self.looks += 1;
        match self.looks % 4 {
            0 => {
                let snapshot = self.cell.snapshot();
                f(Snapshot::version(&snapshot), &snapshot)
            }
            2 => {
                let guard = self.cell.load();
                f(Guard::version(&guard), &guard)
            }
            _ => {
                self.reader.load();
                f(self.reader.version(), self.reader.peek())
            }
        }
    }
}

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
    alone("concurrency::cell::neighbours_in_a_collection_of_looks_are_in_order", || {
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
    alone("concurrency::cell::pushes_by_many_threads_link_each_node_once", || {
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
    alone("concurrency::cell::pops_by_many_threads_get_each_node_once", || {
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
    alone("concurrency::cell::a_held_snapshot_delays_nobody_and_keeps_one_version", || {
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

static OUTLIVES_THREADS: LazyLock<CowCell<Vec<&'static str>>> = LazyLock::new(CowCell::default);

/// Uses the cell in each way while its thread is being torn down.
struct AtExit(&'static str);

impl Drop for AtExit {
    fn drop(&mut self) {
        let cell = &*OUTLIVES_THREADS;
        let before = cell.load().len();
        assert!(cell.snapshot().len() == before && cell.reader().load().len() == before);
        cell.update(|v| v.push(self.0));
        let mut txn = cell.try_write().unwrap();
        txn.push(self.0);
        assert!(cell.try_write().is_none());
        txn.commit();
        assert_eq!(cell.load().len(), before + 2);
    }
}

thread_local! {
    static EARLY: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    static GUARD: RefCell<Option<Guard<'static, Vec<&'static str>>>> = const { RefCell::new(None) };
}

// A panic in a thread local's destructor aborts: alone.
#[test]
fn a_container_can_be_used_while_a_thread_is_torn_down() {
    alone("concurrency::cell::a_container_can_be_used_while_a_thread_is_torn_down", || {
        for _ in 0..10 {
            thread::spawn(|| {
                // One registered before the thread's first look, one after it, whichever is destroyed first.
                EARLY.set(Some(AtExit("early")));
                assert!(OUTLIVES_THREADS.load().iter().all(|s| !s.is_empty()));
                LATE.set(Some(AtExit("late")));
                GUARD.set(Some(OUTLIVES_THREADS.load()));
            })
            .join()
            .unwrap();
        }
        assert_eq!(OUTLIVES_THREADS.load().len(), 40);
    });
}

#[test]
fn a_thousand_guards_are_held_at_once() {
    alone("concurrency::cell::a_thousand_guards_are_held_at_once", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let mut held = Vec::new();
        for n in 1..=1_000 {
            held.push(cell.load());
            cell.replace(census.count(n));
        }
        for (n, guard) in held.iter().enumerate() {
            assert_eq!((***guard, Guard::version(guard)), (n, n as u64));
        }
        assert_eq!(census.alive(), 1_001);
        // Not in the order in which they were made.
        held.swap(0, 500);
        held.swap(999, 3);
        drop(held);
        cell.replace(census.count(0));
        assert_eq!(census.alive(), 1);
    });
}

// A guard itself stays on its thread: `traits.rs`.
#[test]
fn a_snapshot_is_dropped_on_another_thread() {
    alone("concurrency::cell::a_snapshot_is_dropped_on_another_thread", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(7));
        let guard = cell.load();
        let snapshot = Guard::to_snapshot(&guard);
        thread::scope(|s| {
            // The guard lends itself out.
            s.spawn(|| assert_eq!(**guard, 7));
        });
        drop(guard);
        cell.replace(census.count(8));
        assert_eq!(census.alive(), 2);
        thread::spawn(move || assert_eq!(**snapshot, 7)).join().unwrap();
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn threads_that_are_gone_hold_nothing() {
    alone("concurrency::cell::threads_that_are_gone_hold_nothing", || {
        let census = Census::new();
        let cell = Arc::new(CowCell::new(census.count(0)));
        for n in 1..=rounds(10_000) {
            let its = Arc::clone(&cell);
            thread::spawn(move || assert_eq!(**its.load(), n - 1)).join().unwrap();
            cell.replace(census.count(n));
            assert_eq!(census.alive(), 1);
        }
    });
}

// The last snapshot is dropped by one thread while the other drops the container.
#[test]
fn the_last_readers_and_the_owner_drop_at_once() {
    watched(|| {
        let census = Census::new();
        for n in 0..rounds(10_000) {
            let cell = Arc::new(CowCell::new(census.count(n)));
            let mut reader = Reader::new(Arc::clone(&cell));
            let snapshot = cell.snapshot();
            let start = Barrier::new(2);
            thread::scope(|s| {
                s.spawn(|| {
                    let snapshot = snapshot;
                    start.wait();
                    assert_eq!((**reader.load(), **snapshot), (n, n));
                    drop(reader);
                    assert_eq!(**snapshot, n);
                });
                start.wait();
                if n % 2 == 0 {
                    cell.update(|_| ());
                }
                drop(cell);
            });
            // A cell that is gone has let go of all its versions, whoever holds guards of others.
            assert_eq!(census.alive(), 0);
        }
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
