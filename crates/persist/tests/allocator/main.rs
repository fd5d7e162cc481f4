//! What a load allocates at once, whatever a file makes of few bytes.
//!
//! The allocator is that of the whole process, so this is a binary of its own.

#![expect(unsafe_code, reason = "an allocator is unsafe to implement; this one is the system's")]

use readmostly::CowVec;
use readmostly::paged::PagedVec;
use readmostly_persist::{Durable, Options, RawTable, Store, SyncMode};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

thread_local! {
    /// The largest allocation of this thread, and what is allocated, and the most of that.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    static NOW: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: it is the system's allocator. What it does besides allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.set(LARGEST.get().max(layout.size()));
        NOW.set(NOW.get().wrapping_add(layout.size()));
        MOST.set(MOST.get().max(NOW.get()));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        NOW.set(NOW.get().wrapping_sub(layout.size()));
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the largest allocation that `run` has made, and the most that it had at a time.
fn allocated(run: impl FnOnce()) -> (usize, usize) {
    // So that what was there before is no part of it, also where it is freed here.
    NOW.set(1 << 40);
    MOST.set(NOW.get());
    LARGEST.set(0);
    run();
    (LARGEST.get(), MOST.get() - (1 << 40))
}

/// What a load may have at a time beside the table, where no record is larger than this.
const ROOM: usize = 1 << 20;

fn options() -> Options {
    Options::new().max_record(4096)
}

/// Elements of which a codec makes next to nothing.
fn many() -> impl Iterator<Item = u64> {
    std::iter::repeat_n(7, 3_000_000)
}

#[test]
fn a_splice_is_never_in_memory_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder, options()).unwrap();
    let vec: CowVec<u64> = (0..40_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    store.save(&vec.snapshot()).unwrap();
    vec.extend(many());
    let delta = store.save(&vec.snapshot()).unwrap();
    drop(store);
    assert!(delta.bytes < 100_000, "{delta:?}");
    let table = allocated(|| drop(vec.load().iter().copied().collect::<PagedVec<u64>>()));
    let loaded = allocated(|| {
        let store: Store<PagedVec<u64>> = Store::open_read_only(&folder, options()).unwrap();
        assert!(store.load().unwrap().unwrap().value == *vec.load());
    });
    assert!(loaded.0 <= table.0.max(ROOM) && loaded.1 <= table.1 + 2 * ROOM, "{loaded:?} {table:?}");
    let raw = allocated(|| {
        let store: Store<RawTable> = Store::open_read_only(&folder, options()).unwrap();
        assert_eq!(store.load().unwrap().unwrap().value.iter().count(), vec.len());
    });
    // An element is bytes there, of three times the size.
    assert!(raw.0 <= (3 * table.0).max(ROOM), "{raw:?} {table:?}");
}

#[test]
fn a_group_is_never_in_memory_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing is on disk before it is asked for: so it is one group.
    let late = options().sync(SyncMode::Every(Duration::from_secs(1 << 20)));
    let (vec, _) = Durable::<CowVec<u64>>::open(&folder, late).unwrap();
    for _ in 0..20 {
        vec.extend(many().take(200_000)).unwrap();
        vec.clear().unwrap();
    }
    vec.extend([1, 2, 3]).unwrap();
    vec.flush().unwrap();
    drop(vec);
    let table = allocated(|| drop(many().take(200_000).collect::<PagedVec<u64>>()));
    let replayed = allocated(|| {
        let store: Store<PagedVec<u64>> = Store::open_read_only(&folder, options()).unwrap();
        let logged = store.load_logged().unwrap().unwrap();
        assert!(logged.value == [1, 2, 3] && logged.writes == 41, "{:?}", logged.recovered);
    });
    assert!(replayed.0 <= table.0.max(ROOM) && replayed.1 <= table.1 + 2 * ROOM, "{replayed:?} {table:?}");
}
