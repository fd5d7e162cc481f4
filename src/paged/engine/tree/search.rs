//! Finding keys and places.

use super::node::{Leaf, Node};
use super::{Path, Tree};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::mem;
use std::ops::Bound;

/// Returns the index of `key`, or where it would be, as `binary_search` of a slice does.
///
/// Where a comparison is cheap, it is std's search by halves, which has no branch to foresee. A key that has something to drop
/// mostly lies elsewhere, and is dear to compare. There each half waits for the memory of the one before. So the search goes by
/// strides, and then one by one: more comparisons, of which the processor begins the next ones ahead.
#[inline]
fn find<K: Borrow<Q>, Q: Ord + ?Sized>(keys: &[K], key: &Q) -> Result<usize, usize> {
    const STRIDE: usize = 4;
    let compare = |there: &K| there.borrow().cmp(key);
    if !mem::needs_drop::<K>() {
        return keys.binary_search_by(compare);
    }
    let mut start = 0;
    while let Some(there) = keys.get(start + STRIDE - 1) {
        match compare(there) {
            Ordering::Less => start += STRIDE,
            Ordering::Equal => return Ok(start + STRIDE - 1),
            Ordering::Greater => break,
        }
    }
    while let Some(there) = keys.get(start) {
        match compare(there) {
            Ordering::Less => start += 1,
            Ordering::Equal => return Ok(start),
            Ordering::Greater => break,
        }
    }
    Err(start)
}

/// Returns how many keys are less than `key`.
#[inline]
fn less<K: Borrow<Q>, Q: Ord + ?Sized>(keys: &[K], key: &Q) -> usize {
    find(keys, key).unwrap_or_else(|index| index)
}

/// Returns how many keys are less than `key` or equal to it.
#[inline]
fn up_to<K: Borrow<Q>, Q: Ord + ?Sized>(keys: &[K], key: &Q) -> usize {
    find(keys, key).map_or_else(|index| index, |index| index + 1)
}

impl<K, V> Leaf<K, V> {
    #[inline]
    fn entry(&self, index: usize) -> Option<(&K, &V)> {
        self.keys.get(index).zip(self.values.get(index))
    }

    fn last(&self) -> Option<(&K, &V)> {
        self.keys.last().zip(self.values.last())
    }
}

