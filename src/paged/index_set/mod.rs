//! A hash set in pages that keeps the order of insertion.

mod capacity;
mod diff;
mod iter;
mod join;
mod ops;
mod order;
mod remove;
mod search;
mod share;
mod traits;

pub use self::diff::Diff;
pub use self::iter::{Drain, IntoIter, Iter};
pub use self::ops::{Difference, Intersection, SymmetricDifference, Union};

use super::vec::out_of_bounds;
use super::{Handed, PagedIndexMap};
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::ops::Index;

/// A hash set that keeps the order of insertion. Its clones are O(1) and share the pages that they do not change.
///
/// It is a [`PagedIndexMap`] without values: its elements lie side by side in pages, in their order, and a hash table says where each is.
/// So a walk takes as long as in a vector, and a lookup goes one step further than in a [`PagedSet`](super::PagedSet). The
/// [module documentation](super) says what a page is, and [`PagedIndexMap`] what a removal costs.
///
/// The interface is that of the crate `indexmap`, with `Clone` bounds where a shared page may have to be copied. What [`PagedIndexMap`] does
/// not have is not there either. There is no `remove`: say [`shift_remove`](Self::shift_remove), which keeps the order, or
/// [`swap_remove`](Self::swap_remove), which moves the last element to the place that is free.
///
/// A call that changes nothing copies nothing, such as the removal of an element that is absent, or the insertion of one that
/// is there.
///
/// The elements' `Hash` and `Eq` must agree and must not change while an element is in the set, as in std. A clone of the
/// hasher `S` must hash as its original does. Otherwise elements are not found and are inserted again. Nothing worse happens.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedIndexSet;
///
/// let mut mirrors = PagedIndexSet::from(["b.example", "a.example", "c.example"]);
/// let before = mirrors.clone();
///
/// mirrors.shift_remove("a.example");
/// mirrors.insert("d.example");
///
/// assert!(mirrors.iter().eq(&["b.example", "c.example", "d.example"]));
/// assert!(before.iter().eq(&["b.example", "a.example", "c.example"]));
/// ```
pub struct PagedIndexSet<T, S = RandomState> {
    pub(crate) map: PagedIndexMap<T, (), S>,
}

impl<T> PagedIndexSet<T, RandomState> {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<&str> = PagedIndexSet::new();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an empty set whose table has room for at least `capacity` elements.
    ///
    /// The pages of the elements get their memory with the elements. Removals give the room back in time.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<&str> = PagedIndexSet::with_capacity(10);
    /// assert!(set.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { map: PagedIndexMap::with_capacity(capacity) }
    }
}

impl<T, S> PagedIndexSet<T, S> {
    /// Creates an empty set that hashes its elements with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<&str> = PagedIndexSet::with_hasher(RandomState::new());
    /// assert_eq!(set.len(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn with_hasher(hash_builder: S) -> Self {
        Self { map: PagedIndexMap::with_hasher(hash_builder) }
    }

    /// Creates an empty set whose table has room for at least `capacity` elements, that hashes its elements with `hash_builder`.
    ///
    /// # Panics
    ///
    /// Panics if no allocation could be that large. Aborts if the system refuses the memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::RandomState;
    ///
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<&str> = PagedIndexSet::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(set.capacity() >= 10);
    /// ```
    ///
    /// Computes in **O(capacity)** time.
    #[must_use]
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self { map: PagedIndexMap::with_capacity_and_hasher(capacity, hash_builder) }
    }

    /// Returns a reference to the set's [`BuildHasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::hash::BuildHasher;
    ///
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set: PagedIndexSet<&str> = PagedIndexSet::new();
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert_eq!(PagedIndexSet::from([1, 2, 2]).len(), 2);
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert!(PagedIndexSet::<i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Removes all elements, and keeps no memory for new ones.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Returns the element at an index, or `None` if there are not as many.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["b", "a"]);
    /// assert_eq!((set.get_index(1), set.get_index(2)), (Some(&"a"), None));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    #[inline]
    pub fn get_index(&self, index: usize) -> Option<&T> {
        match self.map.get_index(index) {
            Some((element, ())) => Some(element),
            None => None,
        }
    }

    /// Returns the first element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert_eq!(PagedIndexSet::from(["b", "a"]).first(), Some(&"b"));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    pub fn first(&self) -> Option<&T> {
        self.get_index(0)
    }

    /// Returns the last element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// assert_eq!(PagedIndexSet::from(["b", "a"]).last(), Some(&"a"));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<&T> {
        let (element, ()) = self.map.last()?;
        Some(element)
    }
}

impl<T, S> Index<usize> for PagedIndexSet<T, S> {
    type Output = T;

