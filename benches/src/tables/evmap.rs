//! evmap: two whole copies, one for the readers, and a log of what the other has yet to get.

#![expect(unsafe_code, reason = "evmap asks for a promise about the hasher")]

use super::{Lookup, Readable, Writable};
use crate::keys::{Hashing, Key};
use evmap::handles::{ReadHandle, WriteHandle};
use parking_lot::Mutex;

/// Its writes are exclusive, which is a lock's business here as it is in the library.
pub(super) struct TwoCopies<K: Key, S: Hashing> {
    /// Each thread has a clone of its own.
    reader: Mutex<ReadHandle<K, u64, (), S>>,
    writer: Mutex<WriteHandle<K, u64, (), S>>,
}

impl<K: Key, S: Hashing> TwoCopies<K, S> {
    fn write(&self, entries: Vec<(K, u64)>) {
        let mut writer = self.writer.lock();
        for (key, value) in entries {
            writer.update(key, value);
        }
        writer.publish();
    }
}

impl<K: Key, S: Hashing> Readable<K> for TwoCopies<K, S> {
    type Reader<'a> = ReadHandle<K, u64, (), S>;

    fn reader(&self) -> Self::Reader<'_> {
        self.reader.lock().clone()
    }
}

impl<K: Key, S: Hashing> Lookup<K> for ReadHandle<K, u64, (), S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.get_one(key).map(|value| *value)
    }
}

impl<K: Key, S: Hashing> Writable<K> for TwoCopies<K, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        // SAFETY: both hashers are deterministic, and hash as their clones do.
        let options = unsafe { evmap::Options::default().with_hasher(S::default()) };
        let (writer, reader) = options.with_capacity(entries.len()).construct();
        let this = Self { reader: Mutex::new(reader), writer: Mutex::new(writer) };
        this.write(entries);
        this
    }

    fn insert(&self, key: K, value: u64) {
        self.writer.lock().update(key, value).publish();
    }

    fn remove(&self, key: &K) {
        self.writer.lock().remove_entry(key.clone()).publish();
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        self.write(entries);
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        self.writer.lock().purge();
        self.write(entries);
    }
}
