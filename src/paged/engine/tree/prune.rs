//! Removing many entries at once.
//!
//! A leaf that loses entries is changed in place, or if it is shared, what stays of it is cloned. What loses nothing stays shared, nodes above
//! leaves as well. Then the nodes that have become narrow are mended, as a single removal does it, and those for which there is room in one
//! are joined.
//!
//! A panic in `Clone` must find the tree in order. So the walk goes from right to left: the first leaf below a node is the last to change,
//! and no clone is made between that and the change of the key before the node.

use super::node::{Inner, Leaf, Node, make_mut};
use super::{Path, Scraps, Tree, size};
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::sync::Arc;

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Removes the entries with these ranks, which ascend.
    ///
    /// If a `Clone` panics, entries may be left that were to go.
    pub(in crate::paged) fn remove_ranks(&mut self, ranks: &[usize], scraps: &mut Scraps<K, V>) {
        if ranks.len() == self.len {
            return scraps.replace(self, Self::new());
        }
        let mut narrow = Vec::new();
        if let Some(root) = &mut self.root {
            let mut root = Counted { node: root, len: &mut self.len };
            Pruning { narrow: &mut narrow, scraps }.node(&mut root, 0, ranks);
        }
        for rank in narrow.into_iter().rev() {
            let gone = ranks.partition_point(|&lost| lost < rank);
            while self.mend_way(rank - gone, &mut scraps.keys) {}
        }
    }

    /// Mends a node on the way to an entry, and returns `true` if there is one to be mended.
    fn mend_way(&mut self, rank: usize, waste: &mut Vec<K>) -> bool {
        let Some(path) = self.path_of(rank) else { return false };
        let Some(mut node) = self.root.as_mut() else { return false };
        if let Node::Inner(inner) = &**node {
            if let [only] = &inner.children[..] {
                // Its keys are none.
                let only = Arc::clone(&only.node);
                self.root = Some(only);
                return true;
            }
        }
        let mut level = 0;
        while is_mended_below(node, &path, level) {
            let Node::Inner(inner) = make_mut(node, 0) else { break };
            let at = path.at(level);
            if let Some(second) = mended(inner, at) {
                inner.mend(second, waste);
                return true;
            }
            node = &mut inner.children[at].node;
            level += 1;
        }
        false
    }
}

/// Returns which child is to be mended with the one before it, so that this one is wide enough, if it is not: it is narrow, or nobody shares
/// it and its neighbour, and there is room for both in one.
fn mended<K, V>(inner: &Inner<K, V>, at: usize) -> Option<usize> {
    let is_low = inner.children[at].node.is_low();
    let is_pair = |&second: &usize| (1..inner.children.len()).contains(&second);
    let is_joined = |&second: &usize| {
        let pair = [&inner.children[second - 1].node, &inner.children[second].node];
        let has_room = pair[0].width() + pair[1].width() <= size::joined(pair[0].most());
        has_room && (is_low || pair.iter().all(|node| !is_shared(node)))
    };
    // The one behind it, if both may: the one before has been mended.
    let pairs = || [at + 1, at].into_iter().filter(is_pair);
    pairs().find(is_joined).or_else(|| pairs().next_back().filter(|_| is_low))
}

/// Whether a node on the way down from this one is to be mended.
fn is_mended_below<K, V>(mut node: &Node<K, V>, path: &Path, mut level: usize) -> bool {
    while let Node::Inner(inner) = node {
        if mended(inner, path.at(level)).is_some() {
            return true;
        }
        (node, level) = (&inner.children[path.at(level)].node, level + 1);
    }
    false
}

/// A node whose length is right again when this goes, also if a panic does that.
struct Counted<'a, K, V> {
    node: &'a mut Arc<Node<K, V>>,
    len: &'a mut usize,
}

impl<K, V> Drop for Counted<'_, K, V> {
    fn drop(&mut self) {
        *self.len = self.node.len();
    }
}

/// Returns the first rank from `start` on that is not in `ranks`, which ascend.
fn first_kept(start: usize, ranks: &[usize]) -> usize {
    start + ranks.iter().zip(start..).take_while(|(lost, rank)| *lost == rank).count()
}

struct Pruning<'a, K, V> {
    /// An entry below each node that has become narrow, by the rank that it had before. They descend.
    narrow: &'a mut Vec<usize>,
    scraps: &'a mut Scraps<K, V>,
}

impl<K: Clone, V: Clone> Pruning<'_, K, V> {
    /// Removes the entries with some ranks, not all, below a node whose first entry has the rank `start`.
    fn node(&mut self, counted: &mut Counted<'_, K, V>, start: usize, ranks: &[usize]) {
        if matches!(**counted.node, Node::Leaf(_)) {
            self.leaf(counted.node, start, ranks);
        } else if let Node::Inner(inner) = make_mut(counted.node, 0) {
            self.children(inner, start, ranks);
        }
        if counted.node.width() <= counted.node.most() / 2 {
            self.narrow.push(first_kept(start, ranks));
        }
    }

    fn leaf(&mut self, node: &mut Arc<Node<K, V>>, start: usize, ranks: &[usize]) {
        if let Some(Node::Leaf(leaf)) = Arc::get_mut(node) {
            return self.scraps.entries.extend(leaf.extract(ranks.iter().map(|rank| rank - start)));
        }
        let Node::Leaf(leaf) = &**node else { unreachable!("the caller has looked") };
        let mut kept = Leaf::with_capacity(leaf.len() - ranks.len());
        let mut lost = ranks.iter().map(|rank| rank - start).peekable();
        for (index, (key, value)) in leaf.keys.iter().zip(&leaf.values).enumerate() {
            if lost.next_if_eq(&index).is_none() {
                kept.push(key.clone(), value.clone());
            }
        }
        let before = mem::replace(node, Arc::new(Node::Leaf(kept)));
        self.scraps.keep(Tree::of(Some(before)));
    }

    fn children(&mut self, inner: &mut Inner<K, V>, start: usize, ranks: &[usize]) {
        let (mut ranks, mut end) = (ranks, start + inner.len());
        for at in (0..inner.children.len()).rev() {
            let child = &mut inner.children[at];
            let start = end - child.len;
            let (others, lost) = ranks.split_at(ranks.partition_point(|&rank| rank < start));
            (ranks, end) = (others, start);
            if lost.is_empty() {
                continue;
            }
            if lost.len() == child.len {
                // Where the first child goes, it is the key of the second, which stands before the node itself then.
                let key = inner.keys_mut().remove(at.saturating_sub(1));
                self.scraps.keys.push(key);
                self.scraps.keep(Tree::of(Some(inner.children.remove(at).node)));
                continue;
            }
            let first = first_kept(start, lost) - start;
            let renewed = if at > 0 && first > 0 { child.node.key_at(first).cloned() } else { None };
            if renewed.is_some() {
                // They are cloned now, if they are shared, and not later.
                inner.keys_mut();
            }
            let child = &mut inner.children[at];
            let mut counted = Counted { node: &mut child.node, len: &mut child.len };
            self.node(&mut counted, start, lost);
            drop(counted);
            let replaced = renewed.map(|key| mem::replace(&mut inner.keys_mut()[at - 1], key));
            self.scraps.keys.extend(replaced);
        }
    }
}
