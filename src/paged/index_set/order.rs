//! The order of the elements.

use super::{IntoIter, PagedIndexSet};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash};

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedIndexSet<T, S> {
    /// Moves the element equal to `value` behind all others, and returns `true` if there is one.
    ///
    /// It changes nothing if the element is the last one already.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut recent = PagedIndexSet::from(["a", "b", "c"]);
    /// assert!(recent.move_to_back("a"));
    /// assert!(!recent.move_to_back("x"));
    /// assert!(recent.iter().eq(&["b", "c", "a"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn move_to_back<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.move_to_back(value)
    }

    /// Exchanges the elements at two indices.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// set.swap_indices(0, 2);
    /// assert!(set.iter().eq(&["c", "b", "a"]));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](crate::paged::PagedIndexMap#removals), or
    /// **O(page + pages)** where pages are shared.
    #[track_caller]
    pub fn swap_indices(&mut self, a: usize, b: usize) {
        self.map.swap_indices(a, b);
    }

    /// Sorts the elements. Equal ones, of which an element whose `Eq` is not that of its `Ord` may have some, keep their order.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// set.sort();
    /// assert!(set.iter().eq(&[1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        self.map.sort_keys();
    }

    /// Sorts the elements by `compare`. Equal ones keep their order.
    ///
    /// `compare` is called before the first element moves. If it panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// set.sort_by(|a, b| b.cmp(a));
    /// assert!(set.iter().eq(&[3, 2, 1]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        self.map.sort_by(|a, (), b, ()| compare(a, b));
    }

    /// Sorts the elements by what `key` makes of each. Equal ones keep their order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["ccc", "a", "bb"]);
    /// set.sort_by_key(|name| name.len());
    /// assert!(set.iter().eq(&["a", "bb", "ccc"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.map.sort_by_key(|element, ()| key(element));
    }

    /// Sorts the elements. Equal ones, of which an element whose `Eq` is not that of its `Ord` may have some, come in any order.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// set.sort_unstable();
    /// assert!(set.iter().eq(&[1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable(&mut self)
    where
        T: Ord,
    {
        self.map.sort_unstable_keys();
    }

    /// Sorts the elements by `compare`. Equal ones come in any order.
    ///
    /// `compare` is called before the first element moves. If it panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// set.sort_unstable_by(|a, b| b.cmp(a));
    /// assert!(set.iter().eq(&[3, 2, 1]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        self.map.sort_unstable_by(|a, (), b, ()| compare(a, b));
    }

    /// Sorts the elements by what `key` makes of each. Equal ones come in any order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["ccc", "a", "bb"]);
    /// set.sort_unstable_by_key(|name| name.len());
    /// assert!(set.iter().eq(&["a", "bb", "ccc"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_unstable_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.map.sort_unstable_by_key(|element, ()| key(element));
    }

    /// Sorts the elements by what `key` makes of each, and calls it once for each. Equal ones keep their order.
    ///
    /// If `key` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `Ord` of the keys contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["B", "c", "a"]);
    /// set.sort_by_cached_key(|name| name.to_lowercase());
    /// assert!(set.iter().eq(&["a", "B", "c"]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time. If the elements are in order already it takes **O(n)** and copies nothing.
    pub fn sort_by_cached_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.map.sort_by_cached_key(|element, ()| key(element));
    }

    /// Sorts the elements by `compare`, and returns them. Equal ones keep their order.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([3, 1, 2]).sorted_by(|a, b| a.cmp(b)).eq([1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time.
    pub fn sorted_by(mut self, compare: impl FnMut(&T, &T) -> Ordering) -> IntoIter<T> {
        self.sort_by(compare);
        self.into_iter()
    }

    /// Sorts the elements by `compare`, and returns them. Equal ones come in any order.
    ///
    /// # Panics
    ///
    /// May panic if `compare` contradicts itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::from([3, 1, 2]).sorted_unstable_by(|a, b| b.cmp(a)).eq([3, 2, 1]));
    /// ```
    ///
    /// Computes in **O(n · log n)** time.
    pub fn sorted_unstable_by(mut self, compare: impl FnMut(&T, &T) -> Ordering) -> IntoIter<T> {
        self.sort_unstable_by(compare);
        self.into_iter()
    }

    /// Reverses the order of the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// set.reverse();
    /// assert!(set.iter().eq(&[2, 1, 3]));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn reverse(&mut self) {
        self.map.reverse();
    }
}
