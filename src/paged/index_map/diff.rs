//! What differs between two maps, and how one becomes the other.

use super::handover::Unfinished;
use super::{IntoIter, PagedIndexMap, hasher_of};
use crate::paged::delta::{Change, Conflict, Delta, Leavings, Mismatch};
use crate::paged::engine::index::{Entries, Gone, Slots};
use crate::paged::gather;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::iter::FusedIterator;
use std::mem;

impl<K, V, S> PagedIndexMap<K, V, S> {
    /// Returns an iterator over what differs in `newer`: the changes that make this map equal to it, in its order.
    ///
    /// Removed and updated keys come first, in the order of this map. Then come the added ones, in the order of `newer`. A key whose
    /// place changed comes as removed, and then as added. Changes are [applied](Self::apply) in this order, and what is added goes to
    /// the end. So the result has the order of `newer`. If a key was inserted or moved elsewhere than to the end, by a sort or by
    /// `swap_remove`, that takes a removal and an addition for each key that is behind it.
    ///
    /// The inverse of a [delta](Delta) makes the older map's entries, and may bring them into another order.
    ///
    /// It never looks into a page of entries that both maps share. So the changes between two versions of one map are found in the time
    /// of the pages that were written to. When the entries were [numbered anew](Self#removals) in between, no page is shared.
    ///
    /// A value that does not equal itself, such as a NaN, is shown as updated unless it is in a page that both share.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::{Change, PagedIndexMap};
    ///
    /// let old: PagedIndexMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let mut new = old.clone();
    /// new.insert(7, "closed");
    /// assert!(old.diff(&new).eq([Change::Updated { key: &7, old: &"open", new: &"closed" }]));
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages + d)** (average), where `d` is the number of entries in the
    /// pages that are not shared, and of changes.
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
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let old = PagedIndexMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// let new = PagedIndexMap::from([("a", 1.0), ("b", f64::NAN)]);
    /// assert_eq!(old.diff_by(&new, |a, b| a.to_bits() == b.to_bits()).count(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time, and the whole walk in **O(pages + d)** (average), where `d` is the number of entries in the
    /// pages that are not shared, and of changes.
    pub fn diff_by<'a, F>(&'a self, newer: &'a Self, same: F) -> DiffBy<'a, K, V, S, F>
    where
        F: FnMut(&V, &V) -> bool,
    {
        DiffBy { unequal: Unequal::new(self, newer), same }
    }
}

/// What differs between two maps.
///
/// Changes are applied one by one, and what is added goes to the end. So the keys that stay must come first in the newer map, and in
/// the order of the older one. Those are found first (`bound`): the newer map's entries up to the first one that is not in the older map, or not
/// behind all that were found before.
struct Unequal<'a, K, V, S> {
    older: &'a PagedIndexMap<K, V, S>,
    newer: &'a PagedIndexMap<K, V, S>,
    step: Step,
    /// What is still to come of the page that the step is at, and the number of the next one.
    entries: Entries<'a, (K, V)>,
    page: usize,
    /// The slot of the newer map at which the keys that stay have ended.
    bound: usize,
    /// The slot of the older map behind all keys that stay, as far as they were found.
    floor: usize,
    /// The entry that the code of the user's runs on. If that panics, the next call looks at it again.
    looked_at: Option<(usize, &'a (K, V))>,
}

/// The slots of what changed, in the maps that have it.
#[derive(Clone, Copy)]
struct At {
    older: usize,
    newer: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Bound,
    Older,
    Newer,
}

impl<'a, K, V, S> Unequal<'a, K, V, S> {
    fn new(older: &'a PagedIndexMap<K, V, S>, newer: &'a PagedIndexMap<K, V, S>) -> Self {
        let bound = newer.index.slots().end();
        let entries = Entries::default();
        Self { older, newer, step: Step::Bound, entries, page: 0, bound, floor: 0, looked_at: None }
    }

