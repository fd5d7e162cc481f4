//! [`WriteTxn`]: a change in the making; and the methods of [`CowCell`] that change a value in place.

use super::core::{Core, Master};
use super::{CowCell, Patience, Snapshot, Update};
use crate::sync::Arc;
use crate::sync::mutant::mistake;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;
use std::time::Duration;

/// Whether a draft, the second, differs from its base.
pub(crate) type Changed<T> = fn(&T, &T) -> bool;

/// A change in the making: holds the writers' lock, and publishes all of it or nothing.
///
/// Reading through it shows the version that it started from until it is first written to (`DerefMut`), which makes
/// the draft, a clone of that version; from then on it shows the draft. [`commit`](Self::commit) publishes the draft
/// as one version. A transaction that is [rolled back](Self::rollback), dropped, or unwound through by a panic
/// publishes nothing. The draft is dropped after the lock is released.
///
/// Other writers wait while it lives; readers do not. It stays on its thread.
///
/// # Deadlocks
///
/// A transaction that is leaked (`mem::forget`) keeps the lock: from then on each write of its own thread panics and
/// those of other threads wait until that thread has ended, and then panic as well ([`try_write`](crate::CowCell::try_write) and
/// [`try_write_for`](crate::CowCell::try_write_for) return `None`), while reads go on.
///
/// # Examples
///
/// ```
/// let cell = readmostly::CowCell::new(vec![1, 2]);
///
/// let mut txn = cell.write();
/// txn.push(3);
/// assert_eq!(*txn, [1, 2, 3]);
/// assert_eq!(*cell.load(), [1, 2]);
/// txn.commit();
///
/// assert_eq!(*cell.load(), [1, 2, 3]);
/// ```
#[must_use = "a transaction that is dropped without `commit` is rolled back"]
pub struct WriteTxn<'a, T> {
    // The first field is dropped first: the lock must be free before a destructor in the draft runs, which may use
    // the container.
    pub(super) master: Master<'a, T>,
    pub(super) draft: Option<T>,
    pub(super) core: &'a Core<T>,
    changed: Changed<T>,
    /// `!Send`: the lock is released by the thread that took it, as std's mutexes are.
    marker: PhantomData<MutexGuard<'a, ()>>,
}

impl<'a, T> WriteTxn<'a, T> {
    pub(super) fn new(core: &'a Core<T>, master: Master<'a, T>, changed: Changed<T>) -> Self {
        Self { master, draft: None, core, changed, marker: PhantomData }
    }

    /// Publishes what was written as one version, and returns a snapshot of the version that is then current.
    ///
    /// A transaction that was not written to publishes nothing, and neither does one of a paged collection's container that
    /// was written to and changed nothing: no page, and no length.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a replaced version reaches the caller, after the commit took effect, if the caller is its
    /// last holder.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new(1);
    /// let mut txn = cell.write();
    /// *txn += 1;
    /// assert_eq!(Snapshot::version(&txn.commit()), 1);
    /// assert_eq!(Snapshot::version(&cell.write().commit()), 1);
    /// ```
    ///
    /// Computes in **O(1)** time, and that of dropping a replaced version that nobody holds.
    pub fn commit(self) -> Snapshot<T> {
        let Update { old, new } = self.commit_update();
        // While `new` is a local. A result that is made already is leaked if this destructor panics.
        drop(old);
        new
    }

    /// Publishes what was written as [`commit`](Self::commit) does, and returns the version before and the one that is then
    /// current: between them is what this transaction changed.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of another replaced version of this container, which this commit may find out of reach, reaches
    /// the caller after the commit took effect.
    ///
    /// # Examples
    ///
    /// ```
    /// let blocked = readmostly::CowSet::from(["a.example"]);
    /// let mut txn = blocked.write();
    /// txn.assign(["a.example", "b.example"]);
    /// let update = txn.commit_update();
    /// let added: Vec<_> = update.old.diff(&update.new).map(|change| *change.key()).collect();
    /// assert_eq!(added, ["b.example"]);
    /// ```
    ///
    /// Computes in **O(1)** time. The old version is not dropped here: the `Update` holds it.
    pub fn commit_update(self) -> Update<T> {
        mistake!(PublishNothing => self.commit_without_a_change());
        let Self { master, draft, core, changed, .. } = self;
        let value = match draft {
            Some(value) if changed(&master.value, &value) => value,
            unchanged => {
                let current = Snapshot::new(Arc::clone(&master));
                // The lock first: the draft's destructor may use the container.
                drop(master);
                drop(unchanged);
                return Update { old: current.clone(), new: current };
            }
        };
        let next = master.followed_by(value);
        let new = Snapshot::new(Arc::clone(&next));
        Update { old: Snapshot::new(core.publish(master, next)), new }
    }

    /// Publishes `value` as a version of its own, whatever was written, and returns the version before and this one.
    ///
    /// So a value that was made without the lock is published by a writer that does not wait for long. Nothing is cloned.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of what was written, or of another replaced version of this container, reaches the caller after
    /// the commit took effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let cell = readmostly::CowCell::new("old");
    /// if let Some(txn) = cell.try_write_for(Duration::from_secs(1)) {
    ///     assert_eq!(*txn.commit_value("new").old, "old");
    /// }
    /// assert_eq!(*cell.load(), "new");
    /// ```
    ///
    /// Computes in **O(1)** time. The old version is not dropped here: the `Update` holds it.
    pub fn commit_value(self, value: T) -> Update<T> {
        let Self { master, draft, core, .. } = self;
        let next = master.followed_by(value);
        let new = Snapshot::new(Arc::clone(&next));
        let update = Update { old: Snapshot::new(core.publish(master, next)), new };
        // After the lock is released: its destructor may use the container.
        drop(draft);
        update
    }

