//! The writes of many entries.

use super::CowOrdSet;
use crate::paged::delta::Leavings;
use crate::paged::engine::tree::Scraps;
use crate::paged::{PagedOrdMap, PagedOrdSet};
use std::borrow::Borrow;

// As in the other writes, what a caller gives stays in a local of the method until it is in the draft, and what is refused,
// replaced or removed comes back to it. It is dropped when the lock is free.
impl<T: Ord + Clone> CowOrdSet<T> {
    /// Inserts all elements of `iter` as one version.
    ///
    /// Equal elements that are there are kept. Of equal elements of `iter` the last one counts.
    ///
    /// The iterator is run to its end before the lock is taken, and the elements are sorted. So it may read and write this set, and if it
    /// panics, nothing is published.
    ///
    /// Under the lock it runs `Ord` of elements and `Clone` of the elements of the leaves that change and of elements in the nodes above
    /// them. If the set is empty it runs nothing there.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([1]);
    /// set.extend([3, 2, 1]);
    /// assert_eq!((set.len(), set.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(m · log(n + m))** time, or in **O(m)** if the set is empty and the elements are in order, and that of copying each
    /// page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let mut entries = PagedOrdMap::sort(iter.into_iter().map(|element| (element, ())));
        if self.is_empty() {
            let built = PagedOrdMap::of_sorted(entries);
            let is_taken = self.update(|draft| {
                let is_empty = draft.is_empty();
                if is_empty {
                    draft.map = built.clone();
                }
                is_empty
            });
            if is_taken {
                return;
            }
            // Another thread was faster.
            entries = built.into_iter().collect();
        }
        let mut entries: Vec<_> = entries.into_iter().map(Some).collect();
        self.update(|draft| entries.iter_mut().for_each(|entry| draft.map.insert_absent(entry)));
    }

    /// Adds all elements of `other` as one version.
    ///
    /// Of equal elements that of this set stays. Where all elements of one are greater than those of the other, whole subtrees are taken
    /// over and stay shared with `other`. In the part where both have elements, those of the one that has fewer there are put among those of the
    /// other, one by one.
    ///
    /// Under the lock it runs `Ord` of elements, and `Clone` of those elements, of the elements of the leaves that change, and of elements
    /// in the nodes above them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowOrdSet;
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = CowOrdSet::from([1, 2]);
    /// set.append(&PagedOrdSet::from([2, 3]));
    /// assert_eq!((set.len(), set.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(page + log² n + log² m)** time, plus **O(page + log n + log m)** for each element that is put there by itself.
    #[track_caller]
    pub fn append(&self, other: &PagedOrdSet<T>) {
        let (mut gone, mut scraps) = (Leavings::default(), Scraps::default());
        self.update(|draft| {
            draft.map.append_to(&other.map, &mut gone, &mut scraps, PagedOrdMap::insert_absent);
        });
    }

    /// Moves the elements from `value` on to a collection of their own as one version, and returns that.
    ///
    /// Whole subtrees move. They stay shared with the version before.
    ///
    /// Under the lock it runs `Ord` of elements, and `Clone` of the elements of a few leaves at the cut and of elements in the nodes above
    /// them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowOrdSet::from([1, 2, 3]);
    /// let behind = set.split_off(&2);
    /// assert_eq!((set.len(), behind.len(), set.version()), (1, 2, 1));
    /// ```
    ///
    /// Computes in **O(page + log² n)** time.
    #[must_use = "it returns what it takes off; to drop that, use `retain`"]
    #[track_caller]
    pub fn split_off<Q>(&self, value: &Q) -> PagedOrdSet<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut scraps = Scraps::default();
        let map = self.update(|draft| draft.map.split_off_to(value, &mut scraps));
        // While `map` is a local. A result that is made already is leaked if a destructor panics.
        drop(scraps);
        PagedOrdSet { map }
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element, in order. Leaves that lose nothing stay shared with the version before. If nothing is removed,
    /// nothing is published.
    ///
    /// Under the lock it runs `f`, and `Clone` of the elements of the leaves that change and of elements in the nodes above them.
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
    /// let set = readmostly::CowOrdSet::from([1, 2, 3]);
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 2);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        let mut scraps = Scraps::default();
        self.update(|draft| draft.map.retain_to(|element, ()| f(element), &mut scraps));
    }

    /// Makes the set equal to one of `elements`, as one version, and returns how many of them it took to add or remove.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change: all
    /// others stay shared with the version before, unless nodes have to be split or joined. An element that is there stays.
    ///
    /// The iterator runs before the lock is taken, and the elements are sorted. Under the lock run `Ord` of elements, and `Clone` of what is
    /// new, of the elements of the leaves that change, and of elements in the nodes above them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let blocked = readmostly::CowOrdSet::from(["a.example", "b.example"]);
    /// let reload = || ["b.example", "c.example"];
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (2, 1));
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m · log m)** time, or **O(n + m)** if the `m` elements are in order, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, elements: impl IntoIterator<Item = T>) -> usize {
        let target = PagedOrdSet::from_iter(elements).map;
        let (mut gone, mut scraps) = (Leavings::default(), Scraps::default());
        self.update(|draft| draft.map.assign_from(&target, &mut gone, &mut scraps))
    }
}
