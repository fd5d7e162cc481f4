//! [`Store`]: a folder of files that hold the states of one table.

mod autosave;
mod background;
mod index;
mod info;
mod inner;
mod keep;
mod load;
mod save;
mod tags;
#[cfg(test)]
mod tests;
mod turns;

pub use autosave::{Autosave, AutosaveStatus, Every};
pub use background::{Progress, Saving};
pub(crate) use index::{LOG, name_of, number_of_next};
pub use info::{Info, Loaded, Saved, Skipped};
pub(crate) use inner::{Inner, now};
pub use keep::Compacted;

use crate::disk::{Disk, Real};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Id};
use crate::options::Options;
use crate::table::Table;
use crate::waste::Waste;
use crate::worker::Worker;
use readmostly::{Snapshot, Source};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// A folder that holds the states of one table.
///
/// A save writes a file: a full one, or a delta on what was saved before, whichever is smaller. It has returned when the state
/// is certain to be there after a crash at any instruction. A load takes the newest state that verifies, and says what it skipped.
///
/// A store is shared by threads. One of them writes files at a time, and the others wait. Reads of the container never wait for a
/// store: it saves a [`Snapshot`].
///
/// The child of a fork may read if no thread was in a call of the store at the fork, a save in the background included: what that thread
/// held is held for ever in the child, and a read waits for it. A child opens the folder by [`open_read_only`](Self::open_read_only) in that
/// case. Each write there is an error: a program that forks to go on in the background opens its stores after that.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly::paged::PagedMap;
/// use readmostly_persist::{Options, Store};
///
/// let folder = tempfile::tempdir()?;
/// let users: CowMap<u64, String> = CowMap::from([(1, "ann".to_owned())]);
/// {
///     let store = Store::open(&folder, Options::new())?;
///     store.save(&users.snapshot())?;
/// }
/// // After a restart.
/// let store: Store<PagedMap<u64, String>> = Store::open(&folder, Options::new())?;
/// let loaded = store.load()?.expect("something was saved");
/// assert!(loaded.skipped.is_empty());
/// let users: CowMap<u64, String> = CowMap::from(loaded.value);
/// assert_eq!(users.get(&1).as_deref(), Some("ann"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Store<T: Table> {
    inner: Arc<Inner<T>>,
    /// Saves in the background.
    threads: Mutex<Vec<Worker>>,
}

/// Waits for saves in the background, and unlocks the folder.
impl<T: Table> Drop for Store<T> {
    fn drop(&mut self) {
        // Not locked, which in the child of a fork may be for ever.
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        threads.drain(..).for_each(Worker::join);
    }
}

impl<T: Table> Store<T> {
    /// Opens a folder, and makes it where it is not there. It is locked until the store and each [`Autosave`] of it are dropped, or the
    /// process ends in whatever way, and all that it has forked meanwhile.
    ///
    /// What an interrupted save has left is removed. Of all files the headers are read, and nothing else.
    ///
    /// # Examples
    ///
    /// See [`Store`].
    ///
    /// # Errors
    ///
    /// [`Locked`](ErrorKind::Locked) if another process has it open, or this one has it twice, and goes on for longer than
    /// [`wait_for_lock`](Options::wait_for_lock) says. [`InUse`](ErrorKind::InUse) if it is
    /// the folder of a [`Durable`](crate::Durable), whose log a store does not see. [`Io`](ErrorKind::Io) if the
    /// folder cannot be made, locked or read. A damaged file is no error here: [`load`](Self::load) tells of it.
    pub fn open(folder: impl AsRef<Path>, options: Options) -> Result<Self> {
        let folder = folder.as_ref();
        let disk = Real::new(folder)
            .map_err(|error| Error::io("the folder cannot be made", error).in_file(folder))?;
        // Before it waits for the lock, and when it has it: whoever had it may have begun the first log meanwhile.
        refuse_logs(&disk)?;
        let store = Self::on(disk.clone(), options, true)?;
        refuse_logs(&disk)?;
        Ok(store)
    }

