//! [`InStore`]: the copy in a `readmostly-persist` store.

use super::LastGood;
use crate::content::{Content, File};
use crate::error::{FailureKind, Refused};
use readmostly::CowCell;
use readmostly_persist::{Error, Store, Whole};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The copy, in a store.
pub(crate) struct InStore {
    store: Store<Content>,
    /// What is to be in the store. A store takes a snapshot.
    content: CowCell<Content>,
    /// The store need not have it yet.
    is_due: bool,
    /// The store knows what it holds, so that an equal content is not written again.
    is_read: bool,
    /// What was wrong with what is newer than the copy that was loaded.
    damage: Option<Refused>,
}

impl InStore {
    pub(crate) fn new(store: Store<Content>) -> Self {
        let content = CowCell::new(Content::new([]));
        Self { store, content, is_due: false, is_read: false, damage: None }
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
        self.damage = loaded.skipped.first().map(|newest| refuse(&newest.reason, FailureKind::Save));
        Ok(loaded.value)
    }

    fn loaded(&mut self, _: Content) {}

    fn keep(&mut self, content: &Content) {
        drop(self.content.replace(content.clone()));
        self.is_due = true;
    }

    fn still(&mut self, _: Option<&Content>) {}

    fn save(&mut self) -> Result<(), Refused> {
        if self.is_due {
            if !self.is_read {
                // What cannot be read is told at a start that needs it. This one saves a full file beside it.
                drop(self.store.load());
                self.is_read = true;
            }
            self.store.save(&self.content.snapshot()).map_err(|error| refuse(&error, FailureKind::Save))?;
            (self.is_due, self.damage) = (false, None);
        }
        self.damage.clone().map_or(Ok(()), Err)
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
