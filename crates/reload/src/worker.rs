//! [`Worker`]: looks at the source, hands its content to the core, and keeps account of that in the status.

use crate::core::{Core, Outcome, Taken, guarded, refused};
use crate::error::{Error, Failure, FailureKind, Refused};
use crate::fingerprints::Fingerprints;
use crate::last_good::LastGood;
use crate::origin::{Look, Origin};
use crate::status::{Provenance, Status};
use crate::target::Changes;
use crate::trigger::LEAST;
use readmostly::{Source, Update};
use std::mem;
use std::thread;
use std::time::{Duration, SystemTime};

/// What a look has led to.
enum Seen<T> {
    Unsettled(Duration),
    Known(Outcome<T>),
}

/// The first load.
pub(crate) struct First<T> {
    pub(crate) status: Status,
    pub(crate) update: Option<Update<T>>,
}

/// What one reload at a time may use.
pub(crate) struct Worker<C: Source> {
    origin: Box<dyn Origin>,
    pub(crate) core: Core<C>,
    last_good: Option<Box<dyn LastGood>>,
    pub(crate) fingerprints: Fingerprints,
    /// The number of the last look that has decided, of those for somebody who waits.
    decided: u64,
    /// Somebody has asked that a refused content be looked into again, and no look has decided since.
    again: bool,
}

impl<C: Source> Worker<C> {
    pub(crate) fn new(origin: Box<dyn Origin>, core: Core<C>, last_good: Option<Box<dyn LastGood>>) -> Self {
        Self { origin, core, last_good, fingerprints: Fingerprints::new(), decided: 0, again: false }
    }

    /// Loads for the first time: from the source or, if that is not good, from the copy of the last good content.
    pub(crate) fn first(&mut self) -> Result<First<C::Value>, Error> {
        let outcome = loop {
            match self.see() {
                Seen::Unsettled(wait) => thread::sleep(wait),
                // The source is good. The copy could not be published either.
                Seen::Known(Outcome::Undecided { failure, .. }) if failure.kind == FailureKind::Locked => {
                    self.core.wait_for_writers();
                }
                Seen::Known(outcome) => break outcome,
            }
        };
        let now = SystemTime::now();
        let failure = match outcome {
            Outcome::Taken(taken) => {
                self.keep(&taken);
                let mut first = First::new(taken, Provenance::Source, now);
                self.save(&mut first.status);
                return Ok(first);
            }
            Outcome::Same(None) => unreachable!("there was no content before the first"),
            Outcome::Same(Some(failure)) | Outcome::Refused(failure) | Outcome::Undecided { failure, .. } => {
                failure
            }
        };
        let Some(last_good) = &mut self.last_good else { return Err(failure.into()) };
        let copy = match last_good.load() {
            Ok(content) => loop {
                match self.core.consider(&content) {
                    Outcome::Undecided { failure, .. } if failure.kind == FailureKind::Locked => {
                        self.core.wait_for_writers();
                    }
                    outcome => break outcome,
                }
            },
            Err(refused) => Outcome::Refused(self.core.failure(refused, None)),
        };
        match copy {
            Outcome::Taken(taken) => {
                self.note(&taken);
                if let Some(last_good) = &mut self.last_good {
                    last_good.loaded(taken.content.clone());
                }
                let mut first = First::new(taken, Provenance::LastGood { since: now }, now);
                first.status.fail(failure);
                first.status.failed = 1;
                // A newer copy may be damaged.
                self.save(&mut first.status);
                Ok(first)
            }
            Outcome::Same(_) => unreachable!("it was considered"),
            Outcome::Refused(copy) | Outcome::Undecided { failure: copy, .. } => {
                Err(Error { last_good: Some(Box::new(copy)), ..failure.into() })
            }
        }
    }

    /// Looks for somebody who waits until a look has decided. A refused content is looked into again.
    ///
    /// `since` is the number of the last look that had begun when he asked. A later one of somebody else's that has decided counts for
    /// him.
    pub(crate) fn look_for(
        &mut self,
        since: u64,
        number: u64,
        status: &mut Status,
    ) -> (Option<Duration>, Option<Update<C::Value>>) {
        if self.decided > since {
            return (None, None);
        }
        self.again = true;
        self.look(number, status)
    }

