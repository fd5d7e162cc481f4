//! [`CowIndexMap`]: a cell around a [`PagedIndexMap`], with a map's methods.

mod reads;
mod removals;
mod traits;
mod writes;

use super::frame::frame;
use super::map::map_without_removals;
use crate::cell::CowCell;
use crate::paged::PagedIndexMap;
use crate::paged::index_map::IntoIter;
use std::hash::{BuildHasher, Hash, RandomState};

/// A hash map that keeps the order of insertion, and that many threads read and few change.
///
/// Rules that are tried one after the other, the lines of a file, a listing: a walk over a version shows the entries in the order in which they
/// came, and a key finds its own. A walk takes as long as in a vector, and a lookup goes one step further than in a
/// [`CowMap`](crate::CowMap). A write copies one page of entries and one of the table that finds them: microseconds, in a map of a million small
/// entries. Writers wait for each other. A batch of changes belongs in one [`update`](Self::update), which copies each page once and publishes once.
///
/// There is no `remove`: say [`shift_remove`](Self::shift_remove), which keeps the order, or [`swap_remove`](Self::swap_remove), which
/// moves the last entry to the place that is free. [`PagedIndexMap`] says what a removal costs.
///
/// # Trade-offs
///
/// A write needs `K: Clone` and `V: Clone`, and clones the entries of the page that it changes. An `Arc` makes an expensive
/// clone cheap. If writes are as frequent as reads, a sharded map with locks is faster.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedIndexMap`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole map. A method that reads, such as
/// [`get`](Self::get), looks at the version that is current at that moment. Two calls may see two versions.
///
/// A write that changes nothing publishes nothing. A write that replaces a value by an equal one publishes.
///
/// Each write clones the hasher `S`. The clone must hash as its original does. Otherwise keys are not found, and are inserted
/// again.
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
/// use readmostly::CowIndexMap;
///
/// let rules: CowIndexMap<&str, bool> = CowIndexMap::from([("10.", true), ("10.7.", false)]);
/// let allows = |address: &str| {
///     let rules = rules.load();
///     // The first rule that fits decides.
///     rules.iter().find(|(prefix, _)| address.starts_with(**prefix)).is_some_and(|(_, allows)| *allows)
/// };
/// std::thread::scope(|s| {
///     s.spawn(|| assert!(allows("10.7.0.1") && !allows("192.168.0.1")));
/// });
/// rules.move_to_back("10.");
/// assert!(!allows("10.7.0.1") && allows("10.1.0.1"));
/// assert_eq!(rules.get_index_of("10."), Some(1));
/// ```
pub struct CowIndexMap<K, V, S = RandomState> {
    cell: CowCell<PagedIndexMap<K, V, S>>,
}

frame! {
    impl[K, V, S] CowIndexMap<K, V, S> of PagedIndexMap<K, V, S>
    where clone [S: Clone], same ptr_eq, changes in "**O(page + pages)**";

    /// let it = readmostly::CowIndexMap::from([("one", 1)]);
    example;

    /// let ports = readmostly::CowIndexMap::from([("http", 80), ("https", 443)]);
    /// let table = ports.load();
    /// ports.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert_eq!((table["http"], table.get("https")), (80, Some(&443)));
    load;

    /// use readmostly::CowIndexMap;
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let ports = CowIndexMap::from([("http", 80)]);
    /// let base = ports.snapshot();
    /// let mut next = PagedIndexMap::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert("https", 443);
    /// ports.replace_if_current(&base, next).expect("nobody else has written");
    /// assert_eq!(ports.get("https"), Some(443));
    ///
    /// let stale = ports.replace_if_current(&base, PagedIndexMap::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let ports = readmostly::CowIndexMap::from([("http", 8080)]);
    /// let before = ports.update(|draft| {
    ///     draft.insert("https", 443);
    ///     draft.insert("http", 80)
    /// });
    /// assert_eq!((before, ports.len(), ports.version()), (Some(8080), 2, 1));
    ///
    /// ports.update(|draft| draft.shift_remove("ftp")); // changes nothing, publishes nothing
    /// assert_eq!(ports.version(), 1);
    update;

    /// let ports = readmostly::CowIndexMap::from([("http", 8080)]);
    /// let mut txn = ports.write();
    /// txn.insert("http", 80);
    /// txn.insert("https", 443);
    /// assert_eq!((txn["http"], ports.get("http")), (80, Some(8080)));
    /// txn.commit();
    /// assert_eq!((ports.get("http"), ports.get("https")), (Some(80), Some(443)));
    write;
}

map_without_removals! {
    impl[K, V, S] CowIndexMap<K, V, S> of PagedIndexMap<K, V, S>
    where
        query [Hash + Eq],
        clone [S: Clone,],
        read [K: Eq + Hash, S: BuildHasher,],
        write [K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone,];
    into IntoIter<K, V>;
    finds in "**O(1)** time (average)", changes in "**O(page + pages)**";

    /// `Hash` and `Eq` of keys and `Clone` of the entries of one page. If it removes an entry, it may number the entries anew, and then
    /// it clones all that are shared.
    runs;

    /// let map = readmostly::CowIndexMap::new();
    empty;

    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    one;

    /// let map: readmostly::CowIndexMap<String, u8> = readmostly::CowIndexMap::new();
    named;
}

impl<K, V> CowIndexMap<K, V> {
    /// Creates an empty map with std's default hasher, which withstands hash flooding.
    ///
    /// # Examples
    ///
    /// ```
    /// let map: readmostly::CowIndexMap<u32, u32> = readmostly::CowIndexMap::new();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map with room for `capacity` entries.
    ///
    /// # Examples
    ///
    /// ```
    /// let map: readmostly::CowIndexMap<u32, u32> = readmostly::CowIndexMap::with_capacity(1_000);
    /// assert!(map.load().capacity() >= 1_000);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> CowIndexMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowIndexMap;
    ///
    /// let map = CowIndexMap::with_hasher(foldhash::fast::RandomState::default());
    /// map.insert(1, "one");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn with_hasher(hash_builder: S) -> Self {
        PagedIndexMap::with_hasher(hash_builder).into()
    }

    /// Creates an empty map with room for `capacity` entries that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowIndexMap;
    /// use std::hash::RandomState;
    ///
    /// let map: CowIndexMap<u32, u32> = CowIndexMap::with_capacity_and_hasher(100, RandomState::new());
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        PagedIndexMap::with_capacity_and_hasher(capacity, hash_builder).into()
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
    /// let map = readmostly::CowIndexMap::from([(1, "one")]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self)
    where
        S: Clone,
    {
        self.update(PagedIndexMap::clear);
    }
}
