//! The `arc_swap` backend: `arc-swap` with its default strategy. **Not sound**, and left out of every promise.
//!
//! It is here for those who must compare with `arc-swap`, and is never a default. A process with two containers, or
//! with one container and one `ArcSwap` of somebody else's, is enough for a reader to be shown what another container
//! holds. With two types of value that is undefined behaviour.
//!
//! # How a reader is shown another container's value
//!
//! A load of `arc-swap` reads the pointer, writes it into one of its thread's debt slots, and reads the pointer again.
//! If it is still the same, the debt stands for a count. If it has changed, the load takes its debt back, or finds
//! that a writer has paid it, which is to say has incremented the count for it, and then keeps what it has read.
//! Nothing in a debt tells *whose* pointer it was:
//!
//! 1. A reader of container `a` reads the pointer `p`, and is interrupted.
//! 2. `a`'s writer replaces `p`. It finds no debt, since none is written yet, and frees `p`.
//! 3. The allocator gives `p`'s memory to the next version of container `b`, which is published.
//! 4. The reader goes on and writes the debt `p`.
//! 5. `b`'s writer replaces `p`, finds a debt of that name, and pays it: a count of `b`'s version.
//! 6. The reader sees that `a`'s pointer has changed and that its debt is paid, takes `p` for the version of `a` that
//!    it read in step 1, and shows `b`'s version.
//!
//! It is an ABA, no question of memory orderings: it happens on x86-64 as anywhere (`strategy/hybrid.rs`, `attempt`, in
//! `arc-swap` 1.6.0 to 1.9.3). `benches/` holds a program in safe code that shows it.

#[path = "counted.rs"]
mod counted;

use super::Version;
use crate::sync::Arc;
use arc_swap::ArcSwap;
pub(crate) use counted::Guard;

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

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Arc<Version<T>> {
        self.current.swap(next)
    }
}
