//! A save on a thread of its own.

use super::Store;
use super::info::Saved;
use super::inner::{Inner, unpoisoned};
use super::turns::Turn;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Progress as Counts;
use crate::table::Table;
use crate::waste::{Waste, guarded};
use crate::worker::Worker;
use readmostly::Snapshot;
use std::fmt;
use std::process;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A save that goes on on a thread of its own.
///
/// When it is dropped the save goes on, and nobody is told how it ends. A store that is dropped waits for it.
///
/// # Examples
///
/// ```
/// use readmostly::CowSet;
/// use readmostly_persist::{Options, Store};
///
/// let folder = tempfile::tempdir()?;
/// let set: CowSet<u32> = (0..10_000).collect();
/// let store = Store::open(&folder, Options::new())?;
/// let saving = store.save_in_background(set.snapshot());
/// set.insert(10_000); // the table goes on being written
/// assert!(saving.progress().of >= saving.progress().records);
/// saving.wait()?;
/// assert_eq!(store.load()?.unwrap().value.len(), 10_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "only `wait` tells whether it was saved"]
pub struct Saving {
    shared: Arc<Shared>,
    /// The process that saves.
    process: u32,
}

struct Shared {
    counts: Counts,
    entries: u64,
    result: Mutex<Option<Result<Saved>>>,
    done: Condvar,
}

/// How far a save is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many records were encoded.
    pub records: u64,
    /// How many there are at most: all entries. A delta has fewer.
    pub of: u64,
    /// How many bytes were written.
    pub bytes: u64,
}

impl fmt::Debug for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saving")
            .field("progress", &self.progress())
            .field("is_done", &self.is_done())
            .finish_non_exhaustive()
    }
}

impl Saving {
    /// Returns how far the save is.
    ///
    /// # Examples
    ///
    /// See [`Saving`].
    pub fn progress(&self) -> Progress {
        let counts = &self.shared.counts;
        let (records, bytes) = (counts.records.load(Ordering::Relaxed), counts.bytes.load(Ordering::Relaxed));
        // The changes of a vector have a record each for where they are as well.
        Progress { records: records.min(self.shared.entries), of: self.shared.entries, bytes }
    }

    /// Whether the save has ended, well or not.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = Store::open(&folder, Options::new())?;
    /// let saving = store.save_in_background(CowSet::from([1]).snapshot());
    /// while !saving.is_done() {
    ///     std::thread::yield_now();
    /// }
    /// saving.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_done(&self) -> bool {
        unpoisoned(&self.shared.result).is_some()
    }

    /// Waits until the save has ended, and returns what [`Store::save`] returns.
    ///
    /// # Examples
    ///
    /// See [`Saving`].
    ///
    /// # Errors
    ///
    /// As [`Store::save`]; [`Cancelled`](ErrorKind::Cancelled) if it was; [`Panic`](ErrorKind::Panic) if code of yours has panicked.
    /// [`Locked`](ErrorKind::Locked) in the child of a fork: its parent saves, and is told.
    pub fn wait(self) -> Result<Saved> {
        // First: the thread that saves may have the lock at the fork.
        if self.process != process::id() {
            return Err(Error::forked());
        }
        let mut result = unpoisoned(&self.shared.result);
        loop {
            if let Some(result) = &*result {
                return result.clone();
            }
            result = self.shared.done.wait(result).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks the save to end without a file. It may be done already: [`wait`](Self::wait) tells.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{ErrorKind, Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = Store::open(&folder, Options::new())?;
    /// let saving = store.save_in_background(CowSet::from([1]).snapshot());
    /// saving.cancel();
    /// match saving.wait() {
    ///     Ok(saved) => assert!(saved.written),
    ///     Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self) {
        self.shared.counts.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Saves, and makes an error of a panic. What is to be dropped then is returned.
pub(super) fn save_guarded<T: Table>(
    inner: &Inner<T>,
    turn: Turn,
    snapshot: impl FnOnce() -> Snapshot<T>,
    counts: Option<&Counts>,
) -> (Result<Saved>, Waste<T>) {
    let mut waste = Waste::new();
    let saved = guarded(|| inner.save(turn, || snapshot().into(), counts, &mut waste));
    let saved = saved.unwrap_or_else(|| {
        // Not the message: it may have something of the content in it.
        let what = "`Serialize` or `PartialEq` of a type, or the closure of a key, has panicked, and nothing was saved; the panic was printed";
        Err(Error::new(ErrorKind::Panic, what).in_file(&inner.folder))
    });
    (saved, waste)
}

impl<T: Table> Store<T> {
    /// Saves a snapshot on a thread of its own, as [`save`](Self::save) does. The table may be written to meanwhile.
    ///
    /// Saves come one after the other, in the order of the calls. The thread drops the version that was saved before when it has told
    /// how the save has ended, so [`wait`](Saving::wait) does not wait for that, or for your destructors. Where those take longer than the
    /// saves are apart, threads that drop add up.
    ///
    /// # Examples
    ///
    /// See [`Saving`].
    ///
    /// Computes in **O(1)** time: that of starting a thread.
    pub fn save_in_background(&self, snapshot: Snapshot<T>) -> Saving {
        let entries = snapshot.entries();
        let (result, done) = (Mutex::new(None), Condvar::new());
        let shared = Arc::new(Shared { counts: Counts::default(), entries, result, done });
        let (inner, told) = (Arc::clone(&self.inner), Arc::clone(&shared));
        let saving = Saving { shared, process: process::id() };
        let turn = match inner.turn() {
            Ok(turn) => turn,
            Err(error) => {
                saving.shared.tell(Err(error));
                return saving;
            }
        };
        let save = move || {
            let (result, waste) = save_guarded(&inner, turn, || snapshot.clone(), Some(&told.counts));
            // Nothing of the store is held when somebody is told that it is done.
            guarded(|| drop(inner));
            told.tell(result);
            // To drop the pages that the version before had to itself takes several times as long as to find what has changed.
            guarded(|| drop(snapshot));
            waste.discard();
        };
        // One that waits for the next save could be woken in a quarter of the time. But on a busy machine it then takes the processor of this
        // thread, for milliseconds and in every second save: a thread that has slept is let in at once, and a new one is not.
        match Worker::spawn("readmostly save", save) {
            Ok(thread) => {
                let mut threads = unpoisoned(&self.threads);
                threads.retain(|thread| !thread.is_finished());
                threads.push(thread);
            }
            Err(error) => saving.shared.tell(Err(Error::io("no thread can be started", error))),
        }
        saving
    }
}

impl Shared {
    fn tell(&self, result: Result<Saved>) {
        *unpoisoned(&self.result) = Some(result);
        self.done.notify_all();
    }
}
