//! One reload at a time, nobody waits for it who need not, and nobody waits for himself.

use crate::support::{
    Home, NEVER, OFTEN, SETTLE, Set, WAYS, file, lines, says, shown, start, stopping, until, until_shown,
};
use readmostly::paged::PagedSet;
use readmostly::{CowCell, CowSet, Snapshot};
use readmostly_reload::{Content, FailureKind, Look, Origin, Provenance, Refused, Reload, Reloader};
use std::collections::HashSet;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

#[test]
fn two_looks_at_once_run_one_after_the_other() {
    let (inside, most) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
    let number = AtomicU32::new(0);
    let seen = Arc::clone(&most);
    let source = move || {
        let text = number.fetch_add(1, Ordering::Relaxed).to_string();
        Ok::<_, Refused>(Some(Content::from_bytes("number", text)))
    };
    let parse = move |content: &Content| {
        seen.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(5));
        inside.fetch_sub(1, Ordering::SeqCst);
        lines(content)
    };
    let reloader = start(Reload::source(source).parse(parse).poll(OFTEN));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| drop(reloader.now())));
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 1);
    // Those who wait share a look, but nobody shares one with himself.
    assert!(reloader.status().applied > 5);
}

/// An origin that is not at rest until each of so many threads has looked. Then each look is an error.
struct Waiting {
    threads: usize,
    looked: HashSet<ThreadId>,
    decided: Arc<AtomicU32>,
}

impl Origin for Waiting {
    fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
        self.looked.insert(thread::current().id());
        if self.looked.len() == 1 {
            return Ok(Look::Content(Content::from_bytes("list", "a\n")));
        }
        if self.looked.len() < 1 + self.threads {
            return Ok(Look::Unsettled(Duration::from_millis(1)));
        }
        self.decided.fetch_add(1, Ordering::Relaxed);
        Err("goes on changing".into())
    }
}

/// Each of those who waited for a file that never rests began anew after another one had been told so.
#[test]
fn all_who_wait_for_a_look_to_decide_share_the_one_that_does() {
    let (threads, decided) = (4, Arc::new(AtomicU32::new(0)));
    let origin = Waiting { threads, looked: HashSet::new(), decided: Arc::clone(&decided) };
    let reloader = start(Reload::source(origin).parse(lines));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let failure = reloader.now().last_error.expect("an error");
                assert_eq!(failure.reason, "goes on changing");
            });
        }
    });
    // The last one has decided. Nobody else had to.
    assert_eq!((decided.load(Ordering::Relaxed), reloader.status().failed), (1, 1));
}

/// Each of those who asked while another one looked had the same refused content looked into once more.
#[test]
fn all_who_ask_while_somebody_looks_share_the_next_look() {
    let threads = 20;
    let mut texts = ["a\n"].into_iter();
    // A file would be at rest for the last one only.
    let source =
        move || Ok::<_, Refused>(Some(Content::from_bytes("list", texts.next().unwrap_or("not good\n"))));
    let (asked, parsed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (by, of) = (Arc::clone(&asked), Arc::clone(&parsed));
    let parse = move |content: &Content| {
        let lines = lines(content);
        if lines.is_err() {
            of.fetch_add(1, Ordering::Relaxed);
            // Until all have asked, and a little longer: they take a few instructions more.
            while by.load(Ordering::Relaxed) < threads {
                thread::yield_now();
            }
            thread::sleep(SETTLE);
        }
        lines
    };
    let reloader = start(Reload::source(source).parse(parse).poll(None));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                asked.fetch_add(1, Ordering::Relaxed);
                assert!(!reloader.now().is_good());
            });
        }
    });
    assert!(parsed.load(Ordering::Relaxed) < threads, "{parsed:?}");
}

#[test]
fn a_status_does_not_wait_for_a_parser() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let (parse, stop) = stopping();
    let reloader = start(Reload::file(&path).parse(parse).settle(SETTLE).poll(OFTEN));
    home.write("list", "stop\n");
    stop.reached();
    // It would hang here.
    assert_eq!(reloader.status().applied, 1);
    assert!(reloader.watch_status().try_next().is_none());
    assert!(reloader.last_update().is_some());
    assert_eq!(shown(&reloader), "a");
    // Nor does a writer wait, and what it writes is the base of what comes.
    reloader.target().insert("b".into());
    stop.release();
    until_shown(&reloader, "stop");
}

