//! The parallel iterators of a [`PagedIndexSet`].

use super::indexed;
use crate::paged::{PagedIndexSet, PagedVec};
use crate::paged::{index_set, vec};
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::Map;

/// A parallel iterator over the elements of a set by reference, in the order of insertion.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedIndexSet;
///
/// let set = PagedIndexSet::from([2, 1]);
/// assert_eq!(set.par_iter().sum::<i32>(), 3);
/// ```
pub struct Iter<'a, T> {
    part: index_set::Iter<'a, T>,
}

/// A parallel iterator over the elements of a set by value, in the order of insertion.
///
/// Returned by `into_par_iter`. Elements are moved out of the pages that no other set has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedIndexSet;
///
/// let set = PagedIndexSet::from([2, 1]);
/// assert_eq!(set.into_par_iter().rev().collect::<Vec<_>>(), [1, 2]);
/// ```
pub struct IntoIter<T> {
    part: Elements<T>,
}

/// Some of the elements of a set by value. They are those of a map, whose entries are pairs.
struct Elements<T>(PagedVec<(T, ())>);

impl<T> Elements<T> {
    fn len(&self) -> usize {
        self.0.len()
    }
}

fn element<T>((element, ()): (T, ())) -> T {
    element
}

indexed! {
    ['a, T: Send + Sync] Iter<'a, T>, index_set::Iter<'a, T> => &'a T, index_set::Iter<'a, T>,
        |part| part, |whole, index| whole.split_at(index);
    [T: Clone + Send + Sync] IntoIter<T>, Elements<T> => T, Map<vec::IntoIter<(T, ())>, fn((T, ())) -> T>,
        |part| part.0.into_iter().map(element as fn(_) -> _), |whole, index| {
            let mut before = whole.0;
            let after = before.split_off(index);
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

impl<'a, T: Send + Sync, S> IntoParallelIterator for &'a PagedIndexSet<T, S> {
    type Item = &'a T;
    type Iter = Iter<'a, T>;

    fn into_par_iter(self) -> Iter<'a, T> {
        Iter { part: self.iter() }
    }
}

impl<T: Clone + Send + Sync, S> IntoParallelIterator for PagedIndexSet<T, S> {
    type Item = T;
    type Iter = IntoIter<T>;

    fn into_par_iter(self) -> IntoIter<T> {
        IntoIter { part: Elements(self.map.into_list()) }
    }
}

/// In the order of the iterator. Of two equal elements the first stays, as when one thread collects.
impl<T, S> FromParallelIterator<T> for PagedIndexSet<T, S>
where
    T: Eq + Hash + Send,
    S: BuildHasher + Default,
{
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(elements: I) -> Self {
        Vec::from_par_iter(elements).into_iter().collect()
    }
}

/// If the iterator panics, nothing has changed.
impl<T, S> ParallelExtend<T> for PagedIndexSet<T, S>
where
    T: Eq + Hash + Clone + Send,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, T, S> ParallelExtend<&'a T> for PagedIndexSet<T, S>
where
    T: Eq + Hash + Copy + Send + Sync + 'a,
    S: BuildHasher,
{
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}
