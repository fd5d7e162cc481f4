//! The writes of one entry, and of many.

use super::CowIndexMap;
use crate::error::Occupied;
use crate::paged::engine::index::Gone;
use crate::paged::{PagedIndexMap, gather};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem;

// The writes. A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back
// to that frame (`paged/index_map/handover.rs`). So it is dropped when the lock is free, after a panic too, and its destructor
// may use the map (G10).
impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
    /// Inserts `value` for `key`, and returns the value that it replaced.
    ///
    /// A key that is there is kept, with its place. Otherwise the entry becomes the last one.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::new();
    /// assert_eq!(map.insert("a", 1), None);
    /// assert_eq!(map.insert("a", 2), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let mut entry = Some((key, value));
        self.update(|draft| draft.exchange(&mut entry));
        let (refused, replaced) = entry?;
        // While `replaced` is a local, as in `insert_if_absent`.
        drop(refused);
        Some(replaced)
    }

    /// Inserts `value` for `key`, or hands both back if the map holds the key.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of one page.
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
    /// let map = readmostly::CowIndexMap::from([("a", vec![1])]);
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
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::new();
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

    /// Removes `key`, and returns its value. Those after it keep their order.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert_eq!((map.shift_remove("a"), map.shift_remove("a")), (Some(1), None));
    /// assert_eq!(map.version(), 1);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn shift_remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shift_remove_if(key, |_, _| true)
    }

    /// Removes `key`, and returns its entry. Those after it keep their order.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a".to_string(), 1)]);
    /// assert_eq!(map.shift_remove_entry("a"), Some(("a".to_string(), 1)));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn shift_remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shift_remove_entry_if(key, |_, _| true)
    }

    /// Removes `key` if `f` returns `true` for its entry, and returns its value. Those after it keep their order.
    ///
    /// Under the lock it runs `f`, `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
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
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert_eq!(map.shift_remove_if("a", |_, n| *n > 1), None);
    /// assert_eq!(map.shift_remove_if("a", |_, n| *n == 1), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is removed.
    #[track_caller]
    pub fn shift_remove_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (key, value) = self.shift_remove_entry_if(key, f)?;
        // While `value` is a local, as in `insert_if_absent`.
        drop(key);
        Some(value)
    }

    #[track_caller]
    fn shift_remove_entry_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut f = Some(f);
        let mut removed = None;
        self.update(|draft| {
            let slot = draft.slot_of(key)?;
            let (key, value) = draft.at(slot);
            if (f.take()?)(key, value) {
                draft.shift_remove_at(slot, &mut removed);
            }
            Some(())
        });
        removed
    }

    /// Removes `key`, and returns its value. The last one moves to its place.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert_eq!((map.swap_remove("a"), map.swap_remove("a")), (Some(1), None));
    /// assert_eq!(map.version(), 1);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn swap_remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.swap_remove_if(key, |_, _| true)
    }

    /// Removes `key`, and returns its entry. The last one moves to its place.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a".to_string(), 1)]);
    /// assert_eq!(map.swap_remove_entry("a"), Some(("a".to_string(), 1)));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the key is not there.
    #[track_caller]
    pub fn swap_remove_entry<Q>(&self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.swap_remove_entry_if(key, |_, _| true)
    }

    /// Removes `key` if `f` returns `true` for its entry, and returns its value. The last one moves to its place.
    ///
    /// Under the lock it runs `f`, `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
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
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
    /// assert_eq!(map.swap_remove_if("a", |_, n| *n > 1), None);
    /// assert_eq!(map.swap_remove_if("a", |_, n| *n == 1), Some(1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is removed.
    #[track_caller]
    pub fn swap_remove_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (key, value) = self.swap_remove_entry_if(key, f)?;
        // While `value` is a local, as in `insert_if_absent`.
        drop(key);
        Some(value)
    }

    #[track_caller]
    fn swap_remove_entry_if<Q>(&self, key: &Q, f: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut f = Some(f);
        let mut removed = None;
        self.update(|draft| {
            let slot = draft.slot_of(key)?;
            let (key, value) = draft.at(slot);
            if (f.take()?)(key, value) {
                draft.swap_remove_at(slot, &mut removed);
            }
            Some(())
        });
        removed
    }

    /// Removes the last entry, and returns it.
    ///
    /// Under the lock it runs `Hash` of a key and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("b", 1), ("a", 2)]);
    /// assert_eq!((map.pop(), map.pop(), map.pop()), (Some(("a", 2)), Some(("b", 1)), None));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** where there is none.
    #[track_caller]
    pub fn pop(&self) -> Option<(K, V)> {
        let mut removed = None;
        self.update(|draft| draft.pop_to(&mut removed));
        removed
    }

    /// Moves the entry of `key` behind all others, and returns `true` if there is one.
    ///
    /// If it is the last one already, nothing is published.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1), ("b", 2)]);
    /// assert!(map.move_to_back("a") && map.move_to_back("a") && !map.move_to_back("x"));
    /// assert_eq!((map.last(), map.version()), (Some(("a", 1)), 1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is moved.
    #[track_caller]
    pub fn move_to_back<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.move_to_back(key))
    }

    /// Replaces the value of `key` by `new` if it equals `old`, and returns `true` if it did.
    ///
    /// Under the lock it runs `Hash` and `Eq` of keys, `PartialEq` of two values, and `Clone` of the entries of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::from([("a", 1)]);
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
    /// Under the lock it runs `Hash` and `Eq` of keys and `Clone` of the entries of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let map = readmostly::CowIndexMap::new();
    /// map.extend([("a", 1), ("b", 2)]);
    /// assert_eq!((map.len(), map.version()), (2, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time (amortized average), plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = (K, V)>) {
        let mut entries = gather(iter.into_iter().map(Some));
        let mut unfinished = None;
        self.update(|draft| draft.insert_each(&mut entries, &mut unfinished, PagedIndexMap::exchange));
    }

    /// Removes the entries for which `f` returns `false`, as one version. The others keep their order.
    ///
    /// `f` is called once for each entry. Unlike in std, it gets a `&V`. Pages that lose nothing stay shared with the version
    /// before. If nothing is removed, nothing is published.
    ///
    /// Under the lock it runs `f`, `Hash` of keys and `Clone` of the entries of the pages that change.
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
    /// let map = readmostly::CowIndexMap::from([(1, "one"), (2, "two")]);
    /// map.retain(|k, _| k % 2 == 0);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&K, &V) -> bool) {
        let mut removed = Gone::new();
        self.update(|draft| draft.retain_to(&mut f, &mut removed));
    }
}
