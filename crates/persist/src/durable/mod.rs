//! [`Durable`]: a container whose writes are on disk before anybody sees them.

mod commit;
mod index;
mod journal;
mod keep;
mod log;
mod prune;
mod reads;
mod recover;
mod recovered;
#[cfg(test)]
mod tests;
mod verify;
mod work;
mod writes;

pub use reads::DurableStatus;
pub use recovered::{Logged, Recovered, Torn};

use self::commit::{Commit, Waste};
use self::journal::Journal;
use self::work::Work;
use crate::disk::{Disk, Real};
use crate::error::{Error, Result};
use crate::format::Known;
use crate::options::{Options, SyncMode};
use crate::table::Table;
use crate::waste::Decoded;
use crate::worker::Worker;
use readmostly::Source;
use std::fmt;
use std::io;
use std::mem;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A container whose writes are on disk before anybody sees them.
///
/// `S` is a container of [`readmostly`]: a [`CowMap`](readmostly::CowMap), [`CowSet`](readmostly::CowSet),
/// [`CowVec`](readmostly::CowVec), [`CowOrdMap`](readmostly::CowOrdMap), [`CowOrdSet`](readmostly::CowOrdSet),
/// [`CowIndexMap`](readmostly::CowIndexMap), [`CowIndexSet`](readmostly::CowIndexSet), or a [`CowCell`](readmostly::CowCell) of a
/// value that is [`Whole`](crate::Whole).
///
/// # Trade-offs
///
/// A read costs what it costs without this. A write costs a write and a sync of the disk: some 200 µs on an SSD, and milliseconds on
/// a disk that turns. The first one after an open begins a log, which takes some five times as long. Writers that wait share a sync, so eight of them get about four times as many writes through as one. A table that is
/// written as often as it is read, or does not fit into memory, wants a database.
///
/// # Consistency
///
/// - What a reader has seen is on disk. What the disk has refused was never seen. After an open, [`Recovered::unsaved`] names the one exception.
/// - A write that has returned `Ok` is there after a crash at any instruction, and so is every write before it.
/// - Writes are confirmed and published in the order in which their closures ran. Those that share a sync are published as one version.
/// - A write that returns an `Err` has published nothing. If the process ends before a later write succeeds, a restart may
///   find it all the same, whole: the disk was asked for it, and has not said what it did.
/// - A closure that returns an `Err` or panics writes and publishes nothing.
///
/// With [`SyncMode::Every`] a write is published at once and on disk within a time: the first two do not hold for what was written in it.
///
/// # When the disk fails
///
/// A disk that is full, read-only or failing is an `Err` for all writes that were under way, and readers go on. The log is given up:
/// after a failed sync nobody knows what of it is on disk. The next write saves the table, as a [`fold`](Self::fold) does, and begins
/// a new log; so it succeeds as soon as the disk does. The same is done where somebody has removed the log, or has put a copy in its place. If old generations fill the
/// disk, [`Store::prune`](crate::Store::prune) makes room while the table is closed, and so does a smaller
/// [`keep`](Options::keep) at the next open. With `keep(1)` a prune removes all logs but the newest as well.
///
/// On a full disk a write fails that only removes entries, too: it begins with a new file. Where a full file and one log alone fill the disk nothing can be
/// removed, and the folder needs a larger disk. Let [`log_size`](Options::log_size) be far smaller than that.
///
/// # After a crash
///
/// [`open`](Self::open) loads a file of the store and replays the log that stands on it. The end of a log that was being written when
/// the machine stopped was never confirmed; it is dropped, and [`Recovered::torn`] says so. Damage before that is an error that says
/// where, and nothing is changed. The logs stay that stand on the last full file and its deltas, and the last log of the full file before. So where one
/// file is damaged that the newest log needs, an older one and these logs make the same state, and [`Recovered::skipped`] names it; from the second
/// [`fold`](Self::fold) behind the first write on. A [`prune`](crate::Store::prune) with `keep(1)` leaves one log until the next one. An open reads no older
/// file: [`Store::verify_all`](crate::Store::verify_all) does. (Damage to the last write of the log looks like one that was never confirmed, and is told as such. Nobody can
/// tell a log from one whose end was cut off.)
///
/// # In the child of a fork
///
/// Reads work. A write, a flush and a fold are an error, [`Locked`](crate::ErrorKind::Locked): the log is the parent's. A program that forks to go on in
/// the background opens its tables after that. [`status`](Self::status) may wait for ever there if another thread of the parent was in a call of the table.
///
/// # Deadlocks
///
/// A write inside a write, on one thread, panics: also in a `Serialize` that a write calls. So does a write, a flush or a fold in the closure of a key, or
/// in a `Serialize` that a fold calls; in the background that is a failure in the [`status`](Self::status). These must not wait for another thread that writes either. Destructors,
/// wakers and threads of yours may write.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly_persist::{Durable, Options};
///
/// let folder = tempfile::tempdir()?;
/// type Users = CowMap<u64, String>;
/// {
///     let (users, _) = Durable::<Users>::open(&folder, Options::new())?;
///     users.insert(1, "ann".to_owned())?;
///     users.update(|draft| {
///         draft.insert(2, "bob".to_owned());
///         draft.remove(&1);
///     })?;
/// }
/// // After a restart, or a crash.
/// let (users, recovered) = Durable::<Users>::open(&folder, Options::new())?;
/// assert_eq!(recovered.updates, 2);
/// assert_eq!(users.load().get(&2).map(String::as_str), Some("bob"));
/// assert_eq!(users.load().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Durable<S: Source<Value: Table + Clone>> {
    shared: Arc<Shared<S>>,
    /// That of `shared`, so that a read follows one pointer and not two.
    container: Arc<S>,
    threads: Vec<Worker>,
}

