//! Many more threads than cores on one cell, each reading in every way; snapshots that grow old; a writer that sits on
//! its lock until every reader has read on.

use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::{Guard, Snapshot};
use std::thread;
use std::time::{Duration, Instant};

const WRITERS: usize = 3;
/// How many old snapshots a reader keeps.
const KEPT: usize = 8;
/// How often the first writer waits for the readers.
const SIT_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn play(stage: &Stage<'_>, threads: usize) {
    let subject = Subject::new(5);
    let writers = (0..WRITERS).map(|id| writer(stage, &subject, id)).collect();
    let readers = (WRITERS..threads).map(|id| reader(stage, &subject, id)).collect();
    stage.play(writers, readers);
}

fn writer<'a>(stage: &'a Stage<'a>, subject: &'a Subject, id: usize) -> Part<'a> {
    Box::new(move |worker, readers| {
        let mut view = View::new(stage, worker, subject);
        let mut sat = Instant::now();
        for n in id.. {
            if !stage.is_running() {
                break;
            }
            if id == 0 && sat.elapsed() > SIT_EVERY {
                view.write_slowly(|| wait_until_all_move(stage, worker, readers));
                sat = Instant::now();
            } else {
                view.write();
            }
            view.look(n);
        }
    })
}

/// A reader never waits for a writer, so each of them gets on while this one waits.
fn wait_until_all_move(stage: &Stage<'_>, me: &Worker, readers: &[Worker]) {
    let before: Vec<_> = readers.iter().map(Worker::steps).collect();
    let since = Instant::now();
    for (id, (reader, before)) in readers.iter().zip(before).enumerate() {
        while reader.steps() == before {
            if since.elapsed() > stage.patience() / 2 {
                return stage.violation(|| format!("reader {id} waited for a writer that held its lock"));
            }
            me.step();
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn reader<'a>(stage: &'a Stage<'a>, subject: &'a Subject, id: usize) -> Part<'a> {
    const TAKE_EVERY: usize = 1_000;
    const YIELD_EVERY: usize = 700;
    Box::new(move |worker, _| {
        let mut view = View::new(stage, worker, subject);
        let mut kept: Vec<_> = (0..KEPT).map(|_| view.snapshot()).collect();
        for n in id.. {
            if !stage.is_open() {
                break;
            }
            view.look(n);
            if n % YIELD_EVERY == 0 {
                let guard = view.guard();
                thread::yield_now();
                view.check_held(Guard::version(&guard), &guard);
            }
            if n % TAKE_EVERY == 0 {
                let old = &mut kept[n / TAKE_EVERY % KEPT];
                view.check_held(Snapshot::version(old), old);
                *old = view.snapshot();
            }
        }
        view.last_look();
    })
}
