//! What each public type is on other threads, across panics and in a pin: a table.
//!
//! A container is `Send` and `Sync` exactly if what is in it is both. Other crates had advisories for getting this wrong. The
//! facts hold for every backend: each is one that the public type states by itself. That a guard and a transaction stay on
//! their thread, and that nothing outlives what it borrows, are `compile_fail` examples where they are documented.

use readmostly::paged::{
    Change, Delta, DeltaIter, PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet,
    PagedVec, hash_map, hash_set, index_map, index_set, ord_map, ord_set, vec,
};
use readmostly::{
    CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec, Guard, MappedGuard,
    MappedReader, MappedSnapshot, OutOfBounds, Reader, Snapshot, Stale, Update, Watch, WriteTxn,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::{Cell, UnsafeCell};
use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomPinned;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::{Arc, MutexGuard, Weak};

/// `Send`, not `Sync`; and not `RefUnwindSafe`.
type SendOnly = Cell<u8>;
type SyncOnly = MutexGuard<'static, u8>;
type Neither = Rc<u8>;
/// Has no trait but the automatic ones.
struct Bare;

/// No type has it: so that a row may be empty.
trait Nobody {}

/// Asserts each row, which is about a value of `T`, of each type.
macro_rules! table {
    ($t:ident in [$($type:ty),* $(,)?] $rows:tt) => {
        $(table!(@ $t, $type, $rows);)*
    };
    (@ $t:ident, $type:ty, { $($held:ty: [$($is:path),*] not [$($is_not:path),*];)* }) => {
        const _: () = {
            type This<$t> = $type;
            $(
                assert_impl_all!(This<$held>: Sized $(, $is)*);
                assert_not_impl_any!(This<$held>: Nobody $(, $is_not)*);
            )*
        };
    };
}

// What shares values between threads, and leaves the last of them to drop a value.
table!(T in [
    CowCell<T>, CowVec<T>, CowSet<T>, CowMap<T, u8>, CowMap<u8, T>, CowMap<u8, u8, T>, CowSet<u8, T>,
    CowOrdMap<T, u8>, CowOrdMap<u8, T>, CowOrdSet<T>, Reader<&'static CowOrdMap<u8, T>>, Watch<Arc<CowOrdSet<T>>>,
    Snapshot<T>, Snapshot<PagedVec<T>>, Stale<T>, Update<T>,
    MappedSnapshot<T, u8, fn(&T) -> &u8>, MappedReader<&'static CowCell<T>, u8, fn(&T) -> &u8>,
    Reader<&'static CowCell<T>>, Reader<Arc<CowCell<T>>>, Reader<Box<CowCell<T>>>,
    Watch<&'static CowCell<T>>, Watch<Arc<CowCell<T>>>, Watch<Weak<CowCell<T>>>, Watch<Arc<CowMap<u8, T>>>,
    Reader<&'static CowVec<T>>, Reader<&'static CowSet<T>>, Reader<&'static CowMap<u8, T>>,
    PagedVec<T>, PagedSet<T>, PagedMap<T, u8>, PagedMap<u8, T>, PagedOrdSet<T>, PagedOrdMap<T, u8>, PagedOrdMap<u8, T>,
    PagedIndexSet<T>, PagedIndexMap<T, u8>, PagedIndexMap<u8, T>, CowIndexSet<T>, CowIndexMap<T, u8>,
    CowIndexMap<u8, T>, CowIndexMap<u8, u8, T>, CowIndexSet<u8, T>,
] {
    u8: [Send, Sync] not [];
    SendOnly: [] not [Send, Sync];
    SyncOnly: [] not [Send, Sync];
    Neither: [] not [Send, Sync];
});

// What stays on its thread, with that thread's pin or lock.
table!(T in [
    Guard<'static, T>, Guard<'static, PagedVec<T>>, WriteTxn<'static, T>, WriteTxn<'static, PagedMap<u8, T>>,
    MappedGuard<'static, T, u8, fn(&T) -> &u8>,
] {
    u8: [Sync] not [Send];
    SendOnly: [] not [Send, Sync];
    SyncOnly: [] not [Send, Sync];
    Neither: [] not [Send, Sync];
});

// A plain value.
table!(T in [OutOfBounds<T>] {
    u8: [Send, Sync] not [];
    SendOnly: [Send] not [Sync];
    SyncOnly: [Sync] not [Send];
    Neither: [] not [Send, Sync];
});

// Walks over pages. By value they may share the pages with other threads' versions.
table!(T in [
    hash_map::Diff<'static, u8, T, u8>, hash_map::DiffBy<'static, T, u8, u8, u8>, hash_set::Diff<'static, T, u8>,
    vec::Diff<'static, T>, vec::Splice<'static, T>, Change<'static, u8, T>, Delta<T, u8>, DeltaIter<'static, u8, T>,
    hash_map::Iter<'static, u8, T>, hash_map::IterMut<'static, u8, T>, hash_map::Keys<'static, T, u8>, hash_map::Values<'static, u8, T>,
    hash_map::ValuesMut<'static, u8, T>, hash_map::IntoIter<u8, T>, hash_map::IntoKeys<T, u8>, hash_map::IntoValues<u8, T>,
    hash_map::Drain<'static, u8, T>, hash_map::Entry<'static, u8, T>, hash_map::OccupiedEntry<'static, u8, T>,
    hash_map::VacantEntry<'static, u8, T>,
    hash_set::Iter<'static, T>, hash_set::IntoIter<T>, hash_set::Drain<'static, T>, hash_set::Union<'static, T, u8>,
    hash_set::Intersection<'static, T, u8>, hash_set::Difference<'static, T, u8>, hash_set::SymmetricDifference<'static, T, u8>,
    ord_map::Diff<'static, u8, T>, ord_map::DiffBy<'static, T, u8, u8>, ord_map::Iter<'static, u8, T>, ord_map::IterMut<'static, u8, T>,
    ord_map::Keys<'static, T, u8>, ord_map::Values<'static, u8, T>, ord_map::ValuesMut<'static, u8, T>, ord_map::Range<'static, u8, T>,
    ord_map::RangeMut<'static, T, u8>, ord_map::IntoIter<u8, T>, ord_map::IntoKeys<T, u8>, ord_map::IntoValues<u8, T>,
    ord_map::Entry<'static, u8, T>, ord_map::OccupiedEntry<'static, u8, T>, ord_map::VacantEntry<'static, T, u8>,
    ord_set::Diff<'static, T>, ord_set::Iter<'static, T>, ord_set::IntoIter<T>, ord_set::Range<'static, T>, ord_set::Union<'static, T>,
    ord_set::Intersection<'static, T>, ord_set::Difference<'static, T>, ord_set::SymmetricDifference<'static, T>,
    vec::Iter<'static, T>, vec::IterMut<'static, T>, vec::IntoIter<T>, vec::Drain<'static, T>, vec::Pages<'static, T>,
    vec::Slice<'static, T>, vec::Chunks<'static, T>, vec::ChunksExact<'static, T>, vec::RChunks<'static, T>,
    vec::RChunksExact<'static, T>, vec::Windows<'static, T>, vec::Split<'static, T, u8>,
    vec::SplitInclusive<'static, T, u8>, vec::RSplit<'static, T, u8>, vec::SplitN<'static, T, u8>,
    vec::RSplitN<'static, T, u8>, vec::ChunkBy<'static, T, u8>, vec::ExtractIf<'static, T, u8>,
] {
    u8: [Send, Sync, Unpin] not [];
    Neither: [] not [Send, Sync];
});

// A panic leaves no value of a container half written, so no container is lost to one, whatever it holds (G9).
table!(T in [
    CowCell<T>, CowVec<T>, CowSet<T>, CowMap<T, u8>, CowMap<u8, T>, CowOrdSet<T>, CowOrdMap<T, u8>, CowOrdMap<u8, T>,
] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    SendOnly: [UnwindSafe, RefUnwindSafe] not [];
    &'static mut u8: [UnwindSafe, RefUnwindSafe] not [];
});
table!(T in [
    Guard<'static, T>, Snapshot<T>, Reader<&'static CowCell<T>>, PagedVec<T>,
    MappedGuard<'static, T, u8, fn(&T) -> &u8>, MappedSnapshot<T, u8, fn(&T) -> &u8>,
] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    SendOnly: [] not [UnwindSafe, RefUnwindSafe];
});
// An iterator is as safe across panics as std's of the same name.
table!(T in [
    vec::IntoIter<T>, vec::Drain<'static, T>, vec::Iter<'static, T>, vec::Pages<'static, T>, vec::Slice<'static, T>,
    vec::Chunks<'static, T>, vec::Windows<'static, T>, vec::Split<'static, T, u8>, vec::ChunkBy<'static, T, u8>,
] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    SendOnly: [] not [UnwindSafe, RefUnwindSafe];
});
table!(T in [vec::IterMut<'static, T>, vec::ExtractIf<'static, T, u8>] {
    u8: [RefUnwindSafe] not [UnwindSafe];
});
table!(T in [WriteTxn<'static, T>] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    SendOnly: [UnwindSafe] not [RefUnwindSafe];
    &'static mut u8: [UnwindSafe] not [];
});

