//! What the subjects share: a watchdog, a process of one's own, values that count themselves.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{env, process, thread};

/// How long a test may take before it counts as hung: far more than any needs, on any machine.
const LIMIT: Duration = Duration::from_secs(120);

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
pub(crate) fn alone(test: &str, body: fn()) {
    const ALONE: &str = "READMOSTLY_TEST_ALONE";
    if env::var_os(ALONE).is_some() {
        return watched(body);
    }
    let this = env::current_exe().expect("a test knows its program");
    let output = Command::new(this)
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
    // All of them first: `map` would leave the others running while the first panic goes up.
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