    /// The next entry of a map that may differ.
    fn next_entry(&mut self) -> Option<(usize, &'a (K, V))> {
        if let Some(entry) = self.looked_at.take().or_else(|| self.entries.next()) {
            return Some(entry);
        }
        let (older, newer) = (self.older.index.slots(), self.newer.index.slots());
        let slots = if self.step == Step::Older { older } else { newer };
        loop {
            let (page, end) = slots.next_page(self.page)?;
            self.page = page + 1;
            let is_shared = older.shares_page(newer, page);
            let start = end - Slots::<(K, V)>::PAGE;
            match self.step {
                // Its keys are in both, in the same order.
                Step::Bound if is_shared && self.floor <= start => self.floor = end,
                Step::Older if is_shared && end.min(newer.end()) <= self.bound => {}
                _ => {
                    self.entries = slots.entries_of(page);
                    return self.entries.next();
                }
            }
        }
    }

    fn go_to(&mut self, step: Step, page: usize) {
        (self.step, self.page, self.entries) = (step, page, Entries::default());
        self.looked_at = None;
    }

    /// Finds out which keys stay. They are at the beginning of the newer map.
    fn find_bound(&mut self)
    where
        K: Eq + Hash,
        S: BuildHasher,
    {
        while let Some(entry) = self.next_entry() {
            self.looked_at = Some(entry);
            let (slot, (key, _)) = entry;
            let of_older = self.older.position_of(key);
            self.looked_at = None;
            match of_older {
                Some(of_older) if of_older >= self.floor => self.floor = of_older + 1,
                _ => {
                    self.bound = slot;
                    break;
                }
            }
        }
        self.go_to(Step::Older, 0);
    }

    fn next(&mut self, same: impl FnMut(&V, &V) -> bool) -> Option<Change<'a, K, V>>
    where
        K: Eq + Hash,
        S: BuildHasher,
    {
        self.next_with_slots(same).map(|(_, change)| change)
    }

    /// Returns the next change, and where its entries are.
    fn next_with_slots(&mut self, mut same: impl FnMut(&V, &V) -> bool) -> Option<(At, Change<'a, K, V>)>
    where
        K: Eq + Hash,
        S: BuildHasher,
    {
        if self.step == Step::Bound {
            self.find_bound();
        }
        if self.step == Step::Older {
            while let Some(entry) = self.next_entry() {
                self.looked_at = Some(entry);
                let (slot, (key, old)) = entry;
                let of_newer = self.newer.position_of(key).filter(|&slot| slot < self.bound);
                let change = match of_newer.map(|slot| self.newer.at(slot)) {
                    None => Some(Change::Removed { key, value: old }),
                    Some((_, new)) => (!same(old, new)).then_some(Change::Updated { key, old, new }),
                };
                self.looked_at = None;
                if let Some(change) = change {
                    return Some((At { older: slot, newer: of_newer.unwrap_or(0) }, change));
                }
            }
            self.go_to(Step::Newer, self.bound / Slots::<(K, V)>::PAGE);
        }
        loop {
            let (slot, (key, value)) = self.next_entry()?;
            if slot >= self.bound {
                return Some((At { older: 0, newer: slot }, Change::Added { key, value }));
            }
        }
    }
}

impl<K, V, S> Clone for Unequal<'_, K, V, S> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), ..*self }
    }
}

/// An iterator over the changes between two maps; see [`PagedIndexMap::diff`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let map = PagedIndexMap::from([("a", 1)]);
/// assert_eq!(map.diff(&map.clone()).next(), None);
/// ```
pub struct Diff<'a, K, V, S> {
    unequal: Unequal<'a, K, V, S>,
}

/// An iterator over the changes between two maps; see [`PagedIndexMap::diff_by`].
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexMap;
///
/// let (old, new) = (PagedIndexMap::from([("a", "B")]), PagedIndexMap::from([("a", "b")]));
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

