//! [`Stamp`] and [`Seen`]: what the file system says of what was read. It tells of a change that left the same bytes.

use crate::content::Content;
use crate::error::Refused;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// How many links are followed to a file that is not there.
const LINKS: u32 = 8;

/// What was seen at a place.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) content: Result<Content, Refused>,
    /// Of each file that is there.
    pub(crate) files: Vec<Stamp>,
    /// Of the folder, which changes when a file comes or goes. None where it does not count.
    pub(crate) folder: Option<Stamp>,
}

impl Seen {
    /// A file that cannot be taken, after those that have these stamps.
    pub(crate) fn refused(refused: Refused, mut files: Vec<Stamp>, path: &Path) -> Self {
        let stamp = Stamp::at(path);
        let folder = if stamp.is_none() { Stamp::above(path) } else { None };
        files.extend(stamp);
        Self { content: Err(refused), files, folder }
    }
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
}

impl Stamp {
    /// Of what a path leads to. `None` if that is nothing.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }

    /// Of the folder that a file would come into. If it is not there either, of the next one above.
    pub(crate) fn above(path: &Path) -> Option<Self> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let Ok(link) = fs::read_link(&path) else { break };
            path = path.parent().map_or_else(|| link.clone(), |folder| folder.join(&link));
        }
        let here = PathBuf::from(".");
        let folder = |path: &Path| if path.as_os_str().is_empty() { here.clone() } else { path.to_owned() };
        path.ancestors().skip(1).find_map(|path| Self::at(&folder(path)))
    }
}
