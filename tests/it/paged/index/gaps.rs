//! The gaps that removals leave: how many there can be, and what closing them costs.

use super::elems;
use crate::support::Random;
use crate::support::elements::{Elem, clones};
use readmostly::paged::PagedIndexMap;

type Map = PagedIndexMap<u64, u64>;

#[test]
fn there_are_no_more_gaps_than_entries() {
    let mut map: Map = (0..200_000).map(|k| (k, k)).collect();
    let full = map.page_count();
    let mut random = Random::new(3);
    while map.len() > 100 {
        let at = usize::try_from(random.below(map.len() as u64)).unwrap();
        assert!(map.shift_remove_index(at).is_some());
        if map.len() % 1_000 == 0 {
            // A page has 512 slots, of which half have an entry at least. A page of the table has 64 entries at least.
            let most = 2 * map.len() / 512 + 2 + map.len() / 64 + 2;
            assert!(
                map.page_count() <= most.min(full),
                "{} pages of {} entries",
                map.page_count(),
                map.len()
            );
        }
    }
    assert!(map.page_count() <= 4);
}

#[test]
fn a_queue_stays_as_small_as_its_entries() {
    let mut queue: Map = (0..1_000).map(|k| (k, k)).collect();
    let pages = queue.page_count();
    for k in 1_000..50_000 {
        queue.insert(k, k);
        assert_eq!(queue.shift_remove_index(0), Some((k - 1_000, k - 1_000)));
        assert!(queue.page_count() <= pages + 4);
    }
    assert_eq!(queue.first(), Some((&49_000, &49_000)));
    assert!(queue.keys().copied().eq(49_000..50_000));
    // And so does one whose entries are used again and again.
    for k in (49_000..50_000).cycle().take(20_000) {
        assert!(queue.move_to_back(&k));
        assert_eq!(queue.last(), Some((&k, &k)));
    }
    assert!(queue.page_count() <= pages + 4);
    assert!(queue.keys().copied().eq(49_000..50_000));
}

#[test]
fn a_removal_clones_a_page_on_the_average() {
    // With a clone kept of each version, everything is shared at each removal.
    let mut map = elems(0..4_000);
    let removals: usize = 3_900;
    let (cloned, ()) = clones(|| {
        let mut random = Random::new(5);
        for _ in 0..removals {
            let kept = map.clone();
            let at = usize::try_from(random.below(map.len() as u64)).unwrap();
            drop(map.shift_remove_index(at));
            drop(kept);
        }
    });
    // A page has 32 entries of two elements. What is numbered anew is as much as there were removals since the last time.
    assert!(cloned <= removals * (2 * 32 + 4), "{cloned} elements");
    // Without a clone, no element is cloned at all.
    let mut map = elems(0..4_000);
    assert_eq!(clones(|| (0..3_990).for_each(|id| drop(map.shift_remove(&Elem::new(id))))).0, 0);
}

#[test]
fn a_removal_at_the_end_leaves_no_gap() {
    let map = elems(0..3_000);
    let mut copy = map.clone();
    // Nothing is numbered anew: a page is cloned once, and then no more.
    let (cloned, ()) = clones(|| (0..2_990).for_each(|_| drop(copy.pop())));
    assert!(cloned <= 2 * 3_000);
    assert!(copy.iter().eq(map.iter().take(10)));
    copy.extend((10..100).map(|id| (Elem::new(id), Elem::new(id))));
    assert!(copy.keys().map(|key| key.id).eq(0..100));
}

#[test]
fn closing_the_gaps_leaves_everything_in_its_place() {
    let mut map: Map = (0..10_000).map(|k| (k, k)).collect();
    (0..10_000).filter(|k| k % 5 < 2).for_each(|k| _ = map.shift_remove(&k));
    let before = map.clone();
    assert_eq!(map.get_index_of(&9_999), Some(5_999));
    map.shrink_to_fit();
    assert!(map.iter().eq(&before));
    assert!(map.page_count() < before.page_count());
    for (at, key) in before.keys().enumerate() {
        assert_eq!((map.get_index_of(key), before.get_index_of(key)), (Some(at), Some(at)));
    }
    // A diff finds nothing, though no page is shared.
    assert_eq!((map.diff(&before).count(), before.diff(&map).count()), (0, 0));
}
