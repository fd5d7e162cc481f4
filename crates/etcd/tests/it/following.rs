//! What is in etcd is in the table: one revision as one version.

use crate::support::{
    Etcd, LONG, Map, Recorder, history, is_there, metric, number, numbers, shown, start, until, until_shown,
};
use readmostly::{CowMap, CowOrdMap, Watch};
use readmostly_etcd::{Follow, Follower, Shown, WriteErrorKind};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn map<const N: usize>(entries: [(&str, u64); N]) -> BTreeMap<String, u64> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn what_is_there_is_listed_and_what_changes_is_seen() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "1");
    etcd.put("/other/a", "5");
    let follower = start(numbers(&etcd.urls(), "/n/"));
    assert_eq!(shown(&follower), map([("a", 1)]));
    assert_eq!(follower.status().shown, Shown::Etcd);

    let revision = etcd.put("/n/b", "2");
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(shown(&follower), map([("a", 1), ("b", 2)]));
    let revision = etcd.delete("/n/a");
    let status = follower.wait_for(revision, LONG).unwrap();
    assert_eq!(shown(&follower), map([("b", 2)]));
    assert_eq!((status.revision, status.published, status.lag_revisions()), (revision, 2, 0));
    until("it is connected and good", || follower.status().is_good());
}

#[test]
fn a_transaction_is_one_version_and_equal_values_are_none() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let before = follower.target().version();
    let mut transaction = follower.transaction();
    for n in 0..100_u64 {
        transaction = transaction.put(&n.to_string(), n.to_string());
    }
    let revision = transaction.commit().unwrap();
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!((follower.target().len(), follower.target().version()), (100, before + 1));
    // What is written again as it was is no version, but the revision is known.
    let revision = follower.put("7", "7").unwrap();
    assert_eq!(follower.wait_for(revision, LONG).unwrap().revision, revision);
    assert_eq!(follower.target().version(), before + 1);
}

#[test]
fn an_ordered_map_and_all_keys_can_be_followed() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("b", "2");
    etcd.put("a", "1");
    let table: Arc<CowOrdMap<String, String>> = Arc::default();
    let follower = Follow::prefix(etcd.urls(), "").text().into(Arc::clone(&table)).unwrap();
    follower.ready(LONG).unwrap();
    let entries: Vec<_> = table.snapshot().iter().map(|(k, v)| format!("{k}{v}")).collect();
    assert_eq!(entries, ["a1", "b2"]);
    let revision = etcd.put("c", "3");
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!(table.get("c").as_deref(), Some("3"));
}

#[test]
fn a_key_that_does_not_decode_keeps_its_last_good_value_and_is_listed() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/old", "bad from the start");
    let follower = start(numbers(&etcd.urls(), "/n/"));
    until("the bad key is listed", || follower.status().rejected_keys == 1);
    let revision = etcd.put("/n/a", "1");
    follower.wait_for(revision, LONG).unwrap();

    let bad = etcd.put("/n/a", "secret");
    follower.wait_for(bad, LONG).unwrap();
    assert_eq!(shown(&follower), map([("a", 1)]));
    until("it is listed", || follower.status().rejected_keys == 2);
    let rejected = follower.status().rejected;
    assert_eq!((&*rejected[0].name, &*rejected[0].reason, rejected[0].revision), ("a", "not a number", bad));
    assert_eq!(rejected[1].name, "old");
    assert!(!follower.status().is_good() && !format!("{:?}", follower.status()).contains("secret"));

    let good = etcd.put("/n/a", "2");
    follower.wait_for(good, LONG).unwrap();
    assert_eq!(shown(&follower), map([("a", 2)]));
    etcd.put("/n/a", "bad again");
    let gone = etcd.delete("/n/a");
    follower.wait_for(gone, LONG).unwrap();
    assert_eq!(shown(&follower), map([]));
    etcd.delete("/n/old");
    until("nothing is refused any more", || follower.status().rejected_keys == 0);
}

#[test]
fn a_list_keeps_the_last_good_value_of_a_key_that_does_not_decode() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "bad");
    // As if it had been there from an earlier run.
    let table: Arc<CowMap<String, u64>> =
        Arc::new(CowMap::from([("a".to_owned(), 1), ("gone".to_owned(), 2)]));
    let follower = numbers(&etcd.urls(), "/n/").into(Arc::clone(&table)).unwrap();
    follower.ready(LONG).unwrap();
    assert_eq!(shown(&follower), map([("a", 1)]));
}

