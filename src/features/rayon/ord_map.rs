//! The parallel iterators of a [`PagedOrdMap`].

use super::indexed;
use crate::paged::PagedOrdMap;
use crate::paged::engine::tree::OwnedPart;
use crate::paged::ord_map;
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};
use std::fmt;

/// A parallel iterator over the entries of a map by reference, in the order of the keys.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.par_iter().map(|(_, value)| value).sum::<i32>(), 3);
/// assert_eq!(map.par_iter().position_any(|(key, _)| *key == "b"), Some(1));
/// ```
pub struct Iter<'a, K, V> {
    part: ord_map::Iter<'a, K, V>,
}

/// A parallel iterator over the entries of a map by value, in the order of the keys.
///
/// Returned by `into_par_iter`. Entries are moved out of the leaves that no other map has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.into_par_iter().rev().collect::<Vec<_>>(), [("b", 2), ("a", 1)]);
/// ```
pub struct IntoIter<K, V> {
    part: OwnedPart<K, V>,
}

indexed! {
    ['a, K: Send + Sync, V: Send + Sync] Iter<'a, K, V>, ord_map::Iter<'a, K, V> => (&'a K, &'a V), ord_map::Iter<'a, K, V>,
        |part| part, |whole, index| whole.split_at(index);
    [K: Clone + Send + Sync, V: Clone + Send + Sync] IntoIter<K, V>, OwnedPart<K, V> => (K, V), ord_map::IntoIter<K, V>,
        |part| ord_map::IntoIter::of_part(part), |whole, index| whole.split_at(index);
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
        f.debug_list().entries(self.part.iter()).finish()
    }
}

impl<'a, K: Send + Sync, V: Send + Sync> IntoParallelIterator for &'a PagedOrdMap<K, V> {
    type Item = (&'a K, &'a V);
    type Iter = Iter<'a, K, V>;

    fn into_par_iter(self) -> Iter<'a, K, V> {
        Iter { part: self.iter() }
    }
}

impl<K: Clone + Send + Sync, V: Clone + Send + Sync> IntoParallelIterator for PagedOrdMap<K, V> {
    type Item = (K, V);
    type Iter = IntoIter<K, V>;

    fn into_par_iter(self) -> IntoIter<K, V> {
        IntoIter { part: self.tree.into_part() }
    }
}

/// Of a key that comes twice the last value stays, in the order of the iterator, as when one thread collects. Entries that are in order
/// already need no sorting.
impl<K: Ord + Clone + Send, V: Send> FromParallelIterator<(K, V)> for PagedOrdMap<K, V> {
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        Vec::from_par_iter(entries).into_iter().collect()
    }
}

/// If the iterator panics, nothing has changed.
impl<K: Ord + Clone + Send, V: Clone + Send> ParallelExtend<(K, V)> for PagedOrdMap<K, V> {
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend(Vec::from_par_iter(entries));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, K, V> ParallelExtend<(&'a K, &'a V)> for PagedOrdMap<K, V>
where
    K: Ord + Copy + Send + Sync,
    V: Copy + Send + Sync,
{
    fn par_extend<I: IntoParallelIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(Vec::from_par_iter(entries));
    }
}
