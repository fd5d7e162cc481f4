//! A fault at each call of a scenario.

use super::{State, crashes, found, open, state, value};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left};
use crate::{Durable, Error, Options};
use std::path::Path;
use std::sync::Arc;

/// Files go as early as they can: each base but the one that is needed.
fn options() -> Options {
    Options::new().keep(1).max_chain(1)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Insert(u32),
    Remove(u32),
    /// Many entries in one write: several frames.
    Many(u32),
    Nothing,
    Fold,
    Reopen,
}
use Step::{Fold, Insert, Many, Nothing, Remove, Reopen};

const SCENARIO: [Step; 16] = [
    Insert(1),
    Insert(2),
    Nothing,
    Remove(1),
    Fold,
    Insert(3),
    Many(10),
    Reopen,
    Insert(4),
    Remove(2),
    Fold,
    Fold,
    Insert(5),
    Reopen,
    Remove(5),
    Insert(6),
];

/// A run of a scenario, with what may be there after a crash.
struct Run {
    disk: Faulty,
    /// Whether no fault is planned.
    is_well: bool,
    table: Option<super::Durable<super::Table>>,
    /// What readers see.
    seen: State,
    /// What a restart may find.
    allowed: Vec<State>,
}

impl Run {
    fn new(disk: Faulty) -> Self {
        Self { disk, is_well: false, table: None, seen: State::new(), allowed: vec![State::new()] }
    }

    fn table(&mut self) -> Result<&Durable<super::Table>, Error> {
        if self.table.is_none() {
            let (table, recovered) = open(&self.disk, options())?;
            let found = state(&table);
            assert!(self.allowed.contains(&found), "found {found:?}, and {:?} is allowed", self.allowed);
            // A fault may have made it take another way to the same state.
            assert!(recovered.skipped.is_empty() || !self.is_well, "{:?}", recovered.skipped);
            if recovered.unsaved.is_none() && recovered.updates > 0 {
                self.allowed = vec![found.clone()];
            }
            self.seen = found;
            self.table = Some(table);
        }
        Ok(self.table.as_ref().expect("it was just opened"))
    }

    fn step(&mut self, step: Step) -> Result<(), Error> {
        self.table()?;
        let mut next = self.seen.clone();
        let table = self.table.as_ref().expect("it is open");
        let result = match step {
            Reopen => {
                self.table = None;
                return self.table().map(drop);
            }
            Fold => {
                table.fold()?;
                self.allowed = vec![self.seen.clone()];
                return Ok(());
            }
            Nothing => table.update(|_| ()),
            Insert(key) => {
                next.insert(key, value(key));
                table.insert(key, value(key)).map(drop)
            }
            Remove(key) => {
                next.remove(&key);
                table.remove(&key).map(drop)
            }
            Many(first) => {
                let many = || (first..first + 2).map(|key| (key, value(key).repeat(4_000)));
                next.extend(many());
                table.extend(many())
            }
        };
        let shown = state(table);
        if result.is_err() {
            assert_eq!(shown, self.seen, "what was refused is seen");
            self.allowed.push(next);
        } else {
            assert_eq!(shown, next);
            if next != self.seen {
                self.allowed = vec![next.clone()];
            }
            self.seen = next;
        }
        result
    }

    /// What is there after a crash of that kind, and whether it goes on from there.
    fn crash(&self, left: Left) -> Faulty {
        let disk = self.disk.cut_power(left);
        let mut run = Self {
            disk: disk.clone(),
            is_well: true,
            table: None,
            seen: State::new(),
            allowed: self.allowed.clone(),
        };
        run.step(Insert(100)).unwrap_or_else(|error| panic!("{left:?}: {error}"));
        drop(run.table.take());
        let disk = disk.cut_power(Left::Nothing);
        let mut again = Self {
            disk: disk.clone(),
            is_well: true,
            table: None,
            seen: State::new(),
            allowed: run.allowed.clone(),
        };
        again.table().unwrap_or_else(|error| panic!("{left:?}: {error}"));
        disk
    }
}

/// How many calls the scenario makes.
fn calls() -> usize {
    let mut run = Run::new(Faulty::new());
    for step in SCENARIO {
        run.step(step).unwrap();
    }
    run.disk.calls()
}

