//! Logs that anybody may have written, and readmostly-persist, which must refuse or replay them and never panic.
//!
//! As in [`store`](crate::store) the files are made by what `FORMAT.md` says.

use crate::store::{File, Header, Record, SHAPES};
use arbitrary::Arbitrary;
use readmostly::{CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec, Source};
use readmostly_persist::{Compression, Durable, Options, RawTable, Store, Table};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

/// A folder with full files and logs on them, one of which may be changed.
#[derive(Arbitrary, Debug)]
pub struct Input {
    shape: u8,
    /// The first log stands on the first one, the second on the second, if there is one.
    bases: Vec<File>,
    logs: Vec<Log>,
    /// Which byte of which log is changed to what, without a look at the checks.
    flip: Option<(u8, u16, u8)>,
    /// Which log is cut, and where.
    cut: Option<(u8, u16)>,
    /// A log of any bytes.
    other: Option<Vec<u8>>,
}

#[derive(Arbitrary, Debug)]
struct Log {
    codec: u8,
    /// How many writes its parent has, if that is not what the logs before have.
    version: Option<u8>,
    /// Which log it follows. The oldest ones do not say.
    follows: Option<u8>,
    groups: Vec<Group>,
    /// Zeros behind it.
    room: u8,
    /// The parent is another one.
    strange: bool,
}

#[derive(Arbitrary, Debug)]
struct Group {
    /// The number of the group and of its first write, if these are others than they should be.
    number: Option<u8>,
    first: Option<u8>,
    writes: Vec<Write>,
    /// In how many frames it is.
    frames: u8,
    /// The last frame says that more of the group follows.
    goes_on: bool,
    /// Bytes that stand in the place of the last frame.
    stored: Option<Vec<u8>>,
}

#[derive(Arbitrary, Debug)]
struct Write {
    records: Vec<Record>,
    /// How many records there are, if it is not said rightly.
    count: Option<u8>,
}

impl Group {
    fn body(&self, shape: u8, first: u64) -> Vec<u8> {
        let mut body = self.first.map_or(first, u64::from).to_le_bytes().to_vec();
        for write in &self.writes {
            let mut records = Vec::new();
            for record in &write.records {
                record.put(&mut records, shape, shape != 0);
            }
            let count = write.count.map_or(write.records.len(), usize::from);
            for part in [records.len(), count] {
                body.extend(u32::try_from(part).unwrap_or(u32::MAX).to_le_bytes());
            }
            body.extend(records);
        }
        body
    }

    fn put(&self, bytes: &mut Vec<u8>, key: &[u8; 32], shape: u8, number: usize, first: u64) {
        let body = self.body(shape, first);
        let size = body.len().div_ceil(usize::from(self.frames % 4) + 1).min(1 << 16);
        let mut pieces = body.chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            let is_last = pieces.peek().is_none();
            let tag = if is_last && !self.goes_on { *b"last" } else { *b"more" };
            // Shorter than the records: it is taken for compressed.
            let stored = self.stored.as_ref().filter(|stored| is_last && stored.len() < piece.len());
            let number = self.number.map_or(number, usize::from);
            put_frame(bytes, key, tag, piece.len(), stored.map_or(piece, Vec::as_slice), number);
        }
    }
}

/// The first bytes of a frame's header: what it is, two lengths, and a number.
fn frame_header(tag: [u8; 4], raw: usize, stored: usize, number: usize) -> Vec<u8> {
    let numbers = [raw, stored, number].map(|part| u32::try_from(part).unwrap_or(u32::MAX).to_le_bytes());
    [&tag[..], &numbers.concat()].concat()
}

/// Appends the first frame, which has the key of the checks, and says which log this one follows.
fn put_key(bytes: &mut Vec<u8>, key: &[u8; 32], follows: Option<[u8; 16]>) {
    let stored = [&key[..], follows.as_ref().map_or(&[], |id| &id[..])].concat();
    bytes.extend(frame_header(*b"key\0", stored.len(), stored.len(), 0));
    bytes.extend(stored);
    let check = blake3::hash(bytes);
    bytes.extend(&check.as_bytes()[..16]);
}

/// Appends a frame of a group.
fn put_frame(bytes: &mut Vec<u8>, key: &[u8; 32], tag: [u8; 4], raw: usize, stored: &[u8], number: usize) {
    let at = (bytes.len() as u64).to_le_bytes();
    let mut part = frame_header(tag, raw, stored.len(), number);
    let mark = blake3::keyed_hash(key, &[&at[..], &part].concat());
    part.extend(&mark.as_bytes()[..8]);
    part.extend(stored);
    let check = blake3::keyed_hash(key, &[&at[..], &part].concat());
    part.extend(&check.as_bytes()[..16]);
    bytes.extend(part);
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(folder).expect("the folder is there") {
        let file = file.expect("a file");
        files.insert(file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).expect("a file"));
    }
    files.remove("lock");
    files
}

