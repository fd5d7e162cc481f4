//! The state on disk: a file of the store, and the log that stands on it.
//!
//! A log names its base by id and hash, as a delta names its parent, and says how many updates the base has. There is one way to
//! begin a log, whether the old one is too long, was given up, or is of another process: [`Journal::fold`] saves what is confirmed, and begins a log
//! on that. Memory is what it saves, so nothing is read back from a disk that has failed.
//!
//! The log before stays, and so does what it stands on. If the newest base is damaged, the base before it and both logs make the same state.

use super::Recovered;
use super::commit::{Confirm, Waste};
use super::log::{Group, LogReader, LogWriter, NotBegun, Payload, TEMPORARY};
use crate::disk::Disk;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Header, Id, Kind, Records, Sink, read_header};
use crate::options::Options;
use crate::store::{LOG, Skipped, Store};
use crate::table::Table;
use readmostly::{CowCell, Snapshot};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// How many logs stay: the one that is written, and the one before.
const LOGS: usize = 2;

pub(super) struct Journal<T: Table> {
    store: Store<T>,
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: Options,
    /// Held by whoever begins a log, with what the store has saved last. Taken before the log.
    ///
    /// The store lets go of that in a save, where a destructor must not run: it may write to the table. So it is held here too.
    folding: Mutex<Option<Saved<T>>>,
    /// Held while a group is written. Nobody has the user's code run under it, but for the closure of a key.
    log: Mutex<Log<T>>,
    /// Whether the log is longer than it should be.
    long: AtomicBool,
}

enum Saved<T> {
    Value(T),
    Snapshot(Snapshot<T>),
}

struct Log<T> {
    /// None: there is none yet, or it was given up.
    writer: Option<LogWriter>,
    confirmed: Arc<T>,
    number: u64,
    /// What was confirmed since a fold has begun.
    recorded: Option<Vec<Group>>,
    /// Of the next log.
    sequence: u64,
    /// The logs in the folder and what they stand on, the oldest first.
    files: Vec<(String, Id)>,
}

/// What differs between two tables, as records; `None` if nothing does.
pub(super) fn encode<T: Table>(base: &T, draft: &T, max_record: usize) -> Result<Option<Payload>> {
    let mut sink = Sink::memory(max_record);
    if draft.has_changes() {
        draft.write_changes(base, &mut sink)?;
    } else {
        draft.write(&mut sink)?;
    }
    let (bytes, records) = sink.take();
    if !draft.has_changes() {
        let mut before = Sink::memory(max_record);
        base.write(&mut before)?;
        if before.take().0 == bytes {
            return Ok(None);
        }
    }
    Ok((records > 0).then_some(Payload { records, bytes }))
}

/// Makes the changes of an update.
fn apply<T: Table>(value: &mut T, update: Payload, header: &Header, max_record: usize) -> Result<()> {
    let mut records = Records::of(update.bytes, update.records, max_record);
    if value.has_changes() {
        value.replay(&mut records)
    } else {
        *value = T::read(header.shape, header.schema, &mut records)?;
        Ok(())
    }
}

