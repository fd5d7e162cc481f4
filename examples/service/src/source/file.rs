//! [`File`]: a file that the table follows, also while there is nothing good in it yet.

use super::tell_copy;
use crate::history::{Entry, History, Origin};
use crate::list::{self, Domains, Table};
use crate::log;
use crate::options::Options;
use readmostly::{CowCell, Keep, Watch};
use readmostly_reload::{Error, Reload, Reloader, Status, UnknownVersion};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, SystemTime};
use tokio::task;

/// How long to wait between two attempts at a first load, at most.
const RETRY: Duration = Duration::from_secs(1);

/// The file that the table follows.
#[derive(Debug)]
pub struct File {
    table: Arc<Table>,
    path: PathBuf,
    options: Options,
    /// There from the first load on.
    reloader: OnceLock<Reloader<Table>>,
    /// One attempt at a first load at a time.
    turn: Mutex<()>,
    /// Why there is none yet.
    waiting: Mutex<Waiting>,
    /// How many looks were asked for.
    asked: AtomicU64,
    /// The last look that was asked for. Is locked while one runs.
    last: Arc<tokio::sync::Mutex<Option<Look>>>,
    /// Is locked while a rollback runs.
    rollbacks: Arc<tokio::sync::Mutex<()>>,
    /// The last version that the log tells of. It is locked while a rollback runs: who has it knows of each one that is done.
    told: Mutex<u64>,
    /// How the versions came about.
    pub history: History,
}

/// A look that was asked for.
#[derive(Debug)]
struct Look {
    /// It began after so many were asked for.
    covers: u64,
    found: Arc<Loading>,
}

/// Why there is no list yet.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// What the last attempt met.
    pub error: Option<Error>,
    /// Since when.
    pub since: SystemTime,
    /// How many attempts there were.
    pub attempts: u64,
}

/// How a file is doing.
#[derive(Debug)]
pub enum Loading {
    /// A list was loaded once.
    Loaded(Box<Status>),
    /// None was.
    Waiting(Waiting),
}

impl File {
    /// Follows nothing before [`start`](Self::start).
    pub fn new(table: Arc<Table>, path: &Path, options: &Options) -> Self {
        let waiting = Waiting { error: None, since: SystemTime::now(), attempts: 0 };
        Self {
            table,
            path: path.to_owned(),
            options: options.clone(),
            reloader: OnceLock::new(),
            turn: Mutex::default(),
            waiting: Mutex::new(waiting),
            asked: AtomicU64::new(0),
            last: Arc::default(),
            rollbacks: Arc::default(),
            told: Mutex::default(),
            history: History::new(usize::from(options.keep) + 1),
        }
    }

    /// Starts the thread that tries the first load until there is one, and then says on standard error what each reload has led to.
    pub fn start(self: Arc<Self>) -> io::Result<()> {
        thread::Builder::new().name(String::from("source")).spawn(move || {
            let reloader = loop {
                match self.first() {
                    Some(reloader) => break reloader,
                    None => thread::sleep(self.options.poll.min(RETRY)),
                }
            };
            let watch = reloader.watch_status();
            self.tell(&reloader.status(), None);
            self.follow(watch);
        })?;
        Ok(())
    }

    fn follow(&self, mut watch: Watch<Arc<CowCell<Status>>>) {
        loop {
            let update = watch.next();
            self.tell(&update.new, Some(&update.old));
        }
    }

    /// Says what a reload has led to, and of its copy what is news.
    fn tell(&self, status: &Status, before: Option<&Status>) {
        self.tell_versions(&mut self.told.lock().unwrap(), status);
        let is_new = before.is_none_or(|before| before.version != status.version);
        let copy = (before.and_then(|before| before.save_error.as_ref()), status.save_error.as_ref());
        // The status that tells of a copy alone comes a moment after that of the look.
        let has_looked =
            copy.0 == copy.1 || before.is_none_or(|before| before.last_error != status.last_error);
        let version = status.version;
        match &status.last_error {
            Some(failure) if has_looked => {
                log::say(format_args!(
                    "the list is refused, and version {version} stays in force: {failure}"
                ));
            }
            None if has_looked && !is_new => {
                log::say(format_args!("the list is good, and version {version} stays in force"));
            }
            _ => {}
        }
        tell_copy(copy.0, copy.1, "written");
    }

    /// Says each version that came since the last one that was said. A watch of the status shows only the last of several.
    fn tell_versions(&self, told: &mut u64, status: &Status) {
        self.note(status);
        if status.version > *told + 1 {
            // Each rollback is noted.
            self.history.fill(&self.table, Origin::Source);
        }
        self.history.tell(told, status.version, "from the list");
    }

