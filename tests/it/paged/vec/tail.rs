//! Elements pushed while another version has the directory: they are outside of it, and nobody can tell.

use readmostly::paged::PagedVec;
use std::iter;

const PAGE: usize = 1_024;

/// A vector that has `pushed` elements in its tail, and what it should hold. Its directory is held by the other version.
fn tailed(in_pages: usize, pushed: usize) -> (PagedVec<usize>, Vec<usize>, PagedVec<usize>) {
    let other: PagedVec<usize> = (0..in_pages).collect();
    let mut vec = other.clone();
    (in_pages..in_pages + pushed).for_each(|n| vec.push(n));
    assert_eq!((vec.shared_pages(&other), vec.page_count()), (other.page_count(), other.page_count() + 1));
    (vec, (0..in_pages + pushed).collect(), other)
}

#[test]
fn pushes_share_all_pages_until_there_are_many_of_them() {
    for pages in [8, 20, 64] {
        let other: PagedVec<usize> = (0..pages * PAGE - 10).collect();
        let mut vec = other.clone();
        for pushed in 1..=pages / 8 {
            // As a writer does it: each version is a clone of the one before.
            let mut next = vec.clone();
            next.push(pushed);
            assert_eq!((next.shared_pages(&other), next.page_count()), (pages, pages + 1));
            assert!(!next.ptr_eq(&vec) && next.ptr_eq(&next.clone()));
            vec = next;
        }
        let last = vec.clone();
        vec.push(0);
        assert_eq!((vec.shared_pages(&other), vec.page_count()), (pages - 1, pages));
        assert_eq!(vec.pages().next_back().map(<[usize]>::len), Some(PAGE - 10 + pages / 8 + 1));
        assert_eq!((last.len(), other.len()), (pages * PAGE - 10 + pages / 8, pages * PAGE - 10));
    }
    // A short directory is copied.
    let other: PagedVec<usize> = (0..7 * PAGE).collect();
    let mut vec = other.clone();
    vec.push(1);
    vec.push(2);
    assert_eq!(vec.pages().map(<[usize]>::len).collect::<Vec<_>>(), [&[PAGE; 7][..], &[2]].concat());
}

#[test]
fn a_vector_that_nobody_shares_any_more_takes_its_tail_in() {
    for (in_pages, after) in [(20 * PAGE, 21), (20 * PAGE - 1, 21), (20 * PAGE - 5, 20)] {
        let (mut vec, mut expected, other) = tailed(in_pages, 2);
        drop(other);
        vec.push(7);
        expected.push(7);
        assert_eq!((vec.page_count(), vec == expected), (after, true));
        assert!(vec.pages().take(20).all(|page| page.len() == PAGE) || after == 20);
    }
}

#[test]
fn an_extension_fills_the_page_that_the_tail_ends_in() {
    for in_pages in [24 * PAGE - 5, 24 * PAGE - 3, 24 * PAGE - 2, 24 * PAGE] {
        for more in [1, 2, PAGE - 3, PAGE - 1, PAGE, 3 * PAGE] {
            let (mut vec, mut expected, other) = tailed(in_pages, 3);
            let added = expected.len()..expected.len() + more;
            vec.extend(added.clone());
            expected.extend(added);
            assert!(vec == expected && other == expected[..in_pages]);
            assert!(
                vec.pages().rev().skip(1).all(|page| page.len() == PAGE),
                "{in_pages} and 3, {more} more"
            );
            assert_eq!(vec.page_count(), expected.len().div_ceil(PAGE));
        }
    }
}

