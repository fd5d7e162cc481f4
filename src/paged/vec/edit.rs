//! Changes of whole ranges.
//!
//! A change makes the ends of the range the ends of pages, and then moves whole pages. The pages in which neither end lies are
//! never copied.

use super::capacity::check_capacity;
use super::view::resolve;
use super::{Drain, PagedVec};
use crate::paged::engine::list::Directory;
use crate::paged::engine::list::page::{Page, cut_pages};
use std::iter;
use std::mem;
use std::ops::{Range, RangeBounds};
use std::sync::Arc;

#[cfg(feature = "rayon")]
impl<T> PagedVec<T> {
    /// Makes a vector of pages, none of which is empty.
    pub(in crate::paged) fn of_pages(pages: Vec<Page<T>>) -> Self {
        Self { list: Directory::from_pages(pages).into() }
    }
}

impl<T> PagedVec<T> {
    /// Inserts the elements of an iterator at `index`.
    ///
    /// The iterator is run to its end before anything changes. If it panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// Panics if `index > len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 4]);
    /// vec.insert_all(1, [2, 3]);
    /// assert_eq!(vec, [1, 2, 3, 4]);
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time.
    #[track_caller]
    pub fn insert_all(&mut self, index: usize, elements: impl IntoIterator<Item = T>)
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index <= len, "insertion index (is {index}) should be <= len (is {len})");
        if index == len {
            return self.extend(elements);
        }
        let mut elements = cut_pages(elements);
        self.insert_pages(index, &mut elements);
    }

    /// Makes all copies, and then inserts all of a `Vec` at an index that is no greater than the length. If a `Clone` panics,
    /// the `Vec` still has everything.
    pub(crate) fn insert_vec(&mut self, index: usize, elements: &mut Vec<T>)
    where
        T: Clone,
    {
        if index == self.len() {
            return self.append_vec(elements);
        }
        self.split_for(index, elements.len());
        self.insert_pages(index, &mut cut_pages(elements.drain(..)));
    }

    /// Makes all copies that an insertion of so many elements makes.
    fn split_for(&mut self, index: usize, inserted: usize)
    where
        T: Clone,
    {
        if inserted > 0 {
            let dir = self.list.flush_tail_up_to(index + 1);
            let (page, _) = dir.locate(index);
            dir.make_mut(page, if inserted > Directory::<T>::PAGE { 0 } else { inserted });
        }
    }

    /// Inserts pages, if there are any, at an index that is below the length.
    fn insert_pages(&mut self, index: usize, pages: &mut Vec<Page<T>>)
    where
        T: Clone,
    {
        let [first, ..] = &pages[..] else { return };
        let inserted = first.len();
        let dir = self.list.flush_tail_up_to(index + 1);
        let (page, offset) = dir.locate(index);
        if pages.len() == 1 && dir.page_len(page) + inserted <= Directory::<T>::MAX {
            let target = dir.make_mut(page, inserted);
            let few = pages.pop().map(Arc::unwrap_or_clone).unwrap_or_default();
            target.splice(offset..offset, few);
            dir.resized(page);
        } else {
            let at = dir.split_page(index);
            let after = at + pages.len();
            dir.splice_pages(at..at, mem::take(pages));
            dir.join_next(after - 1);
            if at > 0 {
                dir.join_next(at - 1);
            }
        }
    }

    /// Splits the vector in two at `at`, and returns the second part.
    ///
    /// All pages stay shared, except the page in which `at` lies.
    ///
    /// # Panics
    ///
    /// Panics if `at > len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.split_off(1), [2, 3]);
    /// assert_eq!(vec, [1]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[must_use = "use `truncate` if the second part is not needed"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        T: Clone,
    {
        let len = self.len();
        assert!(at <= len, "`at` split index (is {at}) should be <= len (is {len})");
        if at == len {
            return Self::new();
        }
        Self { list: self.list.split_off(at) }
    }

    /// Removes all elements after the first `len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.truncate(1);
    /// assert_eq!(vec, [1]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, plus **O(n)** to drop what no other version shares.
    pub fn truncate(&mut self, len: usize)
    where
        T: Clone,
    {
        if len < self.len() {
            // The removed elements are dropped last, when `self` is in order.
            drop(self.list.truncate(len));
        }
    }

    /// Changes the length to `len`, by truncating or by appending clones of `value`.
    ///
    /// # Panics
    ///
    /// Panics if the elements would take more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1]);
    /// vec.resize(3, 0);
    /// assert_eq!(vec, [1, 0, 0]);
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time, `m` being the difference of the lengths.
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: T)
    where
        T: Clone,
    {
        check_capacity::<T>(len);
        match len.checked_sub(self.len()) {
            None | Some(0) => self.truncate(len),
            Some(more) => self.append_iter(iter::repeat_n(value, more)),
        }
    }

    /// Changes the length to `len`, by truncating or by appending what `f` returns.
    ///
    /// If `f` panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// Panics if the elements would take more than `isize::MAX` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::new();
    /// vec.resize_with(2, String::new);
    /// assert_eq!(vec, ["", ""]);
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time, `m` being the difference of the lengths.
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, f: impl FnMut() -> T)
    where
        T: Clone,
    {
        check_capacity::<T>(len);
        match len.checked_sub(self.len()) {
            None | Some(0) => self.truncate(len),
            Some(more) => self.append_iter(iter::repeat_with(f).take(more)),
        }
    }

    /// Removes the part of a range that is there, and returns the elements.
    pub(crate) fn cut_out(&mut self, range: &Range<usize>) -> Self
    where
        T: Clone,
    {
        let range = range.start.min(self.len())..range.end.min(self.len());
        Directory::from_pages(self.cut_pages_out(range)).into()
    }

    /// Removes a range, and returns its pages.
    fn cut_pages_out(&mut self, range: Range<usize>) -> Vec<Page<T>>
    where
        T: Clone,
    {
        if range.is_empty() {
            return Vec::new();
        }
        if range.end > self.list.dir().len() {
            return self.list.cut_tail_out(range);
        }
        // Neither split changes the content. So nothing has happened if a `Clone` panics.
        let dir = self.list.dir_mut();
        dir.split_page(range.start);
        let end = dir.split_page(range.end);
        let (start, _) = dir.locate(range.start);
        let gone = dir.splice_pages(start..end, Vec::new());
        if start > 0 {
            dir.join_next(start - 1);
        }
        gone
    }

    /// Removes a range, and returns an iterator over the removed elements.
    ///
    /// Unlike in std, it removes them at once, and not when the iterator is dropped. The elements of a shared page are cloned
    /// only if the iterator reaches that page.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the vector's.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// assert_eq!(vec.drain(1..3).collect::<Vec<_>>(), [2, 3]);
    /// assert_eq!(vec, [1, 4]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, and the whole walk in **O(m)**.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T>
    where
        T: Clone,
    {
        Drain::new(self.cut_pages_out(resolve(&range, self.len())))
    }

    /// Replaces a range by the elements of an iterator, and returns an iterator over the removed elements.
    ///
    /// Unlike in std, it replaces them at once. The iterator is run to its end before anything changes. If it panics, nothing
    /// has changed.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the vector's.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3, 4]);
    /// assert_eq!(vec.splice(1..3, [7, 8, 9]).collect::<Vec<_>>(), [2, 3]);
    /// assert_eq!(vec, [1, 7, 8, 9, 4]);
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time.
    #[track_caller]
    pub fn splice(
        &mut self,
        range: impl RangeBounds<usize>,
        elements: impl IntoIterator<Item = T>,
    ) -> Drain<'_, T>
    where
        T: Clone,
    {
        let range = resolve(&range, self.len());
        let pages = cut_pages(elements);
        if pages.is_empty() {
            return self.drain(range);
        }
        let dir = self.list.flush_tail_up_to(range.end);
        dir.split_page(range.start);
        let end = dir.split_page(range.end);
        let start = if range.start == dir.len() { dir.used() } else { dir.locate(range.start).0 };
        let after = start + pages.len();
        let gone = dir.splice_pages(start..end, pages);
        dir.join_next(after - 1);
        if start > 0 {
            dir.join_next(start - 1);
        }
        Drain::new(gone)
    }
}
