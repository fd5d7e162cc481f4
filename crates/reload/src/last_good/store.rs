//! [`InStore`]: the copy in a `readmostly-persist` store.

use super::LastGood;
use crate::chain::{Chain, Subject};
use crate::content::{Content, File};
use crate::error::{FailureKind, Refused};
use crate::origin::Stamp;
use readmostly::CowCell;
use readmostly_persist::{Error, ErrorKind, Id, Store, Whole};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::PathBuf;

/// The copy, in a store.
pub(crate) struct InStore {
    store: Store<Content>,
    /// What is followed, if it is in the file system.
    subject: Option<Subject>,
    /// What is to be in the store. A store takes a snapshot.
    content: CowCell<Content>,
    /// The store need not have it.
    is_due: bool,
    /// The store knows what it holds, so that an equal content is not written again.
    is_read: bool,
    /// The file that holds the content, as it was written or found to be right.
    written: Option<(PathBuf, Option<Stamp>)>,
    /// What is wrong for as long as the content is this one.
    wrong: Option<Refused>,
}

impl InStore {
    pub(crate) fn open(store: Store<Content>, subject: Option<Subject>) -> Result<Self, Refused> {
        let content = CowCell::new(Content::new([]));
        let (is_due, is_read, written, wrong) = (false, false, None, None);
        let copy = Self { store, subject, content, is_due, is_read, written, wrong };
        copy.check()?;
        Ok(copy)
    }

    /// Whether its files would be a part of what is followed: each save would be something new. The links that decide that may change.
    fn check(&self) -> Result<(), Refused> {
        let folder = self.store.folder();
        match &self.subject {
            Some(subject) if Chain::of(subject).is_of_folder(folder) => {
                let reason = "is the folder that is followed, of which the copies of the last good content would be a part: \
                              give the store a folder of its own";
                Err(Refused::new(reason).in_file(folder.display().to_string()).of(FailureKind::Save))
            }
            _ => Ok(()),
        }
    }

    /// The file of this id, as it is.
    fn trace(&self, id: Id) -> Option<(PathBuf, Option<Stamp>)> {
        let file = self.store.list().into_iter().find(|info| info.id == id)?.file;
        let stamp = Stamp::at(&file);
        Some((file, stamp))
    }

    /// Returns the file of a content that is the newest in a store that cannot be written to.
    fn found(&self, content: &Content) -> Option<Id> {
        let loaded = self.store.load().ok()??;
        (loaded.skipped.iter().all(|skipped| skipped.is_older) && loaded.value == *content)
            .then_some(loaded.id)
    }

    /// Has the store hold the content. What no other try would mend is remembered, and is no error.
    fn write(&mut self) -> Result<(), Refused> {
        self.check()?;
        if !self.is_read {
            // What cannot be read is told at a start that needs it. This one saves a full file beside it.
            drop(self.store.load());
            self.is_read = true;
        }
        let content = self.content.snapshot();
        let id = match self.store.save(&content) {
            Ok(saved) => Some(saved.id),
            Err(error) => {
                let kind = error.kind();
                let found = if kind == ErrorKind::ReadOnly { self.found(&content) } else { None };
                if found.is_none() {
                    let refused = refuse(&error, FailureKind::Save);
                    if !matches!(kind, ErrorKind::ReadOnly | ErrorKind::TooLarge | ErrorKind::Encode) {
                        return Err(refused);
                    }
                    self.wrong = Some(refused);
                }
                found
            }
        };
        self.is_due = false;
        self.written = id.and_then(|id| self.trace(id));
        Ok(())
    }
}

/// What the store says, which names the file.
fn refuse(error: &Error, kind: FailureKind) -> Refused {
    Refused::new(error.to_string()).in_file(NAME).of(kind)
}

const NAME: &str = "the store of the last good content";

impl LastGood for InStore {
    fn load(&mut self) -> Result<Content, Refused> {
        self.is_read = true;
        let loaded = self.store.load().map_err(|error| refuse(&error, FailureKind::Unreadable))?;
        let nothing = || Refused::new("nothing was saved yet").in_file(NAME).of(FailureKind::Unreadable);
        let loaded = loaded.ok_or_else(nothing)?;
        self.written = self.trace(loaded.id);
        let newer = loaded.skipped.iter().find(|skipped| !skipped.is_older);
        self.wrong = newer.map(|newer| refuse(&newer.reason, FailureKind::Save));
        Ok(loaded.value)
    }

    fn loaded(&mut self, content: Content) {
        drop(self.content.replace(content));
    }

    fn keep(&mut self, content: &Content) {
        drop(self.content.replace(content.clone()));
        (self.is_due, self.written, self.wrong) = (true, None, None);
    }

    fn still(&mut self, _: Option<&Content>) {
        if self.written.as_ref().is_some_and(|(file, stamp)| Stamp::at(file) != *stamp) {
            (self.is_due, self.is_read) = (true, false);
        }
    }

    fn save(&mut self) -> Result<(), Refused> {
        if self.is_due {
            self.write()?;
        }
        self.wrong.clone().map_or(Ok(()), Err)
    }
}

/// As one record, in a store.
impl Whole for Content {}

/// As a sequence of files.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.files().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::new)
    }
}

/// As a pair of its name and its bytes.
impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.name(), self.bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(String, Vec<u8>)>::deserialize(deserializer).map(|(name, bytes)| Self::new(name, bytes))
    }
}
