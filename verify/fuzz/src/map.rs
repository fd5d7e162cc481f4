//! `PagedMap` and `CowMap`, and a `HashMap`.

use std::{collections::HashMap, mem};

use arbitrary::Arbitrary;
use readmostly::{
    CowMap,
    paged::{Delta, PagedMap, hash_map::Entry},
};

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key, sought},
};

type Ours = PagedMap<Elem, Elem, By>;
type Model = HashMap<u16, u8>;

/// A change of a map.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Insert(Key, u8),
    Remove(Key),
    RemoveEntry(Key),
    GetMut(Key, u8),
    OrInsert(Key, u8),
    AndModify(Key, u8),
    InsertEntry(Key, u8),
    EntryRemove(Key),
    Lookup(Key),
    Extend(Key, u16, u8),
    RemoveRun(Key, u16),
    RetainOthers(Key),
    Retain(u8, u8),
    ExtractIf(u8, u8),
    Assign(Key, u16, u8),
    ValuesMut(u16, u8),
    Drain(u16),
    Collect,
    Reserve(u16),
    ShrinkToFit,
    Clear,
}

/// A write of a `CowMap`.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Insert(Key, u8),
    InsertIfAbsent(Key, u8),
    TryInsert(Key, u8),
    ModifyOrInsert(Key, u8),
    RemoveEntry(Key),
    Assign(Key, u16, u8),
    GetOrInsertWith(Key, u8),
    Modify(Key, u8),
    Compute(Key, Option<u8>),
    Remove(Key),
    RemoveIf(Key, u8),
    CompareReplace(Key, u8, u8),
    Extend(Key, u16, u8),
    Retain(u8, u8),
    Clear,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Map>(input);
}

/// What the driver needs to know of maps.
#[derive(Debug)]
pub struct Map;

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

fn numbers(numbers: impl IntoIterator<Item = u8>) -> Outcome {
    numbers.into_iter().map(|n| (0, n)).collect()
}

fn told(yes: bool) -> Outcome {
    yes.then_some((0, 0)).into_iter().collect()
}

fn run_of(keys: Key, len: u16, n: u8) -> impl Iterator<Item = (Elem, Elem)> {
    keys.run(len).map(move |id| (Elem::new(id, 0), value(n)))
}

fn count(changes: usize) -> Outcome {
    vec![(u16::try_from(changes).expect("there are not so many keys"), 0)]
}

/// Makes the model one of a run, and returns how many keys that changes.
fn assign(model: &mut Model, from: Key, len: u16, n: u8) -> Outcome {
    let new: Model = from.run(len).map(|id| (id, n)).collect();
    let gone = model.keys().filter(|id| !new.contains_key(id)).count();
    let news = new.iter().filter(|(id, n)| model.get(id) != Some(n)).count();
    *model = new;
    count(gone + news)
}

/// The delta between two maps has so many changes, and leads from one to the other and back.
fn assert_delta(old: &Ours, new: &Ours, changes: usize) {
    let delta: Delta<Elem, Elem> = old.diff(new).collect();
    assert_eq!(delta.len(), changes);
    let mut there = old.clone();
    assert!(there.apply(&delta).is_ok() && there == *new);
    assert!(there.apply(&delta.inverse()).is_ok() && there == *old);
}

fn keeps(by: u8, rest: u8) -> impl Fn(u16, u8) -> bool {
    let by = u16::from(by % 16).max(2);
    move |id, n| (id % by == u16::from(rest) % by) == (by % 3 != 0) || n == rest
}

impl Kind for Map {
    type Value = Ours;
    type Model = Model;
    type Container = CowMap<Elem, Elem, By>;
    type Edit = Edit;
    type Write = Write;
    const MAY_DROP_VERSIONS: bool = false;

    fn model(len: u16) -> Model {
        (0..len).map(|id| (id, 3)).collect()
    }

    fn value(model: &Model, by: By) -> Ours {
        let mut ours = Ours::with_hasher(by);
        ours.extend(model.iter().map(|(&id, &n)| (Elem::new(id, 0), value(n))));
        ours
    }

    fn container(value: Ours) -> Self::Container {
        value.into()
    }

    fn fork(container: &Self::Container) -> Self::Container {
        container.fork()
    }

