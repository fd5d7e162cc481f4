//! Names and passwords.

use crate::support::{
    Etcd, Gateway, LONG, Map, Numbers, Options, Proxy, created, head, is_there, kv, numbers, start, until,
    until_shown,
};
use readmostly_etcd::{FailureKind, Follower, WriteErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

fn is_forbidden(follower: &Follower<Map>) -> bool {
    follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::Forbidden)
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
fn writers_whose_token_has_ended_log_in_once() {
    let logins = Arc::new(AtomicUsize::new(0));
    let of_gateway = Arc::clone(&logins);
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/auth/authenticate" => {
            let nth = of_gateway.fetch_add(1, Ordering::SeqCst);
            // It hashes the password.
            thread::sleep(Duration::from_millis(100));
            request.json(&format!(r#"{{"token":"t{nth}"}}"#))
        }
        "/v3/kv/range" => request.range(10, &[]),
        "/v3/watch" => request.watch(&[created(10)]),
        // The first token has ended.
        _ if of_gateway.load(Ordering::SeqCst) == 1 => {
            request.answer("401 Unauthorized", r#"{"error":"etcdserver: invalid auth token","code":16}"#)
        }
        _ => request.json(&format!("{{{},\"succeeded\":true}}", head(11))),
    });
    let follower = start(numbers(&gateway.urls(), "/n/").silence(LONG).login("root", "p"));
    until("it follows", || follower.status().is_good());
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| assert_eq!(follower.put("a", "1"), Ok(11)));
        }
    });
    assert_eq!(logins.load(Ordering::SeqCst), 2);
}

/// etcd 3.5 and later say it in other words than 3.4, with a code that much else has.
#[test]
fn a_token_that_has_ended_is_renewed_whatever_the_words_are() {
    for (code, text) in [
        (16, "etcdserver: invalid auth token"),
        (3, "etcdserver: revision of auth store is old"),
        (2, "auth: revision in header is old"),
    ] {
        let refusal = format!(r#"{{"error":"{text}","message":"{text}","code":{code}}}"#);
        let (logins, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (of_gateway, now) = (Arc::clone(&logins), Arc::clone(&ended));
        let compacted =
            format!("{{\"result\":{{{},\"canceled\":true,\"compact_revision\":\"9\"}}}}\n", head(10));
        let says = refusal.clone();
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/auth/authenticate" => {
                let nth = of_gateway.fetch_add(1, Ordering::SeqCst);
                request.json(&format!(r#"{{"token":"t{nth}"}}"#))
            }
            // As many as were given out have ended.
            _ if of_gateway.load(Ordering::SeqCst) == now.load(Ordering::SeqCst) => {
                request.answer("400 Bad Request", &says)
            }
            "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
            "/v3/watch" => {
                request.begin();
                request.part(&created(10));
                while now.load(Ordering::SeqCst) < 2 {
                    thread::sleep(Duration::from_millis(5));
                }
                // The third token is for the list.
                if of_gateway.load(Ordering::SeqCst) == 2 { request.part(&compacted) } else { request.hang() }
            }
            _ => request.json(&format!("{{{},\"succeeded\":true}}", head(10))),
        });
        let follower = start(numbers(&gateway.urls(), "/n/").silence(LONG).login("ann", "secret"));
        until("it follows", || follower.status().is_good());
        ended.store(1, Ordering::SeqCst);
        assert_eq!(follower.put("a", "1"), Ok(10), "{text}");
        ended.store(2, Ordering::SeqCst);
        until("all is listed", || follower.status().resyncs == 1 && follower.status().is_good());
        assert_eq!((logins.load(Ordering::SeqCst), follower.status().failed), (3, 1), "{text}");

        // Where each new one is refused, it is told as what it is.
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/auth/authenticate" => request.json(r#"{"token":"t"}"#),
            _ => request.answer("400 Bad Request", &refusal),
        });
        let follower =
            numbers(&gateway.urls(), "/n/").login("ann", "secret").into::<Map>(Arc::default()).unwrap();
        until("it is told", || is_forbidden(&follower));
        assert_eq!(follower.put("a", "1").unwrap_err().kind(), WriteErrorKind::Refused, "{text}");
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
        until("it is told", || is_forbidden(&follower));
        assert!(follower.ready(Duration::ZERO).is_err());
        let error = follower.put("a", "1").unwrap_err();
        assert!(matches!(error.kind(), WriteErrorKind::Refused), "{error}");
        assert!(!error.to_string().contains("wrong password"), "{error}");
    };
    forbidden(numbers(&etcd.urls(), "/n/").login("ann", "wrong password"));
    forbidden(numbers(&etcd.urls(), "/other/").login("ann", "secret"));
}
