//! The JSON of etcd's gateway: what is asked, and what comes back. Numbers of 64 bits come as strings, and what is zero does not come.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::fmt;

/// What each answer begins with.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    #[serde(deserialize_with = "number")]
    pub(crate) cluster_id: u64,
    /// That of the store, when the answer was made.
    #[serde(deserialize_with = "revision")]
    pub(crate) revision: u64,
    /// How many elections there were. In answers that the cluster has agreed on it never goes back.
    #[serde(deserialize_with = "number")]
    pub(crate) raft_term: u64,
}

/// An answer to a question.
pub(crate) trait Answer: DeserializeOwned {
    fn header(&self) -> Header;
}

impl Header {
    /// etcd says both in each answer, and neither is ever 0. What lacks them is not of etcd.
    pub(crate) fn is_whole(&self) -> bool {
        self.cluster_id != 0 && self.revision != 0
    }
}

impl Answer for Range {
    fn header(&self) -> Header {
        self.header
    }
}

impl Answer for Done {
    fn header(&self) -> Header {
        self.header
    }
}

/// The answer to a range.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Range {
    pub(crate) header: Header,
    pub(crate) kvs: Vec<KeyValue>,
    /// There are more keys than the limit.
    pub(crate) more: bool,
    /// Of the keys in the range, whatever the limit and the filters are.
    #[serde(deserialize_with = "number")]
    pub(crate) count: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeyValue {
    #[serde(deserialize_with = "bytes")]
    pub(crate) key: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    pub(crate) value: Vec<u8>,
    #[serde(deserialize_with = "revision")]
    pub(crate) create_revision: u64,
    #[serde(deserialize_with = "revision")]
    pub(crate) mod_revision: u64,
    /// How often the key was written since it was made.
    #[serde(deserialize_with = "number")]
    pub(crate) version: u64,
}

/// A line of a watch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    pub(crate) result: Option<Watched>,
    pub(crate) error: Option<Refusal>,
}

/// A message of a watch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Watched {
    pub(crate) header: Header,
    pub(crate) created: bool,
    pub(crate) canceled: bool,
    #[serde(deserialize_with = "number")]
    pub(crate) compact_revision: u64,
    pub(crate) cancel_reason: String,
    /// The next message goes on with this one.
    pub(crate) fragment: bool,
    pub(crate) events: Vec<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    #[serde(rename = "type", deserialize_with = "deletes")]
    pub(crate) is_delete: bool,
    pub(crate) kv: KeyValue,
}

/// The answer to a transaction.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Done {
    pub(crate) header: Header,
    pub(crate) succeeded: bool,
}

/// The answer to a name and a password.
#[derive(Deserialize)]
pub(crate) struct Authenticated {
    pub(crate) token: String,
}

/// What etcd says of a token that does not count any more. The code of some is one that much else has, and what ends a watch has none: there
/// gRPC's word for the code is in the text. "header is old" is etcd 3.4, "auth store is old" etcd 3.5 and later.
const OLD_TOKEN: [&str; 4] = ["invalid auth token", "auth store is old", "header is old", "Unauthenticated"];
/// What it says of who may not ask, or is not known.
const NOT_PERMITTED: [&str; 3] = ["permission denied", "user name is empty", "authentication failed"];

/// Why etcd does not do something. Its fields have different names in a unary call, in a stream and by the gateway's version.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refusal {
    #[serde(alias = "grpc_code")]
    pub(crate) code: i64,
    pub(crate) message: String,
    /// What some versions say in place of the message.
    error: String,
}

impl Refusal {
    /// What ends a watch.
    pub(crate) fn of_watch(reason: &str) -> Self {
        Self { message: reason.to_owned(), ..Self::default() }
    }

    /// What etcd says.
    pub(crate) fn said(&self) -> String {
        match [&self.message, &self.error].into_iter().find(|text| !text.is_empty()) {
            Some(text) => text.clone(),
            None => format!("etcd has refused it with the code {}, and no reason", self.code),
        }
    }

    /// It is about the request, so any member refuses it. It was not even proposed, or no member applies it. All others may come after
    /// a proposal, or from a member that cannot serve. So may `RESOURCE_EXHAUSTED`, unless the request itself is too large: a member that
    /// finds its space used up while it applies a write has applied it.
    pub(crate) fn is_certain(&self) -> bool {
        if self.code == code::RESOURCE_EXHAUSTED {
            return self.said().contains("received message larger than max");
        }
        if self.is_old_token() {
            return true;
        }
        matches!(
            self.code,
            code::INVALID_ARGUMENT
                | code::NOT_FOUND
                | code::ALREADY_EXISTS
                | code::PERMISSION_DENIED
                | code::FAILED_PRECONDITION
                | code::OUT_OF_RANGE
                | code::UNIMPLEMENTED
                | code::UNAUTHENTICATED
        )
    }

