//! Which pages two maps share.

use super::PagedMap;

impl<K, V, S> PagedMap<K, V, S> {
    /// Returns `true` if both maps are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no entries, so it may be `false` for
    /// maps that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1)]);
    /// let mut other = map.clone();
    /// other.remove("absent");
    /// assert!(other.ptr_eq(&map));
    /// other.remove("a");
    /// assert!(!other.ptr_eq(&map));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.table.ptr_eq(&other.table)
    }

    /// Returns how many of this map's pages are also pages of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
    /// let mut other = map.clone();
    /// *other.get_mut(&5).unwrap() = 0;
    /// assert_eq!(other.shared_pages(&map), map.page_count() - 1);
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn shared_pages(&self, other: &Self) -> usize {
        self.table.shared_pages(&other.table)
    }

    /// Returns the number of pages.
    ///
    /// A small map that was never larger has one page.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// assert_eq!(PagedMap::from([("a", 1)]).page_count(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn page_count(&self) -> usize {
        self.table.page_count()
    }
}
