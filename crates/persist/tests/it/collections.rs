//! Every collection comes back as it was, whatever was done to it between two saves.

use proptest::prelude::*;
use readmostly::paged::{
    PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use readmostly_persist::{Durable, ErrorKind, Options, RawTable, Store, Table};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, DefaultHasher};

fn follow<T: Table + Clone + PartialEq + Debug>(
    first: T,
    rounds: &[(bool, Vec<(u16, u16)>)],
    change: impl FnMut(&mut T, u16, u16),
) {
    follow_by(first, rounds, T::eq, change);
}

/// Saves after each change, starts anew now and then, and compares each time: with a table of bytes, too, which shows the entries in
/// the order that counts.
fn follow_by<T: Table + Clone + Debug>(
    first: T,
    rounds: &[(bool, Vec<(u16, u16)>)],
    same: impl Fn(&T, &T) -> bool,
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
            assert!(same(&loaded.value, &cell.load()), "{:?}", loaded.value);
            cell = CowCell::new(loaded.value);
        }
        let last = store.list().pop().unwrap();
        let loaded = store.load_at(last.id).unwrap().value;
        assert!(same(&loaded, &cell.load()), "{loaded:?}");
        let raw: Store<RawTable> = Store::open_read_only(&folder, Options::new()).unwrap();
        let from_chain = raw.load_at(last.id).unwrap().value;
        let full = tempfile::tempdir().unwrap();
        Store::open(&full, Options::new()).unwrap().save(&cell.snapshot()).unwrap();
        let raw: Store<RawTable> = Store::open_read_only(&full, Options::new()).unwrap();
        assert!(raw.load().unwrap().unwrap().value == from_chain);
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
    fn maps_in_the_order_of_insertion(rounds in rounds()) {
        let first: PagedIndexMap<u16, String> = (0..300).rev().map(|key| (key, key.to_string())).collect();
        follow_by(first, &rounds, |a, b| a.iter().eq(b), |map, key, value| match value % 7 {
            0 | 1 => drop(map.shift_remove(&key)),
            2 | 3 => drop(map.move_to_back(&key)),
            4 => drop(map.swap_remove(&key)),
            _ => drop(map.insert(key, value.to_string())),
        });
    }

    #[test]
    fn sets_in_the_order_of_insertion(rounds in rounds()) {
        let first: PagedIndexSet<String> = (0..300).rev().map(|key| key.to_string()).collect();
        follow_by(first, &rounds, |a, b| a.iter().eq(b), |set, key, value| match value % 7 {
            0 | 1 => drop(set.shift_remove(&key.to_string())),
            2 | 3 => drop(set.move_to_back(&key.to_string())),
            4 => drop(set.swap_remove(&key.to_string())),
            _ => drop(set.insert(key.to_string())),
        });
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
    there_and_back(&CowIndexMap::<u8, String>::from([(2, "b".into()), (1, "a".into())]).snapshot());
    there_and_back(&CowIndexSet::<u8>::from([2, 1]).snapshot());
    // Empty ones as well: they are not nothing.
    there_and_back(&CowMap::<u8, String>::default().snapshot());
    there_and_back(&CowVec::<()>::default().snapshot());
}

