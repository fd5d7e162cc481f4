//! The writes of single elements.

use super::CowVec;
use crate::error::OutOfBounds;
use crate::paged::PagedVec;
use std::mem;

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
    #[doc(alias("add", "append", "push_back"))]
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
    #[doc(alias("pop_back", "remove_last"))]
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
    /// Computes in the time to copy one page or two and the directory.
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
