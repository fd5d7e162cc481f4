//! What does it cost to find what changed between two versions, and to reload a table of which little has changed?
//!
//! `cargo bench --bench deltas`. Two maps of a million entries differ in none, one, a thousand or a hundred thousand: one
//! third each are updated, removed and added. A *scan* goes over both maps and looks each key up in the other one, as it is done
//! where versions share nothing. Of imbl's maps the ordered one alone has a diff; rpds' have none.
//!
//! A reload gets the whole new content, clones it, and makes the table hold that. What a rival does is to build a table and to
//! swap it in. The last tables are of a set that is only ever replaced whole: there is nothing that its pages could be good for.

use arc_swap::ArcSwap;
use foldhash::fast::FixedState;
use readmostly::paged::{PagedMap, PagedSet};
use readmostly::{CowCell, CowMap, CowSet};
use readmostly_benches::figures::thousands;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{Report, Target, line};
use readmostly_benches::{Contender, Role, Trial, mean_of, time};
use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

const ENTRIES: usize = 1_000_000;

/// In how many entries the two maps differ.
const DIFFERENCES: [usize; 4] = [0, 1, 1_000, 100_000];

/// Of how many keys a reload brings another value; more than there are stands for other keys, all of them.
const CHANGES: [usize; 3] = [0, 10, usize::MAX];

/// How many elements a set has that is only ever replaced whole.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

const ROUNDS: usize = 9;

const SPAN: Duration = Duration::from_millis(5);

const OURS: &str = "readmostly PagedMap::diff";
const SCAN: &str = "std HashMap, scan of both";
const ASSIGN: &str = "readmostly CowMap::assign";
const REPLACE: &str = "readmostly CowMap::replace";

type BySize = Vec<(usize, Trial)>;

fn main() {
    let question = "What does it cost to find what changed, and to reload?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "deltas", question);
    let entries = if report.is_quick() { 1_000 } else { ENTRIES };
    let numbers = diffs::<u64>(&mut report, entries);
    let domains = diffs::<String>(&mut report, entries);
    let lines: Vec<_> = numbers[0].1.contenders().iter().map(|it| line(it.0, &numbers)).collect();
    let title = format!("Finding what changed in {} entries (u64 keys)", thousands(entries as f64));
    report.chart("diff.svg", &title, ["entries that differ", "nanoseconds"], &lines);
    reloads::<u64>(&mut report, entries, |n| n);
    reloads::<String>(&mut report, entries, |n| format!("the value {n} of the key"));
    replaced_whole::<u64>(&mut report);
    replaced_whole::<String>(&mut report);
    let ratio = |columns: &BySize| columns.iter().find(|it| it.0 == 1)?.1.ratio(OURS, SCAN);
    let found: Vec<_> = [("u64", ratio(&numbers)), ("String", ratio(&domains))]
        .into_iter()
        .filter_map(|(keys, ratio)| Some((keys.to_owned(), ratio?)))
        .collect();
    let what = format!("diff of two maps of {} that differ in one entry", thousands(entries as f64));
    report.reach(&what, SCAN, Target::AtMost(0.002), &found);
    report.finish();
}

/// A map for one thread, of which there are versions.
trait Map<K>: Clone + FromIterator<(K, u64)> + 'static {
    fn put(&mut self, key: K, value: u64);

    fn take(&mut self, key: &K);

    /// How many changes lead to `newer`.
    fn changes(&self, newer: &Self) -> usize;
}

impl<K: Key> Map<K> for PagedMap<K, u64, FixedState> {
    fn put(&mut self, key: K, value: u64) {
        self.insert(key, value);
    }

    fn take(&mut self, key: &K) {
        self.remove::<K>(key);
    }

    fn changes(&self, newer: &Self) -> usize {
        self.diff(newer).map(black_box).count()
    }
}

impl<K: Key> Map<K> for HashMap<K, u64, FixedState> {
    fn put(&mut self, key: K, value: u64) {
        self.insert(key, value);
    }

    fn take(&mut self, key: &K) {
        self.remove::<K>(key);
    }

