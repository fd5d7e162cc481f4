//! What do reads and writes cost in a map that keeps its keys in order, or its entries in the order of insertion?
//!
//! `cargo bench --bench ordered`. std's `BTreeMap` is the limit for reads, where nobody shares it, and a rival for writes, where it
//! is cloned for each. The contenders of the reads hold the bare map: what a handle adds is in `reads`. A write is published for
//! readers: in the library's cell, or in an `ArcSwap`.
//!
//! Where the order of insertion is kept, a lookup is beside that of a table without it: the library's beside its own, `indexmap`'s beside
//! hashbrown's. A walk is beside that of a vector.

use readmostly_benches::figures::{figure, thousands};
use readmostly_benches::inserted;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::ordered::{self, READERS, Sorted, WRITERS, Wanted, Writing, names};
use readmostly_benches::report::{LARGEST, Report, Target, line};
use readmostly_benches::{Trial, race, repeated, time};
use std::time::{Duration, Instant};

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

const ROUNDS: usize = 15;

const SPAN: Duration = Duration::from_millis(2);

/// How many entries a batch changes.
const BATCH: usize = 1_000;

type BySize = Vec<(usize, Trial)>;

#[derive(Default)]
struct Tables {
    hits: BySize,
    misses: BySize,
    below: BySize,
    range: BySize,
    walk: BySize,
    insert: BySize,
    batch: BySize,
    sorted: BySize,
    unsorted: BySize,
}

/// Of the maps that keep the order of insertion.
#[derive(Default)]
struct Inserted {
    hits: BySize,
    misses: BySize,
    walk: BySize,
    insert: BySize,
}

fn main() {
    let question = "What do reads and writes of an ordered map cost?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "ordered", question);
    report.note(
        "crossbeam-skiplist and scc change entries in place: a reader of theirs may see half of a batch. `google/btree` is in the bench \
         `go`, and what a map holds in memory in `ordered_memory`. Ten million entries have two columns of reads: there is no memory for all \
         maps at once, so that they come in two parts, and those whom the others are compared with in both. They have three of writes: those who clone \
         the whole map are apart, since whoever writes next to them has the allocator put in order what they have freed.",
    );
    let mut tables: [Tables; 2] = Default::default();
    let [numbers, domains] = &mut tables;
    numbers.measure::<u64>(&mut report);
    domains.measure::<String>(&mut report);
    numbers.show::<u64>(&mut report);
    domains.show::<String>(&mut report);
    let shown = [names::OURS, names::STD, names::SORTED, names::IMBL, names::CHUNKMAP, names::SKIPLIST];
    let lines: Vec<_> = shown.iter().map(|name| line(name, &numbers.hits)).collect();
    report.chart(
        "ordered.svg",
        "One lookup in an ordered map (u64 keys)",
        ["entries", "nanoseconds"],
        &lines,
    );
    targets(&mut report, &[("u64", &*numbers), ("String", domains)]);
    Inserted::measure::<u64>(&report).show::<u64>(&mut report);
    Inserted::measure::<String>(&report).show::<String>(&mut report);
    report.finish();
}

impl Tables {
    fn measure<K: Key>(&mut self, report: &mut Report) {
        for size in report.sizes(&SIZES) {
            let entries = keys::entries::<K>(size);
            let rounds = report.rounds(ROUNDS);
            self.measure_reads(rounds, &entries, |_| true);
            self.measure_writes(report, rounds, &entries, |_| true);
            let few = report.rounds(if size < 100_000 { ROUNDS } else { 5 });
            self.measure_builds(report, few, &entries);
        }
        if report.has_room() {
            let entries = keys::entries::<K>(LARGEST);
            for part in READERS {
                self.measure_reads(3, &entries, part);
            }
            for part in WRITERS {
                self.measure_writes(report, 3, &entries, part);
            }
        }
    }

