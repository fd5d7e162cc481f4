//! What a [`PagedMap`] allocates by itself.

use crate::allocated;
use readmostly::paged::PagedMap;

pub(crate) const ALL: [(&str, fn()); 1] = [(
    "a_page_that_is_not_split_yet_has_room_for_two_and_no_other_has",
    a_page_that_is_not_split_yet_has_room_for_two_and_no_other_has,
)];

fn a_page_that_is_not_split_yet_has_room_for_two_and_no_other_has() {
    // In a table of 20 pages, those from 4 to 15 are not split yet: they get 1,250 entries of 20,000, the others 625. A
    // pair has 16 bytes, and one of the table; besides there are the pages' headers, and the lists of them.
    let expected = (12 * 2_048 + 8 * 1_024) * 17;
    let (map, made) = allocated(|| PagedMap::<u64, u64>::with_capacity(20_000));
    assert_eq!(map.page_count(), 20);
    assert!((expected..expected + 6_000).contains(&made.bytes_allocated), "{made:?}");
}
