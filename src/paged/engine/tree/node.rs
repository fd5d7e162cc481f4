//! The nodes, and what is done to two of them that lie side by side.
//!
//! Each change has two steps. The first makes what is to change unshared, and clones the keys that are needed: it may run into a
//! `Clone` that panics, and then every node has the content that it had. The second moves keys, values and children, and runs
//! nothing of the user's.

use super::size;
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::sync::Arc;

/// A node of a tree: a page.
#[derive(Clone)]
pub(super) enum Node<K, V> {
    Leaf(Leaf<K, V>),
    Inner(Inner<K, V>),
}

/// Entries in the order of their keys.
pub(super) struct Leaf<K, V> {
    pub(super) keys: Vec<K>,
    pub(super) values: Vec<V>,
}

/// Children in the order of their keys.
pub(super) struct Inner<K, V> {
    /// Of each child but the first, a clone of its first key. The copy of a node shares them. So a write that splits and joins
    /// nothing clones the keys of one leaf only.
    keys: Arc<Vec<K>>,
    pub(super) children: Vec<Child<K, V>>,
}

pub(super) struct Child<K, V> {
    pub(super) node: Arc<Node<K, V>>,
    /// How many entries are below it.
    pub(super) len: usize,
}

impl<K, V> Clone for Inner<K, V> {
    fn clone(&self) -> Self {
        Self { keys: Arc::clone(&self.keys), children: self.children.clone() }
    }
}

impl<K, V> Clone for Child<K, V> {
    fn clone(&self) -> Self {
        Self { node: Arc::clone(&self.node), len: self.len }
    }
}

impl<K: Clone, V: Clone> Clone for Leaf<K, V> {
    fn clone(&self) -> Self {
        self.copy(0)
    }
}

/// Clones elements to an allocation with room for `extra` more.
fn copy_of<T: Clone>(elements: &[T], extra: usize) -> Vec<T> {
    let mut copy = Vec::with_capacity(elements.len() + extra);
    copy.extend_from_slice(elements);
    copy
}

/// Makes room for one more element, and for some to come.
fn reserve_one<T>(elements: &mut Vec<T>, most: usize) {
    if elements.len() == elements.capacity() {
        let more = elements.len().max(3).min(most.saturating_sub(elements.len()));
        elements.reserve_exact(more.max(1));
    }
}

impl<K, V> Leaf<K, V> {
    pub(super) const MOST: usize = size::leaf::<K, V>();

    pub(super) fn new() -> Self {
        Self { keys: Vec::new(), values: Vec::new() }
    }

    pub(super) fn with_capacity(len: usize) -> Self {
        Self { keys: Vec::with_capacity(len), values: Vec::with_capacity(len) }
    }

    pub(super) fn push(&mut self, key: K, value: V) {
        self.keys.push(key);
        self.values.push(value);
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Inserts an entry, and returns its value. It runs nothing of the user's.
    pub(super) fn insert(&mut self, index: usize, key: K, value: V) -> Option<&mut V> {
        reserve_one(&mut self.keys, Self::MOST);
        reserve_one(&mut self.values, Self::MOST);
        self.keys.insert(index, key);
        self.values.insert(index, value);
        self.values.get_mut(index)
    }

    pub(super) fn remove(&mut self, index: usize) -> (K, V) {
        let entry = (self.keys.remove(index), self.values.remove(index));
        self.give_back();
        entry
    }

    /// Removes the entries at some indices, which ascend, and returns them. It runs nothing of the user's.
    pub(super) fn extract(&mut self, lost: impl Iterator<Item = usize>) -> Vec<(K, V)> {
        let (mut lost, mut kept) = (lost.peekable(), 0);
        for index in 0..self.len() {
            if lost.next_if_eq(&index).is_none() {
                self.keys.swap(kept, index);
                self.values.swap(kept, index);
                kept += 1;
            }
        }
        let gone = self.keys.drain(kept..).zip(self.values.drain(kept..)).collect();
        self.give_back();
        gone
    }

    /// Gives memory back if more than half of it is for nothing. Room for half as much again stays.
    pub(super) fn give_back(&mut self) {
        let len = self.len();
        if self.keys.capacity() > 2 * len + 8 {
            self.keys.shrink_to(len + len / 2);
            self.values.shrink_to(len + len / 2);
        }
    }

    pub(super) fn split_off(&mut self, index: usize) -> Self {
        Self { keys: self.keys.split_off(index), values: self.values.split_off(index) }
    }
}

impl<K: Clone, V: Clone> Leaf<K, V> {
    fn copy(&self, extra: usize) -> Self {
        Self { keys: copy_of(&self.keys, extra), values: copy_of(&self.values, extra) }
    }
}

impl<K, V> Inner<K, V> {
    /// Makes a node of children and of the first key of each but the first.
    pub(super) fn new(keys: Vec<K>, children: Vec<Child<K, V>>) -> Self {
        debug_assert_eq!(keys.len() + 1, children.len(), "a key for each child but the first");
        Self { keys: Arc::new(keys), children }
    }

