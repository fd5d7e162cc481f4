//! [`CowOrdMap`]: a cell around a [`PagedOrdMap`], with a map's methods.

mod near;
mod traits;
mod writes;

use super::frame::frame;
use super::map::map;
use crate::cell::CowCell;
use crate::paged::PagedOrdMap;
use crate::paged::ord_map::IntoIter;

/// An ordered map that many threads read and few change.
///
/// Beside the entry of a key it finds the entry next to a key ([`get_le`](Self::get_le) and the like), the entries in a range
/// ([`range_with`](Self::range_with)), and the rank of a key ([`rank`](Self::rank)). It is for ranges of addresses, time windows,
/// prefixes, and sorted listings that are shown page by page.
///
/// A write copies one leaf of the tree, up to 256 entries, or 16 whose clone is expensive, and the few nodes above it. So it copies less
/// than a write to a large [`CowMap`](crate::CowMap) does. A lookup compares keys on the way to a leaf, and takes longer than one in a hash
/// map. Writers wait for each other. A batch of changes belongs in one [`update`](Self::update), which copies each page once and publishes
/// once.
///
/// # Trade-offs
///
/// A write needs `K: Clone` and `V: Clone`, and clones the entries of the leaf that it changes. An `Arc` makes an expensive clone cheap. If
/// writes are as frequent as reads, a concurrent skip list or tree with locks of its own is faster. If nobody asks for the order,
/// [`CowMap`](crate::CowMap) finds faster.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedOrdMap`], and promises what a cell does: [`load`](Self::load), [`snapshot`](Self::snapshot) and
/// [`reader`](Self::reader) show one version of the whole map. A method that reads, such as [`get`](Self::get), looks at the version that is
/// current at that moment. Two calls may see two versions: the index that [`rank`](Self::rank) returns is that of the key in one version.
///
/// A write that changes nothing publishes nothing. A write that replaces a value by an equal one publishes.
///
/// The keys' order must be total and must not change while a key is in the map, as in std. If it is not, entries are not found or come in
/// another order. Nothing worse happens.
///
/// # Under the lock
///
/// Each write says which code of yours it calls while it holds the writers' lock. That code may read, take snapshots, and
/// write to other containers. A write to the same map panics there. A value that is given to a write, or that a write
/// refuses, replaces or removes, is dropped when the lock is free. So its destructor may do anything. There are two
/// exceptions: what your closure drops itself, and the clones of a page if a later `Clone` of that page panics.
///
/// # Deadlocks
///
/// A write to a map inside a write to the same map, on one thread, panics; see [`CowCell`](CowCell#deadlocks).
///
/// # Examples
///
/// ```
/// use readmostly::CowOrdMap;
///
/// // Where each range of addresses begins, and whose it is.
/// let owners: CowOrdMap<u32, &str> = CowOrdMap::from([(0, "free"), (100, "alice"), (200, "free")]);
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut reader = owners.reader();
///         assert_eq!(reader.load().get_le(&120), Some((&100, &"alice")));
///     });
///     owners.insert(150, "bob");
/// });
/// assert_eq!(owners.get_le(&170), Some((150, "bob")));
/// ```
///
/// A sorted listing, page by page. All of a page is of one version:
///
/// ```
/// use readmostly::CowOrdMap;
/// use std::ops::Bound;
///
/// let names: CowOrdMap<String, u32> = ["ann", "bob", "cid", "dan"].map(|name| (name.to_string(), 0)).into();
/// let page_after = |last: &str| -> Vec<String> {
///     let behind = (Bound::Excluded(last), Bound::Unbounded);
///     names.range_with::<str, _, _>(behind, |rest| rest.take(2).map(|(name, _)| name.clone()).collect())
/// };
/// assert_eq!(page_after(""), ["ann", "bob"]);
/// assert_eq!(page_after("bob"), ["cid", "dan"]);
/// ```
///
/// A time window, of which the oldest entries go in one version:
///
/// ```
/// use readmostly::CowOrdMap;
///
/// let seen: CowOrdMap<u64, &str> = CowOrdMap::from([(10, "a"), (20, "b"), (30, "c")]);
/// seen.update(|draft| *draft = draft.split_off(&20));
/// assert_eq!((seen.first_key_value(), seen.len(), seen.version()), (Some((20, "b")), 2, 1));
/// ```
pub struct CowOrdMap<K, V> {
    cell: CowCell<PagedOrdMap<K, V>>,
}

frame! {
    impl[K, V] CowOrdMap<K, V> of PagedOrdMap<K, V>
    where clone [], same ptr_eq, changes in "**O(page + log n)**";

    /// let it = readmostly::CowOrdMap::from([("one", 1)]);
    example;

    /// let owners = readmostly::CowOrdMap::from([(0, "ann"), (100, "bob")]);
    /// let table = owners.load();
    /// owners.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert_eq!((table[&0], table.get_le(&170)), ("ann", Some((&100, &"bob"))));
    load;

    /// use readmostly::CowOrdMap;
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let owners = CowOrdMap::from([(0, "ann")]);
    /// let base = owners.snapshot();
    /// let mut next = PagedOrdMap::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert(100, "bob");
    /// owners.replace_if_current(&base, next).expect("nobody else has written");
    /// assert_eq!(owners.get(&100), Some("bob"));
    ///
    /// let stale = owners.replace_if_current(&base, PagedOrdMap::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let owners = readmostly::CowOrdMap::from([(0, "ann")]);
    /// let before = owners.update(|draft| {
    ///     draft.insert(100, "bob");
    ///     draft.insert(0, "cid")
    /// });
    /// assert_eq!((before, owners.len(), owners.version()), (Some("ann"), 2, 1));
    ///
    /// owners.update(|draft| draft.remove(&7)); // changes nothing, publishes nothing
    /// assert_eq!(owners.version(), 1);
    update;

    /// let owners = readmostly::CowOrdMap::from([(0, "ann")]);
    /// let mut txn = owners.write();
    /// txn.insert(0, "cid");
    /// txn.insert(100, "bob");
    /// assert_eq!((txn[&0], owners.get(&0)), ("cid", Some("ann")));
    /// txn.commit();
    /// assert_eq!((owners.get(&0), owners.get(&100)), (Some("cid"), Some("bob")));
    write;
}

map! {
    impl[K, V] CowOrdMap<K, V> of PagedOrdMap<K, V>
    where
        query [Ord],
        clone [],
        read [K: Ord,],
        write [K: Ord + Clone, V: Clone,];
    into IntoIter<K, V>;
    finds in "**O(log n)** time", changes in "**O(page + log n)**";

    /// `Ord` of keys and `Clone` of the entries of one leaf, or of two where two become one, and of keys of the nodes above.
    runs;

    /// let map = readmostly::CowOrdMap::new();
    empty;

    /// let map = readmostly::CowOrdMap::from([("a", 1)]);
    one;

    /// let map: readmostly::CowOrdMap<String, u8> = readmostly::CowOrdMap::new();
    named;
}

impl<K, V> CowOrdMap<K, V> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// let map: readmostly::CowOrdMap<u32, u32> = readmostly::CowOrdMap::new();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        PagedOrdMap::new().into()
    }

    /// Removes all entries.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowOrdMap::from([(1, "one")]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self) {
        self.update(PagedOrdMap::clear);
    }
}
