//! What the subjects share: a watchdog, a process of one's own, and the kit of elements that count and panic.
//!
//! The kit has three kinds of elements:
//!
//! - An [`Element`](elements::Element) counts and panics on one thread. It is the cheapest.
//! - A [`Counted`] wraps a value of any type and counts on all threads.
//! - A [`Fused`] wraps a value of any type, a `Counted` as well, and panics on all threads.

mod counted;
pub(crate) mod elements;
mod fused;
pub(crate) mod hashers;
pub(crate) mod versions;

pub(crate) use self::counted::{Census, Counted};
pub(crate) use self::fused::{Fuse, Fused};

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, thread};

/// How long a test may take before it counts as hung: far more than any needs, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Scales a number of repetitions that suits a release build to this build.
pub(crate) const fn rounds(release: usize) -> usize {
    if cfg!(debug_assertions) { release / 10 } else { release }
}

/// Which of many repetitions are made: each, or each `nth` under an emulator, where one takes ten times as long.
pub(crate) fn each_or(nth: usize) -> usize {
    if is_emulated() { nth } else { 1 }
}

/// Whether this is built for another processor, and an emulator runs it.
pub(crate) fn is_emulated() -> bool {
    env::var_os("READMOSTLY_TEST_RUNNER").is_some()
}

/// How many times longer than natively a test waits: an emulated processor is some ten times slower.
pub(crate) fn patience() -> u32 {
    env::var("READMOSTLY_TEST_PATIENCE").map_or(1, |times| times.parse().expect("a number"))
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
    let limit = limit * patience();
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

/// Panics when it is dropped, with what it says, unless it says nothing.
pub(crate) struct Bomb(pub(crate) &'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(self.0.is_empty(), "{}", self.0);
    }
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

/// What the library calls of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Call {
    Clone,
    Hash,
    Eq,
    Ord,
    Drop,
}
