//! [`History`]: when the versions came that are kept, and what each changed.

use crate::list::{Domains, Table};
use crate::log;
use readmostly::Snapshot;
use readmostly::paged::Change;
use readmostly_reload::Provenance;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file, or etcd.
    Source,
    /// The copy of the last good list.
    LastGood,
    /// A rollback to this version.
    Rollback(u64),
}

impl From<Provenance> for Origin {
    fn from(provenance: Provenance) -> Self {
        match provenance {
            Provenance::LastGood { .. } => Self::LastGood,
            Provenance::Rollback { to, .. } => Self::Rollback(to),
            _ => Self::Source,
        }
    }
}

/// How a version came about.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// When it was published.
    pub at: SystemTime,
    /// Where it comes from.
    pub origin: Origin,
    /// Domains that the version before it has not.
    pub added: usize,
    /// Domains that the version before it has, and it has not.
    pub removed: usize,
}

/// How the versions that are kept came about. The table knows the versions themselves.
#[derive(Debug)]
pub struct History {
    most: usize,
    entries: Mutex<BTreeMap<u64, Entry>>,
}

impl History {
    /// Remembers so many versions.
    pub fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// Enters a version, unless it is known.
    pub fn note(&self, version: u64, entry: Entry) {
        let mut entries = self.entries.lock().unwrap();
        entries.entry(version).or_insert(entry);
        while entries.len() > self.most {
            entries.pop_first();
        }
    }

    /// Enters the versions that the table keeps and nobody has entered, as such that come from there.
    pub fn fill(&self, table: &Table, origin: Origin) {
        let history = table.history();
        for (old, new) in history.iter().zip(history.iter().skip(1)) {
            let version = Snapshot::version(new);
            if self.get(version).is_none() {
                let (old, new): (&Domains, &Domains) = (old, new);
                let (mut added, mut removed) = (0, 0);
                for change in old.diff(new) {
                    let count =
                        if matches!(change, Change::Added { .. }) { &mut added } else { &mut removed };
                    *count += 1;
                }
                self.note(version, Entry { at: SystemTime::now(), origin, added, removed });
            }
        }
    }

    /// Says each version up to the newest on standard error, after the last one that was said. `source` is where it comes from, in words.
    pub fn tell(&self, told: &mut u64, newest: u64, source: &str) {
        for version in *told + 1..=newest {
            let Some(Entry { origin, added, removed, .. }) = self.get(version) else {
                log::say(format_args!("version {version} was in force for a moment, and is not kept"));
                continue;
            };
            let from = match origin {
                Origin::Rollback(to) => &format!("rolled back to {to}"),
                Origin::LastGood => "from the copy of the last good list",
                Origin::Source => source,
            };
            log::say(format_args!("version {version} is in force, {from}: {added} added, {removed} removed"));
        }
        *told = newest.max(*told);
    }

    /// Returns how a version came about, if that is remembered.
    pub fn get(&self, version: u64) -> Option<Entry> {
        self.entries.lock().unwrap().get(&version).copied()
    }
}
