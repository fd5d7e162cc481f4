//! [`CowMap`]: a cell around a [`PagedMap`], with a map's methods.

mod traits;

use super::frame::frame;
use crate::cell::CowCell;
use crate::error::Occupied;
use crate::paged::PagedMap;
use std::borrow::Borrow;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;

/// A hash map that many threads read and few change.
///
/// A lookup through a [`Reader`](crate::Reader) is a lookup in the table and one atomic load. Up to 1,792 entries it takes as
/// long as in a flat table. In a larger map its pages are one step further away, and it takes 1.1 to 1.6 times as long, or up
/// to 1.9 with ten million entries. A write copies one page of the table and its directory: microseconds, and a few tens of
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
pub struct CowMap<K, V, S = RandomState> {
    cell: CowCell<PagedMap<K, V, S>>,
}

frame! {
    impl[K, V, S] CowMap<K, V, S> of PagedMap<K, V, S>
    where clone [S: Clone];

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

impl<K, V, S> CowMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher,
{
    /// Returns a clone of the value of `key`.
    ///
    /// [`get_with`](Self::get_with) and [`load`](Self::load) show it without a clone.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a".to_string(), 1)]);
    /// assert_eq!((map.get("a"), map.get("b")), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.get_with(key, V::clone)
    }

    /// Calls `f` with the value of `key`, and returns its result.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", vec![1, 2])]);
    /// assert_eq!(map.get_with("a", Vec::len), Some(2));
    /// ```
    ///
    /// Computes in **O(1)** time (average), plus that of `f`.
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().get(key).map(f)
    }

    /// Returns clones of the key that is in the map and of its value.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a".to_string(), 1)]);
    /// assert_eq!(map.get_key_value("a"), Some(("a".to_string(), 1)));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q> + Clone,
        Q: Hash + Eq + ?Sized,
        V: Clone,
    {
        self.load().get_key_value(key).map(|(key, value)| (key.clone(), value.clone()))
    }

    /// Returns `true` if the map holds `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", 1)]);
    /// assert!(map.contains_key("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().contains_key(key)
    }

    /// Returns `true` if some key has `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", 1)]);
    /// assert!(map.contains_value(&1));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn contains_value(&self, value: &V) -> bool
    where
        V: PartialEq,
    {
        self.load().values().any(|v| v == value)
    }
}

