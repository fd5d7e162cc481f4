//! Each mistake that the library can be told to make, and the proofs that fail for it.

use crate::{cell, containers, optimistic, reader, watch, writers};
use readmostly::Mutant;
use readmostly_loom_tests::{fails_with, mistakes_of_hazard};

#[test]
fn every_mistake_is_found() {
    Mutant::ALL.into_iter().for_each(find);
}

/// A mistake without a proof that fails for it does not compile.
#[expect(clippy::unnested_or_patterns, reason = "a list of mistakes is a pattern of its own")]
fn find(mutant: Mutant) {
    match mutant {
        Mutant::RelaxedPublish | Mutant::RelaxedLoad => {
            fails_with(mutant, cell::g1_a_version_is_complete_when_it_is_seen);
            fails_with(mutant, cell::g1_a_snapshot_is_complete_when_it_is_seen);
            fails_with(mutant, cell::g2_what_a_guard_shows_never_changes);
            fails_with(mutant, cell::g2_what_a_snapshot_or_a_reader_shows_never_changes);
            fails_with(mutant, cell::g10_a_version_outlives_its_cell_in_a_snapshot);
            fails_with(mutant, reader::g1_what_a_reader_fetches_is_complete);
            fails_with(mutant, containers::g1_vec_an_element_is_complete_when_it_is_seen);
        }
        Mutant::AnnounceLate => {
            fails_with(mutant, cell::g3_reader_after_load_never_goes_back);
            fails_with(mutant, cell::g3_a_version_does_not_go_back_on_its_way_through_another_thread);
        }
        Mutant::Unannounced => {
            fails_with(mutant, cell::g4_a_thread_reads_its_own_write);
            fails_with(mutant, cell::g4_a_thread_that_a_write_happens_before_sees_it);
            fails_with(mutant, cell::g5_a_reader_catches_up_when_the_writers_are_done);
        }
        Mutant::AnnouncedVersion => {
            fails_with(mutant, cell::g3_a_read_after_version_shows_that_version_or_a_later_one);
        }
        Mutant::ReadBeforeLock => {
            fails_with(mutant, writers::g6_no_update_is_lost);
            fails_with(mutant, containers::g6_vec_no_push_is_lost);
            fails_with(mutant, containers::g6_map_no_insertion_is_lost);
            fails_with(mutant, containers::g6_map_a_counter_counts_each_modify);
            fails_with(mutant, containers::g6_set_no_insertion_is_lost);
        }
        Mutant::TwoSwaps => {
            fails_with(mutant, cell::g1_a_batch_is_seen_whole_or_not_at_all);
            fails_with(mutant, containers::g1_vec_a_batch_is_seen_whole_or_not_at_all);
            fails_with(mutant, containers::g1_map_a_batch_is_seen_whole_or_not_at_all);
            fails_with(mutant, containers::g1_set_a_move_between_elements_is_one_step);
        }
        Mutant::PublishEarly => {
            fails_with(mutant, cell::g1_an_update_is_one_version);
            fails_with(mutant, writers::g9_a_panic_in_a_closure_publishes_nothing);
            fails_with(mutant, writers::g9_an_err_publishes_nothing);
            fails_with(mutant, writers::g9_a_transaction_that_is_rolled_back_or_dropped_publishes_nothing);
            fails_with(mutant, optimistic::a_transaction_that_is_rolled_back_makes_nothing_stale);
        }
        Mutant::WriterWaits => {
            fails_with(mutant, writers::g8_a_held_guard_snapshot_or_reader_delays_no_write);
        }
        Mutant::CompareUnlocked => {
            fails_with(mutant, optimistic::of_two_replacements_of_one_base_one_wins);
            fails_with(mutant, optimistic::g6_trying_again_loses_no_update);
        }
        Mutant::ReaderLocks => fails_with(mutant, cell::g7_readers_finish_while_a_writer_is_in_its_closure),
        Mutant::Reentrant => fails_with(mutant, writers::g11_a_write_inside_a_write_panics),
        Mutant::PublishNothing => {
            fails_with(mutant, containers::g12_set_an_element_that_is_there_is_not_inserted_again);
            fails_with(mutant, containers::g12_vec_push_if_absent_looks_and_pushes_in_one_step);
        }
        Mutant::WakeEarly => {
            fails_with(mutant, watch::g14_a_thread_that_sleeps_is_woken);
            fails_with(mutant, watch::g14_the_last_of_several_versions_is_told_of);
            fails_with(mutant, watch::g14_a_task_is_woken_for_what_it_then_finds);
        }
        Mutant::WakeLocked => fails_with(mutant, watch::g14_a_waker_may_write_to_the_container),
        Mutant::WakeOne => {
            fails_with(mutant, watch::g14_each_of_two_sleepers_is_woken);
            fails_with(mutant, watch::g14_a_waker_that_panics_takes_no_wakeup_from_another);
        }
        Mutant::WakeForSeen => fails_with(mutant, watch::g14_a_watch_is_not_woken_for_what_it_has_seen),
        Mutant::SleepUnseen => {
            fails_with(mutant, watch::g14_a_thread_that_sleeps_is_woken);
            fails_with(mutant, watch::g14_two_writers_wake_one_sleeper);
            fails_with(mutant, watch::g14_a_sleeper_is_woken_to_the_end_of_its_container);
        }
        Mutant::TrustAnnouncement => fails_with(mutant, watch::g14_a_thread_that_sleeps_is_woken),
        Mutant::LeaveAsleep => fails_with(mutant, watch::g14_a_future_that_is_dropped_leaves_no_waker),
        // The slot of these models frees nothing while it lives: those in `tests/backends` find them.
        Mutant::DropLocked
        | Mutant::FreeEarly
        | Mutant::FreeLate
        | Mutant::Unpinned
        | mistakes_of_hazard!() => {}
    }
}
