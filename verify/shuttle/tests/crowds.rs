//! Crowds that are too large for loom, in thousands of schedules: shuttle runs one thread at a time and chooses at each
//! access which goes on, at random, by priorities that change now and then (PCT), or one after the other of all there are.
//!
//! It knows sequential consistency only: what a weak ordering does is for the models in `loom-tests/`. The slot is the
//! `hazard` backend's, down to its atomics.

use readmostly::{CowCell, CowMap, Mutant, Reader, Snapshot, Update, Watch, with_mutant};
use shuttle::sync::Arc;
use shuttle::thread;
use std::future::Future;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};

const BATCHES: u64 = 3;

/// Writers that add to two numbers in one step, and readers that look in every way.
fn crowd(writers: u64, readers: u64) {
    let cell = Arc::new(CowCell::new((0, 0)));
    let writers: Vec<_> = (0..writers)
        .map(|_| {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                for _ in 0..BATCHES {
                    let mine = cell.update(|(a, b)| {
                        *a += 1;
                        *b += 1;
                        *a
                    });
                    assert!(cell.load().0 >= mine, "a write that has returned is not seen");
                }
            })
        })
        .collect();
    let readers: Vec<_> = (0..readers)
        .map(|_| {
            let mut reader = Reader::new(Arc::clone(&cell));
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let mut last = 0;
                for _ in 0..2 {
                    let guard = cell.load();
                    let seen = [*guard, *reader.load(), *cell.snapshot(), *guard];
                    assert_eq!(seen[0], seen[3], "what a guard shows has changed");
                    for (a, b) in &seen[..3] {
                        assert_eq!(a, b, "half an update");
                        assert!(*a >= last, "back in time");
                        last = *a;
                    }
                }
            })
        })
        .collect();
    let count = writers.len() as u64 * BATCHES;
    for thread in writers.into_iter().chain(readers) {
        thread.join().unwrap();
    }
    assert_eq!((*cell.load(), cell.version()), ((count, count), count), "an update was lost");
}

/// Writers of one map, each with keys of its own, who give up every other change, or try again when they were beaten.
fn map_of_many_writers(writers: u64) {
    let map = Arc::new(CowMap::<u64, u64>::new());
    let writers: Vec<_> = (0..writers)
        .map(|key| {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                assert_eq!(map.insert(key, 0), None);
                let given_up: Result<(), ()> = map.try_update(|draft| {
                    draft.clear();
                    Err(())
                });
                assert_eq!(given_up, Err(()));
                let mut base = map.snapshot();
                loop {
                    let mut next = base.as_ref().clone();
                    *next.get_mut(&key).expect("nobody else has this key") += 1;
                    match map.replace_if_current(&base, next) {
                        Ok(before) => break assert!(Snapshot::ptr_eq(&before, &base)),
                        Err(stale) => base = stale.current,
                    }
                }
            })
        })
        .collect();
    let count = writers.len() as u64;
    for writer in writers {
        writer.join().unwrap();
    }
    let table = map.load();
    assert_eq!((table.len() as u64, map.version()), (count, 2 * count));
    assert!(table.values().all(|n| *n == 1));
}

/// A number, and a count of those that are alive.
type Counted = (u64, std::sync::Arc<()>);

/// The waker of a task, which is left behind once. Its count is std's: it is no part of what is tried.
struct Told {
    cell: Arc<CowCell<Counted>>,
    /// The version that the task had seen when it left the waker.
    seen: u64,
    times: AtomicU64,
}

impl Wake for Told {
    fn wake(self: std::sync::Arc<Self>) {
        assert!(self.cell.version() > self.seen, "woken for nothing");
        assert_eq!(self.times.fetch_add(1, Ordering::SeqCst), 0, "woken twice");
    }
}

/// The newer number, if the update goes on from the one that was seen last.
fn follow(update: &Update<Counted>, seen: u64) -> u64 {
    assert_eq!(update.old.0, seen, "an update from what was not seen last");
    assert!(update.new.0 > seen, "told for nothing");
    update.new.0
}

