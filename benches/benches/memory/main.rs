//! What does a table hold in memory, what does a write allocate, and how much more is held meanwhile?
//!
//! `cargo bench --bench memory`. Bytes as they are asked for, without what the allocator keeps for itself, and with the text
//! of the strings. A bench of its own, since the counting would slow the others down.

mod heap;

use foldhash::fast::FixedState;
use heap::{Account, account};
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{Report, Target, line};
use readmostly_benches::tables::{self, Writing, names};
use readmostly_benches::{Contender, Trial, race};

const SIZES: [usize; 4] = [100, 1_000, 10_000, 1_000_000];

/// Some allocate in one write of many only.
const ROUNDS: usize = 3;

type BySize = Vec<(usize, Trial)>;

#[derive(Default)]
struct Tables {
    entry: BySize,
    insert: BySize,
    insert_peak: BySize,
    reload_peak: BySize,
}

fn main() {
    let question = "What does a table hold in memory, and a write allocate?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "memory", question);
    let numbers = tables::<u64>(&mut report);
    let domains = tables::<String>(&mut report);
    let shown = [names::OURS, names::COPIED, names::CONCREAD, names::IMBL, names::RPDS];
    let lines: Vec<_> = shown.iter().map(|name| line(name, &numbers.insert)).collect();
    let title = "Bytes allocated by one insert (u64 keys)";
    report.chart("allocated.svg", title, ["entries", "bytes"], &lines);
    targets(&mut report, &[("u64", &numbers), ("String", &domains)]);
    report.finish();
}

fn tables<K: Key>(report: &mut Report) -> Tables {
    let mut tables = Tables::default();
    for size in report.sizes(&SIZES) {
        tables.measure::<K>(report, size);
    }
    let keys = K::NAME;
    report.by_size(&format!("held for each entry, {keys} keys, bytes"), &tables.entry);
    report.by_size(&format!("allocated by one insert, {keys} keys, bytes"), &tables.insert);
    report.by_size(&format!("held more during one insert, {keys} keys, bytes"), &tables.insert_peak);
    report.by_size(&format!("held more during a reload, {keys} keys, bytes"), &tables.reload_peak);
    tables
}

impl Tables {
    fn measure<K: Key>(&mut self, report: &Report, size: usize) {
        let entries = keys::entries::<K>(size);
        let mut new = keys::misses::<K>(size, 1 << 10).into_iter().cycle();
        let mut writers = tables::writers::<K, FixedState>(&entries);
        let held = once(&writers, |it| held_by(&entries, it) as f64 / size as f64);
        self.entry.push((size, held));
        let inserts = race(report.rounds(ROUNDS), &mut writers, |it| {
            let key = new.next().expect("there is always another");
            let mut entry = Vec::from([(key.clone(), 0)]);
            let account = account(|| it.subject.insert_each(&mut entry));
            it.subject.remove_each(&[key]);
            account
        });
        self.insert.push((size, trial(&writers, &inserts, |it| it.allocated)));
        self.insert_peak.push((size, trial(&writers, &inserts, |it| it.peak)));
        let reload_peak = once(&writers, |it| {
            let entries = entries.clone();
            account(|| it.reload(entries)).peak as f64
        });
        self.reload_peak.push((size, reload_peak));
    }
}

/// One figure for each: what is counted is the same each time.
fn once<S: ?Sized>(contenders: &[Contender<S>], figure: impl Fn(&S) -> f64) -> Trial {
    Trial::new(contenders, contenders.iter().map(|it| vec![figure(&it.subject)]).collect())
}

/// What a table of `entries` holds when it has been built.
fn held_by<K: Key>(entries: &[(K, u64)], contender: &dyn Writing<K>) -> usize {
    let before = heap::held();
    let built = contender.build_another(entries.to_vec());
    let held = heap::held() - before;
    drop(built);
    held
}

fn trial<S: ?Sized>(
    contenders: &[Contender<S>],
    accounts: &[Vec<Account>],
    figure: impl Fn(&Account) -> usize,
) -> Trial {
    let figures = accounts.iter().map(|accounts| accounts.iter().map(|it| figure(it) as f64).collect());
    Trial::new(contenders, figures.collect())
}

fn targets(report: &mut Report, all: &[(&str, &Tables)]) {
    const SIZE: usize = 1_000_000;
    let at = |columns: &BySize| columns.iter().find(|it| it.0 == SIZE).map(|it| it.1.clone());
    let entry = all.iter().filter_map(|(of, tables)| {
        Some(((*of).to_owned(), at(&tables.entry)?.ratio(names::OURS, names::STD)?))
    });
    report.reach("bytes per entry at 1,000,000", names::STD, Target::AtMost(1.1), &entry.collect::<Vec<_>>());
    let peak = all.iter().filter_map(|(of, tables)| {
        let table = at(&tables.entry)?.median(names::OURS)? * SIZE as f64;
        Some(((*of).to_owned(), at(&tables.insert_peak)?.median(names::OURS)? / table))
    });
    let what = "peak extra memory of one insert at 1,000,000";
    report.reach(what, "the table", Target::AtMost(0.005), &peak.collect::<Vec<_>>());
}
