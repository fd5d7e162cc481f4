//! `PagedIndexMap`, `PagedIndexSet` and `CowIndexMap`, and an `IndexMap`.

use std::{mem, ops::Range};

use arbitrary::Arbitrary;
use indexmap::{IndexMap, IndexSet};
use readmostly::{
    CowIndexMap,
    paged::{Delta, PagedIndexMap, PagedIndexSet, index_map::Entry},
};

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key, sought},
};

type Ours = PagedIndexMap<Elem, Elem, By>;
type Set = PagedIndexSet<Elem, By>;

/// An `IndexMap`, to which the order counts.
#[derive(Clone, Debug, Default)]
pub struct Model(IndexMap<u16, u8>);

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

/// How an entry is removed.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is a part of a method's name")]
pub enum How {
    Shift,
    Swap,
}

/// A change of a map, or a look at it.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Insert(Key, u8),
    Remove(How, Key),
    RemoveIndex(How, u16),
    Pop,
    MoveToBack(Key),
    SwapIndices(u16, u16),
    GetMut(Key, u8),
    GetIndexMut(u16, u8),
    OrInsert(Key, u8),
    AndModify(Key, u8),
    InsertEntry(Key, u8),
    EntryRemove(How, Key),
    Lookup(Key),
    GetIndex(u16),
    Extend(Key, u16, u8),
    RemoveRun(Key, u16),
    MoveRun(Key, u16),
    Retain(u8, u8),
    Truncate(u16),
    /// From a place, so many, of which so many are looked at.
    Drain(u16, u16, u16),
    Assign(Key, u16, u8),
    /// Two runs, of which the first may come again.
    AssignTwice(Key, u16, Key, u16, u8),
    /// Set algebra over the keys, with a run of ids that are removed from a clone, and another that is added.
    Algebra(Key, u16, Key, u16),
    ValuesMut(u16, u8),
    SortKeys,
    SortUnstableKeys,
    /// By their values, of which many are equal.
    Sort,
    Reverse,
    Collect,
    /// From both ends, by value.
    IntoIter(u16, u16),
    Reserve(u16),
    ShrinkToFit,
    Clear,
}

/// A write of a `CowIndexMap`.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Insert(Key, u8),
    TryInsert(Key, u8),
    ModifyOrInsert(Key, u8),
    Modify(Key, u8),
    Compute(Key, Option<u8>),
    GetOrInsertWith(Key, u8),
    Remove(How, Key),
    RemoveIf(How, Key, u8),
    CompareReplace(Key, u8, u8),
    Pop,
    MoveToBack(Key),
    Extend(Key, u16, u8),
    Assign(Key, u16, u8),
    Retain(u8, u8),
    Clear,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Index>(input);
}

/// What the driver needs to know of maps in insertion order.
#[derive(Debug)]
pub struct Index;

fn key(key: Key) -> Elem {
    Elem::new(key.id(), 0)
}

/// A value, whose number is its id.
fn value(n: u8) -> Elem {
    Elem::new(n.into(), 1)
}

fn number(value: &Elem) -> u8 {
    u8::try_from(value.pair().0).expect("it was made of a byte")
}

fn values(values: impl IntoIterator<Item = Elem>) -> Outcome {
    values.into_iter().map(|value| (0, number(&value))).collect()
}

fn entries(entries: impl IntoIterator<Item = (Elem, Elem)>) -> Outcome {
    entries.into_iter().map(|(key, value)| (key.pair().0, number(&value))).collect()
}

fn shown<'a>(entries: impl IntoIterator<Item = (&'a Elem, &'a Elem)>) -> Outcome {
    entries.into_iter().map(|(key, value)| (key.pair().0, number(value))).collect()
}

fn of_model<'a>(entries: impl IntoIterator<Item = (&'a u16, &'a u8)>) -> Outcome {
    entries.into_iter().map(|(&id, &n)| (id, n)).collect()
}

fn numbers(numbers: impl IntoIterator<Item = u8>) -> Outcome {
    numbers.into_iter().map(|n| (0, n)).collect()
}

