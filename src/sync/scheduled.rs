//! What loom and shuttle have in common: both run one thread at a time, and begin anew with each schedule.

use super::unpoisoned::{Condvar, MutexGuard};
use std::marker::PhantomData;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// An id that no other thread of any schedule has, never 0. The counter is no part of what is tried, so it is std's.
pub(crate) fn thread_id() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    super::thread_local! {
        static ID: usize = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    ID.with(|id| *id)
}

/// Whether the thread has ended. A model sees no difference between one that has and one that does nothing any more.
pub(crate) fn has_ended(_id: usize) -> bool {
    false
}

/// A writers' lock that a thread has. A model has no thread that is being torn down.
#[derive(Clone, Copy)]
pub(crate) struct Writing;

#[allow(clippy::unused_self, reason = "the native one looks at itself, and the interface is the same")]
impl Writing {
    pub(crate) fn begin() -> Self {
        Self
    }

    pub(crate) fn end(self) {}
}

/// A model does not fork.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the native one keeps the reference, and the interface is the same"
)]
pub(crate) fn at_fork(_f: &'static fn()) {}

/// How often the process was forked.
pub(crate) fn forks() -> usize {
    0
}

/// The same: nothing has to be watched.
pub(crate) fn watch_forks() -> usize {
    0
}

/// Whether a thread did not come along when it was.
pub(crate) fn was_left_behind(_id: usize) -> bool {
    false
}

/// A holder that is gone is not asked for.
pub(crate) const DOUBT: Duration = Duration::MAX;

/// Time stands still: what does not happen now does not happen in time.
#[allow(
    clippy::unnecessary_wraps,
    reason = "the native one returns None for a timeout that no clock can tell"
)]
pub(crate) fn deadline(_timeout: Duration) -> Option<Instant> {
    Some(Instant::now())
}

/// A moment. Time stands still.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment;

#[allow(clippy::unused_self, reason = "the native one looks at itself, and the interface is the same")]
impl Moment {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn elapsed(self) -> Duration {
        Duration::ZERO
    }
}

/// An `Arc` of loom's has no weak counterpart, so a model finds no version that is not kept.
pub(crate) struct Trace<T>(PhantomData<T>);

/// So a value has nothing of itself.
pub(crate) struct Itself<T>(PhantomData<T>);

impl<T> Itself<T> {
    pub(crate) fn within(make: impl FnOnce(Self) -> T) -> super::Arc<T> {
        super::Arc::new(make(Self(PhantomData)))
    }
}

#[allow(clippy::unused_self, reason = "the native one looks at itself, and the interface is the same")]
impl<T> Trace<T> {
    pub(crate) fn of(_: &super::Arc<T>, _: &Itself<T>) -> Self {
        Self(PhantomData)
    }

    pub(crate) fn find(&self) -> Option<super::Arc<T>> {
        None
    }

    pub(crate) fn is_alive(&self) -> bool {
        false
    }
}

impl Condvar {
    /// Waits until it is notified if `timeout` is the longest there is, and not at all otherwise.
    pub(crate) fn wait_for<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> (MutexGuard<'a, T>, bool) {
        if timeout < Duration::MAX {
            return (guard, true);
        }
        (self.0.wait(guard).unwrap_or_else(PoisonError::into_inner), false)
    }
}

/// Declares a static that is made at its first use in each schedule.
macro_rules! process_wide {
    ($(#[$doc:meta])* static $name:ident: $type:ty = const $init:block;) => {
        $crate::sync::process_wide! { $(#[$doc])* static $name: $type = $init; }
    };
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        $crate::sync::lazy_static! {
            $(#[$doc])*
            static ref $name: $type = $init;
        }
    };
}
pub(crate) use process_wide;
