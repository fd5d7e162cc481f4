//! An ordered set in pages.

mod diff;
mod iter;
mod near;
mod operators;
mod ops;
mod share;
mod traits;

pub use self::diff::Diff;
pub use self::iter::{IntoIter, Iter, Range};
pub use self::ops::{Difference, Intersection, SymmetricDifference, Union};

use super::{Handed, PagedOrdMap};
use std::borrow::Borrow;

/// An ordered set whose clones are O(1) and share the pages that they do not change.
///
/// It is a [`PagedOrdMap`] without values. The interface is that of std's `BTreeSet`, with `Clone` bounds where a shared page may have to
/// be copied, or the key of an inner node made. Beside that it has the neighbours of an element ([`get_le`](Self::get_le) and the like) and
/// its rank ([`rank`](Self::rank), [`get_index`](Self::get_index)). The algebra of two sets passes whole subtrees that both share. So that
/// of two clones costs what they differ by.
///
/// A call that changes nothing copies nothing, such as the removal of an element that is absent, or the insertion of one that
/// is there.
///
/// The elements' order must be total and must not change while an element is in the set, as in std. If it is not, elements are not found or
/// come in another order, or what sorts many at once panics and says so. None is lost or dropped twice.
///
/// # Examples
///
/// ```
/// use readmostly::paged::PagedOrdSet;
///
/// let mut free = PagedOrdSet::from([80, 443, 8_080]);
/// let before = free.clone();
///
/// free.remove(&443);
///
/// assert_eq!(free.get_gt(&80), Some(&8_080));
/// assert!(before.difference(&free).eq(&[443]));
/// ```
pub struct PagedOrdSet<T> {
    pub(crate) map: PagedOrdMap<T, ()>,
}

impl<T> PagedOrdSet<T> {
    /// Creates an empty set. It allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set: PagedOrdSet<&str> = PagedOrdSet::new();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: PagedOrdMap::new() }
    }

    /// Returns the number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert_eq!(PagedOrdSet::from([1, 2, 2]).len(), 2);
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
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// assert!(PagedOrdSet::<i32>::new().is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop what no other version shares.
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<T: Ord> PagedOrdSet<T> {
    /// Returns `true` if the set has an element equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from(["a".to_owned()]);
    /// assert!(set.contains("a"));
    /// assert!(!set.contains("b"));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    #[inline]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// Returns a reference to the element of the set that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let set = PagedOrdSet::from(["a".to_owned()]);
    /// assert_eq!(set.get("a"), Some(&"a".to_owned()));
    /// ```
    ///
    /// Computes in **O(log n)** time.
    #[inline]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        match self.map.get_key_value(value) {
            Some((element, ())) => Some(element),
            None => None,
        }
    }
}

impl<T: Ord + Clone> PagedOrdSet<T> {
    /// Adds an element, and returns `true` if it was absent.
    ///
    /// If there is an equal one, the set keeps it and copies nothing. [`replace`](Self::replace) puts the new one in its place.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::new();
    /// assert!(set.insert(1));
    /// assert!(!set.insert(1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
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
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::new();
    /// assert_eq!(set.replace("a".to_owned()), None);
    /// assert_eq!(set.replace("a".to_owned()), Some("a".to_owned()));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
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
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1]);
    /// assert!(set.remove(&1));
    /// assert!(!set.remove(&1));
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.take(value).is_some()
    }

    /// Removes the element equal to `value`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from(["a".to_owned()]);
    /// assert_eq!(set.take("a"), Some("a".to_owned()));
    /// assert_eq!(set.take("a"), None);
    /// ```
    ///
    /// Computes in **O(log n)** time, or **O(page + log n)** where pages are shared.
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (element, ()) = self.map.remove_entry(value)?;
        Some(element)
    }

    /// Keeps the elements for which `keep` returns `true`, and removes the others.
    ///
    /// Leaves that lose nothing stay shared, and a leaf that is not shared is changed in place. `keep` is called once for each element, in
    /// order, before the first one is removed. If it panics, nothing has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set: PagedOrdSet<u32> = (0..10).collect();
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 5);
    /// ```
    ///
    /// Computes in **O(n)** time.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.map.retain(|element, ()| keep(element));
    }

    /// Moves all elements of `other` to this set. `other` is empty then.
    ///
    /// Of equal elements that of this set stays. Where all elements of one set are greater than those of the other, whole subtrees move, and
    /// they stay shared with the clones of both. So do those in front of the part where both have elements, and behind it. In that part the
    /// elements of the set that has fewer there are put among those of the other, one by one. Those of `other` move unless a clone has them.
    /// Those of this set are cloned, and dropped at the end.
    ///
    /// # Panics
    ///
    /// A panic in `Ord` or `Clone` reaches the caller. This set has its elements then, and a part of those of `other`. The rest of those is
    /// in `other` or gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1, 2]);
    /// set.append(&mut PagedOrdSet::from([2, 3]));
    /// assert_eq!(set, PagedOrdSet::from([1, 2, 3]));
    /// ```
    ///
    /// Computes in **O(page + log² n + log² m)** time, plus **O(log n + log m)** for each element that is put there by itself.
    pub fn append(&mut self, other: &mut Self) {
        self.map.append_by(&mut other.map, PagedOrdMap::insert_absent);
    }

    /// Moves the elements from `value` on to a set of their own, and returns it.
    ///
    /// Whole subtrees move, and they stay shared with the clones of this set.
    ///
    /// # Panics
    ///
    /// A panic in `Ord` or `Clone` reaches the caller. Nothing has changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let mut set = PagedOrdSet::from([1, 2, 3]);
    /// assert_eq!(set.split_off(&2), PagedOrdSet::from([2, 3]));
    /// assert_eq!(set.len(), 1);
    /// ```
    ///
    /// Computes in **O(page + log² n)** time.
    #[must_use = "it returns what it takes off; to drop that, use `retain`"]
    pub fn split_off<Q>(&mut self, value: &Q) -> Self
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        Self { map: self.map.split_off(value) }
    }
}
