//! `keep`, `at`, `history`, `restore` and `stats`.

use crate::support::{Bomb, Call, Census, Counted, Fuse, Fused, SetOnDrop, alone, panic_of, rounds, watched};
use readmostly::paged::{Delta, PagedMap};
use readmostly::{CowCell, CowMap, CowVec, Gone, Keep, Snapshot, Stats};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The values of the versions that are kept, and of the current one.
fn values<T: Copy>(cell: &CowCell<T>) -> Vec<T> {
    cell.history().iter().map(|version| **version).collect()
}

#[test]
fn the_newest_versions_are_kept_in_order() {
    let cell = CowCell::new(0);
    assert_eq!(values(&cell), [0]);
    cell.replace(1);
    assert_eq!((values(&cell), cell.at(0)), (vec![1], None));
    cell.keep(Keep::versions(3));
    for n in 2..=6 {
        cell.replace(n);
    }
    assert_eq!(values(&cell), [3, 4, 5, 6]);
    for n in 0..=8 {
        assert_eq!(cell.at(n).map(|version| Snapshot::version(&version)), (3..=6).contains(&n).then_some(n));
    }
    // Fewer at once, and more as they come: what is gone stays gone.
    cell.keep(Keep::versions(1));
    assert_eq!(values(&cell), [5, 6]);
    cell.keep(Keep::versions(10));
    assert_eq!(values(&cell), [5, 6]);
    cell.replace(7);
    assert_eq!(values(&cell), [5, 6, 7]);
    cell.keep(Keep::none());
    assert_eq!((values(&cell), Keep::none()), (vec![7], Keep::default()));
}

