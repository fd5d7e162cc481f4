//! Saves on threads of their own.

use super::kit::{Saving, content, open, options, restart, some};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Left};
use crate::{ErrorKind, Every, Kind, Options, Store};
use readmostly::paged::PagedMap;
use readmostly::{CowCell, CowMap, Snapshot};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(3600);

#[track_caller]
fn until(what: impl Fn() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_save_in_the_background_is_of_the_moment_when_it_was_asked_for() {
    let saving = Saving::new(options());
    let (then, snapshot) = (content(&saving.table.snapshot()), saving.table.snapshot());
    let background = saving.store.save_in_background(snapshot);
    for key in 0..60 {
        saving.table.remove(&key);
    }
    let saved = background.wait().unwrap();
    assert_eq!((saved.kind, saved.records), (Kind::Full, 60));
    assert_eq!(content(&restart(&saving.disk, Left::Nothing).unwrap().value), then);
}

#[test]
fn a_store_that_is_dropped_waits_for_its_saves() {
    let Saving { disk, store, table } = Saving::new(options());
    for key in 0..10 {
        table.insert(key, "changed".into());
        drop(store.save_in_background(table.snapshot()));
    }
    drop(store);
    // The lock is free, and the last one is there.
    let loaded = open(&disk).unwrap().load().unwrap().unwrap();
    assert_eq!(content(&loaded.value), content(&table.snapshot()));
}

/// Who gives out turns was locked by a thread that the child does not have.
#[test]
fn a_save_in_the_child_of_a_fork_waits_for_no_turn() {
    let saving = Saving::new(options());
    saving.disk.fork();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (store, table) = (&saving.store, &saving.table);
        let held = store.inner.turns().hold();
        let errors = [
            store.save(&table.snapshot()).unwrap_err(),
            store.save_current(table).unwrap_err(),
            store.save_in_background(table.snapshot()).wait().unwrap_err(),
        ];
        drop(held);
        tell.send(errors.map(|error| error.kind()))
    });
    assert_eq!(told.recv_timeout(Duration::from_secs(20)).expect("it hangs"), [ErrorKind::Locked; 3]);
}

#[test]
fn saves_come_in_the_order_of_the_calls() {
    let saving = Saving::new(options().keep(100));
    let first = saving.store.inner.turn().unwrap();
    let given_up = saving.store.inner.turn().unwrap();
    let background: Vec<_> = (0..10)
        .map(|key| {
            saving.table.insert(key, "changed".into());
            saving.store.save_in_background(saving.table.snapshot())
        })
        .collect();
    drop(given_up);
    std::thread::sleep(Duration::from_millis(100));
    assert!(background.iter().all(|saving| !saving.is_done()), "it is not their turn");
    drop(first);
    for background in background {
        background.wait().unwrap();
    }
    let versions: Vec<_> = saving.store.list().iter().map(|info| info.version).collect();
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_save_that_is_cancelled_before_its_turn_does_nothing() {
    let saving = Saving::new(options());
    let first = saving.store.inner.turn().unwrap();
    let background: Vec<_> =
        (0..10).map(|_| saving.store.save_in_background(saving.table.snapshot())).collect();
    background.iter().for_each(crate::Saving::cancel);
    let before = saving.disk.calls();
    drop(first);
    for background in background {
        assert_eq!(background.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    }
    assert_eq!(saving.disk.calls(), before, "{:?}", saving.disk.history());
    assert!(saving.save().written);
}

#[test]
fn an_error_is_told_to_who_waits() {
    let saving = Saving::new(options());
    saving.save();
    saving.table.insert(1, "changed".into());
    saving.disk.plan(0, Fault::RefuseFromHere(ENOSPC));
    let error = saving.store.save_in_background(saving.table.snapshot()).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("make room on the disk"), "{error}");
    saving.disk.mend();
    assert_eq!(saving.save().kind, Kind::Delta);
}

/// A value whose `Serialize` waits (50: until it may go; 51: for a while), or panics.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slow(u32);

static GO: AtomicBool = AtomicBool::new(false);
static ENTERED: AtomicBool = AtomicBool::new(false);

impl serde::Serialize for Slow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(self.0 != 666, "a value that cannot be saved");
        until(|| self.0 != 50 || GO.load(Ordering::SeqCst));
        if self.0 == 51 {
            ENTERED.store(true, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(200));
        }
        serializer.serialize_u32(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Slow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Self)
    }
}

