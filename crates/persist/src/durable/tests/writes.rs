//! The containers' writes, and what is promised of each.

use super::{State, found, open, options, state, value};
use crate::disk::faulty::{EIO, Fault, Faulty, Left};
use crate::{Durable, Error, ErrorKind, Options, SyncMode, Whole};
use readmostly::paged::{PagedMap, PagedVec};
use readmostly::{CowCell, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

fn on<S>(disk: &Faulty, options: Options, initial: impl FnOnce() -> S::Value) -> Durable<S>
where
    S: readmostly::Source<Value: crate::Table + Clone> + From<S::Value> + Send + Sync + 'static,
{
    Durable::open_on(Arc::new(disk.clone()), Path::new("folder"), options, initial).unwrap().0
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Settings {
    limit: u32,
    names: Vec<String>,
}
impl Whole for Settings {}

/// Writes by `write`, and compares what is there with what a restart finds, with a fold and without.
macro_rules! survives {
    ($container:ty, |$table:ident| $write:block) => {{
        for fold in [false, true] {
            let disk = Faulty::new();
            let $table = on::<$container>(&disk, options(), Default::default);
            $write
            if fold {
                $table.fold().unwrap();
            }
            $write
            let before = $table.snapshot();
            drop($table);
            for left in super::crashes() {
                let again = on::<$container>(&disk.cut_power(left), options(), Default::default);
                assert_eq!(*again.load(), *before);
            }
        }
    }};
}

#[test]
fn each_container_survives() {
    survives!(CowMap<String, u32>, |map| {
        map.insert("a".to_owned(), 1).unwrap();
        map.insert("a".to_owned(), 2).unwrap();
        map.extend((0..50).map(|key| (key.to_string(), key))).unwrap();
        assert_eq!(map.remove("7").unwrap(), Some(7));
    });
    survives!(CowOrdMap<String, u32>, |map| {
        map.insert("a".to_owned(), 1).unwrap();
        map.extend((0..50).map(|key| (key.to_string(), key))).unwrap();
        assert_eq!(map.remove("7").unwrap(), Some(7));
    });
    survives!(CowSet<String>, |set| {
        set.insert("a".to_owned()).unwrap();
        set.extend(["b", "c"].map(str::to_owned)).unwrap();
        assert!(set.remove("b").unwrap());
    });
    survives!(CowOrdSet<String>, |set| {
        set.insert("a".to_owned()).unwrap();
        set.extend(["b", "c"].map(str::to_owned)).unwrap();
        assert!(set.remove("b").unwrap());
    });
    survives!(CowVec<u32>, |list| {
        list.extend(0..100).unwrap();
        list.push(7).unwrap();
        assert_eq!(list.pop().unwrap(), Some(7));
        list.update(|draft| {
            draft.remove(50);
            draft.insert(3, 33);
        })
        .unwrap();
    });
    survives!(CowVec<u32>, |list| {
        list.push(1).unwrap();
        list.clear().unwrap();
        list.replace(PagedVec::from([1, 2, 3])).unwrap();
    });
    survives!(CowCell<Settings>, |cell| {
        cell.update(|draft| draft.limit += 1).unwrap();
        cell.update(|draft| draft.names.push("a".to_owned())).unwrap();
    });
}

#[test]
fn what_is_there_at_first_is_kept() {
    let disk = Faulty::new();
    let initial = || [(1, value(1))].into_iter().collect();
    let table = on::<super::Table>(&disk, options(), initial);
    assert_eq!(table.load().len(), 1);
    table.insert(2, value(2)).unwrap();
    drop(table);
    assert_eq!(found(&disk).len(), 2);
}

#[test]
fn a_folder_of_a_store_is_the_table_that_was_saved() {
    let disk = Faulty::new();
    let saved = CowMap::from([(1, value(1))]);
    {
        let store =
            crate::Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), true).unwrap();
        store.save(&saved.snapshot()).unwrap();
    }
    let (table, _) = open(&disk, options()).unwrap();
    assert_eq!(*table.load(), *saved.load());
    table.insert(2, value(2)).unwrap();
    drop(table);
    assert_eq!(found(&disk).len(), 2);
}

