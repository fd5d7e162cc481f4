//! [`Watch`]: tells of new versions, to a thread that sleeps or to a task.

mod alarm;
mod weak;

use self::alarm::Alarm;
use super::sealed::Sealed;
use super::watches::Watches;
use super::{CowCell, Snapshot, Source, Update};
use crate::sync::deadline;
use crate::sync::mutant::mistake;
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// Tells of each new version of a container: to a thread that sleeps until there is one, or to a task.
///
/// A watch holds the version that it has told of last. [`next`](Self::next) sleeps until there is a newer one, and returns
/// both, as an [`Update`]: of a paged collection, `update.old.diff(&update.new)` is what has changed. A watch that lags
/// skips versions. It gets one update from the version that it has seen to the one that is current. Nothing piles up for it, and it never
/// delays a writer.
///
/// For one that reads often and does not want to be told, there is the [`Reader`](crate::Reader).
///
/// A version that the watch has seen stays alive until the next update. A watch that may sleep for long and does not look
/// at the old version gives it up with [`forget_seen`](Self::forget_seen).
///
/// # Which handle to watch
///
/// - `container.watch()` borrows the container.
/// - `Watch::new(Arc::clone(&container))` is for a thread or a task of its own. It keeps the container alive, so it never
///   comes to an end.
/// - [`downgrade`](Self::downgrade) makes a watch of it that does not. It is an [`Iterator`] that ends when the container is
///   gone, and a thread that sleeps in it is woken then, before the last version is dropped. A version that was published after
///   its last look it does not tell of any more. `Arc::into_inner` ends it as well, but wakes it only when the container, which
///   goes on elsewhere, is next written to or dropped: until then its waker stays there, also if the watch is dropped.
///
/// A task that owns a watch which keeps its container lives as long as its waker, and that is at the container while the watch
/// sleeps. Where nothing else drops such a task, the three keep each other alive: give the task a watch that was downgraded.
///
/// With the feature `stream` a watch is a `Stream` of `futures-core` as well.
///
/// # Wakers
///
/// A publish wakes each watch that sleeps, after the new version is there and with no lock held. That runs the
/// [`Waker`] of a task, on the writer's thread: it may do whatever it likes, also write to the container.
/// If a waker panics, the other watches are woken all the same, and the panic then reaches the writer, whose version
/// is published.
///
/// # Examples
///
/// A thread that keeps an index up to date by what changes, until the table is gone:
///
/// ```
/// use readmostly::paged::Change;
/// use readmostly::{CowMap, Watch};
/// use std::collections::BTreeMap;
/// use std::sync::{Arc, mpsc};
/// use std::thread;
///
/// let users = Arc::new(CowMap::from([(1, "ann")]));
/// let watch = Watch::new(Arc::clone(&users)).downgrade();
/// let (say, said) = mpsc::channel();
/// let index = thread::spawn(move || {
///     let mut ids = BTreeMap::from([("ann", 1)]);
///     for update in watch {
///         for change in update.old.diff(&update.new) {
///             match change {
///                 Change::Added { key, value } => drop(ids.insert(*value, *key)),
///                 Change::Removed { value, .. } => drop(ids.remove(value)),
///                 Change::Updated { key, old, new } => {
///                     ids.remove(old);
///                     ids.insert(*new, *key);
///                 }
///             }
///         }
///         say.send(ids.len()).unwrap();
///     }
///     ids
/// });
/// users.insert(2, "bob");
/// assert_eq!(said.recv(), Ok(2));
/// drop(users);
/// assert_eq!(index.join().unwrap(), BTreeMap::from([("ann", 1), ("bob", 2)]));
/// ```
pub struct Watch<W: Watched> {
    /// None if it was forgotten.
    seen: Option<Snapshot<W::Value>>,
    /// The number of the version that was seen.
    number: u64,
    /// What this watch is known by where it sleeps. None where the child of a fork cannot get at the lock: none sleeps there.
    ticket: Option<u64>,
    /// A waker was left at the container, and may be there still.
    asleep: bool,
    watched: W,
}

/// What a [`Watch`] can watch: a [`Source`], which is a container or a pointer that keeps one, or a [`Weak`](std::sync::Weak) of one.
///
/// The trait is sealed.
pub trait Watched: Sealed {
    /// The type of the values that the container publishes.
    type Value;

