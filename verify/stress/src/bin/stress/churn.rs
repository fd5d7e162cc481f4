//! Threads that come, hold a few guards and end, in bursts and now and then very many at once. Some guards they leave in
//! thread locals, which are dropped before what the library keeps for the thread, or after it. In the end nothing is left
//! but the current versions, and a write costs what it did before.

use crate::forever;
use crate::payload::Payload;
use crate::promises;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::Guard;
use std::cell::RefCell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PARENTS: usize = 2;
/// How many come at once, but at a peak.
const BURST: usize = 6;
const PEAK_EVERY: Duration = Duration::from_millis(300);
/// More guards than a thread has hazard pointers.
const GUARDS: usize = 9;

struct Cells {
    both: [Subject; 2],
    ended: AtomicU64,
    /// How many guards were dropped with a thread local.
    late: AtomicU64,
    wrong: AtomicU64,
}

/// A guard in a thread local.
struct Left {
    guard: Guard<'static, Payload>,
    of: usize,
    cells: &'static Cells,
}

impl Drop for Left {
    fn drop(&mut self) {
        let Self { guard, of, cells } = self;
        let check = |guard: &Guard<'_, Payload>| {
            let right = cells.both[*of].check(Guard::version(guard), guard).is_ok();
            cells.wrong.fetch_add((!right).into(), Ordering::Relaxed);
        };
        check(guard);
        // Once more: the library's own thread local may be gone, and its hazard pointers another thread's.
        let newest = cells.both[*of].cell.load();
        check(&newest);
        let old = Guard::version(&newest) < Guard::version(guard);
        cells.wrong.fetch_add(old.into(), Ordering::Relaxed);
        cells.late.fetch_add(1, Ordering::Relaxed);
    }
}

thread_local! {
    /// Made before the library's own thread local, and so dropped after it.
    static AFTER: RefCell<Vec<Left>> = const { RefCell::new(Vec::new()) };
    /// Made after it, and dropped before.
    static BEFORE: RefCell<Vec<Left>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn play(stage: &Stage<'_>, threads: usize) {
    let peak = (8 * threads).clamp(100, 1_000);
    let cells = forever::keep(Cells {
        both: [Subject::new(13), Subject::new(14)],
        ended: AtomicU64::new(0),
        late: AtomicU64::new(0),
        wrong: AtomicU64::new(0),
    });
    let cost_before = cost_of_a_write(cells);
    let writer: Part<'_> = Box::new(|worker, _| {
        let mut views = cells.both.each_ref().map(|cell| View::new(stage, worker, cell));
        for n in 0_usize.. {
            if !stage.is_running() {
                break;
            }
            views[n % 2].write();
        }
    });
    let burst = |_| -> Part<'_> {
        Box::new(|worker, _| {
            while stage.is_open() {
                come_and_go(stage, worker, cells, BURST);
            }
        })
    };
    let mut readers: Vec<_> = (0..PARENTS).map(burst).collect();
    readers.push(Box::new(|worker, _| {
        while stage.is_open() {
            come_and_go(stage, worker, cells, peak);
            let start = Instant::now();
            while start.elapsed() < PEAK_EVERY && stage.is_open() {
                worker.step();
                thread::sleep(Duration::from_millis(10));
            }
        }
    }));
    stage.play(vec![writer], readers);
    let wrong = cells.wrong.load(Ordering::Relaxed);
    if wrong > 0 {
        stage.violation(|| {
            format!("{wrong} times wrong data, or an old version, while a thread was torn down")
        });
    }
    let worker = Worker::default();
    cells.both.iter().for_each(|cell| View::new(stage, &worker, cell).last_look());
    promises::all_else_is_freed(stage, 2, || cells.both.iter().for_each(|cell| _ = cell.advance()));
    let (ended, late) = (cells.ended.load(Ordering::Relaxed), cells.late.load(Ordering::Relaxed));
    let cost_after = cost_of_a_write(cells);
    stage.note(format!(
        "churn: {ended} threads came and went, {peak} at once at a peak, and left {late} guards in thread locals; a write \
         took {cost_before:?} before and takes {cost_after:?} now"
    ));
    cells.both.iter().for_each(Subject::rest);
    promises::all_else_is_freed(stage, 0, || cells.both.iter().for_each(Subject::rest));
}

/// The median, with nobody else at work.
fn cost_of_a_write(cells: &Cells) -> Duration {
    const WRITES: usize = 301;
    let mut times: Vec<_> = (0..WRITES)
        .map(|_| {
            let start = Instant::now();
            cells.both[0].advance();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[WRITES / 2]
}

/// Has `count` threads come, be there at once, and go.
fn come_and_go(stage: &Stage<'_>, worker: &Worker, cells: &'static Cells, count: usize) {
    let all_are_here = Barrier::new(count);
    thread::scope(|s| {
        let threads: Vec<_> = (0..count)
            .map(|id| {
                worker.step();
                let all_are_here = &all_are_here;
                s.spawn(move || {
                    let counts = Worker::default();
                    visit(stage, &counts, cells, id, all_are_here);
                    counts
                })
            })
            .collect();
        // Each by itself: the end of the scope does not wait for thread locals.
        for thread in threads {
            match thread.join() {
                Ok(counts) => worker.absorb(&counts),
                Err(_) => stage.violation(|| "a thread that came and went panicked".to_owned()),
            }
            cells.ended.fetch_add(1, Ordering::Relaxed);
        }
    });
}

fn visit(stage: &Stage<'_>, worker: &Worker, cells: &'static Cells, id: usize, all_are_here: &Barrier) {
    // Made in this order, each where it is to be.
    AFTER.with_borrow(Vec::len);
    let mut views = cells.both.each_ref().map(|cell| View::new(stage, worker, cell));
    BEFORE.with_borrow(Vec::len);
    let mut held: Vec<_> = (0..=id % GUARDS).map(|n| (n % 2, cells.both[n % 2].cell.load())).collect();
    all_are_here.wait();
    views[id % 2].look(id);
    for (of, guard) in &held {
        views[*of].check_held(Guard::version(guard), guard);
    }
    // All, some, or none are left, in both places.
    held.truncate(id % (GUARDS + 1));
    for (n, (of, guard)) in held.into_iter().enumerate() {
        let left = Left { guard, of, cells };
        let place = if n % 2 == 0 { &AFTER } else { &BEFORE };
        place.with_borrow_mut(|place| place.push(left));
    }
}
