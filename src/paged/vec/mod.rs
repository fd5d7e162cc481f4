//! A vector in pages.

mod body;
mod directory;
mod edit;
mod filter;
mod iter;
mod order;
mod traits;
mod view;

use std::mem;
use std::ops::RangeBounds;

pub use self::iter::{Drain, IntoIter, Iter, IterMut, Pages};
pub use self::view::{Chunks, Slice};

use self::body::Body;
use self::directory::Directory;

/// A vector whose clones share pages.
///
/// Cloning it takes O(1) time and no allocation, whatever its length. A clone and its original share all their pages;
/// the first change of either copies the *directory* (16 bytes for a page) and the pages that it touches, and leaves all
/// others shared. A push to a long vector copies neither: what is pushed makes a page of its own, which becomes part of
/// the others when it has an element for each eight of them. A vector that has no living clone is changed in place, as
/// std's `Vec` is.
///
/// A page holds about 8 KiB of plain data, or 2 KiB of a type that has a destructor, but at least 16 and at most 1,024
/// elements (always a power of two): 1,024 `u64`, 64 `String`. Access by index takes a shift and a mask as long as the
/// pages are full. An insertion or a removal that is not at the end changes the length of one page; from then on an index
/// is found by a binary search in the directory. [`sort`](Self::sort) and collecting into a new vector make the
/// pages full again.
///
/// It has the interface of `Vec`, with these differences:
///
/// - It is not contiguous, so that there is no `as_slice`: [`pages`](Self::pages) yields slices, and
///   [`range`](Self::range) a view that is used as a slice is.
/// - What may write to a shared page needs `T: Clone`. Reading, cloning and building do not.
/// - [`retain`](Self::retain) and [`dedup`](Self::dedup) look at `&T`, and look at everything before they
///   change anything. If such a closure panics, the vector is as it was.
/// - A change that turns out to be none (retaining everything, sorting what is sorted) copies nothing, and
///   [`ptr_eq`](Self::ptr_eq) goes on holding.
/// - If `T::clone` panics while a page is being copied, the vector still holds what it held.
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
    body: Body<T>,
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

    /// Creates an empty vector whose directory has room for the pages of `capacity` elements.
    ///
    /// This is a hint and no promise: the pages themselves are allocated when they are filled, and a large `capacity` is
    /// not taken at its word.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec: PagedVec<u8> = PagedVec::with_capacity(usize::MAX);
    /// assert!(vec.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn with_capacity(capacity: usize) -> Self {
        // 64 KiB of directory, at most.
        let pages = capacity.div_ceil(Directory::<T>::PAGE).min(4096);
        if pages < 2 { Directory::new() } else { Directory::with_spare(pages) }.into()
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
        self.body.len()
    }

    /// Returns whether there are no elements.
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
    /// Computes in **O(1)** time, **O(log n)** if the pages are irregular.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.body.get(index)
    }

    /// Returns an exclusive reference to the element at `index`, or `None` if it is out of range.
    ///
    /// The page is copied if another version shares it, whether it is written to or not.
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
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T>
    where
        T: Clone,
    {
        if index >= self.len() {
            return None;
        }
        let dir = self.body.settle_to(index);
        let (page, offset) = dir.locate(index);
        dir.own(page, 0).get_mut(offset)
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
        self.body.tail().last().or_else(|| self.body.dir().slots().last()?.as_slice().last())
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
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
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
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
    pub fn last_mut(&mut self) -> Option<&mut T>
    where
        T: Clone,
    {
        self.get_mut(self.len().wrapping_sub(1))
    }

    /// Appends an element.
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
    /// After a clone of a long vector, a page of what was pushed last is copied and nothing else, most of the time.
    ///
    /// Computes in amortised **O(1)** time; in **O(page)** the first time after a clone, and once in an eighth as many
    /// pushes as there are pages in **O(page + pages)**.
    pub fn push(&mut self, value: T)
    where
        T: Clone,
    {
        self.body.push(value);
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
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
    pub fn pop(&mut self) -> Option<T>
    where
        T: Clone,
    {
        let dir = self.body.settle();
        let last = dir.used().checked_sub(1)?;
        let page = dir.own(last, 0);
        let value = page.pop();
        if page.is_empty() {
            dir.truncate_pages(last);
        } else {
            dir.resized(last);
        }
        value
    }

    /// Inserts an element at `index`, moving all after it by one.
    ///
    /// Only the page of `index` is copied or moved in; it is split in two when it has grown to twice its size.
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
    /// # Panics
    ///
    /// Panics if `index > len`.
    ///
    /// Computes in **O(page + pages)** time; as [`push`](Self::push) at the end.
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
        let dir = self.body.settle_to(index);
        let (page, offset) = dir.locate(index);
        let elements = dir.own(page, 1);
        elements.insert(offset, value);
        if elements.len() > Directory::<T>::MAX {
            let half = dir.start(page) + Directory::<T>::PAGE;
            dir.resized(page);
            dir.split_page(half);
        } else {
            dir.resized(page);
        }
    }

    /// Removes the element at `index` and returns it, moving all after it by one.
    ///
    /// Only the page of `index` is copied or moved in; when it and a neighbour have come to fit in one page, they are made
    /// one.
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
    /// # Panics
    ///
    /// Panics if `index >= len`.
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index < len, "removal index (is {index}) should be < len (is {len})");
        let dir = self.body.settle_to(index);
        let (page, offset) = dir.locate(index);
        // Both pages are copied before either changes, since a `Clone` may panic.
        dir.own(page, 0);
        let left = dir.page_len(page) - 1;
        let neighbour = [page + 1, page.wrapping_sub(1)].into_iter().find(|&neighbour| {
            neighbour < dir.used() && left + dir.page_len(neighbour) <= Directory::<T>::PAGE
        });
        if let (1.., Some(neighbour)) = (left, neighbour) {
            dir.own(neighbour, 0);
        }
        let value = dir.own(page, 0).remove(offset);
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

    /// Removes the element at `index` and returns it, putting the last element in its place.
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
    /// # Panics
    ///
    /// Panics if `index >= len`.
    ///
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index < len, "swap_remove index (is {index}) should be < len (is {len})");
        let dir = self.body.settle();
        let (page, offset) = dir.locate(index);
        dir.own(page, 0);
        let last = self.pop().expect("there is an element at `index`");
        // Unless it was that element that has gone.
        if index == self.len() {
            last
        } else {
            mem::replace(&mut self.body.settle().own(page, 0)[offset], last)
        }
    }

    /// Exchanges two elements.
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
    /// # Panics
    ///
    /// Panics if one of the indices is out of range.
    ///
    /// Computes in **O(1)** time; in **O(page + pages)** the first time after a clone.
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize)
    where
        T: Clone,
    {
        let len = self.len();
        for index in [a, b] {
            assert!(index < len, "index out of bounds: the len is {len} but the index is {index}");
        }
        if a != b {
            self.body.settle().swap(a, b);
        }
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
    /// Computes in **O(1)** time, and drops the pages that no other version shares.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            // What is dropped is no longer part of `self` when its destructors run.
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
    /// Computes in **O(1)** time.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::all(&self.body)
    }

    /// Returns an iterator over exclusive references to the elements.
    ///
    /// It copies the directory if that is shared, and each shared page when it is reached. If `T::clone` panics there,
    /// that page is as it was, and what has been written to earlier ones stays.
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
    /// Computes in **O(1)** time; in **O(pages)** the first time after a clone.
    pub fn iter_mut(&mut self) -> IterMut<'_, T>
    where
        T: Clone,
    {
        IterMut::new(self.body.settle())
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
    /// Computes in **O(1)** time.
    pub fn pages(&self) -> Pages<'_, T> {
        Pages::all(&self.body)
    }

    /// Returns a view of a part of the vector, which is used as a slice is.
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
    /// # Panics
    ///
    /// Panics if the range begins after its end, or ends after the vector's.
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Slice<'_, T> {
        Slice::new(&self.body, 0, self.len()).range(range)
    }

    /// Returns an iterator over views of `size` elements each, the last one with what remains.
    ///
    /// These are no slices, since a chunk may lie in more than one page.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2, 3, 4, 5]);
    /// let sums: Vec<i32> = vec.chunks(2).map(|chunk| chunk.iter().sum()).collect();
    /// assert_eq!(sums, [3, 7, 5]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `size` is zero.
    ///
    /// Computes in **O(1)** time.
    #[track_caller]
    pub fn chunks(&self, size: usize) -> Chunks<'_, T> {
        self.range(..).chunks(size)
    }

    /// Copies the elements into a `Vec`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2]).to_vec(), vec![1, 2]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn to_vec(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.range(..).to_vec()
    }

    /// Copies the elements into a slice of the same length.
    ///
    /// [`range`](Self::range) takes a part.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut buffer = [0; 3];
    /// PagedVec::from([1, 2, 3]).copy_to_slice(&mut buffer);
    /// assert_eq!(buffer, [1, 2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the lengths differ.
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn copy_to_slice(&self, target: &mut [T])
    where
        T: Clone,
    {
        self.range(..).copy_to_slice(target);
    }

    /// Returns whether both are one version: nothing was changed in either since one was cloned from the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([1, 2]);
    /// let mut other = vec.clone();
    /// other.retain(|&n| n < 10);
    /// assert!(vec.ptr_eq(&other));
    /// other.push(3);
    /// assert!(!vec.ptr_eq(&other));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.body.ptr_eq(&other.body)
    }

    /// Returns the number of pages.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from_iter(0..3_000_u64).page_count(), 3);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn page_count(&self) -> usize {
        self.body.page_count()
    }

    /// Returns how many of the pages are also pages of `other`, and so take no memory of their own.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from_iter(0..3_000_u64);
    /// let mut other = vec.clone();
    /// other.pop();
    /// assert_eq!(other.shared_pages(&vec), 2);
    /// ```
    ///
    /// Computes in **O(pages log pages)** time.
    pub fn shared_pages(&self, other: &Self) -> usize {
        let mut others: Vec<_> = other.body.addresses().collect();
        others.sort_unstable();
        self.body.addresses().filter(|address| others.binary_search(address).is_ok()).count()
    }
}
