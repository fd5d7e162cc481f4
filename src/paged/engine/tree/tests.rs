//! That a tree is in order after each step, and holds what a map of std's holds.

use super::{IntoIter, Pair, Pairs, Path, Scraps, Tree, sort_by_key};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Bound;

type Model = BTreeMap<u16, u32>;

fn tree(keys: impl IntoIterator<Item = u16>) -> Tree<u16, u32> {
    let mut entries: Vec<_> = keys.into_iter().map(|key| (key, u32::from(key))).collect();
    sort_by_key(&mut entries, std::mem::swap);
    let tree = Tree::of_sorted(entries);
    tree.check();
    tree
}

fn model(tree: &Tree<u16, u32>) -> Model {
    tree.iter().map(|(key, value)| (*key, *value)).collect()
}

fn insert(tree: &mut Tree<u16, u32>, key: u16, value: u32) -> Option<u32> {
    match tree.find(&key) {
        Ok(path) => tree.get_mut(&path).map(|(_, there)| std::mem::replace(there, value)),
        Err(path) => {
            let path = tree.insert(path, &mut Some((key, value)));
            assert_eq!(tree.at(&path), Some((&key, &value)));
            None
        }
    }
}

fn remove(tree: &mut Tree<u16, u32>, key: u16) -> Option<u32> {
    let mut gone = None;
    if let Ok(path) = tree.find(&key) {
        tree.remove(path, &mut gone, &mut Vec::new());
    }
    gone.map(|(_, value)| value)
}

fn cut(tree: &Tree<u16, u32>, rank: usize) -> (Tree<u16, u32>, Tree<u16, u32>) {
    tree.cut(rank, &mut Scraps::default())
}

#[track_caller]
fn assert_same(tree: &Tree<u16, u32>, std: &Model) {
    tree.check();
    assert!(tree.iter().eq(std.iter()));
    assert_eq!(tree.len(), std.len());
}

#[test]
fn a_tree_of_any_length_is_built_in_order() {
    for len in 0..700 {
        let tree = tree(0..len);
        assert_eq!(tree.len(), usize::from(len));
        assert!(tree.iter().map(|(key, _)| *key).eq(0..len));
        assert!(tree.iter().rev().map(|(key, _)| *key).eq((0..len).rev()));
    }
}

#[test]
fn each_key_is_found_at_its_rank() {
    for len in [0, 1, 2, 8, 9, 60, 65, 600] {
        // Even keys are there.
        let tree = tree((0..len).map(|n| 2 * n));
        for key in 0..2 * len + 2 {
            let rank = usize::from(key.div_ceil(2).min(len));
            assert_eq!(tree.rank(&key, false), rank);
            let is_there = key % 2 == 0 && key < 2 * len;
            assert_eq!(tree.rank(&key, true), rank + usize::from(is_there));
            assert_eq!(tree.get(&key).map(|(key, _)| *key), is_there.then_some(key));
            assert_eq!(tree.find(&key).is_ok(), is_there);
            let at = |rank: Option<usize>| {
                rank.and_then(|rank| tree.path_of(rank)).and_then(|path| tree.at(&path))
            };
            assert_eq!(tree.before(&key, false), at(rank.checked_sub(1)));
            assert_eq!(tree.before(&key, true), at((rank + usize::from(is_there)).checked_sub(1)));
            assert_eq!(tree.after(&key, true), at(Some(rank)));
            assert_eq!(tree.after(&key, false), at(Some(rank + usize::from(is_there))));
        }
        assert_eq!(tree.path_of(tree.len()), None);
    }
}

#[test]
fn each_entry_can_go_and_come() {
    for len in (0..200).chain([400, 600]) {
        let before = tree(0..len);
        for key in 0..len {
            let mut tree = before.clone();
            assert_eq!(remove(&mut tree, key), Some(u32::from(key)));
            tree.check();
            assert_eq!((tree.get(&key), tree.len() + 1), (None, before.len()));
            assert_eq!(insert(&mut tree, key, 7), None);
            tree.check();
            assert_eq!((tree.get(&key), tree.len()), (Some((&key, &7)), before.len()));
        }
        before.check();
        assert!(before.iter().map(|(key, _)| *key).eq(0..len));
    }
}

