//! G6 no lost update, G8 writers wait for writers only, G9 all or nothing on failure, G11 no silent deadlock.

use crate::cell::Pair;
use loom::sync::Arc;
use readmostly::CowCell;
use readmostly_loom_tests::{outcomes, spawn_with};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

// The last version has both, and a reader sees every ordered pair of versions.
#[test]
pub(crate) fn g6_no_update_is_lost() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let writers = [0, 1].map(|_| {
            spawn_with(&cell, |cell| {
                let mut runs = 0;
                cell.update(|n| {
                    *n += 1;
                    runs += 1;
                });
                assert_eq!(runs, 1);
            })
        });
        let reader = spawn_with(&cell, |cell| (*cell.load(), *cell.load()));
        for writer in writers {
            writer.join().unwrap();
        }
        assert_eq!((*cell.load(), cell.version()), (2, 2));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].into());
}

// Each way of writing starts from what the one before has published.
#[test]
pub(crate) fn g6_updates_transactions_and_replacements_queue_up() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(1));
        let updating = spawn_with(&cell, |cell| {
            cell.update(|n| *n *= 10);
        });
        let in_transaction = spawn_with(&cell, |cell| {
            let mut txn = cell.write();
            *txn += 1;
            txn.commit();
        });
        let before = *cell.replace(5);
        updating.join().unwrap();
        in_transaction.join().unwrap();
        assert_eq!(cell.version(), 3);
        (before, *cell.load())
    });
    // What was replaced, and what became of the 5.
    assert_eq!(seen, [(1, 51), (1, 60), (2, 50), (10, 6), (11, 5), (20, 5)].into());
}

// Whoever holds a version waits for the writer here: were it the other way round as well, loom would see no end.
#[test]
pub(crate) fn g8_a_held_guard_snapshot_or_reader_delays_no_write() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let writer = spawn_with(&cell, |cell| {
            cell.replace(1);
            cell.update(|n| *n += 1);
        });
        let mut reader = cell.reader();
        let (shown, snapshot, guard) = (*reader.load(), cell.snapshot(), cell.load());
        writer.join().unwrap();
        assert_eq!((*reader.load(), *cell.load()), (2, 2));
        (shown, *snapshot, *guard)
    });
    let ordered = (0..=2).flat_map(|a| (a..=2).flat_map(move |b| (b..=2).map(move |c| (a, b, c))));
    assert_eq!(seen, ordered.collect());
}

// The closure panics half way, on a thread of its own.
#[test]
pub(crate) fn g9_a_panic_in_a_closure_publishes_nothing() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Pair(0, 0)));
        let failing = spawn_with(&cell, |cell| {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                cell.update(|draft| {
                    draft.0 = 7;
                    std::panic::resume_unwind(Box::new("half way"));
                });
            }));
            assert!(outcome.is_err());
        });
        let reader = spawn_with(&cell, |cell| {
            let guard = cell.load();
            (readmostly::Guard::version(&guard), guard.0, guard.1)
        });
        cell.update(|draft| draft.1 = 1);
        failing.join().unwrap();
        assert_eq!((cell.load().0, cell.load().1, cell.version()), (0, 1, 1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0, 0), (1, 0, 1)].into());
}

#[test]
pub(crate) fn g9_an_err_publishes_nothing() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let failing = spawn_with(&cell, |cell| {
            cell.try_update(|draft| {
                *draft += 7;
                Err::<(), _>(*draft)
            })
        });
        cell.update(|n| *n += 1);
        let refused = failing.join().unwrap().unwrap_err();
        assert_eq!((*cell.load(), cell.version()), (1, 1));
        refused
    });
    assert_eq!(seen, [7, 8].into());
}

#[test]
pub(crate) fn g9_a_transaction_that_is_rolled_back_or_dropped_publishes_nothing() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let dropping = spawn_with(&cell, |cell| {
            let mut txn = cell.write();
            *txn = 7;
            drop(txn);
            let mut txn = cell.write();
            *txn = 8;
            txn.rollback();
        });
        let reader = spawn_with(&cell, |cell| (*cell.load(), *cell.load()));
        cell.update(|n| *n += 1);
        dropping.join().unwrap();
        assert_eq!((*cell.load(), cell.version()), (1, 1));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)].into());
}

/// Writes to a cell when it is dropped. A clone does not.
struct Writes(Option<Arc<CowCell<u32>>>);

impl Clone for Writes {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Drop for Writes {
    fn drop(&mut self) {
        if let Some(journal) = &self.0 {
            journal.update(|n| *n += 1);
        }
    }
}

// A draft that is not published and a version that was are dropped once each, whoever writes meanwhile.
#[test]
pub(crate) fn g10_drafts_and_versions_are_dropped_once() {
    let seen = outcomes(2, || {
        let journal = Arc::new(CowCell::new(0));
        let cell = Arc::new(CowCell::new(Writes(None)));
        let failing = spawn_with(&cell, {
            let journal = Arc::clone(&journal);
            move |cell| {
                let mut txn = cell.write();
                *txn = Writes(Some(journal));
                txn.rollback();
            }
        });
        cell.replace(Writes(Some(Arc::clone(&journal))));
        let early = *journal.load();
        failing.join().unwrap();
        drop(cell);
        assert_eq!(*journal.load(), 2);
        early
    });
    assert_eq!(seen, [0, 1].into());
}

// It is reported before it waits for itself, and another writer is no harm done to.
#[test]
pub(crate) fn g11_a_write_inside_a_write_panics() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let nested = spawn_with(&cell, |cell| {
            let outcome = catch_unwind(AssertUnwindSafe(|| cell.update(|_| cell.replace(7))));
            let message = *outcome.unwrap_err().downcast::<String>().expect("a message");
            assert!(message.starts_with("a write inside a write"), "{message}");
            cell.update(|n| *n += 1);
        });
        let mine = cell.update(|n| {
            *n += 1;
            *n
        });
        nested.join().unwrap();
        assert_eq!((*cell.load(), cell.version()), (2, 2));
        mine
    });
    assert_eq!(seen, [1, 2].into());
}

#[test]
pub(crate) fn g11_a_writer_that_is_in_is_never_mistaken_for_another() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let other = spawn_with(&cell, |cell| cell.try_write().map(|mut txn| *txn += 1).is_some());
        let mut txn = cell.write();
        let nested = (cell.try_write().is_none(), cell.try_write_for(Duration::MAX).is_none());
        *txn += 1;
        // Reads inside a write see what is published.
        assert_eq!((nested, *cell.load(), *txn), ((true, true), 0, 1));
        txn.commit();
        let got = other.join().unwrap();
        assert_eq!((*cell.load(), cell.version()), (1, 1));
        got
    });
    assert_eq!(seen, [false, true].into());
}

#[test]
pub(crate) fn g11_try_write_returns_at_once() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let attempt = |cell: Arc<CowCell<u32>>| {
            let txn = cell.try_write();
            txn.map(|mut txn| {
                *txn += 1;
                txn.commit();
            })
            .is_some()
        };
        let other = spawn_with(&cell, attempt);
        let mine = attempt(Arc::clone(&cell));
        let theirs = other.join().unwrap();
        assert_eq!(*cell.load(), u32::from(mine) + u32::from(theirs));
        (mine, theirs)
    });
    assert_eq!(seen, [(false, true), (true, false), (true, true)].into());
}
