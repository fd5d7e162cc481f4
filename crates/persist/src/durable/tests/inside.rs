//! Code of the user's that a write or a fold calls, and that calls the table again.

use super::line::base;
use super::log::logs;
use super::options;
use super::put_back::later;
use crate::disk::faulty::{EIO, Fault, Faulty};
use crate::store::LOG;
use crate::{Durable, ErrorKind, Options};
use readmostly::CowMap;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

type Call = Box<dyn FnOnce() + Send>;
type Table = Durable<CowMap<u32, Calls>>;

thread_local! {
    /// What the next `Serialize` on this thread calls.
    static INSIDE: RefCell<Option<Call>> = const { RefCell::new(None) };
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Calls(u32);

impl Serialize for Calls {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(call) = INSIDE.take() {
            call();
        }
        serializer.serialize_newtype_struct("Calls", &self.0)
    }
}

/// What would wait for its own thread.
const CALLS: [fn(&Table); 3] =
    [|table| drop(table.insert(99, Calls(99))), |table| drop(table.flush()), |table| drop(table.fold())];

fn open(disk: &Faulty, options: Options) -> Table {
    Durable::open_on(Arc::new(disk.clone()), Path::new("folder"), options, Default::default).unwrap().0
}

/// Calls the table, and tells whether that was refused.
fn call(
    call: fn(&Table),
    table: &Arc<Table>,
    tell: &Sender<bool>,
    before: impl FnOnce() + Send + 'static,
) -> Call {
    let (table, tell) = (Arc::clone(table), tell.clone());
    Box::new(move || {
        before();
        let panic = catch_unwind(AssertUnwindSafe(|| call(&table)));
        let refused = panic.is_err_and(|panic| {
            panic.downcast_ref::<&str>().is_some_and(|what| what.contains("a write inside a write"))
        });
        tell.send(refused).unwrap();
    })
}

/// Runs `test` on a thread of its own, which may wait for itself for ever.
#[track_caller]
fn in_time(test: impl FnOnce() + Send + 'static) {
    let (tell, told) = channel();
    let thread = thread::spawn(move || {
        test();
        tell.send(()).unwrap();
    });
    assert!(told.recv_timeout(Duration::from_secs(60)).is_ok(), "it has failed, or waits for itself");
    thread.join().unwrap();
}

#[test]
fn what_a_fold_calls_does_not_write() {
    for inner in CALLS {
        for log_is_gone in [false, true] {
            in_time(move || {
                let disk = Faulty::new();
                let table = Arc::new(open(&disk, options()));
                table.insert(1, Calls(1)).unwrap();
                let (tell, told) = channel();
                let there = disk.clone();
                let before = move || {
                    let gone = logs(&there).into_iter().filter(|_| log_is_gone);
                    gone.for_each(|log| drop(there.take(&log)));
                };
                INSIDE.set(Some(call(inner, &table, &tell, before)));
                table.fold().unwrap();
                assert_eq!(told.recv(), Ok(true));
                table.insert(2, Calls(2)).unwrap();
                drop(table);
                assert_eq!(open(&disk, options()).load().len(), 2);
            });
        }
    }
}

/// A table of a write, and of a second one while a fold saves.
fn written_in_a_fold(disk: &Faulty, options: Options) -> Arc<Table> {
    let table = Arc::new(open(disk, options));
    table.insert(0, Calls(0)).unwrap();
    let writer = Arc::clone(&table);
    INSIDE.set(Some(Box::new(move || {
        thread::spawn(move || writer.insert(1, Calls(1)).unwrap()).join().unwrap();
    })));
    table.fold().unwrap();
    table
}

