//! Destructors that panic, or that use the store.

use crate::disk::faulty::Faulty;
use crate::{Autosave, Every, Options, Store};
use readmostly::CowMap;
use readmostly::paged::PagedMap;
use serde::ser::SerializeTupleStruct;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// What a destructor does, and on a thread of which name; `None`: on any.
type Act = (Option<&'static str>, Box<dyn FnMut() + Send>);

/// What the next destructor of a value does. A value that is decoded has the fuse of its thread.
#[derive(Clone, Default)]
struct Fuse(Arc<Mutex<Option<Act>>>);

thread_local! { static FUSE: RefCell<Fuse> = RefCell::default() }

impl Fuse {
    fn light(&self, act: impl FnMut() + Send + 'static) {
        *self.0.lock().unwrap() = Some((None, Box::new(act)));
    }

    fn light_in_autosave(&self, act: impl FnMut() + Send + 'static) {
        *self.0.lock().unwrap() = Some((Some("readmostly autosave"), Box::new(act)));
    }

    fn is_lit(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }
}

#[derive(Clone)]
struct Fused(u32, Fuse);

impl Drop for Fused {
    fn drop(&mut self) {
        let here = |on: Option<&str>| on.is_none_or(|on| std::thread::current().name() == Some(on));
        let act = self.1.0.lock().unwrap().take_if(|(on, _)| here(*on));
        if let Some((_, mut act)) = act {
            act();
        }
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// As a tuple struct, of which a save reads one again.
impl Serialize for Fused {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_tuple_struct("Fused", 1)?;
        parts.serialize_field(&self.0)?;
        parts.end()
    }
}

impl<'de> Deserialize<'de> for Fused {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(u32::deserialize(deserializer)?, FUSE.with_borrow(Fuse::clone)))
    }
}

type Table = PagedMap<u32, Fused>;

fn store() -> (Faulty, Store<Table>) {
    let disk = Faulty::new();
    (disk.clone(), Store::open_on(Arc::new(disk), Path::new("/s"), Options::new(), true).unwrap())
}

fn table(fuse: &Fuse) -> CowMap<u32, Fused> {
    (0..100).map(|key| (key, Fused(key, fuse.clone()))).collect()
}

/// Runs `f` on a thread, which may hang.
#[track_caller]
fn in_time<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(f()));
    told.recv_timeout(Duration::from_secs(20)).expect("it hangs, or has panicked")
}

#[track_caller]
fn until(mut what: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_panic_after_a_save_in_the_background_is_told_to_nobody() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = table(&fuse);
    let turn = store.inner.turn().unwrap();
    let saving = store.save_in_background(table.snapshot());
    // The snapshot is all that is left, and is held by the thread and the store.
    drop(table);
    saving.cancel();
    fuse.light(|| panic!("a destructor panics"));
    drop(turn);
    in_time(move || saving.wait()).unwrap_err();
    until(|| !fuse.is_lit());
    store.compact().unwrap();
}

#[test]
fn a_store_can_be_dropped_on_the_thread_of_its_save() {
    let (disk, store) = store();
    let fuse = Fuse::default();
    let table = table(&fuse);
    let turn = store.inner.turn().unwrap();
    let saving = store.save_in_background(table.snapshot());
    drop(table);
    saving.cancel();
    let mut owned = Some(store);
    fuse.light(move || drop(owned.take()));
    drop(turn);
    in_time(move || saving.wait()).unwrap_err();
    until(|| {
        let opened = Store::<Table>::open_on(Arc::new(disk.clone()), Path::new("/s"), Options::new(), true);
        opened.is_ok()
    });
    assert!(!fuse.is_lit());
}

#[test]
fn what_is_saved_is_told_though_a_destructor_panics() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = table(&fuse);
    store.save(&table.snapshot()).unwrap();
    table.insert(1, Fused(1000, fuse.clone()));
    let saving = {
        let turn = store.inner.turn().unwrap();
        let saving = store.save_in_background(table.snapshot());
        fuse.light(|| panic!("a destructor panics"));
        drop(turn);
        saving
    };
    assert!(in_time(move || saving.wait()).unwrap().written);
    until(|| !fuse.is_lit());
    assert_eq!(store.load().unwrap().unwrap().value[&1].0, 1000);
}

/// Writes until then.
#[track_caller]
fn churn(table: &CowMap<u32, Fused>, fuse: &Fuse, until_then: impl Fn() -> bool) {
    let mut number = 0;
    until(|| {
        table.insert(number % 7, Fused(number, fuse.clone()));
        number += 1;
        std::thread::sleep(Duration::from_millis(1));
        until_then()
    });
}

const EVERY: Every = Every { interval: Duration::from_millis(5), versions: u64::MAX };

