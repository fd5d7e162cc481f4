//! Persistent collections: cloning one is O(1), and a clone shares every page that neither of the two changes.
//!
//! What it costs first: a lookup in a large collection takes one step more than in std's, and a write asks for `Clone`,
//! since it copies what is shared. What it is good for: keeping many versions of a large collection that differ by
//! little, such as the one that readers have and the one that a writer prepares. There are no threads in here; the
//! collections are plain data that may be sent and shared as any other, and are what the concurrent containers of this
//! crate are made of.
//!
//! # Pages
//!
//! A collection is a *directory* of *pages*. A page is a small flat collection (of a few dozen to a thousand and some
//! elements) behind an [`Arc`], and so is the directory. A clone is one more reference to the directory. A write copies
//! the directory and the page that it touches if somebody else has them too, and changes them in place otherwise: within
//! one batch a page is copied once, and a collection that nobody shares is copied never. A push to a long vector copies
//! no directory: what was pushed last is a page beside it.
//!
//! Small collections have one page and no directory, and a read is one pointer further away than in std. In large ones the pages grow
//! with the square root of the length, and a write costs `O(sqrt n)` where pages are shared: 1,000,000 pairs of `u64`
//! are about 1,000 pages of about 1,000 pairs. Pages are smaller where an element is large, or dear to clone.
//!
//! `ptr_eq`, `shared_pages` and `page_count` of each collection show what is shared with what.
//!
//! # Panics of the elements
//!
//! `Hash`, `Eq` and `Clone` of what is stored may panic at any moment. No element that was stored is lost then or dropped
//! twice, and the collection stays usable; what the interrupted call was to add may be missing, and what it was to remove
//! may be gone.
//!
//! An element may hold a clone of the collection that it is in. A long chain of such elements, each the last owner of the next
//! one, is dropped recursively, as a linked list is.
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

/// Implements the traits of an iterator for a type whose field `inner` is one of the walks over a table.
macro_rules! iterate {
    (
        [$($generics:tt)*] $type:ty, where [$($bounds:tt)*],
        $entry:pat => $item:ty { $shown:expr },
        debug [$($debug_bounds:tt)*] $debug_entry:pat => $debug:expr $(,)?
    ) => {
        impl<$($generics)*> Iterator for $type where $($bounds)* {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.inner.next().map(|$entry| $shown)
            }

            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.inner.size_hint()
            }

            #[inline]
            fn fold<B, F: FnMut(B, $item) -> B>(self, init: B, mut f: F) -> B {
                self.inner.fold(init, |acc, $entry| f(acc, $shown))
            }
        }

        impl<$($generics)*> ExactSizeIterator for $type where $($bounds)* {}
        impl<$($generics)*> std::iter::FusedIterator for $type where $($bounds)* {}

        impl<$($generics)*> std::fmt::Debug for $type where $($debug_bounds)* {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_list().entries(self.inner.iter().map(|$debug_entry| $debug)).finish()
            }
        }
    };
}

/// Implements `Default`, which walks over nothing, for iterators whose field `inner` is one of the walks over a table.
macro_rules! empty_by_default {
    ($([$($generics:tt)*] $type:ty: $walk:ident),* $(,)?) => {$(
        impl<$($generics)*> Default for $type {
            fn default() -> Self {
                Self { inner: crate::paged::engine::table::$walk::default() }
            }
        }
    )*};
}

mod engine;
pub mod hash_map;
pub mod hash_set;
pub mod vec;

pub use self::hash_map::PagedMap;
pub use self::hash_set::PagedSet;
pub use self::vec::PagedVec;
