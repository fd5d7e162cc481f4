//! How many pages a table has, how much room there is in them, and when both change.

use super::elems;
use crate::support::elements::{Elem, clones, hashes};
use crate::support::hashers::{By, Constant};
use readmostly::paged::PagedMap;
use std::cell::Cell;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// A key without a destructor, whose hashes are counted.
#[derive(Clone, PartialEq, Eq)]
struct Key(u64);

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHED.set(HASHED.get() + 1);
        self.0.hash(state);
    }
}

/// How often a key is hashed while `f` runs.
fn hashed<R>(f: impl FnOnce() -> R) -> (usize, R) {
    let before = HASHED.get();
    let result = f();
    (HASHED.get() - before, result)
}

/// As unevenly spread as any, and the same each time.
type Fixed = BuildHasherDefault<DefaultHasher>;

type Keys = PagedMap<Key, u64, Fixed>;

fn keys(n: u64) -> Keys {
    (0..n).map(|n| (Key(n), n)).collect()
}

const WORD: usize = size_of::<usize>();

/// The pages of a table for so many entries, and how many it may have before it gets another page.
fn sizes<K, V>(capacity: usize) -> (usize, usize) {
    let map = PagedMap::<K, V>::with_capacity(capacity);
    (map.page_count(), map.capacity())
}

#[test]
fn pages_have_4_to_8_kib_or_twice_or_a_quarter_of_it_however_large_the_table_is() {
    assert_eq!([sizes::<u64, u64>(0), sizes::<u64, u64>(1_792)], [(1, 0), (1, 1_792)]);
    assert_eq!([sizes::<u64, u64>(1_793), sizes::<u64, u64>(2_048)], [(4, 2_048); 2]);
    assert_eq!([sizes::<u64, u64>(2_049), sizes::<u64, u64>(4_096)], [(8, 4_096); 2]);
    assert_eq!([sizes::<u64, u64>(100_000), sizes::<u64, u8>(100_000)], [(256, 256 * 512); 2]);
    // Twice that in a large table, and no more in a larger one.
    assert_eq!(sizes::<u64, u64>(256 * 512), (256, 256 * 512));
    assert_eq!(sizes::<u64, u64>(256 * 512 + 1), (512, 512 * 1_024));
    assert_eq!(sizes::<u64, ()>(1_024 * 1_024), (1_024, 1_024 * 1_024));
    assert_eq!(sizes::<u64, ()>(1_024 * 1_024 + 1), (2_048, 2_048 * 1_024));
    assert_eq!(sizes::<u64, [Box<u8>; 8 / WORD]>(512 * 128), (512, 512 * 128));
    // Where there is something to drop: the one page that is copied whole is smaller, and so are the others.
    assert_eq!([sizes::<u64, Box<u64>>(448).0, sizes::<u64, Box<u64>>(449).0], [1, 4]);
    // It has at most 32 KiB, and 32 buckets at least.
    assert_eq!([sizes::<u64, [u64; 2]>(896).0, sizes::<u64, [u64; 2]>(897).0], [1, 4]);
    assert_eq!([sizes::<u64, [u64; 511]>(28).0, sizes::<u64, [u64; 511]>(29).0], [1, 2]);
    // 128 bytes: plain, and a quarter of that many where there is something to drop.
    assert_eq!(sizes::<u64, [u64; 15]>(3_000), (64, 64 * 64));
    assert_eq!(sizes::<u64, [Box<u8>; 24 / WORD]>(3_000), (64, 64 * 64));
    assert_eq!(sizes::<u64, [Box<u8>; 8 / WORD]>(3_000), (32, 32 * 128));
    // No page is made for less than 16 of the largest, or more than twice 256.
    assert_eq!(sizes::<u64, [u64; 127]>(1_800), (64, 64 * 32));
    assert_eq!([sizes::<u64, [u64; 255]>(1_800), sizes::<u64, [u64; 511]>(1_800)], [(64, 64 * 32); 2]);
    assert_eq!([sizes::<(), ()>(1_793), sizes::<u8, ()>(1_793)], [(4, 2_048); 2]);
}

