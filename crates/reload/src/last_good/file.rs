//! [`InFile`]: the copy in a file.

use super::LastGood;
use crate::chain::{Chain, Subject};
use crate::content::{Access, Content, File};
use crate::error::{FailureKind, Refused};
use crate::origin::{self, Stamp};
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What a copy of several files begins with. The next line says how many there are. Each file is then a line with two lengths, its name
/// and its bytes, each with an end of line.
const SEVERAL: &[u8] = b"readmostly-reload: several files, format 1\n";

/// How many bytes the names and lengths of several files may have.
const NAMES: u64 = 64 << 20;

/// The copy, in a file.
pub(crate) struct InFile {
    /// From the root.
    path: PathBuf,
    limit: u64,
    /// What is followed, if it is in the file system.
    subject: Option<Subject>,
    /// The content that is to be written.
    next: Option<Content>,
    /// What the copy was at the start, if that was taken.
    loaded: Option<Content>,
    /// Who may read the content that was written or is to be, and so the copy.
    access: Option<Access>,
    /// Who might read the file when that could last be told, since the content was taken.
    seen: Option<Access>,
    /// The copy as it was written, or found to be right.
    written: Option<Stamp>,
    /// The group that this process may not give the copy to.
    refused_group: Option<u32>,
}

impl InFile {
    /// Removes what crashes have left beside the copy. The path is from the root.
    pub(crate) fn open(path: PathBuf, limit: u64, subject: Option<Subject>) -> Result<Self, Refused> {
        let copy = Self {
            path,
            limit,
            subject,
            next: None,
            loaded: None,
            access: None,
            seen: None,
            written: None,
            refused_group: None,
        };
        copy.check()?;
        if let Some((folder, before)) = beside(&copy.path) {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_str().and_then(|name| name.strip_prefix(&before)?.strip_suffix(AFTER));
                let is_ours =
                    |name: &str| name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
                if name.is_some_and(is_ours) && is_left(&entry.path()) {
                    // Another process may have done so.
                    drop(fs::remove_file(entry.path()));
                }
            }
        }
        Ok(copy)
    }

    /// Whether it would take the place of what is followed. The links that decide that may change.
    fn check(&self) -> Result<(), Refused> {
        match &self.subject {
            Some(subject) if Chain::of(subject).is_through(&self.path) => Err(self.refuse(
                "the copy of the last good content would be a part of what is followed: give it a place of its own",
            )),
            _ => Ok(()),
        }
    }

    fn refuse(&self, reason: impl Into<String>) -> Refused {
        Refused::new(reason).in_file(self.path.display().to_string()).of(FailureKind::Save)
    }

    /// Names are kept, also of one file. Only the copy of a file that is followed has its bytes alone.
    fn is_named(&self) -> bool {
        self.subject.as_ref().is_none_or(|subject| subject.suffix.is_some())
    }

    /// How many bytes it may have. What the limit is of is known after it is unpacked.
    fn room(&self) -> u64 {
        self.limit.saturating_add(NAMES)
    }

    /// The copy as it is.
    fn stamp(&self) -> Option<Stamp> {
        fs::symlink_metadata(&self.path).ok().as_ref().map(Stamp::of)
    }

    /// Who may read a copy of this. A folder may be closed to those who could read its files.
    fn access_of(&self, content: &Content) -> Option<Access> {
        match content.files() {
            [only] if !self.is_named() => only.access(),
            _ => None,
        }
    }

    /// Who may read a copy of this by now: those who may read it, and the file as it is, whatever is in that.
    fn access_now(&mut self, content: &Content) -> Option<Access> {
        let access = self.access_of(content)?;
        self.seen = self.subject.as_ref().and_then(|subject| origin::access_at(&subject.path)).or(self.seen);
        Some(Access { mode: access.mode & mode(self.seen.or(Some(access)), access.group), ..access })
    }

    /// Who may read the copy, and which file it is, if it has these bytes already.
    fn found(&self, bytes: &[u8]) -> Option<(Option<Access>, Stamp)> {
        // A link is somebody else's, and so is another name of the file. The bytes there may change.
        if !fs::symlink_metadata(&self.path).is_ok_and(|there| there.is_file() && has_one_name(&there)) {
            return None;
        }
        // It need not be a file by now, so it is opened in the way that never hangs.
        let (file, stamp) = origin::read(&self.path, String::new(), bytes.len() as u64, 0).ok()?;
        (file.bytes() == bytes).then(|| (file.access(), stamp))
    }

    /// Whether this is who is to read it.
    fn is_right(&self, there: Access) -> bool {
        let wanted = self.access.map(|access| access.group);
        let is_group = wanted.is_none_or(|wanted| wanted == there.group) || wanted == self.refused_group;
        is_group && there.mode == mode(self.access, there.group)
    }

    /// Has the file have these bytes, and those who are to read it. Returns the group, if it was given one.
    fn put(&self, bytes: &[u8]) -> io::Result<Option<u32>> {
        if let Some((access, stamp)) = self.found(bytes) {
            if access.is_none_or(|access| self.is_right(access)) {
                return Ok(self
                    .access
                    .map(|access| access.group)
                    .filter(|group| Some(*group) != self.refused_group));
            }
            // That needs no room on the disk, which may be full. It may be the file of another owner.
            if let Ok(group) = change(&self.path, stamp, self.access) {
                return Ok(group);
            }
        }
        replace(&self.path, bytes, self.access)
    }
}

