//! Where a mistake is made: each folder of proofs looks for those of its part, and leaves out the others by these patterns.

/// The mistakes above the slot, which `tests/proofs` finds, as a pattern.
#[macro_export]
macro_rules! mistakes_above_the_slot {
    () => {
        readmostly::Mutant::Unannounced
            | readmostly::Mutant::AnnouncedVersion
            | readmostly::Mutant::ReadBeforeLock
            | readmostly::Mutant::TwoSwaps
            | readmostly::Mutant::PublishEarly
            | readmostly::Mutant::PublishNothing
            | readmostly::Mutant::WriterWaits
            | readmostly::Mutant::CompareUnlocked
            | readmostly::Mutant::ReaderLocks
            | readmostly::Mutant::Reentrant
            | readmostly::Mutant::WakeEarly
            | readmostly::Mutant::WakeLocked
            | readmostly::Mutant::WakeOne
            | readmostly::Mutant::WakeForSeen
            | readmostly::Mutant::SleepUnseen
            | readmostly::Mutant::TrustAnnouncement
            | readmostly::Mutant::LeaveAsleep
    };
}

/// The mistakes of the `hazard` backend alone, which `tests/backends/hazard` finds, as a pattern.
#[macro_export]
macro_rules! mistakes_of_hazard {
    () => {
        readmostly::Mutant::ReaderUnfenced
            | readmostly::Mutant::GuardUnfenced
            | readmostly::Mutant::WriterUnfenced
            | readmostly::Mutant::NoSecondLook
            | readmostly::Mutant::SearchEarly
            | readmostly::Mutant::ClearEarly
            | readmostly::Mutant::LookEarly
            | readmostly::Mutant::RelaxedClear
            | readmostly::Mutant::SearchOnce
            | readmostly::Mutant::AnySlot
            | readmostly::Mutant::DropInside
            | readmostly::Mutant::RelaxedName
            | readmostly::Mutant::RelaxedInUse
            | readmostly::Mutant::RelaxedSlot
            | readmostly::Mutant::PushWithoutAcquire
            | readmostly::Mutant::TakeWithoutRelease
            | readmostly::Mutant::ClaimTwice
            | readmostly::Mutant::RelaxedLeave
            | readmostly::Mutant::ClaimUnfenced
            | readmostly::Mutant::AloneUnfenced
            | readmostly::Mutant::Unacknowledged
            | readmostly::Mutant::RelaxedSettle
    };
}
