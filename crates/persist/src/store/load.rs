//! A load: the newest file that verifies, with all that it stands on.

use super::index::{File, Index, LOG, LOOKS, names, sequence_of, time_of};
use super::info::{Info, Loaded, Skipped};
use super::inner::{Held, Inner, Last, unpoisoned};
use super::tags::Tags;
use crate::disk::Input;
use crate::error::{Error, ErrorKind, Result, named};
use crate::format::{FrameReader, Hash, Id, Kind, Records};
use crate::table::Table;
use crate::waste::Waste;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files that are read, which nobody removes meanwhile. No lock is held: the user's code runs, and may call the store.
struct Reading<'a, T> {
    inner: &'a Inner<T>,
    /// The full one first.
    chain: Vec<Arc<File>>,
}

impl<T> Drop for Reading<'_, T> {
    fn drop(&mut self) {
        let being_read = &mut unpoisoned(&self.inner.index).being_read;
        for file in &self.chain {
            if let Some(at) = being_read.iter().position(|name| *name == file.name) {
                being_read.swap_remove(at);
            }
        }
    }
}

/// What a load has found to be damaged, or to stand on what is. It goes by names: a copy of a file may be good.
#[derive(Default)]
struct Damaged {
    files: HashMap<String, (Id, Error)>,
    /// What the disk has failed to read, once.
    failed: HashSet<String>,
}

impl Damaged {
    fn add(&mut self, files: &[Arc<File>], error: &Error) {
        for file in files {
            self.files.entry(file.name.clone()).or_insert_with(|| (file.header.id, error.clone()));
        }
    }

    fn look(&self, file: &File) -> Result<()> {
        self.files.get(&file.name).map_or(Ok(()), |(_, error)| Err(error.clone()))
    }

    fn ids(&self) -> HashSet<Id> {
        self.files.values().map(|(id, _)| *id).collect()
    }
}

impl<T: Table> Inner<T> {
    /// Loads the newest state, from which the chain goes on.
    pub(super) fn load(&self) -> Result<Option<Loaded<T>>> {
        // After all saves that were asked for before.
        let before = self.writer().last.as_ref().map(|last| last.id);
        let newest = || self.load_newest();
        let loaded =
            self.look_anew(newest, |found| found.as_ref().map_or(&[], |(found, _)| &found.skipped))?;
        let Some((loaded, last)) = loaded else { return Ok(None) };
        let mut waste = Waste::new();
        let mut writer = self.writer();
        // If something was saved meanwhile the chain goes on from that.
        if writer.last.as_ref().map(|last| last.id) == before {
            writer.replace(Some(last), &mut waste);
        } else if let Some(held) = last.value {
            held.leave(&mut waste);
        }
        Ok(Some(loaded))
    }

    fn load_newest(&self) -> Result<Option<(Loaded<T>, Last<T>)>> {
        let (files, mut skipped) = {
            let index = self.index();
            if index.is_empty() {
                return Ok(None);
            }
            let unreadable = index.unreadable.iter();
            let unreadable = unreadable.map(|(name, error)| Skipped::new(self.path(name), error.clone()));
            (index.files().to_vec(), unreadable.collect::<Vec<_>>())
        };
        let mut damaged = Damaged::default();
        let unreadable = skipped.len();
        for file in files.iter().rev() {
            match self.read_chain(file, &mut damaged) {
                Ok((value, chain)) => {
                    let fingerprint = value.fingerprint(self.options.max_record)?;
                    for one in &mut skipped[..unreadable] {
                        let name = one.file.file_name().and_then(|name| name.to_str());
                        let named = name.and_then(sequence_of);
                        one.is_older = named.is_some_and(|named| named < file.header.sequence);
                    }
                    // A disk that has failed once may be well again.
                    self.index().bad = damaged.ids();
                    let last = Last {
                        id: file.header.id,
                        hash: file.hash,
                        version: file.header.version,
                        deltas: chain.len() - 1,
                        delta_bytes: chain[1..].iter().map(|delta| delta.bytes).sum(),
                        skipped: skipped.first().cloned(),
                        ..Last::full(&chain[0], value.share().map(Held::Value), fingerprint)
                    };
                    return Ok(Some((loaded(value, file, skipped), last)));
                }
                Err(error) => {
                    let path = self.path(&file.name);
                    let error = error.in_file(&path);
                    damaged.add(&[Arc::clone(file)], &error);
                    skipped.push(Skipped::new(path, error));
                }
            }
        }
        self.index().bad = damaged.ids();
        let mut what = String::from("none of the files can be loaded; nothing was changed");
        let mut told = String::new();
        for Skipped { file, reason, .. } in &skipped {
            // What is wrong with one that many stand on is said once.
            let (reason_of, reason) = (reason.file(), reason.to_string());
            if reason != told {
                let _ = write!(what, "\n  {reason}");
            }
            if let Some(name) = file.file_name().filter(|_| reason_of != Some(file)) {
                let _ = write!(what, "\n    {} stands on that", named(Path::new(name)));
            }
            told = reason;
        }
        Err(Error::new(ErrorKind::NothingLoads, what).in_file(&self.folder))
    }

