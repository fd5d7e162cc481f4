//! [`Reload`] and [`Builder`]: what is followed, and how.

use crate::chain::{Here, Subject};
use crate::content::Content;
use crate::core::{Core, Make, Recipe, Validate};
use crate::error::{Error, Fault, Refused};
#[cfg(feature = "readmostly-persist")]
use crate::last_good::InStore;
use crate::last_good::{InFile, LastGood};
use crate::origin::{Folder, OneFile, Origin, Settled};
use crate::reloader::{Follower, Reloader};
use crate::target::Target;
use crate::trigger::Trigger;
use crate::worker::Worker;
use readmostly::Keep;
#[cfg(feature = "readmostly-persist")]
use readmostly_persist::Store;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What is followed. The next step is [`parse`](Self::parse).
///
/// # Examples
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ports.txt");
/// # std::fs::write(&path, "http 80\n")?;
/// use readmostly::CowMap;
/// use readmostly_reload::{Content, Refused, Reload};
/// use std::sync::Arc;
///
/// fn ports(content: &Content) -> Result<Vec<(String, u16)>, Refused> {
///     let entry = |line: readmostly_reload::Line<'_>| {
///         let (name, port) = line.text().split_once(' ').ok_or_else(|| line.refuse("no port"))?;
///         Ok((name.to_owned(), port.parse().map_err(|_| line.refuse("not a port"))?))
///     };
///     content.lines()?.map(entry).collect()
/// }
///
/// let table: Arc<CowMap<String, u16>> = Arc::default();
/// let reloader = Reload::file(&path).parse(ports).into(Arc::clone(&table))?;
/// assert_eq!(table.get("http"), Some(80));
/// # drop(reloader);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is followed before `into` is called"]
pub struct Reload {
    kind: Kind,
}

enum Kind {
    File(PathBuf),
    Folder { path: PathBuf, suffix: String },
    Source(Box<dyn Origin>),
}

impl Reload {
    /// Follows a file. A relative path is one of the folder that is the working one when [`into`](Builder::into) is called.
    ///
    /// A link is followed at each look, wherever it leads then, and so is a link on the way. So this is for a key of a Kubernetes
    /// `ConfigMap` or `Secret` as well: `/etc/config/blocked.txt`, which leads through `..data`.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::File(path.into()) }
    }

    /// Follows the files of a folder, such as a `conf.d`, in the order of their names. A relative path is that of
    /// [`file`](Self::file).
    ///
    /// The parser gets all of them in one [`Content`]. One bad file refuses all, and is named. A folder without such a file is
    /// refused too: it is more often one that is not mounted yet than one that means nothing.
    ///
    /// Skipped are folders; names that begin with `.` or `#`; those that end in `~`, `.swp`, `.swo`, `.swx`, `.tmp`, `.dpkg-old`,
    /// `.dpkg-new`, `.dpkg-dist`, `.rpmsave`, `.rpmorig` or `.rpmnew`; and `4913`, with which Vim tries whether it may write.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # std::fs::write(folder.path().join("20-more.conf"), "b\n")?;
    /// # std::fs::write(folder.path().join("10-some.conf"), "a\n")?;
    /// # std::fs::write(folder.path().join("10-some.conf~"), "old\n")?;
    /// use readmostly::CowVec;
    /// use readmostly_reload::{Content, Reload, Refused};
    /// use std::sync::Arc;
    ///
    /// let lines = |content: &Content| -> Result<Vec<String>, Refused> {
    ///     Ok(content.lines()?.map(|line| line.text().to_owned()).collect())
    /// };
    /// let all: Arc<CowVec<String>> = Arc::default();
    /// let reloader = Reload::folder(folder.path()).suffix(".conf").parse(lines).into(Arc::clone(&all))?;
    /// assert_eq!(*all.load(), ["a", "b"]);
    /// # drop(reloader);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self { kind: Kind::Folder { path: path.into(), suffix: String::new() } }
    }

    /// Follows any other source: an [`Origin`], or a closure.
    ///
    /// It has a thread only if [`poll`](Builder::poll) says how often to look.
    pub fn source(origin: impl Origin + 'static) -> Self {
        Self { kind: Kind::Source(Box::new(origin)) }
    }

    /// Takes only files of a folder whose names end in this. Of a file and of another source it changes nothing.
    pub fn suffix(self, end: impl Into<String>) -> Self {
        match self.kind {
            Kind::Folder { path, .. } => Self { kind: Kind::Folder { path, suffix: end.into() } },
            kind => Self { kind },
        }
    }

    /// Says how a content becomes what the container takes; [`Target`] lists what that is.
    ///
    /// If `f` returns an `Err` or panics, nothing changes, and the status says so. It is called once for a content that is
    /// taken, and again if another writer publishes to the container meanwhile; for one that is refused, at each [`now`](Reloader::now)
    /// as well. No lock is held that a reader, a writer or `status` needs.
    ///
    /// The text of the error is shown to operators: with a [`Refused`] they get the file and the line too. Put
    /// nothing secret into it.
    pub fn parse<N, T, E>(self, mut f: impl FnMut(&Content) -> Result<N, E> + Send + 'static) -> Builder<N, T>
    where
        E: Into<Fault>,
    {
        let is_file = !matches!(self.kind, Kind::Source(_));
        Builder {
            kind: self.kind,
            parse: Box::new(move |content| f(content).map_err(Into::into)),
            validate: None,
            last_good: None,
            keep: None,
            settle: Duration::from_millis(100),
            poll: is_file.then_some(Duration::from_secs(2)),
            events: true,
            limit: 64 << 20,
            excerpt: 0,
        }
    }
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Folder { path, suffix } => {
                f.debug_struct("Folder").field("path", path).field("suffix", suffix).finish()
            }
            Self::Source(_) => f.debug_tuple("Source").finish_non_exhaustive(),
        }
    }
}

