//! The writes of many entries.

use super::CowOrdMap;
use crate::paged::PagedOrdMap;
use crate::paged::delta::Leavings;
use crate::paged::engine::tree::Scraps;
use std::borrow::Borrow;

// As in the other writes, what a caller gives stays in a local of the method until it is in the draft, and what is refused,
// replaced or removed comes back to it. It is dropped when the lock is free.
impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// Inserts all entries of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken, and the entries are sorted. So it may read and write this map, and if it
    /// panics, nothing is published. Of two entries with one key the later one stays. A key that is in the map is kept.
    ///
    /// Under the lock it runs `Ord` of keys and `Clone` of the entries of the leaves that change and of keys of the nodes above them. If the
    /// map is empty it runs nothing there.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::new();
    /// map.extend([("b", 2), ("a", 1)]);
    /// assert_eq!((map.len(), map.version()), (2, 1));
    /// assert_eq!(map.first_key_value(), Some(("a", 1)));
    /// ```
    ///
    /// Computes in **O(m · log(n + m))** time, or in **O(m)** if the map is empty and the entries are in order, and that of copying each
    /// page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = (K, V)>) {
        let mut entries = PagedOrdMap::sort(iter);
        if self.is_empty() {
            let built = PagedOrdMap::of_sorted(entries);
            let is_taken = self.update(|draft| {
                let is_empty = draft.is_empty();
                if is_empty {
                    *draft = built.clone();
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
        self.update(|draft| entries.iter_mut().for_each(|entry| draft.exchange(entry)));
    }

    /// Adds all entries of `other` as one version.
    ///
    /// If both have a key, this map keeps its key and gets the value of `other`. Where all keys of one are greater than those of the other,
    /// whole subtrees are taken over and stay shared with `other`: so a batch that was prepared beside the map is added in the time of a few
    /// nodes. In the part where both have keys, the entries of the one that has fewer there are put among those of the other, one by one.
    ///
    /// Under the lock it runs `Ord` of keys, and `Clone` of those entries, of the entries of the leaves that change, and of keys of the nodes
    /// above them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowOrdMap;
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let log: CowOrdMap<u64, &str> = CowOrdMap::from([(1, "start"), (2, "read")]);
    /// let hour: PagedOrdMap<u64, &str> = PagedOrdMap::from([(3, "write"), (4, "stop")]);
    /// log.append(&hour);
    /// assert_eq!((log.len(), log.version()), (4, 1));
    /// ```
    ///
    /// Computes in **O(page + log² n + log² m)** time, plus **O(page + log n + log m)** for each entry that is put there by itself.
    #[track_caller]
    pub fn append(&self, other: &PagedOrdMap<K, V>) {
        let (mut gone, mut scraps) = (Leavings::default(), Scraps::default());
        self.update(|draft| draft.append_to(other, &mut gone, &mut scraps, PagedOrdMap::exchange));
    }

    /// Moves the entries from `key` on to a collection of their own as one version, and returns that.
    ///
    /// Whole subtrees move. They stay shared with the version before.
    ///
    /// Under the lock it runs `Ord` of keys, and `Clone` of the entries of a few leaves at the cut and of keys of the nodes above them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(1, "a"), (2, "b"), (3, "c")]);
    /// let behind = map.split_off(&2);
    /// assert_eq!((map.len(), behind.len(), map.version()), (1, 2, 1));
    /// assert!(map.split_off(&7).is_empty()); // changes nothing, publishes nothing
    /// assert_eq!(map.version(), 1);
    /// ```
    ///
    /// Computes in **O(page + log² n)** time.
    #[must_use = "it returns what it takes off; to drop that, use `retain`"]
    #[track_caller]
    pub fn split_off<Q>(&self, key: &Q) -> PagedOrdMap<K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut scraps = Scraps::default();
        let behind = self.update(|draft| draft.split_off_to(key, &mut scraps));
        // While `behind` is a local. A result that is made already is leaked if a destructor panics.
        drop(scraps);
        behind
    }

    /// Removes the entries for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each entry, in the order of the keys. Unlike in std, it gets a `&V`. Leaves that lose nothing stay shared with
    /// the version before. If nothing is removed, nothing is published.
    ///
    /// Under the lock it runs `f`, and `Clone` of the entries of the leaves that change and of keys of the nodes above them.
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
    /// let map = readmostly::CowOrdMap::from([(1, "one"), (2, "two")]);
    /// map.retain(|k, _| k % 2 == 0);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&K, &V) -> bool) {
        let mut scraps = Scraps::default();
        self.update(|draft| draft.retain_to(&mut f, &mut scraps));
    }

    /// Makes the map equal to one of `entries`, as one version, and returns how many keys it took to add, remove or update.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change: all
    /// others stay shared with the version before, unless nodes have to be split or joined. A key that is there stays, and so does a value
    /// that equals the new one. If a key comes twice the last value counts.
    ///
    /// The iterator runs before the lock is taken, and the entries are sorted. Under the lock run `Ord` of keys, `PartialEq` of values, and
    /// `Clone` of what is new, of the entries of the leaves that change, and of keys of the nodes above them.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let limits = readmostly::CowOrdMap::from([("free", 10), ("team", 100)]);
    /// let reload = || [("free", 10), ("team", 200), ("firm", 1_000)];
    /// assert_eq!((limits.assign(reload()), limits.version()), (2, 1));
    /// assert_eq!((limits.assign(reload()), limits.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m · log m)** time, or **O(n + m)** if the `m` entries are in order, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, entries: impl IntoIterator<Item = (K, V)>) -> usize
    where
        V: PartialEq,
    {
        let target = PagedOrdMap::from_iter(entries);
        let (mut gone, mut scraps) = (Leavings::default(), Scraps::default());
        self.update(|draft| draft.assign_from(&target, &mut gone, &mut scraps))
    }
}
