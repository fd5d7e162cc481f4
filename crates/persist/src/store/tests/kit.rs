//! A table, a store of it in memory, and what was confirmed.

use crate::disk::faulty::{Faulty, Left};
use crate::format::Compression;
use crate::{Loaded, Options, Result, Saved, Store};
use readmostly::CowMap;
use readmostly::paged::PagedMap;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(super) type Table = PagedMap<u32, String>;
pub(super) type Content = BTreeMap<u32, String>;

pub(super) fn options() -> Options {
    Options::new().compression(Compression::None).keep(2).max_chain(3)
}

pub(super) fn open_with(disk: &Faulty, options: Options) -> Result<Store<Table>> {
    Store::open_on(Arc::new(disk.clone()), Path::new("/store"), options, true)
}

pub(super) fn open(disk: &Faulty) -> Result<Store<Table>> {
    open_with(disk, options())
}

pub(super) fn content(table: &Table) -> Content {
    table.iter().map(|(key, value)| (*key, value.clone())).collect()
}

/// Enough entries that a few changes are a delta.
pub(super) fn some() -> CowMap<u32, String> {
    (0..60).map(|key| (key, format!("the value of {key}"))).collect()
}

/// A store with a table that is saved to it.
pub(super) struct Saving {
    pub(super) disk: Faulty,
    pub(super) store: Store<Table>,
    pub(super) table: CowMap<u32, String>,
}

impl Saving {
    pub(super) fn new(options: Options) -> Self {
        let disk = Faulty::new();
        Self { store: open_with(&disk, options).unwrap(), disk, table: some() }
    }

    #[track_caller]
    pub(super) fn save(&self) -> Saved {
        let saved = self.store.save(&self.table.snapshot()).unwrap();
        assert!(saved.left_over.is_none());
        saved
    }

    /// Changes an entry and saves.
    #[track_caller]
    pub(super) fn change(&self, key: u32) -> Saved {
        self.table.insert(key, format!("changed in {}", self.table.version()));
        self.save()
    }
}

/// What a start after a power cut finds.
#[track_caller]
pub(super) fn restart(disk: &Faulty, left: Left) -> Option<Loaded<Table>> {
    open(&disk.cut_power(left)).unwrap().load().unwrap()
}
