//! A vector in pages.

mod append;
mod capacity;
mod diff;
mod edit;
mod element;
mod extract;
mod filter;
mod iter;
mod order;
mod share;
#[cfg(test)]
mod tests;
mod traits;
mod turn;
mod view;

pub use self::diff::{Diff, Splice};
pub use self::element::GetDisjointMutError;
pub use self::extract::ExtractIf;
pub use self::iter::{Drain, IntoIter, Iter, IterMut, Pages};
pub(in crate::paged) use self::view::out_of_bounds;
pub(crate) use self::view::resolve;
pub use self::view::{
    ChunkBy, Chunks, ChunksExact, RChunks, RChunksExact, RSplit, RSplitN, Slice, Split, SplitInclusive,
    SplitN, Windows,
};

use self::view::{parts, reads};
use crate::paged::engine::list::{Directory, List};
use std::cmp::Ordering;
use std::mem;
use std::ops::RangeBounds;

/// A vector whose clones share pages.
///
/// A clone takes O(1) time and no allocation, whatever the length. It shares all pages with its original. The first change of
/// either copies the *directory* (16 bytes for a page) and the pages that it changes. All other pages stay shared. A vector
/// without a clone is changed in place, as a `Vec` is.
///
/// Most pushes to a long vector copy no directory. What is pushed after a clone makes a page of its own. That page joins the
/// others when it has one element for each eight of them, or is full, or when elements of it change their places. Until then
/// a push after a further clone copies only that page.
///
/// A page holds about 8 KiB of plain data, or 2 KiB of a type that has a destructor, but at least 16 and at most 1,024
/// elements (always a power of two): 1,024 `u64`, 64 `String`. Insertions make it up to twice as long. The pages are *regular* while all but the last are full. An
/// access by index then takes a shift and a mask. An insertion or a removal that is not at the end changes the length of one
/// page. An access by index then takes a binary search in the directory. Collecting into a new vector makes the pages regular
/// again, and so does a [`sort`](Self::sort) that changes the order.
///
/// It has the interface of `Vec` and of a slice, with these differences:
///
/// - It is not contiguous, so there is no `as_slice`. [`pages`](Self::pages) returns slices, and [`range`](Self::range) a view
///   that is used as a slice is. Methods that return parts of a slice return such views here.
/// - A method that may write to a shared page needs `T: Clone`. Reading, cloning and building do not.
/// - [`retain`](Self::retain), [`dedup`](Self::dedup) and [`splice`](Self::splice) call the closure or the iterator before they
///   change anything. If it panics, the vector is as it was.
/// - [`retain`](Self::retain), [`dedup_by`](Self::dedup_by), [`pop_if`](Self::pop_if) and [`extract_if`](Self::extract_if)
///   give the closure a `&T`. A `&mut T` would copy each page.
/// - [`drain`](Self::drain) and [`splice`](Self::splice) remove at once, and not when the iterator is dropped.
/// - [`capacity`](Self::capacity) is that of the directory. A removal gives the memory of the pages back, and so does
///   [`clear`](Self::clear).
/// - A call that changes nothing copies nothing, such as a sort of sorted elements. [`ptr_eq`](Self::ptr_eq) stays `true` then.
/// - If `T::clone` panics during the copy of a page, the vector still holds what it held.
///
/// These are not there:
///
/// - Methods that need all elements in one slice or one allocation: `as_slice`, `as_ptr`, `leak`, `into_boxed_slice`,
///   `from_raw_parts`, `spare_capacity_mut`, `set_len`, `align_to`, `as_chunks`, `as_flattened`, indexing by a range, `Deref`,
///   `AsRef`, `Borrow`, and methods such as `first_chunk` that return a reference to an array. `Vec::from` and `Box::from` make
///   a copy in one allocation.
/// - Views to write through, and the methods that return them: `split_at_mut`, `split_first_mut`, `chunks_mut`, `split_mut`,
///   `chunk_by_mut`. [`iter_mut`](Self::iter_mut) and [`get_disjoint_mut`](Self::get_disjoint_mut) write to several elements.
/// - Methods that copy elements from one place to another: `copy_from_slice`, `clone_from_slice`, `copy_within`,
///   `swap_with_slice`, `repeat`, `join`. [`splice`](Self::splice) and [`concat`](Self::concat) do it, and copy no whole pages.
/// - Methods for elements of one type, such as those of `[u8]` and of text.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedVec;
///
/// let before: PagedVec<u64> = (0..100_000).collect();
/// let mut after = before.clone();
/// after[50_000] = 7;
///
/// assert_eq!(before[50_000], 50_000);
/// assert_eq!(after[50_000], 7);
/// assert_eq!(after.shared_pages(&before), after.page_count() - 1);
/// ```
pub struct PagedVec<T> {
    list: List<T>,
}

