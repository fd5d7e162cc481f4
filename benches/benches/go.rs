//! How does an ordered map compare with `google/btree`, whose clones are O(1) as well?
//!
//! `cargo bench --bench go`, where there is a `go` of version 1.19 or later, and the Go module `github.com/google/btree` can be had. The
//! program in `go/` answers one request after another, so that both sides take turns. Its tree has the degree 32, as in the package's own
//! benchmarks, and its generic form, which is the faster one. A write clones the tree under a lock, changes the clone and publishes it. The
//! collector of Go runs as it does by default.

use readmostly::CowOrdMap;
use readmostly::paged::PagedOrdMap;
use readmostly_benches::keys::{self, Key};
use readmostly_benches::languages::{Program, Row};
use readmostly_benches::report::Report;
use readmostly_benches::{mean_of, repeated, time, time_each};
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

const SIZES: [usize; 4] = [100, 10_000, 100_000, 1_000_000];

/// How many keys are asked for, in turns.
const SAMPLE: usize = 1 << 13;

/// How many entries one look at a range shows.
const RANGE: usize = 100;

type Map = PagedOrdMap<u64, u64>;

/// What Go has.
const TREE: &str = "google/btree";

const ROWS: [Row<Ours>; 5] = [
    Row { what: "a lookup", beside: TREE, ours: |it, span| it.read(span, Ours::get), theirs: "get" },
    Row {
        what: "the greatest key that is not above",
        beside: TREE,
        ours: |it, span| it.read(span, Ours::below),
        theirs: "get_le",
    },
    Row {
        what: "a range of 100",
        beside: TREE,
        ours: |it, span| it.read(span, Ours::range),
        theirs: "range",
    },
    Row { what: "a walk, for each entry", beside: TREE, ours: Ours::walk, theirs: "walk" },
    Row { what: "an insert into a clone", beside: TREE, ours: Ours::insert, theirs: "insert" },
];

fn main() {
    let question = "How does an ordered map compare with google/btree?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "go", question);
    match Program::start("Go", &mut program()) {
        Ok(go) => go.race(&mut report, &SIZES, &ROWS, Ours::of),
        Err(error) => {
            report.note(&format!("Not measured here: the program in `go/` does not start ({error})."));
        }
    }
    report.finish();
}

/// The program when it is built. Where that fails it is none that starts, and what Go says is on the terminal.
fn program() -> Command {
    let built = concat!(env!("CARGO_TARGET_TMPDIR"), "/google-btree");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/go");
    let status =
        Command::new("go").args(["build", "-mod=mod", "-o", built, "."]).current_dir(folder).status();
    Command::new(if status.is_ok_and(|status| status.success()) { built } else { "go-is-not-here" })
}

struct Ours {
    map: CowOrdMap<u64, u64>,
    keys: Vec<u64>,
    size: usize,
}

impl Ours {
    fn of(size: usize) -> Self {
        Self { map: keys::entries(size).into_iter().collect(), keys: keys::hits(size, SAMPLE), size }
    }

    fn read(&self, span: Duration, read: fn(&Map, u64) -> u64) -> f64 {
        let (mut reader, mut next) = (self.map.reader(), 0);
        time_each(span, || {
            next += 1;
            black_box(read(reader.load(), self.keys[next % SAMPLE]));
        })
    }

    fn get(map: &Map, key: u64) -> u64 {
        map.get(&key).copied().unwrap_or_default()
    }

    fn below(map: &Map, key: u64) -> u64 {
        // No key is one less than another: so this is the one in front of it.
        map.get_le(&key.wrapping_sub(1)).map_or(0, |entry| *entry.1)
    }

    fn range(map: &Map, key: u64) -> u64 {
        map.range(key..).take(RANGE).map(|entry| *entry.1).sum()
    }

    fn walk(&self, span: Duration) -> f64 {
        let mut reader = self.map.reader();
        let mut walk = || _ = black_box(reader.load().iter().map(|entry| *entry.1).sum::<u64>());
        mean_of(span, || time(&mut walk)) / self.size as f64
    }

    fn insert(&self, span: Duration) -> f64 {
        let mut next = 0;
        let [insert, _remove] = repeated(span, 8, |count| {
            let first = self.size + next % 4_000;
            next += count;
            let fresh = || (first..first + count).map(u64::nth);
            [
                time(|| fresh().for_each(|key| _ = self.map.insert(key, 0))),
                time(|| fresh().for_each(|key| _ = self.map.remove(&key))),
            ]
        });
        insert
    }
}