// A lookup is quickest where the number of pages is a power of two, so a table hurries from one to the next.
#[test]
fn the_number_of_pages_goes_from_one_power_of_two_to_the_next() {
    let mut map = keys(0);
    for n in 0..20_000 {
        let (pages, limit) = (map.page_count(), map.capacity());
        map.insert(Key(n), n);
        // A flat table doubles its one page up to the end.
        let full = if pages == 1 { 1_792 } else { limit };
        let more = if pages == 1 { 4 } else { pages + 1 };
        assert_eq!(map.page_count(), if map.len() > full { more } else { pages }, "at {n}");
        let pages = map.page_count();
        let at_rest = 1 << pages.ilog2();
        assert!(pages == at_rest || map.len() == at_rest * 512 + (pages - at_rest), "{pages} at {n}");
    }
    assert_eq!((map.page_count(), map.capacity()), (64, 64 * 512));
    for n in 0..19_999 {
        let pages = map.page_count();
        map.remove(&Key(n));
        let at_rest = pages.next_power_of_two();
        // An eighth of what fits, and one less for each page that has gone already.
        let expected = match map.len() {
            ..=896 => 1,
            len => pages - usize::from(len < at_rest * 512 / 8 - (at_rest - pages)),
        };
        assert_eq!(map.page_count(), expected, "at {n}");
    }
}

#[test]
fn every_entry_is_found_while_its_page_is_yet_to_be_split() {
    let mut map = keys(4_096);
    for pages in 8..=16 {
        assert_eq!(map.page_count(), pages);
        let len = map.len() as u64;
        assert!((0..len).all(|n| map.get(&Key(n)) == Some(&n) && map.contains_key(&Key(n))));
        assert!((len..2 * len).all(|n| map.get_key_value(&Key(n)).is_none()));
        map.insert(Key(len), len);
    }
}

#[test]
fn a_flat_table_doubles_its_page() {
    let (mut map, mut capacities) = (keys(0), vec![0]);
    for n in 0..1_792 {
        map.insert(Key(n), n);
        if capacities.last() != Some(&map.capacity()) {
            capacities.push(map.capacity());
        }
    }
    assert_eq!(capacities, [0, 3, 7, 14, 28, 56, 112, 224, 448, 896, 1_792]);
    // When only an eighth of its buckets is in use it gets those that it then needs.
    let mut capacities = vec![];
    for n in 0..1_792 {
        let before = map.capacity();
        map.remove(&Key(n));
        // It has no room for more while there are marks of what was removed, so its capacity goes down by ones, too.
        if map.capacity() + 1 < before {
            capacities.push((map.len(), map.capacity()));
        }
    }
    assert_eq!(capacities, [(255, 448), (63, 112), (15, 28), (3, 7)]);
}

#[test]
fn a_page_of_sixteen_buckets_stays_as_it_is() {
    // Its capacity would not tell: with narrow groups of buckets, as on other processors, removed entries leave marks.
    let mut map = keys(14);
    let (count, ()) = hashed(|| (0..13).for_each(|n| assert_eq!(map.remove(&Key(n)), Some(n))));
    assert_eq!(count, 13, "what stayed was hashed again, so the page is another");
    // It is small enough until there is nothing in it.
    let same = map.clone();
    map.shrink_to_fit();
    assert!(map.ptr_eq(&same));
    drop(same);
    map.remove(&Key(13));
    map.shrink_to_fit();
    assert_eq!((map.len(), map.capacity()), (0, 0));
}

#[test]
fn a_page_shrinks_to_half_its_buckets_where_they_do() {
    for (left, capacity) in
        [(1_792, 1_792), (897, 1_792), (896, 896), (449, 896), (448, 448), (15, 28), (14, 14)]
    {
        let mut map = Keys::with_capacity_and_hasher(1_792, Fixed::default());
        (0..left).for_each(|n| _ = map.insert(Key(n), n));
        map.shrink_to_fit();
        assert_eq!(map.capacity(), capacity, "{left}");
    }
    // Of many pages, those that are loose, and the table itself where it has too many.
    let mut map = Keys::with_capacity_and_hasher(20_000, Fixed::default());
    (0..5_000).for_each(|n| _ = map.insert(Key(n), n));
    map.shrink_to_fit();
    assert_eq!((map.page_count(), map.len()), (16, 5_000));
    let same = map.clone();
    map.shrink_to_fit();
    assert!(map.ptr_eq(&same));
}

