//! What the logs of a folder make. Nothing is locked or written here.

use super::log::{LogReader, Next};
use super::{Logged, Recovered};
use crate::disk::Disk;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Header, Id, Kind, Records, read_header};
use crate::options::Options;
use crate::store::{LOG, Skipped, Store, name_of};
use crate::table::Table;
use std::iter;
use std::path::{Path, PathBuf};

impl<T: Table> Store<T> {
    /// Loads what [`Durable::open`](crate::Durable::open) would find in the folder; `None` if there is no log in it.
    ///
    /// Nothing is locked, changed or removed. While another process writes to the table, the end of the log may look torn here, or a log be gone:
    /// try again then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    /// use readmostly_persist::{Durable, Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let (set, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
    /// set.insert(7)?;
    /// let look: Store<PagedSet<u32>> = Store::open_read_only(&folder, Options::new())?;
    /// let logged = look.load_logged()?.expect("there is a log");
    /// assert!(logged.value.contains(&7));
    /// assert_eq!((logged.writes, logged.recovered.updates), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Durable::open`](crate::Durable::open), but for the lock.
    ///
    /// Computes in **O(n)** time.
    pub fn load_logged(&self) -> Result<Option<Logged<T>>> {
        let (_, folder, _) = self.place();
        let load = || {
            let mut recovered = Recovered::default();
            let logged =
                recover(self, &mut recovered)?.map(|Replayed { value, number, logs, base, .. }| {
                    let logs = logs.iter().map(|log| folder.join(&log.name)).collect();
                    Logged { value, writes: number, logs, base, recovered }
                });
            Ok(logged)
        };
        self.look_anew(load, |logged| logged.as_ref().map_or(&[], |logged| &logged.recovered.skipped))
    }
}

/// A log whose header was read.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) header: Header,
    /// What it stands on.
    pub(super) base: (Id, Hash),
    /// Whether an open has begun it, for what it had read, or a fold before any write; it has none. A log that was elsewhere meanwhile may be newer, or have its number.
    pub(super) is_of_an_open: bool,
}

/// What the logs make.
pub(super) struct Replayed<T> {
    pub(super) value: T,
    /// How many writes have made it.
    pub(super) number: u64,
    /// The log with the last of them.
    pub(super) last: Id,
    pub(super) logs: Vec<Found>,
    /// What could not be loaded of what they stand on.
    pub(super) unread: Vec<Id>,
    /// What the first log that was replayed stands on.
    pub(super) base: Id,
}

