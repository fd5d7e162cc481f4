//! [`Trigger`]: when to look. A poll is the truth everywhere; on Linux inotify makes it look sooner.

mod bell;

pub(crate) use self::bell::Bell;

use std::sync::Arc;
use std::time::Duration;

/// Waits until it is time to look.
pub(crate) struct Trigger {
    pub(crate) bell: Arc<Bell>,
    pub(crate) poll: Duration,
}

impl Trigger {
    /// Sleeps until there is something to look at, or the time for a poll has come. Returns `false` if the bell was rung.
    pub(crate) fn wait(&mut self) -> bool {
        self.bell.pause(self.poll)
    }

    /// Sleeps for this time. Returns `false` if the bell was rung.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        self.bell.pause(time)
    }
}
