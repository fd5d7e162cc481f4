//! G2 and G10, where the system withdraws its barrier from a process that had it.
//!
//! In these models the light half of the fence is nothing at first, so that only what the language promises of the stores and
//! loads themselves, and of the acknowledgements, keeps a version alive.

use loom::sync::Arc;
use loom::sync::mpsc::channel;
use readmostly::{Barrier, CowCell, with_barrier};
use readmostly_loom_tests::{Alive, Census, outcomes, spawn_with};
use std::sync::atomic::Ordering;

/// What was kept for threads that did not know it yet goes with the cell.
fn dropped_whole(cell: Arc<CowCell<Census>>, alive: &Alive) {
    drop(cell);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

// A reader that does not know it yet, or does, is never shown a version that was freed.
#[test]
pub(crate) fn g2_a_version_is_alive_when_the_barrier_is_withdrawn() {
    let seen = with_barrier(Barrier::Withdrawn, || {
        outcomes(1, || {
            let alive = Alive::default();
            let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let reader = spawn_with(&cell, |cell| (cell.load().value.get(), cell.load().value.get()));
            drop(cell.replace(Census::new(&alive, 1)));
            drop(cell.replace(Census::new(&alive, 2)));
            let seen = reader.join().unwrap();
            dropped_whole(cell, &alive);
            seen
        })
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into());
}

// A thread that has loaded and does nothing more keeps what is replaced from being freed, until it loads again.
#[test]
pub(crate) fn g10_a_thread_that_stands_still_is_waited_for() {
    let seen = with_barrier(Barrier::Withdrawn, || {
        outcomes(1, || {
            let alive = Alive::default();
            let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let ((say, said), (go_on, may_go_on)) = (channel(), channel());
            let reader = spawn_with(&cell, move |cell| {
                let first = cell.load().value.get();
                say.send(()).unwrap();
                may_go_on.recv().unwrap();
                (first, cell.load().value.get())
            });
            said.recv().unwrap();
            drop(cell.replace(Census::new(&alive, 1)));
            let kept = alive.load(Ordering::Relaxed);
            go_on.send(()).unwrap();
            let seen = reader.join().unwrap();
            drop(cell.replace(Census::new(&alive, 2)));
            (seen, kept, alive.load(Ordering::Relaxed))
        })
    });
    assert_eq!(seen, [((0, 1), 2, 1)].into());
}

// A thread that comes later finds that the barrier is gone, or is found by the writer.
#[test]
pub(crate) fn g2_a_thread_that_comes_as_the_barrier_goes_is_safe() {
    let seen = with_barrier(Barrier::Withdrawn, || {
        outcomes(2, || {
            let alive = Alive::default();
            let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let reader = spawn_with(&cell, |cell| cell.load().value.get());
            drop(cell.replace(Census::new(&alive, 1)));
            let seen = reader.join().unwrap();
            dropped_whole(cell, &alive);
            seen
        })
    });
    assert_eq!(seen, [0, 1].into());
}

// Two writers, of whom one may find that the other has settled it.
#[test]
pub(crate) fn g10_two_writers_find_the_barrier_withdrawn() {
    let seen = with_barrier(Barrier::Withdrawn, || {
        outcomes(1, || {
            let alive = Alive::default();
            let a = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let b = Arc::new(CowCell::new(Census::new(&alive, 10)));
            let writer = spawn_with(&b, {
                let next = Census::new(&alive, 11);
                move |b| drop(b.replace(next))
            });
            let reader = spawn_with(&a, |a| a.load().value.get());
            drop(a.replace(Census::new(&alive, 1)));
            let seen = reader.join().unwrap();
            writer.join().unwrap();
            drop(a);
            dropped_whole(b, &alive);
            seen
        })
    });
    assert_eq!(seen, [0, 1].into());
}
