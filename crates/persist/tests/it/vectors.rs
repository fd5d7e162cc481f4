//! Files that every later version must read.

use readmostly::paged::{
    PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowCell, Snapshot};
use readmostly_persist::{Compression, Key, Kind, Options, RawTable, Shape, Store, Table, Whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    name: String,
    limit: Option<u32>,
    parts: BTreeMap<String, f64>,
}

impl Whole for Settings {}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// What is done with each vector: it is compared, or written anew.
trait Visit {
    fn visit<T: Table + Clone + PartialEq + Debug>(
        &mut self,
        name: &str,
        options: Options,
        shape: Shape,
        states: [T; 2],
    );
}

fn visit(visit: &mut impl Visit) {
    let options = || Options::new().schema(7);
    let text = |n: u32| format!("entry {n}, {}", "some text ".repeat(5));
    let map = |more: &[(u32, &str)]| -> PagedMap<u32, String> {
        let all = (0..40).filter(|n| *n != 3 || more.is_empty()).map(|n| (n, text(n)));
        all.chain(more.iter().map(|(n, text)| (*n, (*text).to_owned()))).collect()
    };
    let none = options().compression(Compression::None);
    visit.visit("map", none.clone(), Shape::Map, [map(&[]), map(&[(5, "updated"), (100, "added")])]);
    let set = |range: std::ops::Range<u32>| -> PagedSet<String> { range.map(text).collect() };
    visit.visit("set", options().compression(Compression::Lz4), Shape::Set, [set(0..100), set(1..101)]);
    // Nothing in it repeats, so that a delta is smaller.
    let element = |n: u32| (n, format!("{:08x}", n.wrapping_mul(2_654_435_761)).repeat(2));
    let vec: PagedVec<(u32, String)> = (0..100).map(element).collect();
    let mut spliced = vec.clone();
    drop(spliced.splice(40..43, [element(1000)]));
    visit.visit("vec", options().compression(Compression::Zstd(3)), Shape::Vec, [vec, spliced]);
    let ord_map = |range: std::ops::Range<u32>| -> PagedOrdMap<i64, Option<Vec<u8>>> {
        range.map(|n| (i64::from(n) - 50, (n % 3 > 0).then(|| vec![7; 20]))).collect()
    };
    let key = Key::new(std::array::from_fn(|at| u8::try_from(at).unwrap()));
    let encrypted = options().compression(Compression::Lz4).key(key);
    visit.visit("ord_map", encrypted, Shape::OrdMap, [ord_map(0..100), ord_map(1..103)]);
    let ord_set = |range: std::ops::Range<u32>| -> PagedOrdSet<String> { range.map(text).collect() };
    visit.visit("ord_set", none.clone(), Shape::OrdSet, [ord_set(0..40), ord_set(1..41)]);
    // Not in the order of the keys, and with one that has moved to the end.
    let index_map =
        |from: u32| -> PagedIndexMap<u32, String> { (from..40).rev().map(|n| (n, text(n))).collect() };
    let mut moved = index_map(1);
    moved.insert(20, "updated".to_owned());
    moved.move_to_back(&37);
    moved.insert(100, "added".to_owned());
    visit.visit("index_map", none.clone(), Shape::IndexMap, [index_map(0), moved]);
    let index_set = |from: u32| -> PagedIndexSet<String> { (from..100).rev().map(text).collect() };
    let mut moved = index_set(1);
    moved.move_to_back(&text(98));
    visit.visit("index_set", options().compression(Compression::Lz4), Shape::IndexSet, [index_set(0), moved]);
    let whole = |limit| Settings {
        name: "settings".to_owned(),
        limit,
        parts: BTreeMap::from([("a".to_owned(), 0.5), ("b".to_owned(), -1e300)]),
    };
    visit.visit("whole", none, Shape::Whole, [whole(None), whole(Some(1 << 31))]);
}

/// Index collections are equal in any order. What they show is in theirs.
fn is_same<T: Table + PartialEq + Debug>(a: &T, b: &T) -> bool {
    a == b
        && (!matches!(a.shape(), Shape::IndexMap | Shape::IndexSet) || format!("{a:?}") == format!("{b:?}"))
}

struct Read;

impl Visit for Read {
    fn visit<T: Table + Clone + PartialEq + Debug>(
        &mut self,
        name: &str,
        options: Options,
        shape: Shape,
        states: [T; 2],
    ) {
        let store: Store<T> = Store::open_read_only(folder(name), options.clone()).unwrap();
        assert!(store.unreadable().is_empty());
        let files = store.list();
        assert_eq!(files.len(), 2, "{name}");
        for (info, state) in files.iter().zip(&states) {
            store.verify(info.id).unwrap();
            let loaded = store.load_at(info.id).unwrap();
            assert!(is_same(&loaded.value, state), "{name}: {:?}", loaded.value);
            assert_eq!((info.shape, info.schema, info.version), (shape, 7, info.sequence + 1));
        }
        let second = if shape == Shape::Whole { Kind::Full } else { Kind::Delta };
        assert_eq!((files[0].kind, files[1].kind), (Kind::Full, second));
        assert!(is_same(&store.load().unwrap().unwrap().value, &states[1]));
        assert_eq!(store.tagged("first").unwrap(), files[0].id);
        let raw: Store<RawTable> = Store::open_read_only(folder(name), options).unwrap();
        let entries = raw.load().unwrap().unwrap().value.iter().count();
        assert_eq!(entries as u64, files[1].entries);
    }
}

#[test]
fn the_vectors_are_read() {
    visit(&mut Read);
}

/// Writes them where they are not there. A vector that is there is never written again.
struct Write;

impl Visit for Write {
    fn visit<T: Table + Clone + PartialEq + Debug>(
        &mut self,
        name: &str,
        options: Options,
        _: Shape,
        states: [T; 2],
    ) {
        if folder(name).exists() {
            return;
        }
        let store: Store<T> = Store::open(folder(name), options).unwrap();
        let [first, second] = states;
        let cell = CowCell::new(first.clone());
        // A delta is found whether or not pages are shared.
        cell.replace(first);
        let saved = store.save(&cell.snapshot()).unwrap();
        store.tag(saved.id, "first").unwrap();
        cell.replace(second);
        assert_eq!(Snapshot::version(&cell.snapshot()), 2);
        store.save(&cell.snapshot()).unwrap();
        drop(store);
        std::fs::remove_file(folder(name).join("lock")).unwrap();
    }
}

#[test]
#[ignore = "makes the files anew, which later versions must read as they are: only for a new shape"]
fn write_the_vectors() {
    visit(&mut Write);
}
