//! The parallel iterators of a [`PagedOrdSet`].

use super::indexed;
use crate::paged::PagedOrdSet;
use crate::paged::engine::tree::OwnedPart;
use crate::paged::ord_set;
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};
use std::fmt;

/// A parallel iterator over the elements of a set by reference, in order.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1, 2]);
/// assert_eq!(set.par_iter().sum::<i32>(), 3);
/// ```
pub struct Iter<'a, T> {
    part: ord_set::Iter<'a, T>,
}

/// A parallel iterator over the elements of a set by value, in order.
///
/// Returned by `into_par_iter`. Elements are moved out of the leaves that no other set has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1, 2]);
/// assert_eq!(set.into_par_iter().rev().collect::<Vec<_>>(), [2, 1]);
/// ```
pub struct IntoIter<T> {
    part: Elements<T>,
}

/// A part of a set by value, for one thread. It is a map's part, whose entries are pairs.
struct Elements<T>(OwnedPart<T, ()>);

impl<T> Elements<T> {
    fn len(&self) -> usize {
        self.0.len()
    }
}

indexed! {
    ['a, T: Send + Sync] Iter<'a, T>, ord_set::Iter<'a, T> => &'a T, ord_set::Iter<'a, T>,
        |part| part, |whole, index| whole.split_at(index);
    [T: Clone + Send + Sync] IntoIter<T>, Elements<T> => T, ord_set::IntoIter<T>,
        |part| ord_set::IntoIter::of_part(part.0), |whole, index| {
            let (before, after) = whole.0.split_at(index);
            (Elements(before), Elements(after))
        };
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.part, f)
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.part.0.iter().map(|(element, ())| element)).finish()
    }
}

impl<'a, T: Send + Sync> IntoParallelIterator for &'a PagedOrdSet<T> {
    type Item = &'a T;
    type Iter = Iter<'a, T>;

    fn into_par_iter(self) -> Iter<'a, T> {
        Iter { part: self.iter() }
    }
}

impl<T: Clone + Send + Sync> IntoParallelIterator for PagedOrdSet<T> {
    type Item = T;
    type Iter = IntoIter<T>;

    fn into_par_iter(self) -> IntoIter<T> {
        IntoIter { part: Elements(self.map.tree.into_part()) }
    }
}

/// Of two equal elements the last stays, in the order of the iterator, as when one thread collects. Elements that are in order already
/// need no sorting.
impl<T: Ord + Clone + Send> FromParallelIterator<T> for PagedOrdSet<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(elements: I) -> Self {
        Vec::from_par_iter(elements).into_iter().collect()
    }
}

/// If the iterator panics, nothing has changed.
impl<T: Ord + Clone + Send> ParallelExtend<T> for PagedOrdSet<T> {
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, T: Ord + Copy + Send + Sync + 'a> ParallelExtend<&'a T> for PagedOrdSet<T> {
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}
