//! What differs between two maps, and how one becomes the other.

use super::PagedOrdMap;
use crate::paged::delta::{Change, Conflict, Delta, Leavings, Mismatch};
use crate::paged::engine::tree::{Pair, Pairs, Scraps};
use std::fmt;
use std::iter::FusedIterator;
use std::mem;

impl<K, V> PagedOrdMap<K, V> {
    /// Returns an iterator over what differs in `newer`, in the order of the keys: the changes that make this map equal to it.
    ///
    /// It passes what both maps share, whole subtrees at a time. So the changes between two versions of one map are found in the time
    /// of the pages that were written to. [Collect](Delta) the changes to keep or to [apply](Self::apply) them.
    ///
    /// A value that does not equal itself, such as a NaN, is shown as updated unless it is in a page that both share.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, PagedOrdMap};
    ///
    /// let old: PagedOrdMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let mut new = old.clone();
    /// new.insert(7, "closed");
    /// assert!(old.diff(&new).eq([Change::Updated { key: &7, old: &"open", new: &"closed" }]));
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(d)**, where `d` is the number of entries and children in the pages that are
    /// not shared.
    pub fn diff<'a>(&'a self, newer: &'a Self) -> Diff<'a, K, V>
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
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let old = PagedOrdMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// let new = PagedOrdMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// assert_eq!(old.diff_by(&new, |a, b| a.to_bits() == b.to_bits()).count(), 0);
    /// ```
    ///
    /// Computes in **O(log n)** time, and the whole walk in **O(d)**, where `d` is the number of entries and children in the pages that are
    /// not shared.
    pub fn diff_by<'a, F>(&'a self, newer: &'a Self, same: F) -> DiffBy<'a, K, V, F>
    where
        F: FnMut(&V, &V) -> bool,
    {
        DiffBy { unequal: Unequal::new(self, newer), same }
    }
}

/// What may differ between two maps.
struct Unequal<'a, K, V> {
    pairs: Pairs<'a, K, V>,
    /// The entries that the code of the user's runs on. If that panics, the next call looks at them again.
    looked_at: Option<(&'a K, &'a V, &'a V)>,
}

impl<'a, K, V> Unequal<'a, K, V> {
    fn new(older: &'a PagedOrdMap<K, V>, newer: &'a PagedOrdMap<K, V>) -> Self {
        Self { pairs: Pairs::new(&older.tree, &newer.tree), looked_at: None }
    }

    fn next(&mut self, mut same: impl FnMut(&V, &V) -> bool) -> Option<Change<'a, K, V>>
    where
        K: Ord,
    {
        loop {
            if let Some((key, old, new)) = self.looked_at {
                let is_same = same(old, new);
                self.looked_at = None;
                if !is_same {
                    return Some(Change::Updated { key, old, new });
                }
            }
            match self.pairs.next()? {
                Pair::First(key, value) => return Some(Change::Removed { key, value }),
                Pair::Second(key, value) => return Some(Change::Added { key, value }),
                Pair::Both((key, old), (_, new)) => self.looked_at = Some((key, old, new)),
                Pair::Shared(_) => {}
            }
        }
    }
}

impl<K, V> Clone for Unequal<'_, K, V> {
    fn clone(&self) -> Self {
        Self { pairs: self.pairs.clone(), looked_at: self.looked_at }
    }
}

/// An iterator over the changes between two maps; see [`PagedOrdMap::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let map = PagedOrdMap::from([("a", 1)]);
/// assert_eq!(map.diff(&map.clone()).next(), None);
/// ```
pub struct Diff<'a, K, V> {
    unequal: Unequal<'a, K, V>,
}

/// An iterator over the changes between two maps; see [`PagedOrdMap::diff_by`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdMap;
///
/// let (old, new) = (PagedOrdMap::from([("a", "B")]), PagedOrdMap::from([("a", "b")]));
/// assert_eq!(old.diff_by(&new, |a, b| a.eq_ignore_ascii_case(b)).next(), None);
/// ```
pub struct DiffBy<'a, K, V, F> {
    unequal: Unequal<'a, K, V>,
    same: F,
}

impl<'a, K: Ord, V, F: FnMut(&V, &V) -> bool> Iterator for DiffBy<'a, K, V, F> {
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        self.unequal.next(&mut self.same)
    }
}

impl<K: Ord, V, F: FnMut(&V, &V) -> bool> FusedIterator for DiffBy<'_, K, V, F> {}

impl<K, V, F: Clone> Clone for DiffBy<'_, K, V, F> {
    fn clone(&self) -> Self {
        Self { unequal: self.unequal.clone(), same: self.same.clone() }
    }
}

impl<K, V, F> fmt::Debug for DiffBy<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is still to come cannot be shown: `same` may change with each call.
        f.debug_struct("DiffBy").finish_non_exhaustive()
    }
}

impl<'a, K: Ord, V: PartialEq> Iterator for Diff<'a, K, V> {
    type Item = Change<'a, K, V>;

    fn next(&mut self) -> Option<Change<'a, K, V>> {
        self.unequal.next(V::eq)
    }
}

