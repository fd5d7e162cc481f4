//! What is in memory, and what there is no memory for.

use crate::support::{alone, lines, start};
use readmostly_reload::{FailureKind, Reload};

/// The allocation of as many bytes as the file said that it had ended the process.
#[test]
fn a_file_that_there_is_no_memory_for_is_refused() {
    alone("memory::a_file_that_there_is_no_memory_for_is_refused", || {
        // A file system of its kind takes a file without blocks that is larger than all addresses.
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return eprintln!("skipped: no /dev/shm") };
        let path = folder.path().join("list");
        std::fs::write(&path, "a\n").unwrap();
        let reload = Reload::file(&path).parse(lines).poll(None).settle(std::time::Duration::ZERO);
        let reloader = start(reload.limit(u64::MAX));
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        if file.set_len(1 << 60).is_err() {
            return eprintln!("skipped: /dev/shm has no file of that size");
        }
        let failure = reloader.now().last_error.expect("an error");
        assert_eq!(failure.kind, FailureKind::TooLarge);
        assert!(
            failure.reason.contains("has 1152921504606846976 bytes or more, for which there is no memory"),
            "{failure}"
        );
        file.set_len(2).unwrap();
        assert!(reloader.now().is_good());
    });
}
