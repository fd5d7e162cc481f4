//! What goes wrong: one [`Error`], whose kind a program can match on.

use crate::waste::guarded;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every fallible call here returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an [`Error`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The system has refused a call: the disk is full, read-only, gone or failing.
    Io,
    /// Another process, or another store of this one, has the folder open; or may have, since the folder was moved or replaced. So it is
    /// in the child of a fork.
    Locked,
    /// The store was opened to read only.
    ReadOnly,
    /// The file is not of this crate.
    NotAStoreFile,
    /// The file was changed, or ends too early: a check in it does not hold.
    Damaged,
    /// The file is of a newer format, or has a codec or cipher that this version does not know.
    Unknown,
    /// The file needs a feature that this program was built without.
    NotBuiltIn,
    /// The file is encrypted, and the store has no key.
    NoKey,
    /// The file is encrypted with another key, or somebody who does not have the key has changed it.
    WrongKey,
    /// The file is not encrypted, and the store has a key.
    NotEncrypted,
    /// The file has another [schema](crate::Options::schema) number.
    Schema,
    /// The file holds another collection, or records of other types.
    WrongType,
    /// A record is larger than [`Options::max_record`](crate::Options::max_record).
    TooLarge,
    /// A file that this one stands on is missing, or is another than the one that it was written for.
    Parent,
    /// There are files, and none of them can be loaded.
    NothingLoads,
    /// There is no file with that id.
    NotFound,
    /// The file cannot be removed: others stand on it, or it is tagged.
    InUse,
    /// A value cannot be encoded.
    Encode,
    /// The save was cancelled.
    Cancelled,
    /// Code of the user's has panicked on a thread of the store's.
    Panic,
}

impl ErrorKind {
    /// Returns the name of the kind, in lower case, for logs and labels.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly_persist::ErrorKind::WrongKey.as_str(), "wrong_key");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Locked => "locked",
            Self::ReadOnly => "read_only",
            Self::NotAStoreFile => "not_a_store_file",
            Self::Damaged => "damaged",
            Self::Unknown => "unknown",
            Self::NotBuiltIn => "not_built_in",
            Self::NoKey => "no_key",
            Self::WrongKey => "wrong_key",
            Self::NotEncrypted => "not_encrypted",
            Self::Schema => "schema",
            Self::WrongType => "wrong_type",
            Self::TooLarge => "too_large",
            Self::Parent => "parent",
            Self::NothingLoads => "nothing_loads",
            Self::NotFound => "not_found",
            Self::InUse => "in_use",
            Self::Encode => "encode",
            Self::Cancelled => "cancelled",
            Self::Panic => "panic",
        }
    }
}

/// What went wrong, in which file, and what can be done.
///
/// An error shows names of files, numbers and ids, and never anything of the content or the key.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
/// use readmostly_persist::{ErrorKind, Options, Store};
///
/// let folder = tempfile::tempdir()?;
/// let _store: Store<PagedSet<u32>> = Store::open(&folder, Options::new())?;
/// let error = Store::<PagedSet<u32>>::open(&folder, Options::new()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Locked);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    file: Option<PathBuf>,
    what: String,
    /// Shared, so that an error can be told to several.
    source: Option<Arc<io::Error>>,
}

impl Error {
    /// `what` says what is wrong and what to do, without the file and without a full stop.
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, file: None, what: what.into(), source: None }))
    }

    /// The child of a fork was to write to what its parent has open.
    pub(crate) fn forked() -> Self {
        let what = "this process was forked from the one that has the folder open, and only that one writes to it; a program that is started anew can open it when both have ended";
        Self::new(ErrorKind::Locked, what)
    }

    /// The system has refused to do `what`.
    pub(crate) fn io(what: &str, source: io::Error) -> Self {
        let hint = match source.kind() {
            kind if is_full(kind) => {
                "; make room on the disk (`readmostly-store prune` removes old generations)"
            }
            io::ErrorKind::PermissionDenied => "; look at the owner and the permissions",
            io::ErrorKind::ReadOnlyFilesystem => "; the file system is read-only",
            _ => "",
        };
        let what = format!("{what}: {source}{hint}");
        Self(Box::new(Inner { kind: ErrorKind::Io, file: None, what, source: Some(Arc::new(source)) }))
    }

    /// Whether there is no room on the disk.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.0.source.as_ref().is_some_and(|source| is_full(source.kind()))
    }

    /// Whether there is no such file.
    pub(crate) fn is_missing(&self) -> bool {
        self.0.source.as_ref().is_some_and(|source| source.kind() == io::ErrorKind::NotFound)
    }

    /// Says what else can be done.
    pub(crate) fn or(mut self, what: &str) -> Self {
        self.0.what.push_str("; ");
        self.0.what.push_str(what);
        self
    }

    /// Says in which file, unless that is known.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.0.file.get_or_insert_with(|| file.to_path_buf());
        self
    }

    /// Returns what the error is of.
    ///
    /// # Examples
    ///
    /// See [`Error`].
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the file that the error is of, if it is of one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_persist::{Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let _store: Store<readmostly::paged::PagedSet<u32>> = Store::open(&folder, Options::new())?;
    /// # let error = Store::<readmostly::paged::PagedSet<u32>>::open(&folder, Options::new()).unwrap_err();
    /// assert!(error.file().unwrap().ends_with("lock"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }
}

/// The name of a file as text. What would begin another line, or control a terminal, is escaped.
pub(crate) fn named(file: &Path) -> String {
    let mut named = String::new();
    for letter in file.to_string_lossy().chars() {
        if letter.is_control() { named.extend(letter.escape_default()) } else { named.push(letter) }
    }
    named
}

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Runs code of the user's on a thread of ours, or where others wait for its end. A panic has been shown, and becomes an error.
pub(crate) fn caught<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    guarded(f).unwrap_or_else(|| {
        let what = "`Serialize`, a destructor, or the closure of a key has panicked; mend that";
        Err(Error::new(ErrorKind::Panic, what))
    })
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.0.file {
            write!(f, "{}: ", named(file))?;
        }
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("file", &self.0.file)
            .field("what", &self.0.what)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
