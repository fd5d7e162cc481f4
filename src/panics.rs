//! What is dropped where a second panic would abort the process.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// What a panic carries.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Drops a value after a panic, which is the one to go on with. If this panics as well, what that carries is dropped, too.
pub(crate) fn drop_quietly<V>(value: V) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(value))) else { return };
    if let Err(third) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // It might go on for ever.
        mem::forget(third);
    }
}

/// The first panic of several steps, each of which is done whatever becomes of the others.
#[derive(Default)]
pub(crate) struct First(Option<Panic>);

impl First {
    /// Takes a panic. If it is not the first, or this thread panics already, it is dropped.
    fn take(&mut self, panic: Panic) {
        if self.0.is_some() || thread::panicking() {
            drop_quietly(panic);
        } else {
            self.0 = Some(panic);
        }
    }

    /// Does a step.
    pub(crate) fn run(&mut self, step: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(step)) {
            self.take(panic);
        }
    }

    pub(crate) fn into_panic(self) -> Option<Panic> {
        self.0
    }

    /// Goes on with the first panic, if there was one.
    pub(crate) fn resume(self) {
        if let Some(panic) = self.0 {
            resume_unwind(panic);
        }
    }
}

/// Drops each of them. The first panic of a destructor goes on when all are dropped.
pub(crate) fn drop_each<V>(values: impl IntoIterator<Item = V>) {
    let mut first = First::default();
    for value in values {
        first.run(|| drop(value));
    }
    first.resume();
}
