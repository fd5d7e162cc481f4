//! `CowCell`, with two of std's collections as its value.
//!
//! The value is copied whole, so what this looks at is the cell: its versions, readers, transactions and panics.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use readmostly::CowCell;

use super::{
    driver::{self, Kind, Outcome},
    elem::{By, Elem, Key},
};

/// Two tables that change in one step.
#[derive(Clone, Debug)]
pub struct Tables {
    list: Vec<Elem>,
    map: BTreeMap<Elem, Elem>,
}

type Model = (Vec<(u16, u8)>, BTreeMap<u16, u8>);

/// A change of the tables.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method, or a few of them")]
pub enum Edit {
    Push(Key, u8),
    Pop,
    Insert(Key, u8),
    Remove(Key),
    Sort,
    Truncate(u8),
    Clear,
}

/// A write of the cell's own; the others are the driver's.
#[derive(Arbitrary, Debug)]
#[expect(missing_docs, reason = "each is a method")]
pub enum Write {
    Replace(u8),
    Nothing,
}

/// A list of operations.
pub type Input = driver::Input<Edit, Write>;

/// Runs a list of operations.
pub fn run(input: &Input) {
    driver::run::<Cell>(input);
}

/// What the driver needs to know of cells.
#[derive(Debug)]
pub struct Cell;

impl Kind for Cell {
    type Value = Tables;
    type Model = Model;
    type Container = CowCell<Tables>;
    type Edit = Edit;
    type Write = Write;
    // Neither `Vec` nor `BTreeMap` leaks where a destructor panics.
    const MAY_DROP_VERSIONS: bool = true;

    fn model(len: u16) -> Model {
        let len = len % 64;
        ((0..len).map(|id| (id, 3)).collect(), (0..len / 2).map(|id| (id, 4)).collect())
    }

    fn value((list, map): &Model, _: By) -> Tables {
        let mut tables =
            Tables { list: list.iter().copied().map(Elem::from).collect(), map: BTreeMap::new() };
        // One by one: std's `collect` leaks the map if a comparison panics.
        for (&id, &tag) in map {
            tables.map.insert(Elem::new(id, 0), Elem::new(id, tag));
        }
        tables
    }

    fn container(value: Tables) -> CowCell<Tables> {
        CowCell::new(value)
    }

    fn fork(cell: &CowCell<Tables>) -> CowCell<Tables> {
        CowCell::new(cell.load().clone())
    }

    fn edit(tables: &mut Tables, edit: &Edit) -> Outcome {
        let gone = match *edit {
            Edit::Push(k, tag) => {
                tables.list.push(Elem::new(k.id(), tag));
                None
            }
            Edit::Pop => tables.list.pop(),
            Edit::Insert(k, tag) => tables.map.insert(Elem::new(k.id(), 0), Elem::new(k.id(), tag)),
            Edit::Remove(k) => tables.map.remove(&Elem::new(k.id(), 0)),
            Edit::Sort => {
                tables.list.sort();
                None
            }
            Edit::Truncate(len) => {
                tables.list.truncate(len.into());
                None
            }
            Edit::Clear => {
                tables.list.clear();
                tables.map.clear();
                None
            }
        };
        gone.map(|elem| elem.pair()).into_iter().collect()
    }

    fn edit_model((list, map): &mut Model, edit: &Edit) -> Outcome {
        let gone = match *edit {
            Edit::Push(k, tag) => {
                list.push((k.id(), tag));
                None
            }
            Edit::Pop => list.pop(),
            Edit::Insert(k, tag) => map.insert(k.id(), tag).map(|tag| (k.id(), tag)),
            Edit::Remove(k) => map.remove_entry(&k.id()),
            Edit::Sort => {
                list.sort_by_key(|pair| pair.0);
                None
            }
            Edit::Truncate(len) => {
                list.truncate(len.into());
                None
            }
            Edit::Clear => {
                list.clear();
                map.clear();
                None
            }
        };
        gone.into_iter().collect()
    }

    fn write(cell: &CowCell<Tables>, write: &Write) -> Outcome {
        match *write {
            Write::Replace(len) => drop(cell.replace(Self::value(&Self::model(len.into()), By::Mixed))),
            Write::Nothing => cell.write().rollback(),
        }
        Outcome::new()
    }

    fn write_model(model: &mut Model, write: &Write) -> Outcome {
        if let Write::Replace(len) = *write {
            *model = Self::model(len.into());
        }
        Outcome::new()
    }

    fn content(tables: &Tables) -> Model {
        let map = tables.map.iter().map(|(key, value)| {
            assert_eq!(key.id, value.id);
            value.pair()
        });
        (tables.list.iter().map(Elem::pair).collect(), map.collect())
    }

    fn is_between(_: &Model, _: &Model, _: &Model) -> bool {
        // What a panic leaves of std's collections is not ours to say.
        true
    }

    fn may_drop(_: &Edit) -> bool {
        true
    }
}
