//! Memory that is asked for, refused, and given back.

use crate::support::panic_of;
use readmostly::paged::{PagedMap, PagedSet};
use std::collections::HashMap;
#[cfg(all(target_pointer_width = "64", not(miri)))]
use std::{env, hint::black_box};

#[test]
fn what_no_allocation_can_hold_is_refused_as_std_refuses_it() {
    let said = HashMap::from([(1_u64, 1_u64)]).try_reserve(usize::MAX).unwrap_err().to_string();
    for additional in [usize::MAX, usize::MAX - 1, usize::MAX / 2, isize::MAX as usize / 16] {
        let mut map = PagedMap::from([(1_u64, 1_u64)]);
        let (same, capacity) = (map.clone(), map.capacity());
        assert_eq!(map.try_reserve(additional).unwrap_err().to_string(), said);
        assert!(map.ptr_eq(&same) && map.capacity() == capacity);
        assert!(panic_of(|| map.reserve(additional)).contains("capacity overflow"));
        assert!(panic_of(|| PagedMap::<u64, u64>::with_capacity(additional)).contains("capacity overflow"));
        assert!(map.ptr_eq(&same));
    }
    // What has no size still has a byte in the table, and std refuses this too.
    for capacity in [usize::MAX, usize::MAX / 2, usize::MAX / 4 + 1] {
        assert!(panic_of(|| PagedSet::<()>::with_capacity(capacity)).contains("capacity overflow"));
        assert!(PagedSet::from([()]).try_reserve(capacity).is_err());
    }
}

/// More than the address space has, but not more than a number can say.
#[cfg(all(target_pointer_width = "64", not(miri)))]
const TOO_MUCH: usize = 1 << 44;

#[test]
#[cfg(all(target_pointer_width = "64", not(miri)))]
fn what_the_system_refuses_is_an_error_that_changes_nothing() {
    let said = HashMap::<u64, u64>::new().try_reserve(TOO_MUCH).unwrap_err().to_string();
    for len in [0, 10, 10_000] {
        let mut map: PagedMap<u64, u64> = (0..len).map(|n| (n, n)).collect();
        let same = map.clone();
        assert_eq!(map.try_reserve(TOO_MUCH).unwrap_err().to_string(), said);
        assert!(map.ptr_eq(&same));
        let mut set: PagedSet<u64> = (0..len).collect();
        assert_eq!(set.try_reserve(TOO_MUCH).unwrap_err().to_string(), said);
    }
}

/// Page by page it would be granted for as long as there is memory.
#[test]
#[cfg(all(target_pointer_width = "64", not(miri)))]
fn a_capacity_that_the_system_refuses_ends_the_process_at_once() {
    const THIS: &str = "paged::map::room::a_capacity_that_the_system_refuses_ends_the_process_at_once";
    const CHILD: &str = "READMOSTLY_TEST_TOO_MUCH";
    match env::var(CHILD).as_deref() {
        Ok("with_capacity") => drop(black_box(PagedMap::<u64, u64>::with_capacity(TOO_MUCH))),
        Ok("reserve") => PagedMap::from([(1_u64, 1_u64)]).reserve(TOO_MUCH),
        Ok(_) => drop(black_box(PagedSet::<u64>::with_capacity(TOO_MUCH))),
        Err(_) => {
            for what in ["with_capacity", "reserve", "a set"] {
                let this = env::current_exe().expect("a test knows its program");
                let args = [THIS, "--exact", "--nocapture"];
                let child = crate::support::command(&this).args(args).env(CHILD, what).output().unwrap();
                let said = String::from_utf8_lossy(&child.stderr);
                let refused =
                    said.split_once("memory allocation of ").and_then(|(_, rest)| rest.split_once(' '));
                let bytes = refused.map_or(0, |(bytes, _)| bytes.parse().unwrap());
                assert!(bytes > TOO_MUCH && !child.status.success(), "{what}: {said}");
            }
        }
    }
}

#[test]
fn what_is_reserved_is_there() {
    for (len, additional) in [(0, 1), (0, 1_000), (10, 5_000), (3_000, 1), (3_000, 100_000)] {
        let mut map: PagedMap<u64, u64> = (0..len).map(|n| (n, n)).collect();
        let beside = map.clone();
        map.try_reserve(additional).unwrap();
        let (pages, room) = (map.page_count(), usize::try_from(len).unwrap() + additional);
        assert!(map.capacity() >= room);
        assert!(map == beside);
        map.extend((0..additional as u64).map(|n| (len + n, n)));
        assert_eq!((map.len(), map.page_count()), (room, pages));
    }
}

#[test]
fn a_map_is_shrunk_to_what_is_asked_for_and_no_further() {
    let filled = |len: u64, capacity| {
        let mut map = PagedMap::<u64, u64>::with_capacity(capacity);
        // Unlike `extend`, an insertion gives no room back.
        (0..len).for_each(|n| _ = map.insert(n, n));
        map
    };
    for (len, capacity) in [(10, 1_700), (10, 100_000), (5_000, 100_000), (1_000, 1_500)] {
        for min in [0, 5, 11, 1_000, 6_000, 40_000, 200_000] {
            let mut map = filled(len, capacity);
            let before = map.capacity();
            map.shrink_to(min);
            let least = min.max(map.len()).min(before);
            assert!((least..=before).contains(&map.capacity()), "{len} of {capacity} to {min}");
            assert!(map.iter().all(|(key, value)| key == value) && map.len() as u64 == len);
            let mut once = map.clone();
            once.shrink_to(min);
            assert!(once.ptr_eq(&map), "{len} of {capacity} to {min}: shrunk twice");
            let mut fit = filled(len, capacity);
            fit.shrink_to_fit();
            assert!(fit.capacity() <= map.capacity());
            if min == 0 {
                assert_eq!(fit.capacity(), map.capacity());
            }
        }
    }
    let mut map = filled(10, 1_700);
    map.shrink_to(100);
    assert_eq!(map.capacity(), 112);
    let mut set: PagedSet<u64> = PagedSet::with_capacity(1_700);
    set.shrink_to(100);
    assert_eq!(set.capacity(), 112);
}