    fn note(&self, status: &Status) {
        let (at, changes) = (status.applied_at, status.changes);
        let origin = status.provenance.into();
        self.history
            .note(status.version, Entry { at, origin, added: changes.added, removed: changes.removed });
    }

    /// Tries the first load, unless there was one. Blocks for the settle time.
    fn first(&self) -> Option<&Reloader<Table>> {
        let _turn = self.turn.lock().unwrap();
        if let Some(reloader) = self.reloader.get() {
            return Some(reloader);
        }
        match self.load() {
            Ok(reloader) => {
                self.note(&reloader.status());
                Some(self.reloader.get_or_init(|| reloader))
            }
            Err(error) => {
                let text = error.to_string();
                let mut waiting = self.waiting.lock().unwrap();
                waiting.attempts += 1;
                let before = waiting.error.replace(error);
                drop(waiting);
                if before.is_none_or(|before| before.to_string() != text) {
                    log::say(format_args!("no list yet: {text}"));
                }
                None
            }
        }
    }

    fn load(&self) -> Result<Reloader<Table>, Error> {
        let Options { settle, poll, max_list, keep, excerpt, .. } = self.options;
        let (least, share) = (self.options.min_size, self.options.min_share);
        let mut reload = Reload::file(&self.path)
            .parse(|content| list::parse(content).map(list::entries))
            .validate(move |old, new| validate(old, new, least, share))
            .settle(settle)
            .poll(poll)
            .limit(max_list)
            .excerpt(usize::from(excerpt))
            .keep(Keep::versions(usize::from(keep)));
        if let Some(path) = &self.options.last_good {
            reload = reload.last_good(path);
        }
        reload.into(Arc::clone(&self.table))
    }

    /// Looks at the file now. One look runs at a time. All who ask while it runs share the next one, and wait without a thread: the
    /// look that runs may have missed what they have just written.
    pub async fn reload(self: &Arc<Self>) -> Arc<Loading> {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let mut last = Arc::clone(&self.last).lock_owned().await;
        match &*last {
            Some(look) if look.covers >= number => return Arc::clone(&look.found),
            _ => {}
        }
        let source = Arc::clone(self);
        // A task of its own, so that the turn ends with the look and not when who asked is gone.
        let look = task::spawn(async move {
            let covers = source.asked.load(Ordering::Relaxed);
            let look = task::spawn_blocking(move || source.look());
            let found = Arc::new(look.await.expect("a look does not panic"));
            *last = Some(Look { covers, found: Arc::clone(&found) });
            found
        });
        look.await.expect("a look does not panic")
    }

    /// Blocks for the settle time, or until it is clear that the file does not rest.
    fn look(&self) -> Loading {
        match self.first() {
            Some(reloader) => {
                let status = reloader.now();
                self.tell_versions(&mut self.told.lock().unwrap(), &status);
                Loading::Loaded(Box::new(status))
            }
            None => self.state(),
        }
    }

    /// Publishes an old version again, and says whether there was anything to do. `None` before the first load. One runs at a time, and
    /// the others wait without a thread.
    pub async fn rollback(self: &Arc<Self>, version: u64) -> Option<Result<(Status, bool), UnknownVersion>> {
        let turn = Arc::clone(&self.rollbacks).lock_owned().await;
        let source = Arc::clone(self);
        let rollback = task::spawn_blocking(move || {
            let result = source.roll_back(version);
            drop(turn);
            result
        });
        rollback.await.expect("a rollback does not panic")
    }

    fn roll_back(&self, version: u64) -> Option<Result<(Status, bool), UnknownVersion>> {
        let reloader = self.reloader.get()?;
        let mut told = self.told.lock().unwrap();
        // Nobody else rolls back meanwhile.
        let before = reloader.status().rolled_back;
        Some(reloader.rollback(version).map(|status| {
            self.tell_versions(&mut told, &status);
            let is_done = status.rolled_back > before;
            (status, is_done)
        }))
    }

    /// Whether the first load is over.
    pub fn is_loaded(&self) -> bool {
        self.reloader.get().is_some()
    }

    /// Returns how the source is doing. Waits for nobody.
    pub fn state(&self) -> Loading {
        if let Some(reloader) = self.reloader.get() {
            let status = reloader.status();
            self.note(&status);
            return Loading::Loaded(Box::new(status));
        }
        Loading::Waiting(self.waiting.lock().unwrap().clone())
    }
}

fn validate(old: &Domains, new: &Domains, least: usize, share: u8) -> Result<(), String> {
    let (before, now) = (old.len(), new.len());
    if now < least {
        return Err(format!("has {now} domains, and {least} are needed (--min-size)"));
    }
    if now * 100 < before * usize::from(share) {
        return Err(format!(
            "has {now} domains, and the list in force has {before}: that is less than {share} % (--min-share)"
        ));
    }
    Ok(())
}
