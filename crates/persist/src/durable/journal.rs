//! The state on disk: a file of the store, and the log that stands on it.
//!
//! A log names its base by id and hash, as a delta names its parent, and says how many updates the base has. There is one way to
//! begin a log, whether the old one is too long, was given up, or is of another process: [`Journal::fold`] saves what is confirmed, and begins a log
//! on that. Memory is what it saves, so nothing is read back from a disk that has failed. An open does so too, for what it has read may not be on disk. That log
//! gets the number behind the last one with writes, and no write: so it hides no log that was elsewhere at the open, and is passed over when that is back. A
//! fold before the first write begins such a log, too.
//!
//! Which logs stay is in `keep.rs`.

use super::Recovered;
use super::commit::{Confirm, Waste};
use super::keep::{self, Place, Stands};
use super::log::{LogWriter, NotBegun, TEMPORARY};
use super::recover::{Found, recover};
use crate::disk::Disk;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Group, Hash, Header, Id, Kind, Known, Payload, Sink, random};
use crate::options::Options;
use crate::store::{Store, name_of, now, number_of_next};
use crate::table::Table;
use crate::waste::Decoded;
use readmostly::{CowCell, Snapshot};
use std::collections::HashSet;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

pub(super) struct Journal<T: Table> {
    store: Store<T>,
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: Options,
    /// Held by whoever begins a log, with what the store has saved last. Taken before the log.
    ///
    /// The store lets go of that in a save, where a destructor must not run: it may write to the table. So it is held here too.
    folding: Mutex<Option<Saved<T>>>,
    /// The thread that holds it.
    folds: Mutex<Option<ThreadId>>,
    /// Held while a group is written. Nobody has the user's code run under it, but for the closure of a key.
    log: Mutex<Log<T>>,
    /// Whether the log is longer than it should be.
    long: AtomicBool,
    /// Why old files are still there.
    left_over: Mutex<Option<Error>>,
    /// Why an old log is.
    stays: Mutex<Option<Error>>,
}

enum Saved<T> {
    Value(T),
    Snapshot(Snapshot<T>),
}

struct Log<T> {
    /// None: there is none yet but of an open, or it was given up.
    writer: Option<LogWriter>,
    /// How many bytes it may have before it is folded.
    most: u64,
    confirmed: Arc<T>,
    number: u64,
    /// The log with the last write.
    last: Id,
    /// What was confirmed since a fold has begun.
    recorded: Option<Vec<Group>>,
    /// Whether a write has begun a log since the open.
    is_written: bool,
    /// Of all logs of this table; 0 where none says it. An open says none then, for the logs may be elsewhere.
    table: u32,
    /// Of the next log.
    sequence: u64,
    /// The logs in the folder, the oldest first.
    files: Vec<Stands>,
    /// How many were needed when a fold wanted to save in full, and the disk had no room for that.
    no_room: Option<usize>,
}

/// The number and the time of a log, and the number that the next one has at least.
///
/// That of a log for a write is at least its time. That of a log of an open is smaller, which tells it from others. It has no write, and the next log may have its
/// number again: so one that was elsewhere meanwhile, and has writes, counts when it is put back.
fn numbers(for_a_write: bool, next: u64) -> (u64, u64, u64) {
    let now = now();
    if for_a_write {
        let number = number_of_next(next);
        // A number is not used again: the log that has it may turn up after a crash.
        (number, now.min(number), number + 1)
    } else {
        (next, now.max(next.saturating_add(1)), next)
    }
}

/// What a log begins with.
struct Begin<T> {
    value: Arc<T>,
    /// How many writes have made it.
    number: u64,
    /// The log with the last of them.
    follows: Id,
}

