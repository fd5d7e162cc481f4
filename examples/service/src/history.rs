//! [`History`]: when the versions came that are kept, and what each changed.

use crate::deltas::Delta;
use crate::list::Table;
use readmostly::Snapshot;
use readmostly_reload::{Provenance, Status};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

/// How a version came about.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// When it was published.
    pub at: SystemTime,
    /// Where it comes from.
    pub provenance: Provenance,
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

    /// Enters the version that a status tells of, unless it is known.
    pub fn note(&self, status: &Status) {
        let Status { version, applied_at: at, provenance, changes, .. } = status;
        let (added, removed) = (changes.added, changes.removed);
        self.enter(*version, Entry { at: *at, provenance: *provenance, added, removed });
    }

    /// Enters the versions that the table keeps and no status told of. They are the source's, if each rollback is noted.
    pub fn fill(&self, table: &Table) {
        let history = table.history();
        for (old, new) in history.iter().zip(history.iter().skip(1)) {
            let version = Snapshot::version(new);
            if self.get(version).is_some() {
                continue;
            }
            let Delta { added, removed, .. } = Delta::walk(old, new);
            let (added, removed) = (added.len(), removed.len());
            self.enter(
                version,
                Entry { at: SystemTime::now(), provenance: Provenance::Source, added, removed },
            );
        }
    }

    fn enter(&self, version: u64, entry: Entry) {
        let mut entries = self.entries.lock().unwrap();
        entries.entry(version).or_insert(entry);
        while entries.len() > self.most {
            entries.pop_first();
        }
    }

    /// Returns how a version came about, if that is remembered.
    pub fn get(&self, version: u64) -> Option<Entry> {
        self.entries.lock().unwrap().get(&version).copied()
    }
}
