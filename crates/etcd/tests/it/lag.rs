//! How old the table is, and that nobody else waits where it is late.

use crate::support::{
    Etcd, LONG, Map, Proxy, decoded, is_there, metric, name, number, numbers, start, until,
};
use readmostly_etcd::Follow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A writer ends, also where a test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_decoder_that_is_too_slow_is_seen_in_the_lag() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let is_slow = Arc::new(AtomicBool::new(true));
    let of_decoder = Arc::clone(&is_slow);
    let follower = Follow::prefix(etcd.urls(), "/n/")
        .decode(name, move |_, value| {
            if of_decoder.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(20));
            }
            number(value)
        })
        .silence(Duration::from_millis(300))
        .check_every(None)
        .into::<Map>(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    let writer = numbers(&etcd.urls(), "/n/").into::<Map>(Arc::default()).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let stopping = Stop(&stop);
        let written = scope.spawn(|| {
            let mut last = 0;
            for n in 0_u64.. {
                last = writer.put("a", n.to_string()).unwrap();
                if stop.load(Ordering::SeqCst) {
                    break;
                }
            }
            last
        });
        // It grows without an end, while lines come all the time.
        until("the lag is seen", || {
            let status = follower.status();
            metric(&status, "lag_revisions") > 200.0 && metric(&status, "lag_seconds") > 3.0
        });
        assert!(follower.status().is_good());
        // Writes have their turn.
        assert!(follower.put("b", "1").is_ok());
        drop(stopping);
        is_slow.store(false, Ordering::SeqCst);
        let last = written.join().unwrap();
        follower.wait_for(last, LONG).unwrap();
        until("it is over", || {
            let status = follower.status();
            status.lag_revisions() == 0 && status.lag().is_some_and(|lag| lag < Duration::from_secs(1))
        });
    });
}

#[test]
fn a_check_while_others_write_repairs_nothing() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let builder = decoded(Follow::prefix(etcd.urls(), "/n/")).check_every(Duration::from_millis(100));
    let follower = start(builder);
    let writer = start(numbers(&etcd.urls(), "/n/"));
    let mut n = 0_u64;
    while follower.status().checks < 20 {
        n += 1;
        writer.put(&format!("{}", n % 50), n.to_string()).unwrap();
    }
    assert_eq!(follower.status().repaired, 0);
    follower.target().insert("mine".to_owned(), 1);
    until("it is repaired", || follower.status().repaired == 1);
    assert!(!follower.target().contains_key("mine"));
}

#[test]
fn large_values_come_over_a_slow_network() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let length = |_: &String, value: &[u8]| Ok::<_, String>(value.len() as u64);
    let builder = || Follow::prefix(etcd.urls(), "/w/").decode(name, length);
    let writer = builder().into::<Map>(Arc::default()).unwrap();
    let value = vec![b'x'; 100 << 10];
    for n in 0..200 {
        writer.put(&format!("{n:04}"), &value).unwrap();
    }
    drop(writer);
    let proxy = Proxy::new(etcd.port());
    // A first page of all keys would take far more than the timeout, and so does one of a few megabytes: its parts come.
    proxy.slow_down(4_000_000);
    let follower = Follow::prefix(proxy.urls(), "/w/")
        .decode(name, length)
        .timeout(Duration::from_secs(1))
        .into::<Map>(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    assert_eq!((follower.target().len(), follower.status().failed), (200, 0));
}