/// Writers, watches that sleep until they have seen the last version, one that sleeps until the cell is gone, and watches that
/// come, wait as tasks or do not wait, and go. A wakeup that is lost is a thread that sleeps for ever: shuttle calls it a
/// deadlock.
fn crowd_of_watches(writers: u64, sleepers: u64) {
    let alive = std::sync::Arc::new(());
    let cell = Arc::new(CowCell::new((0, std::sync::Arc::clone(&alive))));
    let last = writers * BATCHES;
    let watch = Watch::new(Arc::clone(&cell)).downgrade();
    let until_the_end = thread::spawn(move || watch.fold(0, |seen, update| follow(&update, seen)));
    let mut threads = Vec::new();
    for _ in 0..sleepers {
        let mut watch = Watch::new(Arc::clone(&cell));
        threads.push(thread::spawn(move || {
            let mut seen = 0;
            while seen < last {
                seen = follow(&watch.next(), seen);
            }
            assert!(watch.try_next().is_none(), "something newer than the last version");
        }));
    }
    for _ in 0..writers {
        let cell = Arc::clone(&cell);
        threads.push(thread::spawn(move || (0..BATCHES).for_each(|_| cell.update(|value| value.0 += 1))));
    }
    let visitor = Arc::clone(&cell);
    threads.push(thread::spawn(move || (0..2).for_each(|_| come_and_go(&visitor))));
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!((cell.load().0, cell.version()), (last, last), "an update was lost");
    drop(cell);
    assert!(until_the_end.join().unwrap() <= last);
    assert_eq!(std::sync::Arc::strong_count(&alive), 1, "a version is kept");
}

/// A watch that waits as a task, gives that up half-way, and has another watch go on.
fn come_and_go(cell: &Arc<CowCell<Counted>>) {
    let mut watch = cell.watch();
    let seen = Snapshot::version(watch.seen().expect("nothing was forgotten"));
    let told = Told { cell: Arc::clone(cell), seen, times: AtomicU64::new(0) };
    let waker = Waker::from(std::sync::Arc::new(told));
    let first = pin!(watch.changed()).poll(&mut Context::from_waker(&waker));
    let seen = match first {
        Poll::Ready(update) => follow(&update, seen),
        // The future is gone. It has seen nothing.
        Poll::Pending => seen,
    };
    let mut another = watch.clone();
    drop(watch);
    if let Some(update) = another.try_next() {
        follow(&update, seen);
    }
}

#[test]
fn four_writers_and_three_readers_keep_the_guarantees_in_random_order() {
    shuttle::check_random(|| crowd(4, 3), 5_000);
}

#[test]
fn four_writers_and_three_readers_keep_the_guarantees_by_priorities() {
    shuttle::check_pct(|| crowd(4, 3), 5_000, 3);
}

#[test]
fn two_writers_keep_the_guarantees_in_one_order_after_the_other() {
    shuttle::check_dfs(|| crowd(2, 0), Some(50_000));
}

#[test]
fn four_writers_of_a_map_lose_no_update() {
    shuttle::check_random(|| map_of_many_writers(4), 5_000);
    shuttle::check_pct(|| map_of_many_writers(4), 5_000, 3);
}

#[test]
fn watches_of_many_writers_are_told_of_the_last_version() {
    shuttle::check_random(|| crowd_of_watches(4, 3), 3_000);
    shuttle::check_pct(|| crowd_of_watches(2, 4), 3_000, 3);
}

/// Tells whether `check` fails when the library makes this mistake.
fn finds(mutant: Mutant, check: fn()) -> bool {
    catch_unwind(|| with_mutant(mutant, check)).is_err()
}

#[test]
fn mistakes_are_found() {
    let random: fn() = || shuttle::check_random(|| crowd(4, 3), 5_000);
    let by_priorities: fn() = || shuttle::check_pct(|| crowd(4, 3), 5_000, 3);
    for mutant in [Mutant::ReadBeforeLock, Mutant::PublishEarly, Mutant::AnnounceLate] {
        assert!(finds(mutant, random), "{mutant:?} survives random schedules");
        assert!(finds(mutant, by_priorities), "{mutant:?} survives schedules by priority");
    }
    let map: fn() = || shuttle::check_random(|| map_of_many_writers(4), 5_000);
    assert!(finds(Mutant::CompareUnlocked, map), "a lost update survives");
    let random: fn() = || shuttle::check_random(|| crowd_of_watches(4, 3), 3_000);
    let by_priorities: fn() = || shuttle::check_pct(|| crowd_of_watches(2, 4), 3_000, 3);
    // `WakeForSeen` needs a thread to be interrupted at one place twice, which chance misses now and then: a model has it.
    for mutant in [Mutant::WakeEarly, Mutant::WakeOne, Mutant::SleepUnseen, Mutant::TrustAnnouncement] {
        assert!(finds(mutant, random), "{mutant:?} survives random schedules");
        assert!(finds(mutant, by_priorities), "{mutant:?} survives schedules by priority");
    }
}