#[test]
fn a_folder_of_a_store_whose_newest_file_is_damaged_is_refused() {
    let disk = Faulty::new();
    let saved = CowMap::from([(1, value(1))]);
    {
        let options = options().max_chain(0);
        let store =
            crate::Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options, true).unwrap();
        for key in 2..5 {
            store.save(&saved.snapshot()).unwrap();
            saved.insert(key, value(key));
        }
    }
    let files: Vec<_> = disk.names().into_iter().filter(|name| name.ends_with(".rmstore")).collect();
    assert_eq!(files.len(), 3);
    // In what it holds, and in its header.
    for at in [200, 20] {
        for (file, is_refused) in [(2, true), (0, false)] {
            let damaged = disk.copy();
            let mut bytes = damaged.take(&files[file]);
            bytes[at] ^= 1;
            damaged.put(&files[file], &bytes);
            let names = damaged.names();
            match open(&damaged, options()) {
                Ok((table, recovered)) => {
                    assert!(!is_refused && table.load().len() == 3, "{recovered:?}");
                    assert_eq!(recovered.skipped.len(), usize::from(at == 20));
                }
                Err(error) => {
                    assert!(is_refused && error.kind() == crate::ErrorKind::Damaged, "{error}");
                    assert!(error.to_string().contains(&files[file]), "{error}");
                    assert_eq!(damaged.names(), names);
                    // An older state is found where it is moved elsewhere.
                    damaged.take(&files[file]);
                    assert_eq!(found(&damaged).len(), 2);
                }
            }
        }
    }
}

#[test]
fn a_log_that_somebody_has_removed_or_cut_is_begun_anew() {
    let log =
        |disk: &Faulty| disk.names().into_iter().rfind(|name| name.ends_with(crate::store::LOG)).unwrap();
    for remove in [|_: &Faulty, _: &str| (), |disk: &Faulty, name: &str| disk.put(name, b"cut")] {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options()).unwrap();
        (0..3).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
        let name = log(&disk);
        disk.take(&name);
        remove(&disk, &name);
        table.insert(3, value(3)).unwrap();
        assert_ne!(log(&disk), name);
        drop(table);
        let _ = disk.names().contains(&name).then(|| disk.take(&name));
        assert_eq!(found(&disk).len(), 4);
    }
}

#[test]
fn a_file_tells_how_many_writes_have_made_it() {
    let disk = Faulty::new();
    let (table, _) = open(&disk, options()).unwrap();
    (0..3).for_each(|key| drop(table.insert(key, value(key)).unwrap()));
    table.fold().unwrap();
    table.insert(3, value(3)).unwrap();
    drop(table);
    // What was replayed is saved anew.
    drop(open(&disk, options()).unwrap());
    let store: crate::Store<PagedMap<u32, String>> =
        crate::Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), false).unwrap();
    assert_eq!(store.list().iter().map(|info| info.version).collect::<Vec<_>>(), [0, 3, 4]);
}

#[test]
fn a_write_that_changes_nothing_touches_no_disk_and_publishes_nothing() {
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    table.insert(1, value(1)).unwrap();
    let (calls, version) = (disk.calls(), table.version());
    table.update(|_| ()).unwrap();
    table.insert(1, value(1)).unwrap();
    table.remove(&7).unwrap();
    table.update(|draft| (draft.insert(8, value(8)), draft.remove(&8))).unwrap();
    assert_eq!((disk.calls(), table.version()), (calls, version));
    let disk = Faulty::new();
    let cell = on::<CowCell<Settings>>(&disk, options(), Default::default);
    cell.update(|draft| draft.limit = 1).unwrap();
    let calls = disk.calls();
    cell.update(|draft| draft.limit = 1).unwrap();
    assert_eq!((disk.calls(), cell.version()), (calls, 1));
}

