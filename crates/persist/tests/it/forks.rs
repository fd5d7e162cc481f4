//! The child of a fork has no thread of a table, and the log is its parent's.

#![expect(unsafe_code, reason = "fork is the system's, and std has none")]

use readmostly::CowMap;
use readmostly_persist::{Durable, Options, SyncMode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

type Map = CowMap<u32, u32>;

/// Runs a test in a process of its own, where no other thread can be in the middle of something.
fn alone(name: &str, body: impl FnOnce()) {
    const ALONE: &str = "READMOSTLY_PERSIST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let test = std::env::current_exe().unwrap();
    let args = [name, "--exact", "--nocapture", "--test-threads=1"];
    let output = std::process::Command::new(test).args(args).env(ALONE, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let is_passed = output.status.success() && told.contains("1 passed");
    assert!(is_passed, "{}: {told}{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// Runs `body` in a child that this process forks now, and waits for it. A child that hangs is killed after ten seconds.
#[track_caller]
fn in_child(body: impl FnOnce()) {
    // SAFETY: no other test runs in this process, and glibc's allocator may be used in a child.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no fork");
    if child == 0 {
        // SAFETY: the child ends here, without the destructors of what it shares with its parent.
        unsafe {
            libc::alarm(10);
            let outcome = catch_unwind(AssertUnwindSafe(body));
            libc::_exit(i32::from(outcome.is_err()));
        }
    }
    let mut status = 0;
    // SAFETY: the status is written to a place of that type.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(!libc::WIFSIGNALED(status), "the child hung");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the child failed, and says why above");
}

/// What the parent has published and not written yet is for the parent to write.
#[test]
fn a_child_that_drops_a_durable_table_writes_nothing() {
    alone("forks::a_child_that_drops_a_durable_table_writes_nothing", || {
        let folder = tempfile::tempdir().unwrap();
        let options = || Options::new().sync(SyncMode::Every(Duration::from_secs(3600)));
        let (table, _) = Durable::<Map>::open(&folder, options()).unwrap();
        table.insert(1, 1).unwrap();
        table.flush().unwrap();
        table.insert(2, 2).unwrap();
        let mut table = Some(table);
        in_child(|| drop(table.take()));
        let table = table.unwrap();
        assert_eq!(table.status().waiting, 1);
        table.insert(3, 3).unwrap();
        drop(table);
        let (table, recovered) = Durable::<Map>::open(&folder, options()).unwrap();
        assert_eq!((table.load().len(), recovered.skipped.is_empty()), (3, true));
        assert!(recovered.torn.is_none(), "{:?}", recovered.torn);
    });
}
