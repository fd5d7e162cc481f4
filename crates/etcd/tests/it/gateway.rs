//! Answers that no etcd gives, or that it gives seldom: a gateway says what a test says.

use crate::support::{
    Gateway, LONG, Map, Request, created, event, events, head, kv, list, name, number, numbers, shown, start,
    until, until_shown,
};
use readmostly_etcd::{FailureKind, Follow, Follower, WriteErrorKind};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

fn begun(urls: &[String]) -> Follower<Map> {
    numbers(urls, "/n/").into(Arc::default()).unwrap()
}

fn failure_is(follower: &Follower<Map>, kind: FailureKind) -> bool {
    follower.status().last_error.is_some_and(|failure| failure.kind == kind)
}

#[test]
fn a_watch_that_is_compacted_each_time_is_not_listed_for_without_a_pause() {
    let gateway = Gateway::new(|request| match request.path {
        "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
        _ => request.watch(&[
            created(10),
            format!("{{\"result\":{{{},\"canceled\":true,\"compact_revision\":\"99\"}}}}\n", head(10)),
        ]),
    });
    let follower = numbers(&gateway.urls(), "/n/")
        .longest_pause(Duration::from_secs(10))
        .into::<Map>(Arc::default())
        .unwrap();
    until("it is told", || failure_is(&follower, FailureKind::Compacted) && follower.status().resyncs >= 2);
    thread::sleep(Duration::from_secs(2));
    // Pauses that double: some ten tries in two seconds, and not a thousand.
    assert!(gateway.watches() < 60, "{} watches", gateway.watches());
}

#[test]
fn a_write_whose_answer_is_none_of_etcds_may_have_happened() {
    for body in ["{}", r#"{"ok":1}"#, "[]", "null", "<html>", r#"{"error":"boom","code":14}"#] {
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/kv/txn" => request.json(body),
            "/v3/watch" => request.watch(&[created(10)]),
            _ if request.has("L24vYQ==") => request.json(body),
            _ => request.range(10, &[]),
        });
        let follower = start(numbers(&gateway.urls(), "/n/"));
        for error in [follower.put("a", "1").unwrap_err(), follower.remove("a").unwrap_err()] {
            assert!(error.kind() == WriteErrorKind::Unknown && error.may_have_happened(), "{body}: {error}");
        }
        assert_eq!(follower.get("a").unwrap_err().kind, FailureKind::Malformed, "{body}");
    }
}

#[test]
fn a_write_that_uses_the_space_up_may_have_happened() {
    let full = r#"{"error":"etcdserver: mvcc: database space exceeded","code":8}"#;
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/kv/txn" => request.answer("429 Too Many Requests", full),
        "/v3/watch" => request.watch(&[created(10)]),
        _ => request.range(10, &[]),
    });
    let error = start(numbers(&gateway.urls(), "/n/")).put("a", "1").unwrap_err();
    assert!(error.kind() == WriteErrorKind::Unknown && error.may_have_happened(), "{error}");
}

#[test]
fn a_page_of_a_balancers_is_no_reason_to_list() {
    let is_away = Arc::new(AtomicUsize::new(0));
    let of_gateway = Arc::clone(&is_away);
    let gateway = Gateway::new(move |request| {
        let is_away = || of_gateway.load(Ordering::SeqCst);
        match (is_away(), request.path) {
            (1, _) => request.answer("503 Service Unavailable", "<html>no backend</html>"),
            (2, _) => request.answer("200 OK", "<html>soon again</html>\n"),
            (_, "/v3/kv/range") => request.range(9, &[kv("/n/a", "1", 5)]),
            _ => {
                request.begin();
                request.part(&created(9));
                while is_away() == 0 {
                    thread::sleep(Duration::from_millis(5));
                }
                false
            }
        }
    });
    let follower = start(numbers(&gateway.urls(), "/n/"));
    for kind in [1, 2] {
        until("it follows", || follower.status().connected);
        let failed = follower.status().failed;
        is_away.store(kind, Ordering::SeqCst);
        until("it is told", || {
            follower.status().failed > failed + 2 && failure_is(&follower, FailureKind::Malformed)
        });
        is_away.store(0, Ordering::SeqCst);
    }
    until("it follows", || follower.status().is_good());
    assert_eq!(follower.status().resyncs, 0);
}