/// What is written while a fold saves is in two logs, and the older one goes first.
#[test]
fn a_log_follows_the_one_that_stays() {
    in_time(|| {
        let disk = Faulty::new();
        let every = || options().max_chain(0);
        let table = written_in_a_fold(&disk, every());
        // The last write is that one.
        table.fold().unwrap();
        drop(table);
        let base = disk.names().into_iter().rfind(|name| name.contains("-full-")).unwrap();
        disk.take(&base);
        assert_eq!(open(&disk, every()).load().len(), 2);
    });
}

/// The disk fails when a log has its name that holds what was written meanwhile. It may be gone then, and counted as one that makes up for a base.
#[test]
fn a_log_that_may_be_gone_makes_up_for_none() {
    in_time(|| {
        let every = || options().max_chain(0);
        let mut failed = 0;
        for (at, is_late) in (0..).flat_map(|at| [(at, false), (at, true)]) {
            let disk = Faulty::new();
            let table = Arc::new(open(&disk, every()));
            for key in 0..5 {
                table.insert(key, Calls(key)).unwrap();
            }
            let (writer, failing) = (Arc::clone(&table), disk.clone());
            let (tell, told) = channel();
            INSIDE.set(Some(Box::new(move || {
                thread::spawn(move || writer.insert(5, Calls(5)).unwrap()).join().unwrap();
                failing.plan(at, if is_late { Fault::RefuseLate(EIO) } else { Fault::Refuse(EIO) });
                tell.send(failing.calls()).unwrap();
            })));
            let folded = table.fold();
            if disk.calls() - told.recv().unwrap() <= at {
                folded.unwrap();
                break;
            }
            failed += usize::from(folded.is_err());
            disk.mend();
            table.insert(6, Calls(6)).unwrap();
            drop(table);
            let mut bases: Vec<_> = logs(&disk).iter().map(|log| base(&disk, log)).collect();
            bases.dedup();
            if bases.len() > 1 {
                disk.take(&bases[bases.len() - 1]);
                assert_eq!(open(&disk, every()).load().len(), 7, "{at} {is_late}");
            }
        }
        assert!(failed > 5, "{failed}");
    });
}

/// So was one that is put back, although no log of the line follows it.
#[test]
fn a_log_that_is_put_back_makes_up_for_none() {
    in_time(|| {
        let disk = Faulty::new();
        let every = || options().max_chain(0);
        let table = written_in_a_fold(&disk, every());
        drop(table);
        let newest = logs(&disk).pop().unwrap();
        let elsewhere = disk.take(&newest);
        later();
        // A log without a write, since that is refused, which hides the one elsewhere.
        let probe = disk.copy();
        let (table, other) = (open(&disk, every()), open(&probe, every()));
        let begun = probe.calls();
        other.insert(2, Calls(2)).unwrap();
        let call = probe.history()[begun..].iter().rposition(|call| call.contains("write")).unwrap();
        disk.plan(call, Fault::Refuse(EIO));
        table.insert(2, Calls(2)).unwrap_err();
        drop(table);
        disk.put(&newest, &elsewhere);
        later();
        let table = open(&disk, every());
        table.insert(3, Calls(3)).unwrap();
        drop(table);
        let names = logs(&disk);
        assert!(names.len() == 3 && names[1] == newest, "{names:?}");
        disk.take(&base(&disk, &names[2]));
        assert_eq!(open(&disk, every()).load().len(), 3);
    });
}

