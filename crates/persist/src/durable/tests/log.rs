//! A log that is cut, changed, mixed up.

use super::{State, found, open, options, state, value};
use crate::disk::Disk as _;
use crate::disk::faulty::Faulty;
use crate::store::LOG;
use crate::{ErrorKind, Options};

/// A table of some writes, and the states after each.
pub(super) fn some(options: &Options) -> (Faulty, Vec<State>) {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options.clone()).unwrap();
    let mut states = vec![State::new()];
    for key in 0..5 {
        table.insert(key, value(key)).unwrap();
        states.push(state(&table));
    }
    drop(table);
    (disk, states)
}

/// How many bytes a log has before its first write: the header, and the frame with the key of the checks.
pub(super) const WITHOUT_FRAMES: usize = 160 + 16 + 48 + 16;

/// Writes the checks before the first write anew, for which nobody needs a key.
pub(super) fn check_anew(bytes: &mut [u8]) {
    let check = |bytes: &[u8]| <[u8; 16]>::try_from(&blake3::hash(bytes).as_bytes()[..16]).unwrap();
    let header = check(&bytes[..144]);
    bytes[144..160].copy_from_slice(&header);
    if bytes.len() > 160 {
        let at = bytes.len() - 16;
        let key = check(&bytes[..at]);
        bytes[at..].copy_from_slice(&key);
    }
}

pub(super) fn logs(disk: &Faulty) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.ends_with(LOG)).collect()
}

#[test]
fn a_log_that_is_cut_ends_with_the_last_whole_write_and_says_so() {
    let (disk, states) = some(&options());
    let name = logs(&disk).pop().unwrap();
    let bytes = disk.bytes(&name).unwrap();
    let mut last = 0;
    for length in 0..=bytes.len() {
        let cut = disk.copy();
        cut.take(&name);
        cut.put(&name, &bytes[..length]);
        match open(&cut, options()) {
            Ok((table, recovered)) => {
                let at = states
                    .iter()
                    .position(|before| *before == state(&table))
                    .expect("a state that there was");
                assert!(at >= last && usize::try_from(recovered.updates) == Ok(at), "{length}");
                last = at;
                let whole = recovered.torn.is_none();
                // A zero at the end may be room that was kept.
                let end = bytes[..length].iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1);
                assert_eq!(recovered.torn.map_or(end, |torn| torn.at + torn.bytes), end, "{length}");
                // It goes on from there, and is not torn a second time.
                table.insert(9, value(9)).unwrap();
                drop(table);
                let (again, recovered) = open(&cut, options()).unwrap();
                assert!(recovered.torn.is_none() && again.load().len() == at + 1, "{length} {whole}");
            }
            // The key is on disk before the log has its name.
            Err(error) => assert!(length < WITHOUT_FRAMES, "{length}: {error}"),
        }
    }
    assert_eq!(last, 5);
}

#[test]
fn room_that_was_kept_is_no_torn_write() {
    let (disk, states) = some(&options());
    let name = logs(&disk).pop().unwrap();
    let mut bytes = disk.take(&name);
    bytes.resize(bytes.len() + 100_000, 0);
    disk.put(&name, &bytes);
    let (table, recovered) = open(&disk, options()).unwrap();
    assert_eq!((state(&table), recovered.torn), (states[5].clone(), None));
}

#[test]
fn a_bit_that_is_changed_is_noticed_and_never_repaired() {
    let (disk, states) = some(&options());
    let name = logs(&disk).pop().unwrap();
    let bytes = disk.bytes(&name).unwrap();
    let (mut errors, mut torn) = (0, 0);
    for bit in 0..bytes.len() * 8 {
        let changed = disk.copy();
        changed.take(&name);
        let mut with = bytes.clone();
        with[bit / 8] ^= 1 << (bit % 8);
        changed.put(&name, &with);
        let before = changed.names();
        match open(&changed, options()) {
            Ok((table, recovered)) => {
                // The last write cannot be told from one that was never confirmed.
                assert_eq!(state(&table), states[4], "{bit}");
                assert!(recovered.torn.is_some(), "{bit}");
                torn += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains(&name), "{error}");
                assert_eq!(changed.bytes(&name).unwrap(), with);
                assert_eq!(changed.names(), before);
                errors += 1;
            }
        }
    }
    assert!(errors > torn * 3 && torn > 0, "{errors} {torn}");
}

