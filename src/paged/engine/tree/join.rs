//! Joining two trees and cutting one in two, by whole subtrees.

use super::node::{Child, Inner, Leaf, Node, make_mut, split};
use super::{Path, Scraps, Tree};
use std::sync::Arc;

/// The side of a tree that another one is put on.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Front,
    Back,
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Appends a tree all of whose keys are greater. Both share with their clones what does not lie at the seam.
    ///
    /// If a `Clone` panics this tree is as it was.
    pub(in crate::paged) fn append(&mut self, other: Self, scraps: &mut Scraps<K, V>) {
        let Some(theirs) = other.root else { return };
        let Some(mine) = self.root.clone() else {
            return *self = Self { root: Some(theirs), len: other.len };
        };
        let Some(key) = theirs.first_key().cloned() else { return };
        let (mine, theirs) = (Child { node: mine, len: self.len }, Child { node: theirs, len: other.len });
        let (up, theirs_up) = (mine.node.height(), theirs.node.height());
        let len = self.len + other.len;
        let root = if up >= theirs_up {
            Graft { child: theirs, key, side: Side::Back }.onto(mine, up - theirs_up, scraps)
        } else {
            Graft { child: mine, key, side: Side::Front }.onto(theirs, theirs_up - up, scraps)
        };
        scraps.replace(self, Self { root: Some(root), len });
    }

    /// Returns the first `rank` entries, and the others. They share with this tree what does not lie at the cut.
    pub(in crate::paged) fn cut(&self, rank: usize, scraps: &mut Scraps<K, V>) -> (Self, Self) {
        match (&self.root, self.path_of(rank)) {
            (Some(root), Some(path)) if rank > 0 => cut_node(root, &path, 0, scraps),
            (_, Some(_)) => (Self::new(), self.clone()),
            (_, None) => (self.clone(), Self::new()),
        }
    }
}

fn cut_node<K: Clone, V: Clone>(
    node: &Node<K, V>,
    path: &Path,
    level: usize,
    scraps: &mut Scraps<K, V>,
) -> (Tree<K, V>, Tree<K, V>) {
    let at = path.at(level);
    match node {
        Node::Leaf(leaf) => {
            let (keys, keys_after) = leaf.keys.split_at(at);
            let (values, values_after) = leaf.values.split_at(at);
            let tree = |keys: &[K], values: &[V]| {
                let leaf = Leaf { keys: keys.to_vec(), values: values.to_vec() };
                Tree::of(Some(Arc::new(Node::Leaf(leaf))))
            };
            (tree(keys, values), tree(keys_after, values_after))
        }
        Node::Inner(inner) => {
            let (in_front, behind) = cut_node(&inner.children[at].node, path, level + 1, scraps);
            let mut before = some_of(inner, 0, at);
            before.append(in_front, scraps);
            let mut after = behind;
            after.append(some_of(inner, at + 1, inner.children.len()), scraps);
            (before, after)
        }
    }
}

/// Makes a tree of some children of a node.
fn some_of<K: Clone, V: Clone>(inner: &Inner<K, V>, from: usize, to: usize) -> Tree<K, V> {
    match &inner.children[from..to] {
        [] => Tree::new(),
        [only] => Tree::of(Some(Arc::clone(&only.node))),
        children => {
            let keys = inner.keys()[from..to - 1].to_vec();
            Tree::of(Some(Arc::new(Node::Inner(Inner::new(keys, children.to_vec())))))
        }
    }
}

/// A subtree that becomes a part of a tree that is at least as high.
struct Graft<K, V> {
    child: Child<K, V>,
    /// The first key of what lies behind the seam.
    key: K,
    side: Side,
}

impl<K: Clone, V: Clone> Graft<K, V> {
    /// Puts the subtree `depth` levels below a root, and returns the root that there is then.
    fn onto(self, mut root: Child<K, V>, depth: usize, scraps: &mut Scraps<K, V>) -> Arc<Node<K, V>> {
        if depth == 0 {
            let is_low = root.node.is_low() || self.child.node.is_low();
            let children = match self.side {
                Side::Front => vec![self.child, root],
                Side::Back => vec![root, self.child],
            };
            let mut above = Inner::new(vec![self.key], children);
            if is_low {
                above.mend(1, &mut scraps.keys);
            }
            return match above.children.pop() {
                Some(only) if above.children.is_empty() => only.node,
                last => {
                    above.children.extend(last);
                    Arc::new(Node::Inner(above))
                }
            };
        }
        if !root.node.is_full() {
            self.below(&mut root.node, depth, scraps);
            return root.node;
        }
        let mid = root.node.width() / 2;
        let (key, half) = split(&mut root.node, mid);
        root.len -= half.len;
        let mut above = Arc::new(Node::Inner(Inner::new(vec![key], vec![root, half])));
        self.below(&mut above, depth + 1, scraps);
        above
    }

    /// Puts the subtree `depth` levels below a node that has room for one more child.
    fn below(self, node: &mut Arc<Node<K, V>>, depth: usize, scraps: &mut Scraps<K, V>) {
        let Node::Inner(inner) = make_mut(node, 0) else { unreachable!("it is higher than the graft") };
        let last = inner.children.len() - 1;
        if depth == 1 {
            inner.keys_mut();
            let (at, neighbour) = if self.side == Side::Front { (0, 0) } else { (last + 1, last) };
            let is_low = self.child.node.is_low() || inner.children[neighbour].node.is_low();
            inner.keys_mut().insert(neighbour, self.key);
            inner.children.insert(at, self.child);
            if is_low {
                inner.mend(neighbour + 1, &mut scraps.keys);
            }
            return;
        }
        let mut at = if self.side == Side::Front { 0 } else { last };
        let child = &inner.children[at].node;
        if child.is_full() {
            inner.split_child(at, child.width() / 2);
            at += usize::from(self.side == Side::Back);
        }
        let child = &mut inner.children[at];
        let len = self.child.len;
        self.below(&mut child.node, depth - 1, scraps);
        child.len += len;
    }
}
