//! Removing entries while walking over a map.

use super::{PagedMap, hasher_of};
use crate::paged::engine::table;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::iter::FusedIterator;

/// An iterator that removes the entries that it returns.
///
/// Returned by [`PagedMap::extract_if`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let mut map = PagedMap::from([("a", 1), ("b", 2)]);
/// assert!(map.extract_if(|_, value| *value > 1).eq([("b", 2)]));
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes and drops"]
pub struct ExtractIf<'a, K, V, F, S = RandomState> {
    inner: table::Extract<'a, (K, V)>,
    hash_builder: &'a S,
    pred: F,
}

impl<K, V, S> PagedMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher,
{
    /// Returns an iterator that removes the entries for which `pred` returns `true`, and returns them.
    ///
    /// It is lazy. The entries that it has not reached when it is dropped or leaked stay in the map. Unlike in std, `pred` gets
    /// a `&V`. Pages that lose nothing stay shared, unless so little is left that the map gets fewer pages.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map: PagedMap<u32, u32> = (0..8).map(|n| (n, n * n)).collect();
    /// let even: PagedMap<u32, u32> = map.extract_if(|key, _| key % 2 == 0).collect();
    /// assert_eq!((even.len(), map.len()), (4, 4));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(capacity)**.
    pub fn extract_if<F: FnMut(&K, &V) -> bool>(&mut self, pred: F) -> ExtractIf<'_, K, V, F, S> {
        let (inner, hash_builder) = self.extract();
        ExtractIf { inner, hash_builder, pred }
    }

    pub(in crate::paged) fn extract(&mut self) -> (table::Extract<'_, (K, V)>, &S) {
        (self.table.extract(), &self.hash_builder)
    }
}

impl<K, V, F, S> Iterator for ExtractIf<'_, K, V, F, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    F: FnMut(&K, &V) -> bool,
    S: BuildHasher,
{
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.inner.next(|(key, value)| (self.pred)(key, value), hasher_of(self.hash_builder))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.inner.left()))
    }
}

impl<K, V, F, S> FusedIterator for ExtractIf<'_, K, V, F, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    F: FnMut(&K, &V) -> bool,
    S: BuildHasher,
{
}

impl<K, V, F, S> fmt::Debug for ExtractIf<'_, K, V, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
