//! [`Chain`]: the folders that a path leads through, and the names in them that decide where.

use crate::error::{FailureKind, Refused};
use crate::origin::{Stamp, is_wanted};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};
use std::{env, fs, io};

/// How many links a path may have, as with Linux.
const LINKS: usize = 40;

/// The working directory of one moment. The program may change it later, or somebody may remove it.
pub(crate) struct Here(io::Result<PathBuf>);

impl Here {
    pub(crate) fn now() -> Self {
        Self(env::current_dir())
    }

    /// A path from the root.
    pub(crate) fn whole(&self, path: &Path) -> Result<PathBuf, Refused> {
        let absolute = match &self.0 {
            _ if path.is_absolute() => std::path::absolute(path),
            // An empty path stays an error.
            Ok(here) if !path.as_os_str().is_empty() => std::path::absolute(here.join(path)),
            Ok(_) => {
                return Err(refuse(path, "is an empty path: give the path of a file or a folder".into()));
            }
            Err(error) => {
                let reason = format!(
                    "is no path from the root, and the working folder cannot be told: {error}: give a whole path, or start in \
                     a folder that is there"
                );
                return Err(refuse(path, reason));
            }
        };
        absolute.map_err(|error| refuse(path, format!("cannot be made a path from the root: {error}")))
    }
}

fn refuse(path: &Path, reason: String) -> Refused {
    Refused::new(reason).in_file(path.display().to_string()).of(FailureKind::Unreadable)
}

/// What is followed in the file system.
#[derive(Clone)]
pub(crate) struct Subject {
    /// From the root.
    pub(crate) path: PathBuf,
    /// What errors call it.
    pub(crate) name: String,
    /// Of a folder: what the names of its files end in.
    pub(crate) suffix: Option<String>,
}

impl Subject {
    pub(crate) fn new(path: &Path, suffix: Option<String>, here: &Here) -> Result<Self, Refused> {
        Ok(Self { path: here.whole(path)?, name: path.display().to_string(), suffix })
    }

    /// Of a file in a folder that is followed.
    pub(crate) fn in_it(&self, name: &OsStr) -> Self {
        Self { path: self.path.join(name), name: String::new(), suffix: None }
    }
}

/// What decides where a path leads, and what is there. Of a folder, that is each of its files as well.
#[derive(Default)]
pub(crate) struct Chain {
    /// The names that matter, by folder.
    folders: BTreeMap<PathBuf, BTreeSet<OsString>>,
    /// Those that are links.
    links: Vec<PathBuf>,
    /// Where the path ends. Something may be there or not.
    end: PathBuf,
    /// Of a folder: what the names of the files in it end in.
    suffix: Option<String>,
}

