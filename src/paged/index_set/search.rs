//! Elements that are in some order.

use super::PagedIndexSet;
use std::cmp::Ordering;

impl<T, S> PagedIndexSet<T, S> {
    /// Searches for an element in a set that is sorted.
    ///
    /// Returns its index. In a set that is not sorted the result says nothing.
    /// [`get_index_of`](Self::get_index_of) finds an element in any set, and faster.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from([10, 30]);
    /// assert_eq!((set.binary_search(&30), set.binary_search(&20)), (Ok(1), Err(1)));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|there| there.cmp(value))
    }

    /// Searches a set that is sorted for an element for which `compare` returns `Equal`.
    ///
    /// `compare` says how an element stands to the one that is searched for. Returns the index of one such element.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from([30, 10]);
    /// assert_eq!(set.binary_search_by(|there| 10.cmp(there)), Ok(1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn binary_search_by<'a>(
        &'a self,
        mut compare: impl FnMut(&'a T) -> Ordering,
    ) -> Result<usize, usize> {
        self.map.binary_search_by(|element, ()| compare(element))
    }

    /// Searches a set that is sorted by what `key` makes of each element for one of which it makes `wanted`.
    ///
    /// Returns the index of one such element.
    ///
    /// # Errors
    ///
    /// If there is none, returns the index at which it would be in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["a", "bb", "dddd"]);
    /// assert_eq!(set.binary_search_by_key(&4, |name| name.len()), Ok(2));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn binary_search_by_key<'a, K: Ord>(
        &'a self,
        wanted: &K,
        mut key: impl FnMut(&'a T) -> K,
    ) -> Result<usize, usize> {
        self.map.binary_search_by_key(wanted, |element, ()| key(element))
    }

    /// Returns the index of the first element for which `is_before` returns `false`, in a set whose first elements are those for which it
    /// returns `true`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from([10, 20, 30]);
    /// assert_eq!(set.partition_point(|n| *n < 20), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(log n + pages)** where there are [gaps](crate::paged::PagedIndexMap#removals).
    pub fn partition_point(&self, mut is_before: impl FnMut(&T) -> bool) -> usize {
        self.map.partition_point(|element, ()| is_before(element))
    }

    /// Returns `true` if the elements are in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([1, 2]).is_sorted());
    /// assert!(!PagedIndexSet::from([2, 1]).is_sorted());
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted(&self) -> bool
    where
        T: PartialOrd,
    {
        self.map.is_sorted()
    }

    /// Returns `true` if `is_in_order` returns `true` for each two elements that follow each other.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([2, 1]).is_sorted_by(|a, b| a >= b));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted_by(&self, mut is_in_order: impl FnMut(&T, &T) -> bool) -> bool {
        self.map.is_sorted_by(|a, (), b, ()| is_in_order(a, b))
    }

    /// Returns `true` if what `key` makes of each element is in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from(["b", "aa"]).is_sorted_by_key(|name| name.len()));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted_by_key<'a, K: PartialOrd>(&'a self, mut key: impl FnMut(&'a T) -> K) -> bool {
        self.map.is_sorted_by_key(|element, ()| key(element))
    }
}