/// What differs between two tables, as records; `None` if nothing does. Each value is read again,
/// into `decoded`, which is to be dropped when no lock is held.
pub(super) fn encode<T: Table>(
    base: &T,
    draft: &T,
    max_record: usize,
    known: &mut Known,
    decoded: &mut Decoded,
) -> Result<Option<Payload>> {
    let mut sink = Sink::memory(max_record).reading_each_again(known, decoded);
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
        for name in disk.list().map_err(io)?.iter().filter(|name| name.ends_with(TEMPORARY)) {
            // One that stays is in nobody's way.
            let _ = disk.remove(name);
        }
        let mut recovered = Recovered::default();
        let (value, number, last, logs, places) = if let Some(logged) = recover(&store, &mut recovered)? {
            let places = keep::places(&store, &logged.logs, logged.base, &logged.unread, &recovered.skipped);
            (logged.value, logged.number, logged.last, logged.logs, places)
        } else {
            let loaded = store.load()?;
            let skipped = loaded.as_ref().map(|loaded| loaded.skipped.clone()).unwrap_or_default();
            if let Some(newer) = skipped.iter().find(|skipped| !skipped.is_older) {
                // The next write would bury it, and nobody would hear of it any more.
                return Err(newer.reason.clone().in_file(&newer.file));
            }
            recovered.skipped.extend(skipped);
            (loaded.map_or_else(initial, |loaded| loaded.value), 0, Id::NONE, Vec::new(), Vec::new())
        };
        let stands = |(log, place): (Found, Place)| Stands {
            name: log.name,
            on: log.base.0,
            behind: log.header.version,
            place,
        };
        // That of an open is not counted: one that was elsewhere may have its number.
        let sequence = logs.last().map_or(0, |log| log.header.sequence + u64::from(!log.is_of_an_open));
        let table = logs.iter().map(|log| log.header.table).max().unwrap_or(0);
        let files = logs.into_iter().zip(places).map(stands).collect();
        let saved = value.has_changes().then(|| Saved::Value(value.clone()));
        let most = options.log_size;
        let log = Log {
            writer: None,
            most,
            confirmed: Arc::new(value),
            number,
            last,
            recorded: None,
            is_written: false,
            table,
            sequence,
            files,
            no_room: None,
        };
        let journal = Self {
            left_over: Mutex::new(store.left_over()),
            store,
            disk,
            folder: folder.to_path_buf(),
            options,
            folding: Mutex::new(saved),
            folds: Mutex::default(),
            log: Mutex::new(log),
            long: AtomicBool::new(false),
            stays: Mutex::default(),
        };
        if recovered.updates > 0 {
            // What was read may be in the memory of the system alone: of a write that was not confirmed when the process ended.
            recovered.unsaved = journal.fold_of_an_open().err();
        }
        recovered.left_over = journal.left_over();
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

    /// Says no in the child of a fork: the log is its parent's.
    pub(super) fn writable(&self) -> Result<()> {
        self.store.writable()
    }

    /// Whether the log should be folded.
    pub(super) fn is_long(&self) -> bool {
        self.long.load(Ordering::Relaxed)
    }

    /// Why old files are still there, if they could not be removed.
    pub(super) fn left_over(&self) -> Option<Error> {
        let why = |stays: &Mutex<Option<Error>>| stays.lock().unwrap_or_else(PoisonError::into_inner).clone();
        why(&self.left_over).or_else(|| why(&self.stays))
    }

    fn leaves_over(&self, why: Option<Error>) {
        *self.left_over.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Whether this thread folds.
    pub(super) fn folds_here(&self) -> bool {
        *self.folds.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
    }

    /// Saves what was read.
    fn fold_of_an_open(&self) -> Result<()> {
        let mut written = Vec::new();
        let folded = self.fold_for(&mut Waste::new(), false, &mut written);
        if folded.is_err() {
            // Or each open that fails leaves one. If a log stands on it, it stays.
            for id in written {
                let _ = self.store.remove(id);
            }
        }
        folded
    }

    /// Saves what is confirmed, and begins a log on that. Writes go on while it saves, but for the first one since the open.
    ///
    /// Before any write it is a fold of an open: it hides no log that is elsewhere, and has all files stay, unless the disk is full.
    pub(super) fn fold(&self, waste: &mut Waste<T>) -> Result<()> {
        self.fold_for(waste, false, &mut Vec::new())
    }

    /// Adds the files that it saves to `written`.
    fn fold_for(&self, waste: &mut Waste<T>, a_write: bool, written: &mut Vec<Id>) -> Result<()> {
        let folded = self.fold_once(waste, a_write, true, written);
        if folded.as_ref().is_err_and(Error::is_disk_full) && self.makes_room() {
            return self.fold_once(waste, a_write, false, written);
        }
        folded
    }

    /// Whether there is room now where the disk was full. Where nothing was to be saved, it is the log that finds that.
    fn makes_room(&self) -> bool {
        let _folding = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        let _folds = Folds::begin(&self.folds);
        self.store.makes_room()
    }

    /// Saves once, and begins a log for a write, or for all writes since the open if there are any. Else all files stay if `all_stay`.
    fn fold_once(
        &self,
        waste: &mut Waste<T>,
        a_write: bool,
        all_stay: bool,
        written: &mut Vec<Id>,
    ) -> Result<()> {
        let mut folding = self.folding.lock().unwrap_or_else(PoisonError::into_inner);
        let _folds = Folds::begin(&self.folds);
        let for_a_write = a_write || self.log().is_written;
        let _kept = (all_stay && !for_a_write).then(|| Kept::all(self));
        let last_full = self.store.last_full();
        let (begin, in_full) = {
            let mut log = self.log();
            // Whatever comes of it, it is not tried again before the log has grown as much once more.
            let length = log.writer.as_ref().map_or(0, LogWriter::written);
            log.most = length.saturating_add(self.options.log_size);
            self.long.store(false, Ordering::Relaxed);
            log.recorded = Some(Vec::new());
            let begin = Begin { value: Arc::clone(&log.confirmed), number: log.number, follows: log.last };
            (begin, keep::wants_full(&self.store, &log.files, last_full, log.no_room))
        };
        let value = &begin.value;
        waste.shared(Arc::clone(value));
        let recording = Recording(self);
        let snapshot = CowCell::new((**value).clone()).snapshot();
        waste.snapshot(snapshot.clone());
        let saved = match self.store.save_as(&snapshot, begin.number, in_full.is_some(), waste) {
            // A delta will do. More logs stay until there is room.
            Err(error) if in_full.is_some() && error.is_disk_full() => {
                self.log().no_room = in_full;
                self.store.save_as(&snapshot, begin.number, false, waste)?
            }
            saved => saved?,
        };
        written.extend(saved.written.then_some(saved.id));
        if saved.written && saved.kind == Kind::Full {
            self.log().no_room = None;
            self.leaves_over(saved.left_over);
        }
        if value.has_changes() {
            match folding.replace(Saved::Snapshot(snapshot)) {
                Some(Saved::Value(value)) => waste.value(Some(value)),
                Some(Saved::Snapshot(snapshot)) => waste.snapshot(snapshot),
                None => {}
            }
        }
        let base = (saved.id, self.store.hash_of(saved.id)?);
        let new_log = {
            let mut log = self.log();
            let groups = log.recorded.take().unwrap_or_default();
            mem::forget(recording);
            self.begin(&mut log, for_a_write, &begin, base, &groups)
        };
        // The log's lock is free, so writes go on, unless this fold is for one.
        self.remove_old_logs(new_log.is_ok());
        new_log?;
        if for_a_write {
            // An open has removed nothing, and what the logs of before stood on may go now.
            self.leaves_over(self.store.remove_old());
        }
        Ok(())
    }

    fn begin(
        &self,
        log: &mut Log<T>,
        for_a_write: bool,
        begin: &Begin<T>,
        base: (Id, Hash),
        groups: &[Group],
    ) -> Result<()> {
        self.store.in_place()?;
        // Without a log a write waits until this fold has ended.
        debug_assert!(for_a_write || groups.is_empty(), "nothing is written before a write begins a log");
        let Begin { value, number: behind, follows } = begin;
        let (on, behind) = (base.0, *behind);
        let table = match log.table {
            0 if for_a_write => u32::from_le_bytes(random()?).max(1),
            table => table,
        };
        let (sequence, time, next) = numbers(for_a_write, log.sequence);
        let header = Header {
            kind: Kind::Log,
            shape: value.shape(),
            codec: 0,
            cipher: 0,
            schema: value.schema().unwrap_or(self.options.schema),
            table,
            time,
            sequence,
            version: behind,
            entries: value.entries(),
            id: Id::random()?,
            parent: Some(base),
            nonce: [0; 24],
        };
        let name = name_of(&header);
        let writer = match LogWriter::begin(&*self.disk, header, *follows, &self.options, groups) {
            Ok(writer) => writer,
            Err(NotBegun { error, may_be_there }) => {
                if may_be_there {
                    // The old one must not go on: after a crash the new one may count, which lacks what comes now.
                    log.writer = None;
                    (log.table, log.sequence, log.is_written) = (table, next, log.is_written | for_a_write);
                    // And it needs its base.
                    log.files.push(Stands { name, on, behind, place: Place::MayBeGone });
                    self.keep_bases(log);
                }
                return Err(error.in_file(&self.folder));
            }
        };
        // One that begins at the same update has no write that this one lacks. If it stands on another file, no log will follow it.
        let same_begin = log.files.iter_mut().filter(|other| other.behind == behind && other.on != on);
        same_begin.filter(|other| other.is_followed()).for_each(|other| other.place = Place::Aside);
        let place = if for_a_write { Place::Line } else { Place::Aside };
        log.files.push(Stands { name: writer.name.clone(), on, behind, place });
        if !groups.is_empty() {
            log.last = writer.id;
        }
        (log.table, log.sequence, log.is_written) = (table, next, log.is_written | for_a_write);
        // Behind one of an open the first write begins another, which is newer than all.
        log.writer = for_a_write.then_some(writer);
        log.most = self.options.log_size;
        self.keep_bases(log);
        Ok(())
    }

    /// Removes the logs that are not needed. The caller holds `folding`, so nobody else adds or removes one. The newest log may not be there.
    fn remove_old_logs(&self, is_there: bool) {
        if let Some(error) = is_there.then(|| self.check()).and_then(Result::err) {
            *self.stays.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return;
        }
        let names = keep::old_logs(&self.store, &self.log().files, is_there);
        let mut stays = None;
        let goes = |name: &String| match self.store.in_place().map(|()| self.disk.remove(name)) {
            Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                // It does no harm, and the next fold tries again.
                let error = Error::io("the log cannot be removed", error).in_file(&self.folder.join(name));
                stays.get_or_insert(error);
                false
            }
            Ok(_) => true,
            // The next log is refused, and says why.
            Err(_) => false,
        };
        let gone: HashSet<String> = names.into_iter().filter(goes).collect();
        if !gone.is_empty() {
            let mut log = self.log();
            log.files.retain(|log| !gone.contains(&log.name));
            self.keep_bases(&log);
        }
        *self.stays.lock().unwrap_or_else(PoisonError::into_inner) = stays;
    }

    /// Reads what makes up for the newest file, before logs go for it, where this process has neither loaded nor saved that: the process before may have found it
    /// damaged. An error says why it cannot be read at the moment. Most opens have nothing to read; one behind an open that has saved in full, and no write, has.
    fn check(&self) -> Result<()> {
        loop {
            let Some(on) = keep::to_be_checked(&self.store, &self.log().files) else { return Ok(()) };
            let full = self.store.full_below(on);
            let place = match self.store.verify(on) {
                Ok(()) => Place::Line,
                Err(error) if error.kind() == ErrorKind::Io && !error.is_missing() => return Err(error),
                Err(_) => Place::Unread,
            };
            let unchecked = |log: &&mut Stands| log.place == Place::Unchecked;
            let mut log = self.log();
            let same =
                log.files.iter_mut().filter(unchecked).filter(|log| self.store.full_below(log.on) == full);
            same.for_each(|log| log.place = place);
        }
    }

    fn keep_bases(&self, log: &Log<T>) {
        self.store.logs_stand_on(log.files.iter().map(|log| log.on).collect());
    }
}

