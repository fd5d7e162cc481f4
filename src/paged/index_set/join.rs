//! Two sets made one, and one made two.

use super::PagedIndexSet;
use std::hash::{BuildHasher, Hash};

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedIndexSet<T, S> {
    /// Moves all elements of `other` to this set, behind its own, in their order. `other` is empty then.
    ///
    /// Of equal elements that of this set stays, in its place.
    ///
    /// # Panics
    ///
    /// Panics if the set would have more than 2³² − 1 elements. A panic in `Hash`, `Eq` or `Clone` reaches the caller. This set has its
    /// elements then, and a part of those of `other`. The rest of those is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["b", "a"]);
    /// set.append(&mut PagedIndexSet::from(["c", "b"]));
    /// assert!(set.iter().eq(&["b", "a", "c"]));
    /// ```
    ///
    /// Computes in **O(m)** time (average), and that of copying each page that changes.
    pub fn append<S2>(&mut self, other: &mut PagedIndexSet<T, S2>) {
        self.extend(other.map.index.take_all().into_iter().map(|(element, ())| element));
    }

    /// Moves the elements from index `at` on to a set of their own, and returns it.
    ///
    /// They are moved out of the pages that no other set has, and cloned out of the others.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer than `at` elements. A panic in `Hash`, `Eq` or `Clone` reaches the caller. Nothing is lost then but
    /// elements from `at` on.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["c", "a", "b"]);
    /// let behind = set.split_off(1);
    /// assert!(set.iter().eq(&["c"]) && behind.iter().eq(&["a", "b"]));
    /// ```
    ///
    /// Computes in **O(n)** time, or in that of the removals and insertions where they are few.
    #[must_use = "it returns what it takes off; to drop that, use `truncate`"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        S: Clone,
    {
        Self { map: self.map.split_off(at) }
    }
}
