//! Which pages two vectors share.

use super::PagedVec;
use std::sync::Arc;

impl<T> PagedVec<T> {
    /// Returns `true` if both vectors are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no elements, so it may be `false` for
    /// vectors that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2]);
    /// let mut other = vec.clone();
    /// other.retain(|&n| n < 10);
    /// assert!(vec.ptr_eq(&other));
    /// other.push(3);
    /// assert!(!vec.ptr_eq(&other));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.list.ptr_eq(&other.list)
    }

    /// Returns `true` if both vectors have the same pages, in directories that may be different.
    pub(crate) fn has_same_pages(&self, other: &Self) -> bool {
        self.list.has_same_pages(&other.list)
    }

    /// Returns the number of pages.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from_iter(0..3_000_u64).page_count(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn page_count(&self) -> usize {
        self.list.page_count()
    }

    /// Returns how many of this vector's pages are also pages of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from_iter(0..3_000_u64);
    /// let mut other = vec.clone();
    /// other.pop();
    /// assert_eq!(other.shared_pages(&vec), 2);
    /// ```
    ///
    /// Computes in **O(pages log pages)** time.
    pub fn shared_pages(&self, other: &Self) -> usize {
        let mut others: Vec<_> = other.list.pages().map(Arc::as_ptr).collect();
        others.sort_unstable();
        self.list.pages().filter(|page| others.binary_search(&Arc::as_ptr(page)).is_ok()).count()
    }
}
