//! std's traits: showing, comparing, hashing, converting.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::io::Write;

use readmostly::paged::PagedVec;
use readmostly::paged::vec::{IntoIter, Iter, IterMut, Pages};

use super::{hash, irregular, page};

#[test]
fn debug_is_that_of_a_vec() {
    for source in [vec![], vec![0, 1, 2]] {
        let vec = PagedVec::from(source.clone());
        assert_eq!(format!("{vec:?}"), format!("{source:?}"));
        assert_eq!(format!("{vec:#?}"), format!("{source:#?}"));
        assert_eq!(format!("{:?}", vec.range(..)), format!("{source:?}"));
    }
    let vec = PagedVec::from([1, 2]);
    assert_eq!(format!("{:?}", vec.iter()), "Iter([1, 2])");
    assert_eq!(format!("{:?}", vec.clone().into_iter()), "IntoIter([1, 2])");
    assert_eq!(format!("{:?} {:?}", vec.pages(), vec.chunks(1)), "[[1, 2]] [[1], [2]]");
    // Of a walk that has begun, what is left, as std's show it.
    for len in [3, 3 * page::<u8>() + 7] {
        let (mut ours, mut std): (PagedVec<u8>, Vec<u8>) = (vec![7; len].into(), vec![7; len]);
        (ours[len / 2], std[len / 2]) = (9, 9);
        let (mut shared, mut drained) = (ours.clone(), std.clone());
        macro_rules! same_text {
            ($($ours:expr, $std:expr;)*) => {$({
                let (mut ours, mut std) = ($ours, $std);
                assert_eq!(format!("{ours:?}"), format!("{std:?}"));
                assert_eq!((ours.next().is_some(), ours.next_back().is_some()), (true, true));
                _ = (std.next(), std.next_back());
                assert_eq!(format!("{ours:?}"), format!("{std:?}"));
            })*};
        }
        same_text! {
            ours.iter(), std.iter();
            shared.iter_mut(), std.iter_mut();
            shared.clone().into_iter(), std.clone().into_iter();
            shared.drain(..), drained.drain(..);
        }
    }
}

#[test]
fn an_iterator_is_at_its_end_by_default() {
    assert_eq!(Iter::<u8>::default().len(), 0);
    assert_eq!(IterMut::<u8>::default().next(), None);
    assert_eq!(IntoIter::<u8>::default().next_back(), None);
    assert_eq!(Pages::<u8>::default().next(), None);
}

#[test]
fn it_is_compared_from_either_side() {
    let (ours, other): (PagedVec<u32>, PagedVec<u32>) = ((0..3_000).collect(), (1..3_001).collect());
    let flat = ours.to_vec();
    let (slice, part) = (&flat[..], &flat[1..]);
    assert!(flat == ours && *slice == ours && slice == ours);
    assert!(flat == ours.range(..) && *part == ours.range(1..) && part == ours.range(1..));
    assert!(
        flat != other && *slice != other && slice != other && part != ours && flat[..5] != ours.range(1..6)
    );
    let (few, array, other) = (PagedVec::from([1, 2]), [1, 2], &[1, 3]);
    let by_ref = &array;
    assert!(array == few && by_ref == few && array == few.range(..) && by_ref == few.range(..));
    assert!(*other != few && other != few && [1] != few.range(..) && other != few.range(..));
    let (owned, borrowed) = (vec![String::from("a")], PagedVec::from(["a"]));
    assert!(owned == borrowed);
}

#[test]
fn it_is_made_of_and_makes_what_a_vec_does() {
    let source: Vec<u32> = (0..2_500).collect();
    let deque: VecDeque<u32> = source.iter().copied().cycle().skip(100).take(2_500).collect();
    let mut turned = deque.clone();
    turned.rotate_right(100);
    assert_eq!(PagedVec::from(turned), source);
    let vec = PagedVec::from(source.clone().into_boxed_slice());
    assert_eq!(
        (Box::<[u32]>::from(vec.clone()), VecDeque::from(vec.clone())),
        (source.clone().into(), source.into())
    );
    assert_eq!(PagedVec::from(&[1, 2, 3]), [1, 2, 3]);
    assert_eq!(<[u32; 3]>::try_from(PagedVec::from([1, 2, 3])), Ok([1, 2, 3]));
    assert!(<[u32; 3]>::try_from(vec.clone()).is_err_and(|back| back.ptr_eq(&vec)));
    assert_eq!(<[u32; 0]>::try_from(PagedVec::new()), Ok([]));
    let mut bytes = PagedVec::from(*b"one");
    assert_eq!(bytes.write(b" two").ok(), Some(4));
    assert!(write!(bytes, " {}", 3).is_ok() && bytes.flush().is_ok());
    assert_eq!(bytes, b"one two 3");
}

#[test]
fn order_is_that_of_a_slice() {
    let (low, high, short) = (PagedVec::from([1, 2, 3]), PagedVec::from([1, 3, 0]), PagedVec::from([1, 2]));
    for (a, b) in [(&low, &high), (&short, &low), (&low, &low), (&high, &short)] {
        let (flat_a, flat_b) = (a.to_vec(), b.to_vec());
        assert_eq!((a.cmp(b), a.partial_cmp(b)), (flat_a.cmp(&flat_b), flat_a.partial_cmp(&flat_b)));
        let (a, b) = (a.range(..), b.range(..));
        assert_eq!((a.cmp(&b), a.partial_cmp(&b)), (flat_a.cmp(&flat_b), flat_a.partial_cmp(&flat_b)));
    }
    let nan = PagedVec::from([f64::NAN]);
    assert!(nan.partial_cmp(&nan).is_none() && nan.range(..).partial_cmp(&nan.range(..)).is_none());
    assert!(low.to_vec() == low && low.to_vec() != high && low.to_vec() != short && short.to_vec() != low);
}

#[test]
fn equality_order_and_hash_do_not_see_the_pages() {
    let source: Vec<u8> = (0..5_000_u32).map(|n| (n % 251) as u8).collect();
    let (mut regular, mut uneven) = (PagedVec::from(source.clone()), irregular(&source));
    assert_ne!(regular.page_count(), uneven.page_count());
    for _ in 0..3 {
        assert_eq!(regular, uneven);
        assert_eq!(hash(&regular), hash(&uneven));
        assert_eq!(hash(&regular.range(10..4_000)), hash(&uneven.range(10..4_000)));
        assert_eq!(regular.cmp(&uneven), Ordering::Equal);
        regular.push(9);
        assert_ne!(regular, uneven);
        assert_ne!(hash(&regular), hash(&uneven));
        assert_ne!(hash(&regular.range(1..)), hash(&uneven.range(1..)));
        assert_eq!(regular.cmp(&uneven), Ordering::Greater);
        uneven.push(9);
    }
    assert_eq!(uneven.range(..5_000), source);
    assert_eq!(uneven.range(..5_000), source[..]);
    assert_eq!(regular.range(100..4_900), uneven.range(100..4_900));
    uneven[4_999] ^= 1;
    assert_ne!(regular, uneven);
    let small = PagedVec::from([1, 2]);
    let (vec, array) = (vec![1, 2], [1, 2]);
    let (slice, array_ref) = (&array[..], &array);
    assert!(small == array && small == vec && small == *slice && small == slice && small == array_ref);
    assert!(vec == small && small.range(1..) == [2]);
    assert_eq!(small.cmp(&PagedVec::from([1, 3])), Ordering::Less);
}
