//! Services that follow etcd in place of a file.

use crate::support::etcd::Etcd;
use crate::support::events::Events;
use crate::support::{Gate, refused};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Instant;

/// A service that follows the prefix of the tests.
fn follow(etcd: &Etcd, options: &[&str]) -> Gate {
    Gate::start(None, &[&["--etcd", &etcd.url(), "--prefix", "/blocked/"], options].concat())
}

fn is_blocked(gate: &Gate, domain: &str) -> bool {
    gate.get(&format!("/check/{domain}")).json()["blocked"] == true
}

/// Waits until all of them follow etcd, and show this revision.
#[track_caller]
fn until_at(gates: &[Gate], revision: u64) {
    for gate in gates {
        gate.until("it is there", |status| {
            let source = &status["source"];
            source["connected"] == true && source["revision"].as_u64() >= Some(revision)
        });
    }
}

#[test]
fn three_processes_follow_one_prefix_and_go_on_while_etcd_is_away() {
    let Some(mut etcd) = Etcd::start() else { return };
    etcd.put("/other/else.example");
    let first = etcd.put("/blocked/ads.example");
    let copies = tempfile::tempdir().unwrap();
    let copy = |number: usize| copies.path().join(number.to_string()).to_str().unwrap().to_owned();
    let mut gates: Vec<_> = (0..3).map(|number| follow(&etcd, &["--last-good", &copy(number)])).collect();
    until_at(&gates, first);
    for gate in &gates {
        let status = gate.status();
        assert_eq!(
            (&status["ready"], &status["version"], &status["size"]),
            (&json!(true), &json!(1), &json!(1))
        );
        assert_eq!(status["list"], format!("/blocked/ in etcd at {}", etcd.url()));
        assert!(is_blocked(gate, "x.ads.example") && !is_blocked(gate, "else.example"));
        gate.says(&format!("follows /blocked/ in etcd at {}", etcd.url()));
        gate.says("version 1 is in force, from etcd: 1 added, 0 removed");
    }

    // What etcdctl changes is in force in all of them.
    let mut events: Vec<_> = gates.iter().map(|gate| Events::open(gate.address, "/changes", None)).collect();
    for events in &mut events {
        events.expect("all");
    }
    let second = etcd.put("/blocked/new.example");
    let start = Instant::now();
    for events in &mut events {
        assert_eq!(events.expect("delta").data["added"], json!(["new.example"]));
    }
    println!("three processes have told of a change {:?} after etcdctl's end", start.elapsed());
    until_at(&gates, second);
    for gate in &gates {
        let status = gate.status();
        let source = &status["source"];
        assert_eq!(
            (&source["state"], &source["reason"], &source["kind"]),
            (&json!("good"), &Value::Null, &json!("etcd"))
        );
        assert_eq!((&source["revision"], &source["lag_revisions"]), (&json!(second), &json!(0)));
        assert!(source["lag_seconds"].as_f64().is_some_and(|lag| lag < 60.0), "{source}");
        assert!(source["connected_since"].is_f64() && source["last_good_since"].is_null(), "{source}");
        assert_eq!(status["history"][0]["added"], 1, "{status:#}");
        assert_eq!(gate.metric("gatekeeper_etcd_connected"), 1);
        assert_eq!(gate.metric("gatekeeper_etcd_revision"), second);
        assert!(!gate.get("/metrics").text().contains("last_reload"), "there is no reload");
        let ready = gate.get("/readyz");
        assert_eq!((ready.status, &ready.json()["source"]["revision"]), (200, &json!(second)));
    }
    // A value is a note: another one changes nothing. And a key that goes is seen.
    let third = etcd.change(&["put", "/blocked/new.example", "ticket 17"]);
    until_at(&gates, third);
    assert!(gates.iter().all(|gate| gate.status()["version"] == 2));
    etcd.change(&["del", "/blocked/new.example"]);
    for events in &mut events {
        assert_eq!(events.expect("delta").data["removed"], json!(["new.example"]));
    }

    // etcd is gone, and all go on. One that starts anew has its copy.
    let saved = etcd.put("/blocked/last.example");
    until_at(&gates, saved);
    etcd.kill();
    for gate in &gates {
        let status = gate.until("it notices", |status| status["source"]["state"] == "away");
        let source = &status["source"];
        assert_eq!((&source["connected"], &source["revision"]), (&json!(false), &json!(saved)));
        assert_eq!((&source["failure"]["kind"], &status["version"]), (&json!("unreachable"), &json!(4)));
        gate.until("it tries again", |status| {
            let reason = status["source"]["reason"].as_str();
            reason.is_some_and(|reason| reason.contains(&etcd.url()) && reason.contains("refused"))
        });
        let ready = gate.get("/readyz");
        let ready = (ready.status, ready.json());
        assert_eq!((ready.0, &ready.1["source"]["state"]), (200, &json!("away")));
        assert!(ready.1["source"]["last_good_since"].is_f64(), "{}", ready.1);
        assert!(ready.1["source"]["connected_since"].is_null(), "{}", ready.1);
        assert_eq!(gate.metric("gatekeeper_etcd_connected"), 0);
        assert!(is_blocked(gate, "last.example") && !is_blocked(gate, "new.example"));
        gate.says("etcd is not followed, and version 4 stays in force: ");
    }
    gates[0].until("the copy is written", |_| store_has(&copy(0), "last.example"));
    drop(gates.remove(0));
    let again = follow(&etcd, &["--last-good", &copy(0)]);
    let status = again.until("it has tried", |status| status["source"]["state"] == "away");
    assert_eq!((&status["ready"], &status["source"]["from"]["kind"]), (&json!(true), &json!("last_good")));
    assert!(status["source"]["saved_at"].is_f64() && status["source"]["revision"] == 0, "{status}");
    assert!(status["source"]["last_good_since"].as_f64() > status["source"]["saved_at"].as_f64(), "{status}");
    assert!(is_blocked(&again, "last.example") && is_blocked(&again, "ads.example"));
    again.says("version 1 is in force, from the copy of the last good list: 2 added, 0 removed");
    assert_eq!(again.metric("gatekeeper_etcd_from_etcd"), 0);
    // And one without a copy says that it knows nothing.
    let empty = follow(&etcd, &[]);
    let status = empty.until("it has tried", |status| status["source"]["state"] == "missing");
    assert!(status["source"]["last_good_since"].is_null(), "{status}");
    empty.get("/readyz").must_be(503, "not_ready", "no list is loaded yet: http://127.0.0.1:");
    empty.get("/check/ads.example").must_be(503, "not_ready", "nothing can be said");
    empty.says("etcd is not followed, and there is no list yet: ");
    gates.extend([again, empty]);

    // etcd is back.
    etcd.run();
    let back = etcd.put("/blocked/back.example");
    until_at(&gates, back);
    for gate in &gates {
        let status = gate.until("it is good", |status| status["source"]["state"] == "good");
        assert_eq!((&status["size"], &status["ready"]), (&json!(3), &json!(true)));
        assert!(is_blocked(gate, "back.example"));
    }
}