#[test]
fn a_tree_that_was_large_is_small_again() {
    let orders: [fn(u16) -> u16; 4] = [
        |n| n,
        |n| 1_999 - n,
        |n| u16::try_from(u32::from(n) * 997 % 2_000).unwrap(),
        |n| (n + 1_000) % 2_000,
    ];
    for order in orders {
        let mut tree = tree(0..2_000);
        let pages = tree.page_count();
        for n in 0..2_000 {
            assert!(remove(&mut tree, order(n)).is_some());
            tree.check();
            // No leaf but the only one has fewer than 2 entries, and no inner node fewer than 2 children.
            assert!(tree.page_count() <= (tree.len() + 1).max(1) && tree.page_count() <= pages);
        }
        assert_eq!((tree.len(), tree.page_count()), (0, 0));
    }
}

#[test]
fn what_comes_in_order_fills_its_leaves() {
    for order in [|n| n, |n: u16| 3_999 - n] {
        let mut tree = Tree::new();
        (0..4_000).for_each(|n| _ = insert(&mut tree, order(n), 0));
        tree.check();
        // Three quarters of 8 entries, and the inner nodes.
        assert!(tree.page_count() < 4_000 / 6 * 5 / 4, "{}", tree.page_count());
    }
}

#[test]
fn trees_of_any_height_are_cut_and_joined() {
    for len in [1, 2, 7, 8, 9, 20, 64, 65, 100, 512, 513, 600] {
        let whole = tree(0..len);
        for rank in 0..=usize::from(len) {
            let (mut front, back) = cut(&whole, rank);
            front.check();
            back.check();
            assert_eq!((front.len(), back.len()), (rank, whole.len() - rank));
            front.append(back, &mut Scraps::default());
            assert_same(&front, &model(&whole));
        }
        whole.check();
    }
    for left in [1, 2, 3, 8, 9, 17, 64, 65, 120, 520, 1_200] {
        for right in [1, 2, 3, 8, 9, 17, 64, 65, 120, 520, 1_200] {
            let (first, second) = (tree(0..left), tree(left..left + right));
            let mut joined = first.clone();
            joined.append(second.clone(), &mut Scraps::default());
            assert_same(&joined, &(0..left + right).map(|key| (key, u32::from(key))).collect());
            // What does not lie at the seam is shared.
            let shared = joined.shared_pages(&first) + joined.shared_pages(&second);
            assert!(shared + 14 >= joined.page_count(), "{shared} of {}", joined.page_count());
        }
    }
}

#[test]
fn walks_from_both_ends_meet() {
    for (len, from, to) in [(0, 0, 0), (5, 1, 4), (8, 0, 8), (100, 0, 100), (100, 13, 14), (700, 50, 655)] {
        let tree = tree(0..len);
        for step in 1..9 {
            let expected: Vec<u16> = (from..to).map(|key| u16::try_from(key).unwrap()).collect();
            let mut seen = (Vec::new(), Vec::new());
            let mut iter = tree.iter_ranks(from, to);
            let mut copy = tree.clone();
            let mut iter_mut = copy.iter_ranks_mut(from, to);
            for turn in 0.. {
                assert_eq!(iter.size_hint(), iter_mut.size_hint());
                let (next, next_mut) = if turn % step == 0 {
                    (iter.next_back(), iter_mut.next_back())
                } else {
                    (iter.next(), iter_mut.next())
                };
                let next_mut = next_mut.map(|(key, value)| (key, &*value));
                assert_eq!(next, next_mut);
                let Some((key, _)) = next else { break };
                if turn % step == 0 { seen.1.push(*key) } else { seen.0.push(*key) }
            }
            seen.0.extend(seen.1.iter().rev());
            assert_eq!(seen.0, expected);
        }
        let mut owned: IntoIter<_, _> = tree.clone().into_iter();
        let mut left: std::collections::VecDeque<_> = model(&tree).into_iter().collect();
        for turn in 0.. {
            let mut shown = Vec::new();
            owned.show(|key, value| shown.push((*key, *value)));
            assert!(left.iter().eq(&shown));
            let (next, expected) = if turn % 3 == 1 {
                (owned.next_back(), left.pop_back())
            } else {
                (owned.next(), left.pop_front())
            };
            assert_eq!(next, expected);
            if next.is_none() {
                break;
            }
        }
    }
}

