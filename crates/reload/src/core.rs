//! [`Core`]: takes a content, and does with it what a reload does. No file, no thread, and no clock but for the
//! time of a failure and for how long other writers are waited for.

use crate::content::{Content, Fingerprint};
use crate::error::{Failure, FailureKind, Fault, Refused};
use crate::target::Changes;
use readmostly::{CowCell, Snapshot, Source, Update, WriteTxn};
use std::any::Any;
use std::cell::Cell;
use std::iter;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Makes a value that shares with the one given what is equal.
pub(crate) type Make<T> = Box<dyn FnOnce(&T) -> T>;
pub(crate) type Parse<T> = Box<dyn FnMut(&Content) -> Result<Make<T>, Fault> + Send>;
pub(crate) type Validate<T> = Box<dyn FnMut(&T, &T) -> Result<(), Fault> + Send>;

/// How often a value is made because others have published meanwhile. Then what the source describes of it is put into the current one
/// while they wait.
pub(crate) const TRIES: u32 = 3;

/// How long a look or a rollback waits for the writers of others, in all.
///
/// It has the turn meanwhile, for which one of them may wait: a look or a rollback that is asked for inside a write, or the drop of the
/// reloader. Without an end the two would wait for each other.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// How many characters of a reason are shown.
const REASON: usize = 500;

/// How many causes of an error are shown.
const CAUSES: usize = 16;

/// How a content becomes a value.
pub(crate) struct Recipe<T> {
    pub(crate) parse: Parse<T>,
    pub(crate) validate: Option<Validate<T>>,
    pub(crate) changes: fn(&T, &T) -> Changes,
    pub(crate) restore: fn(&T, &T) -> Option<T>,
    /// In bytes.
    pub(crate) limit: u64,
    /// In characters.
    pub(crate) excerpt: usize,
}

/// Parses, validates and publishes what a source says, one content after the other.
pub(crate) struct Core<C: Source> {
    target: Arc<C>,
    recipe: Recipe<C::Value>,
    /// The content that was looked into last, and why it was refused if it was. One that is neither refused nor taken is tried again
    /// at the next look, also where the source says then that it is unchanged.
    considered: Option<(Content, Option<Failure>)>,
    /// The content of the source that was taken last. It is no news after another one was refused.
    taken: Option<Content>,
}

/// What became of a content.
pub(crate) enum Outcome<T> {
    /// It is the one that was taken last, or the one that was looked into last. That one was refused for this.
    Same(Option<Failure>),
    /// It is in force.
    Taken(Taken<T>),
    /// It was looked into, and refused.
    Refused(Failure),
    /// It was not decided on. That need not be so for a look that is asked for elsewhere, if this one is inside a write to the container.
    Undecided { failure: Failure, is_inside: bool },
}

/// A content that is in force.
pub(crate) struct Taken<T> {
    pub(crate) content: Content,
    /// That of the content. It takes a while, so it was made before readers could see the version.
    pub(crate) fingerprint: Fingerprint,
    /// The version that shows it.
    pub(crate) version: u64,
    /// None if the values were there already.
    pub(crate) published: Option<Published<T>>,
}

/// What was published for a content.
pub(crate) struct Published<T> {
    pub(crate) changes: Changes,
    /// None if a waker or a destructor has panicked.
    pub(crate) update: Option<Update<T>>,
}

/// Why a content is not in force.
enum NotTaken {
    /// The parser, the validator or a value is against it.
    Refused(Refused),
    /// The container cannot be written to at the moment.
    Locked,
    /// Somebody else has published meanwhile.
    Overtaken,
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Whose turn it is, to tell what a panic was in.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Parse,
    Compare,
    Validate,
    Restore,
    /// Others write, and the value is dropped.
    Locked,
    /// Others have published, and the value is dropped.
    Overtaken,
    /// Nothing but a waker and a destructor can panic, after the new version is in force.
    Publish,
}

impl<C: Source> Core<C> {
    pub(crate) fn new(target: Arc<C>, recipe: Recipe<C::Value>) -> Self {
        Self { target, recipe, considered: None, taken: None }
    }

    /// The source says what it said last. `None` if it has never said anything.
    pub(crate) fn same(&mut self, again: bool) -> Option<Outcome<C::Value>> {
        let (content, _) = self.considered.as_ref()?;
        Some(self.step(content.clone(), again))
    }

    /// The content of the source that was taken last.
    pub(crate) fn taken(&self) -> Option<&Content> {
        self.taken.as_ref()
    }

    /// The oldest version that is kept, or one that is older by one: the last one may not be entered yet.
    pub(crate) fn oldest(&self) -> u64 {
        let stats = self.target.cell().stats();
        stats.version.saturating_sub(stats.kept as u64 + 1)
    }

    /// Waits until nobody writes. It panics where the writer is this thread, and says so.
    #[track_caller]
    pub(crate) fn wait_for_writers(&self) {
        drop(self.target.cell().write());
    }

