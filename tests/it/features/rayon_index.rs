//! rayon over the collections in insertion order: what comes is in order and indexed, whatever gaps there are, and is moved, cloned and
//! dropped as in a walk by one thread.

use crate::support::{Call, Census, Fuse, panic_of};
use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use readmostly::paged::{PagedIndexMap, PagedIndexSet};
use readmostly::rayon::{index_map, index_set};
use readmostly::{CowIndexMap, CowIndexSet};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;
use std::rc::Rc;

/// Around where a page or a group of pages is full. A page has 1,024 entries here, and a group 65,536.
const LENGTHS: [u32; 9] = [0, 1, 2, 15, 1_023, 1_024, 1_025, 65_536, 70_000];

/// Runs `f` where there are more threads than this machine may have.
fn on_threads<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    ThreadPoolBuilder::new().num_threads(6).build().unwrap().install(f)
}

#[test]
fn each_entry_comes_once_and_in_order_at_every_length() {
    on_threads(|| {
        for len in LENGTHS {
            // Each number comes once, in an order that is not that of the keys.
            let all: Vec<u32> = (0..len).map(|n| n.wrapping_mul(0x9E37_79B1)).collect();
            let pairs: Vec<(u32, u32)> = all.iter().map(|n| (*n, n ^ 7)).collect();
            let map: PagedIndexMap<u32, u32> = pairs.par_iter().copied().collect();
            let set: PagedIndexSet<u32> = all.par_iter().copied().collect();
            assert_eq!(map.par_iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>(), pairs);
            assert_eq!(set.par_iter().copied().collect::<Vec<_>>(), all);
            // By value from what is shared, and from what is not.
            assert_eq!(map.clone().into_par_iter().collect::<Vec<_>>(), pairs);
            assert_eq!(set.clone().into_par_iter().collect::<Vec<_>>(), all);
            assert_eq!(map.into_par_iter().collect::<Vec<_>>(), pairs);
            assert_eq!(set.into_par_iter().collect::<Vec<_>>(), all);
        }
    });
}

#[test]
fn they_are_indexed_whatever_gaps_there_are() {
    on_threads(|| {
        let mut set: PagedIndexSet<u32> = (0..140_000).rev().collect();
        set.retain(|n| n % 7 != 0 && !(3_000..9_500).contains(n));
        // Some pages have no elements at all.
        let flat: Vec<u32> = set.iter().copied().collect();
        assert_eq!(set.par_iter().len(), flat.len());
        assert!(set.par_iter().zip(&flat).all(|(a, b)| a == b));
        assert!(set.par_iter().rev().copied().collect::<Vec<_>>().iter().eq(flat.iter().rev()));
        assert_eq!(set.par_iter().position_first(|n| *n == 9_501), set.get_index_of(&9_501));
        assert_eq!(set.par_iter().skip(9_000).take(20).copied().collect::<Vec<_>>(), flat[9_000..9_020]);
        let chunks = set.clone().into_par_iter().chunks(700).map(|chunk| chunk.len()).collect::<Vec<_>>();
        assert_eq!((chunks[0], chunks.iter().sum::<usize>()), (700, flat.len()));
        let map: PagedIndexMap<u32, ()> = set.into_par_iter().map(|n| (n, ())).collect();
        assert!(map.into_par_iter().skip(5).zip(&flat[5..]).all(|((key, ()), n)| key == *n));
    });
}

#[test]
fn elements_are_moved_out_of_what_is_not_shared_and_cloned_once_otherwise() {
    let (fuse, census) = (Fuse::new(), Census::new());
    let map: PagedIndexMap<u32, _> = (0..5_000).map(|n| (n, fuse.on(census.count(n)))).collect();
    let stop = |n: u32| assert!(n != 4_321, "it is this one");
    on_threads(|| {
        assert_eq!(map.clone().into_par_iter().map(|(_, value)| *value.value).sum::<u32>(), 4_999 * 2_500);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (5_000, 5_000));
        // Only a part is shared. The page that the insertion has copied is moved out.
        let mut changed = map.clone();
        changed.insert(7, fuse.on(census.count(0)));
        changed.into_par_iter().for_each(drop);
        assert_eq!(fuse.calls(Call::Clone), 10_000);
        // A panic leaks nothing, and one of a `Clone` harms nobody.
        assert_eq!(panic_of(|| map.par_iter().for_each(|(key, _)| stop(*key))), "it is this one");
        assert_eq!(panic_of(|| map.clone().into_par_iter().for_each(|(key, _)| stop(key))), "it is this one");
        for nth in [0, 1, 63, 1_000, 4_999] {
            fuse.arm(Call::Clone, nth);
            assert!(panic_of(|| map.clone().into_par_iter().count()).starts_with(Fuse::BLOWN));
            assert_eq!((map.len(), census.alive()), (5_000, 5_000));
        }
        assert!(map.iter().all(|(key, value)| *key == *value.value));
        let calls = fuse.calls(Call::Clone);
        assert_eq!(map.into_par_iter().count(), 5_000);
        assert_eq!((fuse.calls(Call::Clone), census.alive()), (calls, 0));
    });
}

