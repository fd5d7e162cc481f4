//! The writers' lock: a mutex that knows which thread holds it.

use crate::sync::mutant::mistake;
use crate::sync::{
    Condvar, DOUBT, Mutex, MutexGuard, Writing, deadline, forks, has_ended, thread_id, was_left_behind,
    watch_forks,
};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A mutex without poison that refuses to be locked twice by one thread, and tells of a holder that is gone.
///
/// It is a monitor: std's mutex protects the state for the few instructions that it takes to change it, and those who find
/// the lock held wait on a condition variable. So the holder is always known, and what waits for it is no queue in memory
/// that a child of `fork(2)` would find full of threads that it does not have.
///
/// Beside the value `T` there is an `L`, behind the mutex alone. A writer gets at it where it releases the lock, which takes the
/// mutex anyhow. Everybody else gets at it without a wait for writers.
pub(super) struct WritersLock<T, L> {
    state: Mutex<State<T, L>>,
    released: Condvar,
    /// What is known of `state` since the last fork: twice the count of forks, and one more if a thread has it that this process
    /// does not have.
    known: AtomicUsize,
}

struct State<T, L> {
    /// It is dropped before the value.
    ledger: L,
    /// What the lock protects. None while a thread holds it.
    value: Option<T>,
    /// The id of the thread that holds the lock, 0 for none.
    holder: usize,
    waiting: usize,
    /// One of those who wait was woken, and has not looked yet: to wake another would be for nothing.
    woken: bool,
    /// Those who wait go before those who come: one of them has lost the lock to newcomers too often.
    queued: bool,
    /// How often the process had been forked when all this was true.
    forks: usize,
}

/// How often a thread is woken and finds that another was faster, before it has newcomers wait behind it.
const PATIENCE: usize = 4;

/// How long a child of a fork tries to get at the state of a lock, once. A thread that it does not have may have left it half-way.
const HALF_WAY: Duration = Duration::from_millis(500);

/// How long a thread is ready to wait for the lock.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Patience {
    Forever,
    For(Duration),
    None,
}

/// Why a thread did not get the lock.
enum Refused {
    Busy,
    Reentered,
    Orphaned,
}

/// What a thread is told that writes to a container and cannot.
impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "another thread writes to this container",
            Self::Reentered => {
                "a write inside a write: this thread already holds the writers' lock of this container, and would wait \
                 for itself for ever; change the value that the running write hands out (the closure's `&mut`, the \
                 transaction), or end that write first (`try_write` returns `None` here instead of a panic)"
            }
            Self::Orphaned => {
                "the writers' lock of this container is held by a thread that is gone, and nobody can release it: this \
                 process was forked while that thread wrote (or for a moment asked for `stats`, an older version or a watch), \
                 or the thread has leaked its transaction; reads go on, so make a container of your own from what they \
                 show (`fork()`, or `CowCell::new` of a snapshot's value), and fork a process only while none of its \
                 other threads uses the container in these ways (`try_write` returns `None` here instead of a panic)"
            }
        })
    }
}

impl<T, L> WritersLock<T, L> {
    pub(super) fn new(value: T, ledger: L) -> Self {
        let state = State {
            ledger,
            value: Some(value),
            holder: 0,
            waiting: 0,
            woken: false,
            queued: false,
            forks: watch_forks(),
        };
        Self { known: AtomicUsize::new(state.forks * 2), state: Mutex::new(state), released: Condvar::new() }
    }

