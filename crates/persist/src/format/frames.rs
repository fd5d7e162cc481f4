//! Frames: some records each, compressed, encrypted and checked.

use super::cipher::{Cipher, TAG};
use super::header::{HEADER, Header};
use super::{Compression, Hash, Limits, Sealing, codec};
use crate::disk::{Input, Output};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// How many bytes of records a frame has, unless a single record is larger.
pub(crate) const FRAME: usize = 64 * 1024;
/// How many bytes stand before what is stored.
const FRAME_HEADER: usize = 16;
/// How many bytes stand behind it.
const CHECK: usize = 16;
const DATA: [u8; 4] = *b"data";
const END: [u8; 4] = *b"end\0";
/// How many bytes the counts at the end have.
const COUNTS: usize = 24;

/// What is written about a frame before it.
struct FrameHeader {
    tag: [u8; 4],
    raw: u32,
    stored: u32,
    records: u32,
}

impl FrameHeader {
    fn encode(&self) -> [u8; FRAME_HEADER] {
        let mut bytes = [0; FRAME_HEADER];
        bytes[..4].copy_from_slice(&self.tag);
        bytes[4..8].copy_from_slice(&self.raw.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.stored.to_le_bytes());
        bytes[12..].copy_from_slice(&self.records.to_le_bytes());
        bytes
    }

    fn decode(bytes: [u8; FRAME_HEADER]) -> Self {
        let four = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let [raw, stored, records] = [4, 8, 12].map(|at| u32::from_le_bytes(four(at)));
        Self { tag: four(0), raw, stored, records }
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
    /// Of all that was written, but for the checks.
    hasher: blake3::Hasher,
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
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes);
        let written = HEADER as u64;
        let (records, frames, raw) = (0, 0, 0);
        Ok((
            header,
            Self { out, compression, cipher, hasher, buffer: Vec::new(), written, records, frames, raw },
        ))
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

    fn put(&mut self, tag: [u8; 4], raw: &[u8], records: u32) -> Result<Hash> {
        let last = tag == END;
        self.buffer.clear();
        self.buffer.resize(FRAME_HEADER, 0);
        let compression = if last { Compression::None } else { self.compression };
        compression.compress(raw, &mut self.buffer)?;
        let large = |_| Error::new(ErrorKind::TooLarge, "a frame has at most 4 GiB");
        let stored = self.buffer.len() - FRAME_HEADER + self.cipher.tag();
        let header = FrameHeader {
            tag,
            raw: u32::try_from(raw.len()).map_err(large)?,
            stored: u32::try_from(stored).map_err(large)?,
            records,
        };
        let header = header.encode();
        self.buffer[..FRAME_HEADER].copy_from_slice(&header);
        self.cipher.seal(&header, last, &mut self.buffer, FRAME_HEADER)?;
        self.hasher.update(&self.buffer);
        let hash = *self.hasher.finalize().as_bytes();
        self.buffer.extend_from_slice(if last { &hash } else { &hash[..CHECK] });
        self.out.write(&self.buffer).map_err(|error| Error::io("the file cannot be written", error))?;
        self.written += self.buffer.len() as u64;
        Ok(hash)
    }
}

/// Reads a file, frame by frame. Nothing of a frame is used before its check holds.
pub(crate) struct FrameReader {
    input: Box<dyn Input>,
    /// How many bytes the file has.
    length: u64,
    at: u64,
    header: Header,
    cipher: Cipher,
    limits: Limits,
    hasher: blake3::Hasher,
    stored: Vec<u8>,
    records: u64,
    frames: u64,
    raw: u64,
    end: Option<Hash>,
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameReader")
            .field("at", &self.at)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("{what}; restore the file from a copy"))
}

/// Reads `length` bytes, or fewer at the end of the file.
fn fill(input: &mut dyn Input, mut at: u64, length: usize, into: &mut Vec<u8>) -> Result<()> {
    into.clear();
    into.resize(length, 0);
    let mut done = 0;
    while done < length {
        match input.read(at, &mut into[done..]) {
            Ok(0) => break,
            Ok(read) => {
                done += read;
                at += read as u64;
            }
            Err(error) => return Err(Error::io("the file cannot be read", error)),
        }
    }
    into.truncate(done);
    Ok(())
}

/// Reads the header alone.
pub(crate) fn read_header(input: &mut dyn Input) -> Result<Header> {
    let mut bytes = Vec::new();
    fill(input, 0, HEADER, &mut bytes)?;
    Header::decode(&bytes)
}

