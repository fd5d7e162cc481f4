//! Removals.

use super::{Drain, PagedIndexSet};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::ops::RangeBounds;

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedIndexSet<T, S> {
    /// Removes the element equal to `value`, and returns `true` if there was one. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert!(set.shift_remove("a"));
    /// assert!(!set.shift_remove("a"));
    /// assert!(set.iter().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn shift_remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.shift_take(value).is_some()
    }

    /// Removes the element equal to `value`, and returns it. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.shift_take("a"), Some("a"));
    /// assert!(set.iter().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn shift_take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (element, ()) = self.map.shift_remove_entry(value)?;
        Some(element)
    }

    /// Removes the element equal to `value`, and returns the index that it had, with the element. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.shift_remove_full("a"), Some((0, "a")));
    /// assert!(set.iter().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    /// **O(pages)** more where there are gaps.
    pub fn shift_remove_full<Q>(&mut self, value: &Q) -> Option<(usize, T)>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (index, element, ()) = self.map.shift_remove_full(value)?;
        Some((index, element))
    }

    /// Removes the element at an index, and returns it, or `None` if there are not as many. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.shift_remove_index(0), Some("a"));
    /// assert!(set.iter().eq(&["b", "c"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    /// **O(pages)** more where there are gaps.
    pub fn shift_remove_index(&mut self, index: usize) -> Option<T> {
        let (element, ()) = self.map.shift_remove_index(index)?;
        Some(element)
    }

    /// Removes the element equal to `value`, and returns `true` if there was one. The last one moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert!(set.swap_remove("a"));
    /// assert!(!set.swap_remove("a"));
    /// assert!(set.iter().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn swap_remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.swap_take(value).is_some()
    }

    /// Removes the element equal to `value`, and returns it. The last one moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.swap_take("a"), Some("a"));
    /// assert!(set.iter().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn swap_take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (element, ()) = self.map.swap_remove_entry(value)?;
        Some(element)
    }

    /// Removes the element equal to `value`, and returns the index that it had, with the element. The last one moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.swap_remove_full("a"), Some((0, "a")));
    /// assert!(set.iter().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    /// **O(pages)** more where there are gaps.
    pub fn swap_remove_full<Q>(&mut self, value: &Q) -> Option<(usize, T)>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (index, element, ()) = self.map.swap_remove_full(value)?;
        Some((index, element))
    }

    /// Removes the element at an index, and returns it, or `None` if there are not as many. The last one moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b", "c"]);
    /// assert_eq!(set.swap_remove_index(0), Some("a"));
    /// assert!(set.iter().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    /// **O(pages)** more where there are gaps.
    pub fn swap_remove_index(&mut self, index: usize) -> Option<T> {
        let (element, ()) = self.map.swap_remove_index(index)?;
        Some(element)
    }

    /// Removes the last element, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["b", "a"]);
    /// assert_eq!((set.pop(), set.pop(), set.pop()), (Some("a"), Some("b"), None));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn pop(&mut self) -> Option<T> {
        let (element, ()) = self.map.pop()?;
        Some(element)
    }

    /// Removes the last element if `is_wanted` returns `true` for it, and returns it. In an empty set `is_wanted` is not called.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([1, 2]);
    /// assert_eq!(set.pop_if(|n| *n > 1), Some(2));
    /// assert_eq!(set.pop_if(|n| *n > 1), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](crate::paged::PagedIndexMap#removals).
    pub fn pop_if(&mut self, is_wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        if is_wanted(self.last()?) { self.pop() } else { None }
    }

    /// Keeps the elements for which `keep` returns `true`, in their order, and removes the others.
    ///
    /// Pages that lose nothing stay shared. `keep` is called once for each element, in their order, before the first one is removed.
    /// If it panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set: PagedIndexSet<u32> = (0..10).collect();
    /// set.retain(|n| n % 2 == 1);
    /// assert!(set.iter().eq(&[1, 3, 5, 7, 9]));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|element, ()| keep(element));
    }

    /// Removes the elements from index `len` on.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set: PagedIndexSet<u32> = (0..10).collect();
    /// set.truncate(3);
    /// assert!(set.iter().eq(&[0, 1, 2]));
    /// ```
    ///
    /// Computes in **O(n)** time, or in that of the removals where they are few.
    pub fn truncate(&mut self, len: usize) {
        self.map.truncate(len);
    }

    /// Removes the elements in a range of indices, and returns an iterator over them. The others keep their order.
    ///
    /// The elements have left the set as soon as this returns, even if the iterator is leaked. They are moved out of the pages
    /// that no other set has, and cloned out of the others.
    ///
    /// # Panics
    ///
    /// Panics if the range ends beyond the length, or before it starts, as a slice does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([3, 1, 2]);
    /// assert!(set.drain(..2).eq([3, 1]));
    /// assert!(set.drain(..).eq([2]));
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(pages)** time for all elements. For a part it computes in **O(n)** time, or in that of the removals where
    /// they are few.
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        Drain::new(self.map.drain(range))
    }
}
