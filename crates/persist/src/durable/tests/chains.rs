//! One file that is damaged, full or a delta, is made up for, as soon as the logs stand on two full ones.

use super::super::keep::{ASIDE, LATER, LOGS};
use super::line::{base, damage, insert};
use super::log::logs;
use super::put_back::creates_log;
use super::{State, Table, found, open, options, state, value};
use crate::disk::Disk as _;
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty};
use crate::format::read_header;
use crate::{Compression, Durable, Options};
use std::collections::BTreeSet;

/// How many entries there are at first: enough for the longest chain, since all deltas together are no larger than the full file.
const ENTRIES: u32 = 600;

/// Enough for one delta.
const FEW: u32 = 60;

fn chained(deltas: usize) -> Options {
    options().max_chain(deltas).compression(Compression::None)
}

fn begin(disk: &Faulty, options: Options, entries: u32) -> Durable<Table> {
    let (table, _) = open(disk, options).unwrap();
    table.update(|draft| (0..entries).for_each(|key| drop(draft.insert(key, value(key))))).unwrap();
    table
}

/// Changes nothing, by two writes.
fn undone(table: &Durable<Table>, key: u32) {
    insert(table, [key]);
    table.remove(&key).unwrap();
}

fn files(disk: &Faulty) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.ends_with(".rmstore")).collect()
}

/// What a file stands on, and so on, and itself.
fn chain(disk: &Faulty, file: String) -> Vec<String> {
    let mut chain = vec![file];
    while let Some((parent, _)) =
        read_header(&mut *disk.open(&chain[chain.len() - 1]).unwrap()).unwrap().parent
    {
        let ending = format!("{parent}.rmstore");
        chain.push(files(disk).into_iter().find(|name| name.ends_with(&ending)).expect("the file is there"));
    }
    chain
}

/// The full files on which the logs stand, directly or by deltas.
fn full_files(disk: &Faulty) -> BTreeSet<String> {
    logs(disk).iter().filter_map(|log| chain(disk, base(disk, log)).pop()).collect()
}

/// Whatever one file is damaged, a start finds all that was confirmed.
#[track_caller]
fn each_is_made_up_for(disk: &Faulty, all: &State) {
    for file in files(disk) {
        let copy = disk.copy();
        damage(&copy, &file);
        assert_eq!(found(&copy), *all, "{file} of {:?}", disk.names());
    }
}

/// Two deltas on one full file were counted as two files, and the logs went that make up for it.
#[test]
fn each_file_of_a_chain_is_made_up_for() {
    for deltas in [0, 3, 16, 1000] {
        let disk = Faulty::new();
        let table = begin(&disk, chained(deltas), ENTRIES);
        let mut most = 0;
        for key in (0..).take(3 * LOGS) {
            if key % 7 == 3 {
                undone(&table, ENTRIES);
            } else {
                table.insert(key, value(key + 1)).unwrap();
            }
            table.fold().unwrap();
            insert(&table, [ENTRIES + key]);
            most = most.max(logs(&disk).len());
            // The first file is of the empty table.
            assert!(full_files(&disk).len() > 1, "{:?}", logs(&disk));
            if key % 6 == 0 {
                each_is_made_up_for(&disk, &state(&table));
            }
        }
        // As many as a chain has, and the last one of the chain before.
        assert_eq!(most, (deltas + 2).min(LOGS), "{deltas}");
    }
}

/// Such a fold saves nothing, and the ninth one had the log removed that makes up for the file below all of them.
#[test]
fn folds_that_save_nothing_leave_what_makes_up_for_their_file() {
    for deltas in [0, 16] {
        let disk = Faulty::new();
        let table = begin(&disk, chained(deltas), ENTRIES);
        let mut full = BTreeSet::new();
        for fold in 0..3 * LOGS {
            undone(&table, ENTRIES);
            table.fold().unwrap();
            full.extend(full_files(&disk));
            assert!(logs(&disk).len() <= LOGS, "{fold}: {:?}", logs(&disk));
            if fold > LOGS {
                each_is_made_up_for(&disk, &state(&table));
            }
        }
        // One is saved where there are many logs, and not by each fold.
        assert!((4..=6).contains(&full.len()), "{full:?}");
    }
}

/// A table with as many logs as there may be, so that the next fold saves in full.
fn at_most_logs() -> (Faulty, Durable<Table>) {
    let disk = Faulty::new();
    let table = begin(&disk, chained(1000).keep(100), ENTRIES);
    for key in (0..).take_while(|_| full_files(&disk).len() < 2 || logs(&disk).len() < LOGS) {
        table.insert(key, value(key + 1)).unwrap();
        table.fold().unwrap();
        assert!(key < 50);
    }
    insert(&table, [ENTRIES]);
    (disk, table)
}

