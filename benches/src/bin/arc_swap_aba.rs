//! Does `arc-swap` hand a reader of one cell what another cell holds? Safe code, two `ArcSwap`s of one type.
//!
//! `cargo run --release --bin arc_swap_aba -- --seconds 20`. One thread stores to both cells in turns, the others load
//! from both and look whose value they got. Each value says which cell it was made for and which store it was, so a
//! reader can tell a value of the other cell, and one that is older than what it has seen already.
//!
//! What it looks for, and why it happens, stands in the library's `src/publish/arc_swap.rs`. It needs a reader to be
//! interrupted at one certain place, for a few hundred nanoseconds, and a writer that is at another then: so it is rare,
//! more so on a busy machine, and a run without is no proof of anything. The program says what it saw and how often, and
//! exits with 0 either way: the finding is about somebody else's crate.

#![forbid(unsafe_code)]

use arc_swap::ArcSwap;
use clap::Parser;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Stores to two `ArcSwap`s, loads from both, and counts the loads of one that return what the other holds.
#[derive(Debug, Parser)]
#[command(after_help = "Exit code: 0, whatever was seen; 2 when an option is bad.")]
struct Args {
    /// How long to look, in seconds, 1 to 3600
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,

    /// How many threads load, 1 to 256
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=256))]
    readers: u64,
}

/// How many words a value has: all the same.
const WORDS: usize = 4;

/// The two cells, `left` and `right`. The highest bit of a word says which it was stored to, the others the store.
struct Pair {
    left: ArcSwap<Vec<u64>>,
    right: ArcSwap<Vec<u64>>,
}

const RIGHT: u64 = 1 << 63;

impl Pair {
    fn new() -> Self {
        Self { left: ArcSwap::from_pointee(vec![0; WORDS]), right: ArcSwap::from_pointee(vec![RIGHT; WORDS]) }
    }

    /// Stores to one, then to the other twice: memory that the left cell lets go of is the right cell's next value,
    /// and is replaced at once.
    fn store(&self, number: u64) {
        self.left.store(Arc::new(vec![number; WORDS]));
        self.right.store(Arc::new(vec![RIGHT | number; WORDS]));
        self.right.store(Arc::new(vec![RIGHT | number; WORDS]));
    }
}

/// What one reader saw, or all of them.
#[derive(Debug, Default)]
struct Seen {
    loads: u64,
    /// Loads that returned a value of the other cell.
    foreign: u64,
    /// Loads that returned an older value than an earlier load of the same cell, by the same thread.
    backwards: u64,
    first: Option<String>,
}

impl Seen {
    /// Takes down a load from the cell that `side` marks, and what the newest store was that it showed so far.
    fn note(&mut self, side: u64, newest: &mut u64, value: &[u64]) {
        self.loads += 1;
        let (of, number) = (value[0] & RIGHT, value[0] & !RIGHT);
        if of != side {
            self.foreign += 1;
            self.remember(|| format!("a load of {} returned store {number} of {}", name(side), name(of)));
        } else if number < *newest {
            self.backwards += 1;
            self.remember(|| format!("a load of {} returned store {number} after {newest}", name(side)));
        } else {
            *newest = number;
        }
    }

    fn remember(&mut self, what: impl FnOnce() -> String) {
        self.first.get_or_insert_with(what);
    }

    fn add(&mut self, other: Self) {
        self.loads += other.loads;
        self.foreign += other.foreign;
        self.backwards += other.backwards;
        self.first = self.first.take().or(other.first);
    }
}

fn name(side: u64) -> &'static str {
    if side == RIGHT { "the right cell" } else { "the left cell" }
}

/// Loads from both until told to stop: by guards, or by counts of its own.
fn read(cells: &Pair, guards: bool, stop: &AtomicBool) -> Seen {
    let (mut seen, mut left, mut right) = (Seen::default(), 0, 0);
    // Six of the thread's eight debt slots are taken, so that a load has longer to look for a free one.
    let bystander = ArcSwap::from_pointee(Vec::<u64>::new());
    let _held: [_; 6] = std::array::from_fn(|_| bystander.load());
    while !stop.load(Ordering::Relaxed) {
        if guards {
            // Both at once, so that the thread holds two debts.
            let (one, other) = (cells.left.load(), cells.right.load());
            seen.note(0, &mut left, &one);
            seen.note(RIGHT, &mut right, &other);
        } else {
            seen.note(0, &mut left, &cells.left.load_full());
            seen.note(RIGHT, &mut right, &cells.right.load_full());
        }
    }
    seen
}

fn main() {
    let args = Args::parse();
    let cells = Pair::new();
    let (stop, all) = (AtomicBool::new(false), Mutex::new(Seen::default()));
    let mut stores = 0;
    thread::scope(|s| {
        for reader in 0..args.readers {
            let (cells, stop, all) = (&cells, &stop, &all);
            s.spawn(move || {
                let seen = read(cells, reader % 2 == 0, stop);
                all.lock().expect("no reader panics").add(seen);
            });
        }
        let end = Instant::now() + Duration::from_secs(args.seconds);
        while Instant::now() < end {
            for _ in 0..100 {
                stores += 1;
                cells.store(stores);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let seen = all.into_inner().expect("no reader panics");
    println!("arc-swap, two ArcSwap<Vec<u64>>, {} readers, {} s", args.readers, args.seconds);
    println!("  rounds of stores    {stores:>13}");
    println!("  loads checked       {:>13}", seen.loads);
    println!("  of the other cell   {:>13}", seen.foreign);
    println!("  older than before   {:>13}", seen.backwards);
    match seen.first {
        Some(first) => println!("it mixed the two cells up; the first time, {first}"),
        None => println!("nothing was seen this time"),
    }
}
