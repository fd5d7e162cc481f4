//! Persistent collections: cloning one is O(1), and a clone shares every page that neither of the two changes.
//!
//! They are good for many versions of a large collection that differ by little, such as the version that readers have and
//! the one that a writer prepares. A lookup in a large collection takes one step more than in std's. A write needs `Clone`,
//! since it copies what is shared. The collections are plain data and use no threads. The concurrent containers of this
//! crate are made of them.
//!
//! # Pages
//!
//! A collection is a *directory* of *pages*. A page is a small flat collection of some dozens to a few thousand
//! elements. Each page is behind an [`Arc`], and so is the directory. A clone is one more reference to the directory.
//!
//! A write copies the directory and the page that it changes if another clone has them too. Otherwise it changes them in
//! place. So a batch of writes copies each page once, and a collection without a clone copies nothing. (But an ordered one clones the
//! leaf in which it is cut, and the first key of a leaf for the node above it.) Most pushes to a long
//! vector copy no directory: what was pushed last is a page beside it.
//!
//! A small map or set has one page and no directory. A read follows as many pointers as in std. In a large map or set it
//! follows one more, or two beyond 256 pages. The directory of a map or set says where each page is, and beside that there is a tree
//! of their owners. A write copies the first as bytes, and one path of the second: it counts some tens of pages, and not all. From
//! 256 pages on, the first is in sections of 256 pages, and a write copies one section. So a page is small in a table of any
//! size: 1,000,000 pairs of `u64` are 1,024 pages of about 1,000 pairs, and 10,000,000 are 16,384 of about 600. Pages are
//! smaller where an element is large, or expensive to clone. The pages of a vector have one size for each type.
//!
//! An ordered map or set is a tree, and has no directory: its pages are the nodes. A write copies those on the way from the root to one
//! leaf. A small one is one leaf alone.
//!
//! A map or set that keeps the order of insertion is both: pages of entries, as a vector has them, and a hash table that says where the
//! entry of a key is. A write copies a page of each kind.
//!
//! `ptr_eq`, `shared_pages` and `page_count` of each collection show what is shared with what.
//!
//! # Which collection when
//!
//! | collection | take it for |
//! |---|---|
//! | [`PagedMap`], [`PagedSet`] | lookups by key: they are the fastest |
//! | [`PagedOrdMap`], [`PagedOrdSet`] | the neighbours of a key, ranges, prefixes, sorted listings and ranks; a write to a large one copies less |
//! | [`PagedIndexMap`], [`PagedIndexSet`] | lookups by key where the order of insertion counts: rules, listings, the order of a file |
//! | [`PagedVec`] | a sequence, by index |
//! | std's, in a [`CowCell`](crate::CowCell) | what is only ever replaced as a whole |
//!
//! # Costs
//!
//! The last line of a method's documentation is its cost. `n` is the number of elements in this collection, and `m` the
//! number in the other one, or of elements that are given. `pages` is the number of places in the directory, and `page` the
//! number of elements in one page. A write to a map or set of many sections copies 256 places and one for each section, whatever
//! `pages` is. "Where pages are shared" means: as long as another clone has the directory or a page that
//! the method changes. The copy of a page clones its elements.
//!
//! # Panics of the elements
//!
//! `Hash`, `Eq`, `Ord` and `Clone` of an element may panic at any moment. The collection stays usable then. No element that was
//! stored is lost or dropped twice. The elements that the interrupted call was to add may be missing, and those that it was
//! to remove may be gone.
//!
//! An element may hold a clone of the collection that it is in. A long chain of such elements is dropped recursively, as a
//! linked list is.
//!
//! # Examples
//!
//! ```
//! use readmostly::paged::PagedMap;
//!
//! let monday: PagedMap<u32, &str> = (0..100_000).map(|id| (id, "open")).collect();
//!
//! let mut tuesday = monday.clone();
//! tuesday.insert(7, "closed");
//!
//! assert_eq!(monday[&7], "open");
//! assert_eq!(tuesday[&7], "closed");
//! assert_eq!(tuesday.shared_pages(&monday), monday.page_count() - 1);
//! ```
//!
//! [`Arc`]: std::sync::Arc

