//! Equal values are no new version, also where others publish all the time.

use crate::support::{lines, says};
use readmostly::paged::PagedSet;
use readmostly::{CowCell, CowSet, Keep};
use readmostly_reload::{Changes, Refused, Reload, Target};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

struct List(Vec<String>);

/// A list of the source's, and a count of others.
#[derive(Clone, Default)]
struct Table {
    list: Vec<String>,
    hits: u32,
}

impl Target<List> for CowCell<Table> {
    fn make(base: &Table, list: List) -> Table {
        Table { list: list.0, hits: base.hits }
    }
    fn changes(old: &Table, new: &Table) -> Changes {
        Changes { updated: usize::from(old.list != new.list), ..Changes::default() }
    }
    fn restore(base: &Table, wanted: &Table) -> Option<Table> {
        Some(Table { list: wanted.list.clone(), hits: base.hits })
    }
}

/// It was a version in which nothing differed, where others had published three times while it was worked out.
#[test]
fn equal_values_of_a_part_are_no_version_where_others_publish_all_the_time() {
    let cell = Arc::<CowCell<Table>>::default();
    let (writer, calls) = (Arc::clone(&cell), AtomicU32::new(0));
    let validate = move |_: &Table, _: &Table| {
        if calls.fetch_add(1, Ordering::Relaxed) > 0 {
            writer.update(|table| table.hits += 1);
        }
        Ok::<_, Refused>(())
    };
    // The lines of which are the same.
    let parse = |content: &_| lines(content).map(List);
    let reload = Reload::source(says(&["a", "a\n"])).parse(parse).validate(validate);
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    let before = cell.version();
    let status = reloader.now();
    let of_others = u64::from(cell.load().hits);
    assert_eq!((of_others, cell.version()), (3, before + of_others));
    assert_eq!((status.last_error, status.applied, status.unchanged), (None, 1, 1));
    assert_eq!(status.version, cell.version());
}

/// What the others publish in the end is what the content says.
#[test]
fn values_that_others_have_published_meanwhile_are_no_version() {
    let set = Arc::new(CowSet::<String>::new());
    let (writer, calls) = (Arc::clone(&set), AtomicU32::new(0));
    let validate = move |_: &PagedSet<String>, new: &PagedSet<String>| {
        if new.contains("b") {
            match calls.fetch_add(1, Ordering::Relaxed) {
                0 => drop(writer.insert("x".into())),
                1 => drop(writer.insert("b".into())),
                _ => drop(writer.remove("x")),
            }
        }
        Ok::<_, Refused>(())
    };
    let reload = Reload::source(says(&["a", "a\nb"])).parse(lines).validate(validate);
    let reloader = reload.into(Arc::clone(&set)).unwrap();
    let status = reloader.now();
    assert_eq!((set.version(), status.version, status.applied), (4, 4, 1), "one of ours and three of others");
}

/// A rollback asked once, before others published the very values that it leads to.
#[test]
fn a_rollback_to_values_that_others_have_published_meanwhile_does_nothing() {
    static OTHERS: OnceLock<Arc<CowCell<Other>>> = OnceLock::new();
    #[derive(Clone, Default)]
    struct Other(Vec<String>);
    impl Target<List> for CowCell<Other> {
        fn make(_: &Other, list: List) -> Other {
            Other(list.0)
        }
        fn changes(old: &Other, new: &Other) -> Changes {
            Changes { updated: usize::from(old.0 != new.0), ..Changes::default() }
        }
        fn restore(_: &Other, wanted: &Other) -> Option<Other> {
            // Another one publishes that, if it can.
            if let Some(mut txn) = OTHERS.get().expect("it was set").try_write() {
                txn.0.clone_from(&wanted.0);
                txn.commit();
            }
            Some(wanted.clone())
        }
    }
    let cell = Arc::<CowCell<Other>>::default();
    assert!(OTHERS.set(Arc::clone(&cell)).is_ok());
    let reload = Reload::source(says(&["a", "b"])).parse(|content: &_| lines(content).map(List));
    let reloader = reload.keep(Keep::versions(20)).into(Arc::clone(&cell)).unwrap();
    let before = reloader.now();
    let status = reloader.rollback(1).unwrap();
    assert_eq!((&*cell.load().0, cell.version()), (&["a".to_owned()][..], 3), "that of the other one");
    assert_eq!(status, before);
}
