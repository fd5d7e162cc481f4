//! What is in the folder: the headers of all files, and how one stands on the other.

use super::info::Info;
use super::inner::now;
use super::tags::Tags;
use crate::disk::Disk;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Header, Id, Kind, read_header, read_tail};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What the names of the files of a store end with.
const ENDING: &str = ".rmstore";
/// What the names of the logs of a [`Durable`](crate::Durable) end with.
pub(crate) const LOG: &str = ".rmlog";
/// What the names of files that are being written end with.
const TEMPORARY: &str = ".rmstore-tmp";
/// How often a folder that another process writes to is looked at, before what is there counts.
pub(super) const LOOKS: usize = 20;

/// A file whose header was read.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) header: Header,
    /// What the end of the file says. It is checked when the file is read.
    pub(super) hash: Hash,
    pub(super) bytes: u64,
}

impl File {
    /// What a delta on it names.
    pub(super) fn named(&self) -> (Id, Hash) {
        (self.header.id, self.hash)
    }

    /// Which of two is older. Of a file and its copies the one with its own name is the newest.
    fn order(&self, other: &Self) -> Ordering {
        let key = |file: &Self| (file.header.sequence, file.header.time, file.header.id);
        let is_own = |file: &Self| file.name == name_of(&file.header);
        // Few have the same key, and a name takes time to make.
        key(self).cmp(&key(other)).then_with(|| (is_own(self), &self.name).cmp(&(is_own(other), &other.name)))
    }
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// The oldest first. Of a file and its copies the one with its own name is the last.
    files: Vec<Arc<File>>,
    /// The same by id, each with its copies.
    by_id: HashMap<Id, Vec<Arc<File>>>,
    pub(super) unreadable: Vec<(String, Error)>,
    /// Files that could not be loaded when that was tried.
    pub(super) bad: HashSet<Id>,
    pub(super) tags: Tags,
    /// What the logs of a [`Durable`](crate::Durable) stand on.
    pub(super) logged: Vec<Id>,
    /// Whether nothing is old at the moment: a log that is elsewhere may stand on any file.
    pub(super) all_stay: bool,
    /// Logs of which that is not known.
    pub(super) unreadable_logs: Vec<(String, Error)>,
    /// What logs stand on that could be read later.
    pub(super) logged_later: Vec<Id>,
    /// Of the next file.
    pub(super) sequence: u64,
    /// The names of files that are read at the moment, as often as they are.
    pub(super) being_read: Vec<String>,
}

/// The name that a file is given: the sequence first, so that a listing is in order. A copy of it has another name.
pub(crate) fn name_of(header: &Header) -> String {
    let (kind, ending) = match header.kind {
        Kind::Log => ("log", LOG),
        Kind::Delta => ("delta", ENDING),
        Kind::Full | Kind::Tags => ("full", ENDING),
    };
    format!("{:010}-{kind}-{}{ending}", header.sequence, header.id)
}

/// The number of the next file, which is at least `next`, and at least the time.
///
/// So what was moved away, and is put back, is older than what was written meanwhile. However far ahead the clock is, there is room behind it.
pub(crate) fn number_of_next(next: u64) -> u64 {
    next.max(now().min(u64::MAX / 4))
}

/// The name of a file until it is whole.
pub(super) fn name_until_whole(id: Id) -> String {
    format!("{id}{TEMPORARY}")
}

/// What the name says about the sequence, if it says something. It counts only where the header cannot be read.
pub(super) fn sequence_of(name: &str) -> Option<u64> {
    let digits = name.split('-').next().unwrap_or_default();
    digits.parse().ok().filter(|sequence| *sequence < u64::MAX / 4)
}

/// Whether the store gives such a name to a full file.
fn is_named_full(name: &str) -> bool {
    let mut parts = name.strip_suffix(ENDING).unwrap_or_default().split('-');
    let is_number = |digits: &str| digits.len() >= 10 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let is_id = |digits: &str| digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    parts.next().is_some_and(is_number)
        && parts.next() == Some("full")
        && parts.next().is_some_and(is_id)
        && parts.next().is_none()
}

