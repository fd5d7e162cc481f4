//! A log that takes nothing.

use crate::support::http::Connection;
use crate::support::{Gate, PATIENCE, SAMPLE, ended, many, open};
use rustix::process::{Pid, Signal, kill_process};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn as_stdio(stream: UnixStream) -> Stdio {
    Stdio::from(OwnedFd::from(stream))
}

/// A stream that has no room, and its other end, which nobody reads.
fn blocked() -> (Stdio, UnixStream) {
    let (mut log, reader) = UnixStream::pair().unwrap();
    log.set_nonblocking(true).unwrap();
    for size in [4_096, 1] {
        let error = loop {
            if let Err(error) = log.write(&vec![b'x'; size]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    log.set_nonblocking(false).unwrap();
    (as_stdio(log), reader)
}

/// Has it start without a list, load one, replace it and stop.
#[track_caller]
fn lives(mut gate: Gate) {
    let status = gate.until("it has looked", |status| status["source"]["attempts"].as_u64() > Some(0));
    assert_eq!(status["ready"], false);
    // Each of these once waited for who wrote the log.
    let mut asked: Vec<_> = (0..20).map(|_| Connection::open(gate.address)).collect();
    for connection in &mut asked {
        connection.request("GET", "/status", &[], b"");
    }
    assert!(asked.iter_mut().all(|connection| connection.answer().status == 200));
    gate.write("no domain\n");
    gate.until("it is refused", |status| status["source"]["failure"]["line"] == 1);
    gate.write(SAMPLE);
    gate.until("it is ready", |status| status["ready"] == true);
    assert_eq!(gate.change("ads.example\nnew.example\n"), 2);
    assert_eq!(gate.post("/reload", &[], "").status, 200);
    gate.signal(Signal::TERM);
    let start = Instant::now();
    assert_eq!(gate.ended().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// A line that could not be written once ended the thread that said it, and left the list's locks poisoned.
#[test]
fn a_log_that_is_full_stops_nothing() {
    // On an open address it says that, too.
    for options in [&[][..], &["--listen", "0.0.0.0:0"]] {
        lives(Gate::with_log(None, options, full()));
    }
    let gate = Gate::with_log(Some(SAMPLE), &[], full());
    gate.until("a line is lost", |_| gate.metric("gatekeeper_log_lines_lost_total") > 0);
}

#[test]
fn a_log_whose_reader_is_gone_stops_nothing() {
    let (log, reader) = UnixStream::pair().unwrap();
    drop(reader);
    lives(Gate::with_log(None, &[], as_stdio(log)));
}

/// A line that had no room once blocked who said it, whatever it held: requests, and the stop.
#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let (log, _reader) = blocked();
    lives(Gate::with_log(None, &["--threads", "1"], log));
}

#[test]
fn a_log_that_nobody_reads_delays_no_second_signal() {
    let (log, _reader) = blocked();
    let mut gate = Gate::with_log(Some(SAMPLE), &["--drain", "600"], log);
    let mut running = Connection::open(gate.address);
    running.begin_batch(9, "a");
    gate.signal(Signal::TERM);
    let start = Instant::now();
    while TcpStream::connect(gate.address).is_ok() {
        assert!(start.elapsed() < PATIENCE, "it does not stop");
        thread::sleep(Duration::from_millis(10));
    }
    gate.signal(Signal::TERM);
    assert_eq!(gate.ended().code(), Some(1));
}

/// What does not fit is lost, and what is said afterwards is not.
#[test]
fn a_log_that_is_read_again_goes_on() {
    let (log, reader) = blocked();
    let gate = Gate::with_log(Some(SAMPLE), &[], log);
    gate.until("it is ready", |status| status["ready"] == true);
    gate.read(reader);
    gate.says("version 1 is in force");
    gate.change("ads.example\nnew.example\n");
    gate.says("version 2 is in force");
}

#[test]
fn a_standard_output_that_takes_nothing_stops_nothing() {
    let (blocked, _reader) = blocked();
    for output in [full().into(), blocked] {
        // It cannot say which port it has.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address: SocketAddr = free.local_addr().unwrap();
        drop(free);
        let (mut child, _folder) =
            open(Some(SAMPLE), &["--listen", &address.to_string()], output, Stdio::null());
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().unwrap().is_none() && start.elapsed() < PATIENCE, "it does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(Connection::open(address).ask("GET", "/healthz", &[], b"").status, 200);
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert_eq!(ended(&mut child).code(), Some(0));
    }
}

/// The lines once were those of a watch, which skips a version that is overtaken before it is looked at.
#[test]
fn each_version_has_a_line_however_fast_they_come() {
    let gate = Gate::ready(&many(50, 10, 0), &["--settle", "0", "--poll", "0.01"]);
    gate.change(&many(50, 10, 1));
    let is_over = AtomicBool::new(false);
    let goes_on = || !is_over.load(Ordering::Relaxed);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = Connection::open(gate.address);
                let mut newest = 2;
                while goes_on() {
                    let path = format!("/rollback/{}", newest - 1);
                    let answer = connection.ask("POST", &path, &[], b"").json();
                    newest = answer["version"]
                        .as_u64()
                        .unwrap_or_else(|| gate.status()["version"].as_u64().unwrap());
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut connection = Connection::open(gate.address);
                while goes_on() {
                    assert_eq!(connection.ask("POST", "/reload", &[], b"").status, 200);
                }
            });
        }
        let start = Instant::now();
        for round in 2.. {
            gate.write(&many(50, 10, round));
            if start.elapsed() > Duration::from_secs(4) {
                break;
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let status = gate.status();
    let newest = status["version"].as_u64().unwrap();
    gate.says(&format!("version {newest} is in force"));
    assert_eq!(gate.metric("gatekeeper_log_lines_lost_total"), 0);
    let log = gate.log();
    let number = |line: &str| line.strip_prefix("version ")?.split_once(' ')?.0.parse().ok();
    let said: Vec<u64> = log.lines().filter_map(number).collect();
    let missing: Vec<_> = (1..=newest).filter(|version| !said.contains(version)).collect();
    assert!(missing.is_empty(), "{} of {newest} are missing, as {:?}", missing.len(), missing[0]);
    assert!(said.is_sorted() && said.len() as u64 == newest, "{} lines, and {newest} versions", said.len());
    let rolled_back = log.matches("rolled back to").count() as u64;
    assert_eq!(Some(rolled_back), status["source"]["rolled_back"].as_u64());
    let unknown = log.matches("was in force for a moment").count() as u64;
    println!("{newest} versions, {rolled_back} of them rolled back to, and {unknown} not kept");
    assert!(unknown <= newest / 100, "{unknown} of {newest}");
}

/// Each attempt once had a line: twenty a second, for as long as there were no files.
#[cfg(target_os = "linux")]
#[test]
fn connections_that_cannot_be_accepted_fill_no_log() {
    let gate = Gate::ready(SAMPLE, &[]);
    let set = |limit| prlimit(Some(gate.pid()), Resource::Nofile, limit).unwrap();
    // The service and this process have the same maximum.
    let maximum = getrlimit(Resource::Nofile).maximum;
    let before = set(Rlimit { current: Some(3), maximum });
    let start = Instant::now();
    let mut waiting = Connection::open(gate.address);
    waiting.request("GET", "/healthz", &[], b"");
    thread::sleep(Duration::from_millis(2_500));
    let seconds = start.elapsed().as_secs();
    set(before);
    assert_eq!(waiting.answer().status, 200);
    gate.says("a connection cannot be accepted: Too many open files");
    let lines = gate.log().matches("cannot be accepted").count() as u64;
    assert!(lines <= seconds + 2, "{lines} lines in {seconds} s");
}
