//! What a read of a durable table costs, beside the same container without a disk.

use fastrand::Rng;
use readmostly::{CowMap, Guard};
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, race, time_each, together};
use readmostly_persist::{Durable, Options};
use std::cell::Cell;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ENTRIES: usize = 100_000;
/// How many keys are asked for, again and again.
const ASKED: usize = 1 << 13;
/// How many are asked for by one load.
const GETS: usize = 64;
/// Many short turns: one in which another process got the processor is then no median.
const ROUNDS: usize = 61;
const SPAN: Duration = Duration::from_millis(5);
/// Long enough for many writes.
const BUSY_SPAN: Duration = Duration::from_millis(20);
/// How many writes there are in a second.
const PACE: u32 = 1_000;

const DURABLE: &str = "readmostly Durable, Always";
const ALONE: &str = "the same CowMap without one";
const SYNCED: &str = "the same, and the writer syncs a file";

type Map = CowMap<u64, u64>;

/// A table that is read and written.
trait Table: Sync {
    /// The time of a `get` in nanoseconds: with a load of its own, by a reader, and of many by one load.
    fn gets(&self, keys: &[u64], span: Duration) -> [f64; 3];

    fn write(&self, key: u64, value: u64);
}

/// Implements the reads by the same lines, which the compiler sees with the type.
macro_rules! table {
    ($($table:ty, $write:expr;)*) => {$(
        impl Table for $table {
            fn gets(&self, keys: &[u64], span: Duration) -> [f64; 3] {
                let at = Cell::new(0);
                let next = || {
                    at.set((at.get() + 1) % ASKED);
                    &keys[at.get()]
                };
                let mut reader = self.reader();
                [
                    time_each(span, || _ = black_box(self.load().get(next()).copied())),
                    time_each(span, || _ = black_box(reader.load().get(next()).copied())),
                    time_each(span, || {
                        let table: Guard<'_, _> = self.load();
                        (0..GETS).for_each(|_| _ = black_box(table.get(next()).copied()));
                    }) / GETS as f64,
                ]
            }

            fn write(&self, key: u64, value: u64) {
                let write: fn(&Self, u64, u64) = $write;
                write(self, key, value);
            }
        }
    )*};
}

table! {
    Map, |map, key, value| _ = map.insert(key, value);
    Durable<Map>, |map, key, value| _ = map.insert(key, value).expect("it is written");
}

/// A table in memory, with a file that is written and synced at each write of it.
struct Synced(Map, File);

impl Table for Synced {
    fn gets(&self, keys: &[u64], span: Duration) -> [f64; 3] {
        self.0.gets(keys, span)
    }

    fn write(&self, key: u64, value: u64) {
        self.1.write_all_at(&value.to_le_bytes(), 0).expect("it is written");
        self.1.sync_data().expect("it is synced");
        self.0.insert(key, value);
    }
}

/// Writes at a certain pace until it is told to stop, and returns how many writes that were in a second.
fn paced(table: &dyn Table, seed: u64, stop: &AtomicBool) -> f64 {
    let (mut random, began, mut writes) = (Rng::with_seed(seed), Instant::now(), 0);
    while !stop.load(Ordering::Relaxed) {
        table.write(random.u64(..ENTRIES as u64), random.u64(..));
        writes += 1;
        thread::sleep((Duration::from_secs(1) * writes / PACE).saturating_sub(began.elapsed()));
    }
    f64::from(writes) / began.elapsed().as_secs_f64()
}

pub(crate) fn reads(report: &mut Report, home: &Path) {
    let map: Map = (0..ENTRIES as u64).map(|key| (key, key)).collect();
    let (durable, _) = Durable::<Map>::open(home.join("reads"), Options::new()).expect("it opens");
    // Both have the same pages in the same memory, until they are written to.
    durable.replace((*map.load()).clone()).expect("it is written");
    let mut random = Rng::with_seed(17);
    let keys: Vec<u64> = (0..ASKED).map(|_| random.u64(..ENTRIES as u64)).collect();
    let file = File::create(home.join("synced")).expect("a file");
    let synced = Synced(Map::from((*map.load()).clone()), file);
    let mut contenders: [Contender<dyn Table>; 3] = [
        Contender { name: DURABLE, role: Role::Ours, subject: Box::new(durable) },
        Contender { name: ALONE, role: Role::Rival, subject: Box::new(map) },
        Contender { name: SYNCED, role: Role::Rival, subject: Box::new(synced) },
    ];
    report.note(&format!(
        "A `get` of random keys of a table of {ENTRIES} numbers: with a `load` for each, by a `Reader`, and {GETS} of them with one `load`. Nobody writes at first. \
         Then another thread does, on a processor of its own; of the durable table each write is on disk before it is seen. What syncs do to the processor of the \
         reader they do where the writer syncs a file of its own as well."
    ));
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let turns = race(rounds, &mut contenders[..2], |it| it.subject.gets(&keys, span));
    let idle: [Trial; 3] = Trial::split(&contenders[..2], &turns);
    contenders[1].role = Role::Yardstick;
    let (span, mut seed) = (report.span(BUSY_SPAN), 0);
    let turns = race(rounds, &mut contenders, |it| {
        seed += 1;
        let stop = AtomicBool::new(false);
        let (gets, pace) = together(
            || {
                let gets = it.subject.gets(&keys, span);
                stop.store(true, Ordering::Relaxed);
                gets
            },
            || paced(&*it.subject, seed, &stop),
        );
        [gets[0], gets[1], gets[2], pace]
    });
    let [by_load, by_reader, by_one, pace] = Trial::split(&contenders, &turns);
    let busy = [by_load, by_reader, by_one];
    let mut found = Vec::new();
    for (title, other, trials) in [
        ("a read, while nobody writes", ALONE, &idle),
        ("a read, beside a thread that writes", SYNCED, &busy),
    ] {
        let labels = ["a load each", "a Reader", "one load for all"];
        let columns: Vec<_> = labels.iter().map(|it| (*it).to_owned()).zip(trials).collect();
        report.table(&format!("{title}, ns"), &columns);
        found.extend(
            columns.iter().filter_map(|(label, trial)| {
                Some((format!("{title}: {label}"), trial.ratio(DURABLE, other)?))
            }),
        );
    }
    let paces: Vec<_> = [DURABLE, ALONE, SYNCED]
        .iter()
        .filter_map(|name| Some(format!("{name} {:.0}", pace.median(name)?)))
        .collect();
    report.note(&format!("Writes a second beside the reads: {}.", paces.join(", ")));
    report.reach("a read of a durable table", "the same table without one", Target::AtMost(1.05), &found);
}
