//! Group commit: writers prepare drafts one after the other, and one of them has all that is prepared confirmed.

use crate::error::{Error, ErrorKind, Result, caught};
use crate::format::{Group, Payload};
pub(super) use crate::waste::Waste;
use readmostly::CowCell;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

/// How a group ended: none yet, or on disk, or not.
type Outcome = Arc<OnceLock<Result<()>>>;

/// What a group is confirmed by.
pub(super) trait Confirm<T> {
    /// Has the group on disk, which makes `after` of what was confirmed before.
    fn confirm(&self, group: &Group, after: &Arc<T>, waste: &mut Waste<T>) -> Result<()>;
}

/// What is confirmed, what is prepared on top of it, and who is at it.
///
/// There are three locks. None is taken while a later one is held:
///
/// 1. the turn: one writer prepares a draft at a time. The user's closure runs under it, and nothing but a write needs it;
/// 2. the container's own, under which a version is published;
/// 3. the state, for a few moves of pointers. Nothing of the user's runs under it, and no destructor.
///
/// The disk is waited for with none of them held.
pub(super) struct Commit<T> {
    /// The writers' lock of a container, for its panic in a write inside a write.
    turn: CowCell<()>,
    state: Mutex<State<T>>,
    settled: Condvar,
    /// Whether a write is published before it is on disk.
    early: bool,
}

struct State<T> {
    /// What the next draft starts from, and how many updates have made it.
    tip: Arc<T>,
    tip_number: u64,
    confirmed: Arc<T>,
    confirmed_number: u64,
    /// What is prepared, and nobody has begun to confirm.
    gathering: Gathering<T>,
    /// How the group of the tip ended.
    outcome: Outcome,
    /// How often drafts were discarded, and why the last time.
    discarded: u64,
    why: Option<Error>,
    /// Whether there is something published that the disk has refused.
    behind: bool,
    /// Who has a group confirmed.
    leader: Option<ThreadId>,
    /// What is to be published next.
    next: Option<(u64, T)>,
}

struct Gathering<T> {
    group: Group,
    outcome: Outcome,
    /// What the last update has made: for drafts, and for readers.
    tip: Option<Arc<T>>,
    shown: Option<T>,
}

impl<T> Default for Gathering<T> {
    fn default() -> Self {
        Self { group: Group::default(), outcome: Outcome::default(), tip: None, shown: None }
    }
}

/// A write that is prepared, or one that has changed nothing and depends on what is.
pub(super) struct Prepared {
    outcome: Outcome,
    pub(super) changed: bool,
}

