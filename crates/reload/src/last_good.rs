//! [`LastGood`]: a copy of the content that was applied last, for a start without the source.

use crate::content::{Content, File};
use crate::error::{FailureKind, Refused};
use crate::origin;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

/// What a copy of several files begins with. Each file is then a line with two lengths, its name and its bytes, each with an
/// end of line.
const SEVERAL: &[u8] = b"readmostly-reload: several files, format 1\n";

/// The copy, in a file.
pub(crate) struct LastGood {
    path: PathBuf,
    limit: u64,
    /// Names are kept, also of one file.
    named: bool,
    /// The content that is to be written.
    pub(crate) next: Option<Content>,
}

impl LastGood {
    pub(crate) fn new(path: PathBuf, limit: u64, named: bool) -> Self {
        Self { path, limit, named, next: None }
    }

    /// Reads the copy.
    pub(crate) fn load(&self) -> Result<Content, Refused> {
        // Several files have their names and lengths in addition.
        let limit = self.limit.saturating_add(1 << 20);
        let (file, _) = origin::read(&self.path, self.path.display().to_string(), limit, 0)?;
        if !file.bytes().starts_with(SEVERAL) {
            return Ok(Content::new([file]));
        }
        unpack(&file.bytes()[SEVERAL.len()..]).ok_or_else(|| {
            Refused::new("is no copy of several files, or a part of one")
                .in_file(self.path.display().to_string())
                .of(FailureKind::Unreadable)
        })
    }

    /// Writes what is to be written, if there is anything, in one step: a crash leaves the copy before, or the new one.
    pub(crate) fn save(&mut self) -> Result<(), Refused> {
        let Some(content) = &self.next else { return Ok(()) };
        let bytes = pack(content, self.named);
        // A folder may be closed to those who could read its files.
        let mode = match content.files() {
            [only] if !self.named => only.mode(),
            _ => None,
        };
        let is_there = fs::read(&self.path).is_ok_and(|there| there == bytes);
        if !is_there {
            replace(&self.path, &bytes, mode.unwrap_or(0o600)).map_err(|error| {
                Refused::new(format!("cannot be written: {error}"))
                    .in_file(self.path.display().to_string())
                    .of(FailureKind::Save)
            })?;
        }
        self.next = None;
        Ok(())
    }
}

/// Replaces a file: writes beside it, and renames that over it. Both the file and its name are on disk then.
fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no file's path"))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let beside = folder.join(format!(".{}.{}.tmp", name.to_string_lossy(), process::id()));
    // One that a crash has left has another's permissions, or is a link.
    if let Err(error) = fs::remove_file(&beside) {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
    }
    let written = create(&beside, mode).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| drop(fs::remove_file(&beside)))?;
    sync_folder(folder)
}

/// Creates a file that nobody else may open before it has its permissions.
#[cfg(unix)]
fn create(path: &Path, mode: u32) -> io::Result<fs::File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

#[cfg(not(unix))]
fn create(path: &Path, _: u32) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes the new name last.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be synced.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// One file as it is, unless its name is to be kept; several with their names and lengths.
fn pack(content: &Content, named: bool) -> Vec<u8> {
    let files = content.files();
    if let [only] = files {
        if !named && !only.bytes().starts_with(SEVERAL) {
            return only.bytes().to_vec();
        }
    }
    let mut bytes = SEVERAL.to_vec();
    for file in files {
        bytes.extend_from_slice(format!("{} {}\n", file.name().len(), file.bytes().len()).as_bytes());
        bytes.extend_from_slice(file.name().as_bytes());
        bytes.extend_from_slice(b"\n");
        bytes.extend_from_slice(file.bytes());
        bytes.extend_from_slice(b"\n");
    }
    bytes
}

/// The inverse of `pack`, without what it begins with. `None` if it is none of its.
fn unpack(mut rest: &[u8]) -> Option<Content> {
    let mut files = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (name, length) = std::str::from_utf8(&rest[..end]).ok()?.split_once(' ')?;
        rest = &rest[end + 1..];
        let mut next = |length: &str| {
            let length: usize = length.parse().ok()?;
            let (part, after) = rest.split_at_checked(length)?;
            rest = after.strip_prefix(b"\n")?;
            Some(part)
        };
        let name = String::from_utf8(next(name)?.to_vec()).ok()?;
        files.push(File::new(name, next(length)?));
    }
    Some(Content::new(files))
}
