//! Values and callers that do their worst to a cell: calls that panic, clones that differ, calls back into the cell, guards
//! that leak.
//!
//! What has no test: an allocation that fails aborts the process, as with std's collections. A publish makes its one
//! allocation before it announces anything, so nobody sees half of it. The last version number is in `src/cell/tests.rs`,
//! which can start a cell near it.

use crate::support::{Call, Census, Counted, Fuse, Fused, alone, panic_of, rounds, watched};
use readmostly::{CowCell, CowMap, CowSet, CowVec, Snapshot, Source};
use static_assertions::assert_type_eq_all;
use std::collections::HashSet;
use std::hash::{Hash, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::{mem, thread};

// Keyed, unless the user names another.
assert_type_eq_all!(CowMap<u8, u8>, CowMap<u8, u8, RandomState>);
assert_type_eq_all!(CowSet<u8>, CowSet<u8, RandomState>);

/// Lets `write` panic in its first call of the kind `which`, then in its second, and so on until it comes through. Each time
/// the version that was there must still be there, and the lock free.
#[track_caller]
fn in_every<S: Source<Value: Clone + Send + Sync>>(
    which: Call,
    fuse: &Fuse,
    container: &S,
    write: impl Fn(&S),
) {
    let cell = container.cell();
    let base = cell.snapshot();
    for nth in 0..1_000 {
        fuse.arm(which, nth);
        let outcome = catch_unwind(AssertUnwindSafe(|| write(container)));
        if fuse.disarm() {
            assert!(outcome.is_ok(), "it panicked by itself");
            assert!(nth > 0, "there is no {which:?} in it");
            return;
        }
        assert!(outcome.is_err());
        assert!(Snapshot::ptr_eq(&base, &cell.snapshot()), "published, after a panic in {which:?} {nth}");
        assert!(!cell.reader().is_stale(), "announced, after a panic in {which:?} {nth}");
        thread::scope(|s| s.spawn(|| assert!(cell.try_write().is_some(), "locked")).join().unwrap());
    }
    panic!("it never came through");
}

type Elements = Vec<Fused<Counted<u32>>>;

#[test]
fn a_panic_in_any_clone_leaves_the_old_version() {
    watched(|| {
        let (fuse, census) = (Fuse::new(), Census::new());
        let writes: [fn(&CowCell<Elements>); 3] = [
            |cell| drop(cell.update(Vec::pop)),
            |cell| drop(cell.try_update(|v| v.pop().ok_or(()))),
            |cell| {
                let mut txn = cell.write();
                txn.pop();
                txn.commit();
            },
        ];
        for write in writes {
            let cell = CowCell::new((0..20).map(|n| fuse.on(census.count(n))).collect::<Elements>());
            in_every(Call::Clone, &fuse, &cell, |cell| {
                assert_eq!(census.alive(), 20, "the half of a clone that was made is gone");
                write(cell);
            });
            assert_eq!(fuse.calls(Call::Clone), 20, "one clone of each element, and of the value one");
            assert!(cell.load().iter().map(|element| *element.value).eq(0..19));
            assert_eq!(cell.version(), 1);
            drop(cell);
            assert_eq!(census.alive(), 0);
        }
    });
}

#[test]
fn a_panic_in_any_clone_of_a_page_leaves_the_old_version() {
    watched(|| {
        let (fuse, census) = (Fuse::new(), Census::new());
        let element = |n| fuse.on(census.count(n));
        let map: CowMap<_, _> = (0..20).map(|n| (n, element(n))).collect();
        let vec: CowVec<_> = (0..20).map(element).collect();
        in_every(Call::Clone, &fuse, &map, |map| {
            assert_eq!(census.alive(), 40);
            map.insert(20, element(20));
        });
        assert!(map.len() == 21 && map.version() == 1);
        let alive = census.alive();
        in_every(Call::Clone, &fuse, &vec, |vec| {
            assert_eq!(census.alive(), alive);
            vec.push(element(20));
        });
        assert!(vec.load().iter().map(|element| *element.value).eq(0..=20));
        drop((map, vec));
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_panic_in_a_comparison_or_a_hash_leaves_the_old_version() {
    watched(|| {
        let fuse = Fuse::new();
        let numbers = || (0..12).map(|n| fuse.on(n * 7 % 12));
        let vec = || CowCell::new(numbers().collect::<Vec<_>>());
        in_every(Call::Ord, &fuse, &vec(), |cell| cell.update(|v| v.sort()));
        in_every(Call::Eq, &fuse, &vec(), |cell| cell.update(Vec::dedup));
        let set = || CowCell::new(numbers().collect::<HashSet<_>>());
        in_every(Call::Hash, &fuse, &set(), |cell| {
            cell.update(|set| set.extend((12..40).map(|n| fuse.on(n))));
        });
        in_every(Call::Eq, &fuse, &set(), |cell| drop(cell.update(|set| set.take(&fuse.on(3)))));

        let map = || numbers().map(|n| (n, 1)).collect::<CowMap<_, _>>();
        let many = || (12..40).map(|n| fuse.on(n));
        in_every(Call::Hash, &fuse, &map(), |map| map.extend(many().map(|n| (n, 2))));
        in_every(Call::Eq, &fuse, &map(), |map| assert_eq!(map.remove(&fuse.on(3)), Some(1)));
        in_every(Call::Hash, &fuse, &map(), |map| assert_eq!(map.insert(fuse.on(12), 2), None));
        let set = || numbers().collect::<CowSet<_>>();
        in_every(Call::Hash, &fuse, &set(), |set| set.extend(many()));
        in_every(Call::Eq, &fuse, &set(), |set| drop(set.replace_item(fuse.on(3))));
        let vec = || numbers().collect::<CowVec<_>>();
        in_every(Call::Ord, &fuse, &vec(), CowVec::sort);
        in_every(Call::Eq, &fuse, &vec(), |vec| assert!(vec.remove_item(&fuse.on(3))));
        in_every(Call::Eq, &fuse, &vec(), |vec| assert!(vec.push_if_absent(fuse.on(99))));
    });
}

/// Its clones are another value each time.
struct Fickle {
    clones: Arc<AtomicUsize>,
    generation: usize,
}

impl Clone for Fickle {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Ordering::Relaxed);
        Self { clones: Arc::clone(&self.clones), generation: self.generation + 1 }
    }
}

#[test]
fn a_write_clones_once_and_stores_what_it_is_given() {
    let clones = Arc::new(AtomicUsize::new(0));
    let counted = || clones.swap(0, Ordering::Relaxed);
    let fickle = |generation| Fickle { clones: Arc::clone(&clones), generation };
    let generation = |cell: &CowCell<Fickle>| cell.load().generation;

    let cell = CowCell::new(fickle(0));
    assert_eq!((generation(&cell), counted()), (0, 0));
    drop(cell.replace(fickle(100)));
    assert!(cell.replace_if_current(&cell.snapshot(), fickle(200)).is_ok());
    assert_eq!((generation(&cell), counted()), (200, 0), "a whole value is not cloned");
    cell.update(|draft| assert_eq!(draft.generation, 201));
    assert_eq!((generation(&cell), counted()), (201, 1));
    let mut txn = cell.write();
    assert_eq!((txn.generation, counted()), (201, 0), "nor before the first write");
    txn.generation += 10;
    txn.generation += 10;
    txn.commit();
    assert_eq!((generation(&cell), counted()), (222, 1));
    let held = cell.snapshot();
    assert_eq!((cell.into_inner().generation, counted()), (223, 1), "the snapshot keeps the original");
    assert_eq!((Snapshot::into_inner(held).generation, counted()), (222, 0), "and was its last holder");

    // The containers: each element of the page is cloned once, and the new one is stored as it was given.
    let vec: CowVec<_> = (0..10).map(|n| fickle(n * 100)).collect();
    assert_eq!(counted(), 0);
    vec.push(fickle(5_000));
    assert_eq!(counted(), 10);
    assert!(vec.load().iter().map(|f| f.generation).eq((0..10).map(|n| n * 100 + 1).chain([5_000])));
    let map: CowMap<_, _> = (0..10).map(|n| (n, fickle(n * 100))).collect();
    map.insert(10, fickle(5_000));
    assert_eq!(counted(), 10);
    map.get_with(&10, |f| assert_eq!(f.generation, 5_000));
    assert_eq!(counted(), 0);
}

/// Calls back into the cell that it is in, from its `Clone`, `Eq` and `Hash`.
struct Nosy(Arc<OnceLock<Weak<CowCell<Vec<Nosy>>>>>, fn(&CowCell<Vec<Nosy>>));

impl Nosy {
    fn call(&self) {
        if let Some(cell) = self.0.get().and_then(Weak::upgrade) {
            self.1(&cell);
        }
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        self.call();
        Self(Arc::clone(&self.0), self.1)
    }
}

impl PartialEq for Nosy {
    fn eq(&self, _: &Self) -> bool {
        self.call();
        true
    }
}

impl Eq for Nosy {}

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, _: &mut H) {
        self.call();
    }
}

