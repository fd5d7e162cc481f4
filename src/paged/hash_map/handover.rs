//! The writes that a container runs under its lock. They drop nothing of the user's, whether they return or unwind.
//!
//! The caller gives an entry in an `Option`. A write takes it out when nothing can panic any more. It leaves there what it
//! refuses, replaces or removes. So the container drops that when its lock is free. The clones that the map has made itself
//! are an exception: if a `Clone` panics, the clones that were made for the same page before it are dropped by the unwinding.

use super::{PagedMap, hasher_of};
use crate::paged::Handed;
use crate::paged::engine::table::{Builder, Position};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem;

/// A table that is being built. It outlives the write that builds it.
pub(crate) type Unfinished<K, V> = Option<Builder<(K, V)>>;

impl<K: Eq + Hash, V, S: BuildHasher> PagedMap<K, V, S> {
    /// Returns where the entry of `key` is.
    pub(crate) fn position_of<Q>(&self, key: &Q) -> Option<Position>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find_position(self.hash(key), key)
    }

    /// Adds entries to a map without any. `entries` keeps what was refused or replaced.
    fn fill_empty(&mut self, entries: &mut [Option<(K, V)>], unfinished: &mut Unfinished<K, V>) {
        let builder = unfinished.insert(Builder::with_hint(entries.len(), self.capacity()));
        for entry in entries {
            add(builder, entry, &self.hash_builder);
        }
        self.table = builder.finish(hasher_of(&self.hash_builder));
    }
}

/// Adds the entry, or swaps its value with that of an equal key.
#[inline]
pub(super) fn add<K: Eq + Hash, V, S: BuildHasher>(
    builder: &mut Builder<(K, V)>,
    entry: &mut Option<(K, V)>,
    hash_builder: &S,
) {
    let Some((key, _)) = entry else { return };
    let hash = hash_builder.hash_one(key);
    let eq = |new: &(K, V), there: &(K, V)| new.0 == there.0;
    // The key that is there stays, as in std.
    let merge = |there: &mut (K, V), new: &mut (K, V)| mem::swap(&mut there.1, &mut new.1);
    builder.insert(hash, entry, eq, hasher_of(hash_builder), merge);
}

impl<K, V, S> PagedMap<K, V, S> {
    pub(crate) fn at(&self, position: Position) -> (&K, &V) {
        let (key, value) = self.table.get(position);
        (key, value)
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedMap<K, V, S> {
    /// Inserts the entry, or calls `merge` with the entry of an equal key and the new one. The new one stays in `entry` then.
    #[inline]
    fn insert_or(&mut self, entry: &mut Option<(K, V)>, merge: impl FnOnce(&mut (K, V), &mut (K, V))) {
        let Some(new) = entry else { return };
        let hash = self.hash(&new.0);
        match self.find_position(hash, &new.0) {
            Some(position) => merge(self.table.get_mut(position), new),
            None => _ = self.insert_unique(hash, entry),
        }
    }

    /// Inserts the entry, or swaps its value with that of an equal key.
    #[inline]
    pub(crate) fn exchange(&mut self, entry: &mut Option<(K, V)>) {
        self.insert_or(entry, |there, new| mem::swap(&mut there.1, &mut new.1));
    }

    /// Inserts the entry, or swaps it with that of an equal key.
    #[inline]
    pub(crate) fn exchange_entry(&mut self, given: &mut Handed<K, V>) {
        self.insert_or(&mut given.entry, mem::swap);
    }

    /// Inserts the entry if its key is absent. Otherwise it copies nothing.
    #[inline]
    pub(crate) fn insert_absent(&mut self, entry: &mut Option<(K, V)>) {
        let Some((key, _)) = entry else { return };
        let hash = self.hash(key);
        if self.find_position(hash, key).is_none() {
            self.insert_unique(hash, entry);
        }
    }

    /// Inserts all entries, each by `insert`. `entries` keeps what was refused or replaced. If this unwinds, `unfinished` keeps
    /// what was built.
    pub(crate) fn insert_each(
        &mut self,
        entries: &mut [Option<(K, V)>],
        unfinished: &mut Unfinished<K, V>,
        mut insert: impl FnMut(&mut Self, &mut Option<(K, V)>),
    ) {
        if entries.is_empty() {
            return;
        }
        if self.is_empty() {
            return self.fill_empty(entries, unfinished);
        }
        for entry in entries {
            insert(self, entry);
        }
    }

    /// Moves the entry of `key` to `gone`, if there is one.
    pub(crate) fn remove_to<Q>(&mut self, key: &Q, gone: &mut Handed<K, V>)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(position) = self.position_of(key) {
            self.remove_at(position, gone);
        }
    }

    pub(crate) fn remove_at(&mut self, position: Position, gone: &mut Handed<K, V>) {
        self.table.remove(position, &mut gone.entry, hasher_of(&self.hash_builder));
    }

    /// Hands the entries that `keep` rejects to `gone`, one page after the other.
    pub(crate) fn retain_to(&mut self, mut keep: impl FnMut(&K, &V) -> bool, gone: impl FnMut(Vec<(K, V)>)) {
        self.table.retain(|(key, value)| keep(key, value), gone, hasher_of(&self.hash_builder));
    }
}
