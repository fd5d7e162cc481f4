//! When versions are dropped, and what a destructor may do.
//!
//! What asserts that a version is freed by the end of one certain publish runs alone: see `support::alone`.

use crate::support::{
    Call, Census, Counted, Fuse, Fused, Random, alone, join_all, panic_of, rounds, watched,
};
use readmostly::{BACKEND, CowCell, Guard, Snapshot};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, Weak, mpsc};
use std::thread;

#[test]
fn each_value_is_dropped_once() {
    alone("cell::drops::each_value_is_dropped_once", || {
        let census = Census::new();
        let cell = CowCell::new(Vec::new());
        let mut random = Random::new(1);
        let mut held = Vec::new();
        for n in 0..rounds(10_000) {
            match random.below(8) {
                0..3 => cell.update(|v| v.push(census.count(n))),
                3 => drop(cell.update(Vec::pop)),
                4 => cell.update(|v| v.retain(|n| **n % 3 != 0)),
                5 => held.push(cell.snapshot()),
                6 => held.truncate(held.len() / 2),
                _ => cell.write().push(census.count(n)),
            }
        }
        let len = cell.load().len();
        drop(held);
        cell.update(|_| ());
        assert_eq!(census.alive(), len, "one current version, and nothing else");
        drop(cell);
        assert!(census.made() > len);
        assert_eq!(census.alive(), 0);
    });
}

/// A second panic while the first one unwinds would abort the process.
#[test]
fn destructors_that_panic_in_one_call_are_all_run() {
    struct Loud<'a>(&'a AtomicUsize, bool);
    impl Drop for Loud<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
            assert!(!self.1, "on purpose");
        }
    }
    alone("cell::drops::destructors_that_panic_in_one_call_are_all_run", || {
        let dropped = AtomicUsize::new(0);
        let cell = CowCell::new(Loud(&dropped, true));
        let quietly = |step: &mut dyn FnMut()| catch_unwind(AssertUnwindSafe(step)).is_err();
        let mut guard = Some(cell.load());
        // With `epoch` the guard holds all of them, and one publish frees them.
        for number in 1..4 {
            quietly(&mut || drop(cell.replace(Loud(&dropped, number < 3))));
        }
        quietly(&mut || drop(guard.take()));
        for _ in 0..3 {
            quietly(&mut || drop(cell.replace(Loud(&dropped, false))));
        }
        assert_eq!(cell.stats().living, 1);
        assert_eq!(dropped.load(Ordering::SeqCst), 6);
    });
}

