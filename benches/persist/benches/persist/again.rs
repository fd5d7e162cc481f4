//! What it costs that a save and a write read the first tuple struct of each kind again, since its `Serialize` does not tell that a
//! field is skipped.

use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_benches::report::Report;
use readmostly_benches::{Contender, Role, Trial, race, time};
use readmostly_persist::{Durable, Options, Store, SyncMode, Table};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

const ENTRIES: usize = 100_000;
const ROUNDS: usize = 15;
/// How many writes of a durable table there are in a turn.
const WRITES: usize = 1_000;

const STRUCT: &str = "a struct, whose fields have names";
const TUPLE: &str = "a tuple struct";

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Named {
    text: String,
    number: Option<u64>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Unnamed(String, Option<u64>);

/// Tables with values of one kind.
trait Tables {
    /// The time of a save of all in milliseconds, and that of a write that does not wait for the disk in nanoseconds.
    fn turn(&self, round: usize) -> [f64; 2];
}

struct Of<V>
where
    V: Clone + Send + Sync + 'static,
    PagedMap<u64, V>: Table,
{
    table: CowMap<u64, V>,
    store: Store<PagedMap<u64, V>>,
    durable: Durable<CowMap<u64, V>>,
    value: fn(usize) -> V,
}

impl<V> Of<V>
where
    V: Clone + Send + Sync + 'static,
    PagedMap<u64, V>: Table,
{
    fn new(home: &Path, value: fn(usize) -> V) -> Self {
        let table: CowMap<u64, V> = (0..ENTRIES).map(|n| (n as u64, value(n))).collect();
        let folder = || tempfile::tempdir_in(home).expect("a folder").keep();
        let store = Store::open(folder(), Options::new().max_chain(0).keep(1)).expect("the store opens");
        let late = Options::new().sync(SyncMode::Every(Duration::from_hours(1)));
        let (durable, _) = Durable::open(folder(), late).expect("it opens");
        durable.replace((*table.load()).clone()).expect("it is written");
        Self { table, store, durable, value }
    }
}

impl<V> Tables for Of<V>
where
    V: Clone + Send + Sync + 'static,
    PagedMap<u64, V>: Table,
{
    fn turn(&self, round: usize) -> [f64; 2] {
        self.table.insert(0, (self.value)(round));
        let save = time(|| assert!(self.store.save(&self.table.snapshot()).expect("it is saved").written));
        let values: Vec<_> = (0..WRITES).map(|n| (n as u64, (self.value)(n + ENTRIES * round))).collect();
        let write = time(|| {
            for (key, value) in values {
                self.durable.insert(key, value).expect("it is written");
            }
        });
        self.durable.flush().expect("it is on disk");
        [save / 1e6, write / WRITES as f64]
    }
}

pub(crate) fn again(report: &mut Report, home: &Path) {
    let mut contenders: [Contender<dyn Tables>; 2] = [
        Contender {
            name: STRUCT,
            role: Role::Ours,
            subject: Box::new(Of::new(home, |n| Named { text: format!("{n:032}"), number: Some(n as u64) })),
        },
        Contender {
            name: TUPLE,
            role: Role::Ours,
            subject: Box::new(Of::new(home, |n| Unnamed(format!("{n:032}"), Some(n as u64)))),
        },
    ];
    let mut round = 0;
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        round += 1;
        it.subject.turn(round)
    });
    let [save, write] = Trial::split(&contenders, &turns);
    report.note(
        "A `Serialize` of a tuple struct does not tell that it skips a field. So a save reads the first of each kind again, and so does each write of a `Durable`, which \
         does not wait for the disk here.",
    );
    let title = format!("values of {ENTRIES} entries, which are");
    report.table(&title, &[("a save, ms".into(), &save), ("a write, ns".into(), &write)]);
    let ratios = [("a save", &save), ("a write", &write)];
    let ratios: Vec<_> = ratios
        .iter()
        .filter_map(|(what, trial)| Some(format!("{what} {:.2}", trial.ratio(TUPLE, STRUCT)?)))
        .collect();
    report.note(&format!("With {TUPLE} in place of {STRUCT}, round by round: {}.", ratios.join(", ")));
}
