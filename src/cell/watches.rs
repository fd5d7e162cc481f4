//! [`Watches`]: who is to be told of a new version, and who of them sleeps.

use crate::panics::First;
use crate::sync::mutant::mistake;
use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

/// The watches of a cell. They are behind the mutex of the writers' lock, which a writer takes anyhow.
///
/// No code of the user's runs in here: a waker comes in as a clone, and goes out to be woken or dropped.
#[derive(Default)]
pub(super) struct Watches {
    /// How many watches there are, asleep or not.
    living: usize,
    /// The ticket that was given last.
    last: u64,
    asleep: Sleepers,
}

impl Watches {
    /// Counts one watch more, and returns its ticket, which no other watch of this cell ever has.
    pub(super) fn enter(&mut self) -> u64 {
        self.living += 1;
        self.last += 1;
        self.last
    }

    /// Counts one watch less. Its waker is out already.
    pub(super) fn leave(&mut self) {
        self.living -= 1;
    }

    /// Has the waker woken by the first publish of a version after `seen`, and by no other. Returns the one that was there
    /// before.
    pub(super) fn fall_asleep(&mut self, ticket: u64, seen: u64, waker: Waker) -> Option<Waker> {
        self.asleep.0.insert(ticket, Sleeper { seen, waker }).map(|before| before.waker)
    }

    /// The waker of this watch, if it was not woken yet.
    pub(super) fn get_up(&mut self, ticket: u64) -> Option<Waker> {
        self.asleep.0.remove(&ticket).map(|sleeper| sleeper.waker)
    }

    pub(super) fn living(&self) -> usize {
        self.living
    }

    /// All that sleep and have not seen this version. A watch may have: a version is seen before its writer comes here.
    pub(super) fn fall_out(&mut self, number: u64) -> Sleepers {
        mistake!(WakeForSeen => mem::take(&mut self.asleep));
        if self.asleep.0.values().all(|sleeper| sleeper.seen < number) {
            return mem::take(&mut self.asleep);
        }
        let all = mem::take(&mut self.asleep.0).into_iter();
        let (go, stay) = all.partition(|(_, sleeper)| sleeper.seen < number);
        self.asleep.0 = stay;
        Sleepers(go)
    }
}

/// Watches that sleep, by their tickets. Each is woken, at the latest when this is dropped: with the container, whose end a
/// watch may sleep for.
#[derive(Default)]
pub(super) struct Sleepers(pub(super) BTreeMap<u64, Sleeper>);

/// What a watch leaves behind when it falls asleep.
pub(super) struct Sleeper {
    /// The number of the version that it has seen.
    seen: u64,
    pub(super) waker: Waker,
}

impl Sleepers {
    /// Wakes each of them.
    ///
    /// A waker runs the user's code, which may do anything: nothing is locked. If one panics, the others are woken none the
    /// less, and the panic is returned for the caller to go on with.
    #[must_use = "a panic is not to be lost"]
    #[inline]
    pub(super) fn wake(mut self) -> First {
        if self.0.is_empty() { First::default() } else { self.wake_all() }
    }

    #[cold]
    fn wake_all(&mut self) -> First {
        mistake!(WakeOne => self.wake_one());
        let mut first = First::default();
        for Sleeper { waker, .. } in mem::take(&mut self.0).into_values() {
            first.run(|| waker.wake());
        }
        first
    }
}

impl Drop for Sleepers {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            self.wake_all().resume();
        }
    }
}
