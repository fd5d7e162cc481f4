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
//! they are under `--cfg readmostly_fence="full"`, for a sandbox that is entered late and forbids the call, or for a program
//! whose writes are worth more to it than its loads.

use std::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

/// What a heavy fence is in this process. Found out once, and nothing else after that.
///
/// Relaxed throughout: nothing is read on account of it. A thread that still finds it unknown passes a full fence in
/// `light`, which does no harm, and finds it out in `heavy`.
static HEAVY: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const FULL: u8 = 1;
const BY_SYSTEM: u8 = 2;

/// Finds out what the system can do.
///
/// The registration makes the kernel wait for a grace period of its own, some milliseconds, where the process has
/// several threads already: better when something is set up than in the first write.
pub(crate) fn set_up() -> u8 {
    match HEAVY.load(Ordering::Relaxed) {
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

/// The half that costs nothing, or little.
#[inline]
pub(crate) fn light() {
    if HEAVY.load(Ordering::Relaxed) != BY_SYSTEM {
        full();
    }
    compiler_fence(Ordering::SeqCst);
}

/// Out of line, or it stands in the way of those who need none.
#[cold]
fn full() {
    fence(Ordering::SeqCst);
}

/// The half that costs some microseconds.
///
/// # Panics
///
/// Panics if the system refuses the call that it has granted at the start of the process.
pub(crate) fn heavy() {
    if set_up() == BY_SYSTEM {
        system::barrier();
    } else {
        full();
    }
}

#[cfg(all(target_os = "linux", not(any(miri, readmostly_fence = "full"))))]
mod system {
    use rustix::thread::{MembarrierCommand, MembarrierQuery, membarrier, membarrier_query};

    /// Registers the process for the barrier, and tries it. Not there in a kernel before 4.14, and in a sandbox that
    /// forbids the call.
    pub(super) fn register() -> bool {
        membarrier_query().contains(MembarrierQuery::PRIVATE_EXPEDITED)
            && membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
            && membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }

    pub(super) fn barrier() {
        // There is no way back to full fences: other threads are passing light ones that cost nothing at this moment.
        membarrier(MembarrierCommand::PrivateExpedited).unwrap_or_else(|error| {
            panic!(
                "the system refuses `membarrier` to a process that it was granted to before: {error}. If a sandbox is \
                 entered while the process runs, it has to allow that call, or the program is to be built with \
                 `--cfg readmostly_fence=\"full\"`"
            )
        });
    }
}

#[cfg(any(not(target_os = "linux"), miri, readmostly_fence = "full"))]
mod system {
    pub(super) fn register() -> bool {
        false
    }

    pub(super) fn barrier() {
        unreachable!("`register` says that there is no such call here")
    }
}

#[cfg(test)]
mod tests {
    use super::{heavy, light, set_up};
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
        let sees = |mine: &Apart, fence: fn(), other: &Apart, round| {
            meet(round);
            mine.0.store(round, Ordering::Relaxed);
            fence();
            other.0.load(Ordering::Relaxed) >= round
        };
        set_up();
        thread::scope(|s| {
            let often = s.spawn(|| (1..=ROUNDS).map(|round| sees(&x, light, &y, round)).collect::<Vec<_>>());
            let seldom: Vec<_> = (1..=ROUNDS).map(|round| sees(&y, heavy, &x, round)).collect();
            for (round, (often, seldom)) in often.join().unwrap().into_iter().zip(seldom).enumerate() {
                assert!(often || seldom, "neither saw the other in round {round}");
            }
        });
    }
}