impl LastGood for InFile {
    fn load(&mut self) -> Result<Content, Refused> {
        let (file, _) = origin::read(&self.path, self.path.display().to_string(), self.room(), 0)?;
        let packed = file.bytes().strip_prefix(SEVERAL);
        if packed.is_none() && !self.is_named() {
            return Ok(Content::new([file]));
        }
        packed.and_then(unpack).ok_or_else(|| {
            self.refuse("is no copy of several files, or a part of one").of(FailureKind::Unreadable)
        })
    }

    fn loaded(&mut self, content: Content) {
        (self.access, self.written) = (self.access_of(&content), self.stamp());
        self.loaded = Some(content);
        self.still(None);
    }

    fn keep(&mut self, content: &Content) {
        (self.access, self.seen) = (self.access_of(content), None);
        self.next = Some(content.clone());
    }

    fn still(&mut self, taken: Option<&Content>) {
        if taken.is_some() {
            self.loaded = None;
        }
        let Some(content) = taken.or(self.loaded.as_ref()).cloned() else { return };
        let access = self.access_now(&content);
        if access != self.access || self.stamp() != self.written {
            (self.access, self.next) = (access, Some(content));
        }
    }

    fn save(&mut self) -> Result<(), Refused> {
        let Some(content) = &self.next else { return Ok(()) };
        self.check()?;
        let bytes = pack(content, self.is_named());
        if bytes.len() as u64 > self.room() {
            let (size, room) = (bytes.len(), self.room());
            return Err(
                self.refuse(format!("has {size} bytes with its names, and could not be loaded above {room}"))
            );
        }
        let group = self.put(&bytes).map_err(|error| {
            // Such as a single file that is mounted into a container.
            let is_mount = error.kind() == io::ErrorKind::ResourceBusy;
            let advice = if is_mount {
                ": mount the folder that it is in, since a mount cannot be replaced"
            } else {
                ""
            };
            self.refuse(format!("cannot be written: {error}{advice}"))
        })?;
        let wanted = self.access.map(|access| access.group);
        self.refused_group = wanted.filter(|wanted| group != Some(*wanted));
        self.written = self.stamp();
        self.next = None;
        Ok(())
    }
}

/// What the name of a file that is written beside a copy ends in.
const AFTER: &str = ".tmp";

/// The folder of a copy, and what the names of files that are written beside it begin with.
fn beside(copy: &Path) -> Option<(&Path, String)> {
    let name = copy.file_name()?;
    // A name has at most 255 bytes in most file systems.
    let short = match name.to_string_lossy() {
        name if name.len() <= 200 => name.into_owned(),
        name => Content::from_bytes("", name.as_bytes()).fingerprint().to_string(),
    };
    Some((copy.parent()?, format!(".{short}.")))
}

/// Whether a change by another name would be a change of this file.
#[cfg(unix)]
fn has_one_name(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(file) == 1
}

#[cfg(not(unix))]
fn has_one_name(_: &fs::Metadata) -> bool {
    true
}