/// Writes the methods of an `Iterator` whose field `inner` is one. `$item` makes an item of an item of `inner`; without it, they
/// are the same.
macro_rules! iterator_methods {
    () => {
        iterator_methods!(self => self.inner);
    };
    ($item:expr) => {
        iterator_methods!(self => self.inner, .map($item));
    };
    ($self:ident => $inner:expr $(, .map($item:expr))?) => {
        #[inline]
        fn next(&mut $self) -> Option<Self::Item> {
            $inner.next()$(.map($item))?
        }

        #[inline]
        fn size_hint(&$self) -> (usize, Option<usize>) {
            $inner.size_hint()
        }

        fn count($self) -> usize {
            $inner.count()
        }

        fn last($self) -> Option<Self::Item> {
            $inner.last()$(.map($item))?
        }

        fn nth(&mut $self, n: usize) -> Option<Self::Item> {
            $inner.nth(n)$(.map($item))?
        }

        #[inline]
        fn fold<B, G: FnMut(B, Self::Item) -> B>($self, init: B, g: G) -> B {
            $inner$(.map($item))?.fold(init, g)
        }
    };
}

/// Writes the methods of a `DoubleEndedIterator` whose field `inner` is one. `$item` is as in `iterator_methods`.
macro_rules! double_ended_methods {
    ($($item:expr)?) => {
        #[inline]
        fn next_back(&mut self) -> Option<Self::Item> {
            self.inner.next_back()$(.map($item))?
        }

        fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
            self.inner.nth_back(n)$(.map($item))?
        }

        #[inline]
        fn rfold<B, G: FnMut(B, Self::Item) -> B>(self, init: B, g: G) -> B {
            self.inner$(.map($item))?.rfold(init, g)
        }
    };
}

/// Writes the methods of an `Iterator` whose items ascend. What `owns` them drops the rest while the result is a local: a result that is made
/// already is leaked if a destructor panics.
macro_rules! ascending_methods {
    () => {
        fn min(mut self) -> Option<Self::Item>
        where
            Self::Item: Ord,
        {
            self.next()
        }

        fn max(mut self) -> Option<Self::Item>
        where
            Self::Item: Ord,
        {
            self.next_back()
        }
    };
    (owns) => {
        fn min(mut self) -> Option<Self::Item>
        where
            Self::Item: Ord,
        {
            let first = self.next();
            drop(self);
            first
        }

        fn max(self) -> Option<Self::Item>
        where
            Self::Item: Ord,
        {
            self.last()
        }
    };
}

pub(crate) mod delta;
pub(crate) mod engine;
mod handed;
pub mod hash_map;
pub mod hash_set;
pub mod index_map;
pub mod index_set;
pub mod ord_map;
pub mod ord_set;
pub mod vec;

pub use self::delta::{Change, Conflict, Delta, DeltaIter, Mismatch};
pub use self::hash_map::PagedMap;
pub use self::hash_set::PagedSet;
pub use self::index_map::PagedIndexMap;
pub use self::index_set::PagedIndexSet;
pub use self::ord_map::PagedOrdMap;
pub use self::ord_set::PagedOrdSet;
pub use self::vec::PagedVec;

pub(crate) use self::handed::Handed;

/// Drops the value of an entry, and returns the key. It is a local meanwhile: a result that is made already is leaked if a destructor panics.
pub(crate) fn key_of<K, V>((key, value): (K, V)) -> K {
    drop(value);
    key
}

/// Drops the key of an entry, and returns the value, as [`key_of`] does.
pub(crate) fn value_of<K, V>((key, value): (K, V)) -> V {
    drop(key);
    value
}

/// Collects an iterator whose size hint may be false. It reserves a little, and then what has come.
pub(crate) fn gather<T>(iter: impl Iterator<Item = T>) -> Vec<T> {
    const TRUSTED: usize = 1024;
    let mut all = Vec::with_capacity(iter.size_hint().0.min(TRUSTED));
    // Not by `extend`, which reserves what the hint says.
    iter.for_each(|element| all.push(element));
    all
}