    /// Returns a reference to the element at an index.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many elements.
    #[inline]
    fn index(&self, index: usize) -> &T {
        self.get_index(index).unwrap_or_else(|| out_of_bounds(self.len(), index))
    }
}

impl<T: Eq + Hash, S: BuildHasher> PagedIndexSet<T, S> {
    /// Returns `true` if the set has an element equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["a".to_owned()]);
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
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["a".to_owned()]);
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

    /// Returns the index of the element that is equal to `value`, and a reference to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["b", "a"]);
    /// assert_eq!(set.get_full("a"), Some((1, &"a")));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    pub fn get_full<Q>(&self, value: &Q) -> Option<(usize, &T)>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (index, element, ()) = self.map.get_full(value)?;
        Some((index, element))
    }

    /// Returns the index of the element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let set = PagedIndexSet::from(["b", "a"]);
    /// assert_eq!((set.get_index_of("a"), set.get_index_of("c")), (Some(1), None));
    /// ```
    ///
    /// Computes in **O(1)** time (average), or **O(pages)** where there are [gaps](PagedIndexMap#removals).
    pub fn get_index_of<Q>(&self, value: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get_index_of(value)
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher> PagedIndexSet<T, S> {
    /// Adds an element behind all others, and returns `true` if it was absent.
    ///
    /// If there is an equal one, the set keeps that and its place, and copies nothing. [`replace`](Self::replace) puts the new one in its place.
    ///
    /// # Panics
    ///
    /// Panics if the set has 2³² − 1 elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::new();
    /// assert!(set.insert(2));
    /// assert!(set.insert(1));
    /// assert!(!set.insert(2));
    /// assert!(set.iter().eq(&[2, 1]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn insert(&mut self, value: T) -> bool {
        let mut entry = Some((value, ()));
        self.map.insert_absent(&mut entry);
        entry.is_none()
    }

    /// Adds an element as [`insert`](Self::insert) does. Returns the index at which it or an equal one is, and `true` if it was
    /// absent.
    ///
    /// # Panics
    ///
    /// Panics if the set has 2³² − 1 elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["b"]);
    /// assert_eq!(set.insert_full("a"), (1, true));
    /// assert_eq!(set.insert_full("b"), (0, false));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    /// **O(pages)** more where there are [gaps](PagedIndexMap#removals).
    pub fn insert_full(&mut self, value: T) -> (usize, bool) {
        let mut entry = Some((value, ()));
        let slot = self.map.insert_absent(&mut entry).expect("the entry is there");
        (self.map.index.index_of(slot), entry.is_none())
    }

    /// Adds an element, and returns the equal one that it replaces. It gets the place of that one.
    ///
    /// # Panics
    ///
    /// Panics if the set has 2³² − 1 elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::new();
    /// assert_eq!(set.replace("a".to_owned()), None);
    /// assert_eq!(set.replace("a".to_owned()), Some("a".to_owned()));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    pub fn replace(&mut self, value: T) -> Option<T> {
        self.replace_full(value).1
    }

    /// Does what [`replace`](Self::replace) does, and returns the index of the element as well.
    ///
    /// # Panics
    ///
    /// Panics if the set has 2³² − 1 elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["b"]);
    /// assert_eq!(set.replace_full("a"), (1, None));
    /// assert_eq!(set.replace_full("b"), (0, Some("b")));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    /// **O(pages)** more where there are [gaps](PagedIndexMap#removals).
    pub fn replace_full(&mut self, value: T) -> (usize, Option<T>) {
        let mut given = Handed::new(value, ());
        let slot = self.map.exchange_entry(&mut given).expect("the entry is there");
        (self.map.index.index_of(slot), given.into_entry().map(|(replaced, ())| replaced))
    }

    /// Replaces the element at an index, and returns the one before. The new one need not be equal to it.
    ///
    /// # Errors
    ///
    /// Returns the index of an equal element and the new one, if such an element is at another index. Nothing has changed then.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedIndexSet;
    ///
    /// let mut set = PagedIndexSet::from(["a", "b"]);
    /// assert_eq!(set.replace_index(0, "c"), Ok("a"));
    /// assert_eq!(set.replace_index(0, "b"), Err((1, "b")));
    /// assert!(set.iter().eq(&["c", "b"]));
    /// ```
    ///
    /// Computes in **O(1)** time (amortized average), or **O(page + pages)** where pages are shared.
    /// **O(pages)** more where there are [gaps](PagedIndexMap#removals).
    #[track_caller]
    pub fn replace_index(&mut self, index: usize, value: T) -> Result<T, (usize, T)> {
        self.map.replace_index(index, value)
    }
}
