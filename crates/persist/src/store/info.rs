//! What a store tells of its files.

use crate::error::Error;
use crate::format::{Id, Kind, Shape};
use std::path::PathBuf;
use std::time::SystemTime;

/// What a save has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Saved {
    /// The file that holds what was saved.
    pub id: Id,
    /// Whether that is a full file or a delta.
    pub kind: Kind,
    /// Whether a file was written. None is where nothing has changed since the last save.
    pub written: bool,
    /// How many records were written.
    pub records: u64,
    /// How many bytes were written.
    pub bytes: u64,
    /// Why older files that are not needed are still there, if they could not be removed. What was saved is safe, and the folder grows with
    /// each full file. Where the system refuses to read the header of a file, or a tag needs one whose header is damaged, it is not known what that stands
    /// on, and all stays: move it elsewhere, or put it back from a copy.
    pub left_over: Option<Error>,
}

/// What was loaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded<T> {
    /// The table.
    pub value: T,
    /// The file that holds it.
    pub id: Id,
    /// The version that the container had; of a [`Durable`](crate::Durable), how many writes had made the table.
    pub version: u64,
    /// When it was saved.
    pub time: SystemTime,
    /// Files that may be newer, and cannot be loaded. Not empty means that the newest state may be lost: tell somebody. Among them are
    /// all whose header cannot be read, [older](Skipped::is_older) or not.
    pub skipped: Vec<Skipped>,
}

/// A file that cannot be loaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Skipped {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it, or with one that it stands on.
    pub reason: Error,
    /// Whether it is older than what was loaded. Of a file whose header cannot be read the name tells, if it is the one that the store
    /// has given it.
    pub is_older: bool,
}

impl Skipped {
    /// One that may be newer.
    pub(crate) fn new(file: PathBuf, reason: Error) -> Self {
        Self { file, reason, is_older: false }
    }
}

/// What a file is, as its header says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Info {
    /// What the file is known by.
    pub id: Id,
    /// Where it is. The name is for people: the store goes by the id.
    pub file: PathBuf,
    /// Whether it is full or a delta.
    pub kind: Kind,
    /// What the records are.
    pub shape: Shape,
    /// The file that a delta stands on.
    pub parent: Option<Id>,
    /// Which of two files is newer.
    pub sequence: u64,
    /// When it was saved.
    pub time: SystemTime,
    /// The version that the container had; of a [`Durable`](crate::Durable), how many writes had made the table.
    pub version: u64,
    /// How many entries the table has.
    pub entries: u64,
    /// How many bytes the file has.
    pub bytes: u64,
    /// The [schema](crate::Options::schema) number.
    pub schema: u32,
    /// The name of the compression: `none`, `lz4`, `zstd`, or a number that is not known.
    pub compression: String,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The tags, in order.
    pub tags: Vec<String>,
}
