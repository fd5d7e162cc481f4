//! The writers' lock: a mutex that knows which thread holds it.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::mutant::{self, Mutant};
use crate::sync::{Mutex, MutexGuard, thread_id};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// What a thread is told that writes to a container inside its own write to it.
const REENTERED: &str = "a write inside a write: this thread already holds the writers' lock of this container, and \
                         would wait for itself for ever; change the value that the running write hands out (the \
                         closure's `&mut`, the transaction), or end that write first (`try_write` returns `None` \
                         here instead of a panic)";

/// A mutex without poison that refuses to be locked twice by one thread.
pub(super) struct WritersLock<T> {
    /// The id of the thread that holds the lock, 0 for none.
    ///
    /// Relaxed throughout: only the thread itself ever stores its own id, and it clears it before it unlocks. So a
    /// thread that reads its own id holds the lock, and one that does not hold it reads anything but its own id,
    /// however stale. What the lock protects is ordered by the mutex.
    owner: AtomicUsize,
    mutex: Mutex<T>,
}

impl<T> WritersLock<T> {
    pub(super) fn new(value: T) -> Self {
        Self { owner: AtomicUsize::new(0), mutex: Mutex::new(value) }
    }

    /// Waits for the lock.
    ///
    /// # Panics
    ///
    /// Panics if this thread holds it.
    #[track_caller]
    pub(super) fn lock(&self) -> Held<'_, T> {
        let thread = thread_id();
        let owner = self.owner.load(Ordering::Relaxed);
        assert!(owner != thread || mutant::is(Mutant::Reentrant), "{REENTERED}");
        self.held_by(thread, self.mutex.lock())
    }

    /// Takes the lock if nobody holds it, not even this thread.
    pub(super) fn try_lock(&self) -> Option<Held<'_, T>> {
        Some(self.held_by(thread_id(), self.mutex.try_lock()?))
    }

    /// Waits for the lock no longer than `timeout`, and not at all if this thread holds it.
    pub(super) fn try_lock_for(&self, timeout: Duration) -> Option<Held<'_, T>> {
        let thread = thread_id();
        if self.owner.load(Ordering::Relaxed) == thread {
            return None;
        }
        Some(self.held_by(thread, self.mutex.try_lock_for(timeout)?))
    }

    pub(super) fn into_inner(self) -> T {
        self.mutex.into_inner()
    }

    fn held_by<'a>(&'a self, thread: usize, guard: MutexGuard<'a, T>) -> Held<'a, T> {
        self.owner.store(thread, Ordering::Relaxed);
        Held { owner: &self.owner, guard }
    }
}

/// The lock, held: unlocks when dropped.
pub(super) struct Held<'a, T> {
    owner: &'a AtomicUsize,
    guard: MutexGuard<'a, T>,
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // Before the field `guard` unlocks: the next owner must not have its id overwritten.
        self.owner.store(0, Ordering::Relaxed);
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
