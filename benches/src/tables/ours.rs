//! The library, and its four ways to look.

use super::{Lookup, Readable, Readers, Writable, names};
use crate::keys::{Hashing, Key};
use crate::{Contender, Role};
use readmostly::paged::PagedMap;
use readmostly::{CowMap, Guard, Reader};
use std::sync::Arc;

/// Read by a [`Reader`], the cheapest way.
pub(super) struct Ours<K, S>(Arc<CowMap<K, u64, S>>);

struct ByLoad<K, S>(Arc<CowMap<K, u64, S>>);

struct BySnapshot<K, S>(Arc<CowMap<K, u64, S>>);

/// Many lookups in one guard.
pub(super) struct ByGuard<K, S>(pub(super) Ours<K, S>);

/// The ways to see in each lookup what is current, of one and the same map.
pub(super) fn readers<K: Key, S: Hashing>(entries: &[(K, u64)]) -> Readers<K> {
    let map: Arc<CowMap<K, u64, S>> = Arc::new(entries.iter().cloned().collect());
    let role = Role::Ours;
    vec![
        Contender { name: names::READER, role, subject: Box::new(Ours(Arc::clone(&map))) },
        Contender { name: names::LOAD, role, subject: Box::new(ByLoad(Arc::clone(&map))) },
        Contender { name: names::SNAPSHOT, role, subject: Box::new(BySnapshot(map)) },
    ]
}

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
        Self(Arc::new(entries.into_iter().collect()))
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
        Loading(&self.0)
    }
}

struct Loading<'a, K, S>(&'a CowMap<K, u64, S>);

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
        Snapping(&self.0)
    }
}

struct Snapping<'a, K, S>(&'a CowMap<K, u64, S>);

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