impl<K, V> Tree<K, V> {
    #[inline]
    pub(in crate::paged) fn get<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut node = &**self.root.as_ref()?;
        loop {
            match node {
                Node::Inner(inner) => node = &inner.children.get(up_to(inner.keys(), key))?.node,
                Node::Leaf(leaf) => {
                    return leaf.entry(find(&leaf.keys, key).ok()?);
                }
            }
        }
    }

    /// Returns where the entry of `key` is, or where it would be.
    pub(in crate::paged) fn find<Q>(&self, key: &Q) -> Result<Path, Path>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut path = Path::default();
        let Some(mut node) = self.root.as_deref() else { return Err(path) };
        let mut level = 0;
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = up_to(inner.keys(), key);
                    path.set(level, index);
                    node = &inner.children[index].node;
                    level += 1;
                }
                Node::Leaf(leaf) => {
                    let found = find(&leaf.keys, key);
                    let (Ok(index) | Err(index)) = found;
                    path.set(level, index);
                    return if found.is_ok() { Ok(path) } else { Err(path) };
                }
            }
        }
    }

    /// Returns the entry at a place.
    #[inline]
    pub(in crate::paged) fn at(&self, path: &Path) -> Option<(&K, &V)> {
        let (mut node, mut level) = (self.root.as_deref()?, 0);
        loop {
            match node {
                Node::Inner(inner) => node = &inner.children.get(path.at(level))?.node,
                Node::Leaf(leaf) => return leaf.entry(path.at(level)),
            }
            level += 1;
        }
    }

    /// Returns how many keys are less than `key`, or with `and_equal` not greater.
    pub(in crate::paged) fn rank<Q>(&self, key: &Q, and_equal: bool) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let place = |keys: &[K]| if and_equal { up_to(keys, key) } else { less(keys, key) };
        let Some(mut node) = self.root.as_deref() else { return 0 };
        let mut rank = 0;
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = place(inner.keys());
                    rank += inner.children[..index].iter().map(|child| child.len).sum::<usize>();
                    node = &inner.children[index].node;
                }
                Node::Leaf(leaf) => return rank + place(&leaf.keys),
            }
        }
    }

    /// Returns the place of the entry with this rank, or `None` if there are not as many.
    pub(in crate::paged) fn path_of(&self, rank: usize) -> Option<Path> {
        if rank >= self.len {
            return None;
        }
        let (mut path, mut left, mut level) = (Path::default(), rank, 0);
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = inner.child_with(&mut left)?;
                    path.set(level, index);
                    node = &inner.children[index].node;
                    level += 1;
                }
                Node::Leaf(_) => {
                    path.set(level, left);
                    return Some(path);
                }
            }
        }
    }

    /// Returns the last entry that is less than `key`, or with `or_equal` not greater.
    pub(in crate::paged) fn before<Q>(&self, key: &Q, or_equal: bool) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let place = |keys: &[K]| if or_equal { up_to(keys, key) } else { less(keys, key) };
        let mut node = self.root.as_deref()?;
        // What lies in front of the leaf that this leads to.
        let mut ahead: Option<&Node<K, V>> = None;
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = place(inner.keys());
                    if let Some(previous) = index.checked_sub(1) {
                        ahead = Some(&inner.children[previous].node);
                    }
                    node = &inner.children[index].node;
                }
                Node::Leaf(leaf) => match place(&leaf.keys).checked_sub(1) {
                    Some(index) => return leaf.entry(index),
                    None => return ahead?.last_leaf()?.last(),
                },
            }
        }
    }

    /// Returns the first entry that is greater than `key`, or with `or_equal` not less.
    pub(in crate::paged) fn after<Q>(&self, key: &Q, or_equal: bool) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let place = |keys: &[K]| if or_equal { less(keys, key) } else { up_to(keys, key) };
        let mut node = self.root.as_deref()?;
        // What lies behind the leaf that this leads to.
        let mut behind: Option<&Node<K, V>> = None;
        loop {
            match node {
                Node::Inner(inner) => {
                    let index = place(inner.keys());
                    if let Some(next) = inner.children.get(index + 1) {
                        behind = Some(&next.node);
                    }
                    node = &inner.children[index].node;
                }
                Node::Leaf(leaf) => {
                    return leaf.entry(place(&leaf.keys)).or_else(|| behind?.first_leaf()?.entry(0));
                }
            }
        }
    }

    /// Returns the ranks of the first entry that is not less than all of another tree, and of the first one that is greater than all. Returns
    /// `None` if the other tree is empty.
    pub(in crate::paged) fn ranks_of_span(&self, other: &Self) -> Option<(usize, usize)>
    where
        K: Ord,
    {
        let (first, last) = (other.first()?.0, other.last()?.0);
        let (start, end) = (self.rank(first, false), self.rank(last, true));
        // An `Ord` that contradicts itself may have the end before the start.
        Some((start, end.max(start)))
    }

    pub(in crate::paged) fn first(&self) -> Option<(&K, &V)> {
        self.root.as_ref()?.first_leaf()?.entry(0)
    }

    pub(in crate::paged) fn last(&self) -> Option<(&K, &V)> {
        self.root.as_ref()?.last_leaf()?.last()
    }

    /// Returns the ranks of the first entry in a range and of the first one after it.
    ///
    /// # Panics
    ///
    /// Panics as std's `BTreeMap::range` does on a map that has entries.
    #[track_caller]
    pub(in crate::paged) fn ranks<Q>(&self, start: Bound<&Q>, end: Bound<&Q>) -> (usize, usize)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        use Bound::{Excluded, Included, Unbounded};
        match (start, end) {
            (Excluded(start), Excluded(end)) if start == end => {
                panic!("range start and end are equal and excluded")
            }
            (Included(start) | Excluded(start), Included(end) | Excluded(end)) if start > end => {
                panic!("range start is greater than range end")
            }
            _ => {}
        }
        let start = match start {
            Included(key) => self.rank(key, false),
            Excluded(key) => self.rank(key, true),
            Unbounded => 0,
        };
        let end = match end {
            Included(key) => self.rank(key, true),
            Excluded(key) => self.rank(key, false),
            Unbounded => self.len,
        };
        // An `Ord` that contradicts itself may have the end before the start.
        (start, end.max(start))
    }
}
