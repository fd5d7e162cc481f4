//! [`Reloader`]: a running reload.

use crate::core::{PATIENCE, Patience, TRIES, guarded};
use crate::error::{FailureKind, UnknownVersion};
use crate::own_thread::OwnThread;
use crate::status::{Provenance, Status};
use crate::trigger::{Bell, Trigger};
use crate::turn::{Turn, unpoisoned};
use crate::worker::{First, Worker};
use readmostly::{CowCell, Snapshot, Source, Update, Watch};
use std::fmt;
use std::io;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

/// A container that follows a source, from [`Builder::into`](crate::Builder::into) until this is dropped.
///
/// Its drop stops its thread, if it has one, and waits for a look that is running. The container stays as it is. Inside a write to the
/// container that takes up to a second longer, since the look may wait for that write.
///
/// # Consistency
///
/// - One look or rollback at a time, on whichever thread: the others wait. A source, a parser, a validator or a waker that asks its
///   own reloader for one panics, and with it what it was called for; the message says what to do. So does the destructor of a value
///   that is dropped in one.
/// - [`status`](Self::status) never waits for any of them.
/// - A look waits for the writers of others for at most a second in all. Then it has failed, as
///   [`Locked`](crate::FailureKind::Locked). The thread of the reloader, if there is one, tries again at once and then each second, until
///   it is done. So nobody waits for himself who asks for a look inside a write to the container.
/// - In the child of a `fork` there is no thread of the reloader. Make another one there. The drop of the old one stops nothing, and
///   leaves some memory to the end of the child.
///
/// # Examples
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("blocked.txt");
/// use readmostly::CowSet;
/// use readmostly_reload::{Content, Reload};
/// use std::fs;
/// use std::sync::Arc;
///
/// fs::write(&path, "a.example\n")?;
/// let blocked: Arc<CowSet<String>> = Arc::default();
/// let domains = |content: &Content| content.text().map(|text| text.lines().map(String::from).collect::<Vec<_>>());
/// let reloader = Reload::file(&path).parse(domains).into(Arc::clone(&blocked))?;
///
/// fs::write(&path, "a.example\nb.example\n")?;
/// let status = reloader.now();
/// assert_eq!((blocked.len(), status.changes.added), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reloader<C: Source> {
    shared: Arc<Shared<C>>,
    thread: Option<OwnThread>,
}

/// What the thread shares with those who ask.
pub(crate) struct Shared<C: Source> {
    target: Arc<C>,
    turn: Turn<Worker<C>>,
    /// Without what each look changes.
    status: Arc<CowCell<Status>>,
    looked: Mutex<Looked>,
    last_update: Mutex<Option<Update<C::Value>>>,
}

/// What each look changes. Whoever watches the status is not woken for it.
#[derive(Clone, Copy)]
struct Looked {
    at: SystemTime,
    unchanged: u64,
    /// How many looks have begun.
    begun: u64,
}

/// A thread that waits until there is something to follow. Without that it ends when this is dropped.
pub(crate) struct Follower<C: Source> {
    thread: JoinHandle<()>,
    bell: Arc<Bell>,
    begin: Sender<Arc<Shared<C>>>,
}

impl<C> Follower<C>
where
    C: Source + Send + Sync + 'static,
    C::Value: Send + Sync,
{
    pub(crate) fn start(mut trigger: Trigger) -> io::Result<Self> {
        let (bell, (begin, told)) = (Arc::clone(&trigger.bell), channel::<Arc<Shared<C>>>());
        let thread = thread::Builder::new().name(String::from("reload")).spawn(move || {
            let Ok(shared) = told.recv() else { return };
            let mut took = Duration::ZERO;
            while trigger.wait(took) {
                loop {
                    let start = Instant::now();
                    let wait = shared.look();
                    took = start.elapsed();
                    match wait {
                        Some(wait) if !trigger.pause_after(wait, took) => return,
                        Some(_) => {}
                        // The next poll may be far away.
                        None if shared.is_kept_out() => {
                            if !trigger.pause(PATIENCE) {
                                return;
                            }
                        }
                        None => break,
                    }
                }
            }
        })?;
        Ok(Self { thread, bell, begin })
    }
}

