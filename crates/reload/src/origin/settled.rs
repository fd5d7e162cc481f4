//! [`Settled`]: believes what it has seen twice, some time apart.

use super::trace::Seen;
use super::{Look, Origin};
use crate::content::Content;
use crate::error::{FailureKind, Fault, Refused};
use std::time::{Duration, Instant};

/// A place in the file system that content is read from.
pub(crate) trait Place: Send {
    /// Reads what is there now.
    fn read(&self) -> Seen;

    /// Its path.
    fn name(&self) -> String;
}

/// How many settle times a content may go on changing before that is an error.
const PATIENCE: u32 = 50;

/// How many looks in a row must have seen the same in a folder that goes on changing, before that is told.
const STIRS: u32 = 10;

/// A place whose content counts when it was the same twice, `settle` apart, and was not touched in between.
///
/// So nobody sees the empty file between a truncation and the write that follows, or no file between its removal and the
/// new one; also not where a writer does that over and over, and each look meets the same moment of it. What was told last needs
/// no second look.
pub(crate) struct Settled<P> {
    place: P,
    settle: Duration,
    /// What was told last.
    told: Option<Result<Content, Refused>>,
    /// What may be told next.
    candidate: Option<Candidate>,
}

struct Candidate {
    seen: Seen,
    /// When this had been seen first.
    first: Instant,
    /// Since when nothing has happened.
    at: Instant,
    /// When somebody looked last.
    looked: Instant,
    /// For how long looks have seen something else than what was told. What is between two of them counts up to the settle time,
    /// so that a loop that looks seldom is no error.
    unrest: Duration,
    /// How many looks have seen the same since `first`, in a folder that had changed each time.
    stirs: u32,
}

/// What has happened between two looks.
#[derive(Clone, Copy, PartialEq)]
enum Between {
    Nothing,
    /// Something has come into the folder or gone out of it, and it may be a file that counts.
    Stir,
    Change,
}

impl Between {
    fn of(before: &Seen, now: &Seen) -> Self {
        if (&before.content, &before.links, &before.files) != (&now.content, &now.links, &now.files) {
            Self::Change
        } else if before.folder != now.folder {
            Self::Stir
        } else {
            Self::Nothing
        }
    }
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
        // From the end of one look to the start of the next: a look that is held up may have seen what was there when it started.
        let started = Instant::now();
        let seen = self.place.read();
        if let Some(told) = self.told.as_mut().filter(|told| **told == seen.content) {
            self.candidate = None;
            if let (Ok(told), Ok(seen)) = (&mut *told, &seen.content) {
                told.take_access(seen);
            }
            // The one that was told, whose bytes are in memory once.
            return Ok(Look::Content(told.clone()?));
        }
        if self.settle.is_zero() {
            return self.tell(seen.content);
        }
        let now = Instant::now();
        let Some(before) = self.candidate.take() else {
            let unrest = Duration::ZERO;
            self.candidate = Some(Candidate { seen, first: now, at: now, looked: now, unrest, stirs: 0 });
            return Ok(Look::Unsettled(self.settle));
        };
        let unrest = before.unrest + (now - before.looked).min(self.settle);
        let between = Between::of(&before.seen, &seen);
        if between == Between::Nothing {
            let wait = self.settle.saturating_sub(started - before.at);
            if wait.is_zero() {
                return self.tell(seen.content);
            }
            self.candidate = Some(Candidate { looked: now, unrest, ..before });
            return Ok(Look::Unsettled(wait));
        }
        let (first, stirs) =
            if between == Between::Stir { (before.first, before.stirs + 1) } else { (now, 0) };
        // Others may look in between.
        if stirs >= STIRS && started - first >= self.settle.saturating_mul(STIRS / 2) {
            return self.tell(seen.content);
        }
        let patience = self.settle.saturating_mul(PATIENCE);
        if unrest >= patience {
            // The next look starts over.
            let what = if between == Between::Stir {
                "files come and go"
            } else if before.seen.links != seen.links {
                "a link on the way is made anew"
            } else {
                "it is written or replaced"
            };
            let reason = format!(
                "has gone on changing for {patience:?}, at last since {what}: let it rest for {:?} after each change, or lower \
                 the settle time",
                self.settle
            );
            return Err(Refused::new(reason).in_file(self.place.name()).of(FailureKind::Restless).into());
        }
        self.candidate = Some(Candidate { seen, first, at: now, looked: now, unrest, stirs });
        // At another moment of what a writer does over and over.
        let part = if stirs > 0 { 5 + stirs * 3 % 5 } else { 10 };
        Ok(Look::Unsettled(self.settle.saturating_mul(part) / 10))
    }

    fn name(&self) -> String {
        self.place.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// An empty file, from a place whose next answer is late.
    struct Late(Duration);

    impl Place for Late {
        fn read(&self) -> Seen {
            let content = Ok(Content::from_bytes("list", ""));
            let seen = Seen { content, links: Vec::new(), files: Vec::new(), folder: None };
            thread::sleep(self.0);
            seen
        }

        fn name(&self) -> String {
            "list".to_owned()
        }
    }

    /// The clock was read after the file. So a look that was held up in between took a file that had just been truncated.
    #[test]
    fn the_time_that_a_look_takes_is_no_rest() {
        let settle = Duration::from_secs(2);
        let mut settled = Settled::new(Late(Duration::ZERO), settle);
        assert!(matches!(settled.look(), Ok(Look::Unsettled(_))));
        settled.place.0 = settle;
        assert!(matches!(settled.look(), Ok(Look::Unsettled(_))), "it is taken");
    }
}