fn nosy(callback: fn(&CowCell<Vec<Nosy>>)) -> Arc<CowCell<Vec<Nosy>>> {
    let back = Arc::new(OnceLock::new());
    let cell = Arc::new(CowCell::new(vec![Nosy(Arc::clone(&back), callback)]));
    assert!(back.set(Arc::downgrade(&cell)).is_ok());
    cell
}

#[test]
fn a_clone_that_calls_back_may_read() {
    watched(|| {
        let cell = nosy(|cell| {
            assert_eq!((cell.load().len(), cell.snapshot().len(), cell.reader().load().len()), (1, 1, 1));
            assert_eq!(cell.version(), 0);
        });
        cell.update(|v| {
            v.extend_from_within(..);
            assert!(v[0] == v[1]);
            assert_eq!(v.drain(..).collect::<HashSet<_>>().len(), 1);
        });
        assert_eq!((cell.load().len(), cell.version()), (0, 1));
    });
}

#[test]
fn a_clone_that_calls_back_may_not_write() {
    watched(|| {
        let cell = nosy(|cell| {
            assert!(cell.try_write().is_none());
            cell.update(Vec::clear);
        });
        let said = panic_of(|| cell.update(|_| unreachable!("the clone comes first")));
        assert!(said.contains("a write inside a write"), "{said}");
        assert_eq!((cell.load().len(), cell.version()), (1, 0));
        // Outside a write it may.
        let cell = nosy(|cell| drop(cell.replace(Vec::new())));
        assert!(cell.load()[0] == cell.load()[0]);
        assert_eq!((cell.load().len(), cell.version()), (0, 1));
    });
}