fn named_full(disk: &Faulty) -> usize {
    files(disk).iter().filter(|name| name.contains("-full-")).count()
}

/// With as many logs as there may be, those went that stand on the damaged file; and nothing made the state any more that the next log begins with.
#[test]
fn a_second_file_that_is_damaged_later_is_made_up_for_with_the_logs_of_the_first() {
    let (disk, table) = at_most_logs();
    let all = state(&table);
    drop(table);
    let newest = logs(&disk).pop().unwrap();
    let first = chain(&disk, base(&disk, &newest)).pop().unwrap();
    damage(&disk, &first);
    for writes in [0, 1] {
        let disk = disk.copy();
        let mut all = all.clone();
        let (table, recovered) = open(&disk, chained(1000)).unwrap();
        assert!(recovered.skipped.iter().any(|skipped| skipped.file.ends_with(&first)), "{recovered:?}");
        if writes > 0 {
            insert(&table, [ENTRIES + 1]);
            all = state(&table);
        }
        drop(table);
        let newest = logs(&disk).pop().unwrap();
        let second = base(&disk, &newest);
        damage(&disk, &second);
        assert_eq!(found(&disk), all, "{writes} {first} {second}");
    }
}

/// What made up for it was the only full file that was good, and deltas were saved on that until there were many logs. A restart had forgotten that the other
/// one is damaged, and the logs went that make up for the new one.
#[test]
fn a_fold_behind_a_file_that_is_damaged_saves_in_full() {
    let disk = Faulty::new();
    let table = begin(&disk, chained(1000), ENTRIES);
    for key in 0..30 {
        table.insert(key, value(key + 1)).unwrap();
        table.fold().unwrap();
    }
    insert(&table, [ENTRIES]);
    drop(table);
    let first = chain(&disk, base(&disk, logs(&disk).last().unwrap())).pop().unwrap();
    damage(&disk, &first);
    for (restarts, writes) in (0..8).map(|run| (run % 4, run / 4)) {
        let disk = disk.copy();
        let mut table = open(&disk, chained(1000)).unwrap().0;
        for key in (1000..).take(restarts) {
            insert(&table, (key..).take(writes));
            drop(table);
            table = open(&disk, chained(1000)).unwrap().0;
        }
        for key in 2000..2004 {
            let all = state(&table);
            for file in files(&disk).into_iter().filter(|file| *file != first) {
                let copy = disk.copy();
                damage(&copy, &file);
                assert_eq!(found(&copy), all, "{restarts} {writes} {key} {file}");
            }
            insert(&table, [key]);
            table.fold().unwrap();
        }
    }
}

/// Its header is good, so it was counted, although the open sees that it is another one than the log names.
#[test]
fn a_full_file_that_is_cut_makes_up_for_nothing() {
    for cut in [1, 33] {
        let disk = Faulty::new();
        let table = begin(&disk, chained(1000), ENTRIES);
        for key in 0..3 {
            table.insert(key, value(key + 1)).unwrap();
            table.fold().unwrap();
        }
        drop(table);
        let older = base(&disk, &logs(&disk)[0]);
        let bytes = disk.take(&older);
        disk.put(&older, &bytes[..bytes.len() - cut]);
        let table = open(&disk, chained(1000)).unwrap().0;
        for key in 1000..1003 {
            insert(&table, [key]);
            table.fold().unwrap();
            for file in files(&disk).into_iter().filter(|file| *file != older) {
                let copy = disk.copy();
                damage(&copy, &file);
                assert_eq!(found(&copy), state(&table), "{cut} {key} {file}");
            }
        }
    }
}

/// A line that ends at a log which is gone has one full file, and the deltas of a whole chain were saved on that.
#[test]
fn a_fold_behind_a_log_that_is_gone_saves_in_full() {
    let disk = Faulty::new();
    let table = begin(&disk, chained(1000), ENTRIES);
    for key in (0..).take_while(|key| *key < 2 || logs(&disk).len() < 6) {
        table.insert(key, value(key + 1)).unwrap();
        table.fold().unwrap();
    }
    drop(table);
    disk.take(&logs(&disk)[3]);
    let table = open(&disk, chained(1000)).unwrap().0;
    for key in 1000..1002 {
        insert(&table, [key]);
        table.fold().unwrap();
    }
    each_is_made_up_for(&disk, &state(&table));
}