impl<T: Table + Clone> Journal<T> {
    /// Recovers the table.
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: Options,
        initial: impl FnOnce() -> T,
    ) -> Result<(Self, Recovered)> {
        let store = Store::open_on(Arc::clone(&disk), folder, options.clone(), true)?;
        let io = |error| Error::io("the folder cannot be listed", error).in_file(folder);
        let mut names = disk.list().map_err(io)?;
        names.sort();
        for name in names.iter().filter(|name| name.ends_with(TEMPORARY)) {
            // One that stays is in nobody's way.
            let _ = disk.remove(name);
        }
        names.retain(|name| name.ends_with(LOG));
        let mut recovered = Recovered { updates: 0, torn: None, skipped: Vec::new(), unsaved: None };
        let logs = read_headers::<T>(&*disk, folder, &options, names, &mut recovered)?;
        let files: Vec<_> = logs.iter().map(|log| (log.name.clone(), log.base.0)).collect();
        let sequence = logs.last().map_or(0, |log| log.header.sequence + 1);
        let (value, number) = if logs.is_empty() {
            let loaded = store.load()?;
            let value = loaded.map(|loaded| {
                recovered.skipped.extend(loaded.skipped);
                loaded.value
            });
            (value.unwrap_or_else(initial), 0)
        } else {
            recover(&store, &*disk, folder, &options, &logs, &mut recovered)?
        };
        let saved = value.has_changes().then(|| Saved::Value(value.clone()));
        let log = Log { writer: None, confirmed: Arc::new(value), number, recorded: None, sequence, files };
        let journal = Self {
            store,
            disk,
            folder: folder.to_path_buf(),
            options,
            folding: Mutex::new(saved),
            log: Mutex::new(log),
            long: AtomicBool::new(false),
        };
        if recovered.updates > 0 {
            // What was read may be in the memory of the system alone: of a write that was not confirmed when the process ended.
            recovered.unsaved = journal.fold(&mut Waste::new()).err();
        }
        Ok((journal, recovered))
    }

    fn log(&self) -> MutexGuard<'_, Log<T>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is confirmed, and how many updates have made it.
    pub(super) fn confirmed(&self) -> (Arc<T>, u64) {
        let log = self.log();
        (Arc::clone(&log.confirmed), log.number)
    }

    /// Whether the log should be folded.
    pub(super) fn is_long(&self) -> bool {
        self.long.load(Ordering::Relaxed)
    }

    /// Saves what is confirmed, and begins a log on that. Writes go on while it saves.
    pub(super) fn fold(&self, waste: &mut Waste<T>) -> Result<()> {
        let mut folding = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        // Whatever comes of it, it is not tried again before the log has grown as much once more.
        self.long.store(false, Ordering::Relaxed);
        let (value, number) = {
            let mut log = self.log();
            log.recorded = Some(Vec::new());
            (Arc::clone(&log.confirmed), log.number)
        };
        waste.shared(Arc::clone(&value));
        let recording = Recording(self);
        let snapshot = CowCell::new((*value).clone()).snapshot();
        waste.snapshot(snapshot.clone());
        let saved = self.store.save(&snapshot)?;
        if value.has_changes() {
            match folding.replace(Saved::Snapshot(snapshot)) {
                Some(Saved::Value(value)) => waste.value(Some(value)),
                Some(Saved::Snapshot(snapshot)) => waste.snapshot(snapshot),
                None => {}
            }
        }
        let base = (saved.id, self.store.hash_of(saved.id)?);
        let mut log = self.log();
        let groups = log.recorded.take().unwrap_or_default();
        mem::forget(recording);
        self.begin(&mut log, &value, number, base, &groups)
    }

    fn begin(
        &self,
        log: &mut Log<T>,
        value: &T,
        number: u64,
        base: (Id, Hash),
        groups: &[Group],
    ) -> Result<()> {
        let header = Header {
            kind: Kind::Log,
            shape: value.shape(),
            codec: 0,
            cipher: 0,
            schema: value.schema().unwrap_or(self.options.schema),
            time: now(),
            sequence: log.sequence,
            version: number,
            entries: value.entries(),
            id: Id::random()?,
            parent: Some(base),
            nonce: [0; 24],
        };
        // A number is not used again: the log that has it may turn up after a crash.
        log.sequence += 1;
        let writer = match LogWriter::begin(&*self.disk, header, &self.options, groups) {
            Ok(writer) => writer,
            Err(NotBegun { error, may_be_there }) => {
                if may_be_there {
                    // The old one must not go on: after a crash the new one may count, which lacks what comes now.
                    log.writer = None;
                }
                return Err(error.in_file(&self.folder));
            }
        };
        log.files.push((writer.name.clone(), base.0));
        log.writer = Some(writer);
        while log.files.len() > LOGS {
            if self.disk.remove(&log.files[0].0).is_err() {
                // It is in nobody's way. The next open has it among the old ones again.
                break;
            }
            log.files.remove(0);
        }
        self.store.logs_stand_on(log.files.iter().map(|(_, base)| *base).collect());
        Ok(())
    }
}

/// Ends the recording when a save fails.
struct Recording<'a, T: Table>(&'a Journal<T>);

impl<T: Table> Drop for Recording<'_, T> {
    fn drop(&mut self) {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner).recorded = None;
    }
}

impl<T: Table + Clone> Confirm<T> for Journal<T> {
    fn confirm(&self, group: &Group, after: &Arc<T>, waste: &mut Waste<T>) -> Result<()> {
        loop {
            let mut guard = self.log();
            let log = &mut *guard;
            let Some(writer) = &mut log.writer else {
                drop(guard);
                self.fold(waste)?;
                continue;
            };
            if let Err(error) = writer.append(group) {
                let file = self.folder.join(&writer.name);
                // What of it is on disk is not known, and a later sync would not say.
                log.writer = None;
                return Err(error.in_file(&file));
            }
            if writer.written() > self.options.log_size {
                self.long.store(true, Ordering::Relaxed);
            }
            if let Some(recorded) = &mut log.recorded {
                recorded.push(group.clone());
            }
            log.number = group.last();
            waste.shared(mem::replace(&mut log.confirmed, Arc::clone(after)));
            return Ok(());
        }
    }
}

