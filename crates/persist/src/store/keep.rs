//! Which files stay.

use super::Store;
use super::index::File;
use super::info::Saved;
use super::inner::{Inner, Last};
use super::save::saved;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Id, Kind, Shape};
use crate::table::Table;
use crate::waste::Waste;
use std::collections::HashSet;
use std::io;
use std::sync::Arc;

/// What [`Store::compact`](crate::Store::compact) has done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Compacted {
    /// The new full file; `None` if the newest state was one already.
    pub saved: Option<Saved>,
    /// How many files were removed.
    pub removed: usize,
    /// How many bytes these had.
    pub freed: u64,
}

/// The schema and the collection.
type What = (u32, Shape);

fn what(file: &File) -> What {
    (file.header.schema, file.header.shape)
}

impl<T: Table> Store<T> {
    /// Removes a file.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = Store::open(&folder, Options::new())?;
    /// let id = store.save(&CowSet::from([1]).snapshot())?.id;
    /// store.remove(id)?;
    /// assert!(store.load()?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InUse`](ErrorKind::InUse) if another one stands on it, it has a tag, or a thread reads it at the moment. Where it is not known what a
    /// tag needs, why a header cannot be read.
    pub fn remove(&self, id: Id) -> Result<()> {
        self.inner.remove(id)
    }

    /// Makes the newest state one full file, and removes what [`keep`](crate::Options::keep) does not ask for.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Kind, Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new().keep(1))?;
    /// let set: CowSet<u32> = (0..1000).collect();
    /// store.save(&set.snapshot())?;
    /// set.insert(1000);
    /// assert_eq!(store.save(&set.snapshot())?.kind, Kind::Delta);
    /// let compacted = store.compact()?;
    /// assert_eq!((store.list().len(), compacted.removed), (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) and [`save`](Self::save). It refuses where the newest file cannot be loaded.
    pub fn compact(&self) -> Result<Compacted> {
        self.inner.compact()
    }

    /// Removes the generations that are too old, when what is to stay was read.
    pub(crate) fn remove_old_files(&self) -> Result<(usize, u64)> {
        self.inner.make_room()
    }

    pub(crate) fn sync_folder(&self) -> Result<()> {
        self.inner.sync_folder()
    }
}

impl<T: Table> Inner<T> {
    /// Removes the generations that are too old, but for what is tagged and what that stands on. What is read at the moment goes the
    /// next time: to wait for a reader would be to wait for ever where a destructor of its saves.
    pub(super) fn remove_old(&self) -> Result<(usize, u64)> {
        let old = self.readable_old()?;
        let (mut removed, mut freed) = (0, 0);
        for file in &old {
            // What stood on it is gone for certain. A delta without the file that it stands on would be in everybody's way.
            self.sync_folder()?;
            if self.remove_file(file)? {
                (removed, freed) = (removed + 1, freed + file.bytes);
            }
        }
        Ok((removed, freed))
    }

    /// Why nothing that is old can be removed, if that is so.
    pub(super) fn left_over(&self) -> Option<Error> {
        self.old().err()
    }

    /// Removes the same where no new file was written. What is to stay is read first: one that is damaged is none to rely on.
    pub(super) fn make_room(&self) -> Result<(usize, u64)> {
        let mut full: Vec<(Id, What)> = {
            let index = self.index();
            let full = index.files().iter().rev().filter(|file| file.header.kind == Kind::Full);
            full.map(|file| (file.header.id, what(file))).collect()
        };
        // Copies of a file are one generation.
        full.dedup_by_key(|(id, _)| *id);
        let (mut good, mut newest) = (0, None);
        for (id, what) in full {
            if good == self.options.keep {
                break;
            }
            if newest.is_some_and(|newest| newest != what) {
                continue;
            }
            if self.verify(id).is_ok() {
                (good, newest) = (good + 1, Some(what));
            } else {
                self.index().bad.insert(id);
            }
        }
        self.remove_old()
    }

    /// What is old and of the key of this store: whoever has another one may need the rest.
    fn readable_old(&self) -> Result<Vec<Arc<File>>> {
        loop {
            let old = self.old()?;
            // The header says whether there is a key, and not which.
            let other = old.iter().find(|file| file.header.cipher != 0 && self.fits_key(file).is_err());
            let Some(other) = other else { return Ok(old) };
            self.index().bad.insert(other.header.id);
        }
    }

