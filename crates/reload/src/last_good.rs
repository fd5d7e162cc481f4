//! [`LastGood`]: a copy of the content that was applied last, for a start without the source.

use crate::content::{Access, Content, File};
use crate::error::{FailureKind, Refused};
use crate::origin;
use std::ffi::{OsStr, OsString};
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
    next: Option<Content>,
    /// Who may read the content that was written or is to be, and so the copy.
    access: Option<Access>,
}

impl LastGood {
    pub(crate) fn new(path: PathBuf, limit: u64, named: bool) -> Self {
        Self { path, limit, named, next: None, access: None }
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

    /// The copy is to be this.
    pub(crate) fn keep(&mut self, content: &Content) {
        self.access = self.access_of(content);
        self.next = Some(content.clone());
    }

    /// The content of the copy is the same still. It is written anew if others may read it now.
    pub(crate) fn still(&mut self, content: &Content) {
        if self.access_of(content) != self.access {
            self.keep(content);
        }
    }

    /// Who may read a copy of this. A folder may be closed to those who could read its files.
    fn access_of(&self, content: &Content) -> Option<Access> {
        match content.files() {
            [only] if !self.named => only.access(),
            _ => None,
        }
    }

    /// Writes what is to be written, if there is anything, in one step: a crash leaves the copy before, or the new one.
    pub(crate) fn save(&mut self) -> Result<(), Refused> {
        let Some(content) = &self.next else { return Ok(()) };
        let bytes = pack(content, self.named);
        if !self.has(&bytes) {
            replace(&self.path, &bytes, self.access).map_err(|error| {
                Refused::new(format!("cannot be written: {error}"))
                    .in_file(self.path.display().to_string())
                    .of(FailureKind::Save)
            })?;
        }
        self.next = None;
        Ok(())
    }

    /// Whether the copy has these bytes already, and may be read by those who are to.
    fn has(&self, bytes: &[u8]) -> bool {
        // It need not be a file, so it is opened in the way that never hangs.
        let there = origin::read(&self.path, String::new(), bytes.len() as u64, 0);
        there.is_ok_and(|(file, _)| {
            file.bytes() == bytes
                && file.access().is_none_or(|there| there.mode == mode(self.access, there.group))
        })
    }
}

/// Whether a copy there would be a part of what is followed: the file, or a file of the folder.
pub(crate) fn is_over(
    copy: &Path,
    followed: &Path,
    is_folder: bool,
    is_wanted: impl Fn(&OsStr) -> bool,
) -> bool {
    let Some((folder, name)) = place(copy) else { return false };
    if is_folder {
        return fs::canonicalize(followed).is_ok_and(|followed| followed == folder) && is_wanted(&name);
    }
    let copy = folder.join(name);
    // The file itself, or a link to it: the copy would replace either.
    place(followed).is_some_and(|(folder, name)| folder.join(name) == copy)
        || fs::canonicalize(followed).is_ok_and(|followed| followed == copy)
}

/// The folder of a file, without links on the way, and its name. `None` if the folder is not there.
fn place(path: &Path) -> Option<(PathBuf, OsString)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    Some((folder, path.file_name()?.to_owned()))
}

/// The permissions of a copy that has this group.
///
/// Those for a group are for that group alone. Its members may read no more by those that are for all others.
fn mode(access: Option<Access>, group: u32) -> u32 {
    match access {
        None => 0o600,
        Some(Access { mode, group: wanted }) if wanted == group => mode,
        Some(Access { mode, .. }) => (mode & 0o700) | (mode & (mode >> 3) & 0o007),
    }
}

/// Replaces a file: writes beside it, and renames that over it. Both the file and its name are on disk then.
fn replace(path: &Path, bytes: &[u8], access: Option<Access>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is something that is not a file"));
    }
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no file's path"))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // A name has at most 255 bytes in most file systems.
    let short = match name.to_string_lossy() {
        name if name.len() <= 200 => name.into_owned(),
        name => Content::from_bytes("", name.as_bytes()).fingerprint().to_string(),
    };
    let beside = folder.join(format!(".{short}.{}.tmp", process::id()));
    // One that a crash has left has another's permissions, or is a link.
    if let Err(error) = fs::remove_file(&beside) {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
    }
    let written = create(&beside, access).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| drop(fs::remove_file(&beside)))?;
    sync_folder(folder)
}

/// Creates a file that nobody else may open before it has its group and its permissions.
#[cfg(unix)]
fn create(path: &Path, access: Option<Access>) -> io::Result<fs::File> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if let Some(access) = access {
        // Only a member may give a file to a group. Without it the permissions are fewer.
        drop(fchown(&file, None, Some(access.group)));
    }
    let mode = mode(access, file.metadata()?.gid());
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    Ok(file)
}

#[cfg(not(unix))]
fn create(path: &Path, _: Option<Access>) -> io::Result<fs::File> {
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
