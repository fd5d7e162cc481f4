//! The child of a fork has no thread of the reloader.

#![expect(unsafe_code, reason = "fork is the system's, and std has none")]

use crate::support::{Home, alone, file, start, until_shown};
use readmostly_persist::{ErrorKind, Options, Store};
use readmostly_reload::Content;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Its drop waited for the end of a thread that is not there.
#[test]
fn a_child_may_drop_the_reloader_and_make_another_one() {
    alone("forks::a_child_may_drop_the_reloader_and_make_another_one", || {
        let home = Home::new();
        let path = home.write("list", "a\n");
        let mut reloader = Some(start(file(&path)));
        in_child(|| {
            // The old one is dropped while the new one is there, whose thread is to live on.
            reloader = Some(start(file(&path)));
            let reloader = reloader.take().expect("it is there");
            home.write("list", "of-the-child\n");
            until_shown(&reloader, "of-the-child");
        });
        let reloader = reloader.expect("it is there");
        home.write("list", "of-the-parent\n");
        until_shown(&reloader, "of-the-parent");
    });
}

/// Its drop unlocked the store of its parent, which another process could open then.
#[test]
fn a_child_may_drop_the_reloader_of_a_store() {
    alone("forks::a_child_may_drop_the_reloader_of_a_store", || {
        let home = Home::new();
        let path = home.write("list", "a\n");
        let open = || Store::<Content>::open(home.path("store"), Options::new());
        for is_polled in [false, true] {
            let builder = file(&path).last_good_in(open().unwrap());
            let mut reloader = Some(start(if is_polled { builder } else { builder.poll(None) }));
            in_child(|| drop(reloader.take()));
            assert_eq!(open().unwrap_err().kind(), ErrorKind::Locked);
            drop(reloader);
            assert!(open().is_ok());
        }
    });
}