#[test]
fn a_tail_is_read_as_the_rest_is() {
    for irregular in [false, true] {
        let (mut vec, mut expected, _other) = tailed(24 * PAGE + 17, 3);
        if irregular {
            // Which leaves the tail where it is.
            vec.insert(5, 0);
            expected.insert(5, 0);
        }
        let len = expected.len();
        assert_eq!((vec.len(), vec.first(), vec.last()), (len, expected.first(), expected.last()));
        assert!((0..len + 3 * PAGE).all(|index| vec.get(index) == expected.get(index)));
        assert_eq!((vec.get(usize::MAX), vec.get(usize::MAX - PAGE)), (None, None));
        assert!(vec == expected && vec.iter().eq(&expected) && vec.iter().rev().eq(expected.iter().rev()));
        let mut pages: Vec<_> = vec.pages().rev().collect();
        assert_eq!((pages.len(), pages[0]), (vec.page_count(), &expected[len - 3..]));
        pages.reverse();
        assert_eq!(pages.concat(), expected);
        assert_eq!(vec.pages().len(), vec.page_count());
        for start in [0, 1, len - PAGE, len - 20, len - 4, len - 3, len - 2, len - 1, len] {
            for end in [start, len - 4, len - 3, len - 2, len] {
                if start <= end {
                    let (view, slice) = (vec.range(start..end), &expected[start..end]);
                    assert!(view == *slice && view.iter().rev().eq(slice.iter().rev()));
                    assert_eq!(
                        (view.pages().len(), view.pages().flatten().count()),
                        (view.pages().count(), slice.len())
                    );
                    assert_eq!(
                        (view.first(), view.last(), view.get(1)),
                        (slice.first(), slice.last(), slice.get(1))
                    );
                    let nth = slice.len().saturating_sub(2);
                    assert_eq!(
                        (view.iter().nth(nth), view.iter().nth_back(1)),
                        (slice.get(nth), slice.iter().nth_back(1))
                    );
                }
            }
        }
        vec.retain(|_| true);
        vec.truncate(len);
        assert_eq!(vec.pages().next_back(), Some(&expected[len - 3..]), "nothing was changed");
        if !irregular {
            for n in [0, 5, len - 4, len - 3, len - 1, len, len + 5] {
                assert_eq!(vec.binary_search(&n), expected.binary_search(&n));
            }
        }
        assert!(vec.clone().into_iter().eq(expected.clone()));
        assert_eq!(vec.to_vec(), expected);
    }
}

