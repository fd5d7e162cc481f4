//! A whole table, to disk and back.

use readmostly::{CowMap, Snapshot};
use readmostly_benches::report::Report;
use readmostly_benches::{Contender, Role, Trial, race, time};
use readmostly_persist::{Compression, Options, Store};
use readmostly_persist_bench::redis::Server;
use readmostly_persist_bench::{Table, table};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const ROUNDS: usize = 3;

pub(crate) const TABLE: TableDefinition<'_, &str, &str> = TableDefinition::new("table");

/// The table of a contender.
trait Whole {
    /// Has all of it on disk, and returns how many bytes these are.
    fn save(&mut self) -> u64;

    /// Reads it, and returns how many entries it has.
    fn load(&mut self) -> usize;
}

struct Ours {
    folder: PathBuf,
    options: Options,
    snapshot: Snapshot<Table>,
}

impl Whole for Ours {
    fn save(&mut self) -> u64 {
        // Another store each time, which knows of no save before.
        let store = Store::open(&self.folder, self.options.clone()).expect("the store opens");
        store.save(&self.snapshot).expect("it is saved").bytes
    }

    fn load(&mut self) -> usize {
        let store: Store<Table> = Store::open(&self.folder, self.options.clone()).expect("the store opens");
        black_box(store.load().expect("it loads").expect("it was saved").value).len()
    }
}

/// What is done by hand: a clone, one value in postcard, a file that is synced and renamed.
struct Plain {
    folder: PathBuf,
    table: HashMap<String, String>,
}

impl Whole for Plain {
    fn save(&mut self) -> u64 {
        let bytes = postcard::to_stdvec(&self.table.clone()).expect("it is encoded");
        replace_file(&self.folder, &bytes);
        bytes.len() as u64
    }

    fn load(&mut self) -> usize {
        let bytes = fs::read(self.folder.join("file")).expect("the file is read");
        black_box(postcard::from_bytes::<HashMap<String, String>>(&bytes).expect("it is decoded")).len()
    }
}

/// Writes a file, syncs it, gives it its name, and syncs the folder.
pub(crate) fn replace_file(folder: &Path, bytes: &[u8]) {
    let (temporary, name) = (folder.join("file-tmp"), folder.join("file"));
    let mut file = File::create(&temporary).expect("a file");
    file.write_all(bytes).expect("it is written");
    file.sync_data().expect("it is synced");
    fs::rename(temporary, name).expect("it gets its name");
    File::open(folder).and_then(|folder| folder.sync_all()).expect("the folder is synced");
}

struct Redb {
    folder: PathBuf,
    table: Vec<(String, String)>,
}

impl Whole for Redb {
    fn save(&mut self) -> u64 {
        let file = self.folder.join("file");
        let _ = fs::remove_file(&file);
        let database = Database::create(&file).expect("the database opens");
        let transaction = database.begin_write().expect("a transaction");
        {
            let mut table = transaction.open_table(TABLE).expect("the table");
            for (key, value) in &self.table {
                table.insert(&**key, &**value).expect("it is inserted");
            }
        }
        transaction.commit().expect("it is committed");
        drop(database);
        fs::metadata(file).expect("the file is there").len()
    }

    fn load(&mut self) -> usize {
        let database = Database::create(self.folder.join("file")).expect("the database opens");
        let transaction = database.begin_read().expect("a transaction");
        let table = transaction.open_table(TABLE).expect("the table");
        let entries = table.iter().expect("the entries").map(|entry| {
            let (key, value) = entry.expect("an entry");
            (key.value().to_owned(), value.value().to_owned())
        });
        black_box(entries.collect::<HashMap<String, String>>()).len()
    }
}

/// A server, and the file that it saves to.
struct Redis<'a>(&'a mut Server, PathBuf);

impl Whole for Redis<'_> {
    fn save(&mut self) -> u64 {
        self.0.run(&["SAVE"]).expect("it is saved");
        fs::metadata(&self.1).expect("the file is there").len()
    }

    fn load(&mut self) -> usize {
        self.0.run(&["DEBUG", "RELOAD", "NOSAVE"]).expect("it is loaded");
        self.0.run(&["DBSIZE"]).expect("its size").parse().expect("a number")
    }
}

pub(crate) fn saves_and_loads(report: &mut Report, home: &Path, redis: Option<&mut Server>, entries: usize) {
    let cell = CowMap::from(table(entries));
    let folder = |name: &str| {
        let folder = home.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    };
    let options = || Options::new().keep(1).max_chain(0);
    let flat: HashMap<String, String> =
        cell.load().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let ours = |name, options| Ours { folder: folder(name), options, snapshot: cell.snapshot() };
    let mut contenders: Vec<Contender<RefCell<dyn Whole + '_>>> = Vec::new();
    let mut add = |name, role, subject| contenders.push(Contender { name, role, subject });
    add("readmostly, LZ4", Role::Ours, Box::new(RefCell::new(ours("lz4", options()))));
    let none = options().compression(Compression::None);
    add("readmostly, not compressed", Role::Ours, Box::new(RefCell::new(ours("none", none))));
    let sealed = options().key(readmostly_persist::Key::new([7; 32]));
    add("readmostly, LZ4, encrypted", Role::Ours, Box::new(RefCell::new(ours("sealed", sealed))));
    let plain = Plain { folder: folder("plain"), table: flat };
    add("postcard of a cloned HashMap", Role::Rival, Box::new(RefCell::new(plain)));
    let entries_of = cell.load().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    let redb = Redb { folder: folder("redb"), table: entries_of };
    add("redb, one transaction", Role::Rival, Box::new(RefCell::new(redb)));
    if let Some(redis) = redis {
        add(
            "Redis SAVE and DEBUG RELOAD",
            Role::Rival,
            Box::new(RefCell::new(Redis(redis, home.join("redis/dump.rdb")))),
        );
    }
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        let mut subject = it.subject.borrow_mut();
        let mut bytes = 0;
        let save = time(|| bytes = subject.save());
        let load = time(|| assert_eq!(subject.load(), entries));
        [save / 1e6, load / 1e6, bytes as f64]
    });
    let [save, load, bytes] = Trial::split(&contenders, &turns);
    report.note(
        "A save ends when it is on disk; Redis' own does not sync the folder. A load reads from the memory of the system. Only ours and redb check what they \
         read, and ours and Redis' compress.",
    );
    let columns = [("save, ms".into(), &save), ("load, ms".into(), &load), ("bytes on disk".into(), &bytes)];
    report.table(&format!("{entries} keys of 100 bytes"), &columns);
}
