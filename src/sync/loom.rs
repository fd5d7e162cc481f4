//! The primitives of a loom model, with the interface that `native.rs` has.

#![allow(unused_imports, unused_macros, dead_code, reason = "each backend takes what it needs")]

pub(crate) use loom::sync::Arc;
pub(crate) use loom::sync::MutexGuard;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::thread_local;
use std::sync::PoisonError;
use std::time::Duration;

/// loom's mutex, without poison. Its time stands still: a lock that is not to be had now is not to be had in time.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }

    pub(crate) fn try_lock_for(&self, _timeout: Duration) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// loom's reader-writer lock, without poison.
#[derive(Debug)]
pub(crate) struct RwLock<T>(loom::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> loom::sync::RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> loom::sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id that no other thread of any model has, never 0. The counter is no part of a model, so it is std's.
pub(crate) fn thread_id() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    loom::thread_local! {
        static ID: usize = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    ID.with(|id| *id)
}

/// Declares a static that is made at its first use in each execution of a model.
macro_rules! process_wide {
    ($(#[$doc:meta])* static $name:ident: $type:ty = $init:expr;) => {
        loom::lazy_static! {
            $(#[$doc])*
            static ref $name: $type = $init;
        }
    };
}
pub(crate) use process_wide;
