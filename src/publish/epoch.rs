//! The `epoch` backend: an atomic pointer, and `crossbeam-epoch` to tell when a replaced version is out of reach.
//!
//! A reader pins its thread and loads the pointer. A swap moves the replaced version to the slot's own list and asks
//! the collector for one thing only: to set a flag when every thread that was pinned has been unpinned (a grace
//! period). What is deferred to the collector is that flag, never a `T`. So `T` needs no `'static`, no destructor
//! of a user's runs inside a load, and dropping the slot frees everything, though the collector may still have work to do.
//!
//! The collector is this crate's own: a thread that is pinned by some other user of `crossbeam-epoch` delays nothing
//! here, and a load never runs somebody else's garbage.

#![expect(unsafe_code, reason = "an atomic pointer to a counted allocation; the design names this file")]

use super::Version;
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
        drop(self.versions);
    }
}

process_wide! {
    static COLLECTOR: Collector = Collector::new();
}

process_wide! {
    /// How many requests wait in the collector's queue, over all slots. A statistic, which only bounds a loop: std's
    /// in a model too, whose stale values would be explored and mean nothing.
    static REQUESTS: std::sync::Arc<AtomicUsize> = std::sync::Arc::new(AtomicUsize::new(0));
}

thread_local! {
    static HANDLE: LocalHandle = COLLECTOR.register();
}

#[inline]
fn pin() -> crossbeam_epoch::Guard {
    // A destructor that runs while the thread is being torn down finds `HANDLE` gone and registers for this once.
    HANDLE.try_with(LocalHandle::pin).unwrap_or_else(|_| COLLECTOR.register().pin())
}

pub(crate) struct Slot<T> {
    /// From `Arc::into_raw`: the slot owns one count of the version that it points to.
    current: AtomicPtr<Version<T>>,
    /// Locked by the writer alone, which holds the writers' lock already: it never waits here.
    replaced: Mutex<Replaced<T>>,
    /// Whether the grace period of the request that is under way is over.
    passed: Arc<AtomicBool>,
    /// `AtomicPtr` is `Send` and `Sync` for each `T`. The slot is so only if `T` is both.
    owns: PhantomData<Arc<Version<T>>>,
}

/// Replaced versions that a reader may still see, oldest first.
struct Replaced<T> {
    versions: Vec<Arc<Version<T>>>,
    /// The versions below this number are out of every reader's reach when `passed` is set. At most one request of a slot is
    /// under way, so a guard that is held for long piles up versions but no requests.
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
        // Acquire: synchronises with the release swap in `swap` that published this version, so that its content is
        // visible. It is sequenced after the pin, whose SeqCst fence orders it for the argument in `swap`.
        let version = NonNull::new(self.current.load(mutant::weaken(Mutant::RelaxedLoad, Ordering::Acquire)))
            .expect("the slot holds a version from its creation to its drop");
        Guard { version, _pin: pin, slot: PhantomData }
    }

    #[inline]
    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        self.load().to_arc()
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        // Release: what the writer wrote into `next` happens before every load that sees it. No acquire: the writers'
        // lock orders swaps among each other.
        let release = mutant::weaken(Mutant::RelaxedPublish, Ordering::Release);
        let old = self.current.swap(Arc::into_raw(next).cast_mut(), release);
        // SAFETY: `old` came from `Arc::into_raw`, in `new` or in an earlier `swap`, and the count that it stands for
        // was the slot's. Taking the pointer out of `current` ended that, and each is taken out once.
        let old = unsafe { Arc::from_raw(old) };
        let mut replaced = self.replaced.lock();
        replaced.versions.push(old);
        Retired { versions: self.take_out_of_reach(&mut replaced), slot: PhantomData }
    }

    /// Takes out the replaced versions that no guard can hold any longer.
    ///
    /// Why a version whose grace period has passed is out of reach: the request was deferred after the swap that
    /// took the version out. The collector runs it when its epoch has moved on twice since, which needs every thread
    /// that was pinned at the time of the request to have been unpinned. A thread that was pinned only later had its
    /// `SeqCst` fence after the one with which the request was queued, and so loads the pointer of that swap or of a
    /// later one.
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

    /// Asks the collector to set `passed` after a grace period, and lets it move on once.
    fn request(&self) {
        // Relaxed: the request before this one is over, and what this one defers is behind a lock or a release.
        self.passed.store(false, Ordering::Relaxed);
        let (passed, requests) = (Arc::clone(&self.passed), std::sync::Arc::clone(&REQUESTS));
        requests.fetch_add(1, Ordering::Relaxed);
        let pin = pin();
        pin.defer(move || {
            // Release: the end of the grace period, which the thread that runs this has established with the
            // collector's fences, happens before the writer's acquire load in `wait_briefly`, and so before the free.
            passed.store(true, Ordering::Release);
            requests.fetch_sub(1, Ordering::Relaxed);
        });
        pin.flush();
    }

    /// Lets the collector move on, and returns whether `passed` is set.
    ///
    /// The epoch must have moved on twice since the request, and one pin can see it move once. The flush in `request`
    /// was the first, so that one round is enough where nobody else is at work, and two where another thread moved
    /// the epoch between the pin and the flush there, or where the request is from an earlier swap. A round runs at
    /// most eight requests from the front of the queue, so where other slots' are in front of ours it takes so many
    /// more. None of this waits for anybody: where a guard is held, the rounds end without effect and the next swap
    /// tries again.
    fn wait_briefly(&self) -> bool {
        const ROUNDS: usize = 2;
        const REQUESTS_PER_ROUND: usize = 8;
        mistake!(FreeEarly | FreeLate => mutant::is(Mutant::FreeEarly));
        let rounds = ROUNDS + REQUESTS.load(Ordering::Relaxed) / REQUESTS_PER_ROUND;
        (0..rounds).any(|_| {
            pin().flush();
            // Acquire: see the release in `request`.
            self.passed.load(Ordering::Acquire)
        })
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Arc::into_raw` and the slot's count is still in it. A guard borrows the slot,
        // so none is left that could read through the pointer. `replaced` drops its versions for the same reason.
        // Relaxed: the slot is ours alone, which orders us after its last swap.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Relaxed)) });
    }
}

pub(crate) struct Guard<'a, T> {
    /// A pointer and not a reference: the version may be freed while `drop` of this guard is still running.
    version: NonNull<Version<T>>,
    _pin: crossbeam_epoch::Guard,
    slot: PhantomData<&'a Version<T>>,
}

// SAFETY: a shared `Guard` gives a shared `Version<T>` and, by `to_arc`, counts on it, both of which `T: Send + Sync`
// allows on other threads. The pin cannot be reached through a shared reference; it is dropped by its owner.
unsafe impl<T: Send + Sync> Sync for Guard<'_, T> {}

impl<T> Guard<'_, T> {
    #[inline]
    pub(crate) fn to_arc(&self) -> Arc<Version<T>> {
        let version = self.version.as_ptr();
        // SAFETY: the pointer is from `Arc::into_raw`, and while the pin lasts the slot or its list of replaced
        // versions keeps the count that came with it (see `take_out_of_reach`), so the strong count is at least one.
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
        // SAFETY: as in `to_arc`: the version is alive while the pin lasts, and nobody has it mutably, since a
        // published version is never changed.
        unsafe { self.version.as_ref() }
    }
}