#[test]
fn a_large_write_that_is_torn_in_any_order_is_dropped() {
    // Several frames, of which the first was lost and the others are there.
    let (disk, states) = some(&options().compression(crate::Compression::None));
    let name = logs(&disk).pop().unwrap();
    let before = disk.bytes(&name).unwrap().len();
    let (table, _) = open(&disk, options().compression(crate::Compression::None)).unwrap();
    drop(table);
    let disk = some(&options().compression(crate::Compression::None)).0;
    let name_of = |disk: &Faulty| logs(disk).pop().unwrap();
    {
        let (table, _) = open(&disk, options().compression(crate::Compression::None)).unwrap();
        table.insert(5, value(5)).unwrap();
        table.extend((100..200).map(|key| (key, "x".repeat(3000)))).unwrap();
    }
    let name = name_of(&disk);
    let bytes = disk.bytes(&name).unwrap();
    assert!(bytes.len() > before + 250_000);
    let mut small = states[5].clone();
    small.insert(5, value(5));
    // Pages of the large write are lost, one at a time.
    for page in 1..bytes.len() / 4096 {
        let torn = disk.copy();
        torn.take(&name);
        let mut with = bytes.clone();
        with[page * 4096..][..4096].fill(0);
        torn.put(&name, &with);
        let (table, recovered) = open(&torn, options()).unwrap_or_else(|error| panic!("{page}: {error}"));
        assert_eq!(state(&table), small, "{page}");
        assert!(recovered.torn.is_some(), "{page}");
    }
}

#[test]
fn a_base_that_is_damaged_is_made_up_for_by_the_one_before() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options().max_chain(0)).unwrap();
    for key in 0..3 {
        table.insert(key, value(key)).unwrap();
    }
    table.fold().unwrap();
    for key in 3..6 {
        table.insert(key, value(key)).unwrap();
    }
    let all = state(&table);
    drop(table);
    assert_eq!(logs(&disk).len(), 2);
    let bases: Vec<_> = disk.names().into_iter().filter(|name| name.contains("-full-")).collect();
    let mut bytes = disk.take(&bases[1]);
    bytes[200] ^= 1;
    disk.put(&bases[1], &bytes);
    let (table, recovered) = open(&disk, options()).unwrap();
    assert_eq!(state(&table), all);
    let skipped: Vec<_> = recovered.skipped.iter().map(|skipped| skipped.file.file_name().unwrap()).collect();
    assert_eq!(skipped, [bases[1].as_str()]);
    drop(table);
    // Without the one before there is nothing that is complete.
    let both = disk.copy();
    both.take(&bases[0]);
    let newest = logs(&both).pop().unwrap();
    both.take(&newest);
    open(&both, options()).unwrap_err();
}

#[test]
fn a_log_of_another_table_is_refused() {
    let (disk, _) = some(&options());
    let (other, _) = some(&options());
    let (name, foreign) = (logs(&disk).pop().unwrap(), logs(&other).pop().unwrap());
    let bytes = disk.take(&name);
    disk.put(&foreign, &other.bytes(&foreign).unwrap());
    assert_eq!(open(&disk, options()).unwrap_err().kind(), ErrorKind::NotFound);
    // Both, and so two logs have one number.
    disk.put(&name, &bytes);
    assert_eq!(open(&disk, options()).unwrap_err().kind(), ErrorKind::Damaged);
    // A newer one, on which what the log of this table begins with may be replayed.
    let (other, _) = some(&options());
    let (table, _) = open(&other, options()).unwrap();
    table.fold().unwrap();
    drop(table);
    disk.take(&foreign);
    let newer = logs(&other).pop().unwrap();
    disk.put(&newer, &other.bytes(&newer).unwrap());
    let error = open(&disk, options()).unwrap_err();
    assert!(error.to_string().contains("of another table"), "{error}");
}

/// A copy has the header of the log, and sorted before it: what was written since was lost, and nothing said so.
#[test]
fn a_copy_of_a_log_hides_nothing() {
    for (before, after) in [("copy of ", ""), ("", "-copy"), ("", " (copy)"), ("", ".bak"), ("", "~2")] {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        table.insert(0, value(0)).unwrap();
        let name = logs(&disk).pop().unwrap();
        let copy = format!("{before}{}{after}{LOG}", name.strip_suffix(LOG).unwrap());
        disk.put(&copy, &disk.bytes(&name).unwrap());
        (1..5).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
        let states = state(&table);
        drop(table);
        for number in 0..2 {
            let (table, recovered) = open(&disk, options()).unwrap();
            assert_eq!(state(&table), states, "{copy} {number}");
            assert_eq!(recovered.skipped.len(), 1, "{copy} {number}");
            assert!(recovered.skipped[0].file.ends_with(&copy));
        }
        // The log itself is gone: what the copy lacks is not known.
        logs(&disk).iter().filter(|log| **log != copy).for_each(|log| drop(disk.take(log)));
        let names = disk.names();
        let error = open(&disk, options()).unwrap_err();
        assert!(error.to_string().contains(&name), "{error}");
        assert_eq!(disk.names(), names);
        disk.put(&name, &disk.take(&copy));
        assert_eq!(found(&disk).len(), 1);
    }
}

