//! Clients that are many, or slow.

use crate::support::http::Connection;
use crate::support::{Gate, PATIENCE, SAMPLE, many, tools, under};
use gatekeeper::held::Room;
use rustix::process::{Resource, Rlimit, getrlimit, prlimit, setrlimit};
use serde_json::json;
use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Files that this process has open beside the connections of a test.
const OTHERS: u64 = 200;

#[test]
fn a_head_that_never_ends_is_cut_off() {
    let gate = Gate::ready(SAMPLE, &["--idle", "1"]);
    let start = Instant::now();
    let mut connection = Connection::open(gate.address);
    // A byte at a time, for ever.
    let mut drip = || {
        thread::sleep(Duration::from_millis(100));
        connection.send("G")
    };
    while drip().is_ok() {
        assert!(start.elapsed() < PATIENCE, "a client may send its head for ever");
    }
    assert_eq!(gate.get("/check/ads.example").status, 200);
}

#[test]
fn a_body_that_never_ends_is_cut_off() {
    let gate = Gate::ready(SAMPLE, &["--idle", "1"]);
    let mut connection = Connection::open(gate.address);
    connection
        .send(format!("POST /check HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\na.exam", gate.address))
        .unwrap();
    connection.answer().must_be(408, "too_slow", "took too long");
}

/// A place was once taken as soon as a body began to come.
#[test]
fn who_sends_no_body_takes_no_place() {
    let gate = Gate::ready(SAMPLE, &["--max-batches", "1"]);
    let mut waiting: Vec<_> = (0..3).map(|_| Connection::open(gate.address)).collect();
    for connection in &mut waiting {
        connection.begin_batch(9, "a");
    }
    assert_eq!(gate.post("/check", &[], "a.example").status, 200);
    let start = Instant::now();
    // A place is given back a moment after the answer has come.
    while gate.post("/check", &[], "a.example").status != 200 {
        assert!(start.elapsed() < PATIENCE, "no place is given back");
    }
    drop(waiting);
}

/// A place was once given back as soon as the answer was there, and an answer had several times its length in memory.
#[test]
fn an_answer_that_nobody_takes_has_a_place_and_costs_its_length() {
    // More than the buffers of a connection hold.
    const LENGTH: u64 = 14_000_000;
    let gate =
        Gate::ready(SAMPLE, &["--max-batches", "2", "--max-batch", "200000", "--max-body", "30000000"]);
    let before = gate.peak();
    let mut asleep: Vec<_> = (0..2).map(|_| Connection::open(gate.address)).collect();
    for connection in &mut asleep {
        connection.request("POST", "/check", &[], "-\n".repeat(160_000).as_bytes());
        let head = connection.head();
        assert_eq!(head.status, 200);
        assert!(head.header("content-length").unwrap().parse::<u64>().unwrap() > LENGTH);
    }
    gate.post("/check", &[], "a.example").must_be(503, "busy", "come back later");
    assert_eq!(gate.get("/check/a.example").status, 200);
    let grown = gate.peak() - before;
    println!("two answers of {LENGTH} bytes took {grown}");
    assert!(grown < 5 * LENGTH, "{grown}");
    drop(asleep);
    let start = Instant::now();
    while gate.post("/check", &[], "a.example").status != 200 {
        assert!(start.elapsed() < PATIENCE, "no place is given back");
    }
}

#[test]
fn bodies_that_are_in_memory_have_a_bound_together() {
    let gate = Gate::ready(SAMPLE, &["--max-batches", "1", "--max-body", "1000"]);
    let mut begun = Connection::open(gate.address);
    begun.begin_batch(1000, &"a".repeat(900));
    // What comes before those are read would take the room from them.
    thread::sleep(Duration::from_millis(500));
    let domain = format!("{}.example", "a.".repeat(60));
    let start = Instant::now();
    // Until it has read those, there is room; and the place of the answer before may be the reason, too.
    let refused = loop {
        let answer = gate.post("/check", &[], &domain);
        if answer.text().contains("fills the memory") {
            break answer;
        }
        assert!(start.elapsed() < PATIENCE, "bodies have no bound");
    };
    refused.must_be(503, "busy", "fills the memory for it: come back later");
    drop(begun);
    while gate.post("/check", &[], &domain).status == 503 {
        assert!(start.elapsed() < PATIENCE, "no room is given back");
    }
}

