//! Who may read the copy of the last good content, where more than the permissions of a good file decides that.

use crate::support::{Home, Lines, file, start};
use readmostly_reload::Provenance;
use std::fs::{self, Permissions, metadata};
use std::os::unix::fs::PermissionsExt;
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
