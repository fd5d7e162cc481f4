//! Tables that survive a crash: the files of [`readmostly`]'s containers.
//!
//! So far there are the bytes of a file, and the calls on the file system. Nothing uses them yet.

// What stands on these comes next.
#![expect(dead_code, unused_imports, unreachable_pub, reason = "nothing stands on the files yet")]

mod disk;
mod error;
mod format;
mod options;

pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "encryption")]
pub use format::Key;
pub use format::{Compression, Id, Kind, Shape};
pub use options::Options;