// A leaked guard is one that is held for ever, in all of the process: alone.
#[test]
fn a_million_leaked_guards_leave_the_cell_usable() {
    alone("adversarial::cell::a_million_leaked_guards_leave_the_cell_usable", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        for n in 0..rounds(1_000_000) {
            mem::forget(cell.load());
            if n % 1_000 == 0 {
                cell.replace(census.count(n));
                assert_eq!(**cell.load(), n);
            }
        }
        let leaked = cell.load();
        let shown: &Counted<usize> = &leaked;
        cell.replace(census.count(7));
        let other = thread::scope(|s| s.spawn(|| **cell.snapshot()).join().unwrap());
        assert_eq!((**shown, other), (rounds(1_000_000) - 1_000, 7));
        drop(leaked);
        // They borrow the cell, so nothing can be read through them any more. With the lock backend each of them is a
        // count of its version that never goes, with the hazard backend all but the first few are; with the epoch
        // backend the cell frees all.
        drop(cell);
        assert!(census.alive() <= rounds(1_000) + 1);
        let fresh = CowCell::new(1);
        fresh.update(|n| *n += 1);
        assert_eq!(*fresh.load(), 2);
    });
}

#[test]
fn containers_work_inside_each_other() {
    watched(|| {
        let outer: CowVec<Arc<CowVec<u32>>> = (0..4).map(|n| Arc::new([n].into_iter().collect())).collect();
        // The outer one inside a read of the inner one, and the other way round.
        let first = outer.get(0).unwrap();
        let inner = first.load();
        outer.push(Arc::new(CowVec::new()));
        first.push(10);
        assert_eq!((inner.len(), first.len(), outer.len()), (1, 2, 5));
        drop(inner);
        let shown = outer.load();
        shown[1].push(11);
        outer.update(|draft| {
            // The draft shares the inner containers: a write to one is seen at once, whatever becomes of the draft.
            draft[2].push(12);
            first.update(|v| v.push(outer.len().try_into().unwrap()));
            draft.truncate(3);
        });
        assert_eq!((shown.len(), outer.len()), (5, 3));
        assert!(outer.load().iter().map(|inner| inner.len()).eq([3, 2, 2]));
        thread::scope(|s| {
            for n in 0..3 {
                let (outer, first) = (&outer, &first);
                s.spawn(move || {
                    for _ in 0..rounds(1_000) {
                        let guard = first.load();
                        outer.update(|draft| draft.push(Arc::clone(first)));
                        outer.load()[n].push(guard[0]);
                        outer.update(|draft| draft.pop().unwrap().len());
                    }
                });
            }
        });
        assert_eq!(outer.len(), 3);
        assert_eq!(outer.load().iter().map(|inner| inner.len()).sum::<usize>(), 7 + 3 * rounds(1_000));
    });
}