    fn changes(&self, newer: &Self) -> usize {
        let gone = self.iter().filter(|(key, value)| newer.get::<K>(key) != Some(value)).map(black_box);
        let come = newer.keys().filter(|key| !self.contains_key::<K>(key)).map(black_box);
        gone.count() + come.count()
    }
}

impl<K: Key + Ord> Map<K> for imbl::OrdMap<K, u64> {
    fn put(&mut self, key: K, value: u64) {
        self.insert(key, value);
    }

    fn take(&mut self, key: &K) {
        self.remove::<K>(key);
    }

    fn changes(&self, newer: &Self) -> usize {
        self.diff(newer).map(black_box).count()
    }
}

/// Finds what changed, and returns how much that is.
type Find = dyn Fn() -> usize;

fn find<K: Key, M: Map<K>>(entries: &[(K, u64)], differences: usize) -> Box<Find> {
    let old: M = entries.iter().cloned().collect();
    let mut new = old.clone();
    for nth in 0..differences {
        let key = &entries[nth * (entries.len() / differences)].0;
        match nth % 3 {
            0 => new.put(key.clone(), u64::MAX),
            1 => new.take(key),
            _ => new.put(K::nth(entries.len() + nth), 0),
        }
    }
    Box::new(move || old.changes(&new))
}

fn diffs<K: Key + Ord>(report: &mut Report, size: usize) -> BySize {
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let entries = keys::entries::<K>(size);
    let mut columns = Vec::new();
    for differences in report.sizes(&DIFFERENCES) {
        let ours = find::<K, PagedMap<K, u64, FixedState>>(&entries, differences);
        let scanned = find::<K, HashMap<K, u64, FixedState>>(&entries, differences);
        let imbl = find::<K, imbl::OrdMap<K, u64>>(&entries, differences);
        let mut contenders = [
            Contender { name: OURS, role: Role::Ours, subject: ours },
            Contender { name: SCAN, role: Role::Rival, subject: scanned },
            Contender { name: "imbl OrdMap::diff", role: Role::Rival, subject: imbl },
        ];
        for Contender { name, subject, .. } in &contenders {
            assert_eq!(subject(), differences, "{name} finds what was changed");
        }
        let turn = |find: &Find| mean_of(span, || time(|| _ = black_box(find())));
        columns.push((differences, Trial::run(rounds, &mut contenders, turn)));
    }
    let of = format!("two maps of {}, {} keys", thousands(size as f64), K::NAME);
    report.by_size(&format!("{of}, by the number of entries in which they differ, ns"), &columns);
    columns
}

/// A table that is reloaded.
trait Reload<V> {
    fn reload(&self, entries: &[(u64, V)]);

    /// How many pages it shares with the version before a reload, and how many it has.
    fn shared(&self, entries: &[(u64, V)]) -> Option<[usize; 2]>;
}

struct ByAssign<V>(CowMap<u64, V, FixedState>);

struct ByReplace<V>(CowMap<u64, V, FixedState>);

struct Swapped<V>(ArcSwap<HashMap<u64, V, FixedState>>);

impl<V: Clone + PartialEq> Reload<V> for ByAssign<V> {
    fn reload(&self, entries: &[(u64, V)]) {
        self.0.assign(entries.iter().cloned());
    }

    fn shared(&self, entries: &[(u64, V)]) -> Option<[usize; 2]> {
        let before = self.0.snapshot();
        self.reload(entries);
        let after = self.0.load();
        Some([after.shared_pages(&before), after.page_count()])
    }
}

impl<V: Clone> Reload<V> for ByReplace<V> {
    fn reload(&self, entries: &[(u64, V)]) {
        drop(self.0.replace(entries.iter().cloned().collect()));
    }

    fn shared(&self, entries: &[(u64, V)]) -> Option<[usize; 2]> {
        let before = self.0.snapshot();
        self.reload(entries);
        let after = self.0.load();
        Some([after.shared_pages(&before), after.page_count()])
    }
}

impl<V: Clone> Reload<V> for Swapped<V> {
    fn reload(&self, entries: &[(u64, V)]) {
        self.0.store(Arc::new(entries.iter().cloned().collect()));
    }

    fn shared(&self, _: &[(u64, V)]) -> Option<[usize; 2]> {
        None
    }
}

