//! The header: what a file is, and what it stands on.

use super::Hash;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::str::FromStr;

/// How many bytes a header has.
pub(crate) const HEADER: usize = 160;
/// Not text, so that no program takes it for that; with both line ends and an end of text, so that a transfer as text breaks it.
const MAGIC: [u8; 8] = *b"\x89RMP\r\n\x1a\n";
const FORMAT: u16 = 1;
/// How many bytes of the header the check in it is of.
const CHECKED: usize = 144;

/// The name of a file, whatever its name in the folder is: 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(pub(crate) [u8; 16]);

impl Id {
    /// Of no file.
    pub(crate) const NONE: Self = Self([0; 16]);

    pub(crate) fn random() -> Result<Self> {
        random().map(Self)
    }
}

/// Asks the system for random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::io("the system gives no random bytes", std::io::Error::other(error)))?;
    Ok(bytes)
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// Reads what `Display` writes.
impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::NotFound, "an id is 32 hexadecimal digits");
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(|id| Self(id.to_be_bytes())).map_err(|_| wrong())
    }
}

/// Names the variants by which a byte of a file stands for a value.
macro_rules! byte {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $byte:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$each])* $variant = $byte,)*
        }

        impl $name {
            pub(crate) fn of(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

byte! {
    /// What a file of a store holds.
    Kind {
        /// A whole table.
        Full = 0,
        /// What has changed since another file.
        Delta = 1,
        /// Single writes, as they come. A [`Store`](crate::Store) has none.
        Log = 2,
        /// The tags of a store.
        Tags = 3,
    }
}

byte! {
    /// What the records of a file are.
    Shape {
        /// One value.
        Whole = 0,
        /// Keys with values, in no order.
        Map = 1,
        /// Elements, in no order.
        Set = 2,
        /// Elements, by their places.
        Vec = 3,
        /// Keys with values, in the order of the keys.
        OrdMap = 4,
        /// Elements, in their order.
        OrdSet = 5,
        /// Keys with values, in the order of insertion.
        IndexMap = 6,
        /// Elements, in the order of insertion.
        IndexSet = 7,
    }
}

/// What is written at the beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
    /// Numbers, and not values: a program that was built without a codec can still tell what it is.
    pub(crate) codec: u8,
    pub(crate) cipher: u8,
    /// The user's.
    pub(crate) schema: u32,
    /// Of a log: a random number, which all logs of one table have; 0 where that is not known. Of other files 0.
    pub(crate) table: u32,
    /// In milliseconds since 1970.
    pub(crate) time: u64,
    /// Which of two files is newer.
    pub(crate) sequence: u64,
    /// The version of the container.
    pub(crate) version: u64,
    /// How many entries the table has with this file.
    pub(crate) entries: u64,
    pub(crate) id: Id,
    /// What a delta or a log stands on.
    pub(crate) parent: Option<(Id, Hash)>,
    /// Random where there is a cipher, else zeros.
    pub(crate) nonce: [u8; 24],
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        let (parent, parent_hash) = self.parent.unwrap_or((Id::NONE, [0; 32]));
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&[self.kind as u8, self.codec, self.cipher, self.shape as u8, 0, 0]);
        bytes.extend_from_slice(&self.schema.to_le_bytes());
        bytes.extend_from_slice(&self.table.to_le_bytes());
        for number in [self.time, self.sequence, self.version, self.entries] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.id.0);
        bytes.extend_from_slice(&parent.0);
        bytes.extend_from_slice(&parent_hash);
        bytes.extend_from_slice(&self.nonce);
        let check = blake3::hash(&bytes);
        bytes.extend_from_slice(&check.as_bytes()[..HEADER - CHECKED]);
        bytes.try_into().expect("the fields add up to a header")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self> {
        let short = || Error::new(ErrorKind::Damaged, "the file ends in its header; restore it from a copy");
        let magic = &bytes[..bytes.len().min(MAGIC.len())];
        if magic != &MAGIC[..magic.len()] {
            return Err(Error::new(ErrorKind::NotAStoreFile, "not a file of readmostly-persist"));
        }
        let format = bytes.get(8..10).ok_or_else(short)?;
        let format = u16::from_le_bytes([format[0], format[1]]);
        if format != FORMAT {
            let what = format!(
                "the file has format {format}, and this version knows {FORMAT}; take a newer version"
            );
            return Err(Error::new(ErrorKind::Unknown, what));
        }
        let bytes: &[u8; HEADER] =
            bytes.get(..HEADER).and_then(|bytes| bytes.try_into().ok()).ok_or_else(short)?;
        if blake3::hash(&bytes[..CHECKED]).as_bytes()[..HEADER - CHECKED] != bytes[CHECKED..] {
            return Err(Error::new(
                ErrorKind::Damaged,
                "the header was changed; restore the file from a copy",
            ));
        }
        let mut rest = &bytes[10..CHECKED];
        let [kind, codec, cipher, shape] = take(&mut rest);
        let unknown = |what: &str, byte: u8| {
            Error::new(ErrorKind::Unknown, format!("the file has the {what} {byte}; take a newer version"))
        };
        let kind = Kind::of(kind).ok_or_else(|| unknown("kind", kind))?;
        let shape = Shape::of(shape).ok_or_else(|| unknown("shape", shape))?;
        let zero: [u8; 2] = take(&mut rest);
        let schema = u32::from_le_bytes(take(&mut rest));
        let table = u32::from_le_bytes(take(&mut rest));
        if zero != [0; 2] || table != 0 && kind != Kind::Log {
            return Err(Error::new(
                ErrorKind::Unknown,
                "the file has flags that are not known; take a newer version",
            ));
        }
        let [time, sequence, version, entries] = std::array::from_fn(|_| u64::from_le_bytes(take(&mut rest)));
        let id = Id(take(&mut rest));
        let parent = (Id(take(&mut rest)), take(&mut rest));
        let nonce = take(&mut rest);
        let stands = matches!(kind, Kind::Delta | Kind::Log);
        if !stands && parent != (Id::NONE, [0; 32]) {
            return Err(Error::new(
                ErrorKind::Damaged,
                "the header contradicts itself; the file is not of this crate",
            ));
        }
        let parent = stands.then_some(parent);
        let header = Self {
            kind,
            shape,
            codec,
            cipher,
            schema,
            table,
            time,
            sequence,
            version,
            entries,
            id,
            parent,
            nonce,
        };
        header.check_numbers()?;
        Ok(header)
    }

    /// Whether there is always a next number. Nothing is written that would be refused when it is read.
    pub(crate) fn check_numbers(&self) -> Result<()> {
        const LAST: u64 = u64::MAX / 2;
        // The version of a log counts the writes before it. That of a store's file is only told.
        if self.sequence <= LAST && (self.kind != Kind::Log || self.version <= LAST) {
            return Ok(());
        }
        let what =
            "a file claims to be the last that there can be, and is not of this crate; move it elsewhere";
        Err(Error::new(ErrorKind::Damaged, what))
    }
}

/// Takes the first bytes away from `rest`, which has as many.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (first, more) = rest.split_first_chunk().expect("a header has all of its fields");
    *rest = more;
    *first
}
