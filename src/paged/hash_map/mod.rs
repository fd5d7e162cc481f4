//! A hash map in pages.

mod capacity;
mod diff;
mod entry;
mod extract;
mod handover;
mod iter;
mod share;
mod traits;

pub use self::diff::{Diff, DiffBy};
pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::extract::ExtractIf;
pub use self::iter::{Drain, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Values, ValuesMut};

use super::Handed;
use super::engine::table::{Position, Table};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::hint::black_box;
use std::{mem, ptr};

/// A hash map whose clones are O(1) and share the pages that they do not change.
///
/// A lookup in a map of more than one page takes one step more than in std's `HashMap`. A write copies the page that it
/// changes, and a section of the directory, if a clone has them too: some hundred entries, however large the table is, and once for each
/// page. Otherwise it costs **O(1)**. The interface is that of `HashMap` but for `get_disjoint_mut`, with `Clone` bounds where a shared page may
/// have to be copied. The [module documentation](super) says what a page is.
///
/// A call that changes nothing copies nothing, such as the removal of a key that is absent. An [`entry`](Self::entry) or an
/// [`iter_mut`](Self::iter_mut) copies nothing until it is written to or reaches a page. What returns or lends a `&mut V` is taken for
/// a write.
///
/// The keys' `Hash` and `Eq` must agree and must not change while a key is in the map, as in std. A clone of the hasher `S`
/// must hash as its original does. Each clone of the map clones the hasher, and so does each write of a
/// [`CowMap`](crate::CowMap). If such a clone hashes otherwise, keys are not found and are inserted again.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let mut routes = PagedMap::from([("/", "home"), ("/about", "about")]);
/// let before = routes.clone();
///
/// routes.insert("/", "maintenance");
/// *routes.entry("/about").or_default() = "closed";
///
/// assert_eq!(routes["/"], "maintenance");
/// assert_eq!(before["/"], "home");
/// ```
pub struct PagedMap<K, V, S = RandomState> {
    pub(crate) table: Table<(K, V)>,
    hash_builder: S,
}

/// Hashes an entry by its key.
fn hasher_of<K: Hash, V, S: BuildHasher>(hash_builder: &S) -> impl Fn(&(K, V)) -> u64 {
    |(key, _)| hash_builder.hash_one(key)
}

