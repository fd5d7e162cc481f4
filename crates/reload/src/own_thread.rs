//! [`OwnThread`]: the thread of a reloader, which the child of a fork does not have.

use crate::trigger::Bell;
use std::mem;
use std::process;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// The thread of a reloader.
pub(crate) struct OwnThread {
    handle: JoinHandle<()>,
    bell: Arc<Bell>,
    /// The process that it is in.
    process: u32,
}

impl OwnThread {
    pub(crate) fn new(handle: JoinHandle<()>, bell: Arc<Bell>) -> Self {
        Self { handle, bell, process: process::id() }
    }

    fn is_here(&self) -> bool {
        self.process == process::id()
    }

    /// Asks it to look.
    pub(crate) fn look(&self) {
        if self.is_here() {
            self.bell.look();
        }
    }

    /// Stops it, and waits for its end.
    pub(crate) fn stop(self) {
        if !self.is_here() {
            // Its lock may be held for ever, and what the handle leads to may be another thread's by now.
            return mem::forget(self);
        }
        self.bell.stop();
        // A parser or a waker may hold the last one: the thread does not wait for itself.
        if self.handle.thread().id() != thread::current().id() {
            drop(self.handle.join());
        }
    }
}
