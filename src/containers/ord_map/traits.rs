//! std's traits: converting and collecting. The others are those of all maps.

use super::CowOrdMap;
use crate::paged::PagedOrdMap;
use std::collections::BTreeMap;

impl<K, V> Default for CowOrdMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// Of entries with equal keys the last one counts, as in std. Entries that are in order already need no sorting.
impl<K: Ord + Clone, V> FromIterator<(K, V)> for CowOrdMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        PagedOrdMap::from_iter(iter).into()
    }
}

impl<K: Ord + Clone, V, const N: usize> From<[(K, V); N]> for CowOrdMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        PagedOrdMap::from(entries).into()
    }
}

impl<K: Ord + Clone, V> From<BTreeMap<K, V>> for CowOrdMap<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        PagedOrdMap::from(map).into()
    }
}