#[test]
fn nth_passes_what_it_does_not_show() {
    let tree = tree(0..600);
    for n in 0..602 {
        let (mut iter, mut back) = (tree.iter(), tree.iter());
        assert_eq!(iter.nth(n).map(|(key, _)| usize::from(*key)), (n < 600).then_some(n));
        assert_eq!(iter.next().map(|(key, _)| usize::from(*key)), (n + 1 < 600).then_some(n + 1));
        assert_eq!(back.nth_back(n).map(|(key, _)| usize::from(*key)), 599_usize.checked_sub(n));
        assert_eq!(back.next_back().map(|(key, _)| usize::from(*key)), 598_usize.checked_sub(n));
        let mut copy = tree.clone();
        let mut iter = copy.iter_ranks_mut(0, 600);
        assert_eq!(iter.nth(n).map(|(key, _)| usize::from(*key)), (n < 600).then_some(n));
        assert_eq!(iter.nth_back(3).map(|(key, _)| *key), (n < 596).then_some(596));
        drop(iter);
        // The leaves that were passed are not copied.
        assert!(copy.shared_pages(&tree) + 9 >= copy.page_count());
    }
}

/// A key, and its values in two trees.
type Difference = (u16, Option<u32>, Option<u32>);

/// What differs between two trees, by a walk over both; and how many entries it passed in nodes that both share.
fn differences(old: &Tree<u16, u32>, new: &Tree<u16, u32>) -> (Vec<Difference>, usize) {
    let (mut pairs, mut all, mut shared) = (Pairs::new(old, new), Vec::new(), 0);
    while let Some(pair) = pairs.next() {
        match pair {
            Pair::First(key, value) => all.push((*key, Some(*value), None)),
            Pair::Second(key, value) => all.push((*key, None, Some(*value))),
            Pair::Both((key, value), (_, other)) if value != other => {
                all.push((*key, Some(*value), Some(*other)));
            }
            Pair::Both(..) => {}
            Pair::Shared(iter) => shared += iter.count(),
        }
    }
    (all, shared)
}

#[test]
fn every_single_change_is_found_and_little_is_looked_at() {
    for len in (0..150).chain([400, 513, 600]) {
        let old = tree((0..len).map(|n| 2 * n));
        for key in 0..=2 * len {
            let mut new = old.clone();
            let before = insert(&mut new, key, 9_999);
            let (found, shared) = differences(&old, &new);
            assert_eq!(found, [(key, before, Some(9_999))]);
            assert_eq!(differences(&new, &old).0, [(key, Some(9_999), before)]);
            // A leaf that is split, and none else.
            assert!(shared + 9 >= old.len(), "{shared} of {}", old.len());
            let mut new = old.clone();
            let before = remove(&mut new, key);
            let expected: Vec<_> = before.map(|before| (key, Some(before), None)).into_iter().collect();
            let (found, shared) = differences(&old, &new);
            assert_eq!(found, expected);
            // On each level two nodes may become one, and both their neighbours stay.
            assert!(shared + 17 >= old.len(), "{shared} of {}", old.len());
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u32),
    Remove(u16),
    InsertRun(u16, u16),
    RemoveRun(u16, u16),
    RemoveRanks(u16, u16),
    CutAndSwap(u16),
    KeepFront(u16),
    Keep,
    Back(usize),
}

fn op(keys: u16) -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => (0..keys, 0..9_u32).prop_map(|(key, value)| Op::Insert(key, value)),
        8 => (0..keys).prop_map(Op::Remove),
        3 => (0..keys, 1..keys / 3).prop_map(|(from, len)| Op::InsertRun(from, len)),
        3 => (0..keys, 1..keys / 3).prop_map(|(from, len)| Op::RemoveRun(from, len)),
        2 => (1..40_u16, 0..40_u16).prop_map(|(by, rest)| Op::RemoveRanks(by, rest)),
        2 => (0..keys).prop_map(Op::CutAndSwap),
        1 => (0..keys).prop_map(Op::KeepFront),
        3 => Just(Op::Keep),
        1 => (0..9_usize).prop_map(Op::Back),
    ]
}

