//! A cable that is pulled out: no connection ends, so that only time tells.

use crate::support::{Etcd, LONG, Network, Options, is_there, numbers, shown, start, until, until_shown};
use readmostly_etcd::{FailureKind, WriteErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// It is not required in CI: network namespaces take root, which a CI's user often is not. There, `faults.rs` has a proxy that passes
/// nothing on.
#[test]
fn a_cable_that_is_pulled_out_is_noticed_and_nothing_is_missing_when_it_is_in() {
    if !is_there() {
        return;
    }
    let Some(network) = Network::new().map(Arc::new) else { return };
    let etcd = Etcd::with(&Options { network: Some(Arc::clone(&network)), ..Options::default() });
    let urls = [network.url(etcd.port())];
    let follower = start(numbers(&urls, "/n/").timeout(Duration::from_millis(500)));
    // One that does not notice. TCP sends again what was lost.
    let patient = start(numbers(&urls, "/n/").timeout(LONG).silence(LONG));
    follower.wait_for(follower.put("a", "1").unwrap(), LONG).unwrap();
    until_shown(&patient, "a", 1);

    for n in 2..4_u64 {
        let before = follower.status();
        network.cut(true);
        // It goes over a connection that works, as far as anybody knows; unless this thread was so late that all know better.
        let error = follower.put("b", n.to_string()).unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::Unknown | WriteErrorKind::NotSent), "{error}");
        etcd.put("/n/a", &n.to_string());
        until("it is noticed", || !follower.status().connected);
        let status = follower.status();
        // No connection was refused or reset. Later the system says that it has no way there.
        let failure = status.last_error.as_ref().expect("a reason");
        assert!(matches!(failure.kind, FailureKind::Timeout | FailureKind::Unreachable), "{status:?}");
        assert!(!failure.reason.contains("reset") && !failure.reason.contains("refused"), "{status:?}");
        assert!(status.since > before.since && patient.status().connected);
        for follower in [&follower, &patient] {
            assert_eq!(follower.target().get("a"), Some(n - 1));
        }
        network.cut(false);
        until_shown(&follower, "a", n);
        until("it is good", || follower.status().is_good());
        until_shown(&patient, "a", n);
        // The write may have come through after all, when TCP has sent it again.
        follower.wait_for(follower.put("b", "9").unwrap(), LONG).unwrap();
        until("both show what etcd has", || {
            shown(&follower) == etcd.state("/n/") && shown(&patient) == etcd.state("/n/")
        });
    }
    let status = follower.status();
    assert!(status.failed >= 2 && status.resyncs == 0, "{status:?}");
    let status = patient.status();
    assert_eq!((status.failed, status.resyncs), (0, 0));
}