/// A copy that was cut was found in the place of the file.
#[test]
fn a_copy_of_a_base_is_not_taken_for_it() {
    let (disk, states) = some(&options());
    let name = disk.names().into_iter().find(|name| name.contains("-full-")).unwrap();
    let bytes = disk.bytes(&name).unwrap();
    for copy in [format!("copy of {name}"), name.replace(".rm", " (copy).rm"), format!("9{name}")] {
        let disk = disk.copy();
        disk.put(&copy, &bytes[..bytes.len() - 1]);
        let (table, recovered) = open(&disk, options()).unwrap();
        assert_eq!(state(&table), states[5]);
        assert!(recovered.skipped.is_empty(), "{:?}", recovered.skipped);
    }
}

/// A fold that had nothing to save made both logs stand on one file.
#[test]
fn a_damaged_base_is_made_up_for_by_the_one_before_also_after_folds_of_nothing() {
    let disk = Faulty::new();
    let options = || options().max_chain(0);
    let (mut table, _) = open(&disk, options()).unwrap();
    for key in 0..3 {
        table.insert(key, value(key)).unwrap();
        table.fold().unwrap();
    }
    let damaged = |disk: &Faulty| {
        let disk = disk.copy();
        let base = disk.names().into_iter().filter(|name| name.contains("-full-")).max().unwrap();
        let mut bytes = disk.take(&base);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        disk.put(&base, &bytes);
        disk
    };
    for round in 0..20 {
        match round % 4 {
            0 => table.fold().unwrap(),
            1 => {
                drop(table);
                table = open(&disk, options()).unwrap().0;
                table.update(|_| ()).unwrap();
            }
            // Each undoes the other: the base is the same.
            2 => assert!(table.insert(9, value(9)).unwrap().is_none()),
            _ => {
                assert!(table.remove(&9).unwrap().is_some());
                table.fold().unwrap();
            }
        }
        let logs = logs(&disk).len();
        assert!(logs <= 8, "{logs}");
        // With more than that a base has too many to keep.
        if round < 12 {
            let (found, recovered) = open(&damaged(&disk), options()).unwrap();
            assert_eq!(state(&found), state(&table), "round {round}: {recovered:?}");
        }
    }
    table.insert(10, value(10)).unwrap();
    table.fold().unwrap();
    assert_eq!(state(&open(&damaged(&disk), options()).unwrap().0), state(&table));
    table.insert(11, value(11)).unwrap();
    table.fold().unwrap();
    assert_eq!(logs(&disk).len(), 2);
}

/// It was said that there is no such file.
#[test]
fn a_base_that_cannot_be_read_is_told_as_that() {
    use crate::disk::faulty::{EIO, Fault};
    let (disk, _) = some(&options());
    let base = disk.names().into_iter().find(|name| name.contains("-full-")).unwrap();
    let probe = disk.copy();
    open(&probe, options()).unwrap();
    let call = probe.history().iter().position(|call| call.ends_with(&format!("open {base}"))).unwrap();
    disk.plan_all(&[(disk.calls() + call, Fault::Refuse(EIO))]);
    let error = open(&disk, options()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains(&base), "{error}");
    let broken = disk.copy();
    broken.put(&base, b"nonsense");
    assert_eq!(open(&broken, options()).unwrap_err().kind(), ErrorKind::NotAStoreFile);
    disk.mend();
    assert_eq!(found(&disk).len(), 5);
}

#[test]
fn a_log_that_is_missing_in_between_is_noticed() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(1, value(1)).unwrap();
    drop(table);
    // The base that the newest log stands on is gone, and so is the log before.
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(2, value(2)).unwrap();
    drop(table);
    let delta =
        disk.names().into_iter().rfind(|name| name.contains("-delta-") || name.contains("-full-")).unwrap();
    let before = logs(&disk)[0].clone();
    disk.take(&delta);
    disk.take(&before);
    open(&disk, options()).unwrap_err();
}

/// It is as long, so that it was taken for the log, and what was written went to a file without a name.
#[test]
fn a_copy_in_the_place_of_the_log_is_not_written_past() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(0, value(0)).unwrap();
    let name = logs(&disk).pop().unwrap();
    for key in 1..4 {
        // As long as it will ever be: a log keeps room in front of it.
        let mut copy = disk.bytes(&name).unwrap();
        copy.resize(copy.len() + (1 << 20), 0);
        disk.put(&name, &copy);
        table.insert(key, value(key)).unwrap();
    }
    let all = state(&table);
    drop(table);
    assert_eq!(found(&disk), all);
}

