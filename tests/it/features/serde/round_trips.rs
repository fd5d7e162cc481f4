//! The forms are those of std's collections, and what is written is read again.

use proptest::collection::{btree_map, btree_set, hash_map, hash_set, vec};
use proptest::prelude::*;
use readmostly::paged::{
    Delta, PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

/// Writes and reads in a format with names and in one without.
#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
    // Without a size hint, and from text that is not at hand as a whole.
    assert_eq!(serde_json::from_reader::<_, T>(json.as_bytes()).unwrap(), *value);
    let bytes = postcard::to_stdvec(value).unwrap();
    assert_eq!(postcard::from_bytes::<T>(&bytes).unwrap(), *value);
}

/// Both write the same.
#[track_caller]
fn same(ours: &impl Serialize, theirs: &impl Serialize) {
    assert_eq!(serde_json::to_string(ours).unwrap(), serde_json::to_string(theirs).unwrap());
    assert_eq!(postcard::to_stdvec(ours).unwrap(), postcard::to_stdvec(theirs).unwrap());
}

#[test]
fn the_form_is_that_of_stds_collections() {
    let (pairs, elements) = ([("a".to_owned(), 1)], ["a".to_owned()]);
    let map = PagedMap::from(pairs.clone());
    same(&map, &BTreeMap::from(pairs));
    let set = PagedSet::from(elements.clone());
    same(&set, &elements.to_vec());
    let list: PagedVec<u64> = (0..5_000).collect();
    same(&list, &list.to_vec());
    for empty in
        [serde_json::to_string(&PagedMap::<u8, u8>::new()), serde_json::to_string(&CowMap::<u8, u8>::new())]
    {
        assert_eq!(empty.unwrap(), "{}");
    }
    // A container is what it holds, and so are a snapshot and a guard's reference.
    same(&CowMap::from(map.clone()), &map);
    same(&CowSet::from(set.clone()), &set);
    same(&CowVec::from(list.clone()), &list);
    let cell = CowCell::new(list.clone());
    same(&cell, &list);
    same(&cell.snapshot(), &list);
    same(&*cell.load(), &list);
    same(&CowCell::new(7), &7);
}

#[test]
fn what_is_ordered_is_written_in_order() {
    let std: BTreeMap<u32, String> = (0..3_000).rev().map(|n| (n, n.to_string())).collect();
    let map = PagedOrdMap::from(std.clone());
    same(&map, &std);
    same(&CowOrdMap::from(map.clone()), &std);
    same(&CowOrdMap::from(map).snapshot(), &std);
    let std: BTreeSet<u32> = std.into_keys().collect();
    let set = PagedOrdSet::from(std.clone());
    same(&set, &std);
    same(&CowOrdSet::from(set), &std);
    assert_eq!(
        serde_json::to_string(&CowOrdMap::from([(2, 'b'), (1, 'a')])).unwrap(),
        r#"{"1":"a","2":"b"}"#
    );
    // It is read from any order.
    let read: PagedOrdMap<u8, char> = serde_json::from_str(r#"{"2":"b","1":"a"}"#).unwrap();
    assert!(read.into_iter().eq([(1, 'a'), (2, 'b')]));
    let read: CowOrdSet<u8> = serde_json::from_str("[3,1,2]").unwrap();
    assert!(read.into_iter().eq([1, 2, 3]));
}

#[test]
fn the_order_of_insertion_is_written_and_read() {
    let (json, list) = (r#"{"z":1,"a":2,"m":3}"#, r#"["z","a","m"]"#);
    let map: CowIndexMap<String, u8> = serde_json::from_str(json).unwrap();
    let set: CowIndexSet<String> = serde_json::from_str(list).unwrap();
    assert_eq!((map.version(), map.get_index(0), set.last()), (0, Some(("z".into(), 1)), Some("m".into())));
    // With the gaps of removals, of which a format knows nothing.
    let (large, mut changed): (PagedIndexSet<u32>, PagedIndexSet<u32>) =
        ((0..3_000).rev().filter(|n| n % 3 > 0).collect(), (0..3_000).rev().collect());
    changed.retain(|n| n % 3 > 0);
    same(&changed, &large.iter().collect::<Vec<_>>());
    same(&CowIndexSet::from(changed.clone()), &large);
    let read: PagedIndexSet<u32> = postcard::from_bytes(&postcard::to_stdvec(&changed).unwrap()).unwrap();
    assert!(read.iter().eq(&large));
    map.shift_remove("a");
    map.insert("a".into(), 4);
    map.insert("z".into(), 5);
    assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"z":5,"m":3,"a":4}"#);
    assert_eq!(serde_json::to_string(&map.snapshot()).unwrap(), r#"{"z":5,"m":3,"a":4}"#);
    set.swap_remove("z");
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["m","a"]"#);
}

/// Comparisons of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Compared(u32);

thread_local!(static COMPARISONS: Cell<usize> = const { Cell::new(0) });

impl PartialOrd for Compared {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Compared {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0.cmp(&other.0)
    }
}

impl<'de> Deserialize<'de> for Compared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Self)
    }
}

#[test]
fn what_is_in_order_is_compared_once() {
    let bytes = postcard::to_stdvec(&(0..10_000).collect::<PagedOrdSet<u32>>()).unwrap();
    let set: CowOrdSet<Compared> = postcard::from_bytes(&bytes).unwrap();
    assert_eq!((set.len(), COMPARISONS.get()), (10_000, 9_999));
}

