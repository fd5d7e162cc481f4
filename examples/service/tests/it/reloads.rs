//! The list changes while the service answers.

use crate::support::http::Connection;
use crate::support::{Gate, SAMPLE, many, under};
use rustix::process::Signal;
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_changed_list_is_in_force_without_being_told() {
    let gate = Gate::ready(SAMPLE, &[]);
    let version = gate.change(&(SAMPLE.to_owned() + "new.example\n"));
    assert_eq!(version, 2);
    assert_eq!(
        gate.get("/check/new.example").json(),
        json!({ "domain": "new.example", "blocked": true, "listed": "new.example", "version": 2 })
    );
    let status = gate.status();
    assert_eq!((&status["source"]["added"], &status["source"]["removed"]), (&json!(1), &json!(0)));
    assert_eq!(status["history"].as_array().unwrap().len(), 2);
    gate.says("version 2 is in force, from the list: 1 added, 0 removed");
}

#[test]
fn a_refused_list_changes_nothing_and_is_told_everywhere() {
    let gate = Gate::ready(SAMPLE, &[]);
    assert_eq!(gate.metric("gatekeeper_last_reload_successful"), 1);
    gate.write("listed.example\n<script>alert(1)</script>\n");
    let status = gate.until("it is refused", |status| status["source"]["state"] == "refused");
    let source = &status["source"];
    let reason = source["reason"].as_str().unwrap();
    assert!(reason.contains("list.txt:2: not a domain: '<' is no letter"), "{reason}");
    assert_eq!((&source["failure"]["line"], &source["failure"]["kind"]), (&json!(2), &json!("parse")));
    assert_eq!(
        (&status["version"], &status["ready"], &source["failed"]),
        (&json!(1), &json!(true), &json!(1))
    );
    assert_eq!(gate.metric("gatekeeper_last_reload_successful"), 0);
    assert_eq!(gate.metric("gatekeeper_reloads_failed_total"), 1);
    assert_eq!(gate.get("/readyz").status, 200);
    assert_eq!(gate.get("/check/ads.example").json()["blocked"], true);
    let answer = gate.post("/reload", &[], "");
    assert_eq!((answer.status, &answer.json()["source"]["state"]), (200, &json!("refused")));

    gate.write(SAMPLE);
    let status = gate.until("it is good again", |status| status["source"]["state"] == "good");
    assert_eq!(status["version"], 1, "the same domains are no new version");
    gate.says("the list is good, and version 1 stays in force");
}

#[test]
fn a_list_that_has_lost_too_much_is_refused() {
    let gate = Gate::ready(&many(100, 0, 0), &["--min-share", "80", "--min-size", "5"]);
    gate.change(&many(80, 0, 0));
    for (list, words) in [
        (
            many(63, 0, 0),
            "has 63 domains, and the list in force has 80: that is less than 80 % (--min-share)",
        ),
        (many(4, 0, 0), "has 4 domains, and 5 are needed (--min-size)"),
        (String::from("# nothing\n"), "has 0 domains, and 5 are needed"),
    ] {
        gate.write(&list);
        gate.until(words, |status| {
            status["source"]["reason"].as_str().is_some_and(|reason| reason.contains(words))
        });
    }
    assert_eq!(gate.status()["size"], 80);
}