/// What serde does with the attributes that postcard has no room for.
#[test]
fn a_field_that_is_skipped_is_an_error_of_the_write() {
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Rule {
        #[serde(skip)]
        never: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
        name: String,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Action {
        Deny,
        Allow {
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            from: Vec<String>,
        },
        By(Box<Rule>),
    }
    let folder = tempfile::tempdir().unwrap();
    let open = || Durable::<CowMap<u8, Action>>::open(&folder, Options::new()).unwrap().0;
    let rule = |limit| Rule { limit, name: "a".to_owned(), ..Rule::default() };
    let table = open();
    table.insert(1, Action::Deny).unwrap();
    table.insert(2, Action::By(Box::new(rule(Some(1))))).unwrap();
    table.insert(3, Action::Allow { from: vec!["b".to_owned()] }).unwrap();
    for skips in [Action::By(Box::new(rule(None))), Action::Allow { from: Vec::new() }] {
        let error = table.insert(4, skips.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("`skip_serializing_if`"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let store: Store<PagedOrdMap<u8, Vec<Option<Action>>>> =
            Store::open(&folder, Options::new()).unwrap();
        let map = CowOrdMap::from([(1, vec![Some(Action::Deny), None, Some(skips)])]);
        assert_eq!(store.save(&map.snapshot()).unwrap_err().kind(), ErrorKind::Encode);
        assert!(store.load().unwrap().is_none());
    }
    let before = table.load().clone();
    drop(table);
    assert_eq!(*open().load(), before);
}

/// The derived `Serialize` leaves it out of the number of fields, too.
#[test]
fn a_field_that_is_skipped_in_a_tuple_is_an_error_of_the_write() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Pair(u32, #[serde(default, skip_serializing_if = "Option::is_none")] Option<u32>);
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Event {
        Made,
        Moved(u32, #[serde(default, skip_serializing_if = "Option::is_none")] Option<u32>),
        All(Vec<Pair>),
    }
    let folder = tempfile::tempdir().unwrap();
    let open = || Durable::<CowMap<u8, Event>>::open(&folder, Options::new()).unwrap().0;
    let table = open();
    let whole = || Pair(7, Some(1));
    table.insert(1, Event::Made).unwrap();
    table.insert(2, Event::Moved(7, Some(1))).unwrap();
    table.insert(3, Event::All(vec![whole(), whole()])).unwrap();
    table.fold().unwrap();
    for skips in
        [Event::Moved(7, None), Event::All(vec![Pair(7, None)]), Event::All(vec![whole(), Pair(7, None)])]
    {
        let error = table.insert(4, skips.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Encode);
        assert!(error.to_string().contains("`skip_serializing_if`"), "{error}");
        // Behind others of its kind that are whole, of which the first was read again.
        let folder = tempfile::tempdir().unwrap();
        let store: Store<PagedVec<Event>> = Store::open(&folder, Options::new()).unwrap();
        let list = CowVec::from([Event::Moved(7, Some(1)), Event::All(vec![whole()]), skips]);
        assert_eq!(store.save(&list.snapshot()).unwrap_err().kind(), ErrorKind::Encode);
        assert!(store.load().unwrap().is_none());
    }
    let before = table.load().clone();
    drop(table);
    assert_eq!(*open().load(), before);
}

/// The encoding writes a length before a sequence or a map. With another number of elements it was another value, or none.
#[test]
fn another_number_of_parts_than_was_announced_is_an_error_of_the_write() {
    use serde::ser::*;

    /// What it is, how many parts it says, and how many it writes.
    #[derive(Clone, Debug, PartialEq, Deserialize)]
    struct Parts(u8, usize, usize);

    impl Serialize for Parts {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let Self(kind, says, writes) = *self;
            macro_rules! parts {
                ($parts:ident = $begin:expr; $each:expr) => {{
                    let mut $parts = $begin?;
                    for _ in 0..writes {
                        $each?;
                    }
                    $parts.end()
                }};
            }
            match kind {
                0 => parts!(parts = to.serialize_seq(Some(says)); parts.serialize_element(&1)),
                1 => parts!(parts = to.serialize_tuple(says); parts.serialize_element(&1)),
                2 => parts!(parts = to.serialize_tuple_struct("A", says); parts.serialize_field(&1)),
                3 => parts!(parts = to.serialize_tuple_variant("A", 0, "B", says); parts.serialize_field(&1)),
                4 => parts!(parts = to.serialize_map(Some(says)); parts.serialize_entry(&1, &1)),
                5 => parts!(parts = to.serialize_struct("A", says); parts.serialize_field("a", &1)),
                _ => {
                    parts!(parts = to.serialize_struct_variant("A", 0, "B", says); parts.serialize_field("a", &1))
                }
            }
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let table = Durable::<CowMap<u8, Option<Parts>>>::open(&folder, Options::new()).unwrap().0;
    for kind in 0..7 {
        for (says, writes) in [(2, 1), (2, 3), (0, 1), (1, 0)] {
            let error = table.insert(kind, Some(Parts(kind, says, writes))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode, "{kind} {says} {writes}");
            assert!(error.to_string().contains("more or fewer parts"), "{error}");
        }
    }
}

/// As the documentation of `Table` says.
#[test]
fn what_is_not_the_same_when_it_is_read_again_is_an_error_of_the_write() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        more: std::collections::BTreeMap<String, u8>,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(u32),
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Number { number: u32 },
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Half {
        #[serde(skip_serializing, default)]
        half: u32,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Pair(u8, #[serde(default, skip_serializing_if = "Option::is_none")] Option<u8>);
    /// serde counts the variants with those that are skipped when it writes, and without them when it reads.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Gap {
        First,
        #[serde(skip)]
        _Hidden,
        Second(u8),
        Third(u8),
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Tail {
        First,
        Second {
            #[serde(skip)]
            not_saved: u8,
            saved: HashMap<u8, Tail>,
        },
        #[serde(skip)]
        _Hidden,
    }
    fn saved<V>(value: V) -> Result<bool, ErrorKind>
    where
        V: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + 'static,
    {
        let folder = tempfile::tempdir().unwrap();
        let store: Store<PagedMap<u8, V>> = Store::open(&folder, Options::new()).unwrap();
        let saved = store.save(&CowMap::from([(1, value.clone())]).snapshot());
        let folder = tempfile::tempdir().unwrap();
        let (table, _) = Durable::<CowMap<u8, V>>::open(&folder, Options::new()).unwrap();
        let inserted = table.insert(1, value.clone());
        assert_eq!(
            inserted.as_ref().map_err(readmostly_persist::Error::kind).err(),
            saved.as_ref().map_err(readmostly_persist::Error::kind).err()
        );
        saved.map_err(|error| error.kind())?;
        Ok(store.load().unwrap().unwrap().value == PagedMap::from([(1, value)]))
    }
    const REFUSED: Result<bool, ErrorKind> = Err(ErrorKind::Encode);
    assert_eq!(saved(Flat { more: [("a".to_owned(), 1)].into() }), REFUSED);
    assert_eq!(saved(Untagged::Number(1)), REFUSED);
    assert_eq!(saved(Tagged::Number { number: 1 }), REFUSED);
    assert_eq!(saved(Half { half: 1 }), REFUSED);
    assert_eq!(saved(Pair(1, None)), REFUSED);
    assert_eq!(saved(Gap::First), Ok(true));
    // The first would be the second of the others, and the second none.
    assert_eq!(saved(Gap::Second(1)), REFUSED);
    assert_eq!(saved(vec![Gap::First, Gap::Third(1)]), REFUSED);
    assert_eq!(saved(Tail::First), Ok(true));
    let tail = |number| (number, Tail::Second { not_saved: 0, saved: [].into() });
    assert_eq!(saved(Tail::Second { not_saved: 0, saved: (0..100).map(tail).collect() }), Ok(true));
}

/// A change has a byte more than the element. As the documentation of `max_record` says.
#[test]
fn an_element_of_the_largest_size_is_removed_with_a_larger_number() {
    let folder = tempfile::tempdir().unwrap();
    let element = "x".repeat(100);
    let options = |max_record| Options::new().max_record(max_record);
    Store::open(&folder, options(101)).unwrap().save(&CowSet::from([element.clone()]).snapshot()).unwrap();
    let open = |max_record| Durable::<CowSet<String>>::open(&folder, options(max_record)).unwrap().0;
    let table = open(101);
    assert_eq!(table.remove(element.as_str()).unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(table.load().contains(&element));
    drop(table);
    assert!(open(101 + 32).remove(element.as_str()).unwrap());
    assert!(open(101 + 32).load().is_empty());
}

/// Two such keys were written, and one was read: then nothing loaded any more.
#[test]
fn a_key_that_is_another_one_when_it_is_read_again_is_an_error_of_the_write() {
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    struct Id {
        number: u32,
        #[serde(skip)]
        seen: u32,
    }
    let id = |number, seen| Id { number, seen };
    let folder = || tempfile::tempdir().unwrap();
    macro_rules! refuses {
        ($container:ty, $insert:expr) => {{
            let home = folder();
            let open = || Durable::<$container>::open(&home, Options::new()).unwrap().0;
            let table = open();
            // The first one is read as it is.
            $insert(&table, id(1, 0)).unwrap();
            let error = $insert(&table, id(1, 6)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Encode);
            assert!(error.to_string().contains("a key does not equal itself"), "{error}");
            $insert(&table, id(2, 0)).unwrap();
            drop(table);
            assert_eq!(open().load().len(), 2);
        }};
    }
    refuses!(CowMap<Id, u8>, |table: &Durable<CowMap<Id, u8>>, id| table.insert(id, 7).map(drop));
    refuses!(CowOrdMap<Id, u8>, |table: &Durable<CowOrdMap<Id, u8>>, id| table.insert(id, 7).map(drop));
    refuses!(CowOrdSet<Id>, |table: &Durable<CowOrdSet<Id>>, id| table.insert(id).map(drop));
    refuses!(CowIndexMap<Id, u8>, |table: &Durable<CowIndexMap<Id, u8>>, id| table.insert(id, 7).map(drop));
    refuses!(CowSet<Id>, |table: &Durable<CowSet<Id>>, id| table.insert(id).map(drop));

    let keys = [id(1, 0), id(2, 0), id(1, 6)];
    let home = folder();
    let store: Store<PagedOrdMap<Id, u8>> = Store::open(&home, Options::new()).unwrap();
    let map: CowOrdMap<_, _> = keys.clone().map(|key| (key, 7)).into();
    assert_eq!(store.save(&map.snapshot()).unwrap_err().kind(), ErrorKind::Encode);
    assert!(store.load().unwrap().is_none());
    let home = folder();
    let store: Store<PagedSet<Id>> = Store::open(&home, Options::new()).unwrap();
    let set: CowSet<_> = keys.into();
    assert_eq!(store.save(&set.snapshot()).unwrap_err().kind(), ErrorKind::Encode);
    set.remove(&id(1, 6));
    store.save(&set.snapshot()).unwrap();
    // And in a delta.
    set.insert(id(2, 9));
    assert_eq!(store.save(&set.snapshot()).unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(store.load().unwrap().unwrap().value.len(), 2);
}

/// What is equal has not changed.
#[test]
fn a_zero_that_has_changed_its_sign_is_found_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let store: Store<PagedMap<u32, f64>> = Store::open(&home, Options::new()).unwrap();
    let map: CowMap<u32, f64> = (0..100).map(|key| (key, 0.0)).collect();
    store.save(&map.snapshot()).unwrap();
    map.insert(1, -0.0);
    map.insert(2, 1.0);
    store.save(&map.snapshot()).unwrap();
    let loaded = store.load().unwrap().unwrap().value;
    assert!(loaded[&2] > 0.5 && loaded[&1].is_sign_positive());
}

/// What was left over was not looked at, and then nothing loaded.
#[test]
fn a_key_that_is_written_with_more_than_is_read_is_an_error_of_the_write() {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    struct Short(u32);

    impl Serialize for Short {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.0 < 3 { self.0.serialize(serializer) } else { (self.0, 7_u8).serialize(serializer) }
        }
    }
    impl<'de> Deserialize<'de> for Short {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u32::deserialize(deserializer).map(Self)
        }
    }

    let home = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowSet<Short>>::open(&home, Options::new()).unwrap();
    assert!(table.insert(Short(1)).unwrap() && table.insert(Short(2)).unwrap());
    assert_eq!(table.insert(Short(3)).unwrap_err().kind(), ErrorKind::Encode);
    drop(table);
    assert_eq!(Durable::<CowSet<Short>>::open(&home, Options::new()).unwrap().0.load().len(), 2);
    // As a value, where the first one is read as it was written.
    let home = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowMap<u32, Short>>::open(&home, Options::new()).unwrap();
    table.insert(1, Short(1)).unwrap();
    assert_eq!(table.insert(2, Short(3)).unwrap_err().kind(), ErrorKind::Encode);
    drop(table);
    assert_eq!(Durable::<CowMap<u32, Short>>::open(&home, Options::new()).unwrap().0.load().len(), 1);
}

/// All that was written could not be loaded any more, for one value.
#[test]
fn a_value_that_its_deserialize_refuses_is_an_error_of_the_write() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(try_from = "u32", into = "u32")]
    struct Percent(u32);

    impl From<Percent> for u32 {
        fn from(percent: Percent) -> Self {
            percent.0
        }
    }
    impl TryFrom<u32> for Percent {
        type Error = &'static str;
        fn try_from(percent: u32) -> Result<Self, &'static str> {
            if percent <= 100 { Ok(Self(percent)) } else { Err("more than all") }
        }
    }

    let home = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowVec<Percent>>::open(&home, Options::new()).unwrap();
    table.push(Percent(100)).unwrap();
    let error = table.push(Percent(101)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("refuses a value"), "{error}");
    table.push(Percent(7)).unwrap();
    drop(table);
    let (table, _) = Durable::<CowVec<Percent>>::open(&home, Options::new()).unwrap();
    assert_eq!(table.load().iter().cloned().collect::<Vec<_>>(), [Percent(100), Percent(7)]);
}

/// The copies that are read again are nobody's, and several panics at once ended the process.
#[test]
fn a_panic_in_the_destructor_of_what_was_read_again_concerns_nobody() {
    #[derive(Clone, PartialEq, Serialize)]
    #[serde(transparent)]
    struct Bomb(u32, #[serde(skip)] bool);

    impl<'de> Deserialize<'de> for Bomb {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            u32::deserialize(deserializer).map(|number| Self(number, true))
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.1, "on purpose");
        }
    }

    let home = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowVec<Bomb>>::open(&home, Options::new()).unwrap();
    table.extend((0..5).map(|number| Bomb(number, false))).unwrap();
    assert_eq!(table.load().len(), 5);
}
