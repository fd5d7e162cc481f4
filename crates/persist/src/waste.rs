//! The user's code on threads of ours, and destructors, which are the user's code too.

use readmostly::Snapshot;
use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Runs code of the user's where a panic must not go on; `None` if it has panicked. The panic was printed.
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(f))
        .map_err(|payload| {
            // Its destructor is the user's, and may panic again.
            mem::forget(payload);
        })
        .ok()
}

/// What was replaced, or made to look at it, to be dropped when no lock is held: its destructors may lock.
pub(crate) struct Waste<T> {
    replaced: Vec<Replaced<T>>,
    pub(crate) decoded: Decoded,
}

/// Values that were decoded to find out whether they can be. A panic of a destructor concerns nobody who waits: what was saved is saved.
#[derive(Default)]
pub(crate) struct Decoded(Vec<Box<dyn Any + Send>>);

impl Decoded {
    pub(crate) fn keep<V: Any + Send>(&mut self, value: V) -> Option<&V> {
        self.0.push(Box::new(value));
        self.0.last().and_then(|value| value.downcast_ref::<V>())
    }
}

impl Drop for Decoded {
    fn drop(&mut self) {
        for value in self.0.drain(..) {
            guarded(|| drop(value));
        }
    }
}

#[expect(dead_code, reason = "it is there to be dropped")]
enum Replaced<T> {
    Shared(Arc<T>),
    Snapshot(Snapshot<T>),
    Value(T),
}

impl<T> Waste<T> {
    pub(crate) fn new() -> Self {
        Self { replaced: Vec::new(), decoded: Decoded::default() }
    }

    pub(crate) fn snapshot(&mut self, value: Snapshot<T>) {
        self.replaced.push(Replaced::Snapshot(value));
    }

    pub(crate) fn shared(&mut self, value: impl Into<Option<Arc<T>>>) {
        self.replaced.extend(value.into().map(Replaced::Shared));
    }

    pub(crate) fn value(&mut self, value: Option<T>) {
        self.replaced.extend(value.map(Replaced::Value));
    }

    /// Drops all of it, on a thread that must survive that.
    pub(crate) fn discard(self) {
        for replaced in self.replaced {
            guarded(|| drop(replaced));
        }
    }
}