    /// Looks once, and enters that into the status. Returns how long to wait where the content is changing.
    pub(crate) fn look(
        &mut self,
        number: u64,
        status: &mut Status,
    ) -> (Option<Duration>, Option<Update<C::Value>>) {
        let outcome = match self.see() {
            Seen::Unsettled(wait) => return (Some(wait), None),
            Seen::Known(outcome) => outcome,
        };
        let is_inside = matches!(&outcome, Outcome::Undecided { is_inside: true, .. });
        if !is_inside && mem::take(&mut self.again) {
            self.decided = number;
        }
        let now = SystemTime::now();
        status.checked_at = now;
        let mut update = None;
        match outcome {
            Outcome::Same(verdict) => {
                status.unchanged += 1;
                match verdict {
                    Some(failure) => status.fail(failure),
                    None => status.last_error = None,
                }
                self.still();
            }
            Outcome::Taken(taken) => {
                self.keep(&taken);
                update = status.take(taken, now);
            }
            Outcome::Refused(failure) => {
                status.failed += 1;
                status.fail(failure);
                self.still();
            }
            Outcome::Undecided { failure, .. } => {
                self.still();
                let is_same = |last: &Failure| (last.kind, &last.reason) == (failure.kind, &failure.reason);
                status.failed += u64::from(!status.last_error.as_ref().is_some_and(is_same));
                status.fail(failure);
            }
        }
        (None, update)
    }

    /// Looks at the source, and hands what is new to the core.
    fn see(&mut self) -> Seen<C::Value> {
        let origin = &mut self.origin;
        // Errors are turned into text in here, since that is code of the user's as well.
        let look = guarded(|| origin.look().map_err(|fault| refused(fault, FailureKind::Unreadable)));
        let refused = match look {
            Ok(Ok(Look::Unsettled(wait))) => return Seen::Unsettled(wait.max(LEAST)),
            Ok(Ok(Look::Content(content))) => return Seen::Known(self.core.step(content, self.again)),
            Ok(Ok(Look::Unchanged)) => match self.core.same(self.again) {
                Some(same) => return Seen::Known(same),
                None => Refused::new("says that it is unchanged, but has never said what it is"),
            },
            Ok(Err(refused)) => refused,
            Err(panic) => self.core.panicked("the source", panic),
        };
        let name = guarded(|| self.origin.name()).unwrap_or_else(|_| String::from("the source"));
        let refused = Refused { file: refused.file.or(Some(name)), ..refused };
        let failure = self.core.failure(refused, None);
        Seen::Known(Outcome::Undecided { failure, is_inside: false })
    }

    /// The version that is in force is made of this.
    fn note(&mut self, taken: &Taken<C::Value>) {
        self.fingerprints.note(taken.version, taken.fingerprint, self.core.oldest());
    }

    /// The version that is in force is made of this, and the copy of the last good content is to be this.
    fn keep(&mut self, taken: &Taken<C::Value>) {
        self.note(taken);
        if let Some(last_good) = &mut self.last_good {
            last_good.keep(&taken.content);
        }
    }

    /// The copy of the last good content is still to be what was taken last. It may be gone, or somebody may have changed it.
    fn still(&mut self) {
        if let Some(last_good) = &mut self.last_good {
            last_good.still(self.core.taken());
        }
    }

    /// Writes the copy of the last good content, if there is a newer one than that. What is not applied is never written. Returns
    /// `true` if the status has changed.
    pub(crate) fn save(&mut self, status: &mut Status) -> bool {
        let Some(last_good) = &mut self.last_good else { return false };
        let error = last_good.save().err().map(|refused| {
            let failure = self.core.failure(refused, None);
            let since = status.save_error.as_ref().map_or(failure.since, |before| before.since);
            Failure { since, ..failure }
        });
        let is_new = error != status.save_error;
        status.save_error = error;
        is_new
    }
}

impl<T> First<T> {
    fn new(taken: Taken<T>, provenance: Provenance, now: SystemTime) -> Self {
        let mut status = Status {
            version: taken.version,
            provenance,
            fingerprint: taken.fingerprint,
            changes: Changes::default(),
            applied_at: now,
            checked_at: now,
            applied: 0,
            unchanged: 0,
            failed: 0,
            rolled_back: 0,
            last_error: None,
            save_error: None,
        };
        let update = status.take(taken, now);
        status.provenance = provenance;
        if !matches!(provenance, Provenance::Source) {
            // These count what the source says.
            (status.applied, status.unchanged) = (0, 0);
        }
        Self { status, update }
    }
}

impl Status {
    /// A content is in force.
    fn take<T>(&mut self, taken: Taken<T>, now: SystemTime) -> Option<Update<T>> {
        self.version = taken.version;
        self.provenance = Provenance::Source;
        self.fingerprint = taken.fingerprint;
        (self.applied_at, self.checked_at) = (now, now);
        self.last_error = None;
        let Some(published) = taken.published else {
            self.unchanged += 1;
            return None;
        };
        self.applied += 1;
        self.changes = published.changes;
        published.update
    }

    /// A look has failed.
    fn fail(&mut self, failure: Failure) {
        let since = self.last_error.as_ref().map_or(failure.since, |before| before.since);
        self.last_error = Some(Failure { since, ..failure });
    }
}