#[test]
fn a_closure_that_fails_or_panics_writes_nothing() {
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    table.insert(1, value(1)).unwrap();
    let calls = disk.calls();
    let outcome: Result<(), Box<dyn std::error::Error>> = table.try_update(|draft| {
        draft.clear();
        Err("no".into())
    });
    assert_eq!(outcome.unwrap_err().to_string(), "no");
    catch_unwind(AssertUnwindSafe(|| {
        let _ = table.update(|draft| {
            draft.clear();
            panic!("on purpose")
        });
    }))
    .unwrap_err();
    assert_eq!((disk.calls(), table.load().len(), table.version()), (calls, 1, 1));
    table.insert(2, value(2)).unwrap();
    assert_eq!(table.load().len(), 2);
}

#[test]
fn a_write_inside_a_write_panics_and_the_next_one_works() {
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _ = table.update(|_| table.insert(1, value(1)));
    }))
    .unwrap_err();
    assert!(panic.downcast_ref::<String>().unwrap().contains("a write inside a write"));
    table.insert(2, value(2)).unwrap();
    assert_eq!(state(&table), State::from([(2, value(2))]));
}

/// A value whose last clone writes to its own table when it is dropped.
#[derive(Clone)]
struct Loud(Arc<Last>);

struct Last {
    number: u32,
    home: Option<Arc<Home>>,
}

#[derive(Default)]
struct Home {
    table: OnceLock<Weak<Durable<CowMap<u32, Loud>>>>,
    dropped: AtomicU32,
}

impl Loud {
    fn new(number: u32, home: Option<&Arc<Home>>) -> Self {
        Self(Arc::new(Last { number, home: home.cloned() }))
    }
}

