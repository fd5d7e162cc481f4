//! What differs between two maps, and how one becomes the other.

use super::{PagedMap, hasher_of};
use crate::paged::delta::{Change, Conflict, Delta, Leavings, Mismatch};
use crate::paged::engine::table::{Numbers, Unshared};
use crate::paged::gather;
use crate::paged::hash_map::handover::Unfinished;
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
        Diff { unequal: Unequal::new(self, newer) }
    }

    /// Returns an iterator over what differs in `newer` as [`diff`](Self::diff) does, with `same` to say whether two values are
    /// equal.
    ///
    /// `same` gets the older value first.
    ///
    /// [`apply`](Self::apply) compares by `==`. A delta that was made with a `same` which is not `==` fits where the old value is the
    /// very one that this map has: it may be a conflict elsewhere, and always is one for a NaN.
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
        DiffBy { unequal: Unequal::new(self, newer), same }
    }
}

/// What may differ between two maps.
struct Unequal<'a, K, V, S> {
    older: &'a PagedMap<K, V, S>,
    newer: &'a PagedMap<K, V, S>,
    /// What may have been removed or updated.
    of_older: Unshared<'a, (K, V)>,
    /// What may have been added.
    of_newer: Unshared<'a, (K, V)>,
    /// The entry of either that the code of the user's runs on. If that panics, the next call looks at it again.
    looked_at: Option<Beside<'a, K, V>>,
    new_looked_at: Option<Beside<'a, K, V>>,
}

/// An entry, and what is at the same place of the other map and may be of the same key.
type Beside<'a, K, V> = (&'a (K, V), Option<&'a (K, V)>);

impl<'a, K, V, S> Unequal<'a, K, V, S> {
    fn new(older: &'a PagedMap<K, V, S>, newer: &'a PagedMap<K, V, S>) -> Self {
        let (of_older, of_newer) = (older.table.unshared(&newer.table), newer.table.unshared(&older.table));
        Self { older, newer, of_older, of_newer, looked_at: None, new_looked_at: None }
    }

    fn next(&mut self, mut same: impl FnMut(&V, &V) -> bool) -> Option<Change<'a, K, V>>
    where
        K: Eq + Hash,
        S: BuildHasher,
    {
        while let Some(looked_at) = self.looked_at.take().or_else(|| self.of_older.next()) {
            self.looked_at = Some(looked_at);
            let ((key, old), beside) = looked_at;
            let beside = beside.filter(|(other, _)| other == key);
            let new = beside.map(|(_, new)| new).or_else(|| self.newer.get(key));
            let change = match new {
                None => Some(Change::Removed { key, value: old }),
                Some(new) if !same(old, new) => Some(Change::Updated { key, old, new }),
                Some(_) => None,
            };
            self.looked_at = None;
            if beside.is_some() {
                self.of_older.meet();
            }
            if change.is_some() {
                return change;
            }
        }
        let met = self.of_older.met_pages();
        while let Some(looked_at) = self.new_looked_at.take().or_else(|| self.of_newer.next_outside(met)) {
            self.new_looked_at = Some(looked_at);
            let ((key, value), beside) = looked_at;
            let is_added = beside.is_none_or(|(other, _)| other != key) && !self.older.contains_key(key);
            self.new_looked_at = None;
            if is_added {
                return Some(Change::Added { key, value });
            }
        }
        None
    }
}

impl<K, V, S> Clone for Unequal<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self {
            older: self.older,
            newer: self.newer,
            of_older: self.of_older.clone(),
            of_newer: self.of_newer.clone(),
            looked_at: self.looked_at,
            new_looked_at: self.new_looked_at,
        }
    }
}

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
    unequal: Unequal<'a, K, V, S>,
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
    unequal: Unequal<'a, K, V, S>,
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
        self.unequal.next(&mut self.same)
    }
}

impl<K: Eq + Hash, V, S: BuildHasher, F: FnMut(&V, &V) -> bool> FusedIterator for DiffBy<'_, K, V, S, F> {}

impl<K, V, S, F: Clone> Clone for DiffBy<'_, K, V, S, F> {
    fn clone(&self) -> Self {
        Self { unequal: self.unequal.clone(), same: self.same.clone() }
    }
}

impl<K, V, S, F> fmt::Debug for DiffBy<'_, K, V, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is still to come cannot be shown: `same` may change with each call.
        f.debug_struct("DiffBy").finish_non_exhaustive()
    }
}

impl<'a, K: Eq + Hash, V: PartialEq, S: BuildHasher> Iterator for Diff<'a, K, V, S> {
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        self.unequal.next(V::eq)
    }
}

impl<K: Eq + Hash, V: PartialEq, S: BuildHasher> FusedIterator for Diff<'_, K, V, S> {}

