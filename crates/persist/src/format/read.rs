//! How a file is read, frame by frame.

use super::checks::{CHECK, Checks};
use super::cipher::{Cipher, TAG};
use super::frames::{
    COUNTS, DATA, END, FRAME, FRAME_HEADER, FrameHeader, KEY, KEY_BYTES, KEY_FRAME, LAST, MORE,
};
use super::header::{HEADER, Header, Id, Kind};
use super::{Hash, Limits, Sealing, codec};
use crate::disk::Input;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// A frame whose check holds. What is stored in it was read, and nothing of it was used.
struct Frame {
    header: FrameHeader,
    bytes: [u8; FRAME_HEADER],
    hash: Hash,
    /// Of the frames behind it.
    checks: Checks,
    /// Where it ends.
    end: u64,
}

/// A part of a group in a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The number of the group.
    pub(crate) group: u32,
    /// Whether the group ends with it.
    pub(crate) is_last: bool,
    /// Where it ends.
    pub(crate) end: u64,
}

/// What is behind the last good frame of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behind {
    /// Where the last byte ends that is not 0.
    pub(crate) end: u64,
    /// Where a frame of a later group begins.
    pub(crate) later: Option<u64>,
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
    checks: Checks,
    follows: Option<Id>,
    /// What is stored in the frame that was looked at last.
    stored: Vec<u8>,
    /// The frame of a log that was looked at last, and where it begins.
    looked_at: Option<(u64, Frame)>,
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
    /// Reads the header of a file that has `length` bytes, and of a log the frame behind it.
    pub(crate) fn begin(
        mut input: Box<dyn Input>,
        length: u64,
        sealing: &Sealing,
        limits: Limits,
    ) -> Result<Self> {
        let header = read_header(&mut *input)?;
        codec::check(header.codec)?;
        let cipher = sealing.cipher(&header)?;
        let checks = Checks::chained(&header.encode());
        let is_log = header.kind == Kind::Log;
        let mut reader = Self {
            input,
            length,
            at: HEADER as u64,
            header,
            cipher,
            limits,
            checks,
            follows: None,
            stored: Vec::new(),
            looked_at: None,
            records: 0,
            frames: 0,
            raw: 0,
            end: None,
        };
        if is_log {
            let frame = reader.look_at(reader.at, &[KEY])?;
            let mut bytes = Vec::new();
            reader.take(frame, &mut bytes)?;
            let (key, follows) = bytes.split_first_chunk().expect("its length was looked at");
            reader.checks = Checks::keyed(key);
            reader.follows = follows.first_chunk().map(|id| Id(*id));
        }
        Ok(reader)
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The log with the write before the first one of this log. `None` in the oldest logs, which do not say.
    pub(crate) fn follows(&self) -> Option<Id> {
        self.follows
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
        let frame = self.look_at(self.at, &[DATA, END])?;
        let (records, hash) = (frame.header.number, frame.hash);
        if frame.header.tag == DATA {
            self.take(frame, raw)?;
            self.records += u64::from(records);
            self.frames += 1;
            self.raw += raw.len() as u64;
            return Ok(Some(records));
        }
        if self.length != frame.end {
            return Err(damaged("there is something behind the end of the file"));
        }
        self.take(frame, raw)?;
        let counts = [self.records, self.frames, self.raw].map(u64::to_le_bytes).concat();
        if *raw != counts {
            return Err(damaged("the counts at the end are others"));
        }
        raw.clear();
        self.end = Some(hash);
        Ok(None)
    }

    /// Finds out what the frame of a log at `at` is. It is [`Damaged`](ErrorKind::Damaged) if there is none whose check holds.
    pub(crate) fn look(&mut self, at: u64) -> Result<Piece> {
        self.looked_at = None;
        let frame = self.look_at(at, &[MORE, LAST])?;
        let piece = Piece { group: frame.header.number, is_last: frame.header.tag == LAST, end: frame.end };
        self.looked_at = Some((at, frame));
        Ok(piece)
    }

    /// Puts what is in the next frame of a log into `raw`, and returns whether its group ends with it.
    pub(crate) fn piece(&mut self, raw: &mut Vec<u8>) -> Result<bool> {
        let frame = match self.looked_at.take() {
            Some((at, frame)) if at == self.at => frame,
            _ => self.look_at(self.at, &[MORE, LAST])?,
        };
        let is_last = frame.header.tag == LAST;
        self.take(frame, raw)?;
        Ok(is_last)
    }

    /// Looks for anything in a log from `from` on, and for a frame of a later group than `group`.
    pub(crate) fn look_behind(&mut self, mut from: u64, group: u32) -> Result<Behind> {
        let front = self.checks.front();
        let mut behind = Behind { end: from, later: None };
        let mut window = Vec::new();
        loop {
            // What another process writes behind the end that was there at first is not read, and so nothing may be told by it.
            let left = usize::try_from(self.length.saturating_sub(from)).unwrap_or(FRAME);
            fill(&mut *self.input, from, FRAME.min(left), &mut window)?;
            if let Some(last) = window.iter().rposition(|byte| *byte != 0) {
                behind.end = from + last as u64 + 1;
            }
            for (at, bytes) in (from..).zip(window.windows(front)) {
                if !bytes.starts_with(&MORE) && !bytes.starts_with(&LAST) {
                    continue;
                }
                let header = bytes.first_chunk().expect("a frame's header is no longer");
                if self.checks.mark(at, header) == bytes[FRAME_HEADER..]
                    && FrameHeader::decode(header).number > group
                {
                    behind.later = Some(at);
                    return Ok(behind);
                }
            }
            if window.len() < FRAME {
                return Ok(behind);
            }
            // A header that begins at the end of this window is whole in the next one.
            from += (FRAME - front + 1) as u64;
        }
    }

    /// Reads what is stored in the frame at `at`, which has one of these tags. It is [`Damaged`](ErrorKind::Damaged) if the check does not hold.
    fn look_at(&mut self, at: u64, tags: &[[u8; 4]]) -> Result<Frame> {
        let early = || damaged("the file ends too early");
        let wrong = || damaged("a frame has lengths that cannot be");
        let changed = || damaged("the file was changed: a check in it does not hold");
        let mut front = Vec::new();
        fill(&mut *self.input, at, self.checks.front(), &mut front)?;
        let Some(bytes) = front.first_chunk().filter(|_| front.len() == self.checks.front()) else {
            return Err(early());
        };
        if front.len() > FRAME_HEADER && self.checks.mark(at, bytes) != front[FRAME_HEADER..] {
            return Err(changed());
        }
        let header = FrameHeader::decode(bytes);
        if !tags.contains(&header.tag) {
            return Err(damaged("a frame begins with something else"));
        }
        let (raw_length, stored_length) = (header.raw as usize, header.stored as usize);
        let check = if header.tag == END { 32 } else { CHECK };
        let can_be = match header.tag {
            END => raw_length == COUNTS && header.number == 0,
            // The oldest ones have the key alone.
            KEY => [KEY_BYTES, KEY_FRAME].contains(&raw_length) && header.number == 0,
            _ => raw_length > 0 && header.number > 0,
        };
        if !can_be || header.tag != DATA && raw_length > FRAME {
            return Err(wrong());
        }
        // Before anything of that size is allocated.
        if raw_length > self.limits.frame() {
            let what = format!(
                "a frame of {raw_length} bytes is larger than `Options::max_record` allows; raise it"
            );
            return Err(Error::new(ErrorKind::TooLarge, what));
        }
        if stored_length > raw_length + self.cipher.tag() || stored_length < self.cipher.tag() {
            return Err(wrong());
        }
        let from = at + front.len() as u64;
        let end = from + (stored_length + check) as u64;
        if self.length < end {
            return Err(early());
        }
        fill(&mut *self.input, from, stored_length + check, &mut self.stored)?;
        if self.stored.len() < stored_length + check {
            return Err(early());
        }
        let (hash, checks) = self.checks.frame(at, &front, &self.stored[..stored_length]);
        if self.stored[stored_length..] != hash[..check] {
            return Err(changed());
        }
        self.stored.truncate(stored_length);
        Ok(Frame { header, bytes: *bytes, hash, checks, end })
    }

    /// Puts what is in the frame that was looked at last into `raw`, and goes on behind it.
    fn take(&mut self, frame: Frame, raw: &mut Vec<u8>) -> Result<()> {
        raw.clear();
        self.cipher.open(&frame.bytes, frame.header.tag == END, &mut self.stored)?;
        let codec = if frame.header.has_records() { self.header.codec } else { codec::NONE };
        codec::decompress(codec, &self.stored, frame.header.raw as usize, raw)?;
        (self.checks, self.at) = (frame.checks, frame.end);
        Ok(())
    }
}

// What a tag adds must not exceed what a limit allows for.
const _: () = assert!(TAG <= FRAME);