/// Reads the headers of all logs, and puts them in order.
fn read_headers<T: Table>(
    disk: &dyn Disk,
    folder: &Path,
    options: &Options,
    names: Vec<String>,
    recovered: &mut Recovered,
) -> Result<Vec<Found>> {
    let mut logs: Vec<Found> = Vec::new();
    // What is no log as it was written, with the number and the id that it seems to have.
    let mut others: Vec<(Option<u64>, Option<Id>, Skipped)> = Vec::new();
    for name in names {
        let file = folder.join(&name);
        let header = disk
            .open(&name)
            .map_err(|error| Error::io("the log cannot be read", error))
            .and_then(|mut input| read_header(&mut *input));
        match header {
            Ok(header) if header.kind == Kind::Log && name != name_of(&header) => {
                let skipped = Skipped::new(file.clone(), renamed(&header).in_file(&file));
                others.push((Some(header.sequence), Some(header.id), skipped));
            }
            Ok(header) => {
                let Some(base) = header.parent.filter(|_| header.kind == Kind::Log) else {
                    let what = "the file has the name of a log, and is none; move it elsewhere";
                    return Err(Error::new(ErrorKind::Unknown, what).in_file(&file));
                };
                if header.schema != options.schema && !T::ANY_SCHEMA {
                    let what = format!(
                        "the log has schema {}, and the program has {}; open it with the program that wrote it",
                        header.schema, options.schema
                    );
                    return Err(Error::new(ErrorKind::Schema, what).in_file(&file));
                }
                if !T::accepts(header.shape) {
                    let what = format!(
                        "the log is of a {:?}, and the program expects another collection",
                        header.shape
                    );
                    return Err(Error::new(ErrorKind::WrongType, what).in_file(&file));
                }
                // The number of every other log is its time, or more.
                let is_at_end = if header.sequence < header.time {
                    LogReader::open(disk, &name, options).and_then(|mut log| log.is_at_end())
                } else {
                    Ok(false)
                };
                match is_at_end {
                    Ok(is_of_an_open) => logs.push(Found { name, header, base, is_of_an_open }),
                    Err(error) => {
                        let skipped = Skipped::new(file.clone(), error.in_file(&file));
                        // A log with the same number counts before it.
                        others.push((Some(header.sequence.saturating_sub(1)), None, skipped));
                    }
                }
            }
            Err(error) => {
                // The name says the number where the header does not.
                let number = name.split('-').next().and_then(|digits| digits.parse().ok());
                others.push((number, None, Skipped::new(file.clone(), error.in_file(&file))));
            }
        }
    }
    // Of two of one open, and of one number, the later one is newer.
    logs.sort_by_key(|log| (log.header.sequence, !log.is_of_an_open, log.header.time));
    let mut numbered = logs.iter().filter(|log| log.header.table != 0);
    let pair = numbered
        .next()
        .and_then(|first| Some((first, numbered.find(|log| log.header.table != first.header.table)?)));
    if let Some((first, other)) = pair {
        let what = format!(
            "it is of another table than the log {}: it comes from another folder, or the logs of before were elsewhere when the table began \
             anew; move those of one of the two elsewhere",
            first.name
        );
        return Err(Error::new(ErrorKind::Damaged, what).in_file(&folder.join(&other.name)));
    }
    for pair in logs.windows(2) {
        let has_same_number = pair[0].header.sequence == pair[1].header.sequence;
        // The open has read the log before. A log of writes goes on from there, and another open has read as many writes.
        let has_no_other_write = pair[0].is_of_an_open
            && (!pair[1].is_of_an_open || pair[0].header.version == pair[1].header.version);
        if has_same_number && !has_no_other_write {
            let what = format!(
                "the log {} has the same number, and is another; both may hold confirmed writes: move the one that was put here last elsewhere",
                pair[0].name
            );
            return Err(Error::new(ErrorKind::Damaged, what).in_file(&folder.join(&pair[1].name)));
        }
    }
    for (number, id, skipped) in others {
        let is_older = |last: &Found| number.is_some_and(|number| number < last.header.sequence);
        let is_copy = |last: &Found| id == Some(last.header.id);
        if !logs.last().is_some_and(|last| is_older(last) || is_copy(last)) {
            // Writes that were confirmed may be in it.
            return Err(skipped.reason);
        }
        recovered.skipped.push(skipped);
    }
    Ok(logs)
}

/// A log counts under its own name alone: a copy has the same header, and lacks what was written since.
fn renamed(header: &Header) -> Error {
    let what = format!(
        "the file is a log of another name, and does not count; if it is no copy, give it its own name, {}; else move it elsewhere",
        name_of(header)
    );
    Error::new(ErrorKind::Damaged, what)
}

