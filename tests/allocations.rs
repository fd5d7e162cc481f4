//! How much is allocated. A binary of its own, for its allocator; it counts what its own thread allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use readmostly::paged::PagedVec;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn count(size: usize) {
    COUNT.set(COUNT.get() + 1);
    BYTES.set(BYTES.get() + size);
    LARGEST.set(LARGEST.get().max(size));
}

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: each call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: the same.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Allocated {
    count: usize,
    bytes: usize,
    largest: usize,
}

fn allocated<R>(f: impl FnOnce() -> R) -> (R, Allocated) {
    COUNT.set(0);
    BYTES.set(0);
    LARGEST.set(0);
    let result = f();
    (result, Allocated { count: COUNT.get(), bytes: BYTES.get(), largest: LARGEST.get() })
}

#[test]
fn new_and_clone_allocate_nothing() {
    let vec: PagedVec<u64> = (0..100_000).collect();
    let (clones, made) = allocated(|| (PagedVec::<u64>::new(), vec.clone(), vec.iter().len()));
    assert_eq!((made.count, clones.1.len()), (0, 100_000));
    let (mut same, made) = allocated(|| vec.clone());
    assert_eq!(made.count, 0);
    let ((), made) = allocated(|| {
        same.retain(|_| true);
        same.dedup();
        same.sort();
        same.truncate(200_000);
    });
    assert_eq!(made.count, 0);
}

#[test]
fn a_push_copies_a_shared_page_into_one_buffer() {
    // V-65
    for len in [10, 1_000, 1_023, 1_024, 5_000] {
        let vec: PagedVec<u64> = (0..len).collect();
        let mut next = vec.clone();
        let ((), made) = allocated(|| next.push(7));
        // The directory, the page's header, its buffer.
        assert_eq!(made.count, 3, "at {len}");
        // Smaller ones may be the directory.
        let page = usize::try_from(len % 1_024).map_or(0, |len| (len + 1) * 8);
        assert!(made.largest <= page.max(200), "{} bytes at {len}", made.largest);
        drop(vec);
    }
}

#[test]
fn an_insertion_copies_a_shared_page_into_one_buffer() {
    let vec: PagedVec<u64> = (0..5_000).collect();
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.insert(2_000, 7));
    assert_eq!((made.count, made.largest), (3, 1_025 * 8));
}

#[test]
fn what_was_truncated_is_not_copied() {
    // V-66
    let mut vec: PagedVec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    vec.truncate(3);
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.push(7));
    assert!(made.bytes < 200, "{} bytes", made.bytes);

    let mut flat = vec![0_u8; 1_000_000];
    flat.truncate(3);
    let vec = PagedVec::from(flat);
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.push(7));
    assert!(made.bytes < 200, "{} bytes", made.bytes);
}

#[test]
fn filling_an_unshared_vector_allocates_by_pages() {
    //
    let (vec, made) = allocated(|| {
        let mut vec = PagedVec::new();
        (0..100_000_u64).for_each(|n| vec.push(n));
        vec
    });
    assert!(made.count < 3 * vec.page_count() && made.bytes < 2 * 800_000, "{}, {}", made.count, made.bytes);
    let (vec, made) = allocated(|| (0..100_000_u64).collect::<PagedVec<_>>());
    assert!(made.count < 3 * vec.page_count() && made.bytes < 820_000, "{}, {}", made.count, made.bytes);
}

#[test]
fn a_lying_size_hint_reserves_no_more_than_a_page() {
    // V-62
    struct Liar(u64);
    impl Iterator for Liar {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let (vec, made) = allocated(|| Liar(3).collect::<PagedVec<_>>());
    assert_eq!(vec, [2, 1, 0]);
    assert!(made.largest <= 8 << 10);
}
