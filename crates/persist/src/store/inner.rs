//! What the handles of a store share.

use super::index::{File, Index, remove_temporaries};
use super::info::Skipped;
use super::tags::Tags;
use super::turns::{Turn, Turns};
use crate::disk::{Disk, Lock, Output};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Id};
use crate::options::Options;
use crate::table::Table;
use crate::waste::Waste;
use readmostly::Snapshot;
use std::fmt;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The file that is locked.
const LOCK: &str = "lock";
/// How often an open that waits for it looks.
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Inner<T> {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) folder: PathBuf,
    pub(super) options: Options,
    /// Held by whoever writes files, in the turn. Taken before the index.
    writer: Mutex<Writer<T>>,
    turns: Arc<Turns>,
    /// Never held while a file is read or written.
    pub(super) index: Mutex<Index>,
    /// How many bytes of files were read.
    pub(super) read: Arc<AtomicU64>,
    /// None: the store is only read.
    lock: Option<Box<dyn Lock>>,
}

impl<T> fmt::Debug for Inner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("folder", &self.folder)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What the next save builds on.
#[derive(Debug)]
pub(super) struct Writer<T> {
    pub(super) last: Option<Last<T>>,
}

impl<T> Writer<T> {
    /// The next save builds on something else.
    pub(super) fn replace(&mut self, last: Option<Last<T>>, waste: &mut Waste<T>) {
        let replaced = std::mem::replace(&mut self.last, last);
        if let Some(held) = replaced.and_then(|last| last.value) {
            held.leave(waste);
        }
    }

    /// Changes are found against something else from now on, if there are changes.
    pub(super) fn hold(&mut self, snapshot: &Snapshot<T>, waste: &mut Waste<T>) {
        if let Some(value) = self.last.as_mut().and_then(|last| last.value.as_mut()) {
            std::mem::replace(value, Held::Snapshot(snapshot.clone())).leave(waste);
        }
    }
}

/// The writers' lock. Nothing of the user's is dropped while it is held: that is [`Waste`].
#[derive(Debug)]
pub(super) struct Writing<'a, T> {
    // Unlocked before the turn is over.
    guard: MutexGuard<'a, Writer<T>>,
    _turn: Turn,
}

impl<T> Deref for Writing<'_, T> {
    type Target = Writer<T>;

    fn deref(&self) -> &Writer<T> {
        &self.guard
    }
}

impl<T> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut Writer<T> {
        &mut self.guard
    }
}

/// Locks. A panic of the user's code while it was locked has left nothing half done.
pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was saved or loaded last.
#[derive(Debug)]
pub(super) struct Last<T> {
    /// What changes are found against. None where there are none.
    pub(super) value: Option<Held<T>>,
    /// Of a value that has no changes.
    pub(super) fingerprint: Option<Hash>,
    pub(super) version: u64,
    pub(super) id: Id,
    pub(super) hash: Hash,
    /// How many deltas are in the chain.
    pub(super) deltas: usize,
    /// The bytes of the full file, and of all deltas.
    pub(super) full_bytes: u64,
    pub(super) delta_bytes: u64,
    /// What may be newer and could not be loaded, as long as nothing was saved since.
    pub(super) skipped: Option<Skipped>,
}

impl<T> Last<T> {
    /// A full file, from which the chain goes on.
    pub(super) fn full(file: &File, value: Option<Held<T>>, fingerprint: Option<Hash>) -> Self {
        Self {
            value,
            fingerprint,
            version: file.header.version,
            id: file.header.id,
            hash: file.hash,
            deltas: 0,
            full_bytes: file.bytes,
            delta_bytes: 0,
            skipped: None,
        }
    }
}

#[derive(Debug)]
pub(super) enum Held<T> {
    Snapshot(Snapshot<T>),
    Value(T),
}

impl<T> Held<T> {
    pub(super) fn get(&self) -> &T {
        match self {
            Self::Snapshot(snapshot) => snapshot,
            Self::Value(value) => value,
        }
    }

    /// Drops it later.
    pub(super) fn leave(self, waste: &mut Waste<T>) {
        match self {
            Self::Snapshot(snapshot) => waste.snapshot(snapshot),
            Self::Value(value) => waste.value(Some(value)),
        }
    }
}

impl<T: Table> Inner<T> {
    /// Opens the folder: to write, which locks it, or to read.
    pub(crate) fn open(disk: Arc<dyn Disk>, folder: &Path, options: Options, to_write: bool) -> Result<Self> {
        let mut lock = None;
        if to_write {
            let taken = lock_within(&*disk, options.lock_wait).map_err(|error| {
                Error::io("the folder cannot be locked", error).in_file(&folder.join(LOCK))
            })?;
            let Some(taken) = taken else {
                let what = "another process has the store open, or this one has it twice; end that one and what it has forked, or open it to read only";
                return Err(Error::new(ErrorKind::Locked, what).in_file(&folder.join(LOCK)));
            };
            lock = Some(taken);
            remove_temporaries(&*disk).map_err(|error| error.in_file(folder))?;
            // A process that was killed may have left a name that would not survive a power cut. Nobody may build on that.
            let synced = disk.sync_folder();
            synced.map_err(|error| Error::io("the folder cannot be synced", error).in_file(folder))?;
        }
        let mut index = Index::read(&*disk, folder, !to_write).map_err(|error| error.in_file(folder))?;
        index.tags = Tags::read(&*disk, &options, !to_write);
        Ok(Self {
            disk,
            folder: folder.to_path_buf(),
            options,
            writer: Mutex::new(Writer { last: None }),
            turns: Arc::default(),
            index: Mutex::new(index),
            read: Arc::default(),
            lock,
        })
    }

