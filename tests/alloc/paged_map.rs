//! What a [`PagedMap`] allocates by itself.

use crate::allocated;
use readmostly::paged::{PagedIndexMap, PagedMap};
use stats_alloc::Stats;

pub(crate) const ALL: [(&str, fn()); 4] = [
    ("a_capacity_is_room_in_each_page_for_its_share", a_capacity_is_room_in_each_page_for_its_share),
    ("a_false_size_hint_costs_little", a_false_size_hint_costs_little),
    (
        "what_is_collected_takes_little_more_than_what_grew",
        what_is_collected_takes_little_more_than_what_grew,
    ),
    ("what_is_taken_out_by_value_frees_the_pages", what_is_taken_out_by_value_frees_the_pages),
];

fn what_is_collected_takes_little_more_than_what_grew() {
    for len in (2_000..60_000).step_by(1_999) {
        let held = |made: Stats| made.bytes_allocated - made.bytes_deallocated;
        let all = || (0..len).map(|n: u64| (n, Box::new(n)));
        let (collected, made) = allocated(|| all().collect::<PagedMap<u64, Box<u64>>>());
        let (grown, as_well) = allocated(|| {
            let mut map = PagedMap::new();
            all().for_each(|(key, value)| drop(map.insert(key, value)));
            map
        });
        assert_eq!(collected.page_count(), grown.page_count());
        // One that grew gives twice the buckets to those pages only that need them.
        assert!(2 * held(made) < 3 * held(as_well), "{len}: {made:?}, {as_well:?}");
    }
}

fn a_false_size_hint_costs_little() {
    // Each page that got an entry was made for its share of 67,108,864 of them: 1.5 GiB.
    struct Lying(u64);
    impl Iterator for Lying {
        type Item = (u64, u64);
        fn next(&mut self) -> Option<(u64, u64)> {
            self.0 = self.0.checked_sub(1)?;
            Some((self.0, self.0))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let (map, made) = allocated(|| Lying(10_000).collect::<PagedMap<u64, u64>>());
    assert_eq!(map.len(), 10_000);
    assert!(made.bytes_allocated < 16 << 20, "{made:?}");
    let (map, made) = allocated(|| Lying(10_000).collect::<PagedIndexMap<u64, u64>>());
    assert_eq!(map.len(), 10_000);
    assert!(made.bytes_allocated < 16 << 20, "{made:?}");
}

fn a_capacity_is_room_in_each_page_for_its_share() {
    // Each of 64 pages gets 312 entries of 20,000, some a few more: 512 buckets. A pair has 16 bytes, and one of
    // the table; besides there are the pages' headers, and the lists of them.
    let expected = 64 * 512 * 17;
    let held = |made: Stats| made.bytes_allocated - made.bytes_deallocated;
    let (map, made) = allocated(|| PagedMap::<u64, u64>::with_capacity(20_000));
    assert_eq!(map.page_count(), 64);
    assert!((expected..expected + 9_000).contains(&held(made)), "{made:?}");
    // What fits into 512 buckets in the mean does not in each page.
    let (map, made) = allocated(|| PagedMap::<u64, u64>::with_capacity(64 * 440));
    assert_eq!(map.page_count(), 64);
    let expected = 2 * expected;
    assert!((expected..expected + 9_000).contains(&held(made)), "{made:?}");
    // All of it was asked for at once first, and given back.
    assert!(made.bytes_deallocated >= expected, "{made:?}");
}

fn what_is_taken_out_by_value_frees_the_pages() {
    for len in [1, 100, 10_000] {
        for taken in [0, 1, len / 2, len] {
            let map: PagedMap<u64, Box<u64>> = (0..len).map(|n| (n, Box::new(n))).collect();
            let shared: PagedMap<u64, u64> = (0..len).map(|n| (n, n)).collect();
            let freed = |((), made): ((), Stats)| made.bytes_deallocated - made.bytes_allocated;
            let take = usize::try_from(taken).expect("it is small");
            let bytes = freed(allocated(|| map.into_iter().take(take).for_each(drop)));
            assert!(bytes as u64 >= len * 24, "{taken} of {len}: {bytes}");
            let bytes = freed(allocated(|| shared.into_iter().take(take).for_each(drop)));
            assert!(bytes as u64 >= len * 16, "{taken} of {len}: {bytes}");
        }
    }
}
