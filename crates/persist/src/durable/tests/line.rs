//! Which log makes what the next one begins with, where that cannot be loaded.

use super::super::keep::ASIDE;
use super::log::{WITHOUT_FRAMES, logs};
use super::put_back::{creates_log, later};
use super::{State, found, open, options, state, value};
use crate::disk::Disk as _;
use crate::disk::faulty::{EIO, Fault, Faulty};
use crate::format::read_header;
use crate::{Durable, ErrorKind, Options};

fn every() -> Options {
    options().max_chain(0)
}

/// The file that a log stands on.
pub(super) fn base(disk: &Faulty, log: &str) -> String {
    let header = read_header(&mut *disk.open(log).unwrap()).unwrap();
    let id = header.parent.unwrap().0.to_string();
    disk.names().into_iter().find(|name| name.ends_with(&format!("{id}.rmstore"))).expect("the file is there")
}

pub(super) fn damage(disk: &Faulty, name: &str) {
    let mut bytes = disk.take(name);
    bytes[200] ^= 1;
    disk.put(name, &bytes);
}

pub(super) fn insert(table: &Durable<super::Table>, keys: impl IntoIterator<Item = u32>) {
    keys.into_iter().for_each(|key| drop(table.insert(key, value(key)).unwrap()));
}

/// Two logs that follow the same write, and their bytes: of one line, that is not in the folder, and of the line of the newest log.
fn two_lines() -> (Faulty, [(String, Vec<u8>); 2], State) {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, [0]);
    drop(table);
    let mut forks = Vec::new();
    let mut all = State::new();
    for keys in [1..4, 10..11] {
        later();
        let (table, _) = open(&disk, every()).unwrap();
        insert(&table, keys);
        let name = logs(&disk).pop().unwrap();
        let bytes = disk.bytes(&name).unwrap();
        if forks.is_empty() {
            disk.take(&name);
        } else {
            table.fold().unwrap();
            insert(&table, [11]);
            all = state(&table);
        }
        forks.push((name, bytes));
    }
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [0, 10, 11]);
    (disk, forks.try_into().unwrap(), all)
}

/// They were joined where the numbers of their writes fit, and made a table that there never was.
#[test]
fn logs_of_two_lines_are_never_joined() {
    let (disk, [other, own], all) = two_lines();
    disk.put(&other.0, &other.1);
    assert_eq!(found(&disk.copy()), all);
    let newest = base(&disk, logs(&disk).last().unwrap());
    let damaged = disk.copy();
    damage(&damaged, &newest);
    // The log of its line makes up for the file, whatever else is there.
    assert_eq!(found(&damaged.copy()), all);
    // And nothing does without that.
    damaged.take(&own.0);
    assert_eq!(open(&damaged, options()).unwrap_err().kind(), ErrorKind::Damaged);
    damaged.put(&own.0, &own.1);
    assert_eq!(found(&damaged), all);
    disk.take(&own.0);
    fails_at_each_call(&disk, &all);
}

/// Opens a table while the disk fails once, at each call in turn: it finds all, or says that the disk has failed. What it finds stands on nothing that it
/// names as skipped.
fn fails_at_each_call(disk: &Faulty, all: &State) {
    let counted = disk.copy();
    assert_eq!(found(&counted), *all);
    let (calls, mut errors) = (counted.calls(), 0);
    for at in 0..calls {
        let copy = disk.copy();
        copy.plan(at, Fault::Refuse(EIO));
        match open(&copy, every()) {
            Ok((table, recovered)) => {
                assert_eq!(state(&table), *all, "{at}");
                drop(table);
                copy.mend();
                let skipped = recovered.skipped.iter().map(|skipped| skipped.file.file_name().unwrap());
                let skipped: Vec<_> = skipped.map(|name| name.to_string_lossy()).collect();
                // Of what is not there, the id stands for the name.
                skipped
                    .iter()
                    .filter(|name| copy.bytes(name).is_some())
                    .for_each(|name| drop(copy.take(name)));
            }
            Err(error) => {
                errors += 1;
                assert_eq!(error.kind(), ErrorKind::Io, "{at}: {error}");
                copy.mend();
            }
        }
        assert_eq!(found(&copy), *all, "{at}");
    }
    assert!(errors > 1, "{errors} of {calls}");
}

/// A log that an open began has no write, and what it stands on is what the next log begins with all the same.
#[test]
fn what_another_log_with_the_same_begin_stands_on_makes_up_for_a_file() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, [0]);
    drop(table);
    later();
    assert_eq!(found(&disk).len(), 1);
    let of_the_open = base(&disk, logs(&disk).last().unwrap());
    let elsewhere = disk.take(&of_the_open);
    later();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, [1]);
    let all = state(&table);
    drop(table);
    disk.put(&of_the_open, &elsewhere);
    let names = logs(&disk);
    for log in [names.first().unwrap(), names.last().unwrap()] {
        disk.take(&base(&disk, log));
    }
    assert_eq!(found(&disk.copy()), all);
    fails_at_each_call(&disk, &all);
}

