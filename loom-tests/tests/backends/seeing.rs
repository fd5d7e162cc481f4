//! G1 to G4: what a reader sees, by each way of reading.

use loom::sync::Arc;
use readmostly::{CowCell, Reader};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

#[test]
pub(crate) fn g1_a_version_is_complete_and_alive_when_it_is_seen() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| (cell.load().get(), cell.load().get()));
        cell.replace(Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g2_what_a_guard_shows_stays_while_it_is_replaced() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| {
            let guard = cell.load();
            let (first, later) = (guard.get(), cell.load().get());
            assert_eq!(guard.get(), first);
            (first, later)
        });
        cell.replace(Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g2_a_snapshot_stays_when_its_guard_is_gone() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| {
            let snapshot = cell.snapshot();
            drop(cell);
            snapshot.get()
        });
        cell.replace(Watched::new(1));
        drop(cell);
        reader.join().unwrap()
    });
    assert_eq!(seen, [0, 1].into());
}

#[test]
pub(crate) fn g3_reader_after_load_never_goes_back() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let mut reader = Reader::new(Arc::clone(&cell));
        let reader = spawn_with(&cell, move |cell| (cell.load().get(), reader.load().get()));
        cell.replace(Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g4_a_thread_reads_its_own_write_and_the_one_before_is_seen_whole() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let other = spawn_with(&cell, |cell| {
            cell.update(|draft| *draft = Watched::new(draft.get() + 1));
        });
        let mine = cell.update(|draft| {
            *draft = Watched::new(draft.get() + 1);
            draft.get()
        });
        let seen = cell.load().get();
        other.join().unwrap();
        assert_eq!(cell.load().get(), 2);
        (mine, seen)
    });
    assert_eq!(seen, [(1, 1), (1, 2), (2, 2)].into());
}
