//! std's traits: comparing, converting, collecting, iterating.

use super::handover::add;
use super::{IntoIter, Iter, IterMut, PagedIndexMap};
use crate::paged::engine::index::{Builder, Index};
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::panic::UnwindSafe;

impl<K: Eq + Hash, V, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Makes a map of the entries of `iter`. No page is shared yet, so this needs no `Clone`.
    pub(in crate::paged) fn build(iter: impl IntoIterator<Item = (K, V)>, hash_builder: S) -> Self {
        Self { index: index_of(iter, 0, &hash_builder), hash_builder }
    }
}

/// Makes an index of the entries of `iter`, with a table that has room for `reserved` entries at least.
fn index_of<K: Eq + Hash, V, S: BuildHasher>(
    iter: impl IntoIterator<Item = (K, V)>,
    reserved: usize,
    hash_builder: &S,
) -> Index<(K, V)> {
    let iter = iter.into_iter();
    let mut builder = Builder::with_hint(iter.size_hint().0, reserved);
    iter.for_each(|entry| add(&mut builder, &mut Some(entry), hash_builder));
    builder.finish()
}

/// A clone shares all pages. It needs `Clone` of the hasher only.
impl<K, V, S: Clone> Clone for PagedIndexMap<K, V, S> {
    fn clone(&self) -> Self {
        Self { index: self.index.clone(), hash_builder: self.hash_builder.clone() }
    }
}

impl<K, V, S: Default> Default for PagedIndexMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for PagedIndexMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// As in std. Clones share their pages. So a cell in an entry that a panic leaves half written shows in the clones too.
impl<K: UnwindSafe, V: UnwindSafe, S: UnwindSafe> UnwindSafe for PagedIndexMap<K, V, S> {}

/// The order of the entries does not count, as in `indexmap`.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for PagedIndexMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        // No short cut for maps that share their pages: a value need not equal itself.
        self.len() == other.len()
            && self.iter().all(|(key, value)| other.get(key).is_some_and(|of_other| value == of_other))
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for PagedIndexMap<K, V, S> {}

/// A key that comes twice has its first place and its last value.
impl<K: Eq + Hash, V, S: BuildHasher + Default> FromIterator<(K, V)> for PagedIndexMap<K, V, S> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        Self::build(iter, S::default())
    }
}

impl<K: Eq + Hash, V, const N: usize> From<[(K, V); N]> for PagedIndexMap<K, V, RandomState> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

/// If the iterator panics, an empty map stays empty. Another map keeps what was added until then.
impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> Extend<(K, V)> for PagedIndexMap<K, V, S> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        if self.is_empty() {
            let index = index_of(iter, self.capacity(), &self.hash_builder);
            if index.len() > 0 {
                self.index = index;
            }
        } else {
            iter.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
        }
    }
}

impl<'a, K: Eq + Hash + Copy, V: Copy, S: BuildHasher> Extend<(&'a K, &'a V)> for PagedIndexMap<K, V, S> {
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        self.extend(iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}

impl<'a, K, V, S> IntoIterator for &'a PagedIndexMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: Clone, V: Clone, S> IntoIterator for &'a mut PagedIndexMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: Clone, V: Clone, S> IntoIterator for PagedIndexMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// Consumes the map. Its entries are moved out of the pages that no other map has, and cloned out of the others.
    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self.index)
    }
}
