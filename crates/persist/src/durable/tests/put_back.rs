//! Logs that are elsewhere while a table is opened, and are put back; and what an open leaves in the folder.

use super::super::keep::ASIDE;
use super::log::{WITHOUT_FRAMES, check_anew, logs, some};
use super::{State, found, open, options, state, value};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty};
use crate::{ErrorKind, Options};

/// What a restart finds, and a fold before any write then saves.
fn found_and_folded(disk: &Faulty, options: Options, folds: usize) -> State {
    let (table, _) = open(disk, options).unwrap();
    (0..folds).for_each(|_| table.fold().unwrap());
    state(&table)
}

/// Waits a little. Nobody moves files in the milliseconds that some folds in memory take, and these count as numbers.
pub(super) fn later() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

/// Gives a log another number, in its name and in its header.
fn number_anew(disk: &Faulty, name: &str, number: u64) {
    let mut bytes = disk.take(name);
    bytes[32..40].copy_from_slice(&number.to_le_bytes());
    check_anew(&mut bytes[..WITHOUT_FRAMES]);
    let (_, id) = name.split_once('-').unwrap();
    disk.put(&format!("{number:010}-{id}"), &bytes);
}

/// A table of a write, a fold, and one more write.
fn folded_once(options: Options) -> Faulty {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options).unwrap();
    table.insert(0, value(0)).unwrap();
    table.fold().unwrap();
    table.insert(1, value(1)).unwrap();
    disk
}

/// Logs that were moved elsewhere had higher numbers than those of the table that began anew, and what was written there was lost.
#[test]
fn logs_that_are_put_back_hide_no_later_write() {
    for folds in 0..4 {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        for key in 0..=folds {
            table.insert(key, value(key)).unwrap();
            if key < folds {
                table.fold().unwrap();
            }
        }
        drop(table);
        let elsewhere: Vec<_> = logs(&disk).into_iter().map(|name| (disk.take(&name), name)).collect();
        let (table, _) = open(&disk, options()).unwrap();
        for key in 10..12 {
            table.insert(key, value(key)).unwrap();
            table.fold().unwrap();
        }
        let later = state(&table);
        drop(table);
        for (bytes, name) in &elsewhere {
            disk.put(name, bytes);
        }
        let names = disk.names();
        let error = open(&disk, options()).unwrap_err();
        assert_eq!((error.kind(), disk.names()), (ErrorKind::Damaged, names), "{folds}");
        assert!(elsewhere.iter().any(|(_, name)| error.to_string().contains(name.as_str())), "{error}");
        for (_, name) in &elsewhere {
            disk.take(name);
        }
        assert_eq!(found(&disk), later, "{folds}");
    }
}

/// The number of a log that was elsewhere was given again, and that log was the newest when it was back.
#[test]
fn the_newest_log_that_is_put_back_hides_no_later_write() {
    let disk = Faulty::new();
    for key in 0..2 {
        let (table, _) = open(&disk, options()).unwrap();
        table.insert(key, value(key)).unwrap();
        drop(table);
        drop(open(&disk, options()).unwrap());
    }
    let newest = logs(&disk).pop().unwrap();
    let elsewhere = disk.take(&newest);
    later();
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(9, value(9)).unwrap();
    let later = state(&table);
    drop(table);
    disk.put(&newest, &elsewhere);
    assert_eq!(found(&disk), later);
}

/// The open wrote a log that was newer, although nothing was written to the table; then a fold did.
#[test]
fn an_open_alone_hides_no_log_that_is_put_back() {
    for (folds, alone) in (0..3).flat_map(|folds| (0..3).map(move |alone| (folds, alone))) {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        for key in 0..5 {
            table.insert(key, value(key)).unwrap();
            if key < folds {
                table.fold().unwrap();
            }
        }
        drop(table);
        // So that the newest log stands on writes of one before.
        let (table, _) = open(&disk, options()).unwrap();
        (5..9).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
        let all = state(&table);
        drop(table);
        let newest = logs(&disk).pop().unwrap();
        let elsewhere = disk.take(&newest);
        for _ in 0..2 {
            let fewer = found_and_folded(&disk, options(), alone);
            assert!(fewer.len() < all.len(), "{folds} {alone}");
        }
        disk.put(&newest, &elsewhere);
        assert_eq!(found_and_folded(&disk, options(), alone), all, "{folds} {alone}");
        assert_eq!(found(&disk), all, "{folds} {alone}");
    }
}

