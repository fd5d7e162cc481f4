//! The form of a delta, which is in files: byte by byte.

use readmostly::paged::{Change, Delta, PagedMap, PagedSet};
use serde::de::IntoDeserializer;
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

type Changes<'a> = Vec<Change<'a, u16, &'a str>>;

/// One change of each kind, in no order that a diff would show.
fn changes() -> Changes<'static> {
    vec![
        Change::Updated { key: &300, old: &"b", new: &"" },
        Change::Added { key: &1, value: &"c" },
        Change::Removed { key: &2, value: &"a" },
    ]
}

const JSON: &str = r#"[{"Updated":{"key":300,"old":"b","new":""}},{"Added":{"key":1,"value":"c"}},{"Removed":{"key":2,"value":"a"}}]"#;

// The length; then for each change its number, the key, and the values with their lengths.
const POSTCARD: [u8; 15] = [3, 2, 0xac, 2, 1, b'b', 0, 0, 1, 1, b'c', 1, 2, 1, b'a'];

#[test]
fn the_form_is_as_it_was() {
    let delta: Delta<u16, &str> = changes().into_iter().collect();
    assert_eq!(serde_json::to_string(&delta).unwrap(), JSON);
    assert_eq!(postcard::to_stdvec(&delta).unwrap(), POSTCARD);
    assert_eq!(serde_json::from_str::<Delta<u16, &str>>(JSON).unwrap(), delta);
    assert_eq!(postcard::from_bytes::<Delta<u16, &str>>(&POSTCARD).unwrap(), delta);
    // Changes that were not collected, such as those that a diff shows.
    assert_eq!(serde_json::to_string(&changes()).unwrap(), JSON);
    assert_eq!(postcard::to_stdvec(&changes()).unwrap(), POSTCARD);
    assert_eq!(serde_json::to_string(&Delta::<u8, u8>::new()).unwrap(), "[]");
    assert_eq!(postcard::to_stdvec(&Delta::<u8, u8>::new()).unwrap(), [0]);
}

#[test]
fn a_sets_values_are_units() {
    let (old, new) = (PagedSet::from([1_u8]), PagedSet::from([2]));
    let delta: Delta<u8, ()> = old.diff(&new).collect();
    let json = r#"[{"Removed":{"key":1,"value":null}},{"Added":{"key":2,"value":null}}]"#;
    assert_eq!(serde_json::to_string(&delta).unwrap(), json);
    assert_eq!(postcard::to_stdvec(&delta).unwrap(), [2, 1, 1, 0, 2]);
    assert_eq!(serde_json::from_str::<Delta<u8, ()>>(json).unwrap(), delta);
    let mut set = old.clone();
    set.apply(&postcard::from_bytes(&[2, 1, 1, 0, 2]).unwrap()).unwrap();
    assert_eq!(set, new);
}

/// What somebody else would derive.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Derived<K, V> {
    Added { key: K, value: V },
    Removed { key: K, value: V },
    Updated { key: K, old: V, new: V },
}

#[test]
fn a_derived_enum_reads_and_writes_the_same() {
    let derived: Vec<Derived<u16, String>> = serde_json::from_str(JSON).unwrap();
    assert_eq!(derived[0], Derived::Updated { key: 300, old: "b".into(), new: String::new() });
    assert_eq!(serde_json::to_string(&derived).unwrap(), JSON);
    assert_eq!(postcard::to_stdvec(&derived).unwrap(), POSTCARD);
    assert_eq!(postcard::from_bytes::<Vec<Derived<u16, String>>>(&POSTCARD).unwrap(), derived);
}

