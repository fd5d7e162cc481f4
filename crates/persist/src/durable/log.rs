//! One file of the log: groups of updates, each on disk before the next is written.
//!
//! A group is one frame, or several if it is large, and a frame has the number of its group, counted from 1. So one that was torn is
//! told from one that was damaged: a group is written when the one before is on disk, so what stands behind a frame that is not good is
//! of the same group, or the frame was good once.

use super::Torn;
use crate::disk::{Disk, FileId};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FrameReader, FrameWriter, Group, Header, Id, Updates};
use crate::options::Options;
use crate::store::name_of;
use std::path::Path;

/// What the names of those that are being written end with.
pub(super) const TEMPORARY: &str = ".rmlog-tmp";
/// How much room a log keeps in front of it, if it may become as long. With that a sync writes no length of the file: on ext4 it takes two thirds of the time.
const ROOM: u64 = 1 << 20;

/// A log that is written.
#[derive(Debug)]
pub(super) struct LogWriter {
    writer: FrameWriter,
    groups: u32,
    /// How many bytes there is room for, and how many more there are each time.
    room: u64,
    step: u64,
    /// Its own name, so that it is not removed with the older ones.
    pub(super) name: String,
    pub(super) id: Id,
    file: FileId,
}

/// Why a log could not be begun.
pub(super) struct NotBegun {
    pub(super) error: Error,
    /// Whether a crash may show the log all the same.
    pub(super) may_be_there: bool,
}

impl LogWriter {
    /// Begins a log that holds `groups`, which are on disk elsewhere. `follows` is the log with the write before them.
    pub(super) fn begin(
        disk: &dyn Disk,
        header: Header,
        follows: Id,
        options: &Options,
        groups: &[Group],
    ) -> std::result::Result<Self, NotBegun> {
        let temporary = format!("{}{TEMPORARY}", header.id);
        let (name, id) = (name_of(&header), header.id);
        let io = |error| Error::io("the log cannot be begun", error);
        let not_there = |error| NotBegun { error, may_be_there: false };
        let written = (|| {
            let out = disk.create(&temporary).map_err(io)?;
            let file = out.id().map_err(io)?;
            let writer = FrameWriter::begin_log(out, header, follows, options.compression, &options.sealing)?;
            let step = ROOM.min(options.log_size);
            let mut log = Self { writer, groups: 0, room: step, step, name: name.clone(), id, file };
            log.writer.reserve(step);
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
        named.map(|()| log).map_err(|error| {
            // Only if it was not renamed there is one to remove. That is certain when the folder is synced.
            let is_certain = disk.remove(&temporary).is_ok() && disk.sync_folder().is_ok();
            NotBegun { error, may_be_there: !is_certain }
        })
    }

    /// Writes a group and has it on disk. After an error nothing may be written to this log any more.
    pub(super) fn append(&mut self, group: &Group) -> Result<()> {
        self.write(group)?;
        self.writer.sync()
    }

    fn write(&mut self, group: &Group) -> Result<()> {
        let body = group.encode();
        self.groups = self.groups.checked_add(1).ok_or_else(|| {
            Error::new(ErrorKind::TooLarge, "a log has at most 2^32 groups; the next write begins another")
        })?;
        self.writer.group(&body, self.groups)?;
        if self.written() > self.room {
            self.room = self.written().saturating_add(self.step);
            self.writer.reserve(self.room);
        }
        Ok(())
    }

    /// Whether the file is still there, and has all that was written. Somebody may have removed it, or put a copy in its place.
    pub(super) fn is_there(&self, disk: &dyn Disk) -> bool {
        match disk.file(&self.name) {
            Ok((file, length)) => file == self.file && length >= self.written(),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
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
    max_record: usize,
}

/// What comes next in a log.
pub(super) enum Next<'a> {
    Group {
        /// The number of the first update.
        first: u64,
        updates: Updates<'a>,
    },
    End(Option<Torn>),
}

impl LogReader {
    pub(super) fn open(disk: &dyn Disk, name: &str, options: &Options) -> Result<Self> {
        let io = |error| Error::io("the log cannot be read", error);
        let length = disk.length(name).map_err(io)?;
        let input = disk.open(name).map_err(io)?;
        let reader = FrameReader::begin(input, length, &options.sealing, options.limits())?;
        Ok(Self { reader, name: name.to_owned(), group: 0, max_record: options.max_record })
    }

    pub(super) fn header(&self) -> &Header {
        self.reader.header()
    }

    /// The log with the write before the first one of this log. `None` in the oldest logs, which do not say.
    pub(super) fn follows(&self) -> Option<Id> {
        self.reader.follows()
    }

    /// Whether no group follows, and nothing that may be one.
    pub(super) fn is_at_end(&mut self) -> Result<bool> {
        let at = self.reader.position();
        let behind = self.reader.look_behind(at, self.group)?;
        Ok(behind.later.is_none() && behind.end == at)
    }

    /// Returns the next group, or what is at the end: nothing, or a group that was torn. All frames of a group are looked at before
    /// anything of it is taken.
    pub(super) fn next(&mut self, folder: &Path) -> Result<Next<'_>> {
        let begin = self.reader.position();
        if begin == self.reader.length() {
            return Ok(Next::End(None));
        }
        self.group = self.group.saturating_add(1);
        let mut at = begin;
        loop {
            let piece = match self.reader.look(at) {
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    let behind = self.reader.look_behind(at, self.group)?;
                    let Some(later) = behind.later else {
                        // It was torn when it was written. Zeros are room that was kept, and not used.
                        let bytes = behind.end - begin;
                        let torn = Torn { file: folder.join(&self.name), at: begin, bytes };
                        return Ok(Next::End((bytes > 0).then_some(torn)));
                    };
                    // Or another process has written both meanwhile.
                    self.reader.look(at).map_err(|error| damaged(at, later, &error))?
                }
                piece => piece?,
            };
            if piece.group != self.group {
                return Err(unlike_a_log(at));
            }
            if piece.is_last {
                break;
            }
            at = piece.end;
        }
        let (first, updates) = Updates::begin(&mut self.reader, self.max_record)?;
        Ok(Next::Group { first, updates })
    }
}

/// A frame is not good, and was good once: a later group was written.
fn damaged(at: u64, later: u64, error: &Error) -> Error {
    let what = format!(
        "the log is damaged at byte {at}, and confirmed writes follow at byte {later}; nothing was changed; \
         restore the file from a copy ({error})"
    );
    Error::new(ErrorKind::Damaged, what)
}

/// A check holds, and what it checks makes no sense.
fn unlike_a_log(at: u64) -> Error {
    let what = format!("what is at byte {at} is not as this crate writes it; the file is not of this crate");
    Error::new(ErrorKind::Damaged, what)
}
