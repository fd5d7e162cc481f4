//! [`CowVec`]: a cell around a [`PagedVec`], with a vector's methods.

use crate::cell::{Changed, CowCell, Guard, Patience, Reader, Snapshot, Source, Stale, WriteTxn, sealed};
use crate::frame::frame;
use crate::paged::PagedVec;
use std::cmp::Ordering;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::mem;
use std::time::Duration;

/// A vector that many threads read and few change.
///
/// Iterating runs over slices: `sum`, `for_each` and `fold` cost what they cost on a slice. An index follows two
/// pointers, which is two to three times a slice's. A write copies one page and the directory, and one in the middle
/// moves the elements of one page only; a push to a long vector copies what was pushed last, and no directory. Writers
/// wait for each other; a batch of changes is best made in one [`update`](Self::update), which copies each page once and
/// publishes once.
///
/// # Trade-offs
///
/// `T` must be `Clone` to be written, and a write clones the elements of the page that it touches: hold what is dear
/// to clone in an `Arc`. The directory is copied by each write but a push, so a write takes time in proportion to the
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
/// A write that changes nothing publishes nothing.
///
/// # Deadlocks
///
/// A write to a vector inside a write to the same vector, on one thread, panics; see [`CowCell`](CowCell#deadlocks).
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
    example = "let it = readmostly::CowVec::from([\"one\"]);";
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
    pub fn last_index_of(&self, value: &T) -> Option<usize>
    where
        T: PartialEq,
    {
        self.load().last_index_of(value)
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
    /// let list = readmostly::CowVec::from([1, 2]);
    /// list.clear();
    /// assert!(list.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, and that of dropping the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self) {
        self.update(PagedVec::clear);
    }
}

// The writes. An element that is rejected, replaced or removed leaves the closure and is dropped by the caller or at
// the end of the method, when the lock is free: its destructor may use the vector (G10).
impl<T: Clone> CowVec<T> {
    /// Appends `value`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::new();
    /// list.push("a");
    /// assert_eq!(list.last(), Some("a"));
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn push(&self, value: T) {
        self.update(|draft| draft.push(value));
    }

    /// Appends `value` unless an element equals it; returns `true` if it was appended.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["a"]);
    /// assert!(!list.push_if_absent("a"));
    /// assert!(list.push_if_absent("b"));
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn push_if_absent(&self, value: T) -> bool
    where
        T: PartialEq,
    {
        let mut value = Some(value);
        self.update(|draft| {
            if value.as_ref().is_some_and(|value| draft.contains(value)) {
                return;
            }
            draft.extend(value.take());
        });
        value.is_none()
    }

