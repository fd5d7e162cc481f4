//! `PagedVec` and `CowVec`, and a `Vec`.

use std::{cmp::Reverse, mem};

use arbitrary::Arbitrary;
use readmostly::{CowVec, paged::PagedVec};

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key, sought},
};

type Ours = PagedVec<Elem>;
type Model = Vec<(u16, u8)>;

/// A change of a vector. Indices are taken modulo what is allowed.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Push(Key, u8),
    Pop,
    Insert(u16, Key, u8),
    Remove(u16),
    SwapRemove(u16),
    Swap(u16, u16),
    Set(u16, Key, u8),
    Ends(Key),
    Lookup(u16, Key),
    Truncate(u16),
    Resize(u16, Key),
    ResizeWith(u16, Key),
    Extend(Key, u16, u8),
    ExtendFromSlice(Key, u8),
    InsertAll(u16, Key, u16, u8),
    Append(Key, u16, bool),
    Prepend(Key, u16, bool),
    Double,
    SplitOff(u16, bool),
    Drain(u16, u16, u8, u8),
    Splice(u16, u16, Key, u16),
    Retain(u8, u8),
    RetainMut(u8, u8),
    PopIf(u8, u8),
    ExtendFromWithin(u16, u16),
    Disjoint(u16, u16),
    Reserve(u16),
    ShrinkToFit,
    Diff(u16, u16, Key),
    Dedup(u8),
    Reverse,
    RotateLeft(u16),
    RotateRight(u16),
    Fill(Key),
    Sort(Sort),
    IterMut(u16, u16, u8),
    Collect(u16, u16),
    Clear,
}

/// How to sort. Those that are not stable sort by the tag as well.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Sort {
    Sort,
    By,
    ByKey,
    ByCachedKey,
    Unstable,
    UnstableByKey,
}

/// A write of a `CowVec`.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Push(Key, u8),
    PushIfAbsent(Key, u8),
    Extend(Key, u16, u8),
    ExtendAbsent(Key, u8),
    Pop,
    Insert(u16, Key, u8),
    Set(u16, Key, u8),
    Remove(u16),
    RemoveItem(Key),
    Truncate(u16),
    Retain(u8, u8),
    Sort(Sort),
    Dedup,
    Reverse,
    Clear,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Vector>(input);
}

/// What the driver needs to know of vectors.
#[derive(Debug)]
pub struct Vector;

/// Above this, nothing is added: `Double` would soon fill the memory.
const MOST: usize = 5_000;

/// An index from 0 to `len`.
fn up_to(index: u16, len: usize) -> usize {
    usize::from(index) % (len + 1)
}

/// An index of an element.
fn below(index: u16, len: usize) -> Option<usize> {
    (len > 0).then(|| usize::from(index) % len)
}

fn range(a: u16, b: u16, len: usize) -> std::ops::Range<usize> {
    let (a, b) = (up_to(a, len), up_to(b, len));
    a.min(b)..a.max(b)
}

fn elem(key: Key, tag: u8) -> Elem {
    Elem::new(key.id(), tag)
}

fn run_of(keys: Key, len: u16, tag: u8) -> impl Iterator<Item = (u16, u8)> + Clone {
    keys.run(len).map(move |id| (id, tag))
}

fn pairs(elems: impl IntoIterator<Item = Elem>) -> Outcome {
    elems.into_iter().map(|elem| elem.pair()).collect()
}

fn keeps(by: u8, rest: u8) -> impl Fn((u16, u8)) -> bool {
    let by = u16::from(by % 16).max(2);
    move |(id, tag)| (id % by == u16::from(rest) % by) == (by % 3 != 0) || tag == rest
}

fn told(yes: bool) -> Outcome {
    yes.then_some((0, 0)).into_iter().collect()
}

/// In the model, an equal element is one of the same id.
fn has(model: &Model, id: u16) -> Option<usize> {
    model.iter().position(|pair| pair.0 == id)
}

/// What is at an index, and the last that is equal to an element.
fn lookup(ours: &Ours, at: usize, sought: Elem) -> Outcome {
    assert_eq!(ours.contains(&sought), ours.index_of(&sought).is_some());
    let found = [ours.get(at), ours.last_index_of(&sought).map(|at| &ours[at])];
    let found = found.into_iter().flatten().map(Elem::pair).collect();
    // Its destructor may panic, and what a function is about to return then is leaked (rust-lang/rust#47949).
    drop(sought);
    found
}

