//! The ends of a set, the neighbours of an element, and ranks.

use super::PagedOrdSet;
use std::borrow::Borrow;

impl<T: Ord> PagedOrdSet<T> {
    /// Returns the least element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert_eq!(PagedOrdSet::from([2, 1]).first(), Some(&1));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn first(&self) -> Option<&T> {
        element(self.map.first_key_value())
    }

    /// Returns the greatest element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert_eq!(PagedOrdSet::from([2, 1]).last(), Some(&2));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn last(&self) -> Option<&T> {
        element(self.map.last_key_value())
    }

    /// Returns the greatest element that is less than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!(set.get_lt(&20), Some(&10));
    /// assert_eq!(set.get_lt(&10), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_lt<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        element(self.map.get_lt(value))
    }

    /// Returns the greatest element that is not greater than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!(set.get_le(&20), Some(&20));
    /// assert_eq!(set.get_le(&19), Some(&10));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_le<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        element(self.map.get_le(value))
    }

    /// Returns the least element that is not less than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!(set.get_ge(&11), Some(&20));
    /// assert_eq!(set.get_ge(&10), Some(&10));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_ge<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        element(self.map.get_ge(value))
    }

    /// Returns the least element that is greater than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!(set.get_gt(&10), Some(&20));
    /// assert_eq!(set.get_gt(&20), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_gt<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        element(self.map.get_gt(value))
    }

    /// Returns how many elements are less than `value`.
    ///
    /// If the set has the element, this is the index at which [`get_index`](Self::get_index) finds it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!((set.rank(&10), set.rank(&15), set.rank(&99)), (0, 1, 2));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn rank<Q>(&self, value: &Q) -> usize
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.rank(value)
    }

    /// Returns the element before which there are `index` others.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from([10, 20]);
    /// assert_eq!((set.get_index(1), set.get_index(2)), (Some(&20), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_index(&self, index: usize) -> Option<&T> {
        element(self.map.get_index(index))
    }
}

impl<T: Ord + Clone> PagedOrdSet<T> {
    /// Removes the least element, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1, 2]);
    /// assert_eq!((set.pop_first(), set.len()), (Some(1), 1));
    /// ```
    ///
    /// Computes in **O(page + log n)** time.
    pub fn pop_first(&mut self) -> Option<T> {
        let (element, ()) = self.map.pop_first()?;
        Some(element)
    }

    /// Removes the greatest element, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1, 2]);
    /// assert_eq!((set.pop_last(), set.len()), (Some(2), 1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn pop_last(&mut self) -> Option<T> {
        let (element, ()) = self.map.pop_last()?;
        Some(element)
    }
}

fn element<'a, T>(entry: Option<(&'a T, &())>) -> Option<&'a T> {
    let (element, ()) = entry?;
    Some(element)
}
