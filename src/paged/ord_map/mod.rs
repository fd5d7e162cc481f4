//! An ordered map in pages.

mod diff;
mod entry;
mod handover;
mod iter;
mod join;
mod near;
mod share;
mod traits;

pub use self::diff::{Diff, DiffBy};
pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::iter::{
    IntoIter, IntoKeys, IntoValues, Iter, IterMut, Keys, Range, RangeMut, Values, ValuesMut,
};

use super::Handed;
use super::engine::tree::{Scraps, Tree};
use std::borrow::Borrow;
use std::mem;

/// An ordered map whose clones are O(1) and share the pages that they do not change.
///
/// It is a B+ tree. Its nodes are the pages: leaves of up to 256 entries, or 16 where a clone is expensive, and inner nodes of up to 32
/// children. A write copies a leaf and the nodes above it, if a clone has them too. So it costs **O(log n)** and the copy of one leaf after a
/// clone. The interface is that of std's `BTreeMap`, with `Clone` bounds where a shared page may have to be copied, or the key of an inner
/// node made. Beside that it has the neighbours of a key ([`get_le`](Self::get_le) and the like) and the rank of an entry
/// ([`rank`](Self::rank), [`get_index`](Self::get_index)). The [module documentation](super) says what a page is.
///
/// A call that changes nothing copies nothing, such as the removal of a key that is absent. An [`entry`](Self::entry) or an
/// [`iter_mut`](Self::iter_mut) copies nothing until it is written to or reaches a leaf.
///
/// The keys' order must be total and must not change while a key is in the map, as in std. If it is not, entries are not found or come in
/// another order, or what sorts many at once panics and says so. None is lost or dropped twice.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// // Where each range of addresses begins, and whose it is.
/// let mut ranges = PagedOrdMap::from([(0, "free"), (100, "alice"), (200, "free")]);
/// let before = ranges.clone();
///
/// ranges.insert(150, "bob");
///
/// assert_eq!(ranges.get_le(&170), Some((&150, &"bob")));
/// assert_eq!(before.get_le(&170), Some((&100, &"alice")));
/// assert!(ranges.range(100..200).map(|(_, owner)| *owner).eq(["alice", "bob"]));
/// ```
pub struct PagedOrdMap<K, V> {
    pub(crate) tree: Tree<K, V>,
}

impl<K, V> PagedOrdMap<K, V> {
    /// Creates an empty map. It allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map: PagedOrdMap<&str, i32> = PagedOrdMap::new();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub const fn new() -> Self {
        Self { tree: Tree::new() }
    }

    /// Returns the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// assert_eq!(PagedOrdMap::from([("a", 1), ("b", 2)]).len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.tree.len()
    }

    /// Returns `true` if the map has no entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// assert!(PagedOrdMap::<i32, i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        drop(mem::take(&mut self.tree));
    }
}

impl<K: Ord, V> PagedOrdMap<K, V> {
    /// Returns a reference to the value of `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a".to_owned(), 1)]);
    /// assert_eq!(map.get("a"), Some(&1));
    /// assert_eq!(map.get("b"), None);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        match self.tree.get(key) {
            Some((_, value)) => Some(value),
            None => None,
        }
    }

    /// Returns references to the key of the map that is equal to `key`, and to its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a".to_owned(), 1)]);
    /// assert_eq!(map.get_key_value("a"), Some((&"a".to_owned(), &1)));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.get(key)
    }

    /// Returns `true` if the map has an entry for `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let map = PagedOrdMap::from([("a", 1)]);
    /// assert!(map.contains_key("a"));
    /// assert!(!map.contains_key("b"));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.tree.get(key).is_some()
    }
}

impl<K: Ord + Clone, V: Clone> PagedOrdMap<K, V> {
    /// Returns a mutable reference to the value of `key`.
    ///
    /// This copies the pages on the way to the entry that are shared. It copies nothing if the key is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// if let Some(value) = map.get_mut("a") {
    ///     *value += 1;
    /// }
    /// assert_eq!(map["a"], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let path = self.tree.find(key).ok()?;
        Some(self.at_mut(path))
    }

    /// Returns the entry of `key`, which may be there or not, for a change in place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut counts: PagedOrdMap<char, u32> = PagedOrdMap::new();
    /// for letter in "abba".chars() {
    ///     *counts.entry(letter).or_default() += 1;
    /// }
    /// assert_eq!(counts[&'a'], 2);
    /// ```
    ///
    /// Computes in **O(log n)** time.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry::new(self, key)
    }

    /// Sets the value of `key`, and returns the previous one.
    ///
    /// As in std, the key that is in the map stays if there is an equal one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::new();
    /// assert_eq!(map.insert("a", 1), None);
    /// assert_eq!(map.insert("a", 2), Some(1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.tree.find(&key) {
            Ok(path) => {
                let replaced = mem::replace(self.at_mut(path), value);
                // While `replaced` is a local. A result that is made already is leaked if this destructor panics.
                drop(key);
                Some(replaced)
            }
            Err(path) => {
                self.tree.insert(path, &mut Some((key, value)));
                None
            }
        }
    }

    /// Removes the entry of `key`, and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// assert_eq!(map.remove("a"), Some(1));
    /// assert_eq!(map.remove("a"), None);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of `key`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map = PagedOrdMap::from([("a", 1)]);
    /// assert_eq!(map.remove_entry("a"), Some(("a", 1)));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let mut gone = Handed::default();
        self.remove_to(key, &mut gone);
        gone.into_entry()
    }

    /// Keeps the entries for which `keep` returns `true`, and removes the others.
    ///
    /// Unlike in std, `keep` gets a `&V`. Leaves that lose nothing stay shared, and a leaf that is not shared is changed in place. `keep` is
    /// called once for each entry, in the order of the keys, before the first one is removed. If it panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map: PagedOrdMap<u32, u32> = (0..10).map(|n| (n, n * n)).collect();
    /// map.retain(|_, square| square % 2 == 1);
    /// assert_eq!(map.len(), 5);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, keep: impl FnMut(&K, &V) -> bool) {
        self.retain_to(keep, &mut Scraps::default());
    }
}
