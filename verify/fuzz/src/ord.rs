//! `PagedOrdMap`, `PagedOrdSet` and `CowOrdMap`, and a `BTreeMap`.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    ops::Bound,
};

use arbitrary::Arbitrary;
use readmostly::{
    CowOrdMap,
    paged::{Delta, PagedOrdMap, PagedOrdSet, ord_map::Entry},
};

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key, sought},
};

type Ours = PagedOrdMap<Elem, Elem>;
type Model = BTreeMap<u16, u8>;

/// A change of a map, or a look at it.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Insert(Key, u8),
    Remove(Key),
    GetMut(Key, u8),
    OrInsert(Key, u8),
    InsertEntry(Key, u8),
    EntryRemove(Key),
    PopFirst,
    PopLast,
    Lookup(Key),
    Range(Key, u16),
    Extend(Key, u16, u8),
    RemoveRun(Key, u16),
    Retain(u8, u8),
    Assign(Key, u16, u8),
    /// Set algebra over the keys, with a run of ids that are removed from a clone, and another that is added.
    Algebra(Key, u16, Key, u16),
    RangeMut(Key, u16, u8),
    Append(Key, u16, u8),
    SplitOff(Key),
    /// What is split off comes back.
    Seam(Key),
    Collect,
    /// From both ends, by value.
    IntoIter(u16, u16),
    Clear,
}

/// A write of a `CowOrdMap`.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Insert(Key, u8),
    TryInsert(Key, u8),
    ModifyOrInsert(Key, u8),
    Modify(Key, u8),
    Compute(Key, Option<u8>),
    GetOrInsertWith(Key, u8),
    Remove(Key),
    RemoveIf(Key, u8),
    CompareReplace(Key, u8, u8),
    PopFirst,
    PopLast,
    Extend(Key, u16, u8),
    Assign(Key, u16, u8),
    Append(Key, u16, u8),
    SplitOff(Key),
    Retain(u8, u8),
    Clear,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Ord>(input);
}

/// What the driver needs to know of ordered maps.
#[derive(Debug)]
pub struct Ord;

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

fn run_of(keys: Key, len: u16, n: u8) -> impl Iterator<Item = (Elem, Elem)> {
    keys.run(len).map(move |id| (Elem::new(id, 0), value(n)))
}

fn extend(model: &mut Model, keys: Key, len: u16, n: u8) {
    model.extend(keys.run(len).map(|id| (id, n)));
}

fn keeps(by: u8, rest: u8) -> impl Fn(u16, u8) -> bool {
    let by = u16::from(by % 16).max(2);
    move |id, n| (id % by == u16::from(rest) % by) == (by % 3 != 0) || n == rest
}

/// Makes the model one of a run, and returns how many keys that changes.
fn assign(model: &mut Model, from: Key, len: u16, n: u8) -> Outcome {
    let new: Model = from.run(len).map(|id| (id, n)).collect();
    let gone = model.keys().filter(|id| !new.contains_key(id)).count();
    let news = new.iter().filter(|(id, n)| model.get(id) != Some(n)).count();
    *model = new;
    count(gone + news)
}

/// The delta between two maps has so many changes, in order, and leads from one to the other and back.
fn assert_delta(old: &Ours, new: &Ours, changes: usize) {
    let delta: Delta<Elem, Elem> = old.diff(new).collect();
    assert_eq!(delta.len(), changes);
    assert!(delta.iter().map(|change| change.key().id).is_sorted());
    let mut there = old.clone();
    assert!(there.apply(&delta).is_ok() && there == *new);
    assert!(there.apply(&delta.inverse()).is_ok() && there == *old);
}

