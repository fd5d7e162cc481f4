//! The writes of many elements.

use super::CowIndexSet;
use crate::paged::engine::index::Gone;
use crate::paged::gather;
use crate::paged::index_map::Assigned;
use std::hash::{BuildHasher, Hash};

// As in the other writes, what a caller gives stays in a local of the method until it is in the draft, and what is refused,
// replaced or removed comes back to it. It is dropped when the lock is free.
impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Inserts all elements of `iter` as one version.
    ///
    /// Equal elements that are there are kept.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this set, and if it panics, nothing
    /// is published.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from([1]);
    /// set.extend([1, 2, 3]);
    /// assert_eq!((set.len(), set.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time (amortized average), plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let mut entries = gather(iter.into_iter().map(|element| Some((element, ()))));
        let mut unfinished = None;
        self.update(|draft| {
            draft.map.insert_each(&mut entries, &mut unfinished, |map, entry| _ = map.insert_absent(entry));
        });
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element. Pages that lose nothing stay shared with the version before. If nothing is
    /// removed, nothing is published.
    ///
    /// Under the lock it runs `f`, `Hash` of elements and `Clone` of the elements of the pages that change.
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
    /// let set = readmostly::CowIndexSet::from([1, 2, 3]);
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 2);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        let mut removed = Gone::new();
        self.update(|draft| draft.map.retain_to(|element, ()| f(element), &mut removed));
    }

    /// Makes the set equal to one of `elements`, in their order, as one version, and returns how many changes it took.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change.
    /// [`PagedIndexMap::assign`](crate::paged::PagedIndexMap::assign) says what an element takes that was inserted in between.
    ///
    /// The iterator runs before the lock is taken. Under the lock run `Hash` and `Eq` of elements, and `Clone` of the elements
    /// of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let blocked = readmostly::CowIndexSet::from(["a.example", "b.example"]);
    /// let reload = || ["b.example", "c.example"];
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (2, 1));
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `elements`, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, elements: impl IntoIterator<Item = T>) -> usize {
        let mut entries = gather(elements.into_iter().map(|element| (element, ())).map(Some));
        let mut assigned = Assigned::default();
        self.update(|draft| draft.map.assign_from(&mut entries, &mut assigned))
    }
}
