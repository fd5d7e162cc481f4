//! The hazard pointers of all threads: each says which version its thread may be reading.
//!
//! A thread claims a [`Record`] at its first load. When the thread ends, it gives the record back, and the next thread may
//! claim it. Only the thread that has claimed a record writes names into it. A record that still names something is not claimed:
//! its guard was forgotten, or a thread local drops it late. So what is named in a record is named by one thread alone.
//!
//! Records stand in blocks. Each block is twice as long as the one before, and none is ever freed. A block has one bit for
//! each record, which says whether a search must look into the record. So a search reads the records of living threads. For
//! a thread that has ended it reads one bit, and 64 such bits are one word.

use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use crate::sync::mutant::{self, Mutant, mistake};
use crate::sync::{at_fork, fence, process_wide, thread_local};
use std::cell::Cell;
use std::ptr;

/// How many guards of one thread have a hazard pointer. The guards beyond them each hold a count of their version.
///
/// With the spare hazard pointer, a record is two cache lines long. A search reads both for each thread. A model explores
/// each access, so it has few.
const GUARDS: usize = if cfg!(readmostly_loom) { 1 } else { 6 };

/// How many records the first block has: one for each bit of a word, or few in a model.
const FIRST: usize = if cfg!(readmostly_loom) { 1 } else { usize::BITS as usize };

/// Says that its thread may be reading a version of a slot.
///
/// It names the slot beside the version. The address of a version alone is not enough: a version of another slot may have
/// that address by now.
#[derive(Default)]
pub(super) struct Hazard {
    slot: AtomicPtr<()>,
    /// Null if the hazard pointer is not in use.
    version: AtomicPtr<()>,
}

impl Hazard {
    /// Names a version. The slot is written first. So a search that finds the version also finds the slot that it was named
    /// with, or the slot of a later name. In the second case this name is no longer needed.
    #[inline]
    pub(super) fn protect(&self, slot: *const (), version: *const ()) {
        // Release, both. The thread has read through the hazard pointer before. A writer that finds the new values frees
        // what was named before, and those reads happen before the free.
        let release = mutant::weaken(Mutant::RelaxedName, Ordering::Release);
        self.slot.store(slot.cast_mut(), release);
        self.version.store(version.cast_mut(), release);
    }

    /// Names nothing from now on.
    #[inline]
    pub(super) fn clear(&self) {
        // Release: what was read through the hazard pointer happens before the free by a thread that finds null here.
        self.version.store(ptr::null_mut(), mutant::weaken(Mutant::RelaxedClear, Ordering::Release));
    }

    #[inline]
    fn in_use(&self) -> bool {
        // Acquire. A thread that had the record before may have cleared it, by a guard that outlived the claim. The reads
        // of that guard must happen before the next name here, and so before the free by a writer that finds that name.
        // On x86-64 this costs nothing.
        !self.version.load(mutant::weaken(Mutant::RelaxedInUse, Ordering::Acquire)).is_null()
    }

    #[inline]
    fn version(&self) -> *const () {
        // Acquire: the reads under an earlier name happen before what the searching thread does next.
        self.version.load(Ordering::Acquire)
    }

    /// Whether it names a version of this slot. The caller has read the version already.
    #[inline]
    fn is_of(&self, slot: *const ()) -> bool {
        mistake!(AnySlot => true);
        // Acquire, as in `version`. That load comes first: see `protect`.
        let acquire = mutant::weaken(Mutant::RelaxedSlot, Ordering::Acquire);
        self.slot.load(acquire).cast_const() == slot
    }
}

/// The hazard pointers of one thread. They have cache lines of their own, because the thread writes to them at each load.
#[derive(Default)]
#[repr(align(128))]
struct Record {
    /// One for each guard, and a spare one, which protects a version while its count is incremented. The spare one is free
    /// while its thread is not in `with_spare`.
    hazards: [Hazard; GUARDS + 1],
    /// Whether the thread knows that the system has withdrawn its barrier. From then on it passes full fences.
    fenced: AtomicBool,
}

/// A record is two cache lines long. The atomics of a model have another size.
const _: () = assert!(cfg!(any(readmostly_loom, readmostly_shuttle)) || size_of::<Record>() == 128);

impl Record {
    #[inline]
    fn spare(&self) -> &Hazard {
        &self.hazards[GUARDS]
    }

    fn names_something(&self) -> bool {
        self.hazards.iter().any(Hazard::in_use)
    }