    #[inline]
    pub(super) fn keys(&self) -> &[K] {
        &self.keys
    }

    pub(super) fn into_parts(self) -> (Arc<Vec<K>>, Vec<Child<K, V>>) {
        (self.keys, self.children)
    }

    pub(super) fn len(&self) -> usize {
        self.children.iter().map(|child| child.len).sum()
    }
}

impl<K: Clone, V> Inner<K, V> {
    /// Makes the keys unshared.
    pub(super) fn keys_mut(&mut self) -> &mut Vec<K> {
        Arc::make_mut(&mut self.keys)
    }
}

impl<K, V> Node<K, V> {
    pub(super) fn into_child(self) -> Child<K, V> {
        let len = self.len();
        Child { node: Arc::new(self), len }
    }

    /// The entries of a leaf, or the children of an inner node.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Leaf(leaf) => leaf.len(),
            Self::Inner(inner) => inner.children.len(),
        }
    }

    /// The most that [`width`](Self::width) may be.
    pub(super) fn most(&self) -> usize {
        match self {
            Self::Leaf(_) => Leaf::<K, V>::MOST,
            Self::Inner(_) => size::INNER,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.width() >= self.most()
    }

    pub(super) fn is_low(&self) -> bool {
        self.width() <= size::low(self.most())
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Leaf(leaf) => leaf.len(),
            Self::Inner(inner) => inner.len(),
        }
    }

    /// The levels below it.
    pub(super) fn height(&self) -> usize {
        let (mut node, mut height) = (self, 0);
        while let Self::Inner(inner) = node {
            let Some(child) = inner.children.first() else { break };
            (node, height) = (&child.node, height + 1);
        }
        height
    }

    pub(super) fn first_leaf(&self) -> Option<&Leaf<K, V>> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return Some(leaf),
                Self::Inner(inner) => node = &inner.children.first()?.node,
            }
        }
    }

    pub(super) fn last_leaf(&self) -> Option<&Leaf<K, V>> {
        let mut node = self;
        loop {
            match node {
                Self::Leaf(leaf) => return Some(leaf),
                Self::Inner(inner) => node = &inner.children.last()?.node,
            }
        }
    }

    pub(super) fn first_key(&self) -> Option<&K> {
        self.first_leaf()?.keys.first()
    }

    /// The key of the entry with this rank.
    pub(super) fn key_at(&self, rank: usize) -> Option<&K> {
        let (mut node, mut left) = (self, rank);
        loop {
            match node {
                Self::Leaf(leaf) => return leaf.keys.get(left),
                Self::Inner(inner) => node = &inner.children[inner.child_with(&mut left)?].node,
            }
        }
    }
}

/// Makes a node unshared. A leaf gets room for `extra` more entries in the same allocation.
///
/// The nodes above it must be unshared. Otherwise a node that seems unshared is not.
pub(super) fn make_mut<K: Clone, V: Clone>(node: &mut Arc<Node<K, V>>, extra: usize) -> &mut Node<K, V> {
    if extra > 0 && is_shared(node) {
        // Not `make_mut`: it would copy at the old length, and the insertion that follows would allocate again.
        if let Node::Leaf(leaf) = &**node {
            *node = Arc::new(Node::Leaf(leaf.copy(extra)));
        }
    }
    Arc::make_mut(node)
}

