//! What is left when the user's code panics: in `Clone`, in `Drop`, in a closure, in an iterator.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use readmostly::paged::PagedVec;

/// Knows who is alive, and when to panic.
#[derive(Default)]
struct Ledger {
    made: Cell<u64>,
    alive: RefCell<HashSet<u64>>,
    clones: Cell<usize>,
    /// How many clones (drops) go well before one panics; `None` for all.
    clone_fuse: Cell<Option<usize>>,
    drop_fuse: Cell<Option<usize>>,
}

impl Ledger {
    fn element(self: &Rc<Self>, value: u32) -> Counted {
        let serial = self.made.get();
        self.made.set(serial + 1);
        self.alive.borrow_mut().insert(serial);
        Counted { value, serial, ledger: Rc::clone(self), _wide: Default::default() }
    }

    fn vec(self: &Rc<Self>, values: impl IntoIterator<Item = u32>) -> PagedVec<Counted> {
        values.into_iter().map(|value| self.element(value)).collect()
    }

    fn alive(&self) -> usize {
        self.alive.borrow().len()
    }
}

/// Whether the fuse has burnt down; it burns once.
fn burnt(fuse: &Cell<Option<usize>>) -> bool {
    match fuse.get() {
        None => false,
        Some(0) => {
            fuse.set(None);
            true
        }
        Some(left) => {
            fuse.set(Some(left - 1));
            false
        }
    }
}

/// 24 bytes, whatever a pointer has: 64 are a page.
struct Counted {
    value: u32,
    serial: u64,
    ledger: Rc<Ledger>,
    _wide: [u8; 12 - size_of::<Rc<Ledger>>()],
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.ledger.clones.set(self.ledger.clones.get() + 1);
        assert!(!burnt(&self.ledger.clone_fuse), "clone");
        self.ledger.element(self.value)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if !self.ledger.alive.borrow_mut().remove(&self.serial) {
            // A second panic in one unwinding would abort without a word.
            eprintln!("dropped twice: {}", self.value);
            std::process::abort();
        }
        assert!(std::thread::panicking() || !burnt(&self.ledger.drop_fuse), "drop");
    }
}

fn values(vec: &PagedVec<Counted>) -> Vec<u32> {
    let values: Vec<u32> = vec.iter().map(|element| element.value).collect();
    assert_eq!(values.len(), vec.len());
    assert!((0..vec.len()).all(|index| vec[index].value == values[index]));
    assert!(vec.iter().all(|element| element.ledger.alive.borrow().contains(&element.serial)));
    values
}

/// Regular and irregular pages, several of them.
fn layouts(ledger: &Rc<Ledger>) -> [PagedVec<Counted>; 2] {
    let parts = [0..50, 50..150, 150..151, 151..200].map(|values| ledger.vec(values));
    [ledger.vec(0..200), PagedVec::concat(parts)]
}

/// With elements in the tail, and a version that has the same directory.
fn tailed(ledger: &Rc<Ledger>) -> (PagedVec<Counted>, PagedVec<Counted>) {
    let other = ledger.vec(0..1_050);
    let mut vec = other.clone();
    vec.push(ledger.element(1_050));
    vec.push(ledger.element(1_051));
    assert_eq!(vec.shared_pages(&other), vec.page_count() - 1);
    (vec, other)
}

type Change = fn(&mut PagedVec<Counted>, &Rc<Ledger>);

