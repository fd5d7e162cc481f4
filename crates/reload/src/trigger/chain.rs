//! [`Chain`]: the folders that a path leads through, and the names in them that decide where.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// How many links a path may have, as with Linux.
const LINKS: usize = 40;

/// The names that matter, by folder.
#[derive(Default)]
pub(crate) struct Chain {
    folders: BTreeMap<PathBuf, Names>,
}

#[derive(Default)]
struct Names {
    all: bool,
    these: BTreeSet<OsString>,
}

impl Chain {
    pub(crate) fn folders(&self) -> impl Iterator<Item = &PathBuf> {
        self.folders.keys()
    }

    /// Whether this name in this folder may decide where the path leads, or is what it leads to.
    pub(crate) fn has(&self, folder: &Path, name: &OsStr) -> bool {
        self.folders.get(folder).is_some_and(|names| names.all || names.these.contains(name))
    }

    fn add(&mut self, folder: &Path, name: &OsStr) {
        self.folders.entry(folder.to_owned()).or_default().these.insert(name.to_owned());
    }

    /// Adds what a path leads through, and returns where it ends.
    ///
    /// A Kubernetes volume has `key -> ..data/key` and `..data -> ..2026_11_26`: its folder has both names, and is not the
    /// last of the chain.
    fn follow(&mut self, path: &Path) -> PathBuf {
        let mut here = PathBuf::new();
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
                self.add(&here, &part);
            }
            match link {
                Some(link) => {
                    links += 1;
                    to_go.extend(parts(&link));
                }
                None => here = next,
            }
        }
        here
    }
}

/// The parts of a path, last first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

/// What decides where a path leads, and what is there. Of a folder, that is each of its files as well.
pub(crate) fn chain(path: &Path, is_folder: bool) -> Chain {
    let mut chain = Chain::default();
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let end = chain.follow(&here.join(path));
    if is_folder {
        chain.folders.entry(end.clone()).or_default().all = true;
        for entry in fs::read_dir(&end).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                chain.follow(&entry.path());
            }
        }
    }
    chain
}
