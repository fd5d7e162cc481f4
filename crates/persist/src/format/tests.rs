//! Every byte of a file matters, and no file is trusted.

use super::frames::FrameWriter;
use super::header::{HEADER, Header, Id, Kind, Shape};
use super::{Compression, FrameReader, Key, Limits, Records, Sealing, Sink, read_header, read_tail};
use crate::disk::Disk;
use crate::disk::faulty::{Faulty, Random};
use crate::error::{Error, ErrorKind, Result};
use proptest::prelude::*;

const LIMITS: Limits = Limits { record: 1 << 20 };

fn header() -> Header {
    Header {
        kind: Kind::Full,
        shape: Shape::Map,
        codec: 0,
        cipher: 0,
        schema: 7,
        table: 0,
        time: 1_700_000_000_000,
        sequence: 3,
        version: 42,
        entries: 2,
        id: Id([0xaa; 16]),
        parent: None,
        nonce: [0; 24],
    }
}

fn sealings() -> Vec<Sealing> {
    vec![
        Sealing::Open,
        #[cfg(feature = "encryption")]
        Sealing::Sealed(super::Key::new([9; 32])),
    ]
}

fn compressions() -> Vec<Compression> {
    vec![
        Compression::None,
        #[cfg(feature = "lz4")]
        Compression::Lz4,
        #[cfg(feature = "zstd")]
        Compression::Zstd(3),
    ]
}

fn write(values: &[String], compression: Compression, sealing: &Sealing) -> Vec<u8> {
    let disk = Faulty::new();
    let (_, mut writer) =
        FrameWriter::begin(disk.create("f").unwrap(), header(), compression, sealing).unwrap();
    let mut sink = Sink::new(&mut writer, LIMITS.record, None);
    for value in values {
        sink.value(value).unwrap();
    }
    sink.finish().unwrap();
    let finished = writer.finish().unwrap();
    let bytes = disk.bytes("f").unwrap();
    assert_eq!((finished.bytes, finished.records), (bytes.len() as u64, values.len() as u64));
    assert_eq!(finished.hash, bytes[bytes.len() - 32..]);
    assert_eq!(finished.hash, read_tail(&mut *disk.open("f").unwrap(), bytes.len() as u64).unwrap());
    bytes
}

fn read(bytes: &[u8], sealing: &Sealing) -> Result<Vec<String>> {
    let disk = Faulty::new();
    disk.put("f", bytes);
    let input = disk.open("f").unwrap();
    let mut reader = FrameReader::begin(input, bytes.len() as u64, sealing, LIMITS)?;
    let mut records = Records::new(&mut reader, LIMITS.record);
    let mut values = Vec::new();
    while let Some(record) = records.next()? {
        values.push(record.value()?);
    }
    assert_eq!(reader.hash().unwrap(), bytes[bytes.len() - 32..]);
    assert_eq!(reader.position(), reader.length());
    Ok(values)
}

fn some() -> Vec<String> {
    vec!["one".repeat(40), "two".repeat(40), String::new()]
}

/// Enough for several frames, and one record that is larger than a frame.
fn many() -> Vec<String> {
    let mut random = Random(1);
    let mut values: Vec<_> = (0..3000).map(|_| format!("{:x}", random.next()).repeat(4)).collect();
    values.insert(1500, "x".repeat(200_000));
    values
}