/// Each log that an open begins has the number behind the one that it read, so a second one has the number of the first.
#[test]
fn two_opens_without_a_write_begin_logs_that_are_no_conflict() {
    // Also where the clock was ahead when the log was begun that they read.
    for is_ahead in [false, true] {
        let (disk, states) = some(&options());
        later();
        if is_ahead {
            let name = logs(&disk).pop().unwrap();
            number_anew(&disk, &name, u64::MAX / 8);
        }
        assert_eq!(found(&disk), states[5]);
        let first = logs(&disk).pop().unwrap();
        let elsewhere = disk.take(&first);
        assert_eq!(found(&disk), states[5]);
        disk.put(&first, &elsewhere);
        assert_eq!(found(&disk), states[5]);
        // What both stand on is gone, so that a third one is begun.
        let before = disk.names();
        before
            .iter()
            .filter(|name| name.ends_with(".rmstore"))
            .skip(1)
            .for_each(|base| drop(disk.take(base)));
        assert_eq!(found(&disk), states[5]);
        let third: Vec<_> = logs(&disk).into_iter().filter(|name| !before.contains(name)).collect();
        assert!(
            third.len() == 1 && third[0].split('-').next() == first.split('-').next(),
            "{third:?} {first}"
        );
    }
}

/// Where the clock was wrong, a log of writes may have the number that an open gives to the log that it begins.
#[test]
fn of_two_logs_with_the_same_number_the_one_with_writes_counts() {
    let (disk, states) = some(&options());
    later();
    assert_eq!(found(&disk), states[5]);
    let empty = logs(&disk).pop().unwrap();
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(9, value(9)).unwrap();
    let all = state(&table);
    drop(table);
    let written = logs(&disk).pop().unwrap();
    let bytes = disk.take(&written);
    assert_eq!(found(&disk), states[5]);
    let of_the_open = logs(&disk).pop().unwrap();
    assert_ne!(of_the_open, empty);
    disk.put(&written, &bytes);
    let number = of_the_open.split('-').next().unwrap();
    number_anew(&disk, &written, number.parse().unwrap());
    let damaged = disk.copy();
    for _ in 0..2 {
        assert_eq!(found(&disk), all);
    }
    // Nor is it in the way where it cannot be read.
    let mut bytes = damaged.take(&of_the_open);
    bytes[WITHOUT_FRAMES - 1] ^= 1;
    damaged.put(&of_the_open, &bytes);
    let (table, recovered) = open(&damaged, options()).unwrap();
    assert_eq!(state(&table), all);
    let skipped: Vec<_> = recovered.skipped.iter().map(|skipped| skipped.file.file_name().unwrap()).collect();
    assert_eq!(skipped, [of_the_open.as_str()]);
}

/// An open removed what the log stood on that was elsewhere. No log before it was of its line any more.
#[test]
fn an_open_alone_removes_nothing_that_a_log_elsewhere_stands_on() {
    let keep = || options().keep(1).max_chain(0);
    for folds in 0..3 {
        let disk = folded_once(keep());
        let newest = logs(&disk).pop().unwrap();
        let one = disk.take(&newest);
        later();
        let (table, _) = open(&disk, keep()).unwrap();
        table.insert(3, value(3)).unwrap();
        let all = state(&table);
        drop(table);
        let other = logs(&disk).pop().unwrap();
        let elsewhere = disk.take(&other);
        disk.put(&newest, &one);
        later();
        for _ in 0..2 {
            let fewer = found_and_folded(&disk, keep(), folds);
            assert_eq!(fewer.into_keys().collect::<Vec<_>>(), [0, 1], "{folds}");
        }
        disk.put(&other, &elsewhere);
        assert_eq!(found_and_folded(&disk, keep(), folds), all, "{folds}");
    }
}

