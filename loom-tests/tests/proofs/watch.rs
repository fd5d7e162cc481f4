//! G14 told: after a publish each watch finds it, and one that sleeps is woken.
//!
//! A wakeup that is lost is a thread that sleeps for ever, which loom reports as a deadlock.

use loom::sync::Arc;
use readmostly::{CowCell, Snapshot, Update, Watch};
use readmostly_loom_tests::{outcomes, spawn_with};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts how often it is woken, and does something then. Its counts are std's: they are no part of what is tried.
struct Told {
    times: AtomicUsize,
    then: Box<dyn Fn() + Send + Sync>,
}

impl Told {
    fn then(then: impl Fn() + Send + Sync + 'static) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self { times: AtomicUsize::new(0), then: Box::new(then) })
    }

    fn times(&self) -> usize {
        self.times.load(Ordering::SeqCst)
    }
}

impl Wake for Told {
    fn wake(self: std::sync::Arc<Self>) {
        self.times.fetch_add(1, Ordering::SeqCst);
        (self.then)();
    }
}

fn poll<F: Future>(future: F, told: &std::sync::Arc<Told>) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(&Waker::from(std::sync::Arc::clone(told))))
}

/// Both versions, the older one first.
fn pair(update: &Update<u32>) -> (u32, u32) {
    assert!(Snapshot::version(&update.old) < Snapshot::version(&update.new), "told for nothing");
    (*update.old, *update.new)
}

#[test]
pub(crate) fn g14_a_thread_that_sleeps_is_woken() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let mut watch = Watch::new(Arc::clone(&cell));
        let sleeper = spawn_with(&cell, move |_| pair(&watch.next()));
        cell.replace(1);
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [(0, 1)].into());
}

// However many it skips, the last one is told of.
#[test]
pub(crate) fn g14_the_last_of_several_versions_is_told_of() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let mut watch = Watch::new(Arc::clone(&cell));
        let sleeper = spawn_with(&cell, move |_| {
            let mut told = vec![];
            while told.last() != Some(&2) {
                let (old, new) = pair(&watch.next());
                assert_eq!(old, told.last().copied().unwrap_or(0));
                told.push(new);
            }
            assert!(watch.try_next().is_none());
            told
        });
        cell.replace(1);
        cell.update(|n| *n += 1);
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [vec![1, 2], vec![2]].into());
}

#[test]
pub(crate) fn g14_each_of_two_sleepers_is_woken() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let sleepers = [0, 1].map(|_| {
            let mut watch = Watch::new(Arc::clone(&cell));
            spawn_with(&cell, move |_| pair(&watch.next()))
        });
        cell.replace(1);
        sleepers.map(|sleeper| sleeper.join().unwrap())
    });
    assert_eq!(seen, [[(0, 1); 2]].into());
}

#[test]
pub(crate) fn g14_two_writers_wake_one_sleeper() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let mut watch = Watch::new(Arc::clone(&cell));
        let sleeper = spawn_with(&cell, move |_| {
            let mut last = 0;
            let mut times = 0;
            while last < 2 {
                last = pair(&watch.next()).1;
                times += 1;
            }
            times
        });
        let writer = spawn_with(&cell, |cell| {
            cell.update(|n| *n += 1);
        });
        cell.update(|n| *n += 1);
        writer.join().unwrap();
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [1, 2].into());
}

// What is left behind is a waker that is woken for nothing, or not at all.
#[test]
pub(crate) fn g14_a_future_that_is_dropped_leaves_no_waker() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let mut watch = Watch::new(Arc::clone(&cell));
        let told = Told::then(|| ());
        let polling = spawn_with(&cell, {
            let told = std::sync::Arc::clone(&told);
            move |_| (poll(watch.changed(), &told).is_ready(), watch)
        });
        cell.replace(1);
        let (first, mut watch) = polling.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&told), 1, "the waker is still there");
        assert_eq!(watch.try_next().is_none(), first, "what was not returned was not seen");
        (first, told.times())
    });
    assert_eq!(seen, [(false, 0), (false, 1), (true, 0), (true, 1)].into());
}

// A task is polled again when it is woken, and finds what it was woken for.
#[test]
pub(crate) fn g14_a_task_is_woken_for_what_it_then_finds() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Told::then(|| ());
        let mut watch = Watch::new(Arc::clone(&cell));
        let writer = spawn_with(&cell, |cell| {
            cell.replace(1);
        });
        let mut changed = pin!(watch.changed());
        let first = poll(changed.as_mut(), &told).is_ready();
        let woken = told.times();
        // Before it is joined: what it is woken for is there by then.
        let found = first || woken == 0 || poll(changed.as_mut(), &told).is_ready();
        writer.join().unwrap();
        assert!(found, "woken for nothing");
        assert!(first || told.times() == 1, "a lost wakeup");
        (first, woken)
    });
    assert_eq!(seen, [(false, 0), (false, 1), (true, 0), (true, 1)].into());
}

