//! Iterators of a version, and iterators that a write is given.

use super::{content, shuffled, three};
use crate::support::versions::{panics, published};
use readmostly::paged::{Change, Delta, PagedMap};
use readmostly::{CowMap, CowSet, CowVec, Snapshot};

#[test]
fn iterators_are_exact_and_fused() {
    let list = CowVec::from(shuffled());
    let snapshot = list.snapshot();
    let mut elements = snapshot.iter();
    for (index, value) in shuffled().into_iter().enumerate() {
        assert_eq!(elements.len(), 20 - index);
        assert_eq!(elements.next(), Some(&value));
    }
    assert_eq!((elements.next(), elements.next()), (None, None));

    let empty = CowVec::<i32>::new().snapshot();
    assert_eq!((empty.iter().size_hint(), empty.iter().len()), ((0, Some(0)), 0));
    assert_eq!(empty.iter().next_back(), None);
}

#[test]
fn iterators_go_both_ways() {
    let list = CowVec::from(shuffled());
    assert_eq!(list.snapshot().iter().count(), 20);
    assert!(list.snapshot().iter().rev().copied().eq(shuffled().into_iter().rev()));
    let list = three();
    assert!(list.snapshot().iter().skip(1).eq(&[1, 2]));
    assert!(list.snapshot().iter().rev().eq(&[2, 1, 0]));

    let snapshot = CowVec::from([5, 6, 7]).snapshot();
    let mut elements = snapshot.iter();
    assert_eq!((elements.next(), elements.next_back()), (Some(&5), Some(&7)));
    assert_eq!((elements.next(), elements.next_back(), elements.next()), (Some(&6), None, None));
}

#[test]
fn an_iterator_goes_over_its_own_version() {
    for advanced in 0..=4 {
        let list = CowVec::from([1, 2, 3, 4]);
        let snapshot = list.snapshot();
        let mut elements = snapshot.iter();
        let mut seen: Vec<_> = elements.by_ref().take(advanced).copied().collect();
        list.clear();
        seen.extend(elements);
        assert_eq!(seen, [1, 2, 3, 4]);
    }

    for mask in 0..16 {
        let list = CowVec::from([0, 1, 2, 3]);
        let snapshot = list.snapshot();
        let (mut first, mut second) = (snapshot.iter(), snapshot.iter());
        assert_eq!(first.next(), Some(&0));
        list.retain(|n| mask >> n & 1 == 1);
        assert_eq!(second.next_back(), Some(&3));
        assert!(first.eq(&[1, 2, 3]) && second.eq(&[0, 1, 2]));
    }
}

#[test]
fn all_ways_to_go_over_it_agree() {
    // No rayon.
    for len in [0, 1, 2, 5, 3_000] {
        let list: CowVec<u32> = (0..len).map(|n| n * 31 % 17).collect();
        list.update(|draft| draft.insert_all(draft.len() / 2, [7, 7])); // irregular pages, where it is long
        let expected = content(&list);
        let snapshot = list.snapshot();
        let mut ways: Vec<Vec<u32>> = vec![
            snapshot.iter().copied().collect(),
            (0..snapshot.len()).map(|index| snapshot[index]).collect(),
            (0..).map_while(|index| list.get(index)).collect(),
            snapshot.iter().fold(Vec::new(), |mut seen, n| {
                seen.push(*n);
                seen
            }),
            snapshot.iter().rev().collect::<Vec<_>>().into_iter().rev().copied().collect(),
            list.load().iter().copied().collect(),
            list.reader().load().pages().flatten().copied().collect(),
            Snapshot::into_inner(list.snapshot()).into_iter().collect(),
            list.fork().into_inner().into(),
        ];
        let mut seen = Vec::new();
        for n in &*snapshot {
            seen.push(*n);
        }
        ways.push(seen.clone());
        seen.clear();
        snapshot.iter().for_each(|n| seen.push(*n));
        ways.push(seen.clone());
        seen.clear();
        list.retain(|n| {
            seen.push(*n);
            true
        });
        ways.push(seen);
        for (way, seen) in ways.into_iter().enumerate() {
            assert_eq!(seen, expected, "way {way}");
        }
    }
}

#[test]
fn iterators_bind_when_the_snapshot_is_taken() {
    let list = CowVec::from([1, 2, 3, 4]);
    let snapshot = list.snapshot();
    let (mut by_next, mut by_for_each) = (snapshot.iter(), snapshot.iter());
    by_next.next();
    by_for_each.next();
    list.clear();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    #[expect(clippy::while_let_on_iterator, reason = "`next` by itself is what is compared")]
    while let Some(n) = by_next.next() {
        left.push(*n);
    }
    by_for_each.for_each(|n| right.push(*n));
    assert_eq!((&left, &right), (&vec![2, 3, 4], &vec![2, 3, 4]));

    // Exhausted is exhausted.
    list.push(9);
    assert_eq!((by_next.next(), by_next.next_back(), by_next.len()), (None, None, 0));

    let snapshot = list.snapshot();
    list.push(10);
    assert!(snapshot.iter().eq(&[9]));
}

