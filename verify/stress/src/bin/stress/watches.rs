//! Watches that sleep, as threads and as tasks, watches that come and go, and four writers, in rounds.
//!
//! In a round each writer publishes once, at the same time as the others, and then polls the tasks of its own that were woken,
//! until each has been told of the last version of the round. Nobody publishes meanwhile. So a wakeup that is lost is not made
//! good by the next publish: the task sleeps on, its writer waits for it, and the watchdog sees that. Now and then a round
//! ends only when all the threads that sleep have been told as well.
//!
//! Some wakers write to another cell, for which another watch sleeps.

use crate::forever;
use crate::payload::Payload;
use crate::promises;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::{CowCell, Snapshot, Update, Watch, Watched};
use std::array;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const WRITERS: u64 = 4;
const SLEEPERS: usize = 8;
const VISITORS: usize = 2;
/// How many tasks a writer polls.
const TASKS: usize = 64;
/// Of so many tasks one has a waker that writes.
const WRITES_OF: usize = 16;
/// Of so many rounds one waits for the threads that sleep.
const ALL_OF: u64 = 64;
/// How long a watch that comes and goes waits.
const A_WHILE: Duration = Duration::from_micros(200);

struct Crowd {
    cell: Subject,
    /// What wakers write to.
    other: Subject,
    /// What each thread that sleeps has been told of.
    told: [AtomicU64; SLEEPERS],
    /// The last versions of both cells, from just before they are published.
    last: [AtomicU64; 2],
    /// How often a writer has come to the end of a round.
    arrived: AtomicU64,
    /// Whether the round is the last one.
    ends: AtomicBool,
    /// How many wakeups of tasks were found, how many of them for nothing, and how many of threads there were.
    woken: AtomicU64,
    for_nothing: AtomicU64,
    slept: AtomicU64,
    visits: AtomicU64,
    /// A waker was woken again before its task had registered it again.
    twice: AtomicU64,
}

pub(crate) fn play(stage: &Stage<'_>) {
    let crowd = forever::keep(Crowd {
        cell: Subject::new(16),
        other: Subject::new(17),
        told: array::from_fn(|_| AtomicU64::new(0)),
        last: array::from_fn(|_| AtomicU64::new(u64::MAX)),
        arrived: AtomicU64::new(0),
        ends: AtomicBool::new(false),
        woken: AtomicU64::new(0),
        for_nothing: AtomicU64::new(0),
        slept: AtomicU64::new(0),
        visits: AtomicU64::new(0),
        twice: AtomicU64::new(0),
    });
    let start = Instant::now();
    let sleepers = (0..SLEEPERS).map(|id| sleeper(stage, crowd, &crowd.cell, 0, Some(&crowd.told[id])));
    let mut readers: Vec<_> = sleepers.collect();
    readers.push(sleeper(stage, crowd, &crowd.other, 1, None));
    readers.extend((0..VISITORS).map(|_| visitor(stage, crowd)));
    stage.play((0..WRITERS).map(|id| writer(stage, crowd, id)).collect(), readers);
    let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
    let (woken, twice) = (count(&crowd.woken), count(&crowd.twice));
    let for_nothing = count(&crowd.for_nothing);
    if for_nothing > 0 {
        stage.violation(|| {
            format!("{for_nothing} times a waker was woken for a version that its watch had seen")
        });
    }
    if twice > 0 {
        stage.violation(|| format!("{twice} times a waker was woken that was not registered any more"));
    }
    #[expect(clippy::cast_precision_loss, reason = "it is printed in millions")]
    let per_minute = woken as f64 / start.elapsed().as_secs_f64() * 60.0 / 1e6;
    stage.note(format!(
        "watches: {woken} wakeups of tasks, {per_minute:.1} million a minute; {} of threads; {} watches came and went",
        count(&crowd.slept),
        count(&crowd.visits)
    ));
    let (subjects, worker) = ([&crowd.cell, &crowd.other], Worker::default());
    for subject in subjects {
        View::new(stage, &worker, subject).last_look();
    }
    promises::all_else_is_freed(stage, 2, || _ = subjects.map(Subject::advance));
    let rest = || _ = subjects.map(Subject::rest);
    rest();
    promises::all_else_is_freed(stage, 0, rest);
}

/// What a watch has been told of.
struct Follower<'a> {
    stage: &'a Stage<'a>,
    worker: &'a Worker,
    id: u64,
    seen: u64,
}

impl<'a> Follower<'a> {
    fn new(stage: &'a Stage<'a>, worker: &'a Worker, id: u64, seen: &Snapshot<Payload>) -> Self {
        let follower = Self { stage, worker, id, seen: Snapshot::version(seen) };
        follower.check(seen);
        follower
    }

    /// The older version is the one that was seen last, and the newer one is newer.
    fn told(&mut self, update: &Update<Payload>) {
        let (old, new) = (Snapshot::version(&update.old), Snapshot::version(&update.new));
        if old != self.seen || new <= old {
            let (seen, id) = (self.seen, self.id);
            self.stage.violation(|| format!("cell {id}: an update from {old} to {new} after {seen}"));
        }
        self.check(&update.old);
        self.check(&update.new);
        self.worker.read(true);
        self.seen = new;
    }