#[test]
fn a_change_elsewhere_leaves_a_tail_and_the_last_page_shared() {
    // Each of these copied both, so that they were one page, whatever it was to change.
    type Change = (&'static str, usize, fn(&mut PagedVec<usize>));
    const LEN: usize = 24 * PAGE + 20;
    let changes: [Change; 19] = [
        ("retain", 1, |vec| vec.retain(|n| *n != 5)),
        ("retain all but the last", 1, |vec| vec.retain(|n| *n < LEN - 1)),
        ("dedup_by", 1, |vec| vec.dedup_by(|a, _| *a == 5)),
        ("extract_if", 1, |vec| assert_eq!(vec.extract_if(.., |n| *n == 5).count(), 1)),
        ("extract_if to the end", 1, |vec| assert_eq!(vec.extract_if(.., |n| *n == LEN - 1).count(), 1)),
        ("extract_if, not to its end", 1, |vec| assert_eq!(vec.extract_if(.., |n| *n == 5).next(), Some(5))),
        ("get_disjoint_mut", 1, |vec| assert!(vec.get_disjoint_mut([0, 7]).is_ok())),
        ("get_disjoint_mut at both ends", 2, |vec| assert!(vec.get_disjoint_mut([LEN - 2, 0]).is_ok())),
        ("nth of iter_mut", 1, |vec| assert!(vec.iter_mut().nth(LEN - 1).is_some())),
        ("nth_back of iter_mut", 1, |vec| assert!(vec.iter_mut().nth_back(LEN - 1).is_some())),
        ("get_mut", 1, |vec| vec[LEN - 1] = 0),
        ("truncate the tail", 1, |vec| vec.truncate(LEN - 1)),
        ("truncate a page", 2, |vec| vec.truncate(24 * PAGE + 1)),
        ("split_off", 25, |vec| assert_eq!(vec.split_off(PAGE + 1).shared_pages(vec), 0)),
        ("drain", 1, |vec| assert_eq!(vec.drain(1..PAGE - 1).len(), PAGE - 2)),
        ("drain to the end", 2, |vec| assert_eq!(vec.drain(24 * PAGE..).len(), 20)),
        ("drain into the tail", 2, |vec| assert_eq!(vec.drain(24 * PAGE..LEN - 1).len(), 19)),
        ("splice", 1, |vec| assert_eq!(vec.splice(0..1, [1, 2]).len(), 1)),
        ("insert_all", 1, |vec| vec.insert_all(7, [1, 2])),
    ];
    for (name, lost, change) in changes {
        let (vec, _, _other) = tailed(LEN - 3, 3);
        let mut copy = vec.clone();
        change(&mut copy);
        assert_eq!(copy.shared_pages(&vec), vec.page_count() - lost, "{name}");
    }
    let (vec, ..) = tailed(LEN - 3, 3);
    let mut second = vec.clone().split_off(PAGE);
    assert_eq!(second.shared_pages(&vec), vec.page_count() - 1);
    let mut all = PagedVec::from([1]);
    all.append(&mut second);
    assert_eq!((all.shared_pages(&vec), second.len()), (vec.page_count() - 1, 0));
}

#[test]
fn a_tail_is_changed_as_the_rest_is() {
    const LEN: usize = 24 * PAGE + 20;
    type Change = (&'static str, fn(&mut PagedVec<usize>), fn(&mut Vec<usize>));
    macro_rules! both {
        ($($vec:ident => $change:expr;)*) => {[$((
            stringify!($change),
            |$vec: &mut PagedVec<usize>| { $change; },
            |$vec: &mut Vec<usize>| { $change; },
        )),*]};
    }
    let changes: [Change; 39] = both! {
        vec => vec[LEN - 1] = 0;
        vec => vec[LEN - 3] = 0;
        vec => vec[LEN - 4] = 0;
        vec => vec[7] = 0;
        vec => vec.pop();
        vec => vec.push(7);
        vec => vec.insert(LEN, 7);
        vec => vec.insert(LEN - 1, 7);
        vec => vec.insert(LEN - 3, 7);
        vec => vec.insert(LEN - 4, 7);
        vec => vec.insert(7, 7);
        vec => vec.remove(LEN - 1);
        vec => vec.remove(LEN - 3);
        vec => vec.remove(LEN - 4);
        vec => vec.remove(7);
        vec => vec.swap_remove(7);
        vec => vec.swap(7, LEN - 2);
        vec => vec.truncate(LEN - 1);
        vec => vec.truncate(LEN - 5);
        vec => vec.extend(iter::repeat_n(7, 2_000));
        vec => vec.drain(LEN - 2000..LEN - 1);
        vec => vec.drain(LEN - 2000..);
        vec => vec.drain(LEN - 2..LEN - 1);
        vec => vec.drain(LEN - 3..LEN - 1);
        vec => vec.drain(LEN - 3..);
        vec => vec.drain(LEN - 2..);
        vec => vec.drain(7..LEN - 3);
        vec => vec.drain(..LEN - 3);
        vec => vec.drain(..LEN - 1);
        vec => _ = vec.split_off(7);
        vec => _ = vec.split_off(LEN - 3);
        vec => _ = vec.split_off(LEN - 1);
        vec => vec.truncate(LEN - 3);
        vec => vec.retain(|n| n % 7 == 0);
        vec => vec.retain(|n| *n >= LEN - 3);
        vec => vec.retain(|n| *n < LEN - 2);
        vec => vec.reverse();
        vec => vec.sort_by(|a, b| b.cmp(a));
        vec => vec.rotate_left(LEN - 1);
    };
    for (name, change, like_std) in changes {
        for shared in [true, false] {
            let (mut vec, mut expected, other) = tailed(LEN - 3, 3);
            let kept = (vec.clone(), expected.clone());
            let kept = shared.then_some((kept, other));
            change(&mut vec);
            like_std(&mut expected);
            assert!(vec == expected && vec.iter().eq(&expected), "{name}, shared: {shared}");
            vec.push(1);
            expected.push(1);
            assert!(vec == expected && vec.get(expected.len()).is_none(), "{name}, shared: {shared}");
            if let Some(((vec, expected), other)) = kept {
                assert!(vec == expected && other.iter().copied().eq(0..LEN - 3), "{name}");
            }
        }
    }
    // Until nothing but the tail is left.
    let (mut vec, _, _other) = tailed(24 * PAGE, 3);
    for _ in 0..24 * PAGE {
        vec.remove(0);
    }
    assert_eq!((vec.first(), vec.get(2), vec.get(3)), (Some(&(24 * PAGE)), Some(&(24 * PAGE + 2)), None));
    assert_eq!((vec.pop(), vec.len()), (Some(24 * PAGE + 2), 2));
}

#[test]
fn elements_are_extracted_from_a_tail_as_from_the_rest() {
    const LEN: usize = 24 * PAGE + 20;
    for shared in [true, false] {
        for (start, end) in [(0, LEN), (LEN - 5, LEN), (LEN - 3, LEN), (LEN - 2, LEN - 1), (7, LEN - 3)] {
            for step in [1, 2, 3, 1_000, LEN - 1] {
                for reached in [1, 2, 3, LEN] {
                    let (mut vec, mut expected, other) = tailed(LEN - 3, 3);
                    let kept = shared.then(|| (vec.clone(), other));
                    let chosen = |n: &usize| n % step == 0;
                    let got: Vec<_> = vec.extract_if(start..end, chosen).take(reached).collect();
                    let want: Vec<_> = (start..end).filter(chosen).take(reached).collect();
                    expected.retain(|n| want.binary_search(n).is_err());
                    let at = || format!("{start}..{end} by {step}, {reached}");
                    assert!(got == want && vec == expected, "{}", at());
                    vec.push(1);
                    expected.push(1);
                    assert!(vec == expected && vec.iter().rev().eq(expected.iter().rev()), "{}", at());
                    assert!(kept.is_none_or(|(kept, _)| kept.into_iter().eq(0..LEN)), "{}", at());
                }
            }
        }
    }
}
