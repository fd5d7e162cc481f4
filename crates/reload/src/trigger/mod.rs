//! [`Trigger`]: when to look. A poll is the truth everywhere; on Linux inotify makes it look sooner.
//!
//! An event says no more than that it is time to look. What has changed is found by reading, at each event and at each poll. So
//! no event need be understood, none is missed for ever, and an overflow of the kernel's queue is one event more.
//!
//! # Why inotify by rustix, and not the crate `notify`
//!
//! | | rustix 1.1.6 | notify 8.2.2 |
//! |---|---|---|
//! | licence | MIT, or Apache-2.0 with and without the LLVM exception | CC0-1.0 |
//! | the oldest compiler | 1.65 | 1.88, and ours is 1.85 |
//! | brings on Linux | nothing that `readmostly` has not | nine crates |
//! | gives | the kernel's events | events, debounced by another crate, of five systems |
//! | a rename over a watched file | we watch folders | of a watched file, nothing is told after it |
//! | a link on the way | we watch each folder of the chain | a watched link is resolved once |
//!
//! What `notify` is made for, telling on five systems what has happened to which file, is not needed here. What is needed,
//! following a chain of links and arming it anew, would have to be built over it too.

mod bell;
#[cfg_attr(target_os = "linux", path = "inotify.rs")]
#[cfg_attr(not(target_os = "linux"), path = "none.rs")]
mod events;

pub(crate) use self::bell::Bell;

use self::events::Events;
use crate::chain::Subject;
use std::sync::Arc;
use std::time::Duration;

/// The least time between two looks.
pub(crate) const LEAST: Duration = Duration::from_millis(1);

/// The least time from a look to the next one for an event, in times that the first one took, up to `LONGEST`: a large file that is
/// touched all the time keeps no processor busy.
const RESTS: u32 = 9;

/// The most time of that. A look may have waited for a disk, or have had much to parse.
const LONGEST: Duration = Duration::from_secs(1);

/// How long to rest after a look that took so long.
fn rest_after(took: Duration) -> Duration {
    took.saturating_mul(RESTS).min(LONGEST)
}

/// Waits until it is time to look.
pub(crate) struct Trigger {
    pub(crate) bell: Arc<Bell>,
    poll: Duration,
    /// None where there are none, or they are not wanted.
    events: Option<Events>,
}

impl Trigger {
    /// What happens from now on is told by the first `wait`.
    pub(crate) fn new(poll: Duration, subject: Option<Subject>) -> Self {
        let bell = Arc::new(Bell::default());
        let events = subject.and_then(|subject| Events::new(subject, &bell));
        Self { bell, poll: poll.max(LEAST), events }
    }

    /// Sleeps until something has happened, or the time for a poll has come, or somebody asks for a look. Returns `false` if the
    /// thread is to stop. `took` is how long the last look did.
    pub(crate) fn wait(&mut self, took: Duration) -> bool {
        match &mut self.events {
            Some(events) => events.wait(&self.bell, self.poll, took),
            None => self.bell.wait(self.poll),
        }
    }

    /// Sleeps for this time, or longer after a look that took long. Returns `false` if the thread is to stop.
    pub(crate) fn pause_after(&self, time: Duration, took: Duration) -> bool {
        self.pause(time.max(rest_after(took)))
    }

    /// Sleeps for this time. Returns `false` if the thread is to stop.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        self.bell.pause(time)
    }
}
