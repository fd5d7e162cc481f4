//! [`CowCell`]: the one concurrent type. Everything that threads share goes through its publish and its load.

mod core;
mod guard;
mod history;
mod mapped;
#[cfg(readmostly_mutants)]
mod mistakes;
mod others;
mod past;
mod reader;
mod snapshot;
#[cfg(test)]
mod tests;
mod update;
mod watch;
mod watches;
mod write;
mod writers;

pub use guard::Guard;
pub use history::{Keep, Stats};
pub use mapped::{MappedGuard, MappedReader, MappedSnapshot};
pub(crate) use reader::sealed;
pub use reader::{Reader, Source};
pub use snapshot::Snapshot;
pub use update::Update;
pub use watch::{Watch, Watched};
pub(crate) use write::Changed;
pub use write::WriteTxn;
pub(crate) use writers::Patience;

use self::core::Core;
use crate::error::Stale;
use crate::publish::Version;
use crate::sync::Arc;
use crate::sync::mutant::mistake;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// A value that many threads read and few replace.
///
/// Reading costs nanoseconds, and never waits. A write clones the value, changes the clone
/// and publishes it in one step; writers wait for each other. A [`CowMap`](crate::CowMap), [`CowSet`](crate::CowSet),
/// [`CowVec`](crate::CowVec), [`CowOrdMap`](crate::CowOrdMap) or [`CowOrdSet`](crate::CowOrdSet) is a cell around a collection whose clone is O(1) and whose writes copy one page; a
/// cell around a struct of several [paged](crate::paged) collections changes them all in one step.
///
/// # Trade-offs
///
/// Each write clones the whole `T`: for a flat table of a million entries that is tens of milliseconds. A value that
/// is written as often as it is read is better off in a `Mutex`.
///
/// # Consistency
///
/// - A reader sees all of an update or none of it, and what it sees does not change while it looks.
/// - The versions that one thread sees never go backwards.
/// - When a write has returned, the same thread and every thread that it happens before see it.
/// - No update is lost: each starts from the one before it.
/// - A closure that returns an `Err` or panics publishes nothing, and the cell stays usable.
///
/// # Deadlocks
///
/// A write to a cell inside a write to the same cell, on one thread, panics. Two threads that each write to one cell
/// inside a write to the other wait for each other for ever: write in one order everywhere, or use
/// [`try_write_for`](Self::try_write_for). Reads inside a write are fine, and see the published version. A write that would wait
/// for a thread that is gone panics: one that has ended and leaked a transaction, which takes five seconds to be sure of, or one
/// that a [fork](crate#forks-signals-and-sandboxes) left behind.
///
/// # Examples
///
/// ```
/// use readmostly::CowCell;
///
/// #[derive(Clone)]
/// struct Config {
///     limit: u32,
///     hosts: Vec<String>,
/// }
///
/// let config = CowCell::new(Config { limit: 10, hosts: vec![] });
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut reader = config.reader();
///         let config = reader.load();
///         // Both, or neither.
///         assert_eq!(config.limit == 20, config.hosts == ["a.example"]);
///     });
///     config.update(|draft| {
///         draft.limit = 20;
///         draft.hosts.push("a.example".into());
///     });
/// });
/// assert_eq!(config.version(), 1);
/// ```
///
/// A value that is in an `Arc` already goes in and out as such, without a copy of what is in it: see
/// [`load_arc`](Self::load_arc).
///
/// A cell in a `static` is in a [`LazyLock`](std::sync::LazyLock). [`new`](Self::new) is no `const fn`: the value lies in an `Arc`,
/// and a `const fn` cannot allocate one. A cell that allocated later would make each load of each cell ask whether it has done
/// so. With a `LazyLock`, only those that go through the `static` ask. A [`Reader`] goes through it once:
///
/// ```
/// use readmostly::{CowCell, Reader};
/// use std::sync::LazyLock;
///
/// static LIMITS: LazyLock<CowCell<Vec<u32>>> = LazyLock::new(|| CowCell::new(vec![10, 100]));
///
/// let worker = std::thread::spawn(|| {
///     let mut reader = Reader::new(&*LIMITS); // of a `&'static CowCell`
///     (0..1_000).map(|n| reader.load()[n % 2]).max()
/// });
/// assert_eq!(worker.join().unwrap(), Some(100));
/// LIMITS.update(|limits| limits.push(1_000));
/// assert_eq!(LIMITS.load().len(), 3);
/// ```
///
/// A cell is not `Clone`: whether a copy should share the cell (`Arc<CowCell<T>>`) or be independent
/// (`CowCell::new(cell.snapshot().clone())`) is for the caller to say.
///
/// ```compile_fail,E0599
/// let cell = readmostly::CowCell::new(1);
/// let copy = cell.clone();
/// ```
///
/// What its values borrow must outlive it:
///
/// ```compile_fail,E0597
/// let (cell, text);
/// text = String::from("dropped before the cell");
/// cell = readmostly::CowCell::new(&text);
/// ```
pub struct CowCell<T> {
    core: Core<T>,
    /// The same drop check for each backend, not only for those whose slot has a destructor.
    marker: PhantomData<Dropping<Arc<Version<T>>>>,
}

