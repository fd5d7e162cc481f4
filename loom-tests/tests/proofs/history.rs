//! `keep`, `at`, `history` and `restore`, beside writers.

use loom::sync::Arc;
use readmostly::{CowCell, Keep, Snapshot};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

// A restored version comes after what is current by then.
#[test]
pub(crate) fn g6_a_restore_and_an_update_queue_up() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(1));
        cell.keep(Keep::versions(4));
        cell.replace(2);
        cell.replace(5);
        let restoring = spawn_with(&cell, |cell| Snapshot::version(&cell.restore(1).expect("it is kept")));
        cell.update(|n| *n *= 10);
        let restored = restoring.join().unwrap();
        assert_eq!(cell.version(), 4);
        (restored, *cell.load())
    });
    assert_eq!(seen, [(3, 20), (4, 2)].into());
}

// What is kept is complete when it is found, and is there as soon as the version after it is seen: there is no gap. In a model
// the first version is not kept, see `sync/scheduled.rs`.
#[test]
pub(crate) fn g1_what_is_kept_is_complete_and_without_a_gap() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(Watched::new(0)));
        cell.keep(Keep::versions(1));
        cell.replace(Watched::new(1));
        let reader = spawn_with(&cell, |cell| {
            let history: Vec<_> = cell.history().iter().map(|version| version.get()).collect();
            let found = cell.at(2).map(|version| version.get());
            (history, found)
        });
        cell.replace(Watched::new(2));
        cell.replace(Watched::new(3));
        reader.join().unwrap()
    });
    let expected = [(vec![1], None), (vec![1], Some(2)), (vec![1, 2], Some(2)), (vec![2, 3], Some(2))];
    assert_eq!(seen, expected.into());
}

// What a thread publishes is kept when its write has returned.
#[test]
pub(crate) fn g4_what_a_finished_write_replaced_is_kept() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        cell.keep(Keep::versions(4));
        cell.update(|n| *n += 1);
        let other = spawn_with(&cell, |cell| {
            cell.update(|n| *n += 1);
        });
        cell.update(|n| *n += 1);
        let kept: Vec<_> = cell.history().iter().map(|version| **version).collect();
        other.join().unwrap();
        assert_eq!(cell.history().len(), 3);
        kept
    });
    assert_eq!(seen, [vec![1, 2], vec![1, 2, 3]].into());
}