// A collection is as unwind safe as std's.
table!(T in [
    PagedMap<T, u8>, PagedMap<u8, T>, PagedMap<u8, u8, T>, PagedSet<T>, PagedSet<u8, T>,
    PagedIndexMap<T, u8>, PagedIndexMap<u8, T>, PagedIndexMap<u8, u8, T>, PagedIndexSet<T>, PagedIndexSet<u8, T>,
] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    UnsafeCell<()>: [UnwindSafe] not [RefUnwindSafe];
    &'static mut u8: [] not [UnwindSafe];
});
// Those of std that are ordered ask of their elements what a shared reference does.
table!(T in [PagedOrdMap<T, u8>, PagedOrdMap<u8, T>, PagedOrdSet<T>, BTreeMap<T, u8>, BTreeMap<u8, T>] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
    SendOnly: [] not [UnwindSafe, RefUnwindSafe];
    &'static mut u8: [UnwindSafe, RefUnwindSafe] not [];
});
table!(T in [hash_map::Drain<'static, T, u8>, hash_map::Drain<'static, u8, T>, hash_set::Drain<'static, T>] {
    u8: [UnwindSafe, RefUnwindSafe] not [];
});

// What owns its value behind a pointer can move whatever the value is; the others as their value.
table!(T in [
    CowCell<T>, CowVec<T>, CowSet<T>, CowMap<T, u8>, CowOrdSet<T>, CowOrdMap<T, u8>, Snapshot<T>, Reader<&'static CowCell<T>>,
] {
    u8: [Unpin] not [];
    PhantomPinned: [Unpin] not [];
});
table!(T in [Guard<'static, T>, WriteTxn<'static, T>, Stale<T>, OutOfBounds<T>] {
    u8: [Unpin] not [];
});