#[test]
fn what_is_written_is_read() {
    for sealing in sealings() {
        for compression in compressions() {
            for values in [Vec::new(), some(), many()] {
                assert_eq!(read(&write(&values, compression, &sealing), &sealing).unwrap(), values);
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    for sealing in sealings() {
        let bytes = write(&some(), Compression::default(), &sealing);
        for length in 0..bytes.len() {
            let error = read(&bytes[..length], &sealing).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{length}: {error}");
        }
    }
}

#[test]
fn a_bit_that_is_changed_anywhere_is_noticed() {
    for sealing in sealings() {
        for compression in compressions() {
            let bytes = write(&some(), compression, &sealing);
            for at in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[at / 8] ^= 1 << (at % 8);
                read(&changed, &sealing).expect_err("a changed bit");
            }
        }
    }
}

#[test]
fn a_file_that_goes_on_behind_its_end_is_refused() {
    let mut bytes = write(&some(), Compression::None, &Sealing::Open);
    bytes.push(0);
    assert_eq!(read(&bytes, &Sealing::Open).unwrap_err().kind(), ErrorKind::Damaged);
}

/// Writes the checks anew, as somebody does who changes a file on purpose.
fn check_anew(bytes: &mut [u8]) {
    let check = blake3::hash(&bytes[..144]);
    bytes[144..160].copy_from_slice(&check.as_bytes()[..16]);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..HEADER]);
    let mut at = HEADER;
    while at + 16 <= bytes.len() {
        let end = &bytes[at..at + 4] == b"end\0";
        let stored = u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
        let Some(behind) = (at + 16).checked_add(stored).filter(|behind| *behind < bytes.len()) else {
            return;
        };
        hasher.update(&bytes[at..behind]);
        let check = if end { 32 } else { 16 };
        let hash = hasher.finalize();
        let Some(place) = bytes.get_mut(behind..behind + check) else { return };
        place.copy_from_slice(&hash.as_bytes()[..check]);
        at = behind + check;
    }
}

#[test]
fn the_checks_can_be_written_anew() {
    let bytes = write(&many(), Compression::default(), &Sealing::Open);
    let mut anew = bytes.clone();
    anew[144..160].fill(0);
    let length = anew.len();
    anew[length - 32..].fill(0);
    check_anew(&mut anew);
    assert!(bytes == anew);
}

#[test]
fn a_header_that_is_not_known_says_what_to_do() {
    let bytes = write(&some(), Compression::default(), &Sealing::Open);
    let with = |at: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[at] = byte;
        check_anew(&mut changed);
        read(&changed, &Sealing::Open).unwrap_err()
    };
    let says = |error: Error, kind: ErrorKind, what: &str| {
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(what), "{error}");
    };
    says(with(1, b'x'), ErrorKind::NotAStoreFile, "not a file of readmostly-persist");
    says(with(8, 2), ErrorKind::Unknown, "format 2, and this version knows 1; take a newer version");
    says(with(10, 9), ErrorKind::Unknown, "kind 9");
    says(with(11, 9), ErrorKind::Unknown, "codec 9");
    says(with(12, 9), ErrorKind::Unknown, "cipher 9");
    says(with(13, 9), ErrorKind::Unknown, "shape 9");
    says(with(14, 1), ErrorKind::Unknown, "flags");
    says(with(20, 1), ErrorKind::Unknown, "flags");
    says(with(39, 0xff), ErrorKind::Damaged, "the last that there can be");
    says(with(72, 1), ErrorKind::Damaged, "contradicts itself");
    #[cfg(feature = "encryption")]
    says(with(12, 1), ErrorKind::NoKey, "with its key");
}

#[test]
fn lengths_that_a_file_claims_are_not_believed() {
    let bytes = write(&some(), Compression::None, &Sealing::Open);
    let with = |at: usize, number: u32| {
        let mut changed = bytes.clone();
        changed[HEADER + at..][..4].copy_from_slice(&number.to_le_bytes());
        check_anew(&mut changed);
        read(&changed, &Sealing::Open).unwrap_err().kind()
    };
    assert_eq!(with(4, u32::MAX), ErrorKind::TooLarge);
    // Allowed by the limit, but no more bytes are there.
    assert_eq!(with(8, 1 << 19), ErrorKind::Damaged);
    assert_eq!(with(8, u32::MAX), ErrorKind::Damaged);
    assert_eq!(with(4, 0), ErrorKind::Damaged);
    for records in [0, 1, 2, 4, u32::MAX] {
        assert_eq!(with(12, records), ErrorKind::Damaged);
    }
}

