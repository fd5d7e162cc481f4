//! `Watch`: who is told, when, and what a waker may do.

use crate::support::{Bomb, Census, alone, panic_of, rounds, watched};
use readmostly::{CowCell, CowMap, CowSet, CowVec, Keep, Snapshot, Update, Watch};
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Counts how often it is woken, and does something then.
struct Told {
    times: AtomicUsize,
    then: Box<dyn Fn() + Send + Sync>,
}

impl Told {
    fn new() -> Arc<Self> {
        Self::then(|| ())
    }

    fn then(then: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { times: AtomicUsize::new(0), then: Box::new(then) })
    }

    fn times(&self) -> usize {
        self.times.load(Ordering::Relaxed)
    }
}

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.times.fetch_add(1, Ordering::Relaxed);
        (self.then)();
    }
}

/// Polls once, with this waker.
fn poll<F: Future>(future: F, told: &Arc<Told>) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(&Waker::from(Arc::clone(told))))
}

fn pair<T: Copy>(update: &Update<T>) -> (T, T) {
    (*update.old, *update.new)
}

#[test]
fn a_watch_that_lags_gets_one_update_from_what_it_has_seen() {
    let cell = CowCell::new(0);
    let mut watch = cell.watch();
    assert!(watch.try_next().is_none());
    cell.replace(1);
    cell.replace(2);
    assert_eq!(pair(&watch.try_next().unwrap()), (0, 2));
    assert!(watch.try_next().is_none());
    cell.replace(3);
    assert_eq!(pair(&watch.next()), (2, 3));
    assert_eq!(watch.seen().map(|seen| (**seen, Snapshot::version(seen))), Some((3, 3)));
}

#[test]
fn all_containers_can_be_watched() {
    let (map, set, list) = (CowMap::from([(1, 1)]), CowSet::from([1]), CowVec::from([1]));
    let (mut maps, mut sets, mut lists) = (map.watch(), set.watch(), list.watch());
    map.insert(2, 2);
    set.insert(2);
    list.push(2);
    let (map, set, list) = (maps.next(), sets.next(), lists.next());
    assert_eq!(map.old.diff(&map.new).count(), 1);
    assert_eq!(set.old.diff(&set.new).count(), 1);
    assert_eq!(list.old.diff(&list.new).count(), 1);
    let mut boxed = Watch::new(Box::new(CowCell::new(1)));
    assert!(boxed.try_next().is_none());
}

// No version is skipped for the last, and none is told of twice.
#[test]
fn threads_that_sleep_are_told_of_the_last_version() {
    watched(|| {
        let (cell, last) = (Arc::new(CowCell::new(0)), rounds(20_000));
        let sleepers: Vec<_> = (0..4)
            .map(|_| {
                let mut watch = Watch::new(Arc::clone(&cell));
                thread::spawn(move || {
                    let mut seen = 0;
                    while seen < last {
                        let update = watch.next();
                        assert_eq!(*update.old, seen);
                        assert!(*update.new > seen, "woken for nothing");
                        seen = *update.new;
                    }
                })
            })
            .collect();
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| (0..last / 2).for_each(|_| cell.update(|n| *n += 1)));
            }
        });
        for sleeper in sleepers {
            sleeper.join().unwrap();
        }
    });
}

#[test]
fn each_sleeper_is_woken_and_none_for_nothing() {
    let set = CowSet::from([1]);
    let mut watches: Vec<_> = (0..3).map(|_| set.watch()).collect();
    let told: Vec<_> = (0..3).map(|_| Told::new()).collect();
    let mut futures: Vec<_> = watches.iter_mut().map(|watch| Box::pin(watch.changed())).collect();
    for (future, told) in futures.iter_mut().zip(&told) {
        assert!(poll(future.as_mut(), told).is_pending());
    }
    // Nothing is published by any of these.
    set.insert(1);
    set.assign([1]);
    set.write().rollback();
    set.write().commit();
    assert!(set.try_update(|draft| draft.insert(2).then_some(()).ok_or(()).and(Err::<(), _>(()))).is_err());
    drop(set.try_write().unwrap());
    assert!(told.iter().all(|told| told.times() == 0));
    set.insert(2);
    assert!(told.iter().all(|told| told.times() == 1));
    // It takes another poll to be told once more.
    set.insert(3);
    assert!(told.iter().all(|told| told.times() == 1));
    for (future, told) in futures.iter_mut().zip(&told) {
        let Poll::Ready(update) = poll(future.as_mut(), told) else { panic!("there is news") };
        assert_eq!((update.old.len(), update.new.len()), (1, 3));
    }
}

