//! How long a table stops when a save begins, what writes take meanwhile, and how much memory that takes.

use fastrand::Rng;
use readmostly::CowMap;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, race, time};
use readmostly_persist::{Options, Saving, Store};
use readmostly_persist_bench::redis::Server;
use readmostly_persist_bench::{Table, key, memory, table, value};
use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What the bench calls itself with, to have a process whose memory is that of the table.
pub(crate) const CHILD: &str = "--child-that-saves";

const ROUNDS: usize = 9;
const OURS: &str = "readmostly save_in_background";
const REDIS: &str = "Redis BGSAVE";

/// How long is written before a save begins.
const BEFORE: Duration = Duration::from_millis(200);
/// How often it is asked whether the save goes on.
const LOOK: Duration = Duration::from_millis(20);
/// How many writes there are in a second while the memory is measured.
const PACE: u32 = 10_000;

/// A table that is written by one thread, which begins the saves.
pub(crate) trait Written {
    fn write(&mut self, number: usize, round: usize);

    /// Begins a save, and returns for how long the table stood still, in nanoseconds.
    fn begin(&mut self) -> f64;

    fn is_saving(&mut self) -> bool;
}

pub(crate) struct Ours {
    table: CowMap<String, String>,
    store: Store<Table>,
    saving: Option<Saving>,
}

impl Ours {
    pub(crate) fn new(folder: &Path, entries: usize) -> Self {
        // Each save is of the whole table, as Redis' is.
        let store = Store::open(folder, Options::new().max_chain(0).keep(1)).expect("the store opens");
        Self { table: CowMap::from(table(entries)), store, saving: None }
    }
}

impl Written for Ours {
    fn write(&mut self, number: usize, round: usize) {
        self.table.insert(key(number), value(number, round));
    }

    fn begin(&mut self) -> f64 {
        time(|| self.saving = Some(self.store.save_in_background(self.table.snapshot())))
    }

    fn is_saving(&mut self) -> bool {
        let goes_on = self.saving.as_ref().is_some_and(|saving| !saving.is_done());
        if !goes_on && let Some(saving) = self.saving.take() {
            assert!(saving.wait().expect("it is saved").written);
        }
        goes_on
    }
}

impl Written for &mut Server {
    fn write(&mut self, number: usize, round: usize) {
        self.run(&["SET", &key(number), &value(number, round)]).expect("it is set");
    }

    fn begin(&mut self) -> f64 {
        self.run(&["BGSAVE"]).expect("the save begins");
        // Its own account of how long the fork took.
        self.number("stats", "latest_fork_usec").expect("it says") * 1e3
    }

    fn is_saving(&mut self) -> bool {
        Server::is_saving(self).expect("it says")
    }
}

/// The stop, the longest write before the save, the longest one while it goes on, and the mean of those.
fn turn(table: &mut dyn Written, entries: usize, random: &mut Rng, round: usize) -> [f64; 4] {
    let mut write = |table: &mut dyn Written| time(|| table.write(random.usize(..entries), round));
    let (mut before, mut during, mut sum, mut count) = (0.0_f64, 0.0_f64, 0.0, 0.0);
    let began = Instant::now();
    while began.elapsed() < BEFORE {
        before = before.max(write(table));
    }
    let stop = table.begin();
    let mut looked = Instant::now();
    loop {
        let took = write(table);
        (during, sum, count) = (during.max(took), sum + took, count + 1.0);
        if looked.elapsed() >= LOOK {
            if !table.is_saving() {
                return [stop, before, during, sum / count];
            }
            looked = Instant::now();
        }
    }
}

pub(crate) fn stops(report: &mut Report, home: &Path, redis: Option<&mut Server>, entries: usize) {
    let mut contenders: Vec<Contender<RefCell<dyn Written + '_>>> = Vec::new();
    let ours = Ours::new(&home.join("stop"), entries);
    contenders.push(Contender { name: OURS, role: Role::Ours, subject: Box::new(RefCell::new(ours)) });
    if let Some(redis) = redis {
        redis.fill((0..entries).map(|number| (key(number), value(number, 0)))).expect("Redis is filled");
        contenders.push(Contender { name: REDIS, role: Role::Rival, subject: Box::new(RefCell::new(redis)) });
    }
    let (mut random, mut round) = (Rng::with_seed(7), 0);
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        round += 1;
        turn(&mut *it.subject.borrow_mut(), entries, &mut random, round)
    });
    let [stop, before, during, mean] = Trial::split(&contenders, &turns);
    report.note(
        "One thread writes random keys one after the other, and begins the saves. The stop is the call that begins a save, and of Redis what it says \
         of its fork. A write to Redis goes over a socket, and ours is a call.",
    );
    let title = |what: &str| format!("{what}, {entries} keys of 100 bytes, ns");
    report.table(&title("the table stands still when a save begins"), &[("median".into(), &stop)]);
    let worst: Vec<_> = [OURS, REDIS].iter().filter_map(|name| Some((name, stop.most(name)?))).collect();
    let worst: Vec<_> = worst.iter().map(|(name, most)| format!("{name} {:.1} us", most / 1e3)).collect();
    report.note(&format!("The longest stop of {} saves: {}.", report.rounds(ROUNDS), worst.join(", ")));
    let columns = [
        ("longest before".into(), &before),
        ("longest during the save".into(), &during),
        ("mean during".into(), &mean),
    ];
    report.table(&title("a write"), &columns);
    if let (Some(median), Some(ours), Some(theirs)) =
        (stop.ratio(OURS, REDIS), stop.most(OURS), stop.most(REDIS))
    {
        let found = [("median".to_owned(), median), ("longest".to_owned(), ours / theirs)];
        report.reach("the table stands still when a save begins", REDIS, Target::AtMost(0.01), &found);
    }
}

