//! Where a scenario plays: its threads, their clock, a count of what each does, and a watchdog over all of them.

use crate::payload;
use crate::report::{Report, Row};
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// What a thread does, given its own counts and those of all readers.
pub(crate) type Part<'a> = Box<dyn FnOnce(&Worker, &[Worker]) + Send + 'a>;

/// A number that one thread alone changes.
#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn add(&self, more: u64) {
        self.0.store(self.get() + more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A thread's counts, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Worker {
    name: String,
    /// Whatever the thread did last: the watchdog wants to see this move.
    steps: Count,
    reads: Count,
    writes: Count,
    versions: Count,
    done: AtomicBool,
}

impl Worker {
    fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Counts a read that was checked; `newer` if it showed a version that the thread had not seen.
    pub(crate) fn read(&self, newer: bool) {
        self.steps.add(1);
        self.reads.add(1);
        self.versions.add(newer.into());
    }

    pub(crate) fn wrote(&self) {
        self.steps.add(1);
        self.writes.add(1);
    }

    /// A step that is neither a checked read nor a write.
    pub(crate) fn step(&self) {
        self.steps.add(1);
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Adds what another process has counted.
    pub(crate) fn counted(&self, reads: u64, writes: u64, versions: u64) {
        self.steps.add(1);
        self.reads.add(reads);
        self.writes.add(writes);
        self.versions.add(versions);
    }

    /// Adds what was counted in the name of a thread that is gone.
    pub(crate) fn absorb(&self, other: &Worker) {
        self.steps.add(1 + other.steps.get());
        self.reads.add(other.reads.get());
        self.writes.add(other.writes.get());
        self.versions.add(other.versions.get());
    }
}

/// Writers and readers at work; writers stop; readers stop.
const RUNNING: u8 = 0;
const DRAINING: u8 = 1;
const QUIET: u8 = 2;

/// How often the stage looks at its threads.
const TICK: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Stage<'r> {
    name: &'static str,
    time: Duration,
    patience: Duration,
    report: &'r Report,
    phase: AtomicU8,
    violations: AtomicU64,
    first: Mutex<Option<String>>,
    row: Mutex<Row>,
}

impl<'r> Stage<'r> {
    pub(crate) fn new(name: &'static str, time: Duration, patience: Duration, report: &'r Report) -> Self {
        Self {
            name,
            time,
            patience,
            report,
            phase: AtomicU8::new(RUNNING),
            violations: AtomicU64::new(0),
            first: Mutex::new(None),
            row: Mutex::new(Row::default()),
        }
    }

    /// What a writer asks before each write.
    pub(crate) fn is_running(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == RUNNING
    }

    /// What a reader asks before each read. After the last, every write of every writer has happened before.
    pub(crate) fn is_open(&self) -> bool {
        // Acquire: with the release in `play`, after it has joined the writers.
        self.phase.load(Ordering::Acquire) != QUIET
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn note(&self, note: String) {
        self.report.note(note);
    }

    pub(crate) fn violation(&self, what: impl FnOnce() -> String) {
        if self.violations.fetch_add(1, Ordering::Relaxed) == 0 {
            let what = what();
            eprintln!("VIOLATION in {}: {what}", self.name);
            *self.first.lock() = Some(what);
        }
    }

    /// Plays for the scenario's time. The readers go on until the writers have stopped, and then look once more.
    pub(crate) fn play<'a>(&'a self, writers: Vec<Part<'a>>, readers: Vec<Part<'a>>) {
        let named = |what: &'static str, parts: &[Part<'_>]| -> Vec<_> {
            (0..parts.len()).map(|n| Worker::new(format!("{what} {n}"))).collect()
        };
        let (writing, reading) = (named("writer", &writers), named("reader", &readers));
        let start = Instant::now();
        thread::scope(|s| {
            let spawn = |(part, worker): (Part<'a>, _)| {
                let reading = &reading[..];
                s.spawn(move || self.act(part, worker, reading))
            };
            let reader_threads: Vec<_> = readers.into_iter().zip(&reading).map(spawn).collect();
            let writer_threads: Vec<_> = writers.into_iter().zip(&writing).map(spawn).collect();
            let mut dog = Watchdog::new(self, start, &writing, &reading);
            while start.elapsed() < self.time {
                dog.tick();
            }
            self.phase.store(DRAINING, Ordering::Relaxed);
            dog.wait_for(&writing);
            join(writer_threads);
            self.phase.store(QUIET, Ordering::Release);
            dog.wait_for(&reading);
            join(reader_threads);
        });
        *self.row.lock() = self.sum(start.elapsed(), &writing, &reading);
    }

    /// Takes the result down, when all that the scenario made should be gone.
    pub(crate) fn close(self) {
        let left = payload::alive();
        if left > 0 {
            self.violation(|| format!("{left} values are left after all cells, guards and threads are gone"));
        }
        let mut row = self.row.into_inner();
        (row.violations, row.first) = (self.violations.into_inner(), self.first.into_inner());
        self.report.add(row);
    }

    fn act(&self, part: Part<'_>, worker: &Worker, readers: &[Worker]) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| part(worker, readers))) {
            let said = panic.downcast::<String>().map_or_else(|_| "something".to_owned(), |said| *said);
            self.violation(|| format!("{} panicked: {said}", worker.name));
        }
        worker.done.store(true, Ordering::Release);
    }

    fn sum(&self, time: Duration, writing: &[Worker], reading: &[Worker]) -> Row {
        let sum =
            |of: fn(&Worker) -> &Count| writing.iter().chain(reading).map(|worker| of(worker).get()).sum();
        Row {
            scenario: self.name,
            time,
            threads: writing.len() + reading.len(),
            reads: sum(|worker| &worker.reads),
            writes: sum(|worker| &worker.writes),
            versions: sum(|worker| &worker.versions),
            ..Row::default()
        }
    }
}