    /// Waits for the lock.
    ///
    /// # Panics
    ///
    /// Panics if this thread holds it, or one that is gone.
    #[track_caller]
    pub(super) fn lock(&self) -> Held<'_, T, L> {
        match self.acquire(Patience::Forever) {
            Ok(held) => held,
            Err(refused) => panic!("{refused}"),
        }
    }

    /// Takes the lock if it becomes free while the patience lasts, and not at all if this thread holds it.
    pub(super) fn try_lock(&self, patience: Patience) -> Option<Held<'_, T, L>> {
        self.acquire(patience).ok()
    }

    /// Runs `f`, which is short and no user's, on what lies beside the value. None where a thread was at it that this process
    /// lost when it was forked.
    pub(super) fn with_ledger<R>(&self, f: impl FnOnce(&mut L) -> R) -> Option<R> {
        Some(f(&mut self.state()?.ledger))
    }

    /// Whether this thread holds the lock.
    pub(super) fn is_held_by_this_thread(&self) -> bool {
        self.state().is_some_and(|state| state.holder == thread_id())
    }

    /// The value, unless a thread has leaked the lock with it, and what lies beside it.
    pub(super) fn into_inner(self) -> (Option<T>, L) {
        let State { value, ledger, .. } = self.state.into_inner();
        (value, ledger)
    }

    fn acquire(&self, patience: Patience) -> Result<Held<'_, T, L>, Refused> {
        let thread = thread_id();
        let state = self.state().ok_or(Refused::Orphaned)?;
        mistake!(Reentrant => self.take(state, thread, patience));
        if state.holder == thread {
            return Err(Refused::Reentered);
        }
        self.take(state, thread, patience)
    }

    /// Takes the lock for this thread, which does not hold it.
    fn take<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T, L>>,
        thread: usize,
        patience: Patience,
    ) -> Result<Held<'a, T, L>, Refused> {
        if state.value.is_none() || (state.queued && state.waiting > 0) {
            state = self.wait(state, patience)?;
        }
        let value = state.value.take();
        assert!(value.is_some(), "nobody takes the lock while this thread looks at it");
        state.holder = thread;
        Ok(Held { lock: self, value, writing: Writing::begin() })
    }

    /// Waits until the lock is free.
    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T, L>>,
        patience: Patience,
    ) -> Result<MutexGuard<'a, State<T, L>>, Refused> {
        let until = match patience {
            Patience::Forever => None,
            Patience::For(timeout) => deadline(timeout),
            Patience::None => return Err(Refused::Busy),
        };
        if was_left_behind(state.holder) {
            return Err(Refused::Orphaned);
        }
        let (mut lost, mut doubted) = (0, 0);
        state.waiting += 1;
        let outcome = loop {
            let holder = state.holder;
            let left =
                until.map_or(DOUBT, |until| until.saturating_duration_since(Instant::now()).min(DOUBT));
            let time_is_up;
            (state, time_is_up) = self.released.wait_for(state, left);
            state.woken = false;
            if state.value.is_some() {
                break Ok(());
            }
            if !time_is_up {
                lost += 1;
                state.queued |= lost >= PATIENCE;
                continue;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                break Err(Refused::Busy);
            }
            // Twice, since a thread that is just ending may still release the lock.
            doubted = if state.holder == holder && has_ended(holder) { doubted + 1 } else { 0 };
            if doubted == 2 {
                break Err(Refused::Orphaned);
            }
        };
        state.waiting -= 1;
        if outcome.is_ok() || state.waiting == 0 {
            state.queued = false;
        }
        outcome.map(|()| state)
    }

    /// Lets go of the state, and wakes one of those who wait for the lock.
    fn hand_on(&self, mut state: MutexGuard<'_, State<T, L>>) {
        let wake = state.waiting > 0 && !state.woken;
        state.woken |= wake;
        drop(state);
        if wake {
            self.released.notify_one();
        }
    }

    /// The state, for a few instructions. None if a thread was at it that this process lost when it was forked.
    fn state(&self) -> Option<MutexGuard<'_, State<T, L>>> {
        let forks = forks();
        if forks == 0 {
            return Some(self.state.lock());
        }
        let mut state = self.state_after_a_fork(forks)?;
        if state.forks != forks {
            // Those who waited are not in this process.
            (state.waiting, state.woken, state.queued, state.forks) = (0, false, false, forks);
        }
        Some(state)
    }

    /// A thread that is there takes no time to speak of: who has it for longer, before any thread of this process had it, is not
    /// in this process.
    fn state_after_a_fork(&self, forks: usize) -> Option<MutexGuard<'_, State<T, L>>> {
        let (reached, lost) = (forks * 2, forks * 2 + 1);
        let start = Instant::now();
        loop {
            // Relaxed, all: what is behind the mutex is ordered by the mutex.
            let known = self.known.load(Ordering::Relaxed);
            if known == reached {
                return Some(self.state.lock());
            }
            if known == lost {
                return None;
            }
            if let Some(state) = self.state.try_lock() {
                self.known.store(reached, Ordering::Relaxed);
                return Some(state);
            }
            if start.elapsed() < HALF_WAY {
                thread::sleep(Duration::from_micros(50));
            } else {
                // Unless another thread of this process has just had it.
                let _ = self.known.compare_exchange(known, lost, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }
}

/// The lock, held: unlocks when dropped.
pub(super) struct Held<'a, T, L> {
    lock: &'a WritersLock<T, L>,
    /// Some until it is dropped.
    value: Option<T>,
    writing: Writing,
}

impl<'a, T, L> Held<'a, T, L> {
    /// Releases the lock, and runs `f`, which is short and no user's, on the value and what lies beside it.
    ///
    /// What this thread did before happens before what others do with the ledger after it. None where a thread was at it that
    /// this process lost when it was forked.
    pub(super) fn release<R>(mut self, f: impl FnOnce(&T, &mut L) -> R) -> Option<R> {
        let mut state = self.hand_back()?;
        let State { value, ledger, .. } = &mut *state;
        let result = f(value.as_ref().expect("handed back just now"), ledger);
        self.lock.hand_on(state);
        Some(result)
    }

    /// Puts the value back, once. None where it is back already, and where the lock has to stay as it is: those who come are
    /// told that nobody can release it.
    fn hand_back(&mut self) -> Option<MutexGuard<'a, State<T, L>>> {
        self.value.as_ref()?;
        let mut state = self.lock.state()?;
        state.value = self.value.take();
        state.holder = 0;
        self.writing.end();
        Some(state)
    }
}

impl<T, L> Drop for Held<'_, T, L> {
    fn drop(&mut self) {
        if let Some(state) = self.hand_back() {
            self.lock.hand_on(state);
        }
    }
}

impl<T, L> Deref for Held<'_, T, L> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("taken by `drop` alone")
    }
}

impl<T, L> DerefMut for Held<'_, T, L> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("taken by `drop` alone")
    }
}
