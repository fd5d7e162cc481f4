//! [`Turn`]: one reload at a time, and no waiting for oneself.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// Something that one thread at a time may use, in the order in which they ask. A thread that has it and asks again panics, where a mutex
/// would hang.
pub(crate) struct Turn<T> {
    line: Mutex<Line>,
    over: Condvar,
    /// Locked by the holder alone, so never waited for.
    value: Mutex<T>,
}

#[derive(Default)]
struct Line {
    /// The number of the next one who asks.
    next: u64,
    /// The number of who has it, or is to have it.
    current: u64,
    holder: Option<ThreadId>,
}

impl<T> Turn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { line: Mutex::default(), over: Condvar::new(), value: Mutex::new(value) }
    }

    /// Waits for the turn, and runs `f` in it.
    #[track_caller]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let this = thread::current().id();
        let mut line = unpoisoned(&self.line);
        if line.holder == Some(this) {
            drop(line);
            panic!(
                "a source, a parser, a validator or a waker asks its own reloader to look or to roll back, which would \
                 wait for itself: call `status` there, or do that after it has returned"
            );
        }
        let number = line.next;
        line.next += 1;
        while line.current != number {
            line = self.over.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        line.holder = Some(this);
        drop(line);
        let _end = End(self);
        f(&mut unpoisoned(&self.value))
    }
}

/// Ends the turn, also when there is a panic.
struct End<'a, T>(&'a Turn<T>);

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        let mut line = unpoisoned(&self.0.line);
        line.holder = None;
        line.current += 1;
        drop(line);
        self.0.over.notify_all();
    }
}

/// Locks. A panic of somebody's while it was locked left nothing half done.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who asked again at once had it again, and others waited for as long as that went on.
    #[test]
    fn who_has_asked_before_comes_before() {
        // Without the order each is right by chance.
        for _ in 0..1_000 {
            let turn = Turn::new(Vec::new());
            thread::scope(|scope| {
                turn.with(|_| {
                    scope.spawn(|| turn.with(|order| order.push("first")));
                    while unpoisoned(&turn.line).next < 2 {
                        thread::yield_now();
                    }
                });
                turn.with(|order| order.push("second"));
            });
            assert_eq!(*unpoisoned(&turn.value), ["first", "second"]);
        }
    }
}
