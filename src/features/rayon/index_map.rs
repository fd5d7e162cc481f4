//! The parallel iterators of a [`PagedIndexMap`].

use super::indexed;
use crate::paged::{PagedIndexMap, PagedVec};
use crate::paged::{index_map, vec};
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};
use std::fmt;
use std::hash::{BuildHasher, Hash};

/// A parallel iterator over the entries of a map by reference, in the order of insertion.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("b", 1), ("a", 2)]);
/// assert_eq!(map.par_iter().map(|(_, value)| value).sum::<i32>(), 3);
/// assert_eq!(map.par_iter().position_any(|(key, _)| *key == "a"), Some(1));
/// ```
pub struct Iter<'a, K, V> {
    part: index_map::Iter<'a, K, V>,
}

/// A parallel iterator over the entries of a map by value, in the order of insertion.
///
/// Returned by `into_par_iter`. Entries are moved out of the pages that no other map has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("b", 1), ("a", 2)]);
/// assert_eq!(map.into_par_iter().rev().collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
/// ```
pub struct IntoIter<K, V> {
    part: Entries<K, V>,
}

/// Some of the entries of a map by value.
struct Entries<K, V>(PagedVec<(K, V)>);

impl<K, V> Entries<K, V> {
    fn len(&self) -> usize {
        self.0.len()
    }
}

indexed! {
    ['a, K: Send + Sync, V: Send + Sync] Iter<'a, K, V>, index_map::Iter<'a, K, V> => (&'a K, &'a V), index_map::Iter<'a, K, V>,
        |part| part, |whole, index| whole.split_at(index);
    [K: Clone + Send + Sync, V: Clone + Send + Sync] IntoIter<K, V>, Entries<K, V> => (K, V), vec::IntoIter<(K, V)>,
        |part| part.0.into_iter(), |whole, index| {
            let mut before = whole.0;
            let after = before.split_off(index);
            (Entries(before), Entries(after))
        };
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.part, f)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.part.0, f)
    }
}

impl<'a, K: Send + Sync, V: Send + Sync, S> IntoParallelIterator for &'a PagedIndexMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type Iter = Iter<'a, K, V>;

    fn into_par_iter(self) -> Iter<'a, K, V> {
        Iter { part: self.iter() }
    }
}

impl<K: Clone + Send + Sync, V: Clone + Send + Sync, S> IntoParallelIterator for PagedIndexMap<K, V, S> {
    type Item = (K, V);
    type Iter = IntoIter<K, V>;

    fn into_par_iter(self) -> IntoIter<K, V> {
        IntoIter { part: Entries(self.into_list()) }
    }
}

/// In the order of the iterator. A key that comes twice has its first place and its last value, as when one thread collects.
impl<K, V, S> FromParallelIterator<(K, V)> for PagedIndexMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default,
{
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        Vec::from_par_iter(entries).into_iter().collect()
    }
}

/// If the iterator panics, nothing has changed.
impl<K, V, S> ParallelExtend<(K, V)> for PagedIndexMap<K, V, S>
where
    K: Eq + Hash + Clone + Send,
    V: Clone + Send,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend(Vec::from_par_iter(entries));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, K, V, S> ParallelExtend<(&'a K, &'a V)> for PagedIndexMap<K, V, S>
where
    K: Eq + Hash + Copy + Send + Sync,
    V: Copy + Send + Sync,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(Vec::from_par_iter(entries));
    }
}
