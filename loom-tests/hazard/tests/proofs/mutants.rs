//! The mistakes of this backend, and those of the layer above that a reader would see through it.

use crate::{reclaiming, seeing};
use readmostly::Mutant;
use readmostly_loom_tests::fails_with;

#[test]
fn every_mistake_is_found() {
    Mutant::ALL.into_iter().for_each(find);
}

/// A mistake that is in neither list does not compile.
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
        Mutant::SearchOnce => fails_with(mutant, reclaiming::g10_the_last_of_two_guards_frees_the_version),
        Mutant::AnySlot => {
            fails_with(mutant, reclaiming::g10_two_cells_are_not_mixed_up_when_an_address_comes_back);
        }
        Mutant::AnnounceLate => fails_with(mutant, seeing::g3_reader_after_load_never_goes_back),
        // A relaxed load is no mistake in a model: the light fence is a full one there, and orders what is read after it as
        // an acquire does. On a machine it may be none, and the acquire is needed.
        // What the others break is above the slot: the proofs of the folder above find them.
        Mutant::RelaxedLoad
        | Mutant::Unannounced
        | Mutant::AnnouncedVersion
        | Mutant::ReadBeforeLock
        | Mutant::TwoSwaps
        | Mutant::PublishEarly
        | Mutant::PublishNothing
        | Mutant::WriterWaits
        | Mutant::DropLocked
        | Mutant::CompareUnlocked
        | Mutant::ReaderLocks
        | Mutant::Reentrant => {}
    }
}
