//! How long pages are, when two become one, and when one becomes two.

use readmostly::paged::PagedVec;
use std::iter;

/// The elements of each page.
fn lens<T>(vec: &PagedVec<T>) -> Vec<usize> {
    vec.pages().map(<[T]>::len).collect()
}

/// A vector whose pages have these lengths, of which no two neighbours fit in one.
fn with_pages(lens_wanted: &[usize]) -> PagedVec<usize> {
    let mut next = 0..;
    let parts = lens_wanted.iter().map(|&len| next.by_ref().take(len).collect());
    let vec = PagedVec::concat(parts);
    assert_eq!(lens(&vec), lens_wanted);
    vec
}

#[test]
fn a_page_is_8_kib_of_plain_data_and_a_quarter_of_what_has_a_destructor() {
    fn longest<T: Clone>(element: T) -> usize {
        let vec: PagedVec<T> = iter::repeat_n(element, 2_500).collect();
        lens(&vec)[0]
    }
    #[derive(Clone)]
    struct Dropped<const N: usize>([u64; N]);
    impl<const N: usize> Drop for Dropped<N> {
        fn drop(&mut self) {}
    }

    let plain = [longest(()), longest(0_u8), longest(0_u64), longest([0_u64; 2]), longest([0_u64; 3])];
    assert_eq!(plain, [1_024, 1_024, 1_024, 512, 256]);
    // Of the largest elements a page has 16.
    assert_eq!([longest([0_u64; 32]), longest([0_u64; 64]), longest([0_u64; 128])], [32, 16, 16]);
    assert_eq!([longest([0_u64; 600]), longest([0_u64; 2_000])], [16, 16]);
    let dropped = [longest(Dropped([0; 1])), longest(Dropped([0; 3])), longest(Dropped([0; 8]))];
    assert_eq!(dropped, [256, 64, 32]);
    assert_eq!([longest(Dropped([0; 16])), longest(Dropped([0; 32]))], [16, 16]);
}

#[test]
fn a_page_is_split_when_it_is_longer_than_two() {
    for (page, at) in [(0, 5), (1, 2_000), (2, 2_048)] {
        let mut vec = with_pages(&[1_024; 3]);
        let mut expected = vec![1_024; 3];
        for _ in 0..1_024 {
            vec.insert(at, 0);
        }
        expected[page] = 2_048;
        assert_eq!(lens(&vec), expected);
        vec.insert(at, 0);
        expected[page] = 1_024;
        expected.insert(page + 1, 1_025);
        assert_eq!(lens(&vec), expected);
    }
    // As it is where many are inserted at once.
    let mut vec = with_pages(&[1_024; 3]);
    vec.insert_all(5, iter::repeat_n(0, 1_024));
    assert_eq!(lens(&vec), [2_048, 1_024, 1_024]);
    vec.insert_all(5, [0]);
    assert_eq!(lens(&vec), [6, 2_043, 1_024, 1_024]);
}

#[test]
fn a_page_is_joined_to_a_neighbour_as_soon_as_they_fit() {
    // One that is taken away by `remove`, from the first page, the one in the middle, the last one.
    for (before, at, after) in [
        (&[600, 425, 900][..], 0, &[1_024, 900][..]),
        (&[600, 426, 900], 0, &[599, 426, 900]),
        (&[900, 600, 425], 950, &[900, 1_024]),
        (&[900, 600, 426], 950, &[900, 599, 426]),
        (&[425, 600, 900], 500, &[1_024, 900]),
        (&[426, 600, 900], 500, &[426, 599, 900]),
        (&[900, 425, 600], 1_400, &[900, 1_024]),
        // The next one before the one in front.
        (&[425, 600, 425], 500, &[425, 1_024]),
        // A page that is empty is no page.
        (&[1_024, 1, 1_024], 1_024, &[1_024, 1_024]),
        (&[1, 1_024], 0, &[1_024]),
        (&[1_024, 1], 1_024, &[1_024]),
    ] {
        for shared in [false, true] {
            let mut vec = with_pages(before);
            let kept = shared.then(|| vec.clone());
            let mut expected = vec.to_vec();
            assert_eq!(vec.remove(at), expected.remove(at));
            assert_eq!(lens(&vec), after, "{before:?} without {at}, shared: {shared}");
            assert!(vec == expected && kept.is_none_or(|kept| lens(&kept) == before));
        }
    }
}

