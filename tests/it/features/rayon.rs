//! rayon over the paged collections: every element comes once, and is moved, cloned and dropped as in a walk by one thread.

use crate::support::{Call, Census, Fuse, panic_of, watched};
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use readmostly::paged::{PagedMap, PagedSet, PagedVec};
use readmostly::rayon::{hash_map, hash_set, vec as paged_vec};
use readmostly::{CowCell, CowMap, CowSet, CowVec};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

/// Around where a map or a vector gets another page, in a round of splits as well.
const LENGTHS: [u32; 14] =
    [0, 1, 2, 15, 100, 1_023, 1_024, 1_025, 1_792, 1_793, 3_000, 3_073, 20_000, 100_000];

/// Runs `f` where there are more threads than this machine may have.
fn on_threads<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    ThreadPoolBuilder::new().num_threads(6).build().unwrap().install(f)
}

fn sorted<T: Ord>(elements: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut elements: Vec<T> = elements.into_iter().collect();
    elements.sort_unstable();
    elements
}

#[test]
fn each_entry_comes_once_at_every_length() {
    on_threads(|| {
        for len in LENGTHS {
            let map: PagedMap<u32, u32> = (0..len).map(|n| (n, n ^ 7)).collect();
            let set: PagedSet<u32> = (0..len).collect();
            let list: PagedVec<u32> = (0..len).collect();
            let pairs: Vec<(u32, u32)> = (0..len).map(|n| (n, n ^ 7)).collect();
            let all: Vec<u32> = (0..len).collect();
            assert_eq!(sorted(map.par_iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>()), pairs);
            assert_eq!(sorted(set.par_iter().copied().collect::<Vec<_>>()), all);
            assert_eq!(list.par_iter().copied().collect::<Vec<_>>(), all);
            assert_eq!((map.par_iter().count(), set.par_iter().count()), (pairs.len(), all.len()));
            // By value from what is shared, and from what is not.
            for _ in 0..2 {
                assert_eq!(sorted(map.clone().into_par_iter().collect::<Vec<_>>()), pairs);
                assert_eq!(sorted(set.clone().into_par_iter().collect::<Vec<_>>()), all);
                assert_eq!(list.clone().into_par_iter().collect::<Vec<_>>(), all);
            }
            assert_eq!(sorted(map.into_par_iter().collect::<Vec<_>>()), pairs);
            assert_eq!(sorted(set.into_par_iter().collect::<Vec<_>>()), all);
            assert_eq!(list.into_par_iter().collect::<Vec<_>>(), all);
        }
    });
}

// A table has one page up to 1,792 entries. Each element waits until a second thread has come.
#[test]
fn a_small_collection_is_shared_out_among_threads() {
    watched(|| {
        let seen = Mutex::new(HashSet::new());
        let wait = || {
            seen.lock().unwrap().insert(thread::current().id());
            while seen.lock().unwrap().len() < 2 {
                thread::yield_now();
            }
        };
        let map: PagedMap<u8, u8> = (0..40).map(|n| (n, n)).collect();
        let list: PagedVec<u8> = (0..40).collect();
        on_threads(|| map.par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| map.clone().into_par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| map.into_par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| list.par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| list.into_par_iter().for_each(|_| wait()));
    });
}

