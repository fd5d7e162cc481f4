//! What is done wrong on purpose: see `sync/mutant.rs`. Each is the function of the same kind, but for one thing.

use super::core::{Core, Master};
use super::watches::Sleepers;
use super::{Changed, CowCell, Snapshot, Stale, Update, WriteTxn};
use crate::panics::First;
use crate::publish::{self, Retired, Version};
use crate::sync::Arc;
use crate::sync::mutant::{self, Mutant};
use std::mem;

impl<T> Core<T> {
    pub(super) fn load_locked(&self) -> publish::Guard<'_, T> {
        drop(self.lock());
        self.slot.load()
    }

    /// Wakes before the swap, or before the lock is released; or drops before that, and wakes nobody.
    pub(super) fn publish_with_the_lock_held(
        &self,
        mut master: Master<'_, T>,
        next: Arc<Version<T>>,
    ) -> Arc<Version<T>> {
        let wake = || drop(self.writers.with_ledger(|ledger| ledger.watches.fall_out(u64::MAX)));
        if mutant::is(Mutant::WakeEarly) {
            wake();
        }
        let (before, retired) = self.swap_in(&mut master, next);
        if mutant::is(Mutant::DropLocked) {
            retired.reclaim();
            return before;
        }
        if mutant::is(Mutant::WakeLocked) {
            wake();
        }
        drop(master);
        retired.reclaim();
        before
    }

    pub(super) fn swap_in_and_announce_late(
        &self,
        master: &mut Master<'_, T>,
        next: Arc<Version<T>>,
    ) -> (Arc<Version<T>>, Retired<'_, T>) {
        let number = next.number;
        let before = mem::replace(&mut **master, Arc::clone(&next));
        let retired = self.slot.swap(next);
        if mutant::is(Mutant::AnnounceLate) {
            self.announced.store(number);
        }
        (before, retired)
    }
}

impl Sleepers {
    pub(super) fn wake_one(&mut self) -> First {
        if let Some((_, sleeper)) = mem::take(&mut self.0).pop_first() {
            sleeper.waker.wake();
        }
        First::default()
    }
}

impl<T> CowCell<T> {
    pub(super) fn replace_if_current_as_compared_early(
        &self,
        base: &Snapshot<T>,
        value: T,
    ) -> Result<Snapshot<T>, Stale<T>> {
        let is_current = Snapshot::is_of(base, &self.core.load_full());
        let master = self.core.lock();
        if !is_current {
            return Err(Stale { value, current: Snapshot::new(Arc::clone(&master)) });
        }
        let next = master.followed_by(value);
        Ok(Snapshot::new(self.core.publish(master, next)))
    }
}

impl<T: Clone> CowCell<T> {
    pub(super) fn update_what_was_read_early<R, E>(
        &self,
        f: impl FnOnce(&mut T) -> Result<R, E>,
        changed: Changed<T>,
    ) -> Result<R, E> {
        let base = self.load().clone();
        let mut txn = self.write_if(changed);
        *txn = base;
        let result = f(&mut txn)?;
        txn.commit();
        Ok(result)
    }
}

impl<T> WriteTxn<'_, T> {
    pub(super) fn commit_without_a_change(self) -> Update<T> {
        let Self { master, draft, core, .. } = self;
        let Some(value) = draft else {
            let current = Snapshot::new(Arc::clone(&master));
            return Update { old: current.clone(), new: current };
        };
        let next = master.followed_by(value);
        let new = Snapshot::new(Arc::clone(&next));
        Update { old: Snapshot::new(core.publish(master, next)), new }
    }
}

impl<T: Clone> WriteTxn<'_, T> {
    /// Publishes the draft as it is before this change.
    pub(super) fn publish_before_change(&mut self) -> &mut T {
        let mistake = if self.draft.is_none() { Mutant::PublishEarly } else { Mutant::TwoSwaps };
        let draft = self.draft.get_or_insert_with(|| self.master.value.clone());
        if mutant::is(mistake) {
            let next = self.master.followed_by(draft.clone());
            self.core.swap_in(&mut self.master, next).1.reclaim();
        }
        draft
    }
}