#[test]
fn it_starts_without_a_list_and_is_ready_as_soon_as_there_is_a_good_one() {
    let gate = Gate::start(None, &[]);
    let status = gate.until("it has looked", |status| status["source"]["state"] == "missing");
    assert!(status["source"]["reason"].as_str().unwrap().contains("list.txt"), "{status}");
    gate.get("/readyz").must_be(503, "not_ready", "no list is loaded yet");
    gate.get("/check/a.example").must_be(503, "not_ready", "nothing can be said");
    gate.post("/check", &[], "a.example").must_be(503, "not_ready", "nothing can be said");
    gate.post("/rollback/1", &[], "").must_be(503, "not_ready", "no list");
    assert_eq!(gate.get("/healthz").status, 200);
    assert_eq!(gate.metric("gatekeeper_ready"), 0);
    assert_eq!(gate.metric("gatekeeper_last_reload_successful"), 0);
    assert_eq!(gate.get("/").status, 200);

    gate.write("not a domain\n");
    gate.until("it is refused", |status| status["source"]["failure"]["line"] == 1);
    assert_eq!(gate.get("/readyz").status, 503);

    gate.write(SAMPLE);
    gate.until("it is ready", |status| status["ready"] == true);
    assert_eq!(gate.get("/readyz").status, 200);
    assert_eq!(gate.metric("gatekeeper_ready"), 1);
    assert_eq!(gate.get("/check/x.ads.example").json()["blocked"], true);
    assert_eq!(gate.change("other.example\nads.example\n"), 2);
}

#[test]
fn a_reload_that_is_asked_for_tries_the_first_load_too() {
    let gate = Gate::start(None, &["--poll", "3600"]);
    gate.until("it has looked", |status| status["source"]["state"] == "missing");
    gate.write(SAMPLE);
    let answer = gate.post("/reload", &[], "").json();
    assert_eq!((&answer["source"]["state"], &answer["size"]), (&json!("good"), &json!(3)));
}

#[test]
fn it_starts_from_the_last_good_copy_and_says_so() {
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("copy.txt");
    let options = ["--last-good", copy.to_str().unwrap()];
    let gate = Gate::ready(SAMPLE, &options);
    // It is written after the list is in force.
    gate.until("there is a copy", |_| copy.exists());
    drop(gate);
    assert_eq!(fs::read_to_string(&copy).unwrap(), SAMPLE);
    let gate = Gate::ready("no domain\n", &options);
    let source = &gate.status()["source"];
    assert_eq!((&source["state"], &source["from"]["kind"]), (&json!("refused"), &json!("last_good")));
    assert_eq!(gate.get("/check/ads.example").json()["blocked"], true);
    assert_eq!(gate.metric("gatekeeper_reload_from_source"), 0);
    gate.says("version 1 is in force, from the copy of the last good list: 3 added, 0 removed");
    gate.says("the list is refused, and version 1 stays in force: ");
}

/// The status of a new version comes before its copy is written, and once had what was said of the copy before for news.
#[test]
fn a_copy_that_is_written_again_is_not_said_to_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (there, away) = (folder.path().join("there"), folder.path().join("away"));
    fs::create_dir(&there).unwrap();
    let copy = there.join("copy");
    let options = ["--last-good", copy.to_str().unwrap(), "--settle", "0", "--poll", "600"];
    let gate = Gate::ready(SAMPLE, &options);
    fs::rename(&there, &away).unwrap();
    gate.change("second.example\nads.example\n");
    gate.until("the copy fails", |status| status["source"]["copy_reason"].is_string());
    gate.says("the copy of the last good list cannot be written");
    fs::rename(&away, &there).unwrap();
    gate.change("third.example\nads.example\n");
    gate.until("the copy is there", |status| status["source"]["copy_reason"].is_null());
    assert_eq!(fs::read_to_string(&copy).unwrap(), "third.example\nads.example\n");
    gate.change("fourth.example\nads.example\n");
    gate.says("version 4 is in force");
    let log = gate.log();
    assert_eq!(log.matches("the copy of the last good list cannot be written").count(), 1, "{log}");
    assert_eq!(log.matches("the copy of the last good list is written again").count(), 1, "{log}");
    assert!(!log.contains("the list is good"), "{log}");
}

/// It was once ready, and without a source in the status, for as long as the first copy was written.
#[test]
fn all_that_tells_of_the_first_load_agrees() {
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("copy.txt");
    // A copy that takes its time.
    let list = SAMPLE.to_owned() + "#" + &"x".repeat(60_000_000) + "\n";
    let gate = Gate::start(Some(&list), &["--last-good", copy.to_str().unwrap()]);
    let start = Instant::now();
    while gate.get("/readyz").status != 200 {
        assert!(start.elapsed() < Duration::from_secs(60), "it is never ready: {}", gate.log());
    }
    let good = gate.metric("gatekeeper_last_reload_successful");
    let status = gate.status();
    assert_eq!((good, &status["source"]["state"], &status["ready"]), (1, &json!("good"), &json!(true)));
    assert_eq!(gate.post("/rollback/1", &[], "").status, 200);
}

