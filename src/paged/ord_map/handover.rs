//! The writes that a container runs under its lock. They drop nothing of the user's, whether they return or unwind.
//!
//! The caller gives an entry in an `Option`. A write takes it out when nothing can panic any more. It leaves there what it
//! refuses, replaces or removes, and hands over the keys and the trees that it needs no more. So the container drops all that when its
//! lock is free. The clones that the map has made itself are an exception, as in a hash map.

use super::PagedOrdMap;
use crate::paged::Handed;
use crate::paged::delta::Leavings;
use crate::paged::engine::tree::{Path, Scraps, Tree};
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

    /// Adds the entries of `other`. `insert` is for those that are inserted one by one.
    pub(crate) fn append_to(
        &mut self,
        other: &Self,
        gone: &mut Leavings<K, V>,
        scraps: &mut Scraps<K, V>,
        insert: impl FnMut(&mut Self, &mut Option<(K, V)>),
    ) {
        match self.parts_of(&other.tree, scraps) {
            // They are another map's as well.
            Some(parts) => self.take_in(parts, gone, scraps, clone_entries, insert),
            None => *self = other.clone(),
        }
    }

    /// Cuts a tree in what lies in front of the first entry of this map, between that and the last one, and behind that. Returns `None` if
    /// this map is empty.
    pub(super) fn parts_of(&self, tree: &Tree<K, V>, scraps: &mut Scraps<K, V>) -> Option<[Tree<K, V>; 3]> {
        let (start, end) = tree.ranks_of_span(&self.tree)?;
        Some(cut_out(tree, start, end, scraps))
    }

    /// Adds what [`parts_of`](Self::parts_of) returns. Of the two maps the one that has fewer entries where they overlap is put among the
    /// other, entry by entry. `take` moves or clones the entries of a tree to the other argument, and `insert` inserts one.
    pub(super) fn take_in(
        &mut self,
        parts: [Tree<K, V>; 3],
        gone: &mut Leavings<K, V>,
        scraps: &mut Scraps<K, V>,
        take: impl FnOnce(&mut Tree<K, V>, &mut Leavings<K, V>),
        mut insert: impl FnMut(&mut Self, &mut Option<(K, V)>),
    ) {
        /// Two cuts copy two leaves, and joins some more. So few entries are inserted in any case.
        const FEW: usize = 32;
        let mut held = Held { trees: parts.into(), scraps };
        let (start, end) = self.tree.ranks_of_span(&held.trees[1]).unwrap_or((0, 0));
        if held.trees[1].len() <= FEW.max(end - start) {
            take(&mut held.trees[1], gone);
            gone.entries.iter_mut().for_each(|entry| insert(self, entry));
            let between = mem::replace(&mut held.trees[1], self.tree.clone());
            held.scraps.keep(between);
        } else {
            let [before, own, after] = cut_out(&self.tree, start, end, held.scraps);
            held.trees.insert(1, before);
            held.trees.insert(3, after);
            held.scraps.keep(own.clone());
            for (key, value) in own.iter() {
                put_below(&mut held.trees[2], key, value, gone);
            }
        }
        // The first tree takes the others in.
        for at in 1..held.trees.len() {
            let part = mem::take(&mut held.trees[at]);
            held.trees[0].append(part, held.scraps);
        }
        let all = mem::take(&mut held.trees[0]);
        held.scraps.replace(&mut self.tree, all);
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

/// Trees that are kept as scraps when this goes, so that a panic in `Ord` or `Clone` drops nothing of the user's.
struct Held<'a, K, V> {
    trees: Vec<Tree<K, V>>,
    scraps: &'a mut Scraps<K, V>,
}

impl<K, V> Drop for Held<'_, K, V> {
    fn drop(&mut self) {
        self.trees.drain(..).for_each(|tree| self.scraps.keep(tree));
    }
}

/// Cuts a tree in what is in front of a range of ranks, in it, and behind it.
fn cut_out<K: Clone, V: Clone>(
    tree: &Tree<K, V>,
    start: usize,
    end: usize,
    scraps: &mut Scraps<K, V>,
) -> [Tree<K, V>; 3] {
    let (rest, behind) = tree.cut(end, scraps);
    let mut held = Held { trees: vec![rest, behind], scraps };
    let (front, between) = held.trees[0].cut(start, held.scraps);
    [front, between, mem::take(&mut held.trees[1])]
}

fn clone_entries<K: Clone, V: Clone>(tree: &mut Tree<K, V>, gone: &mut Leavings<K, V>) {
    for (key, value) in tree.iter() {
        gone.entry_of(key, value);
    }
}

/// Clones an entry into a tree, whose value counts if it has the key. The key is replaced then.
fn put_below<K: Ord + Clone, V: Clone>(tree: &mut Tree<K, V>, key: &K, value: &V, gone: &mut Leavings<K, V>) {
    match tree.find(key) {
        Ok(path) => {
            let mut key = key.clone();
            tree.swap_key(&path, &mut key, &mut gone.keys);
            gone.keys.push(key);
        }
        Err(path) => _ = tree.insert(path, gone.entry_of(key, value)),
    }
}
