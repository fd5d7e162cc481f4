//! Removing elements while walking over a set.

use super::PagedSet;
use crate::paged::engine::table;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::iter::FusedIterator;

/// An iterator that removes the elements that it returns.
///
/// Returned by [`PagedSet::extract_if`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let mut set = PagedSet::from([1, 2]);
/// assert!(set.extract_if(|n| *n > 1).eq([2]));
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed; `retain` removes and drops"]
pub struct ExtractIf<'a, T, F, S = RandomState> {
    inner: table::Extract<'a, (T, ())>,
    hash_builder: &'a S,
    pred: F,
}

impl<T, S> PagedSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher,
{
    /// Returns an iterator that removes the elements for which `pred` returns `true`, and returns them.
    ///
    /// It is lazy. The elements that it has not reached when it is dropped or leaked stay in the set. Pages that lose nothing
    /// stay shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set: PagedSet<u32> = (0..8).collect();
    /// let even: PagedSet<u32> = set.extract_if(|n| n % 2 == 0).collect();
    /// assert_eq!((even.len(), set.len()), (4, 4));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(capacity)**.
    pub fn extract_if<F: FnMut(&T) -> bool>(&mut self, pred: F) -> ExtractIf<'_, T, F, S> {
        let (inner, hash_builder) = self.map.extract();
        ExtractIf { inner, hash_builder, pred }
    }
}

impl<T, F, S> Iterator for ExtractIf<'_, T, F, S>
where
    T: Eq + Hash + Clone,
    F: FnMut(&T) -> bool,
    S: BuildHasher,
{
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let hash_of = |(element, ()): &(T, ())| self.hash_builder.hash_one(element);
        let (element, ()) = self.inner.next(|(element, ())| (self.pred)(element), hash_of)?;
        Some(element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.inner.left()))
    }
}

impl<T, F, S> FusedIterator for ExtractIf<'_, T, F, S>
where
    T: Eq + Hash + Clone,
    F: FnMut(&T) -> bool,
    S: BuildHasher,
{
}

impl<T, F, S> fmt::Debug for ExtractIf<'_, T, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
