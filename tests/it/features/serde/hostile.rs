//! Data that lies, ends early or is changed while it is written.

use crate::support::{Census, Counted, panic_of};
use proptest::collection::vec;
use proptest::prelude::*;
use readmostly::paged::{
    Delta, PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// An iterator that says that nearly everything is still to come.
struct Liar<I>(I);

impl<I: Iterator> Iterator for Liar<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, Some(usize::MAX))
    }

    fn count(self) -> usize {
        self.0.count()
    }
}

// What it takes of memory is among the tests of what is allocated.
#[test]
fn a_size_hint_that_lies_does_no_harm() {
    let pairs = || MapDeserializer::<_, Error>::new(Liar((0..3_000_u32).map(|n| (n, n))));
    let elements = || SeqDeserializer::<_, Error>::new(Liar(0..3_000_u32));
    let expected: PagedMap<u32, u32> = (0..3_000).map(|n| (n, n)).collect();
    let map: PagedMap<u32, u32> = PagedMap::deserialize(pairs()).unwrap();
    assert_eq!(map, expected);
    // The room that the hint asked for is given back.
    assert!(map.capacity() < 10_000, "{}", map.capacity());
    assert_eq!(CowMap::<u32, u32>::deserialize(pairs()).unwrap(), CowMap::from(expected));
    assert_eq!(PagedSet::<u32>::deserialize(elements()).unwrap(), (0..3_000).collect());
    assert_eq!(PagedVec::<u32>::deserialize(elements()).unwrap(), (0..3_000).collect::<Vec<_>>());
    assert_eq!(CowVec::<u32>::deserialize(elements()).unwrap().len(), 3_000);
    assert!(
        PagedOrdMap::<u32, u32>::deserialize(pairs()).unwrap().into_iter().eq((0..3_000).map(|n| (n, n)))
    );
    assert!(CowOrdSet::<u32>::deserialize(elements()).unwrap().into_iter().eq(0..3_000));
    let map = PagedIndexMap::<u32, u32>::deserialize(pairs()).unwrap();
    assert!(map.capacity() < 10_000 && map.into_iter().eq((0..3_000).map(|n| (n, n))));
    assert!(CowIndexSet::<u32>::deserialize(elements()).unwrap().into_iter().eq(0..3_000));
    // An element that is as large as what is believed.
    let few = SeqDeserializer::<_, Error>::new(Liar(0..3_u8));
    let large: PagedVec<Large> = PagedVec::deserialize(few).unwrap();
    assert!(large.iter().map(|large| large.0[9]).eq(0..3));
    // The length that postcard reads, and then the end.
    assert!(postcard::from_bytes::<PagedVec<u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]).is_err());
    assert!(postcard::from_bytes::<CowMap<u64, u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]).is_err());
    assert!(postcard::from_bytes::<CowOrdMap<u64, u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]).is_err());
    assert!(postcard::from_bytes::<CowIndexMap<u64, u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]).is_err());
    assert!(postcard::from_bytes::<Delta<u64, u64>>(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 2]).is_err());
}

struct Large(Box<[u8; 1 << 10]>);

impl<'de> Deserialize<'de> for Large {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(|n| Self(Box::new([n; 1 << 10])))
    }
}

/// Is equal to all of its number, whatever the tag.
#[derive(serde::Deserialize, Clone, Debug)]
struct Tagged(u8, char);

