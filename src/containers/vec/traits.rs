//! std's traits: comparing, converting, collecting.

use super::CowVec;
use crate::paged::PagedVec;
use crate::paged::vec::IntoIter;
use std::fmt;

impl<T> Default for CowVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for CowVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each vector.
impl<T: PartialEq> PartialEq for CowVec<T> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<T: Eq> Eq for CowVec<T> {}

impl<T> FromIterator<T> for CowVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedVec::from_iter(iter).into()
    }
}

impl<T, const N: usize> From<[T; N]> for CowVec<T> {
    fn from(values: [T; N]) -> Self {
        PagedVec::from(values).into()
    }
}

impl<T> From<Vec<T>> for CowVec<T> {
    fn from(values: Vec<T>) -> Self {
        PagedVec::from(values).into()
    }
}

/// Consumes the vector and iterates over its current version.
///
/// It is [`into_inner`](CowVec::into_inner) and then the collection's own: elements of pages that nobody else has are moved out, the
/// others are cloned. To walk over a vector that goes on, take a version first: `for element in &list.load()`.
///
/// # Examples
///
/// ```
/// let list = readmostly::CowVec::from([1, 2, 3]);
/// assert!(list.into_iter().rev().eq([3, 2, 1]));
/// ```
///
/// Computes in **O(1)** time, plus **O(n)** for the walk.
impl<T: Clone> IntoIterator for CowVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.into_inner().into_iter()
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<T: Clone> Extend<T> for &CowVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowVec::extend(self, iter);
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedVec`], which is made into a container by `into`.
impl<T: Clone> Extend<T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowVec::extend(self, iter);
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<'a, T: Copy + 'a> Extend<&'a T> for &CowVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowVec::extend(self, iter.into_iter().copied());
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
///
/// `partition` and `unzip` of an iterator call it once for each element, so that each is a version. Have them make a
/// [`PagedVec`], which is made into a container by `into`.
impl<'a, T: Copy + 'a> Extend<&'a T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowVec::extend(self, iter.into_iter().copied());
    }
}
