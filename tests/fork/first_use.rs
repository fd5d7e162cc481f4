//! A thread is inside the first use of the library in its process, and another one forks. Nothing is locked then that the child needs.

use super::{GO, HALTED, HALTS};
use readmostly::CowCell;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

/// In a process that a test has started: at which allocation it is to halt, counted from 1.
const AT: &str = "READMOSTLY_TEST_HALT_AT";
/// What it says if there is no such allocation.
const BEHIND_THE_LAST: &str = "it has not halted";

fn at() -> Option<usize> {
    Some(env::var(AT).ok()?.parse().expect("a number"))
}

/// Starts this program once more, by what `READMOSTLY_TEST_RUNNER` says where it is of another processor.
fn this_program() -> Command {
    let this = env::current_exe().unwrap();
    let runner = env::var("READMOSTLY_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(program) = words.next() else { return Command::new(this) };
    let mut command = Command::new(program);
    command.args(words).arg(this);
    command
}

/// Runs a test of this module in a process of its own, and returns what it says.
#[track_caller]
fn apart(test: &str, at: usize) -> String {
    let args = [&format!("first_use::{test}"), "--exact", "--nocapture"];
    let output = this_program().args(args).env(AT, at.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let passed = output.status.success() && said.contains("1 passed");
    assert!(passed, "halted at {at}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr));
    said
}

/// Runs `body` in a child, which has to end well within a minute.
#[track_caller]
fn in_child(body: impl FnOnce()) {
    // SAFETY: the child calls the library and the allocator, which both allow that, and ends without destructors.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no fork");
    if child == 0 {
        // SAFETY: as above.
        unsafe { libc::alarm(60) };
        let ended = catch_unwind(AssertUnwindSafe(body));
        // SAFETY: as above.
        unsafe { libc::_exit(i32::from(ended.is_err())) };
    }
    let mut status = 0;
    // SAFETY: the status is written to a place of that type.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status), "the child hung");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the child has panicked, and says so above");
}

/// All that makes something of the process at its first use.
fn use_it() {
    let cell = Arc::new(CowCell::new(0));
    assert_eq!(*cell.load(), 0);
    assert_eq!(*cell.snapshot(), 0);
    let mut watch = cell.watch();
    cell.replace(1);
    assert_eq!(*watch.next().new, 1);
    assert_eq!(*cell.reader().load(), 1);
}

/// Waits until a thread halts, and returns `true`, or until it has ended.
fn halts(thread: &thread::JoinHandle<()>) -> bool {
    while !HALTED.load(Ordering::SeqCst) {
        if thread.is_finished() {
            return HALTED.load(Ordering::SeqCst);
        }
        thread::yield_now();
    }
    true
}

/// With `epoch`, one of eighty of such children waited for ever.
#[test]
fn a_child_waits_for_no_thread_that_was_making_something_of_the_process() {
    const NAME: &str = "a_child_waits_for_no_thread_that_was_making_something_of_the_process";
    let Some(at) = at() else {
        let last = (1..200).find(|&at| apart(NAME, at).contains(BEHIND_THE_LAST)).expect("a first use ends");
        assert!(last > 3, "a first use allocates");
        return;
    };
    let thread = thread::spawn(move || {
        HALTS.set(at);
        use_it();
        HALTS.set(0);
    });
    if halts(&thread) {
        in_child(|| {
            use_it();
            thread::spawn(use_it).join().unwrap();
        });
    } else {
        println!("{BEHIND_THE_LAST}");
    }
    GO.store(true, Ordering::SeqCst);
    thread.join().unwrap();
    use_it();
}

/// What the library calls, in place of glibc's own, to be told of forks.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod registration {
    use crate::halt;
    use std::cell::Cell;
    use std::ffi::{c_int, c_void};
    use std::ptr;

    thread_local! {
        /// Whether this thread halts there. Others, and what a sanitizer registers, pass.
        pub(super) static HALTS: Cell<bool> = const { Cell::new(false) };
    }

    type Handler = Option<extern "C" fn()>;

    unsafe extern "C" {
        fn __register_atfork(
            prepare: Handler,
            parent: Handler,
            child: Handler,
            object: *const c_void,
        ) -> c_int;
    }

    #[unsafe(no_mangle)]
    extern "C" fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int {
        if HALTS.replace(false) {
            halt();
        }
        // SAFETY: it is what glibc's own does.
        unsafe { __register_atfork(prepare, parent, child, ptr::null()) }
    }
}

/// The others took it for registered, and a child waited for ever for a writer that it does not have.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn forks_are_noticed_while_another_thread_registers() {
    if at().is_none() {
        apart("forks_are_noticed_while_another_thread_registers", 0);
        return;
    }
    let first = thread::spawn(|| {
        registration::HALTS.set(true);
        use_it();
    });
    assert!(halts(&first));
    let cell = Arc::new(CowCell::new(0));
    let ((say, said), (leave, left)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    let writer = thread::spawn({
        let cell = Arc::clone(&cell);
        move || {
            cell.update(|value| {
                say.send(()).unwrap();
                left.recv().unwrap();
                *value = 1;
            });
        }
    });
    said.recv().unwrap();
    in_child(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| cell.replace(2))).is_err(), "it is told");
        use_it();
    });
    leave.send(()).unwrap();
    writer.join().unwrap();
    GO.store(true, Ordering::SeqCst);
    first.join().unwrap();
    assert_eq!(*cell.load(), 1);
}
