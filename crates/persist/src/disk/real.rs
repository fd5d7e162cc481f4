//! The file system.

use super::{Disk, FileId, Input, Lock, Output};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A folder of the file system.
#[derive(Clone, Debug)]
pub(crate) struct Real {
    folder: PathBuf,
}

impl Real {
    /// Makes the folder where it is not there, and all above it.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        // A later change of the working directory is none of the folder.
        let folder = std::path::absolute(folder)?;
        let missing: Vec<_> = folder.ancestors().take_while(|above| !above.exists()).collect();
        fs::create_dir_all(&folder)?;
        // A new folder is a name in the one above, and is lost in a crash like any other.
        for made in missing.iter().rev() {
            if let Some(above) = made.parent() {
                sync_folder(above)?;
            }
        }
        Ok(Self { folder })
    }

    /// Takes a folder that is there.
    pub(crate) fn existing(folder: &Path) -> io::Result<Self> {
        let folder = std::path::absolute(folder)?;
        fs::metadata(&folder)?;
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Disk for Real {
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(Written(options.open(self.path(name))?)))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Input>> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        options.read(true);
        // A FIFO of that name would have the process wait for ever.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(
            &mut options,
            i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0),
        );
        let file = options.open(path).map_err(|error| unnamed(name, error))?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Box::new(Opened { file, at: 0 }))
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path(name)).map_err(|error| unnamed(name, error))?.len())
    }

    fn file(&self, name: &str) -> io::Result<(FileId, u64)> {
        // Not what a symbolic link leads to: the name has another file then.
        let metadata = fs::symlink_metadata(self.path(name))?;
        Ok((id_of(&metadata), metadata.len()))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            // A name that is not UTF-8 is none of ours, and whoever opens it is told.
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    fn sync_folder(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Lock>>> {
        lock(&self.path(name))
    }
}

#[cfg(unix)]
fn id_of(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt as _;

    FileId(metadata.dev(), metadata.ino())
}

/// Nobody gives the name of a file that is open to another one, unless whoever has opened it shares that.
#[cfg(not(unix))]
fn id_of(_: &Metadata) -> FileId {
    FileId(0, 0)
}

/// Says why a file is not found that is listed.
fn unnamed(name: &str, error: io::Error) -> io::Error {
    if error.kind() != io::ErrorKind::NotFound || !name.contains(char::REPLACEMENT_CHARACTER) {
        return error;
    }
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "the name is not UTF-8; give the file another one, or move it elsewhere",
    )
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows journals names by itself, and does not sync a folder.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn lock(path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
    use rustix::fs::{FlockOperation, flock};
    use std::os::unix::fs::OpenOptionsExt as _;

    // To open a FIFO of that name would be to wait for ever.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(nonblock);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(Box::new(Locked { file, path: path.to_path_buf(), process: std::process::id() }))),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Unlocks when it is dropped. Closing the file is not enough: a child of `fork` has it too, until it runs another program.
#[cfg(unix)]
struct Locked {
    file: File,
    path: PathBuf,
    /// That which has locked it. Its child shares the lock, and an unlock there would be one of both.
    process: u32,
}

#[cfg(unix)]
impl Lock for Locked {
    fn is_in_place(&self) -> io::Result<bool> {
        let named = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            named => named?,
        };
        Ok(id_of(&named) == id_of(&self.file.metadata()?))
    }

    fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

#[cfg(unix)]
impl Drop for Locked {
    fn drop(&mut self) {
        if self.is_ours() {
            let _ = rustix::fs::flock(&self.file, rustix::fs::FlockOperation::Unlock);
        }
    }
}

#[cfg(windows)]
fn lock(path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
    use std::os::windows::fs::OpenOptionsExt as _;

    /// What a second open gets while the first one shares nothing.
    const SHARING_VIOLATION: i32 = 32;
    match OpenOptions::new().write(true).create(true).truncate(false).share_mode(0).open(path) {
        Ok(file) => Ok(Some(Box::new(file))),
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Nobody moves a file that is open, or a folder that has one, unless whoever has opened it shares that.
#[cfg(windows)]
impl Lock for File {
    fn is_in_place(&self) -> io::Result<bool> {
        Ok(true)
    }
}

/// Nothing else can be told from what a crash has left.
#[cfg(not(any(unix, windows)))]
fn lock(_: &Path) -> io::Result<Option<Box<dyn Lock>>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "there are no locks on this system"))
}

struct Written(File);

impl Output for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn reserve(&mut self, length: u64) {
        // Where that cannot be done, the writes do it.
        #[cfg(target_os = "linux")]
        let _ = rustix::fs::fallocate(&self.0, rustix::fs::FallocateFlags::empty(), 0, length);
        #[cfg(not(target_os = "linux"))]
        let _ = length;
    }

    fn sync(&mut self) -> io::Result<()> {
        // The content and the length; no time of a change.
        self.0.sync_data()
    }

    fn id(&self) -> io::Result<FileId> {
        Ok(id_of(&self.0.metadata()?))
    }
}

struct Opened {
    file: File,
    /// Where the system's own offset is.
    at: u64,
}

impl Input for Opened {
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at != offset {
            self.at = self.file.seek(SeekFrom::Start(offset))?;
        }
        let read = loop {
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_fifo_in_the_place_of_the_lock_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("lock");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let disk = Real::new(folder.path()).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || tell.send(disk.lock("lock").is_err()));
        assert_eq!(told.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    }

    /// The drop in the child of a fork unlocked the folder of its parent.
    #[test]
    fn only_the_process_that_has_locked_unlocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = OpenOptions::new().write(true).create_new(true).open(&path).unwrap();
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
        let process = std::process::id();
        // What a child has: the same lock by another descriptor.
        let locked = |process| Locked { file: file.try_clone().unwrap(), path: path.clone(), process };
        drop(locked(process + 1));
        assert!(lock(&path).unwrap().is_none());
        drop(locked(process));
        assert!(lock(&path).unwrap().is_some());
    }
}
