//! Many keys, and many changes.

use crate::support::{Etcd, LONG, Recorder, history, is_there, numbers, shown, start, until};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_hundred_thousand_keys_are_listed_and_followed() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let writer = start(numbers(&etcd.urls(), "/w/"));
    for first in (0..100_000_u64).step_by(125) {
        let all = (first..first + 125)
            .fold(writer.transaction(), |all, n| all.put(&format!("{n:06}"), n.to_string()));
        all.commit().unwrap();
    }
    let began = Instant::now();
    let follower = start(numbers(&etcd.urls(), "/w/").timeout(Duration::from_secs(20)));
    eprintln!("100,000 keys are there after {:?}", began.elapsed());
    assert_eq!(follower.target().len(), 100_000);
    assert!((0..100_000).step_by(997).all(|n| follower.target().get(&format!("{n:06}")) == Some(n)));
    let revision = writer.put("000007", "8").unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(follower.target().get("000007"), Some(8));
    assert_eq!(follower.target().version(), 2);
    // The one that has followed all along has the same.
    writer.wait_for(revision, LONG).unwrap();
    assert!(writer.target().snapshot().diff(&follower.target().snapshot()).next().is_none());
}

#[test]
fn a_thousand_changes_a_second_are_each_a_version() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let writer = Arc::new(start(numbers(&etcd.urls(), "/n/").silence(LONG)));
    let follower = start(numbers(&etcd.urls(), "/n/").silence(LONG));
    let recorder = Recorder::new(follower.target());
    let first = writer.put("begin", "0").unwrap();
    let began = Instant::now();
    let (threads, each) = (8_u64, 250_u64);
    thread::scope(|scope| {
        for thread in 0..threads {
            let writer = Arc::clone(&writer);
            scope.spawn(move || {
                for n in 0..each {
                    writer
                        .put(&format!("k{}", thread * 3 + n % 3), (thread * each + n + 1).to_string())
                        .unwrap();
                }
            });
        }
    });
    let took = began.elapsed();
    let last = writer.put("end", "1").unwrap();
    follower.wait_for(last, LONG).unwrap();
    let seen = recorder.end();
    // Each write gave another value, so each revision is a version.
    assert_eq!(seen.len() as u64 - 1, last - first + 1);
    eprintln!("{} changes in {took:?}", threads * each);
    // As etcd has it, at some of them: to ask for each would take longer than all the rest.
    for revision in (first..=last).step_by(200) {
        let expected = history(&etcd, "/n/", revision, revision).remove(0);
        assert_eq!(seen[usize::try_from(revision - first).unwrap() + 1], expected, "at {revision}");
    }
    until("the other one has it too", || shown(&writer) == shown(&follower));
}
