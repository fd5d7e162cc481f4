//! Destructors that load, and keep what they get: on whatever thread and inside whatever call a version goes, its
//! destructor looks at another cell and leaves the guard in a thread local, to be read when the call is long over. Some
//! take a snapshot as well, refresh a reader, or write to a third cell or to their own.

use crate::forever;
use crate::payload::{self, Payload};
use crate::promises;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, Value, View};
use parking_lot::Mutex;
use readmostly::{CowCell, Guard, Reader, Snapshot};
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Those that look in each way, and those that load and do nothing else.
const READERS: usize = 1;
const HOT: usize = 3;
/// The ways to look but that of a reader: what that keeps does not go in a load.
const WAYS: [usize; 4] = [0, 1, 3, 4];
/// How much a thread keeps, in turn: mostly little, so that a load finds a hazard pointer or a slot, as a destructor inside it
/// does; then more than there are for one thread.
const ROOM: [usize; 4] = [1, 2, 4, 12];
/// How often a hot reader loads until it looks into its pocket.
const LOADS: usize = 1_000;
/// How many destructors run inside each other.
const DEEP: u32 = 2;
/// How long a thread waits for a write.
const AT_MOST: Duration = Duration::from_millis(20);
/// With more alive nobody keeps anything, for the backend where a guard keeps all.
const MANY: u64 = 50_000;

struct Cells {
    own: Subject<Keeping>,
    other: Subject,
    third: Subject,
    /// Whether the destructors are to do anything.
    open: AtomicBool,
    kept: AtomicU64,
    inside: AtomicU64,
    late: AtomicU64,
    wrote: AtomicU64,
    wrong: Mutex<Option<String>>,
}

/// A value whose destructor uses the cells.
#[derive(Clone)]
struct Keeping {
    payload: Payload,
    cells: &'static OnceLock<Cells>,
}

impl AsRef<Payload> for Keeping {
    fn as_ref(&self) -> &Payload {
        &self.payload
    }
}

