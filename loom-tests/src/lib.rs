//! What the models share: how far they go, what they saw, and that a mistake would have been seen.
//!
//! A *proof* is a function that explores a model and asserts the exact set of its outcomes. loom can explore one
//! schedule and report success (its issues 166 and 392), so a proof that only ran to its end says nothing. For the
//! same reason readers are spawned after the writers, or main is the writer; and a payload that loom is to watch for a
//! missing happens-before is a [`Watched`], since loom sees no race on plain memory.

mod census;
mod mistakes;
mod watched;

pub use census::{Alive, Census};
pub use watched::Watched;

use loom::model::Builder;
use loom::thread::JoinHandle;
use readmostly::{Mutant, with_mutant};
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Explores `model` and returns the set of what it returned, over all executions.
///
/// `preemptions` is how often loom may interrupt a thread that could go on. Two or three find what there is to find in
/// models of this size; `READMOSTLY_LOOM_DEPTH=1` adds one to each model's, as before a release, and must not change
/// any outcome.
///
/// # Panics
///
/// Panics if the model fails in some execution, and if there was only one: then nothing was explored.
pub fn outcomes<O, F>(preemptions: usize, model: F) -> BTreeSet<O>
where
    O: Ord + Send + 'static,
    F: Fn() -> O + Send + Sync + 'static,
{
    let start = Instant::now();
    let seen = Arc::new(Mutex::new((0_usize, BTreeSet::new())));
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions + depth());
    builder.max_branches = 10_000;
    // All of it, whatever loom's own variables say.
    (builder.max_duration, builder.max_permutations) = (None, None);
    let body = {
        let seen = Arc::clone(&seen);
        move || {
            let outcome = model();
            let mut seen = seen.lock().expect("nothing panics while it is locked");
            seen.0 += 1;
            seen.1.insert(outcome);
        }
    };
    match mutant() {
        Some(mutant) => with_mutant(mutant, || builder.check(body)),
        None => builder.check(body),
    }
    let (executions, outcomes) =
        std::mem::take(&mut *seen.lock().expect("nothing panics while it is locked"));
    let thread = std::thread::current();
    println!(
        "{}: {executions} executions, {} outcomes, {:.1?}",
        thread.name().unwrap_or("a model"),
        outcomes.len(),
        start.elapsed()
    );
    assert!(executions > 1, "loom explored a single execution, which proves nothing");
    outcomes
}

/// Names the mistake to be made, in the processes that [`fails_with`] starts.
const MUTANT: &str = "READMOSTLY_MUTANT";

fn mutant() -> Option<Mutant> {
    let name = std::env::var(MUTANT).ok()?;
    Some(Mutant::ALL.into_iter().find(|mutant| format!("{mutant:?}") == name).expect("the name of a mutant"))
}

fn depth() -> usize {
    let depth = std::env::var("READMOSTLY_LOOM_DEPTH").unwrap_or_default();
    if depth.is_empty() {
        0
    } else {
        depth.parse().expect("READMOSTLY_LOOM_DEPTH is a number of preemptions")
    }
}

/// Asserts that `proof`, a test of the running binary, fails when the library makes this mistake.
///
/// It runs in a process of its own: loom aborts where it reports a deadlock while a lock is held.
///
/// # Panics
///
/// Panics if the mutant survives.
pub fn fails_with<P: Fn()>(mutant: Mutant, _proof: P) {
    let path = std::any::type_name::<P>();
    let name = path.split_once("::").expect("a proof is a function of a crate").1;
    let run = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args(["--exact", name, "--nocapture"])
        .env(MUTANT, format!("{mutant:?}"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a test can run its own program");
    let report = String::from_utf8_lossy(&run.stdout);
    assert!(report.contains("running 1 test"), "{name} is no test of this program");
    assert!(
        !run.status.success(),
        "the mutant {mutant:?} survives {name}, which proves less than it says:\n{report}"
    );
    println!("{mutant:?} is killed by {name}");
}

/// Spawns a thread of the model that has its own handle on `shared`.
pub fn spawn_with<S: 'static, R: 'static>(
    shared: &loom::sync::Arc<S>,
    f: impl FnOnce(loom::sync::Arc<S>) -> R + 'static,
) -> JoinHandle<R> {
    let shared = loom::sync::Arc::clone(shared);
    loom::thread::spawn(move || f(shared))
}