const CHANGES: &[(&str, Change)] = &[
    ("push", |vec, ledger| vec.push(ledger.element(1))),
    ("pop", |vec, _| drop(vec.pop())),
    ("insert", |vec, ledger| vec.insert(100, ledger.element(1))),
    ("remove", |vec, _| drop(vec.remove(150))),
    ("remove the first", |vec, _| drop(vec.remove(0))),
    ("swap_remove", |vec, _| drop(vec.swap_remove(10))),
    ("swap", |vec, _| vec.swap(3, 180)),
    ("set", |vec, ledger| vec[77] = ledger.element(1)),
    ("truncate", |vec, _| vec.truncate(77)),
    ("resize", |vec, ledger| vec.resize(300, ledger.element(1))),
    ("extend", |vec, ledger| vec.extend((0..100).map(|n| ledger.element(n)))),
    ("extend_from_slice", |vec, ledger| {
        let more: Vec<Counted> = (0..100).map(|n| ledger.element(n)).collect();
        vec.extend_from_slice(&more);
    }),
    ("insert_all, few", |vec, ledger| vec.insert_all(20, (0..5).map(|n| ledger.element(n)))),
    ("insert_all, many", |vec, ledger| vec.insert_all(20, (0..150).map(|n| ledger.element(n)))),
    ("append", |vec, ledger| {
        let mut more = ledger.vec(0..3);
        let _shared = more.clone();
        vec.append(&mut more);
    }),
    ("split_off", |vec, _| drop(vec.split_off(77))),
    ("drain", |vec, _| drop(vec.drain(33..133))),
    ("splice", |vec, ledger| drop(vec.splice(33..133, (0..9).map(|n| ledger.element(n))))),
    ("retain", |vec, _| vec.retain(|element| element.value % 3 != 0)),
    ("dedup", |vec, _| vec.dedup_by_key(|element| element.value / 2)),
    ("reverse", |vec, _| vec.reverse()),
    ("rotate", |vec, _| vec.rotate_left(77)),
    ("fill", |vec, ledger| vec.fill(ledger.element(1))),
    ("sort", |vec, _| vec.sort_by(|a, b| b.value.cmp(&a.value))),
    ("sort_by_cached_key", |vec, _| vec.sort_by_cached_key(|element| element.value % 10)),
    ("clear", |vec, _| vec.clear()),
];

#[test]
fn a_panic_in_clone_changes_nothing() {
    for (name, change) in CHANGES {
        for layout in 0..2 {
            // Each of the first twenty clones, and some of the others, up to the one that is not reached.
            for fuse in (0..40).chain((40..).step_by(13)) {
                let ledger = Rc::new(Ledger::default());
                let mut vec = layouts(&ledger).into_iter().nth(layout).expect("two of them");
                let before = values(&vec);
                // Some pages are shared, some are not.
                let whole = (fuse % 2 == 0).then(|| vec.clone());
                let part = whole.is_none().then(|| {
                    let other = vec.clone();
                    vec[199].value = 199;
                    vec[0].value = 0;
                    other
                });
                ledger.clone_fuse.set(Some(fuse / 2));
                let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut vec, &ledger)));
                ledger.clone_fuse.set(None);
                if outcome.is_err() {
                    assert_eq!(values(&vec), before, "{name}, at clone {fuse}");
                }
                for version in [&whole, &part].into_iter().flatten() {
                    assert_eq!(values(version), before, "{name}");
                }
                vec.push(ledger.element(7));
                values(&vec);
                drop((vec, whole, part));
                assert_eq!(ledger.alive(), 0, "{name}");
                if outcome.is_ok() && fuse % 2 == 1 {
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
                let ledger = Rc::new(Ledger::default());
                let (mut vec, other) = tailed(&ledger);
                let before = values(&vec);
                let mut kept = (tail.then(|| vec.clone()), dir.then_some(other));
                if let (false, Some(kept)) = (dir, &mut kept.0) {
                    // Now it has a directory of its own, and still the same tail.
                    kept[0].value = 0;
                }
                if in_clone { &ledger.clone_fuse } else { &ledger.drop_fuse }.set(Some(fuse));
                let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut vec, &ledger)));
                ledger.clone_fuse.set(None);
                ledger.drop_fuse.set(None);
                if outcome.is_err() && in_clone {
                    assert_eq!(values(&vec), before, "{name}, at clone {fuse}");
                }
                assert!(kept.0.as_ref().is_none_or(|kept| values(kept) == before), "{name}");
                vec.push(ledger.element(7));
                vec.insert(0, ledger.element(7));
                values(&vec);
                drop((vec, kept));
                assert_eq!(ledger.alive(), 0, "{name}");
                if outcome.is_ok() {
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
                    let ledger = Rc::new(Ledger::default());
                    let mut vec = layouts(&ledger).into_iter().nth(layout).expect("two of them");
                    let before = values(&vec);
                    let kept = shared.then(|| vec.clone());
                    ledger.drop_fuse.set(Some(fuse));
                    let outcome = catch_unwind(AssertUnwindSafe(|| change(&mut vec, &ledger)));
                    ledger.drop_fuse.set(None);
                    values(&vec);
                    assert!(kept.as_ref().is_none_or(|kept| values(kept) == before), "{name}");
                    vec.push(ledger.element(7));
                    vec.insert(0, ledger.element(7));
                    values(&vec);
                    drop((vec, kept));
                    assert_eq!(ledger.alive(), 0, "{name}, at drop {fuse}");
                    if outcome.is_ok() {
                        break;
                    }
                }
            }
        }
    }
    for fuse in 0..200 {
        let ledger = Rc::new(Ledger::default());
        let vec = ledger.vec(0..200);
        ledger.drop_fuse.set(Some(fuse));
        assert!(catch_unwind(AssertUnwindSafe(|| drop(vec))).is_err());
        assert_eq!(ledger.alive(), 0);
    }
}

