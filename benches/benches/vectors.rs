//! What do walks, indices and changes cost in a vector, beside a slice and the trees?
//!
//! `cargo bench --bench vectors`. A walk by a `for` loop asks for one element at a time, and so pays at the end of each
//! page; `sum` and `for_each` get whole pages. Where the body of the loop adds up, std's walk over a slice is vectorised.

use readmostly_benches::figures::thousands;
use readmostly_benches::lists::{self, Reading, Writing, names};
use readmostly_benches::report::{Report, Target, line};
use readmostly_benches::{Trial, mean_of, race, repeated, time};
use std::time::Duration;

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

const ROUNDS: usize = 21;

const SPAN: Duration = Duration::from_millis(2);

type BySize = Vec<(usize, Trial)>;

#[derive(Default)]
struct Tables {
    mix: BySize,
    add: BySize,
    sum: BySize,
    for_each: BySize,
    index: BySize,
    push: BySize,
    insert: BySize,
    sort: BySize,
}

fn main() {
    let mut report =
        Report::start(env!("CARGO_TARGET_TMPDIR"), "vectors", "What do walks and changes of a vector cost?");
    let mut tables = Tables::default();
    for size in report.sizes(&SIZES) {
        tables.read(&report, size);
        tables.write(&report, size);
    }
    report.by_size("`for` loop that mixes, ns each", &tables.mix);
    report.by_size("`for` loop that adds up, ns each", &tables.add);
    report.by_size("`sum`, ns each", &tables.sum);
    report.by_size("`for_each`, ns each", &tables.for_each);
    report.by_size("random index, ns", &tables.index);
    report.by_size("push, ns", &tables.push);
    report.by_size("insert in the middle, ns", &tables.insert);
    report.by_size("sort, ns", &tables.sort);
    for (file, title, columns) in
        [("push.svg", "One push", &tables.push), ("middle.svg", "One insert in the middle", &tables.insert)]
    {
        let shown = [names::OURS, names::COPIED, names::IMBL_SWAPPED, names::RPDS_SWAPPED];
        let lines: Vec<_> = shown.iter().map(|name| line(name, columns)).collect();
        report.chart(file, title, ["elements", "nanoseconds"], &lines);
    }
    targets(&mut report, &tables);
    report.finish();
}

impl Tables {
    fn read(&mut self, report: &Report, size: usize) {
        let mut random = fastrand::Rng::with_seed(9);
        let elements: Vec<u64> = (0..size).map(|_| random.u64(..1 << 32)).collect();
        let indices: Vec<usize> = (0..1 << 15).map(|_| random.usize(..size)).collect();
        let (rounds, mut readers) = (report.rounds(ROUNDS), lists::readers(&elements));
        self.mix.push((size, Trial::run(rounds, &mut readers, <dyn Reading>::mix)));
        self.add.push((size, Trial::run(rounds, &mut readers, <dyn Reading>::add)));
        self.sum.push((size, Trial::run(rounds, &mut readers, <dyn Reading>::sum)));
        self.for_each.push((size, Trial::run(rounds, &mut readers, <dyn Reading>::for_each)));
        self.index.push((size, Trial::run(rounds, &mut readers, |it| it.index(&indices))));
    }

    fn write(&mut self, report: &Report, size: usize) {
        let mut random = fastrand::Rng::with_seed(10);
        let elements: Vec<u64> = (0..size).map(|_| random.u64(..)).collect();
        let mut writers = lists::writers(&elements);
        let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
        let pushed = race(rounds, &mut writers, |it| push_and_pop(&*it.subject, span));
        let [push, _pop] = Trial::split(&writers, &pushed);
        self.push.push((size, push));
        // Where rpds makes a million nodes for each.
        let few = report.rounds(if size < 100_000 { ROUNDS } else { 5 });
        let inserted = race(few, &mut writers, |it| insert_and_remove(&*it.subject, size / 2, span));
        let [insert, _remove] = Trial::split(&writers, &inserted);
        self.insert.push((size, insert));
        let sorted = Trial::run(few, &mut writers, |it| {
            mean_of(span, || {
                it.replace(&elements);
                time(|| it.sort())
            })
        });
        self.sort.push((size, sorted));
    }
}

fn push_and_pop(vector: &dyn Writing, span: Duration) -> [f64; 2] {
    repeated(span, 8, |count| {
        [time(|| (0..count).for_each(|_| vector.push(0))), time(|| (0..count).for_each(|_| vector.pop()))]
    })
}

fn insert_and_remove(vector: &dyn Writing, middle: usize, span: Duration) -> [f64; 2] {
    repeated(span, 8, |count| {
        [
            time(|| (0..count).for_each(|_| vector.insert(middle, 0))),
            time(|| (0..count).for_each(|_| vector.remove(middle))),
        ]
    })
}

fn targets(report: &mut Report, tables: &Tables) {
    let found = |columns: &BySize, other: &str, sizes: &dyn Fn(usize) -> bool| {
        let chosen = columns.iter().filter(|it| sizes(it.0));
        chosen
            .filter_map(|(size, trial)| Some((thousands(*size as f64), trial.ratio(names::OURS, other)?)))
            .collect::<Vec<_>>()
    };
    let every = |_| true;
    let mut reach = |what: &str, columns, other, target| {
        report.reach(&format!("vector: {what}"), other, target, &found(columns, other, &every));
    };
    reach("`sum`", &tables.sum, names::SLICE, Target::AtMost(1.05));
    reach("`for_each`", &tables.for_each, names::SLICE, Target::AtMost(1.05));
    reach("`for` loop that mixes", &tables.mix, names::SLICE, Target::AtMost(1.3));
    reach("`for` loop that adds up", &tables.add, names::SLICE, Target::AtMost(1.3));
    reach("`for` loop that mixes", &tables.mix, names::IMBL, Target::Below);
    reach("`for` loop that adds up", &tables.add, names::IMBL, Target::Below);
    reach("index", &tables.index, names::SLICE, Target::AtMost(2.5));
    reach("index", &tables.index, names::IMBL, Target::Below);
    let large = found(&tables.push, names::COPIED, &|size| size == 1_000_000);
    report.reach("vector: push", names::COPIED, Target::AtMost(0.01), &large);
}
