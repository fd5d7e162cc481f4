//! Input that does its worst to a collection: one hash for all keys, elements without a size or with a large alignment,
//! comparisons that contradict themselves, indices near the largest.

use crate::support::elements::{Elem, clones};
use crate::support::versions::{panics, published, unchanged};
use readmostly::paged::PagedVec;
use readmostly::{CowMap, CowSet, CowVec};
use std::borrow::Borrow;
use std::cell::Cell;
use std::cmp::Reverse;
use std::hash::{BuildHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// A number that a release build does, and a debug build only a part of.
const fn scaled(release: usize, part: usize) -> usize {
    if cfg!(debug_assertions) { release / part } else { release }
}

/// Pseudo-random numbers, the same in each run.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed * 2 + 1;
    move |end| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % end
    }
}

#[test]
fn keys_of_one_hash_are_found() {
    /// Gives every key the same hash, and counts how often it is asked for one.
    #[derive(Clone, Default)]
    struct Constant(Arc<AtomicUsize>);
    struct Zero;
    impl BuildHasher for Constant {
        type Hasher = Zero;
        fn build_hasher(&self) -> Zero {
            self.0.fetch_add(1, Relaxed);
            Zero
        }
    }
    impl Hasher for Zero {
        fn write(&mut self, _: &[u8]) {}
        fn finish(&self) -> u64 {
            0
        }
    }

    let len = scaled(10_000, 5); // quadratic
    let hashes = Arc::new(AtomicUsize::new(0));
    let map = CowMap::with_hasher(Constant(Arc::clone(&hashes)));
    published(&map, || map.extend((0..len).map(|n| (n, n))));
    published(&map, || {
        map.update(|draft| (len..len + 100).for_each(|n| assert_eq!(draft.insert(n, n), None)));
    });
    assert!((0..100).map(|n| n * len / 100).all(|n| map.get(&n) == Some(n)));
    assert_eq!((map.get(&(len + 100)), map.len()), (None, len + 100));

    let before = hashes.load(Relaxed);
    let (fork, snapshot) = (map.fork(), map.snapshot());
    assert_eq!(hashes.load(Relaxed), before, "a copy hashes nothing");
    assert_eq!(fork.remove(&7), Some(7));
    assert_eq!((map.get(&7), snapshot.get(&7), fork.get(&7)), (Some(7), Some(&7), None));
}

#[test]
fn a_million_insertions_in_one_update_copy_each_element_once() {
    let len = scaled(1_000_000, 10) as u64;

    let list: CowVec<Elem> = (0..1_000).map(Elem::new).collect();
    let before = list.snapshot();
    let (copied, ()) = clones(|| {
        published(&list, || list.update(|draft| (1_000..len).for_each(|n| draft.push(Elem::new(n)))));
    });
    assert!(list.load().iter().map(|element| element.id).eq(0..len));
    assert!(copied <= 1_000, "each element that was there at most once");
    assert_eq!(before.len(), 1_000);

    let map: CowMap<u64, Elem> = (0..1_000).map(|n| (n, Elem::new(n))).collect();
    let before = map.snapshot();
    let (copied, ()) = clones(|| {
        published(&map, || {
            map.update(|draft| (1_000..len).for_each(|n| drop(draft.insert(n, Elem::new(n)))));
        });
    });
    assert_eq!((map.len() as u64, before.len()), (len, 1_000));
    assert!((0..len).all(|n| map.get_with(&n, |value| value.id) == Some(n)));
    assert!(copied <= 1_000, "each entry that was there at most once");
}

#[test]
fn twenty_thousand_single_pushes_keep_their_order() {
    // A page is copied each time, and the directory now and then: as many as these are no trouble.
    let list = CowVec::new();
    for n in 0..20_000_u32 {
        list.push(n);
    }
    assert!(list.load().iter().copied().eq(0..20_000));
    assert_eq!(list.version(), 20_000);
}

