//! etcd that dies, stops and forgets, and networks that are cut.

use crate::support::{
    Etcd, LONG, Map, Options, Proxy, Recorder, history, is_there, name, number, numbers, shown, start, until,
    until_shown,
};
use readmostly_etcd::{FailureKind, Follow, Follower, Shown};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_start_without_etcd_waits_for_it_and_says_why() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "1");
    etcd.kill();
    let follower = numbers(&etcd.urls(), "/n/").into::<Map>(Arc::default()).unwrap();
    until("it has failed", || follower.status().last_error.is_some());
    let error = follower.ready(Duration::from_millis(1)).unwrap_err();
    assert_eq!((error.revision, error.failure.unwrap().kind), (0, FailureKind::Unreachable));
    assert_eq!((follower.status().shown, follower.status().lag()), (Shown::Nothing, None));
    etcd.spawn();
    follower.ready(LONG).unwrap();
    assert_eq!(shown(&follower)["a"], 1);
    until("it is good", || follower.status().is_good());
}

#[test]
fn after_a_kill_and_a_restart_nothing_is_missing_and_nothing_is_listed_anew() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    until("it is good", || follower.status().is_good());
    let mut statuses = follower.watch_status();
    let watcher = thread::spawn(move || {
        // One that is lost has its reason at once.
        while let Some(update) = statuses.next_timeout(LONG) {
            let status = &update.new;
            assert!(status.connected || status.last_error.is_some(), "{status:?}");
            if status.rejected_keys > 0 {
                break;
            }
        }
    });
    let mut last = 0;
    for n in 1..=3 {
        last = follower.put("a", n.to_string()).unwrap();
        follower.wait_for(last, LONG).unwrap();
        etcd.kill();
        until("it is noticed", || !follower.status().connected);
        let failure = follower.status().last_error.expect("a reason");
        assert!(matches!(failure.kind, FailureKind::Unreachable | FailureKind::Refused), "{failure:?}");
        // The table stays.
        assert_eq!(follower.target().get("a"), Some(n));
        etcd.spawn();
        etcd.until_healthy();
        last = etcd.put("/n/b", &n.to_string());
        until_shown(&follower, "b", n);
    }
    let status = follower.wait_for(last, LONG).unwrap();
    assert_eq!(status.resyncs, 0);
    assert!(status.failed >= 3);
    etcd.put("/n/bad", "bad");
    watcher.join().unwrap();
}

#[test]
fn an_etcd_that_stands_still_is_noticed_and_followed_when_it_goes_on() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/").timeout(Duration::from_millis(500)));
    follower.put("a", "1").unwrap();
    until_shown(&follower, "a", 1);
    etcd.signal("STOP");
    let began = Instant::now();
    until("it is noticed", || !follower.status().connected);
    assert_eq!(follower.status().last_error.unwrap().kind, FailureKind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(follower.target().get("a"), Some(1));
    etcd.signal("CONT");
    etcd.put("/n/a", "2");
    until_shown(&follower, "a", 2);
}

#[test]
fn a_compaction_while_nobody_is_connected_leads_to_a_list_and_an_exact_difference() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    for (key, value) in [("/n/same", "1"), ("/n/changed", "2"), ("/n/gone", "3")] {
        etcd.put(key, value);
    }
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/"));
    let before = follower.target().snapshot();
    proxy.refuse(true);
    proxy.drop_all();
    until("it is noticed", || !follower.status().connected);
    etcd.put("/n/changed", "4");
    etcd.delete("/n/gone");
    for n in 0..10 {
        etcd.put("/n/new", &n.to_string());
    }
    let last = etcd.put("/n/changed", "5");
    etcd.compact(last);
    proxy.refuse(false);
    let status = follower.wait_for(last, LONG).unwrap();
    until("it is counted", || follower.status().resyncs == 1);
    // All that has changed, and nothing else, in one version.
    let after = follower.target().snapshot();
    let mut changes: Vec<_> = before.diff(&after).map(|change| format!("{change:?}")).collect();
    changes.sort();
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert_eq!(status.version, 1 + readmostly::Snapshot::version(&before));
    // The watch goes on.
    etcd.put("/n/new", "100");
    until_shown(&follower, "new", 100);
    assert_eq!(follower.status().resyncs, 1);
}

