//! Removing many entries at once.

use super::build::Level;
use super::node::{Child, Leaf, Node};
use super::{Scraps, Tree, size};
use std::mem;
use std::sync::Arc;

/// Returns whether so few of the entries go that each is removed by itself: then inner nodes are shared as well.
fn are_few(gone: usize, len: usize) -> bool {
    gone <= len / 16
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Removes the entries with these ranks, which ascend. The leaves that lose none stay shared.
    ///
    /// If a `Clone` panics, entries may be left that were to go.
    pub(in crate::paged) fn remove_ranks(&mut self, ranks: &[usize], scraps: &mut Scraps<K, V>) {
        if are_few(ranks.len(), self.len) {
            for &rank in ranks.iter().rev() {
                let mut entry = None;
                if let Some(path) = self.path_of(rank) {
                    self.remove(path, &mut entry, &mut scraps.keys);
                }
                scraps.entries.extend(entry);
            }
        } else {
            let rest = self.without(ranks, &mut scraps.keys);
            scraps.replace(self, rest);
        }
    }

    /// Makes a tree without some entries. It shares the leaves that lose none. Keys that it has cloned in vain go to `waste`.
    fn without(&self, ranks: &[usize], waste: &mut Vec<K>) -> Self {
        let mut rebuild = Rebuild { level: Level::new(), rest: Leaf::new() };
        let (mut ranks, mut start) = (ranks, 0);
        self.for_each_leaf(&mut |child, leaf| {
            let end = start + leaf.len();
            let here = ranks.partition_point(|rank| *rank < end);
            let (lost, others) = ranks.split_at(here);
            ranks = others;
            if lost.is_empty() {
                rebuild.keep(child, leaf);
            } else {
                let mut lost = lost.iter().map(|rank| rank - start).peekable();
                let stays = (0..leaf.len()).filter(|index| lost.next_if_eq(index).is_none());
                rebuild.take(leaf, stays);
            }
            start = end;
        });
        rebuild.finish(waste)
    }

    fn for_each_leaf<'a>(&'a self, f: &mut impl FnMut(Child<K, V>, &'a Leaf<K, V>)) {
        fn go<'a, K, V>(node: &'a Arc<Node<K, V>>, f: &mut impl FnMut(Child<K, V>, &'a Leaf<K, V>)) {
            match &**node {
                Node::Leaf(leaf) => f(Child { node: Arc::clone(node), len: leaf.len() }, leaf),
                Node::Inner(inner) => inner.children.iter().for_each(|child| go(&child.node, f)),
            }
        }
        if let Some(root) = &self.root {
            go(root, f);
        }
    }
}

/// A tree that is being made of whole leaves and of parts of others.
struct Rebuild<K, V> {
    level: Level<K, V>,
    /// What is not in a leaf of its own yet.
    rest: Leaf<K, V>,
}

impl<K: Clone, V: Clone> Rebuild<K, V> {
    fn keep(&mut self, child: Child<K, V>, leaf: &Leaf<K, V>) {
        let narrow = size::low(Leaf::<K, V>::MOST);
        if self.rest.len() > 0 && (self.rest.len() <= narrow || leaf.len() <= narrow) {
            return self.take(leaf, 0..leaf.len());
        }
        self.close();
        self.level.push(child);
    }

    fn take(&mut self, leaf: &Leaf<K, V>, indices: impl Iterator<Item = usize>) {
        for index in indices {
            self.rest.push(leaf.keys[index].clone(), leaf.values[index].clone());
        }
        self.cut();
    }

    /// Makes two halves of what is too wide, of which none is narrow.
    fn cut(&mut self) {
        if self.rest.len() > Leaf::<K, V>::MOST {
            let half = self.rest.split_off(self.rest.len() / 2);
            self.close();
            self.rest = half;
        }
    }

    /// Makes a leaf of the rest.
    fn close(&mut self) {
        if self.rest.len() > 0 {
            let mut leaf = mem::replace(&mut self.rest, Leaf::new());
            leaf.give_back();
            self.level.push(Node::Leaf(leaf).into_child());
        }
    }

    fn finish(mut self, waste: &mut Vec<K>) -> Tree<K, V> {
        if self.rest.len() > 0 && self.rest.len() <= size::low(Leaf::<K, V>::MOST) {
            if let Some((key, last)) = self.level.pop() {
                waste.extend(key);
                let rest = mem::replace(&mut self.rest, Leaf::new());
                match Arc::try_unwrap(last.node) {
                    // It was made in here.
                    Ok(Node::Leaf(leaf)) => self.rest = leaf,
                    Ok(Node::Inner(_)) => unreachable!("the level is one of leaves"),
                    // The tree before has it as well.
                    Err(shared) => {
                        if let Node::Leaf(leaf) = &*shared {
                            self.take(leaf, 0..leaf.len());
                        }
                    }
                }
                self.rest.append(rest);
                self.cut();
            }
        }
        self.close();
        self.level.finish()
    }
}
