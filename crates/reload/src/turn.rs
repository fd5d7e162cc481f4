//! [`Turn`]: one reload at a time, and no waiting for oneself.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Something that one thread at a time may use. A thread that has it and asks again panics, where a mutex would hang.
pub(crate) struct Turn<T> {
    holder: Mutex<Option<ThreadId>>,
    free: Condvar,
    /// Locked by the holder alone, so never waited for.
    value: Mutex<T>,
}

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { holder: Mutex::new(None), free: Condvar::new(), value: Mutex::new(value) }
    }

    /// Waits for the turn, and runs `f` in it.
    #[track_caller]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let this = thread::current().id();
        let mut holder = unpoisoned(&self.holder);
        while let Some(other) = *holder {
            if other == this {
                drop(holder);
                panic!(
                    "a source, a parser, a validator or a waker asks its own reloader to look or to roll back, which would \
                     wait for itself: call `status` there, or do that after it has returned"
                );
            }
            holder = self.free.wait(holder).unwrap_or_else(PoisonError::into_inner);
        }
        *holder = Some(this);
        drop(holder);
        let _end = End(self);
        f(&mut unpoisoned(&self.value))
    }
}

/// Ends the turn, also when there is a panic.
struct End<'a, T>(&'a Turn<T>);

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        *unpoisoned(&self.0.holder) = None;
        self.0.free.notify_one();
    }
}

/// Locks. A panic of somebody's while it was locked left nothing half done.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