#[test]
fn a_refusal_without_a_message_says_what_there_is() {
    let says = r#"{"error":"etcdserver: permission denied","code":7}"#;
    let gateway = Gateway::new(move |request| request.answer("403 Forbidden", says));
    let follower = begun(&gateway.urls());
    until("it is told", || failure_is(&follower, FailureKind::Forbidden));
    assert_eq!(follower.status().last_error.unwrap().reason, "etcdserver: permission denied");
}

#[test]
fn nothing_of_an_answer_is_shown() {
    for body in [
        r#"{"header":{"cluster_id":"topsecret"}}"#,
        r#"{"header":{"cluster_id":"7","revision":"10"},"kvs":"topsecret"}"#,
        r#"{"header":{"cluster_id":"7","revision":"10"},"kvs":[{"key":"topsecret!"}]}"#,
    ] {
        let gateway = Gateway::new(move |request| request.json(body));
        let follower = begun(&gateway.urls());
        until("it is told", || failure_is(&follower, FailureKind::Malformed));
        assert!(!format!("{follower:?}").contains("topsecret"), "{follower:?}");
    }
    let gateway = Gateway::calm(10, vec![kv("/n/a", "topsecret", 5)]);
    let follower = begun(&gateway.urls());
    follower.ready(LONG).unwrap();
    let transaction = follower.transaction().put("a", "topsecret").expect("a", 3);
    assert_eq!(format!("{transaction:?}"), "Transaction { expected: 1, writes: 1, .. }");
    let stored = follower.get("a").unwrap().unwrap();
    assert_eq!(
        (&*stored.value, &*format!("{stored:?}")),
        (&b"topsecret"[..], "Stored { bytes: 9, revision: 5 }")
    );
}

