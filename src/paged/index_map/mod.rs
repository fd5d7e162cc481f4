//! A hash map in pages that keeps the order of insertion.

mod capacity;
mod diff;
mod entry;
mod exclusive;
mod handover;
mod iter;
mod join;
mod order;
mod places;
mod remove;
mod search;
mod share;
mod traits;

pub(crate) use self::diff::Assigned;
pub use self::diff::{Diff, DiffBy};
pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::iter::{Drain, IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Values, ValuesMut};

use super::engine::index::Index;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;

/// A hash map that keeps the order of insertion. Its clones are O(1) and share the pages that they do not change.
///
/// Its entries lie side by side in pages, in their order, as those of a [`PagedVec`](super::PagedVec) do. A hash table says where the
/// entry of a key is. So a walk takes as long as in a vector, and a lookup goes one step further than in a
/// [`PagedMap`](super::PagedMap). A write copies one page of entries and one of the table, if a clone has them too. The
/// [module documentation](super) says what a page is.
///
/// The interface is that of the crate `indexmap`, with `Clone` bounds where a shared page may have to be copied. Not there are:
///
/// - what puts an entry between others, since it would number all that are behind it anew: `insert_before`, `shift_insert`,
///   `insert_sorted`, `move_index`, `splice`. [`move_to_back`](Self::move_to_back) is there, and sorts are.
/// - `remove`: say [`shift_remove`](Self::shift_remove), which keeps the order, or [`swap_remove`](Self::swap_remove), which moves the
///   last entry to the place that is free.
/// - slices, as of `as_slice` or `get_range`, since the entries lie in pages: `iter().skip(n)` passes whole pages.
/// - `extract_if`, in place of which [`retain`](Self::retain) and [`drain`](Self::drain) are there; `reserve_exact`; and what changes a key
///   in its place, but for [`replace_index`](Self::replace_index).
///
/// # Removals
///
/// A removal changes one page, and moves no entry of another page. It leaves a gap in the numbers by which the table finds entries.
/// When there are more gaps than entries, and more than 16, all entries are numbered anew, and pages become full again. One removal
/// of many takes **O(n)** for that, and clones the entries of shared pages. So a removal costs **O(1)** on the average of all, if each is
/// done on what the one before has left: of a version that is about to be numbered anew, each clone pays for that by itself.
///
/// Without gaps the place of an index is found in **O(1)**. Otherwise it takes **O(pages)**: counts are added up, one for each 64
/// pages and at most 64 more.
///
/// A map can have 2³² − 1 entries.
///
/// # Keys
///
/// The keys' `Hash` and `Eq` must agree and must not change while a key is in the map, as in std. A clone of the hasher `S`
/// must hash as its original does. Otherwise keys are not found and are inserted again. Nothing worse happens.
///
/// A call that changes nothing copies nothing, such as the removal of a key that is absent. An [`entry`](Self::entry) or an
/// [`iter_mut`](Self::iter_mut) copies nothing until it is written to or reaches a page.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let mut rules = PagedIndexMap::from([("allow", 1), ("deny", 2), ("log", 3)]);
/// let before = rules.clone();
///
/// rules.shift_remove("deny");
/// rules.insert("drop", 4);
/// rules.insert("allow", 10); // keeps its place
///
/// assert!(rules.iter().eq([(&"allow", &10), (&"log", &3), (&"drop", &4)]));
/// assert_eq!(rules.get_index_of("log"), Some(1));
/// assert!(before.keys().eq(&["allow", "deny", "log"]));
/// ```
pub struct PagedIndexMap<K, V, S = RandomState> {
    pub(crate) index: Index<(K, V)>,
    hash_builder: S,
}

/// Hashes an entry by its key.
fn hasher_of<K: Hash, V, S: BuildHasher>(hash_builder: &S) -> impl Fn(&(K, V)) -> u64 {
    |(key, _)| hash_builder.hash_one(key)
}

impl<K, V> PagedIndexMap<K, V, RandomState> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty map whose table has room for at least `capacity` entries.
    ///
    /// The pages of the entries get their memory with the entries. Removals give the room back in time.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<&str, i32> = PagedIndexMap::with_capacity(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<&str, i32> = PagedIndexMap::with_hasher(RandomState::new());
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self { index: Index::default(), hash_builder }
    }

    /// Creates an empty map whose table has room for at least `capacity` entries, that hashes its keys with `hash_builder`.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<&str, i32> = PagedIndexMap::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { index: Index::with_capacity(capacity), hash_builder }
    }

    /// Returns a reference to the map's [`BuildHasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
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
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert_eq!(PagedIndexMap::from([("a", 1), ("b", 2)]).len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Returns `true` if the map has no entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// assert!(PagedIndexMap::<&str, i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, and keeps no memory for new ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        // The map is empty before a destructor runs, which may panic.
        drop(self.index.take_all());
    }

    pub(crate) fn at(&self, slot: usize) -> &(K, V) {
        self.index.get(slot).expect("a slot holds an entry")
    }
}