    /// Runs `f` on the cell that the container is made of, unless that is gone.
    #[doc(hidden)]
    fn with_cell<R>(&self, f: impl FnOnce(&CowCell<Self::Value>) -> R) -> Option<R>;
}

impl<S: Source> Watched for S {
    type Value = S::Value;

    fn with_cell<R>(&self, f: impl FnOnce(&CowCell<S::Value>) -> R) -> Option<R> {
        Some(f(self.cell()))
    }
}

impl<S: Source> Watch<S> {
    /// Makes a watch of `source` that has seen the current version.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Watch};
    /// use std::sync::Arc;
    ///
    /// let cell = Arc::new(CowCell::new(1));
    /// let mut watch = Watch::new(Arc::clone(&cell));
    /// let thread = std::thread::spawn(move || *watch.next().new);
    /// cell.replace(2);
    /// assert_eq!(thread.join().unwrap(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn new(source: S) -> Self {
        let seen = source.cell().snapshot();
        Self::starting_from(Some(seen.clone()), Snapshot::version(&seen), source)
    }

    /// Sleeps until there is a newer version than the one seen, and returns both.
    ///
    /// Does not sleep if there is one already.
    ///
    /// # Panics
    ///
    /// Panics instead of sleeping for ever: inside a write to the container on this thread, and in a child of `fork(2)` if another
    /// thread was at the writers' lock at that moment: taking or releasing it, or asking for `stats`, an older version or a watch. A
    /// panic in the destructor of a replaced version that nobody holds reaches the caller. The version is then told of by the
    /// next call.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// std::thread::scope(|s| {
    ///     let mut watch = cell.watch();
    ///     s.spawn(move || {
    ///         let update = watch.next();
    ///         assert_eq!((*update.old, *update.new), (1, 2));
    ///     });
    ///     cell.replace(2);
    /// });
    /// ```
    ///
    /// Computes in **O(1)** time, after the wait.
    #[expect(clippy::should_implement_trait, reason = "it has no end; a watch that has one is an iterator")]
    #[track_caller]
    pub fn next(&mut self) -> Update<S::Value> {
        let update = self.sleep(None);
        update.expect("the watch keeps its container, and has all the time there is")
    }

    /// Returns a future that waits for a newer version than the one seen, and returns both.
    ///
    /// It runs in any executor. A future that is dropped before it is ready has seen nothing, and leaves no waker behind, so it
    /// may lose in a `select!`.
    ///
    /// A future that is waited for inside a write to the container waits for ever, if the thread does nothing else meanwhile:
    /// no other writer can publish. It cannot know whether the thread does, so it does not panic.
    ///
    /// # Panics
    ///
    /// A poll panics in a child of `fork(2)` if another thread was at the writers' lock at that moment. A panic in
    /// the destructor of a replaced version reaches the caller as with [`next`](Self::next).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::future::Future;
    /// # use std::pin::pin;
    /// # use std::task::{Context, Poll, Waker};
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// let mut changed = pin!(watch.changed());
    /// # let mut cx = Context::from_waker(Waker::noop());
    /// assert!(changed.as_mut().poll(&mut cx).is_pending());
    /// cell.replace(2);
    /// let Poll::Ready(update) = changed.poll(&mut cx) else { unreachable!() };
    /// assert_eq!((*update.old, *update.new), (1, 2));
    /// ```
    ///
    /// Computes in **O(1)** time for a poll that finds a version, and in **O(log s)** time for one that goes to sleep beside *s* others.
    pub fn changed(&mut self) -> impl Future<Output = Update<S::Value>> + Send
    where
        S: Send,
        S::Value: Send + Sync,
    {
        let watch = Waiting(self);
        poll_fn(move |context| {
            let update = watch.0.poll_update(context.waker());
            update.map(|update| update.expect("the watch keeps its container"))
        })
    }
}

impl<W: Watched> Watch<W> {
    fn starting_from(seen: Option<Snapshot<W::Value>>, number: u64, watched: W) -> Self {
        let ticket = watched.with_cell(|cell| cell.core.writers.with_ledger(|ledger| ledger.watches.enter()));
        Self { seen, number, ticket: ticket.flatten(), asleep: false, watched }
    }

