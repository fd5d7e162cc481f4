//! The `hazard` backend: an atomic pointer, and a hazard pointer for each guard.
//!
//! A reader names the version that it is about to read in a hazard pointer of its thread, and looks whether the slot
//! still points to it. A writer swaps the pointer and looks whether the replaced version is named anywhere: if not, it
//! is out of reach; if so, the last guard that lets go of it frees it. (M. Michael, "Hazard Pointers: Safe Memory
//! Reclamation for Lock-Free Objects", 2004. That writers of a slot are serialised, and that nothing but the slot points
//! to its current version, makes it simpler here.)
//!
//! # Why a version that is read is not freed
//!
//! Reader: **name** the version; *light fence*; **look** whether it is current. Writer: **swap** it out; *heavy fence*;
//! **search** the hazard pointers. By the fences (`sync/fence.rs`), if the search does not find the name then the look
//! comes after the swap, fails, and the reader tries again without having read through the pointer. A reader whose
//! look succeeds is found, until it clears its name; the clear, a release, that the search finds, an acquire, orders what
//! was read before the free. It never trusts what another thread did meanwhile, and nobody writes to its hazard pointer
//! but itself: the address may have been freed and reused between the first read and the naming, but then the look
//! either fails, or it finds that the address is the slot's current version again and that *this* is what is named.
//!
//! # Why a replaced version is freed
//!
//! A version that the search found named is put on the slot's list of retired ones, and must not be forgotten there.
//! Reader: **clear** the name; *light fence*; look whether the version is **still current**. If it is, the writer that
//! replaces it later does not find the name. If it is not, the reader *visits* the list, as the writer does when it has
//! put a version there. A visit is one step on a counter, and whoever takes it from 0 searches for all of the list, again
//! and again until no visit was added meanwhile; so the last of the writer's push and the readers' clears has a search
//! after it, and nobody waits. A reader whose look failed has named a version without ever having it, and the writer may
//! have taken it for a holder: it visits too. The slot's address beside the name tells it which list that is,
//! though the version's address may be that of a version of another slot by then.

#![expect(unsafe_code, reason = "an atomic pointer to a counted allocation; the design names this file")]

#[path = "registry.rs"]
mod registry;

use super::Version;
use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use crate::sync::mutant::{self, Mutant};
use crate::sync::{Arc, fence};
use registry::Hazard;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr;

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "hazard";

/// The version that a swap took out. Dropping it searches for who reads that, and frees it or leaves it to them.
///
/// The swap itself does not: the caller still holds the writers' lock then, and the next writer need not wait for the
/// fence, or for a search among all threads.
pub(crate) struct Retired<'a, T> {
    slot: &'a Slot<T>,
    version: *const Version<T>,
    /// What a search before the swap has found, which is a mistake on purpose.
    searched_early: Option<bool>,
}

pub(crate) struct Slot<T> {
    /// From `Arc::into_raw`: the slot owns one count of the version that it points to.
    current: AtomicPtr<Version<T>>,
    /// The replaced versions that were named when somebody searched for them last.
    retired: AtomicPtr<Link<T>>,
    /// How many visits there were to `retired` since somebody began to search, who is at it still: 0 if nobody is.
    visits: AtomicUsize,
    /// An `AtomicPtr` is `Send` and `Sync` whatever it points to; the slot is so only if `T` is both.
    owns: PhantomData<Arc<Version<T>>>,
}

