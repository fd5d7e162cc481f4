//! What the subjects share: a watchdog, a process of one's own, values that count themselves, values that panic.

pub(crate) mod elements;
pub(crate) mod versions;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, process, thread};

/// How long a test may take before it counts as hung: far more than any needs, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Scales a number of repetitions that suits a release build to this build.
pub(crate) const fn rounds(release: usize) -> usize {
    if cfg!(debug_assertions) { release / 10 } else { release }
}

/// Runs `body` under the watchdog: a test that hangs fails instead.
#[track_caller]
pub(crate) fn watched(body: impl FnOnce() + Send + 'static) {
    watched_for(LIMIT, body);
}

/// Runs `body`, and panics if it is not over within `limit`; its threads are left behind.
#[track_caller]
pub(crate) fn watched_for(limit: Duration, body: impl FnOnce() + Send + 'static) {
    // There is no second thread to watch it from.
    if cfg!(target_family = "wasm") {
        return body();
    }
    // An emulated processor is some ten times slower.
    let patience = env::var("READMOSTLY_TEST_PATIENCE").map_or(1, |times| times.parse().expect("a number"));
    let limit = limit * patience;
    let (over, is_over) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _over = over;
        body();
    });
    // Nothing is ever sent: the sender goes when the body ends, whether it returns or panics.
    let outcome = is_over.recv_timeout(limit);
    assert!(outcome == Err(RecvTimeoutError::Disconnected), "still running after {limit:?}: a deadlock?");
    if let Err(panic) = thread.join() {
        resume_unwind(panic);
    }
}

/// Runs `body` under the watchdog, in a process in which no other test runs.
///
/// A guard held anywhere in a process delays the `epoch` backend in all of it. What asserts that a version is freed by
/// the end of one certain publish, or leaks a guard on purpose, or might abort, is therefore alone. `test` is the
/// test's own name with its module, which the process is started with.
#[track_caller]
pub(crate) fn alone(test: &str, body: impl FnOnce() + Send + 'static) {
    const ALONE: &str = "READMOSTLY_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return watched(body);
    }
    let this = env::current_exe().expect("a test knows its program");
    let output = command(&this)
        .args([test, "--exact", "--nocapture", "--include-ignored"])
        .env(ALONE, "1")
        .output()
        .expect("a test can start its program");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{test} in a process of its own: {}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What starts a program of this build, which is for another processor where `READMOSTLY_TEST_RUNNER` is set.
///
/// That holds the words that go in front, as cargo's `CARGO_TARGET_<TRIPLE>_RUNNER` does for the tests themselves.
pub(crate) fn command(program: &Path) -> Command {
    let runner = env::var("READMOSTLY_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(first) = words.next() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(words).arg(program);
    command
}

/// Runs `f`, which must panic, and returns what it said.
#[track_caller]
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else { panic!("it did not panic") };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a message")).into(),
    }
}

/// Joins threads, to the end of their thread locals' destructors, and passes a panic on.
///
/// The end of a `thread::scope` alone does not wait for those destructors.
#[track_caller]
pub(crate) fn join_all<'scope, R>(
    threads: impl IntoIterator<Item = thread::ScopedJoinHandle<'scope, R>>,
) -> Vec<R> {
    // An iterator that spawns has spawned all before the first is waited for, and all are over before a panic goes up.
    let threads: Vec<_> = threads.into_iter().collect();
    let results: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
    results.into_iter().map(|result| result.unwrap_or_else(|panic| resume_unwind(panic))).collect()
}

/// Sets a flag when dropped, so that a thread that panics still tells the others to stop.
pub(crate) struct SetOnDrop<'a>(pub(crate) &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Random enough for a test, and the same each time: xorshift64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// Counts the values that were made in its name, and those that were dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
    peak: AtomicUsize,
}

impl Census {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn count<V>(&self, value: V) -> Counted<V> {
        let made = self.0.made.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.peak.fetch_max(made - self.dropped(), Ordering::Relaxed);
        Counted { value, state: AtomicU32::new(Counted::<V>::ALIVE), census: self.clone() }
    }

    pub(crate) fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn alive(&self) -> usize {
        let dropped = self.dropped();
        self.made().checked_sub(dropped).expect("more were dropped than were made")
    }

