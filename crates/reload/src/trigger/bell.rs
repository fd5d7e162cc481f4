//! [`Bell`]: tells a thread to stop, wherever it sleeps.

use crate::turn::unpoisoned;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rung once, when the thread is to stop.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    ringing: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *unpoisoned(&self.rung) = true;
        self.ringing.notify_all();
    }

    /// Sleeps for this time. Returns `false` if the bell was rung.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let rung = unpoisoned(&self.rung);
        let waited = self.ringing.wait_timeout_while(rung, time, |rung| !*rung);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
