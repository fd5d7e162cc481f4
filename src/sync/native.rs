//! The primitives of a real machine.

#![allow(unused_imports, unused_macros, reason = "each backend takes what it needs")]

use parking_lot::lock_api::GetThreadId;
pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock};
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic;
pub(crate) use std::thread_local;

#[cfg(any(
    readmostly_backend = "hazard",
    all(
        target_os = "linux",
        not(any(
            doc,
            readmostly_backend = "epoch",
            readmostly_backend = "lock",
            readmostly_backend = "arc_swap"
        ))
    )
))]
#[path = "fence.rs"]
pub(crate) mod fence;

/// An id that no other living thread has, never 0, and to be had while the thread is being torn down.
pub(crate) fn thread_id() -> usize {
    parking_lot::RawThreadId::INIT.nonzero_thread_id().get()
}

/// Declares a static that is made at its first use, or is a constant: `const { … }`, as with `thread_local`.
macro_rules! process_wide {
    ($(#[$doc:meta])* static $name:ident: $type:ty = const $init:block;) => {
        $(#[$doc])*
        static $name: $type = $init;
    };
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        $(#[$doc])*
        static $name: std::sync::LazyLock<$type> = std::sync::LazyLock::new(|| $init);
    };
}
pub(crate) use process_wide;
