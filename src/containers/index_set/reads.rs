//! The methods that read the current version, and the algebra of two sets.

use super::CowIndexSet;
use crate::paged::PagedIndexSet;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher,
{
    /// Returns `true` if the set holds `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a".to_string()]);
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
    /// let set = readmostly::CowIndexSet::from(["a".to_string()]);
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

    /// Returns the index of the element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["b", "a"]);
    /// assert_eq!((set.get_index_of("a"), set.get_index_of("c")), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn get_index_of<Q>(&self, value: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().get_index_of(value)
    }

    /// Returns a set of the elements that are in this set or in `other`.
    ///
    /// It shares pages with this set, whose elements come first, and keeps the order. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    /// assert!(a.union(&b).iter().eq(&[1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn union(&self, other: &Self) -> PagedIndexSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set | other))
    }

    /// Returns a set of the elements that are in both this set and `other`.
    ///
    /// It shares pages with this set, whose elements come first, and keeps the order. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    /// assert_eq!(a.intersection(&b), [2].into());
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    #[must_use]
    pub fn intersection(&self, other: &Self) -> PagedIndexSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set & other))
    }

    /// Returns a set of the elements that are in this set and not in `other`.
    ///
    /// It shares pages with this set, whose elements come first, and keeps the order. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    /// assert_eq!(a.difference(&b), [1].into());
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    #[must_use]
    pub fn difference(&self, other: &Self) -> PagedIndexSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        self.cell.look(|set| other.cell.look(|other| set - other))
    }

    /// Returns a set of the elements that are in this set or in `other`, and not in both.
    ///
    /// It shares pages with this set, whose elements come first, and keeps the order. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    /// assert_eq!(a.symmetric_difference(&b), [1, 3].into());
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> PagedIndexSet<T, S>
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
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
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
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
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
    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    /// assert!(!a.is_disjoint(&b));
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.load().is_disjoint(&other.load())
    }
}

impl<T: Clone, S> CowIndexSet<T, S> {
    /// Returns a clone of the element at an index, or `None` if there are not as many.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["b", "a"]);
    /// assert_eq!((set.get_index(1), set.get_index(2)), (Some("a"), None));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn get_index(&self, index: usize) -> Option<T> {
        self.cell.look(|set| set.get_index(index).cloned())
    }

    /// Returns a clone of the first element.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["b", "a"]);
    /// assert_eq!(set.first(), Some("b"));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn first(&self) -> Option<T> {
        self.get_index(0)
    }

    /// Returns a clone of the last element.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["b", "a"]);
    /// assert_eq!(set.last(), Some("a"));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<T> {
        self.cell.look(|set| set.last().cloned())
    }
}