impl<C: Source> Reloader<C> {
    /// Follows from now on, with a thread or without.
    pub(crate) fn new(
        target: Arc<C>,
        worker: Worker<C>,
        First { status, update }: First<C::Value>,
        follower: Option<Follower<C>>,
    ) -> Self {
        let looked = Mutex::new(Looked { at: status.checked_at, unchanged: status.unchanged, begun: 0 });
        let (turn, status) = (Turn::new(worker), Arc::new(CowCell::new(status)));
        let shared = Arc::new(Shared { target, turn, status, looked, last_update: Mutex::new(update) });
        let thread = follower.map(|Follower { thread, bell, begin }| {
            // The thread is there: it waits for this.
            drop(begin.send(Arc::clone(&shared)));
            OwnThread::new(thread, bell)
        });
        Self { shared, thread }
    }

    /// Returns the container that is reloaded.
    pub fn target(&self) -> &Arc<C> {
        &self.shared.target
    }

    /// Returns how the reload is doing.
    ///
    /// Waits for nobody: a parser may call it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let source = || Ok::<_, Refused>(Some(Content::from_bytes("greeting", "hello")));
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// let parse = |content: &Content| content.text().map(String::from);
    /// let reloader = Reload::source(source).parse(parse).into(cell)?;
    /// assert!(reloader.status().last_error.is_none());
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    ///
    /// Computes in **O(1)** time, and that of copying the texts of an error.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Returns a watch of the status, for a thread or a task: it tells of each content that was applied or refused, each
    /// recovery and each rollback.
    ///
    /// It has no end. One that was [downgraded](Watch::downgrade) ends with the reloader.
    ///
    /// It does not tell of looks that found nothing new. So `checked_at` and `unchanged` are as they were at the last of those
    /// events.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let mut answers = ["hello", "good night"].into_iter().map(|text| Content::from_bytes("greeting", text));
    /// let source = move || Ok::<_, Refused>(answers.next());
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// let parse = |content: &Content| content.text().map(String::from);
    /// let reloader = Reload::source(source).parse(parse).into(cell)?;
    /// let mut watch = reloader.watch_status();
    /// reloader.now();
    /// assert_eq!(watch.next().new.applied, 2);
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    pub fn watch_status(&self) -> Watch<Arc<CowCell<Status>>> {
        Watch::new(Arc::clone(&self.shared.status))
    }

    /// Looks at the source now, and returns the status after that. For a SIGHUP, or a route.
    ///
    /// Waits until a content that is changing has come to rest, or is told to go on changing. All who wait at the same time share
    /// the look that decides. Blocks: a task calls it in `spawn_blocking`, or uses [`look`](Self::look).
    ///
    /// A content that was refused and has not changed is parsed and validated again: the validator may say something else by now. If
    /// it is refused again, `failed` and `since` stay. A poll and a `look` do not try that.
    ///
    /// Inside a write to the container a new content cannot be published, which is an error in the status.
    ///
    /// # Panics
    ///
    /// Panics inside the source, the parser or the validator of this reloader.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let mut answers = ["hello", "good night"].into_iter().map(|text| Content::from_bytes("greeting", text));
    /// let source = move || Ok::<_, Refused>(answers.next());
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// let parse = |content: &Content| content.text().map(String::from);
    /// let reloader = Reload::source(source).parse(parse).into(cell)?;
    /// assert_eq!((reloader.now().applied, &**reloader.target().load()), (2, "good night"));
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    #[track_caller]
    pub fn now(&self) -> Status {
        // A look that begins from here on sees what is there now.
        let since = unpoisoned(&self.shared.looked).begun;
        loop {
            match self.shared.look_by(|worker, number, status| worker.look_for(since, number, status)) {
                (Some(wait), _) => thread::sleep(wait),
                (None, status) => {
                    self.try_again();
                    return status;
                }
            }
        }
    }

    /// Has the thread try what the writers of others have kept out.
    fn try_again(&self) {
        if let Some(thread) = self.thread.as_ref().filter(|_| self.shared.is_kept_out()) {
            thread.look();
        }
    }

    /// Looks at the source once, for a loop of yours. Returns how long to wait before the next look if the content is changing,
    /// and `None` if this look has decided.
    ///
    /// It runs the source, the parser and the validator, and waits for another look that is running. It does not sleep.
    ///
    /// # Panics
    ///
    /// Panics inside the source, the parser or the validator of this reloader.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let source = || Ok::<_, Refused>(Some(Content::from_bytes("greeting", "hello")));
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// # let parse = |content: &Content| content.text().map(String::from);
    /// let reloader = Reload::source(source).parse(parse).poll(None).into(cell)?;
    /// // At each turn of the loop, or as often as its timer says:
    /// assert_eq!(reloader.look(), None);
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    #[track_caller]
    pub fn look(&self) -> Option<Duration> {
        let wait = self.shared.look();
        self.try_again();
        wait
    }