#[test]
fn seams_are_closed_where_both_sides_fit() {
    let changed = |before: &[usize], change: fn(&mut PagedVec<usize>)| {
        let (mut vec, shared) = (with_pages(before), with_pages(before));
        let mut of_shared = shared.clone();
        change(&mut vec);
        change(&mut of_shared);
        assert!(vec == of_shared && lens(&shared) == before);
        (lens(&vec), lens(&of_shared))
    };
    let both = |lens: &[usize]| (lens.to_vec(), lens.to_vec());

    assert_eq!(
        changed(&[900, 600], |vec| vec.append(&mut with_pages(&[424, 900]))),
        both(&[900, 1_024, 900])
    );
    assert_eq!(
        changed(&[900, 600], |vec| vec.append(&mut with_pages(&[425, 900]))),
        both(&[900, 600, 425, 900])
    );
    let drain = |vec: &mut PagedVec<usize>| drop(vec.drain(600..1_076));
    assert_eq!(changed(&[900, 600, 900], drain), both(&[1_024, 900]));
    let drain = |vec: &mut PagedVec<usize>| drop(vec.drain(600..1_075));
    assert_eq!(changed(&[900, 600, 900], drain), both(&[600, 425, 900]));
    let drain = |vec: &mut PagedVec<usize>| drop(vec.drain(..500));
    assert_eq!(changed(&[900, 600, 600], drain), both(&[400, 600, 600]));
    let splice = |vec: &mut PagedVec<usize>| drop(vec.splice(400..1_400, [0; 524]));
    assert_eq!(changed(&[900, 600, 900], splice), both(&[1_024, 900]));
    let splice = |vec: &mut PagedVec<usize>| drop(vec.splice(..800, [0; 700]));
    assert_eq!(changed(&[900, 600], splice), both(&[800, 600]));
    let splice = |vec: &mut PagedVec<usize>| drop(vec.splice(1_500.., [0; 524]));
    assert_eq!(changed(&[1_000, 600], splice), both(&[1_000, 1_024]));
    assert_eq!(changed(&[500, 900, 525], |vec| vec.rotate_left(500)), both(&[900, 525, 500]));
    // A rotation copies no page to close the seam.
    let rotated = (vec![900, 1_024], vec![900, 524, 500]);
    assert_eq!(changed(&[500, 900, 524], |vec| vec.rotate_left(500)), rotated);
    // What is inserted fills pages of its own, of which the last one may take up what stood behind.
    let insert = |vec: &mut PagedVec<usize>| vec.insert_all(5, [0; 1_029]);
    assert_eq!(changed(&[1_024, 900], insert), both(&[5, 1_024, 1_024, 900]));
    let insert = |vec: &mut PagedVec<usize>| vec.insert_all(5, [0; 1_030]);
    assert_eq!(changed(&[1_024, 900], insert), both(&[5, 1_024, 6, 1_019, 900]));
    let insert = |vec: &mut PagedVec<usize>| {
        vec.insert_all(900, [0; 1_024]);
        vec.insert_all(700, [0; 300]);
    };
    assert_eq!(changed(&[1_024, 900], insert), both(&[1_000, 1_348, 900]));
    let insert = |vec: &mut PagedVec<usize>| vec.insert_all(0, [0; 2_000]);
    assert_eq!(changed(&[900, 600], insert), both(&[1_024, 976, 900, 600]));
    // What is left of neighbours that lost something.
    let retain = |vec: &mut PagedVec<usize>| vec.retain(|n| !(600..1_476).contains(n));
    assert_eq!(changed(&[900, 1_000, 900], retain), both(&[1_024, 900]));
    let retain = |vec: &mut PagedVec<usize>| vec.retain(|n| !(600..1_475).contains(n));
    assert_eq!(changed(&[900, 1_000, 900], retain), both(&[600, 425, 900]));
}

#[test]
fn what_is_cut_off_takes_no_page_that_stays() {
    for (len, after, whole) in [
        (1_500, &[900, 600][..], 2),
        (1_501, &[900, 600, 1], 2),
        (1_499, &[900, 599], 1),
        (900, &[900], 1),
        (1, &[1], 0),
        (0, &[], 0),
    ] {
        for shared in [false, true] {
            let (mut truncated, mut split) = (with_pages(&[900, 600, 900]), with_pages(&[900, 600, 900]));
            let kept = shared.then(|| (truncated.clone(), split.clone()));
            truncated.truncate(len);
            let tail = split.split_off(len);
            assert_eq!((lens(&truncated), lens(&split)), (after.to_vec(), after.to_vec()));
            assert_eq!(split.len() + tail.len(), 2_400);
            if let Some((of_truncated, of_split)) = kept {
                assert_eq!(truncated.shared_pages(&of_truncated), whole);
                assert_eq!(split.shared_pages(&of_split), whole);
                assert_eq!(tail.shared_pages(&of_split), 3 - after.len());
            }
        }
    }
}