/// The permissions of a copy that has this group.
///
/// Those for a group are for that group alone. Its members may read no more by those that are for all others. The owner is this
/// process, which reads it at the next start.
fn mode(access: Option<Access>, group: u32) -> u32 {
    0o400
        | match access {
            None => 0o600,
            Some(Access { mode, group: wanted }) if wanted == group => mode,
            Some(Access { mode, .. }) => (mode & 0o700) | (mode & (mode >> 3) & 0o007),
        }
}

/// Replaces a file: writes beside it, and renames that over it. Both the file and its name are on disk then. Returns the group that
/// it has, where there are groups.
fn replace(path: &Path, bytes: &[u8], access: Option<Access>) -> io::Result<Option<u32>> {
    let invalid = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file() && !there.is_symlink()) {
        return Err(invalid("there is something that is not a file"));
    }
    let (folder, before) = beside(path).ok_or_else(|| invalid("no file's path"))?;
    // Two containers on one volume may have the same process id.
    let beside = folder.join(format!("{before}{:016x}{AFTER}", RandomState::new().build_hasher().finish()));
    let written = create(&beside, access).and_then(|(mut file, group)| {
        hold(&file)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        Ok(group)
    });
    let group = written.inspect_err(|_| drop(fs::remove_file(&beside)))?;
    sync_folder(folder)?;
    Ok(group)
}

/// Creates a file that nobody else may open before it has its group, which is returned, and its permissions.
#[cfg(unix)]
fn create(path: &Path, access: Option<Access>) -> io::Result<(fs::File, Option<u32>)> {
    use std::os::unix::fs::OpenOptionsExt;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let group = give(&file, access)?;
    Ok((file, Some(group)))
}

/// Gives a file its group, which is returned, and its permissions. Until then it is for its owner alone.
#[cfg(unix)]
fn give(file: &fs::File, access: Option<Access>) -> io::Result<u32> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    if let Some(access) = access {
        // Only a member may give a file to a group. Without it the permissions are fewer.
        drop(fchown(file, None, Some(access.group)));
    }
    let group = file.metadata()?.gid();
    // A folder may give each new file a list of others who may read it.
    let access = access.filter(|_| origin::is_without_list(file));
    file.set_permissions(fs::Permissions::from_mode(mode(access, group)))?;
    Ok(group)
}

/// Gives the copy that is there another group and other permissions, if it is the one that was seen.
#[cfg(unix)]
fn change(path: &Path, seen: Stamp, access: Option<Access>) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let file = origin::open(path)?;
    if Stamp::of(&file.metadata()?) != seen {
        return Err(io::ErrorKind::NotFound.into());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    let group = give(&file, access)?;
    file.sync_all()?;
    Ok(Some(group))
}

#[cfg(not(unix))]
fn change(_: &Path, _: Stamp, _: Option<Access>) -> io::Result<Option<u32>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn create(path: &Path, _: Option<Access>) -> io::Result<(fs::File, Option<u32>)> {
    Ok((fs::OpenOptions::new().write(true).create_new(true).open(path)?, None))
}

/// Says that somebody writes to this file, for as long as it is open.
#[cfg(unix)]
fn hold(file: &fs::File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        // Nobody else has opened it, so this file system has no locks.
        Err(error) if error != rustix::io::Errno::WOULDBLOCK => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// There, a file that is open cannot be removed.
#[cfg(not(unix))]
fn hold(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Whether nobody writes to this file any more. Another process may write beside its own copy at the same time.
fn is_left(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    is_file && fs::File::open(path).is_ok_and(|file| hold(&file).is_ok())
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
    bytes.extend_from_slice(format!("{}\n", files.len()).as_bytes());
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
fn unpack(bytes: &[u8]) -> Option<Content> {
    let (count, mut rest) = line(bytes)?;
    let mut files = Vec::new();
    for _ in 0..count.parse::<usize>().ok()? {
        let (lengths, after) = line(rest)?;
        let (name, length) = lengths.split_once(' ')?;
        rest = after;
        let mut next = |length: &str| {
            let length: usize = length.parse().ok()?;
            let (part, after) = rest.split_at_checked(length)?;
            rest = after.strip_prefix(b"\n")?;
            Some(part)
        };
        let name = String::from_utf8(next(name)?.to_vec()).ok()?;
        files.push(File::new(name, next(length)?));
    }
    rest.is_empty().then(|| Content::new(files))
}

/// The first line, and what follows it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}
