//! The writes of `CowIndexMap`.

use super::{Guest, MARK, Subject, Write, sorted, try_all};
use crate::support::alone;
use crate::support::hashers::{By, Mixed};
use readmostly::CowIndexMap;
use readmostly::paged::PagedIndexMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Map = CowIndexMap<Guest, Guest, By<Mixed>>;

const SUBJECT: Subject<Map> = Subject {
    make: || (0..20).map(|id| entry(id, 0)).collect(),
    content: |map| sorted(map.snapshot().iter().map(|(key, value)| (key.id, value.tag))),
    mark: |map| drop(map.insert(Guest::new(MARK), Guest::new(MARK))),
};

fn entry(id: u32, tag: u32) -> (Guest, Guest) {
    (Guest::new(id), Guest::tagged(id, tag))
}

fn value(id: u32) -> Guest {
    Guest::tagged(id, 1)
}

/// Runs what panics on purpose.
fn panics(write: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(write)).is_err());
}

const WRITES: &[Write<Map>] = &[
    ("insert, new", |map| drop(map.insert(Guest::new(99), value(99)))),
    ("insert, there", |map| drop(map.insert(Guest::new(7), value(7)))),
    ("try_insert, new", |map| assert!(map.try_insert(Guest::new(99), value(99)).is_ok())),
    ("try_insert, there", |map| assert!(map.try_insert(Guest::new(7), value(7)).is_err())),
    ("insert_if_absent, there", |map| assert!(map.insert_if_absent(Guest::new(7), value(7)).is_some())),
    ("get_or_insert_with, new", |map| drop(map.get_or_insert_with(Guest::new(99), || value(99)))),
    ("get_or_insert_with, there", |map| drop(map.get_or_insert_with(Guest::new(7), || value(7)))),
    ("get_or_try_insert_with, failed", |map| {
        assert!(map.get_or_try_insert_with(Guest::new(99), || Err(value(99))).is_err());
    }),
    ("get_or_insert_with_ref, new", |map| drop(map.get_or_insert_with_ref(&Guest::new(99), || value(99)))),
    ("get_or_insert_with_ref, there", |map| drop(map.get_or_insert_with_ref(&Guest::new(7), || value(7)))),
    ("get_or_try_insert_with_ref, there", |map| {
        let unused = value(7);
        assert!(map.get_or_try_insert_with_ref(&Guest::new(7), move || Err(unused)).is_ok());
    }),
    ("get_or_try_insert_with_ref, failed", |map| {
        assert!(map.get_or_try_insert_with_ref(&Guest::new(99), || Err(value(99))).is_err());
    }),
    ("+modify", |map| {
        let unused = value(7);
        let mut new = value(7);
        map.modify(&Guest::new(7), |there| std::mem::swap(there, &mut new));
        assert!(map.modify(&Guest::new(99), move |_| drop(unused)).is_none());
    }),
    ("modify_or_insert, new", |map| {
        let unused = value(7);
        map.modify_or_insert(Guest::new(99), move |_| drop(unused), value(99));
    }),
    ("modify_or_insert, there", |map| {
        map.modify_or_insert(Guest::new(7), |there| there.tag = 1, value(7));
    }),
    ("compute, new", |map| drop(map.compute(Guest::new(99), |_| Some(value(99))))),
    ("compute, there", |map| {
        drop(map.compute(Guest::new(7), |there| {
            there.map(|mut there| {
                there.tag = 1;
                there
            })
        }));
    }),
    ("pop", |map| drop(map.pop())),
    ("move_to_back", |map| assert!(map.move_to_back(&Guest::new(7)))),
    ("assign", |map| _ = map.assign((5..30).rev().map(|id| entry(id, 1)))),
    ("shift_remove", |map| drop(map.shift_remove(&Guest::new(7)))),
    ("swap_remove", |map| drop(map.swap_remove(&Guest::new(7)))),
    ("shift_remove, absent", |map| assert!(map.shift_remove(&Guest::new(99)).is_none())),
    ("swap_remove, absent", |map| assert!(map.swap_remove(&Guest::new(99)).is_none())),
    ("shift_remove_entry", |map| drop(map.shift_remove_entry(&Guest::new(7)))),
    ("swap_remove_entry", |map| drop(map.swap_remove_entry(&Guest::new(7)))),
    ("shift_remove_if", |map| drop(map.shift_remove_if(&Guest::new(7), |_, _| true))),
    ("swap_remove_if", |map| drop(map.swap_remove_if(&Guest::new(7), |_, _| true))),
    ("shift_remove_if, not", |map| {
        let unused = value(7);
        drop(map.shift_remove_if(&Guest::new(7), |_, _| false));
        drop(map.shift_remove_if(&Guest::new(99), move |_, _| unused.tag == 1));
    }),
    ("swap_remove_if, not", |map| {
        let unused = value(7);
        drop(map.swap_remove_if(&Guest::new(7), |_, _| false));
        drop(map.swap_remove_if(&Guest::new(99), move |_, _| unused.tag == 1));
    }),
    ("compare_replace", |map| {
        assert!(map.compare_replace(&Guest::new(7), &Guest::new(7), value(7)));
    }),
    ("compare_replace, not", |map| {
        assert!(!map.compare_replace(&Guest::new(7), &Guest::new(8), value(7)));
    }),
    ("extend", |map| map.extend([7, 99, 7, 100, 99].map(|id| entry(id, 1)))),
    ("extend by many", |map| map.extend((0..2_000).map(|id| entry(id % 1_000, 1)))),
    ("+extend from nothing", |map| {
        map.clear();
        map.extend([7, 99, 7, 100, 99].map(|id| entry(id, 1)));
    }),
    ("retain most", |map| map.retain(|key, _| key.id % 5 != 0)),
    ("retain few", |map| map.retain(|key, _| key.id % 5 == 0)),
    ("retain none", |map| map.retain(|_, _| false)),
    ("clear", Map::clear),
    ("replace", |map| drop(map.replace(PagedIndexMap::default()))),
    ("+replace_if_current, stale", |map| {
        let base = map.snapshot();
        map.clear();
        assert!(map.replace_if_current(&base, [entry(99, 1)].into_iter().collect()).is_err());
    }),
    ("~update, undone", |map| {
        let outcome = map.try_update(|draft| {
            draft.extend([entry(99, 1)]);
            Err::<(), _>(value(99))
        });
        assert!(outcome.is_err());
    }),
    ("~write, rolled back", |map| {
        let mut txn = map.write();
        txn.extend([entry(99, 1)]);
        txn.rollback();
    }),
    ("retain, panics", |map| {
        panics(|| {
            map.retain(|key, _| if key.id > 9 { resume_unwind(Box::new("on purpose")) } else { false });
        });
        drop(value(1));
    }),
    ("modify, panics", |map| {
        panics(|| {
            _ = map.modify_or_insert(Guest::new(7), |_| resume_unwind(Box::new("on purpose")), value(7));
        });
    }),
];

#[test]
fn the_elements_of_a_map_in_insertion_order_may_use_it() {
    alone("adversarial::reentry::index_maps::the_elements_of_a_map_in_insertion_order_may_use_it", || {
        drop(try_all(&SUBJECT, WRITES));
    });
}