fn reloads<V: Key>(report: &mut Report, size: usize, value: impl Fn(u64) -> V) {
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let content = |from: usize, changes: usize| -> Vec<(u64, V)> {
        let value = |n: usize| if n - from < changes { value(u64::MAX - n as u64) } else { value(n as u64) };
        (from..from + size).map(|n| (u64::nth(n), value(n))).collect()
    };
    let base = content(0, 0);
    let mut columns = Vec::new();
    let mut notes = Vec::new();
    for changes in CHANGES {
        let next = if changes > size { content(size, 0) } else { content(0, changes) };
        let of_base = || base.iter().cloned();
        let mut contenders: [Contender<dyn Reload<V>>; 3] = [
            Contender {
                name: ASSIGN,
                role: Role::Ours,
                subject: Box::new(ByAssign(of_base().collect::<CowMap<_, _, _>>())),
            },
            Contender {
                name: REPLACE,
                role: Role::Ours,
                subject: Box::new(ByReplace(of_base().collect::<CowMap<_, _, _>>())),
            },
            Contender {
                name: "ArcSwap, flat: build, swap",
                role: Role::Rival,
                subject: Box::new(Swapped(ArcSwap::from_pointee(of_base().collect()))),
            },
        ];
        let trial = Trial::run(rounds, &mut contenders, |table| {
            mean_of(span, || {
                let elapsed = time(|| table.reload(&next));
                table.reload(&base);
                elapsed
            })
        });
        let label = if changes > size { "all keys are others".to_owned() } else { thousands(changes as f64) };
        for Contender { name, subject, .. } in &contenders {
            if let Some([shared, pages]) = subject.shared(&next) {
                notes.push(format!("{name}, {label}: {shared} of {pages}"));
            }
        }
        columns.push((label, trial));
    }
    let of = format!("{} entries, {} values", thousands(size as f64), V::NAME);
    let columns: Vec<_> = columns.iter().map(|(label, trial)| (label.clone(), trial)).collect();
    report.table(&format!("reload of {of}, by the number of values that are new, ns"), &columns);
    report.note(&format!("Pages that are shared with the version before, {of}. {}.", notes.join("; ")));
}

/// Looks keys up, and returns the nanoseconds for each.
type Look<K> = dyn Fn(&[K]) -> f64;

fn replaced_whole<K: Key>(report: &mut Report) {
    let rounds = report.rounds(ROUNDS);
    let mut columns = Vec::new();
    for size in report.sizes(&SIZES) {
        let elements = || (0..size).map(K::nth);
        let in_cell = CowCell::new(elements().collect::<HashSet<K, FixedState>>());
        let swapped = ArcSwap::from_pointee(elements().collect::<HashSet<K, FixedState>>());
        let in_pages: CowSet<K, FixedState> = elements().collect();
        let mut contenders: [Contender<Look<K>>; 3] = [
            Contender {
                name: "readmostly CowCell<HashSet>, Reader",
                role: Role::Ours,
                subject: Box::new(move |keys| {
                    let mut reader = in_cell.reader();
                    look(keys, |key| reader.load().contains(key))
                }),
            },
            Contender {
                name: "ArcSwap<HashSet>, Cache",
                role: Role::Rival,
                subject: Box::new(move |keys| {
                    let mut cache = arc_swap::Cache::new(&swapped);
                    look(keys, |key| cache.load().contains(key))
                }),
            },
            Contender {
                name: "readmostly CowSet, Reader",
                role: Role::Ours,
                subject: Box::new(move |keys| {
                    let mut reader = in_pages.reader();
                    look(keys, |key| PagedSet::contains(reader.load(), key))
                }),
            },
        ];
        let hits = keys::hits::<K>(size, 1 << 14);
        columns.push((size, Trial::run(rounds, &mut contenders, |it| it(&hits))));
    }
    report.by_size(&format!("hit in a set that is only ever replaced whole, {} keys, ns", K::NAME), &columns);
}

fn look<K: Key>(keys: &[K], mut contains: impl FnMut(&K::Query) -> bool) -> f64 {
    let mut pass = || keys.iter().for_each(|key| _ = black_box(contains(key.borrow())));
    // Untimed: what is in the cache was left by the contender before.
    pass();
    time(pass) / keys.len() as f64
}
