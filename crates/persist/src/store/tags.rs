//! Tags: names for files that are to stay.

use super::Store;
use super::index::{LOOKS, name_until_whole};
use super::inner::{Inner, Temporary, now};
use crate::disk::Disk;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FrameReader, FrameWriter, Header, Id, Kind, Limits, Records, Shape, Sink};
use crate::options::Options;
use crate::table::Table;
use std::collections::{BTreeMap, BTreeSet};

/// The file of the tags.
const NAME: &str = "tags";
/// The most bytes that a tag has.
const LONGEST: usize = 255;
/// The most bytes that a tag and an id have, whatever the limit for a table is.
const LIMITS: Limits = Limits { record: LONGEST + 32 };

#[derive(Debug, Default)]
pub(super) struct Tags {
    names: BTreeMap<String, [u8; 16]>,
    /// What writes that have failed would have tagged. It may be on disk all the same, and so the files stay as well.
    perhaps: BTreeSet<[u8; 16]>,
    /// Why they cannot be read. Then it is not known what must stay, and so everything does.
    pub(super) broken: Option<Error>,
    /// They were written since the store was opened. What was read may be gone after a crash, if a process that wrote it has failed.
    certain: bool,
}

impl Tags {
    /// Reads the tags, if there are any.
    pub(super) fn read(disk: &dyn Disk, options: &Options, others_write: bool) -> Self {
        let mut read = Self::try_read(disk, options);
        // Another process may put others there between two calls.
        for _ in 1..LOOKS {
            if !others_write || read.is_ok() {
                break;
            }
            read = Self::try_read(disk, options);
        }
        match read {
            Ok(names) => Self { names, ..Self::default() },
            Err(error) => Self { broken: Some(error), ..Self::default() },
        }
    }

    fn try_read(disk: &dyn Disk, options: &Options) -> Result<BTreeMap<String, [u8; 16]>> {
        let io = |error| Error::io("the tags cannot be read", error);
        let length = match disk.length(NAME) {
            Ok(length) => length,
            Err(error) if is_missing(&error) => return Ok(BTreeMap::new()),
            Err(error) => return Err(io(error)),
        };
        let mut reader = FrameReader::begin(disk.open(NAME).map_err(io)?, length, &options.sealing, LIMITS)?;
        if reader.header().kind != Kind::Tags {
            return Err(Error::new(ErrorKind::Unknown, "the file holds no tags; move it elsewhere"));
        }
        let mut records = Records::new(&mut reader, LIMITS.record);
        let mut names = BTreeMap::new();
        while let Some(record) = records.next()? {
            let (name, id) = record.entry()?;
            names.insert(name, id);
        }
        Ok(names)
    }

    pub(super) fn of(&self, id: Id) -> Vec<String> {
        self.names.iter().filter(|(_, tagged)| **tagged == id.0).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.names.values().chain(&self.perhaps).copied().map(Id)
    }

