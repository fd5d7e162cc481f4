//! The ends of a set, the neighbours of an element, ranges and ranks.

use super::CowOrdSet;
use crate::paged::Handed;
use crate::paged::ord_set::Range;
use std::borrow::Borrow;
use std::ops::RangeBounds;

impl<T: Ord> CowOrdSet<T> {
    /// Calls `f` with an iterator over the elements in `range`, in their order, and returns its result.
    ///
    /// All that `f` sees is of one version.
    ///
    /// # Panics
    ///
    /// Panics if the start of the range is greater than its end, or if both are equal and excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([1, 2, 3]);
    /// assert_eq!(set.range_with(2.., |elements| elements.sum::<i32>()), 5);
    /// assert_eq!(set.range_with(..3, |elements| elements.rev().next().copied()), Some(2));
    /// ```
    ///
    /// Computes in **O(log n)** time, plus that of `f`.
    #[track_caller]
    pub fn range_with<Q, B, R>(&self, range: B, f: impl FnOnce(Range<'_, T>) -> R) -> R
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
        B: RangeBounds<Q>,
    {
        self.cell.look(|set| f(set.range(range)))
    }

    /// Returns how many elements are less than `value`.
    ///
    /// If the set has the element, this is the index at which [`get_index`](Self::get_index) finds it in that version.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.rank(&10), set.rank(&15), set.rank(&99)), (0, 1, 2));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn rank<Q>(&self, value: &Q) -> usize
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.load().rank(value)
    }
}

impl<T: Ord + Clone> CowOrdSet<T> {
    /// Returns a clone of the least element.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!(set.first(), Some(10));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn first(&self) -> Option<T> {
        self.cell.look(|set| set.first().cloned())
    }

    /// Returns a clone of the greatest element.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!(set.last(), Some(20));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn last(&self) -> Option<T> {
        self.cell.look(|set| set.last().cloned())
    }

    /// Returns a clone of the greatest element that is less than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.get_lt(&20), set.get_lt(&10)), (Some(10), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_lt<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|set| set.get_lt(value).cloned())
    }

    /// Returns a clone of the greatest element that is not greater than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.get_le(&20), set.get_le(&19)), (Some(20), Some(10)));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_le<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|set| set.get_le(value).cloned())
    }

    /// Returns a clone of the least element that is not less than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.get_ge(&11), set.get_ge(&10)), (Some(20), Some(10)));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_ge<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|set| set.get_ge(value).cloned())
    }

    /// Returns a clone of the least element that is greater than `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.get_gt(&10), set.get_gt(&20)), (Some(20), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_gt<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|set| set.get_gt(value).cloned())
    }

    /// Returns a clone of the element before which there are `index` others.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.get_index(1), set.get_index(2)), (Some(20), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_index(&self, index: usize) -> Option<T> {
        self.cell.look(|set| set.get_index(index).cloned())
    }

    /// Removes the least element, and returns it.
    ///
    /// Under the lock it runs `Clone` of the elements of one leaf, or of two where two become one, and of elements in the nodes above.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.pop_first(), set.len()), (Some(10), 1));
    /// ```
    ///
    /// Computes in **O(page + log n)** time, or **O(1)** where the set is empty.
    #[track_caller]
    pub fn pop_first(&self) -> Option<T> {
        let mut gone = Handed::default();
        self.update(|draft| draft.map.remove_index(0, &mut gone));
        gone.into_entry().map(|(element, ())| element)
    }

    /// Removes the greatest element, and returns it.
    ///
    /// Under the lock it runs `Clone` of the elements of one leaf, or of two where two become one, and of elements in the nodes above.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([10, 20]);
    /// assert_eq!((set.pop_last(), set.len()), (Some(20), 1));
    /// ```
    ///
    /// Computes in **O(page + log n)** time, or **O(1)** where the set is empty.
    #[track_caller]
    pub fn pop_last(&self) -> Option<T> {
        let mut gone = Handed::default();
        self.update(|draft| draft.map.remove_index(draft.len().wrapping_sub(1), &mut gone));
        gone.into_entry().map(|(element, ())| element)
    }
}
