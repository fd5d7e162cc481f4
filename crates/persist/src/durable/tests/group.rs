//! Group commit, with a sync that waits until it is told to go on.

use super::{found, open, options, state, value};
use crate::disk::faulty::{EIO, Fault, Faulty, Left};
use crate::disk::{Disk, FileId, Input, Lock, Output};
use crate::{Durable, ErrorKind};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Says that a sync is there, and is told when it goes on.
type Stop = (Sender<()>, Receiver<()>);

/// A disk whose syncs of files, or removals of logs, wait while it is shut.
#[derive(Clone, Debug)]
struct Gate {
    disk: Faulty,
    /// Where a sync says that it is there, and waits.
    shut: Arc<Mutex<Option<Stop>>>,
    /// The same of a removal of a log.
    removals: Arc<Mutex<Option<Stop>>>,
    syncs: Arc<AtomicUsize>,
    /// The next sync of the folder is done, and said to have failed.
    lies: Arc<AtomicBool>,
}

impl Gate {
    fn new() -> Self {
        Self {
            disk: Faulty::new(),
            shut: Arc::default(),
            removals: Arc::default(),
            syncs: Arc::default(),
            lies: Arc::default(),
        }
    }

    /// The next sync says that it is there, and goes on when it is told.
    fn shut(&self) -> (Receiver<()>, Sender<()>) {
        shut(&self.shut)
    }
}

fn shut(gate: &Mutex<Option<Stop>>) -> (Receiver<()>, Sender<()>) {
    let ((there, is_there), (go_on, goes_on)) = (channel(), channel());
    *gate.lock().unwrap() = Some((there, goes_on));
    (is_there, go_on)
}

fn pass(gate: &Mutex<Option<Stop>>) {
    let shut = gate.lock().unwrap().take();
    if let Some((there, go_on)) = shut {
        there.send(()).unwrap();
        go_on.recv().unwrap();
    }
}

impl Disk for Gate {
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        Ok(Box::new(Gated(self.disk.create(name)?, self.clone())))
    }
    fn open(&self, name: &str) -> io::Result<Box<dyn Input>> {
        self.disk.open(name)
    }
    fn length(&self, name: &str) -> io::Result<u64> {
        self.disk.length(name)
    }
    fn file(&self, name: &str) -> io::Result<(FileId, u64)> {
        self.disk.file(name)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        if name.contains("-log-") {
            pass(&self.removals);
        }
        self.disk.remove(name)
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }
    fn sync_folder(&self) -> io::Result<()> {
        self.disk.sync_folder()?;
        if self.lies.swap(false, SeqCst) { Err(io::Error::from_raw_os_error(EIO)) } else { Ok(()) }
    }
    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Lock>>> {
        self.disk.lock(name)
    }
}

struct Gated(Box<dyn Output>, Gate);

impl Output for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.1.syncs.fetch_add(1, SeqCst);
        pass(&self.1.shut);
        self.0.sync()
    }
    fn id(&self) -> io::Result<FileId> {
        self.0.id()
    }
}

fn open_gate(gate: &Gate) -> Durable<super::Table> {
    Durable::open_on(Arc::new(gate.clone()), Path::new("folder"), options(), Default::default).unwrap().0
}

