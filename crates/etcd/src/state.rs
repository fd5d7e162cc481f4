//! [`State`]: what etcd has said, and so what is to be shown. No I/O, no clock, and no type of the user's.
//!
//! A watch brings *messages* of *events*. All events with one revision are one *transaction*, and become one version. A message holds
//! whole transactions, in order, unless it is a *fragment*: then the next message goes on with the last one.

use crate::wire::{self, Header, Prefix, Range, Watched};
use serde_json::Value;
use std::fmt;
use std::mem;

/// How many keys the first page of a list has, and how many any may have.
const PAGE: (u64, u64) = (1_000, 20_000);
/// How many bytes a page is to have. The number of keys follows from what the last one had.
const PAGE_BYTES: u64 = 4 << 20;

/// What etcd has said.
#[derive(Debug)]
pub(crate) struct State {
    prefix: Prefix,
    /// Revisions of another cluster say nothing about those of this one.
    cluster: Option<u64>,
    /// What is shown is the prefix as it was at this revision. It never goes back.
    known: u64,
    /// The newest revision of the store that was seen in any answer.
    head: u64,
    /// The last transaction that the watch has brought. It may be behind `known`, where a list or an answer was ahead of the watch.
    streamed: u64,
    /// How many keys there are at `known`.
    keys: u64,
    /// The last transaction of a fragment.
    held: Vec<Change>,
}

/// What a transaction has done to a key.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) key: Vec<u8>,
    /// None if it was removed.
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) revision: u64,
    /// The key was not there before.
    is_new: bool,
}

/// All that one revision has changed.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) revision: u64,
    pub(crate) changes: Vec<Change>,
}

/// All keys as they were at one revision.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) revision: u64,
    pub(crate) entries: Vec<(Vec<u8>, Vec<u8>)>,
    /// When the keys were written, in the order of the entries.
    pub(crate) written: Vec<Written>,
}

/// When a key was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) revision: u64,
    /// It may be the same key that is shown. If not, it was removed since, and is another one with the same name.
    pub(crate) may_be_shown: bool,
}

/// A list of which there are some pages.
#[derive(Debug)]
pub(crate) struct Listing {
    from: Vec<u8>,
    limit: u64,
    revision: Option<u64>,
    list: List,
}

/// What an answer to [`State::ask`] says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// What is shown is what there is.
    Current,
    /// The watch is to bring something up to this revision.
    Owed(u64),
    /// The watch has brought something since the question.
    Overtaken,
}

/// Why a watch or a list cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The transactions that are missing are not kept any more. A list is needed.
    Compacted,
    /// etcd has ended the watch.
    Canceled(String),
    /// It is another cluster than before.
    OtherCluster,
    /// The cluster is at this revision, and was at the other one before.
    Behind(u64, u64),
    /// What was said cannot be. A list is needed.
    Disorder(&'static str),
}

impl State {
    pub(crate) fn new(prefix: Prefix) -> Self {
        Self { prefix, cluster: None, known: 0, head: 0, streamed: 0, keys: 0, held: Vec::new() }
    }

    pub(crate) fn known(&self) -> u64 {
        self.known
    }

    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Nothing is known that is not shown.
    pub(crate) fn is_current(&self) -> bool {
        self.known >= self.head
    }

    pub(crate) fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// Takes the beginning of an answer.
    pub(crate) fn header(&mut self, header: Header) -> Result<(), Fault> {
        match self.cluster {
            _ if header.cluster_id == 0 => return Err(Fault::Disorder("an answer without a cluster")),
            Some(cluster) if cluster != header.cluster_id => return Err(Fault::OtherCluster),
            _ => self.cluster = Some(header.cluster_id),
        }
        self.head = self.head.max(header.revision);
        Ok(())
    }

    // ---- a list

    /// Begins a list.
    pub(crate) fn list(&self) -> Listing {
        let list = List { revision: 0, entries: Vec::new(), written: Vec::new() };
        Listing { from: self.prefix.start(), limit: PAGE.0, revision: None, list }
    }

    /// The next question of a list.
    pub(crate) fn next_page(&self, listing: &Listing) -> Value {
        self.prefix.page(&listing.from, listing.revision, listing.limit)
    }

    /// Takes the answer, which had so many bytes. Returns `true` if it was the last one.
    pub(crate) fn page(&mut self, listing: &mut Listing, page: Range, bytes: u64) -> Result<bool, Fault> {
        self.header(page.header)?;
        if listing.revision.is_none() {
            // Later pages are of this revision, but their headers have the store's.
            let revision = page.header.revision;
            if revision < self.known {
                return Err(Fault::Behind(revision, self.known));
            }
            listing.revision = Some(revision);
            listing.list.revision = revision;
        }
        let some = page.kvs.len() as u64;
        for kv in page.kvs {
            if kv.key < listing.from || listing.list.entries.last().is_some_and(|(last, _)| *last >= kv.key) {
                return Err(Fault::Disorder("the keys of a list are not in order"));
            }
            // What is shown at the start was saved at a revision that is not known.
            let may_be_shown = self.known == 0 || kv.create_revision <= self.known;
            listing.list.written.push(Written { revision: kv.mod_revision, may_be_shown });
            listing.list.entries.push((kv.key, kv.value));
        }
        if !page.more {
            return Ok(true);
        }
        let Some((last, _)) = listing.list.entries.last().filter(|_| some > 0) else {
            return Err(Fault::Disorder("a page of a list without a key"));
        };
        listing.from.clone_from(last);
        listing.from.push(0);
        listing.limit = (some * PAGE_BYTES / bytes.max(1)).clamp(1, listing.limit * 4).min(PAGE.1);
        Ok(false)
    }

