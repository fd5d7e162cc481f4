//! Logs that somebody has made on purpose, and values that look like a part of a log.

use super::log::logs;
use super::{options, value};
use crate::disk::faulty::Faulty;
use crate::{Compression, Durable, Options, Recovered, Result};
use readmostly::CowMap;
use std::path::Path;
use std::sync::Arc;

type Blobs = CowMap<u32, Vec<u8>>;

fn open(disk: &Faulty, options: Options) -> Result<(Durable<Blobs>, Recovered)> {
    Durable::open_on(Arc::new(disk.clone()), Path::new("folder"), options, Default::default)
}

/// What a frame begins with, as the rules say: without a check, and with any.
fn like_frames(group: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for tag in [b"data", b"more", b"last"] {
        for lengths in [[1_u32, 1], [20, 20], [65_536, 700]] {
            bytes.extend_from_slice(tag);
            bytes.extend(lengths.into_iter().chain([group]).flat_map(u32::to_le_bytes));
            bytes.extend([0x5a; 24]);
        }
    }
    bytes
}

#[test]
fn a_torn_write_is_dropped_whatever_its_values_look_like() {
    let options = || options().compression(Compression::None);
    for groups in 2..5 {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        for key in 1..groups {
            table.insert(key, value(key).into_bytes()).unwrap();
        }
        let name = logs(&disk).pop().unwrap();
        let before = disk.bytes(&name).unwrap();
        // All that is in this log already, and frames of groups that are not there yet.
        let mut like = before.clone();
        (groups..groups + 4).for_each(|group| like.extend(like_frames(group)));
        table.insert(100, like).unwrap();
        drop(table);
        let whole = disk.take(&name);
        // The first bytes of the last write are lost, one more each time; then the last ones.
        for lost in 1..whole.len() - before.len() {
            for is_end in [false, true] {
                let mut torn = whole.clone();
                let range =
                    if is_end { whole.len() - lost..whole.len() } else { before.len()..before.len() + lost };
                torn[range].fill(0);
                if torn == whole {
                    continue;
                }
                let copy = disk.copy();
                copy.put(&name, &torn);
                let (table, recovered) = open(&copy, options())
                    .unwrap_or_else(|error| panic!("{groups} {lost} {is_end}: {error}"));
                assert_eq!(table.load().len(), groups as usize - 1);
                assert_eq!(recovered.torn.map_or(before.len() as u64, |torn| torn.at), before.len() as u64);
            }
        }
    }
}

#[test]
fn a_later_write_is_seen_by_its_header_alone() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options()).unwrap();
    let mut ends = Vec::new();
    for key in 0..3 {
        table.insert(key, value(key).into_bytes()).unwrap();
        ends.push(disk.bytes(&logs(&disk)[0]).unwrap().len());
    }
    drop(table);
    let name = logs(&disk).pop().unwrap();
    let mut bytes = disk.take(&name);
    // Of the last write 24 bytes have reached the disk. So the one before was confirmed, and was damaged since.
    bytes.truncate(ends[1] + 24);
    bytes[ends[0] + 30] ^= 1;
    disk.put(&name, &bytes);
    let error = open(&disk, options()).unwrap_err();
    let what = format!("damaged at byte {}, and confirmed writes follow at byte {}", ends[0], ends[1]);
    assert!(error.to_string().contains(&what), "{error}");
    // One byte less, and it is no header.
    disk.put(&name, &bytes[..ends[1] + 23]);
    assert_eq!(open(&disk, options()).unwrap().1.torn.unwrap().at, ends[0] as u64);
}

/// A log that was read while it was written was said to be damaged.
#[test]
fn what_comes_behind_the_end_later_tells_nothing() {
    use crate::disk::Disk as _;
    use crate::format::{FrameReader, Sealing};
    let disk = Faulty::new();
    let (table, _) = open(&disk, options()).unwrap();
    let name = |disk: &Faulty| logs(disk).pop().unwrap();
    let ends: Vec<u64> = (0..3)
        .map(|key| {
            table.insert(key, value(key).into_bytes()).unwrap();
            disk.bytes(&name(&disk)).unwrap().len() as u64
        })
        .collect();
    // The second write was not all there when the log was opened, and is now, with the third one.
    for length in ends[0] + 1..ends[1] {
        let input = disk.open(&name(&disk)).unwrap();
        let mut reader = FrameReader::begin(input, length, &Sealing::Open, options().limits()).unwrap();
        assert!(reader.look(ends[0]).is_err());
        let behind = reader.look_behind(ends[0], 2).unwrap();
        assert!(behind.later.is_none() && behind.end <= length, "{behind:?}");
    }
}

