//! The thread that folds a log, and has on disk what was published before.

use super::Shared;
use super::commit::Waste;
use crate::error::{Error, ErrorKind, Result};
use crate::options::SyncMode;
use crate::table::Table;
use readmostly::Source;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the thread is to do.
#[derive(Default)]
pub(super) struct Work {
    fold: bool,
    /// When what is published is to be on disk.
    flush: Option<Instant>,
    pub(super) stop: bool,
    /// Why the last of these has failed.
    pub(super) failed: Option<Error>,
}

impl<S: Source<Value: Table + Clone>> Shared<S> {
    pub(super) fn work_to_do(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ask_to_fold(&self) {
        let mut work = self.work_to_do();
        if !work.fold {
            work.fold = true;
            self.wanted.notify_one();
        }
    }

    pub(super) fn flush_within(&self, interval: Duration) {
        let mut work = self.work_to_do();
        if work.flush.is_none() {
            let now = Instant::now();
            work.flush =
                Some(now.checked_add(interval).unwrap_or_else(|| now + Duration::from_secs(1 << 30)));
            self.wanted.notify_one();
        }
    }

    pub(super) fn flush(&self) -> Result<()> {
        let mut waste = Waste::new();
        self.commit.flush(&self.journal, &mut waste)
    }

    /// What the thread does until it is told to stop.
    pub(super) fn work(&self) {
        while let Some((fold, flush)) = self.next_work() {
            // A panic of `Serialize` or of a destructor is the program's own, and has been shown.
            let worked = catch_unwind(AssertUnwindSafe(|| {
                if flush {
                    self.flush()?;
                }
                if fold || self.journal.is_long() { self.journal.fold(&mut Waste::new()) } else { Ok(()) }
            }));
            let panicked =
                |_| Err(Error::new(ErrorKind::Panic, "`Serialize`, or a destructor, has panicked"));
            let failed = worked.unwrap_or_else(panicked).err();
            if failed.is_some() && flush {
                if let SyncMode::Every(interval) = self.sync {
                    self.flush_within(interval.max(Duration::from_millis(10)));
                }
            }
            self.work_to_do().failed = failed;
        }
    }

    /// Waits for something to do: a fold, a flush, or both; `None` at the end.
    fn next_work(&self) -> Option<(bool, bool)> {
        let mut work = self.work_to_do();
        loop {
            if work.stop {
                return None;
            }
            let now = Instant::now();
            let flush = work.flush.is_some_and(|at| at <= now);
            if work.fold || flush {
                let fold = std::mem::take(&mut work.fold);
                work.flush.take_if(|_| flush);
                return Some((fold, flush));
            }
            work = match work.flush {
                Some(at) => {
                    self.wanted.wait_timeout(work, at - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.wanted.wait(work).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