/// Opens a file and returns its header, its hash and its length.
pub(super) fn look(disk: &dyn Disk, name: &str) -> Result<File> {
    let io = |error| Error::io("the file cannot be read", error);
    let bytes = disk.length(name).map_err(io)?;
    let mut input = disk.open(name).map_err(io)?;
    let header = read_header(&mut *input)?;
    if !matches!(header.kind, Kind::Full | Kind::Delta) {
        return Err(Error::new(ErrorKind::Unknown, "the file is none of a store; move it elsewhere"));
    }
    let hash = read_tail(&mut *input, bytes)?;
    Ok(File { name: name.to_owned(), header, hash, bytes })
}

/// Opens a log and returns what it stands on.
pub(super) fn look_at_log(disk: &dyn Disk, name: &str) -> Result<Option<Id>> {
    let mut input = disk.open(name).map_err(|error| Error::io("the log cannot be read", error))?;
    Ok(read_header(&mut *input)?.parent.map(|(base, _)| base))
}

/// Removes what crashes have left.
pub(super) fn remove_temporaries(disk: &dyn Disk) -> Result<()> {
    for name in list(disk)?.into_iter().filter(|name| name.ends_with(TEMPORARY)) {
        // One that stays is in nobody's way.
        let _ = disk.remove(&name);
    }
    Ok(())
}

fn list(disk: &dyn Disk) -> Result<Vec<String>> {
    disk.list().map_err(|error| Error::io("the folder cannot be listed", error))
}

/// Returns the names of all files and logs, in order.
pub(super) fn names(disk: &dyn Disk) -> Result<Vec<String>> {
    let mut names = list(disk)?;
    names.retain(|name| name.ends_with(ENDING) || name.ends_with(LOG));
    names.sort();
    Ok(names)
}

impl Index {
    /// Reads the headers of all files. Where another process may write to the folder it looks again until nothing has changed meanwhile.
    pub(super) fn read(disk: &dyn Disk, folder: &Path, others_write: bool) -> Result<Self> {
        let mut before = names(disk)?;
        for _ in 0..LOOKS {
            let index = Self::of(disk, folder, &before);
            if !others_write {
                return Ok(index);
            }
            let after = names(disk)?;
            if after == before {
                return Ok(index);
            }
            before = after;
        }
        Ok(Self::of(disk, folder, &before))
    }

    fn of(disk: &dyn Disk, folder: &Path, names: &[String]) -> Self {
        let mut index = Self::default();
        for name in names.iter().filter(|name| name.ends_with(LOG)) {
            match look_at_log(disk, name) {
                Ok(base) => index.logged.extend(base),
                Err(error) => index.unreadable_logs.push((name.clone(), error.in_file(&folder.join(name)))),
            }
        }
        for name in names.iter().filter(|name| name.ends_with(ENDING)) {
            match look(disk, name) {
                Ok(file) => index.add(file),
                Err(error) => {
                    // The next file must be newer than this one, in case that it can be read again one day.
                    index.sequence = index.sequence.max(sequence_of(name).unwrap_or(0) + 1);
                    let error = error.in_file(&folder.join(name));
                    index.unreadable.push((name.clone(), error));
                }
            }
        }
        index
    }

    /// Returns all files, the oldest first.
    pub(super) fn files(&self) -> &[Arc<File>] {
        &self.files
    }

    pub(super) fn add(&mut self, file: impl Into<Arc<File>>) {
        let file = file.into();
        self.sequence = self.sequence.max(file.header.sequence + 1);
        for files in [&mut self.files, self.by_id.entry(file.header.id).or_default()] {
            let place = files.partition_point(|other| other.order(&file).is_lt());
            files.insert(place, Arc::clone(&file));
        }
    }

    pub(super) fn take_out(&mut self, file: &File) {
        for files in [&mut self.files, self.by_id.entry(file.header.id).or_default()] {
            if let Ok(place) = files.binary_search_by(|other| other.order(file)) {
                files.remove(place);
            }
        }
    }

