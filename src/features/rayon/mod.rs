//! rayon's parallel iterators over the paged collections, with the feature `rayon`.
//!
//! - `par_iter` and `into_par_iter`, of each collection in [`paged`](crate::paged), and of a snapshot, a guard or a reader's reference
//!   that shows one. Nothing is collected first: each thread walks over pages of its own, and the last page is cut too, so that a small
//!   collection is good for several threads. Of a vector and of the ordered and the index collections they are indexed, and in order.
//! - `collect` and `par_extend`. What an iterator yields is gathered by many threads, and then put into the collection by one. So
//!   these are as fast as the iterator, and not as fast as many threads could insert.
//!
//! The elements must be `Send` and `Sync`, as for all that threads share pages of. There is no `par_iter_mut`: a write that is to
//! be divided among threads makes a new collection (`par_iter().map(…).collect()`).
//!
//! # Panics
//!
//! A thread that waits for rayon takes up other tasks meanwhile. So call rayon outside of an `update` and of a transaction if other
//! tasks of the same pool write to the same container: such a write would be one inside a write on the same thread, which
//! [panics](crate::CowCell#deadlocks).
//!
//! # Examples
//!
//! ```
//! use rayon::prelude::*;
//! use readmostly::paged::PagedMap;
//! use readmostly::{CowMap, CowVec};
//!
//! let stock: CowMap<u32, u64> = (0..10_000).map(|id| (id, 3)).collect();
//! assert_eq!(stock.load().par_iter().map(|(_, count)| count).sum::<u64>(), 30_000);
//!
//! let doubled: PagedMap<u32, u64> = stock.snapshot().par_iter().map(|(id, count)| (*id, count * 2)).collect();
//! stock.replace(doubled);
//! assert_eq!(stock.get(&7), Some(6));
//!
//! let list: CowVec<u32> = (0..10_000).collect();
//! assert_eq!(list.load().par_iter().position_any(|n| *n == 4_711), Some(4_711));
//! ```

pub mod hash_map;
pub mod hash_set;
pub mod index_map;
pub mod index_set;
mod indexed;
pub mod ord_map;
pub mod ord_set;
pub mod vec;

use self::indexed::{Cut, indexed};
use crate::Snapshot;
use crate::paged::engine::table::{OwnedPart, Part};
use rayon::iter::plumbing::{Folder, UnindexedConsumer, UnindexedProducer, bridge_unindexed};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Iterates over what it shows.
impl<'a, T> IntoParallelIterator for &'a Snapshot<T>
where
    &'a T: IntoParallelIterator,
{
    type Item = <&'a T as IntoParallelIterator>::Item;
    type Iter = <&'a T as IntoParallelIterator>::Iter;

    fn into_par_iter(self) -> Self::Iter {
        (**self).into_par_iter()
    }
}

impl<'a, T: Send + Sync> UnindexedProducer for Part<'a, T> {
    type Item = &'a T;

    fn split(self) -> (Self, Option<Self>) {
        self.split()
    }

    fn fold_with<F: Folder<&'a T>>(self, folder: F) -> F {
        folder.consume_iter(self.into_iter())
    }
}

impl<T: Clone + Send + Sync> UnindexedProducer for OwnedPart<T> {
    type Item = T;

    fn split(self) -> (Self, Option<Self>) {
        self.split()
    }

    fn fold_with<F: Folder<T>>(self, folder: F) -> F {
        folder.consume_iter(self.into_iter())
    }
}

/// A walk over the entries of a table.
struct Walk<P>(P);

impl<P: UnindexedProducer> ParallelIterator for Walk<P>
where
    P::Item: Send,
{
    type Item = P::Item;

    fn drive_unindexed<C: UnindexedConsumer<P::Item>>(self, consumer: C) -> C::Result {
        bridge_unindexed(self.0, consumer)
    }
}
