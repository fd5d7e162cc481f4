//! The mistakes of this backend, and those of the layer above that a reader would see through it.

use crate::epoch::reclaiming;
use crate::seeing;
use readmostly::Mutant;
use readmostly_loom_tests::{fails_with, mistakes_above_the_slot, mistakes_of_hazard};

#[test]
fn every_mistake_is_found() {
    Mutant::ALL.into_iter().for_each(find);
}

/// A mistake that is in neither list does not compile.
#[expect(clippy::unnested_or_patterns, reason = "a list of mistakes is a pattern of its own")]
fn find(mutant: Mutant) {
    match mutant {
        Mutant::RelaxedPublish | Mutant::RelaxedLoad => {
            fails_with(mutant, seeing::g1_a_version_is_complete_and_alive_when_it_is_seen);
            fails_with(mutant, seeing::g2_a_snapshot_stays_when_its_guard_is_gone);
        }
        Mutant::FreeEarly | Mutant::Unpinned => {
            fails_with(mutant, seeing::g1_a_version_is_complete_and_alive_when_it_is_seen);
            fails_with(mutant, seeing::g2_what_a_guard_shows_stays_while_it_is_replaced);
            fails_with(mutant, seeing::g2_a_snapshot_stays_when_its_guard_is_gone);
            fails_with(mutant, reclaiming::g10_a_version_is_freed_by_the_next_publish_without_a_guard);
            fails_with(mutant, reclaiming::g10_two_cells_free_their_own);
        }
        Mutant::FreeLate => {
            fails_with(mutant, reclaiming::g10_a_version_is_freed_by_the_next_publish_without_a_guard);
            fails_with(mutant, reclaiming::g10_a_version_in_the_middle_is_freed_before_an_older_one);
        }
        Mutant::DropLocked => {
            fails_with(mutant, reclaiming::g10_the_destructor_of_a_replaced_version_may_write);
        }
        Mutant::AnnounceLate => fails_with(mutant, seeing::g3_reader_after_load_never_goes_back),
        // The proofs in `tests/proofs` and those over `hazard` find them.
        mistakes_above_the_slot!() | mistakes_of_hazard!() => {}
    }
}
