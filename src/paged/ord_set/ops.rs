//! Set algebra: iterators over two sets, and operators that make a set of two.
//!
//! A walk over both passes what they share, or takes it as a whole. Where one set is far smaller, each of its elements is looked up in the
//! other instead, as in std.

use super::{Iter, PagedOrdSet};
use crate::paged::engine::tree::{self, Pair, Pairs};
use std::cmp;
use std::fmt;
use std::iter::FusedIterator;
use std::ptr;

/// How many times larger the other set is for each element to be looked up there.
pub(super) const FAR_LARGER: usize = 16;

/// A walk over two sets side by side.
struct Merge<'a, T> {
    pairs: Pairs<'a, T, ()>,
    /// Elements that both share, which the walk has come to.
    shared: tree::Iter<'a, T, ()>,
    /// How many elements of each set the walk has not come to.
    first: usize,
    second: usize,
}

/// What of two sets an iterator shows.
struct Shows {
    first: bool,
    second: bool,
    both: bool,
}

impl<'a, T> Merge<'a, T> {
    fn new(first: &'a PagedOrdSet<T>, second: &'a PagedOrdSet<T>) -> Self {
        let pairs = Pairs::new(&first.map.tree, &second.map.tree);
        Self { pairs, shared: tree::Iter::default(), first: first.len(), second: second.len() }
    }

    fn next(&mut self, shows: &Shows) -> Option<&'a T>
    where
        T: Ord,
    {
        loop {
            if let Some((element, ())) = self.shared.next() {
                return Some(element);
            }
            let (element, first, second, is_shown) = match self.pairs.next()? {
                Pair::First(element, ()) => (Some(element), 1, 0, shows.first),
                Pair::Second(element, ()) => (Some(element), 0, 1, shows.second),
                Pair::Both((element, ()), _) => (Some(element), 1, 1, shows.both),
                Pair::Shared(elements) => {
                    let len = elements.len();
                    if shows.both {
                        self.shared = elements;
                    }
                    (None, len, len, false)
                }
            };
            // An `Ord` that contradicts itself may show an element twice.
            self.first = self.first.saturating_sub(first);
            self.second = self.second.saturating_sub(second);
            if is_shown {
                return element;
            }
        }
    }
}

impl<T> Clone for Merge<'_, T> {
    fn clone(&self) -> Self {
        Self { pairs: self.pairs.clone(), shared: self.shared.clone(), ..*self }
    }
}

/// A walk over two sets, or over one whose elements are looked up in the other, or over one alone.
enum Way<'a, T> {
    Merge(Merge<'a, T>),
    Search(Iter<'a, T>, &'a PagedOrdSet<T>),
    /// What there is to show, if all elements of one set are less than those of the other.
    Apart(Iter<'a, T>),
}

impl<T> Clone for Way<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Merge(merge) => Self::Merge(merge.clone()),
            Self::Search(elements, other) => Self::Search(elements.clone(), other),
            Self::Apart(elements) => Self::Apart(elements.clone()),
        }
    }
}

/// A lazy iterator over the elements of two sets, each of them once, in order.
///
/// Returned by [`PagedOrdSet::union`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
/// assert!(a.union(&b).eq(&[1, 2, 3]));
/// ```
pub struct Union<'a, T> {
    inner: Merge<'a, T>,
}

/// A lazy iterator over the elements that two sets have in common, in order.
///
/// Returned by [`PagedOrdSet::intersection`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
/// assert!(a.intersection(&b).eq(&[2]));
/// ```
pub struct Intersection<'a, T> {
    way: Way<'a, T>,
}

/// A lazy iterator over the elements that another set does not have, in order.
///
/// Returned by [`PagedOrdSet::difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
/// assert!(a.difference(&b).eq(&[1]));
/// ```
pub struct Difference<'a, T> {
    way: Way<'a, T>,
}

/// A lazy iterator over the elements that one of two sets has and the other does not, in order.
///
/// Returned by [`PagedOrdSet::symmetric_difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
/// assert!(a.symmetric_difference(&b).eq(&[1, 3]));
/// ```
pub struct SymmetricDifference<'a, T> {
    inner: Merge<'a, T>,
}

impl<T: Ord> PagedOrdSet<T> {
    /// Returns an iterator over the elements that are in either set, without duplicates and in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
    /// assert!(a.union(&b).eq(&[1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(n + m)**. It compares only elements of pages that are not shared.
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T> {
        Union { inner: Merge::new(self, other) }
    }

