//! [`Shared`]: what the thread of a follower shares with those who ask.

use crate::client::unpoisoned;
use crate::error::{Failure, NotYet, guarded};
use crate::status::{Shown, Status};
use readmostly::{CowCell, Watch};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// What the thread shares with those who ask.
pub(crate) struct Shared {
    /// Without what each transaction changes.
    status: Arc<CowCell<Status>>,
    progress: Mutex<Progress>,
    moved: Condvar,
    /// Somebody waits for a revision.
    pub(crate) asked: Notify,
    /// The follower is dropped.
    pub(crate) stop: Notify,
}

/// What each transaction changes. Whoever watches the status is not woken for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) revision: u64,
    pub(crate) newest: u64,
    pub(crate) current_at: Option<SystemTime>,
    pub(crate) version: u64,
    pub(crate) published: u64,
    /// The newest revision that somebody waits for.
    wanted: u64,
}

impl Shared {
    pub(crate) fn new(status: Status) -> Self {
        let Status { revision, newest, current_at, version, published, .. } = status;
        let progress = Progress { revision, newest, current_at, version, published, wanted: 0 };
        Self {
            status: Arc::new(CowCell::new(status)),
            progress: Mutex::new(progress),
            moved: Condvar::new(),
            asked: Notify::new(),
            stop: Notify::new(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        let status = (*self.status.load()).clone();
        let Progress { revision, newest, current_at, version, published, .. } = *unpoisoned(&self.progress);
        Status { revision, newest, current_at, version, published, ..status }
    }

    pub(crate) fn watch(&self) -> Watch<Arc<CowCell<Status>>> {
        Watch::new(Arc::clone(&self.status))
    }

    /// Changes what each transaction changes, and wakes those who wait for a revision. Returns what they wait for.
    pub(crate) fn progress(&self, change: impl FnOnce(&mut Progress)) -> u64 {
        let mut progress = unpoisoned(&self.progress);
        let before = progress.revision;
        change(&mut progress);
        if progress.revision != before {
            self.moved.notify_all();
        }
        progress.wanted
    }

    /// Changes the status, and wakes whoever watches it if there is something new.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Status)) {
        let shown = self.status();
        let mut status = shown.clone();
        change(&mut status);
        if status != shown {
            // A waker is the user's. The status is there when one panics.
            drop(guarded(|| drop(self.status.replace(status))));
            drop(unpoisoned(&self.progress));
            self.moved.notify_all();
        }
    }

    /// Enters a failure. It keeps the time of the first one.
    pub(crate) fn fail(&self, failure: &Failure) {
        self.change(|status| {
            let since = status.last_error.as_ref().map_or(failure.since, |before| before.since);
            status.last_error = Some(Failure { since, ..failure.clone() });
        });
    }

    /// Waits until this revision is known.
    pub(crate) fn wait_for(&self, revision: u64, timeout: Duration) -> Result<Status, NotYet> {
        let end = Instant::now().checked_add(timeout);
        let mut progress = unpoisoned(&self.progress);
        if progress.revision < revision {
            progress.wanted = progress.wanted.max(revision);
            self.asked.notify_one();
        }
        while progress.revision < revision || self.status.load().shown != Shown::Etcd {
            let left = end.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let failure = self.status.load().last_error.clone();
                return Err(NotYet { revision: progress.revision, failure });
            }
            progress =
                self.moved.wait_timeout(progress, left).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        drop(progress);
        Ok(self.status())
    }
}
