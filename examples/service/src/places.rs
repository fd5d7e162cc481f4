//! [`Places`]: how many different events readers of changes may be sent at a time.
//!
//! While a reader is sent an event, that costs up to a whole list, if the version is replaced meanwhile; and a delta costs the names of
//! two. Those who are sent the same event share it, so it is counted once. That bounds what all of them cost together. Who has read all
//! has the current version alone, and no place. Who waits for a place comes before all who come later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// What a reader is sent: the version that it comes from, and the newest. They are the same if that is a whole list.
pub type Event = (u64, u64);

/// What the readers are sent, and who waits.
#[derive(Debug)]
pub struct Places {
    most: usize,
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// How many readers are sent each event.
    readers: BTreeMap<Event, usize>,
    /// Who waits, by number.
    line: BTreeSet<u64>,
    /// The number of the next one.
    next: u64,
}

/// What one reader is sent, until it is dropped.
#[derive(Debug)]
pub struct Place {
    all: Arc<Places>,
    event: Event,
}

/// Where one reader stands in the line of those who wait, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    all: Arc<Places>,
    number: u64,
}

impl Places {
    /// Readers may be sent so many different events at a time.
    pub fn new(most: usize) -> Self {
        Self { most, state: Mutex::default(), news: Notify::new() }
    }

    /// Takes a place; `None` if nobody is sent this, and all places that are left are those of who waits longer.
    pub fn take(self: &Arc<Self>, event: Event, turn: Option<&Turn>) -> Option<Place> {
        let mut state = self.state.lock().unwrap();
        let is_new = !state.readers.contains_key(&event);
        let before = turn.map_or(state.line.len(), |turn| state.line.range(..turn.number).count());
        if is_new && state.readers.len() + before >= self.most {
            return None;
        }
        *state.readers.entry(event).or_default() += 1;
        drop(state);
        if is_new {
            // Who waits may be sent this, too.
            self.news.notify_waiters();
        }
        Some(Place { all: Arc::clone(self), event })
    }

    /// Gets in line, behind all who wait.
    pub fn turn(self: &Arc<Self>) -> Turn {
        let mut state = self.state.lock().unwrap();
        let number = state.next;
        state.next += 1;
        state.line.insert(number);
        Turn { all: Arc::clone(self), number }
    }

    /// Returns how many wait.
    pub fn waiting(&self) -> usize {
        self.state.lock().unwrap().line.len()
    }

    /// Is over when, from now on, what is not to be had now may be had.
    pub fn news(&self) -> Notified<'_> {
        self.news.notified()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.all.state.lock().unwrap();
        let count = state.readers.get_mut(&self.event).expect("it is there");
        *count -= 1;
        if *count > 0 {
            return;
        }
        state.readers.remove(&self.event);
        drop(state);
        self.all.news.notify_waiters();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.state.lock().unwrap().line.remove(&self.number);
        // The next one may go.
        self.all.news.notify_waiters();
    }
}
