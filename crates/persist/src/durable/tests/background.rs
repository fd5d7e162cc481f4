//! What the threads in the background do for one another, and what a panic there does.

use super::log::logs;
use super::{open, options, value};
use crate::disk::faulty::Faulty;
use crate::{Durable, ErrorKind, SyncMode};
use readmostly::{CowMap, CowSet};
use serde::{Deserialize, Serialize, Serializer};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Waits until `is_so`, for a minute at most.
#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it takes for ever");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether values wait in `Serialize` on the thread that folds, and whether one does.
static SHUT: Mutex<bool> = Mutex::new(false);
static OPENED: Condvar = Condvar::new();
static WAITS: AtomicBool = AtomicBool::new(false);

#[derive(Clone, PartialEq, Deserialize)]
struct Slow(u32);

impl Serialize for Slow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if thread::current().name() == Some("readmostly-durable") {
            let mut shut = SHUT.lock().unwrap();
            while *shut {
                WAITS.store(true, SeqCst);
                shut = OPENED.wait(shut).unwrap();
            }
        }
        serializer.serialize_newtype_struct("Slow", &self.0)
    }
}

#[test]
fn a_fold_keeps_no_write_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let every = SyncMode::Every(Duration::from_millis(10));
    let options = options().sync(every).max_chain(0).log_size(500);
    let (map, _) = Durable::<CowMap<u32, Slow>>::open(&folder, options).unwrap();
    map.insert(0, Slow(0)).unwrap();
    map.flush().unwrap();
    *SHUT.lock().unwrap() = true;
    map.extend((1..300).map(|key| (key, Slow(key)))).unwrap();
    wait_until(|| WAITS.load(SeqCst));
    // The fold goes on for as long as this test likes.
    for key in 300..310 {
        map.insert(key, Slow(key)).unwrap();
        let written = map.status().confirmed + map.status().waiting;
        let begun = Instant::now();
        while map.status().confirmed < written && begun.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(1));
        }
        if map.status().confirmed < written {
            *SHUT.lock().unwrap() = false;
            OPENED.notify_all();
            panic!("the write waits for the fold");
        }
    }
    *SHUT.lock().unwrap() = false;
    OPENED.notify_all();
}

/// Whether a value of 0 cannot be encoded, and how often that was tried.
static REFUSED: AtomicBool = AtomicBool::new(false);
static TRIED: AtomicU32 = AtomicU32::new(0);

#[derive(Clone, PartialEq, Deserialize)]
struct Refusing(u32);

impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 && REFUSED.load(SeqCst) {
            TRIED.fetch_add(1, SeqCst);
            return Err(serde::ser::Error::custom("on purpose"));
        }
        serializer.serialize_newtype_struct("Refusing", &self.0)
    }
}

#[test]
fn a_fold_that_fails_is_not_tried_again_before_the_log_has_grown_as_much() {
    let folder = tempfile::tempdir().unwrap();
    let options = options().max_chain(0).log_size(2_000).compression(crate::Compression::None);
    let (map, _) = Durable::<CowMap<u32, Refusing>>::open(&folder, options).unwrap();
    map.insert(0, Refusing(0)).unwrap();
    REFUSED.store(true, SeqCst);
    // Each write takes 68 bytes or more of the log.
    for key in 1..300 {
        map.insert(key, Refusing(key)).unwrap();
        if key % 50 == 0 {
            wait_until(|| map.status().failed.is_some());
        }
    }
    let tried = || TRIED.load(SeqCst);
    assert!((2..=299 * 80 / 2_000 + 1).contains(&tried()), "{}", tried());
    // One that is asked for is tried.
    let before = tried();
    assert_eq!(map.fold().unwrap_err().kind(), ErrorKind::Encode);
    assert!(tried() > before);
    REFUSED.store(false, SeqCst);
    map.extend((300..400).map(|key| (key, Refusing(key)))).unwrap();
    map.fold().unwrap();
}

/// What a panic carries, and panics itself when it is dropped.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        assert!(thread::panicking(), "on purpose, when it is dropped");
    }
}

static FRAGILE: AtomicBool = AtomicBool::new(false);

#[derive(Clone, PartialEq, Deserialize)]
struct Fragile(u32);

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if FRAGILE.load(SeqCst) && thread::current().name() == Some("readmostly-durable") {
            panic_any(Payload)
        }
        serializer.serialize_newtype_struct("Fragile", &self.0)
    }
}