    /// The token has ended, the member that gave it was restarted, or the permissions have changed since. It may be refused at any time,
    /// also where a write is applied, and then the write is not.
    pub(crate) fn is_old_token(&self) -> bool {
        // A refusal of another kind may quote them, where it is not known whether the write has happened.
        let may_say = matches!(self.code, code::NONE | code::UNKNOWN | code::INVALID_ARGUMENT);
        self.code == code::UNAUTHENTICATED || may_say && self.says(&OLD_TOKEN)
    }

    /// It is refused for who asks.
    pub(crate) fn is_of_login(&self) -> bool {
        self.code == code::PERMISSION_DENIED || self.is_old_token() || self.says(&NOT_PERMITTED)
    }

    fn says(&self, texts: &[&str]) -> bool {
        let said = self.said();
        texts.iter().any(|text| said.contains(text))
    }

    pub(crate) fn is_compacted(&self) -> bool {
        self.code == code::OUT_OF_RANGE && self.said().contains("compacted")
    }

    /// etcd is not at the revision that was asked for.
    pub(crate) fn is_future(&self) -> bool {
        self.code == code::OUT_OF_RANGE && self.said().contains("future")
    }
}

/// The codes of gRPC that are told apart here.
pub(crate) mod code {
    /// What ends a watch has none.
    pub(crate) const NONE: i64 = 0;
    pub(crate) const UNKNOWN: i64 = 2;
    pub(crate) const INVALID_ARGUMENT: i64 = 3;
    pub(crate) const NOT_FOUND: i64 = 5;
    pub(crate) const ALREADY_EXISTS: i64 = 6;
    pub(crate) const PERMISSION_DENIED: i64 = 7;
    pub(crate) const RESOURCE_EXHAUSTED: i64 = 8;
    pub(crate) const FAILED_PRECONDITION: i64 = 9;
    pub(crate) const OUT_OF_RANGE: i64 = 11;
    pub(crate) const UNIMPLEMENTED: i64 = 12;
    pub(crate) const UNAUTHENTICATED: i64 = 16;
}

/// Encodes a key or a value.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The keys that begin with a prefix, from the first to what comes after the last.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    pub(crate) text: String,
    end: Vec<u8>,
}

impl Prefix {
    pub(crate) fn new(text: String) -> Self {
        let mut end = text.clone().into_bytes();
        // A byte of UTF-8 is never 0xff, so the last one can always be one more. Without a prefix a zero stands for the end of all keys.
        match end.last_mut() {
            Some(last) => *last += 1,
            None => end.push(0),
        }
        Self { text, end }
    }

    /// The first key.
    pub(crate) fn start(&self) -> Vec<u8> {
        // An empty key is refused.
        if self.text.is_empty() { vec![0] } else { self.text.clone().into_bytes() }
    }

    /// Asks for a page of the keys from `from` on: of the current state or of a revision.
    ///
    /// `is_first`: the cluster must agree. A member that has answered to that has the revision, and need not ask the others again.
    pub(crate) fn page(&self, from: &[u8], revision: Option<u64>, limit: u64, is_first: bool) -> Value {
        let mut range = json!({ "key": encoded(from), "range_end": encoded(&self.end), "limit": limit });
        if let Some(revision) = revision {
            range["revision"] = json!(revision);
        }
        if !is_first {
            range["serializable"] = json!(true);
        }
        range
    }

    /// Whether a key may be in an answer.
    pub(crate) fn holds(&self, key: &[u8]) -> bool {
        key.starts_with(self.text.as_bytes())
    }

    /// Asks for one key as it was at a revision. The cluster must agree. It costs etcd a round among its members, and one look.
    pub(crate) fn point(key: &[u8], revision: u64) -> Value {
        json!({ "key": encoded(key), "revision": revision })
    }

    /// The same without the value.
    pub(crate) fn stamp(key: &[u8], revision: u64) -> Value {
        json!({ "key": encoded(key), "revision": revision, "keys_only": true })
    }

    /// Asks how many keys there were at a revision. It costs etcd a walk over the names in its index, and reads no value.
    pub(crate) fn count(&self, revision: u64) -> Value {
        json!({
            "key": encoded(&self.start()),
            "range_end": encoded(&self.end),
            "revision": revision,
            "count_only": true,
        })
    }

    /// Asks for the current revision. It costs etcd a round among its members, and one look at one key.
    pub(crate) fn probe(&self) -> Value {
        json!({ "key": encoded(&self.start()), "count_only": true })
    }

