//! Changes of single elements.

use super::PagedVec;
use super::view::out_of_bounds;
use crate::paged::engine::list::Directory;
use std::array;
use std::error::Error;
use std::fmt;
use std::mem;

impl<T> PagedVec<T> {
    /// Appends an element.
    ///
    /// Most pushes to a long vector whose pages are shared copy only what was pushed last. The others copy the last page and
    /// the directory, as pushes to a vector of fewer than eight pages do.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// vec.push(3);
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized). Where pages are shared, it is **O(page)**, or **O(page + pages)** if the directory
    /// is copied.
    pub fn push(&mut self, value: T)
    where
        T: Clone,
    {
        self.list.push(value);
    }

    /// Makes all copies and then pushes what `value` holds. If a `Clone` panics, `value` still holds it.
    pub(crate) fn push_from(&mut self, value: &mut Option<T>)
    where
        T: Clone,
    {
        self.list.prepare_push();
        if let Some(value) = value.take() {
            self.push(value);
        }
    }

    /// Removes the last element and returns it, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2]);
    /// assert_eq!(vec.pop(), Some(2));
    /// assert_eq!(vec, [1]);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared or the last one becomes empty.
    pub fn pop(&mut self) -> Option<T>
    where
        T: Clone,
    {
        let dir = self.list.flush_tail();
        let last = dir.used().checked_sub(1)?;
        let page = dir.make_mut(last, 0);
        let value = page.pop();
        if page.is_empty() {
            dir.truncate_pages(last);
        } else {
            dir.resized(last);
        }
        value
    }

    /// Removes the last element and returns it if `pred` returns `true` for it, or returns `None`.
    ///
    /// Unlike in std, `pred` gets a `&T`: if nothing is removed, nothing is copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.pop_if(|n| n % 2 == 1), Some(3));
    /// assert_eq!(vec.pop_if(|n| n % 2 == 1), None);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared or the last one becomes empty.
    pub fn pop_if(&mut self, pred: impl FnOnce(&T) -> bool) -> Option<T>
    where
        T: Clone,
    {
        if pred(self.last()?) { self.pop() } else { None }
    }

    /// Inserts an element at `index`, and moves all after it by one.
    ///
    /// This changes only the page of `index`. A page that has grown to twice its size is split in two.
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
    /// let mut vec = PagedVec::from([1, 3]);
    /// vec.insert(1, 2);
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or as [`push`](Self::push) at the end.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T)
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index <= len, "insertion index (is {index}) should be <= len (is {len})");
        if index == len {
            return self.push(value);
        }
        let dir = self.list.flush_tail_up_to(index + 1);
        let (page, offset) = dir.locate(index);
        let elements = dir.make_mut(page, 1);
        elements.insert(offset, value);
        if elements.len() > Directory::<T>::MAX {
            let half = dir.start(page) + Directory::<T>::PAGE;
            dir.resized(page);
            dir.split_page(half);
        } else {
            dir.resized(page);
        }
    }

    /// Inserts what `value` holds at an index that is no greater than the length, in the way of `push_from`.
    pub(crate) fn insert_from(&mut self, index: usize, value: &mut Option<T>)
    where
        T: Clone,
    {
        if index == self.len() {
            return self.push_from(value);
        }
        let dir = self.list.flush_tail_up_to(index + 1);
        let (page, _) = dir.locate(index);
        dir.make_mut(page, 1);
        if let Some(value) = value.take() {
            self.insert(index, value);
        }
    }

    /// Removes the element at `index` and returns it, and moves all after it by one.
    ///
    /// This changes only the page of `index`. If that page and a neighbour then fit in one page, they become one.
    ///
    /// # Panics
    ///
    /// Panics if `index >= len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.remove(1), 2);
    /// assert_eq!(vec, [1, 3]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index < len, "removal index (is {index}) should be < len (is {len})");
        let dir = self.list.flush_tail_up_to(index + 1);
        let (page, offset) = dir.locate(index);
        // Both pages are copied before either changes, since a `Clone` may panic.
        dir.make_mut(page, 0);
        let left = dir.page_len(page) - 1;
        let neighbour = [page + 1, page.wrapping_sub(1)].into_iter().find(|&neighbour| {
            neighbour < dir.used() && left + dir.page_len(neighbour) <= Directory::<T>::PAGE
        });
        if let (1.., Some(neighbour)) = (left, neighbour) {
            dir.make_mut(neighbour, 0);
        }
        let value = dir.make_mut(page, 0).remove(offset);
        if left == 0 {
            dir.splice_pages(page..page + 1, Vec::new());
        } else {
            dir.resized(page);
            if let Some(neighbour) = neighbour {
                dir.join_next(page.min(neighbour));
            }
        }
        value
    }

    /// Removes the element at `index` and returns it, and puts the last element in its place.
    ///
    /// # Panics
    ///
    /// Panics if `index >= len`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// assert_eq!(vec.swap_remove(0), 1);
    /// assert_eq!(vec, [3, 2]);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared or the last one becomes empty.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index < len, "swap_remove index (is {index}) should be < len (is {len})");
        let dir = self.list.flush_tail();
        let (page, offset) = dir.locate(index);
        dir.make_mut(page, 0);
        let last = self.pop().expect("there is an element at `index`");
        // Otherwise the last element was the one at `index`.
        if index == self.len() {
            last
        } else {
            mem::replace(&mut self.list.flush_tail().make_mut(page, 0)[offset], last)
        }
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// Panics if one of the indices is out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// vec.swap(0, 2);
    /// assert_eq!(vec, [3, 2, 1]);
    /// ```
    ///
    /// Computes as [`get`](Self::get), or in **O(page + pages)** time where pages are shared.
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize)
    where
        T: Clone,
    {
        let len = self.len();
        if let Some(index) = [a, b].into_iter().find(|&index| index >= len) {
            out_of_bounds(len, index);
        }
        if a != b {
            self.list.flush_tail().swap(a, b);
        }
    }

    /// Returns exclusive references to several elements at once.
    ///
    /// This copies the shared pages that hold one of these elements, and no others.
    ///
    /// # Errors
    ///
    /// Returns an error if an index is out of range, or two are the same. Nothing has been copied then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    /// use readmostly::paged::vec::GetDisjointMutError;
    ///
    /// let mut vec = PagedVec::from([1, 2, 3]);
    /// if let Ok([a, b]) = vec.get_disjoint_mut([2, 0]) {
    ///     std::mem::swap(a, b);
    /// }
    /// assert_eq!(vec, [3, 2, 1]);
    /// assert_eq!(vec.get_disjoint_mut([1, 1]), Err(GetDisjointMutError::OverlappingIndices));
    /// ```
    ///
    /// Computes in **O(N log N + pages)** time, or **O(N log N + N page + pages)** where pages are shared.
    pub fn get_disjoint_mut<const N: usize>(
        &mut self,
        indices: [usize; N],
    ) -> Result<[&mut T; N], GetDisjointMutError>
    where
        T: Clone,
    {
        let mut order: [usize; N] = array::from_fn(|nth| nth);
        order.sort_unstable_by_key(|&nth| indices[nth]);
        if indices.iter().any(|&index| index >= self.len()) {
            return Err(GetDisjointMutError::IndexOutOfBounds);
        }
        if order.windows(2).any(|pair| indices[pair[0]] == indices[pair[1]]) {
            return Err(GetDisjointMutError::OverlappingIndices);
        }
        let mut found: [Option<&mut T>; N] = [const { None }; N];
        if N > 0 {
            // One walk past all of them. It copies the pages that it stops in.
            let (mut elements, mut passed) = (self.iter_mut(), 0);
            for nth in order {
                found[nth] = elements.nth(indices[nth] - passed);
                passed = indices[nth] + 1;
            }
        }
        Ok(found.map(|element| {
            let Some(element) = element else { unreachable!("all are in range") };
            element
        }))
    }
}

/// The reason why there are no exclusive references to several elements.
///
/// Returned by [`PagedVec::get_disjoint_mut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GetDisjointMutError {
    /// An index is out of range.
    IndexOutOfBounds,
    /// Two indices are the same.
    OverlappingIndices,
}

impl fmt::Display for GetDisjointMutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndexOutOfBounds => "an index is out of bounds",
            Self::OverlappingIndices => "there were overlapping indices",
        })
    }
}

impl Error for GetDisjointMutError {}