    fn edit(ours: &mut Ours, edit: &Edit) -> Outcome {
        match *edit {
            Edit::Insert(k, n) => values(ours.insert(key(k), value(n))),
            Edit::Remove(k) => values(sought(key(k), |key| ours.remove(key))),
            Edit::RemoveEntry(k) => entries(sought(key(k), |key| ours.remove_entry(key))),
            Edit::GetMut(k, n) => {
                values(sought(key(k), |key| ours.get_mut(key).map(|there| mem::replace(there, value(n)))))
            }
            Edit::OrInsert(k, n) => vec![(0, number(ours.entry(key(k)).or_insert_with(|| value(n))))],
            Edit::AndModify(k, n) => {
                let entry = ours.entry(key(k)).and_modify(|there| *there = value(n));
                numbers([number(entry.or_insert_with(|| value(n.wrapping_add(1))))])
            }
            Edit::InsertEntry(k, n) => vec![ours.entry(key(k)).insert_entry(value(n)).key().pair()],
            Edit::EntryRemove(k) => match ours.entry(key(k)) {
                Entry::Occupied(entry) => entries([entry.remove_entry()]),
                Entry::Vacant(entry) => vec![entry.into_key().into_pair()],
            },
            Edit::Lookup(k) => {
                assert_eq!(ours.contains_key(&key(k)), ours.get_key_value(&key(k)).is_some());
                numbers(sought(key(k), |key| ours.get(key).map(number)))
            }
            Edit::Extend(from, len, n) => {
                ours.extend(run_of(from, len, n));
                Outcome::new()
            }
            Edit::RemoveRun(from, len) => from
                .run(len)
                .flat_map(|id| entries(sought(Elem::new(id, 0), |key| ours.remove_entry(key))))
                .collect(),
            Edit::RetainOthers(k) => {
                ours.retain(|there, _| there.id != k.id());
                Outcome::new()
            }
            Edit::Retain(by, rest) => {
                ours.retain(|key, value| keeps(by, rest)(key.pair().0, number(value)));
                Outcome::new()
            }
            Edit::ExtractIf(by, rest) => {
                let mut gone =
                    entries(ours.extract_if(|key, value| !keeps(by, rest)(key.pair().0, number(value))));
                gone.sort_unstable();
                gone
            }
            Edit::Assign(from, len, n) => {
                let before = ours.clone();
                let changes = ours.assign(run_of(from, len, n));
                assert_delta(&before, ours, changes);
                count(changes)
            }
            Edit::ValuesMut(every, n) => {
                for (key, there) in ours.iter_mut() {
                    if key.id % every.max(1) == 0 {
                        *there = value(n);
                    }
                }
                Outcome::new()
            }
            Edit::Drain(most) => {
                let len = ours.len();
                let taken = ours.drain().take(most.into()).count();
                assert!(ours.is_empty() && taken == len.min(most.into()));
                Outcome::new()
            }
            Edit::Collect => {
                let mut collected = Ours::with_capacity_and_hasher(ours.len() / 2, *ours.hasher());
                collected.extend(ours.clone());
                *ours = collected;
                Outcome::new()
            }
            Edit::Reserve(more) => {
                ours.reserve(more.into());
                assert!(ours.capacity() >= ours.len() + usize::from(more));
                Outcome::new()
            }
            Edit::ShrinkToFit => {
                ours.shrink_to_fit();
                Outcome::new()
            }
            Edit::Clear => {
                ours.clear();
                Outcome::new()
            }
        }
    }

    fn edit_model(model: &mut Model, edit: &Edit) -> Outcome {
        match *edit {
            Edit::Insert(k, n) => numbers(model.insert(k.id(), n)),
            Edit::Remove(k) => numbers(model.remove(&k.id())),
            Edit::RemoveEntry(k) => model.remove_entry(&k.id()).into_iter().collect(),
            Edit::GetMut(k, n) => numbers(model.get_mut(&k.id()).map(|there| mem::replace(there, n))),
            Edit::OrInsert(k, n) => numbers([*model.entry(k.id()).or_insert(n)]),
            Edit::AndModify(k, n) => {
                numbers([*model.entry(k.id()).and_modify(|there| *there = n).or_insert(n.wrapping_add(1))])
            }
            Edit::InsertEntry(k, n) => {
                model.insert(k.id(), n);
                vec![(k.id(), 0)]
            }
            Edit::EntryRemove(k) => vec![model.remove_entry(&k.id()).unwrap_or((k.id(), 0))],
            Edit::Lookup(k) => numbers(model.get(&k.id()).copied()),
            Edit::Extend(from, len, n) => {
                model.extend(from.run(len).map(|id| (id, n)));
                Outcome::new()
            }
            Edit::RemoveRun(from, len) => from.run(len).filter_map(|id| model.remove_entry(&id)).collect(),
            Edit::RetainOthers(k) => {
                model.remove(&k.id());
                Outcome::new()
            }
            Edit::Retain(by, rest) => {
                model.retain(|&id, &mut n| keeps(by, rest)(id, n));
                Outcome::new()
            }
            Edit::ExtractIf(by, rest) => {
                let mut gone: Outcome = model.extract_if(|&id, &mut n| !keeps(by, rest)(id, n)).collect();
                gone.sort_unstable();
                gone
            }
            Edit::Assign(from, len, n) => assign(model, from, len, n),
            Edit::ValuesMut(every, n) => {
                for (id, there) in model {
                    if id % every.max(1) == 0 {
                        *there = n;
                    }
                }
                Outcome::new()
            }
            Edit::Drain(_) | Edit::Clear => {
                model.clear();
                Outcome::new()
            }
            Edit::Collect | Edit::Reserve(_) | Edit::ShrinkToFit => Outcome::new(),
        }
    }

