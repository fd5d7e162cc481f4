//! The child of a fork has no thread of the follower.

#![expect(unsafe_code, reason = "fork is the system's, and std has none")]

use crate::support::{Gateway, LONG, created, head, kv, numbers, start, until};
use readmostly_etcd::{FailureKind, WriteErrorKind};
use readmostly_persist::{Options, Store};
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Runs the test of this name in a process of its own: what it forks must not have the threads of other tests.
#[track_caller]
fn alone(name: &str, body: impl FnOnce()) {
    const ALONE: &str = "READMOSTLY_ETCD_ALONE";
    if env::var_os(ALONE).is_some() {
        return body();
    }
    let test = env::current_exe().expect("the tests");
    let args = [name, "--exact", "--nocapture", "--test-threads=1"];
    let output = Command::new(test).args(args).env(ALONE, "1").output().expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let is_passed = output.status.success() && told.contains("1 passed");
    assert!(is_passed, "{}: {told}{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// They waited for a thread that is not there, and the drop panicked.
#[test]
fn a_child_writes_nothing_and_may_drop_the_follower_and_make_another_one() {
    alone("forks::a_child_writes_nothing_and_may_drop_the_follower_and_make_another_one", || {
        let writes = Arc::new(AtomicUsize::new(0));
        let of_gateway = Arc::clone(&writes);
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
            "/v3/watch" => request.watch(&[created(10)]),
            _ => {
                of_gateway.fetch_add(1, Ordering::SeqCst);
                request.json(&format!("{{{},\"succeeded\":true}}", head(10)))
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::new()).unwrap();
        let mut follower = Some(start(numbers(&gateway.urls(), "/n/").last_good(store, LONG)));
        until("it follows", || follower.as_ref().unwrap().status().is_good());
        in_child(|| {
            let old = follower.take().unwrap();
            let error = old.put("a", "2").unwrap_err();
            assert!(error.kind() == WriteErrorKind::NotSent && error.to_string().contains("fork"), "{error}");
            let error = old.get("a").unwrap_err();
            assert!(error.kind == FailureKind::Unreachable && error.reason.contains("fork"), "{error}");
            assert!(old.wait_for(99, LONG).is_err());
            let new = start(numbers(&gateway.urls(), "/n/"));
            drop(old);
            assert_eq!(new.put("a", "2"), Ok(10));
        });
        assert_eq!(writes.load(Ordering::SeqCst), 1);
        let follower = follower.unwrap();
        assert_eq!(follower.put("a", "2"), Ok(10));
        assert_eq!(follower.get("a").unwrap().unwrap().value, b"1");
    });
}
