//! The iterators of a set.

use super::PagedSet;
use crate::paged::engine::table::{self, Table};
use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

/// An iterator over the elements of a set by reference, in no particular order.
///
/// Returned by [`PagedSet::iter`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let set = PagedSet::from([1]);
/// let mut elements = set.iter();
/// assert_eq!((elements.len(), elements.next()), (1, Some(&1)));
/// ```
pub struct Iter<'a, T> {
    inner: table::Iter<'a, (T, ())>,
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    iterator_methods!(|(element, ())| element);
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Self { inner: table::Iter::default() }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

/// An iterator over the elements of a set by value.
///
/// Returned by [`PagedSet::into_iter`](IntoIterator::into_iter).
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let set = PagedSet::from([1]);
/// assert!(set.into_iter().eq([1]));
/// ```
pub struct IntoIter<T> {
    inner: table::IntoIter<(T, ())>,
}

impl<T> IntoIter<T> {
    pub(super) fn new(table: Table<(T, ())>) -> Self {
        Self { inner: table.into_iter() }
    }
}

impl<T: Clone> Iterator for IntoIter<T> {
    type Item = T;

    iterator_methods!(|(element, ())| element);
}

impl<T: Clone> ExactSizeIterator for IntoIter<T> {}
impl<T: Clone> FusedIterator for IntoIter<T> {}

impl<T: fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T> Default for IntoIter<T> {
    fn default() -> Self {
        Self { inner: table::IntoIter::default() }
    }
}

/// An iterator over the elements that were taken out of a set.
///
/// Returned by [`PagedSet::drain`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let mut set = PagedSet::from([1]);
/// assert!(set.drain().eq([1]));
/// assert!(set.is_empty());
/// ```
pub struct Drain<'a, T> {
    inner: table::IntoIter<(T, ())>,
    /// The set is empty already. It stays borrowed, as in std.
    set: PhantomData<&'a ()>,
}

impl<T: Clone> Iterator for Drain<'_, T> {
    type Item = T;

    iterator_methods!(|(element, ())| element);
}

impl<T: Clone> ExactSizeIterator for Drain<'_, T> {}
impl<T: Clone> FusedIterator for Drain<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.iter().map(|(element, ())| element)).finish()
    }
}

impl<T, S> PagedSet<T, S> {
    /// Returns an iterator over the elements, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert_eq!(PagedSet::from([1, 2]).iter().sum::<i32>(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n + capacity)**.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { inner: self.map.table.iter() }
    }
}

impl<T: Clone, S> PagedSet<T, S> {
    /// Empties the set and returns an iterator over the elements that were in it.
    ///
    /// The set is empty as soon as this returns, even if the iterator is leaked. Unlike in std, it keeps no capacity, unless it was empty. Elements
    /// are moved out of the pages that no other set has, and cloned out of the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from([1, 2]);
    /// assert_eq!(set.drain().sum::<i32>(), 3);
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n + capacity)**.
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain { inner: self.map.table.take_all().into_iter(), set: PhantomData }
    }
}