    /// Returns the version that the last update ended with, and at first the one that was current when the watch was made.
    ///
    /// It is `None` from [`forget_seen`](Self::forget_seen) to the next update.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// cell.replace(2);
    /// assert_eq!(**watch.seen().unwrap(), 1);
    /// watch.next();
    /// assert_eq!(**watch.seen().unwrap(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn seen(&self) -> Option<&Snapshot<W::Value>> {
        self.seen.as_ref()
    }

    /// Drops the version that was seen, so that the watch keeps no memory of the container alive.
    ///
    /// It goes on to tell of newer versions only. The next update has the new version in `old` as well, so it does not say what has changed.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of the version reaches the caller, if nobody else holds it. It is forgotten then too.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Snapshot};
    ///
    /// let cell = CowCell::new(vec![1; 1_000_000]);
    /// let mut watch = cell.watch();
    /// watch.forget_seen();
    /// let before = cell.replace(vec![2; 1_000_000]);
    /// assert!(Snapshot::try_into_inner(before).is_ok());
    /// assert_eq!(watch.next().new[0], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, and that of dropping the version if nobody else holds it.
    pub fn forget_seen(&mut self) {
        drop(self.seen.take());
    }

    /// Returns `true` if there is a newer version than the one seen, and leaves it to be told of.
    ///
    /// It is `false` when the container is gone.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a replaced version that nobody holds reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// assert!(!watch.has_changed());
    /// cell.replace(2);
    /// assert!(watch.has_changed());
    /// watch.next();
    /// assert!(!watch.has_changed());
    /// ```
    ///
    /// Computes in **O(1)** time: one atomic load, and a [`load`](CowCell::load) where the version is new.
    pub fn has_changed(&self) -> bool {
        self.watched.with_cell(|cell| !cell.core.is_newest(self.number) && cell.version() > self.number)
            == Some(true)
    }

    /// Returns an update if there is a newer version than the one seen.
    ///
    /// That is so if this thread has seen a newer version in any way.
    ///
    /// # Panics
    ///
    /// A panic in the destructor of a replaced version that nobody holds reaches the caller. The version is then told of by the
    /// next call.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// cell.replace(2);
    /// cell.replace(3);
    /// // One update from what was seen to what is current.
    /// let update = watch.try_next().unwrap();
    /// assert_eq!((*update.old, *update.new), (1, 3));
    /// assert!(watch.try_next().is_none());
    /// ```
    ///
    /// Computes in **O(1)** time: one atomic load, and a [`snapshot`](CowCell::snapshot) where the version is new. A watch that does
    /// not keep its container upgrades its pointer for that moment.
    pub fn try_next(&mut self) -> Option<Update<W::Value>> {
        match self.look() {
            Poll::Ready(found) => self.take(found),
            Poll::Pending => None,
        }
    }

    /// Sleeps until there is a newer version than the one seen, and returns both, unless `timeout` is over before that.
    ///
    /// A watch that does not keep its container returns `None` at once when that is gone.
    ///
    /// # Panics
    ///
    /// Panics as [`next`](Watch::next) does, but inside a write only where the timeout is too long for a clock, as [`Duration::MAX`] is: any
    /// other is up at some point.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let cell = readmostly::CowCell::new(1);
    /// let mut watch = cell.watch();
    /// assert!(watch.next_timeout(Duration::from_millis(1)).is_none());
    /// cell.replace(2);
    /// assert!(watch.next_timeout(Duration::ZERO).is_some());
    /// ```
    ///
    /// Computes in **O(1)** time, after the wait.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Update<W::Value>> {
        self.sleep(deadline(timeout))
    }

    /// Sleeps until there is a newer version, the container is gone, or the time is up.
    #[track_caller]
    fn sleep(&mut self, until: Option<Instant>) -> Option<Update<W::Value>> {
        if let Poll::Ready(found) = self.look() {
            return self.take(found);
        }
        let alarm = Arc::new(Alarm::new());
        let waker = Waker::from(Arc::clone(&alarm));
        let watch = Waiting(self);
        loop {
            if let Poll::Ready(update) = watch.0.poll_update(&waker) {
                return update;
            }
            let is_writing = || watch.0.watched.with_cell(|cell| cell.core.writers.is_held_by_this_thread());
            assert!(until.is_some() || is_writing() != Some(true), "{INSIDE_A_WRITE}");
            if !alarm.wait(until) {
                return None;
            }
        }
    }

    /// Tells of a newer version, or has `waker` woken when there is one, or when the container is gone.
    ///
    /// The waker is registered first, and the look comes after that. A writer swaps first, and takes the wakers after that. Both
    /// the registering and the taking are under one mutex (`Core::publish`). So if the writer does not find the waker, the
    /// look finds what it has published.
    pub(crate) fn poll_update(&mut self, waker: &Waker) -> Poll<Option<Update<W::Value>>> {
        if let Poll::Ready(found) = self.look() {
            return Poll::Ready(self.take(found));
        }
        self.fall_asleep(waker.clone());
        mistake!(SleepUnseen => Poll::Pending);
        self.look().map(|found| self.take(found))
    }

    /// The current version if it is newer than what was seen, or `Ready(None)` if the container is gone.
    fn look(&self) -> Poll<Option<Snapshot<W::Value>>> {
        match self.watched.with_cell(|cell| cell.core.newer_than(self.number)) {
            Some(None) => Poll::Pending,
            Some(Some(newer)) => Poll::Ready(Some(Snapshot::new(newer))),
            None => Poll::Ready(None),
        }
    }

    /// Makes an update of what a look has found. It is not seen if dropping the waker panics.
    fn take(&mut self, found: Option<Snapshot<W::Value>>) -> Option<Update<W::Value>> {
        self.get_up();
        let new = found?;
        self.number = Snapshot::version(&new);
        let old = self.seen.replace(new.clone()).unwrap_or_else(|| new.clone());
        Some(Update { old, new })
    }

    fn fall_asleep(&mut self, waker: Waker) {
        self.asleep = true;
        let before = self.watched.with_cell(|cell| {
            let (ticket, seen) = (self.ticket.expect(LOST), self.number);
            cell.core
                .writers
                .with_ledger(|ledger| ledger.watches.fall_asleep(ticket, seen, waker))
                .expect(LOST)
        });
        // That of another poll, perhaps of another task's: dropping it runs code of the user's.
        drop(before);
    }

    /// Takes the waker back, if it was not woken.
    fn get_up(&mut self) {
        mistake!(LeaveAsleep => self.asleep = false);
        if mem::take(&mut self.asleep) {
            drop(self.with_watches(Watches::get_up));
        }
    }

    /// Runs `f` on the watches and the ticket of this one, unless the container is gone, or nobody gets at them any more.
    fn with_watches<R>(&self, f: impl FnOnce(&mut Watches, u64) -> R) -> Option<R> {
        let ticket = self.ticket?;
        self.watched
            .with_cell(|cell| cell.core.writers.with_ledger(|ledger| f(&mut ledger.watches, ticket)))?
    }
}

