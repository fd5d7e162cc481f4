//! [`Bell`]: tells a thread what to do, wherever it sleeps.

use crate::turn::unpoisoned;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// What a thread is to do that sleeps.
#[derive(Clone, Copy, Default, PartialEq)]
enum Wish {
    #[default]
    None,
    Look,
    Stop,
}

/// Wakes a thread that sleeps: to look, or to stop.
#[derive(Default)]
pub(crate) struct Bell {
    wish: Mutex<Wish>,
    ringing: Condvar,
    /// Wakes the thread where it sleeps in the kernel.
    wire: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl Bell {
    /// Tells the thread to stop.
    pub(crate) fn stop(&self) {
        self.ring(Wish::Stop);
    }

    /// Asks the thread to look.
    pub(crate) fn look(&self) {
        self.ring(Wish::Look);
    }

    fn ring(&self, wish: Wish) {
        let mut there = unpoisoned(&self.wish);
        if *there != Wish::Stop {
            *there = wish;
        }
        drop(there);
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

    /// Sleeps for this time. Returns `false` if the thread is to stop.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        self.sleep(time, |wish| wish != Wish::Stop)
    }

    /// Sleeps for this time, or until somebody asks for a look. Returns `false` if the thread is to stop.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        self.sleep(time, |wish| wish == Wish::None) && {
            self.is_asked();
            true
        }
    }

    /// Whether somebody has asked for a look. The next call does not tell that again.
    pub(crate) fn is_asked(&self) -> bool {
        let mut wish = unpoisoned(&self.wish);
        let is_asked = *wish == Wish::Look;
        if is_asked {
            *wish = Wish::None;
        }
        is_asked
    }

    fn sleep(&self, time: Duration, goes_on: impl Fn(Wish) -> bool) -> bool {
        let wish = unpoisoned(&self.wish);
        let waited = self.ringing.wait_timeout_while(wish, time, |wish| goes_on(*wish));
        *waited.unwrap_or_else(PoisonError::into_inner).0 != Wish::Stop
    }
}
