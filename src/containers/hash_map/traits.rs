//! std's traits: converting and collecting. The others are those of all maps.

use super::CowMap;
use crate::paged::PagedMap;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

impl<K, V, S: Default> Default for CowMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

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