    /// Returns the files of that id, the one with its own name last.
    pub(super) fn of_id(&self, id: Id) -> &[Arc<File>] {
        self.by_id.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What logs stand on.
    pub(super) fn logged(&self) -> impl Iterator<Item = Id> {
        self.logged.iter().chain(&self.logged_later).copied()
    }

    /// Whether a file is still there.
    pub(super) fn has(&self, file: &File) -> bool {
        self.of_id(file.header.id).iter().any(|other| other.name == file.name)
    }

    pub(super) fn is_being_read(&self, name: &str) -> bool {
        self.being_read.iter().any(|other| other == name)
    }

    /// Whether nothing was ever saved here.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unreadable.is_empty()
    }

    /// Whether a load looks at this file first, whatever can be read by then.
    pub(super) fn is_newest(&self, id: Id) -> bool {
        self.files.last().is_some_and(|newest| {
            let is_older = |name: &str| sequence_of(name).is_none_or(|named| named < newest.header.sequence);
            newest.header.id == id && self.unreadable.iter().all(|(name, _)| is_older(name))
        })
    }

    pub(super) fn find(&self, id: Id) -> Result<&Arc<File>> {
        self.of_id(id).last().ok_or_else(|| {
            self.why_unreadable(id).unwrap_or_else(|| {
                Error::new(ErrorKind::NotFound, format!("there is no file with the id {id}; list them"))
            })
        })
    }

    /// Why a file is none of those that were read, though one of its name is there.
    fn why_unreadable(&self, id: Id) -> Option<Error> {
        let id = id.to_string();
        self.unreadable.iter().find(|(name, _)| name.contains(&id)).map(|(_, error)| error.clone())
    }

    /// Returns the file and all that it stands on, the full one first.
    pub(super) fn chain<'i>(&'i self, file: &'i Arc<File>) -> Result<Vec<&'i Arc<File>>> {
        let mut chain = vec![file];
        while let Some((parent, hash)) = chain[chain.len() - 1].header.parent {
            let named = self.of_id(parent);
            // Where the file is gone, a copy of it under another name is as good.
            let Some(found) = named.iter().rfind(|file| file.hash == hash) else {
                if let Some(error) = self.why_unreadable(parent).filter(|_| named.is_empty()) {
                    return Err(error);
                }
                let what = if named.is_empty() {
                    format!("it stands on {parent}, which is not there; put that back")
                } else {
                    format!(
                        "it stands on {parent}, and there is another file with that id; put the right one back"
                    )
                };
                return Err(Error::new(ErrorKind::Parent, what));
            };
            if chain.len() > self.files.len() {
                return Err(Error::new(
                    ErrorKind::Parent,
                    "it stands on itself; the file is not of this crate",
                ));
            }
            chain.push(found);
        }
        chain.reverse();
        Ok(chain)
    }

    /// Why it is not known what must stay. A file whose header the system has refused to read may be well, and stand on any other; unless the store
    /// has named it as a full one. So may a damaged one, and only where a tag or a log needs it that counts: else it is lost anyway.
    pub(super) fn unknown_need(&self) -> Option<&Error> {
        let is_known = |id| self.find(id).is_ok_and(|file| self.chain(file).is_ok());
        let all_are_known = self.tags.ids().chain(self.logged()).all(is_known);
        let counts = |error: &Error| error.kind() == ErrorKind::Io || !all_are_known;
        self.unreadable
            .iter()
            .find(|(name, error)| !is_named_full(name) && counts(error))
            .map(|(_, error)| error)
    }

    /// Returns those that stand on a file directly.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = &Arc<File>> {
        self.files.iter().filter(move |file| file.header.parent.is_some_and(|(parent, _)| parent == id))
    }

    pub(super) fn info(&self, folder: &Path, file: &File) -> Info {
        let header = &file.header;
        Info {
            id: header.id,
            file: folder.join(&file.name),
            kind: header.kind,
            shape: header.shape,
            parent: header.parent.map(|(parent, _)| parent),
            sequence: header.sequence,
            time: time_of(header),
            version: header.version,
            entries: header.entries,
            bytes: file.bytes,
            schema: header.schema,
            compression: crate::format::codec_name(header.codec),
            encrypted: header.cipher != 0,
            tags: self.tags.of(header.id),
        }
    }
}

/// When a file was saved. What is too far away to be a time is the beginning of 1970.
pub(super) fn time_of(header: &Header) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(header.time)).unwrap_or(SystemTime::UNIX_EPOCH)
}