    /// Returns an iterator over the elements that are in both sets, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
    /// assert!(a.intersection(&b).eq([&2]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(n + m)**, or **O(min(n, m) · log(n + m))** if one set is far smaller. It
    /// compares only elements of pages that are not shared, and only the ends if all elements of one set are less than those of the other.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T> {
        let (small, large) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        let way = if self.is_apart_from(other) {
            Way::Apart(Iter::default())
        } else if small.is_far_smaller(large) {
            Way::Search(small.iter(), large)
        } else {
            Way::Merge(Merge::new(self, other))
        };
        Intersection { way }
    }

    /// Returns an iterator over the elements that are in this set and not in `other`, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
    /// assert!(a.difference(&b).eq([&1]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(d)**, where `d` is the number of elements and children in the pages that are
    /// not shared, or in **O(n · log m)** if `other` is far larger. It compares only the ends if all elements of one set are less than those
    /// of the other.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T> {
        let way = if self.is_apart_from(other) {
            Way::Apart(self.iter())
        } else if self.is_far_smaller(other) {
            Way::Search(self.iter(), other)
        } else {
            Way::Merge(Merge::new(self, other))
        };
        Difference { way }
    }

    /// Returns an iterator over the elements that are in one of the sets and not in both, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let (a, b) = (PagedOrdSet::from([1, 2]), PagedOrdSet::from([2, 3]));
    /// assert!(a.symmetric_difference(&b).eq([&1, &3]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(d)**, where `d` is the number of elements and children in the pages that are
    /// not shared.
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> SymmetricDifference<'a, T> {
        SymmetricDifference { inner: Merge::new(self, other) }
    }

    /// Returns `true` if `other` has all elements of this set.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert!(PagedOrdSet::from([1, 2]).is_subset(&PagedOrdSet::from([1, 2, 3])));
    /// ```
    ///
    /// Computes in **O(d)** time, where `d` is the number of elements and children in the pages that are not shared, or in
    /// **O(n · log m)** if `other` is far larger.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.len() <= other.len() && self.difference(other).next().is_none()
    }

    /// Returns `true` if this set has all elements of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert!(PagedOrdSet::from([1, 2, 3]).is_superset(&PagedOrdSet::from([1, 2])));
    /// ```
    ///
    /// Computes in **O(d)** time, where `d` is the number of elements and children in the pages that are not shared, or in
    /// **O(m · log n)** if this set is far larger.
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }

    /// Returns `true` if the sets have no element in common.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert!(PagedOrdSet::from([1, 2]).is_disjoint(&PagedOrdSet::from([3])));
    /// ```
    ///
    /// Computes in **O(n + m)** time, or **O(min(n, m) · log(n + m))** if one set is far smaller, or **O(log n + log m)** if all elements of
    /// one set are less than those of the other.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }

    pub(super) fn is_far_smaller(&self, other: &Self) -> bool {
        self.len() <= other.len() / FAR_LARGER
    }

    /// Whether all elements of one set are less than those of the other.
    pub(super) fn is_apart_from(&self, other: &Self) -> bool {
        match (self.first().zip(self.last()), other.first().zip(other.last())) {
            (Some((first, last)), Some((of_other, last_of_other))) => {
                // An element of a page that both share needs no comparison.
                let is_shared = ptr::eq(first, of_other) || ptr::eq(last, last_of_other);
                !is_shared && (last < of_other || last_of_other < first)
            }
            _ => true,
        }
    }
}

impl<'a, T: Ord> Iterator for Union<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.inner.next(&Shows { first: true, second: true, both: true })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Merge { first, second, shared, .. } = &self.inner;
        (cmp::max(*first, *second) + shared.len(), first.checked_add(*second + shared.len()))
    }
}

impl<'a, T: Ord> Iterator for Intersection<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        match &mut self.way {
            Way::Merge(merge) => merge.next(&Shows { first: false, second: false, both: true }),
            Way::Search(elements, other) => elements.find(|element| other.contains(*element)),
            Way::Apart(elements) => elements.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.way {
            Way::Merge(Merge { first, second, shared, .. }) => {
                (shared.len(), Some(cmp::min(*first, *second) + shared.len()))
            }
            Way::Search(elements, _) => (0, Some(elements.len())),
            Way::Apart(elements) => elements.size_hint(),
        }
    }
}

impl<'a, T: Ord> Iterator for Difference<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        match &mut self.way {
            Way::Merge(merge) => merge.next(&Shows { first: true, second: false, both: false }),
            Way::Search(elements, other) => elements.find(|element| !other.contains(*element)),
            Way::Apart(elements) => elements.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.way {
            Way::Merge(Merge { first, second, .. }) => (first.saturating_sub(*second), Some(*first)),
            Way::Search(elements, other) => {
                (elements.len().saturating_sub(other.len()), Some(elements.len()))
            }
            Way::Apart(elements) => elements.size_hint(),
        }
    }
}

impl<'a, T: Ord> Iterator for SymmetricDifference<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.inner.next(&Shows { first: true, second: true, both: false })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Merge { first, second, .. } = &self.inner;
        (first.abs_diff(*second), first.checked_add(*second))
    }
}

impl<T: Ord> FusedIterator for Union<'_, T> {}
impl<T: Ord> FusedIterator for Intersection<'_, T> {}
impl<T: Ord> FusedIterator for Difference<'_, T> {}
impl<T: Ord> FusedIterator for SymmetricDifference<'_, T> {}

impl<T> Clone for Union<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Clone for Intersection<'_, T> {
    fn clone(&self) -> Self {
        Self { way: self.way.clone() }
    }
}

impl<T> Clone for Difference<'_, T> {
    fn clone(&self) -> Self {
        Self { way: self.way.clone() }
    }
}

impl<T> Clone for SymmetricDifference<'_, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for Union<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for Intersection<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for Difference<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Ord + fmt::Debug> fmt::Debug for SymmetricDifference<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
