//! Writes that are on disk before anybody sees them.

use fastrand::Rng;
use readmostly::CowMap;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial};
use readmostly_persist::{Durable, Options};
use readmostly_persist_bench::{key, table, value};
use redb::Database;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::whole::TABLE;

const ENTRIES: usize = 100_000;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(1);
const WRITERS: [usize; 2] = [1, 8];

const OURS: &str = "readmostly Durable, Always";
const REDB: &str = "redb, Immediate";
const SQLITE: &str = "SQLite, WAL, FULL";

/// Writes one entry, and returns when that is on disk.
type Write<'a> = Box<dyn FnMut(&str, &str) + 'a>;

trait Engine: Sync {
    /// For one thread.
    fn writer(&self) -> Write<'_>;
}

impl Engine for Durable<CowMap<String, String>> {
    fn writer(&self) -> Write<'_> {
        Box::new(|key, value| _ = self.insert(key.to_owned(), value.to_owned()).expect("it is written"))
    }
}

impl Engine for Database {
    fn writer(&self) -> Write<'_> {
        Box::new(|key, value| {
            let transaction = self.begin_write().expect("a transaction");
            transaction.open_table(TABLE).expect("the table").insert(key, value).expect("it is inserted");
            transaction.commit().expect("it is committed");
        })
    }
}

struct Sqlite(PathBuf);

impl Sqlite {
    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("the database opens");
        connection.busy_timeout(Duration::from_mins(1)).expect("it waits");
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            .expect("it takes the settings");
        connection
    }
}

impl Engine for Sqlite {
    fn writer(&self) -> Write<'_> {
        let connection = self.connect();
        Box::new(move |key, value| {
            let mut statement = connection
                .prepare_cached("INSERT OR REPLACE INTO entries VALUES (?1, ?2)")
                .expect("a statement");
            statement.execute(params![key, value]).expect("it is written");
        })
    }
}

fn ours(home: &Path) -> Durable<CowMap<String, String>> {
    let (durable, _) = Durable::<CowMap<_, _>>::open(home.join("durable"), Options::new()).expect("it opens");
    durable.replace(table(ENTRIES)).expect("it is written");
    durable
}

fn redb(home: &Path) -> Database {
    let database = Database::create(home.join("durable.redb")).expect("it opens");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut entries = transaction.open_table(TABLE).expect("the table");
        for number in 0..ENTRIES {
            entries.insert(&*key(number), &*value(number, 0)).expect("it is inserted");
        }
    }
    transaction.commit().expect("it is committed");
    database
}

fn sqlite(home: &Path) -> Sqlite {
    let sqlite = Sqlite(home.join("durable.sqlite"));
    let mut connection = sqlite.connect();
    connection
        .execute_batch("CREATE TABLE entries (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;")
        .expect("a table");
    let transaction = connection.transaction().expect("a transaction");
    for number in 0..ENTRIES {
        transaction
            .execute("INSERT INTO entries VALUES (?1, ?2)", params![key(number), value(number, 0)])
            .expect("it is inserted");
    }
    transaction.commit().expect("it is committed");
    sqlite
}

/// The time of one write, with so many writers.
fn turn(engine: &dyn Engine, writers: usize, span: Duration) -> f64 {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    thread::scope(|scope| {
        for seed in 0..writers {
            let (stop, done) = (&stop, &done);
            scope.spawn(move || {
                let (mut random, mut write) = (Rng::with_seed(seed as u64), engine.writer());
                let mut round = 1;
                while !stop.load(Ordering::Relaxed) {
                    let number = random.usize(..ENTRIES);
                    write(&key(number), &value(number, round));
                    done.fetch_add(1, Ordering::Relaxed);
                    round += 1;
                }
            });
        }
        thread::sleep(span);
        stop.store(true, Ordering::Relaxed);
    });
    began.elapsed().as_nanos() as f64 / done.load(Ordering::Relaxed) as f64
}

pub(crate) fn updates(report: &mut Report, home: &Path) {
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let mut contenders: [Contender<dyn Engine>; 3] = [
        Contender { name: OURS, role: Role::Ours, subject: Box::new(ours(home)) },
        Contender { name: REDB, role: Role::Rival, subject: Box::new(redb(home)) },
        Contender { name: SQLITE, role: Role::Rival, subject: Box::new(sqlite(home)) },
    ];
    report.note(&format!(
        "A table of {ENTRIES} keys with values of 100 bytes, of which each write sets one, in a transaction of its own. A writer of SQLite has a connection of its own."
    ));
    let columns = WRITERS.map(|writers| {
        (
            format!("{writers} writers"),
            Trial::run(rounds, &mut contenders, |engine| turn(engine, writers, span)),
        )
    });
    let shown: Vec<_> = columns.iter().map(|(writers, trial)| (writers.clone(), trial)).collect();
    report.table("a write that is on disk, ns for each", &shown);
    for (writers, trial) in &columns {
        let each: Vec<_> = [OURS, REDB, SQLITE]
            .iter()
            .filter_map(|name| Some(format!("{name} {:.0}", 1e9 / trial.median(name)?)))
            .collect();
        report.note(&format!("Writes a second, {writers}: {}.", each.join(", ")));
    }
    let found: Vec<_> = columns
        .iter()
        .filter_map(|(writers, trial)| Some((writers.clone(), trial.ratio(OURS, REDB)?)))
        .collect();
    report.reach("a write that is on disk", REDB, Target::AtMost(1.0), &found);
}
