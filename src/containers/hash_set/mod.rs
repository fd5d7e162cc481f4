//! [`CowSet`]: a cell around a [`PagedSet`], with a set's methods.

mod traits;

use super::frame::frame;
use crate::cell::CowCell;
use crate::paged::{PagedMap, PagedSet};
use std::borrow::Borrow;
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
    where clone [S: Clone];

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

impl<T, S> CowSet<T, S>
where
    T: Eq + Hash,
    S: BuildHasher,
{
    /// Returns `true` if the set holds `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a".to_string()]);
    /// assert!(set.contains("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.load().contains(value)
    }

    /// Returns a clone of the element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a".to_string()]);
    /// assert_eq!(set.get("a").as_deref(), Some("a"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    pub fn get<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q> + Clone,
        Q: Hash + Eq + ?Sized,
    {
        self.load().get(value).cloned()
    }

    /// Returns a set of the elements that are in this set or in `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.union(&b).len(), 3);
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn union(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        &*self.load() | &*other.load()
    }

    /// Returns a set of the elements that are in both this set and `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.intersection(&b), [2].into());
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    #[must_use]
    pub fn intersection(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        &*self.load() & &*other.load()
    }

    /// Returns a set of the elements that are in this set and not in `other`.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.difference(&b), [1].into());
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    #[must_use]
    pub fn difference(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        &*self.load() - &*other.load()
    }

    /// Returns a set of the elements that are in this set or in `other`, and not in both.
    ///
    /// It shares pages with one of the two. The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert_eq!(a.symmetric_difference(&b), [1, 3].into());
    /// ```
    ///
    /// Computes in **O(n + m)** time (average).
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> PagedSet<T, S>
    where
        T: Clone,
        S: Clone,
    {
        &*self.load() ^ &*other.load()
    }

    /// Returns `true` if `other` holds all elements of this set.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_subset(&b));
    /// ```
    ///
    /// Computes in **O(n)** time (average).
    pub fn is_subset(&self, other: &Self) -> bool {
        self.load().is_subset(&other.load())
    }

    /// Returns `true` if this set holds all elements of `other`.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_superset(&b));
    /// ```
    ///
    /// Computes in **O(m)** time (average).
    pub fn is_superset(&self, other: &Self) -> bool {
        self.load().is_superset(&other.load())
    }

    /// Returns `true` if the sets have no element in common.
    ///
    /// The version of this set is taken first, and then that of `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// let (a, b) = (readmostly::CowSet::from([1, 2]), readmostly::CowSet::from([2, 3]));
    /// assert!(!a.is_disjoint(&b));
    /// ```
    ///
    /// Computes in **O(min(n, m))** time (average).
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.load().is_disjoint(&other.load())
    }
}

// The writes. A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back
// to that frame (`paged/hash_map/handover.rs`). So it is dropped when the lock is free, after a panic too, and its destructor
// may use the set (G10).
impl<T, S> CowSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Inserts `value` unless the set holds an equal element, and returns `true` if it was inserted.
    ///
    /// The element that is there is kept, as in std.
    ///
    /// Under the lock run `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::new();
    /// assert!(set.insert(1));
    /// assert!(!set.insert(1));
    /// assert_eq!(set.version(), 1);
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is there.
    #[track_caller]
    pub fn insert(&self, value: T) -> bool {
        let mut entry = Some((value, ()));
        self.update(|draft| draft.map.insert_absent(&mut entry));
        entry.is_none()
    }

    /// Inserts `value`, and returns the equal element that it replaced.
    ///
    /// Under the lock run `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from([1]);
    /// assert_eq!((set.replace_item(1), set.replace_item(2)), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(page + pages)** time.
    #[doc(alias = "replace")]
    #[track_caller]
    pub fn replace_item(&self, value: T) -> Option<T> {
        let mut entry = Some((value, ()));
        self.update(|draft| draft.map.exchange_entry(&mut entry));
        entry.map(|(replaced, ())| replaced)
    }

    /// Removes `value`, and returns `true` if the set held it.
    ///
    /// Under the lock run `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a"]);
    /// assert!(set.remove("a"));
    /// assert!(!set.remove("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn remove<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.take(value).is_some()
    }

    /// Removes `value`, and returns the element that was equal to it.
    ///
    /// Under the lock run `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from(["a".to_string()]);
    /// assert_eq!(set.take("a").as_deref(), Some("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn take<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut removed = None;
        self.update(|draft| draft.map.remove_to(value, &mut removed));
        removed.map(|(element, ())| element)
    }

    /// Inserts all elements of `iter` as one version.
    ///
    /// Equal elements that are there are kept.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this set, and if it panics, nothing
    /// is published.
    ///
    /// Under the lock run `Hash` and `Eq` of elements and `Clone` of the elements of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowSet::from([1]);
    /// set.extend([1, 2, 3]);
    /// assert_eq!((set.len(), set.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time, plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let mut entries: Vec<_> = iter.into_iter().map(|element| Some((element, ()))).collect();
        let mut unfinished = None;
        self.update(|draft| draft.map.insert_each(&mut entries, &mut unfinished, PagedMap::insert_absent));
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element. Pages that lose nothing stay shared with the version before. If nothing is
    /// removed, nothing is published.
    ///
    /// Under the lock run `f`, `Hash` of elements and `Clone` of the elements of the pages that change.
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
    /// let set = readmostly::CowSet::from([1, 2, 3]);
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 2);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        let mut removed = Vec::new();
        self.update(|draft| draft.map.retain_to(|element, ()| f(element), |page| removed.push(page)));
    }
}
