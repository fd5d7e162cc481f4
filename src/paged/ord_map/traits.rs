//! std's traits: comparing, converting, collecting, iterating.

use super::{IntoIter, Iter, IterMut, PagedOrdMap};
use crate::paged::engine::tree::{Tree, sort_by_key};
use crate::paged::gather;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::ops::Index;

impl<K: Ord + Clone, V> PagedOrdMap<K, V> {
    /// Collects the entries of `iter` in the order of their keys. Of those with equal keys the first key and the last value stay, as if
    /// they were inserted one after the other.
    pub(crate) fn sort(iter: impl IntoIterator<Item = (K, V)>) -> Vec<(K, V)> {
        let mut entries = gather(iter.into_iter());
        sort_by_key(&mut entries, |kept, next| mem::swap(&mut kept.1, &mut next.1));
        entries
    }

    /// Makes a map of entries that are in order.
    pub(crate) fn of_sorted(entries: Vec<(K, V)>) -> Self {
        Self { tree: Tree::of_sorted(entries) }
    }

    /// Makes a map of the entries of `iter`. Of those with equal keys the last one stays, as in std.
    pub(in crate::paged) fn build(iter: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut entries = gather(iter.into_iter());
        sort_by_key(&mut entries, mem::swap);
        Self::of_sorted(entries)
    }
}

/// A clone shares all pages. It needs no `Clone` of the entries.
impl<K, V> Clone for PagedOrdMap<K, V> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone() }
    }
}

impl<K, V> Default for PagedOrdMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for PagedOrdMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for PagedOrdMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        // No short cut for maps that share their pages: a value need not equal itself.
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for PagedOrdMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for PagedOrdMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<K: Ord, V: Ord> Ord for PagedOrdMap<K, V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<K: Hash, V: Hash> Hash for PagedOrdMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As `write_length_prefix` does, which is not stable.
        state.write_usize(self.len());
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<K, Q, V> Index<&Q> for PagedOrdMap<K, V>
where
    K: Ord + Borrow<Q>,
    Q: Ord + ?Sized,
{
    type Output = V;

    /// Returns a reference to the value of `key`.
    ///
    /// # Panics
    ///
    /// Panics if the map has no entry for `key`.
    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no entry found for key")
    }
}

/// Of entries with equal keys the last one counts, as in std. Entries that are in order already need no sorting.
impl<K: Ord + Clone, V> FromIterator<(K, V)> for PagedOrdMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        Self::build(iter)
    }
}

impl<K: Ord + Clone, V, const N: usize> From<[(K, V); N]> for PagedOrdMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord + Clone, V> From<BTreeMap<K, V>> for PagedOrdMap<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        Self::of_sorted(map.into_iter().collect())
    }
}

impl<K: Ord + Clone, V: Clone> From<PagedOrdMap<K, V>> for BTreeMap<K, V> {
    fn from(map: PagedOrdMap<K, V>) -> Self {
        map.into_iter().collect()
    }
}

/// If the iterator panics, an empty map stays empty. Another map keeps what was added until then.
impl<K: Ord + Clone, V: Clone> Extend<(K, V)> for PagedOrdMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        if self.is_empty() {
            *self = Self::of_sorted(Self::sort(iter));
        } else {
            iter.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
        }
    }
}

impl<'a, K: Ord + Copy, V: Copy> Extend<(&'a K, &'a V)> for PagedOrdMap<K, V> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        self.extend(iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}

impl<'a, K, V> IntoIterator for &'a PagedOrdMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Clone, V: Clone> IntoIterator for &'a mut PagedOrdMap<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: Clone, V: Clone> IntoIterator for PagedOrdMap<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// Consumes the map. Its entries are moved out of the leaves that no other map has, and cloned out of the others.
    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.tree)
    }
}