/// A retired version: the slot's count of it.
struct Link<T> {
    version: *const Version<T>,
    next: *mut Link<T>,
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        fence::set_up();
        Self {
            current: AtomicPtr::new(Arc::into_raw(first).cast_mut()),
            retired: AtomicPtr::new(ptr::null_mut()),
            visits: AtomicUsize::new(0),
            owns: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn load(&self) -> Guard<'_, T> {
        let hazard = registry::free();
        let version = match hazard {
            Some(hazard) => self.protect(hazard),
            None => self.counted(),
        };
        Guard { version, hazard, slot: self.address(), borrows: PhantomData }
    }

    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        registry::with_spare(|hazard| {
            let version = self.protect(hazard);
            // SAFETY: while it is named it is alive, see `protect`.
            let counted = unsafe { count(version) };
            self.release(hazard, version);
            counted
        })
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        let next = Arc::into_raw(next).cast_mut();
        let searched_early = mutant::is(Mutant::SearchEarly).then(|| self.is_named(self.current()));
        // Release: what the writer wrote into `next` happens before every load that sees it. No acquire: the writers'
        // lock orders swaps among each other.
        let release = mutant::weaken(Mutant::RelaxedPublish, Ordering::Release);
        Retired { slot: self, version: self.current.swap(next, release), searched_early }
    }

    /// Names the current version, and returns it. It is alive until the name is cleared, by [`release`](Self::release).
    #[inline]
    fn protect(&self, hazard: &Hazard) -> *const Version<T> {
        let seen = self.current();
        match self.name(hazard, seen) {
            Ok(current) => current,
            Err(newer) => self.protect_again(hazard, seen, newer),
        }
    }

    /// Names what was the current version, and returns it if it still is, or else what is now.
    #[inline]
    fn name(&self, hazard: &Hazard, seen: *const Version<T>) -> Result<*const Version<T>, *const Version<T>> {
        if !mutant::is(Mutant::Unpinned) {
            hazard.name(self.address(), seen.cast());
        }
        if !mutant::is(Mutant::ReaderUnfenced) {
            fence::light();
        }
        let current = if mutant::is(Mutant::NoSecondLook) { seen } else { self.current() };
        if current != seen {
            return Err(current);
        }
        if mutant::is(Mutant::ClearEarly) {
            hazard.clear();
        }
        // What was read last, and not what is equal to it: the first may be the address of a version long gone.
        Ok(current)
    }

    #[cold]
    fn protect_again(
        &self,
        hazard: &Hazard,
        mut seen: *const Version<T>,
        mut newer: *const Version<T>,
    ) -> *const Version<T> {
        loop {
            self.release(hazard, seen);
            seen = newer;
            match self.name(hazard, seen) {
                Ok(current) => return current,
                Err(current) => newer = current,
            }
        }
    }

    /// Clears the name of a version, and frees that if it was retired on account of it.
    #[inline]
    fn release(&self, hazard: &Hazard, version: *const Version<T>) {
        let looked_early = mutant::is(Mutant::LookEarly).then(|| self.current() != version);
        hazard.clear();
        if !mutant::is(Mutant::GuardUnfenced) {
            fence::light();
        }
        if looked_early.unwrap_or_else(|| self.current() != version) {
            self.overtaken();
        }
    }

    #[cold]
    fn overtaken(&self) {
        // Here the destructors of replaced versions run. The name is cleared, and nobody waits for the visit's end.
        drop(self.visit());
    }

    /// The current version with a count that is the caller's.
    #[cold]
    fn counted(&self) -> *const Version<T> {
        Arc::into_raw(self.load_full())
    }

    #[inline]
    fn current(&self) -> *const Version<T> {
        // Acquire: synchronises with the release swap in `swap` that published this version, so that its content is
        // visible.
        self.current.load(mutant::weaken(Mutant::RelaxedLoad, Ordering::Acquire))
    }

    /// What stands for this slot in the hazard pointers. It does not move while anybody loads or holds a guard.
    #[inline]
    fn address(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    fn is_named(&self, version: *const Version<T>) -> bool {
        registry::is_named(self.address(), version.cast())
    }

    /// Puts versions on the list: a writer the one that it has replaced, or a visit those that it leaves there.
    fn retire(&self, link: Box<Link<T>>) {
        let link = Box::into_raw(link);
        let mut newest = self.retired.load(Ordering::Relaxed);
        loop {
            // SAFETY: the link was just taken out of its box, and is not on the list yet.
            unsafe { (*link).next = newest };
            // Release: the link is complete for the visit that takes the list. Those behind it are in its release sequence.
            match self.retired.compare_exchange_weak(newest, link, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(newer) => newest = newer,
            }
        }
    }

    /// Takes out the retired versions that nobody names, or leaves it to the visit that is under way.
    fn visit(&self) -> Vec<Arc<Version<T>>> {
        let mut out = Vec::new();
        // Release: the caller's push or clear happens before the search of whoever finds this visit, by one of the
        // acquires here. Acquire: that of the visits before.
        if self.visits.fetch_add(1, Ordering::AcqRel) > 0 {
            return out;
        }
        let mut visits = 1;
        loop {
            self.search(&mut out);
            match self.visits.compare_exchange(visits, 0, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return out,
                Err(more) => visits = more,
            }
            if mutant::is(Mutant::SearchOnce) {
                self.visits.store(0, Ordering::Release);
                return out;
            }
        }
    }

    /// Moves the retired versions that nobody names to `out`.
    fn search(&self, out: &mut Vec<Arc<Version<T>>>) {
        // Acquire: synchronises with the release in `retire`.
        let mut link = self.retired.swap(ptr::null_mut(), Ordering::Acquire);
        if link.is_null() {
            return;
        }
        // No fence: each of these versions was put there after a heavy one, which came after its swap.
        let mut named = registry::named_of(self.address());
        named.sort_unstable();
        while !link.is_null() {
            // SAFETY: from `Box::into_raw` in `retire`, and taken off the list, which is to say by nobody else.
            let this = unsafe { Box::from_raw(link) };
            link = this.next;
            if named.binary_search(&this.version.cast()).is_ok() {
                self.retire(this);
            } else {
                // SAFETY: as in the drop of `Retired`.
                out.push(unsafe { Arc::from_raw(this.version) });
            }
        }
    }
}