/// A log's header could not be read at the open: then the file went that it stands on. What it follows could not be read: then the older logs went.
#[test]
fn a_log_that_cannot_be_read_once_is_needed_as_before() {
    let disk = Faulty::new();
    let options = || chained(1000).keep(1);
    let table = begin(&disk, options(), ENTRIES / 2);
    // One on the older full file, and more than may stay that are not followed on the other.
    for key in (0..).take_while(|key| *key < 2 || logs(&disk).len() != ASIDE + 4) {
        table.insert(key, value(key + 1)).unwrap();
        table.fold().unwrap();
    }
    insert(&table, [ENTRIES]);
    drop(table);
    assert_eq!(full_files(&disk).len(), 2);
    let counted = disk.copy();
    drop(open(&counted, options()).unwrap());
    let history = counted.history();
    let mut opened = 0;
    for (at, _) in history.iter().enumerate().filter(|(_, call)| call.contains("-log-")) {
        let disk = disk.copy();
        disk.plan(at, Fault::Refuse(EIO));
        let Ok((table, _)) = open(&disk, options()) else { continue };
        disk.mend();
        opened += 1;
        for key in 1000..1002 {
            for full in full_files(&disk) {
                let copy = disk.copy();
                damage(&copy, &full);
                assert_eq!(found(&copy), state(&table), "{} {key} {full}", history[at]);
            }
            insert(&table, [key]);
            table.fold().unwrap();
            // It can be read by now, so what no log needs goes.
            assert!(table.status().left_over.is_none(), "{}: {:?}", history[at], table.status());
        }
    }
    assert!(opened > 30, "{opened}");
}

/// Each log that was older stayed as well, and each fold from there on saved in full.
#[test]
fn logs_that_cannot_be_removed_keep_no_others_and_have_no_fold_save_in_full() {
    let (probe, table) = at_most_logs();
    let begun = probe.calls();
    table.fold().unwrap();
    let removes = |(_, call): &(usize, &String)| call.contains("remove") && call.contains("-log-");
    let history = probe.history();
    let removals: Vec<_> = history.iter().enumerate().skip(begun).filter(removes).map(|(at, _)| at).collect();
    for refused in [&removals[..1], &removals] {
        let (disk, table) = at_most_logs();
        let before = named_full(&disk);
        let faults: Vec<_> = refused.iter().map(|at| (*at, Fault::Refuse(EIO))).collect();
        disk.plan_all(&faults);
        table.fold().unwrap();
        assert_eq!((logs(&disk).len(), named_full(&disk)), (2 + refused.len(), before + 1));
        let left_over = table.status().left_over.unwrap().to_string();
        assert!(left_over.contains("the log cannot be removed"), "{left_over}");
        for key in ENTRIES + 1..ENTRIES + 5 {
            insert(&table, [key]);
            table.fold().unwrap();
            each_is_made_up_for(&disk, &state(&table));
        }
        assert_eq!((logs(&disk).len(), named_full(&disk)), (6, before + 1), "{:?}", logs(&disk));
        assert!(table.status().left_over.is_none());
    }
}

/// Each try saved in full.
#[test]
fn folds_that_can_begin_no_log_save_one_full_file() {
    let call = |table: &Durable<Table>, disk: &Faulty| {
        let begun = disk.calls();
        table.fold().unwrap();
        creates_log(&disk.history()[begun..])
    };
    let (disk, table) = at_most_logs();
    let first = call(&table, &disk);
    let (disk, table) = at_most_logs();
    disk.plan(first, Fault::Refuse(EIO));
    table.fold().unwrap_err();
    let again = call(&table, &disk);
    let (disk, table) = at_most_logs();
    let before = named_full(&disk);
    for at in [first, again, again, again] {
        disk.plan(at, Fault::Refuse(EIO));
        table.fold().unwrap_err();
        assert_eq!((logs(&disk).len(), named_full(&disk)), (LOGS, before + 1));
    }
    table.fold().unwrap();
    each_is_made_up_for(&disk, &state(&table));
    assert_eq!((logs(&disk).len(), named_full(&disk)), (2, before + 1));
}

/// A log without a write, on another file than the next one, is followed by none. It counted as one that makes up for a file, and the logs went that do.
#[test]
fn a_log_without_a_write_makes_up_for_nothing() {
    for writes in [false, true] {
        let (disk, table) = at_most_logs();
        table.fold().unwrap();
        while logs(&disk).len() < LOGS {
            undone(&table, 1000);
            table.fold().unwrap();
        }
        let without_a_write = logs(&disk).pop().unwrap();
        table.fold().unwrap();
        assert_ne!(base(&disk, &without_a_write), base(&disk, &logs(&disk).pop().unwrap()));
        if writes {
            insert(&table, [1000]);
        }
        disk.take(&without_a_write);
        each_is_made_up_for(&disk, &state(&table));
    }
}

