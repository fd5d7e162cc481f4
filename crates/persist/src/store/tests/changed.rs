//! Files that are cut, flipped, swapped, dropped, duplicated, or from elsewhere.

use super::kit::{Content, Saving, Table, content, open, open_with, options, some};
use crate::disk::Disk;
use crate::disk::faulty::{EIO, Fault, Faulty};
use crate::format::{Compression, FrameWriter, Header, Sealing, Sink, read_header};
use crate::{ErrorKind, Kind, Store};
use readmostly::{CowCell, CowMap};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A folder with a full file and three deltas, and what each of them holds.
fn chain() -> (Faulty, Vec<(String, Content)>) {
    let saving = Saving::new(options());
    let mut states = Vec::new();
    for key in 0..4 {
        let id = saving.change(key).id;
        let info = saving.store.list().into_iter().find(|info| info.id == id).unwrap();
        let name = info.file.file_name().unwrap().to_str().unwrap().to_owned();
        states.push((name, content(&saving.table.snapshot())));
    }
    assert_eq!(saving.store.list().iter().filter(|info| info.kind == Kind::Delta).count(), 3);
    (saving.disk.copy(), states)
}

/// Loads, and returns which state that is, and the names of the files that were skipped.
#[track_caller]
fn state(disk: &Faulty, states: &[(String, Content)]) -> (Option<usize>, Vec<String>) {
    let before: Vec<_> = disk.names();
    let store = open(disk).unwrap();
    let result = store.load();
    assert_eq!(disk.names(), before, "nothing is repaired or removed");
    match result {
        Ok(None) => (None, Vec::new()),
        Ok(Some(loaded)) => {
            let found = content(&loaded.value);
            let at = states.iter().position(|(_, state)| *state == found).expect("a state that was saved");
            let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
            (Some(at), loaded.skipped.iter().map(|skipped| name(&skipped.file)).collect())
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NothingLoads);
            for name in disk.names().iter().filter(|name| name.ends_with(".rmstore")) {
                assert!(error.to_string().contains(name.as_str()), "{error}");
            }
            (None, vec!["all".into()])
        }
    }
}

