//! `replace_if_current`: a change that is worked out without the lock.

use loom::sync::Arc;
use readmostly::{CowCell, Snapshot};
use readmostly_loom_tests::{outcomes, spawn_with};

// Of two that start from one version, one publishes and the other is told.
#[test]
pub(crate) fn of_two_replacements_of_one_base_one_wins() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let base = cell.snapshot();
        let other = spawn_with(&cell, {
            let base = base.clone();
            move |cell| cell.replace_if_current(&base, 1).is_ok()
        });
        let mine = match cell.replace_if_current(&base, 2) {
            Ok(before) => {
                assert!(Snapshot::ptr_eq(&before, &base));
                true
            }
            Err(stale) => {
                assert_eq!((stale.value, *stale.current), (2, 1));
                false
            }
        };
        let theirs = other.join().unwrap();
        assert_eq!(cell.version(), 1);
        (mine, theirs, *cell.load())
    });
    assert_eq!(seen, [(false, true, 1), (true, false, 2)].into());
}

#[test]
pub(crate) fn g6_trying_again_loses_no_update() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let add = |cell: &CowCell<u32>| {
            let mut base = cell.snapshot();
            let mut tries = 1;
            while let Err(stale) = cell.replace_if_current(&base, *base + 1) {
                base = stale.current;
                tries += 1;
            }
            tries
        };
        let other = spawn_with(&cell, move |cell| add(&cell));
        let mine = add(&cell);
        let theirs = other.join().unwrap();
        assert_eq!((*cell.load(), cell.version()), (2, 2));
        (mine, theirs)
    });
    // Whoever fails was overtaken by the other, which is then done.
    assert_eq!(seen, [(1, 1), (1, 2), (2, 1)].into());
}

#[test]
pub(crate) fn a_transaction_that_is_rolled_back_makes_nothing_stale() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let base = cell.snapshot();
        let rolling_back = spawn_with(&cell, |cell| {
            let mut txn = cell.write();
            *txn = 7;
            txn.rollback();
            *cell.load()
        });
        assert!(cell.replace_if_current(&base, 1).is_ok());
        let seen = rolling_back.join().unwrap();
        assert_eq!((*cell.load(), cell.version()), (1, 1));
        seen
    });
    assert_eq!(seen, [0, 1].into());
}
