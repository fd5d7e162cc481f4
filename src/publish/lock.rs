//! The `lock` backend: a reader-writer lock around an `Arc`.
//!
//! Sound by construction, and so the reference that the others are tested against. The lock is held for the time of
//! one `Arc::clone` or one `mem::replace`, never while user code runs, so no reader waits for a writer's closure.

mod counted;

use super::Version;
use crate::sync::{Arc, RwLock};
pub(crate) use counted::{Guard, Retired};
use std::mem;

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "lock";

/// A version needs nothing of its own here.
pub(crate) type Link = ();

pub(crate) struct Slot<T> {
    current: RwLock<Arc<Version<T>>>,
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        Self { current: RwLock::new(first) }
    }

    pub(crate) fn load(&self) -> Guard<'_, T> {
        Guard::new(self.load_full())
    }

    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        Arc::clone(&self.current.read())
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        Retired::new(mem::replace(&mut self.current.write(), next))
    }
}
