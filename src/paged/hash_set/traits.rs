//! From and to other collections.

use super::PagedSet;
use crate::paged::PagedMap;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};

impl<T: Eq + Hash, S: BuildHasher + Default> FromIterator<T> for PagedSet<T, S> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self { map: iter.into_iter().map(|element| (element, ())).collect() }
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for PagedSet<T, RandomState> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

/// The set gets a clone of the hasher.
impl<T: Eq + Hash, S: BuildHasher + Clone> From<HashSet<T, S>> for PagedSet<T, S> {
    fn from(set: HashSet<T, S>) -> Self {
        let hash_builder = set.hasher().clone();
        Self { map: PagedMap::build(set.into_iter().map(|element| (element, ())), hash_builder) }
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> From<PagedSet<T, S>> for HashSet<T, S> {
    fn from(set: PagedSet<T, S>) -> Self {
        let (table, hash_builder) = set.map.into_parts();
        let mut flat = HashSet::with_capacity_and_hasher(table.len(), hash_builder);
        flat.extend(table.into_iter().map(|(element, ())| element));
        flat
    }
}

/// The elements that are there stay. If the iterator panics, an empty set stays empty. Another set keeps what was added until
/// then.
impl<T: Eq + Hash + Clone, S: BuildHasher> Extend<T> for PagedSet<T, S> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        let iter = iter.into_iter();
        if self.is_empty() {
            self.map.extend(iter.map(|element| (element, ())));
        } else {
            iter.for_each(|element| _ = self.insert(element));
        }
    }
}

impl<'a, T: Eq + Hash + Copy, S: BuildHasher> Extend<&'a T> for PagedSet<T, S> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.extend(iter.into_iter().copied());
    }
}
