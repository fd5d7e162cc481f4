//! Every method of the ordered collections, and of those that keep the order of insertion, that drops something, with a panic in each
//! destructor in turn. Everything is dropped then, as if none had panicked.

use readmostly::paged::{Delta, PagedIndexMap, PagedIndexSet, PagedOrdMap, PagedOrdSet, index_map, ord_map};

use crate::support::elements::{Elem, comes_through, live};
use crate::support::{Call, each_or, watched_for};
use std::fmt::Debug;
use std::mem;
use std::time::Duration;

type IndexMap = PagedIndexMap<Elem, Elem>;
type IndexSet = PagedIndexSet<Elem>;
type OrdMap = PagedOrdMap<Elem, Elem>;
type OrdSet = PagedOrdSet<Elem>;

/// A method, and a call of it. What it returns is dropped within the call.
type Op<M> = (&'static str, fn(&mut M));

/// How a collection shares its pages with others when a method is called.
const WAYS: [&str; 3] = ["all", "half", "none"];

fn entry(id: u64) -> (Elem, Elem) {
    (Elem::new(id), Elem::new(id))
}

fn entries(ids: impl IntoIterator<Item = u64>) -> impl Iterator<Item = (Elem, Elem)> {
    ids.into_iter().map(entry)
}

/// Runs each call on collections of these lengths, with a panic in the first destructor that it runs, in the second, and so on.
///
/// `own` copies what a share of a collection's elements shares, and `check` looks whether it is in order.
#[track_caller]
fn sweep<M: Clone + Debug + Default>(
    make: fn(u64) -> M,
    own: fn(&mut M, usize),
    check: fn(&M),
    lengths: &[u64],
    ops: &[Op<M>],
) {
    let mut wrong = Vec::new();
    for &len in lengths {
        for &(name, op) in ops {
            let mut most = 0;
            for (way, shared) in WAYS.into_iter().enumerate() {
                let mut nth = 0;
                loop {
                    let alive = live();
                    let mut subject = make(len);
                    let other = (way < 2).then(|| subject.clone());
                    if way == 1 {
                        own(&mut subject, usize::try_from(len / 2).expect("it is small"));
                    }
                    let through = comes_through(Call::Drop, nth, || op(&mut subject));
                    check(&subject);
                    drop((subject, other));
                    if live() != alive {
                        wrong.push(format!(
                            "{name}: of {len}, drop {nth} panics, {shared} shared: {} leaked",
                            live() - alive
                        ));
                        break;
                    }
                    if through {
                        break;
                    }
                    nth += 1 + each_or(2) * nth / 32;
                }
                most = most.max(nth);
            }
            if most == 0 {
                wrong.push(format!("{name}: of {len}: it drops nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn index_map(len: u64) -> IndexMap {
    entries(0..len).collect()
}

fn ord_map(len: u64) -> OrdMap {
    entries(0..len).collect()
}

#[track_caller]
fn check_index_map(map: &IndexMap) {
    for (index, (key, value)) in map.iter().enumerate() {
        key.pair();
        value.pair();
        assert_eq!(map.get_index_of(key), Some(index));
    }
    assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
}

#[track_caller]
fn check_ord_map(map: &OrdMap) {
    for (rank, (key, value)) in map.iter().enumerate() {
        key.pair();
        value.pair();
        assert_eq!(map.rank(key), rank);
        assert!(map.contains_key(key));
    }
    assert_eq!((map.iter().count(), map.iter().rev().count()), (map.len(), map.len()));
}

/// The methods that maps of both kinds have by one name.
macro_rules! of_maps {
    ($map:ty, $entry:ident, $remove:ident, $remove_entry:ident) => {
        [
            ("insert, there", |map| drop(map.insert(Elem::new(7), Elem::tagged(7, 1)))),
            ("entry, or_insert, there", |map| map.entry(Elem::new(7)).or_insert(Elem::new(7)).tag = 1),
            ("entry, insert_entry, there", |map| {
                map.entry(Elem::new(7)).insert_entry(Elem::new(7)).get_mut().tag = 1
            }),
            ("entry, insert", |map| {
                if let $entry::Entry::Occupied(mut entry) = map.entry(Elem::new(7)) {
                    drop(entry.insert(Elem::new(7)));
                }
            }),
            ("entry, remove", |map| {
                if let $entry::Entry::Occupied(entry) = map.entry(Elem::new(16)) {
                    drop(entry.$remove());
                }
            }),
            ("entry, remove_entry", |map| {
                if let $entry::Entry::Occupied(entry) = map.entry(Elem::new(16)) {
                    drop(entry.$remove_entry());
                }
            }),
            ("entry, into_key", |map| {
                if let $entry::Entry::Vacant(entry) = map.entry(Elem::new(9_999)) {
                    drop(entry.into_key());
                }
            }),
            ("remove", |map| drop(map.$remove(&Elem::new(16)))),
            ("remove_entry", |map| drop(map.$remove_entry(&Elem::new(16)))),
            ("retain, few go", |map| map.retain(|key, _| key.id % 40 != 16)),
            ("retain, many go", |map| map.retain(|key, _| key.id % 3 == 1)),
            ("retain, nearly all go", |map| map.retain(|key, _| key.id == 50)),
            ("retain, all go", |map| map.retain(|_, _| false)),
            ("clear", |map| map.clear()),
            ("drop", |map| drop(mem::take(map))),
            ("extend, there", |map| map.extend(entries([5, 9_999, 5, 40]))),
            ("extend, empty", |map| {
                drop(mem::take(map));
                map.extend(entries([5, 6, 5, 40]));
            }),
            ("collect, some twice", |_| drop(entries([5, 6, 5, 40, 6]).collect::<$map>())),
            ("assign", |map| _ = map.assign(entries((10..90).rev()))),
            ("assign, the same", |map| {
                let len = map.len() as u64;
                map.assign(entries(0..len));
            }),
            ("assign, nothing", |map| _ = map.assign(entries([]))),
            ("apply", |map| {
                let mut next = map.clone();
                next.retain(|key, _| key.id % 7 != 0);
                next.extend(entries(9_000..9_010));
                let delta: Delta<_, _> = map.diff(&next).collect();
                drop(next);
                map.apply(&delta).expect("it fits");
            }),
            ("apply, a conflict", |map| {
                let delta: Delta<_, _> = <$map>::new().diff(&entries([9_000, 9_001, 7]).collect()).collect();
                drop(map.apply(&delta).expect_err("7 is there"));
            }),
            ("into_iter, not begun", |map| drop(mem::take(map).into_iter())),
            ("into_iter, half way", |map| {
                let mut entries = mem::take(map).into_iter();
                for _ in 0..entries.len() / 4 {
                    drop(entries.next());
                    drop(entries.next_back());
                }
            }),
            ("into_iter, each", |map| mem::take(map).into_iter().for_each(drop)),
            ("into_iter, each from the end", |map| mem::take(map).into_iter().rev().for_each(drop)),
            ("into_iter, nth", |map| {
                let mut entries = mem::take(map).into_iter();
                drop(entries.nth(3));
                drop(entries.nth(60));
                drop(entries.nth_back(17));
                drop(entries.nth(9_999));
            }),
            ("into_iter, last", |map| drop(mem::take(map).into_iter().last())),
            ("into_iter, count", |map| _ = mem::take(map).into_iter().count()),
            ("into_iter, fold", |map| {
                drop(mem::take(map).into_iter().fold(Vec::new(), |mut all, (key, value)| {
                    // Or `all`, which is a result then, is leaked if this panics.
                    drop(value);
                    all.push(key);
                    all
                }));
            }),
            ("into_iter, collected", |map| *map = mem::take(map).into_iter().take(40).collect()),
            ("into_keys", |map| {
                let mut keys = mem::take(map).into_keys();
                drop(keys.next());
                drop(keys.next_back());
                drop(keys.nth(20));
                keys.for_each(drop);
            }),
            ("into_keys, last", |map| drop(mem::take(map).into_keys().last())),
            ("into_values", |map| {
                let mut values = mem::take(map).into_values();
                drop(values.next());
                drop(values.next_back());
                drop(values.nth_back(20));
                values.for_each(drop);
            }),
            ("into_values, last", |map| drop(mem::take(map).into_values().last())),
        ]
    };
}

/// A test of tens of thousands of sweeps is slow where a processor is emulated.
fn patiently(body: impl FnOnce() + Send + 'static) {
    watched_for(Duration::from_secs(240), body);
}

#[test]
fn in_a_map_that_keeps_the_order_of_insertion_leak_nothing() {
    let both: &[Op<IndexMap>] = &of_maps!(IndexMap, index_map, shift_remove, shift_remove_entry);
    let own: &[Op<IndexMap>] = &[
        ("insert_full, there", |map| drop(map.insert_full(Elem::new(7), Elem::new(7)))),
        ("shift_remove_full", |map| drop(map.shift_remove_full(&Elem::new(16)))),
        ("shift_remove_index", |map| drop(map.shift_remove_index(5))),
        ("swap_remove", |map| drop(map.swap_remove(&Elem::new(16)))),
        ("swap_remove_entry", |map| drop(map.swap_remove_entry(&Elem::new(16)))),
        ("swap_remove_full", |map| drop(map.swap_remove_full(&Elem::new(16)))),
        ("swap_remove_index", |map| drop(map.swap_remove_index(5))),
        ("entry, swap_remove", |map| {
            if let index_map::Entry::Occupied(entry) = map.entry(Elem::new(16)) {
                drop(entry.swap_remove());
            }
        }),
        ("pop", |map| drop(map.pop())),
        ("pop_if", |map| drop(map.pop_if(|_, _| true))),
        ("replace_index", |map| drop(map.replace_index(5, Elem::new(9_999)))),
        ("replace_index, the same", |map| drop(map.replace_index(5, Elem::new(5)))),
        ("replace_index, there", |map| drop(map.replace_index(5, Elem::new(6)))),
        ("append", |map| map.append(&mut entries(50..150).collect::<IndexMap>())),
        ("split_off", |map| drop(map.split_off(40))),
        ("sorted_by", |map| drop(mem::take(map).sorted_by(|a, _, b, _| b.cmp(a)).nth(20))),
        ("sort_by_cached_key", |map| map.sort_by_cached_key(|key, _| Elem::new(key.id % 7))),
        ("truncate", |map| map.truncate(20)),
        ("truncate, few", |map| map.truncate(map.len() - 3)),
        ("truncate, all", |map| map.truncate(0)),
        ("drain, some", |map| drop(map.drain(5..50))),
        ("drain, all", |map| drop(map.drain(..))),
        ("drain, half way", |map| {
            let mut drain = map.drain(..50);
            drop(drain.next());
            drop(drain.next_back());
            drop(drain.nth(20));
        }),
        ("drain, last", |map| drop(map.drain(10..50).last())),
        ("removals that number anew", |map| (0..70).for_each(|id| drop(map.shift_remove(&Elem::new(id))))),
        ("move_to_back", |map| _ = map.move_to_back(&Elem::new(7))),
        ("sort_by_key", |map| map.sort_by_key(|key, _| Elem::new(key.id % 7))),
        ("sort, of a copy", |map| {
            let mut copy = map.clone();
            copy.sort_by(|a, _, b, _| b.cmp(a));
            *map = copy;
            map.reverse();
            drop(mem::take(map));
        }),
        ("shrink_to_fit", |map| {
            map.retain(|key, _| key.id % 3 != 0);
            map.shrink_to_fit();
        }),
        ("into_iter, a clone", |map| {
            let mut entries = mem::take(map).into_iter();
            drop(entries.nth(40));
            let copy = entries.clone();
            entries.for_each(drop);
            drop(copy);
        }),
    ];
    patiently(move || {
        let own_some: fn(&mut IndexMap, usize) = |map, len| map.iter_mut().take(len).for_each(drop);
        sweep(index_map, own_some, check_index_map, &[100], both);
        sweep(index_map, own_some, check_index_map, &[100], own);
    });
}

#[test]
fn in_an_ordered_map_leak_nothing() {
    let both: &[Op<OrdMap>] = &of_maps!(OrdMap, ord_map, remove, remove_entry);
    let own: &[Op<OrdMap>] = &[
        ("pop_first", |map| drop(map.pop_first())),
        ("pop_last", |map| drop(map.pop_last())),
        ("removals that join leaves", |map| (0..70).for_each(|id| drop(map.remove(&Elem::new(id))))),
        ("append, behind", |map| map.append(&mut entries(9_000..9_040).collect())),
        ("append, across", |map| map.append(&mut entries(50..150).collect())),
        ("append, between", |map| map.append(&mut entries(20..60).collect())),
        ("append, around", |map| {
            let mut few: OrdMap = mem::take(map).into_iter().filter(|(key, _)| key.id % 40 == 3).collect();
            few.append(&mut entries(0..100).collect());
            *map = few;
        }),
        ("append, to nothing", |map| {
            let mut none = OrdMap::new();
            none.append(map);
            drop(none);
        }),
        ("split_off", |map| drop(map.split_off(&Elem::new(50)))),
        ("split_off, all", |map| drop(map.split_off(&Elem::new(0)))),
        ("into_iter, min", |map| drop(mem::take(map).into_iter().min())),
        ("into_iter, max", |map| drop(mem::take(map).into_iter().max())),
        ("into_keys, min", |map| drop(mem::take(map).into_keys().min())),
        ("into_keys, max", |map| drop(mem::take(map).into_keys().max())),
    ];
    patiently(move || {
        let own_some: fn(&mut OrdMap, usize) = |map, len| map.iter_mut().take(len).for_each(drop);
        sweep(ord_map, own_some, check_ord_map, &[100, 600], both);
        sweep(ord_map, own_some, check_ord_map, &[100, 600], own);
    });
}

/// The methods that sets of both kinds have by one name.
macro_rules! of_sets {
    ($set:ty, $remove:ident, $take:ident) => {
        [
            ("insert, there", |set| assert!(!set.insert(Elem::new(7)))),
            ("replace", |set| drop(set.replace(Elem::new(16)))),
            ("remove", |set| _ = set.$remove(&Elem::new(16))),
            ("take", |set| drop(set.$take(&Elem::new(16)))),
            ("retain, few go", |set| set.retain(|element| element.id % 40 != 16)),
            ("retain, many go", |set| set.retain(|element| element.id % 3 == 1)),
            ("clear", |set| set.clear()),
            ("drop", |set| drop(mem::take(set))),
            ("extend", |set| set.extend([5, 9_999, 5, 40].map(Elem::new))),
            ("collect, some twice", |_| drop([5, 6, 5, 40].map(Elem::new).into_iter().collect::<$set>())),
            ("assign", |set| _ = set.assign((10..90).rev().map(Elem::new))),
            ("into_iter, half way", |set| {
                let mut elements = mem::take(set).into_iter();
                drop(elements.next());
                drop(elements.nth(20));
                drop(elements.next_back());
            }),
            ("into_iter, last", |set| drop(mem::take(set).into_iter().last())),
            ("|", |set| *set = &*set | &(80..130).map(Elem::new).collect()),
            ("&", |set| *set = &*set & &(80..130).map(Elem::new).collect()),
            ("-", |set| *set = &*set - &(80..130).map(Elem::new).collect()),
            ("^", |set| *set = &*set ^ &(80..130).map(Elem::new).collect()),
        ]
    };
}

#[test]
fn in_a_set_that_keeps_the_order_of_insertion_leak_nothing() {
    let both: &[Op<IndexSet>] = &of_sets!(IndexSet, shift_remove, shift_take);
    let own: &[Op<IndexSet>] = &[
        ("replace_full", |set| drop(set.replace_full(Elem::new(16)))),
        ("insert_full, there", |set| _ = set.insert_full(Elem::new(16))),
        ("swap_take", |set| drop(set.swap_take(&Elem::new(16)))),
        ("pop", |set| drop(set.pop())),
        ("truncate", |set| set.truncate(20)),
        ("drain, half way", |set| {
            let mut drain = set.drain(10..50);
            drop(drain.next());
            drop(drain.nth_back(20));
        }),
        ("sort_by_key", |set| set.sort_by_key(|element| Elem::new(element.id % 7))),
    ];
    patiently(move || {
        let make: fn(u64) -> IndexSet = |len| (0..len).map(Elem::new).collect();
        // By putting an equal element in its place.
        let own_some: fn(&mut IndexSet, usize) = |set, len| {
            let some: Vec<_> = set.iter().take(len).map(|element| Elem::new(element.id)).collect();
            for element in some {
                drop(set.replace(element));
            }
        };
        let check: fn(&IndexSet) = |set| {
            assert!(set.iter().enumerate().all(|(index, element)| {
                element.pair();
                set.get_index_of(element) == Some(index)
            }));
            assert_eq!(set.iter().count(), set.len());
        };
        sweep(make, own_some, check, &[100], both);
        sweep(make, own_some, check, &[100], own);
    });
}

#[test]
fn in_an_ordered_set_leak_nothing() {
    let both: &[Op<OrdSet>] = &of_sets!(OrdSet, remove, take);
    let own: &[Op<OrdSet>] = &[
        ("pop_first", |set| drop(set.pop_first())),
        ("pop_last", |set| drop(set.pop_last())),
        ("append", |set| set.append(&mut (50..150).map(Elem::new).collect())),
        ("split_off", |set| drop(set.split_off(&Elem::new(50)))),
        ("into_iter, min", |set| drop(mem::take(set).into_iter().min())),
    ];
    patiently(move || {
        let make: fn(u64) -> OrdSet = |len| (0..len).map(Elem::new).collect();
        let own_some: fn(&mut OrdSet, usize) = |set, len| {
            let some: Vec<_> = set.iter().take(len).map(|element| Elem::new(element.id)).collect();
            for element in some {
                drop(set.replace(element));
            }
        };
        let check: fn(&OrdSet) = |set| {
            assert!(set.iter().enumerate().all(|(rank, element)| {
                element.pair();
                set.rank(element) == rank && set.contains(element)
            }));
            assert_eq!(set.iter().count(), set.len());
        };
        sweep(make, own_some, check, &[100, 600], both);
        sweep(make, own_some, check, &[100, 600], own);
    });
}

/// A destructor that panicked while entries were passed left keys beside the values of others.
#[test]
fn a_walk_by_value_goes_on_behind_a_destructor_that_panics() {
    // 18 entries are passed, and one is shown.
    for nth in 0..38 {
        for back in [false, true] {
            let mut entries = ord_map(100).into_iter();
            let through = comes_through(Call::Drop, nth, || {
                drop(if back { entries.nth_back(18) } else { entries.nth(18) });
            });
            assert!(!through);
            let left = entries.len();
            let mut seen = 0;
            for (key, value) in &mut entries {
                assert_eq!(key.pair().0, value.pair().0);
                seen += 1;
            }
            assert_eq!((seen, entries.len()), (left, 0));
        }
    }
}