#[test]
fn a_stop_at_any_call_loses_nothing_that_was_confirmed() {
    let calls = calls();
    assert!(calls > 150, "{calls}");
    for at in 0..calls {
        let mut run = Run::new(Faulty::new());
        run.disk.plan(at, Fault::Stop);
        let _ = SCENARIO.iter().try_for_each(|step| run.step(*step));
        assert!(run.disk.stopped(), "{at}");
        // The memory of what was not confirmed is gone with the process.
        drop(run.table.take());
        for left in crashes() {
            run.crash(left);
        }
    }
}

#[test]
fn a_stop_in_a_recovery_after_a_stop_loses_nothing_either() {
    // With READMOSTLY_EXHAUSTIVE every call; that takes minutes.
    let stride = if std::env::var_os("READMOSTLY_EXHAUSTIVE").is_some() { 1 } else { 37 };
    for at in (0..calls()).step_by(stride) {
        let mut run = Run::new(Faulty::new());
        run.disk.plan(at, Fault::Stop);
        let _ = SCENARIO.iter().try_for_each(|step| run.step(*step));
        drop(run.table.take());
        for left in [Left::All, Left::Nothing, Left::Some(7)] {
            for second in 0.. {
                let disk = run.disk.cut_power(left);
                disk.plan(second, Fault::Stop);
                let mut recovery = Run {
                    disk: disk.clone(),
                    is_well: true,
                    table: None,
                    seen: State::new(),
                    allowed: run.allowed.clone(),
                };
                let _ = recovery.step(Insert(200));
                let _ = recovery.step(Insert(201));
                drop(recovery.table.take());
                if !disk.stopped() {
                    break;
                }
                recovery.crash(Left::Nothing);
                recovery.crash(Left::Some(second as u64));
            }
        }
    }
}

#[test]
fn a_call_that_is_refused_fails_what_needs_it_and_nothing_else() {
    for at in 0..calls() {
        let mut run = Run::new(Faulty::new());
        run.disk.plan(at, Fault::Refuse([EIO, ENOSPC][at % 2]));
        let mut failures = 0;
        for step in SCENARIO {
            if run.step(step).is_err() {
                failures += 1;
                // The same write goes through when it is tried again.
                run.step(step).unwrap_or_else(|error| panic!("{at} {step:?}: {error}"));
            }
        }
        assert!(failures <= 1, "{at}: {failures}");
        assert_eq!(run.allowed, [run.seen.clone()], "{at}");
        for left in crashes() {
            run.crash(left);
        }
    }
}

#[test]
fn a_disk_that_is_full_for_a_while_fails_the_writes_of_that_while() {
    for at in 0..calls() {
        let mut run = Run::new(Faulty::new());
        run.disk.plan(at, Fault::RefuseFromHere(ENOSPC));
        let mut failures = 0;
        for step in SCENARIO {
            if run.step(step).is_err() {
                failures += 1;
                if failures == 4 {
                    for left in crashes() {
                        let Run { disk, allowed, .. } = &run;
                        let (disk, allowed) = (disk.cut_power(left), allowed.clone());
                        Run { disk, is_well: true, table: None, seen: State::new(), allowed }
                            .crash(Left::All);
                    }
                    run.disk.mend();
                    run.step(Insert(300)).unwrap_or_else(|error| panic!("{at} {step:?}: {error}"));
                }
            }
        }
        for left in crashes() {
            run.crash(left);
        }
    }
}

