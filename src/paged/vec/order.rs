//! Sorting.

use super::{PagedVec, Slice};
use crate::paged::engine::list::Directory;
use std::cmp::Ordering;
use std::mem;
use std::sync::Arc;

impl<T> PagedVec<T> {
    /// Sorts the elements, and keeps equal ones in their order.
    ///
    /// If they are sorted already, nothing is copied. If a comparison panics, all elements are still there, in an unspecified
    /// order, as in std.
    ///
    /// # Panics
    ///
    /// May panic if `T`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([3, 1, 2]);
    /// vec.sort();
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort(&mut self)
    where
        T: Ord + Clone,
    {
        if !self.is_sorted() {
            self.reorder(<[T]>::sort);
        }
    }

    /// Sorts the elements by a comparison, and keeps equal ones in their order.
    ///
    /// If they are sorted already, nothing is copied. If `compare` panics, all elements are still there, in an unspecified
    /// order, as in std.
    ///
    /// # Panics
    ///
    /// May panic if `compare` is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 3, 2]);
    /// vec.sort_by(|a, b| b.cmp(a));
    /// assert_eq!(vec, [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        self.sort_by_in(&mut Vec::new(), compare);
    }

    /// Sorts the elements by a key, and keeps those with equal keys in their order.
    ///
    /// If they are sorted already, nothing is copied. If `key` panics, all elements are still there, in an unspecified order,
    /// as in std.
    ///
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from(["ccc", "a", "bb"]);
    /// vec.sort_by_key(|word| word.len());
    /// assert_eq!(vec, ["a", "bb", "ccc"]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts the elements by a key that is computed once for each, and keeps those with equal keys in their order.
    ///
    /// All keys are computed and sorted before anything changes. If `key` or a comparison of keys panics, nothing has changed.
    ///
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([10, 9, 100]);
    /// vec.sort_by_cached_key(|n| n.to_string());
    /// assert_eq!(vec, [10, 100, 9]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_by_cached_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        let mut keys: Vec<(K, usize)> = self.iter().map(key).zip(0..).collect();
        if keys.is_sorted() {
            return;
        }
        // With the index as the second part no two are equal, and the order is stable.
        keys.sort_unstable();
        let mut from: Vec<usize> = keys.into_iter().map(|(_, index)| index).collect();
        self.reorder(|elements| {
            for to in 0..from.len() {
                // The element of `from[to]` may have been swapped away. Follow it to where it is now.
                let mut index = from[to];
                while index < to {
                    index = from[index];
                }
                from[to] = index;
                elements.swap(to, index);
            }
        });
    }

    /// Sorts the elements, and may not keep equal ones in their order.
    ///
    /// It is otherwise like [`sort`](Self::sort).
    ///
    /// # Panics
    ///
    /// May panic if `T`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([3, 1, 2]);
    /// vec.sort_unstable();
    /// assert_eq!(vec, [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_unstable(&mut self)
    where
        T: Ord + Clone,
    {
        if !self.is_sorted() {
            self.reorder(<[T]>::sort_unstable);
        }
    }

    /// Sorts the elements by a comparison, and may not keep equal ones in their order.
    ///
    /// It is otherwise like [`sort_by`](Self::sort_by).
    ///
    /// # Panics
    ///
    /// May panic if `compare` is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([1, 3, 2]);
    /// vec.sort_unstable_by(|a, b| b.cmp(a));
    /// assert_eq!(vec, [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_unstable_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        if !self.is_sorted_by(|a, b| compare(a, b).is_le()) {
            self.reorder(|elements| elements.sort_unstable_by(compare));
        }
    }

    /// Sorts the elements by a key, and may not keep those with equal keys in their order.
    ///
    /// It is otherwise like [`sort_by_key`](Self::sort_by_key).
    ///
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([-3, 1, 2]);
    /// vec.sort_unstable_by_key(|n: &i32| n.abs());
    /// assert_eq!(vec, [1, 2, -3]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_unstable_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        self.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Moves the element that a sort would put at `index` to there, and returns views of the elements before and after it.
    ///
    /// No element before it is greater, and none after it is less. Unlike in std, the views are to read through. If the elements
    /// stand so already, nothing is copied. If a comparison panics, all elements are still there, in an unspecified order, as
    /// in std.
    ///
    /// # Panics
    ///
    /// Panics if `index >= len`, and may panic if `T`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([5, 1, 4, 2, 3]);
    /// let (before, median, after) = vec.select_nth_unstable(2);
    /// assert_eq!((before.len(), *median, after.len()), (2, 3, 2));
    /// assert!(before.iter().all(|n| *n < 3) && after.iter().all(|n| *n > 3));
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn select_nth_unstable(&mut self, index: usize) -> (Slice<'_, T>, &T, Slice<'_, T>)
    where
        T: Ord + Clone,
    {
        self.select_nth_unstable_by(index, T::cmp)
    }

    /// Does what [`select_nth_unstable`](Self::select_nth_unstable) does, by a comparison.
    ///
    /// # Panics
    ///
    /// Panics if `index >= len`, and may panic if `compare` is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from([5, 1, 4, 2, 3]);
    /// assert_eq!(*vec.select_nth_unstable_by(0, |a, b| b.cmp(a)).1, 5);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn select_nth_unstable_by(
        &mut self,
        index: usize,
        mut compare: impl FnMut(&T, &T) -> Ordering,
    ) -> (Slice<'_, T>, &T, Slice<'_, T>)
    where
        T: Clone,
    {
        let len = self.len();
        assert!(index < len, "partition_at_index index {index} greater than length of slice {len}");
        let nth = &self[index];
        let stand_so = self.range(..index).iter().all(|element| compare(element, nth).is_le())
            && self.range(index + 1..).iter().all(|element| compare(nth, element).is_le());
        if !stand_so {
            self.reorder(|elements| _ = elements.select_nth_unstable_by(index, compare));
        }
        (self.range(..index), &self[index], self.range(index + 1..))
    }

    /// Does what [`select_nth_unstable`](Self::select_nth_unstable) does, by a key.
    ///
    /// # Panics
    ///
    /// Panics if `index >= len`, and may panic if `K`'s order is not a total order, as in std.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let mut vec = PagedVec::from(["ccc", "a", "bb"]);
    /// assert_eq!(*vec.select_nth_unstable_by_key(1, |word| word.len()).1, "bb");
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn select_nth_unstable_by_key<K: Ord>(
        &mut self,
        index: usize,
        mut key: impl FnMut(&T) -> K,
    ) -> (Slice<'_, T>, &T, Slice<'_, T>)
    where
        T: Clone,
    {
        self.select_nth_unstable_by(index, |a, b| key(a).cmp(&key(b)))
    }

    /// Calls `f` with all elements in one slice, and cuts that into regular pages.
    ///
    /// If `f` panics, the elements are in the order that it has left.
    fn reorder(&mut self, f: impl FnOnce(&mut [T]))
    where
        T: Clone,
    {
        self.reorder_in(&mut Vec::new(), f);
    }

    /// Does what `reorder` does. A shared vector is copied to `room`, which is empty. The copies stay there if something
    /// panics.
    fn reorder_in(&mut self, room: &mut Vec<T>, f: impl FnOnce(&mut [T]))
    where
        T: Clone,
    {
        /// Puts the elements back, whether `f` returns or panics.
        struct PutBack<'a, T> {
            elements: Vec<T>,
            into: &'a mut Directory<T>,
        }

        impl<T> Drop for PutBack<'_, T> {
            fn drop(&mut self) {
                *self.into = Directory::from_vec(mem::take(&mut self.elements));
            }
        }

        // All copies first. If a `Clone` panics, everything is in its place.
        if self.list.dir().is_shared() {
            room.reserve_exact(self.len());
            self.pages().for_each(|page| room.extend_from_slice(page));
            f(room);
            *self = mem::take(room).into();
            return;
        }
        let dir = self.list.flush_tail();
        dir.make_pages_mut(0..dir.used());
        let mut elements = Vec::with_capacity(dir.len());
        for mut page in dir.take_pages() {
            elements.append(Arc::make_mut(&mut page));
        }
        let mut guard = PutBack { elements, into: dir };
        f(&mut guard.elements);
    }

    /// Does what [`sort_by`](Self::sort_by) does, with copies as in `reorder_in`.
    pub(crate) fn sort_by_in(&mut self, room: &mut Vec<T>, mut compare: impl FnMut(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        if !self.is_sorted_by(|a, b| compare(a, b).is_le()) {
            self.reorder_in(room, |elements| elements.sort_by(compare));
        }
    }
}