#[test]
fn a_decoder_that_panics_refuses_that_key_and_the_following_goes_on() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let builder = Follow::prefix(etcd.urls(), "/n/").decode(
        |name| if name == "panic" { panic!("at the name") } else { Ok::<_, String>(name.to_owned()) },
        |_, value| if value == b"panic" { panic!("at the value") } else { number(value) },
    );
    let follower = start(builder);
    etcd.put("/n/panic", "1");
    etcd.put("/n/a", "panic");
    etcd.put("/n/b", "2");
    until_shown(&follower, "b", 2);
    until("both are listed", || follower.status().rejected_keys == 2);
    let reasons: Vec<_> = follower.status().rejected.into_iter().map(|rejected| rejected.reason).collect();
    assert_eq!(reasons, ["a panic in the decoder: at the value", "a panic in the decoder: at the name"]);
}

#[test]
fn two_names_that_give_one_key_are_told_of() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "1");
    etcd.put("/n/A", "2");
    let builder = Follow::prefix(etcd.urls(), "/n/")
        .decode(|name| Ok::<_, String>(name.to_lowercase()), |_, value| number(value));
    let follower = start(builder);
    until("one is refused", || follower.status().rejected_keys == 1);
    assert_eq!(follower.status().rejected[0].name, "a");
    assert_eq!(shown(&follower), map([("a", 2)]));
}

#[test]
fn the_end_of_a_lease_is_seen() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let (_, said) = etcd.ctl(&["lease", "grant", "1"]);
    let lease = said.split(' ').nth(1).expect("a lease").to_owned();
    etcd.run(&["put", "/n/a", "1", "--lease", &lease]);
    until_shown(&follower, "a", 1);
    until("it is gone with its lease", || !follower.target().contains_key("a"));
}

#[test]
fn a_revision_that_changes_nothing_in_the_prefix_is_known_too() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    // No probe comes to help.
    let follower = start(numbers(&etcd.urls(), "/n/").silence(LONG));
    let revision = etcd.put("/other/a", "1");
    let status = follower.wait_for(revision, LONG).unwrap();
    assert!(status.revision >= revision);
    assert_eq!(follower.target().version(), 0);
    // And one that is to come is not.
    let error = follower.wait_for(revision + 5, Duration::from_millis(300)).unwrap_err();
    assert_eq!((error.revision, error.failure), (revision, None));
    // What is not known from the watch does not come twice.
    let revision = etcd.put("/n/a", "1");
    follower.wait_for(revision, LONG).unwrap();
    assert_eq!((follower.target().version(), shown(&follower)), (1, map([("a", 1)])));
}

#[test]
fn a_busy_cluster_and_a_quiet_prefix_are_no_lag() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    for n in 0..20 {
        etcd.put("/other/a", &n.to_string());
    }
    let newest = etcd.put("/other/a", "20");
    until("nothing is missing", || follower.status().revision >= newest);
    let status = follower.status();
    assert_eq!((status.lag_revisions(), status.resyncs, status.failed), (0, 0, 0));
    assert!(status.lag().is_some_and(|lag| lag < LONG));
}

#[test]
fn what_others_write_into_the_table_is_put_right_by_the_check() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    etcd.put("/n/a", "1");
    let follower = start(numbers(&etcd.urls(), "/n/").check_every(Duration::from_millis(300)));
    follower.target().insert("mine".to_owned(), 7);
    follower.target().insert("a".to_owned(), 8);
    // A change goes on top of it.
    let revision = etcd.put("/n/b", "2");
    follower.wait_for(revision, LONG).unwrap();
    until("it is as in etcd", || shown(&follower) == map([("a", 1), ("b", 2)]));
    until("the status says so", || follower.status().repaired == 2 && follower.status().checks > 0);
    assert_eq!(follower.status().resyncs, 0);
}

