//! A thread that saves what a container publishes.

use super::Store;
use super::background::save_guarded;
use super::info::Saved;
use super::inner::{Inner, unpoisoned};
use crate::error::{Error, Result};
use crate::table::Table;
use readmostly::{Snapshot, Source, Update, Watch};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant, SystemTime};

/// How often versions are counted while some are waiting to be saved. Being woken by each would cost the writers.
const LOOK: Duration = Duration::from_millis(10);
/// How soon it is tried again after an error, at the earliest.
const PAUSE: Duration = Duration::from_millis(100);

/// When an [`Autosave`] saves: whichever comes first.
///
/// # Examples
///
/// ```
/// use readmostly_persist::Every;
/// use std::time::Duration;
///
/// // Ten seconds after the first change, or after some thousand of them.
/// let every = Every { interval: Duration::from_secs(10), versions: 1000 };
/// # let _ = every;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// How long after the first version that is not saved.
    pub interval: Duration,
    /// After how many versions that are not saved. They are counted every 10 milliseconds.
    pub versions: u64,
}

/// How an [`Autosave`] is doing.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AutosaveStatus {
    /// How many files were written.
    pub saves: u64,
    /// What the last save has done.
    pub last: Option<Saved>,
    /// The version of the container that is on disk; `None` before the first save.
    pub version: Option<u64>,
    /// When the last save has ended well.
    pub saved_at: Option<SystemTime>,
    /// Why the last save has failed, if it has, and since when saves fail. It is tried again after the interval.
    pub failing: Option<(Error, SystemTime)>,
}

/// Saves what a container publishes, on a thread of its own.
///
/// It begins with the version that is current when it starts. When it is dropped it saves what is new, and ends. Errors are told in
/// its [status](Self::status), and by [`stop`](Self::stop).
///
/// # Examples
///
/// ```
/// use readmostly::CowSet;
/// use readmostly_persist::{Every, Options, Store};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let folder = tempfile::tempdir()?;
/// let set: Arc<CowSet<u32>> = Arc::default();
/// let store = Store::open(&folder, Options::new())?;
/// let autosave =
///     store.autosave(Arc::clone(&set), Every { interval: Duration::from_secs(60), versions: 1000 })?;
/// set.insert(1);
/// autosave.stop()?; // or drop it
/// assert!(store.load()?.unwrap().value.contains(&1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends it"]
pub struct Autosave {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Control {
    stop: AtomicBool,
    status: Mutex<AutosaveStatus>,
}

impl Autosave {
    /// Returns how it is doing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Every, Options, Store};
    /// # use std::sync::Arc;
    /// # use std::time::Duration;
    /// # let folder = tempfile::tempdir()?;
    /// # let set: Arc<CowSet<u32>> = Arc::default();
    /// # let store = Store::open(&folder, Options::new())?;
    /// let autosave = store.autosave(set, Every { interval: Duration::from_millis(1), versions: 1 })?;
    /// while autosave.status().saves == 0 {
    ///     std::thread::yield_now();
    /// }
    /// assert!(autosave.status().failing.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status(&self) -> AutosaveStatus {
        unpoisoned(&self.control.status).clone()
    }

    /// Saves what is new, and ends.
    ///
    /// # Examples
    ///
    /// See [`Autosave`].
    ///
    /// # Errors
    ///
    /// As [`Store::save`], if the last save has failed.
    pub fn stop(mut self) -> Result<AutosaveStatus> {
        self.end();
        let status = self.status();
        match status.failing {
            Some((error, _)) => Err(error),
            None => Ok(status),
        }
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.control.stop.store(true, Ordering::SeqCst);
        thread.thread().unpark();
        // It catches panics of the user's code.
        let _ = thread.join();
    }
}

impl Drop for Autosave {
    fn drop(&mut self) {
        self.end();
    }
}

