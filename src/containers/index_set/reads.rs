//! The methods that read by index.

use super::CowIndexSet;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher,
{
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
