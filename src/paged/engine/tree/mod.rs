//! An ordered map in pages: a B+ tree whose nodes are copied on write.
//!
//! The leaves hold the entries, keys and values side by side. An inner node holds its children, how many entries are below each, and
//! a clone of the first key of each but the first. All leaves are on one level. A small map is one leaf alone.
//!
//! Four rules hold in here:
//!
//! - A write first finds a [`Path`], by comparisons, and then changes nodes, without any. So whatever `Ord` says, and if it panics, the
//!   nodes are in order.
//! - Each step makes unshared what it will change, and clones what it needs, before it moves the first key (`node.rs`).
//! - A write goes down once. On the way it splits what is full and mends what is narrow, so that the node above has room for what
//!   comes up. Each split and each mending is a change of its own, after which the tree is in order.
//! - The lengths on the way are corrected after the entry has come or gone, on the way back. Nothing of the user's runs there.
//!
//! Keys of inner nodes that are not needed any more go to a `waste`, which the caller drops when the tree is in order. What a change of
//! many entries leaves goes to [`Scraps`].

mod build;
#[cfg(all(test, not(readmostly_shuttle)))]
mod check;
mod edit;
mod iter;
mod join;
mod node;
mod pairs;
#[cfg(feature = "rayon")]
mod parts;
mod path;
mod prune;
mod search;
mod share;
mod size;
// A run in shuttle has no crate for random cases.
#[cfg(all(test, not(readmostly_shuttle)))]
mod tests;
mod walk;

pub(in crate::paged) use self::build::sort_by_key;
pub(in crate::paged) use self::iter::Iter;
pub(in crate::paged) use self::pairs::{Pair, Pairs};
#[cfg(feature = "rayon")]
pub(crate) use self::parts::OwnedPart;
pub(crate) use self::path::Path;
pub(in crate::paged) use self::walk::{IntoIter, IterMut};

use self::node::Node;
use std::mem;
use std::sync::Arc;

/// A B+ tree in copy-on-write nodes. Cloning it is one `Arc` clone.
pub(crate) struct Tree<K, V> {
    /// An empty tree has none.
    root: Option<Arc<Node<K, V>>>,
    len: usize,
}

impl<K, V> Tree<K, V> {
    pub(in crate::paged) const fn new() -> Self {
        Self { root: None, len: 0 }
    }

    #[inline]
    pub(in crate::paged) fn len(&self) -> usize {
        self.len
    }

    /// Makes a tree of a root, or none of an empty one.
    fn of(root: Option<Arc<Node<K, V>>>) -> Self {
        let len = root.as_ref().map_or(0, |node| node.len());
        Self { root: root.filter(|_| len > 0), len }
    }
}

/// What a change of many entries takes out or needs no more, for the caller to drop.
pub(crate) struct Scraps<K, V> {
    pub(in crate::paged) entries: Vec<(K, V)>,
    /// Keys of inner nodes.
    keys: Vec<K>,
    trees: Vec<Tree<K, V>>,
}

impl<K, V> Default for Scraps<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), keys: Vec::new(), trees: Vec::new() }
    }
}

impl<K, V> Scraps<K, V> {
    /// Replaces a tree, and keeps the one before.
    pub(in crate::paged) fn replace(&mut self, tree: &mut Tree<K, V>, by: Tree<K, V>) {
        self.keep(mem::replace(tree, by));
    }

    pub(in crate::paged) fn keep(&mut self, tree: Tree<K, V>) {
        self.trees.push(tree);
    }
}

impl<K, V> Clone for Tree<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len }
    }
}

impl<K, V> Default for Tree<K, V> {
    fn default() -> Self {
        Self::new()
    }
}
