//! [`Bell`]: tells a thread to stop, wherever it sleeps.

use crate::turn::unpoisoned;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Rung once, when the thread is to stop.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
    /// Wakes the thread where it sleeps in the kernel.
    wire: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *unpoisoned(&self.rung) = true;
        self.ringing.notify_all();
        if let Some(wire) = self.wire.get() {
            wire();
        }
    }

    /// Has `wire` called when the bell rings. The first one counts.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody sleeps in the kernel there"))]
    pub(crate) fn connect(&self, wire: impl Fn() + Send + Sync + 'static) {
        drop(self.wire.set(Box::new(wire)));
    }

    /// Sleeps for this time. Returns `false` if the bell was rung.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let rung = unpoisoned(&self.rung);
        let waited = self.ringing.wait_timeout_while(rung, time, |rung| !*rung);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
