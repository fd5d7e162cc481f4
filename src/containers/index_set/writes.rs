//! The writes of one element, and of many.

use super::CowIndexSet;
use crate::paged::engine::index::Gone;
use crate::paged::gather;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

// The writes. A value stays in the caller's frame until it is in the draft. What is refused, replaced or removed comes back
// to that frame (`paged/index_map/handover.rs`). So it is dropped when the lock is free, after a panic too, and its destructor
// may use the set (G10).
impl<T, S> CowIndexSet<T, S>
where
    T: Eq + Hash + Clone,
    S: BuildHasher + Clone,
{
    /// Inserts `value` unless the set holds an equal element, and returns `true` if it was inserted.
    ///
    /// The element that is there is kept, as in std.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::new();
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

    /// Returns a clone of the element that is equal to `value`, after inserting what `f` makes of it if there is none.
    ///
    /// If the element is there, this takes no lock, and `f` does not run. It interns: of equal values all threads get clones of
    /// one element, for as long as it stays in the set.
    ///
    /// `f` runs before the lock is taken. Of two threads that miss the element, both may make it. One of the two is inserted, and
    /// both threads get that. What `f` makes is to be equal to `value`. If it is not, it is inserted as what it is.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of one page, or of the element that came
    /// meanwhile.
    ///
    /// If `f` panics, nothing is published and the container stays usable.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does, if the element is not there.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowIndexSet;
    /// use std::sync::Arc;
    ///
    /// let names: CowIndexSet<Arc<str>> = CowIndexSet::new();
    /// let intern = |name: &str| names.get_or_insert_with(name, Arc::from);
    /// let (ann, again) = (intern("ann"), intern("ann"));
    /// assert!(Arc::ptr_eq(&ann, &again));
    /// assert_eq!(names.version(), 1);
    /// ```
    ///
    /// Computes in **O(1)** time (average) where the element is there, or **O(page + pages)** where it is not, plus that of `f`.
    #[doc(alias = "intern")]
    #[track_caller]
    pub fn get_or_insert_with<'q, Q>(&self, value: &'q Q, f: impl FnOnce(&'q Q) -> T) -> T
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(there) = self.get(value) {
            // While `there` is a local. A result that is made already is leaked if a destructor panics.
            drop(f);
            return there;
        }
        let made = f(value);
        let mut entry = Some((made.clone(), ()));
        let there = self.update(|draft| {
            let there = draft.get::<T>(&made).cloned();
            draft.map.insert_absent(&mut entry);
            there
        });
        let Some(there) = there else { return made };
        drop((made, entry));
        there
    }

    /// Inserts `value`, and returns the equal element that it replaced.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of one page.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from([1]);
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

    /// Inserts all elements of `iter` as one version.
    ///
    /// Equal elements that are there are kept.
    ///
    /// The iterator is run to its end before the lock is taken. So it may read and write this set, and if it panics, nothing
    /// is published.
    ///
    /// Under the lock it runs `Hash` and `Eq` of elements and `Clone` of the elements of the pages that change.
    ///
    /// # Panics
    ///
    /// Panics as [`update`](Self::update) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::CowIndexSet::from([1]);
    /// set.extend([1, 2, 3]);
    /// assert_eq!((set.len(), set.version()), (3, 1));
    /// ```
    ///
    /// Computes in **O(m + pages)** time (amortized average), plus **O(page)** for each page that changes.
    #[track_caller]
    pub fn extend(&self, iter: impl IntoIterator<Item = T>) {
        let mut entries = gather(iter.into_iter().map(|element| Some((element, ()))));
        let mut unfinished = None;
        self.update(|draft| {
            draft.map.insert_each(&mut entries, &mut unfinished, |map, entry| _ = map.insert_absent(entry));
        });
    }

    /// Removes the elements for which `f` returns `false`, as one version.
    ///
    /// `f` is called once for each element. Pages that lose nothing stay shared with the version before. If nothing is
    /// removed, nothing is published.
    ///
    /// Under the lock it runs `f`, `Hash` of elements and `Clone` of the elements of the pages that change.
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
    /// let set = readmostly::CowIndexSet::from([1, 2, 3]);
    /// set.retain(|n| n % 2 == 1);
    /// assert_eq!(set.len(), 2);
    /// ```
    ///
    /// Computes in **O(n)** time.
    #[track_caller]
    pub fn retain(&self, mut f: impl FnMut(&T) -> bool) {
        let mut removed = Gone::new();
        self.update(|draft| draft.map.retain_to(|element, ()| f(element), &mut removed));
    }
}