    /// Asks whether any key was written after a revision, and how many keys there are. It costs etcd a walk over all keys.
    pub(crate) fn since(&self, revision: u64) -> Value {
        json!({
            "key": encoded(&self.start()),
            "range_end": encoded(&self.end),
            "min_mod_revision": revision + 1,
            "keys_only": true,
            "limit": 1,
        })
    }

    /// Asks for a watch.
    ///
    /// Not for one in fragments, into which etcd splits what is larger than a request may be: it counts the bytes of a fragment anew with
    /// each event, so that the removal of 100,000 keys kept etcd 3.4 at work for half a minute, and for a second without. What comes
    /// in one piece is bounded where lines are read. Something in between may make fragments all the same.
    pub(crate) fn watch(&self, revision: u64) -> Value {
        json!({ "create_request": {
            "key": encoded(&self.start()),
            "range_end": encoded(&self.end),
            "start_revision": revision,
            "progress_notify": true,
        } })
    }
}

/// A number, as one or as a string.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Number;

    impl Visitor<'_> for Number {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number that is not negative")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
            Ok(value)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
            // Without the text: it may be a secret.
            text.parse().map_err(|_| E::custom("not a number"))
        }
    }

    deserializer.deserialize_any(Number)
}

/// A revision. etcd's have 63 bits.
fn revision<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = number(deserializer)?;
    if i64::try_from(number).is_ok() { Ok(number) } else { Err(D::Error::custom("not a revision")) }
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes in base64")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<u8>, E> {
            // Without the text: it may be a secret.
            STANDARD.decode(text).map_err(|_| E::custom("not base64"))
        }
    }

    deserializer.deserialize_str(Bytes)
}

fn deletes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Kind;

    impl Visitor<'_> for Kind {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("PUT or DELETE")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
            match text {
                "PUT" => Ok(false),
                "DELETE" => Ok(true),
                _ => Err(E::custom("neither PUT nor DELETE")),
            }
        }
    }

    deserializer.deserialize_str(Kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_a_watch_is_read() {
        let line = r#"{"result":{"header":{"cluster_id":"14841639068965178418","member_id":"1","revision":"7","raft_term":"2"},
            "events":[{"kv":{"key":"YQ==","create_revision":"7","mod_revision":"7","version":"1","value":"Yg=="}},
            {"type":"DELETE","kv":{"key":"Yw==","mod_revision":"7"}}]}}"#;
        let line: Line = serde_json::from_str(line).unwrap();
        let message = line.result.unwrap();
        assert_eq!((message.header.cluster_id, message.header.revision), (14_841_639_068_965_178_418, 7));
        let seen: Vec<_> =
            message.events.iter().map(|e| (e.is_delete, &e.kv.key[..], &e.kv.value[..])).collect();
        assert_eq!(seen, [(false, &b"a"[..], &b"b"[..]), (true, b"c", b"")]);
        assert_eq!((message.events[0].kv.version, message.events[1].kv.mod_revision), (1, 7));
    }

    #[test]
    fn a_refusal_has_a_code_under_each_name() {
        let stream = r#"{"error":{"grpc_code":14,"message":"error reading from server: EOF"}}"#;
        let refusal = serde_json::from_str::<Line>(stream).unwrap().error.unwrap();
        assert_eq!((refusal.code, &*refusal.message), (14, "error reading from server: EOF"));
        let unary =
            r#"{"error":"etcdserver: permission denied","message":"etcdserver: permission denied","code":7}"#;
        let refusal: Refusal = serde_json::from_str(unary).unwrap();
        assert_eq!((refusal.code, &*refusal.message), (7, "etcdserver: permission denied"));
    }

    /// etcd's work for fragments grows with the square of the events.
    #[test]
    fn a_watch_is_not_asked_for_in_fragments() {
        let question = Prefix::new("/n/".to_owned()).watch(7);
        assert_eq!(question["create_request"]["start_revision"], 7);
        assert!(question["create_request"].get("fragment").is_none());
    }

    #[test]
    fn what_is_not_base64_is_an_error_that_does_not_show_it() {
        let error = serde_json::from_str::<KeyValue>(r#"{"key":"secret!"}"#).unwrap_err().to_string();
        assert!(error.contains("not base64") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        let range = |text: &str| (Prefix::new(text.to_owned()).start(), Prefix::new(text.to_owned()).end);
        assert_eq!(range("/a/"), (b"/a/".to_vec(), b"/a0".to_vec()));
        assert_eq!(range(""), (vec![0], vec![0]));
        // The last byte of any character can be one more.
        assert_eq!(range("\u{bf}"), (vec![0xc2, 0xbf], vec![0xc2, 0xc0]));
    }
}
