//! Writers that hold a guard over their own write: load, replace, drop. Each version goes in the drop of a guard of the
//! thread that replaced it, or of another one, and there are never more than somebody holds.

use crate::payload;
use crate::promises;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::Guard;
use std::sync::atomic::{AtomicU64, Ordering};

const WRITERS: usize = 3;
const READERS: usize = 3;
/// More than the threads hold: two guards each, a draft, a version that was just swapped out, and what a visit has in
/// hand when its thread is interrupted.
const MOST: u64 = 64 + 4 * (WRITERS + READERS) as u64;

pub(crate) fn play(stage: &Stage<'_>) {
    let (subject, most) = (&Subject::new(15), AtomicU64::new(0));
    let count = &|| _ = most.fetch_max(payload::surely_alive(), Ordering::Relaxed);
    let writer = |id: usize| -> Part<'_> {
        Box::new(move |worker, _| {
            let mut view = View::new(stage, worker, subject);
            for n in id.. {
                if !stage.is_running() {
                    break;
                }
                let first = view.guard();
                view.write();
                count();
                if n % 3 == 0 {
                    let second = view.guard();
                    view.write();
                    count();
                    view.check_held(Guard::version(&second), &second);
                }
                view.check_held(Guard::version(&first), &first);
            }
        })
    };
    let reader = |id: usize| -> Part<'_> {
        Box::new(move |worker, _| {
            let mut view = View::new(stage, worker, subject);
            for n in id.. {
                if !stage.is_open() {
                    break;
                }
                // Not a reader: that keeps a version for as long as it is not asked.
                let guard = view.guard();
                let snapshot = view.snapshot();
                count();
                view.check_held(Guard::version(&guard), &guard);
                drop((guard, snapshot));
                if n % 64 == 0 {
                    view.look(2);
                }
            }
            view.last_look();
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(writer).collect();
    stage.play(writers, (0..READERS).map(reader).collect());
    let most = most.load(Ordering::Relaxed);
    if promises::a_guard_keeps_one_version() && most > MOST {
        stage.violation(|| {
            format!("{most} versions were alive at once, where {MOST} are more than were held")
        });
    }
    View::new(stage, &Worker::default(), subject).last_look();
    promises::all_else_is_freed(stage, 1, || _ = subject.advance());
    stage.note(format!("replaced: at most {most} versions were alive at once"));
}