/// Each line of a log in the folder of the list once woke the thread that follows the list.
#[cfg(target_os = "linux")]
#[test]
fn a_busy_file_in_the_folder_of_the_list_wakes_nobody_each_time() {
    const WRITES: u32 = 4_000;
    let gate = Gate::ready(SAMPLE, &["--poll", "600", "--settle", "0"]);
    let logs = ["a.log", "b.log"].map(|name| fs::File::create(gate.list().with_file_name(name)).unwrap());
    let (start, before) = (Instant::now(), gate.sleeps_of("reload"));
    for number in 0..WRITES {
        // Two equal events that follow each other would be one.
        (&logs[number as usize % 2]).write_all(b"x").unwrap();
        thread::sleep(Duration::from_micros(100));
    }
    let sleeps = gate.sleeps_of("reload") - before;
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap();
    println!("{sleeps} sleeps in {milliseconds} ms, in which {WRITES} lines were written");
    // A wait for an event and a pause of 5 ms, again and again.
    assert!(sleeps < 2 * (milliseconds / 5) + 100, "{sleeps} sleeps in {milliseconds} ms");
    gate.change("ads.example\nnew.example\n");
}

/// The system once ended the service when it wrote such a copy.
#[test]
fn a_copy_that_is_larger_than_a_file_may_be_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    // In blocks of 512 bytes, or of 1,024.
    let gate = Gate::by(under("-f 8"), &many(2_000, 0, 0), &["--last-good", copy.to_str().unwrap()]);
    let status = gate.until("it is told", |status| status["source"]["copy_reason"].is_string());
    assert_eq!((&status["source"]["state"], &status["size"]), (&json!("good"), &json!(2_000)));
    gate.says("the copy of the last good list cannot be written");
    assert_eq!(gate.get("/check/host-7-of-round-0.example").json()["blocked"], true);
}

/// A bad line once was shown to everybody.
#[test]
fn of_a_bad_line_no_more_is_shown_than_may_be() {
    for (options, shown) in
        [(&[][..], "my secret is hu"), (&["--excerpt", "10"], "my secret"), (&["--excerpt", "0"], "")]
    {
        let gate = Gate::ready(SAMPLE, options);
        gate.write("ads.example\nmy secret is hu!\n");
        let status = gate.until("it is refused", |status| status["source"]["state"] == "refused");
        let excerpt = status["source"]["failure"]["excerpt"].as_str().unwrap_or_default();
        assert!(excerpt.starts_with(shown), "{options:?}: {status}");
        let page = format!("{status} {} {}", gate.get("/readyz").text(), gate.log());
        assert_eq!(page.contains("is hu"), shown.len() > 9, "{options:?}: {page}");
        assert_eq!(page.contains("my secret"), !shown.is_empty(), "{options:?}: {page}");
    }
}

/// A number that was seen before a restart once named another list after it.
#[test]
fn a_rollback_may_name_the_run_of_its_version() {
    let gate = Gate::ready(SAMPLE, &[]);
    gate.change("ads.example\nnew.example\n");
    gate.post("/rollback/1?run=00000000", &[], "").must_be(409, "other_run", "look at GET /status again");
    gate.post("/rollback/1?run=", &[], "").must_be(409, "other_run", "of another run");
    gate.post("/rollback/1?ran=00000000", &[], "").must_be(400, "bad_query", "there is run");
    let status = gate.status();
    assert_eq!(status["version"], 2);
    let answer = gate.post(&format!("/rollback/1?run={}", status["run"].as_str().unwrap()), &[], "");
    assert_eq!((answer.status, &answer.json()["version"]), (200, &json!(3)));
}