/// aisix 112, cascade 369, clash-verge-self 2380: load, change, store. What was published in between was lost, and never checked.
#[test]
fn a_version_that_another_writer_publishes_meanwhile_is_what_the_next_is_checked_against() {
    let set = Arc::new(CowSet::<String>::new());
    let writer = Arc::clone(&set);
    let bases = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bases);
    let source = || Ok::<_, Refused>(Some(Content::from_bytes("list", "a\n")));
    let reloader = Reload::source(source)
        .parse(lines)
        .validate(move |old: &PagedSet<String>, _: &PagedSet<String>| {
            let mut seen = seen.lock().unwrap();
            seen.push(old.iter().cloned().collect::<Vec<_>>());
            if seen.len() == 1 {
                writer.insert("of another".into());
            }
            Ok::<_, Refused>(())
        })
        .into(Arc::clone(&set))
        .unwrap();
    assert_eq!(*bases.lock().unwrap(), [vec![], vec![String::from("of another")]]);
    let update = reloader.last_update().unwrap();
    assert_eq!(update.old.iter().collect::<Vec<_>>(), ["of another"]);
    assert_eq!((shown(&reloader), reloader.status().version, set.version()), ("a".into(), 2, 2));
}

/// A part of a value that is not the source's: each of many writes to it is there at the end.
#[test]
fn no_write_to_what_is_not_the_sources_is_lost() {
    let number = AtomicU32::new(0);
    let source = move || {
        let text = number.fetch_add(1, Ordering::Relaxed).to_string();
        Ok::<_, Refused>(Some(Content::from_bytes("number", text)))
    };
    let cell = Arc::new(CowCell::new(Table::default()));
    let reloader = Reload::source(source).parse(lists).into(Arc::clone(&cell)).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    cell.update(|table| table.hits += 1);
                    thread::sleep(Duration::from_micros(100));
                }
            });
        }
        for _ in 0..100 {
            reloader.now();
        }
    });
    let status = reloader.now();
    assert!(status.is_good() && status.applied > 10, "{status:?}");
    let table = cell.load();
    assert_eq!((table.hits, &table.list[..]), (1_000, &[String::from("101")][..]));
}

