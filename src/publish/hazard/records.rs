//! What each thread is looking at: the hazard pointers of all threads.
//!
//! A thread claims a [`Record`] when it first loads, and gives it back when it ends, for the next thread to claim.
//! Only the thread that holds a record names anything in it. A hazard pointer that names something is in use, even if the
//! record has changed hands: a guard that was forgotten, or that a thread local drops late, keeps its own.
//!
//! Records stand in blocks, each twice as long as the one before, which are never freed. A block has one bit for each record
//! that says whether a search has to look into it. So a search costs what the living threads cost: of those that have ended
//! it reads one bit each, 64 in one word.

use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use crate::sync::mutant::{self, Mutant, mistake};
use crate::sync::{at_fork, fence, process_wide, thread_local};
use std::cell::Cell;
use std::ptr;

/// How many guards of one thread have a hazard pointer; what it holds beyond that are counts.
///
/// With the spare one, a record is then two cache lines long, which a search reads for each thread that there is. In a
/// model, which explores each access, few.
const GUARDS: usize = if cfg!(readmostly_loom) { 1 } else { 6 };

/// The records of the first block: as many as there are bits in a word, or few in a model.
const FIRST: usize = if cfg!(readmostly_loom) { 1 } else { usize::BITS as usize };

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
    /// Names a version. The slot is written first: a search that finds the version finds the slot that it was named with, or
    /// a later one. In the second case this naming is over.
    #[inline]
    pub(super) fn protect(&self, slot: *const (), version: *const ()) {
        // Release, both: what the thread has read through the hazard pointer before happens before the free of a writer
        // that finds one of these in its place.
        let release = mutant::weaken(Mutant::RelaxedName, Ordering::Release);
        self.slot.store(slot.cast_mut(), release);
        self.version.store(version.cast_mut(), release);
    }

    /// Names nothing any longer.
    #[inline]
    pub(super) fn clear(&self) {
        // Release: what was read through the hazard pointer happens before the free by a thread that finds it cleared.
        self.version.store(ptr::null_mut(), mutant::weaken(Mutant::RelaxedClear, Ordering::Release));
    }

    #[inline]
    fn in_use(&self) -> bool {
        // Acquire: it may have been cleared by an earlier holder of the record, in a guard that outlived its claim. What
        // that guard has read is to happen before what is named here next, and so before the free of a writer that
        // finds the new name. By one's own clear it costs nothing.
        !self.version.load(mutant::weaken(Mutant::RelaxedInUse, Ordering::Acquire)).is_null()
    }

    #[inline]
    fn version(&self) -> *const () {
        // Acquire: what was read through what was named here before happens before what the searcher does next.
        self.version.load(Ordering::Acquire)
    }

    /// Whether what it names, which was found before, is a version of this slot.
    #[inline]
    fn is_of(&self, slot: *const ()) -> bool {
        mistake!(AnySlot => true);
        // Acquire: as in `version`; and that load is in front of this one, see `name`.
        let acquire = mutant::weaken(Mutant::RelaxedSlot, Ordering::Acquire);
        self.slot.load(acquire).cast_const() == slot
    }
}

/// The hazard pointers of one thread, in cache lines of their own: their thread writes to them at each load.
#[derive(Default)]
#[repr(align(128))]
struct Record {
    /// Those of the guards, and a spare one for the moment that it takes to get a count: it is free whenever its thread is
    /// not in `with_spare`.
    hazards: [Hazard; GUARDS + 1],
    /// Whether the thread knows that the system has withdrawn its barrier, and passes full fences.
    fenced: AtomicBool,
}

/// Two cache lines, where atomics have their real size.
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
        // Mostly there is one guard at a time.
        if self.hazards[0].in_use() { self.free_beyond_the_first() } else { Some(&self.hazards[0]) }
    }

    #[cold]
    fn free_beyond_the_first(&self) -> Option<&Hazard> {
        self.hazards[1..GUARDS].iter().find(|hazard| !hazard.in_use())
    }
}

/// Some records, and the blocks after them.
struct Block {
    records: Box<[Record]>,
    /// The state of the records, in the same order, as many to a word as it has bits.
    words: Box<[Word]>,
    next: AtomicPtr<Block>,
}