// No container is `Clone`: `fork` says that the copy is independent, `Arc` that it is not.
table!(T in [
    CowCell<T>, CowVec<T>, CowSet<T>, CowMap<T, u8>, CowOrdSet<T>, CowOrdMap<T, u8>, Guard<'static, T>, WriteTxn<'static, T>,
] {
    u8: [Debug] not [Clone, Copy];
});
// A snapshot is whatever its value is, and `Clone` whatever that is.
table!(T in [Snapshot<T>] {
    Bare: [Clone, Send, Sync] not [Debug, Display, PartialEq, PartialOrd, Hash, Copy];
    u8: [Clone, Debug, Display, Eq, Ord, Hash] not [Copy];
    f64: [Clone, Debug, Display, PartialEq, PartialOrd] not [Eq, Ord, Hash];
});
table!(T in [Reader<&'static CowCell<T>>, Reader<Arc<CowCell<T>>>] {
    Bare: [Clone] not [Debug, Copy];
    u8: [Clone, Debug] not [];
});
table!(T in [Reader<Box<CowCell<T>>>] {
    u8: [Debug] not [Clone];
});
// An error shows itself without asking it of the value that it hands back.
table!(T in [Stale<T>, OutOfBounds<T>] {
    Bare: [Debug, Display, Error] not [];
});