#[test]
fn retain_makes_few_pages_of_many_at_an_eighth_of_what_they_hold() {
    for (n, left, pages) in [
        (3_000, 897, 8),
        (3_000, 896, 1),
        (16_384, 2_048, 32),
        (16_384, 2_047, 8),
        (262_144, 65_536, 512),
        (262_144, 65_535, 256),
    ] {
        let mut map = keys(n);
        map.retain(|key, _| key.0 < left);
        assert_eq!((map.page_count(), map.len() as u64), (pages, left));
    }
}

#[test]
fn retain_copies_no_more_than_what_stays_of_a_page_that_loses_most() {
    let base = elems(0..100);
    for (left, copied) in [(99, 100), (50, 100), (49, 49), (0, 0)] {
        let mut draft = base.clone();
        let (count, ()) = clones(|| draft.retain(|key, _| key.id < left));
        // A key and a value each.
        assert_eq!((count, draft.len() as u64), (2 * copied, left));
    }
}

#[test]
fn a_table_that_becomes_flat_has_room_for_an_eighth_more() {
    for (left, capacity) in [(300, 448), (398, 448), (399, 896), (440, 896)] {
        let mut map = keys(5_000);
        map.retain(|key, _| key.0 < left);
        assert_eq!((map.page_count(), map.capacity()), (1, capacity), "{left}");
    }
}

#[test]
fn a_table_that_was_made_for_so_many_hashes_each_once() {
    for n in [1_792, 20_000, 24_576] {
        let mut map = Keys::with_capacity_and_hasher(usize::try_from(n).unwrap(), Fixed::default());
        let (count, ()) = hashed(|| (0..n).for_each(|n| assert_eq!(map.insert(Key(n), n), None)));
        assert_eq!(count as u64, n);
        let (count, collected) = hashed(|| keys(n));
        assert_eq!(count as u64, n);
        assert_eq!((collected.page_count(), collected.len()), (map.page_count(), map.len()));
        let mut reserved = keys(10);
        let (count, ()) = hashed(|| reserved.reserve(map.len()));
        assert_eq!(count, 10);
        let (count, ()) = hashed(|| (100..n).for_each(|n| assert_eq!(reserved.insert(Key(n), n), None)));
        assert_eq!(count as u64, n - 100);
    }
}

#[test]
fn an_iterator_that_does_not_say_how_long_it_is_makes_pages_for_twice_what_came() {
    for (n, pages) in [(1_792, 1), (1_793, 8), (4_096, 8), (4_097, 16), (8_193, 32)] {
        let (count, map) = hashed(|| (0..n).filter(|_| true).map(|n| (Key(n), n)).collect::<Keys>());
        assert_eq!(map.page_count(), pages, "{n}");
        assert!(count as u64 <= 5 * n, "{count} hashes for {n}");
    }
    let doubled: Keys = (0..1_500).map(|n| (Key(n % 10), n)).collect();
    assert_eq!((doubled.len(), doubled.page_count(), doubled.capacity()), (10, 1, 14));
    // One that promised too much leaves no pages that are not needed.
    for (n, pages) in [(896, 1), (897, 4), (5_000, 32), (16_383, 64), (16_384, 256)] {
        let map: Keys = (n..100_000).map(|_| 0).chain(0..n).map(|n| (Key(n), n)).collect();
        assert_eq!(map.page_count(), pages, "{n}");
    }
}

