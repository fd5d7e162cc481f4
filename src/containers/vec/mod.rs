//! [`CowVec`]: a cell around a [`PagedVec`], with a vector's methods.

mod elements;
mod runs;
mod traits;

use super::frame::frame;
use crate::cell::CowCell;
use crate::paged::PagedVec;

/// A vector that many threads read and few change.
///
/// Iterating runs over slices: `sum`, `for_each` and `fold` cost what they cost on a slice. An access by index follows two
/// pointers, and takes two to three times as long as in a slice. A write copies one page and the directory. A write in the
/// middle moves the elements of one page only. Most pushes to a long vector copy only what was pushed last. Writers wait for
/// each other. A batch of changes belongs in one [`update`](Self::update), which copies each page once and publishes once.
///
/// # Trade-offs
///
/// A write needs `T: Clone`, and clones the elements of the page that it changes. An `Arc` makes an expensive clone cheap.
/// Each write but most pushes copies the directory. So it takes time in proportion to the length, with a small factor. Each
/// push publishes a version, which costs more than the element. One [`extend`](Self::extend) builds a vector faster than many
/// pushes.
///
/// # Consistency
///
/// It is a [`CowCell`] of a [`PagedVec`], and promises what a cell does: [`load`](Self::load),
/// [`snapshot`](Self::snapshot) and [`reader`](Self::reader) show one version of the whole vector. A method that reads, such
/// as [`get`](Self::get), looks at the version that is current at that moment. So an index may be out of range by the time of
/// a write. The write then returns an error with the value, where `Vec` panics.
///
/// A write that changes nothing publishes nothing. A write that replaces a value by an equal one publishes.
///
/// # Under the lock
///
/// Each write says which code of yours it calls while it holds the writers' lock. That code may read, take snapshots, and
/// write to other containers. A write to the same vector panics there. A value that is given to a write, or that a write
/// refuses, replaces or removes, is dropped when the lock is free, and so are closures and iterators. So a destructor may do
/// anything. There are three exceptions: what your closure drops itself, the keys that [`sort_by_key`](Self::sort_by_key)
/// compares, and the clones that a write has made so far if a later `Clone` panics.
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
    where clone [], same has_same_pages, changes in "**O(page + pages)**";

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

    /// Returns a clone of the element at `index`, or `None` if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// let list = readmostly::CowVec::from(["a", "b"]);
    /// assert_eq!((list.get(1), list.get(2)), (Some("b"), None));
    /// ```
    ///
    /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular.
    pub fn get(&self, index: usize) -> Option<T>
    where
        T: Clone,
    {
        self.cell.look(|list| list.get(index).cloned())
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
        self.cell.look(|list| list.first().cloned())
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
        self.cell.look(|list| list.last().cloned())
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
