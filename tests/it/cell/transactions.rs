//! Transactions, and writes that fail.

use crate::support::{Census, panic_of, rounds, watched};
use readmostly::{CowCell, CowVec, Snapshot, Stale, WriteTxn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn a_change_is_seen_from_the_commit_on() {
    let cell = CowCell::new(vec![0, 1, 2]);
    let a = cell.load();
    let mut reader = cell.reader();
    let mut txn = cell.write();
    txn.push(3);
    let b = cell.snapshot();
    assert_eq!((reader.load().len(), cell.version()), (3, 0));
    let committed = txn.commit();
    let c = cell.load();
    assert_eq!(
        (&**a, &**b, &**c, &**reader.load()),
        (&[0, 1, 2][..], &[0, 1, 2][..], &[0, 1, 2, 3][..], &**c)
    );
    assert!(Snapshot::ptr_eq(&committed, &cell.snapshot()));
}

#[test]
fn a_dropped_transaction_leaves_no_trace() {
    watched(|| {
        let cell = CowCell::new(vec![0, 1, 2]);
        let base = cell.snapshot();
        for roll_back in [drop, WriteTxn::rollback] {
            let mut txn = cell.write();
            txn.clear();
            txn.push(9);
            roll_back(txn);
            assert!(Snapshot::ptr_eq(&base, &cell.snapshot()));
            assert!(!cell.reader().is_stale());
        }
        thread::scope(|s| s.spawn(|| cell.update(|v| v.push(3))).join().unwrap());
        assert_eq!((&**cell.load(), cell.version()), (&[0, 1, 2, 3][..], 1));
    });
}

#[test]
fn an_err_publishes_nothing() {
    watched(|| {
        let cell = CowCell::new(vec![0, 1, 2]);
        let base = cell.snapshot();
        let outcome = cell.try_update(|v| {
            v.clear();
            Err::<(), _>("no")
        });
        assert_eq!(outcome, Err("no"));
        assert!(Snapshot::ptr_eq(&base, &cell.snapshot()));
        // An `Err` that is returned where the lock must be free again.
        let outcome = cell.try_update(|v| v.get(7).copied().ok_or_else(|| cell.version()));
        assert_eq!(outcome, Err(0));
        assert_eq!(cell.try_update(|v| v.pop().ok_or(())), Ok(2));
        assert_eq!((&**cell.load(), cell.version()), (&[0, 1][..], 1));
    });
}

#[test]
fn a_transaction_reads_its_own_writes() {
    let cell = CowCell::new(vec![0, 1, 2]);
    let mut txn = cell.write();
    assert_eq!(**txn, [0, 1, 2]);
    txn.retain(|n| n % 2 == 0);
    assert_eq!(**txn, [0, 2]);
    txn.push(4);
    assert_eq!((txn.len(), txn.last()), (3, Some(&4)));
    assert!(format!("{txn:?}").contains("[0, 2, 4]"));
    assert_eq!(**txn.commit(), [0, 2, 4]);
}

// The reader counts what it is shown, so that two swaps for one batch would be seen even where both have one number.
#[test]
fn a_batch_is_one_publication() {
    let cell = CowCell::new(vec![3, 1, 2]);
    let mut reader = cell.reader();
    let mut txn = cell.write();
    txn.insert(0, 9);
    txn.remove(1);
    txn.sort_unstable();
    assert!(!reader.is_stale());
    let committed = txn.commit();
    assert_eq!((Snapshot::version(&committed), cell.version()), (1, 1));
    assert_eq!(**reader.load(), [1, 2, 9]);
    assert_eq!(reader.version(), 1);
    cell.update(|v| {
        v.insert(0, 7);
        v.remove(1);
        v.sort_unstable();
    });
    assert_eq!((&**cell.load(), cell.version()), (&[2, 7, 9][..], 2));
}

#[test]
fn a_transaction_that_was_not_written_to_publishes_nothing() {
    let census = Census::new();
    let cell = CowCell::new(census.count(1));
    let base = cell.snapshot();
    let txn = cell.write();
    assert_eq!(**txn, 1);
    assert!(Snapshot::ptr_eq(&base, &txn.commit()));
    assert!(Snapshot::ptr_eq(&base, &cell.snapshot()));
    assert_eq!((cell.version(), census.made()), (0, 1), "nor is anything cloned");
    // One that was written to is published, although it is the same: only the containers can tell.
    let mut txn = cell.write();
    let _: &mut _ = &mut *txn;
    txn.commit();
    assert_eq!((cell.version(), census.made()), (1, 2));
}

#[test]
fn a_panic_rolls_an_open_transaction_back() {
    watched(|| {
        let cell = CowCell::new(vec![0, 1, 2]);
        let base = cell.snapshot();
        let said = panic_of(|| {
            let mut txn = cell.write();
            txn.clear();
            panic!("while a transaction is open");
        });
        assert_eq!(said, "while a transaction is open");
        panic_of(|| {
            cell.update(|v| {
                v.clear();
                panic!("in the closure");
            });
        });
        assert!(Snapshot::ptr_eq(&base, &cell.snapshot()));
        assert!(!cell.reader().is_stale());
        thread::scope(|s| s.spawn(|| cell.update(|v| v.push(3))).join().unwrap());
        assert_eq!((&**cell.load(), cell.version()), (&[0, 1, 2, 3][..], 1));
    });
}

// Documented at `WriteTxn`, "Deadlocks".
#[test]
fn a_leaked_transaction_keeps_the_lock() {
    watched(|| {
        let cell = CowCell::new(vec![0, 1, 2]);
        let mut txn = cell.write();
        txn.push(3);
        mem::forget(txn);
        let readable = || assert_eq!((cell.load().len(), cell.snapshot().len(), cell.version()), (3, 3, 0));
        readable();
        assert!(panic_of(|| cell.update(|v| v.push(4))).contains("a write inside a write"));
        assert!(cell.try_write().is_none() && cell.try_write_for(Duration::MAX).is_none());
        thread::scope(|s| {
            s.spawn(|| {
                readable();
                assert!(cell.try_write().is_none());
                assert!(cell.try_write_for(Duration::from_millis(1)).is_none());
            });
        });
        assert_eq!(cell.into_inner(), [0, 1, 2]);
    });
}

#[test]
fn replace_if_current_wants_the_current_version() {
    let cell = CowCell::new(String::from("a"));
    let base = cell.snapshot();
    let before = cell.replace_if_current(&base, String::from("b")).unwrap();
    assert!(Snapshot::ptr_eq(&before, &base));
    assert_eq!((&**cell.load(), cell.version()), ("b", 1));

    let Err(Stale { value, current }) = cell.replace_if_current(&base, String::from("c")) else {
        panic!("the base is out of date")
    };
    assert_eq!((&*value, &**current, cell.version()), ("c", "b", 1));
    assert!(Snapshot::ptr_eq(&current, &cell.snapshot()));
    assert!(cell.replace_if_current(&current, value).is_ok());
    assert_eq!((&**cell.load(), cell.version()), ("c", 2));

    // The same number and an equal value, of another cell.
    let other = CowCell::new(String::from("a"));
    other.replace(String::from("b"));
    other.replace(String::from("c"));
    assert_eq!(other.snapshot(), cell.snapshot());
    assert!(cell.replace_if_current(&other.snapshot(), String::new()).is_err());
    assert_eq!(cell.version(), 2);
}

#[test]
fn optimistic_writers_lose_no_update() {
    watched(|| {
        let each = rounds(5_000);
        let cell = CowCell::new(0);
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    for _ in 0..each {
                        let mut base = cell.snapshot();
                        while let Err(stale) = cell.replace_if_current(&base, *base + 1) {
                            base = stale.current;
                        }
                    }
                });
            }
        });
        assert_eq!((*cell.load(), cell.version()), (3 * each, 3 * each as u64));
    });
}

