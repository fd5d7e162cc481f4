//! [`CowMap`]: a cell around a [`PagedMap`], with a map's methods.

mod traits;
mod writes;

use super::frame::frame;
use super::map::map;
use crate::cell::CowCell;
use crate::paged::PagedMap;
use crate::paged::hash_map::IntoIter;
use std::hash::{BuildHasher, Hash, RandomState};

/// A hash map that many threads read and few change.
///
/// A lookup through a [`Reader`](crate::Reader) is a lookup in the table and one atomic load. In a map of one page
/// it takes as long as in a flat table in an `ArcSwap`'s `Cache`. In a larger map its pages are one step further away:
/// [what it costs](crate#what-it-costs) has the figures. A write copies one page of the table and its directory: microseconds, and a few tens of
/// kilobytes, in a map of a million small entries. Writers wait for each other. A batch of changes belongs in one
/// [`update`](Self::update), which copies each page once and publishes once.
///
/// # Trade-offs
///
/// A write needs `K: Clone` and `V: Clone`, and clones the entries of the page that it changes. An `Arc` makes an expensive
/// clone cheap. If writes are as frequent as reads, a sharded map with locks is faster.
///
/// A table that is only ever replaced as a whole gains nothing by pages. A [`CowCell`] of std's `HashMap` or `HashSet` reads
/// faster then.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedMap`], and promises what a cell does: [`load`](Self::load),
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
/// use readmostly::CowMap;
///
/// let ports: CowMap<String, u16> = CowMap::from([("http".to_string(), 80)]);
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut reader = ports.reader();
///         assert_eq!(reader.load().get("http"), Some(&80));
///     });
///     ports.insert("https".to_string(), 443);
/// });
/// assert_eq!(ports.get("https"), Some(443));
/// ```
///
/// A map in a `static`, and a reader for each thread that asks it often. A reader keeps the version that it has seen alive until it
/// is asked again. [`CowCell`] says why [`new`](Self::new) is no `const fn`.
///
/// ```
/// use readmostly::{CowMap, Reader};
/// use std::cell::RefCell;
/// use std::sync::LazyLock;
///
/// static PORTS: LazyLock<CowMap<&str, u16>> = LazyLock::new(|| CowMap::from([("http", 80)]));
///
/// thread_local! {
///     static READER: RefCell<Reader<&'static CowMap<&'static str, u16>>> = RefCell::new(Reader::new(&*PORTS));
/// }
///
/// fn port(name: &str) -> Option<u16> {
///     READER.with_borrow_mut(|reader| reader.load().get(name).copied())
/// }
///
/// assert_eq!((port("http"), port("https")), (Some(80), None));
/// PORTS.insert("https", 443);
/// assert_eq!(port("https"), Some(443));
/// ```
///
/// Values that are expensive to clone, or that are not `Clone`, go into an `Arc`, and come out as such:
///
/// ```
/// use readmostly::CowMap;
/// use std::sync::Arc;
///
/// struct Session(&'static str);
///
/// let sessions: CowMap<u64, Arc<Session>> = CowMap::from([(7, Arc::new(Session("ann")))]);
/// let session: Arc<Session> = sessions.get(&7).unwrap(); // one increment of a count
/// sessions.remove(&7);
/// assert_eq!(session.0, "ann");
/// ```
pub struct CowMap<K, V, S = RandomState> {
    cell: CowCell<PagedMap<K, V, S>>,
}

frame! {
    impl[K, V, S] CowMap<K, V, S> of PagedMap<K, V, S>
    where clone [S: Clone], same ptr_eq, changes in "**O(page + pages)**";

    /// let it = readmostly::CowMap::from([("one", 1)]);
    example;

    /// let ports = readmostly::CowMap::from([("http", 80), ("https", 443)]);
    /// let table = ports.load();
    /// ports.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert_eq!((table["http"], table.get("https")), (80, Some(&443)));
    load;

    /// use readmostly::CowMap;
    /// use readmostly::paged::PagedMap;
    ///
    /// let ports = CowMap::from([("http", 80)]);
    /// let base = ports.snapshot();
    /// let mut next = PagedMap::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert("https", 443);
    /// ports.replace_if_current(&base, next).expect("nobody else has written");
    /// assert_eq!(ports.get("https"), Some(443));
    ///
    /// let stale = ports.replace_if_current(&base, PagedMap::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let ports = readmostly::CowMap::from([("http", 8080)]);
    /// let before = ports.update(|draft| {
    ///     draft.insert("https", 443);
    ///     draft.insert("http", 80)
    /// });
    /// assert_eq!((before, ports.len(), ports.version()), (Some(8080), 2, 1));
    ///
    /// ports.update(|draft| draft.remove("ftp")); // changes nothing, publishes nothing
    /// assert_eq!(ports.version(), 1);
    update;

    /// let ports = readmostly::CowMap::from([("http", 8080)]);
    /// let mut txn = ports.write();
    /// txn.insert("http", 80);
    /// txn.insert("https", 443);
    /// assert_eq!((txn["http"], ports.get("http")), (80, Some(8080)));
    /// txn.commit();
    /// assert_eq!((ports.get("http"), ports.get("https")), (Some(80), Some(443)));
    write;
}

map! {
    impl[K, V, S] CowMap<K, V, S> of PagedMap<K, V, S>
    where
        query [Hash + Eq],
        clone [S: Clone,],
        read [K: Eq + Hash, S: BuildHasher,],
        write [K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Clone,];
    into IntoIter<K, V>;
    finds in "**O(1)** time (average)", changes in "**O(page + pages)**";

    /// `Hash` and `Eq` of keys and `Clone` of the entries of one page, or of the pages that become others where the table grows or
    /// shrinks.
    runs;

    /// let map = readmostly::CowMap::new();
    empty;

    /// let map = readmostly::CowMap::from([("a", 1)]);
    one;

    /// let map: readmostly::CowMap<String, u8> = readmostly::CowMap::new();
    named;
}

impl<K, V> CowMap<K, V> {
    /// Creates an empty map with std's default hasher, which withstands hash flooding.
    ///
    /// # Examples
    ///
    /// ```
    /// let map: readmostly::CowMap<u32, u32> = readmostly::CowMap::new();
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
    /// let map: readmostly::CowMap<u32, u32> = readmostly::CowMap::with_capacity(1_000);
    /// assert!(map.load().capacity() >= 1_000);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> CowMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowMap;
    ///
    /// let map = CowMap::with_hasher(foldhash::fast::RandomState::default());
    /// map.insert(1, "one");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn with_hasher(hash_builder: S) -> Self {
        PagedMap::with_hasher(hash_builder).into()
    }

    /// Creates an empty map with room for `capacity` entries that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowMap;
    /// use std::hash::RandomState;
    ///
    /// let map: CowMap<u32, u32> = CowMap::with_capacity_and_hasher(100, RandomState::new());
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        PagedMap::with_capacity_and_hasher(capacity, hash_builder).into()
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
    /// let map = readmostly::CowMap::from([(1, "one")]);
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
        self.update(PagedMap::clear);
    }
}