/// What the newest log stands on was made after the files were listed, and was not found.
#[test]
fn a_base_that_comes_while_another_process_looks_is_found() {
    use crate::Store;
    use readmostly::paged::PagedMap;
    let disk = Faulty::new();
    let look: Store<PagedMap<u32, Vec<u8>>> =
        Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), false).unwrap();
    let (table, _) = open(&disk, options()).unwrap();
    table.insert(1, Vec::new()).unwrap();
    assert_eq!(look.load_logged().unwrap().unwrap().writes, 1);
    assert_eq!(look.list().len(), 1);
}

#[cfg(feature = "encryption")]
mod without_the_key {
    use super::super::log::check_anew;
    use super::{Blobs, Faulty, logs, open, value};
    use crate::{Durable, ErrorKind, Key, Options};

    fn options() -> Options {
        Options::new().key(Key::new([7; 32]))
    }

    /// A table with two logs, and writes in both.
    fn some() -> (Faulty, Durable<Blobs>) {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        (0..3).for_each(|key| drop(table.insert(key, value(key).into_bytes()).unwrap()));
        table.fold().unwrap();
        (3..6).for_each(|key| drop(table.insert(key, value(key).into_bytes()).unwrap()));
        (disk, table)
    }

    /// A newer log than all that are there.
    fn forged(disk: &Faulty, length: usize) -> Vec<u8> {
        let mut bytes = disk.bytes(logs(disk).last().unwrap()).unwrap();
        bytes.truncate(length);
        let number = u64::from_le_bytes(bytes[32..40].try_into().unwrap()) + 1;
        bytes[32..40].copy_from_slice(&number.to_le_bytes());
        bytes[56..72].fill(0x33);
        check_anew(&mut bytes);
        bytes
    }

    #[test]
    fn a_log_cannot_be_put_on_top() {
        let (disk, table) = some();
        drop(table);
        // A header alone, and one with the first frame of another log, whose check anybody can write.
        for (length, kind) in [(160, ErrorKind::Damaged), (160 + 16 + 64 + 16, ErrorKind::WrongKey)] {
            let copy = disk.copy();
            let bytes = forged(&disk, length);
            let number = u64::from_le_bytes(bytes[32..40].try_into().unwrap());
            copy.put(&format!("{number:010}-log-{}.rmlog", "33".repeat(16)), &bytes);
            let names = copy.names();
            let error = open(&copy, options()).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(copy.names(), names);
        }
        assert_eq!(open(&disk, options()).unwrap().0.load().len(), 6);
    }

    #[test]
    fn a_log_cannot_be_cut_to_its_header_or_take_frames_of_another() {
        let (disk, table) = some();
        drop(table);
        let names = logs(&disk);
        let [older, newest] = [0, 1].map(|at| disk.bytes(&names[at]).unwrap());
        let first = 160 + 16 + 64 + 16;
        let with = |bytes: &[u8]| {
            let copy = disk.copy();
            copy.put(&names[1], bytes);
            open(&copy, options()).map(|(table, recovered)| (table.load().len(), recovered.torn))
        };
        assert_eq!(with(&newest[..160]).unwrap_err().kind(), ErrorKind::Damaged);
        // Its own header with all that is behind that of the other one, as it is and with the check that anybody can write.
        let mut mixed = [&newest[..160], &older[160..]].concat();
        with(&mixed).unwrap_err();
        check_anew(&mut mixed[..first]);
        assert_eq!(with(&mixed).unwrap_err().kind(), ErrorKind::WrongKey);
        // Writes of the other one are no writes here: they are dropped as a torn end, and that is said.
        let (length, torn) = with(&[&newest[..first], &older[first..]].concat()).unwrap();
        assert_eq!((length, torn.unwrap().at), (3, first as u64));
    }
}