/// What the drop check is to take a cell for: something whose destructor may look at its versions.
struct Dropping<V>(PhantomData<V>);

impl<V> Drop for Dropping<V> {
    fn drop(&mut self) {}
}

impl<T> CowCell<T> {
    /// Creates a cell whose version 0 is `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(5);
    /// assert_eq!((*cell.load(), cell.version()), (5, 0));
    /// ```
    ///
    /// Computes in **O(1)** time. The first cell of a process takes some milliseconds more on Linux if there are other
    /// threads by then: the kernel has to know of the barrier that writes will ask it for.
    pub fn new(value: T) -> Self {
        Self { core: Core::new(Version::new(0, value)), marker: PhantomData }
    }

    /// Returns a guard that shows the current version, for a short read.
    ///
    /// Never waits for a writer. For a long hold take a [`snapshot`](Self::snapshot), for many reads on one thread a
    /// [`reader`](Self::reader). A load that a write overtakes may be the last holder of replaced versions of this container,
    /// and drop them.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of such a version reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(vec![1, 2]);
    /// assert_eq!(cell.load().len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        Guard::new(self.core.load())
    }

    /// Returns the current version as an owned [`Snapshot`].
    ///
    /// Never waits for a writer. It may drop replaced versions, as [`load`](Self::load) may.
    ///
    /// # Panics
    ///
    /// Panics as [`load`](Self::load) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(vec![1, 2]);
    /// let snapshot = cell.snapshot();
    /// cell.update(|v| v.clear());
    /// assert_eq!(*snapshot, [1, 2]);
    /// ```
    ///
    /// Computes in **O(1)** time: a [`load`](Self::load) and one increment of a count that threads share.
    pub fn snapshot(&self) -> Snapshot<T> {
        Snapshot::new(self.core.load_full())
    }

    /// Returns a [`Reader`], the cheapest way for one thread to read often.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut reader = cell.reader();
    /// cell.replace(2);
    /// assert_eq!(*reader.load(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn reader(&self) -> Reader<&Self> {
        Reader::new(self)
    }

    /// Returns a [`Watch`], which tells of each new version.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// assert!(watch.try_next().is_none());
    /// cell.replace(2);
    /// let update = watch.next();
    /// assert_eq!((*update.old, *update.new), (1, 2));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn watch(&self) -> Watch<&Self> {
        Watch::new(self)
    }

    /// Returns the number of the current version: how many were published since the cell was made.
    ///
    /// The numbers that a thread gets never go backwards, and go with what it reads: after `version()` has returned
    /// `n`, the thread's reads show version `n` or a later one.
    ///
    /// # Panics
    ///
    /// It loads. So a panic in the destructor of a replaced version reaches the caller, as from [`load`](Self::load).
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// cell.replace(2);
    /// assert_eq!(cell.version(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn version(&self) -> u64 {
        self.core.version()
    }

    /// Publishes `value` as a version of its own, and returns a snapshot of the one before.
    ///
    /// # Panics
    ///
    /// Panics if this thread is inside a write to this container, or a thread that is gone. A panic in the destructor of a
    /// replaced version reaches the caller, after the write took effect, if the caller is its last holder.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new("old");
    /// let before = cell.replace("new");
    /// assert_eq!((*before, *cell.load()), ("old", "new"));
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn replace(&self, value: T) -> Snapshot<T> {
        let master = self.core.lock();
        let next = master.followed_by(value);
        Snapshot::new(self.core.publish(master, next))
    }

    /// Publishes `value` unless it equals the current value, and returns whether it did.
    ///
    /// The two are compared under the lock, so that no other write comes between. Under the lock runs `PartialEq` of the value.
    ///
    /// # Panics
    ///
    /// Panics as [`replace`](Self::replace) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let config = readmostly::CowCell::new("debug");
    /// assert!(!config.replace_if_changed("debug"));
    /// assert!(config.replace_if_changed("info"));
    /// assert_eq!((*config.load(), config.version()), ("info", 1));
    /// ```
    ///
    /// Computes in **O(1)** time, and that of the comparison.
    #[track_caller]
    pub fn replace_if_changed(&self, value: T) -> bool
    where
        T: PartialEq,
    {
        let master = self.core.lock();
        let changed = master.value != value;
        if changed {
            let next = master.followed_by(value);
            drop(self.core.publish(master, next));
        }
        // Else the lock is released before the value is dropped, as a local is before an argument.
        changed
    }

    /// Publishes `value` if `base` is still the current version, and returns a snapshot of `base`.
    ///
    /// For a change that takes long to work out: work it out from a snapshot, without the lock, and try again if
    /// somebody else was faster. Versions are compared by identity, so a snapshot of another cell never fits.
    ///
    /// # Errors
    ///
    /// [`Stale`] if another version was published since `base`: it hands `value` back, with a snapshot of what is
    /// current. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics if this thread is inside a write to this container, or a thread that is gone. A panic in the destructor of a
    /// replaced version reaches the caller, after the write took effect, if the caller is its last holder.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut base = cell.snapshot();
    /// # cell.replace(10);
    /// let before = loop {
    ///     match cell.replace_if_current(&base, *base * 2) {
    ///         Ok(before) => break before,
    ///         Err(stale) => base = stale.current,
    ///     }
    /// };
    /// assert_eq!(*cell.load(), *before * 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn replace_if_current(&self, base: &Snapshot<T>, value: T) -> Result<Snapshot<T>, Stale<T>> {
        mistake!(CompareUnlocked => self.replace_if_current_as_compared_early(base, value));
        let master = self.core.lock();
        if !Snapshot::is_of(base, &master) {
            return Err(Stale { value, current: Snapshot::new(Arc::clone(&master)) });
        }
        let next = master.followed_by(value);
        Ok(Snapshot::new(self.core.publish(master, next)))
    }

    /// Consumes the cell and returns the current value: moved out if no snapshot or reader holds its version,
    /// cloned otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(vec![1]);
    /// cell.update(|v| v.push(2));
    /// assert_eq!(cell.into_inner(), [1, 2]);
    /// ```
    ///
    /// Computes in **O(1)** time, and that of `T::clone` where another holder is left.
    pub fn into_inner(self) -> T
    where
        T: Clone,
    {
        Snapshot::into_inner(Snapshot::new(self.core.into_current()))
    }

    /// Consumes the cell and returns the current value if no snapshot, reader or leaked transaction holds its version.
    ///
    /// # Errors
    ///
    /// Gives a snapshot of the value back if it is held elsewhere; see
    /// [`Snapshot::try_into_inner`] for another try. A guard that was leaked may hold it as well, on some backends.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let held = cell.snapshot();
    /// let current = cell.try_into_inner().unwrap_err();
    /// drop(held);
    /// assert_eq!(readmostly::Snapshot::try_into_inner(current), Ok(1));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn try_into_inner(self) -> Result<T, Snapshot<T>> {
        Snapshot::try_into_inner(Snapshot::new(self.core.into_current()))
    }
}