/// Has all files of the store stay, also where a save fails. Nobody else folds meanwhile.
struct Kept<'a, T: Table + Clone>(&'a Journal<T>);

impl<'a, T: Table + Clone> Kept<'a, T> {
    fn all(journal: &'a Journal<T>) -> Self {
        journal.store.all_stay(true);
        Self(journal)
    }
}

impl<T: Table + Clone> Drop for Kept<'_, T> {
    fn drop(&mut self) {
        self.0.store.all_stay(false);
        // Files that are old count from here on.
        self.0.leaves_over(self.0.store.left_over());
    }
}

/// Says which thread folds, also where `Serialize` panics.
struct Folds<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> Folds<'a> {
    fn begin(thread: &'a Mutex<Option<ThreadId>>) -> Self {
        let folds = Self(thread);
        folds.set(Some(thread::current().id()));
        folds
    }

    fn set(&self, thread: Option<ThreadId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = thread;
    }
}

impl Drop for Folds<'_> {
    fn drop(&mut self) {
        self.set(None);
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
        let mut is_new = false;
        loop {
            let mut guard = self.log();
            let log = &mut *guard;
            // A new one is not looked at again: a file system that gives other numbers each time would have it begin logs for ever.
            let there = log.writer.as_mut().filter(|writer| is_new || writer.is_there(&*self.disk));
            let Some(writer) = there else {
                log.writer = None;
                drop(guard);
                self.fold_for(waste, true, &mut Vec::new())?;
                is_new = true;
                continue;
            };
            if let Err(error) = writer.append(group) {
                let file = self.folder.join(&writer.name);
                // What of it is on disk is not known, and a later sync would not say.
                log.writer = None;
                return Err(error.in_file(&file));
            }
            if writer.written() > log.most {
                self.long.store(true, Ordering::Relaxed);
            }
            if let Some(recorded) = &mut log.recorded {
                recorded.push(group.clone());
            }
            (log.number, log.last) = (group.last(), writer.id);
            waste.shared(mem::replace(&mut log.confirmed, Arc::clone(after)));
            return Ok(());
        }
    }
}
