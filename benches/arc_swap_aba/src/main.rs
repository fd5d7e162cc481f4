//! Does `arc-swap` hand a reader of one cell what another cell holds? Safe code, two `ArcSwap`s of one type.
//!
//! `cargo run --release -- --seconds 20`, here in `benches/arc_swap_aba/`. One thread stores to both cells in turns, the
//! others load from the left one. Each value says which cell it was made for and which store it was, so a reader can
//! tell a value of the other cell, and one that is older than what it has seen already.
//!
//! Up to `arc-swap` 1.9.4 it could (its issue 210), and here is how:
//!
//! 1. A reader of the left cell reads the pointer `p`, and is interrupted.
//! 2. The writer replaces `p`. It finds no debt, since none is written yet, and frees `p`.
//! 3. The allocator gives `p`'s memory to the next value of the right cell, which is stored.
//! 4. The reader goes on and writes the debt `p`.
//! 5. The writer replaces `p` in the right cell, finds a debt of that name, and pays it: a count of the right cell's value.
//! 6. The reader sees that the left cell's pointer has changed and that its debt is paid, takes `p` for the value that it
//!    read in step 1, and shows the right cell's value.
//!
//! In 1.9.5 a debt names the cell that it was taken on, and the writer of another one leaves it alone.
//!
//! It is rare. The reader has to be interrupted between two instructions, and to go on while the writer is at one certain
//! place. So the readers share a processor with threads that do nothing but sleep for a microsecond and wake up, which
//! interrupts the readers some ten thousand times a second, and the writer has another processor. A value is one
//! allocation, whose memory is the next one's. A run that sees nothing is no proof of anything. The program says what
//! it saw and how often, and exits with 0 either way: the finding is about somebody else's crate.

#![forbid(unsafe_code)]

use arc_swap::ArcSwap;
use clap::Parser;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Stores to two `ArcSwap`s, loads from one, and counts the loads that return what the other holds.
#[derive(Debug, Parser)]
#[command(after_help = "Exit code: 0, whatever was seen; 2 when an option is bad.")]
struct Args {
    /// How long to look, in seconds, 1 to 3600
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,

    /// How many threads load, 1 to 256
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    readers: u64,

    /// How many threads wake up to interrupt those that load, 0 to 256
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=256))]
    alarms: u64,
}

/// The highest bit of a value says to which cell it was stored, the others by which store.
const RIGHT: u64 = 1 << 63;

/// What one reader saw, or all of them.
#[derive(Debug, Default)]
struct Seen {
    loads: u64,
    /// Loads that returned a value of the other cell.
    foreign: u64,
    /// Loads that returned an older value than an earlier load by the same thread.
    backwards: u64,
    first: Option<String>,
}

impl Seen {
    /// Takes down what a load returned, and what the newest store was that it showed so far.
    fn note(&mut self, newest: &mut u64, value: u64) {
        self.loads += 1;
        let number = value & !RIGHT;
        if value & RIGHT != 0 {
            self.foreign += 1;
            self.first.get_or_insert_with(|| {
                format!("a load of the left cell returned store {number} of the right one")
            });
        } else if number < *newest {
            self.backwards += 1;
            self.first.get_or_insert_with(|| {
                format!("a load of the left cell returned store {number} after {newest}")
            });
        } else {
            *newest = number;
        }
    }

    fn add(&mut self, other: Self) {
        self.loads += other.loads;
        self.foreign += other.foreign;
        self.backwards += other.backwards;
        self.first = self.first.take().or(other.first);
    }
}

/// Binds this thread to a processor, if the system lets it.
fn run_on(processors: &[core_affinity::CoreId], n: usize) {
    if let Some(processor) = processors.get(n) {
        core_affinity::set_for_current(*processor);
    }
}

fn main() {
    let args = Args::parse();
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    let (left, right) = (ArcSwap::from_pointee(0), ArcSwap::from_pointee(RIGHT));
    let (stop, all, woken) = (AtomicBool::new(false), Mutex::new(Seen::default()), AtomicU64::new(0));
    let mut stores = 0;
    thread::scope(|s| {
        for _ in 0..args.readers {
            s.spawn(|| {
                run_on(&processors, 1);
                let (mut seen, mut newest) = (Seen::default(), 0);
                while !stop.load(Ordering::Relaxed) {
                    seen.note(&mut newest, **left.load());
                }
                all.lock().expect("no reader panics").add(seen);
            });
        }
        for _ in 0..args.alarms {
            s.spawn(|| {
                run_on(&processors, 1);
                while !stop.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_micros(1));
                    woken.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        run_on(&processors, 0);
        let end = Instant::now() + Duration::from_secs(args.seconds);
        while Instant::now() < end {
            for _ in 0..100 {
                stores += 1;
                left.store(Arc::new(stores));
                // Twice: memory that the left cell lets go of is the right one's next value, and is replaced at once.
                right.store(Arc::new(RIGHT | stores));
                right.store(Arc::new(RIGHT | stores));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let seen = all.into_inner().expect("no reader panics");
    let version = include_str!("../Cargo.toml").lines().find(|line| line.starts_with("arc-swap"));
    println!(
        "{}, two ArcSwap<u64>, {} readers, {} s",
        version.unwrap_or_default(),
        args.readers,
        args.seconds
    );
    println!("  rounds of stores    {stores:>13}");
    println!("  alarms              {:>13}", woken.into_inner());
    println!("  loads checked       {:>13}", seen.loads);
    println!("  of the other cell   {:>13}", seen.foreign);
    println!("  older than before   {:>13}", seen.backwards);
    match seen.first {
        Some(first) => println!("it mixed the two cells up; the first time, {first}"),
        None => println!("nothing was seen this time"),
    }
}