fn told(yes: bool) -> Outcome {
    yes.then_some((0, 0)).into_iter().collect()
}

fn count(count: usize) -> Outcome {
    vec![(u16::try_from(count).expect("there are not so many keys"), 0)]
}

fn place(place: Option<usize>) -> Outcome {
    place.into_iter().flat_map(count).collect()
}

fn run_of(keys: Key, len: u16, n: u8) -> impl Iterator<Item = (Elem, Elem)> {
    keys.run(len).map(move |id| (Elem::new(id, 0), value(n)))
}

fn keeps(by: u8, rest: u8) -> impl Fn(u16, u8) -> bool {
    let by = u16::from(by % 16).max(2);
    move |id, n| (id % by == u16::from(rest) % by) == (by % 3 != 0) || n == rest
}

/// A place, which may be the one behind the last entry.
fn within(at: u16, len: usize) -> usize {
    usize::from(at) % (len + 1)
}

/// A range of places, of so many at most.
fn part(from: u16, most: u16, len: usize) -> Range<usize> {
    let from = within(from, len);
    from..from + usize::from(most) % (len - from + 1)
}

fn look_up(ours: &Ours, key: &Elem) -> Outcome {
    let found = ours.get_full(key);
    assert_eq!(found.map(|(index, ..)| index), ours.get_index_of(key));
    assert_eq!(found.is_some(), ours.contains_key(key));
    let mut all = place(ours.get_index_of(key));
    all.extend(shown(found.map(|(_, key, value)| (key, value))));
    all.extend(shown(ours.first().into_iter().chain(ours.last())));
    all
}

fn remove_at(entry: Entry<'_, Elem, Elem, By>, how: How) -> Outcome {
    match (entry, how) {
        (Entry::Occupied(entry), How::Shift) => entries([entry.shift_remove_entry()]),
        (Entry::Occupied(entry), How::Swap) => entries([entry.swap_remove_entry()]),
        (Entry::Vacant(entry), _) => vec![entry.into_key().into_pair()],
    }
}

/// What is removed of the model, and how.
fn remove(model: &mut IndexMap<u16, u8>, how: How, id: u16) -> Option<(u16, u8)> {
    match how {
        How::Shift => model.shift_remove_entry(&id),
        How::Swap => model.swap_remove_entry(&id),
    }
}

fn move_to_back(model: &mut IndexMap<u16, u8>, id: u16) -> bool {
    let there = model.shift_remove_entry(&id);
    model.extend(there);
    there.is_some()
}

fn is_same(a: &Ours, b: &Ours) -> bool {
    a.iter().eq(b)
}

/// Assigns, and looks whether the delta has as many changes, and leads from one map to the other and back.
fn assign(ours: &mut Ours, new: impl Iterator<Item = (Elem, Elem)>) -> Outcome {
    let before = ours.clone();
    let changes = ours.assign(new);
    let delta: Delta<Elem, Elem> = before.diff(ours).collect();
    assert_eq!(delta.len(), changes);
    let mut there = before.clone();
    assert!(there.apply(&delta).is_ok() && is_same(&there, ours));
    // What was removed comes back at the end.
    assert!(there.apply(&delta.inverse()).is_ok() && there == before);
    told(changes > 0)
}

fn assign_model(model: &mut Model, new: impl Iterator<Item = (u16, u8)>) -> Outcome {
    let new = Model(new.collect());
    let changes = *model != new;
    *model = new;
    told(changes)
}

