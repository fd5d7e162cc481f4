//! `PagedOrdMap` and `PagedOrdSet` against std's `BTreeMap` and `BTreeSet`, and what they share, copy and drop.

mod clones;
mod costs;
mod delta;
mod drops;
mod liars;
mod map;
mod model;
mod set;
mod sharing;

use crate::support::elements::Elem;
use readmostly::paged::PagedOrdMap;

type Hostile = PagedOrdMap<Elem, Elem>;

fn elems(ids: impl IntoIterator<Item = u64>) -> Hostile {
    ids.into_iter().map(|id| (Elem::new(id), Elem::new(id))).collect()
}

/// A copy with pages of its own.
fn unshared(map: &Hostile) -> Hostile {
    let mut copy = map.clone();
    copy.iter_mut().for_each(drop);
    assert_eq!(copy.shared_pages(map), 0);
    copy
}
