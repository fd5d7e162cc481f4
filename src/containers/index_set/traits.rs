//! std's traits: converting and collecting. The others are those of all sets.

use super::CowIndexSet;
use crate::paged::PagedIndexSet;
use std::hash::{BuildHasher, Hash};

impl<T, S: Default> Default for CowIndexSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T, S> FromIterator<T> for CowIndexSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedIndexSet::from_iter(iter).into()
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for CowIndexSet<T> {
    fn from(values: [T; N]) -> Self {
        PagedIndexSet::from(values).into()
    }
}
