//! What do threads do to each other: readers, a reader and a writer, two writers? And the longest pause that a reader sees?
//!
//! `cargo bench --bench threads`. Two threads at most, each bound to a processor of its own where there are two. A pause is
//! from one look at the clock to the next, with one lookup in between: what the system itself takes from a thread is in it,
//! and shows in the row of a table that nobody writes, beside a thread that is as busy.

use foldhash::fast::FixedState;
use hdrhistogram::Histogram;
use readmostly_benches::figures::thousands;
use readmostly_benches::keys;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::tables::{self, Writing, names};
use readmostly_benches::{Contender, Role, Trial, race, time, together};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// Many short turns rather than few long ones: a turn in which another process got the processor is then one of few, and
/// no median.
const ROUNDS: usize = 31;
const SPAN: Duration = Duration::from_millis(3);

/// A reload takes some milliseconds, and a turn has some of them.
const RELOADS: Duration = Duration::from_millis(60);
const RELOAD_ROUNDS: usize = 9;

type BySize = Vec<(usize, Trial)>;

fn main() {
    let mut report =
        Report::start(env!("CARGO_TARGET_TMPDIR"), "threads", "What do threads do to each other?");
    report.note("All tables have `u64` keys and foldhash.");
    readers(&mut report);
    reader_and_writer(&mut report);
    two_writers(&mut report);
    let largest = report.sizes(&SIZES).max().expect("there is a size");
    reloads(&mut report, largest);
    report.finish();
}

/// One reader, two readers, and what the second one adds.
fn readers(report: &mut Report) {
    let (mut both, mut gain) = (BySize::new(), BySize::new());
    for size in report.sizes(&SIZES) {
        let mut readers = tables::readers::<u64, FixedState>(&keys::entries(size));
        let hits = keys::hits(size, 1 << 13);
        let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
        let turns = race(rounds, &mut readers, |it| {
            let reads = || it.subject.reads(&hits, span);
            let alone = reads();
            let (here, there) = together(reads, reads);
            // Reads for each nanosecond add up, not nanoseconds for each read.
            let both = 1.0 / (1.0 / here + 1.0 / there);
            [both, alone / both]
        });
        let [ns, times] = Trial::split(&readers, &turns);
        both.push((size, ns));
        gain.push((size, times));
    }
    report.by_size("two readers at once, ns for each read of either", &both);
    report.figures_by_size("the reads of two in the time of one reader's: 2 if they do not meet", &gain);
    let found: Vec<_> = gain
        .iter()
        .filter_map(|(size, trial)| Some((thousands(*size as f64), trial.ratio(names::READER, names::FLAT)?)))
        .collect();
    let what = "two readers' throughput over one reader's";
    report.reach(what, "that of a flat table that nobody writes", Target::AtLeast(0.95), &found);
}

/// A reader beside a writer that does nothing but write.
fn reader_and_writer(report: &mut Report) {
    let (mut read, mut write) = (BySize::new(), BySize::new());
    for size in report.sizes(&SIZES) {
        let mut writers = shared(size);
        let hits = keys::hits(size, 1 << 13);
        let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
        let turns = race(rounds, &mut writers, |it| {
            together(|| it.subject.reads(&hits, span), || overwrites(&*it.subject, &hits, span)).into()
        });
        let [reading, writing] = Trial::split(&writers, &turns);
        read.push((size, reading));
        write.push((size, writing));
    }
    report.by_size("read, beside a thread that only overwrites, ns", &read);
    report.by_size("overwrite, beside a thread that only reads, ns", &write);
}

fn two_writers(report: &mut Report) {
    let mut both = BySize::new();
    for size in report.sizes(&SIZES) {
        let mut writers = shared(size);
        let (here, there) = (keys::hits(size, 1 << 12), keys::hits(size, 1 << 13));
        let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
        let trial = Trial::run(rounds, &mut writers, |it| {
            let (here, there) = together(|| overwrites(it, &here, span), || overwrites(it, &there, span));
            1.0 / (1.0 / here + 1.0 / there)
        });
        both.push((size, trial));
    }
    report.by_size("two writers at once, ns for each overwrite of either", &both);
}

/// What single reads take while a writer replaces the whole table, again and again.
fn reloads(report: &mut Report, size: usize) {
    let entries = keys::entries::<u64>(size);
    let hits = keys::hits(size, 1 << 13);
    let mut writers = tables::writers::<u64, FixedState>(&entries);
    let (rounds, span) = (report.rounds(RELOAD_ROUNDS), report.span(RELOADS));
    let turns = race(rounds, &mut writers, |it| {
        let done = AtomicBool::new(false);
        let read = || {
            // Up to a second, and never larger: it must not be made to grow between two reads.
            let mut histogram = Histogram::new_with_max(1_000_000_000, 3).expect("the bounds are in order");
            it.subject.record(&hits, span, &mut histogram);
            done.store(true, Ordering::Relaxed);
            histogram
        };
        let write = || {
            while !done.load(Ordering::Relaxed) {
                let entries = entries.clone();
                // What is not shared has no writer, but another thread that is as busy: what its reader sees is what the
                // system does.
                if it.role == Role::Yardstick {
                    drop(black_box(entries));
                } else {
                    it.subject.reload(entries);
                }
            }
        };
        let (histogram, ()) = together(read, write);
        [50.0, 99.0, 99.9, 99.99, 100.0].map(|percent| histogram.value_at_percentile(percent) as f64)
    });
    let percentiles: [Trial; 5] = Trial::split(&writers, &turns);
    let labels = ["median", "99 %", "99.9 %", "99.99 %", "the longest"];
    let columns: Vec<_> = labels.iter().map(|it| (*it).into()).zip(&percentiles).collect();
    report.table(&format!("read, during reloads of {size} entries, ns"), &columns);
    let micros = |figure: Option<f64>| figure.unwrap_or(f64::NAN) / 1_000.0;
    let longest = |name| {
        let trial = &percentiles[4];
        format!(
            "{:.0} us ({:.0} us in the quietest turn)",
            micros(trial.median(name)),
            micros(trial.least(name))
        )
    };
    report.note(&format!(
        "The longest pause, in the median of {rounds} turns of {} ms: {} with readmostly, {} where nobody writes and the other \
         thread is as busy, which is the row of what is not shared.",
        span.as_millis(),
        longest(names::OURS),
        longest(names::FLAT),
    ));
}

/// All who are written to, but those that nobody shares.
fn shared(size: usize) -> Vec<Contender<dyn Writing<u64>>> {
    let mut writers = tables::writers::<u64, FixedState>(&keys::entries(size));
    writers.retain(|it| it.role != Role::Yardstick);
    writers
}

/// Nanoseconds for each of many overwrites, for about `span`.
fn overwrites(table: &dyn Writing<u64>, keys: &[u64], span: Duration) -> f64 {
    let (mut elapsed, mut writes) = (0.0, 0_usize);
    for (round, keys) in (0..).zip(keys.chunks(8).cycle()) {
        let mut entries: Vec<_> = keys.iter().map(|key| (*key, round)).collect();
        elapsed += time(|| table.insert_each(&mut entries));
        writes += keys.len();
        if elapsed >= span.as_nanos() as f64 {
            break;
        }
    }
    elapsed / writes as f64
}
