//! Two races on purpose. A clean report of `ThreadSanitizer` counts for something only while it still reports these.
//!
//! `ci/sanitizers.sh` builds this as it builds the stress program, and fails unless each control is reported:
//!
//! - `relaxed-publish`: the writer swaps its version in without a release ordering, so that what it wrote need not be
//!   visible to a reader. It is one of the library's own mutants, in the `hazard` and `epoch` backends.
//! - `late-change`: a version is changed after it was published.

#![expect(unsafe_code, reason = "a race cannot be had in safe code")]

use clap::{Parser, ValueEnum};
use readmostly::CowCell;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Has a race, which `ThreadSanitizer` must report.
#[derive(Debug, Parser)]
struct Args {
    /// Which race
    #[arg(value_enum)]
    control: Control,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Control {
    /// No race at all: nothing may be reported
    None,
    /// A version is swapped in with a relaxed ordering
    RelaxedPublish,
    /// A version is changed after it was published
    LateChange,
}

/// A number that can be changed behind everybody's back.
struct Racy(UnsafeCell<u64>);

// SAFETY: it is not, if `set_late` is used, and that is what this program is for.
unsafe impl Sync for Racy {}

impl Racy {
    fn new(value: u64) -> Self {
        Self(UnsafeCell::new(value))
    }

    fn get(&self) -> u64 {
        // SAFETY: without `set_late` nobody changes it.
        unsafe { *self.0.get() }
    }

    fn set_late(&self, value: u64) {
        // SAFETY: none: this is the race.
        unsafe { *self.0.get() = value }
    }
}

fn main() {
    const TIME: Duration = Duration::from_secs(2);
    let control = Args::parse().control;
    let cell = CowCell::new(Racy::new(0));
    let stop = AtomicBool::new(false);
    thread::scope(|s| {
        let reader = s.spawn(|| {
            let mut sum = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                sum = sum.wrapping_add(cell.load().get());
            }
            sum
        });
        let write = || {
            let start = Instant::now();
            for n in 1.. {
                if start.elapsed() > TIME {
                    break;
                }
                drop(cell.replace(Racy::new(n)));
                if control == Control::LateChange {
                    cell.load().set_late(n);
                }
            }
        };
        if control == Control::RelaxedPublish {
            with_relaxed_publish(write);
        } else {
            write();
        }
        stop.store(true, Ordering::Relaxed);
        println!("{control:?}: the reader's sum is {}", reader.join().expect("the reader ends"));
    });
}

#[cfg(readmostly_mutants)]
fn with_relaxed_publish(write: impl FnOnce()) {
    readmostly::with_mutant(readmostly::Mutant::RelaxedPublish, write);
}

#[cfg(not(readmostly_mutants))]
fn with_relaxed_publish(_: impl FnOnce()) {
    panic!("build it with --cfg readmostly_mutants");
}