/// The base of the first log, whose name is there and was not certain, went with the next full file. If the machine stopped before the next
/// log, that log was the newest one, and the table did not open.
#[test]
fn a_log_that_may_be_there_keeps_what_it_stands_on() {
    let options = || Options::new().keep(1).max_chain(0);
    let saved: readmostly::CowMap<u32, String> = (0..3).map(|key| (key, value(key))).collect();
    let run = |faults: &[(usize, Fault)]| {
        let disk = Faulty::new();
        let store =
            crate::Store::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), true).unwrap();
        store.save(&saved.snapshot()).unwrap();
        drop(store);
        let (table, _) = open(&disk, options()).unwrap();
        disk.plan_all(faults);
        let _ = table.insert(3, value(3));
        let _ = table.insert(3, value(3));
        disk
    };
    let find = |disk: &Faulty, from: usize, what: [&str; 2]| {
        let mut calls = disk.history().into_iter().enumerate().skip(from);
        calls.find(|(_, call)| what.iter().all(|what| call.contains(what))).expect("a call of that kind").0
    };
    // The name of the log is there, and the sync of the folder says that it has failed.
    let disk = run(&[]);
    let named = find(&disk, 0, ["rename", "-log-"]);
    let mut faults = vec![(find(&disk, named, ["sync the folder", ""]), Fault::RefuseLate(EIO))];
    // Its base cannot be looked at, and so another full file is written.
    let disk = run(&faults);
    faults.push((find(&disk, faults[0].0, ["length", "-full-"]), Fault::Refuse(EIO)));
    // The machine stops before the next log.
    let disk = run(&faults);
    faults.push((find(&disk, faults[1].0, ["create", "rmlog"]), Fault::Stop));
    let disk = run(&faults);
    assert!(disk.stopped());
    for left in crashes() {
        let (table, _) =
            open(&disk.cut_power(left), options()).unwrap_or_else(|error| panic!("{left:?}: {error}"));
        assert!((0..3).all(|key| table.load().contains_key(&key)), "{left:?}");
    }
}

/// A table with two logs and four full files; the names of all files, and what is in the table.
fn two_logs(disk: &Faulty) -> (Vec<String>, State) {
    let (table, _) = open(disk, options().keep(9).max_chain(0)).unwrap();
    for key in 0..6 {
        table.insert(key, value(key)).unwrap();
        if key % 2 == 1 {
            table.fold().unwrap();
        }
    }
    table.insert(6, value(6)).unwrap();
    let names = disk.names();
    assert_eq!(names.iter().filter(|name| name.contains("-log-")).count(), 2, "{names:?}");
    (names, state(&table))
}

fn prune(disk: &Faulty) -> crate::Result<crate::Compacted> {
    let options = options().keep(1);
    crate::Store::<readmostly::paged::PagedMap<u32, String>>::open_on(
        Arc::new(disk.clone()),
        Path::new("folder"),
        options,
        true,
    )?
    .make_room()
}

#[test]
fn a_prune_that_stops_anywhere_loses_nothing() {
    let calls = {
        let disk = Faulty::new();
        let (names, _) = two_logs(&disk);
        let disk = disk.cut_power(Left::All);
        let before = disk.calls();
        assert_eq!(prune(&disk).unwrap().removed, names.len() - 2);
        assert_eq!(disk.names().len(), 2, "{:?}", disk.names());
        disk.calls() - before
    };
    for fault in [Fault::Stop, Fault::Refuse(EIO)] {
        for at in 0..calls {
            let disk = Faulty::new();
            let (_, state) = two_logs(&disk);
            let disk = disk.cut_power(Left::All);
            disk.plan(at, fault);
            let _ = prune(&disk);
            for left in crashes() {
                assert_eq!(found(&disk.cut_power(left)), state, "{fault:?} at {at}, {left:?}");
            }
        }
    }
}

/// A copy of the folder has logs of the same names, and may not be readable without them.
#[test]
fn a_prune_removes_nothing_from_a_folder_in_the_place_of_this_one() {
    for at in 0.. {
        let disk = Faulty::new();
        let (names, _) = two_logs(&disk);
        let disk = disk.cut_power(Left::All);
        disk.plan(at, Fault::Replace);
        let before = disk.calls();
        let pruned = prune(&disk).map(drop).map_err(|error| error.kind());
        if disk.calls() - before <= at {
            assert_eq!((pruned, disk.names().len()), (Ok(()), 2));
            break;
        }
        let after = disk.history().split_off(before + at + 1);
        let removed = |name: &String| after.iter().any(|call| call.ends_with(&format!("remove {name}")));
        assert!(!names.iter().any(removed), "at call {at}: {pruned:?}, {after:#?}");
    }
}

/// Nobody can do without the older log where what the newest one stands on is damaged.
#[test]
fn a_prune_keeps_the_older_log_if_the_newest_does_not_load() {
    let disk = Faulty::new();
    let (names, state) = two_logs(&disk);
    let disk = disk.cut_power(Left::All);
    let base = names.iter().rfind(|name| name.contains("-full-")).unwrap();
    let mut bytes = disk.bytes(base).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    disk.put(base, &bytes);
    let _ = prune(&disk);
    assert_eq!(disk.names().iter().filter(|name| name.contains("-log-")).count(), 2);
    assert_eq!(found(&disk), state);
}
