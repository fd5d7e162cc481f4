//! An allocator that reads a container, as that of a profiler may: what a load has in its hands stays so.
//!
//! The allocator is that of the whole process, so this is a binary of its own. There is none where a thread local allocates when it is
//! used first, as with Windows' GNU toolchain: the allocator below would call itself.

#![cfg(not(all(windows, target_env = "gnu")))]
#![expect(unsafe_code, reason = "an allocator is unsafe to implement; this one is the system's")]

use readmostly::{BACKEND, CowCell, Guard};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

/// How often the allocator runs inside of a load, where that takes no more than `ENOUGH`.
const TIMES: usize = 20;

/// After this, once is enough: a write overtakes a load about once a second where both share one core.
const ENOUGH: Duration = Duration::from_secs(10);

/// After this, none is a failure. With the other backends a load that a write has overtaken allocates nothing.
const NEVER: Duration = Duration::from_secs(if matches!(BACKEND.as_bytes(), b"hazard") { 120 } else { 1 });

/// Says when it is dropped.
#[derive(Default)]
struct Loud(Arc<AtomicBool>);

impl Drop for Loud {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

static LOADED: LazyLock<CowCell<u64>> = LazyLock::new(|| CowCell::new(0));
static OTHER: LazyLock<CowCell<Loud>> = LazyLock::new(CowCell::default);

thread_local! {
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static KEPT: RefCell<Option<Guard<'static, Loud>>> = const { RefCell::new(None) };
}

/// Loads another container, once each time that it is armed, and keeps the guard.
struct Looking;

// SAFETY: it is the system's allocator. What it does besides allocates nothing that is armed.
unsafe impl GlobalAlloc for Looking {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ARMED.replace(false) {
            KEPT.set(Some(OTHER.load()));
        }
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Looking = Looking;

/// A load that writes have overtaken looks for replaced versions, and allocates for that.
#[test]
fn an_allocator_may_load_inside_a_load_and_keep_the_guard() {
    // A version that somebody holds waits, so that there is always something to look for.
    let held = LOADED.load();
    drop(OTHER.load());
    let over = AtomicBool::new(false);
    let is_over = || over.load(Ordering::Relaxed);
    let times = thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0;
            while !is_over() {
                number += 1;
                LOADED.replace(number);
            }
        });
        let (begin, mut times) = (Instant::now(), 0);
        let is_enough = |times| times >= TIMES || begin.elapsed() >= if times == 0 { NEVER } else { ENOUGH };
        while !is_enough(times) {
            ARMED.set(true);
            let guard = LOADED.load();
            ARMED.set(false);
            if let Some(kept) = KEPT.take() {
                let is_dropped = Arc::clone(&kept.0);
                OTHER.replace(Loud::default());
                if is_dropped.load(Ordering::SeqCst) {
                    over.store(true, Ordering::Relaxed);
                    panic!("a value is dropped while its guard lives");
                }
                drop(kept);
                times += 1;
            }
            drop(guard);
        }
        over.store(true, Ordering::Relaxed);
        times
    });
    drop(held);
    assert!(times > 0 || BACKEND != "hazard", "the allocator never ran inside of a load");
}
