//! Who may change things.

use crate::support::http::{Answer, Connection};
use crate::support::{Gate, SAMPLE};
use std::net::{SocketAddr, UdpSocket};

const TOKEN: &str = "a-token-of-the-tests";

#[test]
fn without_a_token_it_is_for_this_machine() {
    let gate = Gate::ready(SAMPLE, &["--listen", "0.0.0.0:0"]);
    assert_eq!(gate.post("/reload", &[], "").status, 200);
    assert_eq!(gate.post("/reload", &[("Host", "localhost:8080")], "").status, 200);
    assert_eq!(gate.post("/reload", &[("Host", "[::1]:8080")], "").status, 200);
    // An address of this machine that is not its loopback, if it has one. Nothing is sent.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    if socket.connect("192.0.2.1:9").is_ok() {
        let own = SocketAddr::new(socket.local_addr().unwrap().ip(), gate.address.port());
        for path in ["/reload", "/rollback/1"] {
            let answer = Connection::open(own).ask("POST", path, &[], b"");
            answer.must_be(403, "forbidden", "for the machine of the service only: set --token");
        }
        assert_eq!(Connection::open(own).ask("GET", "/check/ads.example", &[], b"").status, 200);
    }
}

#[test]
fn behind_a_proxy_nobody_is_near() {
    let gate = Gate::ready(SAMPLE, &[]);
    for header in
        ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"]
    {
        gate.post("/reload", &[(header, "203.0.113.7")], "").must_be(403, "forbidden", "through a proxy");
    }
}

#[test]
fn a_name_that_leads_here_is_not_trusted_without_a_token() {
    let gate = Gate::ready(SAMPLE, &[]);
    let headers = [
        ("Host", "rebound.example"),
        ("Origin", "http://rebound.example"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    gate.post("/reload", &headers, "").must_be(403, "forbidden", "by an address, or as localhost");
}

#[test]
fn another_page_may_not_post_without_a_token() {
    let authorization = format!("Bearer {TOKEN}");
    let (open, closed) = (Gate::ready(SAMPLE, &[]), Gate::ready(SAMPLE, &["--token", TOKEN]));
    for bad in [
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for headers in [&[bad][..], &[bad, ("Authorization", &authorization)]] {
            open.post("/reload", headers, "").must_be(403, "forbidden", "another page");
        }
        closed.post("/reload", &[bad], "").must_be(401, "unauthorized", "a token is needed");
    }
    for gate in [open, closed] {
        let own = gate.url();
        let good =
            [("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin"), ("Authorization", &authorization)];
        assert_eq!(gate.post("/reload", &good, "").status, 200);
    }
}

/// The button of the page was once refused behind a proxy that has another name than it asks the service by.
#[test]
fn with_the_token_it_does_not_matter_which_page_or_proxy_it_comes_from() {
    let gate = Gate::ready(SAMPLE, &["--token", TOKEN]);
    let headers = [
        ("Authorization", &*format!("Bearer {TOKEN}")),
        ("Host", "backend:8080"),
        ("Origin", "https://lists.example"),
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Forwarded-For", "203.0.113.7"),
    ];
    assert_eq!(gate.post("/reload", &headers, "").status, 200);
}

#[test]
fn with_a_token_it_is_for_those_who_have_it() {
    let gate = Gate::ready(SAMPLE, &["--token", TOKEN]);
    let with = |value: &str| -> Answer { gate.post("/reload", &[("Authorization", value)], "") };
    gate.post("/reload", &[], "").must_be(401, "unauthorized", "a token is needed");
    for wrong in [
        "Bearer",
        "Bearer ",
        "Bearer a-token-of-the-test",
        "Bearer a-token-of-the-tests2",
        "Basic a-token-of-the-tests",
    ] {
        assert_eq!(with(wrong).status, 401, "{wrong}");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(with(&format!("{scheme} {TOKEN}")).status, 200);
    }
    let challenge = gate.post("/reload", &[], "");
    assert_eq!(challenge.header("www-authenticate"), Some("Bearer realm=\"gatekeeper\""));
    let challenge = with("bearer wrong-token");
    let wanted = "Bearer realm=\"gatekeeper\", error=\"invalid_token\"";
    assert_eq!(challenge.header("www-authenticate"), Some(wanted));
    gate.post("/rollback/1", &[], "").must_be(401, "unauthorized", "a token is needed");
    let text = format!("{} {} {}", gate.status(), gate.get("/metrics").text(), gate.log());
    assert!(!text.contains(TOKEN));
}