/// A bit for each of some records.
#[derive(Default)]
struct Word {
    /// Those that a thread has.
    claimed: AtomicUsize,
    /// Those that may name something: the claimed ones, and some that were left with a name.
    searched: AtomicUsize,
}

impl Word {
    /// Takes records that nobody has and that name nothing any more out of the search: a guard had outlived the claim.
    #[cold]
    fn give_back(&self, mut abandoned: usize, records: &[Record]) {
        while abandoned != 0 {
            let index = abandoned.trailing_zeros() as usize;
            abandoned &= abandoned - 1;
            let (record, bit) = (&records[index], 1 << index);
            // As a claim of a thread that ends at once. Nobody names anything in the record meanwhile.
            if !record.names_something() && self.claimed.fetch_or(bit, Ordering::Acquire) & bit == 0 {
                self.leave(record, bit);
            }
        }
    }

    /// Ends the claim of a record, and the search of it if it names nothing.
    fn leave(&self, record: &Record, bit: usize) {
        // A guard may outlive the claim: then the record is left to the search after its drop.
        if !record.names_something() {
            // Release: what the thread has read happens before the free by a thread that does not find the record. What others do to the
            // word goes on in its release sequence.
            self.searched.fetch_and(!bit, mutant::weaken(Mutant::RelaxedLeave, Ordering::Release));
        }
        // Release: the next thread that claims the record goes on from here.
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
    // SAFETY: the pointer is null, or that of a block that `append` has made: it is only shared, and never freed.
    unsafe { block.as_ref() }
}

/// Makes a block of `len` records the one that `link` leads to, unless another thread is first.
fn append(link: &AtomicPtr<Block>, len: usize) -> &'static Block {
    at_fork(forget_the_others);
    let new = Box::into_raw(Box::new(Block::new(len)));
    // Release: a thread that finds the block finds it complete. Acquire: so do we with that of another thread.
    match link.compare_exchange(ptr::null_mut(), new, Ordering::Release, Ordering::Acquire) {
        // SAFETY: from here on it is only shared, and it is never freed.
        Ok(_) => unsafe { &*new },
        Err(first) => {
            // SAFETY: it was just made, and nobody has found it.
            drop(unsafe { Box::from_raw(new) });
            // SAFETY: as in `block`.
            unsafe { &*first }
        }
    }
}

/// In the child of a fork, gives back the records of the threads that are not there.
///
/// What they name stays named. A guard of theirs may be on loan to the thread that is there (it is `Sync`), which goes on reading
/// through it. The child has one thread, which has just been made by the fork, and this runs before anything else in it. So no
/// ordering is needed. It allocates nothing.
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
                // Nobody reads through that but its own thread, in the midst of a call.
                record.spare().clear();
                // Nobody names anything there without a fence any more.
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
    // Plain loops: they take half the time of the same as a chain of iterators, and there may be thousands of threads.
    let mut link: &AtomicPtr<Block> = &BLOCKS;
    while let Some(block) = block(link) {
        for (word, records) in block.words() {
            // Acquire: what a thread has read before it let the record go, or another claimed it, happens before what
            // the searcher does next.
            let searched = word.searched.load(Ordering::Acquire);
            let mut left = searched;
            while left != 0 {
                if f(&records[left.trailing_zeros() as usize]) {
                    return true;
                }
                left &= left - 1;
            }
            // Relaxed: a guess, which `give_back` makes sure of.
            let abandoned = searched & !word.claimed.load(Ordering::Relaxed);
            if abandoned != 0 {
                word.give_back(abandoned, records);
            }
        }
        link = &block.next;
    }
    false
}

/// A record that is this thread's for as long as the claim lives.
struct Claim {
    record: &'static Record,
    word: &'static Word,
    bit: usize,
    _entered: fence::Entered,
}