impl<K: Ord, V: PartialEq> FusedIterator for Diff<'_, K, V> {}

impl<K, V> Clone for Diff<'_, K, V> {
    fn clone(&self) -> Self {
        Self { unequal: self.unequal.clone() }
    }
}

impl<K: Ord + fmt::Debug, V: PartialEq + fmt::Debug> fmt::Debug for Diff<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> PagedOrdMap<K, V> {
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
    /// A panic in `Ord` or `Clone` of a key, or in `PartialEq` or `Clone` of a value, reaches the caller. Nothing was changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Delta, PagedOrdMap};
    ///
    /// let monday = PagedOrdMap::from([("a", 1), ("b", 2)]);
    /// let tuesday = PagedOrdMap::from([("b", 2), ("c", 3)]);
    /// let delta: Delta<_, _> = monday.diff(&tuesday).collect();
    ///
    /// let mut follower = monday.clone();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(follower, tuesday);
    /// assert!(follower.apply(&delta).is_err()); // "a" is not there any more
    /// assert_eq!(follower, tuesday);
    /// ```
    ///
    /// Computes in **O(changes · log n)** time, and that of copying each page that changes.
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
        let path = self.tree.find(change.key());
        let there = path.ok().map(|path| self.at(path).1);
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
        let (Ok(path) | Err(path)) = path;
        match change {
            Change::Added { key, value } => {
                let entry = gone.entry_of(key, value);
                self.tree.insert(path, entry);
            }
            Change::Removed { .. } => {
                gone.entries.push(None);
                if let Some(removed) = gone.entries.last_mut() {
                    self.tree.remove(path, removed, &mut gone.keys);
                }
            }
            Change::Updated { new, .. } => {
                gone.values.push(new.clone());
                if let Some(value) = gone.values.last_mut() {
                    mem::swap(self.at_mut(path), value);
                }
            }
        }
        Ok(())
    }

    /// Makes this map equal to one of `entries`, and returns how many keys it took to add, remove or update.
    ///
    /// It touches no page that is right already: such pages stay shared with every clone of this map, unless nodes have to be split or
    /// joined. A key that is there stays, and so does a value that equals the new one. If a key comes twice the last value counts, as with
    /// `collect`.
    ///
    /// This is how a table is reloaded: a reload that brings 10 changes copies the pages of 10 entries, and a
    /// [`diff`](Self::diff) with the version before shows 10 changes.
    ///
    /// # Panics
    ///
    /// A panic in the iterator, in `Ord` or `Clone` of a key, or in `PartialEq` or `Clone` of a value reaches the caller. Nothing was
    /// changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdMap;
    ///
    /// let mut map: PagedOrdMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let before = map.clone();
    /// let reloaded = (0..100_000).map(|id| (id, if id == 7 { "closed" } else { "open" }));
    /// assert_eq!(map.assign(reloaded), 1);
    /// assert_eq!(before.diff(&map).count(), 1);
    /// assert_eq!(map.shared_pages(&before), map.page_count() - 3); // a leaf, and two nodes above it
    /// ```
    ///
    /// Computes in **O(n + m · log m)** time, or **O(n + m)** if the `m` entries are in order, and that of copying each page that changes.
    pub fn assign(&mut self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let target = Self::build(entries);
        // It is this map's in one step, or not at all.
        let mut next = self.clone();
        let changes = next.assign_from(&target, &mut Leavings::default(), &mut Scraps::default());
        if changes > 0 {
            *self = next;
        }
        changes
    }

    /// Does what [`assign`](Self::assign) does, and drops nothing of the user's: see `handover.rs`. If it unwinds, it is half
    /// done.
    pub(crate) fn assign_from(
        &mut self,
        target: &Self,
        gone: &mut Leavings<K, V>,
        scraps: &mut Scraps<K, V>,
    ) -> usize {
        if self.is_empty() {
            *self = target.clone();
            return self.len();
        }
        // Ranks in this map, which hold until the first entry is removed. What is to come is cloned before the first change.
        let (mut lost, mut updated) = (Vec::new(), Vec::new());
        let (mut pairs, mut rank) = (Pairs::new(&self.tree, &target.tree), 0);
        while let Some(pair) = pairs.next() {
            match pair {
                Pair::First(..) => lost.push(rank),
                Pair::Second(key, value) => {
                    gone.entry_of(key, value);
                    continue;
                }
                Pair::Both((_, old), (_, new)) if new != old => {
                    gone.values.push(new.clone());
                    updated.push(rank);
                }
                Pair::Both(..) => {}
                Pair::Shared(entries) => {
                    rank += entries.len();
                    continue;
                }
            }
            rank += 1;
        }
        for (&rank, value) in updated.iter().zip(&mut gone.values) {
            if let Some(path) = self.tree.path_of(rank) {
                mem::swap(self.at_mut(path), value);
            }
        }
        if !lost.is_empty() {
            self.tree.remove_ranks(&lost, scraps);
        }
        gone.entries.iter_mut().for_each(|entry| self.exchange(entry));
        lost.len() + updated.len() + gone.entries.len()
    }
}
