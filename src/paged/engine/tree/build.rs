//! Making a tree of what is in order.

use super::node::{Child, Inner, Leaf, Node};
use super::{Tree, size};

/// Sorts entries by their keys. Of several with equal keys the first one stays, after `merge` was called with it and each of the
/// others, in their order.
pub(in crate::paged) fn sort_by_key<K: Ord, V>(
    entries: &mut Vec<(K, V)>,
    merge: impl Fn(&mut (K, V), &mut (K, V)),
) {
    // Most are in order already. Then one comparison for each is all.
    if entries.windows(2).all(|pair| pair[0].0.cmp(&pair[1].0).is_lt()) {
        return;
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|next, kept| {
        let is_same = next.0.cmp(&kept.0).is_eq();
        if is_same {
            merge(kept, next);
        }
        is_same
    });
}

/// The nodes of one level, from left to right.
pub(super) struct Level<K, V> {
    /// The first key of each node but the first.
    keys: Vec<K>,
    nodes: Vec<Child<K, V>>,
}

impl<K: Clone, V> Level<K, V> {
    pub(super) fn new() -> Self {
        Self { keys: Vec::new(), nodes: Vec::new() }
    }

    pub(super) fn push(&mut self, node: Child<K, V>) {
        if !self.nodes.is_empty() {
            self.keys.extend(node.node.first_key().cloned());
        }
        self.nodes.push(node);
    }

    /// Makes the levels above, up to a root.
    pub(super) fn finish(mut self) -> Tree<K, V> {
        while self.nodes.len() > 1 {
            let (mut keys, mut above) = (self.keys.into_iter(), Self::new());
            let count = self.nodes.len();
            let mut nodes = self.nodes.into_iter();
            for width in size::cut(count, size::INNER) {
                if !above.nodes.is_empty() {
                    above.keys.extend(keys.next());
                }
                let children = nodes.by_ref().take(width).collect();
                let inner = Inner::new(keys.by_ref().take(width - 1).collect(), children);
                above.nodes.push(Node::Inner(inner).into_child());
            }
            self = above;
        }
        Tree::of(self.nodes.pop().map(|root| root.node))
    }
}

impl<K: Clone, V> Tree<K, V> {
    /// Makes a tree with full leaves of entries whose keys ascend.
    pub(in crate::paged) fn of_sorted(entries: Vec<(K, V)>) -> Self {
        let mut level = Level::new();
        let widths = size::cut(entries.len(), Leaf::<K, V>::MOST);
        let mut entries = entries.into_iter();
        for width in widths {
            let (keys, values) = entries.by_ref().take(width).unzip();
            level.push(Node::Leaf(Leaf { keys, values }).into_child());
        }
        level.finish()
    }
}
