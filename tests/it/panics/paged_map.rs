//! The writes of `PagedMap`.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly::paged::hash_map::Entry;

use super::{Bomb, Op, Subject, Which, is_between, sweep};
use crate::support::Call;
use crate::support::elements::{comes_through, live};
use crate::support::hashers::{By, Mixed};

pub(super) type Map = PagedMap<Bomb, Bomb, By<Mixed>>;

impl Subject for Map {
    type Content = BTreeMap<u64, u32>;
    // Keys and values of a page, which may be the only one.
    const LEAKS: usize = 2 * 64;

    fn content(&self) -> BTreeMap<u64, u32> {
        let content: BTreeMap<_, _> = self
            .iter()
            .map(|(key, value)| {
                assert_eq!(key.pair().0, value.pair().0);
                value.pair()
            })
            .collect();
        assert_eq!((content.len(), self.iter().len()), (self.len(), self.len()));
        assert!(self.keys().step_by(1 + self.len() / 64).all(|key| self.contains_key(key)));
        content
    }

    fn own_half(&mut self) {
        let half = self.len() / 2;
        self.iter_mut().take(half).for_each(drop);
    }

    fn own_all(&mut self) {
        self.iter_mut().for_each(drop);
    }

    fn write_again(&mut self) {
        self.extend([entry(1_000_000)]);
        assert!(self.remove(&Bomb::new(1_000_000)).is_some());
    }

    fn may_hold(
        _: Call,
        _: bool,
        actual: &Self::Content,
        before: &Self::Content,
        after: &Self::Content,
    ) -> bool {
        is_between(actual, before, after)
    }
}

pub(super) fn entry(id: u64) -> (Bomb, Bomb) {
    (Bomb::new(id), Bomb::new(id))
}

pub(super) fn map(ids: impl IntoIterator<Item = u64>) -> Map {
    ids.into_iter().map(entry).collect()
}

fn value(id: u64) -> Bomb {
    Bomb::tagged(id, 1)
}

/// What looks for one key; 7 is there, and 100,000 is not.
const SINGLE: &[Op<Map>] = &[
    ("insert, new", "CH", |map| drop(map.insert(Bomb::new(100_000), value(100_000)))),
    ("insert, there", "CHED", |map| drop(map.insert(Bomb::new(7), value(7)))),
    ("remove", "CHED", |map| drop(map.remove(&Bomb::new(7)))),
    ("remove, absent", "HD", |map| assert!(map.remove(&Bomb::new(100_000)).is_none())),
    ("remove_entry", "CHED", |map| drop(map.remove_entry(&Bomb::new(7)))),
    ("get_mut", "CHED", |map| map.get_mut(&Bomb::new(7)).into_iter().for_each(|there| there.tag = 1)),
    ("get_mut, assigned", "CHED", |map| {
        map.get_mut(&Bomb::new(7)).into_iter().for_each(|there| *there = value(7));
    }),
    ("or_insert, new", "CH", |map| map.entry(Bomb::new(100_000)).or_insert(value(100_000)).tag = 2),
    ("or_insert, there", "CHED", |map| map.entry(Bomb::new(7)).or_insert(value(7)).tag = 2),
    ("or_insert_with", "CH", |map| map.entry(Bomb::new(100_000)).or_insert_with(|| value(100_000)).tag = 2),
    ("or_insert_with_key", "CH", |map| {
        map.entry(Bomb::new(100_000)).or_insert_with_key(|key| value(key.id)).tag = 2;
    }),
    ("or_default", "CHE", |map| map.entry(Bomb::new(0)).or_default().tag = 2),
    ("and_modify", "CHED", |map| drop(map.entry(Bomb::new(7)).and_modify(|there| *there = value(7)))),
    ("insert_entry, new", "CH", |map| {
        map.entry(Bomb::new(100_000)).insert_entry(value(100_000)).get_mut().tag = 2;
    }),
    ("insert_entry, there", "CHED", |map| _ = map.entry(Bomb::new(7)).insert_entry(value(7))),
    ("OccupiedEntry::get_mut", "CHED", |map| {
        let Entry::Occupied(mut entry) = map.entry(Bomb::new(7)) else { unreachable!("it is there") };
        *entry.get_mut() = value(7);
    }),
    ("OccupiedEntry::into_mut", "CHED", |map| {
        let Entry::Occupied(entry) = map.entry(Bomb::new(7)) else { unreachable!("it is there") };
        *entry.into_mut() = value(7);
    }),
    ("OccupiedEntry::insert", "CHED", |map| {
        let Entry::Occupied(mut entry) = map.entry(Bomb::new(7)) else { unreachable!("it is there") };
        entry.insert(value(7));
    }),
    ("OccupiedEntry::remove", "CHED", |map| {
        if let Entry::Occupied(entry) = map.entry(Bomb::new(7)) {
            entry.remove();
        }
    }),
    ("OccupiedEntry::remove_entry", "CHED", |map| {
        if let Entry::Occupied(entry) = map.entry(Bomb::new(7)) {
            entry.remove_entry();
        }
    }),
    ("VacantEntry::insert", "CH", |map| {
        if let Entry::Vacant(entry) = map.entry(Bomb::new(100_000)) {
            entry.insert(value(100_000)).tag = 2;
        }
    }),
    ("VacantEntry::insert_entry", "CH", |map| {
        if let Entry::Vacant(entry) = map.entry(Bomb::new(100_000)) {
            entry.insert_entry(value(100_000)).get_mut().tag = 2;
        }
    }),
    ("VacantEntry::into_key", "HD", |map| {
        if let Entry::Vacant(entry) = map.entry(Bomb::new(100_000)) {
            drop(entry.into_key());
        }
    }),
    ("extend by a few", "CHED", |map| {
        map.extend([6, 7, 100_000, 8, 100_001].map(|id| (Bomb::new(id), value(id))));
    }),
    ("retain all but one", "CD", |map| map.retain(|key, _| key.id != 7)),
];

