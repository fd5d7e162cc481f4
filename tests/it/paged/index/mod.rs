//! `PagedIndexMap` and `PagedIndexSet` against `indexmap`'s, and what they share, copy, drop and number anew.

mod delta;
mod drops;
mod gaps;
mod liars;
mod lookups;
mod map;
mod model;
mod set;
mod sharing;

use crate::support::elements::Elem;
use readmostly::paged::PagedIndexMap;

type Hostile = PagedIndexMap<Elem, Elem>;

/// 32 of their entries are a page, and 2,048 a group of pages.
fn elems(ids: impl IntoIterator<Item = u64>) -> Hostile {
    ids.into_iter().map(|id| (Elem::new(id), Elem::new(id))).collect()
}

/// A copy with pages of its own.
fn unshared(map: &Hostile) -> Hostile {
    let mut copy = map.clone();
    copy.iter_mut().for_each(drop);
    copy
}
