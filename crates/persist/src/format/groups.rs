//! Groups: the updates that a log has on disk together.

use super::read::FrameReader;
use super::records::{Records, wrong};
use crate::error::Result;

/// What one update changes, as records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) records: u32,
    pub(crate) bytes: Vec<u8>,
}

/// Updates that are confirmed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// The number of the first update, counted from 1 since the table was made.
    pub(crate) first: u64,
    pub(crate) updates: Vec<Payload>,
}

impl Group {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut body = self.first.to_le_bytes().to_vec();
        for update in &self.updates {
            let length = u32::try_from(update.bytes.len()).expect("a sink in memory takes no more");
            body.extend_from_slice(&length.to_le_bytes());
            body.extend_from_slice(&update.records.to_le_bytes());
            body.extend_from_slice(&update.bytes);
        }
        body
    }

    /// The number of the last update.
    pub(crate) fn last(&self) -> u64 {
        self.first.saturating_add(self.updates.len() as u64).saturating_sub(1)
    }
}

/// The updates of a group that is read. All frames of the group were looked at, and its first one is the next. There is never more of it in
/// memory than a frame and a record.
pub(crate) struct Updates<'a>(Records<'a>);

impl<'a> Updates<'a> {
    /// Returns the number of the first update, too.
    pub(crate) fn begin(reader: &'a mut FrameReader, max_record: usize) -> Result<(u64, Self)> {
        let mut updates = Self(Records { more: Some(true), ..Records::new(reader, max_record) });
        Ok((u64::from_le_bytes(updates.take()?), updates))
    }

    /// Returns the records of the next update.
    pub(crate) fn next(&mut self) -> Result<Option<&mut Records<'a>>> {
        let records = &mut self.0;
        if records.left != 0 || records.bytes != 0 {
            return Err(wrong());
        }
        if records.at == records.frame.len() && records.more == Some(false) {
            return Ok(None);
        }
        let (bytes, left) = (u32::from_le_bytes(self.take()?), u32::from_le_bytes(self.take()?));
        let records = &mut self.0;
        (records.bytes, records.left, records.taken) = (bytes as usize, left, 0);
        Ok(Some(records))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.0.fill(N)?;
        let bytes = self.0.frame[self.0.at..].first_chunk().expect("there are as many");
        self.0.at += N;
        Ok(*bytes)
    }
}
