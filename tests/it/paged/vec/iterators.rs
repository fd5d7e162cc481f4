//! Iterators: they show what those of a slice show, in every order.

use super::irregular;
use readmostly::paged::PagedVec;

#[test]
fn an_iterator_taken_from_both_ends_loses_nothing() {
    let vec = PagedVec::from([5, 6, 7]);
    let mut iter = vec.iter();
    assert_eq!((iter.next(), iter.next_back(), iter.next()), (Some(&5), Some(&7), Some(&6)));
    assert_eq!((iter.next(), iter.next_back(), iter.next(), iter.len()), (None, None, None, 0));

    let source: Vec<u32> = (0..5_000).collect();
    for mut vec in [PagedVec::from(source.clone()), irregular(&source)] {
        // Runs of several lengths, so that the ends meet at many places in a page.
        for run in [1, 2, 3, 700, 4_999] {
            let (mut by_ref, mut owned) = (vec.iter(), vec.clone().into_iter());
            let mut twin = vec.clone();
            let mut by_mut = twin.iter_mut();
            let mut expected = source.iter();
            let mut turn = 0;
            loop {
                let front = turn / run % 2 == 0;
                let theirs = if front { expected.next() } else { expected.next_back() };
                let (a, b, c) = if front {
                    (by_ref.next(), owned.next(), by_mut.next())
                } else {
                    (by_ref.next_back(), owned.next_back(), by_mut.next_back())
                };
                assert_eq!((a, b.as_ref(), c.as_deref()), (theirs, theirs, theirs));
                let left = expected.len();
                assert_eq!((by_ref.len(), owned.len(), by_mut.len()), (left, left, left));
                if theirs.is_none() {
                    break;
                }
                turn += 1;
            }
            assert!(by_ref.next().is_none() && owned.next().is_none() && by_mut.next().is_none());
            assert!(
                by_ref.next_back().is_none() && owned.next_back().is_none() && by_mut.next_back().is_none()
            );
        }
        vec.clear();
    }
}

#[test]
fn every_traversal_is_the_same() {
    let source: Vec<u32> = (0..4_321).map(|n| n * 31 % 1_000).collect();
    for vec in
        [PagedVec::from(source.clone()), irregular(&source), PagedVec::from([0, 1, 2]), PagedVec::new()]
    {
        let expected = vec.to_vec();
        let mut seen = Vec::new();
        vec.iter().for_each(|n| seen.push(*n));
        assert_eq!(seen, expected);
        assert_eq!(vec.iter().fold(Vec::new(), |mut all, n| (all.push(*n), all).1), expected);
        assert_eq!((0..vec.len()).map(|index| vec[index]).collect::<Vec<_>>(), expected);
        assert_eq!(vec.pages().flatten().copied().collect::<Vec<_>>(), expected);
        assert_eq!(vec.pages().rev().map(<[u32]>::len).sum::<usize>(), expected.len());
        assert_eq!(vec.chunks(7).flatten().copied().collect::<Vec<_>>(), expected);
        let mut twice: Vec<u32> = vec.iter().rev().copied().collect();
        twice.reverse();
        assert_eq!(twice, expected);
        let mut back = Vec::new();
        vec.iter().rev().for_each(|n| back.push(*n));
        back.reverse();
        assert_eq!(back, expected);
        let mut seen = Vec::new();
        vec.clone().retain(|n| (seen.push(*n), true).1);
        assert_eq!(seen, expected);
        let mut twin = vec.clone();
        assert_eq!(twin.iter_mut().map(|n| *n).collect::<Vec<_>>(), expected);
        let mut seen = Vec::new();
        twin.iter_mut().rev().for_each(|n| seen.insert(0, *n));
        assert_eq!(seen, expected);
        assert_eq!(twin.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(vec.clone().into_iter().rev().rev().collect::<Vec<_>>(), expected);
        assert_eq!(Vec::from(vec.clone()), expected);
        assert_eq!(vec.iter().sum::<u32>(), expected.iter().sum::<u32>());
        assert_eq!((vec.iter().count(), vec.iter().last()), (expected.len(), expected.last()));
    }
}

#[test]
fn nth_and_half_used_iterators_agree_with_a_slice() {
    let source: Vec<u32> = (0..5_000).collect();
    for vec in [PagedVec::from(source.clone()), irregular(&source)] {
        for steps in
            [[0, 0, 0], [1, 1_500, 3], [1_023, 0, 1], [1_024, 1_024, 1_024], [4_998, 0, 0], [5_000, 0, 9]]
        {
            let (mut ours, mut theirs) = (vec.iter(), source.iter());
            let (mut owned, mut twin) = (vec.clone().into_iter(), vec.clone());
            let mut by_mut = twin.iter_mut();
            for step in steps {
                let expected = theirs.nth(step);
                assert_eq!((ours.nth(step), owned.nth(step).as_ref()), (expected, expected));
                assert_eq!(by_mut.nth(step).as_deref(), expected);
                let expected = theirs.nth_back(step / 2);
                assert_eq!(
                    (ours.nth_back(step / 2), owned.nth_back(step / 2).as_ref()),
                    (expected, expected)
                );
                assert_eq!(by_mut.nth_back(step / 2).as_deref(), expected);
                assert_eq!(
                    (ours.len(), owned.len(), by_mut.len()),
                    (theirs.len(), theirs.len(), theirs.len())
                );
                assert!(ours.clone().eq(theirs.clone()));
                assert!(owned.clone().eq(theirs.clone().copied()));
                assert_eq!(ours.clone().sum::<u32>(), theirs.clone().sum::<u32>());
                assert!(ours.clone().rfold(true, |same, _| same));
            }
        }
        assert_eq!(
            vec.iter().skip(4_000).step_by(300).copied().collect::<Vec<_>>(),
            [4_000, 4_300, 4_600, 4_900]
        );
        let (mut ours, mut theirs) = (vec.chunks(600), source.chunks(600));
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.next().is_some_and(|chunk| chunk == theirs.next().unwrap_or_default()));
        assert!(ours.next_back().is_some_and(|chunk| chunk == theirs.next_back().unwrap_or_default()));
        assert!(ours.nth(2).is_some_and(|chunk| chunk == theirs.nth(2).unwrap_or_default()));
        assert_eq!(ours.len(), theirs.len());
    }
}

