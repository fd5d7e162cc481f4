//! What does it cost to read a value that others may replace, and to replace it: here, and with everybody else who does
//! that?
//!
//! `RUSTFLAGS='--cfg readmostly_backend="hazard"' cargo bench --bench publish`, and likewise for the other backends. It
//! takes half a minute, and draws its last table in `charts/publish_threads.svg`.
//!
//! A `u64` is published, and all contenders of a table take turns of 5 ms in one process. The figure is the median of
//! a contender's turns. A ratio is the median of the ratios round by round, in which a machine that others use too
//! counts less: below 1.00 the row's contender is faster than `arc-swap`, or than the rival with the best median. A
//! reader looks at the clock once in 256 reads, and `Arc::clone` is no rival, but what a shared count costs alone.
//!
//! Where two threads are at work, each is bound to a processor, and a busy machine still disturbs them more than one:
//! see whether another run says the same.

mod contenders;

use contenders::{Contender, Role, Subject};
use readmostly_benches::chart::{self, Line};
use readmostly_benches::{median, race, ratio, time_each, together};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Many short turns rather than few long ones: a turn in which another process got the processor is then one of few,
/// and no median.
const ROUNDS: usize = 61;
const SPAN: Duration = Duration::from_millis(5);

fn main() {
    println!("readmostly ({}) and others who publish a value to readers", readmostly::BACKEND);
    for (what, contenders) in [("load", contenders::loads()), ("by a handle", contenders::handles())] {
        one_reader(what, contenders);
    }
    for (what, contenders) in [("load", contenders::loads()), ("by a handle", contenders::handles())] {
        two_readers(what, contenders);
    }
    for (what, contenders) in [("load", contenders::loads()), ("by a handle", contenders::handles())] {
        reader_and_writer(what, contenders);
    }
    one_reader("owned", contenders::owned());
    crowds(&contenders::loads());
}

fn one_reader(what: &str, mut contenders: Vec<Contender>) {
    let figures = race(ROUNDS, &mut contenders, |it| it.subject.reads(SPAN));
    table(&format!("read, {what}, ns"), &contenders, &figures, &[]);
}

fn two_readers(what: &str, mut contenders: Vec<Contender>) {
    let turns = race(ROUNDS, &mut contenders, |it| {
        let reads = || it.subject.reads(SPAN);
        let alone = reads();
        let (here, there) = together(reads, reads);
        // Reads for each nanosecond add up, not nanoseconds for each read.
        let both = 1.0 / (1.0 / here + 1.0 / there);
        (both, alone / both)
    });
    let (figures, gains) = unzip(&turns);
    let notes = gains.into_iter().map(|mut gain| format!("{:.2} of one thread's", median(&mut gain)));
    let notes: Vec<_> = notes.collect();
    table(
        &format!("read, {what}, two threads at once, ns for each read of either"),
        &contenders,
        &figures,
        &notes,
    );
}

fn reader_and_writer(what: &str, mut contenders: Vec<Contender>) {
    let turns = race(ROUNDS, &mut contenders, |it| {
        let subject = &*it.subject;
        together(|| subject.reads(SPAN), || publishes(subject))
    });
    let (reads, publishes) = unzip(&turns);
    table(&format!("read, {what}, while another thread only publishes, ns"), &contenders, &reads, &[]);
    table(&format!("publish, while another thread only reads ({what}), ns"), &contenders, &publishes, &[]);
}

/// The cost of a publish by the number of threads that have read once and sleep.
fn crowds(contenders: &[Contender]) {
    let mut lines: Vec<Line> = contenders.iter().map(|it| (it.name.to_owned(), Vec::new())).collect();
    for threads in [1, 10, 100, 1_000] {
        let figures = crowd(threads, contenders);
        let what = format!("publish, while of {threads} other threads each has read once and is idle, ns");
        table(&what, contenders, &figures, &[]);
        for (line, mut figures) in lines.iter_mut().zip(figures) {
            line.1.push((threads as f64, median(&mut figures) / 1_000.0));
        }
    }
    let title = format!("Publishing beside idle threads (readmostly: {})", readmostly::BACKEND);
    let drawn = chart::draw(&title, "threads that have read once", "microseconds for each publish", &lines);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/publish_threads.svg");
    std::fs::write(path, drawn).expect("the chart's directory can be written to");
}

/// What a publish costs while each of `threads` threads has read from each contender once, and sleeps.
fn crowd(threads: usize, contenders: &[Contender]) -> Vec<Vec<f64>> {
    let (ready, done) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    let mut subjects: Vec<&dyn Subject> = contenders.iter().map(|it| &*it.subject).collect();
    let read = subjects.clone();
    thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                take_part(&read, &mut || {
                    ready.wait();
                    done.wait();
                });
            });
        }
        ready.wait();
        let figures = race(ROUNDS, &mut subjects, |subject| publishes(*subject));
        done.wait();
        figures
    })
}

/// Calls `rest` while this thread is a reader of all of `subjects`.
fn take_part(subjects: &[&dyn Subject], rest: &mut dyn FnMut()) {
    match subjects {
        [first, others @ ..] => first.take_part(&mut || take_part(others, rest)),
        [] => rest(),
    }
}

fn publishes(subject: &dyn Subject) -> f64 {
    let mut value = 0;
    time_each(SPAN, || {
        value += 1;
        subject.publish(value);
    })
}

fn unzip(turns: &[Vec<(f64, f64)>]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    turns.iter().map(|turns| turns.iter().copied().unzip()).unzip()
}

fn table(what: &str, contenders: &[Contender], figures: &[Vec<f64>], notes: &[String]) {
    let medians: Vec<f64> = figures.iter().map(|figures| median(&mut figures.clone())).collect();
    let rivals =
        || (0..contenders.len()).filter(|&n| matches!(contenders[n].role, Role::ArcSwap | Role::Rival));
    let arc_swap = rivals().find(|&n| contenders[n].role == Role::ArcSwap).expect("it is in each table");
    let best = rivals().min_by(|&a, &b| medians[a].total_cmp(&medians[b])).expect("there is a rival");
    println!("\n{what:<72} {:>9} {:>9}", "/arc-swap", "/best");
    for (n, contender) in contenders.iter().enumerate() {
        let to = |other: usize| ratio(&figures[n], &figures[other]);
        let (name, note) = (contender.name, notes.get(n).map_or("", String::as_str));
        let (to_arc_swap, to_best) = (to(arc_swap), to(best));
        println!("  {name:<34} {:>9.2} {note:<24} {to_arc_swap:>9.2} {to_best:>9.2}", medians[n]);
    }
}
