//! The stop.

use crate::support::events::Events;
use crate::support::http::Connection;
use crate::support::{Gate, PATIENCE, SAMPLE, ended, many, under};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;
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
        running.begin_batch(body.len(), "ads");
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
    running.begin_batch(9, "a");
    let start = Instant::now();
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(1));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    gate.says("1 connection was cut off: longer than --drain was needed");
}

/// One such client once made a stop take the whole of `--drain`, and fail.
#[test]
fn a_client_that_takes_nothing_does_not_decide_how_a_stop_ends() {
    // More than the buffers of a connection hold.
    let list = many(500_000, 0, 0);
    let mut gate = Gate::ready(&list, &["--drain", "45", "--max-batch", "200000", "--max-body", "30000000"]);
    let mut asleep = [Connection::open(gate.address), Connection::open(gate.address)];
    asleep[0].request("GET", "/changes", &[], b"");
    asleep[1].request("POST", "/check", &[], "-\n".repeat(160_000).as_bytes());
    for connection in &mut asleep {
        assert_eq!(connection.head().status, 200);
    }
    // They fill up.
    thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
    println!("it stopped after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    gate.says("2 clients were let go, for taking nothing or not ending a head");
    assert!(!gate.log().contains("cut off"), "{}", gate.log());
}

/// Who reads slowly once was cut off at a stop, as one that takes nothing.
#[test]
fn a_client_that_reads_slowly_has_its_answer_at_a_stop() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "60"]);
    let mut connection = Connection::open(gate.address);
    connection.request("POST", "/check", &[], (("\u{1}".repeat(80) + "\n").repeat(10_000)).as_bytes());
    let head = connection.head();
    let length: usize = head.header("content-length").unwrap().parse().unwrap();
    gate.signal(Signal::TERM);
    let (start, mut read, mut piece) = (Instant::now(), 0, vec![0; 20_000]);
    while read < length {
        let size = connection.stream.read(&mut piece).unwrap();
        assert!(size > 0, "cut off after {read} of {length} bytes, and {:?}", start.elapsed());
        read += size;
        if start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(25));
        }
    }
    assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
}

/// The system tells of room only when a third of what it holds is gone, which once took such a client longer than a stop waited for it.
/// A stream is ended in the middle of an event.
#[test]
fn a_client_that_reads_very_slowly_has_its_answer_at_a_stop() {
    let list = many(50_000, 0, 0);
    for (method, path) in [("POST", "/check"), ("GET", "/changes")] {
        let mut gate = Gate::ready(&list, &["--drain", "60"]);
        let mut connection = Connection::with_buffer(gate.address, 8_192);
        let body = if method == "POST" { ("\u{1}".repeat(80) + "\n").repeat(2_000) } else { String::new() };
        connection.request(method, path, &[], body.as_bytes());
        assert_eq!(connection.head().status, 200);
        // It fills up.
        thread::sleep(Duration::from_millis(500));
        gate.signal(Signal::TERM);
        let (start, mut all, mut piece) = (Instant::now(), Vec::new(), vec![0; 1_000]);
        loop {
            let size = connection.stream.read(&mut piece).unwrap();
            all.extend_from_slice(&piece[..size]);
            if size == 0 {
                break;
            }
            if start.elapsed() < Duration::from_secs(10) {
                thread::sleep(Duration::from_millis(50));
            }
        }
        let end = String::from_utf8_lossy(&all[all.len() - 100..]).into_owned();
        let is_in_order =
            if method == "POST" { end.ends_with("}]}") } else { end.ends_with("\r\n0\r\n\r\n") };
        assert!(is_in_order, "{path}: cut off after {} bytes and {:?}: {end}", all.len(), start.elapsed());
        assert!(
            !end.contains("event: end"),
            "who is in the middle of an event would read that as its rest: {end}"
        );
        assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
    }
}

/// Such a reader had a whole event to its end, however long that was, and the stop failed when `--drain` was over.
#[test]
fn a_stop_fails_for_no_client_that_reads_changes() {
    let list = many(150_000, 0, 0);
    for (buffer, piece, pause) in [(None, 50_000, 100), (Some(8_192), 1_000, 50)] {
        let mut gate = Gate::ready(&list, &["--drain", "2"]);
        let mut connection = match buffer {
            Some(bytes) => Connection::with_buffer(gate.address, bytes),
            None => Connection::open(gate.address),
        };
        connection.request("GET", "/changes", &[], b"");
        assert_eq!(connection.head().status, 200);
        // It fills up.
        thread::sleep(Duration::from_millis(500));
        gate.signal(Signal::TERM);
        let mut piece = vec![0; piece];
        while matches!(connection.stream.read(&mut piece), Ok(1..)) {
            thread::sleep(Duration::from_millis(pause));
        }
        assert_eq!(gate.ended().code(), Some(0), "{buffer:?}: {}", gate.log());
        assert!(!gate.log().contains("cut off"), "{}", gate.log());
    }
}

