//! Who may read the copy of the last good content, where more than the permissions of a good file decides that.

use crate::support::{Home, Lines, file, start};
use readmostly_reload::Provenance;
use std::fs::{self, Permissions, metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    metadata(path).unwrap().permissions().mode() & 0o777
}

fn copied(home: &Home, path: &Path) -> Lines {
    file(path).last_good(home.path("copy")).poll(None)
}

/// It stayed open to all, for as long as the file was not good.
#[test]
fn the_copy_is_closed_while_the_content_is_refused_too() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    chmod(&path, 0o644);
    let reloader = start(copied(&home, &path));
    assert_eq!(mode(&copy), 0o644);
    home.write("list", "a secret\n");
    chmod(&path, 0o640);
    assert!(!reloader.now().is_good());
    assert_eq!(mode(&copy), 0o640);
    // The same refused content as before.
    chmod(&path, 0o600);
    assert!(!reloader.now().is_good());
    assert_eq!(mode(&copy), 0o600);
    // It is still that of a file that was closed.
    fs::remove_file(&path).unwrap();
    assert!(!reloader.now().is_good());
    assert_eq!((mode(&copy), fs::read_to_string(&copy).unwrap()), (0o600, "a\n".into()));
    // Who may read another file need not read this one.
    home.write("list", "a secret\n");
    chmod(&path, 0o666);
    assert!(!reloader.now().is_good());
    assert_eq!(mode(&copy), 0o644);
    home.write("list", "b\n");
    assert!(reloader.now().is_good());
    assert_eq!(mode(&copy), 0o666);
}

#[test]
fn the_copy_is_closed_where_it_was_loaded_too() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    chmod(&path, 0o644);
    drop(start(copied(&home, &path)));
    home.write("list", "a secret\n");
    chmod(&path, 0o600);
    let reloader = start(copied(&home, &path));
    assert!(matches!(reloader.status().provenance, Provenance::LastGood { .. }));
    assert_eq!(mode(&copy), 0o600);
    assert_eq!(reloader.status().save_error, None);
}

#[cfg(target_os = "linux")]
mod lists {
    use super::{chmod, copied, mode};
    use crate::support::{Home, start};
    use rustix::fs::{XattrFlags, getxattr, removexattr, setxattr};
    use rustix::io::Errno;
    use std::path::Path;

    const ACCESS: &str = "system.posix_acl_access";
    const DEFAULT: &str = "system.posix_acl_default";

    /// The owner and user 1234 may read, and the group and all others may not. `false` where there are no such lists.
    fn grant(path: &Path, which: &str) -> bool {
        let mut list = 2_u32.to_le_bytes().to_vec();
        let nobody = u32::MAX;
        for (tag, permissions, id) in
            [(0x01, 6, nobody), (0x02, 4, 1234), (0x04, 0, nobody), (0x10, 4, nobody), (0x20, 0, nobody)]
        {
            for part in [tag, permissions] {
                list.extend(u16::to_le_bytes(part));
            }
            list.extend(u32::to_le_bytes(id));
        }
        match setxattr(path, which, &list, XattrFlags::empty()) {
            Ok(()) => true,
            Err(Errno::NOTSUP) => {
                eprintln!("skipped: this file system has no access control lists");
                false
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// What the mode shows for the group is the most that the list gives to anybody. It was given to the group.
    #[test]
    fn the_copy_of_a_file_with_an_access_control_list_is_for_the_owner_alone() {
        let home = Home::new();
        let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
        chmod(&path, 0o600);
        if !grant(&path, ACCESS) {
            return;
        }
        assert_eq!(mode(&path), 0o640);
        let reloader = start(copied(&home, &path));
        assert_eq!(mode(&copy), 0o600);
        // Without the list the mode is all there is.
        removexattr(&path, ACCESS).unwrap();
        chmod(&path, 0o640);
        assert!(reloader.now().is_good());
        assert_eq!(mode(&copy), 0o640);
        // While the content is refused as well.
        home.write("list", "a secret\n");
        assert!(grant(&path, ACCESS));
        assert!(!reloader.now().is_good());
        assert_eq!(mode(&copy), 0o600);
    }

    /// What is made in such a folder has its list.
    #[test]
    fn the_copy_has_no_access_control_list_of_its_folder() {
        let home = Home::new();
        let path = home.write("list", "a\n");
        chmod(&path, 0o640);
        std::fs::create_dir(home.path("state")).unwrap();
        if !grant(&home.path("state"), DEFAULT) {
            return;
        }
        let copy = home.path("state/copy");
        let reloader = start(crate::support::file(&path).last_good(&copy).poll(None));
        let list = |path: &Path| getxattr(path, ACCESS, &mut [0; 100][..]);
        assert_eq!((list(&copy), mode(&copy)), (Err(Errno::NODATA), 0o640));
        assert_eq!(reloader.status().save_error, None);
        // One that it gets later is taken away.
        assert!(grant(&copy, ACCESS));
        assert!(reloader.now().is_good());
        assert_eq!((list(&copy), mode(&copy)), (Err(Errno::NODATA), 0o640));
    }
}

/// It was written anew, for which a full disk has no room.
#[test]
fn a_copy_with_the_right_bytes_is_closed_in_place() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    chmod(&path, 0o644);
    let reloader = start(copied(&home, &path));
    let file = metadata(&copy).unwrap().ino();
    for wanted in [0o600, 0o640] {
        chmod(&path, wanted);
        assert_eq!(reloader.now().save_error, None);
        assert_eq!((mode(&copy), metadata(&copy).unwrap().ino()), (wanted, file));
    }
}
