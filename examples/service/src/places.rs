//! [`Places`]: how many different events readers of changes may be sent at a time.
//!
//! While a reader is sent an event, that costs up to a whole list, if the version is replaced meanwhile; and a delta costs the names of
//! two. Those who are sent the same event share it, so it is counted once. That bounds what all of them cost together. Who has read all
//! has the current version alone, and no place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// What a reader is sent: the version that it comes from, and the newest. They are the same if that is a whole list.
pub type Event = (u64, u64);

/// What the readers are sent, and how many get each of it.
#[derive(Debug)]
pub struct Places {
    most: usize,
    readers: Mutex<BTreeMap<Event, usize>>,
    news: Notify,
}

/// What one reader is sent, until it is dropped.
#[derive(Debug)]
pub struct Place {
    all: Arc<Places>,
    event: Event,
}

impl Places {
    /// Readers may be sent so many different events at a time.
    pub fn new(most: usize) -> Self {
        Self { most, readers: Mutex::default(), news: Notify::new() }
    }

    /// Takes a place; `None` if nobody is sent this, and readers are sent as many others as they may be.
    pub fn take(self: &Arc<Self>, event: Event) -> Option<Place> {
        let mut readers = self.readers.lock().unwrap();
        let is_new = !readers.contains_key(&event);
        if is_new && readers.len() >= self.most {
            return None;
        }
        *readers.entry(event).or_default() += 1;
        drop(readers);
        if is_new {
            // Who waits may be sent this, too.
            self.news.notify_waiters();
        }
        Some(Place { all: Arc::clone(self), event })
    }

    /// Is over when, from now on, what is not to be had now may be had.
    pub fn news(&self) -> Notified<'_> {
        self.news.notified()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut readers = self.all.readers.lock().unwrap();
        let count = readers.get_mut(&self.event).expect("it is there");
        *count -= 1;
        if *count > 0 {
            return;
        }
        readers.remove(&self.event);
        drop(readers);
        self.all.news.notify_waiters();
    }
}
