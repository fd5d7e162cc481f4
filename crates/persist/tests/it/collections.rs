//! Every collection comes back as it was, whatever was done to it between two saves.

use proptest::prelude::*;
use readmostly::paged::{PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec};
use readmostly::{CowCell, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use readmostly_persist::{Options, Store, Table};
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// Saves after each change, starts anew now and then, and compares each time.
fn follow<T: Table + Clone + PartialEq + Debug>(
    first: T,
    rounds: &[(bool, Vec<(u16, u16)>)],
    mut change: impl FnMut(&mut T, u16, u16),
) {
    let folder = tempfile::tempdir().unwrap();
    let open = || -> Store<T> { Store::open(&folder, Options::new().max_chain(4).keep(2)).unwrap() };
    let mut store = open();
    let mut cell = CowCell::new(first);
    for (restart, changes) in rounds {
        cell.update(|table| {
            for (a, b) in changes {
                change(table, *a, *b);
            }
        });
        store.save(&cell.snapshot()).unwrap();
        if *restart {
            drop(store);
            store = open();
            let loaded = store.load().unwrap().unwrap();
            assert!(loaded.skipped.is_empty());
            assert_eq!(loaded.value, *cell.load());
            cell = CowCell::new(loaded.value);
        }
        let last = store.list().pop().unwrap();
        assert_eq!(store.load_at(last.id).unwrap().value, *cell.load());
    }
}

fn rounds() -> impl Strategy<Value = Vec<(bool, Vec<(u16, u16)>)>> {
    let changes = proptest::collection::vec((0_u16..400, any::<u16>()), 0..12);
    proptest::collection::vec((any::<bool>(), changes), 1..6)
}

type Fixed = BuildHasherDefault<DefaultHasher>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn maps(rounds in rounds()) {
        let first: PagedMap<u16, String, Fixed> = (0..300).map(|key| (key, key.to_string())).collect();
        follow(first, &rounds, |map, key, value| if value % 3 == 0 { map.remove(&key); } else { map.insert(key, value.to_string()); });
        let first: PagedOrdMap<u16, String> = (0..300).map(|key| (key, key.to_string())).collect();
        follow(first, &rounds, |map, key, value| if value % 3 == 0 { map.remove(&key); } else { map.insert(key, value.to_string()); });
    }

    #[test]
    fn sets(rounds in rounds()) {
        let first: PagedSet<String> = (0..300).map(|key| key.to_string()).collect();
        follow(first, &rounds, |set, key, value| if value % 3 == 0 { set.remove(&key.to_string()); } else { set.insert(key.to_string()); });
        let first: PagedOrdSet<u16> = (0..300).collect();
        follow(first, &rounds, |set, key, value| if value % 3 == 0 { set.remove(&key); } else { set.insert(key); });
    }

    #[test]
    fn vectors(rounds in rounds()) {
        let first: PagedVec<String> = (0..300).map(|at| at.to_string()).collect();
        follow(first, &rounds, |vec, at, value| {
            let at = usize::from(at) % (vec.len() + 1);
            match value % 4 {
                0 => vec.insert(at, value.to_string()),
                1 if at < vec.len() => drop(vec.remove(at)),
                2 => drop(vec.splice(at..(at + 3).min(vec.len()), [value.to_string(), "more".into()])),
                _ if at < vec.len() => vec[at] = value.to_string(),
                _ => vec.push(value.to_string()),
            }
        });
    }
}

/// A snapshot of each container is what its collection is.
#[test]
fn every_container_is_saved() {
    fn there_and_back<T: Table + PartialEq + Debug>(snapshot: &readmostly::Snapshot<T>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder, Options::new()).unwrap();
        store.save(snapshot).unwrap();
        assert_eq!(store.load().unwrap().unwrap().value, **snapshot);
    }
    there_and_back(&CowMap::<u8, String>::from([(1, "a".into())]).snapshot());
    there_and_back(&CowSet::<u8>::from([1]).snapshot());
    there_and_back(&CowVec::<(u8, bool)>::from([(1, true)]).snapshot());
    there_and_back(&CowOrdMap::<u8, Option<u64>>::from([(1, None)]).snapshot());
    there_and_back(&CowOrdSet::<char>::from(['a']).snapshot());
    // Empty ones as well: they are not nothing.
    there_and_back(&CowMap::<u8, String>::default().snapshot());
    there_and_back(&CowVec::<()>::default().snapshot());
}