#[test]
fn a_panic_shows_nothing_of_a_value() {
    let secret = "p\u{e4}ssword";
    let gateway = Gateway::calm(10, vec![kv("/n/a", secret, 5), kv("/n/b", "2", 5)]);
    let follower = Follow::prefix(gateway.urls(), "/n/")
        .decode(name, |name, value| {
            let text = std::str::from_utf8(value).map_err(|_| "not UTF-8")?;
            assert!(name != "b", "there is no b");
            // Within a character.
            Ok::<_, &str>(text[2..].len() as u64)
        })
        .into::<Map>(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    let rejected = follower.status().rejected;
    let reasons: Vec<_> = rejected.iter().map(|rejected| &*rejected.reason).collect();
    assert_eq!(
        reasons,
        [
            "a panic in the decoder: its text may show a value: it is on standard error",
            "a panic in the decoder: there is no b"
        ]
    );
}

#[test]
fn a_key_that_is_refused_is_shown_on_one_line() {
    let gateway = Gateway::calm(10, vec![kv("/n/it's\n\u{1b}[2J\u{2028}\u{202e}\u{e9}", "x", 5)]);
    let follower = Follow::prefix(gateway.urls(), "/n/")
        .decode(name, |_, value| Err::<u64, _>(format!("{}\nis 'not' a number", value[0])));
    let follower = start(follower);
    let rejected = follower.status().rejected;
    let shown = "it's\\n\\u{1b}[2J\\u{2028}\\u{202e}\u{e9}: 120\\nis 'not' a number (revision 5)";
    assert_eq!(rejected[0].to_string(), shown);
}

#[test]
fn nobody_is_asked_for_a_revision_that_nobody_waits_for_any_more() {
    let gateway = Gateway::calm(10, Vec::new());
    let follower = start(numbers(&gateway.urls(), "/n/"));
    assert!(follower.wait_for(1_000, Duration::from_millis(400)).is_err());
    assert!(gateway.asks() > 0);
    // One may be under way.
    thread::sleep(Duration::from_millis(300));
    let before = gateway.asks();
    thread::sleep(Duration::from_secs(1));
    assert_eq!(gateway.asks(), before);
}

#[test]
fn a_watch_that_brings_nothing_is_left_for_another_endpoint() {
    // Both have a newer value. The first one's watches do not bring it.
    let of = |brings: bool| {
        Gateway::new(move |request| match request.path {
            "/v3/watch" if brings => request.watch(&[created(11), events(11, &[event("/n/a", "2", 11)])]),
            "/v3/watch" => request.watch(&[created(11)]),
            _ if request.is_ask() => request.json(&list(11, &[kv("/n/a", "2", 11)])),
            _ if request.is_probe() => request.json(&list(11, &[])),
            // It is listed before the newer one is there.
            _ if request.has("\"revision\"") => request.range(11, &[kv("/n/a", "1", 5)]),
            _ => request.range(10, &[kv("/n/a", "1", 5)]),
        })
    };
    let (dead, good) = (of(false), of(true));
    let follower = begun(&[dead.url(), good.url()]);
    until_shown(&follower, "a", 2);
    // Where there is no other, what it would bring is listed.
    let newer = Arc::new(AtomicUsize::new(0));
    let of_gateway = Arc::clone(&newer);
    let alone = Gateway::new(move |request| {
        let is_newer = of_gateway.load(Ordering::SeqCst) > 0;
        match (request.path, is_newer) {
            ("/v3/watch", _) => request.watch(&[created(10)]),
            (_, false) => request.range(10, &[kv("/n/a", "1", 5)]),
            _ if request.is_ask() => request.json(&list(11, &[kv("/n/a", "2", 11)])),
            // What is known is asked for by its revision.
            _ if request.has("\"revision\":10") => request.range(11, &[kv("/n/a", "1", 5)]),
            _ => request.range(11, &[kv("/n/a", "2", 11)]),
        }
    });
    let follower = start(numbers(&alone.urls(), "/n/"));
    newer.store(1, Ordering::SeqCst);
    until_shown(&follower, "a", 2);
    until("it is counted", || follower.status().resyncs > 0);
}

#[test]
fn members_that_hang_are_not_waited_for_at_each_new_watch() {
    let hung = || Gateway::new(|request| request.begin() && request.hang());
    let good = Gateway::new(|request| {
        if request.path == "/v3/kv/range" {
            return request.range(10, &[kv("/n/a", "1", 5)]);
        }
        request.begin();
        request.part(&created(10));
        // It ends soon.
        thread::sleep(Duration::from_millis(50));
        false
    });
    let (first, second) = (hung(), hung());
    let _follower = start(numbers(&[first.url(), good.url(), second.url()], "/n/"));
    until("many were made", || good.watches() >= 8);
    for hung in [first, second] {
        let asked = hung.ranges() + hung.watches();
        assert!(asked < 4, "{asked} questions");
    }
}

/// A part of a transaction made each watch look as if it worked. So it was made anew for ever, and nobody was told.
#[test]
fn a_transaction_that_never_ends_leads_to_a_list() {
    let part =
        events(11, &[event("/n/b", "1", 11)]).replacen("\"events\"", "\"fragment\":true,\"events\"", 1);
    let lists = AtomicUsize::new(0);
    let first = [kv("/n/a", "1", 5)];
    let both = [first[0].clone(), kv("/n/b", "1", 11)];
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/watch" => request.watch(&[created(11), part.clone()]),
        _ if request.is_ask() => {
            request.json(&format!(r#"{{{},"kvs":[{}],"count":"2"}}"#, head(11), both[1]))
        }
        _ if request.has("\"revision\":") || request.is_probe() => request.range(11, &first),
        _ if lists.fetch_add(1, Ordering::SeqCst) > 0 => request.range(11, &both),
        _ => request.range(10, &first),
    });
    let follower =
        start(numbers(&gateway.urls(), "/n/").silence(Duration::from_millis(300)).check_every(None));
    until("all is listed", || follower.target().len() == 2);
    assert!(follower.status().failed > 0 && gateway.watches() < 8, "{:?}", follower.status());
}

#[test]
fn who_quotes_the_words_for_an_old_token_has_not_refused_the_write() {
    let puts = Arc::new(AtomicUsize::new(0));
    let sent = Arc::clone(&puts);
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/auth/authenticate" => request.json(r#"{"token":"t"}"#),
        "/v3/watch" => request.watch(&[created(10)]),
        "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
        _ => {
            sent.fetch_add(1, Ordering::SeqCst);
            let says =
                r#"{"message":"transport is closing; the peer said: code = Unauthenticated","code":14}"#;
            request.answer("503 Service Unavailable", says)
        }
    });
    let follower = start(numbers(&gateway.urls(), "/n/").login("ann", "secret"));
    let error = follower.put("b", "1").unwrap_err();
    assert_eq!((error.kind(), puts.load(Ordering::SeqCst)), (WriteErrorKind::Unknown, 1), "{error}");
}

