//! `PagedSet` and `CowSet`, and a `HashMap` of what a `HashSet` would hold, with the tags that tell equal elements apart.

use std::collections::HashMap;

use arbitrary::Arbitrary;
use readmostly::{
    CowSet,
    paged::{Delta, PagedSet},
};

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key, sought},
};

type Ours = PagedSet<Elem, By>;
type Model = HashMap<u16, u8>;

/// A change of a set.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Insert(Key, u8),
    Replace(Key, u8),
    Remove(Key),
    Take(Key),
    Lookup(Key),
    Extend(Key, u16, u8),
    RemoveRun(Key, u16),
    RetainOthers(Key),
    Retain(u8, u8),
    ExtractIf(u8, u8),
    Assign(Key, u16, u8),
    Algebra(Algebra, Key, u16, u8),
    Drain(u16),
    Collect,
    Reserve(u16),
    ShrinkToFit,
    Clear,
}

/// An operator, with a set of a run of ids at its right.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is an operator")]
pub enum Algebra {
    Or,
    And,
    Xor,
    Sub,
}

/// A write of a `CowSet`.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Insert(Key, u8),
    ReplaceItem(Key, u8),
    Remove(Key),
    Take(Key),
    Extend(Key, u16, u8),
    Assign(Key, u16, u8),
    Retain(u8, u8),
    Clear,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Set>(input);
}

/// What the driver needs to know of sets.
#[derive(Debug)]
pub struct Set;

fn elem(key: Key, tag: u8) -> Elem {
    Elem::new(key.id(), tag)
}

fn pairs(elems: impl IntoIterator<Item = Elem>) -> Outcome {
    elems.into_iter().map(|elem| elem.pair()).collect()
}

fn told(yes: bool) -> Outcome {
    yes.then_some((0, 0)).into_iter().collect()
}

fn count(changes: usize) -> Outcome {
    vec![(u16::try_from(changes).expect("there are not so many elements"), 0)]
}

fn run_of(keys: Key, len: u16, tag: u8) -> impl Iterator<Item = Elem> {
    keys.run(len).map(move |id| Elem::new(id, tag))
}

fn keeps(by: u8, rest: u8) -> impl Fn((u16, u8)) -> bool {
    let by = u16::from(by % 16).max(2);
    move |(id, tag)| (id % by == u16::from(rest) % by) == (by % 3 != 0) || tag == rest
}

fn insert(model: &mut Model, id: u16, tag: u8) -> bool {
    let absent = !model.contains_key(&id);
    model.entry(id).or_insert(tag);
    absent
}

impl Kind for Set {
    type Value = Ours;
    type Model = Model;
    type Container = CowSet<Elem, By>;
    type Edit = Edit;
    type Write = Write;
    const MAY_DROP_VERSIONS: bool = false;

    fn model(len: u16) -> Model {
        (0..len).map(|id| (id, 3)).collect()
    }

