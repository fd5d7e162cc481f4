//! Two live cells of one size, and hot writers: the shape in which `arc-swap` took one cell's value for the other's, up to
//! version 1.9.4.
//!
//! A reader is interrupted between its load of a pointer and whatever protects what it points to. Meanwhile the
//! version is replaced and freed, and its memory becomes a version of the other cell. Whoever then takes the address
//! for the version shows the other cell's data.

use crate::payload::{self, Payload};
use crate::stage::{Part, Stage};
use crate::subject::{Subject, View};
use arc_swap::ArcSwap;
use readmostly::Guard;
use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const READERS: usize = 3;
/// All of the slots that `arc-swap` has for the guards of a thread.
const SLOTS: usize = 8;

pub(crate) fn play(stage: &Stage<'_>) {
    let cells = [Subject::new(1), Subject::new(2)];
    stage.play(writers(stage, &cells), readers(stage, &cells));
}

/// Two writers: one goes from cell to cell, the other writes several times to one and then to the other.
fn writers<'a>(stage: &'a Stage<'a>, cells: &'a [Subject; 2]) -> Vec<Part<'a>> {
    let part = |in_a_row: usize| -> Part<'a> {
        Box::new(move |worker, _| {
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            for n in 0_usize.. {
                if !stage.is_running() {
                    break;
                }
                let view = &mut views[n / in_a_row % 2];
                view.write();
                view.look(n);
            }
        })
    };
    vec![part(1), part(5)]
}

fn readers<'a>(stage: &'a Stage<'a>, cells: &'a [Subject; 2]) -> Vec<Part<'a>> {
    let part = |id: usize| -> Part<'a> {
        Box::new(move |worker, _| {
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            for n in id.. {
                if !stage.is_open() {
                    break;
                }
                // Both at once, and once more after other looks, in which the thread may have been interrupted.
                let held = views.each_mut().map(View::guard);
                for view in &mut views {
                    view.look(n);
                }
                for (view, guard) in views.iter().zip(held) {
                    view.check_held(Guard::version(&guard), &guard);
                }
            }
            views.iter_mut().for_each(View::last_look);
        })
    };
    (0..READERS).map(part).collect()
}

/// As large as one of the library's versions, so that they live in each other's memory.
struct Numbered {
    number: u64,
    value: Payload,
}

/// Two `ArcSwap`s of one type, with a writer of their own.
struct Rival {
    id: u64,
    slot: ArcSwap<Numbered>,
}

impl Rival {
    fn new(id: u64) -> Self {
        Self { id, slot: ArcSwap::from_pointee(Numbered { number: 0, value: Payload::new(id) }) }
    }
}

pub(crate) fn play_beside(stage: &Stage<'_>) {
    let cells = [Subject::new(1), Subject::new(2)];
    let rivals = [Rival::new(3), Rival::new(4)];
    // What the rivals mix up among themselves is no violation of ours, and is said.
    let (loads, mixed) = (AtomicU64::new(0), AtomicU64::new(0));
    let (mut writers, mut readers) = (writers(stage, &cells), readers(stage, &cells));
    writers.push(Box::new(|worker, _| {
        while stage.is_running() {
            for Rival { slot, .. } in &rivals {
                let mut value = slot.load().value.clone();
                let number = value.advance();
                slot.store(Arc::new(Numbered { number, value }));
                payload::spare_memory();
            }
            worker.step();
        }
    }));
    readers.push(Box::new(|worker, _| {
        while stage.is_open() {
            for Rival { id, slot } in &rivals {
                let seen = slot.load();
                mixed.fetch_add(seen.value.check(*id, seen.number).is_err().into(), Ordering::Relaxed);
                loads.fetch_add(1, Ordering::Relaxed);
            }
            worker.step();
        }
    }));
    // With the backend `arc_swap`, each look has to do without a slot, in the way in which writers help readers.
    readers.push(Box::new(|worker, _| {
        let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
        for n in 0.. {
            if !stage.is_open() {
                break;
            }
            let held: [_; SLOTS] = array::from_fn(|n| (n % 2, rivals[n % 2].slot.load()));
            for view in &mut views {
                view.look(n);
            }
            for (of, seen) in held {
                mixed.fetch_add(
                    seen.value.check(rivals[of].id, seen.number).is_err().into(),
                    Ordering::Relaxed,
                );
            }
        }
        views.iter_mut().for_each(View::last_look);
    }));
    stage.play(writers, readers);
    drop(cells);
    let (loads, mixed) = (loads.into_inner(), mixed.into_inner());
    stage.note(format!(
        "beside: the ArcSwaps were loaded {loads} times, and returned the other's value {mixed} times"
    ));
}
