//! Walks over entries by mutable reference and by value, from both ends. A leaf is copied when a walk reaches it, if it is shared.

use super::Tree;
use super::node::{Child, Leaf, Node, make_mut};
use std::collections::VecDeque;
use std::sync::Arc;
use std::{mem, slice, vec};

/// Keys and values side by side.
struct Both<A, B>(A, B);

impl<A: DoubleEndedIterator, B: DoubleEndedIterator> Both<A, B> {
    #[inline]
    fn next(&mut self, back: bool) -> Option<(A::Item, B::Item)> {
        if back { self.0.next_back().zip(self.1.next_back()) } else { self.0.next().zip(self.1.next()) }
    }
}

/// What a node turned out to be.
enum Opened<L, F> {
    Level(L),
    Leaf(F),
}

/// Children that lie side by side, as one kind of walk holds them.
trait Level: Sized {
    type Node;
    type Leaf;

    /// Takes the next child, with its length.
    fn next(&mut self, back: bool) -> Option<(Self::Node, usize)>;

    /// Returns the length of a leaf.
    fn width_of_leaf(node: &Self::Node) -> Option<usize>;

    /// Goes into a node. A shared leaf is cloned.
    fn open(node: Self::Node) -> Opened<Self, Self::Leaf>;
}

/// A walk over what both ends have not reached.
struct Walk<L, F, N> {
    root: Option<N>,
    /// Children that are still to be visited, in order. The first and the last come from the lowest levels.
    levels: VecDeque<L>,
    front: F,
    back: F,
    /// How many entries are to be passed before the next one, at either end.
    skip: usize,
    skip_back: usize,
    /// How many entries are still to come.
    left: usize,
}

impl<A, B, L> Walk<L, Both<A, B>, L::Node>
where
    A: DoubleEndedIterator + ExactSizeIterator + Default,
    B: DoubleEndedIterator + ExactSizeIterator + Default,
    L: Level<Leaf = Both<A, B>>,
{
    #[inline]
    fn next(&mut self, back: bool) -> Option<(A::Item, B::Item)> {
        if self.left == 0 {
            return None;
        }
        let (leaf, skip) = if back { (&self.back, self.skip_back) } else { (&self.front, self.skip) };
        if skip > 0 || leaf.0.len() == 0 {
            self.fill(back);
            // Of a leaf that could not be cloned nothing is left.
            if self.left == 0 {
                return None;
            }
        }
        self.left -= 1;
        let leaf = if back { &mut self.back } else { &mut self.front };
        leaf.next(back)
    }

    /// Passes entries at an end. No leaf that is passed as a whole is copied.
    fn pass(&mut self, count: usize, back: bool) {
        let count = count.min(self.left);
        self.left -= count;
        let skip = if back { &mut self.skip_back } else { &mut self.skip };
        *skip += count;
    }

    /// Takes what is left of one leaf.
    fn next_part(&mut self) -> Option<Both<A, B>> {
        if self.left == 0 {
            return None;
        }
        self.fill(false);
        let len = self.front.0.len();
        (len > 0 && len <= self.left).then(|| {
            self.left -= len;
            mem::replace(&mut self.front, Both(A::default(), B::default()))
        })
    }

    /// Goes to a leaf that has an entry for this end.
    #[cold]
    fn fill(&mut self, back: bool) {
        loop {
            let (skip, leaf) =
                if back { (&mut self.skip_back, &mut self.back) } else { (&mut self.skip, &mut self.front) };
            // One by one. If a destructor panics, the next call goes on behind it, and each key is beside its value.
            while *skip > 0 && leaf.0.len() > 0 {
                *skip -= 1;
                drop(leaf.next(back));
            }
            if leaf.0.len() > 0 {
                return;
            }
            let Some(node) = self.next_node(back) else {
                // What is left is in the leaf at the other end.
                mem::swap(&mut self.front, &mut self.back);
                let leaf = if back { &self.back } else { &self.front };
                if leaf.0.len() == 0 {
                    self.left = 0;
                    return;
                }
                continue;
            };
            // If a `Clone` panics, the leaf is passed.
            let passing = L::width_of_leaf(&node);
            let skip = if back { &mut self.skip_back } else { &mut self.skip };
            let skipped = if passing.is_some() { mem::take(skip) } else { 0 };
            let here = passing.map_or(0, |len| len.saturating_sub(skipped).min(self.left));
            self.left -= here;
            match L::open(node) {
                Opened::Level(level) if back => self.levels.push_back(level),
                Opened::Level(level) => self.levels.push_front(level),
                Opened::Leaf(leaf) if back => (self.back, self.skip_back) = (leaf, skipped),
                Opened::Leaf(leaf) => (self.front, self.skip) = (leaf, skipped),
            }
            self.left += here;
        }
    }

    fn next_node(&mut self, back: bool) -> Option<L::Node> {
        let skip = if back { &mut self.skip_back } else { &mut self.skip };
        loop {
            let level = if back { self.levels.back_mut() } else { self.levels.front_mut() };
            let Some(level) = level else { return self.root.take() };
            match level.next(back) {
                Some((_, len)) if len <= *skip => *skip -= len,
                Some((node, _)) => return Some(node),
                None => drop(if back { self.levels.pop_back() } else { self.levels.pop_front() }),
            }
        }
    }
}

