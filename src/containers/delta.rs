//! The writes of maps and sets that go by what changes: a whole new content, and a delta.
//!
//! As in the other writes, what a caller gives stays in a local of the method until it is in the draft, and what is refused,
//! replaced or removed comes back to it. It is dropped when the lock is free.

use super::{CowMap, CowSet};
use crate::paged::delta::Leavings;
use crate::paged::{Conflict, Delta, gather};
use std::hash::{BuildHasher, Hash};

impl<K, V, S> CowMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone + PartialEq,
    S: BuildHasher + Clone,
{
    /// Makes the map equal to one of `entries`, as one version, and returns how many keys it took to add, remove or update.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that
    /// change: all others stay shared with the version before, unless the table has to grow or to shrink. A key that is there
    /// stays, and so does a value that equals the new one. If a key comes twice the last value counts.
    ///
    /// The iterator runs before the lock is taken. Under the lock run `Hash` and `Eq` of keys, `PartialEq` of values, and
    /// `Clone` of the entries of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let limits = readmostly::CowMap::from([("free", 10), ("team", 100)]);
    /// let reload = || [("free", 10), ("team", 200), ("firm", 1_000)];
    /// assert_eq!((limits.assign(reload()), limits.version()), (2, 1));
    /// assert_eq!((limits.assign(reload()), limits.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(capacity + m)** time (average), `m` being the number of `entries`, and that of copying the directory and each
    /// page that changes.
    #[track_caller]
    pub fn assign(&self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let mut entries = gather(entries.into_iter().map(Some));
        let (mut unfinished, mut removed) = (None, Vec::new());
        self.update(|draft| draft.assign_from(&mut entries, &mut unfinished, |page| removed.push(page)))
    }

    /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none.
    ///
    /// Under the lock run `Hash` and `Eq` of keys, `PartialEq` of values, and `Clone` of what the delta brings and of the
    /// entries of the pages that change.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if a change does not fit the current version: a key that is to be added is there, or a key that is to be
    /// removed or updated is absent or has another value. Nothing was published. Find the delta anew, from a snapshot.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowMap;
    /// use readmostly::paged::Delta;
    ///
    /// let (leader, follower) = (CowMap::from([("a", 1)]), CowMap::from([("a", 1)]));
    /// let before = leader.snapshot();
    /// leader.insert("b", 2);
    /// let delta: Delta<_, _> = before.diff(&leader.load()).collect();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(*follower.load(), *leader.load());
    /// assert!(follower.apply(&delta).is_err());
    /// ```
    ///
    /// Computes in **O(changes)** time (average), and that of copying the directory and each page that changes.
    #[track_caller]
    pub fn apply(&self, delta: &Delta<K, V>) -> Result<(), Conflict<K>> {
        let mut gone = Leavings::default();
        let applied = self.try_update(|draft| draft.apply_each(delta, &mut gone));
        // While `applied` is a local. A result that is made already is leaked if a destructor panics.
        drop(gone);
        applied
    }
}

impl<T, S> CowSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Makes the set equal to one of `elements`, as one version, and returns how many of them it took to add or remove.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that
    /// change: all others stay shared with the version before, unless the table has to grow or to shrink. An element that is
    /// there stays.
    ///
    /// The iterator runs before the lock is taken. Under the lock run `Hash` and `Eq` of elements, and `Clone` of the elements
    /// of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does. A panic in the iterator reaches the caller, and nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let blocked = readmostly::CowSet::from(["a.example", "b.example"]);
    /// let reload = || ["b.example", "c.example"];
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (2, 1));
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(capacity + m)** time (average), `m` being the number of `elements`, and that of copying the directory and each
    /// page that changes.
    #[track_caller]
    pub fn assign(&self, elements: impl IntoIterator<Item = T>) -> usize {
        let mut elements = gather(elements.into_iter().map(|element| Some((element, ()))));
        let (mut unfinished, mut removed) = (None, Vec::new());
        self.update(|draft| draft.map.assign_from(&mut elements, &mut unfinished, |page| removed.push(page)))
    }

    /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none.
    ///
    /// Under the lock run `Hash` and `Eq` of elements, and `Clone` of what the delta brings and of the elements of the pages
    /// that change.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if an element that is to be added is there, or one that is to be removed is not. Nothing was published.
    /// Find the delta anew, from a snapshot.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly::paged::Delta;
    ///
    /// let (leader, follower) = (CowSet::from([1]), CowSet::from([1]));
    /// let before = leader.snapshot();
    /// leader.insert(2);
    /// let delta: Delta<_, _> = before.diff(&leader.load()).collect();
    /// assert_eq!(follower.apply(&delta), Ok(()));
    /// assert_eq!(*follower.load(), *leader.load());
    /// ```
    ///
    /// Computes in **O(changes)** time (average), and that of copying the directory and each page that changes.
    #[track_caller]
    pub fn apply(&self, delta: &Delta<T, ()>) -> Result<(), Conflict<T>> {
        let mut gone = Leavings::default();
        let applied = self.try_update(|draft| draft.map.apply_each(delta, &mut gone));
        // As for a map.
        drop(gone);
        applied
    }
}