#[test]
fn what_is_kept_is_dropped_when_it_no_longer_is() {
    alone("cell::history::what_is_kept_is_dropped_when_it_no_longer_is", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        cell.keep(Keep::versions(4));
        for n in 1..20 {
            cell.replace(census.count(n));
        }
        assert_eq!(census.alive(), 5);
        cell.keep(Keep::versions(2));
        assert_eq!(census.alive(), 3);
        let held = cell.at(17).unwrap();
        cell.keep(Keep::none());
        assert_eq!((census.alive(), cell.stats().living), (2, 2));
        // It is found as long as it is alive.
        assert!(Snapshot::ptr_eq(&cell.at(17).unwrap(), &held));
        drop(held);
        assert_eq!((census.alive(), cell.at(17).is_none()), (1, true));
        cell.keep(Keep::versions(4));
        cell.replace(census.count(20));
        cell.replace(census.count(21));
        drop(cell);
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn what_is_old_is_found_by_nothing_and_dropped() {
    alone("cell::history::what_is_old_is_found_by_nothing_and_dropped", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let age = Duration::from_millis(200);
        cell.keep(Keep::versions(10).for_at_most(age));
        cell.replace(census.count(1));
        assert_eq!((cell.history().len(), cell.stats().kept), (2, 1));
        thread::sleep(Duration::from_millis(230));
        // It counts from when a version was replaced.
        cell.replace(census.count(2));
        assert_eq!(census.alive(), 2, "a write drops what is old");
        assert!(cell.at(0).is_none() && cell.at(1).is_some());
        thread::sleep(Duration::from_millis(230));
        assert_eq!(census.alive(), 2);
        assert!(cell.at(1).is_none());
        assert_eq!(census.alive(), 1, "so does a look");
        cell.replace(census.count(3));
        thread::sleep(Duration::from_millis(230));
        assert_eq!((cell.stats().kept, census.alive()), (0, 1));
        cell.replace(census.count(4));
        thread::sleep(Duration::from_millis(230));
        assert_eq!((cell.history().len(), census.alive()), (1, 1));
        cell.replace(census.count(5));
        thread::sleep(Duration::from_millis(230));
        assert!(cell.restore(4).is_err());
        assert_eq!(census.alive(), 1);
        // Also a look for the current one.
        cell.replace(census.count(6));
        thread::sleep(Duration::from_millis(230));
        assert!(cell.at(cell.version()).is_some());
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn a_restored_version_is_a_new_one() {
    let list = CowVec::from([1, 2]);
    list.keep(Keep::versions(10));
    list.push(3);
    list.clear();
    let restored = list.restore(1).unwrap();
    assert_eq!((restored.as_ref(), Snapshot::version(&restored), list.version()), (&[1, 2, 3].into(), 3, 3));
    assert!(Snapshot::ptr_eq(&restored, &list.snapshot()));
    // Restoring the current version publishes nothing.
    assert!(Snapshot::ptr_eq(&list.restore(3).unwrap(), &restored));
    assert_eq!(list.version(), 3);
    // What was replaced by it can be restored as well, and a watch is told.
    let mut watch = list.watch();
    list.restore(2).unwrap();
    assert!(watch.next().new.is_empty());
    assert_eq!(list.version(), 4);
}

#[test]
fn a_version_that_is_gone_is_an_error_that_says_so() {
    let cell = CowCell::new(0);
    cell.replace(1);
    let gone = cell.restore(0).unwrap_err();
    assert_eq!(gone, Gone { version: 0, current: 1 });
    assert!(gone.to_string().contains("version 0 is not kept any more"), "{gone}");
    let early = cell.restore(2).unwrap_err();
    assert!(early.to_string().contains("version 2 was not published yet"), "{early}");
    let held = cell.snapshot();
    cell.replace(2);
    // Alive is as good as kept.
    assert_eq!(*cell.restore(1).unwrap(), 1);
    drop(held);
    assert_eq!(cell.version(), 3);
}

#[test]
fn a_restore_is_a_write() {
    watched(|| {
        let cell = CowCell::new(0);
        cell.keep(Keep::versions(3));
        cell.replace(1);
        assert!(panic_of(|| cell.update(|_| drop(cell.restore(0)))).contains("a write inside a write"));
        assert_eq!((cell.version(), values(&cell)), (1, vec![0, 1]));
    });
}

/// Writes to its cell when it is cloned or dropped.
struct Writes {
    to: Weak<CowCell<Writes>>,
    counter: Arc<AtomicUsize>,
}

impl Writes {
    fn write(&self) {
        self.counter.fetch_add(1, Ordering::Relaxed);
        if let Some(cell) = self.to.upgrade() {
            assert!(cell.try_write().is_some(), "the lock is held");
        }
    }
}

impl Clone for Writes {
    fn clone(&self) -> Self {
        self.write();
        Self { to: Weak::clone(&self.to), counter: Arc::clone(&self.counter) }
    }
}

impl Drop for Writes {
    fn drop(&mut self) {
        self.write();
    }
}

#[test]
fn clones_and_destructors_run_with_nothing_locked() {
    watched(|| {
        let counter = Arc::new(AtomicUsize::new(0));
        let cell =
            Arc::new_cyclic(|to| CowCell::new(Writes { to: Weak::clone(to), counter: Arc::clone(&counter) }));
        let new = || Writes { to: Arc::downgrade(&cell), counter: Arc::clone(&counter) };
        cell.keep(Keep::versions(2));
        for _ in 0..5 {
            drop(cell.replace(new()));
        }
        cell.restore(4).unwrap();
        cell.keep(Keep::versions(1));
        cell.keep(Keep::none());
        assert!(counter.load(Ordering::Relaxed) >= 6);
    });
}

#[test]
fn a_destructor_that_panics_comes_after_the_write() {
    alone("cell::history::a_destructor_that_panics_comes_after_the_write", || {
        let cell = CowCell::new(Bomb("a destructor"));
        cell.keep(Keep::versions(1));
        drop(cell.replace(Bomb("")));
        assert_eq!(panic_of(|| drop(cell.replace(Bomb("")))), "a destructor");
        assert_eq!((cell.version(), cell.history().len()), (2, 2));
        drop(cell.replace(Bomb("")));
        assert_eq!(cell.version(), 3);
    });
}

#[test]
fn statistics_say_who_is_alive_and_how_old() {
    alone("cell::history::statistics_say_who_is_alive_and_how_old", || {
        let cell = CowCell::new(0);
        let seen = |stats: Stats| (stats.version, stats.living, stats.oldest, stats.kept, stats.watches);
        assert_eq!((seen(cell.stats()), cell.stats().oldest_age), ((0, 1, 0, 0, 0), Duration::ZERO));
        let start = Instant::now();
        let mut held = vec![];
        for n in 1..=1_000 {
            held.push(cell.snapshot());
            cell.replace(n);
            drop(cell.replace(-n));
        }
        assert_eq!(seen(cell.stats()), (2_000, 1_001, 0, 0, 0));
        thread::sleep(Duration::from_millis(50));
        let age = cell.stats().oldest_age;
        assert!(
            age >= Duration::from_millis(30) && age <= start.elapsed() + Duration::from_millis(20),
            "{age:?}"
        );
        // From the middle, from the front and from the back.
        held.drain(100..900);
        assert_eq!(seen(cell.stats()), (2_000, 201, 0, 0, 0));
        held.drain(..100);
        assert_eq!(seen(cell.stats()), (2_000, 101, 1_800, 0, 0));
        held.truncate(1);
        assert_eq!(seen(cell.stats()), (2_000, 2, 1_800, 0, 0));
        held.clear();
        assert_eq!(seen(cell.stats()), (2_000, 1, 2_000, 0, 0));
        let watch = cell.watch();
        let reader = cell.reader();
        cell.keep(Keep::versions(5));
        cell.replace(0);
        let (first, second) = (watch.clone(), watch);
        assert_eq!(seen(cell.stats()), (2_001, 2, 2_000, 1, 2));
        drop((first, second, reader));
        cell.keep(Keep::none());
        assert_eq!(seen(cell.stats()), (2_001, 1, 2_001, 0, 0));
    });
}

#[test]
fn nothing_but_restore_waits_for_a_writer() {
    watched(|| {
        let map = Arc::new(CowMap::from([(1, 1)]));
        map.keep(Keep::versions(2));
        map.insert(2, 2);
        let (inside, is_inside) = mpsc::channel();
        let (leave, may_leave) = mpsc::channel::<()>();
        let writer = thread::spawn({
            let map = Arc::clone(&map);
            move || {
                map.update(|draft| {
                    draft.insert(3, 3);
                    inside.send(()).unwrap();
                    may_leave.recv().unwrap();
                });
            }
        });
        is_inside.recv().unwrap();
        assert_eq!((map.history().len(), map.at(0).unwrap().len(), map.stats().kept), (2, 1, 1));
        map.keep(Keep::versions(5));
        let watch = map.watch();
        assert_eq!(map.stats().watches, 1);
        drop(watch);
        leave.send(()).unwrap();
        writer.join().unwrap();
        assert_eq!(map.history().len(), 3);
        // And inside a write of one's own.
        map.update(|_| assert_eq!((map.history().len(), map.stats().version), (3, 2)));
    });
}

#[test]
fn a_cell_that_keeps_versions_can_be_taken_apart() {
    let cell = CowCell::new(0);
    cell.keep(Keep::versions(3));
    cell.replace(1);
    let kept = cell.at(0).unwrap();
    assert_eq!(cell.try_into_inner(), Ok(1));
    assert_eq!(Snapshot::try_into_inner(kept), Ok(0));
}

#[test]
fn a_fork_inherits_nothing() {
    let map = CowMap::from([(1, 1)]);
    map.keep(Keep::versions(10));
    map.insert(2, 2);
    let fork = map.fork();
    fork.insert(3, 3);
    assert_eq!((fork.history().len(), fork.version(), map.history().len()), (1, 1, 2));
}

// What is kept is what the versions differ in.
#[test]
fn kept_versions_share_their_pages() {
    let map: CowMap<u64, u64> = (0..100_000).map(|n| (n, n)).collect();
    map.keep(Keep::versions(100));
    for n in 0..100 {
        map.insert(n, n + 1);
    }
    let history = map.history();
    let pages = history[0].page_count();
    for pair in history.windows(2) {
        assert_eq!(pair[0].diff(&pair[1]).count(), 1);
        assert_eq!(pair[0].shared_pages(&pair[1]), pages - 1);
    }
    assert_eq!(history.len(), 101);
}

#[test]
fn threads_that_write_and_look_back_see_whole_versions() {
    watched(|| {
        let cell = CowCell::new((0_u64, 0_u64));
        cell.keep(Keep::versions(8));
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    for _ in 0..2_000 {
                        cell.update(|(a, b)| {
                            *a += 1;
                            *b += 1;
                        });
                    }
                });
            }
            for _ in 0..2 {
                s.spawn(|| {
                    for _ in 0..2_000 {
                        let history = cell.history();
                        assert!(history.len() <= 9);
                        for version in &history {
                            assert_eq!((version.0, version.0), (version.1, Snapshot::version(version)));
                        }
                        assert!(history.windows(2).all(|pair| pair[0].0 < pair[1].0));
                        if let Some(found) = cell.at(history[0].0) {
                            assert!(Snapshot::ptr_eq(&found, &history[0]));
                        }
                        let stats = cell.stats();
                        assert!(stats.oldest <= stats.version && stats.living > stats.kept);
                    }
                });
            }
        });
        assert_eq!(cell.version(), 4_000);
    });
}