impl Chain {
    pub(crate) fn of(subject: &Subject) -> Self {
        let mut chain = Self { suffix: subject.suffix.clone(), ..Self::default() };
        chain.end = chain.follow(PathBuf::new(), &subject.path);
        if let Some(suffix) = &subject.suffix {
            let end = chain.end.clone();
            chain.folders.entry(end.clone()).or_default();
            for entry in fs::read_dir(&end).into_iter().flatten().flatten() {
                let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                // A folder in it is skipped.
                let is_folder = || fs::metadata(entry.path()).is_ok_and(|what| what.is_dir());
                if is_link && is_wanted(&entry.file_name(), suffix) && !is_folder() {
                    chain.follow(end.clone(), Path::new(&entry.file_name()));
                }
            }
        }
        chain
    }

    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "nobody tells there"))]
    pub(crate) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.folders.keys()
    }

    /// Where the path ends.
    pub(crate) fn end(&self) -> &Path {
        &self.end
    }

    /// Whether this name in this folder may decide where the path leads, or is what it leads to.
    pub(crate) fn has(&self, folder: &Path, name: &OsStr) -> bool {
        let is_file = |suffix| folder == self.end && is_wanted(name, suffix);
        self.folders.get(folder).is_some_and(|names| names.contains(name))
            || self.suffix.as_deref().is_some_and(is_file)
    }

    /// Whether a file that is written there would take the place of a name that matters.
    pub(crate) fn is_through(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        let folder = Self::default().follow(PathBuf::new(), folder);
        let mut same = self.folders.keys().filter(|other| is_same_folder(&folder, other));
        same.any(|folder| self.has(folder, name)) || self.has_mounted(&folder.join(name))
    }

    /// Whether a file that matters is mounted there, by itself.
    fn has_mounted(&self, path: &Path) -> bool {
        let Some(number) = number_of_only(path) else { return false };
        let is_it = |file: &Path| number_of_only(file) == Some(number);
        let mut named =
            self.folders.iter().flat_map(|(folder, names)| names.iter().map(|name| folder.join(name)));
        named.any(|file| is_it(&file))
            || self.suffix.as_ref().is_some_and(|suffix| {
                let files = fs::read_dir(&self.end).into_iter().flatten().flatten();
                files.into_iter().any(|entry| is_wanted(&entry.file_name(), suffix) && is_it(&entry.path()))
            })
    }

    /// Whether this is the folder that is followed.
    #[cfg(feature = "readmostly-persist")]
    pub(crate) fn is_of_folder(&self, folder: &Path) -> bool {
        self.suffix.is_some() && is_same_folder(&self.end, &Self::default().follow(PathBuf::new(), folder))
    }

    /// What the links are, themselves. None if one is gone meanwhile.
    pub(crate) fn links(&self) -> Vec<Option<Stamp>> {
        self.links.iter().map(|link| fs::symlink_metadata(link).ok().as_ref().map(Stamp::of)).collect()
    }

    /// Adds what a path leads through from a folder, to which no link leads, and returns where it ends.
    ///
    /// A Kubernetes volume has `key -> ..data/key` and `..data -> ..2026_11_26`: its folder has both names, and is not the
    /// last of the chain.
    fn follow(&mut self, mut here: PathBuf, path: &Path) -> PathBuf {
        let mut links = 0;
        let mut to_go: Vec<OsString> = parts(path);
        while let Some(part) = to_go.pop() {
            let is_name = matches!(Path::new(&part).components().next(), Some(Component::Normal(_)));
            if !is_name {
                if part == ".." {
                    here.pop();
                } else {
                    here.push(part);
                }
                continue;
            }
            let next = here.join(&part);
            let link = fs::read_link(&next).ok().filter(|_| links < LINKS);
            // The folder that the last part is in may be replaced, too.
            if link.is_some() || to_go.len() <= 1 {
                self.folders.entry(here.clone()).or_default().insert(part);
            }
            match link {
                Some(link) => {
                    links += 1;
                    self.links.push(next);
                    to_go.extend(parts(&link));
                }
                None => here = next,
            }
        }
        here
    }
}

/// Whether two paths to which no links lead are of one folder. A folder that is mounted at another place has two.
fn is_same_folder(one: &Path, other: &Path) -> bool {
    one == other || number(one).is_some_and(|one| Some(one) == number(other))
}

/// What tells a folder from all others that are there.
#[cfg(unix)]
fn number(folder: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(folder).ok().map(|folder| (folder.dev(), folder.ino()))
}

/// What tells a file from all others, if it has one name and so is at another path by a mount. Another name of a file, a hard link, may
/// be replaced: what is followed stays.
#[cfg(unix)]
fn number_of_only(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::symlink_metadata(file).ok()?;
    (file.is_file() && file.nlink() == 1).then(|| (file.dev(), file.ino()))
}

/// Elsewhere std does not tell.
#[cfg(not(unix))]
fn number(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(not(unix))]
fn number_of_only(_: &Path) -> Option<(u64, u64)> {
    None
}

/// The parts of a path, last first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}
