//! The `hazard` backend: an atomic pointer, and a hazard pointer for each guard.
//!
//! A reader names the version that it is about to read in a hazard pointer of its thread. Then it looks whether the slot
//! still points to that version. A writer swaps the slot's pointer. Then it searches the hazard pointers for the replaced
//! version. If no thread names it, it is out of reach. Otherwise the last guard that names it frees it. (M. Michael, "Hazard
//! Pointers: Safe Memory Reclamation for Lock-Free Objects", 2004. It is simpler here for two reasons. The writers of a slot
//! take turns, and nothing but the slot points to its current version.)
//!
//! # Why a version that is read is not freed
//!
//! - The reader **names** the version, passes a *light fence*, and **looks** whether the version is current.
//! - The writer **swaps** the version out, passes a *heavy fence*, and **searches** the hazard pointers.
//!
//! By the fences (`sync/fence.rs`), one of two things is so. Either the search finds the name, or the look comes after the
//! swap. In the second case the look fails, and the reader tries again. It has not read through the pointer.
//!
//! A reader whose look succeeds is found until it clears its name. The clear is a release and the search is an acquire. So what
//! the reader has read happens before the free.
//!
//! A thread writes to its own hazard pointers only. The version may be freed, and its address used again, between the first
//! read of the pointer and the naming. Then the look fails, or it finds that the address is the slot's current version
//! again. In that case the reader has named that version.
//!
//! # Why a replaced version is freed
//!
//! A version that a search found named is put on the slot's list of retired versions. Somebody must come back for it.
//!
//! - A reader that is done **clears** its name, passes a *light fence*, and looks whether the version is **still current**.
//! - If it is, the writer that replaces the version later does not find the name.
//! - If it is not, the reader *visits* the list. It takes all versions off, searches for each, and puts back those that are
//!   named.
//! - A thread that has put a version on the list looks **once more** whether that is named. If not, it visits the list itself.
//!
//! So each version on the list has a thread that will visit. If the second look finds the name, that is the reader which
//! names the version, since its visit is still to come. Suppose that it had visited earlier. Then it took the list before the
//! version was put there. Both steps are read-modify-writes of one atomic, so the clear would happen before the second look,
//! which then could not find the name.
//!
//! A thread that stands still keeps no more than what it names and what it has taken off the list.
//!
//! A reader whose look has failed has named a version without ever reading it. The writer may have taken it for a reader of
//! that version, so it visits too. The address of the slot, which stands beside the name, says which list to visit. The
//! address of the version would not be enough: it may be that of a version of another slot by then.
//!
//! # Where destructors run
//!
//! A call drops what its visit found out of reach when the call has its result. A load has its guard, which names what it
//! shows. A snapshot has its count. A guard has cleared its name. So a destructor may load and keep what it gets: no hazard
//! pointer is half taken. If it panics, the guard or the count of the call is dropped.
//!
//! # Where the system withdraws its barrier
//!
//! The heavy fence may fail after the swap. The version is then put on a second list. Nobody searches for it before a heavy
//! fence has succeeded, which the next write tries. `sync/fence.rs` says what becomes of the light fences.

#![expect(unsafe_code, reason = "an atomic pointer to a counted allocation")]

mod list;
#[cfg(readmostly_mutants)]
mod mistakes;
mod records;

use super::Version;
use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::fence::Heavy;
use crate::sync::mutant::{self, Mutant, mistake};
use crate::sync::{Arc, fence};
pub(crate) use list::Link;
use list::{Chain, List};
use records::Hazard;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::ptr;

/// The backend's name, as the cfg spells it.
pub(crate) const NAME: &str = "hazard";

/// The version that a swap took out, with the count that was the slot's.
#[must_use = "it is to be reclaimed when the writers' lock is released"]
pub(crate) struct Retired<'a, T> {
    slot: &'a Slot<T>,
    /// Dropped by nobody but `reclaim`: somebody may read it.
    version: ManuallyDrop<Arc<Version<T>>>,
}

pub(crate) struct Slot<T> {
    /// From `Arc::into_raw`: the slot owns one count of the version that it points to.
    current: AtomicPtr<Version<T>>,
    /// The replaced versions that were named when somebody searched for them last.
    retired: List<T>,
    /// The replaced versions that no heavy fence has followed yet.
    unfenced: List<T>,
    /// An `AtomicPtr` is `Send` and `Sync` for each `T`. The slot is so only if `T` is both.
    owns: PhantomData<Arc<Version<T>>>,
}

