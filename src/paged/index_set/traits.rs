//! std's traits: comparing, converting, collecting, iterating.

use super::{IntoIter, Iter, PagedIndexSet};
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

/// A clone shares all pages. It needs `Clone` of the hasher only.
impl<T, S: Clone> Clone for PagedIndexSet<T, S> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<T, S: Default> Default for PagedIndexSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: fmt::Debug, S> fmt::Debug for PagedIndexSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

/// The order of the elements does not count, as in `indexmap`.
impl<T: Eq + Hash, S: BuildHasher> PartialEq for PagedIndexSet<T, S> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq + Hash, S: BuildHasher> Eq for PagedIndexSet<T, S> {}

impl<T: Eq + Hash, S: BuildHasher + Default> FromIterator<T> for PagedIndexSet<T, S> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self { map: iter.into_iter().map(|element| (element, ())).collect() }
    }
}

impl<T: Eq + Hash, const N: usize> From<[T; N]> for PagedIndexSet<T, RandomState> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

/// The elements that are there stay. If the iterator panics, an empty set stays empty. Another set keeps what was added until
/// then.
impl<T: Eq + Hash + Clone, S: BuildHasher> Extend<T> for PagedIndexSet<T, S> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        let iter = iter.into_iter();
        if self.is_empty() {
            self.map.extend(iter.map(|element| (element, ())));
        } else {
            iter.for_each(|element| _ = self.insert(element));
        }
    }
}

impl<'a, T: Eq + Hash + Copy, S: BuildHasher> Extend<&'a T> for PagedIndexSet<T, S> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.extend(iter.into_iter().copied());
    }
}

impl<'a, T, S> IntoIterator for &'a PagedIndexSet<T, S> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Clone, S> IntoIterator for PagedIndexSet<T, S> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Consumes the set. Its elements are moved out of the pages that no other set has, and cloned out of the others.
    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self.map.index)
    }
}
