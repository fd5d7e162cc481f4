//! Elements of pages that versions share: when they are dropped, and what their destructors may do.

use crate::support::{Call, Census, Counted, Fuse, Fused, Random, alone, panic_of, rounds};
use readmostly::paged::PagedVec;
use readmostly::{CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};

#[test]
fn each_element_of_shared_pages_is_dropped_once() {
    alone("containers::drops::each_element_of_shared_pages_is_dropped_once", || {
        let census = Census::new();
        // Several pages.
        let map: CowMap<_, _> = (0..3_000).map(|n| (n, census.count(n))).collect();
        let vec: CowVec<_> = (0..1_500).map(|n| census.count(n)).collect();
        let mut random = Random::new(2);
        let mut held = Vec::new();
        for _ in 0..rounds(10_000) {
            let key = random.below(4_000);
            let index = usize::try_from(key).unwrap() % 2_000;
            match random.below(12) {
                0..3 => drop(map.insert(key, census.count(key))),
                3 | 4 => drop(map.remove(&key)),
                5 => drop(map.modify(&key, |value| *value = census.count(1))),
                6 => drop(vec.insert(index, census.count(key))),
                7 => drop(vec.remove(index)),
                8 => vec.push(census.count(key)),
                9 => held.push((map.snapshot(), vec.snapshot())),
                10 => held.truncate(held.len() / 2),
                _ => {
                    let mut txn = map.write();
                    txn.retain(|key, _| key % 2 == 0);
                    txn.rollback();
                }
            }
            assert!(map.load().iter().take(3).all(|(_, value)| **value < 4_000));
        }
        let forks = (map.fork(), vec.fork());
        let len = map.len() + vec.len();
        drop(held);
        map.insert(5_000, census.count(0));
        vec.push(census.count(0));
        assert!(census.alive() < 2 * len, "the forks share most pages");
        drop(forks);
        drop(map.remove(&5_000));
        drop(vec.pop());
        assert_eq!(census.alive(), len, "one current version each, and nothing else");
        drop((map, vec));
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_panic_in_any_drop_leaves_one_version_of_a_container_or_the_other() {
    type Elements = CowVec<Fused<Counted<u32>>>;
    let changes: [fn(&Elements); 6] = [
        CowVec::clear,
        |v| v.truncate(2),
        |v| v.retain(|element| *element.value % 2 == 0),
        |v| drop(v.remove(3)),
        |v| drop(v.replace(PagedVec::new())),
        |v| v.update(|draft| drop(draft.drain(..))),
    ];
    alone(
        "containers::drops::a_panic_in_any_drop_leaves_one_version_of_a_container_or_the_other",
        move || {
            for change in changes {
                let (fuse, census) = (Fuse::new(), Census::new());
                let make = || (0..6).map(|n| fuse.on(census.count(n))).collect::<Elements>();
                let numbers = |vec: &Elements| vec.load().iter().map(|e| *e.value).collect::<Vec<_>>();
                let expected = {
                    let vec = make();
                    change(&vec);
                    numbers(&vec)
                };
                for nth in 0.. {
                    let vec = make();
                    fuse.arm(Call::Drop, nth);
                    let outcome = std::panic::catch_unwind(|| change(&vec));
                    if fuse.disarm() {
                        assert!(outcome.is_ok() && nth > 0);
                        break;
                    }
                    assert!(outcome.is_err());
                    match vec.version() {
                        0 => assert_eq!(numbers(&vec), [0, 1, 2, 3, 4, 5]),
                        version => assert_eq!((version, numbers(&vec)), (1, expected.clone())),
                    }
                    assert_eq!(census.alive(), vec.len(), "what is alive is what the vector holds");
                    vec.push(fuse.on(census.count(9)));
                    assert_eq!(numbers(&vec).last(), Some(&9));
                    fuse.arm(Call::Drop, 0);
                    panic_of(|| drop(vec));
                    assert_eq!(census.alive(), 0);
                }
            }
        },
    );
}

thread_local! {
    static IN_THE_NEXT_CLONE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// An element whose clone does what it is told.
struct Told(Fused<Counted<u32>>);

impl Clone for Told {
    fn clone(&self) -> Self {
        if let Some(f) = IN_THE_NEXT_CLONE.take() {
            f();
        }
        Self(self.0.clone())
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        *self.0.value == *other.0.value
    }
}

impl Eq for Told {}

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Told {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.value.cmp(&other.0.value)
    }
}

impl Hash for Told {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.value.hash(state);
    }
}

/// Reads from a container that is cleared while the read makes its result, so that the read is the last to show the version. A
/// destructor of it panics, and the read must not leave its result behind.
#[track_caller]
fn read_and_panic<C: 'static>(make: impl FnOnce(Told) -> C, clear: fn(&C), read: impl FnOnce(&C, &Told)) {
    let (fuse, census) = (Fuse::new(), Census::new());
    let told = |n| Told(fuse.on(census.count(n)));
    let (container, sought) = (Rc::new(make(told(7))), told(7));
    let (cleared, armed) = (Rc::clone(&container), fuse.clone());
    IN_THE_NEXT_CLONE.set(Some(Box::new(move || {
        clear(&cleared);
        armed.arm(Call::Drop, 0);
    })));
    // With `epoch` it is the result that panics, when it is dropped, and the version goes with one of the next two writes.
    assert!(catch_unwind(AssertUnwindSafe(|| read(&container, &sought))).is_err());
    assert!(IN_THE_NEXT_CLONE.take().is_none());
    fuse.disarm();
    drop(sought);
    drop(container);
    assert_eq!(census.alive(), 0);
}

#[test]
fn a_read_that_ends_in_a_panic_drops_what_it_was_to_return() {
    alone("containers::drops::a_read_that_ends_in_a_panic_drops_what_it_was_to_return", || {
        let map = |told| CowMap::from([(1, told)]);
        read_and_panic(map, CowMap::clear, |map, _| drop(map.get(&1)));
        read_and_panic(map, CowMap::clear, |map, _| drop(map.get_with(&1, Told::clone)));
        // The value is there, and the call drops what it was given.
        read_and_panic(map, CowMap::clear, |map, _| drop(map.get_or_insert_with(1, || unreachable!())));
        let keys = |told| CowMap::from([(told, ())]);
        read_and_panic(keys, CowMap::clear, |map, sought| drop(map.get_key_value(sought)));
        let set = |told| CowSet::from([told]);
        read_and_panic(set, CowSet::clear, |set, sought| drop(set.get(sought)));
        let map = |told| CowOrdMap::from([(1, told)]);
        read_and_panic(map, CowOrdMap::clear, |map, _| drop(map.get(&1)));
        read_and_panic(map, CowOrdMap::clear, |map, _| drop(map.get_le(&7)));
        read_and_panic(map, CowOrdMap::clear, |map, _| drop(map.first_key_value()));
        read_and_panic(map, CowOrdMap::clear, |map, _| drop(map.get_index(0)));
        read_and_panic(map, CowOrdMap::clear, |map, _| {
            drop(map.range_with(.., |entries| entries.map(|(_, told)| told.clone()).collect::<Vec<_>>()));
        });
        let set = |told| CowOrdSet::from([told]);
        read_and_panic(set, CowOrdSet::clear, |set, sought| drop(set.get(sought)));
        read_and_panic(set, CowOrdSet::clear, |set, _| drop(set.last()));
        let list = |told| CowVec::from([told]);
        read_and_panic(list, CowVec::clear, |list, _| drop(list.get(0)));
        read_and_panic(list, CowVec::clear, |list, _| drop(list.first()));
        read_and_panic(list, CowVec::clear, |list, _| drop(list.last()));
    });
}

#[test]
fn an_err_is_dropped_if_the_key_panics_that_it_is_for() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: CowMap<Fused<u32>, Counted<u32>> = CowMap::new();
    let key = fuse.on(7);
    fuse.arm(Call::Drop, 0);
    panic_of(|| map.get_or_try_insert_with(key, || Err(census.count(8))));
    assert_eq!((census.made(), census.alive(), map.version()), (1, 0, 0));
    assert!(map.try_write().is_some());
}