/// A write that cannot begin its log changes nothing. The number that its log would have had is not used, nor is the table.
#[test]
fn a_write_without_a_log_and_a_fold_hide_no_log_that_is_put_back() {
    for stay in 0..2 {
        let disk = folded_once(options());
        let all = found(&disk.copy());
        let names = logs(&disk).split_off(stay);
        let elsewhere: Vec<_> = names.into_iter().map(|name| (disk.take(&name), name)).collect();
        later();
        let probe = disk.copy();
        let (table, _) = open(&probe, options()).unwrap();
        let begun = probe.calls();
        table.insert(5, value(5)).unwrap();
        let call = creates_log(&probe.history()[begun..]);
        let (table, _) = open(&disk, options()).unwrap();
        disk.plan(call, Fault::Refuse(EIO));
        table.insert(5, value(5)).unwrap_err();
        table.fold().unwrap();
        drop(table);
        for (bytes, name) in &elsewhere {
            disk.put(name, bytes);
        }
        assert_eq!(found(&disk), all, "{stay}");
    }
}

/// A file that could not be read at first was none of those that stay.
#[test]
fn an_open_removes_nothing_also_where_a_read_fails_once() {
    let keep = || options().keep(1).max_chain(0);
    let disk = folded_once(options().max_chain(0));
    let newest = logs(&disk).pop().unwrap();
    let one = disk.take(&newest);
    later();
    // On this stands a log that is elsewhere then, and nothing else does.
    let (table, _) = open(&disk, options().max_chain(0)).unwrap();
    table.insert(3, value(3)).unwrap();
    drop(table);
    disk.take(&logs(&disk).pop().unwrap());
    disk.put(&newest, &one);
    later();
    let before = disk.names();
    let probe = disk.copy();
    drop(open(&probe, keep()).unwrap());
    for at in 0..probe.calls() {
        let copy = disk.copy();
        copy.plan(at, Fault::Refuse(EIO));
        if let Ok((table, _)) = open(&copy, keep()) {
            copy.mend();
            table.fold().unwrap();
        }
        let stays = |name: &&String| !name.ends_with(".rmstore") || copy.names().contains(name);
        assert!(before.iter().all(|name| stays(&name)), "{at}: {before:?} {:?}", copy.names());
    }
}

/// Behind an open that finds no log, a fold would begin one of another table.
#[test]
fn a_fold_without_any_log_hides_none_that_is_put_back() {
    for folds in 1..3 {
        let disk = folded_once(options());
        let all = found(&disk.copy());
        let elsewhere: Vec<_> = logs(&disk).into_iter().map(|name| (disk.take(&name), name)).collect();
        for _ in 0..2 {
            later();
            assert_eq!(found_and_folded(&disk, options(), folds).len(), 1);
        }
        for (bytes, name) in &elsewhere {
            disk.put(name, bytes);
        }
        assert_eq!(found(&disk), all);
        // Then it is that table.
        let (table, _) = open(&disk, options()).unwrap();
        table.insert(9, value(9)).unwrap();
        let all = state(&table);
        drop(table);
        assert_eq!(found(&disk), all);
    }
}

/// Both logs of an open have the same number, and chance said which one was newer.
#[test]
fn of_two_folds_before_any_write_the_later_one_counts() {
    use crate::Store;
    use readmostly::paged::PagedMap;
    use std::{path::Path, sync::Arc};
    for _ in 0..8 {
        let disk = Faulty::new();
        let saved: PagedMap<u32, String> = [(1, value(1))].into_iter().collect();
        let store = Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), true).unwrap();
        store.save(&readmostly::CowMap::from(saved).snapshot()).unwrap();
        drop(store);
        let full = || disk.names().into_iter().rfind(|name| name.contains("-full-")).unwrap();
        let (table, _) = open(&disk, options()).unwrap();
        table.fold().unwrap();
        disk.take(&full());
        later();
        table.fold().unwrap();
        drop(table);
        assert_eq!(logs(&disk).len(), 2);
        assert_eq!(found(&disk), [(1, value(1))].into());
    }
}