/// The version before was read, and the older one published after that: what another writer had published in between was in
/// neither, and whoever follows the updates had lost it.
#[test]
fn an_update_of_a_rollback_has_no_gap_where_another_writer_publishes() {
    /// Another writer publishes while a value is cloned.
    struct Value(u32, Arc<OnceLock<Weak<CowCell<Value>>>>);
    impl PartialEq for Value {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Clone for Value {
        fn clone(&self) -> Self {
            if let Some(cell) = self.1.get().and_then(Weak::upgrade) {
                cell.replace(Self(77, Arc::default()));
            }
            Self(self.0, Arc::default())
        }
    }
    let own = Arc::new(OnceLock::new());
    let (mut answers, inside) = (["1", "2"].into_iter(), Arc::clone(&own));
    let source = move || Ok::<_, Refused>(answers.next().map(|text| Content::from_bytes("number", text)));
    let parse =
        move |content: &Content| content.text().map(|text| Value(text.parse().unwrap(), Arc::clone(&inside)));
    let cell = Arc::new(CowCell::new(Value(0, Arc::default())));
    let reload = Reload::source(source).parse(parse).keep(readmostly::Keep::versions(10));
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    reloader.now();
    assert!(own.set(Arc::downgrade(&cell)).is_ok());
    let status = reloader.rollback(1).unwrap();
    let update = reloader.last_update().unwrap();
    let versions = (Snapshot::version(&update.old), Snapshot::version(&update.new));
    assert_eq!((versions, update.old.0, update.new.0), ((3, 4), 77, 1));
    assert_eq!((status.version, status.changes.updated), (4, 1));
}

/// Lines, and a count that is not the source's.
#[derive(Clone, Default)]
struct Table {
    list: Vec<String>,
    hits: u32,
}

struct List(Vec<String>);

impl readmostly_reload::Target<List> for CowCell<Table> {
    fn make(base: &Table, list: List) -> Table {
        // Time for the others.
        thread::sleep(Duration::from_micros(50));
        Table { list: list.0, hits: base.hits }
    }
    fn changes(old: &Table, new: &Table) -> readmostly_reload::Changes {
        let updated = usize::from(old.list != new.list);
        readmostly_reload::Changes { updated, ..Default::default() }
    }
    fn restore(base: &Table, wanted: &Table) -> Option<Table> {
        Some(Table { list: wanted.list.clone(), hits: base.hits })
    }
}

/// Publishes another count each time that it sees such a list, so often.
fn overtakes(
    cell: &Arc<CowCell<Table>>,
    times: u32,
    when: &'static str,
) -> impl FnMut(&Table, &Table) -> Result<(), Refused> + Send + use<> {
    let (cell, mut left) = (Arc::clone(cell), times);
    move |_, new| {
        if left > 0 && new.list == [when] {
            left -= 1;
            cell.update(|table| table.hits += 1);
        }
        Ok(())
    }
}

fn lists(content: &Content) -> Result<List, Refused> {
    lines(content).map(List)
}

/// It was made anew 16 times, each second, and never in force.
#[test]
fn a_content_for_a_part_is_put_into_what_others_publish() {
    let cell = Arc::<CowCell<Table>>::default();
    let reload = Reload::source(says(&["a", "b"])).parse(lists).validate(overtakes(&cell, 1_000, "b"));
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    let status = reloader.now();
    assert_eq!((status.last_error, status.applied, status.changes.updated), (None, 2, 1));
    // Nothing of the others' is lost.
    assert_eq!((cell.load().hits, &*cell.load().list), (3, &["b".to_owned()][..]));
    let update = reloader.last_update().expect("it is there");
    assert_eq!((Snapshot::version(&update.old), update.old.hits, cell.version()), (4, 3, 5));
}

/// What the source describes is put into the current value while the others wait.
#[test]
fn a_panic_in_there_is_told_and_leaves_the_lock_free() {
    #[derive(Clone, Default)]
    struct Fragile(Vec<String>, u32);
    impl readmostly_reload::Target<List> for CowCell<Fragile> {
        fn make(base: &Fragile, list: List) -> Fragile {
            Fragile(list.0, base.1)
        }
        fn changes(old: &Fragile, new: &Fragile) -> readmostly_reload::Changes {
            readmostly_reload::Changes { updated: usize::from(old.0 != new.0), ..Default::default() }
        }
        fn restore(_: &Fragile, _: &Fragile) -> Option<Fragile> {
            panic!("on purpose")
        }
    }
    let cell = Arc::<CowCell<Fragile>>::default();
    let writer = Arc::clone(&cell);
    let validate = move |_: &Fragile, new: &Fragile| {
        if new.0 == ["b"] {
            writer.update(|value| value.1 += 1);
        }
        Ok::<_, Refused>(())
    };
    let reload = Reload::source(says(&["a", "b"])).parse(lists).validate(validate);
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(failure.kind, FailureKind::Panic);
    assert!(failure.reason.starts_with("a panic in `Target::restore`"), "{failure}");
    cell.update(|value| value.1 += 1);
    assert_eq!((&*cell.load().0, cell.load().1), (&["a".to_owned()][..], 4));
}

/// A table of some size, to which others publish all the time, never took a content.
#[test]
fn a_content_that_is_all_of_the_value_replaces_what_others_publish() {
    let set = Arc::new(CowSet::<String>::new());
    let (writer, calls) = (Arc::clone(&set), Arc::new(AtomicU32::new(0)));
    let called = Arc::clone(&calls);
    let validate = move |_: &PagedSet<String>, _: &PagedSet<String>| {
        writer.insert(called.fetch_add(1, Ordering::Relaxed).to_string());
        Ok::<_, Refused>(())
    };
    let reload = Reload::source(says(&["a", "a\nb"])).parse(lines).validate(validate);
    let reloader = reload.into(Arc::clone(&set)).unwrap();
    assert_eq!((&*shown(&reloader), calls.load(Ordering::Relaxed)), ("a", 3));
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.version, set.version()), ("a b", 8, 8));
    // Beside what was replaced, and not beside what the validator was shown.
    assert_eq!((status.changes.added, status.changes.removed), (1, 3));
    let update = reloader.last_update().expect("it is there");
    assert_eq!((Snapshot::version(&update.old), update.old.len()), (7, 4));
}

