//! Which files stay.

use super::Store;
use super::index::{File, look, look_at_log};
use super::info::Saved;
use super::inner::{Inner, Last};
use super::save::saved;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Id, Kind, Shape};
use crate::table::Table;
use crate::waste::Waste;
use std::collections::{HashMap, HashSet};
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
    /// [`InUse`](ErrorKind::InUse) if another one stands on it, it has a tag, or a thread reads it at the moment. Where the header of a file cannot
    /// be read that may stand on it, why: move that file elsewhere.
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
        self.inner.prune()
    }

    pub(crate) fn sync_folder(&self) -> Result<()> {
        self.inner.sync_folder()
    }

    /// Removes what is older than what stays, where no save does. Returns why something is left over.
    pub(crate) fn remove_old(&self) -> Option<Error> {
        let _one_at_a_time = self.inner.writer();
        self.inner.remove_old().err()
    }

    /// Removes what is older than what stays, where the disk is full. Returns whether that was anything.
    pub(crate) fn makes_room(&self) -> bool {
        let _one_at_a_time = self.inner.writer();
        self.inner.makes_room()
    }
}

impl<T: Table> Inner<T> {
    /// Removes the generations that are too old, but for what is tagged and what that stands on. What is read at the moment goes the
    /// next time: to wait for a reader would be to wait for ever where a destructor of its saves.
    pub(super) fn remove_old(&self) -> Result<(usize, u64)> {
        let old = self.readable_old()?;
        let (mut removed, mut freed) = (0, 0);
        // What a file stands on that stays after all. Its reader may end at any moment, and this must not go before it.
        let mut needed = HashSet::new();
        for file in &old {
            let goes = !needed.contains(&file.header.id) && {
                // What stood on it is gone for certain. A delta without the file that it stands on would be in everybody's way.
                self.sync_folder()?;
                self.remove_file(file)?
            };
            if goes {
                (removed, freed) = (removed + 1, freed + file.bytes);
            } else {
                needed.extend(file.header.parent.map(|(parent, _)| parent));
            }
        }
        Ok((removed, freed))
    }

    /// Why nothing that is old can be removed, if that is so.
    pub(super) fn left_over(&self) -> Option<Error> {
        self.old().err()
    }

    /// Whether there is room now where the disk was full.
    pub(super) fn makes_room(&self) -> bool {
        self.make_room().is_ok_and(|(removed, _)| removed > 0)
    }

    /// Removes the same where no new file was written.
    pub(super) fn make_room(&self) -> Result<(usize, u64)> {
        // Where the disk stays full, no save reads what it cannot help.
        if self.old()?.is_empty() { Ok((0, 0)) } else { self.prune() }
    }

    /// What is to stay is read first: a file that is damaged is none to rely on. Where none is good it says why.
    fn prune(&self) -> Result<(usize, u64)> {
        let mut full: Vec<(Id, What)> = {
            let index = self.index();
            let full = index.files().iter().rev().filter(|file| file.header.kind == Kind::Full);
            full.map(|file| (file.header.id, what(file))).collect()
        };
        // Copies of a file are one generation.
        full.dedup_by_key(|(id, _)| *id);
        let (mut good, mut newest, mut first_error) = (0, None, None);
        for (id, what) in full {
            if good == self.options.keep {
                break;
            }
            if newest.is_some_and(|newest| newest != what) {
                continue;
            }
            match self.verify(id) {
                Ok(()) => (good, newest) = (good + 1, Some(what)),
                Err(error) => {
                    first_error.get_or_insert_with(|| error.clone());
                    self.is_bad(id, error)?;
                }
            }
        }
        first_error.filter(|_| good == 0).map_or_else(|| self.remove_old(), Err)
    }

    /// Takes note of a file that is damaged, of another key, or gone. Where the system has refused to read it, that is not known: the next try
    /// may find it good.
    fn is_bad(&self, id: Id, error: Error) -> Result<()> {
        if error.kind() == ErrorKind::Io && !error.is_missing() {
            return Err(error);
        }
        self.index().bad.insert(id);
        Ok(())
    }

    /// What is old and of the key of this store: whoever has another one may need the rest.
    fn readable_old(&self) -> Result<Vec<Arc<File>>> {
        self.read_again();
        loop {
            let old = self.old()?;
            let mut all_fit = true;
            // The header says whether there is a key, and not which.
            for file in old.iter().filter(|file| file.header.cipher != 0) {
                if let Err(error) = self.fits_key(file) {
                    self.is_bad(file.header.id, error)?;
                    all_fit = false;
                }
            }
            if all_fit {
                return Ok(old);
            }
        }
    }