/// Each of them saved in full, and none of the files was old.
#[test]
fn folds_before_a_write_save_one_full_file() {
    let (disk, table) = at_most_logs();
    let all = state(&table);
    drop(table);
    let before = named_full(&disk);
    let (table, _) = open(&disk, chained(1000).keep(100)).unwrap();
    (0..3).for_each(|_| table.fold().unwrap());
    assert_eq!(named_full(&disk), before + 1);
    each_is_made_up_for(&disk, &all);
    insert(&table, [1000]);
    assert_eq!(named_full(&disk), before + 1);
    each_is_made_up_for(&disk, &state(&table));
}

/// The next fold wants to save in full, and saved nothing for as long as there was no room for that. Nor does each one fill the disk: writes go on meanwhile.
#[test]
fn a_fold_that_finds_no_room_for_a_full_file_saves_a_delta() {
    let (disk, table) = at_most_logs();
    let creates = |call: &String| call.contains("create") && call.contains(".rmstore-tmp");
    let begun = disk.calls();
    table.fold().unwrap();
    let at = disk.history()[begun..].iter().position(creates).unwrap();
    let (disk, table) = at_most_logs();
    let before = named_full(&disk);
    disk.plan(at, Fault::Refuse(ENOSPC));
    for more in 1..=LATER {
        table.fold().unwrap();
        assert_eq!((logs(&disk).len(), named_full(&disk)), (LOGS + more, before));
        each_is_made_up_for(&disk, &state(&table));
        table.insert(1000, more.to_string()).unwrap();
    }
    table.fold().unwrap();
    assert_eq!(named_full(&disk), before + 1);
    each_is_made_up_for(&disk, &state(&table));
}

/// With as few as may stay, a full file and its deltas stayed until the next but one.
#[test]
fn what_the_logs_no_longer_need_goes_with_them() {
    let disk = Faulty::new();
    let table = begin(&disk, chained(3).keep(1), ENTRIES);
    for key in 0..40 {
        insert(&table, [ENTRIES + key]);
        table.fold().unwrap();
        let needed: BTreeSet<_> = logs(&disk).iter().flat_map(|log| chain(&disk, base(&disk, log))).collect();
        assert_eq!(files(&disk).into_iter().collect::<BTreeSet<_>>(), needed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert,
    /// Two writes that undo each other: what a fold behind them saves is there already.
    Undone,
    Fold,
    /// A write that the disk refuses, so that the next one begins a log.
    Refused,
    Reopen,
}

/// Whatever was done before.
#[test]
fn each_file_is_made_up_for_by_the_line_of_the_newest_log() {
    use Step::{Fold, Insert, Refused, Reopen, Undone};
    let steps = [Insert, Undone, Fold, Refused, Reopen];
    let (length, runs) = (4, steps.len().pow(4));
    for deltas in [0, 1] {
        let (mut made_up_for, mut all_deltas) = (0, 0);
        for run in 0..runs {
            let sequence: Vec<_> = (0..length).map(|place| steps[run / steps.len().pow(place) % 5]).collect();
            let disk = Faulty::new();
            let mut table = begin(&disk, chained(deltas), FEW);
            let mut all = state(&table);
            for (step, key) in sequence.iter().zip(FEW..) {
                match step {
                    Insert => insert(&table, [key]),
                    Undone => undone(&table, key),
                    Fold => table.fold().unwrap(),
                    Refused => {
                        // The write itself, or the file that a reopened table saves first.
                        disk.plan(1, Fault::Refuse(EIO));
                        drop(table.insert(key, value(key)));
                        disk.mend();
                    }
                    Reopen => {
                        drop(table);
                        table = open(&disk, chained(deltas)).unwrap().0;
                    }
                }
                all = state(&table);
            }
            drop(table);
            let full = full_files(&disk);
            let newest = chain(&disk, base(&disk, logs(&disk).last().unwrap()));
            all_deltas += files(&disk).iter().filter(|name| name.contains("-delta-")).count();
            for file in files(&disk) {
                let copy = disk.copy();
                damage(&copy, &file);
                match open(&copy, options()) {
                    Ok((table, _)) => {
                        assert_eq!(state(&table), all, "{sequence:?} {file}");
                        made_up_for += usize::from(newest.contains(&file));
                    }
                    Err(error) => assert_eq!(full, [file].into(), "{sequence:?}: {error}"),
                }
            }
        }
        assert_eq!(all_deltas > 50, deltas > 0, "{all_deltas}");
        // Where no step saves a full file, there is none that makes up for the first one.
        assert!(made_up_for > 590, "{deltas}: {made_up_for} of {runs}");
    }
}