/// Saves while it is written, in a process of its own.
pub(crate) fn child() {
    let mut arguments = std::env::args().skip(2);
    let folder = arguments.next().expect("a folder");
    let entries = arguments.next().and_then(|entries| entries.parse().ok()).expect("how many entries");
    let mut ours = Ours::new(Path::new(&folder), entries);
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("it is told to begin");
    paced(&mut ours, entries, || ());
    println!("done");
    std::io::stdin().read_line(&mut line).expect("it is told to end");
}

/// Saves while it is written at a certain pace, and returns how many writes that were.
fn paced(table: &mut dyn Written, entries: usize, mut look: impl FnMut()) -> u32 {
    let mut random = Rng::with_seed(11);
    table.begin();
    let (began, mut looked, mut writes) = (Instant::now(), Instant::now(), 0);
    loop {
        table.write(random.usize(..entries), 1);
        writes += 1;
        if looked.elapsed() >= LOOK {
            look();
            if !table.is_saving() {
                return writes;
            }
            looked = Instant::now();
        }
        let ahead = (Duration::from_secs(1) * writes / PACE).saturating_sub(began.elapsed());
        // A sleep is no shorter than some 50 us.
        if ahead > Duration::from_micros(500) {
            thread::sleep(ahead);
        }
    }
}

pub(crate) fn memory(report: &mut Report, home: &Path, mut redis: Option<&mut Server>, entries: usize) {
    if memory::of_family(std::process::id()).is_none() {
        return report.note("The system does not say how much memory a process takes.");
    }
    let rounds = report.rounds(3);
    let mut contenders = vec![Contender { name: OURS, role: Role::Ours, subject: Box::new(()) }];
    if redis.is_some() {
        contenders.push(Contender { name: REDIS, role: Role::Rival, subject: Box::new(()) });
    }
    let folder = home.join("memory");
    let turns = race(rounds, &mut contenders, |it| match (it.name, &mut redis) {
        (REDIS, Some(redis)) => memory_of_redis(redis, entries),
        _ => memory_of_ours(&folder, entries),
    });
    let [extra, table] = Trial::split(&contenders, &turns);
    report.note(&format!(
        "{PACE} writes a second to random keys, from the beginning of a save to its end. The memory is that of the process and its children, by the account of \
         the system; the extra is the most that there is at any look less what there was before."
    ));
    report.table(
        &format!("memory, {entries} keys of 100 bytes, bytes"),
        &[("extra during a save".into(), &extra), ("before it".into(), &table)],
    );
}

fn of(process: u32) -> f64 {
    memory::of_family(process).unwrap_or(0) as f64
}

fn memory_of_redis(redis: &mut Server, entries: usize) -> [f64; 2] {
    let process = redis.id();
    let before = of(process);
    let peak = thread::scope(|scope| {
        let done = Arc::new(());
        let watched = Arc::downgrade(&done);
        let peak = scope.spawn(move || {
            let mut peak = 0.0_f64;
            while watched.upgrade().is_some() {
                peak = peak.max(of(process));
                thread::sleep(LOOK);
            }
            peak
        });
        let mut redis = redis;
        paced(&mut redis, entries, || ());
        drop(done);
        peak.join().expect("it looks")
    });
    [peak - before, before]
}

fn memory_of_ours(folder: &Path, entries: usize) -> [f64; 2] {
    let program = std::env::current_exe().expect("the bench is a program");
    let mut child = Command::new(program)
        .arg(CHILD)
        .arg(folder)
        .arg(entries.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the bench starts itself");
    let process = child.id();
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut input = child.stdin.take().expect("its input");
    assert_eq!(lines.next().expect("it is ready").expect("text"), "ready");
    let before = of(process);
    std::io::Write::write_all(&mut input, b"begin\n").expect("it reads");
    let peak = thread::scope(|scope| {
        let done = scope.spawn(|| lines.next().expect("it is done").expect("text"));
        let mut peak = 0.0_f64;
        while !done.is_finished() {
            peak = peak.max(of(process));
            thread::sleep(LOOK);
        }
        assert_eq!(done.join().expect("it reads"), "done");
        peak
    });
    std::io::Write::write_all(&mut input, b"end\n").expect("it reads");
    assert!(child.wait().expect("it ends").success());
    [peak - before, before]
}
