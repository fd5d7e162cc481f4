//! The bytes of a file: a header, frames of records, and an end. Nothing in here knows a path.
//!
//! `FORMAT.md` says the same for those who read the files with another program.

mod checks;
mod cipher;
mod codec;
mod frames;
mod groups;
mod header;
mod read;
mod records;
mod sink;
mod strict;

#[cfg(test)]
mod tests;

#[cfg(feature = "encryption")]
pub use cipher::Key;
pub(crate) use cipher::Sealing;
pub use codec::Compression;
pub(crate) use codec::codec_name;
pub(crate) use frames::FrameWriter;
pub(crate) use groups::{Group, Payload, Updates};
pub(crate) use header::{Header, random};
pub use header::{Id, Kind, Shape};
pub(crate) use read::{FrameReader, read_header, read_tail};
pub(crate) use records::Record;
pub use records::Records;
pub use sink::Sink;
pub(crate) use sink::{Op, Progress, Stop, encode};
pub(crate) use strict::Known;

/// A blake3 hash of a whole file.
pub(crate) type Hash = [u8; 32];

/// What a reader accepts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The largest record, in bytes.
    pub(crate) record: usize,
}

impl Limits {
    /// The largest frame: many records, or a single large one with its length before it.
    pub(crate) fn frame(self) -> usize {
        self.record.saturating_add(sink::LENGTH).max(frames::FRAME)
    }
}
