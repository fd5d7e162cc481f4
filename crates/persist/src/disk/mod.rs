//! Every call on the file system, behind one private trait: [`Real`] makes it, and a faulty one in the tests.
//!
//! A disk is one folder. Its files are named by plain names, without a path.

#[cfg(test)]
pub(crate) mod faulty;
mod real;

pub(crate) use real::Real;

use std::fmt;
use std::io;

/// Held for as long as the folder is locked.
pub(crate) trait Lock: Send + Sync {
    /// Whether the file that is locked is the one which has that name now. Where it is not, another process may have the folder.
    fn is_in_place(&self) -> io::Result<bool>;

    /// Whether this process has locked it. The child of a fork has the lock too, as long as its parent.
    fn is_ours(&self) -> bool {
        true
    }
}

/// Tells a file from another one that has its name. All are equal where the system does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

/// A folder.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// Makes a file that is not there yet, for its owner alone.
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>>;

    /// Opens a file to read.
    fn open(&self, name: &str) -> io::Result<Box<dyn Input>>;

    /// Returns how many bytes a file has.
    fn length(&self, name: &str) -> io::Result<u64>;

    /// Returns which file has a name, and how many bytes it has.
    fn file(&self, name: &str) -> io::Result<(FileId, u64)>;

    /// Gives a file another name, and replaces what had that.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns the names of all files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes what was created, renamed and removed survive a crash.
    fn sync_folder(&self) -> io::Result<()>;

    /// Locks the folder by the file `name`; `None` if somebody else has. The end of the process unlocks it.
    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Lock>>>;
}

/// A file that is written from the beginning to the end.
pub(crate) trait Output: Send {
    /// Writes all of `bytes`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Keeps room for so many bytes in all, so that a sync has less to do. What is not written is read as zeros, or is not there.
    fn reserve(&mut self, _length: u64) {}

    /// Makes what was written survive a crash. After an error nothing that was written to the file counts.
    fn sync(&mut self) -> io::Result<()>;

    /// Returns which file it is.
    fn id(&self) -> io::Result<FileId>;
}

/// A file that is read.
pub(crate) trait Input: Send {
    /// Reads what is at `offset`: some bytes, or none at the end.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}