/// Joins each thread by itself: the end of a scope alone does not wait for thread locals' destructors.
fn join(threads: Vec<ScopedJoinHandle<'_, ()>>) {
    for thread in threads {
        // A panic in a part is a violation already.
        let _ = thread.join();
    }
}

/// Looks whether every thread still moves, and says each second how far they are.
struct Watchdog<'a, 'r> {
    stage: &'a Stage<'r>,
    start: Instant,
    writing: &'a [Worker],
    reading: &'a [Worker],
    /// For each worker, where it stood when it was last seen to move, and when that was.
    seen: Vec<(u64, Instant)>,
    next_line: Duration,
}

impl<'a, 'r> Watchdog<'a, 'r> {
    fn new(stage: &'a Stage<'r>, start: Instant, writing: &'a [Worker], reading: &'a [Worker]) -> Self {
        let seen = vec![(0, start); writing.len() + reading.len()];
        Self { stage, start, writing, reading, seen, next_line: Duration::from_secs(1) }
    }

    fn tick(&mut self) {
        thread::sleep(TICK);
        let mut hung = None;
        for (worker, (steps, at)) in self.writing.iter().chain(self.reading).zip(&mut self.seen) {
            let now = worker.steps();
            if now != *steps || worker.done.load(Ordering::Relaxed) {
                (*steps, *at) = (now, Instant::now());
            } else if at.elapsed() > self.stage.patience {
                hung = Some((worker, now));
            }
        }
        if let Some((worker, steps)) = hung {
            self.hung(worker, steps);
        }
        let time = self.start.elapsed();
        if time >= self.next_line {
            self.next_line = time + Duration::from_secs(1);
            let row = self.stage.sum(time, self.writing, self.reading);
            let violations = self.stage.violations.load(Ordering::Relaxed);
            eprintln!(
                "{}: {:.0} s, {} reads, {} writes, {} alive, {violations} violations",
                self.stage.name,
                time.as_secs_f64(),
                row.reads,
                row.writes,
                payload::alive()
            );
        }
    }

    fn wait_for(&mut self, workers: &[Worker]) {
        // Acquire: what they did has happened before what comes next, as joining them says as well.
        while !workers.iter().all(|worker| worker.done.load(Ordering::Acquire)) {
            self.tick();
        }
    }

    /// A thread that hangs cannot be joined: this is the end of the program.
    fn hung(&self, worker: &Worker, steps: u64) -> ! {
        let stage = self.stage;
        stage
            .violation(|| format!("{} has hung: no step in {:?} after {steps}", worker.name, stage.patience));
        let mut row = stage.sum(self.start.elapsed(), self.writing, self.reading);
        (row.violations, row.first) = (stage.violations.load(Ordering::Relaxed), stage.first.lock().take());
        stage.report.add(row);
        stage.report.print();
        process::exit(1);
    }
}
