//! The writes that go by what changes: a whole new content, and a delta.

use super::CowIndexSet;
use crate::paged::delta::Leavings;
use crate::paged::index_map::Assigned;
use crate::paged::{Conflict, Delta, gather};
use std::hash::{BuildHasher, Hash};

impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Makes the set equal to one of `elements`, in their order, as one version, and returns how many changes it took.
    ///
    /// This is how a table is reloaded. It publishes nothing if everything is right already, and copies only the pages that change.
    /// [`PagedIndexMap::assign`](crate::paged::PagedIndexMap::assign) says what an element takes that was inserted in between.
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
    /// let blocked = readmostly::CowIndexSet::from(["a.example", "b.example"]);
    /// let reload = || ["b.example", "c.example"];
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (2, 1));
    /// assert_eq!((blocked.assign(reload()), blocked.version()), (0, 1));
    /// ```
    ///
    /// Computes in **O(n + m)** time (average), `m` being the number of `elements`, and that of copying each page that changes.
    #[track_caller]
    pub fn assign(&self, elements: impl IntoIterator<Item = T>) -> usize {
        let mut entries = gather(elements.into_iter().map(|element| (element, ())).map(Some));
        let mut assigned = Assigned::default();
        self.update(|draft| draft.map.assign_from(&mut entries, &mut assigned))
    }

    /// Applies the changes of `delta` as one version: all of them or, if one does not fit, none. What is added goes to the end.
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
    /// use readmostly::CowIndexSet;
    /// use readmostly::paged::Delta;
    ///
    /// let (leader, follower) = (CowIndexSet::from([1]), CowIndexSet::from([1]));
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