/// A fold before any write begins a log that takes none.
#[test]
fn the_first_write_behind_a_fold_is_found() {
    let (disk, states) = some(&options());
    for _ in 0..3 {
        let (table, _) = open(&disk, options()).unwrap();
        table.fold().unwrap();
        let before = disk.names();
        table.fold().unwrap();
        assert_eq!(disk.names().len(), before.len());
        table.insert(9, value(9)).unwrap();
        let all = state(&table);
        drop(table);
        assert_eq!(found(&disk.cut_power(crate::disk::faulty::Left::Nothing)), all);
        let (table, _) = open(&disk, options()).unwrap();
        table.remove(&9).unwrap();
        assert_eq!(state(&table), states[5]);
    }
}

/// An open removes nothing, so the first write behind it does.
#[test]
fn tables_that_are_opened_again_and_again_keep_few_files() {
    let disk = Faulty::new();
    for key in 0..8 {
        let (table, _) = open(&disk, options().keep(1).max_chain(0)).unwrap();
        table.insert(key, value(key)).unwrap();
        // One that is kept, and what the older log stands on.
        let saved = disk.names().iter().filter(|name| name.ends_with(".rmstore")).count();
        assert!(saved <= 2, "{:?}", disk.names());
    }
}

/// Which call creates a log, of those in a history.
pub(super) fn creates_log(history: &[String]) -> usize {
    let is_it = |call: &String| call.contains("create") && call.ends_with(".rmlog-tmp");
    history.iter().position(is_it).expect("it creates one")
}

/// Which call of an open, counted from its first one, creates the log.
fn open_creates_log(disk: &Faulty, options: &Options) -> usize {
    let copy = disk.copy();
    drop(open(&copy, options.clone()).unwrap());
    creates_log(&copy.history())
}

/// Each try of an open had a number more, and so it was larger than that of a log elsewhere.
#[test]
fn an_open_that_tries_again_hides_no_log_that_is_put_back() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options().max_chain(0)).unwrap();
    for key in 0..4 {
        table.insert(key, value(key)).unwrap();
        table.fold().unwrap();
    }
    table.insert(4, value(4)).unwrap();
    let before = state(&table);
    drop(table);
    // So that there is something to remove where the disk is full.
    let few = || options().max_chain(0).keep(1);
    later();
    let elsewhere = disk.copy();
    drop(open(&elsewhere, few()).unwrap());
    let of_the_open = logs(&elsewhere).pop().unwrap();
    let (table, _) = open(&elsewhere, few()).unwrap();
    table.insert(9, value(9)).unwrap();
    let all = state(&table);
    drop(table);
    number_anew(
        &elsewhere,
        &logs(&elsewhere).pop().unwrap(),
        of_the_open.split('-').next().unwrap().parse().unwrap(),
    );
    later();
    disk.plan(open_creates_log(&disk, &few()), Fault::Refuse(ENOSPC));
    let (table, recovered) = open(&disk, few()).unwrap();
    assert!(recovered.unsaved.is_none() && state(&table) == before);
    drop(table);
    // The log, and what it stands on.
    for name in elsewhere.names() {
        if disk.bytes(&name).is_none() {
            disk.put(&name, &elsewhere.take(&name));
        }
    }
    assert_eq!(found(&disk), all);
}