/// Half a head is no request yet. Such a client, too, once made a stop take the whole of `--drain`, and fail.
#[test]
fn a_client_in_the_middle_of_a_head_does_not_decide_how_a_stop_ends() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "45"]);
    let mut halves =
        [Connection::open(gate.address), Connection::open(gate.address), Connection::open(gate.address)];
    // One has had an answer before.
    assert_eq!(halves[0].ask("GET", "/healthz", &[], b"").status, 200);
    for connection in &mut halves {
        connection.send("GET /healthz HTTP/1.1\r\nHos").unwrap();
    }
    // So that it was read, or the connection is closed at once.
    thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    gate.signal(Signal::TERM);
    gate.says("stops, when what runs is answered");
    // Who ends it in time has its answer.
    halves[2].send(format!("t: {}\r\n\r\n", gate.address)).unwrap();
    assert_eq!(halves[2].answer().status, 200);
    assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
    println!("it stopped after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    gate.says(" let go, for taking nothing or not ending a head");
    assert!(!gate.log().contains("cut off"), "{}", gate.log());
}

/// A stop once waited two seconds for those to close.
#[test]
fn a_stop_does_not_wait_for_idle_clients() {
    // So often that it also holds on a machine that is busy for a second.
    let quick = (0..5).any(|_| {
        let mut gate = Gate::ready(SAMPLE, &[]);
        let mut idle: Vec<_> = (0..5).map(|_| Connection::open(gate.address)).collect();
        for connection in &mut idle {
            assert_eq!(connection.ask("GET", "/check/ads.example", &[], b"").status, 200);
            let answer = connection.ask("POST", "/check", &[], b"ads.example");
            assert_eq!(answer.status, 200);
        }
        let start = Instant::now();
        gate.signal(Signal::TERM);
        assert_eq!(gate.ended().code(), Some(0), "{}", gate.log());
        start.elapsed() < Duration::from_secs(1)
    });
    assert!(quick);
}

/// Such clients once were counted as cut off, though nobody was served any more.
#[test]
fn a_stop_that_is_short_fails_for_no_client_that_was_served() {
    let answered = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let closed = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let refused = "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc";
    let reader = "GET /changes?limit=0 HTTP/1.1\r\nHost: x\r\n\r\n";
    for (drain, request) in
        [("0", answered), ("0", reader), ("0.05", closed), ("0", closed), ("0.1", refused), ("0", refused)]
    {
        let mut gate = Gate::ready(SAMPLE, &["--drain", drain]);
        let mut client = Connection::open(gate.address);
        client.send(request).unwrap();
        client.head();
        gate.signal(Signal::TERM);
        assert_eq!(gate.ended().code(), Some(0), "--drain {drain}, {request}: {}", gate.log());
        assert!(!gate.log().contains("cut off"), "{}", gate.log());
    }
}

#[test]
fn a_stop_fails_for_a_client_that_still_takes_its_answer() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "1"]);
    let mut connection = Connection::open(gate.address);
    // What holds for readers of changes holds for that answer alone.
    connection.request("HEAD", "/changes", &[], b"");
    assert_eq!(connection.head().status, 200);
    connection.request("POST", "/check", &[], (("\u{1}".repeat(80) + "\n").repeat(10_000)).as_bytes());
    assert_eq!(connection.head().status, 200);
    gate.signal(Signal::TERM);
    let mut piece = vec![0; 20_000];
    while matches!(connection.stream.read(&mut piece), Ok(1..)) {
        thread::sleep(Duration::from_millis(25));
    }
    assert_eq!(gate.ended().code(), Some(1), "{}", gate.log());
    gate.says("1 connection was cut off: longer than --drain was needed");
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut gate = Gate::ready(SAMPLE, &["--drain", "600"]);
    let mut running = Connection::open(gate.address);
    running.begin_batch(9, "a");
    gate.signal(Signal::TERM);
    gate.says("stops, when what runs is answered");
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(1));
}

/// The line was once said after the stop was told, and the process was gone by then.
#[test]
fn a_stop_is_said_before_it_happens() {
    for _ in 0..40 {
        let mut gate = Gate::start(None, &[]);
        gate.signal(Signal::TERM);
        assert_eq!(gate.ended().code(), Some(0));
        gate.says_within(Duration::from_secs(5), "stops, when what runs is answered");
    }
}

#[test]
fn a_stop_before_the_first_load_is_a_stop() {
    let mut gate = Gate::start(None, &[]);
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(0));
}

/// Until its handler was there SIGHUP ended the process, and that was late.
#[test]
fn a_sighup_during_the_start_is_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    fs::write(&list, SAMPLE).unwrap();
    for _ in 0..10 {
        // Few files, so that it says something at once.
        let mut child = under("-n 200")
            .args(["--listen", "127.0.0.1:0", "--list"])
            .arg(&list)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("raise `ulimit -n`"), "{line}");
        for signal in [Signal::HUP, Signal::TERM] {
            kill_process(Pid::from_child(&child), signal).unwrap();
        }
        let end = ended(&mut child);
        assert_eq!(end.code(), Some(0), "{end}");
    }
}
