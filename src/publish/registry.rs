//! What each thread is looking at: the list of all threads' hazard pointers, which only grows.
//!
//! A thread takes a [`Record`] when it first loads, and gives it back when it ends, for the next thread to take.
//! Nobody but the thread that holds a record names anything in it, and a hazard pointer that names something is in
//! use, whoever holds the record: a guard that was forgotten, or that a thread local drops late, keeps its own.

use crate::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use crate::sync::mutant::{self, Mutant};
use crate::sync::{process_wide, thread_local};
use std::iter::successors;
use std::ptr;

/// How many guards of one thread have a hazard pointer; what it holds beyond that are counts.
///
/// With the spare one, a record is then two cache lines long, which a writer reads for each thread that there is. In a
/// model, which explores each access, few.
const GUARDS: usize = if cfg!(readmostly_loom) { 1 } else { 6 };

/// Says that its thread may be reading a version of a slot.
///
/// It names the slot beside the version, since the address of a version alone may by now be that of another slot's.
#[derive(Default)]
pub(super) struct Hazard {
    slot: AtomicPtr<()>,
    /// Null where the hazard pointer is not in use.
    version: AtomicPtr<()>,
}

impl Hazard {
    /// Names a version. The slot first: whoever finds the version finds the slot that it was named with, or a later
    /// one, in which case this naming is over.
    #[inline]
    pub(super) fn name(&self, slot: *const (), version: *const ()) {
        // Release, both: what the thread has read through the hazard pointer before happens before the free of a writer
        // that finds one of these in its place. (A model would do without: the light fence that the guard before has
        // passed is a full one there. On a machine it may be none.)
        self.slot.store(slot.cast_mut(), Ordering::Release);
        self.version.store(version.cast_mut(), Ordering::Release);
    }

    /// Names nothing any longer.
    #[inline]
    pub(super) fn clear(&self) {
        // Release: what was read through the hazard pointer happens before the free of whoever finds it cleared.
        self.version.store(ptr::null_mut(), mutant::weaken(Mutant::RelaxedClear, Ordering::Release));
    }

    #[inline]
    fn in_use(&self) -> bool {
        // Acquire: it may have been cleared by an earlier holder of the record, in a guard that outlived its claim. What
        // that guard has read is to happen before what is named here next, and so before the free of a writer that
        // finds the new name. By one's own clear it costs nothing.
        !self.version.load(Ordering::Acquire).is_null()
    }

    #[inline]
    fn version(&self) -> *const () {
        // Acquire: what was read through what was named here before happens before what the searcher does next.
        self.version.load(Ordering::Acquire)
    }

    /// Whether what it names, which was found before, is a version of this slot.
    #[inline]
    fn is_of(&self, slot: *const ()) -> bool {
        // Acquire: as in `version`; and that load is in front of this one, see `name`.
        self.slot.load(Ordering::Acquire).cast_const() == slot || mutant::is(Mutant::AnySlot)
    }
}

/// The hazard pointers of one thread, in cache lines of their own: their thread writes to them at each load.
#[derive(Default)]
#[repr(align(128))]
struct Record {
    /// Those of the guards, and a spare one for the moment that it takes to get a count: it is free whenever its thread is
    /// not in `with_spare`.
    hazards: [Hazard; GUARDS + 1],
    claimed: AtomicBool,
    next: Option<&'static Record>,
}

/// Two cache lines, where atomics have their real size.
const _: () = assert!(cfg!(any(readmostly_loom, readmostly_shuttle)) || size_of::<Record>() == 128);

impl Record {
    #[inline]
    fn spare(&self) -> &Hazard {
        &self.hazards[GUARDS]
    }

    #[inline]
    fn free(&self) -> Option<&Hazard> {
        // Mostly there is one guard at a time.
        if self.hazards[0].in_use() { self.free_beyond_the_first() } else { Some(&self.hazards[0]) }
    }

    #[cold]
    fn free_beyond_the_first(&self) -> Option<&Hazard> {
        self.hazards[1..GUARDS].iter().find(|hazard| !hazard.in_use())
    }
}

process_wide! {
    /// The newest record, from which each is found.
    static RECORDS: AtomicPtr<Record> = const { AtomicPtr::new(ptr::null_mut()) };
}

fn records() -> impl Iterator<Item = &'static Record> {
    // Acquire: synchronises with the release in `Claim::new` that published the record.
    let newest = RECORDS.load(Ordering::Acquire);
    // SAFETY: the pointer is null, or that of a record in the list: nobody has it mutably any longer, and it is never freed.
    successors(unsafe { newest.as_ref() }, |record| record.next)
}