/// What goes over the whole map.
const WHOLE: &[Op<Map>] = &[
    ("extend by many", "CH", |map| map.extend((200_000..200_040).map(|id| (Bomb::new(id), value(id))))),
    ("retain most", "CD", |map| map.retain(|key, _| key.id % 3 != 0)),
    ("retain few", "CHD", |map| map.retain(|key, _| key.id % 5 == 0)),
    ("retain none", "D", |map| map.retain(|_, _| false)),
    ("extract_if most", "CD", |map| map.extract_if(|key, _| key.id % 5 != 0).for_each(drop)),
    ("extract_if few", "CD", |map| drop(map.extract_if(|key, _| key.id % 5 == 0).collect::<Vec<_>>())),
    ("extract_if, a few", "CD", |map| drop(map.extract_if(|_, _| true).take(9).collect::<Vec<_>>())),
    ("reserve", "CH", |map| map.reserve(10_000)),
    ("try_reserve", "CH", |map| map.try_reserve(10_000).unwrap()),
    ("shrink_to_fit", "CH", |map| {
        map.reserve(3_000);
        map.shrink_to_fit();
    }),
    ("shrink_to", "CH", |map| {
        map.reserve(3_000);
        map.shrink_to(100);
    }),
    ("iter_mut", "CD", |map| map.iter_mut().for_each(|(key, there)| *there = value(key.id))),
    ("iter_mut, by next", "CD", |map| {
        for (key, there) in map.iter_mut() {
            *there = value(key.id);
        }
    }),
    ("values_mut", "C", |map| map.values_mut().for_each(|there| there.tag = 1)),
    ("drain", "CD", |map| map.drain().for_each(drop)),
    ("drain, by next", "CD", |map| {
        for entry in map.drain() {
            drop(entry);
        }
    }),
    ("drain, a few", "CD", |map| drop(map.drain().take(9).collect::<Vec<_>>())),
    ("drain, dropped", "D", |map| drop(map.drain())),
    ("into_iter", "CD", |map| drop(mem::take(map).into_iter().collect::<Vec<_>>())),
    ("into_keys", "CD", |map| drop(mem::take(map).into_keys().collect::<Vec<_>>())),
    ("into_values", "CD", |map| drop(mem::take(map).into_values().collect::<Vec<_>>())),
    ("clear", "D", |map| map.clear()),
    ("into a HashMap", "CHD", |map| HashMap::from(mem::take(map)).into_iter().for_each(drop)),
    ("from a HashMap", "HD", |map| {
        let std: HashMap<_, _, By<Mixed>> = (0..30).map(entry).collect();
        *map = Map::from(std);
    }),
    ("collected anew", "CHD", |map| *map = map.clone().into_iter().collect()),
    ("replaced", "D", |map| *map = Map::default()),
];