fn open<S>(folder: &Path) -> bool
where
    S: Source<Value: Table + Clone + Default + PartialEq + Debug> + From<S::Value> + Send + Sync + 'static,
{
    let options = Options::new().max_record(1 << 12).compression(Compression::None);
    let before = files(folder);
    let store: Store<S::Value> =
        Store::open_read_only(folder, options.clone()).expect("the folder can be read");
    let logged = store.load_logged();
    let raw: Store<RawTable> =
        Store::open_read_only(folder, options.clone()).expect("the folder can be read");
    let _ = raw.load_logged();
    assert!(files(folder) == before, "a look changes nothing");
    match Durable::<S>::open(folder, options.clone()) {
        Ok((table, recovered)) => {
            let is_replayed = recovered.updates > 0;
            let state = table.load().clone();
            if let Some(logged) = logged.expect("what opens can be looked at") {
                assert_eq!(logged.value, state);
                assert_eq!(
                    (logged.recovered.updates, logged.recovered.torn),
                    (recovered.updates, recovered.torn)
                );
            }
            assert!(recovered.unsaved.is_none(), "{:?}", recovered.unsaved);
            drop(table);
            let (again, recovered) =
                Durable::<S>::open(folder, options).expect("what was opened opens again");
            assert_eq!(*again.load(), state);
            // What was replayed was saved anew.
            assert!(recovered.updates == 0, "{recovered:?}");
            is_replayed
        }
        Err(error) => {
            assert!(files(folder) == before, "changed in spite of {error}");
            false
        }
    }
}

/// Opens what the input is, and returns whether writes were replayed.
///
/// # Panics
///
/// If there is a mistake.
pub fn run(input: &Input) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let shape = 1 + input.shape % (SHAPES - 1);
    let mut bases = Vec::new();
    for (file, sequence) in input.bases.iter().take(3).zip(0..) {
        let (bytes, base) = file.bytes(shape, sequence, None);
        fs::write(folder.path().join(format!("{sequence}.rmstore")), bytes).expect("a file");
        bases.push(base);
    }
    let (mut logs, mut writes) = (Vec::new(), 0);
    for (log, sequence) in input.logs.iter().take(3).zip(0_u8..) {
        let (id, hash) = bases.get(usize::from(sequence)).or(bases.last()).copied().unwrap_or_default();
        let header = Header {
            kind: 2,
            codec: log.codec % 4,
            shape,
            sequence: sequence.into(),
            version: log.version.map_or(writes, u64::from),
            entries: 0,
            id: [sequence + 100; 16],
            parent: (id, if log.strange { [7; 32] } else { hash }),
        };
        writes = header.version;
        let mut bytes = header.bytes();
        let key = [sequence; 32];
        put_key(&mut bytes, &key, log.follows.map(|log| [100 + log % 4; 16]));
        for (group, number) in log.groups.iter().zip(1..) {
            group.put(&mut bytes, &key, shape, number, writes + 1);
            writes += group.writes.len() as u64;
        }
        bytes.resize(bytes.len() + usize::from(log.room), 0);
        logs.push(bytes);
    }
    let count = logs.len();
    if let Some((log, at, to)) = input.flip.filter(|_| count > 0) {
        let bytes = &mut logs[usize::from(log) % count];
        let at = usize::from(at) % bytes.len();
        bytes[at] = to;
    }
    if let Some((log, at)) = input.cut.filter(|_| count > 0) {
        let bytes = &mut logs[usize::from(log) % count];
        bytes.truncate(usize::from(at) % bytes.len());
    }
    logs.extend(input.other.clone());
    for (at, bytes) in logs.iter().enumerate() {
        // Each has the name that counts, which the last one need not have.
        let id = format!("{:02x}", at + 100).repeat(16);
        fs::write(folder.path().join(format!("{at:010}-log-{id}.rmlog")), bytes).expect("a file");
    }
    match shape {
        1 => open::<CowMap<u8, u8>>(folder.path()),
        2 => open::<CowSet<u8>>(folder.path()),
        3 => open::<CowVec<u8>>(folder.path()),
        4 => open::<CowOrdMap<u8, u8>>(folder.path()),
        5 => open::<CowOrdSet<u8>>(folder.path()),
        6 => open::<CowIndexMap<u8, u8>>(folder.path()),
        _ => open::<CowIndexSet<u8>>(folder.path()),
    }
}
