//! Threads, guards and owners that end while others go on. Each test runs under the watchdog.

use crate::support::{Census, alone, rounds, watched};
use readmostly::{CowCell, Guard, Reader};
use std::cell::RefCell;
use std::sync::{Arc, Barrier, LazyLock};
use std::{mem, thread};

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
    alone("concurrency::endings::a_container_can_be_used_while_a_thread_is_torn_down", || {
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
    alone("concurrency::endings::a_thousand_guards_are_held_at_once", || {
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
    alone("concurrency::endings::a_snapshot_is_dropped_on_another_thread", || {
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
    alone("concurrency::endings::threads_that_are_gone_hold_nothing", || {
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

// Each leaves a place among the threads' that still names a version. Who comes later takes another one, whichever are free.
#[test]
fn guards_that_outlive_their_threads_are_in_nobodys_way() {
    alone("concurrency::endings::guards_that_outlive_their_threads_are_in_nobodys_way", || {
        let cell: &_ = Box::leak(Box::new(CowCell::new(0)));
        for n in 1..=100 {
            thread::spawn(move || {
                assert_eq!(*cell.load(), n - 1);
                mem::forget(cell.load());
                cell.replace(n);
            })
            .join()
            .unwrap();
        }
        assert_eq!(*cell.load(), 100);
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