/// The splices to a vector that differs in some places lead there. Elements of one id are equal.
fn assert_splices(ours: &Ours, from: usize, at: usize, k: Key) {
    let mut other = ours.clone();
    let tail = other.split_off(from);
    other.extend(tail.iter().skip(usize::from(k.id() % 7)).cloned());
    other.insert(at.min(other.len()), elem(k, 1));
    let ids = |vec: &Ours| vec.iter().map(|elem| elem.id).collect::<Vec<_>>();
    let mut follower = ids(ours);
    for splice in ours.diff(&other) {
        let removed = splice.at..splice.at + splice.removed.len();
        assert!(follower[removed.clone()].iter().eq(splice.removed.iter().map(|elem| &elem.id)));
        follower.splice(removed, splice.inserted.iter().map(|elem| elem.id));
    }
    assert_eq!(follower, ids(&other));
}

fn swap_disjoint(ours: &mut Ours, a: Option<usize>, b: Option<usize>) {
    if let (Some(a), Some(b)) = (a, b) {
        match ours.get_disjoint_mut([a, b]) {
            Ok([a, b]) => mem::swap(a, b),
            Err(_) => assert_eq!(a, b),
        }
    }
}

fn sort_ours(ours: &mut Ours, sort: Sort) {
    match sort {
        Sort::Sort => ours.sort(),
        Sort::By => ours.sort_by(|a, b| b.cmp(a)),
        Sort::ByKey => ours.sort_by_key(|elem| elem.id % 100),
        Sort::ByCachedKey => ours.sort_by_cached_key(|elem| elem.tag),
        Sort::Unstable => ours.sort_unstable_by(|a, b| a.cmp(b).then(a.tag.cmp(&b.tag))),
        Sort::UnstableByKey => ours.sort_unstable_by_key(|elem| Reverse((elem.id, elem.tag))),
    }
}

fn sort_model(model: &mut Model, sort: Sort) {
    match sort {
        Sort::Sort => model.sort_by_key(|pair| pair.0),
        Sort::By => model.sort_by_key(|pair| Reverse(pair.0)),
        Sort::ByKey => model.sort_by_key(|pair| pair.0 % 100),
        Sort::ByCachedKey => model.sort_by_key(|pair| pair.1),
        Sort::Unstable => model.sort_unstable(),
        Sort::UnstableByKey => model.sort_unstable_by_key(|pair| Reverse(*pair)),
    }
}

impl Kind for Vector {
    type Value = Ours;
    type Model = Model;
    type Container = CowVec<Elem>;
    type Edit = Edit;
    type Write = Write;
    const MAY_DROP_VERSIONS: bool = true;

    fn model(len: u16) -> Model {
        (0..len).map(|id| (id, 3)).collect()
    }

    fn value(model: &Model, _: By) -> Ours {
        model.iter().copied().map(Elem::from).collect()
    }

    fn container(value: Ours) -> Self::Container {
        value.into()
    }

    fn fork(container: &Self::Container) -> Self::Container {
        container.fork()
    }