#[test]
fn a_vector_is_indexed() {
    on_threads(|| {
        // Irregular pages, and a tail that is beside the directory.
        let mut list: PagedVec<u32> = (0..20_000).collect();
        drop(list.drain(1_500..1_600));
        list.insert(7_000, 1_000_000);
        let held = list.clone();
        list.extend(0..10);
        list.push(11);
        let flat: Vec<u32> = list.to_vec();
        assert!(held.len() < list.len());
        assert_eq!(list.par_iter().len(), flat.len());
        assert_eq!(
            list.par_iter().rev().copied().collect::<Vec<_>>(),
            flat.iter().rev().copied().collect::<Vec<_>>()
        );
        assert!(list.par_iter().enumerate().all(|(index, n)| flat[index] == *n));
        assert!(list.par_iter().zip(&flat).all(|(a, b)| a == b));
        assert_eq!(list.par_iter().position_first(|n| *n == 1_000_000), Some(7_000));
        assert_eq!(list.par_iter().skip(19_000).take(20).copied().collect::<Vec<_>>(), flat[19_000..19_020]);
        assert_eq!(list.par_iter().step_by(77).copied().sum::<u32>(), flat.iter().step_by(77).sum::<u32>());
        let chunks = list.par_iter().copied().chunks(700).map(|chunk| chunk.len()).collect::<Vec<_>>();
        assert_eq!((chunks[0], chunks.iter().sum::<usize>()), (700, flat.len()));
        let rotated: PagedVec<u32> =
            list.par_iter().skip(5).chain(list.par_iter().take(5)).copied().collect();
        assert!(rotated.iter().eq(flat[5..].iter().chain(&flat[..5])));
        assert_eq!(list.clone().into_par_iter().rev().collect::<Vec<_>>().len(), flat.len());
        assert_eq!(list.into_par_iter().interleave(held).len(), flat.len() * 2 - 11);
    });
}

#[test]
fn what_shows_a_collection_is_iterated_over() {
    fn sum<'a>(elements: impl IntoParallelIterator<Item = &'a u32>) -> u32 {
        elements.into_par_iter().sum()
    }
    let (map, set, list) = (CowMap::from([(1_u32, 2_u32)]), CowSet::from([3_u32]), CowVec::from([4_u32]));
    assert_eq!(map.load().par_iter().map(|(key, value)| key + value).sum::<u32>(), 3);
    assert_eq!(sum(&set.snapshot()) + sum(&list.snapshot()), 7);
    assert_eq!(sum(&CowCell::new(vec![1, 2]).snapshot()), 3);
    let mut reader = list.reader();
    assert_eq!(sum(reader.load()), 4);
}

#[test]
fn elements_are_moved_out_of_what_is_not_shared_and_cloned_once_otherwise() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: PagedMap<u32, _> = (0..5_000).map(|n| (n, fuse.on(census.count(n)))).collect();
    let list: PagedVec<_> = (0..5_000_u32).map(|n| fuse.on(census.count(n))).collect();
    on_threads(|| {
        let (same, other) = (map.clone(), list.clone());
        assert_eq!(same.into_par_iter().map(|(_, value)| *value.value).sum::<u32>(), 4_999 * 2_500);
        assert_eq!(fuse.calls(Call::Clone), 5_000);
        assert_eq!(other.into_par_iter().map(|value| *value.value).sum::<u32>(), 4_999 * 2_500);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (10_000, 10_000));
        // Only a part is shared. The page that the insertion has copied is moved out.
        let mut changed = map.clone();
        changed.insert(7, fuse.on(census.count(0)));
        assert!(changed.shared_pages(&map) > 0 && fuse.calls(Call::Clone) > 10_000);
        changed.into_par_iter().for_each(drop);
        assert_eq!(fuse.calls(Call::Clone), 15_000);
        let before = fuse.calls(Call::Clone);
        assert_eq!(map.into_par_iter().count() + list.into_par_iter().count(), 10_000);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (before, 0));
    });
}

