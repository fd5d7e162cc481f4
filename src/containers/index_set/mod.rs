//! [`CowIndexSet`]: a cell around a [`PagedIndexSet`], with a set's methods.

mod reads;
mod removals;
mod traits;
mod writes;

use super::frame::frame;
use super::set::set_without_removals;
use crate::cell::CowCell;
use crate::paged::PagedIndexSet;
use crate::paged::index_set::IntoIter;
use std::hash::{BuildHasher, Hash, RandomState};

/// A hash set that keeps the order of insertion, and that many threads read and few change.
///
/// It is what Java's `CopyOnWriteArraySet` is for, without a copy of the whole with each write and a walk with each lookup. A walk over a version
/// takes as long as in a vector. A write copies one page of elements and one of the table that finds them. Writers wait for each other. A
/// batch of changes belongs in one [`update`](Self::update), which copies each page once and publishes once.
///
/// There is no `remove`: say [`shift_remove`](Self::shift_remove), which keeps the order, or [`swap_remove`](Self::swap_remove), which
/// moves the last element to the place that is free. [`PagedIndexMap`](crate::paged::PagedIndexMap) says what a removal costs.
///
/// # Trade-offs
///
/// They are those of [`CowIndexMap`](crate::CowIndexMap#trade-offs).
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedIndexSet`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole set. A method that reads, such as
/// [`contains`](Self::contains), looks at the version that is current at that moment.
///
/// A method that reads two sets takes one version of each, one after the other. It may see an element in both, or in neither,
/// that another thread moves from one set to the other in between. A [`CowCell`] of a struct with both sets shows one moment.
///
/// A write that changes nothing publishes nothing.
///
/// Each write clones the hasher `S`. The clone must hash as its original does. Otherwise elements are not found, and are inserted
/// again.
///
/// # Under the lock
///
/// Each write says which code of yours it calls while it holds the writers' lock. That code may read, take snapshots, and
/// write to other containers. A write to the same set panics there. A value that is given to a write, or that a write
/// refuses, replaces or removes, is dropped when the lock is free. So its destructor may do anything. There are two
/// exceptions: what your closure drops itself, and the clones of a page if a later `Clone` of that page panics.
///
/// # Deadlocks
///
/// A write to a set inside a write to the same set, on one thread, panics; see [`CowCell`](CowCell#deadlocks).
///
/// # Examples
///
/// ```
/// use readmostly::CowIndexSet;
///
/// let listeners: CowIndexSet<&str> = CowIndexSet::from(["log", "audit"]);
/// assert!(listeners.insert("mail"));
/// assert!(!listeners.insert("log"));
/// // They are called in the order in which they came.
/// assert!(listeners.load().iter().eq(&["log", "audit", "mail"]));
/// assert_eq!(listeners.version(), 1);
/// ```
pub struct CowIndexSet<T, S = RandomState> {
    cell: CowCell<PagedIndexSet<T, S>>,
}

frame! {
    impl[T, S] CowIndexSet<T, S> of PagedIndexSet<T, S>
    where clone [S: Clone], same ptr_eq, changes in "**O(page + pages)**";

    /// let it = readmostly::CowIndexSet::from(["one"]);
    example;

    /// let blocked = readmostly::CowIndexSet::from(["a.example", "b.example"]);
    /// let list = blocked.load();
    /// blocked.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert!(list.contains("a.example") && list.contains("b.example"));
    load;

    /// use readmostly::CowIndexSet;
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let blocked = CowIndexSet::from(["a.example"]);
    /// let base = blocked.snapshot();
    /// let mut next = PagedIndexSet::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert("b.example");
    /// blocked.replace_if_current(&base, next).expect("nobody else has written");
    /// assert!(blocked.contains("b.example"));
    ///
    /// let stale = blocked.replace_if_current(&base, PagedIndexSet::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let blocked = readmostly::CowIndexSet::from(["a.example"]);
    /// let was_there = blocked.update(|draft| {
    ///     draft.insert("b.example");
    ///     draft.shift_remove("a.example")
    /// });
    /// assert_eq!((was_there, blocked.len(), blocked.version()), (true, 1, 1));
    ///
    /// blocked.update(|draft| draft.insert("b.example")); // changes nothing, publishes nothing
    /// assert_eq!(blocked.version(), 1);
    update;

    /// let blocked = readmostly::CowIndexSet::from(["a.example"]);
    /// let mut txn = blocked.write();
    /// txn.shift_remove("a.example");
    /// txn.insert("b.example");
    /// assert!(txn.contains("b.example") && blocked.contains("a.example"));
    /// txn.commit();
    /// assert!(blocked.contains("b.example") && !blocked.contains("a.example"));
    write;
}

set_without_removals! {
    impl[T, S] CowIndexSet<T, S> of PagedIndexSet<T, S>
    where
        query [Hash + Eq],
        clone [S: Clone,],
        read [T: Eq + Hash, S: BuildHasher,],
        write [T: Eq + Hash + Clone, S: BuildHasher + Clone,];
    into IntoIter<T>;
    finds in "**O(1)** time (average)", changes in "**O(page + pages)**";
    unites in "**O(n + m)** time (average)", intersects in "**O(n)** time (average)";
    subtracts in "**O(n)** time (average)", covers in "**O(m)** time (average)";

    /// `Hash` and `Eq` of elements and `Clone` of the elements of one page. If it removes an element, it may number the elements anew,
    /// and then it clones all that are shared.
    runs;

    /// let set = readmostly::CowIndexSet::new();
    empty;

    /// let set = readmostly::CowIndexSet::from(["a"]);
    one;

    /// let (a, b) = (readmostly::CowIndexSet::from([1, 2]), readmostly::CowIndexSet::from([2, 3]));
    two;
}

impl<T> CowIndexSet<T> {
    /// Creates an empty set with std's default hasher, which withstands hash flooding.
    ///
    /// # Examples
    ///
    /// ```
    /// let set: readmostly::CowIndexSet<u32> = readmostly::CowIndexSet::new();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty set with room for `capacity` elements.
    ///
    /// # Examples
    ///
    /// ```
    /// let set: readmostly::CowIndexSet<u32> = readmostly::CowIndexSet::with_capacity(1_000);
    /// assert!(set.load().capacity() >= 1_000);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T, S> CowIndexSet<T, S> {
    /// Creates an empty set that hashes its elements with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowIndexSet;
    ///
    /// let set = CowIndexSet::with_hasher(foldhash::fast::RandomState::default());
    /// set.insert(1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn with_hasher(hash_builder: S) -> Self {
        PagedIndexSet::with_hasher(hash_builder).into()
    }

    /// Creates an empty set with room for `capacity` elements that hashes them with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowIndexSet;
    /// use std::hash::RandomState;
    ///
    /// let set: CowIndexSet<u32> = CowIndexSet::with_capacity_and_hasher(100, RandomState::new());
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        PagedIndexSet::with_capacity_and_hasher(capacity, hash_builder).into()
    }

    /// Removes all elements.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self)
    where
        S: Clone,
    {
        self.update(PagedIndexSet::clear);
    }
}