#[test]
fn the_last_snapshot_frees_at_once() {
    alone("cell::drops::the_last_snapshot_frees_at_once", || {
        let cell = CowCell::new(Arc::new(0));
        let held = cell.snapshot();
        let weak: Weak<_> = Arc::downgrade(&held);
        drop(cell.replace(Arc::new(1)));
        let second = held.clone();
        drop(held);
        assert!(weak.upgrade().is_some(), "the second one holds it");
        drop(second);
        assert!(weak.upgrade().is_none());

        // A reader is a holder too, and lets go as soon as it looks.
        let weak = Arc::downgrade(&cell.load());
        let mut reader = cell.reader();
        drop(cell.replace(Arc::new(2)));
        assert!(weak.upgrade().is_some());
        reader.load();
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn a_version_in_the_middle_is_freed() {
    alone("cell::drops::a_version_in_the_middle_is_freed", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let oldest = cell.snapshot();
        let middle = cell.replace(census.count(1));
        drop(middle);
        let middle = cell.snapshot();
        cell.replace(census.count(2));
        assert_eq!(census.alive(), 3);
        drop(middle);
        assert_eq!(census.alive(), 2);
        assert_eq!((**oldest, **cell.load()), (0, 2));
    });
}

// With no guard held there is no garbage at all after a publish, with either backend.
#[test]
fn a_publish_frees_what_it_replaced() {
    alone("cell::drops::a_publish_frees_what_it_replaced", || {
        let census = Census::new();
        let cells = [CowCell::new(census.count(0)), CowCell::new(census.count(0))];
        for n in 1..rounds(100_000) {
            let cell = &cells[n % 2];
            match n % 3 {
                0 => drop(cell.replace(census.count(n))),
                1 => cell.update(|value| *value = census.count(n)),
                _ => drop(cell.replace_if_current(&cell.snapshot(), census.count(n)).unwrap()),
            }
            assert_eq!(census.alive(), 2, "the two current versions, after write {n}");
        }
        let [one, other] = cells;
        drop(one);
        assert_eq!(census.alive(), 1);
        assert_eq!(other.into_inner().to_string(), (rounds(100_000) - 1).to_string());
        assert_eq!(census.alive(), 0);
    });
}

// What other cells have asked of the collector meanwhile does not stand in the way.
#[test]
fn a_publish_frees_what_it_replaced_behind_the_requests_of_others() {
    alone("cell::drops::a_publish_frees_what_it_replaced_behind_the_requests_of_others", || {
        for others in [0, 7, 8, 60] {
            let census = Census::new();
            let cell = CowCell::new(census.count(0));
            let others: Vec<_> = (0..others).map(CowCell::new).collect();
            let guard = cell.load();
            for other in &others {
                other.replace(1);
            }
            cell.replace(census.count(1));
            assert_eq!((**guard, census.alive()), (0, 2));
            drop(guard);
            cell.replace(census.count(2));
            assert_eq!(census.alive(), 1, "behind {}", others.len());
        }
    });
}

// Nor does what threads that have ended meanwhile left to the collector: once sixteen of them took a publish more.
#[test]
fn a_publish_frees_what_it_replaced_behind_threads_that_have_ended() {
    alone("cell::drops::a_publish_frees_what_it_replaced_behind_threads_that_have_ended", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        let guard = cell.load();
        cell.replace(census.count(1));
        for _ in 0..200 {
            // All of them have the one collector. The join comes after the thread's destructors.
            assert_eq!(thread::spawn(|| *CowCell::new(7).load()).join().unwrap(), 7);
        }
        assert_eq!((**guard, census.alive()), (0, 2));
        drop(guard);
        cell.replace(census.count(2));
        assert_eq!(census.alive(), 1);
    });
}

// The growth is documented at `Guard`: while one is held, the epoch backend frees no replaced version.
#[test]
fn what_a_held_guard_delays_is_freed_after_it() {
    alone("cell::drops::what_a_held_guard_delays_is_freed_after_it", || {
        let updates = rounds(10_000);
        let census = Census::new();
        let cell = CowCell::new(census.count([0_u8; 1_024]));
        let other = CowCell::new(census.count([0; 1_024]));
        thread::scope(|s| {
            let (let_go, wait) = mpsc::channel::<()>();
            let (entered, is_in) = mpsc::channel();
            let cell = &cell;
            let reader = s.spawn(move || {
                let guard = cell.load();
                entered.send(()).unwrap();
                wait.recv().unwrap();
                assert_eq!(guard[0], 0);
            });
            is_in.recv().unwrap();
            for _ in 0..updates {
                cell.update(|bytes| *bytes = census.count([1; 1_024]));
            }
            // Nothing but the versions: what was asked of the collector does not pile up as well, but that is not to
            // be seen from here.
            assert_eq!(census.alive(), if BACKEND == "epoch" { updates + 2 } else { 3 });
            let_go.send(()).unwrap();
            join_all([reader]);
        });
        if BACKEND != "epoch" {
            assert_eq!(census.alive(), 2, "with the guard");
        }
        cell.update(|_| ());
        assert_eq!(census.alive(), 2, "by the end of the first publish after it");
        // And the other cell was not held up for longer than that either.
        other.update(|_| ());
        assert_eq!(census.alive(), 2);
    });
}

// A grace period frees what was replaced before it was asked for, and not what was current then: a guard on that may be
// younger than it.
#[test]
fn a_guard_keeps_its_version_when_an_older_one_goes() {
    alone("cell::drops::a_guard_keeps_its_version_when_an_older_one_goes", || {
        let census = Census::new();
        let (cell, other) = (CowCell::new(census.count(0)), CowCell::new(0));
        thread::scope(|s| {
            // A reader takes a guard when it is told to, and lets go when it is told again.
            let cell = &cell;
            let [older, younger] = [(); 2].map(|()| {
                let (tell, told) = mpsc::channel::<()>();
                let (show, shown) = mpsc::channel();
                s.spawn(move || {
                    while told.recv().is_ok() {
                        let guard = cell.load();
                        show.send(**guard).unwrap();
                        told.recv().unwrap();
                        let seen = **guard;
                        drop(guard);
                        show.send(seen).unwrap();
                    }
                });
                move || {
                    tell.send(()).unwrap();
                    shown.recv().unwrap()
                }
            });
            for round in 0..200 {
                let (first, elsewhere) = (3 * round, |times| (0..times).for_each(|_| _ = other.replace(0)));
                let publish = |value| _ = cell.replace(census.count(value));
                // Where the collector's epoch is then is different each time.
                elsewhere(round % 3);
                assert_eq!(older(), first);
                publish(first + 1);
                elsewhere(round / 3 % 3);
                assert_eq!(younger(), first + 1);
                elsewhere(round / 9 % 3);
                assert_eq!(older(), first);
                elsewhere(round / 27 % 3);
                publish(first + 2);
                assert_eq!(younger(), first + 1, "it is still there");
                publish(first + 3);
                assert_eq!(census.alive(), 1);
            }
        });
    });
}

#[test]
fn a_snapshot_outlives_its_cell() {
    let census = Census::new();
    let cell = CowCell::new(census.count(5));
    let held = cell.snapshot();
    let older = cell.replace(census.count(6));
    drop(cell);
    assert_eq!((**held, **older, census.alive()), (5, 5, 1), "the current version went with the cell");
    drop(older);
    assert_eq!(census.alive(), 1);
    assert_eq!(Snapshot::try_into_inner(held).map(|value| *value).ok(), Some(5));
    assert_eq!((census.alive(), census.made()), (0, 2));
}

#[test]
fn a_panic_in_an_old_value_comes_after_the_write() {
    type Write = fn(&CowCell<(u32, Fused<Counted<()>>)>, new: (u32, Fused<Counted<()>>));
    let writes: [Write; 4] = [
        |cell, new| cell.update(|value| *value = new),
        |cell, new| {
            let mut txn = cell.write();
            *txn = new;
            txn.commit();
        },
        |cell, new| drop(cell.replace(new)),
        |cell, new| drop(cell.replace_if_current(&cell.snapshot(), new)),
    ];
    // Out of the closures: `update` and `write` draft a clone, which is dropped first, before the publish.
    alone("cell::drops::a_panic_in_an_old_value_comes_after_the_write", move || {
        let census = Census::new();
        for (n, write) in writes.into_iter().enumerate() {
            let drafts_dropped = usize::from(n < 2);
            let fuse = Fuse::new();
            let cell = CowCell::new((1, fuse.on(census.count(()))));
            fuse.arm(Call::Drop, drafts_dropped);
            let said = panic_of(|| write(&cell, (2, fuse.on(census.count(())))));
            assert!(said.contains(Fuse::BLOWN));
            assert_eq!((cell.load().0, cell.version()), (2, 1), "it took effect");
            assert_eq!(census.alive(), 1, "and the old value is gone");
            cell.update(|value| value.0 = 3);
            assert_eq!((cell.load().0, cell.version()), (3, 2), "nor is the lock left behind");
            drop(cell);
            assert_eq!(census.alive(), 0);
        }
    });
}

#[test]
fn a_panic_in_any_drop_leaves_one_version_or_the_other() {
    const LEN: u32 = 6;
    alone("cell::drops::a_panic_in_any_drop_leaves_one_version_or_the_other", || {
        type Elements = Vec<Fused<Counted<u32>>>;
        let changes: [fn(&mut Elements); 5] = [
            Vec::clear,
            |v| v.truncate(2),
            |v| v.retain(|element| *element.value % 2 == 0),
            |v| drop(v.drain(1..4)),
            |v| *v = Vec::new(),
        ];
        for change in changes {
            let (fuse, census) = (Fuse::new(), Census::new());
            let make = || (0..LEN).map(|n| fuse.on(census.count(n))).collect::<Elements>();
            let numbers = |cell: &CowCell<Elements>| cell.load().iter().map(|e| *e.value).collect::<Vec<_>>();
            let expected = {
                let cell = CowCell::new(make());
                cell.update(change);
                numbers(&cell)
            };
            let (mut before, mut after) = (0, 0);
            for nth in 0.. {
                let cell = CowCell::new(make());
                fuse.arm(Call::Drop, nth);
                let outcome = std::panic::catch_unwind(|| cell.update(change));
                if fuse.disarm() {
                    assert!(outcome.is_ok() && nth > 0);
                    break;
                }
                assert!(outcome.is_err());
                // In the closure: nothing happened. In the version that was replaced: all of it did.
                if cell.version() == 0 {
                    before += 1;
                    assert_eq!(numbers(&cell), [0, 1, 2, 3, 4, 5]);
                } else {
                    after += 1;
                    assert_eq!((numbers(&cell), cell.version()), (expected.clone(), 1));
                }
                let (len, current) = (cell.load().len(), census.alive());
                assert_eq!(len, current, "what is alive is what the cell holds");
                cell.update(|v| v.push(fuse.on(census.count(9))));
                assert_eq!(numbers(&cell).last(), Some(&9));

                fuse.arm(Call::Drop, 0);
                panic_of(|| drop(cell));
                fuse.disarm();
                assert_eq!(census.alive(), 0);
            }
            assert_eq!((before + expected.len(), after), (LEN as usize, LEN as usize));
        }
    });
}

type Meddled = CowCell<Vec<Arc<Meddler>>>;

/// Uses its container when it is dropped.
struct Meddler {
    cell: Weak<Meddled>,
    met: Arc<AtomicUsize>,
    write: bool,
}

impl Drop for Meddler {
    fn drop(&mut self) {
        let Some(cell) = self.cell.upgrade() else { return };
        let len = cell.load().len();
        assert_eq!((cell.snapshot().len(), cell.reader().load().len()), (len, len));
        self.met.fetch_add(1, Ordering::Relaxed);
        if self.write {
            assert!(cell.try_write().is_some());
            let new = Meddler { cell: Weak::new(), met: Arc::clone(&self.met), write: false };
            cell.update(|v| v.push(Arc::new(new)));
            assert_eq!(cell.load().len(), len + 1);
        }
    }
}

fn meddled() -> (Arc<Meddled>, Arc<AtomicUsize>, impl Fn()) {
    let cell = Arc::new(CowCell::new(Vec::new()));
    let met = Arc::new(AtomicUsize::new(0));
    let push = {
        let (cell, met) = (Arc::clone(&cell), Arc::clone(&met));
        move || {
            let meddler = Meddler { cell: Arc::downgrade(&cell), met: Arc::clone(&met), write: true };
            cell.update(|v| v.push(Arc::new(meddler)));
        }
    };
    (cell, met, push)
}

#[test]
fn the_destructors_of_a_replaced_version_may_write() {
    alone("cell::drops::the_destructors_of_a_replaced_version_may_write", || {
        let (cell, met, push) = meddled();
        let met = || met.load(Ordering::Relaxed);
        push();
        cell.update(Vec::clear);
        assert_eq!((cell.load().len(), cell.version(), met()), (1, 3, 1), "in a destructor after the update");
        push();
        cell.write().clear();
        assert_eq!((cell.load().len(), met()), (2, 1), "a rolled back change drops nothing of the version");
        drop(cell.replace(Vec::new()));
        assert_eq!((cell.load().len(), met()), (1, 2));
    });
}

// What a forgotten guard keeps goes with the cell, where the guard is no count of its own.
#[test]
fn what_forgotten_guards_keep_goes_with_the_cell() {
    alone("cell::drops::what_forgotten_guards_keep_goes_with_the_cell", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        for n in 1..=3 {
            std::mem::forget(cell.load());
            drop(cell.replace(census.count(n)));
        }
        let kept = census.alive();
        drop(cell);
        match BACKEND {
            "hazard" => assert_eq!((kept, census.alive()), (4, 0)),
            "epoch" => assert_eq!(census.alive(), 0),
            counting => assert_eq!((kept, census.alive()), (4, 3), "{counting}"),
        }
    });
}

