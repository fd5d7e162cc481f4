//! A fence in two halves: a light one for those who pass it often, a heavy one for those who pass it seldom.
//!
//! If one thread stores to `x`, passes the light fence and loads `y`, and another stores to `y`, passes the heavy fence
//! and loads `x`, then at least one of them sees what the other has stored, as between two `SeqCst` fences. Two light
//! fences promise each other nothing. (P1202, "Asymmetric fences", proposes the pair for C++; folly has it as
//! `asymmetric_thread_fence_light` and `_heavy`.)
//!
//! Where Linux has `membarrier`, the light half keeps the compiler from moving the accesses and costs nothing, and the
//! heavy half is the system call: before it returns, each thread of the process that is running has passed a full barrier,
//! and one that is not has passed one when it was switched out (membarrier(2), private expedited). A thread whose
//! barrier comes after its store has made that visible to the caller; one whose barrier comes before its store has its
//! load ahead of it, which finds what the caller stored before the call. Elsewhere both halves are `fence(SeqCst)`, and so
//! they are under `--cfg readmostly_fence="full"`, for a sandbox that is entered late and kills who makes the call, or for a
//! program whose writes are worth more to it than its loads.
//!
//! # Where the system withdraws the barrier
//!
//! A sandbox that is entered late may refuse the call. Then the process goes over to full fences on both sides. The caller of
//! the heavy fence announces it and passes a full fence; from then on a thread whose light fence finds the announcement
//! passes a full one too, and says so. A thread that finds this sees what the other has stored before a light
//! fence that did nothing. Until all have, a heavy fence does nothing for those that have not, and tells its
//! caller.

use std::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

/// What a heavy fence is in this process: `UNKNOWN`, then `FULL` or `BY_SYSTEM`; after the latter perhaps `WITHDRAWN`, and
/// after that `FULL`.
///
/// A thread that still finds it unknown passes a full fence in `light`, which does no harm, and finds it out in `heavy`. That
/// the barrier is withdrawn is stored with a relaxed ordering, and has a full fence after it.
static HEAVY: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const FULL: u8 = 1;
const BY_SYSTEM: u8 = 2;
const WITHDRAWN: u8 = 3;

/// What came of a heavy fence.
pub(crate) enum Heavy {
    /// It did what it is for.
    Passed,
    /// The system was short of memory, and did nothing. The next one may succeed.
    Failed,
    /// The system has no barrier any more. It was a full fence for the caller, and for each thread that knows it already.
    Withdrawn,
}

/// Finds out what the system can do.
///
/// The registration makes the kernel wait for a grace period of its own, some milliseconds, where the process has
/// several threads already: better when something is set up than in the first write.
pub(crate) fn set_up() -> u8 {
    // Acquire: see `settle`.
    match HEAVY.load(Ordering::Acquire) {
        UNKNOWN => find_out(),
        known => known,
    }
}

#[cold]
fn find_out() -> u8 {
    let found = if system::register() { BY_SYSTEM } else { FULL };
    // Several threads may be here at once: the first decides for all.
    match HEAVY.compare_exchange(UNKNOWN, found, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => found,
        Err(known) => known,
    }
}

/// The half that costs nothing, or little. Where the system has withdrawn its barrier, a full fence and then `acknowledge`.
#[inline]
pub(crate) fn light(acknowledge: impl FnOnce()) {
    if HEAVY.load(Ordering::Relaxed) != BY_SYSTEM {
        full_in_place_of_light(acknowledge);
    }
    compiler_fence(Ordering::SeqCst);
}

/// Out of line, or it stands in the way of those who need none.
#[cold]
fn full_in_place_of_light(acknowledge: impl FnOnce()) {
    full();
    if HEAVY.load(Ordering::Relaxed) == WITHDRAWN {
        acknowledge();
    }
}

/// What a thread that passes light fences holds.
pub(crate) struct Entered;

/// What a thread calls before its first light fence, when others can find it already. It is a full one. So either the thread is
/// found by the caller of a heavy fence, or it finds what that one has stored: the version that was swapped in, and that the
/// barrier was withdrawn.
pub(crate) fn enter() -> Entered {
    full();
    Entered
}

fn full() {
    fence(Ordering::SeqCst);
}

