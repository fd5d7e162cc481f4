//! Whether the readers were told the truth: what was published, what each reader saw, and the judgement.
//!
//! The ledger is kept from the lists and the domains that go into the writes, and never asks the set, so that a set
//! that loses or invents something is found out.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::check::{self, Verdict};
use super::list::{Difference, Domain, List};
use super::traffic::Address;

/// A number for everything in a set, whatever the order: how many domains, and the sum of the hashes of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) domains: usize,
    sum: u64,
}

impl Fingerprint {
    /// Looks at each domain once.
    pub(crate) fn of<'a>(domains: impl IntoIterator<Item = &'a Domain>) -> Self {
        let mut whole = Self::default();
        for domain in domains {
            whole.add(domain);
        }
        whole
    }

    fn add(&mut self, domain: &str) {
        self.domains += 1;
        self.sum = self.sum.wrapping_add(FixedState::with_seed(0).hash_one(domain));
    }
}

/// What a domain that changed has been since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Added,
    Removed,
}

/// Each version that was published, by its number, and what changed.
#[derive(Debug)]
pub(crate) struct Ledger {
    published: Vec<Fingerprint>,
    changes: HashMap<Domain, (u64, Change)>,
    by_hand: Vec<Domain>,
}

impl Ledger {
    /// Version 0 is the list as it was loaded.
    pub(crate) fn open(list: &List) -> Self {
        let published = vec![Fingerprint::of(&list.domains)];
        Self { published, changes: HashMap::new(), by_hand: Vec::new() }
    }

    /// The number that the next version has to have.
    pub(crate) fn next(&self) -> u64 {
        self.published.len() as u64
    }

    /// The next version is the one before and this domain.
    pub(crate) fn add(&mut self, domain: Domain) {
        let mut whole = self.published[self.published.len() - 1];
        whole.add(&domain);
        self.changes.insert(Domain::clone(&domain), (self.next(), Change::Added));
        self.by_hand.push(domain);
        self.published.push(whole);
    }

    /// The next version is this list, and what was added by hand.
    pub(crate) fn reload(&mut self, list: &List, difference: &Difference) {
        let mut whole = Fingerprint::of(&list.domains);
        for domain in self.by_hand.iter().filter(|domain| !list.contains(domain)) {
            whole.add(domain);
        }
        let number = self.next();
        let added = difference.added.iter().map(|domain| (domain, Change::Added));
        let removed = difference.removed.iter().map(|domain| (domain, Change::Removed));
        for (domain, change) in added.chain(removed) {
            self.changes.insert(Domain::clone(domain), (number, change));
        }
        self.published.push(whole);
    }

    /// Holds what the readers saw against what was published. Everything that is wrong is in the error.
    pub(crate) fn judge<'a>(
        &self,
        logs: impl IntoIterator<Item = &'a ReaderLog>,
        addresses: &[Address],
    ) -> Result<Consistent, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut consistent = Consistent { published: self.published.len(), ..Consistent::default() };
        for (reader, log) in logs.into_iter().enumerate() {
            consistent.readers += 1;
            consistent.seen += log.seen.len();
            consistent.answers += log.changed.len();
            let wrong = self.sightings(log).chain(self.answers(log, addresses));
            faults.extend(wrong.map(|what| Fault { reader, what }));
        }
        if faults.is_empty() { Ok(consistent) } else { Err(faults) }
    }

    fn sightings(&self, log: &ReaderLog) -> impl Iterator<Item = Wrong> {
        let contents = log.seen.iter().filter_map(|&(number, seen)| self.content(number, seen));
        let order = log
            .seen
            .windows(2)
            .filter(|pair| pair[0].0 >= pair[1].0)
            .map(|pair| Wrong::Order { before: pair[0].0, after: pair[1].0 });
        let last = log.seen.last().map(|&(number, _)| number);
        let behind = (last != Some(self.next() - 1)).then_some(Wrong::Behind { last });
        contents.chain(order).chain(behind)
    }

    fn content(&self, number: u64, seen: Fingerprint) -> Option<Wrong> {
        let published = usize::try_from(number).ok().and_then(|number| self.published.get(number));
        match published {
            None => Some(Wrong::NeverPublished { number }),
            Some(&published) if published != seen => Some(Wrong::NotWhole { number, published, seen }),
            Some(_) => None,
        }
    }

    /// The answers that were not those of the first list, and have no change of the list to explain them.
    fn answers(&self, log: &ReaderLog, addresses: &[Address]) -> impl Iterator<Item = Wrong> {
        let explained = |address: &str, version, verdict| {
            let change = match verdict {
                Verdict::Listed => Change::Added,
                Verdict::Clear => Change::Removed,
                Verdict::Malformed => return false,
            };
            let by_then = |domain: &str| {
                self.changes.get(domain).is_some_and(|&(since, what)| what == change && since <= version)
            };
            check::check(address, &mut String::new(), by_then) == Verdict::Listed
        };
        log.changed.iter().filter_map(move |(&index, &(version, verdict))| {
            let address = &addresses[index].text;
            let wrong = !explained(address, version, verdict);
            wrong.then(|| Wrong::Answer { address: address.clone(), version, verdict })
        })
    }
}

/// What one reader saw.
#[derive(Debug, Default)]
pub(crate) struct ReaderLog {
    /// Each version in the order of sight, with the fingerprint of what was in it.
    pub(crate) seen: Vec<(u64, Fingerprint)>,
    /// The addresses, by index, that were answered otherwise than by the first list: how, and since which version.
    pub(crate) changed: HashMap<usize, (u64, Verdict)>,
}

/// All is well, and so much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consistent {
    pub(crate) readers: usize,
    pub(crate) published: usize,
    /// Sightings of a version, each of which was counted and hashed in full.
    pub(crate) seen: usize,
    /// Answers that changed during the run, each as the list had changed.
    pub(crate) answers: usize,
}

/// One reader was told something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reader: usize,
    pub(crate) what: Wrong,
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A version that no writer published.
    NeverPublished { number: u64 },
    /// A version that was not what was published under its number.
    NotWhole { number: u64, published: Fingerprint, seen: Fingerprint },
    /// A version after one that is not older.
    Order { before: u64, after: u64 },
    /// After the last write, the last version was not there.
    Behind { last: Option<u64> },
    /// An answer that the list does not give.
    Answer { address: String, version: u64, verdict: Verdict },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reader {}: ", self.reader)?;
        match &self.what {
            Wrong::NeverPublished { number } => write!(f, "saw version {number}, which was never published"),
            Wrong::NotWhole { number, published, seen } if published.domains == seen.domains => {
                write!(f, "saw version {number} with the right length and other domains than published")
            }
            Wrong::NotWhole { number, published, seen } => {
                let (seen, published) = (seen.domains, published.domains);
                write!(f, "saw version {number} with {seen} domains, published with {published}")
            }
            Wrong::Order { before, after } => write!(f, "saw version {after} after version {before}"),
            Wrong::Behind { last: Some(last) } => {
                write!(f, "ended at version {last}, which was not the last")
            }
            Wrong::Behind { last: None } => write!(f, "saw no version at all"),
            Wrong::Answer { address, version, verdict } => {
                write!(f, "got {verdict:?} for {address:?} in version {version}")
            }
        }
    }
}
