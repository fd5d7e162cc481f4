//! rayon over the ordered collections: what comes is in order and indexed, and is moved, cloned and dropped as in a walk by one thread.

use crate::support::{Call, Census, Fuse, panic_of, watched};
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use readmostly::paged::{PagedOrdMap, PagedOrdSet};
use readmostly::rayon::{ord_map, ord_set};
use readmostly::{CowOrdMap, CowOrdSet};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

/// Around where a leaf or an inner node is full.
const LENGTHS: [u32; 12] = [0, 1, 2, 15, 255, 256, 257, 8_191, 8_192, 8_193, 20_000, 300_000];

/// Runs `f` where there are more threads than this machine may have.
fn on_threads<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    ThreadPoolBuilder::new().num_threads(6).build().unwrap().install(f)
}

#[test]
fn each_entry_comes_once_and_in_order_at_every_length() {
    on_threads(|| {
        for len in LENGTHS {
            let pairs: Vec<(u32, u32)> = (0..len).map(|n| (n, n ^ 7)).collect();
            let all: Vec<u32> = (0..len).collect();
            let map: PagedOrdMap<u32, u32> = pairs.par_iter().copied().collect();
            let set: PagedOrdSet<u32> = all.par_iter().copied().collect();
            assert_eq!(map.par_iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>(), pairs);
            assert_eq!(set.par_iter().copied().collect::<Vec<_>>(), all);
            // By value from what is shared, and from what is not.
            for _ in 0..2 {
                assert_eq!(map.clone().into_par_iter().collect::<Vec<_>>(), pairs);
                assert_eq!(set.clone().into_par_iter().collect::<Vec<_>>(), all);
            }
            assert_eq!(map.into_par_iter().collect::<Vec<_>>(), pairs);
            assert_eq!(set.into_par_iter().collect::<Vec<_>>(), all);
        }
    });
}

#[test]
fn they_are_indexed() {
    on_threads(|| {
        let mut set: PagedOrdSet<u32> = (0..20_000).collect();
        set.retain(|n| n % 7 != 0 && !(3_000..3_500).contains(n));
        let flat: Vec<u32> = set.iter().copied().collect();
        assert_eq!(set.par_iter().len(), flat.len());
        assert!(set.par_iter().enumerate().all(|(index, n)| set.get_index(index) == Some(n)));
        assert!(set.par_iter().zip(&flat).all(|(a, b)| a == b));
        assert!(set.par_iter().rev().copied().collect::<Vec<_>>().iter().eq(flat.iter().rev()));
        assert_eq!(set.par_iter().position_first(|n| *n == 3_501), Some(set.rank(&3_501)));
        assert_eq!(set.par_iter().skip(9_000).take(20).copied().collect::<Vec<_>>(), flat[9_000..9_020]);
        let chunks = set.clone().into_par_iter().chunks(700).map(|chunk| chunk.len()).collect::<Vec<_>>();
        assert_eq!((chunks[0], chunks.iter().sum::<usize>()), (700, flat.len()));
        assert_eq!(set.clone().into_par_iter().rev().step_by(77).count(), flat.len().div_ceil(77));
        let map: PagedOrdMap<u32, ()> = set.into_par_iter().map(|n| (n, ())).collect();
        assert!(map.clone().into_par_iter().skip(5).zip(&flat[5..]).all(|((key, ()), n)| key == *n));
    });
}

// Each element waits until a second thread has come.
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
        let set: PagedOrdSet<u8> = (0..40).collect();
        on_threads(|| set.par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| set.clone().into_par_iter().for_each(|_| wait()));
        seen.lock().unwrap().clear();
        on_threads(|| set.into_par_iter().for_each(|_| wait()));
    });
}

#[test]
fn elements_are_moved_out_of_what_is_not_shared_and_cloned_once_otherwise() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: PagedOrdMap<u32, _> = (0..5_000).map(|n| (n, fuse.on(census.count(n)))).collect();
    on_threads(|| {
        assert_eq!(map.clone().into_par_iter().map(|(_, value)| *value.value).sum::<u32>(), 4_999 * 2_500);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (5_000, 5_000));
        // Only a part is shared. The leaf that the insertion has copied is moved out.
        let mut changed = map.clone();
        changed.insert(7, fuse.on(census.count(0)));
        changed.into_par_iter().for_each(drop);
        assert_eq!(fuse.calls(Call::Clone), 10_000);
        assert_eq!(map.into_par_iter().count(), 5_000);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (10_000, 0));
    });
}