    fn value(model: &Model, by: By) -> Ours {
        let mut ours = Ours::with_hasher(by);
        ours.extend(model.iter().map(|(&id, &tag)| Elem::new(id, tag)));
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
            Edit::Insert(k, tag) => return told(ours.insert(elem(k, tag))),
            Edit::Replace(k, tag) => return pairs(ours.replace(elem(k, tag))),
            Edit::Remove(k) => return told(sought(elem(k, 0), |elem| ours.remove(elem))),
            Edit::Take(k) => return pairs(sought(elem(k, 0), |elem| ours.take(elem))),
            Edit::Lookup(k) => {
                assert_eq!(ours.contains(&elem(k, 0)), ours.get(&elem(k, 0)).is_some());
                return sought(elem(k, 0), |elem| ours.get(elem).map(Elem::pair)).into_iter().collect();
            }
            Edit::Extend(from, len, tag) => ours.extend(run_of(from, len, tag)),
            Edit::RemoveRun(from, len) => {
                return from
                    .run(len)
                    .flat_map(|id| pairs(sought(Elem::new(id, 0), |elem| ours.take(elem))))
                    .collect();
            }
            Edit::RetainOthers(k) => ours.retain(|there| there.id != k.id()),
            Edit::Retain(by, rest) => ours.retain(|elem| keeps(by, rest)(elem.pair())),
            Edit::ExtractIf(by, rest) => {
                let mut gone = pairs(ours.extract_if(|elem| !keeps(by, rest)(elem.pair())));
                gone.sort_unstable();
                return gone;
            }
            Edit::Assign(from, len, tag) => {
                let before = ours.clone();
                let changes = ours.assign(run_of(from, len, tag));
                let delta: Delta<Elem, ()> = before.diff(ours).collect();
                assert_eq!(delta.len(), changes);
                let mut there = before.clone();
                assert!(there.apply(&delta).is_ok() && there == *ours);
                assert!(there.apply(&delta.inverse()).is_ok() && there == before);
                return count(changes);
            }
            Edit::Algebra(operator, from, len, tag) => {
                let mut other = Ours::with_hasher(*ours.hasher());
                other.extend(run_of(from, len, tag));
                let common = ours.intersection(&other).count();
                assert_eq!(ours.union(&other).count() + common, ours.len() + other.len());
                assert_eq!(ours.difference(&other).count() + common, ours.len());
                assert_eq!(ours.is_disjoint(&other), common == 0);
                assert_eq!(ours.is_superset(&other), common == other.len());
                *ours = match operator {
                    Algebra::Or => &*ours | &other,
                    Algebra::And => &*ours & &other,
                    Algebra::Xor => &*ours ^ &other,
                    Algebra::Sub => &*ours - &other,
                };
                // Of two equal elements either one may be taken.
                for elem in run_of(from, len, tag).filter(|elem| ours.contains(elem)).collect::<Vec<_>>() {
                    ours.replace(elem);
                }
            }
            Edit::Drain(most) => {
                let len = ours.len();
                let taken = ours.drain().take(most.into()).count();
                assert!(ours.is_empty() && taken == len.min(most.into()));
            }
            Edit::Collect => {
                let mut collected = Ours::with_capacity_and_hasher(ours.len() / 2, *ours.hasher());
                collected.extend(ours.clone());
                *ours = collected;
            }
            Edit::Reserve(more) => {
                ours.reserve(more.into());
                assert!(ours.capacity() >= ours.len() + usize::from(more));
            }
            Edit::ShrinkToFit => ours.shrink_to_fit(),
            Edit::Clear => ours.clear(),
        }
        Outcome::new()
    }

    fn edit_model(model: &mut Model, edit: &Edit) -> Outcome {
        match *edit {
            Edit::Insert(k, tag) => return told(insert(model, k.id(), tag)),
            Edit::Replace(k, tag) => {
                return model.insert(k.id(), tag).map(|old| (k.id(), old)).into_iter().collect();
            }
            Edit::Remove(k) => return told(model.remove(&k.id()).is_some()),
            Edit::Take(k) => return model.remove_entry(&k.id()).into_iter().collect(),
            Edit::Lookup(k) => return model.get(&k.id()).map(|&tag| (k.id(), tag)).into_iter().collect(),
            Edit::Extend(from, len, tag) => from.run(len).for_each(|id| _ = insert(model, id, tag)),
            Edit::RemoveRun(from, len) => {
                return from.run(len).filter_map(|id| model.remove_entry(&id)).collect();
            }
            Edit::RetainOthers(k) => _ = model.remove(&k.id()),
            Edit::Retain(by, rest) => model.retain(|&id, &mut tag| keeps(by, rest)((id, tag))),
            Edit::ExtractIf(by, rest) => {
                let mut gone: Outcome =
                    model.extract_if(|&id, &mut tag| !keeps(by, rest)((id, tag))).collect();
                gone.sort_unstable();
                return gone;
            }
            Edit::Assign(from, len, tag) => {
                let new: Model = from.run(len).map(|id| (id, *model.get(&id).unwrap_or(&tag))).collect();
                let gone = model.keys().filter(|id| !new.contains_key(id)).count();
                let news = new.keys().filter(|id| !model.contains_key(id)).count();
                *model = new;
                return count(gone + news);
            }
            Edit::Algebra(operator, from, len, tag) => {
                let mut other: Model = from.run(len).map(|id| (id, tag)).collect();
                match operator {
                    Algebra::Or => model.extend(other),
                    Algebra::And => {
                        other.retain(|id, _| model.contains_key(id));
                        *model = other;
                    }
                    Algebra::Xor => {
                        for (id, tag) in other {
                            if model.remove(&id).is_none() {
                                model.insert(id, tag);
                            }
                        }
                    }
                    Algebra::Sub => model.retain(|id, _| !other.contains_key(id)),
                }
            }
            Edit::Drain(_) | Edit::Clear => model.clear(),
            Edit::Collect | Edit::Reserve(_) | Edit::ShrinkToFit => {}
        }
        Outcome::new()
    }

    fn write(set: &Self::Container, write: &Write) -> Outcome {
        match *write {
            Write::Insert(k, tag) => return told(set.insert(elem(k, tag))),
            Write::ReplaceItem(k, tag) => return pairs(set.replace_item(elem(k, tag))),
            Write::Remove(k) => return told(sought(elem(k, 0), |elem| set.remove(elem))),
            Write::Take(k) => return pairs(sought(elem(k, 0), |elem| set.take(elem))),
            Write::Extend(from, len, tag) => set.extend(run_of(from, len, tag)),
            Write::Assign(from, len, tag) => return count(set.assign(run_of(from, len, tag))),
            Write::Retain(by, rest) => set.retain(|elem| keeps(by, rest)(elem.pair())),
            Write::Clear => set.clear(),
        }
        Outcome::new()
    }

    fn write_model(model: &mut Model, write: &Write) -> Outcome {
        let edit = match *write {
            Write::Insert(k, tag) => Edit::Insert(k, tag),
            Write::ReplaceItem(k, tag) => Edit::Replace(k, tag),
            Write::Remove(k) => Edit::Remove(k),
            Write::Take(k) => Edit::Take(k),
            Write::Extend(from, len, tag) => Edit::Extend(from, len, tag),
            Write::Assign(from, len, tag) => Edit::Assign(from, len, tag),
            Write::Retain(by, rest) => Edit::Retain(by, rest),
            Write::Clear => Edit::Clear,
        };
        Self::edit_model(model, &edit)
    }

    fn content(ours: &Ours) -> Model {
        let content: Model = ours.iter().map(Elem::pair).collect();
        assert_eq!(
            (content.len(), ours.iter().count(), ours.iter().len()),
            (ours.len(), ours.len(), ours.len())
        );
        assert!(
            ours.iter().all(|elem| ours.get(elem).is_some_and(|there| std::ptr::eq(there, elem))),
            "not to be found"
        );
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
                | Edit::Replace(..)
                | Edit::Remove(_)
                | Edit::Take(_)
                | Edit::Lookup(_)
                | Edit::Extend(..)
                | Edit::RemoveRun(..)
        )
    }
}
