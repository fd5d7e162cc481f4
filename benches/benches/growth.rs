//! How do a read, a write and a clone grow with the table?
//!
//! `cargo bench --bench growth`. From ten entries to ten million, beside a flat table in an `ArcSwap`, whose writes copy all of
//! it: where ours bends is where a table gets more than one page.

use foldhash::fast::FixedState;
use readmostly::CowMap;
use readmostly_benches::figures::thousands;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{Report, line};
use readmostly_benches::tables::{self, Writing, names};
use readmostly_benches::{Contender, Role, Trial, mean_of, race, repeated, time};
use std::hint::black_box;
use std::time::Duration;

const SIZES: [usize; 13] =
    [10, 32, 100, 316, 1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000, 3_162_278, 10_000_000];

const ROUNDS: usize = 15;

const SPAN: Duration = Duration::from_millis(2);

type BySize = Vec<(usize, Trial)>;

fn main() {
    let question = "How do a read, a write and a clone grow?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "growth", question);
    let (mut reads, mut inserts, mut clones) = (BySize::new(), BySize::new(), BySize::new());
    for size in report.sizes(&SIZES) {
        let entries = keys::entries::<u64>(size);
        let wanted = |name: &str| [names::OURS, names::COPIED].contains(&name);
        let mut tables = tables::writers_named::<u64, FixedState>(&entries, wanted);
        let rounds = report.rounds(if size < 1_000_000 { ROUNDS } else { 5 });
        let hits = keys::hits(size, 1 << 14);
        reads.push((size, Trial::run(rounds, &mut tables, |it| it.throughput(&hits))));
        let mut new = keys::misses::<u64>(size, 1 << 12).into_iter().cycle();
        let span = report.span(SPAN);
        let turns = race(rounds, &mut tables, |it| insert_and_remove(&*it.subject, &mut new, span));
        let [insert, _remove] = Trial::split(&tables, &turns);
        inserts.push((size, insert));
        let clone = Trial::run(rounds, &mut cloners(&entries), |clone| mean_of(span, clone));
        clones.push((size, clone));
    }
    let mut lines = Vec::new();
    for (what, flat, columns) in [
        ("lookup", names::COPIED, &reads),
        ("one insert", names::COPIED, &inserts),
        ("clone of the table", names::FLAT, &clones),
    ] {
        report.by_size(&format!("{what}, u64 keys, foldhash, ns"), columns);
        report.note(&growth(what, columns));
        for (whose, name) in [("readmostly", names::OURS), ("flat", flat)] {
            lines.push((format!("{whose}: {what}"), line(name, columns).1));
        }
    }
    let title = "Growth (readmostly, and a flat table in an ArcSwap)";
    report.chart("growth.svg", title, ["entries", "nanoseconds"], &lines);
    report.finish();
}

fn insert_and_remove(
    table: &dyn Writing<u64>,
    new: &mut impl Iterator<Item = u64>,
    span: Duration,
) -> [f64; 2] {
    repeated(span, 2, |count| {
        let keys: Vec<u64> = new.take(count).collect();
        let mut entries = keys.iter().map(|key| (*key, 0)).collect();
        [time(|| table.insert_each(&mut entries)), time(|| table.remove_each(&keys))]
    })
}

/// Who clones a table, and drops it when the clock has been looked at.
fn cloners<K: Key>(entries: &[(K, u64)]) -> Vec<Contender<dyn Fn() -> f64>> {
    fn timed<T: Clone>(table: &T) -> f64 {
        let mut clone = None;
        let elapsed = time(|| clone = Some(black_box(table).clone()));
        drop(clone);
        elapsed
    }
    let ours: CowMap<K, u64, FixedState> = entries.iter().cloned().collect();
    let flat: hashbrown::HashMap<K, u64, FixedState> = entries.iter().cloned().collect();
    let (ours, flat) = (Box::new(move || timed(&*ours.load())), Box::new(move || timed(&flat)));
    vec![
        Contender { name: names::OURS, role: Role::Ours, subject: ours },
        Contender { name: names::FLAT, role: Role::Rival, subject: flat },
    ]
}

/// Where ours grows the most, and by which power of the size overall.
fn growth(what: &str, columns: &[(usize, Trial)]) -> String {
    let (_, points) = line(names::OURS, columns);
    let power = |a: (f64, f64), b: (f64, f64)| (b.1 / a.1).ln() / (b.0 / a.0).ln();
    let steepest = points.windows(2).max_by(|a, b| power(a[0], a[1]).total_cmp(&power(b[0], b[1])));
    let (Some(first), Some(last), Some(steep)) = (points.first(), points.last(), steepest) else {
        return String::new();
    };
    format!(
        "Ours, {what}: as n^{:.2} from {} to {} entries; steepest, as n^{:.2}, from {} to {}.",
        power(*first, *last),
        thousands(first.0),
        thousands(last.0),
        power(steep[0], steep[1]),
        thousands(steep[0].0),
        thousands(steep[1].0),
    )
}
