//! [`Core`]: what etcd has said, decoded and published. No I/O and no thread.

use crate::decoder::{Decoder, Edit, Edits, Entries, Refused};
use crate::error::{Failure, FailureKind, guarded};
use crate::state::{List, State, Transaction};
use crate::table::Table;
use readmostly::{CowCell, Snapshot};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a transaction is worked out without the writers' lock. If others have published each time, they wait while it is worked out.
const TRIES: u32 = 3;
/// How long it waits for the writers' lock at a time. The thread does nothing else meanwhile.
const PATIENCE: Duration = Duration::from_millis(5);

/// Takes what etcd says, and publishes it.
pub(crate) struct Core<C: Table> {
    pub(crate) target: Arc<C>,
    pub(crate) state: State,
    pub(crate) decoder: Decoder<C::Key, C::Entry>,
}

/// Something to be published.
pub(crate) struct Work<C: Table> {
    what: What<C>,
    tries: u32,
}

/// A list that is being decoded.
pub(crate) struct Decoding<C: Table> {
    list: List,
    all: Entries<C::Key, C::Entry>,
}

/// The entries of a list, and the keys whose last good values stay.
type Good<C> = (Vec<(<C as Table>::Key, <C as Table>::Entry)>, Vec<<C as Table>::Key>);

enum What<C: Table> {
    Transaction(Transaction, Edits<C::Key, C::Entry>),
    List {
        list: List,
        /// None when they were assigned.
        entries: Option<Good<C>>,
        rejected: BTreeMap<Vec<u8>, Refused>,
        /// What that has led to, and how many changes it took.
        made: Option<(C::Value, usize)>,
    },
}

/// What was published.
#[derive(Debug)]
pub(crate) struct Published {
    /// The version that shows it.
    pub(crate) version: u64,
    /// How many entries have changed. None: no version was published.
    pub(crate) changes: usize,
    /// There are other refused keys than before.
    pub(crate) is_new_rejected: bool,
}

/// Whose turn it is, to tell what a panic was in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A value is made.
    Change,
    /// Others write, and the value is dropped.
    KeptOut,
    /// Nothing but a waker and a destructor can panic, after the new version is in force.
    Publish,
}

impl<C: Table> Core<C> {
    pub(crate) fn new(target: Arc<C>, state: State, decoder: Decoder<C::Key, C::Entry>) -> Self {
        Self { target, state, decoder }
    }

    /// Decodes a transaction.
    pub(crate) fn transaction(&mut self, transaction: Transaction) -> Work<C> {
        let edits = self.decoder.transaction(&transaction);
        Work { what: What::Transaction(transaction, edits), tries: 0 }
    }

    /// Decodes some more of a list, while `goes_on` returns `true`. Returns `true` when all is decoded.
    pub(crate) fn decode(&mut self, decoding: &mut Decoding<C>, goes_on: impl FnMut() -> bool) -> bool {
        self.decoder.list(&decoding.list, &mut decoding.all, goes_on)
    }

    /// Takes a list that is decoded.
    pub(crate) fn list(&self, decoding: Decoding<C>) -> Result<Work<C>, Failure> {
        let Decoding { list, mut all } = decoding;
        // Two names must not give one key: a removal of one would take away the other's entry.
        let decoder = &self.decoder;
        let refuse = || {
            let twins = C::twins(all.good.iter().map(|(key, _)| key).chain(&all.kept));
            decoder.refuse(&list, &mut all, &twins);
        };
        guarded(refuse).map_err(|message| in_value(&message))?;
        let Entries { good, kept, rejected, .. } = all;
        Ok(Work { what: What::List { list, entries: Some((good, kept)), rejected, made: None }, tries: 0 })
    }

    /// Whether a list would take away entries, and has no key that decodes.
    pub(crate) fn empties(&self, work: &Work<C>) -> Result<bool, Failure> {
        let What::List { entries: Some((good, kept)), .. } = &work.what else { return Ok(false) };
        let table = self.target.cell().snapshot();
        let empties = || {
            let stays = |key: &&C::Key| C::entry(&table, key).is_some();
            good.is_empty() && kept.iter().filter(stays).count() < C::len(&table)
        };
        guarded(empties).map_err(|message| in_value(&message))
    }

