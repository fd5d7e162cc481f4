//! What hands out a part of a value, or an `Arc` that is the value; and a cell in a `static`.

use crate::support::{Census, alone};
use readmostly::{
    CowCell, CowMap, CowSet, Guard, MappedGuard, MappedReader, MappedSnapshot, Reader, Snapshot, Watch,
};
use std::sync::{Arc, LazyLock, mpsc};
use std::thread;

/// Not `Clone`: a table that hands it out has not copied it.
#[derive(Debug)]
struct Session(&'static str);

#[test]
fn a_part_is_of_the_version_that_its_handle_shows() {
    let cell = CowCell::new((1, vec!["a", "b"]));
    let guard = Guard::map(cell.load(), |(_, names)| &names[..]);
    let snapshot = Snapshot::map(cell.snapshot(), |(_, names)| &names[1]);
    let mut reader = Reader::map(cell.reader(), |(number, _)| number);
    cell.replace((2, vec![]));
    assert_eq!((&*guard, *snapshot, *reader.peek()), (&["a", "b"][..], "b", 1));
    assert_eq!((guard.len(), snapshot.clone().len()), (2, 1));
    assert_eq!(
        format!("{guard:?} {snapshot:?} {reader:?}"),
        r#"["a", "b"] "b" MappedReader { version: 0, part: 1, .. }"#
    );
    assert_eq!(*reader.load(), 2);

    let (guard, snapshot) = (MappedGuard::into_whole(guard), MappedSnapshot::into_whole(snapshot));
    assert_eq!((Guard::version(&guard), Snapshot::version(&snapshot), guard.0), (0, 0, 1));
    assert_eq!(MappedReader::into_whole(reader).version(), 1);
}

#[test]
fn a_part_keeps_its_version_as_its_handle_does() {
    alone("cell::handles::a_part_keeps_its_version_as_its_handle_does", || {
        let census = Census::new();
        let cell = CowCell::new((census.count(0), 0));
        let guard = Guard::map(cell.load(), |(counted, _)| counted);
        let snapshot = Snapshot::map(cell.snapshot(), |(counted, _)| counted);
        drop(cell.replace((census.count(1), 1)));
        drop(snapshot);
        assert_eq!((census.alive(), **guard), (2, 0));
        drop(guard);
        // With `epoch`, a publish frees it.
        drop(cell.replace((census.count(2), 2)));
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn an_arc_goes_in_and_out_without_a_copy() {
    let first = Arc::new(Session("ann"));
    let cell = CowCell::new(Arc::clone(&first));
    let out = cell.load_arc();
    assert!(Arc::ptr_eq(&first, &out));
    // `first`, the cell's, and `out`.
    assert_eq!(Arc::strong_count(&first), 3);
    drop(cell.replace(Arc::new(Session("bob"))));
    assert_eq!((out.0, cell.load_arc().0), ("ann", "bob"));

    let unsized_value: CowCell<Arc<dyn Fn() -> u8 + Send + Sync>> = CowCell::new(Arc::new(|| 7));
    assert_eq!(unsized_value.load_arc()(), 7);
}

#[test]
fn an_arc_keeps_its_value_and_not_the_version() {
    alone("cell::handles::an_arc_keeps_its_value_and_not_the_version", || {
        let census = Census::new();
        let cell = CowCell::new(Arc::new(census.count(0)));
        let (out, version) = (cell.load_arc(), cell.snapshot());
        drop(cell.replace(Arc::new(census.count(1))));
        drop(version);
        cell.replace(Arc::new(census.count(2)));
        assert_eq!((cell.stats().living, census.alive(), **out), (1, 2, 0));
    });
}

#[test]
fn a_table_of_arcs_hands_them_out_without_a_copy() {
    let ann = Arc::new(Session("ann"));
    let map = CowMap::from([(7, Arc::clone(&ann))]);
    let out: Arc<Session> = map.get(&7).unwrap();
    let made: Arc<Session> = map.get_or_insert_with(8, || Arc::new(Session("bob")));
    assert!(Arc::ptr_eq(&ann, &out) && Arc::ptr_eq(&made, &map.get(&8).unwrap()));
    let removed: Arc<Session> = map.remove(&7).unwrap();
    assert!(Arc::ptr_eq(&ann, &removed));

    let interned: CowSet<Arc<str>> = CowSet::from([Arc::from("a")]);
    assert!(Arc::ptr_eq(&interned.get("a").unwrap(), &interned.get("a").unwrap()));
}

#[test]
fn a_cell_in_a_static_serves_all_threads() {
    static TABLE: LazyLock<CowMap<&str, u32>> = LazyLock::new(|| CowMap::from([("limit", 10)]));

    let mut watch = Watch::new(&*TABLE);
    let (say, said) = mpsc::channel();
    let thread = thread::spawn(move || {
        // The handles are of a `&'static CowMap`, so they go to threads that nobody joins.
        let mut reader = Reader::new(&*TABLE);
        say.send(reader.load()["limit"]).unwrap();
        let update = watch.next();
        (update.old["limit"], update.new["limit"], reader.load()["limit"])
    });
    assert_eq!(said.recv(), Ok(10));
    TABLE.insert("limit", 20);
    assert_eq!(thread.join().unwrap(), (10, 20, 20));
}