    /// Publishes the value of an older version again, and keeps it until the source says something new: another content than the
    /// one that was taken last, and one that is not refused. After a start from the copy of the last good content, what the source says
    /// first is new, also if it is that. Returns the status after that.
    ///
    /// The version must be kept by the container: [`Builder::keep`](crate::Builder::keep) sees to that, and one that somebody only holds
    /// need not be found. If its values are the current
    /// ones, nothing is done. The copy of the last good content is left alone, so a restart takes what the source says then.
    ///
    /// Of a container that is the source's alone, all of the older version is published. Where a source fills a part, that part is:
    /// [`Target::restore`](crate::Target::restore) says which. It is called again if others publish meanwhile, and waits for other writers
    /// as each write does.
    ///
    /// # Errors
    ///
    /// [`UnknownVersion`] if there is no such version; it says which there are.
    ///
    /// # Panics
    ///
    /// Panics inside the source, the parser or the validator of this reloader, and inside a write to the container. A panic in `Eq`, `Hash`
    /// or `Clone` of a value reaches the caller, and nothing has changed then. One in a waker or a destructor does so too: the older
    /// version is in force then, and the status says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut answers = ["hello", "helo"].into_iter().map(|text| Content::from_bytes("greeting", text));
    /// # let source = move || Ok::<_, Refused>(answers.next());
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// # let parse = |content: &Content| content.text().map(String::from);
    /// use readmostly::Keep;
    /// use readmostly_reload::{Content, Refused, Reload};
    ///
    /// let reloader = Reload::source(source).parse(parse).keep(Keep::versions(10)).into(cell)?;
    /// reloader.now(); // brings a mistake
    /// let status = reloader.rollback(1)?;
    /// assert_eq!((&**reloader.target().load(), status.version), ("hello", 3));
    /// assert_eq!(reloader.now().version, 3); // the source still has the mistake, which is nothing new
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Computes in **O(1)** time for the container of a paged collection, and that of counting what has changed.
    #[track_caller]
    pub fn rollback(&self, version: u64) -> Result<Status, UnknownVersion>
    where
        C::Value: Clone,
    {
        loop {
            if let Some(status) = self.shared.turn.with(|worker| self.shared.roll_back(worker, version))? {
                return Ok(status);
            }
            // Waits for the writer without the turn, which that one may wait for. It panics where the writer is this thread.
            drop(self.target().cell().write());
        }
    }

    /// Returns the version that the reload has published last, with the one before it: `update.old.diff(&update.new)` is what has
    /// changed.
    ///
    /// Both stay alive until the next reload that changes something. `None` if there was none, or if the version could not be
    /// taken hold of: a waker or a destructor of somebody else's has panicked in the write.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let source = || Ok::<_, Refused>(Some(Content::from_bytes("greeting", "hello")));
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// # let parse = |content: &Content| content.text().map(String::from);
    /// let reloader = Reload::source(source).parse(parse).into(cell)?;
    /// let update = reloader.last_update().unwrap();
    /// assert_eq!((&**update.old, &**update.new), ("", "hello"));
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last_update(&self) -> Option<Update<C::Value>> {
        unpoisoned(&self.shared.last_update).clone()
    }
}

impl<C: Source> Shared<C> {
    fn status(&self) -> Status {
        let status = (*self.status.load()).clone();
        let looked = *unpoisoned(&self.looked);
        Status { checked_at: looked.at, unchanged: looked.unchanged, ..status }
    }

    #[track_caller]
    fn look(&self) -> Option<Duration> {
        self.look_by(Worker::look).0
    }

    /// Whether other writers have kept the content of the last look from being decided on.
    fn is_kept_out(&self) -> bool {
        let kind = self.status.load().last_error.as_ref().map(|failure| failure.kind);
        kind == Some(FailureKind::Locked)
    }

    /// Has the worker look, and shows what that has led to. Returns how long to wait before the next look, and the status.
    #[track_caller]
    fn look_by(
        &self,
        look: impl FnOnce(&mut Worker<C>, u64, &mut Status) -> (Option<Duration>, Option<Update<C::Value>>),
    ) -> (Option<Duration>, Status) {
        self.turn.with(|worker| {
            let mut status = self.status();
            let number = {
                let mut looked = unpoisoned(&self.looked);
                looked.begun += 1;
                looked.begun
            };
            let (wait, update) = look(worker, number, &mut status);
            self.enter(&status, update);
            // Readers see the new version already, and a disk may be slow.
            if wait.is_none() && worker.save(&mut status) {
                self.enter(&status, None);
            }
            (wait, status)
        })
    }