    fn check(&self, snapshot: &Snapshot<Payload>) {
        if let Err(what) = snapshot.check(self.id, Snapshot::version(snapshot)) {
            self.stage.violation(|| what);
        }
    }
}

fn seen_by(watch: &Watch<impl Watched<Value = Payload>>) -> &Snapshot<Payload> {
    watch.seen().expect("nothing was forgotten")
}

/// A thread that sleeps until it has been told of the last version.
fn sleeper<'a>(
    stage: &'a Stage<'a>,
    crowd: &'static Crowd,
    subject: &'static Subject,
    nth: usize,
    told: Option<&'static AtomicU64>,
) -> Part<'a> {
    Box::new(move |worker, _| {
        let mut watch = subject.cell.watch();
        let mut follower = Follower::new(stage, worker, subject.id, seen_by(&watch));
        let tell = |seen| told.iter().for_each(|told| told.store(seen, Ordering::Release));
        tell(follower.seen);
        // Acquire: with the release before the last version is published.
        while follower.seen < crowd.last[nth].load(Ordering::Acquire) {
            follower.told(&watch.next());
            crowd.slept.fetch_add(1, Ordering::Relaxed);
            tell(follower.seen);
        }
        if watch.try_next().is_some() {
            stage.violation(|| format!("cell {}: a version after the last one", subject.id));
        }
    })
}

fn writer<'a>(stage: &'a Stage<'a>, crowd: &'static Crowd, id: u64) -> Part<'a> {
    Box::new(move |worker, _| {
        let (seen, found) = ([const { Cell::new(0) }; TASKS], Found::default());
        let task = |(nth, seen)| Task::new(stage, crowd, worker, nth, seen, &found);
        let mut tasks: Vec<_> = seen.iter().enumerate().map(task).collect();
        let mut view = View::new(stage, worker, &crowd.cell);
        for round in 1_u64.. {
            // Here all tasks have seen all that there is, but for those of the first round.
            tasks.iter_mut().for_each(Task::resume);
            view.write();
            let goal = round * WRITERS;
            loop {
                tasks.iter_mut().for_each(Task::resume);
                if seen.iter().all(|seen| seen.get() >= goal) && all_told(crowd, id, round) {
                    break;
                }
                thread::yield_now();
            }
            if id == 0 && !stage.is_running() {
                crowd.ends.store(true, Ordering::Relaxed);
            }
            meet(crowd);
            if crowd.ends.load(Ordering::Relaxed) {
                break;
            }
        }
        drop(tasks);
        crowd.woken.fetch_add(found.woken.get(), Ordering::Relaxed);
        crowd.for_nothing.fetch_add(found.for_nothing.get(), Ordering::Relaxed);
        meet(crowd);
        if id == 0 {
            // No task is left whose waker writes.
            for (subject, last) in [(&crowd.cell, &crowd.last[0]), (&crowd.other, &crowd.last[1])] {
                last.store(subject.cell.version() + 1, Ordering::Release);
                subject.advance();
            }
        }
    })
}

/// Whether the threads that sleep have been told of this round, where that is waited for.
fn all_told(crowd: &Crowd, id: u64, round: u64) -> bool {
    let is_told = |told: &AtomicU64| told.load(Ordering::Acquire) >= round * WRITERS;
    id != 0 || !round.is_multiple_of(ALL_OF) || crowd.told.iter().all(is_told)
}

/// Waits for the other writers. Each comes as often as the others, so that the count tells the round.
fn meet(crowd: &Crowd) {
    let before = crowd.arrived.fetch_add(1, Ordering::AcqRel);
    let all = (before / WRITERS + 1) * WRITERS;
    while crowd.arrived.load(Ordering::Acquire) < all {
        thread::yield_now();
    }
}

/// The wakeups that a writer's tasks have found.
#[derive(Default)]
struct Found {
    woken: Cell<u64>,
    for_nothing: Cell<u64>,
}

/// A watch that waits as a task.
struct Task<'a>(Pin<Box<dyn Future<Output = ()> + 'a>>);

impl<'a> Task<'a> {
    fn new(
        stage: &'a Stage<'a>,
        crowd: &'static Crowd,
        worker: &'a Worker,
        nth: usize,
        seen: &'a Cell<u64>,
        found: &'a Found,
    ) -> Self {
        Self(Box::pin(async move {
            let mut watch = crowd.cell.cell.watch();
            let mut follower = Follower::new(stage, worker, crowd.cell.id, seen_by(&watch));
            loop {
                seen.set(follower.seen);
                // One for each version that is waited for, so that it knows what it is woken for.
                let told = Told::new(crowd, follower.seen, nth.is_multiple_of(WRITES_OF));
                let waker = Waker::from(Arc::clone(&told));
                let mut changed = pin!(watch.changed());
                let update = loop {
                    if let Poll::Ready(update) = changed.as_mut().poll(&mut Context::from_waker(&waker)) {
                        break update;
                    }
                    let word = poll_fn(|_| told.take()).await;
                    found.woken.update(|n| n + 1);
                    found.for_nothing.update(|n| n + u64::from(word == FOR_NOTHING));
                };
                follower.told(&update);
            }
        }))
    }

