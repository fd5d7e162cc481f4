//! The slot that readers load and the writer swaps: one private interface, a file for each backend.
//!
//! Everything that a reader can observe goes through one [`Slot`]. The layer above serialises the writers and keeps
//! a master copy of the current version for them. So a backend never sees two swaps at once, and readers alone load the
//! slot. The cfgs that choose a backend stand here and in `default.rs`.
//!
//! # The contract of a backend
//!
//! - `Slot::new(first)` holds `first`.
//! - `Slot::load(&self)` returns a guard that derefs to the version in the slot. It takes no lock that is held while
//!   user code runs. While the guard lives that version is not dropped.
//! - `Guard::to_arc(&self)` and `Slot::load_full(&self)` return the version as an `Arc` of its own.
//! - `Slot::swap(&self, next)` makes `next` the current version. The caller holds the writers' lock, and calls `reclaim` on
//!   what it gets, a `Retired`, when that lock is released: `reclaim` may find out who still reads a replaced version, and
//!   runs the destructors of those that nobody reads. A `Retired` that is only dropped may leak.
//! - A load that sees a version synchronises with the swap that published it (acquire with release), and two loads
//!   of one slot, one of which happens before the other, never see versions in the wrong order (coherence).
//! - Each version is dropped exactly once: when its last `Arc` goes, which for the slot's own count is when no
//!   guard can hold it any longer, as soon as the backend can know it. That may be in a load or in the drop of a guard.
//!   They hold nothing then that a destructor could wait for, and the load has its result: the destructor may load,
//!   and keep the guard. Dropping the slot gives up its count of every version.
//! - `Slot<T>` is `Send` and `Sync` when `T` is both, for every `T` without a bound of its own; `Guard<'_, T>` is
//!   `Sync` then, and covariant in `T`.
//!
//! `arc_swap` rests on `arc-swap`'s own atomics. It keeps this on 64 bits, but for a destructor that panics in a load: that
//! leaks a version. `arc_swap.rs` has the argument.

#[cfg_attr(readmostly_backend = "hazard", path = "hazard/mod.rs")]
#[cfg_attr(readmostly_backend = "epoch", path = "epoch.rs")]
#[cfg_attr(readmostly_backend = "lock", path = "lock.rs")]
#[cfg_attr(readmostly_backend = "arc_swap", path = "arc_swap.rs")]
#[cfg_attr(
    not(any(
        readmostly_backend = "hazard",
        readmostly_backend = "epoch",
        readmostly_backend = "lock",
        readmostly_backend = "arc_swap"
    )),
    path = "default.rs"
)]
mod backend;

#[cfg(all(readmostly_loom, readmostly_backend = "arc_swap"))]
compile_error!(
    "loom sees nothing of what happens inside `arc-swap`: there is no model of the `arc_swap` backend"
);

use crate::sync::{Arc, Itself, Trace};
pub(crate) use backend::{Guard, NAME, Retired, Slot};

/// One published value and its number, in one allocation.
pub(crate) struct Version<T> {
    pub(crate) number: u64,
    /// What the backend needs in each version.
    #[allow(dead_code, reason = "a backend without lists has a link of type (), which nobody reads")]
    link: backend::Link,
    /// For its traces. It is dropped before the value: a version is not alive while the destructor of its value runs.
    itself: Itself<Self>,
    pub(crate) value: T,
}

impl<T> Version<T> {
    pub(crate) fn new(number: u64, value: T) -> Arc<Self> {
        Itself::within(|itself| Self { number, link: backend::Link::default(), itself, value })
    }

    /// What finds it while it is alive.
    pub(crate) fn trace(this: &Arc<Self>) -> Trace<Self> {
        Trace::of(this, &this.itself)
    }

    /// The version after this one.
    pub(crate) fn followed_by(&self, value: T) -> Arc<Self> {
        let number = self.number.checked_add(1).expect("2^64 versions take centuries to publish");
        Self::new(number, value)
    }
}