    /// Counts what is different in `new`.
    pub(crate) fn changes(&self, old: &C::Value, new: &C::Value) -> Changes {
        (self.recipe.changes)(old, new)
    }

    /// What a rollback publishes. `None`: all of `wanted`.
    pub(crate) fn restored(&self, base: &C::Value, wanted: &C::Value) -> Option<C::Value> {
        (self.recipe.restore)(base, wanted)
    }

    /// Takes a content, unless it is the one that was taken last, or the one that was looked into last and was refused. `again`:
    /// looks into that one again.
    ///
    /// With bytes in place of a hash nobody need trust that two contents never have the same one. They are kept once.
    pub(crate) fn step(&mut self, content: Content, again: bool) -> Outcome<C::Value> {
        if self.taken.as_ref() == Some(&content) {
            self.taken = Some(content.clone());
            self.considered = Some((content, None));
            return Outcome::Same(None);
        }
        let before = self.considered.take().filter(|(considered, _)| *considered == content);
        let refused = before.and_then(|(_, failure)| failure);
        let outcome = match (refused, again) {
            (Some(failure), false) => Outcome::Same(Some(failure)),
            (refused, _) => match self.consider(&content) {
                // It counts once.
                Outcome::Refused(failure) if refused.is_some() => Outcome::Same(Some(failure)),
                outcome => outcome,
            },
        };
        let failure = match &outcome {
            Outcome::Same(failure) => failure.clone(),
            Outcome::Refused(failure) => Some(failure.clone()),
            Outcome::Taken(_) => {
                self.taken = Some(content.clone());
                None
            }
            Outcome::Undecided { .. } => None,
        };
        self.considered = Some((content, failure));
        outcome
    }

    /// Takes a content, and does not remember that. A copy of the last good content is not what the source says.
    pub(crate) fn consider(&mut self, content: &Content) -> Outcome<C::Value> {
        if content.len() > self.recipe.limit {
            let reason = format!(
                "has {} bytes, and the limit is {}: raise the limit",
                content.len(),
                self.recipe.limit
            );
            let refused = Refused::new(reason).of(FailureKind::TooLarge);
            return Outcome::Refused(self.failure(refused, Some(content)));
        }
        let fingerprint = content.fingerprint();
        let mut patience = Patience::new();
        let mut tried = 1;
        loop {
            match self.attempt(content, fingerprint, tried, &mut patience) {
                Ok(taken) => return Outcome::Taken(taken),
                Err(NotTaken::Overtaken) => tried += 1,
                Err(NotTaken::Refused(refused)) => {
                    return Outcome::Refused(self.failure(refused, Some(content)));
                }
                Err(NotTaken::Locked) => {
                    let reason = format!(
                        "another write to the container goes on for more than {PATIENCE:?} or was leaked, or this look is inside \
                         one: it is tried again at the next look"
                    );
                    let refused = Refused::new(reason).of(FailureKind::Locked);
                    let failure = self.failure(refused, Some(content));
                    // Who would wait for himself is told at once.
                    return Outcome::Undecided { failure, is_inside: !patience.is_over() };
                }
            }
        }
    }

    /// Makes the value, and publishes it if it is new.
    ///
    /// The writers' lock is held for the swap, and at the last try for `restore`: the parser and the validator may wait for another
    /// writer. Values are dropped in here, so that a panic of theirs stays here.
    fn attempt(
        &mut self,
        content: &Content,
        fingerprint: Fingerprint,
        tried: u32,
        patience: &mut Patience,
    ) -> Result<Taken<C::Value>, NotTaken> {
        let cell = self.target.cell();
        let Recipe { parse, validate, changes, restore, .. } = &mut self.recipe;
        let (stage, number) = (Cell::new(Stage::Parse), Cell::new(0));
        let counted = Cell::new(Changes::default());
        let taken = |version, published| Taken { content: content.clone(), fingerprint, version, published };
        let published = |update| taken(number.get() + 1, Some(Published { changes: counted.get(), update }));
        let done = guarded(|| {
            let make = parse(content).map_err(|fault| refused(fault, FailureKind::Parse))?;
            stage.set(Stage::Compare);
            let base = cell.snapshot();
            number.set(Snapshot::version(&base));
            let new = make(&base);
            counted.set(changes(&base, &new));
            stage.set(Stage::Validate);
            if let Some(validate) = validate {
                validate(&base, &new).map_err(|fault| refused(fault, FailureKind::Validate))?;
            }
            let is_current = || cell.version() == number.get();
            if counted.get().is_empty() && is_current() {
                return Ok(taken(number.get(), None));
            }
            // It is dropped before the values, whose destructors are the user's.
            let (current, merged);
            let Some(txn) = patience.write(cell) else {
                stage.set(Stage::Locked);
                return Err(NotTaken::Locked);
            };
            // Nobody else publishes from here on.
            if is_current() {
                stage.set(Stage::Publish);
                return Ok(published(Some(txn.commit_value(new))));
            }
            if tried < TRIES {
                stage.set(Stage::Overtaken);
                return Err(NotTaken::Overtaken);
            }
            stage.set(Stage::Restore);
            current = cell.snapshot();
            merged = restore(&current, &new).unwrap_or(new);
            counted.set(changes(&current, &merged));
            number.set(Snapshot::version(&current));
            if counted.get().is_empty() {
                return Ok(taken(number.get(), None));
            }
            stage.set(Stage::Publish);
            Ok(published(Some(txn.commit_value(merged))))
        });
        done.unwrap_or_else(|panic| {
            let refused = |what| Err(NotTaken::Refused(self.panicked(what, panic)));
            match stage.get() {
                Stage::Parse => refused("the parser"),
                Stage::Compare => refused("`Hash`, `Eq` or `Clone` of a value"),
                Stage::Validate => refused("the validator, or the destructor of a value"),
                Stage::Restore => {
                    refused("`Target::restore`, or `Hash`, `Eq`, `Clone` or the destructor of a value")
                }
                Stage::Locked => Err(NotTaken::Locked),
                Stage::Overtaken => Err(NotTaken::Overtaken),
                Stage::Publish => Ok(published(None)),
            }
        })
    }

