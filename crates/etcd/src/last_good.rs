//! The last good state: what is loaded at the start, and a thread that saves.

use crate::client::unpoisoned;
use crate::error::{Error, Failure, FailureKind, guarded};
use crate::shared::Shared;
use crate::status::{Shown, Status};
use crate::table::Table;
use readmostly::{CowCell, Snapshot};
use std::any::Any;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

/// Where the last good state is.
pub(crate) trait Keep<T>: Send {
    /// Loads the newest that is whole, and says when it was saved.
    fn load(&mut self) -> Result<Option<(T, SystemTime)>, String>;

    fn save(&mut self, snapshot: &Snapshot<T>) -> Result<(), String>;

    /// How often to save.
    fn every(&self) -> Duration;
}

/// Has the container show the last good state, if there is one.
#[track_caller]
pub(crate) fn load<C: Table>(keep: &mut dyn Keep<C::Value>, target: &C, status: &mut Status) {
    match without_panic(|| keep.load()) {
        Ok(None) => {}
        Ok(Some((value, saved_at))) => {
            drop(target.cell().replace(value));
            status.shown = Shown::LastGood { saved_at };
        }
        Err(reason) => status.save_error = Some(Failure::new(FailureKind::LastGood, reason)),
    }
}

/// Makes an error of a panic.
fn without_panic<R>(f: impl FnOnce() -> Result<R, String>) -> Result<R, String> {
    guarded(f).unwrap_or_else(|message| Err(format!("a panic: {message}")))
}

/// Saves what the container has, from when etcd was reached first until this is dropped.
struct Saver {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Control {
    is_stopped: Mutex<bool>,
    stopped: Condvar,
}

/// Starts the thread.
pub(crate) fn start<C>(
    mut keep: Box<dyn Keep<C::Value>>,
    target: &Arc<C>,
    shared: &Arc<Shared>,
) -> Result<Box<dyn Any + Send + Sync>, Error>
where
    C: Table<Value: Send + Sync + 'static> + Send + Sync + 'static,
{
    let control = Arc::new(Control::default());
    let (of_thread, target, shared) = (Arc::clone(&control), Arc::clone(target), Arc::clone(shared));
    let thread = thread::Builder::new().name(String::from("etcd last good")).spawn(move || {
        let mut saved = None;
        loop {
            let is_last = of_thread.wait(keep.every());
            saved = save(&mut *keep, target.cell(), &shared, saved);
            if is_last {
                return;
            }
        }
    });
    let thread = thread.map_err(|error| Error::new(format!("no thread can be started: {error}")))?;
    Ok(Box::new(Saver { control, thread: Some(thread) }))
}

/// Saves what is new. Returns the version that is saved.
fn save<T>(keep: &mut dyn Keep<T>, cell: &CowCell<T>, shared: &Shared, saved: Option<u64>) -> Option<u64> {
    // Before that it is the last good state itself, or nothing.
    if shared.status().shown != Shown::Etcd || saved == Some(cell.version()) {
        return saved;
    }
    let snapshot = cell.snapshot();
    let version = Snapshot::version(&snapshot);
    let result = without_panic(move || keep.save(&snapshot));
    shared.change(|status| {
        let since = status.save_error.as_ref().map(|before| before.since);
        status.save_error = result.as_ref().err().map(|reason| {
            let failure = Failure::new(FailureKind::LastGood, reason);
            Failure { since: since.unwrap_or(failure.since), ..failure }
        });
    });
    if result.is_ok() { Some(version) } else { saved }
}

impl Control {
    /// Waits for a time, or until it is stopped. Returns `true` then.
    fn wait(&self, time: Duration) -> bool {
        let is_stopped = unpoisoned(&self.is_stopped);
        let wait = self.stopped.wait_timeout_while(is_stopped, time, |is_stopped| !*is_stopped);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        *unpoisoned(&self.control.is_stopped) = true;
        self.control.stopped.notify_all();
        let Some(thread) = self.thread.take() else { return };
        // A type of the user's may hold the follower: the thread does not wait for itself.
        if thread.thread().id() != thread::current().id() {
            drop(thread.join());
        }
    }
}

#[cfg(feature = "readmostly-persist")]
mod with_persist {
    use super::{Duration, Keep, Snapshot, SystemTime};
    use crate::builder::Builder;
    use readmostly_persist::{Store, Table};

