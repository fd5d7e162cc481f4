//! std's traits: comparing, converting, collecting.

use super::CowMap;
use crate::paged::PagedMap;
use crate::paged::hash_map::IntoIter;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash};

impl<K, V, S: Default> Default for CowMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for CowMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each map.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for CowMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for CowMap<K, V, S> {}

impl<K, V, S> FromIterator<(K, V)> for CowMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        PagedMap::from_iter(iter).into()
    }
}

impl<K: Eq + Hash, V, const N: usize> From<[(K, V); N]> for CowMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        PagedMap::from(entries).into()
    }
}

impl<K: Eq + Hash, V, S: BuildHasher + Clone> From<HashMap<K, V, S>> for CowMap<K, V, S> {
    fn from(map: HashMap<K, V, S>) -> Self {
        PagedMap::from(map).into()
    }
}

/// Consumes the map and iterates over its current version.
///
/// It is [`into_inner`](CowMap::into_inner) and then the collection's own: entries of pages that nobody else has are moved out, the
/// others are cloned. To walk over a map that goes on, take a version first: `for entry in &map.load()`.
///
/// # Examples
///
/// ```
/// let map = readmostly::CowMap::from([("a", 1), ("b", 2)]);
/// let sum: i32 = map.into_iter().map(|(_, n)| n).sum();
/// assert_eq!(sum, 3);
/// ```
///
/// Computes in **O(1)** time, plus **O(n)** for the walk.
impl<K: Clone, V: Clone, S: Clone> IntoIterator for CowMap<K, V, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        self.into_inner().into_iter()
    }
}

/// As [`CowMap::extend`]: one version for the whole iterator.
impl<K, V, S> Extend<(K, V)> for &CowMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        CowMap::extend(self, iter);
    }
}

/// As [`CowMap::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedMap`], which is made into a container by `into`.
impl<K, V, S> Extend<(K, V)> for CowMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        CowMap::extend(self, iter);
    }
}

/// As [`CowMap::extend`]: one version for the whole iterator.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for &CowMap<K, V, S>
where
    K: Eq + Hash + Copy,
    V: Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        CowMap::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}

/// As [`CowMap::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedMap`], which is made into a container by `into`.
impl<'a, K, V, S> Extend<(&'a K, &'a V)> for CowMap<K, V, S>
where
    K: Eq + Hash + Copy,
    V: Copy,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, iter: I) {
        CowMap::extend(self, iter.into_iter().map(|(&key, &value)| (key, value)));
    }
}
