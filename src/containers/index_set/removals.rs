//! The removals, of which each says what it does to the order, and the moves.

use super::CowIndexSet;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

// As in the writes that all sets have, what is removed comes back to a local of the method.
impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Removes `value`, and returns `true` if the set held it. Those after it keep their order.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of two pages, or of all pages if they
    /// are [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a"]);
    /// assert!(set.shift_remove("a"));
    /// assert!(!set.shift_remove("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn shift_remove<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shift_take(value).is_some()
    }

    /// Removes `value`, and returns the element that was equal to it. Those after it keep their order.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of two pages, or of all pages if they
    /// are [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a".to_string()]);
    /// assert_eq!(set.shift_take("a").as_deref(), Some("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn shift_take<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut removed = None;
        self.update(|draft| draft.map.shift_remove_to(value, &mut removed));
        removed.map(|(element, ())| element)
    }

    /// Removes `value`, and returns `true` if the set held it. The last one moves to its place.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of two pages, or of all pages if they
    /// are [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a"]);
    /// assert!(set.swap_remove("a"));
    /// assert!(!set.swap_remove("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn swap_remove<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.swap_take(value).is_some()
    }

    /// Removes `value`, and returns the element that was equal to it. The last one moves to its place.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of two pages, or of all pages if they
    /// are [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a".to_string()]);
    /// assert_eq!(set.swap_take("a").as_deref(), Some("a"));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where the element is not there.
    #[track_caller]
    pub fn swap_take<Q>(&self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mut removed = None;
        self.update(|draft| draft.map.swap_remove_to(value, &mut removed));
        removed.map(|(element, ())| element)
    }

    /// Removes the last element, and returns it.
    ///
    /// Under the lock it runs `Hash` of an element and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["b", "a"]);
    /// assert_eq!((set.pop(), set.pop(), set.pop()), (Some("a"), Some("b"), None));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** where there is none.
    #[track_caller]
    pub fn pop(&self) -> Option<T> {
        let mut removed = None;
        self.update(|draft| draft.map.pop_to(&mut removed));
        removed.map(|(element, ())| element)
    }

    /// Moves the element equal to `value` behind all others, and returns `true` if there is one.
    ///
    /// If it is the last one already, nothing is published.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of two pages, or of all pages if they are
    /// [numbered anew](crate::paged::PagedIndexMap#removals).
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from(["a", "b"]);
    /// assert!(set.move_to_back("a") && set.move_to_back("a") && !set.move_to_back("x"));
    /// assert_eq!((set.last(), set.version()), (Some("a"), 1));
    /// ```
    ///
    /// Computes in **O(page + pages)** time, or **O(1)** (average) where nothing is moved.
    #[track_caller]
    pub fn move_to_back<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.update(|draft| draft.move_to_back(value))
    }
}