#[test]
fn another_schema_or_another_collection_is_refused() {
    let (disk, _) = some(&options());
    assert_eq!(open(&disk, options().schema(1)).unwrap_err().kind(), ErrorKind::Schema);
    let set = crate::Durable::<readmostly::CowSet<u32>>::open_on(
        std::sync::Arc::new(disk.clone()),
        std::path::Path::new("folder"),
        options(),
        Default::default,
    );
    assert_eq!(set.unwrap_err().kind(), ErrorKind::WrongType);
    assert!(disk.list().is_ok() && found(&disk).len() == 5);
}

#[cfg(feature = "encryption")]
#[test]
fn an_encrypted_log_shows_nothing_and_needs_its_key() {
    let key = |byte| options().key(crate::Key::new([byte; 32])).compression(crate::Compression::None);
    let (disk, states) = some(&key(1));
    let name = logs(&disk).pop().unwrap();
    let bytes = disk.bytes(&name).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"value"));
    assert_eq!(open(&disk, options()).unwrap_err().kind(), ErrorKind::NoKey);
    assert_eq!(open(&disk, key(2)).unwrap_err().kind(), ErrorKind::WrongKey);
    let (table, _) = open(&disk, key(1)).unwrap();
    assert_eq!(state(&table), states[5]);
    drop(table);
    let plain = some(&options()).0;
    assert_eq!(open(&plain, key(1)).unwrap_err().kind(), ErrorKind::NotEncrypted);
}

#[test]
fn a_base_that_was_swapped_is_noticed() {
    use crate::format::{FrameWriter, Sealing, Sink, read_header};
    let (disk, _) = some(&options());
    let name = disk.names().into_iter().find(|name| name.contains("-full-")).unwrap();
    // Another content under the same id.
    let header = read_header(&mut *disk.open(&name).unwrap()).unwrap();
    let other = Faulty::new();
    let (_, mut writer) =
        FrameWriter::begin(other.create("f").unwrap(), header, crate::Compression::None, &Sealing::Open)
            .unwrap();
    let mut sink = Sink::new(&mut writer, 1000, None);
    sink.finish().unwrap();
    writer.finish().unwrap();
    let before = disk.take(&name);
    let bytes = other.bytes("f").unwrap();
    assert_ne!(before[160..], bytes[160..]);
    disk.put(&name, &bytes);
    assert_eq!(open(&disk, options()).unwrap_err().kind(), ErrorKind::Parent);
}

#[test]
fn a_log_with_the_last_number_is_told_of_and_nothing_is_written_on_it() {
    use crate::format::{FrameWriter, Sealing, read_header};
    // Of a log that another program has made: its numbers as they are, and then each at an end.
    let with = |sequence: u64, version: u64| {
        let (disk, _) = some(&options());
        // The newest log has no writes.
        open(&disk, options()).unwrap();
        let mut all = logs(&disk);
        let newest = all.pop().unwrap();
        for older in &all {
            disk.take(older);
        }
        let mut bytes = disk.take(&newest);
        bytes.truncate(WITHOUT_FRAMES);
        bytes[32..40].copy_from_slice(&sequence.to_le_bytes());
        bytes[40..48].copy_from_slice(&version.to_le_bytes());
        check_anew(&mut bytes);
        disk.put(&format!("{sequence:010}{}", newest.trim_start_matches(char::is_numeric)), &bytes);
        disk
    };
    let last = u64::MAX / 2;
    for (sequence, version) in [(last, 5), (last - 1, 5), (1, last), (1, last - 1)] {
        let disk = with(sequence, version);
        let (table, _) = open(&disk, options()).unwrap();
        let written: Vec<_> = (9..12).map(|key| table.insert(key, value(key)).is_ok()).collect();
        table.fold().ok();
        let before = state(&table);
        drop(table);
        // What was confirmed is found again, however much that is.
        assert_eq!(found(&disk), before, "{sequence} {version} {written:?}");
    }
    for version in [last + 1, u64::MAX - 1, u64::MAX] {
        assert_eq!(open(&with(1, version), options()).unwrap_err().kind(), ErrorKind::Damaged);
    }
    let disk = with(1, 5);
    let mut header = read_header(&mut *disk.open(&logs(&disk)[0]).unwrap()).unwrap();
    header.version = last + 1;
    let out = Faulty::new().create("f").unwrap();
    FrameWriter::begin(out, header, crate::Compression::None, &Sealing::Open).unwrap_err();
}