#[test]
fn autosave_goes_on_after_a_destructor_that_panics() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = Arc::new(table(&fuse));
    let autosave = store.autosave(Arc::clone(&table), EVERY).unwrap();
    until(|| autosave.status().saves == 1);
    for round in 0..3 {
        fuse.light_in_autosave(|| panic!("a destructor panics"));
        churn(&table, &fuse, || !fuse.is_lit());
        table.insert(500 + round, Fused(round, fuse.clone()));
        until(|| autosave.status().version == Some(table.version()));
    }
    autosave.stop().unwrap();
    assert!(store.load().unwrap().unwrap().value.contains_key(&502));
}

#[test]
fn autosave_can_be_dropped_on_its_own_thread() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = Arc::new(table(&fuse));
    let autosave = store.autosave(Arc::clone(&table), EVERY).unwrap();
    until(|| autosave.status().saves == 1);
    let slot: Arc<Mutex<Option<Autosave>>> = Arc::new(Mutex::new(Some(autosave)));
    let (taken, written) = (Arc::clone(&slot), Arc::clone(&table));
    fuse.light_in_autosave(move || {
        written.insert(999, Fused(999, Fuse::default()));
        let autosave = taken.lock().unwrap().take();
        drop(autosave);
    });
    churn(&table, &fuse, || !fuse.is_lit());
    // What is new when it ends is saved.
    until(|| Arc::strong_count(&store.inner) == 1);
    assert!(store.load().unwrap().unwrap().value.contains_key(&999));
}

#[test]
fn a_destructor_in_a_load_may_use_the_store() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = table(&fuse);
    let first = store.save(&table.snapshot()).unwrap().id;
    // A delta: its replay drops the value before.
    table.insert(1, Fused(1000, fuse.clone()));
    store.save(&table.snapshot()).unwrap();
    let store = Arc::new(store);
    let (inside, snapshot) = (Arc::clone(&store), table.snapshot());
    in_time(move || {
        FUSE.set(fuse.clone());
        for at in [false, true] {
            let (inside, snapshot) = (Arc::clone(&inside), snapshot.clone());
            let stored = Arc::clone(&inside);
            fuse.light(move || {
                inside.tag(first, "in a destructor").unwrap();
                inside.save(&snapshot).unwrap();
            });
            if at {
                let newest = stored.list().pop().unwrap().id;
                stored.load_at(newest).unwrap();
            } else {
                stored.load().unwrap();
            }
            assert!(!fuse.is_lit());
        }
        FUSE.set(Fuse::default());
    });
}

#[test]
fn a_destructor_of_what_a_save_reads_again_may_use_the_store() {
    let (_, store) = store();
    let table = table(&Fuse::default());
    let (store, fuse) = (Arc::new(store), Fuse::default());
    in_time(move || {
        FUSE.set(fuse.clone());
        // In full, and as a delta.
        for key in [1, 2] {
            table.insert(key, Fused(1000, Fuse::default()));
            let (inside, snapshot) = (Arc::clone(&store), table.snapshot());
            fuse.light(move || drop(inside.save(&snapshot).unwrap()));
            store.save(&table.snapshot()).unwrap();
            assert!(!fuse.is_lit());
        }
        FUSE.set(Fuse::default());
    });
}

#[test]
fn who_waits_for_a_save_does_not_wait_for_the_destructors_of_the_version_before() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = table(&fuse);
    store.save(&table.snapshot()).unwrap();
    table.insert(1, Fused(1000, fuse.clone()));
    let (go_on, told) = mpsc::channel();
    fuse.light(move || told.recv_timeout(Duration::from_secs(20)).expect("nobody was told"));
    assert!(store.save_in_background(table.snapshot()).wait().unwrap().written);
    go_on.send(()).unwrap();
    drop(store);
    assert!(!fuse.is_lit());
}

#[test]
fn an_autosave_tells_that_it_has_saved_before_the_destructors_of_the_version_before() {
    let (_, store) = store();
    let fuse = Fuse::default();
    let table = Arc::new(table(&fuse));
    store.save(&table.snapshot()).unwrap();
    let every = Every { interval: Duration::from_secs(3600), versions: 1 };
    let autosave = store.autosave(Arc::clone(&table), every).unwrap();
    until(|| autosave.status().last.is_some());
    let (go_on, told) = mpsc::channel();
    fuse.light_in_autosave(move || told.recv_timeout(Duration::from_secs(20)).expect("nobody was told"));
    table.insert(1, Fused(1000, fuse.clone()));
    until(|| autosave.status().version == Some(table.version()));
    assert_eq!(autosave.status().saves, 1);
    go_on.send(()).unwrap();
    autosave.stop().unwrap();
    assert!(!fuse.is_lit());
}
