//! `extract_if`, and the other calls that look before they take.

use std::mem;
use std::ops::Range;

use readmostly::paged::PagedVec;

use super::{assert_panics, irregular};

/// What std's `extract_if` does, of which only so many are taken.
pub(super) fn like_std<T>(
    vec: &mut Vec<T>,
    range: Range<usize>,
    most: usize,
    mut pred: impl FnMut(&T) -> bool,
) -> Vec<T> {
    let (mut index, mut end, mut gone) = (range.start, range.end, Vec::new());
    while index < end && gone.len() < most {
        if pred(&vec[index]) {
            gone.push(vec.remove(index));
            end -= 1;
        } else {
            index += 1;
        }
    }
    gone
}

#[test]
fn extract_if_takes_what_it_is_asked_for_and_no_more() {
    let source: Vec<u32> = (0..5_000).collect();
    let mut tailed = PagedVec::from(&source[..4_990]);
    let version = tailed.clone();
    source[4_990..].iter().for_each(|n| tailed.push(*n));
    assert!(tailed.shared_pages(&version) > 0);
    let mut kept = Vec::new();
    let layouts = [PagedVec::from(&source[..]), irregular(&source)];
    let vecs = layouts.iter().flat_map(|vec| [(vec.clone(), false), (vec.clone(), true)]);
    for (original, shared) in vecs.chain([(tailed.clone(), true)]) {
        for range in [0..5_000, 0..0, 1_000..1_030, 1_023..1_025, 700..4_999, 4_999..5_000, 1_024..2_048] {
            for modulus in [1_u32, 2, 7, 1_000, 6_000] {
                for most in [0, 1, 2, 30, usize::MAX] {
                    let mut ours = if shared { original.clone() } else { original.iter().copied().collect() };
                    let mut std = source.clone();
                    let pred = |n: &u32| n % modulus == modulus / 2;
                    let gone: Vec<u32> = ours.extract_if(range.clone(), pred).take(most).collect();
                    assert_eq!(gone, like_std(&mut std, range.clone(), most, pred));
                    assert!(ours == std, "{range:?} {modulus} {most}");
                    assert!((0..std.len()).step_by(97).all(|index| ours[index] == std[index]));
                    assert!(ours.pages().all(|page| !page.is_empty()));
                    assert_eq!(shared && gone.is_empty(), ours.ptr_eq(&original));
                    if gone.len() == 1 && shared && original.len() == 5_000 {
                        assert!(ours.shared_pages(&original) + 2 >= original.page_count());
                    }
                }
            }
        }
        kept.push(original);
    }
    assert!(kept.iter().all(|vec| *vec == source));
}

#[test]
fn a_predicate_that_panics_takes_nothing() {
    for shared in [true, false] {
        let mut vec: PagedVec<u32> = (0..3_000).collect();
        let kept = shared.then(|| vec.clone());
        let (mut gone, mut asked) = (Vec::new(), Vec::new());
        let mut extracted = vec.extract_if(.., |n| {
            asked.push(*n);
            assert!(*n != 1_500 || asked.iter().filter(|n| **n == 1_500).count() == 2, "once");
            n % 500 == 0
        });
        assert_panics("once", || gone.extend(extracted.by_ref()));
        // It is asked again for the one that it was asked for.
        assert_eq!(extracted.next(), Some(1_500));
        drop(extracted);
        assert_eq!(asked.len(), 1_502);
        assert_eq!(vec.len(), 3_000 - gone.len() - 1);
        assert!(vec.iter().copied().eq((0..3_000).filter(|n| n % 500 != 0 || *n > 1_500)));
        assert!(kept.is_none_or(|kept| kept.iter().copied().eq(0..3_000)));
    }
    let mut vec: PagedVec<u32> = (0..10).collect();
    assert_panics("range end index 11 out of range", || vec.extract_if(..11, |_| true).count());
    assert_eq!(vec.extract_if(2..5, |_| true).size_hint(), (0, Some(3)));
}

#[test]
fn an_extraction_that_is_leaked_leaves_an_empty_vector() {
    let mut vec: PagedVec<u32> = (0..3_000).collect();
    let whole = vec.clone();
    mem::forget(vec.extract_if(.., |_| true));
    assert!(vec.ptr_eq(&whole));
    let mut extracted = vec.extract_if(.., |_| true);
    extracted.next();
    mem::forget(extracted);
    assert!(vec.is_empty());
    vec.push(1);
    assert_eq!(vec, [1]);
}

#[test]
fn pop_if_copies_nothing_that_stays() {
    let original: PagedVec<u32> = (0..3_000).collect();
    let mut vec = original.clone();
    assert_eq!((vec.pop_if(|n| *n < 5), PagedVec::<u32>::new().pop_if(|_| true)), (None, None));
    assert!(vec.ptr_eq(&original));
    assert_eq!(vec.pop_if(|n| *n == 2_999), Some(2_999));
    assert_eq!((vec.len(), vec.shared_pages(&original)), (2_999, 2));
}

#[test]
fn references_to_several_elements_copy_their_pages_alone() {
    use readmostly::paged::vec::GetDisjointMutError::{IndexOutOfBounds, OverlappingIndices};

    let original: PagedVec<u32> = (0..10_240).collect();
    let mut vec = original.clone();
    assert_eq!(vec.get_disjoint_mut([1, 10_240]), Err(IndexOutOfBounds));
    assert_eq!(vec.get_disjoint_mut([5, 1, 5]), Err(OverlappingIndices));
    assert_eq!(vec.get_disjoint_mut([]), Ok([]));
    assert_eq!(PagedVec::<u32>::new().get_disjoint_mut([0]), Err(IndexOutOfBounds));
    assert!(vec.ptr_eq(&original));
    let found = vec.get_disjoint_mut([9_000, 3, 9_001, 4_096]).expect("they are in range");
    assert_eq!(found, [&9_000, &3, &9_001, &4_096]);
    for element in found {
        *element += 1;
    }
    assert_eq!([vec[9_000], vec[3], vec[9_001], vec[4_096]], [9_001, 4, 9_002, 4_097]);
    assert_eq!(vec.shared_pages(&original), 7);
}
