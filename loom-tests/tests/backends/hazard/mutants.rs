//! The mistakes of this backend, and those of the layer above that a reader would see through it.

use crate::hazard::{claims, interrupted, names, reclaiming, reentrancy, withdrawn};
use crate::seeing;
use readmostly::Mutant;
use readmostly_loom_tests::{fails_with, mistakes_above_the_slot};

#[test]
fn every_mistake_is_found() {
    Mutant::ALL.into_iter().for_each(find);
}

/// A mistake that is in neither list does not compile.
#[expect(clippy::unnested_or_patterns, reason = "a list of mistakes is a pattern of its own")]
fn find(mutant: Mutant) {
    match mutant {
        Mutant::RelaxedPublish => {
            fails_with(mutant, seeing::g1_a_version_is_complete_and_alive_when_it_is_seen);
            fails_with(mutant, seeing::g2_a_snapshot_stays_when_its_guard_is_gone);
        }
        Mutant::FreeEarly
        | Mutant::Unpinned
        | Mutant::ReaderUnfenced
        | Mutant::WriterUnfenced
        | Mutant::NoSecondLook
        | Mutant::SearchEarly
        | Mutant::ClearEarly => {
            fails_with(mutant, seeing::g1_a_version_is_complete_and_alive_when_it_is_seen);
            fails_with(mutant, reclaiming::g10_a_version_goes_with_its_last_guard);
        }
        Mutant::FreeLate => {
            fails_with(mutant, reclaiming::g10_a_version_goes_with_its_last_guard);
            fails_with(mutant, reclaiming::g10_a_version_in_the_middle_is_freed_before_an_older_one);
        }
        Mutant::LookEarly | Mutant::GuardUnfenced | Mutant::RelaxedClear => {
            fails_with(mutant, reclaiming::g10_a_version_goes_with_its_last_guard);
        }
        Mutant::SearchOnce => {
            fails_with(mutant, reclaiming::g10_the_last_of_two_guards_frees_the_version);
            fails_with(mutant, names::g10_a_name_that_is_half_of_another_cells_keeps_nothing);
        }
        Mutant::AnySlot => {
            fails_with(mutant, reclaiming::g10_two_cells_are_not_mixed_up_when_an_address_comes_back);
        }
        Mutant::DropInside => fails_with(mutant, reentrancy::g10_a_destructor_inside_a_load_keeps_a_guard),
        // With a full fence in each load these are no mistakes that a model sees.
        Mutant::RelaxedLoad => {
            fails_with(mutant, interrupted::g1_a_version_is_complete_and_alive_when_it_is_seen);
        }
        Mutant::RelaxedName | Mutant::RelaxedSlot => {
            fails_with(mutant, interrupted::g10_a_hazard_pointer_goes_on_to_another_cell);
        }
        Mutant::PushWithoutAcquire | Mutant::TakeWithoutRelease => {
            fails_with(mutant, interrupted::g10_a_version_goes_with_its_last_guard);
        }
        Mutant::RelaxedInUse | Mutant::RelaxedLeave => {
            fails_with(mutant, claims::g10_a_guard_outlives_the_claim_of_its_record);
        }
        Mutant::ClaimTwice => fails_with(mutant, interrupted::g10_two_threads_claim_one_record),
        Mutant::ClaimUnfenced => {
            fails_with(mutant, withdrawn::g2_a_version_is_alive_when_the_barrier_is_withdrawn);
            fails_with(mutant, interrupted::g10_a_version_goes_with_its_last_guard);
        }
        Mutant::AloneUnfenced => {
            fails_with(mutant, interrupted::g1_a_version_is_complete_and_alive_when_it_is_seen);
            fails_with(mutant, interrupted::g10_a_version_goes_with_its_last_guard);
        }
        Mutant::Unacknowledged => {
            fails_with(mutant, withdrawn::g2_a_thread_that_comes_as_the_barrier_goes_is_safe);
            fails_with(mutant, withdrawn::g10_a_thread_that_stands_still_is_waited_for);
        }
        Mutant::RelaxedSettle => fails_with(mutant, withdrawn::g10_two_writers_find_the_barrier_withdrawn),
        Mutant::AnnounceLate => fails_with(mutant, seeing::g3_reader_after_load_never_goes_back),
        // The proofs in `tests/proofs` find them, and those over `epoch` the last one.
        mistakes_above_the_slot!() | Mutant::DropLocked => {}
    }
}