#[test]
fn elements_may_have_no_size() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Nothing {
        fn new() -> Self {
            ALIVE.fetch_add(1, Relaxed);
            Self
        }
    }
    impl Clone for Nothing {
        fn clone(&self) -> Self {
            Self::new()
        }
    }
    impl Drop for Nothing {
        fn drop(&mut self) {
            // Wraps if one is dropped twice, and then is not 0 at the end.
            ALIVE.fetch_sub(1, Relaxed);
            DROPS.fetch_add(1, Relaxed);
        }
    }

    let len = scaled(1_000_000, 10);
    let list = CowVec::new();
    published(&list, || list.update(|draft| (0..len).for_each(|_| draft.push(()))));
    published(&list, || list.extend((0..len).map(|_| ())));
    assert_eq!((list.len(), list.get(len), list.get(2 * len)), (2 * len, Some(()), None));
    assert_eq!((list.remove(len), list.remove(2 * len - 1), list.len()), (Some(()), None, 2 * len - 1));
    list.insert(7, ()).unwrap();
    assert_eq!((list.load().iter().count(), list.index_of(&())), (2 * len, Some(0)));
    let before = list.snapshot();
    list.clear();
    assert_eq!((list.len(), before.len()), (0, 2 * len));

    let list = CowVec::new();
    list.update(|draft| (0..len).for_each(|_| draft.push(Nothing::new())));
    assert_eq!(ALIVE.load(Relaxed), len, "nothing was there to be cloned");
    drop(list.remove(len / 2));
    list.retain(|_| true);
    assert_eq!(list.len(), len - 1);
    let before = list.snapshot();
    drop((list, before));
    assert_eq!(ALIVE.load(Relaxed), 0);
    assert!(DROPS.load(Relaxed) >= len);

    // One element is all that such a set or map can hold.
    let set = CowSet::new();
    assert!(published(&set, || set.insert(())));
    assert!(!unchanged(&set, || set.insert(())));
    let map = CowMap::from([((), ())]);
    assert_eq!((map.insert((), ()), map.remove(&()), map.len()), (Some(()), Some(()), 0));
}

#[test]
fn elements_may_have_a_large_alignment() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(align(4096))]
    struct Page(u32);
    // The object files of Windows can state no larger alignment for a constant than 8,192, and rustc ends with SIGILL.
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[cfg_attr(windows, repr(align(8192)))]
    #[cfg_attr(not(windows), repr(align(1_048_576)))]
    struct Huge(u32);

    fn aligned<'a, T: 'a>(elements: impl IntoIterator<Item = &'a T>) -> bool {
        elements.into_iter().all(|element| std::ptr::from_ref(element).addr() % align_of::<T>() == 0)
    }

    let list: CowVec<Page> = (0..100).map(Page).collect();
    let before = list.snapshot();
    list.insert(50, Page(1_000)).unwrap();
    list.remove(3);
    list.sort_by_key(|page| Reverse(page.0));
    list.extend((0..40).map(Page));
    assert!(aligned(&*before) && aligned(&*list.load()) && aligned(&list.snapshot().to_vec()));
    assert_eq!((list.first(), list.len(), before[3]), (Some(Page(1_000)), 140, Page(3)));

    let set: CowSet<Page> = (0..100).map(Page).collect();
    let map: CowMap<u32, Page> = (0..100).map(|n| (n, Page(n))).collect();
    set.retain(|page| page.0 % 3 == 0);
    map.extend((50..150).map(|n| (n, Page(n))));
    assert!(aligned(&*set.load()) && aligned(map.load().values()));
    assert!(
        (0..150).all(|n| map.get(&n) == Some(Page(n)) && set.contains(&Page(n)) == (n % 3 == 0 && n < 100))
    );

    // A debug build has many copies of a megabyte on its stack.
    let huge = || {
        let list: CowVec<Huge> = (0..3).map(Huge).collect();
        let before = list.snapshot();
        list.set(1, Huge(9)).unwrap();
        assert!(aligned(&*before) && aligned(&*list.load()));
        assert_eq!((before[1], list.get(1)), (Huge(1), Some(Huge(9))));
    };
    thread::Builder::new().stack_size(256 << 20).spawn(huge).unwrap().join().unwrap();
}

#[test]
fn an_element_that_does_not_equal_itself_is_not_found() {
    let list = CowVec::from([1.0, f64::NAN]);
    assert!(!list.contains(&f64::NAN));
    assert_eq!((list.index_of(&f64::NAN), list.last_index_of(&f64::NAN)), (None, None));
    assert!(!unchanged(&list, || list.remove_item(&f64::NAN)));
    assert!(published(&list, || list.push_if_absent(f64::NAN)));
    assert!(!unchanged(&list, || list.push_if_absent(1.0)));
    assert_eq!(published(&list, || list.extend_absent([f64::NAN, f64::NAN])), 2);
    assert_eq!(list.len(), 5);
    unchanged(&list, || list.dedup());
    // As for `Vec`: not even equal to the very same.
    assert_ne!(list, list);
    assert_ne!(list.snapshot(), list.snapshot());
    assert_ne!(list.fork(), list);

    let map = CowMap::from([("a", f64::NAN)]);
    assert!(!unchanged(&map, || map.compare_replace("a", &f64::NAN, 1.0)));
    assert!(!map.contains_value(&f64::NAN));
    assert_ne!(map, map.fork());
}

#[test]
fn a_comparison_that_contradicts_itself_loses_nothing() {
    for seed in 0..40 {
        for len in [2, 20, 50, 1_500] {
            let list: CowVec<usize> = (0..len).collect();
            let mut random = random(seed);
            let version = list.version();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                list.sort_by(|_, _| random(3).cmp(&1));
            }));
            if outcome.is_err() {
                // As std's sort may: then nothing has happened.
                assert_eq!(list.version(), version);
                assert!(list.load().iter().copied().eq(0..len));
            }
            let mut sorted = list.snapshot().to_vec();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..len), "a permutation");
        }
    }
}