/// The half that costs some microseconds, or little if `alone` says that no other thread passes light fences.
///
/// `alone` is asked after a full fence. A thread that it does not know of yet passes one when it enters. So either `alone` knows
/// of it, or what it loads after its light fences is what the caller has stored, or newer.
pub(crate) fn heavy(alone: impl FnOnce() -> bool) -> Heavy {
    if set_up() == BY_SYSTEM {
        full();
        if alone() {
            return Heavy::Passed;
        }
        match system::barrier() {
            Ok(()) => return Heavy::Passed,
            Err(system::Refused::ForNow) => return Heavy::Failed,
            Err(system::Refused::ForGood) => withdraw(),
        }
    }
    full();
    // Acquire: see `settle`.
    if HEAVY.load(Ordering::Acquire) == WITHDRAWN { Heavy::Withdrawn } else { Heavy::Passed }
}

#[cold]
fn withdraw() {
    // Before the full fence in `heavy`. Another thread may have been here, and may have settled it.
    let _ = HEAVY.compare_exchange(BY_SYSTEM, WITHDRAWN, Ordering::Relaxed, Ordering::Relaxed);
}

/// Makes a heavy fence a full one, now that every thread has acknowledged that the barrier was withdrawn.
pub(crate) fn settle() {
    // Release: what every thread has stored before it acknowledged happens before the search of a writer that finds this.
    HEAVY.store(FULL, Ordering::Release);
}

#[cfg(all(target_os = "linux", not(any(miri, readmostly_fence = "full"))))]
mod system {
    use rustix::io::Errno;
    use rustix::thread::{MembarrierCommand, MembarrierQuery, membarrier, membarrier_query};

    pub(super) enum Refused {
        ForNow,
        ForGood,
    }

    /// Registers the process for the barrier, and tries it. Not there in a kernel before 4.14, and in a sandbox that
    /// forbids the call.
    pub(super) fn register() -> bool {
        membarrier_query().contains(MembarrierQuery::PRIVATE_EXPEDITED)
            && membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
            && membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }

    pub(super) fn barrier() -> Result<(), Refused> {
        membarrier(MembarrierCommand::PrivateExpedited).map_err(|error| match error {
            // The kernel takes memory for a set of processors.
            Errno::NOMEM | Errno::AGAIN | Errno::INTR => Refused::ForNow,
            _ => Refused::ForGood,
        })
    }
}

#[cfg(any(not(target_os = "linux"), miri, readmostly_fence = "full"))]
mod system {
    #[expect(dead_code, reason = "there is no call that could be refused")]
    pub(super) enum Refused {
        ForNow,
        ForGood,
    }

    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn barrier() -> Result<(), Refused> {
        unreachable!("`register` says that there is no such call here")
    }
}

#[cfg(test)]
mod tests {
    use super::{Heavy, heavy, light, set_up};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{hint, iter, thread};

    /// In cache lines of its own: what one thread stores is to wait in its store buffer for a while.
    #[derive(Default)]
    #[repr(align(128))]
    struct Apart(AtomicUsize);

    // Store buffering, the litmus test of a full fence: without either half, both threads soon miss the other's store.
    #[test]
    fn of_two_that_store_and_look_one_sees_the_other() {
        const ROUNDS: usize = 20_000;
        let [x, y, arrived] = [(); 3].map(|()| Apart::default());
        let meet = |round: usize| {
            arrived.0.fetch_add(1, Ordering::Relaxed);
            // Spins, to be as early as the other; but lets it run where there is but one processor.
            let mut spins = iter::repeat_n((), 10_000);
            while arrived.0.load(Ordering::Relaxed) < 2 * round {
                if spins.next().is_some() { hint::spin_loop() } else { thread::yield_now() }
            }
        };
        let sees = |mine: &Apart, fence: &dyn Fn(), other: &Apart, round| {
            meet(round);
            mine.0.store(round, Ordering::Relaxed);
            fence();
            other.0.load(Ordering::Relaxed) >= round
        };
        set_up();
        let light = || light(|| unreachable!("the barrier was not withdrawn"));
        let heavy = || assert!(matches!(heavy(|| false), Heavy::Passed));
        thread::scope(|s| {
            let often = s.spawn(|| (1..=ROUNDS).map(|round| sees(&x, &light, &y, round)).collect::<Vec<_>>());
            let seldom: Vec<_> = (1..=ROUNDS).map(|round| sees(&y, &heavy, &x, round)).collect();
            for (round, (often, seldom)) in often.join().unwrap().into_iter().zip(seldom).enumerate() {
                assert!(often || seldom, "neither saw the other in round {round}");
            }
        });
    }
}
