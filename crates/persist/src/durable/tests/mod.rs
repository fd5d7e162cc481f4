//! What `Durable` promises, on a disk that fails.

mod background;
mod chains;
mod faults;
mod forged;
mod group;
mod inside;
mod kill;
mod line;
mod log;
mod put_back;
mod random;
mod room;
mod threads;
mod writes;

use crate::disk::faulty::{Faulty, Left};
use crate::{Durable, Options, Recovered, Result};
use readmostly::CowMap;
use std::collections::BTreeMap;
use std::path::Path;

type Table = CowMap<u32, String>;
type State = BTreeMap<u32, String>;

fn options() -> Options {
    Options::new()
}

fn open(disk: &Faulty, options: Options) -> Result<(Durable<Table>, Recovered)> {
    Durable::open_on(std::sync::Arc::new(disk.clone()), Path::new("folder"), options, Default::default)
}

fn state(table: &Durable<Table>) -> State {
    table.load().iter().map(|(key, value)| (*key, value.clone())).collect()
}

/// What a restart finds.
#[track_caller]
fn found(disk: &Faulty) -> State {
    let (table, _) = open(disk, options()).expect("the table opens");
    state(&table)
}

/// Every way in which a crash may leave the disk that the tests know.
fn crashes() -> impl Iterator<Item = Left> {
    [Left::All, Left::Nothing, Left::Names, Left::Bytes].into_iter().chain((0..2).map(Left::Some))
}

fn value(number: u32) -> String {
    format!("value {number}")
}
