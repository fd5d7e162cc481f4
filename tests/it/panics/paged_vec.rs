//! The writes of `PagedVec`.

use std::collections::VecDeque;
use std::mem;

use readmostly::paged::PagedVec;

use super::{Bomb, Op, Subject, Which, sweep};
use crate::support::Call;

pub(super) type Vector = PagedVec<Bomb>;

impl Subject for Vector {
    type Content = Vec<(u64, u32)>;
    // A `Vec` drops the rest.
    const LEAKS: usize = 0;

    fn content(&self) -> Vec<(u64, u32)> {
        let content: Vec<_> = self.iter().map(Bomb::pair).collect();
        assert_eq!((content.len(), self.iter().len()), (self.len(), self.len()));
        assert!((0..self.len()).all(|index| self[index].pair() == content[index]));
        assert!(self.pages().all(|page| !page.is_empty()));
        content
    }

    fn own_half(&mut self) {
        self.iter_mut().step_by(32).for_each(drop);
    }

    fn own_all(&mut self) {
        self.iter_mut().for_each(drop);
    }

    fn write_again(&mut self) {
        self.push(Bomb::new(1_000_000));
        self.insert(0, Bomb::new(1_000_000));
        assert!(self.pop().is_some_and(|element| element.id == 1_000_000));
        assert_eq!(self.remove(0).id, 1_000_000);
    }

    fn may_hold(
        call: Call,
        partly: bool,
        actual: &Self::Content,
        before: &Self::Content,
        after: &Self::Content,
    ) -> bool {
        let sorted = |content: &Self::Content| {
            let mut sorted = content.clone();
            sorted.sort_unstable();
            sorted
        };
        let same_len = actual.len() == before.len() && actual.len() == after.len();
        match call {
            // Half sorted. The keys of a sort are dropped while it runs.
            Call::Ord => return sorted(actual) == sorted(before),
            Call::Drop if sorted(before) == sorted(after) => return sorted(actual) == sorted(before),
            Call::Eq => return actual == before,
            Call::Clone | Call::Hash | Call::Drop => {}
        }
        // What was written through references stays.
        let is_between = |((one, a), b)| one == a || one == b;
        // What was removed one by one is gone.
        let is_part = |part: &Self::Content, of: &Self::Content| {
            let mut of = of.iter();
            part.iter().all(|one| of.any(|other| other == one))
        };
        actual == before
            || actual == after
            || (partly && same_len && actual.iter().zip(before).zip(after).all(is_between))
            || (partly && is_part(after, actual) && is_part(actual, before))
    }
}

pub(super) fn vector(ids: impl IntoIterator<Item = u64>) -> Vector {
    ids.into_iter().map(Bomb::new).collect()
}

fn more(len: u64) -> impl Iterator<Item = Bomb> {
    (1_000..1_000 + len).map(Bomb::new)
}

/// An iterator whose destructor may panic, with and without anything left in it.
struct Spool {
    left: std::ops::Range<u64>,
    _guard: Bomb,
}

fn spool(len: u64) -> Spool {
    Spool { left: 1_000..1_000 + len, _guard: Bomb::new(0) }
}

impl Iterator for Spool {
    type Item = Bomb;

    fn next(&mut self) -> Option<Bomb> {
        self.left.next().map(Bomb::new)
    }
}

