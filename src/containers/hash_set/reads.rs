//! The methods that read the current version, and the algebra of two sets.

use super::CowSet;
use crate::paged::PagedSet;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<T, S> CowSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher,
{
    /// Returns `true` if the set holds `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a".to_string()]);
    /// assert!(set.contains("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().contains(value)
    }

    /// Returns a clone of the element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a".to_string()]);
    /// assert_eq!(set.get("a").as_deref(), Some("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q> + Clone,
        Q: Hash + Eq + ?Sized,
    {
        self.cell.look(|set| set.get(value).cloned())
    }

    /// Returns a set of the elements that are in this set or in `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.union(&b).len(), 3);
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn union(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set | other))
    }

    /// Returns a set of the elements that are in both this set and `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.intersection(&b), [2].into());
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    #[must_use]
    pub fn intersection(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set & other))
    }

    /// Returns a set of the elements that are in this set and not in `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.difference(&b), [1].into());
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    #[must_use]
    pub fn difference(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set - other))
    }

    /// Returns a set of the elements that are in this set or in `other`, and not in both.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.symmetric_difference(&b), [1, 3].into());
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set ^ other))
    }

    /// Returns `true` if `other` holds all elements of this set.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_subset(&b));
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    pub fn is_subset(&self, other: &Self) -> bool {
        self.load().is_subset(&other.load())
    }

    /// Returns `true` if this set holds all elements of `other`.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_superset(&b));
    /// ```
    ///
    /// Computes in **O(m)** time (average).
    pub fn is_superset(&self, other: &Self) -> bool {
        self.load().is_superset(&other.load())
    }

    /// Returns `true` if the sets have no element in common.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_disjoint(&b));
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.load().is_disjoint(&other.load())
    }
}