/// It waited for them with a new patience each time, and its drop with it.
#[test]
fn many_short_writes_of_others_take_a_second_of_a_look_in_all() {
    let cell = Arc::<CowCell<Table>>::default();
    let reloader = Reload::source(says(&["a", "b"])).parse(lists).into(Arc::clone(&cell)).unwrap();
    let stop = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while stop.load(Ordering::Relaxed) == 0 {
                cell.update(|table| {
                    table.hits += 1;
                    thread::sleep(Duration::from_millis(400));
                });
            }
        });
        until("there is a writer", || cell.load().hits > 0);
        let began = Instant::now();
        let status = reloader.now();
        let took = began.elapsed();
        stop.store(1, Ordering::Relaxed);
        // It took 16 times 400 ms.
        assert!(took < Duration::from_secs(4), "{took:?}: {:?}", status.last_error);
    });
}

/// The first load failed, or took the copy though the source was good.
#[test]
fn the_first_load_waits_for_who_writes_to_the_container() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "new\n"), home.write("copy", "old\n"));
    let set = Arc::<Set>::default();
    let (say, said) = channel();
    let writer = Arc::clone(&set);
    let holder = thread::spawn(move || {
        let txn = writer.write();
        say.send(()).expect("the test is there");
        thread::sleep(Duration::from_millis(1_300));
        drop(txn);
    });
    said.recv().expect("it is there");
    let reloader = file(&path).last_good(copy).poll(None).into(Arc::clone(&set)).unwrap();
    assert_eq!((&*shown(&reloader), reloader.status().provenance), ("new", Provenance::Source));
    holder.join().unwrap();
    // Inside a write it would wait for itself.
    home.write("list", "newer\n");
    let inside =
        catch_unwind(AssertUnwindSafe(|| set.update(|_| file(&path).poll(None).into(Arc::clone(&set)))));
    let message = inside.expect_err("it is told");
    assert!(message.downcast_ref::<String>().expect("a text").contains("a write inside a write"));
}

/// It was promised, and waited for the next poll.
#[test]
fn a_look_of_ones_own_that_was_kept_out_is_tried_again_by_the_thread() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reload = file(&path).poll(NEVER).events(false);
    let reloader = start(reload);
    home.write("list", "b\n");
    let status = reloader.target().update(|_| reloader.now());
    assert_eq!(status.last_error.map(|failure| failure.kind), Some(FailureKind::Locked));
    until_shown(&reloader, "b");
}

/// What somebody inside a write was told counted for all who waited for the source to settle.
#[test]
fn who_is_not_inside_a_write_is_not_told_so() {
    struct Settles(Arc<AtomicU32>);
    impl Origin for Settles {
        fn look(&mut self) -> Result<Look, Box<dyn Error + Send + Sync>> {
            Ok(match self.0.fetch_add(1, Ordering::Relaxed) {
                0 => Look::Content(Content::from_bytes("list", "a")),
                1 => Look::Unsettled(Duration::from_millis(300)),
                _ => Look::Content(Content::from_bytes("list", "b")),
            })
        }
    }
    let looks = Arc::new(AtomicU32::new(0));
    let set = Arc::<Set>::default();
    let reload = Reload::source(Settles(Arc::clone(&looks))).parse(lines).poll(None);
    let reloader = reload.into(Arc::clone(&set)).unwrap();
    thread::scope(|scope| {
        let txn = set.write();
        let outside = scope.spawn(|| reloader.now());
        until("the one outside has looked", || looks.load(Ordering::Relaxed) == 2);
        let inside = reloader.now();
        assert_eq!(inside.last_error.map(|failure| failure.kind), Some(FailureKind::Locked));
        drop(txn);
        assert_eq!(outside.join().unwrap().last_error, None);
    });
    assert_eq!(shown(&reloader), "b");
}

/// Each of those who asked waited for that write for a second of his own, one after the other.
#[test]
fn all_who_ask_beside_a_long_write_share_the_look_that_it_keeps_out() {
    const THREADS: u32 = 8;
    let looks = Arc::new(AtomicU32::new(0));
    let by = Arc::clone(&looks);
    let source = move || {
        let number = by.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Refused>(Some(Content::from_bytes("list", if number == 0 { "a" } else { "b" })))
    };
    let reloader = start(Reload::source(source).parse(lines).poll(None));
    let txn = reloader.target().write();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let failure = reloader.now().last_error.expect("an error");
                assert_eq!(failure.kind, FailureKind::Locked, "{failure}");
            });
        }
    });
    drop(txn);
    // One for the first who has asked, and one for all others. Some may have come late.
    let looks = looks.load(Ordering::Relaxed) - 1;
    assert!(looks <= THREADS / 2, "{looks} looks");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "b");
}

