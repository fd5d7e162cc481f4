//! A guard that holds a count of its own: for the backends that cannot show a version without one.

use super::super::Version;
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
