//! A folder of files, such as a `conf.d`.

use super::Place;
use super::file::read;
use super::trace::{Seen, Stamp};
use crate::content::Content;
use crate::error::{FailureKind, Refused};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::PathBuf;

/// The files of a folder, in the order of their names.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// What a name must end in.
    pub(crate) suffix: String,
    /// Of all files together.
    pub(crate) limit: u64,
}

impl Place for Folder {
    fn read(&self) -> Seen {
        // Before its names are read: what comes or goes meanwhile is seen at the next look.
        let folder = Stamp::at(&self.path);
        let names = match self.names() {
            Ok(names) => names,
            Err(refused) => {
                let folder = folder.or_else(|| Stamp::above(&self.path));
                return Seen { content: Err(refused), files: Vec::new(), folder };
            }
        };
        let (mut files, mut stamps) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
        let mut before = 0;
        for name in names {
            let path = self.path.join(&name);
            match read(&path, name.to_string_lossy().into_owned(), self.limit, before) {
                Ok((file, stamp)) => {
                    before += file.bytes().len() as u64;
                    files.push(file);
                    stamps.push(stamp);
                }
                Err(refused) => return Seen::refused(refused, stamps, &path),
            }
        }
        Seen { content: Ok(Content::new(files)), files: stamps, folder }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

impl Folder {
    /// The names of the files that belong to the content, in order.
    fn names(&self) -> Result<Vec<OsString>, Refused> {
        let refuse = |reason| Refused::new(reason).in_file(self.name()).of(FailureKind::Unreadable);
        let unreadable = |error: io::Error| refuse(format!("cannot be read: {error}"));
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            // A folder is skipped. Of a link, what it leads to counts; where that is nothing, reading it will say so.
            if is_wanted(&name, &self.suffix) && !fs::metadata(entry.path()).is_ok_and(|what| what.is_dir()) {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Err(refuse(match &self.suffix[..] {
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