#[test]
fn an_open_transaction_delays_writers_and_no_reader() {
    watched(|| {
        let cell = CowCell::new(0);
        let mut txn = cell.write();
        *txn = 1;
        thread::scope(|s| {
            let (wrote, has_written) = mpsc::channel();
            let cell = &cell;
            s.spawn(move || {
                cell.update(|n| *n += 10);
                wrote.send(()).unwrap();
            });
            for _ in 0..1_000 {
                assert_eq!((*cell.load(), *cell.snapshot(), *cell.reader().load()), (0, 0, 0));
            }
            assert!(has_written.recv_timeout(Duration::from_millis(20)).is_err(), "it got in");
            txn.commit();
            has_written.recv().unwrap();
        });
        assert_eq!((*cell.load(), cell.version()), (11, 2), "it started from the commit");
    });
}

#[test]
fn a_long_batch_is_one_clone_and_one_publication() {
    watched(|| {
        let census = Census::new();
        let cell = CowCell::new((census.count(()), Vec::new()));
        let (entered, is_in) = mpsc::channel();
        thread::scope(|s| {
            let cell = &cell;
            let reader = s.spawn(move || {
                let mut reader = cell.reader();
                is_in.recv().unwrap();
                while reader.version() == 0 {
                    let len = reader.load().1.len();
                    assert!(len == 0 || len == 100_000, "{len}");
                }
                assert_eq!((reader.version(), reader.peek().1.len()), (1, 100_000));
            });
            cell.update(|(_, v)| {
                entered.send(()).unwrap();
                (0..100_000).for_each(|n| v.push(n));
            });
            reader.join().unwrap();
        });
        assert_eq!((census.made(), cell.version()), (2, 1));
    });
}

