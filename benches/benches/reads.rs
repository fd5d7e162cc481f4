//! How fast is a lookup, and how far is it from a flat table that nobody shares?
//!
//! `cargo bench --bench reads`. Hits and misses, numbers and the domains of a real list, with std's hasher and with
//! foldhash, from 16 entries to ten million. *Throughput* is that of lookups that are independent of each other, so that
//! the processor has several under way; in *latency* each must wait for the value that the one before it found. All
//! tables of a column are built with the same entries and asked for the same keys, in turns.

use foldhash::fast::FixedState;
use readmostly_benches::figures::thousands;
use readmostly_benches::keys::{self, DefaultHashing, Hashing, Key};
use readmostly_benches::report::{LARGEST, Report, Target, line};
use readmostly_benches::tables::{self, Readers, names};
use readmostly_benches::{Role, Trial};
use std::ops::RangeInclusive;

const SIZES: [usize; 6] = [16, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Those who fit into a chart.
const SHOWN: [&str; 9] = [
    names::READER,
    names::FLAT,
    names::CACHE,
    names::PAPAYA,
    names::SCC_INDEX,
    names::EVMAP,
    names::PARKING_LOT,
    names::LOAD,
    names::ARC_SWAP,
];

/// Those whom all others are compared with.
const COMPARED: [&str; 2] = [names::READER, names::CACHE];

const ROUNDS: usize = 15;

/// What the readers were measured at, by size.
type BySize = Vec<(usize, Trial)>;

/// The tables of one kind of key and one hasher.
#[derive(Default)]
struct Tables {
    hits: BySize,
    misses: BySize,
    latency: BySize,
    held: BySize,
}

fn main() {
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "reads", "How fast is a read?");
    report.note(
        "Ten million entries have two columns: there is no memory for all tables at once, so that they race in two parts, and \
         those whom all are compared with in both.",
    );
    let mut tables: [Tables; 4] = Default::default();
    let [numbers, by_default, domains, domains_by_default] = &mut tables;
    // The largest at the end, and numbers before strings, as in `writes`: what was freed of them changes what the allocator
    // does for the small ones.
    numbers.measure::<u64, FixedState>(&report);
    by_default.measure::<u64, DefaultHashing>(&report);
    domains.measure::<String, FixedState>(&report);
    domains_by_default.measure::<String, DefaultHashing>(&report);
    if report.has_room() {
        numbers.measure_largest::<u64, FixedState>(&report);
        by_default.measure_largest::<u64, DefaultHashing>(&report);
        domains.measure_largest::<String, FixedState>(&report);
        domains_by_default.measure_largest::<String, DefaultHashing>(&report);
    }
    numbers.show::<u64, FixedState>(&mut report);
    domains.show::<String, FixedState>(&mut report);
    by_default.show::<u64, DefaultHashing>(&mut report);
    domains_by_default.show::<String, DefaultHashing>(&mut report);
    charts(&mut report, numbers);
    let all = [
        ("u64", &*numbers),
        ("String", domains),
        ("u64, default hasher", by_default),
        ("String, default hasher", domains_by_default),
    ];
    targets(&mut report, &all);
    report.finish();
}

impl Tables {
    fn measure<K: Key, S: Hashing>(&mut self, report: &Report) {
        for size in report.sizes(&SIZES) {
            let entries = keys::entries(size);
            self.measure_each(report, size, &mut tables::readers::<K, S>(&entries));
            self.measure_held(report, size, &mut tables::held::<K, S>(&entries));
        }
    }

    fn measure_largest<K: Key, S: Hashing>(&mut self, report: &Report) {
        let entries = keys::entries(LARGEST);
        let parts: [fn(&str) -> bool; 2] =
            [|name| SHOWN.contains(&name), |name| COMPARED.contains(&name) || !SHOWN.contains(&name)];
        for part in parts {
            self.measure_each(report, LARGEST, &mut tables::readers_named::<K, S>(&entries, part));
        }
        self.measure_held(report, LARGEST, &mut tables::held::<K, S>(&entries));
    }