impl Claim {
    /// Claims the first record that nobody has, so that those in use stay close together.
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
        loop {
            let index = claimed.trailing_ones() as usize;
            let record = records.get(index)?;
            let bit = 1 << index;
            // Acquire: synchronises with the release of the claim before.
            claimed = word.claimed.fetch_or(bit, Ordering::Acquire);
            mistake!(ClaimTwice => Some(Self::begin(word, record, bit)));
            if claimed & bit == 0 {
                return Some(Self::begin(word, record, bit));
            }
            claimed |= bit;
        }
    }

    /// Makes a record that was claimed one that is searched.
    fn begin(word: &'static Word, record: &'static Record, bit: usize) -> Self {
        record.fenced.store(false, Ordering::Relaxed);
        // Relaxed: that a search finds the bit in time is for the fences to say, as it is with the names: it is set before
        // the thread's first light fence.
        word.searched.fetch_or(bit, Ordering::Relaxed);
        // See `acknowledged_by_all`.
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
        // The thread names nothing more here, and what it has named it has named already.
        acknowledge_in(self.record)();
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
    /// The record of `MINE`, for those who are not to claim one where there is none.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's thread_local has no const form, and this is loom's in a model")]
    static OWN: Cell<Option<&'static Record>> = Cell::new(None);
}

fn own() -> Option<&'static Record> {
    OWN.try_with(Cell::get).ok().flatten()
}

fn set_own(record: Option<&'static Record>) {
    let _torn_down = OWN.try_with(|own| own.set(record));
}

/// A hazard pointer of this thread that is not in use. None if all are, or if the thread is being torn down.
#[inline]
pub(super) fn free() -> Option<&'static Hazard> {
    MINE.try_with(|claim| claim.record).ok()?.free()
}

/// Calls `f` with a hazard pointer that is free, and free again when `f` has returned.
#[inline]
pub(super) fn with_spare<R>(f: impl FnOnce(&Hazard) -> R) -> R {
    match MINE.try_with(|claim| claim.record) {
        Ok(record) => f(record.spare()),
        // A destructor that runs while the thread is being torn down finds `MINE` gone and claims a record for this once.
        Err(_) => f(Claim::new().record.spare()),
    }
}

/// Says that this thread knows that the system has withdrawn its barrier, and has passed a full fence since.
pub(super) fn acknowledge() {
    // A thread without a record names nothing without a fence, and one that is torn down has said so when it gave its own back.
    if let Some(record) = own() {
        acknowledge_in(record)();
    }
}

fn acknowledge_in(record: &Record) -> impl FnOnce() {
    // Release: every name that the thread has written without a fence happens before the search of a thread that finds this.
    || record.fenced.store(true, Ordering::Release)
}

/// Whether every thread passes full fences by now, and all that it has named before can be seen.
///
/// The caller has announced, before a full fence, that the system's barrier is gone. A thread that claims its record after
/// this search has its own full fence after the caller's, and finds the announcement; one that claimed it before is found.
pub(super) fn acknowledged_by_all() -> bool {
    mistake!(Unacknowledged => true);
    // Acquire: synchronises with the release in `acknowledge_in`.
    !any(|record| !record.fenced.load(Ordering::Acquire))
}

/// A hazard pointer that a search has found, and the version of the slot that it seemed to name.
pub(super) struct Name {
    hazard: &'static Hazard,
    slot: *const (),
    pub(super) version: *const (),
}

impl Name {
    /// Whether the version, which is retired, is named there at a second look. If so, the thread whose hazard pointer it is
    /// has that naming still to clear.
    ///
    /// The two words of a hazard pointer are not read at once, so that what the search found may be half of one naming and half
    /// of another: of a version of another slot, which had the same address before, and of this slot. The second look is
    /// not fooled. It reads the version after the search has read the slot, an acquire: what it finds is of the naming that
    /// wrote the slot, or of a later one. A later one cannot be of a version of another slot that had this address: its
    /// thread would have read the address there after the light fence of the naming that wrote the slot, and in spite of
    /// the heavy fence before the free; then that light fence came before the heavy one, so the search before the
    /// free has seen the naming that wrote this slot, and the first half of what was found here cannot be older than that.
    pub(super) fn stands(&self) -> bool {
        self.hazard.version() == self.version && self.hazard.is_of(self.slot)
    }
}

/// Finds a hazard pointer, of any thread, that names this version of `slot`.
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

/// Finds the versions of `slot` that are named, in all threads.
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
