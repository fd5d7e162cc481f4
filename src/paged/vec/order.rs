//! Order: sorting, and searching in what is sorted or not.

use std::cmp::Ordering;
use std::mem;
use std::sync::Arc;

use super::PagedVec;
use super::directory::{Directory, Slot};

impl<T> PagedVec<T> {
    /// Sorts the elements, keeping equal ones in their order.
    ///
    /// If they are sorted already, nothing is copied. If a comparison panics, all elements are still there, in an order that
    /// is not specified, as in std.
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
    /// # Panics
    ///
    /// May panic if `T`'s order is not a total order, as in std.
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

    /// Sorts the elements by a comparison, keeping equal ones in their order.
    ///
    /// If they are sorted already, nothing is copied. If `compare` panics, all elements are still there, in an order that is
    /// not specified, as in std.
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
    /// # Panics
    ///
    /// May panic if `compare` is not a total order, as in std.
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering)
    where
        T: Clone,
    {
        if !self.is_sorted_by(|a, b| compare(a, b).is_le()) {
            self.reorder(|elements| elements.sort_by(compare));
        }
    }

    /// Sorts the elements by a key, keeping those with equal keys in their order.
    ///
    /// If they are sorted already, nothing is copied. If `key` panics, all elements are still there, in an order that is not
    /// specified, as in std.
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
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts the elements by a key that is computed once for each, keeping those with equal keys in their order.
    ///
    /// All keys are computed and sorted before anything changes. If `key` or a comparison of keys panics, nothing has changed.
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
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
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
                // What stood at `from[to]` may have been swapped away; follow it to where it is now.
                let mut index = from[to];
                while index < to {
                    index = from[index];
                }
                from[to] = index;
                elements.swap(to, index);
            }
        });
    }

    /// Sorts the elements; equal ones may change places.
    ///
    /// Otherwise it is like [`sort`](Self::sort).
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
    /// # Panics
    ///
    /// May panic if `T`'s order is not a total order, as in std.
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

    /// Sorts the elements by a comparison; equal ones may change places.
    ///
    /// Otherwise it is like [`sort_by`](Self::sort_by).
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
    /// # Panics
    ///
    /// May panic if `compare` is not a total order, as in std.
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

    /// Sorts the elements by a key; those with equal keys may change places.
    ///
    /// Otherwise it is like [`sort_by_key`](Self::sort_by_key).
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
    /// # Panics
    ///
    /// May panic if `K`'s order is not a total order, as in std.
    ///
    /// Computes in **O(n log n)** time.
    pub fn sort_unstable_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K)
    where
        T: Clone,
    {
        self.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Runs `f` over all elements in one slice, and makes regular pages of it again.
    ///
    /// If `f` panics, the elements go back in the order that it has left.
    fn reorder(&mut self, f: impl FnOnce(&mut [T]))
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

        // All copies first: a `Clone` that panics finds everything in its place.
        if self.body.dir().is_shared() {
            let mut elements = self.to_vec();
            f(&mut elements);
            *self = elements.into();
            return;
        }
        let dir = self.body.settle();
        dir.own_pages(0..dir.used());
        let mut elements = Vec::with_capacity(dir.len());
        for mut page in dir.take_pages() {
            elements.append(Arc::make_mut(&mut page));
        }
        let mut guard = PutBack { elements, into: dir };
        f(&mut guard.elements);
    }

    /// Returns whether the elements are in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::from([1, 2, 2]).is_sorted());
    /// assert!(!PagedVec::from([1.0, f64::NAN]).is_sorted());
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted(&self) -> bool
    where
        T: PartialOrd,
    {
        self.is_sorted_by(|a, b| a <= b)
    }

    /// Returns whether `in_order` holds for each element and the next one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(!PagedVec::from([1, 2, 2]).is_sorted_by(|a, b| a < b));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn is_sorted_by(&self, mut in_order: impl FnMut(&T, &T) -> bool) -> bool {
        self.iter().is_sorted_by(|a, b| in_order(a, b))
    }

    /// Searches an ordered vector for a value.
    ///
    /// Returns the index of an equal element, or, as an error, where one could be inserted. If there are several, any one
    /// of them may be found.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([10, 20, 30]);
    /// assert_eq!(vec.binary_search(&20), Ok(1));
    /// assert_eq!(vec.binary_search(&25), Err(2));
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no equal element.
    ///
    /// Computes in **O(log n)** time.
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|element| element.cmp(value))
    }

    /// Searches an ordered vector by a comparison with what is sought.
    ///
    /// It is otherwise like [`binary_search`](Self::binary_search).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([10, 20, 30]);
    /// assert_eq!(vec.binary_search_by(|n| n.cmp(&30)), Ok(2));
    /// ```
    ///
    /// # Errors
    ///
    /// If `compare` returns `Equal` for no element that it is asked for.
    ///
    /// Computes in **O(log n)** time.
    pub fn binary_search_by(&self, mut compare: impl FnMut(&T) -> Ordering) -> Result<usize, usize> {
        // The first page that does not end below what is sought, and then inside it.
        let slots = self.body.dir().slots();
        let page =
            slots.partition_point(|slot| slot.as_slice().last().is_some_and(|last| compare(last).is_lt()));
        let start = self.body.dir().start(page);
        match slots.get(page).map_or(self.body.tail(), Slot::as_slice).binary_search_by(compare) {
            Ok(offset) => Ok(start + offset),
            Err(offset) => Err(start + offset),
        }
    }

    /// Searches a vector that is ordered by a key.
    ///
    /// It is otherwise like [`binary_search`](Self::binary_search).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// let vec = PagedVec::from([(1, 'a'), (3, 'b')]);
    /// assert_eq!(vec.binary_search_by_key(&3, |pair| pair.0), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// If no element has that key.
    ///
    /// Computes in **O(log n)** time.
    pub fn binary_search_by_key<K: Ord>(
        &self,
        sought: &K,
        mut key: impl FnMut(&T) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|element| key(element).cmp(sought))
    }

    /// Returns the index of the first element for which `pred` returns `false`, where all of the others come first.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([1, 2, 8, 9]).partition_point(|&n| n < 5), 2);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    #[must_use]
    pub fn partition_point(&self, mut pred: impl FnMut(&T) -> bool) -> usize {
        let found =
            self.binary_search_by(|element| if pred(element) { Ordering::Less } else { Ordering::Greater });
        found.unwrap_or_else(|index| index)
    }

    /// Returns whether an element equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::from([1, 2]).contains(&2));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.range(..).contains(value)
    }

    /// Returns the index of the first element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([5, 6, 5]).index_of(&5), Some(0));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.range(..).index_of(value)
    }

    /// Returns the index of the last element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert_eq!(PagedVec::from([5, 6, 5]).last_index_of(&5), Some(2));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn last_index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.range(..).last_index_of(value)
    }

    /// Returns whether the vector begins with the elements of a slice.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::from([1, 2, 3]).starts_with(&[1, 2]));
    /// ```
    ///
    /// Computes in **O(slice)** time.
    pub fn starts_with(&self, needle: &[T]) -> bool
    where
        T: PartialEq,
    {
        needle.len() <= self.len() && self.range(..needle.len()) == *needle
    }

    /// Returns whether the vector ends with the elements of a slice.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedVec;
    ///
    /// assert!(PagedVec::from([1, 2, 3]).ends_with(&[2, 3]));
    /// ```
    ///
    /// Computes in **O(slice)** time.
    pub fn ends_with(&self, needle: &[T]) -> bool
    where
        T: PartialEq,
    {
        needle.len() <= self.len() && self.range(self.len() - needle.len()..) == *needle
    }
}