/// What only shows a value can show it for a shorter time: these functions compile.
#[test]
fn what_shows_a_value_is_covariant() {
    fn guard<'short>(guard: Guard<'short, &'static str>) -> Guard<'short, &'short str> {
        guard
    }
    fn snapshot<'short>(snapshot: Snapshot<&'static str>) -> Snapshot<&'short str> {
        snapshot
    }
    fn paged<'short>(paged: PagedVec<&'static str>) -> PagedVec<&'short str> {
        paged
    }
    fn map_drain<'a>(
        drain: hash_map::Drain<'a, &'static str, &'static str>,
    ) -> hash_map::Drain<'a, &'a str, &'a str> {
        drain
    }
    fn ordered<'short>(
        map: PagedOrdMap<&'static str, &'static str>,
    ) -> PagedOrdMap<&'short str, &'short str> {
        map
    }
    type Ordered<'a, T> =
        (ord_map::IntoIter<T, T>, ord_map::Iter<'a, T, T>, ord_map::Range<'a, T, T>, ord_set::Iter<'a, T>);
    fn in_ordered<'short>(all: Ordered<'short, &'static str>) -> Ordered<'short, &'short str> {
        all
    }
    type Indexed<'a, T> = (
        PagedIndexMap<T, T>,
        index_map::IntoIter<T, T>,
        index_map::Iter<'a, T, T>,
        index_map::Drain<'a, T, T>,
        index_set::Iter<'a, T>,
    );
    fn indexed<'short>(all: Indexed<'short, &'static str>) -> Indexed<'short, &'short str> {
        all
    }
    fn set_drain<'a>(drain: hash_set::Drain<'a, &'static str>) -> hash_set::Drain<'a, &'a str> {
        drain
    }
    type InVector<'a, T> = (
        vec::Drain<'a, T>,
        vec::IntoIter<T>,
        vec::Iter<'a, T>,
        vec::Pages<'a, T>,
        vec::Slice<'a, T>,
        vec::Chunks<'a, T>,
    );
    fn in_vector<'short>(all: InVector<'short, &'static str>) -> InVector<'short, &'short str> {
        all
    }
    let (long, mut drained) = (PagedVec::from(["long"]), PagedVec::from(["long"]));
    let all = (
        drained.drain(..),
        long.clone().into_iter(),
        long.iter(),
        long.pages(),
        long.range(..),
        long.chunks(1),
    );
    assert_eq!(in_vector(all).0.next(), Some("long"));
    let (map, set) = (PagedOrdMap::from([("long", "long")]), PagedOrdSet::from(["long"]));
    let (owned, iter, range, of_set) =
        in_ordered((map.clone().into_iter(), map.iter(), map.range("a"..), set.iter()));
    assert_eq!(
        (owned.len(), iter.len(), range.count(), of_set.len(), ordered(map.clone()).len()),
        (1, 1, 1, 1, 1)
    );
    let (map, set) = (PagedIndexMap::from([("long", "long")]), PagedIndexSet::from(["long"]));
    let mut drained = map.clone();
    let all = indexed((map.clone(), map.clone().into_iter(), map.iter(), drained.drain(..), set.iter()));
    assert_eq!((all.0.len(), all.1.len(), all.2.len(), all.3.len(), all.4.len()), (1, 1, 1, 1, 1));
    assert_eq!(map_drain(PagedMap::from([("long", "long")]).drain()).len(), 1);
    assert_eq!(set_drain(PagedSet::from(["long"]).drain()).len(), 1);
    let cell = CowCell::new("long");
    assert_eq!((*guard(cell.load()), *snapshot(cell.snapshot())), ("long", "long"));
    assert_eq!(paged(PagedVec::from(["long"])).len(), 1);
}

/// No bound of `'static` anywhere: a cell can hold what borrows from its caller's stack.
#[test]
fn a_value_may_borrow() {
    let names = [String::from("a"), String::from("b")];
    let cell = CowCell::new(vec![&names[0]]);
    let mut reader = cell.reader();
    cell.update(|v| v.push(&names[1]));
    let before = cell.replace(vec![]);
    assert_eq!((before.len(), reader.load().len()), (2, 0));
    drop(reader);
    assert_eq!(cell.into_inner().len(), 0);
    assert_eq!(**before, [&names[0], &names[1]]);
}

