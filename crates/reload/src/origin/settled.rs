//! [`Settled`]: believes what it has seen twice, some time apart.

use super::{Look, Origin};
use crate::content::Content;
use crate::error::{FailureKind, Fault, Refused};
use std::time::{Duration, Instant};

/// A place in the file system that content is read from.
pub(crate) trait Place: Send {
    /// Reads what is there now.
    fn read(&self) -> Result<Content, Refused>;

    /// Its path.
    fn name(&self) -> String;
}

/// How many settle times a content may go on changing before that is an error.
const PATIENCE: u32 = 50;

/// A place whose content counts when it was the same twice, `settle` apart.
///
/// So nobody sees the empty file between a truncation and the write that follows, or no file between its removal and the
/// new one. What was seen last needs no second look.
pub(crate) struct Settled<P> {
    place: P,
    settle: Duration,
    /// What was told last.
    told: Option<Result<Content, Refused>>,
    /// What may be told next.
    candidate: Option<Candidate>,
}

struct Candidate {
    seen: Result<Content, Refused>,
    /// When this was seen first.
    at: Instant,
    /// When something else than what was told was seen first.
    unrest: Instant,
}

impl<P> Settled<P> {
    pub(crate) fn new(place: P, settle: Duration) -> Self {
        Self { place, settle, told: None, candidate: None }
    }

    /// Tells what was seen, and remembers that.
    fn tell(&mut self, seen: Result<Content, Refused>) -> Result<Look, Fault> {
        self.candidate = None;
        self.told = Some(seen.clone());
        Ok(Look::Content(seen?))
    }
}

impl<P: Place> Origin for Settled<P> {
    fn look(&mut self) -> Result<Look, Fault> {
        let seen = self.place.read();
        if let Some(told) = self.told.as_ref().filter(|told| **told == seen) {
            self.candidate = None;
            // The one that was told, whose bytes are in memory once.
            return Ok(Look::Content(told.clone()?));
        }
        if self.settle.is_zero() {
            return self.tell(seen);
        }
        let now = Instant::now();
        let unrest = self.candidate.as_ref().map_or(now, |candidate| candidate.unrest);
        match self.candidate.take() {
            Some(candidate) if candidate.seen == seen => {
                let wait = self.settle.saturating_sub(now - candidate.at);
                if wait.is_zero() {
                    return self.tell(seen);
                }
                self.candidate = Some(candidate);
                Ok(Look::Unsettled(wait))
            }
            _ if now - unrest > self.settle.saturating_mul(PATIENCE) => {
                // The next look starts over.
                let time = self.settle.saturating_mul(PATIENCE);
                let reason =
                    format!("has gone on changing for {time:?}: write it beside, and rename it then");
                Err(Refused::new(reason).in_file(self.place.name()).of(FailureKind::Restless).into())
            }
            _ => {
                self.candidate = Some(Candidate { seen, at: now, unrest });
                Ok(Look::Unsettled(self.settle))
            }
        }
    }

    fn name(&self) -> String {
        self.place.name()
    }
}
