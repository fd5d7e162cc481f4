//! The writes of many elements at once.
//!
//! As in `elements`, the closure that runs with the lock held owns nothing of the user's.

use super::CowVec;
use crate::error::OutOfBounds;
use crate::paged::vec::resolve;
use crate::paged::{PagedVec, gather};
use std::cmp::Ordering;
use std::mem;
use std::ops::RangeBounds;

impl<T> CowVec<T> {
    /// Removes all elements.
    ///
    /// Under the lock it runs nothing of yours.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2]);
    /// list.clear();
    /// assert!(list.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self) {
        self.update(PagedVec::clear);
    }
}

impl<T: Clone> CowVec<T> {
    /// Appends all elements of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this vector, and if it panics,
    /// nothing is published.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1]);
    /// list.extend([2, 3]);
    /// assert_eq!((list.len(), list.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time, plus that of `iter`.
    #[doc(alias("add_all", "extend_from_slice", "append"))]
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let mut values = gather(iter.into_iter());
        self.update(|draft| draft.append_vec(&mut values));
    }

    /// Appends the elements of `iter` that are absent, as one version, and returns how many it appended.
    ///
    /// An element is absent if it equals no element of the vector and none before it in `iter`.
    ///
    /// The iterator is run to its end before the lock is taken, as in [`extend`](Self::extend).
    ///
    /// Under the lock it runs `T::eq` and `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1]);
    /// assert_eq!(list.extend_absent([2, 1, 2, 3]), 2);
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(m (n + m))** time. A [`CowSet`](crate::CowSet) is faster for many elements.
    #[doc(alias("add_all_absent"))]
    #[track_caller]
    pub fn extend_absent(&self, iter: impl IntoIterator<Item = T>) -> usize
    where
        T: PartialEq,
    {
        let mut values = gather(iter.into_iter());
        let (mut absent, mut present) = (Vec::new(), Vec::new());
        self.update(|draft| {
            // First all comparisons, which may panic. This closure owns nothing meanwhile.
            let mut is_absent = Vec::with_capacity(values.len());
            for (value, before) in values.iter().zip(0..) {
                let earlier = values[..before].iter().zip(&is_absent).filter(|(_, is_absent)| **is_absent);
                let is_present = draft.contains(value) || { earlier }.any(|(earlier, _)| earlier == value);
                is_absent.push(!is_present);
            }
            for (value, is_absent) in values.drain(..).zip(is_absent) {
                if is_absent { &mut absent } else { &mut present }.push(value);
            }
            let appended = absent.len();
            draft.append_vec(&mut absent);
            appended
        })
    }

    /// Inserts all elements of `iter` at `index`, which may be the length, as one version.
    ///
    /// The iterator is run to its end before the lock is taken, as in [`extend`](Self::extend).
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfBounds`], which hands the elements back, if `index` is greater than the length. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 4]);
    /// list.insert_all(1, [2, 3])?;
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3, 4]);
    /// assert_eq!(list.insert_all(9, [5]).unwrap_err().value, [5]);
    /// # Ok::<(), readmostly::OutOfBounds<Vec<i32>>>(())
    /// ```
    ///
    /// Computes in **O(m + page + pages)** time, plus that of `iter`.
    #[track_caller]
    pub fn insert_all(
        &self,
        index: usize,
        iter: impl IntoIterator<Item = T>,
    ) -> Result<(), OutOfBounds<Vec<T>>> {
        let mut value = gather(iter.into_iter());
        let (len, fits) = self.update(|draft| {
            let (len, fits) = (draft.len(), index <= draft.len());
            if fits {
                draft.insert_vec(index, &mut value);
            }
            (len, fits)
        });
        if fits { Ok(()) } else { Err(OutOfBounds { index, len, value }) }
    }

    /// Removes the elements of a range as one version, and returns them as a collection of their own.
    ///
    /// A range that ends after the length removes what is there. The pages that lie in the range are not copied. A walk over
    /// the result by value clones their elements while another version holds them.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, and as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3, 4]);
    /// assert_eq!(list.drain(1..3), [2, 3]);
    /// assert_eq!(list.drain(1..100), [4]);
    /// assert_eq!(list.snapshot().to_vec(), [1]);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[doc(alias("split_off"))]
    #[track_caller]
    pub fn drain(&self, range: impl RangeBounds<usize>) -> PagedVec<T> {
        let range = resolve(&range, usize::MAX);
        self.update(|draft| draft.cut_out(&range))
    }

    /// Keeps the first `len` elements and removes the rest.
    ///
    /// Publishes nothing if there are no more than `len`.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.truncate(1);
    /// assert_eq!(list.len(), 1);
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn truncate(&self, len: usize) {
        self.update(|draft| draft.truncate(len));
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element, in order. Pages that lose nothing stay shared with the version before. If nothing
    /// is removed, nothing is published.
    ///
    /// Under the lock it runs `f` and `T::clone`.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3, 4]);
    /// list.retain(|n| n % 2 == 0);
    /// assert_eq!(list.snapshot().to_vec(), [2, 4]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[doc(alias("remove_if"))]
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        self.update(|draft| draft.retain(&mut f));
    }

    /// Replaces each element by what `f` makes of it, as one version.
    ///
    /// `f` is called once for each element, in order. This publishes even if each element equals the one before, unless the
    /// vector is empty.
    ///
    /// Under the lock it runs `f`.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.replace_all(|n| n * 10);
    /// assert_eq!(list.snapshot().to_vec(), [10, 20, 30]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn replace_all(&self, mut f: impl FnMut(&T) -> T) {
        // If `f` panics, what it has made is dropped when the lock is free.
        let mut made = Vec::new();
        self.update(|draft| {
            made.extend(draft.iter().map(&mut f));
            if !made.is_empty() {
                *draft = mem::take(&mut made).into();
            }
        });
    }

    /// Sorts the elements, and keeps equal ones in their order.
    ///
    /// Publishes nothing if they are sorted already.
    ///
    /// Under the lock it runs `T::cmp` and `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([3, 1, 2]);
    /// list.sort();
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort(&self)
    where
        T: Ord,
    {
        self.sort_by(T::cmp);
    }

    /// Sorts the elements by `compare`, and keeps equal ones in their order.
    ///
    /// Publishes nothing if they are sorted already.
    ///
    /// Under the lock it runs `compare` and `T::clone`.
    ///
    /// If `compare` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, and may panic if `compare` is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 3, 2]);
    /// list.sort_by(|a, b| b.cmp(a));
    /// assert_eq!(list.snapshot().to_vec(), [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort_by(&self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        // The elements are copied to here to be sorted, and stay here if `compare` panics.
        let mut room = Vec::new();
        self.update(|draft| draft.sort_by_in(&mut room, &mut compare));
    }

    /// Sorts the elements by a key, and keeps those with equal keys in their order.
    ///
    /// Publishes nothing if they are sorted already.
    ///
    /// Under the lock it runs `key`, `K::cmp`, the destructor of `K`, and `T::clone`.
    ///
    /// If `key` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["bbb", "a", "cc"]);
    /// list.sort_by_key(|s| s.len());
    /// assert_eq!(list.snapshot().to_vec(), ["a", "cc", "bbb"]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort_by_key<K: Ord>(&self, mut key: impl FnMut(&T) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Removes all but the first of consecutive equal elements, as one version.
    ///
    /// Under the lock it runs `T::eq` and `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 1, 2, 1]);
    /// list.dedup();
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn dedup(&self)
    where
        T: PartialEq,
    {
        self.update(PagedVec::dedup);
    }

    /// Reverses the order of the elements.
    ///
    /// It compares no elements, and publishes even if all are equal.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.reverse();
    /// assert_eq!(list.snapshot().to_vec(), [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn reverse(&self) {
        self.update(PagedVec::reverse);
    }
}