    /// What the status shows of a panic.
    ///
    /// std formats a part of a text that is sliced in the wrong place, so what is formatted may show content.
    pub(crate) fn panicked(&self, what: &str, panic: Panic) -> Refused {
        let text = match panic {
            Panic::Fixed(text) => text.to_owned(),
            Panic::Formatted(text) if self.recipe.excerpt > 0 => text,
            Panic::Formatted(_) => String::from(
                "its text may show content: it is on standard error, and here with `Builder::excerpt`",
            ),
        };
        Refused::new(format!("a panic in {what}: {text}")).of(FailureKind::Panic)
    }

    /// What the status shows of an error.
    pub(crate) fn failure(&self, refused: Refused, content: Option<&Content>) -> Failure {
        let Refused { kind, file, line, column, reason } = refused;
        let files = content.map_or(&[][..], Content::files);
        let file = file.or_else(|| if let [only] = files { Some(only.name().to_owned()) } else { None });
        let excerpt = files
            .iter()
            .find(|candidate| file.as_deref() == Some(candidate.name()))
            .filter(|_| self.recipe.excerpt > 0)
            .zip(line)
            .and_then(|(file, line)| {
                let line = usize::try_from(line).ok()?.checked_sub(1)?;
                // As a text has it: without the mark at its beginning, and without ends of lines.
                let bytes = file.bytes();
                let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
                let line = text.split(|byte| *byte == b'\n').nth(line)?;
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                // As many characters have at most four times as many bytes. One more tells that something is left out.
                let line = &line[..line.len().min(self.recipe.excerpt.saturating_add(1).saturating_mul(4))];
                Some(shortened(&String::from_utf8_lossy(line), self.recipe.excerpt))
            });
        Failure {
            kind: kind.unwrap_or(FailureKind::Unreadable),
            file,
            line,
            column,
            reason: shortened(&reason, REASON),
            excerpt,
            since: SystemTime::now(),
        }
    }
}

/// What is left of the time for which others are waited for.
pub(crate) struct Patience(Duration);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(PATIENCE)
    }

    fn is_over(&self) -> bool {
        self.0.is_zero()
    }

    /// Waits for the writers' lock.
    pub(crate) fn write<'a, T>(&mut self, cell: &'a CowCell<T>) -> Option<WriteTxn<'a, T>> {
        let start = Instant::now();
        let txn = cell.try_write_for(self.0);
        self.0 = self.0.saturating_sub(start.elapsed());
        txn
    }
}

/// A text of at most `length` characters. The last one says whether something was left out.
fn shortened(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some(_) => text.chars().take(length.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// What an error of the user's says, of this kind unless it is one of ours.
pub(crate) fn refused(fault: Fault, kind: FailureKind) -> Refused {
    let refused = match fault.downcast::<Refused>() {
        Ok(refused) => *refused,
        Err(fault) => {
            let mut reason = fault.to_string();
            // One may be its own cause.
            for error in iter::successors(fault.source(), |error| error.source()).take(CAUSES) {
                let text = error.to_string();
                // Some say in their own text what their cause is.
                if !reason.contains(&text) {
                    reason = format!("{reason}: {text}");
                }
            }
            Refused::new(reason)
        }
    };
    Refused { kind: refused.kind.or(Some(kind)), ..refused }
}

/// What a panic says.
pub(crate) enum Panic {
    /// A text of the program's.
    Fixed(&'static str),
    /// A text that was made of values.
    Formatted(String),
}

/// Runs code of the user's. Gives the message of a panic.
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = message(&*payload);
        // Its destructor is the user's as well. What that panics with might panic for ever.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(again);
        }
        message
    })
}

fn message(payload: &(dyn Any + Send)) -> Panic {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return Panic::Fixed(text);
    }
    payload
        .downcast_ref::<String>()
        .map_or(Panic::Fixed("without a message"), |text| Panic::Formatted(text.clone()))
}