    /// Opens a folder to read, whether or not another process writes to it. Nothing is locked, made or removed there.
    ///
    /// It shows the files that were there now. What another process removes later can no longer be loaded. Of the folder of a
    /// [`Durable`](crate::Durable) it shows what its logs stand on, and none of the writes in them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let writer = Store::open(&folder, Options::new())?;
    /// writer.save(&CowSet::from([1, 2]).snapshot())?;
    /// let reader: Store<PagedSet<i32>> = Store::open_read_only(&folder, Options::new())?;
    /// assert_eq!(reader.load()?.unwrap().value.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) if the folder is not there or cannot be read.
    pub fn open_read_only(folder: impl AsRef<Path>, options: Options) -> Result<Self> {
        let folder = folder.as_ref();
        let disk = Real::existing(folder)
            .map_err(|error| Error::io("the folder cannot be read", error).in_file(folder))?;
        Self::on(disk, options, false)
    }

    fn on(disk: Real, options: Options, to_write: bool) -> Result<Self> {
        let folder = disk.folder().to_path_buf();
        Self::open_on(Arc::new(disk), &folder, options, to_write)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: Options,
        to_write: bool,
    ) -> Result<Self> {
        let inner = Arc::new(Inner::open(disk, folder, options, to_write)?);
        Ok(Self { inner, threads: Mutex::default() })
    }

    /// Returns what a reader of other files in the folder needs.
    pub(crate) fn place(&self) -> (&dyn Disk, &Path, &Options) {
        (&*self.inner.disk, &self.inner.folder, &self.inner.options)
    }

    /// Reads, and again if files have come or gone meanwhile that may be why it failed or skipped one.
    pub(crate) fn look_anew<R>(
        &self,
        read: impl Fn() -> Result<R>,
        skipped: impl Fn(&R) -> &[Skipped],
    ) -> Result<R> {
        self.inner.look_anew(read, skipped)
    }

    /// Returns the hash of a file, as its end says.
    pub(crate) fn hash_of(&self, id: Id) -> Result<Hash> {
        let index = self.inner.index();
        index.find(id).map(|file| file.hash).map_err(|error| error.in_file(&self.inner.folder))
    }

    /// The full file below one; `None` if that is not known, or a file between could not be loaded.
    pub(crate) fn full_below(&self, id: Id) -> Option<Id> {
        let index = self.inner.index();
        let chain = index.find(id).and_then(|file| index.chain(file)).ok()?;
        let is_good = chain.iter().all(|file| !index.bad.contains(&file.header.id));
        chain.first().filter(|_| is_good).map(|full| full.header.id)
    }

    /// The full file below what was saved or loaded last, on which the next delta would stand.
    pub(crate) fn last_full(&self) -> Option<Id> {
        let last = self.inner.writer().last.as_ref().map(|last| last.id);
        self.full_below(last?)
    }

    /// Has all files stay until a log can be read: it may stand on any.
    pub(crate) fn has_unread_log(&self, log: &Skipped) {
        let name = log.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut index = self.inner.index();
        if index.unreadable_logs.iter().all(|(other, _)| *other != name) {
            index.unreadable_logs.push((name, log.reason.clone()));
        }
    }

    /// Where a file is, or would be. If there is none of that id, its id stands for its name.
    pub(crate) fn path_of(&self, id: Id) -> PathBuf {
        let index = self.inner.index();
        let name = index.find(id).map_or_else(|_| id.to_string(), |file| file.name.clone());
        self.inner.folder.join(name)
    }

    /// Says no in the child of a fork.
    pub(crate) fn writable(&self) -> Result<()> {
        self.inner.writable()
    }

    /// Says no where the folder is no longer the one that was locked.
    pub(crate) fn in_place(&self) -> Result<()> {
        self.inner.in_place()
    }

    /// Why nothing that is old can be removed, if that is so.
    pub(crate) fn left_over(&self) -> Option<Error> {
        self.inner.left_over()
    }

    /// Says what the logs stand on. These files are not removed.
    pub(crate) fn logs_stand_on(&self, bases: Vec<Id>) {
        self.inner.index().logged = bases;
    }