#[test]
fn large_tables_come_back() {
    for len in [1_792, 1_793, 30_000] {
        check(&(0..len).map(|n| (n, n.to_string())).collect::<PagedMap<u32, String>>());
        check(&(0..len).collect::<PagedSet<u32>>());
        check(&(0..len).map(|n| (n, n.to_string())).collect::<PagedOrdMap<u32, String>>());
        check(&(0..len).collect::<CowOrdSet<u32>>());
        check(&(0..len).map(|n| (n, n.to_string())).collect::<CowIndexMap<u32, String>>());
        check(&(0..len).collect::<PagedIndexSet<u32>>());
        check(&(0..len).collect::<PagedVec<u32>>());
    }
    // Without a byte for an element.
    check(&std::iter::repeat_n((), 3_000).collect::<PagedVec<()>>());
}

#[derive(Serialize, Deserialize)]
struct Tables {
    ports: CowMap<String, u16>,
    #[serde(default)]
    blocked: CowSet<String>,
    rules: CowCell<PagedVec<Option<String>>>,
}

#[test]
fn containers_are_fields_of_derived_types() {
    let json = r#"{"ports":{"http":80},"rules":[null,"allow"]}"#;
    let tables: Tables = serde_json::from_str(json).unwrap();
    assert_eq!((tables.ports.get("http"), tables.blocked.len()), (Some(80), 0));
    assert_eq!((tables.ports.version(), tables.rules.version()), (0, 0));
    tables.rules.update(|rules| rules.push(Some("deny".into())));
    assert_eq!(
        serde_json::to_string(&tables).unwrap(),
        r#"{"ports":{"http":80},"blocked":[],"rules":[null,"allow","deny"]}"#
    );
}

#[test]
fn what_the_text_holds_can_be_borrowed() {
    let text = r#"{"http":"web","ssh":"shell"}"#.to_owned();
    let map: PagedMap<&str, &str> = serde_json::from_str(&text).unwrap();
    assert!(text.as_bytes().as_ptr_range().contains(&map["ssh"].as_ptr()));
    let set: CowSet<&str> = serde_json::from_str(r#"["a","b"]"#).unwrap();
    let list: CowCell<&str> = serde_json::from_str(r#""a""#).unwrap();
    assert!(set.contains("a") && *list.load() == "a");
    let bytes = postcard::to_stdvec(&map).unwrap();
    assert_eq!(postcard::from_bytes::<PagedMap<&str, &str>>(&bytes).unwrap(), map);
    let delta: Delta<&str, &str> =
        serde_json::from_str(r#"[{"Added":{"key":"http","value":"web"}}]"#).unwrap();
    let mut web = PagedMap::new();
    web.apply(&delta).unwrap();
    assert_eq!(web["http"], "web");
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        pairs in hash_map(any::<String>(), prop::option::of(any::<i64>()), 0..40),
        elements in hash_set(any::<(i8, char)>(), 0..40),
        list in vec(prop::option::of(any::<String>()), 0..40),
        other in hash_map(any::<u8>(), any::<u16>(), 0..40),
        newer in hash_map(any::<u8>(), any::<u16>(), 0..40),
        ordered in btree_map(any::<String>(), prop::option::of(any::<i64>()), 0..40),
        ascending in btree_set(any::<(i8, char)>(), 0..40),
    ) {
        let map = PagedOrdMap::from(ordered);
        check(&map);
        check(&CowOrdMap::from(map));
        let set = PagedOrdSet::from(ascending);
        check(&set);
        check(&CowOrdSet::from(set));
        let map: PagedIndexMap<_, _> = pairs.clone().into_iter().collect();
        check(&map);
        let read: CowIndexMap<String, Option<i64>> =
            serde_json::from_str(&serde_json::to_string(&map).unwrap()).unwrap();
        prop_assert!(read.load().iter().eq(&map));
        let set: PagedIndexSet<_> = elements.iter().copied().collect();
        let read: CowIndexSet<(i8, char)> = postcard::from_bytes(&postcard::to_stdvec(&set).unwrap()).unwrap();
        prop_assert!(read.load().iter().eq(&set));
        let map: PagedMap<_, _> = pairs.iter().map(|(key, value)| (key.clone(), *value)).collect();
        check(&map);
        check(&CowMap::from(map.clone()));
        let set: PagedSet<_> = elements.iter().copied().collect();
        check(&set);
        check(&CowSet::from(set.clone()));
        let list = PagedVec::from(list);
        check(&list);
        check(&CowVec::from(list.clone()));
        // Std reads what is ours, and the other way round.
        let flat: HashMap<String, Option<i64>> = postcard::from_bytes(&postcard::to_stdvec(&map).unwrap()).unwrap();
        prop_assert_eq!(&flat, &pairs);
        let ours: CowMap<String, Option<i64>> = serde_json::from_str(&serde_json::to_string(&pairs).unwrap()).unwrap();
        prop_assert_eq!(&*ours.load(), &map);
        let cell = CowCell::new(list.clone());
        let read: CowCell<PagedVec<Option<String>>> =
            postcard::from_bytes(&postcard::to_stdvec(&cell).unwrap()).unwrap();
        prop_assert_eq!(&*read.load(), &list);

        let (old, new): (PagedMap<_, _>, PagedMap<_, _>) = (other.into_iter().collect(), newer.into_iter().collect());
        let delta: Delta<u8, u16> = old.diff(&new).collect();
        check(&delta);
        let (old, new): (PagedSet<_>, PagedSet<_>) = (old.into_keys().collect(), new.into_keys().collect());
        check(&old.diff(&new).collect::<Delta<u8, ()>>());
    }
}
