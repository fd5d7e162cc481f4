//! [`Worker`]: a thread of ours, which the child of a fork does not have.

use crate::waste::guarded;
use std::io;
use std::mem;
use std::process;
use std::thread::{self, JoinHandle};

/// A thread of ours.
#[derive(Debug)]
pub(crate) struct Worker {
    handle: JoinHandle<()>,
    /// The process that it is in.
    process: u32,
}

impl Worker {
    pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let handle = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { handle, process: process::id() })
    }

    /// Whether it is in this process. In the child of a fork it is not, and what it has locked is locked for ever.
    pub(crate) fn is_here(&self) -> bool {
        self.process == process::id()
    }

    /// Whether this is it.
    pub(crate) fn is_current(&self) -> bool {
        self.handle.thread().id() == thread::current().id()
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    pub(crate) fn unpark(&self) {
        self.handle.thread().unpark();
    }

    /// Waits for its end, unless that never comes: a destructor that runs on it may be what ends it.
    pub(crate) fn join(self) {
        if !self.is_here() {
            // What the handle leads to may be another thread's by now.
            mem::forget(self);
        } else if !self.is_current() {
            guarded(|| self.handle.join().map_err(mem::forget));
        }
    }
}