    /// Says whether no file is old, whatever [`Options::keep`] says, so that a save removes none.
    pub(crate) fn all_stay(&self, all_stay: bool) {
        self.inner.index().all_stay = all_stay;
    }

    /// Loads a file. If it is the newest, the chain goes on from it.
    pub(crate) fn load_base(&self, id: Id) -> Result<T> {
        let newest = self.inner.index().files().last().map(|file| file.header.id);
        let loaded = if newest == Some(id) { self.load().ok().flatten() } else { None };
        if let Some(loaded) = loaded.filter(|loaded| loaded.id == id) {
            return Ok(loaded.value);
        }
        // Or what is wrong with it.
        Ok(self.load_at(id)?.value)
    }

    /// Saves a snapshot. When this returns it is certain to be there after a crash.
    ///
    /// It is a delta on what this store has saved or loaded last, if that takes less than half of what a full file takes, and
    /// [`max_chain`](Options::max_chain) allows it. Where nothing has changed since then nothing is written, and
    /// [`Saved::written`] says so. A store that has neither saved nor loaded writes a full file.
    ///
    /// Saves come one after the other, in the order of the calls, and the last one is what a load finds, whatever version it is of.
    /// Where several threads save one container, take [`save_current`](Self::save_current).
    ///
    /// # Examples
    ///
    /// See [`Store`].
    ///
    /// # Panics
    ///
    /// If `Serialize`, `Deserialize` or `PartialEq` of a type of yours does: nothing is saved then. If a destructor of yours does: it runs when all is
    /// saved.
    ///
    /// # Deadlocks
    ///
    /// If these call the same store.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) where the disk is full or fails: what was saved before is still there, and the next save writes a new
    /// file. [`TooLarge`](ErrorKind::TooLarge) and [`Encode`](ErrorKind::Encode) where a value cannot be saved. After an error
    /// this state may be there after a crash, or the one before it; nothing else.
    ///
    /// Computes in **O(n)** time, or in **O(d)** for a delta, where `d` is the number of entries in pages that are not shared with
    /// what was saved last. It takes the memory of a few frames of 64 KiB.
    pub fn save(&self, snapshot: &Snapshot<T>) -> Result<Saved> {
        self.inner.save(self.inner.turn()?, || snapshot.clone().into(), None, &mut Waste::new())
    }

