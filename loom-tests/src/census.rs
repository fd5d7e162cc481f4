//! [`Census`]: what is alive.

use crate::Watched;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are alive.
pub type Alive = Arc<AtomicUsize>;

/// Counts how many of it are alive. The count is no part of the model, so it is std's.
#[derive(Debug)]
pub struct Census {
    alive: Alive,
    /// What it counts.
    pub value: Watched,
}

impl Census {
    /// One more that is alive.
    #[must_use]
    pub fn new(alive: &Alive, value: u32) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self { alive: Arc::clone(alive), value: Watched::new(value) }
    }
}

impl Drop for Census {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}