/// The algebra of a set and of a clone that has lost some and got others.
fn assert_algebra(ours: &Ours, less: impl Iterator<Item = u16>, more: impl Iterator<Item = u16>) {
    let set: PagedOrdSet<Elem> = ours.keys().cloned().collect();
    let mut other = set.clone();
    let model: BTreeSet<u16> = ours.keys().map(|key| key.id).collect();
    let mut of_other = model.clone();
    for id in less {
        assert_eq!(sought(Elem::new(id, 0), |elem| other.remove(elem)), of_other.remove(&id));
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

impl Kind for Ord {
    type Value = Ours;
    type Model = Model;
    type Container = CowOrdMap<Elem, Elem>;
    type Edit = Edit;
    type Write = Write;
    const MAY_DROP_VERSIONS: bool = true;

    fn model(len: u16) -> Model {
        (0..len).map(|id| (id, 3)).collect()
    }

    fn value(model: &Model, _: By) -> Ours {
        model.iter().map(|(&id, &n)| (Elem::new(id, 0), value(n))).collect()
    }

    fn container(value: Ours) -> Self::Container {
        value.into()
    }

    fn fork(container: &Self::Container) -> Self::Container {
        container.fork()
    }

    fn edit(ours: &mut Ours, edit: &Edit) -> Outcome {
        match *edit {
            Edit::Insert(k, n) => return values(ours.insert(key(k), value(n))),
            Edit::Remove(k) => return entries(sought(key(k), |key| ours.remove_entry(key))),
            Edit::GetMut(k, n) => {
                return values(sought(key(k), |key| {
                    ours.get_mut(key).map(|there| mem::replace(there, value(n)))
                }));
            }
            Edit::OrInsert(k, n) => return vec![(0, number(ours.entry(key(k)).or_insert_with(|| value(n))))],
            Edit::InsertEntry(k, n) => return vec![ours.entry(key(k)).insert_entry(value(n)).key().pair()],
            Edit::EntryRemove(k) => {
                return match ours.entry(key(k)) {
                    Entry::Occupied(entry) => entries([entry.remove_entry()]),
                    Entry::Vacant(entry) => vec![entry.into_key().into_pair()],
                };
            }
            Edit::PopFirst => return entries(ours.pop_first()),
            Edit::PopLast => return entries(ours.pop_last()),
            Edit::Lookup(k) => {
                return sought(key(k), |key| {
                    let near = [ours.get_lt(key), ours.get_le(key), ours.get_ge(key), ours.get_gt(key)];
                    let ends = [ours.first_key_value(), ours.last_key_value()];
                    let rank = ours.rank(key);
                    assert!(
                        ours.get_index(rank).map(|(key, _)| key.id)
                            == ours.get_ge(key).map(|(key, _)| key.id)
                    );
                    let mut all = shown(near.into_iter().chain(ends).flatten());
                    all.extend(count(rank));
                    all
                });
            }
            Edit::Range(k, len) => {
                let (start, end) = (key(k), Elem::new(k.id() + len % 1_024, 0));
                let forth = shown(ours.range(&start..&end));
                assert!(forth.iter().rev().eq(&shown(ours.range(&start..&end).rev())));
                drop((start, end));
                return forth;
            }
            Edit::Extend(from, len, n) => ours.extend(run_of(from, len, n)),
            Edit::RemoveRun(from, len) => {
                return from
                    .run(len)
                    .flat_map(|id| entries(sought(Elem::new(id, 0), |key| ours.remove_entry(key))))
                    .collect();
            }
            Edit::Retain(by, rest) => ours.retain(|key, value| keeps(by, rest)(key.pair().0, number(value))),
            Edit::Assign(from, len, n) => {
                let before = ours.clone();
                let changes = ours.assign(run_of(from, len, n));
                assert_delta(&before, ours, changes);
                return count(changes);
            }
            Edit::Algebra(from, len, other, of_other) => {
                assert_algebra(ours, from.run(len), other.run(of_other));
            }
            Edit::RangeMut(k, len, n) => {
                let (start, end) = (key(k), Elem::new(k.id() + len % 1_024, 0));
                ours.range_mut(&start..&end).for_each(|(_, there)| *there = value(n));
            }
            Edit::Append(from, len, n) => ours.append(&mut run_of(from, len, n).collect()),
            Edit::SplitOff(k) => return entries(sought(key(k), |key| ours.split_off(key))),
            Edit::Seam(k) => {
                let mut behind = sought(key(k), |key| ours.split_off(key));
                ours.append(&mut behind);
            }
            Edit::Collect => *ours = ours.clone().into_iter().collect(),
            Edit::IntoIter(front, back) => {
                let mut walk = ours.clone().into_iter();
                let mut all = entries(walk.by_ref().take(front.into()));
                all.extend(entries(walk.by_ref().rev().take(back.into())));
                all.extend(count(walk.len()));
                return all;
            }
            Edit::Clear => ours.clear(),
        }
        Outcome::new()
    }

    fn edit_model(model: &mut Model, edit: &Edit) -> Outcome {
        match *edit {
            Edit::Insert(k, n) => return numbers(model.insert(k.id(), n)),
            Edit::Remove(k) => return model.remove_entry(&k.id()).into_iter().collect(),
            Edit::GetMut(k, n) => {
                return numbers(model.get_mut(&k.id()).map(|there| mem::replace(there, n)));
            }
            Edit::OrInsert(k, n) => return numbers([*model.entry(k.id()).or_insert(n)]),
            Edit::InsertEntry(k, n) => {
                model.insert(k.id(), n);
                return vec![(k.id(), 0)];
            }
            Edit::EntryRemove(k) => return vec![model.remove_entry(&k.id()).unwrap_or((k.id(), 0))],
            Edit::PopFirst => return model.pop_first().into_iter().collect(),
            Edit::PopLast => return model.pop_last().into_iter().collect(),
            Edit::Lookup(k) => {
                let id = k.id();
                let behind = (Bound::Excluded(id), Bound::Unbounded);
                let near = [
                    model.range(..id).next_back(),
                    model.range(..=id).next_back(),
                    model.range(id..).next(),
                    model.range(behind).next(),
                ];
                let ends = [model.first_key_value(), model.last_key_value()];
                let mut all = of_model(near.into_iter().chain(ends).flatten());
                all.extend(count(model.range(..id).count()));
                return all;
            }
            Edit::Range(k, len) => return of_model(model.range(k.id()..k.id() + len % 1_024)),
            Edit::Extend(from, len, n) | Edit::Append(from, len, n) => extend(model, from, len, n),
            Edit::RemoveRun(from, len) => {
                return from.run(len).filter_map(|id| model.remove_entry(&id)).collect();
            }
            Edit::Retain(by, rest) => model.retain(|&id, &mut n| keeps(by, rest)(id, n)),
            Edit::Assign(from, len, n) => return assign(model, from, len, n),
            Edit::RangeMut(k, len, n) => {
                model.range_mut(k.id()..k.id() + len % 1_024).for_each(|(_, there)| *there = n);
            }
            Edit::SplitOff(k) => return model.split_off(&k.id()).into_iter().collect(),
            Edit::IntoIter(front, back) => {
                let mut walk = model.iter();
                let mut all = of_model(walk.by_ref().take(front.into()));
                all.extend(of_model(walk.by_ref().rev().take(back.into())));
                all.extend(count(walk.len()));
                return all;
            }
            Edit::Clear => model.clear(),
            Edit::Algebra(..) | Edit::Seam(_) | Edit::Collect => {}
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
            Write::Remove(k) => return entries(sought(key(k), |key| map.remove_entry(key))),
            Write::RemoveIf(k, n) => {
                return values(sought(key(k), |key| map.remove_if(key, |_, there| number(there) < n)));
            }
            Write::CompareReplace(k, old, new) => {
                return told(sought(key(k), |key| {
                    sought(value(old), |old| map.compare_replace(key, old, value(new)))
                }));
            }
            Write::PopFirst => return entries(map.pop_first()),
            Write::PopLast => return entries(map.pop_last()),
            Write::Extend(from, len, n) => map.extend(run_of(from, len, n)),
            Write::Assign(from, len, n) => return count(map.assign(run_of(from, len, n))),
            Write::Append(from, len, n) => map.append(&run_of(from, len, n).collect()),
            Write::SplitOff(k) => {
                // By reference: what is shared is cloned by an iterator by value, and a panic there comes after the write.
                let behind = sought(key(k), |key| map.split_off(key));
                return shown(&behind);
            }
            Write::Retain(by, rest) => map.retain(|key, value| keeps(by, rest)(key.pair().0, number(value))),
            Write::Clear => map.clear(),
        }
        Outcome::new()
    }

    fn write_model(model: &mut Model, write: &Write) -> Outcome {
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
                model.remove(&k.id());
                model.extend(n.map(|n| (k.id(), n)));
                return numbers(n);
            }
            Write::GetOrInsertWith(k, n) => Edit::OrInsert(k, n),
            Write::Remove(k) => Edit::Remove(k),
            Write::RemoveIf(k, n) => {
                let goes = model.get(&k.id()).is_some_and(|&there| there < n);
                return numbers(if goes { model.remove(&k.id()) } else { None });
            }
            Write::CompareReplace(k, old, new) => {
                let there = model.get_mut(&k.id()).filter(|there| **there == old);
                return told(there.map(|there| *there = new).is_some());
            }
            Write::PopFirst => Edit::PopFirst,
            Write::PopLast => Edit::PopLast,
            Write::Extend(from, len, n) => Edit::Extend(from, len, n),
            Write::Assign(from, len, n) => Edit::Assign(from, len, n),
            Write::Append(from, len, n) => Edit::Append(from, len, n),
            Write::SplitOff(k) => Edit::SplitOff(k),
            Write::Retain(by, rest) => Edit::Retain(by, rest),
            Write::Clear => Edit::Clear,
        };
        Self::edit_model(model, &edit)
    }

    fn content(ours: &Ours) -> Model {
        assert!(ours.keys().map(|key| key.id).is_sorted_by(|a, b| a < b), "not in order");
        let content: Model = ours.iter().map(|(key, value)| (key.pair().0, number(value))).collect();
        assert_eq!(
            (content.len(), ours.iter().rev().count(), ours.iter().len()),
            (ours.len(), ours.len(), ours.len())
        );
        assert!(ours.iter().all(|(key, value)| std::ptr::eq(&raw const ours[key], value)), "not to be found");
        let places = ours.keys().enumerate().step_by(7);
        assert!(places.into_iter().all(|(index, key)| ours.rank(key) == index), "a rank is wrong");
        content
    }

    fn is_between(actual: &Model, before: &Model, after: &Model) -> bool {
        let is_one = |id| [before.get(id), after.get(id)].contains(&actual.get(id));
        before.keys().chain(after.keys()).chain(actual.keys()).all(is_one)
    }

    fn may_drop(edit: &Edit) -> bool {
        // What is split off is lost if a destructor panics before it is back.
        !matches!(edit, Edit::Seam(_))
    }
}