    /// Publishes the value of an older version. `None` if another writer is in.
    fn roll_back(&self, worker: &mut Worker<C>, version: u64) -> Result<Option<Status>, UnknownVersion>
    where
        C::Value: Clone,
    {
        let cell = self.target.cell();
        let (Some(wanted), Some(fingerprint)) = (cell.at(version), worker.fingerprints.of(version)) else {
            let there = cell.history().iter().map(Snapshot::version).collect();
            return Err(UnknownVersion { version, there });
        };
        let mut status = self.status();
        let mut base = cell.snapshot();
        let (mut patience, mut tries) = (Patience::new(), 0);
        // All of the older version, where that is what is published.
        let mut whole = None;
        // It is dropped after the transaction: its destructor is the user's.
        let mut overtaken = None;
        let (counted, value, txn) = loop {
            // The user's code comes first: where it panics nothing has changed.
            let counted = worker.core.changes(&base, &wanted);
            if counted.is_empty() || Snapshot::version(&base) == version {
                return Ok(Some(status));
            }
            let restored = worker.core.restored(&base, &wanted);
            let is_all = restored.is_none();
            let value = restored.or(whole).unwrap_or_else(|| C::Value::clone(&wanted));
            let Some(txn) = patience.write(cell) else { return Ok(None) };
            if cell.version() == Snapshot::version(&base) {
                break (counted, value, txn);
            }
            tries += 1;
            if tries == TRIES {
                // They publish faster than this is done. Now they wait.
                let current = cell.snapshot();
                let counted = worker.core.changes(&current, &wanted);
                if counted.is_empty() {
                    return Ok(Some(status));
                }
                if is_all {
                    break (counted, value, txn);
                }
                let restored = worker.core.restored(&current, &wanted);
                let restored = restored.unwrap_or_else(|| C::Value::clone(&wanted));
                overtaken = Some(value);
                break (counted, restored, txn);
            }
            drop(txn);
            base = cell.snapshot();
            whole = is_all.then_some(value);
        };
        let old = cell.snapshot();
        let number = Snapshot::version(&old) + 1;
        // A waker or a destructor may panic after the swap. The status is told first.
        let mut update = None;
        let done = panic::catch_unwind(AssertUnwindSafe(|| {
            update = Some(txn.commit_value(value));
            drop(overtaken);
        }));
        let update = update.or_else(|| cell.at(number).map(|new| Update { old, new }));
        let now = SystemTime::now();
        status.version = number;
        status.fingerprint = fingerprint;
        worker.fingerprints.note(number, fingerprint, worker.core.oldest());
        status.provenance = Provenance::Rollback { to: version, since: now };
        status.changes = counted;
        status.applied_at = now;
        status.rolled_back += 1;
        self.enter(&status, update);
        match done {
            Ok(()) => Ok(Some(status)),
            Err(payload) => panic::resume_unwind(payload),
        }
    }

    /// Shows a status, and wakes whoever watches it if there is something new.
    fn enter(&self, status: &Status, update: Option<Update<C::Value>>) {
        {
            let mut looked = unpoisoned(&self.looked);
            (looked.at, looked.unchanged) = (status.checked_at, status.unchanged);
        }
        let shown = self.status.load();
        if (status.applied, status.rolled_back) != (shown.applied, shown.rolled_back) {
            // Something was published, whether or not it could be taken hold of.
            let before = mem::replace(&mut *unpoisoned(&self.last_update), update);
            // Its destructor is the user's, and the panic hook tells of it.
            drop(guarded(|| drop(before)));
        }
        let (checked_at, unchanged) = (shown.checked_at, shown.unchanged);
        let is_new = *shown != Status { checked_at, unchanged, ..status.clone() };
        drop(shown);
        if is_new {
            // A waker is the user's. The status is there when one panics.
            drop(guarded(|| drop(self.status.replace(status.clone()))));
        }
    }
}

impl<C: Source> Drop for Reloader<C> {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.stop();
        }
    }
}

impl<C: Source> fmt::Debug for Reloader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("status", &self.status()).finish_non_exhaustive()
    }
}