/// The algebra of a set and of a clone that has lost some and got others.
fn assert_algebra(ours: &Ours, less: impl Iterator<Item = u16>, more: impl Iterator<Item = u16>) {
    let mut set = Set::with_hasher(*ours.hasher());
    set.extend(ours.keys().cloned());
    let mut other = set.clone();
    let model: IndexSet<u16> = ours.keys().map(|key| key.id).collect();
    let mut of_other = model.clone();
    for id in less {
        assert_eq!(sought(Elem::new(id, 0), |elem| other.shift_remove(elem)), of_other.shift_remove(&id));
    }
    for id in more {
        assert_eq!(other.insert(Elem::new(id, 0)), of_other.insert(id));
    }
    let id = |elem: &Elem| elem.id;
    assert!(set.union(&other).map(id).eq(model.union(&of_other).copied()));
    assert!(set.intersection(&other).map(id).eq(model.intersection(&of_other).copied()));
    assert!(set.difference(&other).map(id).eq(model.difference(&of_other).copied()));
    assert!(other.difference(&set).map(id).eq(of_other.difference(&model).copied()));
    assert!(set.symmetric_difference(&other).map(id).eq(model.symmetric_difference(&of_other).copied()));
    assert_eq!(set.is_subset(&other), model.is_subset(&of_other));
    assert_eq!(set.is_superset(&other), model.is_superset(&of_other));
    assert_eq!(set.is_disjoint(&other), model.is_disjoint(&of_other));
    assert!((&set | &other).iter().map(id).eq(&model | &of_other));
    assert!((&set & &other).iter().map(id).eq(&model & &of_other));
    assert!((&set - &other).iter().map(id).eq(&model - &of_other));
    assert!((&set ^ &other).iter().map(id).eq(&model ^ &of_other));
}

impl Kind for Index {
    type Value = Ours;
    type Model = Model;
    type Container = CowIndexMap<Elem, Elem, By>;
    type Edit = Edit;
    type Write = Write;
    const MAY_DROP_VERSIONS: bool = true;

    fn model(len: u16) -> Model {
        // Not in the order of the keys.
        Model((0..len).rev().map(|id| (id, 3)).collect())
    }