#[test]
fn a_save_can_be_watched_cancelled_and_may_panic() {
    let disk = crate::disk::faulty::Faulty::new();
    let store: Store<PagedMap<u32, Slow>> =
        Store::open_on(Arc::new(disk.clone()), Path::new("/s"), Options::new(), true).unwrap();
    let table: CowMap<u32, Slow> = (0..100).map(|key| (key, Slow(0))).collect();
    // The last one waits, so that some are saved before.
    let last = *table.load().keys().last().unwrap();
    table.insert(last, Slow(50));
    let saving = store.save_in_background(table.snapshot());
    until(|| saving.progress().records > 0);
    assert!(!saving.is_done() && saving.progress().of == 100);
    saving.cancel();
    GO.store(true, Ordering::SeqCst);
    assert_eq!(saving.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(disk.names().is_empty(), "{:?}", disk.names());
    // The next one is not concerned.
    let saving = store.save_in_background(table.snapshot());
    until(|| saving.is_done());
    assert_eq!(saving.progress().records, 100);
    assert!(saving.progress().bytes > 0);
    saving.wait().unwrap();

    table.insert(7, Slow(666));
    let error = store.save_in_background(table.snapshot()).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    let snapshot = table.snapshot();
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.save(&snapshot))).unwrap_err();
    assert_eq!(disk.names().len(), 1, "{:?}", disk.names());
    table.insert(7, Slow(667));
    assert_eq!(store.save(&table.snapshot()).unwrap().kind, Kind::Delta);
}

