//! What is left when the user's code panics: in `Clone`, in `Drop`, in a closure, in an iterator.

use crate::support::Call;
use crate::support::elements::{Elem, clones, comes_through, live};
use readmostly::paged::PagedVec;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// 24 bytes: 64 are a page.
type Vector = PagedVec<Elem>;

fn elems(ids: impl IntoIterator<Item = u64>) -> Vector {
    ids.into_iter().map(Elem::new).collect()
}

fn values(vec: &Vector) -> Vec<u64> {
    let values: Vec<u64> = vec.iter().map(|element| element.pair().0).collect();
    assert_eq!(values.len(), vec.len());
    assert!((0..vec.len()).all(|index| vec[index].id == values[index]));
    values
}

/// Regular and irregular pages, several of them.
fn layouts() -> [Vector; 2] {
    let parts = [0..50, 50..150, 150..151, 151..200].map(elems);
    [elems(0..200), PagedVec::concat(parts)]
}

/// With elements in the tail, and a version that has the same directory.
fn tailed() -> (Vector, Vector) {
    let other = elems(0..1_050);
    let mut vec = other.clone();
    vec.push(Elem::new(1_050));
    vec.push(Elem::new(1_051));
    assert_eq!(vec.shared_pages(&other), vec.page_count() - 1);
    (vec, other)
}

type Change = fn(&mut Vector);

const CHANGES: &[(&str, Change)] = &[
    ("push", |vec| vec.push(Elem::new(1))),
    ("pop", |vec| drop(vec.pop())),
    ("insert", |vec| vec.insert(100, Elem::new(1))),
    ("remove", |vec| drop(vec.remove(150))),
    ("remove the first", |vec| drop(vec.remove(0))),
    ("swap_remove", |vec| drop(vec.swap_remove(10))),
    ("swap", |vec| vec.swap(3, 180)),
    ("set", |vec| vec[77] = Elem::new(1)),
    ("truncate", |vec| vec.truncate(77)),
    ("resize", |vec| vec.resize(300, Elem::new(1))),
    ("extend", |vec| vec.extend((0..100).map(Elem::new))),
    ("extend_from_slice", |vec| {
        let more: Vec<Elem> = (0..100).map(Elem::new).collect();
        vec.extend_from_slice(&more);
    }),
    ("insert_all, few", |vec| vec.insert_all(20, (0..5).map(Elem::new))),
    ("insert_all, many", |vec| vec.insert_all(20, (0..150).map(Elem::new))),
    ("append", |vec| {
        let mut more = elems(0..3);
        let _shared = more.clone();
        vec.append(&mut more);
    }),
    ("split_off", |vec| drop(vec.split_off(77))),
    ("drain", |vec| drop(vec.drain(33..133))),
    ("splice", |vec| drop(vec.splice(33..133, (0..9).map(Elem::new)))),
    ("retain", |vec| vec.retain(|element| element.id % 3 != 0)),
    ("dedup", |vec| vec.dedup_by_key(|element| element.id / 2)),
    ("reverse", |vec| vec.reverse()),
    ("rotate", |vec| vec.rotate_left(77)),
    ("fill", |vec| vec.fill(Elem::new(1))),
    ("sort", |vec| vec.sort_by(|a, b| b.id.cmp(&a.id))),
    ("sort_by_cached_key", |vec| vec.sort_by_cached_key(|element| element.id % 10)),
    ("clear", |vec| vec.clear()),
];