    fn find(&self, name: &str) -> Option<Id> {
        self.names.get(name).copied().map(Id)
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

impl<T: Table> Store<T> {
    /// Gives a file a name. It stays, and all that it stands on, until the name is [taken away](Self::untag). A name that another
    /// file has goes over to this one.
    ///
    /// A file that somebody has moved elsewhere keeps nothing: what it stands on may be removed meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, Store};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(&folder, Options::new())?;
    /// let id = store.save(&CowSet::from([1]).snapshot())?.id;
    /// store.tag(id, "before the move")?;
    /// assert_eq!(store.tagged("before the move")?, id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is no such file. [`NoKey`](ErrorKind::NoKey), [`WrongKey`](ErrorKind::WrongKey) or
    /// [`NotEncrypted`](ErrorKind::NotEncrypted) if the key is not that of the file. What is wrong with the file `tags`, if it cannot
    /// be read: to start without tags remove it.
    pub fn tag(&self, id: Id, name: &str) -> Result<()> {
        self.inner.tag(name, Some(id))
    }

    /// Takes a name away. The file that had it may be removed by the next full save.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowSet;
    /// # use readmostly_persist::{Options, Store};
    /// # let folder = tempfile::tempdir()?;
    /// # let store = Store::open(&folder, Options::new())?;
    /// # let id = store.save(&CowSet::from([1]).snapshot())?.id;
    /// store.tag(id, "known good")?;
    /// store.untag("known good")?;
    /// store.tagged("known good").unwrap_err();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`tag`](Self::tag). A name that nothing has is no error.
    pub fn untag(&self, name: &str) -> Result<()> {
        self.inner.tag(name, None)
    }

    /// Returns the file that has a name.
    ///
    /// # Examples
    ///
    /// See [`tag`](Self::tag).
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if none has.
    pub fn tagged(&self, name: &str) -> Result<Id> {
        self.inner.tagged(name)
    }
}

impl<T: Table> Inner<T> {
    /// Returns the file that has a tag.
    pub(super) fn tagged(&self, name: &str) -> Result<Id> {
        let index = self.index();
        if let Some(error) = &index.tags.broken {
            return Err(error.clone().in_file(&self.path(NAME)));
        }
        let missing =
            || Error::new(ErrorKind::NotFound, format!("nothing has the tag {name:?}; list the files"));
        index.tags.find(name).ok_or_else(missing)
    }

    /// Puts a tag on a file, or takes it away.
    pub(super) fn tag(&self, name: &str, id: Option<Id>) -> Result<()> {
        self.writable()?;
        // So that no save removes meanwhile what is to stay.
        let _one_at_a_time = self.writer();
        if name.is_empty() || name.len() > LONGEST {
            return Err(Error::new(ErrorKind::Encode, format!("a tag has 1 to {LONGEST} bytes")));
        }
        let (mut names, file) = {
            let index = self.index();
            if let Some(error) = &index.tags.broken {
                return Err(error.clone().in_file(&self.path(NAME)));
            }
            (index.tags.names.clone(), id.map(|id| index.find(id).cloned()).transpose()?)
        };
        if names.is_empty() && !self.has_tags()? {
            // Tags of another key would be in the way of whoever has the right one.
            let Some(file) = file else { return Ok(()) };
            self.fits_key(&file)?;
        }
        let before = names.get(name).copied();
        match id {
            Some(id) => names.insert(name.to_owned(), id.0),
            None => names.remove(name),
        };
        // Not after an error either.
        let certain = std::mem::take(&mut self.index().tags.certain);
        if !certain || names.get(name).copied() != before {
            if let Err(error) = self.write_tags(&names) {
                self.index().tags.perhaps.extend(names.values());
                return Err(error.in_file(&self.path(NAME)));
            }
        }
        let mut index = self.index();
        index.tags.names = names;
        index.tags.perhaps.clear();
        index.tags.certain = true;
        Ok(())
    }

    fn has_tags(&self) -> Result<bool> {
        match self.disk.length(NAME) {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(Error::io("the tags cannot be read", error).in_file(&self.path(NAME))),
        }
    }

    fn write_tags(&self, names: &BTreeMap<String, [u8; 16]>) -> Result<()> {
        self.in_place()?;
        let id = Id::random()?;
        let header = Header {
            kind: Kind::Tags,
            shape: Shape::OrdMap,
            codec: 0,
            cipher: 0,
            schema: 0,
            table: 0,
            time: now(),
            sequence: 0,
            version: 0,
            entries: names.len() as u64,
            id,
            parent: None,
            nonce: [0; 24],
        };
        let mut temporary = Temporary::new(&*self.disk, name_until_whole(id));
        let (_, mut writer) =
            FrameWriter::begin(temporary.create()?, header, self.options.compression, &self.options.sealing)?;
        let mut sink = Sink::new(&mut writer, LIMITS.record, None);
        names.iter().try_for_each(|(name, id)| sink.entry(name, id))?;
        sink.finish()?;
        writer.finish()?;
        temporary.replace(NAME)
    }
}