struct Shared<S: Source<Value: Table + Clone>> {
    container: Arc<S>,
    commit: Commit<S::Value>,
    journal: Journal<S::Value>,
    max_record: usize,
    /// Of which forms of values one was read again. Whoever has a draft takes it out: code of the user's runs meanwhile.
    known: Mutex<Known>,
    sync: SyncMode,
    work: Mutex<Work>,
    wanted: Condvar,
}

impl<S> Durable<S>
where
    S: Source<Value: Table + Clone> + From<S::Value> + Send + Sync + 'static,
{
    /// Opens a folder, and makes it where it is not there. Returns the table as last confirmed, and what was found.
    ///
    /// An empty folder is an empty table. A folder of a [`Store`](crate::Store) is the table that was saved last. The
    /// folder is locked for this process until the table is dropped. There is one thread that folds the log in the background, and with
    /// [`SyncMode::Every`] another one that has writes on disk.
    ///
    /// # Examples
    ///
    /// See [`Durable`].
    ///
    /// # Errors
    ///
    /// [`Locked`](crate::ErrorKind::Locked) if another process has it open, or this one has it twice. [`Damaged`](crate::ErrorKind::Damaged),
    /// [`Parent`](crate::ErrorKind::Parent) and the like if what was confirmed, or what a store has saved last, cannot be read completely; nothing is
    /// changed then. An older state may still be there: [`Store::open_read_only`](crate::Store::open_read_only) and
    /// [`load`](crate::Store::load) find it, and an open does where the damaged file and all logs were moved elsewhere.
    /// [`NothingLoads`](crate::ErrorKind::NothingLoads) if there is no log, and no file can be read; it lists all, with the reasons.
    /// [`Io`](crate::ErrorKind::Io) if the folder cannot be made, locked or read.
    ///
    /// Computes in **O(n)** time.
    pub fn open(folder: impl AsRef<Path>, options: Options) -> Result<(Self, Recovered)>
    where
        S::Value: Default,
    {
        Self::open_or(folder, options, S::Value::default)
    }

    /// Opens a folder as [`open`](Self::open) does. In an empty one the table is what `initial` makes.
    ///
    /// What that made is on disk with the first write.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowCell;
    /// use readmostly_persist::{Durable, Options, Whole};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Clone, Serialize, Deserialize)]
    /// struct Limits {
    ///     requests: u32,
    /// }
    /// impl Whole for Limits {}
    ///
    /// let folder = tempfile::tempdir()?;
    /// let initial = || Limits { requests: 100 };
    /// let (limits, _) = Durable::<CowCell<Limits>>::open_or(&folder, Options::new(), initial)?;
    /// limits.update(|draft| draft.requests += 1)?;
    /// assert_eq!(limits.load().requests, 101);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    ///
    /// Computes in **O(n)** time.
    pub fn open_or(
        folder: impl AsRef<Path>,
        options: Options,
        initial: impl FnOnce() -> S::Value,
    ) -> Result<(Self, Recovered)> {
        let folder = folder.as_ref();
        let disk = Real::new(folder)
            .map_err(|error| Error::io("the folder cannot be made", error).in_file(folder))?;
        let folder = disk.folder().to_path_buf();
        Self::open_on(Arc::new(disk), &folder, options, initial)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: Options,
        initial: impl FnOnce() -> S::Value,
    ) -> Result<(Self, Recovered)> {
        let (max_record, sync) = (options.max_record, options.sync);
        let (journal, recovered) = Journal::open(disk, folder, options, initial)?;
        let (value, number) = journal.confirmed();
        let container = Arc::new(S::from((*value).clone()));
        let early = sync != SyncMode::Always;
        let shared = Arc::new(Shared {
            container: Arc::clone(&container),
            commit: Commit::new(value, number, early),
            journal,
            max_record,
            known: Mutex::default(),
            sync,
            work: Mutex::default(),
            wanted: Condvar::new(),
        });
        // What was started is ended by the drop, also where another one cannot be started.
        let mut durable = Self { shared, container, threads: Vec::new() };
        let io = |error| Error::io("the thread cannot be started", error).in_file(folder);
        durable.start("readmostly-durable", Shared::fold_when_asked).map_err(io)?;
        if early {
            durable.start("readmostly-flush", Shared::flush_when_due).map_err(io)?;
        }
        Ok((durable, recovered))
    }

    fn start(&mut self, name: &str, work: fn(&Shared<S>)) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        self.threads.push(Worker::spawn(name, move || work(&shared))?);
        Ok(())
    }

    /// Changes the table: runs `f` on a draft, has what it changed on disk, and then publishes it as one version.
    ///
    /// The draft starts from the write before, whether or not that is on disk yet. Waits for other closures, and for the disk. If `f`
    /// changes nothing, nothing is written or published. What `f` itself drops must not write to this table.
    ///
    /// If `f` panics, nothing is published and the table stays usable.
    ///
    /// # Examples
    ///
    /// See [`Durable`].
    ///
    /// # Panics
    ///
    /// Panics if a write to this table is running on this thread, or on a thread that is gone. The closure of a key and `Serialize` run in a
    /// write or a fold.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the disk refuses it, or has refused a write before that this one started from;
    /// [`TooLarge`](crate::ErrorKind::TooLarge) and [`Encode`](crate::ErrorKind::Encode) if a value cannot be written. Nothing is published then.
    ///
    /// Computes in the time of `f`, of a sync, and **O(d)** for what it changed, where `d` is the number of entries in the pages that it touched.
    #[track_caller]
    pub fn update<R>(&self, f: impl FnOnce(&mut S::Value) -> R) -> Result<R> {
        self.try_update(|draft| Ok(f(draft)))
    }

    /// Changes the table as [`update`](Self::update) does, unless `f` returns an `Err`: then nothing is written or published.
    ///
    /// The error of `f` is one that the crate's own [`Error`] can be made into, such as `Box<dyn Error>`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowVec;
    /// use readmostly_persist::{Durable, Options};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// let outcome: Result<(), Box<dyn std::error::Error>> = list.try_update(|draft| {
    ///     draft.push("1".parse()?);
    ///     draft.push("two".parse()?);
    ///     Ok(())
    /// });
    /// assert!(outcome.is_err());
    /// assert!(list.load().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// That of `f`, or one as [`update`](Self::update) has. If `f` has seen a write that the disk then refused, its outcome does not count,
    /// and the error is that of the disk.
    ///
    /// Computes in the time that [`update`](Self::update) takes.
    #[track_caller]
    pub fn try_update<R, E: From<Error>>(
        &self,
        f: impl FnOnce(&mut S::Value) -> Result<R, E>,
    ) -> Result<R, E> {
        let shared = &*self.shared;
        // First: in the child of a fork, a thread of the parent may have what tells whether this is inside a write.
        shared.journal.writable()?;
        shared.refuse_inside();
        // Dropped last, when nothing is held and all is published.
        let mut waste = Waste::new();
        if shared.commit.is_behind() {
            // What nobody could write comes first, or more and more would be lost in a crash.
            shared.commit.flush(&shared.journal, &mut waste)?;
        }
        let mut decoded = Decoded::default();
        let encode = |base: &S::Value, draft: &S::Value| {
            let mut known = mem::take(&mut *shared.known());
            let payload = journal::encode(base, draft, shared.max_record, &mut known, &mut decoded);
            *shared.known() = known;
            payload
        };
        let (result, prepared) = shared.commit.prepare(f, encode, &mut waste)?;
        match shared.sync {
            SyncMode::Always => {
                shared.commit.settle(&prepared, &shared.journal, &mut waste)?;
                shared.commit.publish(shared.container.cell());
            }
            SyncMode::Every(interval) if prepared.changed => {
                shared.commit.publish(shared.container.cell());
                shared.flush_within(interval);
            }
            SyncMode::Every(_) => {}
        }
        if shared.journal.is_long() {
            shared.ask_to_fold();
        }
        result
    }

    /// Replaces the whole table, as one write. What both have in common is not written.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowVec;
    /// use readmostly::paged::PagedVec;
    /// use readmostly_persist::{Durable, Options};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (list, _) = Durable::<CowVec<u32>>::open(&folder, Options::new())?;
    /// list.replace(PagedVec::from([1, 2, 3]))?;
    /// assert_eq!(*list.load(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    #[track_caller]
    pub fn replace(&self, value: S::Value) -> Result<()> {
        // The draft is handed out, and dropped when the turn has ended.
        self.update(|draft| std::mem::replace(draft, value)).map(drop)
    }

    /// Has all writes on disk that have returned. Only with [`SyncMode::Every`] there can be something to do.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Durable, Options, SyncMode};
    /// use std::time::Duration;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let options = Options::new().sync(SyncMode::Every(Duration::from_secs(60)));
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, options)?;
    /// set.insert(1)?;
    /// set.flush()?;
    /// assert_eq!(set.status().confirmed, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics in the closure of a key, and in a `Serialize`, that this table calls on this thread.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the disk refuses it. What was published stays, and the next attempt is for all of it.
    #[track_caller]
    pub fn flush(&self) -> Result<()> {
        self.shared.journal.writable()?;
        self.shared.refuse_inside();
        self.shared.flush()
    }

    /// Saves the table into a file of the store and begins a new log, which the thread in the background does by itself when the log
    /// is [long](Options::log_size).
    ///
    /// It saves a delta if it can, and no file where nothing has changed. It saves a full file where the logs stand on no two that are good, and where 18 logs are
    /// needed; or what it can, if the disk has no room for that.
    ///
    /// Writes go on meanwhile, but for the first one since the open, which waits. After it a restart has nothing to replay. A log that is elsewhere at the
    /// moment does not count any more, unless no write was tried since the open.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Durable, Options};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// set.insert(1)?;
    /// set.fold()?;
    /// # drop(set);
    /// let (_, recovered) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// assert_eq!(recovered.updates, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`flush`](Self::flush), and if `Serialize` of a type of yours does: then nothing is saved.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the disk refuses it. What was confirmed is there as before.
    #[track_caller]
    pub fn fold(&self) -> Result<()> {
        self.shared.journal.writable()?;
        self.shared.refuse_inside();
        let mut waste = Waste::new();
        self.shared.commit.flush(&self.shared.journal, &mut waste)?;
        self.shared.journal.fold(&mut waste)
    }
}

