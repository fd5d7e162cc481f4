//! std's traits: converting and collecting. The others are those of all sets.

use super::CowOrdSet;
use crate::paged::PagedOrdSet;
use std::collections::BTreeSet;

impl<T> Default for CowOrdSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Of equal elements the last one counts, as in std. Elements that are in order already need no sorting.
impl<T: Ord + Clone> FromIterator<T> for CowOrdSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedOrdSet::from_iter(iter).into()
    }
}

impl<T: Ord + Clone, const N: usize> From<[T; N]> for CowOrdSet<T> {
    fn from(values: [T; N]) -> Self {
        PagedOrdSet::from(values).into()
    }
}

impl<T: Ord + Clone> From<BTreeSet<T>> for CowOrdSet<T> {
    fn from(set: BTreeSet<T>) -> Self {
        PagedOrdSet::from(set).into()
    }
}
