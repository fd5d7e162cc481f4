//! std's traits: comparing, converting, collecting, iterating.

use super::{IntoIter, Iter, PagedOrdSet};
use crate::paged::PagedOrdMap;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A clone shares all pages. It needs no `Clone` of the elements.
impl<T> Clone for PagedOrdSet<T> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<T> Default for PagedOrdSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for PagedOrdSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<T: PartialEq> PartialEq for PagedOrdSet<T> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<T: Eq> Eq for PagedOrdSet<T> {}

impl<T: PartialOrd> PartialOrd for PagedOrdSet<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord> Ord for PagedOrdSet<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Hash> Hash for PagedOrdSet<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As std does.
        self.map.hash(state);
    }
}

/// Of equal elements the last one counts, as in std. Elements that are in order already need no sorting.
impl<T: Ord + Clone> FromIterator<T> for PagedOrdSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self { map: PagedOrdMap::build(iter.into_iter().map(|element| (element, ()))) }
    }
}

impl<T: Ord + Clone, const N: usize> From<[T; N]> for PagedOrdSet<T> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<T: Ord + Clone> From<BTreeSet<T>> for PagedOrdSet<T> {
    fn from(set: BTreeSet<T>) -> Self {
        set.into_iter().collect()
    }
}

impl<T: Ord + Clone> From<PagedOrdSet<T>> for BTreeSet<T> {
    fn from(set: PagedOrdSet<T>) -> Self {
        set.into_iter().collect()
    }
}

/// The elements that are there stay. If the iterator panics, an empty set stays empty. Another set keeps what was added until
/// then.
impl<T: Ord + Clone> Extend<T> for PagedOrdSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        let iter = iter.into_iter();
        if self.is_empty() {
            self.map.extend(iter.map(|element| (element, ())));
        } else {
            iter.for_each(|element| _ = self.insert(element));
        }
    }
}

impl<'a, T: Ord + Copy> Extend<&'a T> for PagedOrdSet<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.extend(iter.into_iter().copied());
    }
}

impl<'a, T> IntoIterator for &'a PagedOrdSet<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Clone> IntoIterator for PagedOrdSet<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Consumes the set. Its elements are moved out of the leaves that no other set has, and cloned out of the others.
    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self.map.tree)
    }
}
