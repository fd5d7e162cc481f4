//! Set algebra: iterators over two sets, and operators that make a set of two.

use super::{Iter, PagedSet};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::{Chain, FusedIterator};
use std::ops::{BitAnd, BitOr, BitXor, Sub};

/// A lazy iterator over the elements of two sets, each of them once.
///
/// Returned by [`PagedSet::union`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
/// assert_eq!(a.union(&b).count(), 3);
/// ```
pub struct Union<'a, T, S> {
    inner: Chain<Iter<'a, T>, Difference<'a, T, S>>,
}

/// A lazy iterator over the elements that two sets have in common.
///
/// Returned by [`PagedSet::intersection`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
/// assert!(a.intersection(&b).eq(&[2]));
/// ```
pub struct Intersection<'a, T, S> {
    elements: Iter<'a, T>,
    other: &'a PagedSet<T, S>,
}

/// A lazy iterator over the elements that another set does not have.
///
/// Returned by [`PagedSet::difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
/// assert!(a.difference(&b).eq(&[1]));
/// ```
pub struct Difference<'a, T, S> {
    elements: Iter<'a, T>,
    other: &'a PagedSet<T, S>,
}

/// A lazy iterator over the elements that one of two sets has and the other does not.
///
/// Returned by [`PagedSet::symmetric_difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
/// assert_eq!(a.symmetric_difference(&b).sum::<i32>(), 4);
/// ```
pub struct SymmetricDifference<'a, T, S> {
    inner: Chain<Difference<'a, T, S>, Difference<'a, T, S>>,
}

impl<T: Eq + Hash, S: BuildHasher> PagedSet<T, S> {
    /// Returns an iterator over the elements that are in either set, without duplicates.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let union: PagedSet<_> = PagedSet::from([1, 2]).union(&PagedSet::from([2, 3])).copied().collect();
    /// assert_eq!(union, PagedSet::from([1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n + m)** (average).
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T, S> {
        let (small, large) = by_len(self, other);
        Union { inner: large.iter().chain(small.difference(large)) }
    }

    /// Returns an iterator over the elements that are in both sets.
    ///
    /// It may return the element of either set.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
    /// assert!(a.intersection(&b).eq([&2]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(min(n, m))** (average).
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T, S> {
        let (small, large) = by_len(self, other);
        Intersection { elements: small.iter(), other: large }
    }

    /// Returns an iterator over the elements that are in this set and not in `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
    /// assert!(a.difference(&b).eq([&1]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)** (average).
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T, S> {
        Difference { elements: self.iter(), other }
    }

    /// Returns an iterator over the elements that are in one of the sets and not in both.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let (a, b) = (PagedSet::from([1, 2]), PagedSet::from([2, 3]));
    /// assert!(a.symmetric_difference(&b).eq([&1, &3]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n + m)** (average).
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> SymmetricDifference<'a, T, S> {
        SymmetricDifference { inner: self.difference(other).chain(other.difference(self)) }
    }

    /// Returns `true` if `other` has all elements of this set.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert!(PagedSet::from([1, 2]).is_subset(&PagedSet::from([1, 2, 3])));
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    pub fn is_subset(&self, other: &Self) -> bool {
        self.len() <= other.len() && self.iter().all(|element| other.contains(element))
    }

    /// Returns `true` if this set has all elements of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert!(PagedSet::from([1, 2, 3]).is_superset(&PagedSet::from([1, 2])));
    /// ```
    ///
    /// Computes in **O(m)** time (average).
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }

    /// Returns `true` if the sets have no element in common.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert!(PagedSet::from([1, 2]).is_disjoint(&PagedSet::from([3])));
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }
}

/// Returns the smaller of two sets, and the larger one.
fn by_len<'a, T, S>(
    a: &'a PagedSet<T, S>,
    b: &'a PagedSet<T, S>,
) -> (&'a PagedSet<T, S>, &'a PagedSet<T, S>) {
    if a.len() <= b.len() { (a, b) } else { (b, a) }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Union<'a, T, S> {
    type Item = &'a T;

    iterator_methods!();
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Intersection<'a, T, S> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.elements.find(|element| self.other.contains(*element))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.elements.size_hint().1)
    }

    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, f: F) -> B {
        self.elements.filter(|element| self.other.contains(*element)).fold(init, f)
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Difference<'a, T, S> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.elements.find(|element| !self.other.contains(*element))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.elements.size_hint().1)
    }

    fn fold<B, F: FnMut(B, &'a T) -> B>(self, init: B, f: F) -> B {
        self.elements.filter(|element| !self.other.contains(*element)).fold(init, f)
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for SymmetricDifference<'a, T, S> {
    type Item = &'a T;

    iterator_methods!();
}

impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Union<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Intersection<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Difference<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for SymmetricDifference<'_, T, S> {}

impl<T, S> Clone for Union<'_, T, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T, S> Clone for Intersection<'_, T, S> {
    fn clone(&self) -> Self {
        Self { elements: self.elements.clone(), other: self.other }
    }
}

impl<T, S> Clone for Difference<'_, T, S> {
    fn clone(&self) -> Self {
        Self { elements: self.elements.clone(), other: self.other }
    }
}

impl<T, S> Clone for SymmetricDifference<'_, T, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for Union<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for Intersection<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for Difference<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Eq + Hash + fmt::Debug, S: BuildHasher> fmt::Debug for SymmetricDifference<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// Returns a clone of the larger set with the elements that only the smaller one has. It shares pages with the larger one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitOr<&PagedSet<T, S>> for &PagedSet<T, S> {
    type Output = PagedSet<T, S>;

    fn bitor(self, other: &PagedSet<T, S>) -> PagedSet<T, S> {
        let (small, large) = by_len(self, other);
        let mut union = large.clone();
        union.extend(small.difference(large).cloned());
        union
    }
}

/// Returns a clone of the smaller set without the elements that the larger one does not have. It shares pages with the
/// smaller one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitAnd<&PagedSet<T, S>> for &PagedSet<T, S> {
    type Output = PagedSet<T, S>;

    fn bitand(self, other: &PagedSet<T, S>) -> PagedSet<T, S> {
        let (small, large) = by_len(self, other);
        let mut intersection = small.clone();
        intersection.retain(|element| large.contains(element));
        intersection
    }
}

/// Returns a clone of the larger set without the elements of both, and with those that only the smaller one has. It shares
/// pages with the larger one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitXor<&PagedSet<T, S>> for &PagedSet<T, S> {
    type Output = PagedSet<T, S>;

    fn bitxor(self, other: &PagedSet<T, S>) -> PagedSet<T, S> {
        let (small, large) = by_len(self, other);
        let mut either = large.clone();
        either.retain(|element| !small.contains(element));
        either.extend(small.difference(large).cloned());
        either
    }
}

/// Returns a clone of the first set without the elements of the second. It shares pages with the first one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> Sub<&PagedSet<T, S>> for &PagedSet<T, S> {
    type Output = PagedSet<T, S>;

    fn sub(self, other: &PagedSet<T, S>) -> PagedSet<T, S> {
        let mut difference = self.clone();
        difference.retain(|element| !other.contains(element));
        difference
    }
}
