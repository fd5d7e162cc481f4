//! What gives parts of a slice, on a vector and on a view of a part of one, beside std's.

use std::fmt::Debug;

use readmostly::paged::PagedVec;
use readmostly::paged::vec::Slice;

use super::{assert_panics, irregular};

/// What a walk yields that is asked from both ends, and passes over some.
fn walked<'a, V: ToVec<'a>>(
    make: impl Fn() -> Box<dyn Both<V> + 'a>,
    exact: bool,
) -> Vec<Vec<Option<Vec<u16>>>> {
    let flat = |view: Option<V>| view.map(ToVec::flat);
    let mut all = Vec::new();
    // Front, back, in turns, and with `nth`.
    for way in 0..6 {
        let mut iter = make();
        let mut seen = Vec::new();
        for step in 0..40 {
            if exact {
                let (low, high) = iter.size_hint();
                assert_eq!(Some(low), high);
                seen.push((low == 0).then(Vec::new));
            }
            seen.push(flat(match way {
                0 => iter.next(),
                2 if step % 2 == 0 => iter.next(),
                1 | 2 => iter.next_back(),
                3 => iter.nth(step % 3),
                4 => iter.nth_back(step % 3),
                _ if step % 3 == 0 => iter.nth_back(1),
                _ => iter.nth(1),
            }));
        }
        all.push(seen);
    }
    all.push(vec![Some(vec![u16::try_from(make().count()).expect("few")]), flat(make().last())]);
    all
}

/// An iterator with two ends, behind a pointer.
trait Both<V>: DoubleEndedIterator<Item = V> {
    fn count(self: Box<Self>) -> usize;
    fn last(self: Box<Self>) -> Option<V>;
}

impl<V, I: DoubleEndedIterator<Item = V>> Both<V> for I {
    fn count(self: Box<Self>) -> usize {
        (*self).count()
    }
    fn last(self: Box<Self>) -> Option<V> {
        Iterator::last(*self)
    }
}

trait ToVec<'a> {
    fn flat(self) -> Vec<u16>;
}

impl<'a> ToVec<'a> for &'a [u16] {
    fn flat(self) -> Vec<u16> {
        self.to_vec()
    }
}

impl<'a> ToVec<'a> for Slice<'a, u16> {
    fn flat(self) -> Vec<u16> {
        assert!(self.len() == self.iter().len());
        self.to_vec()
    }
}

/// Runs a body for the vector and for a view, as `ours`, with the slice that each is to be like.
macro_rules! both {
    ($source:expr, |$ours:ident, $std:ident| $body:block) => {{
        let source: Vec<u16> = $source;
        let padded: Vec<u16> = [&[9, 9, 9], &source[..], &[9]].concat();
        for vec in [PagedVec::from(&source[..]), irregular(&source)] {
            let ($ours, $std) = (&vec, &source[..]);
            $body
        }
        for vec in [PagedVec::from(&padded[..]), irregular(&padded)] {
            let ($ours, $std) = (vec.range(3..3 + source.len()), &source[..]);
            $body
        }
    }};
}

fn sources() -> impl Iterator<Item = Vec<u16>> {
    [0_u16, 1, 2, 3, 5, 7, 12, 1_023, 1_024, 1_025, 3_000]
        .into_iter()
        .map(|len| (0..len).map(|n| n / 2 % 7).collect())
}

#[test]
fn runs_of_one_length_are_those_of_a_slice() {
    for source in sources() {
        both!(source.clone(), |ours, std| {
            for size in [1, 2, 3, 5, 1_000, 1_024, usize::MAX] {
                macro_rules! like_std {
                    ($($method:ident)*) => {$(
                        assert!(
                            walked(|| Box::new(ours.$method(size)), true) == walked(|| Box::new(std.$method(size)), true),
                            "{} of {size} of {}", stringify!($method), std.len()
                        );
                    )*};
                }
                like_std!(windows chunks chunks_exact rchunks rchunks_exact);
                assert_eq!(ours.chunks_exact(size).remainder(), std.chunks_exact(size).remainder());
                assert_eq!(ours.rchunks_exact(size).remainder(), std.rchunks_exact(size).remainder());
                let mut chunks = ours.rchunks(size);
                chunks.next();
                assert!(chunks.clone().eq(chunks));
            }
        });
    }
}

#[test]
fn runs_that_a_predicate_ends_are_those_of_a_slice() {
    for source in sources() {
        both!(source.clone(), |ours, std| {
            for modulus in [1, 2, 3, 9] {
                let pred = |n: &u16| n % modulus == 0;
                macro_rules! like_std {
                    ($($method:ident)*) => {$(
                        assert!(
                            walked(|| Box::new(ours.$method(pred)), false) == walked(|| Box::new(std.$method(pred)), false),
                            "{} by {modulus} of {}", stringify!($method), std.len()
                        );
                        assert_eq!(ours.$method(pred).size_hint(), std.$method(pred).size_hint());
                    )*};
                }
                like_std!(split split_inclusive rsplit);
                for n in [0, 1, 2, 5, usize::MAX] {
                    assert!(ours.splitn(n, pred).eq(std.splitn(n, pred)));
                    assert!(ours.rsplitn(n, pred).eq(std.rsplitn(n, pred)));
                    let (mut a, mut b) = (ours.splitn(n, pred), std.splitn(n, pred));
                    assert_eq!((a.next().is_some(), a.size_hint()), (b.next().is_some(), b.size_hint()));
                }
                let same = |a: &u16, b: &u16| a % modulus == b % modulus;
                assert!(
                    walked(|| Box::new(ours.chunk_by(same)), false)
                        == walked(|| Box::new(std.chunk_by(same)), false)
                );
            }
        });
    }
}

