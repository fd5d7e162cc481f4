//! [`History`]: when the versions came that are kept, and what each changed.

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
        let mut entries = self.entries.lock().unwrap();
        entries.entry(status.version).or_insert(Entry {
            at: status.applied_at,
            provenance: status.provenance,
            added: status.changes.added,
            removed: status.changes.removed,
        });
        while entries.len() > self.most {
            entries.pop_first();
        }
    }

    /// Returns how a version came about, if that is remembered.
    pub fn get(&self, version: u64) -> Option<Entry> {
        self.entries.lock().unwrap().get(&version).copied()
    }
}