impl<T> Slot<T> {
    pub(crate) fn new(first: Arc<Version<T>>) -> Self {
        fence::set_up();
        Self {
            current: AtomicPtr::new(Arc::into_raw(first).cast_mut()),
            retired: List::new(),
            unfenced: List::new(),
            owns: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn load(&self) -> Guard<'_, T> {
        let Some(hazard) = records::free() else { return self.load_counted() };
        let seen = self.current();
        let version = match self.protect(hazard, seen) {
            Ok(current) => current,
            Err(newer) => self.load_again(hazard, seen, newer),
        };
        self.guard(version, Some(hazard))
    }

    /// Names the current version for a load that a write has overtaken.
    #[cold]
    fn load_again(
        &self,
        hazard: &'static Hazard,
        seen: *const Version<T>,
        newer: *const Version<T>,
    ) -> *const Version<T> {
        let (current, overtaken) = self.protect_again(hazard, seen, newer);
        // The hazard pointer stays taken while code of the user's runs, which may load: an allocator in the visit, and destructors.
        // If one panics, this guard clears it.
        let guard = self.guard(current, Some(hazard));
        if overtaken {
            drop(self.visit());
        }
        mem::forget(guard);
        current
    }

    /// A load of a thread that has no hazard pointer left, or none any more.
    #[cold]
    fn load_counted(&self) -> Guard<'_, T> {
        self.guard(Arc::into_raw(self.load_full()), None)
    }

    #[inline]
    fn guard(&self, version: *const Version<T>, hazard: Option<&'static Hazard>) -> Guard<'_, T> {
        Guard { version, hazard, slot: self.address(), borrows: PhantomData }
    }

    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        let (counted, overtaken) = records::with_spare(|hazard| {
            let seen = self.current();
            let (version, mut overtaken) = match self.protect(hazard, seen) {
                Ok(current) => (current, false),
                Err(newer) => self.protect_again(hazard, seen, newer),
            };
            // SAFETY: while it is named it is alive, see above.
            let counted = unsafe { count(version) };
            overtaken |= self.release(hazard, version);
            (counted, overtaken)
        });
        // With the spare hazard pointer free again, and the count there: an allocator and destructors run, which may load.
        if overtaken {
            drop(self.visit());
        }
        counted
    }

    pub(crate) fn swap(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        mistake!(SearchEarly => self.swap_after_search(next));
        self.exchange(next)
    }

    fn exchange(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        let next = Arc::into_raw(next).cast_mut();
        // Release: what the writer wrote into `next` happens before every load that sees it. No acquire: the writers'
        // lock orders swaps among each other.
        let release = mutant::weaken(Mutant::RelaxedPublish, Ordering::Release);
        let version = self.current.swap(next, release);
        // SAFETY: the pointer came from `Arc::into_raw`, in `new` or in an earlier `swap`, with a count that was the
        // slot's. It was taken out once.
        let version = ManuallyDrop::new(unsafe { Arc::from_raw(version) });
        Retired { slot: self, version }
    }

    /// Names what was the current version, and returns it if it still is, or else what is now.
    ///
    /// It is alive until the name is cleared, by [`release`](Self::release).
    #[inline]
    fn protect(
        &self,
        hazard: &Hazard,
        seen: *const Version<T>,
    ) -> Result<*const Version<T>, *const Version<T>> {
        mistake!(Unpinned | ReaderUnfenced | NoSecondLook | ClearEarly => self.protect_wrongly(hazard, seen));
        hazard.protect(self.address(), seen.cast());
        fence::light(records::acknowledge);
        let current = self.current();
        if current != seen {
            return Err(current);
        }
        // What was read last, and not what is equal to it: the first may be the address of a version long gone.
        Ok(current)
    }

    /// Names the current version after a first try that failed. Returns it, and whether one that was named before was replaced: then
    /// a [`visit`](Self::visit) is due. None is made in here: it allocates, and an allocator that loads would get this hazard pointer.
    #[cold]
    fn protect_again(
        &self,
        hazard: &Hazard,
        mut seen: *const Version<T>,
        mut newer: *const Version<T>,
    ) -> (*const Version<T>, bool) {
        mistake!(DropInside => self.protect_and_drop_inside(hazard, seen, newer));
        let mut overtaken = false;
        loop {
            overtaken |= self.release(hazard, seen);
            seen = newer;
            match self.protect(hazard, seen) {
                Ok(current) => return (current, overtaken),
                Err(current) => newer = current,
            }
        }
    }

