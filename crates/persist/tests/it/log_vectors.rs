//! Logs that every later version must read.

use readmostly::paged::{PagedMap, PagedVec};
use readmostly::{CowCell, CowMap, CowVec, Source};
use readmostly_persist::{Compression, Durable, Key, Options, RawTable, Store, SyncMode, Table, Whole};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Limits {
    name: String,
    limit: Option<u64>,
}

impl Whole for Limits {}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// Writes that are synced together.
type Group<T> = Vec<fn(&mut T)>;

/// What is done with each vector: it is compared, or written anew.
trait Visit {
    /// After the second group there is a fold. So there are two logs, and two files of the store.
    fn visit<S>(&mut self, name: &str, options: Options, initial: S::Value, groups: &[Group<S::Value>])
    where
        S: Source<Value: Table + Clone + PartialEq + Debug> + From<S::Value> + Send + Sync + 'static;
}

/// Text of which a codec makes no less than half.
fn noise(n: u32) -> String {
    let part = |part: u32| format!("{:08x}", (n * 4 + part).wrapping_mul(2_654_435_761));
    [part(0), part(1), part(2), part(3)].concat()
}

fn visit(visit: &mut impl Visit) {
    let options = || Options::new().schema(7).max_chain(0);
    let groups: [Group<PagedMap<u32, String>>; 4] = [
        vec![|map| map.extend((0..4).map(|n| (n, format!("entry {n}"))))],
        vec![|map| drop(map.insert(1, "updated".into())), |map| drop(map.remove(&0))],
        vec![|map| drop(map.insert(4, "added".into())), |map| map.clear(), |map| {
            drop(map.insert(5, "b".into()));
        }],
        vec![|map| drop(map.insert(6, "last".into()))],
    ];
    let none = options().compression(Compression::None);
    visit.visit::<CowMap<u32, String>>("log_map", none.clone(), PagedMap::default(), &groups);
    // The same in logs that say of which table they are, as all do that are not older.
    visit.visit::<CowMap<u32, String>>("log_of_a_table", none.clone(), PagedMap::default(), &groups);
    // And in logs that say which one they follow.
    visit.visit::<CowMap<u32, String>>("log_that_follows", none, PagedMap::default(), &groups);
    let groups: [Group<PagedVec<String>>; 4] = [
        vec![|vec| vec.extend(["a".into(), "b".into(), "c".into()])],
        vec![|vec| drop(vec.pop())],
        // In several frames.
        vec![|vec| vec.extend((0..2_500).map(noise))],
        vec![|vec| drop(vec.splice(1..1_001, ["spliced".into()])), |vec| vec.insert(0, "first".into())],
    ];
    let lz4 = options().compression(Compression::Lz4);
    visit.visit::<CowVec<String>>("log_vec", lz4, PagedVec::default(), &groups);
    let groups: [Group<Limits>; 4] = [
        vec![|limits| limits.limit = Some(1)],
        vec![|limits| limits.name.push_str(" and more")],
        vec![|limits| limits.limit = None, |limits| limits.limit = Some(u64::MAX)],
        vec![|limits| limits.name = noise(1)],
    ];
    let key = Key::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
    let encrypted = options().compression(Compression::Zstd(3)).key(key);
    visit.visit::<CowCell<Limits>>(
        "log_whole",
        encrypted,
        Limits { name: "limits".into(), limit: None },
        &groups,
    );
}

/// The last groups are in the newest log.
const BEFORE_THE_FOLD: usize = 2;

/// Zeros behind a log: some of the room that was kept.
const ROOM: usize = 64;

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut logs: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    logs.retain(|file| file.extension().is_some_and(|ending| ending == "rmlog"));
    logs.sort();
    logs
}