#[test]
fn a_predicate_that_panics_leaves_the_iterator_where_it_was() {
    let vec = PagedVec::from([1, 2, 0, 3]);
    let mut calls = 0;
    let mut runs = vec.split(|n| {
        calls += 1;
        assert!(calls != 2, "once");
        *n == 0
    });
    assert_panics("once", || runs.next().is_some());
    assert!(runs.next().is_some_and(|run| run == [1, 2]));
    assert!(runs.next().is_some_and(|run| run == [3]) && runs.next().is_none());
}

#[test]
fn parts_are_those_of_a_slice() {
    fn text(parts: &impl Debug) -> String {
        format!("{parts:?}")
    }
    for source in sources() {
        both!(source.clone(), |ours, std| {
            assert_eq!(text(&ours.split_first()), text(&std.split_first()));
            assert_eq!(text(&ours.split_last()), text(&std.split_last()));
            for at in [0, 1, 2, 1_000, 1_024, source.len(), source.len() + 1, usize::MAX] {
                assert_eq!(text(&ours.split_at_checked(at)), text(&std.split_at_checked(at)));
                if at <= source.len() {
                    assert_eq!(text(&ours.split_at(at)), text(&std.split_at(at)));
                } else {
                    assert_panics("mid > len", || ours.split_at(at).0.len());
                }
                let (begins, ends) =
                    (&source[..at.min(source.len())], &source[source.len().saturating_sub(at)..]);
                for part in [begins, ends, &[0, 0, 1, 9]] {
                    assert_eq!(text(&ours.strip_prefix(part)), text(&std.strip_prefix(part)));
                    assert_eq!(text(&ours.strip_suffix(part)), text(&std.strip_suffix(part)));
                }
            }
        });
    }
    let vec = PagedVec::from([1]);
    assert_panics("window size must be non-zero", || vec.windows(0).count());
    assert_panics("chunk size must be non-zero", || vec.chunks(0).count());
    assert_panics("chunk size must be non-zero", || vec.chunks_exact(0).count());
    assert_panics("chunk size must be non-zero", || vec.rchunks(0).count());
    assert_panics("chunk size must be non-zero", || vec.rchunks_exact(0).count());
}

#[test]
fn a_search_in_a_view_finds_what_a_slice_finds() {
    for len in [0_u16, 1, 2, 700, 1_024, 1_025, 3_000] {
        let source: Vec<u16> = (0..len).map(|n| n * 3).collect();
        let mut tailed = PagedVec::from(&source[..]);
        let (version, mut longer) = (tailed.clone(), source.clone());
        tailed.extend([9_000, 9_003]);
        for vec in [version.clone(), irregular(&source), tailed] {
            longer.truncate(source.len());
            longer.extend(vec.range(source.len()..));
            for (start, end) in [
                (0, vec.len()),
                (1, vec.len()),
                (vec.len() / 3, vec.len() - vec.len() / 7),
                (0, vec.len() / 2),
            ] {
                if start > end {
                    continue;
                }
                let (ours, std) = (vec.range(start..end), &longer[start..end]);
                for sought in (0..9_010).step_by(if len < 10 { 1 } else { 53 }) {
                    assert_eq!(ours.binary_search(&sought), std.binary_search(&sought));
                    assert_eq!(ours.partition_point(|&n| n < sought), std.partition_point(|&n| n < sought));
                    assert_eq!(
                        ours.binary_search_by_key(&(sought / 2), |n| n / 2).is_ok(),
                        std.binary_search_by_key(&(sought / 2), |n| n / 2).is_ok()
                    );
                }
                assert!(ours.is_sorted() && ours.is_sorted_by_key(|n| n / 3));
                assert_eq!(ours.is_sorted_by(|a, b| a > b), std.len() < 2);
                assert_eq!(ours.is_sorted_by_key(|n| n % 100), std.is_sorted_by_key(|n| n % 100));
                let part = &std[..std.len() / 2];
                assert!(ours.starts_with(part) && ours.ends_with(&std[std.len() / 2..]));
            }
        }
    }
}

#[test]
fn a_view_becomes_a_vector_that_shares_its_pages() {
    let vec: PagedVec<usize> = (0..10_240).collect();
    for (range, shared) in [(0..10_240, 10), (1_024..3_072, 2), (1_000..3_100, 2), (5..6, 0), (7..7, 0)] {
        let part = PagedVec::from(vec.range(range.clone()));
        assert_eq!((part.to_vec(), part.shared_pages(&vec)), (range.collect(), shared));
    }
    assert!(PagedVec::from(vec.range(..)).ptr_eq(&vec));
}
