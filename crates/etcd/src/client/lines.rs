//! [`Lines`]: a stream of lines.

use super::connect::{Connection, part_of};
use crate::error::{Failure, FailureKind};
use hyper::body::Incoming;

/// How many bytes a line may have. What is more is listed.
const LINE: usize = 256 << 20;

/// A stream of lines, which is open until this is dropped.
#[derive(Debug)]
pub(crate) struct Lines {
    body: Incoming,
    buffer: Vec<u8>,
    /// Up to here there is no end of a line.
    searched: usize,
    /// The connection is closed when nobody has it.
    _connection: Connection,
}

impl Lines {
    pub(crate) fn new(connection: Connection, body: Incoming) -> Self {
        Self { body, buffer: Vec::new(), searched: 0, _connection: connection }
    }

    /// How many bytes are there of lines that were not returned.
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Returns the next line. What was read is kept if the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Vec<u8>, Failure> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(self.searched + end + 1);
                self.searched = 0;
                return Ok(std::mem::replace(&mut self.buffer, rest));
            }
            self.searched = self.buffer.len();
            if self.searched > LINE {
                return Err(Failure::new(
                    FailureKind::Malformed,
                    format!("a message has more than {LINE} bytes"),
                ));
            }
            match part_of(&mut self.body).await? {
                Some(part) => self.buffer.extend_from_slice(&part),
                None => return Err(Failure::new(FailureKind::Unreachable, "etcd has closed the watch")),
            }
        }
    }
}
