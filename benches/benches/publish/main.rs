//! What does it cost to read a value that others may replace, and to replace it: here, and with everybody else who does
//! that?
//!
//! `RUSTFLAGS='--cfg readmostly_backend="hazard"' cargo bench --bench publish`, and likewise for the other backends. It
//! takes half a minute, and draws its last table in `charts/publish_threads.svg`.
//!
//! A `u64` is published, and all contenders of a table take turns of 5 ms in one process. A reader looks at the clock once
//! in 256 reads, and `Arc::clone` is no rival, but what a shared count costs alone.
//!
//! Where two threads are at work, each is bound to a processor, and a busy machine still disturbs them more than one:
//! see whether another run says the same.

mod contenders;

use contenders::{Contenders, Subject};
use readmostly_benches::figures::figure;
use readmostly_benches::report::{Report, line};
use readmostly_benches::{Trial, race, time_each, together};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Many short turns rather than few long ones: a turn in which another process got the processor is then one of few,
/// and no median.
const ROUNDS: usize = 61;
const SPAN: Duration = Duration::from_millis(5);

/// How many other threads have read once.
const CROWDS: [usize; 5] = [0, 1, 10, 100, 1_000];

fn main() {
    let question = "What does it cost to read a value that others may replace, and to replace it?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "publish", question);
    let both = || [("by `load`", contenders::loads()), ("by a handle", contenders::handles())];
    for (what, contenders) in both() {
        one_reader(&mut report, what, contenders);
    }
    for (what, contenders) in both() {
        two_readers(&mut report, what, contenders);
    }
    for (what, contenders) in both() {
        reader_and_writer(&mut report, what, contenders);
    }
    one_reader(&mut report, "owned", contenders::owned());
    crowds(&mut report, &contenders::loads());
    report.finish();
}

fn one_reader(report: &mut Report, what: &str, mut contenders: Contenders) {
    let span = report.span(SPAN);
    let trial = Trial::run(report.rounds(ROUNDS), &mut contenders, |it| it.reads(span));
    table(report, &format!("reads, {what}"), &[("ns", &trial)]);
}

fn two_readers(report: &mut Report, what: &str, mut contenders: Contenders) {
    let span = report.span(SPAN);
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        let reads = || it.subject.reads(span);
        let alone = reads();
        let (here, there) = together(reads, reads);
        // Reads for each nanosecond add up, not nanoseconds for each read.
        let both = 1.0 / (1.0 / here + 1.0 / there);
        [both, both / alone]
    });
    let [both, share] = Trial::split(&contenders, &turns);
    let title = format!("two threads read at once, {what}");
    table(report, &title, &[("ns for each read of either", &both), ("the same in one thread's", &share)]);
}

fn reader_and_writer(report: &mut Report, what: &str, mut contenders: Contenders) {
    let span = report.span(SPAN);
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        let subject = &*it.subject;
        together(|| subject.reads(span), || publishes(subject, span)).into()
    });
    let [reads, publishes] = Trial::split(&contenders, &turns);
    let title = format!("one thread only reads, {what}, and another only publishes");
    table(report, &title, &[("read, ns", &reads), ("publish, ns", &publishes)]);
}

/// The cost of a publish by the number of threads that have read once and sleep.
fn crowds(report: &mut Report, contenders: &Contenders) {
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let columns: Vec<_> =
        report.sizes(&CROWDS).map(|threads| (threads, crowd(threads, contenders, rounds, span))).collect();
    report.by_size("publish, by the number of other threads that have read once and are idle, ns", &columns);
    let lines: Vec<_> = contenders.iter().map(|it| line(it.name, &columns)).collect();
    let title = format!("Publishing beside idle threads (readmostly: {})", readmostly::BACKEND);
    let axes = ["threads that have read once", "nanoseconds for each publish"];
    report.chart("publish_threads.svg", &title, axes, &lines);
}

/// What a publish costs while each of `threads` threads has read from each contender once, and sleeps.
fn crowd(threads: usize, contenders: &Contenders, rounds: usize, span: Duration) -> Trial {
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
        let figures = race(rounds, &mut subjects, |subject| publishes(*subject, span));
        done.wait();
        Trial::new(contenders, figures)
    })
}

/// Calls `rest` while this thread is a reader of all of `subjects`.
fn take_part(subjects: &[&dyn Subject], rest: &mut dyn FnMut()) {
    match subjects {
        [first, others @ ..] => first.take_part(&mut || take_part(others, rest)),
        [] => rest(),
    }
}

fn publishes(subject: &dyn Subject, span: Duration) -> f64 {
    let mut value = 0;
    time_each(span, || {
        value += 1;
        subject.publish(value);
    })
}

/// Prints a table, and how the first of ours compares with `arc-swap`, which has a place in each.
fn table(report: &mut Report, title: &str, columns: &[(&str, &Trial)]) {
    let labels: Vec<_> = columns.iter().map(|(label, trial)| ((*label).to_owned(), *trial)).collect();
    report.table(title, &labels);
    for (label, trial) in columns {
        let arc_swap = trial.contenders().iter().find(|it| it.0.starts_with("arc-swap"));
        let (Some(ours), Some((arc_swap, _))) = (trial.ours(), arc_swap) else { continue };
        let ratio = trial.ratio(ours, arc_swap).map(figure).unwrap_or_default();
        report.note(&format!("{ours} to {arc_swap} ({label}): {ratio}"));
    }
}