impl AsMut<Payload> for Keeping {
    fn as_mut(&mut self) -> &mut Payload {
        &mut self.payload
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let Some(cells) = self.cells.get().filter(|cells| cells.open.load(Ordering::Relaxed)) else { return };
        if POCKET.try_with(|pocket| pocket.farewell(cells)).is_err() {
            // The thread is being torn down, and has nowhere to keep it.
            cells.check(&cells.other, &cells.other.cell.load());
            cells.late.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Cells {
    fn new() -> &'static Self {
        let place: &'static OnceLock<Self> = forever::keep(OnceLock::new());
        place.get_or_init(|| Self {
            own: Subject::of(10, Keeping { payload: Payload::new(10), cells: place }),
            other: Subject::new(11),
            third: Subject::new(12),
            open: AtomicBool::new(true),
            kept: AtomicU64::new(0),
            inside: AtomicU64::new(0),
            late: AtomicU64::new(0),
            wrote: AtomicU64::new(0),
            wrong: Mutex::new(None),
        })
    }

    fn check(&self, subject: &Subject, guard: &Guard<'_, Payload>) {
        self.note(subject.check(Guard::version(guard), guard));
    }

    fn note(&self, outcome: Result<(), String>) {
        if let Err(what) = outcome {
            self.wrong.lock().get_or_insert(what);
        }
    }

    fn write<V: Value>(&self, subject: &Subject<V>) {
        subject.advance();
        self.wrote.fetch_add(1, Ordering::Relaxed);
    }
}

enum Kept {
    Guard(Guard<'static, Payload>),
    Snapshot(Snapshot<Payload>),
    OfOwn(Guard<'static, Keeping>),
}

impl Kept {
    fn check(&self, cells: &Cells) -> Result<(), String> {
        match self {
            Self::Guard(guard) => cells.other.check(Guard::version(guard), guard),
            Self::Snapshot(snapshot) => cells.other.check(Snapshot::version(snapshot), snapshot),
            Self::OfOwn(guard) => cells.own.check(Guard::version(guard), guard),
        }
    }
}

/// What the destructors of a thread have kept.
#[derive(Default)]
struct Pocket {
    kept: RefCell<Vec<(&'static Cells, Kept)>>,
    reader: Cell<Option<Reader<&'static CowCell<Payload>>>>,
    turn: Cell<usize>,
    /// How often it was emptied.
    emptied: Cell<usize>,
    depth: Cell<u32>,
    /// Whether the thread is inside a write to the destructors' own cell.
    writing: Cell<bool>,
    /// Whether it is inside a load of that, and no destructor has run there yet.
    loading: Cell<bool>,
}

thread_local! {
    static POCKET: Pocket = Pocket::default();
}

impl Pocket {
    fn farewell(&self, cells: &'static Cells) {
        let (depth, turn) = (self.depth.get(), self.turn.get());
        if depth == DEEP {
            return;
        }
        self.depth.set(depth + 1);
        self.turn.set(turn + 1);
        cells.inside.fetch_add(self.loading.replace(false).into(), Ordering::Relaxed);
        let guard = cells.other.cell.load();
        cells.check(&cells.other, &guard);
        self.keep(cells, Kept::Guard(guard));
        match turn % 8 {
            0 => self.keep(cells, Kept::Snapshot(cells.other.cell.snapshot())),
            1 => {
                let mut reader = self.reader.take().unwrap_or_else(|| cells.other.cell.reader());
                reader.load();
                cells.note(cells.other.check(reader.version(), reader.peek()));
                self.reader.set(Some(reader));
            }
            2 => cells.write(&cells.third),
            3 if !self.writing.get() => cells.write(&cells.own),
            4 => self.keep(cells, Kept::OfOwn(cells.own.cell.load())),
            _ => {}
        }
        self.depth.set(depth);
    }

    /// Keeps it, unless there is no room. What has no room is dropped, and so may be others that it kept.
    fn keep(&self, cells: &'static Cells, kept: Kept) {
        let room = ROOM[self.emptied.get() % ROOM.len()];
        if self.kept.borrow().len() < room && payload::alive() < MANY {
            self.kept.borrow_mut().push((cells, kept));
            cells.kept.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Checks what was kept, and drops it.
    fn empty(&self, mut checked: impl FnMut(Result<(), String>)) {
        // One by one: their drop runs destructors, which keep more.
        self.emptied.set(self.emptied.get() + 1);
        for _ in 0..ROOM[ROOM.len() - 1] {
            let Some((cells, kept)) = self.kept.borrow_mut().pop() else { break };
            checked(kept.check(cells));
        }
        self.reader.take();
    }
}

impl Drop for Pocket {
    fn drop(&mut self) {
        for (cells, kept) in self.kept.get_mut().drain(..) {
            cells.note(kept.check(cells));
        }
    }
}

pub(crate) fn play(stage: &Stage<'_>) {
    let cells = Cells::new();
    let mut writers: Vec<Part<'_>> = vec![
        Box::new(|worker, _| {
            let mut view = View::new(stage, worker, &cells.own);
            for n in 0.. {
                if !stage.is_running() {
                    break;
                }
                view.write();
                empty_now_and_then(stage, worker, n);
            }
        }),
        Box::new(|worker, _| write_and_look_inside(stage, worker, cells)),
    ];
    writers.push(Box::new(|worker, _| {
        let mut view = View::new(stage, worker, &cells.other);
        while stage.is_running() {
            view.write();
        }
    }));
    let mut readers: Vec<_> = (0..READERS).map(|id| reader(stage, cells, id)).collect();
    readers.extend((0..HOT).map(|_| hot_reader(stage, cells)));
    stage.play(writers, readers);
    cells.open.store(false, Ordering::Relaxed);
    if let Some(what) = cells.wrong.lock().take() {
        stage.violation(|| format!("in a destructor, or kept by one: {what}"));
    }
    let worker = Worker::default();
    View::new(stage, &worker, &cells.own).last_look();
    View::new(stage, &worker, &cells.other).last_look();
    View::new(stage, &worker, &cells.third).last_look();
    promises::all_else_is_freed(stage, 3, || {
        cells.own.advance();
        cells.other.advance();
        cells.third.advance();
    });
    let figure = |count: &AtomicU64| count.load(Ordering::Relaxed);
    stage.note(format!(
        "keepers: destructors kept {} guards and snapshots, ran {} times inside a load, wrote {} times, and looked {} times \
         while a thread was torn down",
        figure(&cells.kept),
        figure(&cells.inside),
        figure(&cells.wrote),
        figure(&cells.late)
    ));
    let rest = || {
        cells.own.rest();
        cells.other.rest();
        cells.third.rest();
    };
    rest();
    promises::all_else_is_freed(stage, 0, rest);
}

/// A writer whose transaction is open while it looks: there too, a destructor may load and keep.
fn write_and_look_inside(stage: &Stage<'_>, worker: &Worker, cells: &'static Cells) {
    let mut view = View::new(stage, worker, &cells.own);
    let mut inside = View::new(stage, worker, &cells.own);
    for n in 0.. {
        if !stage.is_running() {
            break;
        }
        view.write_slowly(|| {
            POCKET.with(|pocket| pocket.writing.set(true));
            for way in WAYS {
                inside.look(way);
            }
            POCKET.with(|pocket| pocket.writing.set(false));
        });
        view.look(WAYS[n % WAYS.len()]);
        empty_now_and_then(stage, worker, n);
    }
}

fn reader<'a>(stage: &'a Stage<'a>, cells: &'static Cells, id: usize) -> Part<'a> {
    Box::new(move |worker, _| {
        let mut view = View::new(stage, worker, &cells.own);
        let mut third = View::new(stage, worker, &cells.third);
        for n in id.. {
            if !stage.is_open() {
                break;
            }
            let guard = view.guard();
            view.look(WAYS[n % WAYS.len()]);
            view.check_held(Guard::version(&guard), &guard);
            drop(guard);
            third.look(n);
            empty_now_and_then(stage, worker, n);
        }
    })
}

/// Loads as fast as can be, so that writes overtake loads, and a version goes there. It checks the last guard of many, and
/// each whose load has run a destructor.
fn hot_reader<'a>(stage: &'a Stage<'a>, cells: &'static Cells) -> Part<'a> {
    let own = &cells.own;
    Box::new(move |worker, _| {
        while stage.is_open() {
            POCKET.with(|pocket| {
                for n in 1..=LOADS {
                    pocket.loading.set(true);
                    let guard = own.cell.load();
                    if pocket.loading.replace(false) && n < LOADS {
                        continue;
                    }
                    if let Err(what) = own.check(Guard::version(&guard), &guard) {
                        stage.violation(|| what);
                    }
                    worker.read(false);
                    if n < LOADS {
                        drop(guard);
                        wait_for_a_write(stage, &cells.other);
                        break;
                    }
                }
            });
            empty_now_and_then(stage, worker, 0);
        }
    })
}

/// Waits until what was just kept is replaced, so that it would be freed if nothing kept it.
fn wait_for_a_write(stage: &Stage<'_>, subject: &Subject) {
    let (start, version) = (Instant::now(), subject.cell.version());
    while stage.is_running() && start.elapsed() < AT_MOST && subject.cell.version() < version + 2 {
        thread::yield_now();
    }
}

/// So seldom that what is kept grows old.
fn empty_now_and_then(stage: &Stage<'_>, worker: &Worker, n: usize) {
    if n.is_multiple_of(16) {
        POCKET.with(|pocket| {
            pocket.empty(|checked| {
                worker.read(false);
                if let Err(what) = checked {
                    stage.violation(|| format!("kept by a destructor: {what}"));
                }
            });
        });
    }
}