const INSIDE_A_WRITE: &str = "a watch that sleeps inside a write to the container that it watches, on the same thread, would sleep \
                              for ever: no other writer can publish meanwhile; end the write first";

const LOST: &str = "nobody can wake this watch, and it would sleep for ever: this process was forked while another thread was \
                    taking or releasing the writers' lock of this container, or asked for `stats`, an older version or a \
                    watch; reads go on, so make a container of your own from what they show (`fork()`, or `CowCell::new` of a \
                    snapshot's value)";

impl<W: Watched> Drop for Watch<W> {
    fn drop(&mut self) {
        self.with_watches(|watches, _| watches.leave());
        self.get_up();
    }
}

/// A watch that has left its waker while somebody waits. It is taken back when that somebody does not.
struct Waiting<'a, W: Watched>(&'a mut Watch<W>);

impl<W: Watched> Drop for Waiting<'_, W> {
    fn drop(&mut self) {
        self.0.get_up();
    }
}

impl<W: Watched + Clone> Clone for Watch<W> {
    /// Makes a watch that has seen the same version, and goes on by itself.
    fn clone(&self) -> Self {
        Self::starting_from(self.seen.clone(), self.number, self.watched.clone())
    }
}

impl<W: Watched> fmt::Debug for Watch<W>
where
    W::Value: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("version", &self.number)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
