//! `CowCell`, its handles, and its transactions.

use super::{ACTED, Call, DOCUMENTED, Guest, MARK, Subject, Write, acting, closure, said_by, try_all};
use crate::support::{Census, Counted, SetOnDrop, alone, patience};
use readmostly::{BACKEND, CowCell, Guard, Snapshot};
use std::array;
use std::cell::{Cell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

type List = CowCell<Vec<Guest>>;

const SUBJECT: Subject<List> = Subject {
    make: || CowCell::new(elements(0)),
    content: |cell| cell.snapshot().iter().map(|element| (element.id, element.tag)).collect(),
    mark: |cell| cell.update(|list| list.push(Guest::new(MARK))),
};

fn elements(tag: u32) -> Vec<Guest> {
    (0..5).map(|id| Guest::tagged(id, tag)).collect()
}

/// Publishes something else, so that what a handle holds is let go of.
fn overtake(cell: &List) {
    drop(cell.replace(elements(1)));
}

/// Publishes the same again. With `epoch` it frees what was replaced under a guard.
fn again(cell: &List) {
    cell.update(|_| ());
}

fn panics(write: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Each point at which a cell, or a handle of one, runs code of the user's on the calling thread.
const WRITES: &[Write<List>] = &[
    ("+drop of a guard", |cell| {
        let guard = cell.load();
        overtake(cell);
        drop(guard);
        again(cell);
    }),
    ("+drop of more guards than have a hazard pointer", |cell| {
        let guards: [_; 8] = array::from_fn(|_| cell.load());
        overtake(cell);
        drop(guards);
        again(cell);
    }),
    ("drop of a snapshot", |cell| {
        let snapshot = cell.snapshot();
        overtake(cell);
        drop(snapshot);
    }),
    ("+drop of the snapshot of a guard", |cell| {
        let snapshot = Guard::to_snapshot(&cell.load());
        overtake(cell);
        drop(snapshot);
        again(cell);
    }),
    ("a reader that looks", |cell| {
        let mut reader = cell.reader();
        overtake(cell);
        assert!(reader.load().iter().all(|element| element.tag == 1 || element.id == MARK));
    }),
    ("drop of a reader", |cell| {
        let reader = cell.reader();
        overtake(cell);
        drop(reader);
    }),
    ("replace", overtake),
    ("replace_if_current", |cell| {
        let base = cell.snapshot();
        assert!(cell.replace_if_current(&base, elements(1)).is_ok());
    }),
    ("+replace_if_current, stale", |cell| {
        let base = cell.snapshot();
        overtake(cell);
        let stale = cell.replace_if_current(&base, elements(2));
        assert!(stale.is_err());
    }),
    ("update", |cell| {
        cell.update(|list| {
            closure();
            list.push(Guest::new(9));
        });
    }),
    ("try_update, Ok", |cell| {
        let pushed = cell.try_update(|list| {
            closure();
            list.push(Guest::new(9));
            Ok::<_, Guest>(Guest::new(10))
        });
        assert!(pushed.is_ok());
    }),
    ("try_update, Err", |cell| {
        let failed = cell.try_update(|list| {
            closure();
            list.push(Guest::new(9));
            Err::<(), _>(Guest::new(10))
        });
        assert!(failed.is_err());
    }),
    ("update, panics", |cell| {
        panics(|| {
            cell.update(|list| {
                list.push(Guest::new(9));
                closure();
                resume_unwind(Box::new("on purpose"))
            });
        });
    }),
    ("commit", |cell| {
        let mut txn = cell.write();
        txn.push(Guest::new(9));
        closure();
        drop(txn.commit());
    }),
    ("commit, not written to", |cell| {
        let txn = cell.write();
        closure();
        drop(txn.commit());
        drop(Guest::new(9));
    }),
    ("rollback", |cell| {
        let mut txn = cell.write();
        txn.push(Guest::new(9));
        closure();
        txn.rollback();
    }),
    ("drop of a transaction", |cell| {
        let mut txn = cell.try_write().unwrap();
        txn.push(Guest::new(9));
        drop(txn);
    }),
    ("a transaction, unwound through", |cell| {
        panics(|| {
            let mut txn = cell.write();
            txn.push(Guest::new(9));
            resume_unwind(Box::new("on purpose"));
        });
    }),
    ("drop of a cell", |_| drop(CowCell::new(elements(0)))),
    ("drop of a cell and a snapshot", |_| {
        let own = CowCell::new(elements(0));
        let older = own.snapshot();
        overtake(&own);
        let newer = own.snapshot();
        drop(own);
        drop((older, newer));
    }),
    ("into_inner", |_| drop(CowCell::new(elements(0)).into_inner())),
    ("into_inner, held", |_| {
        let own = CowCell::new(elements(0));
        let held = own.snapshot();
        assert_eq!(own.into_inner().len(), held.len());
    }),
    ("try_into_inner", |_| assert!(CowCell::new(elements(0)).try_into_inner().is_ok())),
    ("try_into_inner, held", |_| {
        let own = CowCell::new(elements(0));
        let held = own.snapshot();
        let refused = own.try_into_inner();
        assert!(refused.is_err());
        drop(held);
    }),
    ("+into_inner of a snapshot", |cell| {
        let snapshot = cell.snapshot();
        assert!(!Snapshot::into_inner(snapshot.clone()).is_empty());
        overtake(cell);
        drop(Snapshot::into_inner(snapshot));
    }),
    ("a fork", |cell| {
        let fork = CowCell::new(cell.snapshot().to_vec());
        overtake(&fork);
    }),
    ("compared and hashed", |cell| {
        let (a, b) = (cell.snapshot(), cell.snapshot());
        assert!(a == b && a <= b && a.cmp(&b).is_eq() && hash_of(&a) == hash_of(&b));
        drop(Guest::new(9));
    }),
    ("printed", |cell| {
        let (guard, snapshot, reader) = (cell.load(), cell.snapshot(), cell.reader());
        assert!(format!("{cell:?} {guard:?} {snapshot:?} {reader:?}").len() > 20);
        drop(Guest::new(9));
    }),
    ("a transaction, printed", |cell| {
        let mut txn = cell.write();
        let base = format!("{txn:?}");
        txn.push(Guest::new(9));
        assert_ne!(format!("{txn:?}"), base);
    }),
];

/// What is called beside `Drop`, which all of them call.
const CALLED: &[(&str, Call)] = &[
    ("+drop of a guard", Call::Clone),
    ("update", Call::Clone),
    ("update", Call::Closure),
    ("try_update, Ok", Call::Clone),
    ("try_update, Err", Call::Clone),
    ("try_update, Err", Call::Closure),
    ("update, panics", Call::Closure),
    ("commit", Call::Clone),
    ("rollback", Call::Clone),
    ("into_inner, held", Call::Clone),
    ("a fork", Call::Clone),
    ("compared and hashed", Call::Eq),
    ("compared and hashed", Call::Hash),
    ("printed", Call::Debug),
    ("a transaction, printed", Call::Debug),
];

#[test]
fn the_values_of_a_cell_may_use_it() {
    alone("adversarial::reentry::cells::the_values_of_a_cell_may_use_it", || {
        let made = try_all(&SUBJECT, WRITES);
        for wanted in CALLED {
            let called = made.iter().any(|(name, calls)| *name == wanted.0 && calls.contains(&wanted.1));
            assert!(called, "{wanted:?} was not called");
        }
    });
}

// The draft is made when it is first written to, with the lock held.
#[test]
fn a_clone_may_not_write_to_the_cell_that_it_is_made_for() {
    static CELL: LazyLock<List> = LazyLock::new(SUBJECT.make);
    const DRAFTS: &[fn()] = &[|| CELL.update(Vec::clear), || CELL.write().clear()];
    for draft in DRAFTS {
        let (acted, outcome) = acting(Call::Clone, || (SUBJECT.mark)(&CELL), draft);
        assert!(outcome.is_err_and(|panic| said_by(&*panic).starts_with(DOCUMENTED)));
        assert_eq!((acted, CELL.version()), (1, 0));
        assert!(CELL.try_write().is_some());
    }
    // Outside, before the write, it may.
    let (_, outcome) =
        acting(Call::Clone, || (SUBJECT.mark)(&CELL), || drop(CELL.replace(CELL.snapshot()[..2].to_vec())));
    assert!(outcome.is_ok());
    assert_eq!((ACTED.get(), CELL.version()), (2, 3));
}

// From here on a write overtakes what reads.

/// A value that does something if it is dropped inside a read.
#[derive(Clone)]
struct Watch {
    number: usize,
    alive: Counted<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(met) = INSIDE.take() {
            MET.set(MET.get() + 1);
            met();
        }
    }
}

thread_local! {
    /// What a value does that is dropped now. Only one does, in each read.
    static INSIDE: Cell<Option<fn()>> = const { Cell::new(None) };
    static MET: Cell<usize> = const { Cell::new(0) };
    /// Guards that values have kept, with what they showed.
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

struct Kept {
    here: (usize, Guard<'static, Watch>),
    elsewhere: (usize, Guard<'static, Counted<usize>>),
}

impl Kept {
    /// What is kept is as it was. That of a version that was freed would be used after its drop, or be another.
    fn check(&self) {
        let ((here, guard), (elsewhere, other)) = (&self.here, &self.elsewhere);
        assert_eq!((guard.number, *guard.alive, ***other), (*here, (), *elsewhere));
    }
}

static CENSUS: LazyLock<Census> = LazyLock::new(Census::new);
static CELL: LazyLock<CowCell<Watch>> =
    LazyLock::new(|| CowCell::new(Watch { number: 0, alive: CENSUS.count(()) }));
static ELSEWHERE: LazyLock<CowCell<Counted<usize>>> = LazyLock::new(|| CowCell::new(CENSUS.count(0)));

fn write() {
    CELL.update(|watch| watch.number += 1);
}

fn write_elsewhere() {
    let base = ELSEWHERE.snapshot();
    ELSEWHERE.update(|number| *number = CENSUS.count(**base + 1));
}

/// All that a value can do.
fn meddle() {
    let number = CELL.load().number;
    assert!(CELL.snapshot().number >= number);
    let mut reader = CELL.reader();
    KEPT.with_borrow_mut(|kept| {
        let (here, elsewhere) = (CELL.load(), ELSEWHERE.load());
        kept.push(Kept { here: (here.number, here), elsewhere: (**elsewhere, elsewhere) });
    });
    write();
    write_elsewhere();
    assert!(reader.load().number > number);
}

/// A read, in which what is dropped does this.
fn inside<R>(met: fn(), read: impl FnOnce() -> R) -> R {
    INSIDE.set(Some(met));
    let result = read();
    INSIDE.set(None);
    result
}

/// The guards that have all of a thread's hazard pointers.
fn all_hazard_pointers() -> [Guard<'static, Counted<usize>>; 6] {
    array::from_fn(|_| ELSEWHERE.load())
}

type Shown = Box<dyn Deref<Target = Watch>>;
type Read = fn(met: fn()) -> Shown;

/// Each way to read, in which a value of `CELL` may be dropped.
const READS: &[(&str, Read)] = &[
    ("load", |met| Box::new(inside(met, || CELL.load()))),
    ("load without a hazard pointer", |met| {
        let _held = all_hazard_pointers();
        Box::new(inside(met, || CELL.load()))
    }),
    ("snapshot", |met| Box::new(inside(met, || CELL.snapshot()))),
    ("drop of a guard", |met| {
        let guard = CELL.load();
        let number = guard.number;
        wait_for(|| CELL.load().number > number);
        inside(met, || drop(guard));
        Box::new(CELL.load())
    }),
    ("drop of a guard without a hazard pointer", |met| {
        let _held = all_hazard_pointers();
        let guard = CELL.load();
        let number = guard.number;
        wait_for(|| CELL.load().number > number);
        inside(met, || drop(guard));
        Box::new(CELL.load())
    }),
    ("a reader that looks", |met| {
        let mut reader = CELL.reader();
        wait_for(|| reader.is_stale());
        inside(met, || reader.load().number);
        Box::new(reader.snapshot())
    }),
];

/// Waits a little for what another thread does all the time.
fn wait_for(done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_millis(100);
    while !done() && Instant::now() < end {
        thread::yield_now();
    }
}

/// How often a value is to be dropped inside a read. No load of `epoch` and `lock` drops any, and hardly one of
/// `arc_swap`: there nobody waits for it.
const ENOUGH: usize = 10;
const PATIENCE: Duration =
    Duration::from_millis(if matches!(BACKEND.as_bytes(), b"hazard") { 2_000 } else { 300 });

/// Reads in each way while another thread writes, until `met` was called often enough, and has `check` look at each outcome.
/// Returns how many values are left beside the two current ones.
fn read_while_overtaken(met: fn(), check: fn(name: &str, thread::Result<Shown>)) -> usize {
    let over = AtomicBool::new(false);
    thread::scope(|s| {
        let _over = SetOnDrop(&over);
        s.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                write();
            }
        });
        let mut met_in_all = 0;
        for _ in 0..patience() {
            for (name, read) in READS {
                MET.set(0);
                let (end, mut newest) = (Instant::now() + PATIENCE, 0);
                while MET.get() < ENOUGH && Instant::now() < end {
                    let outcome = catch_unwind(|| read(met));
                    INSIDE.set(None);
                    if let Ok(shown) = &outcome {
                        assert!(shown.number >= newest, "{name}: {} after {newest}", shown.number);
                        newest = shown.number;
                    }
                    check(name, outcome);
                }
                met_in_all += MET.get();
            }
            if met_in_all > 0 || BACKEND != "hazard" {
                break;
            }
        }
        // Not in each way of reading: which of them a write overtakes is up to the machine. The models try each.
        assert!(met_in_all > 0 || BACKEND != "hazard", "nothing was dropped inside any read");
    });
    for _ in 0..8 {
        write();
        write_elsewhere();
    }
    CENSUS.alive() - 2
}

#[test]
fn what_is_dropped_inside_a_read_may_keep_guards_and_write() {
    alone("adversarial::reentry::cells::what_is_dropped_inside_a_read_may_keep_guards_and_write", || {
        let left = read_while_overtaken(meddle, |name, outcome| {
            let shown = outcome.unwrap_or_else(|panic| panic!("{name}: {}", said_by(&*panic)));
            let kept = KEPT.take();
            if !kept.is_empty() {
                // First what is kept and what is shown have hazard pointers, and then what is kept alone.
                let number = shown.number;
                let replace_both = || {
                    write();
                    write_elsewhere();
                    // The other thread may still hold a count of what is kept here: what it has published.
                    let number = CELL.load().number;
                    wait_for(|| CELL.load().number > number + 1);
                };
                replace_both();
                assert_eq!((shown.number, *shown.alive), (number, ()));
                kept.iter().for_each(Kept::check);
                drop(shown);
                replace_both();
                kept.iter().for_each(Kept::check);
            }
        });
        assert_eq!(left, 0);
    });
}

#[test]
fn a_panic_in_what_is_dropped_inside_a_read_leaves_no_version_behind() {
    thread_local! {
        static PANICS: Cell<usize> = const { Cell::new(0) };
    }
    alone(
        "adversarial::reentry::cells::a_panic_in_what_is_dropped_inside_a_read_leaves_no_version_behind",
        || {
            let left = read_while_overtaken(
                // Not `panic!`, whose hook would print each time.
                || resume_unwind(Box::new("on purpose")),
                |name, outcome| {
                    if let Err(panic) = outcome {
                        assert!(panic.is::<&str>(), "{name}: {}", said_by(&*panic));
                        PANICS.set(PANICS.get() + 1);
                    }
                },
            );
            // The documented exception.
            let leaked = if BACKEND == "arc_swap" { PANICS.get() } else { 0 };
            assert!(left <= leaked, "{left} versions are left after {} panics", PANICS.get());
        },
    );
}
