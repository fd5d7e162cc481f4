//! What the files of the containers share: was a version published, and did what was kept stay as it was?

use readmostly::{Snapshot, Source};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `f`, which must publish nothing: the very same version is current afterwards.
#[track_caller]
pub(crate) fn unchanged<S: Source, R>(it: &S, f: impl FnOnce() -> R) -> R {
    let before = it.cell().snapshot();
    let result = f();
    assert!(Snapshot::ptr_eq(&before, &it.cell().snapshot()), "a version was published");
    assert_eq!(it.cell().version(), Snapshot::version(&before));
    result
}

/// Runs `f`, which must publish one version.
#[track_caller]
pub(crate) fn published<S: Source, R>(it: &S, f: impl FnOnce() -> R) -> R {
    let before = it.cell().version();
    let result = f();
    assert_eq!(it.cell().version(), before + 1, "not exactly one version was published");
    result
}

/// Runs `f`, which must panic and publish nothing.
#[track_caller]
pub(crate) fn panics<S: Source, R>(it: &S, f: impl FnOnce() -> R)
where
    S::Value: Clone,
{
    unchanged(it, || assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "it did not panic"));
    assert!(it.cell().try_write().is_some(), "the lock is not free");
}

/// Snapshots, each with a model of what it showed when it was taken and the number that it then had.
pub(crate) struct Kept<C, M>(Vec<(Snapshot<C>, M, u64)>);

impl<C, M> Kept<C, M> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn keep(&mut self, snapshot: Snapshot<C>, model: M) {
        let number = Snapshot::version(&snapshot);
        self.0.push((snapshot, model, number));
    }

    /// None of them may have changed.
    #[track_caller]
    pub(crate) fn check(&self, same: impl Fn(&C, &M) -> bool) {
        for (snapshot, model, number) in &self.0 {
            assert!(same(snapshot, model), "a snapshot changed");
            assert_eq!(Snapshot::version(snapshot), *number);
        }
    }
}
