//! The primitives of a loom model, with the interface that `native.rs` has.

#![allow(unused_imports, unused_macros, dead_code, reason = "each backend takes what it needs")]

pub(crate) use loom::sync::Arc;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::thread_local;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::Duration;

/// A mutex without poison, which loom's is not: its guard poisons it when a panic drops it, and the next lock panics.
///
/// So loom's mutex protects a flag alone, for as long as it takes to set it, and those who find it set wait on loom's
/// condition variable. Time stands still: a lock that is not to be had now is not to be had in time.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    queue: loom::sync::Mutex<Queue>,
    released: loom::sync::Condvar,
    /// Never waited for: whoever has set the flag is alone.
    value: std::sync::Mutex<T>,
}

#[derive(Debug, Default)]
struct Queue {
    held: bool,
    waiting: usize,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            queue: loom::sync::Mutex::new(Queue::default()),
            released: loom::sync::Condvar::new(),
            value: std::sync::Mutex::new(value),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let mut queue = self.queue();
        while queue.held {
            queue.waiting += 1;
            queue = self.released.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.waiting -= 1;
        }
        self.held(queue)
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let queue = self.queue();
        (!queue.held).then(|| self.held(queue))
    }

    pub(crate) fn try_lock_for(&self, _timeout: Duration) -> Option<MutexGuard<'_, T>> {
        self.try_lock()
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> loom::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, mut queue: loom::sync::MutexGuard<'_, Queue>) -> MutexGuard<'_, T> {
        queue.held = true;
        MutexGuard { mutex: self, value: Some(self.value.lock().unwrap_or_else(PoisonError::into_inner)) }
    }
}

/// The mutex, held: lets the next in line when dropped.
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    value: Option<std::sync::MutexGuard<'a, T>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("taken by `drop` alone")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("taken by `drop` alone")
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        let waited_for = {
            let mut queue = self.mutex.queue();
            queue.held = false;
            queue.waiting > 0
        };
        if waited_for {
            self.mutex.released.notify_one();
        }
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