    /// A list is not shown. Its refused keys are.
    pub(crate) fn refuse(&mut self, work: Work<C>) {
        if let What::List { mut rejected, .. } = work.what {
            self.decoder.enter_list(&mut rejected);
        }
    }

    /// Publishes something. Returns `None` if others write to the container at the moment: then call it again.
    pub(crate) fn publish(&mut self, work: &mut Work<C>) -> Option<Result<Published, Failure>> {
        let cell = self.target.cell();
        let (version, changes) = match publish(cell, work)? {
            Ok(published) => published,
            Err(failure) => return Some(Err(failure)),
        };
        let is_new_rejected = match &mut work.what {
            What::Transaction(transaction, edits) => {
                self.state.shown(transaction);
                self.decoder.enter(edits)
            }
            What::List { list, rejected, .. } => {
                self.state.listed(list);
                self.decoder.enter_list(rejected)
            }
        };
        Some(Ok(Published { version, changes, is_new_rejected }))
    }
}

impl<C: Table> Decoding<C> {
    pub(crate) fn new(list: List) -> Self {
        let all = Entries::new(list.entries.len());
        Self { list, all }
    }
}

/// A panic in a value's own code.
fn in_value(message: &str) -> Failure {
    Failure::new(
        FailureKind::Panic,
        format!("a panic in `Hash`, `Eq`, `Clone` or `Drop` of a value: {message}"),
    )
}

/// Returns the version that shows it, and how many entries that has changed.
fn publish<C: Table>(cell: &CowCell<C::Value>, work: &mut Work<C>) -> Option<Result<(u64, usize), Failure>> {
    let (stage, version, changes) = (Cell::new(Stage::Change), Cell::new(0), Cell::new(0));
    let done = guarded(|| {
        let base = cell.snapshot();
        let is_current = || cell.version() == Snapshot::version(&base);
        version.set(Snapshot::version(&base));
        let mut draft = C::draft(&base);
        changes.set(work.change(&mut draft));
        if changes.get() == 0 && is_current() {
            return Some(());
        }
        // It is dropped before the values, whose destructors are the user's.
        let mut merged;
        let Some(txn) = cell.try_write_for(PATIENCE) else {
            stage.set(Stage::KeptOut);
            return None;
        };
        // Nobody else publishes from here on.
        if is_current() {
            stage.set(Stage::Publish);
            version.set(version.get() + 1);
            drop(txn.commit_value(draft));
            return Some(());
        }
        work.tries += 1;
        if work.tries < TRIES {
            stage.set(Stage::KeptOut);
            return None;
        }
        merged = C::draft(&txn);
        changes.set(work.change(&mut merged));
        version.set(cell.version());
        if changes.get() == 0 {
            stage.set(Stage::KeptOut);
            return Some(());
        }
        stage.set(Stage::Publish);
        version.set(version.get() + 1);
        drop(txn.commit_value(merged));
        Some(())
    });
    match (done, stage.get()) {
        (Ok(None), _) | (Err(_), Stage::KeptOut) => None,
        (Ok(Some(())), _) | (Err(_), Stage::Publish) => Some(Ok((version.get(), changes.get()))),
        (Err(message), Stage::Change) => Some(Err(in_value(&message))),
    }
}

impl<C: Table> Work<C> {
    /// Makes the changes. Returns how many there are.
    fn change(&mut self, draft: &mut C::Value) -> usize {
        match &mut self.what {
            What::Transaction(_, edits) => {
                let mut changes = 0;
                for (key, edit) in &edits.edits {
                    let entry = match edit {
                        Edit::Set(entry) => Some(entry),
                        Edit::Remove => None,
                    };
                    changes += usize::from(C::set(draft, key, entry));
                }
                changes
            }
            What::List { entries, made, .. } => {
                if let Some((made, changes)) = made {
                    // A list says all that there is, so what others have published meanwhile makes no difference.
                    let made = C::draft(made);
                    let changes = if C::same(draft, &made) { 0 } else { (*changes).max(1) };
                    *draft = made;
                    return changes;
                }
                let (mut good, kept) = entries.take().unwrap_or_default();
                let last_good = |key: C::Key| C::entry(draft, &key).cloned().map(|entry| (key, entry));
                good.extend(kept.into_iter().filter_map(last_good));
                let changes = C::assign(draft, good);
                *made = Some((C::draft(draft), changes));
                changes
            }
        }
    }
}
