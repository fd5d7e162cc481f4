//! G1 atomic, G2 frozen, G3 monotonic, G4 read your writes, G5 eventual, G7 readers never wait.

use loom::sync::atomic::{AtomicBool, Ordering};
use loom::sync::{Arc, Notify};
use readmostly::{CowCell, Guard, Snapshot};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

/// Two fields that every version shows equal.
#[derive(Clone, Default)]
pub(crate) struct Pair(pub(crate) u32, pub(crate) u32);

// What the writer wrote into a version happens before every read of it.
#[test]
pub(crate) fn g1_a_version_is_complete_when_it_is_seen() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| (cell.load().get(), cell.load().get()));
        cell.replace(Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g1_a_snapshot_is_complete_when_it_is_seen() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| (cell.snapshot().get(), cell.snapshot().get()));
        cell.update(|draft| *draft = Watched::new(1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g1_a_batch_is_seen_whole_or_not_at_all() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Pair::default()));
        let reader = spawn_with(&cell, |cell| {
            let guard = cell.load();
            (Guard::version(&guard), guard.0, guard.1)
        });
        let mut txn = cell.write();
        txn.0 = 1;
        txn.1 = 1;
        txn.commit();
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0, 0), (1, 1, 1)].into());
}

#[test]
pub(crate) fn g1_an_update_is_one_version() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Pair::default()));
        let reader = spawn_with(&cell, |cell| {
            let snapshot = cell.snapshot();
            (Snapshot::version(&snapshot), snapshot.0, snapshot.1)
        });
        cell.update(|draft| {
            draft.0 = 1;
            draft.1 = 1;
        });
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0, 0), (1, 1, 1)].into());
}

#[test]
pub(crate) fn g2_what_a_guard_shows_never_changes() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let written = Arc::new(AtomicBool::new(false));
        let reader = spawn_with(&cell, {
            let written = Arc::clone(&written);
            move |cell| {
                let guard = cell.load();
                let (before, written) = (guard.get(), written.load(Ordering::Acquire));
                assert_eq!(guard.get(), before);
                (before, written)
            }
        });
        cell.replace(Watched::new(1));
        cell.replace(Watched::new(2));
        written.store(true, Ordering::Release);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, false), (0, true), (1, false), (1, true), (2, false), (2, true)].into());
}

#[test]
pub(crate) fn g2_what_a_snapshot_or_a_reader_shows_never_changes() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let reader = spawn_with(&cell, |cell| {
            let mut reader = cell.reader();
            let shown = reader.load();
            let snapshot = cell.snapshot();
            let first = (shown.get(), snapshot.get());
            drop(cell.load());
            assert_eq!((shown.get(), snapshot.get()), first);
            assert_eq!(reader.peek().get(), first.0);
            first
        });
        cell.replace(Watched::new(1));
        cell.update(|draft| *draft = Watched::new(2));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into());
}

// A thread that has seen a version by a load does not go back when it asks its reader.
#[test]
pub(crate) fn g3_reader_after_load_never_goes_back() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| {
            let mut reader = cell.reader();
            (*cell.load(), *reader.load())
        });
        cell.replace(1);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

#[test]
pub(crate) fn g3_load_after_reader_never_goes_back() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| {
            let mut reader = cell.reader();
            (*reader.load(), *cell.load(), *reader.load())
        });
        cell.replace(1);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1)].into());
}

#[test]
pub(crate) fn g3_two_loads_never_go_back_over_two_writes() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| (*cell.load(), *cell.snapshot()));
        cell.replace(1);
        cell.replace(2);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into());
}

// `version()` goes with what is read: the announced number may be ahead of it.
#[test]
pub(crate) fn g3_a_read_after_version_shows_that_version_or_a_later_one() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| (cell.version(), *cell.load()));
        cell.replace(1);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