#[test]
fn a_search_that_nobody_takes_has_a_place() {
    let label = "a".repeat(60);
    let list = |round: usize| -> String {
        let name = |number: usize| format!("{label}.{label}.{label}.{round}.{number}.example\n");
        (0..10_000).map(name).collect()
    };
    let gate = Gate::ready(&list(0), &["--max-searches", "1", "--settle", "0"]);
    gate.change(&list(1));
    // Answers that are longer than the buffers of a connection, one after the other.
    let mut asleep = Connection::open(gate.address);
    for _ in 0..5 {
        asleep.request("GET", "/changes/2?limit=10000", &[], b"");
    }
    assert_eq!(asleep.head().status, 200);
    let start = Instant::now();
    let mut in_a_row = 0;
    while in_a_row < 10 {
        in_a_row = if gate.get("/changes/2?limit=1").status == 503 { in_a_row + 1 } else { 0 };
        assert!(start.elapsed() < PATIENCE, "a search has no bound");
        thread::sleep(Duration::from_millis(20));
    }
    gate.get("/changes/2").must_be(503, "busy", "as many searches");
    drop(asleep);
    while gate.get("/changes/2?limit=1").status != 200 {
        assert!(start.elapsed() < PATIENCE, "no place is given back");
    }
}

#[test]
fn a_connection_that_is_used_again_is_kept() {
    let gate = Gate::ready(SAMPLE, &[]);
    let mut connection = Connection::open(gate.address);
    for _ in 0..100 {
        assert_eq!(connection.ask("GET", "/check/ads.example", &[], b"").status, 200);
    }
    // One for this, and one that asks.
    gate.until("there are two", |status| status["connections"] == 2);
}

#[test]
fn one_connection_too_many_is_told_so() {
    let gate = Gate::ready(SAMPLE, &["--max-connections", "3"]);
    // The connections that asked whether it is ready may still have a place.
    let place = || {
        let start = Instant::now();
        loop {
            let mut connection = Connection::open(gate.address);
            if connection.ask("GET", "/healthz", &[], b"").status == 200 {
                return connection;
            }
            assert!(start.elapsed() < PATIENCE, "there is no place");
        }
    };
    let mut open = [place(), place(), place()].map(Some);
    let answer = Connection::open(gate.address).ask("GET", "/healthz", &[], b"");
    answer.must_be(503, "busy", "come back later");
    assert_eq!(answer.header("retry-after"), Some("5"));
    open[0] = None;
    let deadline = Instant::now() + PATIENCE;
    let metrics = loop {
        let answer = gate.get("/metrics");
        if answer.status == 200 {
            break answer.text();
        }
        assert!(Instant::now() < deadline, "there is no place again");
    };
    assert!(!metrics.contains("gatekeeper_connections_turned_away_total 0"), "{metrics}");
}

/// Those who were turned away once took the files that the list needs, and a good list was refused.
#[test]
fn clients_over_the_limit_leave_files_for_the_list() {
    // As many as the connections and what is no connection need, without those who are turned away.
    let gate = Gate::by(under("-S -n 84"), SAMPLE, &["--max-connections", "20", "--settle", "0"]);
    let start = Instant::now();
    let mut inside = loop {
        let mut connection = Connection::open(gate.address);
        if connection.ask("GET", "/healthz", &[], b"").status == 200 {
            break connection;
        }
        assert!(start.elapsed() < PATIENCE, "there is no place");
    };
    let _idle: Vec<_> = (0..20).map(|_| Connection::open(gate.address)).collect();
    let mut over = Vec::new();
    for round in 0..10 {
        over = (0..80).map(|_| Connection::open(gate.address)).collect();
        gate.write(&format!("round-{round}.example\nads.example\n"));
        let answer = inside.ask("POST", "/reload", &[], b"").json();
        assert_eq!(answer["source"]["state"], "good", "{answer}");
    }
    drop(over);
    assert!(!gate.log().contains("Too many open files"), "{}", gate.log());
}