    /// The list is shown.
    pub(crate) fn listed(&mut self, list: &List) {
        self.known = list.revision;
        self.keys = list.entries.len() as u64;
    }

    // ---- a watch

    /// Begins a watch, with what comes after what is known.
    pub(crate) fn watch(&mut self) -> Value {
        self.held = Vec::new();
        self.streamed = self.known;
        self.prefix.watch(self.known + 1)
    }

    /// Takes a message. Returns the transactions that it completes and that are not known yet. Each is to be shown, and then
    /// [`shown`](Self::shown).
    pub(crate) fn message(&mut self, message: Watched) -> Result<Vec<Transaction>, Fault> {
        if message.canceled {
            // It may have no header.
            return Err(match message.compact_revision {
                0 => Fault::Canceled(message.cancel_reason),
                _ => Fault::Compacted,
            });
        }
        self.header(message.header)?;
        if message.created {
            // The watch is behind the revision of this header.
            return Ok(Vec::new());
        }
        if message.events.is_empty() {
            // All up to here was sent before.
            if !self.held.is_empty() {
                return Err(Fault::Disorder("a transaction that has no end"));
            }
            self.streamed = self.streamed.max(message.header.revision);
            self.known = self.known.max(message.header.revision);
            return Ok(Vec::new());
        }
        let mut complete = Vec::new();
        for event in message.events {
            let change = Change::from(event);
            // The next revision is there, so the one that is held is complete, also where its message was a fragment.
            if self.held.last().is_some_and(|held| held.revision != change.revision) {
                complete.extend(self.release());
            }
            if change.revision <= self.streamed {
                return Err(Fault::Disorder("a transaction that was complete goes on, or comes again"));
            }
            self.held.push(change);
        }
        if !message.fragment {
            complete.extend(self.release());
        }
        Ok(complete)
    }

    /// The transaction that is held is complete. What a list or an answer has told already is not told again: it would show a state
    /// from before that.
    fn release(&mut self) -> Option<Transaction> {
        let changes = mem::take(&mut self.held);
        let revision = changes.last()?.revision;
        self.streamed = revision;
        (revision > self.known).then_some(Transaction { revision, changes })
    }

    /// A transaction is shown.
    pub(crate) fn shown(&mut self, transaction: &Transaction) {
        self.known = transaction.revision;
        for change in &transaction.changes {
            match change.value {
                Some(_) => self.keys += u64::from(change.is_new),
                None => self.keys = self.keys.saturating_sub(1),
            }
        }
    }

    // ---- a question beside the watch

    /// Asks whether there is anything after what is known.
    pub(crate) fn ask(&self) -> (u64, Value) {
        (self.known, self.prefix.since(self.known))
    }

    /// Takes the answer. `known` is what was known when it was asked.
    ///
    /// If no key was written since, all that there are were there before, with the same values. If there are as many, none is missing.
    pub(crate) fn confirm(&mut self, known: u64, answer: &Range) -> Result<Confirmed, Fault> {
        self.header(answer.header)?;
        let revision = answer.header.revision;
        if revision < known {
            return Err(Fault::Behind(revision, known));
        }
        if known != self.known {
            return Ok(Confirmed::Overtaken);
        }
        if answer.kvs.is_empty() && answer.count == self.keys {
            self.known = revision;
            return Ok(Confirmed::Current);
        }
        Ok(Confirmed::Owed(revision))
    }
}

impl From<wire::Event> for Change {
    fn from(event: wire::Event) -> Self {
        let wire::KeyValue { key, value, mod_revision, version, .. } = event.kv;
        let value = (!event.is_delete).then_some(value);
        Self { key, value, revision: mod_revision, is_new: version == 1 }
    }
}

impl Listing {
    pub(crate) fn into_list(self) -> List {
        self.list
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compacted => f.write_str("what has changed meanwhile is compacted"),
            Self::Canceled(reason) if reason.is_empty() => f.write_str("etcd has ended the watch"),
            Self::Canceled(reason) => write!(f, "etcd has ended the watch: {reason}"),
            Self::OtherCluster => f.write_str(
                "another cluster answers than before: if that is right, start the follower anew, which takes what this one has",
            ),
            Self::Behind(now, before) => write!(
                f,
                "the cluster is at revision {now}, and was at {before}: if it was restored from a backup, start the follower \
                 anew, which takes what it has"
            ),
            Self::Disorder(what) => write!(f, "etcd says what cannot be: {what}"),
        }
    }
}
