//! What a cell knows of its past: [`Keep`], [`Stats`], and the methods of [`CowCell`] that find old versions.

use super::{CowCell, Snapshot};
use crate::error::Gone;
use crate::panics::drop_each;
use crate::sync::{Arc, Moment};
use std::thread;
use std::time::Duration;

/// How many replaced versions a container keeps, and for how long.
///
/// # Examples
///
/// ```
/// use readmostly::{CowMap, Keep};
/// use std::time::Duration;
///
/// let limits = CowMap::from([("free", 10)]);
/// limits.keep(Keep::versions(100).for_at_most(Duration::from_secs(3600)));
/// limits.insert("free", 1_000);
/// // It was a mistake.
/// limits.restore(0).unwrap();
/// assert_eq!(limits.get("free"), Some(10));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    versions: usize,
    age: Option<Duration>,
}

impl Keep {
    /// Keeps no replaced version. A container that is new does so.
    #[must_use]
    pub const fn none() -> Self {
        Self::versions(0)
    }

    /// Keeps the `count` newest versions before the current one.
    #[must_use]
    pub const fn versions(count: usize) -> Self {
        Self { versions: count, age: None }
    }

    /// Keeps each of them for no longer than `age` after it was replaced.
    ///
    /// An older one is kept no longer than until the next publish of the container, or the next call of `keep`, `at`, `history`,
    /// `restore` or `stats`. After that nothing finds it, unless somebody else holds it. The clock is one that ticks every few
    /// milliseconds.
    #[must_use]
    pub const fn for_at_most(self, age: Duration) -> Self {
        Self { age: Some(age), ..self }
    }

    pub(super) fn count(self) -> usize {
        self.versions
    }

    /// Whether the oldest of `count` versions is to be kept.
    pub(super) fn is_kept(self, count: usize, replaced: Moment) -> bool {
        count <= self.versions && self.age.is_none_or(|age| replaced.elapsed() <= age)
    }
}

/// How many versions of a container are alive, and how old they are.
///
/// It answers who holds memory: a version that is not kept, and lives on long after it was replaced, is held by a guard, a
/// snapshot, a reader that is not asked any more, or a watch that sleeps.
///
/// # Examples
///
/// ```
/// let map = readmostly::CowMap::from([(1, 1)]);
/// let held = map.snapshot();
/// map.insert(2, 2);
/// map.insert(3, 3);
/// let stats = map.stats();
/// assert_eq!((stats.version, stats.oldest, stats.kept, stats.watches), (2, 0, 0, 0));
/// # assert!(stats.living >= 2);
/// # drop(held);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of the current version.
    pub version: u64,
    /// How many versions are alive, the current one included. A version that was replaced, and is not freed yet though nobody holds
    /// it, counts.
    pub living: usize,
    /// The number of the oldest version that is alive.
    pub oldest: u64,
    /// How long ago that was replaced, to some milliseconds. Zero if it is the current one.
    pub oldest_age: Duration,
    /// How many replaced versions are alive because the container [keeps](Keep) them. Others may hold them too.
    pub kept: usize,
    /// How many [watches](crate::Watch) there are. One that was [downgraded](crate::Watch::downgrade) counts on after its drop if the container
    /// had left the `Arc` that it was found by.
    pub watches: usize,
}

impl<T> CowCell<T> {
    /// Keeps replaced versions from now on, for [`at`](Self::at), [`history`](Self::history) and [`restore`](Self::restore) to find.
    ///
    /// Versions that are kept already and are too many, or too old, are dropped. None that was dropped comes back.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of such a version reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Keep};
    ///
    /// let cell = CowCell::new("a");
    /// cell.keep(Keep::versions(1));
    /// cell.replace("b");
    /// cell.replace("c");
    /// assert_eq!((cell.at(0), cell.at(1).as_deref(), cell.at(2).as_deref()), (None, Some(&"b"), Some(&"c")));
    /// ```
    ///
    /// Computes in **O(1)** time, plus that of dropping versions. A write that ends meanwhile waits until they are found, and not until
    /// they are dropped.
    pub fn keep(&self, keep: Keep) {
        drop_each(self.core.writers.with_ledger(|ledger| ledger.past.keep(keep)).unwrap_or_default());
    }

    /// Returns the version of this number, if it is current, [kept](Self::keep), or alive because somebody holds it.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a version that is no longer kept reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new("a");
    /// let held = cell.snapshot();
    /// cell.replace("b");
    /// assert_eq!(cell.at(0).as_deref(), Some(&"a"));
    /// assert_eq!(cell.at(7), None);
    /// # drop(held);
    /// ```
    ///
    /// Computes in **O(log n)** time, where n is the number of versions that are alive.
    pub fn at(&self, version: u64) -> Option<Snapshot<T>> {
        self.let_go();
        let current = self.core.load_full();
        if current.number == version {
            return Some(Snapshot::new(current));
        }
        drop(current);
        let found = self.core.writers.with_ledger(|ledger| ledger.past.find(version))?;
        found.map(Snapshot::new)
    }

