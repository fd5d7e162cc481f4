//! Turns: who comes first writes first.

use super::inner::unpoisoned;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Gives out turns, one after the other.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next turn that is given out.
    next: u64,
    /// Whose turn it is.
    current: u64,
    /// Those that were over before they came.
    over: BTreeSet<u64>,
}

/// A turn, which is over when it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    number: u64,
}

impl Turns {
    /// Locks them, as a thread does that takes one.
    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Sized {
        unpoisoned(&self.state)
    }

    /// Gives out the next turn.
    pub(super) fn take(self: &Arc<Self>) -> Turn {
        let mut state = unpoisoned(&self.state);
        state.next += 1;
        Turn { turns: Arc::clone(self), number: state.next - 1 }
    }
}

impl Turn {
    /// Waits until all who came before are done.
    pub(super) fn wait(&self) {
        let mut state = unpoisoned(&self.turns.state);
        while state.current != self.number {
            state = self.turns.over.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = unpoisoned(&self.turns.state);
        state.over.insert(self.number);
        while let Some(current) = state.over.pop_first() {
            if current != state.current {
                state.over.insert(current);
                break;
            }
            state.current += 1;
        }
        self.turns.over.notify_all();
    }
}