/// Both logs of an open were counted as what makes up for a base, also where its file is elsewhere, and the log went that they follow.
#[test]
fn folds_before_any_write_keep_the_log_that_is_followed() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, 0..2);
    let all = state(&table);
    drop(table);
    let followed = logs(&disk).pop().unwrap();
    later();
    let (table, _) = open(&disk, every()).unwrap();
    disk.take(&base(&disk, logs(&disk).last().unwrap()));
    later();
    table.fold().unwrap();
    drop(table);
    assert!(logs(&disk).contains(&followed), "{:?}", logs(&disk));
    let newest = disk.names().into_iter().rfind(|name| name.contains("-full-")).unwrap();
    damage(&disk, &newest);
    assert_eq!(found(&disk), all);
}

/// Logs of other lines were so many that the one went that is followed.
#[test]
fn logs_that_are_put_back_push_none_out_of_the_line() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, [0]);
    drop(table);
    let followed = logs(&disk).pop().unwrap();
    let mut elsewhere = Vec::new();
    for key in (100..).take(ASIDE + 2) {
        later();
        let (table, _) = open(&disk, every()).unwrap();
        insert(&table, [key]);
        drop(table);
        let name = logs(&disk).pop().unwrap();
        elsewhere.push((disk.take(&name), name));
    }
    // The last one is a log without a write, since that is refused.
    later();
    let probe = disk.copy();
    let [(table, _), (other, _)] = [&disk, &probe].map(|disk| open(disk, every()).unwrap());
    let begun = probe.calls();
    insert(&other, [10]);
    let call = probe.history()[begun..].iter().rposition(|call| call.contains("write")).unwrap();
    disk.plan(call, Fault::Refuse(EIO));
    table.insert(10, value(10)).unwrap_err();
    drop(table);
    for (bytes, name) in &elsewhere {
        disk.put(name, bytes);
    }
    later();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, [11]);
    let all = state(&table);
    drop(table);
    let names = logs(&disk);
    assert!(names.len() == ASIDE + 2 && names[0] == followed, "{names:?}");
    damage(&disk, &base(&disk, &names[ASIDE + 1]));
    assert_eq!((found(&disk), all.len()), (all, 2));
}

/// Where a log itself is damaged, no other one makes up for it.
#[test]
fn no_log_is_asked_for_that_would_not_help() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    for key in 0..3 {
        insert(&table, [key]);
        table.fold().unwrap();
    }
    insert(&table, 3..6);
    drop(table);
    let newest = logs(&disk).pop().unwrap();
    // What it follows is gone, and would make up for the file that it stands on.
    let names = logs(&disk);
    disk.take(&names[0]);
    let without = disk.copy();
    damage(&without, &base(&disk, &newest));
    let error = open(&without, options()).unwrap_err().to_string();
    let id = names[0].split('-').next_back().unwrap().trim_end_matches(".rmlog");
    assert!(error.ends_with(&format!("or put back the log {id}, which makes up for it")), "{error}");
    let mut bytes = disk.take(&newest);
    bytes[WITHOUT_FRAMES + 30] ^= 1;
    disk.put(&newest, &bytes);
    let error = open(&disk, options()).unwrap_err().to_string();
    assert!(error.contains("confirmed writes follow") && !error.contains("put back"), "{error}");
}

/// A file on which two logs stand was read for the older one, and named as not needed for the newer one.
#[test]
fn a_file_that_was_read_the_second_time_is_not_said_to_be_skipped() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, 0..2);
    table.remove(&1).unwrap();
    table.fold().unwrap();
    insert(&table, [1]);
    table.remove(&1).unwrap();
    table.fold().unwrap();
    insert(&table, [2]);
    let all = state(&table);
    // A newer file, without a log.
    let probe = disk.copy();
    let (other, _) = open(&probe, every()).unwrap();
    insert(&other, [3]);
    let begun = probe.calls();
    other.fold().unwrap();
    disk.plan(creates_log(&probe.history()[begun..]), Fault::Refuse(EIO));
    table.fold().unwrap_err();
    disk.mend();
    drop(table);
    // Nor does an older log make up for it.
    let names = logs(&disk);
    assert_eq!((names.len(), base(&disk, &names[1])), (3, base(&disk, &names[2])));
    disk.take(&names[0]);
    fails_at_each_call(&disk, &all);
    let twice = base(&disk, &names[2]);
    for at in 0..60 {
        let copy = disk.copy();
        copy.plan(at, Fault::Refuse(EIO));
        if let Ok((_, recovered)) = open(&copy, every()) {
            assert!(
                recovered.skipped.iter().all(|skipped| !skipped.file.ends_with(&twice)),
                "{at}: {recovered:?}"
            );
        }
    }
}

/// A start that reads a log again after the disk has failed once needs it: an operator may move elsewhere what is named.
#[test]
fn a_log_that_was_read_the_second_time_is_not_said_to_be_skipped() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, every()).unwrap();
    insert(&table, 0..3);
    table.fold().unwrap();
    insert(&table, 3..6);
    let all = state(&table);
    drop(table);
    let newest = logs(&disk).pop().unwrap();
    let probe = disk.copy();
    assert_eq!(found(&probe), all);
    let (mut again, calls) = (0, probe.history());
    let opens = |(_, call): &(usize, &String)| call.ends_with(&format!("open {newest}"));
    for (at, _) in calls.iter().enumerate().filter(opens) {
        let copy = disk.copy();
        copy.plan(at, Fault::Refuse(EIO));
        if let Ok((table, recovered)) = open(&copy, every()) {
            again += 1;
            assert_eq!((state(&table), recovered.skipped.len()), (all.clone(), 0), "{at}");
        }
    }
    assert!(again > 0, "{calls:?}");
}
