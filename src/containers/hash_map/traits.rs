//! std's traits: comparing, converting, collecting.

use super::CowMap;
use crate::paged::PagedMap;
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
