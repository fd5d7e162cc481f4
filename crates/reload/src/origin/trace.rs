//! [`Stamp`] and [`Seen`]: what the file system says of what was read. It tells of a change that left the same bytes.

use crate::content::Content;
use crate::error::Refused;
use std::fs::{self, Metadata};
use std::path::Path;

/// What was seen at a place.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) content: Result<Content, Refused>,
    /// Of each link that has led there, itself.
    pub(crate) links: Vec<Option<Stamp>>,
    /// Of each file that is there.
    pub(crate) files: Vec<Stamp>,
    /// Of the folder, which changes when a file comes or goes. None where it does not count.
    pub(crate) folder: Option<Stamp>,
}

/// Which file it is, and when it was changed.
#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

#[cfg(unix)]
impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether both are of the same file or folder, changed or not.
    pub(crate) fn is_of(self, other: Self) -> bool {
        self.file == other.file
    }
}

/// How long it is, and when it was changed.
#[cfg(not(unix))]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
}

#[cfg(not(unix))]
impl Stamp {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }

    /// Nobody can tell.
    pub(crate) fn is_of(self, _: Self) -> bool {
        true
    }
}

impl Stamp {
    /// Of what a path leads to. `None` if that is nothing.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }

    /// Of the folder that a file would come into, where no link leads to it. If it is not there either, of the next one above.
    pub(crate) fn above(path: &Path) -> Option<Self> {
        path.ancestors().skip(1).find_map(Self::at)
    }
}