#[test]
fn a_panicking_closure_changes_nothing() {
    let changes: [(&str, Change); 9] = [
        ("retain", |vec, _| {
            vec.retain(|element| if element.value == 150 { panic!() } else { element.value > 100 });
        }),
        ("dedup_by", |vec, _| vec.dedup_by(|a, b| if a.value == 150 { panic!() } else { b.value < 100 })),
        ("dedup_by_key", |vec, _| vec.dedup_by_key(|a| if a.value == 150 { panic!() } else { a.value / 2 })),
        ("sort_by_cached_key", |vec, _| {
            vec.sort_by_cached_key(|a| if a.value == 150 { panic!() } else { a.value % 7 });
        }),
        ("extend", |vec, ledger| {
            vec.extend((0..90).map(|n| if n == 80 { panic!() } else { ledger.element(n) }));
        }),
        ("insert_all", |vec, ledger| {
            vec.insert_all(9, (0..90).map(|n| if n == 80 { panic!() } else { ledger.element(n) }));
        }),
        ("splice", |vec, ledger| {
            drop(vec.splice(9..99, (0..90).map(|n| if n == 80 { panic!() } else { ledger.element(n) })));
        }),
        ("resize_with", |vec, ledger| {
            let mut n = 0;
            vec.resize_with(2_000, || (n += 1, if n == 80 { panic!() } else { ledger.element(n) }).1);
        }),
        ("sort_by, in order so far", |vec, _| {
            vec.sort_by(|a, b| if a.value == 150 { panic!() } else { a.value.cmp(&b.value) });
        }),
    ];
    for (name, change) in changes {
        let ledger = Rc::new(Ledger::default());
        let [regular, irregular] = layouts(&ledger);
        let (tailed, other) = tailed(&ledger);
        for mut vec in [regular, irregular, tailed] {
            let before = vec.clone();
            let expected = values(&vec);
            assert!(catch_unwind(AssertUnwindSafe(|| change(&mut vec, &ledger))).is_err(), "{name}");
            assert!(vec.ptr_eq(&before), "{name}");
            drop(before);
            assert!(catch_unwind(AssertUnwindSafe(|| change(&mut vec, &ledger))).is_err(), "{name}");
            assert_eq!(values(&vec), expected, "{name}");
        }
        drop(other);
        assert_eq!(ledger.alive(), 0, "{name}");
    }
}

