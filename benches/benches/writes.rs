//! What does a write cost: of one entry, of a thousand, of all?
//!
//! `cargo bench --bench writes`. A write has taken effect for all readers when it returns. Those who change entries in
//! place are rivals here, though a reader of theirs may see half of a batch or of a reload; those who copy are the ones
//! that promise what the library does.

use foldhash::fast::FixedState;
use readmostly_benches::keys::{self, DefaultHashing, Hashing, Key};
use readmostly_benches::report::{LARGEST, Report, Target, line};
use readmostly_benches::tables::{self, PARTS, Writers, Writing, names};
use readmostly_benches::{Trial, mean_of, race, repeated, time};
use std::time::Duration;

const SIZES: [usize; 6] = [16, 100, 1_000, 10_000, 100_000, MANY];

/// From here on a turn takes long.
const MANY: usize = 1_000_000;

const SPAN: Duration = Duration::from_millis(2);

/// How many entries a batch changes.
const BATCH: usize = 1_000;

type BySize = Vec<(usize, Trial)>;

#[derive(Default)]
struct Tables {
    insert: BySize,
    remove: BySize,
    overwrite: BySize,
    batch: BySize,
    build: BySize,
    reload: BySize,
}

fn main() {
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "writes", "What does a write cost?");
    report.note(
        "Those who change entries in place are rivals here, though a reader of theirs may see half of a batch or of a reload. \
         Those in an `ArcSwap`, concread and evmap publish versions, as the library does. Ten million entries have two columns: \
         there is no memory for all tables at once, so that they race in two parts, and those whom the others are compared with \
         in both. A build and a reload of them are measured once.",
    );
    let mut tables: [Tables; 4] = Default::default();
    let [numbers, by_default, domains, domains_by_default] = &mut tables;
    // The largest at the end, and numbers before strings: where there is much that was freed, the allocator has the memory for
    // a copy of a flat table at hand, which it otherwise asks the system for, page by page and each time. The very last are
    // those of which concread takes most.
    numbers.measure::<u64, FixedState>(&report);
    by_default.measure::<u64, DefaultHashing>(&report);
    domains.measure::<String, FixedState>(&report);
    domains_by_default.measure::<String, DefaultHashing>(&report);
    if report.has_room() {
        numbers.measure_largest::<u64, FixedState>(&report);
        by_default.measure_largest::<u64, DefaultHashing>(&report);
        domains_by_default.measure_largest::<String, DefaultHashing>(&report);
        domains.measure_largest::<String, FixedState>(&report);
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
            let mut writers = tables::writers::<K, S>(&entries);
            self.measure_changes(report, size, &mut writers);
            self.measure_whole(report, &entries, &mut writers);
        }
    }

    fn measure_largest<K: Key, S: Hashing>(&mut self, report: &Report) {
        let entries = keys::entries(LARGEST);
        for part in PARTS {
            let mut writers = tables::writers_named::<K, S>(&entries, part);
            self.measure_changes(report, LARGEST, &mut writers);
            self.measure_whole(report, &entries, &mut writers);
        }
    }

    fn show<K: Key, S: Hashing>(&self, report: &mut Report) {
        let of = format!("{} keys, {}, ns", K::NAME, S::NAME);
        report.by_size(&format!("one insert, {of}"), &self.insert);
        report.by_size(&format!("one remove, {of}"), &self.remove);
        report.by_size(&format!("one overwrite, {of}"), &self.overwrite);
        report.by_size(&format!("a batch of 1,000 overwrites, {of}"), &self.batch);
        report.by_size(&format!("building a whole table, {of}"), &self.build);
        report.by_size(&format!("reloading a whole table, {of}"), &self.reload);
    }

    fn measure_changes<K: Key>(&mut self, report: &Report, size: usize, writers: &mut Writers<K>) {
        let span = report.span(SPAN);
        let rounds = report.rounds(match size {
            0..MANY => 15,
            MANY..LARGEST => 5,
            LARGEST.. => 3,
        });
        let (mut new, mut old) = (keys::misses::<K>(size, 1 << 12).into_iter().cycle(), hits(size));
        // A table of 16 entries does not grow for four more.
        let most = (size / 4).min(8);
        let turns = race(rounds, writers, |it| insert_and_remove(&*it.subject, &mut new, most, span));
        let [insert, remove] = Trial::split(writers, &turns);
        self.insert.push((size, insert));
        self.remove.push((size, remove));
        let overwrite = Trial::run(rounds, writers, |it| {
            let [overwrite] = repeated(span, most, |count| {
                let mut entries: Vec<_> = old.by_ref().take(count).collect();
                [time(|| it.insert_each(&mut entries))]
            });
            overwrite
        });
        self.overwrite.push((size, overwrite));
        if size >= BATCH {
            let batch = Trial::run(rounds, writers, |it| {
                mean_of(span, || {
                    let entries = old.by_ref().take(BATCH).collect();
                    time(|| it.extend(entries))
                })
            });
            self.batch.push((size, batch));
        }
    }

    fn measure_whole<K: Key>(&mut self, report: &Report, entries: &[(K, u64)], writers: &mut Writers<K>) {
        let size = entries.len();
        let build = race_whole(report, size, writers, |it| {
            let (entries, mut built) = (entries.to_vec(), None);
            time(|| built = Some(it.build_another(entries)))
        });
        self.build.push((size, build));
        let reload = race_whole(report, size, writers, |it| {
            let entries = entries.to_vec();
            time(|| it.reload(entries))
        });
        self.reload.push((size, reload));
    }
}

