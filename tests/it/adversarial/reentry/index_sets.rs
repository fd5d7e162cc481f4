//! The writes of `CowIndexSet`.

use super::{Guest, MARK, Subject, Write, closure, sorted, try_all};
use crate::support::alone;
use crate::support::hashers::{By, Mixed};
use readmostly::CowIndexSet;
use readmostly::paged::PagedIndexSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Set = CowIndexSet<Guest, By<Mixed>>;

const SUBJECT: Subject<Set> = Subject {
    make: || (0..20).map(Guest::new).collect(),
    content: |set| sorted(set.snapshot().iter().map(|element| (element.id, element.tag))),
    mark: |set| _ = set.insert(Guest::new(MARK)),
};

fn other(id: u32) -> Guest {
    Guest::tagged(id, 1)
}

const WRITES: &[Write<Set>] = &[
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
    ("shift_remove", |set| assert!(set.shift_remove(&other(7)))),
    ("swap_remove", |set| assert!(set.swap_remove(&other(7)))),
    ("shift_remove, absent", |set| assert!(!set.shift_remove(&other(99)))),
    ("shift_take", |set| drop(set.shift_take(&other(7)))),
    ("swap_take", |set| drop(set.swap_take(&other(7)))),
    ("pop", |set| drop(set.pop())),
    ("move_to_back", |set| assert!(set.move_to_back(&other(7)))),
    ("assign", |set| _ = set.assign((5..30).rev().map(other))),
    ("extend", |set| set.extend([7, 99, 7, 100, 99].map(other))),
    ("extend by many", |set| set.extend((0..4_000).map(|id| other(id % 2_000)))),
    ("+extend from nothing", |set| {
        set.clear();
        set.extend([7, 99, 7, 100, 99].map(other));
    }),
    ("retain most", |set| set.retain(|element| element.id % 5 != 0)),
    ("retain few", |set| set.retain(|element| element.id % 5 == 0)),
    ("retain none", |set| set.retain(|_| false)),
    ("clear", Set::clear),
    ("replace", |set| drop(set.replace(PagedIndexSet::default()))),
    ("~update, undone", |set| {
        let outcome = set.try_update(|draft| {
            draft.extend([99].map(other));
            Err::<(), _>(other(99))
        });
        assert!(outcome.is_err());
    }),
    ("retain, panics", |set| {
        let retain = || {
            set.retain(|element| if element.id > 9 { resume_unwind(Box::new("on purpose")) } else { false });
        };
        assert!(catch_unwind(AssertUnwindSafe(retain)).is_err());
        drop(other(1));
    }),
];

#[test]
fn the_elements_of_a_set_in_insertion_order_may_use_it() {
    alone("adversarial::reentry::index_sets::the_elements_of_a_set_in_insertion_order_may_use_it", || {
        drop(try_all(&SUBJECT, WRITES));
    });
}