    /// Saves what a container holds when it comes to this save: never an older version than a save before it.
    ///
    /// Else as [`save`](Self::save). When it returns, all that was published before the call is certain to be there after a crash.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let set: CowSet<u32> = CowSet::default();
    /// let store = Store::open(&folder, Options::new())?;
    /// std::thread::scope(|scope| {
    ///     for n in 0..3 {
    ///         let (store, set) = (&store, &set);
    ///         scope.spawn(move || {
    ///             set.insert(n);
    ///             store.save_current(set).expect("it can be saved");
    ///         });
    ///     }
    /// });
    /// assert_eq!(store.load()?.unwrap().value.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub fn save_current<S: Source<Value = T>>(&self, source: &S) -> Result<Saved> {
        self.inner.save(self.inner.turn()?, || source.cell().snapshot().into(), None, &mut Waste::new())
    }

    /// Loads the newest state that verifies; `None` if nothing was ever saved in the folder.
    ///
    /// A file that is damaged, or stands on one that is, is skipped and named in [`Loaded::skipped`]. Nothing is repaired or removed. The
    /// next save is a delta on what was loaded, if the container is made of [`Loaded::value`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store: Store<PagedSet<String>> = Store::open(&folder, Options::new())?;
    /// let blocked = match store.load()? {
    ///     Some(loaded) => {
    ///         for skipped in &loaded.skipped {
    ///             eprintln!("skipped {}: {}", skipped.file.display(), skipped.reason);
    ///         }
    ///         CowSet::from(loaded.value)
    ///     }
    ///     None => CowSet::default(),
    /// };
    /// assert!(blocked.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If `Deserialize`, `Eq`, `Hash` or `Ord` of a type of yours does.
    ///
    /// # Errors
    ///
    /// [`NothingLoads`](ErrorKind::NothingLoads) if there are files and none of them can be loaded; it lists all, with the reasons.
    ///
    /// The next save compares all entries with those that were loaded, also for a container that was saved before: what is loaded shares no
    /// page with it.
    ///
    /// Computes in **O(n)** time.
    pub fn load(&self) -> Result<Option<Loaded<T>>> {
        self.inner.load()
    }

    /// Loads the state of one file. The next save does not stand on it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let set = CowSet::from([1]);
    /// let store = Store::open(&folder, Options::new())?;
    /// let before = store.save(&set.snapshot())?.id;
    /// set.insert(2);
    /// store.save(&set.snapshot())?;
    /// assert_eq!(store.load_at(before)?.value.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is no such file, else what is wrong with it or one that it stands on.
    pub fn load_at(&self, id: Id) -> Result<Loaded<T>> {
        self.inner.load_at(id)
    }

    /// Returns what the files are, the oldest first. Those whose header cannot be read are [`unreadable`](Self::unreadable).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Kind, Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new())?;
    /// store.save(&CowSet::from([1, 2, 3]).snapshot())?;
    /// let files = store.list();
    /// assert_eq!((files.len(), files[0].kind, files[0].entries), (1, Kind::Full, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self) -> Vec<Info> {
        let index = self.inner.index();
        index.files().iter().map(|file| index.info(&self.inner.folder, file)).collect()
    }

    /// Returns the files whose headers could not be read when the store was opened.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{ErrorKind, Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// std::fs::write(folder.path().join("cut.rmstore"), "")?;
    /// let store: Store<PagedSet<i32>> = Store::open(&folder, Options::new())?;
    /// assert_eq!(store.unreadable()[0].reason.kind(), ErrorKind::Damaged);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unreadable(&self) -> Vec<Skipped> {
        let index = self.inner.index();
        let unreadable = index.unreadable.iter();
        unreadable.map(|(name, error)| Skipped::new(self.inner.path(name), error.clone())).collect()
    }

    /// Reads all bytes of a file and of those that it stands on, and checks them. The records are not decoded.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new())?;
    /// let id = store.save(&CowSet::from([1]).snapshot())?.id;
    /// store.verify(id)?;
    /// std::fs::write(&store.list()[0].file, "something else")?;
    /// store.verify(id).unwrap_err();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`load_at`](Self::load_at).
    pub fn verify(&self, id: Id) -> Result<()> {
        self.inner.verify(id)
    }

    /// Reads all bytes of all files, each of them once, the oldest first, and tells of each whether it is good. A delta on a file
    /// that is not good is not good either.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new())?;
    /// store.save(&CowSet::from([1]).snapshot())?;
    /// store.verify_all(|info, result| assert!(result.is_ok(), "{}", info.file.display()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify_all(&self, each: impl FnMut(&Info, Result<()>)) {
        self.inner.verify_all(each);
    }

    /// Returns the folder, as a path from the root.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store: Store<PagedSet<u32>> = Store::open(&folder, Options::new())?;
    /// assert_eq!(store.folder(), std::path::absolute(&folder)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Returns how many bytes of files this store has read so far, for a bar that shows how far a load or a check is.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new())?;
    /// store.save(&CowSet::from([1]).snapshot())?;
    /// assert_eq!(store.bytes_read(), 0);
    /// store.load()?;
    /// assert_eq!(store.bytes_read(), store.list()[0].bytes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bytes_read(&self) -> u64 {
        self.inner.read.load(Ordering::Relaxed)
    }
}

/// Says no where there are logs, which a store does not see.
fn refuse_logs(disk: &Real) -> Result<()> {
    let names = disk
        .list()
        .map_err(|error| Error::io("the folder cannot be listed", error).in_file(disk.folder()))?;
    let Some(log) = names.iter().find(|name| name.ends_with(LOG)) else { return Ok(()) };
    let what = "there are writes in a log, which a store does not see; open the folder with `Durable`, or to read only";
    Err(Error::new(ErrorKind::InUse, what).in_file(&disk.folder().join(log)))
}