#[test]
fn a_history_is_never_short_while_others_write() {
    let cell = CowCell::new(0_u64);
    cell.keep(Keep::versions(3));
    (1..=3).for_each(|n| drop(cell.replace(n)));
    let stop = AtomicBool::new(false);
    thread::scope(|s| {
        s.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                cell.update(|n| *n += 1);
            }
        });
        let _stop = SetOnDrop(&stop);
        let mut last = 0;
        for _ in 0..rounds(200_000) {
            let seen = *cell.load();
            let history: Vec<_> = cell.history().iter().map(|version| **version).collect();
            let newest = history[3];
            assert_eq!(history, [newest - 3, newest - 2, newest - 1, newest]);
            assert!(newest >= seen && newest >= last);
            last = newest;
            let stats = cell.stats();
            assert!(
                stats.version >= newest && stats.oldest <= stats.version && stats.living >= 4,
                "{stats:?}"
            );
            assert!(stats.oldest < stats.version || stats.oldest_age == Duration::ZERO, "{stats:?}");
        }
    });
}

// A destructor panics when the result is there already.
#[test]
fn what_a_call_was_to_return_is_not_leaked() {
    alone("cell::history::what_a_call_was_to_return_is_not_leaked", || {
        let (census, fuse) = (Census::new(), Fuse::new());
        let value = |n| fuse.on(census.count(n));
        {
            let cell = CowCell::new(value(0));
            cell.keep(Keep::versions(1));
            drop(cell.replace(value(1)));
            fuse.arm(Call::Drop, 0);
            assert!(panic_of(|| cell.restore(0)).starts_with(Fuse::BLOWN));
            assert_eq!((cell.version(), *cell.load().value), (2, 0));
        }
        assert_eq!(census.alive(), 0);
        {
            let cell = CowCell::new(value(0));
            assert_eq!(census.made(), cell.restore(0).map(|_| census.made()).unwrap());
            fuse.arm(Call::Drop, 0);
            let failed = panic_of(|| {
                cell.try_update(|draft| {
                    *draft = fuse.on(census.count(5));
                    Err::<(), _>(census.count(6))
                })
            });
            assert!(failed.starts_with(Fuse::BLOWN));
        }
        assert_eq!(census.alive(), 0);
        {
            // Of two changes the second does not fit, and the first has replaced a value. Which is first is for the hasher.
            let keys = [Arc::new(1), Arc::new(2)];
            let of = |values: [i32; 2]| -> PagedMap<_, _> {
                keys.iter().cloned().zip(values.map(|n| Same(value(n)))).collect()
            };
            let delta: Delta<_, _> = of([1, 2]).diff(&of([3, 4])).collect();
            let mut blown = 0;
            for there in [[1, 7], [7, 2]] {
                let table = CowMap::from(of(there));
                // The draft's two values are dropped first. A page that meets a panic leaks the rest of its entries.
                fuse.arm(Call::Drop, 2);
                let outcome = catch_unwind(AssertUnwindSafe(|| assert!(table.apply(&delta).is_err())));
                blown += usize::from(!fuse.disarm() && outcome.is_err());
            }
            assert_eq!(blown, 1);
            drop(delta);
            assert!(keys.iter().all(|key| Arc::strong_count(key) == 1));
        }
        assert_eq!(census.alive(), 0);
    });
}

/// Equal by its number.
#[derive(Clone, Debug)]
struct Same(Fused<Counted<i32>>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        *self.0.value == *other.0.value
    }
}

// A panic is enough. A second one would abort.
#[test]
fn all_versions_that_are_no_longer_kept_may_panic_when_they_are_dropped() {
    alone("cell::history::all_versions_that_are_no_longer_kept_may_panic_when_they_are_dropped", || {
        let cell = CowCell::new(Bomb("the first"));
        cell.keep(Keep::versions(10));
        for says in ["the second", "the third", ""] {
            drop(cell.replace(Bomb(says)));
        }
        assert_eq!(panic_of(|| cell.keep(Keep::none())), "the first");
        assert_eq!((cell.history().len(), cell.stats().kept), (1, 0));
    });
}