#[test]
fn a_hash_that_changes_and_a_borrow_that_disagrees_lose_nothing() {
    thread_local!(static SALT: Cell<u64> = const { Cell::new(0) });
    /// Its hash is another after each tick.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Shifty(u64);
    impl Hash for Shifty {
        fn hash<H: Hasher>(&self, state: &mut H) {
            (self.0 ^ SALT.get()).hash(state);
        }
    }
    /// Equal and hashed by all of it, and borrowed as a part.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Torn(u64, u64);
    impl Borrow<u64> for Torn {
        fn borrow(&self) -> &u64 {
            &self.1
        }
    }

    let map = CowMap::<Shifty, u64>::new();
    let set = CowSet::<Torn>::new();
    let mut random = random(7);
    let mut kept = Vec::new();
    for step in 0..2_000_u64 {
        if step % 10 == 0 {
            SALT.set(random(1 << 50));
            kept.push((map.snapshot(), map.len(), set.snapshot(), set.len()));
        }
        let n = random(500);
        match random(8) {
            0 => drop(map.remove(&Shifty(n))),
            1 => drop(set.remove(&n)),
            2 => drop(map.modify(&Shifty(n), |value| *value += 1)),
            3 if step % 50 == 0 => map.retain(|key, _| key.0 % 2 == 0),
            4 => drop(map.get_or_insert_with(Shifty(n), || n)),
            5 => map.extend((n..n + 100).map(|n| (Shifty(n), n))),
            6 => set.extend((n..n + 100).map(|n| Torn(n, n / 2))),
            _ => drop((map.insert(Shifty(n), n), set.insert(Torn(n, n + 1)))),
        }
    }
    // What it finds is its own affair; what it holds is whole.
    kept.push((map.snapshot(), map.len(), set.snapshot(), set.len()));
    for (map, entries, set, elements) in kept {
        assert_eq!((map.iter().count(), map.len()), (entries, entries));
        assert_eq!((set.iter().count(), set.len()), (elements, elements));
    }
    map.clear();
    set.clear();
    assert!(map.is_empty() && set.is_empty());
}

#[test]
fn indices_and_lengths_near_the_largest_are_refused() {
    const MAX: usize = usize::MAX;
    let list: CowVec<u64> = (0..3_000).collect();
    list.insert(1_000, 7).unwrap(); // irregular pages as well
    for _ in 0..2 {
        for at in [3_002, MAX / 2, MAX - 1, MAX] {
            assert_eq!((list.get(at), unchanged(&list, || list.remove(at))), (None, None));
            assert!(unchanged(&list, || list.insert(at, 1)).is_err());
            assert!(unchanged(&list, || list.set(at, 1)).is_err());
            unchanged(&list, || list.truncate(at));
            panics(&list, || list.update(|draft| draft.insert_all(at, [1, 2])));
            panics(&list, || list.update(|draft| draft.split_off(at).len()));
            panics(&list, || list.update(|draft| draft.drain(at..).count()));
            panics(&list, || list.update(|draft| draft.drain(..=at).count()));
            panics(&list, || list.update(|draft| draft.splice(1..at, [1]).count()));
            panics(&list, || list.update(|draft| draft.rotate_left(at)));
            panics(&list, || list.update(|draft| draft.rotate_right(at)));
            panics(&list, || list.update(|draft| draft.swap(0, at)));
            panics(&list, || list.update(|draft| draft.swap_remove(at)));
            panics(&list, || list.load().range(at..).len());
            panics(&list, || list.load().range(1..).range(..at).len());
            assert_eq!(list.load().range(1..).get(at), None);
            assert_eq!(list.load().chunks(at).count(), 1);
            assert_eq!(list.load().iter().nth(at), None);
        }
        panics(&list, || list.update(|draft| draft.resize(MAX, 0)));
        panics(&list, || list.update(|draft| draft.resize(MAX / 8, 0)));
        panics(&list, || list.load().chunks(0).count());
        list.replace((0..3_001).collect());
    }

    // A capacity is only a hint for a vector, and what no allocation can be is reported by the others, before any is made.
    assert_eq!(PagedVec::<u64>::with_capacity(MAX).len(), 0);
    let map = CowMap::from([(1_u64, 1_u64)]);
    let set = CowSet::from([1_u64]);
    panics(&map, || CowMap::<u64, u64>::with_capacity(MAX));
    panics(&map, || map.update(|draft| draft.reserve(MAX)));
    panics(&map, || map.update(|draft| draft.reserve(MAX / 16)));
    panics(&set, || CowSet::<u64>::with_capacity(MAX));
    panics(&set, || set.update(|draft| draft.reserve(MAX)));
    assert_eq!((map.get(&1), set.contains(&1)), (Some(1), true));
}
