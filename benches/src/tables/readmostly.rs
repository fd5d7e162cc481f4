//! The library, and its four ways to look.

use super::{Lookup, Readable, Writable};
use crate::keys::{Hashing, Key};
use readmostly::paged::PagedMap;
use readmostly::{CowMap, Guard, Reader};

/// Read by a [`Reader`], the cheapest way.
pub(super) struct Ours<K, S>(CowMap<K, u64, S>);

/// Read by a `load` for each lookup.
pub(super) struct ByLoad<K, S>(pub(super) Ours<K, S>);

/// Read by a `snapshot` for each lookup.
pub(super) struct BySnapshot<K, S>(pub(super) Ours<K, S>);

/// Many lookups in one guard.
pub(super) struct ByGuard<K, S>(pub(super) Ours<K, S>);

impl<K: Key, S: Hashing> Readable<K> for Ours<K, S> {
    type Reader<'a> = Reader<&'a CowMap<K, u64, S>>;

    fn reader(&self) -> Self::Reader<'_> {
        self.0.reader()
    }
}

impl<K: Key, S: Hashing> Lookup<K> for Reader<&CowMap<K, u64, S>> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.load().get(key).copied()
    }
}

impl<K: Key, S: Hashing> Writable<K> for Ours<K, S> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        Self(entries.into_iter().collect())
    }

    fn insert(&self, key: K, value: u64) {
        self.0.insert(key, value);
    }

    fn remove(&self, key: &K) {
        self.0.remove(key.borrow());
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        self.0.extend(entries);
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        drop(self.0.replace(entries.into_iter().collect()));
    }
}

impl<K: Key, S: Hashing> Readable<K> for ByLoad<K, S> {
    type Reader<'a> = Loading<'a, K, S>;

    fn reader(&self) -> Self::Reader<'_> {
        Loading(&self.0.0)
    }
}

pub(super) struct Loading<'a, K, S>(&'a CowMap<K, u64, S>);

impl<K: Key, S: Hashing> Lookup<K> for Loading<'_, K, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        // By its name: a guard is a `Lookup` itself.
        PagedMap::get(&self.0.load(), key).copied()
    }
}

impl<K: Key, S: Hashing> Readable<K> for BySnapshot<K, S> {
    type Reader<'a> = Snapping<'a, K, S>;

    fn reader(&self) -> Self::Reader<'_> {
        Snapping(&self.0.0)
    }
}

pub(super) struct Snapping<'a, K, S>(&'a CowMap<K, u64, S>);

impl<K: Key, S: Hashing> Lookup<K> for Snapping<'_, K, S> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.0.snapshot().get(key).copied()
    }
}

impl<K: Key, S: Hashing> Readable<K> for ByGuard<K, S> {
    type Reader<'a> = Guard<'a, PagedMap<K, u64, S>>;

    fn reader(&self) -> Self::Reader<'_> {
        self.0.0.load()
    }
}

impl<K: Key, S: Hashing> Lookup<K> for Guard<'_, PagedMap<K, u64, S>> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        PagedMap::get(self, key).copied()
    }
}