    fn write(map: &Self::Container, write: &Write) -> Outcome {
        match *write {
            Write::Insert(k, n) => values(map.insert(key(k), value(n))),
            Write::InsertIfAbsent(k, n) => told(map.insert_if_absent(key(k), value(n)).is_none()),
            Write::TryInsert(k, n) => {
                entries(map.try_insert(key(k), value(n)).err().map(|refused| (refused.key, refused.value)))
            }
            Write::ModifyOrInsert(k, n) => {
                let modify = |there: &mut Elem| number(&mem::replace(there, value(n.wrapping_add(1))));
                numbers(map.modify_or_insert(key(k), modify, value(n)))
            }
            Write::RemoveEntry(k) => entries(sought(key(k), |key| map.remove_entry(key))),
            Write::Assign(from, len, n) => count(map.assign(run_of(from, len, n))),
            Write::GetOrInsertWith(k, n) => values([map.get_or_insert_with(key(k), || value(n))]),
            Write::Modify(k, n) => {
                values(sought(key(k), |key| map.modify(key, |there| mem::replace(there, value(n)))))
            }
            Write::Compute(k, n) => values(map.compute(key(k), |_| n.map(value))),
            Write::Remove(k) => values(sought(key(k), |key| map.remove(key))),
            Write::RemoveIf(k, n) => {
                values(sought(key(k), |key| map.remove_if(key, |_, there| number(there) < n)))
            }
            Write::CompareReplace(k, old, new) => told(sought(key(k), |key| {
                sought(value(old), |old| map.compare_replace(key, old, value(new)))
            })),
            Write::Extend(from, len, n) => {
                map.extend(run_of(from, len, n));
                Outcome::new()
            }
            Write::Retain(by, rest) => {
                map.retain(|key, value| keeps(by, rest)(key.pair().0, number(value)));
                Outcome::new()
            }
            Write::Clear => {
                map.clear();
                Outcome::new()
            }
        }
    }

    fn write_model(model: &mut Model, write: &Write) -> Outcome {
        match *write {
            Write::Insert(k, n) => numbers(model.insert(k.id(), n)),
            Write::InsertIfAbsent(k, n) => {
                let absent = !model.contains_key(&k.id());
                model.entry(k.id()).or_insert(n);
                told(absent)
            }
            Write::TryInsert(k, n) => {
                let refused = model.contains_key(&k.id()).then_some((k.id(), n));
                model.entry(k.id()).or_insert(n);
                refused.into_iter().collect()
            }
            Write::ModifyOrInsert(k, n) => {
                let there = model.get_mut(&k.id()).map(|there| mem::replace(there, n.wrapping_add(1)));
                model.entry(k.id()).or_insert(n);
                numbers(there)
            }
            Write::RemoveEntry(k) => model.remove_entry(&k.id()).into_iter().collect(),
            Write::Assign(from, len, n) => assign(model, from, len, n),
            Write::GetOrInsertWith(k, n) => numbers([*model.entry(k.id()).or_insert(n)]),
            Write::Modify(k, n) => numbers(model.get_mut(&k.id()).map(|there| mem::replace(there, n))),
            Write::Compute(k, n) => {
                model.remove(&k.id());
                model.extend(n.map(|n| (k.id(), n)));
                numbers(n)
            }
            Write::Remove(k) => numbers(model.remove(&k.id())),
            Write::RemoveIf(k, n) => {
                let goes = model.get(&k.id()).is_some_and(|&there| there < n);
                numbers(if goes { model.remove(&k.id()) } else { None })
            }
            Write::CompareReplace(k, old, new) => {
                let there = model.get_mut(&k.id()).filter(|there| **there == old);
                told(there.map(|there| *there = new).is_some())
            }
            Write::Extend(from, len, n) => {
                model.extend(from.run(len).map(|id| (id, n)));
                Outcome::new()
            }
            Write::Retain(by, rest) => {
                model.retain(|&id, &mut n| keeps(by, rest)(id, n));
                Outcome::new()
            }
            Write::Clear => {
                model.clear();
                Outcome::new()
            }
        }
    }

    fn content(ours: &Ours) -> Model {
        let content: Model = ours.iter().map(|(key, value)| (key.pair().0, number(value))).collect();
        assert_eq!(
            (content.len(), ours.iter().count(), ours.iter().len()),
            (ours.len(), ours.len(), ours.len())
        );
        assert!(ours.iter().all(|(key, value)| std::ptr::eq(&raw const ours[key], value)), "not to be found");
        content
    }

    fn is_between(actual: &Model, before: &Model, after: &Model) -> bool {
        let is_one = |id| [before.get(id), after.get(id)].contains(&actual.get(id));
        before.keys().chain(after.keys()).chain(actual.keys()).all(is_one)
    }

    fn may_drop(edit: &Edit) -> bool {
        // What they drop are single elements, outside any table.
        matches!(
            edit,
            Edit::Insert(..)
                | Edit::Remove(_)
                | Edit::RemoveEntry(_)
                | Edit::GetMut(..)
                | Edit::OrInsert(..)
                | Edit::AndModify(..)
                | Edit::InsertEntry(..)
                | Edit::EntryRemove(_)
                | Edit::Lookup(_)
                | Edit::Extend(..)
                | Edit::RemoveRun(..)
                | Edit::ValuesMut(..)
        )
    }
}
