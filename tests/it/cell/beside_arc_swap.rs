//! What only the backend `arc_swap` does: destructors that run inside a load.
//!
//! They do where a write overtakes a load that found no free slot of its thread. So each reader here holds guards of
//! `arc-swap`'s own on all of them.

use crate::support::{Census, Counted, SetOnDrop, alone};
use arc_swap::ArcSwap;
use readmostly::{CowCell, Guard};
use std::array;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long to look for them, and how many are enough.
const PATIENCE: Duration = Duration::from_secs(10);
const ENOUGH: usize = 20;

thread_local! {
    static IN_A_LOAD: Cell<bool> = const { Cell::new(false) };
}

/// Calls `met` if it is dropped inside a load.
struct Watch {
    number: usize,
    met: fn(),
    _counted: Counted<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if IN_A_LOAD.replace(false) {
            MET.fetch_add(1, Ordering::Relaxed);
            (self.met)();
        }
    }
}

static MET: AtomicUsize = AtomicUsize::new(0);

/// One thread loads from a cell of `Watch` and another writes to it, until enough were dropped inside a load. Returns how
/// many loads panicked, and how many values are left when the cell is dropped.
fn overtake(met: fn()) -> (usize, usize) {
    let census = Census::new();
    let watch = |number| Watch { number, met, _counted: census.count(()) };
    let cell = CowCell::new(watch(0));
    let over = AtomicBool::new(false);
    let panics = thread::scope(|s| {
        let reader = s.spawn(|| {
            let _over = SetOnDrop(&over);
            let other = ArcSwap::from_pointee(());
            let _held: [_; 8] = array::from_fn(|_| other.load());
            let (end, mut panics, mut newest) = (Instant::now() + PATIENCE, 0, 0);
            while MET.load(Ordering::Relaxed) < ENOUGH && Instant::now() < end {
                IN_A_LOAD.set(true);
                let loaded = catch_unwind(AssertUnwindSafe(|| cell.load()));
                IN_A_LOAD.set(false);
                match loaded {
                    Ok(guard) => {
                        assert!(guard.number >= newest, "{} after {newest}", guard.number);
                        newest = guard.number;
                    }
                    Err(_) => panics += 1,
                }
            }
            panics
        });
        for number in 1.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            drop(cell.replace(watch(number)));
        }
        reader.join().unwrap()
    });
    drop(cell);
    (panics, census.alive())
}

#[test]
fn a_destructor_in_a_load_may_load_and_keep_and_write() {
    static ELSEWHERE: LazyLock<CowCell<Arc<usize>>> = LazyLock::new(CowCell::default);
    thread_local! {
        static KEPT: RefCell<Option<(usize, Guard<'static, Arc<usize>>)>> = const { RefCell::new(None) };
    }
    alone("cell::beside_arc_swap::a_destructor_in_a_load_may_load_and_keep_and_write", || {
        let (panics, left) = overtake(|| {
            if let Some((number, kept)) = KEPT.take() {
                assert_eq!((number, Arc::strong_count(&kept)), (**kept, 1));
            }
            let guard = ELSEWHERE.load();
            KEPT.set(Some((**guard, guard)));
            ELSEWHERE.update(|number| *number = Arc::new(**number + 1));
        });
        assert_eq!((panics, left), (0, 0));
        assert_eq!(**ELSEWHERE.load(), MET.load(Ordering::Relaxed));
    });
}

// Documented: `arc-swap` does not get to keep the count that it has for its caller.
#[test]
fn a_destructor_that_panics_in_a_load_leaks_the_version_that_was_to_be_shown() {
    alone(
        "cell::beside_arc_swap::a_destructor_that_panics_in_a_load_leaks_the_version_that_was_to_be_shown",
        || {
            let (panics, left) = overtake(|| panic!("in a destructor, inside a load"));
            assert_eq!(panics, MET.load(Ordering::Relaxed));
            assert_eq!(left, panics, "one for each, and no more");
        },
    );
}
