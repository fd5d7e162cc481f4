//! The writes of `CowVec`.

use super::{Guest, MARK, Subject, Write, closure, try_all};
use crate::support::alone;
use readmostly::CowVec;
use readmostly::paged::PagedVec;

type List = CowVec<Guest>;

/// Enough for a few on each of several pages.
const LEN: u32 = 150;

const SUBJECT: Subject<List> = Subject {
    make: || (0..LEN).map(|n| Guest::new(n / 2 * 38 % LEN)).collect(),
    content: |list| list.snapshot().iter().map(|element| (element.id, element.tag)).collect(),
    mark: |list| list.push(Guest::new(MARK)),
};

/// The same, with the last element in a page that the directory does not have.
const TAILED: Subject<List> = Subject {
    make: || {
        let element = |n| Guest::new(n / 2 * 38 % LEN);
        let list: List = (0..LEN - 1).map(element).collect();
        list.push(element(LEN - 1));
        assert_eq!(list.snapshot().pages().rev().map(<[Guest]>::len).take(2).collect::<Vec<_>>(), [1, 5]);
        list
    },
    ..SUBJECT
};

/// An element where one is to be added, and otherwise what a closure or an iterator owns.
fn value() -> Guest {
    Guest::new(400)
}

/// A closure that asks for it captures all of the value, and not the number alone.
fn id(value: &Guest) -> u32 {
    value.id
}

/// An iterator that owns a value.
fn some() -> impl Iterator<Item = Guest> {
    let value = value();
    (500..540).map(move |n| {
        closure();
        Guest::new(n + id(&value))
    })
}

const WRITES: &[Write<List>] = &[
    ("push", |list| {
        list.push(value());
        drop(value());
    }),
    ("push_if_absent", |list| {
        assert!(list.push_if_absent(value()));
        drop(value());
    }),
    ("push_if_absent, there", |list| assert!(!list.push_if_absent(Guest::new(38)))),
    ("extend", |list| list.extend(some())),
    ("Extend", |mut list| Extend::extend(&mut list, some())),
    ("extend_absent", |list| {
        let twice = [38, 500, 500, 501, 76].map(Guest::new);
        assert_eq!(list.extend_absent(twice.into_iter().chain([value()])), 3);
    }),
    ("pop", |list| drop(list.pop())),
    ("pop_if", |list| {
        let value = value();
        let pred = move |element: &Guest| (closure(), element.id < 1_000 && id(&value) > 0).1;
        assert!(list.pop_if(pred).is_some());
    }),
    ("pop_if, refused", |list| {
        let value = value();
        assert!(list.pop_if(move |_| (closure(), id(&value) == 0).1).is_none());
    }),
    ("swap", |list| {
        assert!(list.swap(3, 100).is_ok());
        drop(value());
    }),
    ("swap, out of range", |list| {
        assert!(list.swap(3, 1_000).is_err());
        drop(value());
    }),
    ("swap_remove", |list| assert!(list.swap_remove(3).is_some())),
    ("drain", |list| assert_eq!(list.drain(20..120).len(), 100)),
    ("insert_all", |list| assert!(list.insert_all(70, some()).is_ok())),
    ("insert_all, few", |list| assert!(list.insert_all(70, some().take(3)).is_ok())),
    ("insert_all at the end", |list| assert!(list.insert_all(LEN as usize, some()).is_ok())),
    ("insert_all, out of range", |list| assert!(list.insert_all(1_000, some()).is_err())),
    ("replace_all", |list| {
        let value = value();
        list.replace_all(move |element| {
            closure();
            Guest::new(element.id + id(&value))
        });
    }),
    ("insert", |list| assert!(list.insert(70, value()).is_ok())),
    ("insert at the end", |list| {
        assert!(list.insert(LEN as usize, value()).is_ok());
        drop(value());
    }),
    ("insert, out of range", |list| assert!(list.insert(1_000, value()).is_err())),
    ("set", |list| assert!(list.set(70, value()).is_ok())),
    ("set, out of range", |list| assert!(list.set(1_000, value()).is_err())),
    ("remove", |list| assert!(list.remove(70).is_some())),
    ("remove_item", |list| assert!(list.remove_item(&Guest::new(38)))),
    ("drain the end", |list| assert_eq!(list.drain(100..1_000).len(), 50)),
    ("truncate", |list| list.truncate(70)),
    ("truncate by one", |list| list.truncate(LEN as usize - 1)),
    ("truncate by a few", |list| list.truncate(LEN as usize - 3)),
    ("truncate to nothing", |list| list.truncate(0)),
    ("clear", List::clear),
    ("retain", |list| {
        let value = value();
        list.retain(move |element| (closure(), element.id % 3 != 0 && id(&value) > 0).1);
    }),
    ("retain the last", |list| {
        let value = value();
        let mut left = LEN;
        list.retain(move |_| {
            closure();
            left -= 1;
            left == 0 && id(&value) > 0
        });
    }),
    ("retain none", |list| {
        let value = value();
        list.retain(move |_| (closure(), id(&value) == 0).1);
    }),
    ("sort", List::sort),
    ("sort_by", |list| {
        let value = value();
        list.sort_by(move |a, b| (closure(), b.id.cmp(&a.id).then(id(&value).cmp(&400))).1);
    }),
    ("sort_by_key", |list| {
        let value = value();
        list.sort_by_key(move |element| (closure(), element.id % id(&value)).1);
    }),
    ("dedup", List::dedup),
    ("reverse", List::reverse),
    ("replace", |list| drop(list.replace(PagedVec::new()))),
    ("+replace_if_current, too late", |list| {
        let base = list.snapshot();
        list.pop();
        assert!(list.replace_if_current(&base, [value()].into()).is_err());
    }),
    ("~update", |list| {
        let mut value = Some(value());
        list.update(|draft| draft.extend(value.take()));
        drop(Guest::new(1));
    }),
    ("~try_update that fails", |list| {
        let value = value();
        drop(list.try_update(|draft| (draft.clear(), Err::<(), _>(value)).1));
    }),
    ("~a transaction", |list| {
        let mut txn = list.write();
        txn.push(value());
        drop(txn.commit());
        drop(value());
    }),
    ("~a transaction, rolled back", |list| {
        let mut txn = list.write();
        txn.push(value());
        txn.rollback();
    }),
];

#[test]
fn the_elements_of_a_vector_may_use_it() {
    alone("adversarial::reentry::vectors::the_elements_of_a_vector_may_use_it", || {
        drop(try_all(&SUBJECT, WRITES));
        drop(try_all(&TAILED, WRITES));
    });
}
