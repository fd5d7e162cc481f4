//! What shows the container and how it is, and changes nothing in it.

use super::Durable;
use crate::error::Error;
use crate::table::Table;
use readmostly::{Guard, Keep, Reader, Snapshot, Source, Stats, Watch};
use std::sync::Arc;

/// How a [`Durable`] is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DurableStatus {
    /// How many writes are on disk, since the table was made.
    pub confirmed: u64,
    /// How many writes wait for the disk.
    pub waiting: u64,
    /// Whether there are writes that were published and could not be written: only with [`SyncMode::Every`](crate::SyncMode::Every).
    pub behind: bool,
    /// Why the last fold or flush in the background failed; `None` if it did not.
    pub failed: Option<Error>,
    /// Why old files are still there, if they could not be removed: as it was seen when the table was opened, or last by a fold.
    ///
    /// The table is safe, and the folder grows with each full file. What a file needs that cannot be read is not known, so all stays. The next
    /// fold looks again, since the disk may have failed once. If it says the same, move the log or the file that the error names elsewhere, or put it back from a copy. If that is
    /// `tags`, the tags are lost with it. Then open the table again. A log that cannot be removed does no harm, and the next fold tries again.
    pub left_over: Option<Error>,
}

impl<S: Source<Value: Table + Clone>> Durable<S> {
    /// Returns a guard that shows the current version, as [`CowCell::load`](readmostly::CowCell::load) does.
    ///
    /// Computes in **O(1)** time.
    ///
    /// # Examples
    ///
    /// See [`Durable`].
    #[inline]
    pub fn load(&self) -> Guard<'_, S::Value> {
        self.container.cell().load()
    }

    /// Returns the current version as an owned [`Snapshot`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// let before = set.snapshot();
    /// set.insert(1)?;
    /// assert!(before.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn snapshot(&self) -> Snapshot<S::Value> {
        self.container.cell().snapshot()
    }

    /// Returns a [`Reader`], the cheapest way for one thread to read often. It may outlive this.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// let mut reader = set.reader();
    /// set.insert(1)?;
    /// assert!(std::thread::spawn(move || reader.load().contains(&1)).join().unwrap());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn reader(&self) -> Reader<Arc<S>> {
        Reader::new(Arc::clone(&self.container))
    }

    /// Returns a [`Watch`], which tells of each new version. It may outlive this.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// let mut watch = set.watch();
    /// set.insert(1)?;
    /// assert_eq!(watch.next().new.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn watch(&self) -> Watch<Arc<S>> {
        Watch::new(Arc::clone(&self.container))
    }

    /// Returns the number of the current version: how many were published since this was opened.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// set.insert(1)?;
    /// set.insert(1)?;
    /// assert_eq!(set.version(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn version(&self) -> u64 {
        self.container.cell().version()
    }

    /// Keeps replaced versions in memory from now on, as [`CowCell::keep`](readmostly::CowCell::keep) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::{CowSet, Keep};
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// set.keep(Keep::versions(10));
    /// set.insert(1)?;
    /// assert_eq!(set.history().len(), 2);
    /// // To go back is a write like any other.
    /// let old = set.at(0).unwrap();
    /// set.update(|draft| *draft = (*old).clone())?;
    /// assert!(set.load().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time, and that of dropping versions.
    pub fn keep(&self, keep: Keep) {
        self.container.cell().keep(keep);
    }

    /// Returns the version of this number, if it is current, kept or alive.
    ///
    /// # Examples
    ///
    /// See [`keep`](Self::keep).
    pub fn at(&self, version: u64) -> Option<Snapshot<S::Value>> {
        self.container.cell().at(version)
    }

    /// Returns the versions that are kept, oldest first, and the current one last.
    ///
    /// # Examples
    ///
    /// See [`keep`](Self::keep).
    pub fn history(&self) -> Vec<Snapshot<S::Value>> {
        self.container.cell().history()
    }

    /// Returns how many versions are alive, and how old the oldest is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Durable, Options};
    /// # let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// assert_eq!(set.stats().living, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.container.cell().stats()
    }

    /// Returns how many writes are on disk, and whether something in the background has failed.
    ///
    /// # Examples
    ///
    /// See [`flush`](Self::flush).
    pub fn status(&self) -> DurableStatus {
        let commit = &self.shared.commit;
        let (confirmed, prepared) = commit.counts();
        DurableStatus {
            confirmed,
            waiting: prepared - confirmed,
            behind: commit.is_behind(),
            failed: self.shared.work_to_do().failed(),
            left_over: self.shared.journal.left_over(),
        }
    }
}