/// What shows a value shows it as the value does, and what it knows besides.
#[test]
fn a_value_is_shown_as_it_shows_itself() {
    let cell = CowCell::new("text");
    let before = cell.replace("new");
    let (guard, snapshot, reader) = (cell.load(), cell.snapshot(), cell.reader());
    assert_eq!(format!("{guard:?} {guard} {snapshot:?} {snapshot}"), r#""new" new "new" new"#);
    assert_eq!((*guard.as_ref(), *snapshot.as_ref()), ("new", "new"));
    assert_eq!(format!("{cell:?}"), r#"CowCell { version: 1, value: "new", .. }"#);
    assert_eq!(format!("{reader:?}"), r#"Reader { version: 1, value: "new", .. }"#);
    let mut txn = cell.write();
    *txn = "draft";
    assert_eq!(format!("{txn:?}"), r#"WriteTxn { base: 1, value: "draft", .. }"#);
    drop(txn);
    let stale = cell.replace_if_current(&before, "late").unwrap_err();
    assert_eq!(format!("{stale:?}"), "Stale { current_version: 1, .. }");
    assert!(stale.to_string().contains("no longer the current version, which is 1;"));
    let refused = CowVec::from([1]).set(2, 9).unwrap_err();
    assert_eq!(format!("{refused:?}"), "OutOfBounds { index: 2, len: 1, .. }");
    assert!(refused.to_string().contains("index 2 is out of range for a vector of length 1,"));
}

/// A snapshot compares and hashes as its value, whichever version it is.
#[test]
fn a_snapshot_compares_as_its_value() {
    fn hash_of(value: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    }
    let cell = CowCell::new(1);
    let (one, two) = (cell.replace(2), cell.replace(1));
    let again = cell.snapshot();
    assert!(one == again && one != two && !Snapshot::ptr_eq(&one, &again));
    assert_eq!([one.cmp(&two), two.cmp(&one), one.cmp(&again)], [Less, Greater, Equal]);
    assert_eq!(one.partial_cmp(&two), Some(Less));
    assert_eq!(CowCell::new(f64::NAN).snapshot().partial_cmp(&CowCell::new(1.0).snapshot()), None);
    assert_eq!([hash_of(&one), hash_of(&two)], [hash_of(&1), hash_of(&2)]);
    assert_ne!(hash_of(&one), hash_of(&two));
}

// The walks that std's collections have as a default are nothing to walk over here too.
#[test]
fn a_default_iterator_shows_nothing() {
    fn is_empty<I: ExactSizeIterator + Default>() -> bool {
        I::default().len() == 0 && I::default().next().is_none() && I::default().fold(0, |n, _| n + 1) == 0
    }
    assert!(is_empty::<hash_map::Iter<'_, u8, u8>>() && is_empty::<hash_map::IterMut<'_, u8, u8>>());
    assert!(is_empty::<hash_map::IntoIter<u8, u8>>() && is_empty::<hash_map::Keys<'_, u8, u8>>());
    assert!(is_empty::<hash_map::Values<'_, u8, u8>>() && is_empty::<hash_map::ValuesMut<'_, u8, u8>>());
    assert!(is_empty::<hash_map::IntoKeys<u8, u8>>() && is_empty::<hash_map::IntoValues<u8, u8>>());
    assert!(is_empty::<ord_map::Iter<'_, u8, u8>>() && is_empty::<ord_map::IterMut<'_, u8, u8>>());
    assert!(is_empty::<ord_map::IntoIter<u8, u8>>() && is_empty::<ord_map::Keys<'_, u8, u8>>());
    assert!(is_empty::<ord_map::Values<'_, u8, u8>>() && is_empty::<ord_map::ValuesMut<'_, u8, u8>>());
    assert!(is_empty::<ord_map::IntoKeys<u8, u8>>() && is_empty::<ord_map::IntoValues<u8, u8>>());
    assert!(is_empty::<ord_set::Iter<'_, u8>>() && is_empty::<ord_set::IntoIter<u8>>());
    assert!(is_empty::<index_map::Iter<'_, u8, u8>>() && is_empty::<index_map::IterMut<'_, u8, u8>>());
    assert!(is_empty::<index_map::IntoIter<u8, u8>>() && is_empty::<index_map::Keys<'_, u8, u8>>());
    assert!(is_empty::<index_map::Values<'_, u8, u8>>() && is_empty::<index_map::ValuesMut<'_, u8, u8>>());
    assert!(is_empty::<index_map::IntoKeys<u8, u8>>() && is_empty::<index_map::IntoValues<u8, u8>>());
    assert!(is_empty::<index_set::Iter<'_, u8>>() && is_empty::<index_set::IntoIter<u8>>());
    assert!(is_empty::<hash_set::Iter<'_, u8>>() && is_empty::<hash_set::IntoIter<u8>>());
}