impl<K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone> PagedIndexMap<K, V, S> {
    /// Applies the changes of `delta`, one after the other: all of them or, if one does not fit, none. What is added goes to the end.
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
    /// use readmostly::paged::{Delta, PagedIndexMap};
    ///
    /// let monday = PagedIndexMap::from([("a", 1), ("b", 2)]);
    /// let tuesday = PagedIndexMap::from([("b", 2), ("c", 3)]);
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
        let slot = self.position_of(change.key());
        let there = slot.map(|slot| &self.at(slot).1);
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
        match (change, slot) {
            (Change::Added { key, value }, _) => {
                let hash = self.hash(key);
                self.index.insert(hash, gone.entry_of(key, value));
            }
            (Change::Removed { .. }, Some(slot)) => {
                gone.entries.push(None);
                if let Some(removed) = gone.entries.last_mut() {
                    self.shift_remove_at(slot, removed);
                }
            }
            (Change::Updated { new, .. }, Some(slot)) => {
                gone.values.push(new.clone());
                if let Some(value) = gone.values.last_mut() {
                    mem::swap(&mut self.at_mut(slot).1, value);
                }
            }
            (_, None) => unreachable!("a key that is absent is a mismatch"),
        }
        Ok(())
    }

    /// Makes this map equal to one of `entries`, in their order, and returns how many changes it took: as many as a
    /// [`diff`](Self::diff) with the map before shows.
    ///
    /// It touches no page of entries that is right already: such pages stay shared with every clone of this map, unless the entries are [numbered
    /// anew](Self#removals). A key that keeps its place stays, and so does a value that equals the new one. If a key comes twice it has its
    /// first place and its last value, as with `collect`. A key that was inserted or moved elsewhere than to the end takes a change or two for each
    /// key behind it.
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
    /// use readmostly::paged::PagedIndexMap;
    ///
    /// let mut map: PagedIndexMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
    /// let before = map.clone();
    /// let reloaded = (0..100_000).map(|id| (id, if id == 7 { "closed" } else { "open" }));
    /// assert_eq!(map.assign(reloaded), 1);
    /// assert_eq!(map.shared_pages(&before), map.page_count() - 1);
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `entries`, and that of copying each page that changes.
    pub fn assign(&mut self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let mut entries = gather(entries.into_iter().map(Some));
        // It is this map's in one step, or not at all.
        let mut next = self.clone();
        let changes = next.assign_from(&mut entries, &mut Assigned::default());
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
        assigned: &mut Assigned<K, V, S>,
    ) -> usize {
        let Assigned { unfinished, target, brought, removed } = assigned;
        if self.is_empty() {
            self.insert_each(entries, unfinished, Self::exchange);
            return self.len();
        }
        let newer = target.insert(Self::with_hasher(self.hash_builder.clone()));
        newer.insert_each(entries, unfinished, Self::exchange);
        // Slots of this map, which hold until the first entry is removed. In the target there are no gaps.
        let (mut lost, mut updated, mut added) = (Vec::new(), Vec::new(), newer.len());
        let mut unequal = Unequal::new(self, newer);
        while let Some((at, change)) = unequal.next_with_slots(V::eq) {
            match change {
                Change::Removed { .. } => lost.push(at.older),
                Change::Updated { .. } => updated.push(at),
                Change::Added { .. } => added = added.min(at.newer),
            }
        }
        // The target is not shared, so nothing is cloned. It keeps its hasher, whose destructor is the user's.
        let taken = target.as_mut().map(|target| IntoIter::new(target.index.take_all()));
        brought.extend(taken.into_iter().flatten().map(Some));
        for at in &updated {
            if let Some((_, new)) = &mut brought[at.newer] {
                mem::swap(&mut self.at_mut(at.older).1, new);
            }
        }
        self.index.remove_many(&lost, hasher_of(&self.hash_builder), removed);
        let changes = lost.len() + updated.len() + brought.len() - added;
        for entry in &mut brought[added..] {
            let Some((key, _)) = entry else { continue };
            let hash = self.hash(key);
            self.index.insert(hash, entry);
        }
        changes
    }
}

/// What [`assign_from`](PagedIndexMap::assign_from) has made and replaced.
pub(crate) struct Assigned<K, V, S> {
    unfinished: Unfinished<K, V>,
    target: Option<PagedIndexMap<K, V, S>>,
    /// The entries of the target, and what they replaced.
    brought: Vec<Option<(K, V)>>,
    removed: Gone<(K, V)>,
}

impl<K, V, S> Default for Assigned<K, V, S> {
    fn default() -> Self {
        Self { unfinished: None, target: None, brought: Vec::new(), removed: Gone::new() }
    }
}