/// Splits a node at `mid`, and returns the second half with its first key.
pub(super) fn split<K: Clone, V: Clone>(node: &mut Arc<Node<K, V>>, mid: usize) -> (K, Child<K, V>) {
    match make_mut(node, 0) {
        Node::Leaf(leaf) => {
            let key = leaf.keys[mid].clone();
            (key, Node::Leaf(leaf.split_off(mid)).into_child())
        }
        Node::Inner(inner) => {
            let keys = inner.keys_mut();
            let half = keys.split_off(mid);
            let Some(key) = keys.pop() else { unreachable!("there is one before each child but the first") };
            let children = inner.children.split_off(mid);
            (key, Node::Inner(Inner::new(half, children)).into_child())
        }
    }
}

/// Where a child went, and how many of its siblings' children or entries are in front of its own now.
pub(super) struct Moved {
    pub(super) child: usize,
    pub(super) before: usize,
}

impl<K: Clone, V: Clone> Inner<K, V> {
    /// Splits a child at `mid`. This node must have room for one more.
    pub(super) fn split_child(&mut self, index: usize, mid: usize) {
        self.keys_mut();
        let child = &mut self.children[index];
        let (key, half) = split(&mut child.node, mid);
        child.len -= half.len;
        self.keys_mut().insert(index, key);
        self.children.insert(index + 1, half);
    }

    /// Makes a narrow child wider by what its neighbour has, or makes both one. The key that leaves goes to `waste`.
    pub(super) fn mend(&mut self, index: usize, waste: &mut Vec<K>) -> Moved {
        // The neighbours, from left to right.
        let left = index.saturating_sub(1);
        let keys = Arc::make_mut(&mut self.keys);
        let [a, b] = &mut self.children[left..=left + 1] else { unreachable!("it has a neighbour") };
        let (wide, most) = (a.node.width(), a.node.most());
        let total = wide + b.node.width();
        let become_one = total <= size::joined(most);
        let target = if become_one { total } else { total / 2 };
        match (make_mut(&mut a.node, total - wide), make_mut(&mut b.node, wide)) {
            (Node::Leaf(first), Node::Leaf(second)) => {
                let next =
                    if target < wide { first.keys.get(target) } else { second.keys.get(target - wide) };
                let next = next.cloned();
                // From here on nothing of the user's runs.
                level(&mut first.keys, &mut second.keys, target);
                level(&mut first.values, &mut second.values, target);
                first.give_back();
                second.give_back();
                waste.push(match next {
                    Some(next) => mem::replace(&mut keys[left], next),
                    None => keys.remove(left),
                });
            }
            (Node::Inner(first), Node::Inner(second)) => {
                let (keys_a, keys_b) = (Arc::make_mut(&mut first.keys), Arc::make_mut(&mut second.keys));
                // From here on nothing of the user's runs. The key between the two goes down, and another one comes up.
                keys_a.push(keys.remove(left));
                level(keys_a, keys_b, target);
                if !become_one {
                    keys.extend(keys_a.pop());
                    keys[left..].rotate_right(1);
                }
                level(&mut first.children, &mut second.children, target);
            }
            _ => unreachable!("the leaves are on one level"),
        }
        let len = a.len + b.len;
        a.len = if become_one { len } else { a.node.len() };
        b.len = len - a.len;
        if become_one {
            self.children.remove(left + 1);
        }
        match (index == left, become_one) {
            (true, _) => Moved { child: left, before: 0 },
            (false, true) => Moved { child: left, before: wide },
            (false, false) => Moved { child: index, before: wide.saturating_sub(target) },
        }
    }
}

/// Moves elements between two neighbours until the first has `target`, or the second has no more.
fn level<T>(first: &mut Vec<T>, second: &mut Vec<T>, target: usize) {
    if first.len() > target {
        let tail = first.split_off(target);
        drop(second.splice(..0, tail));
    } else {
        let more = (target - first.len()).min(second.len());
        first.extend(second.drain(..more));
    }
}
