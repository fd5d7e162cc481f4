//! What the publish backend of this build promises beyond that a reader sees the right data. No scenario asks for more,
//! and none asks elsewhere which backend it is.

use crate::payload;
use crate::stage::Stage;

/// How many publishes without a guard anywhere it may take until what was replaced before is freed.
///
/// The others know at once when the last holder lets go. `epoch` finds out in a publish, and has a queue for all cells, of
/// which each publish works off a little.
fn publishes_until_freed() -> usize {
    if readmostly::BACKEND == "epoch" { 1_000 } else { 0 }
}

/// Whether a guard keeps its own version from being freed and no other, so that the versions are no more than their holders.
pub(crate) fn a_guard_keeps_one_version() -> bool {
    readmostly::BACKEND != "epoch"
}

/// Why a child of `fork(2)` cannot read, if it cannot.
pub(crate) fn unfit_for_forks() -> Option<&'static str> {
    let locks = readmostly::BACKEND == "lock";
    locks.then_some("a load takes a lock here, which a thread that is not in the child may hold")
}

/// Why it makes no difference when the system withdraws its barrier.
pub(crate) fn has_no_barrier() -> Option<&'static str> {
    let fences = readmostly::BACKEND != "hazard" || cfg!(readmostly_fence = "full");
    let there = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));
    (fences || !there).then_some("this build does not ask the system for a barrier")
}

/// Expects that only `current` values are alive, when no guard, snapshot or reader is left that could hold another.
///
/// `publish` publishes once on each cell, for a backend that needs it.
pub(crate) fn all_else_is_freed(stage: &Stage<'_>, current: u64, mut publish: impl FnMut()) {
    for _ in 0..publishes_until_freed() {
        if payload::alive() == current {
            break;
        }
        publish();
    }
    let alive = payload::alive();
    if alive != current {
        stage.violation(|| format!("{alive} values are alive when only the {current} current ones are held"));
    }
}