/// Finds the state that the newest log ends with; `None` if there is no log.
pub(super) fn recover<T: Table>(store: &Store<T>, recovered: &mut Recovered) -> Result<Option<Replayed<T>>> {
    let (disk, folder, options) = store.place();
    let io = |error| Error::io("the folder cannot be listed", error).in_file(folder);
    let mut names = disk.list().map_err(io)?;
    names.retain(|name| name.ends_with(LOG));
    names.sort();
    let logs = read_headers::<T>(disk, folder, options, names, recovered)?;
    let Some(newest) = logs.len().checked_sub(1) else { return Ok(None) };
    let mut failed = Failed::default();
    // What is replayed, the newest one first. Where nothing can be loaded that the last of them begins with, the log before makes it.
    let mut line = vec![newest];
    loop {
        let begin = line[line.len() - 1];
        if let Some((value, base)) = load_begin(store, &logs, begin, &mut failed) {
            let mut attempt = Recovered::default();
            match replay_all(store, value, line.iter().rev().map(|at| &logs[*at]), &mut attempt) {
                Ok((value, number, last)) => {
                    (recovered.updates, recovered.torn) = (attempt.updates, attempt.torn);
                    // What was read after all is needed.
                    let mut needed: Vec<_> = line.iter().map(|at| folder.join(&logs[*at].name)).collect();
                    needed.push(store.path_of(base));
                    recovered
                        .skipped
                        .extend(failed.skipped.into_iter().filter(|it| !needed.contains(&it.file)));
                    let unread = failed.bases;
                    return Ok(Some(Replayed { value, number, last, logs, unread, base }));
                }
                Err((file, error)) => {
                    // A log of the line that is damaged ends the search. One that the disk failed to read does not.
                    let is_of_the_disk = error.kind() == ErrorKind::Io;
                    failed.skip(&file, error);
                    if !is_of_the_disk {
                        break;
                    }
                }
            }
        }
        let followed = follows(store, &logs[begin]).map_err(|error| failed.errors.push(error));
        let Ok(followed) = followed else { break };
        let Some(before) = log_before(&logs, begin, followed) else {
            failed.is_missing = followed.filter(|id| *id != Id::NONE);
            break;
        };
        line.push(before);
    }
    // What the disk may read the next time comes before what is wrong with the newest log.
    let unread = recovered.skipped.iter().map(|skipped| &skipped.reason);
    let of_the_disk = unread.chain(&failed.errors).find(|error| error.kind() == ErrorKind::Io).cloned();
    Err(of_the_disk.unwrap_or_else(|| failed.into_error()))
}

/// What could not be read.
#[derive(Default)]
struct Failed {
    /// Each file once.
    skipped: Vec<Skipped>,
    errors: Vec<Error>,
    bases: Vec<Id>,
    /// The log that would make up for it, and is not there.
    is_missing: Option<Id>,
}

impl Failed {
    fn skip(&mut self, file: &Path, error: Error) {
        if self.skipped.iter().all(|skipped| skipped.file != file) {
            self.skipped.push(Skipped::new(file.to_path_buf(), error.clone().in_file(file)));
        }
        self.errors.push(error);
    }

    /// What is wrong with the newest log.
    fn into_error(self) -> Error {
        let first = self.errors.into_iter().next().expect("something could not be read");
        match self.is_missing {
            Some(id) => first.or(&format!("or put back the log {id}, which makes up for it")),
            None => first,
        }
    }
}

/// Loads what `logs[at]` begins with, and tells of which file that is: what it stands on, or what another one does that begins with the same.
fn load_begin<T: Table>(store: &Store<T>, logs: &[Found], at: usize, failed: &mut Failed) -> Option<(T, Id)> {
    match load_base(store, &logs[at]) {
        Ok(value) => return Some((value, logs[at].base.0)),
        Err(error) => {
            failed.bases.push(logs[at].base.0);
            failed.skip(&store.path_of(logs[at].base.0), error);
        }
    }
    let mut begin_of = |log: &Found| match follows(store, log) {
        // Behind no write they may be of two tables.
        Ok(id) => id.filter(|id| *id != Id::NONE).map(|id| (id, log.header.version)),
        Err(error) => {
            failed.errors.push(error);
            None
        }
    };
    let begin = begin_of(&logs[at])?;
    let others = logs.iter().rev().filter(|log| log.header.id != logs[at].header.id);
    let same: Vec<_> = others.filter(|log| begin_of(log) == Some(begin)).collect();
    same.into_iter().find_map(|log| match load_base(store, log) {
        Ok(value) => Some((value, log.base.0)),
        Err(error) => {
            failed.errors.push(error);
            None
        }
    })
}

/// The log that a log follows: with the write before its first one. `None` in the oldest ones, which do not say.
fn follows<T: Table>(store: &Store<T>, log: &Found) -> Result<Option<Id>> {
    let (disk, folder, options) = store.place();
    let reader = LogReader::open(disk, &log.name, options);
    reader.map(|reader| reader.follows()).map_err(|error| error.in_file(&folder.join(&log.name)))
}

/// Returns the newest log, the one that it follows, and so on. If one cannot be read, the line ends there, and the error says why.
pub(super) fn line_of<T: Table>(store: &Store<T>, logs: &[Found]) -> (Vec<usize>, Option<Error>) {
    let mut error = None;
    let before = |at: &usize| match follows(store, &logs[*at]) {
        Ok(followed) => log_before(logs, *at, followed),
        Err(why) => {
            error = Some(why);
            None
        }
    };
    let line = iter::successors(logs.len().checked_sub(1), before).collect();
    (line, error)
}