#[test]
fn a_loop_may_push_to_what_it_goes_over() {
    let list = CowVec::from([1, 2, 3]);
    let mut steps = 0;
    for n in &*list.snapshot() {
        list.push(n + 10);
        steps += 1;
    }
    assert_eq!((steps, content(&list)), (3, vec![1, 2, 3, 11, 12, 13]));
}

#[test]
fn an_iterator_may_use_the_list_that_it_extends() {
    let list = CowVec::from([1, 2]);
    let own = list.snapshot();
    published(&list, || list.extend(own.iter().copied()));
    assert_eq!(content(&list), [1, 2, 1, 2]);
    let own = list.snapshot();
    published(&list, || list.update(|draft| draft.insert_all(1, own.iter().copied())));
    assert_eq!(content(&list), [1, 1, 2, 1, 2, 2, 1, 2]);

    // It is drained first, and so sees the version before.
    let list = CowVec::from([1, 2]);
    published(&list, || list.extend((0..).map_while(|index| list.get(index))));
    assert_eq!(content(&list), [1, 2, 1, 2]);
    // One that writes: its writes come first.
    let list = CowVec::from([1, 2]);
    list.extend((3..5).inspect(|n| list.push(n * 10)));
    assert_eq!((content(&list), list.version()), (vec![1, 2, 30, 40, 3, 4], 3));
    let list = CowVec::from([1, 2]);
    let appended = list.extend_absent((2..4).inspect(|n| list.push(n * 10)));
    assert_eq!((appended, content(&list)), (1, vec![1, 2, 20, 30, 3]));
}

#[test]
fn an_iterator_that_panics_changes_nothing() {
    let list = three();
    let half = || (3..9).inspect(|n| assert!(*n < 6, "half way"));
    panics(&list, || list.extend(half()));
    panics(&list, || list.extend_absent(half()));
    panics(&list, || list.update(|draft| draft.extend(half())));
    panics(&list, || list.update(|draft| draft.splice(1..2, half()).count()));
    published(&list, || list.extend(3..6));
    assert_eq!(content(&list), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_size_hint_that_lies_does_no_harm() {
    struct Liar<I>(I, (usize, Option<usize>));
    impl<I: Iterator> Iterator for Liar<I> {
        type Item = I::Item;
        fn next(&mut self) -> Option<I::Item> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            self.1
        }
    }
    for hint in [(0, Some(0)), (0, None), (1, Some(1)), (2_999, Some(2_999))] {
        let list = three();
        published(&list, || list.extend(Liar(3..3_003, hint)));
        assert!(list.load().iter().copied().eq(0..3_003));
        let list = three();
        published(&list, || list.update(|draft| draft.extend(Liar(3..3_003, hint))));
        assert!(list.load().iter().copied().eq(0..3_003));
        assert!(Liar(0..3_003, hint).collect::<CowVec<_>>().load().iter().copied().eq(0..3_003));
    }
    // `Vec` panics of such a capacity, and the process aborts for one that no memory has.
    for hint in [(usize::MAX, None), (usize::MAX, Some(usize::MAX)), (usize::MAX >> 6, None)] {
        let (list, map, set) = (three(), CowMap::from([(1, 1)]), CowSet::from([1]));
        published(&list, || list.extend_absent(Liar([4, 4].into_iter(), hint)));
        published(&list, || list.truncate(2));
        published(&list, || list.extend(Liar(2..3, hint)));
        published(&map, || map.extend(Liar([(2, 2)].into_iter(), hint)));
        published(&map, || assert_eq!(map.assign(Liar([(3, 3)].into_iter(), hint)), 3));
        published(&set, || set.extend(Liar([2].into_iter(), hint)));
        published(&set, || assert_eq!(set.assign(Liar([3].into_iter(), hint)), 3));
        let mut table = PagedMap::from([(1, 1)]);
        assert_eq!(table.assign(Liar([(2, 2)].into_iter(), hint)), 2);
        let added = Change::Added { key: &1, value: &1 };
        assert_eq!(Liar([added].into_iter(), hint).collect::<Delta<_, _>>().len(), 1);
        published(&list, || list.update(|draft| draft.extend(Liar(3..6, hint))));
        assert!(list.load().iter().copied().eq(0..6));
    }
}