fn copy(name: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder(name)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

struct Read;

impl Visit for Read {
    fn visit<S>(&mut self, name: &str, options: Options, initial: S::Value, groups: &[Group<S::Value>])
    where
        S: Source<Value: Table + Clone + PartialEq + Debug> + From<S::Value> + Send + Sync + 'static,
    {
        let mut states = vec![initial.clone()];
        for group in groups {
            let mut next = states[states.len() - 1].clone();
            for write in group {
                write(&mut next);
            }
            states.push(next);
        }
        let writes = |groups: &[Group<S::Value>]| groups.iter().map(|group| group.len() as u64).sum::<u64>();
        let (last, in_newest) = (&states[groups.len()], writes(&groups[BEFORE_THE_FOLD..]));
        let open = |folder: &Path| Durable::<S>::open_or(folder, options.clone(), || initial.clone());

        let whole = copy(name);
        let store: Store<S::Value> = Store::open_read_only(&whole, options.clone()).unwrap();
        assert_eq!((store.list().len(), store.unreadable().len()), (2, 0), "{name}");
        store.verify_all(|_, result| result.unwrap());
        let logged = store.load_logged().unwrap().unwrap();
        assert!(logged.value == *last, "{name}: {:?}", logged.value);
        assert_eq!(
            (logged.writes, logged.recovered.updates, logged.logs.len()),
            (writes(groups), in_newest, 2)
        );
        let raw: Store<RawTable> = Store::open_read_only(&whole, options.clone()).unwrap();
        let raw = raw.load_logged().unwrap().unwrap();
        assert_eq!((raw.writes, raw.value.iter().count() as u64), (logged.writes, last.entries()));
        let (table, recovered) = open(whole.path()).unwrap();
        assert!(*table.load() == *last, "{name}");
        assert!(recovered.updates == in_newest && recovered.torn.is_none() && recovered.skipped.is_empty());

        // The last group is torn.
        let cut = copy(name);
        let newest = logs(cut.path()).pop().unwrap();
        let bytes = fs::read(&newest).unwrap();
        fs::write(&newest, &bytes[..bytes.len() - ROOM - 1]).unwrap();
        let (table, recovered) = open(cut.path()).unwrap();
        assert!(*table.load() == states[groups.len() - 1], "{name}");
        assert_eq!(recovered.torn.unwrap().file, newest);

        // Without the newest file of the store both logs make the same.
        let older = copy(name);
        fs::write(store.list()[1].file.file_name().map(|file| older.path().join(file)).unwrap(), "").unwrap();
        let (table, recovered) = open(older.path()).unwrap();
        assert!(*table.load() == *last, "{name}");
        assert_eq!((recovered.updates, recovered.skipped.len()), (writes(groups), 1));
    }
}

#[test]
fn the_vectors_of_logs_are_read() {
    visit(&mut Read);
}

/// Writes them where they are not there. A vector that is there is never written again.
struct Write;

impl Visit for Write {
    fn visit<S>(&mut self, name: &str, options: Options, initial: S::Value, groups: &[Group<S::Value>])
    where
        S: Source<Value: Table + Clone + PartialEq + Debug> + From<S::Value> + Send + Sync + 'static,
    {
        let folder = folder(name);
        if folder.exists() {
            return;
        }
        // Nothing is on disk before it is asked for: so a group is what it is said to be.
        let options = options.sync(SyncMode::Every(Duration::from_secs(1 << 20)));
        let (table, _) = Durable::<S>::open_or(&folder, options, || initial).unwrap();
        for (at, group) in groups.iter().enumerate() {
            if at == BEFORE_THE_FOLD {
                table.fold().unwrap();
            }
            for write in group {
                table.update(write).unwrap();
            }
            table.flush().unwrap();
        }
        drop(table);
        fs::remove_file(folder.join("lock")).unwrap();
        for log in logs(&folder) {
            let mut bytes = fs::read(&log).unwrap();
            let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
            bytes.resize(used + ROOM, 0);
            fs::write(&log, bytes).unwrap();
        }
    }
}

#[test]
#[ignore = "makes the files anew, which later versions must read as they are: only for a new kind of log"]
fn write_the_vectors_of_logs() {
    visit(&mut Write);
}