    /// Publishes nothing, and lets the next writer in, as dropping the transaction does.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut txn = cell.write();
    /// *txn = 2;
    /// txn.rollback();
    /// assert_eq!(*cell.load(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time, and that of dropping the draft.
    pub fn rollback(self) {
        drop(self);
    }
}

impl<T> Deref for WriteTxn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.draft.as_ref().unwrap_or(&self.master.value)
    }
}

impl<T: Clone> DerefMut for WriteTxn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        mistake!(PublishEarly | TwoSwaps => self.publish_before_change());
        self.draft.get_or_insert_with(|| self.master.value.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteTxn<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteTxn")
            .field("base", &self.master.number)
            .field("value", &**self)
            .finish_non_exhaustive()
    }
}

// A panic can only roll the transaction back: nobody sees a draft that was left half written.
impl<T> UnwindSafe for WriteTxn<'_, T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for WriteTxn<'_, T> {}

impl<T: Clone> CowCell<T> {
    /// Changes the value: clones it, runs `f` once on the clone, and publishes that as one version.
    ///
    /// Waits for other writers. Readers go on with the version before, and so do reads inside `f`.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics if this thread is inside a write to this container, or a thread that is gone. A panic in the destructor of a
    /// replaced version reaches the caller, after the write took effect, if the caller is its last holder.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(vec![1, 2]);
    /// let popped = cell.update(|v| v.pop());
    /// assert_eq!((popped, cell.version()), (Some(2), 1));
    /// ```
    ///
    /// Computes in the time of `T::clone` and of `f`.
    #[track_caller]
    pub fn update<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let Ok(result) = self.try_update(|draft| Ok::<_, Infallible>(f(draft)));
        result
    }

    /// Changes the value as [`update`](Self::update) does, unless `f` returns an `Err`: then nothing is published.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Errors
    ///
    /// Returns the `Err` of `f`. The draft is dropped, with what `f` did to it.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(vec![1]);
    /// let outcome: Result<(), std::num::ParseIntError> = cell.try_update(|v| {
    ///     v.push("2".parse()?);
    ///     v.push("three".parse()?);
    ///     Ok(())
    /// });
    /// assert!(outcome.is_err());
    /// assert_eq!(*cell.load(), [1]);
    /// ```
    ///
    /// Computes in the time of `T::clone` and of `f`.
    #[track_caller]
    pub fn try_update<R, E>(&self, f: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E> {
        self.try_update_if(f, |_, _| true)
    }

    /// Runs `f` on a draft, and publishes it if `changed(base, draft)`. Each write that takes a closure is this one.
    #[track_caller]
    pub(crate) fn try_update_if<R, E>(
        &self,
        f: impl FnOnce(&mut T) -> Result<R, E>,
        changed: Changed<T>,
    ) -> Result<R, E> {
        mistake!(ReadBeforeLock => self.update_what_was_read_early(f, changed));
        let mut txn = self.write_if(changed);
        let result = f(&mut txn);
        // While `result` is a local. A result that is made already is leaked if a destructor panics.
        if result.is_ok() {
            drop(txn.commit());
        } else {
            drop(txn);
        }
        result
    }
}

impl<T> CowCell<T> {
    /// Begins a transaction, for a change that does not fit a closure. Waits for other writers.
    ///
    /// # Panics
    ///
    /// Panics if this thread is inside a write to this container, or a thread that is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut txn = cell.write();
    /// *txn = 2;
    /// txn.commit();
    /// assert_eq!(*cell.load(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time; the first write through the transaction clones the value.
    #[track_caller]
    pub fn write(&self) -> WriteTxn<'_, T> {
        self.write_if(|_, _| true)
    }

    /// Begins a transaction whose commit publishes if `changed(base, draft)`.
    #[track_caller]
    pub(crate) fn write_if(&self, changed: Changed<T>) -> WriteTxn<'_, T> {
        WriteTxn::new(&self.core, self.core.lock(), changed)
    }

    /// Begins a transaction if no other writer is in, this thread included, and none waits that has its turn.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let txn = cell.write();
    /// assert!(cell.try_write().is_none());
    /// drop(txn);
    /// assert!(cell.try_write().is_some());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn try_write(&self) -> Option<WriteTxn<'_, T>> {
        self.try_write_if(Patience::None, |_, _| true)
    }

    /// Begins a transaction if the other writers are out within `timeout`.
    ///
    /// Returns `None` at once if the writer that is in is this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let cell = readmostly::CowCell::new(1);
    /// let txn = cell.write();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| assert!(cell.try_write_for(Duration::from_millis(1)).is_none()));
    /// });
    /// ```
    ///
    /// Computes in **O(1)** time, after the wait.
    pub fn try_write_for(&self, timeout: Duration) -> Option<WriteTxn<'_, T>> {
        self.try_write_if(Patience::For(timeout), |_, _| true)
    }

    /// Begins a transaction as [`write_if`](Self::write_if) does, if the lock is to be had while the patience lasts.
    pub(crate) fn try_write_if(&self, patience: Patience, changed: Changed<T>) -> Option<WriteTxn<'_, T>> {
        Some(WriteTxn::new(&self.core, self.core.try_lock(patience)?, changed))
    }
}