/// Whether a process that starts now would have all of the copy. Only a reader that locks nothing can tell while the service runs.
fn store_has(folder: &str, domain: &str) -> bool {
    let options = readmostly_persist::Options::new();
    let store = readmostly_persist::Store::<gatekeeper::list::Domains>::open_read_only(folder, options);
    let loaded = store.ok().and_then(|store| store.load().ok().flatten());
    loaded.is_some_and(|loaded| loaded.value.contains_key(domain))
}

#[test]
fn a_key_that_is_no_domain_is_refused_and_the_others_count() {
    let Some(etcd) = Etcd::start() else { return };
    etcd.put("/blocked/ads.example");
    etcd.put("/blocked/Mail.Example");
    let gate = follow(&etcd, &[]);
    let status = gate.until("it is refused", |status| status["source"]["state"] == "rejected");
    assert_eq!(
        (&status["size"], &status["ready"], &status["source"]["rejected_keys"]),
        (&json!(1), &json!(true), &json!(1))
    );
    let reason = status["source"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("Mail.Example: write it as mail.example"), "{reason}");
    gate.says("the key \"Mail.Example\" is refused, and changes nothing: write it as mail.example");
    etcd.put("/blocked/no domain");
    gate.says("the key \"no domain\" is refused, and changes nothing: not a domain: ' ' is no letter");
    etcd.put("/blocked/more.example");
    gate.until("others count", |_| is_blocked(&gate, "more.example"));
    etcd.change(&["del", "/blocked/no domain"]);
    etcd.change(&["del", "/blocked/Mail.Example"]);
    gate.until("it is good", |status| status["source"]["state"] == "good");
    gate.says("no key is refused any more");
}

