//! What the two halves of a fence are in a model of this crate's own.

use std::cell::Cell;

/// What the light and the heavy half of a fence are in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(readmostly_mutants),
    allow(
        dead_code,
        unreachable_pub,
        reason = "the models of a crate that builds on this one have full fences"
    )
)]
pub enum Barrier {
    /// Full fences, both.
    Fence,
    /// The light half is nothing. The heavy half interrupts the other threads, and each passes a full fence then.
    Interrupt,
    /// The light half is nothing to begin with, and the system refuses its barrier from the first request on.
    Withdrawn,
}

// A model runs all its threads on the thread that started it, so models that run side by side do not mix.
std::thread_local! {
    static BARRIER: Cell<Barrier> = const { Cell::new(Barrier::Fence) };
}

pub(crate) fn barrier() -> Barrier {
    BARRIER.get()
}

/// Makes the halves of a fence what `barrier` says, in all models that this thread runs while `f` runs.
#[cfg(readmostly_mutants)]
pub fn with_barrier<R>(barrier: Barrier, f: impl FnOnce() -> R) -> R {
    BARRIER.set(barrier);
    let result = f();
    BARRIER.set(Barrier::Fence);
    result
}