/// The whole of a body that was announced once was reserved, and room taken only for what had come of it.
#[test]
fn a_body_that_is_announced_and_not_sent_takes_no_memory() {
    const CLIENTS: usize = 400;
    let gate = Gate::ready(SAMPLE, &["--max-batches", "16", "--idle", "5"]);
    let before = gate.peak_of_addresses();
    let mut waiting: Vec<_> = (0..CLIENTS).map(|_| Connection::open(gate.address)).collect();
    for connection in &mut waiting {
        connection.begin_batch(1 << 20, "a");
    }
    for connection in &mut waiting {
        connection.answer().must_be(408, "too_slow", "took too long");
    }
    let grown = (gate.peak_of_addresses() - before) >> 20;
    println!("{CLIENTS} bodies of a byte took {grown} MiB of addresses");
    assert!(grown < CLIENTS as u64 / 2, "{grown}");
}

/// Who reads slowly once looked for seconds like one that takes nothing: the system told of room for a megabyte or more at a time.
#[test]
fn a_client_that_reads_all_the_time_is_kept() {
    let gate = Gate::ready(SAMPLE, &["--idle", "2"]);
    let mut connection = Connection::open(gate.address);
    connection.request("POST", "/check", &[], (("\u{1}".repeat(80) + "\n").repeat(10_000)).as_bytes());
    let head = connection.head();
    let length: usize = head.header("content-length").unwrap().parse().unwrap();
    assert!(length > 5_000_000, "{length}");
    let (start, mut read, mut piece) = (Instant::now(), 0, vec![0; 20_000]);
    while read < length {
        let size = connection.stream.read(&mut piece).unwrap();
        assert!(size > 0, "cut off after {read} of {length} bytes, and {:?}", start.elapsed());
        read += size;
        if start.elapsed() < Duration::from_secs(8) {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What needed more than 4 GiB at once was told to come back later for ever.
#[cfg(target_pointer_width = "64")]
#[test]
fn what_is_larger_than_four_gib_has_room() {
    let room = Room::new(20 << 30);
    let mut first = room.share();
    assert!(first.take(9 << 30).is_ok() && first.take(10 << 30).is_ok());
    let mut second = room.share();
    assert!(second.take(2 << 30).is_err() && second.take(1 << 30).is_ok(), "who gets no room takes none");
    drop((first, second));
    assert!(room.share().take(usize::MAX).is_ok());
}

/// Each answer once had a share of the room for all, even if that was less than one answer needs.
#[test]
fn one_answer_has_room_however_little_there_is() {
    let list = many(10_000, 0, 0).replace("host-", &format!("{}.host-", "x".repeat(50)));
    for body in ["1000000", "2000"] {
        let gate = Gate::ready(&list, &["--max-batches", "1", "--max-body", body]);
        let until_ok = |ask: &dyn Fn() -> u16| {
            let start = Instant::now();
            // A place and room are given back a moment after an answer has come.
            while ask() != 200 {
                assert!(start.elapsed() < Duration::from_secs(20), "there is never room");
            }
        };
        if body.len() > 4 {
            until_ok(&|| gate.post("/check", &[], &list).status);
        }
        until_ok(&|| gate.get("/changes/1?limit=10000").status);
        until_ok(&|| gate.get("/changes/1").status);
    }
}

/// A batch of too many domains once was taken apart to its end before it was refused.
#[test]
fn a_batch_of_too_many_costs_little_more_than_its_length() {
    const BATCHES: usize = 64;
    let gate = Gate::ready(SAMPLE, &[]);
    let body = format!("[{}\"\"]", "\"\",".repeat(349_000));
    let before = gate.peak();
    let mut sending: Vec<_> = (0..BATCHES).map(|_| Connection::open(gate.address)).collect();
    for connection in &mut sending {
        connection.begin_batch(body.len(), &body[..body.len() - 1]);
    }
    for connection in &mut sending {
        connection.send("]").unwrap();
    }
    for connection in &mut sending {
        connection.answer().must_be(413, "too_large", "349001 domains, and a batch has at most 10000");
    }
    let grown = gate.peak() - before;
    println!("{BATCHES} batches of {} bytes took {grown}", body.len());
    assert!(grown < 4 * (BATCHES * body.len()) as u64, "{grown}");
}

/// The bodies of batches once were grown by doubling, and what that left behind was never used again.
#[test]
fn what_batches_have_sent_is_not_left_behind() {
    const BATCHES: usize = 100;
    let gate = Gate::ready(SAMPLE, &[]);
    let body = format!("[{}\"\"]", "\"\",".repeat(349_000));
    let mut peaks = Vec::new();
    for _ in 0..8 {
        let mut sending: Vec<_> = (0..BATCHES).map(|_| Connection::open(gate.address)).collect();
        for connection in &mut sending {
            connection.begin_batch(body.len(), &body[..body.len() - 1]);
        }
        for connection in &mut sending {
            connection.send("]").unwrap();
        }
        for connection in &mut sending {
            assert_eq!(connection.answer().status, 413);
        }
        peaks.push(gate.peak() >> 20);
    }
    println!("peaks after each round, in MiB: {peaks:?}");
    assert!(peaks[7] * 5 < peaks[0] * 7, "{peaks:?}");
}

/// It was once taken to be gone, and had an answer now and then.
#[test]
fn a_client_that_ends_its_sending_side_has_its_answer() {
    let gate = Gate::ready(SAMPLE, &[]);
    for number in 0..40 {
        let mut connection = Connection::open(gate.address);
        let (method, path) = if number % 2 == 0 { ("GET", "/check/ads.example") } else { ("POST", "/check") };
        connection.request(method, path, &[], if number % 2 == 0 { b"" } else { b"ads.example" });
        connection.stream.get_ref().shutdown(Shutdown::Write).unwrap();
        assert_eq!(connection.answer().status, 200, "{number}");
    }
}

#[test]
fn a_reader_of_changes_that_is_gone_has_its_place_for_a_moment_only() {
    let gate = Gate::ready(SAMPLE, &["--max-streams", "1"]);
    let mut gone = Connection::open(gate.address);
    gone.request("GET", "/changes", &[], b"");
    assert_eq!(gone.head().status, 200);
    drop(gone);
    let start = Instant::now();
    gate.until("its place is given back", |status| status["streams"] == 0);
    println!("after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// A walk once gave its turn to another as soon as who asked was gone, and went on.
#[test]
fn searches_that_are_given_up_leave_threads_to_others() {
    const VERSIONS: usize = 9;
    const SIZE: usize = 30_000;
    let gate = Gate::ready(&many(SIZE, SIZE, 0), &["--settle", "0"]);
    for round in 1..VERSIONS {
        gate.change(&many(SIZE, SIZE, round));
    }
    let mut most = 0;
    for from in 1..=VERSIONS {
        for version in (1..=VERSIONS).filter(|version| *version != from) {
            let mut connection = Connection::open(gate.address);
            connection.request("GET", &format!("/changes/{version}?from={from}&limit=0"), &[], b"");
            // So that it is begun.
            thread::sleep(Duration::from_millis(2));
            drop(connection);
            most = most.max(gate.threads());
        }
    }
    println!("at most {most} threads");
    assert!(most < 40, "{most} threads");
    assert_eq!(gate.post("/check", &[], "a.example").status, 200);
}

/// All that may be there once ran at the same time. A rollback waited for their threads, and each had all that matched in memory.
#[test]
fn searches_leave_threads_and_memory_to_others() {
    const SEARCHES: usize = 64;
    const SIZE: usize = 100_000;
    let options = ["--settle", "0", "--min-share", "0", "--threads", "2"];
    let gate = Gate::ready(&many(SIZE, SIZE, 0), &options);
    gate.change(&many(SIZE, SIZE, 1));
    // The delta is made.
    assert_eq!(gate.get("/changes/2?limit=0").status, 200);
    let before = gate.peak();
    let searching: Vec<_> = (0..SEARCHES)
        .map(|_| {
            let mut connection = Connection::open(gate.address);
            connection.request("GET", "/changes/2?limit=100", &[], b"");
            connection
        })
        .collect();
    let mut most = 0;
    for mut connection in searching {
        most = most.max(gate.threads());
        let found = connection.answer().json();
        for side in ["added", "removed"] {
            assert_eq!((&found[side]["count"], &found[side]["matching"]), (&json!(SIZE), &json!(SIZE)));
            let names = found[side]["names"].as_array().unwrap();
            assert!(names.len() == 100 && names.is_sorted_by_key(|name| name.as_str()), "{names:?}");
            let round = usize::from(side == "added");
            assert_eq!(
                (&names[0], &names[1]),
                (
                    &json!(format!("host-0-of-round-{round}.example")),
                    &json!(format!("host-1-of-round-{round}.example"))
                )
            );
        }
    }
    let grown = (gate.peak() - before) >> 20;
    println!("{SEARCHES} searches at once: {most} threads, {grown} MiB");
    assert!(most < SEARCHES / 2, "{most} threads");
    assert!(grown < 32, "{grown} MiB");
}

/// Where there was no thread for it, a batch and a rollback once panicked, and had no answer.
#[cfg(target_os = "linux")]
#[test]
fn without_room_for_another_thread_all_is_answered() {
    let gate = Gate::ready(SAMPLE, &[]);
    // A thread needs 2 MiB for its stack.
    let most = Some(gate.addresses() + (1 << 20));
    prlimit(Some(gate.pid()), Resource::As, Rlimit { current: most, maximum: most }).unwrap();
    for (method, path, body) in [
        ("POST", "/check", "ads.example"),
        ("POST", "/reload", ""),
        ("GET", "/changes/1", ""),
        ("POST", "/rollback/1", ""),
    ] {
        let answer = Connection::open(gate.address).ask(method, path, &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    assert!(!gate.log().contains("panicked"), "{}", gate.log());
}

/// 10,000, or as many as this process and the service may have open.
#[test]
fn thousands_of_idle_connections_harm_nobody() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
    let room = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) - OTHERS;
    let count = usize::try_from(room.min(10_000)).unwrap();
    if count < 10_000 {
        tools::lacks(&format!("room for 10,000 connections: there are {count}: raise `ulimit -Hn`"));
    }
    let gate = Gate::ready(SAMPLE, &["--max-connections", "10100", "--idle", "300"]);
    let ask = |times: usize| {
        let mut connection = Connection::open(gate.address);
        let mut took: Vec<_> = (0..times)
            .map(|_| {
                let start = Instant::now();
                assert_eq!(connection.ask("GET", "/check/ads.example", &[], b"").status, 200);
                start.elapsed()
            })
            .collect();
        took.sort_unstable();
        took[times / 2]
    };
    ask(200);
    let (alone, before) = (ask(500), gate.resident());
    let mut idle: Vec<TcpStream> = Vec::new();
    while idle.len() < count {
        // Half of them have sent a part of a head.
        let mut stream = TcpStream::connect(gate.address).unwrap();
        if idle.len() % 2 == 0 {
            std::io::Write::write_all(&mut stream, b"GET /check/ads.exam").unwrap();
        }
        idle.push(stream);
    }
    gate.until("all are open", |status| status["connections"].as_u64().unwrap() > count as u64);
    let (beside, after) = (ask(500), gate.resident());
    let each = (after - before) / count as u64;
    println!(
        "{count} idle connections: {each} bytes each; a check took {alone:?}, and {beside:?} beside them"
    );
    assert!(each < 32 << 10, "an idle connection costs {each} bytes");
    // As a bound for what is broken, and not for what is slow.
    assert!(beside < Duration::from_millis(200), "{beside:?}");
    drop(idle);
    gate.until("all are gone", |status| status["connections"] == 1);
}
