//! One file of the log: groups of updates, each on disk before the next is written.
//!
//! It has the frames of every file here. A group is one frame, or several if it is large. In place of a number of records a frame has
//! the number of its group, counted from 1. So one that was torn is told from one that was damaged: a group is written when the one
//! before is on disk, so what stands behind a frame that is not good is of the same group, or the frame was good once.

use super::Torn;
use crate::disk::{Disk, Input};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FRAME, FrameReader, FrameWriter, Header};
use crate::options::Options;
use crate::store::LOG;
use std::path::Path;

/// What the names of those that are being written end with.
pub(super) const TEMPORARY: &str = ".rmlog-tmp";
/// What stands before a frame of a group: whether it is the last one.
const MORE: u8 = 0;
const LAST: u8 = 1;
/// How much room a log keeps in front of it. With that a sync writes no length of the file: on ext4 it takes two thirds of the time.
const ROOM: u64 = 1 << 20;
/// What of a group one frame has.
const PIECE: usize = FRAME - 1;

/// What one update changes, as records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Payload {
    pub(super) records: u32,
    pub(super) bytes: Vec<u8>,
}

/// Updates that are confirmed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// The number of the first update, counted from 1 since the table was made.
    pub(super) first: u64,
    pub(super) updates: Vec<Payload>,
}

impl Group {
    fn encode(&self) -> Result<Vec<u8>> {
        let large =
            |_| Error::new(ErrorKind::TooLarge, "one update changes more than 4 GiB; make several of it");
        let mut body = self.first.to_le_bytes().to_vec();
        for update in &self.updates {
            body.extend_from_slice(&u32::try_from(update.bytes.len()).map_err(large)?.to_le_bytes());
            body.extend_from_slice(&update.records.to_le_bytes());
            body.extend_from_slice(&update.bytes);
        }
        Ok(body)
    }

    fn decode(body: &[u8]) -> Option<Self> {
        let (first, mut rest) = body.split_first_chunk()?;
        let mut group = Self { first: u64::from_le_bytes(*first), updates: Vec::new() };
        while !rest.is_empty() {
            let (length, records): (&[u8; 4], &[u8; 4]);
            (length, rest) = rest.split_first_chunk()?;
            (records, rest) = rest.split_first_chunk()?;
            let bytes;
            (bytes, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            group.updates.push(Payload { records: u32::from_le_bytes(*records), bytes: bytes.to_vec() });
        }
        Some(group)
    }

    /// The number of the last update.
    pub(super) fn last(&self) -> u64 {
        self.first.saturating_add(self.updates.len() as u64).saturating_sub(1)
    }
}

/// A log that is written.
#[derive(Debug)]
pub(super) struct LogWriter {
    writer: FrameWriter,
    groups: u32,
    frame: Vec<u8>,
    /// How many bytes there is room for.
    room: u64,
    /// Its own name, so that it is not removed with the older ones.
    pub(super) name: String,
}

/// Why a log could not be begun.
pub(super) struct NotBegun {
    pub(super) error: Error,
    /// Whether a crash may show the log all the same.
    pub(super) may_be_there: bool,
}

impl LogWriter {
    /// Begins a log that holds `groups`, which are on disk elsewhere.
    pub(super) fn begin(
        disk: &dyn Disk,
        header: Header,
        options: &Options,
        groups: &[Group],
    ) -> std::result::Result<Self, NotBegun> {
        let temporary = format!("{}{TEMPORARY}", header.id);
        let name = format!("{:010}-log-{}{LOG}", header.sequence, header.id);
        let io = |error| Error::io("the log cannot be begun", error);
        let not_there = |error| NotBegun { error, may_be_there: false };
        let written = (|| {
            let out = disk.create(&temporary).map_err(io)?;
            let (_, writer) = FrameWriter::begin(out, header, options.compression, &options.sealing)?;
            let mut log = Self { writer, groups: 0, frame: Vec::new(), room: 0, name: name.clone() };
            log.room = ROOM;
            log.writer.reserve(ROOM);
            groups.iter().try_for_each(|group| log.write(group))?;
            log.writer.sync()?;
            Ok(log)
        })();
        let log = written.map_err(|error| {
            // One that stays is removed when the table is opened.
            let _ = disk.remove(&temporary);
            not_there(error)
        })?;
        let named = disk.rename(&temporary, &name).and_then(|()| disk.sync_folder()).map_err(io);
        named.map(|()| log).map_err(|error| NotBegun { error, may_be_there: true })
    }

    /// Writes a group and has it on disk. After an error nothing may be written to this log any more.
    pub(super) fn append(&mut self, group: &Group) -> Result<()> {
        self.write(group)?;
        self.writer.sync()
    }

    fn write(&mut self, group: &Group) -> Result<()> {
        let body = group.encode()?;
        self.groups = self.groups.checked_add(1).ok_or_else(|| {
            Error::new(ErrorKind::TooLarge, "a log has at most 2^32 groups; the next write begins another")
        })?;
        let end = self.writer.written() + body.len() as u64;
        if end > self.room {
            self.room = end.saturating_add(ROOM);
            self.writer.reserve(self.room);
        }
        let mut pieces = body.chunks(PIECE).peekable();
        while let Some(piece) = pieces.next() {
            self.frame.clear();
            self.frame.push(if pieces.peek().is_none() { LAST } else { MORE });
            self.frame.extend_from_slice(piece);
            self.writer.frame(&self.frame, self.groups)?;
        }
        Ok(())
    }

