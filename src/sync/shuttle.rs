//! The primitives of a run in shuttle, with the interface that `native.rs` has: random schedules of this crate's own
//! tests that are too large for a model.

#![allow(
    unused_imports,
    unused_macros,
    dead_code,
    reason = "a build has one backend, which takes a part of these"
)]

mod scheduled;
mod unpoisoned;

pub(crate) use scheduled::{
    DOUBT, Itself, Moment, Trace, Writing, at_fork, deadline, forks, has_ended, process_wide, thread_id,
    was_left_behind, watch_forks,
};
use shuttle::sync as locks;
pub(crate) use shuttle::sync::atomic;
pub(crate) use shuttle::{lazy_static, thread_local};
pub(crate) use std::sync::Arc;
pub(crate) use unpoisoned::{Condvar, Mutex, MutexGuard, RwLock};

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

    pub(crate) fn heavy(_alone: impl FnOnce() -> bool) -> Heavy {
        Heavy::Passed
    }

    pub(crate) fn settle() {}
}
