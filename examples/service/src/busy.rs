//! [`Busy`]: counts the connections on which a request is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// One connection. It is counted for as long as a hold of it is there.
#[derive(Clone, Debug)]
pub struct Busy(Arc<Connection>);

#[derive(Debug)]
struct Connection {
    holds: AtomicUsize,
    /// The answer that is sent has no end of its own.
    is_endless: AtomicBool,
    all: Arc<AtomicUsize>,
}

/// A request that is worked on, or an answer that is not taken yet.
#[derive(Debug)]
pub struct Hold(Arc<Connection>);

impl Busy {
    /// A connection on which nothing is under way. `all` is what counts them.
    pub fn new(all: Arc<AtomicUsize>) -> Self {
        Self(Arc::new(Connection { holds: AtomicUsize::new(0), is_endless: AtomicBool::new(false), all }))
    }

    /// Something is under way, until what is returned is dropped.
    pub fn hold(&self) -> Hold {
        if self.0.holds.fetch_add(1, Ordering::Relaxed) == 0 {
            self.0.all.fetch_add(1, Ordering::Relaxed);
        }
        Hold(Arc::clone(&self.0))
    }

    /// An answer is sent from now on: the hold of its request ends if it has no end of its own.
    pub fn sends(&self, hold: Hold, is_endless: bool) -> Option<Hold> {
        self.0.is_endless.store(is_endless, Ordering::Relaxed);
        (!is_endless).then_some(hold)
    }

    /// A part of the answer is not taken yet. That is under way as well, unless the answer has no end of its own.
    pub fn hold_answer(&self) -> Option<Hold> {
        (!self.0.is_endless.load(Ordering::Relaxed)).then(|| self.hold())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.0.holds.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.all.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
