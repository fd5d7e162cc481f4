//! What does an ordered map hold in memory?
//!
//! `cargo bench --bench ordered_memory`. Bytes as they are asked for, without what the allocator keeps for itself, and with the text of the
//! strings. A bench of its own, since the counting would slow the others down. Each map is built of entries in no order, or in order, and
//! dropped before the next one.

#[path = "memory/heap.rs"]
#[expect(dead_code, reason = "no write is measured here")]
mod heap;

use readmostly_benches::keys::{self, Key};
use readmostly_benches::ordered::{self, names};
use readmostly_benches::report::{LARGEST, Report, Target};
use readmostly_benches::{Contender, Trial};

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

type BySize = Vec<(usize, Trial)>;

fn main() {
    let question = "What does an ordered map hold in memory?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "ordered_memory", question);
    report.note("google/btree has an allocator of its own, of which this knows nothing.");
    measure::<u64>(&mut report);
    measure::<String>(&mut report);
    report.finish();
}

fn measure<K: Key>(report: &mut Report) {
    let mut tables = [BySize::new(), BySize::new()];
    let mut sizes: Vec<_> = report.sizes(&SIZES).collect();
    if report.has_room() {
        sizes.push(LARGEST);
    }
    for size in sizes {
        let mut entries = keys::entries::<K>(size);
        for table in &mut tables {
            table.push((size, held(&entries)));
            entries.sort();
        }
    }
    for (table, order) in tables.iter().zip(["in no order", "in order"]) {
        let what = format!("{}: held for each entry, of entries {order}", K::NAME);
        report.by_size(&format!("{what}, bytes"), table);
        let ratios = table
            .iter()
            .filter_map(|(size, trial)| Some((size.to_string(), trial.ratio(names::OURS, names::STD)?)));
        report.reach(&what, names::STD, Target::AtMost(1.1), &ratios.collect::<Vec<_>>());
    }
}

/// What each map of `entries` holds when it has been built.
fn held<K: Key>(entries: &[(K, u64)]) -> Trial {
    let mut contenders: Vec<Contender<()>> = Vec::new();
    let mut figures = Vec::new();
    for (name, role, make) in ordered::makers::<K>() {
        let before = heap::held();
        let map = make(entries);
        figures.push(vec![(heap::held() - before) as f64 / entries.len() as f64]);
        drop(map);
        contenders.push(Contender { name, role, subject: Box::new(()) });
    }
    Trial::new(&contenders, figures)
}