impl<K, V> PagedMap<K, V, RandomState> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<&str, i32> = PagedMap::new();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty map with room for at least `capacity` entries.
    ///
    /// Unlike in std, removals give the room back in time.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<&str, i32> = PagedMap::with_capacity(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> PagedMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<&str, i32> = PagedMap::with_hasher(RandomState::new());
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self { table: Table::default(), hash_builder }
    }

    /// Creates an empty map with room for at least `capacity` entries, that hashes its keys with `hash_builder`.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<&str, i32> = PagedMap::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { table: Table::with_capacity(capacity), hash_builder }
    }

    /// Returns a reference to the map's [`BuildHasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// use readmostly::paged::PagedMap;
    ///
    /// let map: PagedMap<&str, i32> = PagedMap::new();
    /// assert_eq!(map.hasher().hash_one("a"), map.clone().hasher().hash_one("a"));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// assert_eq!(PagedMap::from([("a", 1), ("b", 2)]).len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns `true` if the map has no entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// assert!(PagedMap::<&str, i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, and frees their memory. A map without entries keeps the room that was reserved.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        // The map is empty before a destructor runs, which may panic.
        drop(self.table.take_all());
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> PagedMap<K, V, S> {
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hash_builder.hash_one(key)
    }

    #[inline]
    fn find<'a, Q, R>(&'a self, key: &Q, then: impl FnOnce(&'a (K, V)) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.is_empty() {
            return None;
        }
        self.table.find(self.hash(key), move |(there, _)| there.borrow() == key, then)
    }

    #[inline]
    pub(super) fn find_position<Q>(&self, hash: u64, key: &Q) -> Option<Position>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.table.find_position(hash, move |(there, _)| there.borrow() == key)
    }

    /// Returns a reference to the value of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a".to_owned(), 1)]);
    /// assert_eq!(map.get("a"), Some(&1));
    /// assert_eq!(map.get("b"), None);
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find(key, |(_, value)| value)
    }

    /// Returns references to the values of several keys, each as [`get`](Self::get) does.
    ///
    /// It asks for the memory of all of them before it compares the first key. That wins where keys have memory of their own, as
    /// `String`s, and the table is larger than the processor's caches: eight keys at a time take 0.7 to 0.8 of the time from
    /// 100,000 entries on. It loses where all is in the cache: `get` each key there, and all keys that are numbers.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    /// assert_eq!(map.get_many(["b", "c", "a"]), [Some(&2), None, Some(&1)]);
    /// ```
    ///
    /// Computes in **O(N)** time (average).
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<&V>; N]
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.entries(keys).map(|entry| entry.map(|(_, value)| value))
    }

    pub(super) fn entries<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<&(K, V)>; N]
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hashes = keys.map(|key| self.hash(key));
        // What `borrow` returns must be read from the entry.
        let touch = |(key, _): &(K, V)| _ = black_box(ptr::from_ref(key.borrow()).cast::<u8>());
        self.table.find_many(hashes, |index, (there, _)| there.borrow() == keys[index], touch)
    }

    /// Returns references to the key that is in the map and to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a".to_owned(), 1)]);
    /// assert_eq!(map.get_key_value("a"), Some((&"a".to_owned(), &1)));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find(key, |(key, value)| (key, value))
    }

    /// Returns `true` if the map has an entry for `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let map = PagedMap::from([("a", 1)]);
    /// assert!(map.contains_key("a"));
    /// assert!(!map.contains_key("b"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find(key, |_| ()).is_some()
    }

    /// Returns the entry of `key`, for a change in place.
    ///
    /// A shared page is copied when the entry is written to, and not before. To ask for a `&mut V` is a write: `or_insert` of a key that is
    /// there copies the page.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut counts = PagedMap::new();
    /// for letter in "banana".chars() {
    ///     *counts.entry(letter).or_insert(0) += 1;
    /// }
    /// assert_eq!(counts[&'a'], 3);
    /// ```
    ///
    /// Computes in **O(1)** time (average), and the write in that of [`insert`](Self::insert).
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        let hash = self.hash(&key);
        Entry::new(self, hash, key)
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedMap<K, V, S> {
    /// Adds an entry that is not there yet.
    fn insert_unique(&mut self, hash: u64, entry: &mut Option<(K, V)>) -> Position {
        self.table.insert_unique(hash, entry, hasher_of(&self.hash_builder))
    }

    /// Returns a mutable reference to the value of `key`.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to. It copies nothing if
    /// `key` is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// if let Some(value) = map.get_mut("a") {
    ///     *value = 10;
    /// }
    /// assert_eq!(map["a"], 10);
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(page + pages)** where pages are shared.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let position = self.position_of(key)?;
        Some(&mut self.table.get_mut(position).1)
    }

    /// Inserts a value for `key`, and returns the one that was there.
    ///
    /// If there was one, the map keeps its key, and `key` is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::new();
    /// assert_eq!(map.insert("a", 1), None);
    /// assert_eq!(map.insert("a", 2), Some(1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        // Not by `exchange`: its detour through an `Option` costs a tenth if the key is there.
        let hash = self.hash(&key);
        if let Some(position) = self.find_position(hash, &key) {
            let replaced = mem::replace(&mut self.table.get_mut(position).1, value);
            // While `replaced` is a local. A result that is made already is leaked if this destructor panics.
            drop(key);
            return Some(replaced);
        }
        self.insert_unique(hash, &mut Some((key, value)));
        None
    }

    /// Removes the entry of `key`, and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// assert_eq!(map.remove("a"), Some(1));
    /// assert_eq!(map.remove("a"), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of `key`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map = PagedMap::from([("a", 1)]);
    /// assert_eq!(map.remove_entry("a"), Some(("a", 1)));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let mut gone = Handed::default();
        self.remove_to(key, &mut gone);
        gone.into_entry()
    }

    /// Keeps the entries for which `keep` returns `true`, and removes the others.
    ///
    /// Unlike in std, `keep` gets a `&V`. Pages that lose nothing stay shared, unless so little is left that the map gets fewer
    /// pages. `keep` is called once for each entry before the first one is removed. If it panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map: PagedMap<u32, u32> = (0..10).map(|n| (n, n * n)).collect();
    /// map.retain(|_, square| square % 2 == 1);
    /// assert_eq!(map.len(), 5);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, keep: impl FnMut(&K, &V) -> bool) {
        self.retain_to(keep, drop);
    }
}