/// A log whose header was read.
struct Found {
    name: String,
    header: Header,
    base: (Id, Hash),
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
    let mut unreadable = Vec::new();
    for name in names {
        let file = folder.join(&name);
        let header = disk
            .open(&name)
            .map_err(|error| Error::io("the log cannot be read", error))
            .and_then(|mut input| read_header(&mut *input));
        match header {
            Ok(header) => {
                let Some(base) = header.parent.filter(|_| header.kind == Kind::Log) else {
                    let what = "the file has the name of a log, and is none; move it elsewhere";
                    return Err(Error::new(ErrorKind::Unknown, what).in_file(&file));
                };
                if header.schema != options.schema {
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
                logs.push(Found { name, header, base });
            }
            Err(error) => unreadable.push((name, Skipped { reason: error.in_file(&file), file })),
        }
    }
    logs.sort_by_key(|log| log.header.sequence);
    // A copy of a log is as good as the log.
    logs.dedup_by_key(|log| (log.header.sequence, log.header.id));
    for pair in logs.windows(2) {
        if pair[0].header.sequence == pair[1].header.sequence {
            let what = format!(
                "the log {} has the same number, and is another; move the wrong one elsewhere",
                pair[0].name
            );
            return Err(Error::new(ErrorKind::Damaged, what).in_file(&folder.join(&pair[1].name)));
        }
    }
    for (name, skipped) in unreadable {
        // The name says the number where the header does not.
        let number: Option<u64> = name.split('-').next().and_then(|digits| digits.parse().ok());
        if logs.last().is_none_or(|last| number.is_none_or(|number| number >= last.header.sequence)) {
            return Err(skipped.reason);
        }
        recovered.skipped.push(skipped);
    }
    Ok(logs)
}

/// Finds the state that the newest log ends with.
fn recover<T: Table>(
    store: &Store<T>,
    disk: &dyn Disk,
    folder: &Path,
    options: &Options,
    logs: &[Found],
    recovered: &mut Recovered,
) -> Result<(T, u64)> {
    let mut first_error = None;
    for start in (0..logs.len()).rev() {
        let mut attempt = Recovered { updates: 0, torn: None, skipped: Vec::new(), unsaved: None };
        match replay_from(store, disk, folder, options, &logs[start..], &mut attempt) {
            Ok(state) => {
                (recovered.updates, recovered.torn) = (attempt.updates, attempt.torn);
                return Ok(state);
            }
            Err(error) => {
                let file = folder.join(&logs[start].name);
                recovered.skipped.push(Skipped { reason: error.clone().in_file(&file), file });
                first_error.get_or_insert(error);
            }
        }
    }
    Err(first_error.expect("there is a log"))
}

/// Loads what the first log stands on, and replays all logs.
fn replay_from<T: Table>(
    store: &Store<T>,
    disk: &dyn Disk,
    folder: &Path,
    options: &Options,
    logs: &[Found],
    recovered: &mut Recovered,
) -> Result<(T, u64)> {
    let (id, hash) = logs[0].base;
    let in_log = |error: Error| error.in_file(&folder.join(&logs[0].name));
    if store.hash_of(id).map_err(in_log)? != hash {
        let what =
            format!("it stands on {id}, and there is another file with that id; put the right one back");
        return Err(in_log(Error::new(ErrorKind::Parent, what)));
    }
    let mut value = store.load_base(id)?;
    let mut number = logs[0].header.version;
    for (at, log) in logs.iter().enumerate() {
        let file = folder.join(&log.name);
        let until = logs.get(at + 1).map(|next| next.header.version);
        replay(disk, folder, options, log, until, &mut value, &mut number, recovered)
            .map_err(|error| error.in_file(&file))?;
    }
    Ok((value, number))
}

/// Replays a log up to an update, or to its end.
#[expect(clippy::too_many_arguments, reason = "they are what a recovery has")]
fn replay<T: Table>(
    disk: &dyn Disk,
    folder: &Path,
    options: &Options,
    log: &Found,
    until: Option<u64>,
    value: &mut T,
    number: &mut u64,
    recovered: &mut Recovered,
) -> Result<()> {
    let gap = |from: u64, to: u64| {
        let what = format!(
            "after update {from} it goes on behind update {to}; a log is missing, or the file was changed"
        );
        Err(Error::new(ErrorKind::Damaged, what))
    };
    let mut reader = LogReader::open(disk, &log.name, options)?;
    if *reader.header() != log.header {
        return Err(Error::new(ErrorKind::Damaged, "the log changes while it is read; open the table again"));
    }
    while until.is_none_or(|until| *number < until) {
        match reader.next(disk, folder)? {
            Ok(group) => {
                if number.checked_add(1) != Some(group.first)
                    || until.is_some_and(|until| group.last() > until)
                {
                    return gap(*number, group.first.saturating_sub(1));
                }
                *number = group.last();
                recovered.updates += group.updates.len() as u64;
                for update in group.updates {
                    apply(value, update, &log.header, options.max_record)?;
                }
            }
            Err(torn) => {
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
        _ => Ok(()),
    }
}

/// In milliseconds since 1970; 0 before that.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
