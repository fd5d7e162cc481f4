//! A table in an `ArcSwap`, as it is written by hand: a lock for the writers, each of whom copies and swaps.

use super::single_thread::Plain;
use super::{Lookup, Readable, Writable};
use crate::keys::Key;
use arc_swap::{ArcSwap, Cache};
use parking_lot::Mutex;
use std::sync::Arc;

struct Swapped<T> {
    current: ArcSwap<T>,
    /// Without it, of two writers one would lose its update.
    writer: Mutex<()>,
}

/// Read by a cache of the pointer.
pub(super) struct Cached<T>(Swapped<T>);

/// Read by a guard for each lookup.
pub(super) struct Loaded<T>(pub(super) Cached<T>);

impl<T: Clone> Swapped<T> {
    fn update(&self, f: impl FnOnce(&mut T)) {
        let _writer = self.writer.lock();
        let mut next = T::clone(&self.current.load());
        f(&mut next);
        self.current.store(Arc::new(next));
    }
}

impl<K: Key, T: Plain<K>> Readable<K> for Cached<T> {
    type Reader<'a> = Cache<&'a ArcSwap<T>, Arc<T>>;

    fn reader(&self) -> Self::Reader<'_> {
        Cache::new(&self.0.current)
    }
}

impl<K: Key, T: Plain<K>> Lookup<K> for Cache<&ArcSwap<T>, Arc<T>> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.load().get(key)
    }
}

impl<K: Key, T: Plain<K>> Readable<K> for Loaded<T> {
    type Reader<'a> = &'a ArcSwap<T>;

    fn reader(&self) -> Self::Reader<'_> {
        &self.0.0.current
    }
}

impl<K: Key, T: Plain<K>> Lookup<K> for &ArcSwap<T> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.load().get(key)
    }
}

impl<K: Key, T: Plain<K>> Writable<K> for Cached<T> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        let current = ArcSwap::from_pointee(entries.into_iter().collect());
        Self(Swapped { current, writer: Mutex::new(()) })
    }

    fn insert(&self, key: K, value: u64) {
        self.0.update(|table| table.insert(key, value));
    }

    fn remove(&self, key: &K) {
        self.0.update(|table| table.remove(key));
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        self.0.update(|table| table.extend(entries));
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        let next = Arc::new(entries.into_iter().collect());
        let _writer = self.0.writer.lock();
        self.0.current.store(next);
    }
}
