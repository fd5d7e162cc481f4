//! What does rayon make of the paged collections, beside a `Vec` and std's `HashMap`?
//!
//! `cargo bench --bench parallel`. Of std's `HashMap` rayon collects references into a `Vec` first, by one thread. The same
//! can be done with ours, and is what a user without the feature does. A `Vec` is what can be divided best.

use foldhash::fast::FixedState;
use rayon::prelude::*;
use readmostly::paged::{PagedMap, PagedVec};
use readmostly_benches::keys;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, mean_of, time};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];

const ROUNDS: usize = 21;

const SPAN: Duration = Duration::from_millis(20);

const OURS: &str = "readmostly, par_iter";
const COLLECTED: &str = "readmostly, collected into a Vec first";
const ONE_THREAD: &str = "readmostly, iter by one thread";
const STD: &str = "std HashMap, par_iter";
const VEC: &str = "Vec, par_iter";

type BySize = Vec<(usize, Trial)>;

type Walker = Contender<dyn Fn() -> u64>;

#[derive(Default)]
struct Tables {
    add: BySize,
    mix: BySize,
}

fn main() {
    let question = "What do walks by several threads cost?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "parallel", question);
    report.note(&format!("rayon has {} threads.", rayon::current_num_threads()));
    let (mut maps, mut vectors) = (Tables::default(), Tables::default());
    for size in report.sizes(&SIZES) {
        let entries = keys::entries::<u64>(size);
        maps.add.push((size, raced(&report, maps_that(&entries, |entry| entry.1))));
        maps.mix.push((size, raced(&report, maps_that(&entries, |entry| mixed(entry.0, entry.1)))));
        vectors.add.push((size, raced(&report, vectors_that(size, |n| n))));
        vectors.mix.push((size, raced(&report, vectors_that(size, |n| mixed(n, n)))));
    }
    for (kind, tables) in [("map", &maps), ("vector", &vectors)] {
        report.by_size(&format!("{kind}: sum of the values, us"), &tables.add);
        report.by_size(&format!("{kind}: some work for each entry, us"), &tables.mix);
    }
    let found = |columns: &BySize, other: &str| {
        let last = columns.last().and_then(|(_, trial)| trial.ratio(OURS, other));
        last.into_iter().map(|ratio| (String::new(), ratio)).collect::<Vec<_>>()
    };
    report.reach("map: parallel sum", COLLECTED, Target::Below, &found(&maps.add, COLLECTED));
    report.reach("map: parallel sum", STD, Target::Below, &found(&maps.add, STD));
    report.reach("vector: parallel sum", COLLECTED, Target::Below, &found(&vectors.add, COLLECTED));
    report.finish();
}

/// A few dozen nanoseconds.
fn mixed(a: u64, b: u64) -> u64 {
    (0..32).fold(a, |n, step| (n ^ b).rotate_left(13).wrapping_mul(0x9e37_79b9_7f4a_7c15) + step)
}

/// The microseconds for one walk.
fn raced(report: &Report, mut walkers: Vec<Walker>) -> Trial {
    let span = report.span(SPAN);
    Trial::run(report.rounds(ROUNDS), &mut walkers, |walk| {
        mean_of(span, || time(|| _ = black_box(walk()))) / 1_000.0
    })
}

fn walker(name: &'static str, role: Role, walk: impl Fn() -> u64 + 'static) -> Walker {
    Contender { name, role, subject: Box::new(walk) }
}

/// Who adds up what `of` makes of the entries.
fn maps_that(entries: &[(u64, u64)], of: impl Fn((u64, u64)) -> u64 + Copy + Sync + 'static) -> Vec<Walker> {
    let ours: Arc<PagedMap<u64, u64, FixedState>> = Arc::new(entries.iter().copied().collect());
    let (same, too) = (Arc::clone(&ours), Arc::clone(&ours));
    let std: HashMap<u64, u64, FixedState> = entries.iter().copied().collect();
    let flat = entries.to_vec();
    vec![
        walker(OURS, Role::Ours, move || ours.par_iter().map(|(key, value)| of((*key, *value))).sum()),
        walker(COLLECTED, Role::Rival, move || {
            let entries: Vec<(&u64, &u64)> = same.iter().collect();
            entries.into_par_iter().map(|(key, value)| of((*key, *value))).sum()
        }),
        walker(STD, Role::Rival, move || std.par_iter().map(|(key, value)| of((*key, *value))).sum()),
        walker(VEC, Role::Yardstick, move || flat.par_iter().map(|entry| of(*entry)).sum()),
        walker(ONE_THREAD, Role::Yardstick, move || too.iter().map(|(key, value)| of((*key, *value))).sum()),
    ]
}

/// Who adds up what `of` makes of the elements.
fn vectors_that(size: usize, of: impl Fn(u64) -> u64 + Copy + Sync + 'static) -> Vec<Walker> {
    let flat: Vec<u64> = (0..size as u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1).collect();
    let ours: Arc<PagedVec<u64>> = Arc::new(flat.iter().copied().collect());
    let (same, too) = (Arc::clone(&ours), Arc::clone(&ours));
    vec![
        walker(OURS, Role::Ours, move || ours.par_iter().map(|n| of(*n)).sum()),
        walker(COLLECTED, Role::Rival, move || {
            let elements: Vec<&u64> = same.iter().collect();
            elements.into_par_iter().map(|n| of(*n)).sum()
        }),
        walker(VEC, Role::Rival, move || flat.par_iter().map(|n| of(*n)).sum()),
        walker(ONE_THREAD, Role::Yardstick, move || too.iter().map(|n| of(*n)).sum()),
    ]
}