/// Equal to all others, and writes to its cell when it is dropped.
struct Equal(Option<Arc<CowCell<Equal>>>);

impl PartialEq for Equal {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Drop for Equal {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            cell.replace(Self(None));
        }
    }
}

#[test]
fn an_equal_value_is_not_published_and_is_dropped_when_the_lock_is_free() {
    let cell = Arc::new(CowCell::new(Equal(None)));
    assert!(!cell.replace_if_changed(Equal(Some(Arc::clone(&cell)))));
    // Its destructor has written, which would have panicked under the lock.
    assert_eq!(cell.version(), 1);

    let list = CowVec::from([1, 2]);
    assert!(!list.replace_if_changed([1, 2].into()));
    assert!(list.replace_if_changed([2, 1].into()));
    assert_eq!((list.version(), list.first()), (1, Some(2)));
    let nan = CowCell::new(f64::NAN);
    assert!(nan.replace_if_changed(f64::NAN) && nan.replace_if_changed(f64::NAN));
    let txn = list.write();
    assert!(catch_unwind(AssertUnwindSafe(|| list.replace_if_changed([7].into()))).is_err());
    drop(txn);
}

#[test]
fn a_value_that_is_committed_needs_no_clone_and_what_was_written_is_dropped_when_the_lock_is_free() {
    struct Unique(u32);
    struct Writer(Option<Arc<CowCell<Writer>>>);
    impl Clone for Writer {
        fn clone(&self) -> Self {
            Self(None)
        }
    }
    impl Drop for Writer {
        fn drop(&mut self) {
            if let Some(cell) = self.0.take() {
                assert!(cell.try_write().is_some(), "the lock is held");
            }
        }
    }
    let cell = CowCell::new(Unique(1));
    let update = cell.try_write_for(Duration::from_secs(1)).expect("nobody writes").commit_value(Unique(2));
    assert_eq!((update.old.0, update.new.0, Snapshot::version(&update.new)), (1, 2, 1));
    assert!(Snapshot::ptr_eq(&update.new, &cell.snapshot()));
    watched(|| {
        let cell = Arc::new(CowCell::new(Writer(None)));
        let mut txn = cell.write();
        txn.0 = Some(Arc::clone(&cell));
        txn.commit_value(Writer(None));
        assert_eq!(cell.version(), 1);
    });
}
