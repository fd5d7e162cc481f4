//! More guards at once than any table of slots has room for, of two cells, dropped in another order than taken.

use crate::stage::{Part, Stage};
use crate::subject::{Subject, View};
use readmostly::Guard;

const READERS: usize = 6;
/// `arc-swap` has eight slots for a thread.
const MOST: usize = 100;

pub(crate) fn play(stage: &Stage<'_>) {
    let cells = [Subject::new(6), Subject::new(7)];
    let writer = |cell| -> Part<'_> {
        Box::new(move |worker, _| {
            let mut view = View::new(stage, worker, cell);
            while stage.is_running() {
                view.write();
            }
        })
    };
    let readers = (0..READERS).map(|id| reader(stage, &cells, id)).collect();
    stage.play(cells.iter().map(writer).collect(), readers);
}

fn reader<'a>(stage: &'a Stage<'a>, cells: &'a [Subject; 2], id: usize) -> Part<'a> {
    Box::new(move |worker, _| {
        let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
        for n in id.. {
            if !stage.is_open() {
                break;
            }
            // Few, many, few: the slots run out and are there again.
            let mut held: Vec<_> = (0..=n * 7 % MOST).map(|k| (k % 2, views[k % 2].guard())).collect();
            views[0].look(n);
            while !held.is_empty() {
                let (of, guard) = held.swap_remove(n * 31 % held.len());
                views[of].check_held(Guard::version(&guard), &guard);
            }
            // None is held now: with the `epoch` backend, versions can be freed at last.
        }
        views.iter_mut().for_each(View::last_look);
    })
}
