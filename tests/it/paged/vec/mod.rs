//! `PagedVec`: what a vector does, what it shares, and what it survives.

mod extract;
mod iterators;
mod model;
mod pages;
mod panics;
mod room;
mod sharing;
mod tail;
mod traits;
mod views;

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use readmostly::paged::PagedVec;
use readmostly::paged::vec::{Chunks, IntoIter, Iter, Pages, Slice};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(PagedVec<u8>: Send, Sync, Clone, Unpin);
assert_impl_all!(Slice<'static, u8>: Send, Sync, Copy);
assert_impl_all!(Iter<'static, u8>: Send, Sync, Clone);
assert_impl_all!(Pages<'static, u8>: Send, Sync, Clone);
assert_impl_all!(Chunks<'static, u8>: Send, Sync, Clone);
assert_impl_all!(IntoIter<u8>: Send, Sync, Clone);
assert_not_impl_any!(PagedVec<Rc<u8>>: Send, Sync);
assert_not_impl_any!(PagedVec<std::cell::Cell<u8>>: Send, Sync);

type Change<T> = fn(&mut PagedVec<T>);

/// The length of a full page.
fn page<T: Default>() -> usize {
    let vec: PagedVec<T> = std::iter::repeat_with(T::default).take(2000).collect();
    vec.pages().next().map_or(0, <[T]>::len)
}

/// The same content in pages of irregular lengths.
fn irregular<T: Clone>(elements: &[T]) -> PagedVec<T> {
    let mut rest = elements;
    let mut parts = Vec::new();
    for len in [700, 300, 1, 900, 200].iter().cycle() {
        let (part, after) = rest.split_at((*len).min(rest.len()));
        parts.push(PagedVec::from(part));
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    PagedVec::concat(parts)
}

#[track_caller]
fn assert_panics<R>(message: &str, f: impl FnOnce() -> R) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else { panic!("did not panic") };
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    assert!(text.contains(message), "panicked with {text:?}, not with {message:?}");
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn a_new_vector_is_empty() {
    struct Incomparable;
    impl PartialEq for Incomparable {
        fn eq(&self, _: &Self) -> bool {
            panic!("compared")
        }
    }
    let vec = PagedVec::<Incomparable>::new();
    assert_eq!((vec.len(), vec.is_empty(), vec.page_count()), (0, true, 0));
    assert_eq!(vec.iter().size_hint(), (0, Some(0)));
    assert!(vec.iter().next().is_none() && vec.pages().next().is_none() && vec.chunks(1).next().is_none());
    assert!(vec.first().is_none() && vec.last().is_none() && vec.get(0).is_none());
    assert!(
        !vec.contains(&Incomparable)
            && vec.index_of(&Incomparable).is_none()
            && vec.last_index_of(&Incomparable).is_none()
    );
    assert!(vec == PagedVec::default());
    assert!(vec.range(..).is_empty());
}

#[test]
fn the_ends_are_seen_and_changed() {
    let source: Vec<u32> = (0..2_500).collect();
    for original in [PagedVec::from(source.clone()), irregular(&source), PagedVec::from([7])] {
        let (mut vec, mut expected) = (original.clone(), original.to_vec());
        assert_eq!((vec.first(), vec.last()), (expected.first(), expected.last()));
        *vec.first_mut().expect("it has a first") += 1;
        *vec.last_mut().expect("it has a last") += 2;
        *expected.first_mut().expect("it has a first") += 1;
        *expected.last_mut().expect("it has a last") += 2;
        assert!(vec == expected && original != vec);
    }
    let mut empty = PagedVec::<u32>::new();
    assert!(empty.first_mut().is_none() && empty.last_mut().is_none());
}

#[test]
fn construction_copies_the_source() {
    let mut source: Vec<u32> = (0..5_000).map(|n| n * 7 % 1_000).collect();
    let expected = source.clone();
    let all = [
        PagedVec::from(source.clone()),
        PagedVec::from(&source[..]),
        source.iter().copied().collect(),
        irregular(&source),
    ];
    source.fill(0);
    for vec in &all {
        assert_eq!(*vec, expected);
        assert!((0..5_000).all(|index| vec[index] == expected[index]));
    }
}

#[test]
fn filling_and_selecting_are_those_of_a_slice() {
    for len in [1_usize, 2, 50, 1_024, 5_000] {
        let source: Vec<usize> = (0..len).map(|n| n * 7_919 % len / 2).collect();
        for original in [PagedVec::from(&source[..]), irregular(&source)] {
            for index in [0, len / 3, len - 1] {
                let (mut shared, mut alone, mut std) =
                    (original.clone(), original.iter().copied().collect(), source.clone());
                let nth = *std.select_nth_unstable(index).1;
                for vec in [&mut shared, &mut alone] {
                    let (before, found, after): (Slice<'_, usize>, &usize, Slice<'_, usize>) =
                        vec.select_nth_unstable(index);
                    assert_eq!((before.len(), *found, after.len()), (index, nth, len - index - 1));
                    assert!(before.iter().all(|n| n <= found) && after.iter().all(|n| n >= found));
                    let chosen = vec.clone();
                    vec.select_nth_unstable(index);
                    assert!(vec.ptr_eq(&chosen));
                    assert_eq!(*vec.select_nth_unstable_by(index, |a, b| b.cmp(a)).1, {
                        *std.select_nth_unstable_by(index, |a, b| b.cmp(a)).1
                    });
                    let key = |n: &usize| n.abs_diff(len / 3);
                    let by_key = key(vec.select_nth_unstable_by_key(index, key).1);
                    assert_eq!(by_key, key(std.select_nth_unstable_by_key(index, key).1));
                    vec.sort();
                    std.sort_unstable();
                    assert_eq!(*vec, std);
                }
            }
            let (mut vec, mut n) = (original.clone(), 0);
            vec.fill_with(|| (n += 1, n).1);
            assert!(vec.iter().copied().eq(1..=len));
            assert_eq!(original, source);
        }
    }
    let len = PagedVec::from([1]).len();
    assert_panics("partition_at_index index 1 greater than length of slice 1", || {
        PagedVec::from([1]).select_nth_unstable(len).1 + 1
    });
}

#[test]
fn searching_finds_what_a_slice_finds() {
    let vec = PagedVec::from([0, 1, 2, 1, 3]);
    assert!(vec.contains(&1) && !vec.contains(&5));
    assert_eq!((vec.index_of(&1), vec.last_index_of(&1), vec.index_of(&-42)), (Some(1), Some(3), None));
    assert_eq!((vec.range(..3).last_index_of(&1), vec.range(..=3).last_index_of(&1)), (Some(1), Some(3)));
    assert_eq!((vec.range(2..).index_of(&1), vec.range(4..).index_of(&1)), (Some(1), None));
    for index in [0, 2, 4] {
        let element = vec[index];
        assert_eq!(vec.range(index..).index_of(&element), Some(0));
        assert_eq!(vec.range(..index).index_of(&element), None);
    }

    let source: Vec<u32> = (0..6_000).map(|n| n / 3 * 2).collect();
    for vec in [PagedVec::from(source.clone()), irregular(&source)] {
        for sought in [0, 1, 2, 600, 601, 1_366, 3_998, 3_999, 5_000] {
            let (ours, theirs) = (vec.binary_search(&sought), source.binary_search(&sought));
            assert_eq!(ours.is_ok(), theirs.is_ok());
            match ours {
                Ok(index) => assert_eq!(source[index], sought),
                Err(index) => assert_eq!(Err(index), theirs),
            }
            assert_eq!(vec.partition_point(|&n| n < sought), source.partition_point(|&n| n < sought));
            assert_eq!(vec.binary_search_by_key(&sought, |&n| n), vec.binary_search_by(|n| n.cmp(&sought)));
            assert_eq!(vec.index_of(&sought), source.iter().position(|&n| n == sought));
            assert_eq!(vec.last_index_of(&sought), source.iter().rposition(|&n| n == sought));
        }
        assert!(vec.is_sorted() && vec.starts_with(&source[..2_000]) && vec.ends_with(&source[2_000..]));
        assert!(vec.starts_with(&[]) && vec.ends_with(&[]) && !vec.starts_with(&[0, 0, 0, 0]));
        assert!(!vec.ends_with(&source.repeat(2)));
    }
}

#[test]
fn nan_is_not_found() {
    let vec = PagedVec::from([f64::NAN]);
    assert!(!vec.contains(&f64::NAN) && vec.index_of(&f64::NAN).is_none());
    let same = vec.clone();
    assert!(vec.ptr_eq(&same) && vec != same);
}

#[test]
fn every_range_is_the_slice() {
    let source: Vec<u32> = (0..2_500).collect();
    let small: Vec<u32> = (0..10).collect();
    for (vec, source, step) in [
        (PagedVec::from(small.clone()), &small, 1),
        (irregular(&source), &source, 97),
        (PagedVec::from(source.clone()), &source, 128),
    ] {
        for start in (0..=source.len()).step_by(step) {
            for end in (start..=source.len()).step_by(step) {
                let (view, slice) = (vec.range(start..end), &source[start..end]);
                assert_eq!(view, *slice);
                assert_eq!((view.len(), view.is_empty()), (slice.len(), slice.is_empty()));
                assert_eq!(
                    (view.first(), view.last(), view.get(slice.len())),
                    (slice.first(), slice.last(), None)
                );
                assert!(view.iter().rev().eq(slice.iter().rev()));
            }
        }
        assert!(vec.range(0..0).is_empty() && vec.range(source.len()..).is_empty());
    }
}

#[test]
fn bad_ranges_are_reported() {
    let mut vec = PagedVec::from(["a", "b", "c", "d", "e"]);
    let view = vec.range(0..5).range(0..5);
    assert_eq!(view.len(), 5);
    let before = vec.clone();
    assert_panics("range end index 6 out of range for slice of length 5", || vec.range(0..6).len());
    assert_panics("slice index starts at 4 but ends at 3", || {
        vec.range((Bound::Included(4), Bound::Excluded(3))).len()
    });
    // The caller has given no end, so the message must not name one.
    assert_panics("range start index 6 out of range for slice of length 5", || vec.range(6..).len());
    assert_panics("range start index", || vec.range(usize::MAX..).len());
    assert_panics("to maximum usize", || vec.range(0..=usize::MAX).len());
    assert_panics("after maximum usize", || vec.range((Bound::Excluded(usize::MAX), Bound::Unbounded)).len());
    assert_panics("range end index 4 out of range for slice of length 3", || {
        vec.range(1..4).range(0..4).len()
    });
    assert_panics("range start index", || vec.range(1..4).range(usize::MAX..).len());
    assert_panics("range end index", || vec.drain(3..6).count());
    assert_panics("range start index", || vec.splice(usize::MAX.., ["x"]).count());
    assert_panics("chunk size must be non-zero", || vec.chunks(0).len());
    assert_eq!(vec.range(1..3).get(usize::MAX), None);
    assert!(vec.ptr_eq(&before));
}

#[test]
fn bad_indices_are_reported() {
    for len in 0..5 {
        let mut vec: PagedVec<u32> = (0..len).collect();
        let before = vec.clone();
        let len = vec.len();
        for bad in [len, usize::MAX] {
            assert!(vec.get(bad).is_none() && vec.get_mut(bad).is_none());
            assert_panics("index out of bounds: the len is", || vec[bad]);
            assert_panics("index out of bounds: the len is", || vec[bad] = 1);
            assert_panics("index out of bounds", || vec.range(..)[bad]);
            assert_panics("removal index (is", || vec.remove(bad));
            assert_panics("swap_remove index (is", || vec.swap_remove(bad));
            assert_panics("index out of bounds", || vec.swap(0, bad));
        }
        for bad in [len + 1, usize::MAX] {
            assert_panics("insertion index (is", || vec.insert(bad, 1));
            assert_panics("insertion index (is", || vec.insert_all(bad, []));
            assert_panics("split index (is", || vec.split_off(bad));
            assert_panics("should be <= len", || vec.rotate_left(bad));
            assert_panics("should be <= len", || vec.rotate_right(bad));
            vec.truncate(bad);
        }
        assert_panics("capacity overflow", || vec.resize(usize::MAX, 0));
        assert_panics("capacity overflow", || vec.resize_with(usize::MAX, || 0));
        assert!(vec.ptr_eq(&before));
        vec.push(9);
        assert_eq!(vec.last(), Some(&9));
    }
    assert!(PagedVec::<u64>::with_capacity(usize::MAX).is_empty());
    assert!(PagedVec::<()>::with_capacity(usize::MAX).is_empty());
}

#[test]
fn sorting_is_that_of_std() {
    let source: Vec<(u32, u32)> = (0..5_000).map(|n| (n * 7_919 % 97, n)).collect();
    let mut expected = source.clone();
    expected.sort_by_key(|pair| pair.0);
    for original in [PagedVec::from(source.clone()), irregular(&source)] {
        let kept = original.clone();
        for shared in [true, false] {
            let stable: [Change<(u32, u32)>; 3] = [
                |vec| vec.sort_by(|a, b| a.0.cmp(&b.0)),
                |vec| vec.sort_by_key(|pair| pair.0),
                |vec| vec.sort_by_cached_key(|pair| pair.0),
            ];
            for sort in stable {
                let mut vec = if shared { original.clone() } else { source.iter().copied().collect() };
                sort(&mut vec);
                assert_eq!(vec, expected);
            }
            let unstable: [Change<(u32, u32)>; 4] = [
                PagedVec::sort_unstable,
                |vec| vec.sort_unstable_by(Ord::cmp),
                |vec| vec.sort_unstable_by_key(|pair| *pair),
                PagedVec::sort,
            ];
            for sort in unstable {
                let mut vec = if shared { original.clone() } else { source.iter().copied().collect() };
                sort(&mut vec);
                assert!(vec.is_sorted());
                vec.sort_by_key(|pair| pair.1);
                assert_eq!(vec, source);
            }
        }
        assert!(kept.ptr_eq(&original) && kept == source);
    }
}

#[test]
fn short_vectors_are_turned_and_sorted_too() {
    for len in 0..6 {
        let source: Vec<u32> = (0..len).rev().collect();
        let (mut reversed, mut sorted) = (PagedVec::from(source.clone()), PagedVec::from(source.clone()));
        reversed.reverse();
        sorted.sort();
        assert!(reversed.iter().copied().eq(0..len) && sorted == reversed);
        for mid in 0..=source.len() {
            let (mut left, mut right, mut expected) = (sorted.clone(), sorted.clone(), sorted.to_vec());
            left.rotate_left(mid);
            expected.rotate_left(mid);
            assert_eq!(left, expected);
            right.rotate_right(mid);
            expected.rotate_right(mid);
            expected.rotate_right(mid);
            assert_eq!(right, expected);
        }
    }
}

#[test]
fn an_inconsistent_order_gives_a_permutation() {
    for shared in [true, false] {
        let mut vec: PagedVec<u32> = (0..3_000).collect();
        let kept = shared.then(|| vec.clone());
        let mut state = 1_u32;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            vec.sort_by(|_, _| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state & 0x1_0000 == 0 { Ordering::Less } else { Ordering::Greater }
            });
        }));
        drop((outcome, kept));
        vec.sort();
        assert!(vec.iter().copied().eq(0..3_000));
    }
}

#[test]
fn a_lying_size_hint_does_no_harm() {
    struct Liar(std::ops::Range<u32>, usize);
    impl Iterator for Liar {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, Some(self.1))
        }
    }
    for hint in [0, 1, 2_999, 1_000_000, usize::MAX] {
        let liar = || Liar(0..3_000, hint);
        let expected: Vec<u32> = (0..3_000).collect();
        assert_eq!(liar().collect::<PagedVec<_>>(), expected);
        let mut vec = PagedVec::from([7, 8]);
        vec.extend(liar());
        assert_eq!((vec.len(), vec.range(2..) == expected), (3_002, true));
        let mut vec = PagedVec::from([7, 8]);
        vec.insert_all(1, liar());
        assert_eq!((vec.range(1..3_001) == expected, vec.last()), (true, Some(&8)));
        let mut vec = PagedVec::from([7, 8]);
        assert_eq!(vec.splice(..1, liar()).collect::<Vec<_>>(), [7]);
        assert_eq!((vec.range(..3_000) == expected, vec.len()), (true, 3_001));
    }
}