#[test]
fn a_cut_anywhere_leaves_the_state_before() {
    let (disk, states) = chain();
    for (at, (name, _)) in states.iter().enumerate() {
        let bytes = disk.bytes(name).unwrap();
        for length in 0..bytes.len() {
            let disk = disk.copy();
            disk.put(name, &bytes[..length]);
            let (found, skipped) = state(&disk, &states);
            assert_eq!(found, at.checked_sub(1), "{name} cut to {length}");
            if at > 0 {
                assert_eq!(skipped.len(), states.len() - at);
            }
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_leaves_the_state_before() {
    let (disk, states) = chain();
    for (at, (name, _)) in states.iter().enumerate().skip(1) {
        let bytes = disk.bytes(name).unwrap();
        for bit in 0..bytes.len() * 8 {
            let disk = disk.copy();
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            disk.put(name, &changed);
            let (found, skipped) = state(&disk, &states);
            assert_eq!((found, skipped.len()), (at.checked_sub(1), states.len() - at), "{name}, bit {bit}");
        }
    }
}

/// A bit of the full file: nothing loads at all, and the error says so.
#[test]
fn a_flipped_bit_in_the_full_file_is_told_for_all() {
    let (disk, states) = chain();
    let (name, _) = &states[0];
    let bytes = disk.bytes(name).unwrap();
    for bit in (0..bytes.len() * 8).step_by(7) {
        let disk = disk.copy();
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        disk.put(name, &changed);
        assert_eq!(state(&disk, &states), (None, vec!["all".into()]), "bit {bit}");
    }
}

#[test]
fn a_dropped_file_is_noticed_by_those_that_stand_on_it() {
    let (disk, states) = chain();
    for (at, (name, _)) in states.iter().enumerate() {
        let disk = disk.copy();
        disk.take(name);
        let (found, skipped) = state(&disk, &states);
        assert_eq!(found, at.checked_sub(1));
        if at > 0 {
            // The newest one was dropped: nobody can know of it.
            assert_eq!(skipped.len(), states.len() - 1 - at);
        }
    }
}

#[test]
fn a_check_of_all_names_what_is_damaged() {
    let (disk, states) = chain();
    let (name, _) = &states[1];
    let mut bytes = disk.bytes(name).unwrap();
    bytes[200] ^= 1;
    disk.put(name, &bytes);
    let store = open(&disk).unwrap();
    let mut results = Vec::new();
    store.verify_all(|info, result| {
        assert_eq!(result.is_ok(), store.verify(info.id).is_ok());
        results.push(result.map_err(|error| (error.kind(), error.file().unwrap().ends_with(name))));
    });
    let damaged = Err((ErrorKind::Damaged, true));
    assert_eq!(results, [Ok(()), damaged, damaged, damaged]);
}

#[test]
fn names_are_not_trusted() {
    let (disk, states) = chain();
    let bytes: Vec<_> = states.iter().map(|(name, _)| disk.bytes(name).unwrap()).collect();
    // All contents swapped, other names, and each file twice.
    let swapped = disk.copy();
    let renamed = Faulty::new();
    let twice = disk.copy();
    for (at, bytes) in bytes.iter().enumerate() {
        swapped.put(&states[states.len() - 1 - at].0, bytes);
        renamed.put(&format!("copy {}.rmstore", 9 - at), bytes);
        twice.put(&format!("copy {at}.rmstore"), bytes);
    }
    for disk in [swapped, renamed, twice] {
        assert_eq!(state(&disk, &states), (Some(3), Vec::new()));
    }
}

#[test]
fn one_of_two_copies_is_enough() {
    let (disk, states) = chain();
    let (name, _) = &states[3];
    let bytes = disk.bytes(name).unwrap();
    let mut changed = bytes.clone();
    changed[200] ^= 1;
    // Its name comes first, and so it is tried last.
    disk.put("0.rmstore", &bytes);
    disk.put(name, &changed);
    assert_eq!(state(&disk, &states), (Some(3), vec![name.clone()]));
}

#[test]
fn the_content_of_another_file_in_its_place_is_noticed() {
    let (disk, states) = chain();
    let (other, _) = chain();
    let strange = other.names().into_iter().filter(|name| name.contains("-delta-"));
    for strange in strange {
        let disk = disk.copy();
        disk.put("strange.rmstore", &other.bytes(&strange).unwrap());
        let (found, skipped) = state(&disk, &states);
        assert_eq!(found, Some(3));
        assert!(skipped.len() <= 1);
        // In the place of the second delta.
        disk.take("strange.rmstore");
        disk.put(&states[2].0, &other.bytes(&strange).unwrap());
        assert_eq!(state(&disk, &states).0, Some(1));
    }
}

/// Puts a file there all checks of which hold, with about the header of the one that was there and another content.
fn forge(disk: &Faulty, name: &str, change: impl FnOnce(&mut Header)) {
    let mut header = read_header(&mut *disk.open(name).unwrap()).unwrap();
    change(&mut header);
    disk.take(name);
    let file = disk.create(name).unwrap();
    let (_, mut writer) = FrameWriter::begin(file, header, Compression::None, &Sealing::Open).unwrap();
    let mut sink = Sink::new(&mut writer, 1000, None);
    for key in 0..60_u32 {
        sink.entry(&key, &"forged".to_owned()).unwrap();
    }
    sink.finish().unwrap();
    writer.finish().unwrap();
    disk.sync_folder().unwrap();
}

#[test]
fn a_delta_knows_its_parent_by_the_hash() {
    let (disk, states) = chain();
    forge(&disk, &states[0].0, |header| header.version = 999);
    let store = open(&disk).unwrap();
    let loaded = store.load().unwrap().unwrap();
    // It is a good file of its own; without a key nobody can tell who wrote it. No delta is put on it.
    assert_eq!(loaded.version, 999);
    assert!(loaded.value.values().all(|value| value == "forged"));
    let reasons: Vec<_> = loaded.skipped.iter().map(|skipped| skipped.reason.kind()).collect();
    assert_eq!(reasons, [ErrorKind::Parent; 3]);
}

/// The hash that a delta was held against when the store was opened is the one of what is read.
#[test]
fn a_parent_that_is_exchanged_after_the_start_is_noticed() {
    let (disk, states) = chain();
    let store = open(&disk).unwrap();
    forge(&disk, &states[0].0, |_| ());
    let error = store.load().unwrap_err();
    assert!(error.to_string().contains("open it again"), "{error}");
}

#[test]
fn a_file_with_another_number_of_entries_is_refused() {
    let (disk, states) = chain();
    forge(&disk, &states[0].0, |header| header.entries = 61);
    let store = open(&disk).unwrap();
    let error = store.load_at(store.list()[0].id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert!(error.to_string().contains("there are 60 entries, and the file says 61"), "{error}");
}

/// Neither removed, nor counted as one that may be the last resort.
#[test]
fn a_damaged_generation_stays_and_does_not_count() {
    let (disk, states) = chain();
    let damaged = {
        let store = open(&disk).unwrap();
        let table = CowMap::from(store.load().unwrap().unwrap().value);
        table.insert(1, "the next generation".into());
        assert_eq!(store.save(&table.snapshot()).unwrap().kind, Kind::Full);
        store.list().pop().unwrap().file.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let mut bytes = disk.bytes(&damaged).unwrap();
    bytes[200] ^= 1;
    disk.put(&damaged, &bytes);
    let store = open(&disk).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((content(&loaded.value), loaded.skipped.len()), (states[3].1.clone(), 1));
    let table = CowMap::from(loaded.value);
    let good = |store: &Store<Table>| -> Vec<u64> {
        let list = store.list().into_iter();
        list.filter(|info| info.kind == Kind::Full && store.verify(info.id).is_ok())
            .map(|info| info.sequence)
            .collect()
    };
    for key in 0..12 {
        table.insert(key, "changed".into());
        store.save(&table.snapshot()).unwrap();
        assert_eq!(disk.bytes(&damaged).as_ref(), Some(&bytes));
        assert_eq!(good(&store).len(), 2, "two that are good");
    }
}

#[test]
fn a_file_that_can_be_read_again_is_as_good_as_any() {
    let (disk, states) = chain();
    let store = open(&disk).unwrap();
    disk.plan(0, Fault::Refuse(EIO));
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((content(&loaded.value), loaded.skipped.len()), (states[2].1.clone(), 1));
    assert_eq!(loaded.skipped[0].reason.kind(), ErrorKind::Io);
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((content(&loaded.value), loaded.skipped.len()), (states[3].1.clone(), 0));
    let newest = store.list()[3].sequence;
    let table = CowMap::from(loaded.value);
    for key in 0..12 {
        table.insert(key, "changed".into());
        store.save(&table.snapshot()).unwrap();
    }
    assert!(store.list()[0].sequence > newest, "it goes when its time has come");
}

/// A file that cannot be read when the store is opened may be the newest, and may be read again one day.
#[test]
fn what_is_saved_is_newer_than_what_could_not_be_read() {
    let (disk, states) = chain();
    let whole = disk.copy();
    for (name, _) in &states[2..] {
        disk.put(name, b"not now");
    }
    let table = {
        let store = open(&disk).unwrap();
        let table = CowMap::from(store.load().unwrap().unwrap().value);
        table.insert(1, "saved since".into());
        store.save(&table.snapshot()).unwrap();
        table
    };
    for (name, _) in &states[2..] {
        disk.put(name, &whole.bytes(name).unwrap());
    }
    let loaded = open(&disk).unwrap().load().unwrap().unwrap();
    assert_eq!(content(&loaded.value), content(&table.snapshot()));
}

/// What is moved elsewhere and put back later was newer than what was saved meanwhile.
#[test]
fn files_that_are_put_back_hide_no_later_save() {
    let (disk, states) = chain();
    let elsewhere: Vec<_> = states.iter().map(|(name, _)| (name, disk.take(name))).collect();
    // Nobody moves files in the milliseconds that some saves in memory take, and these count as numbers.
    std::thread::sleep(std::time::Duration::from_millis(20));
    let table = CowMap::from([(1, "saved since".to_owned())]);
    open(&disk).unwrap().save(&table.snapshot()).unwrap();
    for (name, bytes) in &elsewhere {
        disk.put(name, bytes);
    }
    let loaded = open(&disk).unwrap().load().unwrap().unwrap();
    assert_eq!(content(&loaded.value), content(&table.snapshot()));
}

/// The file of a save that has failed may turn up after a crash.
#[test]
fn the_number_of_a_save_that_has_failed_is_not_used_again() {
    let saving = Saving::new(options());
    saving.save();
    saving.table.insert(1, "changed".into());
    saving.disk.plan(4, Fault::Refuse(EIO));
    saving.store.save(&saving.table.snapshot()).unwrap_err();
    saving.save();
    let list = saving.store.list();
    // It is the time, if that is more.
    assert!(list.len() == 2 && list[1].sequence >= list[0].sequence + 2, "{list:?}");
}

#[test]
fn another_schema_or_type_is_refused() {
    let (disk, states) = chain();
    let store = open_with(&disk.copy(), options().schema(1)).unwrap();
    let error = store.load().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NothingLoads);
    assert!(error.to_string().contains("the file has schema 0, and the program has 1"), "{error}");
    assert_eq!(store.load_at(store.list()[0].id).unwrap_err().kind(), ErrorKind::Schema);
    // It stays, whatever is saved.
    let table = some();
    for key in 0..20 {
        table.insert(key, "changed".into());
        store.save(&table.snapshot()).unwrap();
    }
    assert_eq!(store.list()[..4].iter().map(|info| info.schema).collect::<Vec<_>>(), [0; 4]);
    assert!(store.load().unwrap().unwrap().skipped.is_empty());

    let sets: Store<readmostly::paged::PagedSet<u32>> =
        Store::open_on(Arc::new(disk.copy()), Path::new("/s"), options(), true).unwrap();
    assert_eq!(sets.load_at(sets.list()[0].id).unwrap_err().kind(), ErrorKind::WrongType);
    let others: Store<readmostly::paged::PagedMap<u32, u64>> =
        Store::open_on(Arc::new(disk.copy()), Path::new("/s"), options(), true).unwrap();
    let error = others.load_at(others.list()[0].id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert!(error.file().unwrap().ends_with(&states[0].0));
}

#[test]
fn a_file_that_is_exchanged_after_the_start_is_noticed() {
    let (disk, states) = chain();
    let store = open(&disk).unwrap();
    let other = chain().0;
    let full = other.names().into_iter().find(|name| name.contains("-full-")).unwrap();
    disk.put(&states[0].0, &other.bytes(&full).unwrap());
    let error = store.load().unwrap_err();
    assert!(error.to_string().contains("open it again"), "{error}");
}

#[cfg(feature = "encryption")]
#[test]
fn another_key_reads_nothing_and_removes_nothing() {
    use crate::Key;
    let with = |byte: u8| options().key(Key::new([byte; 32]));
    let saving = Saving::new(with(1));
    let tagged = saving.save();
    saving.change(1);
    saving.store.tag(tagged.id, "a").unwrap();
    let error = |options| {
        let store = open_with(&saving.disk.copy(), options).unwrap();
        store.tagged("a").unwrap_err();
        let error = store.load().unwrap_err();
        (store.load_at(tagged.id).unwrap_err().kind(), error.to_string())
    };
    assert_eq!(error(with(2)).0, ErrorKind::WrongKey);
    assert_eq!(error(options()).0, ErrorKind::NoKey);
    assert!(error(with(2)).1.contains("another key"));
    let names: String = saving.disk.names().concat();
    assert!(!names.contains("value") && !saving.disk.bytes("tags").unwrap().windows(1).any(|_| false));
    // A file of the same folder that is not encrypted is none of this store.
    let plain = Saving::new(options());
    plain.save();
    let name = plain.disk.names().remove(0);
    let disk = saving.disk.copy();
    disk.put("9999999999-full.rmstore", &plain.disk.bytes(&name).unwrap());
    let loaded = open_with(&disk, with(1)).unwrap().load().unwrap().unwrap();
    assert_eq!(content(&loaded.value), content(&saving.table.snapshot()));
}

#[test]
fn a_value_that_is_saved_as_a_whole_is_saved_when_it_differs() {
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Settings {
        limits: HashMap<String, u32>,
        names: Vec<String>,
    }
    impl crate::Whole for Settings {}
    let disk = Faulty::new();
    let open = |disk: &Faulty| -> Store<Settings> {
        Store::open_on(Arc::new(disk.clone()), Path::new("/s"), options(), true).unwrap()
    };
    let cell = CowCell::new(Settings { limits: HashMap::from([("a".into(), 1)]), names: vec!["b".into()] });
    let store = open(&disk);
    assert!(store.save(&cell.snapshot()).unwrap().written);
    cell.update(|settings| settings.names.push("c".into()));
    assert_eq!(store.save(&cell.snapshot()).unwrap().kind, Kind::Full);
    cell.replace((*cell.snapshot()).clone());
    assert!(!store.save(&cell.snapshot()).unwrap().written);
    let store = open(&disk.copy());
    assert_eq!(store.load().unwrap().unwrap().value, *cell.load());
    assert!(!store.save(&cell.snapshot()).unwrap().written);
    assert!(store.compact().unwrap().saved.is_none());
    let small: Store<Settings> =
        Store::open_on(Arc::new(Faulty::new()), Path::new("/s"), options().max_record(4), true).unwrap();
    assert_eq!(small.save(&cell.snapshot()).unwrap_err().kind(), ErrorKind::TooLarge);
}

/// What is wrong with a header is all that can be told of a file: its name says whether it is older.
#[test]
fn an_unreadable_file_that_is_older_says_so() {
    let (disk, states) = chain();
    let all = [
        ("0000000000-full-a.rmstore", true),
        ("9999999999999-full-a.rmstore", false),
        ("renamed.rmstore", false),
    ];
    for (name, is_older) in all {
        let disk = disk.copy();
        disk.put(name, b"");
        let loaded = open(&disk).unwrap().load().unwrap().unwrap();
        assert_eq!(content(&loaded.value), states[3].1);
        let told: Vec<_> = loaded.skipped.iter().map(|skipped| skipped.is_older).collect();
        assert_eq!(told, [is_older], "{name}");
    }
}

/// The save would be lost if the newer file can be read again one day.
#[test]
fn a_state_that_is_older_than_a_damaged_one_is_saved_again() {
    for whole_header in [true, false] {
        let (disk, states) = chain();
        let (newest, good) = (states[3].0.clone(), disk.bytes(&states[3].0).unwrap());
        let mut bytes = good.clone();
        let at = if whole_header { bytes.len() - 1 } else { 0 };
        bytes[at] ^= 1;
        disk.put(&newest, &bytes);
        let store = open(&disk).unwrap();
        let table = CowMap::from(store.load().unwrap().unwrap().value);
        assert!(store.save(&table.snapshot()).unwrap().written);
        assert!(!store.save(&table.snapshot()).unwrap().written, "once is enough");
        drop(store);
        disk.put(&newest, &good);
        let loaded = open(&disk).unwrap().load().unwrap().unwrap();
        assert_eq!(content(&loaded.value), states[2].1);
    }
}

/// A save held that it was there, since its length was right.
#[test]
fn what_could_not_be_loaded_is_saved_again() {
    let saving = Saving::new(options());
    saving.save();
    let name = saving.disk.names().into_iter().find(|name| name.ends_with(".rmstore")).unwrap();
    let mut bytes = saving.disk.bytes(&name).unwrap();
    bytes[200] ^= 1;
    saving.disk.put(&name, &bytes);
    assert!(!saving.save().written, "nobody has read it");
    saving.store.load().unwrap_err();
    assert!(saving.save().written);
    assert_eq!(content(&saving.store.load().unwrap().unwrap().value), content(&saving.table.load()));
}