    /// How many bytes it has.
    pub(super) fn written(&self) -> u64 {
        self.writer.written()
    }
}

/// A log that is read.
#[derive(Debug)]
pub(super) struct LogReader {
    reader: FrameReader,
    name: String,
    /// The group that was read last, or is being read.
    group: u32,
    /// What of the group was read so far.
    body: Vec<u8>,
    begun: bool,
}

impl LogReader {
    pub(super) fn open(disk: &dyn Disk, name: &str, options: &Options) -> Result<Self> {
        let io = |error| Error::io("the log cannot be read", error);
        let length = disk.length(name).map_err(io)?;
        let input = disk.open(name).map_err(io)?;
        let reader = FrameReader::begin(input, length, &options.sealing, options.limits())?;
        Ok(Self { reader, name: name.to_owned(), group: 0, body: Vec::new(), begun: false })
    }

    pub(super) fn header(&self) -> &Header {
        self.reader.header()
    }

    /// Returns the next group, or what is at the end: nothing, or a group that was torn.
    pub(super) fn next(
        &mut self,
        disk: &dyn Disk,
        folder: &Path,
    ) -> Result<std::result::Result<Group, Option<Torn>>> {
        let begin = self.reader.position();
        let mut raw = Vec::new();
        loop {
            let at = self.reader.position();
            if !self.begun && at == self.reader.length() {
                return Ok(Err(None));
            }
            let expected = if self.begun { self.group } else { self.group.saturating_add(1) };
            let number = match self.reader.next(&mut raw) {
                Ok(Some(number)) => number,
                Ok(None) => return Err(unlike_a_log(at)),
                Err(error) if matches!(error.kind(), ErrorKind::Damaged | ErrorKind::TooLarge) => {
                    return self.judge(disk, folder, begin, at, expected, &error);
                }
                Err(error) => return Err(error),
            };
            let Some((&mark, piece)) = raw.split_first().filter(|_| number == expected) else {
                return Err(unlike_a_log(at));
            };
            if !self.begun {
                self.body.clear();
            }
            (self.group, self.begun) = (number, true);
            self.body.extend_from_slice(piece);
            match mark {
                MORE => {}
                LAST => {
                    self.begun = false;
                    return Group::decode(&self.body).map(Ok).ok_or_else(|| unlike_a_log(at));
                }
                _ => return Err(unlike_a_log(at)),
            }
        }
    }

    /// Decides whether a frame that is not good was torn when it was written, or damaged since.
    fn judge(
        &self,
        disk: &dyn Disk,
        folder: &Path,
        begin: u64,
        at: u64,
        expected: u32,
        error: &Error,
    ) -> Result<std::result::Result<Group, Option<Torn>>> {
        let io = |error| Error::io("the log cannot be read", error);
        let mut input = disk.open(&self.name).map_err(io)?;
        let behind = look_behind(&mut *input, at, self.reader.length(), expected).map_err(io)?;
        if let Some(later) = behind.later {
            let what = format!(
                "the log is damaged at byte {at}, and confirmed writes follow at byte {later}; nothing was changed; \
                 restore the file from a copy ({error})"
            );
            return Err(Error::new(ErrorKind::Damaged, what));
        }
        if !behind.anything && !self.begun {
            // Room that was kept, and not used.
            return Ok(Err(None));
        }
        let bytes = self.reader.length() - begin;
        Ok(Err(Some(Torn { file: folder.join(&self.name), at: begin, bytes })))
    }
}

/// A check holds, and what it checks makes no sense.
fn unlike_a_log(at: u64) -> Error {
    let what = format!("what is at byte {at} is not as this crate writes it; the file is not of this crate");
    Error::new(ErrorKind::Damaged, what)
}

/// What is behind the last good frame.
struct Behind {
    /// Whether there is anything but zeros.
    anything: bool,
    /// Where a frame of a later group begins.
    later: Option<u64>,
}

/// Looks for anything from `at` to `length`, and for a frame of a later group than `expected`.
fn look_behind(input: &mut dyn Input, at: u64, length: u64, expected: u32) -> std::io::Result<Behind> {
    /// What of a frame there is before what is stored.
    const FRAME_HEADER: usize = 16;
    let mut behind = Behind { anything: false, later: None };
    let mut window = vec![0; 1 << 16];
    // The bytes of the window, which begin at `from`.
    let (mut kept, mut from) = (0, at);
    loop {
        let read = input.read(from + kept as u64, &mut window[kept..])?;
        kept += read;
        behind.anything |= window[..kept].iter().any(|byte| *byte != 0);
        for place in 0..kept.saturating_sub(FRAME_HEADER - 1) {
            let header = &window[place..][..FRAME_HEADER];
            if !header.starts_with(b"data") {
                continue;
            }
            let number =
                |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
            let (raw, stored, group) = (number(4) as usize, number(8), number(12));
            let begin = from + place as u64;
            // No group is shorter than the header of its frame.
            let most = (begin - at) / FRAME_HEADER as u64 + 1;
            let fits = raw <= FRAME && begin + FRAME_HEADER as u64 + u64::from(stored) <= length;
            if fits && stored > 0 && group > expected && u64::from(group - expected) <= most {
                behind.later = Some(begin);
                return Ok(behind);
            }
        }
        if read == 0 {
            return Ok(behind);
        }
        let tail = kept.min(FRAME_HEADER - 1);
        window.copy_within(kept - tail..kept, 0);
        (from, kept) = (from + (kept - tail) as u64, tail);
    }
}
