//! The start that fails, and the stop.

use crate::support::events::Events;
use crate::support::http::Connection;
use crate::support::{Gate, PATIENCE, SAMPLE, refused};
use clap::Parser;
use gatekeeper::options::Options;
use rustix::process::Signal;
use std::net::TcpStream;
use std::time::{Duration, Instant};

#[test]
fn a_stop_finishes_what_runs() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut gate = Gate::ready(SAMPLE, &[]);
        let mut idle = Connection::open(gate.address);
        assert_eq!(idle.ask("GET", "/healthz", &[], b"").status, 200);
        let mut events = Events::open(gate.address, "/changes", None);
        events.expect("all");
        let mut running = Connection::open(gate.address);
        let body = "ads.example\nfine.example\n";
        running
            .send(format!(
                "POST /check HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\nads",
                gate.address,
                body.len()
            ))
            .unwrap();
        gate.until("it runs", |status| status["connections"] == 4);
        gate.signal(signal);
        assert!(idle.is_closed(), "a connection without a request is closed at once");
        events.expect("end");
        assert!(events.next().is_none(), "the stream has an end");
        let start = Instant::now();
        while TcpStream::connect(gate.address).is_ok() {
            assert!(start.elapsed() < PATIENCE, "somebody new is let in");
        }
        running.send(&body[3..]).unwrap();
        let answer = running.answer();
        assert_eq!((answer.status, answer.json()["checked"].as_u64()), (200, Some(2)));
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
    }
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "0.5"]);
    let mut running = Connection::open(gate.address);
    running
        .send(format!("POST /check HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\na", gate.address))
        .unwrap();
    gate.until("it runs", |status| status["connections"] == 2);
    let start = Instant::now();
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(1));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    gate.says("1 connections were cut off: they took longer than --drain");
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "600"]);
    let mut running = Connection::open(gate.address);
    running
        .send(format!("POST /check HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\na", gate.address))
        .unwrap();
    gate.until("it runs", |status| status["connections"] == 2);
    gate.signal(Signal::TERM);
    gate.says("stops, when what runs is answered");
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(1));
}

#[test]
fn a_stop_before_the_first_load_is_a_stop() {
    let mut gate = Gate::start(None, &[]);
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(0));
}

#[test]
fn a_start_that_fails_says_what_to_do() {
    let gate = Gate::ready(SAMPLE, &[]);
    let (code, text) = refused(&["--list", "x", "--listen", &gate.address.to_string()], &[]);
    assert_eq!(code, 2);
    assert!(
        text.contains("another process listens there: stop it, or choose another with --listen"),
        "{text}"
    );
    for (options, variables, words) in [
        (&[][..], &[][..], "--list <FILE>"),
        (&["--list", "x", "--listen", "here"], &[], "--listen"),
        (&["--list", "x", "--poll", "0"], &[], "more than no time is needed"),
        (&["--list", "x", "--min-share", "101"], &[], "--min-share"),
        (&["--list", "x", "--token", "short"], &[], "a token has 8 or more characters"),
        (&["--list", "x"], &[("GATEKEEPER_TOKEN", "")], "a token has 8 or more characters"),
        (&[], &[("GATEKEEPER_LIST", "x"), ("GATEKEEPER_POLL", "often")], "not a number of seconds"),
    ] {
        let (code, text) = refused(options, variables);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

/// The parser of options shows what it refuses.
#[test]
fn no_error_shows_the_token() {
    for bad in ["hunter2 is my secret", "hunter2", "hunter2-hünter"] {
        for (options, variables) in [
            (&["--list", "x", "--token", bad][..], &[][..]),
            (&["--list", "x"], &[("GATEKEEPER_TOKEN", bad)]),
            (&["--list", "x", "--help-me"], &[("GATEKEEPER_TOKEN", bad)]),
        ] {
            let (code, text) = refused(options, variables);
            assert_eq!(code, 2, "{text}");
            assert!(!text.contains("hunter"), "{text}");
        }
    }
    let options = Options::parse_from(["gatekeeper", "--list", "x", "--token", "hunter2-is-my-secret"]);
    let shown = format!("{options:?}");
    assert!(shown.contains("token: Some(Secret(…))") && !shown.contains("hunter"), "{shown}");
}
