//! Writes, and what is said when they do not end well.

use crate::support::{Etcd, LONG, Map, Options, Proxy, is_there, numbers, shown, start, until};
use readmostly_etcd::WriteErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn a_write_is_read_after_it_was_waited_for() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    for n in 0..50 {
        let revision = follower.put("a", n.to_string()).unwrap();
        follower.wait_for(revision, LONG).unwrap();
        assert_eq!(follower.target().get("a"), Some(n));
    }
    let revision = follower.remove("a").unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert!(shown(&follower).is_empty());
    // There is nothing to be removed, and so no new revision.
    assert_eq!(follower.remove("a").unwrap(), revision);
}

#[test]
fn a_value_is_written_only_over_the_one_that_was_expected() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let first = follower.compare_put("a", 0, "1").unwrap();
    assert_eq!(follower.compare_put("a", 0, "2").unwrap_err().kind(), WriteErrorKind::Conflict);
    let stored = follower.get("a").unwrap().unwrap();
    assert_eq!((stored.revision, &*stored.value), (first, &b"1"[..]));
    follower.compare_put("a", first, "3").unwrap();
    let error = follower.transaction().expect("a", first).put("a", "4").remove("b").commit().unwrap_err();
    assert!(error.kind() == WriteErrorKind::Conflict && !error.may_have_happened());
    assert_eq!(follower.get("a").unwrap().unwrap().value, b"3");
    assert_eq!(follower.get("b").unwrap(), None);
}

#[test]
fn no_increment_of_many_writers_is_lost() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = Arc::new(start(numbers(&etcd.urls(), "/n/")));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    loop {
                        let stored = follower.get("count").unwrap();
                        let (count, revision) = stored.map_or((0, 0), |stored| {
                            (
                                String::from_utf8(stored.value).unwrap().parse::<u64>().unwrap(),
                                stored.revision,
                            )
                        });
                        match follower.compare_put("count", revision, (count + 1).to_string()) {
                            Ok(_) => break,
                            Err(error) => assert_eq!(error.kind(), WriteErrorKind::Conflict),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(follower.get("count").unwrap().unwrap().value, b"40");
}

#[test]
fn a_write_that_etcd_refuses_has_not_happened() {
    if !is_there() {
        return;
    }
    let etcd =
        Etcd::with(&Options { arguments: vec!["--max-txn-ops".into(), "4".into()], ..Options::default() });
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let twice = follower.transaction().put("a", "1").put("a", "2").commit().unwrap_err();
    assert_eq!(twice.kind(), WriteErrorKind::Refused, "{twice}");
    let many =
        (0..5).fold(follower.transaction(), |all, n| all.put(&n.to_string(), "1")).commit().unwrap_err();
    assert_eq!(many.kind(), WriteErrorKind::Refused, "{many}");
    let large = follower.put("a", vec![b'1'; 2 << 20]).unwrap_err();
    assert_eq!(large.kind(), WriteErrorKind::Refused, "{large}");
    assert_eq!(follower.get("a").unwrap(), None);
}

#[test]
fn a_write_that_cannot_be_sent_says_so_and_one_without_an_answer_may_have_happened() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/"));
    let before = follower.put("a", "1").unwrap();
    follower.wait_for(before, LONG).unwrap();

    // The answer is lost, and the write has happened.
    proxy.cut_answer_with("succeeded");
    let error = follower.put("a", "2").unwrap_err();
    assert!(error.kind() == WriteErrorKind::Unknown && error.may_have_happened(), "{error}");
    until("it has happened", || follower.target().get("a") == Some(2));

    // There is no answer in time. When the network is back it happens, or etcd has seen that nobody waits any more.
    proxy.stall(true);
    let error = follower.put("a", "3").unwrap_err();
    assert_eq!(error.kind(), WriteErrorKind::Unknown, "{error}");
    proxy.drop_all();
    proxy.stall(false);
    until("it is connected", || follower.put("a", "3").is_ok());
    until("it has happened", || follower.target().get("a") == Some(3));

    proxy.refuse(true);
    proxy.drop_all();
    until("the connections are gone", || !follower.status().connected);
    thread::sleep(Duration::from_millis(50));
    let error = follower.put("a", "4").unwrap_err();
    // The proxy takes the connection, and closes it: that may be seen before or after the request was written.
    assert_ne!(error.kind(), WriteErrorKind::Refused, "{error}");
    assert_eq!(etcd.state("/n/")["a"], 3);
    drop(proxy);

    etcd.kill();
    let follower = numbers(&etcd.urls(), "/n/").into::<Map>(Arc::default()).unwrap();
    let error = follower.put("a", "5").unwrap_err();
    assert!(error.kind() == WriteErrorKind::NotSent && !error.may_have_happened(), "{error}");
}

#[test]
fn a_write_goes_to_the_next_endpoint_where_one_is_down() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let endpoints = ["http://127.0.0.1:1".to_owned(), etcd.url(), "http://127.0.0.1:2".to_owned()];
    let follower = start(numbers(&endpoints, "/n/"));
    for n in 0..6 {
        follower.put("a", n.to_string()).unwrap();
    }
    assert_eq!(follower.get("a").unwrap().unwrap().value, b"5");
}
