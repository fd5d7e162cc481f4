//! Insertion, removal and change of single entries.

use super::node::{Child, Inner, Leaf, Node, make_mut, split};
use super::{Path, Tree, size};
use std::mem;
use std::sync::Arc;

impl<K, V> Inner<K, V> {
    /// Returns the child that holds the entry with the rank `left`, which becomes the rank in that child.
    pub(super) fn child_with(&self, left: &mut usize) -> Option<usize> {
        self.children.iter().position(|child| {
            let is_here = *left < child.len;
            if !is_here {
                *left -= child.len;
            }
            is_here
        })
    }
}

/// Returns where a full node is split, so that there is room at `index`.
///
/// Who inserts at an end is likely to go on there. So the other side gets most, and is not split again.
fn middle(most: usize, index: usize) -> usize {
    if index + 1 >= most {
        most - size::low(most)
    } else if index == 0 {
        size::low(most)
    } else {
        most / 2
    }
}

impl<K: Clone, V: Clone> Tree<K, V> {
    /// Returns the value at a place. What is shared on the way there is copied.
    pub(in crate::paged) fn get_mut(&mut self, path: &Path) -> Option<(&K, &mut V)> {
        let (mut node, mut level) = (self.root.as_mut()?, 0);
        loop {
            match make_mut(node, 0) {
                Node::Inner(inner) => node = &mut inner.children.get_mut(path.at(level))?.node,
                Node::Leaf(leaf) => {
                    return leaf.keys.get(path.at(level)).zip(leaf.values.get_mut(path.at(level)));
                }
            }
            level += 1;
        }
    }

    /// Swaps a key with the one at a place, and with the clones of that in inner nodes.
    pub(in crate::paged) fn swap_key(&mut self, path: &Path, key: &mut K, waste: &mut Vec<K>) {
        fn swap<K: Clone, V: Clone>(
            node: &mut Arc<Node<K, V>>,
            path: &Path,
            level: usize,
            key: &mut K,
            waste: &mut Vec<K>,
        ) {
            let at = path.at(level);
            match make_mut(node, 0) {
                Node::Leaf(leaf) => mem::swap(&mut leaf.keys[at], key),
                Node::Inner(inner) => {
                    let renewed = (at > 0 && path.is_first_below(level)).then(|| {
                        inner.keys_mut();
                        key.clone()
                    });
                    swap(&mut inner.children[at].node, path, level + 1, key, waste);
                    waste.extend(renewed.map(|renewed| mem::replace(&mut inner.keys_mut()[at - 1], renewed)));
                }
            }
        }
        if let Some(root) = &mut self.root {
            swap(root, path, 0, key, waste);
        }
    }

    /// Inserts an entry at the place that [`find`](Self::find) has given for its key. Returns the place where it is then.
    ///
    /// The entry is taken out when nothing can panic any more.
    pub(in crate::paged) fn insert(&mut self, mut path: Path, entry: &mut Option<(K, V)>) -> Path {
        let root = self.root.get_or_insert_with(|| Arc::new(Node::Leaf(Leaf::new())));
        if root.is_full() {
            let at = path.at(0);
            let mid = middle(root.width(), at);
            let (key, half) = split(root, mid);
            let (is_leaf, len) = (matches!(**root, Node::Leaf(_)), self.len - half.len);
            let children = [self.root.take().map(|node| Child { node, len }), Some(half)];
            let children = children.into_iter().flatten().collect();
            self.root = Some(Arc::new(Node::Inner(Inner::new(vec![key], children))));
            path.push_root(0);
            go_right_of(&mut path, 0, mid, is_leaf);
        }
        let is_new = entry.is_some();
        if let Some(root) = &mut self.root {
            insert_below(root, &mut path, 0, entry);
        }
        self.len += usize::from(is_new);
        path
    }

    /// Removes the entry at a place.
    pub(in crate::paged) fn remove(&mut self, mut path: Path, gone: &mut Option<(K, V)>, waste: &mut Vec<K>) {
        loop {
            let Some(root) = &mut self.root else { return };
            if self.len == 1 {
                let Node::Leaf(leaf) = make_mut(root, 0) else { unreachable!("one entry is one leaf") };
                *gone = Some(leaf.remove(path.at(0)));
                (self.root, self.len) = (None, 0);
                return;
            }
            let Node::Inner(inner) = make_mut(root, 0) else { break };
            mend_on(inner, &mut path, 0, waste);
            if inner.children.len() > 1 {
                break;
            }
            self.root = inner.children.pop().map(|only| only.node);
            path.drop_root();
        }
        if let Some(root) = &mut self.root {
            remove_below(root, &mut path, 0, gone, waste);
            self.len -= 1;
        }
    }
}

/// Corrects a path after the child that it takes was split at `mid`.
fn go_right_of(path: &mut Path, level: usize, mid: usize, is_leaf: bool) {
    let below = path.at(level + 1);
    // An entry that is between two leaves goes to the end of the first: the second keeps its first key.
    if below > mid || (below == mid && !is_leaf) {
        path.set(level, path.at(level) + 1);
        path.set(level + 1, below - mid);
    }
}

fn insert_below<K: Clone, V: Clone>(
    node: &mut Arc<Node<K, V>>,
    path: &mut Path,
    level: usize,
    entry: &mut Option<(K, V)>,
) {
    match make_mut(node, 1) {
        Node::Leaf(leaf) => {
            if let Some((key, value)) = entry.take() {
                leaf.insert(path.at(level), key, value);
            }
        }
        Node::Inner(inner) => {
            let child = &inner.children[path.at(level)].node;
            if child.is_full() {
                let is_leaf = matches!(**child, Node::Leaf(_));
                let mid = middle(child.width(), path.at(level + 1));
                inner.split_child(path.at(level), mid);
                go_right_of(path, level, mid, is_leaf);
            }
            let child = &mut inner.children[path.at(level)];
            let is_new = entry.is_some();
            insert_below(&mut child.node, path, level + 1, entry);
            child.len += usize::from(is_new);
        }
    }
}

/// Mends the child that a path takes if it is narrow.
fn mend_on<K: Clone, V: Clone>(inner: &mut Inner<K, V>, path: &mut Path, level: usize, waste: &mut Vec<K>) {
    let at = path.at(level);
    if inner.children.len() > 1 && inner.children[at].node.is_low() {
        let moved = inner.mend(at, waste);
        path.set(level, moved.child);
        path.set(level + 1, path.at(level + 1) + moved.before);
    }
}

fn remove_below<K: Clone, V: Clone>(
    node: &mut Arc<Node<K, V>>,
    path: &mut Path,
    level: usize,
    gone: &mut Option<(K, V)>,
    waste: &mut Vec<K>,
) {
    match make_mut(node, 0) {
        Node::Leaf(leaf) => *gone = Some(leaf.remove(path.at(level))),
        Node::Inner(inner) => {
            mend_on(inner, path, level, waste);
            let at = path.at(level);
            let mut renewed = None;
            if at > 0 && path.is_first_below(level) {
                inner.keys_mut();
                let leaf = inner.children[at].node.first_leaf();
                renewed = leaf.and_then(|leaf| leaf.keys.get(1)).cloned();
            }
            let child = &mut inner.children[at];
            remove_below(&mut child.node, path, level + 1, gone, waste);
            child.len -= 1;
            waste.extend(renewed.map(|key| mem::replace(&mut inner.keys_mut()[at - 1], key)));
        }
    }
}
