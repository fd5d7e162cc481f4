//! The proofs of the other files once more, with a light fence that is nothing: the heavy one interrupts the other threads,
//! as `membarrier` does, and each passes a full fence then.
//!
//! With a full fence in each load and each guard's drop, the orderings of the stores and loads around it are not needed for
//! what a model can see. Here they are, and the mistakes that weaken them are found. A thread is interrupted where it passes
//! a light fence, or at its end: those are the places that matter, between a name and the look after it. No thread may wait
//! for the caller of a heavy fence, so main is the writer here, or never loads.

use crate::hazard::{claims, names, reclaiming};
use crate::seeing;
use loom::sync::Arc;
use readmostly::{Barrier, CowCell, with_barrier};
use readmostly_loom_tests::{Alive, Census, outcomes, spawn_with};
use std::sync::atomic::Ordering;

fn interrupted(proof: fn()) {
    with_barrier(Barrier::Interrupt, proof);
}

#[test]
pub(crate) fn g1_a_version_is_complete_and_alive_when_it_is_seen() {
    interrupted(seeing::g1_a_version_is_complete_and_alive_when_it_is_seen);
}

#[test]
pub(crate) fn g2_what_a_guard_shows_stays_while_it_is_replaced() {
    interrupted(seeing::g2_what_a_guard_shows_stays_while_it_is_replaced);
}

#[test]
pub(crate) fn g2_a_snapshot_stays_when_its_guard_is_gone() {
    interrupted(seeing::g2_a_snapshot_stays_when_its_guard_is_gone);
}

/// What a load shows, which is read after the thread could be interrupted.
fn interrupted_while_held(cell: &CowCell<Census>) -> u32 {
    let guard = cell.load();
    let () = *CowCell::new(()).load();
    guard.value.get()
}

// As the proof of that name, and the reader can be interrupted while it holds the guard.
#[test]
pub(crate) fn g10_a_version_goes_with_its_last_guard() {
    let seen = with_barrier(Barrier::Interrupt, || {
        outcomes(2, || {
            let alive = Alive::default();
            let cell = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let reader = spawn_with(&cell, |cell| interrupted_while_held(&cell));
            cell.replace(Census::new(&alive, 1));
            let left = alive.load(Ordering::Relaxed);
            let value = reader.join().unwrap();
            assert_eq!(alive.load(Ordering::Relaxed), 1);
            (value, left)
        })
    });
    assert_eq!(seen, [(0, 1), (0, 2), (1, 1), (1, 2)].into());
}

// The writer finds the name of the next cell in the place of the one that was read.
#[test]
pub(crate) fn g10_a_hazard_pointer_goes_on_to_another_cell() {
    let seen = with_barrier(Barrier::Interrupt, || {
        outcomes(2, || {
            let alive = Alive::default();
            let a = Arc::new(CowCell::new(Census::new(&alive, 0)));
            let b = Arc::new(CowCell::new(Census::new(&alive, 10)));
            let reader = spawn_with(&a, {
                let b = Arc::clone(&b);
                move |a| (interrupted_while_held(&a), b.load().value.get())
            });
            a.replace(Census::new(&alive, 1));
            let seen = reader.join().unwrap();
            assert_eq!(alive.load(Ordering::Relaxed), 2);
            seen
        })
    });
    assert_eq!(seen, [(0, 10), (1, 10)].into());
}

#[test]
pub(crate) fn g10_the_last_of_two_guards_frees_the_version() {
    interrupted(reclaiming::g10_the_last_of_two_guards_frees_the_version);
}

#[test]
pub(crate) fn g10_two_writers_free_what_each_replaced() {
    interrupted(reclaiming::g10_two_writers_free_what_each_replaced);
}

#[test]
pub(crate) fn g10_a_version_goes_with_its_last_snapshot() {
    interrupted(reclaiming::g10_a_version_goes_with_its_last_snapshot);
}

#[test]
pub(crate) fn g10_guards_beyond_the_hazard_pointers_keep_their_version() {
    interrupted(reclaiming::g10_guards_beyond_the_hazard_pointers_keep_their_version);
}

#[test]
pub(crate) fn g10_two_threads_claim_one_record() {
    interrupted(claims::g10_two_threads_claim_one_record);
}

#[test]
pub(crate) fn g10_a_thread_that_has_ended_is_not_searched() {
    interrupted(claims::g10_a_thread_that_has_ended_is_not_searched);
}

#[test]
pub(crate) fn g10_a_name_that_is_half_of_another_cells_keeps_nothing() {
    interrupted(names::g10_a_name_that_is_half_of_another_cells_keeps_nothing);
}