impl<A: Default, B: Default, L, N> Walk<L, Both<A, B>, N> {
    fn new(root: Option<N>, skip: usize, left: usize, skip_back: usize) -> Self {
        let (front, back) = (Both(A::default(), B::default()), Both(A::default(), B::default()));
        let root = root.filter(|_| left > 0);
        Self { root, levels: VecDeque::new(), front, back, skip, skip_back, left }
    }
}

/// Shows the entries below nodes, and those of parts of leaves before and after them.
struct Show<'a, F> {
    skip: usize,
    left: usize,
    each: &'a mut F,
}

impl<F> Show<'_, F> {
    fn entries<K, V>(&mut self, keys: &[K], values: &[V])
    where
        F: FnMut(&K, &V),
    {
        for entry in keys.iter().zip(values) {
            if self.skip > 0 {
                self.skip -= 1;
            } else if self.left > 0 {
                self.left -= 1;
                (self.each)(entry.0, entry.1);
            }
        }
    }

    fn node<K, V>(&mut self, node: &Node<K, V>)
    where
        F: FnMut(&K, &V),
    {
        match node {
            Node::Leaf(leaf) => self.entries(&leaf.keys, &leaf.values),
            Node::Inner(inner) => self.children(&inner.children),
        }
    }

    fn children<K, V>(&mut self, children: &[Child<K, V>])
    where
        F: FnMut(&K, &V),
    {
        for child in children {
            self.node(&child.node);
        }
    }
}

type NodeMut<'a, K, V> = &'a mut Arc<Node<K, V>>;
type LevelMut<'a, K, V> = slice::IterMut<'a, Child<K, V>>;
type LeafMut<'a, K, V> = Both<slice::Iter<'a, K>, slice::IterMut<'a, V>>;

impl<'a, K: Clone, V: Clone> Level for LevelMut<'a, K, V> {
    type Node = NodeMut<'a, K, V>;
    type Leaf = LeafMut<'a, K, V>;

    fn next(&mut self, back: bool) -> Option<(Self::Node, usize)> {
        let child = if back { self.next_back() } else { Iterator::next(self) }?;
        Some((&mut child.node, child.len))
    }

    fn width_of_leaf(node: &Self::Node) -> Option<usize> {
        matches!(***node, Node::Leaf(_)).then(|| node.width())
    }

    fn open(node: Self::Node) -> Opened<Self, Self::Leaf> {
        match make_mut(node, 0) {
            Node::Leaf(leaf) => Opened::Leaf(Both(leaf.keys.iter(), leaf.values.iter_mut())),
            Node::Inner(inner) => Opened::Level(inner.children.iter_mut()),
        }
    }
}

/// The entries by mutable reference to their values.
pub(in crate::paged) struct IterMut<'a, K, V> {
    walk: Walk<LevelMut<'a, K, V>, LeafMut<'a, K, V>, NodeMut<'a, K, V>>,
}

impl<K, V> IterMut<'_, K, V> {
    /// Shows what is still to come.
    pub(in crate::paged) fn show(&self, mut show: impl FnMut(&K, &V)) {
        let walk = &self.walk;
        let mut show = Show { skip: walk.skip, left: walk.left, each: &mut show };
        show.entries(walk.front.0.as_slice(), walk.front.1.as_slice());
        if let Some(root) = &walk.root {
            show.node(root);
        }
        walk.levels.iter().for_each(|level| show.children(level.as_slice()));
        show.entries(walk.back.0.as_slice(), walk.back.1.as_slice());
    }
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a mut V)> {
        self.walk.next(false)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.walk.left, Some(self.walk.left))
    }

    fn count(self) -> usize {
        self.walk.left
    }

    fn last(mut self) -> Option<(&'a K, &'a mut V)> {
        self.next_back()
    }

    fn nth(&mut self, n: usize) -> Option<(&'a K, &'a mut V)> {
        self.walk.pass(n, false);
        self.next()
    }
}

impl<'a, K: Clone, V: Clone> DoubleEndedIterator for IterMut<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a K, &'a mut V)> {
        self.walk.next(true)
    }

    fn nth_back(&mut self, n: usize) -> Option<(&'a K, &'a mut V)> {
        self.walk.pass(n, true);
        self.next_back()
    }
}

