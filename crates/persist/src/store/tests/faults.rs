//! Every call of a scenario fails, in every way.

use super::kit::{Content, Saving, Table, content, open, open_with, options, restart, some};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left, Random};
use crate::{Error, ErrorKind, Options, Store};
use readmostly::CowMap;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What is done to a store.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Changes entries, from a key on.
    Change(u32, u32),
    Save,
    /// Tags what was saved last.
    Tag(&'static str),
    Untag(&'static str),
    Compact,
    /// Ends the process in an orderly way, and starts it again.
    Restart,
}

/// What may be there after a crash.
#[derive(Clone, Debug, Default)]
struct Expected {
    confirmed: Option<Content>,
    /// What was being saved since then.
    tried: Vec<Content>,
    tags: BTreeMap<&'static str, Content>,
    /// A tag was being changed, and may be there or not.
    tried_tags: Vec<&'static str>,
}

pub(super) struct Run {
    disk: Faulty,
    options: Options,
    store: Option<Store<Table>>,
    table: CowMap<u32, String>,
    expected: Expected,
    pub(super) errors: usize,
    /// A sync of the folder may fail, and forget what was done to names.
    forgets: bool,
}

impl Run {
    pub(super) fn new(options: Options) -> Self {
        let disk = Faulty::new();
        Self {
            disk,
            options,
            store: None,
            table: some(),
            expected: Expected::default(),
            errors: 0,
            forgets: false,
        }
    }

    fn open(&self, disk: &Faulty) -> crate::Result<Store<Table>> {
        Store::open_on(Arc::new(disk.clone()), Path::new("/store"), self.options.clone(), true)
    }

    /// Opens and loads, again if a read has failed, as long as the machine runs.
    fn start(&mut self) {
        self.store = None;
        for _ in 0..3 {
            let Ok(store) = self.open(&self.disk) else {
                self.errors += 1;
                // Somebody has made room.
                self.disk.mend();
                continue;
            };
            match store.load() {
                // A read that failed is told.
                Ok(Some(loaded))
                    if loaded.skipped.is_empty() && store.inner.index().tags.broken.is_none() =>
                {
                    let found = content(&loaded.value);
                    self.expected.check(Some(&found));
                    self.table = CowMap::from(loaded.value);
                    self.store = Some(store);
                    // From here on it is what counts, whatever was tried.
                    self.expected.confirmed = Some(found);
                    self.expected.tried.clear();
                    return;
                }
                Ok(None) if store.inner.index().tags.broken.is_none() => {
                    self.expected.check(None);
                    self.table = some();
                    self.store = Some(store);
                    return;
                }
                _ => self.errors += 1,
            }
        }
        assert!(self.disk.stopped(), "a single fault is over");
    }

    pub(super) fn step(&mut self, step: &Step) {
        if self.disk.stopped() {
            return;
        }
        if self.store.is_none() || matches!(step, Step::Restart) {
            self.start();
        }
        let Some(store) = &self.store else { return };
        let now = content(&self.table.snapshot());
        let failed = match step {
            Step::Change(from, count) => {
                let version = self.table.version();
                self.table.update(|draft| {
                    for key in *from..from + count {
                        draft.insert(key, format!("changed in {version}"));
                    }
                    draft.remove(&((from + count) * 7 % 60));
                });
                false
            }
            Step::Save => {
                self.expected.tried.push(now.clone());
                let saved = store.save(&self.table.snapshot());
                if saved.is_ok() {
                    self.expected.confirmed = Some(now);
                    self.expected.tried.clear();
                }
                saved.is_err()
            }
            Step::Tag(name) => {
                let Some(id) = store.inner.writer().last.as_ref().map(|last| last.id) else { return };
                let Some(state) = self.expected.confirmed.clone() else { return };
                if !self.expected.tried.is_empty() {
                    return;
                }
                let result = store.tag(id, name);
                if result.is_ok() {
                    self.expected.tags.insert(name, state);
                    self.expected.tried_tags.retain(|tried| tried != name);
                } else {
                    self.expected.tried_tags.push(name);
                }
                result.is_err()
            }
            Step::Untag(name) => {
                let result = store.untag(name);
                if result.is_ok() {
                    self.expected.tags.remove(name);
                    self.expected.tried_tags.retain(|tried| tried != name);
                } else {
                    self.expected.tried_tags.push(name);
                }
                result.is_err()
            }
            Step::Compact => store.compact().is_err(),
            Step::Restart => false,
        };
        self.errors += usize::from(failed);
    }

    /// The power goes, and comes back.
    pub(super) fn check_after(&self, left: Left) {
        let disk = self.disk.cut_power(left);
        let store = self.open(&disk).unwrap();
        let loaded = store.load().unwrap();
        let found = loaded.as_ref().map(|loaded| content(&loaded.value));
        self.expected.check(found.as_ref());
        for (name, state) in &self.expected.tags {
            if !self.expected.tried_tags.contains(name) {
                let tagged = store.load_at(store.tagged(name).unwrap()).unwrap();
                assert_eq!(content(&tagged.value), *state, "the tag {name}");
            }
        }
        // Nothing is left that stands on what is gone.
        store.verify_all(|info, result| {
            // What a sync has forgotten that has failed is there again, and a delta stands on what went after it.
            let is_forgotten = |error: &Error| self.forgets && error.kind() == ErrorKind::Parent;
            if let Some(error) = result.err().filter(|error| !is_forgotten(error)) {
                panic!("{info:?}: {error}: {:#?}", self.disk.history());
            }
        });
        // What was being written is not in the way.
        let table = loaded.map_or_else(some, |loaded| CowMap::from(loaded.value));
        table.insert(1, "after the crash".into());
        store.save(&table.snapshot()).unwrap();
        let again = self.open(&disk.cut_power(Left::Nothing)).unwrap().load().unwrap().unwrap();
        assert_eq!(content(&again.value), content(&table.snapshot()));
        assert!(disk.names().iter().all(|name| !name.ends_with("-tmp")));
    }
}

impl Expected {
    #[track_caller]
    fn check(&self, found: Option<&Content>) {
        let is_tried = found.is_some_and(|found| self.tried.contains(found));
        assert!(
            is_tried || found == self.confirmed.as_ref(),
            "neither what was confirmed nor what was being saved"
        );
    }
}

pub(super) const LEFT: [Left; 8] = [
    Left::All,
    Left::Nothing,
    Left::Names,
    Left::Bytes,
    Left::Some(1),
    Left::Some(2),
    Left::Some(3),
    Left::Some(4),
];

fn scenario() -> Vec<Step> {
    use Step::{Change, Compact, Restart, Save, Tag, Untag};
    let mut steps = vec![Save, Tag("first")];
    for key in 0..3 {
        steps.extend([Change(key, 2), Save]);
    }
    // The chain is full: a new base. Later ones have the first generation removed, but for what is tagged.
    steps.extend([Tag("delta"), Change(7, 3), Save, Change(8, 3), Save, Restart, Change(9, 2), Save]);
    steps.extend([Untag("first"), Change(10, 50), Save, Change(11, 2), Save, Compact, Change(12, 1), Save]);
    steps
}

/// Runs the scenario with a fault at every call, and returns how many calls it has.
fn at_every_call(fault: Fault, options: &Options) -> usize {
    let calls = {
        let mut run = Run::new(options.clone());
        for step in &scenario() {
            run.step(step);
        }
        assert_eq!(run.errors, 0);
        for left in LEFT {
            run.check_after(left);
        }
        run.disk.calls()
    };
    for call in 0..calls {
        let mut run = Run::new(options.clone());
        run.disk.plan(call, fault);
        for step in scenario() {
            let before = run.errors;
            run.step(&step);
            if run.errors > before && matches!(fault, Fault::RefuseFromHere(_)) {
                // Readers and what was saved are as before, and the next save works when the disk does.
                for left in LEFT {
                    run.check_after(left);
                }
                run.disk.mend();
            }
        }
        if let Fault::Refuse(_) | Fault::RefuseLate(_) = fault {
            assert!(run.errors <= 1, "{:#?}", run.disk.history());
        }
        for left in LEFT {
            run.check_after(left);
        }
    }
    calls
}

#[test]
fn the_machine_stops_at_every_call() {
    let calls = at_every_call(Fault::Stop, &options());
    assert!(calls > 100, "{calls}");
}

#[test]
fn every_call_is_refused() {
    at_every_call(Fault::Refuse(EIO), &options());
}

#[test]
fn every_call_is_done_and_says_that_it_has_failed() {
    at_every_call(Fault::RefuseLate(EIO), &options());
}

#[test]
fn the_disk_is_full_from_every_call_on() {
    at_every_call(Fault::RefuseFromHere(ENOSPC), &options());
}

#[cfg(feature = "encryption")]
#[test]
fn the_machine_stops_at_every_call_of_an_encrypted_store() {
    at_every_call(Fault::Stop, &options().key(crate::Key::new([3; 32])));
}

/// The process is killed at a call, the next one finds what is there and saves nothing new, and then the power goes.
#[test]
fn the_process_is_killed_and_later_the_power_goes() {
    let calls = {
        let mut run = Run::new(options());
        for step in &scenario() {
            run.step(step);
        }
        run.disk.calls()
    };
    for call in 0..calls {
        let mut run = Run::new(options());
        run.disk.plan(call, Fault::Stop);
        for step in &scenario() {
            run.step(step);
        }
        let disk = run.disk.kill();
        let store = open(&disk).unwrap();
        let loaded = store.load().unwrap();
        let found = loaded.as_ref().map(|loaded| content(&loaded.value));
        run.expected.check(found.as_ref());
        let Some(loaded) = loaded else { continue };
        let table = CowMap::from(loaded.value);
        assert!(!store.save(&table.snapshot()).unwrap().written);
        let check = |left: Left| {
            let store = open(&disk.cut_power(left)).unwrap();
            assert_eq!(store.load().unwrap().map(|loaded| content(&loaded.value)), found);
            store
        };
        for left in LEFT {
            check(left);
        }
        store.tag(loaded.id, "again").unwrap();
        for left in LEFT {
            assert_eq!(check(left).tagged("again").unwrap(), loaded.id);
        }
    }
}

/// The machine stops a second time, while it starts.
#[test]
fn the_machine_stops_while_it_starts() {
    let mut run = Run::new(options());
    run.disk.plan(90, Fault::Stop);
    for step in &scenario() {
        run.step(step);
    }
    assert!(run.disk.stopped());
    for left in LEFT {
        let disk = run.disk.cut_power(left);
        let calls = {
            let disk = disk.copy();
            open(&disk).unwrap().load().unwrap();
            disk.calls()
        };
        for call in 0..calls {
            let disk = disk.copy();
            disk.plan(call, Fault::Stop);
            let _ = open(&disk).map(|store| store.load());
            for left in LEFT {
                let store = open(&disk.cut_power(left)).unwrap();
                run.expected.check(store.load().unwrap().map(|loaded| content(&loaded.value)).as_ref());
            }
        }
    }
}

/// One scenario by a seed: steps, a fault at some call, and what is left.
pub(super) fn by_seed(seed: u64) {
    const TAGS: [&str; 3] = ["a", "b", "c"];
    let mut random = Random(seed);
    let mut run = Run::new(options().keep(1 + random.below(3)).max_chain(random.below(5)));
    let faults = [Fault::Stop, Fault::Refuse(EIO), Fault::RefuseLate(EIO), Fault::RefuseFromHere(ENOSPC)];
    let fault = faults[random.below(faults.len())];
    run.forgets = matches!(fault, Fault::Refuse(_) | Fault::RefuseFromHere(_));
    run.disk.plan(random.below(150), fault);
    for _ in 0..5 + random.below(25) {
        let step = match random.below(10) {
            0..=2 => Step::Change(
                u32::try_from(random.below(60)).unwrap(),
                1 + u32::try_from(random.below(8)).unwrap(),
            ),
            3..=5 => Step::Save,
            6 => Step::Tag(TAGS[random.below(3)]),
            7 => Step::Untag(TAGS[random.below(3)]),
            8 => Step::Compact,
            _ => Step::Restart,
        };
        let before = run.errors;
        run.step(&step);
        if run.errors > before {
            run.disk.mend();
        }
    }
    for _ in 0..4 {
        run.check_after(Left::Some(random.next()));
    }
    run.check_after(Left::Nothing);
}

/// It had the name of a file that was never there, another one at each try.
#[test]
fn a_save_that_fails_again_says_the_same() {
    let saving = Saving::new(options());
    saving.disk.plan(0, Fault::RefuseFromHere(EIO));
    let [first, second] =
        [(); 2].map(|()| saving.store.save(&saving.table.snapshot()).unwrap_err().to_string());
    assert_eq!(first, second);
    assert!(first.starts_with("/store: the file cannot be created"), "{first}");
}

/// The look at what stays found the full file damaged, on which the second try then wrote its delta. A restart had the state before.
#[test]
fn a_save_that_makes_room_writes_no_delta_on_what_it_finds_damaged() {
    let mut second_tries = 0;
    for at in 0.. {
        let saving = Saving::new(options().keep(4).max_chain(0));
        (0..4).for_each(|key| drop(saving.change(key)));
        let (disk, table) = (saving.disk.copy(), saving.table);
        let store = open_with(&disk, options().keep(1)).unwrap();
        store.load().unwrap().unwrap();
        let newest = disk.names().into_iter().filter(|name| name.contains("-full-")).max().unwrap();
        let mut bytes = disk.take(&newest);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        disk.put(&newest, &bytes);
        table.insert(50, "new".into());
        let (calls, before) = (disk.calls(), disk.history().len());
        disk.plan(at, Fault::Refuse(ENOSPC));
        let saved = store.save(&table.snapshot());
        let tries = disk.history()[before..].iter().filter(|call| call.contains("create")).count();
        if saved.is_ok() && tries == 2 {
            second_tries += 1;
            let found = restart(&disk, Left::All).unwrap();
            assert_eq!(content(&found.value)[&50], "new", "at call {at}: {:?}", found.skipped);
        }
        if disk.calls() - calls <= at {
            break;
        }
    }
    assert!(second_tries > 2, "{second_tries}");
}
