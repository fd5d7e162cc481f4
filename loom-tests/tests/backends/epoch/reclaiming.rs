//! G10: a version is dropped exactly once, when nobody can see it any longer, and not much later.

use loom::sync::Arc;
use loom::sync::mpsc::{Receiver, Sender, channel};
use loom::thread;
use readmostly::CowCell;
use readmostly_loom_tests::{Census, Watched, outcomes, spawn_with};
use std::ops::Deref;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A thread that looks, lets go, says what it saw, and stays until it is told to end: loom takes a thread for joined
/// before it has left the collector, which it does pinned.
fn looking<T: 'static>(
    cell: impl Deref<Target = CowCell<T>> + 'static,
    look: fn(&T) -> u32,
) -> (Receiver<u32>, Sender<()>) {
    let ((say, saw), (end, wait)) = (channel(), channel());
    thread::spawn(move || {
        let value = look(&cell.load());
        drop(cell);
        say.send(value).unwrap();
        wait.recv().unwrap();
    });
    (saw, end)
}

#[test]
pub(crate) fn g10_a_version_is_freed_by_the_next_publish_without_a_guard() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let (saw, end) = looking(Arc::clone(&cell), |census| census.value.get());
        cell.replace(Census::new(&alive, 1));
        let early = alive.load(Ordering::Relaxed);
        let value = saw.recv().unwrap();
        cell.replace(Census::new(&alive, 2));
        assert_eq!(alive.load(Ordering::Relaxed), 1);
        end.send(()).unwrap();
        (value, early)
    });
    assert_eq!(seen, [(0, 1), (0, 2), (1, 1), (1, 2)].into());
}

// A guard from before the publish keeps what that replaces, always. One that is taken while the publish runs, and
// shows the new version already, may do so: it can stand in the way of the second step of the collector's epoch.
#[test]
pub(crate) fn g10_a_guard_that_is_held_during_a_publish_may_delay_what_it_frees() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let ((say, saw), (end, wait)) = (channel(), channel());
        spawn_with(&cell, move |cell| {
            let guard = cell.load();
            say.send(guard.value.get()).unwrap();
            wait.recv().unwrap();
        });
        cell.replace(Census::new(&alive, 1));
        let left = alive.load(Ordering::Relaxed);
        let shown = saw.recv().unwrap();
        end.send(()).unwrap();
        (shown, left)
    });
    assert_eq!(seen, [(0, 2), (1, 1), (1, 2)].into());
}

/// Wants to write to its own cell when it is dropped, and counts how often it was kept out.
struct Writing {
    cell: Weak<CowCell<Writing>>,
    kept_out: std::sync::Arc<AtomicUsize>,
    value: u32,
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.cell.upgrade().is_some_and(|cell| cell.try_write().is_none()) {
            self.kept_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Clone for Writing {
    fn clone(&self) -> Self {
        unreachable!("a transaction that is not written to clones nothing")
    }
}

// The first version goes with the first publish, or with the second, where the reader's guard kept it until then.
#[test]
pub(crate) fn g10_the_destructor_of_a_replaced_version_may_write() {
    let seen = outcomes(2, || {
        let kept_out = std::sync::Arc::new(AtomicUsize::new(0));
        let cell = std::sync::Arc::new_cyclic(|cell| {
            CowCell::new(Writing {
                cell: Weak::clone(cell),
                kept_out: std::sync::Arc::clone(&kept_out),
                value: 0,
            })
        });
        let next = |value| Writing {
            cell: std::sync::Arc::downgrade(&cell),
            kept_out: std::sync::Arc::clone(&kept_out),
            value,
        };
        let (saw, end) = looking(std::sync::Arc::clone(&cell), |writing| writing.value);
        cell.replace(next(1));
        let value = saw.recv().unwrap();
        cell.replace(next(2));
        end.send(()).unwrap();
        (value, kept_out.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [(0, 0), (1, 0)].into());
}

// A version in the middle goes although an older one is held.
#[test]
pub(crate) fn g10_a_version_in_the_middle_is_freed_before_an_older_one() {
    let seen = outcomes(1, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let (saw, end) = looking(Arc::clone(&cell), |census| census.value.get());
        let oldest = cell.snapshot();
        cell.replace(Census::new(&alive, 1));
        let value = saw.recv().unwrap();
        cell.replace(Census::new(&alive, 2));
        assert_eq!((alive.load(Ordering::Relaxed), oldest.value.get()), (2, 0));
        end.send(()).unwrap();
        value
    });
    assert_eq!(seen, [0, 1].into());
}

// Two cells have one collector: what is seen of one is not freed for the other's sake.
#[test]
pub(crate) fn g10_two_cells_free_their_own() {
    let seen = outcomes(1, || {
        let (a, b) = (Arc::new(CowCell::new(Watched::new(0))), Arc::new(CowCell::new(Watched::new(10))));
        let writer = spawn_with(&a, {
            let b = Arc::clone(&b);
            move |a| {
                a.replace(Watched::new(1));
                b.replace(Watched::new(11));
            }
        });
        let guard = a.load();
        let seen = (b.load().get(), guard.get());
        drop(guard);
        writer.join().unwrap();
        seen
    });
    assert_eq!(seen, [(10, 0), (10, 1), (11, 0), (11, 1)].into());
}
