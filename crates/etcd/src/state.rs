//! [`State`]: what etcd has said, and so what is to be shown. No I/O, no clock, and no type of the user's.
//!
//! A watch brings *messages* of *events*. All events with one revision are one *transaction*, and become one version. A message holds
//! whole transactions, in order, unless it is a *fragment*: then the next message goes on with the last one.

use crate::history::{Proof, Stamp, Witnesses};
use crate::wire::{self, Header, KeyValue, Prefix, Range, Watched};
use serde_json::Value;
use std::fmt;
use std::mem;

/// How many keys the first page of a list has, while nothing is known of their values, and how many any may have.
const PAGE: (u64, u64) = (16, 20_000);
/// How many times as many keys a page may have as the one before.
const GROWTH: u64 = 8;
/// How many bytes a page is to have, and how few after failures. The number of keys follows from what the last one had.
const PAGE_BYTES: (u64, u64) = (4 << 20, 64 << 10);
/// How many bytes a transaction may have that comes in fragments.
pub(crate) const HELD: usize = 256 << 20;
/// How far a revision may be from the last one. At 100,000 writes a second etcd takes four months to get there.
const LEAP: u64 = 1 << 40;

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
    /// What shows that etcd has the history that led to what is known.
    witnesses: Witnesses,
    /// The last election that an answer has told of on which the cluster has agreed.
    term: u64,
    /// The watch has said that it is there.
    is_created: bool,
    /// The last transaction of a fragment, and how many bytes it has.
    held: (Vec<Change>, usize),
    /// How many keys, and how many bytes the next page of a list is to have.
    page: (u64, u64),
}

/// What a transaction has done to a key.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) key: Vec<u8>,
    /// None if it was removed.
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) revision: u64,
    pub(crate) stamp: Stamp,
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
    witnesses: Witnesses,
    term: u64,
    /// The newest revision that an answer has told of.
    pub(crate) head: u64,
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
    /// The revision of all pages. `None`: the first one says it.
    revision: Option<u64>,
    /// How many keys there are, as the first page says.
    count: Option<u64>,
    list: List,
}

/// What was known when something was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    known: u64,
    head: u64,
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
    /// The cluster does not have the history that led to what is known. A list is needed.
    Restored,
    /// What was said cannot be. A list is needed.
    Disorder(&'static str),
}

impl State {
    pub(crate) fn new(prefix: Prefix) -> Self {
        Self {
            prefix,
            cluster: None,
            known: 0,
            head: 0,
            streamed: 0,
            keys: 0,
            witnesses: Witnesses::default(),
            term: 0,
            is_created: false,
            held: (Vec::new(), 0),
            page: (PAGE.0, PAGE_BYTES.0),
        }
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
        if self.head != 0 && header.revision > self.head.saturating_add(LEAP) {
            return Err(Fault::Disorder("a revision that etcd cannot have reached"));
        }
        self.head = self.head.max(header.revision);
        Ok(())
    }

    /// What is known before something is asked.
    pub(crate) fn seen(&self) -> Seen {
        Seen { known: self.known, head: self.head }
    }

    /// Takes the beginning of an answer on which the cluster has agreed.
    pub(crate) fn agreed(&mut self, seen: Seen, header: Header) -> Result<(), Fault> {
        self.header(header)?;
        if header.revision < seen.known {
            return Err(Fault::Behind(header.revision, seen.known));
        }
        // A member that answers for the cluster has all that any has shown before, and has seen its last election.
        if header.revision < seen.head || header.raft_term < self.term {
            return Err(Fault::Restored);
        }
        self.term = header.raft_term;
        Ok(())
    }

    // ---- whether it is the same history

    /// What is to be asked before a new watch is trusted.
    pub(crate) fn proofs(&self) -> Vec<Proof> {
        self.witnesses.proofs(&self.prefix, self.known, self.keys)
    }

    /// Takes an answer.
    pub(crate) fn proven(&mut self, proof: &Proof, answer: &Range) -> Result<(), Fault> {
        self.agreed(self.seen(), answer.header)?;
        if self.witnesses.is_shown(proof, answer) { Ok(()) } else { Err(Fault::Restored) }
    }

    // ---- a list

    /// Begins a list of what there is now.
    pub(crate) fn list(&self) -> Listing {
        let witnesses = Witnesses::default();
        let list =
            List { revision: 0, entries: Vec::new(), written: Vec::new(), witnesses, term: 0, head: 0 };
        Listing { from: self.prefix.start(), revision: None, count: None, list }
    }

    /// Begins a list of what is known, to compare it with what is shown.
    pub(crate) fn list_known(&self) -> Listing {
        Listing { revision: Some(self.known), ..self.list() }
    }

    /// The next question of a list.
    pub(crate) fn next_page(&self, listing: &Listing) -> Value {
        self.prefix.page(&listing.from, listing.revision, self.page.0, listing.count.is_none())
    }