impl<S: Source<Value: Table + Clone>> Shared<S> {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for its threads, and has what is published on disk: with [`SyncMode::Every`] call [`flush`](Durable::flush) before, which
/// says whether that worked. In the child of a fork it does neither: the table stays its parent's.
impl<S: Source<Value: Table + Clone>> Drop for Durable<S> {
    fn drop(&mut self) {
        if !self.threads.iter().all(Worker::is_here) {
            // The child of a fork has nothing to write: the log is its parent's, and goes on there.
            return self.threads.drain(..).for_each(Worker::join);
        }
        {
            let mut work = self.shared.work_to_do();
            work.stop = true;
            self.shared.wanted.notify_all();
        }
        // A destructor on one of these threads may be what drops this. That thread is not waited for, and the other one may be waiting
        // for what it holds: so neither is.
        if !self.threads.iter().any(Worker::is_current) {
            self.threads.drain(..).for_each(Worker::join);
        }
        // `Serialize` may be what drops this. What is published then gets to the disk with the write that it is called for, or not at all.
        if !self.shared.is_inside() {
            // Nobody is left to be told.
            let _ = self.shared.flush();
        }
    }
}

impl<S: Source<Value: Table + Clone>> fmt::Debug for Durable<S>
where
    S::Value: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable").field("value", &*self.load()).finish_non_exhaustive()
    }
}
