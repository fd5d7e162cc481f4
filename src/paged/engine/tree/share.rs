//! Which nodes two trees share.

use super::Tree;
use super::node::{Inner, Node};
use std::collections::HashSet;
use std::ptr;
use std::sync::Arc;

impl<K, V> Tree<K, V> {
    pub(in crate::paged) fn ptr_eq(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(root), Some(of_other)) => Arc::ptr_eq(root, of_other),
            (None, None) => true,
            _ => false,
        }
    }

    pub(in crate::paged) fn page_count(&self) -> usize {
        self.root.as_deref().map_or(0, count)
    }

    pub(in crate::paged) fn shared_pages(&self, other: &Self) -> usize {
        let (Some(root), Some(of_other)) = (&self.root, &other.root) else { return 0 };
        let mut theirs = HashSet::new();
        gather(of_other, &mut theirs);
        shared(root, &theirs)
    }
}

/// The nodes from this one down. It looks into no leaf but the first ones.
fn count<K, V>(node: &Node<K, V>) -> usize {
    match node {
        Node::Leaf(_) => 1,
        Node::Inner(inner) if is_lowest(inner) => 1 + inner.children.len(),
        Node::Inner(inner) => 1 + inner.children.iter().map(|child| count(&child.node)).sum::<usize>(),
    }
}

fn is_lowest<K, V>(inner: &Inner<K, V>) -> bool {
    inner.children.first().is_some_and(|child| matches!(*child.node, Node::Leaf(_)))
}

fn gather<K, V>(node: &Arc<Node<K, V>>, all: &mut HashSet<*const Node<K, V>>) {
    all.insert(Arc::as_ptr(node));
    if let Node::Inner(inner) = &**node {
        inner.children.iter().for_each(|child| gather(&child.node, all));
    }
}

fn shared<K, V>(node: &Arc<Node<K, V>>, theirs: &HashSet<*const Node<K, V>>) -> usize {
    if theirs.contains(&ptr::from_ref(&**node)) {
        return count(node);
    }
    match &**node {
        Node::Leaf(_) => 0,
        Node::Inner(inner) => inner.children.iter().map(|child| shared(&child.node, theirs)).sum(),
    }
}
