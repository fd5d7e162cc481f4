//! A file, read in a way that never hangs and never takes what was changed meanwhile.

use super::Place;
use super::access::access_of;
use super::trace::{Seen, Stamp};
use crate::chain::{Chain, Subject};
use crate::content::{Content, File};
use crate::error::{FailureKind, Refused};
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// How often a file or folder is read anew that was changed while it was read.
pub(super) const TRIES: u32 = 3;

/// How many bytes are read at once at least, of a file that does not say how many it has.
const LEAST: u64 = 8 << 10;

/// One file.
pub(crate) struct OneFile {
    pub(crate) subject: Subject,
    pub(crate) limit: u64,
}

impl Place for OneFile {
    fn read(&self) -> Seen {
        let chain = Chain::of(&self.subject);
        // Before the file is read: a link that changes meanwhile is seen at the next look.
        let links = chain.links();
        match read(&self.subject.path, self.name(), self.limit, 0) {
            Ok((file, stamp)) => {
                Seen { content: Ok(Content::new([file])), links, files: vec![stamp], folder: None }
            }
            Err(refused) => {
                let stamp = Stamp::at(&self.subject.path);
                let folder = if stamp.is_none() { Stamp::above(chain.end()) } else { None };
                Seen { content: Err(refused), links, files: stamp.into_iter().collect(), folder }
            }
        }
    }

    fn name(&self) -> String {
        self.subject.name.clone()
    }
}

/// Reads a file, which errors call `name`. It and the `before` bytes of other files may have `limit` bytes.
pub(crate) fn read(path: &Path, name: String, limit: u64, before: u64) -> Result<(File, Stamp), Refused> {
    let refuse = |kind, reason: String| Refused::new(reason).in_file(&name).of(kind);
    let unreadable = |error: io::Error| refuse(FailureKind::Unreadable, format!("cannot be read: {error}"));
    let too_large = |size: u64| {
        let others = if before > 0 { format!("the files before it have {before}, ") } else { String::new() };
        let reason = format!("has {size} bytes or more, {others}and the limit is {limit}: raise the limit");
        refuse(FailureKind::TooLarge, reason)
    };
    let left = limit.saturating_sub(before);
    for _ in 0..TRIES {
        let mut file = open(path).map_err(unreadable)?;
        let first = file.metadata().map_err(unreadable)?;
        if !first.is_file() {
            let what = if first.is_dir() { "is a folder" } else { "is a FIFO, a socket or a device" };
            return Err(refuse(FailureKind::Unreadable, format!("cannot be read: {what}, and not a file")));
        }
        if first.len() > left {
            return Err(too_large(first.len()));
        }
        let no_memory = |size: u64| {
            let reason = format!(
                "has {size} bytes or more, for which there is no memory: lower the limit, or make it smaller"
            );
            refuse(FailureKind::TooLarge, reason)
        };
        let bytes =
            read_up_to(&mut file, first.len(), left.saturating_add(1)).map_err(|error| {
                match error.kind() {
                    io::ErrorKind::OutOfMemory => no_memory(first.len()),
                    _ => unreadable(error),
                }
            })?;
        if bytes.len() as u64 > left {
            return Err(too_large(bytes.len() as u64));
        }
        let after = file.metadata().map_err(unreadable)?;
        let stamp = Stamp::of(&after);
        if Stamp::of(&first) == stamp {
            return Ok((File::new(name, bytes).with_access(access_of(&file, &after)), stamp));
        }
    }
    Err(refuse(FailureKind::Restless, format!("was changed while it was read, {TRIES} times in a row")))
}

/// Reads at most `most` bytes, of which `expected` are likely. Reserves no more than these, and fails where that cannot be had.
fn read_up_to(file: &mut fs::File, expected: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than is likely, to see the end.
    let mut next = expected.saturating_add(1);
    loop {
        let left = most - bytes.len() as u64;
        let length = usize::try_from(next.min(left)).map_err(|_| io::ErrorKind::OutOfMemory)?;
        bytes.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let room = ((bytes.capacity() - bytes.len()) as u64).min(left);
        if (&mut *file).take(room).read_to_end(&mut bytes)? as u64 != room || room == left {
            return Ok(bytes);
        }
        // It is longer than it said.
        next = LEAST.max(bytes.len() as u64);
    }
}

/// Opens a file. On Unix it does not wait for the other end if it is a FIFO.
#[cfg(unix)]
pub(crate) fn open(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    Ok(fs::File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}