    /// Takes the answer, which had so many bytes. Returns `true` if it was the last one.
    pub(crate) fn page(&mut self, listing: &mut Listing, page: Range, bytes: u64) -> Result<bool, Fault> {
        self.header(page.header)?;
        let list = &mut listing.list;
        let count = *listing.count.get_or_insert(page.count);
        if list.revision == 0 {
            // Later pages are of this revision, but their headers have the store's.
            if page.header.revision < self.known {
                return Err(Fault::Behind(page.header.revision, self.known));
            }
            list.revision = *listing.revision.get_or_insert(page.header.revision);
            list.term = page.header.raft_term;
        }
        list.head = list.head.max(page.header.revision);
        let some = page.kvs.len() as u64;
        for kv in page.kvs {
            if kv.key < listing.from || list.entries.last().is_some_and(|(last, _)| *last >= kv.key) {
                return Err(Fault::Disorder("the keys of a list are not in order"));
            }
            self.belongs(&kv)?;
            // What is shown at the start was saved at a revision that is not known.
            let may_be_shown = self.known == 0 || kv.create_revision <= self.known;
            list.written.push(Written { revision: kv.mod_revision, may_be_shown });
            list.witnesses.listed(&kv);
            list.entries.push((kv.key, kv.value));
        }
        let listed = list.entries.len() as u64;
        if listed > count || (listed == count) == page.more {
            return Err(Fault::Disorder("a list has more keys than there are, or fewer"));
        }
        let (limit, page_bytes) = self.page;
        self.page.0 = (some * page_bytes / bytes.max(1)).clamp(1, limit * GROWTH).min(PAGE.1);
        if !page.more {
            self.page.1 = (page_bytes * 2).min(PAGE_BYTES.0);
            return Ok(true);
        }
        let Some((end, _)) = list.entries.last().filter(|_| some > 0) else {
            return Err(Fault::Disorder("a page of a list without a key"));
        };
        listing.from.clone_from(end);
        listing.from.push(0);
        Ok(false)
    }

    /// A page did not come in time, or was too large. The next list has smaller ones.
    pub(crate) fn page_failed(&mut self) {
        let (keys, bytes) = self.page;
        self.page = ((keys / 2).max(1), (bytes / 2).max(PAGE_BYTES.1));
    }

    fn belongs(&self, kv: &KeyValue) -> Result<(), Fault> {
        if self.prefix.holds(&kv.key) { Ok(()) } else { Err(Fault::Disorder("a key outside of the prefix")) }
    }

    /// The list is shown.
    pub(crate) fn listed(&mut self, list: &mut List) {
        self.known = list.revision;
        self.keys = list.entries.len() as u64;
        self.witnesses = mem::take(&mut list.witnesses);
        self.term = list.term;
        // Where the history is another one, the old head is none of it.
        self.head = list.head;
    }

    // ---- a watch

    /// Begins a watch, with what comes after what is known.
    pub(crate) fn watch(&mut self) -> Value {
        (self.held, self.is_created) = ((Vec::new(), 0), false);
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
        if message.created == self.is_created || (message.created && !message.events.is_empty()) {
            return Err(Fault::Disorder("a watch that begins as none of etcd's does"));
        }
        if message.created {
            // The watch is behind the revision of this header.
            self.is_created = true;
            return Ok(Vec::new());
        }
        if message.events.is_empty() {
            // All up to here was sent before.
            if !self.held.0.is_empty() {
                return Err(Fault::Disorder("a transaction that has no end"));
            }
            self.streamed = self.streamed.max(message.header.revision);
            self.known = self.known.max(message.header.revision);
            return Ok(Vec::new());
        }
        let mut complete = Vec::new();
        for event in message.events {
            self.belongs(&event.kv)?;
            let change = Change::from(event);
            if change.revision > message.header.revision {
                return Err(Fault::Disorder("a transaction of the future"));
            }
            // The next revision is there, so the one that is held is complete, also where its message was a fragment.
            if self.held.0.last().is_some_and(|held| held.revision != change.revision) {
                complete.extend(self.release());
            }
            if change.revision <= self.streamed {
                return Err(Fault::Disorder("a transaction that was complete goes on, or comes again"));
            }
            self.held.1 += change.key.len() + change.value.as_ref().map_or(0, Vec::len);
            if self.held.1 > HELD {
                return Err(Fault::Disorder("a transaction that is larger than any of etcd's"));
            }
            self.held.0.push(change);
        }
        if !message.fragment {
            complete.extend(self.release());
        }
        Ok(complete)
    }

    /// The transaction that is held is complete. What a list or an answer has told already is not told again: it would show a state
    /// from before that.
    fn release(&mut self) -> Option<Transaction> {
        let (changes, _) = mem::take(&mut self.held);
        let revision = changes.last()?.revision;
        self.streamed = revision;
        (revision > self.known).then_some(Transaction { revision, changes })
    }

    /// A transaction is shown.
    pub(crate) fn shown(&mut self, transaction: &Transaction) {
        self.known = transaction.revision;
        for change in &transaction.changes {
            if let Some(value) = &change.value {
                self.keys += u64::from(change.stamp.version == 1);
                self.witnesses.put(&change.key, value, change.stamp);
            } else {
                self.keys = self.keys.saturating_sub(1);
                self.witnesses.removed(&change.key, change.revision);
            }
        }
    }

    // ---- a question beside the watch

    /// Asks whether there is anything after the last change that is known.
    pub(crate) fn ask(&self) -> (Seen, Value) {
        (self.seen(), self.prefix.since(self.witnesses.written()))
    }

    /// Takes the answer.
    ///
    /// If no key was written since, all that there are were there before, with the same values. If there are as many, none is missing.
    pub(crate) fn confirm(&mut self, seen: Seen, answer: &Range) -> Result<Confirmed, Fault> {
        self.agreed(seen, answer.header)?;
        let revision = answer.header.revision;
        if seen.known != self.known {
            return Ok(Confirmed::Overtaken);
        }
        // The watch has brought all up to what is known, and not this.
        if answer.kvs.iter().any(|kv| kv.mod_revision <= self.known) {
            return Err(Fault::Restored);
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
        let stamp = Stamp::from(&event.kv);
        let value = (!event.is_delete).then_some(event.kv.value);
        Self { key: event.kv.key, value, revision: stamp.revision, stamp }
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
            Self::Restored => f.write_str(
                "the cluster has another history than before, as after a restore from a backup: all is listed anew",
            ),
            Self::Disorder(what) => write!(f, "etcd says what cannot be: {what}"),
        }
    }
}