impl PartialEq for Tagged {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Tagged {}

impl PartialOrd for Tagged {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tagged {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Hash for Tagged {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn of_a_key_that_comes_twice_the_last_value_stays() {
    let json = r#"{"a":1,"b":2,"a":3}"#;
    let std: HashMap<String, u8> = serde_json::from_str(json).unwrap();
    let map: PagedMap<String, u8> = serde_json::from_str(json).unwrap();
    assert_eq!(map, PagedMap::from(std));
    assert_eq!(serde_json::from_str::<CowMap<String, u8>>(json).unwrap().get("a"), Some(3));
    assert_eq!(serde_json::from_str::<CowOrdMap<String, u8>>(json).unwrap().get("a"), Some(3));
    // The place is the first one.
    let map: CowIndexMap<String, u8> = serde_json::from_str(json).unwrap();
    assert!(map.into_iter().eq([("a".into(), 3), ("b".into(), 2)]));
    // And of the elements of a set the first, as in std.
    let json = r#"[[1,"x"],[2,"y"],[1,"z"]]"#;
    let std: HashSet<Tagged> = serde_json::from_str(json).unwrap();
    let set: PagedSet<Tagged> = serde_json::from_str(json).unwrap();
    assert_eq!((set.len(), set.get(&Tagged(1, '?')).map(|it| it.1)), (2, Some('x')));
    assert_eq!(std.get(&Tagged(1, '?')).map(|it| it.1), Some('x'));
    let set: PagedIndexSet<Tagged> = serde_json::from_str(json).unwrap();
    assert!(set.into_iter().map(|it| it.1).eq(['x', 'y']));
    // Of those of an ordered set the last, as where it is collected.
    let set: PagedOrdSet<Tagged> = serde_json::from_str(json).unwrap();
    assert_eq!((set.len(), set.get(&Tagged(1, '?')).map(|it| it.1)), (2, Some('z')));
}

thread_local! {
    /// Counts what is read, and what becomes of the number 99.
    static READING: RefCell<(Census, Fate)> = RefCell::default();
}

#[derive(Clone, Copy, Default)]
enum Fate {
    #[default]
    Error,
    Panic,
}

#[derive(Clone)]
struct Read(Counted<u32>);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let n = u32::deserialize(deserializer)?;
        READING.with_borrow(|(census, fate)| match (n, fate) {
            (99, Fate::Error) => Err(serde::de::Error::custom("99 is refused")),
            (99, Fate::Panic) => panic!("99"),
            _ => Ok(Self(census.count(n))),
        })
    }
}

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for Read {}

impl PartialOrd for Read {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Read {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Hash for Read {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn an_error_or_a_panic_in_the_middle_leaves_nothing() {
    let elements = format!("{:?}", (100..5_000).chain([99]).chain(5_000..6_000).collect::<Vec<u32>>());
    let pairs = (100..5_000).chain([99]).map(|n| (n, n)).collect::<Vec<(u32, u32)>>();
    let changes = pairs.iter().map(|(key, value)| format!(r#"{{"Added":{{"key":{key},"value":{value}}}}}"#));
    let changes = format!("[{}]", changes.collect::<Vec<_>>().join(","));
    let bytes = postcard::to_stdvec(&pairs).unwrap();
    let outcomes: [Box<dyn Fn() -> String>; 9] = [
        Box::new({
            let elements = elements.clone();
            move || serde_json::from_str::<PagedVec<Read>>(&elements).err().unwrap().to_string()
        }),
        Box::new({
            let elements = elements.clone();
            move || serde_json::from_str::<CowSet<Read>>(&elements).err().unwrap().to_string()
        }),
        Box::new({
            let elements = elements.clone();
            move || serde_json::from_str::<CowCell<PagedVec<Read>>>(&elements).err().unwrap().to_string()
        }),
        Box::new({
            let elements = elements.clone();
            move || serde_json::from_str::<CowOrdSet<Read>>(&elements).err().unwrap().to_string()
        }),
        Box::new({
            let pairs = pairs.clone();
            move || {
                let pairs =
                    MapDeserializer::<_, Error>::new(pairs[..4_900].iter().rev().chain(&pairs).copied());
                CowOrdMap::<Read, Read>::deserialize(pairs).err().unwrap().to_string()
            }
        }),
        Box::new({
            let pairs = pairs.clone();
            move || {
                let pairs = MapDeserializer::<_, Error>::new(pairs[..4_900].iter().chain(&pairs).copied());
                CowIndexMap::<Read, Read>::deserialize(pairs).err().unwrap().to_string()
            }
        }),
        Box::new({
            let pairs = pairs.clone();
            move || {
                let pairs = MapDeserializer::<_, Error>::new(pairs.iter().copied());
                CowMap::<Read, Read>::deserialize(pairs).err().unwrap().to_string()
            }
        }),
        Box::new(move || serde_json::from_str::<Delta<Read, Read>>(&changes).err().unwrap().to_string()),
        Box::new(move || postcard::from_bytes::<PagedMap<Read, Read>>(&bytes).err().unwrap().to_string()),
    ];
    for (nth, outcome) in outcomes.iter().enumerate() {
        let census = Census::new();
        READING.set((census.clone(), Fate::Error));
        let said = outcome();
        // Postcard drops the text of an error.
        assert!(said.contains("99 is refused") || nth == 8, "{said}");
        assert!(census.made() > 4_000 && census.alive() == 0);
        READING.set((census.clone(), Fate::Panic));
        assert_eq!(panic_of(outcome), "99");
        assert_eq!(census.alive(), 0);
    }
}

/// Writes to the container that it is in, while it is written to a format itself.
#[derive(Clone)]
struct Meddler(Arc<OnceLock<Arc<CowMap<u32, Meddler>>>>);

impl Serialize for Meddler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(map) = self.0.get() {
            map.clear();
            map.insert(1_000_000, self.clone());
        }
        serializer.serialize_u8(1)
    }
}

#[test]
fn one_version_is_written_though_others_are_published_meanwhile() {
    let map = Arc::new(OnceLock::new());
    let there = map.get_or_init(|| Arc::new((0..3_000).map(|n| (n, Meddler(Arc::clone(&map)))).collect()));
    let before = there.snapshot();
    let written = serde_json::to_string(&**there).unwrap();
    let written: HashMap<u32, u8> = serde_json::from_str(&written).unwrap();
    assert!(written.len() == 3_000 && written.keys().all(|key| before.contains_key(key)));
    assert_eq!((there.len(), there.version()), (1, 6_000));
    // Each element holds the map.
    there.clear();
}

#[test]
fn what_is_cut_off_is_refused() {
    let (old, new): (PagedMap<u16, u16>, PagedMap<u16, u16>) =
        ((0..40).map(|n| (n, n)).collect(), (20..60).map(|n| (n, n / 2 * 2)).collect());
    let delta: Delta<u16, u16> = old.diff(&new).collect();
    let (map, delta) = (postcard::to_stdvec(&old).unwrap(), postcard::to_stdvec(&delta).unwrap());
    for len in 0..map.len() {
        assert!(postcard::from_bytes::<PagedMap<u16, u16>>(&map[..len]).is_err());
        assert!(postcard::from_bytes::<CowVec<(u16, u16)>>(&map[..len]).is_err());
        assert!(postcard::from_bytes::<CowOrdMap<u16, u16>>(&map[..len]).is_err());
        assert!(postcard::from_bytes::<CowIndexMap<u16, u16>>(&map[..len]).is_err());
    }
    for len in 0..delta.len() {
        assert!(postcard::from_bytes::<Delta<u16, u16>>(&delta[..len]).is_err());
    }
}

proptest! {
    // And what is read is written and read again.
    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..60)) {
        if let Ok(map) = postcard::from_bytes::<CowMap<u8, Option<u8>>>(&bytes) {
            let again = postcard::from_bytes(&postcard::to_stdvec(&map).unwrap()).unwrap();
            prop_assert_eq!(map, again);
        }
        if let Ok(delta) = postcard::from_bytes::<Delta<u8, u8>>(&bytes) {
            let written = postcard::to_stdvec(&delta).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<Delta<u8, u8>>(&written).unwrap(), &delta);
        }
        if let Ok(map) = postcard::from_bytes::<CowOrdMap<u8, Option<u8>>>(&bytes) {
            prop_assert!(map.load().keys().is_sorted());
            let again = postcard::from_bytes(&postcard::to_stdvec(&map).unwrap()).unwrap();
            prop_assert_eq!(map, again);
        }
        if let Ok(map) = postcard::from_bytes::<CowIndexMap<u8, Option<u8>>>(&bytes) {
            let again: CowIndexMap<u8, Option<u8>> =
                postcard::from_bytes(&postcard::to_stdvec(&map).unwrap()).unwrap();
            prop_assert!(map.into_iter().eq(again));
        }
        _ = postcard::from_bytes::<PagedSet<String>>(&bytes);
        _ = postcard::from_bytes::<PagedIndexSet<String>>(&bytes);
        _ = postcard::from_bytes::<PagedOrdSet<String>>(&bytes);
    }
}