/// A record that is this thread's for as long as the claim lives.
struct Claim(&'static Record);

impl Claim {
    fn new() -> Self {
        let free = records().find(|record| {
            // Acquire: synchronises with the release of the claim before.
            !record.claimed.load(Ordering::Relaxed) && !record.claimed.swap(true, Ordering::Acquire)
        });
        Self(free.unwrap_or_else(Self::of_new_record))
    }

    fn of_new_record() -> &'static Record {
        let record = Record { claimed: AtomicBool::new(true), ..Record::default() };
        let record = Box::into_raw(Box::new(record));
        let mut newest = RECORDS.load(Ordering::Acquire);
        loop {
            // SAFETY: `newest` as in `records`; `record` was just made, and nobody has found it yet.
            unsafe { (*record).next = newest.as_ref() };
            // Release: the record, and by the acquire those behind it, are complete for whoever finds it. That a writer
            // finds it in time is for the fences to say: it is in the list before its thread's first light fence.
            match RECORDS.compare_exchange_weak(newest, record, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: from here on it is only shared, and it is never freed.
                Ok(_) => return unsafe { &*record },
                Err(newer) => newest = newer,
            }
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Release: the next thread that claims the record goes on from here.
        self.0.claimed.store(false, Ordering::Release);
    }
}

thread_local! {
    static MINE: Claim = Claim::new();
}

/// A hazard pointer of this thread that is not in use. None if all are, or if the thread is being torn down.
#[inline]
pub(super) fn free() -> Option<&'static Hazard> {
    MINE.try_with(|Claim(record)| *record).ok()?.free()
}

/// Calls `f` with a hazard pointer that is free, and free again when `f` has returned.
#[inline]
pub(super) fn with_spare<R>(f: impl FnOnce(&Hazard) -> R) -> R {
    match MINE.try_with(|Claim(record)| *record) {
        Ok(record) => f(record.spare()),
        // A destructor that runs while the thread is being torn down finds `MINE` gone and claims a record for this once.
        Err(_) => f(Claim::new().0.spare()),
    }
}

/// Whether any thread names this version of `slot`.
pub(super) fn is_named(slot: *const (), version: *const ()) -> bool {
    // Plain loops: they take half the time of the same as a chain of iterators, and there may be thousands of threads.
    for record in records() {
        for hazard in &record.hazards {
            if hazard.version() == version && hazard.is_of(slot) {
                return true;
            }
        }
    }
    false
}

/// The versions of `slot` that are named, in all threads.
pub(super) fn named_of(slot: *const ()) -> Vec<*const ()> {
    let mut named = Vec::new();
    for record in records() {
        for hazard in &record.hazards {
            let version = hazard.version();
            if !version.is_null() && hazard.is_of(slot) {
                named.push(version);
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::{GUARDS, Hazard, free, is_named, named_of, records, with_spare};
    use std::{iter, ptr, thread};

    #[test]
    fn a_thread_takes_the_record_of_one_that_has_ended() {
        let before = records().count();
        for _ in 0..100 {
            thread::spawn(|| assert!(free().is_some())).join().unwrap();
        }
        // Other tests have threads as well, but not so many.
        assert!(records().count() < before + 50, "{} of {before}", records().count());
    }

    #[test]
    fn a_thread_has_so_many_guards_and_a_spare() {
        let (slot, other, versions) = (ptr::from_ref(&"slot").cast(), ptr::from_ref(&"other").cast(), [0; 8]);
        let version = |n: usize| ptr::from_ref(&versions[n]).cast();
        let taken: Vec<&Hazard> = iter::from_fn(free)
            .enumerate()
            .map(|(n, hazard)| {
                hazard.name(slot, version(n));
                hazard
            })
            .collect();
        assert_eq!(taken.len(), GUARDS);
        with_spare(|spare| {
            spare.name(slot, version(GUARDS));
            let mut named = named_of(slot);
            named.sort_unstable();
            assert_eq!(named, (0..=GUARDS).map(version).collect::<Vec<_>>());
            spare.clear();
        });
        assert!(is_named(slot, version(3)) && !is_named(slot, version(GUARDS)));
        assert!(!is_named(other, version(3)) && named_of(other).is_empty());
        // What is let go of in the middle is the next to be taken.
        taken[3].clear();
        assert!(!is_named(slot, version(3)) && free().is_some_and(|free| ptr::eq(free, taken[3])));
        for hazard in taken {
            hazard.clear();
        }
        assert!(named_of(slot).is_empty());
    }
}
