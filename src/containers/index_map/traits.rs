//! std's traits: converting and collecting. The others are those of all maps.

use super::CowIndexMap;
use crate::paged::PagedIndexMap;
use std::hash::{BuildHasher, Hash};

impl<K, V, S: Default> Default for CowIndexMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

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