    #[inline]
    fn free(&self) -> Option<&Hazard> {
        // Most threads have one guard at a time.
        if self.hazards[0].in_use() { self.free_beyond_the_first() } else { Some(&self.hazards[0]) }
    }

    #[cold]
    fn free_beyond_the_first(&self) -> Option<&Hazard> {
        self.hazards[1..GUARDS].iter().find(|hazard| !hazard.in_use())
    }
}

/// Some records, and a link to the next block.
struct Block {
    records: Box<[Record]>,
    /// The state of the records, in the same order. A word has the state of as many records as it has bits.
    words: Box<[Word]>,
    next: AtomicPtr<Block>,
}

/// The state of some records: one bit for each.
#[derive(Default)]
struct Word {
    /// The records that a thread has claimed.
    claimed: AtomicUsize,
    /// The records that may name something: those that are claimed, and some that were given back with a name in them.
    searched: AtomicUsize,
}

impl Word {
    /// Ends the search of records that no thread has claimed and that name nothing now. A guard had outlived their claim.
    #[cold]
    fn give_back(&self, mut abandoned: usize, records: &[Record]) {
        while abandoned != 0 {
            let index = abandoned.trailing_zeros() as usize;
            abandoned &= abandoned - 1;
            let (record, bit) = (&records[index], 1 << index);
            // This claims the record and gives it back at once. No other thread writes a name into it meanwhile.
            if !record.names_something() && self.claimed.fetch_or(bit, Ordering::Acquire) & bit == 0 {
                self.leave(record, bit);
            }
        }
    }

    /// Ends the claim of a record, and the search of it if it names nothing.
    fn leave(&self, record: &Record, bit: usize) {
        // If a guard outlives the claim, a search gives the record back after the guard's drop.
        if !record.names_something() {
            // Release: what the thread has read happens before the free by a thread that finds the bit cleared. Other
            // changes of the word continue this release sequence.
            self.searched.fetch_and(!bit, mutant::weaken(Mutant::RelaxedLeave, Ordering::Release));
        }
        // Release: synchronises with the acquire of the next claim.
        self.claimed.fetch_and(!bit, Ordering::Release);
    }
}

const BITS: usize = usize::BITS as usize;

impl Block {
    fn new(len: usize) -> Self {
        Self {
            records: (0..len).map(|_| Record::default()).collect(),
            words: (0..len.div_ceil(BITS)).map(|_| Word::default()).collect(),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn words(&'static self) -> impl Iterator<Item = (&'static Word, &'static [Record])> {
        self.words.iter().zip(self.records.chunks(BITS))
    }
}

process_wide! {
    /// The first block, from which each is found.
    static BLOCKS: AtomicPtr<Block> = const { AtomicPtr::new(ptr::null_mut()) };
}

/// The block that `link` leads to.
fn block(link: &AtomicPtr<Block>) -> Option<&'static Block> {
    // Acquire: synchronises with the release in `append`.
    let block = link.load(Ordering::Acquire);
    // SAFETY: the pointer is null, or points to a block from `append`. Such a block is only shared, and never freed.
    unsafe { block.as_ref() }
}

/// Links a new block of `len` records, and returns it. If another thread links one first, returns that.
fn append(link: &AtomicPtr<Block>, len: usize) -> &'static Block {
    at_fork(&(forget_the_others as fn()));
    let new = Box::into_raw(Box::new(Block::new(len)));
    // Release: a thread that finds the block finds it complete. Acquire: this thread finds another thread's block complete.
    match link.compare_exchange(ptr::null_mut(), new, Ordering::Release, Ordering::Acquire) {
        // SAFETY: from now on the block is only shared, and it is never freed.
        Ok(_) => unsafe { &*new },
        Err(first) => {
            // SAFETY: the box was made here, and no other thread knows its address.
            drop(unsafe { Box::from_raw(new) });
            // SAFETY: as in `block`.
            unsafe { &*first }
        }
    }
}

