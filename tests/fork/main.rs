//! A process is forked while another thread is in the middle of a call: an allocator has that thread wait.
//!
//! The allocator is that of the whole process, and what is tested needs one in which nothing was written before. So this is a
//! binary of its own, and one test alone uses the library in its process; the others start processes.

#![cfg(unix)]
#![expect(unsafe_code, reason = "an allocator is unsafe to implement, and so is a fork")]

mod first_use;

use readmostly::CowCell;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

thread_local! {
    /// At which allocation from now on the thread is to wait; 0 for none.
    static HALTS: Cell<usize> = const { Cell::new(0) };
}

/// Whether a thread waits, and whether it may go on.
static HALTED: AtomicBool = AtomicBool::new(false);
static GO: AtomicBool = AtomicBool::new(false);

/// Has this thread wait until it may go on.
fn halt() {
    HALTED.store(true, Ordering::SeqCst);
    while !GO.load(Ordering::SeqCst) {
        thread::yield_now();
    }
}

/// Has a thread wait that is to halt.
struct Halting;

// SAFETY: it is the system's allocator, and allocates nothing besides.
unsafe impl GlobalAlloc for Halting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let left = HALTS.get();
        HALTS.set(left.saturating_sub(1));
        if left == 1 {
            halt();
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
static ALLOCATOR: Halting = Halting;

/// In a child of a fork, a container cannot be written to which a thread of the parent was looking into. One call finds that
/// out. The others know it. Nobody has written in the parent, or so much as asked to.
#[test]
fn a_child_waits_once_for_a_thread_that_it_does_not_have() {
    static ASKED: LazyLock<CowCell<u64>> = LazyLock::new(|| CowCell::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            ASKED.history();
            HALTS.set(1);
            ASKED.history();
            assert_eq!(HALTS.get(), 0, "it has allocated");
        });
        while !HALTED.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        // SAFETY: the child calls the container and the allocator, which both allow that, and ends without destructors.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "no fork");
        if child == 0 {
            // SAFETY: as above.
            unsafe { libc::alarm(60) };
            let begin = Instant::now();
            let refused = (0..100).all(|_| ASKED.try_write().is_none());
            let at_once = begin.elapsed() < Duration::from_secs(20);
            let reads = *ASKED.load() == 0 && ASKED.history().len() == 1;
            // SAFETY: as above.
            unsafe { libc::_exit(i32::from(refused) | i32::from(at_once) << 1 | i32::from(reads) << 2) };
        }
        GO.store(true, Ordering::SeqCst);
        let mut status = 0;
        // SAFETY: the status is written to a place of that type.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert!(libc::WIFEXITED(status), "the child hung");
        assert_eq!(libc::WEXITSTATUS(status), 0b111, "refused, at once, and it reads");
    });
    ASKED.replace(1);
}
