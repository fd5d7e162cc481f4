//! The writes that a container runs under its lock. They drop nothing of the user's, whether they return or unwind.
//!
//! The caller gives an entry in an `Option`. A write takes it out when nothing can panic any more. It leaves there what it
//! refuses, replaces or removes, and gives the keys that inner nodes need no more to a `waste`. So the container drops all that when its
//! lock is free. The clones that the map has made itself are an exception, as in a hash map.

use super::PagedOrdMap;
use crate::paged::engine::tree::Tree;
use std::mem;

/// What a removal of many entries took out: entries, keys of inner nodes, and a whole tree.
pub(crate) type Removed<K, V> = (Vec<(K, V)>, Vec<K>, Tree<K, V>);

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Inserts the entry, or swaps its value with that of an equal key.
    pub(crate) fn exchange(&mut self, entry: &mut Option<(K, V)>) {
        let Some((key, value)) = entry else { return };
        match self.tree.find(key) {
            Ok(path) => mem::swap(self.at_mut(&path), value),
            Err(path) => _ = self.tree.insert(path, entry),
        }
    }

    /// Inserts the entry, or swaps it with that of an equal key.
    pub(crate) fn exchange_entry(&mut self, entry: &mut Option<(K, V)>, waste: &mut Vec<K>) {
        let Some((key, value)) = entry else { return };
        match self.tree.find(key) {
            Ok(path) => {
                self.tree.swap_key(&path, key, waste);
                mem::swap(self.at_mut(&path), value);
            }
            Err(path) => _ = self.tree.insert(path, entry),
        }
    }

    /// Inserts the entry if its key is absent. Otherwise it copies nothing.
    pub(crate) fn insert_absent(&mut self, entry: &mut Option<(K, V)>) {
        let Some((key, _)) = entry else { return };
        if let Err(path) = self.tree.find(key) {
            self.tree.insert(path, entry);
        }
    }

    /// Removes the entries that `keep` rejects, and returns what is to be dropped.
    pub(crate) fn retain_to(&mut self, mut keep: impl FnMut(&K, &V) -> bool) -> Removed<K, V> {
        let ranks = self.tree.iter().enumerate();
        let ranks = ranks.filter_map(|(rank, (key, value))| (!keep(key, value)).then_some(rank));
        let ranks: Vec<_> = ranks.collect();
        let (mut gone, mut waste) = (Vec::new(), Vec::new());
        let before = self.tree.remove_ranks(&ranks, |entry| gone.push(entry), &mut waste);
        (gone, waste, before)
    }
}