// Where a guard delays the freeing, it is a later publish that drops the version, as the last to hold it.
#[test]
fn the_destructors_of_a_version_that_is_freed_late_may_write() {
    alone("cell::drops::the_destructors_of_a_version_that_is_freed_late_may_write", || {
        let (cell, met, push) = meddled();
        push();
        let guard = cell.load();
        cell.update(Vec::clear);
        assert_eq!((met.load(Ordering::Relaxed), guard.len()), (0, 1));
        drop(guard);
        cell.update(Vec::shrink_to_fit);
        assert_eq!((cell.load().len(), met.load(Ordering::Relaxed)), (1, 1));
    });
}

#[test]
fn the_destructors_of_a_failed_draft_may_write() {
    watched(|| {
        let (cell, met, _) = meddled();
        let meddler = |cell: &Arc<_>| {
            Arc::new(Meddler { cell: Arc::downgrade(cell), met: Arc::clone(&met), write: true })
        };
        let base = cell.version();
        let outcome = cell.try_update(|v| {
            v.push(meddler(&cell));
            Err::<(), _>("no")
        });
        assert_eq!((outcome, cell.version(), met.load(Ordering::Relaxed)), (Err("no"), base + 1, 1));
        panic_of(|| {
            cell.update(|v| {
                v.push(meddler(&cell));
                panic!("while it is in the draft");
            });
        });
        assert_eq!((cell.version(), met.load(Ordering::Relaxed)), (base + 2, 2));
        let mut txn = cell.write();
        txn.push(meddler(&cell));
        txn.rollback();
        assert_eq!((cell.version(), met.load(Ordering::Relaxed)), (base + 3, 3));
    });
}

