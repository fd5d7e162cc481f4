//! The primitives of a loom model, with the interface that `native.rs` has.

#![allow(
    unused_imports,
    unused_macros,
    dead_code,
    reason = "a build has one backend, which takes a part of these"
)]

pub(crate) mod barrier;
mod scheduled;
mod unpoisoned;

use loom::sync as locks;
pub(crate) use loom::sync::Arc;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::{lazy_static, thread_local};
pub(crate) use scheduled::{
    DOUBT, Itself, Moment, Trace, Writing, at_fork, deadline, forks, has_ended, process_wide, thread_id,
    was_left_behind, watch_forks,
};
pub(crate) use unpoisoned::{Condvar, Mutex, MutexGuard, RwLock};

/// The two halves of a fence, as the language has it: what is lighter or heavier on a machine is the same here.
///
/// loom lets no other thread run between an access and the fence after it, and so would never show what a writer's swap
/// looks like from another thread before the writer has passed its fence. So each fence comes after a relaxed access to one
/// shared number, which orders nothing and is a place where loom tries every order of the fences.
///
/// That is `Barrier::Fence`, which hides what the orderings of the stores and loads beside it are for. The other two do not:
/// the light half is nothing there.
pub(crate) mod fence {
    use super::barrier::{Barrier, barrier};
    use crate::sync::mutant::{self, Mutant, mistake};
    use loom::sync::atomic::{AtomicUsize, Ordering, fence};
    use std::cell::RefCell;

    super::process_wide! {
        static PASSED: AtomicUsize = AtomicUsize::new(0);
    }

    super::process_wide! {
        static HEAVY: AtomicUsize = AtomicUsize::new(BY_SYSTEM);
    }
    const FULL: usize = 1;
    const BY_SYSTEM: usize = 2;
    const WITHDRAWN: usize = 3;

    pub(crate) enum Heavy {
        Passed,
        Failed,
        Withdrawn,
    }

    pub(crate) fn set_up() {}

    pub(crate) fn light(acknowledge: impl FnOnce()) {
        match barrier() {
            Barrier::Fence => full(),
            Barrier::Interrupt => answer(),
            Barrier::Withdrawn if HEAVY.load(Ordering::Relaxed) == BY_SYSTEM => {}
            Barrier::Withdrawn => {
                full();
                if HEAVY.load(Ordering::Relaxed) == WITHDRAWN {
                    acknowledge();
                }
            }
        }
    }

    pub(crate) fn full() {
        PASSED.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(crate) fn heavy(alone: impl FnOnce() -> bool) -> Heavy {
        if barrier() == Barrier::Fence {
            // Both halves are the same, so it makes no difference who is alone.
            full();
            return Heavy::Passed;
        }
        mistake!(AloneUnfenced => heavy_unless(alone()));
        full();
        heavy_unless(alone())
    }

    fn heavy_unless(alone: bool) -> Heavy {
        match barrier() {
            _ if alone => {}
            Barrier::Fence => unreachable!("it is passed above"),
            Barrier::Interrupt => interrupt_all(),
            Barrier::Withdrawn => {
                let _ = HEAVY.compare_exchange(BY_SYSTEM, WITHDRAWN, Ordering::Relaxed, Ordering::Relaxed);
                full();
                if HEAVY.load(Ordering::Acquire) == WITHDRAWN {
                    return Heavy::Withdrawn;
                }
            }
        }
        Heavy::Passed
    }

    pub(crate) fn settle() {
        HEAVY.store(FULL, mutant::weaken(Mutant::RelaxedSettle, Ordering::Release));
    }

    /// The line on which a thread is asked to pass a fence: how often it was asked, and how often it has answered.
    #[derive(Default)]
    struct Line {
        asked: AtomicUsize,
        answered: AtomicUsize,
    }

    /// The lines of all threads, made before there are any. Whose turn it is to take one is no part of what is tried, so it
    /// is std's.
    #[derive(Default)]
    struct Lines {
        lines: [std::sync::Arc<Line>; 8],
        taken: std::sync::atomic::AtomicUsize,
    }

    super::process_wide! {
        static LINES: Lines = Lines::default();
    }

    super::thread_local! {
        static OWN: RefCell<Option<std::sync::Arc<Line>>> = RefCell::new(None);
    }

    /// What a thread that passes light fences holds.
    pub(crate) struct Entered(std::sync::Arc<Line>);

    pub(crate) fn enter() -> Entered {
        let line = &LINES.lines[LINES.taken.fetch_add(1, Ordering::Relaxed)];
        let _torn_down = OWN.try_with(|own| own.replace(Some(std::sync::Arc::clone(line))));
        // With the line taken: either the thread is asked, or its fence comes after the first one of who asks.
        mistake!(ClaimUnfenced => Entered(std::sync::Arc::clone(line)));
        full();
        Entered(std::sync::Arc::clone(line))
    }

    impl Drop for Entered {
        /// A thread that passes no more light fences is not waited for.
        fn drop(&mut self) {
            if let Barrier::Interrupt = barrier() {
                // Not `full`: loom's statics are gone when main ends.
                fence(Ordering::SeqCst);
                self.0.answered.fetch_add(usize::MAX / 2, Ordering::Relaxed);
            }
        }
    }

    /// Passes a fence if the thread was asked to. Threads are interrupted here, and when they leave.
    fn answer() {
        let Ok(Some(line)) = OWN.try_with(|own| own.borrow().clone()) else { return };
        // A read-modify-write reads the latest value; a relaxed one orders nothing.
        let asked = line.asked.fetch_add(0, Ordering::Relaxed);
        if asked > line.answered.fetch_add(0, Ordering::Relaxed) {
            full();
            line.answered.fetch_max(asked, Ordering::Relaxed);
        }
    }

    /// Asks each thread to pass a fence, and waits until all have. The caller answers as well meanwhile.
    fn interrupt_all() {
        full();
        let asked: Vec<_> = LINES.lines[..LINES.taken.load(Ordering::Relaxed)]
            .iter()
            .map(|line| (line.asked.fetch_add(1, Ordering::Relaxed) + 1, line))
            .collect();
        for (asked, line) in asked {
            answer();
            while line.answered.fetch_add(0, Ordering::Relaxed) < asked {
                loom::thread::yield_now();
                answer();
            }
        }
        full();
    }
}