#[test]
fn two_followers_agree_with_the_history_of_etcd_at_each_revision() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let first = etcd.put("/n/a", "0");
    let followers = [start(numbers(&etcd.urls(), "/n/")), start(numbers(&etcd.urls(), "/n/"))];
    let recorders = followers.each_ref().map(|follower| Recorder::new(follower.target()));
    let writer = &followers[0];
    for n in 0..60_u64 {
        let transaction = writer.transaction().put(&format!("k{}", n % 7), n.to_string());
        let transaction =
            if n % 3 == 0 { transaction.remove(&format!("k{}", (n + 3) % 7)) } else { transaction };
        let transaction = if n % 5 == 0 { transaction.put("both", n.to_string()) } else { transaction };
        transaction.commit().unwrap();
    }
    let last = writer.put("end", "1").unwrap();
    let expected = history(&etcd, "/n/", first, last);
    for recorder in recorders {
        assert_eq!(recorder.end(), expected);
    }
}

#[test]
fn the_status_is_watched_and_the_drop_is_prompt() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let mut watch = follower.watch_status();
    until("it is connected", || follower.status().connected);
    etcd.put("/n/a", "bad");
    while follower.status().rejected_keys == 0 {
        watch.next_timeout(LONG).expect("it is told");
    }
    let text = follower.status().prometheus("numbers").to_string();
    for line in ["numbers_etcd_connected 1", "numbers_etcd_from_etcd 1", "numbers_etcd_rejected_keys 1"] {
        assert!(text.lines().any(|shown| shown == line), "{line} is in {text}");
    }
    until("nothing is missing", || metric(&follower.status(), "lag_revisions") == 0.0);
    let mut table = Watch::new(Arc::clone(follower.target()));
    drop(follower);
    etcd.put("/n/b", "1");
    assert!(table.next_timeout(Duration::from_millis(200)).is_none());
}

#[test]
fn a_drop_inside_a_write_to_the_table_and_one_by_a_decoder_do_not_hang() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let follower = start(numbers(&etcd.urls(), "/n/"));
    let table = Arc::clone(follower.target());
    table.update(|_| {
        // It is to be published, and cannot be.
        etcd.put("/n/a", "1");
        drop(follower);
    });

    let held: Arc<Mutex<Option<Follower<Map>>>> = Arc::default();
    let of_decoder = Arc::clone(&held);
    let builder = Follow::prefix(etcd.urls(), "/n/").decode(
        |name| Ok::<_, String>(name.to_owned()),
        move |_, value| {
            if value == b"99" {
                let follower = of_decoder.lock().unwrap().take().unwrap();
                // It says so, where it would wait for itself.
                assert_eq!(follower.put("x", "1").unwrap_err().kind(), WriteErrorKind::NotSent);
                assert!(follower.get("x").is_err() && follower.wait_for(u64::MAX, LONG).is_err());
            }
            number(value)
        },
    );
    *held.lock().unwrap() = Some(start(builder));
    etcd.put("/n/b", "99");
    until("the decoder has dropped it", || held.lock().unwrap().is_none());
}

#[test]
fn a_key_that_is_refused_when_it_is_removed_is_listed() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    let refuses = Arc::new(AtomicBool::new(false));
    let of_decoder = Arc::clone(&refuses);
    let key = move |text: &str| {
        if of_decoder.load(Ordering::SeqCst) { Err("not now") } else { Ok(text.to_owned()) }
    };
    let builder = Follow::prefix(etcd.urls(), "/n/").decode(key, |_, value| number(value)).check_every(None);
    let follower = start(builder);
    follower.wait_for(etcd.put("/n/a", "1"), LONG).unwrap();
    refuses.store(true, Ordering::SeqCst);
    // One that never was an entry comes and goes.
    etcd.put("/n/b", "1");
    until("it is listed", || follower.status().rejected_keys == 1);
    follower.wait_for(etcd.delete("/n/b"), LONG).unwrap();
    until("it is forgotten", || follower.status().rejected_keys == 0);
    // One that is an entry stays, also where it was refused before.
    follower.wait_for(etcd.put("/n/a", "2"), LONG).unwrap();
    follower.wait_for(etcd.delete("/n/a"), LONG).unwrap();
    until("it is listed", || {
        let rejected = follower.status().rejected;
        rejected.len() == 1
            && rejected[0].reason == "it was removed, and its entry stays until all is listed: not now"
    });
    assert!(!follower.status().is_good() && follower.target().contains_key("a"));
    refuses.store(false, Ordering::SeqCst);
    etcd.put("/n/a", "3");
    follower.wait_for(etcd.delete("/n/a"), LONG).unwrap();
    until("nothing is refused", || follower.status().rejected_keys == 0);
    assert!(follower.target().is_empty());
}