    fn show<K: Key, S: Hashing>(&self, report: &mut Report) {
        let of = format!("{} keys, {}, ns", K::NAME, S::NAME);
        report.by_size(&format!("hit, {of}"), &self.hits);
        report.by_size(&format!("miss, {of}"), &self.misses);
        report.by_size(&format!("hit, latency, {of}"), &self.latency);
        report.by_size(&format!("hit, many in one view, {of}"), &self.held);
    }

    /// Looks up in each table by itself.
    fn measure_each<K: Key>(&mut self, report: &Report, size: usize, readers: &mut Readers<K>) {
        let rounds = report.rounds(ROUNDS);
        let (hits, misses) = (keys::hits(size, lookups(size)), keys::misses(size, lookups(size)));
        self.hits.push((size, Trial::run(rounds, readers, |it| it.throughput(&hits))));
        self.misses.push((size, Trial::run(rounds, readers, |it| it.throughput(&misses))));
        self.latency.push((size, Trial::run(rounds, readers, |it| it.latency(&hits))));
    }

    fn measure_held<K: Key>(&mut self, report: &Report, size: usize, readers: &mut Readers<K>) {
        let hits = keys::hits(size, lookups(size));
        self.held.push((size, Trial::run(report.rounds(ROUNDS), readers, |it| it.throughput(&hits))));
    }
}

/// How many lookups are in a turn: enough to meet a table that is larger than the cache, and few enough for a turn
/// to end before another process wants the processor.
fn lookups(size: usize) -> usize {
    if size >= 100_000 { 1 << 15 } else { 1 << 13 }
}

fn charts(report: &mut Report, numbers: &Tables) {
    for (file, what, columns) in [
        ("reads.svg", "A lookup (hit, u64 keys, foldhash)", &numbers.hits),
        ("reads_latency.svg", "The latency of a lookup (hit, u64 keys, foldhash)", &numbers.latency),
    ] {
        let lines: Vec<_> = SHOWN.iter().map(|name| line(name, columns)).collect();
        report.chart(file, what, ["entries", "nanoseconds"], &lines);
    }
}

/// One of the measurements of a table.
type Pick = fn(&Tables) -> &BySize;

fn targets(report: &mut Report, all: &[(&str, &Tables)]) {
    let kinds: [(&str, Pick); 3] =
        [("hit", |it| &it.hits), ("miss", |it| &it.misses), ("latency", |it| &it.latency)];
    let found = |kinds: &[(&str, Pick)], ours: &str, other: &str, sizes: RangeInclusive<usize>| {
        let mut found = Vec::new();
        for ((kind, pick), (of, tables)) in kinds.iter().flat_map(|kind| all.iter().map(move |it| (kind, it)))
        {
            for (size, trial) in pick(tables).iter().filter(|it| sizes.contains(&it.0)) {
                let place = format!("{kind}, {of}, {}", thousands(*size as f64));
                found.extend(trial.ratio(ours, other).map(|ratio| (place, ratio)));
            }
        }
        found
    };
    for kind in kinds {
        let small = found(&[kind], names::READER, names::CACHE, 0..=1_000);
        let what = format!("`Reader` lookup ({}), 16 to 1,000 entries", kind.0);
        report.reach(&what, names::CACHE, Target::AtMost(1.05), &small);
        let large = found(&[kind], names::READER, names::CACHE, 10_000..=LARGEST);
        let what = format!("`Reader` lookup ({}), 10,000 entries and more", kind.0);
        report.reach(&what, names::CACHE, Target::AtMost(1.25), &large);
    }
    let rivals = all[0].1.hits[0].1.contenders().iter().filter(|it| it.1 == Role::Rival).map(|it| it.0);
    for rival in rivals.filter(|name| ![names::CACHE, names::ARC_SWAP].contains(name)) {
        let found = found(&kinds, names::READER, rival, 0..=LARGEST);
        report.reach("`Reader` lookup, every size", rival, Target::Below, &found);
    }
    for kind in kinds {
        let found = found(&[kind], names::LOAD, names::ARC_SWAP, 0..=LARGEST);
        report.reach(
            &format!("`load` and lookup ({})", kind.0),
            names::ARC_SWAP,
            Target::AtMost(1.1),
            &found,
        );
    }
}