/// Whoever published all the time kept a rollback from its end, and all looks with it.
#[test]
fn a_rollback_of_a_part_comes_to_an_end_while_others_publish_all_the_time() {
    static OTHERS: OnceLock<Arc<CowCell<Busy>>> = OnceLock::new();
    #[derive(Clone, Default)]
    struct Busy {
        list: Vec<String>,
        hits: u32,
    }
    impl readmostly_reload::Target<List> for CowCell<Busy> {
        fn make(base: &Busy, list: List) -> Busy {
            Busy { list: list.0, hits: base.hits }
        }
        fn changes(old: &Busy, new: &Busy) -> readmostly_reload::Changes {
            let updated = usize::from(old.list != new.list);
            readmostly_reload::Changes { updated, ..Default::default() }
        }
        fn restore(base: &Busy, wanted: &Busy) -> Option<Busy> {
            // Another one publishes, if it can.
            let others = OTHERS.get().expect("it was set");
            if let Some(mut txn) = others.try_write() {
                txn.hits += 1;
                txn.commit();
            }
            Some(Busy { list: wanted.list.clone(), hits: base.hits })
        }
    }
    let cell = Arc::<CowCell<Busy>>::default();
    assert!(OTHERS.set(Arc::clone(&cell)).is_ok());
    let reload = Reload::source(says(&["a", "b"])).parse(lists).keep(readmostly::Keep::versions(100));
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    reloader.now();
    let before = cell.load().hits;
    let status = reloader.rollback(1).unwrap();
    assert_eq!((status.rolled_back, &*cell.load().list), (1, &["a".to_owned()][..]));
    // Nothing of the others' is lost.
    assert_eq!(cell.load().hits - before, 3);
}

/// It would wait for itself. What it would have published is tried again.
#[test]
fn a_look_inside_a_write_to_the_container_is_told_so() {
    // It says "unchanged" after that.
    let mut answers = ["a\n", "b\n"].into_iter().map(|text| Content::from_bytes("list", text));
    let reloader = start(Reload::source(move || Ok::<_, Refused>(answers.next())).parse(lines));
    let status = reloader.target().update(|_| reloader.now());
    let failure = status.last_error.expect("an error");
    assert_eq!((failure.kind, &*shown(&reloader)), (FailureKind::Locked, "a"));
    assert!(failure.reason.contains("or this look is inside one: it is tried again"), "{failure}");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "b");
}

/// The thread has the turn, and waits for the writers' lock. The writer waited for the turn, or for the end of the thread: for ever.
#[test]
fn a_look_a_rollback_or_a_drop_inside_a_write_does_not_wait_for_a_thread_that_publishes() {
    type Text = Reloader<CowCell<String>>;
    let inside: [fn(Text) -> Option<Text>; 3] = [
        |reloader| {
            let failure = reloader.now().last_error.expect("an error");
            assert_eq!(failure.kind, FailureKind::Locked, "{failure}");
            Some(reloader)
        },
        |reloader| {
            let rolled_back = catch_unwind(AssertUnwindSafe(|| reloader.rollback(0)));
            let message = rolled_back.expect_err("it would wait for itself");
            let message = message.downcast_ref::<String>().expect("a text");
            assert!(message.contains("a write inside a write"), "{message}");
            Some(reloader)
        },
        |reloader| {
            drop(reloader);
            None
        },
    ];
    for does in inside {
        let home = Home::new();
        let path = home.write("list", "a");
        let (say, said) = channel();
        // Its end is that the thread is about to publish.
        let validate = move |_: &String, new: &String| {
            if new == "b" {
                say.send(()).unwrap_or_default();
            }
            Ok::<_, Refused>(())
        };
        let parse = |content: &Content| content.text().map(String::from);
        // Where the system tells of changes no poll comes.
        let reload = WAYS[0].of(Reload::file(&path).parse(parse).validate(validate).settle(SETTLE));
        let cell = Arc::new(CowCell::new(String::new()));
        let reloader = reload.keep(readmostly::Keep::versions(9)).into(Arc::clone(&cell)).unwrap();
        let (done, ended) = channel();
        let writer = thread::spawn(move || {
            let txn = cell.write();
            home.write("list", "b");
            said.recv_timeout(Duration::from_secs(60)).expect("the thread has looked");
            thread::sleep(Duration::from_millis(50));
            let reloader = does(reloader);
            drop(txn);
            if let Some(reloader) = reloader {
                until("it is tried again", || *reloader.target().load() == "b");
            }
            done.send(()).expect("the test is there");
        });
        if ended.recv_timeout(Duration::from_secs(60)).is_err() {
            assert!(writer.is_finished(), "it hangs");
            writer.join().unwrap();
        }
    }
}

