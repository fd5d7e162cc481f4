//! The `epoch` backend: an atomic pointer. `crossbeam-epoch` tells when no reader can reach a replaced version any longer.
//!
//! A reader pins its thread and loads the pointer. A swap moves the replaced version to the slot's own list. Then it asks
//! the collector to set a flag after a grace period: when each thread that is pinned now has been unpinned. The collector
//! gets the flag alone, never a `T`. So `T` needs no `'static`. No destructor of a user runs inside a load. Dropping the slot
//! frees all versions, even if the collector has not set the flag yet.
//!
//! This crate has a collector of its own. So a thread that another user of `crossbeam-epoch` has pinned delays nothing here,
//! and a load never runs another crate's destructors.

#![expect(unsafe_code, reason = "an atomic pointer to a counted allocation")]

use super::Version;
use crate::panics::drop_each;
use crate::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::sync::mutant::{self, Mutant, mistake};
use crate::sync::{Arc, Mutex, process_wide, thread_local};
use crossbeam_epoch::{Collector, LocalHandle};
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::AtomicUsize;

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "epoch";

/// A version needs nothing of its own here.
pub(crate) type Link = ();

/// What a swap took out: the replaced versions whose grace period has passed.
#[must_use = "it is to be reclaimed when the writers' lock is released"]
pub(crate) struct Retired<'a, T> {
    versions: Vec<Arc<Version<T>>>,
    slot: PhantomData<&'a Version<T>>,
}

impl<T> Retired<'_, T> {
    pub(crate) fn reclaim(self) {
        drop_each(self.versions);
    }
}

process_wide! {
    static COLLECTOR: Collector = Collector::new();
}

process_wide! {
    /// How many bags wait in the collector's queue: one for each request of a slot, and one that each thread leaves behind. It
    /// only bounds a loop. In a model it is std's as well: loom would explore stale values of it, which change nothing that is
    /// checked.
    static BAGS: Bags = Bags::default();
}

#[derive(Clone, Default)]
struct Bags(std::sync::Arc<AtomicUsize>);

