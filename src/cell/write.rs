//! [`WriteTxn`]: a change in the making.

use super::core::{Core, Master};
use super::{Changed, Snapshot, Update};
use crate::sync::Arc;
use crate::sync::mutant::mistake;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;

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