    fn measure_reads<K: Key>(&mut self, rounds: usize, entries: &[(K, u64)], wanted: Wanted) {
        let size = entries.len();
        let (hits, misses) = (keys::hits::<K>(size, 1 << 13), keys::misses::<K>(size, 1 << 13));
        let mut readers = ordered::readers(entries, wanted);
        self.hits.push((size, Trial::run(rounds, &mut readers, |it| it.get(&hits))));
        self.misses.push((size, Trial::run(rounds, &mut readers, |it| it.get(&misses))));
        self.below.push((size, Trial::run(rounds, &mut readers, |it| it.get_le(&misses))));
        self.range.push((size, Trial::run(rounds, &mut readers, |it| it.range(&hits[..1 << 9]))));
        self.walk.push((size, Trial::run(rounds, &mut readers, |it| it.walk(size))));
    }

    fn measure_writes<K: Key>(
        &mut self,
        report: &Report,
        rounds: usize,
        entries: &[(K, u64)],
        wanted: Wanted,
    ) {
        let (size, span) = (entries.len(), report.span(SPAN));
        let fresh: Vec<_> = (size..size + BATCH).map(|n| (K::nth(n), 0)).collect();
        let mut writers = ordered::writers(entries, wanted);
        let inserted = race(rounds, &mut writers, |it| {
            settle(&*it.subject, &fresh, size);
            insert_and_remove(&*it.subject, &fresh, span)
        });
        let [insert, _remove] = Trial::split(&writers, &inserted);
        self.insert.push((size, insert));
        let batch = Trial::run(rounds, &mut writers, |it| {
            settle(it, &fresh, size);
            let elapsed = time(|| it.insert_all(&fresh));
            it.remove_all(&fresh);
            elapsed / BATCH as f64
        });
        self.batch.push((size, batch));
    }

    fn measure_builds<K: Key>(&mut self, report: &Report, rounds: usize, entries: &[(K, u64)]) {
        let (size, span) = (entries.len(), report.span(SPAN));
        let mut sorted = entries.to_vec();
        sorted.sort();
        let mut builders = ordered::builders::<K>();
        self.sorted.push((size, Trial::run(rounds, &mut builders, |it| it.build(&sorted, span))));
        self.unsorted.push((size, Trial::run(rounds, &mut builders, |it| it.build(entries, span))));
    }

    fn show<K: Key>(&self, report: &mut Report) {
        for (what, columns) in [
            ("hit, ns", &self.hits),
            ("miss, ns", &self.misses),
            ("the greatest key that is not above, ns", &self.below),
            ("a range of 100, ns", &self.range),
            ("walk, ns an entry", &self.walk),
            ("one insert into a shared map, ns", &self.insert),
            ("a batch of 1,000 into a shared map, ns an entry", &self.batch),
            ("build of what is in order, ns an entry", &self.sorted),
            ("build of what is in no order, ns an entry", &self.unsorted),
        ] {
            report.by_size(&format!("{}: {what}", K::NAME), columns);
        }
    }
}

impl Inserted {
    fn measure<K: Key>(report: &Report) -> Self {
        let (mut tables, rounds, span) = (Self::default(), report.rounds(ROUNDS), report.span(SPAN));
        for size in report.sizes(&SIZES) {
            let entries = keys::entries::<K>(size);
            let (hits, misses) = (keys::hits::<K>(size, 1 << 13), keys::misses::<K>(size, 1 << 13));
            let mut lookups = inserted::lookups(&entries);
            tables.hits.push((size, Trial::run(rounds, &mut lookups, |it| it(&hits))));
            tables.misses.push((size, Trial::run(rounds, &mut lookups, |it| it(&misses))));
            drop(lookups);
            tables.walk.push((size, Trial::run(rounds, &mut inserted::walks(&entries), |it| it(size))));
            let fresh: Vec<_> = (size..size + BATCH).map(|n| (K::nth(n), 0)).collect();
            let mut writers = inserted::writers(&entries);
            let written = race(rounds, &mut writers, |it| {
                settle(&*it.subject, &fresh, size);
                insert_and_remove(&*it.subject, &fresh, span)
            });
            let [insert, _remove] = Trial::split(&writers, &written);
            tables.insert.push((size, insert));
        }
        tables
    }