// What one thread saw and told another is not undone there.
#[test]
pub(crate) fn g3_a_version_does_not_go_back_on_its_way_through_another_thread() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Arc::new(AtomicBool::new(false));
        let first = spawn_with(&cell, {
            let told = Arc::clone(&told);
            move |cell| told.store(*cell.load() == 1, Ordering::Release)
        });
        let second = spawn_with(&cell, move |cell| {
            let mut reader = cell.reader();
            (told.load(Ordering::Acquire), *reader.load())
        });
        cell.replace(1);
        first.join().unwrap();
        second.join().unwrap()
    });
    assert_eq!(seen, [(false, 0), (false, 1), (true, 1)].into());
}

#[test]
pub(crate) fn g4_a_thread_reads_its_own_write() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let other = spawn_with(&cell, |cell| {
            cell.update(|n| *n += 1);
        });
        let mut reader = cell.reader();
        let mine = cell.update(|n| {
            *n += 1;
            *n
        });
        let seen = [*reader.load(), *cell.load(), *cell.snapshot(), u32::try_from(cell.version()).unwrap()];
        other.join().unwrap();
        assert!(seen.is_sorted() && seen[0] >= mine);
        (mine, seen[0], seen[3])
    });
    assert_eq!(seen, [(1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 2, 2)].into());
}

#[test]
pub(crate) fn g4_a_thread_that_a_write_happens_before_sees_it() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let written = Arc::new(AtomicBool::new(false));
        let reader = spawn_with(&cell, {
            let written = Arc::clone(&written);
            move |cell| {
                let mut reader = cell.reader();
                (written.load(Ordering::Acquire), reader.load().get())
            }
        });
        cell.replace(Watched::new(1));
        written.store(true, Ordering::Release);
        reader.join().unwrap()
    });
    assert_eq!(seen, [(false, 0), (false, 1), (true, 1)].into());
}

#[test]
pub(crate) fn g5_a_reader_catches_up_when_the_writers_are_done() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let writers = [0, 1].map(|_| spawn_with(&cell, |cell| cell.update(|n| *n += 1)));
        let mut reader = cell.reader();
        let early = *reader.load();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = (*reader.load(), *cell.load(), *cell.snapshot(), cell.version(), reader.is_stale());
        assert_eq!(last, (2, 2, 2, 2, false));
        early
    });
    assert_eq!(seen, [0, 1, 2].into());
}

// The second write stays in its closure until the reader has finished.
#[test]
pub(crate) fn g7_readers_finish_while_a_writer_is_in_its_closure() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let reader = spawn_with(&cell, |cell| {
            let mut reader = cell.reader();
            let seen = [*cell.load(), *cell.snapshot(), *reader.load(), cell.version()];
            assert!(seen.is_sorted());
            (seen[0], seen[3])
        });
        cell.replace(1);
        cell.update(|draft| {
            *draft = 2;
            reader.join().unwrap()
        })
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

// The writer comes back only when the reader has finished. That a writer which never does keeps the lock is for a test: the
// transaction that it leaks takes its base with it, and loom calls that a leak.
#[test]
pub(crate) fn g7_readers_go_on_while_a_writer_stands_still() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let over = Arc::new(Notify::new());
        let writer = spawn_with(&cell, {
            let over = Arc::clone(&over);
            move |cell| {
                let mut txn = cell.write();
                *txn = 1;
                over.wait();
                txn.rollback();
            }
        });
        let read = (cell.try_write().is_some(), *cell.load(), *cell.snapshot(), *cell.reader().load());
        over.notify();
        writer.join().unwrap();
        assert_eq!(*cell.load(), 0);
        read
    });
    assert_eq!(seen, [(false, 0, 0, 0), (true, 0, 0, 0)].into());
}

// A snapshot, and so its value, goes to another thread, which reads what the writer wrote.
#[test]
pub(crate) fn g10_a_version_outlives_its_cell_in_a_snapshot() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        let taker = spawn_with(&cell, |cell| {
            let snapshot = cell.snapshot();
            drop(cell);
            snapshot.get()
        });
        cell.replace(Watched::new(1));
        drop(cell);
        taker.join().unwrap()
    });
    assert_eq!(seen, [0, 1].into());
}