/// Reads the hash at the end of a file of `length` bytes, and checks nothing.
pub(crate) fn read_tail(input: &mut dyn Input, length: u64) -> Result<Hash> {
    let mut bytes = Vec::new();
    let hash = length.checked_sub(32).ok_or_else(|| damaged("the file ends too early"))?;
    fill(input, hash, 32, &mut bytes)?;
    bytes.try_into().map_err(|_| damaged("the file ends too early"))
}

impl FrameReader {
    /// Reads the header of a file that has `length` bytes.
    pub(crate) fn begin(
        mut input: Box<dyn Input>,
        length: u64,
        sealing: &Sealing,
        limits: Limits,
    ) -> Result<Self> {
        let header = read_header(&mut *input)?;
        codec::check(header.codec)?;
        let cipher = sealing.cipher(&header)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header.encode());
        Ok(Self {
            input,
            length,
            at: HEADER as u64,
            header,
            cipher,
            limits,
            hasher,
            stored: Vec::new(),
            records: 0,
            frames: 0,
            raw: 0,
            end: None,
        })
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Where the last frame that was good ends.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    /// How many bytes the file has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The hash of the file, when all of it was read.
    pub(crate) fn hash(&self) -> Option<Hash> {
        self.end
    }

    /// Puts the records of the next frame into `raw`, and returns how many there are; `None` at the end.
    pub(crate) fn next(&mut self, raw: &mut Vec<u8>) -> Result<Option<u32>> {
        raw.clear();
        if self.end.is_some() {
            return Ok(None);
        }
        let early = || damaged("the file ends too early");
        let mut header = Vec::new();
        fill(&mut *self.input, self.at, FRAME_HEADER, &mut header)?;
        let header: [u8; FRAME_HEADER] = header.try_into().map_err(|_| early())?;
        let frame = FrameHeader::decode(header);
        let (raw_length, stored_length) = (frame.raw as usize, frame.stored as usize);
        let (last, check) = match frame.tag {
            DATA => (false, CHECK),
            END => (true, 32),
            _ => return Err(damaged("a frame begins with something else")),
        };
        if last && (raw_length != COUNTS || frame.records != 0)
            || !last && (raw_length == 0 || frame.records == 0)
        {
            return Err(damaged("a frame has lengths that cannot be"));
        }
        // Before anything of that size is allocated.
        if raw_length > self.limits.frame() {
            let what = format!(
                "a frame of {raw_length} bytes is larger than `Options::max_record` allows; raise it"
            );
            return Err(Error::new(ErrorKind::TooLarge, what));
        }
        if stored_length > raw_length + self.cipher.tag() || stored_length < self.cipher.tag() {
            return Err(damaged("a frame has lengths that cannot be"));
        }
        let from = self.at + FRAME_HEADER as u64;
        if self.length < from + (stored_length + check) as u64 {
            return Err(early());
        }
        let mut stored = std::mem::take(&mut self.stored);
        fill(&mut *self.input, from, stored_length + check, &mut stored)?;
        if stored.len() < stored_length + check {
            return Err(early());
        }
        // A frame that is not good leaves the hash as it was, and so does a torn end of a log.
        let mut hasher = self.hasher.clone();
        hasher.update(&header);
        hasher.update(&stored[..stored_length]);
        let hash = *hasher.finalize().as_bytes();
        if stored[stored_length..] != hash[..check] {
            return Err(damaged("the file was changed: a check in it does not hold"));
        }
        let end = from + (stored_length + check) as u64;
        if last && self.length != end {
            return Err(damaged("there is something behind the end of the file"));
        }
        stored.truncate(stored_length);
        self.cipher.open(&header, last, &mut stored)?;
        let codec = if last { codec::NONE } else { self.header.codec };
        codec::decompress(codec, &stored, raw_length, raw)?;
        self.stored = stored;
        self.hasher = hasher;
        self.at = end;
        if !last {
            self.records += u64::from(frame.records);
            self.frames += 1;
            self.raw += raw_length as u64;
            return Ok(Some(frame.records));
        }
        let counts = [self.records, self.frames, self.raw].map(u64::to_le_bytes).concat();
        if *raw != counts {
            return Err(damaged("the counts at the end are others"));
        }
        raw.clear();
        self.end = Some(hash);
        Ok(None)
    }
}

// What a tag adds must not exceed what a limit allows for.
const _: () = assert!(TAG <= FRAME);
