//! G10, where threads come and go: their hazard pointers are taken over by others.

use loom::sync::Arc;
use readmostly::{CowCell, Guard};
use readmostly_loom_tests::{Alive, Census, outcomes, spawn_with};
use std::sync::atomic::Ordering;

/// Returns the guard of a thread that has ended, as a thread local's destructor has it that runs late.
fn outlives_its_claim(cell: &Arc<CowCell<Census>>) -> Guard<'static, Census> {
    let load = |cell: Arc<CowCell<Census>>| {
        let guard = cell.load();
        // SAFETY: main drops it before the cell. That main is another thread than the one that made it is what the
        // drop of a thread local looks like to the record: its claim is over.
        #[expect(unsafe_code, reason = "a model's threads own what they share, and cannot borrow it")]
        unsafe {
            std::mem::transmute::<Guard<'_, Census>, Guard<'static, Census>>(guard)
        }
    };
    spawn_with(cell, load).join().unwrap()
}

// A guard that a thread local drops late outlives its thread's claim, and the next thread takes the record with that guard in
// it, while a writer searches.
#[test]
pub(crate) fn g10_a_guard_outlives_the_claim_of_its_record() {
    let seen = outcomes(1, || {
        let alive = Alive::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let held = outlives_its_claim(&cell);
        let writer = spawn_with(&cell, {
            let next = Census::new(&alive, 1);
            move |cell| drop(cell.replace(next))
        });
        let second = spawn_with(&cell, |cell| (cell.load().value.get(), cell.load().value.get()));
        assert_eq!(held.value.get(), 0);
        drop(held);
        let seen = second.join().unwrap();
        writer.join().unwrap();
        (seen, alive.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [((0, 0), 1), ((0, 1), 1), ((1, 1), 1)].into());
}

// Two of them are passed by who comes next, whichever of them is dropped meanwhile.
#[test]
pub(crate) fn g7_guards_that_outlive_their_claims_are_passed() {
    let seen = outcomes(1, || {
        let alive = Alive::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let held = [(); 2].map(|()| outlives_its_claim(&cell));
        let third = spawn_with(&cell, |cell| cell.load().value.get());
        assert_eq!(held.each_ref().map(|guard| guard.value.get()), [0, 0]);
        drop(held);
        drop(cell.replace(Census::new(&alive, 1)));
        let seen = third.join().unwrap();
        (seen, alive.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [(0, 1), (1, 1)].into());
}

// Two threads take the hazard pointers of one that has ended, side by side.
#[test]
pub(crate) fn g10_two_threads_claim_one_record() {
    let seen = outcomes(1, || {
        let alive = Alive::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let look = |cell: Arc<CowCell<Census>>| cell.load().value.get();
        let _ = spawn_with(&cell, look).join().unwrap();
        let threads = [(); 2].map(|()| spawn_with(&cell, look));
        drop(cell.replace(Census::new(&alive, 1)));
        let seen = threads.map(|thread| thread.join().unwrap());
        (seen, alive.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [([0, 0], 1), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)].into());
}

// The list of blocks grows while a writer searches it.
#[test]
pub(crate) fn g10_new_records_are_found() {
    let seen = outcomes(1, || {
        let alive = Alive::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let look = |cell: Arc<CowCell<Census>>| cell.load().value.get();
        let threads = [(); 2].map(|()| spawn_with(&cell, look));
        drop(cell.replace(Census::new(&alive, 1)));
        let seen = threads.map(|thread| thread.join().unwrap());
        (seen, alive.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [([0, 0], 1), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)].into());
}

// What a thread has read happens before the free of a writer that finds its record out of the search.
#[test]
pub(crate) fn g10_a_thread_that_has_ended_is_not_searched() {
    let seen = outcomes(2, || {
        let alive = Alive::default();
        let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
        let reader = spawn_with(&cell, |cell| cell.load().value.get());
        cell.replace(Census::new(&alive, 1));
        cell.replace(Census::new(&alive, 2));
        let value = reader.join().unwrap();
        (value, alive.load(Ordering::Relaxed))
    });
    assert_eq!(seen, [(0, 1), (1, 1), (2, 1)].into());
}