#[test]
fn in_a_map_of_one_page() {
    let small = map(0..28);
    assert_eq!(small.page_count(), 1);
    sweep(&small, Which::All, SINGLE);
    sweep(&small, Which::All, WHOLE);
}

#[test]
fn in_a_map_of_many_pages() {
    // As few entries as still are many pages.
    let mut large = map(0..1_800);
    large.retain(|key, _| key.id < 1_000);
    assert!(large.page_count() > 50);
    sweep(&large, Which::Fewer, SINGLE);
    sweep(&large, Which::Fewer, WHOLE);
}

/// Nor does std's map leak there: it drops one entry after the other.
#[test]
fn a_destructor_that_panics_in_a_retain_leaks_nothing() {
    let keeps: [fn(u64) -> bool; 3] = [|id| id % 3 != 0, |id| id % 5 == 0, |_| false];
    for keep in keeps {
        for shared in [false, true] {
            for nth in 0.. {
                let alive = live();
                let mut map = map(0..28);
                let beside = shared.then(|| map.clone());
                let through = comes_through(Call::Drop, nth, || map.retain(|key, _| keep(key.id)));
                map.content();
                drop((map, beside));
                assert_eq!(live(), alive, "leaked by panic {nth}");
                if through {
                    // From shared pages of which little stays nothing is copied to be dropped.
                    assert!(nth > 0 || shared);
                    break;
                }
            }
        }
    }
}

#[test]
fn an_iterator_counts_right_after_a_clone_that_panics() {
    // `len` still counted the entries of the page that had been passed.
    let original = map(0..1_800);
    let mut copy = original.clone();
    let mut iter = copy.iter_mut();
    assert!(!comes_through(Call::Clone, 3, || _ = iter.next()));
    let (left, shown) = (iter.len(), format!("{iter:?}").matches("): ").count());
    assert!(left < 1_800 && shown <= left);
    assert_eq!((iter.by_ref().count(), iter.len(), iter.next().is_none()), (left, 0, true));
    assert_eq!(copy.content(), original.content());
}

#[test]
fn a_value_that_is_to_be_returned_is_not_leaked_by_its_key() {
    type Write = fn(&CowMap<Bomb, Bomb, By<Mixed>>);
    let changes: [fn(&mut Map); 4] = [
        |map| drop(map.insert(Bomb::new(7), Bomb::new(7))),
        |map| map.extend([(Bomb::new(7), Bomb::new(7))]),
        |map| drop(map.remove(&Bomb::new(7))),
        |map| match map.entry(Bomb::new(7)) {
            Entry::Occupied(entry) => drop(entry.remove()),
            Entry::Vacant(_) => unreachable!("it is there"),
        },
    ];
    for change in changes {
        for nth in 0.. {
            let alive = live();
            let mut map = map(0..28);
            let through = comes_through(Call::Drop, nth, || change(&mut map));
            drop(map);
            assert_eq!(live(), alive, "leaked by panic {nth}");
            if through {
                break;
            }
        }
    }
    // The version before is held, so that it drops nothing.
    let writes: [Write; 2] =
        [|map| drop(map.insert(Bomb::new(7), Bomb::new(7))), |map| drop(map.remove(&Bomb::new(7)))];
    for write in writes {
        let alive = live();
        let map = CowMap::from(map(0..28));
        let held = map.snapshot();
        assert!(!comes_through(Call::Drop, 0, || write(&map)));
        drop((map, held));
        assert_eq!(live(), alive, "leaked");
    }
}
