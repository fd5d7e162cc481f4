//! Tables in which each entry, bucket or shard is changed by itself: no reader sees many changes as one.

use super::{Lookup, Readable, Writable};
use crate::keys::{Hashing, Key};
use dashmap::DashMap;
use papaya::LocalGuard;
use scc::hash_index::Entry;

impl<K: Key, S: Hashing> Readable<K> for papaya::HashMap<K, u64, S> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, S: Hashing> Lookup<K> for &papaya::HashMap<K, u64, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.pin().get(key).copied()
    }
}

impl<K: Key, S: Hashing> Writable<K> for papaya::HashMap<K, u64, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        entries.into_iter().collect()
    }

    fn insert(&self, key: K, value: u64) {
        self.pin().insert(key, value);
    }

    fn remove(&self, key: &K) {
        self.pin().remove::<K::Query>(key.borrow());
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        let map = self.pin();
        for (key, value) in entries {
            map.insert(key, value);
        }
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        Writable::extend(self, entries);
    }
}

/// papaya, pinned once for many lookups.
pub(super) struct Pinned<K, S>(pub(super) papaya::HashMap<K, u64, S>);

impl<K: Key, S: Hashing> Readable<K> for Pinned<K, S> {
    type Reader<'a> = papaya::HashMapRef<'a, K, u64, S, LocalGuard<'a>>;

    fn reader(&self) -> Self::Reader<'_> {
        self.0.pin()
    }
}

impl<K: Key, S: Hashing> Lookup<K> for papaya::HashMapRef<'_, K, u64, S, LocalGuard<'_>> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        papaya::HashMapRef::get(self, key).copied()
    }
}

impl<K: Key, S: Hashing> Readable<K> for DashMap<K, u64, S> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, S: Hashing> Lookup<K> for &DashMap<K, u64, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        DashMap::get(self, key).map(|value| *value)
    }
}

impl<K: Key, S: Hashing> Writable<K> for DashMap<K, u64, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        entries.into_iter().collect()
    }

    fn insert(&self, key: K, value: u64) {
        DashMap::insert(self, key, value);
    }

    fn remove(&self, key: &K) {
        DashMap::remove::<K::Query>(self, key.borrow());
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        for (key, value) in entries {
            DashMap::insert(self, key, value);
        }
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        Writable::extend(self, entries);
    }
}

impl<K: Key, S: Hashing> Readable<K> for scc::HashMap<K, u64, S> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, S: Hashing> Lookup<K> for &scc::HashMap<K, u64, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.read_sync(key, |_, value| *value)
    }
}

impl<K: Key, S: Hashing> Writable<K> for scc::HashMap<K, u64, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        entries.into_iter().collect()
    }

    fn insert(&self, key: K, value: u64) {
        self.upsert_sync(key, value);
    }

    fn remove(&self, key: &K) {
        self.remove_sync::<K::Query>(key.borrow());
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        for (key, value) in entries {
            self.upsert_sync(key, value);
        }
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        Writable::extend(self, entries);
    }
}

impl<K: Key, S: Hashing> Readable<K> for scc::HashIndex<K, u64, S> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key, S: Hashing> Lookup<K> for &scc::HashIndex<K, u64, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.peek_with(key, |_, value| *value)
    }
}

impl<K: Key, S: Hashing> Writable<K> for scc::HashIndex<K, u64, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        entries.into_iter().collect()
    }

    fn insert(&self, key: K, value: u64) {
        match self.entry_sync(key) {
            Entry::Occupied(mut entry) => entry.update(value),
            Entry::Vacant(entry) => drop(entry.insert_entry(value)),
        }
    }

    fn remove(&self, key: &K) {
        self.remove_sync::<K::Query>(key.borrow());
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        for (key, value) in entries {
            Writable::insert(self, key, value);
        }
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        Writable::extend(self, entries);
    }
}
