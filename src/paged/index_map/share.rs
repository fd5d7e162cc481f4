//! Which pages two maps share.

use super::PagedIndexMap;

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns `true` if both maps are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no entries, so it may be `false` for
    /// maps that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1)]);
    /// let mut other = map.clone();
    /// other.shift_remove("absent");
    /// assert!(other.ptr_eq(&map));
    /// other.shift_remove("a");
    /// assert!(!other.ptr_eq(&map));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.index.ptr_eq(&other.index)
    }

    /// Returns how many of this map's pages are also pages of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
    /// let mut other = map.clone();
    /// *other.get_mut(&5).unwrap() = 0;
    /// assert_eq!(other.shared_pages(&map), map.page_count() - 1); // the entries' page
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn shared_pages(&self, other: &Self) -> usize {
        self.index.shared_pages(&other.index)
    }

    /// Returns the number of pages.
    ///
    /// They are the pages of entries, and those of the table that finds them. A small map has one of each.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert_eq!(PagedIndexMap::from([("a", 1)]).page_count(), 2);
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn page_count(&self) -> usize {
        self.index.page_count()
    }
}
