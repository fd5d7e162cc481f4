//! The writes of many entries.

use super::CowIndexMap;
use crate::paged::engine::index::Gone;
use crate::paged::index_map::Assigned;
use crate::paged::{PagedIndexMap, gather};
use std::hash::{BuildHasher, Hash};

// As in the other writes, what a caller gives stays in a local of the method until it is in the draft, and what is refused,
// replaced or removed comes back to it. It is dropped when the lock is free.
impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// Inserts all entries of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this map, and if it panics, nothing
    /// is published. Of two entries with one key the later value stays. The other values are dropped at the end.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::new();
    /// map.extend([("a", 1), ("b", 2)]);
    /// assert_eq!((map.len(), map.version()), (2, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time (amortized average), plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = (K, V)>) {
        let mut entries = gather(iter.into_iter().map(Some));
        let mut unfinished = None;
        self.update(|draft| draft.insert_each(&mut entries, &mut unfinished, PagedIndexMap::exchange));
    }

    /// Removes the entries for which `f` returns `false`, as one version. The others keep their order.
    ///
    /// `f` is called once for each entry. Unlike in std, it gets a `&V`. Pages that lose nothing stay shared with the version
    /// before. If nothing is removed, nothing is published.
    ///
    /// Under the lock it runs `f`, `Hash` of keys and `Clone` of the entries of the pages that change.
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
    /// let map = readmostly::CowIndexMap::from([(1, "one"), (2, "two")]);
    /// map.retain(|k, _| k % 2 == 0);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&K, &V) -> bool) {
        let mut removed = Gone::new();
        self.update(|draft| draft.retain_to(&mut f, &mut removed));
    }

    /// Makes the map equal to one of `entries`, in their order, as one version, and returns how many changes it took.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change.
    /// [`PagedIndexMap::assign`](crate::paged::PagedIndexMap::assign) says what a key takes that was inserted in between.
    ///
    /// The iterator runs before the lock is taken. Under the lock run `Hash` and `Eq` of keys, `PartialEq` of values, and
    /// `Clone` of the entries of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let limits = readmostly::CowIndexMap::from([("free", 10), ("team", 100)]);
    /// let reload = || [("free", 10), ("team", 200), ("firm", 1_000)];
    /// assert_eq!((limits.assign(reload()), limits.version()), (2, 1));
    /// assert_eq!((limits.assign(reload()), limits.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `entries`, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, entries: impl IntoIterator<Item = (K, V)>) -> usize
    where
        V: PartialEq,
    {
        let mut entries = gather(entries.into_iter().map(Some));
        let mut assigned = Assigned::default();
        self.update(|draft| draft.assign_from(&mut entries, &mut assigned))
    }
}
