//! What replaced versions leave behind.

#![expect(clippy::large_stack_arrays, reason = "the value lies in its version")]

use super::{ALLOCATOR, black_box};
use readmostly::CowCell;
use stats_alloc::Region;

pub(super) const ALL: [(&str, fn()); 4] = [
    (
        "the_memory_of_large_values_that_are_dead_is_given_back",
        the_memory_of_large_values_that_are_dead_is_given_back,
    ),
    (
        "the_memory_of_a_large_value_goes_with_its_last_holder",
        the_memory_of_a_large_value_goes_with_its_last_holder,
    ),
    (
        "the_memory_of_dead_versions_before_one_that_is_held_is_given_back",
        the_memory_of_dead_versions_before_one_that_is_held_is_given_back,
    ),
    ("writes_forget_versions_that_were_held", writes_forget_versions_that_were_held),
];

fn held(since: &Region<'_, std::alloc::System>) -> usize {
    let change = since.change();
    change.bytes_allocated.saturating_sub(change.bytes_deallocated)
}

/// The value itself lies in the allocation that a version is counted in. What is dead is not to pile up there.
fn the_memory_of_large_values_that_are_dead_is_given_back() {
    const LARGE: usize = 16 << 10;
    let cell = CowCell::new([0_u8; LARGE]);
    let region = Region::new(ALLOCATOR);
    let (mut a, mut b) = (cell.reader(), cell.reader());
    for n in 0..100 {
        drop(cell.replace([n; LARGE]));
        black_box(if n % 2 == 0 { a.load()[0] } else { b.load()[0] });
        // Those of the readers, and the current one less the first.
        let held = held(&region);
        assert!(held <= 2 * LARGE + (4 << 10), "{held} bytes after {n} writes");
    }
}

/// Once a replaced version kept the memory of its value until the next write.
fn the_memory_of_a_large_value_goes_with_its_last_holder() {
    const LARGE: usize = 128 << 10;
    let region = Region::new(ALLOCATOR);
    let cell = CowCell::new([0_u8; LARGE]);
    drop(cell.replace([1; LARGE]));
    let one = held(&region);
    assert!(one < LARGE + (8 << 10), "{one} bytes for one version");
    let snapshot = cell.snapshot();
    drop(cell.replace([2; LARGE]));
    let two = held(&region);
    assert!(two > 2 * LARGE, "{two} bytes for two versions");
    drop(snapshot);
    let one = held(&region);
    assert!(one < LARGE + (8 << 10), "{one} bytes for one version");
    assert_eq!((cell.stats().living, cell.at(1)), (1, None));
}

/// Once those were never looked for: the held one is the newest, and there never were more.
fn the_memory_of_dead_versions_before_one_that_is_held_is_given_back() {
    const LARGE: usize = 8 << 10;
    const MANY: usize = 2_000;
    let region = Region::new(ALLOCATOR);
    let cell = CowCell::new([0_u8; LARGE]);
    let mut all: Vec<_> = (0..MANY).map(|_| cell.replace([1; LARGE])).collect();
    let newest = all.pop();
    assert!(held(&region) > MANY * LARGE);
    drop(all);
    let left = held(&region);
    assert!(left < 2 * LARGE + 200 * MANY, "{left} bytes when two versions are left");
    // And what is left to tell of them goes with the next writes.
    for _ in 0..2 * MANY {
        drop(cell.replace([2; LARGE]));
    }
    let left = held(&region);
    assert!(left < 2 * LARGE + (12 << 10), "{left} bytes after more writes");
    assert_eq!(cell.stats().living, 2);
    drop(newest);
}

/// The same of small values, whose memory may stay for some writes.
fn writes_forget_versions_that_were_held() {
    const MANY: u64 = 20_000;
    let region = Region::new(ALLOCATOR);
    let cell = CowCell::new(0);
    let mut all: Vec<_> = (0..MANY).map(|n| cell.replace(n)).collect();
    let newest = all.pop();
    drop(all);
    for n in 0..2 * MANY {
        drop(cell.replace(n));
    }
    let left = held(&region);
    assert!(left < 12 << 10, "{left} bytes after as many writes");
    assert_eq!((cell.stats().living, cell.at(MANY - 1).as_deref()), (2, newest.as_deref()));
}