#[test]
fn over_aligned_elements_stay_aligned() {
    #[derive(Clone)]
    // Less than a page of memory: rustc 1.95 miscompiles a local of that alignment where LLVM moves the prologue of a function
    // behind its first branch, as it does here without ThinLTO.
    #[repr(align(2048))]
    struct Aligned(u32);

    let mut vec: PagedVec<Aligned> = (0..100).map(Aligned).collect();
    let mut versions = Vec::new();
    for n in 0..40 {
        versions.push(vec.clone());
        vec.insert(n * 2, Aligned(1_000));
        vec.remove(n);
        vec.push(Aligned(1));
        vec.iter_mut().for_each(|element| element.0 += 1);
        vec.sort_by_key(|element| element.0 % 7);
    }
    for version in versions.iter().chain([&vec]) {
        assert!(version.iter().all(|element| std::ptr::from_ref(element).addr() % 2_048 == 0));
    }
}

#[test]
fn a_million_of_nothing() {
    let mut vec = PagedVec::new();
    for () in std::iter::repeat_n((), 1_000_000) {
        vec.push(());
    }
    let kept = vec.clone();
    vec.remove(500_000);
    vec.insert(3, ());
    vec.extend(vec![(); 10]);
    assert_eq!((vec.len(), kept.len(), vec.iter().count()), (1_000_010, 1_000_000, 1_000_010));
    assert_eq!(vec.drain(5..1_000_000).count(), 999_995);
    assert_eq!((vec.len(), vec.get(14), vec.get(15)), (15, Some(&()), None));
    vec.clear();
    assert!(vec.is_empty());
}

#[test]
fn a_copy_fits_the_slice() {
    let vec: PagedVec<u32> = (0..20).collect();
    let mut larger = [99; 30];
    vec.copy_to_slice(&mut larger[..20]);
    assert!(vec == larger[..20] && larger[20..] == [99; 10]);
    let mut smaller = [0; 5];
    vec.range(3..8).copy_to_slice(&mut smaller);
    assert_eq!(smaller, [3, 4, 5, 6, 7]);
    assert_panics("different lengths", || vec.copy_to_slice(&mut [0; 3]));
    let mut copy = vec.to_vec();
    copy[0] = 50;
    assert_eq!(vec[0], 0);
}
