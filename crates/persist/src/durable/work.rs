//! The threads that work in the background: one folds the log, and one has on disk what was published before.

use super::Shared;
use super::commit::Waste;
use crate::error::{Error, Result, caught};
use crate::options::SyncMode;
use crate::table::Table;
use readmostly::Source;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the threads are to do.
#[derive(Default)]
pub(super) struct Work {
    fold: bool,
    /// When what is published is to be on disk.
    flush: Option<Instant>,
    pub(super) stop: bool,
    /// Why the last of each has failed.
    failed_fold: Option<Error>,
    failed_flush: Option<Error>,
}

impl Work {
    /// Why something has failed: a flush before a fold, since only that one may lose something.
    pub(super) fn failed(&self) -> Option<Error> {
        self.failed_flush.clone().or_else(|| self.failed_fold.clone())
    }
}

impl<S: Source<Value: Table + Clone>> Shared<S> {
    pub(super) fn work_to_do(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this thread has writes confirmed, or the table saved: then it runs the user's code, and would wait for itself.
    pub(super) fn is_inside(&self) -> bool {
        self.commit.leads_here() || self.journal.folds_here()
    }

    #[track_caller]
    pub(super) fn refuse_inside(&self) {
        assert!(
            !self.is_inside(),
            "a write inside a write: this thread has the writes of this table confirmed, or the table saved, at the moment, and \
             would wait for itself; the closure of a key, and `Serialize`, must not write to it, flush it or fold it"
        );
    }

    pub(super) fn ask_to_fold(&self) {
        let mut work = self.work_to_do();
        if !work.fold {
            work.fold = true;
            self.wanted.notify_all();
        }
    }

    pub(super) fn flush_within(&self, interval: Duration) {
        let mut work = self.work_to_do();
        if work.flush.is_none() {
            let now = Instant::now();
            work.flush =
                Some(now.checked_add(interval).unwrap_or_else(|| now + Duration::from_secs(1 << 30)));
            self.wanted.notify_all();
        }
    }

    pub(super) fn flush(&self) -> Result<()> {
        let mut waste = Waste::new();
        self.commit.flush(&self.journal, &mut waste)
    }

    /// What the thread that folds does until it is told to stop.
    pub(super) fn fold_when_asked(&self) {
        while self.wait_for_fold() {
            if !self.journal.is_long() {
                // It was asked for once more when the last one was about to begin.
                continue;
            }
            let mut waste = Waste::new();
            let failed = caught(|| self.journal.fold(&mut waste)).err();
            // A panic of a destructor comes after all is done, and is no failure.
            waste.discard();
            self.work_to_do().failed_fold = failed;
        }
    }

    /// What the thread that flushes does until it is told to stop. It waits for no fold, which takes as long as it takes to write the table.
    pub(super) fn flush_when_due(&self) {
        while self.wait_for_flush() {
            let mut waste = Waste::new();
            let failed = caught(|| self.commit.flush(&self.journal, &mut waste)).err();
            waste.discard();
            if failed.is_some() {
                if let SyncMode::Every(interval) = self.sync {
                    self.flush_within(interval.max(Duration::from_millis(10)));
                }
            }
            self.work_to_do().failed_flush = failed;
            if self.journal.is_long() {
                self.ask_to_fold();
            }
        }
    }

    /// Returns `false` at the end.
    fn wait_for_fold(&self) -> bool {
        let mut work = self.work_to_do();
        while !work.stop && !work.fold {
            work = self.wanted.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.fold = false;
        !work.stop
    }

    /// Returns `false` at the end.
    fn wait_for_flush(&self) -> bool {
        let mut work = self.work_to_do();
        while !work.stop {
            let now = Instant::now();
            work = match work.flush {
                Some(at) if at <= now => {
                    work.flush = None;
                    return true;
                }
                Some(at) => {
                    self.wanted.wait_timeout(work, at - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wanted.wait(work).unwrap_or_else(PoisonError::into_inner),
            };
        }
        false
    }
}