    /// Returns the versions that are [kept](Self::keep), oldest first, and the current one last.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a version that is no longer kept reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Keep};
    ///
    /// let cell = CowCell::new(1);
    /// cell.keep(Keep::versions(10));
    /// cell.replace(2);
    /// cell.replace(3);
    /// assert_eq!(cell.history().iter().map(|version| **version).collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n)** time, where n is the number of versions that are kept. A write that ends meanwhile waits for it.
    pub fn history(&self) -> Vec<Snapshot<T>> {
        self.let_go();
        let current = self.core.load_full();
        let history = self
            .core
            .writers
            .with_ledger(|ledger| ledger.past.history(&current).map(Snapshot::new).collect::<Vec<_>>());
        // Where a thread was at the ledger that this process lost when it was forked, there is the current version alone.
        let history = history.unwrap_or_else(|| vec![Snapshot::new(Arc::clone(&current))]);
        // While `history` is a local: others may have dropped theirs, and its destructor may panic.
        drop(current);
        history
    }

    /// Publishes the value of an older version as a new one, and returns that.
    ///
    /// The version must be [kept](Self::keep), or alive because somebody holds it. Nothing is published if it is the current one.
    ///
    /// # Errors
    ///
    /// Returns [`Gone`] if the version is neither, or was not published yet.
    ///
    /// # Panics
    ///
    /// Panics as [`replace`](Self::replace) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Keep, Snapshot};
    ///
    /// let cell = CowCell::new("good");
    /// cell.keep(Keep::versions(10));
    /// cell.replace("bad");
    /// let restored = cell.restore(0).unwrap();
    /// assert_eq!((*restored, Snapshot::version(&restored)), ("good", 2));
    /// assert_eq!(cell.restore(7).unwrap_err().version, 7);
    /// ```
    ///
    /// Computes in the time of `T::clone`, which for a paged collection is **O(1)**.
    #[track_caller]
    pub fn restore(&self, version: u64) -> Result<Snapshot<T>, Gone>
    where
        T: Clone,
    {
        let Some(wanted) = self.at(version) else {
            return Err(Gone { version, current: self.version() });
        };
        if self.version() == version {
            return Ok(wanted);
        }
        // Before the lock is taken: it runs code of the user's.
        let value = T::clone(&wanted);
        let master = self.core.lock();
        let next = master.followed_by(value);
        let restored = Snapshot::new(Arc::clone(&next));
        drop(self.core.publish(master, next));
        // While `restored` is a local. A result that is made already is leaked if this destructor panics.
        drop(wanted);
        Ok(restored)
    }

    /// Returns how many versions are alive, how old the oldest is, and how many watches there are.
    ///
    /// Waits for no writer, and lets those in that come while it counts. A version that dies meanwhile may be counted.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a version that is no longer kept reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let watch = cell.watch();
    /// cell.replace(2);
    /// let stats = cell.stats();
    /// // The watch holds what it has seen last.
    /// assert_eq!((stats.version, stats.living, stats.oldest, stats.watches), (1, 2, 0, 1));
    /// # drop(watch);
    /// ```
    ///
    /// Computes in **O(n)** time, where n is the number of versions that are alive.
    pub fn stats(&self) -> Stats {
        self.let_go();
        // What this thread has seen. Newer ones may be published before the ledger is looked at.
        let seen = self.version();
        let mut stats =
            Stats { version: seen, living: 1, oldest: seen, oldest_age: Duration::ZERO, kept: 0, watches: 0 };
        let mut last_round = None;
        let mut part = || {
            self.core.writers.with_ledger(|ledger| {
                ledger.past.account(&mut last_round).map(|past| (past, ledger.watches.living()))
            })
        };
        let account = loop {
            match part() {
                // A writer that waits is faster than this thread.
                Some(None) => thread::yield_now(),
                all => break all.flatten(),
            }
        };
        if let Some((past, watches)) = account {
            stats.version = seen.max(past.current);
            (stats.living, stats.kept, stats.watches) = (1 + past.living, past.kept, watches);
            stats.oldest = stats.version;
            if let Some((number, replaced)) = past.oldest {
                (stats.oldest, stats.oldest_age) = (number, replaced.elapsed());
            }
        }
        stats
    }

    /// Drops the versions that have been kept for long enough.
    fn let_go(&self) {
        drop_each(self.core.writers.with_ledger(|ledger| ledger.past.let_go()).unwrap_or_default());
    }
}
