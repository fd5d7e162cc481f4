//! Guards and retired versions that are a count: for the backends that cannot show a version without one.

use crate::publish::Version;
use crate::sync::Arc;
use std::marker::PhantomData;
use std::ops::Deref;

pub(crate) struct Guard<'a, T> {
    version: Arc<Version<T>>,
    /// It needs nothing of the slot, and borrows it as the guard of every backend does.
    slot: PhantomData<&'a Version<T>>,
}

impl<T> Guard<'_, T> {
    pub(super) fn new(version: Arc<Version<T>>) -> Self {
        Self { version, slot: PhantomData }
    }

    pub(crate) fn to_arc(&self) -> Arc<Version<T>> {
        Arc::clone(&self.version)
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = Version<T>;

    fn deref(&self) -> &Version<T> {
        &self.version
    }
}

/// The count of a version that was the slot's.
#[must_use = "it is to be reclaimed when the writers' lock is released"]
pub(crate) struct Retired<'a, T> {
    version: Arc<Version<T>>,
    slot: PhantomData<&'a Version<T>>,
}

impl<T> Retired<'_, T> {
    pub(super) fn new(version: Arc<Version<T>>) -> Self {
        Self { version, slot: PhantomData }
    }

    pub(crate) fn reclaim(self) {
        drop(self.version);
    }
}
