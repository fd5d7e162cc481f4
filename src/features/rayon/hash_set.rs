//! The parallel iterators of a [`PagedSet`].

use super::Walk;
use crate::paged::PagedSet;
use crate::paged::engine::table::{OwnedPart, Part};
use rayon::iter::plumbing::UnindexedConsumer;
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator};
use std::fmt;
use std::hash::{BuildHasher, Hash};

/// A parallel iterator over the elements of a set by reference, in no particular order.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedSet;
///
/// let set = PagedSet::from([1, 2]);
/// assert_eq!(set.par_iter().sum::<i32>(), 3);
/// ```
pub struct Iter<'a, T> {
    part: Part<'a, (T, ())>,
}

impl<'a, T: Send + Sync> ParallelIterator for Iter<'a, T> {
    type Item = &'a T;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        Walk(self.part).map(|(element, ())| element).drive_unindexed(consumer)
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.part.clone().into_iter().map(|(element, ())| element)).finish()
    }
}

impl<'a, T: Send + Sync, S> IntoParallelIterator for &'a PagedSet<T, S> {
    type Item = &'a T;
    type Iter = Iter<'a, T>;

    fn into_par_iter(self) -> Iter<'a, T> {
        Iter { part: self.map.table.part() }
    }
}

/// A parallel iterator over the elements of a set by value, in no particular order.
///
/// Returned by `into_par_iter`. Elements are moved out of the pages that no other set has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedSet;
///
/// let set = PagedSet::from([1, 2]);
/// assert_eq!(set.into_par_iter().sum::<i32>(), 3);
/// ```
pub struct IntoIter<T> {
    part: OwnedPart<(T, ())>,
}

impl<T: Clone + Send + Sync> ParallelIterator for IntoIter<T> {
    type Item = T;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        Walk(self.part).map(|(element, ())| element).drive_unindexed(consumer)
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.part.iter().map(|(element, ())| element)).finish()
    }
}

impl<T: Clone + Send + Sync, S> IntoParallelIterator for PagedSet<T, S> {
    type Item = T;
    type Iter = IntoIter<T>;

    fn into_par_iter(self) -> IntoIter<T> {
        let (table, _) = self.map.into_parts();
        IntoIter { part: table.into_part() }
    }
}

/// Of two equal elements the first stays, in the order of the iterator, as when one thread collects.
impl<T, S> FromParallelIterator<T> for PagedSet<T, S>
where
    T: Eq + Hash + Send,
    S: BuildHasher + Default,
{
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(elements: I) -> Self {
        Vec::from_par_iter(elements).into_iter().collect()
    }
}

/// If the iterator panics, nothing has changed.
impl<T, S> ParallelExtend<T> for PagedSet<T, S>
where
    T: Eq + Hash + Clone + Send,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, T, S> ParallelExtend<&'a T> for PagedSet<T, S>
where
    T: Eq + Hash + Copy + Send + Sync,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}