#[test]
fn a_panic_leaks_nothing_and_one_of_a_clone_harms_nobody() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: PagedOrdMap<u32, _> = (0..5_000).map(|n| (n, fuse.on(census.count(n)))).collect();
    let stop = |n: u32| assert!(n != 4_321, "it is this one");
    on_threads(|| {
        assert_eq!(panic_of(|| map.par_iter().for_each(|(key, _)| stop(*key))), "it is this one");
        assert_eq!(panic_of(|| map.clone().into_par_iter().for_each(|(key, _)| stop(key))), "it is this one");
        assert_eq!(census.alive(), 5_000);
        for nth in [0, 1, 63, 1_000, 4_999] {
            fuse.arm(Call::Clone, nth);
            assert!(panic_of(|| map.clone().into_par_iter().count()).starts_with(Fuse::BLOWN));
            assert_eq!((map.len(), census.alive()), (5_000, 5_000));
        }
        assert!(map.iter().all(|(key, value)| *key == *value.value));
        assert_eq!(panic_of(|| map.into_par_iter().for_each(|(key, _)| stop(key))), "it is this one");
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn what_is_collected_is_what_one_thread_collects() {
    on_threads(|| {
        for len in LENGTHS {
            // Each key comes some times. Of those that filter nobody knows the length before.
            let some = (0..len).into_par_iter().filter(|n| n % 3 > 0);
            let key = |n: u32| n.wrapping_mul(0x9E37_79B9) % (len / 3 + 1);
            let std: BTreeMap<u32, u32> = (0..len).filter(|n| n % 3 > 0).map(|n| (key(n), n)).collect();
            let map: PagedOrdMap<u32, u32> = some.clone().map(|n| (key(n), n)).collect();
            assert!(map.iter().eq(&std));
            let set: PagedOrdSet<u32> = some.clone().map(key).collect();
            assert!(set.iter().eq(std.keys()));

            // To what is there already, and shared.
            let (mut map, mut set) = (PagedOrdMap::from([(0, 9)]), PagedOrdSet::from([0]));
            let before = (map.clone(), set.clone());
            map.par_extend(some.clone().map(|n| (key(n), n)));
            set.par_extend(some.clone());
            let (mut other, mut others) = before.clone();
            other.extend((0..len).filter(|n| n % 3 > 0).map(|n| (key(n), n)));
            others.extend((0..len).filter(|n| n % 3 > 0));
            assert_eq!((&map, &set), (&other, &others));
            assert_eq!((before.0.len(), before.1.len()), (1, 1));
            // By reference.
            let (mut map, mut set) = (PagedOrdMap::new(), PagedOrdSet::new());
            map.par_extend(&other);
            set.par_extend(&others);
            assert_eq!((map, set), (other, others));
        }
    });
}

#[test]
fn what_shows_a_collection_is_iterated_over() {
    let (map, set) = (CowOrdMap::from([(1_u32, 2_u32)]), CowOrdSet::from([3_u32]));
    assert_eq!(map.load().par_iter().map(|(key, value)| key + value).sum::<u32>(), 3);
    assert_eq!(set.snapshot().par_iter().sum::<u32>(), 3);
    let by_reference = (map.load().par_iter().count(), format!("{:?}", set.load().par_iter()));
    assert_eq!(by_reference, (1, "[3]".into()));
    let by_value = (map.into_inner().into_par_iter(), set.into_inner().into_par_iter());
    assert_eq!(format!("{by_value:?}"), "([(1, 2)], [3])");
}

proptest! {
    #[test]
    fn any_map_comes_whole(
        entries in vec((0..3_000_u16, any::<u16>()), 0..4_000),
        removed in vec(0..3_000_u16, 0..2_000),
    ) {
        let mut map: PagedOrdMap<u16, u16> = entries.iter().copied().collect();
        for key in &removed {
            map.remove(key);
        }
        let read: Vec<(u16, u16)> = map.par_iter().map(|(key, value)| (*key, *value)).collect();
        prop_assert!(map.iter().map(|(key, value)| (*key, *value)).eq(read.iter().copied()));
        prop_assert_eq!(map.clone().into_par_iter().collect::<Vec<_>>(), read.clone());
        prop_assert_eq!(map.into_par_iter().collect::<Vec<_>>(), read);
    }
}

assert_impl_all!(ord_map::Iter<'_, u8, u8>: IndexedParallelIterator, Clone, Send, Sync);
assert_impl_all!(ord_set::Iter<'_, u8>: IndexedParallelIterator, Clone, Send, Sync);
assert_impl_all!(ord_map::IntoIter<u8, u8>: IndexedParallelIterator, Send, Sync);
assert_impl_all!(ord_set::IntoIter<u8>: IndexedParallelIterator, Send, Sync);
assert_not_impl_any!(ord_map::Iter<'_, u8, Rc<u8>>: ParallelIterator, Send);
assert_not_impl_any!(ord_set::Iter<'_, Cell<u8>>: ParallelIterator, Send);
assert_not_impl_any!(ord_set::IntoIter<Cell<u8>>: ParallelIterator, Send);
