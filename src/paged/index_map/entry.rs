//! The entry of a key, there or not, for a change in place.

use super::PagedIndexMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::mem;

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

impl<K, V, S> OccupiedEntry<'_, K, V, S> {
    /// Returns a reference to the key that is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &K {
        &self.map.at(self.slot).0
    }

    /// Returns a reference to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.get(), &1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn get(&self) -> &V {
        &self.map.at(self.slot).1
    }

    /// Returns the index of the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.index(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    pub fn index(&self) -> usize {
        self.map.index.index_of(self.slot)
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> OccupiedEntry<'a, K, V, S> {
    /// Returns a mutable reference to the value.
    ///
    /// This copies the page of the entry if it is shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// *entry.get_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.map.at_mut(self.slot).1
    }

    /// Converts the entry to a mutable reference to the value, with the lifetime of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// *entry.into_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn into_mut(self) -> &'a mut V {
        &mut self.map.at_mut(self.slot).1
    }

    /// Sets the value, and returns the previous one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert(2), 1);
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry, and returns its value. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.shift_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](PagedIndexMap#removals).
    pub fn shift_remove(self) -> V {
        // `value` is a local while the key is dropped, as in `insert`.
        let (_, value) = self.shift_remove_entry();
        value
    }

    /// Removes the entry, and returns it. Those after it keep their order.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.shift_remove_entry(), ("a", 1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](PagedIndexMap#removals).
    pub fn shift_remove_entry(self) -> (K, V) {
        let mut gone = None;
        self.map.shift_remove_at(self.slot, &mut gone);
        let Some(entry) = gone else { unreachable!("a slot holds an entry") };
        entry
    }

    /// Removes the entry, and returns its value. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.swap_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](PagedIndexMap#removals).
    pub fn swap_remove(self) -> V {
        // `value` is a local while the key is dropped, as in `insert`.
        let (_, value) = self.swap_remove_entry();
        value
    }

    /// Removes the entry, and returns it. The last entry moves to its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.swap_remove_entry(), ("a", 1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared. See
    /// [removals](PagedIndexMap#removals).
    pub fn swap_remove_entry(self) -> (K, V) {
        let mut gone = None;
        self.map.swap_remove_at(self.slot, &mut gone);
        let Some(entry) = gone else { unreachable!("a slot holds an entry") };
        entry
    }
}

impl<K, V, S> VacantEntry<'_, K, V, S> {
    /// Returns a reference to the key that the entry will have.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.key(), &"a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Takes the key back.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map: PagedIndexMap<&str, i32> = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.into_key(), "a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Returns the index of the entry that this will become: the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::from([("a", 1)]);
    /// let Entry::Vacant(entry) = map.entry("b") else { unreachable!() };
    /// assert_eq!(entry.index(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn index(&self) -> usize {
        self.map.len()
    }
}

impl<'a, K: Eq + Hash + Clone, V: Clone, S: BuildHasher> VacantEntry<'a, K, V, S> {
    /// Inserts the value behind all others, and returns a mutable reference to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// *entry.insert(1) += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// Inserts the value, and returns the entry that is there now.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedIndexMap, index_map::Entry};
    ///
    /// let mut map = PagedIndexMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert_entry(1).shift_remove(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, S> {
        let slot = self.map.index.insert(self.hash, &mut Some((self.key, value)));
        OccupiedEntry { map: self.map, slot }
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

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for OccupiedEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OccupiedEntry");
        shown.field("key", self.key()).field("value", self.get()).finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
