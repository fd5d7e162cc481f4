//! G10, where the cell itself goes.

use loom::sync::Arc;
use loom::thread;
use readmostly::CowCell;
use readmostly_loom_tests::{Census, outcomes, spawn_with};
use std::sync::atomic::Ordering;

// Whoever lets go of the cell last frees what is in it, and what was replaced but not yet freed.
#[test]
pub(crate) fn g10_a_cell_that_is_dropped_drops_every_version_once() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| cell.load().value.get());
        cell.replace(Census::new(&alive, 1));
        drop(cell);
        let value = reader.join().unwrap();
        assert_eq!(alive.load(Ordering::Relaxed), 0);
        value
    });
    assert_eq!(seen, [0, 1].into());
}

// The cell is dropped while another thread still reads what it took from it.
#[test]
pub(crate) fn g10_a_snapshot_outlives_its_cell() {
    let seen = outcomes(2, || {
        let alive = std::sync::Arc::default();
        let cell = CowCell::new(Census::new(&alive, 0));
        let snapshot = cell.replace(Census::new(&alive, 1));
        let current = cell.snapshot();
        let reader = thread::spawn(move || (snapshot.value.get(), current.value.get()));
        drop(cell);
        let early = alive.load(Ordering::Relaxed);
        assert_eq!(reader.join().unwrap(), (0, 1));
        assert_eq!(alive.load(Ordering::Relaxed), 0);
        early
    });
    assert_eq!(seen, [0, 1, 2].into());
}
