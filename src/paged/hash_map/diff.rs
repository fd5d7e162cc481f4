//! What differs between two maps, and how one becomes the other.

use super::{PagedMap, hasher_of};
use crate::paged::delta::{Change, Conflict, Delta, Mismatch};
use crate::paged::engine::table::{Marks, Table, Unshared};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;
use std::mem;

impl<K, V, S> PagedMap<K, V, S> {
    /// Returns an iterator over what differs in `newer`: the changes that make this map equal to it.
    ///
    /// It never looks into a page that both maps share. So the changes between two versions of one map are found in the time
    /// of the pages that were written to. Removed and updated keys come first, then the added ones; within these there is no
    /// order. [Collect](Delta) the changes to keep or to [apply](Self::apply) them.
    ///
    /// A value that does not equal itself, such as a NaN, is shown as updated unless it is in a page that both share.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, PagedMap};
    ///
    /// let old: PagedMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let mut new = old.clone();
    /// new.insert(7, "closed");
    /// assert!(old.diff(&new).eq([Change::Updated { key: &7, old: &"open", new: &"closed" }]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages + d)** (average), where `d` is the number of entries in the
    /// pages that are not shared.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, K, V, S>
    where
        V: PartialEq,
    {
        Diff { inner: self.diff_by(newer, V::eq) }
    }

    /// Returns an iterator over what differs in `newer` as [`diff`](Self::diff) does, with `same` to say whether two values are
    /// equal.
    ///
    /// `same` gets the older value first.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let old = PagedMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// let new = PagedMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// assert_eq!(old.diff_by(&new, |a, b| a.to_bits() == b.to_bits()).count(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages + d)** (average), where `d` is the number of entries in the
    /// pages that are not shared.
    pub fn diff_by<'a, F>(&'a self, newer: &'a Self, same: F) -> DiffBy<'a, K, V, S, F>
    where
        F: FnMut(&V, &V) -> bool,
    {
        DiffBy {
            older: self,
            newer,
            of_older: self.table.unshared(&newer.table),
            of_newer: newer.table.unshared(&self.table),
            same,
        }
    }
}

/// Whether two values are equal.
type Same<V> = fn(&V, &V) -> bool;

/// An iterator over the changes between two maps; see [`PagedMap::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let map = PagedMap::from([("a", 1)]);
/// assert_eq!(map.diff(&map.clone()).next(), None);
/// ```
pub struct Diff<'a, K, V, S> {
    inner: DiffBy<'a, K, V, S, Same<V>>,
}

/// An iterator over the changes between two maps; see [`PagedMap::diff_by`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedMap;
///
/// let (old, new) = (PagedMap::from([("a", "B")]), PagedMap::from([("a", "b")]));
/// assert_eq!(old.diff_by(&new, |a, b| a.eq_ignore_ascii_case(b)).next(), None);
/// ```
pub struct DiffBy<'a, K, V, S, F> {
    older: &'a PagedMap<K, V, S>,
    newer: &'a PagedMap<K, V, S>,
    /// What may have been removed or updated.
    of_older: Unshared<'a, (K, V)>,
    /// What may have been added.
    of_newer: Unshared<'a, (K, V)>,
    same: F,
}

impl<'a, K, V, S, F> Iterator for DiffBy<'a, K, V, S, F>
where
    K: Eq + Hash,
    S: BuildHasher,
    F: FnMut(&V, &V) -> bool,
{
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        for (key, old) in self.of_older.by_ref() {
            match self.newer.get(key) {
                None => return Some(Change::Removed { key, value: old }),
                Some(new) if !(self.same)(old, new) => return Some(Change::Updated { key, old, new }),
                Some(_) => {}
            }
        }
        let (key, value) = self.of_newer.find(|(key, _)| !self.older.contains_key(key))?;
        Some(Change::Added { key, value })
    }
}

impl<K: Eq + Hash, V, S: BuildHasher, F: FnMut(&V, &V) -> bool> FusedIterator for DiffBy<'_, K, V, S, F> {}

impl<K, V, S, F: Clone> Clone for DiffBy<'_, K, V, S, F> {
    fn clone(&self) -> Self {
        Self {
            older: self.older,
            newer: self.newer,
            of_older: self.of_older.clone(),
            of_newer: self.of_newer.clone(),
            same: self.same.clone(),
        }
    }
}

impl<K, V, S, F> fmt::Debug for DiffBy<'_, K, V, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is still to come cannot be shown: `same` may change with each call.
        f.debug_struct("DiffBy").finish_non_exhaustive()
    }
}