    /// Appends all elements of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken, so it may read and write this vector, and a panic in
    /// it publishes nothing.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1]);
    /// list.extend([2, 3]);
    /// assert_eq!((list.len(), list.version()), (3, 1));
    /// ```
    ///
    /// Computes in the time to copy one page and the directory, and that of `iter`.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let values: Vec<_> = iter.into_iter().collect();
        self.update(|draft| draft.extend(values));
    }

    /// Appends the elements of `iter` that no element equals, those before them in `iter` included, as one version;
    /// returns how many.
    ///
    /// The iterator is run to its end before the lock is taken, as in [`extend`](Self::extend).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1]);
    /// assert_eq!(list.extend_absent([2, 1, 2, 3]), 2);
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n)** time for each element of `iter`: for long ones a [`CowSet`](crate::CowSet) is better.
    #[track_caller]
    pub fn extend_absent(&self, iter: impl IntoIterator<Item = T>) -> usize
    where
        T: PartialEq,
    {
        let values: Vec<_> = iter.into_iter().collect();
        let mut present = Vec::new();
        let appended = self.update(|draft| {
            let before = draft.len();
            for value in values {
                if draft.contains(&value) {
                    present.push(value);
                } else {
                    draft.push(value);
                }
            }
            draft.len() - before
        });
        drop(present);
        appended
    }

    /// Removes the last element and returns it.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1]);
    /// assert_eq!((list.pop(), list.pop()), (Some(1), None));
    /// assert_eq!(list.version(), 1);
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn pop(&self) -> Option<T> {
        self.update(PagedVec::pop)
    }

    /// Inserts `value` at `index`, moving the elements after it; `index` may be the length.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`], which hands `value` back, if `index` is greater than the length. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 3]);
    /// list.insert(1, 2)?;
    /// assert_eq!(list.insert(9, 4).unwrap_err().value, 4);
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3]);
    /// # Ok::<(), readmostly::OutOfBounds<i32>>(())
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn insert(&self, index: usize, value: T) -> Result<(), OutOfBounds<T>> {
        self.try_update(|draft| {
            let len = draft.len();
            if index > len {
                return Err(OutOfBounds { index, len, value });
            }
            draft.insert(index, value);
            Ok(())
        })
    }

    /// Replaces the element at `index` by `value`, and returns it.
    ///
    /// It publishes even if the two are equal, which it cannot know.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`], which hands `value` back, if there is no element at `index`. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["a"]);
    /// assert_eq!(list.set(0, "b")?, "a");
    /// assert!(list.set(1, "c").is_err());
    /// # Ok::<(), readmostly::OutOfBounds<&str>>(())
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn set(&self, index: usize, value: T) -> Result<T, OutOfBounds<T>> {
        self.try_update(|draft| {
            let len = draft.len();
            match draft.get_mut(index) {
                Some(element) => Ok(mem::replace(element, value)),
                None => Err(OutOfBounds { index, len, value }),
            }
        })
    }

    /// Removes the element at `index` and returns it, or `None` where there is none.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2]);
    /// assert_eq!((list.remove(0), list.remove(1)), (Some(1), None));
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn remove(&self, index: usize) -> Option<T> {
        self.update(|draft| (index < draft.len()).then(|| draft.remove(index)))
    }

    /// Removes the first element that equals `value`; returns `true` if there was one.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 1]);
    /// assert!(list.remove_item(&1));
    /// assert_eq!(list.snapshot().to_vec(), [2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn remove_item(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let removed = self.update(|draft| draft.index_of(value).map(|index| draft.remove(index)));
        removed.is_some()
    }

    /// Keeps the first `len` elements and drops the rest; does nothing where there are no more than `len`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.truncate(1);
    /// assert_eq!(list.len(), 1);
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn truncate(&self, len: usize) {
        self.update(|draft| draft.truncate(len));
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element, in order. Pages that lose nothing stay shared with the version before, and
    /// where nothing goes, nothing is published.
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
    /// let list = readmostly::CowVec::from([1, 2, 3, 4]);
    /// list.retain(|n| n % 2 == 0);
    /// assert_eq!(list.snapshot().to_vec(), [2, 4]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, f: impl FnMut(&T) -> bool) {
        self.update(|draft| draft.retain(f));
    }

    /// Sorts the elements; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([3, 1, 2]);
    /// list.sort();
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort(&self)
    where
        T: Ord,
    {
        self.update(PagedVec::sort);
    }

    /// Sorts the elements by `compare`; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// If `compare` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, and may panic if `compare` is no total order, as std's does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 3, 2]);
    /// list.sort_by(|a, b| b.cmp(a));
    /// assert_eq!(list.snapshot().to_vec(), [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort_by(&self, compare: impl FnMut(&T, &T) -> Ordering) {
        self.update(|draft| draft.sort_by(compare));
    }

    /// Sorts the elements by a key; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// If `key` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["bbb", "a", "cc"]);
    /// list.sort_by_key(|s| s.len());
    /// assert_eq!(list.snapshot().to_vec(), ["a", "cc", "bbb"]);
    /// ```
    ///
    /// Computes in **O(n log n)** time.
    #[track_caller]
    pub fn sort_by_key<K: Ord>(&self, key: impl FnMut(&T) -> K) {
        self.update(|draft| draft.sort_by_key(key));
    }

    /// Removes all but the first of equal elements that follow each other, as one version.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 1, 2, 1]);
    /// list.dedup();
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn dedup(&self)
    where
        T: PartialEq,
    {
        self.update(PagedVec::dedup);
    }

    /// Reverses the order of the elements.
    ///
    /// It publishes even if that changes nothing, as with equal elements, which it cannot know.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.reverse();
    /// assert_eq!(list.snapshot().to_vec(), [3, 2, 1]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn reverse(&self) {
        self.update(PagedVec::reverse);
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

/// The value that a [`CowVec`] did not take, since the index was out of range when the write came to it.
///
/// # Examples
///
/// ```
/// let list = readmostly::CowVec::from(["a"]);
/// let refused = list.set(3, "b").unwrap_err();
/// assert_eq!((refused.index, refused.len, refused.value), (3, 1, "b"));
/// ```
pub struct OutOfBounds<T> {
    /// The index that was asked for.
    pub index: usize,
    /// The length of the vector at that moment.
    pub len: usize,
    /// The value that was to be written.
    pub value: T,
}

impl<T> fmt::Debug for OutOfBounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutOfBounds")
            .field("index", &self.index)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for OutOfBounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "nothing was written: index {} is out of range for a vector of length {}, which may have changed since \
             the index was found; find it again inside `update` and write there",
            self.index, self.len
        )
    }
}

impl<T> Error for OutOfBounds<T> {}
