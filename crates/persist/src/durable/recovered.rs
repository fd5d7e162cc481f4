//! What an open has found.

use crate::error::Error;
use crate::format::Id;
use crate::store::Skipped;
use std::path::PathBuf;

/// What [`Durable::open`](crate::Durable::open) has found in the folder.
///
/// # Examples
///
/// ```
/// use readmostly::CowSet;
/// use readmostly_persist::{Durable, Options};
///
/// let folder = tempfile::tempdir()?;
/// let (blocked, recovered) = Durable::<CowSet<String>>::open(&folder, Options::new())?;
/// if let Some(torn) = &recovered.torn {
///     eprintln!("dropped {} bytes that were never confirmed, at byte {} of {}", torn.bytes, torn.at, torn.file.display());
/// }
/// assert_eq!(recovered.updates, 0);
/// # drop(blocked);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// How many writes were replayed from the log.
    pub updates: u64,
    /// The end of the log that was dropped: a write that was never confirmed. The last write, if it was damaged later, looks the same.
    pub torn: Option<Torn>,
    /// What could not be read, and was not needed: the state is complete all the same. A copy of a log, under another name, is among them:
    /// it lacks what was written later. Move it elsewhere. So is a file that a log stands on, where another one and the logs before make up for it.
    pub skipped: Vec<Skipped>,
    /// Why what was replayed could not be saved anew. It is what was confirmed, and it may be one write more, which the program was
    /// waiting for when it ended. That one may be lost again in a power cut, until the next write succeeds.
    pub unsaved: Option<Error>,
    /// Why old files cannot be removed, as [`DurableStatus::left_over`](crate::DurableStatus::left_over) says.
    pub left_over: Option<Error>,
}

/// What [`Store::load_logged`](crate::Store::load_logged) has found in the folder of a [`Durable`](crate::Durable).
///
/// # Examples
///
/// See [`Store::load_logged`](crate::Store::load_logged).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Logged<T> {
    /// The table, with all writes that were confirmed.
    pub value: T,
    /// How many writes have made it, since the table was made.
    pub writes: u64,
    /// The logs, the oldest first.
    pub logs: Vec<PathBuf>,
    /// The file of the store that they stand on, as far as they were replayed.
    pub base: Id,
    /// What an open would tell.
    pub recovered: Recovered,
}

/// The end of a log that was being written when the machine stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Torn {
    /// The log.
    pub file: PathBuf,
    /// Where the writes end that were confirmed.
    pub at: u64,
    /// How many bytes follow, up to the last one that is not 0: room that was kept is none of them.
    pub bytes: u64,
}