#[test]
fn a_panicking_comparator_loses_no_element() {
    for shared in [true, false] {
        for fuse in (0..1_500).step_by(7) {
            let ledger = Rc::new(Ledger::default());
            let mut vec = ledger.vec((0..200).map(|n| n * 7 % 200));
            let before = values(&vec);
            let kept = shared.then(|| vec.clone());
            let calls = Cell::new(Some(fuse));
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                vec.sort_by(|a, b| if burnt(&calls) { panic!() } else { a.value.cmp(&b.value) });
            }));
            let mut after = values(&vec);
            if let Some(kept) = &kept {
                assert_eq!(values(kept), before);
                assert!(outcome.is_ok() || kept.ptr_eq(&vec));
            }
            after.sort_unstable();
            assert!(after.into_iter().eq(0..200));
            drop((vec, kept));
            assert_eq!(ledger.alive(), 0);
        }
    }
}

#[test]
fn a_write_clones_each_element_of_its_page_once() {
    let ledger = Rc::new(Ledger::default());
    let original = ledger.vec(0..200);
    let page = original.pages().next().map_or(0, <[Counted]>::len);
    assert_eq!(page, 64);
    let changes: [(&str, usize, Change); 8] = [
        ("set", page, |vec, ledger| vec[70] = ledger.element(1)),
        ("push", 200 % page, |vec, ledger| vec.push(ledger.element(1))),
        ("insert", page, |vec, ledger| vec.insert(70, ledger.element(1))),
        ("remove", page, |vec, _| drop(vec.remove(70))),
        ("truncate", 100 % page, |vec, _| vec.truncate(100)),
        ("truncate to a page", 0, |vec, _| vec.truncate(128)),
        ("retain", page - 1, |vec, _| vec.retain(|element| element.value != 70)),
        ("clear", 0, |vec, _| vec.clear()),
    ];
    for (name, clones, change) in changes {
        let mut vec = original.clone();
        ledger.clones.set(0);
        change(&mut vec, &ledger);
        // A second write finds the page its own.
        if let Some(element) = vec.get(70) {
            let value = element.value;
            let so_far = ledger.clones.get();
            if name != "push" && name != "truncate to a page" && name != "truncate" {
                vec[70].value = value;
                assert_eq!(ledger.clones.get(), so_far, "{name}");
            }
        }
        assert_eq!(ledger.clones.get(), clones, "{name}");
    }
    // Nobody shares it: nothing is cloned.
    let mut vec = ledger.vec(0..200);
    ledger.clones.set(0);
    for (name, change) in CHANGES {
        if !["resize", "extend_from_slice", "fill", "append"].contains(name) {
            vec.extend((0..300).map(|n| ledger.element(n)));
            change(&mut vec, &ledger);
            assert_eq!(ledger.clones.get(), 0, "{name}");
        }
    }
    assert!(vec.is_empty());
    assert_eq!(vec.into_iter().count(), 0);
    drop(original);
    assert_eq!(ledger.alive(), 0);
}

#[test]
fn an_owning_iterator_survives_panics() {
    let ledger = Rc::new(Ledger::default());
    let vec = ledger.vec(0..200);
    let kept = vec.clone();
    let mut iter = vec.into_iter();
    assert_eq!(iter.next().map(|element| element.value), Some(0));
    assert_eq!(iter.nth(62).map(|element| element.value), Some(63));
    ledger.clone_fuse.set(Some(10));
    assert!(catch_unwind(AssertUnwindSafe(|| iter.next())).is_err());
    // The page whose copy failed is passed over.
    assert_eq!(iter.len(), 200 - 128);
    assert_eq!(iter.next().map(|element| element.value), Some(128));
    drop(kept);
    assert_eq!(iter.by_ref().count(), 71);
    drop(iter);
    assert_eq!(ledger.alive(), 0);
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
