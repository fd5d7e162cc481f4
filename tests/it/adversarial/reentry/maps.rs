//! The writes of `CowMap` and of `CowOrdMap`.

use super::{Guest, MARK, Subject, Write, sorted, try_all};
use crate::support::alone;
use crate::support::hashers::{By, Mixed};
use readmostly::paged::PagedOrdMap;
use readmostly::{CowMap, CowOrdMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Map = CowMap<Guest, Guest, By<Mixed>>;
type OrdMap = CowOrdMap<Guest, Guest>;

/// Makes a subject of a kind of map.
macro_rules! subject {
    () => {
        Subject {
            make: || (0..20).map(|id| entry(id, 0)).collect(),
            content: |map| sorted(map.snapshot().iter().map(|(key, value)| (key.id, value.tag))),
            mark: |map| drop(map.insert(Guest::new(MARK), Guest::new(MARK))),
        }
    };
}

const SUBJECT: Subject<Map> = subject!();
const ORD_SUBJECT: Subject<OrdMap> = subject!();

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

/// Makes the table of what each kind of map has.
macro_rules! writes {
    () => {
        &[
            ("insert, new", |map| drop(map.insert(Guest::new(99), value(99)))),
            ("insert, there", |map| drop(map.insert(Guest::new(7), value(7)))),
            ("try_insert, new", |map| assert!(map.try_insert(Guest::new(99), value(99)).is_ok())),
            ("try_insert, there", |map| assert!(map.try_insert(Guest::new(7), value(7)).is_err())),
            ("insert_if_absent, there", |map| {
                assert!(map.insert_if_absent(Guest::new(7), value(7)).is_some())
            }),
            ("get_or_insert_with, new", |map| drop(map.get_or_insert_with(Guest::new(99), || value(99)))),
            ("get_or_insert_with, there", |map| drop(map.get_or_insert_with(Guest::new(7), || value(7)))),
            ("get_or_try_insert_with, failed", |map| {
                assert!(map.get_or_try_insert_with(Guest::new(99), || Err(value(99))).is_err());
            }),
            ("get_or_insert_with_ref, new", |map| {
                drop(map.get_or_insert_with_ref(&Guest::new(99), || value(99)))
            }),
            ("get_or_insert_with_ref, there", |map| {
                drop(map.get_or_insert_with_ref(&Guest::new(7), || value(7)))
            }),
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
            ("remove", |map| drop(map.remove(&Guest::new(7)))),
            ("remove, absent", |map| assert!(map.remove(&Guest::new(99)).is_none())),
            ("remove_entry", |map| drop(map.remove_entry(&Guest::new(7)))),
            ("remove_if", |map| drop(map.remove_if(&Guest::new(7), |_, _| true))),
            ("remove_if, not", |map| {
                let unused = value(7);
                drop(map.remove_if(&Guest::new(7), |_, _| false));
                drop(map.remove_if(&Guest::new(99), move |_, _| unused.tag == 1));
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
            ("retain few of the last ones", |map| map.retain(|key, _| key.id <= 10 || key.id % 6 == 1)),
            ("clear", |map| map.clear()),
            ("replace", |map| drop(map.replace(Default::default()))),
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
                    map.retain(
                        |key, _| if key.id > 9 { resume_unwind(Box::new("on purpose")) } else { false },
                    );
                });
                drop(value(1));
            }),
            ("modify, panics", |map| {
                panics(|| {
                    _ = map.modify_or_insert(
                        Guest::new(7),
                        |_| resume_unwind(Box::new("on purpose")),
                        value(7),
                    );
                });
            }),
        ]
    };
}

const WRITES: &[Write<Map>] = writes!();
const ORD_WRITES: &[Write<OrdMap>] = writes!();

/// What an ordered map has beside that.
const ORDERED: &[Write<OrdMap>] = &[
    ("pop_first", |map| drop(map.pop_first())),
    ("pop_last", |map| drop(map.pop_last())),
    ("remove, the first of a leaf", |map| drop(map.remove(&Guest::new(8)))),
    ("append behind", |map| map.append(&(20..40).map(|id| entry(id, 1)).collect())),
    ("append between", |map| map.append(&[7, 9, 99].map(|id| entry(id, 1)).into())),
    ("+append to nothing", |map| {
        map.clear();
        map.append(&[7, 99].map(|id| entry(id, 1)).into());
    }),
    ("split_off", |map| drop(map.split_off(&Guest::new(7)))),
    ("split_off all", |map| drop(map.split_off(&Guest::new(0)))),
    ("assign", |map| _ = map.assign((5..25).map(|id| entry(id, 1)))),
    ("assign few", |map| _ = map.assign((0..3).map(|id| entry(id, 1)))),
    ("assign few of the last ones", |map| {
        _ = map.assign((0..20).filter(|id| *id <= 10 || id % 6 == 1).map(|id| entry(id, 0)));
    }),
    ("+assign to nothing", |map| {
        map.clear();
        map.assign([7, 99, 7].map(|id| entry(id, 1)));
    }),
    ("+apply", |map| {
        let next: PagedOrdMap<_, _> = (5..25).map(|id| entry(id, 1)).collect();
        let delta = map.snapshot().diff_by(&next, |old, new| old.tag == new.tag).collect();
        assert!(map.apply(&delta).is_ok());
        drop(map.apply(&delta));
    }),
];

#[test]
fn the_elements_of_a_map_may_use_it() {
    alone("adversarial::reentry::maps::the_elements_of_a_map_may_use_it", || drop(try_all(&SUBJECT, WRITES)));
}

#[test]
fn the_elements_of_an_ordered_map_may_use_it() {
    alone("adversarial::reentry::maps::the_elements_of_an_ordered_map_may_use_it", || {
        drop(try_all(&ORD_SUBJECT, ORD_WRITES));
        drop(try_all(&ORD_SUBJECT, ORDERED));
    });
}