    /// Loads the state of a file, and leaves the chain alone.
    pub(super) fn load_at(&self, id: Id) -> Result<Loaded<T>> {
        let load = || {
            let file = self.find(id)?;
            let (value, _) = self.read_chain(&file, &mut Damaged::default())?;
            Ok(loaded(value, &file, Vec::new()))
        };
        self.look_anew(load, |_| &[])
    }

    /// Reads all bytes of a file and of those that it stands on, and checks what can be checked without the types.
    pub(super) fn verify(&self, id: Id) -> Result<()> {
        let verify = || {
            let file = self.find(id)?;
            let reading = self.reading(&file)?;
            reading.chain.iter().try_for_each(|file| self.verify_file(file))
        };
        self.look_anew(verify, |()| &[])
    }

    /// Reads all bytes of all files, each of them once, and tells of each.
    pub(super) fn verify_all(&self, mut each: impl FnMut(&Info, Result<()>)) {
        let files = self.index().files().to_vec();
        let mut found: HashMap<(Id, Hash), Result<()>> = HashMap::new();
        for file in &files {
            // It is as good as what it stands on, which is older.
            let below = file.header.parent.map(|parent| found.get(&parent).cloned());
            let below = match below {
                Some(None) => self.reading(file).map(drop),
                Some(Some(result)) => result,
                None => Ok(()),
            };
            let result = below.and_then(|()| {
                let _reading = self.begin(file, |_| Ok(vec![Arc::clone(file)]))?;
                self.verify_file(file)
            });
            if result.is_err() && self.is_gone(file) {
                // Removed since, as it should be.
                continue;
            }
            found.insert(file.named(), result.clone());
            let info = self.index().info(&self.folder, file);
            each(&info, result);
        }
    }

    /// Reads, and again if that has failed or skipped something and files have come or gone meanwhile: by a save here, or by the process that
    /// writes to the folder. What is skipped twice for one reason is skipped for good.
    pub(super) fn look_anew<R>(
        &self,
        read: impl Fn() -> Result<R>,
        skipped: impl Fn(&R) -> &[Skipped],
    ) -> Result<R> {
        let mut before = Vec::new();
        for _ in 1..LOOKS {
            let names = self.seen();
            let result = read();
            if let Ok(found) = &result {
                let skips: Vec<String> =
                    skipped(found).iter().map(|skipped| format!("{skipped:?}")).collect();
                if skips.iter().all(|skip| before.contains(skip)) {
                    return result;
                }
                before = skips;
            }
            let changed = |before: Vec<String>| {
                let (known, now) = (self.known(), self.seen()?);
                let is_new = |name: &String| !name.ends_with(LOG) && !known.contains(name);
                Ok(before != now || known.iter().any(|name| !now.contains(name)) || now.iter().any(is_new))
            };
            match names.and_then(changed) {
                Ok(true) => self.refresh(),
                _ => return result,
            }
        }
        read()
    }

    /// Returns the names of all files that this store knows of.
    fn known(&self) -> Vec<String> {
        let index = self.index();
        let unreadable = index.unreadable.iter().map(|(name, _)| name);
        index.files().iter().map(|file| &file.name).chain(unreadable).cloned().collect()
    }

    /// Returns the names of all files and logs that are there, as far as another process may change that.
    fn seen(&self) -> Result<Vec<String>> {
        if self.only_reads() { names(&*self.disk) } else { Ok(self.known()) }
    }

    /// Finds out what is there by now, where another process writes to the folder.
    fn refresh(&self) {
        if !self.only_reads() {
            return;
        }
        if let Ok(mut fresh) = Index::read(&*self.disk, &self.folder, true) {
            fresh.tags = Tags::read(&*self.disk, &self.options, true);
            let mut index = self.index();
            fresh.being_read = std::mem::take(&mut index.being_read);
            *index = fresh;
        }
    }

    /// Whether a file was removed since it was listed: by this store, or by another process.
    fn is_gone(&self, file: &File) -> bool {
        if self.only_reads() {
            names(&*self.disk).is_ok_and(|names| !names.contains(&file.name))
        } else {
            !self.index().has(file)
        }
    }

    fn find(&self, id: Id) -> Result<Arc<File>> {
        self.index().find(id).cloned().map_err(|error| error.in_file(&self.folder))
    }