impl<'a, K: Eq + Hash, V, S: BuildHasher> Iterator for Diff<'a, K, V, S> {
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        self.inner.next()
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> FusedIterator for Diff<'_, K, V, S> {}

impl<K, V, S> Clone for Diff<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<K: Eq + Hash + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for Diff<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// What a delta has removed and replaced.
pub(crate) struct Leavings<K, V> {
    removed: Vec<Option<(K, V)>>,
    replaced: Vec<V>,
}

impl<K, V> Default for Leavings<K, V> {
    fn default() -> Self {
        Self { removed: Vec::new(), replaced: Vec::new() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone> PagedMap<K, V, S> {
    /// Applies the changes of `delta`, one after the other: all of them or, if one does not fit, none.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if a change does not fit this map: a key that is to be added is there, or a key that is to be removed or
    /// updated is absent or has another value. Nothing was changed then. Find the delta anew, from what this map is now.
    ///
    /// # Panics
    ///
    /// A panic in `Hash`, `Eq` or `Clone` of a key or a value reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedMap};
    ///
    /// let monday = PagedMap::from([("a", 1), ("b", 2)]);
    /// let tuesday = PagedMap::from([("b", 2), ("c", 3)]);
    /// let delta: Delta<_, _> = monday.diff(&tuesday).collect();
    ///
    /// let mut follower = monday.clone();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(follower, tuesday);
    /// assert!(follower.apply(&delta).is_err()); // "a" is not there any more
    /// assert_eq!(follower, tuesday);
    /// ```
    ///
    /// Computes in **O(changes)** time (average), and that of copying the directory and each page that changes.
    pub fn apply(&mut self, delta: &Delta<K, V>) -> Result<(), Conflict<K>> {
        if !delta.is_empty() {
            let mut next = self.clone();
            next.apply_each(delta, &mut Leavings::default())?;
            *self = next;
        }
        Ok(())
    }

    /// Applies the changes up to the first that does not fit, and drops nothing of the user's but clones that a panic leaves
    /// over.
    pub(crate) fn apply_each(
        &mut self,
        delta: &Delta<K, V>,
        gone: &mut Leavings<K, V>,
    ) -> Result<(), Conflict<K>> {
        delta.iter().try_for_each(|change| self.apply_change(change, gone))
    }

    fn apply_change(
        &mut self,
        change: Change<'_, K, V>,
        gone: &mut Leavings<K, V>,
    ) -> Result<(), Conflict<K>> {
        let position = self.position_of(change.key());
        let there = position.map(|position| self.at(position).1);
        let mismatch = match (change, there) {
            (Change::Added { .. }, None) => None,
            (Change::Added { .. }, Some(_)) => Some(Mismatch::IsThere),
            (Change::Removed { .. } | Change::Updated { .. }, None) => Some(Mismatch::IsAbsent),
            (Change::Removed { value: old, .. } | Change::Updated { old, .. }, Some(there)) => {
                (there != old).then_some(Mismatch::OtherValue)
            }
        };
        if let Some(mismatch) = mismatch {
            return Err(Conflict { key: change.key().clone(), mismatch });
        }
        match (change, position) {
            (Change::Added { key, value }, _) => {
                _ = self.insert_unique(self.hash(key), &mut Some((key.clone(), value.clone())));
            }
            (Change::Removed { .. }, Some(position)) => {
                gone.removed.push(None);
                if let Some(removed) = gone.removed.last_mut() {
                    self.remove_at(position, removed);
                }
            }
            (Change::Updated { new, .. }, Some(position)) => {
                let new = new.clone();
                gone.replaced.push(mem::replace(&mut self.table.get_mut(position).1, new));
            }
            (_, None) => unreachable!("a key that is absent is a mismatch"),
        }
        Ok(())
    }

    /// Makes this map equal to one of `entries`, and returns how many keys it took to add, remove or update.
    ///
    /// It touches no page that is right already: such pages stay shared with every clone of this map. A key that is there
    /// stays, and so does a value that equals the new one. If a key comes twice the last one counts, as with `collect`.
    ///
    /// This is how a table is reloaded: a reload that brings 10 changes costs a clone of the pages of 10 entries, and
    /// whoever follows the table sees 10 changes.
    ///
    /// # Panics
    ///
    /// A panic in the iterator, or in `Hash`, `Eq` or `Clone` of a key or a value, reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedMap;
    ///
    /// let mut map: PagedMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let before = map.clone();
    /// let reloaded = (0..100_000).map(|id| (id, if id == 7 { "closed" } else { "open" }));
    /// assert_eq!(map.assign(reloaded), 1);
    /// assert_eq!(map.shared_pages(&before), map.page_count() - 1);
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `entries`, and that of copying the directory and each
    /// page that changes.
    pub fn assign(&mut self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let mut entries: Vec<_> = entries.into_iter().map(Some).collect();
        self.assign_from(&mut entries, drop)
    }

    /// Does what [`assign`](Self::assign) does, and drops nothing of the user's: `entries` keeps what is not needed or was
    /// replaced, and `gone` gets what was removed.
    pub(crate) fn assign_from(
        &mut self,
        entries: &mut [Option<(K, V)>],
        gone: impl FnMut(Vec<(K, V)>),
    ) -> usize {
        // Which entries of the map are to stay, and the indices of those entries that bring something new.
        let mut stays = Marks::none(&self.table);
        let mut news = Table::default();
        for (index, entry) in entries.iter().enumerate() {
            let Some((key, value)) = entry else { continue };
            let hash = self.hash(key);
            let position = self.find_position(hash, key);
            if let Some(position) = position {
                stays.mark(position);
            }
            let is_right = position.is_some_and(|position| *self.at(position).1 == *value);
            let key_of = |index: &usize| entries[*index].as_ref().map(|(key, _)| key);
            let hash_of = |index: &usize| key_of(index).map_or(0, |key| self.hash(key));
            let earlier = news.find_position(hash, |index| key_of(index) == Some(key));
            match (earlier, is_right) {
                (None, true) => {}
                (None, false) => _ = news.insert_unique(hash, &mut Some(index), hash_of),
                (Some(earlier), true) => news.remove(earlier, &mut None, hash_of),
                (Some(earlier), false) => *news.get_mut(earlier) = index,
            }
        }
        let removed = self.len() - stays.count();
        let changes = removed + news.len();
        if changes > 0 {
            let mut next = self.clone();
            if removed > 0 {
                let hash_of = hasher_of(&self.hash_builder);
                next.table.retain_at(|position, _| stays.is_marked(position), gone, hash_of);
            }
            for &index in news.iter() {
                next.exchange(&mut entries[index]);
            }
            *self = next;
        }
        changes
    }
}