#[test]
fn a_value_that_is_none_survives() {
    let (old, new) = (PagedMap::from([(1, None), (2, Some(0))]), PagedMap::from([(2, None), (3, None)]));
    let delta: Delta<u8, Option<u8>> = old.diff(&new).collect();
    let json = serde_json::to_string(&delta).unwrap();
    assert!(json.contains(r#"{"Updated":{"key":2,"old":0,"new":null}}"#), "{json}");
    assert_eq!(serde_json::from_str::<Delta<u8, Option<u8>>>(&json).unwrap(), delta);
    assert_eq!(
        postcard::from_bytes::<Delta<u8, Option<u8>>>(&postcard::to_stdvec(&delta).unwrap()).unwrap(),
        delta
    );

    // Nested, it survives where the format tells `Some(None)` from `None`. JSON does not, whatever it stands in.
    let (old, new) = (PagedMap::from([(1, Some(None))]), PagedMap::from([(1, None), (2, Some(None))]));
    let delta: Delta<u8, Option<Option<u8>>> = old.diff(&new).collect();
    let read = postcard::from_bytes::<Delta<_, _>>(&postcard::to_stdvec(&delta).unwrap()).unwrap();
    assert_eq!(read, delta);
    let mut there = old.clone();
    there.apply(&read).unwrap();
    assert_eq!(there, new);
}

#[test]
fn fields_may_come_in_any_order_or_without_names() {
    for json in [
        r#"[{"Updated":{"new":"","key":300,"old":"b"}},{"Added":{"value":"c","key":1}},{"Removed":{"key":2,"value":"a"}}]"#,
        r#"[{"Updated":[300,"b",""]},{"Added":[1,"c"]},{"Removed":[2,"a"]}]"#,
    ] {
        let delta: Delta<u16, &str> = serde_json::from_str(json).unwrap();
        assert!(delta.iter().eq(changes()), "{delta:?}");
    }
    // A name as bytes, which some formats have.
    let change = [(&b"Added"[..], BTreeMap::from([("key", 1_u8), ("value", 2)]))];
    let change = MapAccessDeserializer::new(MapDeserializer::<_, Error>::new(change.into_iter()));
    let delta = Delta::<u8, u8>::deserialize(vec![Enum(change)].into_deserializer()).unwrap();
    assert!(delta.iter().eq([Change::Added { key: &1, value: &2 }]));
}

/// Makes a deserializer an element of a sequence.
struct Enum<D>(D);

impl<'de, D: serde::Deserializer<'de, Error = Error>> IntoDeserializer<'de, Error> for Enum<D> {
    type Deserializer = D;

    fn into_deserializer(self) -> D {
        self.0
    }
}

#[test]
fn what_is_no_delta_is_refused() {
    let said = |json: &str| serde_json::from_str::<Delta<u8, u8>>(json).unwrap_err().to_string();
    for (json, expected) in [
        ("{}", "invalid type: map, expected a sequence"),
        (
            r#"[{"Moved":{"key":1,"value":1}}]"#,
            "unknown variant `Moved`, expected one of `Added`, `Removed`, `Updated`",
        ),
        (r#"["Added"]"#, "invalid type: unit variant, expected struct variant"),
        (r#"[{"Added":{"key":1}}]"#, "missing field `value`"),
        (r#"[{"Added":{"value":1}}]"#, "missing field `key`"),
        (r#"[{"Updated":{"key":1,"old":1}}]"#, "missing field `new`"),
        (
            r#"[{"Updated":{"key":1,"value":1}}]"#,
            "unknown field `value`, expected one of `key`, `old`, `new`",
        ),
        (r#"[{"Added":{"key":1,"key":2,"value":1}}]"#, "duplicate field `key`"),
        (r#"[{"Updated":{"key":1,"old":2,"new":1,"old":2}}]"#, "duplicate field `old`"),
        (r#"[{"Added":[1]}]"#, "invalid length 1, expected the fields key, value"),
        (r#"[{"Updated":[]}]"#, "invalid length 0, expected the fields key, old, new"),
        (r#"[{"Added":[1,2,3]}]"#, "trailing characters"),
        (r#"[{"Added":{"key":1,"value":300}}]"#, "invalid value: integer `300`, expected u8"),
        (r#"[{"Added":{"key":1,"value":1}},"#, "EOF while parsing a value"),
    ] {
        let error = said(json);
        assert!(error.starts_with(expected), "{json}: {error}");
    }
    // There is no fourth kind.
    assert!(postcard::from_bytes::<Delta<u8, u8>>(&[1, 3, 1, 1]).is_err());
    assert!(postcard::from_bytes::<Delta<u8, u8>>(&[1, 2, 1, 1]).is_err());
}
