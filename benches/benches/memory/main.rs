//! What does a table hold in memory, what does a write allocate, and how much more is held meanwhile?
//!
//! `cargo bench --bench memory`. Bytes as they are asked for, without what the allocator keeps for itself, and with the text
//! of the strings. A bench of its own, since the counting would slow the others down.

mod heap;

use foldhash::fast::FixedState;
use heap::{Account, account};
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{LARGEST, Report, Target, line};
use readmostly_benches::tables::{self, PARTS, Writers, Writing, names};
use readmostly_benches::{Contender, Trial, race};

const SIZES: [usize; 6] = [16, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Some allocate in one write of many only.
const ROUNDS: usize = 3;

/// How many entries a batch changes.
const BATCH: usize = 1_000;

type BySize = Vec<(usize, Trial)>;

#[derive(Default)]
struct Tables {
    entry: BySize,
    insert: Written,
    remove: Written,
    overwrite: Written,
    batch: Written,
    reload: Written,
}

/// What a kind of write takes.
#[derive(Default)]
struct Written {
    allocated: BySize,
    peak: BySize,
}

fn main() {
    let question = "What does a table hold in memory, and a write allocate?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "memory", question);
    report.note(
        "What a write allocates is room for what it copies and for what it adds. Ten million entries have two columns: there is \
         no memory for all tables at once, so that they come in two parts, and those whom the others are compared with in both.",
    );
    let numbers = tables::<u64>(&mut report);
    let domains = tables::<String>(&mut report);
    let shown = [names::OURS, names::COPIED, names::CONCREAD, names::IMBL, names::RPDS];
    let lines: Vec<_> = shown.iter().map(|name| line(name, &numbers.insert.allocated)).collect();
    let title = "Bytes allocated by one insert (u64 keys)";
    report.chart("allocated.svg", title, ["entries", "bytes"], &lines);
    targets(&mut report, &[("u64", &numbers), ("String", &domains)]);
    report.finish();
}

fn tables<K: Key>(report: &mut Report) -> Tables {
    let mut tables = Tables::default();
    for size in report.sizes(&SIZES) {
        let entries = keys::entries::<K>(size);
        tables.measure(report.rounds(ROUNDS), &entries, &mut tables::writers::<K, FixedState>(&entries));
    }
    if report.has_room() {
        let entries = keys::entries::<K>(LARGEST);
        for part in PARTS {
            tables.measure(1, &entries, &mut tables::writers_named::<K, FixedState>(&entries, part));
        }
    }
    let keys = K::NAME;
    report.by_size(&format!("held for each entry, {keys} keys, bytes"), &tables.entry);
    for (what, written) in [
        ("one insert", &tables.insert),
        ("one remove", &tables.remove),
        ("one overwrite", &tables.overwrite),
        ("a batch of 1,000 overwrites", &tables.batch),
        ("a reload", &tables.reload),
    ] {
        report.by_size(&format!("allocated by {what}, {keys} keys, bytes"), &written.allocated);
        report.by_size(&format!("held more during {what}, {keys} keys, bytes"), &written.peak);
    }
    tables
}

impl Tables {
    fn measure<K: Key>(&mut self, rounds: usize, entries: &[(K, u64)], writers: &mut Writers<K>) {
        let size = entries.len();
        let held = writers.iter().map(|it| vec![held_by(entries, &*it.subject) as f64 / size as f64]);
        self.entry.push((size, Trial::new(writers, held.collect())));
        let mut new = keys::misses::<K>(size, 1 << 10).into_iter().cycle();
        let mut old = keys::hits::<K>(size, 1 << 14).into_iter().cycle().zip(0..);
        self.insert.measure(size, rounds, writers, |table| {
            let key: Vec<K> = new.by_ref().take(1).collect();
            let mut entry = key.iter().map(|key| (key.clone(), 0)).collect();
            let account = account(|| table.insert_each(&mut entry));
            table.remove_each(&key);
            account
        });
        self.remove.measure(size, rounds, writers, |table| {
            let key: Vec<K> = new.by_ref().take(1).collect();
            table.insert_each(&mut key.iter().map(|key| (key.clone(), 0)).collect());
            account(|| table.remove_each(&key))
        });
        self.overwrite.measure(size, rounds, writers, |table| {
            let mut entry = old.by_ref().take(1).collect();
            account(|| table.insert_each(&mut entry))
        });
        if size >= BATCH {
            self.batch.measure(size, rounds, writers, |table| {
                let entries = old.by_ref().take(BATCH).collect();
                account(|| table.extend(entries))
            });
        }
        self.reload.measure(size, 1, writers, |table| {
            let entries = entries.to_vec();
            account(|| table.reload(entries))
        });
    }
}

impl Written {
    fn measure<K: Key>(
        &mut self,
        size: usize,
        rounds: usize,
        writers: &mut Writers<K>,
        mut write: impl FnMut(&dyn Writing<K>) -> Account,
    ) {
        let accounts = race(rounds, writers, |it| write(&*it.subject));
        self.allocated.push((size, trial(writers, &accounts, |it| it.allocated)));
        self.peak.push((size, trial(writers, &accounts, |it| it.peak)));
    }
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
        Some(((*of).to_owned(), at(&tables.insert.peak)?.median(names::OURS)? / table))
    });
    let what = "peak extra memory of one insert at 1,000,000";
    report.reach(what, "the table", Target::AtMost(0.005), &peak.collect::<Vec<_>>());
}