impl<K, V, S> Clone for Diff<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self { unequal: self.unequal.clone() }
    }
}

impl<K: Eq + Hash + fmt::Debug, V: PartialEq + fmt::Debug, S: BuildHasher> fmt::Debug for Diff<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone> PagedMap<K, V, S> {
    /// Applies the changes of `delta`, one after the other: all of them or, if one does not fit, none.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if a change does not fit this map: a key that is to be added is there, or a key that is to be removed or
    /// updated is absent or has another value. Nothing was changed then. Find the delta anew, from what this map is now. A value
    /// that does not equal itself, such as a NaN, never fits.
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
        if delta.is_empty() {
            return Ok(());
        }
        let (mut next, mut gone) = (self.clone(), Leavings::default());
        let applied = next.apply_each(delta, &mut gone);
        // While `applied` is a local. A result that is made already is leaked if a destructor panics.
        drop(gone);
        if applied.is_ok() {
            *self = next;
        } else {
            drop(next);
        }
        applied
    }

    /// Applies the changes up to the first that does not fit, and drops nothing of the user's: see `handover.rs`.
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
                let entry = gone.entry_of(key, value);
                self.insert_unique(self.hash(key), entry);
            }
            (Change::Removed { .. }, Some(position)) => {
                gone.entries.push(None);
                if let Some(removed) = gone.entries.last_mut() {
                    self.table.remove(position, removed, hasher_of(&self.hash_builder));
                }
            }
            (Change::Updated { new, .. }, Some(position)) => {
                gone.values.push(new.clone());
                if let Some(value) = gone.values.last_mut() {
                    mem::swap(&mut self.table.get_mut(position).1, value);
                }
            }
            (_, None) => unreachable!("a key that is absent is a mismatch"),
        }
        Ok(())
    }

    /// Makes this map equal to one of `entries`, and returns how many keys it took to add, remove or update.
    ///
    /// It touches no page that is right already: such pages stay shared with every clone of this map, unless the table has to
    /// grow or to shrink. A key that is there stays, and so does a value that equals the new one. If a key comes twice the last
    /// value counts, as with `collect`.
    ///
    /// This is how a table is reloaded: a reload that brings 10 changes copies the pages of 10 entries, and a
    /// [`diff`](Self::diff) with the version before shows 10 changes.
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
    /// Computes in **O(capacity + m)** time (average), `m` being the number of `entries`, and that of copying the directory and each
    /// page that changes.
    pub fn assign(&mut self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let mut entries = gather(entries.into_iter().map(Some));
        // It is this map's in one step, or not at all.
        let mut next = self.clone();
        let changes = next.assign_from(&mut entries, &mut None, drop);
        if changes > 0 {
            *self = next;
        }
        changes
    }

    /// Does what [`assign`](Self::assign) does, and drops nothing of the user's: see `handover.rs`. If it unwinds, it is half
    /// done.
    pub(crate) fn assign_from(
        &mut self,
        entries: &mut [Option<(K, V)>],
        unfinished: &mut Unfinished<K, V>,
        gone: impl FnMut(Vec<(K, V)>),
    ) -> usize {
        if self.is_empty() {
            self.insert_each(entries, unfinished, Self::exchange);
            return self.len();
        }
        // For each entry that is there the last one of its key, counted from 1; and those whose key is not there.
        let mut lasts = Numbers::for_buckets(&self.table);
        let mut absent = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let Some((key, _)) = entry else { continue };
            match self.position_of(key) {
                Some(position) => *lasts.at_mut(position) = index + 1,
                None => absent.push(index),
            }
        }
        let (mut removed, mut updates) = (0, Vec::new());
        for (position, (_, old)) in self.table.positions() {
            let Some(index) = lasts.at(position).checked_sub(1) else {
                removed += 1;
                continue;
            };
            if entries[index].as_ref().is_some_and(|(_, new)| new != old) {
                updates.push((position, index));
            }
        }
        // In this order, so that every position holds until it is used. Pages are split or merged last.
        for &(position, index) in &updates {
            if let Some((_, new)) = &mut entries[index] {
                mem::swap(&mut self.table.get_mut(position).1, new);
            }
        }
        if removed > 0 {
            let hash_of = hasher_of(&self.hash_builder);
            self.table.retain_at(|position, _| lasts.at(position) > 0, gone, hash_of);
        }
        let kept = self.len();
        for index in absent {
            self.exchange(&mut entries[index]);
        }
        let added = self.len() - kept;
        if removed > 0 {
            self.table.merge_pages_if_few_entries(hasher_of(&self.hash_builder));
        }
        removed + updates.len() + added
    }
}
