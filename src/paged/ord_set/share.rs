//! Which pages two sets share.

use super::PagedOrdSet;

impl<T> PagedOrdSet<T> {
    /// Returns `true` if both sets are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no elements, so it may be `false` for
    /// sets that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([1, 2]);
    /// let mut other = set.clone();
    /// other.insert(1);
    /// assert!(other.ptr_eq(&set));
    /// other.insert(3);
    /// assert!(!other.ptr_eq(&set));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.map.ptr_eq(&other.map)
    }

    /// Returns how many of this set's pages are also pages of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set: PagedOrdSet<u32> = (0..100_000).collect();
    /// let mut other = set.clone();
    /// other.remove(&5);
    /// assert_eq!(other.shared_pages(&set), set.page_count() - 3); // a leaf, and two nodes above it
    /// ```
    ///
    /// Computes in **O(pages)** time (average).
    pub fn shared_pages(&self, other: &Self) -> usize {
        self.map.shared_pages(&other.map)
    }

    /// Returns the number of pages.
    ///
    /// All nodes of the tree are pages. A small set has one, and an empty one has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert_eq!(PagedOrdSet::from([1, 2]).page_count(), 1);
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn page_count(&self) -> usize {
        self.map.page_count()
    }
}