#[test]
fn a_prefix_without_a_domain_is_no_list() {
    let Some(etcd) = Etcd::start() else { return };
    let gate = follow(&etcd, &[]);
    let status = gate.until("it has looked", |status| status["source"]["state"] == "empty");
    assert_eq!((&status["ready"], &status["source"]["connected"]), (&json!(false), &json!(true)));
    gate.get("/readyz").must_be(
        503,
        "not_ready",
        "no list is loaded yet: etcd has no domain below /blocked/",
    );
    gate.get("/check/ads.example").must_be(503, "not_ready", "nothing can be said");
    etcd.put("/blocked/ads.example");
    gate.until("it is ready", |status| status["ready"] == true);
    // What a fleet has agreed on later is in force.
    etcd.change(&["del", "--prefix", "/blocked/"]);
    gate.until("it is empty", |status| status["source"]["state"] == "empty");
    assert!(!is_blocked(&gate, "ads.example") && gate.get("/readyz").status == 200);
    gate.says("version 2 is in force, from etcd: 0 added, 1 removed");
}

#[test]
fn a_wrong_prefix_takes_no_last_good_list_away() {
    let Some(etcd) = Etcd::start() else { return };
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("copy").to_str().unwrap().to_owned();
    etcd.put("/blocked/ads.example");
    let gate = follow(&etcd, &["--last-good", &copy]);
    gate.until("the copy is written", |_| store_has(&copy, "ads.example"));
    drop(gate);
    // One below which there is nothing, and one below which no key is a domain.
    for prefix in ["/blokced/", "/"] {
        let mut gate = Gate::start(None, &["--etcd", &etcd.url(), "--prefix", prefix, "--last-good", &copy]);
        let status = gate.until("it has looked", |status| status["source"]["state"] == "empty");
        assert_eq!((&status["ready"], &status["size"]), (&json!(true), &json!(1)));
        assert_eq!(status["source"]["failure"]["kind"], "empty");
        assert!(is_blocked(&gate, "ads.example") && gate.get("/readyz").status == 200);
        gate.says("version 1 stays in force: the prefix has no key that decodes");
        // What there is to be saved is saved at the end.
        gate.signal(Signal::TERM);
        assert!(gate.ended().success());
        assert!(store_has(&copy, "ads.example"));
    }
    let gate = Gate::start(None, &["--etcd", &etcd.url(), "--prefix", "/none/", "--last-good", &copy]);
    gate.until("it has looked", |status| status["source"]["state"] == "empty");
    assert!(is_blocked(&gate, "ads.example"));
    etcd.put("/none/new.example");
    gate.until("it is followed", |status| status["source"]["state"] == "good");
    assert!(is_blocked(&gate, "new.example") && !is_blocked(&gate, "ads.example"));
}