/// Each of them left a file: also where a log had not got its name, and the folder was synced since.
#[test]
fn opens_that_cannot_begin_a_log_leave_no_file() {
    let (disk, states) = some(&options());
    let counted = disk.copy();
    drop(open(&counted, options()).unwrap());
    let names_log = |call: &String| call.contains("rename") && call.contains("-log-");
    let names_log = counted.history().iter().rposition(names_log).unwrap();
    for at in [open_creates_log(&disk, &options()), names_log] {
        for _ in 0..3 {
            let before = disk.names();
            // Not a fault of room, after which it is tried again.
            disk.plan(at, Fault::Refuse(EIO));
            let (table, recovered) = open(&disk, options()).unwrap();
            assert!(recovered.unsaved.is_some() && state(&table) == states[5]);
            drop(table);
            assert_eq!(disk.names(), before);
        }
    }
    assert_eq!(found(&disk), states[5]);
}

/// Where the writes of a log undo each other an open has nothing to save, and removed files all the same.
#[test]
fn an_open_that_saves_nothing_removes_nothing() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options().keep(3).max_chain(0)).unwrap();
    for key in 0..4 {
        table.insert(key, value(key)).unwrap();
        table.fold().unwrap();
    }
    table.insert(9, value(9)).unwrap();
    table.remove(&9).unwrap();
    drop(table);
    let saved = || disk.names().into_iter().filter(|name| name.ends_with(".rmstore")).collect::<Vec<_>>();
    let before = saved();
    assert!(before.len() > 2, "{before:?}");
    let (table, _) = open(&disk, options().keep(1).max_chain(0)).unwrap();
    assert_eq!(saved(), before);
    table.insert(9, value(9)).unwrap();
    assert!(saved().len() <= 2, "{:?}", saved());
}

/// A file that is gone, or damaged, was counted, and then nothing made up for the next one.
#[test]
fn what_makes_up_for_a_base_that_is_gone_stays() {
    for is_gone in [false, true] {
        let disk = folded_once(options().max_chain(0));
        let full = || disk.names().into_iter().rfind(|name| name.contains("-full-")).unwrap();
        let name = full();
        let mut bytes = disk.take(&name);
        if !is_gone {
            bytes[200] ^= 1;
            disk.put(&name, &bytes);
        }
        let (table, recovered) = open(&disk, options().max_chain(0)).unwrap();
        assert_eq!(recovered.skipped.len(), 1);
        table.insert(2, value(2)).unwrap();
        let all = state(&table);
        drop(table);
        disk.take(&full());
        assert_eq!(found(&disk), all, "{is_gone}");
    }
}

/// Each write that is tried again left a log of a megabyte, or its temporary file.
#[test]
fn writes_that_the_disk_refuses_again_and_again_leave_few_files() {
    for (what, fault) in [
        ("rename", Fault::Refuse(EIO)),
        ("rename", Fault::RefuseLate(EIO)),
        ("sync the folder", Fault::Refuse(EIO)),
    ] {
        let (disk, states) = some(&options());
        let (table, _) = open(&disk, options()).unwrap();
        let probe = disk.copy();
        let (other, _) = open(&probe, options()).unwrap();
        let begun = probe.calls();
        other.insert(9, value(9)).unwrap();
        let call = probe.history()[begun..].iter().rposition(|call| call.contains(what)).unwrap();
        let before = disk.names().len();
        for _ in 0..12 {
            disk.plan(call, fault);
            table.insert(9, value(9)).unwrap_err();
            assert!(disk.names().len() <= before + 1, "{what}: {:?}", disk.names());
        }
        assert_eq!(state(&table), states[5]);
        disk.mend();
        table.insert(9, value(9)).unwrap();
        let all = state(&table);
        drop(table);
        assert_eq!(found(&disk.cut_power(crate::disk::faulty::Left::Nothing)), all);
        // Also where the process ends each time, and nobody knows any more which log that is.
        for _ in 0..3 * ASIDE {
            let (table, _) = open(&disk, options()).unwrap();
            disk.plan(call, fault);
            table.insert(10, value(10)).unwrap_err();
            disk.mend();
            assert!(logs(&disk).len() < ASIDE + 5, "{what}: {:?}", logs(&disk));
        }
        assert_eq!(found(&disk), all);
    }
}