#[test]
fn what_is_collected_is_what_one_thread_collects() {
    on_threads(|| {
        for len in LENGTHS {
            // Each key comes some times. Of those that filter nobody knows the length before.
            let some = (0..len).into_par_iter().filter(|n| n % 3 > 0);
            let key = |n: u32| n.wrapping_mul(0x9E37_79B9) % (len / 3 + 1);
            let expected: IndexMap<u32, u32> = (0..len).filter(|n| n % 3 > 0).map(|n| (key(n), n)).collect();
            let map: PagedIndexMap<u32, u32> = some.clone().map(|n| (key(n), n)).collect();
            assert!(map.iter().eq(&expected));
            let set: PagedIndexSet<u32> = some.clone().map(key).collect();
            assert!(set.iter().eq(expected.keys()));

            // To what is there already, and shared.
            let (mut map, mut set) = (PagedIndexMap::from([(1, 9)]), PagedIndexSet::from([1]));
            let before = (map.clone(), set.clone());
            map.par_extend(some.clone().map(|n| (key(n), n)));
            set.par_extend(some.clone().map(key));
            let mut all = IndexMap::from([(1, 9)]);
            all.extend(&expected);
            assert!(map.iter().eq(&all) && set.iter().eq(all.keys()));
            assert_eq!((before.0.len(), before.1.len()), (1, 1));
            // By reference.
            let (mut others, mut other) = (PagedIndexMap::new(), PagedIndexSet::<u32>::new());
            others.par_extend(&map);
            other.par_extend(&set);
            assert!(others.iter().eq(&map) && other.iter().eq(&set));
        }
    });
}

#[test]
fn what_shows_a_collection_is_iterated_over() {
    let (map, set) = (CowIndexMap::from([(1_u32, 2_u32)]), CowIndexSet::from([3_u32]));
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
        entries in vec((0..3_000_u16, any::<u64>()), 0..4_000),
        removed in vec(0..3_000_u16, 0..2_000),
    ) {
        let mut map: PagedIndexMap<u16, u64> = entries.iter().copied().collect();
        for key in &removed {
            map.shift_remove(key);
        }
        let read: Vec<(u16, u64)> = map.par_iter().map(|(key, value)| (*key, *value)).collect();
        prop_assert!(map.iter().map(|(key, value)| (*key, *value)).eq(read.iter().copied()));
        let middle = read.len() / 2;
        let half: Vec<u16> = map.par_iter().skip(middle).map(|(key, _)| *key).collect();
        prop_assert!(half.into_iter().eq(read[middle..].iter().map(|(key, _)| *key)));
        prop_assert_eq!(map.clone().into_par_iter().collect::<Vec<_>>(), read.clone());
        prop_assert_eq!(map.into_par_iter().collect::<Vec<_>>(), read);
    }
}

assert_impl_all!(index_map::Iter<'_, u8, u8>: IndexedParallelIterator, Clone, Send, Sync);
assert_impl_all!(index_set::Iter<'_, u8>: IndexedParallelIterator, Clone, Send, Sync);
assert_impl_all!(index_map::IntoIter<u8, u8>: IndexedParallelIterator, Send, Sync);
assert_impl_all!(index_set::IntoIter<u8>: IndexedParallelIterator, Send, Sync);
assert_not_impl_any!(index_map::Iter<'_, u8, Rc<u8>>: ParallelIterator, Send);
assert_not_impl_any!(index_set::Iter<'_, Cell<u8>>: ParallelIterator, Send);
assert_not_impl_any!(index_set::IntoIter<Cell<u8>>: ParallelIterator, Send);
