//! The limit of threads.

use std::fs;
use std::io;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// For what answers nobody: what blocks, the two logs, the source and its copy, the release of old versions, and one to spare.
pub const OTHERS: usize = 8;

/// How long the end of a thread may take.
const END: Duration = Duration::from_secs(1);

/// Tries whether so many threads can be started. A runtime that cannot start its own panics, or never begins.
pub fn room_for(count: usize) -> io::Result<()> {
    let before = running();
    let stay = Mutex::new(());
    let tried = thread::scope(|scope| {
        let _stay = stay.lock().unwrap();
        for _ in 0..count {
            thread::Builder::new().spawn_scoped(scope, || drop(stay.lock()))?;
        }
        Ok(())
    });
    // A thread counts until the system has let it go, which is a moment after its end.
    let start = Instant::now();
    while running() > before && start.elapsed() < END {
        thread::sleep(Duration::from_millis(1));
    }
    tried
}

/// How many threads there are, where Linux tells.
fn running() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}
