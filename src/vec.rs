//! [`CowVec`]: a cell around a [`PagedVec`], with a vector's methods.

use crate::cell::{CowCell, Guard, Reader, Snapshot, Source, Stale, WriteTxn, sealed};
use crate::frame::frame;
use crate::paged::PagedVec;
use crate::paged::vec::resolve;
use std::cmp::Ordering;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::mem;
use std::ops::RangeBounds;
use std::time::Duration;

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
/// A write that changes nothing publishes nothing.
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
    /// With the lock held it runs nothing of the caller's.
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

// The writes. The closure that runs with the lock held owns nothing of the user's: a value, a predicate, and what is
// sorted lie in a local of the method, are borrowed, and are dropped when the lock is free, after a panic too, so that
// their destructors may use the vector (G10). A draft shares all pages with its base, which the lock holds: what it lets
// go of is dropped with the version before, and never by the draft.
impl<T: Clone> CowVec<T> {
    /// Appends `value`.
    ///
    /// With the lock held it runs `T::clone`.
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
    /// Computes in the time to copy one page, and once in an eighth as many pushes as there are pages the directory.
    #[track_caller]
    pub fn push(&self, value: T) {
        let mut value = Some(value);
        self.update(|draft| draft.push_from(&mut value));
    }

    /// Appends `value` unless an element equals it; returns `true` if it was appended.
    ///
    /// With the lock held it runs `T::eq` and `T::clone`.
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
            if !value.as_ref().is_some_and(|value| draft.contains(value)) {
                draft.push_from(&mut value);
            }
        });
        value.is_none()
    }

    /// Appends all elements of `iter` as one version.
    ///
    /// The iterator is run to its end before the lock is taken, so it may read and write this vector, and a panic in
    /// it publishes nothing.
    ///
    /// With the lock held it runs `T::clone`.
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
        let mut values: Vec<_> = iter.into_iter().collect();
        self.update(|draft| draft.append_vec(&mut values));
    }

    /// Appends the elements of `iter` that no element equals, those before them in `iter` included, as one version;
    /// returns how many.
    ///
    /// The iterator is run to its end before the lock is taken, as in [`extend`](Self::extend).
    ///
    /// With the lock held it runs `T::eq` and `T::clone`.
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
        let mut values: Vec<_> = iter.into_iter().collect();
        let (mut absent, mut present) = (Vec::new(), Vec::new());
        self.update(|draft| {
            // First all comparisons, which may panic. Nothing is in the hands of this closure meanwhile.
            let mut is_absent = Vec::with_capacity(values.len());
            for (value, before) in values.iter().zip(0..) {
                let earlier = values[..before].iter().zip(&is_absent).filter(|(_, is_absent)| **is_absent);
                let is_present = draft.contains(value) || { earlier }.any(|(earlier, _)| earlier == value);
                is_absent.push(!is_present);
            }
            for (value, is_absent) in values.drain(..).zip(is_absent) {
                if is_absent { &mut absent } else { &mut present }.push(value);
            }
            let appended = absent.len();
            draft.append_vec(&mut absent);
            appended
        })
    }

    /// Removes the last element and returns it.
    ///
    /// With the lock held it runs `T::clone`.
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

    /// Removes the last element and returns it if `pred` returns `true` for it, or returns `None`.
    ///
    /// If `pred` panics, nothing is published and the container stays usable.
    ///
    /// With the lock held it runs `pred` and `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2]);
    /// assert_eq!(list.pop_if(|n| n % 2 == 0), Some(2));
    /// assert_eq!(list.pop_if(|n| n % 2 == 0), None);
    /// assert_eq!(list.version(), 1);
    /// ```
    ///
    /// Computes in the time to copy one page and the directory.
    #[track_caller]
    pub fn pop_if(&self, mut pred: impl FnMut(&T) -> bool) -> Option<T> {
        let popped = self.update(|draft| draft.pop_if(&mut pred));
        // While `popped` is a local: a result is leaked if the destructor of `pred` panics after it is made.
        drop(pred);
        popped
    }

    /// Inserts `value` at `index`, moving the elements after it; `index` may be the length.
    ///
    /// With the lock held it runs `T::clone`.
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
        let mut value = Some(value);
        let len = self.update(|draft| {
            let len = draft.len();
            if index <= len {
                draft.insert_from(index, &mut value);
            }
            len
        });
        value.map_or(Ok(()), |value| Err(OutOfBounds { index, len, value }))
    }

    /// Inserts all elements of `iter` at `index`, as one version; `index` may be the length.
    ///
    /// The iterator is run to its end before the lock is taken, as in [`extend`](Self::extend).
    ///
    /// With the lock held it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`], which hands the elements back, if `index` is greater than the length. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 4]);
    /// list.insert_all(1, [2, 3])?;
    /// assert_eq!(list.snapshot().to_vec(), [1, 2, 3, 4]);
    /// assert_eq!(list.insert_all(9, [5]).unwrap_err().value, [5]);
    /// # Ok::<(), readmostly::OutOfBounds<Vec<i32>>>(())
    /// ```
    ///
    /// Computes in the time to copy one page and the directory, and that of `iter`.
    #[track_caller]
    pub fn insert_all(
        &self,
        index: usize,
        iter: impl IntoIterator<Item = T>,
    ) -> Result<(), OutOfBounds<Vec<T>>> {
        let mut value: Vec<_> = iter.into_iter().collect();
        let (len, fits) = self.update(|draft| {
            let (len, fits) = (draft.len(), index <= draft.len());
            if fits {
                draft.insert_vec(index, &mut value);
            }
            (len, fits)
        });
        if fits { Ok(()) } else { Err(OutOfBounds { index, len, value }) }
    }

    /// Replaces the element at `index` by `value`, and returns it.
    ///
    /// It publishes even if the two are equal, which it cannot know.
    ///
    /// With the lock held it runs `T::clone`.
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
    pub fn set(&self, index: usize, mut value: T) -> Result<T, OutOfBounds<T>> {
        let outcome = self.update(|draft| match draft.get_mut(index) {
            Some(element) => {
                mem::swap(element, &mut value);
                Ok(())
            }
            None => Err(draft.len()),
        });
        match outcome {
            Ok(()) => Ok(value),
            Err(len) => Err(OutOfBounds { index, len, value }),
        }
    }

    /// Removes the element at `index` and returns it, or `None` where there is none.
    ///
    /// With the lock held it runs `T::clone`.
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

    /// Removes the element at `index` and returns it, putting the last element in its place; returns `None` where there is
    /// none.
    ///
    /// With the lock held it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// assert_eq!((list.swap_remove(0), list.swap_remove(9)), (Some(1), None));
    /// assert_eq!(list.snapshot().to_vec(), [3, 2]);
    /// ```
    ///
    /// Computes in the time to copy two pages and the directory.
    #[track_caller]
    pub fn swap_remove(&self, index: usize) -> Option<T> {
        self.update(|draft| (index < draft.len()).then(|| draft.swap_remove(index)))
    }

    /// Exchanges two elements.
    ///
    /// It publishes even if the two are equal, which it cannot know, unless they are one.
    ///
    /// With the lock held it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`] if there is no element at one of the indices: it names the first of them. Nothing was published.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.swap(0, 2)?;
    /// assert_eq!(list.snapshot().to_vec(), [3, 2, 1]);
    /// assert_eq!(list.swap(0, 3).unwrap_err().index, 3);
    /// # Ok::<(), readmostly::OutOfBounds<()>>(())
    /// ```
    ///
    /// Computes in the time to copy two pages and the directory.
    #[track_caller]
    pub fn swap(&self, a: usize, b: usize) -> Result<(), OutOfBounds<()>> {
        self.update(|draft| {
            let len = draft.len();
            if let Some(index) = [a, b].into_iter().find(|&index| index >= len) {
                return Err(OutOfBounds { index, len, value: () });
            }
            draft.swap(a, b);
            Ok(())
        })
    }

    /// Removes the elements of a range as one version, and returns them as a collection of their own.
    ///
    /// The range is cut to the length: what ends after it removes what is there. The pages that lie in the range are not
    /// copied; iterating over the result clones their elements, as long as another version holds them.
    ///
    /// With the lock held it runs `T::clone`.
    ///
    /// # Panics
    ///
    /// Panics if the range begins after its end, and as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3, 4]);
    /// assert_eq!(list.drain(1..3), [2, 3]);
    /// assert_eq!(list.drain(1..100), [4]);
    /// assert_eq!(list.snapshot().to_vec(), [1]);
    /// ```
    ///
    /// Computes in the time to copy two pages and the directory.
    #[track_caller]
    pub fn drain(&self, range: impl RangeBounds<usize>) -> PagedVec<T> {
        let range = resolve(&range, usize::MAX);
        self.update(|draft| draft.cut_out(&range))
    }

    /// Removes the first element that equals `value`; returns `true` if there was one.
    ///
    /// With the lock held it runs `T::eq` and `T::clone`.
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
    /// With the lock held it runs `T::clone`.
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
    /// With the lock held it runs `f` and `T::clone`.
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
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        self.update(|draft| draft.retain(&mut f));
    }

    /// Replaces each element by what `f` makes of it, as one version.
    ///
    /// `f` is called once for each element, in order. It publishes even if that changes nothing, which it cannot know,
    /// unless there is no element.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// With the lock held it runs `f`.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from([1, 2, 3]);
    /// list.replace_all(|n| n * 10);
    /// assert_eq!(list.snapshot().to_vec(), [10, 20, 30]);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn replace_all(&self, mut f: impl FnMut(&T) -> T) {
        // What was made until `f` panics is dropped when the lock is free.
        let mut made = Vec::new();
        self.update(|draft| {
            made.extend(draft.iter().map(&mut f));
            if !made.is_empty() {
                *draft = mem::take(&mut made).into();
            }
        });
    }

    /// Sorts the elements; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// With the lock held it runs `T::cmp` and `T::clone`.
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
        self.sort_by(T::cmp);
    }

    /// Sorts the elements by `compare`; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// If `compare` panics, nothing is published and the container stays usable.
    ///
    /// With the lock held it runs `compare` and `T::clone`.
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
    pub fn sort_by(&self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        // What is sorted is a copy, and stays in here if `compare` panics.
        let mut room = Vec::new();
        self.update(|draft| draft.sort_by_in(&mut room, &mut compare));
    }

    /// Sorts the elements by a key; equal ones keep their order. Publishes nothing where they are sorted already.
    ///
    /// If `key` panics, nothing is published and the container stays usable.
    ///
    /// With the lock held it runs `key`, `K::cmp`, the destructor of `K`, and `T::clone`.
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
    pub fn sort_by_key<K: Ord>(&self, mut key: impl FnMut(&T) -> K) {
        self.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Removes all but the first of equal elements that follow each other, as one version.
    ///
    /// With the lock held it runs `T::eq` and `T::clone`.
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
    /// With the lock held it runs `T::clone`.
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
