//! The writes of `CowSet` and of `CowOrdSet`.

use super::{Guest, MARK, Subject, Write, closure, sorted, try_all};
use crate::support::alone;
use crate::support::hashers::{By, Mixed};
use readmostly::paged::PagedOrdSet;
use readmostly::{CowOrdSet, CowSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Set = CowSet<Guest, By<Mixed>>;
type OrdSet = CowOrdSet<Guest>;

/// Makes a subject of a kind of set.
macro_rules! subject {
    () => {
        Subject {
            make: || (0..20).map(Guest::new).collect(),
            content: |set| sorted(set.snapshot().iter().map(|element| (element.id, element.tag))),
            mark: |set| _ = set.insert(Guest::new(MARK)),
        }
    };
}

const SUBJECT: Subject<Set> = subject!();
const ORD_SUBJECT: Subject<OrdSet> = subject!();

fn other(id: u32) -> Guest {
    Guest::tagged(id, 1)
}

/// Makes the table of what each kind of set has.
macro_rules! writes {
    () => {
        &[
            ("insert, new", |set| {
                assert!(set.insert(other(99)));
                drop(other(99));
            }),
            ("insert, there", |set| assert!(!set.insert(other(7)))),
            ("replace_item, new", |set| {
                assert!(set.replace_item(other(99)).is_none());
                drop(other(99));
            }),
            ("replace_item, there", |set| drop(set.replace_item(other(7)))),
            ("get_or_insert_with, new", |set| {
                let make = |sought: &Guest| {
                    closure();
                    other(sought.id)
                };
                drop(set.get_or_insert_with(&Guest::new(99), make));
            }),
            ("get_or_insert_with, there", |set| {
                let unused = other(7);
                drop(set.get_or_insert_with(&Guest::new(7), move |_| unused));
            }),
            ("remove", |set| assert!(set.remove(&other(7)))),
            ("remove, absent", |set| assert!(!set.remove(&other(99)))),
            ("take", |set| drop(set.take(&other(7)))),
            ("extend", |set| set.extend([7, 99, 7, 100, 99].map(other))),
            ("extend by many", |set| set.extend((0..4_000).map(|id| other(id % 2_000)))),
            ("+extend from nothing", |set| {
                set.clear();
                set.extend([7, 99, 7, 100, 99].map(other));
            }),
            ("retain most", |set| set.retain(|element| element.id % 5 != 0)),
            ("retain few", |set| set.retain(|element| element.id % 5 == 0)),
            ("retain none", |set| set.retain(|_| false)),
            ("retain few of the last ones", |set| {
                set.retain(|element| element.id <= 10 || element.id % 6 == 1)
            }),
            ("clear", |set| set.clear()),
            ("replace", |set| drop(set.replace(Default::default()))),
            ("~update, undone", |set| {
                let outcome = set.try_update(|draft| {
                    draft.extend([99].map(other));
                    Err::<(), _>(other(99))
                });
                assert!(outcome.is_err());
            }),
            ("retain, panics", |set| {
                let retain = || {
                    set.retain(
                        |element| if element.id > 9 { resume_unwind(Box::new("on purpose")) } else { false },
                    );
                };
                assert!(catch_unwind(AssertUnwindSafe(retain)).is_err());
                drop(other(1));
            }),
        ]
    };
}

const WRITES: &[Write<Set>] = writes!();
const ORD_WRITES: &[Write<OrdSet>] = writes!();

/// What an ordered set has beside that.
const ORDERED: &[Write<OrdSet>] = &[
    ("pop_first", |set| drop(set.pop_first())),
    ("pop_last", |set| drop(set.pop_last())),
    ("replace_item, the first of a leaf", |set| drop(set.replace_item(other(8)))),
    ("take, the first of a leaf", |set| drop(set.take(&other(8)))),
    ("append behind", |set| set.append(&(20..40).map(other).collect())),
    ("append between", |set| set.append(&[7, 9, 99].map(other).into())),
    ("split_off", |set| drop(set.split_off(&other(7)))),
    ("assign", |set| _ = set.assign((5..25).map(other))),
    ("+apply", |set| {
        let next: PagedOrdSet<_> = (5..25).map(other).collect();
        let delta = set.snapshot().diff(&next).collect();
        assert!(set.apply(&delta).is_ok());
        assert!(set.apply(&delta).is_err());
    }),
];

#[test]
fn the_elements_of_a_set_may_use_it() {
    alone("adversarial::reentry::sets::the_elements_of_a_set_may_use_it", || drop(try_all(&SUBJECT, WRITES)));
}

#[test]
fn the_elements_of_an_ordered_set_may_use_it() {
    alone("adversarial::reentry::sets::the_elements_of_an_ordered_set_may_use_it", || {
        drop(try_all(&ORD_SUBJECT, ORD_WRITES));
        drop(try_all(&ORD_SUBJECT, ORDERED));
    });
}