#[test]
fn connections_that_are_dead_without_telling_are_left_together() {
    // Those of the first generation answer nothing any more.
    let (generation, first) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(usize::MAX)));
    let (now, newest) = (Arc::clone(&generation), Arc::clone(&first));
    let gateway = Gateway::new(move |request| {
        let is_dead = now.load(Ordering::SeqCst) > 0 && request.connection < newest.load(Ordering::SeqCst);
        match request.path {
            _ if is_dead => request.hang(),
            "/v3/kv/range" => request.range(10, &[]),
            "/v3/watch" => request.watch(&[created(10)]),
            _ => {
                thread::sleep(Duration::from_millis(200));
                request.json(&format!("{{{},\"succeeded\":true}}", head(10)))
            }
        }
    });
    let follower = Arc::new(start(numbers(&gateway.urls(), "/n/").silence(LONG)));
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| follower.put("a", "1").unwrap());
        }
    });
    first.store(gateway.connections(), Ordering::SeqCst);
    generation.store(1, Ordering::SeqCst);
    let lost = (0..8).filter(|_| follower.put("a", "1").is_err()).count();
    assert_eq!(lost, 1);
}

#[test]
fn a_watch_has_a_connection_of_its_own() {
    let (others, shared) = (Mutex::new(BTreeSet::new()), Arc::new(AtomicUsize::new(0)));
    let of_gateway = Arc::clone(&shared);
    let gateway = Gateway::new(move |request| {
        if request.path == "/v3/watch" {
            let is_shared = others.lock().unwrap().contains(&request.connection);
            of_gateway.fetch_add(usize::from(is_shared), Ordering::SeqCst);
            // It ends soon.
            request.begin();
            request.part(&created(10));
            thread::sleep(Duration::from_millis(20));
            return false;
        }
        others.lock().unwrap().insert(request.connection);
        request.range(10, &[])
    });
    let _follower = start(numbers(&gateway.urls(), "/n/"));
    until("it was made some times", || gateway.watches() > 5);
    assert_eq!(shared.load(Ordering::SeqCst), 0);
}

#[test]
fn a_write_has_its_turn_while_lines_are_always_there() {
    let lines: Vec<_> = (11..1_011).map(|n| events(n, &[event("/n/a", &n.to_string(), n)])).collect();
    let lines = lines.concat();
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/kv/range" => request.range(10, &[]),
        // All at once.
        "/v3/watch" => request.watch(&[created(10), lines.clone()]),
        _ => request.json(&format!("{{{},\"succeeded\":true}}", head(2_000))),
    });
    let follower = Follow::prefix(gateway.urls(), "/n/")
        .decode(name, |_, value| {
            thread::sleep(Duration::from_millis(5));
            number(value)
        })
        .into::<Map>(Arc::default())
        .unwrap();
    until("the lines are there", || follower.target().contains_key("a"));
    let before = follower.status().revision;
    assert_eq!(follower.put("b", "1"), Ok(2_000));
    // A line for each of its steps, and not all that came together.
    let meanwhile = follower.status().revision - before;
    assert!(meanwhile < 100, "{meanwhile} lines");
}

#[test]
fn times_that_are_too_short_or_too_long_are_neither() {
    let gateway = Gateway::calm(10, Vec::new());
    let longest = Duration::MAX;
    let follower = start(
        numbers(&gateway.urls(), "/n/")
            .silence(longest)
            .timeout(longest)
            .longest_pause(longest)
            .check_every(longest),
    );
    until("it follows", || follower.status().is_good());
    let checked = Gateway::calm(10, Vec::new());
    let _checked = start(numbers(&checked.urls(), "/n/").check_every(Duration::ZERO));
    let refusing = Gateway::new(|request| request.answer("500 Internal Server Error", "x"));
    let _refused =
        numbers(&refusing.urls(), "/n/").longest_pause(Duration::ZERO).into::<Map>(Arc::default()).unwrap();
    thread::sleep(Duration::from_secs(1));
    assert_eq!((follower.status().failed, follower.status().resyncs), (0, 0));
    assert!(checked.ranges() < 40 && refusing.ranges() < 100, "{} {}", checked.ranges(), refusing.ranges());
}

