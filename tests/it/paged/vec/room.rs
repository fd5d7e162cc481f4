//! Capacity: room in the directory.

use readmostly::paged::PagedVec;

#[test]
fn room_that_was_asked_for_is_there() {
    for len in [0_usize, 1, 1_000, 1_024, 1_025, 5_000] {
        for more in [0, 1, 24, 1_024, 1_025, 100_000] {
            let made: PagedVec<u64> = (0..len as u64).collect();
            let shared = made.clone();
            let mut tailed = made.clone();
            tailed.push(7);
            for vec in [(0..len as u64).collect(), shared, tailed] {
                let content = vec.to_vec();
                let reserving: [fn(&mut PagedVec<u64>, usize); 4] = [
                    PagedVec::reserve,
                    PagedVec::reserve_exact,
                    |vec, more| vec.try_reserve(more).expect("there is memory"),
                    |vec, more| vec.try_reserve_exact(more).expect("there is memory"),
                ];
                for reserve in reserving {
                    let mut vec = vec.clone();
                    reserve(&mut vec, more);
                    assert!(vec.capacity() >= vec.len() + more, "{len} and {more}");
                    assert_eq!(vec, content);
                    // It is there as long as nobody shares the directory.
                    if !vec.ptr_eq(&made) && more > 0 {
                        let room = vec.capacity();
                        (0..more as u64).for_each(|n| vec.push(n));
                        assert!(vec.capacity() >= room.min(vec.len()), "{len} and {more}");
                    }
                }
            }
        }
    }
}

#[test]
fn room_that_is_not_needed_is_given_back() {
    let mut vec: PagedVec<u64> = (0..3_000).collect();
    assert_eq!(vec.capacity(), 3_072);
    vec.reserve_exact(100_000);
    let room = vec.capacity();
    assert!((103_000..104_100).contains(&room));
    vec.shrink_to(1_000_000);
    assert_eq!(vec.capacity(), room);
    vec.shrink_to(10_000);
    assert_eq!(vec.capacity(), 10_240);
    vec.shrink_to_fit();
    assert_eq!(vec.capacity(), 3_072);
    assert!(vec.iter().copied().eq(0..3_000));
    let mut empty = PagedVec::<u64>::with_capacity(5_000);
    assert!(empty.capacity() >= 5_000);
    empty.shrink_to_fit();
    assert_eq!(empty.capacity(), 0);
}

#[test]
fn room_is_nobody_elses() {
    let mut vec: PagedVec<u64> = (0..3_000).collect();
    vec.reserve(100_000);
    let clone = vec.clone();
    // Only what is in the last page.
    assert_eq!((vec.capacity(), clone.capacity()), (3_072, 3_072));
    vec.shrink_to_fit();
    vec.reserve(72);
    assert!(vec.ptr_eq(&clone), "nothing is copied for what is there, or not one's own");
    vec.reserve(73);
    assert!(vec.capacity() >= 3_073 && vec.shared_pages(&clone) == 3);
}

#[test]
fn what_cannot_be_in_memory_is_reported() {
    let mut vec = PagedVec::from([1_u64]);
    for more in [usize::MAX, usize::MAX - 1, usize::MAX / 8, isize::MAX as usize / 8] {
        assert!(vec.try_reserve(more).is_err() && vec.try_reserve_exact(more).is_err());
        super::assert_panics("capacity overflow", || vec.reserve(more));
        super::assert_panics("capacity overflow", || vec.reserve_exact(more));
    }
    let mut bytes = PagedVec::<u8>::new();
    let mut nothing = PagedVec::from([(); 3]);
    assert!(nothing.try_reserve(usize::MAX).is_err() && nothing.try_reserve(1_000_000).is_ok());
    // The directory for these is too large for memory. `reserve` ended the process, where that of `Vec` returns.
    assert!(nothing.try_reserve(usize::MAX - 3).is_ok());
    nothing.reserve(usize::MAX - 3);
    nothing.reserve_exact(usize::MAX / 16);
    assert!((4_000_000..8_000_000).contains(&nothing.capacity()));
    // Here the directory alone would be too large, where an address has 64 bits.
    if cfg!(target_pointer_width = "64") {
        assert!(bytes.try_reserve(isize::MAX as usize).is_err());
        assert_eq!(bytes.capacity(), 0);
    }
    assert_eq!(vec.capacity(), 1_024);
}
