//! What no client should send.

use crate::support::http::Connection;
use crate::support::{Gate, SAMPLE};
use serde_json::json;

/// Ten million bytes.
const HUGE: usize = 10_000_000;

#[test]
fn what_is_no_domain_is_refused_in_words() {
    let gate = Gate::ready(SAMPLE, &[]);
    let long = format!("/check/{}.example", "a.".repeat(150));
    let label = format!("/check/{}.example", "a".repeat(64));
    for (path, words) in [
        ("/check/localhost", "it has no dot"),
        ("/check/127.0.0.1", "its last label is a number"),
        ("/check/a..example", "nothing stands before a dot"),
        ("/check/%FF%FE.example", "not UTF-8"),
        ("/check/%zz.example", "'%' is no letter"),
        ("/check/a%00b.example", "is no letter"),
        ("/check/a%2Fb.example", "'/' is no letter"),
        ("/check/%3Cscript%3E.example", "'<' is no letter"),
        (&long, "a name has at most 253"),
        (&label, "a label has 64 bytes"),
    ] {
        gate.get(path).must_be(400, "not_a_domain", words);
    }
    assert_eq!(gate.status()["checks"]["malformed"], 10);
}

#[test]
fn a_path_that_is_too_long_is_refused() {
    let gate = Gate::ready(SAMPLE, &[]);
    let path = |length: usize| format!("/check/{}.example", "a".repeat(length));
    gate.get(&path(2_000)).must_be(414, "too_long", "no domain needs more than 1024");
    // Over 64 KiB nothing is read that a route could answer.
    assert_eq!(gate.get(&path(70_000)).status, 414);
    assert_eq!(gate.get(&path(HUGE)).status, 431);
    assert_eq!(gate.get("/check/fine.example").status, 200);
}

#[test]
fn a_header_that_is_too_long_is_refused() {
    let gate = Gate::ready(SAMPLE, &[]);
    let value = "a".repeat(1_000_000);
    let answer = Connection::open(gate.address).ask("GET", "/status", &[("X-Long", &value)], b"");
    assert_eq!(answer.status, 431);
}

#[test]
fn a_body_that_is_too_large_is_refused_and_the_answer_arrives() {
    let gate = Gate::ready(SAMPLE, &[]);
    let domain = format!("[\"{}.example\"]", "a".repeat(HUGE));
    gate.post("/check", &[], &domain).must_be(
        413,
        "too_large",
        "more than 1048576 bytes: send smaller batches",
    );

    // Without a word on its length.
    let mut connection = Connection::open(gate.address);
    connection
        .send(format!("POST /check HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n", gate.address))
        .unwrap();
    for _ in 0..HUGE / 10_000 {
        drop(connection.send(format!("2710\r\n{}\r\n", "a".repeat(10_000))));
    }
    connection.answer().must_be(413, "too_large", "send smaller batches");
}

/// Where a body of that size may be sent.
#[test]
fn a_domain_of_ten_million_bytes_is_none_and_is_shown_in_part() {
    let gate = Gate::ready(SAMPLE, &["--max-body", "20000000"]);
    let answer = gate.post("/check", &[], format!("{}.example\nads.example\n", "\u{e9}".repeat(HUGE / 2)));
    assert_eq!(answer.status, 200);
    let answer = answer.json();
    assert_eq!((&answer["malformed"], &answer["blocked"]), (&json!(1), &json!(1)));
    let shown = &answer["results"][0];
    assert_eq!(shown["domain"], "\u{e9}".repeat(253));
    assert_eq!(shown["reason"], "not a domain: it has 10000008 bytes, and a name has at most 253");
}

#[test]
fn a_batch_of_too_many_is_refused() {
    let gate = Gate::ready(SAMPLE, &["--max-batch", "1000"]);
    let answer = gate.post("/check", &[], "a.example\n".repeat(1_000));
    assert_eq!((answer.status, answer.json()["checked"].as_u64()), (200, Some(1_000)));
    gate.post("/check", &[], "a.example\n".repeat(1_001)).must_be(
        413,
        "too_large",
        "1001 domains, and a batch has at most 1000",
    );
}

#[test]
fn a_body_that_is_no_batch_is_refused() {
    let gate = Gate::ready(SAMPLE, &[]);
    gate.post("/check", &[], "").must_be(400, "empty", "there is no domain");
    gate.post("/check", &[], "[]").must_be(400, "empty", "there is no domain");
    gate.post("/check", &[], "[1]").must_be(400, "bad_json", "not a JSON array of strings");
    for no_array in ["{\"domains\": [\"a.example\"]}", " {}", "\"a.example\""] {
        gate.post("/check", &[], no_array).must_be(400, "bad_json", "not a JSON array of strings");
    }
    gate.post("/check", &[], "[\"a.example\"").must_be(400, "bad_json", "line 1");
    gate.post("/check", &[], b"a.example\n\xFF\n").must_be(400, "not_utf8", "at byte 10");
}

#[test]
fn what_is_not_http_ends_that_connection_alone() {
    let gate = Gate::ready(SAMPLE, &[]);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let mut connection = Connection::open(gate.address);
        connection.send(bytes).unwrap();
        connection.send(b"\r\n\r\n").ok();
        assert_eq!(connection.answer().status, 400);
    }
    assert_eq!(gate.get("/healthz").status, 200);
}

#[test]
fn other_routes_and_methods_are_answered_in_json() {
    let gate = Gate::ready(SAMPLE, &[]);
    gate.get("/nothing/here").must_be(404, "no_route", "there is nothing at /nothing/here");
    gate.get("/check/").must_be(404, "no_route", "there is nothing at /check/");
    let answer = gate.get("/reload");
    answer.must_be(405, "method_not_allowed", "see the header Allow");
    assert_eq!(answer.header("allow"), Some("POST"));
    for bad in ["first", "%ff", "+1", "-1", "%201", "1.0", "99999999999999999999"] {
        gate.get(&format!("/changes/{bad}")).must_be(400, "bad_version", "a version is a number");
        gate.post(&format!("/rollback/{bad}"), &[], "").must_be(400, "bad_version", "a version is a number");
        gate.get(&format!("/changes/1?from={bad}")).must_be(400, "bad_version", "a version is a number");
    }
    gate.get("/changes/1?from=%2B1").must_be(400, "bad_version", "a version is a number");
    gate.get("/changes/first").must_be(400, "bad_version", "a version is a number");
    gate.get("/changes/1?limit=x").must_be(400, "bad_query", "there are q, from, limit");
    gate.get("/changes/1?page=2").must_be(400, "bad_query", "page");
    gate.get("/changes?limit=x").must_be(400, "bad_query", "limit");
    gate.get("/changes/7").must_be(404, "not_kept", "version 7 is not kept; there are: 1");
}