impl<T: ?Sized> CowCell<std::sync::Arc<T>> {
    /// Returns the current value, which is an `Arc`, without the version that it is in.
    ///
    /// It keeps the value alive, and not the version. A [`snapshot`](Self::snapshot) keeps both, and knows the version's number.
    ///
    /// Never waits for a writer. It may drop replaced versions, as [`load`](Self::load) may.
    ///
    /// # Panics
    ///
    /// Panics as [`load`](Self::load) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowCell;
    /// use std::sync::Arc;
    ///
    /// let rules: CowCell<Arc<[&str]>> = CowCell::new(Arc::from(["allow"]));
    /// let kept: Arc<[&str]> = rules.load_arc();
    /// rules.replace(Arc::from(["deny"]));
    /// assert_eq!((kept[0], rules.load()[0]), ("allow", "deny"));
    /// ```
    ///
    /// Computes in **O(1)** time: a [`load`](Self::load), and one increment of the value's own count.
    #[doc(alias = "load_full")]
    pub fn load_arc(&self) -> std::sync::Arc<T> {
        self.look(std::sync::Arc::clone)
    }
}

impl<T> CowCell<T> {
    /// Runs `f` on the current version. A container's read that hands out something of its own is this.
    #[inline]
    pub(crate) fn look<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let current = self.load();
        let result = f(&current);
        // While `result` is a local. A result that is made already is leaked if dropping the guard panics.
        drop(current);
        result
    }
}

impl<T> From<T> for CowCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for CowCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for CowCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.load();
        f.debug_struct("CowCell")
            .field("version", &Guard::version(&current))
            .field("value", &*current)
            .finish_non_exhaustive()
    }
}

// A write that panics publishes nothing, so a panic elsewhere never leaves a torn value here (what std's `Mutex` gets
// by poisoning).
impl<T> UnwindSafe for CowCell<T> {}
impl<T> RefUnwindSafe for CowCell<T> {}
