//! Names and passwords.

use crate::support::{
    Etcd, LONG, Map, Numbers, Options, Proxy, is_there, numbers, start, until, until_shown,
};
use readmostly_etcd::{FailureKind, WriteErrorKind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// One in which `ann` may read and write `/n/`, and nothing else.
fn locked() -> Etcd {
    // Tokens end soon.
    let arguments = ["--auth-token-ttl", "2"].map(String::from).to_vec();
    let etcd = Etcd::with(&Options { arguments, ..Options::default() });
    for command in [
        &["user", "add", "root:toor"][..],
        &["user", "grant-role", "root", "root"],
        &["role", "add", "numbers"],
        &["role", "grant-permission", "numbers", "--prefix=true", "readwrite", "/n/"],
        &["user", "add", "ann:secret"],
        &["user", "grant-role", "ann", "numbers"],
        &["auth", "enable"],
    ] {
        let (is_good, said) = etcd.ctl(command);
        // The role of the root is there in some versions.
        assert!(is_good || said.contains("already"), "{command:?}: {said}");
    }
    etcd
}

fn put(etcd: &Etcd, key: &str, value: &str) {
    etcd.run(&["--user", "root:toor", "put", key, value]);
}

#[test]
fn a_login_is_made_and_made_again_when_its_token_is_refused() {
    if !is_there() {
        return;
    }
    let etcd = locked();
    put(&etcd, "/n/a", "1");
    let follower = start(numbers(&etcd.urls(), "/n/").login("ann", "secret"));
    assert_eq!(follower.target().get("a"), Some(1));
    put(&etcd, "/n/a", "2");
    until_shown(&follower, "a", 2);
    let revision = follower.put("b", "3").unwrap();
    follower.wait_for(revision, LONG).unwrap();

    // A restart forgets the tokens.
    etcd.kill();
    etcd.spawn();
    until("it writes again", || follower.put("b", "4").is_ok());
    until_shown(&follower, "b", 4);

    // So does a change of the password, to the same one. The next write is the first that can know of it.
    etcd.run_with("secret\n", &["--user", "root:toor", "user", "passwd", "ann", "--interactive=false"]);
    follower.put("b", "5").expect("it is written with a new token");
    until_shown(&follower, "b", 5);
    assert!(!format!("{follower:?}").contains("secret"));
}

/// Its watch was opened with the old token for ever, and each was ended at once. Only a write got another token.
#[test]
fn a_follower_that_writes_nothing_has_another_token_after_an_outage() {
    if !is_there() {
        return;
    }
    let etcd = locked();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/").login("ann", "secret"));
    for (n, restarts) in [(1, false), (2, true)] {
        proxy.refuse(true);
        proxy.drop_all();
        until("it is noticed", || !follower.status().connected);
        if restarts {
            etcd.kill();
            etcd.spawn();
        } else {
            // The token has ended by then.
            thread::sleep(Duration::from_secs(4));
        }
        put(&etcd, "/n/a", &n.to_string());
        proxy.refuse(false);
        until_shown(&follower, "a", n);
        until("it is good", || follower.status().is_good());
    }
}

#[test]
fn what_is_not_permitted_is_told() {
    if !is_there() {
        return;
    }
    let etcd = locked();
    let forbidden = |builder: Numbers| {
        let follower = builder.into::<Map>(Arc::default()).unwrap();
        until("it is told", || {
            follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::Forbidden)
        });
        assert!(follower.ready(Duration::ZERO).is_err());
        let error = follower.put("a", "1").unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::Refused), "{error}");
        assert!(!error.to_string().contains("wrong password"), "{error}");
    };
    forbidden(numbers(&etcd.urls(), "/n/").login("ann", "wrong password"));
    forbidden(numbers(&etcd.urls(), "/other/").login("ann", "secret"));
}
