//! A walk over entries by reference, from both ends.

use super::Tree;
use super::node::{Child, Node};
use std::slice;

/// The entries whose ranks are in a range, in the order of their keys.
///
/// Each end holds a leaf and its neighbours on the lowest level of inner nodes. Where those end, it goes down from the root again, by the rank
/// of the next entry. What is left is counted. So no `Ord` can make it run on.
pub(in crate::paged) struct Iter<'a, K, V> {
    root: Option<&'a Node<K, V>>,
    /// The ranks of the next entry, and of the one after the last.
    start: usize,
    end: usize,
    front: Finger<'a, K, V>,
    back: Finger<'a, K, V>,
}

/// A part of a leaf, and leaves beside it.
struct Finger<'a, K, V> {
    keys: slice::Iter<'a, K>,
    values: slice::Iter<'a, V>,
    leaves: slice::Iter<'a, Child<K, V>>,
}

impl<K, V> Clone for Finger<'_, K, V> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), values: self.values.clone(), leaves: self.leaves.clone() }
    }
}

impl<K, V> Default for Finger<'_, K, V> {
    fn default() -> Self {
        Self { keys: [].iter(), values: [].iter(), leaves: [].iter() }
    }
}

impl<'a, K, V> Finger<'a, K, V> {
    /// Goes to the leaf that holds the entry with the rank `left` below `node`. With `reversed` it holds what is up to that entry,
    /// and without what is from there on.
    fn at(mut node: &'a Node<K, V>, mut left: usize, reversed: bool) -> Self {
        let mut leaves = [].iter();
        loop {
            match node {
                Node::Inner(inner) => {
                    let Some(index) = inner.child_with(&mut left) else { return Self::default() };
                    let (before, from) = inner.children.split_at(index);
                    leaves = if reversed { before.iter() } else { from[1..].iter() };
                    node = &inner.children[index].node;
                }
                Node::Leaf(leaf) => {
                    let range = if reversed { 0..left + 1 } else { left..leaf.len() };
                    let (keys, values) = (&leaf.keys[range.clone()], &leaf.values[range]);
                    return Self { keys: keys.iter(), values: values.iter(), leaves };
                }
            }
        }
    }

    /// Goes to a leaf beside it.
    fn enter(&mut self, child: Option<&'a Child<K, V>>) -> bool {
        let Some(Node::Leaf(leaf)) = child.map(|child| &*child.node) else { return false };
        (self.keys, self.values) = (leaf.keys.iter(), leaf.values.iter());
        true
    }
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(root: Option<&'a Node<K, V>>, start: usize, end: usize) -> Self {
        Self { root, start, end, front: Finger::default(), back: Finger::default() }
    }

    /// Cuts what is still to come in front of an entry.
    #[cfg(feature = "rayon")]
    pub(in crate::paged) fn split_at(&self, index: usize) -> (Self, Self) {
        let middle = self.start + index;
        (Self::new(self.root, self.start, middle), Self::new(self.root, middle, self.end))
    }

    /// What is still to come.
    pub(in crate::paged) fn iter(&self) -> Self {
        self.clone()
    }

    #[cold]
    fn next_leaf(&mut self) {
        let next = self.front.leaves.next();
        if !self.front.enter(next) {
            self.front = self.root.map(|root| Finger::at(root, self.start, false)).unwrap_or_default();
        }
    }

    #[cold]
    fn next_leaf_back(&mut self) {
        let next = self.back.leaves.next_back();
        if !self.back.enter(next) {
            self.back = self.root.map(|root| Finger::at(root, self.end - 1, true)).unwrap_or_default();
        }
    }

    fn left(&self) -> usize {
        self.end - self.start
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a V)> {
        if self.start == self.end {
            return None;
        }
        if self.front.keys.len() == 0 {
            self.next_leaf();
        }
        self.start += 1;
        self.front.keys.next().zip(self.front.values.next())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }

    fn count(self) -> usize {
        self.left()
    }

    fn last(mut self) -> Option<(&'a K, &'a V)> {
        self.next_back()
    }

    fn nth(&mut self, n: usize) -> Option<(&'a K, &'a V)> {
        if n >= self.left() {
            self.start = self.end;
            return None;
        }
        self.start += n;
        if n < self.front.keys.len() {
            if let Some(last) = n.checked_sub(1) {
                _ = self.front.keys.nth(last).zip(self.front.values.nth(last));
            }
        } else {
            self.front = self.root.map(|root| Finger::at(root, self.start, false)).unwrap_or_default();
        }
        self.next()
    }

    fn fold<B, F: FnMut(B, (&'a K, &'a V)) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = init;
        while self.start < self.end {
            if self.front.keys.len() == 0 {
                self.next_leaf();
            }
            let here = self.front.keys.len().min(self.left());
            if here == 0 {
                break;
            }
            let (keys, values) = (self.front.keys.as_slice(), self.front.values.as_slice());
            acc = keys[..here].iter().zip(&values[..here]).fold(acc, &mut f);
            self.start += here;
            self.front.keys = [].iter();
        }
        acc
    }
}

impl<'a, K, V> DoubleEndedIterator for Iter<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a K, &'a V)> {
        if self.start == self.end {
            return None;
        }
        if self.back.keys.len() == 0 {
            self.next_leaf_back();
        }
        self.end -= 1;
        self.back.keys.next_back().zip(self.back.values.next_back())
    }

    fn nth_back(&mut self, n: usize) -> Option<(&'a K, &'a V)> {
        if n >= self.left() {
            self.end = self.start;
            return None;
        }
        self.end -= n;
        if n < self.back.keys.len() {
            if let Some(last) = n.checked_sub(1) {
                _ = self.back.keys.nth_back(last).zip(self.back.values.nth_back(last));
            }
        } else {
            self.back = self.root.map(|root| Finger::at(root, self.end - 1, true)).unwrap_or_default();
        }
        self.next_back()
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), back: self.back.clone(), ..*self }
    }
}

impl<K, V> Default for Iter<'_, K, V> {
    fn default() -> Self {
        Self::new(None, 0, 0)
    }
}

impl<K, V> Tree<K, V> {
    pub(in crate::paged) fn iter(&self) -> Iter<'_, K, V> {
        self.iter_ranks(0, self.len)
    }

    pub(in crate::paged) fn iter_ranks(&self, start: usize, end: usize) -> Iter<'_, K, V> {
        Iter::new(self.root.as_deref(), start, end)
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