/// Waits until `n` writes wait for the disk.
fn wait_for(table: &Durable<super::Table>, n: u64) {
    while table.status().waiting < n {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn writers_that_wait_share_one_sync_and_one_version() {
    let gate = Gate::new();
    let table = open_gate(&gate);
    table.insert(0, value(0)).unwrap();
    let (syncs, version) = (gate.syncs.load(SeqCst), table.version());
    let (is_there, go_on) = gate.shut();
    thread::scope(|scope| {
        let first = scope.spawn(|| table.insert(1, value(1)));
        is_there.recv().unwrap();
        let others: Vec<_> = (2..7)
            .map(|key| {
                let table = &table;
                scope.spawn(move || {
                    table.update(|draft| {
                        // What was prepared before is there, and readers do not see it.
                        assert!(draft.contains_key(&1) && table.load().len() == 1);
                        draft.insert(key, value(key));
                    })
                })
            })
            .collect();
        wait_for(&table, 6);
        assert_eq!(table.load().len(), 1);
        go_on.send(()).unwrap();
        first.join().unwrap().unwrap();
        for other in others {
            other.join().unwrap().unwrap();
        }
    });
    assert_eq!(table.load().len(), 7);
    assert_eq!(gate.syncs.load(SeqCst) - syncs, 2);
    // Two, or one if whoever has the second group confirmed is the first to publish.
    assert!((1..=2).contains(&(table.version() - version)));
    let all = state(&table);
    drop(table);
    assert_eq!(found(&gate.disk), all);
}

#[test]
fn a_sync_that_fails_fails_all_that_was_prepared_on_top() {
    let gate = Gate::new();
    let table = open_gate(&gate);
    table.insert(0, value(0)).unwrap();
    let version = table.version();
    let (is_there, go_on) = gate.shut();
    let ran = AtomicUsize::new(0);
    thread::scope(|scope| {
        let first = scope.spawn(|| table.insert(1, value(1)));
        is_there.recv().unwrap();
        let (prepares, is_prepared) = channel();
        let (finish, finishes) = channel::<()>();
        let second = scope.spawn(|| table.insert(2, value(2)));
        wait_for(&table, 2);
        // Nothing changes, and what was seen does not count.
        let unchanged = scope.spawn(|| {
            table.update(|draft| {
                ran.fetch_add(1, SeqCst);
                draft.len()
            })
        });
        while ran.load(SeqCst) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        // This one is still in its closure when the sync fails.
        let table = &table;
        let late = scope.spawn(move || {
            table.update(|draft| {
                prepares.send(()).unwrap();
                finishes.recv().unwrap();
                draft.insert(3, value(3))
            })
        });
        is_prepared.recv().unwrap();
        gate.disk.plan(0, Fault::Refuse(EIO));
        go_on.send(()).unwrap();
        let kinds = [
            first.join().unwrap().map(drop),
            second.join().unwrap().map(drop),
            unchanged.join().unwrap().map(drop),
        ]
        .map(|result| result.unwrap_err().kind());
        assert_eq!(kinds, [ErrorKind::Io; 3]);
        finish.send(()).unwrap();
        assert_eq!(late.join().unwrap().unwrap_err().kind(), ErrorKind::Io);
    });
    assert_eq!((table.load().len(), table.version()), (1, version));
    table.insert(4, value(4)).unwrap();
    let all = state(&table);
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [0, 4]);
    drop(table);
    assert_eq!(found(&gate.disk), all);
}

#[test]
fn a_fold_takes_what_is_written_while_it_saves() {
    let gate = Gate::new();
    let table = open_gate(&gate);
    (0..5).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
    let (is_there, go_on) = gate.shut();
    thread::scope(|scope| {
        let fold = scope.spawn(|| table.fold());
        // The save waits.
        is_there.recv().unwrap();
        (5..9).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
        table.remove(&0).unwrap();
        go_on.send(()).unwrap();
        fold.join().unwrap().unwrap();
    });
    table.insert(9, value(9)).unwrap();
    let all = state(&table);
    drop(table);
    let (again, recovered) = open(&gate.disk, options()).unwrap();
    assert_eq!((state(&again), recovered.updates), (all, 6));
}

/// A chain has many logs that go at once, and writers waited for all of them.
#[test]
fn writes_go_on_while_a_fold_removes_logs() {
    let gate = Gate::new();
    let table = open_gate(&gate);
    for key in 0..3 {
        table.insert(key, value(key)).unwrap();
        table.fold().unwrap();
    }
    table.insert(3, value(3)).unwrap();
    let (is_there, go_on) = shut(&gate.removals);
    thread::scope(|scope| {
        let fold = scope.spawn(|| table.fold());
        is_there.recv_timeout(Duration::from_secs(30)).expect("the fold removes a log");
        let (wrote, writes) = channel();
        let table = &table;
        scope.spawn(move || wrote.send(table.insert(4, value(4)).is_ok()));
        let meanwhile = writes.recv_timeout(Duration::from_secs(30));
        let left = gate.disk.cut_power(Left::Nothing);
        go_on.send(()).unwrap();
        fold.join().unwrap().unwrap();
        assert_eq!(meanwhile, Ok(true));
        assert_eq!(found(&left), state(table));
    });
    table.insert(5, value(5)).unwrap();
    let all = state(&table);
    drop(table);
    assert_eq!((found(&gate.disk), all.len()), (all, 6));
}

#[test]
fn a_log_that_may_be_there_after_a_crash_is_never_overtaken_by_the_one_before() {
    let gate = Gate::new();
    let table = open_gate(&gate);
    table.insert(0, value(0)).unwrap();
    // The store has the state already, so that the folder is synced for the log alone.
    table.fold().unwrap();
    gate.lies.store(true, SeqCst);
    table.fold().unwrap_err();
    table.insert(1, value(1)).unwrap();
    let all = state(&table);
    assert_eq!(found(&gate.disk.cut_power(Left::Nothing)), all);
    drop(table);
    assert_eq!(found(&gate.disk), all);
}
