//! [`Core`]: how a version is published and found. This is the protocol that the loom models prove.

use super::past::Past;
use super::watches::Watches;
use super::writers::{Held, Patience, WritersLock};
use crate::panics::{drop_each, drop_quietly};
use crate::publish::{self, Retired, Slot, Version};
use crate::sync::mutant::mistake;
use crate::sync::{Arc, Number};
use std::mem;
use std::panic::resume_unwind;

/// What all threads share of a cell.
pub(super) struct Core<T> {
    /// Holds the writers' master copy of the current version, so that a writer never loads the slot.
    ///
    /// It is dropped first, the ledger before the rest of it. So the watches are woken before a value is dropped, whose
    /// destructor may wait for a thread that sleeps in one.
    pub(super) writers: WritersLock<Arc<Version<T>>, Ledger<T>>,
    /// What readers load and the writer swaps.
    pub(super) slot: Slot<T>,
    /// The number of the newest version, stored just before the slot is swapped: what a `Reader` asks.
    pub(super) announced: Number,
}

/// The writers' lock, held, with the current version.
pub(super) type Master<'a, T> = Held<'a, Arc<Version<T>>, Ledger<T>>;

/// What a publish is entered in: whom it tells, and what it replaced.
pub(super) struct Ledger<T> {
    pub(super) watches: Watches,
    pub(super) past: Past<T>,
}

impl<T> Core<T> {
    pub(super) fn new(first: Arc<Version<T>>) -> Self {
        let ledger = Ledger { watches: Watches::default(), past: Past::new(&first) };
        Self {
            slot: Slot::new(Arc::clone(&first)),
            announced: Number::new(first.number),
            writers: WritersLock::new(first, ledger),
        }
    }

    #[inline]
    pub(super) fn load(&self) -> publish::Guard<'_, T> {
        mistake!(ReaderLocks => self.load_locked());
        self.slot.load()
    }

    pub(super) fn load_full(&self) -> Arc<Version<T>> {
        self.slot.load_full()
    }

    /// The number of the current version.
    pub(super) fn version(&self) -> u64 {
        mistake!(AnnouncedVersion => self.announced.load());
        // Of what the slot holds: the announced number may be one ahead of what a load still shows.
        self.slot.load().number
    }

    /// Whether no later version than this one was announced.
    #[inline]
    pub(super) fn is_newest(&self, number: u64) -> bool {
        // Relaxed: see `swap_in`.
        self.announced.is(number)
    }

    /// The current version, if it is a later one than this.
    ///
    /// The announcement saves most looks at the slot. A thread that a publish happens before finds its number announced, and a
    /// number that is announced early is no version yet.
    pub(super) fn newer_than(&self, number: u64) -> Option<Arc<Version<T>>> {
        if self.is_newest(number) {
            return None;
        }
        let current = self.load_full();
        mistake!(TrustAnnouncement => Some(current));
        (current.number > number).then_some(current)
    }

    /// Waits for the other writers.
    ///
    /// # Panics
    ///
    /// Panics if this thread holds the lock, or one that is gone.
    #[track_caller]
    pub(super) fn lock(&self) -> Master<'_, T> {
        self.writers.lock()
    }

    pub(super) fn try_lock(&self, patience: Patience) -> Option<Master<'_, T>> {
        self.writers.try_lock(patience)
    }

    /// Publishes `next`, lets the next writer in, and only then wakes the watches and drops what nobody holds, since a waker
    /// and a destructor may write to this container; returns the version before.
    pub(super) fn publish(&self, mut master: Master<'_, T>, next: Arc<Version<T>>) -> Arc<Version<T>> {
        mistake!(DropLocked | WakeEarly | WakeLocked => self.publish_with_the_lock_held(master, next));
        let (before, retired) = self.swap_in(&mut master, next);
        // A watch registers in the ledger. If it has done so, it is woken. If it does so later, what is published now happens
        // before what the watch does next, which is to look.
        let entered = master
            .release(|current, ledger| (ledger.watches.fall_out(current.number), ledger.past.enter(current)));
        let (sleepers, no_longer_kept) = entered.unwrap_or_default();
        let mut first = sleepers.wake();
        // Whatever a waker did, or the version would never be dropped.
        first.run(|| retired.reclaim());
        first.run(|| drop_each(no_longer_kept));
        if let Some(panic) = first.into_panic() {
            drop_quietly(before);
            resume_unwind(panic);
        }
        before
    }

    /// Makes `next` the current version. The order of the steps is what readers are promised:
    ///
    /// 1. The master copy: the next writer starts from `next` (no lost update). It is read under the lock alone.
    /// 2. The announcement, *before* the swap. Were it after, a thread that has seen the new version by a load could
    ///    ask its reader, find the old number still announced, and go back in time. It may be relaxed on both sides. A
    ///    thread that has loaded the new version from the slot has synchronised with the swap, which the announcement
    ///    precedes, and coherence then forbids an older number. The same holds for a thread that the write happens
    ///    before. A thread that reads the number early only looks at the slot once more.
    /// 3. The swap: the one step in which all of the change becomes visible.
    pub(super) fn swap_in(
        &self,
        master: &mut Master<'_, T>,
        next: Arc<Version<T>>,
    ) -> (Arc<Version<T>>, Retired<'_, T>) {
        mistake!(AnnounceLate | Unannounced => self.swap_in_and_announce_late(master, next));
        let before = mem::replace(&mut **master, Arc::clone(&next));
        self.announced.store(next.number);
        (before, self.slot.swap(next))
    }

    /// Takes the current version out.
    pub(super) fn into_current(self) -> Arc<Version<T>> {
        let Self { slot, writers, .. } = self;
        let (current, ledger) = writers.into_inner();
        // This wakes those that sleep. What a function returns already would be leaked if one of their wakers panicked.
        drop(ledger);
        // A transaction that was leaked has the master copy.
        let current = current.unwrap_or_else(|| slot.load_full());
        drop(slot);
        current
    }
}
