//! The primitives of a loom model, with the interface that `native.rs` has.

#![allow(unused_imports, unused_macros, dead_code, reason = "each backend takes what it needs")]

#[path = "scheduled.rs"]
mod scheduled;

pub(crate) use loom::sync::Arc;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::{lazy_static, thread_local};
pub(crate) use scheduled::{process_wide, thread_id};
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

/// The two halves of a fence, as the language has it: what is lighter or heavier on a machine is the same here.
///
/// loom lets no other thread run between an access and the fence after it, and so would never show what a writer's swap
/// looks like from another thread before the writer has passed its fence. So each fence comes after a relaxed access to one
/// shared number, which orders nothing and is a place where loom tries every order of the fences.
pub(crate) mod fence {
    use loom::sync::atomic::{AtomicUsize, Ordering, fence};

    super::process_wide! {
        static PASSED: AtomicUsize = AtomicUsize::new(0);
    }

    pub(crate) fn set_up() {}

    pub(crate) fn light() {
        PASSED.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(crate) fn heavy() {
        light();
    }
}