    fn value(model: &Model, by: By) -> Ours {
        let mut ours = Ours::with_hasher(by);
        ours.extend(model.0.iter().map(|(&id, &n)| (Elem::new(id, 0), value(n))));
        ours
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
            Edit::Insert(k, n) => return values(ours.insert(key(k), value(n))),
            Edit::Remove(How::Shift, k) => {
                return entries(sought(key(k), |key| ours.shift_remove_entry(key)));
            }
            Edit::Remove(How::Swap, k) => return entries(sought(key(k), |key| ours.swap_remove_entry(key))),
            Edit::RemoveIndex(How::Shift, at) => return entries(ours.shift_remove_index(within(at, len))),
            Edit::RemoveIndex(How::Swap, at) => return entries(ours.swap_remove_index(within(at, len))),
            Edit::Pop => return entries(ours.pop()),
            Edit::MoveToBack(k) => return told(sought(key(k), |key| ours.move_to_back(key))),
            Edit::SwapIndices(a, b) => {
                if len > 0 {
                    ours.swap_indices(usize::from(a) % len, usize::from(b) % len);
                }
            }
            Edit::GetMut(k, n) => {
                return values(sought(key(k), |key| {
                    ours.get_mut(key).map(|there| mem::replace(there, value(n)))
                }));
            }
            Edit::GetIndexMut(at, n) => {
                let there = ours.get_index_mut(within(at, len));
                return values(there.map(|(_, there)| mem::replace(there, value(n))));
            }
            Edit::OrInsert(k, n) => return vec![(0, number(ours.entry(key(k)).or_insert_with(|| value(n))))],
            Edit::AndModify(k, n) => {
                let entry = ours.entry(key(k)).and_modify(|there| *there = value(n));
                return numbers([number(entry.or_insert_with(|| value(n.wrapping_add(1))))]);
            }
            Edit::InsertEntry(k, n) => {
                let entry = ours.entry(key(k)).insert_entry(value(n));
                assert_eq!(entry.key().id, k.id());
                return count(entry.index());
            }
            Edit::EntryRemove(how, k) => return remove_at(ours.entry(key(k)), how),
            Edit::Lookup(k) => return sought(key(k), |key| look_up(ours, key)),
            Edit::GetIndex(at) => return shown(ours.get_index(within(at, len))),
            Edit::Extend(from, len, n) => ours.extend(run_of(from, len, n)),
            Edit::RemoveRun(from, len) => {
                let remove = |id| entries(sought(Elem::new(id, 0), |key| ours.shift_remove_entry(key)));
                return from.run(len).flat_map(remove).collect();
            }
            Edit::MoveRun(from, len) => {
                let moved = |id| told(sought(Elem::new(id, 0), |key| ours.move_to_back(key)));
                return from.run(len).flat_map(moved).collect();
            }
            Edit::Retain(by, rest) => ours.retain(|key, value| keeps(by, rest)(key.pair().0, number(value))),
            Edit::Truncate(to) => ours.truncate(within(to, len)),
            Edit::Drain(from, most, looked) => {
                let range = part(from, most, len);
                let mut gone = ours.drain(range.clone());
                assert_eq!(gone.len(), range.len());
                return entries(gone.by_ref().take(looked.into()));
            }
            Edit::Assign(from, len, n) => return assign(ours, run_of(from, len, n)),
            Edit::AssignTwice(from, len, other, of_other, n) => {
                let again = run_of(other, of_other, n.wrapping_add(1));
                return assign(ours, run_of(from, len, n).chain(again));
            }
            Edit::Algebra(from, len, other, of_other) => {
                assert_algebra(ours, from.run(len), other.run(of_other));
            }
            Edit::ValuesMut(every, n) => {
                for (key, there) in ours.iter_mut() {
                    if key.id % every.max(1) == 0 {
                        *there = value(n);
                    }
                }
            }
            Edit::SortKeys => ours.sort_keys(),
            Edit::SortUnstableKeys => ours.sort_unstable_keys(),
            Edit::Sort => ours.sort_by(|_, a, _, b| a.cmp(b)),
            Edit::Reverse => ours.reverse(),
            Edit::Collect => {
                let mut collected = Ours::with_capacity_and_hasher(len / 2, *ours.hasher());
                collected.extend(ours.clone());
                *ours = collected;
            }
            Edit::IntoIter(front, back) => {
                let mut walk = ours.clone().into_iter();
                let mut all = entries(walk.by_ref().take(front.into()));
                all.extend(entries(walk.by_ref().rev().take(back.into())));
                all.extend(count(walk.len()));
                return all;
            }
            Edit::Reserve(more) => {
                ours.reserve(more.into());
                assert!(ours.capacity() >= len + usize::from(more));
            }
            Edit::ShrinkToFit => ours.shrink_to_fit(),
            Edit::Clear => ours.clear(),
        }
        Outcome::new()
    }

    fn edit_model(of_ours: &mut Model, edit: &Edit) -> Outcome {
        let model = &mut of_ours.0;
        let len = model.len();
        match *edit {
            Edit::Insert(k, n) => return numbers(model.insert(k.id(), n)),
            Edit::Remove(how, k) => return remove(model, how, k.id()).into_iter().collect(),
            Edit::RemoveIndex(How::Shift, at) => {
                return model.shift_remove_index(within(at, len)).into_iter().collect();
            }
            Edit::RemoveIndex(How::Swap, at) => {
                return model.swap_remove_index(within(at, len)).into_iter().collect();
            }
            Edit::Pop => return model.pop().into_iter().collect(),
            Edit::MoveToBack(k) => return told(move_to_back(model, k.id())),
            Edit::SwapIndices(a, b) => {
                if len > 0 {
                    model.swap_indices(usize::from(a) % len, usize::from(b) % len);
                }
            }
            Edit::GetMut(k, n) => {
                return numbers(model.get_mut(&k.id()).map(|there| mem::replace(there, n)));
            }
            Edit::GetIndexMut(at, n) => {
                let there = model.get_index_mut(within(at, len));
                return numbers(there.map(|(_, there)| mem::replace(there, n)));
            }
            Edit::OrInsert(k, n) => return numbers([*model.entry(k.id()).or_insert(n)]),
            Edit::AndModify(k, n) => {
                let entry = model.entry(k.id()).and_modify(|there| *there = n);
                return numbers([*entry.or_insert(n.wrapping_add(1))]);
            }
            Edit::InsertEntry(k, n) => return count(model.insert_full(k.id(), n).0),
            Edit::EntryRemove(how, k) => return vec![remove(model, how, k.id()).unwrap_or((k.id(), 0))],
            Edit::Lookup(k) => {
                let found = model.get_full(&k.id());
                let mut all = place(found.map(|(index, ..)| index));
                all.extend(of_model(found.map(|(_, id, n)| (id, n))));
                all.extend(of_model(model.first().into_iter().chain(model.last())));
                return all;
            }
            Edit::GetIndex(at) => return of_model(model.get_index(within(at, len))),
            Edit::Extend(from, len, n) => model.extend(from.run(len).map(|id| (id, n))),
            Edit::RemoveRun(from, len) => {
                return from.run(len).filter_map(|id| model.shift_remove_entry(&id)).collect();
            }
            Edit::MoveRun(from, len) => {
                return from.run(len).flat_map(|id| told(move_to_back(model, id))).collect();
            }
            Edit::Retain(by, rest) => model.retain(|&id, &mut n| keeps(by, rest)(id, n)),
            Edit::Truncate(to) => model.truncate(within(to, len)),
            Edit::Drain(from, most, looked) => {
                return model.drain(part(from, most, len)).take(looked.into()).collect();
            }
            Edit::Assign(from, len, n) => return assign_model(of_ours, from.run(len).map(|id| (id, n))),
            Edit::AssignTwice(from, len, other, of_other, n) => {
                let again = other.run(of_other).map(|id| (id, n.wrapping_add(1)));
                return assign_model(of_ours, from.run(len).map(|id| (id, n)).chain(again));
            }
            Edit::ValuesMut(every, n) => {
                for (id, there) in model {
                    if id % every.max(1) == 0 {
                        *there = n;
                    }
                }
            }
            Edit::SortKeys | Edit::SortUnstableKeys => model.sort_keys(),
            Edit::Sort => model.sort_by(|_, a, _, b| a.cmp(b)),
            Edit::Reverse => model.reverse(),
            Edit::IntoIter(front, back) => {
                let mut walk = model.iter();
                let mut all = of_model(walk.by_ref().take(front.into()));
                all.extend(of_model(walk.by_ref().rev().take(back.into())));
                all.extend(count(walk.len()));
                return all;
            }
            Edit::Clear => model.clear(),
            Edit::Algebra(..) | Edit::Collect | Edit::Reserve(_) | Edit::ShrinkToFit => {}
        }
        Outcome::new()
    }

    fn write(map: &Self::Container, write: &Write) -> Outcome {
        match *write {
            Write::Insert(k, n) => return values(map.insert(key(k), value(n))),
            Write::TryInsert(k, n) => {
                let refused = map.try_insert(key(k), value(n)).err();
                return entries(refused.map(|refused| (refused.key, refused.value)));
            }
            Write::ModifyOrInsert(k, n) => {
                let modify = |there: &mut Elem| number(&mem::replace(there, value(n.wrapping_add(1))));
                return numbers(map.modify_or_insert(key(k), modify, value(n)));
            }
            Write::Modify(k, n) => {
                return values(sought(key(k), |key| map.modify(key, |there| mem::replace(there, value(n)))));
            }
            Write::Compute(k, n) => return values(map.compute(key(k), |_| n.map(value))),
            Write::GetOrInsertWith(k, n) => return values([map.get_or_insert_with(key(k), || value(n))]),
            Write::Remove(How::Shift, k) => {
                return entries(sought(key(k), |key| map.shift_remove_entry(key)));
            }
            Write::Remove(How::Swap, k) => return entries(sought(key(k), |key| map.swap_remove_entry(key))),
            Write::RemoveIf(how, k, n) => {
                let goes = |_: &Elem, there: &Elem| number(there) < n;
                return values(sought(key(k), |key| match how {
                    How::Shift => map.shift_remove_if(key, goes),
                    How::Swap => map.swap_remove_if(key, goes),
                }));
            }
            Write::CompareReplace(k, old, new) => {
                return told(sought(key(k), |key| {
                    sought(value(old), |old| map.compare_replace(key, old, value(new)))
                }));
            }
            Write::Pop => return entries(map.pop()),
            Write::MoveToBack(k) => return told(sought(key(k), |key| map.move_to_back(key))),
            Write::Extend(from, len, n) => map.extend(run_of(from, len, n)),
            Write::Assign(from, len, n) => return told(map.assign(run_of(from, len, n)) > 0),
            Write::Retain(by, rest) => map.retain(|key, value| keeps(by, rest)(key.pair().0, number(value))),
            Write::Clear => map.clear(),
        }
        Outcome::new()
    }

    fn write_model(of_map: &mut Model, write: &Write) -> Outcome {
        let model = &mut of_map.0;
        let edit = match *write {
            Write::Insert(k, n) => Edit::Insert(k, n),
            Write::TryInsert(k, n) => {
                let refused = model.contains_key(&k.id()).then_some((k.id(), n));
                model.entry(k.id()).or_insert(n);
                return refused.into_iter().collect();
            }
            Write::ModifyOrInsert(k, n) => {
                let there = model.get_mut(&k.id()).map(|there| mem::replace(there, n.wrapping_add(1)));
                model.entry(k.id()).or_insert(n);
                return numbers(there);
            }
            Write::Modify(k, n) => Edit::GetMut(k, n),
            Write::Compute(k, n) => {
                match n {
                    Some(n) => _ = model.insert(k.id(), n),
                    None => _ = model.shift_remove(&k.id()),
                }
                return numbers(n);
            }
            Write::GetOrInsertWith(k, n) => Edit::OrInsert(k, n),
            Write::Remove(how, k) => Edit::Remove(how, k),
            Write::RemoveIf(how, k, n) => {
                let goes = model.get(&k.id()).is_some_and(|&there| there < n);
                let gone = if goes { remove(model, how, k.id()) } else { None };
                return numbers(gone.map(|(_, n)| n));
            }
            Write::CompareReplace(k, old, new) => {
                let there = model.get_mut(&k.id()).filter(|there| **there == old);
                return told(there.map(|there| *there = new).is_some());
            }
            Write::Pop => Edit::Pop,
            Write::MoveToBack(k) => Edit::MoveToBack(k),
            Write::Extend(from, len, n) => Edit::Extend(from, len, n),
            Write::Assign(from, len, n) => Edit::Assign(from, len, n),
            Write::Retain(by, rest) => Edit::Retain(by, rest),
            Write::Clear => Edit::Clear,
        };
        Self::edit_model(of_map, &edit)
    }

    fn content(ours: &Ours) -> Model {
        let content: IndexMap<_, _> = ours.iter().map(|(key, value)| (key.pair().0, number(value))).collect();
        assert_eq!(
            (content.len(), ours.iter().count(), ours.iter().len()),
            (ours.len(), ours.len(), ours.len())
        );
        assert!(ours.keys().rev().map(|key| &key.id).eq(content.keys().rev()), "another way back");
        assert!(ours.iter().all(|(key, value)| std::ptr::eq(&raw const ours[key], value)), "not to be found");
        for (index, key) in ours.keys().enumerate().step_by(7) {
            assert_eq!(ours.get_index_of(key), Some(index));
            assert!(ours.get_index(index).is_some_and(|(there, _)| std::ptr::eq(there, key)));
        }
        Model(content)
    }

    fn is_between(actual: &Model, before: &Model, after: &Model) -> bool {
        let is_one = |id| [before.0.get(id), after.0.get(id)].contains(&actual.0.get(id));
        let in_all = |id: &&u16| [actual, before, after].iter().all(|model| model.0.contains_key(*id));
        let [places, old, new] = [actual, before, after].map(|model| model.0.keys().filter(in_all));
        before.0.keys().chain(after.0.keys()).chain(actual.0.keys()).all(is_one)
            // Those that keep their order keep it in between.
            && (!old.clone().eq(new) || places.eq(old))
    }

    fn may_drop(_: &Edit) -> bool {
        true
    }
}