#[test]
fn reads_and_logins_go_on_to_the_next_endpoint() {
    let none = || {
        Gateway::new(|request| {
            request.answer("503 Service Unavailable", r#"{"error":"etcdserver: no leader","code":14}"#)
        })
    };
    let good = Gateway::new(|request| match request.path {
        "/v3/auth/authenticate" => request.json(r#"{"token":"t"}"#),
        "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
        "/v3/watch" => request.watch(&[created(10)]),
        _ => request.json(&format!("{{{},\"succeeded\":true}}", head(11))),
    });
    let endpoints = [none().url(), good.url(), none().url()];
    let follower = begun(&endpoints);
    for _ in 0..3 {
        assert_eq!(follower.get("a").unwrap().unwrap().value, b"1");
    }
    for _ in 0..5 {
        // Where no token is there yet.
        let follower = numbers(&endpoints, "/n/").login("root", "p").into::<Map>(Arc::default()).unwrap();
        assert_eq!(follower.put("a", "1"), Ok(11));
    }
}

#[test]
fn what_is_outside_of_the_prefix_or_cannot_be_is_not_taken() {
    let lists = [
        list(10, &[kv("/n/a", "1", 5), kv("/zzz/secret", "2", 6)]),
        list(10, &[kv("/n/a", "1", 5)]).replace("\"count\":\"1\"", "\"count\":\"3\""),
        list(10, &[kv("/n/a", "1", 5)]).replace("\"count\":\"1\"", "\"more\":true,\"count\":\"1\""),
        list(u64::MAX, &[]),
    ];
    for body in lists {
        let gateway = Gateway::new(move |request| request.json(&body));
        let follower = begun(&gateway.urls());
        until("it is refused", || failure_is(&follower, FailureKind::Malformed));
        assert_eq!(follower.status().revision, 0);
    }
    let watches = [
        events(11, &[event("/a/b", "2", 11)]),
        events(11, &[event("/n/b", "2", 99)]),
        events(1 << 62, &[]),
        created(10).replace(
            "\"created\":true",
            &format!("\"created\":true,\"events\":[{}]", event("/n/b", "2", 11)),
        ),
    ];
    for line in watches {
        let made = AtomicUsize::new(0);
        let gateway = Gateway::new(move |request| match request.path {
            "/v3/kv/range" => request.range(10, &[kv("/n/a", "1", 5)]),
            // Once it is wrong.
            _ if made.fetch_add(1, Ordering::SeqCst) == 0 => request.watch(&[created(10), line.clone()]),
            _ => request.watch(&[created(10)]),
        });
        let follower = start(numbers(&gateway.urls(), "/n/"));
        until("it was refused, and goes on", || {
            let status = follower.status();
            status.failed > 0 && status.is_good() && status.revision == 10
        });
        assert_eq!(shown(&follower).into_iter().collect::<Vec<_>>(), [("a".to_owned(), 1)]);
    }
}

#[test]
fn an_answer_that_drips_is_not_waited_for_twice() {
    let drips = |request: &mut Request<'_>| {
        thread::sleep(Duration::from_millis(1_500));
        request.begin();
        for part in [&format!("{{{},\"succeeded\":true}}", head(10))[..], ""] {
            thread::sleep(Duration::from_millis(500));
            request.part(part);
        }
        false
    };
    let gateway = Gateway::new(move |request| match request.path {
        "/v3/kv/range" => request.range(10, &[]),
        "/v3/watch" => request.watch(&[created(10)]),
        _ => drips(request),
    });
    let follower = start(numbers(&gateway.urls(), "/n/"));
    let error = follower.put("a", "1").unwrap_err();
    // Two seconds are over before its end.
    assert!(
        error.kind() == WriteErrorKind::Unknown && error.to_string().contains("takes more than 2s"),
        "{error}"
    );
}

#[test]
fn a_password_in_an_endpoint_is_shown_nowhere() {
    for url in [
        "http://root:se cret@h:2379",
        "root:secret@127.0.0.1:2379",
        "ftp://root:secret@h",
        "http://root:secret@h",
    ] {
        let follow = Follow::prefix([url], "/n/");
        let shown = format!("{follow:?}");
        assert!(!shown.contains("cret"), "{shown}");
        let error = numbers(&[url.to_owned()], "/n/").into::<Map>(Arc::default()).unwrap_err();
        assert!(
            error.to_string().contains("give them to `login`") && !error.to_string().contains("cret"),
            "{error}"
        );
    }
}
