//! Who may read a file: its permissions, unless an access control list says more.

use crate::content::Access;
use std::fs::{self, Metadata};
use std::path::Path;

/// Who may read a file that is open.
pub(super) fn access_of(file: &fs::File, metadata: &Metadata) -> Option<Access> {
    access(metadata, || list::is_on(file))
}

/// Who may read the file that is there now. `None` if that is no file, or cannot be told.
pub(crate) fn access_at(path: &Path) -> Option<Access> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    access(&metadata, || list::is_at(path))
}

/// Takes the list away that a new file has from its folder. Returns `true` if it has none then.
#[cfg(unix)]
pub(crate) fn is_without_list(file: &fs::File) -> bool {
    list::is_taken_off(file)
}

/// With a list, the permissions of the group are the most that anybody on the list may do, and those of all others are not for who is on
/// it. What is left is for the owner.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "there is none elsewhere")]
fn access(metadata: &Metadata, has_list: impl FnOnce() -> bool) -> Option<Access> {
    use std::os::unix::fs::MetadataExt;
    let mode = metadata.mode() & 0o777;
    let of_others = mode & 0o077;
    let is_for_owner = of_others == 0 || has_list();
    Some(Access { mode: if is_for_owner { mode & 0o700 } else { mode }, group: metadata.gid() })
}

#[cfg(not(unix))]
fn access(_: &Metadata, _: impl FnOnce() -> bool) -> Option<Access> {
    None
}

/// The list, as Linux has it. Where it cannot be told whether there is one, there is.
#[cfg(target_os = "linux")]
mod list {
    use rustix::fs::{fgetxattr, fremovexattr, getxattr};
    use rustix::io::{Errno, Result};
    use std::fs::File;
    use std::path::Path;

    const NAME: &str = "system.posix_acl_access";

    pub(super) fn is_on(file: &File) -> bool {
        is_there(&fgetxattr(file, NAME, &mut [0_u8][..]))
    }

    pub(super) fn is_at(path: &Path) -> bool {
        is_there(&getxattr(path, NAME, &mut [0_u8][..]))
    }

    pub(super) fn is_taken_off(file: &File) -> bool {
        !is_there(&fremovexattr(file, NAME)) || !is_on(file)
    }

    fn is_there<T>(answer: &Result<T>) -> bool {
        !matches!(answer, Err(Errno::NODATA | Errno::NOTSUP))
    }
}

/// Elsewhere nobody asks.
#[cfg(not(target_os = "linux"))]
mod list {
    use std::fs::File;
    use std::path::Path;

    pub(super) fn is_on(_: &File) -> bool {
        false
    }

    pub(super) fn is_at(_: &Path) -> bool {
        false
    }

    #[cfg(unix)]
    pub(super) fn is_taken_off(_: &File) -> bool {
        true
    }
}
