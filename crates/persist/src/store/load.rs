//! A load: the newest file that verifies, with all that it stands on.

use super::index::{File, time_of};
use super::info::{Info, Loaded, Skipped};
use super::inner::{Held, Inner, Last, Writer};
use crate::disk::Input;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FrameReader, Hash, Id, Kind, Records};
use crate::table::Table;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

impl<T: Table> Inner<T> {
    /// Loads the newest state, from which the chain goes on.
    pub(super) fn load(&self, writer: &mut Writer<T>) -> Result<Option<Loaded<T>>> {
        let (files, mut skipped) = {
            let mut index = self.index();
            if index.is_empty() {
                return Ok(None);
            }
            // A disk that has failed once may be well again.
            index.bad.clear();
            let unreadable = index.unreadable.iter();
            let unreadable =
                unreadable.map(|(name, error)| Skipped { file: self.path(name), reason: error.clone() });
            (index.files.clone(), unreadable.collect::<Vec<_>>())
        };
        for file in files.iter().rev() {
            let chain = self.chain(file);
            match chain.and_then(|chain| Ok((self.read(&chain)?, chain))) {
                Ok((value, chain)) => {
                    let fingerprint = value.fingerprint(self.options.max_record)?;
                    writer.replace(Some(Last {
                        value: value.share().map(Held::Value),
                        fingerprint,
                        version: file.header.version,
                        id: file.header.id,
                        hash: file.hash,
                        deltas: chain.len() - 1,
                        full_bytes: chain[0].bytes,
                        delta_bytes: chain[1..].iter().map(|delta| delta.bytes).sum(),
                    }));
                    return Ok(Some(loaded(value, file, skipped)));
                }
                Err(error) => {
                    let mut index = self.index();
                    if !index.bad.contains(&file.header.id) {
                        index.bad.push(file.header.id);
                    }
                    drop(index);
                    let file = self.path(&file.name);
                    skipped.push(Skipped { reason: error.in_file(&file), file });
                }
            }
        }
        let mut what = String::from("none of the files can be loaded; nothing was changed");
        for Skipped { file, reason } in &skipped {
            // The reason may be in another file than the one that was skipped.
            let _ = match reason.file() {
                Some(named) if named == file => write!(what, "\n  {reason}"),
                _ => write!(what, "\n  {}: {reason}", file.display()),
            };
        }
        Err(Error::new(ErrorKind::NothingLoads, what).in_file(&self.folder))
    }

    /// Loads the state of a file, and leaves the chain alone.
    pub(super) fn load_at(&self, id: Id) -> Result<Loaded<T>> {
        let _reading = self.reading.read().unwrap_or_else(PoisonError::into_inner);
        let (file, chain) = self.find(id)?;
        let value = self.read(&chain)?;
        Ok(loaded(value, &file, Vec::new()))
    }

    /// Reads all bytes of a file and of those that it stands on, and checks what can be checked without the types.
    pub(super) fn verify(&self, id: Id) -> Result<()> {
        let _reading = self.reading.read().unwrap_or_else(PoisonError::into_inner);
        let (_, chain) = self.find(id)?;
        for file in &chain {
            self.read_file(file, |records| {
                while records.next()?.is_some() {}
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Reads all bytes of all files, each of them once, and tells of each.
    pub(super) fn verify_all(&self, mut each: impl FnMut(&Info, Result<()>)) {
        let files = self.index().files.clone();
        let mut damaged: HashMap<(Id, Hash), Error> = HashMap::new();
        for file in &files {
            let reading = self.reading.read().unwrap_or_else(PoisonError::into_inner);
            if !self.index().files.iter().any(|other| other.name == file.name) {
                // Removed since, as it should be.
                continue;
            }
            let result = self.chain(file).and_then(|chain| {
                // It is as good as what it stands on.
                let below = chain[..chain.len() - 1]
                    .iter()
                    .find_map(|file| damaged.get(&(file.header.id, file.hash)));
                if let Some(error) = below {
                    return Err(error.clone());
                }
                self.read_file(file, |records| {
                    while records.next()?.is_some() {}
                    Ok(())
                })
            });
            if let Err(error) = &result {
                damaged.insert((file.header.id, file.hash), error.clone());
            }
            let info = self.index().info(&self.folder, file);
            // It may save, and so remove files.
            drop(reading);
            each(&info, result);
        }
    }

    fn find(&self, id: Id) -> Result<(File, Vec<File>)> {
        let file = self.index().find(id).map_err(|error| error.in_file(&self.folder))?.clone();
        let chain = self.chain(&file)?;
        Ok((file, chain))
    }

    fn chain(&self, file: &File) -> Result<Vec<File>> {
        let index = self.index();
        let chain = index.chain(file).map_err(|error| error.in_file(&self.path(&file.name)))?;
        Ok(chain.into_iter().cloned().collect())
    }

    /// Reads a full file and the deltas on it.
    fn read(&self, chain: &[File]) -> Result<T> {
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
