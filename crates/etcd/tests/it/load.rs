//! Many keys, and many changes.

use crate::support::{Etcd, LONG, Map, Recorder, history, is_there, numbers, start, until};
use readmostly_etcd::Follower;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_hundred_thousand_keys_are_listed_and_followed() {
    if !is_there() {
        return;
    }
    // Long enough that their removal is more than a request may be.
    let name = |n: u64| format!("the-name-of-a-key-{n:06}");
    let etcd = Etcd::start();
    let writer = start(numbers(&etcd.urls(), "/w/"));
    for first in (0..100_000_u64).step_by(125) {
        let all = (first..first + 125).fold(writer.transaction(), |all, n| all.put(&name(n), n.to_string()));
        all.commit().unwrap();
    }
    let began = Instant::now();
    let follower = start(numbers(&etcd.urls(), "/w/").timeout(Duration::from_secs(20)));
    eprintln!("100,000 keys are there after {:?}", began.elapsed());
    assert_eq!(follower.target().len(), 100_000);
    assert!((0..100_000).step_by(997).all(|n| follower.target().get(&name(n)) == Some(n)));
    let revision = writer.put(&name(7), "8").unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(follower.target().get(&name(7)), Some(8));
    assert_eq!(follower.target().version(), 2);
    // The one that has followed all along has the same.
    writer.wait_for(revision, LONG).unwrap();
    assert!(writer.target().snapshot().diff(&follower.target().snapshot()).next().is_none());

    // All but one go at once. In fragments they took three times as long, nearly all of it etcd's work.
    let versions = [&writer, &follower].map(|follower| follower.target().version());
    etcd.run(&["del", &format!("/w/{}", name(1)), "/w/u"]);
    let began = Instant::now();
    for (follower, version) in [&writer, &follower].into_iter().zip(versions) {
        until("they are gone", || follower.target().len() == 1);
        assert_eq!((follower.target().version(), follower.status().resyncs), (version + 1, 0));
    }
    eprintln!("99,999 of them are gone after {:?}", began.elapsed());
}

/// The writers, how often all of them together write in a second, and how often in all.
const WRITERS: u64 = 8;
const RATE: u64 = 1_000;
const WRITES: u64 = 4_000;

/// Each writer writes when its turn is due, through a follower. `answered` is the newest revision that etcd has answered with.
fn write_at_the_rate(followers: &[Follower<Map>; 2], answered: &AtomicU64) {
    let began = Instant::now();
    let write = |writer: u64| {
        let follower = &followers[usize::try_from(writer % 2).unwrap()];
        for n in (writer..WRITES).step_by(usize::try_from(WRITERS).unwrap()) {
            let due = Duration::from_millis(n * 1_000 / RATE);
            thread::sleep(due.saturating_sub(began.elapsed()));
            // Another value each time, of keys that no other writer has.
            let key = |nth: u64| format!("k{}", writer * 3 + nth % 3);
            let transaction = follower.transaction().put(&key(n / WRITERS), (n + 1).to_string());
            let goes = n / WRITERS % 5 == 4;
            let transaction = if goes { transaction.remove(&key(n / WRITERS + 1)) } else { transaction };
            answered.fetch_max(transaction.commit().unwrap(), Ordering::SeqCst);
        }
    };
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || write(writer));
        }
    });
    eprintln!("{WRITES} changes in {:?}", began.elapsed());
}

#[test]
fn a_thousand_changes_a_second_are_each_a_version() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let followers = [(); 2].map(|()| start(numbers(&etcd.urls(), "/n/").silence(LONG)));
    let recorders = followers.each_ref().map(|follower| Recorder::new(follower.target()));
    let first = followers[0].put("begin", "0").unwrap();
    let answered = AtomicU64::new(first);
    let is_over = AtomicBool::new(false);
    let lag = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::SeqCst) {
                let answered = answered.load(Ordering::SeqCst);
                for follower in &followers {
                    most = answered.saturating_sub(follower.status().revision).max(most);
                }
                thread::sleep(Duration::from_millis(1));
            }
            most
        });
        write_at_the_rate(&followers, &answered);
        is_over.store(true, Ordering::SeqCst);
        watcher.join().unwrap()
    });
    eprintln!("the table was at most {lag} revisions behind what was answered");
    // What falls behind for good is further behind after four seconds.
    assert!(lag < RATE, "{lag} revisions behind");
    let last = followers[0].put("end", "1").unwrap();
    for follower in &followers {
        let status = follower.wait_for(last, LONG).unwrap();
        assert_eq!((status.lag_revisions(), status.resyncs, status.failed), (0, 0, 0));
    }
    // Each of them gave another state, so each revision is a version.
    let expected = history(&etcd, "/n/", first, last);
    assert_eq!(expected.len() as u64, last - first + 1);
    for recorder in recorders {
        let seen = recorder.end();
        // Before the first one there was nothing.
        assert_eq!(seen.len() - 1, expected.len());
        for (nth, (seen, expected)) in seen[1..].iter().zip(&expected).enumerate() {
            assert_eq!(seen, expected, "at {}", first + nth as u64);
        }
    }
}
