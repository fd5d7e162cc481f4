//! [`Alarm`]: wakes a thread that sleeps.

use crate::sync::{Condvar, Mutex};
use std::mem;
use std::sync::Arc;
use std::task::Wake;
use std::time::Instant;

/// Wakes a thread that sleeps.
pub(super) struct Alarm {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Self { rung: Mutex::new(false), ringing: Condvar::new() }
    }

    /// Sleeps until it rings; returns whether it did so in time.
    pub(super) fn wait(&self, until: Option<Instant>) -> bool {
        let mut rung = self.rung.lock();
        while !*rung {
            let Some(until) = until else {
                rung = self.ringing.wait(rung);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (rung, _) = self.ringing.wait_for(rung, left);
        }
        mem::take(&mut *rung)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.rung.lock() = true;
        self.ringing.notify_one();
    }
}
