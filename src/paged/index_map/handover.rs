//! The writes that a container runs under its lock. They drop nothing of the user's, whether they return or unwind.
//!
//! The caller gives an entry in an `Option`. A write takes it out when nothing can panic any more. It leaves there what it
//! refuses, replaces or removes. So the container drops that when its lock is free. The clones that the map has made itself
//! are an exception, as in a hash map.

use super::{PagedIndexMap, hasher_of};
use crate::paged::Handed;
use crate::paged::engine::index::{Builder, Gone};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem;

/// An index that is being built. It outlives the write that builds it.
pub(crate) type Unfinished<K, V> = Option<Builder<(K, V)>>;

impl<K: Eq + Hash, V, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Returns where the entry of `key` is.
    pub(crate) fn position_of<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.is_empty() {
            return None;
        }
        self.find_slot(self.hash(key), key)
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
    builder.insert(hash, entry, eq, merge);
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Inserts the entry, or calls `merge` with the entry of an equal key and the new one. The new one stays in `entry` then.
    /// Returns its slot.
    fn insert_or(
        &mut self,
        entry: &mut Option<(K, V)>,
        merge: impl FnOnce(&mut (K, V), &mut (K, V)),
    ) -> Option<usize> {
        let new = entry.as_mut()?;
        let hash = self.hash(&new.0);
        let Some(slot) = self.find_slot(hash, &new.0) else { return Some(self.index.insert(hash, entry)) };
        merge(self.at_mut(slot), new);
        Some(slot)
    }

    /// Inserts the entry, or swaps its value with that of an equal key.
    pub(crate) fn exchange(&mut self, entry: &mut Option<(K, V)>) {
        self.insert_or(entry, |there, new| mem::swap(&mut there.1, &mut new.1));
    }

    /// Inserts the entry, or swaps it with that of an equal key. Returns its slot.
    pub(crate) fn exchange_entry(&mut self, given: &mut Handed<K, V>) -> Option<usize> {
        self.insert_or(&mut given.entry, mem::swap)
    }

    /// Inserts the entry if its key is absent. Otherwise it copies nothing. Returns the slot of that key.
    pub(crate) fn insert_absent(&mut self, entry: &mut Option<(K, V)>) -> Option<usize> {
        let (key, _) = entry.as_ref()?;
        let hash = self.hash(key);
        self.find_slot(hash, key).or_else(|| Some(self.index.insert(hash, entry)))
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
            let builder = unfinished.insert(Builder::with_hint(entries.len(), self.capacity()));
            for entry in entries {
                add(builder, entry, &self.hash_builder);
            }
            self.index = builder.finish();
            return;
        }
        for entry in entries {
            insert(self, entry);
        }
    }

    /// Removes the entry in a slot. Those after it keep their order.
    pub(crate) fn shift_remove_at(&mut self, slot: usize, gone: &mut Option<(K, V)>) {
        let hash = self.hash(&self.at(slot).0);
        self.index.remove(slot, hash, gone);
    }

    /// Removes the entry in a slot, as a method that all maps have does: those after it keep their order.
    pub(crate) fn remove_at(&mut self, slot: usize, gone: &mut Handed<K, V>) {
        self.shift_remove_at(slot, &mut gone.entry);
    }

    /// Removes the entry of `key`, if there is one. Those after it keep their order.
    pub(crate) fn shift_remove_to<Q>(&mut self, key: &Q, gone: &mut Option<(K, V)>)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(slot) = self.position_of(key) {
            self.shift_remove_at(slot, gone);
        }
    }

    /// Removes the entry of `key`, if there is one, and moves the last one there.
    pub(crate) fn swap_remove_to<Q>(&mut self, key: &Q, gone: &mut Option<(K, V)>)
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some(slot) = self.position_of(key) {
            self.swap_remove_at(slot, gone);
        }
    }

    /// Removes the last entry.
    pub(crate) fn pop_to(&mut self, gone: &mut Option<(K, V)>) {
        if let Some(last) = self.index.last_slot() {
            self.shift_remove_at(last, gone);
        }
    }

    /// Removes the entry in a slot, and moves the last one there.
    pub(crate) fn swap_remove_at(&mut self, slot: usize, gone: &mut Option<(K, V)>) {
        self.index.swap_remove(slot, hasher_of(&self.hash_builder), gone);
    }

    /// Moves the entries that `keep` rejects to `gone`.
    pub(crate) fn retain_to(&mut self, mut keep: impl FnMut(&K, &V) -> bool, gone: &mut Gone<(K, V)>) {
        let entries = self.index.slots().entries();
        let doomed = entries.filter_map(|(slot, (key, value))| (!keep(key, value)).then_some(slot));
        let doomed: Vec<_> = doomed.collect();
        self.index.remove_many(&doomed, hasher_of(&self.hash_builder), gone);
    }
}
