//! What a [`PagedVec`] allocates by itself.

use crate::allocated;
use readmostly::paged::PagedVec;

const WORD: usize = size_of::<usize>();

pub(crate) const ALL: [(&str, fn()); 11] = [
    ("new_and_clone_allocate_nothing", new_and_clone_allocate_nothing),
    ("a_push_copies_a_shared_page_into_one_buffer", a_push_copies_a_shared_page_into_one_buffer),
    ("a_push_to_a_long_vector_copies_no_directory", a_push_to_a_long_vector_copies_no_directory),
    ("an_insertion_copies_a_shared_page_into_one_buffer", an_insertion_copies_a_shared_page_into_one_buffer),
    ("what_was_truncated_is_not_copied", what_was_truncated_is_not_copied),
    ("filling_an_unshared_vector_allocates_by_pages", filling_an_unshared_vector_allocates_by_pages),
    ("a_page_that_is_filled_doubles", a_page_that_is_filled_doubles),
    ("a_directory_doubles_where_nobody_shares_it", a_directory_doubles_where_nobody_shares_it),
    ("a_capacity_is_room_for_pages", a_capacity_is_room_for_pages),
    (
        "a_vec_is_taken_as_it_is_unless_most_of_it_is_empty",
        a_vec_is_taken_as_it_is_unless_most_of_it_is_empty,
    ),
    ("a_lying_size_hint_reserves_no_more_than_a_page", a_lying_size_hint_reserves_no_more_than_a_page),
];

fn new_and_clone_allocate_nothing() {
    let vec: PagedVec<u64> = (0..100_000).collect();
    let (clones, made) = allocated(|| (PagedVec::<u64>::new(), vec.clone(), vec.iter().len()));
    assert_eq!((made.allocations, clones.1.len()), (0, 100_000));
    let (mut same, made) = allocated(|| vec.clone());
    assert_eq!(made.allocations, 0);
    let ((), made) = allocated(|| {
        same.retain(|_| true);
        same.dedup();
        same.sort();
        same.truncate(200_000);
    });
    assert_eq!(made.allocations, 0);
}

fn a_push_copies_a_shared_page_into_one_buffer() {
    for len in [10, 1_000, 1_023, 1_024, 5_000] {
        let vec: PagedVec<u64> = (0..len).collect();
        let mut next = vec.clone();
        let ((), made) = allocated(|| next.push(7));
        // The directory, the page's header, its buffer.
        assert_eq!(made.allocations, 3, "at {len}");
        let page = usize::try_from(len % 1_024).map_or(0, |len| (len + 1) * 8);
        assert!(made.bytes_allocated <= page + 400 && made.reallocations == 0, "{made:?} at {len}");
        drop(vec);
    }
}

fn a_push_to_a_long_vector_copies_no_directory() {
    let vec: PagedVec<u64> = (0..100_000).collect();
    let (mut next, before) = (vec.clone(), vec.clone());
    for pushed in 1..=12 {
        let last = next.clone();
        let ((), made) = allocated(|| next.push(7));
        // A header and a buffer, of a page that has only what was pushed.
        assert_eq!((made.allocations, made.bytes_allocated), (2, (2 + 3) * WORD + pushed * 8));
        drop(last);
    }
    // They become a part of the last page. It, the directory, and the elements are copied once.
    let last = next.clone();
    let ((), made) = allocated(|| next.push(7));
    let (directory, tail, page) =
        ((2 + 98 * 2) * WORD, 5 * WORD + 12 * 8, 5 * WORD + (100_000 % 1_024 + 13) * 8);
    assert_eq!((made.bytes_allocated, made.reallocations), (directory + tail + page, 0));
    drop((vec, before, last));
}

fn an_insertion_copies_a_shared_page_into_one_buffer() {
    let vec: PagedVec<u64> = (0..5_000).collect();
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.insert(2_000, 7));
    assert_eq!((made.allocations, made.reallocations), (3, 0));
    assert!(made.bytes_allocated <= 1_025 * 8 + 400, "{made:?}");
}

fn what_was_truncated_is_not_copied() {
    let mut vec: PagedVec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    vec.truncate(3);
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.push(7));
    assert!(made.bytes_allocated < 200, "{} bytes", made.bytes_allocated);

    let mut flat = vec![0_u8; 1_000_000];
    flat.truncate(3);
    let vec = PagedVec::from(flat);
    let mut next = vec.clone();
    let ((), made) = allocated(|| next.push(7));
    assert!(made.bytes_allocated < 200, "{} bytes", made.bytes_allocated);
}

fn filling_an_unshared_vector_allocates_by_pages() {
    let (vec, made) = allocated(|| {
        let mut vec = PagedVec::new();
        (0..100_000_u64).for_each(|n| vec.push(n));
        vec
    });
    assert!(made.allocations < 3 * vec.page_count() && made.bytes_allocated < 2 * 800_000, "{made:?}");
    let (vec, made) = allocated(|| (0..100_000_u64).collect::<PagedVec<_>>());
    assert!(made.allocations < 3 * vec.page_count() && made.bytes_allocated < 820_000, "{made:?}");
}

