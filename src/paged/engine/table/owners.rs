//! A sequence in a tree, whose nodes are copied on write.
//!
//! A write to a shared sequence copies the nodes on the way to one element, and clones the elements of one leaf. That is
//! `FAN` counts for each level, where an array would have one for each element.

use crate::paged::engine::shared::is_shared;
use std::sync::Arc;

const BITS: u32 = 4;
/// How many children a node has, and how many elements a leaf.
const FAN: usize = 1 << BITS;

#[derive(Clone)]
pub(super) struct Owners<P> {
    root: Arc<Node<P>>,
    /// The levels above the leaves.
    height: u32,
    len: usize,
}

#[derive(Clone)]
enum Node<P> {
    Inner([Option<Arc<Node<P>>>; FAN]),
    Leaf([Option<P>; FAN]),
}

impl<P> Node<P> {
    fn empty(height: u32) -> Self {
        if height == 0 { Self::Leaf(Default::default()) } else { Self::Inner(Default::default()) }
    }
}

/// The child of a node of this height that the element is below.
fn child(index: usize, height: u32) -> usize {
    index >> (height * BITS) & (FAN - 1)
}

impl<P> Owners<P> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, index: usize) -> Option<&P> {
        if index >= self.len {
            return None;
        }
        let (mut node, mut height) = (&*self.root, self.height);
        loop {
            match node {
                Node::Leaf(elements) => return elements[child(index, 0)].as_ref(),
                Node::Inner(nodes) => node = nodes[child(index, height)].as_deref()?,
            }
            height -= 1;
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &P> {
        (0..self.len).map_while(|index| self.get(index))
    }

    /// Returns an element, or `None` if a node above it is shared.
    pub(super) fn get_unshared(&self, index: usize) -> Option<&P> {
        if index >= self.len {
            return None;
        }
        let (mut node, mut height) = (&self.root, self.height);
        loop {
            if is_shared(node) {
                return None;
            }
            match &**node {
                Node::Leaf(elements) => return elements[child(index, 0)].as_ref(),
                Node::Inner(nodes) => node = nodes[child(index, height)].as_ref()?,
            }
            height -= 1;
        }
    }
}

impl<P: Clone> Owners<P> {
    /// Returns an element, after copying the nodes above it that are shared.
    pub(super) fn make_mut(&mut self, index: usize) -> &mut P {
        assert!(index < self.len, "no page {index} of {}", self.len);
        self.place(index).as_mut().expect("each place below the length has an element")
    }

    pub(super) fn push(&mut self, element: P) {
        if self.len == FAN << (self.height * BITS) {
            let mut nodes: [_; FAN] = Default::default();
            nodes[0] = Some(Arc::clone(&self.root));
            self.root = Arc::new(Node::Inner(nodes));
            self.height += 1;
        }
        *self.place(self.len) = Some(element);
        self.len += 1;
    }

    /// Removes the last element. Its leaf stays, for the next one.
    pub(super) fn pop(&mut self) -> Option<P> {
        let last = self.len.checked_sub(1)?;
        let element = self.place(last).take();
        self.len = last;
        element
    }

    fn place(&mut self, index: usize) -> &mut Option<P> {
        let (mut node, mut height) = (Arc::make_mut(&mut self.root), self.height);
        loop {
            match node {
                Node::Leaf(elements) => return &mut elements[child(index, 0)],
                Node::Inner(nodes) => {
                    let below = &mut nodes[child(index, height)];
                    height -= 1;
                    node = Arc::make_mut(below.get_or_insert_with(|| Arc::new(Node::empty(height))));
                }
            }
        }
    }
}

impl<P> Default for Owners<P> {
    fn default() -> Self {
        Self { root: Arc::new(Node::empty(0)), height: 0, len: 0 }
    }
}

impl<P: Clone> FromIterator<P> for Owners<P> {
    fn from_iter<I: IntoIterator<Item = P>>(elements: I) -> Self {
        let mut all = Self::default();
        for element in elements {
            all.push(element);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{FAN, Owners};
    use std::rc::Rc;

    const LENGTHS: [usize; 9] =
        [0, 1, FAN - 1, FAN, FAN + 1, FAN * FAN, FAN * FAN + 1, FAN * FAN * FAN + 1, 5_000];

    #[test]
    fn is_a_sequence() {
        for len in LENGTHS {
            let mut owners: Owners<usize> = (0..len).collect();
            assert!(owners.iter().copied().eq(0..len));
            assert_eq!(owners.get(len), None);
            for index in 0..len {
                *owners.make_mut(index) += 1;
            }
            assert!(owners.iter().copied().eq(1..=len));
            for last in (1..=len).rev() {
                assert_eq!(owners.pop(), Some(last));
            }
            assert_eq!((owners.pop(), owners.iter().next()), (None, None));
            owners.push(7);
            assert!(owners.iter().eq(&[7]));
        }
    }

    #[test]
    fn a_write_leaves_the_clone_as_it_was() {
        for len in LENGTHS {
            let before: Owners<usize> = (0..len).collect();
            let mut owners = before.clone();
            for index in (0..len).step_by(7) {
                *owners.make_mut(index) = usize::MAX;
            }
            owners.push(len);
            owners.pop();
            owners.pop();
            assert!(before.iter().copied().eq(0..len));
        }
    }

    #[test]
    fn a_write_clones_the_elements_of_one_leaf() {
        let element = Rc::new(());
        let before: Owners<Rc<()>> = (0..5_000).map(|_| Rc::clone(&element)).collect();
        let mut owners = before.clone();
        owners.make_mut(2_500);
        assert_eq!(Rc::strong_count(&element), 1 + 5_000 + FAN);
        assert!(owners.get_unshared(2_500).is_some() && owners.get_unshared(0).is_none());
        drop(before);
        assert!(owners.get_unshared(0).is_some());
    }
}
