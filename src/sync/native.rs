//! The primitives of a real machine.

#![allow(unused_imports, unused_macros, reason = "a build has one backend, which takes a part of these")]

mod clock;
mod racy;
mod threads;
mod trace;
mod unpoisoned;

pub(crate) use clock::Moment;
pub(crate) use racy::Racy;
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic;
use std::sync::{self as locks, PoisonError};
pub(crate) use std::thread_local;
use std::time::{Duration, Instant};
pub(crate) use threads::{Writing, at_fork, forks, has_ended, thread_id, was_left_behind, watch_forks};
pub(crate) use trace::{Itself, Trace};
pub(crate) use unpoisoned::{Condvar, Mutex, MutexGuard, RwLock};

#[allow(dead_code, reason = "the hazard backend alone has fences")]
pub(crate) mod fence;

/// How long a thread waits for a lock before it asks whether the holder is gone.
pub(crate) const DOUBT: Duration = Duration::from_millis(2_500);

/// When `timeout` is over, or `None` if that is too late to be told.
pub(crate) fn deadline(timeout: Duration) -> Option<Instant> {
    Instant::now().checked_add(timeout)
}

impl Condvar {
    /// Waits until it is notified, or for as long as `timeout`, or for no reason; returns whether the time was up.
    pub(crate) fn wait_for<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> (MutexGuard<'a, T>, bool) {
        let (guard, outcome) = self.0.wait_timeout(guard, timeout).unwrap_or_else(PoisonError::into_inner);
        (guard, outcome.timed_out())
    }
}

/// Declares a static that is made at its first use, or is a constant: `const { … }`, as with `thread_local`.
macro_rules! process_wide {
    ($(#[$doc:meta])* static $name:ident: $type:ty = const $init:block;) => {
        $(#[$doc])*
        static $name: $type = $init;
    };
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        $(#[$doc])*
        static $name: $crate::sync::Racy<$type> = $crate::sync::Racy::new(|| $init);
    };
}
pub(crate) use process_wide;