#[test]
fn frames_that_change_places_are_noticed() {
    for sealing in sealings() {
        let bytes = write(&many(), Compression::None, &sealing);
        let mut frames: Vec<_> = std::iter::once(0..HEADER).collect();
        let mut at = HEADER;
        while at < bytes.len() {
            let stored = u32::from_le_bytes(bytes[at + 8..at + 12].try_into().unwrap()) as usize;
            let end = (at + 16 + stored + 16).min(bytes.len());
            let end = if &bytes[at..at + 4] == b"end\0" { bytes.len() } else { end };
            frames.push(at..end);
            at = end;
        }
        assert!(frames.len() > 4);
        let of = |order: &[usize]| -> Vec<u8> {
            order.iter().flat_map(|at| bytes[frames[*at].clone()].to_vec()).collect()
        };
        let last = frames.len() - 1;
        let all: Vec<_> = (0..=last).collect();
        assert!(of(&all) == bytes);
        let (mut swapped, mut dropped, mut twice) = (all.clone(), all.clone(), all.clone());
        swapped.swap(1, 2);
        dropped.remove(2);
        twice.insert(2, 1);
        for order in [swapped, dropped, twice, vec![0, last]] {
            let mut changed = of(&order);
            assert_eq!(read(&changed, &sealing).unwrap_err().kind(), ErrorKind::Damaged);
            check_anew(&mut changed);
            // Without a key anybody can write a file; the counts at the end show who did not mean to.
            read(&changed, &sealing).map(|values| assert_eq!(values.len(), many().len())).unwrap_or_default();
            #[cfg(feature = "encryption")]
            if matches!(sealing, Sealing::Sealed(_)) {
                assert_eq!(read(&changed, &sealing).unwrap_err().kind(), ErrorKind::WrongKey);
            }
        }
    }
}

#[cfg(feature = "encryption")]
#[test]
fn an_encrypted_file_needs_its_key_and_shows_nothing() {
    use super::Key;
    let sealed = Sealing::Sealed(Key::new([9; 32]));
    for compression in compressions() {
        let bytes = write(&some(), compression, &sealed);
        assert!(!bytes.windows(6).any(|bytes| bytes == b"oneone"));
        assert!(bytes != write(&some(), compression, &sealed), "the nonce is another");
        assert_eq!(read(&bytes, &Sealing::Open).unwrap_err().kind(), ErrorKind::NoKey);
        let other = Sealing::Sealed(Key::new([8; 32]));
        assert_eq!(read(&bytes, &other).unwrap_err().kind(), ErrorKind::WrongKey);
        let plain = write(&some(), compression, &Sealing::Open);
        assert_eq!(read(&plain, &sealed).unwrap_err().kind(), ErrorKind::NotEncrypted);
        let asked = Sealing::Sealed(Key::ask(|| Ok([9; 32])));
        assert_eq!(read(&bytes, &asked).unwrap(), some());
        let refused = Sealing::Sealed(Key::ask(|| Err(std::io::ErrorKind::TimedOut.into())));
        assert_eq!(read(&bytes, &refused).unwrap_err().kind(), ErrorKind::Io);
    }
}

/// With the key alone, whoever can write the checks anew still cannot change a bit.
#[cfg(feature = "encryption")]
#[test]
fn a_changed_bit_of_an_encrypted_file_is_noticed_although_the_checks_are_right() {
    let sealed = Sealing::Sealed(super::Key::new([9; 32]));
    let bytes = write(&some(), Compression::None, &sealed);
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        check_anew(&mut changed);
        if changed != bytes {
            read(&changed, &sealed).expect_err("a changed bit");
        }
    }
}

