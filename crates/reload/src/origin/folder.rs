//! A folder of files, such as a `conf.d`.

use super::Place;
use super::file::{TRIES, read};
use super::trace::{Seen, Stamp};
use crate::chain::{Chain, Subject};
use crate::content::Content;
use crate::error::{FailureKind, Refused};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;

/// The files of a folder, in the order of their names.
pub(crate) struct Folder {
    pub(crate) subject: Subject,
    /// Of all files together.
    pub(crate) limit: u64,
}

impl Place for Folder {
    /// Each file is opened through the links anew. So they must be the same after the last one, or some files are of before a swap.
    fn read(&self) -> Seen {
        let mut seen = self.read_once();
        for _ in 1..TRIES {
            if self.is_still(&seen) {
                return seen;
            }
            seen = self.read_once();
        }
        if !self.is_still(&seen) {
            let reason = format!("was changed while it was read, {TRIES} times in a row");
            seen.content = Err(Refused::new(reason).in_file(self.name()).of(FailureKind::Restless));
        }
        seen
    }

    fn name(&self) -> String {
        self.subject.name.clone()
    }
}

impl Folder {
    /// Whether the path and the links in it lead to where they led to when this was seen.
    fn is_still(&self, seen: &Seen) -> bool {
        let chain = Chain::of(&self.subject);
        let is_same_folder = match (seen.folder, Stamp::at(chain.end())) {
            (Some(before), Some(now)) => before.is_of(now),
            (before, now) => before.is_none() == now.is_none(),
        };
        seen.links == chain.links() && (is_same_folder || seen.content.is_err())
    }

    fn read_once(&self) -> Seen {
        // Before its names are read: what comes or goes meanwhile is seen at the next look.
        let chain = Chain::of(&self.subject);
        let (links, folder) = (chain.links(), Stamp::at(chain.end()));
        let names = match self.names() {
            Ok(names) => names,
            Err(refused) => {
                let folder = folder.or_else(|| Stamp::above(chain.end()));
                return Seen { content: Err(refused), links, files: Vec::new(), folder };
            }
        };
        let (mut files, mut stamps) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
        let mut before = 0;
        for name in names {
            let path = self.subject.path.join(&name);
            match read(&path, shown(&name), self.limit, before) {
                Ok((file, stamp)) => {
                    before += file.bytes().len() as u64;
                    files.push(file);
                    stamps.push(stamp);
                }
                Err(refused) => {
                    let stamp = Stamp::at(&path);
                    // Where a link leads to nothing, what it leads to would come into another folder.
                    let above = || Stamp::above(Chain::of(&self.subject.in_it(&name)).end());
                    let folder = if stamp.is_none() { above() } else { None };
                    stamps.extend(stamp);
                    return Seen { content: Err(refused), links, files: stamps, folder };
                }
            }
        }
        Seen { content: Ok(Content::new(files)), links, files: stamps, folder }
    }

    /// The names of the files that belong to the content, in order.
    fn names(&self) -> Result<Vec<OsString>, Refused> {
        let refuse = |reason| Refused::new(reason).in_file(self.name()).of(FailureKind::Unreadable);
        let unreadable = |error: io::Error| refuse(format!("cannot be read: {error}"));
        let suffix = self.subject.suffix.as_deref().unwrap_or_default();
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.subject.path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            // A folder is skipped. Of a link, what it leads to counts; where that is nothing, reading it will say so.
            if is_wanted(&name, suffix) && !fs::metadata(entry.path()).is_ok_and(|what| what.is_dir()) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(refuse(match suffix {
                "" => String::from("has no file: to take nothing, put an empty file there"),
                suffix => format!(
                    "has no file whose name ends in {suffix:?}: to take nothing, put an empty one there"
                ),
            }));
        }
        names.sort();
        Ok(names)
    }
}

/// A name as errors show it. One that is not UTF-8 begins with `./`, as no other name does: another one may look like what it is
/// shown as.
fn shown(name: &OsStr) -> String {
    name.to_str().map_or_else(|| format!("./{}", name.as_encoded_bytes().escape_ascii()), String::from)
}

/// What packages and editors leave beside a file.
const LEFT_BESIDE: [&str; 11] = [
    "~",
    ".swp",
    ".swo",
    ".swx",
    ".tmp",
    ".dpkg-old",
    ".dpkg-new",
    ".dpkg-dist",
    ".rpmsave",
    ".rpmorig",
    ".rpmnew",
];

/// Whether a file of this name belongs to the content.
pub(crate) fn is_wanted(name: &OsStr, suffix: &str) -> bool {
    let name = name.to_string_lossy();
    let is_left = LEFT_BESIDE.iter().any(|end| name.ends_with(end));
    // `#name#` is Emacs's, and `4913` is how Vim finds out whether it may write.
    !name.starts_with(['.', '#']) && !is_left && name != "4913" && name.ends_with(suffix)
}
