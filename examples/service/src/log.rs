//! The log: what is said on standard output and on standard error.
//!
//! A log may be full, and a pipe may have nobody who reads it. So a thread writes each of the two, and lines wait for it in a
//! queue. Who says something waits for nothing, and a line that has no place or cannot be written is lost.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// So many lines wait to be written.
const QUEUE: usize = 1_024;

/// How long the end of the process waits for them.
const LAST: Duration = Duration::from_millis(250);

static OUTPUT: LazyLock<SyncSender<String>> = LazyLock::new(|| writer("stdout", io::stdout()));
static ERRORS: LazyLock<SyncSender<String>> = LazyLock::new(|| writer("stderr", io::stderr()));

/// Lines that are not written yet.
static WAITING: AtomicUsize = AtomicUsize::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Says a line on standard output.
pub fn output(line: impl Display) {
    queue(&OUTPUT, line);
}

/// Says a line on standard error.
pub fn say(line: impl Display) {
    queue(&ERRORS, line);
}

/// Returns how many lines were lost.
pub fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Waits a moment until all lines are written. Is for the end of the process.
pub fn finish() {
    let start = Instant::now();
    while WAITING.load(Ordering::Relaxed) > 0 && start.elapsed() < LAST {
        thread::sleep(Duration::from_millis(1));
    }
}

fn queue(lines: &SyncSender<String>, line: impl Display) {
    WAITING.fetch_add(1, Ordering::Relaxed);
    if lines.try_send(format!("{line}\n")).is_err() {
        done(false);
    }
}

fn done(is_written: bool) {
    if !is_written {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    WAITING.fetch_sub(1, Ordering::Relaxed);
}

fn writer(name: &str, mut to: impl Write + Send + 'static) -> SyncSender<String> {
    let (lines, queue) = sync_channel::<String>(QUEUE);
    let write = move || {
        for line in queue {
            done(to.write_all(line.as_bytes()).and_then(|()| to.flush()).is_ok());
        }
    };
    // If there can be no thread, the queue is closed, and all lines are lost.
    drop(thread::Builder::new().name(name.to_owned()).spawn(write));
    lines
}
