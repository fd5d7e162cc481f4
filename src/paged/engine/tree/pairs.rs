//! A walk over two trees side by side, which passes what both share.

use super::node::{Child, Node};
use super::{Iter, Tree};
use std::cmp::Ordering;
use std::sync::Arc;

/// What one step of two trees side by side shows, in the order of the keys.
pub(in crate::paged) enum Pair<'a, K, V> {
    /// An entry whose key the second tree does not have.
    First(&'a K, &'a V),
    /// An entry whose key the first tree does not have.
    Second(&'a K, &'a V),
    /// Entries with equal keys.
    Both((&'a K, &'a V), (&'a K, &'a V)),
    /// Entries that both have in one and the same node.
    Shared(Iter<'a, K, V>),
}

/// The rest of one tree: a part of a leaf, and the nodes behind it.
struct Rest<'a, K, V> {
    keys: &'a [K],
    values: &'a [V],
    /// Siblings, and how many levels lie below them. The next ones are last.
    levels: Vec<(&'a [Child<K, V>], usize)>,
    /// The tree itself, before the first step, and how many levels lie below its root.
    root: Option<(&'a Arc<Node<K, V>>, usize)>,
}

impl<K, V> Clone for Rest<'_, K, V> {
    fn clone(&self) -> Self {
        Self { levels: self.levels.clone(), ..*self }
    }
}

/// What is next in one tree.
enum Next<'a, K, V> {
    Entry(&'a K, &'a V),
    /// A node that was not entered yet, and the levels below it.
    Node(&'a Arc<Node<K, V>>, usize),
}

impl<'a, K, V> Rest<'a, K, V> {
    fn new(tree: &'a Tree<K, V>) -> Self {
        let root = tree.root.as_ref().map(|root| (root, root.height()));
        Self { keys: &[], values: &[], levels: Vec::new(), root }
    }

    fn peek(&self) -> Option<Next<'a, K, V>> {
        if let Some(entry) = self.keys.first().zip(self.values.first()) {
            return Some(Next::Entry(entry.0, entry.1));
        }
        if let Some((root, height)) = self.root {
            return Some(Next::Node(root, height));
        }
        let &(nodes, height) = self.levels.last()?;
        Some(Next::Node(&nodes.first()?.node, height))
    }

    /// Passes what is next, an entry or a whole node.
    fn pass(&mut self) {
        if let ([_, keys @ ..], [_, values @ ..]) = (self.keys, self.values) {
            (self.keys, self.values) = (keys, values);
        } else if self.root.take().is_none() {
            if let Some((nodes, _)) = self.levels.last_mut() {
                *nodes = nodes.get(1..).unwrap_or_default();
            }
            while self.levels.last().is_some_and(|(nodes, _)| nodes.is_empty()) {
                self.levels.pop();
            }
        }
    }

    /// Goes into the node that is next.
    fn enter(&mut self, node: &'a Node<K, V>, height: usize) {
        self.pass();
        match node {
            Node::Leaf(leaf) => (self.keys, self.values) = (&leaf.keys, &leaf.values),
            Node::Inner(inner) => self.levels.push((&inner.children, height.saturating_sub(1))),
        }
    }
}

/// The entries of two trees in the order of their keys. It enters no node that both have at the same place of that order.
pub(in crate::paged) struct Pairs<'a, K, V> {
    first: Rest<'a, K, V>,
    second: Rest<'a, K, V>,
}

impl<K, V> Clone for Pairs<'_, K, V> {
    fn clone(&self) -> Self {
        Self { first: self.first.clone(), second: self.second.clone() }
    }
}

impl<'a, K, V> Pairs<'a, K, V> {
    pub(in crate::paged) fn new(first: &'a Tree<K, V>, second: &'a Tree<K, V>) -> Self {
        Self { first: Rest::new(first), second: Rest::new(second) }
    }
}

impl<'a, K: Ord, V> Pairs<'a, K, V> {
    /// Returns the next step. If `Ord` panics, the next call takes up where this one was.
    pub(in crate::paged) fn next(&mut self) -> Option<Pair<'a, K, V>> {
        use Next::{Entry, Node};
        let (first, second) = (&mut self.first, &mut self.second);
        loop {
            match (first.peek(), second.peek()) {
                (None, None) => return None,
                (Some(Node(node, height)), None) => first.enter(node, height),
                (None, Some(Node(node, height))) => second.enter(node, height),
                (Some(Entry(key, value)), None) => {
                    first.pass();
                    return Some(Pair::First(key, value));
                }
                (None, Some(Entry(key, value))) => {
                    second.pass();
                    return Some(Pair::Second(key, value));
                }
                (Some(Entry(key, value)), Some(Entry(other, of_other))) => match key.cmp(other) {
                    Ordering::Less => {
                        first.pass();
                        return Some(Pair::First(key, value));
                    }
                    Ordering::Greater => {
                        second.pass();
                        return Some(Pair::Second(other, of_other));
                    }
                    Ordering::Equal => {
                        first.pass();
                        second.pass();
                        return Some(Pair::Both((key, value), (other, of_other)));
                    }
                },
                // A node that begins behind the entry may be one that both share. So it waits.
                (Some(Entry(key, value)), Some(Node(node, height))) => {
                    if node.first_key().is_some_and(|of_node| key.cmp(of_node).is_lt()) {
                        first.pass();
                        return Some(Pair::First(key, value));
                    }
                    second.enter(node, height);
                }
                (Some(Node(node, height)), Some(Entry(key, value))) => {
                    if node.first_key().is_some_and(|of_node| key.cmp(of_node).is_lt()) {
                        second.pass();
                        return Some(Pair::Second(key, value));
                    }
                    first.enter(node, height);
                }
                (Some(Node(node, height)), Some(Node(other, of_other))) => {
                    if Arc::ptr_eq(node, other) {
                        first.pass();
                        second.pass();
                        return Some(Pair::Shared(Iter::new(Some(node), 0, node.len())));
                    }
                    // Of two that begin together, the higher one may hold the other. One that begins first does not.
                    let order = node.first_key().cmp(&other.first_key());
                    if order.is_lt() || (order.is_eq() && height >= of_other) {
                        first.enter(node, height);
                    }
                    if order.is_gt() || (order.is_eq() && of_other >= height) {
                        second.enter(other, of_other);
                    }
                }
            }
        }
    }
}