impl<T> Commit<T> {
    pub(super) fn new(value: Arc<T>, number: u64, early: bool) -> Self {
        let state = State {
            tip: Arc::clone(&value),
            tip_number: number,
            confirmed: value,
            confirmed_number: number,
            gathering: Gathering::default(),
            outcome: ended(Ok(())),
            discarded: 0,
            why: None,
            behind: false,
            leader: None,
            next: None,
        };
        Self { turn: CowCell::new(()), state: Mutex::new(state), settled: Condvar::new(), early }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many updates are confirmed, and how many are prepared.
    pub(super) fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.confirmed_number, state.tip_number)
    }

    /// Whether this thread has a group confirmed.
    pub(super) fn leads_here(&self) -> bool {
        self.state().leader == Some(thread::current().id())
    }

    /// Runs `f` on a draft of what was prepared last. `encode` says how the two differ; `None` if they do not.
    ///
    /// # Errors
    ///
    /// That of `encode`.
    #[track_caller]
    pub(super) fn prepare<R, E>(
        &self,
        f: impl FnOnce(&mut T) -> Result<R, E>,
        encode: impl FnOnce(&T, &T) -> Result<Option<Payload>>,
        waste: &mut Waste<T>,
    ) -> Result<(Result<R, E>, Prepared)>
    where
        T: Clone,
    {
        // What is named before the turn is dropped after it has ended, in a panic too: a destructor may write.
        let base;
        let mut draft;
        let result;
        let turn = self.turn.write();
        let (discarded, outcome);
        {
            let state = self.state();
            base = Arc::clone(&state.tip);
            (discarded, outcome) = (state.discarded, Arc::clone(&state.outcome));
        }
        draft = Some((*base).clone());
        let value = draft.as_mut().expect("it was just put there");
        result = f(value);
        let encoded = if result.is_ok() { encode(&base, value) } else { Ok(None) };
        let payload = match encoded {
            Ok(Some(payload)) => payload,
            Ok(None) => {
                drop(turn);
                return Ok((result, Prepared { outcome, changed: false }));
            }
            Err(error) => {
                drop(turn);
                return Err(error);
            }
        };
        // So that a publish clones nothing, and cannot fail.
        let mut shown = draft.clone();
        let tip = Arc::new(draft.take().expect("it was just there"));
        let mut state = self.state();
        if state.discarded != discarded {
            // What it started from was discarded.
            let why =
                state.why.clone().unwrap_or_else(|| Error::new(ErrorKind::Io, "the write before has failed"));
            drop(state);
            drop(turn);
            waste.shared(tip);
            waste.value(shown);
            return Ok((result, Prepared { outcome: ended(Err(why)), changed: true }));
        }
        let state = &mut *state;
        state.tip_number += 1;
        let gathering = &mut state.gathering;
        if gathering.group.updates.is_empty() {
            gathering.group.first = state.tip_number;
        }
        gathering.group.updates.push(payload);
        state.outcome = Arc::clone(&gathering.outcome);
        waste.shared(gathering.tip.replace(Arc::clone(&tip)));
        if self.early {
            let next = shown.take().map(|shown| (state.tip_number, shown));
            waste.value(mem::replace(&mut state.next, next).map(|(_, value)| value));
        } else {
            waste.value(mem::replace(&mut gathering.shown, shown));
        }
        waste.shared(mem::replace(&mut state.tip, tip));
        let outcome = Arc::clone(&state.outcome);
        Ok((result, Prepared { outcome, changed: true }))
    }

    /// Waits until the write is confirmed, and does it for all who wait if nobody else does.
    pub(super) fn settle(
        &self,
        prepared: &Prepared,
        journal: &impl Confirm<T>,
        waste: &mut Waste<T>,
    ) -> Result<()> {
        self.settle_outcome(&prepared.outcome, journal, waste)
    }

    /// Waits until all that is prepared is confirmed.
    pub(super) fn flush(&self, journal: &impl Confirm<T>, waste: &mut Waste<T>) -> Result<()> {
        let outcome = Arc::clone(&self.state().outcome);
        self.settle_outcome(&outcome, journal, waste)
    }

    /// Whether something was published that the disk has refused.
    pub(super) fn is_behind(&self) -> bool {
        self.early && self.state().behind
    }

    fn settle_outcome(
        &self,
        outcome: &Outcome,
        journal: &impl Confirm<T>,
        waste: &mut Waste<T>,
    ) -> Result<()> {
        let mut state = self.state();
        loop {
            if let Some(result) = outcome.get() {
                return result.clone();
            }
            if state.leader.is_some() {
                state = self.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.leader = Some(thread::current().id());
            let taken = mem::take(&mut state.gathering);
            drop(state);
            self.lead(taken, journal, waste);
            state = self.state();
        }
    }

    /// Has a group confirmed, and tells those who wait.
    fn lead(&self, mut taken: Gathering<T>, journal: &impl Confirm<T>, waste: &mut Waste<T>) {
        let tip = taken.tip.take().expect("a group has an update");
        let confirmed = caught(|| journal.confirm(&taken.group, &tip, waste));
        let mut guard = self.state();
        let state = &mut *guard;
        state.leader = None;
        match confirmed {
            Ok(()) => {
                waste.shared(mem::replace(&mut state.confirmed, tip));
                state.confirmed_number = taken.group.last();
                state.behind = false;
                if let Some(shown) = taken.shown.take() {
                    let before = state.next.replace((state.confirmed_number, shown));
                    waste.value(before.map(|(_, value)| value));
                }
                let _ = taken.outcome.set(Ok(()));
            }
            Err(error) if self.early => {
                // It was seen, so it stays: the next attempt is for all of it.
                let mut later = mem::take(&mut state.gathering);
                let _ = taken.outcome.set(Err(error.clone()));
                let _ = later.outcome.set(Err(error));
                taken.group.updates.append(&mut later.group.updates);
                state.gathering.group = taken.group;
                state.gathering.tip = Some(Arc::clone(&state.tip));
                state.outcome = Arc::clone(&state.gathering.outcome);
                state.behind = true;
                waste.shared(tip);
                waste.shared(later.tip);
            }
            Err(error) => {
                let later = mem::take(&mut state.gathering);
                let _ = taken.outcome.set(Err(error.clone()));
                let _ = later.outcome.set(Err(error.clone()));
                waste.shared(mem::replace(&mut state.tip, Arc::clone(&state.confirmed)));
                state.tip_number = state.confirmed_number;
                state.outcome = ended(Ok(()));
                state.discarded += 1;
                state.why = Some(error);
                waste.shared(tip);
                waste.shared(later.tip);
                waste.value(taken.shown);
                waste.value(later.shown);
            }
        }
        drop(guard);
        self.settled.notify_all();
    }

    /// Publishes the newest value that may be seen, if nobody has.
    ///
    /// Everybody who has something confirmed calls this. Whoever finds that there is nothing to publish holds the container's
    /// lock after whoever did it, so that the value is there when this returns. A destructor and a waker run when that lock is free.
    pub(super) fn publish(&self, container: &CowCell<T>) {
        let transaction = container.write();
        let next = self.state().next.take();
        match next {
            Some((_, value)) => drop(transaction.commit_value(value)),
            None => drop(transaction),
        }
    }
}

fn ended(result: Result<()>) -> Outcome {
    let outcome = Outcome::default();
    let _ = outcome.set(result);
    outcome
}
