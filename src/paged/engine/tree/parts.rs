//! A tree in parts, for several threads to walk over.

use super::node::{Child, Leaf, Node, make_mut};
use super::{IntoIter, Tree};
use std::mem;
use std::sync::Arc;

/// Entries by value: leaves from left to right.
pub(crate) struct OwnedPart<K, V> {
    leaves: Vec<Child<K, V>>,
    len: usize,
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Makes a part of all entries. Those of a leaf that is shared are cloned when the walk reaches it.
    pub(crate) fn into_part(self) -> OwnedPart<K, V> {
        /// Takes the leaves below a node, and lets go of the node.
        fn gather<K: Clone, V: Clone>(child: Child<K, V>, leaves: &mut Vec<Child<K, V>>) {
            if matches!(*child.node, Node::Leaf(_)) {
                leaves.push(child);
            } else if let Node::Inner(inner) = Arc::unwrap_or_clone(child.node) {
                inner.children.into_iter().for_each(|child| gather(child, leaves));
            }
        }
        let (mut leaves, len) = (Vec::new(), self.len);
        if let Some(node) = self.root {
            gather(Child { node, len }, &mut leaves);
        }
        OwnedPart { leaves, len }
    }
}

impl<K, V> OwnedPart<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The entries, to be shown.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let leaves = self.leaves.iter().filter_map(|child| child.node.first_leaf());
        leaves.flat_map(|leaf| leaf.keys.iter().zip(&leaf.values))
    }
}

impl<K: Clone, V: Clone> OwnedPart<K, V> {
    /// Cuts it in front of an entry. A leaf that is cut is cloned first if it is shared.
    pub(crate) fn split_at(mut self, index: usize) -> (Self, Self) {
        let mut left = index;
        let at = self.leaves.iter().position(|child| {
            let is_here = left < child.len;
            left -= if is_here { 0 } else { child.len };
            is_here
        });
        let mut behind = self.leaves.split_off(at.unwrap_or(self.leaves.len()));
        if let Some(child) = behind.first_mut().filter(|_| left > 0) {
            if let Node::Leaf(leaf) = make_mut(&mut child.node, 0) {
                let half = Leaf { keys: leaf.keys.split_off(left), values: leaf.values.split_off(left) };
                let front = mem::replace(child, Node::Leaf(half).into_child());
                self.leaves.push(Child { len: left, ..front });
            }
        }
        let len = self.len - index;
        (Self { leaves: self.leaves, len: index }, Self { leaves: behind, len })
    }

    pub(in crate::paged) fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::of_leaves(self.leaves, self.len)
    }
}
