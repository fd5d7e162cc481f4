//! Files of a store that anybody may have written, and readmostly-persist, which must refuse or load them and never panic.
//!
//! The files are made by what `FORMAT.md` says, and by none of the crate's code. So their checks hold, and what is in them is looked at.

use arbitrary::Arbitrary;
use readmostly::paged::{
    PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly_persist::{Compression, Options, RawTable, Store, Table};
use std::fs;
use std::path::Path;

/// A folder with a chain of files, one of which may be changed.
#[derive(Arbitrary, Debug)]
pub struct Input {
    shape: u8,
    full: File,
    deltas: Vec<File>,
    /// Which byte of which file is changed to what, without a look at the checks.
    flip: Option<(u8, u16, u8)>,
    /// A file of any bytes.
    other: Option<Vec<u8>>,
}

/// A full file or a delta.
#[derive(Arbitrary, Debug)]
pub(crate) struct File {
    /// How many entries the header says; the true number is not known here.
    entries: u8,
    frames: Vec<Vec<Record>>,
    codec: u8,
    /// Bytes that stand in the place of the frames.
    stored: Option<Vec<u8>>,
    /// The parent is another one.
    strange: bool,
}

/// A record of either.
#[derive(Arbitrary, Debug)]
pub(crate) enum Record {
    /// A change or an entry with a small key, so that some of them fit.
    Small {
        op: u8,
        key: u8,
        value: u8,
    },
    /// A splice.
    Splice {
        at: u8,
        removed: u8,
        inserted: u8,
    },
    Any(Vec<u8>),
    /// A length that is not that of the bytes.
    Long(u64),
}

/// How many shapes there are.
pub(crate) const SHAPES: u8 = 8;

fn number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    into.push(number.to_le_bytes()[0]);
}

impl Record {
    pub(crate) fn put(&self, into: &mut Vec<u8>, shape: u8, is_delta: bool) {
        let mut body = Vec::new();
        match self {
            Self::Small { op, key, value } => {
                let op = op % 5;
                body.extend(is_delta.then_some(op));
                let is_map = matches!(shape, 1 | 4 | 6);
                if is_map && (!is_delta || op != 0) {
                    body.extend([1, key % 16, *value]);
                } else {
                    body.push(key % 16);
                }
            }
            Self::Splice { at, removed, inserted } => {
                body.push(3);
                for part in [at, removed, inserted] {
                    number(&mut body, u64::from(*part % 8));
                }
            }
            Self::Any(bytes) => body.extend_from_slice(bytes),
            Self::Long(length) => {
                number(into, *length);
                return;
            }
        }
        number(into, body.len() as u64);
        into.extend(body);
    }
}

/// What a file is known by: its id and its hash.
pub(crate) type Parent = ([u8; 16], [u8; 32]);

/// What a header says.
pub(crate) struct Header {
    pub(crate) kind: u8,
    pub(crate) codec: u8,
    pub(crate) shape: u8,
    pub(crate) sequence: u64,
    pub(crate) version: u64,
    pub(crate) entries: u64,
    pub(crate) id: [u8; 16],
    pub(crate) parent: Parent,
}

impl Header {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"\x89RMP\r\n\x1a\n\x01\0".to_vec();
        bytes.extend([self.kind, self.codec, 0, self.shape, 0, 0]);
        bytes.extend([0; 8 + 8]);
        for part in [self.sequence, self.version, self.entries] {
            bytes.extend(part.to_le_bytes());
        }
        bytes.extend(self.id);
        bytes.extend(self.parent.0);
        bytes.extend(self.parent.1);
        bytes.extend([0; 24]);
        let check = blake3::hash(&bytes);
        bytes.extend(&check.as_bytes()[..16]);
        bytes
    }
}