/// The values were equal to those of a version that was not current any more. It was taken for one that is in force.
#[test]
fn equal_values_are_worked_out_again_where_another_writer_publishes() {
    let set = Arc::new(CowSet::<String>::new());
    let (writer, busy) = (Arc::clone(&set), Arc::new(AtomicU32::new(0)));
    let still = Arc::clone(&busy);
    let mut answers = ["a", "a\n"].into_iter().map(|text| Content::from_bytes("list", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let reload =
        Reload::source(source).parse(lines).validate(move |_: &PagedSet<String>, _: &PagedSet<String>| {
            if still.swap(0, Ordering::Relaxed) == 1 {
                writer.insert("of another".into());
            }
            Ok::<_, Refused>(())
        });
    let reloader = reload.into(Arc::clone(&set)).unwrap();
    busy.store(1, Ordering::Relaxed);
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.version, set.version()), ("a", 3, 3));
}

/// Another rollback, which had come in between, was in the status that was returned.
#[test]
fn a_rollback_returns_its_own_status() {
    let mut answers = ["1", "2", "3"].into_iter().map(|text| Content::from_bytes("number", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let parse = |content: &Content| content.text().map(String::from);
    let cell = Arc::new(CowCell::new(String::new()));
    let reload = Reload::source(source).parse(parse).keep(readmostly::Keep::versions(100_000));
    let reloader = reload.into(cell).unwrap();
    reloader.now();
    reloader.now();
    thread::scope(|scope| {
        for version in [1, 2] {
            let reloader = &reloader;
            scope.spawn(move || {
                for _ in 0..5_000 {
                    let changed = reloader.status().rolled_back;
                    let status = reloader.rollback(version).unwrap();
                    let is_own =
                        matches!(status.provenance, Provenance::Rollback { to, .. } if to == version);
                    assert!(is_own || status.rolled_back == changed, "{status:?}");
                }
            });
        }
    });
}

/// Two tables in one cell, each with a reloader, and a count that is neither's.
#[test]
fn a_rollback_takes_nothing_away_that_others_have_published_into_other_parts() {
    #[derive(Clone, Default, PartialEq, Debug)]
    struct Tables {
        a: Vec<String>,
        b: Vec<String>,
        hits: u32,
    }
    struct A(Vec<String>);
    struct B(Vec<String>);
    fn changes(is_same: bool) -> readmostly_reload::Changes {
        readmostly_reload::Changes { updated: usize::from(!is_same), ..Default::default() }
    }
    impl readmostly_reload::Target<A> for CowCell<Tables> {
        fn make(base: &Tables, entries: A) -> Tables {
            Tables { a: entries.0, ..base.clone() }
        }
        fn changes(old: &Tables, new: &Tables) -> readmostly_reload::Changes {
            changes(old.a == new.a)
        }
        fn restore(base: &Tables, wanted: &Tables) -> Option<Tables> {
            Some(Tables { a: wanted.a.clone(), ..base.clone() })
        }
    }
    impl readmostly_reload::Target<B> for CowCell<Tables> {
        fn make(base: &Tables, entries: B) -> Tables {
            Tables { b: entries.0, ..base.clone() }
        }
        fn changes(old: &Tables, new: &Tables) -> readmostly_reload::Changes {
            changes(old.b == new.b)
        }
        fn restore(base: &Tables, wanted: &Tables) -> Option<Tables> {
            Some(Tables { b: wanted.b.clone(), ..base.clone() })
        }
    }
    let source = |texts: [&'static str; 2]| {
        let mut answers = texts.into_iter().map(|text| Content::from_bytes("list", text));
        move || Ok::<_, Refused>(answers.next())
    };
    let cell = Arc::new(CowCell::new(Tables::default()));
    let keep = readmostly::Keep::versions(10_000);
    let of_a = Reload::source(source(["a1", "a2"])).parse(|content| lines(content).map(A)).keep(keep);
    let of_a = of_a.into(Arc::clone(&cell)).unwrap();
    let of_b = Reload::source(source(["b1", "b2"])).parse(|content| lines(content).map(B));
    let of_b = of_b.into(Arc::clone(&cell)).unwrap();
    of_b.now();
    of_a.now();
    let tables = |a: &str, b: &str, hits| Tables { a: vec![a.into()], b: vec![b.into()], hits };
    // While many others publish.
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..1_000 {
                cell.update(|tables| tables.hits += 1);
            }
        });
        // The first one of a, before there was any of b.
        assert_eq!(of_a.rollback(1).unwrap().changes.updated, 1);
        assert!(of_b.now().is_good());
    });
    assert_eq!(*cell.load(), tables("a1", "b2", 1_000));
    assert_eq!(of_b.rollback(2).unwrap().changes.updated, 1);
    assert_eq!(*cell.load(), tables("a1", "b1", 1_000));
    // Of the part that is a's there is nothing to be rolled back.
    let version = cell.version();
    assert_eq!((of_a.rollback(2).unwrap().rolled_back, cell.version()), (1, version));
}

