//! Values that count themselves, on any thread.

use std::cmp;
use std::ops::Deref;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Counts the values that were made in its name, and those that were dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
    peak: AtomicUsize,
}

impl Census {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn count<V>(&self, value: V) -> Counted<V> {
        let made = self.0.made.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.peak.fetch_max(made - self.dropped(), Ordering::Relaxed);
        Counted { value, state: AtomicU32::new(Counted::<V>::ALIVE), census: self.clone() }
    }

    pub(crate) fn made(&self) -> usize {
        self.0.made.load(Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn alive(&self) -> usize {
        let dropped = self.dropped();
        self.made().checked_sub(dropped).expect("more were dropped than were made")
    }

    /// The most that were alive at once; exact while one thread makes them.
    pub(crate) fn peak(&self) -> usize {
        self.0.peak.load(Ordering::Relaxed)
    }
}

/// A value that a [`Census`] counts, as it does its clones, and that notices a use after its drop, or a second drop.
#[derive(Debug)]
pub(crate) struct Counted<V> {
    value: V,
    state: AtomicU32,
    census: Census,
}

impl<V> Counted<V> {
    const ALIVE: u32 = 0xA11F_E000;
    const DROPPED: u32 = 0xDEAD_0000;

    fn check(&self) {
        if self.state.load(Ordering::Relaxed) != Self::ALIVE {
            // The memory is somebody else's: not even a panic is safe.
            eprintln!("a value was used after it was dropped");
            process::abort();
        }
    }
}

impl<V> Deref for Counted<V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.check();
        &self.value
    }
}

impl<V: PartialEq> PartialEq for Counted<V> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<V: Eq> Eq for Counted<V> {}

impl<V: PartialOrd> PartialOrd for Counted<V> {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<V: Ord> Ord for Counted<V> {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl<V: Clone> Clone for Counted<V> {
    fn clone(&self) -> Self {
        self.check();
        self.census.count(self.value.clone())
    }
}

impl<V> Drop for Counted<V> {
    fn drop(&mut self) {
        self.check();
        self.state.store(Self::DROPPED, Ordering::Relaxed);
        self.census.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
