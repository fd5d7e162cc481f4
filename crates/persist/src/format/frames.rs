//! Frames: some records each, compressed, encrypted and checked; and how a file is written.

use super::checks::{CHECK, Checks};
use super::cipher::Cipher;
use super::header::{HEADER, Header, Id, random};
use super::{Compression, Hash, Sealing};
use crate::disk::Output;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// How many bytes of records a frame has, unless a single record is larger.
pub(crate) const FRAME: usize = 64 * 1024;
/// How many bytes say what a frame is.
pub(super) const FRAME_HEADER: usize = 16;
pub(super) const DATA: [u8; 4] = *b"data";
pub(super) const END: [u8; 4] = *b"end\0";
/// The first frame of a log: the key of its checks.
pub(super) const KEY: [u8; 4] = *b"key\0";
/// A part of a group in a log: more of it follows, or it is the last one.
pub(super) const MORE: [u8; 4] = *b"more";
pub(super) const LAST: [u8; 4] = *b"last";
/// How many bytes the counts at the end have.
pub(super) const COUNTS: usize = 24;
/// How many bytes the key of the checks has.
pub(super) const KEY_BYTES: usize = 32;
/// How many bytes the first frame of a log has: the key, and the id of the log before.
pub(super) const KEY_FRAME: usize = KEY_BYTES + size_of::<Id>();

/// What is written about a frame before it.
pub(super) struct FrameHeader {
    pub(super) tag: [u8; 4],
    pub(super) raw: u32,
    pub(super) stored: u32,
    /// How many records there are; in a log, the number of the group.
    pub(super) number: u32,
}

impl FrameHeader {
    fn encode(&self) -> [u8; FRAME_HEADER] {
        let mut bytes = [0; FRAME_HEADER];
        bytes[..4].copy_from_slice(&self.tag);
        bytes[4..8].copy_from_slice(&self.raw.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.stored.to_le_bytes());
        bytes[12..].copy_from_slice(&self.number.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8; FRAME_HEADER]) -> Self {
        let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let [raw, stored, number] = [4, 8, 12].map(|at| u32::from_le_bytes(four(at)));
        Self { tag: four(0), raw, stored, number }
    }

    /// Whether there are records in it, or a part of a group.
    pub(super) fn has_records(&self) -> bool {
        matches!(self.tag, DATA | MORE | LAST)
    }
}

/// What a finished file is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished {
    pub(crate) hash: Hash,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
}

/// Writes a file, frame by frame.
pub(crate) struct FrameWriter {
    out: Box<dyn Output>,
    compression: Compression,
    cipher: Cipher,
    checks: Checks,
    /// A frame as it is written, in one call.
    buffer: Vec<u8>,
    written: u64,
    records: u64,
    frames: u64,
    raw: u64,
}

impl fmt::Debug for FrameWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameWriter").field("written", &self.written).finish_non_exhaustive()
    }
}

impl FrameWriter {
    /// Writes the header, and returns it as it is written: with the codec, the cipher and the nonce.
    pub(crate) fn begin(
        mut out: Box<dyn Output>,
        mut header: Header,
        compression: Compression,
        sealing: &Sealing,
    ) -> Result<(Header, Self)> {
        header.check_numbers()?;
        header.codec = compression.number();
        header.cipher = sealing.number();
        header.nonce = sealing.nonce()?;
        let cipher = sealing.cipher(&header)?;
        let bytes = header.encode();
        out.write(&bytes).map_err(|error| Error::io("the header cannot be written", error))?;
        let writer = Self {
            out,
            compression,
            cipher,
            checks: Checks::chained(&bytes),
            buffer: Vec::new(),
            written: HEADER as u64,
            records: 0,
            frames: 0,
            raw: 0,
        };
        Ok((header, writer))
    }

    /// Writes the header of a log, and the frame behind it. `follows` is the log with the write before its first one.
    pub(crate) fn begin_log(
        out: Box<dyn Output>,
        header: Header,
        follows: Id,
        compression: Compression,
        sealing: &Sealing,
    ) -> Result<Self> {
        let (_, mut writer) = Self::begin(out, header, compression, sealing)?;
        let key = random::<KEY_BYTES>()?;
        writer.put(KEY, &[&key[..], &follows.0].concat(), 0)?;
        writer.checks = Checks::keyed(&key);
        Ok(writer)
    }

    /// Writes a frame of `records` whole records, which are at least one.
    pub(crate) fn frame(&mut self, raw: &[u8], records: u32) -> Result<()> {
        debug_assert!(!raw.is_empty() && records > 0);
        self.put(DATA, raw, records)?;
        self.records += u64::from(records);
        self.frames += 1;
        self.raw += raw.len() as u64;
        Ok(())
    }

    /// Writes a group into a log, in as many frames as it needs. Groups are counted from 1.
    pub(crate) fn group(&mut self, raw: &[u8], number: u32) -> Result<()> {
        debug_assert!(!raw.is_empty() && number > 0);
        let mut pieces = raw.chunks(FRAME).peekable();
        while let Some(piece) = pieces.next() {
            self.put(if pieces.peek().is_some() { MORE } else { LAST }, piece, number)?;
        }
        Ok(())
    }

    /// Keeps room for so many bytes in all.
    pub(crate) fn reserve(&mut self, length: u64) {
        self.out.reserve(length);
    }

    /// Makes all frames up to here survive a crash.
    pub(crate) fn sync(&mut self) -> Result<()> {
        self.out.sync().map_err(|error| Error::io("the file cannot be synced", error))
    }

    /// How many bytes the file has so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes the end, and makes all survive a crash.
    pub(crate) fn finish(mut self) -> Result<Finished> {
        let mut counts = [0; COUNTS];
        for (at, count) in [self.records, self.frames, self.raw].into_iter().enumerate() {
            counts[at * 8..][..8].copy_from_slice(&count.to_le_bytes());
        }
        let hash = self.put(END, &counts, 0)?;
        self.out.sync().map_err(|error| Error::io("the file cannot be synced", error))?;
        Ok(Finished { hash, bytes: self.written, records: self.records })
    }

    fn put(&mut self, tag: [u8; 4], raw: &[u8], number: u32) -> Result<Hash> {
        let front = self.checks.front();
        self.buffer.clear();
        self.buffer.resize(front, 0);
        let large = |_| Error::new(ErrorKind::TooLarge, "a frame has at most 4 GiB");
        let mut header =
            FrameHeader { tag, raw: u32::try_from(raw.len()).map_err(large)?, stored: 0, number };
        let compression = if header.has_records() { self.compression } else { Compression::None };
        compression.compress(raw, &mut self.buffer)?;
        header.stored = u32::try_from(self.buffer.len() - front + self.cipher.tag()).map_err(large)?;
        let header = header.encode();
        self.buffer[..FRAME_HEADER].copy_from_slice(&header);
        if front > FRAME_HEADER {
            self.buffer[FRAME_HEADER..front].copy_from_slice(&self.checks.mark(self.written, &header));
        }
        self.cipher.seal(&header, tag == END, &mut self.buffer, front)?;
        let (hash, checks) = self.checks.frame(self.written, &self.buffer[..front], &self.buffer[front..]);
        self.checks = checks;
        self.buffer.extend_from_slice(if tag == END { &hash } else { &hash[..CHECK] });
        self.out.write(&self.buffer).map_err(|error| Error::io("the file cannot be written", error))?;
        self.written += self.buffer.len() as u64;
        Ok(hash)
    }
}
