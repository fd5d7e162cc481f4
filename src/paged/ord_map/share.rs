//! Which pages two maps share.

use super::PagedOrdMap;

impl<K, V> PagedOrdMap<K, V> {
    /// Returns `true` if both maps are one version and share all pages.
    ///
    /// They are one version after a clone, until one of the two is changed. This compares no entries, so it may be `false` for
    /// maps that are equal.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a", 1)]);
    /// let mut other = map.clone();
    /// other.remove("absent");
    /// assert!(other.ptr_eq(&map));
    /// other.remove("a");
    /// assert!(!other.ptr_eq(&map));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.tree.ptr_eq(&other.tree)
    }

    /// Returns how many of this map's pages are also pages of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map: PagedOrdMap<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
    /// let mut other = map.clone();
    /// *other.get_mut(&5).unwrap() = 0;
    /// assert_eq!(other.shared_pages(&map), map.page_count() - 3); // a leaf, and two nodes above it
    /// ```
    ///
    /// Computes in **O(pages)** time (average).
    pub fn shared_pages(&self, other: &Self) -> usize {
        self.tree.shared_pages(&other.tree)
    }

    /// Returns the number of pages.
    ///
    /// All nodes of the tree are pages. A small map has one, and an empty one has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// assert_eq!(PagedOrdMap::from([("a", 1)]).page_count(), 1);
    /// ```
    ///
    /// Computes in **O(pages)** time.
    pub fn page_count(&self) -> usize {
        self.tree.page_count()
    }
}
