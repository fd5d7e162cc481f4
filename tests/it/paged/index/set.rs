//! `PagedIndexSet`: what it does, and the algebra with its order.

use indexmap::IndexSet;
use readmostly::paged::PagedIndexSet;
use readmostly::paged::index_set::{IntoIter, Iter};
use std::rc::Rc;

type Set = PagedIndexSet<u64>;

#[test]
fn it_does_what_indexmap_does() {
    let mut ours = Set::new();
    let mut theirs = IndexSet::new();
    for n in (0..6_000).map(|n| n * 7_919 % 4_001) {
        assert_eq!(ours.insert_full(n), theirs.insert_full(n));
        match n % 6 {
            0 => assert_eq!(ours.shift_remove(&(n / 2)), theirs.shift_remove(&(n / 2))),
            1 => assert_eq!(ours.swap_remove_full(&(n / 3)), theirs.swap_remove_full(&(n / 3))),
            2 => assert_eq!(ours.replace_full(n), theirs.replace_full(n)),
            3 => assert_eq!(ours.shift_take(&(n / 2)), theirs.shift_take(&(n / 2))),
            4 => assert_eq!(ours.swap_take(&(n + 1)), theirs.swap_take(&(n + 1))),
            _ => assert_eq!(ours.get_full(&(n / 4)), theirs.get_full(&(n / 4))),
        }
    }
    assert!(ours.iter().eq(&theirs) && ours.iter().rev().eq(theirs.iter().rev()));
    assert_eq!((ours.first(), ours.last()), (theirs.first(), theirs.last()));
    assert_eq!(ours.pop(), theirs.pop());
    assert_eq!(ours.swap_remove_index(5), theirs.swap_remove_index(5));
    assert_eq!(ours.shift_remove_index(5), theirs.shift_remove_index(5));
    assert_eq!(ours.shift_remove_full(&ours[9].clone()), theirs.shift_remove_full(&theirs[9].clone()));
    ours.truncate(1_000);
    theirs.truncate(1_000);
    ours.swap_indices(3, 700);
    theirs.swap_indices(3, 700);
    assert!(ours.drain(10..20).eq(theirs.drain(10..20)));
    ours.reverse();
    theirs.reverse();
    assert!(ours.clone().into_iter().eq(theirs.clone()));
    ours.sort_by(|a, b| b.cmp(a));
    theirs.sort_by(|a, b| b.cmp(a));
    assert!(ours.iter().eq(&theirs));
    ours.sort();
    assert!(ours.iter().is_sorted());
    ours.sort_by_key(|n| n % 10);
    theirs.sort();
    theirs.sort_by_key(|n| n % 10);
    assert!(ours.iter().eq(&theirs));
    ours.sort_unstable_by(|a, b| b.cmp(a));
    assert!(ours.iter().rev().is_sorted());
    ours.sort_unstable();
    assert!(ours.iter().is_sorted());
    assert!(ours.contains(&ours[0]) && ours.get(&ours[0]) == Some(&ours[0]));
    assert!(ours.move_to_back(&ours[0].clone()));
    assert!(!ours.iter().is_sorted());
    ours.retain(|n| n % 2 == 0);
    assert!(ours.iter().all(|n| n % 2 == 0));
}

#[test]
fn the_algebra_keeps_the_order() {
    let (a, b): (Vec<u64>, Vec<u64>) =
        ((0..3_000).rev().collect(), (1_500..4_000).map(|n| n * 3 % 4_001).collect());
    let (ours, other): (Set, Set) = (a.iter().copied().collect(), b.iter().copied().collect());
    let (theirs, others): (IndexSet<u64>, IndexSet<u64>) = (a.into_iter().collect(), b.into_iter().collect());
    assert!(ours.union(&other).eq(theirs.union(&others)));
    assert!(ours.intersection(&other).eq(theirs.intersection(&others)));
    assert!(ours.difference(&other).eq(theirs.difference(&others)));
    assert!(ours.symmetric_difference(&other).eq(theirs.symmetric_difference(&others)));
    assert!((&ours | &other).iter().eq(&(&theirs | &others)));
    assert!((&ours & &other).iter().eq(&(&theirs & &others)));
    assert!((&ours ^ &other).iter().eq(&(&theirs ^ &others)));
    assert!((&ours - &other).iter().eq(&(&theirs - &others)));
    assert!((&ours & &other).is_subset(&ours) && ours.is_superset(&(&ours - &other)));
    assert!((&ours - &other).is_disjoint(&other) && !ours.is_disjoint(&other));
    // It shares what it can.
    assert!((&ours | &Set::from([9_999])).shared_pages(&ours) > ours.page_count() / 2);
    assert_eq!(format!("{:?}", Set::from([3, 1]).union(&Set::from([2]))), "[3, 1, 2]");
}

#[test]
fn it_is_built_and_shown_as_a_set() {
    let set = Set::from([3, 1, 3, 2]);
    assert_eq!(
        format!("{set:?} {:?} {:?}", set.iter(), set.clone().into_iter()),
        "{3, 1, 2} [3, 1, 2] [3, 1, 2]"
    );
    assert_eq!(set, Set::from([1, 2, 3]));
    let mut more = set.clone();
    more.extend(&[9, 1]);
    more.extend([8]);
    assert!(more.iter().eq(&[3, 1, 2, 9, 8]));
    assert_eq!(format!("{:?}", more.drain(1..3)), "[1, 2]");
    assert!((&more).into_iter().eq(&[3, 9, 8]));
    more.clear();
    assert!(more.is_empty() && more.get_index(0).is_none());
    assert_eq!((Iter::<u8>::default().next(), IntoIter::<u8>::default().next()), (None, None));
    let mut room = Set::with_capacity(1_000);
    assert!(room.capacity() >= 1_000 && room.try_reserve(5_000).is_ok());
    room.reserve(10_000);
    room.shrink_to(100);
    room.shrink_to_fit();
    assert_eq!(room.capacity(), 0);
}

#[test]
fn an_equal_element_is_replaced_in_its_place() {
    let (old, new) = (Rc::new(5), Rc::new(5));
    let mut set = PagedIndexSet::from([Rc::new(1), Rc::clone(&old), Rc::new(2)]);
    assert!(!set.insert(Rc::clone(&new)));
    assert!(Rc::ptr_eq(&set[1], &old));
    assert!(set.replace(Rc::clone(&new)).is_some_and(|replaced| Rc::ptr_eq(&replaced, &old)));
    assert!(Rc::ptr_eq(&set[1], &new));
    assert_eq!(Rc::strong_count(&old), 1);
}