// Documented: what a closure drops, it drops under the lock, where a destructor that writes is a write inside a write.
#[test]
fn a_destructor_inside_the_closure_meets_the_lock() {
    struct Writes(Arc<Meddled>);
    impl Drop for Writes {
        fn drop(&mut self) {
            self.0.update(Vec::clear);
        }
    }
    watched(|| {
        let (cell, met, _) = meddled();
        let version = cell.version();
        let reads = Meddler { cell: Arc::downgrade(&cell), met: Arc::clone(&met), write: false };
        cell.update(|_| drop(reads));
        assert_eq!((cell.version(), met.load(Ordering::Relaxed)), (version + 1, 1));
        let writes = Writes(Arc::clone(&cell));
        let said = panic_of(|| cell.update(|_| drop(writes)));
        assert!(said.contains("a write inside a write"), "{said}");
        assert_eq!(cell.version(), version + 1);
    });
}

// A value that holds a snapshot of its own predecessor is a linked list, and is dropped as one: documented at
// `Snapshot`. So the chain is short here, and the snapshots of a long history are held side by side.
#[test]
fn a_long_history_is_let_go_of() {
    watched(|| {
        #[expect(dead_code, reason = "held, not read")]
        struct Linked(Option<Snapshot<Linked>>, Counted<()>);
        let census = Census::new();
        let cell = CowCell::new(Linked(None, census.count(())));
        for _ in 0..1_000 {
            cell.replace(Linked(Some(cell.snapshot()), census.count(())));
        }
        assert_eq!(census.alive(), 1_001);
        drop(cell);
        assert_eq!(census.alive(), 0);

        let cell = CowCell::new(census.count(()));
        let versions = rounds(1_000_000);
        let held: Vec<_> = (0..versions).map(|_| cell.replace(census.count(()))).collect();
        assert_eq!(census.alive(), versions + 1);
        drop(cell);
        assert_eq!(census.alive(), versions);
        drop(held);
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn a_rolled_back_draft_is_dropped_once() {
    let census = Census::new();
    let cell = CowCell::new(vec![census.count(0)]);
    let fill = |v: &mut Vec<_>| v.extend((1..=100).map(|n| census.count(n)));
    let mut txn = cell.write();
    fill(&mut txn);
    assert_eq!(census.alive(), 102);
    txn.rollback();
    assert_eq!(census.alive(), 1);
    fill(&mut cell.write());
    assert_eq!(census.alive(), 1);
    let outcome = cell.try_update(|v| {
        fill(v);
        Err::<(), _>(())
    });
    assert_eq!((outcome, census.alive(), census.made()), (Err(()), 1, 1 + 3 * 101));
}

// The loom models prove it too.
#[test]
fn the_last_snapshot_and_the_cell_go_at_once() {
    watched(|| {
        let census = Census::new();
        for n in 0..rounds(10_000) {
            let cell = CowCell::new(census.count(n));
            let snapshot = cell.snapshot();
            if n % 2 == 0 {
                cell.replace(census.count(n));
            }
            let start = Barrier::new(2);
            thread::scope(|s| {
                s.spawn(|| {
                    let snapshot = snapshot;
                    start.wait();
                    assert_eq!(**snapshot, n);
                });
                start.wait();
                drop(cell);
            });
            assert_eq!(census.alive(), 0);
        }
    });
}

#[test]
fn two_versions_are_alive_at_most() {
    alone("cell::drops::two_versions_are_alive_at_most", || {
        let census = Census::new();
        let cell = CowCell::new(census.count(vec![0_u8; 1 << 20]));
        for n in 0..rounds(1_000) {
            cell.update(|bytes| {
                let next = census.count(vec![0; bytes.len()]);
                drop(next);
            });
            assert_eq!(census.alive(), 1, "after update {n}");
        }
        // The current one, its draft, and for a moment what the closure made.
        assert_eq!(census.peak(), 3);
        let census = Census::new();
        let cell = CowCell::new(census.count(0));
        (0..1_000).for_each(|_| cell.update(|_| ()));
        assert_eq!(census.peak(), 2);
        assert_eq!(Guard::version(&cell.load()), 1_000);
    });
}

// Documented at `Snapshot`, as with any cycle of `Arc`s.
#[test]
fn a_snapshot_in_its_own_version_keeps_it_alive() {
    struct Own(Mutex<Option<Snapshot<Own>>>, #[expect(dead_code, reason = "held, not read")] Counted<()>);
    let census = Census::new();
    let cell = CowCell::new(Own(Mutex::new(None), census.count(())));
    let held = cell.snapshot();
    *held.0.lock().unwrap() = Some(cell.snapshot());
    drop(cell);
    assert_eq!(census.alive(), 1);
    // The test breaks the cycle, or the sanitizers would report the leak.
    drop(held.0.lock().unwrap().take());
    drop(held);
    assert_eq!(census.alive(), 0);
}
