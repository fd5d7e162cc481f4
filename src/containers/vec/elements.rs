//! The writes of single elements.

use super::CowVec;
use crate::error::OutOfBounds;
use crate::paged::PagedVec;
use std::mem;

// The closure that runs with the lock held owns nothing of the user's. A value, a predicate, and what is sorted lie in a
// local of the method, and the closure borrows them. So they are dropped when the lock is free, after a panic too, and
// their destructors may use the vector (G10). A draft shares all pages with its base. So the draft drops no element: what it
// removes is dropped with the version before.
impl<T: Clone> CowVec<T> {
    /// Appends `value`.
    ///
    /// Most pushes to a long vector copy only what was pushed last: at most one element for each eight pages, and at most a
    /// page. The others copy the last page and the directory, as pushes to a vector of fewer than eight pages do.
    ///
    /// Under the lock it runs `T::clone`.
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
    /// Computes in **O(page)** time, or **O(page + pages)** where it copies the directory.
    #[doc(alias("add", "append", "push_back"))]
    #[track_caller]
    pub fn push(&self, value: T) {
        let mut value = Some(value);
        self.update(|draft| draft.push_from(&mut value));
    }

    /// Appends `value` unless an element equals it, and returns `true` if it was appended.
    ///
    /// Under the lock it runs `T::eq` and `T::clone`.
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
    #[doc(alias("add_if_absent"))]
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

    /// Removes the last element and returns it.
    ///
    /// Under the lock it runs `T::clone`.
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
    /// Computes in **O(page + pages)** time.
    #[doc(alias("pop_back", "remove_last"))]
    #[track_caller]
    pub fn pop(&self) -> Option<T> {
        self.update(PagedVec::pop)
    }

    /// Removes the last element and returns it if `pred` returns `true` for it, or returns `None`.
    ///
    /// Under the lock it runs `pred` and `T::clone`.
    ///
    /// If `pred` panics, nothing is published and the container stays usable.
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
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn pop_if(&self, mut pred: impl FnMut(&T) -> bool) -> Option<T> {
        let popped = self.update(|draft| draft.pop_if(&mut pred));
        // While `popped` is a local. A result that is made already is leaked if the destructor of `pred` panics.
        drop(pred);
        popped
    }

    /// Inserts `value` at `index`, which may be the length, and moves the elements after it.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfBounds`], which hands `value` back, if `index` is greater than the length. Nothing was published.
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
    /// Computes in **O(page + pages)** time.
    #[doc(alias("add"))]
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

    /// Replaces the element at `index` by `value`, and returns it.
    ///
    /// It does not compare the two, and publishes even if they are equal.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfBounds`], which hands `value` back, if there is no element at `index`. Nothing was published.
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
    /// Computes in **O(page + pages)** time.
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

    /// Removes the element at `index` and returns it, or returns `None` if there is none.
    ///
    /// Under the lock it runs `T::clone`.
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
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn remove(&self, index: usize) -> Option<T> {
        self.update(|draft| (index < draft.len()).then(|| draft.remove(index)))
    }

    /// Removes the element at `index` and returns it, and puts the last element in its place.
    ///
    /// Returns `None` if there is no element at `index`.
    ///
    /// Under the lock it runs `T::clone`.
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
    /// Computes in **O(page + pages)** time.
    #[track_caller]
    pub fn swap_remove(&self, index: usize) -> Option<T> {
        self.update(|draft| (index < draft.len()).then(|| draft.swap_remove(index)))
    }

    /// Exchanges two elements.
    ///
    /// It does not compare the two, and publishes even if they are equal. It publishes nothing if `a` is `b`.
    ///
    /// Under the lock it runs `T::clone`.
    ///
    /// # Errors
    ///
    /// Returns [`OutOfBounds`] for the first of the indices that has no element. Nothing was published.
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
    /// Computes in **O(page + pages)** time.
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

    /// Removes the first element that equals `value`, and returns `true` if there was one.
    ///
    /// Under the lock it runs `T::eq` and `T::clone`.
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
    #[doc(alias("remove_value"))]
    #[track_caller]
    pub fn remove_item(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let removed = self.update(|draft| draft.index_of(value).map(|index| draft.remove(index)));
        removed.is_some()
    }
}