#[test]
fn a_panic_leaks_nothing_and_one_of_a_clone_harms_nobody() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: PagedMap<u32, _> = (0..5_000).map(|n| (n, fuse.on(census.count(n)))).collect();
    let list: PagedVec<_> = (0..5_000_u32).map(|n| fuse.on(census.count(n))).collect();
    let stop = |n: u32| assert!(n != 4_321, "it is this one");
    on_threads(|| {
        assert_eq!(panic_of(|| map.par_iter().for_each(|(key, _)| stop(*key))), "it is this one");
        assert_eq!(panic_of(|| map.clone().into_par_iter().for_each(|(key, _)| stop(key))), "it is this one");
        assert_eq!(
            panic_of(|| list.clone().into_par_iter().for_each(|it| stop(*it.value))),
            "it is this one"
        );
        assert_eq!(census.alive(), 10_000);
        for nth in [0, 1, 63, 1_000, 4_999] {
            fuse.arm(Call::Clone, nth);
            assert!(panic_of(|| map.clone().into_par_iter().count()).starts_with(Fuse::BLOWN));
            fuse.arm(Call::Clone, nth);
            assert!(panic_of(|| list.clone().into_par_iter().count()).starts_with(Fuse::BLOWN));
            assert_eq!((map.len(), list.len(), census.alive()), (5_000, 5_000, 10_000));
        }
        assert!(map.iter().all(|(key, value)| *key == *value.value));
        assert_eq!(panic_of(|| map.into_par_iter().for_each(|(key, _)| stop(key))), "it is this one");
        assert_eq!(panic_of(|| list.into_par_iter().for_each(|it| stop(*it.value))), "it is this one");
        assert_eq!(census.alive(), 0);
    });
}

/// Is equal to all of its number, whatever the tag.
#[derive(Clone, Debug)]
struct Tagged(u32, u32);