    /// Begins to read a file and all that it stands on.
    fn reading(&self, file: &Arc<File>) -> Result<Reading<'_, T>> {
        self.begin(file, |index| Ok(index.chain(file)?.into_iter().cloned().collect()))
    }

    /// Begins to read files, if the last of them is still there.
    fn begin(
        &self,
        file: &File,
        chain: impl FnOnce(&Index) -> Result<Vec<Arc<File>>>,
    ) -> Result<Reading<'_, T>> {
        let mut index = self.index();
        let path = || self.path(&file.name);
        if !index.has(file) {
            let what = "the file was removed meanwhile; list the files";
            return Err(Error::new(ErrorKind::NotFound, what).in_file(&path()));
        }
        let chain = chain(&index).map_err(|error| error.in_file(&path()))?;
        index.being_read.extend(chain.iter().map(|file| file.name.clone()));
        Ok(Reading { inner: self, chain })
    }

    /// Loads the state of a file. What is known to be damaged is not read again, and neither is what stands on it.
    fn read_chain(&self, file: &Arc<File>, damaged: &mut Damaged) -> Result<(T, Vec<Arc<File>>)> {
        damaged.look(file)?;
        let reading = self.reading(file)?;
        reading.chain.iter().try_for_each(|file| damaged.look(file))?;
        let value = self.read(&reading.chain).inspect_err(|error| {
            let is_wrong = |file: &Arc<File>| error.file() == Some(&self.path(&file.name));
            if let Some(at) = reading.chain.iter().position(is_wrong) {
                // A disk that has failed once may be well again.
                if error.kind() != ErrorKind::Io || !damaged.failed.insert(reading.chain[at].name.clone()) {
                    damaged.add(&reading.chain[at..], error);
                }
            }
        })?;
        Ok((value, reading.chain.clone()))
    }

    fn verify_file(&self, file: &File) -> Result<()> {
        self.read_file(file, |records| {
            while records.next()?.is_some() {}
            Ok(())
        })
    }

    /// Reads a full file and the deltas on it.
    fn read(&self, chain: &[Arc<File>]) -> Result<T> {
        let (full, deltas) = chain.split_first().expect("a chain has a full file");
        let shape = full.header.shape;
        if !T::accepts(shape) {
            let what = format!("the file holds a {shape:?}, and the program expects another collection");
            return Err(Error::new(ErrorKind::WrongType, what).in_file(&self.path(&full.name)));
        }
        let mut value = self.read_file(full, |records| T::read(shape, full.header.schema, records))?;
        self.counted(full, &value)?;
        for delta in deltas {
            self.read_file(delta, |records| value.replay(records))?;
            self.counted(delta, &value)?;
        }
        Ok(value)
    }

    fn counted(&self, file: &File, value: &T) -> Result<()> {
        let (entries, expected) = (value.entries(), file.header.entries);
        if entries == expected {
            return Ok(());
        }
        let what = format!(
            "there are {entries} entries, and the file says {expected}; has `Eq`, `Hash` or `Ord` of a type changed?"
        );
        Err(Error::new(ErrorKind::WrongType, what).in_file(&self.path(&file.name)))
    }

    /// Looks whether a file can be read with the key of this store, by the beginning of it.
    pub(super) fn fits_key(&self, file: &File) -> Result<()> {
        let io = |error| Error::io("the file cannot be read", error);
        let begin = || {
            let input = self.disk.open(&file.name).map_err(io)?;
            let mut reader =
                FrameReader::begin(input, file.bytes, &self.options.sealing, self.options.limits())?;
            reader.next(&mut Vec::new()).map(drop)
        };
        begin().map_err(|error| error.in_file(&self.path(&file.name)))
    }

    fn read_file<R>(&self, file: &File, read: impl FnOnce(&mut Records<'_>) -> Result<R>) -> Result<R> {
        self.try_read_file(file, read).map_err(|error| error.in_file(&self.path(&file.name)))
    }

    fn try_read_file<R>(&self, file: &File, read: impl FnOnce(&mut Records<'_>) -> Result<R>) -> Result<R> {
        let io = |error| Error::io("the file cannot be read", error);
        let options = &self.options;
        if file.header.schema != options.schema && !T::ANY_SCHEMA {
            let what = format!(
                "the file has schema {}, and the program has {}; load it with the program that wrote it, or convert it",
                file.header.schema, options.schema
            );
            return Err(Error::new(ErrorKind::Schema, what));
        }
        let length = self.disk.length(&file.name).map_err(io)?;
        let input = self.disk.open(&file.name).map_err(io)?;
        let input = Box::new(Counted { input, read: Arc::clone(&self.read) });
        let mut reader = FrameReader::begin(input, length, &options.sealing, options.limits())?;
        let mut records = Records::new(&mut reader, options.max_record);
        let result = read(&mut records)?;
        // All of it, and the file that was there when the store was opened: that hash is what a delta names.
        if reader.hash() != Some(file.hash) {
            let what = "the file is another than when the store was opened; open it again";
            return Err(Error::new(ErrorKind::Damaged, what));
        }
        Ok(result)
    }
}

fn loaded<T>(value: T, file: &File, skipped: Vec<Skipped>) -> Loaded<T> {
    debug_assert!(matches!(file.header.kind, Kind::Full | Kind::Delta));
    let header = &file.header;
    Loaded { value, id: header.id, version: header.version, time: time_of(header), skipped }
}

/// Counts what is read, for whoever shows how far a load is.
struct Counted {
    input: Box<dyn Input>,
    read: Arc<AtomicU64>,
}

impl Input for Counted {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(offset, buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