    /// Says no where the store is only read, and in the child of a fork, before any lock.
    pub(crate) fn writable(&self) -> Result<()> {
        let error = match &self.lock {
            Some(lock) if lock.is_ours() => return Ok(()),
            Some(_) => Error::forked(),
            None => Error::new(ErrorKind::ReadOnly, "the store was opened to read only"),
        };
        Err(error.in_file(&self.folder))
    }

    /// Says no where the folder is no longer the one that was locked. That is looked at before each new file, and before one is removed.
    pub(crate) fn in_place(&self) -> Result<()> {
        let path = self.path(LOCK);
        let is_in_place = self.lock.as_ref().map_or(Ok(true), |lock| lock.is_in_place());
        if is_in_place.map_err(|error| Error::io("the lock cannot be looked at", error).in_file(&path))? {
            return Ok(());
        }
        let what = "the file is not the one that was locked: the folder was moved or replaced, or the file removed, and another process may \
                    write here; nothing more is written or removed; put the folder back, or end this process and open the right one";
        Err(Error::new(ErrorKind::Locked, what).in_file(&path))
    }

    /// Whether another process may write to the folder.
    pub(super) fn only_reads(&self) -> bool {
        self.lock.is_none()
    }

    /// Comes after all who are there already. Says no first where nothing may be written: who gives out turns is locked.
    pub(super) fn turn(&self) -> Result<Turn> {
        self.writable()?;
        Ok(self.turns.take())
    }

    /// Waits until nobody writes.
    pub(super) fn writer(&self) -> Writing<'_, T> {
        self.writer_in(self.turns.take())
    }

    /// Waits for the turn.
    pub(super) fn writer_in(&self, turn: Turn) -> Writing<'_, T> {
        turn.wait();
        Writing { guard: unpoisoned(&self.writer), _turn: turn }
    }

    pub(super) fn index(&self) -> MutexGuard<'_, Index> {
        unpoisoned(&self.index)
    }

    #[cfg(test)]
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Whether nobody writes.
    #[cfg(test)]
    pub(super) fn try_writer(&self) -> bool {
        self.writer.try_lock().is_ok()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Locks the folder, as soon as nobody else has it locked.
fn lock_within(disk: &dyn Disk, wait: Duration) -> io::Result<Option<Box<dyn Lock>>> {
    let start = Instant::now();
    loop {
        let taken = disk.lock(LOCK)?;
        let left = wait.saturating_sub(start.elapsed());
        if taken.is_some() || left.is_zero() {
            return Ok(taken);
        }
        thread::sleep(left.min(PAUSE));
    }
}

/// In milliseconds since 1970; 0 before that.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A file that is written under another name, and removed unless it gets its own.
pub(super) struct Temporary<'a> {
    disk: &'a dyn Disk,
    name: String,
    made: bool,
}

impl<'a> Temporary<'a> {
    pub(super) fn new(disk: &'a dyn Disk, name: String) -> Self {
        Self { disk, name, made: false }
    }

    pub(super) fn create(&mut self) -> Result<Box<dyn Output>> {
        let file =
            self.disk.create(&self.name).map_err(|error| Error::io("the file cannot be created", error))?;
        self.made = true;
        Ok(file)
    }

    /// Gives the file its name, which it has after a crash as well when this has returned.
    pub(super) fn keep(mut self, name: &str) -> Result<()> {
        if let Err(error) = self.rename(name) {
            // It may have been done all the same, as on a network. Nobody would know of the file.
            let _ = self.disk.remove(name);
            return Err(error);
        }
        // From here on it is the file of that name which must go where the folder cannot be synced.
        name.clone_into(&mut self.name);
        self.sync()?;
        self.made = false;
        Ok(())
    }

    /// The same in the place of another file. Where the folder cannot be synced it is not known which of both is there after a crash.
    pub(super) fn replace(&mut self, name: &str) -> Result<()> {
        self.rename(name)?;
        self.made = false;
        self.sync()
    }

    fn rename(&self, name: &str) -> Result<()> {
        self.disk
            .rename(&self.name, name)
            .map_err(|error| Error::io("the file cannot be given its name", error))
    }

    fn sync(&self) -> Result<()> {
        self.disk.sync_folder().map_err(|error| Error::io("the folder cannot be synced", error))
    }
}

/// Also where the user's code panics while the file is written.
impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if self.made {
            let _ = self.disk.remove(&self.name);
        }
    }
}
