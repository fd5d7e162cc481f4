//! The entry of a key, there or not, for a change in place.

mod occupied;
mod vacant;

use super::PagedIndexMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};

/// The entry of a key, which may be there or not.
///
/// Returned by [`PagedIndexMap::entry`]. Nothing is copied until the entry is written to.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
/// use readmostly::paged::index_map::Entry;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// match map.entry("a") {
///     Entry::Occupied(entry) => assert_eq!(entry.get(), &1),
///     Entry::Vacant(_) => unreachable!(),
/// }
/// ```
pub enum Entry<'a, K, V, S = RandomState> {
    /// The map has an entry for the key.
    Occupied(OccupiedEntry<'a, K, V, S>),
    /// The map has no entry for the key.
    Vacant(VacantEntry<'a, K, V, S>),
}

/// An entry that is in the map.
///
/// It is part of [`Entry`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
/// use readmostly::paged::index_map::Entry;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// if let Entry::Occupied(mut entry) = map.entry("a") {
///     *entry.get_mut() += 1;
///     assert_eq!(entry.shift_remove(), 2);
/// }
/// assert!(map.is_empty());
/// ```
pub struct OccupiedEntry<'a, K, V, S = RandomState> {
    map: &'a mut PagedIndexMap<K, V, S>,
    slot: usize,
}

/// An entry that is not in the map.
///
/// It is part of [`Entry`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
/// use readmostly::paged::index_map::Entry;
///
/// let mut map = PagedIndexMap::from([("a", 1)]);
/// if let Entry::Vacant(entry) = map.entry("b") {
///     entry.insert(2);
/// }
/// assert_eq!(map["b"], 2);
/// ```
pub struct VacantEntry<'a, K, V, S = RandomState> {
    map: &'a mut PagedIndexMap<K, V, S>,
    hash: u64,
    key: K,
}

impl<'a, K, V, S> OccupiedEntry<'a, K, V, S> {
    pub(super) fn new(map: &'a mut PagedIndexMap<K, V, S>, slot: usize) -> Self {
        Self { map, slot }
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Entry<'a, K, V, S> {
    pub(super) fn new(map: &'a mut PagedIndexMap<K, V, S>, hash: u64, key: K) -> Self {
        match map.find_slot(hash, &key) {
            Some(slot) => Self::Occupied(OccupiedEntry { map, slot }),
            None => Self::Vacant(VacantEntry { map, hash, key }),
        }
    }
}

impl<K, V, S> Entry<'_, K, V, S> {
    /// Returns a reference to the key that is in the map, or to the one that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// assert_eq!(map.entry("a").key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// Returns the index of the entry, or the one that it will have.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// assert_eq!((map.entry("a").index(), map.entry("b").index()), (0, 1));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    pub fn index(&self) -> usize {
        match self {
            Self::Occupied(entry) => entry.index(),
            Self::Vacant(entry) => entry.index(),
        }
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> Entry<'a, K, V, S> {
    /// Returns a mutable reference to the value, after inserting `default` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::new();
    /// *map.entry("a").or_insert(1) += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// Returns a mutable reference to the value, after inserting what `default` returns if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::new();
    /// map.entry("a").or_insert_with(Vec::new).push(1);
    /// assert_eq!(map["a"], [1]);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> &'a mut V {
        self.or_insert_with_key(|_| default())
    }

    /// Returns a mutable reference to the value, after inserting what `default` makes of the key if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::new();
    /// assert_eq!(map.entry("abc").or_insert_with_key(|key| key.len()), &3);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn or_insert_with_key(self, default: impl FnOnce(&K) -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = default(entry.key());
                entry.insert(value)
            }
        }
    }

    /// Returns a mutable reference to the value, after inserting the default one if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<&str, u32> = PagedIndexMap::new();
    /// *map.entry("a").or_default() += 1;
    /// assert_eq!(map["a"], 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Calls `f` with the value if there is one, and returns the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// map.entry("a").and_modify(|value| *value += 1).or_insert(0);
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    #[must_use]
    pub fn and_modify(self, f: impl FnOnce(&mut V)) -> Self {
        match self {
            Self::Occupied(mut entry) => {
                f(entry.get_mut());
                Self::Occupied(entry)
            }
            vacant @ Self::Vacant(_) => vacant,
        }
    }

    /// Sets the value, and returns the entry that is there now.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map = PagedIndexMap::new();
    /// assert_eq!(map.entry("a").insert_entry(1).get(), &1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, S> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Entry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}
