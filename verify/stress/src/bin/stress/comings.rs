//! Threads that come and go: each looks a few times, hands a snapshot to who started it, and looks once more in the
//! destructor of a thread local, when what the library keeps for the thread may be gone already.

use crate::payload::Payload;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::{Guard, Snapshot};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const PARENTS: usize = 3;
const CHILDREN: usize = 3;
const LOOKS: usize = 50;

pub(crate) fn play(stage: &Stage<'_>) {
    let subject = Arc::new(Subject::new(8));
    let late = Arc::new(AtomicU64::new(0));
    let writer: Part<'_> = Box::new(|worker, _| {
        let mut view = View::new(stage, worker, &subject);
        while stage.is_running() {
            view.write();
        }
    });
    let parent = |_| -> Part<'_> { Box::new(|worker, _| parent(stage, worker, &subject, &late)) };
    stage.play(vec![writer], (0..PARENTS).map(parent).collect());
    let late = late.load(Ordering::Relaxed);
    stage.note(format!("comings: {late} threads looked once more while they were torn down"));
}

fn parent(stage: &Stage<'_>, worker: &Worker, subject: &Arc<Subject>, late: &Arc<AtomicU64>) {
    let mut view = View::new(stage, worker, subject);
    while stage.is_open() {
        let wrong = Arc::new(AtomicU64::new(0));
        thread::scope(|s| {
            let children: Vec<_> = (0..CHILDREN)
                .map(|_| {
                    let farewell = Farewell::new(subject, late, &wrong);
                    s.spawn(move || {
                        let counts = Worker::default();
                        let snapshot = child(stage, &counts, subject, farewell);
                        (counts, snapshot)
                    })
                })
                .collect();
            // Each by itself: the end of the scope does not wait for thread locals.
            for child in children {
                match child.join() {
                    Ok((counts, snapshot)) => {
                        worker.absorb(&counts);
                        view.check_held(Snapshot::version(&snapshot), &snapshot);
                    }
                    Err(_) => stage.violation(|| "a thread that came and went panicked".to_owned()),
                }
            }
        });
        if wrong.load(Ordering::Relaxed) > 0 {
            stage.violation(|| "wrong data, or an old version, while a thread was torn down".to_owned());
        }
        view.look(0);
    }
    view.last_look();
}

fn child(stage: &Stage<'_>, counts: &Worker, subject: &Subject, farewell: Farewell) -> Snapshot<Payload> {
    // Before the library's own thread local is made, and so dropped after it.
    FAREWELL.with_borrow_mut(|slot| *slot = Some(farewell));
    let mut view = View::new(stage, counts, subject);
    let guard = view.guard();
    (0..LOOKS).for_each(|n| view.look(n));
    thread::yield_now();
    view.check_held(Guard::version(&guard), &guard);
    view.snapshot()
}

thread_local! {
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// Looks once more when it is dropped.
struct Farewell {
    subject: Arc<Subject>,
    /// The version that was current before the thread was started.
    newest: u64,
    late: Arc<AtomicU64>,
    wrong: Arc<AtomicU64>,
}

impl Farewell {
    fn new(subject: &Arc<Subject>, late: &Arc<AtomicU64>, wrong: &Arc<AtomicU64>) -> Self {
        let newest = subject.cell.version();
        Self { subject: Arc::clone(subject), newest, late: Arc::clone(late), wrong: Arc::clone(wrong) }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let guard = self.subject.cell.load();
        let version = Guard::version(&guard);
        let right = guard.check(self.subject.id, version).is_ok() && version >= self.newest;
        self.wrong.fetch_add((!right).into(), Ordering::Relaxed);
        self.late.fetch_add(1, Ordering::Relaxed);
    }
}
