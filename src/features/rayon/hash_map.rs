//! The parallel iterators of a [`PagedMap`].

use super::Walk;
use crate::paged::PagedMap;
use crate::paged::engine::table::{OwnedPart, Part};
use rayon::iter::plumbing::UnindexedConsumer;
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator};
use std::fmt;
use std::hash::{BuildHasher, Hash};

/// A parallel iterator over the entries of a map by reference, in no particular order.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.par_iter().map(|(_, value)| value).sum::<i32>(), 3);
/// ```
pub struct Iter<'a, K, V> {
    part: Part<'a, (K, V)>,
}

impl<'a, K: Send + Sync, V: Send + Sync> ParallelIterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        Walk(self.part).map(|(key, value)| (key, value)).drive_unindexed(consumer)
    }
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone() }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.part.clone().into_iter()).finish()
    }
}

impl<'a, K: Send + Sync, V: Send + Sync, S> IntoParallelIterator for &'a PagedMap<K, V, S> {
    type Item = (&'a K, &'a V);
    type Iter = Iter<'a, K, V>;

    fn into_par_iter(self) -> Iter<'a, K, V> {
        Iter { part: self.table.part() }
    }
}

/// A parallel iterator over the entries of a map by value, in no particular order.
///
/// Returned by `into_par_iter`. Entries are moved out of the pages that no other map has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1), ("b", 2)]);
/// assert_eq!(map.into_par_iter().map(|(_, value)| value).sum::<i32>(), 3);
/// ```
pub struct IntoIter<K, V> {
    part: OwnedPart<(K, V)>,
}

impl<K: Clone + Send + Sync, V: Clone + Send + Sync> ParallelIterator for IntoIter<K, V> {
    type Item = (K, V);

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        Walk(self.part).drive_unindexed(consumer)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.part.iter()).finish()
    }
}

impl<K: Clone + Send + Sync, V: Clone + Send + Sync, S> IntoParallelIterator for PagedMap<K, V, S> {
    type Item = (K, V);
    type Iter = IntoIter<K, V>;

    fn into_par_iter(self) -> IntoIter<K, V> {
        let (table, _) = self.into_parts();
        IntoIter { part: table.into_part() }
    }
}

/// Of a key that comes twice the last value stays, in the order of the iterator, as when one thread collects.
impl<K, V, S> FromParallelIterator<(K, V)> for PagedMap<K, V, S>
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
impl<K, V, S> ParallelExtend<(K, V)> for PagedMap<K, V, S>
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
impl<'a, K, V, S> ParallelExtend<(&'a K, &'a V)> for PagedMap<K, V, S>
where
    K: Eq + Hash + Copy + Send + Sync,
    V: Copy + Send + Sync,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(Vec::from_par_iter(entries));
    }
}
