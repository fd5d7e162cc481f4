//! What differs between two sets, and how one becomes the other.

use super::PagedOrdSet;
use crate::paged::delta::{Change, Conflict, Delta};
use crate::paged::ord_map;
use std::fmt;
use std::iter::FusedIterator;

impl<T> PagedOrdSet<T> {
    /// Returns an iterator over what differs in `newer`, in order: the elements that were removed, and those that were added.
    ///
    /// It passes what both sets share, whole subtrees at a time. So the changes between two versions of one set are found in the time of
    /// the pages that were written to. [Collect](Delta) the changes to keep or to [apply](Self::apply) them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, PagedOrdSet};
    ///
    /// let old: PagedOrdSet<u32> = (0..100_000).collect();
    /// let mut new = old.clone();
    /// new.remove(&7);
    /// assert!(old.diff(&new).eq([Change::Removed { key: &7, value: &() }]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(d)**, where `d` is the number of elements and children in the pages that
    /// are not shared.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, T> {
        Diff { inner: self.map.diff(&newer.map) }
    }
}

impl<T: Ord + Clone> PagedOrdSet<T> {
    /// Applies the changes of `delta`, one after the other: all of them or, if one does not fit, none.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if an element that is to be added is there, or one that is to be removed is not. Nothing was changed then.
    ///
    /// # Panics
    ///
    /// A panic in `Ord` or `Clone` of an element reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedOrdSet};
    ///
    /// let (monday, tuesday) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
    /// let delta: Delta<_, _> = monday.diff(&tuesday).collect();
    ///
    /// let mut follower = monday.clone();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(follower, tuesday);
    /// ```
    ///
    /// Computes in **O(changes · log n)** time, and that of copying each page that changes.
    pub fn apply(&mut self, delta: &Delta<T, ()>) -> Result<(), Conflict<T>> {
        self.map.apply(delta)
    }

    /// Makes this set equal to one of `elements`, and returns how many of them it took to add or remove.
    ///
    /// It touches no page that is right already: such pages stay shared with every clone of this set. An element that is there
    /// stays.
    ///
    /// # Panics
    ///
    /// A panic in the iterator, or in `Ord` or `Clone` of an element, reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set: PagedOrdSet<u32> = (0..100_000).collect();
    /// let before = set.clone();
    /// assert_eq!(set.assign(1..100_000), 1);
    /// assert_eq!(before.diff(&set).count(), 1);
    /// assert_eq!(set.shared_pages(&before), set.page_count() - 3); // a leaf, and two nodes above it
    /// ```
    ///
    /// Computes in **O(n + m · log m)** time, or **O(n + m)** if the `m` elements are in order, and that of copying each page that
    /// changes.
    pub fn assign(&mut self, elements: impl IntoIterator<Item = T>) -> usize {
        self.map.assign(elements.into_iter().map(|element| (element, ())))
    }
}

/// An iterator over the changes between two sets; see [`PagedOrdSet::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let set = PagedOrdSet::from([1]);
/// assert_eq!(set.diff(&set.clone()).next(), None);
/// ```
pub struct Diff<'a, T> {
    inner: ord_map::Diff<'a, T, ()>,
}

impl<'a, T: Ord> Iterator for Diff<'a, T> {
    type Item = Change<'a, T, ()>;

    fn next(&mut self) -> Option<Change<'a, T, ()>> {
        self.inner.next()
    }
}

impl<T: Ord> FusedIterator for Diff<'_, T> {}

impl<T> Clone for Diff<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for Diff<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
