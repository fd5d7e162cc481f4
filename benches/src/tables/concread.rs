//! concread: a copy-on-write tree over the hashes, in transactions. Its hasher is foldhash, whatever the others have.

use super::{Lookup, Readable, Writable};
use crate::keys::Key;
use concread::hashmap::{HashMap, HashMapReadTxn};

/// Read in a transaction for each lookup.
pub(super) struct Tree<K: Key>(HashMap<K, u64>);

/// Read in one transaction for many lookups.
pub(super) struct InTransaction<K: Key>(pub(super) Tree<K>);

impl<K: Key> Tree<K> {
    fn write(&self, entries: Vec<(K, u64)>) {
        let mut transaction = self.0.write();
        for (key, value) in entries {
            transaction.insert(key, value);
        }
        transaction.commit();
    }
}

impl<K: Key> Readable<K> for Tree<K> {
    type Reader<'a> = &'a Self;

    fn reader(&self) -> Self::Reader<'_> {
        self
    }
}

impl<K: Key> Lookup<K> for &Tree<K> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        self.0.read().get(key).copied()
    }
}

impl<K: Key> Writable<K> for Tree<K> {
    fn build(entries: Vec<(K, u64)>) -> Self {
        let this = Self(HashMap::new());
        this.write(entries);
        this
    }

    fn insert(&self, key: K, value: u64) {
        let mut transaction = self.0.write();
        transaction.insert(key, value);
        transaction.commit();
    }

    fn remove(&self, key: &K) {
        let mut transaction = self.0.write();
        transaction.remove(key);
        transaction.commit();
    }

    fn extend(&self, entries: Vec<(K, u64)>) {
        self.write(entries);
    }

    fn reload(&self, entries: Vec<(K, u64)>) {
        let mut transaction = self.0.write();
        transaction.clear();
        for (key, value) in entries {
            transaction.insert(key, value);
        }
        transaction.commit();
    }
}

impl<K: Key> Readable<K> for InTransaction<K> {
    type Reader<'a> = HashMapReadTxn<'a, K, u64>;

    fn reader(&self) -> Self::Reader<'_> {
        self.0.0.read()
    }
}

impl<K: Key> Lookup<K> for HashMapReadTxn<'_, K, u64> {
    #[inline]
    fn get(&mut self, key: &K::Query) -> Option<u64> {
        HashMapReadTxn::get(self, key).copied()
    }
}