#[test]
fn a_removal_hashes_what_it_moves() {
    let mut map = elems(0..100);
    let key = Elem::new(50);
    let (count, removed) = hashes(|| map.remove(&key));
    assert_eq!((count, removed.is_some(), map.page_count()), (1, true, 1));
    let (count, ()) = hashes(|| map.retain(|key, _| key.id != 5));
    assert_eq!((count, map.len()), (0, 98));
    let (count, ()) = hashes(|| map.retain(|key, _| key.id < 20));
    assert_eq!((count, map.len()), (19, 19));
    let mut map: PagedMap<u64, u64, By<Constant>> = (0..30).map(|n| (n, n)).collect();
    (0..29).for_each(|n| assert_eq!(map.remove(&n), Some(n)));
    assert_eq!(map.iter().collect::<Vec<_>>(), [(&29, &29)]);
}

#[test]
fn what_nobody_shares_is_moved_and_not_copied() {
    let (copied, left) = clones(|| {
        let mut map = elems(0..10);
        for id in 10..3_000 {
            map.insert(Elem::new(id), Elem::new(id));
        }
        map.reserve(10_000);
        map.retain(|key, _| key.id % 7 != 0);
        map.shrink_to_fit();
        map.retain(|key, _| key.id % 7 == 1);
        for id in 0..3_000 {
            if id % 14 == 1 {
                map.remove(&Elem::new(id));
            }
        }
        map.into_iter().count()
    });
    assert_eq!((copied, left), (0, 3_000 / 14));
}

#[test]
fn one_that_comes_for_each_that_goes_moves_few() {
    for len in [20, 140, 199, 398, 1_592, 10_000] {
        let mut map = keys(len);
        let steps = 20_000;
        let (count, ()) = hashed(|| {
            for n in len..len + steps {
                map.insert(Key(n), n);
                map.remove(&Key(n - len));
            }
        });
        // Of the two, and of two or three that are moved.
        assert!(count as u64 <= 5 * steps, "{count} hashes for {steps} steps at {len}");
        assert_eq!(map.len() as u64, len);
        assert!((steps..steps + len).all(|n| map.get(&Key(n)) == Some(&n)));
    }
}

#[test]
fn the_capacity_of_one_page_is_what_fits_before_there_are_more() {
    let mut map = keys(1_700);
    for n in 1_700..4_000 {
        map.insert(Key(n), n);
        map.remove(&Key(n - 1_700));
        assert!(map.capacity() <= 1_792, "{}", map.capacity());
    }
    map.reserve(900);
    let pages = map.page_count();
    (4_000..4_900).for_each(|n| _ = map.insert(Key(n), n));
    assert_eq!(map.page_count(), pages, "there was room for as many");
}

#[test]
fn a_map_from_which_all_are_extracted_one_by_one_gives_its_memory_back() {
    for len in [20, 1_700, 20_000] {
        let mut map = keys(len);
        for left in (0..len).rev() {
            assert_eq!(map.extract_if(|_, _| true).take(1).count(), 1);
            assert_eq!(map.len() as u64, left);
        }
        assert_eq!((map.page_count(), map.capacity()), (1, 0));
        // A page that is empty gives back what it has, and is filled again.
        let mut map = keys(len);
        map.extract_if(|_, _| true).take(usize::try_from(len).unwrap() - 5).for_each(drop);
        assert_eq!(map.len(), 5);
        (len..2 * len).for_each(|n| _ = map.insert(Key(n), n));
        assert!((len..2 * len).all(|n| map.get(&Key(n)) == Some(&n)));
    }
}

#[test]
fn what_was_reserved_stays_whoever_fills_it() {
    for reserved in [100, 1_792, 5_000, 100_000] {
        let base = Keys::with_capacity_and_hasher(reserved, Fixed::default());
        let room = (base.capacity(), base.page_count());
        for count in [1, 10, 99] {
            let mut map = base.clone();
            map.extend((0..count).map(|n| (Key(n), n)));
            assert_eq!((map.capacity(), map.page_count()), room, "{count} of {reserved}");
            let mut map = base.clone();
            assert_eq!(map.assign((0..count).map(|n| (Key(n), n))) as u64, count);
            assert_eq!((map.len() as u64, map.capacity(), map.page_count()), (count, room.0, room.1));
        }
    }
}