/// In the child of a fork, gives back the records of the threads that the child does not have.
///
/// The names in them stay. The child's thread may hold a reference to a guard of such a thread (a guard is `Sync`), and go on
/// reading through it. The child has one thread, and this runs before anything else in it, so no ordering is needed. It
/// allocates nothing.
fn forget_the_others() {
    let own = own();
    let mut link: &AtomicPtr<Block> = &BLOCKS;
    while let Some(block) = block(link) {
        for (word, records) in block.words() {
            let (mut claimed, mut searched) = (0, 0);
            for (index, record) in records.iter().enumerate() {
                let bit = 1 << index;
                if own.is_some_and(|own| ptr::eq(own, record)) {
                    (claimed, searched) = (bit, searched | bit);
                    continue;
                }
                // Only its own thread reads through the spare one, and only inside a call.
                record.spare().clear();
                // No thread writes a name there without a full fence from now on.
                record.fenced.store(true, Ordering::Relaxed);
                if record.names_something() {
                    searched |= bit;
                }
            }
            word.searched.fetch_and(searched, Ordering::Relaxed);
            word.claimed.fetch_and(claimed, Ordering::Relaxed);
        }
        link = &block.next;
    }
}

/// Calls `f` with each record that may name something until it returns true, and returns whether it did.
fn any(mut f: impl FnMut(&'static Record) -> bool) -> bool {
    // Plain loops: a chain of iterators takes twice the time, and there may be thousands of threads.
    let mut link: &AtomicPtr<Block> = &BLOCKS;
    while let Some(block) = block(link) {
        for (word, records) in block.words() {
            // Acquire: what a thread has read before it gave the record back, or before another thread claimed it, happens
            // before what the searching thread does next.
            let searched = word.searched.load(Ordering::Acquire);
            let mut left = searched;
            while left != 0 {
                if f(&records[left.trailing_zeros() as usize]) {
                    return true;
                }
                left &= left - 1;
            }
            // Relaxed: `give_back` checks each of these again.
            let abandoned = searched & !word.claimed.load(Ordering::Relaxed);
            if abandoned != 0 {
                word.give_back(abandoned, records);
            }
        }
        link = &block.next;
    }
    false
}

/// A record that is this thread's own while the claim lives.
struct Claim {
    record: &'static Record,
    word: &'static Word,
    bit: usize,
    _entered: fence::Entered,
}

impl Claim {
    /// Claims the first free record, so that the records in use stay close together.
    fn new() -> Self {
        let (mut link, mut len): (&AtomicPtr<Block>, _) = (&BLOCKS, FIRST);
        loop {
            let block = block(link).unwrap_or_else(|| append(link, len));
            if let Some(claim) = block.words().find_map(|(word, records)| Self::first_of(word, records)) {
                return claim;
            }
            (link, len) = (&block.next, len * 2);
        }
    }

    fn first_of(word: &'static Word, records: &'static [Record]) -> Option<Self> {
        let mut claimed = word.claimed.load(Ordering::Relaxed);
        // Those that are free, and still name something: a guard has outlived its thread's claim. See `this_thread_alone`.
        let mut passed = 0;
        loop {
            let index = (claimed | passed).trailing_ones() as usize;
            let record = records.get(index)?;
            let bit = 1 << index;
            // Acquire: synchronises with the release at the end of the last claim.
            claimed = word.claimed.fetch_or(bit, Ordering::Acquire);
            mistake!(ClaimTwice => Some(Self::begin(word, record, bit)));
            if claimed & bit == 0 {
                if !record.names_something() {
                    return Some(Self::begin(word, record, bit));
                }
                word.leave(record, bit);
                passed |= bit;
            }
        }
    }

    /// Has a record searched that was just claimed.
    fn begin(word: &'static Word, record: &'static Record, bit: usize) -> Self {
        record.fenced.store(false, Ordering::Relaxed);
        // Relaxed: the fences make a search find the bit in time, as they do for the names. It is set before the full fence in
        // `enter`.
        word.searched.fetch_or(bit, Ordering::Relaxed);
        // See `this_thread_alone` and `acknowledged_by_all`.
        let entered = fence::enter();
        fence::light(acknowledge_in(record));
        Self { record, word, bit, _entered: entered }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if own().is_some_and(|own| ptr::eq(own, self.record)) {
            set_own(None);
        }
        // It acknowledges nothing: a guard that outlives this clears its name with a light fence that may do nothing.
        self.word.leave(self.record, self.bit);
    }
}

thread_local! {
    static MINE: Claim = {
        let claim = Claim::new();
        set_own(Some(claim.record));
        claim
    };
}

thread_local! {
    /// The record of `MINE`, for callers that must not claim one.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's thread_local has no const form, and this is loom's in a model")]
    static OWN: Cell<Option<&'static Record>> = Cell::new(None);
}

fn own() -> Option<&'static Record> {
    OWN.try_with(Cell::get).ok().flatten()
}

