//! How does it compare with what Java has: `CopyOnWriteArrayList`, and a `HashMap` that is copied for each write?
//!
//! `cargo bench --bench java`, where there is a `java` of version 11 or later. The program in `java/` answers one request
//! after another, so that both sides take turns; it is warm when the race begins. Java's hash of a number is the number
//! itself, more or less, and ours is std's default hasher, as those who choose nothing get it.

use readmostly::{CowMap, CowVec};
use readmostly_benches::figures::thousands;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, mean_of, repeated, time, time_each};
use std::cell::RefCell;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const SIZES: [usize; 3] = [100, 10_000, 1_000_000];

const ROUNDS: usize = 11;

const SPAN: Duration = Duration::from_millis(10);

/// How long a row runs before it is measured, for the compiler in the machine.
const WARM: Duration = Duration::from_millis(400);

/// How many elements and keys are asked for, in turns.
const SAMPLE: usize = 1 << 13;

const OURS: &str = "readmostly";
const JAVA: &str = "Java";

/// What Java has.
const LIST: &str = "Java's CopyOnWriteArrayList";
const MAP: &str = "Java's HashMap, copied under a lock";

/// The rows, as the program knows them and as they are shown, and what Java has for each.
const ROWS: [(&str, &str, &str); 6] = [
    ("iterate", "a walk, for each element", LIST),
    ("get", "a random index", LIST),
    ("push", "a push", LIST),
    ("insert", "an insert in the middle", LIST),
    ("lookup", "a lookup of a number", MAP),
    ("put", "an insert of a number", MAP),
];

/// Who has collections of one size.
trait Side {
    /// Nanoseconds for each operation of a row, in operations for about `span`.
    fn measure(&self, row: &str, span: Duration) -> f64;
}

fn main() {
    let question = "How does it compare with Java's copy-on-write?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "java", question);
    match Machine::start() {
        Ok(java) => measure(&mut report, &java),
        Err(error) => report.note(&format!("Not measured here: `java` does not start ({error}).")),
    }
    report.finish();
}

fn measure(report: &mut Report, java: &Machine) {
    let mut tables: Vec<Vec<(usize, Trial)>> = ROWS.iter().map(|_| Vec::new()).collect();
    for size in report.sizes(&SIZES).collect::<Vec<_>>() {
        let mut both: [Contender<dyn Side + '_>; 2] = [
            Contender { name: OURS, role: Role::Ours, subject: Box::new(Ours::of(size)) },
            Contender { name: JAVA, role: Role::Rival, subject: Box::new(Java { machine: java, size }) },
        ];
        for ((row, ..), table) in ROWS.iter().zip(&mut tables) {
            java.ask(row, size, report.span(WARM));
            let span = report.span(SPAN);
            let trial = Trial::run(report.rounds(ROUNDS), &mut both, |side| {
                // Not counted: what is in the cache was left by the other.
                side.measure(row, span / 4);
                side.measure(row, span)
            });
            table.push((size, trial));
        }
    }
    for ((_, what, theirs), table) in ROWS.iter().zip(&tables) {
        report.by_size(&format!("{what}, beside {theirs}, ns"), table);
    }
    for ((_, what, theirs), table) in ROWS.iter().zip(&tables) {
        let found = table.iter().filter_map(|it| Some((thousands(it.0 as f64), it.1.ratio(OURS, JAVA)?)));
        report.reach(what, theirs, Target::Below, &found.collect::<Vec<_>>());
    }
}

/// The Java program, which runs until its input ends.
struct Machine {
    process: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Machine {
    fn start() -> std::io::Result<Self> {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/java/CopyOnWrite.java");
        let mut process =
            Command::new("java").arg(source).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are piped");
        };
        Ok(Self { process, pipes: RefCell::new((requests, BufReader::new(answers))) })
    }

    fn ask(&self, row: &str, size: usize, span: Duration) -> f64 {
        let (requests, answers) = &mut *self.pipes.borrow_mut();
        writeln!(requests, "{row} {size} {}", span.as_millis().max(1)).expect("the program still runs");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("the program still runs");
        answer.trim().parse().expect("the answer is a number")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It has nothing that would be lost. That it is gone already is no matter.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

struct Java<'a> {
    machine: &'a Machine,
    size: usize,
}

impl Side for Java<'_> {
    fn measure(&self, row: &str, span: Duration) -> f64 {
        self.machine.ask(row, self.size, span)
    }
}

struct Ours {
    list: CowVec<u64>,
    map: CowMap<u64, u64>,
    indices: Vec<usize>,
    keys: Vec<u64>,
    size: usize,
}

impl Ours {
    fn of(size: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(9);
        Self {
            list: (0..size).map(|_| random.u64(..1 << 32)).collect(),
            map: keys::entries(size).into_iter().collect(),
            indices: (0..SAMPLE).map(|_| random.usize(..size)).collect(),
            keys: keys::hits(size, SAMPLE),
            size,
        }
    }
}

impl Side for Ours {
    fn measure(&self, row: &str, span: Duration) -> f64 {
        let (list, map) = (&self.list, &self.map);
        let mut next = 0;
        let mut sample = move || {
            next += 1;
            next % SAMPLE
        };
        let mut nth = self.size..;
        let middle = self.size / 2;
        let changes = |there: &mut dyn FnMut(), back: &mut dyn FnMut()| {
            let both =
                |count| [time(|| (0..count).for_each(|_| there())), time(|| (0..count).for_each(|_| back()))];
            repeated(span, 8, both)[0]
        };
        match row {
            "iterate" => {
                let mut reader = list.reader();
                let mut walk = || {
                    let mut mixed = 0_u64;
                    for element in reader.load() {
                        mixed = mixed.rotate_left(5) ^ element;
                    }
                    black_box(mixed);
                };
                mean_of(span, || time(&mut walk)) / self.size as f64
            }
            "get" => {
                let mut reader = list.reader();
                time_each(span, || _ = black_box(reader.load()[self.indices[sample()]]))
            }
            "push" => changes(&mut || list.push(0), &mut || _ = list.pop()),
            "insert" => changes(&mut || _ = list.insert(middle, 0), &mut || _ = list.remove(middle)),
            "lookup" => {
                let mut reader = map.reader();
                time_each(span, || _ = black_box(reader.load().get(&self.keys[sample()])))
            }
            "put" => {
                let inserted = RefCell::new(Vec::new());
                changes(
                    &mut || {
                        let key = u64::nth(nth.next().unwrap_or_default());
                        map.insert(key, 0);
                        inserted.borrow_mut().push(key);
                    },
                    &mut || _ = inserted.borrow_mut().pop().and_then(|key| map.remove(&key)),
                )
            }
            _ => unreachable!("there is no such row"),
        }
    }
}
