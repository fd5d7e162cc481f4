//! The `arc_swap` backend: an `ArcSwap` of the crate `arc-swap`, and a count for each guard.
//!
//! From `arc-swap` 1.9.5 on it keeps the contract, but for what stands at the end. This is the argument, with the names
//! of 1.9.5. Loom does not see into its atomics. All accesses that matter below are `SeqCst`, but for the address beside a
//! debt, which the `SeqCst` write of the debt publishes.
//!
//! # Loads
//!
//! `HybridProtection::attempt` reads the pointer, and writes it into one of its thread's eight slots: a *debt*, which
//! stands for a count. The slot also says from which `ArcSwap` it was read. Then it reads the pointer again. `swap` puts
//! the new pointer in, and `Debt::pay_all` goes over the slots of all threads: for each debt on what was taken out it
//! increments the count and empties the slot. Both sides write, and then look. So the reader sees that the pointer has
//! changed, or the writer sees the debt.
//!
//! - The pointer is the same: the debt protects the version. `Debt::mark_confirmed` lets any `ArcSwap`'s writer pay it.
//! - It has changed, and the reader takes its debt back: it has nothing, and goes on to `fallback`.
//! - It has changed, and the debt is paid: the reader has a count. `Debt::pay_for_storage` pays a debt that is not
//!   confirmed only for the `ArcSwap` that the slot names. So the version is one of the reader's own `ArcSwap`, even if its
//!   address was freed and used again since the reader's first look. Up to 1.9.4 the writer of another `ArcSwap` paid it
//!   too, and the reader went on with a value of that one.
//!
//! `fallback` needs no free slot: it says from which `ArcSwap` it is about to load. A writer of that one which finds it
//! there loads in its place, and hands over a version with a count (`helping.rs`). So no load waits and no load retries.
//!
//! # Order
//!
//! A load shows what its first look at the pointer saw, or what was published after that and before it returned. If it
//! was helped, the helper looked after the reader had asked. So of two loads, one of which happens before the other, the
//! second never shows an older version. Each version comes to the reader by a `SeqCst` load of the pointer, or from
//! a payer or helper which had read it by one: it is seen whole. If the payer's swap replaced the version that is shown,
//! that swap happens before the end of the load, so the next load sees its version.
//!
//! # When a version is dropped, and where
//!
//! `load_full` turns its debt into a count before it returns, so no debt outlives a load. `swap` returns with all debts
//! paid. From then on counts alone hold what was replaced, and the last of them drops it.
//!
//! `swap` runs no destructor. It gives up counts of two versions only: of the one that it returns, and of the one that it
//! has just put in and loads for those it helps. The first has the count that is returned. The second is current until the
//! writers' lock is released.
//!
//! A load runs one in one place, at the end of `fallback`. A reader that was helped may also have been paid for the
//! version that it saw itself. It gives that count back, and it may be the last. Then the thread's slot is empty already,
//! and the version that the load will return has its count. So the destructor may load from any container, keep what
//! it gets, and write to any container, this one included.
//!
//! # What it costs
//!
//! A `swap` goes over the slots of as many threads as ever loaded at the same time, whether they are still there or not.
//!
//! # What it does not keep
//!
//! - If that destructor panics, the count is lost. The version that the load would have returned is never dropped.
//! - `fallback` numbers its loads in steps of four. When a thread's number comes round, `new_helping` gives the thread's slots
//!   away in the middle of the load. The load panics, and the thread that takes the slots over finds them half used: from
//!   then on a reader can be handed what was meant for another. Where a `usize` has 32 bits, that is in the 2^30th load of
//!   one thread that a write overtakes, or that finds eight guards in the way: some minutes. So the backend is refused
//!   there. Where it has 64 bits, that is centuries away.

mod counted;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("`arc-swap` counts some of its loads in a `usize`, and is not sound when that comes round");

use super::Version;
use crate::sync::Arc;
use arc_swap::ArcSwap;
pub(crate) use counted::{Guard, Retired};

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "arc_swap";

/// A version needs nothing of its own here.
pub(crate) type Link = ();

pub(crate) struct Slot<T> {
    current: ArcSwap<Version<T>>,
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        Self { current: ArcSwap::new(first) }
    }

    pub(crate) fn load(&self) -> Guard<'_, T> {
        // A count and not `arc_swap`'s guard, which would be cheaper and is invariant in what it shows: a public guard
        // is covariant, on every backend.
        Guard::new(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        self.current.load_full()
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        Retired::new(self.current.swap(next))
    }
}
