//! Changes that add many elements at the end.

use super::PagedVec;
use crate::paged::engine::list::Directory;
use crate::paged::engine::list::page::{cut_pages, fill_page};
use std::mem;
use std::ops::RangeBounds;

impl<T> PagedVec<T> {
    /// Joins vectors into one.
    ///
    /// Their pages are moved as [`append`](Self::append) moves them.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let parts = [PagedVec::from([1, 2]), PagedVec::from([3])];
    /// assert_eq!(PagedVec::concat(parts), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time for each of the vectors.
    #[must_use]
    pub fn concat(parts: impl IntoIterator<Item = Self>) -> Self
    where
        T: Clone,
    {
        let mut whole = Self::new();
        for mut part in parts {
            whole.append(&mut part);
        }
        whole
    }

    /// Moves all elements of `other` to the end of `self`.
    ///
    /// The pages of `other` are moved as they are. But its first page and the last one of `self` become one page if they fit in
    /// one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// let mut more = PagedVec::from([3]);
    /// vec.append(&mut more);
    /// assert_eq!(vec, [1, 2, 3]);
    /// assert!(more.is_empty());
    /// ```
    ///
    /// Computes in **O(page + pages)** time, with the pages of both.
    pub fn append(&mut self, other: &mut Self)
    where
        T: Clone,
    {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = mem::take(other);
            return;
        }
        let (ours, theirs) = (self.list.flush_tail(), other.list.flush_tail_up_to(1));
        let last = ours.used() - 1;
        let first = theirs.page_len(0);
        let fits = ours.page_len(last) + first <= Directory::<T>::PAGE;
        if fits {
            // Both are copied before either changes, since a `Clone` may panic.
            theirs.make_mut(0, 0);
            ours.make_mut(last, first);
        }
        let (pages, tail) = other.list.take_parts();
        ours.push_pages(pages);
        if fits {
            ours.join_next(last);
        }
        self.list.set_tail(tail);
    }

    /// Appends clones of the elements of a slice.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1]);
    /// vec.extend_from_slice(&[2, 3]);
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(m)** time (amortized), or **O(m + page + pages)** where pages are shared.
    pub fn extend_from_slice(&mut self, elements: &[T])
    where
        T: Clone,
    {
        self.append_iter(elements.iter().cloned());
    }

    /// Appends clones of the elements of a range.
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
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.extend_from_within(1..);
    /// assert_eq!(vec, [1, 2, 3, 2, 3]);
    /// ```
    ///
    /// Computes in **O(m)** time (amortized), or **O(m + page + pages)** where pages are shared.
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl RangeBounds<usize>)
    where
        T: Clone,
    {
        let mut elements = self.range(range).to_vec();
        self.append_vec(&mut elements);
    }

    /// Fills up the last page and cuts the rest into pages. If the iterator panics, nothing has changed.
    pub(super) fn append_iter(&mut self, mut elements: impl Iterator<Item = T>)
    where
        T: Clone,
    {
        let room = self.list.room_in_last();
        let first = fill_page(&mut elements, room);
        let pages = if first.len() == room {
            cut_pages(elements)
        } else {
            drop(elements);
            Vec::new()
        };
        if first.is_empty() && pages.is_empty() {
            return;
        }
        let dir = self.list.flush_tail();
        debug_assert_eq!(dir.room_in_last(), room);
        if !first.is_empty() {
            dir.append_to_last(first.into_iter());
        }
        dir.push_pages(pages);
    }

    /// Makes all copies, and then moves all of a `Vec` to the end. If a `Clone` panics, the `Vec` still has everything.
    pub(crate) fn append_vec(&mut self, elements: &mut Vec<T>)
    where
        T: Clone,
    {
        if elements.is_empty() {
            return;
        }
        let dir = self.list.flush_tail();
        let few = dir.room_in_last().min(elements.len());
        if few > 0 {
            dir.make_mut(dir.used() - 1, few);
        }
        let mut elements = elements.drain(..);
        if few > 0 {
            dir.append_to_last(elements.by_ref().take(few));
        }
        dir.push_pages(cut_pages(elements));
    }
}