#[test]
fn a_panic_in_clone_changes_nothing() {
    for (name, change) in CHANGES {
        for layout in 0..2 {
            // Each of the first twenty clones, and some of the others, up to the one that is not reached.
            for fuse in (0..40).chain((40..).step_by(13)) {
                let mut vec = layouts().into_iter().nth(layout).expect("two of them");
                let before = values(&vec);
                // Some pages are shared, some are not.
                let whole = (fuse % 2 == 0).then(|| vec.clone());
                let part = whole.is_none().then(|| {
                    let other = vec.clone();
                    vec[199].id = 199;
                    vec[0].id = 0;
                    other
                });
                let through = comes_through(Call::Clone, fuse / 2, || change(&mut vec));
                if !through {
                    assert_eq!(values(&vec), before, "{name}, at clone {fuse}");
                }
                for version in [&whole, &part].into_iter().flatten() {
                    assert_eq!(values(version), before, "{name}");
                }
                vec.push(Elem::new(7));
                values(&vec);
                drop((vec, whole, part));
                assert_eq!(live(), 0, "{name}");
                if through && fuse % 2 == 1 {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_panic_in_a_tail_changes_nothing() {
    for (name, change) in CHANGES {
        // Who else has the tail, and the directory. What a `Clone`, or a `Drop`, leaves behind when it panics.
        for (tail, dir, in_clone) in [
            (true, true, true),
            (false, true, true),
            (true, false, true),
            (true, true, false),
            (false, false, false),
        ] {
            for fuse in (0..4).chain((20..).step_by(151)) {
                let (mut vec, other) = tailed();
                let before = values(&vec);
                let mut kept = (tail.then(|| vec.clone()), dir.then_some(other));
                if let (false, Some(kept)) = (dir, &mut kept.0) {
                    // Now it has a directory of its own, and still the same tail.
                    kept[0].id = 0;
                }
                let call = if in_clone { Call::Clone } else { Call::Drop };
                let through = comes_through(call, fuse, || change(&mut vec));
                if !through && in_clone {
                    assert_eq!(values(&vec), before, "{name}, at clone {fuse}");
                }
                assert!(kept.0.as_ref().is_none_or(|kept| values(kept) == before), "{name}");
                vec.push(Elem::new(7));
                vec.insert(0, Elem::new(7));
                values(&vec);
                drop((vec, kept));
                assert_eq!(live(), 0, "{name}");
                if through {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_panic_in_drop_drops_nothing_twice() {
    for (name, change) in CHANGES {
        for layout in 0..2 {
            for shared in [true, false] {
                for fuse in 0.. {
                    let mut vec = layouts().into_iter().nth(layout).expect("two of them");
                    let before = values(&vec);
                    let kept = shared.then(|| vec.clone());
                    let through = comes_through(Call::Drop, fuse, || change(&mut vec));
                    values(&vec);
                    assert!(kept.as_ref().is_none_or(|kept| values(kept) == before), "{name}");
                    vec.push(Elem::new(7));
                    vec.insert(0, Elem::new(7));
                    values(&vec);
                    drop((vec, kept));
                    assert_eq!(live(), 0, "{name}, at drop {fuse}");
                    if through {
                        break;
                    }
                }
            }
        }
    }
    for fuse in 0..200 {
        let vec = elems(0..200);
        assert!(!comes_through(Call::Drop, fuse, || drop(vec)));
        assert_eq!(live(), 0);
    }
}

#[test]
fn a_panicking_closure_changes_nothing() {
    let changes: [(&str, Change); 9] = [
        ("retain", |vec| {
            vec.retain(|element| if element.id == 150 { panic!() } else { element.id > 100 });
        }),
        ("dedup_by", |vec| vec.dedup_by(|a, b| if a.id == 150 { panic!() } else { b.id < 100 })),
        ("dedup_by_key", |vec| vec.dedup_by_key(|a| if a.id == 150 { panic!() } else { a.id / 2 })),
        ("sort_by_cached_key", |vec| {
            vec.sort_by_cached_key(|a| if a.id == 150 { panic!() } else { a.id % 7 });
        }),
        ("extend", |vec| {
            vec.extend((0..90).map(|n| if n == 80 { panic!() } else { Elem::new(n) }));
        }),
        ("insert_all", |vec| {
            vec.insert_all(9, (0..90).map(|n| if n == 80 { panic!() } else { Elem::new(n) }));
        }),
        ("splice", |vec| {
            drop(vec.splice(9..99, (0..90).map(|n| if n == 80 { panic!() } else { Elem::new(n) })));
        }),
        ("resize_with", |vec| {
            let mut n = 0;
            vec.resize_with(2_000, || (n += 1, if n == 80 { panic!() } else { Elem::new(n) }).1);
        }),
        ("sort_by, in order so far", |vec| {
            vec.sort_by(|a, b| if a.id == 150 { panic!() } else { a.id.cmp(&b.id) });
        }),
    ];
    for (name, change) in changes {
        let [regular, irregular] = layouts();
        let (tailed, other) = tailed();
        for mut vec in [regular, irregular, tailed] {
            let before = vec.clone();
            let expected = values(&vec);
            assert!(catch_unwind(AssertUnwindSafe(|| change(&mut vec))).is_err(), "{name}");
            assert!(vec.ptr_eq(&before), "{name}");
            drop(before);
            assert!(catch_unwind(AssertUnwindSafe(|| change(&mut vec))).is_err(), "{name}");
            assert_eq!(values(&vec), expected, "{name}");
        }
        drop(other);
        assert_eq!(live(), 0, "{name}");
    }
}

#[test]
fn a_panicking_comparator_loses_no_element() {
    for shared in [true, false] {
        for fuse in (0..1_500).step_by(7) {
            let mut vec = elems((0..200).map(|n| n * 7 % 200));
            let before = values(&vec);
            let kept = shared.then(|| vec.clone());
            let calls = Cell::new(0);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                vec.sort_by(
                    |a, b| if calls.replace(calls.get() + 1) == fuse { panic!() } else { a.id.cmp(&b.id) },
                );
            }));
            let mut after = values(&vec);
            if let Some(kept) = &kept {
                assert_eq!(values(kept), before);
                assert!(outcome.is_ok() || kept.ptr_eq(&vec));
            }
            after.sort_unstable();
            assert!(after.into_iter().eq(0..200));
            drop((vec, kept));
            assert_eq!(live(), 0);
        }
    }
}

#[test]
fn a_write_clones_each_element_of_its_page_once() {
    let original = elems(0..200);
    let page = original.pages().next().map_or(0, <[Elem]>::len);
    assert_eq!(page, 64);
    let changes: [(&str, usize, Change); 8] = [
        ("set", page, |vec| vec[70] = Elem::new(1)),
        ("push", 200 % page, |vec| vec.push(Elem::new(1))),
        ("insert", page, |vec| vec.insert(70, Elem::new(1))),
        ("remove", page, |vec| drop(vec.remove(70))),
        ("truncate", 100 % page, |vec| vec.truncate(100)),
        ("truncate to a page", 0, |vec| vec.truncate(128)),
        ("retain", page - 1, |vec| vec.retain(|element| element.id != 70)),
        ("clear", 0, |vec| vec.clear()),
    ];
    for (name, expected, change) in changes {
        let mut vec = original.clone();
        assert_eq!(clones(|| change(&mut vec)).0, expected, "{name}");
        // A second write finds the page its own.
        if !["push", "truncate to a page", "truncate"].contains(&name) {
            if let Some(id) = vec.get(70).map(|element| element.id) {
                assert_eq!(clones(|| vec[70].id = id).0, 0, "{name}");
            }
        }
    }
    // Nobody shares it: nothing is cloned.
    let mut vec = elems(0..200);
    for (name, change) in CHANGES {
        if !["resize", "extend_from_slice", "fill", "append"].contains(name) {
            let (copied, ()) = clones(|| {
                vec.extend((0..300).map(Elem::new));
                change(&mut vec);
            });
            assert_eq!(copied, 0, "{name}");
        }
    }
    assert!(vec.is_empty());
    assert_eq!(vec.into_iter().count(), 0);
    drop(original);
    assert_eq!(live(), 0);
}

#[test]
fn an_owning_iterator_survives_panics() {
    let vec = elems(0..200);
    let kept = vec.clone();
    let mut iter = vec.into_iter();
    assert_eq!(iter.next().map(|element| element.id), Some(0));
    assert_eq!(iter.nth(62).map(|element| element.id), Some(63));
    assert!(!comes_through(Call::Clone, 10, || drop(iter.next())));
    // The page whose copy failed is passed over.
    assert_eq!(iter.len(), 200 - 128);
    assert_eq!(iter.next().map(|element| element.id), Some(128));
    drop(kept);
    assert_eq!(iter.by_ref().count(), 71);
    drop(iter);
    assert_eq!(live(), 0);
}

#[test]
fn zero_sized_elements_are_dropped_once_each() {
    thread_local! { static ALIVE: Cell<isize> = const { Cell::new(0) }; }
    struct Nothing;
    impl Nothing {
        fn new() -> Self {
            ALIVE.set(ALIVE.get() + 1);
            Self
        }
    }
    impl Clone for Nothing {
        fn clone(&self) -> Self {
            Self::new()
        }
    }
    impl Drop for Nothing {
        fn drop(&mut self) {
            ALIVE.set(ALIVE.get() - 1);
        }
    }
    let mut vec = PagedVec::new();
    for _ in 0..20_000 {
        vec.push(Nothing::new());
    }
    let kept = vec.clone();
    assert_eq!(ALIVE.get(), 20_000);
    drop(vec.remove(7));
    vec.insert(9, Nothing::new());
    vec.truncate(10_000);
    drop(vec.drain(10..5_000));
    let mut nth = 0;
    vec.retain(|_| (nth += 1, nth % 2 == 0).1);
    assert_eq!((vec.len(), kept.len()), (2_505, 20_000));
    drop(kept);
    assert_eq!(ALIVE.get(), 2_505);
    let mut iter = vec.into_iter();
    iter.next();
    iter.nth_back(1_000);
    drop(iter);
    assert_eq!(ALIVE.get(), 0);
}