#[test]
fn a_rollback_stays_until_the_list_changes() {
    let gate = Gate::ready(SAMPLE, &[]);
    gate.change("other.example\nmore.example\n");
    let answer = gate.post("/rollback/1", &[], "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["version"], 3);
    assert_eq!(gate.get("/check/ads.example").json()["blocked"], true);
    gate.post("/reload", &[], "");
    let status = gate.status();
    assert_eq!(
        (&status["version"], &status["source"]["from"]),
        (&json!(3), &json!({ "kind": "rollback", "to": 1 }))
    );
    assert_eq!(status["history"][0]["from"], json!({ "kind": "rollback", "to": 1 }));
    assert_eq!(gate.change("newest.example\nother.example\n"), 4);

    // It was once answered with what the load before had changed.
    let answer = gate.post("/rollback/4", &[], "");
    let note = "version 4 has what was asked for already: nothing was done";
    assert_eq!(
        answer.json(),
        json!({ "version": 4, "to": 4, "done": false, "added": 0, "removed": 0, "note": note })
    );
    assert_eq!(gate.status()["source"]["rolled_back"], 1);

    gate.post("/rollback/77", &[], "").must_be(404, "not_kept", "there are: 1, 2, 3, 4");
    gate.post("/rollback/0", &[], "").must_be(400, "bad_version", "the empty table");
    gate.post("/rollback/last", &[], "").must_be(400, "bad_version", "a version is a number");
}

#[test]
fn as_many_versions_are_kept_as_was_asked_for() {
    let gate = Gate::ready(&many(10, 1, 0), &["--keep", "2"]);
    for round in 1..=4 {
        gate.change(&many(10, 1, round));
    }
    let kept: Vec<_> =
        gate.status()["history"].as_array().unwrap().iter().map(|entry| entry["version"].clone()).collect();
    assert_eq!(kept, [5, 4, 3]);
    gate.post("/rollback/2", &[], "").must_be(404, "not_kept", "there are: 3, 4, 5");
}

/// Each reload once had a thread, of those that batches need, and they waited for one another.
#[test]
fn reloads_that_are_asked_for_together_share_a_look() {
    let gate = Gate::ready(SAMPLE, &["--settle", "0.02", "--poll", "3600"]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        // The list never rests.
        scope.spawn(|| {
            let mut list = OpenOptions::new().append(true).open(gate.list()).unwrap();
            while !done.load(Ordering::Relaxed) {
                list.write_all(b"c.example\n").unwrap();
                thread::sleep(Duration::from_millis(3));
            }
        });
        thread::sleep(Duration::from_millis(100));
        let start = Instant::now();
        let mut asked: Vec<_> = (0..80).map(|_| Connection::open(gate.address)).collect();
        for connection in &mut asked {
            connection.request("POST", "/reload", &[], b"");
        }
        gate.until("all have asked", |status| status["connections"] == 81);
        let batch = gate.post("/check", &[], "ads.example");
        let batch = (batch.status, start.elapsed());
        let answers: Vec<_> = asked.iter_mut().map(|connection| connection.answer().status).collect();
        let all = start.elapsed();
        done.store(true, Ordering::Relaxed);
        println!("a batch was answered after {:?}, and 80 reloads after {all:?}", batch.1);
        assert_eq!((batch.0, answers), (200, vec![200; 80]));
        assert!(batch.1 < Duration::from_secs(15) && all < Duration::from_secs(20), "{batch:?} {all:?}");
    });
    // The look began after the list was written.
    gate.write("last.example\nads.example\n");
    assert_eq!(gate.post("/reload", &[], "").json()["size"], 2);
}

#[test]
fn a_sighup_has_the_list_looked_at() {
    let gate = Gate::ready(SAMPLE, &["--poll", "3600"]);
    let before = gate.status()["source"]["unchanged"].as_u64();
    gate.signal(Signal::HUP);
    gate.until("it has looked", |status| status["source"]["unchanged"].as_u64() > before);
    assert_eq!(gate.get("/check/ads.example").json()["blocked"], true);
}