#[test]
fn a_cluster_that_has_lost_its_data_is_told_of() {
    let Some(mut etcd) = Etcd::start() else { return };
    etcd.put("/blocked/old.example");
    let last = etcd.put("/blocked/ads.example");
    let gate = follow(&etcd, &[]);
    gate.until("it is good", |status| status["source"]["state"] == "good");
    assert_eq!(gate.get("/readyz").json()["source"]["restores"], 0);
    etcd.wipe();
    let status = gate.until("it is refused", |status| status["source"]["failure"]["kind"] == "other_cluster");
    assert!(status["source"]["last_good_since"].is_f64() && is_blocked(&gate, "old.example"), "{status}");
    // It comes past what was seen.
    while etcd.put("/blocked/new.example") <= last {}
    gate.until("it is good", |status| status["source"]["state"] == "good");
    let ready = gate.get("/readyz");
    let source = &ready.json()["source"];
    assert_eq!(
        (ready.status, &source["restores"], &source["last_good_since"]),
        (200, &json!(1), &Value::Null)
    );
    assert!(is_blocked(&gate, "new.example") && !is_blocked(&gate, "old.example"));
    assert_eq!(gate.metric("gatekeeper_etcd_restores_total"), 1);
}

#[test]
fn what_follows_etcd_is_changed_in_etcd() {
    let Some(etcd) = Etcd::start() else { return };
    etcd.put("/blocked/ads.example");
    let gate = follow(&etcd, &[]);
    gate.until("it is ready", |status| status["ready"] == true);
    for path in ["/reload", "/rollback/1"] {
        gate.post(path, &[], "").must_be(409, "follows_etcd", "change it there, as with etcdctl put");
        // Who may not ask is told nothing else.
        gate.post(path, &[("Origin", "http://evil.example")], "").must_be(403, "forbidden", "another page");
    }
    gate.signal(Signal::HUP);
    gate.says("SIGHUP: there is nothing to reload");
    assert_eq!(gate.status()["version"], 1);
}

#[test]
fn a_version_that_is_overtaken_has_its_line() {
    let Some(etcd) = Etcd::start() else { return };
    etcd.put("/blocked/ads.example");
    let gate = follow(&etcd, &["--keep", "1000"]);
    gate.until("it is ready", |status| status["ready"] == true);
    // One transaction is one version, and many come in one message.
    let mut last = 0;
    std::thread::scope(|scope| {
        let put = |number: usize| etcd.put(&format!("/blocked/d{number}.example"));
        let threads: Vec<_> =
            (0..4).map(|thread| scope.spawn(move || (0..25).map(|n| put(thread * 25 + n)).max())).collect();
        last = threads.into_iter().filter_map(|thread| thread.join().unwrap()).max().unwrap();
    });
    until_at(std::slice::from_ref(&gate), last);
    gate.says("version 101 is in force, from etcd: 1 added, 0 removed");
    for version in 2..=101 {
        gate.says(&format!("version {version} is in force, from etcd: 1 added, 0 removed\n"));
    }
}

#[test]
fn what_cannot_go_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("file");
    std::fs::write(&copy, "a.example\n").unwrap();
    let copy = copy.to_str().unwrap();
    let etcd = ["--etcd", "http://127.0.0.1:1", "--prefix", "/blocked/"];
    for (options, words) in [
        (&[][..], "<--list <FILE>|--etcd <URL>>"),
        (&["--etcd", "http://127.0.0.1:1"][..], "--prefix <P>"),
        (&["--list", "l", "--prefix", "/blocked/"][..], "cannot be used with"),
        (&["--etcd", "http://127.0.0.1:1", "--prefix", ""][..], "--prefix"),
        (&[&etcd[..], &["--list", "l"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--poll", "1"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--settle", "1"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--min-size", "1"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--min-share", "1"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--max-list", "1"]].concat()[..], "cannot be used with"),
        (&[&etcd[..], &["--last-good", copy]].concat()[..], "--last-good, which is a folder with --etcd"),
        (&["--etcd", "https://127.0.0.1:1", "--prefix", "/b/"][..], "speaks to etcd without TLS"),
        (&["--etcd", "http://ann:word@host:1", "--prefix", "/b/"][..], "has a login before \"host:1\""),
        (&["--etcd", "127.0.0.1:1", "--prefix", "/b/"][..], "begins neither with http://"),
    ] {
        let options = [options, &["--listen", "127.0.0.1:0"]].concat();
        let (code, text) = refused(&options, &[]);
        assert!(code == 2 && text.contains(words) && !text.contains("word@"), "{options:?}: {code}: {text}");
    }
}