/// Has each make a whole table of `size` entries in its turn.
fn race_whole<K: Key>(
    report: &Report,
    size: usize,
    writers: &mut Writers<K>,
    make: impl Fn(&dyn Writing<K>) -> f64,
) -> Trial {
    let span = report.span(SPAN);
    if size >= LARGEST {
        // One turn each, and no round before it that does not count: either takes minutes.
        let turns = writers.iter().map(|it| vec![mean_of(span, || make(&*it.subject))]);
        return Trial::new(writers, turns.collect());
    }
    let rounds = report.rounds(if size < 100_000 { 9 } else { 3 });
    Trial::run(rounds, writers, |it| mean_of(span, || make(it)))
}

/// Entries that are there, with other values, in no order and without an end.
fn hits<K: Key>(size: usize) -> impl Iterator<Item = (K, u64)> {
    keys::hits(size, 1 << 14).into_iter().cycle().zip(0..)
}

/// Inserts keys that are not there and removes them again: so the size stays what it is.
fn insert_and_remove<K: Key>(
    table: &dyn Writing<K>,
    new: &mut impl Iterator<Item = K>,
    most: usize,
    span: Duration,
) -> [f64; 2] {
    repeated(span, most, |count| {
        let keys: Vec<K> = new.take(count).collect();
        let mut entries = keys.iter().map(|key| (key.clone(), 0)).collect();
        [time(|| table.insert_each(&mut entries)), time(|| table.remove_each(&keys))]
    })
}

fn charts(report: &mut Report, numbers: &Tables) {
    let shown = [
        names::OURS,
        names::COPIED,
        names::CONCREAD,
        names::IMBL,
        names::EVMAP,
        names::PAPAYA,
        names::DASHMAP,
        names::PARKING_LOT,
    ];
    for (file, what, columns) in [
        ("writes.svg", "One insert (u64 keys, foldhash)", &numbers.insert),
        ("reload.svg", "Reloading the whole table (u64 keys, foldhash)", &numbers.reload),
    ] {
        let lines: Vec<_> = shown.iter().map(|name| line(name, columns)).collect();
        report.chart(file, what, ["entries", "nanoseconds"], &lines);
    }
}

fn targets(report: &mut Report, all: &[(&str, &Tables)]) {
    type Pick = fn(&Tables) -> &BySize;
    let insert: Pick = |tables| &tables.insert;
    for (what, other, pick, size, most) in [
        ("one insert at 100 entries", names::COPIED, insert, 100, 8.0),
        ("one insert at 10,000", names::COPIED, insert, 10_000, 0.3),
        ("one insert at 1,000,000", names::COPIED, insert, 1_000_000, 0.001),
        ("batch of 1,000 at 1,000,000", names::COPIED, |tables| &tables.batch, 1_000_000, 0.3),
        ("bulk build of 1,000,000", names::STD, |tables| &tables.build, 1_000_000, 1.2),
    ] {
        let found = all.iter().filter_map(|(of, tables)| {
            let (_, trial) = pick(tables).iter().find(|it| it.0 == size)?;
            Some(((*of).into(), trial.ratio(names::OURS, other)?))
        });
        report.reach(what, other, Target::AtMost(most), &found.collect::<Vec<_>>());
    }
}
