//! Much that comes at once: of large values in fragments, and of small ones in one piece.

use crate::support::{Gateway, LONG, Map, Request, created, event, events, head, kv, name, until};
use readmostly_etcd::{Follow, Follower};
use std::sync::Arc;
use std::time::Duration;

const IN_FRAGMENTS: &str = "\"fragment\":true";

/// Follows the lengths of values.
fn lengths(gateway: &Gateway) -> Follower<Map> {
    let follower = Follow::prefix(gateway.urls(), "/n/")
        .decode(name, |_, value| Ok::<_, String>(value.len() as u64))
        .timeout(Duration::from_secs(2))
        .silence(Duration::from_millis(300))
        .check_every(None)
        .into::<Map>(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    follower
}

/// The revision of an answer. The first list is of 10, and then there are newer ones.
fn now(request: &Request<'_>, newer: u64) -> u64 {
    if request.has("\"revision\":") || request.is_probe() { newer } else { 10 }
}

/// As many writes of a value, one each revision, from 11 on.
fn writes(count: u64, length: usize) -> Vec<String> {
    (11..11 + count).map(|revision| event("/n/a", &"x".repeat(length), revision)).collect()
}

/// Messages of one write each, of which each but the last says that it goes on.
fn fragments(writes: &[String], last: u64) -> Vec<String> {
    let mut lines: Vec<_> = writes.iter().map(|write| events(last, std::slice::from_ref(write))).collect();
    for line in lines.iter_mut().rev().skip(1) {
        *line = line.replacen("\"events\"", "\"fragment\":true,\"events\"", 1);
    }
    lines
}

/// A follower read up to 1,000 revisions as one line, and held all of it more than once.
#[test]
fn large_values_that_were_missed_are_asked_for_in_fragments() {
    // Ten megabytes, and there is no end.
    let whole = events(21, &writes(10, 1 << 20));
    let whole = whole[..whole.len() - 4].to_owned();
    // The second gateway is at work on it, and has sent nothing yet.
    for whole in [whole, String::new()] {
        let brings = whole.clone();
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/watch" if request.has(IN_FRAGMENTS) => {
                request.watch(&[&[created(20)][..], &fragments(&writes(10, 1 << 20), 20)].concat())
            }
            "/v3/watch" if brings.is_empty() => request.watch(&[created(20)]),
            "/v3/watch" => request.watch(&[created(20), brings.clone()]),
            // There are newer ones than are listed.
            _ if request.is_ask() => request.json(&format!(
                r#"{{{},"kvs":[{}],"count":"1"}}"#,
                head(20),
                kv("/n/a", &"x".repeat(1 << 20), 20)
                    .replace("\"create_revision\":\"20\"", "\"create_revision\":\"5\"")
            )),
            _ => request.range(now(request, 20), &[kv("/n/a", "1", 5)]),
        });
        let follower = lengths(&gateway);
        until("all of it is there", || follower.status().revision == 20);
        let status = follower.status();
        assert_eq!((status.resyncs, status.failed, status.published), (0, 0, 1), "{status:?}");
        assert_eq!((follower.target().get("a"), gateway.watches()), (Some(1 << 20), 2));
    }
}

#[test]
fn where_values_are_large_the_first_watch_is_in_fragments() {
    let gateway = Gateway::new(|request| match request.path {
        "/v3/watch" if request.has(IN_FRAGMENTS) => {
            request.watch(&[&[created(13)][..], &fragments(&writes(3, 5_000), 13)].concat())
        }
        "/v3/watch" => request.watch(&[created(13)]),
        _ => request.range(now(request, 13), &[kv("/n/a", &"x".repeat(4_000), 5)]),
    });
    let follower = lengths(&gateway);
    until("it is there", || follower.target().get("a") == Some(5_000));
    assert_eq!((follower.status().revision, gateway.watches()), (13, 1));
}

/// etcd's work for fragments grows with the square of the events.
#[test]
fn many_small_values_are_asked_for_in_one_piece() {
    let puts: Vec<_> =
        (0..100_000).map(|n| event(&format!("/n/the-name-of-a-key-{n:06}"), "12345678", 11)).collect();
    let line = events(11, &puts);
    assert!(line.len() > 10 << 20);
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/watch" if request.has(IN_FRAGMENTS) => request.watch(&[created(11)]),
        "/v3/watch" => request.watch(&[created(11), line.clone()]),
        _ => request.range(now(request, 11), &[kv("/n/a", "1", 5)]),
    });
    let follower = lengths(&gateway);
    until("it is there", || follower.target().len() == 100_001);
    assert_eq!((follower.target().version(), gateway.watches()), (2, 1));
}
