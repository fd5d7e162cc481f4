//! The entry of a key, there or not, for a change in place.

use super::PagedOrdMap;
use crate::paged::Handed;
use crate::paged::engine::tree::Path;
use std::fmt;
use std::mem;

/// The entry of a key, which may be there or not.
///
/// Returned by [`PagedOrdMap::entry`]. Nothing is copied until the entry is written to.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
/// use readmostly::paged::ord_map::Entry;
///
/// let mut map = PagedOrdMap::from([("a", 1)]);
/// match map.entry("a") {
///     Entry::Occupied(entry) => assert_eq!(entry.get(), &1),
///     Entry::Vacant(_) => unreachable!(),
/// }
/// ```
pub enum Entry<'a, K, V> {
    /// The map has an entry for the key.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The map has no entry for the key.
    Vacant(VacantEntry<'a, K, V>),
}

/// An entry that is in the map.
///
/// It is part of [`Entry`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
/// use readmostly::paged::ord_map::Entry;
///
/// let mut map = PagedOrdMap::from([("a", 1)]);
/// if let Entry::Occupied(mut entry) = map.entry("a") {
///     *entry.get_mut() += 1;
///     assert_eq!(entry.remove(), 2);
/// }
/// assert!(map.is_empty());
/// ```
pub struct OccupiedEntry<'a, K, V> {
    pub(super) map: &'a mut PagedOrdMap<K, V>,
    pub(super) path: Path,
}

/// An entry that is not in the map.
///
/// It is part of [`Entry`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
/// use readmostly::paged::ord_map::Entry;
///
/// let mut map = PagedOrdMap::from([("a", 1)]);
/// if let Entry::Vacant(entry) = map.entry("b") {
///     entry.insert(2);
/// }
/// assert_eq!(map["b"], 2);
/// ```
pub struct VacantEntry<'a, K, V> {
    map: &'a mut PagedOrdMap<K, V>,
    path: Path,
    key: K,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    pub(super) fn new(map: &'a mut PagedOrdMap<K, V>, key: K) -> Self {
        match map.tree.find(&key) {
            Ok(path) => Self::Occupied(OccupiedEntry { map, path }),
            Err(path) => Self::Vacant(VacantEntry { map, path, key }),
        }
    }
}

impl<K, V> Entry<'_, K, V> {
    /// Returns a reference to the key that is in the map, or to the one that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map: PagedOrdMap<&str, i32> = PagedOrdMap::new();
    /// assert_eq!(map.entry("a").key(), &"a");
    /// ```
    ///
    /// Computes in **O(log n)** time if it is occupied, else in **O(1)**.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K: Ord + Clone, V: Clone> Entry<'a, K, V> {
    /// Returns a mutable reference to the value, after inserting `default` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::new();
    /// *map.entry("a").or_insert(1) += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// Returns a mutable reference to the value, after inserting what `default` returns if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::new();
    /// map.entry("a").or_insert_with(Vec::new).push(1);
    /// assert_eq!(map["a"], [1]);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> &'a mut V {
        self.or_insert_with_key(|_| default())
    }

    /// Returns a mutable reference to the value, after inserting what `default` makes of the key if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::new();
    /// assert_eq!(map.entry("abc").or_insert_with_key(|key| key.len()), &3);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
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
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map: PagedOrdMap<&str, u32> = PagedOrdMap::new();
    /// *map.entry("a").or_default() += 1;
    /// assert_eq!(map["a"], 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
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
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// map.entry("a").and_modify(|value| *value += 1).or_insert(0);
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
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
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::new();
    /// assert_eq!(map.entry("a").insert_entry(1).get(), &1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

impl<K, V> OccupiedEntry<'_, K, V> {
    /// Returns a reference to the key that is in the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.key(), &"a");
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn key(&self) -> &K {
        self.map.at(self.path).0
    }

    /// Returns a reference to the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.get(), &1);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get(&self) -> &V {
        self.map.at(self.path).1
    }
}

impl<'a, K: Ord + Clone, V: Clone> OccupiedEntry<'a, K, V> {
    /// Returns a mutable reference to the value.
    ///
    /// This copies the pages on the way to the entry that are shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// *entry.get_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn get_mut(&mut self) -> &mut V {
        self.map.at_mut(self.path)
    }

    /// Converts the entry to a mutable reference to the value, with the lifetime of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// *entry.into_mut() += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn into_mut(self) -> &'a mut V {
        self.map.at_mut(self.path)
    }

    /// Sets the value, and returns the previous one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(mut entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert(2), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry, and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.remove(), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn remove(self) -> V {
        // `value` is a local while the key is dropped, as in `insert`.
        let (_, value) = self.remove_entry();
        value
    }

    /// Removes the entry, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// let Entry::Occupied(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.remove_entry(), ("a", 1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn remove_entry(self) -> (K, V) {
        let mut gone = Handed::default();
        self.map.remove_at(self.path, &mut gone);
        let Some(entry) = gone.into_entry() else { unreachable!("a path leads to an entry") };
        entry
    }
}

impl<K, V> VacantEntry<'_, K, V> {
    /// Returns a reference to the key that the entry will have.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map: PagedOrdMap<&str, i32> = PagedOrdMap::new();
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
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map: PagedOrdMap<&str, i32> = PagedOrdMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.into_key(), "a");
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn into_key(self) -> K {
        self.key
    }
}

impl<'a, K: Ord + Clone, V: Clone> VacantEntry<'a, K, V> {
    /// Inserts the value, and returns a mutable reference to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// *entry.insert(1) += 1;
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn insert(self, value: V) -> &'a mut V {
        self.insert_entry(value).into_mut()
    }

    /// Inserts the value, and returns the entry that is there now.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{PagedOrdMap, ord_map::Entry};
    ///
    /// let mut map = PagedOrdMap::new();
    /// let Entry::Vacant(entry) = map.entry("a") else { unreachable!() };
    /// assert_eq!(entry.insert_entry(1).remove(), 1);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        let path = self.map.tree.insert(self.path, &mut Some((self.key, value)));
        OccupiedEntry { map: self.map, path }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OccupiedEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OccupiedEntry");
        shown.field("key", self.key()).field("value", self.get()).finish()
    }
}

impl<K: fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
