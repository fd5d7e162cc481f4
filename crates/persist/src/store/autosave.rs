//! A thread that saves what a container publishes.

use super::Store;
use super::background::save_guarded;
use super::info::Saved;
use super::inner::{Inner, unpoisoned};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Id;
use crate::table::Table;
use crate::waste::{Waste, guarded};
use crate::worker::Worker;
use readmostly::{Snapshot, Source, Update, Watch};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, SystemTime};

/// How often versions are counted while some are waiting to be saved. Being woken by each would cost the writers.
const LOOK: Duration = Duration::from_millis(10);
/// How soon it is tried again after an error, at the earliest.
const PAUSE: Duration = Duration::from_millis(100);
/// How many panics in a row are told of: what panics once, as a destructor may, has stopped no save.
const PANICS: u32 = 3;

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
    /// Why the last save has failed, if it has, and since when saves fail. It is tried again after the interval, or as many versions.
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
    thread: Option<Worker>,
}

#[derive(Debug, Default)]
struct Control {
    stop: AtomicBool,
    status: Mutex<AutosaveStatus>,
}

impl Autosave {
    /// Returns how it is doing. In the child of a fork it may wait for ever, if another thread of the parent was asking, or the save was
    /// telling.
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
    /// As [`Store::save`], if the last save has failed. [`Locked`](crate::ErrorKind::Locked) in the child of a fork: nothing is saved there, and the
    /// parent goes on.
    pub fn stop(mut self) -> Result<AutosaveStatus> {
        if self.thread.as_ref().is_some_and(|thread| !thread.is_here()) {
            return Err(Error::forked());
        }
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
        thread.unpark();
        thread.join();
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
        let thread = Worker::spawn("readmostly autosave", move || saver.run(watch));
        let thread = thread.map_err(|error| Error::io("no thread can be started", error))?;
        Ok(Autosave { control, thread: Some(thread) })
    }
}

struct Saver<T> {
    inner: Arc<Inner<T>>,
    control: Arc<Control>,
    every: Every,
}

/// Where the saver is.
struct Place<S: Source> {
    watch: Watch<S>,
    newest: Snapshot<S::Value>,
    /// The version that was saved, and as what.
    saved: Option<(u64, Id)>,
    /// The version of the last attempt.
    tried: Option<u64>,
}

impl<S: Source<Value: Table>> Place<S> {
    /// Takes the newest version.
    fn look(&mut self) {
        let mut waste = Waste::new();
        self.look_in_turn(&mut waste);
        waste.discard();
    }

    /// The same while nothing may be dropped.
    fn look_in_turn(&mut self, waste: &mut Waste<S::Value>) {
        if let Some(update) = self.watch.try_next() {
            self.take(update, waste);
        }
    }

    fn take(&mut self, update: Update<S::Value>, waste: &mut Waste<S::Value>) {
        waste.snapshot(update.old);
        waste.snapshot(std::mem::replace(&mut self.newest, update.new));
    }

    /// Whether a load finds the newest version: others may have saved an older one since, or removed the file.
    fn is_saved(&self, store: &Inner<S::Value>) -> bool {
        let newest = Snapshot::version(&self.newest);
        let Some((version, id)) = self.saved else { return false };
        let is_newest = version == newest && store.index().is_newest(id);
        is_newest && store.is_there(id)
    }

    /// How many versions came since the last attempt to save.
    fn waiting(&self) -> u64 {
        self.tried.map_or(u64::MAX, |tried| Snapshot::version(&self.newest).saturating_sub(tried))
    }
}