    /// What is neither of a generation that is kept, nor tagged, nor needed by what is. What cannot be read is never old. What stands on a file
    /// comes before it.
    fn old(&self) -> Result<Vec<Arc<File>>> {
        let index = self.index();
        if let Some(error) = &index.tags.broken {
            return Err(error.clone().in_file(&self.path("tags")));
        }
        let unreadable_log = index.unreadable_logs.first().map(|(_, error)| error);
        if let Some(error) = unreadable_log.or_else(|| index.unknown_need()) {
            return Err(error.clone());
        }
        if index.all_stay {
            return Ok(Vec::new());
        }
        // What this store could load, and has not failed to load.
        let loads = |file: &File| {
            let header = &file.header;
            (T::ANY_SCHEMA || header.schema == self.options.schema)
                && header.cipher == self.options.sealing.number()
                && T::accepts(header.shape)
                && !index.bad.contains(&header.id)
        };
        let full = || index.files().iter().filter(|file| file.header.kind == Kind::Full);
        // Where any file can be loaded the newest says what the rest is to be like: another program may need what is not.
        let newest = full().rfind(|file| loads(file)).map(|file| what(file));
        let is_good = |file: &File| loads(file) && newest == Some(what(file));
        let full: Vec<_> = full().filter(|file| is_good(file)).collect();
        let mut generations: Vec<Id> = full.iter().rev().map(|file| file.header.id).collect();
        // Copies of a file are one generation.
        generations.dedup();
        let generations: HashSet<Id> = generations.into_iter().take(self.options.keep).collect();
        let mut above: HashMap<Id, Vec<&Arc<File>>> = HashMap::new();
        for file in index.files() {
            if let Some((parent, _)) = file.header.parent {
                above.entry(parent).or_default().push(file);
            }
        }
        // From the full files up: what is never come to stands on one that stays, on nothing, or on what is not good.
        let mut old = Vec::new();
        let mut seen = HashSet::new();
        let mut next = full;
        next.retain(|file| !generations.contains(&file.header.id));
        while let Some(file) = next.pop() {
            if seen.insert(&file.name) {
                let on_it = above.get(&file.header.id).into_iter().flatten();
                next.extend(
                    on_it.filter(|child| child.header.parent == Some(file.named()) && is_good(child)),
                );
                old.push(Arc::clone(file));
            }
        }
        // And down from what stays.
        let tagged = index.tags.ids();
        let stays = index.files().iter().filter(|file| !seen.contains(&file.name)).map(|file| file.header.id);
        let mut next: Vec<Id> = stays.chain(tagged).chain(index.logged()).collect();
        let mut needed = HashSet::new();
        while let Some(id) = next.pop() {
            if needed.insert(id) {
                let below = index.of_id(id).iter().filter_map(|file| file.header.parent);
                next.extend(below.map(|(parent, _)| parent));
            }
        }
        old.retain(|file| !needed.contains(&file.header.id));
        old.reverse();
        Ok(old)
    }

    /// Reads the headers once more that could not be read. What was moved elsewhere since is no longer missed.
    fn read_again(&self) {
        let unreadable = self.index().unreadable.clone();
        for (name, _) in unreadable {
            let read = look(&*self.disk, &name);
            if read.as_ref().is_err_and(|error| !error.is_missing()) {
                continue;
            }
            let mut index = self.index();
            index.unreadable.retain(|(other, _)| *other != name);
            if let Ok(file) = read {
                index.add(file);
            }
        }
        let unreadable = self.index().unreadable_logs.clone();
        for (name, _) in unreadable {
            let read = look_at_log(&*self.disk, &name);
            if read.as_ref().is_err_and(|error| !error.is_missing()) {
                continue;
            }
            let mut index = self.index();
            index.unreadable_logs.retain(|(other, _)| *other != name);
            index.logged_later.extend(read.ok().flatten());
        }
    }

    /// Removes a file, unless somebody reads it: then it returns `false`.
    fn remove_file(&self, file: &Arc<File>) -> Result<bool> {
        // In a copy that was put in the place of the folder the file has the same name, and is another process'.
        self.in_place()?;
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
        self.read_again();
        let files: Vec<Arc<File>> = {
            let index = self.index();
            let file = index.find(id).map_err(|error| error.in_file(&self.folder))?;
            let in_use =
                |what: String| Err(Error::new(ErrorKind::InUse, what).in_file(&self.path(&file.name)));
            if let Some(child) = index.children(id).next() {
                return in_use(format!("{} stands on it; remove that first", child.header.id));
            }
            if index.logged().any(|base| base == id) {
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
                // It may stand on this one.
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
