//! Files in the folder that are not what the store itself would keep: copies, and those of another key.

use super::kit::{Saving, Table, open_with, options};
use crate::{Error, ErrorKind, Skipped, Store};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

/// A copy counted as a generation, and one that was to stay went.
#[test]
fn a_copy_is_no_generation() {
    let saving = Saving::new(options().max_chain(0).keep(3));
    let ids: Vec<_> = (0..3).map(|round| saving.change(round).id).collect();
    let newest = saving.disk.names().pop().unwrap();
    saving.disk.put(&format!("copy of {newest}"), &saving.disk.bytes(&newest).unwrap());
    let (disk, table) = (saving.disk.clone(), saving.table);
    drop(saving.store);
    let store = open_with(&disk, options().max_chain(0).keep(3)).unwrap();
    store.load().unwrap();
    table.insert(9, "another".into());
    store.save(&table.snapshot()).unwrap();
    let left: Vec<_> = store.list().iter().map(|info| info.id).collect();
    assert!(ids[1..].iter().all(|id| left.contains(id)) && !left.contains(&ids[0]), "{left:?}");
}

/// A store with the wrong key removed what it could not read, as generations of its own.
#[cfg(feature = "encryption")]
#[test]
fn what_another_key_has_written_stays() {
    use super::kit::content;
    use crate::{Key, Kind};

    let key = |byte| options().max_chain(1).keep(1).key(Key::new([byte; 32]));
    let Saving { disk, store, table } = Saving::new(key(1));
    store.save(&table.snapshot()).unwrap();
    table.insert(1, "changed".to_owned());
    let last = store.save(&table.snapshot()).unwrap();
    assert_eq!(last.kind, Kind::Delta);
    let before = content(&table.snapshot());
    drop(store);
    let store = open_with(&disk, key(2)).unwrap();
    for round in 0..6 {
        table.insert(1, format!("round {round}"));
        assert!(store.save(&table.snapshot()).unwrap().left_over.is_none());
        // Its own go as ever.
        assert!(store.list().len() <= 2 + 2, "{:?}", store.list());
    }
    drop(store);
    let store = open_with(&disk, key(1)).unwrap();
    assert_eq!(content(&store.load_at(last.id).unwrap().value), before);
    // With no key neither.
    drop(store);
    let store = open_with(&disk, options().max_chain(0).keep(1)).unwrap();
    for round in 0..3 {
        table.insert(2, format!("round {round}"));
        store.save(&table.snapshot()).unwrap();
    }
    drop(store);
    assert_eq!(content(&open_with(&disk, key(1)).unwrap().load_at(last.id).unwrap().value), before);
}

/// Beside a busy writer each read of a folder with such a file was done 20 times, and then failed.
#[test]
fn what_is_skipped_for_good_asks_for_no_more_looks() {
    let disk = Saving::new(options()).disk.copy();
    let store: Store<Table> =
        Store::open_on(Arc::new(disk.clone()), Path::new("/store"), options(), false).unwrap();
    let skips = |name: &str| {
        let reason = Error::new(ErrorKind::Damaged, "the file was changed");
        vec![Skipped::new(name.into(), reason)]
    };
    let written = Cell::new(0);
    // A writer is at work.
    let write = || {
        written.set(written.get() + 1);
        disk.put(&format!("{:010}.rmlog", written.get()), &[]);
    };
    // The first look skips more than the second, or another file: that may be over with the next.
    for (first, expected) in [(vec![], 1), (skips("copy"), 2), ([skips("copy"), skips("gone")].concat(), 2)] {
        let looks = Cell::new(0);
        let look = || {
            looks.set(looks.get() + 1);
            write();
            Ok(if looks.get() == 1 { first.clone() } else { skips("copy") })
        };
        store.look_anew(look, |skipped| skipped).unwrap();
        assert_eq!(looks.get(), expected);
    }
    let looks = Cell::new(0);
    let other = || {
        looks.set(looks.get() + 1);
        write();
        Ok(if looks.get() < 5 { skips(&looks.get().to_string()) } else { vec![] })
    };
    assert!(store.look_anew(other, |skipped| skipped).unwrap().is_empty());
    assert_eq!(looks.get(), 5);
}