    fn edit(ours: &mut Ours, edit: &Edit) -> Outcome {
        let len = ours.len();
        match *edit {
            Edit::Push(k, tag) => ours.push(elem(k, tag)),
            Edit::Pop => return pairs(ours.pop()),
            Edit::Insert(at, k, tag) => ours.insert(up_to(at, len), elem(k, tag)),
            Edit::Remove(at) => return pairs(below(at, len).map(|at| ours.remove(at))),
            Edit::SwapRemove(at) => return pairs(below(at, len).map(|at| ours.swap_remove(at))),
            Edit::Swap(a, b) => {
                if let (Some(a), Some(b)) = (below(a, len), below(b, len)) {
                    ours.swap(a, b);
                }
            }
            Edit::Set(at, k, tag) => {
                let there = ours.get_mut(up_to(at, len));
                return pairs(there.map(|there| mem::replace(there, elem(k, tag))));
            }
            Edit::Ends(k) => {
                let mut gone = pairs(ours.first_mut().map(|first| mem::replace(first, elem(k, 1))));
                gone.extend(pairs(ours.last_mut().map(|last| mem::replace(last, elem(k, 2)))));
                return gone;
            }
            Edit::Lookup(at, k) => return lookup(ours, up_to(at, len), elem(k, 0)),
            Edit::Truncate(at) => ours.truncate(at.into()),
            Edit::Resize(at, k) => ours.resize(usize::from(at) % 4_000, elem(k, 4)),
            Edit::ResizeWith(at, k) => ours.resize_with(usize::from(at) % 4_000, || elem(k, 5)),
            Edit::Extend(from, more, tag) if len < MOST => {
                ours.extend(run_of(from, more, tag).map(Elem::from));
            }
            Edit::ExtendFromSlice(from, more) if len < MOST => {
                let more: Vec<_> = run_of(from, more.into(), 6).map(Elem::from).collect();
                ours.extend_from_slice(&more);
            }
            Edit::InsertAll(at, from, more, tag) if len < MOST => {
                ours.insert_all(up_to(at, len), run_of(from, more, tag).map(Elem::from));
            }
            Edit::Append(from, more, shared) if len < MOST => {
                let mut other: Ours = run_of(from, more, 7).map(Elem::from).collect();
                let _kept = shared.then(|| other.clone());
                ours.append(&mut other);
                assert!(other.is_empty());
            }
            Edit::Prepend(from, more, shared) if len < MOST => {
                let other: Ours = run_of(from, more, 8).map(Elem::from).collect();
                let _kept = shared.then(|| other.clone());
                *ours = Ours::concat([other, ours.clone()]);
            }
            Edit::Double if len < MOST => ours.append(&mut ours.clone()),
            Edit::SplitOff(at, keeps_tail) => {
                let tail = ours.split_off(up_to(at, len));
                if keeps_tail {
                    *ours = tail;
                }
            }
            Edit::Drain(a, b, front, back) => {
                let mut drain = ours.drain(range(a, b, len));
                let mut taken = pairs(drain.by_ref().take(front.into()));
                taken.extend(drain.nth(3).map(|elem| elem.pair()));
                taken.extend(drain.nth_back(back.into()).map(|elem| elem.pair()));
                // As in `sought`.
                drop(drain);
                return taken;
            }
            Edit::Splice(a, b, from, more) if len < MOST => {
                return pairs(ours.splice(range(a, b, len), run_of(from, more, 9).map(Elem::from)));
            }
            Edit::Retain(by, rest) => ours.retain(|elem| keeps(by, rest)(elem.pair())),
            Edit::RetainMut(by, rest) => ours.retain_mut(|elem| keeps(by, rest)(elem.pair())),
            Edit::PopIf(by, rest) => return pairs(ours.pop_if(|elem| keeps(by, rest)(elem.pair()))),
            Edit::ExtendFromWithin(a, b) if len < MOST => ours.extend_from_within(range(a, b, len)),
            Edit::Disjoint(a, b) => swap_disjoint(ours, below(a, len), below(b, len)),
            Edit::Reserve(more) => {
                ours.reserve(more.into());
                assert!(ours.capacity() >= len + usize::from(more));
            }
            Edit::ShrinkToFit => ours.shrink_to_fit(),
            Edit::Diff(a, b, k) => assert_splices(ours, up_to(a, len), up_to(b, len), k),
            Edit::Dedup(0) => ours.dedup(),
            Edit::Dedup(by) => ours.dedup_by_key(|elem| elem.id / u16::from(by)),
            Edit::Reverse => ours.reverse(),
            Edit::RotateLeft(at) => ours.rotate_left(up_to(at, len)),
            Edit::RotateRight(at) => ours.rotate_right(up_to(at, len)),
            Edit::Fill(k) => ours.fill(elem(k, 10)),
            Edit::Sort(sort) => sort_ours(ours, sort),
            Edit::IterMut(front, back, tag) => {
                let mut iter = ours.iter_mut();
                iter.by_ref().take(front.into()).for_each(|elem| elem.tag = tag);
                iter.rev().take(back.into()).for_each(|elem| elem.tag = elem.tag.wrapping_add(tag));
            }
            Edit::Collect(front, back) => {
                let mut iter = ours.clone().into_iter();
                iter.nth(front.into());
                iter.nth_back(back.into());
                *ours = iter.rev().collect();
            }
            Edit::Clear => ours.clear(),
            _ => {}
        }
        Outcome::new()
    }

