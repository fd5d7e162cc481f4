//! The system's allocator, and an account of the bytes.

#![expect(unsafe_code, reason = "an allocator is unsafe to be")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[global_allocator]
static HEAP: Heap =
    Heap { held: AtomicUsize::new(0), peak: AtomicUsize::new(0), allocated: AtomicUsize::new(0) };

struct Heap {
    held: AtomicUsize,
    peak: AtomicUsize,
    /// Of all time, whatever was freed.
    allocated: AtomicUsize,
}

// SAFETY: it passes on what the system's allocator gets and gives. What grows or shrinks in place is left to the methods
// that the trait provides, which allocate, copy and free, and so is counted.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.allocated.fetch_add(layout.size(), Relaxed);
        let held = self.held.fetch_add(layout.size(), Relaxed) + layout.size();
        self.peak.fetch_max(held, Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator wants.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.held.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; the memory is from there.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What the process holds now, in bytes.
pub(crate) fn held() -> usize {
    HEAP.held.load(Relaxed)
}

/// What an action takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// All that it allocated.
    pub(crate) allocated: usize,
    /// The most that was held in it at once, beyond what was held before.
    pub(crate) peak: usize,
}

/// Keeps the account of `action`, while no other thread runs.
pub(crate) fn account(action: impl FnOnce()) -> Account {
    let (held, allocated) = (held(), HEAP.allocated.load(Relaxed));
    HEAP.peak.store(held, Relaxed);
    action();
    Account { allocated: HEAP.allocated.load(Relaxed) - allocated, peak: HEAP.peak.load(Relaxed) - held }
}
