//! The writes that a container runs under its lock. They drop nothing of the user's, whether they return or unwind.
//!
//! The caller gives an entry in an `Option`. A write takes it out when nothing can panic any more. It leaves there what it
//! refuses, replaces or removes, and hands over the keys and the trees that it needs no more. So the container drops all that when its
//! lock is free. The clones that the map has made itself are an exception, as in a hash map.

use super::PagedOrdMap;
use crate::paged::Handed;
use crate::paged::delta::Leavings;
use crate::paged::engine::tree::{Path, Scraps};
use std::borrow::Borrow;
use std::mem;

impl<K, V> PagedOrdMap<K, V> {
    pub(crate) fn at(&self, path: Path) -> (&K, &V) {
        self.tree.at(&path).expect("a path leads to an entry")
    }
}

impl<K: Clone, V: Clone> PagedOrdMap<K, V> {
    pub(super) fn at_mut(&mut self, path: Path) -> &mut V {
        self.tree.get_mut(&path).expect("a path leads to an entry").1
    }

    pub(crate) fn remove_at(&mut self, path: Path, gone: &mut Handed<K, V>) {
        self.tree.remove(path, &mut gone.entry, &mut gone.keys);
    }

    /// Moves the entry with this rank to `gone`, if there are as many.
    pub(crate) fn remove_index(&mut self, index: usize, gone: &mut Handed<K, V>) {
        if let Some(path) = self.tree.path_of(index) {
            self.remove_at(path, gone);
        }
    }
}

impl<K: Ord, V> PagedOrdMap<K, V> {
    /// Returns where the entry of `key` is.
    pub(crate) fn position_of<Q>(&self, key: &Q) -> Option<Path>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.find(key).ok()
    }
}

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Inserts the entry, or swaps its value with that of an equal key.
    pub(crate) fn exchange(&mut self, entry: &mut Option<(K, V)>) {
        let Some((key, value)) = entry else { return };
        match self.tree.find(key) {
            Ok(path) => mem::swap(self.at_mut(path), value),
            Err(path) => _ = self.tree.insert(path, entry),
        }
    }

    /// Inserts the entry, or swaps it with that of an equal key.
    pub(crate) fn exchange_entry(&mut self, given: &mut Handed<K, V>) {
        let Some((key, value)) = &mut given.entry else { return };
        match self.tree.find(key) {
            Ok(path) => {
                self.tree.swap_key(&path, key, &mut given.keys);
                mem::swap(self.at_mut(path), value);
            }
            Err(path) => _ = self.tree.insert(path, &mut given.entry),
        }
    }

    /// Inserts the entry if its key is absent. Otherwise it copies nothing.
    pub(crate) fn insert_absent(&mut self, entry: &mut Option<(K, V)>) {
        let Some((key, _)) = entry else { return };
        if let Err(path) = self.tree.find(key) {
            self.tree.insert(path, entry);
        }
    }

    /// Moves the entry of `key` to `gone`, if there is one.
    pub(crate) fn remove_to<Q>(&mut self, key: &Q, gone: &mut Handed<K, V>)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        if let Some(path) = self.position_of(key) {
            self.remove_at(path, gone);
        }
    }

    /// Removes the entries that `keep` rejects.
    pub(crate) fn retain_to(&mut self, mut keep: impl FnMut(&K, &V) -> bool, scraps: &mut Scraps<K, V>) {
        let ranks = self.tree.iter().enumerate();
        let ranks = ranks.filter_map(|(rank, (key, value))| (!keep(key, value)).then_some(rank));
        let ranks: Vec<_> = ranks.collect();
        if !ranks.is_empty() {
            self.tree.remove_ranks(&ranks, scraps);
        }
    }

    /// Adds the entries of `other`, of which those between the first and the last of this map are cloned. `insert` is for them.
    pub(crate) fn append_to(
        &mut self,
        other: &Self,
        gone: &mut Leavings<K, V>,
        scraps: &mut Scraps<K, V>,
        mut insert: impl FnMut(&mut Self, &mut Option<(K, V)>),
    ) {
        let (Some((first, _)), Some((last, _))) = (self.tree.first(), self.tree.last()) else {
            return *self = other.clone();
        };
        let (start, end) = (other.tree.rank(first, false), other.tree.rank(last, true));
        // An `Ord` that contradicts itself may have the end before the start.
        let end = end.max(start);
        for (key, value) in other.tree.iter_ranks(start, end) {
            gone.entry_of(key, value);
        }
        gone.entries.iter_mut().for_each(|entry| insert(self, entry));
        let (rest, behind) = other.tree.cut(end, scraps);
        self.tree.append(behind, scraps);
        let (mut front, between) = rest.cut(start, scraps);
        front.append(self.tree.clone(), scraps);
        scraps.keep(rest);
        scraps.keep(between);
        scraps.replace(&mut self.tree, front);
    }

    /// Takes the entries from `key` on.
    pub(crate) fn split_off_to<Q>(&mut self, key: &Q, scraps: &mut Scraps<K, V>) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (front, behind) = self.tree.cut(self.tree.rank(key, false), scraps);
        scraps.replace(&mut self.tree, front);
        Self { tree: behind }
    }
}