#[test]
fn a_network_that_passes_nothing_on_is_noticed() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/").timeout(Duration::from_millis(500)));
    follower.put("a", "1").unwrap();
    until_shown(&follower, "a", 1);
    proxy.stall(true);
    etcd.put("/n/a", "2");
    until("it is noticed", || !follower.status().connected);
    assert_eq!(follower.target().get("a"), Some(1));
    proxy.drop_all();
    proxy.stall(false);
    until_shown(&follower, "a", 2);
    assert_eq!(follower.status().resyncs, 0);
}

#[test]
fn a_watch_that_is_half_dead_is_found_by_what_it_does_not_bring() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/"));
    follower.put("a", "1").unwrap();
    until_shown(&follower, "a", 1);
    // All else works, so each probe is answered.
    proxy.stall_watches();
    etcd.put("/n/a", "2");
    until_shown(&follower, "a", 2);
    // No connection has failed, and nothing was listed anew.
    let status = follower.status();
    assert_eq!((status.failed, status.resyncs, status.connected), (0, 0, true));
}

#[test]
fn connections_that_are_dropped_all_the_time_lose_nothing() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/"));
    let recorder = Recorder::new(follower.target());
    let writer = start(numbers(&etcd.urls(), "/n/"));
    let first = writer.put("a", "0").unwrap();
    for n in 1..200_u64 {
        writer
            .transaction()
            .put("a", n.to_string())
            .put(&format!("k{}", n % 5), n.to_string())
            .commit()
            .unwrap();
        if n % 20 == 0 {
            proxy.drop_all();
        }
    }
    let last = writer.put("end", "1").unwrap();
    let mut expected = history(&etcd, "/n/", first, last);
    let mut seen = recorder.end();
    // Where it began is up to the clock.
    assert!(seen.first().is_some_and(|first| first.len() <= 1));
    seen.retain(|state| !state.is_empty());
    expected.retain(|state| !state.is_empty());
    assert_eq!(seen, expected);
    assert!(follower.status().failed > 0 && follower.status().resyncs == 0, "{:?}", follower.status());
}

#[test]
fn another_cluster_is_not_followed() {
    if !is_there() {
        return;
    }
    let (old, new) = (Etcd::start(), Etcd::with(&Options::default()));
    old.put("/n/a", "1");
    new.put("/n/b", "2");
    let endpoints = [old.url(), new.url()];
    let follower = start(numbers(&endpoints, "/n/"));
    let first = shown(&follower);
    let (of_first, other) = if first.contains_key("a") { (&old, &new) } else { (&new, &old) };
    of_first.kill();
    until("it is refused", || {
        follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::OtherCluster)
    });
    other.put("/n/c", "3");
    assert_eq!(shown(&follower), first);
    of_first.spawn();
    until("it is followed again", || follower.status().connected);
    assert_eq!(shown(&follower), first);
}

#[test]
fn a_server_that_is_no_etcd_is_told_of() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhey!");
        }
    });
    let follower = numbers(&[url], "/n/").into::<Map>(Arc::default()).unwrap();
    until("it is told", || {
        follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::Malformed)
    });
}

#[test]
fn endpoints_that_cannot_be_right_are_refused_at_once() {
    let error = |endpoints: &[&str]| {
        let endpoints: Vec<_> = endpoints.iter().map(|&url| url.to_owned()).collect();
        numbers(&endpoints, "/n/").into::<Map>(Arc::default()).unwrap_err().to_string()
    };
    for (endpoints, says) in [
        (&[][..], "no endpoint"),
        (&["127.0.0.1:2379"], "begins neither with http:// nor with https://"),
        (&["http://127.0.0.1:2379/v3"], "has a path"),
        (&["http://127.0.0.1:99999"], "has a port that is no number from 1 to 65535"),
        (&["http://127.0.0.1:"], "has a port that is no number from 1 to 65535"),
        (&["http://[::1]:0"], "has a port that is no number from 1 to 65535"),
        (&["http://127.0.0.1:2379#x"], "has a fragment"),
        (&["http://:2379"], "names no host"),
        (&["http://user:secret@127.0.0.1:2379"], "give them to `login`"),
        (&["https://127.0.0.1:2379"], "say by `tls`"),
    ] {
        let said = error(endpoints);
        assert!(said.contains(says) && !said.contains("secret"), "{said}");
    }
}