/// An element that uses its container when the last version that holds it goes.
#[derive(Clone)]
struct Guest(#[expect(dead_code, reason = "held, to be dropped")] Arc<Farewell>);

struct Farewell(Weak<CowVec<Guest>>, Arc<AtomicUsize>);

impl Drop for Farewell {
    fn drop(&mut self) {
        let Some(vec) = self.0.upgrade() else { return };
        assert_eq!(vec.len(), vec.snapshot().len());
        vec.push(Guest(Arc::new(Farewell(Weak::new(), Arc::clone(&self.1)))));
        self.1.fetch_add(1, Relaxed);
    }
}

#[test]
fn elements_may_use_the_container_that_lets_go_of_them() {
    alone("containers::drops::elements_may_use_the_container_that_lets_go_of_them", || {
        let vec = Arc::new(CowVec::new());
        let met = Arc::new(AtomicUsize::new(0));
        let guest = || Guest(Arc::new(Farewell(Arc::downgrade(&vec), Arc::clone(&met))));
        let changes: [fn(&CowVec<Guest>); 6] = [
            CowVec::clear,
            |v| v.truncate(0),
            |v| v.retain(|_| false),
            |v| drop(v.remove(0)),
            |v| drop(v.pop()),
            |v| drop(v.replace(PagedVec::new())),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            vec.replace(PagedVec::from([guest()]));
            change(&vec);
            assert_eq!((vec.len(), met.load(Relaxed)), (1, n + 1), "in change {n}");
        }
    });
}

#[test]
fn each_element_of_shared_leaves_is_dropped_once() {
    alone("containers::drops::each_element_of_shared_leaves_is_dropped_once", || {
        let census = Census::new();
        let map: CowOrdMap<_, _> = (0..3_000).map(|n| (n, census.count(n))).collect();
        let set: CowOrdSet<_> = (0..3_000).map(|n| census.count(n)).collect();
        let mut random = Random::new(3);
        let mut held = Vec::new();
        for _ in 0..rounds(10_000) {
            let key = random.below(4_000);
            match random.below(14) {
                0..3 => drop(map.insert(key, census.count(key))),
                3 | 4 => drop(map.remove(&key)),
                5 => drop(map.modify(&key, |value| *value = census.count(1))),
                6 => _ = set.insert(census.count(key)),
                7 => drop(set.take(&census.count(key))),
                8 => drop(set.replace_item(census.count(key))),
                9 => held.push((map.snapshot(), set.snapshot())),
                10 => held.truncate(held.len() / 2),
                11 => drop((map.pop_first(), set.pop_last())),
                12 => {
                    let behind = set.split_off(&census.count(key));
                    set.append(&behind);
                }
                _ => {
                    let mut txn = map.write();
                    txn.retain(|key, _| key % 2 == 0);
                    txn.rollback();
                }
            }
        }
        let forks = (map.fork(), set.fork());
        drop(held);
        map.insert(5_000, census.count(0));
        set.insert(census.count(5_000));
        drop(forks);
        drop(map.remove(&5_000));
        drop(set.pop_last());
        // The inner nodes of the set have a clone of the first element of each leaf but the first.
        let (len, leaves) = (map.len() + set.len(), set.load().page_count());
        assert!((len..len + leaves).contains(&census.alive()), "{} of {len}", census.alive());
        drop((map, set));
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_write_copies_one_page() {
    alone("containers::drops::a_write_copies_one_page", || {
        let census = Census::new();
        let map: CowMap<_, _> = (0..20_000).map(|n| (n, census.count(()))).collect();
        let made = census.made();
        map.insert(1, census.count(()));
        let copied = census.made() - made;
        assert!(copied < 3_000, "{copied} values were cloned for one insert");
        for n in 0..rounds(2_000) {
            map.insert(n, census.count(()));
            assert_eq!(census.alive(), 20_000, "after insert {n}");
        }
        assert!(census.peak() < 20_000 + 3_000);
    });
}