    /// What is neither of a generation that is kept, nor tagged, nor needed by what is. What cannot be read is never old.
    fn old(&self) -> Result<Vec<Arc<File>>> {
        let index = self.index();
        if let Some(error) = &index.tags.broken {
            return Err(error.clone().in_file(&self.path("tags")));
        }
        if let Some(error) = index.unreadable_log.as_ref().or_else(|| index.unknown_need()) {
            return Err(error.clone());
        }
        // What this store could load, and has not failed to load.
        let loads = |file: &File| {
            let header = &file.header;
            (T::ANY_SCHEMA || header.schema == self.options.schema)
                && header.cipher == self.options.sealing.number()
                && T::accepts(header.shape)
                && !index.bad.contains(&header.id)
        };
        let full = || index.files().iter().rev().filter(|file| file.header.kind == Kind::Full);
        // Where any file can be loaded the newest says what the rest is to be like: another program may need what is not.
        let newest = full().find(|file| loads(file)).map(|file| what(file));
        let is_good = |file: &File| loads(file) && newest == Some(what(file));
        let generations = full().filter(|file| is_good(file));
        let mut generations: Vec<Id> = generations.map(|file| file.header.id).collect();
        // Copies of a file are one generation.
        generations.dedup();
        generations.truncate(self.options.keep);
        let mut needed = HashSet::new();
        let mut old = Vec::new();
        for file in index.files() {
            let chain = index.chain(file).ok();
            let is_old = |chain: &Vec<&Arc<File>>| {
                chain.iter().all(|file| is_good(file)) && !generations.contains(&chain[0].header.id)
            };
            if chain.as_ref().is_some_and(is_old)
                && !index.tags.is_tagged(file.header.id)
                && !index.logged.contains(&file.header.id)
            {
                old.push(Arc::clone(file));
            } else {
                needed.extend(chain.into_iter().flatten().map(|file| file.header.id));
                needed.extend(file.header.parent.map(|(parent, _)| parent));
            }
        }
        old.retain(|file| !needed.contains(&file.header.id));
        // The newest first: nothing stands on what goes.
        old.reverse();
        Ok(old)
    }

    /// Removes a file, unless somebody reads it: then it returns `false`.
    fn remove_file(&self, file: &Arc<File>) -> Result<bool> {
        {
            let mut index = self.index();
            if index.is_being_read(&file.name) {
                return Ok(false);
            }
            // From here on nobody begins to read it.
            index.take_out(file);
        }
        match self.disk.remove(&file.name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.index().add(Arc::clone(file));
                Err(Error::io("the file cannot be removed", error).in_file(&self.path(&file.name)))
            }
            _ => Ok(true),
        }
    }

    pub(super) fn sync_folder(&self) -> Result<()> {
        self.disk
            .sync_folder()
            .map_err(|error| Error::io("the folder cannot be synced", error).in_file(&self.folder))
    }

    /// Removes one file.
    pub(super) fn remove(&self, id: Id) -> Result<()> {
        self.writable()?;
        let mut waste = Waste::new();
        let mut writer = self.writer();
        let files: Vec<Arc<File>> = {
            let index = self.index();
            let file = index.find(id).map_err(|error| error.in_file(&self.folder))?;
            let in_use =
                |what: String| Err(Error::new(ErrorKind::InUse, what).in_file(&self.path(&file.name)));
            if let Some(child) = index.children(id).next() {
                return in_use(format!("{} stands on it; remove that first", child.header.id));
            }
            if index.logged.contains(&id) {
                return in_use(
                    "the log of a durable table stands on it; open that, and it writes a new one".to_owned(),
                );
            }
            if let Some(error) = &index.tags.broken {
                return Err(error.clone().in_file(&self.path("tags")));
            }
            if let Some(tag) = index.tags.of(id).first() {
                return in_use(format!("it has the tag {tag:?}; take that away first"));
            }
            if let Some(error) = index.unknown_need() {
                // It may be what a tag needs.
                return Err(error.clone());
            }
            index.of_id(id).to_vec()
        };
        // The next save must not stand on it.
        if writer.last.as_ref().is_some_and(|last| last.id == id) {
            writer.replace(None, &mut waste);
        }
        for file in &files {
            if !self.remove_file(file)? {
                let what = "a thread reads it at the moment; try again when that is done";
                return Err(Error::new(ErrorKind::InUse, what).in_file(&self.path(&file.name)));
            }
        }
        self.sync_folder()
    }

    /// Makes the newest state one full file.
    pub(super) fn compact(&self) -> Result<Compacted> {
        self.writable()?;
        let mut waste = Waste::new();
        let mut writer = self.writer();
        if writer.last.is_none() {
            // Loaded in no turn, since the user's code runs in it.
            drop(writer);
            let loaded = self.load()?;
            waste.value(loaded.map(|loaded| loaded.value));
            writer = self.writer();
        }
        let Some(last) = &mut writer.last else { return Ok(Compacted::default()) };
        if let Some(skipped) = last.skipped.take() {
            // A new file would be newer than these, and whoever mends them would find them ignored.
            writer.replace(None, &mut waste);
            return Err(skipped.reason.in_file(&skipped.file));
        }
        let mut compacted = None;
        if let Some(held) = last.value.as_ref().filter(|_| last.deltas > 0) {
            let (file, records) = self.write_full(held.get(), last.version, None, &mut waste)?;
            *last = Last::full(&file, last.value.take(), last.fingerprint);
            compacted = Some(saved(&file, records));
            self.index().add(file);
        }
        let (removed, freed) = self.remove_old()?;
        Ok(Compacted { saved: compacted, removed, freed })
    }
}
