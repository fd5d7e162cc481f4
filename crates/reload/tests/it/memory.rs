//! What is in memory, and what there is no memory for.

#[cfg(target_os = "linux")]
use crate::support::alone;
use crate::support::{lines, start};
#[cfg(target_os = "linux")]
use readmostly::{CowCell, Keep};
use readmostly_reload::{Content, FailureKind, Refused, Reload};
use std::panic::panic_any;
use std::sync::Arc;

/// The allocation of as many bytes as the file said that it had ended the process.
#[cfg(target_os = "linux")]
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

/// It was leaked, at each look.
#[test]
fn what_a_source_panics_with_is_dropped() {
    struct Payload(#[expect(dead_code, reason = "it is counted")] Arc<()>);
    let held = Arc::new(());
    let (mut is_first, inside) = (true, Arc::clone(&held));
    let source = move || {
        if is_first {
            is_first = false;
            return Ok::<_, Refused>(Some(Content::from_bytes("list", "a\n")));
        }
        panic_any(Payload(Arc::clone(&inside)))
    };
    let reloader = start(Reload::source(source).parse(lines));
    for _ in 0..3 {
        let failure = reloader.now().last_error.expect("an error");
        assert_eq!(
            (failure.kind, &*failure.reason),
            (FailureKind::Panic, "a panic in the source: without a message")
        );
    }
    assert_eq!(Arc::strong_count(&held), 2, "that of the test and that of the source");
}

/// What is left is what panics again.
#[test]
fn what_a_source_panics_with_may_panic_when_it_is_dropped() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic_any(Self);
        }
    }
    let mut is_first = true;
    let source = move || {
        if is_first {
            is_first = false;
            return Ok::<_, Refused>(Some(Content::from_bytes("list", "a\n")));
        }
        panic_any(Payload)
    };
    let reloader = start(Reload::source(source).parse(lines));
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(&*failure.reason, "a panic in the source: without a message");
}

/// The fingerprints of all versions since the oldest that somebody held were kept.
#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_holds_an_old_version_lets_nothing_grow() {
    alone("memory::a_reader_that_holds_an_old_version_lets_nothing_grow", || {
        let resident = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
            kib.trim().split(' ').next().unwrap().parse::<u64>().unwrap()
        };
        let mut number = 0_u64;
        let source = move || {
            number += 1;
            Ok::<_, Refused>(Some(Content::from_bytes("number", number.to_string())))
        };
        let cell = Arc::new(CowCell::new(String::new()));
        let reload = Reload::source(source).parse(|content: &Content| content.text().map(String::from));
        let reloader = reload.keep(Keep::versions(2)).into(Arc::clone(&cell)).unwrap();
        let held = cell.snapshot();
        let looks = |count| (0..count).for_each(|_| assert_eq!(reloader.look(), None));
        looks(1_000);
        let before = resident();
        looks(150_000);
        let after = resident();
        // They took 32 bytes each, which is 4.7 MiB.
        assert!(after < before + 2_048, "from {before} to {after} KiB");
        // One that is kept has its fingerprint, and one that is only held is not kept.
        let last = reloader.status();
        let kept = Content::from_bytes("", &**cell.at(last.version - 2).unwrap()).fingerprint();
        let error = reloader.rollback(readmostly::Snapshot::version(&held)).unwrap_err();
        assert_eq!(error.there, [last.version - 2, last.version - 1, last.version]);
        assert_eq!(reloader.rollback(last.version - 2).unwrap().fingerprint, kept);
    });
}