impl<T> Drop for Retired<'_, T> {
    fn drop(&mut self) {
        if !mutant::is(Mutant::WriterUnfenced) {
            fence::heavy();
        }
        let named = self.searched_early.unwrap_or_else(|| self.slot.is_named(self.version));
        if (named || mutant::is(Mutant::FreeLate)) && !mutant::is(Mutant::FreeEarly) {
            self.slot.retire(Box::new(Link { version: self.version, next: ptr::null_mut() }));
            if !mutant::is(Mutant::FreeLate) {
                drop(self.slot.visit());
            }
            return;
        }
        // SAFETY: the pointer came from `Arc::into_raw`, in `new` or in an earlier `swap`, with a count that was the
        // slot's. It was taken out once, and nobody reads through it on account of that count: see above.
        drop(unsafe { Arc::from_raw(self.version) });
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        // Relaxed, both: whoever gave us the slot exclusively has ordered us after its last swap and its last guard.
        let mut link = self.retired.load(Ordering::Relaxed);
        // SAFETY: a guard borrows the slot, so none is left that could read through a pointer, and the counts that the
        // slot has in `current` and in the list are all still there.
        let current = unsafe { Arc::from_raw(self.current.load(Ordering::Relaxed)) };
        let mut retired = Vec::new();
        while !link.is_null() {
            // SAFETY: as above; the link is from `Box::into_raw` in `retire`.
            let this = unsafe { Box::from_raw(link) };
            link = this.next;
            // SAFETY: as above.
            retired.push(unsafe { Arc::from_raw(this.version) });
        }
        drop((current, retired));
    }
}

pub(crate) struct Guard<'a, T> {
    /// A pointer and not a reference: the version may be freed while `drop` of this guard is still running.
    version: *const Version<T>,
    /// What names the version. Without one, the guard has a count of it.
    hazard: Option<&'static Hazard>,
    /// The `Slot<T>`, without its type, in which `T` is invariant and a guard is not.
    slot: *const (),
    borrows: PhantomData<&'a Version<T>>,
}

// SAFETY: a shared `Guard` gives a shared `Version<T>` and, by `to_arc`, counts on it, both of which `T: Send + Sync`
// allows on other threads. The hazard pointer is cleared by the guard's owner.
unsafe impl<T: Send + Sync> Sync for Guard<'_, T> {}

impl<T> Guard<'_, T> {
    #[inline]
    pub(crate) fn to_arc(&self) -> Arc<Version<T>> {
        // SAFETY: it is alive while the guard is: the slot's count is kept while it is named, and the other is the guard's.
        unsafe { count(self.version) }
    }
}

/// A count of `version`.
///
/// # Safety
///
/// It is from `Arc::into_raw`, and somebody keeps a count of it meanwhile.
#[inline]
unsafe fn count<T>(version: *const Version<T>) -> Arc<Version<T>> {
    // SAFETY: the caller's.
    unsafe {
        Arc::increment_strong_count(version);
        Arc::from_raw(version)
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = Version<T>;

    #[inline]
    fn deref(&self) -> &Version<T> {
        // SAFETY: as in `to_arc`: the version is alive while the guard is, and nobody has it mutably, since a published
        // version is never changed.
        unsafe { &*self.version }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        match self.hazard {
            Some(hazard) => {
                // SAFETY: `load` took the address from a reference to the slot, which the guard borrows. `T` may have
                // become shorter-lived since, as it may for any shared borrow; no `T` is put into the slot by this one.
                let slot = unsafe { &*self.slot.cast::<Slot<T>>() };
                slot.release(hazard, self.version);
            }
            // SAFETY: the count is the guard's own.
            None => drop(unsafe { Arc::from_raw(self.version) }),
        }
    }
}
