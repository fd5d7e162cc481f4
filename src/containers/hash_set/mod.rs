//! [`CowSet`]: a cell around a [`PagedSet`], with a set's methods.

mod traits;
mod writes;

use super::frame::frame;
use super::set::set;
use crate::cell::CowCell;
use crate::paged::PagedSet;
use crate::paged::hash_set::IntoIter;
use std::hash::{BuildHasher, Hash, RandomState};

/// A hash set that many threads read and few change.
///
/// A lookup costs what it costs in a [`CowMap`](crate::CowMap), little more than in a flat table. A write copies one page of
/// the table and its directory. Writers wait for each other. A batch of changes belongs in one [`update`](Self::update), which
/// copies each page once and publishes once.
///
/// # Trade-offs
///
/// They are those of [`CowMap`](crate::CowMap#trade-offs).
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedSet`], and promises what a cell does: [`load`](Self::load),
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
/// use readmostly::CowSet;
///
/// let blocked: CowSet<String> = CowSet::from(["spam.example".to_string()]);
/// assert!(blocked.contains("spam.example"));
/// assert!(blocked.insert("junk.example".to_string()));
/// assert!(!blocked.insert("junk.example".to_string()));
/// assert_eq!(blocked.version(), 1);
/// ```
pub struct CowSet<T, S = RandomState> {
    cell: CowCell<PagedSet<T, S>>,
}

frame! {
    impl[T, S] CowSet<T, S> of PagedSet<T, S>
    where clone [S: Clone], same ptr_eq, changes in "**O(page + pages)**";

    /// let it = readmostly::CowSet::from(["one"]);
    example;

    /// let blocked = readmostly::CowSet::from(["a.example", "b.example"]);
    /// let list = blocked.load();
    /// blocked.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert!(list.contains("a.example") && list.contains("b.example"));
    load;

    /// use readmostly::CowSet;
    /// use readmostly::paged::PagedSet;
    ///
    /// let blocked = CowSet::from(["a.example"]);
    /// let base = blocked.snapshot();
    /// let mut next = PagedSet::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert("b.example");
    /// blocked.replace_if_current(&base, next).expect("nobody else has written");
    /// assert!(blocked.contains("b.example"));
    ///
    /// let stale = blocked.replace_if_current(&base, PagedSet::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let blocked = readmostly::CowSet::from(["a.example"]);
    /// let was_there = blocked.update(|draft| {
    ///     draft.insert("b.example");
    ///     draft.remove("a.example")
    /// });
    /// assert_eq!((was_there, blocked.len(), blocked.version()), (true, 1, 1));
    ///
    /// blocked.update(|draft| draft.insert("b.example")); // changes nothing, publishes nothing
    /// assert_eq!(blocked.version(), 1);
    update;

    /// let blocked = readmostly::CowSet::from(["a.example"]);
    /// let mut txn = blocked.write();
    /// txn.remove("a.example");
    /// txn.insert("b.example");
    /// assert!(txn.contains("b.example") && blocked.contains("a.example"));
    /// txn.commit();
    /// assert!(blocked.contains("b.example") && !blocked.contains("a.example"));
    write;
}

set! {
    impl[T, S] CowSet<T, S> of PagedSet<T, S>
    where
        query [Hash + Eq],
        clone [S: Clone,],
        read [T: Eq + Hash, S: BuildHasher,],
        write [T: Eq + Hash + Clone, S: BuildHasher + Clone,];
    into IntoIter<T>;
    finds in "**O(1)** time (average)", changes in "**O(page + pages)**";
    unites in "**O(n + m)** time (average)", intersects in "**O(min(n, m))** time (average)";
    subtracts in "**O(n)** time (average)", covers in "**O(m)** time (average)";

    /// `Hash` and `Eq` of elements and `Clone` of the elements of one page, or of the pages that become others where the table grows or
    /// shrinks.
    runs;

    /// let set = readmostly::CowSet::new();
    empty;

    /// let set = readmostly::CowSet::from(["a"]);
    one;

    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    two;
}

impl<T> CowSet<T> {
    /// Creates an empty set with std's default hasher, which withstands hash flooding.
    ///
    /// # Examples
    ///
    /// ```
    /// let set: readmostly::CowSet<u32> = readmostly::CowSet::new();
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
    /// let set: readmostly::CowSet<u32> = readmostly::CowSet::with_capacity(1_000);
    /// assert!(set.load().capacity() >= 1_000);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T, S> CowSet<T, S> {
    /// Creates an empty set that hashes its elements with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    ///
    /// let set = CowSet::with_hasher(foldhash::fast::RandomState::default());
    /// set.insert(1);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn with_hasher(hash_builder: S) -> Self {
        PagedSet::with_hasher(hash_builder).into()
    }

    /// Creates an empty set with room for `capacity` elements that hashes them with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use std::hash::RandomState;
    ///
    /// let set: CowSet<u32> = CowSet::with_capacity_and_hasher(100, RandomState::new());
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        PagedSet::with_capacity_and_hasher(capacity, hash_builder).into()
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
    /// let set = readmostly::CowSet::from([1, 2]);
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
        self.update(PagedSet::clear);
    }
}
