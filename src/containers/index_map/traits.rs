//! std's traits: comparing, converting, collecting.

use super::CowIndexMap;
use crate::paged::PagedIndexMap;
use crate::paged::index_map::IntoIter;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<K, V, S: Default> Default for CowIndexMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for CowIndexMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each map. The order of the entries does not count.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for CowIndexMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for CowIndexMap<K, V, S> {}

impl<K, V, S> FromIterator<(K, V)> for CowIndexMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        PagedIndexMap::from_iter(iter).into()
    }
}

impl<K: Eq + Hash, V, const N: usize> From<[(K, V); N]> for CowIndexMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        PagedIndexMap::from(entries).into()
    }
}

/// Consumes the map and iterates over its current version.
///
/// It is [`into_inner`](CowIndexMap::into_inner) and then the collection's own: entries of pages that nobody else has are moved out, the
/// others are cloned. To walk over a map that goes on, take a version first: `for entry in &map.load()`.
///
/// # Examples
///
/// ```
/// let map = readmostly::CowIndexMap::from([("a", 1), ("b", 2)]);
/// let sum: i32 = map.into_iter().map(|(_, n)| n).sum();
/// assert_eq!(sum, 3);
/// ```
///
/// Computes in **O(1)** time, plus **O(n)** for the walk.
impl<K: Clone, V: Clone, S: Clone> IntoIterator for CowIndexMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        self.into_inner().into_iter()
    }
}

/// As [`CowIndexMap::extend`]: one version for the whole iterator.
impl<K, V, S> Extend<(K, V)> for &CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        CowIndexMap::extend(self, iter);
    }
}

/// As [`CowIndexMap::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedIndexMap`], which is made into a container by `into`.
impl<K, V, S> Extend<(K, V)> for CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        CowIndexMap::extend(self, iter);
    }
}

/// As [`CowIndexMap::extend`]: one version for the whole iterator.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for &CowIndexMap<K, V, S>
where
    K: Eq + Hash + Copy,
    V: Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        CowIndexMap::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// As [`CowIndexMap::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedIndexMap`], which is made into a container by `into`.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for CowIndexMap<K, V, S>
where
    K: Eq + Hash + Copy,
    V: Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        CowIndexMap::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}