#[test]
fn a_panic_that_panics_again_ends_no_thread() {
    let folder = tempfile::tempdir().unwrap();
    let (map, _) =
        Durable::<CowMap<u32, Fragile>>::open(&folder, options().max_chain(0).log_size(500)).unwrap();
    map.insert(0, Fragile(0)).unwrap();
    FRAGILE.store(true, SeqCst);
    map.extend((0..300).map(|key| (key, Fragile(key + 1)))).unwrap();
    wait_until(|| map.status().failed.is_some_and(|error| error.kind() == ErrorKind::Panic));
    FRAGILE.store(false, SeqCst);
    map.extend((0..300).map(|key| (key, Fragile(key + 2)))).unwrap();
    wait_until(|| map.status().failed.is_none());
}

static ARMED: AtomicBool = AtomicBool::new(false);

/// A value whose destructor panics once, on the thread that flushes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Loud(u32);

impl Drop for Loud {
    fn drop(&mut self) {
        let flushes = thread::current().name() == Some("readmostly-flush");
        assert!(!(flushes && ARMED.swap(false, SeqCst)), "on purpose, when it is dropped");
    }
}

/// All is on disk by then.
#[test]
fn a_destructor_that_panics_is_no_failure_of_a_flush() {
    let folder = tempfile::tempdir().unwrap();
    let options = options().sync(SyncMode::Every(Duration::from_millis(200)));
    let (map, _) = Durable::<CowMap<u32, Loud>>::open(&folder, options).unwrap();
    map.insert(1, Loud(1)).unwrap();
    map.flush().unwrap();
    ARMED.store(true, SeqCst);
    map.insert(1, Loud(2)).unwrap();
    wait_until(|| !ARMED.load(SeqCst));
    // What has failed is told for as long as the interval, until this write is on disk as well.
    map.insert(2, Loud(2)).unwrap();
    wait_until(|| {
        let status = map.status();
        assert_eq!(status.failed.map(|error| error.to_string()), None);
        status.waiting == 0
    });
}

#[cfg(feature = "encryption")]
#[test]
fn a_panic_that_panics_again_holds_no_write_up() {
    static ARMED: AtomicBool = AtomicBool::new(true);
    let key = crate::Key::ask(|| if ARMED.swap(false, SeqCst) { panic_any(Payload) } else { Ok([1; 32]) });
    let folder = tempfile::tempdir().unwrap();
    let (set, _) = Durable::<CowSet<u32>>::open(&folder, options().key(key)).unwrap();
    let first = catch_unwind(AssertUnwindSafe(|| set.insert(1)));
    // It may neither unwind nor leave the table as if somebody wrote.
    assert_eq!(first.map(|outcome| outcome.unwrap_err().kind()).ok(), Some(ErrorKind::Panic));
    set.insert(2).unwrap();
    assert_eq!(set.load().len(), 1);
}

/// Nothing was removed any more, and nothing said so.
#[test]
fn what_keeps_old_files_from_going_is_told() {
    let options = || options().keep(1).max_chain(0);
    let fold = |table: &Durable<super::Table>| {
        for key in 0..5 {
            table.insert(key, value(key)).unwrap();
            table.fold().unwrap();
        }
    };
    let disk = Faulty::new();
    let (table, recovered) = open(&disk, options()).unwrap();
    assert!(recovered.left_over.is_none());
    fold(&table);
    assert!(table.status().left_over.is_none());
    drop(table);
    let files = disk.names().len();
    let older = logs(&disk)[0].clone();
    for broken in ["tags".to_owned(), older] {
        let disk = disk.copy();
        disk.put(&broken, b"nonsense");
        let (table, recovered) = open(&disk, options()).unwrap();
        assert!(recovered.left_over.unwrap().file().unwrap().ends_with(&broken));
        assert!(table.status().left_over.is_some());
        table.clear().unwrap();
        fold(&table);
        assert!(table.status().left_over.unwrap().file().unwrap().ends_with(&broken));
        assert!(disk.names().len() > files + 4);
        drop(table);
        // As the documentation says.
        disk.take(&broken);
        let (table, recovered) = open(&disk, options()).unwrap();
        assert!(recovered.left_over.is_none());
        table.clear().unwrap();
        fold(&table);
        assert!(table.status().left_over.is_none());
        assert!(disk.names().len() <= files, "{:?}", disk.names());
    }
}
