//! Mistakes that can be made on purpose, to see that a model catches them.
//!
//! In every build but that of the models' own crate, which sets `--cfg readmostly_mutants`, [`is`] is `false` at
//! compile time and nothing of this is left.

use std::sync::atomic::Ordering;

/// `mistake!(A | B => wrong)`: returns `wrong` from the function that it stands in, if one of these mistakes is to be made.
///
/// It is a function's one line about its mistakes. What goes wrong is written in a file `mistakes.rs`, which is compiled
/// only where mistakes are.
#[cfg(readmostly_mutants)]
macro_rules! mistake {
    ($($mutant:ident)|+ => $wrong:expr) => {
        if $($crate::sync::mutant::is($crate::sync::mutant::Mutant::$mutant))||+ {
            return $wrong;
        }
    };
}
#[cfg(not(readmostly_mutants))]
macro_rules! mistake {
    ($($mutant:ident)|+ => $wrong:expr) => {};
}
pub(crate) use mistake;

macro_rules! mutants {
    ($($(#[$doc:meta])* $mutant:ident,)*) => {
        /// A mistake: each breaks one guarantee, and one model must fail for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            not(readmostly_mutants),
            allow(dead_code, unreachable_pub, reason = "the models alone see and name it")
        )]
        pub enum Mutant {
            $($(#[$doc])* $mutant,)*
        }

        #[cfg(readmostly_mutants)]
        impl Mutant {
            /// Every mistake.
            pub const ALL: [Self; [$(Self::$mutant),*].len()] = [$(Self::$mutant),*];
        }
    };
}

mutants! {
    /// The slot is swapped with a relaxed ordering: what the writer wrote need not be visible.
    RelaxedPublish,
    /// The slot is loaded with a relaxed ordering.
    RelaxedLoad,
    /// The number is announced after the swap.
    AnnounceLate,
    /// The number is never announced.
    Unannounced,
    /// `version()` is the number that is announced, not that of what the slot holds.
    AnnouncedVersion,
    /// The base of a write is read before the lock is taken.
    ReadBeforeLock,
    /// A batch is published in two steps: a transaction publishes what it has when it is written to again.
    TwoSwaps,
    /// The draft is published before the closure has finished.
    PublishEarly,
    /// A write waits until nobody holds the version that it replaced.
    WriterWaits,
    /// What a publish takes out is dropped before the writers' lock is released.
    DropLocked,
    /// A write that changes nothing publishes a version.
    PublishNothing,
    /// A publish wakes the watches before the swap.
    WakeEarly,
    /// A publish wakes the watches before it releases the writers' lock.
    WakeLocked,
    /// A publish wakes one watch, and not each that sleeps.
    WakeOne,
    /// A publish wakes a watch that has seen its version already.
    WakeForSeen,
    /// A watch looks for a newer version before it registers its waker, and not after.
    SleepUnseen,
    /// A watch takes a number that is announced for a version that is published.
    TrustAnnouncement,
    /// A watch that stops waiting leaves its waker behind.
    LeaveAsleep,
    /// A replaced version is freed without a grace period.
    FreeEarly,
    /// A replaced version is kept until its cell is dropped.
    FreeLate,
    /// A load does not pin its thread, or names no version.
    Unpinned,
    /// `replace_if_current` compares the versions before it takes the lock.
    CompareUnlocked,
    /// A load takes the writers' mutex.
    ReaderLocks,
    /// A write inside a write is not noticed.
    Reentrant,
    /// A load passes no fence between naming a version and looking whether it is current.
    ReaderUnfenced,
    /// A guard passes no fence between clearing its name and looking whether it was overtaken.
    GuardUnfenced,
    /// A publish passes no fence between the swap and the search for who names what it replaced.
    WriterUnfenced,
    /// A load does not look whether what it has named is still current.
    NoSecondLook,
    /// A publish searches for who names the version that it is about to replace before it swaps.
    SearchEarly,
    /// A name is cleared as soon as the load that wrote it is done.
    ClearEarly,
    /// A guard looks whether it was overtaken before it clears its name.
    LookEarly,
    /// A name is cleared with a relaxed ordering.
    RelaxedClear,
    /// A thread that puts a version on the list of retired ones does not look again whether it is named.
    SearchOnce,
    /// A version counts as named though the name is one of another slot's reader.
    AnySlot,
    /// A load drops what it took out of reach before it has what it is to show.
    DropInside,
    /// A hazard pointer is written with a relaxed ordering.
    RelaxedName,
    /// Whether a hazard pointer is free is read with a relaxed ordering.
    RelaxedInUse,
    /// The slot of a hazard pointer is read with a relaxed ordering.
    RelaxedSlot,
    /// A version is put on a list without the acquire that orders it after the visits before.
    PushWithoutAcquire,
    /// A visit takes the list without the release that orders the clear before it.
    TakeWithoutRelease,
    /// Two threads that come to a record at once both get it.
    ClaimTwice,
    /// A thread that ends leaves the search with a relaxed ordering.
    RelaxedLeave,
    /// A thread passes no fence between its entry into the search and its look whether the barrier was withdrawn.
    ClaimUnfenced,
    /// A writer asks whether it is alone before it passes a fence.
    AloneUnfenced,
    /// When the barrier is withdrawn, a writer does not ask whether every thread knows it.
    Unacknowledged,
    /// That every thread knows that the barrier was withdrawn is made known with a relaxed ordering.
    RelaxedSettle,
}

/// The ordering of an atomic operation, which `mutant` makes relaxed.
#[allow(dead_code, reason = "the lock and arc_swap backends have no ordering of ours to weaken")]
pub(crate) fn weaken(mutant: Mutant, order: Ordering) -> Ordering {
    weaken_to(mutant, Ordering::Relaxed, order)
}

/// The ordering of an atomic operation, which `mutant` replaces by `weaker`.
#[allow(dead_code, reason = "as `weaken`: the hazard backend alone weakens to another ordering")]
pub(crate) fn weaken_to(mutant: Mutant, weaker: Ordering, order: Ordering) -> Ordering {
    if is(mutant) { weaker } else { order }
}

#[cfg(not(readmostly_mutants))]
pub(crate) const fn is(_: Mutant) -> bool {
    false
}

#[cfg(readmostly_mutants)]
pub(crate) use switch::is;

#[cfg(readmostly_mutants)]
pub(crate) mod switch {
    use super::Mutant;
    use std::cell::Cell;

    // A model runs all its threads on the thread that started it, so models that run side by side do not mix.
    std::thread_local! {
        static ACTIVE: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    pub(crate) fn is(mutant: Mutant) -> bool {
        ACTIVE.get() == Some(mutant)
    }

    /// Makes the mistake in everything that this thread does while `f` runs.
    pub fn with(mutant: Mutant, f: impl FnOnce()) {
        struct Restore;
        impl Drop for Restore {
            fn drop(&mut self) {
                ACTIVE.set(None);
            }
        }
        ACTIVE.set(Some(mutant));
        let _restore = Restore;
        f();
    }
}
