//! std's traits: converting and collecting. The others are those of all sets.

use super::CowSet;
use crate::paged::PagedSet;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};

impl<T, S: Default> Default for CowSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T, S> FromIterator<T> for CowSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedSet::from_iter(iter).into()
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for CowSet<T> {
    fn from(values: [T; N]) -> Self {
        PagedSet::from(values).into()
    }
}

impl<T: Eq + Hash, S: BuildHasher + Clone> From<HashSet<T, S>> for CowSet<T, S> {
    fn from(set: HashSet<T, S>) -> Self {
        PagedSet::from(set).into()
    }
}