impl<T> PagedVec<T> {
    /// Creates an empty vector.
    ///
    /// It allocates nothing until it holds an element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::<u8>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn new() -> Self {
        Directory::new().into()
    }

    /// Returns the number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 3]).len(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[inline]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns `true` if there are no elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(!PagedVec::from([1]).is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a reference to the element at `index`, or `None` if it is out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([10, 20]);
    /// assert_eq!(vec.get(1), Some(&20));
    /// assert_eq!(vec.get(2), None);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.list.get(index)
    }

    /// Returns an exclusive reference to the element at `index`, or `None` if it is out of range.
    ///
    /// The page is copied if it is shared, even if it is then not written to.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([10, 20]);
    /// if let Some(last) = vec.get_mut(1) {
    ///     *last = 30;
    /// }
    /// assert_eq!(vec, [10, 30]);
    /// ```
    ///
    /// Computes as [`get`](Self::get), or in **O(page + pages)** time where pages are shared.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T>
    where
        T: Clone,
    {
        self.list.get_mut(index)
    }

    /// Returns a reference to the first element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2]).first(), Some(&1));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// Returns a reference to the last element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2]).last(), Some(&2));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<&T> {
        self.list.tail().last().or_else(|| self.list.dir().places().last()?.as_slice().last())
    }

    /// Returns an exclusive reference to the first element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// *vec.first_mut().unwrap() = 5;
    /// assert_eq!(vec, [5, 2]);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn first_mut(&mut self) -> Option<&mut T>
    where
        T: Clone,
    {
        self.get_mut(0)
    }

    /// Returns an exclusive reference to the last element, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// *vec.last_mut().unwrap() = 5;
    /// assert_eq!(vec, [1, 5]);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn last_mut(&mut self) -> Option<&mut T>
    where
        T: Clone,
    {
        self.get_mut(self.len().wrapping_sub(1))
    }

    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// vec.clear();
    /// assert!(vec.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            // The elements are no longer part of `self` when their destructors run.
            drop(mem::take(self));
        }
    }

    /// Returns an iterator over references to the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.iter().rev().copied().collect::<Vec<_>>(), [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(n)**.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::all(&self.list)
    }

    /// Returns an iterator over exclusive references to the elements.
    ///
    /// It copies nothing before its first step, which copies the directory if that is shared. Each shared page is copied when it
    /// reaches it. If `T::clone` panics there, that page is as it was. What has been written to earlier pages stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.iter_mut().for_each(|n| *n *= 10);
    /// assert_eq!(vec, [10, 20, 30]);
    /// ```
    ///
    /// Computes in **O(1)** time, its first step in **O(page + pages)** where pages are shared, and the whole walk in **O(n)**.
    pub fn iter_mut(&mut self) -> IterMut<'_, T>
    where
        T: Clone,
    {
        IterMut::new(&mut self.list)
    }

    /// Returns an iterator over the pages, as slices.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec: PagedVec<u64> = (0..3_000).collect();
    /// assert_eq!(vec.pages().map(<[u64]>::len).collect::<Vec<_>>(), [1024, 1024, 952]);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages)**.
    pub fn pages(&self) -> Pages<'_, T> {
        Pages::all(&self.list)
    }

    /// Returns a view of a part of the vector. It is used as a slice is.
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
    /// let vec = PagedVec::from([1, 2, 3, 4]);
    /// let middle = vec.range(1..=2);
    /// assert_eq!(middle, [2, 3]);
    /// assert_eq!(middle.last(), Some(&3));
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Slice<'_, T> {
        Slice::new(&self.list, 0, self.len()).range(range)
    }
}

impl<T> PagedVec<T> {
    parts!('_, "let it = readmostly::paged::PagedVec::from([1, 2, 3, 4, 5]);");
    reads!("let it = readmostly::paged::PagedVec::from([1, 2, 3, 4, 5]);");
}