#[test]
fn a_waker_may_do_what_it_likes() {
    let cell = Arc::new(CowCell::new(0));
    let other = Arc::new(Mutex::new(Some(Watch::new(Arc::clone(&cell)))));
    let told = Told::then({
        let cell = Arc::clone(&cell);
        move || {
            // Reads, writes, watches, and drops a watch.
            assert!(cell.version() > 0);
            let mut watch = cell.watch();
            cell.update(|n| *n += 10);
            assert_eq!(pair(&watch.next()), (1, 11));
            drop(other.lock().unwrap().take());
        }
    });
    let mut watch = cell.watch();
    assert!(poll(watch.changed(), &told).is_pending());
    // The future is dropped, and with it the waker: so it is not called.
    cell.replace(0);
    assert_eq!(told.times(), 0);
    let _ = watch.next();
    {
        let mut changed = pin!(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        cell.update(|n| *n += 1);
        assert_eq!(told.times(), 1);
        let Poll::Ready(update) = poll(changed, &told) else { panic!("there is news") };
        assert_eq!(pair(&update), (0, 11));
    }
    assert_eq!(cell.version(), 3);
}

#[test]
fn a_waker_that_panics_takes_no_wakeup_from_another() {
    let cell = CowCell::new(0);
    let told: Vec<_> =
        (0..4).map(|n| Told::then(move || assert!(n % 2 == 0, "the waker {n} panics"))).collect();
    let mut watches: Vec<_> = (0..4).map(|_| cell.watch()).collect();
    let mut futures: Vec<_> = watches.iter_mut().map(|watch| Box::pin(watch.changed())).collect();
    for (future, told) in futures.iter_mut().zip(&told) {
        assert!(poll(future.as_mut(), told).is_pending());
    }
    assert_eq!(panic_of(|| cell.replace(1)), "the waker 1 panics");
    assert!(told.iter().all(|told| told.times() == 1));
    assert_eq!((*cell.load(), cell.version()), (1, 1));
    cell.replace(2);
}

// Also when the waker panics, which comes before.
#[test]
fn what_a_publish_replaced_is_dropped_after_the_wakers() {
    alone("cell::watch::what_a_publish_replaced_is_dropped_after_the_wakers", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let mut watch = cell.watch();
        watch.forget_seen();
        let told = Told::then(|| panic!("a waker"));
        let mut changed = pin!(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        assert_eq!(panic_of(|| drop(cell.replace(census.count(1)))), "a waker");
        cell.replace(census.count(2));
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn a_dropped_future_holds_no_waker() {
    let cell = CowCell::new(0);
    let (told, next) = (Told::new(), Told::new());
    let mut watch = cell.watch();
    {
        let mut changed = pin!(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        assert_eq!(Arc::strong_count(&told), 2);
        // Another task goes on with it.
        assert!(poll(changed.as_mut(), &next).is_pending());
        assert_eq!((Arc::strong_count(&told), Arc::strong_count(&next)), (1, 2));
    }
    assert_eq!(Arc::strong_count(&next), 1);
    // One that is ready as well.
    assert!(poll(watch.changed(), &next).is_pending());
    cell.replace(1);
    assert!(poll(watch.changed(), &next).is_ready());
    assert_eq!((Arc::strong_count(&next), next.times()), (1, 0));
    // And what was not returned was not seen.
    cell.replace(2);
    drop(watch.changed());
    assert_eq!(pair(&watch.next()), (1, 2));
}

#[test]
fn a_watch_keeps_what_it_has_seen_and_nothing_else() {
    alone("cell::watch::a_watch_keeps_what_it_has_seen_and_nothing_else", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let mut watch = cell.watch();
        for n in 1..10 {
            cell.replace(census.count(n));
        }
        assert_eq!(census.alive(), 2);
        watch.forget_seen();
        assert!(watch.seen().is_none());
        assert_eq!(census.alive(), 1);
        let update = watch.next();
        assert!(Snapshot::ptr_eq(&update.old, &update.new));
        assert!(watch.try_next().is_none());
        drop(update);
        cell.replace(census.count(10));
        let update = watch.next();
        assert_eq!((Snapshot::version(&update.old), Snapshot::version(&update.new)), (9, 10));
        // Forgetting says nothing of a version that was not seen.
        watch.forget_seen();
        assert!(watch.try_next().is_none());
    });
}

#[test]
fn a_timeout_ends_the_wait() {
    watched(|| {
        let cell = CowCell::new(0);
        let mut watch = cell.watch();
        let start = Instant::now();
        assert!(watch.next_timeout(Duration::from_millis(20)).is_none());
        assert!(start.elapsed() >= Duration::from_millis(20));
        thread::scope(|s| {
            s.spawn(|| {
                thread::sleep(Duration::from_millis(20));
                cell.replace(1);
            });
            let update = watch.next_timeout(Duration::MAX).unwrap();
            assert_eq!(pair(&update), (0, 1));
        });
        // Inside a write it is the time that ends the wait.
        cell.update(|_| assert!(watch.next_timeout(Duration::from_millis(1)).is_none()));
    });
}

#[test]
fn a_sleep_inside_a_write_is_refused() {
    watched(|| {
        let cell = CowCell::new(0);
        let mut watch = cell.watch();
        assert!(panic_of(|| cell.update(|_| drop(watch.next()))).contains("sleeps inside a write"));
        cell.replace(1);
        // There is no need to sleep.
        cell.update(|_| assert_eq!(pair(&watch.next()), (0, 1)));
        assert_eq!(cell.version(), 2);
    });
}

#[test]
fn a_watch_that_does_not_keep_its_container_ends_with_it() {
    watched(|| {
        let map = Arc::new(CowMap::from([(1, 1)]));
        let mut watch = Watch::new(Arc::clone(&map)).downgrade();
        map.insert(2, 2);
        assert_eq!(watch.next().unwrap().new.len(), 2);
        let told = Told::new();
        let mut other = watch.clone();
        let mut changed = pin!(other.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        let (say, said) = mpsc::channel();
        let thread = thread::spawn(move || {
            say.send(()).unwrap();
            let seen = watch.by_ref().count();
            (seen, watch.is_closed(), watch.try_next().is_none(), watch.next_timeout(Duration::MAX).is_none())
        });
        said.recv().unwrap();
        thread::sleep(Duration::from_millis(20));
        drop(map);
        assert_eq!(thread.join().unwrap(), (0, true, true, true));
        assert_eq!(told.times(), 1);
        assert!(matches!(poll(changed, &told), Poll::Ready(None)));
    });
}

// The watch may be the last to hold the container for a moment, and then it is the one that ends it.
#[test]
fn a_container_that_goes_while_its_watches_look_wakes_them() {
    watched(|| {
        for _ in 0..rounds(5_000) {
            let cell = Arc::new(CowCell::new(0));
            let barrier = Arc::new(Barrier::new(3));
            let sleepers: Vec<_> = (0..2)
                .map(|_| {
                    let watch = Watch::new(Arc::clone(&cell)).downgrade();
                    let barrier = Arc::clone(&barrier);
                    thread::spawn(move || {
                        barrier.wait();
                        watch.last().map_or(0, |update| *update.new)
                    })
                })
                .collect();
            barrier.wait();
            cell.replace(1);
            drop(cell);
            assert!(sleepers.into_iter().all(|sleeper| sleeper.join().unwrap() <= 1));
        }
    });
}

// The destructor of a value may wait for a thread that sleeps in a watch.
#[test]
fn the_end_of_a_container_wakes_before_it_drops() {
    struct Worker(Option<thread::JoinHandle<usize>>);

    impl Drop for Worker {
        fn drop(&mut self) {
            if let Some(worker) = self.0.take() {
                assert_eq!(worker.join().unwrap(), 1);
            }
        }
    }

    for end in [drop as fn(CowCell<Worker>), |cell| drop(cell.try_into_inner())] {
        watched(move || {
            let cell = Arc::new(CowCell::new(Worker(None)));
            let mut watch = Watch::new(Arc::clone(&cell)).downgrade();
            watch.forget_seen();
            let (say, said) = mpsc::channel();
            let worker = thread::spawn(move || {
                let mut updates = 0;
                while watch.next().is_some() {
                    watch.forget_seen();
                    updates += 1;
                    say.send(()).unwrap();
                }
                updates
            });
            cell.replace(Worker(Some(worker)));
            said.recv().unwrap();
            let mut cell = Some(cell);
            // Not while the watch looks.
            let cell = loop {
                match Arc::try_unwrap(cell.take().unwrap()) {
                    Ok(cell) => break cell,
                    Err(again) => cell = Some(again),
                }
            };
            end(cell);
        });
    }
}

// A panic comes after the result is there, and before it is returned.
#[test]
fn what_a_last_look_has_found_is_not_leaked() {
    watched(|| {
        let census = Census::new();
        for _ in 0..rounds(20_000) {
            let cell = Arc::new(CowCell::new(census.count(0)));
            let told = Told::then(|| panic!("a waker"));
            let mut asleep = Watch::new(Arc::clone(&cell)).downgrade();
            asleep.forget_seen();
            let mut watch = asleep.clone();
            drop(cell.replace(census.count(1)));
            asleep.try_next();
            asleep.forget_seen();
            let mut changed = pin!(asleep.changed());
            assert!(poll(changed.as_mut(), &told).is_pending());
            let barrier = Barrier::new(2);
            thread::scope(|s| {
                s.spawn(|| {
                    barrier.wait();
                    let _told = catch_unwind(AssertUnwindSafe(|| drop(cell)));
                });
                barrier.wait();
                let _told = catch_unwind(AssertUnwindSafe(|| drop(watch.try_next())));
            });
            drop(watch);
        }
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_downgrade_that_ends_the_container_loses_nothing() {
    let census = Census::new();
    let watch = Watch::new(Arc::new(CowCell::new(census.count(1))));
    let mut asleep = watch.clone().downgrade();
    asleep.forget_seen();
    let told = Told::then(|| panic!("a waker"));
    let mut changed = pin!(asleep.changed());
    assert!(poll(changed.as_mut(), &told).is_pending());
    assert_eq!(panic_of(|| watch.downgrade()), "a waker");
    assert_eq!(census.alive(), 0);
}

// Also when the waker panics, and then the destructor of what was replaced.
#[test]
fn a_waker_and_a_destructor_may_both_panic() {
    alone("cell::watch::a_waker_and_a_destructor_may_both_panic", || {
        let cell = CowCell::new(Bomb("a destructor"));
        let mut watch = cell.watch();
        watch.forget_seen();
        let told = Told::then(|| panic!("a waker"));
        let mut changed = pin!(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        assert_eq!(panic_of(|| cell.replace(Bomb(""))), "a waker");
        assert_eq!(cell.version(), 1);
    });
}

// And that of what the waker's panic carries: the first panic reaches the writer.
#[test]
fn what_a_panic_carries_may_panic_beside_a_destructor() {
    struct Payload;

    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("what a panic carries");
        }
    }

    alone("cell::watch::what_a_panic_carries_may_panic_beside_a_destructor", || {
        for kept in [false, true] {
            let cell = CowCell::new(Bomb("a destructor"));
            if kept {
                cell.keep(Keep::versions(1));
                cell.replace(Bomb(""));
            }
            let mut watch = cell.watch();
            watch.forget_seen();
            let told = Told::then(|| panic_any(Payload));
            let mut changed = pin!(watch.changed());
            assert!(poll(changed.as_mut(), &told).is_pending());
            let panic = catch_unwind(AssertUnwindSafe(|| cell.replace(Bomb("")))).map(drop).unwrap_err();
            assert!(panic.is::<Payload>());
            mem::forget(panic);
            assert_eq!(cell.version(), 1 + u64::from(kept));
        }
    });
}

#[test]
fn a_container_that_is_taken_apart_ends_its_watches() {
    let census = Census::new();
    let cell = Arc::new(CowCell::new(census.count(1)));
    let told = Told::then(|| panic!("a waker"));
    let mut watch = Watch::new(Arc::clone(&cell)).downgrade();
    watch.forget_seen();
    let mut changed = pin!(watch.changed());
    assert!(poll(changed.as_mut(), &told).is_pending());
    let cell = Arc::into_inner(cell).unwrap();
    assert_eq!(panic_of(|| cell.into_inner()), "a waker");
    assert_eq!(census.alive(), 0);
    assert!(matches!(poll(changed, &told), Poll::Ready(None)));
}

#[test]
fn a_clone_goes_its_own_way() {
    let cell = CowCell::new(0);
    let mut watch = cell.watch();
    let mut clone = watch.clone();
    cell.replace(1);
    assert_eq!(pair(&watch.next()), (0, 1));
    assert_eq!(pair(&clone.next()), (0, 1));
    let mut late = clone.clone();
    assert!(late.try_next().is_none());
    let (told, other) = (Told::new(), Told::new());
    let (mut changed, mut too) = (pin!(watch.changed()), pin!(late.changed()));
    assert!(poll(changed.as_mut(), &told).is_pending() && poll(too.as_mut(), &other).is_pending());
    cell.replace(2);
    assert_eq!((told.times(), other.times()), (1, 1));
}

#[test]
fn an_update_whose_old_version_panics_is_seen() {
    let cell = CowCell::new(Bomb("a destructor"));
    let mut watch = cell.watch();
    drop(cell.replace(Bomb("")));
    let update = watch.next();
    assert_eq!((update.old.0, update.new.0), ("a destructor", ""));
    // The watch has let go of the old one; the update is its last holder, if no guard of the backend's is.
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(update)));
    assert!(outcome.is_err());
    assert!(watch.try_next().is_none());
}

#[test]
fn a_future_goes_to_another_thread() {
    let map = Arc::new(CowMap::from([(1, 1)]));
    let mut watch = Watch::new(Arc::clone(&map));
    let told = Told::new();
    thread::scope(|s| {
        let mut changed = Box::pin(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        map.insert(2, 2);
        let there = s.spawn(move || match poll(changed, &Told::new()) {
            Poll::Ready(update) => update.new.len(),
            Poll::Pending => panic!("there is news"),
        });
        assert_eq!((there.join().unwrap(), told.times()), (2, 1));
    });
}
