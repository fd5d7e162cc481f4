//! [`CowVec`]: a cell around a [`PagedVec`], with a vector's methods.

mod elements;
mod runs;

use super::frame::frame;
use crate::cell::CowCell;
use crate::paged::PagedVec;
use std::fmt;

/// A vector that many threads read and few change.
///
/// Iterating runs over slices: `sum`, `for_each` and `fold` cost what they cost on a slice. An index follows two
/// pointers, which is two to three times a slice's. A write copies one page and the directory, and one in the middle
/// moves the elements of one page only; most pushes to a long vector copy what was pushed last, and no directory. Writers
/// wait for each other; a batch of changes is best made in one [`update`](Self::update), which copies each page once and
/// publishes once.
///
/// # Trade-offs
///
/// `T` must be `Clone` to be written, and a write clones the elements of the page that it touches: hold what is dear
/// to clone in an `Arc`. The directory is copied by each write but most pushes, so a write takes time in proportion to the
/// length, with a small factor. A push publishes a version, which costs more than the element: a vector is built by one
/// [`extend`](Self::extend), and not by n pushes.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedVec`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole vector. The methods that
/// read here, such as [`get`](Self::get), look at the version current at that moment, so an index may go out of
/// range between a look and a write: the writes here report it, and hand the value back, where `Vec` panics.
///
/// A write that changes nothing publishes nothing. One that puts an equal value in the place of another cannot know, and
/// publishes.
///
/// # Deadlocks
///
/// A write to a vector inside a write to the same vector, on one thread, panics; see [`CowCell`](CowCell#deadlocks).
///
/// Each write says which code of the caller's runs with the writers' lock held. That code may read this vector in every way,
/// and write to other containers; it may not write to this vector. All other code of the caller's runs before the lock is
/// taken or after it is released, and may write to this vector: iterators, the destructors of what is removed, replaced or
/// handed back, of closures, of values that were not taken because something panicked, and of replaced versions. One thing
/// is dropped with the lock held: where `T::clone` panics, the copies that it has made of that page.
///
/// # Examples
///
/// ```
/// use readmostly::CowVec;
///
/// let hooks: CowVec<fn(i32) -> i32> = CowVec::new();
/// hooks.push(|n| n + 1);
/// hooks.push(|n| n * 10);
/// // A hook may add or remove hooks: the loop goes over the version that it started with.
/// assert_eq!(hooks.snapshot().iter().fold(1, |n, hook| hook(n)), 20);
/// ```
pub struct CowVec<T> {
    cell: CowCell<PagedVec<T>>,
}

frame! {
    impl[T] CowVec<T> of PagedVec<T>
    where clone [];

    /// let it = readmostly::CowVec::from(["one"]);
    example;

    /// let rules = readmostly::CowVec::from(["allow a", "deny b"]);
    /// let list = rules.load();
    /// rules.clear();
    /// // Both are elements of the version that was loaded.
    /// assert_eq!((list[0], list.last()), ("allow a", Some(&"deny b")));
    load;

    /// use readmostly::CowVec;
    /// use readmostly::paged::PagedVec;
    ///
    /// let rules = CowVec::from(["deny b"]);
    /// let base = rules.snapshot();
    /// let mut next = PagedVec::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert(0, "allow a");
    /// rules.replace_if_current(&base, next).expect("nobody else has written");
    /// assert_eq!(rules.get(0), Some("allow a"));
    ///
    /// let stale = rules.replace_if_current(&base, PagedVec::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let rules = readmostly::CowVec::from(["deny b"]);
    /// let last = rules.update(|draft| {
    ///     draft.insert(0, "allow a");
    ///     draft.pop()
    /// });
    /// assert_eq!((last, rules.len(), rules.version()), (Some("deny b"), 1, 1));
    ///
    /// rules.update(|draft| draft.truncate(10)); // changes nothing, publishes nothing
    /// assert_eq!(rules.version(), 1);
    update;

    /// let rules = readmostly::CowVec::from(["deny b"]);
    /// let mut txn = rules.write();
    /// txn.push("deny c");
    /// txn[0] = "allow a";
    /// assert_eq!((txn.len(), rules.get(0)), (2, Some("deny b")));
    /// txn.commit();
    /// assert_eq!(*rules.load(), ["allow a", "deny c"]);
    write;
}

impl<T> CowVec<T> {
    /// Creates an empty vector.
    ///
    /// # Examples
    ///
    /// ```
    /// let list: readmostly::CowVec<u32> = readmostly::CowVec::new();
    /// assert!(list.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        PagedVec::new().into()
    }

    /// Returns a clone of the element at `index`, or `None` where there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["a", "b"]);
    /// assert_eq!((list.get(1), list.get(2)), (Some("b"), None));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log n)** after an insertion or removal in the middle.
    pub fn get(&self, index: usize) -> Option<T>
    where
        T: Clone,
    {
        self.load().get(index).cloned()
    }

    /// Returns a clone of the first element.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::CowVec::from([1, 2, 3]).first(), Some(1));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn first(&self) -> Option<T>
    where
        T: Clone,
    {
        self.load().first().cloned()
    }

    /// Returns a clone of the last element.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::CowVec::from([1, 2, 3]).last(), Some(3));
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn last(&self) -> Option<T>
    where
        T: Clone,
    {
        self.load().last().cloned()
    }

    /// Returns `true` if an element equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(readmostly::CowVec::from([1, 2, 3]).contains(&2));
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.load().contains(value)
    }

    /// Returns the index of the first element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::CowVec::from([1, 2, 1]).index_of(&1), Some(0));
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[doc(alias("position"))]
    pub fn index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.load().index_of(value)
    }

    /// Returns the index of the last element that equals `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::CowVec::from([1, 2, 1]).last_index_of(&1), Some(2));
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[doc(alias("rposition"))]
    pub fn last_index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.load().last_index_of(value)
    }
}

impl<T> Default for CowVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for CowVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.load(), f)
    }
}

/// Compares one moment of each vector.
impl<T: PartialEq> PartialEq for CowVec<T> {
    fn eq(&self, other: &Self) -> bool {
        *self.load() == *other.load()
    }
}

impl<T: Eq> Eq for CowVec<T> {}

impl<T> FromIterator<T> for CowVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        PagedVec::from_iter(iter).into()
    }
}

impl<T, const N: usize> From<[T; N]> for CowVec<T> {
    fn from(values: [T; N]) -> Self {
        PagedVec::from(values).into()
    }
}

impl<T> From<Vec<T>> for CowVec<T> {
    fn from(values: Vec<T>) -> Self {
        PagedVec::from(values).into()
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<T: Clone> Extend<T> for &CowVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowVec::extend(self, iter);
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<T: Clone> Extend<T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        CowVec::extend(self, iter);
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<'a, T: Copy + 'a> Extend<&'a T> for &CowVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowVec::extend(self, iter.into_iter().copied());
    }
}

/// As [`CowVec::extend`]: one version for the whole iterator.
impl<'a, T: Copy + 'a> Extend<&'a T> for CowVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        CowVec::extend(self, iter.into_iter().copied());
    }
}
