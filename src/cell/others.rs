//! [`Others`]: the replaced versions that are not kept, as long as others hold them.

use crate::publish::Version;
use crate::sync::{Arc, Moment, Trace};
use std::collections::VecDeque;
use std::mem;

/// Traces of replaced versions, oldest first.
///
/// A trace of a dead version is forgotten when it is looked at. In most tables a version dies soon after it was replaced: that is
/// the newest, which each call looks at. Those that were held for longer are looked at in rounds, a few by each call. So a publish
/// takes no longer where many versions are held.
pub(super) struct Others<T> {
    /// Those that were looked at in this round. They are older than the rest.
    seen: VecDeque<Other<T>>,
    unseen: VecDeque<Other<T>>,
    rounds: u64,
    /// How many there may be before this round has to get on.
    many: usize,
}

/// A version that lives as long as others hold it.
struct Other<T> {
    number: u64,
    replaced: Moment,
    version: Trace<Version<T>>,
}

/// How many there may be without a hurry.
const FEW: usize = 16;

impl<T> Others<T> {
    pub(super) fn new() -> Self {
        Self { seen: VecDeque::new(), unseen: VecDeque::new(), rounds: 0, many: FEW }
    }

    /// Enters a version that is newer than all that are here.
    #[inline]
    pub(super) fn push(&mut self, number: u64, replaced: Moment, version: Trace<Version<T>>) {
        let other = Other { number, replaced, version };
        let newest = if self.unseen.is_empty() { self.seen.back_mut() } else { self.unseen.back_mut() };
        match newest {
            Some(newest) if !newest.version.is_alive() => *newest = other,
            _ => self.unseen.push_back(other),
        }
        if self.len() > self.many {
            // More than come, or the round would not end.
            (0..3).for_each(|_| self.look());
        } else if number % 8 == 0 {
            self.look();
        }
    }

    /// The version of this number, if it is here and alive.
    pub(super) fn find(&self, number: u64) -> Option<Arc<Version<T>>> {
        [&self.seen, &self.unseen].into_iter().find_map(|others| {
            let at = others.binary_search_by_key(&number, |other| other.number).ok()?;
            others[at].version.find()
        })
    }

    /// How many there are, those included that have died since they were looked at.
    pub(super) fn len(&self) -> usize {
        self.seen.len() + self.unseen.len()
    }

    /// The number of the oldest one, and when it was replaced.
    pub(super) fn oldest(&self) -> Option<(u64, Moment)> {
        let oldest = self.seen.front().or(self.unseen.front())?;
        Some((oldest.number, oldest.replaced))
    }

    /// How many rounds have ended. When two more have, each that is here was looked at meanwhile.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds
    }

    /// Looks at the next one.
    pub(super) fn look(&mut self) {
        match self.unseen.pop_front() {
            Some(other) if other.version.is_alive() => self.seen.push_back(other),
            // There may be more of them.
            Some(_) => self.many = 0,
            None => self.end_the_round(),
        }
    }

    fn end_the_round(&mut self) {
        mem::swap(&mut self.seen, &mut self.unseen);
        let count = self.unseen.len();
        (self.rounds, self.many) = (self.rounds + 1, 2 * count + FEW);
        // It is not to grow in the next round, nor to keep the room of a time when there were many.
        if !(count..=4 * count + FEW).contains(&self.seen.capacity()) {
            self.seen = VecDeque::with_capacity(count);
        }
    }
}
