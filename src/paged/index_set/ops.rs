//! Set algebra: iterators over two sets, and operators that make a set of two.

use super::{Iter, PagedIndexSet};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::{Chain, FusedIterator};
use std::ops::{BitAnd, BitOr, BitXor, Sub};

/// A lazy iterator over the elements of two sets, each of them once.
///
/// Returned by [`PagedIndexSet::union`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
/// assert_eq!(a.union(&b).count(), 3);
/// ```
pub struct Union<'a, T, S> {
    inner: Chain<Iter<'a, T>, Difference<'a, T, S>>,
}

/// A lazy iterator over the elements that two sets have in common.
///
/// Returned by [`PagedIndexSet::intersection`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
/// assert!(a.intersection(&b).eq(&[2]));
/// ```
pub struct Intersection<'a, T, S> {
    elements: Iter<'a, T>,
    other: &'a PagedIndexSet<T, S>,
}

/// A lazy iterator over the elements that another set does not have.
///
/// Returned by [`PagedIndexSet::difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
/// assert!(a.difference(&b).eq(&[1]));
/// ```
pub struct Difference<'a, T, S> {
    elements: Iter<'a, T>,
    other: &'a PagedIndexSet<T, S>,
}

/// A lazy iterator over the elements that one of two sets has and the other does not.
///
/// Returned by [`PagedIndexSet::symmetric_difference`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
/// assert_eq!(a.symmetric_difference(&b).sum::<i32>(), 4);
/// ```
pub struct SymmetricDifference<'a, T, S> {
    inner: Chain<Difference<'a, T, S>, Difference<'a, T, S>>,
}

impl<T: Eq + Hash, S: BuildHasher> PagedIndexSet<T, S> {
    /// Returns an iterator over the elements that are in either set, without duplicates: this set's in its order, and then those that
    /// only `other` has, in its order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let union: PagedIndexSet<_> = PagedIndexSet::from([1, 2]).union(&PagedIndexSet::from([2, 3])).copied().collect();
    /// assert!(union.iter().eq(&[1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n + m)** (average).
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T, S> {
        Union { inner: self.iter().chain(other.difference(self)) }
    }

    /// Returns an iterator over the elements that are in both sets.
    ///
    /// They are this set's elements, in its order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
    /// assert!(a.intersection(&b).eq([&2]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)** (average).
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T, S> {
        Intersection { elements: self.iter(), other }
    }

    /// Returns an iterator over the elements that are in this set and not in `other`, in their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
    /// assert!(a.difference(&b).eq([&1]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)** (average).
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T, S> {
        Difference { elements: self.iter(), other }
    }

    /// Returns an iterator over the elements that are in one of the sets and not in both: this set's in its order, and then those of
    /// `other`, in its order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let (a, b) = (PagedIndexSet::from([1, 2]), PagedIndexSet::from([2, 3]));
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([1, 2]).is_subset(&PagedIndexSet::from([1, 2, 3])));
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([1, 2, 3]).is_superset(&PagedIndexSet::from([1, 2])));
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([1, 2]).is_disjoint(&PagedIndexSet::from([3])));
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (small, large) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        small.intersection(large).next().is_none()
    }
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

/// Returns a clone of the first set with the elements that only the second one has, behind its own. It shares pages with the first one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitOr<&PagedIndexSet<T, S>> for &PagedIndexSet<T, S> {
    type Output = PagedIndexSet<T, S>;

    fn bitor(self, other: &PagedIndexSet<T, S>) -> PagedIndexSet<T, S> {
        let mut union = self.clone();
        union.extend(other.difference(self).cloned());
        union
    }
}

/// Returns a clone of the first set without the elements that the second one does not have. It shares pages with the first one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitAnd<&PagedIndexSet<T, S>> for &PagedIndexSet<T, S> {
    type Output = PagedIndexSet<T, S>;

    fn bitand(self, other: &PagedIndexSet<T, S>) -> PagedIndexSet<T, S> {
        let mut intersection = self.clone();
        intersection.retain(|element| other.contains(element));
        intersection
    }
}

/// Returns a clone of the first set without the elements of both, and with those that only the second one has, behind its own. It shares
/// pages with the first one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitXor<&PagedIndexSet<T, S>> for &PagedIndexSet<T, S> {
    type Output = PagedIndexSet<T, S>;

    fn bitxor(self, other: &PagedIndexSet<T, S>) -> PagedIndexSet<T, S> {
        let mut either = self.clone();
        either.retain(|element| !other.contains(element));
        either.extend(other.difference(self).cloned());
        either
    }
}

/// Returns a clone of the first set without the elements of the second. It shares pages with the first one.
impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> Sub<&PagedIndexSet<T, S>> for &PagedIndexSet<T, S> {
    type Output = PagedIndexSet<T, S>;

    fn sub(self, other: &PagedIndexSet<T, S>) -> PagedIndexSet<T, S> {
        let mut difference = self.clone();
        difference.retain(|element| !other.contains(element));
        difference
    }
}
