//! A hash set in pages.

mod capacity;
mod diff;
mod extract;
mod iter;
mod ops;
mod share;
mod traits;

pub use self::diff::Diff;
pub use self::extract::ExtractIf;
pub use self::iter::{Drain, IntoIter, Iter};
pub use self::ops::{Difference, Intersection, SymmetricDifference, Union};

use super::{Handed, PagedMap};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};

/// A hash set whose clones are O(1) and share the pages that they do not change.
///
/// A lookup in a set of more than one page takes one step more than in std's `HashSet`. A write copies the page that it
/// changes, and a section of the directory, if a clone has them too: some hundred entries, however large the table is, and once for each
/// page. Otherwise it costs **O(1)**. The interface is that of `HashSet`, with `Clone` bounds where a shared page may have to be copied. The
/// [module documentation](super) says what a page is.
///
/// A call that changes nothing copies nothing, such as the removal of an element that is absent, or the insertion of one that
/// is there.
///
/// The elements' `Hash` and `Eq` must agree and must not change while an element is in the set, as in std. A clone of the
/// hasher `S` must hash as its original does. Each clone of the set clones the hasher, and so does each write of a
/// [`CowSet`](crate::CowSet). If such a clone hashes otherwise, elements are not found and are inserted again.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedSet;
///
/// let mut blocked = PagedSet::from(["10.0.0.1", "10.0.0.2"]);
/// let before = blocked.clone();
///
/// blocked.insert("10.0.0.3");
///
/// assert!(blocked.contains("10.0.0.3"));
/// assert!(!before.contains("10.0.0.3"));
/// ```
pub struct PagedSet<T, S = RandomState> {
    pub(crate) map: PagedMap<T, (), S>,
}

impl<T> PagedSet<T, RandomState> {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let set: PagedSet<&str> = PagedSet::new();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty set with room for at least `capacity` elements.
    ///
    /// Unlike in std, removals give the room back in time.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let set: PagedSet<&str> = PagedSet::with_capacity(10);
    /// assert!(set.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { map: PagedMap::with_capacity(capacity) }
    }
}

impl<T, S> PagedSet<T, S> {
    /// Creates an empty set that hashes its elements with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedSet;
    ///
    /// let set: PagedSet<&str> = PagedSet::with_hasher(RandomState::new());
    /// assert_eq!(set.len(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self { map: PagedMap::with_hasher(hash_builder) }
    }

    /// Creates an empty set with room for at least `capacity` elements, that hashes its elements with `hash_builder`.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory, all of which is requested at
    /// once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedSet;
    ///
    /// let set: PagedSet<&str> = PagedSet::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(set.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { map: PagedMap::with_capacity_and_hasher(capacity, hash_builder) }
    }

    /// Returns a reference to the set's [`BuildHasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// use readmostly::paged::PagedSet;
    ///
    /// let set: PagedSet<&str> = PagedSet::new();
    /// assert_eq!(set.hasher().hash_one("a"), set.clone().hasher().hash_one("a"));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// Returns the number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert_eq!(PagedSet::from([1, 2, 2]).len(), 2);
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns `true` if the set has no elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// assert!(PagedSet::<i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Removes all elements, and frees their memory. A set without elements keeps the room that was reserved.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<T: Eq + Hash, S: BuildHasher> PagedSet<T, S> {
    /// Returns `true` if the set has an element equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let set = PagedSet::from(["a".to_owned()]);
    /// assert!(set.contains("a"));
    /// assert!(!set.contains("b"));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    #[inline]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// Returns a reference to the element of the set that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let set = PagedSet::from(["a".to_owned()]);
    /// assert_eq!(set.get("a"), Some(&"a".to_owned()));
    /// ```
    ///
    /// Computes in **O(1)** time (average).
    #[inline]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        match self.map.get_key_value(value) {
            Some((element, ())) => Some(element),
            None => None,
        }
    }

    /// Returns references to several elements of the set, each as [`get`](Self::get) does.
    ///
    /// It asks for the memory of all of them before it compares the first one. See
    /// [`PagedMap::get_many`](super::hash_map::PagedMap::get_many) for when that wins.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let blocked = PagedSet::from(["example.com".to_owned()]);
    /// let found = blocked.get_many(["www.example.com", "example.com", "com"]);
    /// assert_eq!(found.map(|domain| domain.is_some()), [false, true, false]);
    /// ```
    ///
    /// Computes in **O(N)** time (average).
    pub fn get_many<Q, const N: usize>(&self, values: [&Q; N]) -> [Option<&T>; N]
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.entries(values).map(|entry| entry.map(|(element, ())| element))
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedSet<T, S> {
    /// Adds an element, and returns `true` if it was absent.
    ///
    /// If there is an equal one, the set keeps it and copies nothing. [`replace`](Self::replace) puts the new one in its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::new();
    /// assert!(set.insert(1));
    /// assert!(!set.insert(1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, value: T) -> bool {
        let mut entry = Some((value, ()));
        self.map.insert_absent(&mut entry);
        entry.is_none()
    }

    /// Adds an element, and returns the equal one that it replaces.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::new();
    /// assert_eq!(set.replace("a".to_owned()), None);
    /// assert_eq!(set.replace("a".to_owned()), Some("a".to_owned()));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn replace(&mut self, value: T) -> Option<T> {
        let mut given = Handed::new(value, ());
        self.map.exchange_entry(&mut given);
        given.into_entry().map(|(replaced, ())| replaced)
    }

    /// Removes the element equal to `value`, and returns `true` if there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from([1]);
    /// assert!(set.remove(&1));
    /// assert!(!set.remove(&1));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.take(value).is_some()
    }

    /// Removes the element equal to `value`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set = PagedSet::from(["a".to_owned()]);
    /// assert_eq!(set.take("a"), Some("a".to_owned()));
    /// assert_eq!(set.take("a"), None);
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (element, ()) = self.map.remove_entry(value)?;
        Some(element)
    }

    /// Keeps the elements for which `keep` returns `true`, and removes the others.
    ///
    /// Pages that lose nothing stay shared, unless so little is left that the set gets fewer pages. `keep` is called once for each element before the first one is removed. If it
    /// panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedSet;
    ///
    /// let mut set: PagedSet<u32> = (0..10).collect();
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 5);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|element, ()| keep(element));
    }
}
