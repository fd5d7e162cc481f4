//! [`Shared`]: what the thread of a follower shares with those who ask.

use crate::client::unpoisoned;
use crate::error::{NotYet, guarded};
use crate::status::{Shown, Status};
use readmostly::{CowCell, Watch};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Notify;

/// What the thread shares with those who ask.
pub(crate) struct Shared {
    /// Without what each transaction changes.
    status: Arc<CowCell<Status>>,
    progress: Mutex<Progress>,
    /// The revisions that are waited for, and by how many. It is locked after the progress.
    waiting: Mutex<BTreeMap<u64, usize>>,
    moved: Condvar,
    /// Somebody waits for a revision.
    pub(crate) asked: Notify,
    /// The follower is dropped.
    pub(crate) stopped: Notify,
    is_stopped: AtomicBool,
}

/// What each transaction changes. Whoever watches the status is not woken for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) revision: u64,
    pub(crate) newest: u64,
    pub(crate) current_at: Option<SystemTime>,
    pub(crate) version: u64,
    pub(crate) published: u64,
}

impl Shared {
    pub(crate) fn new(status: Status) -> Self {
        let Status { revision, newest, current_at, version, published, .. } = status;
        let progress = Progress { revision, newest, current_at, version, published };
        Self {
            status: Arc::new(CowCell::new(status)),
            progress: Mutex::new(progress),
            waiting: Mutex::default(),
            moved: Condvar::new(),
            asked: Notify::new(),
            stopped: Notify::new(),
            is_stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.with_progress((*self.status.load()).clone())
    }

    fn with_progress(&self, status: Status) -> Status {
        let Progress { revision, newest, current_at, version, published } = *unpoisoned(&self.progress);
        Status { revision, newest, current_at, version, published, ..status }
    }

    /// The revision that the table shows.
    pub(crate) fn revision(&self) -> u64 {
        unpoisoned(&self.progress).revision
    }

    /// Has the follower end. From now on it publishes nothing.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.stopped.notify_one();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Acquire)
    }

    pub(crate) fn watch(&self) -> Watch<Arc<CowCell<Status>>> {
        Watch::new(Arc::clone(&self.status))
    }

    /// Changes what each transaction changes, and wakes those who wait for a revision.
    pub(crate) fn progress(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = unpoisoned(&self.progress);
        let before = progress.revision;
        change(&mut progress);
        if progress.revision != before {
            self.moved.notify_all();
        }
    }

    /// The newest revision that somebody waits for.
    pub(crate) fn wanted(&self) -> u64 {
        unpoisoned(&self.waiting).keys().next_back().copied().unwrap_or(0)
    }

    /// Changes the status, and wakes whoever watches it if there is something new.
    ///
    /// The follower's thread and the one that saves do this, so what one reads the other must not replace: the cell's own lock is held
    /// meanwhile. No code of the user's runs under it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Status)) {
        let update = |status: &mut Status| {
            *status = self.with_progress(status.clone());
            let before = status.clone();
            change(status);
            if *status == before { Err(()) } else { Ok(()) }
        };
        // A waker is the user's. The status is there when one panics.
        if !matches!(guarded(|| self.status.try_update(update)), Ok(Err(()))) {
            drop(unpoisoned(&self.progress));
            self.moved.notify_all();
        }
    }

    /// Waits until this revision is known.
    pub(crate) fn wait_for(&self, revision: u64, timeout: Duration) -> Result<Status, NotYet> {
        let end = Instant::now().checked_add(timeout);
        let mut progress = unpoisoned(&self.progress);
        let waiting = (progress.revision < revision).then(|| Waiting::new(self, revision));
        while progress.revision < revision || self.status.load().shown != Shown::Etcd {
            let left = end.map_or(timeout, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                let failure = self.status.load().last_error.clone();
                return Err(NotYet { revision: progress.revision, failure });
            }
            progress = self.moved.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop((progress, waiting));
        Ok(self.status())
    }
}

/// Somebody waits for a revision, until this is dropped.
struct Waiting<'a> {
    shared: &'a Shared,
    revision: u64,
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared, revision: u64) -> Self {
        *unpoisoned(&shared.waiting).entry(revision).or_default() += 1;
        shared.asked.notify_one();
        Self { shared, revision }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = unpoisoned(&self.shared.waiting);
        if let Some(count) = waiting.get_mut(&self.revision) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.revision);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::unreached;
    use std::thread;

    #[test]
    fn two_threads_that_change_the_status_lose_nothing() {
        let shared = Shared::new(unreached(String::new()));
        let rounds = 2_000;
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..rounds).for_each(|_| shared.change(|status| status.failed += 1)));
            }
            scope.spawn(|| (0..rounds).for_each(|_| shared.progress(|progress| progress.published += 1)));
        });
        assert_eq!((shared.status().failed, shared.status().published), (2 * rounds, rounds));
    }

    #[test]
    fn what_is_waited_for_is_forgotten_when_nobody_waits() {
        let shared = Shared::new(unreached(String::new()));
        let waits = [3, 7, 7].map(|revision| Waiting::new(&shared, revision));
        let mut wanted = vec![shared.wanted()];
        for waiting in waits.into_iter().rev() {
            drop(waiting);
            wanted.push(shared.wanted());
        }
        assert_eq!(wanted, [7, 7, 3, 0]);
    }
}