// A version is seen before its writer comes to wake.
#[test]
pub(crate) fn g14_a_watch_is_not_woken_for_what_it_has_seen() {
    let seen = outcomes(3, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Told::then(|| ());
        let mut watch = Watch::new(Arc::clone(&cell));
        let writer = spawn_with(&cell, |cell| {
            cell.replace(1);
        });
        let saw_it = watch.try_next().is_some();
        let mut changed = Box::pin(watch.changed());
        let finds_it = poll(changed.as_mut(), &told).is_ready();
        writer.join().unwrap();
        (saw_it, finds_it, told.times())
    });
    // It may be woken while it finds the version by itself.
    assert_eq!(seen, [(false, false, 1), (false, true, 0), (false, true, 1), (true, false, 0)].into());
}

#[test]
pub(crate) fn g14_a_waker_may_write_to_the_container() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Told::then({
            let cell = Arc::clone(&cell);
            move || {
                cell.update(|n| *n += 10);
            }
        });
        let mut watch = Watch::new(Arc::clone(&cell));
        let mut changed = Box::pin(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        let writer = spawn_with(&cell, |cell| {
            cell.update(|n| *n += 1);
        });
        cell.update(|n| *n += 1);
        writer.join().unwrap();
        let Poll::Ready(update) = poll(changed, &told) else { panic!("there is news") };
        assert_eq!((told.times(), *cell.load(), cell.version()), (1, 12, 3));
        pair(&update)
    });
    assert_eq!(seen, [(0, 12)].into());
}

#[test]
pub(crate) fn g14_a_waker_that_panics_takes_no_wakeup_from_another() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Told::then(|| std::panic::resume_unwind(Box::new("a waker")));
        let mut watch = Watch::new(Arc::clone(&cell));
        let mut changed = Box::pin(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        let mut other = Watch::new(Arc::clone(&cell));
        let sleeper = spawn_with(&cell, move |_| pair(&other.next()));
        let outcome = catch_unwind(AssertUnwindSafe(|| cell.replace(1)));
        assert!(outcome.is_err());
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [(0, 1)].into());
}

// Its owner goes while it looks, registers or sleeps.
#[test]
pub(crate) fn g14_a_sleeper_is_woken_to_the_end_of_its_container() {
    let seen = outcomes(2, || {
        // std's: loom has no `Weak`.
        let cell = std::sync::Arc::new(CowCell::new(0));
        let watch = Watch::new(std::sync::Arc::clone(&cell)).downgrade();
        let sleeper = loom::thread::spawn(move || watch.map(|update| pair(&update)).collect::<Vec<_>>());
        cell.replace(1);
        drop(cell);
        sleeper.join().unwrap()
    });
    assert_eq!(seen, [vec![], vec![(0, 1)]].into());
}

#[test]
pub(crate) fn g12_a_write_that_publishes_nothing_wakes_nobody() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let told = Told::then(|| ());
        let mut watch = Watch::new(Arc::clone(&cell));
        let writer = spawn_with(&cell, |cell| {
            assert!(cell.try_update(|_| Err::<(), _>(())).is_err());
            cell.write().rollback();
            assert!(!cell.replace_if_changed(0));
        });
        let mut changed = pin!(watch.changed());
        assert!(poll(changed.as_mut(), &told).is_pending());
        writer.join().unwrap();
        told.times()
    });
    assert_eq!(seen, [0].into());
}

#[test]
pub(crate) fn g3_what_a_watch_tells_of_is_not_older_than_what_was_read() {
    let seen = outcomes(2, || {
        let cell = Arc::new(CowCell::new(0));
        let mut watch = Watch::new(Arc::clone(&cell));
        let reader = spawn_with(&cell, move |cell| {
            let loaded = *cell.load();
            let told = watch.try_next().map_or(0, |update| pair(&update).1);
            assert!(told >= loaded, "a newer version was seen, and is not told of");
            (loaded, told, *cell.load())
        });
        cell.replace(1);
        cell.replace(2);
        reader.join().unwrap()
    });
    let ordered = (0..=2).flat_map(|a| (a..=2).flat_map(move |b| (b..=2).map(move |c| (a, b, c))));
    assert_eq!(seen, ordered.collect());
}