/// What a parser may do with its own reloader.
fn parser_that<R: Send + 'static>(
    does: impl Fn(&Reloader<Set>) -> R + Send + 'static,
) -> (Home, Arc<OnceLock<Reloader<Set>>>) {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let own = Arc::new(OnceLock::<Reloader<Set>>::new());
    let inside = Arc::clone(&own);
    let parse = move |content: &Content| {
        if let Some(own) = inside.get() {
            does(own);
        }
        lines(content)
    };
    let reloader = start(Reload::file(&path).parse(parse).settle(SETTLE).poll(None));
    assert!(own.set(reloader).is_ok());
    (home, own)
}

#[test]
fn a_parser_may_ask_for_the_status() {
    let (home, own) = parser_that(Reloader::status);
    home.write("list", "b\n");
    assert_eq!(own.get().unwrap().now().applied, 2);
}

#[test]
fn a_parser_that_asks_for_a_look_or_a_rollback_is_told_what_to_do() {
    let calls: [fn(&Reloader<Set>); 3] =
        [|own| drop(own.now()), |own| assert!(own.look().is_none()), |own| drop(own.rollback(0))];
    for does in calls {
        let (home, own) = parser_that(does);
        home.write("list", "b\n");
        let failure = own.get().unwrap().now().last_error.expect("an error");
        assert_eq!(failure.kind, FailureKind::Panic);
        assert!(failure.reason.contains("would wait for itself: call `status` there"), "{failure}");
        assert_eq!(shown(own.get().unwrap()), "a");
    }
}

/// The last owner of a reloader may be the thread of that reloader.
#[test]
fn a_parser_may_drop_its_own_reloader() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let own = Arc::new(Mutex::new(None::<Reloader<Set>>));
    let inside = Arc::clone(&own);
    let (say, said) = channel();
    let parse = move |content: &Content| {
        let own = inside.lock().unwrap().take();
        if own.is_some() {
            drop(own);
            say.send(()).unwrap();
        }
        lines(content)
    };
    *own.lock().unwrap() = Some(start(Reload::file(&path).parse(parse).settle(SETTLE).poll(OFTEN)));
    home.write("list", "b\n");
    said.recv_timeout(Duration::from_secs(60)).expect("the drop returns");
}

#[test]
fn a_drop_stops_the_thread_at_once_wherever_it_sleeps() {
    for way in WAYS {
        for rouse in [false, true] {
            let home = Home::new();
            let path = home.write("list", "a\n");
            let reloader =
                start(way.of(file(&path)).poll(NEVER).settle(NEVER.min(Duration::from_millis(400))));
            let set = Arc::clone(reloader.target());
            if rouse {
                // It then waits for the file to settle, where something tells it.
                home.write("list", "b\n");
            }
            // So that it sleeps by then.
            thread::sleep(Duration::from_millis(50));
            let began = Instant::now();
            drop(reloader);
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
            assert_eq!(Arc::strong_count(&set), 1, "the thread still holds the set");
            assert_eq!(set.version(), 1);
        }
    }
}

#[test]
fn a_reloader_can_be_shared_and_sent() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<Reloader<Set>>();
    assert_send_and_sync::<readmostly_reload::Status>();
    assert_send_and_sync::<readmostly_reload::Error>();
    assert_send_and_sync::<readmostly_reload::Content>();
    until("it compiles", || true);
}