/// The log that makes what `logs[at]` begins with.
fn log_before(logs: &[Found], at: usize, follows: Option<Id>) -> Option<usize> {
    let older = &logs[..at];
    match follows {
        Some(id) => older.iter().rposition(|log| log.header.id == id),
        None => older.iter().rposition(|log| !log.is_of_an_open),
    }
}

/// Loads what a log stands on.
fn load_base<T: Table>(store: &Store<T>, log: &Found) -> Result<T> {
    let (id, hash) = log.base;
    let (_, folder, _) = store.place();
    let in_log = |error: Error| error.in_file(&folder.join(&log.name));
    let there = store.hash_of(id).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            let what = format!("it stands on the file {id}, which is not in the folder; put that back");
            in_log(Error::new(ErrorKind::NotFound, what))
        }
        _ => error,
    })?;
    if there != hash {
        let what =
            format!("it stands on {id}, and there is another file with that id; put the right one back");
        return Err(in_log(Error::new(ErrorKind::Parent, what)));
    }
    store.load_base(id).map_err(in_log)
}

/// Replays logs, the oldest first, on what that one begins with. Returns what they make, of how many writes, and the log with the last one; or which log
/// cannot be replayed.
fn replay_all<'a, T: Table>(
    store: &Store<T>,
    mut value: T,
    logs: impl Iterator<Item = &'a Found>,
    recovered: &mut Recovered,
) -> Result<(T, u64, Id), (PathBuf, Error)> {
    let (_, folder, _) = store.place();
    let mut logs = logs.peekable();
    let (mut number, mut last) = (logs.peek().map_or(0, |log| log.header.version), Id::NONE);
    while let Some(log) = logs.next() {
        let file = folder.join(&log.name);
        let until = logs.peek().map(|next| next.header.version);
        let follows = replay(store, log, until, &mut value, &mut number, recovered)
            .map_err(|error| (file.clone(), error.in_file(&file)))?;
        last = if number > log.header.version { log.header.id } else { follows.unwrap_or(last) };
    }
    Ok((value, number, last))
}

/// Replays a log up to an update, or to its end. Returns what it follows.
fn replay<T: Table>(
    store: &Store<T>,
    log: &Found,
    until: Option<u64>,
    value: &mut T,
    number: &mut u64,
    recovered: &mut Recovered,
) -> Result<Option<Id>> {
    let gap = |from: u64, to: u64| {
        let what = format!(
            "after update {from} it goes on behind update {to}; a log is missing, or the file was changed"
        );
        Err(Error::new(ErrorKind::Damaged, what))
    };
    let (disk, folder, options) = store.place();
    let mut reader = LogReader::open(disk, &log.name, options)?;
    if *reader.header() != log.header {
        return Err(Error::new(ErrorKind::Damaged, "the log changes while it is read; open the table again"));
    }
    while until.is_none_or(|until| *number < until) {
        match reader.next(folder)? {
            Next::Group { first, mut updates } => {
                if number.checked_add(1) != Some(first) {
                    return gap(*number, first.saturating_sub(1));
                }
                while let Some(records) = updates.next()? {
                    if until == Some(*number) {
                        let what =
                            format!("a group goes on behind update {number}, and the next log begins there");
                        return Err(Error::new(ErrorKind::Damaged, what));
                    }
                    apply(value, records, &log.header)?;
                    *number += 1;
                    recovered.updates += 1;
                }
            }
            Next::End(torn) => {
                if let Some(until) = until {
                    return gap(*number, until);
                }
                recovered.torn = torn;
                break;
            }
        }
    }
    match until {
        Some(until) if until != *number => gap(*number, until),
        _ => Ok(reader.follows()),
    }
}

/// Makes the changes of an update.
fn apply<T: Table>(value: &mut T, records: &mut Records<'_>, header: &Header) -> Result<()> {
    if value.has_changes() {
        value.replay(records)
    } else {
        *value = T::read(header.shape, header.schema, records)?;
        Ok(())
    }
}
