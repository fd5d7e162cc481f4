//! Long chains: how much of them is read when something is wrong.

use super::kit::{Saving, open, options};
use crate::ErrorKind;
use crate::disk::faulty::Faulty;

const DELTAS: usize = 200;

/// A full file, the first, and so many deltas on it.
fn long_chain() -> (Faulty, Vec<String>) {
    let saving = Saving::new(options().max_chain(DELTAS));
    saving.table.extend((0..4_000).map(|key| (key, format!("the value of {key}"))));
    for key in 0..=u32::try_from(DELTAS).unwrap() {
        saving.change(key);
    }
    let list = saving.store.list();
    let names = list.iter().map(|info| info.file.file_name().unwrap().to_str().unwrap().to_owned());
    let names: Vec<_> = names.collect();
    assert_eq!(names.len(), DELTAS + 1);
    (saving.disk.copy(), names)
}

/// How often each file was opened since the call of that number, and at most.
#[track_caller]
fn opened_once(disk: &Faulty, since: usize) {
    let history = disk.history().split_off(since);
    let mut opened: Vec<_> =
        history.iter().filter_map(|call| call.split_once(' ')?.1.strip_prefix("open ")).collect();
    let all = opened.len();
    opened.sort_unstable();
    opened.dedup();
    assert_eq!(all, opened.len(), "a file was read more than once");
}

#[test]
fn a_damaged_file_below_a_long_chain_is_read_once() {
    let (disk, names) = long_chain();
    let mut bytes = disk.bytes(&names[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    disk.put(&names[0], &bytes);
    let store = open(&disk).unwrap();
    let since = disk.calls();
    let error = store.load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NothingLoads);
    opened_once(&disk, since);
    // Each file is named, and what is wrong is said once.
    let told = error.to_string();
    assert!(names.iter().all(|name| told.contains(name.as_str())), "{told}");
    assert!(told.len() < (DELTAS + 2) * 100, "{} bytes: {told}", told.len());
    assert_eq!(told.matches("does not hold").count(), 1, "{told}");
    let (since, mut bad) = (disk.calls(), 0);
    store.verify_all(|_, result| bad += usize::from(result.is_err()));
    assert_eq!(bad, DELTAS + 1);
    opened_once(&disk, since);
}

#[test]
fn a_missing_file_in_a_long_chain_costs_no_reading() {
    let (disk, names) = long_chain();
    disk.take(&names[DELTAS / 2]);
    let store = open(&disk).unwrap();
    let since = disk.calls();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((loaded.skipped.len(), loaded.value.len()), (DELTAS / 2, 4_000));
    assert!(loaded.skipped.iter().all(|skipped| skipped.reason.kind() == ErrorKind::Parent));
    opened_once(&disk, since);
    let (since, mut bad) = (disk.calls(), 0);
    store.verify_all(|_, result| bad += usize::from(result.is_err()));
    assert_eq!(bad, DELTAS / 2);
    opened_once(&disk, since);
}