impl Bags {
    /// Counts the bag that this thread is about to leave in the queue, until it is taken out of there.
    fn count(&self, pin: &crossbeam_epoch::Guard) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let Self(bags) = self.clone();
        pin.defer(move || bags.fetch_sub(1, Ordering::Relaxed));
    }

    fn waiting(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

thread_local! {
    static HANDLE: Handle = Handle::new();
}

/// A thread's place at the collector. Its end leaves a bag in the queue, empty or not.
struct Handle {
    local: LocalHandle,
    bags: Bags,
}

impl Handle {
    fn new() -> Self {
        Self { local: COLLECTOR.register(), bags: BAGS.clone() }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.bags.count(&self.local.pin());
    }
}

#[inline]
fn pin() -> crossbeam_epoch::Guard {
    // `HANDLE` is gone if a destructor runs while the thread is being torn down. Another is for this call only.
    HANDLE.try_with(|handle| handle.local.pin()).unwrap_or_else(|_| Handle::new().local.pin())
}

/// Calls `f` with this thread pinned. `f` may flush: what a thread that is being torn down leaves in the queue is counted all the same, since
/// its handle ends after the guard.
fn pinned(f: impl FnOnce(&crossbeam_epoch::Guard)) {
    if let Ok(pin) = HANDLE.try_with(|handle| handle.local.pin()) {
        return f(&pin);
    }
    let handle = Handle::new();
    f(&handle.local.pin());
}

pub(crate) struct Slot<T> {
    /// From `Arc::into_raw`. The slot owns one count of the version.
    current: AtomicPtr<Version<T>>,
    /// Only a writer locks it, and holds the writers' lock meanwhile. So it never waits here.
    replaced: Mutex<Replaced<T>>,
    /// Whether the grace period of the current request is over.
    passed: Arc<AtomicBool>,
    /// `AtomicPtr` is `Send` and `Sync` for each `T`. The slot is so only if `T` is both.
    owns: PhantomData<Arc<Version<T>>>,
}

/// Replaced versions that a reader may still see, oldest first.
struct Replaced<T> {
    versions: Vec<Arc<Version<T>>>,
    /// No reader can reach the versions below this number when `passed` is set. A slot has at most one request at a time. So a
    /// guard that is held for long makes versions pile up, but not requests.
    requested: Option<u64>,
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        Self {
            current: AtomicPtr::new(Arc::into_raw(first).cast_mut()),
            replaced: Mutex::new(Replaced { versions: Vec::new(), requested: None }),
            passed: Arc::new(AtomicBool::new(false)),
            owns: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn load(&self) -> Guard<'_, T> {
        mistake!(Unpinned => self.load_with(Collector::new().register().pin()));
        self.load_with(pin())
    }

    #[inline]
    fn load_with(&self, pin: crossbeam_epoch::Guard) -> Guard<'_, T> {
        // Acquire: synchronises with the release in `swap` that published this version. So its content is visible. The load
        // comes after the pin, and the argument in `take_out_of_reach` needs the pin's SeqCst fence.
        let version = NonNull::new(self.current.load(mutant::weaken(Mutant::RelaxedLoad, Ordering::Acquire)))
            .expect("the slot holds a version from its creation to its drop");
        Guard { version, _pin: pin, slot: PhantomData }
    }

    #[inline]
    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        self.load().to_arc()
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        // Release: what the writer wrote into `next` happens before each load that returns it. No acquire is needed: the
        // writers' lock orders the swaps.
        let release = mutant::weaken(Mutant::RelaxedPublish, Ordering::Release);
        let old = self.current.swap(Arc::into_raw(next).cast_mut(), release);
        // SAFETY: `old` came from `Arc::into_raw`, in `new` or in an earlier `swap`. The slot owned that count until this
        // swap, which takes each pointer out once.
        let old = unsafe { Arc::from_raw(old) };
        let mut replaced = self.replaced.lock();
        replaced.versions.push(old);
        Retired { versions: self.take_out_of_reach(&mut replaced), slot: PhantomData }
    }

    /// Takes out the replaced versions that no guard can hold any longer.
    ///
    /// Why no guard can hold a version after its grace period:
    ///
    /// 1. The swap that took the version out comes before the request.
    /// 2. The collector runs the request after its epoch has moved on twice. Before that, each thread that was pinned at the
    ///    time of the request has been unpinned.
    /// 3. A thread that was pinned later has passed its `SeqCst` fence after that of the request. So it loads the pointer of
    ///    that swap, or of a later one.
    fn take_out_of_reach(&self, replaced: &mut Replaced<T>) -> Vec<Arc<Version<T>>> {
        let mut out = Vec::new();
        while let Some(newest) = replaced.versions.last() {
            let beyond = newest.number + 1;
            let requested = *replaced.requested.get_or_insert_with(|| {
                self.request();
                beyond
            });
            if !self.wait_briefly() {
                break;
            }
            replaced.requested = None;
            let reached = replaced.versions.partition_point(|version| version.number < requested);
            if reached == replaced.versions.len() && out.is_empty() {
                return mem::take(&mut replaced.versions);
            }
            out.extend(replaced.versions.drain(..reached));
        }
        out
    }

    /// Asks the collector to set `passed` after a grace period, and lets the epoch move on once.
    fn request(&self) {
        // Relaxed: the last request is over. The collector's queue orders this store before the one that is deferred.
        self.passed.store(false, Ordering::Relaxed);
        let passed = Arc::clone(&self.passed);
        pinned(|pin| {
            BAGS.count(pin);
            // Release: synchronises with the acquire in `wait_briefly`. The thread that runs this knows by the collector's fences
            // that the grace period is over. So its end happens before the free.
            pin.defer(move || passed.store(true, Ordering::Release));
            pin.flush();
        });
    }

    /// Lets the epoch move on, and returns whether `passed` is set. It waits for no thread.
    ///
    /// The epoch must move on twice after the request, and it moves once for each pin at most. The flush in `request` was the
    /// first. So one round is enough if no other thread is at work. Two are enough if another thread has moved the epoch
    /// between the pin and the flush there, or if the request is from an earlier swap. A round takes at most eight bags
    /// from the front of the queue. So there are more rounds as long as they take out bags that lie before the request. If a
    /// guard is held, two rounds have no effect, and the next swap tries again.
    fn wait_briefly(&self) -> bool {
        const ROUNDS: usize = 2;
        mistake!(FreeEarly | FreeLate => mutant::is(Mutant::FreeEarly));
        let (mut fewest, mut in_vain) = (BAGS.waiting(), 0);
        while in_vain < ROUNDS {
            pinned(crossbeam_epoch::Guard::flush);
            // Acquire: see the release in `request`.
            if self.passed.load(Ordering::Acquire) {
                return true;
            }
            let waiting = BAGS.waiting();
            in_vain = if waiting < fewest { 0 } else { in_vain + 1 };
            fewest = fewest.min(waiting);
        }
        false
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Arc::into_raw`, and the slot still owns that count. A guard borrows the slot, so
        // none is left. `replaced` drops its versions for the same reason.
        // Relaxed: `&mut self` comes after the last swap.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Relaxed)) });
    }
}

pub(crate) struct Guard<'a, T> {
    /// A pointer, not a reference: the version may be freed before `drop` of this guard has returned.
    version: NonNull<Version<T>>,
    _pin: crossbeam_epoch::Guard,
    slot: PhantomData<&'a Version<T>>,
}

// SAFETY: `&Guard` gives `&Version<T>` and, by `to_arc`, counts of the version. `T: Send + Sync` allows both on other
// threads. Nothing reaches the pin through `&Guard`. Only the owner drops it.
unsafe impl<T: Send + Sync> Sync for Guard<'_, T> {}

impl<T> Guard<'_, T> {
    #[inline]
    pub(crate) fn to_arc(&self) -> Arc<Version<T>> {
        let version = self.version.as_ptr();
        // SAFETY: the pointer is from `Arc::into_raw`. While the thread is pinned, the slot or its list of replaced versions
        // owns that count (see `take_out_of_reach`). So the strong count is at least one.
        unsafe {
            Arc::increment_strong_count(version);
            Arc::from_raw(version)
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = Version<T>;

    #[inline]
    fn deref(&self) -> &Version<T> {
        // SAFETY: as in `to_arc`, the version lives while the thread is pinned. A published version is never changed, so
        // there is no `&mut` to it.
        unsafe { self.version.as_ref() }
    }
}