impl<K: Clone, V: Clone, S> PagedIndexMap<K, V, S> {
    fn at_mut(&mut self, slot: usize) -> &mut (K, V) {
        self.index.get_mut(slot).expect("a slot holds an entry")
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> PagedIndexMap<K, V, S> {
    fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        self.hash_builder.hash_one(key)
    }

    #[inline]
    fn find<Q>(&self, key: &Q) -> Option<&(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if self.is_empty() {
            return None;
        }
        self.index.find(self.hash(key), |(there, _)| there.borrow() == key)
    }

    #[inline]
    fn find_slot<Q>(&self, hash: u64, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.index.find_slot(hash, |(there, _)| there.borrow() == key)
    }

    /// Returns a reference to the value of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a".to_owned(), 1)]);
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
        match self.find(key) {
            Some((_, value)) => Some(value),
            None => None,
        }
    }

    /// Returns references to the key that is in the map and to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a".to_owned(), 1)]);
    /// assert_eq!(map.get_key_value("a"), Some((&"a".to_owned(), &1)));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (key, value) = self.find(key)?;
        Some((key, value))
    }

    /// Returns the index of `key`, and references to the key that is in the map and to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.get_full("b"), Some((1, &"b", &2)));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](Self#removals).
    pub fn get_full<Q>(&self, key: &Q) -> Option<(usize, &K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let slot = self.position_of(key)?;
        let (key, value) = self.at(slot);
        Some((self.index.index_of(slot), key, value))
    }

    /// Returns the index of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.get_index_of("b"), Some(1));
    /// assert_eq!(map.get_index_of("c"), None);
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](Self#removals).
    pub fn get_index_of<Q>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        Some(self.index.index_of(self.position_of(key)?))
    }

    /// Returns `true` if the map has an entry for `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let map = PagedIndexMap::from([("a", 1)]);
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
        self.find(key).is_some()
    }

    /// Returns the entry of `key`, for a change in place.
    ///
    /// A shared page is copied when the entry is written to, and not before.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut counts = PagedIndexMap::new();
    /// for letter in "banana".chars() {
    ///     *counts.entry(letter).or_insert(0) += 1;
    /// }
    /// assert!(counts.iter().eq([(&'b', &1), (&'a', &3), (&'n', &2)]));
    /// ```
    ///
    /// Computes in **O(1)** time (average), and the write in that of [`insert`](Self::insert).
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, S> {
        let hash = self.hash(&key);
        Entry::new(self, hash, key)
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> PagedIndexMap<K, V, S> {
    /// Returns a mutable reference to the value of `key`.
    ///
    /// This copies the page of the entry if it is shared, even if the value is then not written to. It copies nothing if
    /// `key` is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
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
        let slot = self.position_of(key)?;
        Some(&mut self.at_mut(slot).1)
    }

    /// Inserts a value for `key`, and returns the one that was there.
    ///
    /// If there was one, the map keeps its key and its place, and `key` is dropped. Otherwise the entry becomes the last one.
    ///
    /// # Panics
    ///
    /// Panics if the map has 2³² − 1 entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// assert_eq!(map.insert("c", 3), None);
    /// assert_eq!(map.insert("a", 10), Some(1));
    /// assert!(map.iter().eq([(&"a", &10), (&"b", &2), (&"c", &3)]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.put(key, value).1
    }

    /// Inserts a value for `key`, and returns the index of its entry and the value that was there.
    ///
    /// It does what [`insert`](Self::insert) does.
    ///
    /// # Panics
    ///
    /// Panics if the map has 2³² − 1 entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// assert_eq!(map.insert_full("b", 2), (1, None));
    /// assert_eq!(map.insert_full("a", 3), (0, Some(1)));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(pages)** where there are [gaps](Self#removals), or **O(page + pages)** where pages
    /// are shared.
    pub fn insert_full(&mut self, key: K, value: V) -> (usize, Option<V>) {
        let (slot, replaced) = self.put(key, value);
        (self.index.index_of(slot), replaced)
    }

    fn put(&mut self, key: K, value: V) -> (usize, Option<V>) {
        let hash = self.hash(&key);
        if let Some(slot) = self.find_slot(hash, &key) {
            let replaced = mem::replace(&mut self.at_mut(slot).1, value);
            // While `replaced` is a local. A result that is made already is leaked if this destructor panics.
            drop(key);
            return (slot, Some(replaced));
        }
        (self.index.insert(hash, &mut Some((key, value))), None)
    }
}
