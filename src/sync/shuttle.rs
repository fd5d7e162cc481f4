//! The primitives of a run in shuttle, with the interface that `native.rs` has: random schedules of this crate's own
//! tests that are too large for a model.

#![allow(unused_imports, unused_macros, dead_code, reason = "each backend takes what it needs")]

#[path = "scheduled.rs"]
mod scheduled;

pub(crate) use scheduled::{process_wide, thread_id};
pub(crate) use shuttle::sync::MutexGuard;
pub(crate) use shuttle::sync::atomic;
pub(crate) use shuttle::{lazy_static, thread_local};
pub(crate) use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

/// shuttle's mutex, without poison. Time stands still: a lock that is not to be had now is not to be had in time.
#[derive(Debug)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        use std::sync::TryLockError::{Poisoned, WouldBlock};
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(WouldBlock) => None,
        }
    }

    pub(crate) fn try_lock_for(&self, _timeout: Duration) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every access is ordered here, and a fence is nothing.
pub(crate) mod fence {
    pub(crate) enum Heavy {
        Passed,
        Failed,
        Withdrawn,
    }

    pub(crate) fn set_up() {}

    pub(crate) fn light(_acknowledge: impl FnOnce()) {}

    pub(crate) struct Entered;

    pub(crate) fn enter() -> Entered {
        Entered
    }

    pub(crate) fn heavy() -> Heavy {
        Heavy::Passed
    }

    pub(crate) fn settle() {}
}
