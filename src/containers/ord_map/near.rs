//! The ends of a map, the neighbours of a key, ranges and ranks.

use super::CowOrdMap;
use crate::paged::Handed;
use crate::paged::ord_map::Range;
use std::borrow::Borrow;
use std::ops::RangeBounds;

impl<K: Ord, V> CowOrdMap<K, V> {
    /// Calls `f` with an iterator over the entries whose keys are in `range`, in their order, and returns its result.
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
    /// let map = readmostly::CowOrdMap::from([(1, 10), (2, 20), (3, 30)]);
    /// assert_eq!(map.range_with(2.., |entries| entries.map(|(_, n)| n).sum::<i32>()), 50);
    /// assert_eq!(map.range_with(..3, |entries| entries.rev().next().map(|(k, _)| *k)), Some(2));
    /// ```
    ///
    /// Computes in **O(log n)** time, plus that of `f`.
    #[track_caller]
    pub fn range_with<Q, B, R>(&self, range: B, f: impl FnOnce(Range<'_, K, V>) -> R) -> R
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        B: RangeBounds<Q>,
    {
        self.cell.look(|map| f(map.range(range)))
    }

    /// Returns how many keys are less than `key`.
    ///
    /// If the map has the key, this is the index at which [`get_index`](Self::get_index) finds it in that version.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.rank(&10), map.rank(&15), map.rank(&99)), (0, 1, 2));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn rank<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.load().rank(key)
    }
}

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// Returns clones of the entry with the least key.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.first_key_value(), Some((10, "a")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn first_key_value(&self) -> Option<(K, V)> {
        self.cell.look(|map| cloned(map.first_key_value()))
    }

    /// Returns clones of the entry with the greatest key.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!(map.last_key_value(), Some((20, "b")));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn last_key_value(&self) -> Option<(K, V)> {
        self.cell.look(|map| cloned(map.last_key_value()))
    }

    /// Returns clones of the entry with the greatest key that is less than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.get_lt(&20), map.get_lt(&10)), (Some((10, "a")), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_lt<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|map| cloned(map.get_lt(key)))
    }

    /// Returns clones of the entry with the greatest key that is not greater than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.get_le(&20), map.get_le(&19)), (Some((20, "b")), Some((10, "a"))));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_le<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|map| cloned(map.get_le(key)))
    }

    /// Returns clones of the entry with the least key that is not less than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.get_ge(&11), map.get_ge(&10)), (Some((20, "b")), Some((10, "a"))));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_ge<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|map| cloned(map.get_ge(key)))
    }

    /// Returns clones of the entry with the least key that is greater than `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.get_gt(&10), map.get_gt(&20)), (Some((20, "b")), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_gt<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.cell.look(|map| cloned(map.get_gt(key)))
    }

    /// Returns clones of the entry before which there are `index` others.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.get_index(1), map.get_index(2)), (Some((20, "b")), None));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_index(&self, index: usize) -> Option<(K, V)> {
        self.cell.look(|map| cloned(map.get_index(index)))
    }

    /// Removes the entry with the least key, and returns it.
    ///
    /// Under the lock it runs `Clone` of the entries of one leaf, or of two where two become one, and of keys of the nodes above.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.pop_first(), map.len()), (Some((10, "a")), 1));
    /// ```
    ///
    /// Computes in **O(page + log n)** time, or **O(1)** where the map is empty.
    #[track_caller]
    pub fn pop_first(&self) -> Option<(K, V)> {
        let mut gone = Handed::default();
        self.update(|draft| draft.remove_index(0, &mut gone));
        gone.into_entry()
    }

    /// Removes the entry with the greatest key, and returns it.
    ///
    /// Under the lock it runs `Clone` of the entries of one leaf, or of two where two become one, and of keys of the nodes above.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(10, "a"), (20, "b")]);
    /// assert_eq!((map.pop_last(), map.len()), (Some((20, "b")), 1));
    /// ```
    ///
    /// Computes in **O(page + log n)** time, or **O(1)** where the map is empty.
    #[track_caller]
    pub fn pop_last(&self) -> Option<(K, V)> {
        let mut gone = Handed::default();
        self.update(|draft| draft.remove_index(draft.len().wrapping_sub(1), &mut gone));
        gone.into_entry()
    }
}

fn cloned<K: Clone, V: Clone>(entry: Option<(&K, &V)>) -> Option<(K, V)> {
    entry.map(|(key, value)| (key.clone(), value.clone()))
}
