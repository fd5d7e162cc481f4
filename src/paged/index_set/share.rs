//! Which pages two sets share.

use super::PagedIndexSet;

impl<T, S> PagedIndexSet<T, S> {
    /// Returns `true` if both sets are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no elements, so it may be `false` for
    /// sets that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from([1, 2]);
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<u32> = (0..100_000).collect();
    /// let mut other = set.clone();
    /// other.shift_remove(&5);
    /// assert_eq!(other.shared_pages(&set), set.page_count() - 2); // one of each kind
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn shared_pages(&self, other: &Self) -> usize {
        self.map.shared_pages(&other.map)
    }

    /// Returns the number of pages.
    ///
    /// They are the pages of elements, and those of the table that finds them. A small set has one of each.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert_eq!(PagedIndexSet::from([1, 2]).page_count(), 2);
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn page_count(&self) -> usize {
        self.map.page_count()
    }
}
