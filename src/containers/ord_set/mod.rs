//! [`CowOrdSet`]: a cell around a [`PagedOrdSet`], with a set's methods.

mod near;
mod traits;
mod writes;

use super::frame::frame;
use super::set::set;
use crate::cell::CowCell;
use crate::paged::PagedOrdSet;
use crate::paged::ord_set::IntoIter;

/// An ordered set that many threads read and few change.
///
/// Beside an element it finds the one next to it ([`get_le`](Self::get_le) and the like), the elements in a range
/// ([`range_with`](Self::range_with)), and the rank of an element ([`rank`](Self::rank)).
///
/// A lookup and a write cost what they cost in a [`CowOrdMap`](crate::CowOrdMap). Writers wait for each other. A batch of changes belongs in
/// one [`update`](Self::update), which copies each page once and publishes once.
///
/// # Trade-offs
///
/// They are those of [`CowOrdMap`](crate::CowOrdMap#trade-offs). If nobody asks for the order, [`CowSet`](crate::CowSet) finds faster.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedOrdSet`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole set. A method that reads, such as
/// [`contains`](Self::contains), looks at the version that is current at that moment.
///
/// A method that reads two sets takes one version of each, one after the other. It may see an element in both, or in neither,
/// that another thread moves from one set to the other in between. A [`CowCell`] of a struct with both sets shows one moment.
///
/// A write that changes nothing publishes nothing.
///
/// The elements' order must be total and must not change while an element is in the set, as in std. If it is not, elements are not found or
/// come in another order. Nothing worse happens.
///
/// # Under the lock
///
/// Each write says which code of yours it calls while it holds the writers' lock. That code may read, take snapshots, and
/// write to other containers. A write to the same set panics there. A value that is given to a write, or that a write
/// refuses, replaces or removes, is dropped when the lock is free. So its destructor may do anything. There are two
/// exceptions: what your closure drops itself, and the clones of a page if a later `Clone` of that page panics.
///
/// # Deadlocks
///
/// A write to a set inside a write to the same set, on one thread, panics; see [`CowCell`](CowCell#deadlocks).
///
/// # Examples
///
/// ```
/// use readmostly::CowOrdSet;
///
/// let free: CowOrdSet<u16> = CowOrdSet::from([80, 443, 8_080]);
/// assert_eq!(free.get_gt(&80), Some(443));
/// assert_eq!(free.pop_first(), Some(80));
/// assert_eq!((free.rank(&8_080), free.version()), (1, 1));
/// ```
pub struct CowOrdSet<T> {
    cell: CowCell<PagedOrdSet<T>>,
}

frame! {
    impl[T] CowOrdSet<T> of PagedOrdSet<T>
    where clone [], same ptr_eq, changes in "**O(page + log n)**";

    /// let it = readmostly::CowOrdSet::from(["one"]);
    example;

    /// let blocked = readmostly::CowOrdSet::from(["a.example", "b.example"]);
    /// let list = blocked.load();
    /// blocked.clear();
    /// // Both lookups are in the version that was loaded.
    /// assert!(list.contains("a.example") && list.contains("b.example"));
    load;

    /// use readmostly::CowOrdSet;
    /// use readmostly::paged::PagedOrdSet;
    ///
    /// let blocked = CowOrdSet::from(["a.example"]);
    /// let base = blocked.snapshot();
    /// let mut next = PagedOrdSet::clone(&base); // O(1), and no lock is held while it changes
    /// next.insert("b.example");
    /// blocked.replace_if_current(&base, next).expect("nobody else has written");
    /// assert!(blocked.contains("b.example"));
    ///
    /// let stale = blocked.replace_if_current(&base, PagedOrdSet::new()).unwrap_err();
    /// assert_eq!((stale.value.len(), stale.current.len()), (0, 2));
    replace_if_current;

    /// let blocked = readmostly::CowOrdSet::from(["a.example"]);
    /// let was_there = blocked.update(|draft| {
    ///     draft.insert("b.example");
    ///     draft.remove("a.example")
    /// });
    /// assert_eq!((was_there, blocked.len(), blocked.version()), (true, 1, 1));
    ///
    /// blocked.update(|draft| draft.insert("b.example")); // changes nothing, publishes nothing
    /// assert_eq!(blocked.version(), 1);
    update;

    /// let blocked = readmostly::CowOrdSet::from(["a.example"]);
    /// let mut txn = blocked.write();
    /// txn.remove("a.example");
    /// txn.insert("b.example");
    /// assert!(txn.contains("b.example") && blocked.contains("a.example"));
    /// txn.commit();
    /// assert!(blocked.contains("b.example") && !blocked.contains("a.example"));
    write;
}

set! {
    impl[T] CowOrdSet<T> of PagedOrdSet<T>
    where
        query [Ord],
        clone [],
        read [T: Ord,],
        write [T: Ord + Clone,];
    into IntoIter<T>;
    finds in "**O(log n)** time", changes in "**O(page + log n)**";
    unites in "**O(n + m)** time",
        intersects in "**O(n + m)** time, or **O(min(n, m) · log(n + m))** if one set is far smaller";
    subtracts in "**O(n + m)** time, or **O(n · log m)** if `other` is far larger",
        covers in "**O(n + m)** time, or **O(m · log n)** if this set is far larger";

    /// `Ord` of elements and `Clone` of the elements of one leaf, or of two where two become one, and of elements in the nodes above.
    runs;

    /// let set = readmostly::CowOrdSet::new();
    empty;

    /// let set = readmostly::CowOrdSet::from(["a"]);
    one;

    /// let (a, b) = (readmostly::CowOrdSet::from([1, 2]), readmostly::CowOrdSet::from([2, 3]));
    two;
}

impl<T> CowOrdSet<T> {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// let set: readmostly::CowOrdSet<u32> = readmostly::CowOrdSet::new();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use]
    pub fn new() -> Self {
        PagedOrdSet::new().into()
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
    /// let set = readmostly::CowOrdSet::from([1, 2]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    ///
    /// Computes in **O(1)** time, plus **O(n)** to drop the version before if nobody holds it.
    #[track_caller]
    pub fn clear(&self) {
        self.update(PagedOrdSet::clear);
    }
}