    /// Polls it. It looks by itself whether it was woken, and does nothing if not.
    fn resume(&mut self) {
        let ends = self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(ends.is_pending(), "a task has no end");
    }
}

const ASLEEP: u8 = 0;
const WOKEN: u8 = 1;
const FOR_NOTHING: u8 = 2;

/// Remembers that it was woken, and may write to another cell then.
struct Told {
    crowd: &'static Crowd,
    /// What the watch had seen when it was registered.
    seen: u64,
    writes: bool,
    word: AtomicU8,
}

impl Told {
    fn new(crowd: &'static Crowd, seen: u64, writes: bool) -> Arc<Self> {
        Arc::new(Self { crowd, seen, writes, word: AtomicU8::new(ASLEEP) })
    }

    fn take(&self) -> Poll<u8> {
        match self.word.swap(ASLEEP, Ordering::AcqRel) {
            ASLEEP => Poll::Pending,
            word => Poll::Ready(word),
        }
    }
}

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        let is_newer = self.crowd.cell.cell.version() > self.seen;
        let word = if is_newer { WOKEN } else { FOR_NOTHING };
        if self.writes {
            self.crowd.other.advance();
        }
        let before = self.word.swap(word, Ordering::AcqRel);
        self.crowd.twice.fetch_add((before != ASLEEP).into(), Ordering::Relaxed);
    }
}

/// Watches that come, wait for a while in one way or another, and go.
fn visitor<'a>(stage: &'a Stage<'a>, crowd: &'static Crowd) -> Part<'a> {
    Box::new(move |worker, _| {
        for n in 0_usize.. {
            if !stage.is_open() {
                break;
            }
            match n % 5 {
                0 => give_up(stage, worker, crowd),
                1 => wait_for_a_while(stage, worker, crowd),
                2 => hand_over(stage, worker, crowd),
                3 => forget(stage, crowd),
                _ => follow_to_the_end(stage, worker),
            }
            worker.step();
            crowd.visits.fetch_add(1, Ordering::Relaxed);
        }
    })
}

/// A task that is polled once and dropped, and a look that finds what it has not seen.
fn give_up(stage: &Stage<'_>, worker: &Worker, crowd: &'static Crowd) {
    let mut watch = crowd.cell.cell.watch();
    let mut follower = Follower::new(stage, worker, crowd.cell.id, seen_by(&watch));
    let waker = Waker::from(Told::new(crowd, follower.seen, false));
    let polled = pin!(watch.changed()).poll(&mut Context::from_waker(&waker));
    if let Poll::Ready(update) = polled {
        follower.told(&update);
    }
    if let Some(update) = watch.try_next() {
        follower.told(&update);
    }
}

fn wait_for_a_while(stage: &Stage<'_>, worker: &Worker, crowd: &'static Crowd) {
    let mut watch = crowd.cell.cell.watch();
    let mut follower = Follower::new(stage, worker, crowd.cell.id, seen_by(&watch));
    for _ in 0..2 {
        if let Some(update) = watch.next_timeout(A_WHILE) {
            follower.told(&update);
        }
    }
}

/// Another watch goes on from what the first one has seen.
fn hand_over(stage: &Stage<'_>, worker: &Worker, crowd: &'static Crowd) {
    let first = crowd.cell.cell.watch();
    let mut follower = Follower::new(stage, worker, crowd.cell.id, seen_by(&first));
    let mut second = first.clone();
    drop(first);
    if let Some(update) = second.next_timeout(A_WHILE) {
        follower.told(&update);
    }
}

/// A watch that keeps no version is told of newer ones all the same.
fn forget(stage: &Stage<'_>, crowd: &'static Crowd) {
    let mut watch = crowd.cell.cell.watch();
    let seen = Snapshot::version(seen_by(&watch));
    watch.forget_seen();
    let Some(update) = watch.next_timeout(A_WHILE) else { return };
    let newer = Snapshot::version(&update.new) > seen && Snapshot::ptr_eq(&update.old, &update.new);
    if !newer || watch.seen().is_none() {
        stage.violation(|| format!("a watch that had forgotten version {seen} was told {update:?}"));
    }
}

/// A thread that sleeps until its cell is gone.
fn follow_to_the_end(stage: &Stage<'_>, worker: &Worker) {
    const CELL: u64 = 18;
    let cell = Arc::new(CowCell::new(Payload::new(CELL)));
    let watch = Watch::new(Arc::clone(&cell)).downgrade();
    let counts = Worker::default();
    thread::scope(|s| {
        s.spawn(|| {
            let mut follower = Follower::new(stage, &counts, CELL, seen_by(&watch));
            watch.for_each(|update| follower.told(&update));
        });
        (0..2).for_each(|_| _ = cell.update(Payload::advance));
        drop(cell);
    });
    worker.absorb(&counts);
}
