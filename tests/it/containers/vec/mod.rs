//! `CowVec`, method by method. `model.rs` holds it against `Vec`, and `tests/alloc` counts what it allocates.
//!
//! Most of what a vector does by itself is shown here through the container. `PagedVec` has tests of its own in `paged/vec`.
//! That a snapshot cannot be changed, and that a reference cannot outlive its guard, are `compile_fail` examples at `Snapshot`
//! and at `Guard`.

mod iterators;
mod model;

use crate::support::elements::{Elem, clones};
use crate::support::versions::{panics, published, unchanged};
use readmostly::paged::PagedVec;
use readmostly::{CowVec, Guard, OutOfBounds, Snapshot, WriteTxn};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::iter;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard;

assert_impl_all!(CowVec<u8>: Send, Sync, UnwindSafe, RefUnwindSafe);
assert_impl_all!(Snapshot<PagedVec<u8>>: Send, Sync, Clone);
assert_not_impl_any!(CowVec<Rc<u8>>: Send, Sync);
assert_not_impl_any!(CowVec<Cell<u8>>: Send, Sync); // `Send`, but shared by the versions
assert_not_impl_any!(CowVec<MutexGuard<'static, u8>>: Send, Sync); // `Sync`, but dropped by any thread
assert_not_impl_any!(Snapshot<PagedVec<Rc<u8>>>: Send, Sync);
assert_not_impl_any!(Snapshot<PagedVec<Cell<u8>>>: Send, Sync);
assert_not_impl_any!(Guard<'static, PagedVec<u8>>: Send);
assert_not_impl_any!(WriteTxn<'static, PagedVec<u8>>: Send);
// A container that could be cloned would leave open whether the two are one or two: there are `fork` and `Arc`.
assert_not_impl_any!(CowVec<u8>: Clone);

/// `[0, 1, 2]`, which most tests begin with.
fn three() -> CowVec<i32> {
    CowVec::from([0, 1, 2])
}

/// Twenty numbers in no order.
fn shuffled() -> Vec<i32> {
    (0..20).map(|n| n * 7 % 20).collect()
}

/// What the current version holds.
fn content<T: Clone>(list: &CowVec<T>) -> Vec<T> {
    list.snapshot().to_vec()
}

fn hash_of(list: &CowVec<i32>) -> u64 {
    let mut hasher = DefaultHasher::new();
    list.snapshot().hash(&mut hasher);
    hasher.finish()
}

#[test]
fn a_new_list_is_empty() {
    let list = CowVec::<i32>::new();
    assert_eq!((list.len(), list.is_empty(), list.version()), (0, true, 0));
    assert!(content(&list).is_empty());
    assert_eq!(list.snapshot().iter().next(), None);
    assert_eq!((list.first(), list.last()), (None, None));
}

#[test]
fn it_is_made_from_an_array_a_vec_and_an_iterator() {
    let mut array: [i32; 20] = shuffled().try_into().unwrap();
    let mut source = shuffled();
    let lists = [CowVec::from(array), CowVec::from(source.clone()), source.iter().copied().collect()];
    array.fill(-1);
    source.fill(-1);
    for list in lists {
        assert_eq!(list.len(), 20);
        for (index, value) in shuffled().into_iter().enumerate() {
            assert_eq!(list.get(index), Some(value));
        }
        assert_eq!(list.version(), 0);
    }
}

#[test]
fn extend_appends_all() {
    let list = three();
    published(&list, || list.extend([3, 4, 5]));
    assert_eq!(list.len(), 6);
    published(&list, || list.extend([3, 4, 5]));
    assert_eq!(content(&list), [0, 1, 2, 3, 4, 5, 3, 4, 5]);
    unchanged(&list, || list.extend([]));
    unchanged(&list, || Extend::extend(&mut &list, [0; 0]));
    published(&list, || Extend::extend(&mut &list, [6]));
    assert_eq!(list.last(), Some(6));
    let empty = CowVec::<i32>::new();
    unchanged(&empty, || empty.extend([]));
}

#[test]
fn extend_absent_appends_what_is_new() {
    let list = three();
    assert_eq!(published(&list, || list.extend_absent([3, 4, 1])), 2);
    assert_eq!(unchanged(&list, || list.extend_absent([3, 4, 1])), 0);
    assert_eq!(list.len(), 5);

    let list = three();
    assert_eq!(published(&list, || list.extend_absent([7, 7, 1, 8])), 2);
    assert_eq!(content(&list), [0, 1, 2, 7, 8]);

    let list = CowVec::from([1, 2]);
    assert_eq!(unchanged(&list, || list.extend_absent(list.snapshot().iter().copied())), 0);
    // Held while it writes: a guard delays nobody.
    let guard = list.load();
    assert_eq!(unchanged(&list, || list.extend_absent(guard.iter().copied())), 0);
    assert_eq!(unchanged(&list, || list.extend_absent([])), 0);
}

#[test]
fn push_if_absent_pushes_what_is_not_there() {
    let list: CowVec<i32> = (0..20).collect();
    assert!(!unchanged(&list, || list.push_if_absent(1)));
    assert_eq!(list.len(), 20);
    assert!(published(&list, || list.push_if_absent(99)));
    assert_eq!((list.len(), list.last()), (21, Some(99)));
}

#[test]
fn clear_leaves_snapshots_alone() {
    let list: CowVec<i32> = (0..20).collect();
    let before = list.snapshot();
    published(&list, || list.clear());
    assert_eq!(list.len(), 0);
    assert!(before.iter().copied().eq(0..20));
    unchanged(&list, || list.clear());
}

#[test]
fn a_fork_goes_its_own_way() {
    let list: CowVec<i32> = (0..20).collect();
    let fork = list.fork();
    assert_eq!((fork.version(), &fork), (0, &list));
    assert!(fork.load().ptr_eq(&list.load()));
    unchanged(&list, || fork.clear());
    assert!(list.load().iter().copied().eq(0..20));
    let fork = list.fork();
    unchanged(&fork, || list.clear());
    assert!(fork.load().iter().copied().eq(0..20));
}

#[test]
fn contains_finds_what_is_there() {
    assert!(three().contains(&1));
    assert!(!three().contains(&5));
}

#[test]
fn insert_moves_what_follows() {
    let list = three();
    published(&list, || list.insert(0, -1)).unwrap();
    assert_eq!(content(&list), [-1, 0, 1, 2]);
    published(&list, || list.insert(2, -2)).unwrap();
    assert_eq!(content(&list), [-1, 0, -2, 1, 2]);
}

#[test]
fn an_index_may_be_the_last_and_an_insertion_one_further() {
    let list = three();
    list.insert(list.len(), 9).unwrap();
    assert_eq!(content(&list), [0, 1, 2, 9]);
    unchanged(&list, || list.update(|draft| draft.insert_all(0, [])));
    unchanged(&list, || list.update(|draft| draft.insert_all(draft.len(), [])));
    list.set(0, -1).unwrap();
    list.set(list.len() - 1, -9).unwrap();
    let snapshot = list.snapshot();
    assert_eq!(snapshot.range(0..snapshot.len()), [-1, 1, 2, -9]);
}

#[test]
fn lists_are_equal_as_their_elements_are() {
    let (a, b) = (three(), three());
    assert_eq!((&a, hash_of(&a)), (&b, hash_of(&b)));
    a.push(-1);
    assert_ne!(a, b);
    assert_ne!(b, a);
    b.push(-1);
    assert_eq!((&a, hash_of(&a)), (&b, hash_of(&b)));
    // Whatever the way there: versions and pages are no part of the value.
    b.insert(0, 7).unwrap();
    b.remove(0);
    assert_eq!((&a, hash_of(&a)), (&b, hash_of(&b)));
    assert_eq!(a.snapshot(), b.snapshot());
}

#[test]
fn many_are_sought_in_one_version() {
    // No method of its own: one version, and an iterator over what is sought.
    let list = three().snapshot();
    let contains_all = |sought: &[i32]| sought.iter().all(|value| list.contains(value));
    assert!(contains_all(&[]) && contains_all(&[1]) && contains_all(&[1, 2]));
    assert!(!contains_all(&[1, 2, 6]) && !contains_all(&[6]));
}

#[test]
fn get_returns_what_is_there() {
    let list = three();
    assert_eq!((list.get(0), list.get(2), list.get(3), list.get(usize::MAX)), (Some(0), Some(2), None, None));
    assert_eq!((list.first(), list.last()), (Some(0), Some(2)));
}

#[test]
fn index_of_finds_the_first() {
    let list = three();
    list.push(1);
    assert_eq!((list.index_of(&1), list.index_of(&7)), (Some(1), None));
    let snapshot = list.snapshot();
    for (index, value) in [0, 1, 2].into_iter().enumerate() {
        assert_eq!(snapshot.index_of(&value), Some(index));
        assert_eq!(snapshot.range(index..).index_of(&value), Some(0));
        assert_eq!(snapshot.range(..index).index_of(&value), None);
    }
    assert_eq!(snapshot.range(3..).index_of(&2), None);
    assert_eq!(snapshot.range(2..).index_of(&1), Some(1));
    // A search from an index that may be anything is an iterator that skips; a range reports a start past the end.
    let snapshot = three().snapshot();
    let from = |value: usize, start| {
        snapshot.iter().enumerate().skip(start).find(|(_, v)| **v == i32::try_from(value).unwrap())
    };
    for value in 0..3 {
        assert_eq!(from(value, 0).map(|(index, _)| index), Some(value));
        assert_eq!(from(value, value).map(|(index, _)| index), Some(value));
        for start in [value + 1, 3, usize::MAX] {
            assert_eq!(from(value, start), None);
        }
    }
}

#[test]
fn last_index_of_finds_the_last() {
    let list = CowVec::from([0, 1, 2, 1]);
    assert_eq!((list.last_index_of(&1), list.last_index_of(&-42)), (Some(3), None));
    assert_eq!(list.snapshot().range(..3).last_index_of(&1), Some(1));
    // From an index downwards is a range that includes it; one past the end is reported.
    let list = CowVec::from([0, 1, 2, 1, 3]);
    let snapshot = list.snapshot();
    let from = |value, last| snapshot.range(..=last).last_index_of(&value);
    assert_eq!((from(1, 1), from(1, 2), from(1, 3), from(3, 3)), (Some(1), Some(1), Some(3), None));
    panics(&list, || from(3, 5));
}

#[test]
fn len_and_is_empty_agree() {
    let empty = CowVec::<i32>::new();
    let full: CowVec<i32> = (0..20).collect();
    assert_eq!((empty.is_empty(), empty.len(), full.is_empty(), full.len()), (true, 0, false, 20));
    let snapshot = full.snapshot();
    for range in [0..0, 20..20] {
        let range = snapshot.range(range);
        assert_eq!((range.is_empty(), range.len()), (true, 0));
    }
    assert_eq!(snapshot.range(..).len(), 20);
}

#[test]
fn debug_is_that_of_vec() {
    for elements in [vec![], vec![0, 1, 2]] {
        let list = CowVec::from(elements.clone());
        assert_eq!(format!("{list:?} {list:#?}"), format!("{elements:?} {elements:#?}"));
        assert_eq!(format!("{:?}", list.snapshot()), format!("{elements:?}"));
        assert_eq!(format!("{:?}", list.load()), format!("{elements:?}"));
    }
}

#[test]
fn remove_takes_out_by_index() {
    for index in 0..3 {
        let list = three();
        let gone = i32::try_from(index).unwrap();
        assert_eq!(published(&list, || list.remove(index)), Some(gone));
        assert_eq!((list.len(), list.contains(&gone)), (2, false));
    }
}

#[test]
fn remove_item_removes_the_first() {
    let list = CowVec::from([4, 5, 6]);
    for value in [6, 4, 5] {
        assert!(published(&list, || list.remove_item(&value)));
    }
    assert!(!unchanged(&list, || list.remove_item(&5)));
    assert!(content(&list).is_empty());

    let list = CowVec::from([1, 2, 1, 3, 1]);
    assert!(list.remove_item(&1));
    assert_eq!(content(&list), [2, 1, 3, 1]);
}

#[test]
fn remove_all_and_retain_all_are_retain() {
    let list = three();
    published(&list, || list.retain(|value| ![1, 2].contains(value)));
    unchanged(&list, || list.retain(|value| ![1, 2].contains(value)));
    assert_eq!(content(&list), [0]);
    let list = CowVec::from([1, 2, 1, 3, 1]);
    list.retain(|value| *value != 1);
    assert_eq!(content(&list), [2, 3]);

    let list = CowVec::from([1, 2, 1, 3, 1]);
    published(&list, || list.retain(|value| *value == 1));
    assert_eq!(content(&list), [1, 1, 1]);

    // The predicate reads the same list, by a snapshot and by itself.
    let list = CowVec::from([1, 2]);
    let own = list.snapshot();
    unchanged(&list, || list.retain(|value| own.contains(value) && list.contains(value)));
    published(&list, || list.retain(|value| !list.contains(value)));
    assert!(content(&list).is_empty());
}

#[test]
fn set_publishes_equal_elements_too() {
    let list = three();
    assert_eq!(published(&list, || list.set(2, 4)).unwrap(), 2);
    assert_eq!(published(&list, || list.set(0, 0)).unwrap(), 0); // as its docs say
    assert_eq!(content(&list), [0, 1, 4]);
}

#[test]
fn a_copy_is_not_the_list() {
    let list = CowVec::from(shuffled());
    let mut copy = list.snapshot().to_vec();
    assert_eq!(copy, shuffled());
    unchanged(&list, || copy.reverse());
    assert_eq!(content(&list), shuffled());

    // Into a buffer of the caller's; of another length it is reported, or a part of it is taken.
    let snapshot = list.snapshot();
    let mut equal = [-1; 20];
    snapshot.copy_to_slice(&mut equal);
    assert_eq!(equal[..], shuffled());
    let (mut smaller, mut larger) = ([-1; 19], [-1; 21]);
    panics(&list, || snapshot.copy_to_slice(&mut smaller));
    panics(&list, || snapshot.copy_to_slice(&mut larger));
    assert_eq!((smaller, larger), ([-1; 19], [-1; 21]));
    snapshot.range(..19).copy_to_slice(&mut smaller);
    snapshot.copy_to_slice(&mut larger[..20]);
    assert_eq!((&smaller[..], &larger[..20], larger[20]), (&shuffled()[..19], &shuffled()[..], -1));
}

#[test]
fn a_range_of_a_snapshot_is_that_of_a_slice() {
    let list: CowVec<i32> = (0..10).collect();
    let (snapshot, vec) = (list.snapshot(), content(&list));
    for end in 0..=10 {
        for start in 0..=end {
            assert_eq!(snapshot.range(start..end), vec[start..end]);
        }
    }

    let list: CowVec<char> = "abcde".chars().collect();
    let snapshot = list.snapshot();
    let inner = snapshot.range(0..5).range(0..5);
    assert_eq!(inner, ['a', 'b', 'c', 'd', 'e']);
    #[expect(clippy::reversed_empty_ranges, reason = "it must be reported")]
    for range in [0..6, 4..3, usize::MAX..usize::MAX, usize::MAX..0, 0..usize::MAX] {
        panics(&list, || snapshot.range(range.clone()));
        panics(&list, || inner.range(range.clone()));
    }
    panics(&list, || snapshot.range(..=usize::MAX));
    panics(&list, || inner.range(usize::MAX..));

    let list = three();
    let snapshot = list.snapshot();
    let range = snapshot.range(0..2);
    list.push(7);
    list.clear();
    assert_eq!(range, [0, 1]);
}

#[test]
fn an_index_out_of_range_is_reported() {
    for len in 0..5 {
        let elements = || 0..i32::try_from(len).unwrap();
        let list: CowVec<i32> = elements().collect();
        let refused = |result: Result<(), OutOfBounds<i32>>, at| {
            let error = result.unwrap_err();
            assert_eq!((error.index, error.len, error.value), (at, len, 9));
            assert!(error.to_string().contains(&format!("index {at} is out of range")));
        };
        for at in [len, len + 1, usize::MAX - 1, usize::MAX] {
            assert_eq!(list.get(at), None);
            assert_eq!(unchanged(&list, || list.remove(at)), None);
            refused(unchanged(&list, || list.set(at, 9)).map(drop), at);
            panics(&list, || list.update(|draft| draft[at] = 9));
            panics(&list, || list.update(|draft| draft.remove(at)));
        }
        for at in [len + 1, usize::MAX - 1, usize::MAX] {
            refused(unchanged(&list, || list.insert(at, 9)), at);
            panics(&list, || list.update(|draft| draft.insert(at, 9)));
            panics(&list, || list.update(|draft| draft.insert_all(at, [9, 9])));
            panics(&list, || list.update(|draft| draft.insert_all(at, [])));
        }
        published(&list, || list.push(7));
        assert!(list.load().iter().copied().eq(elements().chain([7])));
    }
}

#[test]
fn retain_keeps_what_it_is_told_to() {
    for len in 0..=6_usize {
        for mask in 0..1_u32 << len {
            let list: CowVec<usize> = (0..len).collect();
            let mut seen = Vec::new();
            let version = list.version();
            list.retain(|&n| {
                seen.push(n);
                mask >> n & 1 == 1
            });
            assert!(seen.into_iter().eq(0..len), "each once and in order");
            assert!(list.load().iter().copied().eq((0..len).filter(|n| mask >> n & 1 == 1)));
            assert_eq!(list.len(), mask.count_ones() as usize);
            assert_eq!(list.version() - version, u64::from(list.len() < len));
        }
    }
}

#[test]
fn a_panic_in_a_closure_changes_nothing() {
    let list = three();
    panics(&list, || list.retain(|n| if *n == 2 { panic!("at {n}") } else { false }));
    panics(&list, || {
        list.update(|draft| draft.iter_mut().for_each(|n| if *n == 2 { panic!("at {n}") } else { *n += 10 }));
    });
    let list = CowVec::from([2, 0, 1]);
    let mut calls = 0;
    panics(&list, || {
        list.sort_by(|a, b| {
            calls += 1;
            assert!(calls < 3, "the third comparison");
            a.cmp(b)
        });
    });
    panics(&list, || list.sort_by_key(|n| if *n == 1 { panic!("at {n}") } else { *n }));
    assert_eq!(content(&list), [2, 0, 1]);
    published(&list, || list.sort());
    assert_eq!(content(&list), [0, 1, 2]);
}

#[test]
fn what_changes_nothing_publishes_nothing() {
    let list = three();
    unchanged(&list, || list.retain(|_| true));
    unchanged(&list, || list.sort());
    unchanged(&list, || list.sort_by(i32::cmp));
    unchanged(&list, || list.sort_by_key(|n| *n));
    unchanged(&list, || list.dedup());
    unchanged(&list, || list.truncate(3));
    unchanged(&list, || list.truncate(usize::MAX));
    unchanged(&list, || list.update(|_| ()));
    unchanged(&list, || list.write().commit());
    unchanged(&list, || list.update(|draft| *draft = draft.clone()));
    let empty = CowVec::<i32>::new();
    unchanged(&empty, || empty.pop());
    unchanged(&empty, || empty.reverse());
    unchanged(&empty, || empty.clear());
    let one = CowVec::from([1]);
    unchanged(&one, || one.reverse());
}

#[test]
fn nothing_is_compared_where_there_is_nothing() {
    #[derive(Clone, Debug)]
    struct Incomparable;
    impl PartialEq for Incomparable {
        fn eq(&self, _: &Self) -> bool {
            panic!("compared")
        }
    }
    let list = CowVec::<Incomparable>::new();
    assert!(!list.contains(&Incomparable));
    assert!(!unchanged(&list, || list.remove_item(&Incomparable)));
    assert_eq!((list.index_of(&Incomparable), list.last_index_of(&Incomparable)), (None, None));
    assert_eq!(list, CowVec::new());
    assert!(list.push_if_absent(Incomparable));
    panics(&list, || list.push_if_absent(Incomparable));
}

#[test]
fn sorting_by_a_key_is_stable() {
    for len in [0, 1, 20, 5_000] {
        let pairs: Vec<(u32, u32)> = (0..len).map(|n| (n * 7 % 10, n)).collect();
        let list = CowVec::from(pairs.clone());
        list.sort_by_key(|pair| pair.0);
        let mut expected = pairs.clone();
        expected.sort_by_key(|pair| pair.0);
        assert_eq!(content(&list), expected);

        let list = CowVec::from(pairs);
        list.sort_by(|a, b| b.0.cmp(&a.0));
        expected.sort_by_key(|pair| Reverse(pair.0));
        assert_eq!(content(&list), expected);
        // Of pairs that are all different, so that there is one right order.
        list.update(PagedVec::sort_unstable);
        assert!(list.load().is_sorted());
        expected.sort_unstable();
        assert_eq!(content(&list), expected);
    }
}

#[test]
fn replace_returns_the_version_that_was_current() {
    let list = three();
    let current = list.snapshot();
    let before = published(&list, || list.replace(vec![7].into()));
    assert!(Snapshot::ptr_eq(&current, &before));
    assert_eq!((content(&list), before.to_vec()), (vec![7], vec![0, 1, 2]));
}

#[test]
fn the_first_and_the_last_are_reached_from_both_ends() {
    // What the property test has too rarely: an element at each seam of the pages, by each way to write it.
    let list: CowVec<u64> = (0..5_000).collect();
    let ends = [0, 1, 1_023, 1_024, 1_025, 2_047, 2_048, 4_998, 4_999];
    for at in ends {
        let value = list.get(at).unwrap();
        list.set(at, value + 1).unwrap();
        list.insert(at, 7).unwrap();
        assert_eq!((list.get(at), list.get(at + 1)), (Some(7), Some(value + 1)));
        assert_eq!(list.remove(at), Some(7));
    }
    let expected = (0..5_000).map(|n| n + u64::from(ends.contains(&usize::try_from(n).unwrap())));
    assert!(list.load().iter().copied().eq(expected));
    assert_eq!(iter::from_fn(|| list.pop()).take(2).collect::<Vec<_>>(), [5_000, 4_999]);
}

#[test]
fn a_run_is_inserted_as_one_version_or_handed_back() {
    let list = three();
    published(&list, || list.insert_all(1, [7, 8])).unwrap();
    published(&list, || list.insert_all(5, [9])).unwrap();
    assert_eq!(content(&list), [0, 7, 8, 1, 2, 9]);
    unchanged(&list, || list.insert_all(2, [])).unwrap();
    let refused = unchanged(&list, || list.insert_all(7, [1, 2])).unwrap_err();
    assert_eq!((refused.index, refused.len, refused.value), (7, 6, vec![1, 2]));
    // With room in the page, with none, and with more than a page.
    for few in [1, 500, 1_024, 1_025, 5_000] {
        let (list, mut model): (CowVec<i32>, Vec<i32>) = ((0..3_000).collect(), (0..3_000).collect());
        let base = list.snapshot();
        published(&list, || list.insert_all(1_500, 0..few)).unwrap();
        model.splice(1_500..1_500, 0..few);
        assert_eq!(content(&list), model);
        assert_eq!(list.load().shared_pages(&base), 2);
    }
}

#[test]
fn two_elements_change_places() {
    let list = three();
    published(&list, || list.swap(0, 2)).unwrap();
    assert_eq!(content(&list), [2, 1, 0]);
    unchanged(&list, || list.swap(1, 1)).unwrap();
    let refused = |result: Result<(), OutOfBounds<()>>| result.map_err(|error| (error.index, error.len));
    assert_eq!(refused(unchanged(&list, || list.swap(0, 3))), Err((3, 3)));
    assert_eq!(refused(unchanged(&list, || list.swap(9, 3))), Err((9, 3)));
    assert_eq!(published(&list, || list.swap_remove(0)), Some(2));
    assert_eq!(unchanged(&list, || list.swap_remove(2)), None);
    assert_eq!(content(&list), [0, 1]);
}

#[test]
fn a_range_is_drained_as_far_as_it_is_there() {
    let list: CowVec<i32> = (0..5_000).collect();
    let base = list.snapshot();
    let gone = published(&list, || list.drain(1_000..4_000));
    assert!(gone.iter().copied().eq(1_000..4_000) && gone.shared_pages(&base) == 2);
    assert!(list.load().iter().copied().eq((0..1_000).chain(4_000..5_000)));
    assert!(published(&list, || list.drain(1_990..)).into_iter().eq(4_990..5_000));
    for range in [1_990..2_000, 5_000..usize::MAX, 7..7] {
        assert!(unchanged(&list, || list.drain(range)).is_empty());
    }
    assert_eq!(published(&list, || list.drain(1_989..usize::MAX)), [4_989]);
    let (start, end) = (3, 2);
    panics(&list, || list.drain(start..end));
    assert_eq!(published(&list, || list.drain(..)).len(), 1_989);
    assert!(unchanged(&list, || list.drain(..)).is_empty());
}

#[test]
fn the_last_is_popped_if_it_is_to_be() {
    let list = three();
    assert_eq!(unchanged(&list, || list.pop_if(|n| *n == 0)), None);
    assert_eq!(published(&list, || list.pop_if(|n| *n == 2)), Some(2));
    panics(&list, || list.pop_if(|n| panic!("at {n}")));
    let empty = CowVec::<i32>::new();
    assert_eq!(unchanged(&empty, || empty.pop_if(|_| true)), None);
}

#[test]
fn all_are_replaced_in_one_version() {
    let list = three();
    published(&list, || list.replace_all(|n| n + 10));
    assert_eq!(content(&list), [10, 11, 12]);
    panics(&list, || list.replace_all(|n| if *n == 12 { panic!("at {n}") } else { 0 }));
    let empty = CowVec::<i32>::new();
    unchanged(&empty, || empty.replace_all(|n| *n));
}

#[test]
fn it_is_extended_by_references_too() {
    let mut list = three();
    published(&list, || Extend::extend(&mut &list, &[7, 8]));
    Extend::extend(&mut list, [9]);
    Extend::extend(&mut list, vec![&10]);
    assert_eq!((content(&list), list.version()), (vec![0, 1, 2, 7, 8, 9, 10], 3));
}

#[test]
fn a_vector_is_walked_by_value() {
    let list = three();
    let held = list.snapshot();
    assert!(list.into_iter().rev().eq([2, 1, 0]));
    assert_eq!(held.len(), 3);

    // Nobody else has the pages, so nothing is cloned.
    let list: CowVec<Elem> = (0..3_000).map(Elem::new).collect();
    assert_eq!(clones(|| list.into_iter().map(|element| element.id).max()), (0, Some(2_999)));
}