    struct Folder<T: Table> {
        store: Store<T>,
        every: Duration,
    }

    impl<T: Table> Keep<T> for Folder<T> {
        fn load(&mut self) -> Result<Option<(T, SystemTime)>, String> {
            let loaded = self.store.load().map_err(|error| error.to_string())?;
            Ok(loaded.map(|loaded| (loaded.value, loaded.time)))
        }

        fn save(&mut self, snapshot: &Snapshot<T>) -> Result<(), String> {
            self.store.save(snapshot).map(drop).map_err(|error| error.to_string())
        }

        fn every(&self) -> Duration {
            self.every
        }
    }

    impl<K, V, T: Table> Builder<K, V, T> {
        /// Starts from the state that is in a store, and saves what etcd has there, at most every so often, on a thread of its own. It is not
        /// more often than each 10 ms.
        ///
        /// Until etcd is reached the container shows the state that was saved last, and the [status](crate::Status::shown) says so.
        /// Nothing is saved before that. A save that fails is told by [`save_error`](crate::Status::save_error), and tried again.
        ///
        /// If the state has entries, and the prefix has no key that decodes when etcd is reached, the state stays: it is more often a wrong
        /// prefix or a lost cluster than a wish. [`Failure`](crate::Failure) says so, [`ready`](crate::Follower::ready) waits, nothing
        /// is saved, and etcd is looked at again after a [pause](Self::longest_pause), until there is a key.
        /// [`allow_empty`](Self::allow_empty) turns that off. Once the prefix has had a key, that it is empty is shown as any other change.
        ///
        /// The revision is not saved: a start lists all keys, and changes those entries that differ.
        ///
        /// A store does not know what it is of. Give each prefix of each cluster a folder of its own: else the table begins with what is of another one,
        /// and a key that is refused keeps the value that another one had.
        ///
        /// # Examples
        ///
        /// ```
        /// use readmostly::CowMap;
        /// use readmostly_etcd::{Follow, Shown};
        /// use readmostly_persist::{Options, Store};
        /// use std::sync::Arc;
        /// use std::time::Duration;
        ///
        /// # let folder = tempfile::tempdir()?;
        /// # Store::open(&folder, Options::new())?.save(&CowMap::from([("ann".to_owned(), "10".to_owned())]).snapshot())?;
        /// let limits: Arc<CowMap<String, String>> = Arc::default();
        /// // Nobody listens there.
        /// let follower = Follow::prefix(["http://127.0.0.1:1"], "/limits/")
        ///     .text()
        ///     .last_good(Store::open(&folder, Options::new())?, Duration::from_secs(10))
        ///     .into(Arc::clone(&limits))?;
        /// assert!(matches!(follower.status().shown, Shown::LastGood { .. }));
        /// assert_eq!(limits.get("ann").as_deref(), Some("10"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn last_good(self, store: Store<T>, every: Duration) -> Self {
            self.keeping(Box::new(Folder { store, every: every.max(Duration::from_millis(10)) }))
        }

        /// Takes an empty prefix for what there is also at the start, where the [last good state](Self::last_good) has entries. Then a wrong
        /// prefix empties the table and the store.
        ///
        /// # Examples
        ///
        /// ```
        /// # use readmostly::CowMap;
        /// # use readmostly_etcd::Follow;
        /// # use readmostly_persist::{Options, Store};
        /// # use std::time::Duration;
        /// # let folder = tempfile::tempdir()?;
        /// # let jobs = std::sync::Arc::<CowMap<String, String>>::default();
        /// // A queue is empty often.
        /// let follower = Follow::prefix(["http://127.0.0.1:1"], "/jobs/")
        ///     .text()
        ///     .last_good(Store::open(&folder, Options::new())?, Duration::from_secs(10))
        ///     .allow_empty()
        ///     .into(jobs)?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn allow_empty(self) -> Self {
            self.allowing_empty()
        }
    }
}