#[test]
fn a_record_that_is_too_large_is_refused_by_both_sides() {
    let disk = Faulty::new();
    let (_, mut writer) =
        FrameWriter::begin(disk.create("f").unwrap(), header(), Compression::None, &Sealing::Open).unwrap();
    let mut sink = Sink::new(&mut writer, 100_000, None);
    sink.value(&vec![1_u8; 99_000]).unwrap();
    assert_eq!(sink.value(&vec![1_u8; 100_001]).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(sink.entry(&vec![1_u8; 60_000], &vec![1_u8; 60_000]).unwrap_err().kind(), ErrorKind::TooLarge);
    sink.finish().unwrap();
    writer.finish().unwrap();
    let length = disk.length("f").unwrap();
    // Smaller than a frame may be anyway, and larger.
    for (limit, kind) in [(50_000, ErrorKind::TooLarge), (90_000, ErrorKind::TooLarge)] {
        let limits = Limits { record: limit };
        let mut reader = FrameReader::begin(disk.open("f").unwrap(), length, &Sealing::Open, limits).unwrap();
        let mut records = Records::new(&mut reader, limit);
        assert_eq!(records.next().unwrap_err().kind(), kind);
    }
}

/// Nothing that can be raised helps.
#[test]
fn a_record_that_no_file_can_hold_says_so() {
    for asked in [usize::MAX, u32::MAX as usize] {
        let error = Sink::memory(asked).too_large();
        let told = error.to_string();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(told.contains("no file can hold") && !told.contains("raise"), "{told}");
    }
    let told = Sink::memory(1 << 20).value(&vec![0u8; 2 << 20]).unwrap_err().to_string();
    assert!(told.contains("more than 1048576 bytes; raise `Options::max_record`"), "{told}");
}

/// A log has 32 bits for the length of an update, and the writers of its group must not fail with it.
#[test]
fn an_update_that_is_too_large_is_refused_before_it_is_one_of_a_group() {
    let mut sink = Sink::memory(100).at_most(60);
    sink.value(&"x".repeat(40)).unwrap();
    assert_eq!(sink.value(&"x".repeat(40)).unwrap_err().kind(), ErrorKind::TooLarge);
    let (bytes, records) = sink.take();
    assert_eq!((bytes.len(), records), (42, 1));
}

#[test]
fn a_header_is_read_alone() {
    let disk = Faulty::new();
    let header = Header { kind: Kind::Delta, parent: Some((Id([1; 16]), [2; 32])), ..header() };
    disk.put("f", &header.encode());
    assert_eq!(read_header(&mut *disk.open("f").unwrap()).unwrap(), header);
    let id = header.id;
    assert_eq!(id.to_string().parse::<Id>().unwrap(), id);
    for wrong in ["", "aa", "+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        wrong.parse::<Id>().unwrap_err();
    }
}

/// Both of what keeps a key are of types that say so.
#[test]
fn a_key_is_overwritten_and_not_shown() {
    fn overwritten<T: zeroize::ZeroizeOnDrop>() {}
    overwritten::<chacha20poly1305::XChaCha20Poly1305>();
    let (kept, asked) = (Key::new([0xab; 32]), Key::ask(|| Ok([0xab; 32])));
    assert_eq!(kept.kept().unwrap().as_ref(), [0xab; 32]);
    assert!(asked.kept().is_none(), "it is kept");
    for key in [kept, asked] {
        let options = crate::Options::new().key(key.clone());
        for shown in
            [format!("{key:?}"), format!("{key:#?}"), format!("{options:?}"), format!("{options:#x?}")]
        {
            let shown = shown.to_ascii_lowercase();
            assert!(
                shown.contains("key(..)") && !shown.contains("171") && !shown.contains("ab, "),
                "{shown}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

    /// Neither a panic nor a hang, whatever the bytes are.
    #[test]
    fn any_bytes_behind_a_header_are_refused_quietly(
        rest in proptest::collection::vec(any::<u8>(), 0..200),
        cut in 0_usize..400,
        anew: bool,
    ) {
        let mut bytes = write(&some(), Compression::default(), &Sealing::Open);
        let at = HEADER + cut.min(bytes.len() - HEADER);
        bytes.truncate(at);
        bytes.extend(rest);
        if anew {
            check_anew(&mut bytes);
        }
        let _ = read(&bytes, &Sealing::Open);
    }
}