fn set_own(record: Option<&'static Record>) {
    let _torn_down = OWN.try_with(|own| own.set(record));
}

/// A hazard pointer of this thread that is not in use. None if all are in use, or if the thread is being torn down.
#[inline]
pub(super) fn free() -> Option<&'static Hazard> {
    MINE.try_with(|claim| claim.record).ok()?.free()
}

/// Calls `f` with a hazard pointer that is free. `f` must leave it free.
#[inline]
pub(super) fn with_spare<R>(f: impl FnOnce(&Hazard) -> R) -> R {
    match MINE.try_with(|claim| claim.record) {
        Ok(record) => f(record.spare()),
        // `MINE` is gone: a destructor runs while the thread is being torn down. It claims a record for this call only.
        Err(_) => f(Claim::new().record.spare()),
    }
}

/// Says that this thread knows that the system has withdrawn its barrier, and has passed a full fence since.
pub(super) fn acknowledge() {
    // A thread without a record writes no name without a full fence. One that is torn down with a guard has not acknowledged, and
    // its record is searched until the guard is dropped.
    if let Some(record) = own() {
        acknowledge_in(record)();
    }
}

fn acknowledge_in(record: &Record) -> impl FnOnce() {
    // Release: each name that the thread has written without a full fence happens before the search of a thread that reads
    // `true` here.
    || record.fenced.store(true, Ordering::Release)
}

/// Whether no thread but this one may name anything.
///
/// The caller has passed a full fence. A thread that claims its record before this search is found by it. Another one passes a full
/// fence after the caller's, before its first load. A guard that outlives the claim of its thread is in a record that nobody else
/// claims, so it is found too.
pub(super) fn this_thread_alone() -> bool {
    let own = own();
    !any(|record| !own.is_some_and(|own| ptr::eq(own, record)))
}

/// Whether every thread passes full fences by now. If so, all names that were written before can be found.
///
/// The caller has announced that the system's barrier is gone, and has passed a full fence after that. A thread that claims
/// its record before this search is found by it. A thread that claims its record after this search passes a full fence after
/// the caller's, and reads the announcement.
pub(super) fn acknowledged_by_all() -> bool {
    mistake!(Unacknowledged => true);
    // Acquire: synchronises with the release in `acknowledge_in`.
    !any(|record| !record.fenced.load(Ordering::Acquire))
}

/// A hazard pointer that a search has found, with the slot and the version that it seemed to name.
pub(super) struct Name {
    hazard: &'static Hazard,
    slot: *const (),
    pub(super) version: *const (),
}

impl Name {
    /// Whether the hazard pointer still names the version, which is retired, at a second look. If it does, its thread has yet
    /// to clear that name.
    ///
    /// A search reads the two words of a hazard pointer one after the other. So it may read the version of one name and the
    /// slot of a later name. The first may be of another slot, whose version had the same address before it was freed.
    ///
    /// A second look cannot read such a pair. Call N the name whose slot the search has read. The second look reads the version
    /// after that, and the read of the slot is an acquire. So it reads the version of N, or of a later name L. Suppose that
    /// L names a version of another slot at this address:
    ///
    /// 1. The thread of L has read the address from the other slot. It did so after the light fence of N, since N comes first.
    /// 2. The writer that freed the version there has swapped it out and passed a heavy fence before. The thread has read the
    ///    address all the same. So the light fence of N came before that heavy fence.
    /// 3. Then the search before that free has seen N. What this search has read as the version comes after it, so it is not
    ///    older than N: the pair was no mixture.
    pub(super) fn stands(&self) -> bool {
        self.hazard.version() == self.version && self.hazard.is_of(self.slot)
    }
}

/// Finds a hazard pointer of any thread that names this version of `slot`.
pub(super) fn find(slot: *const (), version: *const ()) -> Option<Name> {
    let mut found = None;
    any(|record| {
        for hazard in &record.hazards {
            if hazard.version() == version && hazard.is_of(slot) {
                found = Some(Name { hazard, slot, version });
                return true;
            }
        }
        false
    });
    found
}

/// Finds each hazard pointer, of all threads, that names a version of `slot`.
pub(super) fn named_of(slot: *const ()) -> Vec<Name> {
    let mut names = Vec::new();
    any(|record| {
        for hazard in &record.hazards {
            let version = hazard.version();
            if !version.is_null() && hazard.is_of(slot) {
                names.push(Name { hazard, slot, version });
            }
        }
        false
    });
    names
}

#[cfg(test)]
mod tests;
