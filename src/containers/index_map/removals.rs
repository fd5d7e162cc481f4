//! The removals, of which each says what it does to the order, and the moves.

use super::CowIndexMap;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

// As in the writes that all maps have, what is removed comes back to a local of the method.
impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone,
    S: BuildHasher + Clone,
{
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
            let slot = draft.position_of(key)?;
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
            let slot = draft.position_of(key)?;
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
}
