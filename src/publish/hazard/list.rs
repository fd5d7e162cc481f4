//! Versions that were taken out of a slot, in lists that need no memory of their own: each version has a link.

use super::Version;
use crate::panics::drop_each;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::mutant::{self, Mutant};
use std::marker::PhantomData;
use std::{iter, mem, ptr};

/// The place in a version that leads to the next one of its list. Its type is left out, or a version would be invariant.
#[derive(Default)]
pub(crate) struct Link(AtomicPtr<()>);

/// A list that any thread adds to, and that any thread takes as a whole.
///
/// All that is done to it is a read-modify-write, and each acquires and releases: of two, the one that comes first in its
/// order happens before the other.
pub(super) struct List<T> {
    newest: AtomicPtr<Version<T>>,
    /// An `AtomicPtr` is `Send` and `Sync` for each `T`. The list is so only if its versions are.
    owns: PhantomData<Arc<Version<T>>>,
}

impl<T> List<T> {
    pub(super) fn new() -> Self {
        Self { newest: AtomicPtr::new(ptr::null_mut()), owns: PhantomData }
    }

    pub(super) fn push(&self, version: Arc<Version<T>>) {
        let version = Arc::into_raw(version).cast_mut();
        let order = mutant::weaken_to(Mutant::PushWithoutAcquire, Ordering::Release, Ordering::AcqRel);
        let mut newest = self.newest.load(Ordering::Relaxed);
        loop {
            // SAFETY: the count that was given here keeps it alive, and nobody takes it before it is on the list.
            let link = unsafe { &(*version).link.0 };
            // Relaxed: the exchange below orders it before the take that finds it.
            link.store(newest.cast(), Ordering::Relaxed);
            match self.newest.compare_exchange_weak(newest, version, order, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => newest = newer,
            }
        }
    }

    pub(super) fn take(&self) -> Chain<T> {
        let order = mutant::weaken_to(Mutant::TakeWithoutRelease, Ordering::Acquire, Ordering::AcqRel);
        Chain { first: self.newest.swap(ptr::null_mut(), order), owns: PhantomData }
    }

    /// Whether there seems to be nothing on it. Another thread may be adding something.
    pub(super) fn seems_empty(&self) -> bool {
        self.newest.load(Ordering::Relaxed).is_null()
    }
}

impl<T> Drop for List<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}

/// Versions that one thread has to itself: a count of each. It drops them as a `Vec` drops its elements: all, even if the
/// destructor of one panics.
pub(super) struct Chain<T> {
    first: *mut Version<T>,
    owns: PhantomData<Arc<Version<T>>>,
}

impl<T> Chain<T> {
    pub(super) fn new() -> Self {
        Self { first: ptr::null_mut(), owns: PhantomData }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    pub(super) fn push(&mut self, version: Arc<Version<T>>) {
        // Relaxed: as in `pop`.
        version.link.0.store(self.first.cast(), Ordering::Relaxed);
        self.first = Arc::into_raw(version).cast_mut();
    }

    pub(super) fn pop(&mut self) -> Option<Arc<Version<T>>> {
        if self.first.is_null() {
            return None;
        }
        // SAFETY: it is from `Arc::into_raw`, in a `push`, and was taken off the list by this thread alone.
        let version = unsafe { Arc::from_raw(self.first.cast_const()) };
        // Relaxed: it was written before the push of its version, which the take has acquired.
        self.first = version.link.0.load(Ordering::Relaxed).cast();
        Some(version)
    }

    /// Moves all of `other` to this chain.
    pub(super) fn append(&mut self, mut other: Self) {
        if self.is_empty() {
            mem::swap(self, &mut other);
        }
        while let Some(version) = other.pop() {
            self.push(version);
        }
    }
}

impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        drop_each(iter::from_fn(|| self.pop()));
    }
}
