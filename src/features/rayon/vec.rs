//! The parallel iterators of a [`PagedVec`].

use super::indexed;
use crate::paged::PagedVec;
use crate::paged::vec::{self, Slice};
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend};
use std::fmt;

/// A parallel iterator over references to the elements of a vector.
///
/// Returned by `par_iter`.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert_eq!(vec.par_iter().sum::<i32>(), 6);
/// ```
pub struct Iter<'a, T> {
    part: Slice<'a, T>,
}

/// A parallel iterator that moves the elements out of a vector.
///
/// Returned by `into_par_iter`. Elements are moved out of the pages that no other vector has, and cloned out of the others.
///
/// # Examples
///
/// ```
/// use rayon::prelude::*;
/// use readmostly::paged::PagedVec;
///
/// let vec = PagedVec::from([1, 2, 3]);
/// assert_eq!(vec.into_par_iter().rev().collect::<Vec<_>>(), [3, 2, 1]);
/// ```
pub struct IntoIter<T> {
    part: PagedVec<T>,
}

indexed! {
    ['a, T: Send + Sync] Iter<'a, T>, Slice<'a, T> => &'a T, vec::Iter<'a, T>,
        |part| part.into_iter(), |whole, index| (whole.range(..index), whole.range(index..));
    [T: Clone + Send + Sync] IntoIter<T>, PagedVec<T> => T, vec::IntoIter<T>,
        |part| part.into_iter(), |whole, index| {
            let mut before = whole;
            let after = before.split_off(index);
            (before, after)
        };
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.part, f)
    }
}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.part, f)
    }
}

impl<'a, T: Send + Sync> IntoParallelIterator for &'a PagedVec<T> {
    type Item = &'a T;
    type Iter = Iter<'a, T>;

    fn into_par_iter(self) -> Iter<'a, T> {
        Iter { part: self.range(..) }
    }
}

impl<T: Clone + Send + Sync> IntoParallelIterator for PagedVec<T> {
    type Item = T;
    type Iter = IntoIter<T>;

    fn into_par_iter(self) -> IntoIter<T> {
        IntoIter { part: self }
    }
}

impl<T: Send> FromParallelIterator<T> for PagedVec<T> {
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(elements: I) -> Self {
        Vec::from_par_iter(elements).into()
    }
}

/// If the iterator panics, nothing has changed.
impl<T: Clone + Send> ParallelExtend<T> for PagedVec<T> {
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}

/// If the iterator panics, nothing has changed.
impl<'a, T: Copy + Send + Sync + 'a> ParallelExtend<&'a T> for PagedVec<T> {
    fn par_extend<I: IntoParallelIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(Vec::from_par_iter(elements));
    }
}
