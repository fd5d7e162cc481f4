//! [`Places`]: at how many versions of the list the readers of changes may be.
//!
//! A version that was replaced costs up to a whole list, and a delta the names of two. Readers at the same one share it, so it is
//! counted once. That bounds what all of them cost together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Where a reader is: the version that it comes from, and the one that it is sent. They are the same if it is sent no delta.
pub type At = (u64, u64);

/// Where the readers are.
#[derive(Debug)]
pub struct Places {
    most: usize,
    readers: Mutex<BTreeMap<At, usize>>,
    news: Notify,
}

/// Where one reader is, until it is dropped.
#[derive(Debug)]
pub struct Place {
    all: Arc<Places>,
    at: At,
}

impl Places {
    /// Readers may be at so many versions and deltas.
    pub fn new(most: usize) -> Self {
        Self { most, readers: Mutex::default(), news: Notify::new() }
    }

    /// Takes a place there; `None` if nobody is there, and readers are at as many others as they may be.
    pub fn take(self: &Arc<Self>, at: At) -> Option<Place> {
        self.change(None, Some(at)).then(|| Place { all: Arc::clone(self), at })
    }

    /// Is over when, from now on, readers are somewhere else: what is not to be had now may be had then.
    pub fn news(&self) -> Notified<'_> {
        self.news.notified()
    }

    /// Has a reader leave a place, enter one, or both. Does nothing and returns `false` if it cannot enter.
    fn change(&self, leaves: Option<At>, enters: Option<At>) -> bool {
        let mut readers = self.readers.lock().unwrap();
        let is_last = leaves.is_some_and(|at| readers[&at] == 1);
        let is_first = enters.is_some_and(|at| !readers.contains_key(&at));
        if is_first && readers.len() - usize::from(is_last) >= self.most {
            return false;
        }
        if let Some(at) = enters {
            *readers.entry(at).or_default() += 1;
        }
        if let Some(at) = leaves {
            let count = readers.get_mut(&at).expect("it is there");
            *count -= 1;
            if *count == 0 {
                readers.remove(&at);
            }
        }
        drop(readers);
        if is_last || is_first {
            self.news.notify_waiters();
        }
        true
    }
}

impl Place {
    /// Where this reader is.
    pub fn at(&self) -> At {
        self.at
    }

    /// Moves there; `false` if it has to stay, since readers are at as many others as they may be.
    pub fn move_to(&mut self, at: At) -> bool {
        let moves = self.all.change(Some(self.at), Some(at));
        if moves {
            self.at = at;
        }
        moves
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.change(Some(self.at), None);
    }
}