    fn show<K: Key>(&self, report: &mut Report) {
        use inserted::names::{HASHBROWN, INDEXMAP, OURS, PAGED_MAP, PAGED_VEC};
        let kind = K::NAME;
        let found = |columns: &BySize, name, other| -> Vec<(String, f64)> {
            let ratio =
                |(size, trial): &(usize, Trial)| Some((thousands(*size as f64), trial.ratio(name, other)?));
            columns.iter().filter_map(ratio).collect()
        };
        for (what, columns) in [("hit", &self.hits), ("miss", &self.misses)] {
            report.by_size(&format!("{kind}, in the order of insertion: {what}, ns"), columns);
            let ratios = found(columns, INDEXMAP, HASHBROWN);
            let ratios: Vec<_> =
                ratios.iter().map(|(size, ratio)| format!("{size}: {}", figure(*ratio))).collect();
            report.note(&format!("{INDEXMAP} takes this much of {HASHBROWN}: {}", ratios.join("; ")));
            let what = format!("insertion order, {kind}: {what}");
            report.reach(&what, PAGED_MAP, Target::AtMost(1.2), &found(columns, OURS, PAGED_MAP));
        }
        report.by_size(&format!("{kind}, in the order of insertion: walk, ns an entry"), &self.walk);
        let what = format!("insertion order, {kind}: walk");
        report.reach(&what, PAGED_VEC, Target::AtMost(1.1), &found(&self.walk, OURS, PAGED_VEC));
        let title = format!("{kind}, in the order of insertion: one insert into a shared map, ns");
        report.by_size(&title, &self.insert);
        let what = format!("insertion order, {kind}: insert");
        report.reach(&what, INDEXMAP, Target::Below, &found(&self.insert, OURS, INDEXMAP));
    }
}

fn insert_and_remove<K: Sorted>(map: &dyn Writing<K>, fresh: &[(K, u64)], span: Duration) -> [f64; 2] {
    let mut next = 0;
    repeated(span, 8, |count| {
        next = (next + 8) % (BATCH - 8);
        let some = &fresh[next..next + count];
        [time(|| map.insert(some)), time(|| map.remove(some))]
    })
}

/// Writes to a map of so many entries until the allocator has put in order what the contender before has freed. Of one that clones all entries
/// that is a block for each. Whoever allocates next sorts them, some thousand in each call.
fn settle<K: Sorted>(map: &dyn Writing<K>, fresh: &[(K, u64)], size: usize) {
    const QUICK: f64 = 20_000.0;
    let most = Duration::from_nanos(500 * size as u64);
    let (start, mut quick) = (Instant::now(), 0);
    while quick < 8 && start.elapsed() < most {
        let elapsed = time(|| map.insert(&fresh[..1])) + time(|| map.remove(&fresh[..1]));
        quick = if elapsed < QUICK { quick + 1 } else { 0 };
    }
}

fn targets(report: &mut Report, all: &[(&str, &Tables)]) {
    for &(kind, tables) in all {
        let mut reach = |what: &str, columns: &BySize, other: &str, target| {
            let found = columns.iter().filter_map(|(size, trial)| {
                Some((thousands(*size as f64), trial.ratio(names::OURS, other)?))
            });
            report.reach(&format!("ordered, {kind}: {what}"), other, target, &found.collect::<Vec<_>>());
        };
        for (what, columns) in [("hit", &tables.hits), ("miss", &tables.misses), ("`get_le`", &tables.below)]
        {
            reach(what, columns, names::STD, Target::AtMost(1.1));
            for other in [names::IMBL, names::RPDS, names::SKIPLIST] {
                reach(what, columns, other, Target::Below);
            }
        }
        reach("walk", &tables.walk, names::STD, Target::AtMost(1.2));
        for other in [names::IMBL, names::CHUNKMAP] {
            reach("insert", &tables.insert, other, Target::Below);
            reach("batch of 1,000", &tables.batch, other, Target::Below);
        }
        reach("build of what is in order", &tables.sorted, names::STD, Target::Below);
    }
}
