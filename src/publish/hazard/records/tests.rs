//! What only the records themselves can show. All other tests use the public interface.

use super::{FIRST, GUARDS, Hazard, any, find, free, named_of, with_spare};
use std::collections::BTreeSet;
use std::sync::{Barrier, Mutex};
use std::{iter, ptr, thread};

fn searched() -> usize {
    let mut count = 0;
    any(|_| {
        count += 1;
        false
    });
    count
}

/// One at a time counts threads, or makes many.
static MANY: Mutex<()> = Mutex::new(());

#[test]
fn a_thread_takes_the_record_of_one_that_has_ended() {
    let _alone = MANY.lock();
    let first = || ptr::from_ref(free().unwrap()).addr();
    let used: BTreeSet<_> = (0..100).map(|_| thread::spawn(first).join().unwrap()).collect();
    // Other tests have threads as well, but not so many.
    assert!(used.len() < 50, "{} of 100", used.len());
}

#[test]
fn threads_that_have_ended_are_not_searched() {
    const THREADS: usize = 5 * FIRST;
    let _alone = MANY.lock();
    let all_are_here = Barrier::new(THREADS + 1);
    thread::scope(|s| {
        for _ in 0..THREADS {
            s.spawn(|| {
                assert!(free().is_some());
                all_are_here.wait();
                all_are_here.wait();
            });
        }
        all_are_here.wait();
        assert!(searched() >= THREADS);
        all_are_here.wait();
    });
    // A scope ends before the thread locals of its threads do.
    while searched() > THREADS / 2 {
        thread::yield_now();
    }
}

// With it the thread would count the late guard's name as its own, and find itself alone.
#[test]
fn a_record_with_a_late_guard_in_it_is_not_claimed() {
    static SLOT: u8 = 0;
    static VERSION: u8 = 1;
    let late = thread::spawn(|| {
        let late = free().unwrap();
        late.protect(ptr::from_ref(&SLOT).cast(), ptr::from_ref(&VERSION).cast());
        late
    });
    let late = late.join().unwrap();
    let has_it = || {
        let own = free().unwrap();
        let mut has_it = false;
        any(|record| {
            let has = |hazard: &Hazard| record.hazards.iter().any(|there| ptr::eq(there, hazard));
            has_it |= has(own) && has(late);
            false
        });
        has_it
    };
    for _ in 0..100 {
        assert!(!thread::spawn(has_it).join().unwrap());
    }
    late.clear();
}

// What other tests' threads leave is not counted: this record alone is looked for.
#[test]
fn a_record_that_a_late_guard_kept_in_the_search_is_given_back() {
    static SLOT: u8 = 0;
    static VERSION: u8 = 1;
    let (slot, version) = (|| ptr::from_ref(&SLOT).cast(), || ptr::from_ref(&VERSION).cast());
    let is_searched = |hazard: &Hazard| any(|record| record.hazards.iter().any(|own| ptr::eq(own, hazard)));
    let late = thread::spawn(move || {
        let late = free().unwrap();
        late.protect(slot(), version());
        late
    });
    let late = late.join().unwrap();
    assert!(is_searched(late) && find(slot(), version()).is_some());
    late.clear();
    // The search that finds it so gives it back, unless another thread has claimed it by then.
    any(|_| false);
    while is_searched(late) {
        thread::yield_now();
    }
}

#[test]
fn a_thread_has_so_many_guards_and_a_spare() {
    let (slot, other, versions) = (ptr::from_ref(&"slot").cast(), ptr::from_ref(&"other").cast(), [0; 8]);
    let version = |n: usize| ptr::from_ref(&versions[n]).cast();
    let taken: Vec<&Hazard> = iter::from_fn(free)
        .enumerate()
        .map(|(n, hazard)| {
            hazard.protect(slot, version(n));
            hazard
        })
        .collect();
    assert_eq!(taken.len(), GUARDS);
    with_spare(|spare| {
        spare.protect(slot, version(GUARDS));
        let mut named: Vec<_> = named_of(slot).iter().map(|name| name.version).collect();
        named.sort_unstable();
        assert_eq!(named, (0..=GUARDS).map(version).collect::<Vec<_>>());
        spare.clear();
    });
    assert!(find(slot, version(GUARDS)).is_none());
    assert!(find(other, version(3)).is_none() && named_of(other).is_empty());
    let name = find(slot, version(3)).unwrap();
    assert!(name.stands());
    // What is given back in the middle is the next to be taken.
    taken[3].clear();
    assert!(!name.stands() && free().is_some_and(|free| ptr::eq(free, taken[3])));
    for hazard in taken {
        hazard.clear();
    }
    assert!(named_of(slot).is_empty());
}