const OPS: &[Op<Vector>] = &[
    ("collected from a spool", "D", |vec| *vec = spool(40).collect()),
    ("extended by a spool", "CD", |vec| vec.extend(spool(40))),
    ("extended by a short spool", "CD", |vec| vec.extend(spool(3))),
    ("insert_all of a spool", "CD", |vec| vec.insert_all(20, spool(40))),
    ("insert_all of an empty spool", "D", |vec| vec.insert_all(20, spool(0))),
    ("splice of a spool", "CD", |vec| drop(vec.splice(10..30, spool(40)))),
    ("concat of a spool", "D", |vec| *vec = PagedVec::concat(spool(40).map(|one| PagedVec::from([one])))),
    ("push", "C", |vec| vec.push(Bomb::new(1))),
    ("pop", "CD", |vec| drop(vec.pop())),
    ("insert", "C", |vec| vec.insert(20, Bomb::new(1))),
    ("remove", "CD", |vec| drop(vec.remove(20))),
    ("swap_remove", "CD", |vec| drop(vec.swap_remove(5))),
    ("swap", "C", |vec| vec.swap(3, 40)),
    ("get_mut", "CD", |vec| *vec.get_mut(20).unwrap() = Bomb::tagged(20, 1)),
    ("index_mut", "CD", |vec| vec[20] = Bomb::tagged(20, 1)),
    ("first_mut", "CD", |vec| *vec.first_mut().unwrap() = Bomb::tagged(0, 1)),
    ("last_mut", "CD", |vec| *vec.last_mut().unwrap() = Bomb::tagged(49, 1)),
    ("clear", "D", PagedVec::clear),
    ("truncate", "CD", |vec| vec.truncate(20)),
    ("truncate to a page", "D", |vec| vec.truncate(16)),
    ("resize, longer", "C", |vec| vec.resize(90, Bomb::new(1))),
    ("resize, shorter", "CD", |vec| vec.resize(20, Bomb::new(1))),
    ("resize_with", "C", |vec| vec.resize_with(90, || Bomb::new(1))),
    ("extend", "C", |vec| vec.extend(more(40))),
    ("extend_from_slice", "CD", |vec| vec.extend_from_slice(&more(40).collect::<Vec<_>>())),
    ("insert_all, few", "C", |vec| vec.insert_all(20, more(5))),
    ("insert_all, many", "C", |vec| vec.insert_all(20, more(40))),
    ("append", "C", |vec| vec.append(&mut more(3).collect())),
    ("append many", "", |vec| vec.append(&mut more(40).collect())),
    ("append what is shared", "CD", |vec| {
        let mut other: Vector = more(3).collect();
        let _shared = other.clone();
        vec.append(&mut other);
    }),
    ("concat", "CD", |vec| *vec = PagedVec::concat([more(3).collect(), vec.clone(), more(3).collect()])),
    ("split_off", "CD", |vec| drop(vec.split_off(20))),
    ("split_off, the rest", "CD", |vec| *vec = vec.split_off(20)),
    ("drain, dropped", "CD", |vec| drop(vec.drain(10..30))),
    ("drain, both ways", "CD", |vec| {
        let mut drain = vec.drain(4..45);
        drop((drain.next(), drain.next_back(), drain.nth(9), drain.nth_back(9)));
        drain.for_each(drop);
    }),
    ("splice, fewer", "CD", |vec| drop(vec.splice(10..30, more(5)))),
    ("splice, more", "CD", |vec| drop(vec.splice(10..30, more(40)).collect::<Vec<_>>())),
    ("splice, none", "CD", |vec| drop(vec.splice(10..30, []))),
    ("retain most", "CD", |vec| vec.retain(|element| element.id % 7 != 0)),
    ("retain few", "CD", |vec| vec.retain(|element| element.id % 7 == 0)),
    ("retain_mut", "CD", |vec| vec.retain_mut(|element| element.id % 7 != 0)),
    ("extract_if", "CD~", |vec| vec.extract_if(.., |element| element.id % 7 == 0).for_each(drop)),
    ("extract_if of nearly all", "CD~", |vec| {
        vec.extract_if(3..47, |element| element.id % 7 != 0).for_each(drop);
    }),
    ("extract_if of the first", "CD", |vec| drop(vec.extract_if(20.., |element| element.id % 7 == 0).next())),
    ("pop_if", "CD", |vec| drop(vec.pop_if(|_| true))),
    ("extend_from_within", "C", |vec| vec.extend_from_within(5..35)),
    ("get_disjoint_mut", "CD~", |vec| {
        for element in vec.get_disjoint_mut([40, 3]).unwrap() {
            *element = Bomb::tagged(element.id, 1);
        }
    }),
    ("fill_with", "D", |vec| vec.fill_with(|| Bomb::new(1))),
    ("select_nth_unstable", "CO", |vec| _ = vec.select_nth_unstable(20)),
    ("reserve", "", |vec| vec.reserve(200)),
    ("shrink_to_fit", "", PagedVec::shrink_to_fit),
    ("from a view", "CD", |vec| *vec = PagedVec::from(vec.range(5..45))),
    ("into an array and back", "CD", |vec| {
        if let Ok(array) = <[Bomb; 50]>::try_from(vec.clone()) {
            *vec = array.into();
        }
    }),
    ("into a VecDeque and back", "CD", |vec| *vec = VecDeque::from(vec.clone()).into()),
    ("dedup", "CED", PagedVec::dedup),
    ("dedup_by", "CD", |vec| vec.dedup_by(|a, b| a.id / 2 == b.id / 2)),
    ("dedup_by_key", "CD", |vec| vec.dedup_by_key(|element| element.id / 3)),
    ("reverse", "C", PagedVec::reverse),
    ("rotate_left", "C", |vec| vec.rotate_left(20)),
    ("rotate_right", "C", |vec| vec.rotate_right(20)),
    ("fill", "CD", |vec| vec.fill(Bomb::new(1))),
    ("sort", "CO", PagedVec::sort),
    ("sort_by", "CO", |vec| vec.sort_by(|a, b| b.cmp(a))),
    ("sort_by_key", "COD", |vec| vec.sort_by_key(|element| Bomb::new(element.id % 10))),
    ("sort_by_cached_key", "COD", |vec| vec.sort_by_cached_key(|element| Bomb::new(element.id % 10))),
    ("sort_unstable", "CO", PagedVec::sort_unstable),
    ("sort_unstable_by", "CO", |vec| vec.sort_unstable_by(|a, b| b.cmp(a))),
    ("sort_unstable_by_key", "COD", |vec| vec.sort_unstable_by_key(|element| Bomb::new(element.id))),
    ("iter_mut", "CD~", |vec| vec.iter_mut().for_each(|element| *element = Bomb::tagged(element.id, 1))),
    ("iter_mut, both ways", "C~", |vec| {
        let mut iter = vec.iter_mut();
        for element in [iter.next(), iter.next_back(), iter.nth(9), iter.nth_back(9)].into_iter().flatten() {
            element.tag = 1;
        }
        iter.rev().for_each(|element| element.tag = 2);
    }),
    ("into_iter", "CD", |vec| drop(mem::take(vec).into_iter().collect::<Vec<_>>())),
    ("into_iter, both ways", "CD", |vec| {
        let mut iter = mem::take(vec).into_iter();
        drop((iter.next(), iter.next_back(), iter.nth(9), iter.nth_back(9)));
        iter.rfold((), |(), element| drop(element));
    }),
    ("into_iter, a clone of it", "CD", |vec| {
        let mut iter = mem::take(vec).into_iter();
        iter.next();
        drop((iter.clone(), iter));
    }),
    ("to_vec and back", "CD", |vec| *vec = vec.to_vec().into()),
    ("copy_to_slice", "CD", |vec| {
        let mut copy: Vec<_> = vec.iter().map(|element| Bomb::new(element.id)).collect();
        vec.copy_to_slice(&mut copy);
    }),
    ("into a Vec", "CD", |vec| drop(Vec::from(mem::take(vec)))),
    ("from a slice", "CD", |vec| *vec = PagedVec::from(&vec.to_vec()[..])),
    ("collected anew", "CD", |vec| *vec = vec.clone().into_iter().collect()),
    ("replaced", "D", |vec| *vec = PagedVec::new()),
];