impl<K, V> Default for IterMut<'_, K, V> {
    fn default() -> Self {
        Self { walk: Walk::new(None, 0, 0, 0) }
    }
}

type NodeOwned<K, V> = Arc<Node<K, V>>;
type LeafOwned<K, V> = Both<vec::IntoIter<K>, vec::IntoIter<V>>;

struct LevelOwned<K, V> {
    children: vec::IntoIter<Child<K, V>>,
    /// They are dropped with the level: by then its children have left it, and a destructor that panics takes none with it.
    _keys: Arc<Vec<K>>,
}

impl<K: Clone, V: Clone> Level for LevelOwned<K, V> {
    type Node = NodeOwned<K, V>;
    type Leaf = LeafOwned<K, V>;

    fn next(&mut self, back: bool) -> Option<(Self::Node, usize)> {
        let child = if back { self.children.next_back() } else { self.children.next() }?;
        Some((child.node, child.len))
    }

    fn width_of_leaf(node: &Self::Node) -> Option<usize> {
        matches!(**node, Node::Leaf(_)).then(|| node.width())
    }

    fn open(node: Self::Node) -> Opened<Self, Self::Leaf> {
        match Arc::unwrap_or_clone(node) {
            Node::Leaf(Leaf { keys, values }) => Opened::Leaf(Both(keys.into_iter(), values.into_iter())),
            Node::Inner(inner) => {
                let (keys, children) = inner.into_parts();
                Opened::Level(LevelOwned { children: children.into_iter(), _keys: keys })
            }
        }
    }
}

/// The entries by value. They are cloned out of the shared leaves, and moved out of the others.
pub(in crate::paged) struct IntoIter<K, V> {
    walk: Walk<LevelOwned<K, V>, LeafOwned<K, V>, NodeOwned<K, V>>,
}

impl<K, V> IntoIter<K, V> {
    /// Shows what is still to come.
    pub(in crate::paged) fn show(&self, mut show: impl FnMut(&K, &V)) {
        let walk = &self.walk;
        let mut show = Show { skip: walk.skip, left: walk.left, each: &mut show };
        show.entries(walk.front.0.as_slice(), walk.front.1.as_slice());
        if let Some(root) = &walk.root {
            show.node(root);
        }
        walk.levels.iter().for_each(|level| show.children(level.children.as_slice()));
        show.entries(walk.back.0.as_slice(), walk.back.1.as_slice());
    }
}

#[cfg(feature = "rayon")]
impl<K, V> IntoIter<K, V> {
    /// Walks over leaves that are in no tree.
    pub(super) fn of_leaves(leaves: Vec<Child<K, V>>, len: usize) -> Self {
        let mut walk = Walk::new(None, 0, len, 0);
        walk.levels.push_back(LevelOwned { children: leaves.into_iter(), _keys: Arc::default() });
        Self { walk }
    }
}

impl<K: Clone, V: Clone> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        self.walk.next(false)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.walk.left, Some(self.walk.left))
    }

    fn count(self) -> usize {
        self.walk.left
    }

    fn last(mut self) -> Option<(K, V)> {
        let last = self.next_back();
        // While `last` is a local. A result that is made already is leaked if a destructor panics.
        drop(self);
        last
    }

    fn nth(&mut self, n: usize) -> Option<(K, V)> {
        self.walk.pass(n, false);
        self.next()
    }

    fn fold<B, F: FnMut(B, (K, V)) -> B>(mut self, init: B, mut f: F) -> B {
        let mut acc = init;
        while let Some(Both(keys, values)) = self.walk.next_part() {
            acc = keys.zip(values).fold(acc, &mut f);
        }
        // A leaf of which the other end has passed some.
        for entry in self {
            acc = f(acc, entry);
        }
        acc
    }
}

impl<K: Clone, V: Clone> DoubleEndedIterator for IntoIter<K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        self.walk.next(true)
    }

    fn nth_back(&mut self, n: usize) -> Option<(K, V)> {
        self.walk.pass(n, true);
        self.next_back()
    }
}

impl<K, V> Default for IntoIter<K, V> {
    fn default() -> Self {
        Self { walk: Walk::new(None, 0, 0, 0) }
    }
}

impl<K, V> Tree<K, V> {
    pub(in crate::paged) fn iter_ranks_mut(&mut self, start: usize, end: usize) -> IterMut<'_, K, V> {
        let len = self.len;
        IterMut { walk: Walk::new(self.root.as_mut(), start, end - start, len - end) }
    }

    pub(in crate::paged) fn into_iter(self) -> IntoIter<K, V> {
        IntoIter { walk: Walk::new(self.root, 0, self.len, 0) }
    }
}
