//! What differs between two sets, and how one becomes the other.

use super::PagedIndexSet;
use crate::paged::delta::{Change, Conflict, Delta};
use crate::paged::index_map;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;

impl<T, S> PagedIndexSet<T, S> {
    /// Returns an iterator over what differs in `newer`: the changes that make this set equal to it, in its order.
    ///
    /// The elements that were removed come first, in the order of this set. Then come those that were added, in the order of `newer`. An
    /// element whose place changed comes as removed, and then as added. [`PagedIndexMap::diff`](crate::paged::PagedIndexMap::diff) says
    /// what that means for the order and the cost.
    ///
    /// It never looks into a page of elements that both sets share. So the changes between two versions of one set are found in the time of
    /// the pages that were written to. [Collect](Delta) the changes to keep or to [apply](Self::apply) them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, PagedIndexSet};
    ///
    /// let old: PagedIndexSet<u32> = (0..100_000).collect();
    /// let mut new = old.clone();
    /// new.shift_remove(&7);
    /// assert!(old.diff(&new).eq([Change::Removed { key: &7, value: &() }]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages + d)** (average), where `d` is the number of elements in the
    /// pages that are not shared, and of changes.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, T, S> {
        Diff { inner: self.map.diff(&newer.map) }
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> PagedIndexSet<T, S> {
    /// Applies the changes of `delta`, one after the other: all of them or, if one does not fit, none. What is added goes to the end.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if an element that is to be added is there, or one that is to be removed is not. Nothing was changed then.
    ///
    /// # Panics
    ///
    /// A panic in `Hash`, `Eq` or `Clone` of an element reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedIndexSet};
    ///
    /// let (monday, tuesday) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
    /// let delta: Delta<_, _> = monday.diff(&tuesday).collect();
    ///
    /// let mut follower = monday.clone();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(follower, tuesday);
    /// ```
    ///
    /// Computes in **O(changes)** time (average), and that of copying the directory and each page that changes.
    pub fn apply(&mut self, delta: &Delta<T, ()>) -> Result<(), Conflict<T>> {
        self.map.apply(delta)
    }

    /// Makes this set equal to one of `elements`, in their order, and returns how many changes it took: as many as a
    /// [`diff`](Self::diff) with the set before shows.
    ///
    /// It touches no page of elements that is right already: such pages stay shared with every clone of this set, unless the elements are
    /// [numbered anew](crate::paged::PagedIndexMap#removals). An element that keeps its place stays.
    ///
    /// # Panics
    ///
    /// A panic in the iterator, or in `Hash`, `Eq` or `Clone` of an element, reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set: PagedIndexSet<u32> = (0..100_000).collect();
    /// let before = set.clone();
    /// assert_eq!(set.assign(1..100_000), 1);
    /// assert_eq!(set.shared_pages(&before), set.page_count() - 2); // one of each kind
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `elements`, and that of copying each page that changes.
    pub fn assign(&mut self, elements: impl IntoIterator<Item = T>) -> usize {
        self.map.assign(elements.into_iter().map(|element| (element, ())))
    }
}

/// An iterator over the changes between two sets; see [`PagedIndexSet::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let set = PagedIndexSet::from([1]);
/// assert_eq!(set.diff(&set.clone()).next(), None);
/// ```
pub struct Diff<'a, T, S> {
    inner: index_map::Diff<'a, T, (), S>,
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Diff<'a, T, S> {
    type Item = Change<'a, T, ()>;

    fn next(&mut self) -> Option<Change<'a, T, ()>> {
        self.inner.next()
    }
}

impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Diff<'_, T, S> {}

impl<T, S> Clone for Diff<'_, T, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for Diff<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
