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
use readmostly_benches::keys::{self, Key};
use readmostly_benches::languages::{Program, Row};
use readmostly_benches::report::Report;
use readmostly_benches::{mean_of, repeated, time, time_each};
use std::cell::RefCell;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

const SIZES: [usize; 3] = [100, 10_000, 1_000_000];

/// How many elements and keys are asked for, in turns.
const SAMPLE: usize = 1 << 13;

/// What Java has.
const LIST: &str = "Java's CopyOnWriteArrayList";
const MAP: &str = "Java's HashMap, copied under a lock";

const ROWS: [Row<Ours>; 8] = [
    Row { what: "a walk, for each element", beside: LIST, ours: Ours::walk, theirs: "iterate" },
    Row { what: "a random index", beside: LIST, ours: Ours::index, theirs: "get" },
    Row { what: "a push", beside: LIST, ours: Ours::push, theirs: "push" },
    Row { what: "an insert in the middle", beside: LIST, ours: Ours::insert_in_middle, theirs: "insert" },
    Row {
        what: "a lookup of a number",
        beside: MAP,
        ours: |it, span| it.look_up(&it.map, span),
        theirs: "lookup",
    },
    Row {
        what: "a lookup of a number, ours with foldhash",
        beside: MAP,
        ours: |it, span| it.look_up(&it.fast, span),
        theirs: "lookup",
    },
    Row {
        what: "an insert of a number",
        beside: MAP,
        ours: |it, span| it.insert(&it.map, span),
        theirs: "put",
    },
    Row {
        what: "an insert of a number, ours with foldhash",
        beside: MAP,
        ours: |it, span| it.insert(&it.fast, span),
        theirs: "put",
    },
];

fn main() {
    let question = "How does it compare with Java's copy-on-write?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "java", question);
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/java/CopyOnWrite.java");
    match Program::start("Java", Command::new("java").args(["-XX:+UseSerialGC", source])) {
        Ok(java) => {
            report.note("Java has its serial collector: what G1 would change is said in `benches/java.rs`.");
            java.race(&mut report, &SIZES, &ROWS, Ours::of);
        }
        Err(error) => report.note(&format!("Not measured here: `java` does not start ({error}).")),
    }
    report.finish();
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
