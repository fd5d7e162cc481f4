//! `Reader`: one load of the announced number, and the slot when there is news.

use loom::sync::Arc;
use readmostly::{CowCell, Reader, Snapshot};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

#[test]
pub(crate) fn g3_what_a_reader_holds_never_goes_back() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| {
            let mut reader = Reader::new(cell);
            let first = *reader.load();
            let second = *reader.load();
            assert_eq!((*reader.peek(), *reader.snapshot()), (second, second));
            assert_eq!(reader.version(), second);
            (first, second)
        });
        cell.replace(1);
        cell.replace(2);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into());
}

#[test]
pub(crate) fn g1_what_a_reader_fetches_is_complete() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let mut reader = Reader::new(Arc::clone(&cell));
        let reader = spawn_with(&cell, move |_| (reader.load().get(), reader.load().get()));
        cell.replace(Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

// Stale is a hint: the number is announced before the swap, so a reader that is told so may find nothing newer yet.
#[test]
pub(crate) fn a_stale_reader_finds_the_next_version_or_its_own() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let mut reader = Reader::new(Arc::clone(&cell));
        let reader = spawn_with(&cell, move |_| {
            let stale = reader.is_stale();
            (stale, *reader.load())
        });
        cell.replace(1);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(false, 0), (false, 1), (true, 0), (true, 1)].into());
}

// A reader goes from thread to thread, and takes along what was seen through it.
#[test]
pub(crate) fn g3_a_reader_that_moves_to_another_thread_does_not_go_back() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let writer = spawn_with(&cell, |cell| {
            cell.replace(1);
        });
        let mut reader = Reader::new(Arc::clone(&cell));
        let first = *reader.load();
        let reader = spawn_with(&cell, move |cell| (first, *reader.load(), *cell.load()));
        let seen = reader.join().unwrap();
        writer.join().unwrap();
        seen
    });
    assert_eq!(seen, [(0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)].into());
}

// A clone of a reader starts from what that one held, and neither moves the other.
#[test]
pub(crate) fn a_clone_of_a_reader_goes_its_own_way() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = Reader::new(Arc::clone(&cell));
        let mut clone = reader.clone();
        let other = spawn_with(&cell, move |_| *clone.load());
        cell.replace(1);
        let held = reader.snapshot();
        assert_eq!((*reader.peek(), Snapshot::version(&held)), (0, 0));
        other.join().unwrap()
    });
    assert_eq!(seen, [0, 1].into());
}
