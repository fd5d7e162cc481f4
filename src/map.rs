//! [`CowMap`]: a cell around a [`PagedMap`], with a map's methods.

use crate::cell::{Changed, CowCell, Guard, Patience, Reader, Snapshot, Source, Stale, WriteTxn, sealed};
use crate::frame::frame;
use crate::paged::PagedMap;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;
use std::time::Duration;

/// A hash map that many threads read and few change.
///
/// A lookup through a [`Reader`] is a lookup in the table and one atomic load: as in a flat table up to 1,792 entries,
/// and 1.1 to 1.6 times as much in larger ones, whose pages are one step further away (with ten million, up to 1.9). A
/// write copies one page of the table and its directory: microseconds, and a few tens of kilobytes, in a map of a million
/// small entries. Writers wait for each other; a batch of changes is best made in one [`update`](Self::update), which copies
/// each page once and publishes once.
///
/// # Trade-offs
///
/// `K` and `V` must be `Clone` to be written, and a write clones the entries of the page that it touches: hold what is
/// dear to clone in an `Arc`. Where writes are as frequent as reads, a sharded map with locks is faster.
///
/// A table that is only ever replaced whole pays for its pages and gains nothing. A [`CowCell`] of std's `HashMap` or
/// `HashSet` reads faster then.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedMap`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole map. The methods that read
/// here, such as [`get`](Self::get), look at the version current at that moment; two calls may see two versions.
///
/// A write that changes nothing publishes nothing.
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
    example = "let it = readmostly::CowMap::from([(\"one\", 1)]);";
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
    /// Computes in **O(1)** time, and that of dropping the version before if nobody holds it.
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
    /// To look without a clone use [`get_with`](Self::get_with), or [`load`](Self::load) a guard.
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

    /// Shows the value of `key` to `f`, and returns what `f` made of it.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::from([("a", vec![1, 2])]);
    /// assert_eq!(map.get_with("a", Vec::len), Some(2));
    /// ```
    ///
    /// Computes in **O(1)** time (average), and that of `f`.
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().get(key).map(f)
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

// The writes. A value that is rejected, replaced or removed leaves the closure and is dropped by the caller or at the
// end of the method, when the lock is free: its destructor may use the map (G10).
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
    /// Computes in the time to copy one page.
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.update(|draft| draft.insert(key, value))
    }

    /// Inserts `value` for `key` unless the map holds the key; returns `true` if it was inserted.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert!(map.insert_if_absent("a", 1));
    /// assert!(!map.insert_if_absent("a", 2));
    /// assert_eq!(map.get("a"), Some(1));
    /// ```
    ///
    /// Computes in the time to copy one page, or **O(1)** (average) where the key is there.
    #[track_caller]
    pub fn insert_if_absent(&self, key: K, value: V) -> bool {
        let mut entry = Some((key, value));
        self.update(|draft| {
            if entry.as_ref().is_some_and(|(key, _)| draft.contains_key(key)) {
                return;
            }
            draft.extend(entry.take());
        });
        entry.is_none()
    }

    /// Returns the value of `key`, which it makes with `f` where there is none.
    ///
    /// Where the key is there, it takes no lock. Where it is not, `f` runs under the writers' lock and at most once:
    /// of two threads that miss, one makes the value, and both get it.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, where the key is not there.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowMap::new();
    /// assert_eq!(map.get_or_insert_with("a", || 1), 1);
    /// assert_eq!(map.get_or_insert_with("a", || unreachable!()), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (average) where the key is there, else in the time to copy one page.
    #[track_caller]
    pub fn get_or_insert_with(&self, key: K, f: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(&key) {
            return value;
        }
        self.update(|draft| {
            if let Some(value) = draft.get(&key) {
                return value.clone();
            }
            let value = f();
            draft.insert(key, value.clone());
            value
        })
    }

    /// Changes the value of `key` with `f`, and returns what `f` returned; `None` where the key is not there.
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
    /// Computes in the time to copy one page and of `f`, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn modify<Q, R>(&self, key: &Q, f: impl FnOnce(&mut V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.get_mut(key).map(f))
    }

    /// Makes the new value of `key` from the one that it has: `f` gets a clone of that, or `None`, and returns the new
    /// one, or `None` to have the key removed. Returns what the map then holds for `key`.
    ///
    /// It publishes even if the two values are equal, which it cannot know.
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
    /// Computes in the time to copy one page and of `f`.
    #[track_caller]
    pub fn compute(&self, key: K, f: impl FnOnce(Option<V>) -> Option<V>) -> Option<V> {
        let (value, _dropped_unlocked) = self.update(|draft| match f(draft.get(&key).cloned()) {
            Some(value) => {
                let replaced = draft.insert(key, value.clone()).map(|value| (None, value));
                (Some(value), replaced)
            }
            None => (None, draft.remove_entry(&key).map(|(key, value)| (Some(key), value))),
        });
        value
    }

    /// Removes `key`, and returns its value.
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
    /// Computes in the time to copy one page, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_if(key, |_, _| true)
    }

    /// Removes `key` if `f` says so of its entry, and returns its value.
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
    /// Computes in the time to copy one page, or **O(1)** (average) where nothing is removed.
    #[track_caller]
    pub fn remove_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let removed = self.update(|draft| {
            let (k, v) = draft.get_key_value(key)?;
            if f(k, v) { draft.remove_entry(key) } else { None }
        });
        removed.map(|(_, value)| value)
    }

    /// Replaces the value of `key` by `new` if it equals `old`; returns `true` if it did.
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
    /// Computes in the time to copy one page, or **O(1)** (average) where nothing is replaced.
    #[track_caller]
    pub fn compare_replace<Q>(&self, key: &Q, old: &V, new: V) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
        V: PartialEq,
    {
        let mut new = Some(new);
        let replaced = self.update(|draft| {
            if draft.get(key)? != old {
                return None;
            }
            Some(mem::replace(draft.get_mut(key)?, new.take()?))
        });
        replaced.is_some()
    }

    /// Inserts all entries of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken, so it may read and write this map, and a panic in it
    /// publishes nothing.
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
    /// Computes in the time to copy the pages that change.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = (K, V)>) {
        let entries: Vec<_> = iter.into_iter().collect();
        self.update(|draft| draft.extend(entries));
    }

    /// Removes the entries for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each entry, and sees `&V` where std shows `&mut V`: pages that lose nothing stay shared
    /// with the version before, and where nothing goes, nothing is published.
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
    pub fn retain(&self, f: impl FnMut(&K, &V) -> bool) {
        self.update(|draft| draft.retain(f));
    }
}

impl<K, V, S: Default> Default for CowMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for CowMap<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each map.
impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> PartialEq for CowMap<K, V, S> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<K: Eq + Hash, V: Eq, S: BuildHasher> Eq for CowMap<K, V, S> {}

impl<K, V, S> FromIterator<(K, V)> for CowMap<K, V, S>
where
    K: Eq + Hash,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Self {
        PagedMap::from_iter(iter).into()
    }
}

impl<K: Eq + Hash, V, const N: usize> From<[(K, V); N]> for CowMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        PagedMap::from(entries).into()
    }
}

impl<K: Eq + Hash, V, S: BuildHasher + Clone> From<HashMap<K, V, S>> for CowMap<K, V, S> {
    fn from(map: HashMap<K, V, S>) -> Self {
        PagedMap::from(map).into()
    }
}

/// As [`CowMap::extend`]: one version for the whole iterator.
impl<K, V, S> Extend<(K, V)> for &CowMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I) {
        CowMap::extend(self, iter);
    }
}