fn a_page_that_is_filled_doubles() {
    let mut vec = PagedVec::new();
    let ((), made) = allocated(|| (0..1_024_u64).for_each(|n| vec.push(n)));
    // The directory, the page's header, its buffer. The buffer has room for 1, 2, 4 and so on elements.
    assert_eq!((made.allocations, made.reallocations), (3, 10));
    // Who has filled one page will fill the next, so that is made whole, with its header in a directory of two.
    let ((), made) = allocated(|| (0..1_024_u64).for_each(|n| vec.push(n)));
    assert_eq!((made.allocations, made.reallocations), (3, 0));
    // Unless somebody else has the first, too.
    let kept = vec.clone();
    let ((), made) = allocated(|| vec.push(0));
    assert!(made.allocations == 3 && made.bytes_allocated < 200, "{made:?}");
    drop(kept);
}

fn a_directory_doubles_where_nobody_shares_it() {
    let mut vec = PagedVec::new();
    let ((), made) = allocated(|| (0..100 * 1_024_u64).for_each(|n| vec.push(n)));
    // One for 1, 2, 4 and so on pages, up to 128.
    assert_eq!((made.allocations, vec.page_count()), (2 * 100 + 8, 100));
    // Where others have it, it gets one slot more. A slot has two words, as the counts of an `Arc` have, and a `Vec` three.
    // (Where it is long, what is pushed stays outside of it.)
    let mut vec: PagedVec<u64> = (0..7 * 1_024).collect();
    let kept = vec.clone();
    let ((), made) = allocated(|| vec.push(0));
    let (directory, header, buffer) = ((2 + 8 * 2) * WORD, (2 + 3) * WORD, 8);
    assert_eq!(made.bytes_allocated, directory + header + buffer);
    drop(kept);
}

fn a_capacity_is_room_for_pages() {
    let (_, made) = allocated(|| PagedVec::<u64>::with_capacity(0));
    assert_eq!(made.allocations, 0);
    for pages in [1, 2, 10, 100] {
        let (mut vec, made) = allocated(|| PagedVec::with_capacity((pages - 1) * 1_024 + 1));
        assert_eq!((made.allocations, vec.capacity()), (1, pages * 1_024));
        // A header and a buffer for each page, and no other directory.
        let ((), made) = allocated(|| (0..pages * 1_024).for_each(|n| vec.push(n)));
        assert_eq!((made.allocations, made.reallocations), (2 * pages, 10));
    }
    // Reserved, it is the same; and given back.
    let mut vec = PagedVec::from([0_u64]);
    let ((), made) = allocated(|| vec.reserve_exact(99 * 1_024));
    assert_eq!((made.allocations, made.bytes_allocated), (1, (2 + 100 * 2) * WORD));
    let (_, made) =
        allocated(|| (vec.reserve(99 * 1_024), vec.reserve_exact(5), vec.shrink_to(98 * 1_024 + 1 + 1_024)));
    assert_eq!(made.allocations, 0);
    let ((), made) = allocated(|| vec.shrink_to_fit());
    assert_eq!((made.allocations, made.bytes_allocated), (1, (2 + 2) * WORD));
    // And that of a page: it had doubled.
    (0..4).for_each(|n| vec.push(n));
    let ((), made) = allocated(|| vec.shrink_to_fit());
    assert_eq!((made.reallocations, made.bytes_reallocated), (1, -3 * 8));
    // A capacity is no promise: 4,096 pages.
    let (_, made) = allocated(|| PagedVec::<u64>::with_capacity(usize::MAX));
    assert_eq!((made.allocations, made.bytes_allocated), (1, (2 + 4_096 * 2) * WORD));
}

fn a_vec_is_taken_as_it_is_unless_most_of_it_is_empty() {
    for (len, capacity) in [(10, 10), (10, 20), (10, 1_024), (1_024, 1_024)] {
        let mut flat = Vec::with_capacity(capacity);
        flat.resize(len, 0_u64);
        let (vec, made) = allocated(|| PagedVec::from(flat));
        assert_eq!((vec.len(), made.reallocations), (len, 0));
        // A list of one page, the page's header, the directory.
        assert!(made.bytes_allocated < 100, "{made:?} for {len} of {capacity}");
    }
    let mut flat = Vec::with_capacity(1_025);
    flat.resize(10, 0_u64);
    let (vec, made) = allocated(|| PagedVec::from(flat));
    assert_eq!((vec.len(), made.reallocations, made.bytes_reallocated), (10, 1, -1_015 * 8));
}

fn a_lying_size_hint_reserves_no_more_than_a_page() {
    struct Liar(u64);
    impl Iterator for Liar {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }
    let (vec, made) = allocated(|| Liar(3).collect::<PagedVec<_>>());
    assert_eq!(vec, [2, 1, 0]);
    assert!(made.bytes_allocated <= (8 << 10) + 400, "{made:?}");
}
