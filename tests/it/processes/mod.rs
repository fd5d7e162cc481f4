//! What the system does to a process: a fork, and a sandbox that is entered late.

#![expect(unsafe_code, reason = "fork and seccomp are the system's, and std has neither")]

mod forks;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(
        readmostly_fence = "full",
        readmostly_backend = "epoch",
        readmostly_backend = "lock",
        readmostly_backend = "arc_swap"
    ))
))]
mod sandbox;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body` in a child that this process forks now, and waits for it. A child that hangs is killed after ten seconds.
#[track_caller]
fn in_child(what: &str, body: impl FnOnce()) {
    // SAFETY: no other test runs in this process, and glibc's allocator may be used in a child.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{what}: no fork");
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
    assert!(!libc::WIFSIGNALED(status), "{what}: the child hung");
    assert_eq!(libc::WEXITSTATUS(status), 0, "{what}: the child failed, and says why above");
}