impl PartialEq for Loud {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Serialize for Loud {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.number.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Loud {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(|number| Self::new(number, None))
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        let Some(home) = &self.home else { return };
        let Some(table) = home.table.get().and_then(Weak::upgrade) else { return };
        let number = home.dropped.fetch_add(1, SeqCst);
        let _ = table.insert(1000 + number, Loud::new(number, None));
    }
}

#[test]
fn destructors_may_write_to_their_own_table_also_when_the_disk_fails() {
    let disk = Faulty::new();
    let table: Arc<Durable<CowMap<u32, Loud>>> = Arc::new(on(&disk, options(), Default::default));
    let home = Arc::new(Home::default());
    home.table.set(Arc::downgrade(&table)).unwrap();
    let mut refused = 0;
    for round in 0..20 {
        if round % 5 == 4 {
            // A look at the log, and then the write.
            disk.plan(1, Fault::Refuse(EIO));
        }
        refused += u32::from(table.insert(1, Loud::new(round, Some(&home))).is_err());
        disk.mend();
    }
    assert_eq!(refused, 4);
    table.remove(&1).unwrap();
    // The store has what it saved last, and lets go of it at the next save.
    table.fold().unwrap();
    table.fold().unwrap();
    assert_eq!(home.dropped.load(SeqCst), 20);
    assert!(table.load().len() >= 16, "{}", table.load().len());
}

#[test]
fn a_disk_that_refuses_is_told_and_readers_go_on() {
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    table.insert(1, value(1)).unwrap();
    let mut watch = table.watch();
    disk.plan(0, Fault::RefuseFromHere(crate::disk::faulty::ENOSPC));
    for key in 2..5 {
        let error = table.insert(key, value(key)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains("make room"), "{error}");
        assert_eq!(table.load().len(), 1);
    }
    assert!(watch.try_next().is_none());
    disk.mend();
    table.insert(9, value(9)).unwrap();
    assert_eq!(watch.next().new.len(), 2);
    assert_eq!(found_after(&disk, table).len(), 2);
}

fn found_after(disk: &Faulty, table: Durable<super::Table>) -> State {
    drop(table);
    found(&disk.cut_power(Left::Nothing))
}

#[test]
fn every_publishes_at_once_and_flushes_within_the_interval() {
    let disk = Faulty::new();
    let options = options().sync(SyncMode::Every(Duration::from_millis(20)));
    let table = open(&disk, options).unwrap().0;
    table.insert(1, value(1)).unwrap();
    assert_eq!(table.load().len(), 1);
    let begun = Instant::now();
    while table.status().confirmed == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(found(&disk.cut_power(Left::Nothing)).len(), 1);
}

#[test]
fn every_is_told_of_a_disk_that_fails_and_loses_nothing_that_it_can_keep() {
    let disk = Faulty::new();
    let options = options().sync(SyncMode::Every(Duration::from_secs(3600)));
    let table = open(&disk, options).unwrap().0;
    table.insert(1, value(1)).unwrap();
    table.flush().unwrap();
    table.insert(2, value(2)).unwrap();
    disk.plan(0, Fault::RefuseFromHere(EIO));
    assert_eq!(table.flush().unwrap_err().kind(), ErrorKind::Io);
    assert!(table.status().behind);
    // No more is published while what was published is not on disk.
    table.insert(3, value(3)).unwrap_err();
    assert_eq!((table.load().len(), table.status().confirmed), (2, 1));
    disk.mend();
    table.insert(4, value(4)).unwrap();
    assert!(!table.status().behind);
    assert_eq!(found(&disk.cut_power(Left::Nothing)).len(), 2);
    // The drop has the rest on disk.
    assert_eq!(found_after(&disk, table).len(), 3);
}

#[test]
fn an_error_of_the_disk_becomes_one_of_the_closure() {
    #[derive(Debug, PartialEq)]
    enum Mine {
        Disk(ErrorKind),
    }
    impl From<Error> for Mine {
        fn from(error: Error) -> Self {
            Self::Disk(error.kind())
        }
    }
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    table.insert(1, value(1)).unwrap();
    disk.plan(1, Fault::Refuse(EIO));
    let refused = table.try_update(|draft| Ok(draft.remove(&1)));
    assert_eq!(refused, Err(Mine::Disk(ErrorKind::Io)));
    let small = Faulty::new();
    let table = open(&small, options().max_record(10)).unwrap().0;
    assert_eq!(table.insert(1, "x".repeat(100)).unwrap_err().kind(), ErrorKind::TooLarge);
    table.insert(1, "x".to_owned()).unwrap();
}

thread_local! {
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

/// A value whose `Serialize` panics when it is told to.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Fragile(u32);

impl Serialize for Fragile {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        assert!(!PANICS.get(), "on purpose");
        serializer.serialize_newtype_struct("Fragile", &self.0)
    }
}

#[test]
fn a_panic_in_serialize_publishes_nothing_and_the_next_write_works() {
    let disk = Faulty::new();
    let list = on::<CowVec<Fragile>>(&disk, options(), Default::default);
    let panics = |f: &dyn Fn()| {
        PANICS.set(true);
        let panic = catch_unwind(AssertUnwindSafe(f));
        PANICS.set(false);
        panic.is_err()
    };
    list.push(Fragile(1)).unwrap();
    assert!(panics(&|| drop(list.push(Fragile(2)))));
    assert!(panics(&|| drop(list.fold())));
    assert_eq!(*list.load(), [Fragile(1)]);
    list.push(Fragile(3)).unwrap();
    list.fold().unwrap();
    drop(list);
    let again = on::<CowVec<Fragile>>(&disk.cut_power(Left::Nothing), options(), Default::default);
    assert_eq!(*again.load(), [Fragile(1), Fragile(3)]);
}

#[test]
fn it_is_shared_by_threads() {
    fn is<T: Send + Sync>() {}
    is::<Durable<super::Table>>();
    is::<Durable<CowCell<Settings>>>();
}

#[test]
fn what_a_restart_shows_is_on_disk() {
    let disk = Faulty::new();
    let table = open(&disk, options()).unwrap().0;
    table.insert(1, value(1)).unwrap();
    // A look at the log, the write, and then the sync: the system goes on showing what it has not written, and never will.
    disk.plan(2, Fault::Refuse(EIO));
    table.insert(2, value(2)).unwrap_err();
    assert_eq!(table.load().len(), 1);
    drop(table);
    let (table, recovered) = open(&disk, options()).unwrap();
    assert_eq!((table.load().len(), recovered.updates), (2, 2));
    assert!(recovered.unsaved.is_none());
    assert_eq!(found(&disk.cut_power(Left::Nothing)), state(&table));
}
