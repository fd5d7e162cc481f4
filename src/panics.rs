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

/// Drops each of them. The first panic of a destructor goes on when all are dropped.
pub(crate) fn drop_each<V>(values: impl IntoIterator<Item = V>) {
    let mut first: Option<Panic> = None;
    for value in values {
        if first.is_some() || thread::panicking() {
            drop_quietly(value);
        } else {
            first = catch_unwind(AssertUnwindSafe(|| drop(value))).err();
        }
    }
    if let Some(panic) = first {
        resume_unwind(panic);
    }
}