    /// Clears the name of a version, and returns whether that was replaced: then a [`visit`](Self::visit) is due.
    #[inline]
    fn release(&self, hazard: &Hazard, version: *const Version<T>) -> bool {
        mistake!(LookEarly | GuardUnfenced => self.release_wrongly(hazard, version));
        hazard.clear();
        fence::light(records::acknowledge);
        self.current() != version
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

    /// Takes the retired versions that nobody names off the list. Any number of threads may be at it.
    #[cold]
    fn visit(&self) -> Chain<T> {
        let mut out_of_reach = Chain::new();
        loop {
            let mut taken = self.retired.take();
            if taken.is_empty() {
                return out_of_reach;
            }
            // No fence: each of these versions was put there after a heavy one, which came after its swap.
            let mut names = records::named_of(self.address());
            names.sort_unstable_by_key(|name| name.version);
            let mut all_stand = true;
            while let Some(version) = taken.pop() {
                let address = Arc::as_ptr(&version).cast();
                match names.binary_search_by_key(&address, |name| name.version) {
                    Ok(found) => {
                        self.retired.push(version);
                        all_stand &= names[found].stands();
                    }
                    Err(_) => out_of_reach.push(version),
                }
            }
            mistake!(SearchOnce => out_of_reach);
            if all_stand {
                return out_of_reach;
            }
        }
    }

    /// Passes a heavy fence, and returns whether that did what it is for.
    fn fenced() -> bool {
        mistake!(WriterUnfenced => true);
        match fence::heavy(records::this_thread_alone) {
            Heavy::Passed => true,
            Heavy::Failed => false,
            Heavy::Withdrawn => {
                // This thread knows it, and has passed a full fence.
                records::acknowledge();
                let settled = records::acknowledged_by_all();
                if settled {
                    fence::settle();
                }
                settled
            }
        }
    }

    /// Takes a version that was swapped out out of reach, or leaves it to those who name it.
    fn retire(&self, version: Arc<Version<T>>) -> Chain<T> {
        let mut out_of_reach = Chain::new();
        if !Self::fenced() {
            self.unfenced.push(version);
            return out_of_reach;
        }
        let mut all_stand = self.search_for(version, &mut out_of_reach);
        if !self.unfenced.seems_empty() {
            // They are taken before the fence, which is to come after their swaps.
            let mut unfenced = self.unfenced.take();
            let fenced = Self::fenced();
            while let Some(version) = unfenced.pop() {
                if fenced {
                    all_stand &= self.search_for(version, &mut out_of_reach);
                } else {
                    self.unfenced.push(version);
                }
            }
        }
        mistake!(FreeLate | SearchOnce => out_of_reach);
        if !all_stand {
            out_of_reach.append(self.visit());
        }
        out_of_reach
    }

    /// Puts a version on the list of retired ones if it is named, and returns whether it stands there for somebody; else on
    /// that of those out of reach.
    fn search_for(&self, version: Arc<Version<T>>, out_of_reach: &mut Chain<T>) -> bool {
        mistake!(FreeEarly | FreeLate | SearchEarly => self.search_wrongly_for(version, out_of_reach));
        let Some(name) = records::find(self.address(), Arc::as_ptr(&version).cast()) else {
            out_of_reach.push(version);
            return true;
        };
        self.retired.push(version);
        name.stands()
    }
}

impl<T> Retired<'_, T> {
    /// Searches for who reads the version, and frees it or leaves it to them.
    ///
    /// The swap itself does not: the caller still holds the writers' lock then, and the next writer need not wait for the
    /// fence, or for a search among all threads.
    pub(crate) fn reclaim(self) {
        drop(self.slot.retire(ManuallyDrop::into_inner(self.version)));
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        // SAFETY: a guard borrows the slot, so none is left that could read through a pointer, and the slot's count is
        // still in `current`. The lists drop theirs.
        // Relaxed: the slot is ours alone, which orders us after its last swap.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Relaxed)) });
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
                if slot.release(hazard, self.version) {
                    // Here the destructors of replaced versions run. The name is cleared, and nobody waits.
                    drop(slot.visit());
                }
            }
            // SAFETY: the count is the guard's own.
            None => drop(unsafe { Arc::from_raw(self.version) }),
        }
    }
}