/// Where the copy of the last good content is.
#[derive(Debug)]
enum Place {
    File(PathBuf),
    #[cfg(feature = "readmostly-persist")]
    Store(Store<Content>),
}

impl Place {
    fn open(self, limit: u64, subject: Option<Subject>, here: &Here) -> Result<Box<dyn LastGood>, Refused> {
        Ok(match self {
            Self::File(path) => Box::new(InFile::open(here.whole(&path)?, limit, subject)?),
            #[cfg(feature = "readmostly-persist")]
            Self::Store(store) => Box::new(InStore::open(store, subject)?),
        })
    }
}

/// A parser, whatever its errors are.
type Parse<N> = Box<dyn FnMut(&Content) -> Result<N, Fault> + Send>;

/// How a source is followed. The last step is [`into`](Self::into).
///
/// `N` is what the parser returns, and `T` the value of the container.
#[must_use = "nothing is followed before `into` is called"]
pub struct Builder<N, T> {
    kind: Kind,
    parse: Parse<N>,
    validate: Option<Validate<T>>,
    last_good: Option<Place>,
    keep: Option<Keep>,
    settle: Duration,
    poll: Option<Duration>,
    events: bool,
    limit: u64,
    excerpt: usize,
}

impl<N, T> Builder<N, T> {
    /// Refuses a value, before anybody sees it. `f` gets the value that is current, and the new one.
    ///
    /// If `f` returns an `Err` or panics, nothing changes, and the status says so. It sees a new value at the first load too. It is
    /// called again if another writer publishes meanwhile, three times in all. What others publish after that is not shown to it. No
    /// lock is held that a reader, a writer or `status` needs.
    ///
    /// A content that was refused stays so until it changes, or somebody calls [`now`](Reloader::now). A poll does not ask again.
    ///
    /// # Examples
    ///
    /// ```
    /// # let mut answers = ["a\nb\nc\nd\n", "a\n"].into_iter().map(|text| Content::from_bytes("list", text));
    /// # let source = move || Ok::<_, Refused>(answers.next());
    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    /// use readmostly_reload::{Content, Refused, Reload};
    /// use std::sync::Arc;
    ///
    /// let words = |content: &Content| content.text().map(|text| text.lines().map(String::from).collect::<Vec<_>>());
    /// let reloader = Reload::source(source)
    ///     .parse(words)
    ///     .validate(|old: &PagedSet<String>, new: &PagedSet<String>| {
    ///         if new.len() < old.len() / 2 { Err("lost more than half") } else { Ok(()) }
    ///     })
    ///     .into(Arc::<CowSet<String>>::default())?;
    /// let status = reloader.now();
    /// assert_eq!(status.last_error.unwrap().to_string(), "list: lost more than half");
    /// assert_eq!(reloader.target().len(), 4);
    /// # Ok::<(), readmostly_reload::Error>(())
    /// ```
    pub fn validate<E>(mut self, mut f: impl FnMut(&T, &T) -> Result<(), E> + Send + 'static) -> Self
    where
        E: Into<Fault>,
    {
        self.validate = Some(Box::new(move |old, new| f(old, new).map_err(Into::into)));
        self
    }

    /// Keeps a copy of the last content that was applied in this file, for a start while the source is not good.
    ///
    /// The file is for this reloader alone. If it is the file that is followed, one in the folder, or a link on the way to either, also where
    /// a mount leads there, [`into`](Self::into) fails; if it becomes one later, `save_error` says so. It is written after the content was applied,
    /// atomically, and is on disk then. If somebody removes or changes it, the next good look writes it again. What a crash has left
    /// beside it, named `.NAME.….tmp`, is removed at the start.
    ///
    /// It has the group and the permissions of the file that is followed, and gets them anew when those change. While the file is
    /// refused or cannot be read, the copy is for those who may read both what it holds and the file as it is. Its owner may read it
    /// in any case. The copy of a file that has a POSIX access control list is for the owner alone, and the copy has no list, also where its
    /// folder gives one to new files. That is so on Linux; elsewhere lists are not looked at. Where this process may not give it that group, nobody but the owner may do what only the group may. The copy of a
    /// folder or another source is for the owner alone.
    ///
    /// The copy of a file that is followed has its bytes. Its name, in the parser and in errors, is then that of the copy. That of a folder
    /// or another source has all files in one, with their names; a part of such a copy is refused. A link at `path` is replaced by the copy, and what it leads to stays; so does what has
    /// another name of the file, a hard link. What is there and is not a file is left alone, and `save_error` says so.
    ///
    /// At the start the copy goes through the parser and the validator as well. The status says if it was taken:
    /// [`Provenance::LastGood`](crate::Provenance::LastGood). Where it cannot be written the status says so too
    /// (`save_error`), and the reload goes on.
    pub fn last_good(mut self, path: impl Into<PathBuf>) -> Self {
        self.last_good = Some(Place::File(path.into()));
        self
    }

    /// Keeps a copy of the last content that was applied in this store, for a start while the source is not good.
    ///
    /// A store compresses, encrypts if it has a key, and keeps older copies: one that is damaged is skipped at the start, the one before
    /// it is taken, and `save_error` says so. Each copy is a full file in one record, so the store's `max_record` must have room for the
    /// [`limit`](Self::limit) and the names. With the defaults of both there are 64 MiB for the names. An equal content is not written
    /// again. The files keep their names, in the parser and in errors.
    ///
    /// The store is for this reloader alone, and locked until that is dropped. Its folder is not the folder that is followed:
    /// [`into`](Self::into) fails then, and if it becomes that later, `save_error` says so. A copy is written after the content was
    /// applied, atomically, and is on disk then. If somebody removes or changes the newest copy, the next look writes it again.
    ///
    /// All files of the store are for their owner alone, whatever the permissions of the file that is followed. With a store that is
    /// open to read only, nothing is written, and `save_error` says so unless the newest copy is what is in force.
    ///
    /// At the start the copy goes through the parser and the validator as well. The status says if it was taken:
    /// [`Provenance::LastGood`](crate::Provenance::LastGood). Where it cannot be written the status says so too
    /// (`save_error`), and the reload goes on. A builder has one place for the copy, this or [`last_good`](Self::last_good): the last
    /// call counts.
    ///
    /// A process that takes the place of another one must wait for its end, since the store is locked until then. Have the old one
    /// stopped before the new one starts, or wait with `Options::wait_for_lock` for as long as its stop may take. Two that are to run at the same
    /// time need a folder each.
    ///
    /// Available with the feature `readmostly-persist`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let home = tempfile::tempdir()?;
    /// # let (path, folder) = (home.path().join("blocked.txt"), home.path().join("last_good"));
    /// # std::fs::write(&path, "a.example\n")?;
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    /// use readmostly_reload::{Content, Provenance, Reload};
    /// use std::sync::Arc;
    ///
    /// let follow = || -> Result<_, Box<dyn std::error::Error>> {
    ///     let words = |content: &Content| content.text().map(|text| text.lines().map(String::from).collect::<Vec<_>>());
    ///     let store = Store::open(&folder, Options::new())?;
    ///     Ok(Reload::file(&path).parse(words).last_good_in(store).into(Arc::<CowSet<String>>::default())?)
    /// };
    /// drop(follow()?);
    /// std::fs::remove_file(&path)?;
    /// let reloader = follow()?;
    /// assert!(reloader.target().contains("a.example"));
    /// assert!(matches!(reloader.status().provenance, Provenance::LastGood { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "readmostly-persist")]
    pub fn last_good_in(mut self, store: Store<Content>) -> Self {
        self.last_good = Some(Place::Store(store));
        self
    }

    /// Has the container keep versions, for [`rollback`](Reloader::rollback). Without it, the container keeps what it was told to. It
    /// holds from [`into`](Self::into) on, also where that fails.
    pub fn keep(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Says how long a file or folder must be the same before it is taken; 100 ms by default.
    ///
    /// It covers a file that is written in place: cut off, and then written, perhaps in parts. A write in between starts the time
    /// anew, also one of the same bytes, and so does a link on the way that is made anew. Zero takes whatever is seen, which is right
    /// where files are only ever replaced by a rename. Of a folder it takes no mixture of two that a link has led to.
    ///
    /// A file that goes on changing for 50 settle times is an error: [`Restless`](crate::FailureKind::Restless). In a folder where files
    /// come and go all the time, one of those that count may be missing for a moment. So what is there counts after 10 looks in a row
    /// that have seen it, some 8 settle times.
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    /// Says how often to look, at most once a millisecond; every 2 s for files by default, and never for another source. With
    /// `None` there is no thread: call [`now`](Reloader::now) or [`look`](Reloader::look).
    ///
    /// A poll of a file reads all of it. It finds each change, also where the system tells of none: on network file systems, in
    /// some containers.
    pub fn poll(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.poll = every.into();
        self
    }

    /// Says whether to have the system tell of changes, so that they are seen sooner than by the next poll; it does by default,
    /// on Linux.
    ///
    /// From an event to the look it takes nine times as long as the last look took, but 5 ms at least and a second at most.
    pub fn events(mut self, wanted: bool) -> Self {
        self.events = wanted;
        self
    }

    /// Says how many bytes a content may have; 64 MiB by default. A larger one is refused, and so is a file that there is no memory for.
    ///
    /// Up to four contents are in memory: the one that was taken last, one that was refused since, and while it changes the next
    /// two.
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Says how many characters of a line an error may show; none by default, since it may be a secret.
    ///
    /// It shows the beginning of the line, if the error says which line it is, and the text of a panic that was formatted. What an error of
    /// your parser or source says of itself is shown always. std writes each panic to standard error before that; see
    /// [`std::panic::set_hook`].
    pub fn excerpt(mut self, characters: usize) -> Self {
        self.excerpt = characters;
        self
    }

    /// Loads the source into the container for the first time, and follows it from then on.
    ///
    /// A container has one reloader, or one for each [part](Target). What other writers publish over the content stays until the source
    /// says something new.
    ///
    /// Blocks until a content has come to rest, which takes the [settle](Self::settle) time, and until nobody else writes to the container.
    ///
    /// # Panics
    ///
    /// Panics inside a write to the container, if there is something to publish.
    ///
    /// # Errors
    ///
    /// [`Error`] if the source cannot be read or is refused, and there is no [last good](Self::last_good) copy, or it is
    /// refused too; if the copy would take the place of what is followed; if no thread can be started; if a path is relative and the
    /// working folder is gone, also where there is a copy. The container has the value that it had.
    #[track_caller]
    pub fn into<C>(self, target: Arc<C>) -> Result<Reloader<C>, Error>
    where
        C: Target<N, Value = T> + Send + Sync + 'static,
        N: 'static,
        T: Send + Sync + 'static,
    {
        let (limit, here) = (self.limit, Here::now());
        let told = |refused: Refused| Error::of(refused.to_string());
        let (subject, origin): (_, Box<dyn Origin>) = match self.kind {
            Kind::File(path) => {
                let subject = Subject::new(&path, None, &here).map_err(told)?;
                (Some(subject.clone()), Box::new(Settled::new(OneFile { subject, limit }, self.settle)))
            }
            Kind::Folder { path, suffix } => {
                let subject = Subject::new(&path, Some(suffix), &here).map_err(told)?;
                (Some(subject.clone()), Box::new(Settled::new(Folder { subject, limit }, self.settle)))
            }
            Kind::Source(origin) => (None, origin),
        };
        let last_good = self.last_good.map(|copy| copy.open(limit, subject.clone(), &here));
        let last_good = last_good.transpose().map_err(told)?;
        // Before the first look, so that nothing happens between the two.
        let trigger = self.poll.map(|poll| Trigger::new(poll, subject.filter(|_| self.events)));
        if let Some(keep) = self.keep {
            target.cell().keep(keep);
        }
        let mut parse = self.parse;
        let recipe = Recipe {
            parse: Box::new(move |content| {
                let entries = parse(content)?;
                let make: Make<T> = Box::new(|base| C::make(base, entries));
                Ok(make)
            }),
            validate: self.validate,
            changes: C::changes,
            restore: C::restore,
            limit,
            excerpt: self.excerpt,
        };
        let core = Core::new(Arc::clone(&target), recipe);
        let mut worker = Worker::new(origin, core, last_good);
        // Before the container changes, since it can fail.
        let follower = trigger.map(Follower::start).transpose();
        let follower = follower.map_err(|error| Error::of(format!("no thread can be started: {error}")))?;
        let first = worker.first()?;
        Ok(Reloader::new(target, worker, first, follower))
    }
}

impl<N, T> fmt::Debug for Builder<N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("source", &self.kind)
            .field("last_good", &self.last_good)
            .field("settle", &self.settle)
            .field("poll", &self.poll)
            .field("events", &self.events)
            .field("limit", &self.limit)
            .field("excerpt", &self.excerpt)
            .finish_non_exhaustive()
    }
}
