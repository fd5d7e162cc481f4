//! A cell to be read and written, and one thread's view of it, which may never go backwards.

use crate::payload::{self, Payload};
use crate::stage::{Stage, Worker};
use readmostly::{CowCell, Guard, Reader, Snapshot};
use std::sync::atomic::{AtomicU64, Ordering};

/// What a subject's cell holds: a payload, or something around one.
pub(crate) trait Value: Clone + AsRef<Payload> + AsMut<Payload> {}

impl<V: Clone + AsRef<Payload> + AsMut<Payload>> Value for V {}

#[derive(Debug)]
pub(crate) struct Subject<V = Payload> {
    pub(crate) id: u64,
    pub(crate) cell: CowCell<V>,
    /// How many writes have returned.
    published: AtomicU64,
}

impl Subject {
    pub(crate) fn new(id: u64) -> Self {
        Self::of(id, Payload::new(id))
    }
}

impl<V: Value> Subject<V> {
    /// `value` is around version 0 of this `id`.
    pub(crate) fn of(id: u64, value: V) -> Self {
        Self { id, cell: CowCell::new(value), published: AtomicU64::new(0) }
    }

    /// Publishes the next version, and returns its number.
    pub(crate) fn advance(&self) -> u64 {
        let version = self.cell.update(|value| value.as_mut().advance());
        self.published.fetch_add(1, Ordering::Relaxed);
        version
    }

    /// Publishes nothing in place of what a cell that stays for ever holds.
    pub(crate) fn rest(&self) {
        self.cell.update(|value| *value.as_mut() = Payload::nothing());
    }

    /// Is this the version that it says, and alive?
    pub(crate) fn check(&self, version: u64, value: &V) -> Result<(), String> {
        value.as_ref().check(self.id, version)
    }
}

/// The ways to read a cell.
const WAYS: usize = 5;

/// One thread's view of a cell, through all the ways to read it.
pub(crate) struct View<'a, V: 'a = Payload> {
    stage: &'a Stage<'a>,
    worker: &'a Worker,
    subject: &'a Subject<V>,
    reader: Reader<&'a CowCell<V>>,
    /// The newest version that was seen, in whichever way.
    newest: u64,
}

impl<'a, V: Value> View<'a, V> {
    pub(crate) fn new(stage: &'a Stage<'a>, worker: &'a Worker, subject: &'a Subject<V>) -> Self {
        let reader = subject.cell.reader();
        let newest = reader.version();
        Self { stage, worker, subject, reader, newest }
    }

    /// Looks in the way that `way` says, any number, and checks what it sees.
    pub(crate) fn look(&mut self, way: usize) {
        let cell = &self.subject.cell;
        match way % WAYS {
            0 => _ = self.guard(),
            1 => _ = self.snapshot(),
            2 => {
                self.reader.load();
                self.check_reader();
            }
            3 => self.saw(cell.version()),
            _ => {
                let snapshot = Guard::to_snapshot(&cell.load());
                self.check(Snapshot::version(&snapshot), &snapshot);
            }
        }
    }

    pub(crate) fn guard(&mut self) -> Guard<'a, V> {
        let guard = self.subject.cell.load();
        self.check(Guard::version(&guard), &guard);
        guard
    }

    pub(crate) fn snapshot(&mut self) -> Snapshot<V> {
        let snapshot = self.subject.cell.snapshot();
        self.check(Snapshot::version(&snapshot), &snapshot);
        snapshot
    }

    /// Checks again what was checked when it was taken, however long ago.
    pub(crate) fn check_held(&self, version: u64, value: &V) {
        self.check_value(version, value);
        self.worker.read(false);
    }

    /// Publishes the next version, and expects to see it at once.
    pub(crate) fn write(&mut self) {
        let version = self.subject.advance();
        self.wrote(version);
    }

    /// The same, by a transaction that is left open while `meanwhile` runs.
    pub(crate) fn write_slowly(&mut self, meanwhile: impl FnOnce()) {
        let mut txn = self.subject.cell.write();
        let version = txn.as_mut().advance();
        meanwhile();
        drop(txn.commit());
        self.subject.published.fetch_add(1, Ordering::Relaxed);
        self.wrote(version);
    }

    fn wrote(&mut self, version: u64) {
        self.worker.wrote();
        if version <= self.newest {
            let (newest, id) = (self.newest, self.subject.id);
            self.stage.violation(|| format!("a write to cell {id} made version {version} after {newest}"));
        }
        // A read that now shows an older one goes backwards.
        self.newest = self.newest.max(version);
        payload::spare_memory();
    }

    /// Once all writers have returned, each way to look shows the last version, and no write is lost.
    pub(crate) fn last_look(&mut self) {
        let published = self.subject.published.load(Ordering::Relaxed);
        for way in 0..WAYS {
            self.newest = self.newest.max(published);
            self.look(way);
            if self.newest != published {
                let (newest, id) = (self.newest, self.subject.id);
                self.stage
                    .violation(|| format!("{published} writes to cell {id} have made {newest} versions"));
            }
        }
    }

    fn check_reader(&mut self) {
        let (version, value) = (self.reader.version(), self.reader.peek());
        self.check_value(version, value);
        self.saw(version);
    }

    fn check(&mut self, version: u64, value: &V) {
        self.check_value(version, value);
        self.saw(version);
    }

    fn check_value(&self, version: u64, value: &V) {
        if let Err(what) = self.subject.check(version, value) {
            self.stage.violation(|| what);
        }
    }

    fn saw(&mut self, version: u64) {
        if version < self.newest {
            let (newest, id) = (self.newest, self.subject.id);
            self.stage.violation(|| format!("cell {id} went backwards, from version {newest} to {version}"));
        }
        self.worker.read(version > self.newest);
        self.newest = self.newest.max(version);
    }
}
