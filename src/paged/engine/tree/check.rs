//! Whether a tree is in order.

use super::node::{Leaf, Node};
use super::{Tree, size};

impl<K: Ord, V> Tree<K, V> {
    /// Panics unless the keys ascend, all leaves are on one level, no node is too wide, no node but the root is too narrow, the lengths are
    /// right, and each key of an inner node is the first one behind it.
    #[track_caller]
    pub(super) fn check(&self) {
        self.check_but_for_width();
        if let Some(root) = &self.root {
            widths(root, true);
        }
    }

    /// As [`check`](Self::check), but a node may be narrow: as after a panic between two trees.
    #[track_caller]
    pub(super) fn check_but_for_width(&self) {
        let Some(root) = &self.root else { return assert_eq!(self.len, 0) };
        assert_eq!(self.len, root.len());
        assert!(self.len > 0, "an empty tree has no root");
        level(root, root.height());
        let keys: Vec<_> = self.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), self.len);
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "the keys do not ascend");
    }
}

fn level<K: Ord, V>(node: &Node<K, V>, height: usize) {
    match node {
        Node::Leaf(leaf) => {
            assert_eq!(height, 0, "a leaf is on another level");
            assert_eq!(leaf.keys.len(), leaf.values.len());
            assert!((1..=Leaf::<K, V>::MOST).contains(&leaf.len()), "a leaf of {}", leaf.len());
        }
        Node::Inner(inner) => {
            assert_eq!(inner.keys().len() + 1, inner.children.len());
            assert!((1..=size::INNER).contains(&inner.children.len()));
            for (index, child) in inner.children.iter().enumerate() {
                assert_eq!(child.len, child.node.len());
                if index > 0 {
                    assert!(
                        child.node.first_key() == inner.keys().get(index - 1),
                        "a key is not the first one"
                    );
                }
                level(&child.node, height - 1);
            }
        }
    }
}

fn widths<K, V>(node: &Node<K, V>, is_root: bool) {
    let least = if is_root { 2 } else { size::low(node.most()).max(1) };
    match node {
        Node::Leaf(_) if is_root => {}
        Node::Leaf(leaf) => assert!(leaf.len() >= least, "a leaf of {}", leaf.len()),
        Node::Inner(inner) => {
            assert!(inner.children.len() >= least, "an inner node of {}", inner.children.len());
            inner.children.iter().for_each(|child| widths(&child.node, false));
        }
    }
}