    /// The most that were alive at once; exact while one thread makes them.
    pub(crate) fn peak(&self) -> usize {
        self.0.peak.load(Ordering::Relaxed)
    }
}

/// A value that a [`Census`] counts, as it does its clones, and that notices a use after its drop, or a second drop.
#[derive(Debug)]
pub(crate) struct Counted<V> {
    value: V,
    state: AtomicU32,
    census: Census,
}

impl<V> Counted<V> {
    const ALIVE: u32 = 0xA11F_E000;
    const DROPPED: u32 = 0xDEAD_0000;

    fn check(&self) {
        if self.state.load(Ordering::Relaxed) != Self::ALIVE {
            // The memory is somebody else's: not even a panic is safe.
            eprintln!("a value was used after it was dropped");
            process::abort();
        }
    }
}

impl<V> Deref for Counted<V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.check();
        &self.value
    }
}

impl<V: Clone> Clone for Counted<V> {
    fn clone(&self) -> Self {
        self.check();
        self.census.count(self.value.clone())
    }
}

impl<V> Drop for Counted<V> {
    fn drop(&mut self) {
        self.check();
        self.state.store(Self::DROPPED, Ordering::Relaxed);
        self.census.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a [`Fused`] value may be asked to panic in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Clone,
    Drop,
    Eq,
    Hash,
    Cmp,
}

/// Counts what is done to the values that carry it, and blows in the operation that it is armed for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fuse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    armed: Option<(Op, usize)>,
    calls: HashMap<Op, usize>,
}

impl Fuse {
    pub(crate) const BLOWN: &str = "the fuse blew";

    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The `nth` next `op`, counted from 0, panics, and it alone. Starts the counts anew.
    pub(crate) fn arm(&self, op: Op, nth: usize) {
        *self.0.lock().unwrap() = State { armed: Some((op, nth)), calls: HashMap::new() };
    }

    /// Returns whether it was still armed, which is to say that it did not blow.
    pub(crate) fn disarm(&self) -> bool {
        self.0.lock().unwrap().armed.take().is_some()
    }

    /// How often `op` was done since the fuse was made or armed.
    pub(crate) fn calls(&self, op: Op) -> usize {
        self.0.lock().unwrap().calls.get(&op).copied().unwrap_or(0)
    }

    pub(crate) fn on<V>(&self, value: V) -> Fused<V> {
        Fused { value, fuse: self.clone() }
    }

    fn hit(&self, op: Op) {
        // A second panic while one unwinds would abort, as anywhere in Rust.
        if thread::panicking() {
            return;
        }
        let mut state = self.0.lock().unwrap();
        let calls = state.calls.entry(op).or_default();
        let nth = *calls;
        *calls += 1;
        if state.armed == Some((op, nth)) {
            state.armed = None;
            drop(state);
            panic!("{} in {op:?}", Self::BLOWN);
        }
    }
}

/// A value with a [`Fuse`].
#[derive(Debug)]
pub(crate) struct Fused<V> {
    pub(crate) value: V,
    fuse: Fuse,
}

impl<V: Clone> Clone for Fused<V> {
    fn clone(&self) -> Self {
        self.fuse.hit(Op::Clone);
        Self { value: self.value.clone(), fuse: self.fuse.clone() }
    }
}

impl<V> Drop for Fused<V> {
    fn drop(&mut self) {
        self.fuse.hit(Op::Drop);
    }
}

impl<V: PartialEq> PartialEq for Fused<V> {
    fn eq(&self, other: &Self) -> bool {
        self.fuse.hit(Op::Eq);
        self.value == other.value
    }
}

impl<V: Eq> Eq for Fused<V> {}

impl<V: PartialOrd> PartialOrd for Fused<V> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.fuse.hit(Op::Cmp);
        self.value.partial_cmp(&other.value)
    }
}

impl<V: Ord> Ord for Fused<V> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.fuse.hit(Op::Cmp);
        self.value.cmp(&other.value)
    }
}

impl<V: Hash> Hash for Fused<V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fuse.hit(Op::Hash);
        self.value.hash(state);
    }
}
