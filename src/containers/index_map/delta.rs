//! The writes that go by what changes: a whole new content, and a delta.

use super::CowIndexMap;
use crate::paged::delta::Leavings;
use crate::paged::index_map::Assigned;
use crate::paged::{Conflict, Delta, gather};
use std::hash::{BuildHasher, Hash};

impl<K, V, S> CowIndexMap<K, V, S>
where
    K: Eq + Hash + Clone,
    V: Clone + PartialEq,
    S: BuildHasher + Clone,
{
    /// Makes the map equal to one of `entries`, in their order, as one version, and returns how many changes it took.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change.
    /// [`PagedIndexMap::assign`](crate::paged::PagedIndexMap::assign) says what a key takes that was inserted in between.
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
    /// let limits = readmostly::CowIndexMap::from([("free", 10), ("team", 100)]);
    /// let reload = || [("free", 10), ("team", 200), ("firm", 1_000)];
    /// assert_eq!((limits.assign(reload()), limits.version()), (2, 1));
    /// assert_eq!((limits.assign(reload()), limits.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `entries`, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, entries: impl IntoIterator<Item = (K, V)>) -> usize {
        let mut entries = gather(entries.into_iter().map(Some));
        let mut assigned = Assigned::default();
        self.update(|draft| draft.assign_from(&mut entries, &mut assigned))
    }

    /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none. What is added goes to the end.
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
    /// use readmostly::CowIndexMap;
    /// use readmostly::paged::Delta;
    ///
    /// let (leader, follower) = (CowIndexMap::from([("a", 1)]), CowIndexMap::from([("a", 1)]));
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