/// Appends a frame of so many records.
fn put_frame(bytes: &mut Vec<u8>, hasher: &mut blake3::Hasher, plain: &[u8], stored: &[u8], records: usize) {
    let mut part = b"data".to_vec();
    for length in [plain.len(), stored.len(), records] {
        part.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
    part.extend(stored);
    hasher.update(&part);
    part.extend(&hasher.finalize().as_bytes()[..16]);
    bytes.extend(part);
}

impl File {
    /// Returns the bytes, and what a child must name.
    pub(crate) fn bytes(&self, shape: u8, sequence: u8, parent: Option<Parent>) -> (Vec<u8>, Parent) {
        let id = [sequence + 1; 16];
        let (parent_id, parent_hash) = parent.unwrap_or_default();
        let header = Header {
            kind: u8::from(parent.is_some()),
            codec: self.codec % 4,
            shape,
            sequence: sequence.into(),
            version: 0,
            entries: u64::from(self.entries % 32),
            id,
            parent: (parent_id, if self.strange && parent.is_some() { [7; 32] } else { parent_hash }),
        };
        let mut bytes = header.bytes();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes);
        let (mut records, mut frames, mut raw) = (0, 0, 0);
        for frame in &self.frames {
            let mut plain = Vec::new();
            for record in frame {
                record.put(&mut plain, shape, parent.is_some());
            }
            // Shorter than the records: it is taken for compressed.
            let stored = self.stored.as_ref().filter(|stored| stored.len() < plain.len()).unwrap_or(&plain);
            put_frame(&mut bytes, &mut hasher, &plain, stored, frame.len());
            (records, frames, raw) = (records + frame.len() as u64, frames + 1, raw + plain.len() as u64);
        }
        let mut end = b"end\0\x18\0\0\0\x18\0\0\0\0\0\0\0".to_vec();
        for count in [records, frames, raw] {
            end.extend(u64::to_le_bytes(count));
        }
        hasher.update(&end);
        bytes.extend(end);
        let hash = *hasher.finalize().as_bytes();
        bytes.extend(hash);
        (bytes, (id, hash))
    }
}

fn load<T: Table>(folder: &Path) {
    let options = Options::new().max_record(1 << 12).compression(Compression::None);
    let store: Store<T> = Store::open_read_only(folder, options).expect("the folder can be read");
    for info in store.list() {
        let loaded = store.load_at(info.id);
        if let Ok(loaded) = loaded {
            store.verify(info.id).expect("what loads verifies");
            assert_eq!(loaded.id, info.id);
        }
    }
    let _ = store.load();
}

/// Loads what the input is, as every collection.
///
/// # Panics
///
/// If there is a mistake.
pub fn run(input: &Input) {
    let folder = tempfile::tempdir().expect("a folder");
    let shape = input.shape % SHAPES;
    let (bytes, mut parent) = input.full.bytes(shape, 0, None);
    let mut files = vec![bytes];
    for (file, sequence) in input.deltas.iter().take(8).zip(1..) {
        let (bytes, next) = file.bytes(shape, sequence, Some(parent));
        files.push(bytes);
        parent = next;
    }
    if let Some((file, at, to)) = input.flip {
        let count = files.len();
        let bytes = &mut files[usize::from(file) % count];
        let at = usize::from(at) % bytes.len();
        bytes[at] = to;
    }
    files.extend(input.other.clone());
    for (at, bytes) in files.iter().enumerate() {
        fs::write(folder.path().join(format!("{at}.rmstore")), bytes).expect("a file");
    }
    fs::write(folder.path().join("tags"), input.other.as_deref().unwrap_or(&files[0])).expect("a file");
    load::<RawTable>(folder.path());
    match shape {
        1 => load::<PagedMap<u8, u8>>(folder.path()),
        2 => load::<PagedSet<u8>>(folder.path()),
        3 => load::<PagedVec<u8>>(folder.path()),
        4 => load::<PagedOrdMap<u8, u8>>(folder.path()),
        5 => load::<PagedOrdSet<u8>>(folder.path()),
        6 => load::<PagedIndexMap<u8, u8>>(folder.path()),
        7 => load::<PagedIndexSet<u8>>(folder.path()),
        _ => load::<PagedMap<String, Vec<u64>>>(folder.path()),
    }
}