#[test]
fn autosave_saves_what_is_new() {
    let Saving { disk, store, table } = Saving::new(options());
    let table = Arc::new(table);
    let every = Every { interval: LONG, versions: 5 };
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    until(|| autosave.status().saves == 1);
    for key in 0..4 {
        table.insert(key, "changed".into());
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(autosave.status().saves, 1);
    table.insert(4, "changed".into());
    until(|| autosave.status().version == Some(table.version()));
    assert_eq!(content(&restart(&disk, Left::Nothing).unwrap().value), content(&table.snapshot()));
    // What is new when it ends is saved, and what is not new is not.
    table.insert(5, "changed".into());
    let status = autosave.stop().unwrap();
    assert_eq!((status.saves, status.version), (3, Some(table.version())));
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    until(|| autosave.status().last.is_some());
    assert_eq!(autosave.status().saves, 0);
    drop(autosave);
    assert_eq!(content(&restart(&disk, Left::Nothing).unwrap().value), content(&table.snapshot()));
}

/// Nothing came after it, so it was not saved again, and a restart had the older one.
#[test]
fn autosave_saves_what_others_have_put_an_older_version_before() {
    /// What others do: they save an older version behind the newest, remove that, or remove its file by hand.
    #[derive(Clone, Copy, Debug)]
    enum Others {
        Save,
        Remove,
        RemoveByHand,
    }
    for others in [Others::Save, Others::Remove, Others::RemoveByHand] {
        let Saving { disk, store, table } = Saving::new(options());
        let table = Arc::new(table);
        let older = table.snapshot();
        store.save(&older).unwrap();
        table.insert(7, "newest".into());
        let autosave = store.autosave(Arc::clone(&table), Every { interval: LONG, versions: 1 }).unwrap();
        until(|| autosave.status().version == Some(table.version()));
        let newest = store.list().pop().unwrap();
        match others {
            Others::Save => drop(store.save_in_background(older).wait().unwrap()),
            Others::Remove => store.remove(newest.id).unwrap(),
            Others::RemoveByHand => drop(disk.take(newest.file.file_name().unwrap().to_str().unwrap())),
        }
        assert_ne!(
            restart(&disk, Left::Nothing).unwrap().value.get(&7).map(|value| &**value),
            Some("newest")
        );
        autosave.stop().unwrap();
        assert_eq!(
            content(&restart(&disk, Left::Nothing).unwrap().value),
            content(&table.snapshot()),
            "{others:?}"
        );
    }
}

/// The write comes when the save has its version, and the stop comes before that save has ended.
#[test]
fn autosave_saves_what_came_during_its_last_save() {
    let disk = crate::disk::faulty::Faulty::new();
    let store: Store<PagedMap<u32, Slow>> =
        Store::open_on(Arc::new(disk.clone()), Path::new("/s"), Options::new(), true).unwrap();
    let table: Arc<CowMap<u32, Slow>> = Arc::new(CowMap::from([(1, Slow(51))]));
    let autosave = store.autosave(Arc::clone(&table), Every { interval: LONG, versions: 1000 }).unwrap();
    until(|| ENTERED.load(Ordering::SeqCst));
    table.insert(2, Slow(2));
    let status = autosave.stop().unwrap();
    assert_eq!(status.version, Some(1));
    assert_eq!(store.load().unwrap().unwrap().value.len(), 2);
}

#[test]
fn autosave_saves_after_a_while() {
    let Saving { store, table, .. } = Saving::new(options());
    let table = Arc::new(table);
    let every = Every { interval: Duration::from_millis(20), versions: u64::MAX };
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    for round in 0..5 {
        table.insert(1, format!("round {round}"));
        until(|| autosave.status().version == Some(table.version()));
    }
    assert!(autosave.status().saves >= 5);
}

#[test]
fn autosave_tells_of_errors_and_tries_again() {
    let Saving { disk, store, table } = Saving::new(options());
    let table = Arc::new(table);
    let every = Every { interval: Duration::from_millis(1), versions: 1 };
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    until(|| autosave.status().saves == 1);
    disk.plan(0, Fault::RefuseFromHere(EIO));
    table.insert(1, "changed".into());
    until(|| autosave.status().failing.is_some());
    let (error, since) = autosave.status().failing.unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    let calls = disk.calls();
    until(|| disk.calls() > calls);
    assert_eq!(autosave.status().failing.map(|(_, since)| since), Some(since));
    disk.mend();
    until(|| autosave.status().failing.is_none());
    assert_eq!(content(&restart(&disk, Left::Nothing).unwrap().value), content(&table.snapshot()));
    disk.plan(0, Fault::RefuseFromHere(EIO));
    table.insert(2, "changed".into());
    assert_eq!(autosave.stop().unwrap_err().kind(), ErrorKind::Io);
}

/// A destructor may use the store: nothing is locked when it runs.
#[test]
fn what_is_released_is_dropped_without_the_lock() {
    struct Loud(u32, mpsc::Sender<u32>);
    impl serde::Serialize for Loud {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u32(self.0)
        }
    }
    impl<'de> serde::Deserialize<'de> for Loud {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(u32::deserialize(deserializer)?, mpsc::channel().0))
        }
    }
    impl Clone for Loud {
        fn clone(&self) -> Self {
            Self(self.0, self.1.clone())
        }
    }
    impl PartialEq for Loud {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Drop for Loud {
        fn drop(&mut self) {
            STORE.with_borrow(|store| {
                if let Some(store) = store {
                    let _ = self.1.send(u32::try_from(store.list().len()).unwrap());
                    assert!(store.inner.try_writer(), "the store is locked");
                }
            });
        }
    }
    type Louds = Store<PagedMap<u32, Loud>>;
    thread_local! { static STORE: std::cell::RefCell<Option<Arc<Louds>>> = const { std::cell::RefCell::new(None) } }

    let disk = crate::disk::faulty::Faulty::new();
    let store: Louds = Store::open_on(Arc::new(disk), Path::new("/s"), Options::new(), true).unwrap();
    let store = Arc::new(store);
    let (send, receive) = mpsc::channel();
    let cell = CowCell::new(PagedMap::from([(1, Loud(1, send.clone()))]));
    store.save(&cell.snapshot()).unwrap();
    cell.replace(PagedMap::from([(1, Loud(2, send))]));
    STORE.set(Some(Arc::clone(&store)));
    // The first version is held by the store alone.
    store.save(&cell.snapshot()).unwrap();
    assert_eq!(receive.try_recv(), Ok(2));
    STORE.set(None);
}

#[test]
fn a_snapshot_of_another_container_is_a_state_as_any() {
    let saving = Saving::new(options());
    saving.save();
    let other = some();
    other.insert(1, "changed".into());
    assert_eq!(Snapshot::version(&other.snapshot()), 1);
    assert_eq!(saving.store.save(&other.snapshot()).unwrap().kind, Kind::Delta);
    assert_eq!(content(&restart(&saving.disk, Left::Nothing).unwrap().value), content(&other.snapshot()));
}

/// After an error the interval may never end, and versions count all the same.
#[test]
fn autosave_counts_versions_after_an_error() {
    let Saving { disk, store, table } = Saving::new(options());
    let table = Arc::new(table);
    disk.plan(0, Fault::RefuseFromHere(EIO));
    let every = Every { interval: Duration::MAX, versions: 10 };
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    until(|| autosave.status().failing.is_some());
    disk.mend();
    for key in 0..10 {
        table.insert(key, "changed".into());
    }
    until(|| autosave.status().version == Some(table.version()));
    assert!(autosave.status().failing.is_none());
}