impl PartialEq for Tagged {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Tagged {}

impl Hash for Tagged {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn what_is_collected_is_what_one_thread_collects() {
    on_threads(|| {
        for len in LENGTHS {
            // Each key comes some times; of those that filter, nobody knows the length before.
            let indexed = (0..len).into_par_iter();
            let some = indexed.clone().filter(|n| n % 3 > 0);
            let key = |n: u32| n % (len / 3 + 1);
            let map: PagedMap<u32, u32> = indexed.clone().map(|n| (key(n), n)).collect();
            assert_eq!(map, (0..len).map(|n| (key(n), n)).collect());
            let set: PagedSet<Tagged> = some.clone().map(|n| Tagged(key(n), n)).collect();
            let expected: PagedSet<Tagged> =
                (0..len).filter(|n| n % 3 > 0).map(|n| Tagged(key(n), n)).collect();
            assert_eq!(set, expected);
            assert!(set.iter().all(|it| expected.get(it).is_some_and(|first| first.1 == it.1)));
            let list: PagedVec<u32> = some.clone().collect();
            assert_eq!(list, (0..len).filter(|n| n % 3 > 0).collect::<Vec<_>>());
            assert_eq!(indexed.clone().collect::<PagedVec<u32>>(), (0..len).collect::<Vec<_>>());

            // To what is there already, and shared.
            let (mut map, mut set, mut list) =
                (PagedMap::from([(0, 9)]), PagedSet::from([0]), PagedVec::from([9]));
            let before = (map.clone(), set.clone(), list.clone());
            map.par_extend(some.clone().map(|n| (key(n), n)));
            set.par_extend(some.clone());
            list.par_extend(some.clone());
            let (mut other, mut others, mut rest) = before.clone();
            other.extend((0..len).filter(|n| n % 3 > 0).map(|n| (key(n), n)));
            others.extend((0..len).filter(|n| n % 3 > 0));
            rest.extend((0..len).filter(|n| n % 3 > 0));
            assert_eq!((&map, &set, &list), (&other, &others, &rest));
            assert_eq!((before.0.len(), before.1.len(), before.2.len()), (1, 1, 1));
            // By reference.
            let (mut map, mut set, mut list) = (PagedMap::new(), PagedSet::new(), PagedVec::new());
            map.par_extend(&other);
            set.par_extend(&others);
            list.par_extend(&rest);
            assert_eq!((map, set, list), (other, others, rest));
        }
    });
}

#[test]
fn an_iterator_that_panics_changes_nothing() {
    let (mut map, mut set, mut list) = (PagedMap::from([(0, 9)]), PagedSet::from([0]), PagedVec::from([9]));
    let (map_before, set_before, list_before) = (map.clone(), set.clone(), list.clone());
    let numbers = || (0..5_000).into_par_iter().inspect(|n| assert!(*n != 4_000, "in the middle"));
    assert_eq!(panic_of(|| map.par_extend(numbers().map(|n| (n, n)))), "in the middle");
    assert_eq!(panic_of(|| set.par_extend(numbers())), "in the middle");
    assert_eq!(panic_of(|| list.par_extend(numbers())), "in the middle");
    assert!(map.ptr_eq(&map_before) && set.ptr_eq(&set_before) && list.ptr_eq(&list_before));
    assert_eq!(panic_of(|| numbers().collect::<PagedSet<i32>>()), "in the middle");
}

#[test]
fn an_iterator_shows_what_it_will_yield() {
    let (map, set, list) = (PagedMap::from([(1, 2)]), PagedSet::from([3]), PagedVec::from([4, 5]));
    let by_reference = (map.par_iter(), set.par_iter(), list.par_iter());
    assert_eq!(format!("{:?}", by_reference.clone()), "([(1, 2)], [3], [4, 5])");
    assert_eq!(by_reference.0.count() + by_reference.1.count() + by_reference.2.count(), 4);
    let by_value = (map.into_par_iter(), set.into_par_iter(), list.into_par_iter());
    assert_eq!(format!("{by_value:?}"), "([(1, 2)], [3], [4, 5])");
}

proptest! {
    #[test]
    fn any_map_and_any_vector_come_whole(
        entries in vec((0..3_000_u16, any::<u16>()), 0..4_000),
        removed in vec(0..3_000_u16, 0..2_000),
        cuts in vec((any::<prop::sample::Index>(), 0..300_usize), 0..6),
    ) {
        let mut map: PagedMap<u16, u16> = entries.iter().copied().collect();
        for key in &removed {
            map.remove(key);
        }
        let read: PagedMap<u16, u16> = map.par_iter().map(|(key, value)| (*key, *value)).collect();
        prop_assert_eq!(&read, &map);
        prop_assert_eq!(map.clone().into_par_iter().collect::<PagedMap<u16, u16>>(), read);
        let mut list: PagedVec<u16> = entries.into_iter().map(|entry| entry.0).collect();
        for (at, len) in cuts {
            let at = at.index(list.len() + 1);
            drop(list.drain(at..(at + len).min(list.len())));
        }
        let read: PagedVec<u16> = list.par_iter().copied().collect();
        prop_assert_eq!(&read, &list);
        prop_assert_eq!(list.clone().into_par_iter().collect::<Vec<_>>(), list);
    }
}

assert_impl_all!(hash_map::Iter<'_, u8, u8>: ParallelIterator, Clone, Send, Sync);
assert_impl_all!(hash_set::Iter<'_, u8>: ParallelIterator, Clone, Send, Sync);
assert_impl_all!(paged_vec::Iter<'_, u8>: IndexedParallelIterator, Clone, Send, Sync);
assert_impl_all!(hash_map::IntoIter<u8, u8>: ParallelIterator, Send, Sync);
assert_impl_all!(hash_set::IntoIter<u8>: ParallelIterator, Send, Sync);
assert_impl_all!(paged_vec::IntoIter<u8>: IndexedParallelIterator, Send, Sync);
// A page is dropped by the last thread that has it. So what is in one must be `Send` too.
assert_not_impl_any!(hash_map::Iter<'_, u8, Rc<u8>>: ParallelIterator, Send);
assert_not_impl_any!(hash_set::Iter<'_, Cell<u8>>: ParallelIterator, Send);
assert_not_impl_any!(paged_vec::Iter<'_, Cell<u8>>: ParallelIterator, Send);
assert_not_impl_any!(paged_vec::IntoIter<Cell<u8>>: ParallelIterator, Send);