impl<T: Table> Saver<T> {
    fn run<S: Source<Value = T> + Send>(self, watch: Watch<S>) {
        let newest = watch.seen().expect("nothing was forgotten").clone();
        let mut place = Place { watch, newest, saved: None, tried: None };
        let mut panics = 0;
        loop {
            match guarded(|| self.round(&mut place)) {
                Some(true) => break,
                Some(false) => panics = 0,
                // A destructor that the container has run. The next round finds what this one has left.
                None => {
                    panics += 1;
                    if panics >= PANICS {
                        self.fail(Error::new(ErrorKind::Panic, "code of the container has panicked"));
                        if self.is_stopped() {
                            break;
                        }
                    }
                    self.pause();
                }
            }
        }
        guarded(|| drop(place));
        guarded(|| drop(self.inner));
    }

    /// Saves what is new and waits for what comes next; `true` at the end.
    fn round<S: Source<Value = T> + Send>(&self, place: &mut Place<S>) -> bool {
        // Before it looks for what is new: what was published before the stop is seen then, and saved.
        let is_last = self.is_stopped();
        place.look();
        if !place.is_saved(&self.inner) {
            self.save(place);
        }
        if is_last {
            return true;
        }
        // After an error nothing new is needed to try again.
        if place.is_saved(&self.inner) && !self.wait(place) {
            return false;
        }
        self.gather(place);
        false
    }

    /// Waits until it is time to save what is there.
    fn gather<S: Source<Value = T>>(&self, place: &mut Place<S>) {
        let since = Instant::now();
        // A disk that fails is not asked all the time.
        let least = if unpoisoned(&self.control.status).failing.is_some() { PAUSE } else { Duration::ZERO };
        let most = self.every.interval.max(least);
        while !self.is_stopped() {
            place.look();
            let (waited, enough) = (since.elapsed(), place.waiting() >= self.every.versions.max(1));
            if waited >= most || enough && waited >= least {
                return;
            }
            let counts = self.every.versions != u64::MAX;
            let rest = most.saturating_sub(waited);
            thread::park_timeout(if counts { rest.min(LOOK) } else { rest });
        }
    }

    fn is_stopped(&self) -> bool {
        self.control.stop.load(Ordering::SeqCst)
    }

    fn pause(&self) {
        let since = Instant::now();
        while !self.is_stopped() && since.elapsed() < PAUSE {
            thread::park_timeout(PAUSE);
        }
    }

    /// Saves what is newest when nobody else saves any more: who was before may have saved a newer version than was seen here.
    fn save<S: Source<Value = T>>(&self, place: &mut Place<S>) {
        let mut waste = Waste::new();
        let snapshot = || {
            place.look_in_turn(&mut waste);
            place.newest.clone()
        };
        let (result, replaced) = match self.inner.turn() {
            Ok(turn) => save_guarded(&self.inner, turn, snapshot, None),
            Err(error) => (Err(error), Waste::new()),
        };
        let version = Some(Snapshot::version(&place.newest));
        place.tried = version;
        match result {
            Ok(saved) => {
                place.saved = version.map(|version| (version, saved.id));
                let mut status = unpoisoned(&self.control.status);
                status.saves += u64::from(saved.written);
                status.last = Some(saved);
                status.version = version;
                status.saved_at = Some(SystemTime::now());
                status.failing = None;
            }
            Err(error) => self.fail(error),
        }
        // When it is told.
        waste.discard();
        replaced.discard();
    }

    fn fail(&self, error: Error) {
        let mut status = unpoisoned(&self.control.status);
        let since = status.failing.take().map_or_else(SystemTime::now, |(_, since)| since);
        status.failing = Some((error, since));
    }

    /// Sleeps until there is a newer version; `false` if it is time to end.
    fn wait<S: Source<Value = T> + Send>(&self, place: &mut Place<S>) -> bool {
        let update = {
            let waker = Waker::from(Arc::new(Unpark(thread::current())));
            let mut context = Context::from_waker(&waker);
            let mut changed = pin!(place.watch.changed());
            loop {
                if self.is_stopped() {
                    return false;
                }
                if let Poll::Ready(update) = changed.as_mut().poll(&mut context) {
                    break update;
                }
                thread::park();
            }
        };
        let mut waste = Waste::new();
        place.take(update, &mut waste);
        waste.discard();
        true
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