proptest! {
    #[test]
    fn it_is_in_order_after_each_step(start in 0..900_u16, ops in vec(op(1_000), 1..50)) {
        let mut ours = tree(0..start);
        let mut std = model(&ours);
        let mut kept = vec![(ours.clone(), std.clone())];
        for op in ops {
            match op {
                Op::Insert(key, value) => assert_eq!(insert(&mut ours, key, value), std.insert(key, value)),
                Op::Remove(key) => assert_eq!(remove(&mut ours, key), std.remove(&key)),
                Op::InsertRun(from, len) => {
                    for key in from..from + len {
                        assert_eq!(insert(&mut ours, key, 1), std.insert(key, 1));
                    }
                }
                Op::RemoveRun(from, len) => {
                    for key in from..from + len {
                        assert_eq!(remove(&mut ours, key), std.remove(&key));
                        ours.check();
                    }
                }
                Op::RemoveRanks(by, rest) => {
                    let ranks: Vec<_> = (0..ours.len()).filter(|rank| rank % usize::from(by) == usize::from(rest)).collect();
                    ours.remove_ranks(&ranks, &mut Scraps::default());
                    let mut rank = 0;
                    std.retain(|_, _| {
                        rank += 1;
                        (rank - 1) % usize::from(by) != usize::from(rest)
                    });
                }
                Op::CutAndSwap(key) => {
                    // What lies behind comes in front, with smaller keys, and back.
                    let rank = ours.rank(&key, false);
                    let (front, back) = cut(&ours, rank);
                    assert_same(&back, &std.split_off(&key));
                    assert_same(&front, &std);
                    ours = front;
                    ours.append(back.clone(), &mut Scraps::default());
                    std.append(&mut model(&back));
                }
                Op::KeepFront(key) => {
                    let (front, _) = cut(&ours, ours.rank(&key, true));
                    ours = front;
                    std.retain(|there, _| *there <= key);
                }
                Op::Keep => kept.push((ours.clone(), std.clone())),
                Op::Back(n) => {
                    let (tree, model) = &kept[n % kept.len()];
                    (ours, std) = (tree.clone(), model.clone());
                }
            }
            assert_same(&ours, &std);
        }
        for (tree, model) in &kept {
            assert_same(tree, model);
            let (found, _) = differences(tree, &ours);
            let mut expected: Vec<_> = Vec::new();
            for key in model.keys().chain(std.keys()).collect::<std::collections::BTreeSet<_>>() {
                let (old, new) = (model.get(key).copied(), std.get(key).copied());
                if old != new {
                    expected.push((*key, old, new));
                }
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_range_is_that_of_std(len in 0..300_u16, a in 0..320_u16, b in 0..320_u16, kinds in (0..3_u8, 0..3_u8)) {
        let tree = tree(0..len);
        let std = model(&tree);
        let (low, high) = (a.min(b), a.max(b) + 1);
        let bound = |kind, key| match kind {
            0 => Bound::Included(key),
            1 => Bound::Excluded(key),
            _ => Bound::Unbounded,
        };
        let (from, to) = (bound(kinds.0, low), bound(kinds.1, high));
        let (start, end) = tree.ranks(from.as_ref(), to.as_ref());
        prop_assert!(tree.iter_ranks(start, end).eq(std.range((from, to))));
    }
}

#[test]
fn a_path_that_leads_nowhere_shows_nothing() {
    assert_eq!(Tree::<u16, u32>::new().at(&Path::default()), None);
    assert_eq!(Tree::<u16, u32>::new().find(&1), Err(Path::default()));
}