// The writes. A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back
// to that frame (`paged/hash_map/handover.rs`). So it is dropped when the lock is free, after a panic too, and its destructor
// may use the map (G10).
impl<K, V, S> CowMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// Inserts `value` for `key`, and returns the value that it replaced.
    ///
    /// A key that is there is kept, as in std.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert_eq!(map.insert("a", 1), None);
    /// assert_eq!(map.insert("a", 2), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut entry = Some((key, value));
        self.update(|draft| draft.exchange(&mut entry));
        entry.map(|(_refused, replaced)| replaced)
    }

    /// Inserts `value` for `key`, or hands both back if the map holds the key.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Errors
    ///
    /// Returns [`Occupied`] if the map holds the key. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", vec![1])]);
    /// assert!(map.try_insert("b", vec![2]).is_ok());
    /// let refused = map.try_insert("a", vec![3]).unwrap_err();
    /// assert_eq!((refused.key, refused.value), ("a", vec![3]));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is there.
    #[track_caller]
    pub fn try_insert(&self, key: K, value: V) -> Result<(), Occupied<K, V>> {
        let mut entry = Some((key, value));
        self.update(|draft| draft.insert_absent(&mut entry));
        entry.map_or(Ok(()), |(key, value)| Err(Occupied { key, value }))
    }

    /// Inserts `value` for `key` unless the map holds the key, and returns the value if it was not inserted.
    ///
    /// [`try_insert`](Self::try_insert) hands the key back as well.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert_eq!(map.insert_if_absent("a", 1), None);
    /// assert_eq!(map.insert_if_absent("a", 2), Some(2));
    /// assert_eq!(map.get("a"), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is there.
    #[track_caller]
    pub fn insert_if_absent(&self, key: K, value: V) -> Option<V> {
        let Occupied { key, value } = self.try_insert(key, value).err()?;
        // While `value` is a local. A result that is made already is leaked if the destructor of `key` panics.
        drop(key);
        Some(value)
    }

    /// Returns the value of `key`, after inserting what `f` returns if there is none.
    ///
    /// If the key is there, this takes no lock. If not, `f` runs under the writers' lock, at most once. Of two threads that
    /// miss the key, one makes the value, and both get it.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the new value and of the entries of one page.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, if the key is not there.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert_eq!(map.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(map.get_or_insert_with("a", || unreachable!()), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (average) where the key is there, or **O(page + pages)** where it is not, plus that of `f`.
    #[track_caller]
    pub fn get_or_insert_with(&self, key: K, f: impl FnOnce() -> V) -> V {
        let Ok(value) = self.get_or_try_insert_with(key, || Ok::<_, Infallible>(f()));
        value
    }

    /// Returns the value of `key` as [`get_or_insert_with`](Self::get_or_insert_with) does, unless `f` returns an `Err`.
    ///
    /// Nothing is published then.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the new value and of the entries of one page.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Errors
    ///
    /// Returns the `Err` of `f`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, if the key is not there.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert!(map.get_or_try_insert_with("a", || "many".parse::<u8>()).is_err());
    /// assert_eq!(map.get_or_try_insert_with("a", || "1".parse()), Ok(1));
    /// ```
    ///
    /// Computes in **O(1)** time (average) where the key is there, or **O(page + pages)** where it is not, plus that of `f`.
    #[track_caller]
    pub fn get_or_try_insert_with<E>(&self, key: K, f: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.get(&key) {
            return Ok(value);
        }
        let (value, copy, mut entry);
        // Declared last, so that it is dropped first and releases the lock.
        let mut txn = self.write();
        if let Some(slot) = txn.position_of(&key) {
            let current = txn.commit();
            return Ok(current.at(slot).1.clone());
        }
        value = f()?;
        // Under the lock, so that a panic in it publishes nothing.
        copy = V::clone(&value);
        entry = Some((key, value));
        txn.insert_absent(&mut entry);
        txn.commit();
        Ok(copy)
    }

    /// Returns the value of `key` as [`get_or_insert_with`](Self::get_or_insert_with) does, for a borrowed key.
    ///
    /// It makes an owned key only if the map does not hold it.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the new value and of the entries of one page.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, if the key is not there.
    ///
    /// # Examples
    ///
    /// ```
    /// let lengths: readmostly::CowMap<String, usize> = readmostly::CowMap::new();
    /// assert_eq!(lengths.get_or_insert_with_ref("four", || 4), 4);
    /// assert_eq!(lengths.get_or_insert_with_ref("four", || unreachable!()), 4);
    /// ```
    ///
    /// Computes in **O(1)** time (average) where the key is there, or **O(page + pages)** where it is not, plus that of `f`.
    #[track_caller]
    pub fn get_or_insert_with_ref<'q, Q>(&self, key: &'q Q, f: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q> + From<&'q Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.get(key).unwrap_or_else(|| self.get_or_insert_with(K::from(key), f))
    }

    /// Changes the value of `key` with `f`, and returns the result of `f`, or `None` if the key is not there.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the entries of one page.
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
    /// let hits = readmostly::CowMap::from([("a", 1)]);
    /// hits.modify("a", |n| *n += 1);
    /// assert_eq!(hits.get("a"), Some(2));
    /// assert_eq!(hits.modify("b", |n| *n += 1), None);
    /// ```
    ///
    /// Computes in **O(page + pages)** time plus that of `f`, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn modify<Q, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut f = Some(f);
        self.update(|draft| {
            let value = draft.get_mut(key)?;
            Some((f.take()?)(value))
        })
    }

    /// Changes the value of `key` with `f` and returns the result of `f`, or inserts `value` and returns `None`.
    ///
    /// It does what `entry(key).and_modify(f).or_insert(value)` does in std's map.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the entries of one page.
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
    /// let hits = readmostly::CowMap::new();
    /// for page in ["/", "/about", "/"] {
    ///     hits.modify_or_insert(page, |n| *n += 1, 1);
    /// }
    /// assert_eq!((hits.get("/"), hits.get("/about")), (Some(2), Some(1)));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, plus that of `f`.
    #[doc(alias = "merge")]
    #[doc(alias = "upsert")]
    #[doc(alias = "update_or_insert")]
    #[doc(alias = "entry")]
    #[track_caller]
    pub fn modify_or_insert<R>(&self, key: K, f: impl FnOnce(&mut V) -> R, value: V) -> Option<R> {
        let mut f = Some(f);
        let mut entry = Some((key, value));
        self.update(|draft| {
            let (key, _) = entry.as_ref()?;
            if let Some(value) = draft.get_mut(key) {
                return Some((f.take()?)(value));
            }
            draft.insert_absent(&mut entry);
            None
        })
    }

    /// Replaces the value of `key` by what `f` makes of it, and returns a clone of the new value.
    ///
    /// `f` gets a clone of the value, or `None` if the key is not there. If `f` returns `None`, the key is removed. The two
    /// values are not compared: this publishes even if they are equal.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of both values and of the entries of one page.
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
    /// let left = readmostly::CowMap::from([("a", 2)]);
    /// let take = |n: Option<i32>| n.map(|n| n - 1).filter(|n| *n > 0);
    /// assert_eq!(left.compute("a", take), Some(1));
    /// assert_eq!(left.compute("a", take), None);
    /// assert!(!left.contains_key("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, plus that of `f`.
    #[track_caller]
    pub fn compute(&self, key: K, f: impl FnOnce(Option<V>) -> Option<V>) -> Option<V> {
        let (value, copy, mut entry, mut removed);
        // Declared last, so that it is dropped first and releases the lock.
        let mut txn = self.write();
        let there = txn.position_of(&key);
        value = f(there.map(|slot| txn.at(slot).1.clone()));
        // Under the lock, so that a panic in it publishes nothing.
        copy = value.clone();
        if let Some(value) = value {
            entry = Some((key, value));
            txn.exchange(&mut entry);
            txn.commit();
        } else if let Some(slot) = there {
            removed = None;
            txn.remove_slot_to(slot, &mut removed);
            txn.commit();
        }
        copy
    }

    /// Removes `key`, and returns its value.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", 1)]);
    /// assert_eq!((map.remove("a"), map.remove("a")), (Some(1), None));
    /// assert_eq!(map.version(), 1);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_if(key, |_, _| true)
    }

    /// Removes `key`, and returns its entry.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a".to_string(), 1)]);
    /// assert_eq!(map.remove_entry("a"), Some(("a".to_string(), 1)));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_entry_if(key, |_, _| true)
    }

    /// Removes `key` if `f` returns `true` for its entry, and returns its value.
    ///
    /// Under the lock run `f`, `Hash` and `Eq` of keys and `Clone` of the entries of one page.
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
    /// let map = readmostly::CowMap::from([("a", 1)]);
    /// assert_eq!(map.remove_if("a", |_, n| *n > 1), None);
    /// assert_eq!(map.remove_if("a", |_, n| *n == 1), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is removed.
    #[track_caller]
    pub fn remove_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_entry_if(key, f).map(|(_, value)| value)
    }

    #[track_caller]
    fn remove_entry_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut f = Some(f);
        let mut removed = None;
        self.update(|draft| {
            let slot = draft.position_of(key)?;
            let (key, value) = draft.at(slot);
            if (f.take()?)(key, value) {
                draft.remove_slot_to(slot, &mut removed);
            }
            Some(())
        });
        removed
    }

    /// Replaces the value of `key` by `new` if it equals `old`, and returns `true` if it did.
    ///
    /// Under the lock run `Hash` and `Eq` of keys, `PartialEq` of two values, and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", 1)]);
    /// assert!(!map.compare_replace("a", &7, 8));
    /// assert!(map.compare_replace("a", &1, 2));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is replaced.
    #[track_caller]
    pub fn compare_replace<Q>(&self, key: &Q, old: &V, mut new: V) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: PartialEq,
    {
        let replaced = self.update(|draft| {
            if draft.get(key)? != old {
                return None;
            }
            mem::swap(draft.get_mut(key)?, &mut new);
            Some(())
        });
        replaced.is_some()
    }

    /// Inserts all entries of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this map, and if it panics, nothing
    /// is published. Of two entries with one key the later value stays. The other values are dropped at the end.
    ///
    /// Under the lock run `Hash` and `Eq` of keys and `Clone` of the entries of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// map.extend([("a", 1), ("b", 2)]);
    /// assert_eq!((map.len(), map.version()), (2, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time, plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = (K, V)>) {
        let mut entries: Vec<_> = iter.into_iter().map(Some).collect();
        let mut unfinished = None;
        self.update(|draft| draft.insert_each(&mut entries, &mut unfinished, PagedMap::exchange));
    }

    /// Removes the entries for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each entry. Unlike in std, it gets a `&V`. Pages that lose nothing stay shared with the version
    /// before. If nothing is removed, nothing is published.
    ///
    /// Under the lock run `f`, `Hash` of keys and `Clone` of the entries of the pages that change.
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
    /// let map = readmostly::CowMap::from([(1, "one"), (2, "two")]);
    /// map.retain(|k, _| k % 2 == 0);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&K, &V) -> bool) {
        let mut removed = Vec::new();
        self.update(|draft| draft.retain_to(&mut f, |page| removed.push(page)));
    }
}
