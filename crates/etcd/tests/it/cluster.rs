//! Three nodes, of which one or two are away.

use crate::support::{Etcd, LONG, is_there, numbers, start, until, until_shown};
use readmostly_etcd::FailureKind;
use std::time::Duration;

#[test]
fn a_leader_that_is_killed_and_a_minority_that_is_left() {
    if !is_there() {
        return;
    }
    let cluster = Etcd::cluster(3);
    let endpoints: Vec<_> = cluster.iter().map(Etcd::url).collect();
    let follower = start(numbers(&endpoints, "/n/"));
    let put = |value: u64| {
        let mut tries = 0;
        // While there is no leader nothing is written, and it may not be known.
        while let Err(error) = follower.put("a", value.to_string()) {
            tries += 1;
            assert!(tries < 200, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    put(1);
    until_shown(&follower, "a", 1);

    let leader = cluster
        .iter()
        .position(|etcd| {
            let (_, said) = etcd.ctl(&["endpoint", "status", "-w", "simple"]);
            said.split(", ").nth(4) == Some("true")
        })
        .expect("a leader");
    cluster[leader].kill();
    put(2);
    until_shown(&follower, "a", 2);
    assert_eq!(follower.status().resyncs, 0);

    // Without a majority nothing is agreed on. The table stays, and the status says so.
    let second = (leader + 1) % 3;
    cluster[second].kill();
    until("it is noticed", || !follower.status().connected);
    let failure = follower.status().last_error.expect("a reason");
    let kinds = [FailureKind::Unreachable, FailureKind::Refused, FailureKind::Timeout];
    assert!(kinds.contains(&failure.kind), "{failure:?}");
    assert_eq!(follower.target().get("a"), Some(2));
    assert!(follower.wait_for(u64::MAX, Duration::from_millis(10)).is_err());

    cluster[leader].spawn();
    put(3);
    until_shown(&follower, "a", 3);
    let revision = follower.put("b", "4").expect("there is a majority");
    follower.wait_for(revision, LONG).expect("it is followed");
}
