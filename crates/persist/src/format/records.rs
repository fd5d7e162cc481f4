//! Records, as they are taken out of a file.

use super::read::FrameReader;
use super::sink::{LENGTH, Op, too_large};
use crate::error::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use std::fmt;

/// Takes such a number away.
fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if part << shift >> shift != part || (byte == 0 && shift > 0) {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The records of a file, or those of an update in a log.
#[allow(missing_debug_implementations, reason = "nobody outside has one")]
pub struct Records<'a> {
    pub(super) reader: &'a mut FrameReader,
    /// The frame that is read; of a group in a log, as much of it as a record needs.
    pub(super) frame: Vec<u8>,
    /// Where that begins which was not taken.
    pub(super) at: usize,
    /// How many records are left in the frame or the update, and how many bytes these have.
    pub(super) left: u32,
    pub(super) bytes: usize,
    pub(super) taken: u64,
    pub(super) max_record: usize,
    /// None: it is a file of a store. Else whether more frames of the group follow.
    pub(super) more: Option<bool>,
}

/// A check holds, and what it is of makes no sense.
pub(super) fn wrong() -> Error {
    Error::new(ErrorKind::Damaged, "a frame has records that cannot be; the file is not of this crate")
}

impl<'a> Records<'a> {
    pub(crate) fn new(reader: &'a mut FrameReader, max_record: usize) -> Self {
        Self { reader, frame: Vec::new(), at: 0, left: 0, bytes: 0, taken: 0, max_record, more: None }
    }

    /// Returns the next record; `None` at the end of the update, or of the file, all of which is checked then.
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>> {
        if self.left == 0 {
            if self.bytes != 0 {
                return Err(wrong());
            }
            if self.more.is_some() {
                return Ok(None);
            }
            self.at = 0;
            match self.reader.next(&mut self.frame)? {
                Some(records) => (self.left, self.bytes) = (records, self.frame.len()),
                None => return Ok(None),
            }
        }
        let most = self.bytes.min(LENGTH);
        self.fill(most)?;
        let mut rest = &self.frame[self.at..][..most];
        let length =
            take_number(&mut rest).and_then(|length| usize::try_from(length).ok()).ok_or_else(wrong)?;
        if length > self.max_record {
            return Err(too_large(self.max_record));
        }
        let before = most - rest.len();
        self.bytes = self.bytes.checked_sub(before + length).ok_or_else(wrong)?;
        self.fill(before + length)?;
        self.at += before + length;
        self.left -= 1;
        self.taken += 1;
        Ok(Some(Record { bytes: &self.frame[self.at - length..self.at], number: self.taken }))
    }

    /// Reads on until there are so many bytes that were not taken.
    pub(super) fn fill(&mut self, bytes: usize) -> Result<()> {
        while self.frame.len() - self.at < bytes {
            if self.more != Some(true) {
                return Err(wrong());
            }
            let mut next = Vec::new();
            self.more = Some(!self.reader.piece(&mut next)?);
            self.frame.drain(..self.at);
            self.at = 0;
            if self.frame.is_empty() {
                self.frame = next;
                continue;
            }
            // A vector would take twice of what a large record needs.
            let (has, comes) = (self.frame.len(), next.len());
            if self.frame.capacity() < has + comes {
                self.frame.reserve_exact(comes.max(has.min(bytes - has)));
            }
            self.frame.extend_from_slice(&next);
        }
        Ok(())
    }
}

/// One record, or what is left of it.
#[derive(Clone, Copy)]
pub(crate) struct Record<'r> {
    bytes: &'r [u8],
    /// Counted from 1.
    number: u64,
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<'r> Record<'r> {
    fn wrong(&self) -> Error {
        let what = format!(
            "record {} is not what this program expects; if its types have changed, it needs another schema number",
            self.number
        );
        Error::new(ErrorKind::WrongType, what)
    }

    /// The record does not fit to what was read before it.
    pub(crate) fn unfit(&self) -> Error {
        let what = format!(
            "change {} does not fit to the table; has `Eq`, `Hash` or `Ord` of a type changed?",
            self.number
        );
        Error::new(ErrorKind::WrongType, what)
    }

    pub(crate) fn bytes(&self) -> &'r [u8] {
        self.bytes
    }

    /// Takes away what the change does.
    pub(crate) fn op(&mut self) -> Result<Op> {
        let (byte, rest) = self.bytes.split_first().ok_or_else(|| self.wrong())?;
        let op = Op::of(*byte).ok_or_else(|| self.wrong())?;
        self.bytes = rest;
        Ok(op)
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        take_number(&mut self.bytes).ok_or_else(|| self.wrong())
    }

    /// Nothing may be left.
    pub(crate) fn done(self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.wrong()) }
    }

    /// Decodes all that is left.
    pub(crate) fn value<T: DeserializeOwned>(self) -> Result<T> {
        match postcard::take_from_bytes(self.bytes) {
            Ok((value, [])) => Ok(value),
            _ => Err(self.wrong()),
        }
    }

    /// Takes a key away, and leaves its value.
    pub(crate) fn key(&mut self) -> Result<Record<'r>> {
        let length = usize::try_from(self.number()?).map_err(|_| self.wrong())?;
        let (key, value) = self.bytes.split_at_checked(length).ok_or_else(|| self.wrong())?;
        self.bytes = value;
        Ok(Record { bytes: key, number: self.number })
    }

    /// Decodes a key with its value.
    pub(crate) fn entry<K: DeserializeOwned, V: DeserializeOwned>(mut self) -> Result<(K, V)> {
        Ok((self.key()?.value()?, self.value()?))
    }
}
