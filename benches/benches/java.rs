//! How does it compare with what Java has: `CopyOnWriteArrayList`, and a `HashMap` that is copied for each write?
//!
//! `cargo bench --bench java`, where there is a `java` of version 11 or later. The program in `java/` answers one request
//! after another, so that both sides take turns; it is warm when the race begins. Java's hash of a number is the number
//! itself, more or less. Ours is std's default hasher, as those who choose nothing get it, and in rows of their own
//! foldhash, which costs about as little.
//!
//! Java has its serial collector, with which its writes are the fastest and the same at each start. With G1, its default, or
//! the parallel one a machine in ten copies a list at 11 ns an element, where it should take 0.2, and stays at that. Only
//! lookups among a million entries are slower with it, at 25 ns where G1 has 17.

use foldhash::fast::FixedState;
use readmostly::{CowMap, CowVec};
use readmostly_benches::figures::thousands;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, mean_of, repeated, time, time_each};
use std::cell::RefCell;
use std::hash::BuildHasher;
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

/// A question that both sides answer.
struct Row {
    what: &'static str,
    /// What Java has for it.
    beside: &'static str,
    /// Nanoseconds for each operation of ours, in operations for about as long as is said.
    ours: fn(&Ours, Duration) -> f64,
    /// What the program calls it.
    java: &'static str,
}

const ROWS: [Row; 8] = [
    Row { what: "a walk, for each element", beside: LIST, ours: Ours::walk, java: "iterate" },
    Row { what: "a random index", beside: LIST, ours: Ours::index, java: "get" },
    Row { what: "a push", beside: LIST, ours: Ours::push, java: "push" },
    Row { what: "an insert in the middle", beside: LIST, ours: Ours::insert_in_middle, java: "insert" },
    Row {
        what: "a lookup of a number",
        beside: MAP,
        ours: |it, span| it.look_up(&it.map, span),
        java: "lookup",
    },
    Row {
        what: "a lookup of a number, ours with foldhash",
        beside: MAP,
        ours: |it, span| it.look_up(&it.fast, span),
        java: "lookup",
    },
    Row {
        what: "an insert of a number",
        beside: MAP,
        ours: |it, span| it.insert(&it.map, span),
        java: "put",
    },
    Row {
        what: "an insert of a number, ours with foldhash",
        beside: MAP,
        ours: |it, span| it.insert(&it.fast, span),
        java: "put",
    },
];

/// Who has collections of one size.
trait Side {
    /// Nanoseconds for each operation of a row, in operations for about `span`.
    fn measure(&self, row: &Row, span: Duration) -> f64;
}

fn main() {
    let question = "How does it compare with Java's copy-on-write?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "java", question);
    match Machine::start() {
        Ok(java) => {
            report.note("Java has its serial collector: what G1 would change is said in `benches/java.rs`.");
            measure(&mut report, &java);
        }
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
        for (row, table) in ROWS.iter().zip(&mut tables) {
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
    for (Row { what, beside, .. }, table) in ROWS.iter().zip(&tables) {
        report.by_size(&format!("{what}, beside {beside}, ns"), table);
    }
    for (Row { what, beside, .. }, table) in ROWS.iter().zip(&tables) {
        let found = table.iter().filter_map(|it| Some((thousands(it.0 as f64), it.1.ratio(OURS, JAVA)?)));
        report.reach(what, beside, Target::Below, &found.collect::<Vec<_>>());
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
        let mut process = Command::new("java")
            .args(["-XX:+UseSerialGC", source])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are piped");
        };
        Ok(Self { process, pipes: RefCell::new((requests, BufReader::new(answers))) })
    }

    fn ask(&self, row: &Row, size: usize, span: Duration) -> f64 {
        let (requests, answers) = &mut *self.pipes.borrow_mut();
        writeln!(requests, "{} {size} {}", row.java, span.as_millis().max(1))
            .expect("the program still runs");
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
    fn measure(&self, row: &Row, span: Duration) -> f64 {
        self.machine.ask(row, self.size, span)
    }
}

struct Ours {
    list: CowVec<u64>,
    map: CowMap<u64, u64>,
    fast: CowMap<u64, u64, FixedState>,
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
            fast: keys::entries(size).into_iter().collect(),
            indices: (0..SAMPLE).map(|_| random.usize(..size)).collect(),
            keys: keys::hits(size, SAMPLE),
            size,
        }
    }

    fn walk(&self, span: Duration) -> f64 {
        let mut reader = self.list.reader();
        let mut walk = || {
            let mut mixed = 0_u64;
            for element in reader.load() {
                mixed = mixed.rotate_left(5) ^ element;
            }
            black_box(mixed);
        };
        mean_of(span, || time(&mut walk)) / self.size as f64
    }

    fn index(&self, span: Duration) -> f64 {
        let (mut reader, mut indices) = (self.list.reader(), in_turns(&self.indices));
        time_each(span, || _ = black_box(reader.load()[indices()]))
    }

    fn push(&self, span: Duration) -> f64 {
        changes(span, || self.list.push(0), || _ = self.list.pop())
    }

    fn insert_in_middle(&self, span: Duration) -> f64 {
        let middle = self.size / 2;
        changes(span, || _ = self.list.insert(middle, 0), || _ = self.list.remove(middle))
    }

    fn look_up<S: BuildHasher>(&self, map: &CowMap<u64, u64, S>, span: Duration) -> f64 {
        let (mut reader, mut keys) = (map.reader(), in_turns(&self.keys));
        time_each(span, || _ = black_box(reader.load().get(&keys())))
    }

    fn insert<S: BuildHasher + Clone>(&self, map: &CowMap<u64, u64, S>, span: Duration) -> f64 {
        let (mut new, inserted) = (self.size.., RefCell::new(Vec::new()));
        changes(
            span,
            || {
                let key = u64::nth(new.next().unwrap_or_default());
                map.insert(key, 0);
                inserted.borrow_mut().push(key);
            },
            || _ = inserted.borrow_mut().pop().and_then(|key| map.remove(&key)),
        )
    }
}

impl Side for Ours {
    fn measure(&self, row: &Row, span: Duration) -> f64 {
        (row.ours)(self, span)
    }
}

/// Each of a sample, again and again.
fn in_turns<T: Copy>(sample: &[T]) -> impl FnMut() -> T {
    let mut next = 0;
    move || {
        next += 1;
        sample[next % SAMPLE]
    }
}

/// Nanoseconds for each call of `there`, some of which the same number of calls of `back` undo.
fn changes(span: Duration, mut there: impl FnMut(), mut back: impl FnMut()) -> f64 {
    let [there, _] = repeated(span, 8, |count| {
        [time(|| (0..count).for_each(|_| there())), time(|| (0..count).for_each(|_| back()))]
    });
    there
}