    fn edit_model(model: &mut Model, edit: &Edit) -> Outcome {
        let len = model.len();
        match *edit {
            Edit::Push(k, tag) => model.push((k.id(), tag)),
            Edit::Pop => return model.pop().into_iter().collect(),
            Edit::Insert(at, k, tag) => model.insert(up_to(at, len), (k.id(), tag)),
            Edit::Remove(at) => return below(at, len).map(|at| model.remove(at)).into_iter().collect(),
            Edit::SwapRemove(at) => {
                return below(at, len).map(|at| model.swap_remove(at)).into_iter().collect();
            }
            Edit::Swap(a, b) | Edit::Disjoint(a, b) => {
                if let (Some(a), Some(b)) = (below(a, len), below(b, len)) {
                    model.swap(a, b);
                }
            }
            Edit::Set(at, k, tag) => {
                let there = model.get_mut(up_to(at, len));
                return there.map(|there| mem::replace(there, (k.id(), tag))).into_iter().collect();
            }
            Edit::Ends(k) => {
                let mut gone: Outcome = model.first().copied().into_iter().collect();
                if let Some(first) = model.first_mut() {
                    *first = (k.id(), 1);
                }
                gone.extend(model.last().copied());
                if let Some(last) = model.last_mut() {
                    *last = (k.id(), 2);
                }
                return gone;
            }
            Edit::Lookup(at, k) => {
                let last = model.iter().rposition(|pair| pair.0 == k.id());
                let found = [model.get(up_to(at, len)), last.map(|at| &model[at])];
                return found.into_iter().flatten().copied().collect();
            }
            Edit::Truncate(at) => model.truncate(at.into()),
            Edit::Resize(at, k) => model.resize(usize::from(at) % 4_000, (k.id(), 4)),
            Edit::ResizeWith(at, k) => model.resize(usize::from(at) % 4_000, (k.id(), 5)),
            Edit::Extend(from, more, tag) if len < MOST => model.extend(run_of(from, more, tag)),
            Edit::ExtendFromSlice(from, more) if len < MOST => model.extend(run_of(from, more.into(), 6)),
            Edit::InsertAll(at, from, more, tag) if len < MOST => {
                let at = up_to(at, len);
                model.splice(at..at, run_of(from, more, tag));
            }
            Edit::Append(from, more, _) if len < MOST => model.extend(run_of(from, more, 7)),
            Edit::Prepend(from, more, _) if len < MOST => {
                model.splice(0..0, run_of(from, more, 8));
            }
            Edit::Double if len < MOST => model.extend_from_within(..),
            Edit::SplitOff(at, keeps_tail) => {
                let tail = model.split_off(up_to(at, len));
                if keeps_tail {
                    *model = tail;
                }
            }
            Edit::Drain(a, b, front, back) => {
                let mut drain = model.drain(range(a, b, len));
                let mut taken: Outcome = drain.by_ref().take(front.into()).collect();
                taken.extend(drain.nth(3));
                taken.extend(drain.nth_back(back.into()));
                return taken;
            }
            Edit::Splice(a, b, from, more) if len < MOST => {
                return model.splice(range(a, b, len), run_of(from, more, 9)).collect();
            }
            Edit::Retain(by, rest) => model.retain(|&pair| keeps(by, rest)(pair)),
            Edit::RetainMut(by, rest) => model.retain(|&pair| keeps(by, rest)(pair)),
            Edit::PopIf(by, rest) => {
                return model.pop_if(|pair| keeps(by, rest)(*pair)).into_iter().collect();
            }
            Edit::ExtendFromWithin(a, b) if len < MOST => model.extend_from_within(range(a, b, len)),
            Edit::Dedup(by) => model.dedup_by_key(|pair| pair.0 / u16::from(by.max(1))),
            Edit::Reverse => model.reverse(),
            Edit::RotateLeft(at) => model.rotate_left(up_to(at, len)),
            Edit::RotateRight(at) => model.rotate_right(up_to(at, len)),
            Edit::Fill(k) => model.fill((k.id(), 10)),
            Edit::Sort(sort) => sort_model(model, sort),
            Edit::IterMut(front, back, tag) => {
                let mut iter = model.iter_mut();
                iter.by_ref().take(front.into()).for_each(|pair| pair.1 = tag);
                iter.rev().take(back.into()).for_each(|pair| pair.1 = pair.1.wrapping_add(tag));
            }
            Edit::Collect(front, back) => {
                let mut iter = mem::take(model).into_iter();
                iter.nth(front.into());
                iter.nth_back(back.into());
                *model = iter.rev().collect();
            }
            Edit::Clear => model.clear(),
            _ => {}
        }
        Outcome::new()
    }