impl<T: Table> Store<T> {
    /// Saves what a container publishes from now on, and what is current now.
    ///
    /// # Examples
    ///
    /// See [`Autosave`].
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if no thread can be started, and [`ReadOnly`](crate::ErrorKind::ReadOnly). A save that fails is told in the
    /// [status](Autosave::status).
    pub fn autosave<S>(&self, source: S, every: Every) -> Result<Autosave>
    where
        S: Source<Value = T> + Send + 'static,
    {
        self.inner.writable()?;
        let control = Arc::new(Control::default());
        let saver = Saver { inner: Arc::clone(&self.inner), control: Arc::clone(&control), every };
        let watch = Watch::new(source);
        let thread =
            thread::Builder::new().name("readmostly autosave".into()).spawn(move || saver.run(watch));
        let thread = thread.map_err(|error| Error::io("no thread can be started", error))?;
        Ok(Autosave { control, thread: Some(thread) })
    }
}

struct Saver<T> {
    inner: Arc<Inner<T>>,
    control: Arc<Control>,
    every: Every,
}

impl<T: Table> Saver<T> {
    fn run<S: Source<Value = T> + Send>(&self, mut watch: Watch<S>) {
        let mut newest = watch.seen().expect("nothing was forgotten").clone();
        let mut saved = None;
        loop {
            // Before it looks for what is new: what was published before the stop is seen then, and saved.
            let is_last = self.is_stopped();
            newest = newer(&mut watch).unwrap_or(newest);
            if saved != Some(Snapshot::version(&newest)) && self.save(&mut newest, &mut watch) {
                saved = Some(Snapshot::version(&newest));
            }
            if is_last {
                return;
            }
            // After an error nothing new is needed to try again.
            if saved == Some(Snapshot::version(&newest)) {
                match self.wait(&mut watch) {
                    Some(update) => newest = update.new,
                    None => continue,
                }
            }
            let since = Instant::now();
            let pause =
                if saved == Some(Snapshot::version(&newest)) { Duration::ZERO } else { self.every.interval };
            let is_failing = unpoisoned(&self.control.status).failing.is_some();
            let pause = if is_failing { pause.max(PAUSE) } else { pause };
            while !self.is_stopped() {
                newest = newer(&mut watch).unwrap_or(newest);
                let versions =
                    saved.map_or(u64::MAX, |saved| Snapshot::version(&newest).saturating_sub(saved));
                let waited = since.elapsed();
                if waited >= pause || !is_failing && versions >= self.every.versions.max(1) {
                    break;
                }
                let counts = self.every.versions != u64::MAX;
                let rest = pause.saturating_sub(waited);
                thread::park_timeout(if counts { rest.min(LOOK) } else { rest });
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.control.stop.load(Ordering::SeqCst)
    }

    /// Saves what is newest when nobody else saves any more: who was before may have saved a newer version than was seen here.
    fn save<S: Source<Value = T>>(&self, newest: &mut Snapshot<T>, watch: &mut Watch<S>) -> bool {
        let snapshot = || {
            if let Some(newer) = newer(watch) {
                *newest = newer;
            }
            newest.clone()
        };
        let result = save_guarded(&self.inner, self.inner.turn(), snapshot, None);
        let now = SystemTime::now();
        let mut status = unpoisoned(&self.control.status);
        match result {
            Ok(saved) => {
                status.saves += u64::from(saved.written);
                status.last = Some(saved);
                status.version = Some(Snapshot::version(newest));
                status.saved_at = Some(now);
                status.failing = None;
                true
            }
            Err(error) => {
                let since = status.failing.take().map_or(now, |(_, since)| since);
                status.failing = Some((error, since));
                false
            }
        }
    }

    /// Sleeps until there is a newer version, or it is time to end.
    fn wait<S: Source<Value = T> + Send>(&self, watch: &mut Watch<S>) -> Option<Update<T>> {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut changed = pin!(watch.changed());
        while !self.is_stopped() {
            if let Poll::Ready(update) = changed.as_mut().poll(&mut context) {
                return Some(update);
            }
            thread::park();
        }
        None
    }
}

fn newer<S: Source>(watch: &mut Watch<S>) -> Option<Snapshot<S::Value>> {
    watch.try_next().map(|update| update.new)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