/// The log that a fold begins has what was written meanwhile, and so has the one before. An open that finds the older one alone goes on behind where
/// the newer one begins. When that is back, and what it stands on is gone, the older one makes the same.
#[test]
fn a_log_that_an_open_alone_has_not_found_is_whole_when_it_is_put_back() {
    in_time(|| {
        let disk = Faulty::new();
        let keep = || options().keep(1).max_chain(0);
        let table = written_in_a_fold(&disk, keep());
        table.insert(2, Calls(2)).unwrap();
        drop(table);
        let newest = logs(&disk).pop().unwrap();
        let base = disk.names().into_iter().rfind(|name| name.contains("-full-")).unwrap();
        let elsewhere = disk.take(&newest);
        later();
        assert_eq!(open(&disk, keep()).load().len(), 2);
        disk.put(&newest, &elsewhere);
        disk.take(&base);
        let again = disk.copy();
        let opened = |disk: &Faulty| {
            Durable::<CowMap<u32, Calls>>::open_on(
                Arc::new(disk.clone()),
                Path::new("folder"),
                keep(),
                Default::default,
            )
        };
        let (table, recovered) = opened(&disk).unwrap();
        assert_eq!(table.load().len(), 3);
        // What is skipped is what that log stands on, and no log: an operator may move it elsewhere.
        assert_eq!(recovered.skipped.len(), 1);
        assert!(!recovered.skipped[0].file.to_string_lossy().ends_with(LOG), "{:?}", recovered.skipped);
        drop(table);
        assert_eq!(open(&disk, keep()).load().len(), 3);
        // The first call of the disk that fails is told as such: the next open finds all.
        for at in 0..120 {
            let disk = again.copy();
            disk.plan(at, Fault::Refuse(EIO));
            match opened(&disk) {
                Ok((table, _)) => assert_eq!(table.load().len(), 3),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Io, "{at}: {error}"),
            }
        }
    });
}

/// What is read again to look at it was dropped while the fold went on. So each fold failed, and the log grew without an end.
#[test]
fn what_is_dropped_in_a_fold_may_write() {
    type Ends = Durable<CowMap<u32, End>>;

    thread_local! {
        static TABLE: RefCell<Option<Arc<Ends>>> = const { RefCell::new(None) };
    }

    /// Writes when it is dropped.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct End(u32, u32);

    impl Drop for End {
        fn drop(&mut self) {
            if let Some(table) = TABLE.try_with(std::cell::RefCell::take).ok().flatten() {
                table.insert(1000, Self(0, 0)).unwrap();
                TABLE.set(Some(table));
            }
        }
    }

    in_time(|| {
        let disk = Faulty::new();
        let open = || {
            Ends::open_on(Arc::new(disk.clone()), Path::new("folder"), options(), Default::default).unwrap().0
        };
        let table = Arc::new(open());
        TABLE.set(Some(Arc::clone(&table)));
        for round in 0..5 {
            table.insert(round, End(round, 0)).unwrap();
            table.fold().unwrap();
        }
        assert!(logs(&disk).len() <= 3, "{:?}", disk.names());
        TABLE.take();
        drop(table);
        assert_eq!(open().load().len(), 6);
    });
}

#[cfg(feature = "encryption")]
#[test]
fn what_asks_for_a_key_does_not_write() {
    use std::sync::Mutex;
    for inner in CALLS {
        // In a write, and where a fold asks for it: for the file, and for the log.
        for (folds, before) in [(false, 0), (true, 0), (true, 1)] {
            in_time(move || {
                let disk = Faulty::new();
                let inside: Arc<Mutex<Vec<Call>>> = Arc::default();
                let asked = Arc::clone(&inside);
                let key = crate::Key::ask(move || {
                    let call = asked.lock().unwrap().pop();
                    if let Some(call) = call {
                        call();
                    }
                    Ok([1; 32])
                });
                let table = Arc::new(open(&disk, options().key(key.clone())));
                let (tell, told) = channel();
                if folds {
                    table.insert(1, Calls(1)).unwrap();
                }
                let mut calls = vec![call(inner, &table, &tell, || ())];
                calls.extend((0..before).map(|_| Box::new(|| ()) as Call));
                *inside.lock().unwrap() = calls;
                if folds {
                    table.fold().unwrap();
                } else {
                    table.insert(1, Calls(1)).unwrap();
                }
                assert_eq!(told.recv_timeout(Duration::from_secs(10)), Ok(true));
                drop(table);
                assert_eq!(open(&disk, options().key(key)).load().len(), 1);
            });
        }
    }
}
