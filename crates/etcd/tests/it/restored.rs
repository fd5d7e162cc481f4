//! Clusters that were set back, and what is no cluster any more.

use crate::support::{Etcd, LONG, is_there, numbers, shown, start, until, until_shown};
use readmostly_etcd::{FailureKind, Follower, WriteErrorKind};
use std::thread;
use std::time::Duration;

/// How often the status says that all is well, while it is looked at for some seconds.
fn good_looks(follower: &Follower<crate::support::Map>) -> usize {
    let look = |_| {
        thread::sleep(Duration::from_millis(5));
        usize::from(follower.status().is_good())
    };
    (0..600).map(look).sum()
}

#[test]
fn a_cluster_that_was_restored_and_went_on_is_listed_anew() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/old", "1");
    etcd.snapshot();
    etcd.put("/n/lost", "2");
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let seen = follower.put("lost", "3").unwrap();
    follower.wait_for(seen, LONG).unwrap();
    // It is past what was seen when the follower comes back, and is the same member of the same cluster.
    etcd.kill();
    until("it is noticed", || !follower.status().connected);
    etcd.restore();
    let mut last = 0;
    while last < seen + 5 {
        last = etcd.put("/n/new", &last.to_string());
    }
    until("it is listed anew", || shown(&follower) == etcd.state("/n/"));
    let status = follower.wait_for(last, LONG).unwrap();
    assert!(!status.connected || status.resyncs == 1, "{status:?}");
    until("it is told", || follower.status().is_good());
    let status = follower.status();
    assert_eq!((status.restores, status.resyncs), (1, 1));
    let text = status.prometheus("x").to_string();
    assert!(text.contains("\nx_etcd_restores_total 1\n"), "{text}");
    etcd.put("/n/new", "77");
    until_shown(&follower, "new", 77);
}

#[test]
fn a_removal_that_a_restore_has_undone_is_found() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "1");
    etcd.put("/n/b", "2");
    etcd.snapshot();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let seen = etcd.delete("/n/b");
    follower.wait_for(seen, LONG).unwrap();
    etcd.kill();
    until("it is noticed", || !follower.status().connected);
    etcd.restore();
    for n in 0..5 {
        etcd.put("/other", &n.to_string());
    }
    until_shown(&follower, "b", 2);
    assert_eq!(follower.status().restores, 1);
}

#[test]
fn a_removal_from_before_the_first_list_that_a_restore_has_undone_is_found() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    for name in ["a", "b", "c"] {
        etcd.put(&format!("/n/{name}"), "1");
    }
    etcd.snapshot();
    etcd.delete("/n/b");
    // All that is known of the removal is that there are two keys. A silence that is long asks nothing else.
    let follower = start(numbers(&etcd.urls(), "/n/").silence(LONG));
    until("it follows", || follower.status().connected);
    etcd.kill();
    until("it is noticed", || !follower.status().connected);
    etcd.restore();
    etcd.put("/other", "1");
    until("it follows again", || follower.status().connected);
    assert_eq!((follower.status().restores, shown(&follower)), (1, etcd.state("/n/")));
}

#[test]
fn a_cluster_without_its_data_is_refused_until_it_is_past_what_was_seen() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    for n in 0..10 {
        etcd.put(&format!("/n/old{n}"), "1");
    }
    let follower = start(numbers(&etcd.urls(), "/n/"));
    etcd.kill();
    until("it is noticed", || !follower.status().connected);
    etcd.wipe();
    until("it is refused", || {
        follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::OtherCluster)
    });
    assert_eq!(good_looks(&follower), 0);
    assert_eq!((follower.target().len(), follower.status().connected), (10, false));
    // What is written there is told to be nowhere that is followed.
    let error = follower.put("a", "1").unwrap_err();
    assert!(error.kind() == WriteErrorKind::OtherCluster && error.may_have_happened(), "{error}");
    assert_eq!(follower.get("a").unwrap_err().kind, FailureKind::OtherCluster);
    for n in 0..20 {
        etcd.put(&format!("/n/new{n}"), "2");
    }
    until("it is listed anew", || shown(&follower) == etcd.state("/n/"));
    assert_eq!(follower.status().restores, 1);
}

#[test]
fn without_a_majority_the_status_is_never_good() {
    if !is_there() {
        return;
    }
    let all = Etcd::cluster(3);
    let follower = start(numbers(&all[..1].iter().map(Etcd::url).collect::<Vec<_>>(), "/n/"));
    until("it is good", || follower.status().is_good());
    all[1].kill();
    all[2].kill();
    until("it is noticed", || !follower.status().connected);
    let since = follower.status().since;
    assert_eq!(good_looks(&follower), 0);
    let status = follower.status();
    // It has been so from the beginning.
    assert!(status.since == since && status.last_error.is_some(), "{status:?}");
    all[1].spawn();
    until("it is good again", || follower.status().is_good());
}

#[test]
fn a_write_to_another_cluster_is_told() {
    if !is_there() {
        return;
    }
    let (first, second) = (Etcd::start(), Etcd::with(&crate::support::Options::default()));
    first.put("/n/a", "1");
    second.put("/n/b", "2");
    let follower = start(numbers(&[first.url(), second.url()], "/n/"));
    let (mut right, mut wrong) = (0, 0);
    for n in 0..6_u64 {
        match follower.put("w", n.to_string()) {
            Ok(revision) => {
                follower.wait_for(revision, LONG).unwrap();
                assert_eq!(follower.target().get("w"), Some(n));
                right += 1;
            }
            Err(error) => {
                assert!(error.kind() == WriteErrorKind::OtherCluster && error.may_have_happened(), "{error}");
                wrong += 1;
            }
        }
    }
    assert_eq!((right, wrong), (3, 3));
    // A read goes on to the right one.
    for _ in 0..2 {
        assert_eq!(
            follower.get("w").unwrap().unwrap().value,
            follower.target().get("w").unwrap().to_string().into_bytes()
        );
    }
}