#[test]
fn nth_reaches_every_element() {
    let source: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    let parts = [0..40, 40..41, 41..200, 200..300].map(|range| PagedVec::from(&source[range]));
    for mut vec in [PagedVec::from(&source[..]), PagedVec::concat(parts)] {
        assert!(vec.page_count() > 2);
        let mut twin = vec.clone();
        for n in 0..=301 {
            let (mut ours, mut theirs) = (vec.iter(), source.iter());
            assert_eq!(ours.nth(n), theirs.nth(n));
            assert!(ours.eq(theirs));
            let (mut ours, mut theirs) = (vec.iter(), source.iter());
            assert_eq!(ours.nth_back(n), theirs.nth_back(n));
            assert!(ours.eq(theirs));
            assert_eq!(vec.iter_mut().nth(n).as_deref(), source.get(n));
            assert_eq!(vec.iter_mut().nth_back(n).as_deref(), source.iter().nth_back(n));
            assert_eq!(vec.clone().into_iter().nth(n).as_ref(), source.get(n));
            assert_eq!(vec.clone().into_iter().nth_back(n).as_ref(), source.iter().nth_back(n));
            // What was passed over is not to come.
            let left = source.len().saturating_sub(n + 1);
            let (mut by_mut, mut owned) = (twin.iter_mut(), vec.clone().into_iter());
            assert_eq!((by_mut.nth(n).is_some(), owned.nth(n).is_some()), (n < 300, n < 300));
            assert_eq!((by_mut.len(), owned.len()), (left, left));
            let (mut by_mut, mut owned) = (twin.iter_mut(), vec.clone().into_iter());
            assert_eq!((by_mut.nth_back(n).is_some(), owned.nth_back(n).is_some()), (n < 300, n < 300));
            assert_eq!((by_mut.len(), owned.len()), (left, left));
            let mut begun = vec.iter();
            begun.next_back();
            assert_eq!(begun.nth(n), source[..299].get(n));
        }
    }
}

#[test]
fn iter_mut_copies_the_pages_that_it_reaches() {
    let original: PagedVec<u64> = (0..10 * 1_024).collect();
    let mut vec = original.clone();
    assert_eq!(vec.iter_mut().len(), 10 * 1_024);
    assert_eq!(vec.shared_pages(&original), 10);
    for n in vec.iter_mut().take(1_030) {
        *n += 1;
    }
    assert_eq!(vec.shared_pages(&original), 8);
    if let Some(n) = vec.iter_mut().nth_back(5_000) {
        *n = 0;
    }
    assert_eq!(vec.shared_pages(&original), 7);
    assert!(original.iter().copied().eq(0..10 * 1_024));
}