#[test]
fn a_large_value_on_a_slow_network_does_not_keep_a_follower_away() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = lengths(&proxy.urls());
    let revision = follower.put("big", vec![b'x'; 1_400_000]).unwrap();
    follower.wait_for(revision, LONG).unwrap();
    // The value takes seven seconds, and an answer may take two.
    proxy.slow_down(200_000);
    proxy.drop_all();
    until("it is noticed", || follower.status().failed > 0);
    until("it follows again", || follower.status().is_good());
    let revision = etcd.put("/n/a", "22");
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(follower.target().get("a"), Some(2));
}

#[test]
fn a_large_event_on_a_slow_network_is_waited_for_while_it_comes() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = Follow::prefix(proxy.urls(), "/n/")
        .decode(name, |_, value| Ok::<_, String>(value.len() as u64))
        .timeout(Duration::from_secs(10))
        .silence(Duration::from_secs(1))
        .into::<Map>(Arc::default())
        .unwrap();
    until("it follows", || follower.status().connected);
    // The event takes five seconds.
    proxy.slow_down(400_000);
    let writer = lengths(&etcd.urls());
    let revision = writer.put("big", vec![b'x'; 1_400_000]).unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!((follower.status().failed, follower.status().resyncs), (0, 0));
}

#[test]
fn checks_come_also_where_connections_end_sooner() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let follower = start(numbers(&proxy.urls(), "/n/").check_every(Duration::from_secs(1)));
    follower.target().insert("mine".to_owned(), 7);
    let began = Instant::now();
    while follower.target().contains_key("mine") {
        assert!(began.elapsed() < LONG, "no check in {LONG:?}: {:?}", follower.status());
        std::thread::sleep(Duration::from_millis(600));
        proxy.drop_all();
    }
}

#[test]
fn a_list_that_is_decoded_slowly_keeps_no_write_and_no_drop_waiting() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let writer = start(numbers(&etcd.urls(), "/n/"));
    for first in (0..5_000).step_by(100) {
        let names = (first..first + 100).map(|n| n.to_string());
        names.fold(writer.transaction(), |all, name| all.put(&name, "1")).commit().unwrap();
    }
    let decoded = Arc::new(AtomicUsize::new(0));
    let of_decoder = Arc::clone(&decoded);
    // The list takes fifty seconds.
    let follower = Follow::prefix(etcd.urls(), "/n/")
        .decode(name, move |_, value| {
            of_decoder.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(10));
            number(value)
        })
        .into::<Map>(Arc::default())
        .unwrap();
    until("it decodes", || decoded.load(Ordering::SeqCst) > 0);
    follower.put("a", "1").unwrap();
    drop(follower);
    let decoded = decoded.load(Ordering::SeqCst);
    assert!(decoded < 2_500, "{decoded} values");
}

/// Follows how long values are.
fn lengths(urls: &[String]) -> Follower<Map> {
    let follower = Follow::prefix(urls, "/n/")
        .decode(name, |_, value| Ok::<_, String>(value.len() as u64))
        .timeout(Duration::from_secs(2))
        .longest_pause(Duration::from_millis(200))
        .into(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    follower
}

/// Each second write waited for it for a whole timeout, and then nobody knew whether it had happened.
#[test]
fn a_member_that_hangs_is_asked_after_the_others() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let proxy = Proxy::new(etcd.port());
    let urls = [etcd.urls(), proxy.urls()].concat();
    let follower = start(numbers(&urls, "/n/").timeout(Duration::from_secs(2)));
    proxy.stall(true);
    let failed = (0..10).filter(|n| follower.put("a", n.to_string()).is_err()).count();
    assert!(failed <= 1, "{failed}");
    assert_eq!(follower.get("a").unwrap().unwrap().value, b"9");
}