/// Some equal ones side by side, and none in order.
fn ids() -> impl Iterator<Item = u64> {
    (0..50).map(|n| n / 2 * 2 * 21 % 50)
}

#[test]
fn in_a_vector_of_regular_pages() {
    let vec = vector(ids());
    assert_eq!(vec.page_count(), 4);
    sweep(&vec, Which::All, OPS);
}

#[test]
fn in_a_vector_of_irregular_pages() {
    let mut rest = ids();
    let parts: Vec<Vector> =
        [10, 7, 16, 1].map(|len| rest.by_ref().take(len).map(Bomb::new).collect()).into();
    let mut vec = PagedVec::concat(parts);
    vec.insert_all(20, rest.map(Bomb::new));
    assert!(vec.pages().map(<[Bomb]>::len).eq([10, 7, 32, 1]));
    sweep(&vec, Which::All, OPS);
    let ops: &[Op<Vector>] = &[
        ("insert that splits a page", "C", |vec| vec.insert(20, Bomb::new(1))),
        ("remove that joins two pages", "CD", |vec| drop(vec.remove(3))),
        ("remove that joins with the one before", "CD", |vec| drop(vec.remove(12))),
        ("remove all of a page", "CD", |vec| drop(vec.remove(49))),
        ("pop all of a page", "D", |vec| drop(vec.pop())),
        ("swap_remove all of a page", "CD", |vec| drop(vec.swap_remove(3))),
    ];
    sweep(&vec, Which::All, ops);
}

#[test]
fn in_a_vector_of_one_page() {
    // Shorter than the indices above.
    let ops: &[Op<Vector>] = &[
        ("push", "C", |vec| vec.push(Bomb::new(1))),
        ("pop", "CD", |vec| drop(vec.pop())),
        ("insert", "C", |vec| vec.insert(2, Bomb::new(1))),
        ("remove", "CD", |vec| drop(vec.remove(2))),
        ("retain", "CD", |vec| vec.retain(|element| element.id % 2 == 0)),
        ("sort", "CO", |vec| vec.sort_by(|a, b| b.cmp(a))),
        ("drain", "CD", |vec| vec.drain(1..3).for_each(drop)),
        ("truncate", "CD", |vec| vec.truncate(2)),
        ("into a Vec", "CD", |vec| drop(Vec::from(mem::take(vec)))),
    ];
    sweep(&vector(0..5), Which::All, ops);
}
