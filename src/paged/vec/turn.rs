//! Changes of the whole: turning and filling.

use super::PagedVec;
use std::iter;
use std::mem;

impl<T> PagedVec<T> {
    /// Reverses the order of the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.reverse();
    /// assert_eq!(vec, [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn reverse(&mut self)
    where
        T: Clone,
    {
        if self.len() < 2 {
            return;
        }
        // All copies first. So a `Clone` that panics does not leave it half reversed.
        let dir = self.list.flush_tail();
        dir.make_pages_mut(0..dir.used());
        let mut elements = self.iter_mut();
        while let (Some(front), Some(back)) = (elements.next(), elements.next_back()) {
            mem::swap(front, back);
        }
    }

    /// Moves the first `mid` elements behind the others.
    ///
    /// The page that `mid` lies in is split. The others change places and stay shared, but for a page of pushed elements, which
    /// joins the last one before that.
    ///
    /// # Panics
    ///
    /// Panics if `mid > len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// vec.rotate_left(1);
    /// assert_eq!(vec, [2, 3, 4, 1]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn rotate_left(&mut self, mid: usize)
    where
        T: Clone,
    {
        assert!(mid <= self.len(), "mid (is {mid}) should be <= len (is {})", self.len());
        if mid == 0 || mid == self.len() {
            return;
        }
        let dir = self.list.flush_tail();
        let first = dir.split_page(mid);
        let mut pages = dir.take_pages();
        pages.rotate_left(first);
        let seam = pages.len() - first - 1;
        dir.push_pages(pages);
        dir.join_next(seam);
    }

    /// Moves the last `k` elements before the others.
    ///
    /// # Panics
    ///
    /// Panics if `k > len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// vec.rotate_right(1);
    /// assert_eq!(vec, [4, 1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn rotate_right(&mut self, k: usize)
    where
        T: Clone,
    {
        assert!(k <= self.len(), "k (is {k}) should be <= len (is {})", self.len());
        self.rotate_left(self.len() - k);
    }

    /// Replaces all elements by clones of `value`.
    ///
    /// If `T::clone` panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.fill(0);
    /// assert_eq!(vec, [0, 0, 0]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn fill(&mut self, value: T)
    where
        T: Clone,
    {
        if !self.is_empty() {
            let filled = iter::repeat_n(value, self.len()).collect();
            drop(mem::replace(self, filled));
        }
    }

    /// Replaces all elements by what `f` returns.
    ///
    /// If `f` panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let (mut vec, mut n) = (PagedVec::from([0; 3]), 0);
    /// vec.fill_with(|| {
    ///     n += 1;
    ///     n
    /// });
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn fill_with(&mut self, f: impl FnMut() -> T) {
        if !self.is_empty() {
            let filled = iter::repeat_with(f).take(self.len()).collect();
            drop(mem::replace(self, filled));
        }
    }
}
