//! How a store writes, and what it accepts.

use crate::format::{Compression, Limits, Sealing};
use std::time::Duration;

/// When a write of a [`Durable`](crate::Durable) is on disk.
///
/// # Examples
///
/// ```
/// use readmostly_persist::{Options, SyncMode};
/// use std::time::Duration;
///
/// let fast = Options::new().sync(SyncMode::Every(Duration::from_millis(100)));
/// # let _ = fast;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncMode {
    /// Before anybody sees it, and before the write returns. A crash loses nothing that was confirmed or seen.
    #[default]
    Always,
    /// Within that time after it was published. The write returns at once. A crash of the program or the machine loses the writes of
    /// at most that time, from some write on; what is left is the state after the write before that one.
    ///
    /// Until they are on disk all writes are in memory, as they will be in the log, whether or not one undoes another. Take a time in which these fit.
    ///
    /// A save of the table in the background keeps no write from the disk. Where there is no log, a flush saves the table first, and takes
    /// as long: the first one after an open, and the first one after the disk has failed.
    Every(Duration),
}

/// How a store writes files, which ones it keeps, and what it reads.
///
/// # Examples
///
/// ```
/// use readmostly_persist::{Compression, Options};
///
/// let options = Options::new().schema(3).keep(5).compression(Compression::None);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) compression: Compression,
    pub(crate) sealing: Sealing,
    pub(crate) schema: u32,
    pub(crate) keep: usize,
    pub(crate) max_chain: usize,
    pub(crate) max_record: usize,
    pub(crate) sync: SyncMode,
    pub(crate) log_size: u64,
    pub(crate) lock_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

impl Options {
    /// Makes the default: LZ4 (where it is built in), no key, schema 0, 3 generations, 16 deltas, 128 MiB a record.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    pub fn new() -> Self {
        Self {
            compression: Compression::default(),
            sealing: Sealing::default(),
            schema: 0,
            keep: 3,
            max_chain: 16,
            max_record: 128 * 1024 * 1024,
            sync: SyncMode::Always,
            log_size: 16 * 1024 * 1024,
            lock_wait: Duration::ZERO,
        }
    }

    /// Says how new files are compressed.
    ///
    /// # Examples
    ///
    /// See [`Compression`].
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Encrypts new files, and refuses those that are not encrypted with this key. With the feature `encryption`.
    ///
    /// What another key has encrypted, or none, stays until it is [removed](crate::Store::remove) by its id.
    ///
    /// # Examples
    ///
    /// See [`Key`](crate::Key).
    #[cfg(feature = "encryption")]
    #[must_use]
    pub fn key(mut self, key: crate::Key) -> Self {
        self.sealing = Sealing::Sealed(key);
        self
    }

    /// Names what the types of the program look like: a number of yours. A file with another one is refused.
    ///
    /// Raise it whenever a type that is saved changes: the encoding has no names of fields in it, and might take one for another.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    #[must_use]
    pub fn schema(mut self, schema: u32) -> Self {
        self.schema = schema;
        self
    }

    /// Says how many full files stay, with the deltas on each; at least 1. Older ones are removed after a new full file is
    /// there, unless they are tagged or cannot be read with the [key](Self::key) of this store. So the disk needs room for one more. A [`Durable`](crate::Durable) has two stay
    /// at least, since its logs stand on two. A save that finds the disk full removes what is older than the
    /// number allows, and tries once more. Such files are there after the number was made smaller;
    /// [`Store::prune`](crate::Store::prune) removes them without a save. An open of a [`Durable`](crate::Durable) may write a file, as a [`fold`](crate::Durable::fold) before the first
    /// write may. They remove none of these unless the disk is full: the first write does.
    ///
    /// # Examples
    ///
    /// See [`Options`].
    #[must_use]
    pub fn keep(mut self, generations: usize) -> Self {
        self.keep = generations.max(1);
        self
    }

    /// Says how many deltas may stand on a full file; with 0 there are none.
    ///
    /// A [`Durable`](crate::Durable) keeps the logs that stand on a whole chain, and the last one of the chain before. So they make up for any one file that is
    /// damaged. Where these are 18, the next [`fold`](crate::Durable::fold) saves in full, whatever this number says.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::Options;
    ///
    /// let all_full = Options::new().max_chain(0);
    /// # let _ = all_full;
    /// ```
    #[must_use]
    pub fn max_chain(mut self, deltas: usize) -> Self {
        self.max_chain = deltas;
        self
    }

    /// Says how many bytes a record may have, when it is written and when it is read: an entry of a collection, or a value that is
    /// saved as a whole. No file can hold one of 4 GiB.
    ///
    /// A change of an entry has up to 32 bytes more than the entry. One that is nearly as large as allowed is saved by a
    /// [`Store`](crate::Store) in a full file. A [`Durable`](crate::Durable) that finds it there can neither change nor remove it: that is
    /// [`TooLarge`](crate::ErrorKind::TooLarge) until it is opened with a larger number.
    ///
    /// Beside the table, a read has a record and a few frames of 64 KiB in memory, whatever the file says. What a record decodes to is up to
    /// your types, and so is how deep one nests that holds itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::Options;
    ///
    /// let small = Options::new().max_record(4096);
    /// # let _ = small;
    /// ```
    #[must_use]
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.max_record = bytes;
        self
    }

    /// Says when a write of a [`Durable`](crate::Durable) is on disk. A [`Store`](crate::Store) has each save on disk when it returns.
    ///
    /// # Examples
    ///
    /// See [`SyncMode`].
    #[must_use]
    pub fn sync(mut self, sync: SyncMode) -> Self {
        self.sync = sync;
        self
    }

    /// Says how many bytes the log of a [`Durable`](crate::Durable) may have before it is folded into the store: 16 MiB by default.
    ///
    /// A longer log is folded less often, and takes longer to replay. Some 18 of them stay at most: see [`max_chain`](Self::max_chain). More do while the disk is
    /// full, or while they cannot be removed; and so do eight that were put back.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly_persist::Options;
    ///
    /// let short = Options::new().log_size(1024 * 1024);
    /// # let _ = short;
    /// ```
    #[must_use]
    pub fn log_size(mut self, bytes: u64) -> Self {
        self.log_size = bytes;
        self
    }

    /// Says how long an open waits for another process, or another store of this one, to let go of the folder: not at all by default.
    ///
    /// It is for a start while the process before is still ending. An open looks every 10 ms whether the folder is free.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Options, Store};
    /// use std::time::Duration;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let before: Store<PagedSet<u32>> = Store::open(&folder, Options::new())?;
    /// let ending = std::thread::spawn(move || drop(before));
    /// let store: Store<PagedSet<u32>> = Store::open(&folder, Options::new().wait_for_lock(Duration::from_secs(30)))?;
    /// # ending.join().unwrap();
    /// # drop(store);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn wait_for_lock(mut self, time: Duration) -> Self {
        self.lock_wait = time;
        self
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { record: self.max_record }
    }
}