    fn write(vec: &Self::Container, write: &Write) -> Outcome {
        match *write {
            Write::Push(k, tag) => vec.push(elem(k, tag)),
            Write::PushIfAbsent(k, tag) => return told(vec.push_if_absent(elem(k, tag))),
            Write::Extend(from, more, tag) => {
                if vec.len() < MOST {
                    vec.extend(run_of(from, more, tag).map(Elem::from));
                }
            }
            Write::ExtendAbsent(from, more) => {
                let more = u16::from(more % 16);
                return vec![(
                    u16::try_from(vec.extend_absent(run_of(from, more, 3).map(Elem::from))).unwrap_or(0),
                    0,
                )];
            }
            Write::Pop => return pairs(vec.pop()),
            Write::Insert(at, k, tag) => {
                let refused = vec.insert(at.into(), elem(k, tag)).err();
                return pairs(refused.map(|refused| refused.value));
            }
            Write::Set(at, k, tag) => {
                let set = vec.set(at.into(), elem(k, tag));
                let refused = set.is_err().then_some((0, 0));
                let mut given = pairs([set.unwrap_or_else(|refused| refused.value)]);
                given.extend(refused);
                return given;
            }
            Write::Remove(at) => return pairs(vec.remove(at.into())),
            Write::RemoveItem(k) => return told(sought(elem(k, 0), |elem| vec.remove_item(elem))),
            Write::Truncate(at) => vec.truncate(at.into()),
            Write::Retain(by, rest) => vec.retain(|elem| keeps(by, rest)(elem.pair())),
            Write::Sort(sort) => match sort {
                Sort::By => vec.sort_by(|a, b| b.cmp(a)),
                Sort::ByKey => vec.sort_by_key(|elem| elem.id % 100),
                _ => vec.sort(),
            },
            Write::Dedup => vec.dedup(),
            Write::Reverse => vec.reverse(),
            Write::Clear => vec.clear(),
        }
        Outcome::new()
    }

    fn write_model(model: &mut Model, write: &Write) -> Outcome {
        let len = model.len();
        match *write {
            Write::Push(k, tag) => model.push((k.id(), tag)),
            Write::PushIfAbsent(k, tag) => {
                let absent = has(model, k.id()).is_none();
                model.extend(absent.then_some((k.id(), tag)));
                return told(absent);
            }
            Write::Extend(from, more, tag) => {
                if len < MOST {
                    model.extend(run_of(from, more, tag));
                }
            }
            Write::ExtendAbsent(from, more) => {
                for pair in run_of(from, u16::from(more % 16), 3) {
                    model.extend(has(model, pair.0).is_none().then_some(pair));
                }
                return vec![(u16::try_from(model.len() - len).unwrap_or(0), 0)];
            }
            Write::Pop => return model.pop().into_iter().collect(),
            Write::Insert(at, k, tag) => {
                if usize::from(at) > len {
                    return vec![(k.id(), tag)];
                }
                model.insert(at.into(), (k.id(), tag));
            }
            Write::Set(at, k, tag) => {
                return match model.get_mut(usize::from(at)) {
                    Some(there) => vec![mem::replace(there, (k.id(), tag))],
                    None => vec![(k.id(), tag), (0, 0)],
                };
            }
            Write::Remove(at) => {
                let gone = (usize::from(at) < len).then(|| model.remove(at.into()));
                return gone.into_iter().collect();
            }
            Write::RemoveItem(k) => return told(has(model, k.id()).map(|at| model.remove(at)).is_some()),
            Write::Truncate(at) => model.truncate(at.into()),
            Write::Retain(by, rest) => model.retain(|&pair| keeps(by, rest)(pair)),
            Write::Sort(sort) => match sort {
                Sort::By => model.sort_by_key(|pair| Reverse(pair.0)),
                Sort::ByKey => model.sort_by_key(|pair| pair.0 % 100),
                _ => model.sort_by_key(|pair| pair.0),
            },
            Write::Dedup => model.dedup_by_key(|pair| pair.0),
            Write::Reverse => model.reverse(),
            Write::Clear => model.clear(),
        }
        Outcome::new()
    }

    fn content(ours: &Ours) -> Model {
        let content: Model = ours.iter().map(Elem::pair).collect();
        assert_eq!((content.len(), ours.iter().len()), (ours.len(), ours.len()));
        assert!((0..ours.len()).all(|index| ours[index].pair() == content[index]), "not at its index");
        assert!(ours.iter().rev().map(Elem::pair).eq(content.iter().rev().copied()));
        assert_eq!(ours.pages().map(<[Elem]>::len).sum::<usize>(), ours.len());
        assert!(ours.pages().all(|page| !page.is_empty()));
        content
    }

    fn is_between(actual: &Model, before: &Model, after: &Model) -> bool {
        let sorted = |model: &Model| {
            let mut sorted = model.clone();
            sorted.sort_unstable();
            sorted
        };
        // What sorting has left is in any order; what was written through references stays.
        actual == before
            || actual == after
            || sorted(actual) == sorted(before)
            || (actual.len() == before.len()
                && actual.len() == after.len()
                && actual.iter().zip(before.iter().zip(after)).all(|(one, (a, b))| one == a || one == b))
    }

    fn may_drop(_: &Edit) -> bool {
        true
    }
}
